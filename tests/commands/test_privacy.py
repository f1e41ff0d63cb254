"""`crmtui privacy`: what an administrator types when a person asks what is kept about them."""

import json
from pathlib import Path

import pytest

from tests.support.cli import Crm
from tests.support.secrets import holding
from tests.support.workspaces import rows_of

SETUP = """
type add person
field add person.name --kind person --title --personal
field add person.mail --kind email --personal
field add person.scan --kind file --personal
type add job
field add job.name --title
field add job.note --kind longtext
record add person name='Ann Zwiebel' mail=ann@zwiebel.org
record add job name=a note='mail ann@zwiebel.org'
"""


@pytest.fixture
def people(crm: Crm) -> Crm:
    crm("batch", "-", stdin=SETUP)
    return crm


def test_what_names_a_person_is_listed_in_every_format(people):
    rows = people.here("privacy", "find", "ann@zwiebel.org", "--json").json
    assert [(r["place"], r["ref"], r["field"]) for r in rows][:3] == [
        ("record", "person/1", "name"),
        ("record", "person/1", "mail"),
        ("mention", "job/1", "note"),
    ]
    assert {row["reached"] for row in rows} == {True}
    for format_ in ("tsv", "csv", "ndjson", "markdown", "table"):
        out = people.here("privacy", "find", "ann@zwiebel.org", "--format", format_).out
        assert "job/1" in out and "ann@zwiebel.org" in out
    assert people.here("privacy", "find", "ann@zwiebel.org", "--ids").lines[2] == "job/1"
    assert people.here("privacy", "find", "nobody@x.org").out == ""


def test_an_export_is_one_json_document_on_standard_output(people):
    scan = Path(people.folder) / "scan.txt"
    scan.write_text("it is me")
    people("record", "set", "person/1", f"scan=@{scan}")
    found = people("privacy", "export", "person/1").json
    assert found["records"][0]["name"]["full"] == "Ann Zwiebel"
    assert found["files"][0]["content"] == "aXQgaXMgbWU="
    assert [each["op"] for each in found["history"]] == ["set", "add"]
    bare = people.here("privacy", "export", "person/1", "--no-content", "--format", "json").json
    assert bare["files"][0].keys() == {"ref", "field", "name", "sha256"}


def test_erasing_wants_the_same_once_more(people):
    for words in ((), ("--confirm", "ann"), ("--confirm", "")):
        problem = people.here("privacy", "erase", "ann@zwiebel.org", *words, code=2)
        assert "not-confirmed" in problem.err
    assert holding(people.path, "ann@zwiebel.org")


def test_erasing_says_what_went_and_what_nobody_reaches(people):
    tried = people.here("privacy", "erase", "ann@zwiebel.org", "--dry-run")
    assert "records of theirs: 1" in tried.err and "dry run" in tried.err
    assert holding(people.path, "ann@zwiebel.org")
    words = ("privacy", "erase", "ann@zwiebel.org", "--confirm", "ann@zwiebel.org", "--json")
    done = people(*words)
    assert done.json == {
        "act": 10,
        "records": 1,
        "values": 2,
        "mentions": 1,
        "files": 0,
        "entries": 2,
        "commands": 0,
        "left": 0,
        "finished": True,
        "dry_run": False,
    }
    assert "backups" in done.err
    assert holding(people.path, "ann@zwiebel.org", "Ann Zwiebel") == set()
    assert people.here("record", "show", "job/1", "--fields", "note").out == "mail [erased]\n"
    again = people.here(*words)
    assert again.json["act"] is None and "backups" not in again.err


def test_whom_a_command_was_about_is_kept_nowhere(people):
    people("privacy", "find", "ann@zwiebel.org", "--also", "Ann Zwiebel")
    people("privacy", "erase", "ann@zwiebel.org", "--confirm", "ann@zwiebel.org")
    people("privacy", "find", "x@y.org", "--as", "nobody", code=3)
    assert holding(people.path, "ann@zwiebel.org", "Ann Zwiebel", "x@y.org") == set()
    assert rows_of(people.path, "SELECT command FROM crm_act WHERE id = 10") == [("privacy erase",)]


def test_the_log_of_privacy_says_who_did_what_and_about_whom_only_if_asked(people):
    people.here("privacy", "find", "ann@zwiebel.org")
    people.here("privacy", "erase", "ann@zwiebel.org", "--confirm", "ann@zwiebel.org")
    rows = people.here("privacy", "log", "--json").json
    assert [(row["action"], row["finished"]) for row in rows] == [("erase", True), ("find", None)]
    assert people.here("privacy", "log", "ANN@zwiebel.org", "--ids").lines == ["2", "1"]
    assert people.here("privacy", "log", "bob@yule.org", "--json").json == []
    assert "erased" in people.here("privacy", "log", "--format", "table").out
    assert people.here("privacy", "finish").err == "nothing is left of what was erased\n"


def test_only_administrators_may(people):
    people.here("role", "add", "staff")
    people.here("user", "add", "eve", "--role", "staff")
    for verb in (
        ("find", "Ann Zwiebel"),
        ("export", "Ann Zwiebel"),
        ("erase", "Ann Zwiebel", "--confirm", "Ann Zwiebel"),
        ("finish",),
        ("log",),
    ):
        problem = people.here("privacy", *verb, "--as", "eve", code=4)
        assert "not-administrator" in problem.err
    rows = people.here("log", "--refused", "--json").json
    assert {(row["actor"], row["what"]) for row in rows} == {("eve", "privacy")}
    assert {row["command"] for row in rows} == {
        f"privacy {verb}" for verb in ("find", "export", "erase", "finish", "log")
    }


def test_privacy_is_no_line_of_a_batch(people):
    problem = people.here("batch", "-", stdin="privacy find 'Ann Zwiebel'\n", code=2)
    assert "not-in-batch" in problem.err


def test_chinese_words(people):
    people.here("record", "set", "person/1", "name=张三")
    out = people.here("privacy", "find", "张三", "--json").out
    assert "张三" in out and json.loads(out)[0]["ref"] == "person/1"
