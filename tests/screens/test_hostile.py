"""Whatever stands in a record: it is shown, it does nothing, and nothing crashes."""

import json
import os
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crmtui.screens.application import LastWall
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from crmtui.terminal import has_unsafe
from tests.screens.conftest import define
from tests.screens.showing import LARGE, SMALL, Session, shown
from tests.screens.terminal import Terminal

HOSTILE = [
    "a [/] b",
    "[/red]",
    "[@click=app.quit]press me[/]",
    "list[int]",
    "[bold",
    "{name} {0} %s %(x)s",
    "\\[x]",
    "\x1b]0;owned\x07",
    "\x1b]52;c;b3duZWQ=\x07",
    "\x1b[31;41mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x9b31mC1",
    "\u202egnp.exe",
    "\u2066left\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "a\tb\rc\nd",
    "bell\x07\x08\x7f",
    "x" * 10_000,
    "宽" * 3_000,
    "e" + "\u0301" * 200,
    "👩‍👩‍👧‍👦 ⚠️ 🇩🇪",
    "ﷺ" * 20,
    "1e308",
    "'; DROP TABLE deal; --",
    "$(reboot) `reboot` %x% =1+1 @SUM(A1)",
    "<b>&amp;</b>",
    "\u0e49" * 30,
    "\U000e0041\U000e0042tags",
    "nul\0nul",
]


def naughty() -> list[str]:
    """The Big List of Naughty Strings, where it is at hand."""
    found = next(
        (p for p in Path(__file__).parents if (p / "shared/cases/blns.json").exists()), None
    )
    return json.loads((found / "shared/cases/blns.json").read_text()) if found else []


@pytest.fixture(scope="module")
def strings() -> list[str]:
    return [*HOSTILE, *naughty()]


@pytest.fixture
def hostile(path: str, strings: list[str]) -> str:
    """A workspace in which every string is a title, a link's title, and a note.

    The store takes no control characters; whoever can write the file can put them there.
    """
    with Workspace.open(path) as workspace, workspace.intent():
        for number in range(1, len(strings) + 1):
            workspace.add("account", {"name": "x"})
            workspace.add("deal", {"name": "x", "account": f"account/{number}", "amount": "5"})
    write(path, strings)
    return path


def write(path: str, strings: list[str]) -> None:
    """Put texts into a file as any SQLite tool could."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, text in enumerate(strings, 1):
            connection.execute("UPDATE account SET name = ? WHERE id = ?", (text, number))
            connection.execute(
                "UPDATE deal SET name = ?, notes = ? WHERE id = ?", (text, text, number)
            )


@pytest.fixture
def no_wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without the last wall one sees what the widgets themselves would write."""
    monkeypatch.setattr(LastWall, "apply", lambda self, segments, background: segments)
    yield


def check(tui: Session) -> None:
    """Nothing on the screen would do anything to a terminal, and all lines are equally wide."""
    strips = tui.app.screen._compositor.render_strips()
    for strip in strips:
        for segment in strip:
            assert not has_unsafe(segment.text), repr(segment.text)
    assert {sum(segment.cell_length for segment in strip) for strip in strips} == {
        tui.app.size.width
    }


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("board", [False, True])
async def test_lists_and_boards(
    hostile: str, no_wall: None, size: tuple[int, int], board: bool
) -> None:
    async with shown(hostile, board=board, size=size) as tui:
        check(tui)
        for _page in range(40):
            await tui.press("pagedown")
            check(tui)
        await tui.press("m")
        check(tui)
        await tui.press("escape", "d")
        check(tui)
        await tui.press("n", "y", "c")
        check(tui)


async def test_details_forms_and_suggestions(hostile: str, no_wall: None) -> None:
    async with shown(hostile) as tui:
        with Workspace.open(hostile) as workspace:
            refs = [record.ref for record in workspace.records("deal")]
        for ref in refs[: len(HOSTILE)] + refs[len(HOSTILE) :: 60]:
            tui.app.open_record(ref)
            await tui.settle()
            check(tui)
            await tui.press("e")
            check(tui)
            await tui.press("escape", "escape")
            assert len(tui.app.screen_stack) == 1


async def test_labels_and_messages(filled: str, no_wall: None) -> None:
    evil = "[/]\u202e[@click=app.quit]x\u200b"  # the store takes no control characters here
    with Workspace.open(filled) as workspace:
        workspace.change(
            [
                Change("add", "category", "sales", {"label": evil}),
                Change("set", "type", "deal", {"label": evil, "category": "sales"}),
                Change("set", "field", "deal.amount", {"label": evil, "help": evil}),
                Change("set", "stage", "deal.lead", {"label": evil}),
                Change("set", "status", "deal.offer.sent", {"label": evil}),
                Change("set", "option", "deal.source.web", {"label": evil}),
            ]
        )
    for board, size in ((False, SMALL), (True, LARGE)):
        async with shown(filled, board=board, size=size) as tui:
            check(tui)
            for key in ("m", "s", "c", "colon", "question_mark", "a", "enter", "d"):
                await tui.press(key)
                check(tui)
                await tui.press("escape", "escape")
            await tui.press("slash")
            await tui.type("amount = [/]")
            await tui.press("enter")
            check(tui)


async def test_a_form_keeps_unsafe_text_as_it_was(path: str) -> None:
    with Workspace.open(path) as workspace:
        workspace.add("deal", {"name": "x"})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE deal SET name = ?, notes = ?", ("\x1b[31mred\u202e", "a\x1b]0;x\x07b")
        )
    with Workspace.open(path) as workspace:
        before = workspace.record("deal/1").values
    async with shown(path) as tui:
        await tui.press("e", "tab", "5")
        await tui.press("ctrl+s")
    with Workspace.open(path) as workspace:
        after = workspace.record("deal/1").values
    assert (after["name"], after["notes"], after["amount"]) == (
        before["name"],
        before["notes"],
        500,
    )


KINDS = """
types:
  deal:
    label: Deal
    fields:
      who: {kind: person}
      tags: {kind: tags}
      parts: {kind: multichoice, options: {a: {label: A}, b: {label: B}}}
      home: {kind: address}
      hue: {kind: color}
      extra: {kind: json}
      site: {kind: url}
      reason: {label: Reason, visible_when: amount > 1}
    validations:
      rule: {rule: amount < 1000 or vip, message: MESSAGE}
    form:
    - {key: first, label: HEADING, fields: [name, who, {field: tags, label: HEADING}, parts]}
    - {key: second, label: HEADING, columns: 1, fields: [home, hue, {field: site, help: HEADING}]}
"""


async def test_controls_of_every_kind(filled: str, strings: list[str], no_wall: None) -> None:
    evil = '"[/]\\u202E[@click=app.quit]x\\u200B"'
    document = KINDS.replace("HEADING", evil).replace("MESSAGE", evil)
    with Workspace.open(filled) as workspace:
        define(workspace, document)
        workspace.set("deal/1", {"amount": "5"})
    for number, text in enumerate(strings[: len(HOSTILE)]):
        with closing(sqlite3.connect(filled)) as connection, connection:
            listed = json.dumps([text, "b", text + "2"], ensure_ascii=False)
            parted = json.dumps({"street": text, "full": text, "city": text}, ensure_ascii=False)
            connection.execute(
                "UPDATE deal SET who = ?2, tags = ?1, parts = ?1, home = ?2, hue = ?3, extra = ?1,"
                " site = ?3, reason = ?3 WHERE id = 1",
                (listed, parted, text.replace("\0", "")),
            )
        size = LARGE if number % 2 else SMALL
        async with shown(filled, record="deal/1", size=size) as tui:
            check(tui)
            await tui.press("e")
            check(tui)
            for key in ("tab", "tab", "tab"):
                await tui.press(key)
                check(tui)
            await tui.press("down")
            check(tui)
            await tui.press("escape", "ctrl+s")
            check(tui)


def test_nothing_of_it_reaches_a_real_terminal(hostile: str) -> None:
    with Terminal(hostile, "deal", False, None) as terminal:
        terminal.until("Commands")
        for keys in (
            "\x1b[6~",
            "\x1b[6~",
            "g",
            "b",
            "\x1b[6~",
            "l",
            "g",
            "\r",
            "\x1b",
            "/",
            "[/]\r",
            "\x1b",
            "e",
        ):
            terminal.type(keys)
            terminal.quiet(0.3)
    # Textual itself says which shape the pointer has.
    raw = terminal.all.decode("utf-8").replace("\x1b]22;default\x07", "")
    for sequence in ("\x1b]0;", "\x1b]52;", "\x1b[31;41m", "\x1b[2J\x1b[H", "\x9b", "\x07"):
        assert sequence not in raw
    unsafe = {c for c in raw if has_unsafe(c)} - {"\x1b", "\r", "\n", "\x0f", "\x0e"}
    assert not unsafe, [unicodedata.name(c, hex(ord(c))) for c in unsafe]
    assert os.path.exists(hostile)
