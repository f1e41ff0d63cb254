"""Concurrent editing: what others changed since a revision is told, refused or merged."""

import io
from contextlib import nullcontext
from typing import Any

import pytest

from crmtui.store.clash import ASK, OURS, THEIRS
from crmtui.store.errors import Conflict, Invalid, NotFound
from crmtui.store.import_options import ImportOptions
from crmtui.store.reading import open_source
from crmtui.store.uploads import Upload
from crmtui.store.values import Edit, Minus, Part, Plus
from crmtui.store.workspace import Workspace
from tests.support.clashes import held, refused, values, with_a_deal
from tests.support.people import acting_as, member
from tests.support.workspaces import changed, dump, rows_of


@pytest.fixture
def deals(empty: Workspace) -> Workspace:
    """A deal at revision 1, and three persons."""
    return with_a_deal(empty)


# What is told


def test_of_each_field_it_tells_what_was_before_what_is_theirs_and_what_is_yours(deals):
    deals.set("deal/1", {"amount": "250", "name": "Theirs"})
    error = refused(deals, lambda: deals.set("deal/1", {"amount": 300, "hot": True}, 1))
    assert error.code == "changed-meanwhile"
    assert values(error) == {
        "name": ("Deal", "Theirs", "Deal"),
        "amount": ("100.00", "250.00", "300.00"),
        "hot": (None, None, "true"),
    }
    assert [f["contested"] for f in error.facts["fields"]] == [False, True, False]
    assert str(error) == (
        f"deal/1 was changed meanwhile by {deals.actor.key}: name Deal -> Theirs;"
        " amount 100.00 -> 250.00, yours 300.00  [changed-meanwhile]"
    )


EVERY_KIND = {
    "name": ("Deal", "B", "C"),
    "amount": ("100.00", "1234.50", "-3.00"),
    "customer": (None, "person/1", "person/2"),
    "contacts": (None, "person/2,person/1", "person/3"),
    "tags": ("a,b", 'x,"y,z"', "a"),
    "home": (None, '{"street":"Karl 1","city":"Oslo"}', "Main 2"),
    "source": ("web", "fair", None),
    "hot": (None, "true", "false"),
    "closes": (None, "2026-12-31", "2027-01-01"),
}


def test_values_of_every_kind_are_told_as_they_can_be_written_again(deals):
    deals.set("deal/1", {key: theirs for key, (_, theirs, _) in EVERY_KIND.items()})
    ours = {key: yours or "" for key, (_, _, yours) in EVERY_KIND.items()}
    error = refused(deals, lambda: deals.set("deal/1", ours, 1))
    assert values(error) == EVERY_KIND
    for place, revision in enumerate(("before", "theirs", "yours")):
        deals.set("deal/1", {key: told[place] or "" for key, told in values(error).items()})
        assert deals.meanwhile("deal/1", 2, {}) is not None, revision
    assert held(deals, "amount", "contacts", "home") == ["-3.00", "person/3", "Main 2"]


def test_people_read_labels_titles_and_their_own_numbers(deals):
    deals.set("deal/1", {"amount": "1234.5", "customer": "Ada", "source": "fair"})
    meanwhile = deals.meanwhile("deal/1", 1, {"customer": "Bob"})
    assert [(f.label, f.theirs.shown, f.yours.shown) for f in meanwhile.fields] == [
        ("Amount", "1,234.50", "100.00"),
        ("customer", "Ada", "Bob"),
        ("source", "Trade fair", "Website"),
    ]
    with Workspace.open(deals.path, language="zh") as chinese:
        chinese.move("deal/1", "won")
        told = chinese.meanwhile("deal/1", 1).fields
        assert [f.label for f in told[:2]] == ["status", "金额"]
        assert told[0].before.shown == "线索"


def test_it_tells_who_changed_each_field_last_and_when(deals):
    member(deals, "bob")
    with acting_as(deals, "bob") as theirs:
        theirs.set("deal/1", {"amount": 1, "name": "x"})
    deals.set("deal/1", {"amount": 2})
    newest, older = deals.history("deal/1", 2)
    error = refused(deals, lambda: deals.set("deal/1", {"hot": "yes"}, 1))
    assert [(f["field"], f["by"], f["at"]) for f in error.facts["fields"]] == [
        ("name", older.actor, older.at),
        ("amount", newest.actor, newest.at),
        ("hot", None, None),
    ]
    assert older.actor == "bob" and newest.actor == error.facts["user"] == deals.actor.key


def test_what_is_computed_or_retired_is_left_out(deals):
    deals.set("deal/1", {"amount": 5, "closes": "2026-12-31"})
    changed(deals, "field remove deal.closes")
    assert list(values(refused(deals, lambda: deals.set("deal/1", {"hot": 1}, 1)))) == [
        "amount",
        "hot",
    ]


def test_a_long_text_is_cut_in_the_line_and_whole_in_the_facts(deals):
    deals.set("deal/1", {"name": "long " * 80})
    error = refused(deals, lambda: deals.remove("deal/1", 1))
    assert len(str(error.message)) < 150
    assert values(error)["name"][1] == ("long " * 80).strip()


def test_a_type_without_stages_has_no_status_to_tell(deals):
    deals.set("person/1", {"name": "Ada L."})
    error = refused(deals, lambda: deals.set("person/1", {"name": "A."}, 1))
    assert values(error) == {"name": ("Ada", "Ada L.", "A.")}


def test_a_field_renamed_since_is_told_by_its_key_now(deals):
    deals.set("deal/1", {"amount": 7})
    changed(deals, "field rename deal.amount worth")
    assert values(refused(deals, lambda: deals.set("deal/1", {"worth": 8}, 1))) == {
        "worth": ("100.00", "7.00", "8.00")
    }


# What is refused


def test_anything_written_since_is_refused_when_nothing_is_merged(deals):
    deals.set("deal/1", {"amount": 5})
    deals.set("deal/1", {"amount": 100})
    error = refused(deals, lambda: deals.set("deal/1", {"name": "x"}, 1))
    assert str(error.message) == f"deal/1 was changed meanwhile by {deals.actor.key}"
    assert error.hint == "crmtui record set deal/1 FIELD=VALUE --revision 1 --merge"
    assert deals.set("deal/1", {"name": "x"}, 3)[1] is True


def test_a_revision_that_never_was_is_refused(deals):
    with pytest.raises(Conflict) as caught:
        deals.set("deal/1", {"name": "x"}, 2, merge=OURS)
    assert caught.value.code == "no-such-revision"
    with pytest.raises(NotFound):
        deals.set("deal/9", {"name": "x"}, 1)


def test_a_record_removed_meanwhile_is_told_and_can_be_restored_and_merged(deals):
    deals.set("deal/1", {"amount": 5})
    deals.remove("deal/1")
    for act in (
        lambda: deals.set("deal/1", {"name": "x"}, 1, merge=OURS),
        lambda: list(deals.move_all(["deal/1"], "won", revision=2)),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "removed-meanwhile"
        assert caught.value.hint == "crmtui record restore deal/1"
    deals.restore("deal/1")
    deals.set("deal/1", {"name": "x"}, 1, merge=ASK)
    assert held(deals, "name", "amount") == ["x", "5.00"]


def test_a_record_removed_before_is_just_not_there(deals):
    deals.remove("deal/1")
    with pytest.raises(NotFound) as caught:
        deals.set("deal/1", {"name": "x"}, 2)
    assert caught.value.code == "removed-record"


def test_a_record_that_others_changed_is_not_removed(deals):
    deals.set("deal/1", {"amount": 5})
    error = refused(deals, lambda: deals.remove("deal/1", 1))
    assert values(error) == {"amount": ("100.00", "5.00", "100.00")}
    assert error.hint == "crmtui record remove deal/1 --revision 2"
    assert deals.remove("deal/1", 2) is True
    assert deals.remove("deal/1", 1) is False  # it is gone, as was wanted


# What is merged


def test_what_only_one_side_changed_is_taken_from_that_side(deals):
    deals.set("deal/1", {"amount": 5, "contacts": "Ada,Bob"})
    _, did = deals.set("deal/1", {"name": "Mine", "closes": "2026-12-31"}, 1, merge=ASK)
    assert did
    assert held(deals, "name", "amount", "contacts", "closes") == [
        "Mine",
        "5.00",
        "person/1,person/2",
        "2026-12-31",
    ]
    (entry, *_) = deals.history("deal/1")
    assert [change.key for change in entry.changes] == ["name", "closes"]


def test_the_same_changed_by_both_is_asked_and_then_decided(deals):
    deals.set("deal/1", {"amount": 5, "name": "Theirs"})
    ours = {"amount": 6, "hot": "yes"}
    error = refused(deals, lambda: deals.set("deal/1", ours, 1, merge=ASK))
    assert list(values(error)) == ["amount"]
    assert error.hint == "crmtui record set deal/1 FIELD=VALUE --revision 1 --ours"
    deals.set("deal/1", ours, 1, merge=THEIRS)
    assert held(deals, "name", "amount", "hot") == ["Theirs", "5.00", "true"]
    deals.set("deal/1", ours, 1, merge=OURS)
    assert held(deals, "name", "amount", "hot") == ["Theirs", "6.00", "true"]


def test_what_both_changed_to_the_same_is_no_conflict(deals):
    deals.set("deal/1", {"amount": 5, "contacts": "Ada"})
    _, did = deals.set("deal/1", {"amount": "5.00", "contacts": ["person/1"]}, 1, merge=ASK)
    assert not did


def test_what_was_left_as_it_was_is_no_change_of_ours(deals):
    deals.set("deal/1", {"amount": 5})
    deals.set("deal/1", {"amount": 100, "name": "Mine"}, 1, merge=ASK)
    assert held(deals, "name", "amount") == ["Mine", "5.00"]


def test_what_is_added_or_taken_away_goes_together_with_theirs(deals):
    deals.set("deal/1", {"tags": "a,b,c"})
    ours = Edit((Plus("d"), Minus("a")))
    deals.set("deal/1", {"tags": ours}, 1, merge=ASK)
    assert held(deals, "tags") == ["b,c,d"]


def test_parts_go_together_unless_they_are_the_same(deals):
    deals.set("deal/1", {"home": {"city": "Oslo", "street": "Karl"}})
    deals.set("deal/1", {"home": Edit((Part("city", "Bergen"),))})
    deals.set("deal/1", {"home": Edit((Part("street", "Main"),))}, 2, merge=ASK)
    assert held(deals, "home") == ['{"street":"Main","city":"Bergen"}']
    ours = {"home": Edit((Part("city", "Voss"),))}
    assert list(values(refused(deals, lambda: deals.set("deal/1", ours, 2, merge=ASK)))) == ["home"]
    deals.set("deal/1", ours, 2, merge=OURS)
    assert held(deals, "home") == ['{"street":"Main","city":"Voss"}']


def test_a_move_is_merged_like_a_field(deals):
    def move(target: str, merge: str | None = None, **ours: Any) -> bool:
        return next(deals.move_all(["deal/1"], target, ours, revision=1, merge=merge))[1]

    deals.set("deal/1", {"amount": 5})
    refused(deals, lambda: move("won"))
    assert move("offer", ASK) is True
    error = refused(deals, lambda: move("won", ASK))
    assert values(error) == {"status": ("lead.open", "offer.open", "won.closed")}
    assert error.hint == "crmtui record move deal/1 won.closed --revision 1 --ours"
    assert move("offer", ASK) is False
    assert move("won", THEIRS, hot="yes") is True
    assert deals.record("deal/1").stage == "offer" and held(deals, "hot") == ["true"]
    assert move("won", OURS) is True
    assert deals.record("deal/1").stage == "won" and held(deals, "amount") == ["5.00"]


def test_a_set_is_merged_with_a_move_of_others(deals):
    deals.move("deal/1", "offer.sent")
    error = refused(deals, lambda: deals.set("deal/1", {"amount": 5}, 1))
    assert values(error) == {
        "status": ("lead.open", "offer.sent", "lead.open"),
        "amount": ("100.00", "100.00", "5.00"),
    }
    deals.set("deal/1", {"amount": 5}, 1, merge=ASK)
    assert deals.record("deal/1").status == "sent"


def test_what_was_set_and_moved_in_one_is_one_revision(deals):
    deals.set("deal/1", {"name": "Seen"})
    list(deals.move_all(["deal/1"], "won", {"amount": 5}))
    assert deals.record("deal/1").revision == 3
    error = refused(deals, lambda: deals.remove("deal/1", 2))
    assert list(values(error)) == ["status", "amount"]
    assert list(values(refused(deals, lambda: deals.remove("deal/1", 1)))) == [
        "status",
        "name",
        "amount",
    ]


def test_rules_hold_for_what_is_merged(deals):
    changed(deals, "validation add deal.dear rule='not hot or amount > 50' message='too cheap'")
    deals.set("deal/1", {"amount": 5})
    before = dump(deals.path)
    with pytest.raises(Invalid) as caught:
        deals.set("deal/1", {"hot": "yes"}, 1, merge=OURS)
    assert "too cheap" in str(caught.value)
    with pytest.raises(Invalid) as caught:
        deals.set("deal/1", {"amount": "many"}, 1, merge=OURS)
    assert [problem.field for problem in caught.value.problems] == ["amount"]
    assert dump(deals.path) == before


def test_a_dry_run_of_a_merge_writes_nothing(deals):
    deals.set("deal/1", {"amount": 5})
    before = dump(deals.path)
    record, did = deals.set("deal/1", {"name": "x"}, 1, merge=ASK, dry_run=True)
    assert did and record.title == "x" and dump(deals.path) == before


def test_a_merge_is_an_act_that_is_undone_like_any(deals):
    deals.set("deal/1", {"amount": 5})
    deals.set("deal/1", {"name": "Mine", "amount": 6}, 1, merge=OURS)
    deals.undo()
    assert held(deals, "name", "amount") == ["Deal", "5.00"]


def test_a_file_from_a_pipe_is_read_once(deals):
    pipe = io.BytesIO(b"content")
    upload = Upload("-", "a.pdf", lambda: nullcontext(pipe))
    deals.set("deal/1", {"amount": 5})
    deals.set("deal/1", {"paper": upload}, 1, merge=ASK)
    with deals.attachment("deal/1", "paper").stream as stream:
        assert stream.read() == b"content"


def test_changes_that_the_configuration_made_of_records_count(deals):
    changed(deals, "option merge deal.source.web into=fair")
    changed(deals, "stage remove deal.lead move_to=offer")
    error = refused(deals, lambda: deals.set("deal/1", {"source": ""}, 1, merge=ASK))
    assert values(error) == {"source": ("web", "fair", None)}
    assert set(values(refused(deals, lambda: deals.remove("deal/1", 1)))) == {"status", "source"}


def test_records_whose_links_came_late_in_their_import_have_the_right_revisions(deals):
    changed(deals, "field add person.boss kind=link to=person")
    rows = io.BytesIO(b"name,boss\nOne,Two\nTwo,\n")
    deals.import_records("person", open_source(rows, name="people.csv"), ImportOptions())
    assert deals.record("person/4").revision == 1
    deals.set("person/4", {"name": "Theirs"})
    error = refused(deals, lambda: deals.set("person/4", {"boss": "Ada"}, 1))
    assert values(error) == {
        "name": ("One", "Theirs", "One"),
        "boss": ("person/5", "person/5", "person/1"),
    }


def test_where_the_journal_does_not_tell_what_was_before_all_of_ours_is_asked(deals):
    deals.set("deal/1", {"amount": 5})
    deals.set("deal/1", {"name": "Theirs"})
    deals.move("deal/1", "won")
    journal = max(row[0] for row in rows_of(deals.path, "SELECT id FROM crm_journal"))
    with Workspace.open(deals.path) as surgeon, surgeon.intent():
        surgeon._database.execute("DELETE FROM crm_journal WHERE id <= ?", (journal - 2,))
    ours = {"amount": 5, "hot": "yes"}
    error = refused(deals, lambda: deals.set("deal/1", ours, 1, merge=ASK))
    assert values(error) == {"hot": (None, None, "true")}
    deals.set("deal/1", ours, 1, merge=OURS)
    assert held(deals, "amount", "hot", "name") == ["5.00", "true", "Theirs"]


def test_looking_at_what_became_of_a_record_writes_nothing(deals):
    assert deals.meanwhile("deal/1", 1) is None
    deals.set("deal/1", {"amount": 5})
    before = dump(deals.path)
    meanwhile = deals.meanwhile("deal/1", 1, {"amount": "many", "hot": "yes"})
    assert (meanwhile.revision, meanwhile.removed) == (2, False)
    assert [(f.key, f.yours.plain, f.contested) for f in meanwhile.fields] == [
        ("amount", "many", True),
        ("hot", "true", False),
    ]
    assert [f.key for f in meanwhile.theirs] == ["amount"]
    assert dump(deals.path) == before
