"""Every screen for who is no administrator: nothing raises, and what is forbidden never shows."""

import os

import pytest

from crmtui.screens.base import CrmModal
from crmtui.screens.workspace import WorkspaceScreen
from crmtui.store.workspace import Workspace
from tests.screens.conftest import SECRETS, UIDS
from tests.screens.showing import Session, shown

BEGINNINGS = {
    "list": [],
    "board": ["b"],
    "record": ["enter"],
    "form": ["e"],
    "new": ["a"],
    "why": ["w"],
    "accounts": ["1"],
    "account": ["1", "enter"],
    "account's form": ["1", "e"],
    "letter box": ["3"],
    "new letter": ["3", "a"],
}
"""The keys that lead from the list of deals to each screen."""


@pytest.fixture
def alice(staffed: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, in a process of alice's."""
    monkeypatch.setattr(os, "getuid", lambda: UIDS["alice"])
    return staffed


def check(tui: Session) -> None:
    text = tui.text
    for secret in SECRETS:
        assert secret not in text, f"{secret} on {tui.app.screen}:\n{text}"


async def back_to(tui: Session, keys: list[str]) -> None:
    """Begin anew and go to a screen again, whatever a key has opened."""
    tui.app._start_over()
    await tui.settle()
    await tui.press("2", *keys)


@pytest.mark.parametrize("name", BEGINNINGS)
async def test_no_key_of_any_screen_shows_what_is_forbidden(
    alice: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = BEGINNINGS[name]
    async with shown(alice) as tui:
        await back_to(tui, keys)
        check(tui)
        begun = type(tui.app.screen)
        pressed = set()
        while True:
            known = [key for key in tui.app.screen.active_bindings if key not in pressed]
            if not known:
                break
            pressed.add(known[0])
            if known[0] in ("ctrl+q", "q") and begun is WorkspaceScreen:
                continue
            await tui.press(known[0])
            check(tui)
            if isinstance(tui.app.screen, CrmModal):
                await tui.press("down", "enter")
                check(tui)
            if type(tui.app.screen) is not begun:
                await back_to(tui, keys)
    assert len(pressed) > 10
    monkeypatch.undo()
    with Workspace.open(alice) as workspace:
        for number in (2, 4, 6):
            assert workspace.record(f"deal/{number}").values["secret"] == "hush"
        assert workspace.record("account/2").values["phone"] == "+8613812345678"
