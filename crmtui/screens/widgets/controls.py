"""The controls of forms, one line each: text, yes or no, a look-up with suggestions, long text."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from rich.segment import Segment
from rich.text import Text
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, TextArea

from crmtui.i18n import N_, _
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.terminal import has_unsafe, shown


class LineInput(Input):
    """An input of one line that neither blinks nor shows what a terminal must not get."""

    DEFAULT_CSS = """
    LineInput { background: $foreground 8%; }
    LineInput:ansi { background: ansi_default; text-style: underline; }
    LineInput:nocolor > .input--cursor { text-style: reverse; }
    LineInput:ansi > .input--cursor {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    LineInput:ansi > .input--placeholder { color: ansi_default; text-style: dim; }
    """

    def __init__(self, value: str = "", placeholder: str = "", **kwargs: Any) -> None:
        super().__init__(
            value, placeholder, compact=True, select_on_focus=False, highlighter=None, **kwargs
        )
        self.cursor_blink = False

    @property
    def _value(self) -> Text:
        # One character for each, so that the cursor stays where it belongs.
        text = "".join(shown(char) if has_unsafe(char) else char for char in self.value)
        return Text(text, no_wrap=True, overflow="ignore", end="")

    def _on_paste(self, event: events.Paste) -> None:
        # Textual keeps the first line only; an address has several.
        event.stop()
        event.prevent_default()
        line = " ".join(part.strip() for part in event.text.splitlines() if part.strip())
        if line:
            self.replace(line, *self.selection)


class CheckControl(LineWidget, can_focus=True):
    """Yes, no or nothing said, told apart without colour.

    Args:
        empty: whether nothing said is one of the choices.
    """

    DEFAULT_CSS = "CheckControl { height: 1; }"
    BINDINGS = [Binding("space,enter", "flip", N_("Change"), id="check.toggle", show=False)]

    class Changed(Message):
        """The value is another one."""

    def __init__(self, value: str = "", *, empty: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value = value
        self._states = ("", "true", "false") if empty else ("false", "true")

    def action_flip(self) -> None:
        at = self._states.index(self.value) if self.value in self._states else 0
        self.value = self._states[(at + 1) % len(self._states)]
        self.redraw()
        self.post_message(self.Changed())

    def draw(self) -> list[Line]:
        box, word = {"true": ("[x]", _("yes")), "false": ("[ ]", _("no"))}.get(
            self.value, ("[-]", _("not said"))
        )
        style = self.style("cursor" if self.has_focus else "text")
        return [[Segment(box, style), Segment(f" {word}", self.style("text"))]]

    def on_click(self, _event: events.Click) -> None:
        self.action_flip()


class NotesControl(TextArea):
    """Text of several lines; tab goes on to the next field."""

    DEFAULT_CSS = """
    NotesControl { height: 4; background: $foreground 8%; }
    NotesControl:ansi { background: ansi_default; }
    NotesControl:ansi > .text-area--cursor {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    NotesControl:ansi > .text-area--cursor-line { background: ansi_default; }
    NotesControl > .text-area--cursor-line { background: transparent; }
    """

    def __init__(self, value: str = "", **kwargs: Any) -> None:
        super().__init__(value, compact=True, soft_wrap=True, tab_behavior="focus", **kwargs)
        self.cursor_blink = False

    def get_line(self, line_index: int) -> Text:
        text = self.document.get_line(line_index)
        text = "".join(shown(char) if has_unsafe(char) and char != "\t" else char for char in text)
        return Text(text, end="", no_wrap=True)


Suggest = Callable[[str], Awaitable[Sequence[Row]]]
"""Gives the rows that a typed text may mean; the value of a row is what is stored."""


class LookupControl(Vertical):
    """A line to type in, and below it, while typing, what it may mean.

    Args:
        value: what is stored, as it would be typed: an option's key, `account/12`.
        text: how people read that.
        suggest: finds the suggestions.
        delay: seconds of quiet before it is asked.
    """

    DEFAULT_CSS = """
    LookupControl { height: 1; }
    LookupControl > RowList {
        display: none; overlay: screen; constrain: none inside; height: auto; max-height: 8;
        width: 1fr; background: $foreground 15%; border-left: solid $primary;
    }
    LookupControl.-open > RowList { display: block; }
    LookupControl > RowList:ansi { background: ansi_default; }
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

    class Changed(Message):
        """The value is another one."""

    def __init__(
        self,
        value: str,
        text: str,
        suggest: Suggest,
        *,
        placeholder: str = "",
        delay: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._stored, self._shown = value, text
        self._suggest = suggest
        self._placeholder = placeholder
        self._delay = delay

    def compose(self) -> ComposeResult:
        with self.prevent(Input.Changed):
            yield LineInput(self._shown, self._placeholder)
        list_ = SuggestionList()
        list_.can_focus = False
        yield list_

    @property
    def input(self) -> LineInput:
        """The line that is typed in."""
        return self.query_one(LineInput)

    @property
    def open(self) -> bool:
        """Whether the suggestions are seen."""
        return self.has_class("-open")

    @property
    def value(self) -> str:
        """What to store: what was taken from the suggestions, else the text as typed."""
        typed = self.input.value if self.is_mounted else self._shown
        return self._stored if typed == self._shown else typed

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("close", "take", "leave"):
            return self.open
        if action == "suggestions":
            return True
        return super().check_action(action, parameters)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())
        self._look(event.value)

    @work(exclusive=True)
    async def _look(self, text: str) -> None:
        from asyncio import sleep

        if self._delay:
            await sleep(self._delay)
        self._offer(await self._suggest(text.strip()))

    def _offer(self, rows: Sequence[Row]) -> None:
        list_ = self.query_one(RowList)
        list_.show(rows or [Row(_("nothing found"), look="dim")], 0)
        list_.styles.height = max(1, min(8, len(rows)))
        if self.input.has_focus:
            self.add_class("-open")

    def action_suggestions(self, by: int) -> None:
        if self.open:
            self.query_one(RowList).action_go(by)
        else:
            # Everything, not only what fits the present text: one wants to change it.
            self._look("" if self.input.value == self._shown else self.input.value)

    def action_close(self) -> None:
        self.remove_class("-open")

    def action_take(self) -> None:
        row = self.query_one(RowList).current
        self.action_close()
        if row is None or row.value is None:
            return
        self._stored, self._shown = row.value, row.left
        with self.prevent(Input.Changed):
            self.input.value = row.left
            self.input.cursor_position = len(row.left)
        self.post_message(self.Changed())

    def action_leave(self, _by: int) -> None:
        if self.input.value.strip() and self.input.value != self._shown:
            self.action_take()
        self.action_close()
        self.screen.focus_next()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        self.action_close()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        self.action_take()


class SuggestionList(RowList):
    """What a typed text may mean; drawn as focused, because the keys go through to it."""

    def _line(self, row: Row, current: bool) -> Line:
        line = super()._line(row, False)
        if current:
            return [Segment(segment.text, self.style("cursor")) for segment in line]
        return line
