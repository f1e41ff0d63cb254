"""The kanban board."""

import pytest

from crmtui.screens.widgets.board import Board
from crmtui.store.workspace import Workspace
from tests.screens.showing import LARGE, SMALL, Session, shown


def board(tui: Session) -> Board:
    return tui.app.screen.query_one(Board)


def current(tui: Session) -> str | None:
    record = board(tui).current
    return record.ref if record else None


def stage_of(path: str, ref: str) -> str:
    with Workspace.open(path) as workspace:
        record = workspace.record(ref)
        return f"{record.stage}.{record.status}"


async def test_a_column_per_stage_with_count_and_sum(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        assert tui.lines[1].split() == ["Lead", "4", "Offer", "1", "Won", "1", "Lost", "0"]
        assert tui.lines[2].split() == ["10,002.00", "5,000.50", "6,000.50"]
        # What entered last stands first; a stage of several statuses tells them.
        assert tui.lines[3].split() == ["Deal", "4", "Deal", "5", "Deal", "6", "empty"]
        assert "Sent · 5,000.50" in tui.lines[4]
        assert tui.state == "stage 1/4  1/4"
        assert "H Stage back  L Stage on" in tui.lines[23]


async def test_on_a_large_terminal_each_field_has_its_line(filled: str) -> None:
    async with shown(filled, board=True, size=LARGE) as tui:
        assert (
            tui.line("Deal 5") and "Sent · 5,000.50" in tui.text and "北京科技有限公司" in tui.text
        )


async def test_b_goes_there_and_back_with_the_same_record(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("j", "j", "b")
        assert current(tui) == "deal/3"
        await tui.press("b")
        assert tui.state == "3/6"


async def test_arrows_and_vi_keys_go_over_the_cards(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press("j", "down", "k")
        assert current(tui) == "deal/3"
        await tui.press("l", "right")
        assert current(tui) == "deal/6"
        await tui.press("h", "left")
        assert current(tui) == "deal/3"
        await tui.press("G")
        assert current(tui) == "deal/1"


@pytest.mark.parametrize(
    "keys", [("L",), ("shift+right",), ("greater_than_sign",), ("m", "1"), ("m", "enter")]
)
async def test_moving_a_card_to_the_next_stage_takes_the_cursor_along(
    filled: str, keys: tuple[str, ...]
) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press(*keys)
        assert stage_of(filled, "deal/4") == "offer.draft"
        assert tui.state == "deal/4 moved to Offer"
        assert current(tui) == "deal/4" and board(tui).position == (2, 4)
        assert tui.lines[1].split() == ["Lead", "3", "Offer", "2", "Won", "1", "Lost", "0"]
        await tui.press("u")
        assert stage_of(filled, "deal/4") == "lead.open"


async def test_moving_back_and_not_beyond_the_ends(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press("H")
        assert stage_of(filled, "deal/4") == "lead.open"
        await tui.press("l", "H")
        assert stage_of(filled, "deal/5") == "lead.open"


async def test_m_offers_every_status(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press("m")
        for place in ("Offer · Draft", "Offer · Sent", "Won", "Lost"):
            assert place in tui.text
        await tui.press("j", "enter")
        assert stage_of(filled, "deal/4") == "offer.sent"


async def test_a_card_is_dragged_to_another_column(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.pilot.mouse_down(Board, offset=(5, 3))
        await tui.pilot.hover(Board, offset=(9, 4))
        await tui.pilot.hover(Board, offset=(45, 6))
        await tui.settle()
        assert board(tui)._drop == 2
        await tui.pilot.mouse_up(Board, offset=(45, 6))
        await tui.settle()
        assert stage_of(filled, "deal/4") == "won.closed"
        assert current(tui) == "deal/4"


async def test_escape_lets_go_of_a_dragged_card(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.pilot.mouse_down(Board, offset=(5, 3))
        await tui.pilot.hover(Board, offset=(45, 6))
        await tui.press("escape")
        await tui.pilot.mouse_up(Board, offset=(45, 6))
        await tui.settle()
        assert stage_of(filled, "deal/4") == "lead.open"


async def test_a_drop_in_its_own_column_moves_nothing(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.pilot.mouse_down(Board, offset=(5, 3))
        await tui.pilot.hover(Board, offset=(9, 9))
        await tui.pilot.mouse_up(Board, offset=(9, 9))
        await tui.settle()
        with Workspace.open(filled) as workspace:
            assert [entry.op for entry in workspace.history("deal/4")] == ["add"]


async def test_enter_opens_a_card_and_escape_comes_back_to_it(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press("j", "enter")
        assert tui.lines[0] == " Deal  deal/3  Deal 3"
        await tui.press("escape")
        assert current(tui) == "deal/3"


async def test_adding_in_a_column_begins_there(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press("l", "a")
        assert "Offer · Draft" in tui.line("Stage")
        await tui.type("Fresh")
        await tui.press("ctrl+s")
        assert stage_of(filled, "deal/7") == "offer.draft"
        assert current(tui) == "deal/7"


async def test_a_filter_holds_for_cards_counts_and_sums(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press("slash")
        await tui.type("amount > 3000")
        await tui.press("enter")
        assert tui.lines[1].split() == ["Lead", "2", "Offer", "1", "Won", "1", "Lost", "0"]
        await tui.press("b")
        assert tui.state.startswith("1/4")


async def test_choosing_what_stands_on_a_card(filled: str) -> None:
    async with shown(filled, board=True) as tui:
        await tui.press("c")
        assert "[x] Amount" in tui.text and "[ ] VIP" in tui.text
        await tui.press("space", "space", "enter")
        assert "2026-10-04" in tui.text and "科技" not in tui.text


async def test_stages_that_do_not_fit_are_paged_sideways(filled: str) -> None:
    async with shown(filled, board=True, size=(45, 20)) as tui:
        assert tui.lines[1].split()[:2] == ["Lead", "4"] and tui.lines[1].endswith(">")
        await tui.press("l", "l")
        assert tui.lines[1].startswith("<Offer") and "Won" in tui.lines[1]


async def test_a_type_without_stages_says_how_to_add_them(filled: str) -> None:
    async with shown(filled, "account", board=True) as tui:
        assert (
            "Account has no stages yet" in tui.text and "crmtui stage add account KEY" in tui.text
        )
        await tui.press("j", "l", "L", "m", "enter", "space", "G")
        assert "Account has no stages yet" in tui.text


async def test_thousands_of_cards_are_read_as_they_are_seen(path: str) -> None:
    with Workspace.open(path) as workspace, workspace.intent():
        for number in range(1, 1001):
            workspace.add("deal", {"name": f"Deal {number}"})
    for size in (SMALL, LARGE):
        async with shown(path, board=True, size=size) as tui:
            assert "1,000" in tui.text
            await tui.press("G")
            assert current(tui) == "deal/1" and " Deal 1\n" in tui.text
            await tui.press("pageup", "pageup", "g")
            assert current(tui) == "deal/1000"
