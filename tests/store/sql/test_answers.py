"""What SQL answers: what each field is as a column, and that it is enough to copy what is read."""

import json
import sqlite3
from collections.abc import Iterator

import pytest

from crmtui.store.workspace import Workspace
from tests.store.sql.asking import asked, names, refusal
from tests.support.workspaces import changed, dump


def column(workspace: Workspace, name: str) -> list[object]:
    return [row[0] for row in asked(workspace, f'select "{name}" from thing order by id')]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", 1),
        ("ref", "thing/1"),
        ("stage", "open"),
        ("status", "open"),
        ("revision", 1),
        ("name", "One"),
        ("text", "two\nlines"),
        ("whole", 7),
        ("exact", 0.125),
        ("price", 12.5),
        ("yen", 1200),
        ("share", 30.0),
        ("stars", 3),
        ("flag", 1),
        ("day", "2026-10-01"),
        ("hour", "09:30"),
        ("met", "2026-10-01T22:00:00Z"),
        ("lasts", 5400),
        ("source", "web"),
        ("topics", '["x", "y"]'),
        ("tags", '["vip", "旧"]'),
        ("firm", 1),
        ("firm_title", "Acme"),
        ("partners", "[2,1]"),
        ("partners_title", "Bolt, Acme"),
        ("who", "Ada King"),
        ("who_parts", '{"full": "Ada King", "first": "Ada", "last": "King"}'),
        ("mail", "ada@example.com"),
        ("tel", "+8613812345678"),
        ("site", "https://example.com/"),
        ("home", '{"city": "Oslo", "country": "NO"}'),
        ("color", "#e5484d"),
        ("more", '{"a":[1,2]}'),
        ("number", "T-0001"),
        ("twice", 25.0),
        ("due", "2026-10-02"),
        ("firm_size", 5),
    ],
)
def test_a_field_of_each_kind_is_a_column(things: Workspace, name: str, value: object) -> None:
    found = column(things, name)
    if value.__class__ is str and value[:1] in "[{":  # type: ignore[index]
        assert json.loads(str(found[0])) == json.loads(str(value))
    else:
        assert found[0] == value
        assert type(found[0]) is type(value)
    every = ("id", "ref", "stage", "status", "revision", "name", "number")
    if name not in every:
        assert found[1] is None


def test_users_are_their_names(things: Workspace) -> None:
    me = things.actor.key
    (row, empty) = asked(
        things, "select owner, created_by, updated_by, me() = owner from thing order by id"
    )
    assert row == [me, me, me, 1]
    assert empty == [None, me, me, None]


def test_a_column_means_what_the_field_means_in_an_expression(things: Workspace) -> None:
    apart = {"firm", "partners", "topics", "tags", "home"}
    for field in things.type("thing").fields:
        plan = things.plan("thing", ["id"])
        place = plan.means(f'"{field.key}"')
        meant = [row[place] for row in plan.rows([("r.id", False)])]
        name = f"{field.key}_title" if field.target else field.key
        if field.key not in apart or field.target:
            assert column(things, name) == meant, field.key


def test_every_column_that_is_told_of_can_be_asked_for(things: Workspace) -> None:
    for shape in things.sql_tables():
        told = [each.name for each in shape.columns]
        assert names(things, f"select * from {shape.name}") == told
        for name in told:
            assert len(asked(things, f'select "{name}" from {shape.name}')) == 2


def test_roll_ups_count_what_there_is(things: Workspace) -> None:
    assert asked(things, "select name, things, total from firm order by id") == [
        ["Acme", 1, 12.5],
        ["Bolt", 0, 0],
    ]


def test_links_join_and_lists_unfold(things: Workspace) -> None:
    joined = "select t.name, f.name from thing t join firm f on f.id = t.firm"
    assert asked(things, joined) == [["One", "Acme"]]
    many = (
        "select f.name from thing t, json_each(t.partners) p join firm f on f.id = p.value"
        " order by p.key"
    )
    assert asked(things, many) == [["Bolt"], ["Acme"]]
    assert asked(things, "select count(*) from thing where has(tags, 'VIP')") == [[1]]
    assert asked(things, "select json_get(home, 'city') from thing limit 1") == [["Oslo"]]
    assert asked(things, "select json_get(who_parts, 'last') from thing limit 1") == [["King"]]


def test_a_field_goes_before_the_column_that_another_would_give(empty: Workspace) -> None:
    changed(empty, "type add a\nfield add a.name title\nfield add a.up kind=link to=a\n")
    changed(empty, "field add a.Up_Title")
    empty.add("a", {"name": "One", "up": "", "Up_Title": "mine"})
    assert names(empty, "select * from a")[2:5] == ["name", "up", "Up_Title"]
    assert asked(empty, "select up_title from a") == [["mine"]]


def test_a_type_without_stages_has_no_columns_of_stages(things: Workspace) -> None:
    assert refusal(things, "select stage from firm").code == "bad-sql"


def test_chinese_types_and_fields_need_no_quotes(empty: Workspace) -> None:
    changed(
        empty,
        "type add 客户\nfield add 客户.名称 title\n"
        "type add 商机\nfield add 商机.名称 title\nfield add 商机.金额 kind=money currency=CNY\n"
        "field add 商机.客户 kind=link to=客户\n",
    )
    empty.add("客户", {"名称": "海辰"})
    empty.add("商机", {"名称": "一期", "金额": "100.50", "客户": "海辰"})
    sql = (
        "select k.名称 客户名, sum(s.金额) 合计 from 商机 s join 客户 k on k.id = s.客户 group by 1"
    )
    assert names(empty, sql) == ["客户名", "合计"]
    assert asked(empty, sql) == [["海辰", 100.5]]
    assert asked(empty, "select ref, 客户_title from 商机") == [["商机/1", "海辰"]]


def test_text_is_compared_as_it_is_stored_however_it_was_typed(empty: Workspace) -> None:
    changed(empty, "type add café\nfield add café.name title")
    empty.add("café", {"name": "Zoë"})
    assert asked(empty, "select name from cafe\u0301 where name = 'Zoe\u0308'") == [["Zoë"]]
    assert asked(empty, "select :n = name from café", {"n": "Zoe\u0308"}) == [[1]]


# Only what a question reads is copied

QUESTIONS = (
    "select * from thing",
    "select count(*) from thing",
    "select rowid, oid, _rowid_ from thing",
    "select t.*, f.* from thing t left join firm f on f.id = t.firm",
    "select * from firm natural join thing",
    "select f.name from firm f natural left join thing",
    "select t.day from thing t natural join thing u",
    "select * from firm join thing using (id)",
    "select thing.name from firm join thing using (name, id)",
    "select name from thing where name in (select name from firm)",
    "select 1 in (select size from firm)",
    "select (whole, price) = (7, 12.5) from thing",
    "select exists (select * from firm where size > 3)",
    "select (select max(size) from firm) from thing",
    "select (select f.name from firm f where f.id = t.firm) from thing t",
    "with x as (select name, price p from thing) select sum(p) from x where name > 'A'",
    "with x as materialized (select * from thing) select name from x",
    "with x as (select * from thing) select a.name from x a join x b on a.id = b.id",
    "with recursive t (n) as (select 1 union all select n + 1 from t where n < 3) select * from t",
    "select name, row_number() over (partition by firm order by price desc) from thing",
    "select sum(price) over w from thing window w as (order by id)",
    "select value from thing, json_each(thing.tags)",
    "select fullkey, atom from thing, json_tree(thing.more)",
    "select name from thing union select name from firm except select 'x' order by 1",
    "select group_concat(name, '-') from (select name from thing order by name desc)",
    "select name from thing order by price, day desc limit 1 offset 1",
    "select count(*), source from thing group by source having count(whole) > 0",
    "select max(price), name from thing",
    "select name collate nocase from thing order by name collate nocase",
    "select case when flag then tel else mail end from thing",
    "select a.name from thing a, thing b where a.id < b.id and b.firm is null",
    "select ref from thing where ref like '%/2'",
    "select \"firm\".\"name\", [thing].[name] from firm cross join `thing`",
    "select x.day from (select * from (select * from thing)) x",
    "select name from thing where firm_size between 1 and 9",
    "values (1, 'a'), (2, 'b')",
    "select name from Thing where WHOLE = '7'",
    "select twice, due, things from thing, firm where firm.id = 1",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(things: Workspace) -> sqlite3.Connection:
    """A whole copy of the workspace, made by asking for everything."""
    copy = sqlite3.connect(":memory:")
    for shape in things.sql_tables():
        plain = [each for each in shape.columns if not each.generated]
        listed = ", ".join(f'"{each.name}"' for each in plain)
        copy.execute(shape.created)
        copy.executemany(
            f"insert into {shape.name} ({listed}) values ({', '.join('?' * len(plain))})",
            asked(things, f"select {listed} from {shape.name}"),
        )
    return copy


@pytest.mark.parametrize("sql", QUESTIONS)
def test_a_question_is_answered_as_over_a_copy_of_everything(
    things: Workspace, whole: sqlite3.Connection, sql: str
) -> None:
    assert asked(things, sql) == [list(row) for row in whole.execute(sql)]


def test_only_the_columns_that_are_read_are_copied(
    things: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmtui.store.sql import asking

    read: list[list[str]] = []
    reading = asking.reading

    def noting(columns, planned):
        read.append([column.name for column in columns])
        return reading(columns, planned)

    monkeypatch.setattr(asking, "reading", noting)
    asked(things, "select firm_title, sum(price) from thing group by 1")
    assert read == [["id", "price", "firm_title"]] or read == [["id", "firm_title", "price"]]
    read.clear()
    asked(things, "select 'thing', 'firm'")
    assert read == []


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    path = tmp_path_factory.mktemp("many") / "crm.db"
    with Workspace.open(str(path), create=True, command="test") as opened:
        changed(opened, "type add t\nfield add t.name title\nfield add t.tags kind=tags")
        with opened.intent():
            for number in range(30):
                opened.add("t", {"name": f"n{number % 7}", "tags": "a,b" if number > 20 else ""})
        yield opened


@pytest.mark.parametrize(
    ("sql", "copied"),
    [
        ("select * from t limit 5", 5),
        ("SELECT name || 'x', upper(name) FROM t LIMIT 5 ;", 5),
        ("select 'it''s', \"name\" from t limit 5", 5),
        ("select a.name from t a, t b limit 5", 5),
        ("select * from t limit 0", 0),
        ("select * from t", None),
        ("select * from t -- limit 5", None),
        ("select * from t /* limit 5 */ limit 6", None),
        ("select * from t limit 5 offset 20", None),
        ("select * from t limit 20, 5", None),
        ("select * from t limit 2 + 3", None),
        ("select * from t limit -1", None),
        ("select * from t where name = 'n6' limit 5", None),
        ("select name from t order by name limit 5", None),
        ("select distinct name from t limit 5", None),
        ("select name from t group by name limit 5", None),
        ("select count(*) from t limit 5", None),
        ("select max(id) from t limit 5", None),
        ("select max(id, 3) from t limit 5", None),
        ("select (select count(*) from t) from t limit 5", None),
        ("select row_number() over () from t limit 5", None),
        ("select name from t union all select name from t limit 50", None),
        ("with x as (select * from t) select count(*) from x limit 5", None),
        ("select value from t, json_each(t.tags) limit 5", None),
        ("select a.name from t a join t b on b.id = a.id + 20 limit 5", None),
        ("select * from (select * from t limit 5)", None),
    ],
)
def test_of_a_question_for_any_rows_only_so_many_are_copied(
    many: Workspace, monkeypatch: pytest.MonkeyPatch, sql: str, copied: int | None
) -> None:
    from crmtui.store.query import Plan

    read: list[int | None] = []
    rows = Plan.rows

    def noting(self: Plan, orders, limit=None, offset=0):
        read.append(limit)
        return rows(self, orders, limit, offset)

    with monkeypatch.context() as patched:
        patched.setattr(Plan, "rows", noting)
        few = asked(many, sql)
    assert read == [copied]
    from crmtui.store.sql import asking

    monkeypatch.setattr(asking, "enough_rows", lambda *_: None)
    assert few == asked(many, sql)


def test_of_a_question_of_which_only_the_first_rows_are_looked_at_no_more_are_copied(
    many: Workspace,
) -> None:
    from crmtui.store.sql.asking import enough_rows
    from crmtui.store.sql.limits import Limits

    assert enough_rows("select * from t", Limits(rows=None, wanted=51)) == 51
    assert enough_rows("select * from t limit 5", Limits(rows=None, wanted=51)) == 5
    assert enough_rows("select * from t", Limits(rows=9)) == 10
    assert enough_rows("select * from t order by name", Limits(rows=9, wanted=51)) is None
    assert refusal(many, "select * from t", rows=9).code == "too-many-rows"


# At what moment


def test_a_question_within_an_act_sees_what_the_act_has_done(workspace: Workspace) -> None:
    with workspace.intent():
        workspace.add("deal", {"name": "One"})
        assert asked(workspace, "select name from deal") == [["One"]]
    assert asked(workspace, "select name from deal") == [["One"]]


def test_a_type_that_was_just_made_can_be_asked(empty: Workspace) -> None:
    with empty.intent():
        changed(empty, "type add deal\nfield add deal.name title")
        assert asked(empty, "select * from deal") == []


def test_all_types_are_of_one_moment(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmtui.store.sql import asking

    with Workspace.open(path, create=True, command="test") as workspace:
        changed(workspace, "type add a\nfield add a.name title\ntype add b\nfield add b.name title")
        reading = asking.reading

        def writing_meanwhile(columns, planned):
            with Workspace.open(path, command="other") as other:
                other.add("a", {"name": "x"})
                other.add("b", {"name": "x"})
            return reading(columns, planned)

        monkeypatch.setattr(asking, "reading", writing_meanwhile)
        assert asked(workspace, "select (select count(*) from a), (select count(*) from b)") == [
            [0, 0]
        ]


def test_asking_changes_nothing(workspace: Workspace) -> None:
    workspace.add("deal", {"name": "One"})
    before = dump(workspace.path)
    assert asked(workspace, "select name from deal") == [["One"]]
    assert dump(workspace.path) == before
    workspace.set("deal/1", {"name": "Two"})
    assert asked(workspace, "select name from deal") == [["Two"]]


# Columns of the answer


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id, id, 1 as id from thing", ["id", "id_2", "id_3"]),
        ("select 1 as id, 2 as id_2, 3 as id", ["id", "id_2", "id_3"]),
        ("select count(*), count(*) from thing", ["count(*)", "count(*)_2"]),
        ("select a.name, b.name from firm a, firm b", ["name", "name_2"]),
        ("values (1, 2)", ["column1", "column2"]),
        ('select 1 as "a b", 2 as "客户"', ["a b", "客户"]),
    ],
)
def test_no_two_columns_are_named_alike(things: Workspace, sql: str, expected: list[str]) -> None:
    assert names(things, sql) == expected


def test_values_of_every_sort_come_through(empty: Workspace) -> None:
    sql = (
        "select null, 1, 9223372036854775807, -0.5, 1e400, 'a''b', '', x'00ff', x'',"
        " cast(x'61ff' as text), char(0), '𝄞', 0.1 + 0.2"
    )
    assert asked(empty, sql) == [
        [
            *(None, 1, 2**63 - 1, -0.5, float("inf"), "a'b", "", "X'00FF'", "X''"),
            *("a\ufffd", "\0", "𝄞", 0.1 + 0.2),
        ]
    ]


def test_parameters_are_values_and_never_sql(things: Workspace) -> None:
    sql = "select name from thing where name = :name or whole = :n"
    assert asked(things, sql, {"name": "x' or 1=1 --", "n": 7}) == [["One"]]
    assert asked(things, "select :a, @b, $c", {"a": None, "b": 1.5, "c": "'"}) == [[None, 1.5, "'"]]
    assert refusal(things, sql, parameters={"name": "One"}).code == "bad-sql"
    assert refusal(things, "select ?", parameters={}).code == "bad-sql"
    assert refusal(things, "select :n", parameters={"n": 2**70}).code == "bad-sql"
    assert refusal(things, "select :n", parameters={"n": "\udc80"}).code == "not-unicode"
