"""What is worth telling of a permission that was changed: what it means, and what stands against.

`own` and `team` mean something else for each type, and what a role lets may be denied by the same
role; whoever grants learns of it at once.
"""

from collections.abc import Mapping
from typing import Any

from crmtui.model import permissions
from crmtui.model.definitions import Permission, Type
from crmtui.model.message import N_, Message, Word
from crmtui.model.nouns import OPERATIONS
from crmtui.store.permission_words import decoded

_OWNED = {
    "own": N_("own: {field} is the user"),
    "team": N_("team: {field} is of a team that the user belongs to or leads, or one below"),
}
_MADE = {
    "own": N_("own: the user added it; {type} has no field for its owner"),
    "team": N_("team: somebody of the user's teams added it; {type} has no field for its owner"),
}
_EVERY = {
    "own": N_("own: the owner of a record is the user; without such a field, whoever added it"),
    "team": N_("team: the same of those in the user's teams, those they lead, and those below"),
}


def of_change(
    rule: str, type_: Type | None, before: Permission | None, after: Mapping[str, Any]
) -> list[Message]:
    """What to tell of a permission that was added or changed.

    Args:
        rule: `role.type`.
        type_: what it is about; None for every type.
        after: the columns that are different now.
    """
    denied = after.get("denied", before.denied if before else None)
    scopes = {name: after.get(f"may_{name}") for name in OPERATIONS}
    told = [_meaning(type_, word) for word in _OWNED if word in scopes.values()]
    shut = [Word(name) for name in OPERATIONS if scopes.get(name) and name in decoded(denied)]
    if shut:
        told.append(
            Message(
                N_("{operations}: denied by the same role; crmtui role revoke {words} lifts that"),
                operations=shut,
                words=rule.replace(".", " ", 1) + " " + ",".join(shut),
            )
        )
    return told


def of_removal(permission: Permission) -> list[Message]:
    """What to tell of a permission that is taken back whole: what it forbade goes with it."""
    forbidden = [
        *permissions.denials_said(decoded(permission.denied)),
        *permissions.fields_said(decoded(permission.fields)),
        *permissions.stages_said(decoded(permission.stages)),
    ]
    return [Message(N_("no longer: {sentences}"), sentences=forbidden)] if forbidden else []


def _meaning(type_: Type | None, word: str) -> Message:
    if type_ is None:
        return Message(_EVERY[word])
    owner = type_.owner_field
    if owner is None:
        return Message(_MADE[word], type=type_.key)
    return Message(_OWNED[word], field=f"{type_.key}.{owner.key}")
