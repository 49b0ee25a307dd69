# SPDX-License-Identifier: BSD-2-Clause
"""The same restrictions, tables and sessions, with Debian's Postfix and with us: the same replies and
the same words in the log."""

import re

import instance
import postfix
import pytest
import smtp

COMMON = {
    "mydestination": "$myhostname, local.example",
    "mynetworks": "198.51.100.0/24",
    "local_recipient_maps": "inline:{root=x}",
    "virtual_mailbox_maps": "inline:{{known@example.com=x},{two@example.com=x}}",
    "virtual_alias_domains": "alias.example",
    "virtual_alias_maps": "inline:{{a@alias.example=known@example.com}}",
    "relay_domains": "relay.example",
    "relay_recipient_maps": "inline:{{in@relay.example=x}}",
    "smtpd_error_sleep_time": "0",
    "recipient_delimiter": "+",
    "smtpd_peername_lookup": "no",
}

# Each table is asked by its own list; the envelopes below lead to every entry.
SETTINGS = {
    "smtpd_restriction_classes": "greedy, soft",
    "greedy": "check_client_access inline:{{127.0.0=450 4.7.9 a class}}, permit",
    "soft": "warn_if_reject reject",
    "smtpd_client_restrictions": "check_client_access inline:{{127=WARN loopback}}",
    "smtpd_helo_restrictions": "reject_invalid_helo_hostname, check_helo_access inline:{"
    "{bad.example=REJECT 5.1.1 go away},{full.example=reject_non_fqdn_helo_hostname}}",
    "smtpd_sender_restrictions": "reject_non_fqdn_sender, check_sender_access inline:{"
    "{reject@s.example=REJECT},{text@s.example=550 5.1.8 no},{ext@s.example=DEFER 4.1.1 later},{user@=521 5.3.2 bye},"
    "{sub.example=421 later},{<>=DUNNO},{class@s.example=greedy},{soft@s.example=soft},{digits@s.example=1234},"
    "{hold@s.example=HOLD it is held},{discard@s.example=DISCARD},{filter@s.example=FILTER smtp:[x]},"
    "{permit@s.example=DEFER_IF_PERMIT 4.2.2 wait},{reject-if@s.example=DEFER_IF_REJECT hm},{odd@s.example=no_such_thing}}",
    "smtpd_recipient_restrictions": "reject_non_fqdn_recipient, check_recipient_access inline:{"
    "{two@example.com=BCC copy@example.com}}, reject_unauth_destination",
    "smtpd_data_restrictions": "reject_multi_recipient_bounce",
}

K, TWO, DATA = "RCPT TO:<known@example.com>", "RCPT TO:<two@example.com>", "DATA"


def from_(address):
    return f"MAIL FROM:<{address}>"


SENDERS = (
    "reject text ext+x permit reject-if class soft digits hold discard filter odd"
).split()
SESSIONS = {
    **{name: ("c.example.org", from_(f"{name}@s.example"), K, TWO, "RCPT TO:<no@example.com>") for name in SENDERS},
    "user": ("c.example.org", from_("user@any.example"), K),
    "parent": ("c.example.org", from_("x@a.sub.example"), K),
    "null": ("c.example.org", from_(""), K, TWO, DATA),
    "not full": ("c.example.org", from_("a"), K),
    "name": ("x.bad.example", from_("a@b.example"), K),
    "no name": ("a..b", from_("a@b.example"), K),
    "literal": ("[1.2.3]", from_("a@b.example"), K),
    "destinations": (
        "c.example.org", from_("a@b.example"), *(
            f"RCPT TO:<{to}>" for to in (
                "x@elsewhere.example", "root@local.example", "no@local.example", "no@alias.example", "a@alias.example",
                "in@relay.example", "no@relay.example", "known+x@example.com", "known%x@example.com", "a@b",
                "postmaster", "no@[127.0.0.1]",
            )
        ),
    ),
}  # fmt: skip

NOTE = re.compile(r"NOQUEUE: (?:reject|reject_warning|warn|hold|discard|filter|bcc|permit): .*$", re.M)


def play(peer, helo, *commands):
    """Replies and notes of one session, without what names the program, queue ids, and the client."""
    start = len(peer.log_text())
    heard = []
    with smtp.Session(peer.port, helo=helo) as session:
        try:
            for command in commands:
                heard.append(repr(session.ask(command)))
            session.ask("QUIT")
        except (EOFError, ConnectionError):
            heard.append("closed")
    instance.wait_until(lambda: "disconnect from" in peer.log_text()[start:], what="disconnect")
    log = re.sub(r": [0-9A-Z]{8,}: (reject|warn|hold|discard|filter|bcc)", r": NOQUEUE: \1", peer.log_text()[start:])
    text = "\n".join(heard + NOTE.findall(log))
    return re.sub(r"(unknown|localhost)\[", "client[", text)


@pytest.fixture(scope="module", name="pair")
def fixture_pair(stage):
    if not instance.is_root():
        pytest.skip("Postfix needs root")
    with postfix.Postfix() as peer, instance.Instance(stage) as ours:
        peer.configure(**COMMON, **SETTINGS)
        peer.start()
        ours.configure(**COMMON, **SETTINGS)
        ours.allow("no_such_thing")
        ours.start()
        yield peer, ours


@pytest.mark.parametrize("name", SESSIONS)
def test_same(pair, name):
    peer, ours = pair
    assert play(ours, *SESSIONS[name]) == play(peer, *SESSIONS[name])
