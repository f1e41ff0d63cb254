"""`crmtui record assign`, `share`, `unshare` and `shares`: whose records are, and who else sees."""

from typing import Any

import click

from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._errors import say_all, say_undone
from crmtui.commands._output import Fact, emit, json_text, write
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.model.message import Message

refs_argument = click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE/NUMBER...",
    shell_complete=_complete.records,
)
with_option = click.option(
    "--with",
    "grantees",
    multiple=True,
    required=True,
    metavar="[user:|team:|role:]KEY",
    shell_complete=_complete.grantees,
    help=_("Whom: a user, team:KEY or role:KEY; once for each."),
)


@command(epilog="Example: crmtui record list deal --ids | crmtui record assign - bob")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE/NUMBER... USER",
    shell_complete=_complete.records_and_users,
)
@_options.dry_run
@_options.as_json
def assign(
    session: Session, db: str | None, words: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Give records to another user; `-` reads references from standard input.

    The owner is the type's field for it (type set TYPE --owner FIELD), else its first field of
    kind user.
    """
    from crmtui.commands._values import references

    *refs, user = words
    if not refs:
        raise click.UsageError(_("say which records, then the user"))
    done = []
    with session.workspace(db) as workspace, workspace.handing_over(dry_run=dry_run) as handing:
        for ref in references(refs):
            changed = handing.assign(ref, user)
            done.append((ref, "assigned" if changed else "unchanged", {"user": user}))
    _tell(done, as_json=as_json, dry_run=dry_run)


@command(epilog="Example: crmtui record share deal/17 --with bob --with team:north --update")
@_options.common
@refs_argument
@with_option
@click.option("--update", is_flag=True, help=_("They may change it, too."))
@_options.dry_run
@_options.as_json
def share(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    grantees: tuple[str, ...],
    update: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Let others see single records, besides what their roles let.

    It reaches who may see records of the type at all. `-` reads references from standard input.
    """
    from crmtui.commands._values import references

    done = []
    with session.workspace(db) as workspace, workspace.sharing(dry_run=dry_run) as sharing:
        for ref in references(words):
            for grantee in grantees:
                changed = sharing.share(ref, grantee, update=update)
                done.append((ref, "shared" if changed else "unchanged", {"with": grantee}))
    _tell(done, as_json=as_json, dry_run=dry_run)


@command(epilog="Example: crmtui record unshare deal/17 --with team:north")
@_options.common
@refs_argument
@with_option
@_options.dry_run
@_options.as_json
def unshare(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    grantees: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take back that records are shared; `-` reads references from standard input."""
    from crmtui.commands._values import references

    done = []
    with session.workspace(db) as workspace, workspace.sharing(dry_run=dry_run) as sharing:
        for ref in references(words):
            for grantee in grantees:
                changed = sharing.unshare(ref, grantee)
                done.append((ref, "unshared" if changed else "unchanged", {"with": grantee}))
    _tell(done, as_json=as_json, dry_run=dry_run)


@command(epilog="Example: crmtui record shares deal/17 --json")
@_options.common
@click.argument("ref", metavar="TYPE/NUMBER", shell_complete=_complete.records)
@_options.output
def shares(session: Session, db: str | None, ref: str, format_: str | None) -> None:
    """Show whom a record is shared with, and for what."""
    with session.workspace(db) as workspace:
        found = workspace.explaining().shares(ref)
    columns = [
        Fact("with", lambda each: str(each.grantee), N_("With")),
        _Word("for", lambda each: each.what, N_("For")),
        _At("at", lambda each: each.at, N_("When")),
        Fact("by", lambda each: each.by, N_("Who")),
    ]
    write(columns, found, format_, ref=lambda each: str(each.grantee))


class _At(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        from crmtui.store.dates import local_text

        return local_text(self.plain(row))


class _Word(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        return _(self.plain(row))


_CHANGES = {
    "assigned": N_("{ref} given to {user}"),
    "shared": N_("{ref} shared with {with}"),
    "unshared": N_("{ref} no longer shared with {with}"),
    "unchanged": N_("{ref} unchanged"),
}


def _tell(done: list[tuple[str, str, dict[str, str]]], *, as_json: bool, dry_run: bool) -> None:
    """Tell what came of the records, once it is certain."""
    if as_json:
        for ref, change, facts in done:
            emit(json_text({"ref": ref, "change": change} | facts))
    else:
        say_all([Message(_CHANGES[change], ref=ref, **facts) for ref, change, facts in done])
    if dry_run:
        say_undone()
