"""A file of records, or standard input, turned into columns and rows for an import.

Four formats are read: `csv` (any delimiter, quoted as in RFC 4180), `tsv` (tabs, with escapes
instead of quotes), `json` (an array of objects) and `ndjson` (an object per line). Format,
encoding and delimiter are found out unless stated. Of all but `json` no more is held in memory
than the row being read.
"""

from pathlib import PurePath
from typing import BinaryIO, NamedTuple, cast

from crmtui.model.message import N_
from crmtui.store import delimited, json_rows
from crmtui.store.encoding import TextFile
from crmtui.store.errors import Misused
from crmtui.store.rows import BadRow, Rows, empty_file

__all__ = ["FORMATS", "BadRow", "Source", "open_source"]

FORMATS = ("csv", "tsv", "json", "ndjson")

_FORMAT_OF_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}

_HELD_IN_MEMORY = 16 << 20


class Source(NamedTuple):
    """What was found out about a file, and its rows.

    Args:
        format: one of `FORMATS`.
        encoding: such as `utf-8`, `utf-8-sig`, `utf-16`, `gb18030`.
        delimiter: the character between values; None for JSON and NDJSON.
        columns: the names, trimmed, distinct and not empty, in the order of the file.
        rows: to be read once, while the stream is open: for each row the line it begins on, from
            1, and as many values as there are columns, in their order; or a `BadRow`. Values of
            CSV and TSV are str exactly as in the file, of JSON and NDJSON str, int, Decimal,
            bool, None, list or dict.
    """

    format: str
    encoding: str
    delimiter: str | None
    columns: list[str]
    rows: Rows


def open_source(
    stream: BinaryIO,
    *,
    name: str,
    format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Source:
    r"""Find out what a file is and read its columns; its rows are read as they are asked for.

    Args:
        stream: binary. One that cannot seek, such as a pipe, is read to its end first, into a
            temporary file if it is large. The caller closes it, after the last row.
        name: the file's name, by which errors call it, and whose suffix tells the format.
        format: one of `FORMATS`, or None to find it out.
        encoding: a codec's name, or None to find it out.
        delimiter: one character, or `\t` spelled out; None to find it out.

    Returns:
        The source, positioned before its first row.

    Raises, while rows are read as well:
        Refused: the file as a whole cannot be read; what is wrong with a single row is a `BadRow`.
        Misused: a format or delimiter that there is not, or that do not go together.
    """
    if format is not None and format not in FORMATS:
        raise Misused("no-such-format", N_("there is no format named {format}"), format=format)
    delimiter = _checked_delimiter(delimiter, format)
    file = TextFile(_seekable(stream), name, encoding)
    with file.naming_bad_bytes():
        line, is_last = _first_line(file)
        format = format or _format_of_name(file, delimiter) or _format_of_text(line, is_last)
        if format == "csv" and delimiter is None:
            tabs = _FORMAT_OF_SUFFIX.get(_suffix(name)) == "tsv"
            delimiter = "\t" if tabs else delimited.found_delimiter(file)
    if format == "csv":
        columns, rows = delimited.read_csv(file, delimiter or ",")
    elif format == "tsv":
        delimiter = "\t"
        columns, rows = delimited.read_tsv(file)
    elif format == "json":
        columns, rows = json_rows.read_json(file)
    else:
        columns, rows = json_rows.read_ndjson(file)
    return Source(format, file.encoding, delimiter, columns, rows)


def _checked_delimiter(delimiter: str | None, format: str | None) -> str | None:
    if delimiter is None:
        return None
    delimiter = delimiter.replace("\\t", "\t")
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise Misused(
            "bad-delimiter",
            N_("a delimiter is one character, and no quote or line end: {delimiter}"),
            delimiter=delimiter,
        )
    if format in ("json", "ndjson") or (format == "tsv" and delimiter != "\t"):
        raise Misused(
            "delimiter-of-other-format",
            N_("values of {format} are not divided by {delimiter}"),
            "--format csv",
            format=format,
            delimiter=delimiter,
        )
    return delimiter


def _seekable(stream: BinaryIO) -> BinaryIO:
    if stream.seekable():
        return stream
    import shutil
    import tempfile

    # It closes, and goes from the disk, with the last who refers to it: the rows.
    copy = tempfile.SpooledTemporaryFile(max_size=_HELD_IN_MEMORY)  # noqa: SIM115
    shutil.copyfileobj(stream, copy)
    return cast(BinaryIO, copy)


def _first_line(file: TextFile) -> tuple[str, bool]:
    """The first line that is not blank, and whether it is the last such line as well."""
    lines = (line for line in file.text(newline=None) if not line.isspace())
    line = next(lines, None)
    if line is None:
        raise empty_file(file.name)
    return line, next(lines, None) is None


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


def _format_of_name(file: TextFile, delimiter: str | None) -> str | None:
    format = _FORMAT_OF_SUFFIX.get(_suffix(file.name))
    if format == "tsv" and (delimiter in (None, "\t") and not delimited.has_quoted_cells(file)):
        return "tsv"
    if format == "tsv" or delimiter is not None:
        return "csv"
    return format


def _format_of_text(first_line: str, is_last: bool) -> str:
    text = first_line.lstrip()
    if text.startswith("["):
        return "json"
    if text.startswith("{"):
        return "ndjson" if not is_last and json_rows.is_complete_object(text) else "json"
    return "csv"
