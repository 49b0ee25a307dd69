# SPDX-License-Identifier: BSD-2-Clause
"""Faults on order in a running suite that was built with --enable-faults (lib/sys/fault.h).

    faults = Faults(mail)
    mail.start(**faults.environment)
    faults.order("kill:qmgr.done_mark:3:program=qmgr")
    faults.await_fired(seconds=5)
    faults.clear()
"""

import mmap
import struct
import time

MAGIC = 0x54465250
SIZE = 4096
FIRED = 8  # u32[12]
RULES = 64
RULES_MAX = 12


class Faults:
    """The control file, mapped; every process of the suite has it mapped too."""

    def __init__(self, mail):
        self.path = mail.folder / "faults"
        self.path.write_bytes(struct.pack("<I", MAGIC).ljust(SIZE, b"\0"))
        self.path.chmod(0o666)
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), SIZE)
        # Who ends because another was killed leaves its memory to the system.
        sanitizer = mail.environment()["ASAN_OPTIONS"] + ":detect_leaks=0"
        self.environment = {"POSTROAD_FAULT_FILE": str(self.path), "ASAN_OPTIONS": sanitizer}

    def close(self):
        self.map.close()

    def _next_generation(self):
        (generation,) = struct.unpack_from("<I", self.map, 4)
        struct.pack_into("<I", self.map, 4, generation + 1)

    def clear(self):
        """No rules. A process never sees half of a text: its first byte is written last."""
        self.map[RULES] = 0
        self._next_generation()

    def order(self, *rules):
        text = " ".join(rules).encode() + b"\0"
        assert len(rules) <= RULES_MAX and len(text) <= SIZE - RULES
        self.clear()
        self.map[FIRED : FIRED + 4 * RULES_MAX] = bytes(4 * RULES_MAX)
        self.map[RULES + 1 : RULES + len(text)] = text[1:]
        self.map[RULES] = text[0]
        self._next_generation()

    def fired(self):
        """How often each rule took effect."""
        return struct.unpack_from(f"<{RULES_MAX}I", self.map, FIRED)

    def await_fired(self, seconds, rule=0):
        deadline = time.monotonic() + seconds
        while self.fired()[rule] == 0:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        return True
