"""The changes that grant, deny, hide and take back: another permission, made of the one there is.

A permission is one definition with many attributes. Whoever grants one operation more means the
others to stay; here each such word becomes the change that says just that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Permission, Role, Type
from crmtui.model.keys import normal_key
from crmtui.model.message import N_
from crmtui.model.nouns import NOUNS, OPERATIONS, SCOPED, STAGE_ACTIONS
from crmtui.store import layouts
from crmtui.store.changes import Change
from crmtui.store.errors import NotFound
from crmtui.store.grants import EVERY_TYPE
from crmtui.store.permission_words import (
    actions_of,
    decoded,
    operation_of,
    scope_of,
    stage_ref,
)
from crmtui.store.query import no_field

ALL = "all"
"""Stands for every operation, and for every action at a stage."""


def granted(
    role: Role,
    type_: Type | None,
    words: Iterable[str],
    scope: str = ALL,
    *,
    unlisted: bool | None = None,
) -> list[Change]:
    """The changes that let a role do some operations, for the records of a scope.

    Args:
        type_: of which type; None for every type.
        words: the operations. `all` is each but `configure`, which is let by its own name; where
            the scope is not `all`, it is each that can be let for some records.
        unlisted: whether the type is left out of lists of types; None leaves that as it is.

    Raises:
        Misused: a word is no operation.
    """
    scope = scope_of(scope)
    every = [name for name in OPERATIONS if name in SCOPED or (scope == ALL and name == "import")]
    values: dict[str, Any] = dict.fromkeys(_operations(words, every), scope)
    if unlisted is not None:
        values["unlisted"] = unlisted
    return _changes(role, type_, values)


def denied(role: Role, type_: Type | None, words: Iterable[str], scope: str = ALL) -> list[Change]:
    """The changes that deny a role some operations, whatever this and other roles let.

    Args:
        words: the operations; `all` is each, or each that can be denied for some records.

    Raises:
        Misused: a word is no operation.
    """
    scope = scope_of(scope)
    every = [name for name in OPERATIONS if name in SCOPED or scope == ALL]
    said = _map(role, type_, "denied") | dict.fromkeys(_operations(words, every), scope)
    return _changes(role, type_, {"deny": {n: said[n] for n in OPERATIONS if n in said}})


def revoked(role: Role, type_: Type | None, words: Iterable[str] = ()) -> list[Change]:
    """The changes that take back what was let and denied; without operations, the permission whole.

    Raises:
        Misused: a word is no operation.
        NotFound: the role says nothing of the type.
    """
    permission = _in_use(role, type_)
    if permission is None:
        raise no_permission(role, type_)
    operations = _operations(words, OPERATIONS)
    if not operations:
        return [Change("remove", "permission", _ref(role, type_))]
    values: dict[str, Any] = {
        name: None for name in operations if getattr(permission, f"may_{name}")
    }
    said = decoded(permission.denied)
    kept = {name: scope for name, scope in said.items() if name not in operations}
    if kept != said:
        values["deny"] = kept
    left = {name for name, value in _said(permission).items() if values.get(name, value)}
    if values and not left:
        return [Change("remove", "permission", _ref(role, type_))]
    return _changes(role, type_, values)


def of_fields(role: Role, type_: Type | None, keys: Iterable[str], level: str) -> list[Change]:
    """The changes that make something of fields.

    Args:
        level: one of `FIELD_LEVELS`, `masked:PATTERN`, or empty for nothing.

    Raises:
        NotFound: the type has no such field.
    """
    said = _map(role, type_, "fields")
    for word in keys:
        key = normal_key(word)
        if type_ is not None and key not in (field.key for field in type_.all_fields):
            raise no_field(type_, key)
        said.pop(key, None)
        if level:
            said[key] = level
    return _changes(role, type_, {"fields": said})


def at_stage(
    role: Role, type_: Type, place: str, denied: Iterable[str], allowed: Iterable[str]
) -> list[Change]:
    """The changes that forbid a role some actions at a stage or status, and no longer others.

    Args:
        place: `stage` or `stage.status`.
        denied, allowed: of `STAGE_ACTIONS`; `all` is each of them.

    Raises:
        NotFound: the type has no such stage or status.
        Misused: a word is no such action.
    """
    ref, said = stage_ref(type_, place), _map(role, type_, "stages")
    actions = set(actions_of(said.pop(ref, ""))) | _actions(denied)
    actions -= _actions(allowed)
    if actions:
        said[ref] = ",".join(action for action in STAGE_ACTIONS if action in actions)
    return _changes(role, type_, {"stages": said})


def laid_out(role: Role, type_: Type, kind: str, edit: Callable[[Type, Any], Any]) -> list[Change]:
    """The changes that give a role's users a layout of their own.

    Args:
        kind: `form`, `detail`, `list` or `card`.
        edit: makes of the type as the role has it laid out, and of its layout (or the keys of a
            list or card), another one.
    """
    seen = as_laid_out(role, type_)
    keyed = kind in layouts.KEYED
    present = layouts.columns_of(seen, kind) if keyed else layouts.whole(seen, kind)
    permission = _in_use(role, type_)
    kept = getattr(permission, _attr(kind)) if permission else None
    content = layouts.content(seen, kind, edit(seen, present), kept)
    return _changes(role, type_, {kind: content})


def laid_out_again(role: Role, type_: Type, kinds: Sequence[str]) -> list[Change]:
    """The changes that lay a type out for a role's users as for everybody."""
    permission = _in_use(role, type_)
    kept = [kind for kind in kinds if permission and getattr(permission, _attr(kind))]
    return _changes(role, type_, dict.fromkeys(kept))


def as_laid_out(role: Role, type_: Type) -> Type:
    """A type with the layouts that a role has of it; they go before those of stages."""
    permission = _in_use(role, type_)
    attributes = (_attr(kind) for kind in layouts.LAYOUTS)
    own = {name: kept for name in attributes if (kept := getattr(permission, name, None))}
    sectioned = {name: None for name in own if name.endswith("_layout")}
    stages = tuple(stage.but(**sectioned) for stage in type_.all_stages)
    return type_.but(**own, all_stages=stages) if own else type_


def _attr(kind: str) -> str:
    return NOUNS["permission"].attributes[kind].attr


def no_permission(role: Role, type_: Type | None) -> NotFound:
    """The error for a role that says nothing of a type."""
    return NotFound(
        "no-such-permission",
        N_("the role {role} says nothing of {type}"),
        f"crmtui role show {role.key}",
        role=role.key,
        type=_key(type_),
    )


def _changes(role: Role, type_: Type | None, values: Mapping[str, Any]) -> list[Change]:
    """The changes by which a permission says some things besides what it says already.

    One that sets nothing tells that there is nothing to change.
    """
    ref, found = _ref(role, type_), _found(role, type_)
    said = {name: value for name, value in values.items() if value or value is False}
    if not said and (found is None or found.retired):
        return [Change("set", "permission", ref)]
    if found is None:
        return [Change("add", "permission", ref, said)]
    if not found.retired:
        return [Change("set", "permission", ref, dict(values))]
    # What was taken back must not come back by being restored.
    gone = dict.fromkeys(name for name, value in _said(found).items() if value)
    restore = Change("restore", "permission", ref)
    return [restore, Change("set", "permission", ref, gone | said)]


def _said(permission: Permission) -> dict[str, Any]:
    """What a permission says, by attribute."""
    attributes = NOUNS["permission"].attributes
    return {name: getattr(permission, each.attr) for name, each in attributes.items()}


def _map(role: Role, type_: Type | None, name: str) -> dict[str, str]:
    permission = _in_use(role, type_)
    return decoded(getattr(permission, name)) if permission else {}


def _in_use(role: Role, type_: Type | None) -> Permission | None:
    found = _found(role, type_)
    return None if found is None or found.retired else found


def _found(role: Role, type_: Type | None) -> Permission | None:
    return next((each for each in role.permissions if each.key == _key(type_)), None)


def _key(type_: Type | None) -> str:
    return EVERY_TYPE if type_ is None else type_.key


def _ref(role: Role, type_: Type | None) -> str:
    return f"{role.key}.{_key(type_)}"


def _operations(words: Iterable[str], every: Sequence[str] | Mapping[str, str]) -> list[str]:
    """The operations that words mean, each once and in their order."""
    given = [word for each in words for word in each.split(",") if word.strip()]
    named = {operation_of(word) for word in given if word.strip().casefold() != ALL}
    if len(named) < len(given) and any(word.strip().casefold() == ALL for word in given):
        named |= set(every)
    return [operation for operation in OPERATIONS if operation in named]


def _actions(words: Iterable[str]) -> set[str]:
    given = [word for each in words for word in each.split(",") if word.strip()]
    if ALL in (word.strip().casefold() for word in given):
        return set(STAGE_ACTIONS)
    return set(actions_of(",".join(given)))
