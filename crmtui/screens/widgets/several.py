"""A control for several values: options, linked records, tags; each of them stands before the line.

`+2 [Website] [Trade fair] type to add`: backspace takes the last one away, left and right go over
them, delete removes the one under the cursor.
"""

import re
from collections.abc import Sequence
from typing import Any

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.widgets import Input

from crmtui.i18n import N_
from crmtui.screens.widgets.controls import Edited, LineInput
from crmtui.screens.widgets.lines import Line
from crmtui.screens.widgets.lookup import Suggest, SuggestControl
from crmtui.screens.widgets.rows import Row
from crmtui.terminal import cut, shown, width_of

ROOM = 16
"""Cells that are left to type in."""

LONGEST = 24
"""Cells of one value."""

SEPARATORS = ",，、;；"
"""What ends a free word."""


class SeveralInput(LineInput):
    """A line that leaves the space bar to the control around it where that takes a suggestion."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        control = self.parent
        if key == "space" and isinstance(control, SeveralControl) and control.flips:
            return False
        return super().check_consume_key(key, character)


class SeveralControl(SuggestControl):
    """Several of the suggestions, in an order.

    Args:
        values: what is stored, as it would be typed.
        texts: how people read each of them.
        free: whether any word can be a value, not only what is suggested.
        space: whether space takes a suggestion, so that it cannot be typed.
        order: all values there can be, in the order they are kept in; None keeps that of choosing.
    """

    INPUT = SeveralInput
    BINDINGS = [
        Binding("space", "flip", N_("In or out"), id="several.flip", show=False, priority=True),
        Binding("backspace", "drop", N_("Take out"), id="several.drop", show=False, priority=True),
        Binding("delete", "remove", N_("Take out"), id="several.out", show=False, priority=True),
        Binding("left", "go(-1)", N_("Value before"), id="several.left", show=False, priority=True),
        Binding("right", "go(1)", N_("Value after"), id="several.right", show=False, priority=True),
    ]

    def __init__(
        self,
        values: Sequence[str],
        texts: Sequence[str],
        suggest: Suggest,
        *,
        free: bool = False,
        space: bool = False,
        order: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(suggest, **kwargs)
        self._texts = dict(zip(values, texts, strict=True))
        self._free, self._space, self._order = free, space, order
        self._needs_one = not free
        self._at: int | None = None
        self._pointing = False
        """Whether the cursor was put on a suggestion, so that enter means it, not the typing."""

    @property
    def value(self) -> tuple[str, ...]:
        """What to store; a text that was typed and not taken is the last of it."""
        typed = self.input.value.strip()
        return (*self._texts, typed) if typed and typed not in self._texts else tuple(self._texts)

    @property
    def text(self) -> tuple[str, ...]:
        """How people read each value."""
        texts = tuple(self._texts.values())
        return (*texts, self.input.value.strip()) if len(self.value) > len(texts) else texts

    def take(self, value: Sequence[str], text: Sequence[str] = ()) -> None:
        """Have other values, and tell nobody."""
        self._texts = dict(zip(value, text or value, strict=True))
        self._at = None
        self._type("")
        self._fit()

    # Keys

    @property
    def flips(self) -> bool:
        """Whether the space bar takes the suggestion under the cursor."""
        return self._space and self.open

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        at_start = self.input.cursor_position == 0 and self.input.selection.is_empty
        if action == "flip":
            return self.flips
        if action == "drop":
            return at_start and bool(self._texts)
        if action == "remove":
            return at_start and self._at is not None
        if action == "go":
            return at_start and bool(self._texts) and (parameters[0] == -1 or self._at is not None)
        if action in ("take", "leave"):
            return self.open or (self._free and bool(self.input.value.strip()))
        return super().check_action(action, parameters)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._pointing = False
        if not self._free or event.value.startswith('"'):
            super().on_input_changed(event)
            return
        *whole, rest = re.split(f"[{SEPARATORS}]", event.value)
        if whole:
            event.stop()
            for word in whole:
                self._add(word)
            self._type(rest.lstrip())
            self._changed()
        else:
            super().on_input_changed(event)

    def action_flip(self) -> None:
        self.action_take()

    def action_take(self) -> None:
        row = self.pointed
        if self._free and (row is None or not self._pointing):
            self._add_typed()
        elif row is not None:
            self._flip(row)
        if not self._space:
            self.action_close()

    def action_leave(self, _by: int) -> None:
        typed = self.input.value.strip()
        if typed and self._free:
            self._add_typed()
        elif typed and self.pointed is not None and self.pointed.value not in self._texts:
            self._flip(self.pointed)
        super().action_leave(_by)

    def action_suggestions(self, by: int) -> None:
        self._pointing = self.open or not self.input.value.strip()
        super().action_suggestions(by)

    def action_drop(self) -> None:
        self._remove(len(self._texts) - 1 if self._at is None else self._at)

    def action_remove(self) -> None:
        if self._at is not None:
            self._remove(self._at)

    def action_go(self, by: int) -> None:
        at = (len(self._texts) if self._at is None else self._at) + by
        self._at = max(0, at) if at < len(self._texts) else None
        self._fit()

    # What is chosen

    def _flip(self, row: Row) -> None:
        if self._texts.pop(row.value, None) is None:
            self._texts[row.value] = row.left
        self._type("")
        self._changed()
        if self._space:
            self._look("", None)

    def _add(self, word: str) -> None:
        word = word.strip()
        if word and word.casefold() not in map(str.casefold, self._texts):
            self._texts[word] = shown(word)

    def _add_typed(self) -> None:
        self._add(self.input.value.strip().strip('"'))
        self._type("")
        self._changed()
        self.action_close()

    def _remove(self, at: int) -> None:
        del self._texts[list(self._texts)[at]]
        self._at = min(at, len(self._texts) - 1) if self._at is not None and self._texts else None
        self._changed()

    def _changed(self) -> None:
        if self._order is not None:
            order = {value: place for place, value in enumerate(self._order)}
            ranked = sorted(self._texts.items(), key=lambda pair: order.get(pair[0], len(order)))
            self._texts = dict(ranked)
        self._fit()
        self.post_message(Edited())

    # Drawing

    def on_mount(self) -> None:
        self._fit()

    def on_resize(self, _event: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        """Make room for the values before the line."""
        if not self.is_attached:
            return
        used = sum(width_of(segment.text) for segment in self._chips())
        if self.input.styles.margin.left != used:
            self.input.styles.margin = (0, 0, 0, used)
        self.redraw()

    def _chips(self) -> Line:
        """The values: those around the cursor, as many as there is room for."""
        texts = [cut(t, LONGEST) if width_of(t) > LONGEST else t for t in self._texts.values()]
        last = len(texts) - 1 if self._at is None else self._at
        room = max(0, self.size.width - ROOM)
        first, end, left = last + 1, last + 1, room - 6
        while first > 0 and width_of(texts[first - 1]) + 3 <= left:
            first -= 1
            left -= width_of(texts[first]) + 3
        while end < len(texts) and width_of(texts[end]) + 3 <= left:
            left -= width_of(texts[end]) + 3
            end += 1
        if first == end and texts:
            first = max(0, end - 1)
            texts[first] = cut(texts[first], max(1, room - 9))
        line: Line = []
        if first:
            line.append(Segment(f"+{first} ", self.style("dim")))
        for place in range(first, end):
            style = self.style("cursor" if place == self._at else "text")
            line += [Segment(f"[{texts[place]}]", style), Segment(" ", self.style("text"))]
        if end < len(texts):
            line.append(Segment(f"+{len(texts) - end} ", self.style("dim")))
        return line

    def draw(self) -> list[Line]:
        return [self._chips()]

    def _drawn_rows(self, rows: Sequence[Row]) -> Sequence[Row]:
        return [
            row._replace(left=f"{'[x]' if row.value in self._texts else '[ ]'} {row.left}")
            for row in rows
        ]
