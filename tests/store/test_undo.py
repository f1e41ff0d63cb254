"""Undoing: acts are taken back whole, data and configuration, unless something is in the way."""

import io
import json

import pytest

from crmtui.store import access
from crmtui.store.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from crmtui.store.import_options import ImportOptions
from crmtui.store.reading import open_source
from crmtui.store.workspace import Workspace
from tests.support.people import member
from tests.support.workspaces import change, changed, rows_of

SALES = """
type add sale
field add sale.name title required
field add sale.amount kind=money currency=CNY
field add sale.source kind=choice
option add sale.source.web
option add sale.source.fair
stage add sale new
stage add sale won outcome=won
"""


@pytest.fixture
def sales(empty: Workspace) -> Workspace:
    changed(empty, SALES)
    empty.add("sale", {"name": "a", "amount": 5, "source": "fair"})
    return empty


def state(workspace):
    """Everything people can see: the configuration, and the records with their stages."""
    return json.dumps(workspace.document()), [
        (record.ref, record.removed, record.json())
        for key in [type_.key for type_ in workspace.types()]
        for record in workspace.records(key)
    ]


ACTS = [
    lambda ws: ws.set("sale/1", {"amount": 6, "source": None}),
    lambda ws: ws.move("sale/1", "won"),
    lambda ws: ws.remove("sale/1"),
    lambda ws: ws.add("sale", {"name": "b"}),
    lambda ws: changed(ws, "field set sale.amount label=Value min=0"),
    lambda ws: changed(ws, "field rename sale.amount worth"),
    lambda ws: changed(ws, "field add sale.more kind=date"),
    lambda ws: changed(ws, "field remove sale.amount"),
    lambda ws: changed(ws, "field set sale.source kind=text"),
    lambda ws: changed(ws, "field set sale.amount kind=text"),
    lambda ws: changed(ws, "option merge sale.source.fair into=web"),
    lambda ws: changed(ws, "option rename sale.source.fair trade"),
    lambda ws: changed(ws, "stage order sale won new"),
    lambda ws: changed(ws, "stage add sale more"),
    lambda ws: changed(ws, "stage remove sale.new move_to=won"),
    lambda ws: changed(ws, "stage rename sale.new fresh"),
    lambda ws: changed(ws, "type add other\nfield add other.name\nstage add other x"),
    lambda ws: changed(ws, "type rename sale deal"),
    lambda ws: changed(ws, "type remove sale"),
    lambda ws: changed(ws, "validation add sale.v rule='amount > 0'"),
    lambda ws: changed(ws, "type set sale category=selling icon=S"),
]


@pytest.mark.parametrize("number", range(len(ACTS)))
def test_every_act_can_be_undone_and_the_undoing_too(sales, number):
    before = state(sales)
    ACTS[number](sales)
    after = state(sales)
    assert after != before
    act, _ = sales.undo()
    found = state(sales)
    assert found == before
    undoing = rows_of(sales.path, "SELECT max(id) FROM crm_act")[0][0]
    assert rows_of(sales.path, "SELECT undoes FROM crm_act ORDER BY id DESC LIMIT 1") == [(act,)]
    sales.undo(undoing)
    assert state(sales)[1] == after[1]


def test_undoing_goes_back_act_by_act(sales):
    sales.set("sale/1", {"amount": 6})
    sales.set("sale/1", {"amount": 7})
    sales.undo()
    assert sales.record("sale/1").json()["amount"] == 6
    sales.undo()
    assert sales.record("sale/1").json()["amount"] == 5


def test_an_act_of_many_changes_is_undone_whole(sales):
    with sales.intent("configure", command="apply"):
        changed(sales, "field add sale.size kind=integer\nstage add sale lost outcome=lost")
        sales.add("sale", {"name": "b", "size": 3}, "lost")
        sales.set("sale/1", {"size": 4})
    assert sales.undo()[1] == 4
    assert [s.key for s in sales.type("sale").stages] == ["new", "won"]
    assert [r.ref for r in sales.records("sale")] == ["sale/1"]


def test_an_import_is_undone_with_its_updates(sales):
    source = open_source(io.BytesIO(b"name,amount\na,9\nb,1\n"), name="x.csv")
    sales.import_records("sale", source, ImportOptions(match="name"))
    assert sales.count("sale") == 2
    sales.undo()
    assert [(r.ref, r.json()["amount"]) for r in sales.records("sale")] == [("sale/1", 5)]


def test_what_was_changed_since_stands_against_it(sales):
    sales.set("sale/1", {"amount": 6})
    act = rows_of(sales.path, "SELECT max(id) FROM crm_act")[0][0]
    sales.set("sale/1", {"amount": 7})
    with pytest.raises(Conflict) as caught:
        sales.undo(act)
    assert caught.value.code == "changed-meanwhile"
    sales.move("sale/1", "won")
    changed(sales, "field set sale.source kind=text")
    conversion = rows_of(sales.path, "SELECT max(id) FROM crm_act")[0][0]
    sales.set("sale/1", {"source": "edited"})
    with pytest.raises(Conflict):
        sales.undo(conversion)


def test_an_act_is_undone_once(sales):
    sales.set("sale/1", {"amount": 6})
    act, _ = sales.undo()
    with pytest.raises(Conflict) as caught:
        sales.undo(act)
    assert caught.value.code == "undone"
    with pytest.raises(NotFound):
        sales.undo(9999)


def test_a_rule_that_came_since_stands_against_it(sales):
    sales.set("sale/1", {"amount": 6})
    act = rows_of(sales.path, "SELECT max(id) FROM crm_act")[0][0]
    changed(sales, "validation add sale.v rule='amount > 5' message=low")
    with pytest.raises(Invalid):
        sales.undo(act)
    assert sales.record("sale/1").json()["amount"] == 6


def test_what_was_purged_cannot_be_brought_back(sales):
    changed(sales, "field remove sale.amount\nfield purge sale.amount")
    with pytest.raises(Refused) as caught:
        sales.undo()
    assert caught.value.code == "not-undoable"


def test_a_dry_run_of_an_undo_changes_nothing(sales):
    sales.set("sale/1", {"amount": 6})
    sales.undo(dry_run=True)
    assert sales.record("sale/1").json()["amount"] == 6
    sales.undo()
    assert sales.record("sale/1").json()["amount"] == 5


def test_only_an_administrator_undoes_the_configuration_and_acts_of_others(sales, monkeypatch):
    member(sales, "ada", 4321)
    monkeypatch.setattr("os.getuid", lambda: 4321)
    with Workspace.open(sales.path, command="test") as other:
        other.set("sale/1", {"amount": 8})
        with pytest.raises(Forbidden):
            other.undo(1)
        other.undo()
        assert other.record("sale/1").json()["amount"] == 5
        with pytest.raises(Forbidden):
            other.change([change("type add x")])
    assert access.CONFIGURE == "configure"


def test_a_merge_is_undone_for_removed_records_too(sales):
    sales.remove("sale/1")
    changed(sales, "option merge sale.source.fair into=web")
    sales.undo()
    sales.restore("sale/1")
    assert sales.record("sale/1").json()["source"] == "fair"


def test_what_was_set_in_a_field_that_is_retired_since_is_not_said_to_be_undone(sales):
    sales.set("sale/1", {"amount": 6})
    act = rows_of(sales.path, "SELECT max(id) FROM crm_act")[0][0]
    changed(sales, "field remove sale.amount")
    with pytest.raises(Refused) as caught:
        sales.undo(act)
    assert caught.value.code == "retired-field"
    changed(sales, "field restore sale.amount")
    sales.undo(act)
    assert sales.record("sale/1").json()["amount"] == 5


def test_the_first_stage_of_a_type_with_records_is_undone_and_that_too(empty):
    changed(empty, "type add note\nfield add note.name title")
    for name in "ab":
        empty.add("note", {"name": name})
    empty.remove("note/2")
    before = json.dumps(empty.document())
    changed(empty, "stage add note new")
    after = state(empty)
    empty.undo()
    assert json.dumps(empty.document()) == before
    assert rows_of(empty.path, "SELECT DISTINCT stage, status FROM note") == [(None, None)]
    assert [entry.op for entry in empty.history("note/1")] == ["move", "move", "add"]
    empty.undo(rows_of(empty.path, "SELECT max(id) FROM crm_act")[0][0])
    assert state(empty) == after


def test_what_was_set_in_the_act_of_the_first_stage_is_undone_with_it(empty):
    changed(empty, "type add note\nfield add note.name title")
    empty.add("note", {"name": "a"})
    with empty.intent("configure", command="batch"):
        empty.set("note/1", {"name": "b"})
        changed(empty, "stage add note new")
    empty.undo()
    record = empty.record("note/1")
    assert (record.title, record.stage) == ("a", None)


def test_a_first_stage_stays_when_others_came_since(empty):
    changed(empty, "type add note\nfield add note.name title")
    empty.add("note", {"name": "a"})
    changed(empty, "stage add note new")
    act = rows_of(empty.path, "SELECT max(id) FROM crm_act")[0][0]
    changed(empty, "stage add note done")
    with pytest.raises(Refused) as caught:
        empty.undo(act)
    assert caught.value.code == "holds-records"
