# SPDX-License-Identifier: BSD-2-Clause
"""Local delivery beside Debian's Postfix: the same user, the same configuration, the same mail; then the same
mailboxes, the same words in the log, the same environment of commands."""

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import instance
import postfix
import pytest
import smtp
from test_local import BODY, HERE
from test_local_users import SPY, USER, User

MAIN = {
    "recipient_delimiter": "+",
    "myorigin": HERE,
    "mydestination": f"mail.example.net, {HERE}",
    "default_privs": "games",
    "local_recipient_maps": "",
}
STATUS = re.compile(r"to=<([^>]*)>(?:, orig_to=<([^>]*)>)?, relay=(\w+),.* dsn=([\d.]+), status=(\w+) \((.*)\)$", re.M)


class Ours:
    def __init__(self, make_instance, **main):
        self.one = make_instance("root")
        self.one.configure(**main)
        self.one.start()
        self.port = self.one.port

    def log_text(self):
        return self.one.log_text()

    def stop(self):
        pass  # make_instance does


@pytest.fixture(name="theirs", scope="module")
def fixture_theirs():
    """Debian's Postfix, not started."""
    if not instance.is_root():
        pytest.skip("needs root")
    with postfix.Postfix() as server:
        yield server


def start_theirs(server, **main):
    server.log.unlink(missing_ok=True)
    server.configure(inet_protocols="ipv4", relayhost="", local_transport="local", **main)
    server.start()
    return server


def lines(server, home):
    """What the log says of deliveries, without what may differ: ids, blanks at the end."""
    text = re.sub(r"forwarded as \w+", "forwarded as ID", clean(server.log_text(), home))
    found = [line for line in STATUS.findall(text) if line[2] == "local"]
    return [f"log to={to} orig_to={orig} {dsn} {status} {words.strip()}" for to, orig, _, dsn, status, words in found]


def clean(text, one):
    return re.sub(r"(?s)\nReceived: .*?(?=\n\S)", "", text.replace(one, "FOLDER"))


def run(make_server, home, boxes, recipient, count):
    server = make_server()
    try:
        answer = smtp.deliver(server.port, f"{recipient}@{HERE}", BODY)
        assert answer.code == 250, answer
        instance.wait_until(lambda: len(lines(server, str(home))) >= count, 10, "lines in the log")
        time.sleep(0.3)
        found = set(lines(server, str(home)))
        for file in [*boxes.iterdir(), *home.glob("got*")]:
            content = clean(file.read_text(), str(home))
            content = re.sub(r"^(From \S+  ).*", r"\1TIME", content)
            found.add(f"{file.name}: {content}")
            file.unlink()
        return found
    finally:
        server.stop()


CASES = {
    "mailbox": {"to": USER},
    "extension": {"to": f"{USER}+ext"},
    "alias": {"aliases": f"list={USER}", "to": "list"},
    "nested alias": {"aliases": f"{{list=sub}} sub={USER}", "to": "list"},
    "owner": {"aliases": f"{{list=\\{USER}}} owner-list=root", "to": "list"},
    "file": {"aliases": "list=HOME/got.file", "to": "list", "home_mode": 0o777},
    "device": {"aliases": "list=/dev/null", "to": "list"},
    "command of an alias": {"aliases": '{list="|id -un; exit 67"}', "to": "list"},
    "forward to a file": {"forward": "HOME/got.file\n", "to": USER},
    "forward to oneself": {"forward": f"\\{USER}, HOME/got.file\n", "to": USER, "count": 2},
    "command": {"forward": '"|HOME/spy.sh HOME; cp HOME/message HOME/got.message"\n', "to": f"{USER}+x"},
    "command that waits": {"forward": '"|exit 75"\n', "to": USER},
    "command that fails": {"forward": '"|echo one; echo two; exit 1"\n', "to": USER},
    "command with a code": {"forward": '"|echo 5.2.1 gone; exit 1"\n', "to": USER},
    "command that is killed": {"forward": '"|kill -9 $$"\n', "to": USER},
    "executable": {"forward": "HOME/spy.sh\n", "to": USER},
    "restricted": {"aliases": "list=|true", "to": "list", "allow_mail_to_commands": ""},
    "unknown": {"to": "no-such-user"},
    "mailbox command": {"to": USER, "mailbox_command": 'echo "$USER" "$EXTENSION" "$SENDER" $HOME; exit 65'},
    "unfrozen": {"aliases": f"list={USER}", "to": "list", "frozen_delivered_to": "no"},
    "no Delivered-To": {"to": USER, "prepend_delivered_header": "command"},
    "missing list": {"aliases": "list=:include:HOME/nothing", "to": "list", "home_mode": 0o755},
}


@pytest.fixture(name="folder")
def fixture_folder():
    """One that every account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="postroad-peer-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", CASES)
def test_as_postfix(make_instance, theirs, folder, name):
    case = dict(CASES[name])
    subprocess.run(["userdel", USER], capture_output=True, check=False)
    user = User(folder)
    try:
        user.home.chmod(case.pop("home_mode", 0o700))
        boxes = folder / "boxes"
        boxes.mkdir()
        boxes.chmod(0o1777)
        user.write("spy.sh", SPY, mode=0o700)
        for file in ("forward", "list"):
            if file in case:
                text = case.pop(file).replace("HOME", str(user.home))
                user.write(f".{file}" if file == "forward" else file, text, mode=0o644)
        aliases = case.pop("aliases", "unused=x").replace("HOME", str(user.home))
        if not aliases.startswith("{"):
            aliases = f"{{{aliases}}}"
        main = MAIN | {"alias_maps": f"inline:{{{aliases}}}", "mail_spool_directory": boxes}
        to, count = case.pop("to"), case.pop("count", 1)
        main |= case

        def ours():
            server = Ours(make_instance, **main)
            server.one.allow("unable to lookup")
            return server

        wanted = run(lambda: start_theirs(theirs, **main), user.home, boxes, to, count)
        assert sorted(run(ours, user.home, boxes, to, count)) == sorted(wanted)
    finally:
        subprocess.run(["userdel", "-f", USER], capture_output=True, check=False)
