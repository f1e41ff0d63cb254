"""What a role lets: every type by every operation, in one table."""

from collections.abc import Callable, Sequence

from textual import on
from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Role, Type
from crmtui.model.nouns import OPERATIONS, SCOPED
from crmtui.model.permissions import scope_said
from crmtui.screens import permission_cells as cells
from crmtui.screens.ask_text import AskTextScreen
from crmtui.screens.cell_screen import CellScreen
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.widgets.bars import StateLine
from crmtui.screens.widgets.cell_grid import CellGrid, CellRow
from crmtui.screens.widgets.rows import Row
from crmtui.screens.words import operation_word, right_word
from crmtui.store.changes import Change
from crmtui.store.grants import EVERY_TYPE
from crmtui.store.permission_words import WORDS
from crmtui.terminal import shown

_OPERATIONS = tuple(OPERATIONS)
_HEADS = {"history": N_("log"), "report": N_("reports")}
"""Operations that are called otherwise over a column, where there is room for a noun alone."""
_NONE, _EXPRESSION, _DENY = "-", "expr", "deny"


class RoleScreen(CellScreen):
    """The permissions of one role; enter chooses what a cell says."""

    BINDINGS = [
        Binding("space", "turn", N_("Next scope"), id="role.turn"),
        Binding("d", "deny", N_("Deny"), id="role.deny"),
        Binding("e", "expression", N_("Expression"), id="role.expression"),
        Binding("x,delete", "clear", N_("Nothing"), id="role.clear", key_display="x"),
        Binding("f", "fields", N_("Fields, stages"), id="role.fields"),
    ]
    HINTS = tuple(
        "cells.choose role.turn role.deny role.expression role.fields design.plan app.help"
        " design.leave role.clear design.undo app.palette".split()
    )

    @property
    def type(self) -> Type | None:
        """The type under the cursor; None for every type."""
        return self.foresight.type(self.matrix.value or "")

    @property
    def operation(self) -> str:
        """The operation under the cursor."""
        return _OPERATIONS[self.matrix.column]

    @property
    def standing(self) -> str:
        return _("* by what holds for every type, ! something of it is denied")

    # Showing

    def show(self) -> None:
        role = self.role
        if role is None:
            self.dismiss(None)
            return
        name = role.name(language())
        heading = f"{_('Configuration')} > {_('People')} > {name}"
        self.query_one("#heading", StateLine).say(heading)
        rows = [self._row(role, EVERY_TYPE, _("every type"))]
        rows += [
            self._row(role, type_.key, type_.name(language())) for type_ in self.foresight.live
        ]
        self.matrix.show(rows, [_head(each) for each in _OPERATIONS])
        self._tell()

    def _row(self, role: Role, key: str, name: str) -> CellRow:
        found = cells.permission(role, key)
        texts = [cells.said(role, key, operation).cell for operation in _OPERATIONS]
        # Fields and stages are on a page of their own; that something is said there shows here.
        more = "+" if found and (found.fields or found.stages or found.unlisted) else ""
        look = "strong" if key == EVERY_TYPE else "text"
        return CellRow(shown(name + more), texts, key, look=look)

    @on(CellGrid.Moved)
    def _tell(self) -> None:
        """Say the whole of what the cell under the cursor says."""
        role, key = self.role, self.matrix.value
        if role is None or key is None:
            return
        told = "; ".join(cells.said(role, key, self.operation).told())
        what = f"{operation_word(self.operation)} {_('every type') if key == EVERY_TYPE else key}"
        self.query_one("#cell", StateLine).state(f"{what}: {told}")

    # Keys

    @on(CellGrid.Chosen)
    def _on_chosen(self) -> None:
        role, key, operation = self.role, self.matrix.value, self.operation
        if role is None:
            return
        type_ = self.type
        rows = [Row(right_word(_NONE), _("not let"), value=_NONE)]
        rows += [
            Row(right_word(scope), scope_said(scope).text(_), value=scope)
            for scope in (WORDS if operation in SCOPED else ("all",))
        ]
        if operation in SCOPED and key != EVERY_TYPE:
            rows.append(Row(right_word("expr"), _("where an expression holds"), value=_EXPRESSION))
        rows.append(Row(right_word("deny"), _("forbidden, whatever roles let"), value=_DENY))
        now = cells.said(role, key, operation)
        at = _DENY if now.denied else now.scope or _NONE
        at = at if at in (_DENY, _NONE, *WORDS) else _EXPRESSION
        cursor = next((n for n, row in enumerate(rows) if row.value == at), 0)

        def answered(scope: str | None) -> None:
            if scope == _EXPRESSION:
                self.action_expression()
            elif scope == _DENY:
                if not now.denied:
                    self.action_deny()
            elif scope is not None:
                wanted = None if scope == _NONE else scope
                self._say(lambda role: cells.let(role, type_, operation, wanted))

        question = f"{operation_word(operation)} {shown(key)}"
        screen = ChooseScreen(question, rows, cursor=cursor, search=False)
        self.app.push_screen(screen, answered)

    def _say(self, make: Callable[[Role], Sequence[Change]]) -> None:
        """Let the role say something else; made of the role as it would be by then."""
        self.put(lambda _foresight: make(self.role) if self.role is not None else ())

    def action_turn(self) -> None:
        key, type_, operation = self.matrix.value, self.type, self.operation
        order = (None, "own", "team", "all") if operation in SCOPED else (None, "all")

        def turned(role: Role) -> Sequence[Change]:
            now = cells.said(role, key, operation)
            # From what is denied, or an expression, one begins anew.
            at = order.index(now.scope) if now.scope in order and not now.denied else -1
            return cells.let(role, type_, operation, order[(at + 1) % len(order)])

        if key is not None:
            self._say(turned)

    def action_deny(self) -> None:
        type_, operation = self.type, self.operation
        self._say(lambda role: cells.deny(role, type_, operation))

    def action_clear(self) -> None:
        type_, operation = self.type, self.operation
        self._say(lambda role: cells.let(role, type_, operation, None))

    def action_expression(self) -> None:
        role, key, operation = self.role, self.matrix.value, self.operation
        if role is None or key is None:
            return
        if operation not in SCOPED or key == EVERY_TYPE:
            self.say(_("no expression here: {operation}").format(operation=operation))
            return
        type_, now = self.type, cells.said(role, key, operation).scope or ""

        def answered(text: str | None) -> None:
            if text:
                self._say(lambda role: cells.let(role, type_, operation, text))

        question = _("{operation} {type} where").format(
            operation=operation_word(operation), type=shown(key)
        )
        self.app.push_screen(AskTextScreen(question, "" if now in WORDS else now), answered)

    def action_fields(self) -> None:
        from crmtui.screens.permission import PermissionScreen

        key = self.matrix.value
        if key == EVERY_TYPE:
            self.say(_("fields and stages are those of one type"))
        elif key is not None:
            self.open(PermissionScreen(self.draft, self._role_key, key))


def _head(operation: str) -> str:
    return _(_HEADS[operation]) if operation in _HEADS else operation_word(operation)
