"""The form with fields of every kind that holds a value: nothing is lost in it, and all is read."""

from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste

from crmtui.i18n import choose
from crmtui.screens.form import FormScreen
from crmtui.screens.widgets.form_row import FormRow
from crmtui.store.workspace import Workspace
from tests.screens.conftest import define
from tests.screens.showing import Session, shown

DOCUMENT = """
types:
  deal:
    fields:
      who: {kind: person}
      tags: {kind: tags}
      langs:
        kind: multichoice
        options: {en: {label: English}, zh: {label: Chinese, label_zh: 中文}, fr: {label: French}}
      share: {kind: percent}
      stars: {kind: rating}
      lasts: {kind: duration}
      opens: {kind: time}
      mail: {kind: email}
      tel: {kind: phone, region: CN}
      site: {kind: url}
      home: {kind: address}
      hue: {kind: color}
      extra: {kind: json}
      owner: {kind: user}
"""

VALUES = {
    "who": {"first": "小明", "last": "王"},
    "tags": ["a, b", "c"],
    "langs": "en,fr",
    "share": "12.5%",
    "stars": 3,
    "lasts": "1d30m",
    "opens": "9:30",
    "mail": "a@example.com",
    "tel": "010-12345678转9",
    "site": "例子.中国/a",
    "home": "1 Main St\nFloor 2",
    "hue": "red",
    "extra": '{"a": [1.50, "x"]}',
    "owner": "me",
}


@pytest.fixture
def kinds(path: str) -> str:
    with Workspace.open(path, command="test") as workspace:
        define(workspace, DOCUMENT)
        workspace.add("deal", {"name": "Deal", **VALUES})
    return path


def row(tui: Session, key: str) -> FormRow:
    form = tui.app.screen
    assert isinstance(form, FormScreen)
    found = form.row(key)
    assert found is not None
    return found


async def to(tui: Session, key: str) -> None:
    """Put the focus on a field, and see it."""
    row(tui, key).control.target.focus()
    await tui.settle()


async def wrote(tui: Session, key: str, text: str) -> None:
    """Type a text into the line of a field instead of what is there."""
    await to(tui, key)
    await tui.press("ctrl+u")
    await tui.type(text)


def stored(path: str, key: str, ref: str = "deal/1") -> Any:
    with Workspace.open(path) as workspace:
        return workspace.record(ref).json()[key]


async def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(kinds: str) -> None:
    with Workspace.open(kinds) as workspace:
        before = workspace.record("deal/1").json()
    async with shown(kinds) as tui:
        await tui.press("enter", "e")
        for key in VALUES:
            assert row(tui, key).value, key
        await tui.press("ctrl+s")
    with Workspace.open(kinds) as workspace:
        assert workspace.record("deal/1").json() == before
        assert len(workspace.history("deal/1")) == 1


async def test_lines_take_what_people_write_and_say_what_is_wrong(kinds: str) -> None:
    wrong = {"share": "x%", "lasts": "90", "mail": "a@b", "tel": "12", "opens": "25:00"}
    right = {
        "share": ("7％", "7.00"),
        "lasts": ("1小时30分", "1h30m"),
        "mail": ("B@example.com", "B@example.com"),
        "tel": ("13812345678", "+8613812345678"),
        "opens": ("9pm", "21:00"),
        "site": ("example.com", "https://example.com"),
        "hue": ("#0f0", "#00ff00"),
    }
    async with shown(kinds) as tui:
        await tui.press("e")
        for key, text in wrong.items():
            await wrote(tui, key, text)
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 5 to mend"
        assert all(row(tui, key).is_wrong for key in wrong) and row(tui, "share").has_focus_within
        for key, (text, _kept) in right.items():
            await wrote(tui, key, text)
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    with Workspace.open(kinds) as workspace:
        kept = workspace.record("deal/1")
        assert {key: kept.entry(key) for key in right} == {k: v for k, (_t, v) in right.items()}
        assert kept.entry("home") == VALUES["home"]


async def test_what_was_meant_stands_in_the_line_when_it_is_left(kinds: str) -> None:
    async with shown(kinds) as tui:
        await tui.press("e")
        await wrote(tui, "lasts", "90m")
        await tui.press("tab")
        assert row(tui, "lasts").value == "1h30m"
        await wrote(tui, "opens", "9pm")
        await tui.press("tab")
        assert row(tui, "opens").value == "21:00"


async def test_an_empty_line_says_what_may_be_written(path: str) -> None:
    with Workspace.open(path, command="test") as workspace:
        define(workspace, DOCUMENT)
    async with shown(path, size=(80, 60)) as tui:
        await tui.press("a")
        for hint in ("30 or 30%", "1h30m", "9:30", "name@example.com", "#rrggbb", "JSON"):
            assert hint in tui.text


async def test_options_go_in_and_out_with_the_space_bar(kinds: str) -> None:
    async with shown(kinds) as tui:
        await tui.press("e")
        await to(tui, "langs")
        assert "[English] [French]" in tui.line("langs")
        await tui.press("down", "space")
        assert tui.line("[ ] English") and "[French]" in tui.line("langs")
        await tui.press("escape")
        # By typing, too.
        await tui.type("chi")
        assert tui.line("[ ] Chinese") and not tui.line("[x] French")
        await tui.press("space", "escape", "ctrl+s")
        assert tui.state == "deal/1 saved"
    assert stored(kinds, "langs") == ["zh", "fr"]


async def test_an_option_that_is_none_is_told(kinds: str) -> None:
    async with shown(kinds) as tui:
        await tui.press("e")
        await to(tui, "langs")
        await tui.type("xx")
        await tui.press("escape", "ctrl+s")
        assert tui.state == "not saved: 1 to mend" and row(tui, "langs").is_wrong
    assert stored(kinds, "langs") == ["en", "fr"]


async def test_the_last_one_goes_by_backspace_and_any_by_the_arrows(kinds: str) -> None:
    async with shown(kinds) as tui:
        await tui.press("e")
        await to(tui, "langs")
        await tui.press("backspace")
        assert row(tui, "langs").value == ("en",)
        await tui.press("backspace", "backspace")
        assert row(tui, "langs").value == ()
        await to(tui, "tags")
        await tui.press("left", "left", "delete")
        assert row(tui, "tags").value == ("c",)
        await tui.press("right")
        await tui.type("d")
        await tui.press("backspace")
        assert row(tui, "tags").value == ("c",)


async def test_tags_are_free_words_with_commas_between(kinds: str) -> None:
    async with shown(kinds) as tui:
        await tui.press("e")
        await to(tui, "tags")
        assert "[a, b] [c]" in tui.line("tags")
        row(tui, "tags").control.input.post_message(Paste("new,赞，c,"))
        await tui.settle()
        assert row(tui, "tags").value == ("a, b", "c", "new", "赞")
        await tui.type("last one")
        await tui.press("tab", "ctrl+s")
        assert tui.state == "deal/1 saved"
    assert stored(kinds, "tags") == ["a, b", "c", "new", "赞", "last one"]


async def test_tags_of_other_records_are_suggested(kinds: str) -> None:
    with Workspace.open(kinds, command="test") as workspace:
        workspace.add("deal", {"name": "Other", "tags": ["urgent", "c"]})
    async with shown(kinds) as tui:
        await tui.press("e")
        await to(tui, "tags")
        await tui.type("ur")
        assert tui.line("[ ] urgent")
        # Enter means the typing, until one goes into the suggestions.
        await tui.press("enter")
        assert row(tui, "tags").value == ("a, b", "c", "ur")
        await tui.type("ur")
        await tui.press("down", "enter")
        assert row(tui, "tags").value in (("a, b", "c"), ("a, b", "c", "ur", "urgent"))


async def test_stars_are_set_by_arrows_and_digits(kinds: str) -> None:
    async with shown(kinds) as tui:
        await tui.press("e")
        await to(tui, "stars")
        assert "★★★☆☆ 3/5" in tui.line("stars")
        await tui.press("right", "right", "right")
        assert "★★★★★ 5/5" in tui.line("stars")
        await tui.press("left")
        assert row(tui, "stars").value == "4"
        await tui.press("9")
        assert row(tui, "stars").value == "5"
        await tui.press("backspace")
        assert "☆☆☆☆☆ not said" in tui.line("stars") and row(tui, "stars").value == ""
        await tui.press("2", "ctrl+s")
    assert stored(kinds, "stars") == 2


async def test_a_name_and_an_address_have_a_line_for_each_part(kinds: str) -> None:
    async with shown(kinds, size=(80, 40)) as tui:
        await tui.press("e")
        assert "王小明" in tui.line("Full name") and "小明" in tui.line("Given name")
        assert "Main St" in tui.line("Street") and tui.line("Postcode")
        row(tui, "who").control.inputs["first"].focus()
        await tui.press("ctrl+u")
        await tui.type("大明")
        row(tui, "home").control.inputs["city"].focus()
        await tui.type("Berlin")
        row(tui, "home").control.inputs["country"].focus()
        await tui.type("Nowhere")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 1 to mend" and "country: Nowhere" in tui.text
        row(tui, "home").control.inputs["country"].focus()
        await tui.press("ctrl+u")
        await tui.type("de")
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    # The whole name follows its parts; the parts nobody touched stay, line breaks and all.
    assert stored(kinds, "who") == {"full": "王大明", "first": "大明", "last": "王"}
    assert stored(kinds, "home") == {
        "street": "1 Main St\nFloor 2",
        "city": "Berlin",
        "country": "DE",
    }


async def test_names_of_parts_are_in_the_language_of_the_user(kinds: str) -> None:
    choose("zh")
    async with shown(kinds, size=(80, 40)) as tui:
        await tui.press("e")
        assert "[English] [French]" in tui.line("langs")
        await to(tui, "langs")
        await tui.press("down")
        assert tui.line("[ ] 中文")


async def test_a_user_is_looked_up(kinds: str) -> None:
    with Workspace.open(kinds) as workspace:
        me = workspace.actor.key
    async with shown(kinds) as tui:
        await tui.press("e")
        await to(tui, "owner")
        assert me in tui.line("owner")
        await wrote(tui, "owner", "nobody-such")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 1 to mend"
        await wrote(tui, "owner", me[:2])
        await tui.press("enter", "ctrl+s")
    assert stored(kinds, "owner") == me


async def test_every_kind_can_be_emptied(kinds: str) -> None:
    async with shown(kinds) as tui:
        await tui.press("e")
        for key in VALUES:
            await to(tui, key)
            if key in ("tags", "langs"):
                await tui.press("backspace", "backspace")
            elif key in ("who", "home"):
                for input_ in row(tui, key).control.inputs.values():
                    input_.focus()
                    await tui.press("ctrl+u")
            elif key == "stars":
                await tui.press("backspace")
            else:
                await tui.press("end", "ctrl+u")
            assert not row(tui, key).value, key
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    with Workspace.open(kinds) as workspace:
        kept = workspace.record("deal/1").values
        assert [key for key in VALUES if kept[key] is not None] == []


async def test_a_new_record_of_every_kind_from_the_keyboard(path: str) -> None:
    with Workspace.open(path, command="test") as workspace:
        define(workspace, DOCUMENT)
    async with shown(path) as tui:
        await tui.press("a")
        await tui.type("Fresh")
        for key, text in (("share", "5"), ("lasts", "2d"), ("tags", "x, y"), ("extra", "[1, 2]")):
            await to(tui, key)
            await tui.type(text)
        row(tui, "who").control.inputs["last"].focus()
        await tui.type("Berg")
        await tui.press("tab")
        await tui.type("Anna")
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    with Workspace.open(path) as workspace:
        found = workspace.record("deal/1").json()
    assert found["who"] == {"full": "Anna Berg", "first": "Anna", "last": "Berg"}
    assert (found["tags"], found["extra"]) == (["x", "y"], [1, 2])


LINKED = """
types:
  deal:
    fields:
      number: {kind: autonumber, prefix: "D-"}
      partners: {kind: multilink, to: account}
      contract: {kind: file, max_size: 1}
"""


@pytest.fixture
def linked(filled: str) -> str:
    with Workspace.open(filled, command="test") as workspace:
        define(workspace, LINKED)
    return filled


async def test_linked_records_are_looked_up_one_by_one(linked: str) -> None:
    async with shown(linked) as tui:
        await tui.press("e")
        await to(tui, "partners")
        await tui.type("cm")
        assert tui.line("[ ] Acme")
        await tui.press("enter")
        await tui.type("科技")
        await tui.press("enter", "ctrl+s")
        assert tui.state == "deal/1 saved"
        await tui.press("enter")
        # Each of them is a line of the record's page that leads to it.
        assert tui.line("partners").split()[:2] == ["partners", "Acme"]
        await tui.press("escape", "e")
        await to(tui, "partners")
        assert "[Acme] [北京科技有限公司]" in tui.line("partners")
        await tui.press("left", "left", "delete", "ctrl+s")
    assert [link["ref"] for link in stored(linked, "partners")] == ["account/2"]


async def test_a_record_that_is_none_is_told(linked: str) -> None:
    async with shown(linked) as tui:
        await tui.press("e")
        await to(tui, "partners")
        await tui.type("nobody")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 1 to mend" and row(tui, "partners").is_wrong


async def test_a_file_is_taken_by_its_path_and_kept_by_its_name(
    linked: str, tmp_path: Path
) -> None:
    (tmp_path / "offer.txt").write_text("hello")
    async with shown(linked) as tui:
        await tui.press("e")
        await to(tui, "contract")
        assert "@path of a file" in tui.line("contract")
        await tui.type(f"@{tmp_path}/missing.txt")
        await tui.press("ctrl+s")
        assert "cannot be read" in tui.state
        await wrote(tui, "contract", f"@{tmp_path}/offer.txt")
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
        await tui.press("e")
        assert "offer.txt (5 B)" in tui.line("contract")
        await wrote(tui, "contract", "just words")
        await tui.press("ctrl+s")
        assert tui.state == "not saved: 1 to mend"
        await wrote(tui, "contract", "")
        await tui.press("ctrl+s")
        assert tui.state == "deal/1 saved"
    assert stored(linked, "contract") is None


async def test_a_number_that_the_store_gives_is_only_shown(linked: str) -> None:
    async with shown(linked) as tui:
        await tui.press("a")
        assert row(tui, "number").control is None and "given when saved" in tui.line("number")
        await tui.type("Fresh")
        await tui.press("ctrl+s", "e")
        assert "D-0001" in tui.line("number") or row(tui, "number").control is None
