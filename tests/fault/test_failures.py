# SPDX-License-Identifier: BSD-2-Clause
"""System calls fail in one program at a time: the disk is full, broken, or out of descriptors.

Clients are put off with 4xx, or are served; nothing that was accepted is lost or damaged; and once
the failure is over, service is whole again without anybody's help.
"""

import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from faults import Faults  # tests/support
from instance import Instance
from load import LATE, Load, Mailboxes, configure

SECONDS_OF_FAULT = 1.2
SECONDS_TO_RECOVER = 30
SECONDS_TO_DELIVER = 60

@dataclass
class Row:
    """`kill` ends processes as the fault begins, so that calls of their start fail too."""

    program: str
    rules: str
    kill: str = None
    late: float = 0.0  # share of messages to a mailbox that cannot be written meanwhile
    local: float = 0.0  # share of messages to an account and an alias of this host
    submitters: int = 0  # clients that are sendmail(1)
    fresh: bool = False  # to mailboxes that do not exist yet
    reconnect: bool = False  # a connection for each message

    def __str__(self):
        return f"{self.program}-{self.rules}"

    def orders(self):
        """Rules that name no program are for the row's."""
        return [
            rule if "program=" in rule else f"{rule}:program={self.program}"
            for rule in self.rules.split()
        ]


# sendmail(1) leaves its message in maildrop/.
NO_PICKUP = "fail:connect:ECONNREFUSED:1-:program=sendmail"

ROWS = [
    Row("cleanup", "fail:write:ENOSPC:1-"),
    Row("cleanup", "fail:write:ENOSPC:3-4"),
    Row("cleanup", "fail:write:EIO:2-9"),
    Row("cleanup", "fail:write:SHORT:1-"),
    Row("cleanup", "fail:sync:EIO:2-6"),
    Row("cleanup", "fail:sync:ENOSPC:1-"),
    Row("cleanup", "fail:open:EMFILE:1-", kill="cleanup"),
    Row("cleanup", "fail:open:ENOSPC:1-20"),
    Row("cleanup", "fail:rename:EIO:1-"),
    Row("cleanup", "fail:truncate:EIO:1- fail:write:ENOSPC:2-5"),
    Row("cleanup", "fail:lock:ENOSPC:1-3"),
    Row("cleanup", "fail:stat:EIO:1-"),
    Row("cleanup", "fail:receive:ENOMEM:5"),
    Row("cleanup", "fail:send:SHORT:1-"),
    Row("cleanup", "fail:accept:EMFILE:1-", kill="smtpd"),
    Row("cleanup", "fail:connect:ECONNREFUSED:1-", kill="qmgr"),
    Row("qmgr", "fail:mkdir:ENOSPC:1-", late=0.2),  # before others have made the folders
    Row("qmgr", "fail:write:ENOSPC:1-", late=0.2),
    Row("qmgr", "fail:write:EIO:2-9", late=0.2),
    Row("qmgr", "fail:write:SHORT:1-", late=0.2),
    Row("qmgr", "fail:sync:EIO:1-5", late=0.2),
    Row("qmgr", "fail:open:EMFILE:1-", late=0.2),
    Row("qmgr", "fail:open:EMFILE:3-", kill="qmgr"),
    Row("qmgr", "fail:read:EIO:3-30"),
    Row("qmgr", "fail:read:EIO:3-30", kill="qmgr"),
    Row("qmgr", "fail:unlink:EIO:1-", late=0.2),
    Row("qmgr", "fail:rename:EIO:1-", late=0.2),
    Row("qmgr", "fail:connect:ECONNREFUSED:1-", kill="virtual"),
    Row("qmgr", "fail:accept:EMFILE:1-", kill="cleanup"),
    Row("qmgr", "fail:send:SHORT:1-"),
    Row("virtual", "fail:write:ENOSPC:1-"),
    Row("virtual", "fail:write:SHORT:1-"),
    Row("virtual", "fail:sync:EIO:1-"),
    Row("virtual", "fail:open:EMFILE:1-"),
    Row("virtual", "fail:rename:EIO:1-"),
    Row("virtual", "fail:mkdir:ENOSPC:1-", fresh=True),
    Row("virtual", "fail:sync:EIO:1-5", fresh=True),
    Row("virtual", "fail:fork:EAGAIN:1-", kill="virtual"),
    Row("virtual", "fail:socket:EMFILE:1-", kill="virtual"),
    Row("virtual", "fail:send:SHORT:1-"),
    Row("local", "fail:write:ENOSPC:1-", local=1),
    Row("local", "fail:write:SHORT:1-", local=1),
    Row("local", "fail:sync:EIO:1-", local=1),
    Row("local", "fail:open:EMFILE:1-", local=1),
    Row("local", "fail:connect:ECONNREFUSED:1-", local=1, kill="cleanup"),
    Row("local", "fail:fork:EAGAIN:1-", local=1, kill="local"),
    Row("pickup", "fail:accept:EMFILE:1-", submitters=2),
    Row("pickup", "fail:connect:ECONNREFUSED:1-", submitters=2),
    Row("pickup", "fail:receive:SHORT:1-", submitters=2),
    Row("pickup", "fail:send:SHORT:1-", submitters=2),
    Row("pickup", "fail:open:EMFILE:1-", submitters=2, kill="pickup"),
    Row("sendmail", "fail:connect:ECONNREFUSED:1-", submitters=2),
    Row("sendmail", "fail:send:SHORT:1-", submitters=2),
    Row("postdrop", f"{NO_PICKUP} fail:write:ENOSPC:1-", submitters=2),
    Row("postdrop", f"{NO_PICKUP} fail:write:SHORT:1-", submitters=2),
    Row("postdrop", f"{NO_PICKUP} fail:sync:EIO:1-", submitters=2),
    Row("pickup", f"{NO_PICKUP} fail:read:EIO:1-", submitters=2),
    Row("pickup", f"{NO_PICKUP} fail:unlink:EIO:1-", submitters=2),
    Row("smtpd", "fail:accept:EMFILE:1-", reconnect=True),
    Row("smtpd", "fail:connect:ECONNREFUSED:1-", kill="cleanup"),
    Row("smtpd", "fail:socket:EMFILE:1-", kill="cleanup"),
    Row("smtpd", "fail:open:EMFILE:1-", kill="smtpd"),
    Row("smtpd", "fail:receive:SHORT:1-"),
    Row("smtpd", "fail:send:SHORT:1-"),
    Row("master", "fail:fork:EAGAIN:1-", kill="smtpd"),
    Row("master", "fail:fork:EAGAIN:1-3", kill="cleanup"),
    Row("master", "fail:fork:EAGAIN:1-2", kill="qmgr"),
]

# A message that was delivered, and whose outcome could not be written down, is delivered again.
MAY_DOUBLE = {"qmgr", "virtual", "local", "pickup"}


@pytest.fixture(name="mail", scope="module")
def fixture_mail(stage):
    """One instance for all rows: what a failure left behind would show in the next."""
    with Instance(stage) as mail:
        configure(mail)
        mail.allow(r"warning: ", r"error: ", r"fatal: ")
        yield mail


@pytest.fixture(name="faults", scope="module")
def fixture_faults(mail):
    faults = Faults(mail)
    mail.start(**faults.environment)
    yield faults
    faults.close()


@pytest.fixture(name="boxes", scope="module")
def fixture_boxes(mail):
    return Mailboxes(mail)


def await_service(mail):
    """Serves every client again."""
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while True:
        with Load(mail, clients=2, pause=0.01) as load:
            time.sleep(0.3)
        if load.messages and all(m.code == 250 for m in load.messages):
            return load
        assert time.monotonic() < deadline, Counter(m.code for m in load.messages)


def kill_all(mail, program):
    for pid in mail.processes():
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/exe").endswith(f"/{program}"):
                os.kill(pid, signal.SIGKILL)


def suffer(mail, faults, row):
    """A load with the fault in its middle; how often the rules took effect."""
    late = mail.maildir(LATE)
    load = Load(
        mail, clients=4, submitters=row.submitters, pause=0.005, timeout=20, late=row.late,
        local=row.local, fresh=row.fresh, reconnect=row.reconnect, faults=faults,
    )  # fmt: skip
    with load:
        time.sleep(0.2)
        if row.late:
            late.chmod(0)
        faults.order(*row.orders())
        if row.kill:
            kill_all(mail, row.kill)
        time.sleep(SECONDS_OF_FAULT)
        fired = faults.fired()
        faults.clear()
    late.chmod(0o700)
    return load, fired[: len(row.orders())]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_nothing_is_lost(mail, faults, boxes, row):
    begin = time.monotonic()
    load, fired = suffer(mail, faults, row)
    after = await_service(mail)
    messages = load.messages + after.messages
    lost = boxes.await_all(load.accepted() + after.accepted(), SECONDS_TO_DELIVER)
    doubled = boxes.doubled(messages)
    codes = Counter(m.code for m in load.messages)
    codes.update(code for m in load.messages for code in m.commands)
    print(f"\n{row}: {fired} times, {time.monotonic() - begin:.1f} s, replies {dict(codes)}, "
          f"{len(doubled)} doubled")  # fmt: skip
    assert all(fired), "a rule took no effect: the test tests nothing"
    assert not lost, f"{len(lost)} accepted and not delivered: {lost[:5]}"
    damaged = boxes.damaged(messages)
    assert not damaged, damaged[:5]
    assert not [code for code in codes if code >= 500], f"refused for good: {codes}"
    if not {row.program, row.kill} & MAY_DOUBLE:
        assert not doubled, doubled[:3]
