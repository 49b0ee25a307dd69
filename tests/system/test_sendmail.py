# SPDX-License-Identifier: BSD-2-Clause
"""Local submission: sendmail(1) and its other names."""

import email
import os
import pwd
import re
import subprocess
from pathlib import Path

import instance
import pytest


def split(message):
    return email.message_from_bytes(message)


def send(mail, arguments, text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return mail.run("sendmail", *arguments, input=data, text=False, **options)


def test_arguments(rooted):
    send(rooted, ["-f", "me@example.org", "to@example.com"], "Subject: hello\n\nbody\n")
    found = split(rooted.wait_messages("to@example.com")[0])
    assert found["Return-Path"] == "<me@example.org>"
    assert found["Subject"] == "hello"
    assert found["From"].endswith("me@example.org") or "<me@example.org>" in found["From"]
    assert found["Message-ID"] and found["Date"]
    assert re.search(r"by mail\.example\.net \(Postroad, from userid \d+\)\s+id ", found["Received"])
    assert found.get_payload() == "body\n"


def test_several_recipients(mail):
    send(mail, ["-f", "", "one@example.com", "two@example.com"], "Subject: x\n\nbody\n")
    for name in ("one", "two"):
        assert split(mail.wait_messages(f"{name}@example.com")[0])["Return-Path"] == "<>"


def test_recipients_of_the_header(mail):
    """-t: To, Cc and Bcc; Bcc is not shown; names, comments, groups and folding are read."""
    text = (
        'To: "A, with comma" <to@example.com>,\n two@example.com (a comment)\n'
        "Cc: friends: cc@example.com, cd@example.com;\nBcc: hidden@example.com\n"
        "Subject: headers\n\nbody\n"
    )
    send(mail, ["-t", "-f", "me@example.org"], text)
    for name in ("to", "two", "cc", "cd", "hidden"):
        found = split(mail.wait_messages(f"{name}@example.com")[0])
        assert found["Bcc"] is None
        assert found["Subject"] == "headers"


def test_header_and_arguments(mail):
    """Postfix: with -t, recipients of the command line are added."""
    send(mail, ["-t", "more@example.com"], "To: to@example.com\nSubject: x\n\nbody\n")
    mail.wait_messages("to@example.com")
    mail.wait_messages("more@example.com")


def test_dot(mail):
    """A dot alone ends the message; with -i or -oi it does not."""
    text = "Subject: dots\n\nabove\n.\nbelow\n"
    send(mail, ["short@example.com"], text)
    send(mail, ["-i", "whole@example.com"], text)
    send(mail, ["-oi", "whole@example.com"], text)
    assert split(mail.wait_messages("short@example.com")[0]).get_payload() == "above\n"
    for found in mail.wait_messages("whole@example.com", 2):
        assert split(found).get_payload() == "above\n.\nbelow\n"


def test_full_name(mail):
    send(mail, ["-F", "Anna B. Cee", "-f", "anna@example.org", "name@example.com"], "Subject: x\n\nbody\n")
    found = split(mail.wait_messages("name@example.com")[0])
    assert email.utils.parseaddr(found["From"]) == ("Anna B. Cee", "anna@example.org")


SHAPES = {
    "no newline at the end": (b"Subject: x\n\nbody", b"body\n"),
    "CR LF": (b"Subject: x\r\n\r\none\r\ntwo\r\n", b"one\ntwo\n"),
    "8-bit": (b"Subject: x\n\ncaf\xe9 \xc3\xa9\n", b"caf\xe9 \xc3\xa9\n"),
    "nul": (b"Subject: x\n\na\0b\n", b"a\0b\n"),
    "long line": (b"Subject: x\n\n" + b"y" * 100000 + b"\n", b"y" * 100000 + b"\n"),
    "dot lines": (b"Subject: x\n\n..\n.x\n", b"..\n.x\n"),
    "from line": (b"Subject: x\n\nFrom me\n>From you\n", b"From me\n>From you\n"),
    "1 MB": (b"Subject: x\n\n" + b"z" * 69 + b"\n" * 900000, b"z" * 69 + b"\n" * 900000),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(mail, name):
    content, body = SHAPES[name]
    send(mail, ["-i", "-f", "me@example.org", "shape@example.com"], content)
    found = mail.wait_messages("shape@example.com")[0]
    assert found.partition(b"\n\n")[2] == body


def test_empty_message(mail):
    send(mail, ["-f", "me@example.org", "nothing@example.com"], b"")
    assert mail.wait_messages("nothing@example.com")[0].partition(b"\n\n")[2] == b""


def test_only_a_body(mail):
    """Text without a header gets one; nothing of it is lost."""
    send(mail, ["-f", "me@example.org", "body@example.com"], "just words\nand more\n")
    assert mail.wait_messages("body@example.com")[0].endswith(b"\n\njust words\nand more\n")


def test_unknown_domain_is_refused(mail):
    """There is no way out of this host: the sender hears of it in some way, and nothing is lost."""
    mail.allow("cannot connect to private/smtp")
    done = send(mail, ["-f", "me@example.com", "far@example.org"], "Subject: x\n\nbody\n", check=False)
    if done.returncode == 0:
        mail.wait_log(r"to=<far@example\.org>.* status=(bounced|deferred)")
    else:
        assert b"far@example.org" in done.stderr or b"elay" in done.stderr


def test_usage(mail):
    done = send(mail, [], "Subject: x\n\nbody\n", check=False)
    assert done.returncode == 64
    assert b"ecipient" in done.stderr
    done = send(mail, ["-t"], "Subject: x\n\nbody\n", check=False)
    assert done.returncode != 0
    assert b"ecipient" in done.stderr


def test_too_big(make_instance):
    mail = make_instance(message_size_limit="20000")
    mail.start()
    done = send(mail, ["to@example.com"], "Subject: x\n\n" + "x\n" * 20000, check=False)
    assert done.returncode != 0
    assert b"limit" in done.stderr or b"large" in done.stderr or b"big" in done.stderr


def test_system_down(rooted):
    """Left in the maildrop, and delivered after the next start."""
    rooted.stop()
    rooted.allow("mail system is down", "not running")
    done = send(rooted, ["-f", "me@example.org", "late@example.com"], "Subject: late\n\nbody\n", check=False)
    assert done.returncode == 0, done.stderr
    assert rooted.messages("late@example.com") == []
    rooted.start()
    assert split(rooted.wait_messages("late@example.com")[0])["Subject"] == "late"


def test_hostile_input_of_postdrop(rooted):
    """Anybody may run it: what is cut off, or not an envelope, leaves nothing."""
    rooted.stop()
    send(rooted, ["-f", "me@example.org", "late@example.com"], "Subject: late\n\nbody\n")
    left, = (rooted.spool / "maildrop").iterdir()
    good = left.read_bytes()
    left.unlink()

    def drop(data):
        done = rooted.run("postdrop", input=data, text=False, check=False)
        files = list((rooted.spool / "maildrop").iterdir())
        for file in files:
            file.unlink()
        return done.returncode, len(files)

    assert drop(good) == (0, 1)
    assert good.count(b"late@example.com") == 1
    for control in b"\0\n\r\x7f":
        for name in (b"late@example.com", b"me@example.org"):
            assert drop(good.replace(name, name[:2] + bytes([control]) + name[3:])) == (65, 0)
    for cut in range(len(good)):
        assert drop(good[:cut]) == (65, 0)
    for at in range(16):
        for byte in (0, 1, 0x7f, 0x80, 0xff):
            assert drop(good[:at] + bytes([byte]) + good[at + 1 :]) in ((65, 0), (0, 1))
    rooted.start()


def test_queue_names(mail):
    """sendmail -bp and mailq list, -q flushes: here, nothing."""
    for command in (["mailq"], ["sendmail", "-bp"], ["postqueue", "-p"]):
        assert mail.run(*command).stdout == "Mail queue is empty\n"
    assert mail.run("sendmail", "-q").returncode == 0


def make_aliases(mail, text):
    aliases = mail.config / "aliases"
    aliases.write_text(text)
    mail.configure(alias_maps=f"hash:{aliases}", alias_database=f"hash:{aliases}")
    if mail.uid != 0:
        mail.give(aliases, mail.uid)


def test_newaliases(make_instance):
    """An alias leads local mail to other addresses, and to others through aliases."""
    mail = make_instance()
    make_aliases(mail, "# comment\nTeam: one@example.com,\n two@example.com\nchain: team, three@example.com\n")
    for command in (["newaliases"], ["sendmail", "-bi"], ["sendmail", "-I"]):
        (mail.config / "aliases.db").unlink(missing_ok=True)
        mail.run(*command)
        assert (mail.config / "aliases.db").exists()
    mail.start()
    send(mail, ["-f", "me@example.org", "CHAIN@local.example.net"], "Subject: aliased\n\nFrom the top\n")
    for name in ("one", "two", "three"):
        assert split(mail.wait_messages(f"{name}@example.com")[0])["Subject"] == "aliased"
    mail.wait_empty()


def test_account(make_instance):
    """A local account's mailbox, by its name and by an alias, as the account itself."""
    mail = make_instance()
    make_aliases(mail, f"player: {instance.ROOTLESS_OWNER}\n")
    mail.run("newaliases")
    mail.start()
    account = pwd.getpwuid(mail.uid).pw_name
    send(mail, ["-f", "me@example.org", f"{account}@local.example.net"], "Subject: one\n\nbody\n")
    mail.wait_messages(account, 1)
    if instance.is_root():
        send(mail, ["-f", "me@example.org", "player@local.example.net"], "Subject: two\n\nbody\n")
        mail.wait_messages(account, 2)


@pytest.fixture(name="account")
def fixture_account(tmp_path):
    """An account of this test, with a home of its own that only it may enter."""
    if not instance.is_root():
        pytest.skip("needs root")
    home = tmp_path / "home"
    home.mkdir()
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    name = f"pr{os.getpid()}"
    subprocess.run(["useradd", "--no-create-home", "--home-dir", home, name], check=True)
    entry = pwd.getpwnam(name)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    home.chmod(0o700)
    yield entry
    subprocess.run(["userdel", name], check=True)


@pytest.mark.parametrize("kind", ["Maildir/", "mbox"])
def test_home(account, make_instance, kind):
    """Delivery happens with the recipient's rights."""
    mail = make_instance("root", home_mailbox=kind)
    mail.start()
    text = "Subject: home\n\nFrom me\n>From you\n"
    send(mail, ["-f", "me@example.org", f"{account.pw_name}@local.example.net"], text)
    box = Path(account.pw_dir) / kind
    mail.wait_log(f"to=<{account.pw_name}@local.example.net>.*status=sent")
    file = next((box / "new").iterdir()) if kind == "Maildir/" else box
    assert file.stat().st_uid == account.pw_uid
    assert file.stat().st_mode & 0o077 == 0
    data = file.read_bytes()
    if kind == "mbox":
        assert data.startswith(b"From me@example.org ")
        assert data.endswith(b"\n\n>From me\n>>From you\n\n") or data.endswith(
            b"\n\n>From me\n>From you\n\n"
        )
    else:
        assert data.endswith(b"\n\nFrom me\n>From you\n")


# --- Options --------------------------------------------------------------------------------------

IGNORED = [
    "-Am", "-Ac", "-B7BIT", "-B8BITMIME", "-bm", "-G", "-h12", "-L", "tag", "-m", "-n", "-N", "success,failure",
    "-o7", "-o8", "-oAx", "-om", "-oem", "-R", "hdrs", "-U", "-V", "envelope-id", "-X", "/tmp/never", "-x",
    "-Osmtputf8=no", "-OQueueDirectory=/tmp", "-q30m", "-i",
]  # fmt: skip


def test_options_that_programs_give(mail):
    """None of them keeps a message from being sent."""
    send(mail, [*IGNORED, "-f", "me@example.org", "--", "to@example.com"], "Subject: x\n\nbody\n")
    assert split(mail.wait_messages("to@example.com")[0])["Subject"] == "x"
    assert not os.path.exists("/tmp/never")


REFUSED = {
    "a line break in -f": (["-f", "me@example.org\nBcc: x@example.com", "to@example.com"], 64),
    "a line break in -F": (["-F", "Me\nBcc: x@example.com", "to@example.com"], 64),
    "a line break in -V": (["-V", "id\n", "to@example.com"], 64),
    "a long -V": (["-V", "x" * 101, "to@example.com"], 64),
    "a line break in a recipient": (["to@example.com\nx@example.com"], 65),
    "a recipient like an option": (["--", "-be@example.com"], 64),
    "a sender like an option": (["-f", "-be", "to@example.com"], 64),
    "two senders": (["-f", "a@example.org, b@example.org", "to@example.com"], 64),
    "-N": (["-N", "never,delay", "to@example.com"], 64),
    "-R": (["-R", "some", "to@example.com"], 64),
    "-B": (["-B", "9BIT", "to@example.com"], 64),
    "-b": (["-bz"], 64),
    "-qS": (["-qSx"], 64),
    "VERP": (["-XV", "to@example.com"], 69),
    "REQUIRETLS": (["-Orequiretls=yes", "to@example.com"], 69),
    "-bv without an address": (["-bv"], 64),
    "-t with -bs": (["-bs", "-t"], 64),
    "an unknown option": (["-Z"], 64),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(mail, name):
    arguments, status = REFUSED[name]
    done = send(mail, arguments, "Subject: x\n\nbody\n", check=False)
    assert done.returncode == status, done.stderr
    assert b"sendmail: " in done.stderr
    assert mail.queue() == []


def test_name_from_the_environment(mail):
    environment = mail.environment(NAME="Env Name")
    send(mail, ["-f", "me@example.org", "to@example.com"], "Subject: x\n\n", environment=environment)
    assert split(mail.wait_messages("to@example.com")[0])["From"] == "Env Name <me@example.org>"
    environment = mail.environment(NAME="Env\nBcc: x@example.com")
    send(mail, ["-f", "me@example.org", "two@example.com"], "Subject: x\n\n", environment=environment)
    assert "Env" not in split(mail.wait_messages("two@example.com")[0])["From"]


def test_gateway(mail):
    """-G: mail that passes through is not completed."""
    send(mail, ["-G", "-f", "me@example.org", "to@example.com"], "Subject: x\n\nbody\n")
    found = split(mail.wait_messages("to@example.com")[0])
    assert found["From"] is None and found["Message-ID"] is None
    assert found["Subject"] == "x"


def test_verify(make_instance):
    mail = make_instance(virtual_mailbox_maps="inline:{{known@example.com = known/}}")
    mail.start()
    done = mail.run("sendmail", "-bv", "known@example.com")
    assert done.stdout == "known@example.com... deliverable: transport virtual, next hop example.com\n"
    done = mail.run("sendmail", "-bv", "unknown@example.com", "known@example.com", check=False)
    assert done.returncode == 67
    assert done.stdout.splitlines()[0] == "unknown@example.com... User unknown"


def test_verbose(mail):
    done = send(mail, ["-v", "-f", "me@example.org", "to@example.com"], "Subject: x\n\n")
    assert re.match(rb"sendmail: queued as \w+; the log says", done.stderr)
    mail.wait_messages("to@example.com")


def test_configuration_file(mail):
    environment = {name: value for name, value in mail.environment().items() if name != "MAIL_CONFIG"}
    for path in (mail.config, mail.config / "main.cf"):
        send(mail, ["-C", path, "-f", "me@example.org", "c@example.com"], "Subject: x\n\n", environment=environment)
    mail.wait_messages("c@example.com", 2)


def test_host_status_is_nothing(mail):
    assert mail.run("sendmail", "-bh").stdout == mail.run("sendmail", "-bH").stdout == ""


def test_whose_senders(make_instance):
    """local_login_sender_maps, for mail now and for mail left in the maildrop."""
    mail = make_instance()
    account = pwd.getpwuid(mail.uid).pw_name
    mail.configure(
        recipient_delimiter="+",
        local_login_sender_maps=f"inline:{{ {{ {account} = me@example.org, @sub.example.org <> }} }}",
    )
    mail.allow("may not send as <other@example.org>", "refused")
    mail.start()
    for sender in ("me@example.org", "ME+ext@Example.org", "any@sub.example.org", ""):
        send(mail, ["-f", sender, "to@example.com"], "Subject: x\n\n")
    mail.wait_messages("to@example.com", 4)
    done = send(mail, ["-f", "other@example.org", "to@example.com"], "Subject: x\n\n", check=False)
    assert done.returncode == 69
    assert b"5.7.1 this account may not use that sender address" in done.stderr
    mail.stop()
    send(mail, ["-f", "other@example.org", "to@example.com"], "Subject: x\n\n")
    mail.start()
    mail.wait_log(r"was moved to corrupt/\w+: refused")
    assert len(mail.messages("to@example.com")) == 4
