# SPDX-License-Identifier: BSD-2-Clause
"""Clients that speak for others: XCLIENT, XFORWARD, PROXY; what the log, Received and replies say."""

import instance
import smtp

MESSAGE = b"Subject: x\r\n\r\nhello\r\n"


def test_xclient(make_instance):
    mail = make_instance(smtpd_authorized_xclient_hosts="127.0.0.1", smtpd_client_port_logging="yes")
    mail.start()
    with smtp.Session(mail.port) as session:
        assert "XCLIENT NAME ADDR" in session.ehlo.text
        session.must("XCLIENT NAME=far.example ADDR=IPV6:2001:db8::9 PORT=77", 220)
        assert "XCLIENT" not in session.ask("EHLO far.example").text
        assert session.ask("XCLIENT ADDR=127.0.0.1").code == 550
        session.must("MAIL FROM:<a@example.org>", 250)
        assert session.ask("RCPT TO:<b@example.org>").code == 454
        session.must("RCPT TO:<known@example.com>", 250)
        session.must("DATA", 354)
        assert session.data(MESSAGE).code == 250
        session.must("QUIT", 221)
    found = mail.wait_messages("known@example.com")[0]
    assert b"Received: from far.example (far.example [IPv6:2001:db8::9])" in found
    mail.wait_log(r"connect from localhost\[127\.0\.0\.1\]:\d+\n")
    mail.wait_log(r"reject: RCPT from far\.example\[2001:db8::9\]:77: 454 4\.7\.1")
    mail.wait_log(r": client=far\.example\[2001:db8::9\]:77\n")
    mail.wait_log(r"disconnect from far\.example\[2001:db8::9\]:77 ehlo=2 xclient=1/2 mail=1 rcpt=1/2 data=1 quit=1")


def test_xforward(make_instance):
    mail = make_instance(smtpd_authorized_xforward_hosts="127.0.0.1")
    mail.start()
    with smtp.Session(mail.port) as session:
        session.must("XFORWARD NAME=far.example ADDR=192.0.2.9 IDENT=4x1 SOURCE=REMOTE", 250)
        for _ in range(2):
            session.envelope("known@example.com")
            assert session.data(MESSAGE).code == 250
    mail.wait_messages("known@example.com", 2)
    log = mail.log_text()
    assert log.count(": client=localhost[127.0.0.1], orig_queue_id=4x1, orig_client=far.example[192.0.2.9]\n") == 1
    assert log.count(": client=localhost[127.0.0.1]\n") == 1


def test_hidden(make_instance):
    mail = make_instance(smtpd_hide_client_session="yes")
    mail.start()
    assert smtp.deliver(mail.port, "known@example.com", MESSAGE).code == 250
    found = mail.wait_messages("known@example.com")[0]
    assert b"Received: by " in found and b"127.0.0.1" not in found and b"client.example.org" not in found


def test_proxy(make_instance):
    """Another port, behind a proxy."""
    mail = make_instance()
    port = instance.free_port()
    mail.services += f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy\n"
    mail.write()
    mail.start()
    with smtp.Session(port, helo=None, greeted=False) as session:
        session.send(b"PROXY TCP4 192.0.2.77 192.0.2.1 4321 25\r\nEHLO far.example\r\n")
        assert session.reply().code == 220
        assert session.reply().code == 250
        session.envelope("known@example.com")
        assert session.data(MESSAGE).code == 250
        session.must("QUIT", 221)
    assert b"(unknown [192.0.2.77])" in mail.wait_messages("known@example.com")[0]
    mail.wait_log(r"connect from unknown\[192\.0\.2\.77\]\n")
