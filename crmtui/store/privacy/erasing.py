"""Erasing what is kept about one person, in one act that nothing can undo.

Personal fields of their records are emptied (one that must have a value says that it was erased),
what names them elsewhere is replaced by a mark, files go, and the journal forgets the values. No
rule of a type stands against it: erasing wins.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.store import link_tables
from crmtui.store.database import quoted
from crmtui.store.journal import Journal, erased
from crmtui.store.privacy.contents import FileMention, files_about, held_elsewhere
from crmtui.store.privacy.finding import Mention, RecordKey, Search
from crmtui.store.privacy.past import Past
from crmtui.store.privacy.values import mark_of, without
from crmtui.store.uniqueness import folds, uniques, with_folded

_SAYS_SO = frozenset("text longtext person email phone url".split())
"""Kinds of which a value can say that it was erased."""


class Erased(NamedTuple):
    """What was erased: how many records, values of theirs, mentions elsewhere, files, rows of the
    journal and commands; `left` says how many places hold the same and were left.

    Args:
        contents: the hashes of the contents of files that nothing refers to any more.
    """

    records: int
    values: int
    mentions: int
    files: int
    entries: int
    commands: int
    left: int
    contents: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: value for name, value in self._asdict().items() if isinstance(value, int)}

    @property
    def nothing(self) -> bool:
        """Whether there was nothing to erase."""
        return not any((self.values, self.mentions, self.files, self.entries, self.commands))


class Erasure:
    """Erases what a search is about, inside the transaction that is open."""

    def __init__(self, search: Search, journal: Journal, actor_id: int) -> None:
        self._search = search
        self._database = search.database
        self._journal = journal
        self._actor_id = actor_id
        self._changes: dict[RecordKey, dict[Field, Any]] = {}
        """What fields of records are to be."""

    def carry_out(self) -> Erased:
        """Erase it all; says what was erased."""
        search = self._search
        search.refuse_several()
        files = files_about(search)
        kept = held_elsewhere(search, files)
        contents = tuple(sorted({file.sha256 for file in files} - kept))
        values = self._empty_theirs()
        near = [mention for mention in search.derived_mentions if search.near(mention.key)]
        mentions = self._replace([*search.mentions, *near])
        self._take(files)
        # Before what is done now is journalled, so that it is not looked through.
        entries = self._forget_past(contents)
        commands = self._forget_commands()
        for key, changes in self._changes.items():
            self._write(search.types[key[0]], key[1], changes)
        return Erased(
            records=len(search.theirs),
            values=values,
            mentions=mentions,
            files=len(files),
            entries=entries,
            commands=commands,
            left=len(search.derived_mentions) - len(near),
            contents=contents,
        )

    # What records are to be

    def _empty_theirs(self) -> int:
        count = 0
        for key in self._search.theirs:
            for field, value in self._search.kept(key, self._search.personal(key)).items():
                new = self._emptied(key, field)
                if new != value:
                    self._changes.setdefault(key, {})[field] = new
                    count += 1
        return count

    def _emptied(self, key: RecordKey, field: Field) -> Any:
        """What stands in an erased field: nothing, or that it was erased where it must not."""
        if not field.required or field.kind not in _SAYS_SO:
            return None
        mark = self._mark(key, field)
        return f'{{"full":"{mark}"}}' if field.kind == "person" else mark

    def _mark(self, key: RecordKey, field: Field) -> str:
        """What is read where something was erased; no two records alike where they must not be."""
        type_ = self._search.types[key[0]]
        unique = any(field.id == each.id for one in uniques(type_) for each in one.fields)
        return mark_of(key[1] if unique else None)

    def _replace(self, mentions: Iterable[Mention]) -> int:
        search, count = self._search, 0
        for mention in mentions:
            changes = self._changes.setdefault(mention.key, {})
            if mention.field in changes or mention.field.kind == "file":
                continue
            needles = search.everything if search.near(mention.key) else search.given
            mark = self._mark(mention.key, mention.field)
            new = without(mention.field, mention.value, needles, mark)
            if new is None:
                new = self._emptied(mention.key, mention.field)
            changes[mention.field] = new
            count += 1
        return count

    def _take(self, files: Iterable[FileMention]) -> None:
        for file in files:
            self._changes.setdefault(file.key, {})[file.field] = None

    # Writing

    def _write(self, type_: Type, record_id: int, changes: Mapping[Field, Any]) -> None:
        if not changes:
            return
        own = {field.key: new for field, new in changes.items() if field.kind != "multilink"}
        for field in changes:
            if field.kind == "multilink":
                link_tables.relink(self._database, field, record_id, None)
        columns = with_folded(folds(type_), own)
        sets = "".join(f"{quoted(column)} = ?, " for column in columns)
        self._database.execute(
            f"UPDATE {quoted(type_.key)} SET {sets}updated_at = ?, updated_by = ?,"
            " revision = revision + 1 WHERE id = ?",
            (*columns.values(), self._journal.at, self._actor_id, record_id),
        )
        said = {str(field.id): [erased(), new] for field, new in changes.items()}
        self._journal.write("erase", type_.id, record_id, said)

    def _forget_past(self, contents: tuple[str, ...]) -> int:
        count = 0
        for redaction in Past(self._search, contents).redactions():
            sql = "UPDATE crm_journal SET changes = ? WHERE id = ?"
            self._database.execute(sql, (redaction.left, redaction.id))
            count += 1
        return count

    def _forget_commands(self) -> int:
        """Take the texts that were looked for out of commands, and of what was refused."""
        count = 0
        for place in commands_naming(self._search):
            sets = ", ".join(f"{name} = ?" for name in place.texts)
            self._database.execute(
                f"UPDATE {place.table} SET {sets} WHERE id = ?",
                (*(self._search.given.without(text) for text in place.texts.values()), place.id),
            )
            count += 1
        return count


class CommandMention(NamedTuple):
    """A row of acts or of refusals whose texts name the person."""

    table: str
    id: int
    texts: dict[str, str]


_COMMANDS = {"crm_act": ("command",), "crm_refusal": ("command", "what", "reason")}


def commands_naming(search: Search) -> list[CommandMention]:
    """The commands, and what was refused, that name whom a search is for."""
    if not search.given:
        return []
    mentions = search.provide(search.given)
    found = []
    for table, names in _COMMANDS.items():
        columns = ", ".join(names)
        rows = search.database.execute(
            f"SELECT id, {columns} FROM {table} WHERE {mentions}({columns}) ORDER BY id"
        ).fetchall()
        for row in rows:
            texts = {name: text for name, text in zip(names, row[1:], strict=True) if text}
            found.append(CommandMention(table, row[0], texts))
    return found
