"""Where SQL runs there is nothing else: even code of the child's own can reach no file.

These tests have SQL call functions of theirs, as somebody might who found a fault in SQLite.
"""

import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from crmtui import landlock
from crmtui.store.workspace import Workspace
from tests.store.sql.asking import asked, calling
from tests.support.processes import ROOT, python


def outcome(act: Callable[[], Any]) -> str:
    """What came of an act inside the child: the name of its error, or what it gave."""
    try:
        return repr(act())
    except BaseException as problem:
        return type(problem).__name__


ACTS: dict[str, Callable[[str], Any]] = {
    "opening the workspace": lambda path: os.open(path, os.O_RDONLY),
    "opening it by SQLite": lambda path: sqlite3.connect(path).execute("select 1 from crm_user"),
    "opening its journal": lambda path: os.open(path + "-wal", os.O_RDONLY),
    "opening any file": lambda _path: os.open("/etc/passwd", os.O_RDONLY),
    "making a file": lambda path: os.open(path + ".made", os.O_CREAT | os.O_WRONLY),
    "a file without a name": lambda _path: os.memfd_create("x"),
    "listing a folder": lambda _path: os.listdir("/"),
    "a socket": lambda _path: socket.socket(),
    "a pipe": lambda _path: os.pipe(),
    "one more descriptor of what is open": lambda _path: os.dup(0),
    "lifting the limit": lambda _path: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    "running a program": lambda _path: subprocess.run(["true"]),
    "removing the workspace": lambda path: os.unlink(path),
    "renaming it": lambda path: os.rename(path, path + ".gone"),
    "cutting it short": lambda path: os.truncate(path, 0),
    "running a program in its place": lambda _path: os.execv("/bin/true", ["true"]),
}

BOXED = frozenset(list(ACTS)[-4:])
"""What takes no descriptor, so that only the kernel's box keeps the child from it."""


@pytest.mark.parametrize("act", ACTS)
def test_the_child_can_reach_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    if act == "lifting the limit" and os.getuid() == 0:
        pytest.skip("root may lift limits, and needs none of this to read the file")
    if act in BOXED and landlock.version() < landlock.LEAST:
        pytest.skip("this kernel boxes nothing in")
    with calling(monkeypatch, "act", lambda: outcome(lambda: ACTS[act](workspace.path))):
        ((found,),) = asked(workspace, "select act()")
    # Without any descriptor left, the system says so; SQLite says that it cannot open.
    assert found in ("OSError", "OperationalError", "PermissionError", "ValueError")


def test_the_child_has_no_descriptor_but_its_two_pipes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def descriptors() -> str:
        found = []
        for number in range(4096):
            try:
                found.append(f"{os.fstat(number).st_mode:o}"[:2])
            except OSError:
                continue
        return " ".join(found)

    with calling(monkeypatch, "descriptors", descriptors):
        ((found,),) = asked(workspace, "select descriptors()")
    # Its inbox is closed as well once the records have been taken in. 10 is a pipe.
    assert found == "10"


def test_the_child_is_limited_by_the_system_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limits() -> str:
        names = ("NOFILE", "FSIZE", "CORE", "NPROC", "CPU")
        found = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in names]
        return " ".join(map(str, found))

    with calling(monkeypatch, "limits", limits):
        assert asked(workspace, "select limits()", seconds=7) == [["0 0 0 0 9"]]


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is limited on Linux")
def test_memory_that_is_not_of_sqlite_is_limited_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with calling(monkeypatch, "take", lambda: outcome(lambda: len(bytearray(2 << 30)))):
        assert asked(workspace, "select take()") == [["MemoryError"]]


def test_the_child_takes_signals_as_a_program_does_that_knows_of_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handled() -> str:
        return " ".join(
            signal.Signals(number).name
            for number in signal.valid_signals()
            if callable(signal.getsignal(number))
        )

    with calling(monkeypatch, "handled", handled):
        assert asked(workspace, "select handled()") == [[""]]


def test_what_the_child_would_print_goes_nowhere(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def shouting() -> str:
        os.write(1, b"out")
        return "heard"

    with calling(monkeypatch, "shouting", lambda: outcome(shouting)):
        assert asked(workspace, "select shouting()") == [["OSError"]]
    assert capfd.readouterr() == ("", "")


def test_a_workspace_is_whole_after_a_child_was_killed_beside_an_open_transaction(
    workspace: Workspace,
) -> None:
    from crmtui.store.errors import CrmError

    with workspace.intent():
        workspace.add("deal", {"name": "One"})
        with pytest.raises(CrmError):
            asked(workspace, "select printf('%.*c', 900000000, 'x')", seconds=0.2)
        workspace.add("deal", {"name": "Two"})
    with Workspace.open(workspace.path) as other:
        assert asked(other, "select name from deal") == [["One"], ["Two"]]


def test_the_lock_of_writers_goes_with_the_parent_and_not_with_the_child(
    workspace: Workspace,
) -> None:
    endless = (
        "with recursive t (n) as (select 1 union all select n + 1 from t) select max(n) from t"
    )
    program = (
        "import os, sys, threading\n"
        "from crmtui.store.workspace import Workspace\n"
        "from crmtui.store.sql.limits import Limits\n"
        "w = Workspace.open(sys.argv[1])\n"
        "with w.intent():\n"
        "    w.add('deal', {'name': 'lost'})\n"
        "    threading.Timer(0.3, lambda: os.kill(os.getpid(), 9)).start()\n"
        f"    w.sql({endless + ' where n < 0'!r}, limits=Limits(60)).columns\n"
    )
    process = python(program, workspace.path, wait=False)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    workspace.add("deal", {"name": "One"})
    assert asked(workspace, "select name from deal") == [["One"]]


def test_it_needs_no_program_to_be_started(workspace: Workspace) -> None:
    """Where nothing may be executed, as behind the gateway, asking works all the same."""
    program = (
        "import os, sys\n"
        "from crmtui.store.workspace import Workspace\n"
        "from crmtui.store.sql.limits import Limits\n"
        "def forbidden(*_):\n"
        "    raise PermissionError\n"
        "sys.addaudithook(lambda name, _: forbidden() if name in\n"
        "    ('os.exec', 'os.posix_spawn', 'os.system', 'subprocess.Popen') else None)\n"
        "with Workspace.open(sys.argv[1]) as w, w.sql('select 6 * 7', limits=Limits(60)) as a:\n"
        "    print(list(a))\n"
    )
    assert python(program, workspace.path).returncode == 0
    assert ROOT


def test_many_threads_may_ask_at_once(path: str, workspace: Workspace) -> None:
    import threading

    workspace.add("deal", {"name": "One", "value": "2.50"})
    found: list[object] = []

    def ask() -> None:
        with Workspace.open(path) as mine:
            for _ in range(5):
                found.append(asked(mine, "select name, sum(value) from deal"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[["One", 2.5]]] * 30
