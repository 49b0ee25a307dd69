# SPDX-License-Identifier: BSD-2-Clause
"""postconf(1) on a configuration of its own: shown, changed, judged."""

import stat
import subprocess

import pytest

MAIN = """\
# head
myhostname = mail.example.com
mynetworks = 127.0.0.0/8
  # a comment inside
  192.0.2.0/24
own = two words
smtpd_banner = $myhostname $own
"""

MASTER = """\
smtp      inet  n       -       n       -       -       smtpd -o own=x
foo       unix  -       n       n       60?     5       pipe flags=D { a b }
"""


@pytest.fixture(name="postconf")
def fixture_postconf(stage, tmp_path):
    """Runs postconf; its folder is postconf.folder."""
    (tmp_path / "main.cf").write_text(MAIN)
    (tmp_path / "master.cf").write_text(MASTER)

    def run(*arguments, status=0):
        done = subprocess.run(
            [stage.sbin / "postconf", "-c", tmp_path, *arguments],
            capture_output=True, text=True, check=False, timeout=20,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        run.words = done.stderr
        return done.stdout

    run.folder = tmp_path
    return run


SHOWN = {
    "a value": (["myhostname"], "myhostname = mail.example.com\n"),
    "without its name": (["-h", "myhostname"], "mail.example.com\n"),
    "only its name": (["-H", "myhostname"], "myhostname\n"),
    "several": (["-h", "own", "mynetworks_style"], "two words\nhost\n"),
    "as written": (["smtpd_banner"], "smtpd_banner = $myhostname $own\n"),
    "expanded": (["-x", "smtpd_banner"], "smtpd_banner = mail.example.com two words\n"),
    "the default": (["-d", "smtpd_banner"], "smtpd_banner = $myhostname ESMTP $mail_name\n"),
    "overridden": (["-h", "-x", "-o", "own=mine", "smtpd_banner"], "mail.example.com mine\n"),
    "a pattern": (["minimal_*"], "minimal_backoff_time = 300s\n"),
    "empty": (["relayhost"], "relayhost =\n"),
    "a member of a family": (["foo_time_limit"], "foo_time_limit = $command_time_limit\n"),
    "folded": (["-f", "smtpd_forbidden_commands"],
               "smtpd_forbidden_commands = CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}\n"),
    "services": (["-M", "foo"],
                 "foo        unix  -       n       n       60?     5       pipe flags=D {a b}\n"),
    "services by type": (["-M", "smtp/unix"], ""),
    "a field": (["-F", "foo/unix/wakeup"], "foo/unix/wakeup = 60?\n"),
    "a field of all": (["-Fh", "*/*/chroot"], "n\nn\n"),
    "overrides": (["-P"], "smtp/inet/own = x\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_shown(postconf, name):
    arguments, text = SHOWN[name]
    assert postconf(*arguments) == text
    assert postconf.words == ""


def test_what_is_set(postconf):
    names = [line.split(" = ")[0] for line in postconf("-n").splitlines()]
    assert names == ["myhostname", "mynetworks", "own", "smtpd_banner"]


def test_everything(postconf):
    lines = postconf().splitlines()
    assert len(lines) > 900
    assert lines == sorted(lines, key=lambda line: line.split(" =")[0])
    assert not [line for line in postconf("-d").splitlines() if line.startswith("transport_time")]


def test_unknown_names(postconf):
    assert postconf("smtpd_baner") == ""
    assert "smtpd_baner: unknown parameter; is smtpd_banner meant?" in postconf.words
    with open(postconf.folder / "main.cf", "a", encoding="ascii") as main:
        main.write("hop_count_limit = 5\n")
    postconf("-n")
    assert "main.cf, line 8: unknown parameter hop_count_limit; is hopcount_limit meant?" in postconf.words


def test_mistakes(postconf):
    (postconf.folder / "main.cf").write_text("myhostname = a\nnonsense\n")
    postconf(status=78)
    assert "main.cf, line 2: \"=\" expected after the name" in postconf.words
    postconf("-d", "myorigin")


def test_changed(postconf):
    path = postconf.folder / "main.cf"
    path.chmod(0o640)
    postconf("-e", "mynetworks = 198.51.100.0/24", "relayhost=[mx.example.com]")
    assert path.read_text() == MAIN.replace(
        "mynetworks = 127.0.0.0/8\n  # a comment inside\n  192.0.2.0/24\n",
        "mynetworks = 198.51.100.0/24\n  # a comment inside\n",
    ) + "relayhost = [mx.example.com]\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in postconf.folder.iterdir()].count("main.cf.tmp") == 0


def test_changed_without_an_option(postconf):
    postconf("own=z")
    assert postconf("-h", "own") == "z\n"


def test_removed_and_commented_out(postconf):
    postconf("-X", "own")
    assert "own = two" not in (postconf.folder / "main.cf").read_text()
    postconf("-#", "mynetworks")
    assert "#mynetworks = 127.0.0.0/8\n  # a comment inside\n#  192.0.2.0/24\n" in (
        postconf.folder / "main.cf"
    ).read_text()


def test_odd_changes_are_told(postconf):
    postconf("-e", "smtpd_timeout=soon")
    assert "is not a time" in postconf.words
    postconf("-e", "smtpd_timout=5s")
    assert "is smtpd_timeout meant?" in postconf.words
    postconf("-e", "process_id=5")
    assert "cannot be set" in postconf.words


def test_refused_changes(postconf):
    before = (postconf.folder / "main.cf").read_text()
    postconf("-e", "no value", status=64)
    postconf("-e", "a=b\nc=d", status=64)
    postconf("-e", status=64)
    postconf("-M", "-e", "a=b", status=64)
    assert (postconf.folder / "main.cf").read_text() == before


def test_manual(stage):
    """Each parameter is in the manual, which the build prints from the same rows."""
    done = subprocess.run([stage.sbin / "postconf", "--manual"], capture_output=True, text=True, check=True)
    shown = subprocess.run([stage.sbin / "postconf", "-dH"], capture_output=True, text=True, check=True)
    for name in shown.stdout.split():
        assert f".It Va {name}\n" in done.stdout
