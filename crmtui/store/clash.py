"""Concurrent editing: what others have changed of a record since somebody looked at it.

Who changes a record may say at which revision they saw it. When others have written it since, each
field has three values: before, theirs and yours. The change is then refused and tells them, or
merged with theirs as `three_way` says; where both changed the same to different values, the one who
saves decides. What is merged obeys the rules as any other change does, in the same transaction.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from crmtui.model.definitions import Field, Status, Type
from crmtui.model.message import N_, Message
from crmtui.store.drafts import IN_STAGE, Draft
from crmtui.store.errors import Conflict, Invalid, Problem
from crmtui.store.history import History
from crmtui.store.query import no_field
from crmtui.store.records import Records
from crmtui.store.three_way import STATUS, Before, Side, Unread, earlier, side_of, sides

if TYPE_CHECKING:
    from crmtui.store.guard import Guard

ASK, OURS, THEIRS = "ask", "ours", "theirs"
"""What becomes of a field that both changed: it is refused, as it was to be, or as it is now."""

_BRIEF = 60
"""Characters of a value that an error repeats; its facts have all of it."""


class Told(NamedTuple):
    """A value as machines read it, and as people do; None where there is none."""

    plain: str | None
    shown: str | None


class ThreeValues(NamedTuple):
    """A field that either side has changed; `status` is where the record stands.

    Args:
        before: what it was at the revision that was seen; None where nobody knows, or the actor
            may not.
        theirs: what it is now.
        yours: what it was to be; as `before` where nothing was said of it.
        merged: what it shall be when both are merged; as `yours` where both made another of it.
        by: who changed it last, as far as that may be known; None where only the one who saves did.
        at: when that was.
        by_them: whether others changed it.
        by_us: whether the one who saves did.
        contested: whether both did, to different values.
    """

    key: str
    label: str
    before: Told | None
    theirs: Told
    yours: Told | None
    merged: Told
    by: str | None
    at: str | None
    by_them: bool
    by_us: bool
    contested: bool

    def json(self) -> dict[str, Any]:
        """The three values as an error tells machines."""
        return {
            "field": self.key,
            "before": self.before.plain if self.before else None,
            "theirs": self.theirs.plain,
            "yours": self.yours.plain if self.yours else None,
            "by": self.by,
            "at": self.at,
            "contested": self.contested,
        }

    def message(self) -> Message:
        """What others made of it, and what the one who saves would, in a few words."""
        field, theirs = self.key, _brief(self.theirs)
        if self.before is None:
            change = Message(N_("{field} is now {theirs}"), field=field, theirs=theirs)
        else:
            template = N_("{field} {before} -> {theirs}")
            change = Message(template, field=field, before=_brief(self.before), theirs=theirs)
        if not self.contested or self.yours is None:
            return change
        return Message(N_("{change}, yours {yours}"), change=change, yours=_brief(self.yours))


class Meanwhile(NamedTuple):
    """What became of a record since a revision of it was seen.

    Args:
        revision: that of the record now.
        by: who wrote it last.
        at: when that was.
        fields: what either side changed.
    """

    ref: str
    revision: int
    removed: bool
    by: str
    at: str
    fields: tuple[ThreeValues, ...]

    @property
    def contested(self) -> tuple[ThreeValues, ...]:
        """What both sides changed, to different values."""
        return tuple(each for each in self.fields if each.contested)

    @property
    def theirs(self) -> tuple[ThreeValues, ...]:
        """What others changed."""
        return tuple(each for each in self.fields if each.by_them)


class ChangedMeanwhile(Conflict):
    """Others have changed the record; `meanwhile` has the three values of each field.

    Args:
        told: the fields that the error is about.
    """

    def __init__(self, meanwhile: Meanwhile, told: Iterable[ThreeValues], hint: str) -> None:
        self.meanwhile = meanwhile
        told = tuple(told)
        changes = [each.message() for each in told if each.by_them]
        super().__init__(
            "changed-meanwhile",
            N_("{ref} was changed meanwhile by {user}: {what}")
            if changes
            else N_("{ref} was changed meanwhile by {user}"),
            hint,
            ref=meanwhile.ref,
            revision=meanwhile.revision,
            user=meanwhile.by,
            at=meanwhile.at,
            what=Message("{changes}", changes=changes),
            fields=[each.json() for each in told],
        )


class _Comparison(NamedTuple):
    """A record now beside what it was at the revision that was seen.

    Args:
        seen: its type as the actor sees it.
        by: who wrote it last, and `at` when.
        problems: what was to be saved and cannot be read.
    """

    ref: str
    seen: Type
    revision: int
    removed: bool
    by: str
    at: str
    before: Before
    sides: list[Side]
    problems: list[Problem]


class Clashes:
    """Compares what is to be saved with what others changed of a record, and merges both.

    Args:
        records: the write path.
        history: the journal.
        guard: what stands before what the actor may not; None for an administrator.
    """

    def __init__(self, records: Records, history: History, guard: "Guard | None") -> None:
        self._records = records
        self._history = history
        self._guard = guard

    def meanwhile(
        self, record_id: int, revision: int, values: Mapping[str, Any], draft: Draft
    ) -> Meanwhile | None:
        """What became of a record since a revision, beside what is to be saved; None for nothing.

        Raises:
            NotFound: there is no such record. Conflict: it never had that revision.
        """
        if self._guard:
            self._guard.reading(draft.type, record_id)
            self._guard.known(draft.type, values)
        found = self._compared(record_id, revision, values, draft)
        return self._told(found) if found else None

    def save(
        self,
        record_id: int,
        revision: int,
        values: Mapping[str, Any],
        draft: Draft,
        status: Status | None = None,
        merge: str | None = None,
    ) -> bool:
        """Change a record that was seen at a revision, and move it; False when it was so already.

        Args:
            draft: of the type of the record.
            status: where it is moved to, if it is moved.
            merge: `ASK`, `OURS` or `THEIRS`; None refuses when anything was written since.

        Raises:
            ChangedMeanwhile: others have changed it, or the same of it.
            Conflict: it was removed meanwhile, or never had that revision.
            Invalid: values are against the rules, by themselves or together with theirs.
        """
        if self._guard and status is not None:
            self._guard.moving(draft.type, record_id, status)
        if self._guard and (values or status is None):
            self._guard.changing(draft.type, record_id, values.keys())
        found = self._compared(record_id, revision, values, draft, status)
        if found is None or _long_removed(found):
            # There is nothing to merge with; that it is removed the write path says by itself.
            return self._write(record_id, values, draft, status)
        if found.problems:
            raise Invalid(found.ref, found.problems)
        contested = any(side.contested for side in found.sides)
        if merge is None or (merge == ASK and contested):
            words = f"move {found.ref} {status.ref}" if status else f"set {found.ref} FIELD=VALUE"
            self._refuse(found, f"crmtui record {words} --revision {revision}", merge)
        taken = {
            side.key: side.merged
            for side in found.sides
            if side.by_us and (merge == OURS or not side.contested)
        }
        target = status if taken.pop(STATUS, None) is not None else None
        if taken:
            return self._records.set_stored(draft.type, record_id, taken, draft, target)
        return target is not None and self._records.move(draft.type, record_id, target)

    def _write(
        self, record_id: int, values: Mapping[str, Any], draft: Draft, status: Status | None
    ) -> bool:
        if status is not None:
            return self._records.move(draft.type, record_id, status, values, draft)
        return self._records.set(draft.type, record_id, values, draft)

    def refuse_changed(self, record_id: int, revision: int, draft: Draft) -> None:
        """Refuse to remove a record that others have written since a revision, and not removed.

        Raises:
            ChangedMeanwhile: they have. Conflict: it never had that revision.
        """
        if self._guard:
            self._guard.removing(draft.type, record_id)
        found = self._compared(record_id, revision, {}, draft)
        if found is not None and not found.removed:
            told = self._told(found)
            hint = f"crmtui record remove {found.ref} --revision {found.revision}"
            raise ChangedMeanwhile(told, told.fields, hint)

    def _refuse(self, found: _Comparison, words: str, merge: str | None) -> NoReturn:
        told = self._told(found)
        if merge == ASK:
            raise ChangedMeanwhile(told, told.contested, f"{words} --ours")
        raise ChangedMeanwhile(told, told.fields, f"{words} --merge")

    # Comparing

    def _compared(
        self,
        record_id: int,
        revision: int,
        values: Mapping[str, Any],
        draft: Draft,
        status: Status | None = None,
    ) -> _Comparison | None:
        """A record now beside what it was at a revision; None when it is still at that one."""
        type_, guard = draft.type, self._guard
        besides = ("revision", "removed_at", "updated_at", "updated_by")
        columns = dict.fromkeys([*besides, *draft.kept_columns, *IN_STAGE])
        now = self._records.kept(type_, record_id, columns, removed=True)
        ref = f"{type_.key}/{record_id}"
        if now["revision"] == revision:
            return None
        if now["revision"] < revision:
            raise Conflict(
                "no-such-revision",
                N_("{ref} is at revision {present} and was never at {revision}"),
                f"crmtui record show {ref} --fields revision",
                ref=ref,
                present=now["revision"],
                revision=revision,
            )
        seen, fields = type_, type_.fields
        if guard:
            seen = guard.visible.type(type_.key, retired=True)
            fields = tuple(guard.visible.open_fields(type_, record_id))
            _refuse_unseen(seen, fields, values)
        writes = self._history.writes(type_, record_id, now["revision"] - revision)
        told = guard is None or guard.looks_back(type_, record_id)
        before = earlier(writes, told=told)
        found, problems = sides(fields, values, draft, now, before)
        place = _place(type_, now, status, before)
        if place is not None:
            found.insert(0, place)
        return _Comparison(
            ref,
            seen,
            now["revision"],
            now["removed_at"] is not None,
            writes[0].actor if writes and told else self._history.user(now["updated_by"]),
            writes[0].at if writes and told else now["updated_at"],
            before,
            found,
            problems,
        )

    # Telling

    def _told(self, found: _Comparison) -> Meanwhile:
        fields = tuple(self._three(found, side) for side in found.sides)
        return Meanwhile(found.ref, found.revision, found.removed, found.by, found.at, fields)

    def _three(self, found: _Comparison, side: Side) -> ThreeValues:
        told = found.before.told
        write = found.before.last.get(side.key) if told and side.by_them else None
        return ThreeValues(
            side.key,
            side.field.name(self._history.language) if side.field else STATUS,
            self._value(found, side, side.before) if told or not side.by_them else None,
            self._value(found, side, side.theirs),
            self._value(found, side, side.yours) if told or side.by_us else None,
            self._value(found, side, side.merged),
            write.actor if write else None,
            write.at if write else None,
            side.by_them,
            side.by_us,
            side.contested,
        )

    def _value(self, found: _Comparison, side: Side, stored: Any) -> Told:
        if isinstance(stored, Unread):
            return Told(stored.written, stored.written)
        history, field = self._history, side.field
        if field is not None:
            return Told(history.text(field, stored, True), history.text(field, stored, False))
        known = {status.id for stage in found.seen.all_stages for status in stage.statuses}
        if self._guard and stored not in known:
            return Told(None, None)
        return Told(history.status(stored, True), history.status(stored, False))


def _place(
    type_: Type, now: Mapping[str, Any], status: Status | None, before: Before
) -> Side | None:
    """Where a record stands, when either side moved it.

    Args:
        status: where it was to be moved.
    """
    standing = type_.status(now["stage"], now["status"]) if now["stage"] else None
    here = standing.id if standing else None
    stood = before.values.get(STATUS, here)
    if status is None:
        side = side_of(None, stood, here, stood)
    else:
        stood = stood if before.known else None
        side = side_of(None, stood, here, status.id, told=before.told)
    return side if side.by_us or (side.by_them and before.known) else None


def _refuse_unseen(seen: Type, fields: Iterable[Field], values: Mapping[str, Any]) -> None:
    """Refuse values for what the actor does not see of the record, which could not be told of."""
    keys = {field.key for field in fields}
    for key in values:
        if key in seen.field_by_key and key not in keys:
            raise no_field(seen, key)


def _long_removed(found: _Comparison) -> bool:
    """Whether a record was removed already at the revision that was seen.

    Raises:
        Conflict: it was removed since.
    """
    if not found.removed:
        return False
    if found.before.known and "removed" not in found.before.last:
        return True
    raise Conflict(
        "removed-meanwhile",
        N_("{ref} was removed meanwhile by {user}"),
        f"crmtui record restore {found.ref}",
        ref=found.ref,
        user=found.by,
        at=found.at,
    )


def _brief(value: Told) -> str | Message:
    """A value short enough for a line that tells several."""
    if value.shown is None:
        return Message(N_("nothing"))
    text = " ".join(value.shown.split())
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1] + "…"
