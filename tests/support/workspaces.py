"""Small configurations in the words of a script, and looking at a whole file at once."""

import shlex
import sqlite3
from typing import Any

from crmtui.model.nouns import NOUNS
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace

DEALS = """
type add account label=Account label_zh=客户
field add account.name kind=text required unique title
field add account.revenue kind=money currency=USD
field add account.industry kind=text
type add deal label=Deal label_zh=商机
field add deal.name kind=text required title
field add deal.account kind=link to=account
field add deal.value kind=money currency=USD
field add deal.closed kind=date
field add deal.rate kind=decimal scale=3
field add deal.seats kind=integer
field add deal.hot kind=boolean
field add deal.met kind=datetime
field add deal.notes kind=longtext
field add deal.source kind=choice
option add deal.source.web label=Website label_zh=网站
option add deal.source.fair label='Trade fair'
stage add deal lead label=Lead label_zh=线索
status add deal.lead waiting label=Waiting
stage add deal won category=closed outcome=won
stage add deal lost category=closed outcome=lost
"""
"""Accounts and deals: a field of each kind, three stages, `lead` with two statuses."""


def change(line: str) -> Change:
    """One change from the words of a command.

    `type add deal`, `field add deal.name kind=text required`, `stage add deal lead`,
    `option add deal.source.web`, `field rename deal.name title`, `stage order deal won lead`,
    `stage remove deal.won move_to=lead`.
    """
    noun, verb, ref, *words = shlex.split(line)
    if verb == "order":
        if noun == "type":
            return Change(verb, noun, "", {"keys": [ref, *words]})
        return Change(verb, noun, ref, {"keys": words})
    if verb == "rename":
        return Change(verb, noun, ref, {"key": words[0]})
    if noun in ("stage", "status") and words and "=" not in words[0] and verb == "add":
        ref = f"{ref}.{words.pop(0)}"
    values: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        attribute = NOUNS[noun].attributes.get(name)
        if attribute is not None and attribute.shape == "flag":
            values[name] = value != "false"
        else:
            values[name] = value if equals else True
    return Change(verb, noun, ref, values)


def changed(workspace: Workspace, script: str) -> list[bool]:
    """Apply a script of changes in one transaction."""
    lines = [line for line in script.splitlines() if line.strip()]
    return workspace.change([change(line) for line in lines])


def dump(path: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a workspace file holds: its schema and all rows of every table."""
    connection = sqlite3.connect(path)
    try:
        schema = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
        ).fetchall()
        tables = [name for kind, name, *_ in schema if kind == "table"]
        rows = {
            name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall()
            for name in tables
        }
        return {"": schema, **rows}
    finally:
        connection.close()


def rows_of(path: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What another SQLite tool reads in the file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql, parameters).fetchall()
    finally:
        connection.close()


def journal(workspace: Workspace) -> list[tuple[str, str]]:
    """The operation and reference of every journal entry, oldest first."""
    return [(entry.op, entry.ref) for entry in reversed(list(workspace.log()))]
