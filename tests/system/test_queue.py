# SPDX-License-Identifier: BSD-2-Clause
"""What waits in the queue, and the commands that look at it and act on it."""

import json
import os
import re

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
