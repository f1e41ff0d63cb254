"""The form of a record, made from the fields of its type."""

from collections.abc import Sequence
from typing import Any

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Input

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Field, Type
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.moves import status_rows
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.controls import LookupControl, Suggest
from crmtui.screens.widgets.form_row import FormRow, among, field_row
from crmtui.screens.widgets.rows import Row
from crmtui.store.errors import Conflict, CrmError, Invalid, Problem
from crmtui.store.query import Record
from crmtui.store.workspace import Workspace
from crmtui.terminal import shown

STAGE = "stage"
"""The row for where a new record begins; no field can have this key."""


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
        Binding("tab,down", "app.focus_next", N_("Next field"), id="form.next", show=False),
        Binding(
            "shift+tab,up", "app.focus_previous", N_("Field before"), id="form.previous", show=False
        ),
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
        self._revision: int | None = None
        self._before: dict[str, str] = {}
        self._checks = 0

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield VerticalScroll(id="fields", can_focus=False)
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    # Filling

    def on_mount(self) -> None:
        self._fill()

    @property
    def type(self) -> Type:
        """The type of the record."""
        return self.crm.workspace.type(self._type_key)

    @property
    def rows(self) -> list[FormRow]:
        """The rows, in order."""
        return list(self.query(FormRow))

    def row(self, key: str) -> FormRow | None:
        """The row of a field."""
        return next((row for row in self.rows if row.key == key), None)

    @work
    async def _fill(self) -> None:
        record: Record | None = None
        ref = self._ref
        try:
            type_ = self.type
            if ref is not None:
                record = await self.read(lambda ws: ws.record(ref))
        except CrmError as error:
            self.fail(error)
            return
        name = type_.name(language())
        if record is None:
            heading = _("New {type}").format(type=name)
        else:
            heading = f"{name}  {record.ref}  {record.title}"
            self._revision = record.revision
        self.query_one("#heading", StateLine).say(heading)
        rows = [self._row(field, record) for field in type_.fields]
        if record is None and type_.stages:
            rows.insert(0, self._stage_row(type_))
        await self.query_one("#fields", VerticalScroll).mount_all(rows)
        self._before = {row.key: row.value for row in rows}
        first = next((row for row in rows if row.key == self._begin_at), None)
        first = first or next((row for row in rows if row.key != STAGE), None)
        if first is not None:
            self._focus(first)
        self.query_one("#keys", KeyLine).show(self.keys())

    def _row(self, field: Field, record: Record | None) -> FormRow:
        if record is None:
            value = field.default or ""
            option = field.option_by_key.get(value)
            text = shown(option.name(language())) if option else shown(value)
        else:
            value, text = record.entry(field.key), shown(record.text(field.key, language()))
        return field_row(field, value, text, self._candidates(field) if field.target else None)

    def _stage_row(self, type_: Type) -> FormRow:
        rows = status_rows(type_, [s for stage in type_.stages for s in stage.live_statuses])
        begins = next(
            (row for row in rows if self._stage and row.value.split(".")[0] == self._stage), rows[0]
        )
        return FormRow(STAGE, _("Stage"), LookupControl(begins.value, begins.left, among(rows)))

    def _candidates(self, field: Field) -> Suggest:
        target = field.target or ""

        async def suggest(typed: str) -> Sequence[Row]:
            try:
                found = await self.read(lambda ws: ws.candidates(target, typed))
            except CrmError as error:
                self.fail(error)
                return []
            return [Row(shown(record.title), record.ref, value=record.ref) for record in found]

        return suggest

    # What was typed

    @property
    def unsaved(self) -> bool:
        return any(row.value != self._before.get(row.key) for row in self.rows)

    def values(self) -> dict[str, str]:
        """What to save: of a new record what was filled in, of another what was changed."""
        found = {}
        for row in self.rows:
            before = self._before.get(row.key, "")
            if row.key == STAGE or (row.value == before and self._ref is not None):
                continue
            # An empty field that nobody touched is left to the store, which knows its default.
            if self._ref is not None or row.value.strip() or row.value != before:
                found[row.key] = row.value
        return found

    def _row_of(self, widget: Any) -> FormRow | None:
        return next(
            (node for node in widget.ancestors_with_self if isinstance(node, FormRow)), None
        )

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        row = self._row_of(event.widget)
        if row is not None:
            self.query_one("#state", StateLine).state(row.help)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        row = self._row_of(event.widget)
        if row is not None and row.value != self._before.get(row.key):
            row.touched = True
            self._check()

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.focus_next()

    # Checking

    @work(exclusive=True, group="check")
    async def _check(self) -> None:
        values, ref, type_key = self.values(), self._ref, self._type_key

        def check(ws: Workspace) -> tuple[list[Problem], dict[str, str]]:
            return ws.problems(type_key, values, ref), ws.understood(type_key, values)

        try:
            problems, meant = await self.read(check)
        except CrmError as error:
            self.fail(error)
            return
        self._show_problems(problems, only_touched=True)
        wrong = {problem.field for problem in problems}
        for row in self.rows:
            if (
                row.key in meant
                and row.key not in wrong
                and row.value == values[row.key]
                and row.touched
            ):
                row.mean(meant[row.key])

    def _show_problems(self, problems: Sequence[Problem], *, only_touched: bool) -> None:
        for row in self.rows:
            told = [p.message.text(_) for p in problems if p.field == row.key]
            row.wrong("; ".join(told) if row.touched or not only_touched else None)
        others = [p.message.text(_) for p in problems if p.field is None]
        if others:
            self.query_one("#state", StateLine).say("; ".join(others), error=True)

    # Saving and leaving

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        await self._save()

    async def _save(self) -> bool:
        values, ref = self.values(), self._ref
        try:
            if ref is None:
                stage = self.row(STAGE)
                status = stage.value if stage else None
                record = await self.crm.acts.add(self._type_key, values, status or None)
            elif values:
                record = await self.crm.acts.set(ref, values, self._revision)
            else:
                self.dismiss(None)
                return True
        except Invalid as error:
            self._refuse(error)
            return False
        except Conflict as error:
            await self._meet(error)
            return False
        except CrmError as error:
            self.fail(error)
            return False
        self.dismiss(record)
        return True

    def _refuse(self, error: Invalid) -> None:
        for row in self.rows:
            row.touched = True
        self._show_problems(error.problems, only_touched=False)
        first = next((row for row in self.rows if row.has_class("-wrong")), None)
        if first is not None:
            self._focus(first)
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
            record = await self.read(lambda ws: ws.record(ref))
        except CrmError as gone:
            self.fail(gone)
            return
        self._revision = record.revision
        names = []
        for row in self.rows:
            field = record.type.field_by_key.get(row.key)
            if field is None:
                continue
            mine = row.value != self._before[row.key]
            theirs = record.entry(row.key) != self._before[row.key]
            if theirs:
                names.append(row.label)
                text = record.text(row.key, language()) or _("nothing")
                if mine:
                    row.wrong(_("is now: {value}").format(value=text))
                elif isinstance(row.control, Input):
                    row.control.value = record.entry(row.key)
                    self._before[row.key] = row.value
        self.query_one("#state", StateLine).say(
            _("changed by others meanwhile: {fields}. Save again to keep yours.").format(
                fields=", ".join(names) or ref
            ),
            error=True,
        )

    def _focus(self, row: FormRow) -> None:
        control = row.control
        (control.input if isinstance(control, LookupControl) else control).focus()

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
