"""What the journal keeps about one person, and what is left of it when that is erased.

Of their records every personal value goes, whatever it was; of a record that was theirs and is
somebody else's by now, those of the time when it was; everywhere else what names them.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from crmtui.model.definitions import Field
from crmtui.store.history import sides_of
from crmtui.store.journal import encoded, erased, is_erased
from crmtui.store.kinds.files import hash_of
from crmtui.store.privacy.finding import RecordKey, Search
from crmtui.store.privacy.subjects import Needles
from crmtui.store.privacy.values import OF_PERSONS, READ, is_mark, named_by, text_of, without

_ROWS = "SELECT id, act_id, type_id, record_id, op, changes FROM crm_journal WHERE"


class PastValue(NamedTuple):
    """A value in the journal that is about the person, or names them."""

    act: int
    ref: str
    field: str
    text: str
    known_by: str


class Redaction(NamedTuple):
    """A row of the journal, what of it is about the person, and what it says without that."""

    id: int
    told: tuple[PastValue, ...]
    left: str | None


class _Row(NamedTuple):
    id: int
    act: int
    type_id: int | None
    record_id: int | None
    op: str
    changes: dict[str, Any]

    @property
    def key(self) -> RecordKey | None:
        """The record; None for the configuration."""
        if self.type_id is None or self.record_id is None:
            return None
        return self.type_id, self.record_id

    @property
    def sides(self) -> dict[str, tuple[Any, Any]]:
        """The values before and after, by the id of the field."""
        return sides_of(self.op, self.changes)


class Past:
    """Looks through the journal for what a search is about.

    Args:
        contents: the hashes of files that go, whoever had them.
    """

    def __init__(self, search: Search, contents: Collection[str] = ()) -> None:
        self._search = search
        self._database = search.database
        self._contents = frozenset(contents)
        self._times: dict[int, tuple[bool, bool]] = {}
        """Of rows about what was theirs once, whether it was so before and behind each."""

    def redactions(self) -> Iterator[Redaction]:
        """The rows in which something is about the person, oldest first."""
        rows = {row.id: row for row in self._rows()}
        for number in sorted(rows):
            row = rows[number]
            if row.op == "configure":
                found = self._configured(row)
            elif row.key is not None:
                found = self._recorded(row, row.key)
            else:
                continue  # about the key of a user, who is told with the configuration
            if found.told:
                yield found

    def elsewhere(self) -> Iterator[PastValue]:
        """What names the person only by what their records say, far from these: it is left."""
        search = self._search
        if not search.derived:
            return
        mentions = search.provide(search.derived)
        for row in self._read(f"{mentions}(changes)"):
            if row.key is None or row.op == "configure" or search.near(row.key):
                continue
            for name, sides in row.sides.items():
                field = self._fields.get(name) or _unknown(name)
                for value in sides:
                    text = text_of(field, value) if isinstance(value, str) else ""
                    if search.derived.found(text) and not search.given.found(text):
                        yield self._told(row, field, value, search.derived)

    # Which rows

    def _rows(self) -> Iterator[_Row]:
        search = self._search
        mentioned = list(self._mentioned())
        yield from mentioned
        for key in (*search.theirs, *self._once_theirs(mentioned)):
            yield from self._of_record(key)
        for key in search.linked if search.derived else ():
            yield from self._of_record(key)
        for sha256 in self._contents:
            yield from self._read("instr(changes, ?)", sha256)

    def _mentioned(self) -> Iterator[_Row]:
        if self._search.given:
            mentions = self._search.provide(self._search.given)
            yield from self._read(f"{mentions}(changes)")

    def _of_record(self, key: RecordKey) -> Iterator[_Row]:
        return self._read("type_id = ? AND record_id = ?", *key)

    def _read(self, where: str, *parameters: Any) -> Iterator[_Row]:
        sql = f"{_ROWS} {where} AND changes IS NOT NULL ORDER BY id"
        for row in self._database.execute(sql, parameters).fetchall():
            number, act, type_id, record_id, op, changes = row
            yield _Row(number, act, type_id, record_id, op, json.loads(changes))

    # Whose a record was

    def _once_theirs(self, mentioned: Iterable[_Row]) -> dict[RecordKey, None]:
        """The records that were theirs at some time, and are not now."""
        search = self._search
        found: dict[RecordKey, None] = {}
        for row in mentioned:
            key = row.key
            if key is None or key in search.theirs or row.op == "configure":
                continue
            values = [(name, side) for name, sides in row.sides.items() for side in sides]
            if key not in found and any(self._is_theirs(dict([each])) for each in values):
                found[key] = None
                self._times |= self._times_of(key)
        return found

    def _times_of(self, key: RecordKey) -> dict[int, tuple[bool, bool]]:
        """Of each row about a record, whether the record was theirs before and behind it."""
        state: dict[str, Any] = {}
        times = {}
        for row in self._of_record(key):
            state |= {name: before for name, (before, _) in row.sides.items()}
            was = self._is_theirs(state)
            state |= {name: after for name, (_, after) in row.sides.items()}
            times[row.id] = was, self._is_theirs(state)
        return times

    def _is_theirs(self, state: Mapping[str, Any]) -> bool:
        given = self._search.given
        return any(
            field.personal and named_by(field, value, given) is not None
            for name, value in state.items()
            if (field := self._fields.get(name)) is not None
        )

    # What is left of a row

    def _recorded(self, row: _Row, key: RecordKey) -> Redaction:
        left: dict[str, Any] = {}
        told: list[PastValue] = []
        theirs = key in self._search.theirs
        times = (True, True) if theirs else self._times.get(row.id, (False, False))
        needles = self._search.everything if self._search.near(key) else self._search.given
        for name, sides in row.sides.items():
            field = self._fields.get(name) or _unknown(name)
            pointed_at = key in self._search.pointed_at and field.kind in OF_PERSONS
            personal = field.personal or pointed_at
            kept = []
            for value, is_theirs in zip(sides, times, strict=True):
                new = self._left(field, value, needles, personal and is_theirs)
                if new is not value:
                    told.append(self._told(row, field, value, needles))
                kept.append(new)
            left[name] = kept[1] if row.op == "add" else kept
        return Redaction(row.id, tuple(told), encoded(left) if told else None)

    def _left(self, field: Field, value: Any, needles: Needles, theirs: bool) -> Any:
        if value is None or is_mark(value) or (is_erased(value) and value["erased"] is None):
            return value
        if is_erased(value):
            if theirs:
                return erased()
            text = needles.without(value["erased"])
            return value if text == value["erased"] else erased(text)
        if theirs:
            return erased()
        if field.kind == "file" and hash_of(str(value)) in self._contents:
            return erased()
        if field.kind not in READ or isinstance(value, list):
            return value
        left = without(field, value, needles)
        return value if left == value else erased(None if left is None else str(left))

    def _told(self, row: _Row, field: Field, value: Any, needles: Needles) -> PastValue:
        text = value["erased"] or "" if is_erased(value) else text_of(field, value)
        needle = needles.found(text)
        ref = f"{self._types.get(row.type_id or 0, '?')}/{row.record_id}"
        return PastValue(row.act, ref, field.key, text, needle.text if needle else "")

    def _configured(self, row: _Row) -> Redaction:
        """A change of the configuration: the texts in it, wherever they stand."""
        given, told = self._search.given, []

        def left(value: Any) -> Any:
            if isinstance(value, str):
                needle = given.found(value)
                if needle is None:
                    return value
                ref, name = row.changes["ref"], row.changes["noun"]
                told.append(PastValue(row.act, ref, name, value, needle.text))
                return given.without(value)
            if isinstance(value, Mapping):
                return {key: left(each) for key, each in value.items()}
            return [left(each) for each in value] if isinstance(value, list) else value

        changes = dict(row.changes)
        for part in ("values", "before"):
            if part in changes:
                changes[part] = left(changes[part])
        return Redaction(row.id, tuple(told), encoded(changes | {"erased": True}))

    @cached_property
    def _types(self) -> dict[int, str]:
        """The keys of types, purged ones too."""
        rows = self._database.execute("SELECT id, key FROM crm_type")
        return {row[0]: row[1].partition("#")[0] for row in rows}

    @cached_property
    def _fields(self) -> dict[str, Field]:
        """Every field by the id by which the journal names it, purged ones too."""
        rows = self._database.execute("SELECT id, key, kind, is_personal FROM crm_field")
        return {
            str(row[0]): Field(
                id=row[0], key=row[1].partition("#")[0], kind=row[2], personal=bool(row[3])
            )
            for row in rows
        }


def _unknown(name: str) -> Field:
    return Field(id=0, key=name, kind="text")
