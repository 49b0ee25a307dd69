# SPDX-License-Identifier: BSD-2-Clause
"""The suite's DNS against a real name server with secure, unsigned and broken zones."""

import os
import re
import signal
import time

import pytest
import smtp
from instance import free_port, wait_until
from nameserver import NameServer

MANY = [f"many A 192.0.2.{i}" for i in range(1, 121)]


@pytest.fixture(name="dns", scope="module")
def fixture_dns():
    with NameServer() as server:
        server.zone(
            "example", "@ MX 10 mail", "@ MX 20 other.plain.", "mail A 192.0.2.1", "mail AAAA 2001:db8::1",
            "client A 7.8.9.2", "forged A 192.0.2.9",
            "alias CNAME mail", "loop CNAME loop2", "loop2 CNAME loop", "null MX 0 .",
            '@ TXT "v=spf1 " "-all \\"x\\""', "_25._tcp.mail TLSA 3 1 1 " + "ab" * 32,
            "_submission._tcp SRV 1 2 587 mail", *MANY,
        )  # fmt: skip
        server.zone("plain", "@ MX 10 mail", "mail A 192.0.2.2", signed=False)
        server.zone("broken", "@ MX 10 mail", "mail A 192.0.2.3", spoil=("192.0.2.3", "192.0.2.99"))
        server.zone("9.8.7.in-addr.arpa", "1 PTR mail.example.", "2 PTR client.example.", "3 PTR forged.example.", r"9 PTR hostile\032name\010.example.")
        server.start()
        yield server


@pytest.fixture(name="suite")
def fixture_suite(make_instance, dns):
    suite = make_instance(**dns.parameters())
    suite.start()
    return suite


def ask(suite, name, kind):
    done = suite.run("postroad", "dns", name, kind, check=False)
    return done.returncode, re.sub(r"\t\d+\t", "\t", done.stdout + done.stderr)


ANSWERS = {
    "secure address": ("mail.example", "A", ["mail.example\tA\t192.0.2.1", "; secure"]),
    "v6": ("mail.example", "aaaa", ["mail.example\tAAAA\t2001:db8::1", "; secure"]),
    "letters and final dot": ("MAIL.Example.", "A", ["mail.example\tA\t192.0.2.1", "; secure"]),
    "mx": ("example", "MX", ["example\tMX\t10 mail.example", "example\tMX\t20 other.plain", "; secure"]),
    "null mx": ("null.example", "MX", ["null.example\tMX\t0 .", "; secure"]),
    "alias": ("alias.example", "A", ["mail.example\tA\t192.0.2.1", "; secure"]),
    "text": ("example", "TXT", ['example\tTXT\t"v=spf1 -all \\034x\\034"', "; secure"]),
    "tlsa": ("_25._tcp.mail.example", "TLSA", ["_25._tcp.mail.example\tTLSA\t3 1 1 " + "ab" * 32, "; secure"]),
    "srv": ("_submission._tcp.example", "SRV", ["_submission._tcp.example\tSRV\t1 2 587 mail.example", "; secure"]),
    "no data": ("mail.example", "MX", ["mail.example has no MX record", "; secure"]),
    "no name": ("nobody.example", "A", ["nobody.example has no A record: there is no such name", "; secure"]),
    "unsigned": ("mail.plain", "A", ["mail.plain\tA\t192.0.2.2", "; insecure"]),
    "unsigned, no name": ("nobody.plain", "A", ["nobody.plain has no A record: there is no such name", "; insecure"]),
    "address": ("1.9.8.7.in-addr.arpa", "PTR", ["1.9.8.7.in-addr.arpa\tPTR\tmail.example", "; secure"]),
    "hostile name": (
        "9.9.8.7.in-addr.arpa", "PTR",
        ["9.9.8.7.in-addr.arpa\tPTR\t\\# 23 0d686f7374696c65206e616d650a076578616d706c6500", "; secure"],
    ),
}  # fmt: skip


def test_answers(suite):
    for case, (name, kind, lines) in ANSWERS.items():
        status, text = ask(suite, name, kind)
        assert (status, sorted(text.splitlines())) == (0, sorted(lines)), case


def test_no_more_than_a_hundred_records(suite):
    status, text = ask(suite, "many.example", "A")
    assert status == 0 and text.count("192.0.2.") == 100


NO_ANSWERS = {
    "bogus": ("mail.broken", "A", 75, "; bogus"),
    "alias loop": ("loop.example", "A", 75, "postroad: "),
    "bad name": ("a..b", "A", 64, "DNS has no such names"),
    "bad type": ("mail.example", "WHAT", 64, "WHAT: no type of DNS record that is known"),
}


def test_no_answers(suite):
    for case, (name, kind, expected, words) in NO_ANSWERS.items():
        status, text = ask(suite, name, kind)
        assert status == expected and words in text, (case, status, text)


def test_a_dead_resolver_is_back(suite):
    assert ask(suite, "mail.example", "A")[0] == 0
    suite.allow(r"resolver.*killed by signal")
    for pid in suite.processes():
        if os.readlink(f"/proc/{pid}/exe").endswith("/resolver"):
            os.kill(pid, signal.SIGKILL)
    begun = time.monotonic()
    wait_until(lambda: ask(suite, "mail.example", "A")[0] == 0, 5, "an answer")
    assert time.monotonic() - begun < 3


def test_name_servers_that_do_not_answer(make_instance):
    suite = make_instance(resolver_servers="127.0.0.1:1", resolver_timeout="1s", resolver_dnssec="no")
    suite.start()
    begun = time.monotonic()
    status, text = ask(suite, "mail.example", "A")
    assert status == 75 and "mail.example: " in text
    assert time.monotonic() - begun < 10


def test_name_servers_without_signatures(make_instance, dns):
    """With an anchor that fits no zone everything would be bogus: `auto` does without, `yes` does not."""
    wrong = dns.folder / "wrong.key"
    wrong.write_text(". IN DS 20326 8 2 " + "ab" * 32 + "\n")
    suite = make_instance(**dns.parameters(resolver_trust_anchor_file=wrong))
    suite.allow("the name servers do not pass on the signatures of DNSSEC")
    suite.start()
    assert ask(suite, "mail.broken", "A")[1].splitlines() == ["mail.broken\tA\t192.0.2.99", "; insecure"]
    suite.wait_log("DNS answers are not validated")
    strict = make_instance(**dns.parameters(resolver_trust_anchor_file=wrong, resolver_dnssec="yes"))
    strict.start()
    assert ask(strict, "mail.example", "A")[0] == 75


def test_names_of_this_host(make_instance, dns):
    """A hosts file has names and, for their addresses, the way back; a new one is noticed."""
    suite = make_instance()
    hosts = suite.config / "hosts"
    hosts.write_text("# names\n192.0.2.77 here.example here\nno address\n192.0.2.1\n192.0.2.79 example\n")
    suite.configure(**dns.parameters(resolver_hosts_file=hosts, resolver_dnssec="no"))
    suite.start()
    assert "192.0.2.77" in ask(suite, "here.example", "A")[1]
    assert "192.0.2.77" in ask(suite, "here", "A")[1]
    assert "10 mail.example" in ask(suite, "example", "MX")[1]  # of the name server, as before
    assert "PTR\there.example" in ask(suite, "77.2.0.192.in-addr.arpa", "PTR")[1]
    hosts.write_text("192.0.2.78 there.example\n")
    wait_until(lambda: "192.0.2.78" in ask(suite, "there.example", "A")[1], 10, "the new name")
    assert "no such name" in ask(suite, "here.example", "A")[1]


CLIENTS = {
    "7.8.9.2": "client.example",
    "7.8.9.3": "unknown",  # the name has another address
    "7.8.9.4": "unknown",  # no name
    "7.8.9.9": "unknown",  # hostile
}


def test_names_of_clients(make_instance, dns):
    suite = make_instance(
        **dns.parameters(
            smtpd_peername_lookup="yes",
            smtpd_client_restrictions="check_client_access inline:{{client.example = REJECT by its name}}",
        )
    )  # fmt: skip
    port = free_port()
    suite.services += f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy\n"
    suite.write()
    suite.start()
    for address, name in CLIENTS.items():
        with smtp.Session(port, helo=None, greeted=False) as session:
            session.ask(f"PROXY TCP4 {address} 192.0.2.1 1234 25")
            session.ask("EHLO here")
            session.ask("MAIL FROM:<a@example.org>")
            reply = session.ask("RCPT TO:<named@example.com>")
            assert (reply.code == 554) == (name == "client.example"), reply
            session.ask("QUIT")
        suite.wait_log(rf"connect from {re.escape(name)}\[{re.escape(address)}\]")
