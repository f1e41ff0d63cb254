"""Giving automatic numbers: one counter for each field and period, in the transaction of the act.

What is rolled back gives its numbers back, so that there are no gaps; writers take turns, so that
none is given twice. A number that was given from outside, by an import or to a new record, moves
the counter on.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_, Message
from crmtui.store import dates
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Problem
from crmtui.store.journal import Journal, encoded, encoded_list
from crmtui.store.kinds.autonumbers import number_of, number_text, period_of

_CHUNK = 5000
"""Records numbered at a time when a type gets a new field."""


def held(
    fields: Sequence[Field],
    kept: Mapping[str, Any],
    different: Mapping[str, Any],
    problems: list[Problem],
) -> list[Problem]:
    """The problems of a change, among them that one of `fields` would become another number."""
    wrong = {problem.field for problem in problems}
    fixed = {f.key for f in fields if f.key in wrong or f.key in different}
    told = [problem for problem in problems if problem.field not in fixed]
    for key in sorted(fixed):
        message = Message(N_("is an automatic number and stays {value}"), value=kept[key] or "-")
        told.append(Problem(key, "read-only", message))
    return told


class Autonumbers:
    """Gives the automatic numbers of records, inside the transaction that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def given(
        self, type_: Type, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]], day: date
    ) -> list[dict[str, str]]:
        """The numbers of new records, by field key, of those that came without.

        Args:
            rows: the stored values of the records.
            day: the day of their creation.
        """
        numbers: list[dict[str, str]] = [{} for _ in rows]
        for field in fields:
            lacking = []
            for row, found in zip(rows, numbers, strict=True):
                text = row.get(field.key)
                if text is None:
                    lacking.append(found)
                else:
                    self._pass(field, text)
            for found, text in zip(
                lacking, self.take(type_, field, day, len(lacking)), strict=True
            ):
                found[field.key] = text
        return numbers

    def take(
        self, type_: Type, field: Field, day: date, count: int, *, looked_for: bool = True
    ) -> list[str]:
        """The next numbers of a field.

        Args:
            looked_for: leave out those that a record has already. After a change of the prefix a
                new number may read like an old one.
        """
        period = period_of(field, day)
        last = self._last(field, period)
        numbers: list[str] = []
        while len(numbers) < count:
            wanted = count - len(numbers)
            next_ones = [number_text(field, day, last + n) for n in range(1, wanted + 1)]
            taken = self._taken(type_, field, next_ones) if looked_for else set()
            numbers += [text for text in next_ones if text not in taken]
            last += wanted
        if numbers:
            self._count(field, period, last)
        return numbers

    def fill(self, type_: Type, field: Field, journal: Journal) -> None:
        """Number the records that have no number, removed ones too, in the order of their ids."""
        table, column = quoted(type_.key), quoted(field.key)
        sql = f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL LIMIT 1"
        looked_for = self._database.scalar(sql) is not None
        if looked_for:
            self._adopt(table, column, field)
        behind = 0
        while True:
            rows = self._database.execute(
                f"SELECT id, created_at FROM {table} WHERE id > ? AND {column} IS NULL"
                " ORDER BY id LIMIT ?",
                (behind, _CHUNK),
            ).fetchall()
            if not rows:
                return
            behind = rows[-1][0]
            numbers: list[tuple[int, str]] = []
            for day, made in groupby(rows, key=lambda row: dates.local_text(row[1])[:10]):
                ids = [row[0] for row in made]
                texts = self.take(
                    type_, field, date.fromisoformat(day), len(ids), looked_for=looked_for
                )
                numbers += zip(ids, texts, strict=True)
            self._database.connection.executemany(
                f"UPDATE {table} SET {column} = ?, revision = revision + 1 WHERE id = ?",
                [(text, record_id) for record_id, text in numbers],
            )
            journal.write_many(
                (type_.id, record_id, "set", None, None, encoded({str(field.id): [None, text]}))
                for record_id, text in numbers
            )

    def forget(self, field: Field) -> None:
        """Drop the counters of a field that is purged."""
        self._database.execute("DELETE FROM crm_counter WHERE field_id = ?", (field.id,))

    def _adopt(self, table: str, column: str, field: Field) -> None:
        """Move the counters on to the numbers that records have already."""
        last: dict[str, int] = {}
        rows = self._database.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        for (text,) in rows:
            found = number_of(field, text)
            if found:
                last[found[0]] = max(found[1], last.get(found[0], 0))
        for period, number in last.items():
            if number > self._last(field, period):
                self._count(field, period, number)

    def _pass(self, field: Field, text: str) -> None:
        found = number_of(field, text)
        if found and found[1] > self._last(field, found[0]):
            self._count(field, *found)

    def _last(self, field: Field, period: str) -> int:
        return (
            self._database.scalar(
                "SELECT last FROM crm_counter WHERE field_id = ? AND period = ?", (field.id, period)
            )
            or 0
        )

    def _count(self, field: Field, period: str, last: int) -> None:
        self._database.execute(
            "INSERT INTO crm_counter (field_id, period, last) VALUES (?, ?, ?)"
            " ON CONFLICT (field_id, period) DO UPDATE SET last = excluded.last",
            (field.id, period, last),
        )

    def _taken(self, type_: Type, field: Field, texts: Sequence[str]) -> set[str]:
        column = quoted(field.key)
        rows = self._database.execute(
            f"SELECT {column} FROM {quoted(type_.key)} WHERE removed_at IS NULL AND {column} IN"
            " (SELECT value FROM json_each(?))",
            (encoded_list(texts),),
        )
        return {row[0] for row in rows}
