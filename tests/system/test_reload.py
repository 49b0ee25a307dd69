# SPDX-License-Identifier: BSD-2-Clause
"""Reloads: of everything and of one service, under load, and with the master.cf of others."""

import os
import re
import socket
import threading
import time

import instance
import pytest
import smtp

MESSAGE = b"Subject: x\r\n\r\nhello\r\n"

# The services of Postfix 3.12 as Debian ships them; ports above 1024 so that anybody may run it.
STOCK = """\
{port}      inet  n       -       {y}       -       -       smtpd
  -o syslog_name=postroad/stock -o {{ smtpd_banner = $myhostname ESMTP stock }}
pickup    unix  n       -       {y}       60      1       pickup
cleanup   unix  n       -       {y}       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       {y}       1000?   1       tlsmgr
rewrite   unix  -       -       {y}       -       -       trivial-rewrite
bounce    unix  -       -       {y}       -       0       bounce
defer     unix  -       -       {y}       -       0       bounce
trace     unix  -       -       {y}       -       0       bounce
verify    unix  -       -       {y}       -       1       verify
flush     unix  n       -       {y}       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       {y}       -       -       smtp
relay     unix  -       -       {y}       -       -       smtp
        -o syslog_name=${{multi_instance_name?{{$multi_instance_name}}:{{postfix}}}}/$service_name
showq     unix  n       -       {y}       -       -       showq
error     unix  -       -       {y}       -       -       error
retry     unix  -       -       {y}       -       -       error
discard   unix  -       -       {y}       -       -       discard
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
lmtp      unix  -       -       {y}       -       -       lmtp
anvil     unix  -       -       {y}       -       1       anvil
scache    unix  -       -       {y}       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
maildrop  unix  -       n       n       -       -       pipe
  flags=DRXhu user=vmail argv=/usr/bin/maildrop -d ${{recipient}}
mailman   unix  -       n       n       -       -       pipe
  flags=FRX user=list argv=/usr/lib/mailman/bin/postfix-to-mailman.py ${{nexthop}} ${{user}}
"""


def check_stock(mail, text, **environment):
    mail.services = text
    mail.write()
    mail.allow(r"there is no program \S+/(smtp|lmtp|pipe)")
    mail.start(**environment)
    assert mail.run("postroad", "check").returncode == 0
    assert smtp.deliver(mail.port, "stock@example.com", MESSAGE).code == 250
    mail.wait_messages("stock@example.com")
    line = mail.wait_log(r"master\[\d+\]: .*built in, and no services here: .*$").group(0)
    for name in "tlsmgr rewrite flush proxymap proxywrite showq error retry discard postlog".split():
        assert name in line.split(), line


def test_stock_master_cf(make_instance):
    mail = make_instance()
    check_stock(mail, STOCK.format(port=f"127.0.0.1:{mail.port}", y="n"))
    assert mail.find_log(r"postroad/stock/smtpd\[\d+\]: connect")


@pytest.mark.skipif(not instance.is_root(), reason="needs root")
def test_stock_master_cf_with_chroot(make_instance):
    mail = make_instance("root")
    text = STOCK.format(port=f"127.0.0.1:{mail.port}", y="y")
    # A process that is sanitized looks for leaks in /proc, which is out of its sight.
    sanitizer = mail.environment()["ASAN_OPTIONS"] + ":detect_leaks=0"
    check_stock(mail, text, ASAN_OPTIONS=sanitizer)


@pytest.mark.skipif(
    not os.path.exists("/usr/share/postfix/master.cf.dist"), reason="needs Debian's Postfix"
)
def test_master_cf_of_debian(make_instance):
    mail = make_instance()
    with open("/usr/share/postfix/master.cf.dist", encoding="utf-8") as file:
        text = re.sub(r"^smtp( +inet.*)y", rf"127.0.0.1:{mail.port}\1n", file.read(), flags=re.M)
    check_stock(mail, text)


def processes_of(mail, program):
    found = set()
    for pid in mail.processes():
        try:
            if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == program:
                found.add(pid)
        except OSError:
            pass
    return found


def test_reload_of_one_service(mail):
    """Only that service goes over to the new configuration; the others keep theirs."""
    smtp.deliver(mail.port, "one@example.com", MESSAGE)
    mail.wait_messages("one@example.com")
    others = processes_of(mail, "qmgr") | processes_of(mail, "cleanup")
    mail.configure(smtpd_banner="$myhostname ESMTP anew", mail_name="Changed")
    mail.run("postroad", "reload", "smtpd")

    def greeting():
        with smtp.Session(mail.port) as session:
            return session.greeting.text

    instance.wait_until(lambda: "anew" in greeting(), what="new banner")
    assert others <= processes_of(mail, "qmgr") | processes_of(mail, "cleanup")
    smtp.deliver(mail.port, "two@example.com", MESSAGE)
    assert b"(Changed)" not in mail.wait_messages("two@example.com")[0]
    mail.run("postroad", "reload")
    instance.wait_until(lambda: not others & set(mail.processes()), what="new processes")
    smtp.deliver(mail.port, "three@example.com", MESSAGE)
    assert b"(Changed)" in mail.wait_messages("three@example.com")[0]


def test_reload_of_an_unknown_service(mail):
    mail.allow("there is no service", "reload refused")
    done = mail.run("postroad", "reload", "smptd", check=False)
    assert done.returncode != 0
    assert "there is no service smptd" in done.stderr


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def test_rows_come_and_go(mail):
    port = instance.free_port()
    before = mail.services
    mail.services += f"127.0.0.1:{port} inet n - n - - smtpd\n"
    mail.write()
    mail.run("postroad", "reload")
    instance.wait_until(lambda: instance.greets(port), what="the new port")
    mail.services = before
    mail.write()
    mail.run("postroad", "reload")
    instance.wait_until(lambda: not listens(port), what="the closed port")
    assert instance.greets(mail.port)


class Load:
    """Sends messages over some connections until told to end; counts what was accepted."""

    def __init__(self, mail, sessions):
        self.mail = mail
        self.ends = False
        self.accepted = []
        self.troubles = []
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(sessions)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        for thread in self.threads:
            thread.join()

    def send_some(self, number, count):
        with smtp.Session(self.mail.port) as session:
            for i in range(count):
                name = f"load{number}-{len(self.accepted)}-{i}"
                session.envelope(f"{name}@example.com")
                if session.data(MESSAGE).code == 250:
                    self.accepted.append(name)

    def run(self, number):
        while not self.ends:
            try:
                self.send_some(number, 5)
            except (OSError, EOFError, AssertionError) as e:
                self.troubles.append(repr(e))


def test_reload_under_load(mail):
    """Twenty reloads: no message lost or doubled, no session broken, no warning in the log."""
    with Load(mail, 4) as load:
        for _ in range(20):
            time.sleep(0.2)
            mail.run("postroad", "reload")
    assert not load.troubles
    assert len(load.accepted) > 100
    boxes = mail.mail / "example.com"

    def copies(name):
        folder = boxes / name / "new"
        return len(list(folder.iterdir())) if folder.exists() else 0

    instance.wait_until(lambda: all(map(copies, load.accepted)), 60, "all mail")
    mail.wait_empty(60)
    doubled = [name for name in load.accepted if copies(name) != 1]
    assert not doubled
    assert mail.log_text().count("reload -- ") == 20


def test_stop_under_load(make_instance):
    """An orderly stop while mail flows: nothing in the log but what happened."""
    mail = make_instance()
    mail.start()
    with Load(mail, 4) as load:
        instance.wait_until(lambda: len(load.accepted) > 20, what="some mail")
        load.ends = True
        mail.run("postroad", "stop")
    mail.start()
    mail.wait_empty(60)
    for name in load.accepted:
        assert len(mail.messages(f"{name}@example.com")) >= 1, name


def test_reload_before_the_first_client(make_instance):
    """Each process is replaced before it, or a client of its, ever came to anything."""
    mail = make_instance()
    mail.launch()
    mail.wait_log("daemon started")
    for _ in range(10):
        mail.run("postroad", "reload")
    instance.wait_until(mail.is_ready, what="greeting")


def test_abort(mail):
    smtp.deliver(mail.port, "abort@example.com", MESSAGE)
    mail.wait_messages("abort@example.com")
    with smtp.Session(mail.port):
        mail.run("postroad", "abort")
    instance.wait_until(lambda: not mail.processes(), what="all processes ended")
