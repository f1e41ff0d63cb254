"""What our screens share: cheap focus, one line for messages, jobs on other threads."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import events, on, work
from textual.binding import Binding
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from crmtui.i18n import N_, _
from crmtui.model.message import Message
from crmtui.screens.keys import Key, keys_of
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.acting_line import ActingLine
from crmtui.screens.widgets.bars import StateLine
from crmtui.store.errors import CrmError
from crmtui.store.workspace import Workspace
from crmtui.terminal import width_of

if TYPE_CHECKING:
    from crmtui.screens.application import CrmApp

T = TypeVar("T")


class CrmScreen(Screen[Any]):
    """A screen that talks to the workspace through the application's threads."""

    ALLOW_SELECT = False
    AUTO_FOCUS = ""
    # Textual's own repaints the whole screen whenever the focus moves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    BINDINGS = [
        Binding("question_mark,f1", "help", N_("Keys"), id="app.help", key_display="?"),
        Binding("colon,ctrl+p", "palette", N_("Commands"), id="app.palette", key_display=":"),
        Binding("ctrl+g", "act_as", N_("Act as"), id="app.act-as"),
    ]

    HINTS: tuple[str, ...] = ()
    """The ids of the bindings that the key line tells, in order."""

    NEEDS: Mapping[str, str] = {}
    """What the actor must be let do for what a key does, by action."""

    @property
    def crm(self) -> "CrmApp":
        """The application."""
        return cast("CrmApp", self.app)

    @on(events.Mount)
    async def _mark_actor(self) -> None:
        await self.mark_actor()

    async def mark_actor(self) -> None:
        """Show as whom one acts, where that is another user."""
        await self.query(ActingLine).remove()
        actor = self.crm.workspace.actor
        if actor.impersonator is not None:
            await self.mount(ActingLine(actor), before=0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "act_as":
            return self.crm.offers_acting
        if action == "why":
            return self.crm.shared
        return super().check_action(action, parameters)

    def about(self) -> tuple[str, ...]:
        """The type, and perhaps the record, that the keys are about."""
        return ()

    def offers(self, action: str) -> bool:
        """Whether the actor may do what a key does; one that they may not says why when pressed."""
        needed = self.NEEDS.get(action)
        return needed is None or self.crm.refusal(needed, *self.about()) is None

    def denied(
        self, operation: str, *about: str, field: str | None = None, target: str | None = None
    ) -> bool:
        """Whether the actor may not do something, which is said; arguments as of `may`."""
        reason = self.crm.refusal(operation, *about, field=field, target=target)
        if reason is not None:
            self.query_one("#state", StateLine).say(reason.text(_), error=True)
        return reason is not None

    async def read(self, job: Callable[[Workspace], T]) -> T:
        """Run a job that only reads; it does not hold up a key."""
        return await self.crm.reader.run(job)

    def store_changed(self, change: StoreChange) -> None:
        """Something changed in the workspace, here or elsewhere."""

    @property
    def unsaved(self) -> bool:
        """Whether leaving would lose what was typed."""
        return False

    @work(group="act")
    async def do(self, act: Awaitable[str], done: Callable[[], object] | None = None) -> None:
        """Wait for an act, show what it changed and say what it was.

        Args:
            done: called when it was done, before anything is shown.
        """
        try:
            said = await act
        except CrmError as error:
            self.crm.look()  # it may be refused for what others did, which shall be seen
            self.fail(error)
            return
        if done is not None:
            done()
        self.crm.look()
        self.say(said)

    def say(self, text: str) -> None:
        """Say something in the state line, until the next key."""
        self.query_one("#state", StateLine).say(text)

    def fail(self, error: CrmError) -> None:
        """Say what the store would not do, in one line: of a long one about rights, the rule."""
        text, reason = error.message.text(_), error.facts.get("reason")
        if isinstance(reason, Message) and width_of(text) + 2 > self.size.width:
            text = reason.text(_)
        self.query_one("#state", StateLine).say(text, error=True)

    def on_key(self, _event: events.Key) -> None:
        self.query_one("#state", StateLine).hush()

    def action_help(self) -> None:
        from crmtui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(keys_of(self)))

    def action_palette(self) -> None:
        from crmtui.screens.palette import open_palette

        open_palette(self)

    @work(exclusive=True, group="whom")
    async def action_act_as(self) -> None:
        from crmtui.screens.acting import ask_whom

        await ask_whom(self)

    def keys(self) -> list[Key]:
        """What the key line tells: the bindings that `HINTS` names, with their present keys."""
        known = {key.id: key for key in keys_of(self)}
        return [known[name] for name in self.HINTS if name in known]


class CrmModal(ModalScreen[Any]):
    """A dialogue over a screen."""

    ALLOW_SELECT = False
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    @property
    def crm(self) -> "CrmApp":
        """The application."""
        return cast("CrmApp", self.app)

    def store_changed(self, change: StoreChange) -> None:
        """A dialogue keeps what it showed, unless it shows what people may not see any more."""
