"""Which control a field has in a form, by its kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.widget import Widget

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Field
from crmtui.screens.widgets.controls import CheckControl, LineInput, NotesControl, RatingControl
from crmtui.screens.widgets.file_control import FileControl
from crmtui.screens.widgets.lookup import LookupControl, Options, Suggest
from crmtui.screens.widgets.parts import PartsControl
from crmtui.screens.widgets.several import SeveralControl
from crmtui.screens.widgets.swatch import ColorControl
from crmtui.store.kinds import KINDS
from crmtui.store.query import Record
from crmtui.store.remote import visitor
from crmtui.terminal import shown

QUIET = 0.1
"""Seconds without a key before records are looked up."""

_PLACEHOLDERS = {
    "date": N_("2026-10-01, today, +3d, fri, eom"),
    "time": N_("9:30, 21:05, 9pm"),
    "datetime": N_("2026-10-01 09:30, now, tomorrow 09:30"),
    "duration": N_("1h30m, 90m, 2d, 1:30"),
    "percent": N_("30 or 30%"),
    "email": N_("name@example.com"),
    "phone": N_("+86 138 1234 5678"),
    "url": N_("https://example.com"),
    "color": N_("#rrggbb or a name such as red"),
    "json": N_('JSON, such as {"size": 3}'),
    "choice": N_("down: choices"),
    "multichoice": N_("down: choices"),
    "tags": N_("words, with commas between"),
    "link": N_("type a part of the title"),
    "multilink": N_("type a part of the title"),
    "user": N_("type a part of the name"),
}
"""What a line says while it is empty: what may be written there."""

Content = tuple[Any, Any]
"""What a control holds: the value as it would be written, and how people read it, safe."""


def content_of(field: Field, record: Record | None) -> Content:
    """What the control of a field holds for a record, or for a new one: the default."""
    kind = KINDS[field.kind]
    if record is None:
        return _default(field)
    stored = record.values.get(field.key)
    if field.kind == "multilink":
        links: Sequence[Mapping[str, Any]] = record.json()[field.key]
        refs = tuple(link["ref"] for link in links)
        return refs, tuple(shown(link["title"] or link["ref"]) for link in links)
    if kind.many:
        return _listed(field, kind.json(stored, field) if stored is not None else [])
    if kind.parts:
        parts = kind.json(stored, field) if stored is not None else {}
        return parts, parts
    return record.entry(field.key), shown(record.text(field.key, language()))


def _default(field: Field) -> Content:
    kind = KINDS[field.kind]
    value = field.default or ""
    if kind.many:
        from crmtui.store.kinds.lists import split_list

        return _listed(field, split_list(value))
    if kind.parts:
        parts = {kind.parts[0]: value} if value else {}
        return parts, parts
    option = field.option_by_key.get(value)
    return value, shown(option.name(language())) if option else shown(value)


def _listed(field: Field, values: Sequence[str]) -> Content:
    known = field.option_by_key
    texts = [known[value].name(language()) if value in known else value for value in values]
    return tuple(values), tuple(shown(text) for text in texts)


def control_of(
    field: Field, content: Content, suggest: Suggest | None, options: Options | None
) -> Widget:
    """The control of a field that can be written.

    Args:
        content: what it holds at first.
        suggest: finds the records or users that a typed text may mean.
        options: finds the options that may be chosen.
    """
    value, text = content
    if field.kind == "file":
        hint = N_("comes by record set ... FIELD=@-") if visitor() else N_("@path of a file")
        return FileControl(value, text, _(hint))
    hint = _(_PLACEHOLDERS.get(field.kind, ""))
    make = _MAKERS.get(field.kind)
    if make is not None:
        return make(field, value, hint)
    if options is not None and field.kind == "multichoice":
        order = [option.key for option in field.options]
        return SeveralControl(value, text, options, space=True, order=order, placeholder=hint)
    if suggest is not None and field.kind == "tags":
        return SeveralControl(value, text, suggest, free=True, placeholder=hint, delay=QUIET)
    if options is not None and field.kind == "choice":
        return LookupControl(value, text, options, placeholder=hint)
    if suggest is not None and field.kind == "multilink":
        return SeveralControl(value, text, suggest, placeholder=hint, delay=QUIET)
    if suggest is not None:
        return LookupControl(value, text, suggest, placeholder=hint, delay=QUIET)
    return LineInput(value, hint)


_MAKERS: Mapping[str, Callable[[Field, Any, str], Widget]] = {
    "boolean": lambda field, value, _hint: CheckControl(value, empty=not field.required),
    "rating": lambda field, value, _hint: RatingControl(value, field.maximum),
    "longtext": lambda _field, value, hint: NotesControl(value, hint),
    "json": lambda _field, value, hint: NotesControl(value, hint),
    "color": ColorControl,
    "address": lambda field, value, _hint: PartsControl(field.kind, KINDS[field.kind].parts, value),
    "person": lambda field, value, _hint: PartsControl(field.kind, KINDS[field.kind].parts, value),
}
