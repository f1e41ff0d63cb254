"""What is left on the screen for who is no user of the workspace any more."""

from textual.app import ComposeResult
from textual.binding import Binding

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmScreen
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.store.errors import CrmError


class ClosedScreen(CrmScreen):
    """Says why nothing is shown.

    Args:
        error: what the store said.
    """

    BINDINGS = [Binding("q", "app.quit", N_("Quit"), id="closed.quit")]
    HINTS = ("closed.quit",)

    def __init__(self, error: CrmError) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#heading", StateLine).say(self._error.message.text(_), error=True)
        self.query_one("#state", StateLine).state(_("it opens again as soon as that is changed"))
        self.query_one("#keys", KeyLine).show(self.keys())
