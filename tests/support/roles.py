"""Teams and roles over the deals of `tests.support.workspaces`, and documents applied to them."""

from typing import Any

from crmtui.store import spec
from crmtui.store.changes import Change, plain
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed

ROLES = """
teams:
  sales: {label: Sales}
  north: {label: North, label_zh: 北区, parent: sales}
roles:
  seller:
    label_zh: 销售
    permissions:
      deal:
        read: own
        update: own
        deny: {delete: all, update: value > 1000000}
        fields: {rate: hidden, notes: "masked:a**", owner: read-only}
        stages: {won: [enter], lead.waiting: [edit, leave]}
        form: [{key: main, fields: [name, value]}]
        list: [name, value]
      account: {read: all, unlisted: true}
  boss:
    impersonate: true
    permissions:
      '*': {read: all, report: all}
"""


def staff(workspace: Workspace) -> Workspace:
    """Let deals have owners, and make two teams and two roles."""
    changed(workspace, "field add deal.owner kind=user")
    apply(workspace, ROLES)
    return workspace


def apply(workspace: Workspace, document: str, **wanted: Any) -> list[str]:
    """Apply a document; its changes, a line for each."""
    wanted = {"overwrite": True} | wanted
    done = workspace.apply(spec.read(document, "x"), **wanted)
    return [line(change) for change in done.changes]


def plan(workspace: Workspace, document: str, **wanted: Any) -> list[str]:
    """What a document would change, a line for each change."""
    found = workspace.proposal(spec.read(document, "x"), **wanted)
    return [line(change) for change in found.changes]


def line(change: Change) -> str:
    """A change in a line: `set role boss: impersonate=false`, `retire permission boss.*`."""
    if change.verb in ("set", "add") and change.values and change.noun == "permission":
        said = ", ".join(f"{name}={plain(value)}" for name, value in change.values.items())
        return f"{change.verb} {change.noun} {change.ref}: {said}"
    return str(change.describe())
