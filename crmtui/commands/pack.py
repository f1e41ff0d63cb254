"""`crmtui pack`: ready-made business types."""

import sys
from collections.abc import Iterable
from typing import Any

import click

from crmtui.cli import LazyGroup
from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._errors import say, say_all, say_undone
from crmtui.commands._output import Fact, default_format, emit, json_text, write
from crmtui.commands._plan import emit_plan, told
from crmtui.commands._session import Session
from crmtui.i18n import N_, _, language
from crmtui.model.message import Message
from crmtui.terminal import shown

group = LazyGroup(
    "pack",
    help=_("Ready-made business types."),
    epilog="Example: crmtui pack install customer opportunity",
    table={
        "list": ("pack:list_", N_("List the packs, and which are installed.")),
        "show": ("pack:show", N_("Show what is in a pack.")),
        "install": ("pack:install", N_("Install packs, or bring them up to date.")),
        "upgrade": ("pack:upgrade", N_("Bring installed packs up to date.")),
        "remove": ("pack:remove", N_("Retire the types that came from packs.")),
    },
)


def files(words: Iterable[str]) -> list[Any]:
    """The packs that words name: keys, groups, paths of files, `-` for standard input.

    Raises:
        NotFound: there is no such pack, or no such file.
        Refused: a file is no pack.
    """
    from crmtui.commands._values import file_text
    from crmtui.store import spec
    from crmtui.store.packs import files as pack_files

    found: dict[str, Any] = {}
    for word in words:
        if _is_path(word):
            name = _("standard input") if word == "-" else word
            pack = pack_files.read(file_text(word, spec.MAX_BYTES), name)
            found[pack.key] = pack
            continue
        for key in pack_files.members([word]):
            if key not in found:
                found[key] = pack_files.packaged(key)
    return list(found.values())


def _is_path(word: str) -> bool:
    return word == "-" or "/" in word or word.endswith((".yaml", ".yml", ".json"))


class _Labels(Fact):
    """What a thing is called: in the language of the user to people, in English to machines."""

    def text(self, row: Any, language: str = "en") -> str:
        return (row.label_zh if language.startswith("zh") else None) or row.label or ""


@command(epilog="Example: crmtui pack list")
@_options.common
@_options.output
def list_(session: Session, db: str | None, format_: str | None) -> None:
    """List the packs, and which are installed.

    Without a workspace it lists those that there are to install.
    """
    write(
        [
            Fact("key", lambda state: state.key, N_("Pack")),
            _Labels("label", lambda state: state.label, N_("Label")),
            _OfMachines("label_zh", lambda state: state.label_zh),
            Fact("version", lambda state: state.version, N_("Version")),
            Fact("installed", lambda state: state.installed, N_("Installed")),
            Fact("types", lambda state: list(state.types), N_("Types")),
        ],
        _states(session, db),
        format_,
        ref=lambda state: state.key,
        sparse=True,
    )


class _OfMachines(Fact):
    """A column that a table for people does without."""

    def text(self, row: Any, language: str = "en") -> str:
        return ""


def _states(session: Session, db: str | None) -> list[Any]:
    from crmtui.store.errors import NotFound
    from crmtui.store.packs.installing import available

    try:
        with session.workspace(db) as workspace:
            return workspace.packs()
    except NotFound as problem:
        if problem.code != "no-workspace":
            raise
        return available()


@command(epilog="Example: crmtui pack show opportunity --yaml")
@_options.common
@click.argument("word", metavar="PACK|FILE", shell_complete=_options.completing("packs"))
@click.option("--yaml", "as_yaml", is_flag=True, help=_("Its file, as it is."))
@_options.output
def show(session: Session, db: str | None, word: str, as_yaml: bool, format_: str | None) -> None:
    """Show what is in a pack: its types, their fields and stages.

    PACK may be one that was installed from a file.
    """
    if as_yaml and format_:
        raise click.UsageError(_("choose one format"))
    pack = _one(session, db, word)
    if as_yaml:
        sys.stdout.write(pack.text if pack.text.endswith("\n") else pack.text + "\n")
    elif format_ == "json":
        emit(json_text(_as_json(pack), pretty=sys.stdout.isatty()))
    else:
        if (format_ or default_format()) == "table":
            emit(shown(f"{pack.name(language())}  {pack.about(language())}".rstrip()) + "\n")
        write(_PARTS, pack.parts(), format_, ref=lambda part: part.ref, sparse=True)


def _one(session: Session, db: str | None, word: str) -> Any:
    """The pack of the program, of a file, or else of the workspace."""
    from crmtui.store.errors import NotFound
    from crmtui.store.packs import files as pack_files

    try:
        found = files([word])
    except NotFound as problem:
        if problem.code != "no-such-pack":
            raise
        try:
            with session.workspace(db) as workspace:
                return workspace.installed_pack(word)
        except NotFound:
            raise problem from None
    if len(found) > 1:
        raise click.UsageError(
            _("{group} stands for {packs}; show one of them").format(
                group=word, packs=", ".join(pack.key for pack in found)
            )
        )
    assert isinstance(found[0], pack_files.PackFile)
    return found[0]


_PARTS = [
    Fact("ref", lambda part: part.ref, N_("Reference")),
    Fact("noun", lambda part: part.noun),
    _Labels("label", lambda part: part.label, N_("Label")),
    _OfMachines("label_zh", lambda part: part.label_zh),
    Fact("what", lambda part: part.what),
]


def _as_json(pack: Any) -> dict[str, Any]:
    head = {
        name: getattr(pack, name)
        for name in ("key", "version", "label", "label_zh", "description", "description_zh")
    }
    return head | pack.document


@command(epilog="Example: crmtui pack install customer opportunity --dry-run")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="PACK|GROUP|FILE...",
    shell_complete=_options.completing("packs"),
)
@click.option(
    "--merge", is_flag=True, help=_("Add to types that are there already what they lack.")
)
@_options.dry_run
@_options.as_json
def install(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    merge: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Install packs, or bring them up to date; what users changed stays.

    GROUP is customers, sales, marketing, service, partners, projects or all. FILE is a pack of
    your own, - standard input. What names types that are not there yet is added when they come.
    """
    wanted = files(words)
    with session.workspace(db, create=True) as workspace:
        outcome = workspace.install_packs(wanted, merge=merge, dry_run=dry_run)
    tell(outcome, dry_run=dry_run, as_json=as_json)


@command(epilog="Example: crmtui pack upgrade --dry-run")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    metavar="[PACK|GROUP|FILE...]",
    shell_complete=_options.completing("packs"),
)
@_options.dry_run
@_options.as_json
def upgrade(
    session: Session, db: str | None, words: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Bring installed packs up to date, all of them when none is named.

    What users changed, renamed or retired since stays as they made it.
    """
    wanted = files(words)
    with session.workspace(db) as workspace:
        outcome = workspace.upgrade_packs(wanted, dry_run=dry_run)
    tell(outcome, dry_run=dry_run, as_json=as_json)


@command(epilog="Example: crmtui pack remove complaint")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="PACK...",
    shell_complete=_options.completing("installed_packs"),
)
@click.option(
    "--force", is_flag=True, help=_("Also types that hold records, which are kept with them.")
)
@_options.dry_run
@_options.as_json
def remove(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Retire the types that came from packs; install brings them back, with their data."""
    with session.workspace(db) as workspace:
        outcome = workspace.remove_packs(words, force=force, dry_run=dry_run)
    tell(outcome, dry_run=dry_run, as_json=as_json)


def tell(outcome: Any, *, dry_run: bool = False, as_json: bool = False) -> None:
    """What came of packs: the plan as data, what stayed and what waits as narration."""
    if as_json:
        emit(
            json_text(
                {
                    "changes": told(outcome.changes),
                    "kept": [message.text() for message in outcome.kept],
                    "waiting": list(outcome.waiting),
                }
            )
        )
    else:
        emit_plan(outcome.changes)
    say_all([Message(N_("kept: {what}"), what=message) for message in outcome.kept])
    _tell_waiting(outcome)
    if dry_run:
        say_undone()
    elif not outcome.changes:
        say(N_("nothing to change"))


def tell_briefly(outcome: Any) -> None:
    """What came of packs where the plan is not asked for: the types, and what waits."""
    types = [each.ref for each in outcome.changes if (each.verb, each.noun) == ("add", "type")]
    say(N_("types: {types}"), types=types)
    _tell_waiting(outcome)


def _tell_waiting(outcome: Any) -> None:
    if outcome.waiting:
        say(N_("left out until what they name is there: {refs}"), refs=list(outcome.waiting))
