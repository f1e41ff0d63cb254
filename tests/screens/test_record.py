"""One record with its history."""

from crmtui.store.workspace import Workspace
from tests.screens.showing import LARGE, shown


async def test_fields_process_and_history(filled: str) -> None:
    async with shown(filled, record="deal/5") as tui:
        assert tui.lines[0] == " Deal  deal/5  Deal 5"
        assert tui.lines[1] == " Lead > [Offer · Sent] > Won > Lost"
        assert "5,000.50" in tui.line("Amount") and "2026-10-05" in tui.line("Close date")
        assert "Website" in tui.line("Source")
        assert tui.line("History") and tui.line("Stage: Offer · Sent")


async def test_what_happened_stands_beside_two_columns_of_fields_where_there_is_room(
    filled: str,
) -> None:
    async with shown(filled, record="deal/5", size=LARGE) as tui:
        assert tui.lines[2].split() == ["Name", "Deal", "5", "Amount", "5,000.50"]
        assert tui.line("History")
    async with shown(filled, record="deal/5", size=(180, 50)) as tui:
        assert "Deal 5" in tui.lines[2] and "5,000.50" in tui.lines[2] and "added" in tui.lines[2]
        assert not tui.line("History")


async def test_every_change_is_told_with_before_and_after(filled: str) -> None:
    async with shown(filled, record="deal/5") as tui:
        await tui.press("m", "3")
        assert tui.lines[1] == " Lead > Offer > [Won] > Lost" and tui.state == "deal/5 moved to Won"
        assert tui.line("Stage: Offer · Sent -> Won")
        await tui.press("u")
        assert tui.lines[1] == " Lead > [Offer · Sent] > Won > Lost"


async def test_enter_follows_a_link_and_edits_a_field(filled: str) -> None:
    async with shown(filled, record="deal/5") as tui:
        await tui.press("j", "j", "enter")
        assert tui.lines[0] == " Account  account/2  北京科技有限公司"
        await tui.press("escape")
        assert tui.lines[0] == " Deal  deal/5  Deal 5"
        await tui.press("k", "enter")
        assert tui.app.focused is not None and tui.app.focused.value == "5000.50"
        await tui.press("ctrl+u")
        await tui.type("7")
        await tui.press("ctrl+s")
        assert "7.00" in tui.line("Amount") and tui.line("Amount: 5,000.50 -> 7.00")


async def test_removing_restoring_and_going_back(filled: str) -> None:
    async with shown(filled, record="deal/5") as tui:
        await tui.press("d", "y")
        assert tui.lines[0].endswith("[removed]")
        await tui.press("R")
        assert not tui.lines[0].endswith("[removed]")
        await tui.press("d", "y", "u")
        assert not tui.lines[0].endswith("[removed]")
        await tui.press("escape")
        assert tui.line("Deal 5")


async def test_long_text_is_wrapped_and_scrolled(filled: str) -> None:
    with Workspace.open(filled) as workspace:
        workspace.set(
            "deal/5", {"notes": "\n".join(f"line {n}" for n in range(60)) + " " + "wide " * 50}
        )
    async with shown(filled, record="deal/5") as tui:
        await tui.press("G")
        assert tui.line("added") or tui.line("Name: Deal 5")
        await tui.press("g")
        assert tui.line("line 3")
