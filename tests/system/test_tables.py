# SPDX-License-Identifier: BSD-2-Clause
"""postmap and postalias: what they make, change and show; who they are while they do it."""

import collections
import os
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import instance
import pytest
import smtp


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
    assert f'warning: {source}, line 4: duplicate entry: "good"' in said[2]
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
        (["regexp:/x"], 'tables of the type "regexp" have no index'),
        (["fail:/x"], 'tables of the type "fail" have no index'),
        (["-d", "k", f"cdb:{tables.folder}/x"], "a cdb index cannot be changed, only made anew"),
        (["-q", "k", "hash:/no/such"], "cannot open /no/such.db: No such file"),
        (["-q", "k", "nis:x"], 'tables of the type "nis" are not supported'),
        (["-s", "/no/such"], "/no/such.db: No such file"),
        (["-d", "k", "/no/such/folder/x"], "/no/such/folder/x"),
    ):
        said = tables.run("postmap", *arguments, status=1).stderr
        assert words in said, said
    for arguments in ([], ["-q", "a", "-s", "x"], ["-i", "a", "b"], ["-Z", "x"], ["-h", "x"],
                      ["-b", "-q", "k", "x"], ["-j", "x"], ["-m", "-q", "-", "x"]):  # fmt: skip
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


TYPES = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb", "cdb": ".cdb"}


@pytest.fixture(name="kind", params=TYPES)
def fixture_kind(request, tables):
    said = tables.run("postmap", "-q", "k", f"{request.param}:/no/such", status=1).stderr
    if "which this build lacks" in said:
        pytest.skip(said.strip())
    return request.param


def test_every_kind_of_index(tables, kind):
    source = tables.write("map", "".join(f"user{n}@example.com value {n}\n" for n in range(3000)))
    name = f"{kind}:{source}"
    tables.run("postmap", name)
    assert (tables.folder / f"map{TYPES[kind]}").stat().st_size > 3000
    assert tables.shown("postmap", name)[:2] == [
        "user0@example.com\tvalue 0", "user1000@example.com\tvalue 1000",
    ]  # fmt: skip
    assert len(tables.shown("postmap", name)) == 3000
    asked = "".join(f"User{n}@Example.com\n" for n in range(0, 6000, 2))
    assert len(tables.run("postmap", "-q", "-", name, text=asked).stdout.splitlines()) == 1500
    tables.run("postmap", "-n", name)
    assert tables.run("postmap", "-q", "user7@example.com", name).stdout == "value 7\n"
    assert sorted(f.name for f in tables.folder.glob("map*")) == ["map", f"map{TYPES[kind]}"]


def test_changes_to_every_kind(tables, kind):
    name = f"{kind}:{tables.folder}/map"
    if kind == "cdb":
        tables.run("postmap", "-i", name, text="a 1\n", status=1)
        return
    tables.run("postmap", "-i", name, text="a 1\nb 2\n")
    tables.run("postmap", "-i", "-r", name, text="b 3\nc 4\n")
    tables.run("postmap", "-d", "A", name)
    assert tables.shown("postmap", name) == ["b\t3", "c\t4"]


def test_json(tables):
    source = tables.write("map", 'k one "two"\n')
    tables.run("postmap", source)
    line = '{"key": "k", "value": "one \\"two\\""}\n'
    assert tables.run("postmap", "-j", "-s", source).stdout == line
    assert tables.run("postmap", "-j", "-q", "k", source).stdout == line
    assert tables.run("postmap", "-jq", "-", source, text="k\nx\n").stdout == line


def test_entries_that_are_not_utf8(tables):
    source = tables.folder / "map"
    source.write_bytes(b"good 1\nb\xe4d 2\nbad \xff\n# \xff\n")
    said = tables.run("postmap", source).stderr.splitlines()
    assert [line.split(": ", 2)[2] for line in said] == [
        f"{source}, line 2: not UTF-8; the line is left out",
        f"{source}, line 3: not UTF-8; the line is left out",
    ]
    assert tables.shown("postmap", source) == ["good\t1"]
    assert tables.run("postmap", "-u", source).stderr == ""
    assert len(tables.run("postmap", "-j", "-s", source).stdout.splitlines()) == 3
    tables.run("postmap", "-uU", source)
    assert tables.shown("postmap", source) == ["good\t1"]


def test_values_from_files(tables):
    one = tables.write("one.pem", "first\n")
    two = tables.write("two.pem", "second\n")
    source = tables.write("sni", f"example.com {one} {two}\nother.example {one},{two}\nbad /no/such\n")
    said = tables.run("postmap", "-F", source).stderr
    assert f"{source}, line 3: cannot read /no/such: No such file or directory; the line" in said
    assert tables.run("postmap", "-q", "example.com", source).stdout == "Zmlyc3QKc2Vjb25kCg==\n"
    assert tables.run("postmap", "-F", "-q", "example.com", source).stdout == "first\nsecond\n\n"
    plain = tables.write("plain", "k value\n")
    tables.run("postmap", plain)
    assert "no base64" in tables.run("postmap", "-F", "-q", "k", plain, status=1).stderr


MESSAGE = """Subject: one
\ttwo
From: a@example.com

Body one
Subject: in the body
"""


def test_a_message_as_keys(tables):
    checks = "regexp:{{/^subject:.*two/ fold}, {/^From/ from}, {/^body/ line}, {/in the/ in}}"
    shown = {
        "-h": ["Subject: one", "\ttwo\tfold", "From: a@example.com\tfrom"],
        "-b": ["Body one\tline", "Subject: in the body\tin"],
    }
    shown["-hb"] = shown["-h"] + shown["-b"]
    for option, lines in shown.items():
        found = tables.run("postmap", option, "-q", "-", checks, text=MESSAGE).stdout
        assert found.splitlines() == lines
    tables.run("postmap", "-hq", "-", "inline:{a=b}", text=MESSAGE, status=1)


def test_every_type_can_be_asked(tables):
    patterns = tables.write("patterns", "if /x/\n/^x(.)$/ got $1\nendif\n")
    networks = tables.write("networks", "10.0.0.0/8 ten\n")
    text = tables.write("text", "k v\n")
    for name, key, value in (
        (f"pcre:{patterns}", "xy", "got y"),
        (f"regexp:{patterns}", "xy", "got y"),
        (f"cidr:{networks}", "10.1.2.3", "ten"),
        (f"texthash:{text}", "K", "v"),
        ("environ:", "LANGUAGE", "xx"),
        ("static:{a b}", "any", "a b"),
        ("unionmap:{static:a, inline:{k=b}}", "k", "a,b"),
        (f"pipemap:{{texthash:{text}, inline:{{v=w}}}}", "k", "w"),
        ("randmap:{one}", "any", "one"),
        ("proxy:unix:passwd.byname", "root", "root:x:0:0:"),
        ("proxy:unix:group.byname", "root", "root:x:0:"),
    ):
        os.environ["LANGUAGE"] = "xx"
        assert tables.run("postmap", "-q", key, name).stdout.startswith(value), name
    said = tables.run("postmap", "-q", "k", "debug:inline:{k=v}")
    assert (said.stdout, said.stderr) == ("v\n", 'postmap: debug:inline:{k=v} lookup: "k" = "v"\n')
    assert "always fails" in tables.run("postmap", "-q", "k", "fail:x", status=1).stderr


MULTIPART = """Subject: outer
Content-Type: multipart/mixed;
 boundary="b"

--b
Subject: part

text
--b--
"""


def test_a_message_in_parts(tables):
    checks = "regexp:{{/^subject: part/ yes}, {/^text/ text}}"
    for options, shown in (
        ("-h", ""),
        ("-b", "Subject: part\tyes\ntext\ttext\n"),
        ("-hm", "Subject: part\tyes\n"),
        ("-bm", "text\ttext\n"),
    ):
        status = 0 if shown else 1
        asked = tables.run("postmap", options, "-q", "-", checks, text=MULTIPART, status=status)
        assert asked.stdout == shown, options


def test_look_ups_make_no_system_call(tables, kind):
    """Those that hit, once the pages are in memory: 5000 of them cost what 5 do, and little more."""
    if shutil.which("strace") is None:
        pytest.skip("no strace here")
    source = tables.write("map", "".join(f"user{n} value {n}\n" for n in range(100)))
    name = f"{kind}:{source}"
    tables.run("postmap", name)

    def calls(count):
        counted = tables.folder / "calls"
        done = subprocess.run(
            ["strace", "-f", "-qq", "-e", "trace=!write", "-o", counted,
             tables.stage.sbin / "postmap", "-c", tables.folder / "conf", "-q", "-", name],
            input="".join(f"user{n % 100}\n" for n in range(count)), text=True,
            capture_output=True, check=True, timeout=120,
            env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"},  # it cannot while it is traced
        )  # fmt: skip
        assert len(done.stdout.splitlines()) == count
        return len(counted.read_text().splitlines())

    few, many = calls(5), calls(5000)
    assert many < few + 120, (few, many)


# --- Debian's Postfix ---------------------------------------------------------------------------


@pytest.fixture(scope="session", name="postfix_postmap")
def fixture_postfix_postmap(tmp_path_factory):
    """run(type, *arguments): the postmap of Debian's package, unpacked and not installed."""
    folder = tmp_path_factory.mktemp("postfix")
    for package in ("postfix", "postfix-lmdb", "postfix-cdb"):
        got = subprocess.run(
            ["apt-get", "download", "-q", package], cwd=folder, capture_output=True, check=False
        )
        if got.returncode != 0:
            pytest.skip("Debian's Postfix cannot be had here")
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder / "root"], check=True)
    library = folder / "root/usr/lib/postfix"
    (folder / "conf").mkdir()
    (folder / "conf/main.cf").write_text(
        "mail_owner = proxy\nsetgid_group = voice\nmyhostname = a.example\n"
        f"shlib_directory = {library}\nmeta_directory = {folder}/conf\ncompatibility_level = 3.7\n"
    )
    (folder / "conf/dynamicmaps.cf").write_text(
        f"lmdb\t{library}/postfix-lmdb.so\tdict_lmdb_open\tmkmap_lmdb_open\n"
        f"cdb\t{library}/postfix-cdb.so\tdict_cdb_open\tmkmap_cdb_open\n"
    )

    def run(*arguments, text=""):
        return subprocess.run(
            [folder / "root/usr/sbin/postmap", "-c", folder / "conf", *map(str, arguments)],
            env={"LD_LIBRARY_PATH": str(library)}, input=text, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    if run("-q", "k", "inline:{k=v}").stdout != "v\n":
        pytest.skip("Debian's postmap does not run here")
    return run


def test_postfix_reads_what_we_made(tables, kind, postfix_postmap):
    source = tables.write("map", "".join(f"user{n} value {n}\n" for n in range(2000)))
    name = f"{kind}:{source}"
    for option in ("-N", "-n"):
        tables.run("postmap", option, name)
        shown = postfix_postmap("-s", name)
        if kind != "cdb":  # Debian's has no -s for it
            assert sorted(shown.stdout.splitlines()) == tables.shown("postmap", name)
        assert postfix_postmap("-q", "user1999", name).stdout == "value 1999\n"


def test_we_read_what_postfix_made(tables, kind, postfix_postmap):
    source = tables.write("map", "".join(f"user{n} value {n}\n" for n in range(2000)))
    name = f"{kind}:{source}"
    for option in ("-N", "-n"):
        made = postfix_postmap(option, name)
        assert made.returncode == 0, made.stderr
        assert len(tables.shown("postmap", name)) == 2000
        assert tables.run("postmap", "-q", "user1999", name).stdout == "value 1999\n"
        tables.run("postmap", "-q", "user2000", name, status=1)


def test_changes_in_turn(tables, kind, postfix_postmap):
    """One index, changed by both in turn."""
    if kind == "cdb":
        pytest.skip("is made anew each time")
    name = f"{kind}:{tables.folder}/map"
    tables.run("postmap", "-i", name, text="a 1\n")
    assert postfix_postmap("-i", name, text="b 2\n").returncode == 0
    tables.run("postmap", "-i", name, text="c 3\n")
    assert postfix_postmap("-d", "a", name).returncode == 0
    assert tables.shown("postmap", name) == ["b\t2", "c\t3"]
    assert sorted(postfix_postmap("-s", name).stdout.splitlines()) == ["b\t2", "c\t3"]


@pytest.mark.parametrize("kind", ["hash", "lmdb"])
def test_postfix_rewrites_an_index_in_use(make_instance, postfix_postmap, kind):
    """In place, where we replace it: a mailbox that is in it all the time is never "unknown"."""
    one = make_instance()
    source = one.config / "boxes"
    here = f"tester@{instance.DOMAIN}"
    source.write_text("".join(f"user{n}@{instance.DOMAIN} x/\n" for n in range(3000)) + f"{here} x/\n")
    name = f"{kind}:{source}"
    if "which this build lacks" in one.run("postmap", name, check=False).stderr:
        pytest.skip("not in this build")
    for file in one.config.glob("boxes*"):
        file.chmod(0o644)
    one.configure(virtual_mailbox_maps=name)
    one.allow(rf"{name}: ")
    one.start()
    made = []

    def rewrite():
        made.extend(postfix_postmap(name).returncode for _ in range(30))

    writer = threading.Thread(target=rewrite)
    writer.start()
    codes = collections.Counter()
    while writer.is_alive() or len(codes) == 0:
        with smtp.Session(one.port) as session:
            session.must("MAIL FROM:<a@example.org>", 250)
            codes.update(session.ask(f"RCPT TO:<{here}>").code for _ in range(20))
    writer.join()
    assert made == [0] * 30
    assert codes[250] > 20, codes
    assert set(codes) <= {250, 451}, codes
