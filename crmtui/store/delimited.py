"""Rows of CSV, quoted as in RFC 4180, and of TSV, which escapes instead of quoting."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

from crmtui.model.message import N_
from crmtui.store.encoding import TextFile
from crmtui.store.errors import Refused
from crmtui.store.rows import BadRow, Rows, empty_file, nul_row, require_distinct, trimmed

_LARGEST_CELL = 64 << 20
_SAMPLE = 1 << 16
_RECORDS_LOOKED_AT = 20

_DELIMITERS = ("\t", ",", ";", "|")
"""Those looked for; of two that fit equally, the first: tabs are rarest within values."""

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


class _Header(NamedTuple):
    """The named columns, and how many cells the first row has with the unnamed ones at its end."""

    columns: list[str]
    cells: int


def read_csv(file: TextFile, delimiter: str) -> tuple[list[str], Rows]:
    """The columns, and the rows to be asked for: values are exactly the text of their cells.

    Raises, while rows are read as well:
        Refused: `empty-file`, `no-header`, `unnamed-column`, `repeated-column`, `nul-in-header`;
            and what leaves open where the next row begins: `unclosed-quote`, `text-after-quote`,
            `cell-too-large`, `undecodable-byte`.
    """
    import csv

    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(file.text(newline=""), delimiter=delimiter, strict=True)
    seen = file.bytes_read
    with _naming_faults(file, delimiter, reader):
        header = _header(next((row for row in reader if not _blank(row)), None), file.name)

    def rows() -> Rows:
        width = len(header.columns)
        begin = reader.line_num + 1
        with _naming_faults(file, delimiter, reader):
            for row in reader:
                line, begin = begin, reader.line_num + 1
                if len(row) == width and not seen.nul:
                    yield line, row
                elif settled := _settled(row, header, file.name, line):
                    yield settled

    return header.columns, rows()


def read_tsv(file: TextFile) -> tuple[list[str], Rows]:
    r"""The columns, and the rows to be asked for: a row per line, a value between two tabs.

    Quotes mean nothing. `\t`, `\n`, `\r` and `\\` stand for a tab, line ends and a backslash,
    unless another backslash in the value stands for none of them, as in `C:\temp\data`: then
    whoever wrote it does not escape, and the value stays as it is.

    Raises, while rows are read as well:
        Refused: `empty-file`, `no-header`, `unnamed-column`, `repeated-column`, `nul-in-header`,
            `undecodable-byte`.
    """
    lines = enumerate(file.text(newline=None), 1)
    seen = file.bytes_read
    with file.naming_bad_bytes():
        split = (_split(line) for _, line in lines)
        header = _header(next((row for row in split if not _blank(row)), None), file.name)

    def rows() -> Rows:
        width = len(header.columns)
        with file.naming_bad_bytes():
            for number, line in lines:
                row = _split(line)
                if len(row) == width and not seen.nul and line != "\n":
                    yield number, row
                elif settled := _settled(row, header, file.name, number):
                    yield settled

    return header.columns, rows()


def found_delimiter(file: TextFile) -> str:
    """The character that divides the first records into the same number of cells.

    That is judged by the share of records with as many cells as the header, at least half of
    them, then by that number. A file in which nothing does so has one column; then it is a comma.
    """
    import csv

    sample = file.text(newline="").read(_SAMPLE)
    best, found = (0.5, 1), ","
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        records = list(islice((row for row in reader if not _blank(row)), _RECORDS_LOOKED_AT))
        if len(records) > 1 and len(sample) == _SAMPLE:
            # It may be cut off where the sample ends.
            records.pop()
        if not records:
            break
        width = len(records[0])
        fit = sum(len(row) == width for row in records) / len(records)
        if width > 1 and (fit, width) > best:
            best, found = (fit, width), delimiter
    return found


def has_quoted_cells(file: TextFile) -> bool:
    """Whether text divided by tabs quotes its cells, as spreadsheets do, rather than escapes.

    What proves it is a quoted name in the header, or a quoted cell with doubled quotes inside.
    """
    lines = file.text(newline=None).read(_SAMPLE).lstrip("\n").split("\n")
    return any(_quoted(cell) for cell in lines[0].split("\t")) or any(
        _quoted(cell) and '""' in cell[1:-1] for line in lines for cell in line.split("\t")
    )


def _quoted(cell: str) -> bool:
    inside = cell[1:-1].replace('""', "")
    return len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inside


def _split(line: str) -> list[str]:
    cells = line.removesuffix("\n").split("\t")
    return [_unescaped(cell) for cell in cells] if "\\" in line else cells


def _unescaped(cell: str) -> str:
    if cell.startswith('\\"'):
        # So is written what would else look like a cell that a spreadsheet quoted.
        cell = cell[1:]
    try:
        return _ESCAPE.sub(lambda escape: _ESCAPED[escape[1]], cell)
    except KeyError:
        return cell


def _header(cells: list[str] | None, file: str) -> _Header:
    if cells is None:
        raise empty_file(file)
    columns = [trimmed(cell) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise Refused("no-header", N_("{file} has no column names in its first row"), file=file)
    require_distinct(columns, file)
    return _Header(columns, len(cells))


def _blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _settled(
    row: list[str], header: _Header, file: str, line: int
) -> tuple[int, list[Any]] | BadRow | None:
    """What becomes of a row that is not plainly as wide as the header; None if it is blank."""
    width = len(header.columns)
    if "\0" in "".join(row):
        return nul_row(file, line, row)
    if not row or (_blank(row) and width > 1) or (row == [""]):
        return None
    if not width <= len(row) <= header.cells:
        error = Refused(
            "ragged-row",
            N_("{file} line {line}: {found} values where the header has {expected}"),
            file=file,
            line=line,
            found=len(row),
            expected=width,
        )
        return BadRow(line, error, row)
    for position, cell in enumerate(row[width:], width + 1):
        if cell.strip():
            error = Refused(
                "value-without-column",
                N_("{file} line {line}: a value in column {position}, which has no name"),
                file=file,
                line=line,
                position=position,
            )
            return BadRow(line, error, row)
    return line, row[:width]


@contextmanager
def _naming_faults(file: TextFile, delimiter: str, reader: Any) -> Iterator[None]:
    """Turn what csv.reader says into where it happened: it does not know where a quote opened."""
    import csv

    with file.naming_bad_bytes():
        try:
            yield
        except csv.Error as error:
            line, reason = reader.line_num, str(error)
            opened, closed = _misquoted(file, delimiter)
            if opened and closed:
                raise Refused(
                    "text-after-quote",
                    N_(
                        "{file} line {line}: text after the closing quote of the value"
                        " that opens on line {opened}"
                    ),
                    file=file.name,
                    line=closed,
                    opened=opened,
                ) from None
            if opened:
                raise Refused(
                    "unclosed-quote",
                    N_("{file} line {line}: the quote that opens a value here is never closed"),
                    file=file.name,
                    line=opened,
                ) from None
            if "limit" in reason:
                raise Refused(
                    "cell-too-large",
                    N_("{file} line {line}: a value of more than {megabytes} MiB"),
                    file=file.name,
                    line=line,
                    megabytes=_LARGEST_CELL >> 20,
                ) from None
            raise Refused(
                "broken-csv",
                N_("{file} line {line}: broken CSV ({reason})"),
                file=file.name,
                line=line,
                reason=reason,
            ) from None


def _misquoted(file: TextFile, delimiter: str) -> tuple[int, int]:
    """The line on which the first misquoted value opens, and the line of its closing quote that
    neither a delimiter nor a line end follows; 0 for what there is not."""
    opened = 0
    for number, line in enumerate(file.text(newline=""), 1):
        at = 0
        while True:
            if not opened:
                if line.startswith('"', at):
                    opened, at = number, at + 1
                else:
                    at = line.find(delimiter, at) + 1
                    if not at:
                        break
            if opened:
                at = line.find('"', at) + 1
                if not at:
                    break
                if line.startswith('"', at):
                    at += 1
                elif line.startswith(delimiter, at):
                    opened, at = 0, at + 1
                elif line[at : at + 1] in ("", "\r", "\n"):
                    opened = 0
                    break
                else:
                    return opened, number
    return opened, 0
