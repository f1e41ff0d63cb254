"""What a role says of one type, as cells show it, and the changes that make it say otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from crmtui.i18n import _
from crmtui.model.definitions import Permission, Role, Type
from crmtui.model.permissions import scope_said
from crmtui.screens.widgets.cell_grid import Cell
from crmtui.screens.words import right_word
from crmtui.store import permission_changes
from crmtui.store.changes import Change
from crmtui.store.grants import EVERY_TYPE
from crmtui.store.permission_words import WORDS, decoded

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
            said.append(scope_said(self.scope).text(_))
        if self.general:
            said.append(_("every type: {scope}").format(scope=scope_said(self.general).text(_)))
        for denied in dict.fromkeys((self.denied, self.general_denied)):
            if denied:
                said.append(_("denied: {scope}").format(scope=scope_said(denied).text(_)))
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


# Changes


def let(role: Role, type_: Type | None, operation: str, scope: str | None) -> Sequence[Change]:
    """The changes that let an operation for a scope, or not at all (None); it is not denied then.

    Args:
        type_: None for every type.
    """
    found = permission(role, _key(type_))
    if scope is None:
        return permission_changes.revoked(role, type_, [operation]) if found else ()
    changes = permission_changes.granted(role, type_, [operation], scope)
    denied = decoded(found.denied) if found else {}
    if denied.pop(operation, None) is not None:
        *before, last = changes
        changes = [*before, replace(last, values={**last.values, "deny": denied})]
    return changes


def deny(role: Role, type_: Type | None, operation: str) -> Sequence[Change]:
    """The changes that forbid an operation, or no more where it is forbidden."""
    found = permission(role, _key(type_))
    denied = decoded(found.denied) if found else {}
    if denied.pop(operation, None) is None:
        return permission_changes.denied(role, type_, [operation])
    return [Change("set", "permission", f"{role.key}.{_key(type_)}", {"deny": denied})]


def make_field(role: Role, type_: Type, field: str, wanted: str) -> Sequence[Change]:
    """The changes that make something of a field; see `level`."""
    if not wanted and not level(role, type_.key, field):
        return ()
    return permission_changes.of_fields(role, type_, [field], wanted)


def forbid(role: Role, type_: Type, place: str, action: str) -> Sequence[Change]:
    """The changes that forbid an action at a stage, or no more where it is forbidden."""
    is_forbidden = action in forbidden(role, type_.key, place)
    denied, allowed = ([], [action]) if is_forbidden else ([action], [])
    return permission_changes.at_stage(role, type_, place, denied, allowed)


def unlist(role: Role, type_: Type) -> Sequence[Change]:
    """The changes that leave a type out of lists of types, or no more."""
    found = permission(role, type_.key)
    return permission_changes.granted(role, type_, [], unlisted=not (found and found.unlisted))


def _key(type_: Type | None) -> str:
    return EVERY_TYPE if type_ is None else type_.key
