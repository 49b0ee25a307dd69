#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Postroad beside Debian's Postfix, in one run: run.py --build FOLDER [case]...

Each case is repeated `--rounds` times, the two suites taking turns; the table shows medians and the
ratio of the medians. Absolute figures drift from run to run: compare only within one.

cpu     CPU seconds for 1,000 messages of 4 KB over 20 sessions, a connection each, discarded
kept    the same over 20 kept connections
boxes   as cpu, delivered to 20 Maildirs by the virtual agent
box     the same, all to one Maildir
idle    KiB of PSS for each idle session, over all processes; how long a new client waits for its
        greeting meanwhile. Postroad with master.cf as it is shipped
sync    sync calls per message, 100 concurrent senders
calls   system calls and context switches per message, 20 sessions
alone   the same for one session at a time: nothing is shared with others
copies  bytes that cross the border of the kernel, either way, for each byte of content
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import instance  # noqa: E402
import postfix  # noqa: E402

MAILBOXES = ("boxes", "box")  # delivered; elsewhere discarded
ONCE = ("sync", "calls", "alone", "copies")  # counts, not times
TICK = os.sysconf("SC_CLK_TCK")


class Postroad(instance.Instance):
    """Ours, root-started with two accounts, delivery discarded."""

    name = "postroad"

    def configure(self, **extra):
        super().configure(**{"virtual_transport": "discard:"} | extra)


# --- What /proc says -------------------------------------------------------------------------


def cpu_seconds(suite):
    """User and system time of the suite's processes and of their children that have ended."""
    total = 0
    for pid in suite.processes():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / TICK


def switches(suite):
    """Context switches of the suite's threads, voluntary and not."""
    total = 0
    for pid in suite.processes():
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            total += sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", status.read_text())))
    return total


def pss_kib(suite):
    total = 0
    for pid in suite.processes():
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE).group(1))
    return total


# --- Load ------------------------------------------------------------------------------------


class Bench:
    def __init__(self, options):
        self.options = options
        self.program = Path(options.build) / "tests/bench/smtp_load"

    def start(self, suite, messages, sessions, *more):
        return subprocess.Popen(
            [self.program, "-m", str(messages), "-s", str(sessions), *more, "127.0.0.1", str(suite.port)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def load(self, suite, messages, sessions, *more, boxes=1):
        """Sends, and waits until the queue is empty again. What smtp_load reported; with more than
        one mailbox, what the last of as many did, each with its share."""
        before = suite.log_text().count(": removed\n")
        loads = [
            self.start(suite, messages // boxes, sessions // boxes, "-t", f"user{box}@{instance.DOMAIN}", *more)
            for box in range(boxes)
        ]
        for load in loads:
            out, err = load.communicate(timeout=600)
            if load.returncode != 0:
                raise RuntimeError(f"{suite.name}: {err}{out}{suite.log_text()[-2000:]}")
            report = json.loads(out)
        wanted = before + messages // boxes * boxes
        instance.wait_until(
            lambda: suite.log_text().count(": removed\n") >= wanted, 120, "queue empty again"
        )
        return report

    def cpu(self, suite, *more, **how):
        self.load(suite, 200, 20, *more, **how)
        before, messages = cpu_seconds(suite), self.options.messages
        report = self.load(suite, messages, 20, *more, **how)
        used = cpu_seconds(suite) - before
        return {
            "CPU s / 1,000 messages": used * 1000 / messages,
            "messages / s": report["rate"] * how.get("boxes", 1),
            "p50 ms": report["p50_ms"],
            "p99 ms": report["p99_ms"],
        }

    def kept(self, suite):
        return self.cpu(suite, "-k")

    def boxes(self, suite):
        return self.cpu(suite, boxes=20)

    def box(self, suite):
        return self.cpu(suite)

    @staticmethod
    def greeting(suite):
        """Milliseconds from connect() to the greeting."""
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", suite.port), 60) as connection:
            if not connection.recv(100).startswith(b"220"):
                raise RuntimeError(f"{suite.name}: no greeting")
        return (time.monotonic() - began) * 1000

    def idle(self, suite):
        sessions = self.options.idle if suite.name == "postroad" else self.options.idle_postfix
        self.load(suite, 50, 20)
        before = pss_kib(suite)
        load = subprocess.Popen(
            [self.program, "-i", "-s", str(sessions), "127.0.0.1", str(suite.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            if load.stdout.readline() != "ready\n":
                raise RuntimeError(f"{suite.name}: sessions were not held:\n{suite.log_text()[-2000:]}")
            time.sleep(1)
            held = pss_kib(suite) - before
            waits = [self.greeting(suite) for _ in range(50)]
        finally:
            load.communicate("")
        return {
            "KiB of PSS / session": held / sessions,
            "all processes, MiB": (before + held) / 1024,
            "greeting p50 ms": statistics.median(waits),
            "greeting max ms": max(waits),
        }

    def trace(self, suite, messages, sessions, *options):
        """What strace writes about all processes while a load runs."""
        pids = suite.processes()
        with tempfile.NamedTemporaryFile("r") as output:
            tracer = subprocess.Popen(
                ["strace", "-f", "-o", output.name, *options, *(f"-p{pid}" for pid in pids)],
                stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            for _ in pids:
                tracer.stderr.readline()
            self.load(suite, messages, sessions, "-l", str(self.options.size))
            tracer.send_signal(signal.SIGINT)
            tracer.communicate()
            return output.read()

    def count(self, suite, messages, sessions, *options):
        """Counts of system calls by name."""
        text = self.trace(suite, messages, sessions, "-c", *options)
        rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$", text, re.M)
        return {name: int(count) for count, name in rows if name != "total"}

    def sync(self, suite):
        messages = 2000
        self.load(suite, 200, 100)
        counts = self.count(suite, messages, 100, "-e", "trace=fsync,fdatasync,sync_file_range,syncfs")
        return {"sync calls / message": sum(counts.values()) / messages}

    def calls(self, suite, sessions=20):
        messages = 1000
        self.load(suite, 200, sessions)
        before = switches(suite)
        self.load(suite, messages, sessions)
        switched = switches(suite) - before
        counts = self.count(suite, messages, sessions)
        most = sorted(counts.items(), key=lambda row: -row[1])[:12]
        words = ", ".join(f"{name} {count / messages:.1f}" for name, count in most)
        print(f"  {suite.name}: {words}", flush=True)
        return {
            "system calls / message": sum(counts.values()) / messages,
            "context switches / message": switched / messages,
        }

    def alone(self, suite):
        return self.calls(suite, 1)

    def copies(self, suite):
        messages, calls = 200, "read,readv,pread64,recvfrom,recvmsg,write,writev,pwrite64,sendto,sendmsg"
        self.load(suite, 50, 20)
        text = self.trace(suite, messages, 20, "-s", "0", "-e", f"trace={calls}")
        moved = sum(map(int, re.findall(r" = (\d+)$", text, re.M)))
        return {"bytes moved / byte of content": moved / (messages * self.options.size)}

    # --- A case -------------------------------------------------------------------------------

    def rounds(self, name):
        return 1 if name in ONCE else self.options.rounds

    def measure(self, name, suites):
        figures = {suite.name: {} for suite in suites}
        for suite in suites:
            suite.configure(virtual_transport="virtual:" if name in MAILBOXES else "discard:")
        for turn in range(self.rounds(name)):
            for suite in suites if turn % 2 == 0 else reversed(suites):
                suite.start()
                try:
                    for what, value in getattr(self, name)(suite).items():
                        figures[suite.name].setdefault(what, []).append(value)
                finally:
                    suite.stop()
        return figures

    def show(self, name, figures):
        print(f"{name} (median of {self.rounds(name)}; lowest and highest)")
        names = list(figures)
        for what in figures[names[0]]:
            medians = {suite: statistics.median(figures[suite][what]) for suite in names}
            cells = [
                f"{suite} {medians[suite]:.2f} ({min(values):.2f}-{max(values):.2f})"
                for suite, values in ((suite, figures[suite][what]) for suite in names)
            ]
            if len(names) == 2 and medians[names[1]]:
                cells.append(f"ratio {medians[names[0]] / medians[names[1]]:.3f}")
            print(f"  {what:28} {'  '.join(cells)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", required=True, help="build folder, with `make bench` done")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--size", type=int, default=4096, help="bytes of a message that is traced")
    parser.add_argument("--idle", type=int, default=10000, help="sessions held by Postroad")
    parser.add_argument("--idle-postfix", type=int, default=300, help="sessions held by Postfix")
    parser.add_argument("--only", choices=("postroad", "postfix"))
    parser.add_argument("cases", nargs="*", default=["cpu", "kept", "boxes", "box", "idle", "sync", "calls", "alone", "copies"])
    options = parser.parse_args()
    bench, suites, stage = Bench(options), [], None
    try:
        if options.only != "postfix":
            stage = instance.Stage(options.build)
            suites.append(Postroad(stage, "root"))
        if options.only != "postroad":
            suites.append(postfix.Postfix())
            print(f"Postfix {suites[-1].version}")
        for case in options.cases:
            bench.show(case, bench.measure(case, suites))
    finally:
        for suite in suites:
            suite.remove()
        if stage is not None:
            stage.remove()


if __name__ == "__main__":
    main()
