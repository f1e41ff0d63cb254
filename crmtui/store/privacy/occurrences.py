"""Everything that names one person, as a list for who looks: where, what, and known by what."""

from collections.abc import Iterator
from typing import NamedTuple

from crmtui.model.definitions import Field
from crmtui.model.nouns import NOUNS
from crmtui.store.database import quoted
from crmtui.store.kinds import KINDS
from crmtui.store.privacy.contents import files_about
from crmtui.store.privacy.erasing import commands_naming
from crmtui.store.privacy.finding import Search
from crmtui.store.privacy.past import Past
from crmtui.store.privacy.values import is_mark

PLACES = ("record", "mention", "file", "link", "history", "command", "definition")
"""Where somebody may be named: a personal field of their record, another value, a file, a record
that is linked with theirs, the journal, what was typed, and the configuration."""


class Occurrence(NamedTuple):
    """One place where somebody is named.

    Args:
        place: one of `PLACES`.
        known_by: the text by which; empty where the record is theirs.
        reached: whether an erasure with the same words would erase it.
    """

    place: str
    ref: str
    field: str
    text: str
    known_by: str
    reached: bool


def occurrences(search: Search) -> Iterator[Occurrence]:
    """Everything that a search finds, their own records first."""
    yield from _records(search)
    for file in files_about(search):
        yield Occurrence("file", file.ref, file.field.key, file.name, file.known_by, True)
    for key, (theirs, field) in search.linked.items():
        yield Occurrence("link", search.ref(key), field.key, search.ref(theirs), "", False)
    past = Past(search)
    for redaction in past.redactions():
        for told in redaction.told:
            recorded = "/" in told.ref
            ref = told.ref if recorded else f"{told.field} {told.ref}"
            where = told.field if recorded else ""
            yield Occurrence("history", ref, where, told.text, told.known_by, True)
    for told in past.elsewhere():
        yield Occurrence("history", told.ref, told.field, told.text, told.known_by, False)
    for command in commands_naming(search):
        for name, text in command.texts.items():
            needle = search.given.found(text)
            if needle is not None:
                place = f"{command.table.removeprefix('crm_')} {command.id}"
                yield Occurrence("command", place, name, text, needle.text, True)
    yield from _definitions(search)


def _records(search: Search) -> Iterator[Occurrence]:
    told = set()
    for key in search.theirs:
        for field, value in search.kept(key, search.personal(key)).items():
            told.add((key, field.id))
            if field.kind != "file" and not is_mark(value):
                text = _text(search, field, value)
                yield Occurrence("record", search.ref(key), field.key, text, "", True)
    for mention in search.mentions:
        if (mention.key, mention.field.id) not in told and mention.field.kind != "file":
            text = _text(search, mention.field, mention.value)
            yield Occurrence(
                "mention", mention.ref, mention.field.key, text, mention.known_by, True
            )
    for mention in search.derived_mentions:
        text = _text(search, mention.field, mention.value)
        reached = search.near(mention.key) and mention.field.kind != "file"
        yield Occurrence("mention", mention.ref, mention.field.key, text, mention.known_by, reached)


def _text(search: Search, field: Field, value: object) -> str:
    if field.target:
        ids = value if isinstance(value, tuple) else (value,)
        return ",".join(f"{field.target}/{each}" for each in ids)
    if KINDS[field.kind].references:
        return str(search.database.scalar("SELECT key FROM crm_user WHERE id = ?", (value,)))
    return KINDS[field.kind].plain(value, field)


def _definitions(search: Search) -> Iterator[Occurrence]:
    """What definitions say: an administrator changes them like any other, by their own commands."""
    if not search.given:
        return
    mentions = search.provide(search.given)
    for noun in NOUNS.values():
        columns = [
            row[1]
            for row in search.database.execute(f"PRAGMA table_info({noun.table})").fetchall()
            if row[2] == "TEXT" and row[1] != "skeleton"
        ]
        names = ", ".join(map(quoted, columns))
        rows = search.database.execute(
            f"SELECT key, {names} FROM {noun.table} WHERE {mentions}({names}) ORDER BY id"
        ).fetchall()
        for row in rows:
            for column, text in zip(columns, row[1:], strict=True):
                needle = search.given.found(text) if text else None
                if needle is not None:
                    ref = f"{noun.key} {row[0].partition('#')[0]}"
                    yield Occurrence("definition", ref, column, text, needle.text, False)
