# SPDX-License-Identifier: BSD-2-Clause
"""Other mail servers send to us: Debian's Postfix, in a folder of its own (tests/support/postfix.py)."""

import instance
import postfix
import pytest
import smtp
from instance import wait_until

BODY = b"".join(b"." * (i % 3) + b"line %d \xc3\xa4\xff\n" % i for i in range(200))


@pytest.fixture(name="peer")
def fixture_peer(mail):
    """Debian's Postfix, which relays everything to us."""
    if not instance.is_root():
        pytest.skip("needs root")
    with postfix.Postfix() as peer:
        peer.configure(
            relayhost=f"[127.0.0.1]:{mail.port}", virtual_mailbox_domains="", relay_domains="example.com",
            relay_transport="smtp", smtp_address_preference="ipv4", inet_protocols="ipv4",
            local_transport="error:no local mail", smtp_destination_recipient_limit="10",
        )  # fmt: skip
        peer.start()
        yield peer


def send(peer, recipients, body):
    with smtp.Session(peer.port) as session:
        for command in ["MAIL FROM:<> BODY=8BITMIME", *(f"RCPT TO:<{one}>" for one in recipients), "DATA"]:
            assert session.ask(command).code < 400
        content = b"From: a@example.org\nSubject: relayed\n\n" + body
        assert session.data(content.replace(b"\n", b"\r\n")).code == 250


def test_postfix_relays_to_us(mail, peer):
    """8-bit, many recipients, small and large; each body is there byte for byte."""
    recipients = [f"peer{i}@example.com" for i in range(25)]
    send(peer, recipients, BODY)
    send(peer, ["big@example.com"], BODY * 60)
    for recipient in recipients:
        assert mail.wait_messages(recipient)[0].endswith(b"\n\n" + BODY)
    assert mail.wait_messages("big@example.com")[0].endswith(b"\n\n" + BODY * 60)
    wait_until(lambda: peer.log_text().count(": removed") == 2, what="an empty queue of the peer")
    assert "status=deferred" not in peer.log_text()
    assert "status=bounced" not in peer.log_text()
    assert "with ESMTP id" in mail.messages(recipients[0])[0].decode("latin-1")


def test_postfix_hears_what_we_refuse(mail, peer):
    """A recipient that we do not have is a bounce there, the others arrive."""
    mail.configure(virtual_mailbox_maps="inline:{here@example.com=here/}")
    mail.run("postroad", "reload")
    mail.wait_log("reload")
    send(peer, ["here@example.com", "gone@example.com"], b"x\n")
    wait_until(lambda: "status=bounced" in peer.log_text(), what="a bounce")
    assert "550 5.1.1 <gone@example.com>: Recipient address rejected" in peer.log_text()
    wait_until(lambda: "to=<here@example.com>" in mail.log_text() and "status=sent" in mail.log_text())
