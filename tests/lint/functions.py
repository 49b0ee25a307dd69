#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A report, no judgement: the longest functions and files, the deepest nesting.

It relies on the house format: a function's name and braces stand in the first column.
"""

import re

import tree

SHOWN = 12
HEAD = re.compile(r"^([a-z_]\w*)\(")
OPENS = re.compile(r"^\s+(?:\} )?(?:if|else|for|while|do|switch)\b.*\{\s*$")


class Function:
    def __init__(self, path, name, line):
        self.path, self.name, self.line = path, name, line
        self.length = 0
        self.depth = 0

    def __str__(self):
        return f"{self.path}:{self.line} {self.name}"


def functions_of(path, text):
    name, current, blocks = None, None, []
    for number, line in enumerate(tree.code_of(text).splitlines(), 1):
        head = HEAD.match(line)
        if current is None:
            if head:
                name = head.group(1)
            elif line == "{" and name:
                current, blocks = Function(path, name, number), []
        elif line == "}":
            current.length = number - current.line - 1
            yield current
            name, current = None, None
        else:
            indent = len(line) - len(line.lstrip("\t"))
            while line.strip() and blocks and indent <= blocks[-1]:
                blocks.pop()
            if OPENS.match(line):
                blocks.append(indent)
                current.depth = max(current.depth, len(blocks))


def show(title, rows):
    print(f"{title}:")
    for figure, what in rows[:SHOWN]:
        print(f"  {figure:5}  {what}")


def main():
    top = tree.arguments(__doc__).top
    functions, files = [], []
    for path in tree.source_files(top, (".c", ".h")):
        text = (top / path).read_text()
        files.append((text.count("\n"), path))
        functions += functions_of(path, text)
    if not functions:
        print("functions: none")
        return
    lengths = sorted(f.length for f in functions)
    share = lambda limit: 100 * sum(n <= limit for n in lengths) // len(lengths)  # noqa: E731
    print(
        f"{len(functions)} functions in {len(files)} files: {share(25)} % have at most 25 lines, "
        f"{share(60)} % at most 60; 9 of 10 have at most {lengths[len(lengths) * 9 // 10]}"
    )
    key = lambda row: -row[0]  # noqa: E731
    show("longest functions", sorted(((f.length, f) for f in functions), key=key))
    show("deepest nesting", sorted(((f.depth, f) for f in functions), key=key))
    show("longest files", sorted(files, key=key))


if __name__ == "__main__":
    main()
