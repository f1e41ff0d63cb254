"""What a role says of one type, as cells show it, and the changes that make it say otherwise."""

from collections.abc import Mapping
from typing import NamedTuple

from crmtui.i18n import _
from crmtui.model.definitions import Permission, Role
from crmtui.model.nouns import STAGE_ACTIONS
from crmtui.screens.widgets.cell_grid import Cell
from crmtui.screens.words import right_word
from crmtui.store.changes import Change
from crmtui.store.permission_words import EVERY_TYPE, WORDS, decoded

NOTHING = "-"
LEVELS = ("", "read-only", "masked", "hidden", "denied")
"""What a role may make of a field, the mildest first; nothing where it is shown and changed."""


class Said(NamedTuple):
    """What a role says of an operation on a type.

    Args:
        scope: whose records, by what it says of that type; None for none.
        denied: of whose records it forbids it.
        general: whose records, by what it says of every type.
        general_denied: the same of what it forbids.
    """

    scope: str | None
    denied: str | None
    general: str | None
    general_denied: str | None

    @property
    def cell(self) -> Cell:
        """One word: the widest scope; `*` before it where it comes of what holds for every type,
        `!` where something of it is forbidden."""
        denials = {self.denied, self.general_denied} - {None}
        if "all" in denials:
            return Cell(right_word("deny"), "error")
        inherited = self.scope is None or (self.general == "all" and self.scope != "all")
        scope = self.general if inherited else self.scope
        if scope is None:
            return Cell(NOTHING, "dim", "!" if denials else " ")
        word = right_word(scope if scope in WORDS else "expr")
        mark = "!" if denials else "*" if inherited else " "
        return Cell(word, "dim" if inherited else "text", mark)

    def told(self) -> list[str]:
        """The whole of it in words."""
        said = []
        if self.scope:
            said.append(_("let: {scope}").format(scope=scope_word(self.scope)))
        if self.general:
            said.append(_("every type: {scope}").format(scope=scope_word(self.general)))
        for denied in dict.fromkeys((self.denied, self.general_denied)):
            if denied:
                said.append(_("denied: {scope}").format(scope=scope_word(denied)))
        return said or [_("not let")]


def said(role: Role, key: str, operation: str) -> Said:
    """What a role says of an operation on the type with that key, or on every type (`*`)."""
    own = permission(role, key)
    general = permission(role, EVERY_TYPE) if key != EVERY_TYPE else None
    return Said(*_of(own, operation), *_of(general, operation))


def _of(found: Permission | None, operation: str) -> tuple[str | None, str | None]:
    if found is None:
        return None, None
    return getattr(found, f"may_{operation}"), decoded(found.denied).get(operation)


def permission(role: Role, key: str) -> Permission | None:
    """What a role says of a type; None when nothing."""
    return next((each for each in role.permissions if each.key == key and not each.retired), None)


def level(role: Role, key: str, field: str) -> str:
    """What a role makes of a field by what it says of the type: a word of `LEVELS`, or
    `masked:PATTERN`."""
    found = permission(role, key)
    return decoded(found.fields).get(field, "") if found else ""


def forbidden(role: Role, key: str, place: str) -> frozenset[str]:
    """What a role forbids at a stage or `stage.status`."""
    found = permission(role, key)
    said = decoded(found.stages).get(place, "") if found else ""
    return frozenset(said.split(",")) - {""}


def scope_word(scope: str) -> str:
    """A scope in words: an expression as it stands."""
    return right_word(scope) if scope in WORDS else scope


# Changes


def let(role: Role, key: str, operation: str, scope: str | None) -> list[Change]:
    """The changes that let an operation for a scope, or not at all (None); it is not denied."""
    denied = _map(role, key, "denied")
    lifted = {"deny": denied or None} if denied.pop(operation, None) else {}
    return _changes(role, key, {operation: scope, **lifted})


def deny(role: Role, key: str, operation: str, scope: str | None) -> list[Change]:
    """The changes that forbid an operation for a scope, or no more (None)."""
    denied = _map(role, key, "denied") | {operation: scope}
    return _changes(role, key, {"deny": _without_nothing(denied)})


def make_field(role: Role, key: str, field: str, wanted: str) -> list[Change]:
    """The changes that make something of a field; see `level`."""
    fields = _map(role, key, "fields") | {field: wanted}
    return _changes(role, key, {"fields": _without_nothing(fields)})


def forbid(role: Role, key: str, place: str, action: str) -> list[Change]:
    """The changes that forbid an action at a stage, or no more where it is forbidden."""
    actions = forbidden(role, key, place) ^ {action}
    stages = _map(role, key, "stages")
    stages[place] = ",".join(each for each in STAGE_ACTIONS if each in actions)
    return _changes(role, key, {"stages": _without_nothing(stages)})


def unlist(role: Role, key: str) -> list[Change]:
    """The changes that leave a type out of lists of types, or no more."""
    found = permission(role, key)
    return _changes(role, key, {"unlisted": not (found and found.unlisted)})


def _map(role: Role, key: str, name: str) -> dict[str, str]:
    found = permission(role, key)
    return dict(decoded(getattr(found, name))) if found else {}


def _without_nothing(said: Mapping[str, str | None]) -> dict[str, str] | None:
    return {key: value for key, value in said.items() if value} or None


def _changes(role: Role, key: str, values: dict[str, object]) -> list[Change]:
    ref = f"{role.key}.{key}"
    known = next((each for each in role.permissions if each.key == key), None)
    if known is None:
        stated = {name: value for name, value in values.items() if value}
        return [Change("add", "permission", ref, stated)] if stated else []
    restored = [Change("restore", "permission", ref)] if known.retired else []
    return [*restored, Change("set", "permission", ref, values)]
