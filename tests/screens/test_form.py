"""The form of a record."""

from datetime import date, timedelta

from textual.events import Paste

from crmtui.screens.form import FormScreen
from crmtui.screens.widgets.form_row import FormRow
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.showing import Session, shown


def row(tui: Session, key: str) -> FormRow:
    form = tui.app.screen
    assert isinstance(form, FormScreen)
    found = form.row(key)
    assert found is not None
    return found


def record(path: str, ref: str) -> object:
    with Workspace.open(path) as workspace:
        found = workspace.record(ref)
        return {key: found.entry(key) for key in found.values}


async def test_a_new_record_from_empty_to_saved(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("a")
        assert tui.lines[0] == " New Deal"
        assert tui.line("Name *") and tui.line("Amount (USD)") and "Lead" in tui.line("Stage")
        await tui.type("Fresh")
        await tui.press("tab")
        await tui.type("12,050.50")
        await tui.press("ctrl+s")
        assert tui.state == "deal/7 saved"
    assert (
        record(filled, "deal/7")["name"] == "Fresh"
        and record(filled, "deal/7")["amount"] == "12050.50"
    )


async def test_all_that_is_wrong_is_told_beside_its_field_and_the_first_is_focused(
    filled: str,
) -> None:
    async with shown(filled) as tui:
        await tui.press("a", "tab")
        await tui.type("lots")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 2 to mend"
        lines = tui.lines
        at = next(n for n, line in enumerate(lines) if "Name *" in line)
        assert lines[at + 1].strip() == "a value is required"
        assert "lots is not a number" in tui.text
        assert row(tui, "name").control.has_focus
        await tui.type("Fresh")
        await tui.press("tab", "ctrl+u")
        await tui.press("ctrl+s")
        assert tui.state == "deal/7 saved"


async def test_a_value_is_checked_when_it_is_left(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("a", "tab")
        await tui.type("lots")
        await tui.press("tab")
        assert "lots is not a number" in tui.text
        assert "a value is required" not in tui.text  # nobody has touched the name yet


async def test_dates_in_words_become_days_when_they_are_left(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("a", "tab", "tab", "tab")
        assert row(tui, "close").control.has_focus and "+3d" in tui.line("Close date")
        await tui.type("+3d")
        await tui.press("tab")
        assert row(tui, "close").value == (date.today() + timedelta(days=3)).isoformat()


async def test_a_choice_is_found_by_typing_or_from_the_list(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e", "tab", "tab", "tab", "tab")
        assert "Website" in tui.line("Source")
        await tui.press("down")
        assert "Trade fair" in tui.text
        await tui.press("escape")
        assert "Trade fair" not in tui.text and isinstance(tui.app.screen, FormScreen)
        await tui.press("ctrl+u")
        await tui.type("tr")
        await tui.press("tab")
        assert "Trade fair" in tui.line("Source")
        await tui.press("ctrl+s")
    assert record(filled, "deal/1")["source"] == "fair"


async def test_a_link_is_looked_up_by_a_part_of_the_title(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e", "tab", "tab")
        assert "北京科技有限公司" in tui.line("Account")
        await tui.press("ctrl+u")
        await tui.type("cm")
        assert "Acme" in tui.text and "account/1" in tui.text
        await tui.press("enter")
        assert "Acme" in tui.line("Account")
        await tui.press("ctrl+s")
    assert record(filled, "deal/1")["account"] == "account/1"


async def test_a_link_that_is_cleared_is_empty_and_one_left_alone_stays(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e", "tab", "tab", "ctrl+u", "ctrl+s", "ctrl+s")
    assert record(filled, "deal/1")["account"] == ""
    assert record(filled, "deal/1")["source"] == "web"


async def test_yes_no_and_nothing_said_are_told_apart_without_colour(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e", "tab", "tab", "tab", "tab", "tab")
        assert "[x] yes" in tui.line("VIP")
        await tui.press("space")
        assert "[ ] no" in tui.line("VIP")
        await tui.press("space")
        assert "[-] not said" in tui.line("VIP")


async def test_long_text_has_lines_and_its_help_is_told(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e", *["tab"] * 6)
        assert tui.state == "What was said"
        await tui.type("one")
        await tui.press("enter")
        await tui.type("two")
        await tui.press("ctrl+s")
    assert record(filled, "deal/1")["notes"] == "one\ntwo"


async def test_typing_is_never_lost_without_asking(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e", "escape")
        assert not isinstance(tui.app.screen, FormScreen)
        await tui.press("e")
        await tui.type("!")
        await tui.press("escape")
        assert "There is typing that is not saved." in tui.text
        await tui.press("k")
        assert row(tui, "name").value == "Deal 1!"
        await tui.press("ctrl+q")
        assert "There is typing that is not saved." in tui.text
        await tui.press("escape")
        assert row(tui, "name").value == "Deal 1!"
        await tui.press("escape", "s")
        assert tui.state == "deal/1 saved"
        await tui.press("e")
        await tui.type("?")
        await tui.press("escape", "d")
        assert tui.line("Deal 1!") and not tui.line("Deal 1!?")


async def test_saving_can_be_undone(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e")
        await tui.type("!")
        await tui.press("ctrl+s", "u")
        assert tui.state == "undone: deal/1 changed"
        await tui.press("a")
        await tui.type("Fresh")
        await tui.press("ctrl+s", "u")
        assert tui.lines[0] == " Account 2  Deal 6"


async def test_a_default_is_filled_in_and_may_be_cleared(filled: str) -> None:
    with Workspace.open(filled) as workspace:
        workspace.change([Change("set", "field", "deal.source", {"default": "fair"})])
    async with shown(filled) as tui:
        await tui.press("a")
        assert "Trade fair" in tui.line("Source")
        await tui.type("With")
        await tui.press("ctrl+s", "a")
        await tui.type("Without")
        await tui.press("tab", "tab", "tab", "tab", "ctrl+u", "ctrl+s")
    assert record(filled, "deal/7")["source"] == "fair" and record(filled, "deal/8")["source"] == ""


async def test_what_is_pasted_over_several_lines_becomes_one(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("a")
        row(tui, "name").control.post_message(Paste("Main Street 5\r\n10115 Berlin\n"))
        await tui.settle()
        assert row(tui, "name").value == "Main Street 5 10115 Berlin"


async def test_chinese_is_typed_and_saved(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("a")
        await tui.type("上海贸易有限公司")
        await tui.press("ctrl+s")
        assert record(filled, "deal/7")["name"] == "上海贸易有限公司"


async def test_what_others_changed_since_is_not_undone(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e")
        await tui.type("!")
        await tui.press("ctrl+s")
        with Workspace.open(filled) as other:
            other.set("deal/1", {"name": "Theirs"})
        await tui.press("u")
        assert tui.state == "deal/1 was changed meanwhile"
    assert record(filled, "deal/1")["name"] == "Theirs"
