"""What people try in SQL to see or change what they may not, and what comes of it.

The workspace of these tests has a retired field and a removed record, which nobody may see here;
each holds the word SECRET. Whatever is tried, the word comes out in no row and in no error, and
nothing is changed.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmtui.store.errors import CrmError
from crmtui.store.workspace import Workspace
from tests.store.sql.asking import asked
from tests.support.workspaces import changed, dump

DEFINED = """
type add account
field add account.name title
type add deal
field add deal.name title unique
field add deal.note unique_as=folded
field add deal.amount kind=money currency=EUR
field add deal.account kind=link to=account
field add deal.partners kind=multilink to=account
field add deal.secret_note
stage add deal open
stage add deal won
type add vault
field add vault.word
"""
ROWS = [["One", 12.5], ["Two", 7.25]]
NOT_READ = "only-reading"
NONE = "bad-sql"
"""There is no such table or column."""
NO_FUNCTION = "no-such-function"

TRIED: dict[str, tuple[str, object]] = {
    # names of types, used for something else
    "a table expression named as a type, over a hidden column": (
        "with deal as (select secret_note from main.deal) select * from deal",
        NONE,
    ),
    "the same, recursive": (
        "with recursive deal as (select secret_note from main.deal union all"
        " select secret_note from deal) select * from deal",
        NONE,
    ),
    "the same, only counted": (
        "with deal as (select secret_note from main.deal) select count(*) from deal",
        NONE,
    ),
    "a table expression named as a type, over what may be seen": (
        "with deal as (select name, amount from main.deal) select * from deal",
        ROWS,
    ),
    "a table expression inside one of the same name": (
        "with deal as (with deal as (select secret_note s from main.deal) select s from deal)"
        " select * from deal",
        NONE,
    ),
    "a table expression named as a table of SQLite": (
        "with sqlite_master as (select 1) select count(*) from sqlite_master",
        NONE,
    ),
    "a type by its schema": ("select name, amount from main.deal", ROWS),
    "a type in the temporary schema": ("select * from temp.deal", NONE),
    "a type in a schema of another name": ("select * from workspace.deal", NONE),
    "a type as a function": ("select * from deal('secret_note')", NONE),
    # hidden columns
    "a hidden column": ("select secret_note from deal", NONE),
    "a hidden column by an alias": ("select d.secret_note from deal d", NONE),
    "a hidden column, quoted": ('select "deal"."secret_note" from deal', NONE),
    "a hidden column in brackets": ("select deal.[secret_note] from deal", NONE),
    "a hidden column in WHERE": ("select name from deal where deal.secret_note like 'S%'", NONE),
    "a hidden column in ORDER BY": ("select name from deal order by deal.secret_note", NONE),
    "a hidden column in GROUP BY": ("select count(*) from deal group by deal.secret_note", NONE),
    "a hidden column in HAVING": (
        "select name from deal group by name having max(deal.secret_note) > ''",
        NONE,
    ),
    "a hidden column in a window": (
        "select row_number() over (order by deal.secret_note) from deal",
        NONE,
    ),
    "a hidden column in a correlated subselect": (
        "select (select deal.secret_note) from deal",
        NONE,
    ),
    "a hidden column in ON": (
        "select 1 from deal join account a on a.name = deal.secret_note",
        NONE,
    ),
    "a hidden column in USING": ("select 1 from deal d join deal e using (secret_note)", NONE),
    "hidden columns by NATURAL JOIN": (
        "select count(*) from deal natural join vault natural join deal e",
        [[0]],
    ),
    "a hidden column in a row value": (
        "select 1 from deal where (name, deal.secret_note) = ('a', 'b')",
        NONE,
    ),
    "the stand-in that a unique field has": ("select deal.crm_key_4 from deal", NONE),
    "the constant of a type": ("select deal.type_id from deal", NONE),
    "when a record was removed": ("select deal.removed_at from deal", NONE),
    "everything": ("select count(*) from (select * from deal) where name like '%SECRET%'", [[0]]),
    # hidden rows
    "a removed record by its id": ("select * from deal where id = 3", []),
    "a removed record by its rowid": ("select * from deal where rowid = 3", []),
    "a removed record by oid": ("select count(*) from deal where oid = 3 or _rowid_ = 3", [[0]]),
    "a removed record by an aggregate": ("select max(id), count(*) from deal", [[2, 2]]),
    "a removed record by its title": (
        "select * from deal where name >= 'SEC' and name < 'SED'",
        [],
    ),
    # tables of the workspace and of SQLite
    "users": ("select * from crm_user", NONE),
    "the journal": ("select * from crm_journal", NONE),
    "definitions": ("select * from crm_field", NONE),
    "a link table": ("select * from crm_link_6", NONE),
    "the schema": ("select * from sqlite_master", NONE),
    "the schema by its other name": ("select * from sqlite_schema", NONE),
    "the schema of what is temporary": ("select * from sqlite_temp_master", NONE),
    "the schema by its schema": ("select sql from main.sqlite_master", NONE),
    "statistics": ("select * from sqlite_stat1", NONE),
    "sequences": ("select * from sqlite_sequence", NONE),
    "pages": ("select * from sqlite_dbpage", NONE),
    "sizes": ("select * from dbstat", NONE),
    "how many sizes": ("select count(*) from dbstat", NONE),
    "how many statements": ("select count(*) from sqlite_stmt", NONE),
    "how many files": ("select count(*) from pragma_database_list", NONE),
    "statements": ("select * from sqlite_stmt", NONE),
    "the columns of a table": ("select * from pragma_table_info('deal')", NONE),
    "how many columns a table has": ("select count(*) from pragma_table_info('deal')", NONE),
    "the files": ("select file from pragma_database_list", NONE),
    "the functions": ("select name from pragma_function_list", NONE),
    "the options SQLite was made with": ("select * from pragma_compile_options", NONE),
    "a series": ("select * from generate_series(1, 10)", NONE),
    "a folder": ("select * from fsdir('/')", NONE),
    # statements that are none of reading
    "a pragma that tells": ("pragma table_info(deal)", NOT_READ),
    "a pragma that sets": ("pragma journal_mode = delete", NOT_READ),
    "a pragma that lifts the limit": ("pragma hard_heap_limit = 0", NOT_READ),
    "attaching a file": ("attach '{file}' as f", NOT_READ),
    "detaching": ("detach main", NOT_READ),
    "compacting": ("vacuum", NOT_READ),
    "compacting into a file": ("vacuum into '{file}'", NOT_READ),
    "compacting into what a question gives": ("vacuum into (select '{file}')", NOT_READ),
    "adding": ("insert into deal (name) values ('x')", NOT_READ),
    "adding, to read it back": ("insert into deal (name) values ('x') returning *", NOT_READ),
    "adding or changing": (
        "insert into deal (id) values (1) on conflict do update set name = 'x'",
        NOT_READ,
    ),
    "replacing": ("replace into deal (id, name) values (1, 'x')", NOT_READ),
    "changing": ("update deal set name = 'x'", NOT_READ),
    "changing, to read it back": ("update deal set name = 'x' returning *", NOT_READ),
    "removing": ("delete from deal returning *", NOT_READ),
    "adding behind a table expression": (
        "with x as (select 1) insert into deal (name) select 'x'",
        NOT_READ,
    ),
    "changing behind a table expression": (
        "with x as (select 1) update deal set name = 'x' returning *",
        NOT_READ,
    ),
    "removing behind a table expression": ("with x as (select 1) delete from deal", NOT_READ),
    "a table": ("create table t (a)", NOT_READ),
    "a temporary table of a question": ("create temp table t as select * from deal", NOT_READ),
    "a view": ("create view v as select * from deal", NOT_READ),
    "a temporary trigger": (
        "create temp trigger t after insert on deal begin select 1; end",
        NOT_READ,
    ),
    "a search table": ("create virtual table t using fts5(a)", NOT_READ),
    "an index": ("create index i on deal (name)", NOT_READ),
    "dropping a table": ("drop table deal", NOT_READ),
    "renaming a table": ("alter table deal rename to d", NOT_READ),
    "making indexes anew": ("reindex", NOT_READ),
    "taking statistics": ("analyze", NOT_READ),
    "beginning": ("begin", NOT_READ),
    "committing": ("commit", NOT_READ),
    "rolling back": ("rollback", NOT_READ),
    "a savepoint": ("savepoint s", NOT_READ),
    "releasing one": ("release s", NOT_READ),
    "two statements": ("select 1; select 2", NOT_READ),
    "a second statement that changes": ("select 1; delete from deal", NOT_READ),
    "a second statement behind a comment": ("select 1 /* ; */; --\n drop table deal", NOT_READ),
    "explaining": ("explain select * from deal", NOT_READ),
    "explaining behind a comment": ("/* a */ -- b\n explain select * from deal", NOT_READ),
    "explaining the plan": ("explain query plan select * from deal", NOT_READ),
    "the rest of what explaining is": ("query plan select * from deal", NOT_READ),
    # functions
    "loading an extension": ("select load_extension('x.so')", NO_FUNCTION),
    "a pointer in memory": ("select fts3_tokenizer('simple')", NO_FUNCTION),
    "a pointer to be followed": ("select fts3_tokenizer('a', x'4141414141414141')", NO_FUNCTION),
    "reading a file": ("select readfile('{file}')", NONE),
    "writing a file": ("select writefile('{file}', 'x')", NONE),
    "a program": ("select edit('x', 'sh')", NONE),
    "how SQLite was made": ("select sqlite_compileoption_get(1)", NO_FUNCTION),
    "what was changed": ("select changes(), total_changes()", NO_FUNCTION),
    "functions by which an expression is written out": ("select crm_contains('a', 'a')", NONE),
    "searching": ("select name from deal where name match 'SECRET'", NO_FUNCTION),
    "a function of a search table": ("select snippet(deal) from deal", NO_FUNCTION),
    "an index by name": ("select * from deal indexed by crm_unique_3", NONE),
    # text that is to be read otherwise than it looks
    "a comment that is not closed": ("select name, amount from deal /* where 0", ROWS),
    "a comment that hides a condition": ("select name, amount from deal -- where 0", ROWS),
    "a statement that never begins": ("/* select", "no-sql"),
    "nothing": (" ; ".replace(";", " "), "no-sql"),
    "a character that ends texts": ("select 'a\0b'", NONE),
    "half a character": ("select '\udc80'", "not-unicode"),
    "too much text": ("select 1 --" + "x" * 100_000, "too-long-sql"),
}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    path = tmp_path_factory.mktemp("attacked") / "crm.db"
    with Workspace.open(str(path), create=True, command="test") as opened:
        changed(opened, DEFINED)
        opened.add("account", {"name": "Acme"})
        for name, amount in (("One", "12.50"), ("Two", "7.25"), ("SECRET-ROW", "-1")):
            opened.add("deal", {"name": name, "amount": amount, "secret_note": "SECRET-FIELD"})
        opened.remove("deal/3")
        changed(opened, "field remove deal.secret_note")
        yield opened


@pytest.mark.parametrize("tried", TRIED)
def test_nothing_hidden_comes_out_and_nothing_is_changed(
    attacked: Workspace, tmp_path: Path, tried: str
) -> None:
    sql, expected = TRIED[tried]
    sql = sql.replace("{file}", str(tmp_path / "made"))
    before = dump(attacked.path)
    try:
        outcome: object = asked(attacked, sql)
        told = str(outcome)
    except CrmError as problem:
        outcome = problem.code
        told = str(problem).replace(sql, "")
    assert outcome == expected, told
    assert "SECRET-" not in told
    assert dump(attacked.path) == before
    assert list(tmp_path.iterdir()) == []


ORACLES = {
    "an error where the row is": (
        "select count(iif(name = 'SECRET-ROW', abs(-9223372036854775808), 1)) from deal"
    ),
    "an error by JSON": "select count(json_extract(iif(amount < 0, '{bad', '{}'), '$')) from deal",
    "an error by a pattern": (
        "select count(*) from deal where name not like iif(amount < 0, printf('%2000s', 'x'), 'y')"
    ),
    "an error in a join": (
        "select count(*) from deal d join account a"
        " on iif(d.amount < 0, abs(-9223372036854775808), 1)"
    ),
    "an error in HAVING": (
        "select count(*) from (select name from deal group by name"
        " having iif(min(amount) < 0, abs(-9223372036854775808), 1))"
    ),
    "an error in an order": (
        "select count(*) from (select name from deal"
        " order by iif(amount < 0, json('{bad'), name) limit 5)"
    ),
    "a value that is too large": (
        "select count(zeroblob(iif(amount < 0, 999999999, 1))) from deal"
    ),
}


@pytest.mark.parametrize("oracle", ORACLES)
def test_no_error_tells_of_a_row_that_is_hidden(attacked: Workspace, oracle: str) -> None:
    assert asked(attacked, ORACLES[oracle]) == [[2]]


@pytest.mark.parametrize("oracle", ORACLES)
def test_the_same_questions_do_fail_of_a_row_that_may_be_seen(
    workspace: Workspace, oracle: str
) -> None:
    for name, value in (("One", "1"), ("SECRET-ROW", "-1")):
        workspace.add("deal", {"name": name, "value": value})
    workspace.add("account", {"name": "Acme"})
    with pytest.raises(CrmError) as caught:
        asked(workspace, ORACLES[oracle].replace("amount", "value"))
    assert caught.value.code == "bad-sql"
