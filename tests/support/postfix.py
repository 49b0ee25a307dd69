# SPDX-License-Identifier: BSD-2-Clause
"""Debian's Postfix in a folder of its own: unpacked, not installed; nothing else is touched."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import instance  # tests/support

MAIL_OWNER = "proxy"  # accounts of base-passwd that run nothing here
SETGID_GROUP = "voice"

MASTER_CF = """
127.0.0.1:{port} inet n - n - {limit} smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
smtp unix - - n - - smtp
virtual unix - n n - - virtual
local unix - n n - - local
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
"""

FOLDERS = (
    "active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace"
).split()


def unpack(folder):
    """Fetches Debian's package and unpacks it."""
    # apt's own account may not write into a private folder, and says so; it works all the same.
    subprocess.run(["apt-get", "download", "-q", "postfix"], cwd=folder, check=True, capture_output=True)
    package = next(Path(folder).glob("postfix_*.deb"))
    subprocess.run(["dpkg", "-x", package, Path(folder) / "root"], check=True)
    return package.name.split("_")[1]


class Postfix:
    """Runs as root with accounts of its own; delivery is what main.cf's `extra` says."""

    name = "postfix"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="bench-postfix-"))
        self.folder.chmod(0o755)
        self.version = unpack(self.folder)
        self.root = self.folder / "root"
        self.log = self.folder / "log/mail.log"
        self.port = instance.free_port()
        self.main = None
        self.master = None

    def configure(self, session_limit=1000, **extra):
        account = pwd.getpwnam(MAIL_OWNER)
        libraries = self.root / "usr/lib/postfix"
        config = self.folder / "etc"
        for name in ("etc", "data", "log", "mail", "spool"):
            (self.folder / name).mkdir(exist_ok=True)
        os.chown(self.folder / "mail", instance.MAILBOX_UID, instance.MAILBOX_UID)
        for name in FOLDERS:
            (self.folder / "spool" / name).mkdir(exist_ok=True)
            if name != "pid":
                os.chown(self.folder / "spool" / name, account.pw_uid, 0)
        os.chown(self.folder / "data", account.pw_uid, account.pw_gid)
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "spool",
            "data_directory": self.folder / "data",
            "daemon_directory": libraries / "sbin",
            "command_directory": self.root / "usr/sbin",
            "meta_directory": self.root / "etc/postfix",
            "shlib_directory": libraries,
            "mail_owner": MAIL_OWNER,
            "setgid_group": SETGID_GROUP,
            "maillog_file": self.log,
            "maillog_file_prefixes": self.folder,
            "import_environment": f"LD_LIBRARY_PATH={libraries} MAIL_CONFIG={config} LANG=C",
            "myhostname": "mail.example.net",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "local_recipient_maps": "",
            "smtpd_peername_lookup": "no",
            "in_flow_delay": "0",
            "max_use": "100000",
            "virtual_mailbox_domains": "example.com",
            "virtual_mailbox_maps": f"regexp:{config}/mailboxes",
            "virtual_mailbox_base": self.folder / "mail",
            "virtual_uid_maps": f"static:{instance.MAILBOX_UID}",
            "virtual_gid_maps": f"static:{instance.MAILBOX_UID}",
            "virtual_minimum_uid": "1",
            "virtual_transport": "discard:",
            **extra,
        }
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (config / "main.cf").write_text(text)
        (config / "mailboxes").write_text("/^([^@]+)@/ $1/\n")
        (config / "master.cf").write_text(MASTER_CF.format(port=self.port, limit=session_limit))

    def environment(self):
        return os.environ | {
            "LD_LIBRARY_PATH": str(self.root / "usr/lib/postfix"),
            "MAIL_CONFIG": str(self.folder / "etc"),
        }

    def start(self):
        libraries = self.root / "usr/lib/postfix"
        with open(self.folder / "log/words", "ab") as words:
            self.master = subprocess.Popen(
                [libraries / "sbin/master", "-c", self.folder / "etc", "-d"],
                stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=self.environment(), cwd="/",
                start_new_session=True,
            )  # fmt: skip
        instance.wait_until(self.is_ready, 20, "postfix ready")

    def is_ready(self):
        if self.master.poll() is not None:
            raise RuntimeError((self.folder / "log/words").read_text() + self.log_text())
        return instance.greets(self.port)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def processes(self):
        return instance.programs_below(self.root)

    def stop(self):
        if self.master is not None:
            os.kill(self.master.pid, signal.SIGTERM)
            self.master.wait(30)
            self.master = None
            instance.wait_until(lambda: not self.processes(), 30, "postfix gone")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
