"""Salesforce's types of field as ours."""

import re

from tests.journeys.converting.drafts import Draft, Named, TypeDraft, Untranslatable, add_options
from tests.journeys.converting.keys import quoted
from tests.journeys.converting.salesforce_files import Part

ALIKE = {
    "Text": "text",
    "TextArea": "longtext",
    "LongTextArea": "longtext",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Time": "time",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Number": "decimal",
    "Currency": "money",
    "Percent": "percent",
    "Picklist": "choice",
    "MultiselectPicklist": "multichoice",
    "AutoNumber": "autonumber",
    "Hierarchy": "user",
    "Address": "address",
}
NEAR = {
    "Html": ("longtext", "formatted text is kept as its source"),
    "MetadataRelationship": ("text", "names a definition of theirs"),
}
LOST = {"EncryptedText": "secrets have no place in a file that its readers can read"}
RESULTS = {
    "Text": "text",
    "Number": "decimal",
    "Currency": "money",
    "Percent": "percent",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "TextArea": "text",
}
_SCALED = ("decimal", "money", "percent")


def number_settings(kind: str, part: Part, currency: str) -> dict[str, object]:
    """The scale of a number and its currency."""
    scale = int(part.text("scale", "0") or 0)
    found: dict[str, object] = {}
    if kind in _SCALED:
        found["scale"] = min(scale, 9)
    if kind == "money":
        found["currency"] = currency
    return found


def series(text: str) -> tuple[dict[str, object], str | None]:
    """A display format (`INV-{YYYY}-{0000}`) as an automatic number, and what is not as it was."""
    digits = re.search(r"\{(0+)\}", text)
    prefix = text.replace("{YYYY}", "{Y}").replace("{MM}", "{M}").replace("{DD}", "{D}")
    before, after = prefix.split(digits.group())[:2] if digits else (prefix, "")
    why = None
    if after or "{YY}" in before:
        why = "what stands behind the number, and a year of two digits, are left out"
        before = before.replace("{YY}", "")
    return {"prefix": before, "padding": len(digits.group(1)) if digits else 4}, why


def add_picklist(
    draft: Draft, type_: TypeDraft, part: Part, key: str, global_sets: dict[str, tuple[str, str]]
) -> str | None:
    """Give a picklist its options; those of a global set belong to the first field that has it.

    Returns:
        What is not as it was.
    """
    name = part.text("fullName")
    values = part.one("valueSet")
    shared = values.text("valueSetName")
    if shared and shared in global_sets:
        type_key, field_key = global_sets[shared]
        type_.fields[key]["options_of"] = f"{type_key}.{field_key}"
        owner = next(t for t in draft.types.values() if t.key == type_key)
        known = next(n for n in owner.names.values() if n.sql == field_key)
        type_.names[name] = type_.names[name]._replace(values=known.values)
        return None
    listed = values.one("valueSetDefinition").all("value") or part.one("picklist").all(
        "picklistValues"
    )
    if not listed:
        type_.fields[key]["kind"] = "text"
        type_.names[name] = type_.names[name]._replace(kind="text")
        return "its values are not in the definition"
    add_options(draft, type_, name, key, options(listed))
    if shared:
        global_sets[shared] = (type_.key, key)
    first = next((v.text("fullName") for v in listed if v.flag("default")), None)
    if first is not None:
        type_.fields[key]["default"] = type_.names[name].values[first]
        draft.expressed(f"{type_.source}.{name}", "default", "default", type_.place(key))
    return None


def options(listed: list[Part]) -> list[tuple[str, dict[str, object]]]:
    """Values of a set with their labels; those that are not active are left out."""
    return [
        (value.text("fullName"), {"label": value.text("label") or value.text("fullName")})
        for value in listed
        if value.text("isActive", "true") != "false"
    ]


def dependent(draft: Draft, type_: TypeDraft, part: Part) -> None:
    """Say by which values of another field each option can be chosen."""
    name = part.text("fullName")
    source = f"{type_.source}.{name}"
    values = part.one("valueSet")
    control = type_.names.get(values.text("controllingField"))
    own = type_.names.get(name)
    field = type_.fields.get(own.sql) if own else None
    if control is None or own is None or field is None or not field.get("options"):
        why = "options that are shared, or a control that is not here, have no conditions"
        draft.impossible(source, "validation", "controllingField", why)
        return
    whens: dict[str, list[str]] = {value: [] for value in own.values}
    for setting in values.all("valueSettings"):
        if setting.text("valueName") in whens:
            each = [value.value for value in setting.all("controllingFieldValue")]
            whens[setting.text("valueName")] += each
    for value, allowed in whens.items():
        if control.kind == "boolean":
            when = " or ".join("x is true" if a == "checked" else "x is not true" for a in allowed)
            when = when.replace("x", control.sql) or "false"
        else:
            keys = ", ".join(quoted(control.values.get(a, a)) for a in allowed)
            when = f"{control.sql} in ({keys})" if keys else "false"
        field["options"][own.values[value]]["when"] = when
    draft.expressed(source, "validation", "controllingField", type_.place(own.sql))


def summary_filter(part: Part, names: dict[str, Named]) -> str:
    """The filter of a roll-up as an expression over the records it gathers."""
    parts = []
    for item in part.all("summaryFilterItems"):
        named = names.get(item.text("field").partition(".")[2])
        if named is None:
            raise Untranslatable("filters by a field that is not here")
        parts.append(_filter(named, item.text("operation"), item.text("value")))
    return " and ".join(f"({each})" for each in parts) if len(parts) > 1 else "".join(parts)


_SIGNS = {"lessThan": "<", "greaterThan": ">", "lessOrEqual": "<=", "greaterOrEqual": ">="}


def _filter(named: Named, operation: str, value: str) -> str:
    listed = [each.strip() for each in value.split(",")] if value else []
    if named.kind == "boolean":
        holds = (value.lower() == "true") == (operation == "equals")
        return f"{named.sql} is {'' if holds else 'not '}true"
    if operation in _SIGNS:
        literal = value if re.fullmatch(r"-?\d+(\.\d+)?", value) else quoted(value)
        return f"{named.sql} {_SIGNS[operation]} {literal}"
    numeric = named.kind in ("integer", "decimal", "money", "percent")
    literals = [each if numeric else quoted(named.values.get(each, each)) for each in listed]
    if operation in ("equals", "notEqual"):
        if not literals:
            return f"{named.sql} is {'not ' if operation == 'notEqual' else ''}null"
        found = f"{named.sql} in ({', '.join(literals)})"
        return found if operation == "equals" else f"({found}) is not true"
    test = {"includes": "has", "excludes": "has", "contains": "contains", "notContain": "contains"}
    if operation in test:
        found = " or ".join(f"{test[operation]}({named.sql}, {each})" for each in literals)
        return found if operation in ("includes", "contains") else f"({found}) is not true"
    if operation == "startsWith":
        return f"substr({named.sql}, 1, {len(value)}) = {quoted(value)}"
    raise Untranslatable(f"filters by {operation}")
