"""What Salesforce holds records to: validation rules, filters of lookups, record types."""

from collections.abc import Mapping, Sequence

from tests.journeys.converting.drafts import (
    Draft,
    TypeDraft,
    Untranslatable,
    add_options,
)
from tests.journeys.converting.infix import Node, parsed
from tests.journeys.converting.keys import quoted
from tests.journeys.converting.salesforce_fields import dependent
from tests.journeys.converting.salesforce_files import Part
from tests.journeys.converting.salesforce_formulas import Formula, enclosed
from tests.journeys.converting.salesforce_reach import Reach

_BEFORE = ("ISCHANGED", "PRIORVALUE")


def rules(draft: Draft, type_: TypeDraft, each: Part) -> None:
    """Give a type what its fields, validations and record types hold records to."""
    for part in each.all("fields"):
        if part.one("valueSet").text("controllingField"):
            dependent(draft, type_, part)
        if part.all("lookupFilter"):
            _lookup_filter(draft, type_, part)
    for rule in each.all("validationRules"):
        if rule.flag("active"):
            _validation(draft, type_, rule)
    _record_types(draft, type_, each)


def _lookup_filter(draft: Draft, type_: TypeDraft, part: Part) -> None:
    source = f"{type_.source}.{part.text('fullName')}"
    link = type_.names.get(part.text("fullName"))
    other = draft.types.get(link.target or "") if link else None
    if link is None or other is None:
        draft.impossible(
            source, "validation", "lookupFilter", "is about users, or what is not here"
        )
        return
    parts = []
    for item in part.one("lookupFilter").all("filterItems"):
        named = other.names.get(item.text("field").partition(".")[2])
        value = item.text("valueField")
        own = type_.names.get(value.rpartition(".")[2])
        if named is None or item.text("operation") != "equals" or (value and own is None):
            why = "compares with what is not here"
            draft.impossible(source, "validation", "lookupFilter", why)
            return
        if own is not None and named.kind == "link":
            # A link over a link is a reference: `account/42`.
            target = type_.fields[own.sql]["to"]
            parts.append(f"{link.sql}.{named.sql} = '{target}/' || {own.sql}.id")
        elif own is not None:
            parts.append(f"{link.sql}.{named.sql} = {own.sql}")
        else:
            literal = quoted(named.values.get(item.text("value"), item.text("value")))
            if named.kind == "boolean":
                literal = item.text("value").lower()
            parts.append(f"{link.sql}.{named.sql} = {literal}")
    message = part.one("lookupFilter").text("errorMessage") or "cannot be chosen here"
    rule = f"{link.sql} is null or ({' and '.join(parts)})"
    place = type_.validate(f"{link.sql}-fits", rule, message)
    why = "what does not fit is refused, not kept off the list"
    draft.approximated(source, "validation", "lookupFilter", why, place)


def _validation(draft: Draft, type_: TypeDraft, rule: Part) -> None:
    name = rule.text("fullName")
    source = f"{type_.source}.{name}"
    text = rule.text("errorConditionFormula")
    message = rule.text("errorMessage")
    formula = Formula(Reach(draft, type_))
    try:
        tree = parsed(text)
        if _as_pattern(draft, type_, tree, source, message) or _as_fixed(
            draft, type_, tree, source
        ):
            return
        condition = formula.expression(text)
    except Untranslatable as problem:
        draft.impossible(source, "validation", "validationRule", str(problem))
        return
    place = type_.validate(name, f"{enclosed(condition)} is not true", message)
    why = "; ".join(dict.fromkeys(formula.notes)) or None
    draft.judged(source, "validation", "validationRule", why, place)


def _as_pattern(draft: Draft, type_: TypeDraft, tree: Node, source: str, message: str) -> bool:
    """A rule that a field must match a regular expression is its pattern."""
    tree = _without_blank_test(tree)
    if not (_is_call(tree, "NOT") or tree.sort == "not") or not _is_call(tree.parts[0], "REGEX"):
        return False
    field, pattern = tree.parts[0].parts
    named = type_.names.get(field.word)
    if named is None or pattern.sort != "text" or named.kind not in ("text", "longtext"):
        return False
    type_.fields[named.sql] |= {"pattern": pattern.word, "pattern_message": message}
    draft.expressed(source, "validation", "validationRule", type_.place(named.sql))
    return True


def _as_fixed(draft: Draft, type_: TypeDraft, tree: Node, source: str) -> bool:
    """A rule that a field may not change while something holds is when it is read-only."""
    parts = list(tree.parts) if _is_call(tree, "AND") or tree.sort == "&&" else [tree]
    changed = [p for p in parts if _is_call(p, "ISCHANGED")]
    if len(changed) != 1 or changed[0].parts[0].sort != "name":
        return False
    named = type_.names.get(changed[0].parts[0].word)
    others = [p for p in parts if p is not changed[0]]
    if named is None or named.sql not in type_.fields or any(_mentions(p, _BEFORE) for p in others):
        return False
    if type_.fields[named.sql]["kind"] in ("autonumber", "formula", "rollup", "lookup"):
        return False
    formula = Formula(Reach(draft, type_))
    rests = [formula.part(part) for part in others if not _is_new_test(part)]
    type_.fields[named.sql]["read_only_when"] = " and ".join(rests) or "true"
    why = "looks at the record as it is kept, not as it is typed"
    draft.approximated(source, "validation", "validationRule", why, type_.place(named.sql))
    return True


def _record_types(draft: Draft, type_: TypeDraft, each: Part) -> None:
    """Record types as a choice: by it, which options of the other choices there are."""
    kinds = [each_ for each_ in each.all("recordTypes") if each_.flag("active")]
    if not kinds:
        return
    key = type_.add("RecordType", "choice", label="Record type")
    type_.names["RecordTypeId"] = type_.names["RecordType"]
    values = [(kind.text("fullName"), {"label": kind.text("label")}) for kind in kinds]
    add_options(draft, type_, "RecordType", key, values)
    draft.expressed(f"{type_.source}.RecordType", "field", "recordTypes", type_.place(key))
    record_types = type_.names["RecordType"].values
    allowed: dict[str, dict[str, list[str]]] = {}
    for kind in kinds:
        for listed in kind.all("picklistValues"):
            name = listed.text("picklist")
            for value in listed.all("values"):
                own = record_types[kind.text("fullName")]
                allowed.setdefault(name, {}).setdefault(value.text("fullName"), []).append(own)
    for name, by_value in allowed.items():
        _of_record_types(draft, type_, key, name, by_value)


def _of_record_types(
    draft: Draft, type_: TypeDraft, key: str, name: str, by_value: Mapping[str, Sequence[str]]
) -> None:
    source = f"{type_.source}.{name}"
    named = type_.names.get(name)
    field = type_.fields.get(named.sql) if named else None
    if named is None or not named.values or (field is None and named.kind != "stage"):
        why = "the picklist itself is not here"
        draft.impossible(source, "validation", "picklistValues", why)
        return
    for value, own in named.values.items():
        keys = ", ".join(map(quoted, by_value.get(value, ())))
        when = f"{key} in ({keys})" if keys else "false"
        if field is None:
            type_.validate(
                f"{own}-of-type",
                f"stage <> '{own}' or {key} is null or {when}",
                "no stage of this record type",
            )
        elif field.get("options"):
            before = field["options"][own].get("when")
            when = f"{key} is null or {when}"
            field["options"][own]["when"] = f"({before}) and ({when})" if before else when
    place = type_.place(named.sql) if field else ("types", type_.key, "validations")
    draft.expressed(source, "validation", "picklistValues", place)


def _is_call(node: Node, name: str) -> bool:
    return node.sort == "call" and node.word.upper() == name


def _is_new_test(node: Node) -> bool:
    inner = node.parts[0] if (_is_call(node, "NOT") or node.sort == "not") else node
    return _is_call(inner, "ISNEW")


def _mentions(node: Node, names: Sequence[str]) -> bool:
    return any(_is_call(node, n) for n in names) or any(_mentions(p, names) for p in node.parts)


def _without_blank_test(tree: Node) -> Node:
    """`AND(NOT(ISBLANK(x)), NOT(REGEX(x, ...)))` says no more than its second part."""
    if not (_is_call(tree, "AND") or tree.sort == "&&"):
        return tree
    parts = [p for p in tree.parts if not (_is_call(p, "NOT") and _is_call(p.parts[0], "ISBLANK"))]
    return parts[0] if len(parts) == 1 else tree
