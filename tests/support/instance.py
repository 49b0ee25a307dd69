# SPDX-License-Identifier: BSD-2-Clause
"""A private Postroad in a folder of its own: configured, started, watched and stopped.

    stage = Stage(build)                    # `make install` into a temporary folder, once
    with Instance(stage) as mail:           # one instance
        mail.configure(log_format="json")   # main.cf, on top of BASE
        mail.start()
        ...
    # on leaving: stopped, and its log judged

Two ways to run: `rootless`, everything as one ordinary account, and `root`, where master is root and
uses two accounts. Tests that run as root use accounts that every Debian has and give them nothing of
the machine's.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# Accounts of base-passwd, lent for a while; MAILBOX_UID needs no account.
ROOTLESS_OWNER = "games"
MAIL_OWNER = "list"
NETWORK_OWNER = "irc"
MAILBOX_UID = 5000

START_SECONDS = 20
STOP_SECONDS = 30
WAIT_SECONDS = 20

DOMAIN = "example.com"  # its mailboxes: every local part, in mail/DOMAIN/LOCAL/

TROUBLE = re.compile(r": (warning|error|fatal|panic): |ERROR: .*Sanitizer|runtime error:")


def is_root():
    return os.geteuid() == 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds=WAIT_SECONDS, what="condition"):
    """The first true answer of condition(); fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def greets(port):
    """Something says 220 on that port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            return s.recv(4).startswith(b"220")
    except OSError:
        return False


def programs_below(folder):
    """Process ids that run a program below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                program = os.readlink(entry / "exe")
            except OSError:
                continue
            if program.startswith(f"{folder}/"):
                found.append(int(entry.name))
    return found


class Stage:
    """The suite as `make install` puts it, in a folder that every account may read."""

    def __init__(self, build):
        self.build = Path(build)
        self.folder = Path(tempfile.mkdtemp(prefix="postroad-stage-"))
        self.folder.chmod(0o755)
        command = ["make", "-s", "-C", build, "install", f"DESTDIR={self.folder}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"make install failed:\n{done.stdout}{done.stderr}")
        self.sbin = self.find("sbin/postroad").parent
        self.libexec = self.find("libexec/postroad/master").parent
        self.conf = self.find("etc/postroad/master.cf").parent

    def find(self, end):
        for path in self.folder.rglob(end):
            return path
        raise RuntimeError(f"make install made no {end}")

    def processes(self):
        return programs_below(self.folder)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Instance:
    """One running mail system. Attributes: folder, config, spool, mail (Maildirs), port, log."""

    def __init__(self, stage, mode="rootless", folder=None):
        self.stage = stage
        self.mode = mode
        self.folder = Path(folder or tempfile.mkdtemp(prefix="postroad-"))
        self.folder.chmod(0o755)
        self.config = self.folder / "etc"
        self.spool = self.folder / "spool"
        self.mail = self.folder / "mail"
        self.log = self.folder / "log/mail.log"
        self.words = self.folder / "log/words"  # standard output and error of master
        self.port = free_port()
        self.master = None
        self.allowed = [re.compile("postdrop is not set-gid")]  # `make install` gives that to packagers
        self.main = {}
        self.services = None
        self.prepare()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            self.stop()
            if kind is None:
                self.judge()
        finally:
            self.remove()

    # --- Folders and configuration ----------------------------------------------------------

    def prepare(self):
        for name in ("etc", "spool", "data", "mail", "log"):
            (self.folder / name).mkdir()
        if self.mode == "root":
            self.give(self.folder / "data", pwd.getpwnam(MAIL_OWNER).pw_uid)
            self.give(self.mail, MAILBOX_UID)
        elif is_root():
            uid = pwd.getpwnam(ROOTLESS_OWNER).pw_uid
            for name in ("", "etc", "spool", "data", "mail", "log"):
                self.give(self.folder / name, uid)
        owner = MAILBOX_UID if self.mode == "root" else self.uid
        self.main = {
            "queue_directory": self.spool,
            "data_directory": self.folder / "data",
            "daemon_directory": self.stage.libexec,
            "command_directory": self.stage.sbin,
            "mail_owner": MAIL_OWNER,
            "network_owner": NETWORK_OWNER,
            "maillog_file": self.log,
            "maillog_file_prefixes": self.folder,
            "myhostname": "mail.example.net",
            "mydestination": "$myhostname, local.example.net",
            "mynetworks": "127.0.0.0/8",
            "smtpd_peername_lookup": "no",
            "local_recipient_maps": "",
            "alias_maps": "",
            "alias_database": "",
            "mail_spool_directory": f"{self.mail}/",
            "virtual_mailbox_domains": DOMAIN,
            "virtual_mailbox_base": self.mail,
            "virtual_mailbox_maps": f"regexp:{self.config}/mailboxes",
            "virtual_uid_maps": f"static:{owner}",
            "virtual_gid_maps": f"static:{owner}",
            "virtual_minimum_uid": "1",
            "import_environment": "MAIL_CONFIG MAIL_DEBUG TZ LANG=C "
            "ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS POSTROAD_FAULT",
        }
        (self.config / "mailboxes").write_text(f"/^([^@]+)@{re.escape(DOMAIN)}$/ {DOMAIN}/$1/\n")
        self.services = self.installed_services()
        self.write()

    @property
    def uid(self):
        """Who runs master."""
        if self.mode == "root" or not is_root():
            return os.geteuid()
        return pwd.getpwnam(ROOTLESS_OWNER).pw_uid

    @staticmethod
    def give(path, uid):
        os.chown(path, uid, pwd.getpwuid(uid).pw_gid if uid != MAILBOX_UID else uid)

    def installed_services(self):
        """master.cf as installed, with our port in place of 25."""
        text = (self.stage.conf / "master.cf").read_text()
        return re.sub(r"^smtp(\s+inet)", rf"127.0.0.1:{self.port}\1", text, flags=re.MULTILINE)

    def configure(self, **parameters):
        """Sets parameters; None takes one out. Holds from the next start or reload on."""
        for name, value in parameters.items():
            if value is None:
                self.main.pop(name, None)
            else:
                self.main[name] = value
        self.write()

    def write(self):
        text = "".join(f"{name} = {value}\n" for name, value in self.main.items())
        (self.config / "main.cf").write_text(text)
        (self.config / "master.cf").write_text(self.services)

    # --- Life -------------------------------------------------------------------------------

    def environment(self, **more):
        sanitizers = f"log_path={self.folder}/log/sanitizer:abort_on_error=0"
        return os.environ | {
            "MAIL_CONFIG": str(self.config),
            "ASAN_OPTIONS": sanitizers,
            "UBSAN_OPTIONS": f"{sanitizers}:print_stacktrace=1",
            **more,
        }

    def command(self, program, *arguments):
        return self.as_owner([self.stage.sbin / program, *arguments])

    def as_owner(self, command):
        """The command as it is run by whoever runs this instance."""
        if self.mode == "rootless" and is_root():
            return ["setpriv", f"--reuid={self.uid}", f"--regid={pwd.getpwuid(self.uid).pw_gid}",
                    "--clear-groups", "--", *command]  # fmt: skip
        return command

    def run(self, program, *arguments, check=True, environment=None, **options):
        """Runs one of our commands to its end; text in, text out."""
        done = subprocess.run(
            self.command(program, *map(str, arguments)),
            capture_output=True, check=False, timeout=60, cwd="/",
            env=environment or self.environment(),
            **({"text": True} | options),
        )  # fmt: skip
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} {arguments}: status {done.returncode}: {done.stderr}")
        return done

    def start_command(self, program, *arguments):
        """The same without waiting for its end."""
        return subprocess.Popen(
            self.command(program, *map(str, arguments)), cwd="/", env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, **environment):
        """Starts master in the foreground, and waits until it answers on its port."""
        self.launch(**environment)
        wait_until(self.is_ready, START_SECONDS, "ready to serve")

    def launch(self, **environment):
        with open(self.words, "ab") as words:
            self.master = subprocess.Popen(
                self.command("postroad", "start-fg"),
                stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd="/",
                env=self.environment(**environment), start_new_session=True,
            )  # fmt: skip

    def is_ready(self):
        if self.master.poll() is not None:
            words = self.words.read_text(errors="replace")
            raise RuntimeError(f"master ended with status {self.master.returncode}:\n{words}")
        return greets(self.port)

    def stop(self):
        """Ends the instance as `postroad stop` would, and sees that no process is left."""
        if self.master is None:
            return
        master, self.master = self.master, None
        if master.poll() is None:
            os.kill(master.pid, signal.SIGTERM)
            try:
                master.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                master.wait()
                raise
        try:
            wait_until(lambda: not self.processes(), STOP_SECONDS, "all processes ended")
        finally:
            self.kill()

    def processes(self):
        """Process ids of this instance: programs of the stage that stand in its spool."""
        found = []
        for pid in self.stage.processes():
            try:
                here = os.readlink(f"/proc/{pid}/cwd")
                arguments = Path(f"/proc/{pid}/environ").read_bytes()
            except OSError:
                continue
            if here.startswith(str(self.folder)) or str(self.config).encode() in arguments:
                found.append(pid)
        return found

    def kill(self):
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- What it said -----------------------------------------------------------------------

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def find_log(self, pattern):
        return re.search(pattern, self.log_text(), re.MULTILINE)

    def wait_log(self, pattern, seconds=WAIT_SECONDS):
        """Waits for a log line; answers the match."""
        try:
            return wait_until(lambda: self.find_log(pattern), seconds, f"log line {pattern!r}")
        except TimeoutError as e:
            raise TimeoutError(f"{e}; the log:\n{self.log_end()}") from None

    def log_end(self):
        return "\n".join(self.log_text().splitlines()[-25:])

    def allow(self, *patterns):
        """Warnings that this test causes; any other fails it."""
        self.allowed += [re.compile(pattern) for pattern in patterns]

    def trouble(self):
        """Warnings that nobody expected, sanitizer reports, words on standard error."""
        lines = self.log_text().splitlines()
        if self.words.exists():
            lines += self.words.read_text(errors="replace").splitlines()
        bad = [line for line in lines if TROUBLE.search(line)]
        bad = [line for line in bad if not any(p.search(line) for p in self.allowed)]
        for report in self.folder.glob("log/sanitizer*"):
            bad += report.read_text(errors="replace").splitlines()[:40]
        return bad

    def judge(self):
        trouble = self.trouble()
        assert not trouble, "unexpected warnings:\n" + "\n".join(trouble)

    # --- Mail -------------------------------------------------------------------------------

    def maildir(self, recipient):
        """Of an address of DOMAIN, or of a local account."""
        local, _, domain = recipient.partition("@")
        return self.mail / domain / local

    def messages(self, recipient):
        """Messages in the recipient's Maildir, oldest first, as bytes."""
        files = sorted((self.maildir(recipient) / "new").glob("*"), key=lambda f: f.stat().st_mtime)
        return [file.read_bytes() for file in files]

    def wait_messages(self, recipient, count=1, seconds=WAIT_SECONDS):
        try:
            wait_until(lambda: len(self.messages(recipient)) >= count, seconds)
        except TimeoutError:
            raise TimeoutError(f"not {count} for {recipient}; the log:\n{self.log_end()}") from None
        found = self.messages(recipient)
        assert len(found) == count, f"{len(found)} messages for {recipient}, not {count}"
        return found

    def queue(self):
        """Queue ids that the spool still holds, as postqueue lists them."""
        text = self.run("postqueue", "-p").stdout
        return re.findall(r"^([0-9A-Za-z]{6,})[*!#]?\s", text, re.MULTILINE)

    def wait_empty(self, seconds=WAIT_SECONDS):
        wait_until(lambda: not self.queue(), seconds, "empty queue")
