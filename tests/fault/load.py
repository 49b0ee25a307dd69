# SPDX-License-Identifier: BSD-2-Clause
"""Clients that send distinct messages without pause, and keep account of every answer.

A message is sent once, whatever happens to it: what arrives twice was doubled by the suite.
"""

import hashlib
import os
import pwd
import random
import re
import threading
import time
from dataclasses import dataclass, field

from instance import DOMAIN  # tests/support
from smtp import Session

HERE = "local.example.net"
BOXES = [f"box{i}@{DOMAIN}" for i in range(4)]
LATE = f"late@{DOMAIN}"  # its mailbox cannot be written until the load is over
ALIAS = f"team@{HERE}"  # leads, through local, to
ALIAS_BOX = f"aliased@{DOMAIN}"

PAUSE_AFTER_FAILURE = 0.05
MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE | re.IGNORECASE)

# What a message weighs: most are for the journal, some are too big for it.
SIZES = [200] * 10 + [3000] * 8 + [30000] * 2 + [200000]


def configure(mail, **more):
    """Makes an instance ready for the load: aliases, short pauses."""
    mail.services = re.sub(r"^(pickup\s.*?)\b60\b", r"\g<1>1", mail.services, flags=re.MULTILINE)
    mail.configure(
        alias_maps=f"inline:{{team={ALIAS_BOX}}}", minimal_backoff_time="1s",
        maximal_backoff_time="3s", transport_retry_time="1s", service_throttle_time="1s", **more,
    )  # fmt: skip
    for box in (mail.maildir(LATE), mail.mail / account(mail)):
        box.mkdir(parents=True, exist_ok=True)
        for folder in (box.parent, box):
            os.chown(folder, mail.uid, -1)


def account(mail):
    """A local user whose mailbox the instance may write, whoever runs it."""
    return pwd.getpwuid(mail.uid).pw_name


def box_of(mail, recipient):
    """The folder where a message to this recipient arrives."""
    local, _, domain = (ALIAS_BOX if recipient == ALIAS else recipient).partition("@")
    return mail.mail / local if domain == HERE else mail.mail / domain / local


@dataclass
class Message:
    key: str
    body: bytes
    recipients: list
    sendmail: bool = False
    code: int = 0  # of the reply to the content; 0: none came
    commands: list = field(default_factory=list)  # codes of other replies that were not 2xx or 3xx
    begun: float = field(default_factory=time.time)


def make_body(key, size):
    """Lines that nobody else's message has; some begin with dots."""
    line = hashlib.sha256(key.encode()).hexdigest().encode()
    lines = [b"." * (i % 3) + line[i % 60 :] + b"%d" % i for i in range(max(1, size // 60))]
    return b"\r\n".join(lines) + b"\r\n"


class Sender(threading.Thread):
    """Sends one message after the other until the load has ended."""

    def __init__(self, load, number):
        super().__init__(daemon=True)
        self.load = load
        self.number = number
        self.random = random.Random(number)
        self.messages = []

    def run(self):
        count = 0
        while not self.load.ended.is_set():
            count += 1
            key = f"k{self.load.name}n{self.number}m{count}"
            body = make_body(key, self.random.choice(SIZES))
            message = Message(key, body, self.choose_recipients(key))
            self.messages.append(message)
            self.send(message)
            if self.load.pause:
                time.sleep(self.load.pause)
        self.hang_up()

    def choose_recipients(self, key):
        if self.load.fresh:
            return [f"fresh{key}@{DOMAIN}"]
        recipients = self.random.sample(BOXES, self.random.choice([1, 1, 1, 2]))
        if self.random.random() < self.load.local:
            recipients.append(self.random.choice([ALIAS, self.load.account]))
        if self.random.random() < self.load.late:
            recipients.append(LATE)
        return recipients

    def hang_up(self):
        pass


def header(message):
    return (
        f"From: sender@example.org\r\nTo: {', '.join(message.recipients)}\r\n"
        f"Message-ID: <{message.key}@load.example.org>\r\nSubject: load\r\n\r\n"
    ).encode()


class Client(Sender):
    """SMTP: one connection at a time, a new one when the old one breaks."""

    session = None

    def hang_up(self):
        if self.session is not None:
            self.session.close()
            self.session = None

    def send(self, message):
        try:
            if self.session is None:
                self.session = Session(self.load.port, timeout=self.load.timeout)
            self.dialogue(message)
            if self.load.reconnect:
                self.hang_up()
        except (OSError, EOFError, AssertionError):
            # A peer that breaks off in the middle of a line is one that was killed.
            self.hang_up()
            time.sleep(PAUSE_AFTER_FAILURE)

    def dialogue(self, message):
        """MAIL to the end of the content; gives up at the first refusal."""
        commands = ["MAIL FROM:<sender@example.org>"]
        commands += [f"RCPT TO:<{recipient}>" for recipient in message.recipients]
        for command in [*commands, "DATA"]:
            reply = self.session.ask(command)
            if reply.code >= 400:
                message.commands.append(reply.code)
                if reply.code != 421:
                    self.session.ask("RSET")
                raise EOFError(str(reply))
        reply = self.session.data(header(message) + message.body)
        message.code = reply.code
        if reply.code == 421:
            raise EOFError(str(reply))


class Submitter(Sender):
    """sendmail(1), a process for each message."""

    def send(self, message):
        message.sendmail = True
        done = self.load.mail.run(
            "sendmail", "-i", "-f", "sender@example.org", *message.recipients,
            input=(header(message) + message.body).replace(b"\r\n", b"\n"),
            text=False, check=False, environment=self.load.environment,
        )  # fmt: skip
        message.code = 250 if done.returncode == 0 else 451
        if done.returncode not in (0, 75):
            message.commands.append(1000 + done.returncode)


class Load:
    """with Load(mail) as load: …   Afterwards load.messages has everything that was tried."""

    count = 0

    def __init__(
        self, mail, clients=6, submitters=0, pause=0.0, late=0.0, local=0.0,
        fresh=False, reconnect=False, timeout=30, faults=None,
    ):  # fmt: skip
        Load.count += 1
        self.name = f"{Load.count}x"
        self.mail = mail
        self.port = mail.port
        self.account = f"{account(mail)}@{HERE}"
        self.pause = pause
        self.late = late
        self.local = local
        self.fresh = fresh
        self.reconnect = reconnect
        self.timeout = timeout
        self.environment = mail.environment(**(faults.environment if faults else {}))
        self.ended = threading.Event()
        self.senders = [Client(self, i) for i in range(clients)]
        self.senders += [Submitter(self, clients + i) for i in range(submitters)]

    def __enter__(self):
        for sender in self.senders:
            sender.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.ended.set()
        for sender in self.senders:
            sender.join(self.timeout + 10)
            assert not sender.is_alive(), "a client hangs"

    @property
    def messages(self):
        return [message for sender in self.senders for message in sender.messages]

    def accepted(self):
        return [message for message in self.messages if message.code == 250]


# --- What arrived ---------------------------------------------------------------------------


@dataclass
class Copy:
    key: str
    box: object
    time: float
    path: object


class Mailboxes:
    """Every message in the Maildirs of an instance, each read once."""

    def __init__(self, mail):
        self.mail = mail
        self.copies = {}  # (key, box): [Copy]
        self.contents = {}  # path: body
        self.strangers = []
        self.seen = set()

    def look(self):
        """Reads what is new since the last look."""
        for box in [*(self.mail.mail / DOMAIN).iterdir(), self.mail.mail / account(self.mail)]:
            for path in box.glob("new/*"):
                if path not in self.seen:
                    self.seen.add(path)
                    self.read(box, path)

    def read(self, box, path):
        head, _, body = path.read_bytes().partition(b"\n\n")
        match = MESSAGE_ID.search(head)
        if not match:
            self.strangers.append(path)
            return
        copy = Copy(match.group(1).decode(), box, path.stat().st_mtime, path)
        self.copies.setdefault((copy.key, box), []).append(copy)
        self.contents[path] = body

    def of(self, message):
        """For each of its recipients the copies that have arrived, oldest first."""
        for recipient in message.recipients:
            copies = self.copies.get((message.key, box_of(self.mail, recipient)), [])
            yield recipient, sorted(copies, key=lambda copy: copy.time)

    def lost(self, messages):
        """Messages of which some recipient has no copy."""
        return [(m.key, r) for m in messages for r, copies in self.of(m) if not copies]

    def await_all(self, messages, seconds):
        """Waits until every one has arrived; answers those that did not."""
        deadline = time.monotonic() + seconds
        while True:
            self.look()
            lost = self.lost(messages)
            if not lost or time.monotonic() > deadline:
                return lost
            time.sleep(0.2)

    def damaged(self, messages):
        """Copies whose body is not byte for byte what was sent."""
        found = []
        for message in messages:
            body = message.body.replace(b"\r\n", b"\n")
            for _, copies in self.of(message):
                found += [copy for copy in copies if self.contents[copy.path] != body]
        return found

    def doubled(self, messages):
        """(message, recipient, copies) where there is more than one."""
        return [(m, r, copies) for m in messages for r, copies in self.of(m) if len(copies) > 1]
