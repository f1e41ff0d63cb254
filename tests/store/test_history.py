"""Reading the journal: the history of a record and the log of everything."""

import json

import pytest

from crmtui.store.errors import NotFound
from tests.support.workspaces import changed, journal, rows_of


def test_the_history_of_a_record_is_newest_first_and_its_own(workspace):
    workspace.add("account", {"name": "Acme"})
    workspace.add("deal", {"name": "a", "account": "Acme", "value": "1234.5", "hot": True})
    workspace.add("deal", {"name": "b"})
    workspace.set("deal/1", {"value": "", "account": ""})
    newest, oldest = workspace.history("deal/1")
    assert (newest.op, oldest.op, newest.ref) == ("set", "add", "deal/1")
    assert [(c.key, c.before, c.after) for c in newest.changes] == [
        ("value", "1,234.50", None),
        ("account", "Acme", None),
    ]
    assert [(c.key, c.before, c.after) for c in oldest.changes] == [
        ("status", None, "Lead · Open"),
        ("name", None, "a"),
        ("account", None, "Acme"),
        ("value", None, "1,234.50"),
        ("hot", None, "yes"),
    ]
    assert len(workspace.history("deal/1", limit=1)) == 1


def test_a_machine_reads_values_that_can_be_written_again(workspace):
    workspace.add("account", {"name": "Acme"})
    workspace.add("deal", {"name": "a", "account": "Acme", "value": "1234.5", "hot": True})
    (entry,) = workspace.history("deal/1", machine=True)
    assert {c.key: c.after for c in entry.changes} == {
        "status": "lead.open",
        "name": "a",
        "account": "account/1",
        "value": "1234.50",
        "hot": "true",
    }
    said = entry.json()
    assert json.loads(json.dumps(said)) == said
    assert said["changes"]["value"] == {"before": None, "after": "1234.50"}


def test_the_log_has_everything_and_is_narrowed(workspace):
    workspace.add("account", {"name": "Acme"})
    workspace.add("deal", {"name": "a"})
    moment = workspace.history("deal/1")[0].at
    everything = list(workspace.log())
    assert len(everything) == workspace.journal_position()
    assert {e.ref.partition("/")[0].partition(".")[0] for e in workspace.log("deal")} == {"deal"}
    assert [e.ref for e in workspace.log(limit=2)] == ["deal/1", "account/1"]
    assert all(e.at >= moment for e in workspace.log(since=moment))
    assert list(workspace.log(since="tomorrow")) == []
    assert list(workspace.log(until="yesterday")) == []
    assert [e.id for e in workspace.log(until="today")] == [e.id for e in everything]
    assert len(list(workspace.log(actor=workspace.actor.key))) == len(everything)
    with pytest.raises(NotFound) as caught:
        workspace.log(actor="nobody")
    assert caught.value.code == "no-such-user"


def test_the_journal_says_each_thing_once_in_order(workspace):
    changed(workspace, "type remove account")
    workspace.add("deal", {"name": "a"})
    assert journal(workspace)[-2:] == [("configure", "account"), ("add", "deal/1")]


def test_a_label_that_was_changed_is_read_as_it_is_now(workspace):
    workspace.add("deal", {"name": "a", "source": "web"})
    changed(workspace, "field set deal.name label=Title\noption set deal.source.web label=Net")
    changes = {c.key: (c.label, c.after) for c in workspace.history("deal/1")[0].changes}
    assert changes["name"] == ("Title", "a") and changes["source"][1] == "Net"


def test_a_retired_field_is_still_named(workspace):
    workspace.add("deal", {"name": "a", "value": 5})
    changed(workspace, "field remove deal.value")
    assert ("value", "5.00") in {(c.key, c.after) for c in workspace.history("deal/1")[0].changes}


def test_the_log_of_a_retired_and_of_a_purged_type(workspace):
    workspace.add("deal", {"name": "a"})
    workspace.move("deal/1", "won")
    changed(workspace, "type remove deal")
    assert [e.ref for e in workspace.log("deal", limit=2)] == ["deal", "deal/1"]
    changed(workspace, "type purge deal")
    entries = [e for e in workspace.log() if e.op in ("add", "move")]
    assert [e.ref for e in entries] == ["deal/1", "deal/1"]
    assert entries[0].changes[0].after == "won"


def test_an_intent_is_one_act_with_one_moment(workspace):
    with workspace.intent():
        workspace.add("account", {"name": "a"})
        workspace.set("account/1", {"name": "b"})
    at = rows_of(
        workspace.path,
        "SELECT a.at, r.created_at FROM crm_journal j JOIN crm_act a ON a.id = j.act_id,"
        " account r WHERE j.record_id = 1 AND j.op = 'add'",
    )
    assert at[0][0] == at[0][1]
