"""A window on a page that may be wider and longer than the window."""

from typing import Any

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.strip import Strip

from crmtui.i18n import N_, _
from crmtui.screens.layout_preview import Preview
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.terminal import cut

_STEP = 10


class PreviewPane(LineWidget, can_focus=True):
    """Shows a preview; what does not fit is reached by panning."""

    BINDINGS = [
        Binding("down,j", "scroll(1)", N_("Down"), id="preview.down", show=False),
        Binding("up,k", "scroll(-1)", N_("Up"), id="preview.up", show=False),
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._preview = Preview([])
        self._page = 0
        self.left = 0
        self.top = 0

    def show(self, preview: Preview, page: int) -> None:
        """Show a preview that is `page` cells wide."""
        self._preview, self._page = preview, page
        self.left = max(0, min(self.left, page - self.size.width))
        height = max(1, self.size.height - 1)
        at = preview.at
        if at is not None and not self.top <= at < self.top + height:
            self.top = at - height // 2
        self.top = max(0, min(self.top, len(preview.lines) - height))
        self.redraw()

    def pan(self, by: int) -> None:
        """Look further to the right, or to the left."""
        self.left = max(0, min(self.left + by * _STEP, self._page - self.size.width))
        self.redraw()

    def action_scroll(self, by: int) -> None:
        most = len(self._preview.lines) - max(1, self.size.height - 1)
        self.top = max(0, min(self.top + by, most))
        self.redraw()

    def on_resize(self, _event: events.Resize) -> None:
        self.show(self._preview, self._page)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll(-3)

    def draw(self) -> list[Line]:
        width = self.size.width
        said = _("preview at {n} columns").format(n=self._page)
        if self._page > width:
            last = min(self.left + width, self._page)
            said += "  " + _("seen: {a} to {b}").format(a=self.left + 1, b=last)
        lines: list[Line] = [[Segment(cut(f" {said}", width), self.style("dim"))]]
        for parts in self._preview.lines[self.top :]:
            line = [Segment(text, self.style(look)) for text, look in parts]
            lines.append(list(Strip(line).crop(self.left, self.left + width)))
        return lines
