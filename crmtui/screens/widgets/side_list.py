"""Fields that two sides changed, with a side to choose for each: theirs or yours."""

from collections.abc import Sequence
from os.path import commonprefix
from typing import Any, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Offset
from textual.message import Message

from crmtui.i18n import N_, _
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.terminal import cut, shown, width_of, wrapped

THEIRS, YOURS, BOTH = "theirs", "yours", "both"

_WORDS = {
    "before": N_("before"),
    THEIRS: N_("theirs"),
    YOURS: N_("yours"),
    BOTH: N_("both"),
}
_MOST = 3
"""Lines of a value; what is cut can be read in the record itself, and in the form."""

_LEAD, _LONG = 12, 60
"""Characters that are told of what is alike, and from which on a value is long."""

_INDENT = 3
"""Cells of the mark before a value."""


class Sides(NamedTuple):
    """A field that either side changed; texts are not yet safe.

    Args:
        merged: what it is where both go together.
        said: who changed it, and when.
        by: the side that changed it; `BOTH` where that is to be decided, or goes together.
        side: the side that is chosen; None until one is; `BOTH` where both go together.
        open: whether another side may be chosen.
    """

    key: str
    label: str
    before: str
    theirs: str
    yours: str
    merged: str
    said: str
    by: str
    side: str | None
    open: bool = True


class _Block(NamedTuple):
    """The lines of one field, and of each the side that a click on it chooses."""

    y: int
    lines: list[Line]
    sides: list[str | None]


class SideList(LineWidget, can_focus=True):
    """Contested fields with their three values, the others in a line; a side is marked for each.

    Args:
        fields: those to be decided first.
    """

    BINDINGS = [
        Binding("down,j", "go(1)", N_("Down"), id="sides.down", show=False),
        Binding("up,k", "go(-1)", N_("Up"), id="sides.up", show=False),
        Binding("pagedown,ctrl+f", "go(5)", N_("Page down"), id="sides.page-down", show=False),
        Binding("pageup,ctrl+b", "go(-5)", N_("Page up"), id="sides.page-up", show=False),
        Binding("g,home", "end(-1)", N_("To the first"), id="sides.first", show=False),
        Binding("G,end", "end(1)", N_("To the last"), id="sides.last", show=False),
        Binding("left,h,t", "choose('theirs')", N_("Theirs"), id="sides.theirs", show=False),
        Binding("right,l,y", "choose('yours')", N_("Yours"), id="sides.yours", show=False),
        Binding("space", "flip", N_("The other one"), id="sides.flip", show=False),
        Binding("T", "choose_all('theirs')", N_("All theirs"), id="sides.all-theirs", show=False),
        Binding("Y", "choose_all('yours')", N_("All yours"), id="sides.all-yours", show=False),
    ]

    class Changed(Message):
        """The cursor stands on another field, or another side was chosen."""

    def __init__(self, fields: Sequence[Sides], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._fields = list(fields)
        self._blocks: list[_Block] = []
        self._lines: list[Line] = []
        self.cursor = 0
        self.top = 0

    @property
    def chosen(self) -> dict[str, str]:
        """The side of each field that one could be chosen for, as far as one was."""
        return {each.key: each.side for each in self._fields if each.open and each.side}

    @property
    def undecided(self) -> list[Sides]:
        """The fields without a side."""
        return [each for each in self._fields if each.side is None]

    def lines_at(self, width: int) -> int:
        """The height that everything takes in so many cells."""
        return sum(len(self._block(n, 0, width).lines) for n in range(len(self._fields)))

    @property
    def position(self) -> str:
        """The number of the field under the cursor, and how many there are."""
        return f"{self.cursor + 1}/{len(self._fields)}"

    def go_to(self, key: str) -> None:
        """Put the cursor on a field."""
        place = next(n for n, each in enumerate(self._fields) if each.key == key)
        self.action_go(place - self.cursor)

    # Keys

    def action_go(self, by: int) -> None:
        self.cursor = max(0, min(self.cursor + by, len(self._fields) - 1))
        self._show()
        self.post_message(self.Changed())

    def action_end(self, which: int) -> None:
        self.action_go(len(self._fields) * which)

    def action_choose(self, side: str) -> None:
        self._choose([self.cursor], side)

    def action_choose_all(self, side: str) -> None:
        self._choose(range(len(self._fields)), side)

    def action_flip(self) -> None:
        self._choose([self.cursor], THEIRS if self._fields[self.cursor].side == YOURS else YOURS)

    def _choose(self, places: Sequence[int], side: str) -> None:
        for place in places:
            if self._fields[place].open:
                self._fields[place] = self._fields[place]._replace(side=side)
        self._show()
        self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        y = self.top + event.y
        for place, block in enumerate(self._blocks):
            if block.y <= y < block.y + len(block.lines):
                side = block.sides[y - block.y]
                self.action_go(place - self.cursor)
                if side:
                    self._choose([place], side)
                return

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_go(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_go(-1)

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        self._show()

    def _show(self) -> None:
        self._arrange()
        if self._blocks:
            height = max(1, self.size.height)
            block = self._blocks[self.cursor]
            last = block.y + len(block.lines)
            self.top = min(block.y, max(self.top, last - height))
            self.top = max(0, min(self.top, len(self._lines) - height))
        self.redraw()

    def _arrange(self) -> None:
        self._blocks, self._lines = [], []
        for place in range(len(self._fields)):
            block = self._block(place, len(self._lines), self.size.width)
            self._blocks.append(block)
            self._lines += block.lines

    def draw(self) -> list[Line]:
        self._arrange()
        if self.has_focus and self.is_attached and self._blocks:
            offset = Offset(0, self._blocks[self.cursor].y - self.top)
            self.app.cursor_position = self.content_region.offset + offset
        return self._lines[self.top : self.top + self.size.height]

    def _block(self, place: int, y: int, width: int) -> _Block:
        field = self._fields[place]
        current = place == self.cursor
        if field.by == BOTH and field.open:
            return self._values(field, current, y, width)
        return self._brief(field, current, y, width)

    def _head(self, text: str, said: str, current: bool, width: int, look: str = "strong") -> Line:
        """The line that the cursor stands on."""
        said = f" {cut(shown(said), min(width_of(shown(said)), width // 2))} " if said else ""
        room = max(0, width - width_of(said))
        if current:
            style = self.style("cursor" if self.has_focus else "rest")
            return [Segment(cut(f" {text}", room) + said, style)]
        return [
            Segment(cut(f" {text}", room), self.style(look)),
            Segment(said, self.style("dim")),
        ]

    def _values(self, field: Sides, current: bool, y: int, width: int) -> _Block:
        """A field to be decided: what it was, and the two sides."""
        lines = [self._head(shown(field.label), field.said, current, width)]
        sides: list[str | None] = [None]
        names = max(width_of(_(word)) for word in _WORDS.values())
        values = _from_difference((field.before, field.theirs, field.yours))
        for word, value in zip(("before", THEIRS, YOURS), values, strict=True):
            mark = "" if word == "before" else "(x)" if field.side == word else "( )"
            name = f"  {cut(mark, _INDENT)} {cut(_(word), names)}  "
            style = self.style("strong" if field.side == word else "dim")
            text = _cut_to(value, width - width_of(name) - 1)
            lines.append([Segment(name + text[0], style)])
            lines += [[Segment(" " * width_of(name) + line, style)] for line in text[1:]]
            sides += [None if word == "before" else word] * len(text)
        return _Block(y, lines, sides)

    def _brief(self, field: Sides, current: bool, y: int, width: int) -> _Block:
        """A field that is decided by itself, in a line: which side, and what becomes of it."""
        word = f"[{_(_WORDS[field.side or BOTH])}]"
        names = max(width_of(_(word)) for word in _WORDS.values()) + 2
        text = _outcome(field)
        room = width - names - 2 - (width_of(shown(field.said)) + 2 if field.said else 1)
        first, *rest = _cut_to(text, max(20, room))
        lines = [self._head(f"{cut(word, names)} {first}", field.said, current, width, "text")]
        lines += [[Segment(" " * (names + 2) + line, self.style("text"))] for line in rest]
        other = THEIRS if field.side == YOURS else YOURS
        return _Block(y, lines, [other if field.open else None] * len(lines))


def _outcome(field: Sides) -> str:
    """What becomes of a field that only one side changed, or both to what goes together."""
    label, before = field.label, field.before or _("nothing")
    changed = {THEIRS: field.theirs, YOURS: field.yours, BOTH: field.merged}
    after = changed[field.by] or _("nothing")
    if field.side == field.by:
        return f"{label}: {before} -> {after}"
    return _("{label}: stays {before}, not {after}").format(label=label, before=before, after=after)


def _from_difference(values: Sequence[str]) -> list[str]:
    """Values of which long ones begin a little before the place where they begin to differ."""
    alike = len(commonprefix([value for value in values if value])) - _LEAD
    if alike < _LEAD or max(map(len, values)) < _LONG:
        return list(values)
    return [f"…{value[alike:]}" if value else value for value in values]


def _cut_to(text: str, width: int) -> list[str]:
    """A text in at most so many lines."""
    lines = [line for line in wrapped(text, max(8, width)) if line.strip()] or [_("nothing")]
    if len(lines) > _MOST:
        lines = [*lines[: _MOST - 1], cut(lines[_MOST - 1], width - 1).rstrip() + "…"]
    return lines
