"""People and rights in a real terminal: what travels, and that the mark needs no colour."""

import re
from collections.abc import Iterator

import pytest

from crmtui.store.workspace import Workspace
from tests.screens.terminal import Terminal, plain
from tests.support.cli import Crm

STEP = 1000


@pytest.fixture
def terminal(staffed: str) -> Iterator[Terminal]:
    """At the page of people, in true colours, which cost the most."""
    with Terminal(staffed, None, False, None, True, COLORTERM="truecolor") as terminal:
        terminal.until("enter opens a type")
        terminal.type("G\r")
        terminal.until("opens what it lets")
        yield terminal


def cost(terminal: Terminal, keys: str) -> int:
    terminal.type(keys)
    return len(terminal.quiet())


def test_a_role_is_given_a_right_and_its_user_feels_it(terminal: Terminal, staffed: str) -> None:
    """An administrator lets sellers see payroll, acts as one of them, and changes back."""
    terminal.type("}}j\r")
    terminal.until("every type  -")
    assert terminal.quiet(2) == b""
    for key in ("j", "l", "\x1b[C", "h", "\x1b[D", "k"):
        assert 0 < cost(terminal, key) <= STEP
    terminal.type("G\r")
    terminal.until("whatever roles let")
    terminal.type("4")
    terminal.until("changes not made yet: 1")
    terminal.type("f")
    terminal.until("Lists of types")
    for key in ("j", "k"):
        assert 0 < cost(terminal, key) <= STEP
    terminal.type("\x13")
    terminal.until("lets read for all records")
    terminal.type("\x13")
    terminal.until("u undoes it")
    with Workspace.open(staffed, as_user="alice") as alice:
        assert alice.records("payroll")[0].title == "Board minutes"
    terminal.type("\x07")
    terminal.until("dora")
    terminal.type("alice\r")
    assert b"as alice" in plain(terminal.until("Payroll 1"))
    assert terminal.quiet(2) == b""
    for key in ("j", "k"):
        assert cost(terminal, key) <= STEP
    terminal.type("\x07")
    terminal.until("yourself")
    terminal.type("\r")
    assert b"Acme" in plain(terminal.until("Deal 6"))


def test_the_mark_needs_no_colour(staffed: str) -> None:
    begun = (staffed, "deal", False, None, False, "alice")
    with Terminal(*begun, NO_COLOR="1") as terminal:
        terminal.until("1/3")
        terminal.type("w")
        terminal.until("seller.deal denies delete")
        shown = plain(terminal.all)
        assert b"as alice" in shown and b"you are" in shown
        asked = {
            code
            for codes in re.findall(rb"\x1b\[([\d;]*)m", terminal.all)
            for code in codes.split(b";")
        }
        assert asked <= {b"", b"0", b"1", b"2", b"4", b"7", b"39", b"49"} and b"7" in asked


def test_the_command_says_before_the_screen_is_taken_that_one_may_not(
    staffed: str, crm: Crm
) -> None:
    refused = crm("--db", staffed, "tui", "--as", "nobody", code=3)
    assert "there is no user nobody" in refused.err
    refused = crm("--db", staffed, "tui", "payroll", "--as", "alice", code=3)
    assert "there is no type payroll" in refused.err
