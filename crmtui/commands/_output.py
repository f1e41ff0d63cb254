"""Standard output: tables for people, TSV, CSV and JSON for machines; nobody else writes there.

On a terminal the default is a table cut to its width. Into a pipe it is TSV without a header, with
full values, ISO dates and plain numbers, never depending on the language.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from crmtui.i18n import _, language
from crmtui.terminal import cut, escaped, shown, width_of, wrapped

FORMATS = ("table", "tsv", "csv", "json", "ndjson", "markdown", "ids")


_LEAST = 8
"""Cells to which a column of text may shrink."""


class Fact:
    """A column over any object: a key and how to get its value.

    A table needs of a column just this: `key`, `plain`, `json` and `text`; `store.query.Column` is
    the other kind.
    """

    def __init__(self, key: str, get: Callable[[Any], Any], heading: str | None = None) -> None:
        self.key = key
        self.heading = heading
        self._get = get

    def json(self, row: Any) -> Any:
        """The value as JSON holds it."""
        return self._get(row)

    def plain(self, row: Any) -> str:
        """The value as a machine reads it."""
        value = self._get(row)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list | tuple):
            return ",".join(str(part) for part in value)
        return json_text(value) if isinstance(value, dict) else str(value)

    def text(self, row: Any, language: str = "en") -> str:
        """The value as people read it."""
        value = self._get(row)
        if isinstance(value, bool):
            return (_("yes") if value else "") if value is not None else ""
        return self.plain(row)


def default_format() -> str:
    """`table` on a terminal, `tsv` elsewhere."""
    return "table" if sys.stdout.isatty() else "tsv"


def room() -> int:
    """The columns of the terminal; in a pipe there is no end of them."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def write(
    columns: Sequence[Any],
    rows: Iterable[Any],
    format_: str | None,
    *,
    header: bool | None = None,
    spreadsheet: bool = False,
    ref: Callable[[Any], str] | None = None,
    sparse: bool = False,
) -> int:
    """Write rows to standard output and return how many there were.

    Args:
        format_: one of `FORMATS`, or None for the default.
        header: whether TSV and CSV begin with the columns' keys; None: CSV does, TSV does not.
        spreadsheet: defuse what a spreadsheet would run as a formula.
        ref: gives the reference of a row, for `ids`.
        sparse: leave columns without a value in any row out of a table.
    """
    format_ = format_ or default_format()
    counted = _Counter(rows)
    if format_ in ("json", "ndjson"):
        _write_json(columns, counted, format_)
    elif format_ == "ids":
        for row in counted:
            emit(ref(row) if ref else columns[0].plain(row))
    elif format_ == "csv":
        _write_csv(columns, counted, header is not False, spreadsheet)
    elif format_ == "tsv":
        if header:
            emit("\t".join(column.key for column in columns))
        out = sys.stdout.write
        for row in counted:
            out("\t".join([_tsv(column.plain(row)) for column in columns]) + "\n")
    else:
        _write_table(columns, counted, format_, sparse)
    return counted.count


def write_one(
    columns: Sequence[Any],
    row: Any,
    format_: str | None,
    *,
    ref: Callable[[Any], str] | None = None,
    sparse: bool = False,
) -> None:
    """Write one row: as lines `name  value` on a terminal, else as `write`; JSON as an object.

    Args:
        ref: gives the reference of the row, for `ids`.
        sparse: on a terminal, only what there is something to say of.
    """
    format_ = format_ or default_format()
    if format_ == "json":
        emit(
            json_text(
                {column.key: column.json(row) for column in columns}, pretty=sys.stdout.isatty()
            )
        )
    elif format_ == "table":
        facts = [(heading(column), column.text(row, language())) for column in columns]
        write_page([("", facts)], sparse=sparse)
    else:
        write(columns, [row], format_, ref=ref)


def write_page(
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    *,
    sparse: bool = False,
    sentences: bool = False,
) -> None:
    """Write lines `name  value`, their values below each other, in sections with a heading.

    Args:
        sections: the heading, safe already or empty, and of each line the name and the value.
        sparse: leave out lines without a value.
        sentences: break values between words; else a terminal breaks them where it ends, and what
            is copied from there is whole.
    """
    width = max((width_of(name) for _head, facts in sections for name, _text in facts), default=0)
    for number, (head, facts) in enumerate(sections):
        if head:
            emit(("\n" if number else "") + f"── {head} ──")
        for name, text in facts:
            if sparse and not text:
                continue
            most = room() - width - 2 if sentences else 10_000_000
            lines = wrapped(text, most)
            emit(f"{cut(name, width)}  {lines[0]}".rstrip())
            for line in lines[1:]:
                emit(" " * (width + 2) + line)


def emit(line: str) -> None:
    """One line of standard output, already safe or meant for machines."""
    sys.stdout.write(line + "\n")


def emit_bytes(chunks: Iterable[bytes]) -> None:
    """Bytes of standard output as they are; only where no terminal would run them."""
    sys.stdout.flush()
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def heading(column: Any) -> str:
    """What a column is headed with, in the language of the user."""
    field = getattr(column, "field", None)
    if field is not None:
        return _headed(field.name(language()), field)
    named = getattr(column, "heading", None)
    if named:
        return _(named)
    from crmtui.store.query import SYSTEM_COLUMNS

    return _(SYSTEM_COLUMNS[column.key]) if column.key in SYSTEM_COLUMNS else shown(column.key)


def item_heading(type_: Any, item: Any) -> str:
    """What an item of a layout is headed with: by the layout, else as its column."""
    from crmtui.store.layouts import label_of

    return _headed(label_of(type_, item, language(), _), type_.field_by_key.get(item.field))


def _headed(name: str, field: Any) -> str:
    return shown(f"{name} ({field.currency})" if field and field.currency else name)


def json_text(value: Any, *, pretty: bool = False, indent: int = 0) -> str:
    """`value` as JSON: exact numbers, readable Unicode, unsafe characters escaped."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, dict | list | tuple):
        return format(value, "f")  # a Decimal, whose module most commands never load
    inner = "\n" + "  " * (indent + 1) if pretty and value else ""
    outer = "\n" + "  " * indent if pretty and value else ""
    joint = "," + inner if pretty else ","
    colon = ": " if pretty else ":"
    if isinstance(value, dict):
        parts = (
            f"{escaped(str(key))}{colon}{json_text(each, pretty=pretty, indent=indent + 1)}"
            for key, each in value.items()
        )
        return "{" + inner + joint.join(parts) + outer + "}"
    parts = (json_text(each, pretty=pretty, indent=indent + 1) for each in value)
    return "[" + inner + joint.join(parts) + outer + "]"


class _Counter:
    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        for row in self._rows:
            self.count += 1
            yield row


def _write_json(columns: Sequence[Any], rows: Iterable[Any], format_: str) -> None:
    pretty = format_ == "json" and sys.stdout.isatty()
    out = sys.stdout.write
    if format_ == "ndjson":
        for row in rows:
            out(json_text({column.key: column.json(row) for column in columns}) + "\n")
        return
    before = "[\n  " if pretty else "["
    empty = True
    for row in rows:
        empty = False
        one = {column.key: column.json(row) for column in columns}
        out(before + json_text(one, pretty=pretty, indent=1))
        before = ",\n  " if pretty else ","
    out("[]\n" if empty else ("\n]\n" if pretty else "]\n"))


def _write_csv(
    columns: Sequence[Any], rows: Iterable[Any], header: bool, spreadsheet: bool
) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow([column.key for column in columns])
    for row in rows:
        cells = [column.plain(row) for column in columns]
        writer.writerow([_defused(cell) for cell in cells] if spreadsheet else cells)


def _defused(cell: str) -> str:
    """`cell` so that a spreadsheet shows it instead of running it; numbers stay numbers."""
    if cell.lstrip()[:1] not in ("=", "+", "-", "@") or not cell:
        return cell
    try:
        float(cell)
    except ValueError:
        return "'" + cell
    return cell


def _write_table(columns: Sequence[Any], rows: Iterable[Any], format_: str, sparse: bool) -> None:
    cells = [[shown(column.text(row, language())) for column in columns] for row in rows]
    if not cells:
        return
    if sparse:
        said = [i for i in range(len(columns)) if any(row[i] for row in cells)]
        columns, cells = [columns[i] for i in said], [[row[i] for i in said] for row in cells]
    headings = [heading(column) for column in columns]
    if format_ == "markdown":
        from tabulate import tabulate

        escaped_cells = [[cell.replace("|", "\\|") for cell in row] for row in cells]
        emit(tabulate(escaped_cells, headings, "github", disable_numparse=True))
        return
    headings = [name.upper() for name in headings]
    kept = _fit(columns, headings, cells)
    right = {index for index, _width in kept if _numeric(columns[index])}
    for row in [headings, *cells]:
        placed = (
            _right(row[index], width) if index in right else cut(row[index], width)
            for index, width in kept
        )
        emit("  ".join(placed).rstrip())


def _right(text: str, width: int) -> str:
    room = width - width_of(text)
    return " " * room + text if room >= 0 else cut(text, width)


def _numeric(column: Any) -> bool:
    field = getattr(column, "field", None)
    if field is None:
        return getattr(column, "numeric", False)
    return field.kind in ("integer", "decimal", "money", "percent")


def _fit(
    columns: Sequence[Any], headings: Sequence[str], cells: Sequence[Sequence[str]]
) -> list[tuple[int, int]]:
    """Which columns stay, and how wide: wide ones shrink first, then the last ones go.

    References and numbers are never cut: half of one is another one.
    """
    most = room()
    # A reference holds the number already.
    referred = any(column.key == "ref" for column in columns)
    kept = [i for i, column in enumerate(columns) if column.key != "id" or not referred]
    needed = {i: max(width_of(row[i]) for row in cells) for i in kept}
    sizes = {i: max(needed[i], width_of(headings[i])) for i in kept}
    whole = {i for i in kept if columns[i].key == "ref" or _numeric(columns[i])}
    least = {i: needed[i] if i in whole else min(sizes[i], _LEAST) for i in kept}
    while len(kept) > 1 and sum(least[i] for i in kept) + 2 * (len(kept) - 1) > most:
        kept.pop()
    excess = sum(sizes[i] for i in kept) + 2 * (len(kept) - 1) - most
    while excess > 0:
        widest = max(kept, key=lambda i: sizes[i] - least[i])
        if sizes[widest] <= least[widest]:
            sizes[widest] = max(1, sizes[widest] - excess)  # one column, wider than the terminal
            break
        sizes[widest] -= 1
        excess -= 1
    return [(i, sizes[i]) for i in kept]


def _tsv(text: str) -> str:
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        text = (
            text.replace("\\", "\\\\")
            .replace("\t", "\\t")
            .replace("\n", "\\n")
            .replace("\r", "\\r")
        )
    # Or else an import might take the cell for one that a spreadsheet quoted.
    return "\\" + text if text[:1] == '"' == text[-1:] and '""' in text else text
