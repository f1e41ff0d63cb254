"""Changes of the configuration that a designer gathers before any of them is made."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmtui.model.nouns import NOUNS
from crmtui.screens.acts import Acts
from crmtui.screens.foresight import Foresight
from crmtui.screens.nodes import split
from crmtui.store.changes import Change
from crmtui.store.effects import Effect
from crmtui.store.errors import Conflict

Changes = tuple[Change, ...]


class DesignDraft:
    """The changes gathered so far, and the configuration as it would be with them.

    Only what the store would accept comes in. Nothing is written before `apply`.
    """

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._before: list[Changes] = []
        self.changes: Changes = ()
        self.foresight = Foresight()
        self.since = -1
        """The position in the journal at which the configuration was last looked at."""
        self.turn = asyncio.Lock()
        """Taken by whoever makes changes of what the draft foresees."""

    async def look(self) -> None:
        """See anew what the changes would make of the configuration as it is now."""
        await self._see()
        self.since = self.foresight.position

    async def _see(self) -> None:
        self.foresight = await self._acts.foresee(self.changes)

    async def put(self, *new: Change) -> Foresight:
        """Take changes into the draft, all of them or none; those without effect are left out.

        Raises:
            CrmError: the store would not accept them.
        """
        changes, found = await self._fitted(new)
        if found.failure is not None:
            raise found.failure
        effective = tuple(
            change
            for change, outcome in zip(changes, found.outcomes, strict=True)
            if outcome.changed
        )
        if effective != self.changes:
            self._before.append(self.changes)
        self.changes = effective
        kept = tuple(outcome for outcome in found.outcomes if outcome.changed)
        self.foresight = found._replace(outcomes=kept)
        return found

    async def tried(self, *new: Change) -> Foresight:
        """What `put` would make of the configuration; the draft stays as it is."""
        return (await self._fitted(new))[1]

    async def _fitted(self, new: Sequence[Change]) -> tuple[Changes, Foresight]:
        """The draft with new changes: where they fit best, else at the end."""
        merged = self.changes
        for change in new:
            merged = _with(merged, change)
        found = await self._acts.foresee(merged)
        appended = (*self.changes, *new)
        if found.failure is not None and merged != appended:
            return appended, await self._acts.foresee(appended)
        return merged, found

    async def effects(self) -> list[list[Effect]]:
        """What each of the changes would do to the records that are there.

        Raises:
            CrmError: they cannot be made.
        """
        return await self._acts.effects(self.changes)

    async def without(self, number: int) -> None:
        """Take the change of that number out again; what needs it then shows as failing."""
        self._before.append(self.changes)
        self.changes = (*self.changes[:number], *self.changes[number + 1 :])
        await self._see()

    async def instead(self, number: int, change: Change) -> None:
        """Put another change in the place of the one of that number."""
        self._before.append(self.changes)
        self.changes = (*self.changes[:number], change, *self.changes[number + 1 :])
        await self._see()

    async def step_back(self) -> bool:
        """Take back what was put last; False when there is nothing to take back."""
        if not self._before:
            return False
        self.changes = self._before.pop()
        await self._see()
        return True

    async def discard(self) -> None:
        """Forget all changes."""
        self.changes, self._before = (), []
        await self.look()

    async def apply(self) -> str:
        """Make the changes, in one transaction. Returns what to say.

        Raises:
            Conflict: somebody else changed the configuration meanwhile; it was looked at again,
                and the changes are still in the draft.
            CrmError: the store will not.
        """
        try:
            said = await self._acts.configure(self.changes, self.since)
        except Conflict:
            await self.look()
            raise
        await self.discard()
        return said


def _with(changes: Changes, new: Change) -> Changes:
    """The changes with one more, joined with what was said of the same thing before."""
    join = {"set": _with_set, "order": _with_order, "remove": _with_removal, "rename": _with_rename}
    if new.verb in join:
        return join[new.verb](changes, new)
    if new.verb == "restore":
        undone = Change("remove", new.noun, new.ref)
        rest = tuple(c for c in changes if not _same(c, undone))
        if rest != changes:
            return rest
    return (*changes, new)


def _same(one: Change, other: Change) -> bool:
    return (one.verb, one.noun, one.ref) == (other.verb, other.noun, other.ref)


def _with_set(changes: Changes, new: Change) -> Changes:
    for number in reversed(range(len(changes))):
        known = changes[number]
        if (known.noun, known.ref) != (new.noun, new.ref) or known.verb not in ("add", "set"):
            continue
        values = {**known.values, **new.values}
        if known.verb == "add":
            values = _said(values)
            if not values and new.noun == "permission":
                # One that says nothing is none.
                return (*changes[:number], *changes[number + 1 :])
        joined = replace(known, values=values)
        return (*changes[:number], joined, *changes[number + 1 :])
    return (*changes, new)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what a new definition would say by saying nothing."""
    return {name: value for name, value in values.items() if value not in (None, "", False, {})}


def _with_order(changes: Changes, new: Change) -> Changes:
    return (*(change for change in changes if not _same(change, new)), new)


def _with_removal(changes: Changes, new: Change) -> Changes:
    """What the draft itself has added is not retired: it is never made."""
    if not any(_same(change, Change("add", new.noun, new.ref)) for change in changes):
        return (*changes, new)
    key = split(new.noun, new.ref)[1]
    rest = [c for c in changes if not _about(c, new.noun, new.ref)]
    return tuple(_reordered(c, new, lambda keys: [k for k in keys if k != key]) for c in rest)


def _with_rename(changes: Changes, new: Change) -> Changes:
    """What the draft itself has added gets the new key at once."""
    if not any(_same(change, Change("add", new.noun, new.ref)) for change in changes):
        return (*changes, new)
    parent, key = split(new.noun, new.ref)
    to = new.values["key"]
    renamed = f"{parent}.{to}" if parent else to
    return tuple(
        _reordered(
            replace(c, ref=renamed + c.ref[len(new.ref) :]) if _about(c, new.noun, new.ref) else c,
            new,
            lambda keys: [to if k == key else k for k in keys],
        )
        for c in changes
    )


def _about(change: Change, noun: str, ref: str) -> bool:
    """Whether a change is about a definition, or about what hangs on it."""
    if change.ref == ref:
        owner = NOUNS[change.noun].parent if change.verb == "order" else change.noun
        return owner == noun
    return change.ref.startswith(f"{ref}.") and _hangs_on(change.noun, noun)


def _hangs_on(noun: str, other: str) -> bool:
    parent = NOUNS[noun].parent
    return parent is not None and (parent == other or _hangs_on(parent, other))


def _reordered(change: Change, new: Change, keys: Any) -> Change:
    if change.verb != "order" or change.noun != new.noun:
        return change
    if change.ref != split(new.noun, new.ref)[0]:
        return change
    return replace(change, values={"keys": keys(change.values["keys"])})
