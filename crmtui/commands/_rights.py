"""Matrices of rights as commands print them: who, which type, and a column for each operation."""

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from crmtui.commands._output import Fact, default_format, emit, json_text, room, write
from crmtui.i18n import N_, _
from crmtui.model.message import Message
from crmtui.terminal import shown, width_of, wrapped


def pretty() -> bool:
    """Whether JSON is for people to read."""
    return sys.stdout.isatty()


def write_matrix(key: str, heading: str, lines: Sequence[Any], format_: str | None) -> None:
    """Write lines of `store.matrix`.

    On a terminal that is too narrow for a table of it, each line is told in sentences: a matrix
    must not lose its last columns.

    Args:
        key: what the lines are about: `user` or `role`.
    """
    from crmtui.model.nouns import OPERATIONS

    format_ = format_ or default_format()
    if format_ in ("json", "ndjson"):
        told = [_json(key, line) for line in lines]
        if format_ == "json":
            emit(json_text(told, pretty=pretty()))
        for each in told if format_ == "ndjson" else ():
            emit(json_text(each))
        return
    columns = [
        Fact(key, lambda line: line.who, heading),
        Fact("type", lambda line: line.type, N_("Type")),
        *(_Cell(name, partial(_scopes, name), name) for name in OPERATIONS),
        Fact("fields", lambda line: _joined(line.fields), N_("Fields")),
        Fact("stages", lambda line: _joined(line.stages), N_("Stages")),
    ]
    if format_ == "table" and not _fits(columns, lines):
        for line in lines:
            _tell(line)
        return
    ref = (lambda line: f"{line.who}.{line.type}") if key == "role" else (lambda line: line.who)
    write(columns, lines, format_, ref=ref, sparse=True)


class _Cell(Fact):
    """For which records an operation is let; `!` before those for which it is denied."""

    def text(self, row: Any, language: str = "en") -> str:
        from crmtui.store.grants import WORDS

        return ", ".join(_(each) if each in WORDS else each for each in _scopes(self.key, row))


def _scopes(operation: str, line: Any) -> list[str]:
    found = line.cells.get(operation)
    return [*found.lets, *(f"!{scope}" for scope in found.denied)] if found else []


def _joined(said: dict[str, Any]) -> str:
    return "; ".join(
        f"{key}: {how if isinstance(how, str) else ','.join(how)}" for key, how in said.items()
    )


def _json(key: str, line: Any) -> dict[str, Any]:
    return {
        key: line.who,
        "type": line.type,
        "operations": {
            name: {"let": list(cell.lets), "deny": list(cell.denied)}
            for name, cell in line.cells.items()
        },
        "fields": dict(line.fields),
        "stages": {place: list(actions) for place, actions in line.stages.items()},
    }


def _fits(columns: Sequence[Any], lines: Sequence[Any]) -> bool:
    widths = []
    for column in columns:
        cells = [width_of(shown(column.text(line))) for line in lines]
        if any(cells):
            widths.append(max(*cells, width_of(_(column.heading))))
    return sum(widths) + 2 * (len(widths) - 1) <= room()


def _tell(line: Any) -> None:
    """A line of a matrix in sentences."""
    from crmtui.model import permissions

    said: list[Message] = []
    for let in (True, False):
        found = {name: c.lets if let else c.denied for name, c in line.cells.items()}
        for scope in dict.fromkeys(scope for scopes in found.values() for scope in scopes):
            words = {name: scope for name, scopes in found.items() if scope in scopes}
            said += permissions.lets_said(words) if let else permissions.denials_said(words)
    said += permissions.fields_said(line.fields)
    said += permissions.stages_said({p: ",".join(a) for p, a in line.stages.items()})
    emit(shown(f"{line.who} · {line.type}"))
    for each in said:
        first, *rest = wrapped(each.text(_), room() - 4)
        emit(f"  {first}")
        for more in rest:
            emit(f"    {more}")
