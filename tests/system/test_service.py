# SPDX-License-Identifier: BSD-2-Clause
"""master and lib/service alone, with a daemon that tells about itself (echo_daemon.c): when processes
are started, replaced and ended, as whom they run, and what they can reach."""

import os
import pwd
import re
import shutil
import signal
import socket
import time
from pathlib import Path

import instance
import pytest

NEVER_IDLE = {"max_idle": "1h"}


class Client:
    """A connection to an echo_daemon; ask("me") is its answer to one command."""

    def __init__(self, where):
        family = socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family)
        self.socket.settimeout(20)
        self.socket.connect(where)
        self.file = self.socket.makefile("rw")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, command):
        self.file.write(f"{command}\n")
        self.file.flush()

    def answer(self):
        return self.file.readline().rstrip("\n")

    def ask(self, command):
        self.send(command)
        return self.answer()

    @property
    def pid(self):
        return int(self.ask("me").split()[0])


class Echo:
    """An instance whose services are echo daemons."""

    def __init__(self, make_instance, mode="rootless", services="", **main):
        self.mail = make_instance(mode)
        build = Path(os.environ["POSTROAD_BUILD"])
        programs = self.mail.folder / "libexec"
        programs.mkdir()
        for program in (self.mail.stage.libexec / "master", build / "tests/system/echo_daemon"):
            shutil.copy(program, programs)
        self.mail.services = services or f"127.0.0.1:{self.mail.port} inet n - n - - echo_daemon net\n"
        self.mail.configure(daemon_directory=programs, **main)

    def __getattr__(self, name):
        return getattr(self.mail, name)

    def start(self, **environment):
        self.mail.launch(**environment)
        self.wait_log("daemon started")
        return self

    def running(self):
        """Process ids of echo daemons; Stage.processes() knows only what was installed."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    program = os.readlink(entry / "exe")
                except OSError:
                    continue
                if program == f"{self.folder}/libexec/echo_daemon":
                    found.append(int(entry.name))
        return found

    def client(self):
        return Client(("127.0.0.1", self.port))

    def local(self, name, folder="private"):
        """A client of a UNIX service; from within the spool, since names of sockets are short."""
        here = os.getcwd()
        os.chdir(self.spool)
        try:
            return Client(f"{folder}/{name}")
        finally:
            os.chdir(here)

    def use(self, services):
        """Another master.cf."""
        self.mail.services = services
        self.mail.write()

    def signal(self, number):
        os.kill(self.mail.master.pid, number)

    def reload(self):
        before = self.log_text().count("reload --")
        self.run("postroad", "reload")
        instance.wait_until(lambda: self.log_text().count("reload --") > before, what="reload")

    def table(self):
        """postroad status: {service: {column: number}}"""
        lines = self.run("postroad", "status").stdout.splitlines()
        head = lines[1].split()
        rows = [line.split() for line in lines[2:]]
        return {row[0]: dict(zip(head[2:], map(int, row[2:]))) for row in rows}


@pytest.fixture(name="echo")
def fixture_echo(make_instance):
    made = []

    def make(*arguments, **options):
        made.append(Echo(make_instance, *arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()
        left = one.running()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, f"processes left: {left}"


def is_built_with(option):
    text = (Path(os.environ["POSTROAD_BUILD"]) / "config.h").read_text()
    return f"#define {option} 1" in text


def is_sanitized():
    return is_built_with("ENABLE_SANITIZERS")


def is_gone(pid):
    return not Path(f"/proc/{pid}").exists()


# --- Starting ----------------------------------------------------------------------------------


def test_process_comes_with_the_first_client(echo):
    one = echo(max_idle="1s").start()
    assert not one.running()
    with one.client() as client:
        assert client.ask("hello") == "hello"
        assert one.running() == [client.pid]
    instance.wait_until(lambda: not one.running(), what="end of the idle process")
    with one.client() as client:
        assert client.ask("again") == "again"


def test_resident_service_runs_at_once_and_stays(echo):
    services = "qmgr unix n - n 300 1 echo_daemon single\n"
    one = echo(services=services, max_idle="1s").start()
    (pid,) = one.running()
    assert one.find_log("woken up")
    time.sleep(2.5)
    assert one.running() == [pid]


def test_more_clients_more_processes_up_to_workers(echo):
    """Eight clients at once, in two processes of four each; the ninth waits for its turn."""
    services = "{port} inet n - n - 8 echo_daemon net\n"
    one = echo(default_workers=2, **NEVER_IDLE)
    one.allow("has reached its process limit")
    one.use(services.format(port=f"127.0.0.1:{one.port}"))
    one.start()
    clients = [one.client() for _ in range(8)]
    pids = []
    for client in clients:
        pids.append(client.pid)
        instance.wait_until(lambda: one.table(), what="status")
    assert sorted(pids.count(pid) for pid in set(pids)) == [4, 4]
    with one.client() as ninth:
        ninth.socket.settimeout(1)
        ninth.send("me")
        with pytest.raises(TimeoutError):
            ninth.socket.recv(1)
        ninth.socket.settimeout(20)
        clients.pop().close()
        assert ninth.socket.recv(100)
    for client in clients:
        client.close()


def test_a_process_for_each_client(echo):
    one = echo(worker_sessions=1).start()
    with one.client() as a, one.client() as b, one.client() as c:
        pids = [a.pid, b.pid, c.pid]
    assert len(set(pids)) == 3
    for pid in pids:
        instance.wait_until(lambda p=pid: is_gone(p), what="end with its client")
    with one.client() as client:
        assert client.pid not in pids


# --- Dying -------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["kill 9", "kill 24", "exit 1"])
def test_dead_process_is_replaced(echo, order):
    one = echo().start()
    one.allow("was killed by signal", "ended with status 1")
    with one.client() as client:
        first = client.pid
        client.send(order)
        assert client.answer() == ""
    with one.client() as client:
        assert client.pid != first
    number = order.split()[1]
    words = f"was killed by signal {number}" if "kill" in order else "ended with status 1"
    one.wait_log(rf"warning: service \S+: process {first} \(echo_daemon\) {words}")


def test_no_client_is_refused_while_a_service_dies(echo):
    one = echo(**NEVER_IDLE).start()
    one.allow("was killed by signal")
    for _ in range(10):
        with one.client() as client:
            client.send("kill 9")
            client.answer()
    with one.client() as client:
        assert client.ask("alive") == "alive"


def test_what_cannot_start_is_tried_less_and_less(echo):
    one = echo()
    good = one.services
    one.use(f"{good}broken unix - - n 60 - echo_daemon refuse\n")
    one.allow("refusing to open", "before it could serve", "does not start")
    done = one.run("postroad", "start", check=False)
    assert done.returncode != 0
    assert "service broken does not start" in done.stderr
    assert not one.running()

    one.use(f"{good}broken unix - - n - - echo_daemon refuse\n")
    one.start()
    with one.local("broken"):
        for seconds in (1, 2, 4):
            one.wait_log(rf"service broken: .* before it could serve.*next try in {seconds} s")
        with one.client() as client:
            assert client.ask("well") == "well"
        assert one.log_text().count("before it could serve") <= 5

        one.use(f"{good}broken unix - - n - - echo_daemon\n")
        one.reload()
        with one.local("broken") as client:
            assert client.ask("mended") == "mended"


@pytest.mark.skipif(not is_built_with("ENABLE_FAULTS"), reason="needs fault points")
@pytest.mark.parametrize("error", ["EMFILE", "ENOMEM", "ECONNABORTED"])
def test_shortage_at_accept_passes(echo, error):
    """A client that cannot be taken in now waits, and is served when there is room."""
    one = echo(**NEVER_IDLE)
    one.start(POSTROAD_FAULT=f"fail:accept:{error}:1-2:program=echo_daemon")
    one.allow("cannot accept clients")
    with one.client() as client:
        assert client.ask("in the end") == "in the end"
    assert one.log_text().count("cannot accept clients") == (error != "ECONNABORTED")


@pytest.mark.skipif(not is_built_with("ENABLE_FAULTS"), reason="needs fault points")
def test_shortage_at_start_of_a_process(echo):
    one = echo(**NEVER_IDLE)
    one.start(POSTROAD_FAULT="fail:fork:EAGAIN:1-2:program=master")
    one.allow("cannot start")
    with one.client() as client:
        assert client.ask("in the end") == "in the end"
    for seconds in (1, 2):
        assert one.find_log(rf"cannot start \S+/echo_daemon: .*; next try in {seconds} s")


def test_stuck_process_is_killed(echo):
    one = echo(daemon_timeout="3s", **NEVER_IDLE).start()
    one.allow("was killed by signal 14")
    with one.client() as client:
        stuck = client.pid
        client.send("spin")
        assert client.answer() == ""
    with one.client() as client:
        pid = client.pid
        assert pid != stuck
        time.sleep(4)  # one that is well is left alone
        assert client.pid == pid


def test_stopped_by_hand_finishes_its_clients(echo):
    one = echo(**NEVER_IDLE).start()
    with one.client() as client:
        pid = client.pid
        os.kill(pid, signal.SIGTERM)
        instance.wait_until(lambda: client.ask("draining") == "yes", what="draining")
        with one.client() as other:
            assert other.pid != pid
        assert client.ask("still") == "still"
    instance.wait_until(lambda: is_gone(pid), what="its end")


def test_start_right_after_kill_of_master(echo):
    """Its processes let go of everything by themselves, also one that has a client and one that is alone."""
    services = "{port} inet n - n - - echo_daemon net\nqmgr unix n - n 300 1 echo_daemon single\n"
    one = echo()
    one.use(services.format(port=f"127.0.0.1:{one.port}"))
    one.start()
    with one.client() as client:
        assert client.ask("first") == "first"
        old = one.running()
        one.signal(signal.SIGKILL)
        one.mail.master.wait()
        one.mail.launch()
        instance.wait_until(lambda: one.log_text().count("daemon started") == 2, what="start")
        assert client.ask("served to the end") == "served to the end"
        with one.client() as other:
            assert other.pid not in old
    instance.wait_until(lambda: not set(old) & set(one.running()), what="end of the old ones")


# --- Reload ------------------------------------------------------------------------------------


def test_reload_keeps_old_sessions_and_serves_new_ones_anew(echo):
    one = echo(mail_name="Before", **NEVER_IDLE).start()
    with one.client() as old:
        assert old.ask("get mail_name") == "Before"
        pid = old.pid
        one.configure(mail_name="After")
        one.reload()
        instance.wait_until(lambda: old.ask("draining") == "yes", what="draining")
        with one.client() as new:
            assert new.ask("get mail_name") == "After"
            assert new.pid != pid
        assert old.ask("get mail_name") == "Before"
    instance.wait_until(lambda: is_gone(pid), what="end of the old process")


def test_only_a_reload_brings_a_change(echo):
    """Processes that start later read main.cf as it was checked, whatever is in the file by now."""
    one = echo(mail_name="Before", max_idle="1s").start()
    with one.client() as client:
        assert client.ask("get mail_name") == "Before"
    instance.wait_until(lambda: not one.running(), what="end of the idle process")
    one.configure(mail_name="After", max_idle="soon")
    with one.client() as client:
        assert client.ask("get mail_name") == "Before"
    one.configure(max_idle="1s")
    one.reload()

    def name():
        with one.client() as client:
            return client.ask("get mail_name")

    instance.wait_until(lambda: name() == "After", what="a process with the new configuration")


BROKEN = {
    "value": ({"max_idle": "soon"}, None, r"main\.cf.*max_idle"),
    "port": ({}, "nosuchport inet n - n - - echo_daemon\n", r"master\.cf, line 2: nosuchport inet: there is no TCP port"),
    "column": ({}, "x unix - maybe n - - echo_daemon\n", r"master\.cf, line 2"),
    "override": ({}, "x unix - - n - - echo_daemon -o max_idle=soon\n", r"max_idle"),
    "address": ({}, "192.0.2.1:25 inet n - n - - echo_daemon\n", r"192\.0\.2\.1:25"),
    "twice": ({}, "[127.0.0.1]:{port} inet n - n - - echo_daemon\n", r"taken by line 1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_reload_changes_nothing(echo, what):
    main, line, words = BROKEN[what]
    one = echo(mail_name="Before", **NEVER_IDLE).start()
    one.allow("error: ", "warning: ")
    with one.client() as client:
        pid = client.pid
        one.configure(mail_name="After", **main)
        one.use(one.services + (line or "").format(port=one.port))
        if what != "address":  # which only opening the socket finds out
            done = one.run("postroad", "reload", check=False)
            assert done.returncode != 0
            assert re.search(words, done.stderr), done.stderr
            assert "nothing was reloaded" in done.stderr
        one.signal(signal.SIGHUP)
        one.wait_log("reload refused")
        assert re.search(rf"error: .*{words}", one.log_text())
        assert client.ask("draining") == "no"
        with one.client() as other:
            assert other.ask("get mail_name") == "Before"
            assert other.pid == pid


def test_stop_with_a_broken_configuration(echo):
    one = echo().start()
    one.configure(max_idle="soon")
    assert one.run("postroad", "status").returncode == 0
    one.run("postroad", "stop")
    assert one.mail.master.wait(20) == 0


def test_old_processes_serve_on_where_new_ones_fail(echo):
    one = echo(**NEVER_IDLE).start()
    good = one.services
    one.allow("refusing to open", "before it could serve")
    with one.client() as client:
        pid = client.pid
    one.use(good.replace("echo_daemon net", "echo_daemon net refuse"))
    one.reload()
    one.wait_log("before it could serve")
    with one.client() as client:
        assert client.pid == pid
    one.use(good)
    one.reload()
    instance.wait_until(lambda: is_gone(pid), what="end of the old process")
    with one.client() as client:
        assert client.ask("new") == "new"


def test_reload_brings_and_takes_services(echo):
    one = echo(**NEVER_IDLE).start()
    first = one.services
    port = instance.free_port()
    one.use(f"127.0.0.1:{port} inet n - n - - echo_daemon net\nx unix - - n - - echo_daemon\n")
    with one.client() as old:
        pid = old.pid
        one.reload()
        with Client(("127.0.0.1", port)) as client, one.local("x") as local:
            assert client.ask("here") == "here"
            assert local.ask("here") == "here"
        instance.wait_until(lambda: old.ask("draining") == "yes", what="draining")
        with pytest.raises(ConnectionRefusedError):
            one.client()
    instance.wait_until(lambda: is_gone(pid), what="end of the old process")
    one.use(first)
    one.reload()
    with one.client() as client:
        assert client.ask("back") == "back"
    assert not (one.spool / "private/x").exists()


def test_single_service_is_never_two(echo):
    one = echo(services="qmgr unix n - n 300 1 echo_daemon single\n").start()
    for _ in range(3):
        (old,) = one.running()
        one.reload()
        instance.wait_until(lambda p=old: is_gone(p), what="end of the old process")
        instance.wait_until(lambda: len(one.running()) == 1, what="the new process")
    with one.local("qmgr", "public") as client:
        assert client.ask("here") == "here"


def test_single_service_without_a_limit_in_master_cf(echo):
    """The program knows better than master.cf that there may be only one of it."""
    one = echo(services="x unix - - n - - echo_daemon single\n", default_workers=4, **NEVER_IDLE)
    one.start()
    clients = [one.local("x") for _ in range(40)]
    pids = {client.pid for client in clients}
    assert len(pids) == 1
    instance.wait_until(lambda: one.table()["x"]["starting"] == 0, what="no further process")
    assert set(one.running()) == pids
    for client in clients:
        client.close()


def test_single_service_serves_on_where_the_new_one_fails(echo):
    one = echo(services="qmgr unix n - n 300 1 echo_daemon single\n").start()
    one.allow("unknown option", "before it could serve")
    (old,) = one.running()
    one.use("qmgr unix n - n 300 1 echo_daemon -x single\n")
    one.reload()
    one.wait_log("before it could serve")
    with one.local("qmgr", "public") as client:
        assert client.pid == old


def test_log_file_that_was_moved_away(echo):
    one = echo().start()
    moved = one.log.with_suffix(".1")
    one.log.rename(moved)
    one.run("postroad", "reload")
    one.wait_log("reload --")
    assert "daemon started" in moved.read_text()


# --- Stop --------------------------------------------------------------------------------------


def test_stop_lets_clients_finish(echo):
    one = echo(**NEVER_IDLE).start()
    with one.client() as busy, one.client() as idle:
        busy.send("hold")
        idle.ask("me")
        one.run("postroad", "stop")
        assert one.mail.master.wait(20) == 0
        assert busy.answer() == "held"
        assert idle.answer() == ""
    assert one.find_log("terminating on signal 15")
    assert one.find_log("echo_daemon.*closed")


def test_stop_ends_what_does_not_listen(echo):
    one = echo(**NEVER_IDLE).start()
    one.allow("does not end and is killed", "was killed by signal 9")
    with one.client() as client:
        pid = client.pid
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        one.signal(signal.SIGTERM)
        assert one.mail.master.wait(20) == 0
        assert time.monotonic() - began < 10
    assert is_gone(pid)


def test_second_start_is_told_so(echo):
    one = echo().start()
    for command in ("start", "start-fg"):
        done = one.run("postroad", command, check=False)
        assert done.returncode != 0
        assert f"already running (process {one.mail.master.pid})" in done.stderr
    one.allow("already running")


# --- Mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "service, words",
    [
        ("x unix - - n - - nothing", "there is no program"),
        ("192.0.2.1:{port} inet n - n - - echo_daemon", "no such address"),
        ("nohost.invalid:{port} inet n - n - - echo_daemon", "nohost.invalid"),
        ("nosuchport inet n - n - - echo_daemon", 'no TCP port "nosuchport"'),
    ],
)
def test_mistakes_are_named(echo, service, words):
    one = echo(services=service.format(port=instance.free_port()) + "\n")
    one.allow("fatal: ", "error: ")
    done = one.run("postroad", "start", check=False)
    assert done.returncode != 0
    assert words in done.stderr
    assert not one.running()


def test_address_family_that_the_host_does_not_have(echo):
    """An IPv6 address that is not there is no reason not to serve the IPv4 one; alone it is."""
    port = instance.free_port()
    one = echo(services=f"{port} inet n - n - - echo_daemon net\n",
               inet_interfaces="127.0.0.1, [2001:db8::1]")  # fmt: skip
    one.start()
    one.allow("no such address")
    assert one.find_log(rf"warning: cannot listen on \[2001:db8::1\]:{port}: this host has no such")
    with Client(("127.0.0.1", port)) as client:
        assert client.ask("well") == "well"
    one.configure(inet_interfaces="[2001:db8::1]")
    one.signal(signal.SIGHUP)
    one.wait_log("reload refused")
    one.allow("reload refused")
    with Client(("127.0.0.1", port)) as client:
        assert client.ask("still") == "still"


@pytest.mark.skipif(not instance.is_root(), reason="needs root")
def test_as_the_first_process_of_a_container(echo):
    one = echo("root", services="x unix - - n - - echo_daemon\n")
    alone = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    command = one.mail.command
    one.mail.command = lambda program, *more: [*alone, *command(program, *more)]
    try:
        one.start()
    finally:
        one.mail.command = command
    first = int(Path(f"/proc/{one.mail.master.pid}/task/{one.mail.master.pid}/children").read_text())
    assert re.search(r"^NSpid:.*\s1$", Path(f"/proc/{first}/status").read_text(), re.MULTILINE)
    with one.local("x") as client:
        assert client.ask("well") == "well"
    os.kill(first, signal.SIGTERM)
    assert one.mail.master.wait(20) == 0


def test_services_of_postfix_that_are_not_needed(echo):
    one = echo()
    extra = "tlsmgr unix - - n 1000? 1 tlsmgr\npostlog unix-dgram n - n - 1 postlogd\n"
    one.use(one.services + extra)
    one.start()
    one.wait_log(r"master\[\d+\]: \S+/master\.cf: built in, and no services here: tlsmgr postlog$")
    with one.client() as client:
        assert client.ask("well") == "well"


def test_missing_program(echo):
    """One clear line; the other services go on."""
    one = echo()
    one.use(one.services + "x unix - - n - - nothing\n")
    one.allow("there is no program")
    one.start()
    assert one.log_text().count("line 2: x unix: there is no program") == 1
    with one.client() as client:
        assert client.ask("well") == "well"


def test_passed_clients(echo):
    """Type pass: a connection brings a client that somebody else accepted."""
    one = echo(services="passed pass - - n - - echo_daemon net\nx unix - - n - - echo_daemon\n")
    one.start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    with one.local("passed") as bringer:
        socket.send_fds(bringer.socket, [b"x"], [theirs.fileno()])
        theirs.close()
        ours.settimeout(20)
        ours.sendall(b"get process_name\n")
        assert ours.recv(100) == b"echo_daemon\n"
        assert bringer.socket.recv(1) == b""
    ours.close()
    with one.local("passed") as bringer:  # brings nothing
        bringer.send("x")
        assert bringer.answer() == ""


def test_wakes_up_once_used(echo):
    one = echo(services="x unix - - n 1? 1 echo_daemon\ny unix - - n - - echo_daemon\n", max_idle="1s")
    one.start()
    time.sleep(1.5)
    assert not one.find_log("woken up")
    with one.local("x") as client:
        pid = client.pid
    instance.wait_until(lambda: one.log_text().count("woken up") >= 3, what="wake-ups")
    assert pid in one.running()


def test_stress(echo):
    """As many clients as there may be: new sessions use other values, until it is over."""
    services = "{port} inet n - n - 2 echo_daemon net\n"
    one = echo(default_workers=1, **NEVER_IDLE)
    one.use(services.format(port=f"127.0.0.1:{one.port}"))
    one.start()
    one.allow("has reached its process limit")
    with one.client() as a:
        assert a.ask("get smtpd_timeout") == "300s"
        with one.client() as b:
            instance.wait_until(lambda: b.ask("get smtpd_timeout") == "10s", what="stress")
            assert b.ask("get smtpd_hard_error_limit") == "1"
            one.wait_log(r'warning: service "\S+" has reached its process limit "2": new clients')
        assert a.ask("get smtpd_timeout") == "10s"
        instance.wait_until(lambda: a.ask("get smtpd_timeout") == "300s", 30, "its end")
    one.wait_log("has room again")


def test_no_stress_below_the_limit(echo):
    services = "{port} inet n - n - 3 echo_daemon net\n"
    one = echo(default_workers=1, **NEVER_IDLE)
    one.use(services.format(port=f"127.0.0.1:{one.port}"))
    one.start()
    with one.client() as a, one.client() as b:
        time.sleep(1.5)
        assert a.ask("get smtpd_timeout") == b.ask("get smtpd_timeout") == "300s"
