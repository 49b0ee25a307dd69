# SPDX-License-Identifier: BSD-2-Clause
"""Messages of every shape arrive as they were sent, byte for byte, below the headers we add."""

import random

import pytest
import smtp

HEAD = b"From: <a@example.org>\r\nSubject: shape\r\n\r\n"


def lines(*texts):
    return b"".join(text + b"\r\n" for text in texts)


def every_byte():
    """All values but CR and LF, in lines of 61."""
    values = bytes(b for b in range(256) if b not in b"\r\n") * 4
    return lines(*(values[i : i + 61] for i in range(0, len(values), 61)))


def noise(size, seed):
    """Random bytes, 8-bit and NUL, in lines of random length; exactly `size` bytes."""
    source, out = random.Random(seed), bytearray()
    while len(out) < size - 2:
        line = source.randbytes(min(source.randrange(200), size - 2 - len(out)))
        out += line.replace(b"\r", b"x").replace(b"\n", b"y") + b"\r\n"
    out = out[: size - 2].rstrip(b"\r\n")
    return bytes(out.ljust(size - 2, b".")) + b"\r\n"


SHAPES = {
    "plain": HEAD + lines(b"hello"),
    "no bytes at all": b"",
    "header only": b"Subject: alone\r\n",
    "header and blank line": HEAD,
    "body only": b"\r\n" + lines(b"no header above"),
    "no header": lines(b"this is no header", b"nor this"),
    "blank lines": b"\r\n" * 50,
    "blank lines at the end": HEAD + lines(b"x") + b"\r\n" * 20,
    "latin 1": HEAD + lines(b"caf\xe9 \xff\xfe"),
    "8-bit header": b"Subject: caf\xc3\xa9\r\n\r\n" + lines(b"x"),
    "every byte": HEAD + every_byte(),
    "nul": HEAD + lines(b"a\0b", b"\0", b"\0\0\0"),
    "nul in header": b"Subject: a\0b\r\n\r\n" + lines(b"x"),
    "dots": HEAD + lines(b".", b"..", b"...", b".x", b"x.", b"", b".", b". ", b".\t."),
    "a dot first": lines(b".", b"x"),
    "from line": lines(b"From somebody Mon Nov 23 15:00:00 2026") + HEAD + lines(b"From here"),
    "from lines in the body": HEAD + lines(b"From me", b">From you", b"", b"From us"),
    "line of 998": HEAD + lines(b"x" * 998),
    "line of 2,048": HEAD + lines(b"x" * 2048),
    "line of 100,000": HEAD + lines(b"y" * 100000),
    "long header line": b"X-Long: " + b"z" * 50000 + b"\r\n\r\n" + lines(b"x"),
    "dots after long lines": HEAD + lines(b"x" * 4096, b".", b"x" * 4095, b".y", b"x" * 65536, b"."),
    "folded header": b"Subject: a\r\n\tb\r\n c\r\n \r\n" + b"\r\n" + lines(b"x"),
    "blanks at line ends": HEAD + lines(b"a ", b"b\t", b" ", b""),
    "many short lines": HEAD + lines(*[b""] * 30000),
    "at the edge of a journal record": HEAD + noise(64 * 1024 - len(HEAD), 1),
    "one less": HEAD + noise(64 * 1024 - len(HEAD) - 1, 2),
    "one more": HEAD + noise(64 * 1024 - len(HEAD) + 1, 3),
    "1 MB": HEAD + noise(1000000, 4),
}
BIG = HEAD + noise(10000000, 5)


def check(found, content):
    """Below our own headers stands the content, with the line ends of this system."""
    want = content.replace(b"\r\n", b"\n")
    assert found.endswith(want), (len(found), len(want), found[:300], found[-200:], want[-200:])
    above = found[: len(found) - len(want)]
    assert above.endswith(b"\n")
    # A blank line of ours stands between where the content begins like a body.
    assert b"\n\n" not in above[:-1], above
    names = [line.split(b":")[0] for line in above.splitlines() if line and line[:1] not in b" \t"]
    assert names == [b"Return-Path", b"X-Original-To", b"Delivered-To", b"Received"]


@pytest.fixture(scope="module", name="bytes_mail")
def fixture_bytes_mail(stage):
    """One instance for all rows; nothing is added for this client."""
    import instance  # pylint: disable=import-outside-toplevel

    with instance.Instance(stage) as one:
        one.configure(local_header_rewrite_clients="")
        one.start()
        yield one


@pytest.mark.parametrize("name", SHAPES)
def test_bytes(bytes_mail, name):
    recipient = f"shape{list(SHAPES).index(name)}@example.com"
    answer = smtp.deliver(bytes_mail.port, recipient, SHAPES[name])
    assert answer.code == 250, answer
    check(bytes_mail.wait_messages(recipient)[0], SHAPES[name])


@pytest.mark.parametrize("name", SHAPES)
def test_chunks(bytes_mail, name):
    """By BDAT, each chunk of another size, dots as they are."""
    content = SHAPES[name]
    recipient = f"chunks{list(SHAPES).index(name)}@example.com"
    with smtp.Session(bytes_mail.port) as session:
        session.envelope(recipient, data=False)
        assert session.chunks(content, *(1, 2, 3, 61, 1000, 8192, 100000)).code == 250
    check(bytes_mail.wait_messages(recipient)[0], content)


def test_ten_megabytes(bytes_mail):
    assert smtp.deliver(bytes_mail.port, "big@example.com", BIG).code == 250
    check(bytes_mail.wait_messages("big@example.com", seconds=60)[0], BIG)
    with smtp.Session(bytes_mail.port) as session:
        session.envelope("big2@example.com", data=False)
        assert session.chunks(BIG, 4000000, 60000).code == 250
    check(bytes_mail.wait_messages("big2@example.com", seconds=60)[0], BIG)


def test_chopped_anywhere(bytes_mail):
    """The same bytes in pieces of every size: what the server reads at once makes no difference."""
    content = HEAD + lines(b".", b"..x", b"\xe9", b"x" * 70, b".")
    stuffed = content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    for size in (1, 2, 3, 5, 7, 64):
        recipient = f"chopped{size}@example.com"
        with smtp.Session(bytes_mail.port) as session:
            session.envelope(recipient)
            for i in range(0, len(stuffed), size):
                session.send(stuffed[i : i + size])
            assert session.reply().code == 250
        check(bytes_mail.wait_messages(recipient)[0], content)


def test_many_over_one_session(bytes_mail):
    contents = [HEAD + noise(500 + 37 * i, 100 + i) for i in range(40)]
    with smtp.Session(bytes_mail.port) as session:
        for content in contents:
            session.envelope("many@example.com")
            assert session.data(content).code == 250
    found = bytes_mail.wait_messages("many@example.com", len(contents))
    for content in contents:
        want = content.replace(b"\r\n", b"\n")
        assert sum(one.endswith(want) for one in found) == 1


def test_pipelined(bytes_mail):
    """A whole transaction, and the next, in one write."""
    one = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<piped@example.com>\r\nDATA\r\n"
    with smtp.Session(bytes_mail.port) as session:
        session.send(one)
        assert [session.reply().code for _ in range(3)] == [250, 250, 354]
        session.send(HEAD + b"first\r\n.\r\n" + one)
        assert [session.reply().code for _ in range(4)] == [250, 250, 250, 354]
        session.send(HEAD + b"second\r\n.\r\nQUIT\r\n")
        assert [session.reply().code for _ in range(2)] == [250, 221]
        assert session.at_end()
    bytes_mail.wait_messages("piped@example.com", 2)


def test_many_recipients(bytes_mail):
    recipients = [f"crowd{i}@example.com" for i in range(300)]
    with smtp.Session(bytes_mail.port) as session:
        assert session.ask("MAIL FROM:<>").code == 250
        for recipient in recipients:
            assert session.ask(f"RCPT TO:<{recipient}>").code == 250
        assert session.ask("DATA").code == 354
        assert session.data(HEAD + lines(b"to all")).code == 250
    for recipient in recipients:
        found = bytes_mail.wait_messages(recipient)[0]
        assert f"Delivered-To: {recipient}\n".encode() in found
        assert b"Return-Path: <>\n" in found
