"""Forms, detail pages, lists and cards look as the layouts of their types say."""

from pathlib import Path

import pytest

from crmtui.i18n import choose
from crmtui.screens.form import FormScreen
from crmtui.screens.widgets.form_row import FormRow
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.conftest import define
from tests.screens.showing import LARGE, Session, shown

LAID_OUT = """
types:
  deal:
    label: Deal
    fields:
      name: {label: Name, required: true, title: true}
      amount: {label: Amount, kind: money, currency: USD}
      secret: {label: Secret}
      close: {label: Close date, kind: date}
      city: {label: City}
      notes: {label: Notes, kind: longtext}
      half: {label: Half, kind: formula, formula: amount / 2, result: decimal}
    stages:
      lead: {label: Lead}
      won:
        label: Won
        category: closed
        outcome: won
        form:
        - {key: only, label: Only at the end, fields: [name, close]}
    form:
    - key: basics
      label: Basics
      label_zh: 基本信息
      fields: [name, amount, {field: secret, hidden: true}, {field: city, wide: true}, half]
    - key: more
      label: Details
      columns: 1
      fields: [{field: close, label: Finish, help: When it ends}, notes, created_by]
    list: [name, created_by, city]
    card: [name, city, created_by]
"""


@pytest.fixture
def laid_out(tmp_path: Path) -> str:
    path = str(tmp_path / "crm.db")
    with Workspace.open(path, command="test", create=True) as workspace:
        define(workspace, LAID_OUT)
        workspace.add("deal", {"name": "Big", "amount": "100", "city": "Oslo", "secret": "s"})
    return path


def form(tui: Session) -> FormScreen:
    screen = tui.app.screen
    assert isinstance(screen, FormScreen)
    return screen


def row(tui: Session, key: str) -> FormRow:
    found = form(tui).row(key)
    assert found is not None
    return found


def labels(tui: Session) -> list[str]:
    return [row.label for row in form(tui).page.rows]


async def test_sections_have_headings_and_hidden_fields_are_left_out(laid_out: str) -> None:
    async with shown(laid_out) as tui:
        await tui.press("e")
        assert tui.line("Basics").strip() == "Basics" and tui.line("Details").strip() == "Details"
        assert labels(tui) == [
            "Name",
            "Amount (USD)",
            "City",
            "Half",
            "Finish",
            "Notes",
            "Created by",
        ]
        assert "Secret" not in tui.text


async def test_headings_are_in_the_language_of_the_user(laid_out: str) -> None:
    choose("zh")
    async with shown(laid_out) as tui:
        await tui.press("e")
        assert tui.line("基本信息") and not tui.line("Basics")


async def test_a_type_that_nobody_laid_out_has_no_heading(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e")
        assert "Basics" not in tui.text and "Name *" in tui.lines[2]


async def test_two_fields_stand_beside_each_other_where_the_screen_is_wide(laid_out: str) -> None:
    async with shown(laid_out, size=LARGE) as tui:
        await tui.press("e")
        assert "Amount" in tui.line("Name")
        # What is wide, and a section of one column, has each line to itself.
        assert "Half" not in tui.line("City") and "Notes" not in tui.line("Finish")
        await tui.pilot.resize_terminal(99, 30)
        await tui.settle()
        assert "Amount" not in tui.line("Name")


async def test_tab_goes_line_by_line(laid_out: str) -> None:
    async with shown(laid_out, size=LARGE) as tui:
        await tui.press("e")
        seen = []
        for _field in range(5):
            seen += [row.key for row in form(tui).page.rows if row.has_focus_within]
            await tui.press("tab")
        assert seen == ["name", "amount", "city", "close", "notes"]


async def test_what_is_computed_and_what_every_record_has_is_only_shown(laid_out: str) -> None:
    async with shown(laid_out) as tui:
        await tui.press("e")
        assert "50" in tui.line("Half") and row(tui, "half").control is None
        assert "root" in tui.line("Created by") or row(tui, "created_by").control is None
        await tui.press("escape", "a")
        assert "computed" in tui.line("Half") and "Created by" not in tui.text


async def test_a_label_and_a_help_of_the_layout_go_before_those_of_the_field(laid_out: str) -> None:
    async with shown(laid_out) as tui:
        await tui.press("e", "tab", "tab", "tab")
        assert row(tui, "close").control.has_focus and tui.state == "When it ends"
        assert tui.line("Finish") and "Close date" not in tui.text


async def test_another_stage_has_its_own_form_and_typing_stays(laid_out: str) -> None:
    async with shown(laid_out) as tui:
        await tui.press("a")
        await tui.type("Fresh")
        row(tui, "stage").control.target.focus()
        await tui.press("ctrl+u")
        await tui.type("Won")
        await tui.press("tab")
        assert tui.line("Only at the end") and not tui.line("Finish") and tui.line("Close date")
        assert row(tui, "name").value == "Fresh"
        await tui.press("ctrl+s")
        assert tui.state == "deal/2 saved"
    with Workspace.open(laid_out) as workspace:
        assert workspace.record("deal/2").stage == "won"


async def test_what_is_wrong_with_a_field_that_is_not_there_is_told_below(laid_out: str) -> None:
    with Workspace.open(laid_out) as workspace:
        workspace.change([Change("set", "field", "deal.secret", {"required": True})])
    async with shown(laid_out) as tui:
        await tui.press("a")
        await tui.type("Fresh")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 1 to mend"
        assert tui.line("secret: a value is required")


async def test_the_detail_page_has_the_same_sections(laid_out: str) -> None:
    async with shown(laid_out, record="deal/1") as tui:
        assert tui.line("Basics").strip() == "Basics" and "Oslo" in tui.line("City")
        assert "Secret" not in "\n".join(tui.lines[:12]) and tui.line("Finish")
        await tui.press("j", "j", "enter")
        assert row(tui, "city").control.has_focus


async def test_left_and_right_go_over_two_columns(laid_out: str) -> None:
    async with shown(laid_out, record="deal/1", size=LARGE) as tui:
        assert "Amount" in tui.line("Name")
        await tui.press("right", "enter")
        assert row(tui, "amount").control.has_focus


async def test_lists_and_cards_have_the_columns_of_their_layouts(laid_out: str) -> None:
    async with shown(laid_out) as tui:
        assert tui.lines[1].split() == ["Name", "Created", "by", "City"]
        await tui.press("b")
        assert tui.line("Big") and tui.line(" Oslo · ")


async def test_rows_of_a_long_form_are_made_as_one_comes_near_them(tmp_path: Path) -> None:
    path = str(tmp_path / "crm.db")
    with Workspace.open(path, command="test", create=True) as workspace:
        workspace.change(
            [
                Change("add", "type", "long", {}),
                *(
                    Change("add", "field", f"long.f{number}", {"required": number == 119})
                    for number in range(120)
                ),
            ]
        )
    async with shown(path, "long") as tui:
        await tui.press("a")
        assert len(form(tui).query(FormRow)) == 40
        await tui.press("ctrl+s")
        # What is wrong is found at the very end of the form.
        assert row(tui, "f119").has_focus_within and tui.line("a value is required")
        await tui.type("x")
        await tui.press("ctrl+s")
        assert tui.state == "long/1 saved"
        await tui.press("a")
        for _field in range(60):
            await tui.pilot.press("tab")
        await tui.settle()
        assert row(tui, "f60").has_focus_within
