"""Questions in SQL: one is typed, its answer stands below."""

from collections.abc import Sequence
from typing import Any

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmScreen
from crmtui.screens.threads import WorkspaceThread
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.answer_grid import AnswerGrid
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.controls import NotesControl
from crmtui.store.errors import CrmError
from crmtui.store.sql.answers import AnswerColumn, columns_of
from crmtui.store.sql.asking import Answer
from crmtui.store.sql.limits import Limits
from crmtui.store.workspace import Workspace

MOST = 10_000
"""Rows that are kept to be looked at."""

LARGEST = 16 << 20
"""Characters of text in the rows that are kept."""

Found = tuple[Sequence[AnswerColumn], list[list[Any]], bool]
"""The columns of an answer, its rows as far as they are kept, and whether there are more."""


class SqlScreen(CrmScreen):
    """A question over the types as tables; what can be asked is shown until one is."""

    CSS_PATH = "sql.tcss"
    BINDINGS = [
        Binding("ctrl+r,f5", "ask", N_("Ask"), id="sql.ask"),
        Binding("tab,shift+tab", "turn", N_("Question/answer"), id="sql.turn", priority=True),
        Binding("ctrl+t", "tables", N_("What can be asked"), id="sql.tables"),
        Binding("escape", "leave", N_("Cancel, back"), id="sql.leave"),
    ]
    HINTS = tuple("sql.ask sql.turn list.open sql.tables sql.leave app.help app.palette".split())

    def __init__(self) -> None:
        super().__init__()
        self._thread: WorkspaceThread | None = None
        self._answer: Answer | None = None
        self._wanted: str | None = None
        """The question that is being answered."""

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield NotesControl(
            self.crm.asked,
            placeholder="select stage, count(*), sum(amount) from deal group by 1",
            id="question",
        )
        yield AnswerGrid(id="answer")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self._thread = self.crm.thread("crmtui-sql")
        self.query_one("#heading", StateLine).say(_("SQL over what you may read"))
        self.query_one("#question", NotesControl).focus()
        self.action_tables()

    def on_unmount(self) -> None:
        self._cancel()
        if self._thread is not None:
            self._thread.close()

    def store_changed(self, change: StoreChange) -> None:
        if change.configured and self.crm.refusal("administer") is not None:
            # The answer may hold what one may not see any more.
            self._cancel()
            self.action_tables()

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.query_one("#keys", KeyLine).show(self.keys())

    # Asking

    def action_ask(self) -> None:
        text = self.query_one("#question", NotesControl).text
        self._cancel()
        self.crm.asked = self._wanted = text
        self.query_one("#state", StateLine).state(_("asking…"))
        self._ask(text)

    @work(exclusive=True, group="sql")
    async def _ask(self, text: str) -> None:
        assert self._thread is not None
        try:
            columns, rows, more = await self._thread.run(lambda ws: self._found(ws, text))
        except CrmError as error:
            self.query_one("#state", StateLine).state("")
            self.fail(error)
            return
        finally:
            if self._wanted == text:
                self._wanted = self._answer = None
        self.query_one("#answer", AnswerGrid).show(columns, rows)
        if more:
            self.say(_("only the first {n} rows").format(n=f"{len(rows):,}"))

    def _found(self, workspace: Workspace, text: str) -> Found:
        """The answer to a question; on the thread of the questions."""
        with workspace.sql(text, limits=Limits(rows=None, wanted=MOST + 1)) as answer:
            self._answer = answer
            if self._wanted != text:
                answer.cancel()
            rows: list[list[Any]] = []
            size = 0
            for row in answer:
                if len(rows) == MOST or size > LARGEST:
                    return answer.columns, rows, True
                rows.append(row)
                size += sum(len(value) for value in row if isinstance(value, str))
            return answer.columns, rows, False

    def _cancel(self) -> None:
        """End the question that is being answered, if there is one."""
        self._wanted = None
        if self._answer is not None:
            self._answer.cancel()

    @work(exclusive=True, group="sql")
    async def action_tables(self) -> None:
        assert self._thread is not None
        tables = await self._thread.run(lambda ws: ws.sql_tables())
        rows = [[table.name, ", ".join(c.name for c in table.columns)] for table in tables]
        self.query_one("#answer", AnswerGrid).show(columns_of([_("Table"), _("Columns")]), rows)

    # Looking

    def action_turn(self) -> None:
        question = self.query_one("#question", NotesControl)
        (self.query_one("#answer", AnswerGrid) if question.has_focus else question).focus()

    @on(AnswerGrid.Moved)
    def _on_moved(self) -> None:
        grid = self.query_one("#answer", AnswerGrid)
        place = f"{grid.cursor + 1:,}/{grid.count:,}" if grid.count else _("no rows")
        self.query_one("#state", StateLine).state(place)

    @on(AnswerGrid.Opened)
    def _on_opened(self, event: AnswerGrid.Opened) -> None:
        self.crm.open_record(event.ref)

    def action_leave(self) -> None:
        if self._wanted is not None:
            self._cancel()
        else:
            self.dismiss(None)
