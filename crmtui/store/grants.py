"""What one role says of one type: what it lets, denies and forbids, and makes of fields."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from crmtui.model.definitions import Permission, Role, Status, Type
from crmtui.model.message import N_

EVERY_TYPE = "*"
"""The key of what a role says of every type."""

WORDS = (N_("own"), N_("team"), N_("all"))
"""Scopes that are a word; every other one is an expression."""

AT_STAGE = {
    "read": "see",
    "update": "edit",
    "delete": "edit",
    "assign": "edit",
    "move": "leave",
}
"""What must not be forbidden at the stage of a record, for an operation on it."""

_OPERATIONS = tuple(n[4:] for n in Permission.__annotations__ if n.startswith("may_"))
_LEVELS = ("", "read-only", "masked", "hidden", "denied")
"""What a role makes of a field, the mildest first; as `FIELD_LEVELS`, for what loads no nouns."""

Words = Callable[[str | None], Iterable[tuple[str, str]]]
"""Reads a map of words to words that a permission keeps as JSON."""


class Grant(NamedTuple):
    """What one role says of one type: what it says of the type and of every type, together.

    Args:
        rule: the reference of the permission, for who asks.
        lets, denies: operation to scopes.
        levels: field key to `hidden`, `masked:PATTERN` or `read-only`.
        stages: stage or `stage.status` to the actions that are forbidden there.
    """

    role: Role
    rule: str
    lets: Mapping[str, tuple[str, ...]]
    denies: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, str]
    stages: Mapping[str, frozenset[str]]
    permissions: tuple[Permission, ...]

    def level(self, key: str) -> str:
        """What the role makes of a field; empty when nothing."""
        return self.levels.get(key, "")


def granted_by(role: Role, type_: Type, words: Words | None = None) -> Grant | None:
    """What a role says of a type; None when it says nothing.

    Args:
        words: reads what a permission keeps as JSON; SQLite does it quicker than what Python has.
    """
    if words is None:
        words = _words
    found = [p for p in live(role) if p.key in (type_.key, EVERY_TYPE)]
    # Of two masks that of the type itself counts: it comes last.
    found.sort(key=lambda permission: permission.key != EVERY_TYPE)
    if not found:
        return None
    lets: dict[str, tuple[str, ...]] = {}
    denies: dict[str, tuple[str, ...]] = {}
    levels: dict[str, str] = {}
    stages: dict[str, frozenset[str]] = {}
    for permission in found:
        for operation in _OPERATIONS:
            scope = getattr(permission, f"may_{operation}")
            if scope:
                lets[operation] = (*lets.get(operation, ()), scope)
        for operation, denied in words(permission.denied):
            denies[operation] = (*denies.get(operation, ()), denied)
        for key, level in words(permission.fields):
            levels[key] = max(level, levels.get(key, ""), key=_strictness)
        for place, actions in words(permission.stages):
            stages[place] = stages.get(place, frozenset()) | set(actions.split(","))
    own = found[-1]
    return Grant(role, f"{role.key}.{own.key}", lets, denies, levels, stages, tuple(found))


def live(role: Role) -> Iterable[Permission]:
    """The permissions of a role that are in use."""
    return (permission for permission in role.permissions if not permission.retired)


def places_of(status: Status) -> frozenset[str]:
    """The stage of a status, and the status itself, as permissions name both."""
    return frozenset((status.stage, status.ref))


def reaches(operation: str, level: str) -> bool:
    """Whether a role that makes this of a field lets an operation on it."""
    word = level.partition(":")[0]
    if operation == "read":
        return word not in ("hidden", "denied")
    if operation == "create":
        # What one enters oneself one knows already.
        return word in ("", "masked")
    return not word


def _strictness(level: str) -> int:
    return _LEVELS.index(level.partition(":")[0])


def _words(text: str | None) -> Iterable[tuple[str, str]]:
    from crmtui.store.permission_words import decoded

    return decoded(text).items()
