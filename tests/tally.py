#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sums the results of a test run: tally.py FOLDER

FOLDER holds what scripts/test leaves: `steps` (lines "name passed|failed"), *.xml (pytest), and
build folders with automake's .trs and .log files, in which cmocka counts its tests. The last line
is "N passed, N failed, N skipped"; the exit status is 0 when something ran and nothing failed.
"""

import re
import sys
import xml.etree.ElementTree
from pathlib import Path

CMOCKA = re.compile(r"^\[\s*(PASSED|FAILED|SKIPPED)\s*\] (\d+) test\(s\)", re.MULTILINE)


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, passed=0, failed=0, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def fail(self, name):
        self.failures.append(name)

    def add_step(self, line):
        name, result = line.rsplit(" ", 1)
        if result == "passed":
            self.add(passed=1)
        else:
            self.add(failed=1)
            self.fail(name)

    def add_program(self, trs):
        """One program of `make check`: cmocka's counts, or one test where it printed none."""
        result = re.search(r"^:global-test-result: (\w+)", trs.read_text(), re.MULTILINE).group(1)
        log = trs.with_suffix(".log").read_text(errors="replace")
        counts = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
        for word, count in CMOCKA.findall(log):
            counts[word] += int(count)
        if not any(counts.values()):
            counts[{"PASS": "PASSED", "SKIP": "SKIPPED"}.get(result, "FAILED")] = 1
        elif result not in ("PASS", "SKIP") and not counts["FAILED"]:
            counts["FAILED"] = 1  # its tests passed, its end did not: a leak, a crash at exit
        self.add(counts["PASSED"], counts["FAILED"], counts["SKIPPED"])
        if counts["FAILED"]:
            self.fail(str(trs.with_suffix("")))

    def add_pytest(self, path):
        for suite in xml.etree.ElementTree.parse(path).getroot().iter("testsuite"):
            total = int(suite.get("tests"))
            failed = int(suite.get("failures")) + int(suite.get("errors"))
            skipped = int(suite.get("skipped"))
            self.add(max(total - failed - skipped, 0), failed, skipped)
            for case in suite.iter("testcase"):
                if case.find("failure") is not None or case.find("error") is not None:
                    self.fail(f"{path.stem}: {case.get('classname')}.{case.get('name')}")


def tally(folder):
    sums = Tally()
    steps = folder / "steps"
    if steps.exists():
        for line in steps.read_text().splitlines():
            sums.add_step(line)
    for trs in sorted(folder.rglob("*.trs")):
        if "_build" not in trs.parts:  # distcheck has its own step
            sums.add_program(trs)
    for path in sorted(folder.glob("*.xml")):
        sums.add_pytest(path)
    return sums


def main():
    sums = tally(Path(sys.argv[1]))
    for name in sums.failures:
        print("FAILED", name)
    print(f"{sums.passed} passed, {sums.failed} failed, {sums.skipped} skipped")
    return 0 if sums.passed and not sums.failed else 1


if __name__ == "__main__":
    sys.exit(main())
