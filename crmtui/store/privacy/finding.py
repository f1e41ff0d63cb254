"""Finding what is kept about one person: whose records are theirs, and where else they are named.

A record is theirs when one of its personal fields is one of the texts that are looked for, and
nothing else; or when it is looked for itself. What their records say of them (a name, an address,
a number) is looked for as well. It may be that of somebody else, too, a name above all: so it is
only told where it stands, unless it stands in a record that is linked with one of theirs.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_
from crmtui.store import link_tables
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import NotFound, Refused
from crmtui.store.kinds import KINDS
from crmtui.store.privacy.subjects import Needle, Needles
from crmtui.store.privacy.values import OF_PERSONS, READ, known_by, named_by, sql_of, text_of
from crmtui.store.query import split_ref

RecordKey = tuple[int, int]
"""The id of a type and that of a record of it."""

_MOST_ARGUMENTS = 100
"""Values that SQLite gives a function at once."""


class Mention(NamedTuple):
    """A value that names the person.

    Args:
        known_by: the text by which it does.
    """

    type: Type
    record_id: int
    field: Field
    value: Any
    known_by: str

    @property
    def key(self) -> RecordKey:
        """The record."""
        return self.type.id, self.record_id

    @property
    def ref(self) -> str:
        """The record as people write it."""
        return f"{self.type.key}/{self.record_id}"


class Search:
    """Looks for one person in the records of a workspace.

    Args:
        texts: names, addresses and numbers of theirs, and references of records that are theirs.
        besides: references of records that are somebody else's, whatever they say.

    Raises:
        Misused: a text is too short to mean one person.
        NotFound: there is no such record.
    """

    def __init__(
        self, database: Database, catalog: Catalog, texts: Sequence[str], besides: Sequence[str]
    ) -> None:
        self.database = database
        self.catalog = catalog
        self.types = {type_.id: type_ for type_ in catalog.types(retired=True)}
        self.besides = {self._located(ref) for ref in besides}
        self.pointed_at = {self._located(text) for text in texts if self._is_ref(text)}
        self.given = Needles([text for text in texts if not self._is_ref(text)])

    def _is_ref(self, text: str) -> bool:
        type_key, slash, number = text.strip().partition("/")
        return bool(slash) and number.isdecimal() and self.catalog.find(type_key) is not None

    def _located(self, ref: str) -> RecordKey:
        type_key, record_id = split_ref(ref)
        type_ = self.catalog.type(type_key, retired=True)
        sql = f"SELECT 1 FROM {quoted(type_.key)} WHERE id = ?"
        if self.database.scalar(sql, (record_id,)) is None:
            raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)
        return type_.id, record_id

    def ref(self, key: RecordKey) -> str:
        """A record as people write it."""
        return f"{self.types[key[0]].key}/{key[1]}"

    # Whose records are theirs

    @cached_property
    def mentions(self) -> list[Mention]:
        """Every value that one of the texts looked for stands in."""
        return list(self._scan(self.given)) if self.given else []

    @cached_property
    def theirs(self) -> dict[RecordKey, None]:
        """The records that are theirs, in order."""
        found = (self.pointed_at | self._named_by.keys()) - self.besides
        return dict.fromkeys(sorted(found))

    @cached_property
    def _named_by(self) -> dict[RecordKey, set[Needle]]:
        """The records of which a personal field is one of the texts looked for, and which."""
        found: dict[RecordKey, set[Needle]] = {}
        for mention in self.mentions if self.given else ():
            needle = named_by(mention.field, mention.value, self.given)
            if mention.field.personal and needle is not None:
                found.setdefault(mention.key, set()).add(needle)
        return found

    def refuse_several(self) -> None:
        """Refuse when what is looked for may be said of several persons.

        So it is when one text alone says that several records of a type are theirs (a company has
        one number for all its people), and when a name alone says it of records of several types.

        Raises:
            Refused: it is so; named are the records.
        """
        alone = {
            key: next(iter(needles))
            for key, needles in self._named_by.items()
            if len(needles) == 1 and key in self.theirs and key not in self.pointed_at
        }
        for key, needle in sorted(alone.items(), key=lambda each: each[0]):
            alike = [
                other
                for other in self.theirs
                if other != key
                and needle in self._named_by.get(other, ())
                and (other[0] == key[0] or (needle.is_name and other in alone))
            ]
            if alike:
                refs = [self.ref(each) for each in sorted([key, *alike])]
                raise Refused(
                    "ambiguous-subject",
                    N_("{text} may be said of several persons: {refs}; say which, by reference"),
                    f"crmtui privacy find {refs[0]}",
                    text=needle.text,
                    refs=refs[:8],
                )

    def personal(self, key: RecordKey) -> tuple[Field, ...]:
        """The fields of a record of theirs that are about them, retired ones too.

        Of one that was pointed at it is also what kinds of persons there are, and the files.
        """
        pointed_at = key in self.pointed_at
        return tuple(
            field
            for field in self.types[key[0]].all_fields
            if not KINDS[field.kind].computed
            and (field.personal or (pointed_at and field.kind in OF_PERSONS))
        )

    def kept(self, key: RecordKey, fields: Sequence[Field]) -> dict[Field, Any]:
        """The stored values of fields of a record, those without a value left out."""
        type_ = self.types[key[0]]
        own = [field for field in fields if field.kind != "multilink"]
        names = ", ".join(["id", *(quoted(field.key) for field in own)])
        row = self.database.execute(
            f"SELECT {names} FROM {quoted(type_.key)} WHERE id = ?", (key[1],)
        ).fetchone()
        found = dict(zip(own, row[1:], strict=True))
        for field in fields:
            if field.kind == "multilink":
                found[field] = link_tables.linked(self.database, field, key[1])
        return {field: value for field, value in found.items() if value is not None}

    # What they are known by

    @cached_property
    def derived(self) -> Needles:
        """What their records say, or said, they are called and reached by.

        What was looked for itself is not among it.
        """
        texts: dict[str, None] = {}
        for key in self.theirs:
            fields = self.personal(key)
            said = [*self.kept(key, fields).items(), *self._said_before(key, fields)]
            for field, value in said:
                text = known_by(field, value)
                if text is not None and self.given.equal(text) is None:
                    texts[text] = None
        return Needles(list(texts))

    def _said_before(self, key: RecordKey, fields: Sequence[Field]) -> Iterator[tuple[Field, Any]]:
        """The values that fields of a record had before, as the journal has them."""
        by_id = {str(field.id): field for field in fields}
        rows = self.database.execute(
            "SELECT op, changes FROM crm_journal WHERE type_id = ? AND record_id = ?"
            " AND changes IS NOT NULL ORDER BY id",
            key,
        ).fetchall()
        for op, text in rows:
            for name, value in json.loads(text).items():
                for side in (value,) if op == "add" else value:
                    if name in by_id and isinstance(side, str):
                        yield by_id[name], side

    @cached_property
    def everything(self) -> Needles:
        """What was looked for, and what their records say."""
        return Needles([needle.text for needle in (*self.given.all, *self.derived.all)])

    @cached_property
    def derived_mentions(self) -> list[Mention]:
        """The values in which only the latter stands, but for personal fields of their records."""
        if not self.derived:
            return []
        known = {(m.key, m.field.id) for m in self.mentions}
        for key in self.theirs:
            known |= {(key, field.id) for field in self.personal(key)}
        return [m for m in self._scan(self.derived) if (m.key, m.field.id) not in known]

    def near(self, key: RecordKey) -> bool:
        """Whether a record is theirs or linked with one: what their names mean there is certain."""
        return key in self.theirs or key in self.linked

    @cached_property
    def linked(self) -> dict[RecordKey, tuple[RecordKey, Field]]:
        """The records that link to one of theirs, or the other way round, and by which field."""
        found: dict[RecordKey, tuple[RecordKey, Field]] = {}
        for key in self.theirs:
            for other, field in (*self._linked_from(key), *self._linking_to(key)):
                if other not in self.theirs:
                    found.setdefault(other, (key, field))
        return found

    def _linked_from(self, key: RecordKey) -> Iterator[tuple[RecordKey, Field]]:
        fields = [field for field in self.types[key[0]].all_fields if field.target]
        for field, value in self.kept(key, fields).items():
            target = self.catalog.target(field)
            for record_id in link_tables.ids_of(value):
                yield (target.id, record_id), field

    def _linking_to(self, key: RecordKey) -> Iterator[tuple[RecordKey, Field]]:
        for ref in self.catalog.pointing_at(self.types[key[0]]):
            type_key, _, field_key = ref.partition(".")
            type_ = self.catalog.type(type_key, retired=True)
            field = next(each for each in type_.all_fields if each.key == field_key)
            if field.kind == "multilink":
                table = link_tables.table(field)
                sql = f"SELECT record_id FROM {table} WHERE linked_id = ? ORDER BY 1"
            else:
                sql = f"SELECT id FROM {quoted(type_.key)} WHERE {quoted(field.key)} = ?"
            for row in self.database.execute(sql, (key[1],)).fetchall():
                yield (type_.id, row[0]), field

    # Looking through records

    def _scan(self, needles: Needles) -> Iterator[Mention]:
        """Every value of every record in which one of some texts stands."""
        mentions = self.provide(needles)
        for type_ in self.types.values():
            fields = [field for field in type_.all_fields if field.kind in READ]
            if not fields:
                continue
            texts = [sql_of(field) for field in fields]
            calls = [
                f"{mentions}({', '.join(texts[at : at + _MOST_ARGUMENTS])})"
                for at in range(0, len(texts), _MOST_ARGUMENTS)
            ]
            names = ", ".join(quoted(field.key) for field in fields)
            rows = self.database.execute(
                f"SELECT id, {names} FROM {quoted(type_.key)} WHERE {' OR '.join(calls)}"
            ).fetchall()
            for row in rows:
                for field, value in zip(fields, row[1:], strict=True):
                    if value is None:
                        continue
                    needle = needles.found(text_of(field, value))
                    if needle is not None:
                        yield Mention(type_, row[0], field, value, needle.text)

    def provide(self, needles: Needles) -> str:
        """Let SQL ask whether one of some texts stands in values; the name of the function."""
        name = "crm_mentions_given" if needles is self.given else "crm_mentions_derived"
        self.database.connection.create_function(name, -1, needles.in_any, deterministic=True)
        return name
