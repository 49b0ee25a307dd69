#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The include graph: a layer includes itself and lower ones, a program lib/ and its own folder.

Also: only lib/sys reads errno; the pure layers use only headers that make no system call, and
nothing in them parks.
"""

import re
from pathlib import Path

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

PURE_HEADERS = {
    "assert.h", "ctype.h", "errno.h", "endian.h", "inttypes.h", "limits.h", "stdalign.h",
    "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
    "arpa/inet.h",  # addresses to text and back
    "sys/auxv.h",  # values that exec left in memory
}  # fmt: skip
POISON = Path("lib/base/poison.h")  # has to see the declarations of what it forbids


def allowed(includer, included):
    """None, or what is wrong with one file of the tree including another."""
    layer, target = tree.layer_of(includer), tree.layer_of(included)
    if layer is None:
        program = tree.program_of(includer)
        if target is not None or program in included.parents:
            return None
        return f"a program includes lib/ and its own folder, not {included}"
    if target is None:
        return f"lib/ includes nothing above it: {included}"
    if tree.LAYERS.index(target) > tree.LAYERS.index(layer):
        return f"{layer} is below {target}, and may not include {included}"
    return None


def include_faults(top, path, text):
    for match in INCLUDE.finditer(text):
        where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        kind, name = match.groups()
        if kind == "<":
            pure = tree.layer_of(path) in tree.PURE and path != POISON
            if pure and name not in PURE_HEADERS:
                yield f"{where}: a pure layer may not include <{name}>"
        elif not (top / name).is_file() or ".." in Path(name).parts:
            # config.h comes by -include; a generated header would be in no checkout.
            yield f'{where}: "{name}" is no path from the root of the tree'
        else:
            wrong = allowed(path, Path(name))
            if wrong:
                yield f"{where}: {wrong}"


def word_faults(path, text):
    code = tree.code_of(text)
    for number, line in enumerate(code.splitlines(), 1):
        if re.search(r"\berrno\b", line) and not line.lstrip().startswith("#"):
            if tree.layer_of(path) != "sys":
                yield f"{path}:{number}: only lib/sys reads errno"
        if tree.layer_of(path) in tree.PURE and re.search(r"\bPARKS\b", line):
            if path != Path("lib/base/compiler.h"):
                yield f"{path}:{number}: nothing parks in a pure layer"


def faults(top):
    for path in tree.source_files(top):
        layer = tree.layer_of(path)
        if layer is not None and layer not in tree.LAYERS:
            yield f"{path}:1: lib/{layer} is no layer (tests/lint/tree.py)"
            continue
        text = (top / path).read_text()
        yield from include_faults(top, path, text)
        yield from word_faults(path, text)


if __name__ == "__main__":
    tree.finish("layers", list(faults(tree.arguments(__doc__).top)))
