"""Stages and statuses: what people may call them, and where a record may go."""

import pytest

from crmtui.model.definitions import Stage, Status, Type
from crmtui.store.errors import NotFound, Refused
from crmtui.store.process import available_moves, first_status, status_words, target_status
from tests.support.workspaces import change, changed


@pytest.mark.parametrize(
    ("target", "ref"),
    [
        ("lead", "lead.open"),
        ("LEAD", "lead.open"),
        (" lead ", "lead.open"),
        ("线索", "lead.open"),
        ("lead.waiting", "lead.waiting"),
        ("Lead.Waiting", "lead.waiting"),
        ("线索.waiting", "lead.waiting"),
        ("线索.进行中", "lead.open"),
        ("won", "won.closed"),
        ("won.已关闭", "won.closed"),
    ],
)
def test_a_stage_alone_means_its_first_status(workspace, target, ref):
    assert target_status(workspace.type("deal"), target).ref == ref


@pytest.mark.parametrize(
    "target", ["waiting", "open", "", ".", "lead.", "lead.nothing", "won.open"]
)
def test_a_status_alone_is_no_place(workspace, target):
    with pytest.raises(NotFound):
        target_status(workspace.type("deal"), target)


def test_what_was_probably_meant_is_said(workspace):
    with pytest.raises(NotFound, match="did you mean lead.waiting"):
        target_status(workspace.type("deal"), "lead.wating")
    with pytest.raises(NotFound, match="it has lead, won, lost"):
        target_status(workspace.type("deal"), "zzz")
    with pytest.raises(Refused, match="account has no stages"):
        target_status(workspace.type("account"), "lead")


def test_keys_win_over_labels():
    def stage(number, key, label):
        status = Status(id=number, key="open", label="Open", stage=key)
        return Stage(id=number, key=key, label=label, statuses=(status,))

    words = status_words(
        Type(id=1, key="t", all_stages=(stage(1, "a", "b"), stage(2, "b", "a"), stage(3, "c", "a")))
    )
    assert words["a"].stage == words["a.open"].stage == "a"
    assert words["b"].stage == words["b.open"].stage == "b"


def test_a_record_may_go_everywhere_but_where_it_stands(workspace):
    workspace.add("deal", {"name": "a"})
    moves = [status.ref for status in workspace.available_moves("deal/1")]
    assert moves == ["lead.waiting", "won.closed", "lost.closed"]
    for target in moves:
        record, moved = workspace.move("deal/1", target)
        assert moved and f"{record.stage}.{record.status}" == target


def test_a_move_to_the_present_status_is_nothing(workspace):
    workspace.add("deal", {"name": "a"})
    before = workspace.journal_position()
    for target in ("lead", "lead.open", "线索"):
        record, moved = workspace.move("deal/1", target)
        assert not moved and record.revision == 1
    assert workspace.journal_position() == before


def test_retired_stages_and_statuses_are_no_place_to_go(workspace):
    changed(workspace, "stage remove deal.won\nstatus remove deal.lead.waiting")
    deal = workspace.type("deal")
    assert [s.ref for s in available_moves(deal, "lead", "open")] == ["lost.closed"]
    for target in ("won", "won.closed", "lead.waiting"):
        with pytest.raises(NotFound):
            target_status(deal, target)


def test_the_first_status_is_that_of_the_first_stage_that_has_one(workspace):
    assert first_status(workspace.type("deal")).ref == "lead.open"
    assert first_status(workspace.type("account")) is None
    changed(workspace, "stage order deal lost")
    assert first_status(workspace.type("deal")).ref == "lost.closed"


def test_moving_by_removal_of_a_stage_is_an_act_of_the_journal(workspace):
    workspace.add("deal", {"name": "a"}, "won")
    workspace.change([change("stage remove deal.won move_to=lost")])
    entry = workspace.history("deal/1", machine=True)[0]
    assert (entry.op, entry.changes[0].before, entry.changes[0].after) == (
        "move",
        "won.closed",
        "lost.closed",
    )
    assert workspace.record("deal/1").revision == 2
