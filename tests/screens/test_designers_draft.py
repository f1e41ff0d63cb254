"""The draft: changes of the configuration that are gathered before any of them is made."""

from collections.abc import AsyncIterator

import pytest

from crmtui.screens.acts import Acts
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.threads import WorkspaceThread
from crmtui.store.changes import Change
from crmtui.store.errors import Conflict, CrmError, NotFound
from crmtui.store.workspace import Workspace
from tests.support.workspaces import dump


@pytest.fixture
async def draft(filled: str) -> AsyncIterator[DesignDraft]:
    thread = WorkspaceThread(lambda: Workspace.open(filled, command="test"), "test")
    draft = DesignDraft(Acts(thread, "en"))
    await draft.look()
    yield draft
    thread.close()


def words(draft: DesignDraft) -> list[str]:
    return [str(change.describe()) for change in draft.changes]


async def test_what_it_foresees_is_not_written(draft: DesignDraft, filled: str) -> None:
    before = dump(filled)
    await draft.put(Change("add", "field", "deal.discount", {"kind": "decimal"}))
    found = draft.foresight.type("deal")
    assert found is not None and found.field_by_key["discount"].kind == "decimal"
    assert dump(filled) == before


async def test_only_what_the_store_accepts_comes_in(draft: DesignDraft) -> None:
    with pytest.raises(NotFound):
        await draft.put(Change("set", "field", "deal.none", {"label": "x"}))
    with pytest.raises(CrmError):
        await draft.put(Change("set", "field", "deal.name", {"required_when": "amont > 1"}))
    assert draft.changes == ()


async def test_what_changes_nothing_is_left_out(draft: DesignDraft) -> None:
    await draft.put(Change("set", "field", "deal.name", {"label": "Name"}))
    await draft.put(Change("set", "type", "deal", {"label": "Opportunity"}))
    await draft.put(Change("set", "type", "deal", {"label": "Deal"}))
    assert draft.changes == ()


async def test_what_is_said_of_one_thing_is_one_change(draft: DesignDraft) -> None:
    await draft.put(Change("add", "field", "deal.discount", {"kind": "decimal"}))
    await draft.put(Change("set", "field", "deal.discount", {"label": "Discount", "scale": 1}))
    await draft.put(Change("set", "field", "deal.name", {"label": "Title"}))
    await draft.put(Change("set", "field", "deal.name", {"help": "What it is"}))
    assert [dict(change.values) for change in draft.changes] == [
        {"kind": "decimal", "label": "Discount", "scale": 1},
        {"label": "Title", "help": "What it is"},
    ]


async def test_a_change_stays_behind_what_it_needs(draft: DesignDraft) -> None:
    await draft.put(Change("set", "field", "deal.amount", {"label": "Sum"}))
    await draft.put(Change("add", "field", "deal.discount", {"kind": "decimal"}))
    await draft.put(Change("set", "field", "deal.amount", {"required_when": "discount > 1"}))
    assert [change.ref for change in draft.changes] == [
        "deal.amount",
        "deal.discount",
        "deal.amount",
    ]


async def test_what_the_draft_added_itself_is_never_made_when_retired(
    draft: DesignDraft,
) -> None:
    await draft.put(
        Change("add", "field", "deal.size", {"kind": "choice"}),
        Change("add", "option", "deal.size.small"),
        Change("order", "field", "deal", {"keys": ["size", "name"]}),
    )
    await draft.put(Change("remove", "field", "deal.size"))
    assert draft.changes == ()


async def test_what_the_draft_added_itself_gets_its_new_key_at_once(draft: DesignDraft) -> None:
    await draft.put(
        Change("add", "field", "deal.size", {"kind": "choice"}),
        Change("add", "option", "deal.size.small"),
        Change("order", "field", "deal", {"keys": ["size", "name"]}),
    )
    await draft.put(Change("rename", "field", "deal.size", {"key": "extent"}))
    assert words(draft)[:2] == ["add field deal.extent", "add option deal.extent.small"]
    assert draft.changes[2].values["keys"][:2] == ["extent", "name"]


async def test_a_stage_of_the_same_key_as_a_field_is_left_alone(draft: DesignDraft) -> None:
    await draft.put(
        Change("add", "field", "deal.size", {"kind": "choice"}),
        Change("add", "option", "deal.size.small"),
        Change("add", "stage", "deal.size", {}),
        Change("add", "status", "deal.size.big", {}),
    )
    await draft.put(Change("remove", "field", "deal.size"))
    assert [change.noun for change in draft.changes] == ["stage", "status"]


async def test_the_last_step_is_taken_back(draft: DesignDraft) -> None:
    await draft.put(Change("set", "type", "deal", {"label": "One"}))
    await draft.put(Change("set", "type", "deal", {"label": "Two"}))
    assert await draft.step_back() and draft.changes[0].values == {"label": "One"}
    assert await draft.step_back() and draft.changes == ()
    assert not await draft.step_back()


async def test_all_of_it_is_one_act_that_is_undone_whole(draft: DesignDraft, filled: str) -> None:
    await draft.put(Change("set", "type", "deal", {"label": "Chance"}))
    await draft.put(Change("add", "field", "deal.discount", {"kind": "decimal"}))
    await draft.apply()
    with Workspace.open(filled) as workspace:
        assert workspace.type("deal").label == "Chance"
        log = list(workspace.log(limit=2))
        assert log[0].act == log[1].act
    await draft._acts.undo()
    with Workspace.open(filled) as workspace:
        assert workspace.type("deal").label == "Deal"
        assert "discount" not in workspace.type("deal").field_by_key


async def test_what_others_changed_meanwhile_is_told_and_not_overwritten(
    draft: DesignDraft, filled: str
) -> None:
    await draft.put(Change("set", "type", "deal", {"label": "Mine"}))
    with Workspace.open(filled, command="elsewhere") as other:
        other.change([Change("set", "type", "deal", {"label": "Theirs"})])
        other.add("account", {"name": "A record is no conflict"})
    await draft.put(Change("set", "type", "deal", {"description": "More of mine"}))
    with pytest.raises(Conflict) as told:
        await draft.apply()
    assert "set type deal: label=Theirs" in str(told.value.message)
    with Workspace.open(filled) as workspace:
        assert workspace.type("deal").label == "Theirs"
    # It was told; who goes on all the same has seen what is there now.
    await draft.apply()
    with Workspace.open(filled) as workspace:
        assert workspace.type("deal").label == "Mine"


async def test_records_changed_meanwhile_are_no_conflict(draft: DesignDraft, filled: str) -> None:
    await draft.put(Change("set", "type", "deal", {"label": "Mine"}))
    with Workspace.open(filled, command="elsewhere") as other:
        other.set("deal/1", {"name": "Other"})
    await draft.apply()
    with Workspace.open(filled) as workspace:
        assert workspace.type("deal").label == "Mine"
