"""`crmtui apply`, `diff` and `export`: the configuration as a file."""

import sys
from typing import Any

import click

from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._output import emit, json_text
from crmtui.commands._plan import emit_plan, told
from crmtui.commands._session import Session
from crmtui.i18n import N_, _


def _document(file: str) -> dict[str, Any]:
    from crmtui.commands._values import file_text
    from crmtui.store import spec

    return spec.read(file_text(file, spec.MAX_BYTES), _("standard input") if file == "-" else file)


def _file_option(command: Any) -> Any:
    return click.option(
        "-f", "--file", required=True, metavar="FILE", help=_("YAML or JSON; - for standard input.")
    )(command)


def _prune_option(command: Any) -> Any:
    return click.option("--prune", is_flag=True, help=_("Retire what the file does not mention."))(
        command
    )


@command(epilog="Example: crmtui apply -f crm.yaml --dry-run")
@_options.common
@_file_option
@_prune_option
@_options.dry_run
@_options.as_json
def apply(
    session: Session, db: str | None, file: str, prune: bool, dry_run: bool, as_json: bool
) -> None:
    """Make the configuration what a file says, in one transaction."""
    document = _document(file)
    with (
        session.workspace(db, create=True) as workspace,
        workspace.intent("configure", dry_run=dry_run),
    ):
        changes = workspace.changes_to(document, prune=prune)
        workspace.change(changes)
    if as_json:
        emit(json_text(told(changes)))
        return
    emit_plan(changes)
    if dry_run:
        say(N_("{count} changes, undone again (dry run)"), count=len(changes))
    elif changes:
        say(N_("{count} changes"), count=len(changes))
    else:
        say(N_("nothing to change"))


@command(epilog="Example: crmtui diff -f crm.yaml || crmtui apply -f crm.yaml")
@_options.common
@_file_option
@_prune_option
@_options.as_json
def diff(session: Session, db: str | None, file: str, prune: bool, as_json: bool) -> int:
    """Show what apply would change: exit 0 when nothing, 1 when something, more on errors."""
    from crmtui.store.errors import Misused, Refused

    try:
        document = _document(file)
        with session.workspace(db) as workspace:
            changes = workspace.changes_to(document, prune=prune)
    except Refused as problem:
        # 1 means that something differs, so a refusal must end with another exit code.
        template = problem.message.template
        raise Misused(problem.code, template, problem.hint, **problem.facts) from problem
    if as_json:
        emit(json_text(told(changes)))
    else:
        emit_plan(changes)
    return 1 if changes else 0


@command(epilog="Example: crmtui export deal account > crm.yaml")
@_options.common
@click.argument("types", nargs=-1, metavar="[TYPE...]", shell_complete=_complete.types)
@_options.as_json
def export(session: Session, db: str | None, types: tuple[str, ...], as_json: bool) -> None:
    """Write the configuration as a file that apply reads."""
    with session.workspace(db) as workspace:
        document = workspace.document(types)
    if as_json:
        emit(json_text(document, pretty=True))
        return
    from crmtui.store import spec

    sys.stdout.write(spec.write(document))
