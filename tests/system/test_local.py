# SPDX-License-Identifier: BSD-2-Clause
"""Final delivery: accounts and aliases of this host, mailboxes of tables, and what can go wrong."""

import grp
import os
import pwd
import re
import signal
import stat
import time
from pathlib import Path

import instance
import pytest
import smtp

HERE = "local.example.net"
HEADER = (
    b"From: a@example.org\r\nDate: Mon, 23 Nov 2026 16:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\nSubject: x\r\n\r\n"
)  # whole, so that nothing is added to it
BODY = HEADER + b"From me to you\r\n.\r\nend\r\n"
WRITTEN = BODY.replace(b"\r\n", b"\n")
IN_MBOX = WRITTEN.replace(b"\nFrom me", b"\n>From me") + b"\n"


@pytest.fixture(name="local", params=["rootless", "root"])
def fixture_local(request, make_instance):
    """local(aliases="", group=None, **main): a started instance with a spool of mbox files, for anyone
    or, as root, for a group, as Debian's /var/mail is."""
    if request.param == "root" and not instance.is_root():
        pytest.skip("needs root")

    def start(aliases="", group=None, **main):
        one = make_instance(request.param)
        one.boxes = one.folder / "boxes"
        one.boxes.mkdir()
        one.boxes.chmod(0o1777)
        if group is not None and one.mode == "root":
            os.chown(one.boxes, 0, grp.getgrnam(group).gr_gid)
            one.boxes.chmod(0o2775)
        source = one.config / "aliases"
        source.write_text(aliases)
        one.configure(
            mail_spool_directory=one.boxes, alias_maps=f"hash:{source}",
            alias_database=f"hash:{source}", myorigin=HERE, deliver_lock_delay="1s", deliver_lock_attempts="1",
            **main,
        )  # fmt: skip
        one.run("postalias", source)
        one.start()
        return one

    return start


def send(one, user, body=BODY, **more):
    answer = smtp.deliver(one.port, f"{user}@{HERE}", body, **more)
    assert answer.code == 250, answer
    return answer


def wait_status(one, user, status, domain=HERE):
    """The log line about this recipient."""
    pattern = rf" to=<{re.escape(user)}@{re.escape(domain)}>,.* status={status} \((.*)\)$"
    return one.wait_log(pattern).group(1)


def box(one, user):
    return (one.boxes / user).read_bytes()


def test_mbox(local):
    one = local()
    send(one, "games")
    assert wait_status(one, "games", "sent") == "delivered to mailbox"
    found = box(one, "games")
    assert re.match(
        rb"From sender@example\.org  \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n"
        rb"Return-Path: <sender@example\.org>\nX-Original-To: games@local\.example\.net\n"
        rb"Delivered-To: games@local\.example\.net\nReceived: ", found,
    )  # fmt: skip
    assert found.endswith(IN_MBOX)
    info = (one.boxes / "games").stat()
    assert stat.S_IMODE(info.st_mode) == 0o600
    assert info.st_uid == (pwd.getpwnam("games").pw_uid if one.mode == "root" else one.uid)
    send(one, "Games", body=BODY + BODY, sender="")
    instance.wait_until(lambda: box(one, "games").count(b"\nFrom MAILER-DAEMON  ") == 1)
    assert box(one, "games").startswith(found)
    instance.wait_until(lambda: one.log_text().count("(delivered to mailbox)") == 2)
    assert sorted(os.listdir(one.boxes)) == ["games"]


def test_spool_of_a_group(local):
    """The recipient's process has the group, and so makes mailbox and lock without being root."""
    one = local(group="mail", mailbox_delivery_lock="dotlock")
    send(one, "games")
    assert wait_status(one, "games", "sent") == "delivered to mailbox"
    info = (one.boxes / "games").stat()
    if one.mode == "root":
        assert info.st_uid == pwd.getpwnam("games").pw_uid
        assert info.st_gid == grp.getgrnam("mail").gr_gid
        assert stat.S_IMODE(info.st_mode) == 0o600


def test_mail_for_root(local):
    """Nobody has to read it elsewhere first: postmaster is root where no alias says who, and root is a user."""
    one = local()
    send(one, "postmaster")
    assert wait_status(one, "root", "sent") == "delivered to mailbox"
    assert (one.boxes / "root").stat().st_uid == (0 if one.mode == "root" else one.uid)


def test_extension(local):
    one = local("postmaster: games\n", recipient_delimiter="+")
    send(one, "games+list")
    send(one, "postmaster+x")
    wait_status(one, "games+list", "sent")
    instance.wait_until(lambda: box(one, "games").count(b"\nReturn-Path: ") == 2)
    assert b"Delivered-To: games+list@local.example.net\n" in box(one, "games")


def test_alias(local):
    one = local("Team: games, news@local.example.net,\n  Someone <one@example.com>, games\n")
    send(one, "team")
    wait_status(one, "games", "sent")
    wait_status(one, "news", "sent")
    assert wait_status(one, "team", "sent").startswith("forwarded as ")
    found = one.wait_messages("one@example.com")[0]
    assert b"Delivered-To: team@local.example.net\n" in found
    assert found.endswith(WRITTEN)
    assert b"X-Original-To: team@local.example.net\n" in box(one, "news")
    assert box(one, "games").count(b"Subject: x\n") == 1
    assert re.search(r"to=<games@local.example.net>, orig_to=<team@local.example.net>", one.log_text())
    one.wait_empty()


def test_a_new_alias_counts(local):
    """A name that was not there counts at once, a changed one within a second."""
    one = local("a: games\n")
    source = one.config / "aliases"
    send(one, "a")
    wait_status(one, "games", "sent")
    source.write_text("a: news\nb: man\n")
    one.run("postalias", source)
    send(one, "b")
    wait_status(one, "man", "sent")
    time.sleep(1.1)
    send(one, "a")
    wait_status(one, "news", "sent")


def test_owner(local):
    one = local("list: one@example.com, games\nowner-list: root\n")
    send(one, "list")
    found = one.wait_messages("one@example.com")[0]
    assert found.startswith(b"Return-Path: <owner-list@local.example.net>\n")
    wait_status(one, "games", "sent")
    assert b"Return-Path: <owner-list@local.example.net>\n" in box(one, "games")
    send(one, "list", sender="")
    assert one.wait_messages("one@example.com", 2)[1].startswith(b"Return-Path: <>\n")


def test_unknown_user(local):
    one = local()
    send(one, "no-such-user")
    assert wait_status(one, "no-such-user", "bounced") == 'unknown user: "no-such-user"'


def test_loop(local):
    one = local("a: one@example.com\n")
    send(one, "games", body=b"Delivered-To: Games@local.example.net\r\n" + BODY)
    send(one, "a", body=b"X: y\r\ndelivered-to: a@local.example.net\r\n" + BODY)
    assert wait_status(one, "games", "bounced").startswith("mail forwarding loop for games@")
    assert wait_status(one, "a", "bounced").startswith("mail forwarding loop for a@")
    assert not (one.boxes / "games").exists()
    assert not one.messages("one@example.com")


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("not an address", "deferred", 'alias a: "not an address" is no address'),
        (":include:/etc/passwd", "deferred", "/etc/passwd, line 1: no address"),
        (":include:/nowhere/x", "bounced", "mail system configuration error"),
        (":include:relative", "bounced", "mail system configuration error"),
    ],
)  # fmt: skip
def test_targets_that_are_none(local, target, status, words):
    one = local(f"a: games, {target}\n")
    one.allow("list of alias a: unable to lookup /nowhere/x", ":include:relative uses a relative path")
    send(one, "a")
    assert wait_status(one, "a", status) == words
    assert len(one.queue()) == 1
    assert not (one.boxes / "games").exists()


def test_home_that_is_missing(local):
    one = local(home_mailbox="Maildir/")
    assert not Path(pwd.getpwnam("irc").pw_dir).exists() or one.mode == "rootless"
    send(one, "list")
    words = wait_status(one, "list", "deferred")
    assert words.startswith("cannot create a file in ") and "Maildir/: " in words


def test_full_mailbox(local):
    one = local(mailbox_size_limit="20000", message_size_limit="20000")
    line = b"y" * 70 + b"\r\n"
    send(one, "games", body=HEADER + line * 200)
    wait_status(one, "games", "sent")
    before = box(one, "games")
    send(one, "games", body=HEADER + line * 150)
    assert wait_status(one, "games", "deferred") == f"the mailbox {one.boxes}/games is full"
    assert box(one, "games") == before


def test_one_of_several_must_wait(local):
    """The others get the message once, and the one that waits gets a message of its own."""
    one = local("both: games, news\n")
    (one.boxes / "news").mkdir()
    send(one, "both")
    wait_status(one, "games", "sent")
    assert wait_status(one, "both", "sent").startswith("forwarded as ")
    assert "news: Is a directory" in wait_status(one, "news", "deferred")
    assert len(one.queue()) == 1
    (one.boxes / "news").rmdir()
    one.run("postqueue", "-f")
    instance.wait_until(lambda: (one.boxes / "news").is_file())
    one.wait_empty()
    assert box(one, "games").count(b"Subject: x\n") == 1


def test_large_message(local):
    """One that travels as a descriptor: to a mailbox, and through an alias."""
    one = local("a: games, one@example.com\n")
    lines = b"".join(b"%06d of a large message\r\n" % i for i in range(20000))
    send(one, "a", body=HEADER + lines)
    found = one.wait_messages("one@example.com")[0]
    assert found.endswith((HEADER + lines).replace(b"\r\n", b"\n"))
    wait_status(one, "games", "sent")
    assert box(one, "games").endswith(lines.replace(b"\r\n", b"\n") + b"\n")


def test_hostile_rows(make_instance):
    """What a database that others can write would like to do."""
    one = make_instance("root" if instance.is_root() else "rootless")
    (one.config / "mailboxes").write_text('/^"?([^"@]*)"?@example\\.com$/ $1\n')
    (one.config / "ids").write_text("/^root@/ 0\n/^minus@/ -1\n/^low@/ 99\n/^huge@/ 4294967296\n/./ 5000\n")
    one.configure(
        virtual_uid_maps=f"regexp:{one.config}/ids", virtual_minimum_uid="100",
    )  # fmt: skip
    one.start()
    outside = one.folder / "escaped"
    for user in ('"../escaped/"', '"x/../../escaped/"', '".."', '"./"'):
        assert smtp.deliver(one.port, f"{user}@example.com", BODY).code == 250
    instance.wait_until(lambda: one.log_text().count("mail system configuration error: path") == 4)
    assert not outside.exists()
    if one.mode == "root":
        for user in ("root", "minus", "low", "huge"):
            smtp.deliver(one.port, f"{user}@example.com", BODY)
            words = wait_status(one, user, "deferred", "example.com")
            assert words.startswith("mail system configuration error: user id of the mailbox: ")
        assert not any((one.mail / user).exists() for user in ("root", "minus", "low", "huge"))


def test_symbolic_link_in_place_of_a_mailbox(local):
    one = local()
    target = one.folder / "target"
    target.write_text("untouched")
    (one.boxes / "games").symlink_to(target)
    send(one, "games")
    assert "Too many levels of symbolic links" in wait_status(one, "games", "deferred")
    assert target.read_text() == "untouched"


def agents(one, name):
    """Processes of an agent, by what they are: (pid, parent, uids)."""
    found = []
    for pid in one.processes():
        try:
            if Path(os.readlink(f"/proc/{pid}/exe")).name == name:
                status = Path(f"/proc/{pid}/status").read_text()
                uids = set(re.search(r"^Uid:\s+(.*)$", status, re.M).group(1).split())
                parent = int(re.search(r"^PPid:\s+(\d+)$", status, re.M).group(1))
                found.append((pid, parent, {int(uid) for uid in uids}))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not instance.is_root(), reason="needs root")
def test_who_is_who(make_instance):
    """The agent is mail_owner, the spawner root, the writer the mailbox's owner: nobody is more."""
    one = make_instance("root")
    one.start()
    smtp.deliver(one.port, "who@example.com", BODY)
    one.wait_log("status=sent")
    found = agents(one, "virtual")
    (agent,) = [p for p in found if p[1] == one.master.pid]
    (spawner,) = [p for p in found if p[1] == agent[0]]
    (writer,) = [p for p in found if p[1] == spawner[0]]
    assert len(found) == 3
    assert agent[2] == {pwd.getpwnam(instance.MAIL_OWNER).pw_uid}
    assert spawner[2] == {0}
    assert writer[2] == {instance.MAILBOX_UID}
    for pid in (spawner[0], writer[0]):
        names = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        assert not [name for name in names if name.startswith(str(one.spool))], names


@pytest.mark.parametrize("victim", ["writer", "spawner"])
def test_a_process_is_killed(rooted, victim):
    one = rooted
    one.allow("parent of the mailbox processes has ended", "killed by signal", "channel", "virtual")
    smtp.deliver(one.port, "k1@example.com", BODY)
    one.wait_messages("k1@example.com")
    found = agents(one, "virtual")
    parents = {p[1] for p in found}
    (spawner,) = [p for p in found if p[0] in parents and p[1] in {q[0] for q in found}]
    writers = [p[0] for p in found if p[1] == spawner[0]]
    for pid in writers if victim == "writer" else [spawner[0]]:
        os.kill(pid, signal.SIGKILL)
    for i in range(3):
        smtp.deliver(one.port, f"after{i}@example.com", BODY)
    for i in range(3):
        one.wait_messages(f"after{i}@example.com")
    one.wait_empty()


def test_idle_writers_end(mail):
    smtp.deliver(mail.port, "idle@example.com", BODY)
    mail.wait_messages("idle@example.com")
    assert len(agents(mail, "virtual")) == 3
    instance.wait_until(lambda: len(agents(mail, "virtual")) == 2, 15, "the writer has ended")
