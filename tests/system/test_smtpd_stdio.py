# SPDX-License-Identifier: BSD-2-Clause
"""sendmail -bs: SMTP on standard input and output, with the rights of the caller."""

import subprocess


SCRIPT = (
    b"EHLO here\r\nMAIL FROM:<a@example.org> RET=HDRS\r\nRCPT TO:<anybody@example.net>\r\nRSET\r\n"
    b"MAIL FROM:<a@example.org>\r\nRCPT TO:<known@example.com> NOTIFY=NEVER\r\nDATA\r\n"
    b"Subject: first\r\n\r\n..\r\n.\r\n"
    b"MAIL FROM:<a@example.org>\r\nRCPT TO:<known@example.com>\r\n"
    b"BDAT 19 LAST\r\nSubject: second\r\n\r\nQUIT\r\n"
)
CODES = ["220", "250", "250", "250", "250", "250", "250", "354", "250", "250", "250", "250", "221"]


def speak(mail, script=SCRIPT, **options):
    done = mail.run("sendmail", "-bs", input=script, text=False, check=False, **options)
    lines = done.stdout.decode().splitlines()
    return [line[:3] for line in lines if line[3:4] != "-"], lines, done


def test_while_it_runs(mail):
    codes, lines, done = speak(mail)
    assert (codes, done.returncode, done.stderr) == (CODES, 0, b""), (lines, done)
    found = mail.wait_messages("known@example.com", 2)
    assert sorted(b"Subject: first" in one for one in found) == [False, True]
    assert all(b"(" in one and b"with ESMTP" not in one for one in found)
    mail.wait_log(r": uid=\d+ from=<a@example\.org>")


def test_while_it_does_not_run(mail):
    """The maildrop keeps it; it is delivered when the system runs again."""
    mail.stop()
    codes, lines, done = speak(mail)
    assert (codes, done.returncode) == (CODES, 0), (lines, done)
    assert sum("queued as maildrop" in line for line in lines) == 2
    mail.start()
    mail.wait_messages("known@example.com", 2)


def test_end_of_input(mail):
    """A message without its end is none."""
    codes, lines, _ = speak(mail, SCRIPT[: SCRIPT.index(b"..\r\n")])
    assert codes == CODES[:8], lines
    mail.wait_empty()
    assert mail.messages("known@example.com") == []


def test_no_maildrop(make_instance):
    """Nowhere to leave it: the client hears so."""
    mail = make_instance()
    codes, lines, done = speak(mail)
    assert (codes[8], codes[11]) == ("451", "451"), (lines, done)


def test_turns(mail):
    """A client that takes turns, over pipes."""
    command = mail.command("sendmail", "-bs")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=mail.environment()
    ) as server:
        assert server.stdout.readline().startswith(b"220 ")
        server.stdin.write(b"HELO here\r\n")
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"250 ")
        server.stdin.write(b"QUIT\r\n")
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"221 ")
    assert server.returncode == 0
