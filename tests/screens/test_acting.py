"""Acting as another user: who may, the mark on every screen, and who is journalled."""

import os

import pytest

from crmtui.i18n import choose
from crmtui.screens.definition_form import DefinitionForm
from crmtui.screens.form import FormScreen
from crmtui.screens.people import PeopleScreen
from crmtui.screens.type_page import TypePage
from crmtui.screens.workspace import WorkspaceScreen
from crmtui.store.access import login_name
from crmtui.store.changes import Change
from crmtui.store.errors import Forbidden, NotFound
from crmtui.store.workspace import Workspace
from tests.screens.conftest import UIDS
from tests.screens.designing import go
from tests.screens.showing import Session, shown

ME = login_name(os.getuid())


def marked(tui: Session, user: str) -> bool:
    return f"as {user} " in tui.lines[0] and f"you are {ME}" in tui.lines[0]


async def act_as(tui: Session, user: str) -> None:
    await tui.press("ctrl+g")
    await tui.type(user)
    await tui.press("enter")


async def test_every_screen_is_marked(staffed: str) -> None:
    async with shown(staffed, as_user="alice") as tui:
        for keys in (["1"], ["2"], ["b"], ["enter"], ["e"], ["escape", "w"], ["enter"]):
            await tui.press(*keys)
            assert marked(tui, "alice"), tui.text
        await tui.press("escape", "escape", "escape", "a")
        assert isinstance(tui.app.screen, FormScreen) and marked(tui, "alice")
        await tui.press("escape", "m", "escape", "question_mark", "escape", "colon")
        assert marked(tui, "alice")


async def test_the_designers_are_marked_too(staffed: str) -> None:
    async with shown(staffed, as_user="dora", configure=True) as tui:
        for keys in (["e"], ["escape", "G", "enter"], ["escape", "g"]):
            await tui.press(*keys)
            assert marked(tui, "dora"), tui.text
        assert isinstance(tui.app.screen, TypePage)
        await tui.press("r")
        await tui.type("x")
        await tui.press("escape")
        await go(tui, "Name")
        await tui.press("e")
        assert isinstance(tui.app.screen, DefinitionForm)
        await tui.type("s")
        await tui.press("ctrl+s", "ctrl+s")
        assert " Plan (1)" in tui.lines and marked(tui, "dora")


async def test_the_mark_in_chinese(staffed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmtui import i18n

    choose("zh")
    words = {"as {user}": "以 {user} 的身份"}
    monkeypatch.setitem(i18n._state, "translate", lambda text: words.get(text, text))
    async with shown(staffed, as_user="alice") as tui:
        assert tui.lines[0].startswith(" 以 alice 的身份")


async def test_what_is_read_and_written_is_the_other_users_and_both_are_journalled(
    staffed: str,
) -> None:
    async with shown(staffed) as tui:
        assert tui.line("Foreign 2")
        await act_as(tui, "alice")
        assert marked(tui, "alice") and "Foreign" not in tui.text and tui.line("Deal 1")
        await tui.press("e")
        await tui.type("!")
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
        await tui.press("d")
        assert tui.state == "seller.deal denies delete"
        await tui.press("u")
        assert tui.state == "undone: deal/1 changed"
        await tui.press("c")
        assert tui.state == "no role lets it"
        await act_as(tui, "yourself")
        assert "as alice" not in tui.lines[0] and tui.line("Foreign 2")
        await tui.press("u")
        assert tui.state == "nothing to undo"
    with Workspace.open(staffed) as workspace:
        entry = workspace.history("deal/1")[0]
        query = "SELECT u.key, i.key FROM crm_act a JOIN crm_user u ON u.id = a.actor_id"
        query += " LEFT JOIN crm_user i ON i.id = a.impersonator_id WHERE a.id = ?"
        assert workspace._database.execute(query, (entry.act,)).fetchone() == ("alice", ME)


async def test_a_key_of_the_people_page_acts_as_the_user_there(staffed: str) -> None:
    async with shown(staffed) as tui:
        await tui.press("c", "G", "enter")
        assert isinstance(tui.app.screen, PeopleScreen)
        await tui.press("G", "t")
        assert tui.state == "put the cursor on a user"
        await go(tui, "mia")
        await tui.press("t")
        assert isinstance(tui.app.screen, WorkspaceScreen) and marked(tui, "mia")
        await act_as(tui, "dora")
        assert marked(tui, "dora") and "Payroll" not in tui.text


async def test_nothing_typed_is_lost_by_it(staffed: str) -> None:
    async with shown(staffed) as tui:
        await tui.press("e")
        await tui.type("!")
        await tui.press("ctrl+g")
        assert tui.state == "save or discard what was typed before you act as another user"
        assert isinstance(tui.app.screen, FormScreen) and tui.app.screen.unsaved


async def test_only_who_may_is_offered_it(staffed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: UIDS["alice"])
    async with shown(staffed) as tui:
        await tui.press("ctrl+g")
        assert isinstance(tui.app.screen, WorkspaceScreen)
    with pytest.raises(Forbidden):
        async with shown(staffed, as_user="dora"):
            pass
    monkeypatch.setattr(os, "getuid", lambda: UIDS["mia"])
    async with shown(staffed) as tui:
        await act_as(tui, "alice")
        assert "as alice " in tui.lines[0] and "you are mia" in tui.lines[0]
        await act_as(tui, ME)
        assert tui.state == f"mia may not act as another user: {ME} is an administrator"
        assert "as alice " in tui.lines[0] and "Foreign" not in tui.text


async def test_there_is_no_acting_as_nobody(staffed: str) -> None:
    with pytest.raises(NotFound):
        async with shown(staffed, as_user="nobody"):
            pass


async def test_who_is_acted_as_and_retired_is_oneself_again(staffed: str) -> None:
    async with shown(staffed, as_user="alice") as tui:
        await tui.press("enter")
        with Workspace.open(staffed) as workspace:
            workspace.change([Change("remove", "user", "alice")])
        await tui.look()
        assert isinstance(tui.app.screen, WorkspaceScreen) and "as alice" not in tui.text
        assert tui.state == "the user alice is retired" and tui.line("Foreign 2")
