# SPDX-License-Identifier: BSD-2-Clause
"""Small commands: postkick, postlock, postlog; closed outputs and full disks."""

import subprocess

import pytest
import smtp

MESSAGE = b"Subject: x\r\n\r\nhello\r\n"


def test_kick(mail):
    mail.run("postkick", "public", "pickup", "W")
    mail.run("postkick", "public", "qmgr", "IDA")
    done = mail.run("postkick", "public", "showq", "x", check=False)
    assert done.returncode == 69 and "takes no requests" in done.stderr
    assert mail.run("postkick", "public", "qmgr", check=False).returncode == 64
    assert mail.run("postkick", "other", "qmgr", "D", check=False).returncode == 64
    mail.stop()
    for service in ("pickup", "qmgr"):
        done = mail.run("postkick", "public", service, "DW", check=False)
        assert done.returncode == 69 and "mail system is down" in done.stderr


LOCKS = ["dotlock", "fcntl", "flock", "dotlock,fcntl flock"]


@pytest.mark.parametrize("style", LOCKS)
def test_lock(make_instance, style):
    """The second waits for the first, and gives up in the end."""
    mail = make_instance(deliver_lock_attempts="2", deliver_lock_delay="1s")
    box = mail.mail / "mbox"
    outer = ["-l", style, box, "sh", "-c", f"{mail.stage.sbin}/postlock -l '{style}' {box} true; echo $?; exit 3"]
    done = mail.run("postlock", *outer, check=False)
    assert (done.returncode, done.stdout) == (3, "75\n")
    assert not (mail.mail / "mbox.lock").exists()
    assert mail.run("postlock", box, "cat", input="through").stdout == "through"


def test_lock_refused(mail):
    tmp_path = mail.mail
    assert mail.run("postlock", tmp_path / "x", check=False).returncode == 64
    assert mail.run("postlock", "-l", "tape", tmp_path / "x", "true", check=False).returncode == 64
    assert mail.run("postlock", tmp_path / "x", "no-such-command", check=False).returncode == 75
    assert mail.run("postlock", tmp_path / "x", "/dev/null", check=False).returncode == 75
    assert [file.name for file in tmp_path.iterdir()] == ["x"]
    assert mail.run("postlock", "/nonexistent/x", "true", check=False).returncode == 75


def test_log(mail):
    mail.allow("careful", "last")
    mail.run("postlog", "-i", "-t", "script", "one", "two")
    mail.run("postlog", "-p", "warn", input="careful\n\nlast\n")
    mail.wait_log(r"postroad/script\[\d+\]: one two$")
    mail.wait_log(r"postroad/postlog\[\d+\]: warning: careful$")
    mail.run("postlog", "%s%n \x1b[2J")
    mail.wait_log(r"postroad/postlog\[\d+\]: %s%n .\[2J$")
    assert mail.run("postlog", "-p", "loud", "x", check=False).returncode == 64


SHOWS = {
    "postqueue -p": ["postqueue", "-p"],
    "postqueue -j": ["postqueue", "-j"],
    "postcat": ["postcat", "-q", "ID"],
    "postconf": ["postconf"],
    "postconf -M": ["postconf", "-M"],
    "status": ["postroad", "status"],
}


@pytest.mark.parametrize("name", SHOWS)
def test_outputs_that_fail(make_instance, name):
    """A reader that left is no failure; a full disk is one, with words; neither is a crash."""
    mail = make_instance(virtual_transport="retry:later")
    mail.start()
    smtp.deliver(mail.port, "to@example.com", MESSAGE)
    mail.wait_log("status=deferred")
    found = mail.queue()
    program, *arguments = SHOWS[name]
    command = mail.command(program, *[found[0] if a == "ID" else a for a in arguments])
    script = 'trap "" PIPE; "$@" | true; "$@" >/dev/full; echo $?; "$@" >&-; echo $?'
    done = subprocess.run(
        ["sh", "-c", script, "-", *command], capture_output=True, text=True, check=True, timeout=30,
        env=mail.environment(), cwd="/",
    )  # fmt: skip
    assert done.stdout == "74\n0\n", done.stderr
    assert "cannot write: No space left on device" in done.stderr
