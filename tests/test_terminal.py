"""Text made safe and measured for a terminal."""

import pytest

from crmtui.terminal import cut, escaped, removed, shown, shown_lines, width_of


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain", "plain"),
        ("客户", "客户"),
        ("a\tb\nc", "a␉b␊c"),
        ("\x1b[31mred", "␛[31mred"),
        ("bell\x07 del\x7f", "bell␇ del␡"),
        ("C1 \x9b31m", "C1 \ufffd31m"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\ufffdwidth\ufffd"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_shown_instead(text, safe):
    assert shown(text) == safe


def test_a_storm_of_combining_marks_is_calmed():
    assert shown("e" + "\u0301" * 50) == "e" + "\u0301" * 4


@pytest.mark.parametrize("text", ["👩\u200d👩\u200d👧", "⚠\ufe0f", "1\ufe0f\u20e3"])
def test_an_emoji_of_several_parts_is_as_wide_as_its_parts(text):
    assert width_of(shown(text)) == sum(width_of(char) for char in shown(text))


def test_line_breaks_stay_where_there_are_several_lines():
    assert shown_lines("a\r\nb\n\x1bc") == "a\nb\n␛c"


@pytest.mark.parametrize(
    ("text", "width", "result"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("客户名称", 5, "客户…"),
        ("客户名称", 4, "客 …"),
        ("客户", 6, "客户  "),
        ("abc", 1, "a"),
    ],
)
def test_a_cell_is_exactly_as_wide_as_asked_for(text, width, result):
    assert cut(text, width) == result
    assert width_of(cut(text, width)) == width


def test_json_escapes_what_is_unsafe_and_loses_nothing():
    import json

    text = 'a"\x1b\x9b\u202e\U000e0041客\n'
    assert "\x1b" not in escaped(text) and "\x9b" not in escaped(text)
    assert json.loads(escaped(text)) == text


def test_the_last_wall_lets_nothing_unsafe_through():
    assert removed("a\x1b]0;x\x07b\u202ec") == "a]0;xbc"
