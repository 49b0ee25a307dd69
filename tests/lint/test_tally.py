# SPDX-License-Identifier: BSD-2-Clause
"""The count at the end of a test run: what failed in any way is counted, and fails the run."""

import subprocess
import sys
from pathlib import Path

import pytest

TALLY = Path(__file__).resolve().parents[1] / "tally.py"
CMOCKA = "[==========] Running 3 test(s).\n[  PASSED  ] 3 test(s).\n"
CMOCKA_BAD = "[  PASSED  ] 2 test(s).\n[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] x\n"
CMOCKA_SKIPPED = "[  PASSED  ] 2 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n"


def program(result, log):
    return {"san/t.trs": f":test-result: {result}\n:global-test-result: {result}\n", "san/t.log": log}


def xml(tests, failures=0, errors=0, skipped=0, case=""):
    return {
        "system.xml": f'<testsuites><testsuite tests="{tests}" failures="{failures}" '
        f'errors="{errors}" skipped="{skipped}">{case}</testsuite></testsuites>'
    }


FAILED_CASE = '<testcase classname="c" name="n"><failure/></testcase>'

ROWS = {
    "nothing ran": ({}, "0 passed, 0 failed, 0 skipped", 1),
    "steps": ({"steps": "lint passed\n"}, "1 passed, 0 failed, 0 skipped", 0),
    "a failed step": ({"steps": "lint passed\nman failed\n"}, "1 passed, 1 failed, 0 skipped", 1),
    "cmocka": (program("PASS", CMOCKA), "3 passed, 0 failed, 0 skipped", 0),
    "cmocka, one failed": (program("FAIL", CMOCKA_BAD), "2 passed, 1 failed, 0 skipped", 1),
    "cmocka, one skipped": (program("PASS", CMOCKA_SKIPPED), "2 passed, 0 failed, 1 skipped", 0),
    "a leak at exit": (program("FAIL", CMOCKA), "3 passed, 1 failed, 0 skipped", 1),
    "died before the first": (program("FAIL", "panic\n"), "0 passed, 1 failed, 0 skipped", 1),
    "no cmocka": (program("PASS", "12 inputs\n"), "1 passed, 0 failed, 0 skipped", 0),
    "skipped as a whole": (program("SKIP", ""), "0 passed, 0 failed, 1 skipped", 1),
    "pytest": (xml(5, skipped=2), "3 passed, 0 failed, 2 skipped", 0),
    "pytest, one failed": (xml(5, failures=1, case=FAILED_CASE), "4 passed, 1 failed, 0 skipped", 1),
    "pytest, an error": (xml(5, errors=1), "4 passed, 1 failed, 0 skipped", 1),
}


@pytest.mark.parametrize("name", ROWS)
def test_tally(tmp_path, name):
    files, line, status = ROWS[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    done = subprocess.run([sys.executable, TALLY, tmp_path], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == line
    assert done.returncode == status


def test_failures_are_named(tmp_path):
    (tmp_path / "steps").write_text("man failed\n")
    (tmp_path / "system.xml").write_text(xml(1, failures=1, case=FAILED_CASE)["system.xml"])
    done = subprocess.run([sys.executable, TALLY, tmp_path], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:-1] == ["FAILED man", "FAILED system: c.n"]
