"""Workspaces on threads of their own, so that no query ever holds up a key."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from crmtui.store.workspace import Workspace

T = TypeVar("T")


class WorkspaceThread:
    """One thread with one open workspace; jobs run on it in the order they come.

    Args:
        opener: opens the workspace; called on the thread.
        name: of the thread, for debuggers.
    """

    def __init__(self, opener: Callable[[], Workspace], name: str) -> None:
        self._opener = opener
        self._workspace: Workspace | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, job: Callable[[Workspace], T]) -> T:
        """Run `job` with the workspace; a job that has not begun is dropped when its waiter is."""
        return await asyncio.wrap_future(self._executor.submit(self._call, job))

    async def finish(self, job: Callable[[Workspace], T]) -> T:
        """Run `job` to its end even when nobody waits for it any more: for writing."""
        return await asyncio.shield(self.run(job))

    def close(self) -> None:
        """Drop what has not begun, wait for what has, and close the workspace."""
        closing = self._executor.submit(self._close)
        self._executor.shutdown(wait=True)
        closing.result()

    def _call(self, job: Callable[[Workspace], T]) -> T:
        if self._workspace is None:
            self._workspace = self._opener()
        return job(self._workspace)

    def _close(self) -> None:
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None
