"""`crmtui record list`, `show` and `history`: what only reads, and so starts fastest."""

import sys
from typing import Any

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._output import default_format, item_heading, write, write_one, write_page
from crmtui.commands._session import Session
from crmtui.i18n import N_, _, language
from crmtui.terminal import shown

TERMINAL_ROWS = 50
"""Rows shown on a terminal unless `--limit` says otherwise."""


def _fields(text: str | None) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


def _laid_out(workspace: Any, type_key: str, format_: str | None) -> list[str] | None:
    """The columns of a list for people, each line of which begins with the record's reference."""
    if (format_ or default_format()) not in ("table", "markdown"):
        return None
    from crmtui.store.layouts import columns_of

    keys = columns_of(workspace.type(type_key), "list")
    return ["ref", *(key for key in keys if key != "ref")]


def _write_sections(workspace: Any, record: Any) -> None:
    """A record as its detail layout has it; where it stands goes before."""
    from crmtui.model.layouts import Item, Section
    from crmtui.store.layouts import resolved

    layout = resolved(record.type, "detail", record.stage)
    placed = {item.field for item in layout.items}
    standing = ("ref", "stage", "status") if record.stage else ("ref",)
    head = tuple(Item(field=key) for key in standing if key not in placed)
    whole = workspace.record(record.ref, [*standing, *placed])
    pages = []
    for section in (Section(key="", items=head), *layout.sections):
        name = shown(section.name(language())) if layout.headed else ""
        facts = [
            (item_heading(record.type, item), whole.text(item.field, language()))
            for item in section.seen
        ]
        if facts:
            pages.append((name, facts))
    write_page(pages)


@command(
    "list",
    epilog="Example: crmtui record list deal --where \"stage = 'won'\" --sort -value --limit 5",
)
@_options.common
@click.argument("type_key", metavar="TYPE", shell_complete=_options.completing("types"))
@click.option("--where", metavar="EXPR", help=_("An SQL expression over the fields; links by dot."))
@click.option("--sort", metavar="FIELD,-FIELD", help=_("Sort by these, - for descending."))
@click.option("--limit", type=click.IntRange(0), metavar="N", help=_("At most so many; 0 for all."))
@click.option("--after", metavar="REF", help=_("Only what comes behind this record."))
@click.option("--fields", metavar="FIELD,...", help=_("The columns."))
@click.option(
    "--header/--no-header", default=None, help=_("A line of field keys first (TSV, CSV).")
)
@click.option("--spreadsheet", is_flag=True, help=_("CSV in which nothing is run as a formula."))
@_options.output
def list_(
    session: Session,
    db: str | None,
    type_key: str,
    where: str | None,
    sort: str | None,
    limit: int | None,
    after: str | None,
    fields: str | None,
    header: bool | None,
    spreadsheet: bool,
    format_: str | None,
) -> None:
    """List records: filtered, sorted, a page at a time.

    A table has the columns of the type's list layout, unless --fields says otherwise.
    """
    paged = limit is None and format_ is None and sys.stdout.isatty()
    with session.workspace(db) as workspace:
        selection = workspace.select(
            type_key,
            where=where,
            sort=_fields(sort) or (),
            after=after,
            fields=_fields(fields) or _laid_out(workspace, type_key, format_),
            limit=TERMINAL_ROWS if paged else (limit or None),
        )
        plan = selection.plan
        # Lines begin with the reference: it says the number too, and `record set -` reads it.
        whole = fields is not None or format_ in ("csv", "json", "ndjson")
        count = write(
            plan.shown if whole else [c for c in plan.shown if c.key != "id"],
            selection.rows,
            format_,
            header=header,
            spreadsheet=spreadsheet,
            ref=lambda row: f"{plan.type.key}/{row[0]}",
        )
        if count == 0 and sys.stdout.isatty():
            say(N_("no records"))
        if paged and count == TERMINAL_ROWS:
            total = workspace.count(type_key, where)
            if total > count:
                say(N_("{shown} of {total} records; --limit 0 shows all"), shown=count, total=total)


@command(epilog="Example: crmtui record show deal/17 --json")
@_options.common
@click.argument("ref", metavar="TYPE/NUMBER", shell_complete=_options.completing("records"))
@click.option("--fields", metavar="FIELD,...", help=_("What to show of it."))
@_options.output
def show(
    session: Session, db: str | None, ref: str, fields: str | None, format_: str | None
) -> None:
    """Show a record.

    On a terminal in the sections of the type's detail layout, unless --fields says otherwise.
    """
    with session.workspace(db) as workspace:
        record = workspace.record(ref, _fields(fields))
        if fields is None and (format_ or default_format()) == "table":
            _write_sections(workspace, record)
        else:
            write_one(record.columns, record.row, format_, ref=lambda _row: record.ref)
        if record.removed:
            say(N_("{ref} was removed; crmtui record restore {ref} brings it back"), ref=record.ref)


@command(epilog="Example: crmtui record history deal/17 --json")
@_options.common
@click.argument("ref", metavar="TYPE/NUMBER", shell_complete=_options.completing("records"))
@click.option("--limit", type=click.IntRange(1), metavar="N", help=_("At most so many."))
@_options.output
def history(
    session: Session, db: str | None, ref: str, limit: int | None, format_: str | None
) -> None:
    """Show what happened to a record, newest first."""
    from crmtui.commands.log import columns

    machine = (format_ or default_format()) not in ("table", "markdown")
    with session.workspace(db) as workspace:
        entries = workspace.history(ref, limit, machine=machine)
        write(columns(format_), entries, format_, ref=lambda entry: entry.ref)
