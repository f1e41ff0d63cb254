"""`crmtui role grant`, `deny`, `revoke`, `field` and `stage`: what a role lets and forbids."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from crmtui.commands import _complete, _fields, _options
from crmtui.commands._command import command
from crmtui.commands._definitions import apply_changes, says_nothing
from crmtui.commands._session import Session
from crmtui.i18n import _

role_argument = click.argument(
    "role_key", metavar="ROLE", shell_complete=_complete.definitions("role")
)
type_argument = click.argument("type_key", metavar="TYPE|*", shell_complete=_complete.types)


def _operations(*, required: bool) -> Callable[[Any], Any]:
    return click.argument(
        "operations",
        nargs=-1,
        required=required,
        metavar="OPERATION,..." if required else "[OPERATION,...]",
        shell_complete=_complete.operations,
    )


def _change(
    session: Session,
    db: str | None,
    role_key: str,
    type_key: str,
    make: Callable[[Any, Any], Sequence[Any]],
    *,
    dry_run: bool,
    as_json: bool,
    taking_back: bool = False,
    if_exists: bool = False,
) -> None:
    """Change what a role says of a type in one transaction, and tell.

    Args:
        make: makes of the role and the type (None for every type) the changes.
        taking_back: also from what is retired.
        if_exists: do nothing when there is no such role or type, or nothing is said of it.
    """

    def changes(workspace: Any) -> Sequence[Any]:
        from crmtui.store.changes import Change
        from crmtui.store.errors import NotFound
        from crmtui.store.grants import EVERY_TYPE

        try:
            role = workspace.configuration().place("role", role_key).definition
            every = type_key == EVERY_TYPE
            return make(role, None if every else workspace.type(type_key, retired=taking_back))
        except NotFound:
            if not if_exists:
                raise
            return [Change("set", "permission", f"{role_key}.{type_key}")]

    apply_changes(
        session,
        db,
        changes,
        dry_run=dry_run,
        as_json=as_json,
        needless=says_nothing,
    )


@command(epilog="Example: crmtui role grant sales deal read,create,update,move --scope own")
@_options.common
@role_argument
@type_argument
@_operations(required=True)
@click.option(
    "--scope",
    metavar="own|team|all|EXPR",
    default="all",
    help=_("For which records: own, team, all (by itself), or where an expression holds."),
)
@click.option(
    "--unlisted/--listed",
    default=None,
    help=_("Leave the type out of lists of types; its records can be seen all the same."),
)
@_options.dry_run
@_options.as_json
def grant(
    session: Session,
    db: str | None,
    role_key: str,
    type_key: str,
    operations: tuple[str, ...],
    scope: str,
    unlisted: bool | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Let a role do something with the records of a type, or of every type ('*').

    OPERATION is one of read, create, update, delete, move, assign, share, export, import, history,
    report and configure. all stands for each of them but configure; with a scope other than all,
    for each that can be let for some records only.
    """

    def make(role: Any, type_: Any) -> Sequence[Any]:
        from crmtui.store.permission_changes import granted

        return granted(role, type_, operations, scope, unlisted=unlisted)

    _change(session, db, role_key, type_key, make, dry_run=dry_run, as_json=as_json)


@command(epilog="Example: crmtui role deny sales deal delete --scope \"stage = 'won'\"")
@_options.common
@role_argument
@type_argument
@_operations(required=True)
@click.option(
    "--scope",
    metavar="own|team|all|EXPR",
    default="all",
    help=_("For which records: own, team, all (by itself), or where an expression holds."),
)
@_options.dry_run
@_options.as_json
def deny(
    session: Session,
    db: str | None,
    role_key: str,
    type_key: str,
    operations: tuple[str, ...],
    scope: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Forbid a role something, whatever it and other roles let; all is every operation."""

    def make(role: Any, type_: Any) -> Sequence[Any]:
        from crmtui.store.permission_changes import denied

        return denied(role, type_, operations, scope)

    _change(session, db, role_key, type_key, make, dry_run=dry_run, as_json=as_json)


@command(epilog="Example: crmtui role revoke sales deal move,export")
@_options.common
@role_argument
@type_argument
@_operations(required=False)
@click.option("--if-exists", is_flag=True, help=_("Do nothing when there is none."))
@_options.dry_run
@_options.as_json
def revoke(
    session: Session,
    db: str | None,
    role_key: str,
    type_key: str,
    operations: tuple[str, ...],
    if_exists: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take back what was granted and denied.

    Without operations all that the role says of the type, of its fields and stages too.
    """

    def make(role: Any, type_: Any) -> Sequence[Any]:
        from crmtui.store.permission_changes import revoked

        return revoked(role, type_, operations)

    _change(
        session,
        db,
        role_key,
        type_key,
        make,
        dry_run=dry_run,
        as_json=as_json,
        taking_back=True,
        if_exists=if_exists,
    )


@command(epilog="Example: crmtui role field sales customer.phone --mask '138****1234'")
@_options.common
@role_argument
@click.argument(
    "words",
    nargs=-1,
    metavar="TYPE.FIELD...",
    shell_complete=_complete.definitions("field"),
)
@click.option("--hide", is_flag=True, help=_("It is not there for them."))
@click.option(
    "--mask",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[PATTERN]",
    help=_("Show a part of it; in a pattern like 138****1234 a * hides a character."),
)
@click.option("--read-only", is_flag=True, help=_("They see it and cannot set it."))
@click.option("--deny", is_flag=True, help=_("Hide it even where another role shows it."))
@click.option("--show", is_flag=True, help=_("Show it whole again."))
@_options.dry_run
@_options.as_json
def field(
    session: Session,
    db: str | None,
    role_key: str,
    words: tuple[str, ...],
    hide: bool,
    mask: str | None,
    read_only: bool,
    deny: bool,
    show: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Hide fields from a role, mask them, or make them read-only.

    What one role hides is seen by way of another that does not; what one denies is not.
    """
    if sum((hide, mask is not None, read_only, deny, show)) != 1:
        raise click.UsageError(_("choose one of --hide, --mask, --read-only, --deny and --show"))
    if mask and "*" not in mask and not words:
        # What stands behind --mask is a field where no other word is one.
        words, mask = (mask,), ""
    if not words:
        raise click.UsageError(_("say the field too: {type}.FIELD").format(type="TYPE"))
    level = "hidden" if hide else "read-only" if read_only else "denied" if deny else ""
    if mask is not None:
        level = f"masked:{mask}" if mask else "masked"
    type_key, keys = _fields.fields(words)

    def make(role: Any, type_: Any) -> Sequence[Any]:
        from crmtui.store.permission_changes import of_fields

        return of_fields(role, type_, keys, level)

    _change(session, db, role_key, type_key, make, dry_run=dry_run, as_json=as_json)


@command(epilog="Example: crmtui role stage sales deal won --deny enter,edit")
@_options.common
@role_argument
@click.argument("type_key", metavar="TYPE", shell_complete=_complete.types)
@click.argument("place", metavar="STAGE[.STATUS]", shell_complete=_complete.of_type("stages"))
@click.option(
    "--deny",
    multiple=True,
    metavar="see,edit,enter,leave",
    help=_("What they must not do there; all is each of it."),
)
@click.option(
    "--allow", multiple=True, metavar="see,edit,enter,leave", help=_("What is forbidden no more.")
)
@_options.dry_run
@_options.as_json
def stage(
    session: Session,
    db: str | None,
    role_key: str,
    type_key: str,
    place: str,
    deny: tuple[str, ...],
    allow: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Forbid a role something at a stage or a status, or allow it again.

    see: records that stand there; edit: to change, remove or give them away; enter: to move or add
    records there; leave: to move them away.
    """
    if not deny and not allow:
        raise click.UsageError(_("say what: --deny or --allow see,edit,enter,leave"))

    def make(role: Any, type_: Any) -> Sequence[Any]:
        from crmtui.store.permission_changes import at_stage

        return at_stage(role, type_, place, deny, allow)

    _change(session, db, role_key, type_key, make, dry_run=dry_run, as_json=as_json)
