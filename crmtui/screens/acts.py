"""What people do to records and types on the screen, and how the last of it is undone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from crmtui.i18n import _
from crmtui.screens.foresight import Foresight, foreseen
from crmtui.screens.threads import WorkspaceThread
from crmtui.store.access import CONFIGURE, WRITE
from crmtui.store.changes import Change
from crmtui.store.effects import Effect
from crmtui.store.handing_over import HandedOver
from crmtui.store.query import Record
from crmtui.store.workspace import Workspace

T = TypeVar("T")

DEEP = 100
"""So many acts can be undone."""


class Done(NamedTuple):
    """An act that was done: its number in the journal, and what it was in words."""

    act: int
    said: str


class Acts:
    """Writes on a thread of its own; each act is one transaction and can be undone.

    Undoing is an act of the workspace like any other: it is journalled, and refused where the
    rules have come to forbid it, or where somebody has changed the same since.
    """

    def __init__(self, writer: WorkspaceThread, language: str) -> None:
        self._writer = writer
        self._language = language
        self._done: list[Done] = []
        self._done_as: dict[str | None, list[Done]] = {None: self._done}

    def turn_to(self, user: str | None) -> None:
        """Undo from now on what was done as that user; None for what one did as oneself."""
        self._done = self._done_as.setdefault(user, [])

    async def add(self, type_key: str, values: Mapping[str, Any], status: str | None) -> Record:
        """Add a record."""
        record, act = await self._do(lambda ws: ws.add(type_key, values, status))
        self._remember(act, _("{ref} added").format(ref=record.ref))
        return record

    async def set(self, ref: str, values: Mapping[str, Any], revision: int | None) -> Record:
        """Change values."""
        (record, _changed), act = await self._do(lambda ws: ws.set(ref, values, revision))
        self._remember(act, _("{ref} changed").format(ref=ref))
        return record

    async def move(self, refs: Sequence[str], target: str, revision: int | None = None) -> str:
        """Move records to a stage or status. Returns what to say.

        Args:
            revision: at which a single record was seen; others may have changed it since, but not
                have moved it elsewhere.
        """
        from crmtui.store.clash import ASK

        moved, act = await self._do(
            lambda ws: list(ws.move_all(refs, target, revision=revision, merge=ASK))
        )
        record = moved[0][0]
        stage = record.type.stage_by_key.get(record.stage or "")
        place = stage.name(self._language) if stage else target
        if len(refs) == 1:
            said = _("{ref} moved to {stage}").format(ref=refs[0], stage=place)
        else:
            said = _("{n} records moved to {stage}").format(n=len(refs), stage=place)
        self._remember(act, said)
        return said

    async def remove(self, refs: Sequence[str], revision: int | None = None) -> str:
        """Remove records. Returns what to say.

        Args:
            revision: at which a single record was seen; others must not have changed it since.
        """
        _removed, act = await self._do(lambda ws: [ws.remove(ref, revision) for ref in refs])
        if len(refs) == 1:
            said = _("{ref} removed").format(ref=refs[0])
        else:
            said = _("{n} records removed").format(n=len(refs))
        self._remember(act, said)
        return said

    async def restore(self, ref: str) -> str:
        """Bring a removed record back. Returns what to say."""
        _restored, act = await self._do(lambda ws: ws.restore(ref))
        said = _("{ref} restored").format(ref=ref)
        self._remember(act, said)
        return said

    async def share(self, ref: str, who: str, *, update: bool) -> str:
        """Let somebody see a record, or change it too. Returns what to say.

        Args:
            who: `user:bob`, `team:north` or `role:sales`.
        """

        def share(workspace: Workspace) -> bool:
            with workspace.sharing() as sharing:
                return sharing.share(ref, who, update=update)

        _shared, act = await self._do(share)
        said = _("{ref} shared with {who}").format(ref=ref, who=who)
        self._remember(act, said)
        return said

    async def unshare(self, ref: str, who: str) -> str:
        """Take a sharing back. Returns what to say."""

        def unshare(workspace: Workspace) -> bool:
            with workspace.sharing() as sharing:
                return sharing.unshare(ref, who)

        _unshared, act = await self._do(unshare)
        said = _("{ref} no longer shared with {who}").format(ref=ref, who=who)
        self._remember(act, said)
        return said

    async def hand_over(self, giver: str, taker: str) -> str:
        """Give all records and teams of a user to another one. Returns what to say."""

        def hand_over(workspace: Workspace) -> HandedOver:
            with workspace.handing_over() as handing:
                return handing.hand_over(giver, taker)

        done, act = await self._do(hand_over)
        given = [f"{count} {key}" for key, count in done.records.items()]
        said = _("{giver} gave {taker}: {what}").format(
            giver=done.giver,
            taker=done.taker,
            what=", ".join([*given, *done.teams]) or _("nothing"),
        )
        self._remember(act, said)
        return said

    async def foresee(self, changes: Sequence[Change]) -> Foresight:
        """What changes of the configuration would make of it; nothing is written."""
        return await self._writer.finish(lambda ws: foreseen(ws, changes))

    async def effects(self, changes: Sequence[Change]) -> list[list[Effect]]:
        """What each of some changes of the configuration would do to records; writes nothing."""

        def tell(ws: Workspace) -> list[list[Effect]]:
            with ws.intent(CONFIGURE, dry_run=True):
                return [ws.change_telling(change)[1] for change in changes]

        return await self._writer.finish(tell)

    async def configure(self, changes: Sequence[Change], since: int) -> str:
        """Change the configuration; undone whole. Returns what to say.

        Args:
            since: the position in the journal at which the changes were thought out.

        Raises:
            Conflict: somebody else changed the configuration since.
        """

        _done, act = await self._do(lambda ws: ws.change(changes, since=since), CONFIGURE)
        said = _("configuration changed ({n})").format(n=len(changes))
        self._remember(act, said)
        return said

    async def undo(self) -> str:
        """Undo the last act that was not undone yet. Returns what to say."""
        if not self._done:
            return _("nothing to undo")
        done = self._done.pop()
        await self._writer.finish(lambda ws: ws.undo(done.act))
        return _("undone: {what}").format(what=done.said)

    async def _do(self, job: Callable[[Workspace], T], right: str = WRITE) -> tuple[T, int | None]:
        """Do something in one transaction; what it gave, and its act if it changed anything.

        Args:
            right: what the actor must be allowed to do.
        """

        def act(workspace: Workspace) -> tuple[T, int | None]:
            with workspace.intent(right):
                found = job(workspace)
            return found, workspace.last_act()

        return await self._writer.finish(act)

    def _remember(self, act: int | None, said: str) -> None:
        if act is not None:
            self._done.append(Done(act, said))
            del self._done[:-DEEP]
