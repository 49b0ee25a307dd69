# SPDX-License-Identifier: BSD-2-Clause
"""What the lints share: the files of the tree, C text without comments, and how to report."""

import argparse
import os
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# Low to high; a layer includes only itself and lower ones.
LAYERS = (
    "base mail esmtp sys run io config tls ipc dns table route access spool sasl sign milter service"
).split()
PURE = ("base", "mail", "esmtp")

# Folders that hold programs; a program includes lib/ and its own folder.
PROGRAMS = ("master", "smtpd", "cleanup", "qmgr", "smtp", "local", "services", "tools")

SKIPPED = {"autom4te.cache", "build-aux", "run", "__pycache__", ".git", ".pytest_cache"}


def folders(top):
    """Every folder of the source tree: not what builds and runs leave in it."""
    for name, subfolders, files in os.walk(top):
        here = Path(name)
        subfolders[:] = sorted(
            f
            for f in subfolders
            if not (here == top and (f in SKIPPED or f.startswith("build")))
            and f not in ("__pycache__", ".pytest_cache", ".git")
        )
        yield here, sorted(files)


def source_files(top, suffixes=(".c", ".h", ".def"), under=("lib",) + PROGRAMS):
    """C files below the folders `under`, as paths relative to top; () means the whole tree."""
    found = []
    for here, files in folders(top):
        relative = here.relative_to(top)
        if under and (not relative.parts or relative.parts[0] not in under):
            continue
        found += [relative / f for f in files if f.endswith(suffixes)]
    return found


NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def code_of(text):
    """C text with comments and literals blanked; line numbers stay."""

    def blank(match):
        found = match.group(0)
        return found[0] + found[0] if found[0] in "\"'" else " " + "\n" * found.count("\n")

    return NOT_CODE.sub(blank, text)


def layer_of(path):
    """The layer's name for lib/x/…, else None."""
    return path.parts[1] if path.parts[0] == "lib" and len(path.parts) > 2 else None


def program_of(path):
    """The folder that a program may include from: smtpd, services/pickup, tools; else None."""
    if path.parts[0] == "services":
        return Path(*path.parts[:2])
    return Path(path.parts[0]) if path.parts[0] in PROGRAMS else None


def arguments(description, build=False):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--top", type=Path, default=TOP, help="root of the tree")
    if build:
        parser.add_argument("--build", type=Path, required=True, help="folder with config.h")
    return parser.parse_args()


def finish(name, faults):
    """Prints faults as FILE:LINE: words, and ends the program."""
    for fault in faults:
        print(fault)
    print(f"{name}: {len(faults)} faults" if faults else f"{name}: clean")
    sys.exit(1 if faults else 0)
