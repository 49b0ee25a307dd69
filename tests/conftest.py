# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of every test that runs the built suite (tests/system, tests/fault).

POSTROAD_BUILD names the build folder; scripts/test sets it.
"""

import contextlib
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))

import instance  # noqa: E402  (tests/support)


@pytest.fixture(scope="session", name="stage")
def fixture_stage():
    """The suite, installed once."""
    build = os.environ.get("POSTROAD_BUILD")
    if not build:
        pytest.fail("POSTROAD_BUILD names no build folder: use scripts/test")
    stage = instance.Stage(build)
    yield stage
    left = stage.processes()
    stage.remove()
    assert not left, f"processes left: {left}"


@pytest.fixture(name="make_instance")
def fixture_make_instance(stage):
    """make_instance(mode="rootless", **main): as many instances as a test wants, not started."""
    with contextlib.ExitStack() as made:

        def make(mode="rootless", **main):
            one = made.enter_context(instance.Instance(stage, mode))
            one.configure(**main)
            return one

        yield make


@pytest.fixture(name="mail")
def fixture_mail(make_instance):
    """A started instance that runs as one ordinary account."""
    one = make_instance()
    one.start()
    return one


@pytest.fixture(name="rooted", params=["rootless", "root"])
def fixture_rooted(request, make_instance):
    """A started instance, once for each way to run it."""
    if request.param == "root" and not instance.is_root():
        pytest.skip("needs root")
    one = make_instance(request.param)
    one.start()
    return one
