"""Asking what one may do, before doing it: the answer is what doing it would come to."""

import os

import pytest

from crmtui.store.changes import Change
from crmtui.store.errors import Forbidden, NotFound
from crmtui.store.workspace import Workspace
from tests.support.people import acting_as, granted, member
from tests.support.workspaces import rows_of


@pytest.fixture
def selling(workspace):
    """Alice sells: her own deals, in which the value is read-only; she adds none that are won."""
    workspace.change([Change("add", "field", "deal.owner", {"kind": "user"})])
    granted(
        workspace,
        "sales",
        "deal",
        **dict.fromkeys(("read", "create"), "all"),
        **dict.fromkeys(("update", "move"), "own"),
        fields={"value": "read-only", "notes": "hidden"},
        stages={"won": "enter"},
    )
    member(workspace, "alice", roles="sales")
    workspace.add("deal", {"name": "hers", "owner": "alice"})
    workspace.add("deal", {"name": "mine"})
    with acting_as(workspace, "alice") as opened:
        yield opened


def test_the_answer_names_the_rule(selling):
    said = selling.may("update", "deal", "deal/1")
    assert said.allowed and said.rule == "sales.deal"
    refused = selling.may("update", "deal", "deal/2")
    assert not refused.allowed and str(refused.reason) == (
        "sales.deal lets update only for own records"
    )
    assert str(selling.may("delete", "deal").reason) == "no role of alice lets delete on deal"


def test_asking_is_no_attempt(selling):
    selling.may("delete", "deal", "deal/1")
    with pytest.raises(Forbidden):
        selling.set("deal/1", {"value": 5})
    assert rows_of(selling.path, "SELECT action, what FROM crm_refusal") == [
        ("update", "deal/1.value")
    ]


def test_fields_and_stages_are_asked_about_too(selling):
    assert not selling.may("update", "deal", "deal/1", field="value").allowed
    assert selling.may("update", "deal", "deal/1", field="name").allowed
    assert not selling.may("move", "deal", "deal/1", target="won").allowed
    assert selling.may("move", "deal", "deal/1", target="lost").allowed


def test_what_one_may_not_know_of_is_absent(selling):
    for asked in (
        {"type_key": "account"},
        {"type_key": "deal", "field": "notes"},
        {"type_key": "deal", "ref": "deal/99"},
        {"type_key": "deal", "target": "nowhere"},
    ):
        with pytest.raises(NotFound):
            selling.may("read", **asked)


def test_who_gives_a_record_away_needs_the_right_to_assign(selling):
    assert not selling.may("update", "deal", "deal/1", field="owner").allowed
    assert selling.field_states("deal", {}, "deal/1")["owner"].read_only
    assert not selling.field_states("deal", {}, "deal/1")["name"].read_only


def test_only_moves_are_offered_that_would_be_let(selling):
    assert [status.ref for status in selling.available_moves("deal/1")] == [
        "lead.waiting",
        "lost.closed",
    ]
    assert selling.available_moves("deal/2") == []
    assert "won.closed" not in [status.ref for status in selling.beginnings("deal")]
    blocked = {column.stage.key: column.blocked for column in selling.board("deal")}
    assert blocked == {"lead": False, "won": True, "lost": False}


def test_an_administrator_may_do_everything(workspace):
    for operation in ("delete", "configure"):
        assert workspace.may(operation, "deal").allowed
    for operation in ("configure", "administer", "impersonate"):
        assert workspace.may(operation).allowed


def test_who_configures_a_type_does_not_administer(workspace):
    granted(workspace, "designer", "deal", read="all", configure="all")
    member(workspace, "dora", roles="designer")
    with acting_as(workspace, "dora") as dora:
        assert dora.may("configure").allowed and dora.may("configure", "deal").allowed
        assert not dora.may("administer").allowed


def test_whoever_acts_as_another_may_still_change_back(workspace):
    granted(workspace, "support", "deal", read="all")
    workspace.change([Change("set", "role", "support", {"impersonate": True})])
    member(workspace, "sam", roles="support")
    member(workspace, "alice")
    with acting_as(workspace, "alice") as alice:
        assert alice.may("impersonate").allowed
        alice.impersonate(None)
        assert alice.actor.administrator
    with acting_as(workspace, "sam") as sam:
        assert sam.may("impersonate").allowed  # it is the administrator who acts


def test_a_role_lets_its_users_act_as_others(workspace, monkeypatch):
    granted(workspace, "support", "deal", read="all")
    member(workspace, "sam", 4242, roles="support")
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with Workspace.open(workspace.path) as sam:
        assert not sam.may("impersonate").allowed
        monkeypatch.undo()
        workspace.change([Change("set", "role", "support", {"impersonate": True})])
        assert sam.may("impersonate").allowed


def test_people_matter_where_there_is_another_user_or_a_role(workspace):
    assert not workspace.shared
    workspace.change([Change("add", "role", "sales")])
    assert workspace.shared


def test_an_administrator_who_is_made_none_is_none_at_once(workspace):
    workspace.change([Change("add", "user", "ada", {"administrator": True, "uid": "4242"})])
    me = workspace.actor.key
    workspace.change([Change("set", "user", me, {"administrator": False})])
    with pytest.raises(Forbidden):
        workspace.change([Change("add", "type", "x")])


def test_who_was_retired_stays_refused(workspace):
    member(workspace, "alice")
    with acting_as(workspace, "alice") as alice:
        workspace.change([Change("remove", "user", "alice")])
        for _attempt in range(2):
            with pytest.raises(Forbidden) as caught:
                alice.records("deal")
            assert caught.value.code == "retired-user"


def test_the_owner_of_the_file_is_journalled_as_who_acts(workspace):
    """Who is no user yet becomes one with the first act, also with one as somebody else."""
    member(workspace, "alice")
    with workspace._database.transaction():
        workspace._database.execute("UPDATE crm_user SET uid = uid + 1 WHERE uid IS NOT NULL")
    with Workspace.open(workspace.path, as_user="alice") as alice:
        alice.add("deal", {"name": "x"})
    query = "SELECT u.uid FROM crm_act a JOIN crm_user u ON u.id = a.impersonator_id"
    assert rows_of(workspace.path, query) == [(os.getuid(),)]
