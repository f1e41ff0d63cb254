"""The command line: one static table of commands, each module loaded when it is called."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any

import click

from crmtui.commands._paths import WORKSPACE
from crmtui.i18n import N_, _, choose

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("start:init", N_("Make a workspace.")),
    "demo": ("start:demo", N_("Make the sample workspace and open its board.")),
    "tui": ("start:tui", N_("Work in full screen: lists, forms, boards.")),
    "category": ("category:group", N_("Categories of types, a tree.")),
    "type": ("type:group", N_("Business types.")),
    "field": ("field:group", N_("Fields of a type.")),
    "option": ("option:group", N_("Options of a choice field.")),
    "stage": ("stage:group", N_("Stages of a type's process.")),
    "status": ("status:group", N_("Statuses of a stage.")),
    "validation": ("validation:group", N_("What must hold for every record of a type.")),
    "layout": ("layout:group", N_("Layouts: sections of forms, columns of lists, cards.")),
    "pack": ("pack:group", N_("Ready-made business types.")),
    "user": ("user:group", N_("Users, with their roles and teams.")),
    "role": ("role:group", N_("Roles: who may do what.")),
    "team": ("team:group", N_("Teams of users, a tree.")),
    "access": ("access:group", N_("Who may do what, and why.")),
    "record": ("record:group", N_("Records of a type.")),
    "sql": ("sql:sql", N_("Ask in SQL over the records that you may read.")),
    "apply": ("document:apply", N_("Make the configuration what a file says.")),
    "diff": ("document:diff", N_("Show what apply would change.")),
    "export": ("document:export", N_("Write the configuration as a file.")),
    "batch": ("batch:batch", N_("Run many command lines as one.")),
    "ssh": ("ssh:group", N_("Users' keys, and the server they come to.")),
    "undo": ("undo:undo", N_("Take an act back.")),
    "log": ("log:log", N_("Show what happened, by whom.")),
    "privacy": ("privacy:group", N_("What is kept about one person: found, exported, erased.")),
    "help": ("help:help_", N_("Explain a command or a topic.")),
    "completion": ("completion:completion", N_("Print the completion script of a shell.")),
}
"""Name to (module:attribute in `crmtui.commands`, summary)."""

NOT_IN_BATCH = frozenset({"batch", "tui", "demo", "init", "completion", "privacy", None})
"""Commands that make no sense as one line among others; None is the program by itself."""

NOT_IN_GATEWAY = frozenset(
    {"init", "demo", "tui", "completion", "ssh setup", "ssh authorized-keys"}
)
"""Commands of one's own machine, which do not run for whoever comes through the gateway.

What names a file there is marked at the parameter itself; see `commands._paths`.
"""


class ReaderGone(Exception):
    """Whoever read our output has had enough; that is no failure."""


class WordedOption(click.Option):
    """An option whose help is worded when it is shown: the language may come later."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        if self.help:
            self.help = _(self.help)
        return super().get_help_record(ctx)


def help_option(ctx: click.Context) -> click.Option:
    """`--help`, as click makes it, without the look for translations that click then makes."""

    def show(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()

    return WordedOption(
        [*ctx.help_option_names, "_click_default_help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=N_("Show this message and exit."),
    )


class LazyGroup(click.Group):
    """A group whose commands are named in a table and loaded when they are called.

    `--help`, completion and "did you mean" answer from the table, without loading anything.
    """

    def __init__(
        self, *args: Any, table: dict[str, tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.table = table or {}

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        if self._help_option is None:
            self._help_option = help_option(ctx)
        return self._help_option

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        loaded = self.commands.get(cmd_name)
        if loaded is None:
            from importlib import import_module

            module, _colon, attribute = entry[0].partition(":")
            loaded = getattr(import_module(f"crmtui.commands.{module}"), attribute)
            self.commands[cmd_name] = loaded
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            from crmtui.commands._errors import no_command

            raise no_command(args[0], list(self.table), ctx)
        if args:
            _refuse_in_gateway(f"{ctx.command_path} {args[0]}".partition(" ")[2])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as problem:
            # click would end with 1 here.
            raise ReaderGone from problem

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from crmtui.commands._command import write_help

        write_help(self.help, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from crmtui.commands._command import write_epilog

        write_epilog(self.epilog, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(entry[1])) for name, entry in self.table.items()])


def _refuse_in_gateway(words: str) -> None:
    if words in NOT_IN_GATEWAY:
        from crmtui.store.errors import Forbidden
        from crmtui.store.remote import visitor

        if visitor():
            raise Forbidden(
                "not-in-gateway",
                N_("{command} does not run over SSH; without a command you work in full screen"),
                command=words,
            )


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from crmtui import __version__

        click.echo(f"crmtui {__version__}")
        ctx.exit()


def _language(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value:
        choose(value)


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_("A CRM whose business types you define yourself, in one SQLite file."),
    epilog="Example: crmtui demo",
)
@click.option(
    "--db",
    cls=WordedOption,
    metavar="FILE",
    type=WORKSPACE,
    help=N_("The workspace; else $CRMTUI_DB, else the usual place."),
)
@click.option(
    "--lang",
    cls=WordedOption,
    metavar="en|zh",
    is_eager=True,
    expose_value=False,
    callback=_language,
    help=N_("The language of messages; else $LANG."),
)
@click.option(
    "--version",
    cls=WordedOption,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help=N_("Show the version."),
)
@click.pass_context
def cli(ctx: click.Context, db: str | None) -> None:
    """Root of all commands."""
    from crmtui.commands._session import Session

    if not isinstance(ctx.obj, Session):
        ctx.obj = Session(path=db)
    elif db:
        raise click.UsageError(_("--db is chosen for the whole batch"))
    if ctx.obj.batch and ctx.invoked_subcommand in NOT_IN_BATCH:
        from crmtui.store.errors import Misused

        raise Misused(
            "not-in-batch",
            N_("{command} does not run inside a batch"),
            command=ctx.invoked_subcommand or "crmtui",
        )
    if ctx.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            from crmtui.commands.start import open_tui

            open_tui(ctx.obj, None, board=False)
        else:
            raise click.UsageError(_("say what to do; see crmtui --help"), ctx)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    sys.exit(start(sys.argv[1:] if args is None else args))


def start(args: Sequence[str], session: Any = None) -> int:
    """Run the command line as the only thing this process does, and return its exit code."""
    _prepare_streams()
    choose(_stated_language(args))
    return run(args, session)


def _prepare_streams() -> None:
    """Data in pipes and files is UTF-8 whatever the locale; a terminal shows what it can."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream, faults in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors=faults)
            else:
                stream.reconfigure(encoding="utf-8", errors=faults)


def _stated_language(words: Sequence[str]) -> str | None:
    """What `--lang` says, wherever it stands: help is worded while commands are loaded."""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word == "--":
            return None
        if word.startswith("--lang"):
            return word.partition("=")[2] or following
    return None


def run(args: Sequence[str] | None = None, session: Any = None) -> int:
    """Run the command line and return the exit code.

    Args:
        session: the `Session` that commands work in, when it is not theirs to choose.
    """
    from crmtui.commands import _errors

    try:
        result = cli.main(
            args=list(args) if args is not None else None,
            prog_name="crmtui",
            standalone_mode=False,
            obj=session,
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (BrokenPipeError, ReaderGone):
        _discard_output()
        return 0
    except BaseException as problem:
        code = _errors.report(problem)
        try:
            sys.stdout.flush()
        except OSError:
            _discard_output()
        return code


def _discard_output() -> None:
    """What is still buffered must not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
