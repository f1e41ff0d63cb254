"""What users and roles may do with types, line by line: operations with their scopes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from crmtui.model.definitions import Type
from crmtui.model.nouns import FIELD_LEVELS, OPERATIONS, STAGE_ACTIONS
from crmtui.store.grants import Grant
from crmtui.store.permission_words import has_place
from crmtui.store.policy import TypePolicy


class Cell(NamedTuple):
    """For which records an operation is let, and for which it is denied: scopes."""

    lets: tuple[str, ...]
    denied: tuple[str, ...]


class Line(NamedTuple):
    """What a user or a role may do with the records of a type.

    Args:
        who: the key of the user or the role.
        type: the key of the type; `*` for every type.
        cells: by operation, of those that are let or denied.
        fields: field key to what is made of it.
        stages: stage or `stage.status` to what is forbidden there.
    """

    who: str
    type: str
    cells: Mapping[str, Cell]
    fields: Mapping[str, str]
    stages: Mapping[str, tuple[str, ...]]


def line(who: str, type_: Type, policy: TypePolicy, grants: Sequence[Grant]) -> Line:
    """What grants let and forbid together.

    Args:
        type_: as who asks sees it; what is not in it is not told.
        policy: writes scopes as who asks may read them.
    """
    cells = {}
    for operation in OPERATIONS:
        lets = _together(each.lets.get(operation, ()) for each in grants)
        denied = _together(each.denies.get(operation, ()) for each in grants)
        if lets or denied:
            cells[operation] = Cell(
                tuple(policy.scope_told(scope) for scope in lets),
                tuple(policy.denial_told(operation, scope) for scope in denied),
            )
    stages = {}
    for place in dict.fromkeys(place for each in grants for place in each.stages):
        actions = {action for each in grants for action in each.stages.get(place, ())}
        if has_place(type_, place):
            stages[place] = tuple(action for action in STAGE_ACTIONS if action in actions)
    levels = {
        key: _level(grants, key)
        for key in type_.field_by_key
        if any(key in each.levels for each in grants)
    }
    fields = {key: level for key, level in levels.items() if level}
    return Line(who, type_.key, cells, fields, stages)


def _together(scopes: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Scopes of several roles; what is for all records is for each of them."""
    found = tuple(dict.fromkeys(scope for each in scopes for scope in each))
    return ("all",) if "all" in found else found


def _level(grants: Sequence[Grant], key: str) -> str:
    """What several roles make of a field; nothing where one of them shows it whole."""
    levels = [each.level(key) for each in grants]
    if "denied" in levels:
        return "denied"
    reading = [each.level(key) for each in grants if "read" in each.lets] or levels
    return min(reading, key=lambda level: ("", *FIELD_LEVELS).index(level.partition(":")[0]))
