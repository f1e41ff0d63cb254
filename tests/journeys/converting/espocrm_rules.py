"""What EspoCRM holds the values of a field to: its own settings, and its dynamic logic."""

from collections.abc import Mapping
from typing import Any

from tests.journeys.converting.drafts import Draft, Named, TypeDraft, Untranslatable
from tests.journeys.converting.espocrm_conditions import group

Spec = Mapping[str, Any]

_PATTERNS = {
    "$noBadCharacters": "[^<>=]+",
    "$noAsciiSpecialCharacters": r"[^`~!@#$%^&*()_+={}\[\]|\\:;\"'<,>.?]+",
    "$latinLetters": "[A-Za-z]+",
    "$latinLettersDigits": "[A-Za-z0-9]+",
    "$latinLettersWhitespace": "[A-Za-z ]+",
    "$latinLettersDigitsWhitespace": "[A-Za-z0-9 ]+",
    "$digits": "[0-9]+",
    "$id": "[A-Za-z0-9_=\\-.]+",
    "$phoneNumberLoose": "[0-9A-Za-z_@:#+().\\- ]+",
}
_WHEN = {
    "visible": "visible_when",
    "required": "required_when",
    "readOnly": "read_only_when",
    "readOnlySaved": "read_only_when",
}
_BOUNDED = ("integer", "decimal", "money", "percent")
_LONG = ("text", "longtext")
_LONG_BY_RULE = ("url", "email", "phone")
_COMPUTED = ("formula", "lookup", "rollup", "autonumber")


def settings(draft: Draft, type_: TypeDraft, name: str, spec: Spec) -> None:
    """Give a field what its own settings say, and say so of each."""
    named = type_.names[name]
    source = f"{type_.source}.{name}"
    if named.kind == "stage" or named.sql not in type_.fields:
        _of_part(draft, type_, named, source, spec)
        return
    field = type_.fields[named.sql]
    place = type_.place(named.sql)
    kind = field["kind"]
    if kind in _COMPUTED:
        return
    if spec.get("required"):
        field["required"] = True
        draft.expressed(source, "validation", "required", place)
    bounds = {"min": spec.get("min", spec.get("minValue")), "max": spec.get("max")}
    for name_, bound in bounds.items():
        if bound is not None and kind in _BOUNDED:
            field[name_] = str(bound)
            draft.expressed(source, "validation", name_, place)
    if spec.get("maxLength") and kind in _LONG:
        field["max_length"] = int(spec["maxLength"])
        draft.expressed(source, "validation", "maxLength", place)
    elif spec.get("maxLength") and kind in _LONG_BY_RULE:
        rule = f"length({named.sql}) <= {int(spec['maxLength'])}"
        found = type_.validate(f"{name}-length", rule, "is too long")
        draft.expressed(source, "validation", "maxLength", found)
    if spec.get("pattern") and kind in ("text", "longtext"):
        _pattern(draft, field, source, str(spec["pattern"]), place)
    _order(draft, type_, named, source, spec)
    if spec.get("maxCount") and kind in ("tags", "multichoice"):
        rule = f"json_get({named.sql}, '{int(spec['maxCount'])}') is null"
        found = type_.validate(f"{name}-count", rule, f"at most {spec['maxCount']}")
        draft.expressed(source, "validation", "maxCount", found)
    if spec.get("accept") and kind == "file":
        ends = [f"{named.sql} like '%{end}'" for end in spec["accept"] if end.startswith(".")]
        if ends:
            rule = f"{named.sql} is null or {' or '.join(ends)}"
            found = type_.validate(f"{name}-accepted", rule, "another sort of file is expected")
            draft.expressed(source, "validation", "accept", found)
    _unchanging(draft, field, source, spec, place)
    _default(draft, type_, named, source, spec)


def _pattern(
    draft: Draft, field: dict[str, Any], source: str, pattern: str, place: tuple[str, ...]
) -> None:
    if pattern.startswith("$") and pattern not in _PATTERNS:
        draft.impossible(source, "validation", "pattern", f"{pattern} is not known here")
        return
    field["pattern"] = _PATTERNS.get(pattern, pattern).removeprefix("^").removesuffix("$")
    draft.expressed(source, "validation", "pattern", place)


def _order(draft: Draft, type_: TypeDraft, named: Named, source: str, spec: Spec) -> None:
    field = type_.fields[named.sql]
    for word, sign in (
        ("after", ">"),
        ("before", "<"),
        ("afterOrEqual", ">="),
        ("beforeOrEqual", "<="),
    ):
        other = type_.names.get(spec.get(word) or "")
        if other is None:
            continue
        equal = word.endswith("OrEqual") or spec.get("afterOrEqual") is True
        if equal:
            field["min_field" if sign[0] == ">" else "max_field"] = other.sql
            draft.expressed(source, "validation", word, type_.place(named.sql))
        else:
            rule = f"{named.sql} {sign} {other.sql}"
            found = type_.validate(f"{named.sql}-{word}", rule, f"comes {word} {other.sql}")
            draft.expressed(source, "validation", word, found)


def _unchanging(
    draft: Draft, field: dict[str, Any], source: str, spec: Spec, place: tuple[str, ...]
) -> None:
    if spec.get("readOnlyAfterCreate"):
        field["write_once"] = True
        draft.expressed(source, "validation", "readOnlyAfterCreate", place)
    elif spec.get("readOnly"):
        field["read_only_when"] = "true"
        why = "can be given when the record is made, and never changes"
        draft.approximated(source, "validation", "readOnly", why, place)


def _default(draft: Draft, type_: TypeDraft, named: Named, source: str, spec: Spec) -> None:
    value = spec.get("default")
    if value in (None, "", []):
        return
    place = type_.place(named.sql)
    field = type_.fields[named.sql]
    text = str(value)
    if text.startswith("javascript:"):
        made = "today" if "getToday" in text else "now" if "getNow" in text else None
        if made is None:
            draft.impossible(source, "default", "default", "is computed by program code")
            return
        field["default"] = made
        why = "begins at the minute, not rounded to the quarter" if made == "now" else None
        draft.judged(source, "default", "default", why, place)
        return
    if isinstance(value, list):
        text = ",".join(named.values.get(str(each), str(each)) for each in value)
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    field["default"] = named.values.get(text, text)
    draft.expressed(source, "default", "default", place)


def _of_part(draft: Draft, type_: TypeDraft, named: Named, source: str, spec: Spec) -> None:
    """The settings of a part of a name or an address, and of the status."""
    if named.kind == "stage":
        if spec.get("default"):
            first = next(iter(named.values), None)
            why = None if first == spec["default"] else "a new record stands at the first stage"
            draft.judged(source, "default", "default", why, ("types", type_.key, "stages"))
        return
    whole = named.sql.partition(".")[0]
    if spec.get("required"):
        rule = f"{named.sql} is not null"
        found = type_.validate(f"{named.sql}-needed".replace(".", "-"), rule, "a value is required")
        type_.fields[whole]["required"] = True
        draft.expressed(source, "validation", "required", found)
    if spec.get("maxLength"):
        rule = f"{named.sql} is null or length({named.sql}) <= {int(spec['maxLength'])}"
        found = type_.validate(f"{named.sql}-length".replace(".", "-"), rule, "is too long")
        draft.expressed(source, "validation", "maxLength", found)
    if spec.get("pattern"):
        why = "a part of a name or an address has no pattern of its own"
        draft.impossible(source, "validation", "pattern", why)


def logic(draft: Draft, type_: TypeDraft, definition: Spec) -> None:
    """Give fields and options the conditions of the dynamic logic, and say so of each."""
    for name, sorts in (definition.get("fields") or {}).items():
        for sort, content in sorts.items():
            conditions = (content or {}).get("conditionGroup")
            if conditions:
                _condition(draft, type_, name, sort, conditions)
    for name, lists in (definition.get("options") or {}).items():
        if lists:
            _options(draft, type_, name, lists)


def _condition(draft: Draft, type_: TypeDraft, name: str, sort: str, conditions: Any) -> None:
    source = f"{type_.source}.{name}"
    named = type_.names.get(name)
    if named is None:
        draft.impossible(source, "validation", sort, "the field itself is not here")
        return
    try:
        expression = group(conditions, type_.names)
    except Untranslatable as problem:
        draft.impossible(source, "validation", sort, str(problem))
        return
    field = type_.fields.get(named.sql)
    if sort == "invalid" or (field is None and sort == "required"):
        rule = f"({expression}) is not true"
        if sort == "required":
            rule = f"{rule} or {named.sql} is not null"
        found = type_.validate(f"{name}-{sort}", rule, "the value is not valid here")
        draft.expressed(source, "validation", sort, found)
    elif field is None:
        why = "the process and parts of a value have no conditions of their own"
        draft.impossible(source, "validation", sort, why)
    elif sort not in _WHEN:
        draft.impossible(source, "validation", sort, f"there is nothing like {sort}")
    elif field["kind"] in _COMPUTED and sort != "visible":
        draft.expressed(source, "validation", sort, type_.place(named.sql))
    else:
        before = field.get(_WHEN[sort])
        field[_WHEN[sort]] = f"({before}) or ({expression})" if before else expression
        why = (
            "looks at the record as it is kept, not as it is typed" if sort == "readOnly" else None
        )
        draft.judged(source, "validation", sort, why, type_.place(named.sql))


def _options(draft: Draft, type_: TypeDraft, name: str, lists: Any) -> None:
    """Options that depend on others: the first list whose conditions hold is the one."""
    source = f"{type_.source}.{name}"
    named = type_.names.get(name)
    field = type_.fields.get(named.sql) if named else None
    if named is None or (field is None and named.kind != "stage"):
        draft.impossible(source, "validation", "options", "the field itself is not here")
        return
    whens: dict[str, list[str]] = {value: [] for value in named.values}
    earlier: list[str] = []
    try:
        for each in lists:
            holds = group(each["conditionGroup"], type_.names)
            first = " and ".join([*(f"({e}) is not true" for e in earlier), f"({holds})"])
            for value in each["optionList"]:
                if value in whens:
                    whens[value].append(first)
            earlier.append(holds)
    except Untranslatable as problem:
        draft.impossible(source, "validation", "options", str(problem))
        return
    otherwise = " and ".join(f"({each}) is not true" for each in earlier)
    for value, found in whens.items():
        when = " or ".join(f"({each})" for each in [*found, otherwise])
        if field is None:
            key = named.values[value]
            type_.validate(f"{name}-{key}", f"stage <> '{key}' or {when}", "cannot stand there")
        elif field.get("options"):
            field["options"][named.values[value]]["when"] = when
    place = type_.place(named.sql) if field else ("types", type_.key, "validations")
    if field is not None and not field.get("options"):
        draft.impossible(
            source, "validation", "options", "options that are shared have no conditions"
        )
    else:
        draft.expressed(source, "validation", "options", place)
