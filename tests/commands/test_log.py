"""`crmtui log`: what happened, by whom and as whom, and what was refused."""

import pytest

from tests.support.cli import Crm

SETUP = """
type add deal
field add deal.name --title
field add deal.value --kind money --currency USD
stage add deal lead won
role add sales
user add alice --role sales
record add deal name=Big value=5
"""


@pytest.fixture
def staff(crm: Crm) -> Crm:
    crm("batch", "-", stdin=SETUP)
    from crmtui.store.changes import Change
    from crmtui.store.workspace import Workspace

    said = {"read": "all", "update": "all", "history": "all", "fields": {"value": "hidden"}}
    with Workspace.open(crm.path) as workspace:
        workspace.change([Change("add", "permission", "sales.deal", said)])
    return crm


def test_both_names_are_told_to_people_in_one_and_to_machines_one_by_one(staff):
    staff("record", "set", "deal/1", "name=Bigger", "--as", "alice")
    (entry,) = staff.here("log", "--user", "alice", "--json").json
    root = entry["impersonator"]
    assert entry["actor"] == "alice" and root
    assert f"alice (by {root})" in staff.here("log", "--user", "alice", "--format", "table").out
    (line,) = staff.here("log", "--by", root).lines
    assert line.split("\t")[2] == "alice" and line.split("\t")[-1] == root
    assert [e["actor"] for e in staff.here("record", "history", "deal/1", "--json").json] == [
        "alice",
        root,
    ]


def test_the_log_is_narrowed_by_each_filter(staff):
    staff("record", "set", "deal/1", "value=7")
    staff("record", "move", "deal/1", "won")

    def ops(*words: str) -> list[str]:
        return [entry["op"] for entry in staff.here("log", *words, "--json").json]

    assert ops("--record", "deal/1") == ["move", "set", "add"]
    assert ops("deal", "--field", "value") == ops("--field", "deal.value") == ["set", "add"]
    assert ops("--field", "deal.status") == ["move", "add"]
    assert ops("--command", "record move") == ["move"]
    assert ops("--until", "yesterday") == [] and ops("--since", "tomorrow") == []
    assert ops("deal", "--since", "-1d", "--limit", "1") == ["move"]
    assert staff.here("log", "--record", "deal/1", "--ids").lines == ["deal/1"] * 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--user", "nobody"], 3, "no-such-user"),
        (["--by", "nobody"], 3, "no-such-user"),
        (["--record", "deal/9"], 3, "no-such-record"),
        (["--record", "deal"], 2, "bad-reference"),
        (["--field", "value"], 2, "no-type"),
        (["--field", "deal.nothing"], 3, "no-such-field"),
        (["--since", "soon"], 2, "not-a-datetime"),
        (["nothing"], 3, "no-such-type"),
        (["--field", "deal.value", "--as", "alice"], 3, "no-such-field"),
        (["--refused", "--as", "alice"], 4, "not-administrator"),
    ],
)
def test_what_cannot_be_looked_for_is_said_with_its_exit_code(staff, words, code, said):
    assert said in staff.here("log", *words, code=code).err


def test_another_user_sees_what_their_role_lets_them(staff):
    staff("record", "set", "deal/1", "value=777", "name=Bigger")
    for words in (("log",), ("record", "history", "deal/1")):
        for format_ in ("json", "tsv", "csv", "markdown", "table"):
            out = staff.here(*words, "--as", "alice", "--format", format_).out
            assert "Bigger" in out and "value" not in out and "777" not in out
    assert staff.here("log", "--as", "alice", "--ids").lines == ["deal/1", "deal/1"]


def test_what_was_refused_says_who_when_what_and_why(staff):
    staff("record", "move", "deal/1", "won", "--as", "alice", code=4)
    staff("record", "show", "deal/9", "--as", "alice", code=3)
    staff("record", "list", "deal", "--where", "value > 1", "--as", "alice", code=1)
    rows = staff.here("log", "--refused", "--json").json
    assert [(row["actor"], row["action"], row["what"]) for row in rows] == [
        ("alice", "read", "deal.value"),
        ("alice", "read", "deal/9"),
        ("alice", "move", "deal/1 won"),
    ]
    assert rows[1]["reason"] == "there is none such" and rows[2]["command"].startswith("record mov")
    assert all(row["at"] and row["impersonator"] for row in rows)
    assert staff.here("log", "deal", "--refused", "--command", "record move", "--ids").lines == [
        "deal/1 won"
    ]
    table = staff.here("log", "--refused", "--format", "table").out
    assert "TRIED TO" in table and "alice (by" in table
