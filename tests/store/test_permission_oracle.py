"""What every path shows and lets an actor, held against a model in plain Python.

The worlds are random: several roles for each user, several rows for each role, scopes, denials,
levels of fields, stages, shared records, trees of teams. See `tests.support.oracle`.
"""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmtui.store.errors import CrmError, Forbidden, NotFound, Refused
from crmtui.store.import_options import ImportOptions
from crmtui.store.kinds import KINDS
from crmtui.store.reading import open_source
from crmtui.store.sql.limits import Limits
from crmtui.store.workspace import Workspace
from tests.support import random_world
from tests.support.oracle import Record, Seen, World
from tests.support.random_world import STAGES, TYPES, USERS
from tests.support.workspaces import dump

READ, WRITTEN = 60, 100
"""Worlds that are tried each time; thousands were, when this was written."""

ABSENT = 99
"""The id of a record that there is not."""


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the types of every world, and nothing else."""
    path = tmp_path_factory.mktemp("worlds") / "types.db"
    random_world.types_of(str(path))
    return path


@contextmanager
def settled(types: Path, world: World) -> Iterator[str]:
    """A workspace with a world in it, for one example."""
    path = types.with_name("world.db")
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copy(types, path)
    with Workspace.open(str(path), command="test") as workspace:
        random_world.settle(workspace, world)
    yield str(path)


@contextmanager
def acting(path: str, user: str) -> Iterator[Workspace]:
    """A workspace opened as a user, that need not survive a power cut."""
    with Workspace.open(path, as_user=user) as workspace:
        workspace._database.execute("PRAGMA synchronous = OFF")
        yield workspace


def many(examples: int) -> Any:
    """So many worlds; what one costs is worlds of its own to settle and to read."""
    unhurried = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=unhurried)


seeds = st.integers(0, 2**48)


# Reading


@many(READ)
@given(seeds)
def test_what_is_read_is_what_the_oracle_says(types: Path, seed: int) -> None:
    reading(types, seed)


def reading(types: Path, seed: int) -> None:
    random = Random(seed)
    world = random_world.made(random)
    with settled(types, world) as path:
        user = random.choice(USERS)
        with acting(path, user) as workspace:
            Reader(workspace, Seen(world, user), random).everything()


class Reader:
    """Reads everything that a workspace shows a user, and compares it with the oracle."""

    def __init__(self, workspace: Workspace, seen: Seen, random: Random) -> None:
        self.workspace = workspace
        self.seen = seen
        self.random = random

    def everything(self) -> None:
        listed = [key for key in TYPES if self.seen.listed(key)]
        assert [t.key for t in self.workspace.types()] == listed
        if self.random.random() < 0.2:
            self.sql()
        counts = {key: len(self.seen.records(key)) for key in listed}
        assert self.workspace.counts() == counts
        assert self.workspace.users() == sorted([*USERS, "root"])
        for key in TYPES:
            if self.seen.knows(key):
                self.of_type(key)
            else:
                self.unknown(key)

    def sql(self) -> None:
        """In SQL there are the types that the user knows of, with the records they may read."""
        for key, type_ in TYPES.items():
            if not self.seen.knows(key):
                with pytest.raises(Refused):
                    self.asked(f"SELECT id FROM {key}")
                continue
            rows = self.seen.records(key)
            assert self.asked(f"SELECT id FROM {key}") == [[row["id"]] for row in rows]
            plain = [f.key for f in type_.fields if f.kind in ("text", "integer")]
            known = [name for name in plain if self.seen.has(key, name)]
            told = [[self.seen.value(key, name, row) for name in known] for row in rows]
            assert self.asked(f"SELECT {', '.join([*known, '1'])} FROM {key} ORDER BY id") == [
                [*each, 1] for each in told
            ]
            for name in {f.key for f in type_.fields if not self.seen.has(key, f.key)}:
                with pytest.raises(Refused):
                    self.asked(f"SELECT {name} FROM {key}")

    def asked(self, sql: str) -> list[list[Any]]:
        with self.workspace.sql(sql, limits=Limits(20.0)) as answer:
            return list(answer)

    def unknown(self, key: str) -> None:
        """A type that the user may not know of is as one that there is not."""
        for act in (
            lambda: self.workspace.type(key),
            lambda: self.workspace.records(key),
            lambda: self.workspace.record(f"{key}/1"),
            lambda: self.workspace.count(key),
            lambda: self.workspace.board(key),
            lambda: self.workspace.candidates(key, ""),
            lambda: self.workspace.tags(key, "tags"),
            lambda: self.workspace.export(key),
            lambda: self.workspace.history(f"{key}/1"),
            lambda: self.workspace.available_moves(f"{key}/1"),
            lambda: self.workspace.problems(key, {}),
            lambda: self.workspace.field_states(key, {}),
        ):
            assert problem(act) == ("no-such-type", NotFound)

    def of_type(self, key: str) -> None:
        type_ = self.workspace.type(key)
        known = [f.key for f in TYPES[key].fields if self.seen.has(key, f.key)]
        assert [f.key for f in type_.fields] == known
        stages = {s.key: [each.key for each in s.statuses] for s in type_.stages}
        assert stages == self.seen.stages(key)
        self.listing(key, known)
        self.one_by_one(key, known)
        self.filters(key, known)
        self.orders(key, known)
        self.lookups(key, known)
        self.exports(key, known)
        if stages:
            self.boards(key)
        for field in TYPES[key].fields:
            if field.key not in known:
                self.hidden(key, field.key)

    def listing(self, key: str, known: list[str]) -> None:
        expected = self.seen.records(key)
        found = self.workspace.records(key)
        assert [record.id for record in found] == [record["id"] for record in expected]
        for record, row in zip(found, expected, strict=True):
            values = record.values
            assert {k: values[k] for k in known} == self.values(key, known, row)
            told = record.json()
            for each in known:
                self.told(key, each, row, told[each])
            title = self.seen.title(key, row)
            assert record.title == (title or f"{key}/{row['id']}")

    def values(self, key: str, known: list[str], row: Record) -> dict[str, Any]:
        return {each: self.seen.value(key, each, row) for each in known}

    def told(self, key: str, field: str, row: Record, told: Any) -> None:
        """What machines are told of links: titles only of what the user may read."""
        target, value = TYPES[key].field(field).target, self.seen.value(key, field, row)
        if target is None or value is None or value == "****":
            return
        several = isinstance(value, tuple)
        assert (told if several else [told]) == [
            {"ref": f"{target}/{each}", "title": self.living(target, each, several)}
            for each in (value if several else (value,))
        ]

    def living(self, target: str, record_id: int, several: bool) -> Any:
        found = self.seen.find(target, record_id)
        return None if several and found and found["removed"] else self.seen.title(target, found)

    def one_by_one(self, key: str, known: list[str]) -> None:
        for number in [*self.seen.world.records[key], ABSENT]:
            ref, row = f"{key}/{number}", self.seen.find(key, number)
            if row is None:
                for act in (self.workspace.record, self.workspace.available_moves):
                    with pytest.raises(NotFound) as caught:
                        act(ref)
                    assert str(caught.value) == f"there is no record {ref}  [no-such-record]"
                continue
            record = self.workspace.record(ref)
            assert {k: record.values[k] for k in known} == self.values(key, known, row)
            moves = [
                f"{stage}.{status}"
                for stage, statuses in self.seen.stages(key).items()
                for status in statuses
                if (stage, status) != (row.get("stage"), row.get("status"))
                and self.seen.may("move", key, row, f"{stage}.{status}")
            ]
            assert [s.ref for s in self.workspace.available_moves(ref)] == moves

    def filters(self, key: str, known: list[str]) -> None:
        rows = self.seen.records(key)
        for field in known:
            values = [(row["id"], self.seen.value(key, field, row)) for row in rows]
            assert self.ids(key, f"{field} is null") == [n for n, each in values if each is None]
            target = TYPES[key].field(field).target
            written = {each for _, each in values if each is not None}
            kind = self.workspace.type(key).field_by_key[field].kind
            if target is None and (kind in ("text", "integer", "choice") or "****" in written):
                for each in sorted(written, key=str):
                    literal = each if isinstance(each, int) else f"'{each}'"
                    assert self.ids(key, f"{field} = {literal}") == [
                        n for n, v in values if v == each
                    ]
            if kind == "link":
                self.hops(key, field, str(target), values)
            if kind == "multilink":
                for each in (1, 5):
                    expected = [n for n, linked in values if linked and each in linked]
                    assert self.ids(key, f"has({field}, '{target}/{each}')") == expected

    def hops(self, key: str, link: str, target: str, values: list[tuple[int, Any]]) -> None:
        """Through a link nothing is reached that the user may not read."""
        found = [(n, self.seen.find(target, each)) for n, each in values]
        named = [(n, self.seen.title(target, row)) for n, row in found]
        for title in sorted({title for _, title in named if title}):
            assert self.ids(key, f"{link} = '{title}'") == [n for n, t in named if t == title]
        for field in TYPES[target].fields:
            if field.kind != "text":
                continue
            if not self.seen.has(target, field.key):
                self.unnamed(key, f"{link}.{field.key} = 'x'", field.key)
                continue
            reached = [
                (n, self.seen.value(target, field.key, row) if row else None) for n, row in found
            ]
            for value in sorted({each for _, each in reached if each is not None}):
                expected = [n for n, each in reached if each == value]
                assert self.ids(key, f"{link}.{field.key} = '{value}'") == expected

    def ids(self, key: str, where: str) -> list[int]:
        found = [record.id for record in self.workspace.records(key, where=where)]
        assert self.workspace.count(key, where) == len(found)
        return found

    def orders(self, key: str, known: list[str]) -> None:
        rows = self.seen.records(key)
        for field in known:
            kind = self.workspace.type(key).field_by_key[field].kind
            if kind not in ("text", "integer", "money", "rollup"):
                continue
            pairs = [(self.seen.value(key, field, row), row["id"]) for row in rows]
            expected = [
                n for *_, n in sorted((v is not None, v, n) for v, n in pairs if v is not None)
            ]
            expected = sorted(n for v, n in pairs if v is None) + expected
            for order in (expected, expected[::-1]):
                sort = [field if order is expected else f"-{field}"]
                assert [r.id for r in self.workspace.records(key, sort=sort)] == order
                self.pages(key, sort, order)

    def pages(self, key: str, sort: list[str], order: list[int]) -> None:
        """Page after page gives the same order; behind what one may not read nothing begins."""
        for place in range(0, len(order), 3):
            after = f"{key}/{order[place]}"
            found = self.workspace.records(key, sort=sort, after=after, limit=2)
            assert [record.id for record in found] == order[place + 1 : place + 3]
            found = self.workspace.records(key, sort=sort, offset=place, limit=2)
            assert [record.id for record in found] == order[place : place + 2]
        unread = next((n for n in range(1, 9) if self.seen.find(key, n) is None), ABSENT)
        act = lambda: self.workspace.records(key, sort=sort, after=f"{key}/{unread}")  # noqa: E731
        assert problem(act) == ("no-such-record", NotFound)

    def lookups(self, key: str, known: list[str]) -> None:
        rows = self.seen.records(key)
        named = self.seen.named(key)
        for text in ("", "a", "north"):
            expected = {
                row["id"]
                for row in rows
                if not named or not text or text in (self.seen.title(key, row) or "")
            }
            assert {record.id for record in self.workspace.candidates(key, text)} == expected
        if "tags" in known:
            shown = [self.seen.value(key, "tags", row) for row in rows]
            masked = self.workspace.type(key).field_by_key["tags"].kind != "tags"
            texts = [] if masked else [text for text in shown if text]
            expected = {each for text in texts for each in json.loads(text)}
            assert set(self.workspace.tags(key, "tags")) == expected

    def exports(self, key: str, known: list[str]) -> None:
        if self.seen.refused("export", key):
            assert problem(lambda: self.workspace.export(key)) == ("permission", Forbidden)
            return
        exported = {record.id: record for record in self.workspace.export(key).records()}
        rows = [r for r in self.seen.records(key) if self.seen.may("export", key, r)]
        assert sorted(exported) == [row["id"] for row in rows]
        for row in rows:
            values = exported[row["id"]].values
            assert {k: values[k] for k in known} == self.values(key, known, row)

    def boards(self, key: str) -> None:
        rows = self.seen.records(key)
        stages = self.seen.stages(key)
        board = self.workspace.board(key)
        assert [column.stage.key for column in board] == list(stages)
        summed = self.workspace.type(key).sum_field
        for column in board:
            standing = [row for row in rows if row["stage"] == column.stage.key]
            assert column.count == len(standing)
            cards = self.workspace.cards(key, column.stage.key)
            assert [c.id for c in cards] == sorted((r["id"] for r in standing), reverse=True)
            total = None
            if summed is not None:
                values = [self.seen.value(key, summed.key, row) for row in standing]
                if any(each is not None for each in values):
                    total = KINDS["money"].shown(sum(each or 0 for each in values), summed)
            assert column.total == total

    def hidden(self, key: str, field: str) -> None:
        """A field that the user may not know of is as one that there is not, by every path."""
        for act in (
            lambda: self.workspace.records(key, fields=[field]),
            lambda: self.workspace.records(key, sort=[field]),
            lambda: self.workspace.record(f"{key}/1", [field]),
            lambda: self.workspace.tags(key, field),
            lambda: self.workspace.problems(key, {field: "1"}),
            lambda: self.workspace.field_states(key, {field: "1"}),
            lambda: self.workspace.add(key, {field: "1"}),
        ):
            assert problem(act) == ("no-such-field", NotFound)
        self.unnamed(key, f"{field} = 1", field)
        self.unnamed(key, f"{field} is null", field)
        for typed in (f"{field}x", field[:-1] or "q", field.upper() + "s"):
            if not any(f.key == typed for f in TYPES[key].fields):
                self.unnamed(key, f"{typed} = 1", field)
                with pytest.raises(NotFound) as caught:
                    self.workspace.add(key, {typed: "1"})
                assert caught.value.facts.get("meant") != field

    def unnamed(self, key: str, where: str, field: str) -> None:
        """An expression that names what is hidden is refused as one that names nothing."""
        with pytest.raises(Refused) as caught:
            self.workspace.records(key, where=where)
        assert caught.value.code == "no-such-field"
        assert caught.value.facts.get("meant") != field


def problem(act: Any) -> tuple[str, type] | None:
    """The code and the class of what an act raises."""
    try:
        act()
    except CrmError as caught:
        return caught.code, type(caught)
    return None


# Writing


@many(WRITTEN)
@given(seeds)
def test_what_is_written_is_what_the_oracle_lets(types: Path, seed: int) -> None:
    writing(types, seed)


def writing(types: Path, seed: int) -> None:
    random = Random(seed)
    world = random_world.made(random)
    with settled(types, world) as path:
        before = without_refusals(path)
        for user in random.sample(USERS, 2):
            with acting(path, user) as workspace:
                writer = Writer(workspace, Seen(world, user), random)
                for _ in range(20):
                    writer.act()
        # What is let was done and undone; what is refused leaves nothing behind.
        assert without_refusals(path) == before


def without_refusals(path: str) -> dict[str, Any]:
    """Everything that a file holds but what is remembered of refusals."""
    return {name: rows for name, rows in dump(path).items() if name != "crm_refusal"}


class Writer:
    """Writes at random, as one user, and compares what comes of it with the oracle."""

    def __init__(self, workspace: Workspace, seen: Seen, random: Random) -> None:
        self.workspace = workspace
        self.seen = seen
        self.random = random

    def act(self) -> None:
        key = self.random.choice(list(TYPES))
        act = self.random.choice([self.add, self.change, self.change, self.remove, self.ask])
        if key == "deal" and self.random.random() < 0.3:
            act = self.move
        if self.random.random() < 0.2:
            act = self.random.choice([self.bring, self.bring_again, self.bring_again])
        act(key)

    def add(self, key: str) -> None:
        values = self.values(key)
        status = self.random.choice([None, *PLACES]) if key == "deal" else None
        expected = self.seen_adding(key, values, status)
        said = {name: written(key, name, value) for name, value in values.items()}
        self.compare(lambda: self.workspace.add(key, said, status, dry_run=True), expected)

    def seen_adding(self, key: str, values: Record, status: str | None) -> str:
        seen = self.seen
        if not seen.knows(key):
            return "no-such-type"
        stage, _, rest = (status or "").partition(".")
        if status and rest not in seen.stages(key).get(stage, ()):
            return "no-such-stage" if seen.stages(key) else "no-stages"
        if any(not seen.has(key, name) for name in values):
            return "no-such-field"
        target = status or ("lead.open" if key == "deal" else "")
        if not beginning(seen, key, values, target):
            return "permission"
        if self.leads_nowhere(key, values, {}):
            return "no-such-link"
        row = {f.key: None for f in TYPES[key].fields if f.value is None} | values
        row |= {"id": ABSENT, "removed": False, "created_by": seen.me}
        if target:
            row["stage"], _, row["status"] = target.partition(".")
        owner = TYPES[key].owner
        if owner and row[owner] is None and seen.adds_own(key):
            row[owner] = seen.me
        return "done" if seen.may_write("create", key, row, values, target) else "permission"

    def change(self, key: str) -> None:
        values = self.values(key)
        number = self.random.choice([*range(1, 9), ABSENT])
        expected = self.seen_changing(key, number, values)
        said = {name: written(key, name, value) for name, value in values.items()}
        act = lambda: self.workspace.set(f"{key}/{number}", said, dry_run=True)  # noqa: E731
        self.compare(act, expected)

    def seen_changing(self, key: str, number: int, values: Record) -> str:
        seen = self.seen
        if not seen.knows(key):
            return "no-such-type"
        if any(not seen.has(key, name) for name in values):
            return "no-such-field"
        row = seen.find(key, number)
        if row is None:
            return "no-such-record"
        if not seen.may_write("update", key, row, values):
            return "permission"
        if row["removed"]:
            return "removed-record"
        return "no-such-link" if self.leads_nowhere(key, values, row) else "done"

    def move(self, key: str) -> None:
        number, target = self.random.choice([*range(1, 9), ABSENT]), self.random.choice(PLACES)
        expected = self.seen_moving(key, number, target)
        act = lambda: self.workspace.move(f"{key}/{number}", target, dry_run=True)  # noqa: E731
        self.compare(act, expected)

    def seen_moving(self, key: str, number: int, target: str) -> str:
        seen = self.seen
        if not seen.knows(key):
            return "no-such-type"
        stage, _, status = target.partition(".")
        if status not in seen.stages(key).get(stage, ()):
            return "no-such-stage" if seen.stages(key) else "no-stages"
        row = seen.find(key, number)
        if row is None:
            return "no-such-record"
        if not seen.may("move", key, row, target):
            return "permission"
        return "removed-record" if row["removed"] else "done"

    def bring(self, key: str) -> None:
        """An import adds the rows that `add` would add, and rejects the others."""
        names = self.random.sample(stored(key), 3)
        # What a row links to may be seen, or not, by what the rows before it have changed.
        linked = any(TYPES[key].field(name).target for name in names)
        count = 1 if linked else 5
        rows = [{name: self.values(key, names)[name] for name in names} for _ in range(count)]
        places = self.random.choice([[None], PLACES[:1], PLACES]) if key == "deal" else [None]
        statuses = [self.random.choice(places) for _ in rows]
        filled = [name for name in names if self.fills(key, name)]
        expected = []
        for row, status in zip(rows, statuses, strict=True):
            given = {name: row[name] for name in filled}
            # Where the user knows of no stage, the columns are none of the type's.
            place = status if self.seen.knows(key) and self.seen.stages(key) else None
            expected.append(self.seen_adding(key, given, place))
        columns = ["stage", "status"] if places[0] else []
        cells = [
            [*(written_cell(key, n, row[n]) for n in names), *(status or ".").split(".")]
            for row, status in zip(rows, statuses, strict=True)
        ]
        lines = [[*names, *columns], *(row[: len(names) + len(columns)] for row in cells)]
        self.imported(key, lines, expected, bool(filled), "added")

    def bring_again(self, key: str) -> None:
        """An import changes the rows that `set` would change: what stays as it is may be there."""
        names = self.random.sample(stored(key), 2)
        numbers = self.random.sample([*range(1, 9), ABSENT], 1)
        filled = [name for name in names if self.fills(key, name)]
        rows, expected = [], []
        for number in numbers:
            kept = self.seen.world.records[key].get(number, {})
            other = self.values(key, names)
            row = {n: self.random.choice([kept.get(n), other[n]]) for n in names}
            rows.append([f"{key}/{number}", *(written_cell(key, n, row[n]) for n in names)])
            expected.append(self.seen_bringing(key, number, {n: row[n] for n in filled}))
        self.imported(key, [["ref", *names], *rows], expected, True, "changed", match="ref")

    def seen_bringing(self, key: str, number: int, values: Record) -> str:
        seen, row = self.seen, self.seen.find(key, number) if self.seen.knows(key) else None
        if row is None:
            return "no-such-record"
        other = {name: value for name, value in values.items() if row[name] != value}
        unseen = [n for n in values if n not in other and not seen.shows(key, n, row)]
        if (other or unseen) and not seen.may_write("update", key, row, [*other, *unseen]):
            return "permission"
        if row["removed"] or self.leads_nowhere(key, values, row):
            return "no-such-link"
        return "done"

    def fills(self, key: str, name: str) -> bool:
        """Whether a column of a file is one of the type, as the user sees it."""
        if not self.seen.knows(key) or not self.seen.has(key, name):
            return False
        return TYPES[key].field(name).kind != "multilink" or self.seen.whole(key, name)

    def imported(
        self,
        key: str,
        lines: list[list[str]],
        expected: list[str],
        filled: bool,
        counted: str,
        **options: Any,
    ) -> None:
        expected = ["done", *expected]
        expected = [each for each, line in zip(expected, lines, strict=True) if any(line)][1:]
        lines = [line for line in lines if any(line)]
        buffer = io.StringIO()
        csv.writer(buffer).writerows(lines)
        stream = io.BytesIO(buffer.getvalue().encode())
        source = open_source(stream, name="rows.csv")
        wanted = ImportOptions(keep_going=True, **options)

        def act() -> Any:
            return self.workspace.import_records(key, source, wanted, dry_run=True)

        if not self.seen.knows(key):
            assert problem(act) == ("no-such-type", NotFound)
        elif self.seen.refused("import", key):
            assert problem(act) == ("permission", Forbidden)
        elif not filled:
            assert problem(act) == ("no-columns", Refused)
        else:
            result = act()
            done = [n for n, each in enumerate(expected, 2) if each == "done"]
            rejected = [reject.line for reject in result.first_rejects]
            assert rejected == [n for n in range(2, len(lines) + 1) if n not in done]
            changed = result.updated + result.unchanged
            assert (result.added if counted == "added" else changed) == len(done)

    def remove(self, key: str) -> None:
        number = self.random.choice([*range(1, 9), ABSENT])
        act = self.random.choice([self.workspace.remove, self.workspace.restore])
        row = self.seen.find(key, number) if self.seen.knows(key) else None
        expected = "no-such-record" if self.seen.knows(key) else "no-such-type"
        if row is not None:
            expected = "done" if self.seen.may("delete", key, row) else "permission"
        self.compare(lambda: act(f"{key}/{number}", dry_run=True), expected)

    def ask(self, key: str) -> None:
        """What is said to be let is what is let."""
        if not self.seen.knows(key):
            return
        for row in self.seen.world.records[key].values():
            if not self.seen.reads(key, row):
                continue
            ref = f"{key}/{row['id']}"
            for operation in ("update", "delete", "export", "assign", "history"):
                said = self.workspace.may(operation, key, ref).allowed
                assert said == self.seen.may(operation, key, row)
            for field in TYPES[key].fields:
                if self.seen.has(key, field.key) and field.value is None:
                    said = self.workspace.may("update", key, ref, field=field.key).allowed
                    assert said == self.seen.may_write("update", key, row, [field.key])

    def compare(self, act: Any, expected: str) -> None:
        try:
            act()
            found = "done"
        except CrmError as caught:
            found = caught.code
            assert isinstance(caught, CLASSES.get(found, CrmError))
        assert found == expected

    def values(self, key: str, names: Sequence[str] | None = None) -> Record:
        """Values for some fields, or for these."""
        model = random_world.record(self.random, key, self.random.randint(1, 8))
        if names is None:
            names = self.random.sample(stored(key), self.random.choice([0, 1, 1, 2, 3]))
        return {name: model[name] for name in names}

    def leads_nowhere(self, key: str, values: Record, kept: Record) -> bool:
        """Whether a value names a record that the user may not read, and that is not kept."""
        for name, value in values.items():
            target = TYPES[key].field(name).target
            held = ids_of(kept.get(name))
            if target and any(
                self.seen.find(target, each) is None and each not in held for each in ids_of(value)
            ):
                return True
        return False


PLACES = [f"{stage}.{status}" for stage, statuses in STAGES.items() for status in statuses]
CLASSES: dict[str, type] = {
    "permission": Forbidden,
    "no-such-type": NotFound,
    "no-such-field": NotFound,
    "no-such-record": NotFound,
    "no-such-stage": NotFound,
    "no-such-link": Refused,
}


def beginning(seen: Seen, key: str, values: Record, target: str) -> bool:
    """Whether some record may be added with values for these fields at a status."""
    grants = [grant for grant in seen.grants(key) if "create" in grant.lets]
    places = {target, target.partition(".")[0]}
    entered = any(
        "enter" in seen_of.stages.get(p, ()) for seen_of in seen.grants(key) for p in places
    )
    if seen.refused("create", key) or entered:
        return False
    for name in values:
        levels = [grant.levels.get(name, "") for grant in grants]
        if any(grant.levels.get(name) == "denied" for grant in seen.grants(key)) or not any(
            not level or level.startswith("masked") for level in levels
        ):
            return False
    return True


def stored(key: str) -> list[str]:
    """The fields of a type that hold a value of their own."""
    return [field.key for field in TYPES[key].fields if field.value is None]


def written_cell(key: str, name: str, value: Any) -> str:
    """A stored value as it stands in a file."""
    found = written(key, name, value)
    return ",".join(found) if isinstance(found, list) else found


def ids_of(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def written(key: str, name: str, value: Any) -> Any:
    """A stored value as a person writes it."""
    field = TYPES[key].field(name)
    if value is None:
        return ""
    if field.target:
        return ",".join(f"{field.target}/{each}" for each in ids_of(value))
    if field.kind == "user":
        return "root" if value == 1 else USERS[value - 2]
    if field.kind == "money":
        return str(value // 100)
    return json.loads(value) if field.kind == "tags" else str(value)
