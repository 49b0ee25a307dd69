# SPDX-License-Identifier: BSD-2-Clause
"""Clients that send distinct messages without pause, and keep account of every answer.

A message is sent once, whatever happens to it: what arrives twice was doubled by the suite.
"""

import hashlib
import random
import re
import threading
import time
from dataclasses import dataclass, field

from instance import DOMAIN  # tests/support
from smtp import Session

RECIPIENTS = [f"box{i}@{DOMAIN}" for i in range(4)]
LATE = f"late@{DOMAIN}"  # its mailbox cannot be written until the load is over

PAUSE_AFTER_FAILURE = 0.05
MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE | re.IGNORECASE)

# What a message weighs: most are for the journal, some are too big for it.
SIZES = [200] * 10 + [3000] * 8 + [30000] * 2 + [200000]


@dataclass
class Message:
    key: str
    body: bytes
    recipients: list
    code: int = 0  # of the reply to the content; 0: none came
    commands: list = field(default_factory=list)  # codes of other replies that were not 2xx or 3xx
    answered: float = 0.0


def make_body(key, size):
    """Lines that nobody else's message has; some begin with dots."""
    line = hashlib.sha256(key.encode()).hexdigest().encode()
    lines = [b"." * (i % 3) + line[i % 60 :] + b"%d" % i for i in range(max(1, size // 60))]
    return b"\r\n".join(lines) + b"\r\n"


class Client(threading.Thread):
    """One connection at a time, a new one when the old one breaks."""

    def __init__(self, load, number):
        super().__init__(daemon=True)
        self.load = load
        self.number = number
        self.random = random.Random(number)
        self.session = None
        self.messages = []

    def run(self):
        count = 0
        while not self.load.ended.is_set():
            count += 1
            self.send_one(f"k{self.load.name}n{self.number}m{count}")
            if self.load.pause:
                time.sleep(self.load.pause)
        self.hang_up()

    def hang_up(self):
        if self.session is not None:
            self.session.close()
            self.session = None

    def choose_recipients(self, key):
        if self.load.fresh:
            return [f"fresh{key}@{DOMAIN}"]
        recipients = self.random.sample(RECIPIENTS, self.random.choice([1, 1, 1, 2]))
        if self.load.late and self.random.random() < self.load.late:
            recipients.append(LATE)
        return recipients

    def send_one(self, key):
        recipients = self.choose_recipients(key)
        message = Message(key, make_body(key, self.random.choice(SIZES)), recipients)
        self.messages.append(message)
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
        header = (
            f"From: sender@example.org\r\nTo: {', '.join(message.recipients)}\r\n"
            f"Message-ID: <{message.key}@load.example.org>\r\nSubject: load\r\n\r\n"
        ).encode()
        commands = ["MAIL FROM:<sender@example.org>"]
        commands += [f"RCPT TO:<{recipient}>" for recipient in message.recipients]
        for command in [*commands, "DATA"]:
            reply = self.session.ask(command)
            if reply.code >= 400:
                message.commands.append(reply.code)
                if reply.code != 421:
                    self.session.ask("RSET")
                raise EOFError(str(reply))
        reply = self.session.data(header + message.body)
        message.answered = time.time()
        message.code = reply.code
        if reply.code == 421:
            raise EOFError(str(reply))


class Load:
    """with Load(port) as load: …   Afterwards load.messages has everything that was tried."""

    count = 0

    def __init__(
        self, port, clients=6, pause=0.0, late=0.0, fresh=False, reconnect=False, timeout=30
    ):
        Load.count += 1
        self.name = f"{Load.count}x"
        self.port = port
        self.pause = pause
        self.late = late
        self.fresh = fresh
        self.reconnect = reconnect
        self.timeout = timeout
        self.ended = threading.Event()
        self.clients = [Client(self, i) for i in range(clients)]

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.ended.set()
        for client in self.clients:
            client.join(self.timeout + 10)
            assert not client.is_alive(), "a client hangs"

    @property
    def messages(self):
        return [message for client in self.clients for message in client.messages]

    def accepted(self):
        return [message for message in self.messages if message.code == 250]


# --- What arrived ---------------------------------------------------------------------------


@dataclass
class Copy:
    key: str
    recipient: str
    time: float
    path: object


class Mailboxes:
    """Every message in the Maildirs of an instance, read once."""

    def __init__(self, mail):
        self.mail = mail
        self.copies = {}  # (key, recipient): [Copy], oldest first
        self.contents = {}  # path: body
        self.strangers = []
        self.seen = set()

    def look(self):
        """Reads what is new since the last look."""
        for box in (self.mail.mail / DOMAIN).iterdir():
            for path in box.glob("new/*"):
                if path not in self.seen:
                    self.seen.add(path)
                    self.read(f"{box.name}@{DOMAIN}", path)

    def read(self, recipient, path):
        content = path.read_bytes()
        header, _, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
        match = MESSAGE_ID.search(header)
        if not match:
            self.strangers.append(path)
            return
        key = match.group(1).decode()
        copy = Copy(key, recipient, path.stat().st_mtime, path)
        self.copies.setdefault((key, recipient), []).append(copy)
        self.contents[path] = body

    def lost(self, messages):
        """Accepted messages of which some recipient has no copy."""
        return [
            (message.key, recipient)
            for message in messages
            for recipient in message.recipients
            if (message.key, recipient) not in self.copies
        ]

    def await_all(self, messages, seconds):
        """Waits until every accepted message has arrived; answers those that did not."""
        deadline = time.monotonic() + seconds
        while True:
            self.look()
            lost = self.lost(messages)
            if not lost or time.monotonic() > deadline:
                return lost
            time.sleep(0.2)

    def damaged(self, messages):
        """Copies of these messages whose body is not byte for byte what was sent."""
        found = []
        for message in messages:
            body = message.body.replace(b"\r\n", b"\n")
            for recipient in message.recipients:
                for copy in self.copies.get((message.key, recipient), []):
                    if self.contents[copy.path] != body:
                        found.append(copy)
        return found

    def doubled(self):
        """Lists of copies where there is more than one."""
        found = [sorted(copies, key=lambda c: c.time) for copies in self.copies.values()]
        return [copies for copies in found if len(copies) > 1]
