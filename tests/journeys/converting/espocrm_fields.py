"""EspoCRM's types of field as ours. What a field may hold beyond its kind stands in its rules."""

from collections.abc import Mapping
from typing import Any

from tests.journeys.converting.drafts import Draft, Named, TypeDraft, add_options, said
from tests.journeys.converting.keys import quoted

Spec = Mapping[str, Any]

ALIKE = {
    "varchar": "text",
    "text": "longtext",
    "bool": "boolean",
    "int": "integer",
    "date": "date",
    "datetime": "datetime",
    "url": "url",
    "address": "address",
    "jsonArray": "json",
    "jsonObject": "json",
    "colorpicker": "color",
    "file": "file",
    "personName": "person",
    "number": "autonumber",
    "autoincrement": "autonumber",
}
"""Types that have a kind of their own here."""

NEAR = {
    "wysiwyg": ("longtext", "formatted text is kept as its source"),
    "float": ("decimal", "keeps six decimals"),
    "datetimeOptional": ("datetime", "a day without a time is its midnight"),
    "urlMultiple": ("tags", "the addresses are not checked"),
    "image": ("file", "the picture is kept, not shown"),
    "barcode": ("text", "the digits are kept, no bars are drawn"),
    "email": ("email", "one address; more are tags, without the flags of each"),
    "phone": ("phone", "one number; more are tags, without the type of each"),
}
"""Types that come near to a kind."""

LOST = {
    "password": "secrets have no place in a file that its readers can read",
    "map": "a terminal shows no map",
    "base": "is drawn by program code",
}

_NOT_DATA = ("disabled", "utility", "customizationDisabled")
_COLORS = {
    "success": "green",
    "danger": "red",
    "warning": "orange",
    "primary": "blue",
    "info": "cyan",
    "default": "gray",
}
_CODES = {"EAN13": "[0-9]{13}", "EAN8": "[0-9]{8}", "UPC": "[0-9]{12}", "ITF14": "[0-9]{14}"}
_PARTS = {
    "address": {
        "Street": "street",
        "City": "city",
        "State": "region",
        "Country": "country",
        "PostalCode": "postal_code",
    },
    "personName": {
        "salutationName": "prefix",
        "firstName": "first",
        "middleName": "middle",
        "lastName": "last",
    },
}
_SIX = 6


def holds_data(spec: Spec) -> bool:
    """Whether a field is one to people, not a means of the program to itself."""
    return spec.get("type") is not None and not any(spec.get(name) for name in _NOT_DATA)


def parts_of(fields: Mapping[str, Spec]) -> dict[str, tuple[str, str]]:
    """The fields that are parts of another: the name of that one, and the part."""
    found = {}
    for name, spec in fields.items():
        for end, part in _PARTS.get(spec.get("type", ""), {}).items():
            own = name + end if spec["type"] == "address" else end
            if own in fields:
                found[own] = (name, part)
    return found


def options_of(spec: Spec, words: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The options of a field with their attributes.

    Args:
        words: by language, what each option is called.
    """
    style = spec.get("style") or {}
    listed = spec.get("options") or ()
    return [
        (
            str(value),
            said(
                {
                    "label": words.get("en", {}).get(str(value)),
                    "label_zh": words.get("zh", {}).get(str(value)),
                    "color": _COLORS.get(style.get(value) or ""),
                }
            ),
        )
        for value in (sorted(listed) if spec.get("isSorted") else listed)
    ]


def add_simple(draft: Draft, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
    """Add a field whose type has a kind here, or comes near to one, and say so."""
    sort = spec["type"]
    source = f"{type_.source}.{name}"
    if sort in LOST:
        draft.impossible(source, "field", sort, LOST[sort])
        return
    kind, why = (ALIKE[sort], None) if sort in ALIKE else NEAR[sort]
    attributes = _settings(sort, spec)
    if spec.get("options") and sort == "varchar":
        why = "what is proposed while typing is left out"
    key = type_.add(name, kind, **labels, **attributes)
    if name == "name" and kind in ("text", "person"):
        type_.fields[key]["title"] = True
    if sort in ("email", "phone"):
        more = type_.add(f"{name}More", "tags", label=f"{labels.get('label', name)}, further ones")
        type_.names.pop(f"{name}More", None)
        assert more
    draft.judged(source, "field", sort, why, type_.place(key))
    for end, part in _PARTS.get(sort, {}).items():
        own = name + end if sort == "address" else end
        type_.names[own] = Named(f"{key}.{part}", "text")


def _settings(sort: str, spec: Spec) -> dict[str, Any]:
    if sort == "number":
        prefix = str(spec.get("prefix") or "").replace("{YYYY}", "{Y}").replace("{MM}", "{M}")
        return {"prefix": prefix.replace("{DD}", "{D}"), "padding": spec.get("padLength") or 5}
    if sort == "autoincrement":
        return {"padding": 1}
    if sort == "float":
        return {"scale": _SIX}
    if sort == "barcode":
        return {"pattern": _CODES.get(spec.get("codeType", ""))}
    return {}


def add_choice(draft: Draft, type_: TypeDraft, name: str, spec: Spec, labels: Spec, words: Spec):
    """Add a field of one or several options."""
    sort = spec["type"]
    source = f"{type_.source}.{name}"
    several = sort in ("multiEnum", "checklist", "array")
    free = several and (spec.get("allowCustomOptions") or not spec.get("options"))
    shared = spec.get("optionsReference")
    kind = "tags" if free else "multichoice" if several else "choice"
    key = type_.add(name, kind, **labels)
    why = None
    if free and spec.get("options"):
        why = "the options are no more than proposals, and are left out"
    elif shared:
        entity, _, field = shared.partition(".")
        other = draft.types.get(entity)
        named = other.names.get(field) if other else None
        if other and named and named.kind in ("choice", "multichoice"):
            type_.fields[key]["options_of"] = f"{other.key}.{named.sql}"
            type_.names[name] = type_.names[name]._replace(values=named.values)
        else:
            type_.fields[key]["kind"] = "text"
            why = f"the options of {shared} are not at hand"
    elif not spec.get("options") and not several:
        type_.fields[key]["kind"] = "text"
        why = "its options are not in the definition"
    draft.judged(source, "field", sort, why, type_.place(key))
    if type_.fields[key]["kind"] in ("choice", "multichoice") and not shared:
        add_options(draft, type_, name, key, options_of(spec, words))


def add_numbers(draft: Draft, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
    """Add a field whose options are numbers: it stays a number, held to those."""
    key = type_.add(name, "integer" if spec["type"] == "enumInt" else "decimal", **labels)
    numbers = [str(each) for each in spec.get("options") or () if each not in ("", None)]
    why = "the numbers are held to the list, which is not offered"
    type_.validate(
        f"{name}-listed", f"{key} in ({', '.join(numbers)})", f"one of {', '.join(numbers)}"
    )
    draft.approximated(f"{type_.source}.{name}", "field", spec["type"], why, type_.place(key))
    for number in numbers:
        draft.approximated(
            f"{type_.source}.{name}.{number}", "option", "number", why, type_.place(key)
        )


def add_money(
    draft: Draft, type_: TypeDraft, name: str, spec: Spec, labels: Spec, config: Spec
) -> None:
    """Add an amount: money where there is but one currency, else a number beside its currency."""
    currencies = config.get("currencyList") or ["USD"]
    usual = config.get("defaultCurrency") or currencies[0]
    source = f"{type_.source}.{name}"
    if len(currencies) == 1 or spec.get("onlyDefaultCurrency"):
        key = type_.add(name, "money", currency=usual, **labels)
        draft.expressed(source, "field", spec["type"], type_.place(key))
        return
    key = type_.add(name, "decimal", scale=2, **labels)
    of = type_.add(f"{name}Currency", "choice", label="Currency", default=usual.lower())
    type_.fields[of]["options"] = {each.lower(): {"label": each} for each in currencies}
    type_.names[f"{name}Currency"] = Named(of, "choice", {e: e.lower() for e in currencies})
    why = "the currency of each amount stands beside it, as a choice"
    draft.approximated(source, "field", spec["type"], why, type_.place(key))


def add_converted(
    draft: Draft, type_: TypeDraft, name: str, spec: Spec, labels: Spec, config: Spec
) -> None:
    """Add an amount in the usual currency, computed by the rates there are now."""
    of = type_.names.get(name.removesuffix("Converted"))
    source = f"{type_.source}.{name}"
    usual = config.get("defaultCurrency") or "USD"
    if of is None:
        draft.impossible(source, "field", spec["type"], "there is no amount to convert")
        return
    rates = config.get("currencyRates") or {}
    whens = " ".join(f"when {quoted(code.lower())} then {rate}" for code, rate in rates.items())
    formula = (
        of.sql if of.kind == "money" else f"{of.sql} * case {of.sql}_currency {whens} else 1 end"
    )
    if not whens:
        formula = of.sql
    key = type_.add(name, "formula", result="money", currency=usual, formula=formula, **labels)
    why = None if of.kind == "money" else "the rates stand in the formula"
    draft.judged(source, "field", spec["type"], why, type_.place(key))


def add_duration(draft: Draft, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
    """Add the time between two moments."""
    source = f"{type_.source}.{name}"
    start, end = (type_.names.get(spec.get(part, "")) for part in ("start", "end"))
    if start is None or end is None:
        draft.impossible(source, "field", "duration", "its two moments are not at hand")
        return
    formula = f"round((julianday({end.sql}) - julianday({start.sql})) * 86400)"
    key = type_.add(name, "formula", result="duration", formula=formula, **labels)
    why = "is computed of its two moments, and cannot be typed to set the end"
    draft.approximated(source, "field", "duration", why, type_.place(key))


def add_range(draft: Draft, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
    """Add two fields, the second never below the first."""
    kind = {"rangeInt": "integer", "rangeFloat": "decimal", "rangeCurrency": "money"}[spec["type"]]
    currency = {"currency": "USD"} if kind == "money" else {}
    label = labels.get("label", name)
    low = type_.add(f"{name}From", kind, label=f"{label} from", **currency)
    high = type_.add(f"{name}To", kind, label=f"{label} to", min_field=low, **currency)
    type_.names[name] = type_.names[f"{name}From"]
    draft.expressed(f"{type_.source}.{name}", "field", spec["type"], type_.place(high))
