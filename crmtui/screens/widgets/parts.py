"""A control for a value of several named parts: a line for each, two or three beside each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.segment import Segment
from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, Region, Size
from textual.layout import Layout, WidgetPlacement
from textual.widget import Widget

from crmtui.i18n import N_, _
from crmtui.screens.widgets.controls import LineInput
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.terminal import cut, width_of

_NAMES = {
    "street": N_("Street"),
    "district": N_("District"),
    "city": N_("City"),
    "region": N_("Region"),
    "postal_code": N_("Postcode"),
    "country": N_("Country"),
    "full": N_("Full name"),
    "prefix": N_("Prefix"),
    "first": N_("Given name"),
    "middle": N_("Middle"),
    "last": N_("Family name"),
    "suffix": N_("Suffix"),
}

_LINES = {
    "address": (("street",), ("district", "city"), ("region", "postal_code", "country")),
    "person": (("full",), ("last", "first"), ("prefix", "middle", "suffix")),
}
"""Which parts stand beside each other; of any other kind two and two."""


def part_name(part: str) -> str:
    """What people call a part, in their language."""
    return _(_NAMES.get(part, part))


class PartsControl(LineWidget):
    """The parts of a structured value.

    Args:
        kind: the kind of the field.
        parts: the names of its parts.
        value: what the record has of them.
    """

    DEFAULT_CSS = "PartsControl { layout: vertical; }"

    def __init__(
        self, kind: str, parts: Sequence[str], value: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        by_two = tuple(tuple(parts[at : at + 2]) for at in range(0, len(parts), 2))
        self.places = _LINES.get(kind, by_two)
        self.inputs = {
            part: LineInput(str(value.get(part, ""))) for line in self.places for part in line
        }
        self._placing = SideBySide()
        self.styles.height = len(self.places)

    def compose(self) -> ComposeResult:
        yield from self.inputs.values()

    @property
    def layout(self) -> Layout:
        return self._placing

    @property
    def lines(self) -> int:
        """The height it takes."""
        return len(self.places)

    @property
    def value(self) -> dict[str, str]:
        """The parts that something stands in."""
        return {part: input_.value for part, input_ in self.inputs.items() if input_.value.strip()}

    @property
    def text(self) -> dict[str, str]:
        """What the value is made again by."""
        return self.value

    @property
    def target(self) -> Widget:
        """What takes the focus."""
        return next(iter(self.inputs.values()))

    def take(self, value: Mapping[str, str], text: Any = None) -> None:
        """Have other parts, and tell nobody."""
        for part, input_ in self.inputs.items():
            input_.take(str(value.get(part, "")))

    def spans(self, width: int) -> list[list[tuple[str, int, int, int]]]:
        """Line by line, each part: where its name begins, where its input does, where it ends."""
        lines = []
        for line in self.places:
            placed = []
            for number, part in enumerate(line):
                start = number * (width + 1) // len(line)
                end = (number + 1) * (width + 1) // len(line) - 1
                label = min(width_of(part_name(part)) + 1, max(0, end - start - 4))
                placed.append((part, start, start + label, end))
            lines.append(placed)
        return lines

    def draw(self) -> list[Line]:
        style = self.style("dim")
        drawn = []
        for spans in self.spans(self.size.width):
            line: Line = []
            for part, start, at, end in spans:
                gap = start - sum(width_of(segment.text) for segment in line)
                line.append(Segment(" " * gap + cut(part_name(part), at - start), style))
                line.append(Segment(" " * (end - at), style))
            drawn.append(line)
        return drawn


class SideBySide(Layout):
    """Puts the inputs of a `PartsControl` behind the names of their parts."""

    name = "side-by-side"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> list[WidgetPlacement]:
        assert isinstance(parent, PartsControl)
        placements = []
        for y, spans in enumerate(parent.spans(size.width)):
            for part, _start, at, end in spans:
                region = Region(at, y, max(1, end - at), 1)
                input_ = parent.inputs[part]
                placements.append(
                    WidgetPlacement(region, NULL_OFFSET, input_.styles.margin, input_)
                )
        return placements
