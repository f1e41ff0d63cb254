"""Salesforce's page layouts: sections of one or two columns."""

from typing import Any

from tests.journeys.converting.drafts import Draft, TypeDraft
from tests.journeys.converting.keys import key_of
from tests.journeys.converting.salesforce_files import Part

_COMPUTED = ("formula", "lookup", "rollup", "autonumber")


def form(draft: Draft, type_: TypeDraft, name: str, layout: Part) -> None:
    """Make the form of a type of a page layout, and say so of each section."""
    made: list[dict[str, Any]] = []
    shown: set[str] = set()
    for section in layout.all("layoutSections"):
        if section.text("style") == "CustomLinks":
            continue
        columns = [
            [key for item in column.all("layoutItems") if (key := _item(draft, type_, item))]
            for column in section.all("layoutColumns")
        ]
        across = section.text("style").endswith("LeftToRight")
        longest = max(map(len, columns), default=0)
        keys = [column[line] for line in range(longest) for column in columns if line < len(column)]
        keys = [key for key in dict.fromkeys(keys) if key not in shown]
        if not keys:
            continue
        shown.update(keys)
        label = section.text("label") or "Information"
        key = key_of(label, (each["key"] for each in made), column=False)
        one = {"columns": 1} if section.text("style") == "OneColumn" else {}
        made.append({"key": key, "label": label, **one, "fields": keys})
        empty = any(
            item.flag("emptySpace")
            for c in section.all("layoutColumns")
            for item in c.all("layoutItems")
        )
        whys = ["empty cells close up"] if empty else []
        if len(columns) == 2 and not across and len(columns[0]) < len(columns[1]):
            whys.append("the shorter column is filled first")
        source = f"{name}: {label}"
        place = ("types", type_.key, "form")
        draft.judged(source, "layout", "layoutSection", "; ".join(whys) or None, place)
    left = [
        {"field": key, "hidden": True}
        for key, field in type_.fields.items()
        if key not in shown and not field.get("required")
    ]
    if made:
        made[-1]["fields"] = [*made[-1]["fields"], *left]
        type_.attributes["form"] = made
    for related in layout.all("relatedLists"):
        why = "what links to a record is not listed on its page by choice"
        draft.impossible(f"{name}: {related.text('relatedList')}", "layout", "relatedList", why)


def _item(draft: Draft, type_: TypeDraft, item: Part) -> str:
    """The key of the field in a cell, given what the cell asks of it; "" where there is none."""
    name = item.text("field")
    named = type_.names.get(name)
    if named is None or named.sql not in type_.fields:
        return ""
    field = type_.fields[named.sql]
    source = f"{type_.source}.{name}"
    place = type_.place(named.sql)
    behavior = item.text("behavior")
    if behavior == "Required" and not field.get("required") and field["kind"] not in _COMPUTED:
        field["required"] = True
        why = "is required wherever a record is written, not on this page alone"
        draft.approximated(source, "validation", "required on a page", why, place)
    elif behavior == "Readonly" and field["kind"] not in _COMPUTED and not field.get("required"):
        field["read_only_when"] = "true"
        why = "never changes, wherever a record is written, not on this page alone"
        draft.approximated(source, "validation", "read-only on a page", why, place)
    return named.sql
