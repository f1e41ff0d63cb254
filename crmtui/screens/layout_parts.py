"""Sections and fields of a layout: their rows in the designer, and what can be said of each."""

from typing import Any, NamedTuple

from crmtui.i18n import _, language
from crmtui.model.definitions import Type
from crmtui.model.layouts import Item, Section
from crmtui.screens.definitions import key_beside
from crmtui.screens.row_dialogue import RowDialogue
from crmtui.screens.widgets.controls import CheckControl, LineInput
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.rows import Row
from crmtui.screens.words import attribute_word, kind_word
from crmtui.store import layouts
from crmtui.terminal import shown

_OF_ITEM = ("label", "label_zh", "help", "help_zh")


class Spot(NamedTuple):
    """What a row of the list stands for: a section, or a field by its key."""

    key: str
    section: bool = False


def section_dialogue(section: Section) -> RowDialogue:
    """Asks what is to be said of a section."""
    rows = [_text_row(name, getattr(section, name)) for name in ("label", "label_zh")]
    two = CheckControl(str(section.columns == 2).lower(), empty=False)
    rows.append(FormRow("columns", _("Two columns"), two, help=_("where the width allows them")))
    return RowDialogue(shown(section.name(language())), rows)


def section_values(said: dict[str, str]) -> dict[str, Any]:
    """What was answered, as a section has it."""
    return {
        "label": said["label"] or None,
        "label_zh": said["label_zh"] or None,
        "columns": 2 if said["columns"] == "true" else 1,
    }


def item_dialogue(item: Item) -> RowDialogue:
    """Asks what is to be said of a field in a layout."""
    rows = [_text_row(name, getattr(item, name)) for name in _OF_ITEM]
    hidden = CheckControl(str(item.hidden).lower(), empty=False)
    wide = CheckControl("" if item.wide is None else str(item.wide).lower())
    hidden_help, wide_help = _("it is not shown at all"), _("not said: as its kind has it")
    rows += [
        FormRow("hidden", attribute_word("hidden"), hidden, help=hidden_help),
        FormRow("wide", attribute_word("wide"), wide, help=wide_help),
    ]
    return RowDialogue(shown(item.field), rows)


def item_values(said: dict[str, str]) -> dict[str, Any]:
    """What was answered, as an item has it."""
    values: dict[str, Any] = {name: said[name] for name in _OF_ITEM}
    values["hidden"] = said["hidden"] == "true"
    values["wide"] = {"true": True, "false": False}.get(said["wide"])
    return values


def section_row(section: Section) -> Row:
    """The row of a section."""
    name = section.name(language())
    key = key_beside(name, section.key)
    said = _("two columns") if section.columns == 2 else _("one column")
    return Row(shown(name + key), said, "head", Spot(section.key, section=True))


def item_row(type_: Type, item: Item) -> Row:
    """The row of a field in its section."""
    field = next((f for f in type_.all_fields if f.key == item.field), None)
    label = layouts.label_of(type_, item, language(), _)
    said = [kind_word(field.kind)] if field else [_("of every record")]
    if field is not None and field.retired:
        said = [_("retired")]
    said += [_("hidden")] * item.hidden + [_("own line")] * layouts.is_wide(type_, item)
    quiet = item.hidden or (field is not None and field.retired)
    return Row(shown(f" {label}"), ", ".join(said), "dim" if quiet else "text", Spot(item.field))


def _text_row(name: str, value: str | None) -> FormRow:
    helps = {
        "label": _("instead of the label of the field"),
        "label_zh": _("the same in Chinese"),
        "help": _("instead of the help of the field"),
        "help_zh": _("the same in Chinese"),
    }
    return FormRow(name, attribute_word(name), LineInput(value or ""), help=helps[name])
