"""The three-way merge of a record: before, theirs and yours, compared as stored values.

What only one side has changed is taken from that side; where both came to the same there is
nothing to decide. A value that is added to what a field holds, or taken from it, goes together with
anything others did there, and a part of a structured value stands for itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.store.errors import Problem
from crmtui.store.history import Write
from crmtui.store.kinds import KINDS
from crmtui.store.query import no_field
from crmtui.store.records import Draft
from crmtui.store.values import Edit, Part

STATUS = "status"
"""What stands for where a record stands, which is the id of its status; no field has this key."""


class Unread(NamedTuple):
    """What was to be saved and cannot be read as a value of its field."""

    written: str


class Side(NamedTuple):
    """A field that either side has changed.

    Args:
        field: None for where the record stands.
        merged: what it shall be when both are merged, if the one who saves gets their way.
        by_them: whether others changed it.
        by_us: whether the one who saves did.
        contested: whether they made different things of it.
    """

    field: Field | None
    before: Any
    theirs: Any
    yours: Any
    merged: Any
    by_them: bool
    by_us: bool
    contested: bool

    @property
    def key(self) -> str:
        """The key of the field."""
        return self.field.key if self.field else STATUS


class Earlier(NamedTuple):
    """What a record was before some writes.

    Args:
        values: by field key, of what was written; the id of its status by `STATUS`.
        last: the last write of each, and of whether the record is `removed`.
    """

    values: dict[str, Any]
    last: dict[str, Write]


def earlier(writes: Iterable[Write]) -> Earlier:
    """What a record was before some writes, the newest first."""
    values: dict[str, Any] = {}
    last: dict[str, Write] = {}
    for write in writes:
        for key, (was, _) in write.changes.items():
            values[key] = was
            last.setdefault(key, write)
        if write.op == "move":
            values[STATUS] = write.moved[0]
            last.setdefault(STATUS, write)
        elif write.op != "set":
            last.setdefault("removed", write)
    return Earlier(values, last)


def sides(
    type_: Type,
    values: Mapping[str, Any],
    draft: Draft,
    now: Mapping[str, Any],
    before: Mapping[str, Any] | None,
) -> tuple[list[Side], list[Problem]]:
    """The fields that either side changed, and what cannot be read of what was to be saved.

    Args:
        type_: as the actor sees it.
        values: what was to be saved, as it was written.
        now: the stored values of the record.
        before: those that others changed as they were before; None where that is not known. Then
            all that is to be saved and is not so already is contested.

    Raises:
        NotFound: the type has no such field.
    """
    for key in values:
        if key in draft.type.field_by_key and key not in type_.field_by_key:
            raise no_field(type_, key)
    then = {**now, **(before or {})}
    ours, problems = draft.read(values, then)
    edits = {
        key: _changing(value, type_.field_by_key[key], then[key], ours[key])
        for key, value in values.items()
        if isinstance(value, Edit) and key in ours
    }
    merged, unread = draft.read(edits, now)
    problems += unread
    found = []
    for field in type_.fields:
        key = field.key
        if key not in now:
            continue  # computed from others
        theirs = now[key]
        was = theirs if before is None else before.get(key, theirs)
        if key not in values:
            side = side_of(field, was, theirs, was)
        else:
            yours = ours.get(key, Unread(str(values[key])))
            side = side_of(field, was, theirs, yours, known=before is not None)
            if key in merged:
                side = _edited(side, edits[key], merged[key])
        if side.by_them or side.by_us:
            found.append(side)
    return found, problems


def side_of(
    field: Field | None, before: Any, theirs: Any, yours: Any, *, known: bool = True
) -> Side:
    """Three values compared.

    Args:
        known: whether `before` is what it was, or nobody knows.
    """
    if not known:
        differs = yours != theirs
        return Side(field, None, theirs, yours, yours, differs, differs, differs)
    by_them, by_us = theirs != before, yours != before
    contested = by_them and by_us and yours != theirs
    return Side(field, before, theirs, yours, yours if by_us else theirs, by_them, by_us, contested)


def _changing(edit: Edit, field: Field, before: Any, yours: Any) -> Edit:
    """An edit without the parts that it leaves as they were."""
    was, shall = _parts(field, before), _parts(field, yours)
    return Edit(
        tuple(
            step
            for step in edit.steps
            if not isinstance(step, Part) or was.get(step.name) != shall.get(step.name)
        )
    )


def _edited(side: Side, edit: Edit, merged: Any) -> Side:
    """The side of a value that is not replaced but changed: the same change, made of theirs."""
    field = side.field
    assert field is not None
    was, theirs, shall = (_parts(field, value) for value in (side.before, side.theirs, merged))
    contested = side.by_them and any(
        was.get(step.name) != theirs.get(step.name) != shall.get(step.name)
        for step in edit.steps
        if isinstance(step, Part)
    )
    by_us = side.by_us or merged != side.theirs
    return side._replace(merged=merged, by_us=by_us, contested=contested)


def _parts(field: Field, value: Any) -> dict[str, str]:
    """The parts of a structured value; none of any other."""
    kind = KINDS[field.kind]
    return kind.json(value, field) if kind.parts and value is not None else {}
