"""Text of records is data: a terminal gets no more of it than can be seen, JSON loses nothing."""

import json
import re
import unicodedata

import pytest

from crmtui.terminal import has_unsafe
from tests.support.cli import Crm, on_terminal, shared

PAYLOADS = [
    "\x1b]52;c;aGVsbG8=\x07clipboard",
    "\x1b]0;title\x1b\\",
    "\x1b[2J\x1b[Hgone",
    "\x9b31mred",
    "\x90q\x9c",
    "a\rb",
    "bell\x07",
    "back\x08space",
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "zero\u200bwidth\u2060joiner\ufeff",
    "tag\U000e0041\U000e007f",
    "line\u2028separator\u2029",
    "soft\xadhyphen",
    "del\x7fete",
    "e" + "\u0301" * 50,
    "[bold red]markup[/] [link=x]",
    "\x1bPtmux;\x1b\x1b]52;c;!\x07\x1b\\",
]
DEFINE = """
type add note
field add note.title --title
field add note.text --kind longtext
field add note.about --kind link --to note
stage add note open
"""


def filled(crm: Crm, texts: list[str]) -> None:
    """Put texts where they may stand: what a kind refuses it refuses, the rest must be harmless."""
    crm.script(DEFINE)
    rows = [{"title": text, "text": text} for text in texts]
    rows += [{"text": text} for text in texts] + [{"title": text} for text in texts]
    file = crm.file("rows.ndjson", "".join(json.dumps(row) + "\n" for row in rows))
    crm.here("record", "import", "note", file, "--keep-going", code=(0, 1))


def assert_harmless(screen: str) -> None:
    plain = screen.replace("\n", "")
    assert not has_unsafe(plain), [hex(ord(c)) for c in plain if has_unsafe(c)][:5]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", screen)


def everything_on_a_terminal(crm: Crm) -> str:
    """All that lists, records, history, log and export show of it."""
    screens = []
    for words in (
        ["record", "list", "note", "--limit", "0"],
        ["record", "list", "note", "--limit", "0", "--format", "markdown"],
        ["record", "list", "note", "--json"],
        ["record", "show", "note/1"],
        ["record", "show", "note/1", "--json"],
        ["record", "history", "note/1"],
        ["log", "note", "--limit", "2000"],
        ["record", "export", "note", "--format", "json"],
    ):
        code, screen = on_terminal(*words, size=(150, 40))
        assert code == 0, screen[-300:]
        screens.append(screen)
    return "".join(screens)


def test_payloads_reach_no_terminal(crm: Crm):
    filled(crm, PAYLOADS)
    assert crm.count("note") > len(PAYLOADS) // 2
    assert_harmless(everything_on_a_terminal(crm))


def test_naughty_strings_reach_no_terminal_and_survive_json(crm: Crm):
    texts = json.loads(shared("cases", "blns.json").read_text())
    filled(crm, texts)
    assert_harmless(everything_on_a_terminal(crm))
    kept = {record["text"] for record in crm.records("note", "--fields", "text")}
    lost = []
    for text in texts:
        expected = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
        if (
            expected.strip()
            and expected not in kept
            and not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", expected)
        ):
            lost.append(text)
    assert lost == []


@pytest.mark.parametrize("format_", ["table", "json"])
def test_labels_and_keys_are_no_way_round(crm: Crm, format_):
    crm.script(
        "type add a\nfield add a.x --kind choice --option o\nstage add a s\nrecord add a x=o"
    )
    payload = "\x1b]52;c;x\x07\u202e\u200b"
    crm.here("type", "set", "a", "--label", f"A{payload}", code=(0, 1, 2))
    crm.here("field", "set", "a.x", "--label", f"X{payload}", code=(0, 1, 2))
    crm.here("option", "set", "a.x.o", "--label", f"O{payload}", code=(0, 1, 2))
    crm.here("stage", "set", "a.s", "--label", f"S{payload}", code=(0, 1, 2))
    for words in (["type", "list"], ["field", "list", "a"], ["record", "list", "a"], ["log"]):
        _code, screen = on_terminal(*words, "--format", format_, size=(200, 40))
        assert_harmless(screen)


def test_words_of_the_command_line_come_back_harmless_in_errors(crm: Crm):
    crm.script("type add a\nfield add a.n --kind integer")
    payload = "\x1b[31m\u202e\x07"
    for words in (
        ["record", "add", "a", f"n={payload}"],
        ["record", "add", "a", f"{payload}=1"],
        ["record", "show", f"a/{payload}"],
        ["record", "list", payload],
        ["record", "list", "a", "--where", payload],
        ["record", "import", "a", f"/nowhere/{payload}"],
        [payload],
        ["type", payload],
        ["type", "add", payload],
        ["type", "list", f"--{payload}"],
        ["help", payload],
        ["type", "list", "--db", f"/nowhere/{payload}"],
        ["record", "list", "a", "--format", payload],
        ["record", "show", f"a/{payload}", "--json"],
    ):
        outcome = crm.here(*words, code=(1, 2, 3, 4))
        assert_harmless(outcome.err)


def test_columns_and_cells_of_files_come_back_harmless_in_errors(crm: Crm):
    crm.script("type add a\nfield add a.n --kind integer")
    file = crm.file("x.csv", "n,\x1b[31mred\u202e\n\x1b[31mx\u202e,1\n")
    outcome = crm.here("record", "import", "a", file, code=1)
    assert_harmless(outcome.err)
    outcome = crm.here("record", "import", "a", file, "--map", "\x1b[31mred\u202e=m", code=3)
    assert_harmless(outcome.err)
