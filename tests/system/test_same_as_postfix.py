# SPDX-License-Identifier: BSD-2-Clause
"""Messages of every shape through both suites, ours and Debian's Postfix: what is delivered is the same.

Compared are the verdict, the number and recipients of deliveries, each header field in its order, and the
body byte for byte. Not compared are what must differ: our and Postfix's own trace fields, ids and dates
that were made, and the white space of fields whose addresses were rewritten (Postfix writes such a field
anew, we change the address alone).
"""

import re
import time

import instance
import postfix
import pytest
import smtp

FULL = b"From: jo@example.org\r\nTo: al@example.org\r\nDate: x\r\nMessage-ID: <i@x>\r\n"
MIXED = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b b\"\r\n"


def lines(*texts):
    return b"".join(text + b"\r\n" for text in texts)


def part(fields, *body):
    return b"--b b\r\n" + fields + b"\r\n" + lines(*body)


def with_address(text):
    return FULL.replace(b"al@example.org", text) + b"\r\nx\r\n"


# Forms of address lists, all in To:.
ADDRESSES = {
    "address": b"a@b.example",
    "bare": b"root",
    "two": b"root, a@b.example",
    "folded": b"root,\r\n\tpostmaster,\r\n  a@b.example",
    "name": b"The Boss <boss>",
    "quoted name": b'"Boss, The" <boss>',
    "comment": b"boss (The Boss)",
    "comment before": b"(The Boss) boss",
    "nested comment": b"boss (The (real) Boss)",
    "quoted local part": b'"a b"@c.example',
    "quoted bare": b'"a b"',
    "group": b"friends: root, a@b.example;",
    "empty group": b"undisclosed-recipients:;",
    "null": b"<>",
    "route": b"<@a.example,@b.example:c@d.example>",
    "bang": b"site!user",
    "bangs": b"a!b!user",
    "bang with domain": b"site!user@c.example",
    "percent": b"user%site",
    "percents": b"a%b%c.example",
    "percent with domain": b"user%site@c.example",
    "no dot": b"user@host",
    "literal": b"user@[192.0.2.1]",
    "extension": b"user+ext@b.example",
    "case": b"User@B.Example",
    "8-bit name": b"J\xc3\xb6 <jo@b.example>",
    "latin 1 name": b"J\xf6 <jo@b.example>",
    "encoded name": b"=?utf-8?Q?J=C3=B6?= <jo>",
    "many": b", ".join(b"user%d@b.example" % i for i in range(200)),
    "many bare": b",\r\n ".join(b"user%d" % i for i in range(50)),
}

SHAPES = {
    "plain": FULL + lines(b"", b"hello"),
    "folded": b"Subject: a\r\n\tb\r\n  c\r\n" + FULL + lines(b"", b"x"),
    "blank fold": b"Subject: a\r\n \r\n b\r\n" + FULL + lines(b"", b"x"),
    "blanks before the colon": b"Subject : x\r\n" + FULL + lines(b"", b"x"),
    "empty value": b"Subject:\r\nX-Y: \r\n" + FULL + lines(b"", b"x"),
    "case of names": FULL.lower() + lines(b"", b"x"),
    "twice": FULL + FULL + lines(b"", b"x"),
    "body only": b"\r\n" + lines(b"hello"),
    "nothing": b"",
    "header only": FULL,
    "no empty line": FULL + lines(b"this is no header", b"", b"x"),
    "text first": lines(b"this is no header", b"A: b", b"", b"x"),
    "8-bit name of a field": FULL + b"Caf\xe9: x\r\n" + lines(b"", b"x"),
    "colon first": FULL + b": x\r\n" + lines(b"", b"x"),
    "blank first": b" A: b\r\n" + FULL + lines(b"", b"x"),
    "bcc": b"Bcc: secret@example.org\r\n" + FULL + lines(b"", b"x"),
    "bcc, folded": FULL + b"BCC: a@example.org,\r\n b@example.org\r\n" + lines(b"", b"x"),
    "dropped fields": b"Return-Path: <a@b>\r\nContent-Length: 5\r\nResent-Bcc: x\r\n" + FULL + lines(b"", b"x"),
    "resent": FULL + b"Resent-From: a@b.example\r\nResent-To: c@d.example\r\n" + lines(b"", b"x"),
    "resent, whole": FULL + b"Resent-From: a@b.example\r\nResent-Date: y\r\nResent-Message-ID: <j@x>\r\n"
    + lines(b"", b"x"),
    "no from": b"To: a@b.example\r\nDate: x\r\nMessage-ID: <i@x>\r\n\r\nx\r\n",
    "no date": b"From: a@b.example\r\nTo: c@d.example\r\nMessage-ID: <i@x>\r\n\r\nx\r\n",
    "no id": b"From: a@b.example\r\nTo: c@d.example\r\nDate: x\r\n\r\nx\r\n",
    "no recipient": b"From: a@b.example\r\nDate: x\r\nMessage-ID: <i@x>\r\n\r\nx\r\n",
    "8-bit subject": b"Subject: caf\xc3\xa9\r\n" + FULL + lines(b"", b"x"),
    "8-bit body": FULL + lines(b"", b"caf\xe9 \xff\xfe"),
    "dots": FULL + lines(b"", b".", b"..", b".x", b"...", b""),
    "blanks at line ends": FULL + lines(b"", b"a ", b"b\t", b" ", b"\t", b""),
    "blank lines": FULL + b"\r\n" * 30,
    "long line": FULL + lines(b"", b"x" * 5000),
    "long field": FULL + b"X-Long: " + b"y" * 5000 + lines(b"", b"", b"x"),
    "long folded field": FULL + b"References:" + b"".join(b"\r\n <%d@x>" % i for i in range(500)) + b"\r\n\r\nx\r\n",
    "many fields": b"".join(b"X-%d: y\r\n" % i for i in range(500)) + FULL + lines(b"", b"x"),
    "big": FULL + b"\r\n" + b"some text of a line\r\n" * 10000,
    "received": b"Received: from a by b; x\r\nReceived : from c by d; y\r\n" + FULL + lines(b"", b"x"),
    "48 received": b"Received: x\r\n" * 48 + FULL + lines(b"", b"x"),
    "49 received": b"Received: x\r\n" * 49 + FULL + lines(b"", b"x"),
    "parts": FULL + MIXED + lines(b"", b"preamble")
    + part(b"Content-Type: text/plain\r\n", b"one") + part(b"X-Part: two\r\n", b"two") + b"--b b--\r\nend\r\n",
    "attached message": FULL + MIXED + b"\r\n"
    + part(b"Content-Type: message/rfc822\r\n", b"Subject: inner", b"From: root", b"", b"inner") + b"--b b--\r\n",
    "parts without end": FULL + MIXED + b"\r\n" + part(b"", b"one") + b"--b b\r\nX-Part: x\r\n",
    "no first boundary": FULL + MIXED + lines(b"", b"no boundary", b"X-Part: y"),
    "encoded parts": FULL + MIXED + b"\r\n"
    + part(b"Content-Transfer-Encoding: base64\r\n", b"QUJD") + part(b"Content-Transfer-Encoding: 8bit\r\n", b"\xe9")
    + b"--b b--\r\n",
    "nested parts": FULL + MIXED + b"\r\n"
    + part(b"Content-Type: multipart/alternative; boundary=c\r\n", b"--c", b"X-Part: z", b"", b"deep", b"--c--")
    + b"--b b--\r\n",
    "digest": FULL + b"Content-Type: multipart/digest; boundary=\"b b\"\r\n\r\n"
    + part(b"", b"Subject: inner", b"", b"x") + b"--b b--\r\n",
    "bad words": b"Subject: bad word\r\n" + FULL + lines(b"", b"a bad word", b"good"),
    "secret": b"X-Secret: 1\r\n" + FULL + lines(b"", b"secret 1", b"public"),
    "forbidden": b"Subject: forbidden\r\n" + FULL + lines(b"", b"x"),
    "forbidden in the body": FULL + lines(b"", b"this is forbidden"),
    "unwanted": b"Subject: unwanted\r\n" + FULL + lines(b"", b"x"),
}  # fmt: skip
CORPUS = {name: (["%s"], text) for name, text in SHAPES.items()} | {
    f"To: {name}": (["%s"], with_address(text)) for name, text in ADDRESSES.items()
}
for name_ in ("From", "Cc", "Reply-To", "Sender", "Errors-To", "Return-Receipt-To", "Disposition-Notification-To",
              "Mail-Followup-To", "Resent-From", "Resent-Sender", "Resent-Reply-To", "Resent-To", "Resent-Cc",
              "Apparently-To", "X-To"):  # fmt: skip
    CORPUS[f"{name_}:"] = (["%s"], FULL + name_.encode() + b": Name <root>, plain\r\n\r\nx\r\n")
# Recipients, for the maps below.
for name_, recipients in {
    "alias": ["alias.%s"], "group of three": ["three.%s"], "itself": ["self.%s"], "extension": ["%s+ext"],
    "twice": ["%s", "%s"], "case": ["%s", "%S"], "alias and target": ["alias.%s", "%s"], "watched": ["watch.%s"],
}.items():  # fmt: skip
    CORPUS[f"recipient: {name_}"] = (recipients, SHAPES["plain"])

# What both are told, beside where things are.
CONFIGURATIONS = {
    "strangers": {"local_header_rewrite_clients": ""},
    "our own": {"local_header_rewrite_clients": "permit_mynetworks", "append_dot_mydomain": "yes"},
    "remote domain": {"local_header_rewrite_clients": "", "remote_header_rewrite_domain": "domain.invalid"},
    "maps": {
        "local_header_rewrite_clients": "permit_mynetworks",
        "recipient_delimiter": "+",
        "canonical_maps": "inline:{root@example.net=boss@example.com}",
        "sender_canonical_maps": "inline:{jo@example.org=joe@example.com}",
        "recipient_canonical_maps": "inline:{al@example.org=alan@example.com}",
        "masquerade_domains": "b.example, example.com",
        "virtual_alias_maps": "regexp:{"
        "{/^alias\\.(.*)@example\\.com$$/ $${1}@example.com}, "
        "{/^three\\.(.*)@example\\.com$$/ $${1}a@example.com, $${1}b@example.com $${1}c@example.com}, "
        "{/^self\\.(.*)@example\\.com$$/ self.$${1}@example.com, $${1}d@example.com}}",
        "recipient_bcc_maps": "regexp:{{/^watch\\.(.*)@example\\.com$$/ $${1}w@example.com}}",
        "undisclosed_recipients_header": "To: undisclosed-recipients:;",
    },
    "checks": {
        "local_header_rewrite_clients": "",
        "header_checks": "regexp:{{/^Subject: bad/ REPLACE Subject: [censored]}, {/^X-Secret:/ IGNORE}, "
        "{/^Subject: forbidden/ REJECT not here}, {/^Subject: unwanted/ DISCARD}, {/^Resent-/ PREPEND X-Seen: yes}}",
        "mime_header_checks": "regexp:{{/^X-Part/ IGNORE}, {/base64/ REPLACE X-Encoding: some}}",
        "nested_header_checks": "regexp:{{/^Subject: inner/ PREPEND X-Nested: yes}}",
        "body_checks": "regexp:{{/bad/ REPLACE [censored]}, {/^secret/ IGNORE}, {/forbidden/ REJECT}, "
        "{/^inner/ PREPEND X}}",
    },
}

OWN = (b"return-path", b"x-original-to", b"delivered-to")
WRITTEN_ANEW = re.compile(
    rb"(resent-)?(from|to|cc|reply-to|sender|errors-to|return-receipt-to|disposition-notification-to|mail-followup-to"
    rb"|apparently-to)$"
)


def fields_of(header):
    """[(name, value)], without what the last host put on top; made values and rewritten blanks made equal."""
    found = []
    for line in header.splitlines(keepends=True):
        if line[:1] in b" \t" and found:
            found[-1][1] += line
        else:
            name, _, value = line.partition(b":")
            found.append([name.rstrip().lower(), value])
    while found and found[0][0] in OWN:
        found.pop(0)
    if found and found[0][0] == b"received" and b"mail.example.net" in found[0][1]:
        found.pop(0)
    return [(name, normal(name, value)) for name, value in found]


def normal(name, value):
    if name.endswith(b"message-id") and b"@mail.example.net>" in value:
        return b"made"
    if name.endswith(b"date") and re.search(rb" 20\d\d \d\d:", value):
        return b"made"
    if WRITTEN_ANEW.match(name):
        value = re.sub(rb"^\s*(\([^()]*\)) (\S+)\s*$", rb"\2 \1", value)  # Postfix moves comments behind
        return re.sub(rb"\s*([,:;<>])\s*", rb"\1", re.sub(rb"\s+", b" ", value)).strip()
    return value


def split(message):
    header, separator, body = message.partition(b"\n\n")
    return fields_of(header + b"\n"), separator, body


class Side:
    """One of the two, with the folder of its Maildirs."""

    def __init__(self, suite, folder):
        self.suite, self.folder = suite, folder

    def send(self, number, recipients, content):
        mark = f"m{number}"
        with smtp.Session(self.suite.port) as session:
            session.must("MAIL FROM:<jo@example.org> BODY=8BITMIME", 250)
            for one in recipients:
                session.must(f"RCPT TO:<{one.replace('%s', mark).replace('%S', mark.upper())}@example.com>", 250)
            session.must("DATA", 354)
            return session.data(content)

    def wait(self):
        """Until nothing is queued."""
        queued = re.compile(r": ([0-9A-Za-z]+): from=<.*queue active")
        deadline = time.monotonic() + 60
        while True:
            text = self.suite.log_text()
            ids = set(queued.findall(text))
            if ids and all(f"{one}: removed" in text for one in ids):
                return
            assert time.monotonic() < deadline, "mail stays in the queue"
            time.sleep(0.1)

    def found(self, number):
        """{mailbox: messages} of one number."""
        boxes = {}
        for box in self.folder.iterdir():
            match = re.fullmatch(r"(?i)(\w+\.)?m(\d+)(.*)", box.name)
            if match and int(match.group(2)) == number:
                messages = sorted((one.read_bytes() for one in box.rglob("new/*")), key=split)
                boxes[box.name.lower()] = boxes.get(box.name.lower(), []) + messages
        return boxes


def mailboxes():
    """Every mailbox that a recipient of the corpus may come to."""
    for number in range(len(CORPUS)):
        yield from (f"{front}m{number}" for front in ("", "alias.", "three.", "self.", "watch."))
        yield from (f"m{number}{end}" for end in ("a", "b", "c", "d", "w", "+ext"))


@pytest.fixture(params=CONFIGURATIONS, name="both")
def fixture_both(request, make_instance):
    if not instance.is_root():
        pytest.skip("needs root")
    settings = CONFIGURATIONS[request.param] | {
        "mydomain": "example.net", "myorigin": "example.net", "inet_protocols": "ipv4",
        "always_add_missing_headers": "no", "smtpd_client_connection_count_limit": "0",
    }  # fmt: skip
    ours = make_instance(**settings)
    ours.configure(virtual_mailbox_maps=f"texthash:{ours.config}/boxes")
    (ours.config / "boxes").write_text("".join(f"{box}@example.com {box}/\n" for box in mailboxes()))
    ours.allow("header_checks", "multi-valued")
    ours.start()
    with postfix.Postfix() as theirs:
        theirs.configure(
            **settings, virtual_transport="virtual:", virtual_mailbox_maps=f"texthash:{ours.config}/boxes"
        )
        theirs.start()
        yield Side(ours, ours.mail), Side(theirs, theirs.folder / "mail")


def compare(ours, theirs):
    """What differs, in words; empty: nothing."""
    if set(ours) != set(theirs):
        return [f"mailboxes: {sorted(ours)}, Postfix {sorted(theirs)}"]
    found = []
    for box, messages in ours.items():
        if len(messages) != len(theirs[box]):
            found.append(f"{box}: {len(messages)} messages, Postfix {len(theirs[box])}")
            continue
        for one, other in zip(messages, theirs[box]):
            names = ("header", "end of the header", "body")
            found += [
                f"{box}: {name}: {a!r:.600}\n    Postfix: {b!r:.600}"
                for name, a, b in zip(names, split(one), split(other)) if a != b
            ]  # fmt: skip
    return found


def decisions(text):
    """What the log says of checks, without ids; what the client is called differs."""
    found = re.findall(r"cleanup\[\d+\]: \w+: (\w+: (?:header|body|content) .*)", text)
    return sorted(re.sub(r" from \S+\[", " from [", line) for line in found)


def test_what_is_delivered(both):
    differences, delivered = [], 0
    for number, (name, (recipients, content)) in enumerate(CORPUS.items()):
        answers = [side.send(number, recipients, content) for side in both]
        if answers[0].code != answers[1].code:
            differences.append(f"{name}: {answers[0]}, Postfix {answers[1]}")
    for side in both:
        side.wait()
    for number, name in enumerate(CORPUS):
        found = [side.found(number) for side in both]
        differences += [f"{name}: {words}" for words in compare(*found)]
        delivered += bool(found[0])
    logs = [decisions(side.suite.log_text()) for side in both]
    assert logs[0] == logs[1]
    assert delivered > len(CORPUS) - 6  # some are refused, one is discarded
    assert not differences, "\n".join(differences)
