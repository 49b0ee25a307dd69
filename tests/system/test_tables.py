# SPDX-License-Identifier: BSD-2-Clause
"""postmap and postalias: what they make, change and show; who they are while they do it."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import instance
import pytest


class Tables:
    """A folder with a main.cf of its own, and the commands."""

    def __init__(self, stage, folder):
        self.stage = stage
        self.folder = Path(folder)
        (self.folder / "conf").mkdir()
        (self.folder / "conf/main.cf").write_text("myhostname = mail.example.net\n")

    def run(self, program, *arguments, status=0, text="", cwd=None):
        done = subprocess.run(
            [self.stage.sbin / program, "-c", self.folder / "conf", *map(str, arguments)],
            input=text, capture_output=True, text=True, timeout=60, check=False,
            cwd=cwd or self.folder,
        )  # fmt: skip
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def shown(self, program, path):
        return sorted(self.run(program, "-s", path).stdout.splitlines())


@pytest.fixture(name="tables")
def fixture_tables(stage, tmp_path):
    return Tables(stage, tmp_path)


def test_make_and_ask(tables):
    source = tables.write("map", "# c\nKey one value\nuser@Example.com  two\n  words\n")
    made = tables.run("postmap", f"hash:{source}")
    assert made.stdout + made.stderr == ""
    assert tables.shown("postmap", source) == ["key\tone value", "user@example.com\ttwo  words"]
    assert tables.run("postmap", "-q", "KEY", source).stdout == "one value\n"
    assert tables.run("postmap", "-q", "none", source, status=1).stdout == ""
    asked = tables.run("postmap", "-q", "-", source, text="key\nnone\nUser@example.COM\n")
    assert asked.stdout == "key\tone value\nUser@example.COM\ttwo  words\n"
    assert tables.run("postmap", "-q", "k", "inline:{a=b}", "static:all").stdout == "all\n"
    assert tables.run("postmap", "-q", "192.0.2.7", "cidr:{{192.0.2.0/24 in}}").stdout == "in\n"


def test_case_is_kept_on_demand(tables):
    source = tables.write("map", "Key value\n")
    tables.run("postmap", "-f", source)
    assert tables.shown("postmap", source) == ["Key\tvalue"]
    tables.run("postmap", "-f", "-q", "Key", source)
    tables.run("postmap", "-q", "Key", source, status=1)


def test_faulty_lines_are_told_and_left_out(tables):
    source = tables.write("map", 'good 1\nbad\n"open quote 2\ngood 3\n')
    said = tables.run("postmap", source).stderr.splitlines()
    assert len(said) == 3
    assert f"warning: {source}, line 2: a key, blanks and a value" in said[0]
    assert f"warning: {source}, line 3: a quote has no end" in said[1]
    assert f'warning: {source}.db: duplicate entry: "good" (line 4)' in said[2]
    assert tables.shown("postmap", source) == ["good\t1"]
    assert tables.run("postmap", "-w", tables.write("two", "k 1\nk 2\n")).stderr == ""
    tables.run("postmap", "-r", tables.folder / "two")
    assert tables.shown("postmap", tables.folder / "two") == ["k\t2"]


def test_change(tables):
    path = tables.folder / "map"
    tables.run("postmap", "-i", path, text="a 1\nb 2\n")
    tables.run("postmap", "-i", "-r", path, text="b 3\nc 4\n")
    assert tables.shown("postmap", path) == ["a\t1", "b\t3", "c\t4"]
    tables.run("postmap", "-d", "A", path)
    tables.run("postmap", "-d", "A", path, status=1)
    tables.run("postmap", "-d", "-", path, text="none\nb\n")
    assert tables.shown("postmap", path) == ["c\t4"]
    assert [f.name for f in tables.folder.iterdir() if f.name.startswith("map")] == ["map.db"]


def test_aliases(tables):
    source = tables.write("aliases", 'Postmaster: root\n"a b": c, "d e"@f\nlist: :include:/x\n')
    tables.run("postalias", source)
    assert tables.shown("postalias", source) == [
        '"a b":\tc, "d e"@f', "list:\t:include:/x", "postmaster:\troot",
    ]  # fmt: skip
    assert tables.run("postalias", "-q", "postMASTER", source).stdout == "root\n"


def test_trouble_has_words_and_a_status(tables):
    for arguments, words in (
        (["/no/such/file"], "/no/such/file: No such file"),
        (["btree:/x"], "only tables of the type hash have an index"),
        (["-q", "k", "hash:/no/such"], "cannot open /no/such.db: No such file"),
        (["-q", "k", "nis:x"], 'tables of the type "nis" are not supported'),
        (["-s", "/no/such"], "/no/such.db: No such file"),
        (["-d", "k", "/no/such/folder/x"], "/no/such/folder/x"),
    ):
        said = tables.run("postmap", *arguments, status=1).stderr
        assert words in said, said
    for arguments in ([], ["-q", "a", "-s", "x"], ["-i", "a", "b"], ["-Z", "x"]):
        assert tables.run("postmap", *arguments, status=64).stderr.startswith("postmap: fatal: ")


def test_the_mode_is_that_of_the_source(tables):
    for mode in (0o644, 0o600, 0o640):
        source = tables.write("map", "a b\n")
        source.chmod(mode)
        tables.run("postmap", source)
        assert stat.S_IMODE((tables.folder / "map.db").stat().st_mode) == mode | 0o600
    tables.run("postmap", "-p", source)
    assert stat.S_IMODE((tables.folder / "map.db").stat().st_mode) & ~0o022 == 0o644


def test_no_db_config(tables):
    """CVE-2017-10140: Berkeley DB would read DB_CONFIG in the current folder."""
    tables.write("DB_CONFIG", "nonsense\n")
    source = tables.write("map", "a b\n")
    tables.run("postmap", "map", cwd=tables.folder)
    assert tables.shown("postmap", source) == ["a\tb"]


@pytest.mark.skipif(not instance.is_root(), reason="needs root")
def test_root_is_not_root_in_a_folder_of_others(tables):
    """The owner of the folder would choose what is read and written."""
    tables.folder.chmod(0o755)
    for above in tables.folder.parents:
        if str(above).startswith("/tmp/"):
            above.chmod(above.stat().st_mode | 0o055)
    home = tables.folder / "home"
    home.mkdir()
    os.chown(home, instance.MAILBOX_UID, instance.MAILBOX_UID)
    source = home / "map"
    source.write_text("a b\n")
    tables.run("postmap", source)
    assert (home / "map.db").stat().st_uid == instance.MAILBOX_UID

    secret = tables.write("secret", "secret text\n")
    secret.chmod(0o600)
    source.unlink()
    source.symlink_to(secret)
    said = tables.run("postmap", source, status=1).stderr
    assert "Permission denied" in said
    assert tables.shown("postmap", source) == ["a\tb"]

    (home / "map.db").unlink()
    (home / "map.db").symlink_to(tables.folder / "conf/main.cf")
    source.unlink()
    source.write_text("c d\n")
    tables.run("postmap", source)
    assert not (home / "map.db").is_symlink()
    assert "myhostname" in (tables.folder / "conf/main.cf").read_text()
    tables.run("postmap", "-o", source)
    assert (home / "map.db").stat().st_uid == 0


@pytest.mark.skipif(not instance.is_root(), reason="needs root")
def test_the_owner_of_the_source_gets_the_index(tables):
    source = tables.write("map", "a b\n")
    os.chown(source, instance.MAILBOX_UID, instance.MAILBOX_UID)
    tables.run("postmap", source)
    assert (tables.folder / "map.db").stat().st_uid == instance.MAILBOX_UID


@pytest.mark.skipif(shutil.which("postmap") is None, reason="no postmap of Postfix here")
def test_postfix_reads_what_we_made(tables):
    source = tables.write("map", "key value\n")
    tables.run("postmap", source)
    done = subprocess.run(["postmap", "-q", "key", f"hash:{source}"], capture_output=True,
        text=True, check=True)  # fmt: skip
    assert done.stdout == "value\n"
