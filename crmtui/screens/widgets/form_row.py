"""One field of a form: its label, what holds its value, and what is wrong with it."""

from typing import Any

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult

from crmtui.screens.widgets.controls import LineInput
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.screens.widgets.lookup import Options
from crmtui.terminal import cut, shown, width_of, wrapped

LABEL = 20
"""Cells of a label."""

INDENT = LABEL + 2
"""Where what belongs to the label begins."""

MOST_LINES = 4
"""Lines of a text that is only shown."""


class FormRow(LineWidget):
    """A labelled control, or a labelled text where nothing can be typed.

    It draws label, text and problems itself and has no child but the control, so that a form of
    forty fields stays quick.

    Args:
        key: what it is the value of.
        label: as it was defined; made safe here.
        control: holds the value; None where it is only shown.
        text: what is shown then; not yet safe.
        help: a line about it.
        wide: whether it has a line to itself.
        options: what its suggestions come from, when rules may forbid some.
    """

    DEFAULT_CSS = """
    FormRow { layout: vertical; }
    FormRow > * { margin-left: 22; width: 1fr; max-width: 100; }
    """

    def __init__(
        self,
        key: str,
        label: str,
        control: Any = None,
        *,
        text: str = "",
        help: str = "",
        required: bool = False,
        wide: bool = False,
        options: Options | None = None,
    ) -> None:
        super().__init__()
        self.key = key
        self.label = shown(label)
        self.help = shown(help)
        self.control = control
        self.alone = wide
        self.options = options
        self.touched = False
        self._text = text
        self._required = required
        self._problem = ""
        self._note = ""
        self._current = False
        self.before = self.value

    def compose(self) -> ComposeResult:
        if self.control is not None:
            yield self.control

    @property
    def value(self) -> Any:
        """What stands in the control: a text, a tuple of texts, or a text by part."""
        return self.control.value if self.control is not None else ""

    @property
    def changed(self) -> bool:
        """Whether a person gave it another value."""
        return bool(self.value != self.before)

    @property
    def state(self) -> str:
        """What the line at the bottom says of it: its help, and its label where that is cut."""
        if width_of(self.label) <= LABEL - 2 * self._required:
            return self.help
        return f"{self.label}: {self.help}" if self.help else self.label

    # What the rules make of it

    def require(self, required: bool) -> None:
        """Mark it as needing a value, or not."""
        if required != self._required:
            self._required = required
            self.redraw()

    def wrong(self, message: str | None) -> None:
        """Show what is wrong with the value, or that nothing is."""
        self._say(shown(message or ""), self._note)

    def note(self, text: str) -> None:
        """Show something beside the value that stays, such as what others made of it meanwhile."""
        self._say(self._problem, shown(text))

    def _say(self, problem: str, note: str) -> None:
        if (problem, note) != (self._problem, self._note):
            before = self.lines
            self._problem, self._note = problem, note
            self._resized(before)

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong with it."""
        return bool(self._problem)

    def mean(self, text: str) -> None:
        """Replace what was typed by what it means: `+3d` by the day."""
        if isinstance(self.control, LineInput):
            self.control.take(text)

    # Drawing

    @property
    def lines(self) -> int:
        """The height it takes."""
        return self._own_lines + len(self._problem_lines)

    @property
    def _own_lines(self) -> int:
        return self.control.lines if self.control is not None else len(self._text_lines)

    @property
    def _room(self) -> int:
        return max(8, (self.size.width or INDENT + 40) - INDENT - 1)

    @property
    def _problem_lines(self) -> list[str]:
        said = "; ".join(filter(None, (self._note, self._problem)))
        return wrapped(said, self._room) if said else []

    @property
    def _text_lines(self) -> list[str]:
        lines = wrapped(self._text, self._room)
        if len(lines) > MOST_LINES:
            lines = [*lines[: MOST_LINES - 1], cut(lines[MOST_LINES - 1], self._room - 1) + "…"]
        return lines

    def _resized(self, before: int) -> None:
        self.redraw()
        if self.lines != before:
            self.refresh(layout=True)

    def on_resize(self, _event: events.Resize) -> None:
        # Another width breaks texts elsewhere.
        if self.lines != self.size.height:
            self.refresh(layout=True)

    def on_descendant_focus(self) -> None:
        self._current = True
        self.redraw()

    def on_descendant_blur(self) -> None:
        self._current = False
        self.redraw()

    def draw(self) -> list[Line]:
        mark = " *" if self._required else ""
        indent = Segment(" " * INDENT, self.style("text"))
        label = cut(self.label, LABEL - len(mark)).rstrip() + mark
        style = self.style("strong" if self._current else "dim")
        first = [Segment(" " * (LABEL + 1 - width_of(label)) + label + " ", style)]
        lines: list[Line] = [first, *([] for _ in range(self._own_lines - 1))]
        if self.control is None:
            for line, text in zip(lines, self._text_lines, strict=True):
                line += [indent] if line is not first else []
                line.append(Segment(text, self.style("dim")))
        error = self.style("error")
        return lines + [[indent, Segment(text, error)] for text in self._problem_lines]
