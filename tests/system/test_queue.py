# SPDX-License-Identifier: BSD-2-Clause
"""What waits in the queue, and the commands that look at it and act on it."""

import json
import os
import re
import subprocess

import pytest
import smtp

MESSAGE = b"Subject: waits\r\n\r\nhello\r\n"
ID = r"[0-9A-Za-z]{6,}"


@pytest.fixture(name="stuck")
def fixture_stuck(make_instance, request):
    """A message that cannot be delivered: a file stands where its Maildir should be."""
    mail = make_instance(getattr(request, "param", "rootless"))
    mail.allow("stuck", "Not a directory", "cannot deliver")
    domain = mail.mail / "example.com"
    domain.mkdir()
    (domain / "stuck").touch()
    owner = mail.mail.stat()
    for path in (domain, domain / "stuck"):
        os.chown(path, owner.st_uid, owner.st_gid)
    mail.start()
    assert smtp.deliver(mail.port, "stuck@example.com", MESSAGE).code == 250
    mail.wait_log(r"to=<stuck@example\.com>.*dsn=4\.\d\.\d, status=deferred")
    return mail


def mend(mail):
    (mail.mail / "example.com/stuck").unlink()


def queue_id(mail):
    found = mail.queue()
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("stuck", ["rootless", "root"], indirect=True)
def test_listed(stuck):
    text = stuck.run("postqueue", "-p").stdout
    assert text.startswith("-Queue ID-")
    assert re.search(rf"^{ID}\s+\d+ \w{{3}} \w{{3}} +\d+ \d\d:\d\d:\d\d  sender@example\.org$", text, re.M)
    assert re.search(r"^ *\(.+\)$", text, re.M)
    assert re.search(r"^ +stuck@example\.com$", text, re.M)
    assert re.search(r"^-- \d+ Kbytes in 1 Request\.$", text, re.M)


def test_no_control_reaches_the_terminal(stuck):
    stuck.run("sendmail", "-i", "-f", "a\u009b31m\u00a1@example.org", "stuck@example.com", input="x\n")
    assert "  a?31m\u00a1@example.org\n" in stuck.run("postqueue", "-p").stdout


def test_listed_as_json(stuck):
    rows = [json.loads(line) for line in stuck.run("postqueue", "-j").stdout.splitlines()]
    assert len(rows) == 1
    assert rows[0]["queue_name"] == "deferred"
    assert rows[0]["queue_id"] == queue_id(stuck)
    assert rows[0]["sender"] == "sender@example.org"
    assert rows[0]["recipients"][0]["address"] == "stuck@example.com"
    assert rows[0]["recipients"][0]["delay_reason"]


def test_flush(stuck):
    mend(stuck)
    stuck.run("postqueue", "-f")
    found = stuck.wait_messages("stuck@example.com")[0]
    assert b"\nSubject: waits\n" in found and found.endswith(b"\n\nhello\n")
    stuck.wait_empty()
    stuck.wait_log(": removed$")


def test_hold_and_release(stuck):
    one = queue_id(stuck)
    mend(stuck)
    stuck.run("postsuper", "-h", one)
    assert re.search(rf"^{one}!", stuck.run("postqueue", "-p").stdout, re.M)
    stuck.run("postqueue", "-f")
    stuck.run("postsuper", "-H", one)
    stuck.run("postqueue", "-f")
    stuck.wait_messages("stuck@example.com")
    stuck.wait_empty()


def test_held_over_a_restart(stuck):
    one = queue_id(stuck)
    stuck.run("postsuper", "-h", one)
    mend(stuck)
    stuck.stop()
    stuck.start()
    assert re.search(rf"^{one}!", stuck.run("postqueue", "-p").stdout, re.M)
    assert stuck.messages("stuck@example.com") == []
    stuck.run("postsuper", "-H", "ALL")
    stuck.run("postqueue", "-f")
    stuck.wait_messages("stuck@example.com")


def test_delete(stuck):
    one = queue_id(stuck)
    stuck.run("postsuper", "-d", one)
    stuck.wait_empty()
    mend(stuck)
    stuck.run("postqueue", "-f")
    assert smtp.deliver(stuck.port, "stuck@example.com", b"Subject: next\r\n\r\n").code == 250
    assert b"Subject: next" in stuck.wait_messages("stuck@example.com", 1)[0]


def test_delete_all(stuck):
    for _ in range(5):
        smtp.deliver(stuck.port, "stuck@example.com", MESSAGE)
    stuck.run("postsuper", "-d", "ALL")
    stuck.wait_empty()


def test_postcat(stuck):
    text = stuck.run("postcat", "-q", queue_id(stuck)).stdout
    assert "sender@example.org" in text
    assert "stuck@example.com" in text
    assert "Subject: waits" in text
    assert "hello" in text


def test_postcat_options(stuck):
    one = queue_id(stuck)
    path = f"deferred/{one[10]}/{one}"
    header = stuck.run("postcat", "-hq", one).stdout
    body = stuck.run("postcat", "-bq", one).stdout
    assert "Subject: waits\n" in header and body == "hello\n"
    assert stuck.run("postcat", "-bh", path).stdout == header + body
    assert stuck.run("postcat", "-b", stuck.spool / path).stdout == body
    assert stuck.run("postcat", "-fbq", one).stdout == f"{path}: hello\n"
    offset, text = stuck.run("postcat", "-obq", one).stdout.split()
    data = (stuck.spool / path).read_bytes()
    assert text == "hello" and data[int(offset):].startswith(b"hello\r\n")
    assert stuck.run("postcat", "-bhs", offset, path).stdout == body
    assert "\nsender@example.org\nstuck@example.com\n" in stuck.run("postcat", "-neq", one).stdout
    assert stuck.run("postcat", "-drvq", one).stdout == stuck.run("postcat", "-q", one).stdout
    for arguments, status in ((["-q", "0" * 16], 69), (["-q", "x"], 64), (["etc/passwd"], 64),
                              ([f"hold/{one}"], 65), ([f"corrupt/{one}"], 64), ([], 64), (["-s", "x", one], 64)):  # fmt: skip
        assert stuck.run("postcat", *arguments, check=False).returncode == status


def rows(mail):
    return [json.loads(line) for line in mail.run("postqueue", "-j").stdout.splitlines()]


def test_flush_by_site_and_id(stuck):
    one = queue_id(stuck)
    mend(stuck)
    stuck.run("postqueue", "-s", "other.example")
    assert stuck.messages("stuck@example.com") == []
    assert stuck.run("postqueue", "-i", "0" * 16, check=False).returncode == 69
    assert stuck.run("postqueue", "-s", "a b", check=False).returncode == 64
    stuck.run("postqueue", "-s", "Example.COM")
    stuck.wait_messages("stuck@example.com", 1)
    stuck.wait_log(f"{one}: removed$")


def test_many_ids_from_standard_input(stuck):
    for _ in range(20):
        smtp.deliver(stuck.port, "stuck@example.com", MESSAGE)
    ids = [row["queue_id"] for row in rows(stuck)]
    done = stuck.run("postsuper", "-h", "-", input="\n".join([*ids, "0" * 16, "no id"]), check=False)
    assert done.returncode == 69
    assert done.stderr.splitlines() == [
        'postsuper: error: "no" is no queue id',
        'postsuper: error: "id" is no queue id',
        f"postsuper: error: {'0' * 16}: no such message",
        "postsuper: Placed on hold: 21 messages",
    ]
    assert stuck.run("postsuper", "-H", "ALL", "deferred").stderr == ""
    assert stuck.run("postsuper", "-H", "ALL", "hold").stderr == "postsuper: Released from hold: 21 messages\n"


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("stuck", ["rootless", "root"], indirect=True)
def test_requeue(stuck, down):
    """Rewriting applies anew, the time of arrival and the header stay; nothing is there twice."""
    before, = rows(stuck)
    if down:
        stuck.stop()
    done = stuck.run("postsuper", "-r", "ALL")
    assert done.stderr == "postsuper: Requeued: 1 message\n"
    if down:
        stuck.start()
    again = stuck.wait_log(rf"(\w+): uid=\d+ from=<sender@example\.org> orig_id={before['queue_id']}$").group(1)
    stuck.wait_log(rf"{again}: to=<stuck@example\.com>.*status=deferred")
    after, = rows(stuck)
    assert after["queue_id"] == again != before["queue_id"]
    assert after["arrival_time"] == before["arrival_time"]
    mend(stuck)
    stuck.run("postqueue", "-f")
    found, = stuck.wait_messages("stuck@example.com", 1)
    assert len(re.findall(rb"^Received: ", found, re.M)) == 1
    assert found.endswith(b"\n\nhello\n")


def test_expire(stuck):
    one = queue_id(stuck)
    assert stuck.run("postsuper", "-e", one).stderr == "postsuper: Force-expired: 1 message\n"
    assert re.search(rf"^{one}#", stuck.run("postqueue", "-p").stdout, re.M)
    assert rows(stuck)[0]["forced_expire"] is True
    mend(stuck)
    stuck.run("postqueue", "-f")
    stuck.wait_log(rf"{one}: from=<sender@example\.org>, status=force-expired, kept in hold")
    assert stuck.messages("stuck@example.com") == []


DOWN = {
    "delete": (["-d", "ALL"], "Deleted", None),
    "hold": (["-h", "ALL"], "Placed on hold", ("hold", False)),
    "expire": (["-e", "ALL"], "Force-expired", ("deferred", True)),
}


@pytest.mark.parametrize("stuck", ["rootless", "root"], indirect=True)
@pytest.mark.parametrize("name", DOWN)
def test_while_the_system_is_down(stuck, name):
    arguments, words, state = DOWN[name]
    one = queue_id(stuck)
    stuck.stop()
    assert stuck.run("postsuper", *arguments).stderr == f"postsuper: {words}: 1 message\n"
    done = stuck.run("postsuper", "-H", "0" * 16, check=False)
    assert done.returncode == 69 and "no such message" in done.stderr
    stuck.start()
    found = [(row["queue_name"], row["forced_expire"]) for row in rows(stuck)]
    assert found == ([state] if state else [])
    if name == "hold":
        stuck.stop()
        assert "Released from hold: 1 message" in stuck.run("postsuper", "-f", one).stderr
        stuck.start()
        stuck.wait_log(f"{one}: .*status=force-expired")


def test_young_mail_while_the_system_is_down(make_instance):
    """What lies in the journal is found there, too."""
    mail = make_instance("rootless", journal_segment_age="1h", virtual_transport="retry:later")
    mail.start()
    for _ in range(3):
        assert smtp.deliver(mail.port, "late@example.com", MESSAGE).code == 250
    mail.stop()
    assert mail.run("postsuper").returncode == 0
    assert mail.run("postsuper", "-d", "ALL").stderr == "postsuper: Deleted: 3 messages\n"
    assert mail.run("postsuper", "-d", "ALL").stderr == ""


@pytest.mark.parametrize("stuck", ["root"], indirect=True)
def test_who_may(stuck):
    def as_nobody(*command):
        return subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--",
             stuck.stage.sbin / command[0], *command[1:]],
            capture_output=True, text=True, check=False, timeout=20, env=stuck.environment(), cwd="/",
        )  # fmt: skip

    os.chmod(stuck.spool, 0o755)
    assert as_nobody("postqueue", "-p").returncode == 0
    assert as_nobody("postqueue", "-f").returncode == 0
    done = as_nobody("postsuper", "-d", "ALL")
    assert done.returncode == 77 and "only root and the mail owner" in done.stderr
    stuck.configure(authorized_mailq_users="root", authorized_flush_users="!nobody, static:any")
    stuck.stop()
    stuck.start()
    done = as_nobody("postqueue", "-p")
    assert done.returncode == 77 and "authorized_mailq_users" in done.stderr
    done = as_nobody("postqueue", "-s", "example.com")
    assert done.returncode == 77 and "authorized_flush_users" in done.stderr
    assert stuck.run("postqueue", "-f").returncode == 0


def test_survives_a_restart(stuck):
    """The same message, the same id, delivered once."""
    one = queue_id(stuck)
    stuck.stop()
    stuck.start()
    assert queue_id(stuck) == one
    mend(stuck)
    stuck.run("postqueue", "-f")
    stuck.wait_messages("stuck@example.com", 1)
    stuck.wait_empty()


def test_retried_by_itself(make_instance):
    mail = make_instance(minimal_backoff_time="1s", maximal_backoff_time="2s")
    mail.allow("stuck", "Not a directory")
    (mail.mail / "example.com").mkdir()
    (mail.mail / "example.com/stuck").touch()
    owner = mail.mail.stat()
    os.chown(mail.mail / "example.com", owner.st_uid, owner.st_gid)
    mail.start()
    smtp.deliver(mail.port, "stuck@example.com", MESSAGE)
    mail.wait_log("status=deferred")
    mend(mail)
    mail.wait_messages("stuck@example.com", 1)
