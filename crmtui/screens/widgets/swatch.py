"""A line for a colour, with the colour beside it."""

from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input

from crmtui.model.definitions import Field
from crmtui.screens.widgets.controls import LineInput
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.store.kinds import KINDS, BadValue, Reading

SWATCH = "██ "


class ColorControl(LineWidget):
    """A colour as it is written, and what it looks like as far as the terminal can show it."""

    DEFAULT_CSS = """
    ColorControl { height: 1; layout: vertical; }
    ColorControl > LineInput { margin: 0 0 0 3; }
    """
    lines = 1

    def __init__(self, field: Field, value: str, placeholder: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read = KINDS[field.kind].reader(field, Reading())
        self.input = LineInput(value, placeholder)

    def compose(self) -> ComposeResult:
        yield self.input

    @property
    def value(self) -> str:
        """The colour as it was typed."""
        return self.input.value

    @property
    def text(self) -> str:
        """What is read in the line."""
        return self.input.value

    @property
    def target(self) -> Widget:
        """What takes the focus."""
        return self.input

    def take(self, value: str, text: str = "") -> None:
        """Have another value, and tell nobody."""
        self.input.take(value)
        self.redraw()

    def on_input_changed(self, _event: Input.Changed) -> None:
        self.redraw()

    def draw(self) -> list[Line]:
        try:
            color = self._read(self.input.value)
        except BadValue:
            color = None
        style = self.style("text")
        if color is not None:
            style = Style(color=str(color), bgcolor=style.bgcolor)
        return [[Segment(SWATCH if color is not None else "   ", style)]]
