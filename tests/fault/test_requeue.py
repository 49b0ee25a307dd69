# SPDX-License-Identifier: BSD-2-Clause
"""
postsuper -r is cut off at the moment when the copy is in the maildrop and the message is not removed:
nothing is lost, and what is there twice was requeued then (window 4 of lib/spool/INVARIANTS.md).
"""

import os
from collections import Counter

import pytest
import smtp

from faults import Faults  # tests/support
from instance import wait_until

MESSAGES = 6


@pytest.mark.parametrize("fault", ["kill:qmgr.requeued:3", "fail:sync:ENOSPC:1-", "fail:write:ENOSPC:2-5"])
def test_requeue(make_instance, fault):
    mail = make_instance(minimal_backoff_time="1h", journal_segment_age="1s")
    mail.allow("stuck", "qmgr", "No space", "requeue", "corrupt", "maildrop")
    (mail.mail / "example.com").mkdir()
    (mail.mail / "example.com/stuck").touch()
    owner = mail.mail.stat()
    os.chown(mail.mail / "example.com", owner.st_uid, owner.st_gid)
    faults = Faults(mail)
    mail.start(**faults.environment)
    for i in range(MESSAGES):
        text = f"Subject: {i}\r\n\r\nhello\r\n".encode()
        assert smtp.deliver(mail.port, "stuck@example.com", text).code == 250
    wait_until(lambda: len(mail.queue()) == MESSAGES, 20)
    faults.order(f"{fault}:program=qmgr")
    ordered = mail.start_command("postsuper", "-r", "ALL")
    assert faults.await_fired(20)
    faults.clear()
    ordered.wait(60)
    (mail.mail / "example.com/stuck").unlink()
    mail.run("postkick", "public", "pickup", "W")

    def subjects():
        mail.run("postqueue", "-f", check=False)
        return sorted(m.partition(b"Subject: ")[2][:1] for m in mail.messages("stuck@example.com"))

    wanted = [str(i).encode() for i in range(MESSAGES)]
    wait_until(lambda: set(subjects()) == set(wanted), 60, "all of them")
    mail.wait_empty()
    # Several are requeued at once: each that had its copy and was not removed yet is there twice.
    assert max(Counter(subjects()).values()) <= (2 if fault.startswith("kill") else 1)
    faults.close()
