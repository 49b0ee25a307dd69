#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every file under version control is in the release tarball: dist.py TARBALL"""

import subprocess
import sys
import tarfile
from pathlib import Path

# What only a checkout needs.
NOT_RELEASED = {".gitignore"}


def main():
    top = Path(__file__).resolve().parents[2]
    listed = subprocess.run(
        ["git", "-C", top, "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        print("no checkout: nothing to compare")
        return 0
    with tarfile.open(sys.argv[1]) as tar:
        released = {name.partition("/")[2] for name in tar.getnames()}
    files = {name for name in listed.stdout.split("\0") if name and (top / name).exists()}
    missing = sorted(files - released - NOT_RELEASED)
    for name in missing:
        print(f"{name}: not in the release; list it in the module.mk of its folder")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
