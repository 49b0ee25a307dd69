# SPDX-License-Identifier: BSD-2-Clause
"""Who may send what to whom: decisions, what is asked for without a session, and open relays."""

import json
import re

import pytest
import smtp

TABLES = {
    "clients": "127.0.0.1 PREPEND X-Client: known\n127 REJECT not asked for\n",
    "senders": """
        hold@sender.example     HOLD for a while
        sender.example          DUNNO
        .sender.example         550 5.1.1 subdomains go away
        bad.example             REJECT
        later@                  DEFER 4.7.9 come again
        cls@class.example       greedy, permit
        hangup.example          421 4.3.2 not now
    """,
    "recipients": """
        one@example.com         WARN be careful
        drop@example.com        DISCARD nobody reads this
        bcc@example.com         BCC copy@example.com
        turn@example.com        REDIRECT two@example.com
    """,
}


@pytest.fixture(scope="module", name="server")
def fixture_server(stage):
    import instance  # pylint: disable=import-outside-toplevel

    with instance.Instance(stage) as one:
        for name, text in TABLES.items():
            (one.config / name).write_text(re.sub(r"^ +", "", text, flags=re.M))
        at = f"texthash:{one.config}"
        one.configure(
            mynetworks="198.51.100.0/24",
            smtpd_restriction_classes="greedy",
            greedy="reject_plaintext_session",
            smtpd_client_restrictions=f"check_client_access {at}/clients",
            smtpd_helo_restrictions="reject_invalid_helo_hostname, warn_if_reject reject_non_fqdn_helo_hostname",
            smtpd_sender_restrictions=f"reject_non_fqdn_sender, check_sender_access {at}/senders",
            smtpd_recipient_restrictions=f"check_recipient_access {at}/recipients, reject_unauth_destination",
            smtpd_data_restrictions="reject_multi_recipient_bounce",
            smtpd_end_of_data_restrictions=f"check_sender_access inline:{{eod.example=DEFER}}",
            parent_domain_matches_subdomains="",
        )
        one.start()
        yield one


FROM = "MAIL FROM:<a@sender.example>"
TO = "RCPT TO:<one@example.com>"
DIALOGUES = {
    "delayed until RCPT": (("MAIL FROM:<x@bad.example>", "250 2.1.0 Ok"), (
        TO, "554 5.7.1 <x@bad.example>: Sender address rejected: Access denied")),
    "a subdomain": (("MAIL FROM:<x@a.sender.example>", "250 2.1.0 Ok"), (
        TO, "550 5.1.7 <x@a.sender.example>: Sender address rejected: subdomains go away")),
    "a local part": (("MAIL FROM:<later@any.example>", "250 2.1.0 Ok"), (
        TO, "450 4.7.9 <later@any.example>: Sender address rejected: come again")),
    "a class": (("MAIL FROM:<cls@class.example>", "250 2.1.0 Ok"), (
        TO, "450 4.7.1 Session encryption is required")),
    "not fully qualified": (("MAIL FROM:<a>", "250 2.1.0 Ok"), (
        TO, "504 5.5.2 <a>: Sender address rejected: need fully-qualified address")),
    "relay": ((FROM, "250 2.1.0 Ok"), (
        "RCPT TO:<a@elsewhere.example>", "454 4.7.1 <a@elsewhere.example>: Relay access denied")),
    "a report for two": (("MAIL FROM:<>", "250 2.1.0 Ok"), (TO, "250 2.1.5 Ok"),
        ("RCPT TO:<two@example.com>", "250 2.1.5 Ok"),
        ("DATA", "550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce"),
        ("RSET", "250 2.0.0 Ok")),
    "the message": (("MAIL FROM:<a@eod.example>", "250 2.1.0 Ok"), (TO, "250 2.1.5 Ok"),
        ("DATA", "354 End data with <CR><LF>.<CR><LF>"),
        ("x\r\n.", "450 4.7.1 <a@eod.example>: Sender address rejected: Access denied"),
        (TO, "503 5.5.1 Error: need MAIL command")),
    "the session ends": (("MAIL FROM:<x@hangup.example>", "250 2.1.0 Ok"), (
        TO, "421 4.3.2 <x@hangup.example>: Sender address rejected: not now")),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALOGUES)
def test_dialogue(server, name):
    with smtp.Session(server.port, helo="client.example.org") as session:
        for command, reply in DIALOGUES[name]:
            assert repr(session.ask(command)) == reply, command
        if name == "the session ends":
            assert session.at_end()


def test_log(server):
    """Tokens and order are Postfix's."""
    with smtp.Session(server.port, helo="nodots") as session:
        session.ask("MAIL FROM:<hold@sender.example>")
        session.ask(TO)
    end = r"from=<hold@sender\.example> to=<one@example\.com> proto=ESMTP helo=<nodots>$"
    for words in (
        r"reject_warning: RCPT from localhost\[127\.0\.0\.1\]: 504 5\.5\.2 <nodots>: Helo command "
        r"rejected: need fully-qualified hostname; ",
        r"hold: RCPT from localhost\[127\.0\.0\.1\]: <hold@sender\.example>: Sender address for a while; ",
        r"warn: RCPT from localhost\[127\.0\.0\.1\]: be careful; ",
    ):
        assert server.wait_log("NOQUEUE: " + words + end)


def test_a_message_and_what_becomes_of_it(server):
    smtp.deliver(server.port, "drop@example.com", b"Subject: x\r\n\r\nx\r\n")
    smtp.deliver(server.port, "bcc@example.com", b"Subject: y\r\n\r\ny\r\n")
    message = server.wait_messages("copy@example.com", 1)[0]
    assert b"X-Client: known" in message
    server.wait_messages("bcc@example.com", 1)
    smtp.deliver(server.port, "turn@example.com", b"Subject: z\r\n\r\nz\r\n")
    server.wait_messages("two@example.com", 1)
    assert not server.messages("drop@example.com") and not server.messages("turn@example.com")


# --- Clients of ours -----------------------------------------------------------------------------


def test_remote_mail_waits(make_instance):
    """What is taken for other hosts stays in the queue, with a reason, until it can leave."""
    mail = make_instance(relay_domains="relay.example")
    mail.start()
    mail.allow("cannot connect to private/(smtp|relay): No such file")
    smtp.deliver(mail.port, "b@elsewhere.example", b"Subject: x\r\n\r\nx\r\n")
    smtp.deliver(mail.port, "b@relay.example", b"Subject: x\r\n\r\nx\r\n")
    for to, transport in (("elsewhere", "smtp"), ("relay", "relay")):
        assert mail.wait_log(rf"to=<b@{to}\.example>, .*dsn=4\.3\.0, status=deferred \(.*{transport}.*\)")
    assert len(mail.queue()) == 2


# --- Asking --------------------------------------------------------------------------------------


def ask(mail, *words):
    return mail.run("postroad", "-c", mail.config, "ask", *words, check=False)


def test_ask(server):
    done = ask(server, "--client", "203.0.113.9", "--from", "x@bad.example", "--rcpt", "one@example.com")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert f'smtpd_sender_restrictions, 2: texthash:{server.config}/senders has for "bad.example": REJECT' in lines
    assert re.fullmatch(r"smtpd_sender_restrictions: .*/main\.cf, line \d+", lines[-2]), lines[-2]
    assert lines[-1] == "verdict: refuse: 554 5.7.1 <x@bad.example>: Sender address rejected: Access denied"
    done = ask(server, "--client", "198.51.100.1", "--from", "a@b.example", "--rcpt", "a@c.example", "--json")
    answer = json.loads(done.stdout)
    assert answer["verdict"] == "refuse" and answer["reply"].startswith("554 5.7.1 <a@c.example>: Relay")
    assert [s["answer"] for s in answer["steps"] if s.get("rule") == "permit_mynetworks"] == ["permit"]
    assert ask(server, "--client", "198.51.100.1", "--rcpt", "one@example.com").returncode == 0
    assert ask(server, "--rcpt", "one@example.com").returncode == 64


# --- Open relays ---------------------------------------------------------------------------------

OPEN = {
    "all networks": {"mynetworks": "0.0.0.0/0"},
    "all networks, IPv6": {"mynetworks": "[::]/0"},
    "a table that permits all": {"smtpd_relay_restrictions": "check_client_access static:OK, reject"},
    "a class": {"smtpd_restriction_classes": "lax", "lax": "permit", "smtpd_relay_restrictions": "lax, reject"},
}


@pytest.mark.parametrize("name", OPEN)
def test_open_relay(make_instance, name):
    """Does not start, unless that is meant; and a system that runs does not become one."""
    mail = make_instance(**OPEN[name])
    done = mail.run("postroad", "-c", mail.config, "check", check=False)
    assert done.returncode == 78 and "this is an open relay" in done.stderr, done.stderr
    done = mail.run("postroad", "-c", mail.config, "start", check=False)
    assert done.returncode == 78 and "the mail system is not started" in done.stderr, done.stderr
    mail.configure(open_relay_acknowledged="yes")
    assert "open relay" not in mail.run("postroad", "-c", mail.config, "check", check=False).stderr


def test_reload_of_an_open_relay(mail):
    mail.configure(mynetworks="0.0.0.0/0")
    done = mail.run("postroad", "-c", mail.config, "reload", check=False)
    assert done.returncode == 78 and "nothing was reloaded" in done.stderr, done.stderr


MISTAKES = {
    "misspelt": (
        {"smtpd_sender_restrictions": "permit_mynetworks, reject_non_fqdn_sendr"},
        "smtpd_sender_restrictions: restriction 2, reject_non_fqdn_sendr: there is no such restriction; "
        "is reject_non_fqdn_sender meant?",
    ),
    "gone": (
        {"smtpd_recipient_restrictions": "check_relay_domains"},
        "smtpd_recipient_restrictions: restriction 1, check_relay_domains: it is gone; "
        "use permit_mynetworks, reject_unauth_destination",
    ),
    "no argument": (
        {"smtpd_client_restrictions": "check_client_access"},
        "smtpd_client_restrictions: restriction 1, check_client_access: an argument is missing",
    ),
    "what refuses is never reached": (
        {"smtpd_relay_restrictions": "permit, reject_unauth_destination"},
        "in smtpd_relay_restrictions or smtpd_recipient_restrictions, one of",
    ),
    "nothing refuses": (
        {"smtpd_relay_restrictions": "permit_mynetworks"},
        "in smtpd_relay_restrictions or smtpd_recipient_restrictions, one of",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(make_instance, name):
    setting, words = MISTAKES[name]
    mail = make_instance(**setting)
    done = mail.run("postroad", "-c", mail.config, "check", check=False)
    assert done.returncode == 78 and words in done.stderr, done.stderr


def test_audit_gives_up_root(rooted):
    """As root, the tables are asked by a process that is network_owner."""
    done = rooted.run("postroad", "-c", rooted.config, "check", check=False)
    assert "could not be found out" not in done.stderr and "open relay" not in done.stderr, done.stderr
    rooted.configure(mynetworks="0.0.0.0/0")
    done = rooted.run("postroad", "-c", rooted.config, "reload", check=False)
    assert done.returncode == 78 and "this is an open relay" in done.stderr, done.stderr
