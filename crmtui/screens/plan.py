"""The plan: every change that was gathered, in words, before any of them is made."""

from dataclasses import replace

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from crmtui.i18n import N_, _
from crmtui.model.message import Message
from crmtui.screens.base import CrmScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.store.changes import Change
from crmtui.store.effects import Effect
from crmtui.store.errors import CrmError
from crmtui.terminal import wrapped


class PlanScreen(CrmScreen):
    """What will be done, with what it does to records; ends with what was said of it, or None.

    Args:
        draft: the changes gathered.
    """

    CSS_PATH = "plan.tcss"
    BINDINGS = [
        Binding("ctrl+s", "make", N_("Make these changes"), id="plan.make", priority=True),
        Binding("x,d,delete", "drop", N_("Take out"), id="plan.drop", key_display="x"),
        Binding("l", "lose", N_("Allow loss of values"), id="plan.lose"),
        Binding("escape,q", "leave", N_("Back"), id="plan.leave", key_display="esc"),
    ]
    HINTS = ("plan.make", "plan.drop", "plan.lose", "plan.leave", "app.help", "app.palette")

    def __init__(self, draft: DesignDraft) -> None:
        super().__init__()
        self._draft = draft
        self._effects: list[list[Effect]] = []

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield RowList(id="changes")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#changes", RowList).focus()
        self._look()

    @property
    def unsaved(self) -> bool:
        return bool(self._draft.changes)

    def on_resize(self) -> None:
        self._show()

    @work(exclusive=True, group="effects")
    async def _look(self) -> None:
        """Show the changes at once, and what they do to records as soon as it is counted."""
        self._effects = []
        self._show()
        try:
            self._effects = await self._draft.effects()
        except CrmError:
            return  # the plan says itself which change cannot be made
        self._show()

    def _show(self) -> None:
        draft = self._draft
        count = len(draft.changes)
        self.query_one("#heading", StateLine).say(_("Plan ({n})").format(n=count))
        self.query_one("#changes", RowList).show(self._rows())
        failure = draft.foresight.failure
        state = self.query_one("#state", StateLine)
        if failure is None:
            state.state(_("all of it is made at once, or none; u undoes it afterwards"))
        else:
            state.state(_("it cannot be made as it is"))
        self.query_one("#keys", KeyLine).show(self.keys())

    def _rows(self) -> list[Row]:
        foresight = self._draft.foresight
        width = max(20, self.size.width - 6)
        rows = []
        for number, change in enumerate(self._draft.changes):
            first, *rest = wrapped(_worded(change), width)
            rows.append(Row(f"{change.sigil} {first}", value=number))
            rows += [Row(f"    {line}") for line in rest]
            told = [(note.text(_), "dim") for note in self._notes(number)]
            if foresight.failure is not None and number == len(foresight.outcomes):
                told.append((foresight.failure.message.text(_), "error"))
            for text, look in told:
                rows += [Row(f"    {line}", look=look) for line in wrapped(text, width)]
        return rows

    def _notes(self, number: int) -> list[Message]:
        """What is worth telling of a change, and what it does to records."""
        outcomes = self._draft.foresight.outcomes
        notes = list(outcomes[number].notes) if number < len(outcomes) else []
        for effect in self._effects[number] if number < len(self._effects) else ():
            told, examples = effect.message, effect.examples
            if examples:
                told = Message("{effect}: {examples}", effect=told, examples=examples)
            notes.append(told)
        return notes

    @property
    def _number(self) -> int | None:
        """The number of the change under the cursor."""
        list_ = self.query_one("#changes", RowList)
        above = [row.value for row in list_.rows[: list_.cursor + 1] if row.value is not None]
        return above[-1] if above else None

    @property
    def _loses(self) -> bool:
        """Whether the plan fails only because values would be lost."""
        failure = self._draft.foresight.failure
        return failure is not None and failure.code == "unconvertible"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "lose":
            return self._loses
        return super().check_action(action, parameters)

    # Keys

    @work(exclusive=True, group="make")
    async def action_make(self) -> None:
        if not self._draft.changes:
            self.dismiss(None)
            return
        try:
            async with self._draft.turn:
                said = await self._draft.apply()
        except CrmError as error:
            self._look()
            self.fail(error)
            return
        self.dismiss(said)

    @work(group="draft")
    async def action_drop(self) -> None:
        number = self._number
        if number is None:
            return
        try:
            async with self._draft.turn:
                await self._draft.without(number)
        except CrmError as error:
            self.fail(error)
        if not self._draft.changes:
            self.dismiss(None)
            return
        self._look()

    @work(group="draft")
    async def action_lose(self) -> None:
        """Let a change of kind go on though some values cannot follow: they stay retired."""
        failing = len(self._draft.foresight.outcomes)
        change = self._draft.changes[failing]
        async with self._draft.turn:
            values = {**change.values, "allow_data_loss": True}
            await self._draft.instead(failing, replace(change, values=values))
        self._look()

    def action_leave(self) -> None:
        self.dismiss(None)


def _worded(change: Change) -> str:
    """A change in words; of what is added also what is said of it."""
    message = change.describe()
    told = change.verb != "add" or "{what}" in message.template
    said = () if told else message.facts["what"]
    return f"{message.text(_)}: {', '.join(said)}" if said else message.text(_)
