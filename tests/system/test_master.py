# SPDX-License-Identifier: BSD-2-Clause
"""Start, stop, reload, and the mistakes that a person makes: one clear line each."""

import os
import pwd
import re
import signal
import socket
import time

import instance
import pytest
import smtp

MESSAGE = b"Subject: x\r\n\r\nhello\r\n"


def fails_to_start(mail, *words):
    """`postroad start-fg` ends by itself, not with 0, and says one line with these words."""
    done = mail.run("postroad", "start-fg", check=False)
    said = done.stdout + done.stderr + mail.log_text()
    assert done.returncode != 0, said
    mail.allow("fatal", "error")
    lines = [line for line in said.splitlines() if re.search("fatal: |error: ", line)]
    assert any(all(word in line for word in words) for line in lines), said


def test_port_taken(make_instance):
    mail = make_instance()
    with socket.socket() as other:
        other.bind(("127.0.0.1", mail.port))
        other.listen()
        fails_to_start(mail, f"127.0.0.1:{mail.port}", "another program")


@pytest.mark.skipif(not instance.is_root(), reason="needs root")
def test_account_missing(make_instance):
    mail = make_instance("root", mail_owner="nobody-of-that-name")
    fails_to_start(mail, "nobody-of-that-name")


def test_spool_unwritable(make_instance):
    mail = make_instance()
    mail.spool.chmod(0o555)
    if mail.uid == 0:
        pytest.skip("root may write everywhere")
    fails_to_start(mail, str(mail.spool))


def test_broken_configuration(make_instance):
    mail = make_instance(smtpd_timeout="soon")
    done = mail.run("postroad", "check", check=False)
    assert done.returncode != 0
    assert re.search(r"main\.cf.*smtpd_timeout|smtpd_timeout.*main\.cf", done.stdout + done.stderr)
    fails_to_start(mail, "smtpd_timeout")


def test_misspelt_name(make_instance):
    mail = make_instance(smtpd_timout="5s")
    done = mail.run("postroad", "check", check=False)
    assert done.returncode != 0
    words = done.stdout + done.stderr
    assert "main.cf" in words and "smtpd_timout" in words and "smtpd_timeout" in words
    mail.allow("smtpd_timout")


def test_status_and_stop(rooted):
    assert rooted.run("postroad", "status").returncode == 0
    rooted.run("postroad", "stop")
    rooted.master.wait(30)
    assert rooted.run("postroad", "status", check=False).returncode != 0
    instance.wait_until(lambda: not rooted.processes(), what="all processes ended")
    rooted.allow("not running")


def test_started_twice(mail):
    done = mail.run("postroad", "start", check=False)
    assert done.returncode != 0
    assert "already running" in done.stdout + done.stderr + mail.log_text()
    assert smtp.deliver(mail.port, "still@example.com", MESSAGE).code == 250
    mail.wait_messages("still@example.com")
    mail.allow("already running")


def test_background(make_instance):
    """`postroad start` comes back when the system serves, or says why not."""
    mail = make_instance()
    mail.run("postroad", "start")
    try:
        instance.wait_until(lambda: instance.greets(mail.port), what="greeting")
        assert smtp.deliver(mail.port, "bg@example.com", MESSAGE).code == 250
        mail.wait_messages("bg@example.com")
    finally:
        mail.run("postroad", "stop")
        instance.wait_until(lambda: not mail.processes(), what="all processes ended")


def greeting(mail):
    with smtp.Session(mail.port) as session:
        return session.greeting.text


def test_reload(mail):
    """The new configuration holds for new sessions; one that was open goes on undisturbed."""
    with smtp.Session(mail.port) as session:
        mail.configure(smtpd_banner="$myhostname ESMTP anew")
        mail.run("postroad", "reload")
        instance.wait_until(lambda: "anew" in greeting(mail), what="new banner")
        session.envelope("old@example.com")
        assert session.data(MESSAGE).code == 250
    assert smtp.deliver(mail.port, "new@example.com", MESSAGE).code == 250
    mail.wait_messages("old@example.com")
    mail.wait_messages("new@example.com")


def test_broken_reload(mail):
    """A broken configuration changes nothing, and says where it is broken."""
    assert smtp.deliver(mail.port, "same@example.com", MESSAGE).code == 250
    mail.wait_messages("same@example.com")
    mail.configure(smtpd_timeout="soon")
    done = mail.run("postroad", "reload", check=False)
    assert "smtpd_timeout" in done.stdout + done.stderr + mail.log_text()
    assert smtp.deliver(mail.port, "same@example.com", MESSAGE).code == 250
    mail.wait_messages("same@example.com", 2)
    mail.allow("smtpd_timeout", "reload")


def test_worker_dies(mail):
    """Each daemon in turn is killed; the next message goes through all the same."""
    mail.allow("process", "exited", "killed", "lost", "onnection", "signal", "no verdict")
    smtp.deliver(mail.port, "first@example.com", MESSAGE)
    mail.wait_messages("first@example.com")
    for program in ("smtpd", "cleanup", "qmgr", "virtual"):
        for pid in mail.processes():
            try:
                name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            except OSError:
                continue
            if name == program:
                os.kill(pid, signal.SIGKILL)
        recipient = f"after-{program}@example.com"
        deadline = time.monotonic() + 30
        while True:
            try:
                if smtp.deliver(mail.port, recipient, MESSAGE).code == 250:
                    break
            except (OSError, EOFError, AssertionError):
                pass
            assert time.monotonic() < deadline, program
            time.sleep(0.1)
        instance.wait_until(lambda r=recipient: mail.messages(r), 30, recipient)


@pytest.mark.skipif(not instance.is_root(), reason="needs root")
def test_accounts(make_instance):
    """Each process runs as the account that it should, and none of the network's can open the spool."""
    mail = make_instance("root")
    mail.start()
    smtp.deliver(mail.port, "who@example.com", MESSAGE)
    mail.wait_messages("who@example.com")
    owners = {}
    for pid in mail.processes():
        name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
        owners.setdefault(name, set()).add(os.stat(f"/proc/{pid}").st_uid)
    network = pwd.getpwnam(instance.NETWORK_OWNER).pw_uid
    owner = pwd.getpwnam(instance.MAIL_OWNER).pw_uid
    assert owners["master"] == {0}
    assert owners["smtpd"] == {network}
    assert owners["cleanup"] == {owner}
    assert owners["qmgr"] == {owner}
    file = next((mail.maildir("who@example.com") / "new").iterdir())
    assert file.stat().st_uid == instance.MAILBOX_UID
    assert file.stat().st_mode & 0o077 == 0
