"""The workspace: types at the side, and the present one as a list or as a board."""

from collections.abc import Sequence
from contextlib import suppress

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from crmtui.i18n import N_, _
from crmtui.model.definitions import Type
from crmtui.screens.arrange import ask_columns, ask_sort
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.moves import ask_where, saved_as, told
from crmtui.screens.nothing import without_records, without_types
from crmtui.screens.view import View
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine, TypeStrip, type_rows
from crmtui.screens.widgets.board import Board
from crmtui.screens.widgets.filter_line import FilterBar, FilterLine, understood
from crmtui.screens.widgets.grid import RecordGrid
from crmtui.screens.widgets.rows import RowList
from crmtui.store.errors import Conflict, CrmError, NotFound
from crmtui.store.query import Record
from crmtui.store.workspace import Workspace


class WorkspaceScreen(CrmScreen):
    """Where people begin and where they come back to.

    Args:
        type_key: the type to begin with, else the first one.
        board: begin with its board.
    """

    CSS_PATH = "workspace.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS = [
        Binding("a,n", "add", N_("Add"), id="work.add"),
        Binding("e", "edit", N_("Edit"), id="work.edit"),
        Binding("m", "move", N_("Move"), id="work.move"),
        Binding("d,delete", "remove", N_("Remove"), id="work.remove"),
        Binding("u", "undo", N_("Undo"), id="work.undo"),
        Binding("b", "board", N_("List/board"), id="work.board"),
        Binding("slash", "filter", N_("Filter"), id="work.filter"),
        Binding("s", "sort", N_("Sort"), id="work.sort"),
        Binding("S", "turn_sort", N_("Turn the order round"), id="work.turn-sort"),
        Binding("C", "columns", N_("Columns"), id="work.columns"),
        Binding("c", "configure", N_("Configure"), id="work.configure"),
        Binding("w", "why", N_("Why"), id="work.why"),
        Binding("Q", "ask", N_("Ask in SQL"), id="work.ask"),
        Binding("y", "copy", N_("Copy reference"), id="work.copy"),
        Binding("right_square_bracket", "turn_type(1)", N_("Next type"), id="work.next-type"),
        Binding("left_square_bracket", "turn_type(-1)", N_("Type before"), id="work.previous-type"),
        *(
            Binding(f"{n}", f"go_to_type({n})", N_("Type of that number"), id=f"work.type-{n}")
            for n in range(1, 10)
        ),
        Binding("backslash", "sidebar", N_("Types"), id="work.types"),
        Binding("escape", "back", N_("Cancel, unmark, unfilter"), id="work.back"),
        Binding("q", "leave", N_("Quit"), id="work.quit"),
    ]
    HINTS = tuple(
        "filter.apply filter.leave list.open board.open board.move-back board.move-on work.add"
        " work.edit work.move app.help work.filter work.board app.palette work.quit work.undo"
        " work.sort work.types work.columns work.configure work.remove work.why".split()
    )
    NEEDS = {
        "add": "create",
        "edit": "update",
        "move": "move",
        "carry": "move",
        "remove": "delete",
    }
    """What one must be let do with records of a type for what a key does."""

    def __init__(self, type_key: str | None = None, board: bool = False) -> None:
        super().__init__()
        self._present = type_key or ""
        self._views: dict[str, View] = {type_key or "": View(board=board)}
        self._counts: dict[str, int] = {}

    # Make-up

    def compose(self) -> ComposeResult:
        yield TypeStrip(id="strip")
        with Horizontal(id="body"):
            yield RowList(id="types")
            yield RecordGrid(self.read, id="grid")
            yield Board(self.read, id="board")
        yield FilterBar()
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self._begin()

    @property
    def grid(self) -> RecordGrid:
        """The list."""
        return self.query_one("#grid", RecordGrid)

    @property
    def board(self) -> Board:
        """The board."""
        return self.query_one("#board", Board)

    @property
    def _seen(self) -> RecordGrid | Board:
        return self.board if self.view.board else self.grid

    @property
    def type(self) -> Type | None:
        """The type that is shown."""
        return next((t for t in self.crm.types if t.key == self._present), None)

    @property
    def view(self) -> View:
        """How it is looked at."""
        return self._views.setdefault(self._present, View())

    def _begin(self) -> None:
        types = self.crm.types
        if types and self.type is None:
            begun = self._views.pop(self._present, View())
            self._present = types[0].key
            self._views.setdefault(self._present, begun)
        self._show()
        self._count()

    def start_over(self) -> None:
        """Begin anew, as somebody else: nothing of what was read or chosen before stays."""
        self._leave_filter()
        self._views, self._counts = {}, {}
        self.call_later(self.mark_actor)
        self._begin()

    def _show(self, at: int | None = None) -> None:
        """Show the present type as its view says."""
        type_, view = self.type, self.view
        self._show_types()
        self._show_keys()
        self.set_class(view.board, "-board")
        if type_ is None:
            self.grid.clear()
            self.board.clear()
            state = self.query_one("#state", StateLine)
            state.hush()
            state.state(without_types(self.crm))
            return
        view.forget_unknown(type_)
        if view.board:
            self.board.can_have_stages = self.crm.refusal("configure", type_.key) is None
            self.board.show(type_, view.card_of(type_), view.where, at)
            self.board.focus()
        else:
            self.grid.empty = without_records(self.crm, type_)
            self.grid.show(type_, view.columns_of(type_), view.where, view.sort, view.cursor)
            self.grid.focus()

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self._show_keys()

    def _show_keys(self) -> None:
        self.query_one("#keys", KeyLine).show(self.keys())

    def _show_types(self) -> None:
        types = self.crm.types
        self.query_one("#strip", TypeStrip).show(types, self._counts, self._present)
        rows = type_rows(types, self._counts, self._present, self.crm.category_names)
        side = self.query_one("#types", RowList)
        at = next((n for n, row in enumerate(rows) if row.value == self._present), 0)
        side.show(rows, None if side.has_focus else at)

    def _show_state(self) -> None:
        type_ = self.type
        if type_ is None:
            return
        said = self.view.said(type_)
        if self.view.board:
            number, count = self.board.position
            if count:
                said.insert(0, _("stage {n}/{count}").format(n=number, count=count))
                column = self.board.column
                if column is not None and column.count:
                    said.insert(1, f"{column.cursor + 1:,}/{column.count:,}")
        else:
            grid = self.grid
            if grid.count:
                said.insert(0, f"{grid.cursor + 1:,}/{grid.count:,}")
            if grid.marked:
                said.insert(1, _("{n} marked").format(n=len(grid.marked)))
        self.query_one("#state", StateLine).state("  ".join(said))

    @work(exclusive=True, group="counts")
    async def _count(self, keys: tuple[str, ...] | None = None) -> None:
        wanted = [type_.key for type_ in self.crm.types if keys is None or type_.key in keys]
        try:
            counts = await self.read(lambda ws: counted(ws, wanted))
        except CrmError as error:
            self.fail(error)
            return
        self._counts |= counts
        self._show_types()

    def store_changed(self, change: StoreChange) -> None:
        if change.configured:
            self._begin_again()
            return
        type_ = self.type
        self._count(None if change.everything else tuple(change.records))
        if type_ is not None and change.touches(
            type_.key, *(field.target for field in type_.fields)
        ):
            self._seen.refetch()

    def _begin_again(self) -> None:
        """Definitions are others now: columns and cards are made anew."""
        focused, at = self.focused, self._current_id
        self._keep_place()
        self._counts = {}
        if self.type is None:
            self._begin()
            return
        self._show(at)
        if focused is not None and focused.id in ("filter", "types"):
            focused.focus()
        self._count()

    def show_type(self, key: str, board: bool | None = None) -> None:
        """Show another type, as a list or a board if said."""
        self._keep_place()
        self._leave_filter()
        self._present = key
        if board is not None:
            self.view.board = board
        if not self.has_class("-wide"):
            self.remove_class("-turned")
        self._show()

    # What the lists say

    @property
    def current(self) -> Record | None:
        """The record under the cursor."""
        return self._seen.current

    @property
    def _current_id(self) -> int | None:
        return self.current.id if self.current else None

    @property
    def chosen(self) -> list[str]:
        """The references that an act is about."""
        if self.view.board:
            return [self.board.current.ref] if self.board.current else []
        return self.grid.chosen

    @property
    def _seen_at(self) -> int | None:
        """The revision at which a single record that an act is about is seen; None for several."""
        current = self.current
        return current.revision if current and self.chosen == [current.ref] else None

    @on(RecordGrid.Moved)
    @on(Board.Moved)
    def _on_moved(self) -> None:
        self._show_state()

    @on(RecordGrid.Opened)
    @on(Board.Opened)
    def _on_opened(self, event: RecordGrid.Opened | Board.Opened) -> None:
        self.crm.open_record(event.record.ref)

    @on(RecordGrid.Failed)
    @on(Board.Failed)
    def _on_failed(self, event: RecordGrid.Failed | Board.Failed) -> None:
        error, view = event.error, self.view
        if isinstance(error, NotFound) and error.code == "no-such-type":
            self._begin()
        elif view.where and not isinstance(error, Conflict):
            # It names what is not there any more, or may not be known of.
            view.filter, view.where = "", None
            self._show()
        self.fail(error)

    @on(Board.Carried)
    def _on_carried(self, event: Board.Carried) -> None:
        record = event.record
        self._move([record.ref], event.stage, record.id, record.revision)

    @on(RowList.Chosen, "#types")
    def _on_type_chosen(self, event: RowList.Chosen) -> None:
        self.show_type(event.row.value)

    @on(TypeStrip.Chosen)
    def _on_strip_chosen(self, event: TypeStrip.Chosen) -> None:
        self.show_type(event.key)

    # Keys

    def action_turn_type(self, by: int) -> None:
        keys = [type_.key for type_ in self.crm.types]
        if keys:
            at = keys.index(self._present) if self._present in keys else 0
            self.show_type(keys[(at + by) % len(keys)])

    def action_go_to_type(self, number: int) -> None:
        types = self.crm.types
        if number <= len(types):
            self.show_type(types[number - 1].key)

    def action_sidebar(self) -> None:
        self.toggle_class("-turned")
        side = self.query_one("#types", RowList)
        if self.has_class("-turned") != self.has_class("-wide"):
            self._show_types()
            side.focus()
        else:
            self._seen.focus()

    def action_board(self) -> None:
        self._keep_place()
        at = self._current_id
        self.view.board = not self.view.board
        self._show(at)

    def _keep_place(self) -> None:
        if not self.view.board:
            self.view.cursor = self.grid.cursor

    def action_leave(self) -> None:
        self.app.exit()

    def action_back(self) -> None:
        if self.board.cancel_drag():
            return
        if self.focused is not None and self.focused.id == "types":
            self.action_sidebar() if not self.has_class("-wide") else self.grid.focus()
        elif self.grid.marked:
            self.grid.unmark()
        elif self.view.where:
            self._apply("")

    def action_copy(self) -> None:
        refs = self.chosen
        if refs:
            self.app.copy_to_clipboard("\n".join(refs))
            self.say(_("copied: {what}").format(what=", ".join(refs[:5])))

    # Filter, order, columns

    def action_filter(self) -> None:
        self.query_one("#state").display = False
        self.query_one(FilterBar).open(self.view.filter)

    def _leave_filter(self) -> None:
        self.query_one(FilterBar).close()
        self.query_one("#state").display = True

    @on(FilterLine.Left)
    def _on_filter_left(self) -> None:
        self._seen.focus()
        self._leave_filter()

    @on(FilterLine.Applied)
    def _on_filter(self, event: FilterLine.Applied) -> None:
        self._apply(event.text)

    @work(exclusive=True, group="filter")
    async def _apply(self, text: str) -> None:
        type_ = self.type
        if type_ is None:
            return
        try:
            where = await self.read(lambda ws: understood(text, type_, ws))
        except CrmError as error:
            self.query_one(FilterBar).wrong(error.message.text(_))
            return
        self.view.filter, self.view.where, self.view.cursor = text.strip(), where, 0
        self._leave_filter()
        self._show(self._current_id)

    def action_sort(self) -> None:
        if self.type is not None and not self.view.board:
            ask_sort(self, self.type, self.view, self._show_from_the_top)

    def action_turn_sort(self) -> None:
        if self.type is not None and not self.view.board:
            self.view.turn()
            self._show_from_the_top()

    def _show_from_the_top(self) -> None:
        self.view.cursor = 0
        self._show()

    def action_columns(self) -> None:
        if self.type is not None:
            self._keep_place()
            ask_columns(self, self.type, self.view, lambda: self._show(self._current_id))

    def action_configure(self) -> None:
        if not self.denied("configure"):
            self.crm.configure()

    def action_why(self) -> None:
        from crmtui.screens.why import WhyScreen

        type_, record = self.type, self.current
        if type_ is not None:
            self.app.push_screen(WhyScreen(type_.key, record.ref if record else None))

    def action_ask(self) -> None:
        self.crm.ask()

    # Acts

    def about(self) -> tuple[str, ...]:
        return (self.type.key,) if self.type else ()

    def offers(self, action: str) -> bool:
        if action == "configure":
            return self.crm.refusal("configure") is None
        return not self.about() or super().offers(action)

    def action_add(self) -> None:
        type_ = self.type
        if type_ is None:
            return
        stage = None
        if self.view.board and self.board.column is not None:
            stage = self.board.column.stage.key
        if not self.denied("create", type_.key, target=stage):
            self.edit(type_.key, stage=stage)

    def action_edit(self) -> None:
        record = self.current
        if record is not None and not self.denied("update", record.type.key, record.ref):
            self.edit(record.type.key, record.ref)

    def edit(self, type_key: str, ref: str | None = None, stage: str | None = None) -> None:
        """Open the form of a record, or of a new one."""
        from crmtui.screens.form import FormScreen

        def saved(record: Record | None) -> None:
            if record is None:
                return
            self._seen.follow(record.id)
            self.crm.look()
            self.say(saved_as(self, record.ref))

        self.app.push_screen(FormScreen(type_key, ref, stage=stage), saved)

    @work(exclusive=True, group="ask")
    async def action_move(self) -> None:
        refs, follow, seen = self.chosen, self._current_id, self._seen_at
        if self.type is None or not refs:
            return
        if not self.denied("move", self.type.key, refs[0]):
            await ask_where(self, self.type, refs, lambda to: self._move(refs, to, follow, seen))

    def _move(self, refs: list[str], target: str, follow: int | None, seen: int | None) -> None:
        def done() -> None:
            self.grid.unmark()
            if follow is not None and self.view.board:
                self.board.follow(follow)

        self.do(self.crm.acts.move(refs, target, seen), done)

    def action_remove(self) -> None:
        refs, seen = self.chosen, self._seen_at
        if self.type is None or not refs or self.denied("delete", self.type.key, refs[0]):
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.do(self.crm.acts.remove(refs, seen), self.grid.unmark)

        question = _("Remove {what}? It can be undone with u.").format(what=told(refs))
        self.app.push_screen(
            AskScreen(question, [("y", _("remove"), "yes"), ("n", _("keep"), "no")]), answered
        )

    def action_undo(self) -> None:
        self.do(self.crm.acts.undo())


def counted(workspace: Workspace, keys: Sequence[str]) -> dict[str, int]:
    """The number of records by type; without types that the actor may not know of any more."""
    found = {}
    for key in keys:
        with suppress(NotFound):
            found[key] = workspace.count(key)
    return found
