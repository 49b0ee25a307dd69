# SPDX-License-Identifier: BSD-2-Clause
"""System calls fail in one program at a time: the disk is full, broken, or out of descriptors.

Clients are put off with 4xx, or are served; nothing that was accepted is lost or damaged; and once
the failure is over, service is whole again without anybody's help.
"""

import time
from collections import Counter

import pytest

from faults import Faults  # tests/support
from instance import Instance
from load import Load, Mailboxes

SECONDS_OF_FAULT = 1.5
SECONDS_TO_RECOVER = 30
SECONDS_TO_DELIVER = 60

# program: rules; each is one life of the suite.
FAULTS = {
    "cleanup": [
        "fail:write:ENOSPC:1-",
        "fail:write:ENOSPC:3-4",
        "fail:write:EIO:2-9",
        "fail:write:SHORT:1-",
        "fail:sync:EIO:2-6",
        "fail:sync:ENOSPC:1-",
        "fail:open:EMFILE:1-",
        "fail:open:ENOSPC:1-20",
        "fail:rename:EIO:1-",
        "fail:truncate:EIO:1- fail:write:ENOSPC:2-5",
        "fail:lock:ENOSPC:1-3",
        "fail:receive:ENOMEM:5",
        "fail:send:SHORT:1-",
    ],
    "qmgr": [
        "fail:write:ENOSPC:1-",
        "fail:write:EIO:2-9",
        "fail:write:SHORT:1-",
        "fail:sync:EIO:1-5",
        "fail:open:EMFILE:1-",
        "fail:read:EIO:3-30",
        "fail:unlink:EIO:1-",
        "fail:rename:EIO:1-",
        "fail:mkdir:ENOSPC:1-",
        "fail:connect:EAGAIN:1-",
        "fail:send:SHORT:1-",
    ],
    "virtual": [
        "fail:write:ENOSPC:1-",
        "fail:write:SHORT:1-",
        "fail:sync:EIO:1-",
        "fail:open:EMFILE:1-",
        "fail:rename:EIO:1-",
        "fail:link:EIO:1-",
        "fail:mkdir:ENOSPC:1-",
        "fail:fork:EAGAIN:1-",
        "fail:send:SHORT:1-",
    ],
    "smtpd": [
        "fail:accept:EMFILE:1-",
        "fail:connect:ECONNREFUSED:1-",
        "fail:open:EMFILE:1-",
        "fail:receive:SHORT:1-",
        "fail:send:SHORT:1-",
        "fail:socket:EMFILE:1-",
    ],
    "master": [
        "fail:fork:EAGAIN:1-",
        "fail:open:EMFILE:1-",
        "fail:write:ENOSPC:1-",
    ],
}

# A message that was delivered, and whose outcome could not be written down, is delivered again.
MAY_DOUBLE = {"qmgr", "virtual"}

ROWS = [(program, rules) for program, several in FAULTS.items() for rules in several]


def for_program(program, rules):
    return [f"{rule}:program={program}" for rule in rules.split()]


@pytest.fixture(name="mail", scope="module")
def fixture_mail(stage):
    """One instance for all rows: what a failure left behind would show in the next."""
    with Instance(stage) as mail:
        mail.configure(
            minimal_backoff_time="1s", maximal_backoff_time="2s", queue_run_delay="1s",
            )  # fmt: skip
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


def await_service(port):
    """Serves every client again."""
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while True:
        with Load(port, clients=2, pause=0.01) as load:
            time.sleep(0.3)
        if load.messages and all(m.code == 250 for m in load.messages):
            return load
        assert time.monotonic() < deadline, Counter(m.code for m in load.messages)


@pytest.mark.parametrize(("program", "rules"), ROWS, ids=[f"{p}-{r}" for p, r in ROWS])
def test_nothing_is_lost(mail, faults, boxes, program, rules):
    doubled = len(boxes.doubled())
    with Load(mail.port, clients=4, pause=0.005, timeout=20) as load:
        time.sleep(0.2)
        faults.order(*for_program(program, rules))
        time.sleep(SECONDS_OF_FAULT)
        fired = faults.fired()
        faults.clear()
    after = await_service(mail.port)
    messages = load.accepted() + after.accepted()
    lost = boxes.await_all(messages, SECONDS_TO_DELIVER)
    codes = Counter(m.code for m in load.messages)
    commands = Counter(code for m in load.messages for code in m.commands)
    print(f"\n{program} {rules}: fired {fired[:2]}, replies {dict(codes)}, {dict(commands)}")
    assert not lost, f"{len(lost)} accepted and not delivered: {lost[:5]}"
    damaged = boxes.damaged(load.messages + after.messages)
    assert not damaged, damaged[:5]
    refused = [code for code in [*codes, *commands] if code >= 500]
    assert not refused, f"refused for good: {refused}"
    if program not in MAY_DOUBLE:
        assert len(boxes.doubled()) == doubled
