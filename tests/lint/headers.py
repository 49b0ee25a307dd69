#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each header compiles alone: it includes what it uses."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import tree


def compile_alone(args, path):
    """The first words of the compiler, or None where it has none."""
    command = [
        "gcc", "-fsyntax-only", "-std=gnu17", "-Wall", "-Wextra", "-Wstrict-prototypes",
        "-Werror", "-include", "config.h", f"-I{args.build}", f"-I{args.top}", "-x", "c", "-",
    ]  # fmt: skip
    # Twice: the guard holds.
    text = f'#include "{path}"\n' * 2
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    words = [line for line in done.stderr.splitlines() if "error:" in line]
    return f"{path}:1: does not compile alone: {words[0] if words else done.stderr.strip()}"


def main():
    args = tree.arguments(__doc__, build=True)
    headers = tree.source_files(args.top, (".h",))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: compile_alone(args, path), headers)
        tree.finish("headers", [fault for fault in results if fault])


if __name__ == "__main__":
    main()
