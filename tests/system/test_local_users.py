# SPDX-License-Identifier: BSD-2-Clause
"""Users of this host: .forward, commands, files, other transports, and what users can do wrong.

As root the account is one that the test makes and takes away; rootless it is whoever runs the suite,
with a home that a table of accounts cannot change, so that only what needs no home is tested there.
"""

import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import threading
import time
from pathlib import Path

import instance
import pytest
from test_local import BODY, HERE, WRITTEN, box, send, wait_status

pytest_plugins = []
USER = f"postroad-test-{os.getpid()}"


class User:
    """An account of its own, with a home below the instance's folder."""

    def __init__(self, folder):
        self.home = folder / "home"
        subprocess.run(["useradd", "-M", "-d", self.home, "-s", "/bin/sh", USER], check=True)
        entry = pwd.getpwnam(USER)
        self.uid, self.gid = entry.pw_uid, entry.pw_gid
        self.make_home()

    def make_home(self):
        self.home.mkdir()
        os.chown(self.home, self.uid, self.gid)
        self.home.chmod(0o700)

    def write(self, name, text, mode=0o600):
        path = self.home / name
        path.write_text(text)
        os.chown(path, self.uid, self.gid)
        path.chmod(mode)
        return path

    def read(self, name):
        return (self.home / name).read_bytes()

    def wait(self, name):
        """The file, once it is there and its writer is done."""
        path = self.home / name
        instance.wait_until(lambda: path.exists() and path.stat().st_size > 0, what=f"{name}")
        return path.read_bytes()


@pytest.fixture(name="host")
def fixture_host(make_instance):
    """host(aliases="", files={}, **main): a started instance run by root, with `one.user`, an account of its
    own. files: in the folder of main.cf, which stands for CONFIG in values."""
    if not instance.is_root():
        pytest.skip("needs root")
    subprocess.run(["userdel", USER], capture_output=True, check=False)

    def start(aliases="", files=None, **main):
        one = make_instance("root")
        one.boxes = one.folder / "boxes"
        one.boxes.mkdir()
        one.boxes.chmod(0o1777)
        one.user = User(one.folder)
        source = one.config / "aliases"
        source.write_text(aliases)
        settings = {
            "mail_spool_directory": one.boxes, "alias_maps": f"hash:{source}", "myorigin": HERE,
            "alias_database": f"hash:{source}", "recipient_delimiter": "+",
        }  # fmt: skip
        settings |= {name: str(value).replace("CONFIG", str(one.config)) for name, value in main.items()}
        for name, text in (files or {}).items():
            (one.config / name).write_text(text)
        one.configure(**settings)
        one.run("postalias", source)
        one.start()
        return one

    yield start
    subprocess.run(["userdel", "-f", USER], capture_output=True, check=False)


# --- .forward ---------------------------------------------------------------------------------


def test_forward(host):
    one = host()
    one.user.write(".forward", f"# mine\n\\{USER}, one@example.com\n\t, two@example.com\n")
    send(one, USER)
    assert wait_status(one, USER, "sent").startswith("forwarded as ")
    instance.wait_until(lambda: box(one, USER).endswith(WRITTEN.replace(b"\nFrom me", b"\n>From me") + b"\n"))
    found = one.wait_messages("one@example.com")[0]
    one.wait_messages("two@example.com")
    assert f"Delivered-To: {USER}@{HERE}\n".encode() in found
    assert found.endswith(WRITTEN)
    one.wait_empty()


def test_forward_of_an_extension(host):
    one = host()
    one.user.write(".forward+list", "one@example.com\n")
    one.user.write(".forward", "two@example.com\n")
    send(one, f"{USER}+list")
    one.wait_messages("one@example.com")
    send(one, f"{USER}+other")
    send(one, USER)
    one.wait_messages("two@example.com", 2)
    assert not one.messages("one@example.com")[1:]


def test_forward_that_is_empty_or_gone(host):
    one = host()
    one.user.write(".forward", "# nobody\n\n")
    send(one, USER)
    assert wait_status(one, USER, "sent") == "delivered to mailbox"
    (one.user.home / ".forward").unlink()
    send(one, USER)
    instance.wait_until(lambda: box(one, USER).count(b"\nReturn-Path:") == 2)


def test_forward_that_nobody_understands(host):
    """It waits; the sender does not read what is in the file."""
    one = host()
    path = one.user.write(".forward", "one@example.com\nsecret words\n")
    send(one, USER)
    assert wait_status(one, USER, "deferred") == f"{path}, line 2: no address"
    assert "secret" not in one.log_text()


@pytest.mark.parametrize("what", ["mode", "link", "hard link", "fifo", "folder", "owner", "world"])
def test_forward_that_is_not_to_be_trusted(host, what):
    """The log says why, and the mailbox gets the message."""
    one = host()
    one.allow("cannot open file", "file .* is", "file .* has")
    path = one.user.home / ".forward"
    other = one.user.write("other", "one@example.com\n")
    if what == "mode":
        one.user.write(".forward", "one@example.com\n", mode=0)
    elif what == "link":
        path.symlink_to(other)
    elif what == "hard link":
        os.link(other, path)
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "owner":
        one.user.write(".forward", "one@example.com\n", mode=0o644)
        os.chown(path, 1, 1)
    else:
        one.user.write(".forward", "one@example.com\n", mode=0o606)
    send(one, USER)
    assert wait_status(one, USER, "sent") == "delivered to mailbox"
    one.wait_log(rf"warning: (cannot open )?file {re.escape(str(path))}")
    assert not one.messages("one@example.com")


def test_forward_that_is_exchanged_all_the_time(host):
    """Whatever name it has at which instant, another's file is never read."""
    one = host()
    one.allow("cannot open file", "file .* has")
    secret = one.folder / "secret"
    secret.write_text("stolen@example.com\n")
    secret.chmod(0o600)
    good = one.user.write("good", "one@example.com\n")
    path, spare = one.user.home / ".forward", one.user.home / "spare"
    done = threading.Event()

    def swap():
        while not done.is_set():
            spare.symlink_to(secret)
            spare.rename(path)
            shutil.copy2(good, spare)
            os.chown(spare, one.user.uid, one.user.gid)
            spare.rename(path)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(40):
            send(one, USER)
        one.wait_empty()
    finally:
        done.set()
        thread.join()
    assert not one.messages("stolen@example.com")
    got = len(one.messages("one@example.com"))
    written = box(one, USER).count(b"\nReturn-Path:") if (one.boxes / USER).exists() else 0
    assert got + written == 40


def test_loop_of_forwards(host):
    one = host("there: " + USER + "\n")
    one.user.write(".forward", "there\n")
    send(one, USER)
    assert wait_status(one, USER, "sent") == "delivered to mailbox"
    one.user.write(".forward", f"{USER}+a, {USER}+b@{HERE}\n")
    send(one, USER)
    instance.wait_until(lambda: box(one, USER).count(b"\nReturn-Path:") == 2)
    one.wait_empty()


# --- Commands -----------------------------------------------------------------------------------

SPY = """#!/bin/sh
cd "$1" || exit 1
{ id -u; id -g; id -G; pwd; env | sort; ls /proc/self/fd; ps -o pgid= -p $$; } > spy.new 2>&1
cat > message
mv spy.new spy
"""


def test_command_of_a_user(host):
    one = host(command_execution_directory="$home")
    spy = one.user.write("spy.sh", SPY, mode=0o700)
    one.user.write(".forward", f'"|{spy} {one.user.home}"\n')
    send(one, f"{USER}+Ext", sender='"bob(){x}"@example.org')
    assert wait_status(one, f"{USER}+Ext", "sent") == f"delivered to command: {spy} {one.user.home}"
    lines = one.user.wait("spy").decode().splitlines()
    assert lines[:4] == [str(one.user.uid), str(one.user.gid), str(one.user.gid), str(one.user.home)]
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    assert found.pop("PWD") == str(one.user.home)
    for name in ("_", "SHLVL", "OLDPWD"):
        found.pop(name, None)
    assert found.pop("MAIL_CONFIG") == str(one.config)
    assert found.pop("LANG") == "C"
    assert found == {
        "PATH": "/usr/bin:/bin", "HOME": str(one.user.home), "SHELL": "/bin/sh", "LOGNAME": USER, "USER": USER,
        "EXTENSION": "Ext", "DOMAIN": HERE, "LOCAL": f"{USER}+Ext", "RECIPIENT": f"{USER}+Ext@{HERE}",
        "ORIGINAL_RECIPIENT": f"{USER}+Ext@{HERE}", "SENDER": "bob___x_@example.org",
        "CLIENT_ADDRESS": "127.0.0.1", "CLIENT_HOSTNAME": "localhost", "CLIENT_PROTOCOL": "ESMTP",
        "CLIENT_HELO": found["CLIENT_HELO"],
    }  # fmt: skip
    at = lines.index("0")
    assert lines[at : at + 4] == ["0", "1", "2", "3"]  # 3 is the folder that ls reads
    message = one.user.read("message")
    assert re.match(rb"From .*\nReturn-Path: <.*>\nX-Original-To: .*\nDelivered-To: .*\nReceived: ", message)
    assert message.endswith(WRITTEN)


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("exit 75", "deferred", "temporary failure"),
        ("echo no such file; exit 67", "bounced", "user unknown. Command output: no such file"),
        ("echo 5.2.1 closed; exit 1", "bounced", "closed"),
        ("echo 4.2.1 later; exit 100", "deferred", "later"),
        ("echo a; echo b >&2; exit 3", "bounced",
         'Command died with status 3: "echo a; echo b >&2; exit 3". Command output: a b'),
        ("kill -9 $$", "deferred", 'Command died with signal 9: "kill -9 $$"'),
        ("exec <&-; exit 0", "sent", "delivered to command: exec <&-; exit 0"),
        ("/nowhere/program", "deferred", 'cannot start the command "/nowhere/program": No such file or directory'),
        ("nowhere-program", "bounced",
         'Command died with status 127: "nowhere-program". Command output: /bin/sh: 1: nowhere-program: not found'),
        ("true", "sent", "delivered to command: true"),
    ],
)  # fmt: skip
def test_what_a_command_says(host, command, status, words):
    one = host()
    one.user.write(".forward", f'"|{command}"\n')
    send(one, USER)
    found = wait_status(one, USER, status)
    assert found == words


def test_command_that_hangs(host):
    """It is killed with all its group, by its own user."""
    one = host(command_time_limit="2s")
    one.user.write(".forward", f'"|echo started; sleep 1000 & echo $! > {one.user.home}/pid; sleep 1000"\n')
    began = time.monotonic()
    send(one, USER)
    words = wait_status(one, USER, "bounced")
    assert words.startswith('Command time limit exceeded: "echo started;')
    assert words.endswith("Command output: started")
    assert 1.5 < time.monotonic() - began < 10
    pid = int(one.user.read("pid"))
    instance.wait_until(lambda: not Path(f"/proc/{pid}").exists())


def test_a_command_that_waits_holds_what_comes_after_it(host):
    """Each try would give the others one more copy."""
    one = host()
    ready = one.user.home / "ready"
    one.user.write(".forward", f'"|true", "|test -e {ready} || exit 75", \\{USER}, one@example.com\n')
    send(one, USER)
    assert wait_status(one, USER, "deferred") == "temporary failure"
    assert not (one.boxes / USER).exists()
    assert not one.messages("one@example.com")
    ready.touch()
    one.run("postqueue", "-f")
    one.wait_messages("one@example.com")
    instance.wait_until(lambda: box(one, USER).count(b"\nReturn-Path:") == 1)
    one.wait_empty()
    assert len(one.messages("one@example.com")) == 1


def test_command_that_will_not_read_or_be_quiet(host):
    """Megabytes of output and of input that nobody reads."""
    one = host()
    one.user.write(".forward", '"|head -c 3000000 /dev/zero | tr \\\\\\\\0 x; exit 75"\n')
    lines = b"".join(b"%06d of a large message\r\n" % i for i in range(20000))
    send(one, USER, body=BODY + lines)
    words = wait_status(one, USER, "deferred")
    assert words.startswith("temporary failure. Command output: xxxxx")
    assert len(words) < 1100


def test_large_message_to_a_command(host):
    one = host()
    one.user.write(".forward", f'"|cat > {one.user.home}/got"\n')
    lines = b"".join(b"%06d of a large message\r\n" % i for i in range(20000))
    send(one, USER, body=BODY + lines)
    wait_status(one, USER, "sent")
    assert one.user.read("got").endswith((BODY + lines).replace(b"\r\n", b"\n"))


def test_a_command_that_hangs_holds_nobody_else(host):
    one = host(command_time_limit="30s")
    one.user.write(".forward", '"|sleep 1000"\n')
    send(one, USER)
    time.sleep(0.3)
    send(one, "games")
    assert wait_status(one, "games", "sent") == "delivered to mailbox"
    (one.user.home / ".forward").unlink()
    for pid in one.processes():
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in map(int, children):
            if Path(f"/proc/{child}/comm").read_text() == "sleep\n":
                os.kill(child, signal.SIGKILL)
    wait_status(one, USER, "deferred")


def test_mailbox_command(host):
    one = host(mailbox_command="cat /dev/null - $HOME/x none > $HOME/$USER.got",
               mailbox_command_maps="inline:{games=true}")  # fmt: skip
    one.user.write("x", "x")
    one.user.write("none", "")
    send(one, USER)
    words = wait_status(one, USER, "bounced")
    assert "none: No such file" in words
    assert one.user.read(f"{USER}.got").endswith(b"end\nx")
    send(one, "games")
    assert wait_status(one, "games", "sent") == "delivered to command: true"


@pytest.mark.parametrize("local", ["`id`", "$(id)", "';id;'", "|id", "-rf", "a b", "${x}", "../../x", "/etc/passwd"])
def test_hostile_names(host, local):
    """Nobody's text is a command, a path or an option: neither as a user nor in an environment."""
    one = host(mailbox_command='echo [$USER] [$EXTENSION] $LOCAL "$RECIPIENT"; exit 67', local_recipient_maps="")  # fmt: skip
    send(one, f'"{USER}+{local}"')
    line = one.wait_log(r"relay=local,.* status=(\w+) \((.*)\)$")
    assert line.group(1) == "bounced"
    assert "uid=" not in line.group(2)
    assert line.group(2).startswith(f"user unknown. Command output: [{USER}] [")
    send(one, f'"{local}"')
    instance.wait_until(lambda: one.log_text().count("relay=local") == 2)
    last = [text for text in one.log_text().splitlines() if "relay=local" in text][-1]
    assert "status=bounced" in last and "unknown user" in last


def test_command_of_an_alias(host):
    """Root's aliases run as default_privs, others' as those who own them."""
    one = host(f"a: \"|id -u > /tmp/$USER.{os.getpid()} && false\"\n", default_privs="games")
    source = one.config / "aliases"
    out = Path(f"/tmp/a.{os.getpid()}")
    try:
        send(one, "a")
        wait_status(one, "a", "bounced")
        assert int(out.read_text()) == pwd.getpwnam("games").pw_uid
        out.unlink()
        os.chown(f"{source}.db", one.user.uid, one.user.gid)
        send(one, "a")
        instance.wait_until(out.exists)
        instance.wait_until(lambda: out.read_text() == f"{one.user.uid}\n")
    finally:
        out.unlink(missing_ok=True)


def test_what_is_restricted(host):
    one = host('c: "|true"\nf: /dev/null\ni: :include:/tmp/postroad-list\n', allow_mail_to_commands="forward",
               allow_mail_to_files="forward")  # fmt: skip
    path = Path("/tmp/postroad-list")
    path.write_text("|true\n")
    try:
        for name, words in (("c", "command"), ("f", "file"), ("i", "command")):
            send(one, name)
            assert wait_status(one, name, "bounced") == f"mail to {words} is restricted"
    finally:
        path.unlink()


def test_roots_command_is_not_roots(host):
    one = host(mailbox_command="id -u; exit 67", default_privs="games")
    send(one, "root")
    words = wait_status(one, "root", "bounced")
    assert words == f"user unknown. Command output: {pwd.getpwnam('games').pw_uid}"


def test_shell(host):
    one = host(local_command_shell="/bin/echo a  b", mailbox_command="c  d")
    send(one, USER)
    assert wait_status(one, USER, "sent") == "delivered to command: c  d"


# --- Files --------------------------------------------------------------------------------------


def test_files(host):
    one = host("null: /dev/null\n")
    send(one, "null")
    assert wait_status(one, "null", "sent") == "delivered to file: /dev/null"
    one.user.write(".forward", f"{one.user.home}/saved, {one.user.home}/Mail/\n")
    send(one, USER)
    wait_status(one, USER, "sent")
    instance.wait_until(lambda: len(list(one.user.home.glob("Mail/new/*"))) == 1)
    saved = one.user.home / "saved"
    assert saved.read_bytes().startswith(b"From sender@example.org  ")
    assert saved.stat().st_uid == one.user.uid and stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_file_that_is_a_program(host):
    one = host()
    target = one.user.write("program", "#!/bin/sh\n", mode=0o700)
    one.user.write(".forward", f"{target}\n")
    send(one, USER)
    assert wait_status(one, USER, "bounced") == f"cannot append message to file {target}: file is executable"
    assert target.read_text() == "#!/bin/sh\n"


def test_mailbox_that_is_exchanged_all_the_time(host):
    """CVE-2008-2936: root's file, or another's, is never written."""
    one = host(mailbox_delivery_lock="fcntl")
    one.boxes.chmod(0o777)
    victim = one.folder / "victim"
    victim.write_text("")
    victim.chmod(0o666)
    path, spare = one.boxes / USER, one.boxes / "spare"
    done = threading.Event()

    def swap():
        while not done.is_set():
            spare.symlink_to(victim)
            spare.rename(path)
            os.link(victim, spare)
            spare.rename(path)
            path.unlink(missing_ok=True)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(30):
            send(one, USER)
        time.sleep(1)
    finally:
        done.set()
        thread.join()
    instance.wait_until(lambda: one.log_text().count("relay=local") >= 30)
    assert victim.read_text() == ""


# --- Other transports ---------------------------------------------------------------------------


def test_mailbox_transport(host):
    """Another program delivers; here that of table mailboxes, which knows games."""
    one = host(files={"mailboxes": f"/^(games|list)@{re.escape(HERE)}$/ here/$1/\n"}, mailbox_transport="virtual")
    send(one, "games")
    assert one.wait_log(r"passing <games@local.example.net> to transport=virtual$")
    assert one.wait_log(r"to=<games@local.example.net>, relay=virtual, .*status=sent \(delivered to maildir\)")
    send(one, "news")
    assert one.wait_log(r'to=<news@.*>, relay=virtual, .*status=bounced \(unknown user: "news@local')


def test_transports_that_need_no_agent(host):
    one = host("both: news, one@example.com\n", mailbox_transport_maps="inline:{{news=error:5.2.1 closed}}",
               fallback_transport="discard:")  # fmt: skip
    send(one, "news")
    assert wait_status(one, "news", "bounced") == "closed"
    send(one, "noone")
    assert wait_status(one, "noone", "sent") == "noone" or one.find_log("to=<noone@.*status=sent")
    send(one, "both")
    one.wait_messages("one@example.com")
    instance.wait_until(lambda: one.log_text().count("status=bounced (closed)") == 2)


def test_luser_relay(host):
    one = host(luser_relay="one+$local@example.com")
    send(one, "noone")
    assert wait_status(one, "noone", "sent").startswith("forwarded as ")
    assert one.wait_messages("one+noone@example.com")


def test_status_filter(host):
    rules = "/^2.0.0 (delivered to mailbox)$/ 2.0.0 $1, in time\n/^5.1.1 (.*)/ 4.1.1 not yet: $1\n/./ 5.0.0 no\n"
    one = host(files={"rules": rules}, local_delivery_status_filter="regexp:CONFIG/rules")
    send(one, USER)
    assert wait_status(one, USER, "sent") == "delivered to mailbox, in time"
    send(one, "noone")
    assert wait_status(one, "noone", "deferred") == 'not yet: unknown user: "noone"'


# --- Homes and accounts -------------------------------------------------------------------------


def test_home_that_appears_later(host):
    one = host(home_mailbox="Maildir/", require_home_directory="yes")
    shutil.rmtree(one.user.home)
    send(one, USER)
    assert wait_status(one, USER, "deferred") == f"cannot access home directory {one.user.home} of user {USER}"
    one.user.make_home()
    one.run("postqueue", "-f")
    instance.wait_until(lambda: len(list(one.user.home.glob("Maildir/new/*"))) == 1)
    one.wait_empty()


@pytest.fixture(name="small_disk")
def fixture_small_disk(tmp_path):
    """A file system of 64 KiB, for anyone."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=1777", "none", tmp_path], check=False)
    if done.returncode != 0:
        pytest.skip("needs the right to mount")
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_disk_that_is_full(host, small_disk, kind):
    """What did not fit leaves no trace, and comes when there is room."""
    one = host(mail_spool_directory=f"{small_disk}/" if kind == "maildir" else str(small_disk))
    send(one, USER)
    wait_status(one, USER, "sent")
    before = sorted((path, path.stat().st_size) for path in small_disk.rglob("*") if path.is_file())
    big = BODY + b"".join(b"%06d of a message that is too large\r\n" % i for i in range(2000))
    send(one, USER, body=big)
    assert wait_status(one, USER, "deferred").endswith(": No space left on device")
    assert one.find_log("dsn=4.3.1, status=deferred")
    assert sorted((path, path.stat().st_size) for path in small_disk.rglob("*") if path.is_file()) == before
    subprocess.run(["mount", "-o", "remount,size=1m", small_disk], check=True)
    one.run("postqueue", "-f")
    one.wait_empty()
    assert sum(path.stat().st_size for path in small_disk.rglob("*") if path.is_file()) > 70000


def test_user_that_vanishes(host):
    one = host()
    send(one, USER)
    wait_status(one, USER, "sent")
    subprocess.run(["userdel", "-f", USER], capture_output=True, check=True)
    time.sleep(6)
    send(one, USER)
    assert wait_status(one, USER, "bounced") == f'unknown user: "{USER}"'


def test_delivered_to(host):
    one = host(f"list: {USER}\n", frozen_delivered_to="no", prepend_delivered_header="file")
    send(one, "list")
    wait_status(one, USER, "sent")
    assert f"X-Original-To: list@{HERE}\nDelivered-To: {USER}@{HERE}\n".encode() in box(one, USER)
    one.user.write(".forward", f'"|cat > {one.user.home}/got", one@example.com\n')
    send(one, USER)
    assert b"Delivered-To" not in one.user.wait("got")
    assert f"Delivered-To: {USER}".encode() not in one.wait_messages("one@example.com")[0]
