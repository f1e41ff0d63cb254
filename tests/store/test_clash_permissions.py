"""Concurrent editing by who may not see or do everything: they are told what they may know."""

from collections.abc import Iterator

import pytest

from crmtui.store.changes import Change
from crmtui.store.clash import ASK, OURS
from crmtui.store.errors import Forbidden, NotFound
from crmtui.store.values import Edit, Plus
from crmtui.store.workspace import Workspace
from tests.support.clashes import held, refused, values, with_a_deal
from tests.support.people import acting_as, granted, member


@pytest.fixture
def deals(empty: Workspace) -> Workspace:
    """A deal at revision 1, and three persons."""
    return with_a_deal(empty)


@pytest.fixture
def sales(deals: Workspace) -> Iterator[Workspace]:
    """The same as somebody who sees of deals all but the amount, and their history."""
    granted(
        deals,
        "sales",
        "deal",
        **dict.fromkeys(("read", "update", "move", "delete", "history"), "all"),
        fields={"amount": "hidden", "name": "masked"},
    )
    member(deals, "alice", roles="sales")
    with acting_as(deals, "alice") as opened:
        yield opened


def test_of_what_an_actor_does_not_see_nothing_is_told(deals, sales):
    deals.set("deal/1", {"amount": 5, "name": "Secret"})
    error = refused(sales, lambda: sales.set("deal/1", {"hot": True}, 1))
    assert list(values(error)) == ["hot"] and "Secret" not in str(error)
    assert sales.meanwhile("deal/1", 1, {"hot": True}).theirs == ()
    for ours in ({"amount": 6}, {"nothing": 6}):
        with pytest.raises(NotFound) as caught:
            sales.set("deal/1", ours, 1, merge=OURS)
        assert caught.value.code == "no-such-field"
    with pytest.raises(Forbidden):
        sales.set("deal/1", {"name": "x"}, 1, merge=OURS)
    assert sales.set("deal/1", {"hot": True}, 1, merge=ASK)[1] is True
    assert held(deals, "amount", "name", "hot") == ["5.00", "Secret", "true"]


def test_a_record_that_an_actor_does_not_see_is_not_there(deals, sales):
    deals.change([Change("set", "permission", "sales.deal", {"read": "own"})])
    deals.set("deal/1", {"hot": True})
    for act in (
        lambda: sales.set("deal/1", {"hot": False}, 1),
        lambda: sales.set("deal/1", {"hot": False}, 9),
        lambda: list(sales.move_all(["deal/1"], "won", revision=1)),
        lambda: sales.remove("deal/1", 1),
        lambda: sales.meanwhile("deal/1", 1),
    ):
        with pytest.raises(NotFound) as caught:
            act()
        assert str(caught.value) == "there is no record deal/1  [no-such-record]"


def test_what_an_actor_may_not_do_is_refused_before_anything_is_told(deals, sales):
    lets = {"update": "own", "move": "own", "delete": "own"}
    deals.change([Change("set", "permission", "sales.deal", lets)])
    deals.set("deal/1", {"hot": True})
    for act in (
        lambda: sales.set("deal/1", {"hot": False}, 1),
        lambda: list(sales.move_all(["deal/1"], "won", revision=1)),
        lambda: sales.remove("deal/1", 1),
    ):
        with pytest.raises(Forbidden):
            act()


def test_who_may_move_and_not_change_moves_what_others_have_changed(deals, sales):
    deals.change([Change("set", "permission", "sales.deal", {"update": None})])
    deals.set("deal/1", {"hot": True})
    ((_, moved),) = sales.move_all(["deal/1"], "won", revision=1, merge=ASK)
    assert moved and deals.record("deal/1").stage == "won"


def test_who_may_not_look_back_is_told_what_is_now_and_not_what_was(deals, sales):
    deals.change([Change("set", "permission", "sales.deal", {"history": None})])
    deals.set("deal/1", {"source": "fair", "tags": "x"})
    error = refused(sales, lambda: sales.set("deal/1", {"source": "web", "hot": True}, 1))
    assert values(error) == {
        "tags": (None, "x", None),
        "source": (None, "fair", "web"),
        "hot": (None, None, "true"),
    }
    assert {field["by"] for field in error.facts["fields"]} == {None}
    assert "tags is now x; source is now Trade fair, yours Website" in str(error)
    # What they leave as it was would tell them what it was, if it were no change of theirs.
    assert list(
        values(refused(sales, lambda: sales.set("deal/1", {"source": "web"}, 1, merge=ASK)))
    ) == ["source"]
    sales.set("deal/1", {"hot": True, "tags": Edit((Plus("y"),))}, 1, merge=ASK)
    assert held(deals, "source", "tags", "hot") == ["fair", "x,y", "true"]


def test_a_stage_that_an_actor_does_not_see_is_not_named(deals, sales):
    stages = {"lead": "see"}
    deals.change([Change("set", "permission", "sales.deal", {"stages": stages})])
    deals.move("deal/1", "won")
    error = refused(sales, lambda: sales.set("deal/1", {"hot": True}, 1))
    assert values(error)["status"] == (None, "won.closed", None)
