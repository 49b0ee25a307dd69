# SPDX-License-Identifier: BSD-2-Clause
"""The mail log: the tokens that administrators and their tools read."""

import json
import re
import subprocess

import instance
import smtp

MESSAGE = b"Message-ID: <one@example.org>\r\nSubject: x\r\n\r\nhello\r\n"
HEAD = r"^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ postroad/"

# The way of one message, in order, as Postfix writes it.
WAY = [
    r"smtpd\[\d+\]: connect from \S*\[127\.0\.0\.1\]$",
    r"smtpd\[\d+\]: (?P<id>\w+): client=\S*\[127\.0\.0\.1\]$",
    r"cleanup\[\d+\]: (?P=id): message-id=<one@example\.org>$",
    r"qmgr\[\d+\]: (?P=id): from=<sender@example\.org>, size=\d+, nrcpt=1 \(queue active\)$",
    r"virtual\[\d+\]: (?P=id): to=<log@example\.com>, relay=virtual, delay=[\d.]+, "
    r"delays=[\d.]+/[\d.]+/[\d.]+/[\d.]+, dsn=2\.0\.0, status=sent \(delivered to maildir\)$",
    r"qmgr\[\d+\]: (?P=id): removed$",
]


def test_way_of_a_message(mail):
    answer = smtp.deliver(mail.port, "log@example.com", MESSAGE)
    mail.wait_messages("log@example.com")
    mail.wait_log("removed$")
    text = mail.log_text()
    one = re.search(HEAD + WAY[1], text, re.M).group("id")
    assert one in answer.text
    at = 0
    for pattern in WAY:
        pattern = pattern.replace("(?P=id)", one).replace(r"(?P<id>\w+)", one)
        found = re.compile(HEAD + pattern, re.M).search(text, at)
        assert found, (pattern, text)
        at = found.end()
    assert re.search(
        HEAD + r"smtpd\[\d+\]: disconnect from \S*\[127\.0\.0\.1\] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5$",
        text, re.M,
    )  # fmt: skip


def test_reject(make_instance):
    mail = make_instance(mynetworks="")
    mail.start()
    with smtp.Session(mail.port, helo="client.example.org") as session:
        session.ask("MAIL FROM:<a@example.org>")
        session.ask("RCPT TO:<b@example.org>")
    line = mail.wait_log(r"NOQUEUE: reject: .*$").group(0)
    assert re.fullmatch(
        r"NOQUEUE: reject: RCPT from \S*\[127\.0\.0\.1\]: 454 4\.\d\.\d <b@example\.org>: .*; "
        r"from=<a@example\.org> to=<b@example\.org> proto=ESMTP helo=<client\.example\.org>",
        line,
    )


def test_pflogsumm(make_instance):
    """A reader that nobody here wrote counts what happened."""
    mail = make_instance(virtual_alias_domains="virtual.example.net")
    mail.start()
    for i in range(3):
        smtp.deliver(mail.port, f"p{i}@example.com", MESSAGE)
    with smtp.Session(mail.port) as session:
        session.ask("MAIL FROM:<a@example.org>")
        session.ask("RCPT TO:<b@virtual.example.net>")
    mail.wait_empty()
    done = subprocess.run(
        ["pflogsumm", "--syslog-name=postroad", mail.log], capture_output=True, text=True, check=True
    )
    words = "received|delivered|deferred|bounced|rejected"
    rows = re.findall(rf"^ +(\d+[km]?) +({words})", done.stdout, re.M)
    totals = {word: count for count, word in reversed(rows)}
    assert totals["received"] == "3", done.stdout
    assert totals["delivered"] == "3", done.stdout
    assert totals["rejected"] == "1", done.stdout


def test_json(make_instance):
    mail = make_instance(log_format="json")
    mail.start()
    smtp.deliver(mail.port, "json@example.com", MESSAGE)
    mail.wait_messages("json@example.com")
    mail.wait_log('"event": ?"REMOVED"|removed')
    rows = [json.loads(line) for line in mail.log_text().splitlines()]
    assert all(isinstance(row, dict) for row in rows)
    delivered = [row for row in rows if row.get("status") == "sent"]
    assert len(delivered) == 1
    assert delivered[0]["recipient"] == "json@example.com"
    assert delivered[0]["dsn"] == "2.0.0"
    assert delivered[0]["queue_id"]
    assert any(row.get("message_id") == "<one@example.org>" for row in rows)


def test_hostile_words(make_instance):
    """What a client says cannot make a log line of its own."""
    for kind in ("text", "json"):
        mail = make_instance(log_format=kind)
        mail.start()
        with smtp.Session(mail.port, helo=None) as session:
            session.ask(b"EHLO a\x1b[31m\x07\xff\xc0\x80b\r\n")
            session.ask(b"MAIL FROM:<\"a\\\x01b\"@example.org>\r\n")
            session.ask(b"RCPT TO:<x\x7f@example.org>\r\n")
        with smtp.Session(mail.port) as session:
            session.envelope("hostile@example.com")
            session.data(b"Message-ID: <x\x00\x1by\n>\r\nSubject: x\r\n\r\n".replace(b"\n>", b">"))
        mail.wait_messages("hostile@example.com")
        data = mail.log.read_bytes()
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", data)
        data.decode("utf-8")
        mail.allow("illegal", "improper", "syntax")


def dialogue(mail):
    """The lines of what was said, without their heads."""
    return re.findall(r" postroad/smtpd\[\d+\]: ([<>] .*)$", mail.log_text(), re.M)


def test_debug_peer_list(make_instance):
    mail = make_instance(debug_peer_list="127.0.0.0/30, example.net")
    mail.start()
    smtp.deliver(mail.port, "debug@example.com", MESSAGE)
    mail.wait_messages("debug@example.com")
    said = dialogue(mail)
    client = r"\S*\[127\.0\.0\.1\]"
    for pattern in (rf"> {client}: 220 mail\.example\.net ESMTP.*", rf"< {client}: EHLO .*",
                    rf"> {client}: 250-PIPELINING", rf"< {client}: RCPT TO:<debug@example\.com>",
                    rf"> {client}: 354 .*", rf"> {client}: 250 2\.0\.0 Ok: queued as \w+",
                    rf"< {client}: QUIT"):  # fmt: skip
        assert any(re.fullmatch(pattern, line) for line in said), (pattern, said)
    assert not any("hello" in line for line in said)


def test_verbose_and_not(make_instance):
    mail = make_instance(debug_peer_list="192.0.2.1")
    mail.start()
    smtp.deliver(mail.port, "v@example.com", MESSAGE)
    assert not dialogue(mail)
    mail.services = mail.services.replace(" smtpd\n", " smtpd -v\n", 1)
    mail.write()
    mail.run("postroad", "reload")

    def said():
        smtp.deliver(mail.port, "v@example.com", MESSAGE)
        return dialogue(mail)

    instance.wait_until(said, what="the dialogue")
