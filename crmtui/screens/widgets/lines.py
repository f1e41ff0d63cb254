"""The ground of our lists, boards and bars: widgets that draw lines and repaint what changed.

Textual compares no frames: a refresh sends every cell again. A `LineWidget` keeps the lines it
drew last and refreshes only the cells that differ, which is what makes a cursor key cost 200
bytes on an SSH line instead of 4,000.
"""

from collections.abc import Sequence
from typing import TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from crmtui.terminal import cut, width_of

Line: TypeAlias = list[Segment]

COLORS = {
    "red": "red",
    "orange": "dark_orange",
    "yellow": "yellow",
    "green": "green",
    "cyan": "cyan",
    "blue": "blue",
    "purple": "medium_purple",
    "pink": "hot_pink",
    "gray": "bright_black",
}
"""The colours of stages and options as terminals name them."""


class LineWidget(Widget):
    """Draws lines by itself; subclasses say in `draw` what they look like now.

    Only text that passed `crmtui.terminal.shown` may go into a line.
    """

    COMPONENT_CLASSES = {
        "line--text",
        "line--cursor",
        "line--rest",
        "line--head",
        "line--strong",
        "line--dim",
        "line--error",
        "line--drop",
    }
    DEFAULT_CSS = """
    LineWidget { background: $background; color: $foreground; }
    LineWidget > .line--text { color: $foreground; }
    LineWidget > .line--cursor { background: $primary; color: $background; text-style: bold; }
    LineWidget > .line--rest { background: $foreground 20%; color: $foreground; }
    LineWidget > .line--head { text-style: bold underline; }
    LineWidget > .line--strong { text-style: bold; }
    LineWidget > .line--dim { color: $foreground 60%; }
    LineWidget > .line--error { color: $error; text-style: bold; }
    LineWidget > .line--drop { background: $success; color: $background; text-style: bold; }
    LineWidget:ansi > .line--cursor {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    LineWidget:ansi > .line--rest {
        background: ansi_default; color: ansi_default; text-style: underline;
    }
    LineWidget:ansi > .line--dim { color: ansi_default; text-style: dim; }
    LineWidget:ansi > .line--drop {
        background: ansi_default; color: ansi_default; text-style: reverse bold;
    }
    LineWidget:nocolor > .line--cursor { text-style: reverse; }
    LineWidget:nocolor > .line--rest { text-style: underline; }
    LineWidget:nocolor > .line--drop { text-style: reverse bold; }
    """
    ALLOW_SELECT = False

    _frame: list[Line] | None = None
    _frame_size = Size(0, 0)

    def draw(self) -> list[Line]:
        """The lines to show now, from the top; missing ones are blank."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again, and repaint the cells that have changed."""
        before = self._frame
        if not self.is_attached or before is None or self._frame_size != self.size:
            self._frame = None
            self.refresh()
            return
        self._frame = after = self._drawn()
        regions = []
        for y, (old, new) in enumerate(zip(before, after, strict=True)):
            span = changed_span(old, new)
            if span:
                regions.append(Region(span[0], y, span[1] - span[0], 1))
        if regions:
            self.refresh(*regions)

    def style(self, name: str) -> Style:
        """The style of a part, one of the names in `COMPONENT_CLASSES`."""
        return self.get_component_rich_style(f"line--{name}")

    def swatch(self, name: str) -> Style:
        """The style of cells that show one of `COLORS`; plain for another name, or no colours."""
        color = COLORS.get(name)
        plain = self.style("text")
        return plain + Style(bgcolor=color) if color and not self.app.no_color else plain

    def render_line(self, y: int) -> Strip:
        if self._frame is None or self._frame_size != self.size:
            self._frame = self._drawn()
        return (
            Strip(self._frame[y], self.size.width)
            if y < len(self._frame)
            else Strip.blank(self.size.width)
        )

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._frame = None

    def on_focus(self, _event: events.Focus) -> None:
        self.redraw()

    def on_blur(self, _event: events.Blur) -> None:
        self.redraw()

    def _drawn(self) -> list[Line]:
        self._frame_size = self.size
        width, height = self.size
        plain = self.style("text")
        lines = [fitted(line, width, plain) for line in self.draw()[:height]]
        lines += [[Segment(" " * width, plain)] for _ in range(height - len(lines))]
        return lines


def fitted(line: Sequence[Segment], width: int, plain: Style) -> Line:
    """`line` in exactly `width` cells."""
    kept: Line = []
    used = 0
    for segment in line:
        cells = width_of(segment.text)
        if used + cells > width:
            if width > used:
                kept.append(Segment(cut(segment.text, width - used), segment.style))
            return kept
        if cells:
            kept.append(segment)
            used += cells
    if used < width:
        kept.append(Segment(" " * (width - used), plain))
    return kept


def changed_span(old: Line, new: Line) -> tuple[int, int] | None:
    """The cells, from and to, in which two lines of the same width differ; None when nowhere."""
    if old == new:
        return None
    width = sum(width_of(segment.text) for segment in new)
    return _same_cells(old, new, 1), width - _same_cells(old, new, -1)


def _same_cells(old: Line, new: Line, step: int) -> int:
    """The number of cells that two lines share from the left (`step` 1) or the right (-1)."""
    cells = 0
    for one, other in zip(old[::step], new[::step], strict=False):
        if one == other:
            cells += width_of(one.text)
            continue
        if one.style == other.style:
            same = 0
            for a, b in zip(one.text[::step], other.text[::step], strict=False):
                # Only ASCII can be cut anywhere: other characters may join their neighbours.
                if a != b or not a.isascii():
                    break
                same += 1
            for text in (one.text, other.text):
                beyond = text[::step][same : same + 1]
                if beyond and not beyond.isascii():
                    return cells + max(0, same - 1)
            cells += same
        break
    return cells
