"""Workspaces that cannot be opened or written: a line that says why, and the file as it was."""

import os
import shutil
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import PROGRAM, REPOSITORY, Crm


def error_of(outcome) -> str:
    assert outcome.out == ""
    assert outcome.err.count(": error: ") == 1
    assert "Traceback" not in outcome.err
    return outcome.err


def test_there_is_no_workspace_yet(crm: Crm):
    error = error_of(crm("type", "list", code=3))
    assert f"there is no workspace at {crm.path}" in error
    assert "hint: crmtui init" in error
    for words in (
        ["record", "add", "deal", "name=x"],
        ["record", "import", "deal", "x.csv"],
        ["field", "add", "deal.name"],
        ["stage", "add", "deal", "lead"],
        ["record", "list", "deal"],
        ["export"],
        ["log"],
        ["type", "add", "no good key!"],
        ["apply", "-f", "nowhere.yaml"],
    ):
        assert crm.here(*words, code=(1, 2, 3)).out == ""
        assert crm.files() == set(), words


def test_the_first_command_that_writes_makes_it(crm: Crm):
    crm("type", "add", "deal")
    assert crm("type", "list", "--ids").lines == ["deal"]
    assert stat.S_IMODE(os.stat(crm.path).st_mode) == 0o600


def test_init_makes_one_and_never_twice(crm: Crm):
    assert crm("init").out == crm.path + "\n"
    before = crm.everything()
    assert "there is a workspace at" in error_of(crm("init", code=5))
    assert crm.everything() == before


def test_the_usual_place_is_in_the_users_data_folder(crm: Crm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CRMTUI_DB")
    monkeypatch.setenv("XDG_DATA_HOME", str(crm.folder / "data"))
    assert crm("init").out.strip() == str(crm.folder / "data" / "crmtui" / "crm.db")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"This is my letter.\n" * 100, "is no crmtui workspace"),
        (b"\x00" * 8192, "is no crmtui workspace"),
    ],
)
def test_a_file_of_somebody_else(crm: Crm, content, told):
    file = crm.file("crm.db", content)
    for words in (["type", "list"], ["type", "add", "deal"], ["record", "list", "x"], ["init"]):
        assert told in error_of(crm(*words, code=1))
    assert file.read_bytes() == content


def test_a_database_of_somebody_else(crm: Crm):
    with sqlite3.connect(crm.path) as other:
        other.execute("CREATE TABLE song (title TEXT)")
    before = Path(crm.path).read_bytes()
    for words in (["type", "list"], ["type", "add", "deal"], ["init"], ["apply", "-f", "-"]):
        outcome = crm(*words, code=1, stdin="types: {a: {}}")
        assert "is no crmtui workspace" in error_of(outcome)
    assert Path(crm.path).read_bytes() == before


def test_a_damaged_workspace(crm: Crm):
    crm.script("type add deal\nfield add deal.name\n" + "record add deal name=x\n" * 500)
    whole = Path(crm.path).read_bytes()
    crm.file("crm.db", whole[:4096] + b"\xff" * (len(whole) - 4096))
    error = error_of(crm("record", "list", "deal", code=1))
    assert "damaged" in error or "no crmtui workspace" in error


def test_a_folder_in_its_place(crm: Crm):
    os.mkdir(crm.path)
    assert "cannot be opened" in error_of(crm("type", "list", code=4))


def test_a_workspace_of_a_newer_version(crm: Crm):
    crm("init")
    with sqlite3.connect(crm.path) as other:
        other.execute("PRAGMA user_version = 999")
    assert "was written by a newer version of crmtui" in error_of(crm("type", "list", code=1))


def test_a_workspace_that_may_only_be_read(crm: Crm):
    crm("type", "add", "deal")
    before = Path(crm.path).read_bytes()
    if os.geteuid() == 0:
        done = in_own_mounts(
            f"mount --bind {crm.folder} {crm.folder} || exit 77",
            f"mount -o remount,ro,bind {crm.folder} || exit 77",
            f"{' '.join(PROGRAM)} type add account",
        )
    else:
        os.chmod(crm.path, 0o444)
        os.chmod(crm.folder, 0o555)
        done = subprocess.run([*PROGRAM, "type", "add", "account"], capture_output=True, text=True)
        os.chmod(crm.folder, 0o755)
    assert (done.returncode, done.stdout) == (4, "")
    # SQLite cannot even read a WAL database where it may not write beside it.
    assert "cannot be written" in done.stderr or "cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr
    assert Path(crm.path).read_bytes() == before


def in_own_mounts(*script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script where mounting is nobody else's business; skips where that is refused."""
    if not shutil.which("unshare"):
        pytest.skip("needs a file system of our own")
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "\n".join(script)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    return done


def test_a_workspace_that_another_process_locks(crm: Crm, monkeypatch: pytest.MonkeyPatch):
    crm("type", "add", "deal")
    monkeypatch.setattr("crmtui.store.database.BUSY_SECONDS", 0.3)
    other = sqlite3.connect(crm.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        error = error_of(crm.here("type", "add", "account", code=5))
        assert "is locked by another process; try again" in error
        assert crm.here("type", "list", "--ids").lines == ["deal"]
    finally:
        other.close()
    crm.here("type", "add", "account")


def test_a_full_disk(crm: Crm):
    rows = crm.file("rows.csv", "name\n" + "".join(f"{'n' * 200}{n}\n" for n in range(20_000)))
    place = crm.folder / "small"
    place.mkdir()
    program = " ".join(PROGRAM)
    script = f"""
        mount -t tmpfs -o size=2m none {place} || exit 77
        export CRMTUI_DB={place}/crm.db
        {program} type add deal || exit 1
        {program} field add deal.name || exit 1
        {program} record import deal {rows}; echo "exit $?"
        {program} record list deal | wc -l
        {program} record add deal name=small
        ls {place}
        {program} record export deal > /dev/full; echo "exit $?"
    """
    done = in_own_mounts(script)
    assert done.stdout.split("\n")[:4] == ["exit 1", "0", "deal/1", "crm.db"], done
    assert f"there is no room left to write {place}/crm.db" in done.stderr
    assert "exit 1" in done.stdout.split("\n")[-2]
    assert "the system refuses: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
