# SPDX-License-Identifier: BSD-2-Clause
"""postroad check: what is wrong is named with its place; start refuses what cannot work."""

import json
import os

import pytest

FAULTS = {  # settings or a change, what is said, whether it is an error
    "a misspelt name": ({"smtpd_timout": "5s"}, "unknown parameter smtpd_timout; is smtpd_timeout meant?", True),
    "a wrong type": ({"smtpd_timeout": "soon"}, '"soon" is not a time', True),
    "out of range": ({"line_length_limit": "1"}, "out of range", True),
    "no value": ({"relayhost": "$nothing"}, "$nothing has no value", False),
    "an unknown type of table": ({"virtual_alias_maps": "hahs:/x"},
                                 "virtual_alias_maps: there are no tables of type hahs; is hash meant?", True),
    "a missing table": ({"virtual_alias_maps": "hash:/nonexistent/x"}, ": virtual_alias_maps: ", True),
    "limits": ({"mailbox_size_limit": "1000"}, "mailbox_size_limit (1000) is smaller than message_size_limit", True),
    "limits of virtual": ({"virtual_mailbox_limit": "1000"}, "virtual_mailbox_limit (1000) is smaller", True),
    "times": ({"minimal_backoff_time": "9h"}, "minimal_backoff_time (9h) is more than maximal_backoff_time", False),
    "a reserve": ({"queue_minfree": "1"}, "queue_minfree (1) is less than 1.5 times", False),
    "a way out": ({"smtpd_use_tls": "yes"}, 'support for parameter "smtpd_use_tls" will be removed', False),
}  # fmt: skip


@pytest.fixture(name="make_checked")
def fixture_make_checked(make_instance):
    """Folders of the spool as `start` makes them; then the settings."""

    def make(**settings):
        mail = make_instance()
        mail.run("postroad", "set-permissions")
        mail.configure(**settings)
        return mail

    return make


def check(mail, *arguments):
    done = mail.run("postroad", "check", *arguments, check=False)
    return done.returncode, done.stdout + done.stderr


def test_nothing_wrong(make_checked):
    assert check(make_checked())[0] == 0


@pytest.mark.parametrize("name", FAULTS)
def test_faults(make_checked, name):
    settings, words, is_error = FAULTS[name]
    mail = make_checked(**settings)
    status, text = check(mail)
    line = next(line for line in text.splitlines() if words in line)
    assert (": error: " in line) == is_error, line
    assert status == (78 if is_error else 0)
    if "limit" not in name and name not in ("times", "a reserve"):
        assert f"{mail.config}/main.cf, line {len(mail.main)}: " in line
    if is_error:
        done, text = check(mail, "--json")
        assert done == 78
        found = [json.loads(row) for row in text.splitlines()]
        assert any(row["level"] == "error" and words in row["text"] for row in found)


@pytest.mark.parametrize("service", ["unix:private/policy", "{ unix:private/policy, timeout = 10s }"])
def test_policy_services_are_no_tables(make_checked, service):
    rules = f"reject_unauth_destination, check_policy_service {service}, check_sender_access inline:{{a=OK}}"
    status, text = check(make_checked(smtpd_recipient_restrictions=rules))
    assert status == 0 and ": error: " not in text, text


def test_stale_table(make_checked):
    mail = make_checked()
    table = mail.config / "aliases"
    table.write_text("a: b\n")
    mail.configure(alias_maps=f"hash:{table}", alias_database=f"hash:{table}")
    if mail.uid != 0:
        mail.give(table, mail.uid)
    mail.run("newaliases")
    os.utime(table, (2**31, 2**31))
    assert "aliases" in check(mail)[1]


@pytest.mark.parametrize("path, mode", [("etc/main.cf", 0o666), ("etc/master.cf", 0o664), ("data", 0o777)])
def test_rights(make_checked, path, mode):
    mail = make_checked()
    (mail.folder / path).chmod(mode)
    status, text = check(mail)
    assert status == 78
    assert "can be written by others than its owner" in text


def test_start_refuses(make_checked):
    mail = make_checked(mailbox_size_limit="1000")
    done = mail.run("postroad", "start", check=False)
    assert done.returncode == 78
    assert "mailbox_size_limit (1000) is smaller" in done.stderr
    assert "the mail system is not started" in done.stderr
    assert mail.run("postroad", "status", check=False).returncode == 1
