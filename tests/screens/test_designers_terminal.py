"""The designers in a real terminal: what travels, what stands there, how they are begun."""

import re
from collections.abc import Iterator

import pytest

from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.designing import keys, type_of
from tests.screens.terminal import Terminal, plain
from tests.support.cli import Crm

STEP = 1000

TRUE_COLOURS = {"COLORTERM": "truecolor"}
OWN_COLOURS = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}


@pytest.fixture(params=[TRUE_COLOURS, OWN_COLOURS], ids=["true colours", "over SSH"])
def terminal(filled: str, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """At the page of a type."""
    with Terminal(filled, "deal", False, None, True, **request.param) as terminal:
        terminal.until("Layouts")
        yield terminal


def cost(terminal: Terminal, keys: str) -> int:
    terminal.type(keys)
    return len(terminal.quiet())


def press(x: int, y: int) -> str:
    return f"\x1b[<0;{x};{y}M"


def move(x: int, y: int) -> str:
    return f"\x1b[<32;{x};{y}M"


def release(x: int, y: int) -> str:
    return f"\x1b[<0;{x};{y}m"


def test_nothing_is_written_at_rest(terminal: Terminal) -> None:
    assert terminal.quiet(2) == b""
    for where in ("\r", "\x1b", "G\r"):
        cost(terminal, where)
        assert terminal.quiet(2) == b""


def test_a_cursor_key_and_a_step_of_a_drag(terminal: Terminal) -> None:
    for key in ("j", "j", "k", "\x1b[B"):
        assert 0 < cost(terminal, key) <= STEP
    cost(terminal, press(8, 4))
    for report in (move(9, 5), move(9, 6), move(9, 7), move(9, 8)):
        assert 0 < cost(terminal, report) <= STEP
    cost(terminal, "\x1b")


def test_a_field_is_dragged_in_the_layout_designer(terminal: Terminal, filled: str) -> None:
    terminal.type("Gkkk")
    terminal.quiet()
    terminal.type("\r")
    terminal.until("every stage")
    cost(terminal, press(8, 4))  # Amount
    for report in (move(9, 5), move(9, 6), move(9, 7)):
        assert 0 < cost(terminal, report) <= STEP
    terminal.type(release(9, 7))
    terminal.until("changes not made yet: 1")
    terminal.type("\x13")
    terminal.until("set type deal: form")
    terminal.type("\x13")
    terminal.until("u undoes it")
    found = type_of(filled)
    assert found.form_layout is not None
    assert found.form_layout.index("amount") > found.form_layout.index("source")


def test_stages_are_put_in_order_in_a_real_terminal(terminal: Terminal, filled: str) -> None:
    terminal.type("}}\r")
    terminal.until("a adds a stage")
    terminal.type("J")
    terminal.until("changes not made yet: 1")
    terminal.type("\x13")
    terminal.until("order the stages of deal: offer, lead, won, lost")
    terminal.type("\x13")
    terminal.until("u undoes it")
    assert keys(type_of(filled).stages) == ["offer", "lead", "won", "lost"]
    terminal.type("u")
    terminal.until("undone: configuration changed (1)")
    assert keys(type_of(filled).stages) == ["lead", "offer", "won", "lost"]


def test_without_colours_everything_is_told_apart(filled: str) -> None:
    with Workspace.open(filled, command="test") as workspace:
        workspace.change([Change("set", "stage", "deal.lead", {"color": "red"})])
    with Terminal(filled, "deal", False, None, True, NO_COLOR="1") as terminal:
        terminal.until("Layouts")
        terminal.type("}}\r")
        terminal.until("a adds a stage")
        asked = {
            code
            for codes in re.findall(rb"\x1b\[([\d;]*)m", terminal.all)
            for code in codes.split(b";")
        }
        assert asked <= {b"", b"0", b"1", b"2", b"4", b"7", b"39", b"49"} and b"7" in asked


def test_chinese_is_typed_into_the_wizard(filled: str) -> None:
    with Terminal(filled, None, False, None, True) as terminal:
        terminal.until("enter opens a type")
        terminal.type("n")
        terminal.until("f2 Kinds")
        lists = ("主题\r花费：money CNY", "\t", "计划\r完成＝won", "\x13")
        for part in ("客户拜访", "\t", "\t", "\t", "\t", *lists):
            terminal.type(part)
            terminal.quiet(0.4)
        terminal.type("\x13")
        terminal.until("u undoes it")
    found = type_of(filled, "客户拜访")
    assert [(f.key, f.kind) for f in found.fields] == [("主题", "text"), ("花费", "money")]
    assert [(s.key, s.outcome) for s in found.stages] == [("计划", None), ("完成", "won")]


def test_the_command_line_begins_with_the_designers(filled: str) -> None:
    with Terminal(filled, None, False, None, True) as terminal:
        assert b"Configuration" in plain(terminal.until("enter opens a type"))


def test_the_command_says_that_it_needs_a_terminal(filled: str, crm: Crm) -> None:
    refused = crm("--db", filled, "tui", "deal", "--configure", code=2)
    assert "full screen needs a terminal" in refused.err
