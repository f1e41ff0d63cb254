"""Every screen for who is no administrator: nothing raises, and what is forbidden never shows."""

import os

import pytest

from crmtui.screens.base import CrmModal
from crmtui.screens.closed import ClosedScreen
from crmtui.screens.configuration import ConfigurationScreen
from crmtui.screens.form import FormScreen
from crmtui.screens.keys import offered
from crmtui.screens.log import LogScreen
from crmtui.screens.record import RecordScreen
from crmtui.screens.type_page import TypePage
from crmtui.screens.workspace import WorkspaceScreen
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.conftest import SECRETS, UIDS
from tests.screens.designing import make
from tests.screens.showing import Session, shown

BEGINNINGS = {
    "list": ([], ("work.", "list.open", "list.mark", "app.")),
    "board": (["b"], ("board.open", "board.move", "work.add", "work.move")),
    "record": (["enter"], ("record.", "page.choose")),
    "form": (["e"], ("form.", "lookup.")),
    "why": (["w"], ("why.", "rows.choose")),
    "account": (["1", "enter"], ("record.edit", "record.why", "page.choose")),
}
"""The keys that lead from the list of deals to each screen, and what is done there."""


@pytest.fixture
def alice(staffed: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The workspace in a process of alice's."""
    monkeypatch.setattr(os, "getuid", lambda: UIDS["alice"])
    return staffed


def changed(path: str, monkeypatch: pytest.MonkeyPatch, *changes: Change) -> None:
    """An administrator changes the configuration in another process."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: os.stat(path).st_uid)
        with Workspace.open(path, command="elsewhere") as workspace:
            workspace.change(changes)


def check(tui: Session) -> None:
    text = tui.text
    for secret in SECRETS:
        assert secret not in text, f"{secret} on {tui.app.screen}:\n{text}"


async def back_to(tui: Session, keys: list[str]) -> None:
    """Begin anew and go to a screen again, whatever a key has opened."""
    tui.app._start_over()
    await tui.settle()
    await tui.press("2", *keys)


def keys_to_press(tui: Session, wanted: tuple[str, ...]) -> dict[str, str]:
    """A key for each thing that is to be done on the screen."""
    found: dict[str, str] = {}
    for key, active in tui.app.screen.active_bindings.items():
        name = active.binding.id or ""
        if name.startswith(wanted) and not name.startswith(("app.quit", "work.quit", "work.type")):
            found.setdefault(name, key)
    return found


@pytest.mark.parametrize("name", BEGINNINGS)
async def test_no_key_of_any_screen_shows_what_is_forbidden(
    alice: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, wanted = BEGINNINGS[name]
    async with shown(alice) as tui:
        await back_to(tui, keys)
        check(tui)
        begun = type(tui.app.screen)
        pressed: set[str] = set()
        while left := {k: v for k, v in keys_to_press(tui, wanted).items() if k not in pressed}:
            binding, key = next(iter(left.items()))
            pressed.add(binding)
            await tui.press(key)
            check(tui)
            if isinstance(tui.app.screen, CrmModal):
                await tui.press("enter")
                check(tui)
            if type(tui.app.screen) is not begun:
                await back_to(tui, keys)
        assert len(pressed) > 2
    monkeypatch.undo()
    with Workspace.open(alice) as workspace:
        assert {workspace.record(f"deal/{n}").values["secret"] for n in range(1, 7)} == {"hush"}
        assert workspace.record("account/2").values["phone"] == "+8613812345678"


async def test_only_what_one_may_do_is_offered_and_the_rest_says_why(alice: str) -> None:
    async with shown(alice) as tui:
        assert "Add" in tui.lines[23] and "Edit" in tui.lines[23]
        assert not offered(tui.app.screen, "remove") and not offered(tui.app.screen, "configure")
        await tui.press("d")
        assert tui.state == "seller.deal denies delete"
        await tui.press("c")
        assert tui.state == "no role lets it" and isinstance(tui.app.screen, WorkspaceScreen)
        await tui.press("1")
        await tui.press("a")
        assert tui.state == "no role of alice lets create on account"
        await tui.press("colon")
        await tui.type("new ")
        assert "New Deal" in tui.text and "New Account" not in tui.text
        for word in ("configure", "act as", "remove"):
            await tui.press("escape", "colon")
            await tui.type(word)
            assert word.capitalize() not in tui.text


async def test_the_rule_is_told_beside_a_field_too(alice: str) -> None:
    async with shown(alice, record="deal/1") as tui:
        await tui.press("down", "enter")
        assert tui.state == "seller.deal makes deal.amount read-only"
        await tui.press("e")
        assert tui.line("Amount").endswith("1,000.50  [read-only]")
        await tui.press("escape", "w")
        assert tui.lines[0] == " What alice may do with deal/1"
        assert tui.line("delete").split(maxsplit=2) == ["delete", "no", "seller.deal denies delete"]
        assert "seller.deal makes deal.amount read-only" in tui.line("Amount")
        await tui.press("enter")
        assert "lets read for own records" in tui.text and "so here" in tui.text


async def test_a_masked_value_is_read_and_never_saved(
    alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(alice, record="account/2") as tui:
        assert tui.line("Phone").split()[1] == "138****5678"
        await tui.press("e")
        assert tui.line("Phone").split()[1:] == ["138****5678", "[read-only]"]
        await tui.type("!")
        await tui.press("ctrl+s")
        assert "saved" in tui.state
    monkeypatch.undo()
    with Workspace.open(alice) as workspace:
        values = workspace.record("account/2").values
    assert values["name"].endswith("!") and values["phone"] == "+8613812345678"


async def test_a_board_says_where_nothing_may_be_moved(alice: str) -> None:
    async with shown(alice, board=True, size=(120, 24)) as tui:
        assert "Won" in tui.lines[0 + 1] + tui.lines[0] and "no entry" in tui.text
        await tui.press("m")
        assert "Won" not in "\n".join(tui.lines[5:20])
        await tui.press("escape", "L", "L")
        assert "seller.deal denies entering won" in tui.state
        await tui.press("right", "a")
        assert tui.state == "seller.deal denies entering won"


async def test_a_letter_box_takes_what_it_does_not_show(
    alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(alice, "complaint") as tui:
        assert "you may add records here, and see none" in tui.text
        await tui.press("a")
        await tui.type("Too slow")
        await tui.press("ctrl+s")
        assert tui.state == "complaint/1 saved; you may not see it"
        assert "Too slow" not in tui.text
    monkeypatch.undo()
    with Workspace.open(alice) as workspace:
        assert workspace.record("complaint/1").title == "Too slow"


async def test_who_may_configure_a_type_sees_that_type_and_no_people(
    staffed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: UIDS["dora"])
    async with shown(staffed, None, configure=True) as tui:
        assert tui.line("Deal") and "Account" not in tui.text and "People" not in tui.text
        assert "New type" not in tui.lines[23]
        await tui.press("n")
        assert isinstance(tui.app.screen, ConfigurationScreen)
        await tui.press("enter")
        assert isinstance(tui.app.screen, TypePage) and "Secret" in tui.text
        await tui.press("down", "down", "e")
        await tui.type(" of it")
        await tui.press("ctrl+s")
        await make(tui)
        assert tui.state == "configuration changed (1); u undoes it"


# Rights that are taken away while one works


async def test_a_list_follows_rights_within_a_second(
    alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(alice, size=(120, 24)) as tui:
        assert tui.line("Deal 1")
        await tui.press("s")
        await tui.type("amount")
        await tui.press("enter", "slash")
        await tui.type("amount > 0")
        await tui.press("enter")
        assert "filter: amount > 0" in tui.state
        hide = {"fields": {"secret": "hidden", "amount": "hidden"}}
        changed(alice, monkeypatch, Change("set", "permission", "seller.deal", hide))
        await tui.look()
        assert "Amount" not in tui.text and "1,000.50" not in tui.text and tui.line("Deal 1")
        changed(alice, monkeypatch, Change("remove", "permission", "seller.deal"))
        await tui.look()
        assert "Deal" not in tui.text and tui.line("Account")
        changed(alice, monkeypatch, Change("set", "user", "alice", {"roles": None}))
        await tui.look()
        assert tui.state == "nothing here is open to you; an administrator can change that"
        assert "北京" not in tui.text


async def test_an_open_record_goes_with_the_right_to_see_it(
    alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(alice, record="deal/1") as tui:
        assert tui.line("Amount")
        owned = {"read": "own", "update": None, "deny": {"read": "id = 1"}}
        changed(alice, monkeypatch, Change("set", "permission", "seller.deal", owned))
        await tui.look()
        assert isinstance(tui.app.screen, RecordScreen)
        assert "1,000.50" not in tui.text and tui.state == "there is no record deal/1"
        await tui.press("e", "m", "w", "escape", "escape")
        assert isinstance(tui.app.screen, WorkspaceScreen)


async def test_answers_and_the_log_go_with_rights_too(
    alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(alice) as tui:
        await tui.press("Q")
        await tui.type("select name, amount from deal")
        await tui.press("ctrl+r")
        assert "1000.5" in tui.text
        check(tui)
        hide = {"fields": {"secret": "hidden", "amount": "hidden"}}
        changed(alice, monkeypatch, Change("set", "permission", "seller.deal", hide))
        await tui.look()
        assert "1000.5" not in tui.text
        await tui.press("escape", "colon")
        await tui.type("log: what")
        await tui.press("enter")
        assert isinstance(tui.app.screen, LogScreen) and "deal/3" in tui.text
        check(tui)
        changed(alice, monkeypatch, Change("set", "user", "alice", {"roles": None}))
        await tui.look()
        assert "deal/3" not in tui.text and "138" not in tui.text


async def test_an_open_form_loses_what_may_not_be_seen_and_keeps_the_typing(
    alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(alice) as tui:
        await tui.press("e")
        await tui.type(", typed")
        hide = {"fields": {"secret": "hidden", "amount": "hidden", "source": "read-only"}}
        changed(alice, monkeypatch, Change("set", "permission", "seller.deal", hide))
        await tui.look()
        assert "Amount" not in tui.text and tui.line("Source").endswith("Website  [read-only]")
        assert "Deal 1, typed" in tui.text
        changed(alice, monkeypatch, Change("remove", "permission", "seller.deal"))
        await tui.look()
        assert isinstance(tui.app.screen, FormScreen) and "Deal 1" not in tui.text
        await tui.press("escape")
        assert isinstance(tui.app.screen, WorkspaceScreen)


async def test_who_is_retired_sees_nothing_until_they_are_restored(
    alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(alice) as tui:
        await tui.press("e")
        changed(alice, monkeypatch, Change("remove", "user", "alice"))
        await tui.look()
        assert isinstance(tui.app.screen, ClosedScreen)
        assert tui.lines[0] == " the user alice is retired" and "Deal 1" not in tui.text
        await tui.look()
        assert len(tui.app.screen_stack) == 2
        changed(alice, monkeypatch, Change("restore", "user", "alice"))
        await tui.look()
        assert isinstance(tui.app.screen, WorkspaceScreen) and tui.line("Deal 1")


# Who works alone


async def test_who_works_alone_sees_one_quiet_line_and_nothing_else(filled: str) -> None:
    async with shown(filled) as tui:
        for word in ("Act as", "Why", "Share"):
            await tui.press("colon")
            assert word not in tui.text
            await tui.press("escape")
        await tui.press("w", "ctrl+g")
        assert isinstance(tui.app.screen, WorkspaceScreen)
        await tui.press("enter", "s")
        assert isinstance(tui.app.screen, RecordScreen) and "Why" not in tui.lines[23]
        await tui.press("escape", "c")
        assert tui.line("People") == " People"
