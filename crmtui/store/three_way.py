"""The three-way merge of a record: before, theirs and yours, compared as stored values.

What only one side has changed is taken from that side; where both came to the same there is
nothing to decide. A value that is added to what a field holds, or taken from it, goes together with
anything others did there, and a part of a structured value stands for itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.definitions import Field
from crmtui.store.drafts import Draft
from crmtui.store.errors import Problem
from crmtui.store.history import Write
from crmtui.store.kinds import KINDS
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


UNKNOWN = Unread("")
"""What a value was, where that is not known: other than any that there is."""


class Before(NamedTuple):
    """What a record was before some writes.

    Args:
        values: by field key, of what was written; the id of its status by `STATUS`.
        last: the last write of each, and of whether the record is `removed`.
        known: whether these are all writes; else nobody knows what was before.
        told: whether the one who saves may know what it was.
    """

    values: dict[str, Any]
    last: dict[str, Write]
    known: bool
    told: bool


def earlier(writes: Sequence[Write] | None, *, told: bool) -> Before:
    """What a record was before some writes, the newest first; None when some are lost."""
    values: dict[str, Any] = {}
    last: dict[str, Write] = {}
    for write in writes or ():
        for key, (was, _) in write.changes.items():
            values[key] = was
            last.setdefault(key, write)
        if write.op == "move":
            values[STATUS] = write.moved[0]
            last.setdefault(STATUS, write)
        elif write.op != "set":
            last.setdefault("removed", write)
    known = writes is not None
    return Before(values, last, known, told and known)


def sides(
    fields: Sequence[Field],
    values: Mapping[str, Any],
    draft: Draft,
    now: Mapping[str, Any],
    before: Before,
) -> tuple[list[Side], list[Problem]]:
    """The fields that either side changed, and what cannot be read of what was to be saved.

    Args:
        fields: those that may be told of.
        values: what was to be saved, as it was written.
        now: the stored values of the record.
        before: what others changed, as it was.
    """
    then = {**now, **before.values} if before.told else now
    ours, problems = draft.read(values, then)
    edits = {
        key: _changing(value, draft.type.field_by_key[key], then[key], ours[key])
        if before.told
        else value
        for key, value in values.items()
        if isinstance(value, Edit) and key in ours
    }
    merged, unread = draft.read(edits, now)
    problems += unread
    found = []
    for field in fields:
        key = field.key
        if key not in now:
            continue  # computed from others
        theirs = now[key]
        if key not in values:
            was = before.values.get(key, theirs)
            side = side_of(field, was, theirs, was)
        else:
            was = before.values.get(key, theirs if before.known else UNKNOWN)
            yours = ours.get(key, Unread(str(values[key])))
            side = side_of(field, was, theirs, yours, told=before.told)
            if key in merged:
                side = _edited(side, edits[key], merged[key])
            if not before.known and not side.by_us:
                continue
        if side.by_them or side.by_us:
            found.append(side)
    return found, problems


def side_of(
    field: Field | None, before: Any, theirs: Any, yours: Any, *, told: bool = True
) -> Side:
    """Three values compared.

    Args:
        told: whether the one who saves may know what it was before. What they leave as it was is a
            change of theirs otherwise, where it is not so any more: else it would tell them.
    """
    by_them = theirs != before
    by_us = yours != before if told else yours != theirs
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
    """The parts of a structured value; none of any other, nor of one that is not known."""
    kind = KINDS[field.kind]
    known = value is not None and not isinstance(value, Unread)
    return kind.json(value, field) if kind.parts and known else {}
