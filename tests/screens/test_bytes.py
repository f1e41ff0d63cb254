"""What travels to the terminal: the reason it is pleasant over SSH.

Counted on a real terminal of the kernel's, 80x24. Counts do not depend on how busy the machine
is; only how long the test waits for them does.
"""

from collections.abc import Iterator

import pytest

from crmtui.store.workspace import Workspace
from tests.screens.terminal import Terminal

KEY = 1000
FOREIGN = 300

TRUE_COLOURS = {"COLORTERM": "truecolor"}
OWN_COLOURS = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}


@pytest.fixture
def many(path: str) -> str:
    """Three accounts and six hundred deals over four stages."""
    with Workspace.open(path) as workspace, workspace.intent():
        for name in ("Acme", "Zenith Holdings", "北京科技有限公司"):
            workspace.add("account", {"name": name})
        for number in range(600):
            workspace.add(
                "deal",
                {
                    "name": f"Deal {number + 1}",
                    "amount": str(number * 37),
                    "account": f"account/{number % 3 + 1}",
                },
                ("lead", "offer.draft", "offer.sent", "won")[number % 4],
            )
    return path


@pytest.fixture(params=[TRUE_COLOURS, OWN_COLOURS], ids=["true colours", "over SSH"])
def terminal(many: str, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    with Terminal(many, "deal", False, None, **request.param) as terminal:
        terminal.until("1/600")
        yield terminal


def cost(terminal: Terminal, keys: str) -> int:
    terminal.type(keys)
    return len(terminal.quiet())


def test_nothing_is_written_at_rest(terminal: Terminal) -> None:
    assert terminal.quiet(2) == b""
    cost(terminal, "b")
    assert terminal.quiet(2) == b""
    cost(terminal, "e")
    assert terminal.quiet(2) == b""


def test_a_cursor_key_in_the_list(terminal: Terminal) -> None:
    for key in ("j", "j", "k", " ", "\x1b[B"):
        assert 0 < cost(terminal, key) <= KEY


def test_a_cursor_key_on_the_board(terminal: Terminal) -> None:
    cost(terminal, "b")
    for key in ("j", "k", "l", "h", "\x1b[C"):
        assert 0 < cost(terminal, key) <= KEY


def test_a_step_of_a_drag(terminal: Terminal) -> None:
    cost(terminal, "b")
    for report in (
        "\x1b[<0;5;5M",
        "\x1b[<32;9;5M",
        "\x1b[<32;30;6M",
        "\x1b[<32;31;7M",
        "\x1b[<32;70;7M",
    ):
        assert cost(terminal, report) <= KEY


def test_tab_and_typing_in_a_form(terminal: Terminal) -> None:
    cost(terminal, "e")
    for _field in range(7):
        assert 0 < cost(terminal, "\t") <= KEY
    assert 0 < cost(terminal, "x") <= KEY


def test_a_change_made_elsewhere(terminal: Terminal, many: str) -> None:
    with Workspace.open(many, command="elsewhere") as other:
        other.set("deal/3", {"name": "Renamed"})
        assert 0 < len(terminal.until("Renamed")) <= FOREIGN
        # What is not on the screen costs nothing.
        other.set("deal/300", {"name": "Far away"})
        assert terminal.quiet(1.5) == b""
        cost(terminal, "b")
        card = other.cards("deal", "lead", limit=1)[0]
        other.set(card.ref, {"name": "Renamed again"})
        assert 0 < len(terminal.until("Renamed aga")) <= FOREIGN
