# SPDX-License-Identifier: BSD-2-Clause
"""Programs that nobody here wrote read the log of a real run as they read Postfix's: with
syslog_name = postfix they count right, and find every client that was turned away."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import smtp

MESSAGE = b"Message-ID: <one@example.org>\r\nSubject: x\r\n\r\nhello\r\n"

SETTINGS = {
    "syslog_name": "postfix",
    "mynetworks": "",
    "smtpd_relay_restrictions": "reject_unauth_destination",
    "smtpd_helo_restrictions": "reject_non_fqdn_helo_hostname",
    "local_recipient_maps": "inline:{known=x}",
    "smtpd_hard_error_limit": "3",
    "smtpd_error_sleep_time": "0",
}


def rejected(mail, recipient, helo="client.example.org"):
    with smtp.Session(mail.port, helo=helo) as session:
        session.ask("MAIL FROM:<a@example.org>")
        assert session.ask(f"RCPT TO:<{recipient}>").code // 100 == 5


def busy_day(make_instance):
    """Three delivered (one to two people), one deferred, six turned away for four reasons."""
    mail = make_instance(**SETTINGS)
    mail.start()
    smtp.deliver(mail.port, "p0@example.com", MESSAGE)
    smtp.deliver(mail.port, "p1@example.com", MESSAGE)
    with smtp.Session(mail.port) as session:
        session.envelope("p2@example.com", data=False)
        session.must("RCPT TO:<p3@example.com>", 250)
        session.must("DATA", 354)
        assert session.data(MESSAGE).code == 250
    mail.wait_messages("p3@example.com")
    mail.wait_log(r"(?s)(: removed\n.*){3}")
    broken = mail.maildir("broken@example.com")
    broken.write_text("not a folder")
    smtp.deliver(mail.port, "broken@example.com", MESSAGE)
    mail.wait_log("status=deferred")
    for name in ("a", "b"):
        rejected(mail, f"{name}@elsewhere.example")
    for name in ("c", "d"):
        rejected(mail, f"{name}@local.example.net")
    rejected(mail, "p0@example.com", helo="bad")
    with smtp.Session(mail.port) as session:
        for _ in range(3):
            session.ask("NONSENSE")
    mail.wait_log("too many errors after")
    mail.stop()
    return mail


def test_pflogsumm_counts(make_instance):
    mail = busy_day(make_instance)
    done = subprocess.run(["pflogsumm", mail.log], capture_output=True, text=True, check=True)
    words = "received|delivered|deferred|bounced|rejected|recipients|senders"
    rows = re.findall(rf"^ +(\d+) +({words})\b", done.stdout, re.M)
    totals = {word: int(count) for count, word in reversed(rows)}
    assert totals == {
        "received": 4, "delivered": 4, "deferred": 1, "bounced": 0, "rejected": 5,
        "senders": 1, "recipients": 4,
    }, done.stdout  # fmt: skip
    detail = done.stdout[done.stdout.index("message reject detail"):]
    for reason, count in (("Relay access denied", 2), ("User unknown in local recipient table", 2),
                          ("need fully-qualified hostname", 1)):  # fmt: skip
        assert re.search(rf"{reason} \(total: {count}\)", detail), detail
    deferrals = done.stdout[done.stdout.index("message deferral detail"):]
    assert re.search(r"virtual \(total: 1\)", deferrals), deferrals
    for section in ("Warnings", "Fatal Errors", "Panics"):
        assert re.search(rf"^{section}: none$", done.stdout, re.M | re.I), done.stdout


@pytest.mark.skipif(shutil.which("fail2ban-regex") is None, reason="needs fail2ban")
def test_fail2ban_finds_who_was_rejected(make_instance):
    mail = busy_day(make_instance)
    done = subprocess.run(
        ["fail2ban-regex", "--print-all-matched", mail.log, "postfix[mode=more]"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = [line[2:] for line in done.stdout.splitlines() if line.startswith("|  ")]
    found = [line for line in found if "postfix/smtpd[" in line]
    lines = mail.log_text().splitlines()
    wanted = [line for line in lines if re.search("reject: |too many errors after", line)]
    assert len(wanted) == 6
    assert [line.strip() for line in found] == wanted, done.stdout


def test_manual_names_every_event_and_field():
    top = Path(__file__).resolve().parents[2]
    page = (top / "man/postroad-log.5").read_text()
    known = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"^\.It Cm (.*)$", page, re.M))))
    events = re.findall(r"^EVENT\((\w+)", (top / "lib/base/event.def").read_text(), re.M)
    fields = re.findall(r"^FIELD\((\w+)", (top / "lib/base/event_field.def").read_text(), re.M)
    assert len(events) > 20 and len(fields) > 20
    assert not [name for name in [*map(str.lower, events), *fields] if name not in known]
