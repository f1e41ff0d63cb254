"""`crmtui apply`, `diff` and `export`: the configuration as a file."""

import os
import sys
from typing import Any

import click

from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._output import emit, json_text
from crmtui.commands._paths import FILE
from crmtui.commands._plan import emit_plan, told, with_examples
from crmtui.commands._replaced import replaced
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.store.errors import NotFound

DOCUMENTS = (".yaml", ".yml", ".json")
"""How the names of files end that a folder is read for."""


def _document(files: tuple[str, ...]) -> dict[str, Any]:
    """The document that files and folders hold together."""
    from crmtui.commands._values import file_text
    from crmtui.store import spec

    documents = []
    for path in _paths(files):
        name = _("standard input") if path == "-" else path
        documents.append((name, spec.read(file_text(path, spec.MAX_BYTES), name)))
    return spec.merged(documents)


def _paths(files: tuple[str, ...]) -> list[str]:
    """The files themselves, and those that lie in a folder, by name."""
    paths: list[str] = []
    for file in files:
        if file != "-" and os.path.isdir(file):
            found = documents_in(file)
            if not found:
                raise NotFound("no-such-file", N_("{path} holds no YAML or JSON file"), path=file)
            paths += found
        else:
            paths.append(file)
    return paths


def documents_in(folder: str) -> list[str]:
    """The documents of a folder, by name; hidden files are none."""
    return [
        os.path.join(folder, name)
        for name in sorted(os.listdir(folder))
        if name.endswith(DOCUMENTS) and not name.startswith(".")
    ]


def _file_option(command: Any) -> Any:
    return click.option(
        "-f",
        "--file",
        "files",
        required=True,
        multiple=True,
        metavar="FILE|DIR",
        type=FILE,
        help=_("YAML or JSON, or a folder of such files; - for standard input. May be repeated."),
    )(command)


def _prune_option(command: Any) -> Any:
    return click.option(
        "--prune",
        is_flag=True,
        help=_(
            "Retire what the file does not mention: types where it states types:, roles where it"
            " states roles:, and so on."
        ),
    )(command)


@command(epilog="Example: crmtui apply -f crm.yaml --dry-run")
@_options.common
@_file_option
@_prune_option
@click.option(
    "--allow-data-loss",
    is_flag=True,
    help=_("Also when values cannot be converted and are cleared."),
)
@click.option(
    "--overwrite",
    is_flag=True,
    help=_("Also when it undoes what was changed elsewhere since the last apply."),
)
@_options.dry_run
@_options.as_json
def apply(
    session: Session,
    db: str | None,
    files: tuple[str, ...],
    prune: bool,
    allow_data_loss: bool,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make the configuration what a file says, in one transaction."""
    document = _document(files)
    with session.workspace(db, create=True) as workspace:
        done = workspace.apply(
            document,
            prune=prune,
            allow_data_loss=allow_data_loss,
            overwrite=overwrite,
            dry_run=dry_run,
        )
    if as_json:
        emit(json_text(told(done.changes, done.effects, done.drift)))
        return
    emit_plan(done.changes)
    for each in done.drift:
        say("! {drift}", drift=each.message)
    for effect in done.effects:
        say("  {effect}", effect=with_examples(effect))
    if dry_run:
        say(N_("{count} changes, undone again (dry run)"), count=len(done.changes))
    elif done.changes:
        say(N_("{count} changes"), count=len(done.changes))
    else:
        say(N_("nothing to change"))


@command(epilog="Example: crmtui diff -f crm.yaml || crmtui apply -f crm.yaml")
@_options.common
@_file_option
@_prune_option
@_options.as_json
def diff(
    session: Session, db: str | None, files: tuple[str, ...], prune: bool, as_json: bool
) -> int:
    """Show what apply would change: exit 0 when nothing, 1 when something, more on errors.

    Below a change stands what it does to records; ! marks what was changed elsewhere since the last
    apply and would be undone.
    """
    from crmtui.store.errors import Misused, Refused

    effects: list[Any] = []
    drift: list[Any] = []
    try:
        document = _document(files)
        with session.workspace(db) as workspace:
            changes = workspace.changes_to(document, prune=prune)
            if changes:
                changes, effects, drift = workspace.proposal(document, prune=prune)
    except Refused as problem:
        # 1 means that something differs, so a refusal must end with another exit code.
        template = problem.message.template
        raise Misused(problem.code, template, problem.hint, **problem.facts) from problem
    if as_json:
        emit(json_text(told(changes, effects, drift)))
    else:
        emit_plan(changes, effects, drift)
    return 1 if changes else 0


@command(epilog="Example: crmtui export deal account > crm.yaml")
@_options.common
@click.argument("types", nargs=-1, metavar="[TYPE...]", shell_complete=_complete.types)
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE|DIR/",
    type=FILE,
    help=_(
        "Where to; what stands there is brought up to date. A folder gets a file for each type, and"
        " one each for categories, teams, roles and users."
    ),
)
@click.option(
    "--people",
    is_flag=True,
    help=_("Also the users, with their roles and teams, and who leads a team."),
)
@click.option(
    "--schema",
    is_flag=True,
    help=_("Print the JSON Schema of such files instead, by which an editor checks them."),
)
@_options.as_json
def export(
    session: Session,
    db: str | None,
    types: tuple[str, ...],
    path: str | None,
    people: bool,
    schema: bool,
    as_json: bool,
) -> None:
    """Write the configuration as a file that apply reads.

    Teams and roles are in it where there are any, unless types are named.

    A file that exists is changed where it differs and nowhere else: comments, quotes and order
    stay. What it says of what is not in use any more is taken out.

    An editor that knows YAML schemas checks and completes a file whose first line is
    # yaml-language-server: $schema=FILE, with the file that --schema printed.
    """
    from crmtui.store import spec

    if schema:
        emit(json_text(spec.schema(_), pretty=True))
        return
    with session.workspace(db) as workspace:
        if path not in (None, "-"):
            for each, now, text in _files(workspace, path, types, people, as_json):
                _bring_up_to_date(each, now, text)
            return
        document = workspace.document(types, people=people)
    if as_json:
        emit(json_text(document, pretty=True))
    else:
        sys.stdout.write(spec.write(document))


def _files(
    workspace: Any, path: str, types: tuple[str, ...], people: bool, as_json: bool
) -> list[tuple[str, str | None, str | None]]:
    """Paths of files, what each holds and what it should hold; None where there is no such file."""
    from crmtui.commands._values import file_text
    from crmtui.store import spec

    folder = path if path.endswith(os.sep) or os.path.isdir(path) else None
    existing = [path] if folder is None and os.path.exists(path) else []
    if folder is not None and os.path.isdir(folder):
        existing = documents_in(folder)
    texts = {each: file_text(each, spec.MAX_BYTES) for each in existing}
    if folder is None and (as_json or path.endswith(".json")) and not texts.get(path, "").strip():
        document = workspace.document(types, people=people)
        return [(path, texts.get(path), json_text(document, pretty=True) + "\n")]
    existing_texts = texts if folder else {path: texts.get(path, "")}
    made = workspace.files(existing_texts, types, folder, people=people)
    return [(each, texts.get(each), text) for each, text in made.items()]


def _bring_up_to_date(path: str, now: str | None, text: str | None) -> None:
    """Write a file whole or not at all; one that holds what it should is left alone."""
    if text is None:
        os.remove(path)
        say(N_("{path} removed: nothing that it defines is in use"), path=path)
    elif text != now:
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with replaced(path) as stream:
            stream.write(text)
        say(N_("{path} written"), path=path)
