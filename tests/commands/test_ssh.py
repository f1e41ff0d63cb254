"""Keys that let users in, the server's set-up, and looking whether it keeps what it promises."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from crmtui.store.access import login_name
from tests.support.cli import Crm
from tests.support.gateway import made_key, public_key
from tests.support.ssh import prepare_run, sshd_program

needs_sshd = pytest.mark.skipif(sshd_program() is None, reason="there is no sshd on this machine")


@pytest.fixture
def server(crm: Crm) -> Crm:
    """A workspace with alice and bob."""
    crm.script("user add alice\nuser add bob")
    return crm


# Giving and taking keys


def test_authorize_prints_the_line_and_nothing_else(server: Crm) -> None:
    file = server.file("alice.pub", public_key("a") + "\n")
    told = server.here("ssh", "authorize", "alice", file)
    algorithm, data, comment = public_key("a").split(" ")
    fingerprint = server.here("ssh", "list", "--ids").out.strip()
    assert told.out == (
        f'restrict,pty,command="exec {sys.executable} -I -m crmtui.gateway alice'
        f' --key {fingerprint} --db {server.path}" {algorithm} {data} {comment}\n'
    )
    assert told.err == f"alice may log in with {fingerprint}\n"


def test_authorizing_twice_is_once(server: Crm) -> None:
    first = server.here("ssh", "authorize", "alice", "-", stdin=public_key("a"))
    again = server.here("ssh", "authorize", "alice", "-", stdin=public_key("a"))
    assert again.out == first.out
    assert "already" in again.err
    assert len(server.here("ssh", "list").lines) == 1


def test_a_user_may_have_several_keys_and_lose_one(server: Crm) -> None:
    for letter in "xyz":
        server.here("ssh", "authorize", "alice", "-", stdin=public_key(letter))
    first, second, third = server.here("ssh", "list", "--ids").lines
    told = server.here("ssh", "revoke", second)
    assert told.out == f"{second}\n"
    assert server.here("ssh", "list", "--ids").lines == [first, third]
    assert server.here("ssh", "list", "--all", "--ids").lines == [first, second, third]
    assert server.here("ssh", "revoke", second).err == "nothing to change\n"
    assert server.here("ssh", "revoke", "alice").lines == [first, third]
    assert server.here("ssh", "list").out == ""


def test_a_revoked_key_may_be_given_again_also_to_another_user(server: Crm) -> None:
    server.here("ssh", "authorize", "alice", "-", stdin=public_key("k"))
    server.here("ssh", "revoke", "alice")
    server.here("ssh", "authorize", "bob", "-", stdin=public_key("k"))
    (row,) = server.here("ssh", "list", "--json").json
    assert (row["user"], row["created_by"], row["valid"]) == ("bob", login_name(os.getuid()), True)
    fingerprint = row["fingerprint"]
    assert " bob " in server.here("ssh", "authorized-keys", fingerprint).out


def test_what_is_done_with_keys_stands_in_the_log(server: Crm) -> None:
    server.here("ssh", "authorize", "alice", "-", stdin=public_key("k"))
    fingerprint = server.here("ssh", "list", "--ids").out.strip()
    server("ssh", "revoke", "alice")
    revoked, authorized = server.here("log", "--limit", "2", "--json").json
    assert (authorized["op"], authorized["ref"]) == ("authorize", "alice")
    assert authorized["changes"]["what"] == f"authorize {fingerprint} for alice"
    assert (revoked["op"], revoked["command"]) == ("revoke", "ssh revoke alice")
    assert "[not-undoable]" in server.refused("undo", code=1)


@pytest.mark.parametrize(
    ("user", "key", "code", "exit_code"),
    [
        ("carol", public_key("c"), "no-such-user", 3),
        ("alice", "hello", "no-key", 1),
        ("alice", "", "no-key", 1),
        ("alice", f"{public_key('a')}\n{public_key('b')}\n", "several-keys", 1),
        ("alice", f'command="sh" {public_key("a")}', "key-with-options", 1),
        ("alice", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", "private-key", 1),
        ("alice", "ssh-ed25519 AAAA", "damaged-key", 1),
        ("alice", public_key("a") + "\x1b[2J", "bad-comment", 1),
        ("alice", b"\xff\xfe\x00", "not-unicode", 1),
        ("alice", public_key("a") + " " * 2_000_000, "too-large", 1),
    ],
)
def test_what_is_no_good_key_is_refused(
    server: Crm, user: str, key: str | bytes, code: str, exit_code: int
) -> None:
    file = server.file("key.pub", key)
    assert f"[{code}]" in server.refused("ssh", "authorize", user, file, code=exit_code)


def test_two_people_never_share_a_key(server: Crm) -> None:
    server.here("ssh", "authorize", "alice", "-", stdin=public_key("k"))
    file = server.file("bob.pub", public_key("k"))
    told = server.refused("ssh", "authorize", "bob", file, code=5)
    assert "is that of alice" in told and "[key-of-another]" in told


def test_a_retired_user_gets_no_key(server: Crm) -> None:
    server.here("user", "remove", "alice")
    file = server.file("alice.pub", public_key("a"))
    assert "[retired-user]" in server.refused("ssh", "authorize", "alice", file, code=1)


def test_only_an_administrator_gives_and_takes_keys_and_sees_those_of_others(server: Crm) -> None:
    server.here("ssh", "authorize", "alice", "-", stdin=public_key("a"))
    server.here("ssh", "authorize", "bob", "-", stdin=public_key("b"))
    file = server.file("more.pub", public_key("m"))
    server.refused("ssh", "authorize", "alice", file, "--as", "alice", code=4)
    server.refused("ssh", "revoke", "bob", "--as", "alice", code=4)
    assert [row["user"] for row in server.here("ssh", "list", "--json").json] == ["alice", "bob"]
    assert server.here("ssh", "list", "--as", "alice").out.split("\t")[0] == "alice"
    assert len(server.here("ssh", "list", "--as", "alice").lines) == 1


def test_a_role_that_configures_a_type_gives_no_keys(server: Crm) -> None:
    server.script(
        "type add deal\nrole add designer\nrole grant designer deal read,configure\n"
        "user set alice --role designer"
        if "grant" in server.here("role", "--help").out
        else "type add deal"
    )
    file = server.file("more.pub", public_key("m"))
    server.refused("ssh", "authorize", "alice", file, "--as", "alice", code=4)


# What sshd asks


def test_sshd_gets_the_line_of_the_key_that_is_offered_and_no_other(server: Crm) -> None:
    lines = {
        user: server.here("ssh", "authorize", user, "-", stdin=public_key(user[0])).out
        for user in ("alice", "bob")
    }
    prints = {row["user"]: row["fingerprint"] for row in server.here("ssh", "list", "--json").json}
    assert server.here("ssh", "authorized-keys", prints["bob"]).out == lines["bob"]
    assert server.here("ssh", "authorized-keys").out == lines["alice"] + lines["bob"]
    assert server.here("ssh", "authorized-keys", "SHA256:nobody").out == ""
    server.here("ssh", "revoke", "alice")
    server.here("user", "remove", "bob")
    assert server.here("ssh", "authorized-keys").out == ""
    assert server.here("ssh", "authorized-keys", prints["bob"]).out == ""


def test_it_fails_closed(server: Crm) -> None:
    server.here("ssh", "authorize", "alice", "-", stdin=public_key("a"))
    fingerprint = server.here("ssh", "list", "--ids").out.strip()
    Path(server.path).write_bytes(b"not a workspace at all" * 100)
    told = server.here("ssh", "authorized-keys", fingerprint, code=1)
    assert told.out == ""
    os.remove(server.path)
    assert server.here("ssh", "authorized-keys", fingerprint, code=3).out == ""
    assert not os.path.exists(server.path)


def test_a_path_with_quotes_and_spaces_stands_safely_in_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / """o'brien "and" co; touch x"""
    folder.mkdir()
    server = Crm(str(folder / "crm.db"))
    monkeypatch.setenv("CRMTUI_DB", server.path)
    server.script("user add alice")
    line = server.here("ssh", "authorize", "alice", "-", stdin=public_key("a")).out
    # As sshd takes the option out of the line, and the shell then splits it.
    command = line.partition('command="')[2].replace('\\"', "\0").partition('"')[0]
    command = command.replace("\0", '"').replace("exec ", "printf '%s\\n' ", 1)
    words = subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout.split("\n")
    assert words[words.index("--db") + 1] == server.path


# Looking


def found(server: Crm, *words: str, code: int | tuple[int, ...] = (0, 1)) -> dict[str, list[str]]:
    """What the doctor says: of each check, the states."""
    states: dict[str, list[str]] = {}
    for row in server.here("ssh", "doctor", "--json", *words, code=code).json:
        states.setdefault(row["check"], []).append(row["state"])
    return states


def test_the_doctor_says_of_each_thing_what_it_found(server: Crm) -> None:
    os.chmod(server.folder, 0o700)
    states = found(server)
    assert set(states) == set("file folder readers box sqlite program account sshd".split())
    assert states["file"] == states["folder"] == ["ok"]
    assert server.here("ssh", "doctor", "--format", "table", code=(0, 1)).out
    assert server.here("ssh", "doctor", "--lang", "zh", "--format", "table", code=(0, 1)).out


def test_a_file_that_others_can_read_is_told(server: Crm) -> None:
    os.chmod(server.path, 0o644)
    states = found(server)
    assert "warning" in states["file"]
    above = Path(server.path).resolve().parents
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in above):
        assert states["readers"] == ["problem"]
        assert "not protected from any user" in server.here("ssh", "doctor", code=1).out
    os.chmod(server.folder, 0o700)
    assert found(server)["readers"] == ["ok"]


def test_a_folder_that_others_can_write_is_told(server: Crm) -> None:
    os.chmod(server.folder, 0o777)
    assert found(server, code=1)["folder"] == ["problem"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_account_is_told(server: Crm) -> None:
    os.chown(server.path + ".lock", 12345, -1)
    assert "problem" in found(server, code=1)["file"]


@needs_sshd
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask sshd")
def test_what_sshd_says_of_itself_is_looked_at(server: Crm) -> None:
    prepare_run()
    key = made_key(server.folder / "host")
    good = (
        f"Port 2222\nHostKey {key}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "DisableForwarding yes\nPermitTunnel no\nPermitUserRC no\nPermitUserEnvironment no\n"
        "AuthorizedKeysFile none\nAuthorizedKeysCommand /usr/lib/crmtui/authorized-keys %f\n"
        "AuthorizedKeysCommandUser root\n"
    )
    config = server.file("sshd_config", good)
    assert found(server, "--sshd-config", str(config))["sshd"] == ["ok"]
    config.write_text(good.replace("DisableForwarding yes\n", "AcceptEnv LANG LC_* FOO LD_*\n"))
    told = server.here("ssh", "doctor", "--sshd-config", config, code=1).out
    assert "disableforwarding" in told
    assert "FOO" in told and "LD_*" in told


# Setting up


def script(server: Crm, *words: str) -> str:
    return server.here("ssh", "setup", *words).out


def test_the_script_is_printed_and_nothing_is_done(server: Crm) -> None:
    text = script(server, "--account", "sales", "--folder", "/srv/sales", "--port", "2022")
    assert text.startswith("#!/bin/sh\n")
    for line in ("account=sales", "folder=/srv/sales", "port=2022", f"python={sys.executable}"):
        assert f"\n{line}\n" in text
    done = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root might really set it up")
def test_it_runs_only_as_root(server: Crm) -> None:
    done = subprocess.run(["sh"], input=script(server), text=True, capture_output=True)
    assert done.returncode == 1
    assert "run it as root" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--account", "a;b"),
        ("--account", "../x"),
        ("--account", "A"),
        ("--folder", "relative"),
        ("--folder", "/srv/$(id)"),
        ("--folder", "/srv/a b"),
        ("--group", "x\ny"),
        ("--port", "0"),
        ("--port", "ssh"),
    ],
)
def test_what_cannot_stand_in_the_script_is_refused(server: Crm, words: tuple[str, str]) -> None:
    server.refused("ssh", "setup", *words, code=2)


@needs_sshd
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have sshd check a configuration")
def test_sshd_takes_both_of_the_configurations_that_the_script_writes(server: Crm) -> None:
    prepare_run()
    text = script(server)
    key = made_key(server.folder / "host")
    begins = ("Port $port\n", "Match User $account\n")
    for begin in begins:
        part = begin + text.partition(begin)[2].partition("\nEND\n")[0] + "\n"
        for name, value in {
            "$account": "root",
            "$port": "2222",
            "$library": "/usr/lib/crmtui",
            "$settings/host_ed25519": str(key),
        }.items():
            part = part.replace(name, value)
        assert "$" not in part
        config = server.file("sshd_config", f"HostKey {key}\n{part}" if "Match" in begin else part)
        done = subprocess.run(
            [str(sshd_program()), "-t", "-f", config], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_what_the_documents_say_is_what_the_script_does(server: Crm) -> None:
    text = script(server)
    page = (Path(__file__).resolve().parents[2] / "docs" / "ssh.md").read_text(encoding="utf-8")
    for begin in ("Port $port\n", "Match User $account\n"):
        part = begin + text.partition(begin)[2].partition("\nEND\n")[0]
        for name, value in {
            "$account": "crm",
            "$port": "2222",
            "$library": "/usr/lib/crmtui",
            "$settings": "/etc/crmtui",
        }.items():
            part = part.replace(name, value)
        settings = [line for line in part.splitlines() if line and not line.startswith("#")]
        settings = [line for line in settings if line != "Match all"]
        assert "\n".join(settings) in page
