"""The line a filter is typed into, and what its text means."""

import re
from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from crmtui.i18n import _
from crmtui.model.definitions import Type
from crmtui.model.message import N_
from crmtui.screens.widgets.bars import StateLine
from crmtui.screens.widgets.controls import LineInput
from crmtui.store.database import literal, quoted
from crmtui.store.errors import CrmError, Refused
from crmtui.store.workspace import Workspace

_CERTAIN = re.compile(r"[=<>()|]")
_PERHAPS = re.compile(r"(?i)\b(and|or|not|is|in|like|glob|between|isnull|notnull)\b")


def understood(text: str, type_: Type, workspace: Workspace) -> str | None:
    """A typed filter as an expression that the store accepts; see `meaning`."""
    return meaning(
        text, type_, lambda sql: workspace.records(type_.key, where=sql, limit=0, fields=("id",))
    )


def meaning(text: str, type_: Type, attempt: Callable[[str], object]) -> str | None:
    """A typed filter as an SQL expression: one as it stands, plain words as a search in the title.

    Args:
        attempt: raises `CrmError` when given no valid expression.

    Raises:
        CrmError: it looks like an expression and is none, or there is no title to search.
    """
    text = text.strip()
    if not text:
        return None
    field = type_.field_by_key.get(text)
    if _CERTAIN.search(text) or (field is not None and field.kind == "boolean"):
        attempt(text)
        return text
    if _PERHAPS.search(text):
        try:
            attempt(text)
            return text
        except CrmError:
            # "Smith and Sons" is a name, whatever the word in its middle.
            pass
    title = type_.title_field
    if title is None:
        raise Refused(
            "no-title", N_("no field names these records: write an expression, such as id = 5")
        )
    return f"contains({quoted(title.key)}, {literal(text)})"


class FilterLine(LineInput):
    """Where a filter is typed; enter applies it, escape leaves it as it was."""

    BINDINGS = [
        Binding("enter", "submit", N_("Apply"), id="filter.apply"),
        Binding("escape", "leave", N_("Leave"), id="filter.leave"),
    ]

    class Applied(Message):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Escape was pressed."""

    async def action_submit(self) -> None:
        self.post_message(self.Applied(self.value))

    def action_leave(self) -> None:
        self.post_message(self.Left())


class FilterBar(Vertical):
    """The line, and above it what is wrong with what was typed."""

    DEFAULT_CSS = """
    FilterBar { height: auto; display: none; }
    FilterBar > StateLine { display: none; }
    FilterBar > Horizontal { height: 1; }
    FilterBar Static { width: 2; }
    FilterBar FilterLine { width: 1fr; }
    """

    def compose(self) -> ComposeResult:
        yield StateLine()
        with Horizontal():
            yield Static(Content(" /"))
            yield FilterLine(
                id="filter",
                placeholder=_("words of the title, or: amount > 1000 and stage = 'won'"),
            )

    # Shown by hand, not by a class of the screen, which would style and repaint everything.

    def open(self, text: str) -> None:
        """Appear with a text to go on from."""
        self.display = True
        line = self.query_one(FilterLine)
        line.value = text
        line.cursor_position = len(text)
        line.focus()

    def wrong(self, message: str) -> None:
        """Say what is wrong; the typing stays."""
        problem = self.query_one(StateLine)
        problem.display = True
        problem.say(message, error=True)

    def close(self) -> None:
        """Disappear."""
        self.display = False
        self.query_one(StateLine).display = False
