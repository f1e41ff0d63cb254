"""Moving and removing what others have moved, changed or removed since it was seen."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from crmtui.screens import application
from crmtui.screens.widgets.board import Board
from crmtui.store.workspace import Workspace
from tests.screens.showing import Session, shown


@pytest.fixture(autouse=True)
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others do is not noticed before a key is pressed."""
    monkeypatch.setattr(application, "LOOK_EVERY", 3600)


@contextmanager
def other(path: str) -> Iterator[Workspace]:
    """Another process, as far as SQLite can tell: a connection of its own."""
    with Workspace.open(path, command="elsewhere") as workspace:
        yield workspace


def stage(path: str, ref: str) -> str | None:
    with Workspace.open(path) as workspace:
        return workspace.record(ref).stage


def place(tui: Session) -> tuple[str, tuple[int, int]]:
    """The card under the cursor, and the stage it is shown in."""
    board = tui.app.screen.query_one(Board)
    assert board.current is not None
    return board.current.ref, board.position


async def test_a_card_that_others_moved_is_shown_there_and_not_moved(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        with other(filled) as workspace:
            workspace.move("deal/4", "won")
        await tui.press("L")
        assert "deal/4 was changed meanwhile by" in tui.state
        assert "status Lead -> Won, yours Offer · Draft" in tui.state
        assert stage(filled, "deal/4") == "won"
        assert place(tui) == ("deal/4", (3, 4))
        await tui.press("L")
        assert stage(filled, "deal/4") == "lost"


async def test_a_card_that_others_changed_otherwise_is_moved(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        with other(filled) as workspace:
            workspace.set("deal/4", {"amount": "7"})
        await tui.press("L")
        assert tui.state == "deal/4 moved to Offer" and place(tui) == ("deal/4", (2, 4))


async def test_a_card_that_others_moved_to_the_same_stage_is_there(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        with other(filled) as workspace:
            workspace.move("deal/4", "offer")
        await tui.press("L")
        assert tui.state == "deal/4 moved to Offer" and place(tui) == ("deal/4", (2, 4))


async def test_a_card_that_others_removed_goes(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        with other(filled) as workspace:
            workspace.remove("deal/4")
        await tui.press("L")
        assert "deal/4 was removed meanwhile by" in tui.state
        assert tui.lines[1].split()[:2] == ["Lead", "3"]


async def test_a_dragged_card_is_judged_by_where_it_was_picked_up(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.pilot.mouse_down(Board, offset=(5, 3))
        await tui.pilot.hover(Board, offset=(45, 6))
        with other(filled) as workspace:
            workspace.move("deal/4", "lost")
        await tui.look()
        await tui.pilot.mouse_up(Board, offset=(45, 6))
        await tui.settle()
        assert stage(filled, "deal/4") == "lost"
        assert "deal/4 was changed meanwhile by" in tui.state


async def test_a_move_asked_for_before_others_moved_it_is_refused(filled: str) -> None:
    async with shown(filled, record="deal/1") as tui:
        await tui.press("m")
        with other(filled) as workspace:
            workspace.move("deal/1", "won")
        await tui.look()
        await tui.press("1")
        assert "status Lead -> Won, yours Offer · Draft" in tui.state
        assert stage(filled, "deal/1") == "won"


async def test_a_record_is_removed_as_it_was_seen_when_it_was_asked(filled: str) -> None:
    async with shown(filled, record="deal/1") as tui:
        await tui.press("d")
        with other(filled) as workspace:
            workspace.set("deal/1", {"amount": "7"})
        await tui.press("y")
        assert "amount 1,000.50 -> 7.00" in tui.state
        assert "removed" not in tui.lines[0]
        await tui.press("d", "y")
        assert "[removed]" in tui.lines[0]


async def test_marked_records_are_moved_wherever_they_stand(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("space", "space", "m")
        with other(filled) as workspace:
            workspace.move("deal/1", "won")
        await tui.press("1")
        assert tui.state == "2 records moved to Offer"
