"""A thousand types with ten fields each, defined in one process."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import CRMTUI, PYTHON, Usage, in_turns, run
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

TYPES = 1_000
KINDS = {
    "name": "text",
    "note": "longtext",
    "size": "integer",
    "rate": "decimal",
    "value": "money --currency USD",
    "hot": "boolean",
    "closes": "date",
    "met": "datetime",
    "mail": "email",
    "city": "text",
}
BUDGETS = {"apply": 4.0, "json": 4.0, "batch": 10.0}
"""Each definition is checked and journalled, where the floor makes bare tables."""
MEMORY = 100

_WHAT = {
    "apply": "1,000 types of 10 fields by apply",
    "json": "the same, from JSON",
    "batch": "the same, by batch",
}

_FLOOR = f"""
import sqlite_utils
db = sqlite_utils.Database("tables.db")
columns = {{"id": int}} | {{name: str for name in {list(KINDS)}}}
with db.atomic():
    for number in range({TYPES}):
        db[f"kind{{number}}"].create(columns, pk="id")
"""
"""What `sqlite-utils create-table` does, a thousand times in one process and one transaction."""


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """By one apply of YAML, of JSON, and by one batch; and the memory of the first."""
    taken: dict[str, list[Usage]] = {}
    document = _document()
    yaml = sample.lines("types.yaml", _yaml(document))
    as_json = sample.lines("types.json", [json.dumps(document)])
    batch = sample.lines("types.crm", _lines())

    def measured(name: str, *words: str) -> Callable[[], float]:
        def once() -> float:
            path = sample.copy(sample.empty)
            used = run([CRMTUI, *words], sample.env(path))
            sample.drop(path)
            taken.setdefault(name, []).append(used)
            return used.cpu

        return once

    def floor() -> float:
        folder = Path(yaml).parent
        for file in folder.glob("tables.db*"):
            file.unlink()
        script = f"import os; os.chdir({str(folder)!r})\n{_FLOOR}"
        return run([PYTHON, "-c", script], sample.env(sample.empty)).cpu

    found = in_turns(
        {
            "floor": floor,
            "apply": measured("apply", "apply", "-f", str(yaml)),
            "json": measured("json", "apply", "-f", str(as_json)),
            "batch": measured("batch", "batch", str(batch)),
        },
        max(1, rounds // 5),
    )
    least = found.pop("floor")
    for name, what in _WHAT.items():
        yield ratio(what, found[name], least, BUDGETS[name])
    memory = max(used.memory for used in taken["apply"]) / 2**20
    yield Row("memory of that apply", f"{memory:.0f} MiB", "", memory, MEMORY, "MiB")


def _document() -> dict[str, object]:
    types = {}
    for number in range(TYPES):
        fields: dict[str, dict[str, object]] = {}
        for key, said in KINDS.items():
            kind, _, currency = said.partition(" --currency ")
            fields[key] = {"label": key.capitalize(), "kind": kind}
            if currency:
                fields[key]["currency"] = currency
        types[f"kind{number}"] = {"label": f"Kind {number}", "fields": fields}
    return {"types": types}


def _yaml(document: dict[str, object], indent: int = 0) -> list[str]:
    lines = []
    for key, value in document.items():
        if isinstance(value, dict):
            lines += [f"{' ' * indent}{key}:", *_yaml(value, indent + 2)]
        else:
            lines.append(f"{' ' * indent}{key}: {value}")
    return lines


def _lines() -> list[str]:
    lines = []
    for number in range(TYPES):
        lines.append(f"type add kind{number} --label 'Kind {number}'")
        lines += [
            f"field add kind{number}.{key} --kind {said} --label {key.capitalize()}"
            for key, said in KINDS.items()
        ]
    return lines
