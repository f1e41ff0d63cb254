"""The sections and rows of a form, made from the layout of a type."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Field, Status, Type
from crmtui.model.layouts import Item, Layout
from crmtui.screens.moves import status_rows
from crmtui.screens.widgets.field_controls import Content, content_of, control_of
from crmtui.screens.widgets.form_page import PageSection
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.lookup import LookupControl, Options, Suggest, among
from crmtui.screens.widgets.rows import Row
from crmtui.store.errors import CrmError
from crmtui.store.kinds import KINDS
from crmtui.store.layouts import help_of, is_wide, label_of, resolved
from crmtui.store.query import Record
from crmtui.store.rules import FieldState
from crmtui.store.workspace import Workspace
from crmtui.terminal import shown

STAGE = "stage"
"""The row for where a new record begins; no field can have this key."""

_LATER = {
    "formula": N_("computed"),
    "lookup": N_("computed"),
    "rollup": N_("computed"),
    "autonumber": N_("given when saved"),
}
"""What stands in a new record where nothing can be typed."""


class Filling(NamedTuple):
    """What a form is filled with.

    Args:
        stage: where the record stands, or is to begin.
        states: what the rules, and the rights of the actor, make of each field.
        begins: where a new one may begin.
        typed: what was typed already, by field key.
        read: runs a job that only reads.
        failed: is told what the store would not do.
    """

    type: Type
    record: Record | None
    stage: str | None
    states: Mapping[str, FieldState]
    begins: Sequence[Status]
    typed: Mapping[str, Content]
    read: Callable[[Callable[[Workspace], Any]], Awaitable[Any]]
    failed: Callable[[CrmError], None]

    @property
    def layout(self) -> Layout:
        """The layout at the stage."""
        return resolved(self.type, "form", self.stage)


def sections(filling: Filling) -> list[PageSection]:
    """The sections with their rows; without headings where there is nothing to tell apart."""
    layout = filling.layout
    made = []
    for section in layout.sections:
        rows = []
        for item in section.seen:
            wide = section.columns == 1 or is_wide(filling.type, item)
            row = _row(filling, item, wide)
            if row is not None:
                rows.append(row)
        made.append((section.name(language()) if layout.headed else None, rows))
    staged = filling.record is None and filling.begins
    if staged and not any(row.key == STAGE for _name, rows in made for row in rows):
        made[0][1].insert(0, _stage_row(filling, None, wide=False))
    return [PageSection(name, rows) for name, rows in made]


def _row(filling: Filling, item: Item, wide: bool) -> FormRow | None:
    field = filling.type.field_by_key.get(item.field)
    record = filling.record
    if field is None:
        if record is None:
            # A new record has nothing yet of what every record has, but a place to begin at.
            staged = item.field == STAGE and filling.begins
            return _stage_row(filling, item, wide) if staged else None
        label = label_of(filling.type, item, language(), _)
        return FormRow(item.field, label, text=record.text(item.field, language()), wide=wide)
    label = label_of(filling.type, item, language(), _)
    if field.kind == "money" and field.currency:
        label = f"{label} ({field.currency})"
    help_text = help_of(filling.type, item, language())
    state = filling.states.get(field.key)
    kind = KINDS[field.kind]
    if kind.computed or kind.given or (state and state.read_only):
        text = record.text(field.key, language()) if record else _(_LATER.get(field.kind, ""))
        if not kind.computed and not kind.given:
            text = f"{text}  [{_('read-only')}]".strip()
        return FormRow(field.key, label, text=text, help=help_text, wide=wide)
    options = Options(field) if field.kind in ("choice", "multichoice") else None
    if options is not None and state is not None:
        options.allowed = state.options
    content = filling.typed.get(field.key) or content_of(field, record)
    return FormRow(
        field.key,
        label,
        control_of(field, content, _suggest(filling, field), options),
        help=help_text,
        required=state.required if state else field.required,
        wide=wide,
        options=options,
    )


def _stage_row(filling: Filling, item: Item | None, wide: bool) -> FormRow:
    type_ = filling.type
    rows = status_rows(type_, filling.begins)
    begins = next(
        (row for row in rows if filling.stage and row.value.split(".")[0] == filling.stage), rows[0]
    )
    value, text = filling.typed.get(STAGE) or (begins.value, begins.left)
    label = label_of(type_, item, language(), _) if item else _("Stage")
    return FormRow(STAGE, label, LookupControl(value, text, among(rows)), wide=wide)


def _suggest(filling: Filling, field: Field) -> Suggest | None:
    """Finds what may stand in a field that names records or users, or in one of tags."""
    find = _finder(filling.type, field)
    if find is None:
        return None

    async def suggest(typed: str) -> Sequence[Row]:
        try:
            rows: Sequence[Row] = await filling.read(lambda workspace: find(workspace, typed))
        except CrmError as error:
            filling.failed(error)
            return []
        return rows

    return suggest


def _finder(type_: Type, field: Field) -> Callable[[Workspace, str], Sequence[Row]] | None:
    if field.target is not None:
        target = field.target
        return lambda ws, typed: [
            Row(shown(record.title), record.ref, value=record.ref)
            for record in ws.candidates(target, typed)
        ]
    if field.kind == "user":
        return lambda ws, typed: [Row(shown(key), value=key) for key in ws.users(typed)]
    if field.kind == "tags":
        return lambda ws, typed: [
            Row(shown(tag), value=tag) for tag in ws.tags(type_.key, field.key, typed)
        ]
    return None
