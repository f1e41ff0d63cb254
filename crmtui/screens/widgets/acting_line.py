"""The mark of who acts as another user: a line at the top of every screen."""

from rich.segment import Segment
from textual import events

from crmtui.i18n import _
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.store.access import Actor
from crmtui.terminal import cut, shown, width_of


class ActingLine(LineWidget):
    """Says as whom one acts, and who one is; a click changes back.

    Args:
        actor: who is acted as.
    """

    DEFAULT_CSS = """
    ActingLine { dock: top; height: 1; }
    ActingLine > .line--head { background: $warning; color: $background; text-style: bold; }
    ActingLine:ansi > .line--head { background: ansi_yellow; color: ansi_black; }
    ActingLine:nocolor > .line--head {
        background: ansi_default; color: ansi_default; text-style: reverse bold;
    }
    """

    def __init__(self, actor: Actor) -> None:
        super().__init__()
        self._actor = actor

    def draw(self) -> list[Line]:
        who = self._actor.impersonator
        left = " " + _("as {user}").format(user=shown(self._actor.key))
        right = (
            _("you are {user}; ^g changes back").format(user=shown(who.key if who else "")) + " "
        )
        room = self.size.width - width_of(right)
        text = cut(left, room) + right if room > width_of(left) else cut(left, self.size.width)
        return [[Segment(text, self.style("head"))]]

    def on_click(self, _event: events.Click) -> None:
        self.call_later(self.screen.run_action, "act_as")
