"""The log on the screen: what happened, and for administrators what was refused."""

import os

import pytest

from crmtui.store.errors import CrmError
from crmtui.store.workspace import Workspace
from tests.screens.showing import Session, shown
from tests.support.people import acting_as, granted, member


async def open_log(tui: Session) -> None:
    await tui.press("colon")
    await tui.type("log:")
    await tui.press("enter")


@pytest.fixture
def staffed(filled: str) -> str:
    """The same with ada, who may see deals and their history, and no amounts."""
    with Workspace.open(filled, command="test") as workspace:
        said = {"read": "all", "update": "all", "history": "all", "fields": {"amount": "hidden"}}
        granted(workspace, "sales", "deal", **said)
        member(workspace, "ada", roles="sales")
        with acting_as(workspace, "ada") as hers:
            hers.set("deal/2", {"name": "Bigger"})
            with pytest.raises(CrmError):
                hers.move("deal/1", "won")
    return filled


async def test_what_happened_is_told_newest_first_with_both_names(staffed: str) -> None:
    with Workspace.open(staffed) as workspace:
        root = workspace.actor.key
    async with shown(staffed) as tui:
        await open_log(tui)
        assert tui.lines[0] == " What happened"
        assert f"ada (by {root})  changed  deal/2" in tui.lines[1]
        assert tui.lines[2].strip() == "Name: Deal 2 -> Bigger"
        assert tui.state.endswith("entries")
        await tui.press("enter")
        assert tui.lines[0] == " Deal  deal/2  Bigger"
        assert tui.line(f"ada (by {root})")
        await tui.press("escape", "escape")
        assert "Deal 1" in tui.text


async def test_what_is_looked_for_is_typed_in_words_and_bad_ones_leave_what_is_shown(
    staffed: str,
) -> None:
    async with shown(staffed) as tui:
        await open_log(tui)
        await tui.press("slash")
        await tui.type("deal/5")
        await tui.press("enter")
        assert tui.state == "1 entries  deal/5" and "deal/5" in tui.lines[1]
        await tui.press("slash", "ctrl+u")
        await tui.type("user=nobody")
        await tui.press("enter")
        assert "nobody" in tui.state and "deal/5" in tui.lines[1]
        await tui.press("slash", "ctrl+u")
        await tui.type("colour=red")
        await tui.press("enter")
        assert "colour=red" in tui.state
        await tui.press("slash", "ctrl+u")
        await tui.type("account field=name")
        await tui.press("enter")
        assert tui.state.startswith("2 entries")


async def test_what_was_refused_is_a_key_away_for_administrators(staffed: str) -> None:
    async with shown(staffed) as tui:
        await open_log(tui)
        await tui.press("r")
        assert tui.lines[0] == " What was refused"
        assert "move" in tui.lines[1] and "deal/1" in tui.lines[1] and "ada" in tui.lines[1]
        assert "sales" in tui.lines[2] or "no role" in tui.lines[2]
        await tui.press("r")
        assert tui.lines[0] == " What happened"


async def test_what_others_do_meanwhile_appears(staffed: str) -> None:
    async with shown(staffed) as tui:
        await open_log(tui)
        with Workspace.open(staffed, command="test") as other:
            other.set("deal/3", {"name": "Meanwhile"})
        await tui.look()
        assert "deal/3" in tui.lines[1] and "Meanwhile" in tui.lines[2]


async def test_hostile_text_in_the_log_is_shown_and_not_obeyed(filled: str) -> None:
    with Workspace.open(filled, command="test") as workspace:
        workspace.set("deal/1", {"notes": "[red]x[/] [@click=app.quit]y[/]\n[/]"})
    async with shown(filled) as tui:
        await open_log(tui)
        assert "[red]x[/] [@click=app.quit]y[/]" in tui.text


async def test_a_record_whose_history_one_may_not_see_still_opens(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(filled, command="test") as workspace:
        granted(workspace, "sales", "deal", read="all")
        member(workspace, "ada", 4242, roles="sales")
        monkeypatch.setattr(os, "getuid", lambda: 4242)
        async with shown(filled, record="deal/2") as tui:
            assert tui.lines[0] == " Deal  deal/2  Deal 2"
            assert "no role of ada lets history on deal" in tui.text
            await tui.press("colon")
            await tui.type("log:")
            assert "Log: what happened" not in tui.text
        assert list(workspace.refusals()) == []
