"""Asking what happened: the words in which it is asked."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_
from crmtui.store.dates import read_date, read_moment
from crmtui.store.errors import Misused, NotFound
from crmtui.store.history import STATUS, Sought
from crmtui.store.journal import stored_moment
from crmtui.store.query import Record, no_field

WORDS = ("record", "field", "since", "until", "actor", "impersonator", "command")
"""What can be looked for besides a type."""


_SAID_AS = {"user": "actor", "by": "impersonator"}
"""What people call what is looked for."""


def words_read(text: str) -> tuple[str | None, dict[str, Any]]:
    """What is looked for, from one line: a type, `TYPE/NUMBER`, or words such as `user=alice`.

    Returns:
        The key of the type, if one was said, and what `sought_for` takes.

    Raises:
        Misused: a word means nothing.
    """
    type_key: str | None = None
    said: dict[str, Any] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        name = _SAID_AS.get(name, name)
        if not equals:
            if "/" in word:
                said["record"] = word
            else:
                type_key = word
        elif name == "type":
            type_key = value
        elif name in WORDS:
            said[name] = value
        else:
            known = ("type", "record", "field", "since", "until", "user", "by", "command")
            raise Misused(
                "bad-word",
                N_("{word} means nothing here; what is looked for is {known}"),
                word=word,
                known=[f"{each}=" for each in known],
            )
    return type_key, said


def sought_for(
    type_key: str | None,
    said: Mapping[str, str | None],
    *,
    types: Callable[[str], Type],
    records: Callable[[str], Record],
    users: Collection[str],
) -> Sought:
    """What is looked for, from words.

    Args:
        said: of `WORDS`, what was said: `record` is a reference, `field` a key or `type.key`, or
            `status`; `since` and `until` are days or moments as people write them, a day until
            which something is looked for being looked at whole.
        types, records: find what the actor may know of, and raise `NotFound`.
        users: the keys that there are.

    Raises:
        Misused: the words do not go together, or name no moment.
        NotFound: there is no such type, record, field or user.
    """
    said = {name: text for name, text in said.items() if text}
    type_ = types(type_key) if type_key else None
    record_id, field = None, said.get("field")
    if "record" in said:
        record = records(said["record"] or "")
        record_id = record.id
        type_ = _one(type_, types(record.type.key))
    if field and "." in field:
        of, _, field = field.partition(".")
        type_ = _one(type_, types(of))
    if field and type_ is None:
        raise Misused(
            "no-type",
            N_("say which type has the field {field}, as TYPE.{field}"),
            "crmtui log --field TYPE.FIELD",
            field=field,
        )
    for name in ("actor", "impersonator"):
        if name in said and said[name] not in users:
            raise NotFound(
                "no-such-user",
                N_("there is no user {value}"),
                "crmtui user list --all",
                value=said[name],
            )
    return Sought(
        type_,
        record_id,
        _field(type_, field) if type_ and field else None,
        _since(said.get("since")),
        _until(said.get("until")),
        said.get("actor"),
        said.get("impersonator"),
        said.get("command"),
    )


def _field(type_: Type, key: str) -> Field:
    if key in ("status", "stage"):
        return STATUS
    found = next((field for field in type_.all_fields if field.key == key), None)
    if found is None:
        raise no_field(type_, key)
    return found


def _one(type_: Type | None, other: Type) -> Type:
    if type_ is not None and type_.id != other.id:
        raise Misused(
            "two-types",
            N_("one type is looked at, not both {type} and {other}"),
            type=type_.key,
            other=other.key,
        )
    return other


def _since(text: str | None) -> str | None:
    return stored_moment(_moment(text)) if text else None


def _until(text: str | None) -> str | None:
    if not text:
        return None
    day = read_date(text.strip(), datetime.now().astimezone().date())
    return stored_moment(_moment(str(day + timedelta(days=1)) if day else text))


def _moment(text: str) -> datetime:
    found = read_moment(text.strip(), datetime.now().astimezone())
    if found is None:
        raise Misused("not-a-datetime", N_("{value} is not a date or moment"), value=text)
    return found.astimezone(UTC)
