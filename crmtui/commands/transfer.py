"""`crmtui record import` and `crmtui record export`: files of records."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, BinaryIO

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._complete import types
from crmtui.commands._errors import say, warn
from crmtui.commands._output import emit, json_text, write
from crmtui.commands._paths import FILE
from crmtui.commands._replaced import replaced
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.store.errors import Misused, NotFound
from crmtui.store.remote import require_own_file

REJECTS_SHOWN = 20


@command(
    "import",
    epilog="Example: crmtui record import deal deals.csv --map 'Deal Size=value' --match name",
)
@_options.common
@click.argument("type_key", metavar="TYPE", shell_complete=types)
@click.argument("file", default="-", metavar="[FILE|-]", type=FILE)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help=_("Which field a column fills; COLUMN= leaves it out."),
)
@click.option(
    "--match",
    metavar="FIELD",
    help=_("Change the record that has the same value instead of adding one."),
)
@click.option(
    "--stage-field", metavar="COLUMN", help=_("The column that names the stage, by key or label.")
)
@click.option(
    "--create-missing",
    "creates",
    multiple=True,
    metavar="TYPE",
    shell_complete=types,
    help=_("Make the records of this type that links name and nobody made yet."),
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "tsv", "json", "ndjson"]),
    help=_("The format; else found out."),
)
@click.option("--encoding", metavar="NAME", help=_("The encoding; else found out."))
@click.option("--delimiter", metavar="CHAR", help=_("What sets columns apart; else found out."))
@click.option(
    "--rejects",
    metavar="FILE|-",
    type=FILE,
    help=_("Write rejected rows with their reasons here, as CSV."),
)
@click.option(
    "--keep-going", is_flag=True, help=_("Import the good rows even when others are rejected.")
)
@click.option(
    "--round",
    "rounding",
    is_flag=True,
    help=_("Round numbers that have more decimals than their field, instead of rejecting them."),
)
@_options.date_order
@_options.dry_run
@_options.as_json
def import_(
    session: Session,
    db: str | None,
    type_key: str,
    file: str,
    maps: tuple[str, ...],
    match: str | None,
    stage_field: str | None,
    creates: tuple[str, ...],
    format_: str | None,
    encoding: str | None,
    delimiter: str | None,
    rejects: str | None,
    keep_going: bool,
    rounding: bool,
    date_order: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Add or update records from a CSV, TSV, JSON or NDJSON file: all of it or none.

    Encoding and delimiter are found out. Rows that cannot be taken are named by line and reason.
    """
    from crmtui.store.import_options import ImportOptions, RejectedRows
    from crmtui.store.kinds import Reading
    from crmtui.store.reading import open_source

    if as_json and rejects == "-":
        raise Misused("two-outputs", N_("--json and --rejects - both write to standard output"))
    refused: RejectedRows | None = None
    with session.workspace(db) as workspace:
        type_key = workspace.type(type_key).key
        with _opened(file) as stream:
            source = open_source(
                stream,
                name=_("standard input") if file == "-" else file,
                format=format_,
                encoding=encoding,
                delimiter=_delimiter(delimiter),
            )
            with _reject_file(rejects, source.columns) as rejected:
                options = ImportOptions(
                    columns=_mapping(maps),
                    match=match,
                    stage_field=stage_field,
                    create_missing=frozenset(creates),
                    keep_going=keep_going,
                    reading=Reading(date_order=date_order),
                    rejected=rejected,
                    rounding=rounding,
                )
                try:
                    with _progress(stream) as progress:
                        result = workspace.import_records(
                            type_key, source, options, progress, dry_run=dry_run
                        )
                except RejectedRows as problem:
                    # The file of rejected rows is kept all the same: it is what was asked for.
                    refused, result = problem, problem.result
    _tell_rejects(result, rejects)
    if refused and not dry_run:
        raise refused
    _tell(result, as_json, dry_run)
    return 1 if result.rejected else 0


@command("export", epilog="Example: crmtui record export deal -o deals.csv")
@_options.common
@click.argument("type_key", metavar="TYPE", shell_complete=types)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "tsv", "json", "ndjson"]),
    help=_("The format; else by the name of the file, else CSV."),
)
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    type=FILE,
    help=_("Where to; else standard output."),
)
@click.option("--where", metavar="EXPR", help=_("Only records that match."))
@click.option(
    "--fields", metavar="FIELD,...", help=_("The columns; else all that import reads back.")
)
@click.option("--spreadsheet", is_flag=True, help=_("CSV in which nothing is run as a formula."))
def export(
    session: Session,
    db: str | None,
    type_key: str,
    format_: str | None,
    path: str | None,
    where: str | None,
    fields: str | None,
    spreadsheet: bool,
) -> None:
    """Write all records of a type; what it writes, import reads back without a difference."""
    suffix = os.path.splitext(path or "")[1].lstrip(".").lower()
    chosen = format_ or {"jsonl": "ndjson"}.get(suffix, suffix)
    if chosen not in ("csv", "tsv", "json", "ndjson"):
        chosen = "csv"
    with session.workspace(db) as workspace:
        selection = workspace.export(
            type_key, where=where, fields=fields.split(",") if fields else None
        )
        columns = [c for c in selection.plan.shown if fields or c.key != "id"]
        if path in (None, "-"):
            write(columns, selection.rows, chosen, header=True, spreadsheet=spreadsheet)
            return
        with replaced(path) as stream:
            stdout, sys.stdout = sys.stdout, stream
            try:
                count = write(columns, selection.rows, chosen, header=True, spreadsheet=spreadsheet)
            finally:
                sys.stdout = stdout
        say(N_("{count} records written to {path}"), count=count, path=path)


def _mapping(maps: tuple[str, ...]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for text in maps:
        column, equals, key = text.rpartition("=")
        if not equals or not column:
            raise Misused("bad-map", N_("{text} is no mapping; write COLUMN=FIELD"), text=text)
        if column in mapping:
            raise Misused("mapped-twice", N_("the column {column} is mapped twice"), column=column)
        mapping[column] = key.strip()
    return mapping


def _delimiter(text: str | None) -> str | None:
    return {"tab": "\t", "\\t": "\t"}.get(text or "", text)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    require_own_file(file)
    try:
        stream = open(file, "rb")  # noqa: SIM115
    except OSError as problem:
        raise NotFound(
            "no-such-file",
            N_("{path} cannot be read: {reason}"),
            path=file,
            reason=problem.strerror,
        ) from problem
    with stream:
        yield stream


@contextmanager
def _reject_file(path: str | None, columns: list[str]) -> Iterator[Callable[[Any], None] | None]:
    """Gives what writes a rejected row: line and reason, then its values as they came.

    Line and reason come first, so that they keep their place beside a row of too many values.
    """
    if path is None:
        yield None
        return
    import csv

    from crmtui.store.import_options import REJECT_COLUMNS

    own = [index for index, name in enumerate(columns) if name not in REJECT_COLUMNS]
    with nullcontext(sys.stdout) if path == "-" else replaced(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*REJECT_COLUMNS, *(columns[index] for index in own)])

        def write_row(reject: Any) -> None:
            values = reject.values
            if len(values) == len(columns):
                values = [values[index] for index in own]
            writer.writerow([reject.line, reject.reason.text(_), *map(_cell, values)])

        yield write_row


def _cell(value: Any) -> str:
    """A value of a rejected row as CSV holds it; links of JSON by their references."""
    if value is None:
        return ""
    if isinstance(value, dict) and "ref" in value:
        value = value["ref"]
    if isinstance(value, dict) and value.keys() >= {"name", "sha256"}:
        value = f"{value['sha256']}/{value['name']}"
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        value = ",".join(map(_cell, value))
    return value if isinstance(value, str) else json_text(value)


@contextmanager
def _progress(stream: BinaryIO) -> Iterator[Callable[[int], None] | None]:
    """A bar on standard error, only on a terminal, only for what takes longer than a second."""
    if not sys.stderr.isatty():
        yield None
        return
    import time

    try:
        size = os.fstat(stream.fileno()).st_size
    except (OSError, ValueError):
        size = 0
    started = time.monotonic()
    shown = False

    def progress(rows: int) -> None:
        nonlocal shown
        if time.monotonic() - started < 1:
            return
        shown = True
        try:
            share = min(stream.tell() / size, 1.0) if size else 0.0
        except (OSError, ValueError):
            share = 0.0
        bar = f"[{'#' * int(share * 30):30}] {share:4.0%} " if size else ""
        sys.stderr.write("\r" + bar + _("{n} rows").format(n=f"{rows:,}"))
        sys.stderr.flush()

    try:
        yield progress
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")


def _tell_rejects(result: Any, path: str | None) -> None:
    for reject in result.first_rejects[:REJECTS_SHOWN]:
        warn(N_("line {line}: {reason}"), line=reject.line, reason=reject.reason)
    more = result.rejected - min(len(result.first_rejects), REJECTS_SHOWN)
    if more > 0:
        warn(N_("and {count} more rejected rows"), count=more)
    if path and path != "-" and result.rejected:
        say(N_("rejected rows are in {path}"), path=path)


def _tell(result: Any, as_json: bool, dry_run: bool) -> None:
    if result.ignored_columns:
        say(
            N_("columns that are no field, not imported: {columns}"), columns=result.ignored_columns
        )
    for key, count in result.created.items():
        say(N_("{count} records of {type} made for links"), count=count, type=key)
    if as_json:
        emit(
            json_text(
                {
                    "added": result.added,
                    "updated": result.updated,
                    "unchanged": result.unchanged,
                    "rejected": result.rejected,
                    "created": result.created,
                    "ignored_columns": result.ignored_columns,
                    "dry_run": dry_run,
                    "rejects": [
                        {"line": r.line, "reason": r.reason.text(_)} for r in result.first_rejects
                    ],
                }
            )
        )
        return
    say(
        N_("{added} added, {updated} updated, {unchanged} unchanged, {rejected} rejected (dry run)")
        if dry_run
        else N_("{added} added, {updated} updated, {unchanged} unchanged, {rejected} rejected"),
        added=result.added,
        updated=result.updated,
        unchanged=result.unchanged,
        rejected=result.rejected,
    )
