"""What people do to records on the screen, and how the last of it is undone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.i18n import _
from crmtui.screens.threads import WorkspaceThread
from crmtui.store.query import Record
from crmtui.store.workspace import Workspace

DEEP = 100
"""So many acts can be undone."""


class Done(NamedTuple):
    """An act that was done.

    Args:
        said: in words, for the state line.
        undo: brings about how it was before, in one transaction.
    """

    said: str
    undo: Callable[[Workspace], object]


class Acts:
    """Writes on a thread of its own; each act is one transaction and can be undone.

    Undoing is an act of the workspace like any other: it is journalled, and refused where the
    rules have come to forbid it.
    """

    def __init__(self, writer: WorkspaceThread, language: str) -> None:
        self._writer = writer
        self._language = language
        self._done: list[Done] = []

    async def add(self, type_key: str, values: Mapping[str, Any], status: str | None) -> Record:
        """Add a record; undone by removing it."""
        record = await self._writer.finish(lambda ws: ws.add(type_key, values, status))
        self._remember(_("{ref} added").format(ref=record.ref), lambda ws: ws.remove(record.ref))
        return record

    async def set(self, ref: str, values: Mapping[str, Any], revision: int | None) -> Record:
        """Change values; undone by writing the former ones."""

        def change(ws: Workspace) -> tuple[Record, dict[str, str], bool]:
            with ws.intent():
                before = ws.record(ref)
                kept = {key: before.entry(key) for key in values}
                record, changed = ws.set(ref, values, revision)
                return record, kept, changed

        record, kept, changed = await self._writer.finish(change)
        if changed:
            self._remember(_("{ref} changed").format(ref=ref), lambda ws: ws.set(ref, kept))
        return record

    async def move(self, refs: Sequence[str], target: str) -> str:
        """Move records to a stage or status; undone by moving each back. Returns what to say."""

        def change(ws: Workspace) -> tuple[list[tuple[str, str]], str]:
            with ws.intent():
                back, place = [], ""
                for ref in refs:
                    before = ws.record(ref, ["id"])
                    record, moved = ws.move(ref, target)
                    stage = record.type.stage_by_key.get(record.stage or "")
                    place = stage.name(self._language) if stage else target
                    if moved and before.stage:
                        back.append((ref, f"{before.stage}.{before.status}"))
                return back, place

        def undo(ws: Workspace) -> None:
            with ws.intent():
                for ref, place in back:
                    ws.move(ref, place)

        back, place = await self._writer.finish(change)
        if len(refs) == 1:
            said = _("{ref} moved to {stage}").format(ref=refs[0], stage=place)
        else:
            said = _("{n} records moved to {stage}").format(n=len(refs), stage=place)
        if back:
            self._remember(said, undo)
        return said

    async def remove(self, refs: Sequence[str]) -> str:
        """Remove records; undone by restoring them. Returns what to say."""

        def change(ws: Workspace) -> None:
            with ws.intent():
                for ref in refs:
                    ws.remove(ref)

        def undo(ws: Workspace) -> None:
            with ws.intent():
                for ref in refs:
                    ws.restore(ref)

        await self._writer.finish(change)
        if len(refs) == 1:
            said = _("{ref} removed").format(ref=refs[0])
        else:
            said = _("{n} records removed").format(n=len(refs))
        self._remember(said, undo)
        return said

    async def restore(self, ref: str) -> str:
        """Bring a removed record back; undone by removing it again. Returns what to say."""
        restored = await self._writer.finish(lambda ws: ws.restore(ref))
        said = _("{ref} restored").format(ref=ref)
        if restored:
            self._remember(said, lambda ws: ws.remove(ref))
        return said

    async def undo(self) -> str:
        """Undo the last act that was not undone yet. Returns what to say."""
        if not self._done:
            return _("nothing to undo")
        done = self._done.pop()
        await self._writer.finish(done.undo)
        return _("undone: {what}").format(what=done.said)

    def _remember(self, said: str, undo: Callable[[Workspace], object]) -> None:
        self._done.append(Done(said, undo))
        del self._done[:-DEEP]
