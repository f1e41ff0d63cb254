"""Whatever rules are made, no way of writing leads around them.

Rules are drawn at random, and so are writes by every path there is. After each of them an oracle in
plain Python, which knows nothing of SQL, looks at the records that the write touched.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmtui.store.errors import CrmError
from crmtui.store.import_options import ImportOptions
from crmtui.store.reading import open_source
from crmtui.store.workspace import Workspace
from tests.support.workspaces import change, dump

START = """
type add firm
field add firm.name title unique
field add firm.size kind=integer
type add deal
field add deal.name title
field add deal.a kind=integer
field add deal.b kind=integer
field add deal.note
field add deal.code
field add deal.source kind=choice
option add deal.source.web
option add deal.source.fair
option add deal.source.fax
field add deal.topics kind=multichoice
option add deal.topics.x
option add deal.topics.y
field add deal.number kind=autonumber prefix=D-
field add deal.firm kind=link to=firm
field add deal.partners kind=multilink to=firm
field add deal.above kind=link to=deal
stage add deal new
stage add deal won
status add deal.new late
"""
FIRMS = ({"name": "Acme", "size": 1}, {"name": "Bolt", "size": 9}, {"name": "Core"})
DEALS = (
    {"name": "d1", "a": 1, "source": "web", "firm": "Acme"},
    {"name": "d2", "b": 2, "note": "n", "code": "k1", "topics": "x,y", "partners": "Acme,Bolt"},
    {"name": "d3", "a": 2, "b": 2, "source": "fax", "topics": "y", "firm": "Bolt", "above": "d1"},
)
SIZES = {1: 1, 2: 9, 3: None}
FIELDS = "name a b note code source topics firm partners above".split()

Row = Mapping[str, Any]


class Condition(NamedTuple):
    """An expression as SQL, what it is in Python (True, False or None), and what it names."""

    sql: str
    truth: Callable[[Row], bool | None]
    names: frozenset[str]


def _compared(key: str, sign: str, value: Any) -> Condition:
    def truth(row: Row) -> bool | None:
        if row[key] is None:
            return None
        return {"=": row[key] == value, ">": row[key] > value, "<>": row[key] != value}[sign]

    return Condition(f"{key} {sign} {value!r}", truth, frozenset({key}))


def _empty(key: str) -> Condition:
    return Condition(f"{key} is null", lambda row: row[key] is None, frozenset({key}))


def _large() -> Condition:
    def truth(row: Row) -> bool | None:
        size = SIZES.get(row["firm"]) if row["firm"] else None
        return None if size is None else size > 5

    return Condition("firm.size > 5", truth, frozenset({"firm"}))


def _has() -> Condition:
    def truth(row: Row) -> bool | None:
        return "x" in json.loads(row["topics"]) if row["topics"] else None

    return Condition(
        "coalesce(has(topics, 'x'), 0)", lambda r: bool(truth(r)), frozenset(("topics",))
    )


def _not(one: Condition) -> Condition:
    def truth(row: Row) -> bool | None:
        found = one.truth(row)
        return None if found is None else not found

    return Condition(f"not ({one.sql})", truth, one.names)


def _joined(word: str, one: Condition, other: Condition) -> Condition:
    deciding = word == "or"

    def truth(row: Row) -> bool | None:
        found = [one.truth(row), other.truth(row)]
        if deciding in found:
            return deciding
        return None if None in found else not deciding

    return Condition(f"({one.sql}) {word} ({other.sql})", truth, one.names | other.names)


atoms = st.one_of(
    st.builds(
        _compared, st.sampled_from("ab"), st.sampled_from(("=", ">", "<>")), st.integers(0, 3)
    ),
    st.builds(_compared, st.just("note"), st.sampled_from(("=", "<>")), st.just("n")),
    st.builds(_compared, st.just("source"), st.sampled_from(("=", "<>")), st.just("web")),
    st.builds(_compared, st.just("stage"), st.sampled_from(("=", "<>")), st.just("won")),
    st.builds(_compared, st.just("status"), st.just("="), st.just("late")),
    st.builds(_compared, st.just("number"), st.just(">"), st.just("D-0002")),
    st.builds(_empty, st.sampled_from([*FIELDS, "number"])),
    st.builds(_large),
    st.builds(_has),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(_not, inner), st.builds(_joined, st.sampled_from(("and", "or")), inner, inner)
    ),
    max_leaves=3,
)


class Rules(NamedTuple):
    """What is asked of deals."""

    required: frozenset[str]
    once: frozenset[str]
    required_when: dict[str, Condition]
    visible_when: dict[str, Condition]
    read_only_when: dict[str, Condition]
    options: dict[str, Condition]
    ranges: frozenset[str]
    validations: list[Condition]
    folded: bool
    together: tuple[str, ...]
    defaults: dict[str, str]
    sized: bool

    def script(self) -> Iterable[str]:
        """The rules as changes."""
        for key in sorted(self.required):
            yield f"field set deal.{key} required"
        for key in sorted(self.once):
            yield f"field set deal.{key} write_once"
        for name in ("required_when", "visible_when", "read_only_when"):
            for key, condition in getattr(self, name).items():
                yield f'field set deal.{key} {name}="{condition.sql}"'
        for key, condition in self.options.items():
            yield f'option set deal.{key} when="{condition.sql}"'
        for name in sorted(self.ranges):
            yield f"field set deal.a {name}=b"
        for number, condition in enumerate(self.validations):
            yield f'validation add deal.v{number} rule="{condition.sql}"'
        if self.folded:
            yield "field set deal.code unique unique_as=folded"
        if self.together:
            yield f"validation add deal.together unique={','.join(self.together)}"
        for key, value in self.defaults.items():
            yield f"field set deal.{key} default={value}"
        if self.sized:
            yield "field set firm.size required"


few = st.sampled_from(FIELDS)
per_field = st.dictionaries(few, conditions, max_size=1)
rules_of = st.builds(
    Rules,
    required=st.frozensets(few, max_size=1),
    once=st.frozensets(few, max_size=1),
    required_when=per_field,
    visible_when=per_field,
    read_only_when=per_field,
    options=st.dictionaries(
        st.sampled_from(("source.web", "source.fair", "topics.x")), conditions, max_size=2
    ),
    ranges=st.frozensets(st.sampled_from(("min_field", "max_field")), max_size=1),
    validations=st.lists(conditions, max_size=2),
    folded=st.booleans(),
    together=st.sampled_from(((), ("note", "a"), ("source", "firm"), ("name", "code"))),
    defaults=st.dictionaries(st.sampled_from("abn"), st.sampled_from("012"), max_size=1).map(
        lambda found: {{"n": "note"}.get(k, k): v for k, v in found.items()}
    ),
    sized=st.booleans(),
)

VALUES: dict[str, st.SearchStrategy[str]] = {
    "name": st.sampled_from(("d1", "d2", "d3", "")),
    "a": st.sampled_from(("0", "1", "2", "3", "")),
    "b": st.sampled_from(("0", "1", "2", "3", "")),
    "note": st.sampled_from(("n", "m", "")),
    "code": st.sampled_from(("K1", "k1", "ｋ 1", "k2", "")),
    "source": st.sampled_from(("web", "fair", "fax", "")),
    "topics": st.sampled_from(("x", "y", "x,y", "")),
    "firm": st.sampled_from(("Acme", "Bolt", "Core", "")),
    "partners": st.sampled_from(("Acme", "Bolt,Core", "")),
    "above": st.sampled_from(("d1", "d2", "")),
}
NUMBERS = st.sampled_from(("D-0001", "D-0002", "D-0005", ""))
values = st.fixed_dictionaries({}, optional=VALUES)
refs = st.sampled_from(("deal/1", "deal/2", "deal/3"))
targets = st.sampled_from(("new", "new.late", "won"))
columns = st.lists(st.sampled_from([*FIELDS, "number", "stage"]), min_size=1, unique=True)
tables = columns.flatmap(
    lambda names: st.lists(
        st.fixed_dictionaries(
            {n: VALUES.get(n, NUMBERS if n == "number" else targets) for n in names}
        ),
        min_size=1,
        max_size=3,
    )
)
writes = st.one_of(
    st.tuples(st.just("add"), values, st.none() | targets),
    *[st.tuples(st.just("set"), refs, values)] * 3,
    st.tuples(st.just("move"), refs, targets),
    st.tuples(st.just("remove"), refs),
    st.tuples(st.just("restore"), refs),
    st.tuples(st.just("undo")),
    st.tuples(st.just("change"), st.sampled_from(
        (
            "option merge deal.source.fax into=web",
            "option merge deal.source.web into=fair",
            "option merge deal.topics.y into=x",
            "stage remove deal.new move_to=won",
            "stage remove deal.won move_to=new",
            "status remove deal.new.late move_to=new.open",
            "stage restore deal.new",
            "stage restore deal.won",
        )
    )),
    st.tuples(
        st.just("import"),
        tables,
        st.sampled_from(("csv", "ndjson")),
        st.sampled_from((None, None, "name", "code", "number", "source")),
        st.booleans(),
        st.booleans(),
    ),
)  # fmt: skip


def imported(
    workspace: Workspace,
    rows: list[dict[str, str]],
    form: str,
    match: str | None,
    going: bool,
    making: bool,
) -> None:
    if form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        text = out.getvalue()
    else:
        text = "\n".join(json.dumps(row) for row in rows)
    source = open_source(io.BytesIO(text.encode()), name=f"rows.{form}")
    options = ImportOptions(
        match=match if match in rows[0] else None,
        keep_going=going,
        create_missing=frozenset({"firm"}) if making else frozenset(),
    )
    workspace.import_records("deal", source, options)


def perform(workspace: Workspace, write: tuple[Any, ...]) -> None:
    """One write; what the store refuses is refused, and leaves nothing behind."""
    verb, *given = write
    if verb == "add":
        workspace.add("deal", given[0], given[1])
    elif verb == "change":
        workspace.change([change(given[0])])
    elif verb == "import":
        imported(workspace, *given)
    elif verb == "undo":
        workspace.undo()
    else:
        getattr(workspace, verb)(*given)


def rows_now(workspace: Workspace) -> dict[int, dict[str, Any]]:
    """Every live deal as the file has it."""
    ask = workspace._database.execute
    columns = "id name a b note code source topics number firm above stage status".split()
    kept = {key: key for key in columns}
    rows = ask(f"SELECT {', '.join(kept)} FROM deal WHERE removed_at IS NULL ORDER BY id")
    found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    link = next(f for f in workspace.type("deal").fields if f.key == "partners")
    for record_id, row in found.items():
        linked = ask(
            f"SELECT linked_id FROM crm_link_{link.id} WHERE record_id = ? ORDER BY position",
            (record_id,),
        )
        row["partners"] = tuple(each[0] for each in linked) or None
    return found


def folded(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "")


def wrongs(
    rules: Rules,
    row: Row,
    before: Row | None,
    *,
    by_people: bool,
) -> Iterable[str]:
    """What a record has against a write of it: `before` is None where it is new."""
    changed = None if before is None else {key for key in row if row[key] != before[key]}

    def touched(*names: str) -> bool:
        return changed is None or not changed.isdisjoint(names)

    def shown(key: str) -> bool:
        return key not in rules.visible_when or rules.visible_when[key].truth(row) is True

    for key in FIELDS:
        visible = rules.visible_when.get(key)
        seen = visible.names if visible else frozenset()
        if key in rules.required and row[key] is None and shown(key) and touched(key, *seen):
            yield f"{key} is required"
        when = rules.required_when.get(key)
        needed = when is not None and when.truth(row) is True and key not in rules.required
        if when and needed and row[key] is None and shown(key) and touched(key, *when.names, *seen):
            yield f"{key} is required where {when.sql}"
        if visible and row[key] is not None and not shown(key) and touched(key, *seen):
            yield f"{key} is not visible"
        if before is not None and by_people and touched(key):
            if key in rules.once:
                yield f"{key} is set once"
            frozen = rules.read_only_when.get(key)
            if frozen and frozen.truth(before) is True:
                yield f"{key} is read-only where {frozen.sql}"
    for ref, when in rules.options.items():
        key, _, option = ref.partition(".")
        held = row[key] or ""
        has = option in json.loads(held or "[]") if key == "topics" else option == held
        if has and when.truth(row) is not True and touched(key, *when.names):
            yield f"{ref} only where {when.sql}"
    both = row["a"] is not None and row["b"] is not None
    if "min_field" in rules.ranges and both and row["a"] < row["b"] and touched("a", "b"):
        yield "a is below b"
    if "max_field" in rules.ranges and both and row["a"] > row["b"] and touched("a", "b"):
        yield "a is above b"
    for condition in rules.validations:
        if condition.truth(row) is False and touched(*condition.names):
            yield f"not {condition.sql}"


def alike(rules: Rules, rows: Iterable[Row]) -> list[str]:
    """What two live records have alike and may not."""
    found = []
    seen: set[Any] = set()
    for row in rows:
        keys: list[Any] = [("number", row["number"])]
        if rules.folded and row["code"] is not None:
            keys.append(("code", folded(row["code"])))
        parts = [
            folded(row[key]) if key == "code" and rules.folded and row[key] else row[key]
            for key in rules.together
        ]
        if parts and None not in parts:
            keys.append(("together", *parts))
        found += [f"two have {key}" for key in keys if key in seen]
        seen.update(keys)
    return found


@lru_cache
def ground() -> bytes:
    """A workspace without rules, as a file."""
    with tempfile.TemporaryDirectory() as folder, workspace_at(f"{folder}/crm.db") as workspace:
        workspace.change([change(line) for line in START.strip().splitlines()])
        for firm in FIRMS:
            workspace.add("firm", firm)
        for deal in DEALS:
            workspace.add("deal", deal)
        workspace._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(workspace.path).read_bytes()


def workspace_at(path: str) -> Workspace:
    workspace = Workspace.open(path, create=True)
    workspace._database.execute("PRAGMA synchronous = OFF")
    return workspace


@given(rules_of, st.lists(writes, min_size=1, max_size=8))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_write_leads_around_the_rules(tmp_path_factory, rules, script):
    path = tmp_path_factory.mktemp("rules") / "crm.db"
    path.write_bytes(ground())
    with workspace_at(str(path)) as workspace:
        workspace.change([change(line) for line in rules.script()])
        ask = workspace._database.execute
        ruled = workspace._database.scalar("SELECT max(id) FROM crm_act")
        for write in script:
            before, file_before = rows_now(workspace), dump(str(path))
            gone = {id for (id,) in ask("SELECT id FROM deal WHERE removed_at IS NOT NULL")}
            try:
                if write[0] == "undo" and workspace.undo(dry_run=True)[0] <= ruled:
                    continue
                perform(workspace, write)
            except CrmError:
                assert dump(str(path)) == file_before, write
                continue
            after = rows_now(workspace)
            for record_id, row in after.items():
                if record_id not in gone:
                    was = before.get(record_id)
                    found = list(wrongs(rules, row, was, by_people=write[0] != "change"))
                    assert not found, (write, row, was, found)
            assert alike(rules, after.values()) == [], write
