# SPDX-License-Identifier: BSD-2-Clause
"""Where the log goes: files, standard output, syslog, several at once; rotation; logs that fail."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import Counter

import instance
import pytest
import smtp

MESSAGE = b"Subject: x\r\n\r\nhello\r\n"


class Syslog:
    """What listens on /dev/log elsewhere."""

    def __init__(self, path, read=True):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        path.chmod(0o666)
        self.lines = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        if read:
            self.thread.start()

    def run(self):
        while True:
            try:
                self.lines.append(self.socket.recv(65536).decode())
            except OSError:
                return

    def find(self, pattern):
        return [line for line in self.lines if re.search(pattern, line)]


@pytest.mark.parametrize("mode", ["rootless", "root"])
def test_syslog(make_instance, mode):
    if mode == "root" and not instance.is_root():
        pytest.skip("needs root")
    mail = make_instance(mode, maillog_file="", syslog_facility="local3", syslog_name="postfix")
    path = mail.folder / "devlog"
    mail.configure(syslog_socket=path)
    log = Syslog(path)
    mail.start()
    smtp.deliver(mail.port, "s@example.com", MESSAGE)
    mail.wait_messages("s@example.com")
    head = r"^<158>\w{3} [ \d]\d \d\d:\d\d:\d\d postfix/"
    instance.wait_until(lambda: log.find(head + r"qmgr\[\d+\]: \w+: removed$"), what="removed")
    assert log.find(head + r"smtpd\[\d+\]: connect from ")
    assert log.find(head + r"master\[\d+\]: daemon started -- ")
    assert log.find(head + r"virtual\[\d+\]: \w+: to=<s@example.com>, .*status=sent")

    # syslog is started anew
    path.unlink()
    again = Syslog(path)
    log.socket.close()
    smtp.deliver(mail.port, "t@example.com", MESSAGE)
    instance.wait_until(lambda: again.find("to=<t@example.com>, .*status=sent"), what="the new one")


def test_syslog_that_does_not_read_holds_up_nobody(make_instance):
    mail = make_instance(maillog_file="syslog", log_format="json")
    path = mail.folder / "devlog"
    mail.configure(syslog_socket=path)
    Syslog(path, read=False)
    mail.start()
    for i in range(40):
        assert smtp.deliver(mail.port, f"n{i}@example.com", MESSAGE).code == 250
    mail.wait_messages("n39@example.com")


def test_file_and_standard_output(make_instance):
    """Text for one, JSON for the other; every line in both."""
    mail = make_instance(log_format="text, json")
    mail.configure(
        maillog_file=f"{mail.log}, /dev/stdout", maillog_file_prefixes=f"{mail.folder}, /dev/stdout"
    )
    mail.start()
    smtp.deliver(mail.port, "both@example.com", MESSAGE)
    mail.wait_messages("both@example.com")
    mail.wait_log("removed$")
    mail.stop()
    text = mail.log_text().splitlines()
    rows = [json.loads(line) for line in mail.words.read_text().splitlines()]
    assert len(text) == len(rows)
    assert [row["pid"] for row in rows] == [int(re.search(r"\[(\d+)\]:", l).group(1)) for l in text]
    assert [row["status"] for row in rows if row["event"] == "delivery"] == ["sent"]


def test_too_many_places(make_instance):
    mail = make_instance(maillog_file="/var/a, /var/b, /var/c")
    done = mail.run("postroad", "start-fg", check=False)
    assert done.returncode != 0
    assert "maillog_file: more than" in done.stderr


def test_reader_of_standard_output_that_stops(make_instance):
    """A pipe that nobody reads any more: lines are lost and counted, mail goes on."""
    mail = make_instance(maillog_file="/dev/stdout")
    mail.configure(maillog_file_prefixes="/dev/stdout")
    r, w = os.pipe()
    os.fchmod(w, 0o666)
    mail.master = subprocess.Popen(
        mail.command("postroad", "start-fg"), stdin=subprocess.DEVNULL, stdout=w,
        stderr=subprocess.DEVNULL, cwd="/", env=mail.environment(), start_new_session=True,
    )  # fmt: skip
    os.close(w)
    instance.wait_until(lambda: instance.greets(mail.port), what="greeting")
    begin = time.monotonic()
    with smtp.Session(mail.port) as session:
        for i in range(400):
            session.envelope("pipe@example.com")
            assert session.data(MESSAGE).code == 250
    assert time.monotonic() - begin < 30
    mail.wait_messages("pipe@example.com", 400, 60)
    os.set_blocking(r, False)
    seen = b""

    def reads(pattern):
        nonlocal seen
        try:
            seen += os.read(r, 1 << 20)
        except BlockingIOError:
            pass
        return re.search(pattern, seen)

    reads(b".")
    smtp.deliver(mail.port, "after@example.com", MESSAGE)
    instance.wait_until(lambda: reads(rb"lines of this log were lost"), what="the count")
    os.close(r)


class Talk:
    """Connections one after the other; each leaves a line with its own name."""

    def __init__(self, mail):
        self.mail = mail
        self.names = []
        self.ends = False
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(3)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        count = 0
        while not self.ends:
            name = f"helo-{number}-{count}.example"
            with smtp.Session(self.mail.port, helo=name) as session:
                session.ask("MAIL FROM:<a@example.org>")
                session.ask("RCPT TO:<b@example.org>")
            self.names.append(name)
            count += 1
            time.sleep(0.002)

    def end(self):
        self.ends = True
        for thread in self.threads:
            thread.join()


def test_logrotate_under_load(make_instance):
    """Each line is in one file, whole, and in one only; the old files are compressed."""
    mail = make_instance(mynetworks="", maillog_file_rotate_suffix="%Y%m%d-%H%M%S")
    mail.start()
    talk = Talk(mail)
    for _ in range(4):
        time.sleep(1.1)
        mail.run("postroad", "logrotate")
    talk.end()
    mail.stop()
    old = sorted(mail.log.parent.glob("mail.log.*"))
    assert len(old) == 4
    assert all(file.name.endswith(".gz") for file in old)
    text = "".join(gzip.open(file, "rt").read() for file in old) + mail.log_text()
    assert all(re.match(r"\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ postroad/\w+\[\d+\]: ", line)
               for line in text.splitlines())  # fmt: skip
    assert len(talk.names) > 50
    found = Counter(re.findall(r"helo=<([^>]+)>", text))
    assert not [name for name in talk.names if found[name] != 1][:5]


def test_reopened_on_a_signal(mail):
    """As logrotate(8) does it: rename, then a signal."""
    old = mail.log.with_suffix(".1")
    mail.log.rename(old)
    os.kill(mail.master.pid, signal.SIGUSR1)
    instance.wait_until(mail.log.exists, what="the new file")

    def comes():
        smtp.deliver(mail.port, "sig@example.com", MESSAGE)
        return mail.find_log("to=<sig@example.com>")

    instance.wait_until(comes, what="lines in the new file")


def test_full_disk_of_the_log(make_instance):
    mail = make_instance(maillog_file="/dev/full", maillog_file_prefixes="/dev/full")
    mail.start()
    smtp.deliver(mail.port, "full@example.com", MESSAGE)
    mail.wait_messages("full@example.com")


def test_name_of_a_service(make_instance):
    mail = make_instance()
    mail.services = mail.services.replace(
        " smtpd\n", " smtpd -o syslog_name=postroad/submission -o { smtpd_banner = a b }\n", 1
    )
    mail.write()
    mail.start()
    mail.wait_log(r" postroad/submission/smtpd\[\d+\]: connect from ")


def test_sessions_in_json(make_instance):
    """One id ties the lines of a session, and no two sessions have the same."""
    mail = make_instance(log_format="json")
    mail.start()
    for _ in range(3):
        with smtp.Session(mail.port) as session:
            session.envelope("id@example.com")
            session.data(MESSAGE)
    mail.wait_messages("id@example.com", 3)
    mail.stop()
    rows = [json.loads(line) for line in mail.log_text().splitlines()]
    connects = [row["session"] for row in rows if row["event"] == "connect"]
    assert len(connects) == len(set(connects)) >= 3
    for session in connects:
        events = [row["event"] for row in rows if row.get("session") == session]
        assert events[0] == "connect" and events[-1] in ("disconnect", "lost_connection")
