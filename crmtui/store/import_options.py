"""How an import is asked for, and what it says it did."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, NamedTuple

from crmtui.model.message import N_, Message
from crmtui.store.errors import Refused
from crmtui.store.kinds import Reading

Progress = Callable[[int], None]

REJECT_COLUMNS = ("#line", "#reason")
"""What a file of rejected rows has besides their own columns; no field can have these keys."""


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be read.

    Args:
        columns: column name to field key; an empty key leaves the column out.
        match: the field (or `ref`) by which an existing record is found and changed.
        stage_field: the column that holds the stage or status.
        create_missing: keys of types whose missing records links may create.
        keep_going: keep the good rows when others are rejected.
        reading: date order and present moment.
        rejected: called with each rejected row.
        rounding: round numbers that have more decimals than their field.
    """

    columns: Mapping[str, str] = dataclass_field(default_factory=dict)
    match: str | None = None
    stage_field: str | None = None
    create_missing: frozenset[str] = frozenset()
    keep_going: bool = False
    reading: Reading = dataclass_field(default_factory=Reading)
    rejected: "Callable[[Reject], None] | None" = None
    rounding: bool = False


class Reject(NamedTuple):
    """A row that was not taken: its line in the file, why, and its values as they stood."""

    line: int
    reason: Message
    values: Sequence[Any]


class ImportResult(NamedTuple):
    """What an import did, or in a dry run would have done."""

    added: int
    updated: int
    unchanged: int
    created: dict[str, int]
    rejected: int
    first_rejects: list[Reject]
    ignored_columns: list[str]


class RejectedRows(Refused):
    """Rows of an import were rejected, so nothing was kept; `result` says which and why."""

    def __init__(self, result: ImportResult) -> None:
        self.result = result
        first = result.first_rejects[0]
        super().__init__(
            "rejected-rows",
            N_("{count} rows were rejected and nothing was imported; line {line}: {reason}"),
            None,
            count=result.rejected,
            line=first.line,
            reason=first.reason,
        )
