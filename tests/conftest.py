"""What every test stands on: nobody's home, UTC, English, and workspaces in a folder of its own."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from crmtui.app import settle_environment
from crmtui.store.workspace import Workspace
from tests.support.cli import Crm
from tests.support.workspaces import DEALS, changed

# Textual reads its environment once, when whichever test first imports it is collected.
settle_environment()
os.environ.pop("NO_COLOR", None)

# CI runs the same cases each time, so that what passed is what lands; elsewhere new ones are found.
settings.register_profile("shared machine", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "shared machine")


@pytest.fixture(autouse=True)
def isolated(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No test reads or writes what belongs to the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    for name in ("CRMTUI_DB", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that puts this process into a time zone for the rest of the test."""

    def set_zone(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    return set_zone


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a test's workspace is, or will be."""
    return str(tmp_path / "crm.db")


@pytest.fixture
def empty(path: str) -> Iterator[Workspace]:
    """A new workspace without any type."""
    with Workspace.open(path, create=True, command="test") as opened:
        yield opened


@pytest.fixture
def workspace(empty: Workspace) -> Workspace:
    """A workspace with accounts and deals, and no records; see `tests.support.workspaces`."""
    changed(empty, DEALS)
    return empty


@pytest.fixture
def crm(path: str, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """The command line on a workspace of the test's own, which the first command makes."""
    monkeypatch.setenv("CRMTUI_DB", path)
    return Crm(path)
