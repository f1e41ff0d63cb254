"""Links to many, automatic numbers and files where other parts of a workspace meet them.

Rules over drafts, roll-ups, titles of expressions, conversions, copies and undo.
"""

import hashlib
import io
from contextlib import nullcontext
from pathlib import Path

import pytest

from crmtui.store.errors import CrmError, Invalid
from crmtui.store.import_options import ImportOptions
from crmtui.store.reading import open_source
from crmtui.store.uploads import Upload
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump, rows_of

DEFINE = """
type add person
field add person.name title
field add person.age kind=integer
type add deal
field add deal.number kind=autonumber prefix=D-
field add deal.name title
field add deal.note
field add deal.contacts kind=multilink to=person
field add deal.paper kind=file
field add deal.lead kind=link to=person
"""
CONTENT = b"content"
VALUE = f"{hashlib.sha256(CONTENT).hexdigest()}/a.pdf"


@pytest.fixture
def deals(empty: Workspace) -> Workspace:
    changed(empty, DEFINE)
    for name, age in (("Ada", 36), ("Bob", 50), ("Smith, Eve", 20), ("Twin", 1), ("Twin", 2)):
        empty.add("person", {"name": name, "age": age})
    return empty


def paper() -> Upload:
    return Upload("/x/a.pdf", "a.pdf", lambda: nullcontext(io.BytesIO(CONTENT)))


def told(act) -> list[tuple[str | None, str]]:
    """What an act is refused for: fields and codes."""
    with pytest.raises(Invalid) as caught:
        act()
    return [(problem.field, problem.code) for problem in caught.value.problems]


def refusal(workspace, script):
    before = dump(workspace.path)
    with pytest.raises(CrmError) as caught:
        changed(workspace, script)
    assert dump(workspace.path) == before
    return str(caught.value)


def imported(workspace, text, **options):
    source = open_source(io.BytesIO(text.encode()), name="rows.csv")
    return workspace.import_records("deal", source, ImportOptions(**options))


# Rules see what a draft links to, not only what is saved


def test_a_multilink_may_be_required_where_something_holds(deals):
    changed(deals, """field set deal.contacts required_when="note = 'big'" """)
    assert told(lambda: deals.add("deal", {"note": "big"})) == [("contacts", "required")]
    deals.add("deal", {"note": "big", "contacts": "Ada"})
    deals.add("deal", {"note": "small"})
    assert told(lambda: deals.set("deal/2", {"note": "big"})) == [("contacts", "required")]
    assert deals.set("deal/2", {"note": "big", "contacts": "Bob"})[1]
    assert told(lambda: deals.set("deal/1", {"contacts": ""})) == [("contacts", "required")]
    assert deals.set("deal/1", {"contacts": "Bob"})[1]


def test_a_validation_may_ask_for_links(deals):
    changed(
        deals,
        """
        validation add deal.known rule="contacts is null or has(contacts, 'Ada')" message=unknown
        validation add deal.named rule="contacts is null or contacts <> name" message=alike
        """,
    )
    wrong = [("contacts", "validation")]
    assert told(lambda: deals.add("deal", {"contacts": "Bob"})) == wrong
    assert deals.problems("deal", {"contacts": "Bob,Ada"}) == []
    deals.add("deal", {"contacts": "Bob,Ada", "name": "x"})
    assert told(lambda: deals.set("deal/1", {"contacts": "Bob"})) == wrong
    assert told(lambda: deals.set("deal/1", {"name": "Bob, Ada"})) == [(None, "validation")]
    assert deals.set("deal/1", {"contacts": ""})[1]
    assert deals.set("deal/1", {"name": "Bob, Ada"})[1]
    assert told(lambda: deals.set("deal/1", {"contacts": "person/2,person/1"})) == [
        (None, "validation")
    ]


def test_a_rule_that_is_about_something_else_leaves_links_alone(deals):
    deals.add("deal", {"contacts": "Bob", "note": "x"})
    changed(deals, "validation add deal.known rule=\"has(contacts, 'Ada')\" message=unknown")
    assert deals.set("deal/1", {"note": "y"})[1]
    assert told(lambda: deals.set("deal/1", {"contacts": "Bob,Twin/4"}))
    assert told(lambda: deals.set("deal/1", {"contacts": "person/2,person/3"})) == [
        ("contacts", "validation")
    ]


def test_links_that_are_seen_only_somewhere(deals):
    changed(deals, """field set deal.contacts visible_when="note = 'big'" """)
    assert told(lambda: deals.add("deal", {"contacts": "Ada"})) == [("contacts", "not-visible")]
    deals.add("deal", {"contacts": "Ada", "note": "big"})
    assert told(lambda: deals.set("deal/1", {"note": ""})) == [("contacts", "not-visible")]
    assert deals.set("deal/1", {"note": "", "contacts": ""})[1]


def test_links_that_are_set_once(deals):
    changed(deals, "field set deal.contacts write_once=true")
    deals.add("deal", {"contacts": "Ada"})
    assert told(lambda: deals.set("deal/1", {"contacts": "Ada,Bob"})) == [("contacts", "read-only")]
    assert deals.set("deal/1", {"contacts": "Ada", "note": "x"})[1]


def test_rules_over_links_hold_in_an_import(deals):
    changed(deals, "validation add deal.known rule=\"has(contacts, 'Ada')\" message=unknown")
    text = 'name,contacts\na,"Ada,Bob"\nb,Bob\nc,Ada\n'
    result = imported(deals, text, keep_going=True)
    assert (result.added, result.rejected) == (2, 1)
    text = "ref,contacts\ndeal/1,Bob\ndeal/2,Ada\n"
    result = imported(deals, text, match="ref", keep_going=True)
    assert (result.updated, result.unchanged, result.rejected) == (0, 1, 1)


def test_a_rule_may_ask_for_the_name_of_a_file_and_the_number(deals):
    changed(
        deals,
        """
        validation add deal.pdf rule="paper is null or paper like '%.pdf'" message=pdf
        validation add deal.few rule="number is not null and number < 'D-0003'" message=few
        """,
    )
    other = Upload("x.exe", "x.exe", lambda: nullcontext(io.BytesIO(CONTENT)))
    assert told(lambda: deals.add("deal", {"paper": other})) == [("paper", "validation")]
    deals.add("deal", {"paper": paper()})
    deals.add("deal", {})
    assert told(lambda: deals.add("deal", {})) == [("number", "validation")]
    changed(deals, "validation remove deal.few")
    assert deals.add("deal", {}).text("number") == "D-0003"


def test_a_form_learns_that_a_number_is_not_typed(deals):
    changed(deals, "field set deal.note required_when='contacts is not null'")
    states = deals.field_states("deal", {"contacts": "Ada"})
    assert states["number"].read_only and not states["name"].read_only
    assert states["note"].required
    assert not deals.field_states("deal", {"contacts": ""})["note"].required


# What is computed


def test_roll_ups_gather_over_links_to_many(deals):
    changed(
        deals,
        """
        field add deal.amount kind=money currency=CNY
        field add person.deals kind=rollup from=deal.contacts
        field add person.worth kind=rollup from=deal.contacts measure=sum(amount)
        field add person.alone kind=rollup from=deal.contacts where="contacts = 'Ada'"
        """,
    )
    deals.add("deal", {"amount": 5, "contacts": "Ada,Bob"})
    deals.add("deal", {"amount": 7, "contacts": "Ada"})
    deals.add("deal", {"amount": 100, "contacts": "Bob"})
    deals.remove("deal/3")
    found = {r.title: r.json() for r in deals.records("person", limit=2)}
    assert [found["Ada"][key] for key in ("deals", "worth", "alone")] == [2, 12, 1]
    assert [found["Bob"][key] for key in ("deals", "worth", "alone")] == [1, 5, 0]
    assert deals.count("person", "deals > 1") == 1


def test_a_formula_may_read_links_numbers_and_files(deals):
    changed(
        deals,
        "field add deal.whole kind=formula result=text"
        " formula=\"number || ': ' || coalesce(contacts, '-') || ' ' || coalesce(paper, '-')\"",
    )
    deals.add("deal", {"contacts": "Ada,Bob", "paper": paper()})
    deals.add("deal", {})
    assert [r.text("whole") for r in deals.records("deal")] == [
        "D-0001: Ada, Bob a.pdf",
        "D-0002: - -",
    ]


def test_titles_of_expressions_name_linked_records(deals):
    changed(deals, "type set person title=\"name || ' (' || age || ')'\"")
    deals.add("deal", {"contacts": "person/1,person/3"})
    record = deals.record("deal/1")
    assert record.text("contacts") == "Ada (36), Smith, Eve (20)"
    assert deals.set("deal/1", {"contacts": record.columns[-3].plain(record.row)})[1] is False
    assert deals.count("deal", "has(contacts, 'ada (36)')") == 1
    assert deals.count("deal", "contacts = 'Ada (36), Smith, Eve (20)'") == 1
    assert [r.id for r in deals.records("deal", sort=["contacts"])] == [1]


# Another kind


def test_one_link_becomes_many_and_back(deals):
    for lead in ("Ada", "person/3", "person/5", ""):
        deals.add("deal", {"lead": lead})
    changed(deals, "field set deal.lead kind=multilink")
    found = [deals.record(f"deal/{n}").values["lead"] for n in range(1, 5)]
    assert found == [(1,), (3,), (5,), None]
    assert rows_of(deals.path, "PRAGMA foreign_key_check") == []
    changed(deals, "field set deal.lead kind=link")
    found = [deals.record(f"deal/{n}").values["lead"] for n in range(1, 5)]
    assert found == [1, 3, 5, None]
    deals.undo()
    deals.set("deal/1", {"lead": "Ada,Bob"})
    text = refusal(deals, "field set deal.lead kind=link")
    assert "3 values convert" not in text and "deal/1" in text


def test_a_text_becomes_links_and_links_a_text(deals):
    deals.add("deal", {"note": 'Ada, "Smith, Eve"'})
    deals.add("deal", {"note": "Bob"})
    changed(deals, "field set deal.note kind=multilink to=person")
    assert deals.record("deal/1").values["note"] == (1, 3)
    assert deals.history("deal/1")[0].changes[0].after == "Ada, Smith, Eve"
    assert deals.record("deal/1").revision == 2
    changed(deals, "field set deal.note kind=text")
    assert [deals.record(f"deal/{n}").text("note") for n in (1, 2)] == ['Ada,"Smith, Eve"', "Bob"]
    deals.undo()
    assert deals.record("deal/1").text("note") == "Ada, Smith, Eve"
    assert "deal/3" in refusal_after(
        deals, {"note": "person/4"}, "field set deal.note kind=integer"
    )


def refusal_after(deals, values, script):
    deals.add("deal", values)
    return refusal(deals, script)


def test_a_text_becomes_an_automatic_number(deals):
    for note in ("K-0007", "", "k-0003"):
        deals.add("deal", {"note": note})
    changed(deals, "field set deal.note kind=autonumber prefix=K-")
    found = [deals.record(f"deal/{n}").text("note") for n in (1, 2, 3)]
    assert found == ["K-0007", "K-0008", "K-0003"]
    assert deals.add("deal", {}).text("note") == "K-0009"
    assert "changed meanwhile" in undone(deals, last=-1)


def undone(deals, last):
    acts = [row[0] for row in rows_of(deals.path, "SELECT id FROM crm_act ORDER BY id")]
    with pytest.raises(CrmError) as caught:
        deals.undo(acts[last - 1])
    return str(caught.value)


def test_what_cannot_become_a_number_or_a_file_is_told(deals):
    deals.add("deal", {"note": "K-0007"})
    deals.add("deal", {"note": "k-0007"})
    assert "cannot be unique: 2 records have K-0007" in refusal(
        deals, "field set deal.note kind=autonumber prefix=K-"
    )
    assert "is not written as D0001" in refusal(
        deals, "field set deal.note kind=autonumber prefix=D"
    )
    assert "is no file" in refusal(deals, "field set deal.note kind=file")
    deals.set("deal/1", {"note": VALUE})
    deals.set("deal/2", {"note": ""})
    assert "not in this workspace" in refusal(deals, "field set deal.note kind=file")
    deals.add("deal", {"paper": paper()})
    changed(deals, "field set deal.note kind=file")
    assert deals.record("deal/1").text("note") == "a.pdf (7 B)"


# Undo


@pytest.mark.parametrize(
    "act",
    [
        lambda ws: ws.set("deal/1", {"contacts": "Bob"}),
        lambda ws: ws.set("deal/1", {"contacts": ""}),
        lambda ws: ws.set("deal/1", {"contacts": "Bob,Ada", "paper": ""}),
        lambda ws: ws.add("deal", {"contacts": "Bob"}),
        lambda ws: ws.remove("deal/1"),
        lambda ws: changed(ws, "field remove deal.contacts"),
        lambda ws: changed(ws, "field rename deal.contacts people"),
        lambda ws: changed(ws, "field set deal.contacts kind=text"),
        lambda ws: changed(ws, "field add deal.nr kind=autonumber"),
        lambda ws: changed(ws, "field remove deal.number"),
        lambda ws: changed(ws, "field add deal.more kind=multilink to=deal"),
        lambda ws: changed(ws, "field add deal.more kind=file"),
    ],
)
def test_what_was_done_is_undone_and_that_too(deals, act):
    def state():
        return [
            (r.ref, r.removed, {c.key: c.json(r.row) for c in r.columns})
            for r in (deals.record("deal/1"), *deals.records("deal"))
        ]

    deals.add("deal", {"contacts": "Ada,Bob", "paper": paper()})
    before = state()
    act(deals)
    after = state()
    assert after != before
    deals.undo()
    assert state() == before
    deals.undo(rows_of(deals.path, "SELECT max(id) FROM crm_act")[0][0])
    assert state() == after
    assert rows_of(deals.path, "PRAGMA foreign_key_check") == []


def test_links_that_others_changed_since_are_not_undone(deals):
    deals.add("deal", {"contacts": "Ada"})
    deals.set("deal/1", {"contacts": "Bob"})
    deals.set("deal/1", {"contacts": "Bob,Ada"})
    assert "changed meanwhile" in undone(deals, last=-1)


def test_content_is_still_there_when_a_value_comes_back(deals):
    deals.add("deal", {"paper": paper()})
    deals.set("deal/1", {"paper": ""})
    deals.undo()
    with deals.attachment("deal/1", "paper").stream as stream:
        assert stream.read() == CONTENT
    assert Path(f"{deals.path}.files").is_dir()


def test_refused_is_what_makes_no_sense_beside_them(deals):
    for script in (
        "validation add deal.two unique=contacts,name",
        "validation add deal.two unique=paper,name",
        "field set deal.number required_when='1=1'",
        "field add deal.x min_field=number kind=integer",
        "field set deal.contacts unique_as=folded",
    ):
        with pytest.raises(CrmError):
            changed(deals, script)
