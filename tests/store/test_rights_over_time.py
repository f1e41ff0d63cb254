"""Rights that change, and days that pass, while a workspace stays open."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmtui.store import refusals
from crmtui.store.changes import Change
from crmtui.store.errors import Forbidden, NotFound
from crmtui.store.kinds import base
from crmtui.store.workspace import Workspace
from tests.support.people import acting_as, granted
from tests.support.workspaces import changed

TYPES = """
type add deal
field add deal.name kind=text title
field add deal.amount kind=integer
field add deal.due kind=date
field add deal.met kind=datetime
field add deal.owner kind=user
field add deal.late kind=formula formula='due < today()' result=boolean
field add deal.past kind=formula formula='met < now()' result=boolean
"""


@pytest.fixture
def admin(empty: Workspace) -> Workspace:
    """A workspace in which `ann`, by the role `work`, may do everything with deals."""
    changed(empty, TYPES)
    everything = dict.fromkeys("read create update delete assign import share".split(), "all")
    granted(empty, "work", "deal", **everything)
    empty.change([Change("add", "user", each, {"roles": "work"}) for each in ("ann", "bob")])
    empty.add("deal", {"name": "one", "amount": 1, "owner": "ann"})
    empty.add("deal", {"name": "two", "amount": 2, "owner": "bob"})
    return empty


def allow(admin: Workspace, **lets: Any) -> None:
    admin.change([Change("set", "permission", "work.deal", lets)])


def test_a_right_that_is_taken_away_is_gone_between_reading_and_writing(admin: Workspace) -> None:
    with acting_as(admin, "ann") as ann:
        record = ann.record("deal/2")
        allow(admin, update="own")
        with pytest.raises(Forbidden):
            ann.set(record.ref, {"amount": 3})
        allow(admin, read="own")
        with pytest.raises(NotFound):
            ann.set(record.ref, {"amount": 3})
        assert [r.ref for r in ann.records("deal")] == ["deal/1"]
    assert admin.record("deal/2").values["amount"] == 2


@pytest.mark.parametrize(
    "read",
    [
        lambda w: list(w.select("deal").rows),
        lambda w: w.type("deal"),
        lambda w: list(w.export("deal").rows),
        lambda w: w.count("deal"),
        lambda w: w.board("deal"),
        lambda w: w.configuration().place("field", "deal.amount"),
        lambda w: w.may("read", "deal"),
        lambda w: w.tags("deal", "name"),
        lambda w: w.problems("deal", {}),
        lambda w: w.field_states("deal", {}),
    ],
)
def test_whatever_is_asked_first_knows_of_rights_that_others_changed(
    admin: Workspace, read: Any
) -> None:
    allow(admin, export="all")
    with acting_as(admin, "ann") as ann:
        read(ann)
        allow(
            admin, **dict.fromkeys("read create update delete assign import share export".split())
        )
        with pytest.raises(NotFound):
            read(ann)


def test_a_field_that_is_hidden_meanwhile_is_not_there_any_more(admin: Workspace) -> None:
    with acting_as(admin, "ann") as ann:
        assert ann.record("deal/1").values["amount"] == 1
        allow(admin, fields={"amount": "hidden"})
        assert "amount" not in ann.record("deal/1").values
        with pytest.raises(NotFound):
            ann.set("deal/1", {"amount": 5})


def test_who_is_retired_meanwhile_stays_refused_whatever_they_try(admin: Workspace) -> None:
    with acting_as(admin, "ann") as ann:
        ann.record("deal/1")
        admin.change([Change("remove", "user", "ann")])
        for _ in range(3):
            for act in (lambda: ann.records("deal"), lambda: ann.set("deal/1", {"amount": 9})):
                with pytest.raises(Forbidden) as caught:
                    act()
                assert caught.value.code == "retired-user"
        admin.change([Change("restore", "user", "ann")])
        assert ann.count("deal") == 2


def test_who_may_no_longer_act_as_another_does_not(
    admin: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted(admin, "lead", "*", read="all")
    admin.change([Change("set", "role", "lead", {"impersonate": True})])
    admin.change([Change("set", "user", "bob", {"roles": "lead", "uid": "4242"})])
    monkeypatch.setattr("os.getuid", lambda: 4242)
    with Workspace.open(admin.path, as_user="ann") as other:
        assert other.actor.key == "ann" and other.actor.impersonator.key == "bob"
        monkeypatch.undo()
        admin.change([Change("set", "role", "lead", {"impersonate": False})])
        monkeypatch.setattr("os.getuid", lambda: 4242)
        for _ in range(2):
            with pytest.raises(Forbidden):
                other.records("deal")


def test_who_reads_what_is_not_there_does_not_wait_for_who_writes(
    admin: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "PATIENCE", 0.0)
    with acting_as(admin, "ann") as ann, admin._database.transaction(), pytest.raises(NotFound):
        ann.record("deal/99")


def test_an_act_is_judged_by_the_rights_it_began_with(admin: Workspace) -> None:
    """While it writes nobody else does, so that what is let to its first line is to its last."""
    with acting_as(admin, "ann") as ann:
        with ann.intent():
            ann.add("deal", {"name": "first"})
            other = sqlite3.connect(admin.path, timeout=0)
            with pytest.raises(sqlite3.OperationalError):
                other.execute("BEGIN IMMEDIATE")
            other.close()
            ann.add("deal", {"name": "last"})
        allow(admin, create=None)
        with pytest.raises(Forbidden), ann.intent():
            ann.add("deal", {"name": "late"})
    assert [r.title for r in admin.records("deal")] == ["one", "two", "first", "last"]


def test_a_writer_that_waited_is_judged_by_what_came_to_be_meanwhile(admin: Workspace) -> None:
    with acting_as(admin, "ann") as ann:
        rights = ann.rights
        assert rights is not None and rights.policy.on(admin.type("deal")).lets("update")
        taken = ann._database._take_turn

        def waiting(*patience: float) -> None:
            ann._database._take_turn = taken  # type: ignore[method-assign]
            allow(admin, update="own")
            taken(*patience)

        ann._database._take_turn = waiting  # type: ignore[method-assign]
        with pytest.raises(Forbidden):
            ann.set("deal/2", {"amount": 7})


def test_a_record_that_one_gives_away_is_gone_from_what_is_ones_own(admin: Workspace) -> None:
    allow(admin, read="own", assign="own")
    with acting_as(admin, "ann") as ann:
        record, changed_ = ann.set("deal/1", {"owner": "bob"})
        assert changed_ and record.ref == "deal/1" and record.values == {}
        assert ann.records("deal") == [] and ann.counts() == {"deal": 0}
        with pytest.raises(NotFound):
            ann.set("deal/1", {"owner": "ann"})


def test_an_administrator_who_is_one_no_more_does_not_go_on_as_one(admin: Workspace) -> None:
    admin.change([Change("set", "user", "bob", {"administrator": True, "roles": ""})])
    with acting_as(admin, "bob") as bob:
        assert bob.rights is None
        bob.change([Change("set", "user", "bob", {"administrator": False})])
        with pytest.raises(NotFound):
            bob.records("deal")


# Days and moments


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A clock that goes only when it is put on."""

    class Clock(datetime):
        at = datetime(2026, 5, 1, 23, 59, 30, tzinfo=UTC)

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.at if tz is None else cls.at.astimezone(tz)

    monkeypatch.setattr(base, "datetime", Clock)
    yield Clock


def dated(admin: Workspace) -> None:
    for day in ("2026-05-01", "2026-05-02"):
        admin.add("deal", {"name": day, "due": day, "met": f"{day}T00:00:00Z"})


def test_a_scope_of_today_goes_with_the_days(admin: Workspace, clock: Any) -> None:
    dated(admin)
    allow(admin, read="due = today()")
    with acting_as(admin, "ann") as ann:
        assert [r.title for r in ann.records("deal")] == ["2026-05-01"]
        clock.at += timedelta(minutes=1)
        assert [r.title for r in ann.records("deal")] == ["2026-05-02"]
        with pytest.raises(NotFound):
            ann.record("deal/3")
        with pytest.raises(NotFound):
            ann.set("deal/3", {"amount": 1})
        assert ann.record("deal/4").title == "2026-05-02"


def test_a_scope_of_now_goes_with_the_moments(admin: Workspace, clock: Any) -> None:
    dated(admin)
    allow(admin, read="met < now()")
    with acting_as(admin, "ann") as ann:
        assert [r.title for r in ann.records("deal")] == ["2026-05-01"]
        clock.at += timedelta(seconds=31)
        assert [r.title for r in ann.records("deal")] == ["2026-05-01", "2026-05-02"]


def test_a_denial_of_today_goes_with_the_days(admin: Workspace, clock: Any) -> None:
    dated(admin)
    allow(admin, deny={"update": "days_since(due) > 0"})
    with acting_as(admin, "ann") as ann:
        ann.set("deal/3", {"amount": 1})
        clock.at += timedelta(minutes=1)
        with pytest.raises(Forbidden):
            ann.set("deal/3", {"amount": 2})


def test_a_record_that_is_read_again_is_computed_anew(admin: Workspace, clock: Any) -> None:
    dated(admin)
    for workspace in (admin, acting_as(admin, "ann")):
        clock.at = datetime(2026, 5, 1, 23, 59, 30, tzinfo=UTC)
        record = workspace.record("deal/3").values
        assert (record["late"], workspace.record("deal/4").values["past"]) == (0, 0)
        clock.at += timedelta(minutes=1)
        record = workspace.record("deal/3").values
        assert (record["late"], workspace.record("deal/4").values["past"]) == (1, 1)
    workspace.close()


def test_rights_that_name_no_day_are_not_made_again(admin: Workspace, clock: Any) -> None:
    with acting_as(admin, "ann") as ann:
        ann.records("deal")
        rights = ann.rights
        clock.at += timedelta(days=1)
        ann.records("deal")
        assert ann.rights is rights
