"""The field editor: what a kind has, conversions told before they are made, expressions tried."""

import pytest

from crmtui.i18n import choose
from crmtui.model.nouns import KIND_KEYS, NOUNS
from crmtui.screens.field_form import FieldForm
from crmtui.screens.words import ATTRIBUTE_WORDS, KIND_WORDS, kind_meant
from crmtui.store.kinds import KINDS
from crmtui.store.workspace import Workspace
from tests.screens.designing import designing, drag, go, keys, listing, make, type_of
from tests.screens.showing import LARGE, Session


async def choose_kind(tui: Session, word: str) -> None:
    """Choose a kind by typing in its row."""
    form = tui.app.screen
    assert isinstance(form, FieldForm)
    form.focus_row(form.row("kind"))
    await tui.settle()
    await tui.type(word)
    await tui.press("enter")


async def fill(tui: Session, name: str, text: str) -> None:
    """Type into a row that is empty."""
    form = tui.app.screen
    assert isinstance(form, FieldForm)
    form.focus_row(form.row(name))
    await tui.settle()
    await tui.type(text)


def rows(tui: Session) -> list[str]:
    return [row.key for row in tui.app.screen.rows]


def test_every_kind_and_attribute_has_words() -> None:
    assert set(KIND_WORDS) == set(KIND_KEYS)
    designed = ("category", "type", "field", "option", "stage", "status", "validation")
    named = {name for noun in designed for name in NOUNS[noun].attributes}
    assert named - set(ATTRIBUTE_WORDS) <= {"form", "detail", "list", "card"}


@pytest.mark.parametrize("word", ["date and time", "datetime", "Date-Time", "DATE_TIME"])
def test_a_kind_is_called_by_its_key_or_its_word(word: str) -> None:
    assert kind_meant(word) == "datetime" and kind_meant("nonsense") is None


async def test_a_field_is_added_with_a_key_made_of_its_label(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Amount")
        await tui.press("a")
        assert tui.lines[0] == " deal > new field"
        await tui.type("Discount in %")
        await choose_kind(tui, "decimal")
        await fill(tui, "scale", "1")
        await fill(tui, "max", "30")
        await tui.press("ctrl+s")
        # It stands behind the field the cursor was on.
        assert listing(tui).value.ref == "deal.discount_in"
        await make(tui)
    found = type_of(filled)
    assert keys(found.fields)[:3] == ["name", "amount", "discount_in"]
    field = found.field_by_key["discount_in"]
    assert (field.kind, field.scale, field.maximum) == ("decimal", 1, "30")
    assert field.label == "Discount in %"


@pytest.mark.parametrize("kind", list(KINDS))
async def test_the_form_has_exactly_what_the_kind_has(filled: str, kind: str) -> None:
    async with designing(filled, "a", size=(80, 50)) as tui:
        form = tui.app.screen
        assert isinstance(form, FieldForm)
        await form.turn_into(kind)
        await tui.settle()
        attributes = NOUNS["field"].attributes
        settings = {n for n, a in attributes.items() if a.attr in KINDS[kind].settings}
        shown = set(rows(tui))
        assert settings <= shown
        other = {
            name
            for each in KINDS
            for name, a in attributes.items()
            if a.attr in KINDS[each].settings and name not in settings
        }
        assert not shown & other
        assert ("required" in shown) == (not KINDS[kind].computed)
        assert ("title" in shown) == KINDS[kind].can_be_title
        assert tui.state == KIND_WORDS[kind][1]


async def test_the_kinds_are_offered_each_with_a_line_that_explains_it(filled: str) -> None:
    async with designing(filled, "a", size=LARGE) as tui:
        tui.app.screen.focus_row(tui.app.screen.row("kind"))
        await tui.settle()
        await tui.press("down")
        for kind in ("text", "longtext", "integer"):
            word, line = KIND_WORDS[kind]
            assert line in tui.text and word in tui.text


async def test_a_choice_is_added_with_its_options(filled: str) -> None:
    async with designing(filled, "a") as tui:
        await tui.type("Region")
        await choose_kind(tui, "choice")
        await fill(tui, "options", "North, South west")
        await tui.press("ctrl+s")
        await make(tui)
    options = type_of(filled).field_by_key["region"].options
    assert [option.name() for option in options] == ["North", "South west"]
    assert keys(options) == ["north", "south_west"]


async def test_an_expression_is_tried_while_it_is_typed(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Close date")
        await tui.press("enter")
        await fill(tui, "required_when", "amont > 1000")
        row = tui.app.screen.row("required_when")
        assert row.is_wrong and "amount" in tui.text
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, FieldForm)  # it is refused, and nothing is lost
        assert row.value == "amont > 1000"
        for _char in range(12):
            await tui.press("backspace")
        await tui.type("amount > 1000")
        assert not row.is_wrong
        await tui.press("ctrl+s")
        await make(tui)
    assert type_of(filled).field_by_key["close"].required_when == "amount > 1000"


async def test_what_is_wrong_with_a_new_key_is_told_at_its_row(filled: str) -> None:
    async with designing(filled, "a") as tui:
        await fill(tui, "key", "select")
        assert "it is a word of SQL" in tui.text
        assert tui.app.screen.row("key").is_wrong
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, FieldForm)


async def test_another_kind_is_reported_before_anything_is_converted(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Source")
        await tui.press("enter")
        await choose_kind(tui, "one line")
        report = "deal.source from choice to text: 6 values convert, 0 do not"
        assert report in tui.state
        await tui.press("ctrl+s")
        assert "values convert" in tui.text
        await tui.press("n")
        assert isinstance(tui.app.screen, FieldForm)
        await tui.press("ctrl+s", "y")
        await tui.press("ctrl+s")
        assert tui.line("6 values convert")
        assert type_of(filled).field_by_key["source"].kind == "choice"
        await tui.press("ctrl+s")
        assert type_of(filled).field_by_key["source"].kind == "text"
        with Workspace.open(filled) as workspace:
            assert workspace.record("deal/1").values["source"] == "web"
        await tui.press("u")
        assert type_of(filled).field_by_key["source"].kind == "choice"


async def test_values_that_cannot_follow_are_lost_only_when_it_is_said(filled: str) -> None:
    with Workspace.open(filled, command="test") as workspace:
        workspace.set("deal/1", {"name": "12"})
    async with designing(filled) as tui:
        await go(tui, "Name")
        await tui.press("enter")
        await choose_kind(tui, "whole number")
        assert "1 values convert, 5 do not" in tui.state
        await tui.press("ctrl+s")
        assert "convert what can be" in tui.text and "deal/2" in tui.text
        await tui.press("n")
        assert type_of(filled).field_by_key["name"].kind == "text"
        await tui.press("ctrl+s", "l", "ctrl+s", "ctrl+s")
        found = type_of(filled)
        assert found.field_by_key["name"].kind == "integer"
        assert [f.key for f in found.all_fields if f.retired] == ["name_old"]


async def test_fields_are_ordered_by_keys_and_by_the_mouse(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Amount")
        await tui.press("J", "alt+down", "K")
        await drag(tui, "VIP", "Name")
        await make(tui)
    assert keys(type_of(filled).fields) == [
        "vip",
        "name",
        "account",
        "amount",
        "close",
        "source",
        "notes",
    ]


async def test_escape_lets_go_of_a_dragged_row(filled: str) -> None:
    async with designing(filled) as tui:
        await tui.pilot.mouse_down("#list", offset=(6, 2))
        await tui.pilot.hover("#list", offset=(7, 4))
        await tui.settle()
        assert listing(tui).target is not None and "»" in tui.text
        await tui.press("escape")
        assert listing(tui).target is None
        await tui.pilot.mouse_up("#list", offset=(7, 4))
        await tui.settle()
        assert tui.lines[0] == " Configuration > Deal" and "changes" not in tui.state


async def test_a_field_is_not_dropped_among_the_stages(filled: str) -> None:
    async with designing(filled) as tui:
        await tui.pilot.mouse_down("#list", offset=(6, 2))
        await tui.pilot.hover("#list", offset=(7, 5))
        await tui.pilot.hover("#list", offset=(7, 11))
        await tui.settle()
        assert listing(tui).target is None
        await tui.pilot.mouse_up("#list", offset=(7, 11))
        await tui.settle()
        assert "changes" not in tui.state


async def test_a_click_points_and_two_open(filled: str) -> None:
    async with designing(filled) as tui:
        await tui.pilot.click("#list", offset=(6, 3))
        await tui.settle()
        assert listing(tui).value.ref == "deal.amount"
        await tui.pilot.click("#list", offset=(6, 3), times=2)
        await tui.settle()
        assert isinstance(tui.app.screen, FieldForm)


async def test_a_field_is_retired_and_restored_with_its_data(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Amount")
        await tui.press("x")
        await make(tui)
        assert "amount" not in type_of(filled).field_by_key
        assert tui.line("Amount").endswith("retired")
        await tui.press("x")
        await make(tui)
    with Workspace.open(filled) as workspace:
        assert workspace.record("deal/1").values["amount"] == 100050


async def test_a_field_gets_another_key(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Amount")
        await tui.press("r")
        for _char in "amount":
            await tui.press("backspace")
        await tui.type("volume")
        await tui.press("enter")
        assert tui.line("Amount  volume")
        await make(tui)
    assert type_of(filled).field_by_key["volume"].label == "Amount"


async def test_typing_is_not_lost_without_a_question(filled: str) -> None:
    async with designing(filled, "a") as tui:
        await tui.type("Half")
        await tui.press("escape")
        assert "There is typing that is not saved." in tui.text
        await tui.press("k")
        assert tui.app.screen.row("label").value == "Half"
        await tui.press("escape", "d")
        assert tui.lines[0] == " Configuration > Deal"


async def test_the_field_editor_in_chinese(filled: str) -> None:
    choose("zh")
    async with designing(filled) as tui:
        await go(tui, "金额")
        await tui.press("enter")
        assert tui.app.screen.row("label_zh").value == "金额"
        assert "金额" in tui.lines[0]
        await tui.press("tab")
        for _char in "金额":
            await tui.press("backspace")
        tui.app.screen.row("label_zh").control.value = "合同额"
        await tui.press("ctrl+s")
        assert tui.line("合同额")
        await make(tui)
    assert type_of(filled).field_by_key["amount"].label_zh == "合同额"


async def test_a_kind_that_is_typed_and_not_taken_is_understood_all_the_same(filled: str) -> None:
    async with designing(filled, "a") as tui:
        await tui.type("When")
        tui.app.screen.focus_row(tui.app.screen.row("kind"))
        await tui.settle()
        await tui.type("nonsense")
        await tui.press("ctrl+s")
        assert "the kind of a field is one of" in tui.text
        assert tui.app.screen.row("kind").is_wrong
        tui.app.screen.row("kind").control.input.value = "date and time"
        await tui.press("ctrl+s")
        await make(tui)
    assert type_of(filled).field_by_key["when_1"].kind == "datetime"
