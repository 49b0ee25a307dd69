# SPDX-License-Identifier: BSD-2-Clause
"""Under others' care: service managers, containers, process 1, health checks; odd hosts."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import instance
import pytest
import smtp

MESSAGE = b"Subject: x\r\n\r\nhello\r\n"
BUILD = Path(os.environ.get("POSTROAD_BUILD", "."))

needs_root = pytest.mark.skipif(not instance.is_root(), reason="needs root")


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.path.chmod(0o666)
        self.socket.settimeout(20)
        self.said = []

    def wait(self, word):
        while True:
            self.said.append(self.socket.recv(4096).decode())
            if word in self.said[-1].splitlines():
                return self.said[-1]


def test_notify(make_instance):
    mail = make_instance()
    manager = Manager(mail.folder)
    mail.launch(NOTIFY_SOCKET=str(manager.path), WATCHDOG_USEC="400000")
    assert "STATUS=serving" in manager.wait("READY=1")
    assert instance.greets(mail.port)
    manager.wait("WATCHDOG=1")
    manager.wait("WATCHDOG=1")
    mail.run("postroad", "reload")
    assert re.search(r"^MONOTONIC_USEC=\d+$", manager.wait("RELOADING=1"), re.M)
    manager.wait("READY=1")
    mail.stop()
    manager.wait("STOPPING=1")


def test_notify_without_a_name(make_instance):
    """An abstract socket, and no watchdog of ours."""
    mail = make_instance()
    name = f"postroad-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(f"\0{name}")
        s.settimeout(20)
        mail.launch(NOTIFY_SOCKET=f"@{name}", WATCHDOG_USEC="100000", WATCHDOG_PID="1")
        assert s.recv(4096).startswith(b"READY=1\n")
        s.settimeout(1)
        with pytest.raises(TimeoutError):
            s.recv(4096)


HAND_OVER = """
import os, socket, sys
sockets = []
for i, port in enumerate(sys.argv[2].split(",")):
    s = socket.create_server(("127.0.0.1", int(port)))
    os.dup2(s.fileno(), 3 + i)
    os.set_inheritable(3 + i, True)
    sockets.append(s)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": sys.argv[1]}
os.execv(sys.argv[3], sys.argv[3:])
"""


def hand_over(mail, names, ports):
    with open(mail.words, "ab") as words:
        command = mail.command("postroad", "start-fg")
        at = command.index(mail.stage.sbin / "postroad")
        wrapped = [*command[:at], "/usr/bin/python3", "-c", HAND_OVER, names,
                   ",".join(map(str, ports)), *command[at:]]  # fmt: skip
        mail.master = subprocess.Popen(
            list(map(str, wrapped)), stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd="/",
            env=mail.environment(), start_new_session=True,
        )  # fmt: skip


def test_sockets_handed_over(make_instance):
    """By name, although master.cf says another address; by address; and one that nobody wants."""
    mail = make_instance()
    other, third, unwanted = (instance.free_port() for _ in range(3))
    mail.services += f"127.0.0.1:{third} inet n - n - - smtpd\n"
    name = f"127.0.0.1:{mail.port}"
    mail.write()
    mail.allow("handed over is no service's")
    hand_over(mail, "third:x:unwanted", [third, mail.port, unwanted])
    instance.wait_until(lambda: instance.greets(mail.port), what="greeting")
    assert instance.greets(third)
    assert mail.find_log(rf'"unwanted" \(127\.0\.0\.1, port {unwanted}\) that was handed over')
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", unwanted))
    mail.stop()

    mail.services = mail.services.replace(name, str(mail.port)).replace(f"127.0.0.1:{third}", "2")
    mail.services = mail.services.replace("2 inet", f"{third} inet")
    mail.write()
    hand_over(mail, str(mail.port), [other])
    instance.wait_until(lambda: instance.greets(other), what="greeting")
    mail.run("postroad", "reload")
    assert instance.greets(other)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", mail.port))


@needs("systemd-analyze")
def test_unit_is_well_fenced():
    """What is left open is what mail needs; the figure is systemd's own."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", BUILD / "conf/postroad.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    figure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout + done.stderr)
    assert figure and float(figure.group(1)) <= 2.5, done.stdout + done.stderr
    assert "ignoring" not in done.stdout + done.stderr


# --- Options of master -------------------------------------------------------------------------


def master(mail, *options, **more):
    return subprocess.Popen(
        mail.as_owner([str(mail.stage.libexec / "master"), "-c", str(mail.config), *options]),
        stdin=subprocess.DEVNULL, env=mail.environment(), cwd="/", **more,
    )  # fmt: skip


def test_ends_by_itself(mail):
    mail.stop()
    begin = time.monotonic()
    assert master(mail, "-d", "-e", "2").wait(30) == 0
    assert 1.9 < time.monotonic() - begin < 20
    assert mail.find_log("ending, as option -e said")


def test_tells_whether_one_runs(mail):
    assert master(mail, "-t").wait(20) != 0
    mail.stop()
    assert master(mail, "-t").wait(20) == 0


def test_debugger(mail):
    mail.stop()
    mark = mail.folder / "log/debugger"
    mail.configure(debugger_command=f"echo $process_name $process_id >{mark}")
    with master(mail, "-D", "-s", "-e", "3") as process:
        instance.wait_until(lambda: mark.exists() and mark.read_text(), what="the debugger")
        assert mark.read_text().split()[0] == "master"
        process.wait(30)


def in_own_processes(mail, script):
    """The script is process 1 of a process name space of its own."""
    mail.words.touch()
    mail.words.chmod(0o666)
    with open(mail.words, "ab") as words:
        return subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=mail.environment(),
        )  # fmt: skip


@needs_root
def test_process_1(make_instance):
    """start-fg as process 1: it reaps orphans of others, and ends when told to."""
    mail = make_instance("root", maillog_file="/dev/stdout", maillog_file_prefixes="/dev/stdout")
    # The child leaves an orphan, which is process 1's when it ends.
    script = f"(sleep 1 & exec sleep 0.2) & exec {mail.stage.sbin}/postroad start-fg"
    process = in_own_processes(mail, script)
    try:
        instance.wait_until(lambda: instance.greets(mail.port), what="greeting")
        smtp.deliver(mail.port, "one@example.com", MESSAGE)
        mail.wait_messages("one@example.com")
        first = int(subprocess.check_output(["pgrep", "-P", str(process.pid)]))
        time.sleep(1.5)

        def zombies():
            states = subprocess.check_output(["ps", "-o", "stat=", "--ppid", str(first)], text=True)
            return [state for state in states.split() if state.startswith("Z")]

        assert not zombies()
        os.kill(first, signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


# --- Health -------------------------------------------------------------------------------------


def test_health(mail):
    for level in ("live", "ready", "deep"):
        done = mail.run("postroad", "health", level)
        assert done.stdout == f"{level}: ok\n"
        row = json.loads(mail.run("postroad", "health", level, "--json").stdout)
        assert row == {"check": level, "ok": True, "text": "ok"}
    assert not mail.queue()
    assert mail.run("postroad", "health", "well", check=False).returncode == 64

    mail.configure(queue_minfree=str(1 << 60))
    done = mail.run("postroad", "health", "ready", check=False)
    assert done.returncode != 0 and "the disk is full" in done.stdout
    assert mail.run("postroad", "health", "live").returncode == 0
    mail.configure(queue_minfree=None)

    mail.stop()
    done = mail.run("postroad", "health", "live", "--json", check=False)
    assert done.returncode != 0
    assert json.loads(done.stdout)["ok"] is False


def test_health_of_a_queue_manager_that_is_stuck(mail):
    """It lives, and master thinks so too; only who asks it finds out."""
    stuck = int((mail.spool / "pid/qmgr.lock").read_text())
    os.kill(stuck, signal.SIGSTOP)
    try:
        assert mail.run("postroad", "health", "live").returncode == 0
        done = mail.run("postroad", "health", "ready", check=False)
        assert done.returncode != 0
        assert "the queue manager does not answer" in done.stdout
    finally:
        os.kill(stuck, signal.SIGCONT)


# --- Containers ---------------------------------------------------------------------------------


@needs_root
@needs("bwrap")
@pytest.mark.parametrize("uid", [4711, 1000650000])
def test_container(make_instance, uid):
    """Any account, unknown to the host, no capability, a root that is read-only, one volume."""
    mail = make_instance()
    volume = mail.folder / "volume"
    for folder in (volume, volume / "mail"):
        folder.mkdir()
        os.chown(folder, uid, 0)
    mail.configure(
        queue_directory=volume / "queue", data_directory=volume / "data",
        virtual_mailbox_base=volume / "mail", maillog_file=None, maillog_file_prefixes=None,
        virtual_uid_maps=f"static:{uid}", virtual_gid_maps="static:0", mail_spool_directory=None,
    )  # fmt: skip
    with open(mail.words, "ab") as words:
        process = subprocess.Popen(
            ["setpriv", f"--reuid={uid}", "--regid=0", "--clear-groups", "--inh-caps=-all",
             "--bounding-set=-all", "--no-new-privs", "--",
             "bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--bind", volume, volume,
             "--unshare-user", "--unshare-pid", "--unshare-ipc", "--as-pid-1", "--die-with-parent",
             mail.stage.sbin / "postroad", "start-fg"],
            stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd="/", env=mail.environment(),
        )  # fmt: skip
    try:
        instance.wait_until(
            lambda: instance.greets(mail.port) or process.poll() is not None, what="greeting"
        )
        assert process.poll() is None, mail.words.read_text()
        assert smtp.deliver(mail.port, "c@example.com", MESSAGE).code == 250
        box = volume / "mail/example.com/c/new"
        instance.wait_until(lambda: box.exists() and list(box.iterdir()), what="delivery")
        instance.wait_until(lambda: "status=sent" in mail.words.read_text(), what="the log")
    finally:
        process.terminate()
        process.wait(30)


# --- Odd hosts ----------------------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("name", ["x", "under_score", "-", "1.2.3.4", "name..dots", "(none)", "a" * 64])
def test_odd_host_name(make_instance, name):
    mail = make_instance("root", myhostname=None)
    mail.allow("host name|myhostname")
    with open(mail.words, "ab") as words:
        mail.master = subprocess.Popen(
            ["unshare", "--uts", "sh", "-c",
             "/usr/bin/python3 -c 'import socket, sys; socket.sethostname(sys.argv[1])' "
             f"'{name}' && exec {mail.stage.sbin}/postroad start-fg"],
            stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=mail.environment(),
            start_new_session=True,
        )  # fmt: skip
    instance.wait_until(mail.is_ready, what="greeting")
    assert smtp.deliver(mail.port, "h@example.com", MESSAGE).code == 250
    mail.wait_messages("h@example.com")


@needs_root
def test_no_ipv6(make_instance):
    """::1 is configured, as everywhere, and this host has none: a warning, and the rest is served."""
    mail = make_instance("root", inet_interfaces="127.0.0.1, [::1]", inet_protocols="all")
    mail.services = mail.services.replace("127.0.0.1:", "")
    mail.write()
    mail.allow("::1|IPv6|no such address")
    # A network of its own, in which only 127.0.0.1 was brought up.
    script = (
        "ip link set lo up; sysctl -qw net.ipv6.conf.all.disable_ipv6=1; "
        f"{mail.stage.sbin}/postroad start && {mail.stage.sbin}/postroad health ready; "
        f"{mail.stage.sbin}/postroad stop"
    )
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script],
        capture_output=True, text=True, env=mail.environment(), timeout=60, check=False,
    )  # fmt: skip
    assert "ready: ok" in done.stdout, done.stdout + done.stderr + mail.log_text()
    assert mail.find_log(r"warning: cannot listen on \[::1\]")


def test_stale_lock_file(make_instance):
    """A process id that is somebody else's, as after a crash and a restart of the machine."""
    mail = make_instance()
    mail.run("postroad", "set-permissions")
    pid = mail.spool / "pid/master.pid"
    pid.write_text("1\n")
    os.chown(pid, mail.uid, -1)
    mail.start()
    assert smtp.deliver(mail.port, "s@example.com", MESSAGE).code == 250
    mail.wait_messages("s@example.com")


def test_words_of_upgrade(mail):
    done = mail.run("postroad", "upgrade-configuration")
    assert "nothing is to be done" in done.stderr
