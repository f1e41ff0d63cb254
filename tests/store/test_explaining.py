"""What is explained is what happens: the same policy says yes, refuses and makes lists."""

import pytest

from crmtui.model.nouns import OPERATIONS
from crmtui.store.changes import Change
from crmtui.store.errors import Forbidden, NotFound
from tests.support.people import acting_as, granted, member


@pytest.fixture
def deals(workspace):
    """Deals of bob and of nobody, at two stages; bob may do different things with them."""
    workspace.change(
        [
            Change("add", "field", "deal.owner", {"kind": "user"}),
            Change("add", "role", "clerk"),
            Change("add", "role", "closer"),
            Change(
                "add",
                "permission",
                "clerk.deal",
                {
                    "read": "all",
                    "update": "own",
                    "move": "own",
                    "assign": "value < 50",
                    "fields": {"rate": "read-only", "seats": "hidden"},
                    "stages": {"won": "edit,enter", "lead.waiting": "leave"},
                },
            ),
            Change(
                "add",
                "permission",
                "closer.deal",
                {"delete": "stage = 'lead'", "deny": {"update": "value > 60"}},
            ),
        ]
    )
    member(workspace, "bob", roles="clerk,closer")
    member(workspace, "carol", roles="clerk")
    for number, stage in enumerate(("lead", "won", "lead.waiting", "lost")):
        for owner in ("bob", None):
            value = str(number * 20 + 15)
            workspace.add("deal", {"name": f"{stage}", "value": value, "owner": owner}, stage)
    return workspace


def given_away(workspace, ref):
    with workspace.handing_over(dry_run=True) as handing:
        handing.assign(ref, "carol")


def test_the_answer_is_what_happens(deals):
    """Each question about each deal, and the act itself, undone."""
    acts = {
        "update": lambda w, ref: w.set(ref, {"name": "x"}, dry_run=True),
        "delete": lambda w, ref: w.remove(ref, dry_run=True),
        "move": lambda w, ref: w.move(ref, "lost", dry_run=True),
        "assign": given_away,
    }
    more = {"update": "name", "move": "lost", "assign": "owner"}
    answers = set()
    with acting_as(deals, "bob") as bobs:
        for number in range(1, 9):
            ref = f"deal/{number}"
            for operation, act in acts.items():
                answer = deals.explaining().explain("bob", operation, ref, more.get(operation))
                same = bobs.explaining().explain("bob", operation, ref, more.get(operation))
                assert str(same.decision.reason) == str(answer.decision.reason)
                answers.add((operation, answer.decision.allowed))
                if answer.decision.allowed:
                    act(bobs, ref)
                    continue
                with pytest.raises(Forbidden) as refused:
                    act(bobs, ref)
                assert str(refused.value.facts["reason"]) == str(answer.decision.reason)
    assert answers == {(operation, yes) for operation in acts for yes in (True, False)}


def test_fields_are_answered_for_as_they_are_written(deals):
    explain = deals.explaining().explain
    for field, allowed in (("name", True), ("rate", False), ("seats", False)):
        answer = explain("bob", "update", "deal/1", field)
        assert answer.decision.allowed is allowed
        with acting_as(deals, "bob") as bobs:
            if allowed:
                bobs.set("deal/1", {field: "1"}, dry_run=True)
                continue
            with pytest.raises((Forbidden, NotFound)) as refused:
                bobs.set("deal/1", {field: "1"})
            hidden = field == "seats"
            assert isinstance(refused.value, NotFound if hidden else Forbidden)


def test_a_field_is_not_seen_where_what_it_stands_on_is_hidden(deals):
    formula = {"kind": "formula", "formula": "coalesce(seats, 0) + 1", "result": "integer"}
    deals.change([Change("add", "field", "deal.chairs", formula)])
    answer = deals.explaining().explain("bob", "read", "deal/1", "chairs")
    assert not answer.decision.allowed
    assert str(answer.decision.reason) == "what it stands on may not be seen"
    with acting_as(deals, "bob") as bobs, pytest.raises(NotFound):
        bobs.explaining().explain("bob", "read", "deal/1", "chairs")


def test_every_operation_can_be_asked_about(deals):
    for operation in OPERATIONS:
        answer = deals.explaining().explain("bob", operation, "deal/1")
        told = dict(answer.roles)
        assert set(told) == {"clerk", "closer"}
        assert all(said.text.text() for sayings in told.values() for said in sayings)


def test_a_scope_that_rests_is_told_and_lets_nothing(deals):
    deals.change([Change("remove", "field", "deal.value")])
    answer = deals.explaining().explain("bob", "assign", "deal/1")
    assert not answer.decision.allowed
    clerk = dict(answer.roles)["clerk"]
    assert clerk[0].text.text() == "lets assign for records where value < 50"
    assert clerk[0].holds is False
    denied = deals.explaining().explain("bob", "update", "deal/1")
    assert str(denied.decision.reason) == "closer.deal denies update for records where value > 60"


def test_who_made_the_workspace_may_ask_before_their_first_act(empty):
    answer = empty.explaining()
    with pytest.raises(NotFound):
        answer.explain(empty.actor.key, "read", "nothing")
    (line,) = list(answer.of_users(empty.actor.key))
    assert set(line.cells) == set(OPERATIONS)


def test_a_role_of_a_role_is_told_to_whom_it_is(deals):
    granted(deals, "other", "deal", read="all")
    assert {line.who for line in deals.explaining().of_roles()} == {"clerk", "closer", "other"}
    with acting_as(deals, "bob") as bobs:
        assert {line.who for line in bobs.explaining().of_roles()} == {"clerk", "closer"}
        with pytest.raises(NotFound):
            list(bobs.explaining().of_roles("other"))
