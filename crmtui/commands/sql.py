"""`crmtui sql`: a question in SQL over the records that the user may read."""

import sys
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._output import Fact, default_format, json_text, write
from crmtui.commands._session import Session
from crmtui.commands._values import file_text, values
from crmtui.i18n import N_, _, language
from crmtui.store.errors import Misused
from crmtui.store.sql.limits import ROWS, SECONDS, TEXT, Limits

if TYPE_CHECKING:
    from crmtui.store.sql.shapes import ColumnShape
    from crmtui.store.workspace import Workspace

TERMINAL_ROWS = 50
"""Rows shown on a terminal unless `--max-rows` says otherwise."""


@command(
    epilog='Example: crmtui sql "select stage, count(*), sum(value) from deal group by 1" --json'
)
@_options.common
@click.argument("sql", metavar="[SQL|-]", required=False)
@click.argument("words", metavar="[NAME=VALUE...]", nargs=-1)
@click.option("--tables", is_flag=True, help=_("What can be asked: a table for each type."))
@click.option("--schema", is_flag=True, help=_("The columns of all tables, or of the one named."))
@click.option(
    "--max-rows",
    type=click.IntRange(0),
    metavar="N",
    help=_("Refuse an answer of more rows; 0 for any number. Else a million."),
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    default=SECONDS,
    metavar="SECONDS",
    help=_("Give up after so many seconds; else 30."),
)
@click.option(
    "--header/--no-header", default=None, help=_("A line of column names first (TSV, CSV).")
)
@click.option("--spreadsheet", is_flag=True, help=_("CSV in which nothing is run as a formula."))
@_options.output
def sql(
    session: Session,
    db: str | None,
    sql: str | None,
    words: tuple[str, ...],
    tables: bool,
    schema: bool,
    max_rows: int | None,
    timeout: float,
    header: bool | None,
    spreadsheet: bool,
    format_: str | None,
) -> None:
    """Ask in SQL over a copy of the records that you may read.

    One SELECT, WITH ... SELECT or VALUES of SQLite. A type is a table and a field a column: see
    --tables and --schema TYPE. Removed records, retired fields and what is hidden from you are not
    there, and nothing can be written. :name in the question is the value of NAME=VALUE, or of
    NAME:=5 for numbers; - reads the question from a pipe.

    A column is what the field means in an expression: money and decimals are plain numbers, dates
    text as 2026-10-01, moments text in UTC, booleans 1 and 0, durations seconds, a user their
    name, a choice its key. Every table has id, ref (deal/42), revision, created_at, created_by,
    updated_at and updated_by, and with stages stage, status and status_since.

    A link is the id of its record, to join by, and LINK_title its title. A multilink is a JSON
    list of ids, and its _title the titles. Choices and tags are JSON lists, an address a JSON
    object, a person the whole name, and its _parts a JSON object: has(), json_get() and json_each()
    look into them. Where a field has such a name itself, the column is that field.

    What SQLite computes with can be called: aggregates, window functions, JSON, dates, texts,
    mathematics; and as in expressions today(), now(), me(), my_team(), days_since(),
    days_until(), year(), quarter(), month(), days(), hours(), minutes(), contains(), has() and
    json_get().

    An answer may take 30 seconds and have 1000000 rows unless --timeout and --max-rows say
    otherwise, read 2000000 records and use 512 MiB of memory; what goes beyond is refused. A
    terminal shows the first 50 rows, and says so. Only the columns that are named are copied. Two
    columns of one name are told apart by a number; a blob is written as X'00FF'.
    """
    with session.workspace(db) as workspace:
        if tables or schema:
            _write_shapes(workspace, sql, words, whole=schema, header=header, format_=format_)
            return
        if sql is None:
            raise Misused("no-sql", N_("there is nothing to ask"), "crmtui help sql")
        text = file_text("-", TEXT * 4) if sql == "-" else sql
        shortened = max_rows is None and format_ is None and sys.stdout.isatty()
        rows = None if shortened or max_rows == 0 else (max_rows or ROWS)
        wanted = TERMINAL_ROWS + 1 if shortened else None
        bounds = Limits(timeout, rows, wanted)
        with workspace.sql(text, _parameters(words), limits=bounds) as answer:
            found = iter(answer)
            count = write(
                answer.columns,
                islice(found, TERMINAL_ROWS) if shortened else found,
                format_,
                header=header,
                spreadsheet=spreadsheet,
            )
            if count == 0 and sys.stdout.isatty():
                say(N_("no rows"))
            if shortened and next(found, None) is not None:
                say(N_("the first {count} rows; --max-rows 0 shows all"), count=count)


def _parameters(words: tuple[str, ...]) -> dict[str, Any]:
    """The values of parameters, as SQL takes them: numbers and texts; lists and objects as JSON."""
    return {name: _bound(name, value) for name, value in values(words).items()}


def _bound(name: str, value: Any) -> Any:
    from crmtui.store.uploads import Upload
    from crmtui.store.values import Edit

    if isinstance(value, Edit):
        raise Misused("bad-value", N_("{word} is no value; write NAME=VALUE"), word=name)

    if isinstance(value, Upload):
        return value.text()
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list | dict):
        return json_text(value)
    return float(value)


class _Shape(NamedTuple):
    """A column of a table, or a table by itself."""

    table: str
    label: str
    column: "ColumnShape | None" = None

    @property
    def kind(self) -> str | None:
        """The kind of its field, and what it links to."""
        field = self.column.field if self.column else None
        if field is None:
            return None
        return f"{field.kind} {field.target}" if field.target else field.kind


def _write_shapes(
    workspace: "Workspace",
    key: str | None,
    more: tuple[str, ...],
    *,
    whole: bool,
    header: bool | None,
    format_: str | None,
) -> None:
    from crmtui.store.query import SYSTEM_COLUMNS

    machine = (format_ or default_format()) not in ("table", "markdown")
    spoken = "en" if machine else language()
    found = workspace.sql_tables([key, *more] if key else None)
    facts = [Fact("table", lambda shape: shape.table, N_("Table"))]
    shapes = [_Shape(t.name, t.type.name(spoken)) for t in found]
    if whole:
        shapes = [
            _Shape(
                table.name,
                column.field.name(spoken)
                if column.field
                else (SYSTEM_COLUMNS[column.name] if machine else _(SYSTEM_COLUMNS[column.name])),
                column,
            )
            for table in found
            for column in table.columns
        ]
        facts += [
            Fact("column", lambda shape: shape.column.name, N_("Column")),
            Fact("type", lambda shape: shape.column.type, N_("SQL type")),
            Fact("kind", lambda shape: shape.kind, N_("Kind")),
        ]
    facts.append(Fact("label", lambda shape: shape.label, N_("Label")))
    write(facts, shapes, format_, header=header)
