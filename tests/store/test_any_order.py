"""Whatever is changed, in whatever order and in however many transactions, the file stays sound."""

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmtui.store.errors import CrmError
from crmtui.store.tables import wanted_indexes
from crmtui.store.workspace import Workspace
from tests.support.workspaces import change

TYPES = ["a", "b", "A", "c"]
FIELDS = ["x", "y", "z"]
STAGES = ["s", "t"]
KINDS = [
    "kind=text",
    "kind=text unique",
    "kind=text title",
    "kind=integer indexed",
    "kind=integer default=5",
    "kind=money currency=USD",
    "kind=decimal required",
    "kind=date default=today",
    "kind=link to=a",
    "kind=link to=b",
    "kind=choice",
    "kind=multichoice",
    "kind=tags default=a,b",
    "kind=person title",
    "kind=address",
    "kind=user default=me",
    "kind=duration unit=minutes default=5",
    "kind=json",
]

type_keys = st.sampled_from(TYPES)
field_refs = st.builds("{}.{}".format, type_keys, st.sampled_from(FIELDS))
stage_refs = st.builds("{}.{}".format, type_keys, st.sampled_from(STAGES))
status_refs = st.builds("{}.{}".format, stage_refs, st.sampled_from(["open", "p"]))
option_refs = st.builds("{}.{}".format, field_refs, st.sampled_from(["o", "n"]))
verbs = st.sampled_from(["remove", "restore", "purge"])
values = st.sampled_from("1 2 2026-01-01 a/1 o text -3.5 me o,n {}".split() + [""])

lines = st.one_of(
    st.builds("type add {}".format, type_keys),
    st.builds("field add {} {}".format, field_refs, st.sampled_from(KINDS)),
    st.builds("stage add {}".format, stage_refs),
    st.builds("status add {}".format, status_refs),
    st.builds("option add {}".format, option_refs),
    st.builds("type rename {} {}".format, type_keys, type_keys),
    st.builds("field rename {} {}".format, field_refs, st.sampled_from(FIELDS)),
    st.builds("stage rename {} {}".format, stage_refs, st.sampled_from(STAGES)),
    st.builds("status rename {} {}".format, status_refs, st.sampled_from(["open", "p"])),
    st.builds("option rename {} {}".format, option_refs, st.sampled_from(["o", "n"])),
    st.builds("type {} {}".format, verbs, type_keys),
    st.builds("field {} {}".format, verbs, field_refs),
    st.builds("stage {} {}".format, verbs, stage_refs),
    st.builds("stage remove {} move_to={}".format, stage_refs, st.sampled_from(STAGES)),
    st.builds("status {} {}".format, verbs, status_refs),
    st.builds("status remove {} move_to={}".format, status_refs, st.sampled_from(STAGES)),
    st.builds("option {} {}".format, verbs, option_refs),
    st.builds(
        "field set {} {}".format,
        field_refs,
        st.sampled_from(["unique", "unique=false", "title", "indexed", "required", "default="]),
    ),
    st.builds("stage order {} t".format, type_keys),
)
acts = st.one_of(
    lines,
    lines,
    st.tuples(st.just("add"), type_keys, st.dictionaries(st.sampled_from(FIELDS), values)),
    st.tuples(st.just("set"), type_keys, st.dictionaries(st.sampled_from(FIELDS), values)),
    st.tuples(st.just("move"), type_keys, st.sampled_from(["s", "t", "s.p"])),
    st.tuples(st.sampled_from(["remove", "restore", "read"]), type_keys, st.none()),
)
START = [
    "type add a",
    "type add b",
    "field add a.x kind=text title",
    "field add b.y kind=link to=a",
]


def perform(workspace, act):
    """Do one thing; what the store refuses is refused."""
    try:
        if isinstance(act, str):
            workspace.change([change(act)])
            return
        verb, key, values = act
        if verb == "add":
            workspace.add(key, values)
        elif verb == "read":
            workspace.counts()
            workspace.records(key, sort=["-x"] if "x" in workspace.type(key).field_by_key else [])
            workspace.board(key)
            for entry in workspace.log(key):
                assert entry.ref
        elif verb in ("set", "move"):
            getattr(workspace, verb)(f"{key}/1", values)
        else:
            getattr(workspace, verb)(f"{key}/1")
    except CrmError as problem:
        assert not re.search(r"\{[a-z_]+\}", str(problem))


def check(workspace):
    """What must be true of every workspace at every moment."""
    connection = sqlite3.connect(workspace.path)
    ask = lambda sql, *parameters: connection.execute(sql, parameters).fetchall()  # noqa: E731
    assert ask("PRAGMA foreign_key_check") == []
    assert ask("PRAGMA integrity_check") == [("ok",)]
    types = workspace.types(retired=True)
    tables = {
        name
        for (name,) in ask("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith(("crm_", "sqlite_", "_sqlite_"))
    }
    assert tables == {type_.key for type_ in types}
    for type_ in types:
        columns = [name for (name,) in ask("SELECT name FROM pragma_table_info(?)", type_.key)]
        assert set(columns) >= {field.key for field in type_.all_fields}
        assert len(columns) == 10 + len(type_.all_fields)
        indexes = ask(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?", type_.key
        )
        assert {name for (name,) in indexes} == wanted_indexes(type_).keys()
        assert sum(field.title for field in type_.all_fields) <= 1
        stranded = f'SELECT count(*) FROM "{type_.key}" WHERE stage IS NULL'
        if any(stage.live_statuses for stage in type_.stages):
            assert ask(stranded) == [(0,)]
        for stage, status in ask(f'SELECT DISTINCT stage, status FROM "{type_.key}"'):
            if stage is not None:
                found = type_.status(stage, status)
                assert found is not None and not found.retired
                assert not type_.stage_by_key[stage].retired
    connection.close()
    for type_ in workspace.types():
        for record in workspace.records(type_.key):
            assert record.json() and workspace.history(record.ref)
            workspace.problems(type_.key, {}, record.ref)
    assert len(list(workspace.log())) == workspace.journal_position()


@given(st.lists(st.tuples(st.booleans(), st.lists(acts, min_size=1, max_size=12)), max_size=3))
@settings(max_examples=40)
def test_no_order_of_changes_breaks_a_workspace(tmp_path_factory, transactions):
    path = str(tmp_path_factory.mktemp("order") / "crm.db")
    with Workspace.open(path, create=True) as workspace:
        workspace._database.execute("PRAGMA synchronous = OFF")
        for keep, script in [(True, START), *transactions]:
            try:
                with workspace.intent("configure"):
                    for act in script:
                        perform(workspace, act)
                    if not keep:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
            check(workspace)


@given(st.lists(acts, min_size=1, max_size=15))
@settings(max_examples=40)
def test_one_transaction_or_many_come_to_the_same(tmp_path_factory, script):
    found = []
    folder = tmp_path_factory.mktemp("same")
    for name in ("together", "apart"):
        with Workspace.open(str(folder / name), create=True) as workspace:
            workspace._database.execute("PRAGMA synchronous = OFF")
            if name == "together":
                with workspace.intent("configure"):
                    for act in [*START, *script]:
                        perform(workspace, act)
            else:
                for act in [*START, *script]:
                    perform(workspace, act)
            check(workspace)
            found.append(
                {
                    type_.key: [record.json() for record in workspace.records(type_.key)]
                    for type_ in workspace.types()
                }
            )
            found[-1]["log"] = [(e.op, e.ref) for e in workspace.log()]
    assert found[0] == found[1]


@pytest.mark.parametrize("act", START)
def test_the_acts_above_are_understood(empty, act):
    for line in START:
        perform(empty, line)
    assert [type_.key for type_ in empty.types()] == ["a", "b"]
    check(empty)
