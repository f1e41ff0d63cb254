"""The line a filter is typed into, and what its text means."""

import re
from collections.abc import Callable

from textual.binding import Binding
from textual.message import Message

from crmtui.model.definitions import Type
from crmtui.model.message import N_
from crmtui.screens.widgets.controls import LineInput
from crmtui.store.database import literal, quoted
from crmtui.store.errors import CrmError, Refused

_CERTAIN = re.compile(r"[=<>()|]")
_PERHAPS = re.compile(r"(?i)\b(and|or|not|is|in|like|glob|between|isnull|notnull)\b")


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
