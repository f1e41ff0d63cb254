"""Which column of a file fills which field: as it is told, else by key and by label."""

from collections.abc import Sequence
from typing import NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.model.keys import closest
from crmtui.model.message import N_
from crmtui.store.errors import Misused, NotFound, Refused
from crmtui.store.import_options import REJECT_COLUMNS, ImportOptions
from crmtui.store.kinds import KINDS
from crmtui.store.query import no_field

_SPECIAL = ("ref", "stage", "status")


class Layout(NamedTuple):
    """Where in a row what stands; -1 for what the file does not hold."""

    fields: list[tuple[int, Field]]
    ref: int
    stage: int
    status: int
    ignored: list[str]


class ColumnMapping:
    """Finds the layout of the files of one type."""

    def __init__(self, type_: Type, options: ImportOptions) -> None:
        self.type = type_
        self.options = options

    def layout(self, columns: Sequence[str]) -> Layout:
        """What the columns of a file fill.

        Raises:
            NotFound, Misused: a column is mapped to what does not exist, or twice.
            Refused: no column is a field of the type.
        """
        wanted, stage_column = self._wanted(columns)
        place = {key: index for index, key in enumerate(wanted) if key}
        stage, status = place.get("stage", -1), place.get("status", -1)
        if stage_column >= 0:
            stage = stage_column
        elif stage < 0:
            stage, status = status, -1
        # What is computed is exported for people to read; a file cannot set it.
        fields = [
            (index, field)
            for key, index in place.items()
            if key not in _SPECIAL
            and not KINDS[(field := self.type.field_by_key[key]).kind].computed
        ]
        ref = place.get("ref", -1)
        match = self.options.match
        if match and match != "ref" and match not in self.type.field_by_key:
            raise no_field(self.type, match)
        if match in self.type.field_by_key:
            _require_column(self.type.field_by_key[match])
        if match and match not in place:
            raise Misused(
                "match-not-in-file", N_("no column holds {field}, to match by"), field=match
            )
        if not fields and ref < 0:
            raise Refused(
                "no-columns",
                N_("no column of the file is a field of {type}; it has {columns}"),
                f"crmtui record import {self.type.key} FILE --map COLUMN=FIELD",
                type=self.type.key,
                columns=list(columns),
            )
        ignored = [
            column
            for index, column in enumerate(columns)
            if wanted[index] is None
            and index != stage_column
            and column not in REJECT_COLUMNS
            and not (column == "id" and ref >= 0)
        ]
        return Layout(sorted(fields), ref, stage, status, ignored)

    def _wanted(self, columns: Sequence[str]) -> tuple[list[str | None], int]:
        """What each column fills: a field or special key, "" when left out, None when it is none;
        and the column that --stage-field names, or -1."""
        wanted: list[str | None] = [None] * len(columns)
        for written, key in self.options.columns.items():
            index = _index(columns, written)
            if key and key not in self.type.field_by_key and key not in _SPECIAL:
                raise no_field(self.type, key)
            if key in wanted and key:
                raise Misused(
                    "mapped-twice",
                    N_("{field} is mapped from {one} and from {other}"),
                    field=key,
                    one=columns[wanted.index(key)],
                    other=columns[index],
                )
            if wanted[index] is not None:
                raise Misused(
                    "mapped-twice", N_("the column {column} is mapped twice"), column=columns[index]
                )
            wanted[index] = key
        stage_field = self.options.stage_field
        stage_column = _index(columns, stage_field) if stage_field is not None else -1
        names = self._names()
        # A column named exactly as a key goes before one that only resembles it.
        for exact in (True, False):
            for index, column in enumerate(columns):
                if wanted[index] is not None or index == stage_column:
                    continue
                folded = column.casefold()
                found = names.get(folded) or names.get(folded.replace(" ", "_"))
                if found and found not in wanted and (found == column or not exact):
                    wanted[index] = found
        if stage_column >= 0 or "stage" not in wanted:
            self._leave_out_status(wanted, stage_column)
        return wanted, stage_column

    def _leave_out_status(self, wanted: list[str | None], stage_column: int) -> None:
        """A column that is only called status is none of ours, unless it was mapped to be it."""
        mapped = self.options.columns.values()
        for key in ("stage", "status"):
            if key in wanted and key not in mapped:
                wanted[wanted.index(key)] = None
        if stage_column >= 0 and "stage" in wanted:
            raise Misused("mapped-twice", N_("--stage-field and --map both name the stage"))

    def _names(self) -> dict[str, str]:
        names = {}
        for each in self.type.fields:
            for label in (each.label_zh, each.label):
                if label:
                    names[label.casefold()] = each.key
        names |= {"ref": "ref"}
        if self.type.all_stages:
            names |= {"stage": "stage", "status": "status"}
        names |= {key.casefold(): key for key in self.type.field_by_key}
        return names


def _require_column(field: Field) -> None:
    """Refuse to match by what has no column of its own, which nothing would find quickly."""
    if not KINDS[field.kind].stored:
        raise Misused(
            "bad-match",
            N_("records cannot be matched by {field}, a field of kind {kind}"),
            field=field.key,
            kind=field.kind,
        )


def _index(columns: Sequence[str], name: str) -> int:
    for index, column in enumerate(columns):
        if column == name:
            return index
    for index, column in enumerate(columns):
        if column.casefold() == name.casefold():
            return index
    meant = closest(name, list(columns))
    if meant:
        raise NotFound(
            "no-such-column",
            N_("the file has no column {column}; did you mean {meant}?"),
            column=name,
            meant=meant,
        )
    raise NotFound(
        "no-such-column",
        N_("the file has no column {column}; it has {columns}"),
        column=name,
        columns=list(columns),
    )
