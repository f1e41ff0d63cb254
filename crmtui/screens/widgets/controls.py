"""The plain controls of forms: a line of text, yes or no, stars, text of several lines.

Every control has a `value` as it would be written to the store, a `text` by which it can be made
again, `lines`, the height it takes, and `target`, what of it takes the focus; `take` gives it
another value without telling anybody. When a person changes it, it posts `Edited`, or the message
of the input it is.
"""

from decimal import Decimal
from typing import Any

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, TextArea

from crmtui.i18n import N_, _
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.terminal import has_unsafe, shown


class Edited(Message):
    """A person has given a control another value."""


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
    lines = 1

    def __init__(self, value: str = "", placeholder: str = "", **kwargs: Any) -> None:
        super().__init__(
            value, placeholder, compact=True, select_on_focus=False, highlighter=None, **kwargs
        )
        self.cursor_blink = False

    @property
    def text(self) -> str:
        """What is read there."""
        return self.value

    @property
    def target(self) -> Widget:
        """What takes the focus."""
        return self

    def take(self, value: str, text: str = "") -> None:
        """Have another value, and tell nobody."""
        if value != self.value:
            with self.prevent(Input.Changed):
                self.value = value

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


class DrawnControl(LineWidget, can_focus=True):
    """The common part of controls of one line that draw their value themselves."""

    DEFAULT_CSS = "DrawnControl { height: 1; }"
    lines = 1

    def __init__(self, value: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value = value

    @property
    def text(self) -> str:
        """What the value is made again by."""
        return self.value

    @property
    def target(self) -> Widget:
        """What takes the focus."""
        return self

    def take(self, value: str, text: str = "") -> None:
        """Have another value, and tell nobody."""
        self.value = value
        self.redraw()

    def edit(self, value: str) -> None:
        """Have the value a person gave."""
        if value != self.value:
            self.take(value)
            self.post_message(Edited())


class CheckControl(DrawnControl):
    """Yes, no or nothing said, told apart without colour.

    Args:
        empty: whether nothing said is one of the choices.
    """

    BINDINGS = [Binding("space,enter", "flip", N_("Change"), id="check.toggle", show=False)]

    def __init__(self, value: str = "", *, empty: bool = True, **kwargs: Any) -> None:
        super().__init__(value, **kwargs)
        self._states = ("", "true", "false") if empty else ("false", "true")

    def action_flip(self) -> None:
        at = self._states.index(self.value) if self.value in self._states else 0
        self.edit(self._states[(at + 1) % len(self._states)])

    def draw(self) -> list[Line]:
        box, word = {"true": ("[x]", _("yes")), "false": ("[ ]", _("no"))}.get(
            self.value, ("[-]", _("not said"))
        )
        style = self.style("cursor" if self.has_focus else "text")
        return [[Segment(box, style), Segment(f" {word}", self.style("text"))]]

    def on_click(self, _event: events.Click) -> None:
        self.action_flip()


class RatingControl(DrawnControl):
    """Stars: more and fewer by the arrows, so many by a digit, none said by backspace.

    Args:
        most: how many there are at most, as the field says it.
    """

    BINDINGS = [
        Binding("right,l,plus", "more(1)", N_("A star more"), id="rating.more", show=False),
        Binding("left,h,minus", "more(-1)", N_("A star less"), id="rating.less", show=False),
        Binding("backspace,delete", "clear", N_("Not rated"), id="rating.clear", show=False),
    ]

    def __init__(self, value: str, most: str | None, **kwargs: Any) -> None:
        super().__init__(value, **kwargs)
        self._most = int(Decimal(most)) if most else 5

    @property
    def _count(self) -> int:
        return int(self.value) if self.value.isdecimal() else 0

    def action_more(self, by: int) -> None:
        if self.value:
            self.edit(str(max(0, min(self._most, self._count + by))))
        else:
            self.edit("1" if by > 0 else "0")

    def action_clear(self) -> None:
        self.edit("")

    def on_key(self, event: events.Key) -> None:
        if event.character is None or event.character not in "0123456789":
            return
        event.stop()
        digit = int(event.character)
        # Ten is a one and a nought.
        count = 10 if digit == 0 and self.value == "1" and self._most == 10 else digit
        self.edit(str(min(count, self._most)))

    def draw(self) -> list[Line]:
        stars = "★" * self._count + "☆" * (self._most - self._count)
        said = f" {self._count}/{self._most}" if self.value else f" {_('not said')}"
        style = self.style("cursor" if self.has_focus else "text")
        return [[Segment(stars, style), Segment(said, self.style("text"))]]

    def on_click(self, event: events.Click) -> None:
        if event.x < self._most:
            self.edit(str(event.x + 1))


class NotesControl(TextArea):
    """Text of several lines; tab goes on to the next field."""

    DEFAULT_CSS = """
    NotesControl { height: 4; padding: 0; background: $foreground 8%; }
    NotesControl:ansi { background: ansi_default; }
    NotesControl:ansi > .text-area--cursor {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    NotesControl:ansi > .text-area--cursor-line { background: ansi_default; }
    NotesControl > .text-area--cursor-line { background: transparent; }
    """
    lines = 4

    def __init__(self, value: str = "", placeholder: str = "", **kwargs: Any) -> None:
        super().__init__(
            value,
            compact=True,
            soft_wrap=True,
            tab_behavior="focus",
            placeholder=placeholder,
            **kwargs,
        )
        self.cursor_blink = False

    @property
    def value(self) -> str:
        """The text."""
        return self.text

    @property
    def target(self) -> Widget:
        """What takes the focus."""
        return self

    def take(self, value: str, text: str = "") -> None:
        """Have another value, and tell nobody."""
        if value != self.text:
            with self.prevent(TextArea.Changed):
                self.load_text(value)

    def get_line(self, line_index: int) -> Text:
        text = self.document.get_line(line_index)
        text = "".join(shown(char) if has_unsafe(char) and char != "\t" else char for char in text)
        return Text(text, end="", no_wrap=True)
