"""The options that every command has, and those that many share."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from crmtui.commands import _errors
from crmtui.commands._output import FORMATS
from crmtui.commands._paths import WORKSPACE
from crmtui.commands._session import Session
from crmtui.i18n import _, choose
from crmtui.store.dates import DATE_ORDERS

Command = TypeVar("Command", bound=Callable[..., Any])


def _json(_ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    if value:
        _errors.state.json = True
    return value


def _quiet(_ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        _errors.state.quiet = True


def _language(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value:
        choose(value)


def completing(what: str) -> Callable[..., Any]:
    """What a shell completes an argument with: a function of `_complete`, loaded when asked."""

    def complete(*asked: Any) -> Any:
        from crmtui.commands import _complete

        return getattr(_complete, what)(*asked)

    return complete


def common(command: Command) -> Command:
    """`--db`, `--as`, `--lang`, `-q`; the command gets its `Session` first, then `db`."""
    for option in (
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_quiet,
            help=_("Say nothing but errors."),
        ),
        click.option(
            "--lang",
            metavar="en|zh",
            is_eager=True,
            expose_value=False,
            callback=_language,
            help=_("The language of messages."),
        ),
        click.option(
            "--as",
            "as_user",
            metavar="USER",
            shell_complete=completing("users"),
            help=_("Act as another user, who is journalled beside you."),
        ),
        click.option("--db", metavar="FILE", type=WORKSPACE, help=_("The workspace.")),
    ):
        command = option(command)
    return with_session(command)


def with_session(command: Command) -> Command:
    """Hand the command the session of this invocation as its first argument."""

    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        session = ctx.find_object(Session) or Session()
        as_user = kwargs.pop("as_user", None)
        if session.batch and kwargs.get("db"):
            raise click.UsageError(_("--db is chosen for the whole batch"), ctx)
        if session.batch and as_user:
            raise click.UsageError(_("--as is chosen for the whole batch"), ctx)
        session.as_user = as_user or session.as_user
        return command(session, *args, **kwargs)

    return wrapped  # type: ignore[return-value]


def output(command: Command) -> Command:
    """`--format`, `--json`, `--ids`, `--csv`; the command gets `format_`, None for the default."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        chosen = [
            name
            for name, flag in (("json", "as_json"), ("ids", "as_ids"), ("csv", "as_csv"))
            if kwargs.pop(flag)
        ]
        stated = kwargs.pop("stated_format")
        if len({*chosen, *([stated] if stated else [])}) > 1:
            raise click.UsageError(_("choose one format"))
        if stated in ("json", "ndjson"):
            _errors.state.json = True
        kwargs["format_"] = stated or (chosen[0] if chosen else None)
        return command(*args, **kwargs)

    for option in (
        click.option("--csv", "as_csv", is_flag=True, help=_("The same as --format csv.")),
        click.option("--ids", "as_ids", is_flag=True, help=_("Only references, a line each.")),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            is_eager=True,
            callback=_json,
            help=_("The same as --format json; errors as JSON too."),
        ),
        click.option(
            "--format",
            "stated_format",
            type=click.Choice(FORMATS),
            help=_("The format; else a table on a terminal and TSV in a pipe."),
        ),
    ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def as_json(command: Command) -> Command:
    """`--json` alone, for commands that write; the command gets `as_json`."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=_json,
        help=_("Print what came of it as JSON; errors as JSON too."),
    )(command)


def json_errors(command: Command) -> Command:
    """`--json` for commands whose output is that of others."""
    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_json,
        help=_("Errors as JSON."),
    )(command)


def dry_run(command: Command) -> Command:
    """`-n`, `--dry-run`: the real act, rolled back."""
    return click.option(
        "-n", "--dry-run", is_flag=True, help=_("Do it, say what came of it, undo it.")
    )(command)


def date_order(command: Command) -> Command:
    """`--date-order mdy|dmy|ymd` for dates that are not written year first."""
    return click.option(
        "--date-order",
        type=click.Choice(DATE_ORDERS),
        help=_("How dates like 3/4/2026 are meant."),
    )(command)
