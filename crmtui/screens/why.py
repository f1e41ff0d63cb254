"""What one may do with a record, or with a type at all, and the rule that says so."""

from collections.abc import Iterator
from typing import NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.message import Message
from crmtui.model.nouns import OPERATIONS, SCOPED
from crmtui.screens.base import CrmScreen
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.screens.widgets.wrap import wrapped
from crmtui.screens.words import operation_word
from crmtui.store.errors import CrmError
from crmtui.store.workspace import Workspace
from crmtui.terminal import cut, shown, width_of

_LABEL = 18
_VERDICT = 4
"""Cells of a yes or no, and the space behind it."""


class Finding(NamedTuple):
    """One thing that one may or may not do.

    Args:
        about: what, not yet safe.
        allowed: None where it only tells more of the one before.
        reason: the rule that says so.
    """

    about: str
    allowed: bool | None
    reason: Message


class Findings(NamedTuple):
    """Findings under a heading."""

    heading: str
    found: list[Finding]


class WhyScreen(CrmScreen):
    """Operations, fields and stages, each with yes or no and why.

    Args:
        type_key: of the record.
        ref: the record; None for the type at all.
    """

    CSS_PATH = "why.tcss"
    BINDINGS = [Binding("escape,q", "leave", N_("Back"), id="why.leave", key_display="esc")]
    HINTS = ("why.leave", "app.act-as", "app.help", "app.palette")

    def __init__(self, type_key: str, ref: str | None) -> None:
        super().__init__()
        self._type_key, self._ref = type_key, ref
        self._findings: list[Findings] = []

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield RowList(label_width=_LABEL, id="reasons")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        actor, what = self.crm.workspace.actor, self._ref or self._type_key
        said = _("What {user} may do with {what}").format(user=actor.key, what=what)
        self.query_one("#heading", StateLine).say(said)
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
        try:
            self._findings = await self.read(
                lambda workspace: list(findings(workspace, self._type_key, self._ref))
            )
        except CrmError as error:
            self._findings = []
            self.fail(error)
        self._show()

    def _show(self) -> None:
        width = max(20, self.size.width - _LABEL - _VERDICT - 4)
        rows = []
        for heading, found in self._findings:
            rows.append(Row(heading, look="head", label=""))
            for finding in found:
                verdict = {True: _("yes"), False: _("no"), None: ""}[finding.allowed]
                first, *rest = wrapped(finding.reason.text(_), width)
                look = "dim" if finding.allowed is False else "text"
                about = cut(shown(finding.about), min(_LABEL, width_of(shown(finding.about))))
                rows.append(Row(cut(verdict, _VERDICT) + first, "", look, label=about))
                rows += [Row(" " * _VERDICT + line, "", look, label="") for line in rest]
        self.query_one("#reasons", RowList).show(rows)

    def action_leave(self) -> None:
        self.dismiss(None)


def findings(workspace: Workspace, type_key: str, ref: str | None) -> Iterator[Findings]:
    """What the actor may do with a record, or with a type at all.

    Raises:
        NotFound: they may not know of it.
    """
    type_ = workspace.type(type_key)
    asked = [op for op in OPERATIONS if ref is None or op in SCOPED - {"create"}]
    of_all = [Finding(operation_word(op), *_answer(workspace, op, type_key, ref)) for op in asked]
    yield Findings(_("Operations"), of_all)
    if workspace.may("administer").allowed:
        return
    fields = []
    for field in type_.fields:
        name, about = field.name(language()), {"field": field.key}
        fields.append(Finding(name, *_answer(workspace, "update", type_key, ref, **about)))
        read = workspace.may("read", type_key, ref, field=field.key)
        if read.reason.facts.get("level"):
            fields.append(Finding("", None, read.reason))
    yield Findings(_("Fields: to change them"), fields)
    stages = [
        Finding(
            stage.name(language()), *_answer(workspace, "move", type_key, ref, target=status.ref)
        )
        for stage in type_.stages
        for status in stage.live_statuses[:1]
    ]
    if stages:
        yield Findings(_("Stages: to move there"), stages)


def _answer(
    workspace: Workspace, operation: str, type_key: str, ref: str | None, **about: str
) -> tuple[bool, Message]:
    decision = workspace.may(operation, type_key, ref, **about)
    return decision.allowed, decision.reason
