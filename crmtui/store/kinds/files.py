"""Files: a value names a file and the hash of its content, which lies beside the workspace."""

import re
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, normal

MAX_SIZE = 25
LARGEST_SIZE = 2048
"""MiB of a file, unless its field says otherwise, and at most."""

LONGEST_NAME = 200
"""Bytes of a file's name: file systems take 255, and people put things before and behind."""

HASH = "[0-9a-f]{64}"
NAME_AT = 66
"""The character of a stored value at which the name begins, as SQL counts."""


class FileKind(Kind):
    """A file; stored as `SHA256/NAME`. Its content is kept by `store.attachments`."""

    key = "file"
    settings = frozenset({"max_size"})
    can_be_unique = False

    def reader(self, field: Field, reading: Reading) -> Reader:
        if reading.file is None:
            raise BadValue("no-default", N_("a file has no default"))
        return reading.file(field)

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        return name_of(value)

    def json(self, value: Any, field: Field) -> Any:
        return {"name": name_of(value), "size": None, "sha256": hash_of(value)}

    def expression(self, column: str, field: Field) -> str:
        return f"substr({column}, {NAME_AT})"

    def order(self, column: str) -> str:
        return f"substr({column}, {NAME_AT}) COLLATE NOCASE"

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.default is not None:
            raise BadValue("no-default", N_("a file has no default"))
        if field.max_size is not None and not 1 <= field.max_size <= LARGEST_SIZE:
            raise BadValue(
                "bad-setting", N_("max-size goes from 1 to {most} MiB"), most=LARGEST_SIZE
            )


KINDS: tuple[Kind, ...] = (FileKind(),)


def hash_of(value: str) -> str:
    """The hash in a stored value."""
    return value[: NAME_AT - 2]


def name_of(value: str) -> str:
    """The name in a stored value."""
    return value[NAME_AT - 1 :]


def value_of(written: Any, field: Field) -> str | None:
    """A written value as it is stored: `SHA256/NAME`, or an object as JSON tells it.

    Raises:
        BadValue: it is neither.
    """
    if isinstance(written, dict):
        parts = [written.get("sha256"), written.get("name")]
        if not written.keys() <= {"name", "size", "sha256"} or not all(
            isinstance(part, str) for part in parts
        ):
            raise BadValue("wrong-shape", N_("a file is an object of name, size and sha256"))
        written = "/".join(map(str, parts))
    text = "" if written is None else written
    if isinstance(text, str) and not text.strip():
        return None
    found = re.match(rf"\s*({HASH})/", text) if isinstance(text, str) else None
    if found is None:
        raise BadValue(
            "not-a-file", N_("{value} is no file; write {field}=@PATH"), value=text, field=field.key
        )
    return f"{found[1]}/{safe_name(text[found.end() :])}"


def safe_name(name: str) -> str:
    """A file's name as it is kept, in NFC: one that names a place in no folder but its own.

    Raises:
        BadValue: it could not be such a name.
    """
    name = normal(name.strip())
    bad = re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029/\\\\]", name)
    if bad or name in ("", ".", ".."):
        raise BadValue("bad-file-name", N_("{name} cannot be the name of a file"), name=name)
    if len(name.encode()) > LONGEST_NAME:
        raise BadValue(
            "bad-file-name",
            N_("the name {name} has more than {most} bytes"),
            name=name,
            most=LONGEST_NAME,
        )
    return name


def size_text(size: int) -> str:
    """A number of bytes as people read it: `812 B`, `12 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    number = float(size)
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 999.5 or unit == "GB":
            break
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"
