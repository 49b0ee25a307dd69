#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The PARKS marks are true over the whole call graph.

A function that may switch to another task says so in its prototype (a static one in its
definition, or its forward declaration):

1. A function that calls what parks is marked. What parks: a marked function, a marked pointer
   (field, parameter, variable), and the primitive switch, PRIMITIVES.
2. A marked function really reaches such a call, or is given to a marked pointer: it stands beside
   others that do.
3. A marked function is given only to pointers that are marked, or to what starts a task with it
   (ENTRIES).
4. What blocks instead of parking stops every task: only lib/sys calls the system (SYSTEM).

The tree is read with libclang, where PARKS is an annotation; macros are thus expanded.
"""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import tree

sys.path.append("/usr/lib/python3/dist-packages")
from clang import cindex  # noqa: E402  (python3-clang, of Debian)

Kind = cindex.CursorKind

# Where control really leaves a task: a static function of lib/run/task.c.
PRIMITIVE = "park"
PRIMITIVE_FILE = Path("lib/run/task.c")
# What runs a function as a task.
ENTRIES = {"task_start", "run_main"}
SYSTEM = set(
    """
    open openat creat close read pread readv write pwrite writev pipe pipe2 dup2 dup3 fcntl ioctl flock
    fsync fdatasync rename renameat link linkat symlink unlink unlinkat mkdir mkdirat rmdir chmod fchmod
    chown fchown stat fstat lstat fstatat access truncate ftruncate opendir readdir utimensat futimens
    socket socketpair bind listen accept accept4 connect send sendto sendmsg recv recvfrom recvmsg
    shutdown getsockopt setsockopt getsockname getpeername poll ppoll select epoll_create1 epoll_ctl
    epoll_wait eventfd fork vfork execv execve execvp waitpid wait kill sigaction signal sigprocmask
    setuid setgid setgroups initgroups setresuid setresgid chroot chdir umask getrlimit setrlimit
    nanosleep sleep alarm clock_gettime gettimeofday time getrandom mmap munmap mprotect madvise
    getpwnam getpwuid getgrnam getgrgid getpwnam_r getpwuid_r getgrnam_r getgrgid_r getgrouplist
    getaddrinfo getnameinfo gethostbyname gethostname
    """.split()
)

# The makefile defines a macro for each folder that things are installed in.
INSTALLED = ("COMMAND", "DAEMON", "CONFIG", "QUEUE", "DATA")

CALLABLE = (Kind.FUNCTION_DECL, Kind.FIELD_DECL, Kind.PARM_DECL, Kind.VAR_DECL)
WRAPPERS = (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR, Kind.CSTYLE_CAST_EXPR)


def is_marked(cursor):
    return any(
        child.kind == Kind.ANNOTATE_ATTR and child.spelling == "parks"
        for child in cursor.get_children()
    )


def plain(cursor):
    """The expression inside casts and parentheses that add nothing."""
    while cursor.kind in WRAPPERS:
        children = list(cursor.get_children())
        if len(children) != 1:
            break
        cursor = children[0]
    return cursor


class Reader:
    """What one translation unit says; plain data, so that processes can hand it over."""

    def __init__(self, top):
        self.top = top
        self.functions = {}  # usr -> (name, place, marked, is_definition)
        self.calls = []  # (caller usr, callee usr or None, marked pointer?, name, place)
        self.given = []  # (callee usr, name, place, to a marked pointer?)
        self.faults = []

    def place(self, cursor):
        path = Path(cursor.location.file.name).resolve().relative_to(self.top)
        return f"{path}:{cursor.location.line}"

    def read(self, unit):
        for problem in unit.diagnostics:
            if problem.severity >= cindex.Diagnostic.Error:
                self.faults.append(f"{problem}")
                return
        for cursor in unit.cursor.get_children():
            file = cursor.location.file
            if file is None or self.top not in Path(file.name).resolve().parents:
                continue
            if cursor.kind == Kind.FUNCTION_DECL:
                self.read_function(cursor)
            elif cursor.kind == Kind.VAR_DECL:
                self.walk(cursor, None)

    def read_function(self, cursor):
        usr, defined = cursor.get_usr(), cursor.is_definition()
        old = self.functions.get(usr)
        marked = is_marked(cursor) or (old is not None and old[2])
        if old is None or defined:
            self.functions[usr] = (cursor.spelling, self.place(cursor), marked, defined)
        if defined:
            for child in cursor.get_children():
                self.walk(child, usr)

    def walk(self, cursor, function):
        if cursor.kind == Kind.CALL_EXPR:
            self.walk_call(cursor, function)
        elif cursor.kind == Kind.INIT_LIST_EXPR:
            self.walk_list(cursor, function)
        elif cursor.kind == Kind.BINARY_OPERATOR:
            self.walk_pair(cursor, function)
        elif cursor.kind == Kind.VAR_DECL:
            for child in cursor.get_children():
                self.give(child, is_marked(cursor), function)
        elif self.function_named(cursor) is not None:
            self.give(cursor, False, function)
        else:
            for child in cursor.get_children():
                self.walk(child, function)

    @staticmethod
    def function_named(cursor):
        """The function that an expression names (not calls), or None."""
        cursor = plain(cursor)
        if cursor.kind == Kind.UNARY_OPERATOR:
            cursor = plain(next(cursor.get_children()))
        if cursor.kind != Kind.DECL_REF_EXPR:
            return None
        target = cursor.referenced
        return target if target is not None and target.kind == Kind.FUNCTION_DECL else None

    def give(self, value, to_marked, function):
        """A value goes to a pointer (an argument, a field, a variable)."""
        target = self.function_named(value)
        if target is None:
            self.walk(value, function)
        else:
            self.given.append((target.get_usr(), target.spelling, self.place(value), to_marked))

    def walk_call(self, cursor, function):
        target = cursor.referenced
        children = list(cursor.get_children())
        place = self.place(cursor)
        if target is None or target.kind not in CALLABLE:
            for child in children:
                self.walk(child, function)
            return
        if target.kind == Kind.FUNCTION_DECL:
            self.calls.append((function, target.get_usr(), False, target.spelling, place))
            parameters = list(target.get_arguments())
        else:
            if is_marked(target):
                self.calls.append((function, None, True, target.spelling, place))
            self.walk(children[0], function)
            parameters = []
        entry = target.spelling in ENTRIES
        for index, value in enumerate(cursor.get_arguments()):
            marked = index < len(parameters) and is_marked(parameters[index])
            self.give(value, entry or marked, function)

    def walk_list(self, cursor, function):
        fields = list(cursor.type.get_canonical().get_fields())
        for index, child in enumerate(cursor.get_children()):
            parts = list(child.get_children())
            field = fields[index] if index < len(fields) else None
            value = child
            if child.kind == Kind.UNEXPOSED_EXPR and parts and parts[0].kind == Kind.MEMBER_REF:
                field, value = parts[0].referenced, parts[-1]  # .name = value
            self.give(value, field is not None and is_marked(field), function)

    def walk_pair(self, cursor, function):
        children = list(cursor.get_children())
        if len(children) != 2:
            return
        left, right = plain(children[0]), children[1]
        target = left.referenced if left.kind in (Kind.MEMBER_REF_EXPR, Kind.DECL_REF_EXPR) else None
        self.walk(children[0], function)
        self.give(right, target is not None and is_marked(target), function)


def read_file(job):
    top, build, path, gcc_headers = job
    reader = Reader(top)
    arguments = [
        "-std=gnu17", f"-I{build}", f"-I{top}", "-include", f"{build}/config.h",
        "-isystem", gcc_headers, *(f'-D{name}_DIRECTORY="/"' for name in INSTALLED),
    ]  # fmt: skip
    reader.read(cindex.Index.create().parse(str(top / path), args=arguments))
    return reader.functions, reader.calls, reader.given, reader.faults


class Graph:
    def __init__(self):
        self.functions = {}
        self.calls = set()
        self.given = set()
        self.broken = set()

    def add(self, functions, calls, given, faults):
        for usr, (name, place, marked, defined) in functions.items():
            old = self.functions.get(usr, (name, place, False, False))
            where = place if defined or not old[3] else old[1]
            self.functions[usr] = (name, where, marked or old[2], defined or old[3])
        self.calls.update(calls)
        self.given.update(given)
        self.broken.update(faults)

    def marked(self, usr):
        return usr in self.functions and self.functions[usr][2]

    def parks(self, call):
        _, callee, pointer, name, _ = call
        return pointer or self.marked(callee) or self.is_primitive(callee)

    def is_primitive(self, usr):
        name, place, _, _ = self.functions.get(usr, (None, None, False, False))
        return name == PRIMITIVE and place.startswith(f"{PRIMITIVE_FILE}:")

    def faults(self):
        yield from sorted(self.broken)
        parking = [call for call in self.calls if self.parks(call)]
        reached = {call[0] for call in parking}
        reached |= {usr for usr, _, _, to_marked in self.given if to_marked}
        for caller, _, _, name, place in sorted(parking, key=lambda call: call[4]):
            if caller is not None and not self.marked(caller):
                yield f"{place}: {self.functions[caller][0]}() calls {name}(), which parks: mark it PARKS"
        for usr, (name, place, marked, defined) in sorted(self.functions.items()):
            if marked and defined and usr not in reached:
                yield f"{place}: {name}() is marked PARKS, and reaches nothing that parks"
        for _, callee, pointer, name, place in sorted(self.calls, key=lambda call: call[4]):
            system = name in SYSTEM and not pointer and callee not in self.functions
            if system and not place.startswith("lib/sys/"):
                yield f"{place}: only lib/sys calls {name}()"
        for usr, name, place, to_marked in sorted(self.given):
            if self.marked(usr) and not to_marked:
                yield f"{place}: {name}() parks, and is given to a pointer that is not marked PARKS"


def main():
    args = tree.arguments(__doc__, build=True)
    top, build = args.top.resolve(), args.build.resolve()
    command = ["gcc", "-print-file-name=include"]
    headers = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    jobs = [(top, build, path, headers) for path in tree.source_files(top, (".c",))]
    graph = Graph()
    with ProcessPoolExecutor() as pool:
        for result in pool.map(read_file, jobs, chunksize=4):
            graph.add(*result)
    tree.finish("parks", list(graph.faults()))


if __name__ == "__main__":
    main()
