"""What one may do with a record, or with a type at all, and the rule that says so."""

from collections.abc import Iterator
from typing import NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.nouns import OPERATIONS, SCOPED
from crmtui.screens.acting import user_row
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.screens.words import operation_word
from crmtui.store.errors import CrmError
from crmtui.store.explaining import Answer
from crmtui.store.kinds import KINDS
from crmtui.store.workspace import Workspace
from crmtui.terminal import cut, shown, width_of, wrapped

_LABEL = 18
_VERDICT = 4
"""Cells of a yes or no, and the space behind it."""


class Finding(NamedTuple):
    """One thing that may be done or not: what it is about, not yet safe, and the answer."""

    about: str
    answer: Answer


class Findings(NamedTuple):
    """Findings under a heading."""

    heading: str
    found: list[Finding]


class WhyScreen(CrmScreen):
    """Operations, fields and stages, each with yes or no and why; enter tells what each role says.

    Args:
        type_key: of the record.
        ref: the record; None for the type at all.
    """

    CSS_PATH = "why.tcss"
    BINDINGS = [
        Binding("o", "user", N_("Another user"), id="why.user"),
        Binding("escape,q", "leave", N_("Back"), id="why.leave", key_display="esc"),
    ]
    HINTS = ("why.leave", "rows.choose", "why.user", "app.act-as", "app.help", "app.palette")
    NEEDS = {"user": "administer"}

    def __init__(self, type_key: str, ref: str | None) -> None:
        super().__init__()
        self._type_key, self._what = type_key, ref or type_key
        self._user = ""
        self._findings: list[Findings] = []

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield RowList(label_width=_LABEL, id="reasons")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self._user = self.crm.workspace.actor.key
        self.query_one("#reasons", RowList).focus()
        self.query_one("#keys", KeyLine).show(self.keys())
        self._load()

    def on_resize(self) -> None:
        self._show()

    def store_changed(self, change: StoreChange) -> None:
        if change.touches(self._type_key):
            self._load()

    @work(exclusive=True, group="why")
    async def _load(self) -> None:
        user, what = self._user, self._what
        try:
            self._findings = await self.read(lambda ws: list(findings(ws, user, what)))
        except CrmError as error:
            self._findings = []
            self.fail(error)
        self._show()

    def _show(self) -> None:
        said = _("What {user} may do with {what}").format(user=self._user, what=self._what)
        self.query_one("#heading", StateLine).say(said)
        width = max(20, self.size.width - _LABEL - _VERDICT - 4)
        rows = []
        for heading, found in self._findings:
            rows.append(Row(heading, look="head", label=""))
            for about, answer in found:
                first, *rest = wrapped(answer.decision.reason.text(_), width)
                verdict = _("yes") if answer.decision.allowed else _("no")
                look = "text" if answer.decision.allowed else "dim"
                about = cut(shown(about), min(_LABEL, width_of(shown(about))))
                rows.append(Row(cut(verdict, _VERDICT) + first, "", look, answer, about))
                rows += [Row(" " * _VERDICT + line, "", look, label="") for line in rest]
        list_ = self.query_one("#reasons", RowList)
        # Not on the heading above the first.
        list_.show(rows, list_.cursor or 1)

    @on(RowList.Chosen)
    def _on_chosen(self, event: RowList.Chosen) -> None:
        """Tell what each role says of it."""
        answer: Answer = event.row.value
        rows = []
        for role, sayings in answer.roles:
            rows.append(Row(shown(role), look="strong"))
            for each in sayings:
                applies = {True: _("so here"), False: _("not here"), None: ""}[each.holds]
                rows.append(Row(shown(f"  {each.text.text(_)}"), applies))
        rows = rows or [Row(shown(answer.decision.reason.text(_)))]
        question = f"{operation_word(answer.operation)} {shown(answer.what)}"
        self.app.push_screen(ChooseScreen(question, rows, search=False))

    @work(exclusive=True, group="user")
    async def action_user(self) -> None:
        if self.denied("administer"):
            return
        users = await self.read(lambda ws: ws.configuration().siblings("user", ""))
        rows = [user_row(user) for user in users if not user.retired]

        def chosen(user: str | None) -> None:
            if user:
                self._user = user
                self._load()

        self.app.push_screen(ChooseScreen(_("Another user"), rows, search=True), chosen)

    def action_leave(self) -> None:
        self.dismiss(None)


def findings(workspace: Workspace, user: str, what: str) -> Iterator[Findings]:
    """What a user may do with a record, or with a type at all.

    Raises:
        NotFound: the actor may not know of it.
        Forbidden: the actor may not ask about that user.
    """
    asking = workspace.explaining()
    type_key, record, _number = what.partition("/")
    type_ = workspace.type(type_key)
    asked = [op for op in OPERATIONS if not record or op in SCOPED - {"create"}]
    answers = [Finding(operation_word(op), asking.explain(user, op, what)) for op in asked]
    yield Findings(_("Operations"), answers)
    if not answers[0].answer.roles:
        return  # what is decided by who the user is, is decided alike for every field
    fields = [
        Finding(field.name(language()), asking.explain(user, "update", what, field.key))
        for field in type_.fields
        if not KINDS[field.kind].computed and field.kind != "autonumber"
    ]
    yield Findings(_("Fields: to change them"), fields)
    stages = [
        Finding(stage.name(language()), asking.explain(user, "move", what, stage.key))
        for stage in type_.stages
    ]
    if stages:
        yield Findings(_("Stages: to move there"), stages)
