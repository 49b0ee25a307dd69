# SPDX-License-Identifier: BSD-2-Clause
"""What strace sees: no 250 leaves before a sync that began after its message was written has ended."""

import re
import signal
import subprocess
import threading
from contextlib import contextmanager

import smtp

SENDERS = 20
MESSAGES_EACH = 5
CALLS = "fsync,fdatasync,write,writev,pwrite64,pwritev,sendmsg,sendto"

LINE = re.compile(r"(\d+) +(.*)")
QUEUED = re.compile(r"250 2\.0\.0 Ok: queued as (\w+)")


@contextmanager
def traced(mail, output):
    """strace watches all processes of the instance; its words are in `output` afterwards."""
    pids = mail.processes()
    tracer = subprocess.Popen(
        ["strace", "-f", "-s", "100000", "-e", f"trace={CALLS}", "-o", str(output),
         *(f"-p{pid}" for pid in pids)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for _ in pids:
            tracer.stderr.readline()
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()


def send_some(port, number):
    with smtp.Session(port) as session:
        for count in range(MESSAGES_EACH):
            for command in ["MAIL FROM:<a@example.org>", "RCPT TO:<synced@example.com>", "DATA"]:
                assert session.ask(command).code < 400
            assert session.data(b"Subject: %d %d\r\n\r\nhello\r\n" % (number, count)).code == 250


def calls_of(text):
    """(thread, call with its arguments, "begin" or "end") in order; a call that was not interrupted does both."""
    open_calls = {}
    for line in text.splitlines():
        thread, call = LINE.match(line).groups()
        if call.endswith("<unfinished ...>"):
            open_calls[thread] = call
            yield thread, call, "begin"
        elif call.startswith("<... "):
            yield thread, open_calls.pop(thread, call), "end"
        elif call[0].isalpha():
            yield thread, call, "begin"
            yield thread, call, "end"


def follow(text):
    """Ids that were told to a client, in order; of those the ones that no sync had covered by then."""
    ids = set(QUEUED.findall(text))
    written, synced, begun, told, early = set(), set(), {}, [], []
    for thread, call, edge in calls_of(text):
        is_sync = call.startswith(("fsync", "fdatasync"))
        if is_sync and edge == "begin":
            begun[thread] = set(written)
        elif is_sync:
            synced |= begun.pop(thread, set())
        elif match := QUEUED.search(call):
            if edge == "begin":
                told.append(match[1])
                early += [match[1]] if match[1] not in synced else []
        elif edge == "end" and call.startswith(("writev", "pwrite", "write(")) and "PRec" in call:
            written |= {one for one in ids if one in call}
    return told, early


def test_a_sync_ends_before_each_250(mail, tmp_path):
    with smtp.Session(mail.port):
        pass  # workers are there
    send_some(mail.port, 0)
    output = tmp_path / "trace"
    with traced(mail, output):
        senders = [
            threading.Thread(target=send_some, args=(mail.port, number)) for number in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    told, early = follow(output.read_text(errors="replace"))
    assert len(told) == SENDERS * MESSAGES_EACH
    assert not early
