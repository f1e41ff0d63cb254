"""The form of a record, laid out as its type says, and held to its rules while it is typed in."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, TextArea

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Status, Type
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.draft import Draft, Entry, Look
from crmtui.screens.form_sections import STAGE, Filling, sections
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.controls import Edited
from crmtui.screens.widgets.field_controls import Content
from crmtui.screens.widgets.file_control import LocalPath
from crmtui.screens.widgets.form_page import FormPage
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.lookup import SuggestControl
from crmtui.screens.widgets.summary import Summary
from crmtui.store.errors import Conflict, CrmError, Invalid, NotFound
from crmtui.store.layouts import resolved
from crmtui.store.query import SYSTEM_COLUMNS, Record
from crmtui.store.workspace import Workspace

QUIET = 0.15
"""Seconds without a key before the store is asked about what was typed."""


class FormScreen(CrmScreen):
    """A new record, or one that is changed; ends with the saved record, or None.

    Args:
        ref: the record to change, or None for a new one.
        stage: where a new one begins.
        field: the field to begin at.
    """

    CSS_PATH = "form.tcss"
    BINDINGS = [
        Binding("ctrl+s", "save", N_("Save"), id="form.save", priority=True),
        Binding("escape", "leave", N_("Back"), id="form.leave"),
        # With priority, so that what is typed right behind it goes to the next field.
        Binding("tab", "go(1)", N_("Next field"), id="form.next", show=False, priority=True),
        Binding(
            "shift+tab", "go(-1)", N_("Field before"), id="form.previous", show=False, priority=True
        ),
        Binding("down", "go(1)", N_("Next field"), id="form.down", show=False),
        Binding("up", "go(-1)", N_("Field before"), id="form.up", show=False),
    ]
    HINTS = ("form.save", "form.leave", "form.next", "form.previous")

    def __init__(
        self,
        type_key: str,
        ref: str | None = None,
        *,
        stage: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__()
        self._type_key = type_key
        self._ref = ref
        self._stage = stage
        self._begin_at = field
        self._record: Record | None = None
        self._revision: int | None = None
        self._look = Look(frozenset(), {}, [], {})
        self._type: Type | None = None
        self._begins: Sequence[Status] = ()

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield FormPage(id="fields")
        yield Summary(id="summary")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    # Filling

    def on_mount(self) -> None:
        self._fill()

    @property
    def type(self) -> Type:
        """The type of the record, as the actor sees it, or last saw it.

        Raises:
            CrmError: there was never one.
        """
        try:
            self._type = self.crm.workspace.type(self._type_key)
        except CrmError:
            if self._type is None:
                raise
        return self._type

    @property
    def page(self) -> FormPage:
        """The rows."""
        return self.query_one("#fields", FormPage)

    def row(self, key: str) -> FormRow | None:
        """The row of a field."""
        return self.page.row(key)

    @work
    async def _fill(self) -> None:
        try:
            type_ = self.type
            self._record = await self.read(self._read_record)
            empty = Draft(self._type_key, self._ref, self._status, ())
            self._look = await self.read(empty.look)
            if self._ref is None:
                self._begins = await self.read(lambda ws: ws.beginnings(self._type_key))
            await self._lay_out({})
        except CrmError as error:
            self.fail(error)
            return
        record, name = self._record, type_.name(language())
        if record is None:
            heading = _("New {type}").format(type=name)
        else:
            heading = f"{name}  {record.ref}  {record.title}"
            self._revision = record.revision
        self.query_one("#heading", StateLine).say(heading)
        await self._begin()
        self.query_one("#keys", KeyLine).show(self.keys())

    def _read_record(self, workspace: Workspace) -> Record | None:
        """The record with what its layout shows besides its fields."""
        if self._ref is None:
            return None
        found = workspace.record(self._ref)
        placed = [item.field for item in resolved(found.type, "form", found.stage).items]
        besides = [key for key in placed if key in SYSTEM_COLUMNS]
        if not besides:
            return found
        fields = [field.key for field in found.type.fields]
        return workspace.record(self._ref, [*fields, *besides])

    async def _lay_out(self, typed: Mapping[str, Content]) -> None:
        """Make the rows anew, as the layout of the stage has them.

        Args:
            typed: what was typed already, by field key.
        """
        before = {row.key: row.before for row in self.page.rows}
        touched = {row.key for row in self.page.rows if row.touched}
        filling = Filling(
            type=self.type,
            record=self._record,
            stage=self._record.stage if self._record else self._stage,
            states=self._look.states,
            begins=self._begins,
            typed=typed,
            read=self.read,
            failed=self.fail,
        )
        self._laid_out = filling.layout
        await self.page.show(sections(filling))
        for row in self.page.rows:
            row.before = before.get(row.key, row.before) if row.key in typed else row.before
            row.touched = row.key in touched
        self.page.see(self._look.hidden)

    async def _begin(self) -> None:
        rows = [row for row in self.page.rows if row.control is not None and row.display]
        first = next((row for row in rows if row.key == self._begin_at), None)
        first = first or next((row for row in rows if row.key != STAGE), None)
        if first is not None:
            await self.page.reveal(first)

    # What was typed

    @property
    def unsaved(self) -> bool:
        return any(row.changed for row in self.page.rows)

    @property
    def _status(self) -> str | None:
        """Where a new record begins, as far as what is typed there says it."""
        row = self.row(STAGE)
        if row is None:
            return self._stage
        known = {status.ref for stage in self.type.stages for status in stage.live_statuses}
        return row.value if row.value in known else self._stage

    def draft(self, *, live: bool = False) -> Draft:
        """What the form holds now.

        Args:
            live: without a path that is still being typed, at which no file may be yet.
        """
        entries = []
        for row in self.page.rows:
            if row.control is None or row.key == STAGE:
                continue
            value = row.value
            if live and isinstance(value, LocalPath) and row.has_focus_within:
                value = row.before
            entries.append(Entry(row.key, row.before, value))
        return Draft(self._type_key, self._ref, self._status, entries)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        row = _row_of(event.widget)
        if row is not None:
            self.query_one("#state", StateLine).state(row.state)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        row = _row_of(event.widget)
        if row is not None and row.changed:
            row.touched = True
            self._ask(0)

    @on(Edited)
    @on(Input.Changed)
    @on(TextArea.Changed)
    def _on_typed(self) -> None:
        self._ask(QUIET)

    async def on_input_submitted(self, _event: Input.Submitted) -> None:
        await self.action_go(1)

    async def action_go(self, by: int) -> None:
        """Go to the next field or the one before."""
        if by < 0:
            self.focus_previous()
            return
        if self.focused is not None:
            await self.page.come_near(self.focused)
        self.focus_next()

    # Asking the store

    @work(exclusive=True, group="ask")
    async def _ask(self, quiet: float) -> None:
        from asyncio import sleep

        await sleep(quiet)
        draft = self.draft(live=True)
        try:
            look = await self.read(draft.look)
            await self._hold_to(look)
        except CrmError as error:
            await self._refused(error)
            return
        self._tell(touched=True)
        for entry in draft.entries:
            row = self.row(entry.key)
            if row is None or not row.touched or row.has_focus_within or row.is_wrong:
                continue
            if entry.key in look.meant and row.value == entry.value:
                row.mean(look.meant[entry.key])

    async def _hold_to(self, look: Look) -> None:
        """Show the form as the rules have it now."""
        before, self._look = self._look, look
        stage = self._status.split(".")[0] if self._status else None
        if self._ref is None and stage != self._stage:
            self._stage = stage
            if resolved(self.type, "form", stage) != self._laid_out:
                await self._lay_out_again()
        elif _read_only(before) != _read_only(look):
            await self._lay_out_again()
        for row in self.page.rows:
            state = look.states.get(row.key)
            if state is not None and row.control is not None:
                row.require(state.required)
                if row.options is not None:
                    row.options.allowed = state.options
        self.page.see(look.hidden)

    async def _lay_out_again(self) -> None:
        at = _row_of(self.focused) if self.focused else None
        typed = {row.key: (row.value, row.control.text) for row in self.page.rows if row.changed}
        await self._lay_out(typed)
        again = self.row(at.key) if at else None
        if again is not None:
            await self.page.reveal(again)

    # Rights that are others meanwhile

    def store_changed(self, change: StoreChange) -> None:
        if change.configured and self.crm.refusal("administer") is not None:
            self._follow_rights()

    @work(exclusive=True, group="follow")
    async def _follow_rights(self) -> None:
        """Show what the actor may see and fill in now; what was typed there stays."""
        draft = self.draft(live=True)
        try:
            self._record = await self.read(self._read_record)
            self._look = await self.read(draft.look)
            await self._lay_out_again()
        except CrmError as error:
            await self._refused(error)
            return
        self._tell(touched=True)

    async def _refused(self, error: CrmError) -> None:
        """Say what the store will not; of what the actor may not see any more nothing stays."""
        if isinstance(error, NotFound) and error.code in ("no-such-record", "no-such-type"):
            self.query_one("#heading", StateLine).say(self._ref or self._type_key)
            self.query_one(Summary).tell([])
            await self.page.show([])
        self.fail(error)

    def _tell(self, *, touched: bool) -> None:
        """Show what is wrong: beside the fields, and in the summary what has no field there."""
        fields = self.type.field_by_key

        def name(key: str) -> str:
            return fields[key].name(language()) if key in fields else key

        others = self.page.tell(self._look.problems, name, touched=touched)
        any_touched = any(row.touched for row in self.page.rows)
        self.query_one(Summary).tell(others if any_touched or not touched else [])

    # Saving and leaving

    def action_save(self) -> None:
        self._save()

    @work(exclusive=True, group="save")
    async def _save(self, *, emptying: bool = False) -> None:
        """Save what was typed.

        Args:
            emptying: whether values may go that have no place in the record any more.
        """
        self.workers.cancel_group(self, "ask")
        await self._typed()
        draft = self.draft()
        try:
            look = await self.read(draft.look)
            await self._hold_to(look)
            values, emptied = draft.values(look.hidden), draft.emptied(look.hidden)
            if self._ref is None:
                stage = self.row(STAGE)
                status = stage.value if stage else self._stage
                record = await self.crm.acts.add(self._type_key, values, status or None)
            elif not values:
                self.dismiss(None)
                return
            elif emptied and not emptying and not look.problems:
                self._ask_emptying(emptied)
                return
            else:
                record = await self.crm.acts.set(self._ref, values, self._revision)
        except Invalid as error:
            await self._refuse(error)
        except Conflict as error:
            await self._meet(error)
        except CrmError as error:
            self.fail(error)
        else:
            self.dismiss(record)

    async def _typed(self) -> None:
        """Wait for keys that were pressed before, and for what they mean where one looks it up."""
        if self.focused is not None:
            from asyncio import Event

            done = Event()
            self.focused.call_later(done.set)
            await done.wait()
        for row in self.page.rows:
            if isinstance(row.control, SuggestControl):
                await row.control.resolve()

    def _ask_emptying(self, keys: Sequence[str]) -> None:
        """Nothing goes silently: ask before values do that have no place any more."""
        labels = [row.label for row in self.page.rows if row.key in keys]
        question = _("Saving empties what has no place any more: {fields}").format(
            fields=", ".join(labels)
        )

        def answered(answer: str | None) -> None:
            if answer == "save":
                self._save(emptying=True)

        answers = [("s", _("save"), "save"), ("k", _("keep on typing"), "stay")]
        self.app.push_screen(AskScreen(question, answers), answered)

    async def _refuse(self, error: Invalid) -> None:
        for row in self.page.rows:
            row.touched = True
        self._look = self._look._replace(problems=error.problems)
        self._tell(touched=False)
        first = next((row for row in self.page.rows if row.is_wrong), None)
        if first is not None:
            await self.page.reveal(first)
        count = len(error.problems)
        self.query_one("#state", StateLine).say(
            _("not saved: {n} to mend").format(n=count), error=True
        )

    async def _meet(self, error: Conflict) -> None:
        """Somebody changed the record meanwhile: say what, keep the typing, let them save again."""
        ref = self._ref
        if error.code != "changed-meanwhile" or ref is None:
            self.fail(error)
            return
        try:
            theirs = await self.read(self._read_record)
        except CrmError as gone:
            self.fail(gone)
            return
        assert theirs is not None
        self._record, self._revision = theirs, theirs.revision
        mine = {row.key: (row.value, row.control.text) for row in self.page.rows if row.changed}
        before = {row.key: row.before for row in self.page.rows if row.control is not None}
        await self._lay_out({})
        names = []
        for row in self.page.rows:
            if row.key not in before:
                continue
            changed = row.before != before[row.key]
            if changed:
                names.append(row.label)
            if row.key in mine and row.control is not None:
                value, text = mine[row.key]
                row.control.take(value, text)
                if changed:
                    now = theirs.text(row.key, language()) or _("nothing")
                    row.note(_("is now: {value}").format(value=now))
        await self._begin()
        self.query_one("#state", StateLine).say(
            _("changed by others meanwhile: {fields}. Save again to keep yours.").format(
                fields=", ".join(names) or ref
            ),
            error=True,
        )

    def action_leave(self) -> None:
        if not self.unsaved:
            self.dismiss(None)
            return
        self.app.push_screen(
            AskScreen(
                _("There is typing that is not saved."),
                [
                    ("s", _("save"), "save"),
                    ("d", _("discard"), "discard"),
                    ("k", _("keep on typing"), "stay"),
                ],
            ),
            self._left,
        )

    def _left(self, answer: str | None) -> None:
        if answer == "save":
            self.action_save()
        elif answer == "discard":
            self.dismiss(None)


def _row_of(widget: Any) -> FormRow | None:
    return next((node for node in widget.ancestors_with_self if isinstance(node, FormRow)), None)


def _read_only(look: Look) -> set[str]:
    return {key for key, state in look.states.items() if state.read_only}
