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
    "services by type": (["-qM", "smtp/unix"], ""),
    "a field": (["-F", "foo/unix/wakeup"], "foo/unix/wakeup = 60?\n"),
    "a field of all": (["-Fh", "*/*/chroot"], "n\nn\n"),
    "overrides": (["-P"], "smtp/inet/own = x\n"),
    "all of a service": (["-PP", "smtp/inet/own"], "smtp/inet/own = x\n"),
    "main.cf's for a service": (["-PPx", "foo/unix/smtpd_banner"],
                                "foo/unix/smtpd_banner = mail.example.com two words\n"),
    "user-defined": (["-C", "user"], "own = two words\n"),
    "of a service": (["-C", "service", "foo_destination_rec*"],
                     "foo_destination_recipient_limit = $default_destination_recipient_limit\n"),
    "JSON": (["-j", "own"], '{"name": "own", "value": "two words"}\n'),
    "JSON of a service": (["-Mj", "smtp"], '{"service": "smtp", "type": "inet", "private": "n", '
                          '"unprivileged": "-", "chroot": "n", "wakeup": "-", "process_limit": "-", '
                          '"command": "smtpd -o own=x"}\n'),
    "blanks are one": (["-h", "-o", "own= a  \t b", "own"], "a b\n"),
    "the locks": (["-l"], "flock\nfcntl\ndotlock\n"),
    "no SASL": (["-a"], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_shown(postconf, name):
    arguments, text = SHOWN[name]
    assert postconf(*arguments) == text
    assert postconf.words == ""


def test_where_a_value_comes_from(postconf):
    folder = postconf.folder
    (folder / "main.cf.d").mkdir()
    (folder / "main.cf.d/20-late.cf").write_text("own = late\n")
    (folder / "main.cf.d/10-early.cf").write_text("# c\n\nown = early\nrelayhost = $own\n")
    (folder / "main.cf.d/.hidden.cf").write_text("nonsense\n")
    (folder / "main.cf.d/other").write_text("nonsense\n")
    assert postconf("-O", "own", "myhostname", "mynetworks_style", "relayhost") == (
        f"{folder}/main.cf.d/20-late.cf:1: own = late\n"
        f"{folder}/main.cf:2: myhostname = mail.example.com\n"
        "default: mynetworks_style = host\n"
        f"{folder}/main.cf.d/10-early.cf:4: relayhost = $own\n"
    )
    assert postconf("-xh", "relayhost") == "late\n"
    assert postconf("-OPP", "smtp/inet/own") == f"{folder}/master.cf:1: smtp/inet/own = x\n"
    assert postconf("-jO", "own") == (
        f'{{"name": "own", "value": "late", "origin": "{folder}/main.cf.d/20-late.cf:1"}}\n'
    )
    postconf("-e", "own = changed")
    assert f"own is set in {folder}/main.cf.d/20-late.cf, line 1, which counts" in postconf.words
    (folder / "main.cf.d/20-late.cf").write_text("x\n")
    postconf(status=78)
    assert "main.cf.d/20-late.cf, line 1: \"=\" expected" in postconf.words


SMTP = "smtp       inet  n       -       n       -       -       smtpd\n    -o own=x\n"
FOO = "foo        unix  -       n       n       60?     5       pipe flags=D {a b}\n"
EDITS = {  # arguments, what becomes of the two entries
    "an entry": (["-Me", "smtp/inet=25 inet n - n - 9 smtpd -v"],
                 "25         inet  n       -       n       -       9       smtpd -v\n", None),
    "a new entry": (["-Me", "bar/unix=bar unix - - n - - local"], None, MASTER.splitlines(True)[1] +
                    "bar        unix  -       -       n       -       -       local\n"),
    "removed": (["-MX", "smtp/inet"], "", None),
    "commented out": (["-M#", "*/unix"], None, "#" + MASTER.splitlines(True)[1]),
    "a field": (["-Fe", "smtp/inet/chroot=y"], SMTP.replace("n       -       -  ", "y       -       -  "), None),
    "two fields": (["-F", "foo/unix/process_limit=7", "foo/*/wakeup=-"], None,
                   FOO.replace("60?", "-  ").replace("5 ", "7 ")),
    "a command": (["-Fe", "smtp/inet/command=smtpd -v"],
                  "smtp       inet  n       -       n       -       -       smtpd -v\n", None),
    "an override": (["-Pe", "smtp/inet/own=y z"], SMTP.replace("own=x", "{own=y z}"), None),
    "a new override": (["-P", "foo/unix/a=b"], None,
                       "foo        unix  -       n       n       60?     5       pipe\n    -o a=b\n    flags=D {a b}\n"),
    "no override": (["-PX", "smtp/inet/own"], SMTP.replace("\n    -o own=x", ""), None),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_services_changed(postconf, name):
    arguments, first, second = EDITS[name]
    path = postconf.folder / "master.cf"
    path.write_text("# one\n" + MASTER.replace("foo", "# two\nfoo"))
    path.chmod(0o604)
    postconf("-q", *arguments)
    lines = MASTER.splitlines(True)
    assert path.read_text() == (
        "# one\n" + (lines[0] if first is None else first) + "# two\n" + (lines[1] if second is None else second)
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


REFUSED = {
    "too few columns": (["-Me", "smtp/inet=smtp inet n"], 73),
    "a bad field": (["-Fe", "smtp/inet/private=x"], 73),
    "no such field": (["-Fe", "smtp/inet/bogus=x"], 64),
    "no value": (["-Fe", "smtp/inet/chroot"], 64),
    "no type": (["-MX", "smtp"], 64),
    "a line break": (["-Pe", "smtp/inet/a=b\nc"], 64),
    "-P#": (["-P#", "smtp/inet/own"], 64),
    "-F -X": (["-FX", "smtp/inet/chroot"], 64),
    "-M -n": (["-Mn"], 64),
    "-e -X": (["-eX", "own"], 64),
    "-e -x": (["-ex", "own=1"], 64),
    "-C": (["-C", "bogus"], 64),
    "a comment": (["-e", "#own=1"], 64),
    "templates": (["-b"], 69),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(postconf, name):
    arguments, status = REFUSED[name]
    postconf(*arguments, status=status)
    assert (postconf.folder / "main.cf").read_text() == MAIN
    assert (postconf.folder / "master.cf").read_text() == MASTER


def test_names_on_their_way_out(postconf):
    postconf("-e", "smtpd_use_tls = yes", "relayhost = [mx] # the old one")
    postconf("-n")
    assert 'support for parameter "smtpd_use_tls" will be removed; instead, specify' in postconf.words
    assert 'line 9: what follows "#" is part of the value, not a comment' in postconf.words


def test_types(postconf):
    assert {"hash", "regexp", "static", "texthash"} <= set(postconf("-m").split())


def test_no_reader(stage):
    """A closed pipe is no failure; a full disk is."""
    command = [stage.sbin / "postconf", "-d"]
    done = subprocess.run(
        ["sh", "-c", 'trap "" PIPE; "$@" | true; "$@" >/dev/full; echo $?; "$@" >&-; echo $?', "-", *command],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    assert done.stdout == "74\n0\n"
    assert "cannot write: No space left on device" in done.stderr


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
    postconf("-e", "#a=b", status=64)
    assert (postconf.folder / "main.cf").read_text() == before


def test_manual(stage):
    """Each parameter is in the manual, which the build prints from the same rows."""
    done = subprocess.run([stage.sbin / "postconf", "--manual"], capture_output=True, text=True, check=True)
    shown = subprocess.run([stage.sbin / "postconf", "-dH"], capture_output=True, text=True, check=True)
    for name in shown.stdout.split():
        assert f".It Va {name}\n" in done.stdout
