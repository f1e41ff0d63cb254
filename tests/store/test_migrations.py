"""A workspace of an earlier version opens in this one, with all that it holds."""

import sqlite3
from pathlib import Path

import pytest

from crmtui.store.database import SCHEMA_VERSION
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump, rows_of

VERSION_1 = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")


@pytest.fixture
def first(path: str) -> str:
    """A file of the first version: accounts, deals in stages, and types in categories of text."""
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return path


@pytest.fixture
def opened(first: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.getuid", lambda: 4242)
    with Workspace.open(first, command="test") as workspace:
        yield workspace


def test_it_has_the_schema_of_a_new_workspace(opened, tmp_path):
    schema = (
        'SELECT m.name, c.name, c.type, c."notnull" FROM sqlite_schema m'
        " JOIN pragma_table_info(m.name) c WHERE m.tbl_name LIKE 'crm\\_%' ESCAPE '\\'"
        " ORDER BY 1, 2"
    )
    indexes = "SELECT name FROM sqlite_schema WHERE name LIKE 'idx\\_%' ESCAPE '\\' ORDER BY 1"
    with Workspace.open(str(tmp_path / "new.db"), create=True) as new:
        for question in (schema, indexes):
            assert rows_of(opened.path, question) == rows_of(new.path, question)
    assert rows_of(opened.path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert rows_of(opened.path, "PRAGMA integrity_check") == [("ok",)]
    assert rows_of(opened.path, "PRAGMA foreign_key_check") == []


def test_it_keeps_every_row(first, monkeypatch):
    before = dump(first)
    monkeypatch.setattr("os.getuid", lambda: 4242)
    Workspace.open(first).close()
    after = dump(first)
    for table, rows in before.items():
        if table in ("", "_sqlite_migrations", "crm_type"):
            continue
        assert [row[: len(old)] for row, old in zip(after[table], rows, strict=True)] == rows


def test_its_records_read_as_before(opened):
    big, small = (record.json() for record in opened.records("deal", sort=["id"]))
    assert (big["name"], big["account"]["title"], big["notes"]) == ("Big", "Acme", "a\nb")
    assert [str(big[key]) for key in ("value", "rate", "seats")] == ["99.5", "1.125", "6"]
    assert (small["stage"], small["hot"], small["source"]) == ("won", False, None)
    assert [entry.op for entry in opened.history("deal/1")] == ["set", "add"]
    assert opened.record("deal/3").removed


def test_what_types_were_listed_under_are_categories_now(opened):
    assert {c.key: c.label for c in opened.categories()} == {
        "category_1": "!!!",
        "category_2": "Sales & Marketing",
        "category_3": "category_1",
        "old_things": None,
        "销售": None,
    }
    found = {type_.key: type_.category for type_ in opened.types(retired=True)}
    assert found == {
        "account": "category_2",
        "deal": "销售",
        "old": "old_things",
        "odd": "category_3",
        "odd2": "category_1",
    }


@pytest.mark.parametrize(
    "script",
    [
        "type set odd category=more",
        "category rename category_2 sales",
        "field set deal.source kind=multichoice",
        "option restore deal.source.fair",
        "option merge deal.source.web into=fair",
        "field set deal.rate scale=4",
        "field set deal.value required_when='hot' min=1",
        "field set deal.name unique unique_as=folded",
        "field add account.total kind=rollup from=deal.account measure=sum(value)",
        "field add deal.number kind=autonumber prefix=D-",
        "field add deal.accounts kind=multilink to=account",
        "validation add deal.v rule=\"value > 5 or stage <> 'won'\" message=no",
        "stage remove deal.won move_to=enquiry",
        "type restore old",
        "type set deal title=\"name || ' ' || seats\"",
    ],
)
def test_its_configuration_is_changed_and_undone_as_any(opened, script):
    if script.startswith("option merge"):
        changed(opened, "option restore deal.source.fair")
    before = opened.document(), [record.json() for record in opened.records("deal")]
    changed(opened, script)
    assert (opened.document(), [record.json() for record in opened.records("deal")]) != before
    opened.add("deal", {"name": "New", "account": "Bolt", "value": 7})
    opened.undo()
    opened.undo()
    assert (opened.document(), [record.json() for record in opened.records("deal")]) == before


def test_what_was_done_before_can_be_undone(opened):
    opened.undo()
    assert opened.type("deal").stages[0].key == "lead"
    opened.undo()
    opened.undo()
    opened.undo()
    assert opened.record("old/1").json()["gone"] == "2"
