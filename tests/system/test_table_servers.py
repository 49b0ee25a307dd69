# SPDX-License-Identifier: BSD-2-Clause
"""Tables in a running mail system: servers that misbehave, files that change, every type in use."""

import os
import socket
import threading
import time

import instance
import pytest
import smtp

MAILBOXES = f"tester@{instance.DOMAIN}", f"slow@{instance.DOMAIN}"


class Server(threading.Thread):
    """Answers look-ups as its function `answer(socket, request)` says, a thread a connection."""

    def __init__(self, family, address, answer):
        super().__init__(daemon=True)
        self.listener = socket.socket(family)
        self.listener.bind(address)
        self.listener.listen(50)
        self.answer = answer
        self.asked = []
        self.accepted = 0
        self.start()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with peer:
            try:
                while request := peer.recv(20000):
                    self.asked.append(request)
                    if self.answer(peer, request) is False:
                        return
            except OSError:
                pass

    def close(self):
        if self.listener.fileno() >= 0:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()


@pytest.fixture(name="serve")
def fixture_serve():
    servers = []

    def serve(answer, path=None):
        family = socket.AF_UNIX if path else socket.AF_INET
        servers.append(Server(family, str(path) if path else ("127.0.0.1", 0), answer))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


def tcp_answer(peer, request):
    known = b"200 x/\n" if request.split()[1].decode() in MAILBOXES else b"500 unknown\n"
    peer.sendall(known)


def socketmap_answer(peer, request):
    key = request.partition(b" ")[2].rstrip(b",").decode()
    reply = b"OK x/" if key in MAILBOXES else b"NOTFOUND "
    peer.sendall(b"%d:%s," % (len(reply), reply))


def rcpt(one, recipient):
    """The reply to RCPT."""
    with smtp.Session(one.port) as session:
        session.must("MAIL FROM:<a@example.org>", 250)
        return session.ask(f"RCPT TO:<{recipient}>")


@pytest.mark.parametrize("mode", ["rootless", "root"])
def test_mail_by_tcp(make_instance, serve, mode):
    if mode == "root" and not instance.is_root():
        pytest.skip("needs root")
    server = serve(tcp_answer)
    one = make_instance(mode)
    one.configure(virtual_mailbox_maps=f"tcp:127.0.0.1:{server.port}")
    one.start()
    smtp.deliver(one.port, MAILBOXES[0], b"Subject: hello\r\n\r\nthere\r\n")
    one.wait_log(r"to=<tester@.*status=sent")
    assert rcpt(one, f"stranger@{instance.DOMAIN}").code == 550
    for n in range(20):
        assert rcpt(one, MAILBOXES[n % 2]).code == 250
    assert server.accepted < len(server.asked) / 3  # connections are kept


def test_mail_by_socketmap(make_instance, serve):
    one = make_instance()
    path = one.folder / "map.socket"
    server = serve(socketmap_answer, path)
    path.chmod(0o666)
    one.configure(virtual_mailbox_maps=f"socketmap:unix:{path}:boxes")
    one.start()
    smtp.deliver(one.port, MAILBOXES[0], b"Subject: hello\r\n\r\nthere\r\n")
    one.wait_log(r"to=<tester@.*status=sent")
    assert rcpt(one, f"stranger@{instance.DOMAIN}").code == 550
    assert server.asked[0] == b"%d:boxes %s," % (len(MAILBOXES[0]) + 6, MAILBOXES[0].encode())


def falls_silent(peer, _request):
    time.sleep(60)


FAULTS = {
    "says no": (lambda p, r: p.sendall(b"400 database is down\n"), "the server says: database is down"),
    "talks nonsense": (lambda p, r: p.sendall(b"hello\n"), r'the server\'s reply is none: "hello"'),
    "closes at once": (lambda p, r: False, "the server gave no answer: end of stream"),
    "closes in the middle": (
        lambda p, r: (p.sendall(b"200 x"), False)[1], "the server gave no answer: end of stream",
    ),
    "never ends a line": (lambda p, r: p.sendall(b"200 " + b"x" * 9000), "the server gave no answer: too long"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails(make_instance, serve, fault):
    answer, words = FAULTS[fault]
    server = serve(answer)
    one = make_instance()
    name = f"tcp:127.0.0.1:{server.port}"
    one.configure(virtual_mailbox_maps=name)
    one.allow(rf"{name}: ")
    one.start()
    reply = rcpt(one, MAILBOXES[0])
    assert str(reply).startswith("451 4.3."), reply
    one.wait_log(rf"warning: .*{name}: {words}$")
    one.wait_log(r"NOQUEUE: reject: RCPT from localhost\[127.0.0.1\]: 451 4\.3\.")


def test_a_server_that_is_gone_and_comes_back(make_instance, serve):
    one = make_instance()
    path = one.folder / "map.socket"
    name = f"socketmap:unix:{path}:boxes"
    one.configure(virtual_mailbox_maps=name)
    one.allow(rf"{name}: ")
    one.start()
    assert rcpt(one, MAILBOXES[0]).code == 451
    one.wait_log(rf"warning: .*{name}: cannot connect to {path}: No such file or directory$")
    first = serve(socketmap_answer, path)
    path.chmod(0o666)
    assert rcpt(one, MAILBOXES[0]).code == 250
    first.close()
    path.unlink()
    serve(socketmap_answer, path)
    path.chmod(0o666)
    assert rcpt(one, MAILBOXES[0]).code == 250


def test_a_slow_server_holds_up_nobody_else(make_instance, serve):
    def answer(peer, request):
        if b"slow" in request:
            time.sleep(3)
        tcp_answer(peer, request)

    server = serve(answer)
    one = make_instance()
    one.configure(virtual_mailbox_maps=f"tcp:127.0.0.1:{server.port}")
    one.start()
    assert rcpt(one, MAILBOXES[0]).code == 250
    with smtp.Session(one.port) as waiting:
        waiting.must("MAIL FROM:<a@example.org>", 250)
        waiting.send(f"RCPT TO:<{MAILBOXES[1]}>\r\n".encode())
        began = time.monotonic()
        for _ in range(20):
            assert rcpt(one, MAILBOXES[0]).code == 250
        assert time.monotonic() - began < 2
        assert waiting.reply().code == 250


def test_a_silent_server_is_given_up(make_instance, serve):
    server = serve(falls_silent)
    one = make_instance()
    name = f"tcp:127.0.0.1:{server.port}"
    one.configure(virtual_mailbox_maps=name)
    one.allow(rf"{name}: ")
    one.start()
    with smtp.Session(one.port, timeout=60) as session:
        session.must("MAIL FROM:<a@example.org>", 250)
        began = time.monotonic()
        assert session.ask(f"RCPT TO:<{MAILBOXES[0]}>").code == 451
        assert 25 < time.monotonic() - began < 40
    one.wait_log(rf"warning: .*{name}: the server gave no answer: time limit exceeded$")


# --- Files -------------------------------------------------------------------------------------

TYPES = {
    "texthash": "{0} x/\n",
    "regexp": "/^{0}$/ x/\n",
    "pcre": "/^{0}$/ x/\n",
    "hash": "{0} x/\n",
    "btree": "{0} x/\n",
    "lmdb": "{0} x/\n",
    "cdb": "{0} x/\n",
}


def write_table(one, kind, *recipients):
    path = one.config / "boxes"
    path.write_text("".join(TYPES[kind].format(recipient) for recipient in recipients))
    path.chmod(0o644)
    if kind in ("hash", "btree", "lmdb", "cdb"):
        one.run("postmap", f"{kind}:{path}")


@pytest.mark.parametrize("kind", TYPES)
def test_a_change_counts_within_a_second(make_instance, kind):
    one = make_instance("root" if instance.is_root() else "rootless")
    said = one.run("postmap", "-q", "k", f"{kind}:/no/such", check=False).stderr
    if "which this build lacks" in said:
        pytest.skip(said.strip())
    write_table(one, kind, MAILBOXES[0])
    one.configure(virtual_mailbox_maps=f"{kind}:{one.config}/boxes")
    one.start()
    assert rcpt(one, MAILBOXES[0]).code == 250
    assert rcpt(one, MAILBOXES[1]).code == 550
    write_table(one, kind, MAILBOXES[1])
    time.sleep(1.1)
    assert rcpt(one, MAILBOXES[1]).code == 250
    assert rcpt(one, MAILBOXES[0]).code == 550


def test_a_text_that_breaks(make_instance):
    one = make_instance()
    write_table(one, "regexp", MAILBOXES[0])
    name = f"regexp:{one.config}/boxes"
    one.configure(virtual_mailbox_maps=name)
    one.allow(rf"{name}: ")
    one.start()
    assert rcpt(one, MAILBOXES[0]).code == 250
    (one.config / "boxes").write_text("/(/ x\n")
    time.sleep(1.1)
    assert rcpt(one, MAILBOXES[0]).code == 250
    one.wait_log(
        rf"warning: {name}: line 1: Unmatched \( or \\\\?\(; what was read before still counts$"
    )


def test_debug_tables_are_logged(make_instance):
    one = make_instance()
    one.configure(virtual_mailbox_maps=f"debug:inline:{{{MAILBOXES[0]}=x/}}")
    one.start()
    assert rcpt(one, MAILBOXES[0]).code == 250
    one.wait_log(
        rf'smtpd\[\d+\]: debug:inline:{{{MAILBOXES[0]}=x/}} lookup: "{MAILBOXES[0]}" = "x/"$'
    )


def test_an_index_older_than_its_source(make_instance):
    one = make_instance("root" if instance.is_root() else "rootless")
    write_table(one, "hash", MAILBOXES[0])
    source, index = one.config / "boxes", one.config / "boxes.db"
    os.utime(index, (1, 1))
    one.configure(virtual_mailbox_maps=f"hash:{source}")
    one.allow("is older than its source", "cannot open .*boxes.db")
    words = f'{index} is older than its source {source}: run "postmap hash:{source}"'
    one.start()
    assert words in one.words.read_text()
    assert words in one.run("postroad", "check").stderr
    assert index.stat().st_mtime == 1
    one.configure(table_rebuild="ignore")
    assert one.run("postroad", "reload").stderr == ""
    one.configure(table_rebuild="rebuild")
    assert f"hash:{source} was made anew" in one.run("postroad", "reload").stderr
    assert index.stat().st_mtime > 1
    index.unlink()
    assert f"{index} is missing" in one.run("postroad", "check", check=False).stderr
    assert f"hash:{source} was made anew" in one.run("postroad", "reload").stderr
    assert index.exists()
    assert rcpt(one, MAILBOXES[0]).code == 250


def test_aliases_are_made_anew_as_aliases(make_instance):
    one = make_instance()
    aliases = one.config / "aliases"
    aliases.write_text("Postmaster: root\n")
    one.configure(alias_maps=f"hash:{aliases}", table_rebuild="rebuild")
    one.start()
    assert one.run("postalias", "-s", aliases).stdout == "postmaster:\troot\n"


def test_a_table_that_must_open(make_instance):
    one = make_instance()
    one.configure(virtual_mailbox_maps="hash:/no/such", daemon_table_open_error_is_fatal="yes")
    one.allow("/no/such", "is not started", "could not be found out", "service qmgr")
    one.launch()
    assert one.master.wait(20) != 0
    said = one.words.read_text() + one.log_text()
    assert "hash:/no/such: cannot open /no/such.db: No such file" in said


def test_tables_hold_no_descriptor(make_instance):
    """Many changes: nothing is left open."""
    one = make_instance()
    write_table(one, "hash", MAILBOXES[0])
    one.configure(virtual_mailbox_maps=f"hash:{one.config}/boxes")
    one.start()

    def count():
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in one.processes())

    assert rcpt(one, MAILBOXES[0]).code == 250
    before = count()
    for _ in range(20):
        write_table(one, "hash", MAILBOXES[0])
        assert rcpt(one, MAILBOXES[1]).code == 550
    instance.wait_until(lambda: count() <= before + 3, 5, "descriptors closed")


def test_postmap_asks_servers(make_instance, serve):
    server = serve(tcp_answer)
    one = make_instance()
    name = f"tcp:localhost:{server.port}"
    asked = one.run("postmap", "-q", MAILBOXES[0], name)
    assert (asked.stdout, asked.stderr) == ("x/\n", "")
    assert one.run("postmap", "-q", "none", name, check=False).returncode == 1
    server.close()
    with pytest.raises(RuntimeError, match="Connection refused"):
        one.run("postmap", "-q", "none", name)
