"""Every verb of the store, as who may do nothing, who may only read, and who lacks one right.

A public verb of `Workspace` that is not in the tables fails the tests: whoever adds one says here
what it is to those who are no administrators.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmtui.store.changes import Change
from crmtui.store.errors import CrmError
from crmtui.store.import_options import ImportOptions
from crmtui.store.packs import files as pack_files
from crmtui.store.reading import open_source
from crmtui.store.workspace import Workspace
from tests.support import canaries
from tests.support.people import WORK, granted
from tests.support.workspaces import dump

Act = Callable[[Workspace], Any]

ABSENT = "no-such-type"
REFUSED = "permission"
NOT_ADMINISTRATOR = "not-administrator"


def lines(text: str = "name,amount\nx,1\n") -> Any:
    return open_source(io.BytesIO(text.encode()), name="rows.csv")


def changing(line: str) -> Act:
    verb, noun, ref = line.split()
    return lambda w: w.change([Change(verb, noun, ref)])


READING: dict[str, Act] = {
    "type": lambda w: w.type("deal"),
    "plan": lambda w: w.plan("deal").count(),
    "select": lambda w: list(w.select("deal").rows),
    "records": lambda w: w.records("deal", where="amount > 0", sort=["name"]),
    "count": lambda w: w.count("deal"),
    "record": lambda w: w.record("deal/1"),
    "candidates": lambda w: w.candidates("deal", "o"),
    "tags": lambda w: w.tags("deal", "tags"),
    "board": lambda w: w.board("deal"),
    "cards": lambda w: w.cards("deal", "lead"),
    "available_moves": lambda w: w.available_moves("deal/1"),
    "beginnings": lambda w: w.beginnings("deal"),
    "problems": lambda w: w.problems("deal", {"amount": "1"}, "deal/1"),
    "field_states": lambda w: w.field_states("deal", {"amount": "1"}, "deal/1"),
    "understood": lambda w: w.understood("deal", {"amount": "1"}),
    "may": lambda w: w.may("update", "deal", "deal/1"),
    "meanwhile": lambda w: w.meanwhile("deal/1", 1),
    "sql_tables": lambda w: w.sql_tables(["deal"]),
    "explaining": lambda w: w.explaining().shares("deal/1"),
    "explaining oneself": lambda w: w.explaining().explain("me", "read", "deal/1"),
}
"""What who may read a type may do; of one that may not be known it says that it is not there."""

WORKING: dict[str, tuple[str, Act]] = {
    "export": ("export", lambda w: list(w.export("deal").rows)),
    "add": ("create", lambda w: w.add("deal", {"name": "x"})),
    "set": ("update", lambda w: w.set("deal/1", {"tags": "y"})),
    "move": ("move", lambda w: w.move("deal/1", "won")),
    "move_all": ("move", lambda w: w.move_all(["deal/1"], "won")),
    "remove": ("delete", lambda w: w.remove("deal/1")),
    "restore": ("delete", lambda w: w.restore("deal/1")),
    "import_records": ("import", lambda w: w.import_records("deal", lines(), ImportOptions())),
    "set owner": ("assign", lambda w: w.set("deal/1", {"keeper": "bob"})),
    "history": ("history", lambda w: w.history("deal/1")),
    "log": ("history", lambda w: list(w.log("deal"))),
    "handing_over": ("assign", lambda w: assigned(w, "deal/1")),
}
"""What takes a right of its own, and which."""

CONFIGURING: dict[str, Act] = {
    "change": changing("add type x"),
    "change field": changing("add field deal.x"),
    "change role": changing("add role x"),
    "change user": lambda w: w.change([Change("set", "user", "alice", {"administrator": True})]),
    "change permission": lambda w: w.change([Change("add", "permission", "sales.*")]),
    "change_telling": lambda w: intended(w, lambda: w.change_telling(Change("add", "type", "x"))),
    "document": lambda w: w.document(),
    "document of one": lambda w: w.document(["deal"]),
    "files": lambda w: w.files({"x.yaml": ""}),
    "changes_to": lambda w: w.changes_to({"types": {"deal": {"label": "x"}}}),
    "apply": lambda w: w.apply({"types": {"deal": {"label": "x"}}}),
    "proposal": lambda w: w.proposal({"types": {"deal": {"label": "x"}}}),
    "copy": lambda w: w.copy("customer", "x"),
    "packs": lambda w: w.packs(),
    "installed_pack": lambda w: w.installed_pack("lead"),
    "install_packs": lambda w: w.install_packs([pack_files.packaged("lead")]),
    "upgrade_packs": lambda w: w.upgrade_packs(),
    "remove_packs": lambda w: w.remove_packs(["lead"]),
    "refusals": lambda w: w.refusals(),
    "privacy": lambda w: w.privacy,
    "ssh_keys": lambda w: intended(w, lambda: w.ssh_keys().revoke("bob")),
    "handing_over everything": lambda w: handed_over(w),
}
"""What changes the workspace itself, or tells of it what is for administrators."""

ANYBODY: dict[str, Act] = {
    "path": lambda w: w.path,
    "types": lambda w: w.types(),
    "categories": lambda w: w.categories(),
    "counts": lambda w: w.counts(),
    "users": lambda w: w.users(),
    "configuration": lambda w: w.configuration().siblings("type", ""),
    "rights": lambda w: w.rights is not None,
    "shared": lambda w: w.shared,
    "tells_history": lambda w: w.tells_history,
    "last_act": lambda w: w.last_act(),
    "data_version": lambda w: w.data_version(),
    "journal_position": lambda w: w.journal_position(),
    "changes_since": lambda w: w.changes_since(0),
    "intent": lambda w: intended(w, lambda: None),
    "keep": lambda w: w.keep(),
}
"""What everybody may ask; it tells each what they may know."""

OTHERWISE = {
    "open": "makes the actor; see test_access",
    "close": "ends it",
    "impersonate": "asks for a right of its own; see test_access and below",
    "attachment": "no record here has a file; see test_hidden",
    "undo": "is for own acts only; see test_hidden",
    "sharing": "takes a right that no user here has; see test_sharing",
    "sql": "answers when no act is under way; see test_permission_oracle",
}


def assigned(workspace: Workspace, ref: str) -> None:
    with workspace.handing_over() as handing:
        handing.assign(ref, "bob")


def handed_over(workspace: Workspace) -> None:
    with workspace.handing_over() as handing:
        handing.hand_over("bob", "alice")


def intended(workspace: Workspace, act: Callable[[], Any]) -> Any:
    with workspace.intent("write"):
        return act()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A workspace with users who may do nothing, read, and everything but one operation."""
    path = str(tmp_path_factory.mktemp("verbs") / "crm.db")
    canaries.made(path, read="own", **dict.fromkeys(WORK.split()[1:], "all"))
    with Workspace.open(path, command="test") as workspace:
        everything = dict.fromkeys(WORK.split(), "all")
        for key, lets in {
            "reader": {"read": "all"},
            **{f"no-{op}": everything | {op: None} for op in WORK.split()},
        }.items():
            for type_key in ("deal", "customer"):
                granted(workspace, key, type_key, **lets)
            workspace.change([Change("add", "user", f"u-{key}", {"roles": key})])
        workspace.change([Change("add", "user", "nobody", {})])
        workspace.add("deal", {"name": "Free"})
    return path


def came_of(path: str, user: str, act: Act) -> str:
    """The code that an act is refused with, or `done`; what it did is undone."""
    before = changes(path)
    with Workspace.open(path, command="test", as_user=user) as workspace:
        try:
            with workspace.intent(dry_run=True):
                act(workspace)
        except CrmError as problem:
            assert changes(path) == before
            return problem.code
    return "done"


def changes(path: str) -> dict[str, Any]:
    """What a workspace holds, but for what is remembered of refusals."""
    return {name: rows for name, rows in dump(path).items() if name != "crm_refusal"}


def test_the_tables_name_every_verb() -> None:
    public = {name for name in dir(Workspace) if not name.startswith("_")}
    tables = (READING, WORKING, CONFIGURING, ANYBODY, OTHERWISE)
    known = {name.partition(" ")[0] for table in tables for name in table}
    assert public - known == set()
    assert known - public == set()


@pytest.mark.parametrize("verb", READING)
def test_who_may_read_reads_and_nobody_else_knows_of_the_type(path: str, verb: str) -> None:
    assert came_of(path, "nobody", READING[verb]) == ABSENT
    assert came_of(path, "u-reader", READING[verb]) == "done"
    assert came_of(path, "u-no-create", READING[verb]) == "done"


@pytest.mark.parametrize("verb", WORKING)
def test_what_takes_a_right_is_refused_without_it_and_let_without_any_other(
    path: str, verb: str
) -> None:
    operation, act = WORKING[verb]
    assert came_of(path, "nobody", act) == ABSENT
    assert came_of(path, "u-reader", act) == REFUSED
    for other in WORK.split()[1:]:
        if (operation, other) not in {("import", "create"), ("assign", "update")}:
            expected = REFUSED if other == operation else "done"
            assert came_of(path, f"u-no-{other}", act) == expected, other


@pytest.mark.parametrize("verb", CONFIGURING)
def test_who_is_no_administrator_does_not_configure(path: str, verb: str) -> None:
    for user in ("nobody", "u-reader", "u-no-update"):
        assert came_of(path, user, CONFIGURING[verb]) in (NOT_ADMINISTRATOR, ABSENT)
    assert came_of(path, "u-reader", CONFIGURING[verb]) == NOT_ADMINISTRATOR


@pytest.mark.parametrize("verb", ANYBODY)
def test_what_everybody_may_ask_tells_nothing_that_they_may_not_know(path: str, verb: str) -> None:
    for user in ("nobody", canaries.ALICE):
        with Workspace.open(path, command="test", as_user=user) as workspace:
            told = ANYBODY[verb](workspace)
        if verb != "path":
            assert canaries.told(repr(told)) == []


def test_who_may_not_act_as_another_does_not(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Workspace.open(path, command="test") as workspace:
        workspace.change([Change("set", "user", "u-no-update", {"uid": "4242"})])
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with Workspace.open(path, command="test") as workspace:
        with pytest.raises(CrmError) as caught:
            workspace.impersonate("bob")
        assert caught.value.code == REFUSED
        assert workspace.actor.key == "u-no-update"


def test_a_record_that_may_not_be_read_is_not_there_for_any_verb(path: str) -> None:
    ref = "deal/2"
    for act in (
        lambda w: w.record(ref),
        lambda w: w.history(ref),
        lambda w: w.attachment(ref, "paper"),
        lambda w: w.set(ref, {"tags": "y"}),
        lambda w: w.move(ref, "won"),
        lambda w: w.remove(ref),
        lambda w: w.restore(ref),
        lambda w: w.available_moves(ref),
        lambda w: w.problems("deal", {}, ref),
        lambda w: w.field_states("deal", {}, ref),
        lambda w: w.may("read", "deal", ref),
        lambda w: w.meanwhile(ref, 1),
        lambda w: w.records("deal", after=ref),
    ):
        assert came_of(path, canaries.ALICE, act) == "no-such-record"


def test_every_folder_is_as_it_was(path: str) -> None:
    assert canaries.files_with_canaries(Path(path).parent) == []
