"""Running the TUI in a test: a screen as text, and waiting until it has settled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from crmtui.screens.application import CrmApp

SMALL = (80, 24)
LARGE = (120, 40)


@asynccontextmanager
async def shown(
    path: str, type_key: str | None = "deal", *, size: tuple[int, int] = SMALL, **begin: Any
) -> AsyncIterator["Session"]:
    """The TUI over a workspace, settled."""
    app = CrmApp(path, type_key=type_key, **begin)
    async with app.run_test(size=size) as pilot:
        session = Session(app, pilot)
        await session.settle()
        yield session


class Session:
    """The running TUI: keys go in, text comes out."""

    def __init__(self, app: CrmApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until nothing is under way: messages, workers, and what they bring about."""
        for _round in range(3):
            await self.pilot.pause()
            # One that gives way to a newer one is not waited for to its end.
            with suppress(WorkerCancelled):
                await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other settled."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type text."""
        for char in text:
            await self.pilot.press({" ": "space"}.get(char, char))
        await self.settle()

    async def look(self) -> None:
        """Let the TUI notice what other processes have changed."""
        self.app.look()
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """The screen as lines of text."""
        # Textual's own way to its cells; kept to this one place, because the name is private.
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    def line(self, part: str) -> str:
        """The first line that holds `part`."""
        return next((line for line in self.lines if part in line), "")

    @property
    def state(self) -> str:
        """The state line."""
        from crmtui.screens.widgets.bars import StateLine

        return self.app.screen.query_one("#state", StateLine).text
