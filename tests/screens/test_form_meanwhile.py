"""A form of a record that others change, move or remove while it is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crmtui.i18n import choose
from crmtui.screens.clash import ClashScreen
from crmtui.screens.form import FormScreen
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.side_list import SideList
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.showing import LARGE, Session, shown
from tests.support.people import granted, member


@contextmanager
def other(path: str) -> Iterator[Workspace]:
    """Another process, as far as SQLite can tell: a connection of its own."""
    with Workspace.open(path, command="elsewhere") as workspace:
        yield workspace


def theirs(path: str, **values: Any) -> None:
    """Others change the first deal."""
    with other(path) as workspace:
        workspace.set("deal/1", values)


def held(path: str, *keys: str) -> list[str]:
    """What fields of the first deal hold."""
    with Workspace.open(path) as workspace:
        record = workspace.record("deal/1")
        return [record.entry(key) for key in keys]


def removed(path: str) -> bool:
    """Whether the first deal is removed."""
    with Workspace.open(path) as workspace:
        return workspace.record("deal/1").removed


def row(tui: Session, key: str) -> FormRow:
    """The row of a field."""
    (form,) = [screen for screen in tui.app.screen_stack if isinstance(screen, FormScreen)]
    found = form.row(key)
    assert found is not None
    return found


def asks(tui: Session) -> bool:
    """Whether it is asked which side is to stand."""
    return isinstance(tui.app.screen, ClashScreen)


async def edited(tui: Session) -> None:
    """Open the first deal, and type behind its name."""
    await tui.press("e")
    await tui.type("!")


# Saving


async def test_what_only_one_side_changed_is_chosen_already(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, amount="7", source="fair")
        await tui.press("ctrl+s")
        assert asks(tui) and "deal/1 was changed meanwhile by" in tui.text
        assert "[theirs] Amount: 1,000.50 -> 7.00" in tui.text
        assert "[theirs] Source: Website -> Trade fair" in tui.text
        assert "[yours]  Name: Deal 1 -> Deal 1!" in tui.text
        await tui.press("enter")
        assert tui.state == "deal/1 saved"
    assert held(filled, "name", "amount", "source") == ["Deal 1!", "7.00", "fair"]


async def test_what_both_changed_shows_three_values_and_is_to_be_chosen(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name", amount="7")
        await tui.press("ctrl+s")
        assert tui.line("before").split() == ["│", "before", "Deal", "1", "│"]
        assert "( ) theirs  Their name" in tui.text and "( ) yours   Deal 1!" in tui.text
        assert tui.line("1 to choose") and "1/2" in tui.line("1 to choose")
        await tui.press("enter")
        assert asks(tui) and "choose theirs or yours: Name" in tui.text
        await tui.press("left")
        assert "(x) theirs  Their name" in tui.text and not tui.line("to choose")
        await tui.press("right")
        assert "(x) yours   Deal 1!" in tui.text
        await tui.press("space")
        assert "(x) theirs  Their name" in tui.text
        await tui.press("space", "enter")
    assert held(filled, "name", "amount") == ["Deal 1!", "7.00"]


async def test_theirs_may_be_chosen_of_all_and_then_nothing_is_written(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name", amount="7")
        await tui.press("ctrl+s", "T", "enter")
        assert not isinstance(tui.app.screen, FormScreen)
    assert held(filled, "name", "amount") == ["Their name", "7.00"]
    with Workspace.open(filled) as workspace:
        assert workspace.record("deal/1").revision == 2


async def test_what_only_they_changed_can_be_put_back_and_what_only_you_did_left(
    filled: str,
) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, amount="7")
        await tui.press("ctrl+s", "space")
        assert "[theirs] Name: stays Deal 1, not Deal 1!" in tui.text
        await tui.press("down", "right")
        assert "[yours]  Amount: stays 1,000.50, not 7.00" in tui.text
        await tui.press("enter")
    assert held(filled, "name", "amount") == ["Deal 1", "1000.50"]


async def test_escape_goes_back_to_the_form_with_nothing_lost(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name", amount="7")
        await tui.press("ctrl+s", "right", "escape")
        assert tui.state == "not saved: others have changed it meanwhile"
        assert row(tui, "name").value == "Deal 1!" and row(tui, "amount").value == "1000.50"
        assert held(filled, "name") == ["Their name"]
        await tui.press("ctrl+s")
        assert asks(tui) and tui.line("1 to choose")


async def test_a_merge_that_is_overtaken_asks_again_about_what_is_new(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name", amount="7")
        await tui.press("ctrl+s", "right")
        theirs(filled, name="Their second name")
        await tui.press("enter")
        assert asks(tui)
        assert "before  Their name" in tui.text and "( ) theirs  Their second name" in tui.text
        assert "Amount" not in tui.text.partition("meanwhile by")[2]
        await tui.press("escape")
        assert row(tui, "name").value == "Deal 1!" and row(tui, "amount").value == "7.00"
        await tui.press("ctrl+s", "right", "enter")
    assert held(filled, "name", "amount") == ["Deal 1!", "7.00"]


async def test_what_both_changed_to_the_same_is_not_asked(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Deal 1!")
        await tui.press("ctrl+s")
        assert "[both]   Name: Deal 1 -> Deal 1!" in tui.text and not tui.line("to choose")
        await tui.press("enter")
        assert not isinstance(tui.app.screen, FormScreen)


async def test_parts_of_an_address_go_together(filled: str) -> None:
    with other(filled) as workspace:
        workspace.change([Change("add", "field", "deal.home", {"kind": "address"})])
        workspace.set("deal/1", {"home": {"city": "Oslo", "street": "Karl 1"}})
    async with shown(filled) as tui:
        await tui.press("e", *["tab"] * 7)
        await tui.type("7")
        theirs(filled, home={"city": "Bergen", "street": "Karl 1"})
        await tui.press("ctrl+s")
        assert "[both]   home: Karl 1, Oslo -> Karl 17, Bergen" in tui.text
        await tui.press("enter")
    assert held(filled, "home") == ['{"street":"Karl 17","city":"Bergen"}']


async def test_a_merge_that_breaks_a_rule_is_mended_in_the_form(filled: str) -> None:
    with other(filled) as workspace:
        rule = {"rule": "not vip or amount > 100", "message": "too cheap for a VIP"}
        workspace.change([Change("add", "validation", "deal.cap", rule)])
        workspace.set("deal/1", {"vip": "no"})
    async with shown(filled) as tui:
        await tui.press("e", *["tab"] * 5)
        await tui.press("space", "space")
        assert row(tui, "vip").value == "true"
        theirs(filled, amount="7")
        await tui.press("ctrl+s", "enter")
        assert "too cheap for a VIP" in tui.text and row(tui, "amount").value == "7.00"
        await tui.press("shift+tab", "shift+tab", "shift+tab", "shift+tab", "ctrl+u")
        await tui.type("200")
        await tui.press("ctrl+s")
    assert held(filled, "vip", "amount") == ["true", "200.00"]


async def test_a_stage_changed_meanwhile_stands(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        with other(filled) as workspace:
            workspace.move("deal/1", "won")
        await tui.press("ctrl+s")
        assert "[theirs] Stage: Lead -> Won" in tui.text
        await tui.press("Y")
        assert "[theirs] Stage: Lead -> Won" in tui.text
        await tui.press("enter")
    assert held(filled, "name", "stage") == ["Deal 1!", "won"]


async def test_typing_stays_where_the_form_of_another_stage_has_no_place_for_it(
    filled: str,
) -> None:
    with other(filled) as workspace:
        won = {"form": [{"key": "all", "fields": ["name", {"field": "notes", "hidden": True}]}]}
        lead = {"form": [{"key": "all", "fields": ["name", "updated_by"]}]}
        stages = {"lead": lead, "won": won}
        workspace.change([Change("set", "stage", f"deal.{key}", stages[key]) for key in stages])
    async with shown(filled) as tui:
        await tui.press("e", *["tab"] * 6)
        await tui.type("said")
        with other(filled) as workspace:
            workspace.move("deal/1", "won")
        await tui.press("ctrl+s", "enter")
    assert held(filled, "notes", "stage") == ["said", "won"]


async def test_changes_that_cancel_each_other_out_are_not_asked_about(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, amount="7")
        theirs(filled, amount="1000.50")
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"


async def test_hostile_values_of_others_are_shown_and_not_run(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("e", *["tab"] * 6)
        await tui.type("x")
        theirs(filled, notes="[@click=app.quit]a[/]\nb\u202ec")
        await tui.press("ctrl+s")
        assert "theirs  [@click=app.quit]a[/]" in tui.text and "b�c" in tui.text


async def test_who_may_not_see_what_happened_sees_what_their_form_began_with(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with other(filled) as workspace:
        granted(workspace, "sales", "*", read="all", update="all")
        member(workspace, "alice", 4321, roles="sales")
    monkeypatch.setattr("os.getuid", lambda: 4321)
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name", amount="7")
        await tui.press("ctrl+s")
        assert "before  Deal 1" in tui.text and "( ) yours   Deal 1!" in tui.text
        assert "[theirs] Amount: 1,000.50 -> 7.00" in tui.text
        await tui.press("right", "enter")
        assert tui.state == "deal/1 saved"
    assert held(filled, "name", "amount") == ["Deal 1!", "7.00"]


# A record that was removed


async def test_a_record_removed_meanwhile_is_brought_back_and_saved(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        with other(filled) as workspace:
            workspace.remove("deal/1")
        await tui.press("ctrl+s")
        assert "deal/1 was removed meanwhile by" in tui.text
        await tui.press("k")
        assert row(tui, "name").value == "Deal 1!"
        await tui.press("ctrl+s", "r")
        assert tui.state == "deal/1 saved"
    assert held(filled, "name") == ["Deal 1!"] and not removed(filled)


async def test_what_others_changed_before_they_removed_it_is_asked_about(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name")
        with other(filled) as workspace:
            workspace.remove("deal/1")
        await tui.press("ctrl+s", "r")
        assert asks(tui) and "( ) theirs  Their name" in tui.text
        await tui.press("right", "enter")
    assert held(filled, "name") == ["Deal 1!"] and not removed(filled)


async def test_what_was_typed_for_a_removed_record_may_be_discarded(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        with other(filled) as workspace:
            workspace.remove("deal/1")
        await tui.press("ctrl+s", "d")
        assert not isinstance(tui.app.screen, FormScreen)
    assert removed(filled)


# Before it is saved


async def test_a_quiet_line_tells_what_others_changed_and_takes_it_in(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        assert "meanwhile" not in tui.text
        theirs(filled, amount="7")
        await tui.look()
        assert tui.line("^r takes in what ") and "changed meanwhile: Amount" in tui.text
        assert row(tui, "amount").value == "1000.50"
        await tui.press("ctrl+r")
        assert row(tui, "amount").value == "7.00" and row(tui, "name").value == "Deal 1!"
        assert "meanwhile" not in tui.text
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    assert held(filled, "name", "amount") == ["Deal 1!", "7.00"]


async def test_taking_in_asks_about_what_was_typed_in_the_same_field(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name", amount="7")
        await tui.press("ctrl+r")
        assert asks(tui) and "enter take in" in tui.text
        await tui.press("right", "enter")
        assert row(tui, "name").value == "Deal 1!" and "is now: Their name" in tui.text
        assert row(tui, "amount").value == "7.00"
        assert held(filled, "name") == ["Their name"]
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    assert held(filled, "name") == ["Deal 1!"]


async def test_other_records_and_nobodys_changes_are_not_told(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        with other(filled) as workspace:
            workspace.set("deal/2", {"amount": "7"})
        await tui.look()
        assert "meanwhile" not in tui.text
        await tui.press("ctrl+r")
        assert tui.state == "nobody else has changed it"


async def test_a_removal_is_told_before_saving(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        with other(filled) as workspace:
            workspace.remove("deal/1")
        await tui.look()
        assert "has removed it meanwhile" in tui.text


# How it looks


@pytest.mark.parametrize("size", [(80, 24), LARGE])
async def test_long_chinese_values_are_cut_to_where_they_differ(
    filled: str, size: tuple[int, int]
) -> None:
    choose("zh")
    text = "客户希望本季度内完成签约，价格需要再谈，付款分三期。" * 5
    theirs(filled, notes=text)
    async with shown(filled, size=size) as tui:
        await tui.press("e")
        notes = row(tui, "notes").control
        notes.insert("我方已同意", notes.document.end)
        theirs(filled, notes=f"{text}对方要求修改" * 9)
        await tui.press("ctrl+s")
        cut = [line for line in tui.lines if "…" in line]
        assert any("对方要求修改" in line for line in cut)
        assert any("我方已同意" in line for line in cut)
        await tui.press("right", "enter")
    assert held(filled, "notes") == [f"{text}我方已同意"]


async def test_many_fields_scroll_and_the_cursor_stays_in_sight(filled: str) -> None:
    fields = [
        Change("add", "field", f"deal.f{n}", {"kind": "text", "label": f"Field {n}"})
        for n in range(12)
    ]
    with other(filled) as workspace:
        workspace.change(fields)
    async with shown(filled) as tui:
        await edited(tui)
        for n in range(12):
            row(tui, f"f{n}").control.value = f"mine {n}"
        theirs(filled, **{f"f{n}": f"theirs {n}" for n in range(12)})
        await tui.press("ctrl+s")
        assert tui.line("12 to choose") and not tui.line("Field 11")
        for _place in range(11):
            await tui.press("right", "down")
        assert tui.line("Field 11") and tui.line("theirs 11") and tui.line("1 to choose")
        await tui.press("enter", "left", "enter")
    assert held(filled, "f0", "f11") == ["mine 0", "theirs 11"]


async def test_sides_are_chosen_by_the_mouse_too(filled: str) -> None:
    async with shown(filled) as tui:
        await edited(tui)
        theirs(filled, name="Their name")
        await tui.press("ctrl+s")
        await tui.pilot.click(SideList, offset=(6, 2))
        await tui.settle()
        assert "(x) theirs  Their name" in tui.text
        await tui.pilot.click(SideList, offset=(6, 3))
        await tui.settle()
        assert "(x) yours   Deal 1!" in tui.text
