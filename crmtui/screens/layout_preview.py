"""What a layout looks like at a given width, as lines of text: for the designer's preview."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from crmtui.i18n import _, language
from crmtui.model.definitions import Type
from crmtui.model.layouts import Item, Layout, Section, rows
from crmtui.screens.widgets import columns
from crmtui.store import layouts
from crmtui.store.query import Record
from crmtui.terminal import cut, shown, width_of

LABEL = 20
_CARD = 30
_GAP = 2
_LINES = {"longtext": 3, "json": 3, "address": 2}

Part = tuple[str, str]
"""Text and the name of its style, as `LineWidget.style` knows it."""


class Preview(NamedTuple):
    """The lines of a preview, and the one in which the present field stands."""

    lines: list[list[Part]]
    at: int | None = None


def sections_preview(
    type_: Type, kind: str, layout: Layout, width: int, present: str, record: Record | None
) -> Preview:
    """A form or a detail page.

    Args:
        present: the field, or the section, that is to stand out.
        record: whose values are shown.
    """
    lines: list[list[Part]] = []
    at: int | None = None
    for section in layout.sections:
        if layout.headed:
            if lines:
                lines.append([])
            if section.key == present:
                at = len(lines)
            look = "drop" if section.key == present else "head"
            lines.append([(cut(f" {shown(section.name(language()))}", width), look)])
        for items in rows(section, width, lambda item: layouts.is_wide(type_, item)):
            seen = [item for item in items if _is_seen(type_, item)]
            if not seen:
                continue
            if any(item.field == present for item in seen):
                at = len(lines)
            lines += _line(type_, kind, section, seen, width, present, record)
    return Preview(lines or [[(" " + _("nothing is shown"), "dim")]], at)


def _is_seen(type_: Type, item: Item) -> bool:
    return item.field in type_.field_by_key or not any(
        field.key == item.field for field in type_.all_fields
    )


def _line(
    type_: Type,
    kind: str,
    section: Section,
    items: Sequence[Item],
    width: int,
    present: str,
    record: Record | None,
) -> list[list[Part]]:
    """The lines of one or two fields beside each other."""
    halved = width >= 100 and section.columns == 2
    halved = halved and not (len(items) == 1 and layouts.is_wide(type_, items[0]))
    room = width // 2 if halved else width
    cells = [_cell(type_, kind, item, room, present, record) for item in items]
    height = max(len(cell) for cell in cells)
    blank: list[Part] = [(" " * room, "text")]
    return [
        [part for cell in cells for part in (cell[n] if n < len(cell) else blank)]
        for n in range(height)
    ]


def _cell(
    type_: Type, kind: str, item: Item, width: int, present: str, record: Record | None
) -> list[list[Part]]:
    field = type_.field_by_key.get(item.field)
    label = shown(layouts.label_of(type_, item, language(), _))
    if kind == "form" and field is not None and field.required:
        label += " *"
    text = _text(record, item.field)
    look = "drop" if item.field == present else "dim"
    first = cut(label, LABEL).rstrip()
    before: Part = (f"{' ' * (LABEL - width_of(first))}{first} ", look)
    room = max(1, width - LABEL - 1 - _GAP)
    boxed = kind == "form" and not layouts.is_read_only(type_, item.field)
    height = _LINES.get(field.kind, 1) if field is not None and boxed else 1
    style = "rest" if boxed else "text"
    lines: list[list[Part]] = [[before, (cut(text, room), style), (" " * _GAP, "text")]]
    for _more in range(height - 1):
        lines.append([(" " * (LABEL + 1), "text"), (" " * room, style), (" " * _GAP, "text")])
    return lines


def columns_preview(
    type_: Type, keys: Sequence[str], width: int, present: str, records: Sequence[Record]
) -> Preview:
    """A list: its heads, and some records."""
    wide = [_column_width(type_, key, records) for key in keys]
    head: list[Part] = []
    for key, cells in zip(keys, wide, strict=True):
        look = "drop" if key == present else "head"
        head += [(cut(columns.head(type_, key), cells), look), (" " * _GAP, "text")]
    lines = [_fitting(head, width)]
    for record in records:
        cells_of = (cut(_text(record, key), n) for key, n in zip(keys, wide, strict=True))
        lines.append([(cut((" " * _GAP).join(cells_of), width), "text")])
    if not records:
        lines.append([(" " + _("no records"), "dim")])
    return Preview(lines, 0)


def _column_width(type_: Type, key: str, records: Iterable[Record]) -> int:
    texts = [columns.head(type_, key), *(_text(record, key) for record in records)]
    return max(6, min(28, max(map(width_of, texts)) + 1))


def _fitting(parts: Sequence[Part], width: int) -> list[Part]:
    kept: list[Part] = []
    for text, look in parts:
        if width <= 0:
            break
        kept.append((cut(text, width) if width_of(text) > width else text, look))
        width -= width_of(text)
    return kept


def card_preview(
    type_: Type, keys: Sequence[str], width: int, present: str, records: Sequence[Record]
) -> Preview:
    """Cards as a board of that width has them, a stage each column."""
    count = max(1, min(len(type_.stages) or 1, width // _CARD))
    room = width // count
    lines: list[list[Part]] = [
        [(cut(f" {shown(stage.name(language()))}", room), "head") for stage in type_.stages[:count]]
    ]
    texts: list[Callable[[str], str]] = (
        [
            lambda key, record=record: _text(record, key)  # type: ignore[misc]
            for record in records[:2]
        ]
        or [lambda key: columns.head(type_, key)]
    )
    for text_of in texts:
        for number, key in enumerate(keys):
            look = "drop" if key == present else ("strong" if not number else "dim")
            lines.append([(cut(f" {text_of(key)}", min(room, _CARD)), look)])
        lines.append([])
    return Preview(lines, 1)


def _text(record: Record | None, key: str) -> str:
    """A value of a record, safe; empty where the record knows nothing of it yet."""
    if record is None:
        return ""
    try:
        return columns.cell_text(record, key)
    except KeyError:
        return ""
