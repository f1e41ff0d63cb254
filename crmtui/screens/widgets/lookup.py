"""A line to type in, with what the typing may mean below it: options, records, users."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from rich.segment import Segment
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Field
from crmtui.screens.widgets.controls import Edited, LineInput
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.terminal import shown

Suggest = Callable[[str], Awaitable[Sequence[Row]]]
"""Gives the rows that a typed text may mean; the value of a row is what is stored."""

MOST_ROWS = 8
"""Rows of suggestions that are seen at once."""


def among(rows: Sequence[Row]) -> Suggest:
    """Finds those of `rows` that hold what was typed; those that begin with it come first."""

    async def suggest(typed: str) -> Sequence[Row]:
        word = typed.casefold()
        found = [row for row in rows if word in f"{row.left} {row.right}".casefold()]
        return sorted(found, key=lambda row: not row.left.casefold().startswith(word))

    return suggest


class Options:
    """Finds the options of a field whose label or key holds what was typed.

    Attributes:
        allowed: the keys that may be chosen at the moment; None for all.
    """

    def __init__(self, field: Field) -> None:
        self.allowed: frozenset[str] | None = None
        self._rows = [
            Row(shown(option.name(language())), option.key, value=option.key)
            for option in field.options
            if not option.retired
        ]

    async def __call__(self, typed: str) -> Sequence[Row]:
        allowed = self.allowed
        rows = [row for row in self._rows if allowed is None or row.value in allowed]
        return await among(rows)(typed)


class SuggestControl(LineWidget):
    """The common part of controls with suggestions.

    Args:
        suggest: finds the suggestions.
        typed: what stands in the line at first; safe.
        delay: seconds of quiet before it is asked.
    """

    DEFAULT_CSS = """
    SuggestControl { height: 1; layout: vertical; }
    SuggestControl > RowList {
        overlay: screen; constrain: none inside; height: auto; max-height: 8;
        width: 1fr; background: $foreground 15%; border-left: solid $primary;
    }
    SuggestControl > RowList:ansi { background: ansi_default; }
    """
    BINDINGS = [
        Binding(
            "down", "suggestions(1)", N_("Choices"), id="lookup.down", show=False, priority=True
        ),
        Binding("up", "suggestions(-1)", N_("Choices"), id="lookup.up", show=False, priority=True),
        Binding(
            "escape", "close", N_("Close the choices"), id="lookup.close", show=False, priority=True
        ),
        Binding(
            "enter", "take", N_("Take the choice"), id="lookup.take", show=False, priority=True
        ),
        Binding("tab", "leave(1)", N_("Next field"), id="lookup.next", show=False, priority=True),
    ]
    INPUT: type[LineInput] = LineInput
    _needs_one = True
    """Whether only what is suggested can be a value."""
    lines = 1

    def __init__(
        self,
        suggest: Suggest,
        typed: str = "",
        *,
        placeholder: str = "",
        delay: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._suggest = suggest
        self._delay = delay
        self._offered: Sequence[Row] = ()
        self.input = self.INPUT(typed, placeholder)

    def compose(self) -> ComposeResult:
        yield self.input

    def draw(self) -> list[Line]:
        return []

    @property
    def target(self) -> Widget:
        """What takes the focus."""
        return self.input

    @property
    def open(self) -> bool:
        """Whether the suggestions are seen."""
        return bool(self.query(SuggestionList))

    @property
    def pointed(self) -> Row | None:
        """The suggestion under the cursor, if it is one that can be taken."""
        current = next((list_.current for list_ in self.query(SuggestionList)), None)
        if current is None or current.value is None:
            return None
        return next((row for row in self._offered if row.value == current.value), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("close", "take", "leave"):
            return self.open
        return super().check_action(action, parameters)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(Edited())
        self._look(event.value)

    @work(exclusive=True, group="suggest")
    async def _look(self, text: str, cursor: int | None = 0) -> None:
        from asyncio import sleep

        if self._delay:
            await sleep(self._delay)
        await self._offer(await self._suggest(text.strip()), cursor)

    async def _offer(self, rows: Sequence[Row], cursor: int | None) -> None:
        if not self.input.has_focus:
            return
        self._offered = rows
        if not rows and not self._needs_one:
            self.query(SuggestionList).remove()
            return
        if not self.open:
            await self.mount(SuggestionList())
        list_ = self.query_one(SuggestionList)
        list_.styles.height = max(1, min(MOST_ROWS, len(rows)))
        list_.show(self._drawn_rows(rows) or [Row(_("nothing found"), look="dim")], cursor)

    def _drawn_rows(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The suggestions as they are shown."""
        return rows

    def _wanted(self) -> str:
        """What to look for when the suggestions are asked for by a key."""
        return self.input.value

    def action_suggestions(self, by: int) -> None:
        if self.open:
            self.query_one(SuggestionList).action_go(by)
        else:
            self._look(self._wanted())

    def action_close(self) -> None:
        self.workers.cancel_group(self, "suggest")
        self.query(SuggestionList).remove()

    def action_take(self) -> None:
        """Take the suggestion under the cursor."""
        raise NotImplementedError

    def action_leave(self, _by: int) -> None:
        """Go on to the next field; what was typed becomes what it may mean."""
        self.action_close()
        self.screen.focus_next()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        self.action_close()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        self.action_take()

    def _type(self, text: str) -> None:
        """Put a text into the line as if nobody had typed it."""
        with self.prevent(Input.Changed):
            self.input.value = text
            self.input.cursor_position = len(text)


class LookupControl(SuggestControl):
    """One of the suggestions.

    Args:
        value: what is stored, as it would be typed: an option's key, `account/12`.
        text: how people read that; safe.
    """

    def __init__(self, value: str, text: str, suggest: Suggest, **kwargs: Any) -> None:
        super().__init__(suggest, text, **kwargs)
        self._stored, self._shown = value, text

    @property
    def value(self) -> str:
        """What to store: what was taken from the suggestions, else the text as typed."""
        typed = self.input.value
        return self._stored if typed == self._shown else typed

    @property
    def text(self) -> str:
        """What is read in the line."""
        return self.input.value

    def take(self, value: str, text: str = "") -> None:
        """Have another value, and tell nobody."""
        self._stored, self._shown = value, text
        self._type(text)

    def _wanted(self) -> str:
        # Everything, not only what fits the present text: one wants to change it.
        return "" if self.input.value == self._shown else self.input.value

    def action_take(self) -> None:
        row = self.pointed
        self.action_close()
        if row is not None:
            self.take(row.value, row.left)
            self.post_message(Edited())

    def action_leave(self, _by: int) -> None:
        if self.input.value.strip() and self.input.value != self._shown:
            self.action_take()
        super().action_leave(_by)


class SuggestionList(RowList, can_focus=False):
    """What a typed text may mean; drawn as focused, because the keys go through to it."""

    def _line(self, row: Row, current: bool) -> Line:
        line = super()._line(row, False)
        if current:
            return [Segment(segment.text, self.style("cursor")) for segment in line]
        return line
