"""A deal that two sides change: what it is, and what they are told."""

from typing import Any

import pytest

from crmtui.store.clash import ChangedMeanwhile
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump

DEFINE = """
type add person
field add person.name title
type add deal
field add deal.name title
field add deal.amount label=Amount label_zh=金额 kind=money currency=USD
field add deal.double kind=formula result=decimal formula='amount * 2'
field add deal.customer kind=link to=person
field add deal.contacts kind=multilink to=person
field add deal.tags kind=tags
field add deal.home kind=address
field add deal.source kind=choice
option add deal.source.web label=Website
option add deal.source.fair label='Trade fair'
field add deal.hot kind=boolean
field add deal.closes kind=date
field add deal.owner kind=user
field add deal.paper kind=file
stage add deal lead label=Lead label_zh=线索
stage add deal offer
status add deal.offer sent
stage add deal won category=closed outcome=won
"""


def with_a_deal(workspace: Workspace) -> Workspace:
    """Define deals, and add one, and three persons."""
    changed(workspace, DEFINE)
    for name in ("Ada", "Bob", "Eve"):
        workspace.add("person", {"name": name})
    workspace.add("deal", {"name": "Deal", "amount": "100", "tags": "a,b", "source": "web"})
    return workspace


def refused(workspace: Workspace, act: Any) -> ChangedMeanwhile:
    """The error of an act that changes nothing."""
    before = dump(workspace.path)
    with pytest.raises(ChangedMeanwhile) as caught:
        act()
    assert dump(workspace.path) == before
    return caught.value


def values(error: ChangedMeanwhile) -> dict[str, tuple[Any, Any, Any]]:
    """Before, theirs and yours of each field that an error tells, as machines read them."""
    return {f["field"]: (f["before"], f["theirs"], f["yours"]) for f in error.facts["fields"]}


def held(workspace: Workspace, *keys: str) -> list[str]:
    """What fields of the deal hold."""
    record = workspace.record("deal/1")
    return [record.entry(key) for key in keys]
