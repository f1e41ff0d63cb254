"""Frappe's DocTypes, as they lie in a folder of JSON files, as a document.

A file is a DocType, or a list of documents (fixtures): the statuses that a Link leads to are read
from those, as Frappe itself keeps them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.journeys.converting import frappe_fields as fields
from tests.journeys.converting.drafts import (
    Draft,
    Named,
    TypeDraft,
    Untranslatable,
    add_stages,
    said,
)
from tests.journeys.converting.frappe_conditions import condition
from tests.journeys.converting.keys import key_of

_COLORS = {
    **dict.fromkeys(("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink"), ""),
    "gray": "gray",
    "grey": "gray",
    "black": "gray",
    "teal": "cyan",
    "violet": "purple",
    "amber": "yellow",
}
_ENDS = {
    "won": "won",
    "converted": "won",
    "completed": "won",
    "closed": None,
    "resolved": "won",
    "lost": "lost",
    "junk": "lost",
    "unqualified": "lost",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}
_BREAKS = ("Section Break", "Column Break", "Tab Break")
_WHEN = {
    "depends_on": "visible_when",
    "mandatory_depends_on": "required_when",
    "read_only_depends_on": "read_only_when",
}
_COMPUTED = ("formula", "lookup", "rollup", "autonumber")
_STATUSES = ("status", "stage", "state", "workflow_state")


def convert(folder: Path) -> Draft:
    """The DocTypes of a folder as a document, with a verdict on each thing they say."""
    draft = Draft()
    doctypes: dict[str, dict[str, Any]] = {}
    fixtures: dict[str, list[dict[str, Any]]] = {}
    for content in _contents(folder):
        for each in content if isinstance(content, list) else [content]:
            if each.get("doctype") == "DocType":
                doctypes[each["name"]] = each
            elif "doctype" in each:
                fixtures.setdefault(each["doctype"], []).append(each)
    # Settings are one document, no records; what they hold is not a type of business.
    doctypes = {name: each for name, each in doctypes.items() if not each.get("issingle")}
    statuses = _statuses(doctypes, fixtures)
    for name, doctype in doctypes.items():
        if name not in statuses.values():
            type_ = draft.type(name, label=name, description=doctype.get("description"))
            type_.names["owner"] = Named("created_by", "user")
            type_.names["creation"] = Named("created_at", "datetime")
            type_.names["modified"] = Named("updated_at", "datetime")
    ours = [name for name in doctypes if name in draft.types]
    maker = fields.Fields(draft, doctypes, set(ours))
    for name in ours:
        for spec in doctypes[name].get("fields", ()):
            if spec["fieldtype"] in _BREAKS:
                continue
            if (name, spec["fieldname"]) in statuses:
                linked = fixtures.get(statuses[name, spec["fieldname"]])
                _stages(draft, draft.types[name], spec, linked, doctypes[name].get("states") or ())
            else:
                maker.field(name, spec)
    maker.later()
    for name in ours:
        _naming(draft, draft.types[name], doctypes[name])
        for spec in doctypes[name].get("fields", ()):
            if spec["fieldtype"] not in _BREAKS:
                _rules(draft, draft.types[name], spec)
        _layout(draft, draft.types[name], doctypes[name])
    return draft


def _contents(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.rglob("*.json")):
        try:
            content = json.loads(path.read_text())
        except ValueError:
            continue
        if isinstance(content, list | dict):
            yield content


def _statuses(
    doctypes: Mapping[str, Any], fixtures: Mapping[str, Any]
) -> dict[tuple[str, str], str]:
    """The field of each DocType that says where a record stands, and the DocType it leads to."""
    found: dict[tuple[str, str], str] = {}
    for name, doctype in doctypes.items():
        for spec in doctype.get("fields", ()):
            first = not any(of == name for of, _ in found)
            if spec["fieldname"] in _STATUSES and first and not doctype.get("istable"):
                if spec["fieldtype"] == "Select" and spec.get("options"):
                    found[name, spec["fieldname"]] = ""
                elif spec["fieldtype"] == "Link" and spec.get("options") in fixtures:
                    found[name, spec["fieldname"]] = spec["options"]
    return found


def _stages(
    draft: Draft,
    type_: TypeDraft,
    spec: Mapping[str, Any],
    linked: list[dict[str, Any]] | None,
    states: Any,
) -> None:
    """The process of a type: of the options of its status, or of the documents it leads to."""
    stages = []
    if linked:
        for each in sorted(linked, key=lambda status: status.get("position", 0)):
            value = str(
                each.get("name") or next(v for k, v in each.items() if k.endswith("status"))
            )
            sort = str(each.get("type") or "Open")
            ended = sort.lower() if sort in ("Won", "Lost") else None
            closed = {"category": "closed", "outcome": ended} if ended else {}
            attributes = {
                "color": _color(each.get("color")),
                "probability": each.get("probability"),
            }
            why = None
            if sort in ("Ongoing", "On Hold"):
                why = f"is open; that it is {sort.lower()} is left out"
            stages.append((value, said(attributes) | closed, why))
    else:
        colors = {each.get("title"): each.get("color") for each in states}
        for value in fields.lines(spec):
            closed = {}
            why = None
            if value.lower() in _ENDS:
                closed = said({"category": "closed", "outcome": _ENDS[value.lower()]})
                why = "that it ends the process is guessed from its name"
            stages.append((value, said({"color": _color(colors.get(value))}) | closed, why))
    add_stages(draft, type_, spec["fieldname"], stages)
    source = f"{type_.source}.{spec['fieldname']}"
    draft.expressed(source, "field", spec["fieldtype"], ("types", type_.key, "stages"))


def _color(name: Any) -> str | None:
    word = str(name or "").lower().replace("-", " ").split(" ")[-1]
    return (_COLORS[word] or word) if word in _COLORS else None


def _naming(draft: Draft, type_: TypeDraft, doctype: Mapping[str, Any]) -> None:
    """What a record is called: its title field, and the field or series that names it."""
    named = type_.names.get(doctype.get("title_field") or "")
    autoname = str(doctype.get("autoname") or "")
    by_field = type_.names.get(autoname.removeprefix("field:"))
    if autoname.startswith("field:") and by_field and by_field.sql in type_.fields:
        field = type_.fields[by_field.sql]
        if field["kind"] not in _COMPUTED:
            field |= {"unique": True, "required": True}
        draft.expressed(f"{type_.source} name", "validation", "unique", type_.place(by_field.sql))
        named = named or by_field
    elif autoname.startswith("format:") and "{#" in autoname:
        key = type_.add("number", "autonumber", **fields.series(autoname.removeprefix("format:")))
        of_field = re.search(r"\{(?!#|YYYY|MM|DD)", autoname)
        why = "the values of fields are no part of a number" if of_field else None
        draft.judged(f"{type_.source} name", "default", "format", why, type_.place(key))
    field = type_.fields.get(named.sql) if named else None
    if field and field["kind"] in (
        "text",
        "person",
        "email",
        "integer",
        "autonumber",
        "url",
        "phone",
    ):
        field["title"] = True
        draft.expressed(f"{type_.source} title", "layout", "title_field", type_.place(named.sql))


def _rules(draft: Draft, type_: TypeDraft, spec: Mapping[str, Any]) -> None:
    """What the values of a field are held to, and what it begins with."""
    name = spec["fieldname"]
    source = f"{type_.source}.{name}"
    named = type_.names.get(name)
    if named is None:
        for sort in _WHEN:
            if spec.get(sort):
                draft.impossible(source, "validation", sort, "the field itself is not here")
        return
    if named.sql not in type_.fields:
        if spec.get("default") and named.kind == "stage":
            first = next(iter(named.values), None)
            why = None if first == spec["default"] else "a new record stands at the first stage"
            draft.judged(source, "default", "default", why, ("types", type_.key, "stages"))
        return
    fields.settings(draft, type_, spec, named)
    for sort in _WHEN:
        if spec.get(sort):
            _when(draft, type_, named.sql, source, sort, str(spec[sort]))


def _when(
    draft: Draft,
    type_: TypeDraft,
    key: str,
    source: str,
    sort: str,
    text: str,
    why: str | None = None,
) -> None:
    field = type_.fields[key]
    try:
        expression = condition(text, type_.names)
    except Untranslatable as problem:
        draft.impossible(source, "validation", sort, str(problem))
        return
    attribute = _WHEN[sort]
    if field["kind"] in _COMPUTED and attribute != "visible_when":
        draft.expressed(source, "validation", sort, type_.place(key))
        return
    before = field.get(attribute)
    field[attribute] = f"({before}) and ({expression})" if before else expression
    if sort == "read_only_depends_on":
        why = "looks at the record as it is kept, not as it is typed"
    draft.judged(source, "validation", sort, why, type_.place(key))


def _layout(draft: Draft, type_: TypeDraft, doctype: Mapping[str, Any]) -> None:
    """The form, of the fields in their order and the breaks between them; and the list."""
    sections = [_Section("Details", None)]
    tab: str | None = None
    tab_condition = None
    for spec in doctype.get("fields", ()):
        sort = spec["fieldtype"]
        if sort == "Tab Break":
            tab, tab_condition = spec.get("label") or spec["fieldname"], spec.get("depends_on")
            sections.append(_Section(tab, spec, [tab_condition]))
        elif sort == "Section Break":
            label = spec.get("label") or tab or "Details"
            sections.append(_Section(label, spec, [tab_condition, spec.get("depends_on")]))
        elif sort == "Column Break":
            sections[-1].columns.append([])
        else:
            named = type_.names.get(spec["fieldname"])
            if named is not None and named.sql in type_.fields:
                sections[-1].columns[-1].append((named.sql, bool(spec.get("hidden"))))
    made: list[dict[str, Any]] = []
    for section in sections:
        _section(draft, type_, section, made)
    if made:
        type_.attributes["form"] = made
    listed = [
        type_.names[spec["fieldname"]].sql
        for spec in doctype.get("fields", ())
        if spec.get("in_list_view") and spec["fieldname"] in type_.names
    ]
    listed = [key for key in dict.fromkeys(listed) if key in type_.fields or key == "stage"]
    if listed:
        type_.attributes["list"] = listed
        place = ("types", type_.key, "list")
        draft.expressed(f"{type_.source} list", "layout", "in_list_view", place)


class _Section:
    def __init__(self, label: str, spec: Any, conditions: Any = ()) -> None:
        self.label = label
        self.spec = spec
        self.conditions = [each for each in conditions if each]
        self.columns: list[list[tuple[str, bool]]] = [[]]


def _section(draft: Draft, type_: TypeDraft, section: _Section, made: list[dict[str, Any]]) -> None:
    columns = [column for column in section.columns if column]
    if not columns:
        return
    # Theirs run down a column, ours along the lines.
    longest = max(map(len, columns))
    across = [column[line] for line in range(longest) for column in columns if line < len(column)]
    seen = {item["field"] if isinstance(item, dict) else item for s in made for item in s["fields"]}
    fields_ = [({"field": k, "hidden": True} if h else k) for k, h in across if k not in seen]
    key = key_of(section.label, (each["key"] for each in made), column=False)
    one = {"columns": 1} if len(columns) == 1 else {}
    if not fields_:
        return
    made.append({"key": key, "label": section.label, **one, "fields": fields_})
    source = f"{type_.source} form: {section.label}"
    whys = []
    if section.spec and section.spec["fieldtype"] == "Tab Break":
        whys.append("a tab is the heading of a section")
    if len(columns) > 2:
        whys.append("more than two columns become two")
    elif len(columns) == 2 and len(columns[0]) < len(columns[1]):
        whys.append("the shorter column is filled first")
    place = ("types", type_.key, "form")
    draft.judged(source, "layout", "section", "; ".join(whys) or None, place)
    keys = [item["field"] if isinstance(item, dict) else item for item in fields_]
    for text in section.conditions:
        at = len(draft.verdicts)
        for each in keys:
            _when(
                draft,
                type_,
                each,
                source,
                "depends_on",
                text,
                "each of its fields is seen only there",
            )
        del draft.verdicts[at + 1 :]
