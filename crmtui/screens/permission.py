"""What a role makes of the fields of one type, and what it forbids at its stages."""

from collections.abc import Callable, Iterator, Sequence

from textual import on
from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Role, Type
from crmtui.model.nouns import STAGE_ACTIONS
from crmtui.screens import permission_cells
from crmtui.screens.ask_text import AskTextScreen
from crmtui.screens.cell_screen import CellScreen
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.nodes import Node
from crmtui.screens.widgets.bars import StateLine
from crmtui.screens.widgets.cell_grid import Cell, CellGrid, CellRow
from crmtui.screens.widgets.rows import Row
from crmtui.screens.words import right_word
from crmtui.store.changes import Change
from crmtui.terminal import shown

_ACTIONS = tuple(STAGE_ACTIONS)
_EXPLAINED = {
    "": N_("seen, and changed where records may be"),
    "read-only": N_("seen as it is, and not changed"),
    "masked": N_("a part of it is seen, such as 138****1234"),
    "hidden": N_("not there, unless another role shows it"),
    "denied": N_("not there, whatever roles show"),
}
_LISTED = Node("permission", "listed")


class PermissionScreen(CellScreen):
    """One type of a role: a line for each field, and for each stage and status.

    Args:
        role_key: the role's.
        type_key: the type's.
    """

    LABEL_WIDTH = 26
    BINDINGS = [
        Binding("space", "turn", N_("Next"), id="permission.turn"),
        Binding("d", "deny", N_("Deny"), id="permission.deny"),
        Binding("p", "pattern", N_("Mask"), id="permission.pattern"),
        Binding("x,delete", "clear", N_("Nothing"), id="permission.clear", key_display="x"),
    ]
    HINTS = tuple(
        "cells.choose permission.turn permission.deny permission.pattern permission.clear"
        " design.plan app.help design.leave design.undo app.palette".split()
    )

    def __init__(self, draft: DesignDraft, role_key: str, type_key: str) -> None:
        super().__init__(draft, role_key)
        self._type_key = type_key

    @property
    def type(self) -> Type | None:
        """The type as it would be."""
        return self.foresight.type(self._type_key)

    @property
    def standing(self) -> str:
        return _("space goes on to what is next, d denies, p says how a field is masked")

    # Showing

    def show(self) -> None:
        role, type_ = self.role, self.type
        if role is None or type_ is None:
            self.dismiss(None)
            return
        names = (_("People"), role.name(language()), type_.name(language()))
        self.query_one("#heading", StateLine).say(" > ".join([_("Configuration"), *names]))
        self.matrix.show(list(self._rows(role, type_)))
        self._tell()

    def _rows(self, role: Role, type_: Type) -> Iterator[CellRow]:
        key = type_.key
        yield CellRow(_("Fields"), [], look="head")
        for field in type_.fields:
            level, _colon, pattern = permission_cells.level(role, key, field.key).partition(":")
            cell = Cell(right_word(level or "shown"), _look(level))
            name = shown(field.name(language()))
            yield CellRow(name, [cell], Node("field", field.key), shown(pattern))
        if type_.stages:
            heads = [Cell(right_word(action)) for action in _ACTIONS]
            yield CellRow(_("Stages"), heads, look="head")
        for stage in type_.stages:
            yield self._place(role, stage.name(language()), stage.key)
            if len(stage.live_statuses) > 1:
                for status in stage.live_statuses:
                    yield self._place(role, f"  {status.name(language())}", status.ref)
        yield CellRow(_("Lists of types"), [], look="head")
        found = permission_cells.permission(role, key)
        unlisted = found is not None and found.unlisted
        cell = Cell(right_word("hidden" if unlisted else "shown"), "text")
        yield CellRow(shown(type_.name(language())), [cell], _LISTED)

    def _place(self, role: Role, name: str, place: str) -> CellRow:
        actions = permission_cells.forbidden(role, self._type_key, place)
        cells = [
            Cell(right_word("deny"), "error")
            if action in actions
            else Cell(permission_cells.NOTHING, "dim")
            for action in _ACTIONS
        ]
        return CellRow(shown(name), cells, Node("stage", place))

    @on(CellGrid.Moved)
    def _tell(self) -> None:
        """Say what the cell under the cursor means."""
        role, node = self.role, self.matrix.value
        if role is None or node is None:
            return
        said = _("whether the type stands in lists of types")
        if node.noun == "field":
            level = permission_cells.level(role, self._type_key, node.ref).partition(":")[0]
            said = f"{node.ref}: {_(_EXPLAINED[level])}"
        elif node.noun == "stage":
            said = f"{node.ref}: {_(STAGE_ACTIONS[_ACTIONS[self.matrix.column]])}"
        self.query_one("#cell", StateLine).state(said)

    # Keys

    def _say(self, make: Callable[[Role, Type], Sequence[Change]]) -> None:
        """Let the role say something else; made of role and type as they would be by then."""

        def changes(_foresight: object) -> Sequence[Change]:
            role, type_ = self.role, self.type
            return make(role, type_) if role is not None and type_ is not None else ()

        self.put(changes)

    def _level(self, field: str, level: str) -> None:
        self._say(lambda role, type_: permission_cells.make_field(role, type_, field, level))

    def _forbid(self, place: str) -> None:
        action = _ACTIONS[self.matrix.column]
        self._say(lambda role, type_: permission_cells.forbid(role, type_, place, action))

    @on(CellGrid.Chosen)
    def _on_chosen(self) -> None:
        role, node = self.role, self.matrix.value
        if role is None or node.noun != "field":
            self.action_turn()
            return
        now = permission_cells.level(role, self._type_key, node.ref).partition(":")[0]
        rows = [
            Row(right_word(level or "shown"), _(_EXPLAINED[level]), value=level)
            for level in permission_cells.LEVELS
        ]

        def answered(level: str | None) -> None:
            if level == "masked":
                self.action_pattern()
            elif level is not None:
                self._level(node.ref, level)

        cursor = permission_cells.LEVELS.index(now)
        screen = ChooseScreen(shown(node.ref), rows, cursor=cursor, search=False)
        self.app.push_screen(screen, answered)

    def action_turn(self) -> None:
        role, node = self.role, self.matrix.value
        if role is None or node is None:
            return
        if node == _LISTED:
            self._say(permission_cells.unlist)
        elif node.noun == "stage":
            self._forbid(node.ref)
        else:
            now = permission_cells.level(role, self._type_key, node.ref).partition(":")[0]
            at = permission_cells.LEVELS.index(now) + 1
            self._level(node.ref, permission_cells.LEVELS[at % len(permission_cells.LEVELS)])

    def action_deny(self) -> None:
        node = self.matrix.value
        if node is not None and node.noun == "field":
            self._level(node.ref, "denied")
        elif node is not None and node.noun == "stage":
            self._forbid(node.ref)

    def action_clear(self) -> None:
        role, node = self.role, self.matrix.value
        if role is None or node is None:
            return
        if node.noun == "field":
            self._level(node.ref, "")
        elif node.noun == "stage":
            action = _ACTIONS[self.matrix.column]
            if action in permission_cells.forbidden(role, self._type_key, node.ref):
                self._forbid(node.ref)

    def action_pattern(self) -> None:
        role, node = self.role, self.matrix.value
        if role is None or node is None or node.noun != "field":
            self.say(_("put the cursor on a field"))
            return
        now = permission_cells.level(role, self._type_key, node.ref).partition(":")[2]

        def answered(pattern: str | None) -> None:
            if pattern is not None:
                self._level(node.ref, f"masked:{pattern}" if pattern else "masked")

        question = _("The mask of {field}: 138****1234, or nothing").format(field=shown(node.ref))
        self.app.push_screen(AskTextScreen(question, now), answered)


def _look(level: str) -> str:
    return {"": "text", "hidden": "strong", "denied": "error"}.get(level, "strong")
