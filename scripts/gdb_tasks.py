# SPDX-License-Identifier: BSD-2-Clause
"""gdb commands for the tasks of a daemon.

    (gdb) source scripts/gdb_tasks.py
    (gdb) tasks                 every task: number, name, what it waits for, where it stands
    (gdb) task 3 bt             a command in the frames of task 3
    (gdb) task delivery bt      in those of every task of that name
    (gdb) task all bt 5         in every task's

In a live process a parked task's registers are laid into the thread for as long as the command
runs. In a core file registers cannot be set: `task` then prints what on the stack looks like return
addresses, innermost first.
"""

import gdb


def tasks():
    """The tasks of the process, in the order of their start."""
    task_type = gdb.lookup_type("struct task").pointer()
    offset = next(f.bitpos // 8 for f in task_type.target().fields() if f.name == "in_all")
    head = gdb.parse_and_eval("&runtime.all")
    link = head["next"]
    found = []
    while link != head:
        address = int(link) - offset
        found.append(gdb.Value(address).cast(task_type))
        link = link["next"]
    return found


def is_running(task):
    return int(gdb.parse_and_eval("runtime.running")) == int(task)


def text(value):
    return value.string() if int(value) != 0 else None


def describe(number, task):
    if is_running(task):
        state = "runs"
    else:
        waits = text(task["waits_for"])
        state = f"waits for {waits}" if waits else "can run"
    if int(task["deadline"]) != (1 << 63) - 1:
        left = (int(task["deadline"]) - int(gdb.parse_and_eval("runtime.now"))) / 1e6
        state += f", at most {left:.3f} s"
    if bool(task["cancelled"]):
        state += ", cancelled"
    return f"{number:4}  {text(task['name'])}: {state}"


class Frames:
    """For the time of a with block, the selected thread stands where the task is parked."""

    def __init__(self, task):
        self.task = task

    def __enter__(self):
        self.saved = {r: gdb.parse_and_eval(f"(unsigned long)${r}") for r in ("pc", "sp")}
        self.set(gdb.parse_and_eval("(unsigned long)&context_parked"),
                 self.task["context"]["stack_pointer"].cast(gdb.lookup_type("unsigned long")))

    def __exit__(self, *unused):
        self.set(self.saved["pc"], self.saved["sp"])

    @staticmethod
    def set(pc, sp):
        gdb.execute("select-frame 0")
        gdb.execute(f"set $sp = {int(sp)}")
        gdb.execute(f"set $pc = {int(pc)}")


def print_stack_words(task):
    """For core files: words on the stack that point into functions."""
    word = gdb.lookup_type("unsigned long")
    at = task["context"]["stack_pointer"].cast(word.pointer())
    end = int(task)
    while int(at) < end:
        try:
            address = int(at.dereference())
        except gdb.MemoryError:
            break
        block = gdb.block_for_pc(address) if address else None
        if block is not None:
            while block is not None and block.function is None:
                block = block.superblock
            line = gdb.find_pc_line(address - 1)
            name = block.function.name if block is not None else "?"
            print(f"      {name} ({line.symtab}:{line.line})")
        at += 1


def execute_in(task, command):
    if is_running(task):
        gdb.execute(command)
        return
    try:
        with Frames(task):
            gdb.execute(command)
    except gdb.error as error:
        print(f"      ({error}: what the stack holds)")
        print_stack_words(task)


class Tasks(gdb.Command):
    """List the tasks of the process."""

    def __init__(self):
        super().__init__("tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for number, task in enumerate(tasks(), 1):
            print(describe(number, task))


class Task(gdb.Command):
    """task NUMBER|NAME|all COMMAND: execute a gdb command in the frames of a task."""

    def __init__(self):
        super().__init__("task", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        which, _, command = argument.partition(" ")
        chosen = [(n, t) for n, t in enumerate(tasks(), 1) if which in ("all", str(n), text(t["name"]))]
        if not chosen:
            raise gdb.GdbError("no such task; try: tasks")
        for number, task in chosen:
            print(describe(number, task))
            execute_in(task, command or "bt")


Tasks()
Task()
