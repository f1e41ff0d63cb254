"""Driving the designers in a test: to a page by keys, rows by their text, drags by the mouse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from crmtui.model.definitions import Type
from crmtui.screens.plan import PlanScreen
from crmtui.screens.widgets.ordered_list import OrderedList
from crmtui.store.workspace import Workspace
from tests.screens.showing import SMALL, Session, shown


@asynccontextmanager
async def designing(
    path: str, *keys: str, size: tuple[int, int] = SMALL, type_key: str | None = "deal"
) -> AsyncIterator[Session]:
    """The TUI at the page of a type (or at the configuration), after some keys."""
    async with shown(path, type_key, size=size, configure=True) as tui:
        await tui.press(*keys)
        yield tui


def listing(tui: Session) -> OrderedList:
    return tui.app.screen.query_one("#list", OrderedList)


async def go(tui: Session, text: str) -> None:
    """Put the cursor on the first row whose text holds `text`."""
    rows = listing(tui).rows
    place = next(n for n, row in enumerate(rows) if text in row.left)
    listing(tui).action_go(place - listing(tui).cursor)
    await tui.settle()


async def drag(tui: Session, text: str, onto: str) -> None:
    """Drag the row that holds one text to the place of the row that holds another."""
    rows = listing(tui).rows
    start, end = (
        next(n for n, row in enumerate(rows) if each in row.left) - listing(tui).top
        for each in (text, onto)
    )
    await tui.pilot.mouse_down("#list", offset=(6, start))
    await tui.pilot.hover("#list", offset=(7, (start + end) // 2))
    await tui.pilot.hover("#list", offset=(7, end))
    await tui.settle()
    target = listing(tui).target
    assert target is not None and onto in target.left
    await tui.pilot.mouse_up("#list", offset=(7, end))
    await tui.settle()


async def make(tui: Session) -> None:
    """Look at the plan and make it."""
    await tui.press("ctrl+s")
    assert isinstance(tui.app.screen, PlanScreen)
    await tui.press("ctrl+s")


def type_of(path: str, key: str = "deal") -> Type:
    """A type as another process finds it in the file."""
    with Workspace.open(path) as workspace:
        return workspace.type(key)


def keys(definitions: Any) -> list[str]:
    """The keys of definitions in use, in order."""
    return [each.key for each in definitions if not each.retired]
