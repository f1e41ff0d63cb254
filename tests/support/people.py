"""Users, roles and teams for tests."""

from typing import Any

from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace

WORK = "read create update delete move assign export import history report"
"""Everything that a role may let but to configure."""


def granted(workspace: Workspace, role: str, type_key: str, **said: Any) -> None:
    """Let a role do something with a type; the role is made when there is none."""
    changes = []
    if role not in [each.key for each in workspace.configuration().siblings("role", "")]:
        changes.append(Change("add", "role", role))
    workspace.change([*changes, Change("add", "permission", f"{role}.{type_key}", said)])


def member(workspace: Workspace, key: str, uid: int | None = None, **said: Any) -> None:
    """Make a user; one of no stated role may do everything with records, and not configure."""
    if "roles" not in said:
        granted(workspace, f"{key}-role", "*", **dict.fromkeys(WORK.split(), "all"))
        said["roles"] = f"{key}-role"
    values = said | ({"uid": str(uid)} if uid is not None else {})
    workspace.change([Change("add", "user", key, values)])


def acting_as(workspace: Workspace, key: str) -> Workspace:
    """The same workspace, opened as another user."""
    return Workspace.open(workspace.path, command="test", as_user=key)
