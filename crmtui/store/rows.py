"""What every format of an imported file comes down to: columns with names, and rows beneath."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from crmtui.model.message import N_
from crmtui.store.errors import Refused


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, among others that can.

    Args:
        line: where it begins in the file, from 1.
        error: what is wrong with it.
        raw_values: its cells as they came; of a line of NDJSON, the line.
    """

    line: int
    error: Refused
    raw_values: list[Any]


Rows: TypeAlias = Iterator[tuple[int, list[Any]] | BadRow]
"""The line a row begins on, from 1, and its values in the order of the columns; or a bad row."""

_AROUND_NAMES = " \t\r\n\v\f\xa0\u3000\u200b\ufeff"


def trimmed(name: str) -> str:
    """The name without the spaces of any kind, and byte order marks, around it."""
    return name.strip(_AROUND_NAMES)


def require_distinct(columns: list[str], file: str) -> None:
    """Refuse columns that could not be told apart by their names.

    Raises:
        Refused: `unnamed-column`, `nul-in-header`, `repeated-column`.
    """
    seen: dict[str, int] = {}
    for position, column in enumerate(columns, 1):
        if not column:
            raise Refused(
                "unnamed-column",
                N_("{file}: column {position} has no name"),
                file=file,
                position=position,
            )
        if "\0" in column:
            raise Refused(
                "nul-in-header",
                N_("{file}: the name of column {position} has a NUL character in it"),
                file=file,
                position=position,
            )
        first = seen.setdefault(column, position)
        if first != position:
            raise Refused(
                "repeated-column",
                N_("{file}: columns {first} and {second} are both named {column}"),
                file=file,
                column=column,
                first=first,
                second=position,
            )


def nul_row(file: str, line: int, values: list[Any]) -> BadRow:
    """The bad row for a NUL character, which no field may hold."""
    error = Refused(
        "nul-in-row", N_("{file} line {line}: a NUL character in a value"), file=file, line=line
    )
    return BadRow(line, error, values)


def empty_file(file: str) -> Refused:
    """The refusal of a file without any text."""
    return Refused("empty-file", N_("{file} is empty"), file=file)
