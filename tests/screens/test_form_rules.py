"""The rules of a type hold in the form while it is typed in."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmtui.screens.form import FormScreen
from crmtui.screens.widgets.form_row import FormRow
from crmtui.store.workspace import Workspace
from tests.screens.conftest import define
from tests.screens.showing import Session, shown

RULED = """
types:
  deal:
    label: Deal
    fields:
      name: {label: Name, required: true, title: true}
      amount: {label: Amount, kind: integer}
      discount: {label: Discount, kind: integer, required_when: amount > 100}
      reason: {label: Reason, visible_when: discount > 10}
      approver: {label: Approver, visible_when: reason is not null}
      code: {label: Code, write_once: true}
      region: {label: Region, read_only_when: stage = 'won'}
      source:
        label: Source
        kind: choice
        options: {web: {label: Website}, fair: {label: Trade fair, when: amount > 100}}
    stages:
      lead: {label: Lead}
      won: {label: Won}
    validations:
      cap: {rule: discount <= amount, message: A discount is at most the amount}
"""


@pytest.fixture
def ruled(tmp_path: Path) -> str:
    path = str(tmp_path / "crm.db")
    with Workspace.open(path, command="test", create=True) as workspace:
        define(workspace, RULED)
    return path


def added(path: str, values: dict[str, str], stage: str | None = None) -> None:
    with Workspace.open(path, command="test") as workspace:
        workspace.add("deal", values, stage)


def stored(path: str, ref: str) -> dict[str, Any]:
    with Workspace.open(path) as workspace:
        found = workspace.record(ref)
        return {key: found.entry(key) for key in found.values if found.entry(key)}


def row(tui: Session, key: str) -> FormRow:
    screen = tui.app.screen
    assert isinstance(screen, FormScreen)
    found = screen.row(key)
    assert found is not None
    return found


async def fill(tui: Session, key: str, text: str) -> None:
    row(tui, key).control.target.focus()
    await tui.press("ctrl+u")
    await tui.type(text)
    await tui.settle()


async def test_a_field_is_seen_only_where_its_rule_says_so(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        assert "Reason" not in tui.text
        await fill(tui, "discount", "20")
        assert tui.line("Reason")
        await fill(tui, "reason", "friends")
        assert tui.line("Approver")
        # It goes and comes back with its typing.
        await fill(tui, "discount", "5")
        assert "Reason" not in tui.text and "Approver" not in tui.text
        await fill(tui, "discount", "30")
        assert "friends" in tui.line("Reason") and tui.line("Approver")


async def test_what_was_typed_where_nothing_is_seen_is_not_saved(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        await tui.type("Fresh")
        await fill(tui, "amount", "50")
        await fill(tui, "discount", "20")
        await fill(tui, "reason", "friends")
        await fill(tui, "discount", "5")
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    assert stored(ruled, "deal/1") == {"name": "Fresh", "amount": "50", "discount": "5"}


async def test_it_is_so_even_when_saved_before_the_store_was_asked(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        await tui.type("Fresh")
        await fill(tui, "amount", "50")
        await fill(tui, "discount", "20")
        await fill(tui, "reason", "friends")
        row(tui, "discount").control.focus()
        await tui.pilot.press("ctrl+u", "5", "ctrl+s")
        await tui.settle()
        assert tui.state == "deal/1 saved"
    assert stored(ruled, "deal/1") == {"name": "Fresh", "amount": "50", "discount": "5"}


async def test_a_record_loses_what_has_no_place_only_when_one_says_yes(ruled: str) -> None:
    added(ruled, {"name": "Old", "amount": "50", "discount": "20", "reason": "friends"})
    async with shown(ruled) as tui:
        await tui.press("e")
        await fill(tui, "discount", "5")
        await tui.press("ctrl+s")
        assert "Saving empties what has no place any more: Reason" in tui.text.replace("\n", " ")
        await tui.press("k")
        assert isinstance(tui.app.screen, FormScreen)
        assert stored(ruled, "deal/1")["reason"] == "friends"
        await tui.press("ctrl+s", "s")
        assert tui.state == "deal/1 saved"
    assert stored(ruled, "deal/1") == {"name": "Old", "amount": "50", "discount": "5"}


async def test_what_is_required_by_now_is_marked(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        assert "Discount *" not in tui.text
        await fill(tui, "amount", "200")
        assert tui.line("Discount *")
        await fill(tui, "amount", "2")
        assert "Discount *" not in tui.text


async def test_what_may_not_be_written_is_only_shown(ruled: str) -> None:
    added(ruled, {"name": "Old", "code": "A-1", "region": "North"})
    added(ruled, {"name": "Done", "code": "A-2", "region": "South"}, "won")
    async with shown(ruled) as tui:
        await tui.press("a")
        assert row(tui, "code").control is not None and row(tui, "region").control is not None
        await tui.press("escape", "e")
        assert row(tui, "code").control is None and "A-1" in tui.line("Code")
        assert row(tui, "region").control is not None
        await tui.press("escape", "j", "e")
        assert row(tui, "region").control is None and "South" in tui.line("Region")


async def test_only_what_may_be_chosen_is_offered(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        row(tui, "source").control.target.focus()
        await tui.press("down")
        assert tui.line("Website") and not tui.line("Trade fair")
        await tui.press("escape")
        await fill(tui, "amount", "200")
        row(tui, "source").control.target.focus()
        await tui.press("down")
        assert tui.line("Website") and tui.line("Trade fair")


async def test_what_is_wrong_with_the_whole_record_is_told_below_and_goes(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        await tui.type("Fresh")
        await fill(tui, "amount", "5")
        await fill(tui, "discount", "7")
        assert tui.line("A discount is at most the amount")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 1 to mend"
        await fill(tui, "discount", "3")
        assert not tui.line("A discount is at most the amount")


async def test_all_is_told_at_once_when_it_is_saved(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        await fill(tui, "amount", "200")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 2 to mend"
        assert tui.text.count("a value is required") == 2
        assert "where amount > 100" in tui.text and row(tui, "name").control.has_focus


async def test_typing_goes_on_while_the_store_is_busy(ruled: str) -> None:
    async with shown(ruled) as tui:
        await tui.press("a")
        free = threading.Event()

        def wait(_workspace: Workspace) -> None:
            free.wait(60)

        busy: Callable[[Workspace], None] = wait
        waiting = tui.app.run_worker(tui.app.reader.run(busy))
        row(tui, "discount").control.focus()
        for key in "20":
            await tui.pilot.press(key)
        await tui.pilot.press("tab")
        await tui.pilot.pause()
        assert row(tui, "discount").value == "20" and not row(tui, "discount").has_focus_within
        assert "Reason" not in tui.text
        free.set()
        await waiting.wait()
        await tui.settle()
        assert tui.line("Reason")
