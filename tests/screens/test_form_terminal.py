"""The form in a real terminal, to which keys come faster than they are worked on."""

from crmtui.store.workspace import Workspace
from tests.screens.terminal import Terminal, plain


def test_keys_that_come_in_one_go_reach_the_fields_they_are_meant_for(filled: str) -> None:
    with Terminal(filled, "deal", False, None) as terminal:
        terminal.until("1/6")
        terminal.type("a")
        terminal.until("New Deal")
        # Name, amount, a part of an account's title, a day, a part of an option: and saved.
        terminal.type("Fresh\t12.50\tcm\t+0d\ttrade\x13")
        terminal.until("deal/7 saved")
    with Workspace.open(filled) as workspace:
        found = workspace.record("deal/7")
        assert [found.entry(key) for key in ("name", "amount", "account", "source")] == [
            "Fresh",
            "12.50",
            "account/1",
            "fair",
        ]


def test_what_may_mean_several_things_is_never_guessed(filled: str) -> None:
    with Workspace.open(filled, command="test") as workspace:
        workspace.add("account", {"name": "Acme Nord"})
    with Terminal(filled, "deal", False, None) as terminal:
        terminal.until("1/6")
        terminal.type("a")
        terminal.until("New Deal")
        terminal.type("Fresh\t\tcm\t\x13")
        terminal.until("not saved: 1 to mend")
    with Workspace.open(filled) as workspace:
        assert workspace.count("deal") == 6


def test_a_form_of_chinese_typed_in_a_small_terminal(filled: str) -> None:
    with Terminal(filled, "deal", False, None, size=(80, 24)) as terminal:
        terminal.until("1/6")
        terminal.type("a")
        terminal.until("New Deal")
        terminal.type("上海大单\t\t科技\x13")
        terminal.until("deal/7 saved")
    with Workspace.open(filled) as workspace:
        found = workspace.record("deal/7")
        assert (found.entry("name"), found.entry("account")) == ("上海大单", "account/2")


def test_two_people_in_two_terminals_change_one_record_and_neither_loses_anything(
    filled: str,
) -> None:
    with (
        Terminal(filled, "deal", False, None) as one,
        Terminal(filled, "deal", False, None) as two,
    ):
        for terminal in (one, two):
            terminal.until("1/6")
            terminal.type("e")
            terminal.until("Deal 1")
        for terminal, name in ((one, "甲方改名"), (two, "乙方改名")):
            terminal.type("\x15")  # ^u empties the line
            terminal.quiet()
            terminal.type(name)
            terminal.quiet()
        one.type("\x13")
        one.until("deal/1 saved")
        two.until("^r takes in what")
        two.type("\t\t\t\t\t\t上海\x13")
        asked = plain(two.until("1 to choose")).decode()
        assert "theirs  甲方改名" in asked and "yours   乙方改名" in asked
        two.type("\x1b[C\r")  # the right arrow: yours
        two.until("deal/1 saved")
    with Workspace.open(filled) as workspace:
        found = workspace.record("deal/1")
        assert [found.entry(key) for key in ("name", "notes")] == ["乙方改名", "上海"]
