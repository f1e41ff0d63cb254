"""The application: opens the workspace, watches it, and holds what its screens share."""

import os
from collections.abc import Iterable
from typing import Any

from rich.segment import Segment
from rich.text import Text
from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Size
from textual.screen import Screen
from textual.worker import WorkerFailed

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Type
from crmtui.model.message import Message
from crmtui.screens.acts import Acts
from crmtui.screens.base import CrmModal, CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.closed import ClosedScreen
from crmtui.screens.threads import WorkspaceThread
from crmtui.screens.watcher import Watcher
from crmtui.screens.workspace import WorkspaceScreen
from crmtui.store.access import OUT, Actor
from crmtui.store.errors import CrmError, Forbidden
from crmtui.store.remote import visitor
from crmtui.store.workspace import Workspace
from crmtui.terminal import has_unsafe, removed, shown

LOOK_EVERY = 0.5
"""Seconds between two looks at what others have changed."""

LARGEST = (1000, 400)
"""Columns and lines of a window beyond which nothing is drawn."""


class CrmApp(App[None]):
    """Full screen over one workspace.

    Args:
        path: the workspace, or None for the usual place.
        type_key: the type to begin with, else the first one.
        board: begin with its board.
        record: a record to open at once, as `deal/42`.
        configure: open the configuration at once, at the page of the type if one is given.
        as_user: the key of a user to act as.

    Raises:
        CrmError: the workspace cannot be opened, or has no such type or record, or one may not act
            as that user.
    """

    # The first screen is made by the application itself, which then does not look for its styles.
    CSS_PATH = ["application.tcss", "workspace.tcss"]
    TITLE = "crmtui"
    ALLOW_SELECT = False
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("ctrl+q", "quit", N_("Quit"), id="app.quit", priority=True)]

    def __init__(
        self,
        path: str | None = None,
        *,
        type_key: str | None = None,
        board: bool = False,
        record: str | None = None,
        configure: bool = False,
        as_user: str | None = None,
    ) -> None:
        self.as_user = as_user
        self.workspace = self._open(path)
        self._record = self.workspace.record(record).ref if record else None
        if record and not type_key:
            type_key = record.partition("/")[0]
        self._configure = (configure, type_key)
        self._first = (self.workspace.type(type_key).key if type_key else None, board)
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self._filters.append(LastWall())
        self.reader = self.thread("crmtui-reader")
        self._writer = self.thread("crmtui-writer")
        self.acts = Acts(self._writer, language())
        self.acts.turn_to(as_user)
        self._watcher = Watcher(self.workspace)
        self._turning = False
        """Whether the connections are on their way to act as another user."""
        self._types: tuple[int, Actor, tuple[Type, ...]] | None = None
        self.asked = ""
        """The last question in SQL, for who comes back to it."""

    def _open(self, path: str | None = None) -> Workspace:
        path = path or (self.workspace.path if hasattr(self, "workspace") else None)
        return Workspace.open(path, command="tui", language=language(), as_user=self.as_user)

    def thread(self, name: str) -> WorkspaceThread:
        """A thread with a workspace of its own; whoever asks for it closes it."""
        return WorkspaceThread(self._open, name)

    def get_default_screen(self) -> Screen[Any]:
        return WorkspaceScreen(*self._first)

    def on_resize(self, event: events.Resize) -> None:
        """Take no window for larger than people look at: every cell of it takes memory."""
        size = Size(*map(min, event.size, LARGEST))
        event.size = event.virtual_size = event.container_size = size

    def on_mount(self) -> None:
        self.set_interval(LOOK_EVERY, self.look)
        if self._record:
            self.open_record(self._record)
        configure, type_key = self._configure
        if configure:
            # The screen that says why one may not must be there by then.
            self.call_after_refresh(self.configure, type_key)

    def on_unmount(self) -> None:
        self.reader.close()
        self._writer.close()
        self.workspace.close()

    @property
    def types(self) -> tuple[Type, ...]:
        """The types that the actor may see, in order; none for who is no user any more."""
        known, version = self._types, self.workspace.data_version()
        if known is None or known[:2] != (version, self.workspace.actor):
            try:
                found = self.workspace.types()
            except CrmError as error:
                self.call_later(self.shut_out, error)
                return ()
            known = self._types = (version, self.workspace.actor, found)
        return known[2]

    @property
    def category_names(self) -> dict[str, str]:
        """What people read of the categories that the actor may see, by key."""
        try:
            found = self.workspace.categories()
        except CrmError as error:
            self.call_later(self.shut_out, error)
            return {}
        return {each.key: each.name(language()) for each in found}

    def refusal(self, operation: str, *about: str | None, **more: str | None) -> Message | None:
        """Why the actor may not do something; None when they may. Arguments as of `may`."""
        try:
            decision = self.workspace.may(operation, *about, **more)
        except CrmError as error:
            return error.message
        return None if decision.allowed else decision.reason

    def look(self) -> None:
        """Tell every screen what has changed since the last look, if anything."""
        if self._turning or not self.screen_stack:
            return
        try:
            change = self._watcher.look()
        except Forbidden as error:
            self.shut_out(error)
            return
        except CrmError:
            return  # busy or gone for a moment: the next look is half a second away
        if isinstance(self.screen, ClosedScreen):
            self._start_over()
        elif change is not None:
            for screen in self.screen_stack:
                if isinstance(screen, CrmScreen | CrmModal):
                    screen.store_changed(change)

    # Who acts

    @property
    def shared(self) -> bool:
        """Whether anybody but the user works here, so that it matters who may do what."""
        try:
            return self.workspace.shared
        except CrmError:
            return False

    @property
    def offers_acting(self) -> bool:
        """Whether there are others, and one may act as them."""
        return self.shared and self.refusal("impersonate") is None

    @work(exclusive=True, group="act-as")
    async def act_as(self, user: str | None, because: CrmError | None = None) -> None:
        """Act as another user from now on, or as oneself again (None).

        What is on the screen goes: it was read with other rights.

        Args:
            because: what made it necessary.
        """
        before, self._turning = self.as_user, True
        try:
            await self._turn_to(user)
        except CrmError as error:
            if because is None:
                await self._stay(before, error)
            else:
                self._close(error)
            return
        finally:
            self._turning = False
        self._start_over()
        if because is not None:
            self._tell(because)

    async def _stay(self, user: str | None, error: CrmError) -> None:
        """Go on as the user of before, and say why."""
        try:
            await self._turn_to(user)
        except CrmError as gone:
            self._close(gone)
        else:
            self._tell(error)

    async def _turn_to(self, user: str | None) -> None:
        """Let every connection act as a user, those too that are opened later."""
        self.as_user = user
        for thread in (self.reader, self._writer):
            await thread.finish(lambda workspace: workspace.impersonate(user))
        self.workspace.impersonate(user)
        self.acts.turn_to(user)

    def shut_out(self, error: CrmError) -> None:
        """Show nothing any more to who is no user any more; who acts as such is themselves again.

        It opens again by itself as soon as they are.
        """
        if self._turning:
            return
        if self.as_user is not None:
            self.act_as(None, error)
        elif error.code in OUT and visitor() is not None:
            # A session through the gateway ends; who comes anew is asked anew.
            self._handle_exception(error)
        elif not isinstance(self.screen, ClosedScreen):
            self._close(error)

    def _close(self, error: CrmError) -> None:
        self._start_over()
        self.push_screen(ClosedScreen(error))

    def _start_over(self) -> None:
        self.asked = ""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        screen = self.screen
        if isinstance(screen, WorkspaceScreen):
            screen.start_over()

    def _tell(self, error: CrmError) -> None:
        if isinstance(self.screen, CrmScreen):
            self.screen.fail(error)

    def open_record(self, ref: str) -> None:
        """Show a record on a screen of its own."""
        from crmtui.screens.record import RecordScreen

        self.push_screen(RecordScreen(ref))

    def open_log(self) -> None:
        """Show what happened, on a screen of its own."""
        from crmtui.screens.log import LogScreen

        self.push_screen(LogScreen())

    def configure(self, type_key: str | None = None) -> None:
        """Show the designers of types, at the page of one if said."""
        if isinstance(self.screen, CrmScreen) and self.screen.denied("configure"):
            return
        from crmtui.screens.configuration import ConfigurationScreen
        from crmtui.screens.design_draft import DesignDraft

        self.push_screen(ConfigurationScreen(DesignDraft(self.acts), type_key))

    def ask(self) -> None:
        """Show where questions in SQL are asked."""
        from crmtui.screens.sql import SqlScreen

        self.push_screen(SqlScreen())

    def command(self, kind: str, what: str) -> None:
        """Do what the palette offers besides keys: go to a type, add to it, take other colours."""
        if kind == "theme":
            self.theme = what
            return
        if kind == "past":
            self.open_log()
            return
        while len(self.screen_stack) > 1 and not getattr(self.screen, "unsaved", False):
            self.pop_screen()
        screen = self.screen
        if isinstance(screen, WorkspaceScreen):
            screen.show_type(what, board=None if kind == "add" else kind == "board")
            if kind == "add":
                screen.action_add()

    async def action_quit(self) -> None:
        typed = [s for s in self.screen_stack if isinstance(s, CrmScreen) and s.unsaved]
        if not typed or any(isinstance(s, AskScreen) for s in self.screen_stack):
            self.exit()
            return

        def answered(answer: str | None) -> None:
            if answer == "leave":
                self.exit()

        self.push_screen(
            AskScreen(
                _("There is typing that is not saved."),
                [("k", _("keep on typing"), "stay"), ("d", _("discard it and leave"), "leave")],
            ),
            answered,
        )

    def action_help_quit(self) -> None:
        if isinstance(self.screen, CrmScreen):
            self.screen.say(_("ctrl+q leaves"))

    def _handle_exception(self, error: Exception) -> None:
        """End with the reason in a line: that somebody is let in no more, or what went wrong."""
        if isinstance(error, WorkerFailed):
            error = error.error if isinstance(error.error, Exception) else error
        if isinstance(error, CrmError) and error.code in OUT:
            self.exit(return_code=4, message=_told(error.message.text(_), error.code))
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Textual's own shows the values of variables, which are anybody's records."""
        if os.environ.get("CRMTUI_DEBUG"):
            super()._fatal_error()
            return
        problem = f"{type(self._exception).__name__}: {self._exception}"
        template = N_("something went wrong inside crmtui: {problem}")
        self._exit_renderables.append(_told(Message(template, problem=problem).text(_), "internal"))
        self._close_messages_no_wait()

    # Textual would open browsers and write files on the machine it runs on: a server, over SSH.

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        return ()

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Tell the address: a link in a record opens no program."""
        if isinstance(self.screen, CrmScreen):
            self.screen.say(shown(url))

    def action_suspend_process(self) -> None:
        """Nothing: over SSH there is no shell that would wake it."""

    def deliver_text(self, *_args: Any, **_options: Any) -> None:
        """Nothing: full screen writes no files."""

    def deliver_binary(self, *_args: Any, **_options: Any) -> None:
        """Nothing: full screen writes no files."""

    def deliver_screenshot(self, *_args: Any, **_options: Any) -> None:
        """Nothing: full screen writes no files."""


def _told(message: str, code: str) -> Text:
    """An error as the command line tells it."""
    error_word = _("error")
    return Text(shown(f"crmtui: {error_word}: {message}  [{code}]"))


class LastWall(LineFilter):
    """Takes out of every line what a terminal must not get, whichever widget drew it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if not any(has_unsafe(segment.text) for segment in segments):
            return segments
        return [
            Segment(removed(text), style, control) if not control else Segment(text, style, control)
            for text, style, control in segments
        ]
