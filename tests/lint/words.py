#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every file names its licence near its top, and none holds marks of unfinished work."""

import re
import subprocess
from pathlib import Path

import tree

SPDX = "SPDX-License-Identifier: BSD-2-Clause"

# Text without a comment syntax of its own, data, and the licence itself.
NO_LICENCE = (".md", ".gitignore", ".clang-format", "LICENSE")

FORBIDDEN = [
    (re.compile(r"\b(TODO|FIXME|X" r"XX)\b"), "finish it, or leave it out"),
    (re.compile(r"\bfor" r" now\b", re.IGNORECASE), "say what is so, and why"),
    (re.compile(r"\bnot (yet )?implemented\b", re.IGNORECASE), "build it, or refuse it by name"),
    (re.compile(r"(?<![\w.])/(work|home|root)/\w"), "a path of somebody's machine"),
    (re.compile(r"[ \t]+$", re.MULTILINE), "blanks at the end of a line"),
]
EXEMPT = ("tests/lint/words.py", "tests/lint/test_lint.py")
DATA = ("tests/fuzz/corpus/",)


def text_files(top):
    """What is, or could be, under version control; in a release, every file."""
    if (top / ".git").exists():
        command = ["git", "-C", top, "ls-files", "-z", "-co", "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = [Path(name) for name in listed.split("\0") if name]
    else:
        found = [(here / name).relative_to(top) for here, files in tree.folders(top) for name in files]
    for path in found:
        is_data = str(path).startswith(DATA) or "data" in path.parts
        if (top / path).is_file() and not is_data:
            yield path


def faults(top):
    for path in text_files(top):
        try:
            text = (top / path).read_text()
        except UnicodeDecodeError:
            yield f"{path}:1: not UTF-8 text"
            continue
        if not path.name.endswith(NO_LICENCE) and SPDX not in "\n".join(text.splitlines()[:5]):
            yield f"{path}:1: no line '{SPDX}'"
        if str(path) in EXEMPT:
            continue
        for pattern, advice in FORBIDDEN:
            for match in pattern.finditer(text):
                number = text.count("\n", 0, match.start()) + 1
                yield f"{path}:{number}: '{match.group(0)}': {advice}"


if __name__ == "__main__":
    tree.finish("words", list(faults(tree.arguments(__doc__).top)))
