"""The columns of a list: which ones, how wide, and what stands in them."""

from collections.abc import Iterable
from typing import NamedTuple

from crmtui.i18n import _, language
from crmtui.model.definitions import Type
from crmtui.store.layouts import columns_of
from crmtui.store.query import SYSTEM_COLUMNS, Record
from crmtui.terminal import cut, shown, width_of

MOST = 40
"""The width of the widest column, unless there is room to spare."""

TITLE = (16, 24)
"""The width of the column that names records: at least, and as a rule at most."""

SPARE = 16
"""So many cells more the first column takes, when there are some left."""

_RIGHT = frozenset({"integer", "decimal", "money", "percent", "duration"})
_LEAST = {"date": 10, "datetime": 16, "rating": 5}
_GAP = 2


class Column(NamedTuple):
    """One column of a list.

    Args:
        head: what stands over it; safe.
        width: in cells.
        right: whether it is a number and stands at the right.
        most: the width that everything seen of it would take.
    """

    key: str
    head: str
    width: int
    right: bool
    most: int = 0

    def cell(self, text: str) -> str:
        """`text`, safe already, in exactly the column's width."""
        if not self.right:
            return cut(text, self.width)
        used = width_of(text)
        return " " * (self.width - used) + text if used <= self.width else cut(text, self.width)


def choices(type_: Type) -> list[tuple[str, str]]:
    """Every column a list of this type can have: its key and its head."""
    system = [key for key in SYSTEM_COLUMNS if key not in ("id", "removed_at")]
    if not type_.all_stages:
        system = [key for key in system if key not in ("stage", "status", "status_since")]
    keys = [*columns_of(type_, "list"), *(field.key for field in type_.fields), *system]
    return [(key, head(type_, key)) for key in dict.fromkeys(keys)]


def head(type_: Type, key: str) -> str:
    """What stands over a column."""
    field = type_.field_by_key.get(key)
    if field is not None:
        return shown(field.name(language()))
    return _(SYSTEM_COLUMNS.get(key, key))


def needed(type_: Type, keys: Iterable[str]) -> tuple[str, ...]:
    """What to read for these columns, and to name the record."""
    wanted = list(keys)
    if type_.title_field:
        wanted.append(type_.title_field.key)
    return tuple(dict.fromkeys(wanted))


def cell_text(record: Record, key: str) -> str:
    """What stands in a cell, safe for the terminal, of any width."""
    return shown(record.text(key, language()))


def measured(type_: Type, keys: Iterable[str], sample: Iterable[Record]) -> list[Column]:
    """Columns wide enough for nine in ten of what they hold in a sample of records."""
    records = list(sample)
    # What is computed is read as a field of another kind.
    kinds = {c.key: c.field.kind for c in records[0].columns if c.field} if records else {}
    title = type_.title_field
    found = []
    for key in keys:
        name, kind = head(type_, key), kinds.get(key, "")
        widths = sorted(width_of(cell_text(record, key)) for record in records) or [0]
        # Two cells beside the name are for the arrow of the order.
        least = max(width_of(name) + 2, _LEAST.get(kind, 6))
        most = max(least, min(widths[-1], MOST))
        usual_width = max(least, min(widths[len(widths) * 9 // 10], MOST))
        if title is not None and key == title.key:
            usual_width = max(usual_width, TITLE[0], min(widths[-1], TITLE[1]))
            most = max(most, usual_width)
        found.append(Column(key, name, usual_width, kind in _RIGHT, most))
    return found


def fitting(columns: list[Column], width: int, pan: int) -> tuple[list[Column], bool]:
    """The columns that stand in `width` cells when the first stays and `pan` others are passed.

    Returns them and whether more follow. The last one is cut when less than half of it would be;
    what is left over goes to those that hold longer texts, and to the first.
    """
    if not columns:
        return [], False
    wanted = [columns[0], *columns[1 + pan :]]
    kept: list[Column] = []
    left = width
    for column in wanted:
        gap = _GAP if kept else 0
        if column.width + gap <= left:
            kept.append(column)
            left -= column.width + gap
            continue
        if not kept or (left - gap >= 8 and (left - gap) * 2 >= column.width):
            kept.append(column._replace(width=max(1, left - gap)))
            left = 0
        break
    for number, column in enumerate(kept):
        more = min(left, column.most - column.width)
        if more > 0:
            kept[number] = column._replace(width=column.width + more)
            left -= more
    kept[0] = kept[0]._replace(width=kept[0].width + min(left, SPARE))
    return kept, len(kept) < len(wanted)


def joined(cells: Iterable[str]) -> str:
    """The cells of a row as one text."""
    return (" " * _GAP).join(cells)
