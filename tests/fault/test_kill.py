# SPDX-License-Identifier: BSD-2-Clause
"""Every process is killed at every named point of a message's way, under load, some hundred times.

Whatever got its 250 is in the mailbox of each of its recipients, byte for byte. Whatever is there twice was
on its way through an agent or qmgr that was killed (window 2 of lib/spool/INVARIANTS.md).

POSTROAD_KILLS=50 for a short run.
"""

import itertools
import os
import random
import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from faults import Faults  # tests/support
from instance import TOP, wait_until
from load import ALIAS, LATE, Load, Mailboxes, configure

KILLS = int(os.environ.get("POSTROAD_KILLS", "500"))
KILLS_OF_MASTER = max(1, KILLS // 100)
KILLS_OF_RECEPTION = max(10, KILLS // 20)
SECONDS_TO_FIRE = 4
SECONDS_TO_SEE = 0.1  # a process acts on an order that it has read, though it was taken back
TRIES_TO_FIRE = 6
PASSES = 12  # a kill comes at one of so many passes
SECONDS_TO_DELIVER = 90

POINT = re.compile(r'FAULT_POINT\("([^"]+)"\)')
FOLDERS = {
    "smtpd": ["smtpd"],
    "cleanup": ["cleanup"],
    "qmgr": ["qmgr"],
    "local": ["virtual", "local"],
    "services/pickup": ["pickup"],
    "master": ["master"],
}
# lib/spool serves two programs.
SPOOL = {
    "spool.segment": ["cleanup"],
    "spool.written": ["cleanup"],
    "spool.synced": ["cleanup"],
    "spool.appended": ["cleanup"],
    "spool.file_written": ["cleanup", "qmgr"],
    "spool.file_synced": ["cleanup", "qmgr"],
    "spool.file_renamed": ["cleanup", "qmgr"],
    "spool.moved": ["qmgr"],
    "spool.promoted": ["qmgr"],
    "spool.history_written": ["qmgr"],
    "spool.removed": ["qmgr"],
    "spool.segment_unlinked": ["qmgr"],
}
# sendmail(1) leaves its message in maildrop/.
NO_PICKUP = ["fail:connect:ECONNREFUSED:1-:program=sendmail"]
HELP = {"pickup.taken": NO_PICKUP, "pickup.removed": NO_PICKUP}
# Only an order passes them: test_requeue.py.
ORDERED = {"qmgr.requeued"}
PROGRAMS = ["smtpd", "cleanup", "qmgr", "virtual", "local", "pickup"]
# A message that one of these had in hand may arrive twice, …
DELIVERING = {"qmgr", "virtual", "local", "master"}
# … and also one that sendmail(1) or an alias gave, which is submitted again in doubt (RFC 1047).
AGAIN = {"pickup", "cleanup"}


def names_in(folder):
    for file in sorted(folder.rglob("*.c")):
        yield from POINT.findall(file.read_text())


def points():
    """(program, point) for every named point in the sources."""
    found = []
    for folder, programs in FOLDERS.items():
        for name in names_in(TOP / folder):
            if name not in ORDERED:
                found += [(program, name) for program in programs]
    for name in names_in(TOP / "lib"):
        found += [(program, name) for program in SPOOL[name]]
    return sorted(set(found))


class Killer:
    """Kills, and writes down when and what."""

    def __init__(self, mail, faults):
        self.mail = mail
        self.faults = faults
        self.random = random.Random(1)
        self.kills = []  # (time, program, point)
        self.missed = Counter()

    def at(self, program, point, also):
        """
        At one of the next passes; False when the point was not passed. A process of the program
        `also` is killed meanwhile, wherever it is: so that what happens only at a start is met too.
        """
        n = self.random.randint(1, PASSES) if self.missed[program, point] == 0 else 1
        self.faults.order(f"kill:{point}:{n}:program={program}", *HELP.get(point, []))
        self.anywhere(also)
        fired = self.faults.await_fired(SECONDS_TO_FIRE)
        # No order outlives its turn: what it kills later would stand in no account.
        self.faults.clear()
        if not fired and not self.faults.await_fired(SECONDS_TO_SEE):
            self.missed[program, point] += 1
            return False
        self.kills.append((time.time(), program, point))
        return True

    def anywhere(self, program):
        """Between any two instructions."""
        running = self.running(program)
        if running:
            os.kill(self.random.choice(running), signal.SIGKILL)
            self.kills.append((time.time(), program, "anywhere"))

    def running(self, program):
        found = []
        for pid in self.mail.processes():
            try:
                name = Path(os.readlink(f"/proc/{pid}/exe")).name
            except OSError:
                continue
            if name == program:
                found.append(pid)
        return found

    def master(self):
        """Kills master; its workers end by themselves; starts again."""
        self.faults.clear()
        self.kills.append((time.time(), "master", "anywhere"))
        os.kill(self.running("master")[0], signal.SIGKILL)
        self.mail.master.wait(30)
        wait_until(lambda: not self.mail.processes(), 30, "workers end without their master")
        self.mail.start(**self.faults.environment)


def explain(message, recipient, copies, kills):
    """Whether each further copy follows a kill that can have doubled it."""
    # What is submitted again is on its way twice, and may be before the first copy has arrived.
    again = message.sendmail or recipient == ALIAS
    causes = DELIVERING | AGAIN if again else DELIVERING
    for first, second in zip(copies, copies[1:]):
        begin = message.begun if again else first.time - 1
        between = [k for k in kills if begin <= k[0] <= second.time + 1]
        if not any(program in causes for _, program, _ in between):
            return False
    return True


@pytest.fixture(name="mail")
def fixture_mail(make_instance):
    mail = make_instance()
    configure(mail)
    mail.allow(r"warning: ", r"error: the parent of the mailbox processes has ended")
    mail.maildir(LATE).chmod(0)
    yield mail
    mail.maildir(LATE).chmod(0o700)


@pytest.fixture(name="faults")
def fixture_faults(mail):
    faults = Faults(mail)
    mail.start(**faults.environment)
    yield faults
    faults.close()


def kill_in_turn(killer, targets, also, kills, masters=0):
    """Each target after the other, until there were so many kills."""
    anywhere = itertools.cycle(also)
    killed = 0
    while len(killer.kills) < kills:
        for target in list(targets):
            if not killer.at(*target, next(anywhere)) and killer.missed[target] == TRIES_TO_FIRE:
                targets.remove(target)
        if killed < masters * len(killer.kills) // kills:
            killed += 1
            killer.master()


def report(load, boxes, killer):
    accepted = load.accepted()
    by_program = Counter(program for _, program, _ in killer.kills)
    by_point = Counter((program, point) for _, program, point in killer.kills)
    print(f"\n{len(killer.kills)} kills: {dict(by_program)}")
    for (program, point), count in sorted(by_point.items()):
        print(f"  {program:8} {point:24} {count}")
    print(f"{len(load.messages)} messages tried, {len(accepted)} accepted")
    doubled = boxes.doubled(load.messages)
    print(f"{len(doubled)} arrived twice, {len(boxes.strangers)} strangers")


def test_nothing_is_lost(mail, faults):
    killer = Killer(mail, faults)
    load = Load(
        mail, clients=5, submitters=1, pause=0.005, late=0.02, local=0.2, faults=faults
    )
    with load:
        kill_in_turn(killer, points(), PROGRAMS, KILLS, KILLS_OF_MASTER)
    faults.clear()
    mail.maildir(LATE).chmod(0o700)
    boxes = Mailboxes(mail)
    lost = boxes.await_all(load.accepted(), SECONDS_TO_DELIVER)
    report(load, boxes, killer)
    assert not lost, f"{len(lost)} accepted and not delivered: {lost[:5]}"
    assert not boxes.strangers
    damaged = boxes.damaged(load.messages)
    assert not damaged, damaged[:5]
    doubled = boxes.doubled(load.messages)
    unexplained = [double for double in doubled if not explain(*double, killer.kills)]
    assert not unexplained, unexplained[:5]
    refused = [code for m in load.messages for code in [m.code, *m.commands] if code >= 500]
    assert not refused, Counter(refused)
    unreached = sorted(set(points()) - {(program, point) for _, program, point in killer.kills})
    assert not unreached, f"points that were never passed: {unreached}"


def test_reception_doubles_nothing(mail, faults):
    """Who sends a message once, and is not told that it was taken, finds it once or not at all."""
    killer = Killer(mail, faults)
    targets = [target for target in points() if target[0] not in DELIVERING]
    with Load(mail, pause=0.005) as load:
        kill_in_turn(killer, targets, ["smtpd", "cleanup"], KILLS_OF_RECEPTION)
    faults.clear()
    boxes = Mailboxes(mail)
    lost = boxes.await_all(load.accepted(), SECONDS_TO_DELIVER)
    assert not lost, f"{len(lost)} accepted and not delivered: {lost[:5]}"
    assert not boxes.damaged(load.messages)
    assert not boxes.doubled(load.messages)
