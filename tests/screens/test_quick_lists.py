"""Fields and stages written a line each, as the wizard takes them."""

import pytest

from crmtui.i18n import choose
from crmtui.screens.quick_lists import fields_written, stages_written, told
from crmtui.store.changes import Change

TYPES = [("account", "Account"), ("deal", "Sales deal")]


def fields(text: str) -> list[Change]:
    changes, unclear = fields_written("visit", text, "EUR", TYPES)
    assert unclear == []
    return changes


@pytest.mark.parametrize(
    ("line", "key", "values"),
    [
        ("Topic", "topic", {"kind": "text", "label": "Topic", "title": True, "required": True}),
        ("size : integer", "size", {"kind": "integer"}),
        ("Size:whole number!", "size", {"kind": "integer", "label": "Size", "required": True}),
        ("大小 ： integer ！", "大小", {"kind": "integer", "required": True}),
        ("cost : money", "cost", {"kind": "money", "currency": "EUR"}),
        ("cost : money USD !", "cost", {"kind": "money", "currency": "USD", "required": True}),
        ("who : link Account", "who", {"kind": "link", "to": "account"}),
        ("deal : link sales deal", "deal", {"kind": "link", "to": "deal"}),
        ("when : date and time", "when_1", {"kind": "datetime", "label": "when"}),
        ("twice : formula size * 2", "twice", {"kind": "formula", "formula": "size * 2"}),
    ],
)
def test_a_line_is_a_field(line: str, key: str, values: dict[str, object]) -> None:
    (change,) = fields(line)
    assert (change.ref, dict(change.values)) == (f"visit.{key}", values)


def test_options_stand_behind_a_choice() -> None:
    _field, *options = fields("mood : choice good， So so, bad")
    assert [(o.ref, dict(o.values)) for o in options] == [
        ("visit.mood.good", {}),
        ("visit.mood.so_so", {"label": "So so"}),
        ("visit.mood.bad", {}),
    ]


def test_the_first_text_names_the_record_and_no_other() -> None:
    titles = [change.values.get("title") for change in fields("day : date\nname\nother")]
    assert titles == [None, True, None]


def test_two_fields_of_one_label_get_keys_of_their_own() -> None:
    assert [c.ref for c in fields("Note\nNote\n\n note ")] == [
        "visit.note",
        "visit.note_1",
        "visit.note_2",
    ]


def test_what_means_nothing_is_told_with_its_line() -> None:
    changes, unclear = fields_written("visit", "Topic\n\nMood : colorful\nAge : nothing", "EUR", [])
    assert len(changes) == 1
    assert told(unclear) == ("line 3: there is no kind colorful; line 4: there is no kind nothing")


def test_stages_in_order_with_how_they_ended() -> None:
    changes, unclear = stages_written("visit", "Planned\nUnder way\nDone = won\n取消 ＝ cancelled")
    assert unclear == []
    assert [(c.ref, dict(c.values)) for c in changes] == [
        ("visit.planned", {"label": "Planned"}),
        ("visit.under_way", {"label": "Under way"}),
        ("visit.done", {"label": "Done", "outcome": "won"}),
        ("visit.取消", {"outcome": "cancelled"}),
    ]


@pytest.mark.parametrize("line", ["Done = maybe", "= won", "Done ="])
def test_a_stage_that_means_nothing_is_told(line: str) -> None:
    changes, unclear = stages_written("visit", f"New\n{line}")
    assert len(changes) == 1 and told(unclear).startswith("line 2: a stage ends as one of won")


def test_english_words_are_understood_in_chinese_too() -> None:
    choose("zh")
    assert fields("size : integer")[0].values["kind"] == "integer"
    assert stages_written("visit", "x = won")[0][0].values["outcome"] == "won"
