# SPDX-License-Identifier: BSD-2-Clause
"""Clients that nobody here wrote."""

import email
import smtplib
import subprocess

import pytest


def run(command, **options):
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True, text=True, timeout=60, check=False, **options,
    )  # fmt: skip


def test_smtplib(rooted):
    """Python's; also what it makes of our refusals."""
    rooted.stop()
    rooted.configure(mynetworks="198.51.100.0/24")
    rooted.start()
    with smtplib.SMTP("127.0.0.1", rooted.port, timeout=30) as client:
        client.ehlo("client.example.org")
        assert client.has_extn("pipelining")
        assert client.has_extn("8bitmime")
        assert client.has_extn("enhancedstatuscodes")
        assert client.has_extn("smtputf8")
        assert int(client.esmtp_features["size"]) == 10240000
        refused = client.sendmail(
            "a@example.org",
            ["one@example.com", "elsewhere@example.org", "two@example.com"],
            "Subject: x\r\n\r\nhello\r\n",
            mail_options=["BODY=8BITMIME", "SIZE=100"],
        )
        assert list(refused) == ["elsewhere@example.org"]
        assert refused["elsewhere@example.org"][0] == 454
        client.send_message(
            email.message_from_string("From: a@example.org\nTo: one@example.com\n\nagain\n")
        )
    rooted.wait_messages("one@example.com", 2)
    rooted.wait_messages("two@example.com", 1)


def test_swaks(mail):
    done = run(
        ["swaks", "--server", f"127.0.0.1:{mail.port}", "--from", "s@example.org", "--to", "swaks@example.com",
         "--h-Subject", "by swaks", "--body", "line one\n.\n..\nend", "--suppress-data"]
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = email.message_from_bytes(mail.wait_messages("swaks@example.com")[0])
    assert found["Subject"] == "by swaks"
    assert found.get_payload().strip().splitlines()[-3:] == [".", "..", "end"]


def test_swaks_pipelining(mail):
    done = run(
        ["swaks", "--server", f"127.0.0.1:{mail.port}", "--pipeline", "--to",
         "p1@example.com,p2@example.com", "--from", "<>"]
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    mail.wait_messages("p1@example.com")
    mail.wait_messages("p2@example.com")


def test_msmtp(mail, tmp_path):
    """msmtp strips nothing, dot-stuffs itself, and takes its message on standard input."""
    body = "From: m@example.org\nTo: msmtp@example.com\nSubject: by msmtp\n\n.\nx\n"
    done = run(
        ["msmtp", "--host=127.0.0.1", f"--port={mail.port}", "--from=m@example.org", "--file=/dev/null",
         "msmtp@example.com"], input=body, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert mail.wait_messages("msmtp@example.com")[0].endswith(body.split("\n", 2)[2].encode())


def test_curl(mail, tmp_path):
    """curl's SMTP, where curl is at hand."""
    if run(["sh", "-c", "command -v curl"]).returncode != 0:
        pytest.skip("no curl")
    message = tmp_path / "message"
    message.write_bytes(b"Subject: by curl\r\n\r\n.\r\nhello\r\n")
    done = run(
        ["curl", "-sS", f"smtp://127.0.0.1:{mail.port}/client.example.org", "--mail-from", "c@example.org",
         "--mail-rcpt", "curl@example.com", "--upload-file", message]
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = mail.wait_messages("curl@example.com")[0]
    assert b"\nSubject: by curl\n" in found and found.endswith(b"\n\n.\nhello\n")


def test_plain_terminal(mail):
    """A person with a terminal: bash and its own sockets, slow, one line at a time."""
    script = r"""
exec 3<>/dev/tcp/127.0.0.1/$1
read -r line <&3; echo "$line"
for c in "HELO me" "MAIL FROM:<t@example.org>" "RCPT TO:<typed@example.com>" "DATA"; do
	printf '%s\r\n' "$c" >&3; read -r line <&3; echo "$line"
done
printf 'Subject: typed\r\n\r\nhello\r\n.\r\nQUIT\r\n' >&3
read -r line <&3; echo "$line"; read -r line <&3; echo "$line"
"""
    done = run(["bash", "-c", script, "bash", mail.port])
    codes = [line[:3] for line in done.stdout.splitlines()]
    assert codes == ["220", "250", "250", "250", "354", "250", "221"], done.stdout
    found = mail.wait_messages("typed@example.com")[0]
    assert b" with SMTP id " in found  # HELO: no ESMTP
