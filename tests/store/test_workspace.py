"""The front door: what one process sees of what another did, and what an act leaves behind."""

import sqlite3

import pytest

from crmtui.store.errors import CrmError, NotFound
from crmtui.store.workspace import Workspace
from tests.support.workspaces import change, changed, dump, rows_of


@pytest.fixture
def other(workspace):
    """A second opening of the same workspace."""
    with Workspace.open(workspace.path, language="zh_CN") as opened:
        yield opened


def test_definitions_changed_by_another_process_are_seen_at_once(workspace, other):
    assert "amount" not in other.type("deal").field_by_key
    changed(workspace, "field rename deal.value amount\nstage rename deal.won victory")
    assert "amount" in other.type("deal").field_by_key
    assert other.add("deal", {"name": "a", "amount": 5}, "victory").stage == "victory"
    changed(workspace, "type rename deal matter")
    assert [t.key for t in other.types()] == ["account", "matter"]
    with pytest.raises(NotFound):
        other.records("deal")
    assert other.record("matter/1").title == "a"
    changed(other, "field add matter.extra kind=integer")
    assert workspace.set("matter/1", {"extra": 3})[1]


def test_definitions_changed_while_a_writer_waits_for_its_turn_are_seen(
    workspace, other, monkeypatch
):
    assert workspace.type("deal").field_by_key["seats"]
    wait = workspace._database._take_turn

    def late(patience):
        monkeypatch.undo()
        changed(other, "field rename deal.seats chairs")
        wait(patience)

    monkeypatch.setattr(workspace._database, "_take_turn", late)
    with workspace.intent():
        assert workspace.add("deal", {"name": "x", "chairs": 5}).json()["chairs"] == 5


def test_a_definition_that_is_dropped_while_it_is_used(workspace, other):
    other.add("deal", {"name": "a", "value": 5})
    changed(workspace, "field remove deal.value\nfield purge deal.value")
    with pytest.raises(NotFound):
        other.set("deal/1", {"value": 6})
    assert other.records("deal")[0].title == "a"
    changed(workspace, "type remove deal\ntype purge deal")
    with pytest.raises(NotFound):
        other.add("deal", {"name": "b"})


def test_the_data_version_says_that_another_wrote(workspace, other):
    seen = workspace.data_version()
    workspace.add("deal", {"name": "own"})
    assert workspace.data_version() == seen
    other.add("deal", {"name": "foreign"})
    assert workspace.data_version() != seen


def test_what_changed_since_a_position(workspace, other):
    position = workspace.journal_position()
    assert workspace.changes_since(position) == []
    other.add("deal", {"name": "a"})
    other.move("deal/1", "won")
    changed(other, "type set account label=Company")
    found = [change_[1:] for change_ in workspace.changes_since(position)]
    assert found == [("deal", 1), ("deal", 1), ("account", None)]
    assert [c[1:] for c in workspace.changes_since(position, limit=1)] == [("deal", 1)]


def test_labels_are_in_the_language_of_who_reads(workspace, other):
    workspace.add("deal", {"name": "a", "source": "web"})
    labels = {c.key: (c.label, c.after) for c in other.history("deal/1")[0].changes}
    assert labels["source"] == ("source", "网站")
    assert labels["status"][1] == "线索 · 进行中"
    assert workspace.history("deal/1")[0].changes[0].after == "Lead · Open"


def test_one_act_of_several_steps_is_journalled_as_each_was_commanded(workspace):
    with workspace.intent(command="batch"):
        with workspace.intent(command="line 1"):
            workspace.add("account", {"name": "a"})
        with workspace.intent(command="line 2"):
            workspace.add("account", {"name": "b"})
            with pytest.raises(CrmError), workspace.intent(command="part"):
                workspace.add("account", {"name": "undone"})
                raise NotFound("x", "x")
            workspace.set("account/2", {"name": "c"})
        workspace.add("account", {"name": "d"})
    found = [(e.op, e.command) for e in workspace.log("account", limit=4)]
    assert found == [("add", "batch"), ("set", "line 2"), ("add", "line 2"), ("add", "line 1")]
    acts = "SELECT count(*) FROM crm_act WHERE command = ?"
    assert rows_of(workspace.path, acts, "line 2") == [(1,)]
    assert rows_of(workspace.path, acts, "part") == [(0,)]
    workspace.add("account", {"name": "e"})
    assert [e.command for e in workspace.log(limit=1)] == ["test"]


def test_a_workspace_is_usable_after_every_kind_of_failure(workspace):
    for act in (
        lambda: workspace.add("nothing", {}),
        lambda: workspace.add("deal", {"value": "x"}),
        lambda: workspace.set("deal/9", {}),
        lambda: workspace.move("deal/9", "won"),
        lambda: workspace.records("deal", where="("),
        lambda: workspace.change([change("type add select")]),
        lambda: workspace.record("x"),
    ):
        before = dump(workspace.path)
        with pytest.raises(CrmError):
            act()
        assert dump(workspace.path) == before
    assert workspace.add("deal", {"name": "a"}).id == 1


def test_reading_writes_nothing(workspace):
    workspace.add("deal", {"name": "a"})
    before = dump(workspace.path)
    with Workspace.open(workspace.path) as reader:
        reader.types(retired=True)
        reader.records("deal", where="contains(name, 'a')")
        reader.board("deal")
        reader.counts()
        list(reader.log())
        reader.document()
        reader.problems("deal", {})
        reader.available_moves("deal/1")
        reader.candidates("account", "a")
    assert dump(workspace.path) == before


def test_reading_leaves_no_transaction_open(workspace):
    workspace.add("deal", {"name": "a"})
    workspace.records("deal")
    workspace.board("deal")
    foreign = sqlite3.connect(workspace.path)
    assert foreign.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    foreign.close()
