"""Write the pages of docs/ that are made from the program itself; `--check` only compares."""

import argparse
import ast
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "crmtui"
WIDTH = 100
MADE = "<!-- Written by `make docs`. -->"


def main() -> int:
    """Write the pages, or compare them; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when a page is out of date")
    check = parser.parse_args().check
    stale = []
    for name, text in pages().items():
        path = HERE / name
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(f"docs/{name}")
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} is out of date; make docs", file=sys.stderr)
    return 1 if stale else 0


def pages() -> dict[str, str]:
    """Every generated page: its name and its text, the same on every machine."""
    os.environ["TZ"] = "UTC"
    from crmtui.i18n import choose

    # Help texts are put into their language when a module of commands is loaded.
    choose("en")
    made = {
        "cli.md": commands_page(),
        "errors.md": errors_page(),
        "schema.md": schema_page(),
        "crmtui.schema.json": document_schema(),
        "expressiveness.md": expressiveness_page(),
    }
    keys = keys_page()
    return made | ({"keys.md": keys} if keys else {})


# Commands


def commands_page() -> str:
    """Every command's help."""
    from crmtui.cli import cli
    from crmtui.commands.help import topics

    parts = [
        "# Commands",
        MADE,
        "`crmtui COMMAND --help` and `crmtui help COMMAND` print the same, in the user's language.",
    ]
    for path, help_text in commands(cli):
        parts.append(f"{'##' if len(path) < 3 else '###'} {' '.join(path)}")
        parts.append(f"```text\n{help_text}\n```")
    parts.append("## Topics")
    for word, text in topics().items():
        parts.append(f"### crmtui help {word}")
        parts.append(f"```text\n{_ruled(text())}\n```")
    return "\n\n".join(parts) + "\n"


def commands(command: Any, path: tuple[str, ...] = ("crmtui",), above: Any = None) -> Iterator[Any]:
    """Every command below `command`, itself first: its words and its help."""
    import click

    context = click.Context(
        command, above, path[-1], terminal_width=WIDTH, max_content_width=WIDTH, color=False
    )
    context.help_option_names = ["-h", "--help"]
    yield path, _ruled(command.get_help(context))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from commands(found, (*path, name), context)


def _ruled(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


# Definitions of other systems


def expressiveness_page() -> str:
    """How much of other systems' definitions ours express, by a run of the converters."""
    sys.path.insert(0, str(HERE.parent))
    from tests.journeys.converting.page import page

    return "\n\n".join(page(MADE)) + "\n"


# Errors


class ErrorCode(NamedTuple):
    """A code as the source has it: the class it is raised by, and its English text."""

    code: str
    kind: str
    template: str


_EXITS = {
    "Refused": 1,
    "Misused": 2,
    "NotFound": 3,
    "Forbidden": 4,
    "Conflict": 5,
    "Interrupted": 130,
}
_ERRORS = """\
Every error is one line on standard error, ending in its code: `crmtui: error: deal has no stage
wonn; did you mean won?  [no-such-stage]`. With `--json` it is an object with `code`, `message`,
the facts by name, and a `hint` where a command helps. Codes and exit codes are promises; texts
are not, and they follow the language.

A record with several wrong values is `invalid`, and names each with its own code.
"""
_OF_VALUES = ("BadValue", "Problem", "_Unfit")
_TOLD_ELSEWHERE = "{reason}"
"""What stands for a text that is not written where the error is made."""
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def errors_page() -> str:
    """Every error code, its exit code and its texts."""
    found = error_codes()
    lines = [
        "# Error codes",
        "",
        MADE,
        "",
        *_ERRORS.splitlines(),
        "",
        "| code | exit | says |",
        "|---|---|---|",
    ]
    for code in sorted({each.code for each in found}):
        exits = sorted({str(_EXITS[each.kind]) for each in found if each.code == code})
        texts = sorted({each.template for each in found if each.code == code} - {_TOLD_ELSEWHERE})
        texts = texts or [_TOLD_ELSEWHERE]
        told = "<br>".join(text.replace("|", "\\|").replace("\n", " ") for text in texts)
        lines.append(f"| `{code}` | {', '.join(exits)} | {told} |")
    return "\n".join(lines) + "\n"


def error_codes() -> list[ErrorCode]:
    """The codes that the source gives to errors, with what they say."""
    found = [
        ErrorCode("internal", "Refused", "something went wrong inside crmtui: {problem}"),
        ErrorCode("interrupted", "Interrupted", "interrupted; nothing was changed"),
        ErrorCode("invalid", "Refused", "{ref}: {problems}"),
        ErrorCode("usage", "Misused", "what click says of words that do not fit the command"),
    ]
    for path in sorted(SOURCE.rglob("*.py")):
        found += _codes_of(ast.parse(path.read_text(encoding="utf-8")))
    return found


def _codes_of(tree: ast.Module) -> Iterator[ErrorCode]:
    inside: dict[ast.AST, ast.ClassDef] = {
        node: each
        for each in ast.walk(tree)
        if isinstance(each, ast.ClassDef)
        for node in ast.walk(each)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        kind = _kind(node, inside)
        for first, second in zip(node.args, node.args[1:], strict=False) if kind else ():
            templates = list(_templates(second)) or [_TOLD_ELSEWHERE]
            for code in _codes(first):
                yield from (ErrorCode(code, kind, template) for template in templates)


def _kind(call: ast.Call, inside: dict[ast.AST, ast.ClassDef]) -> str:
    """The class of an error that a call makes; nothing when it makes none."""
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    if name == "__init__" and call in inside:
        name = getattr(inside[call].bases[0], "id", "") if inside[call].bases else ""
    if name in _OF_VALUES or name == "_bad":
        return "Refused"
    return name if name in _EXITS else ""


def _codes(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if _CODE.fullmatch(node.value) else []
    if isinstance(node, ast.IfExp):
        return [*_codes(node.body), *_codes(node.orelse)]
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        from crmtui.model.nouns import NOUNS

        # Such as f"no-such-{noun}".
        return [f"{node.values[0].value!s}{noun}" for noun in NOUNS]
    return []


def _templates(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _templates(node.body)
        yield from _templates(node.orelse)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("N_", "Message", "_"):
        first = node.args[0]
        if isinstance(first, ast.Constant):
            yield str(first.value)
        else:
            yield from _templates(first)


# The file

_TABLES = {
    "crm_user": "Who acted here: users of the machine, by number (`uid`) and name (`key`).",
    "crm_type": "Business types. `skeleton` is the key as lookalikes would write it, so that no "
    "two keys can be mistaken for each other.",
    "crm_field": "Fields, each a column of its type's table. `kind` says how it is stored; "
    "`target_id` is the type that a link points to.",
    "crm_option": "Options of choice fields. A record holds the option's `key`.",
    "crm_stage": "Stages of a type's process. A record holds the stage's `key`.",
    "crm_status": "Statuses within a stage. `stage` repeats the key of the stage: a record's pair "
    "(stage, status) is held to this table by a foreign key.",
    "crm_act": "One intent: who, when, by which command.",
    "crm_journal": "What an act changed. `changes` is JSON: for `add` the values "
    "`{field id: value}`, for `set` and `erase` the differences `{field id: [before, after]}`, for "
    '`configure` the change itself. For a value that was erased since stands `{"erased": null}`.',
    "crm_refusal": "What was refused: who tried what, when, and why it was not let. It changed "
    "nothing, so it stands beside the journal.",
    "crm_privacy": "Who looked for, exported or erased what is kept about a person. `subject` has "
    "salted hashes of the texts they were looked for by, `counts` is JSON, `contents` the hashes "
    "of files that an erasure still has to remove until it is finished.",
    "_sqlite_migrations": "Which migrations were run.",
}
_COLUMNS = {
    "position": "order among its siblings",
    "retired_at": "since when it is hidden; its data are kept",
    "purged_at": "since when it is gone; the row keeps the number from being given twice",
    "label": "English label",
    "label_zh": "Chinese label",
    "skeleton": "the key, as one would mistake it",
    "op": "`add`, `set`, `move`, `remove`, `restore`, `erase` or `configure`",
    "type_id": "the type; see `crm_type`",
    "record_id": "the record's `id` in its type's table; none for the configuration",
    "status_before": "see `crm_status`",
    "status_after": "see `crm_status`",
    "uid": "number of the user",
    "administrator": "1 for who may configure",
    "at": "when, in UTC",
    "created_at": "when, in UTC",
    "command": "what was typed, without the values",
    "outcome": "`won`, `lost` or `cancelled`, of what is closed",
    "scale": "number of decimals of a number kept in its smallest unit",
    "currency": "ISO 4217",
    "minimum": "least value, as it is written",
    "maximum": "greatest value, as it is written",
    "default_text": "what a new record has, as it is written",
    "is_title": "1 for the field that names a record",
}
_FILE = """\
A workspace is one SQLite file. Any SQLite tool may read it, also while others write: it is in WAL
mode. Whoever writes to it by hand goes around validation, permission and journal; what the file
holds by itself are types of columns, unique values, links and stages.

- `PRAGMA application_id` is `0x43524D54` (`CRMT`), `PRAGMA user_version` the version of the
  schema. A newer program brings an older file up to date when it opens it.
- Money and decimals are integers of their smallest unit: at scale 2, `1205050` is 12,050.50.
- Dates are text, `2026-10-01`, and moments text in UTC, `2026-10-01T09:30:00.000Z`; booleans are
  0 and 1; a choice is the key of its option; a link is the `id` of the record.
- A removed record has a `removed_at` and stays in its table."""
_TYPE = """\
A type is a table of its name, a field a column. `deal` with a name, an account, a value, a date,
a choice and two stages:"""
_SELECT = """\
```sql
SELECT d.name, a.name AS account, d.value / 100.0 AS value, d.stage
FROM deal d LEFT JOIN account a ON a.id = d.account
WHERE d.removed_at IS NULL;
```"""
_SAMPLE = (
    "type add account",
    "field add account.name --required --unique --title",
    "type add deal",
    "field add deal.name --required --title",
    "field add deal.account --kind link --to account",
    "field add deal.value --kind money --currency USD",
    "field add deal.closes --kind date",
    "field add deal.source --kind choice --option web --option fair",
    "stage add deal lead won",
)


def schema_page() -> str:
    """The tables of a workspace, for whoever opens the file with another tool."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sample.db")
        _make_sample(path)
        connection = sqlite3.connect(path)
        try:
            parts = list(_schema_parts(connection))
        finally:
            connection.close()
    return "\n\n".join(parts) + "\n"


def _make_sample(path: str) -> None:
    import io

    from crmtui.commands import _errors
    from crmtui.commands._session import Session
    from crmtui.commands.batch import run_lines

    quiet, _errors.state.quiet = _errors.state.quiet, True
    try:
        if run_lines(Session(path), io.StringIO("\n".join(_SAMPLE)), "sample"):
            raise SystemExit("the sample workspace cannot be made")
    finally:
        _errors.state.quiet = quiet


def _schema_parts(connection: sqlite3.Connection) -> Iterator[str]:
    yield "# The file"
    yield MADE
    yield _FILE
    yield "## A type"
    yield _TYPE
    yield f"```sql\n{_ddl(connection, 'deal')}\n```"
    yield _SELECT
    yield "Its indexes, named by numbers so that a rename leaves them alone:"
    yield f"```sql\n{_indexes(connection, 'deal')}\n```"
    yield "## Definitions, people and journal"
    names = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
            " AND (name LIKE 'crm\\_%' ESCAPE '\\' OR name LIKE '\\_%' ESCAPE '\\') ORDER BY name"
        )
    ]
    for name in names:
        yield f"### {name}"
        if name in _TABLES:
            yield _TABLES[name]
        yield "\n".join(_column_lines(connection, name))


def _column_lines(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    links = {
        row[3]: f"{row[2]}.{row[4]}"
        for row in connection.execute(f'PRAGMA foreign_key_list("{table}")')
    }
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for _, name, sql_type, not_null, _, _ in connection.execute(f'PRAGMA table_info("{table}")'):
        told = _COLUMNS.get(name, "")
        if name in links:
            told = "; ".join(filter(None, (told, f"refers to `{links[name]}`")))
        yield f"| `{name}` | {sql_type}{', required' if not_null else ''} | {told} |"


def _ddl(connection: sqlite3.Connection, table: str) -> str:
    sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?"
    return connection.execute(sql, (table,)).fetchone()[0] + ";"


def _indexes(connection: sqlite3.Connection, table: str) -> str:
    rows = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        " ORDER BY name",
        (table,),
    )
    return "\n".join(f"{row[0]};" for row in rows)


# Documents


def document_schema() -> str:
    """The JSON Schema of the files that apply reads."""
    from crmtui.commands._output import json_text
    from crmtui.store import spec

    return json_text(spec.schema(), pretty=True) + "\n"


# Keys


_PLACES = {
    "app": "Everywhere",
    "work": "Lists and boards",
    "list": "List",
    "board": "Board",
    "record": "Record",
    "sql": "Questions in SQL",
    "form": "Form",
    "clash": "What others changed meanwhile",
    "sides": "Theirs or yours",
    "check": "A yes or no in a form",
    "lookup": "A link in a form",
    "choice": "A choice in a form",
    "filter": "Filter line",
    "types": "Types at the left",
    "rows": "Rows of a dialogue",
    "choose": "Choosing",
    "arrange": "Columns and sorting",
    "configuration": "Configuration: types by category",
    "design": "Pages of the designers",
    "ordered": "Rows that are put in order",
    "options": "Options of a choice",
    "wizard": "New type",
    "define": "Form of a definition",
    "swatch": "A colour in a form",
    "layout": "Layout designer",
    "preview": "Preview of a layout",
    "dialogue": "Rows in a dialogue",
    "ask": "A line of text in a dialogue",
    "plan": "Plan of changes",
    "people": "People",
    "cells": "Tables of permissions",
    "role": "What a role lets",
    "permission": "What a role makes of fields and stages",
    "why": "What one may do, and why",
    "closed": "For who is no user any more",
    "help": "Keys",
}
"""What the first part of a binding's id is to people, in the order of the page."""


def keys_page() -> str | None:
    """The keys of the full screen, by place; None while there is no full screen."""
    if not (SOURCE / "screens" / "application.py").exists():
        return None
    from crmtui.screens.keys import key_name

    places: dict[str, dict[str, tuple[str, str]]] = {}
    for binding in bindings():
        place = places.setdefault(binding.id.partition(".")[0], {})
        keys = " ".join(f"`{key_name(key.strip())}`" for key in binding.key.split(","))
        place.setdefault(binding.id, (keys, binding.description))
    parts = [
        "# Keys",
        MADE,
        "`?` shows the keys in force where you are, and the last line of the screen the most\n"
        "important of them. `^` is the control key.",
    ]
    known = list(_PLACES)
    for name in sorted(places, key=lambda name: (known.index(name) if name in known else 99, name)):
        parts.append(f"## {_PLACES.get(name, name.capitalize())}")
        rows = [f"| {keys} | {told} |" for keys, told in places[name].values()]
        parts.append("\n".join(["| key | does |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def bindings() -> Iterator[Any]:
    """The bindings with an id that our screens and widgets have, module by module."""
    import importlib
    import pkgutil

    from textual.binding import Binding
    from textual.dom import DOMNode

    import crmtui.screens

    names = [
        each.name for each in pkgutil.walk_packages(crmtui.screens.__path__, "crmtui.screens.")
    ]
    for name in sorted(names):
        for found in vars(importlib.import_module(name)).values():
            ours = isinstance(found, type) and issubclass(found, DOMNode)
            if ours and found.__module__ == name:
                for binding in vars(found).get("BINDINGS", ()):
                    if isinstance(binding, Binding) and binding.id and binding.description:
                        yield binding


if __name__ == "__main__":
    sys.exit(main())
