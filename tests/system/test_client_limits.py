# SPDX-License-Identifier: BSD-2-Clause
"""Limits per client over all processes, and what becomes of the counts when processes end."""

import os
import re
import signal
import time

import instance
import pytest
import smtp

TOO_MANY = "421 4.7.0 mail.example.net Error: too many connections from 127.0.0.1"


@pytest.fixture(name="strangers")
def fixture_strangers(make_instance):
    """An instance to which this host is a stranger, not started."""

    def make(**parameters):
        mail = make_instance(mynetworks="203.0.113.9/32", **parameters)
        mail.allow("limit exceeded")
        return mail

    return make


def pids(mail, name):
    found = []
    for pid in mail.processes():
        try:
            if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == name:
                found.append(pid)
        except OSError:
            pass  # has ended
    return found


def kill(mail, name):
    """All processes of that name, and waits until they are gone."""
    killed = pids(mail, name)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    instance.wait_until(lambda: not set(killed) & set(pids(mail, name)), 10, f"{name} gone")
    assert killed


def hold(mail, count):
    """So many sessions at once; the greetings' codes."""
    return [smtp.Session(mail.port, helo=None) for _ in range(count)]


def close(sessions):
    for session in sessions:
        session.close()


def codes(sessions):
    return [session.greeting.code for session in sessions]


def test_count(strangers):
    """One process: exact, with Postfix's words."""
    mail = strangers(smtpd_client_connection_count_limit="3", default_workers="1")
    mail.start()
    sessions = hold(mail, 4)
    assert codes(sessions) == [220, 220, 220, 421]
    assert f"421 {sessions[3].greeting.text}" == TOO_MANY
    assert sessions[3].at_end()
    service = f"127.0.0.1:{mail.port}"
    mail.wait_log(
        rf"smtpd\[\d+\]: warning: Connection concurrency limit exceeded: 4 from "
        rf"localhost\[127\.0\.0\.1\] for service {re.escape(service)}$"
    )
    close(sessions)
    instance.wait_until(lambda: codes(again := hold(mail, 1)) == [220] or close(again), 5, "room again")


def test_count_over_processes(strangers):
    """Each process may have let in one that it did not know to be too many; no more, and not for long."""
    mail = strangers(smtpd_client_connection_count_limit="20", default_workers="2")
    mail.start()
    sessions = hold(mail, 40)
    assert 20 <= codes(sessions).count(220) <= 22
    close(sessions)


def test_default_limit(strangers):
    """50, and none for $mynetworks."""
    mail = strangers()
    mail.start()
    sessions = hold(mail, 60)
    assert 50 <= codes(sessions).count(220) <= 50 + len(pids(mail, "smtpd"))
    close(sessions)
    mail.configure(mynetworks="127.0.0.0/8")
    mail.run("postroad", "reload")
    mail.wait_log("reload -- version")
    time.sleep(1)
    sessions = hold(mail, 60)
    assert codes(sessions) == [220] * 60
    close(sessions)


def test_rates(strangers):
    mail = strangers(
        smtpd_client_connection_rate_limit="4", smtpd_client_message_rate_limit="2",
        smtpd_client_recipient_rate_limit="3", anvil_rate_time_unit="4s",
    )  # fmt: skip
    mail.start()  # one connection
    with smtp.Session(mail.port) as session:
        for _ in range(2):
            assert session.ask("MAIL FROM:<a@example.org>").code == 250
            assert session.ask("RSET").code == 250
        answer = session.ask("MAIL FROM:<a@example.org>")
        assert str(answer) == "450 4.7.1 Error: too much mail from 127.0.0.1"
    mail.wait_log(r"warning: Message delivery request rate limit exceeded: 3 from localhost\[127\.0\.0\.1\] for")
    for _ in range(2):
        smtp.Session(mail.port).close()
    refused = smtp.Session(mail.port, helo=None)
    assert f"421 {refused.greeting.text}" == TOO_MANY
    refused.close()
    mail.wait_log(r"warning: Connection rate limit exceeded: 5 from localhost\[127\.0\.0\.1\] for")
    time.sleep(4.5)
    with smtp.Session(mail.port) as session:
        assert session.ask("MAIL FROM:<a@example.org>").code == 250
        answers = [str(session.ask(f"RCPT TO:<r{i}@example.com>")) for i in range(4)]
    assert answers[3] == "450 4.7.1 Error: too many recipients from 127.0.0.1"
    assert [answer[:3] for answer in answers[:3]] == ["250"] * 3
    mail.wait_log(r"warning: Recipient address rate limit exceeded: 4 from localhost\[127\.0\.0\.1\] for")


def test_peaks(strangers):
    """The lines that log readers sum up: every anvil_status_update_time, and at the end."""
    mail = strangers(anvil_status_update_time="2s", smtpd_client_message_rate_limit="100")
    mail.start()
    sessions = hold(mail, 3)
    assert smtp.deliver(mail.port, "a@example.com", b"Subject: x\r\n\r\nx\r\n").code == 250
    close(sessions)
    head, tail = r"postroad/anvil\[\d+\]: statistics: max ", r" at [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d$"
    who = rf" for \(127\.0\.0\.1:{mail.port}:127\.0\.0\.1\)"
    mail.wait_log(head + r"connection rate [45]/60s" + who + tail)
    mail.wait_log(head + r"connection count [45]" + who + tail)
    mail.wait_log(head + r"message rate 1/60s" + who + tail)
    mail.wait_log(head + r"cache size 1" + tail)
    time.sleep(2.5)
    seen = mail.log_text().count("statistics:")
    smtp.Session(mail.port).close()
    mail.stop()
    assert mail.log_text().count("statistics:") > seen


def test_anvil_dies(strangers):
    """smtpd goes on, and a new anvil hears what is open."""
    mail = strangers(smtpd_client_connection_count_limit="4", default_workers="1")
    mail.allow(r"anvil\b.*killed by signal 9", "process .*anvil pid .* killed")
    mail.start()
    sessions = hold(mail, 3)
    instance.wait_until(lambda: pids(mail, "anvil"), 10, "anvil")
    time.sleep(1.5)
    kill(mail, "anvil")
    sessions += hold(mail, 1)
    assert codes(sessions) == [220] * 4
    instance.wait_until(lambda: pids(mail, "anvil"), 10, "another anvil")
    assert codes(hold(mail, 1)) == [421]
    close(sessions)


def test_no_anvil(strangers):
    """Without it each process counts for itself, and says so once."""
    mail = strangers(smtpd_client_connection_count_limit="3", default_workers="1")
    mail.allow("no answer from the anvil service")
    mail.services = re.sub(r"^anvil .*\n", "", mail.services, flags=re.MULTILINE)
    mail.write()
    mail.start()
    sessions = hold(mail, 4)
    assert codes(sessions) == [220, 220, 220, 421]
    time.sleep(3)
    close(sessions)
    assert mail.log_text().count("no answer from the anvil service: private/anvil: No such file") == 1


def test_worker_dies(strangers):
    """Its sessions are over, and count no more."""
    mail = strangers(smtpd_client_connection_count_limit="4", default_workers="1")
    mail.allow(r"smtpd\b.*killed by signal 9", "process .*smtpd pid .* killed")
    mail.start()
    close(hold(mail, 5))
    sessions = hold(mail, 4)
    time.sleep(1.5)
    kill(mail, "smtpd")
    instance.wait_until(lambda: codes(hold(mail, 4)) == [220] * 4, 10, "room for four")
    close(sessions)


def test_reload(strangers):
    """Sessions that outlive a reload are still counted."""
    mail = strangers(smtpd_client_connection_count_limit="4", default_workers="1")
    mail.start()
    sessions = hold(mail, 4)
    mail.run("postroad", "reload")
    mail.wait_log("reload -- version")
    time.sleep(2)
    more = hold(mail, 2)
    assert codes(more)[1] == 421
    close(sessions + more)


def test_stress(make_instance):
    """A full service: sessions that begin now have the short time-outs, those that are open keep theirs."""
    mail = make_instance(smtpd_timeout="${stress?{1}:{300}}s", default_workers="1")
    mail.allow("has reached its process limit")
    mail.services = mail.services.replace(" 20000 ", " 2 ")
    mail.write()
    mail.start()
    first, second = hold(mail, 2)
    mail.wait_log("stress=yes for new sessions")
    second.close()
    with smtp.Session(mail.port) as third:
        assert third.reply().code == 421
        assert third.at_end()
    mail.wait_log(r"timeout after EHLO from localhost\[127\.0\.0\.1\]")
    for _ in range(2):
        assert first.ask("NOOP").code == 250
        time.sleep(2)
    assert first.ask("NOOP").code == 250
    first.close()
