"""Every binding of every screen, as somebody who may do nothing and one who may only read.

A binding that is not in the tables fails the tests: whoever adds one says here what it does. What
writes is run although it is not offered, as a key that a face forgot to hide.
"""

import importlib
import os
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding

import crmtui.screens
from crmtui.screens.base import CrmModal
from crmtui.screens.form import FormScreen
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.showing import Session, shown
from tests.support import canaries
from tests.support.people import granted
from tests.support.workspaces import dump

LOOKING = """
app.help app.palette app.quit closed.quit help.leave why.leave why.user
board.down board.first board.half-down board.half-up board.last board.left board.open
board.page-down board.page-up board.right board.up
list.down list.first list.half-down list.half-up list.last list.left list.mark list.open
list.page-down list.page-up list.right list.up
page.choose page.down page.first page.half-down page.half-up page.last page.left page.page-down
page.page-up page.right page.up
rows.choose rows.down rows.first rows.half-down rows.half-up rows.last rows.page-down rows.page-up
rows.up
cells.choose cells.down cells.first cells.half-down cells.half-up cells.last cells.left
cells.page-down cells.page-up cells.right cells.up
work.ask work.back work.board work.columns work.copy work.filter work.next-type work.previous-type
work.quit work.sort work.turn-sort work.type-1 work.type-2 work.type-3 work.type-4 work.type-5
work.type-6 work.type-7 work.type-8 work.type-9 work.types work.why
record.copy record.leave record.why
filter.apply filter.leave log.copy log.filter log.leave sql.ask sql.leave sql.tables sql.turn
preview.down preview.up
"""
"""What shows something, or goes elsewhere."""

TYPING = """
arrange.down arrange.leave arrange.toggle arrange.up ask.leave ask.take check.toggle choose.down
choose.leave choose.take choose.up dialogue.done dialogue.leave dialogue.next dialogue.previous
clash.done clash.leave sides.all-theirs sides.all-yours sides.down sides.first sides.flip sides.last
sides.page-down sides.page-up sides.theirs sides.up sides.yours
form.down form.leave form.next form.previous form.take-in form.up
lookup.close lookup.down lookup.take lookup.up rating.clear rating.less rating.more several.drop
several.flip several.left several.out several.right swatch.next swatch.previous
ordered.down ordered.next-heading ordered.previous-heading ordered.up
"""
"""What changes what is typed, and nothing in the workspace."""

PLANNING = """
configuration.category configuration.wizard configuration.wizard-inside define.done define.leave
define.next define.previous design.add design.add-inside design.edit design.leave design.plan
design.rename design.retire design.undo layout.add layout.back layout.columns layout.edit
layout.flip layout.kind layout.left layout.on layout.preview layout.rename layout.reset layout.right
layout.variant layout.width options.default options.merge permission.clear permission.deny
permission.pattern permission.turn plan.drop plan.leave plan.lose role.clear role.deny
role.expression role.fields role.turn wizard.done wizard.kind wizard.leave wizard.next
"""
"""What changes a plan, which is made by `plan.make` and judged there."""

WRITING = """
board.move-back board.move-on work.add work.edit work.move work.remove work.undo
record.edit record.move record.remove record.restore record.share record.undo
form.save
"""
"""What changes records, at once or by the form that it opens."""

ADMINISTERING = """
app.act-as log.refused people.act-as people.hand-over plan.make work.configure
"""
"""What is for administrators, or for who may configure a type or act as another."""

SCREENS = {
    "list": ([], {"work.add", "work.edit", "work.move", "work.remove", "work.undo"}),
    "board": (["b"], {"board.move-back", "board.move-on", "work.edit", "work.remove"}),
    "record": (["enter"], {"record.edit", "record.move", "record.remove", "record.share"}),
}
"""The keys that lead to each screen, and what is in force there that changes records."""


def bindings() -> dict[str, str]:
    """The id of every binding of ours, and what it runs."""
    found = {}
    for module in pkgutil.walk_packages(crmtui.screens.__path__, "crmtui.screens."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and each.__module__ == module.name:
                for binding in vars(each).get("BINDINGS", ()):
                    assert isinstance(binding, Binding) and binding.id, (each, binding)
                    found[binding.id] = binding.action
    return found


def test_the_tables_say_of_every_binding_what_it_does() -> None:
    tables = [table.split() for table in (LOOKING, TYPING, PLANNING, WRITING, ADMINISTERING)]
    said = [name for table in tables for name in table]
    assert sorted(said) == sorted(bindings())


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A workspace where `carol` may read all deals and customers, and `nobody` nothing."""
    path = str(tmp_path / "crm.db")
    canaries.made(path, read="own")
    with Workspace.open(path, command="test") as workspace:
        for key in ("deal", "customer"):
            granted(workspace, "reader", key, read="all")
        people = {"carol": {"roles": "reader", "uid": "4242"}, "nobody": {"uid": "4243"}}
        workspace.change([Change("add", "user", key, said) for key, said in people.items()])
    return path


def changes(path: str) -> dict[str, Any]:
    """What a workspace holds, but for what is remembered of refusals."""
    return {name: rows for name, rows in dump(path).items() if name != "crm_refusal"}


async def go(tui: Session, keys: list[str]) -> None:
    """Begin anew, and go to a screen."""
    tui.app._start_over()
    await tui.settle()
    await tui.press(*keys)


async def run(tui: Session, name: str, action: str) -> bool:
    """Do what a binding does, if it is in force, offered or not; and say yes to it."""
    nodes = [
        active.node
        for active in tui.app.screen.active_bindings.values()
        if active.binding.id == name
    ]
    if not nodes:
        return False
    await tui.app.run_action(action, nodes[0])
    await tui.settle()
    for _ in range(3):
        if isinstance(tui.app.screen, CrmModal):
            await tui.press("enter")
    if isinstance(tui.app.screen, FormScreen):
        await tui.press("tab", "x", "ctrl+s")
    return True


@pytest.mark.parametrize("screen", SCREENS)
async def test_who_may_only_read_changes_nothing_by_any_binding(
    path: str, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    before, actions = changes(path), bindings()
    (keys, wanted), ran = SCREENS[screen], set()
    async with shown(path, "deal") as tui:
        await go(tui, ["2", *keys])
        begun = type(tui.app.screen)
        for name in [*WRITING.split(), *ADMINISTERING.split()]:
            if type(tui.app.screen) is not begun:
                await go(tui, ["2", *keys])
            if await run(tui, name, actions[name]):
                ran.add(name)
                assert changes(path) == before, name
        assert ran >= wanted
        await go(tui, ["2"])
        assert re.search("Bolts", tui.text)


async def test_who_may_do_nothing_sees_nothing_and_changes_nothing(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4243)
    before, actions = changes(path), bindings()
    async with shown(path, None) as tui:
        begun = type(tui.app.screen)
        for name in [*LOOKING.split(), *WRITING.split(), *ADMINISTERING.split()]:
            if name not in ("app.quit", "work.quit", "closed.quit"):
                if type(tui.app.screen) is not begun:
                    await go(tui, [])
                await run(tui, name, actions[name])
                assert canaries.told(tui.text) == []
                assert "Bolts" not in tui.text and "Acme" not in tui.text
        assert changes(path) == before
