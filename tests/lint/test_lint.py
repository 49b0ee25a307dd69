# SPDX-License-Identifier: BSD-2-Clause
"""The lints find what they are for: each row is a small tree with one fault, or with none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"


def run_lint(name, top):
    command = [sys.executable, HERE / name, "--top", top]
    if name in ("parks.py", "headers.py", "calls.py"):
        command += ["--build", top]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(name="plant")
def fixture_plant(tmp_path):
    """Makes a tree: plant({"lib/base/x.c": text, …})."""

    def plant(files):
        (tmp_path / "lib/base").mkdir(parents=True)
        (tmp_path / "config.h").write_text(SPDX)
        shutil.copy(TOP / "lib/base/compiler.h", tmp_path / "lib/base")
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SPDX + text)
        return tmp_path

    return plant


def expect(lint, top, words):
    """The lint says `words` in a line of its own, or, for None, that all is well."""
    done = run_lint(lint, top)
    if words is None:
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        faults = done.stdout.splitlines()[:-1]
        assert done.returncode == 1, done.stdout + done.stderr
        assert len(faults) == 1 and words in faults[0], done.stdout


LAYERS = {
    "itself and lower": ({"lib/run/a.c": '#include "lib/run/a.h"\n#include "lib/sys/b.h"\n'}, None),
    "a higher layer": ({"lib/sys/c.c": '#include "lib/run/a.h"\n'}, "sys is below run"),
    "a program": ({"lib/sys/c.c": '#include "smtpd/s.h"\n'}, "nothing above it"),
    "own folder": ({"smtpd/s.c": '#include "smtpd/s.h"\n'}, None),
    "own sub-folder": ({"services/pickup/p.c": '#include "services/pickup/p.h"\n'}, None),
    "another program": ({"qmgr/q.c": '#include "smtpd/s.h"\n'}, "not smtpd/s.h"),
    "another service": ({"services/anvil/q.c": '#include "services/pickup/p.h"\n'}, "not services"),
    "no such file": ({"smtpd/s.c": '#include "s.h"\n'}, "no path from the root"),
    "an unknown layer": ({"lib/misc/m.c": ""}, "is no layer"),
    "errno outside sys": ({"lib/run/c.c": "int x = errno;\n"}, "only lib/sys reads errno"),
    "errno in sys": ({"lib/sys/c.c": "int x = errno;\n"}, None),
    "errno in words": ({"lib/run/c.c": '/* errno */\nconst char *x = "errno";\n'}, None),
    "a system header": ({"lib/mail/m.c": "#include <unistd.h>\n"}, "may not include <unistd.h>"),
    "a plain header": ({"lib/mail/m.c": "#include <string.h>\n"}, None),
    "parking in base": ({"lib/base/m.h": "PARKS int f(void);\n"}, "nothing parks"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(plant, name):
    files, words = LAYERS[name]
    common = {"lib/run/a.h": "", "lib/sys/b.h": "", "smtpd/s.h": "", "services/pickup/p.h": ""}
    expect("layers.py", plant(common | files), words)


PARKS_HEADER = """
#include "lib/base/compiler.h"
PARKS int wait_here(void);
struct ops {
	PARKS int (*wait)(void);
	int (*look)(void);
};
int task_start(void (*fn)(void));
void each(int (*fn)(void));
void each_parking(PARKS int (*fn)(void));
"""

PARKS = {
    "a true mark": ("PARKS int f(void);\nint f(void) { return wait_here(); }", None),
    "no mark": ("int f(void);\nint f(void) { return wait_here(); }", "f() calls wait_here()"),
    "no mark on a static": (
        "static int f(void) { return wait_here(); }\nPARKS int g(void);\nint g(void)"
        " { (void)f; return wait_here(); }",
        "f() calls wait_here()",
    ),
    "marked static": ("PARKS static int f(void) { return wait_here(); }", None),
    "an idle mark": ("PARKS int f(void);\nint f(void) { return 1; }", "reaches nothing that parks"),
    "idle behind a marked pointer": (
        "PARKS int f(void);\nint f(void) { return 1; }\nconst struct ops o = { .wait = f };",
        None,
    ),
    "a parking field": (
        "int f(struct ops *o);\nint f(struct ops *o) { return o->wait(); }",
        "f() calls wait()",
    ),
    "a plain field": ("int f(struct ops *o);\nint f(struct ops *o) { return o->look(); }", None),
    "a parking parameter": (
        "int f(PARKS int (*fn)(void));\nint f(PARKS int (*fn)(void)) { return fn(); }",
        "f() calls fn()",
    ),
    "in a macro": (
        "#define WAIT() wait_here()\nint f(void);\nint f(void) { return WAIT(); }",
        "f() calls wait_here()",
    ),
    "in an argument": (
        "int g(int x);\nint f(void);\nint f(void) { return g(wait_here()); }",
        "f() calls wait_here()",
    ),
    "given to a marked field": ("const struct ops o = { .wait = wait_here };", None),
    "given to a plain field": ("const struct ops o = { .look = wait_here };", "is given to"),
    "given by position": ("const struct ops o = { wait_here, wait_here };", "is given to"),
    "given in an array": (
        "const struct ops o[] = { { .wait = wait_here }, { .look = wait_here } };",
        "is given to",
    ),
    "assigned": (
        "void f(struct ops *o);\nvoid f(struct ops *o) { o->look = wait_here; }",
        "is given to",
    ),
    "assigned to a marked one": (
        "void f(struct ops *o);\nvoid f(struct ops *o) { o->wait = wait_here; }",
        None,
    ),
    "handed to a plain parameter": (
        "void f(void);\nvoid f(void) { each(wait_here); }",
        "is given to",
    ),
    "handed to a marked one": ("void f(void);\nvoid f(void) { each_parking(wait_here); }", None),
    "started as a task": (
        "PARKS static void body(void) { (void)wait_here(); }\n"
        "void f(void);\nvoid f(void) { task_start(body); }",
        None,
    ),
    "a system call": ("#include <unistd.h>\nint f(void);\nint f(void) { return close(1); }", "calls close()"),
    "a member of that name": (
        "struct c { int (*close)(int); };\nint f(struct c *c);\n"
        "int f(struct c *c) { return c->close(1); }",
        None,
    ),
    "no C": ("int f(void) { return wait_there(; }", "error"),
}


@pytest.mark.parametrize("name", PARKS)
def test_parks(plant, name):
    text, words = PARKS[name]
    files = {
        "lib/run/a.h": PARKS_HEADER,
        "lib/run/b.c": '#include "lib/run/a.h"\n' + text,
        "lib/run/task.c": '#include "lib/run/a.h"\nstatic void park(void) { }\n'
        "int wait_here(void) { park(); return 0; }\n",
    }
    expect("parks.py", plant(files), words)


def test_parks_in_system_layer(plant):
    text = "#include <unistd.h>\nint f(void);\nint f(void) { return close(1); }\n"
    expect("parks.py", plant({"lib/sys/b.c": text}), None)


def test_parks_only_there(plant):
    """A function that is only named like the primitive is none."""
    text = '#include "lib/run/a.h"\nstatic void park(void) { }\nint wait_here(void) { park(); return 0; }\n'
    top = plant({"lib/run/a.h": PARKS_HEADER, "lib/run/other.c": text})
    expect("parks.py", top, "reaches nothing that parks")


def test_parks_over_files(plant):
    """A mark in a header governs callers in other files."""
    top = plant(
        {
            "lib/run/a.h": PARKS_HEADER,
            "lib/io/b.h": "int b(void);\n",
            "lib/io/b.c": '#include "lib/run/a.h"\n#include "lib/io/b.h"\n'
            "int b(void)\n{\n\treturn wait_here();\n}\n",
            "smtpd/c.c": '#include "lib/io/b.h"\nint c(void);\nint c(void) { return b(); }\n',
        }
    )
    expect("parks.py", top, "lib/io/b.c:6: b() calls wait_here()")


WORDS = {
    "clean": ("int x;\n", None),
    "unfinished": ("/* TO" "DO */\n", "finish it"),
    "for the time being": ("/* for" " now */\n", "say what is so"),
    "a path": ("/* see /ho" "me/me/x */\n", "somebody's machine"),
    "blank end": ("int x; \n", "blanks at the end"),
}


@pytest.mark.parametrize("name", WORDS)
def test_words(plant, name):
    text, words = WORDS[name]
    expect("words.py", plant({"smtpd/x.c": text}), words)


def test_words_licence(plant):
    top = plant({})
    (top / "x.py").write_text("print()\n")
    expect("words.py", top, "x.py:1: no line 'SPDX")


HEADERS = {
    "complete": ("#include <stddef.h>\nstruct a { size_t n; };\n", None, True),
    "a type missing": ("struct a { size_t n; };\n", "does not compile alone", True),
    "no guard": ("struct a { int n; };\n", "does not compile alone", False),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(plant, name):
    text, words, guarded = HEADERS[name]
    if guarded:
        text = f"#ifndef A_H\n#define A_H\n{text}#endif\n"
    expect("headers.py", plant({"lib/run/a.h": text}), words)


def test_functions(plant):
    body = "\tif (x) {\n\t\twhile (x) {\n\t\t\tx--;\n\t\t}\n\t}\n"
    done = run_lint("functions.py", plant({"smtpd/x.c": f"int\nf(int x)\n{{\n{body}}}\n"}))
    assert done.returncode == 0, done.stderr
    assert "1 functions in 2 files" in done.stdout
    assert "5  smtpd/x.c:4 f" in done.stdout
    assert "2  smtpd/x.c:4 f" in done.stdout


CALLS = {
    "a call": ("lib/run/a.c", "read(0, b, 1)", "calls read()"),
    "a fortified call": ("local/a.c", "poll(p, n, 0)", "calls poll()"),
    "in a macro": ("local/a.c", "LOOK(b)", "calls stat()"),
    "in lib/sys": ("lib/sys/a.c", "read(0, b, 1)", None),
    "a call of ours": ("lib/run/a.c", "sys_read(0, b, 1)", None),
    "a field of that name": ("lib/run/a.c", "o.read(0, b, 1)", None),
}
CALLS_TEXT = """
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#define LOOK(b) stat((b), (struct stat *)(b))
int sys_read(int fd, void *b, int n);
extern struct { int (*read)(int fd, void *b, int n); } o;
long f(char *b, struct pollfd *p, nfds_t n);
long f(char *b, struct pollfd *p, nfds_t n) { (void)p; (void)n; return %s; }
"""


@pytest.mark.parametrize("name", CALLS)
def test_calls(plant, name):
    path, call, words = CALLS[name]
    top = plant({path: CALLS_TEXT % call, "local/other.c": "int other = 1;\n"})
    for source in top.rglob("*.c"):
        command = ["gcc", "-O2", "-D_FORTIFY_SOURCE=2", "-c", source, "-o", source.with_suffix(".o")]
        subprocess.run(command, check=True)
    expect("calls.py", top, words)


def test_calls_without_a_build(plant):
    expect("calls.py", plant({"local/a.c": ""}), "build it first")
