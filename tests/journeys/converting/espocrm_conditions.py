"""EspoCRM's dynamic logic as expressions: groups of conditions within and, or, not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.journeys.converting.drafts import Named, Untranslatable
from tests.journeys.converting.keys import quoted

Condition = Mapping[str, Any]


def group(conditions: Sequence[Condition], names: Mapping[str, Named]) -> str:
    """Conditions that must all hold, as an expression.

    Raises:
        Untranslatable: one of them asks for what no expression of ours can tell.
    """
    return _joined("and", conditions, names)


def _joined(word: str, conditions: Sequence[Condition], names: Mapping[str, Named]) -> str:
    if not conditions:
        return "true"
    parts = [_condition(each, names) for each in conditions]
    return parts[0] if len(parts) == 1 else f" {word} ".join(f"({part})" for part in parts)


def _condition(condition: Condition, names: Mapping[str, Named]) -> str:
    sort = condition["type"]
    value = condition.get("value")
    if sort in ("and", "or"):
        return _joined(sort, value or (), names)
    if sort == "not":
        inner = value if isinstance(value, list) else [value]
        return f"({group([each for each in inner if each], names)}) is not true"
    attribute = str(condition["attribute"])
    if attribute == "$user.id":
        raise Untranslatable("asks for one user by their number")
    if attribute.startswith("$user."):
        raise Untranslatable("asks for the teams or roles of the user")
    named = _named(attribute, names)
    if value == "$user.id" and named.kind == "user":
        return f"{named.sql} {'=' if sort == 'equals' else 'is not'} me()"
    if sort in _BARE:
        return _BARE[sort](named)
    if sort not in _WITH_VALUE:
        raise Untranslatable(f"has the condition {sort}")
    return _WITH_VALUE[sort](named, value)


def _named(attribute: str, names: Mapping[str, Named]) -> Named:
    for name in (attribute, *(attribute.removesuffix(end) for end in ("Id", "Ids", "Name"))):
        if name in names:
            return names[name]
    raise Untranslatable(f"names {attribute}, which is no field")


def _literal(named: Named, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if named.kind in ("link", "multilink", "user"):
        raise Untranslatable("asks for one record by its number")
    return quoted(named.values.get(str(value), str(value)))


def _among(named: Named, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    empty = [each for each in values if each in ("", None)]
    literals = ", ".join(_literal(named, each) for each in values if each not in empty)
    found = f"{named.sql} in ({literals})" if literals else "false"
    return f"({found}) or {named.sql} is null" if empty else found


def _has(named: Named, value: Any) -> str:
    if named.kind in ("multichoice", "tags"):
        return f"has({named.sql}, {_literal(named, value)})"
    return f"contains({named.sql}, {quoted(str(value))})"


def _moment(named: Named) -> str:
    return "now()" if named.kind == "datetime" else "today()"


_BARE: dict[str, Callable[[Named], str]] = {
    "isEmpty": lambda f: f"{f.sql} is null",
    "isNotEmpty": lambda f: f"{f.sql} is not null",
    "isTrue": lambda f: f"{f.sql} is true",
    "isFalse": lambda f: f"{f.sql} is not true",
    "isToday": lambda f: f"days_since({f.sql}) = 0",
    "inFuture": lambda f: f"{f.sql} > {_moment(f)}",
    "inPast": lambda f: f"{f.sql} < {_moment(f)}",
}

_WITH_VALUE: dict[str, Callable[[Named, Any], str]] = {
    "equals": lambda f, v: f"{f.sql} = {_literal(f, v)}",
    "notEquals": lambda f, v: f"{f.sql} is not {_literal(f, v)}",
    "greaterThan": lambda f, v: f"{f.sql} > {_literal(f, v)}",
    "lessThan": lambda f, v: f"{f.sql} < {_literal(f, v)}",
    "greaterThanOrEquals": lambda f, v: f"{f.sql} >= {_literal(f, v)}",
    "lessThanOrEquals": lambda f, v: f"{f.sql} <= {_literal(f, v)}",
    "in": _among,
    "notIn": lambda f, v: f"({_among(f, v)}) is not true",
    "contains": _has,
    "has": _has,
    "notContains": lambda f, v: f"({_has(f, v)}) is not true",
    "notHas": lambda f, v: f"({_has(f, v)}) is not true",
    "startsWith": lambda f, v: f"substr({f.sql}, 1, {len(str(v))}) = {quoted(str(v))}",
    "endsWith": lambda f, v: f"substr({f.sql}, -{len(str(v))}) = {quoted(str(v))}",
}
