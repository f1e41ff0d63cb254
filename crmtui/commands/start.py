"""`crmtui init`, `demo` and `tui`: making a workspace and working in full screen."""

import os
import sys
from typing import Any

import click

from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._output import emit
from crmtui.commands._session import Session, command_line
from crmtui.i18n import N_, _, language
from crmtui.terminal import cut, shown


@command(epilog="Example: crmtui init --db sales.db --pack customer,opportunity")
@_options.common
@click.option(
    "--pack",
    "packs",
    multiple=True,
    metavar="PACK,...",
    help=_("Install these packs in it; see crmtui pack list."),
)
def init(session: Session, db: str | None, packs: tuple[str, ...]) -> None:
    """Make a workspace; who makes it is its administrator."""
    from crmtui.commands.pack import files, tell_briefly
    from crmtui.store.errors import Conflict
    from crmtui.store.opened import default_path
    from crmtui.store.workspace import Workspace

    path = db or session.path or default_path()
    if os.path.exists(path) and os.path.getsize(path):
        with Workspace.open(path):
            raise Conflict("exists", N_("there is a workspace at {path} already"), path=path)
    wanted = files(word for text in packs for word in text.split(",") if word.strip())
    with (
        Workspace.open(path, command=command_line(), create=True) as workspace,
        workspace.intent("configure"),
    ):
        if wanted:
            outcome = workspace.install_packs(wanted)
        workspace.keep()
    emit(shown(path))
    if wanted:
        tell_briefly(outcome)


@command(epilog="Example: crmtui tui deal --board")
@_options.common
@click.argument("what", metavar="[TYPE[/NUMBER]]", required=False, shell_complete=_complete.types)
@click.option("--board", is_flag=True, help=_("Begin with the board of the type."))
@click.option(
    "--configure", is_flag=True, help=_("Begin with the designers, at the page of the type.")
)
def tui(session: Session, db: str | None, what: str | None, board: bool, configure: bool) -> None:
    """Work in full screen: lists, forms, boards, and the designers of types."""
    if db:
        session.path = db
    open_tui(session, what, board=board, configure=configure)


@command(epilog="Example: crmtui demo --db /tmp/demo.db")
@_options.common
@click.option("--fresh", is_flag=True, help=_("Make it anew, even when it exists."))
@click.option("--print", "printed", is_flag=True, help=_("Print the board instead of opening it."))
def demo(session: Session, db: str | None, fresh: bool, printed: bool) -> None:
    """Make the sample workspace (8,800 real deals) and open its board.

    Not on a terminal it prints the board.
    """
    from crmtui.commands._sample import make_sample, sample_path

    session.path = db or session.path or sample_path()
    if fresh or not os.path.exists(session.path):
        make_sample(session.path, fresh=fresh)
    if printed or not (sys.stdin.isatty() and sys.stdout.isatty()):
        with session.workspace() as workspace:
            print_board(workspace, "deal")
        return
    open_tui(session, "deal", board=True)


def open_tui(session: Session, what: str | None, *, board: bool, configure: bool = False) -> None:
    """Start the full-screen application; what is wrong is said before the screen is taken."""
    from crmtui.app import run
    from crmtui.store.opened import default_path
    from crmtui.store.workspace import Workspace

    path = session.path or default_path()
    type_key, slash, _number = (what or "").partition("/")
    with Workspace.open(path, create=what is None, as_user=session.as_user) as workspace:
        if type_key:
            type_key = workspace.type(type_key).key
        if slash:
            workspace.record(what or "", ["id"])
    record = what if slash else None
    code = run(path, type_key or None, board, record, configure, as_user=session.as_user)
    if code:
        raise SystemExit(code)


def print_board(workspace: Any, type_key: str, cards: int = 8) -> None:
    """A board as text: a column per stage with count and sum, and its first cards."""
    import shutil

    columns = workspace.board(type_key)
    type_ = workspace.type(type_key)
    gap = 2
    room = shutil.get_terminal_size((100, 24)).columns
    width = max(12, min(34, (room + gap) // max(1, len(columns)) - gap))
    summed = type_.sum_field
    stacks = []
    for column in columns:
        lines = [
            column.stage.name(language()),
            _("{n} records").format(n=f"{column.count:,}"),
            f"{column.total} {summed.currency or ''}".strip() if column.total and summed else "-",
            "─" * width,
        ]
        for record in workspace.cards(type_key, column.stage.key, limit=cards):
            lines.append(record.title)
            lines.append("  " + (record.text(summed.key, language()) if summed else ""))
        stacks.append([shown(line) for line in lines])
    for index in range(max((len(stack) for stack in stacks), default=0)):
        cells = [stack[index] if index < len(stack) else "" for stack in stacks]
        emit((" " * gap).join(cut(cell, width) for cell in cells).rstrip())
    if not stacks:
        say(N_("{type} has no stages"), type=type_key)
