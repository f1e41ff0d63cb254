"""Frappe's types of field as ours."""

import re
from collections.abc import Mapping
from typing import Any

from tests.journeys.converting.drafts import Draft, Named, TypeDraft, add_options

Spec = Mapping[str, Any]

ALIKE = {
    "Small Text": "longtext",
    "Text": "longtext",
    "Long Text": "longtext",
    "Code": "longtext",
    "Check": "boolean",
    "Int": "integer",
    "Percent": "percent",
    "Date": "date",
    "Datetime": "datetime",
    "Time": "time",
    "Duration": "duration",
    "Phone": "phone",
    "Attach": "file",
    "Color": "color",
    "JSON": "json",
}
NEAR = {
    "Text Editor": ("longtext", "formatted text is kept as its source"),
    "HTML Editor": ("longtext", "formatted text is kept as its source"),
    "Markdown Editor": ("longtext", "formatted text is kept as its source"),
    "Attach Image": ("file", "the picture is kept, not shown"),
    "Signature": ("file", "is kept as a picture, not drawn"),
    "Barcode": ("text", "the digits are kept, no bars are drawn"),
    "Autocomplete": ("text", "what is proposed while typing is left out"),
    "Icon": ("text", "the name of the icon is kept"),
    "Rating": ("rating", "half stars become whole ones"),
    "Geolocation": ("json", "the GeoJSON is kept, on no map"),
    "Read Only": ("text", "can be changed"),
}
LOST = {
    "Password": "secrets have no place in a file that its readers can read",
    "Button": "runs program code",
    "HTML": "is drawn by program code",
    "Heading": "text between fields has no place in a layout",
    "Image": "shows a picture that another field holds",
    "Fold": "what is folded away stands open",
}
_OF_DATA = {"Email": "email", "URL": "url", "Phone": "phone", "IBAN": "text", "Name": "text"}
_FLOAT_SCALE = 6
_BOUNDED = ("integer", "decimal", "money", "percent")
_COMPUTED = ("formula", "lookup", "rollup", "autonumber")


def lines(spec: Spec) -> list[str]:
    """The options of a Select; an empty line, which means no value, is none of them."""
    return [line.strip() for line in str(spec.get("options") or "").split("\n") if line.strip()]


def series(text: str) -> dict[str, Any]:
    """A series of names (`CRM-DEAL-.YYYY.-`, `SLA-{####}`) as settings of an automatic number."""
    digits = re.search(r"#+", text)
    prefix = re.sub(r"\{#+\}|\.?#+\.?$", "", text)
    prefix = re.sub(r"\.?YYYY\.?|\{YYYY\}", "{Y}", prefix)
    prefix = re.sub(r"\.?MM\.?|\{MM\}", "{M}", prefix).replace(".", "")
    # What is left in braces names a field, of which a number knows nothing.
    prefix = re.sub(r"\{(?![YM]\})[^}]*\}-?", "", prefix)
    reset = "year" if "{Y}" in prefix else None
    found = {"prefix": prefix, "padding": len(digits.group()) if digits else 5}
    return found | ({"reset": reset} if reset else {})


class Fields:
    """Makes the fields of all DocTypes; what stands on other fields comes `later`."""

    def __init__(self, draft: Draft, doctypes: Mapping[str, Spec], ours: set[str]) -> None:
        self._draft = draft
        self._doctypes = doctypes
        self._ours = ours
        self._fetched: list[tuple[TypeDraft, Spec]] = []
        self._dynamic: list[tuple[TypeDraft, Spec]] = []

    def field(self, doctype: str, spec: Spec) -> None:
        """Make one field, and say what became of it."""
        type_ = self._draft.types[doctype]
        sort, name = spec["fieldtype"], spec["fieldname"]
        source = f"{doctype}.{name}"
        labels = {"label": spec.get("label"), "help": spec.get("description")}
        if sort in LOST:
            self._draft.impossible(source, "field", sort, LOST[sort])
        elif spec.get("fetch_from") and not spec.get("fetch_if_empty") and spec.get("read_only"):
            self._fetched.append((type_, spec))
        elif name == "naming_series":
            written = lines(spec) or [str(spec.get("default") or "")]
            key = type_.add(name, "autonumber", **series(written[0]), **labels)
            why = "one series numbers all records" if len(written) > 1 else None
            self._draft.judged(source, "field", sort, why, type_.place(key))
        elif sort == "Data":
            kind = _OF_DATA.get(str(spec.get("options") or "").strip(), "text")
            why = None
            if spec.get("fetch_from"):
                why = "is not filled from the linked record when that is chosen"
            self._made(type_, spec, kind, why, **labels)
        elif sort == "Select":
            self._select(type_, spec, labels)
        elif sort == "Link":
            self._link(type_, spec, labels)
        elif sort in ("Table", "Table MultiSelect"):
            self._table(type_, spec, labels)
        elif sort == "Dynamic Link":
            self._dynamic.append((type_, spec))
        elif sort == "Float":
            scale = spec.get("precision")
            why = None if scale else f"keeps {_FLOAT_SCALE} decimals"
            self._made(type_, spec, "decimal", why, scale=int(scale or _FLOAT_SCALE), **labels)
        elif sort == "Currency":
            self._currency(type_, spec, labels)
        elif sort == "Rating":
            self._made(type_, spec, "rating", NEAR[sort][1], max=spec.get("options"), **labels)
        elif sort in ALIKE or sort in NEAR:
            kind, why = (ALIKE[sort], None) if sort in ALIKE else NEAR[sort]
            self._made(type_, spec, kind, why, **labels)
        else:
            self._draft.impossible(source, "field", sort, f"there is nothing like {sort}")

    def later(self) -> None:
        """Make the fields that stand on others."""
        for type_, spec in self._dynamic:
            self._dynamic_link(type_, spec)
        for type_, spec in self._fetched:
            self._fetch(type_, spec)

    def _made(
        self, type_: TypeDraft, spec: Spec, kind: str, why: str | None, **attributes: Any
    ) -> str:
        key = type_.add(spec["fieldname"], kind, **attributes)
        source = f"{type_.source}.{spec['fieldname']}"
        self._draft.judged(source, "field", spec["fieldtype"], why, type_.place(key))
        return key

    def _select(self, type_: TypeDraft, spec: Spec, labels: Spec) -> None:
        options = lines(spec)
        if not options:
            self._made(type_, spec, "text", "its options are not in the definition", **labels)
            return
        key = self._made(type_, spec, "choice", None, **labels)
        add_options(self._draft, type_, spec["fieldname"], key, [(each, {}) for each in options])

    def _link(self, type_: TypeDraft, spec: Spec, labels: Spec) -> None:
        target = str(spec.get("options"))
        source = f"{type_.source}.{spec['fieldname']}"
        if target == "User":
            key = self._made(type_, spec, "user", None, **labels)
            self._draft.expressed(source, "relation", "Link", type_.place(key))
            return
        if target == "DocType":
            self._made(type_, spec, "choice", None, options_of="types", **labels)
            return
        to = self._draft.stub(target)
        why = None if target in self._ours else f"of {target} there is but the name"
        key = self._made(type_, spec, "link", why, to=to.key, points_to=target, **labels)
        self._draft.judged(source, "relation", "Link", why, type_.place(key))
        if spec.get("link_filters"):
            why = "every record can be chosen"
            self._draft.approximated(source, "validation", "link_filters", why, type_.place(key))

    def _table(self, type_: TypeDraft, spec: Spec, labels: Spec) -> None:
        """The rows of a table: records of the child type that link back; or links to many."""
        child = str(spec.get("options"))
        source = f"{type_.source}.{spec['fieldname']}"
        links = [
            f for f in self._doctypes.get(child, {}).get("fields", ()) if f["fieldtype"] == "Link"
        ]
        if spec["fieldtype"] == "Table MultiSelect" and links:
            to = self._draft.stub(str(links[0]["options"]))
            key = self._made(type_, spec, "multilink", None, to=to.key, **labels)
            self._draft.expressed(source, "relation", "Table MultiSelect", type_.place(key))
            return
        made = self._draft.stub(child)
        name = f"parent {type_.source}"
        key = made.names[name].sql if name in made.names else ""
        if not key:
            key = made.add(name, "link", to=type_.key, label=type_.source)
        why = "its rows are records of a type of their own, not lines within the form"
        self._draft.approximated(source, "field", "Table", why, made.place(key))
        self._draft.expressed(source, "relation", "Table", made.place(key))

    def _dynamic_link(self, type_: TypeDraft, spec: Spec) -> None:
        """A link to a record of one of several types: a link for each, one of them at most."""
        source = f"{type_.source}.{spec['fieldname']}"
        by = next(
            (
                each
                for each in self._doctypes[type_.source].get("fields", ())
                if each["fieldname"] == spec.get("options")
            ),
            {},
        )
        listed = lines(by) if by.get("fieldtype") == "Select" else []
        rows = {n for n, each in self._doctypes.items() if each.get("istable")}
        targets = [each for each in listed or sorted(self._ours - rows) if each in self._ours]
        if not listed and len(targets) > 6:
            why = "can lead to any type there is"
            key = type_.add(spec["fieldname"], "text", label=spec.get("label"))
            self._draft.approximated(source, "field", "Dynamic Link", why, type_.place(key))
            return
        label = spec.get("label") or spec["fieldname"]
        keys = [
            type_.add(
                f"{spec['fieldname']} {target}",
                "link",
                to=self._draft.types[target].key,
                points_to=target,
                label=f"{label}: {target}",
            )
            for target in targets
        ]
        if not keys:
            self._draft.impossible(source, "field", "Dynamic Link", "none of its types is at hand")
            return
        there = " or ".join(f"{key} is not null" for key in keys)
        count = " + ".join(f"({key} is not null)" for key in keys)
        type_.validate(f"{spec['fieldname']}-one", f"{count} <= 1", f"{label} is one record")
        type_.names[spec["fieldname"]] = Named(f"nullif({there}, 0)", "parent")
        why = "a link for each type it can lead to, of which one is set"
        self._draft.approximated(source, "field", "Dynamic Link", why, type_.place(keys[0]))
        self._draft.approximated(source, "relation", "Dynamic Link", why, type_.place(keys[0]))

    def _fetch(self, type_: TypeDraft, spec: Spec) -> None:
        """What is read from a linked record."""
        link_name, _, name = str(spec["fetch_from"]).partition(".")
        link = type_.names.get(link_name)
        other = self._draft.types.get(link.target or "") if link else None
        shown = other.names.get(name) if other else None
        if link and link.kind == "user":
            why = "of a user there is but the name"
            self._made(type_, spec, "text", why, label=spec.get("label"))
            return
        if link is None or other is None or shown is None or shown.sql not in other.fields:
            why = "what it is read from is not at hand"
            self._made(type_, spec, "text", why, label=spec.get("label"))
            return
        attributes = {"from": f"{link.sql}.{shown.sql}", "label": spec.get("label")}
        self._made(type_, spec, "lookup", None, **attributes)

    def _currency(self, type_: TypeDraft, spec: Spec, labels: Spec) -> None:
        of = str(spec.get("options") or "")
        if not of or of == "Company:company:default_currency":
            self._made(type_, spec, "money", None, currency="USD", **labels)
            return
        why = "the currency of each amount stands beside it"
        self._made(type_, spec, "decimal", why, scale=int(spec.get("precision") or 2), **labels)


def settings(draft: Draft, type_: TypeDraft, spec: Spec, named: Named) -> None:
    """Give a field what its own settings say, and say so of each."""
    field = type_.fields[named.sql]
    source = f"{type_.source}.{spec['fieldname']}"
    place = type_.place(named.sql)
    kind = field["kind"]
    if kind in _COMPUTED:
        return
    flags = {"reqd": "required", "unique": "unique", "set_only_once": "write_once"}
    for theirs, ours in flags.items():
        if spec.get(theirs) and not (ours == "unique" and kind == "boolean"):
            field[ours] = True
            draft.expressed(source, "validation", theirs, place)
    if spec.get("search_index"):
        field["indexed"] = True
    if spec.get("non_negative") and kind in _BOUNDED:
        field["min"] = "0"
        draft.expressed(source, "validation", "non_negative", place)
    if spec.get("length") and kind in ("text", "longtext"):
        field["max_length"] = int(spec["length"])
        draft.expressed(source, "validation", "length", place)
    if spec.get("read_only") and not field.get("write_once"):
        field["read_only_when"] = "true"
        why = "can be given when the record is made, and never changes"
        draft.approximated(source, "validation", "read_only", why, place)
    if spec["fieldtype"] == "Code" and spec.get("options") == "JSON":
        field["kind"] = "json"
    _default(draft, type_, spec, named, source)


def _default(draft: Draft, type_: TypeDraft, spec: Spec, named: Named, source: str) -> None:
    text = str(spec.get("default") or "").strip()
    field = type_.fields[named.sql]
    if not text or field["kind"] in ("link", "file"):
        if text:
            draft.impossible(source, "default", "default", "a link has no default")
        return
    known = {"today": "today", "now": "now", "__user": "me", "user": "me"}
    value = known.get(text.lower(), named.values.get(text, text))
    if field["kind"] == "boolean":
        value = "yes" if text == "1" else "no"
    if field["kind"] == "choice" and field.get("options_of"):
        draft.impossible(source, "default", "default", "a type of another name")
        return
    field["default"] = value
    draft.expressed(source, "default", "default", type_.place(named.sql))
