"""What the pages of the designers share: one draft, its plan, and the way back."""

from collections.abc import Callable, Sequence
from typing import Any

from textual import work
from textual.binding import Binding

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.foresight import Foresight
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError

Make = Callable[[Foresight], Sequence[Change]]
"""Makes changes of the configuration as it would be by then."""


class DesignScreen(CrmScreen):
    """A page that gathers changes of the configuration and shows what they would make of it.

    Args:
        draft: shared by all pages until its changes are made or discarded.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS = [
        Binding("ctrl+s", "plan", N_("Plan"), id="design.plan"),
        Binding("u", "undo", N_("Undo"), id="design.undo"),
        Binding("escape,q", "leave", N_("Back"), id="design.leave", key_display="esc"),
    ]

    def __init__(self, draft: DesignDraft) -> None:
        super().__init__()
        self.draft = draft

    @property
    def foresight(self) -> Foresight:
        """The configuration as it would be."""
        return self.draft.foresight

    def show(self) -> None:
        """Show the configuration as it would be now."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self._begin()

    @work(group="draft")
    async def _begin(self) -> None:
        if self.draft.since < 0:
            await self._look()
        self.show()
        self.show_draft()
        self.show_keys()
        self.denied("configure")

    def designs(self, type_key: str) -> bool:
        """Whether the actor may change a type."""
        refusal = self.crm.refusal
        return refusal("administer") is None or refusal("configure", type_key) is None

    async def _look(self) -> None:
        try:
            await self.draft.look()
        except CrmError as error:
            self.fail(error)

    def on_screen_resume(self) -> None:
        if self.draft.since >= 0:
            self.show()
            self.show_draft()

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def show_keys(self) -> None:
        """Tell the keys in force."""
        self.query_one("#keys", KeyLine).show(self.keys())

    def show_draft(self) -> None:
        """Tell how many changes were gathered."""
        count = len(self.draft.changes)
        said = _("changes not made yet: {n}  ^s shows the plan").format(n=count)
        self.query_one("#state", StateLine).state(said if count else self.standing)

    @property
    def standing(self) -> str:
        """What the state line says while nothing was gathered."""
        return ""

    # Gathering

    @work(group="draft")
    async def put(self, make: Make, then: Callable[[], object] | None = None) -> None:
        """Take changes into the draft.

        Args:
            make: makes them when it is their turn.
            then: called when they were taken.
        """
        if await self.accepted(make) and then is not None:
            then()

    async def accepted(self, make: Make) -> bool:
        """Take changes into the draft; says whether the store would accept them."""
        try:
            async with self.draft.turn:
                found = await self.draft.put(*make(self.foresight))
        except CrmError as error:
            self.fail(error)
            return False
        self.show()
        self.show_draft()
        notes = found.outcomes[-1].notes if found.outcomes else ()
        if notes:
            self.say("; ".join(note.text(_) for note in notes))
        return True

    @property
    def unsaved(self) -> bool:
        return bool(self.draft.changes)

    @work(group="draft")
    async def action_undo(self) -> None:
        try:
            async with self.draft.turn:
                back = await self.draft.step_back()
                said = _("taken back") if back else await self.crm.acts.undo()
                if not back:
                    await self.draft.look()
        except CrmError as error:
            self.fail(error)
            return
        self.crm.look()
        self.show()
        self.show_draft()
        self.say(said)

    # The plan

    def action_plan(self) -> None:
        from crmtui.screens.plan import PlanScreen

        if not self.draft.changes:
            self.say(_("no changes gathered yet"))
            return
        self.app.push_screen(PlanScreen(self.draft), self._planned)

    def _planned(self, said: str | None) -> None:
        self.show()
        self.show_draft()
        if said:
            self.crm.look()
            self.say(_("{what}; u undoes it").format(what=said))

    def store_changed(self, change: StoreChange) -> None:
        if change.configured:
            self._look_again()

    @work(exclusive=True, group="look")
    async def _look_again(self) -> None:
        if self.app.screen is not self:
            return
        async with self.draft.turn:
            before = self.draft.since
            await self._look()
        if self.draft.changes and before != self.draft.since:
            self.say(_("the configuration was changed meanwhile: look at the plan again"))
        self.show()
        self.show_keys()
        self.denied("configure")

    # Leaving

    def action_leave(self) -> None:
        self.dismiss(None)

    def ask_and_leave(self) -> None:
        """Leave the designers; what was gathered is planned, discarded or gone on with."""
        if not self.draft.changes:
            self.dismiss(None)
            return

        def answered(answer: str | None) -> None:
            if answer == "plan":
                self.action_plan()
            elif answer == "discard":
                self._discard()

        self.app.push_screen(
            AskScreen(
                _("Changes that were gathered and not made yet: {n}").format(
                    n=len(self.draft.changes)
                ),
                [
                    ("p", _("look at the plan"), "plan"),
                    ("d", _("discard them"), "discard"),
                    ("k", _("go on"), "stay"),
                ],
            ),
            answered,
        )

    @work(group="draft")
    async def _discard(self) -> None:
        await self.draft.discard()
        self.dismiss(None)

    def open(self, screen: Any, then: Callable[[Any], None] | None = None) -> None:
        """Show another page of the designers over this one."""
        self.app.push_screen(screen, then)
