"""`crmtui validation`: what must hold for every record of a type."""

from typing import Any

import click

from crmtui.commands import _command, _complete, _definitions, _options
from crmtui.commands._session import Session
from crmtui.i18n import _
from crmtui.model.nouns import NOUNS


def _add() -> click.Command:
    def add(
        session: Session,
        db: str | None,
        words: tuple[str, ...],
        if_not_exists: bool,
        dry_run: bool,
        as_json: bool,
        **kwargs: Any,
    ) -> None:
        from crmtui.store.changes import Change

        whole, *rest = words
        if "." in whole:
            ref = whole
        elif rest:
            ref = f"{whole}.{rest.pop(0)}"
        else:
            raise click.UsageError(_("say the key too: {shape}").format(shape="TYPE KEY EXPR"))
        values = _definitions.attribute_values(kwargs)
        if len(rest) > 1 or (rest and "rule" in values):
            raise click.UsageError(_("the expression is one word; put it in quotes"))
        values |= {"rule": rest[0]} if rest else {}
        _definitions.apply_changes(
            session,
            db,
            [Change("add", "validation", ref, values)],
            dry_run=dry_run,
            as_json=as_json,
            needless=_definitions.exists if if_not_exists else None,
        )

    command: Any = _options.dry_run(_options.as_json(add))
    command = click.option("--if-not-exists", is_flag=True, help=_("Do nothing when it exists."))(
        command
    )
    command = _definitions.attribute_options(NOUNS["validation"])(command)
    command = click.argument(
        "words",
        nargs=-1,
        required=True,
        metavar="TYPE KEY [EXPR]",
        shell_complete=_complete.definitions("validation"),
    )(command)
    return _command.command(
        "add",
        help=_("Add one: an expression, or --unique FIELD,FIELD."),
        epilog=_definitions.example("validation", "add"),
    )(_options.common(command))


group = _definitions.group("validation", instead=(_add(),))
