"""A list whose rows are put in order: by keys, or dragged with the mouse."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.message import Message

from crmtui.i18n import N_
from crmtui.screens.widgets.lines import Line
from crmtui.screens.widgets.rows import Row, RowList

THRESHOLD = 1
"""Rows that the mouse must move before a press becomes a drag."""


class OrderedList(RowList):
    """Rows of which each may take the place of another; the screen decides what that means.

    Args:
        accepts: whether the row with the first value may be dropped where the second stands.
    """

    BINDINGS = [
        Binding(
            "J,alt+down,shift+down", "shift(1)", N_("Further down"), id="ordered.down", show=False
        ),
        Binding("K,alt+up,shift+up", "shift(-1)", N_("Further up"), id="ordered.up", show=False),
        Binding("right_curly_bracket", "group(1)", N_("Next heading"), id="ordered.next-heading"),
        Binding(
            "left_curly_bracket", "group(-1)", N_("Heading before"), id="ordered.previous-heading"
        ),
    ]

    class Moved(Message):
        """The cursor stands on another row."""

    class Shifted(Message):
        """The row under the cursor is to go one place further."""

        def __init__(self, value: Any, by: int) -> None:
            super().__init__()
            self.value = value
            self.by = by

    class Dropped(Message):
        """A row was dragged to the place of another one."""

        def __init__(self, value: Any, onto: Any) -> None:
            super().__init__()
            self.value = value
            self.onto = onto

    def __init__(
        self,
        rows: Sequence[Row] = (),
        *,
        accepts: Callable[[Any, Any], bool] = lambda value, onto: False,
        **kwargs: Any,
    ) -> None:
        super().__init__(rows, **kwargs)
        self._accepts = accepts
        self._pressed: int | None = None
        self._dragged: int | None = None
        self._target: int | None = None
        self._dropped = False

    @property
    def value(self) -> Any:
        """The value of the row under the cursor, or None."""
        return self.current.value if self.current else None

    @property
    def target(self) -> Row | None:
        """The row whose place a dragged row would take now."""
        return self.rows[self._target] if self._target is not None else None

    def action_go(self, by: int) -> None:
        super().action_go(by)
        self.post_message(self.Moved())

    def go_to(self, value: Any) -> bool:
        """Put the cursor on the row with that value; says whether there is one."""
        found = next((n for n, row in enumerate(self.rows) if row.value == value), None)
        if found is not None:
            self.action_go(found - self.cursor)
        return found is not None

    def action_shift(self, by: int) -> None:
        if self.value is not None:
            self.post_message(self.Shifted(self.value, by))

    def action_group(self, by: int) -> None:
        places = [n for n, row in enumerate(self.rows) if row.look == "head"]
        later = [n for n in places if (n - self.cursor) * by > 0]
        if later:
            self.action_go((later[0] if by > 0 else later[-1]) - self.cursor)

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        place = self.top + event.y
        if event.button == 1 and place < len(self.rows):
            self._pressed, self._dropped = place, False
            self.capture_mouse()
            self.action_go(place - self.cursor)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is None:
            return
        place = self.top + event.y
        if self._dragged is None:
            if abs(place - self._pressed) < THRESHOLD or self.rows[self._pressed].value is None:
                return
            self._dragged = self._pressed
        if event.y <= 0 and self.top > 0:
            self.top -= 1
        elif event.y >= self.size.height - 1 and self.top + self.size.height < len(self.rows):
            self.top += 1
        place = max(0, min(self.top + event.y, len(self.rows) - 1))
        value, onto = self.rows[self._dragged].value, self.rows[place].value
        fits = place != self._dragged and onto is not None and self._accepts(value, onto)
        self._target = place if fits else None
        self.redraw()

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        dragged, target = self._dragged, self._target
        self.cancel_drag()
        if dragged is not None:
            self._dropped = True
        if dragged is not None and target is not None:
            self.post_message(self.Dropped(self.rows[dragged].value, self.rows[target].value))

    def cancel_drag(self) -> bool:
        """Let go of a row that is being dragged; says whether there was one."""
        was = self._dragged is not None
        if self._pressed is not None:
            self.release_mouse()
        self._pressed = self._dragged = self._target = None
        self.redraw()
        return was

    def on_click(self, event: events.Click) -> None:
        # The base class takes any click for a choice; here one points, and two choose.
        event.prevent_default()
        if not self._dropped and event.chain > 1 and self.top + event.y == self.cursor:
            self.action_choose()

    # Drawing

    def draw(self) -> list[Line]:
        lines = super().draw()
        for place, look in ((self._dragged, "rest"), (self._target, "drop")):
            if place is None or not self.top <= place < self.top + self.size.height:
                continue
            text = "".join(segment.text for segment in lines[place - self.top])
            if look == "drop":
                text = "»" + text[1:]
            lines[place - self.top] = [Segment(text, self.style(look))]
        return lines
