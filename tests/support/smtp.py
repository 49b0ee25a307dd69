# SPDX-License-Identifier: BSD-2-Clause
"""SMTP byte by byte, for what smtplib would not send."""

import socket


class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3])
        self.text = b"\n".join(line[4:] for line in lines).decode("utf-8", "replace")

    def __repr__(self):
        return f"{self.code} {self.text}"


class Session:
    """A connection; the greeting is read. send() is raw, ask() a command and its reply."""

    def __init__(self, port, helo="client.example.org", address="127.0.0.1", timeout=30, greeted=True):
        self.socket = socket.create_connection((address, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb")
        self.greeting = self.reply() if greeted else None
        if helo is not None:
            self.ehlo = self.ask(f"EHLO {helo}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.input.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        """The next reply; EOFError when the server has closed."""
        lines = []
        while True:
            line = self.input.readline()
            if not line:
                raise EOFError("the server closed the connection")
            assert line.endswith(b"\r\n") and line[:3].isdigit(), line
            lines.append(line[:-2])
            if line[3:4] != b"-":
                return Reply(lines)

    def ask(self, command):
        self.send(command if isinstance(command, bytes) else command.encode() + b"\r\n")
        return self.reply()

    def at_end(self):
        """True when the server has closed, and said nothing more."""
        return self.input.read(1) == b""

    def must(self, command, code):
        answer = self.ask(command)
        assert answer.code == code, (command, answer)

    def envelope(self, recipient, sender="sender@example.org", options="", data=True):
        """MAIL, RCPT and DATA; all must be taken."""
        self.must(f"MAIL FROM:<{sender}>{options}", 250)
        self.must(f"RCPT TO:<{recipient}>", 250)
        if data:
            self.must("DATA", 354)

    def data(self, content):
        """Content in wire form (CRLF), dot-stuffed here, and its end. The reply."""
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        self.send(stuffed + b".\r\n")
        return self.reply()


    def chunks(self, content, *sizes):
        """Content in chunks of these sizes, in turn (RFC 3030). The last reply."""
        at = turn = 0
        while at < len(content):
            piece = content[at : at + sizes[turn % len(sizes)]]
            at, turn = at + len(piece), turn + 1
            last = b" LAST" if at == len(content) else b""
            answer = self.ask(b"BDAT %d%s\r\n%s" % (len(piece), last, piece))
            assert answer.code == 250, answer
        return answer if content else self.ask("BDAT 0 LAST")


def deliver(port, recipient, content, **more):
    """One message over one connection; answers the final reply."""
    with Session(port) as session:
        session.envelope(recipient, **more)
        answer = session.data(content)
        session.ask("QUIT")
        return answer
