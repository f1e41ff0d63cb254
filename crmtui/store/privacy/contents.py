"""Files that are about a person: those of their records, and those that name them.

A file names the person by its name, or by its text where it is plain text in an encoding that can
be told. What a picture, a PDF or an office document says is not read.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.store.attachments import Attachments
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.encoding import TextFile
from crmtui.store.errors import CrmError
from crmtui.store.kinds.files import hash_of, name_of
from crmtui.store.privacy.finding import RecordKey, Search
from crmtui.store.privacy.subjects import Needles

_CHUNK, _OVERLAP = 1 << 20, 1000
"""Characters that are looked through at once, and those of them looked through once more."""


class FileMention(NamedTuple):
    """A file that is about the person.

    Args:
        known_by: the text by which it names them; empty for a file of a record of theirs.
    """

    type: Type
    record_id: int
    field: Field
    value: str
    known_by: str

    @property
    def key(self) -> RecordKey:
        """The record that has it."""
        return self.type.id, self.record_id

    @property
    def ref(self) -> str:
        """The record as people write it."""
        return f"{self.type.key}/{self.record_id}"

    @property
    def name(self) -> str:
        """What the file is called."""
        return name_of(self.value)

    @property
    def sha256(self) -> str:
        """The hash of its content."""
        return hash_of(self.value)


def files_about(search: Search) -> list[FileMention]:
    """The files that records have now and that are about whom a search is for."""
    attachments = Attachments(search.database)
    read: dict[str, str] = {}
    found = []
    for type_, record_id, field, value in _files(search.database, search.types.values()):
        key = (type_.id, record_id)
        if key in search.theirs and field in search.personal(key):
            found.append(FileMention(type_, record_id, field, value, ""))
            continue
        named = search.given.found(name_of(value)) if search.given else None
        text = named.text if named else ""
        if not text and search.given:
            sha256 = hash_of(value)
            if sha256 not in read:
                read[sha256] = _named_in(attachments, value, search.given)
            text = read[sha256]
        if text and key not in search.besides:
            found.append(FileMention(type_, record_id, field, value, text))
    return found


def held_elsewhere(search: Search, files: list[FileMention]) -> frozenset[str]:
    """Of the contents of some files, those that another record has as well."""
    gone = {(file.key, file.field.id) for file in files}
    hashes = {file.sha256 for file in files}
    return frozenset(
        hash_of(value)
        for type_, record_id, field, value in _files(search.database, search.types.values())
        if hash_of(value) in hashes and ((type_.id, record_id), field.id) not in gone
    )


def remove_contents(database: Database, catalog: Catalog, hashes: Collection[str]) -> None:
    """Remove contents for good, but for those that a record has by now; a transaction is open.

    Raises:
        Forbidden: the system does not let one be removed.
    """
    attachments = Attachments(database)
    held = {hash_of(value) for *_, value in _files(database, catalog.types(retired=True))}
    for sha256 in hashes:
        if sha256 not in held:
            attachments.discard(sha256)


def _files(database: Database, types: Iterable[Type]) -> Iterator[tuple[Type, int, Field, str]]:
    for type_ in types:
        for field in type_.all_fields:
            if field.kind != "file":
                continue
            column = quoted(field.key)
            rows: list[Any] = database.execute(
                f"SELECT id, {column} FROM {quoted(type_.key)} WHERE {column} IS NOT NULL"
            ).fetchall()
            for record_id, value in rows:
                yield type_, record_id, field, value


def _named_in(attachments: Attachments, value: str, needles: Needles) -> str:
    """The text by which the content of a file names a person; empty when it does not."""
    try:
        attachment = attachments.opened(value)
    except CrmError:
        return ""  # lost or damaged: nobody can read it here
    with attachment.stream as stream:
        try:
            text = TextFile(stream, attachment.name).text(None)
            tail = ""
            while chunk := text.read(_CHUNK):
                needle = needles.found(tail + chunk)
                if needle is not None:
                    return needle.text
                tail = chunk[-_OVERLAP:]
        except (CrmError, UnicodeDecodeError):
            return ""
    return ""
