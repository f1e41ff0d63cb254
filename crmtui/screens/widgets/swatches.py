"""A colour chosen from the few that stages and options have, told by name as well."""

from rich.segment import Segment
from textual import events
from textual.binding import Binding

from crmtui.i18n import N_, _
from crmtui.model.nouns import COLORS
from crmtui.screens.widgets.controls import DrawnControl
from crmtui.screens.widgets.lines import Line

COLOR_WORDS = {
    "": N_("no colour"),
    "red": N_("red"),
    "orange": N_("orange"),
    "yellow": N_("yellow"),
    "green": N_("green"),
    "cyan": N_("cyan"),
    "blue": N_("blue"),
    "purple": N_("purple"),
    "pink": N_("pink"),
    "gray": N_("gray"),
}
"""The colours of stages and options as people call them."""

_CELLS = 4


class SwatchControl(DrawnControl):
    """All colours in one line, the chosen one in brackets and named behind them."""

    BINDINGS = [
        Binding("right,l,space", "turn(1)", N_("Next colour"), id="swatch.next", show=False),
        Binding("left,h", "turn(-1)", N_("Colour before"), id="swatch.previous", show=False),
    ]

    @property
    def _names(self) -> tuple[str, ...]:
        return ("", *COLORS)

    def action_turn(self, by: int) -> None:
        names = self._names
        at = names.index(self.value) if self.value in names else 0
        self.edit(names[(at + by) % len(names)])

    def draw(self) -> list[Line]:
        line: Line = []
        plain = self.style("text")
        for name in self._names:
            before, after = ("[", "]") if name == self.value else (" ", " ")
            cells = (
                Segment("--", self.style("dim")) if not name else Segment("  ", self.swatch(name))
            )
            line += [Segment(before, plain), cells, Segment(after, plain)]
        style = self.style("cursor" if self.has_focus else "text")
        line.append(Segment(" ", plain))
        line.append(Segment(_(COLOR_WORDS.get(self.value, self.value)), style))
        return [line]

    def on_click(self, event: events.Click) -> None:
        number = event.x // _CELLS
        if number < len(self._names):
            self.edit(self._names[number])
