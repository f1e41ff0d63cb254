"""Multilinks: many records that link to many others, kept in link tables."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmtui.store.errors import Invalid, Misused, NotFound, Refused
from crmtui.store.import_options import ImportOptions, RejectedRows
from crmtui.store.kinds.lists import joined_list, split_list
from crmtui.store.reading import open_source
from tests.support.workspaces import changed, dump, rows_of


@pytest.fixture
def deals(empty):
    """Deals with any number of contacts; four people, of whom two have a comma in their names."""
    changed(
        empty,
        """
        type add person
        field add person.name kind=text title
        field add person.code kind=text unique
        type add deal
        field add deal.name kind=text title
        field add deal.contacts kind=multilink to=person
        """,
    )
    for name in ("Ada", "Smith, Bob", 'Carl "CJ" Jones', "Dora"):
        empty.add("person", {"name": name, "code": name[0].lower()})
    return empty


def contacts(workspace, ref="deal/1"):
    return workspace.record(ref).values["contacts"]


def imported(workspace, type_key, text, name="rows.csv", **options):
    source = open_source(io.BytesIO(text.encode()), name=name)
    return workspace.import_records(type_key, source, ImportOptions(**options))


@pytest.mark.parametrize(
    ("written", "linked"),
    [
        ("Ada", (1,)),
        ("Ada,Dora", (1, 4)),
        ("Dora, ada ,", (4, 1)),
        ("Dora、Ada；s", (4, 1, 2)),
        ('Ada,"Smith, Bob"', (1, 2)),
        ('"Carl ""CJ"" Jones", person/1', (3, 1)),
        ("person/4,PERSON/1", (4, 1)),
        ("s,c", (2, 3)),  # by a unique field
        ("Ada,person/1,a,ADA", (1,)),  # each once
        (["Smith, Bob", "person/1"], (2, 1)),  # a list's texts are whole
        ([{"ref": "person/2", "title": "Smith, Bob"}, {"title": "Ada"}], (2, 1)),
        ({"ref": "person/3"}, (3,)),
        (("person/3", "Ada"), (3, 1)),
        ("", None),
        (" , ", None),
        ([], None),
        ([None, ""], None),
        (None, None),
    ],
)
def test_links_are_written_as_a_line_or_a_list_and_keep_their_order(deals, written, linked):
    deals.add("deal", {"name": "x", "contacts": written})
    assert contacts(deals) == linked


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Eve", "no-such-link"),
        ("Ada,Eve", "no-such-link"),
        ("Smith, Bob", "no-such-link"),  # two texts
        ("person/99", "no-such-link"),
        ("deal/1", "no-such-link"),
        ('"Ada', "no-such-link"),
        ('"Ada" Dora', "no-such-link"),
        ('"' + "x" * 200_000 + '"', "no-such-link"),
        ("Ada,Twin", "ambiguous-link"),
        ("Eve,Twin", "ambiguous-link"),
        ([["Ada"]], "wrong-shape"),
        ([{"id": 1}], "wrong-shape"),
        ([{"ref": "person/1", "title": "Dora"}], "other-title"),
        (True, "no-such-link"),
        (7, "no-such-link"),
        ("x," * 50_000, "no-such-link"),
        (",".join(f"x{n}" for n in range(10_001)), "too-many"),
        ("\udcff,Ada", "no-such-link"),
    ],
)
def test_links_that_are_not_clear_are_refused_and_nothing_is_written(deals, written, code):
    for _ in range(2):
        deals.add("person", {"name": "Twin"})
    before = dump(deals.path)
    with pytest.raises(Invalid) as caught:
        deals.add("deal", {"name": "x", "contacts": written})
    assert [(p.field, p.code) for p in caught.value.problems] == [("contacts", code)]
    assert len(str(caught.value)) < 400
    assert dump(deals.path) == before


def test_another_tool_finds_a_link_table_with_foreign_keys(deals):
    deals.add("deal", {"name": "x", "contacts": "Dora,Ada"})
    field = deals.type("deal").field_by_key["contacts"]
    assert rows_of(deals.path, f"SELECT * FROM crm_link_{field.id} ORDER BY position") == [
        (1, 4, 0),
        (1, 1, 1),
    ]
    keys = rows_of(deals.path, f"SELECT * FROM pragma_foreign_key_list('crm_link_{field.id}')")
    assert {(row[2], row[3], row[4]) for row in keys} == {
        ("deal", "record_id", "id"),
        ("person", "linked_id", "id"),
    }
    columns = rows_of(deals.path, "SELECT name FROM pragma_table_info('deal')")
    assert ("contacts",) not in columns


def test_a_change_replaces_the_links_and_is_journalled(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada,Dora"})
    _, changed_ = deals.set("deal/1", {"contacts": "person/1,person/4"})
    assert not changed_
    _, changed_ = deals.set("deal/1", {"contacts": "Dora,Ada"})
    assert changed_ and contacts(deals) == (4, 1)
    deals.set("deal/1", {"contacts": ""})
    assert contacts(deals) is None
    said = [
        (entry.op, [(c.before, c.after) for c in entry.changes if c.key == "contacts"])
        for entry in deals.history("deal/1")
    ]
    assert said == [
        ("set", [("Dora, Ada", None)]),
        ("set", [("Ada, Dora", "Dora, Ada")]),
        ("add", [(None, "Ada, Dora")]),
    ]
    machine = deals.history("deal/1", machine=True)[0].changes[0]
    assert (machine.before, machine.after) == ("person/4,person/1", None)
    assert deals.record("deal/1").revision == 3


def test_how_links_are_told(deals):
    deals.add("deal", {"name": "x", "contacts": ["Ada", "Smith, Bob", 'Carl "CJ" Jones']})
    record = deals.record("deal/1")
    assert record.text("contacts") == 'Ada, Smith, Bob, Carl "CJ" Jones'
    assert record.text("contacts", "zh") == 'Ada、Smith, Bob、Carl "CJ" Jones'
    assert record.entry("contacts") == "person/1,person/2,person/3"
    assert record.json()["contacts"][1] == {"ref": "person/2", "title": "Smith, Bob"}
    plain = record.columns[-1].plain(record.row)
    assert plain == 'Ada,"Smith, Bob","Carl ""CJ"" Jones"'
    assert deals.set("deal/1", {"contacts": plain})[1] is False
    assert deals.set("deal/1", {"contacts": record.json()["contacts"]})[1] is False
    assert deals.set("deal/1", {"contacts": record.entry("contacts")})[1] is False
    deals.add("deal", {"name": "y"})
    empty = deals.record("deal/2")
    assert (empty.text("contacts"), empty.entry("contacts")) == ("", "")
    assert empty.json()["contacts"] == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)))
def test_a_line_of_texts_reads_back(texts):
    texts = [text.strip() for text in texts if text.strip()]
    assert split_list(joined_list(texts)) == texts


def test_a_removed_record_stays_linked_and_is_told_by_its_reference(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada,Dora"})
    deals.remove("person/1")
    record = deals.record("deal/1")
    assert record.text("contacts") == "person/1, Dora"
    assert record.columns[-1].plain(record.row) == "person/1,Dora"
    assert record.json()["contacts"][0] == {"ref": "person/1", "title": None}
    assert deals.set("deal/1", {"contacts": record.json()["contacts"]})[1] is False
    deals.restore("person/1")
    assert deals.record("deal/1").text("contacts") == "Ada, Dora"


def test_a_removed_record_keeps_its_links(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada,Dora"})
    deals.remove("deal/1")
    deals.restore("deal/1")
    assert contacts(deals) == (1, 4)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("has(contacts, 'Ada')", [1, 2]),
        ("has(contacts, 'ADA')", [1, 2]),
        ("has(contacts, 'none') or has(contacts, '')", []),
        ("has(contacts, 'person/2')", [2]),
        ("HAS(Contacts, 'PERSON/2')", [2]),
        ("has(contacts, 'Smith, Bob')", [2]),
        ("has(contacts, 'Smith')", []),
        ("has(contacts, name)", [4]),
        ("has(contacts, null) is null", [1, 2, 3, 4]),
        ("not has(contacts, 'Ada')", [3, 4]),
        ("has(contacts, 'r.\"contacts\"')", []),
        ("contacts is null", [3]),
        ("contacts IS NOT NULL", [1, 2, 4]),
        ("contacts = 'Ada, Smith, Bob'", [2]),
        ("contacts LIKE '%bob'", [2]),
        ("contains(contacts, 'dora')", [1, 4]),
        ("length(contacts) > 9", [2]),
        ("coalesce(contacts, 'nobody') = 'nobody'", [3]),
        ("has(contacts, 'Ada') and (name = '2' or contacts = 'x')", [2]),
    ],
)
def test_what_a_multilink_means_in_an_expression(deals, where, found):
    for name, links in (("1", "Ada,Dora"), ("2", ["Ada", "Smith, Bob"]), ("3", ""), ("Dora", "d")):
        deals.add("deal", {"name": name, "contacts": links})
    assert [record.id for record in deals.records("deal", where=where)] == found
    assert deals.count("deal", where) == len(found)


@pytest.mark.parametrize(
    "where",
    [
        "has(contacts)",
        "has(contacts, 'a', 'b')",
        "has()",
        "has(nothing, 'x')",
        "contacts.name = 'Ada'",
        "has(contacts.name, 'Ada')",
        "has((select 1), 'x')",
    ],
)
def test_an_expression_that_asks_too_much_of_a_multilink_is_refused(deals, where):
    with pytest.raises(Refused):
        deals.count("deal", where)


def test_a_multilink_behind_a_link(deals):
    changed(deals, "type add task\nfield add task.deal kind=link to=deal")
    deals.add("deal", {"name": "x", "contacts": "Ada,Dora"})
    deals.add("task", {"deal": "x"})
    deals.add("task", {})
    assert deals.count("task", "deal.contacts = 'Ada, Dora'") == 1
    assert deals.count("task", "deal.contacts is null") == 1
    assert deals.count("task", "has(deal.contacts, 'dora')") == 1
    assert deals.count("task", "has(deal.contacts, 'eve')") == 0


def test_a_title_that_is_a_number(deals):
    changed(deals, "type add room\nfield add room.number kind=decimal scale=1")
    changed(deals, "field add deal.rooms kind=multilink to=room")
    changed(deals, "type add bed\nfield add bed.number kind=integer title")
    changed(deals, "field add deal.beds kind=multilink to=bed")
    deals.add("room", {"number": "1.5"})
    deals.add("bed", {"number": 7})
    deals.add("bed", {"number": 1007})
    deals.add("deal", {"name": "x", "rooms": "room/1", "beds": "7,1007"})
    record = deals.record("deal/1")
    assert (record.text("rooms"), record.text("beds")) == ("room/1", "7, 1007")
    assert deals.count("deal", "has(beds, 7) and has(beds, '1007') and rooms = 'room/1'") == 1


def test_sorting_and_paging_by_a_multilink(deals):
    for links in ("Dora", "ada", "", "Ada,Dora"):
        deals.add("deal", {"name": links, "contacts": links})
    assert [r.id for r in deals.records("deal", sort=["contacts"])] == [3, 2, 4, 1]
    assert [r.id for r in deals.records("deal", sort=["-contacts"])] == [1, 4, 2, 3]
    behind = deals.records("deal", sort=["contacts"], after="deal/2", limit=1)
    assert [r.id for r in behind] == [4]
    assert [r.id for r in deals.records("deal", sort=["contacts"], limit=2, offset=2)] == [4, 1]


def test_a_page_is_read_by_one_statement(deals):
    changed(deals, "field add deal.rivals kind=multilink to=person")
    for n in range(60):
        deals.add("deal", {"name": str(n), "contacts": "Ada,Dora", "rivals": "Dora"})
    said: list[str] = []
    deals.records("deal", limit=50)
    deals._database.connection.set_trace_callback(said.append)
    page = deals.records("deal", limit=50)
    deals._database.connection.set_trace_callback(None)
    assert {record.text("contacts") for record in page} == {"Ada, Dora"}
    assert sum("FROM" in statement for statement in said) <= 1


def test_the_shape_follows_every_change_of_the_configuration(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada,Dora"})
    for script in (
        "field rename deal.contacts people",
        "type rename person human",
        "type rename deal Deal",
        "type rename Deal matter",
        "field add matter.amount kind=integer indexed",
        "field remove matter.people",
        "field restore matter.people",
    ):
        changed(deals, script)
        assert rows_of(deals.path, "PRAGMA foreign_key_check") == []
    assert deals.record("matter/1").text("people") == "Ada, Dora"
    assert deals.count("matter", "has(people, 'human/1')") == 1
    assert deals.set("matter/1", {"people": "Dora"})[1]
    assert rows_of(deals.path, "PRAGMA integrity_check") == [("ok",)]


def tables(workspace):
    return [r[0] for r in rows_of(workspace.path, "SELECT name FROM sqlite_schema ORDER BY 1")]


def test_a_purge_of_the_field_drops_its_table_alone(deals):
    changed(deals, "field add deal.rivals kind=multilink to=person")
    deals.add("deal", {"name": "x", "contacts": "Ada", "rivals": "Dora"})
    gone = f"crm_link_{deals.type('deal').field_by_key['contacts'].id}"
    changed(deals, "field remove deal.contacts\nfield purge deal.contacts")
    assert gone not in tables(deals)
    assert deals.record("deal/1").text("rivals") == "Dora"
    assert deals.history("deal/1", machine=True)[0].changes[1].after == "[1]"


def test_a_type_that_is_pointed_at_is_not_purged_and_the_pointing_one_is(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada"})
    changed(deals, "type remove person")
    assert deals.record("deal/1").text("contacts") == "Ada"
    with pytest.raises(Refused) as caught:
        changed(deals, "type purge person")
    assert caught.value.code == "linked"
    assert caught.value.facts["fields"] == ["deal.contacts"]
    changed(deals, "type remove deal\ntype purge deal\ntype purge person")
    assert [name for name in tables(deals) if name.startswith("crm_link")] == []


def test_a_type_may_link_to_itself_and_be_purged(deals):
    changed(deals, "field add person.friends kind=multilink to=person")
    deals.set("person/1", {"friends": ["person/1", "Dora"]})
    assert deals.record("person/1").text("friends") == "Ada, Dora"
    changed(deals, "type remove deal\ntype purge deal\ntype remove person\ntype purge person")
    assert [name for name in tables(deals) if name.startswith("crm_link")] == []


def test_one_script_may_make_types_their_links_and_drop_them_again(empty):
    changed(
        empty,
        """
        type add deal
        type add person
        field add deal.contacts kind=multilink to=person
        field rename deal.contacts people
        field add deal.spare kind=multilink to=person
        field remove deal.spare
        field purge deal.spare
        type rename person human
        field add human.name title
        """,
    )
    empty.add("human", {"name": "Ada"})
    assert empty.add("deal", {"people": "Ada"}).text("people") == "Ada"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("field add deal.x kind=multilink", Misused),
        ("field add deal.x kind=multilink to=nobody", NotFound),
        ("field add deal.x kind=multilink to=person default=Ada", Refused),
        ("field add deal.x kind=multilink to=person unique", Refused),
        ("field add deal.x kind=multilink to=person title", Refused),
        ("field add deal.x kind=multilink to=person max_length=3", Misused),
        ("field set deal.contacts unique", Refused),
        ("field set deal.contacts default=Ada", Refused),
    ],
)
def test_settings_that_make_no_sense(deals, script, error):
    before = dump(deals.path)
    with pytest.raises(error):
        changed(deals, script)
    assert dump(deals.path) == before


def test_a_required_multilink_needs_one_link(deals):
    changed(deals, "field set deal.contacts required")
    with pytest.raises(Invalid):
        deals.add("deal", {"name": "x", "contacts": []})
    deals.add("deal", {"name": "x", "contacts": "Ada"})
    with pytest.raises(Invalid):
        deals.set("deal/1", {"contacts": ""})
    assert deals.set("deal/1", {"name": "y"})[1]


def test_a_dry_run_leaves_the_links_as_they_are(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada"})
    before = dump(deals.path)
    assert deals.set("deal/1", {"contacts": "Dora,Ada"}, dry_run=True)[1]
    deals.add("deal", {"contacts": "Dora"}, dry_run=True)
    assert dump(deals.path) == before


def test_a_draft_is_judged_without_writing(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada"})
    before = dump(deals.path)
    assert deals.problems("deal", {"contacts": "Ada,Dora"}, "deal/1") == []
    assert [p.code for p in deals.problems("deal", {"contacts": "Ada,Eve"})] == ["no-such-link"]
    assert dump(deals.path) == before


# Files


def test_an_import_reads_links_and_makes_missing_ones(deals):
    text = 'name,contacts\na,"Ada,Eve"\nb,\nc,"""Smith, Bob"",Fay"\nd,"Eve, ada"\n'
    result = imported(deals, "deal", text, create_missing=frozenset({"person"}))
    assert (result.added, result.created) == (4, {"person": 2})
    assert [r.text("contacts") for r in deals.records("deal")] == [
        "Ada, Eve",
        "",
        "Smith, Bob, Fay",
        "Eve, Ada",
    ]


def test_a_row_that_is_rejected_makes_no_missing_record(deals):
    for _ in range(2):
        deals.add("person", {"name": "Twin"})
    text = 'name,contacts\na,"Eve,Twin"\nb,Eve2\n'
    options = {"create_missing": frozenset({"person"}), "keep_going": True}
    result = imported(deals, "deal", text, **options)
    assert (result.added, result.rejected, result.created) == (1, 1, {"person": 1})
    assert deals.count("person", "name = 'Eve'") == 0


def test_an_import_with_a_bad_link_keeps_nothing(deals):
    before = dump(deals.path)
    with pytest.raises(RejectedRows) as caught:
        imported(deals, "deal", 'name,contacts\na,Ada\nb,"Ada,Eve"\n')
    assert "line 3: contacts: there is no person Eve" in str(caught.value)
    assert dump(deals.path) == before


def test_links_within_one_file_may_point_forward(deals):
    changed(deals, "field add person.friends kind=multilink to=person")
    text = 'name,friends\nEve,"Fay,Ada,Gus"\nFay,Eve\nGus,\n'
    assert imported(deals, "person", text).added == 3
    friends = {r.title: r.text("friends") for r in deals.records("person")}
    assert friends["Eve"] == "Fay, Ada, Gus"
    assert friends["Fay"] == "Eve"
    result = imported(deals, "person", "name,friends\nHal,Ivy\nIvy,\nJon,Kim\n", keep_going=True)
    assert (result.added, result.rejected) == (2, 1)
    assert deals.count("person", "name = 'Jon'") == 0
    assert rows_of(deals.path, "PRAGMA foreign_key_check") == []


def test_who_links_to_a_rejected_row_is_rejected_too(deals):
    changed(deals, "field add person.friends kind=multilink to=person")
    text = 'name,friends\nEve,"Ada,Fay"\nFay,Nobody\n'
    result = imported(deals, "person", text, keep_going=True)
    assert (result.added, result.rejected) == (0, 2)
    assert deals.count("person") == 4
    assert rows_of(deals.path, "SELECT count(*) FROM crm_journal WHERE op = 'add'") == [(4,)]


def test_an_import_that_matches_changes_the_links(deals):
    deals.add("deal", {"name": "x", "contacts": "Ada"})
    text = 'ref,contacts\ndeal/1,"Dora,Ada"\n'
    assert imported(deals, "deal", text, match="ref").updated == 1
    assert imported(deals, "deal", text, match="ref").unchanged == 1
    assert contacts(deals) == (4, 1)
    with pytest.raises(Misused):
        imported(deals, "deal", text, match="contacts")


def test_json_rows_hold_lists(deals):
    rows = [
        {"name": "a", "contacts": ["Ada", {"ref": "person/2"}]},
        {"name": "b", "contacts": "Ada,Dora"},
        {"name": "c", "contacts": []},
        {"name": "d", "contacts": None},
    ]
    imported(deals, "deal", json.dumps(rows), "rows.json")
    found = [contacts(deals, f"deal/{n}") for n in range(1, 5)]
    assert found == [(1, 2), (1, 4), None, None]


def test_an_export_names_by_reference_what_a_title_does_not_find_again(deals):
    for name in ("Twin", "twin", "person/1"):
        deals.add("person", {"name": name})
    deals.add("deal", {"name": "x", "contacts": "person/5,person/6,person/7,person/1,person/4"})
    deals.remove("person/4")
    selection = deals.export("deal")
    (row,) = selection.rows
    plain = selection.plan.column["contacts"].plain(row)
    assert plain == "person/5,person/6,person/7,Ada,person/4"
    assert deals.set("deal/1", {"contacts": plain})[1] is False


def test_a_card_of_a_board_tells_the_links(deals):
    changed(deals, "stage add deal open")
    deals.add("deal", {"name": "x", "contacts": "Ada,Dora"})
    (card,) = deals.cards("deal", "open", fields=["name", "contacts"])
    assert card.text("contacts") == "Ada, Dora"
    assert deals.cards("deal", "open", where="has(contacts, 'Eve')") == []
