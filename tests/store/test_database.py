"""The file: whose it is, what state it is in, who else writes it, and what survives."""

import fcntl
import os
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

from crmtui.store import database
from crmtui.store.changes import Change
from crmtui.store.database import APPLICATION_ID, SCHEMA_VERSION, Database, literal, quoted
from crmtui.store.errors import Conflict, CrmError, Forbidden, NotFound, Refused
from crmtui.store.opened import default_path
from crmtui.store.workspace import Workspace
from tests.support.people import member
from tests.support.processes import all_finished, finished, python
from tests.support.workspaces import DEALS, changed, dump, rows_of

OPEN = "import sys\nfrom crmtui.store.workspace import Workspace\n"


def refusal(path, **how):
    with pytest.raises(CrmError) as caught, Workspace.open(str(path), **how) as workspace:
        for type_ in workspace.types():
            workspace.records(type_.key)
    text = str(caught.value)
    assert "\n" not in text and "{" not in text
    return type(caught.value), caught.value.code


# Making and opening


def test_a_workspace_is_made_only_when_asked(path):
    assert refusal(path) == (NotFound, "no-workspace")
    assert not os.path.exists(path)
    with Workspace.open(path, create=True) as workspace:
        workspace.keep()
    Workspace.open(path).close()


def test_a_workspace_made_for_an_act_that_failed_is_not_left_behind(path):
    with Workspace.open(path, create=True) as workspace, pytest.raises(NotFound):
        workspace.add("nothing", {})
    assert not os.path.exists(path)
    with Workspace.open(path, create=True) as workspace:
        changed(workspace, "type add x")
        workspace.close()  # closing twice is closing once
    assert os.path.exists(path)


def test_a_workspace_that_another_process_wrote_meanwhile_is_not_discarded(path):
    with Workspace.open(path, create=True), Workspace.open(path) as other:
        changed(other, "type add x")
    with Workspace.open(path) as workspace:
        assert [type_.key for type_ in workspace.types()] == ["x"]


def test_a_new_workspace_belongs_to_its_maker_alone(tmp_path):
    path = tmp_path / "deep" / "er" / "crm.db"
    with Workspace.open(str(path), create=True) as workspace:
        workspace.keep()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_file_says_what_it_is_and_is_kept_safe(empty):
    assert rows_of(empty.path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert rows_of(empty.path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert rows_of(empty.path, "PRAGMA journal_mode") == [("wal",)]
    scalar = empty._database.scalar
    assert (scalar("PRAGMA synchronous"), scalar("PRAGMA foreign_keys")) == (2, 1)
    with Workspace.open(empty.path) as again:
        scalar = again._database.scalar
        assert (scalar("PRAGMA synchronous"), scalar("PRAGMA foreign_keys")) == (2, 1)


def test_the_usual_place(monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert default_path() == "/somewhere/crmtui/crm.db"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_path() == os.path.expanduser("~/.local/share/crmtui/crm.db")
    monkeypatch.setenv("CRMTUI_DB", "/elsewhere.db")
    assert default_path() == "/elsewhere.db"


def test_a_path_is_always_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (":memory:", "file:x?mode=memory", "a b.db", "客户.db"):
        with Workspace.open(name, create=True) as workspace:
            changed(workspace, "type add x")
        with Workspace.open(name) as workspace:
            assert len(workspace.types()) == 1


def test_an_empty_file_becomes_a_workspace_only_when_asked(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    assert refusal(path) == (Refused, "not-a-workspace")
    assert path.read_bytes() == b""
    Workspace.open(str(path), create=True).close()


@pytest.mark.parametrize("create", [False, True])
def test_a_file_that_is_not_ours_is_left_alone(tmp_path, create):
    text = tmp_path / "text"
    text.write_text("name,value\n" * 1000)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE deal (id)")
    marked = tmp_path / "marked.db"
    with sqlite3.connect(marked) as connection:
        connection.execute("PRAGMA application_id = 7")
    for file in (text, other, marked):
        before = file.read_bytes()
        assert refusal(file, create=create) == (Refused, "not-a-workspace")
        assert file.read_bytes() == before
    assert refusal(tmp_path, create=create) == (Forbidden, "unreadable")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "crm.db", create=True) == (Forbidden, "unreadable")


def test_a_workspace_of_a_newer_version_is_not_touched(workspace):
    workspace.close()
    with sqlite3.connect(workspace.path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = dump(workspace.path)
    assert refusal(workspace.path) == (Refused, "newer-workspace")
    assert dump(workspace.path) == before


@pytest.mark.parametrize("tables", [False, True])
def test_a_workspace_of_no_version_is_brought_to_this_one(tmp_path, tables):
    path = str(tmp_path / "crm.db")
    if tables:
        with Workspace.open(path, create=True) as workspace:
            changed(workspace, DEALS)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 0")
    with Workspace.open(path) as workspace:
        assert len(workspace.types()) == (2 if tables else 0)
        changed(workspace, "type add x")
    assert rows_of(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_a_damaged_file_is_said_to_be(workspace):
    with workspace.intent():
        for number in range(2000):
            workspace.add("account", {"name": f"account {number}" * 5})
    workspace.close()
    with sqlite3.connect(workspace.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = os.path.getsize(workspace.path)
    (page,) = rows_of(workspace.path, "PRAGMA page_size")[0]
    found = set()
    for begin in range(page, size, page * 7):
        with open(workspace.path, "r+b") as file:
            file.seek(begin)
            kept = file.read(page)
            file.seek(begin)
            file.write(b"\xff" * page)
        try:
            with Workspace.open(workspace.path) as opened:
                for type_ in opened.types():
                    opened.records(type_.key)
                    opened.count(type_.key, "name > ''")
                list(opened.log())
                opened.counts()
                opened.add("account", {"name": "new"}, dry_run=True)
        except CrmError as problem:
            found.add(problem.code)
        finally:
            for extra in ("-wal", "-shm"):
                if os.path.exists(workspace.path + extra):
                    os.remove(workspace.path + extra)
            with open(workspace.path, "r+b") as file:
                file.seek(begin)
                file.write(kept)
    assert found == {"damaged"}
    with Workspace.open(workspace.path) as opened:
        assert opened.count("account") == 2000


def test_a_file_cut_short_is_damaged(workspace):
    with workspace.intent():
        for number in range(500):
            workspace.add("account", {"name": f"account {number}"})
    workspace.close()
    os.truncate(workspace.path, os.path.getsize(workspace.path) // 2)
    assert refusal(workspace.path)[1] in ("damaged", "not-a-workspace")


# Modes; as root the modes mean nothing, so another uid tries

NOBODY = (
    "import os, sys\n"
    "import crmtui.store.workspace, crmtui.store.configuration, crmtui.store.records\n"
    "import crmtui.store.nouns, crmtui.store.changes, sqlite_utils, json, difflib\n"
    "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    "from crmtui.store.workspace import Workspace\n"
    "from crmtui.store.errors import CrmError\n"
    "try:\n"
    "    with Workspace.open(sys.argv[1]) as w:\n"
    "        print(w.count('account'), w.actor.administrator)\n"
    "        w.add('account', {'name': 'new'})\n"
    "        print('added')\n"
    "except CrmError as problem: print(type(problem).__name__, problem.code)\n"
)


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "said"),
    [
        (0o666, 0o777, ["0 False", "added"]),
        (0o444, 0o777, ["0 False", "Forbidden read-only"]),
        (0o600, 0o777, ["Forbidden unreadable"]),
        (0o666, 0o555, None),
        (0o666, 0o700, ["NotFound no-workspace"]),
    ],
)
def test_what_the_mode_of_file_and_folder_allow(tmp_path, file_mode, folder_mode, said):
    if os.getuid() != 0:
        pytest.skip("needs to be root to become somebody else")
    folder = tmp_path / "shared"
    folder.mkdir()
    path = str(folder / "crm.db")
    with Workspace.open(path, create=True) as workspace:
        changed(workspace, "type add account\nfield add account.name title")
        member(workspace, "nobody", 65534)
    os.remove(path + ".lock")
    for parent in (folder, *folder.parents):
        if str(parent).startswith("/tmp/"):
            os.chmod(parent, os.stat(parent).st_mode | 0o055)
    os.chmod(path, file_mode)
    os.chmod(folder, folder_mode)
    try:
        lines = finished(python(NOBODY, path, wait=False)).splitlines()
    finally:
        os.chmod(folder, 0o700)
    if said is None:  # SQLite reads a workspace in a folder it cannot write, or says why not
        assert lines[-1] in ("Forbidden read-only", "Forbidden unreadable")
    else:
        assert lines == said


# Others that write


def test_a_writer_that_waits_too_long_is_told_that_the_workspace_is_busy(workspace, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with Workspace.open(workspace.path) as other, workspace.intent():
        workspace.add("account", {"name": "a"})
        assert other.count("account") == 0  # reading waits for nobody
        with pytest.raises(Conflict) as caught:
            other.add("account", {"name": "b"})
        assert caught.value.code == "busy"
        assert other.count("account") == 0
    with Workspace.open(workspace.path) as other:
        assert other.add("account", {"name": "b"}).id == 2


def test_a_foreign_writer_that_knows_no_turnstile_is_waited_for_too(workspace, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    foreign = sqlite3.connect(workspace.path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with Workspace.open(workspace.path) as other:
        with pytest.raises(Conflict) as caught:
            other.add("account", {"name": "b"})
        assert caught.value.code == "busy"
        foreign.execute("ROLLBACK")
        other.add("account", {"name": "b"})
    foreign.close()


def test_the_turnstile_is_free_after_every_act(workspace):
    def is_free():
        with open(workspace.path + ".lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    workspace.add("account", {"name": "a"})
    is_free()
    with pytest.raises(Refused):
        workspace.add("account", {"name": "a"})
    is_free()
    workspace.add("account", {"name": "b"}, dry_run=True)
    is_free()


def test_eight_processes_lose_no_record(workspace):
    program = OPEN + (
        "for n in range(25):\n"
        "    with Workspace.open(sys.argv[1]) as w:\n"
        "        w.add('account', {'name': sys.argv[2] + str(n)})"
    )
    processes = [python(program, workspace.path, letter, wait=False) for letter in "abcdefgh"]
    all_finished(processes)
    assert workspace.count("account") == 200
    assert len([e for e in workspace.log("account") if e.op == "add"]) == 200
    assert rows_of(workspace.path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("state", ["absent", "of no version"])
def test_processes_that_make_the_same_workspace_at_once(path, state):
    if state == "of no version":
        with sqlite3.connect(path) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    program = OPEN + (
        "import sqlite_utils, crmtui.store.migrations, crmtui.store.configuration\n"
        "from crmtui.store.changes import Change\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "with Workspace.open(sys.argv[1], create=True) as w:\n"
        "    w.change([Change('add', 'type', 't' + sys.argv[2])])\n"
        "    assert w.actor.administrator and w.actor.id == 1, w.actor"
    )
    processes = [python(program, path, str(number), wait=False) for number in range(6)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    all_finished(processes)
    with Workspace.open(path) as workspace:
        assert len(workspace.types()) == 6
    assert len(rows_of(path, "SELECT * FROM crm_user")) == 1


def test_a_process_that_is_killed_leaves_whole_acts_only(workspace):
    program = OPEN + (
        "w = Workspace.open(sys.argv[1])\n"
        "n = 0\n"
        "while True:\n"
        "    with w.intent():\n"
        "        for _ in range(7): n += 1; w.add('account', {'name': str(n)})\n"
        "    print(n, flush=True)\n"
    )
    kept = 0
    for _ in range(4):
        writer = python(program.replace("n = 0", f"n = {kept}"), workspace.path, wait=False)
        assert writer.stdout is not None
        seen = [writer.stdout.readline() for _ in range(3)]
        time.sleep(0.02)
        writer.send_signal(signal.SIGKILL)
        out, err = writer.communicate()
        acknowledged = [int(line) for line in [*seen, *out.splitlines()] if line.strip()]
        assert acknowledged, err
        with Workspace.open(workspace.path) as reader:
            kept = reader.count("account")
            assert kept >= acknowledged[-1] and kept % 7 == 0
            assert len([e for e in reader.log("account") if e.op == "add"]) == kept
    assert rows_of(workspace.path, "PRAGMA integrity_check") == [("ok",)]
    workspace.add("account", {"name": "after"})


def test_a_full_disk_loses_what_it_refused_and_nothing_else(workspace):
    program = OPEN + (
        "import resource, signal\n"
        "from crmtui.store.errors import CrmError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))\n"
        "w = Workspace.open(sys.argv[1])\n"
        "n = 0\n"
        "try:\n"
        "    while True:\n"
        "        w.add('deal', {'name': str(n), 'notes': 'x' * 20_000}); n += 1\n"
        "except CrmError as problem:\n"
        "    print(problem.code, n, w.count('deal'), len(list(w.log('deal', limit=500))))\n"
        "    w.close()\n"
    )
    code, added, counted, _ = finished(python(program, workspace.path, wait=False)).split()
    assert code in ("disk-full", "disk-error")
    assert added == counted and int(added) > 5
    assert workspace.count("deal") == int(added)
    assert rows_of(workspace.path, "PRAGMA integrity_check") == [("ok",)]
    workspace.add("deal", {"name": "there is room again"})


def test_a_full_file_system(workspace, tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a small file system")
    try:
        with Workspace.open(str(place / "crm.db"), create=True) as small:
            changed(small, "type add deal\nfield add deal.notes kind=longtext")
            added = 0
            with pytest.raises(Refused) as caught:
                for _ in range(500):
                    small.add("deal", {"notes": "x" * 20_000})
                    added += 1
            assert caught.value.code in ("disk-full", "disk-error")
            assert small.count("deal") == added > 5
            assert not small._database.in_transaction
        assert rows_of(str(place / "crm.db"), "PRAGMA integrity_check") == [("ok",)]
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_an_interrupted_act_is_undone(workspace):
    before = dump(workspace.path)
    with pytest.raises(KeyboardInterrupt), workspace.intent():
        workspace.add("account", {"name": "a"})
        raise KeyboardInterrupt
    assert dump(workspace.path) == before
    assert workspace.add("account", {"name": "a"}).id == 1


# The parts


def test_a_transaction_is_all_or_nothing_also_inside_another(path):
    ground = Database(path, create=True)
    ground.execute("CREATE TABLE t (n)")

    def numbers():
        return [row[0] for row in ground.execute("SELECT n FROM t ORDER BY n")]

    with ground.transaction():
        ground.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(ZeroDivisionError), ground.transaction():
            ground.execute("INSERT INTO t VALUES (2)")
            with ground.transaction():
                ground.execute("INSERT INTO t VALUES (3)")
            raise ZeroDivisionError
        with ground.transaction(dry_run=True):
            ground.execute("INSERT INTO t VALUES (4)")
            assert numbers() == [1, 4]
        with ground.transaction():
            ground.execute("INSERT INTO t VALUES (5)")
    assert numbers() == [1, 5]
    with ground.transaction(dry_run=True):
        ground.execute("DELETE FROM t")
        ground.execute("DROP TABLE t")
    assert numbers() == [1, 5]
    assert not ground.in_transaction
    ground.close()


@pytest.mark.parametrize("name", ['a"b', "a]b", "a'b", "a b", "客", "select"])
def test_any_name_can_be_quoted(name):
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE {quoted(name)} ({quoted(name)} TEXT)")
    connection.execute(f"INSERT INTO {quoted(name)} VALUES ({literal(name)})")
    assert connection.execute(f"SELECT {quoted(name)} FROM {quoted(name)}").fetchone() == (name,)
    connection.close()


def test_text_that_is_no_unicode_is_refused_wherever_it_is_asked_for(workspace):
    for act in (
        lambda: workspace.log(actor="\udcff").__next__(),
        lambda: workspace.records("\udcff"),
        lambda: workspace.record("\udcff/1"),
        lambda: workspace.change([Change("add", "type", "\udcff")]),
        lambda: workspace.change([Change("set", "type", "deal", {"label": "\udcff"})]),
        lambda: workspace.candidates("account", "\udcff"),
        lambda: workspace.records("deal", where="name = '\udcff'"),
    ):
        with pytest.raises(CrmError):
            act()
