# SPDX-License-Identifier: BSD-2-Clause
"""The dialogue on the wire: order, syntax, limits, relay control, smuggling."""

import contextlib
import time

import pytest
import smtp

MESSAGE = b"Subject: x\r\n\r\nhello\r\n"


def dialogue(mail, *steps, helo="client.example.org"):
    """Each step is (command, code): the whole conversation goes as written."""
    with smtp.Session(mail.port, helo=helo) as session:
        for command, code in steps:
            answer = session.ask(command)
            assert answer.code == code, (command, answer)


@pytest.fixture(scope="module", name="server")
def fixture_server(stage):
    import instance  # pylint: disable=import-outside-toplevel

    with instance.Instance(stage) as one:
        one.configure(
            virtual_mailbox_maps="inline:{known@example.com=example.com/known/}",
            mynetworks="198.51.100.0/24",
        )
        one.allow("Illegal address syntax")
        one.start()
        yield one


DIALOGUES = {
    "order": (
        ("RCPT TO:<known@example.com>", 503), ("DATA", 503), ("MAIL FROM:<a@example.org>", 250),
        ("MAIL FROM:<b@example.org>", 503), ("DATA", 554), ("RSET", 250),
        ("RCPT TO:<known@example.com>", 503), ("NOOP", 250), ("QUIT", 221),
    ),
    "unknown commands": (("FROB", 500), ("frob me", 500), ("", 500), ("NOOP really", 250)),
    "any case": (("mail from:<a@example.org>", 250), ("Rcpt To:<known@example.com>", 250), ("rSeT", 250)),
    "null sender": (("MAIL FROM:<>", 250), ("RCPT TO:<known@example.com>", 250)),
    "parameters": (
        ("MAIL FROM:<a@example.org> SIZE=1000 BODY=8BITMIME", 250), ("RSET", 250),
        ("MAIL FROM:<a@example.org> BODY=ODD", 501), ("MAIL FROM:<a@example.org> FROB=1", 555),
        ("MAIL FROM:<a@example.org> SIZE=x", 501),
    ),
    "too big by its own word": (("MAIL FROM:<a@example.org> SIZE=99999999", 552),),
    "syntax": (
        ("MAIL FROM", 501), ("MAIL FROM:", 501), ("MAIL", 501), ("MAIL FROM:<a@example.org>", 250),
        ("RCPT TO:<>", 501), ("RCPT", 501), ("RCPT TO:<a@b@c>", 501), ("RCPT TO:<known@example.com> X=1", 555),
    ),
    "relay": (
        ("MAIL FROM:<a@example.org>", 250), ("RCPT TO:<b@example.org>", 454),
        ("RCPT TO:<b@[127.0.0.9]>", 454), ("RCPT TO:<known@example.com>", 250),
    ),
    "no such mailbox": (
        ("MAIL FROM:<a@example.org>", 250), ("RCPT TO:<nobody@example.com>", 550),
        ("RCPT TO:<KNOWN@EXAMPLE.COM>", 250),
    ),
    "verify": (("VRFY known@example.com", 252),),
    "help": (("HELP", 214),),
    "second greeting": (("MAIL FROM:<a@example.org>", 250), ("EHLO again.example.org", 250),
                        ("RCPT TO:<known@example.com>", 503)),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALOGUES)
def test_dialogue(server, name):
    dialogue(server, *DIALOGUES[name])


def test_enhanced_codes(server):
    """RFC 2034: class and subject agree with the reply code; not in greetings."""
    with smtp.Session(server.port) as session:
        assert not session.greeting.text.startswith("2.")
        for command, code in (
            ("MAIL FROM:<a@example.org>", "2.1.0"),
            ("RCPT TO:<known@example.com>", "2.1.5"),
            ("RCPT TO:<nobody@example.com>", "5.1.1"),
            ("RSET", "2.0.0"),
            ("FROB", "5.5.2"),
        ):
            assert session.ask(command).text.startswith(code + " "), command


def test_strangers_do_not_relay(make_instance):
    """A client outside of mynetworks learns only that; ours is heard like any other."""
    mail = make_instance(mynetworks="127.0.0.9/32")
    mail.start()
    dialogue(
        mail, ("MAIL FROM:<a@example.com>", 250), ("RCPT TO:<b@example.org>", 454),
        ("RCPT TO:<@example.com:b@example.org>", 454), ("RCPT TO:<b%example.org@example.com>", 454),
        ("RCPT TO:<\"b@example.org\"@example.com>", 454), ("RCPT TO:<b@example.com>", 250),
    )  # fmt: skip
    assert mail.find_log(r"454 4\.7\.1 <b@example\.org>: Relay access denied")


def test_transaction_ends_with_its_message(server):
    with smtp.Session(server.port) as session:
        session.envelope("known@example.com")
        assert session.data(MESSAGE).code == 250
        assert session.ask("RCPT TO:<known@example.com>").code == 503
        assert session.ask("DATA").code == 503


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"])
def test_smuggling(make_instance, end):
    """Nothing but CR LF . CR LF ends a message: what follows another end is never a command."""
    mail = make_instance()
    mail.allow("bare")
    mail.start()
    inner = b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nsmuggled\r\n.\r\n"
    with smtp.Session(mail.port) as session:
        session.envelope("outer@example.com")
        session.send(b"Subject: x\r\n\r\nouter" + end + inner)
        first = session.reply()
        assert first.code in (250, 521, 550, 554), first
        if first.code == 250:
            mail.wait_messages("outer@example.com", 1)
        time.sleep(0.3)
    assert mail.messages("victim@example.com") == []


def test_bare_newline_command(server):
    """A command that ends in LF alone is not taken for one that a strict peer sent."""
    with smtp.Session(server.port) as session:
        assert session.ask(b"MAIL FROM:<a@example.org>\n").code in (250, 500, 521, 550)
        assert session.ask("RCPT TO:<known@example.com>").code in (250, 503)


def test_too_long_a_command(server):
    with smtp.Session(server.port) as session:
        assert session.ask("NOOP " + "x" * 10000).code == 500
        assert session.ask("NOOP").code == 250
        with contextlib.suppress(ConnectionError):  # it need not hear us out
            assert session.ask("NOOP " + "x" * 10000000).code == 500
            assert session.at_end()


def test_size_limit(make_instance):
    mail = make_instance(message_size_limit="20000")
    mail.start()
    with smtp.Session(mail.port) as session:
        session.envelope("small@example.com")
        assert session.data(MESSAGE + b"x\r\n" * 10000).code == 552
        session.envelope("small@example.com")
        assert session.data(MESSAGE).code == 250
    mail.wait_messages("small@example.com", 1)


def test_recipient_limit(make_instance):
    mail = make_instance(smtpd_recipient_limit="5")
    mail.start()
    with smtp.Session(mail.port) as session:
        session.ask("MAIL FROM:<a@example.org>")
        codes = [session.ask(f"RCPT TO:<u{i}@example.com>").code for i in range(7)]
        assert codes == [250] * 5 + [452] * 2
        assert session.ask("DATA").code == 354
        assert session.data(MESSAGE).code == 250
    for i in range(5):
        mail.wait_messages(f"u{i}@example.com")


def test_error_limit(make_instance):
    mail = make_instance(smtpd_hard_error_limit="5", smtpd_soft_error_limit="100")
    mail.start()
    with smtp.Session(mail.port) as session:
        codes = [session.ask("FROB").code for _ in range(4)]
        assert codes == [500] * 4
        session.send(b"FROB\r\n")
        last = session.reply()
        if last.code != 421:
            session.send(b"NOOP\r\n")
            last = session.reply()
        assert last.code == 421
        assert session.at_end()
    mail.wait_log("too many errors after")


def test_time_limit(make_instance):
    mail = make_instance(smtpd_timeout="1s")
    mail.start()
    with smtp.Session(mail.port) as session:
        assert session.reply().code == 421
        assert session.at_end()
    mail.wait_log(r"timeout after EHLO from \S*\[127\.0\.0\.1\]")


def test_client_vanishes_in_data(mail):
    """A message without its end is nothing: no delivery, no queue entry."""
    with smtp.Session(mail.port) as session:
        session.envelope("gone@example.com")
        session.send(MESSAGE)
    mail.wait_log("lost connection after DATA")
    assert mail.queue() == []
    assert mail.messages("gone@example.com") == []
    assert smtp.deliver(mail.port, "gone@example.com", MESSAGE).code == 250
    mail.wait_messages("gone@example.com", 1)


def test_smtputf8(mail):
    with smtp.Session(mail.port) as session:
        assert session.ask("MAIL FROM:<δοκιμή@example.org> SMTPUTF8").code == 250
        assert session.ask("RCPT TO:<почта@example.com>").code == 250
        assert session.ask("DATA").code == 354
        assert session.data("Subject: привет\r\n\r\nx\r\n".encode()).code == 250
        assert session.ask("MAIL FROM:<δοκιμή@example.org>").code in (501, 553)
    found = mail.wait_messages("почта@example.com")[0]
    assert "Return-Path: <δοκιμή@example.org>".encode() in found


def test_many_sessions_at_once(mail):
    sessions = [smtp.Session(mail.port) for _ in range(90)]
    try:
        for session in sessions:
            session.envelope("crowd@example.com")
        for session in sessions:
            assert session.data(MESSAGE).code == 250
    finally:
        for session in sessions:
            session.close()
    mail.wait_messages("crowd@example.com", 90)
