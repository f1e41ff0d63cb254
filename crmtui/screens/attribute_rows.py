"""The row of one attribute of a definition: the control that its shape asks for."""

from collections.abc import Iterable

from textual.widget import Widget

from crmtui.i18n import _, language
from crmtui.model.definitions import Definition, Field, Type
from crmtui.model.nouns import NOUNS, Attribute
from crmtui.screens.foresight import Foresight
from crmtui.screens.widgets.controls import CheckControl, LineInput
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.lookup import LookupControl, among
from crmtui.screens.widgets.rows import Row
from crmtui.screens.widgets.several import SeveralControl
from crmtui.screens.widgets.swatches import SwatchControl
from crmtui.screens.words import (
    attribute_word,
    kind_explained,
    kind_word,
    known_kinds,
    value_word,
)
from crmtui.terminal import shown

CHOICES = ("choice", "multichoice")

_PEOPLE = {
    "team": {"parent": "teams", "manager": "users"},
    "user": {"roles": "roles", "teams": "teams"},
}
"""By noun, the attributes that name people, and whom."""


def attribute_row(
    noun: str, name: str, value: str, foresight: Foresight, type_: Type | None, field: Field | None
) -> FormRow:
    """The row in which an attribute is set.

    Args:
        value: as it would be typed.
        type_: the type that the definition belongs to, or is, if any.
        field: the field as it is, for what its options are.
    """
    attribute = NOUNS[noun].attributes[name]
    control = _control(noun, attribute, value, foresight, type_, field)
    wide = attribute.shape == "expression" or name in ("color", "kind")
    return FormRow(name, attribute_word(name), control, help=_help(attribute), wide=wide)


def text_of(noun: str, name: str, found: Definition | None) -> str:
    """An attribute of a definition as it would be typed."""
    attribute = NOUNS[noun].attributes[name]
    value = getattr(found, attribute.attr) if found is not None else attribute.default
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _help(attribute: Attribute) -> str:
    said = _(attribute.help)
    if attribute.shape == "expression":
        said += "  " + _("such as: amount > 1000 and stage = 'won'")
    return said


def _control(
    noun: str,
    attribute: Attribute,
    value: str,
    foresight: Foresight,
    type_: Type | None,
    field: Field | None,
) -> Widget:
    if attribute.shape == "flag":
        return CheckControl(value or "false", empty=False)
    if attribute.name == "color":
        return SwatchControl(value)
    rows = _suggestions(noun, attribute, foresight, type_, field)
    if rows is not None and attribute.shape == "keys":
        names = {row.value: row.left for row in rows}
        keys = [key for key in value.split(",") if key]
        texts = [names.get(key, shown(key)) for key in keys]
        hint = _("down: choices")
        return SeveralControl(keys, texts, among(rows), space=True, placeholder=hint)
    if rows is None:
        return LineInput(value, _placeholder(attribute))
    # An empty value shows no text, so that typing begins with an empty line.
    text = next((row.left for row in rows if value and row.value == value), shown(value))
    return LookupControl(value, text, among(rows), placeholder=_("down: choices"))


def _suggestions(
    noun: str,
    attribute: Attribute,
    foresight: Foresight,
    type_: Type | None,
    field: Field | None,
) -> list[Row] | None:
    """What may be chosen; None where anything may be typed."""
    name = attribute.name
    if name in _PEOPLE.get(noun, {}):
        found = getattr(foresight, _PEOPLE[noun][name])
        rows = _named((each, each.key) for each in found if not each.retired)
        return rows if attribute.shape == "keys" else [Row(_("nothing"), value=""), *rows]
    if name == "owner" and type_ is not None:
        users = (each for each in type_.fields if each.kind == "user")
        return [Row(_("the first field of a user"), value=""), *_named((f, f.key) for f in users)]
    if name == "kind":
        return [Row(kind_word(kind), kind_explained(kind), value=kind) for kind in known_kinds()]
    if attribute.shape == "word":
        words = [Row(value_word(word), value=word) for word in attribute.choices]
        return words if attribute.default else [Row(_("nothing"), value=""), *words]
    if name == "to":
        return _named((each, each.key) for each in foresight.live)
    if name in ("category", "parent"):
        live = (each for each in foresight.categories if not each.retired)
        return [Row(_("nothing"), value=""), *_named((each, each.key) for each in live)]
    if name in ("min_field", "max_field") and type_ is not None:
        return [Row(_("nothing"), value=""), *_named((f, f.key) for f in type_.fields)]
    if name == "options_of":
        shared = [
            Row(f"{shown(each.name(language()))}: {shown(f.name(language()))}", value=ref)
            for each in foresight.live
            for f in each.fields
            if f.kind in CHOICES and not f.options_of and f is not field
            for ref in [f"{each.key}.{f.key}"]
        ]
        own = [Row(_("its own"), value="")]
        all_ = [Row(_("the types"), value="types"), Row(_("the categories"), value="categories")]
        return [*own, *shared, *all_]
    if name == "default" and field is not None and field.options:
        live_options = [option for option in field.options if not option.retired]
        return [Row(_("nothing"), value=""), *_named((o, o.key) for o in live_options)]
    return None


def _named(found: Iterable[tuple[Definition, str]]) -> list[Row]:
    return [Row(shown(each.name(language())), key, value=key) for each, key in found]


def _placeholder(attribute: Attribute) -> str:
    return {
        "currency": "USD, EUR, CNY",
        "from": _("LINK.FIELD, or TYPE.LINK for a roll-up"),
        "measure": "count(), sum(amount), max(closed)",
        "formula": "amount * (100 - discount) / 100",
        "unique": _("fields, joined by commas"),
        "pattern": "[A-Z]{2}[0-9]+",
        "prefix": "C-{Y}-",
    }.get(attribute.name, "")
