"""`crmtui sql`: words in, an answer in every format out; errors in one line, with an exit code."""

import os
import signal
import subprocess
import time
from decimal import Decimal

import pytest

from tests.support.cli import PROGRAM, REPOSITORY, Crm, on_terminal

SCRIPT = """\
type add account --label Account --label-zh 客户
field add account.name --title
type add deal
field add deal.name --title
field add deal.value --kind money --currency USD
field add deal.account --kind link --to account
field add deal.note --kind longtext
stage add deal lead won
record add account name=Acme
record add deal name=One value=12.50 account=Acme
record add deal name="Two, \\"quoted\\"" value=7 stage=won
record add deal name==evil note=@-
"""


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(SCRIPT.replace(" stage=won", "").replace(" note=@-", ""))
    crm.here("record", "move", "deal/2", "won")
    crm.here("record", "set", "deal/3", "note=a\tb\nc")
    return crm


def test_the_question_of_the_manual(deals: Crm) -> None:
    sql = "select stage, count(*), sum(value) from deal group by 1"
    assert deals("sql", sql, "--json").json == [
        {"stage": "lead", "count(*)": 2, "sum(value)": Decimal("12.5")},
        {"stage": "won", "count(*)": 1, "sum(value)": 7},
    ]


def test_a_join_by_a_link(deals: Crm) -> None:
    sql = "select d.ref, a.name from deal d left join account a on a.id = d.account order by d.id"
    assert deals.here("sql", sql).out == "deal/1\tAcme\ndeal/2\t\ndeal/3\t\n"


@pytest.mark.parametrize(
    ("words", "out"),
    [
        ([], 'One\t12.5\t\nTwo, "quoted"\t7\t\n=evil\t\ta\\tb\\nc\n'),
        (["--header"], 'name\tvalue\tnote\nOne\t12.5\t\nTwo, "quoted"\t7\t\n=evil\t\ta\\tb\\nc\n'),
        (["--csv"], 'name,value,note\nOne,12.5,\n"Two, ""quoted""",7,\n=evil,,"a\tb\nc"\n'),
        (
            ["--csv", "--no-header", "--spreadsheet"],
            'One,12.5,\n"Two, ""quoted""",7,\n\'=evil,,"a\tb\nc"\n',
        ),
        (
            ["--format", "ndjson"],
            '{"name":"One","value":12.5,"note":null}\n'
            '{"name":"Two, \\"quoted\\"","value":7,"note":null}\n'
            '{"name":"=evil","value":null,"note":"a\\tb\\nc"}\n',
        ),
        (["--ids"], 'One\nTwo, "quoted"\n=evil\n'),
        (
            ["--format", "table"],
            "NAME           VALUE  NOTE\n"
            "One             12.5\n"
            'Two, "quoted"      7\n'
            "=evil                 a␉b␊c\n",
        ),
    ],
)
def test_every_format(deals: Crm, words: list[str], out: str) -> None:
    assert deals.here("sql", "select name, value, note from deal order by id", *words).out == out


def test_markdown_is_a_table(deals: Crm) -> None:
    out = deals.here("sql", "select name, value from deal limit 1", "--format", "markdown").out
    head, rule, row = (line.replace(" ", "") for line in out.splitlines())
    assert (head, set(rule), row) == ("|name|value|", {"|", "-"}, "|One|12.5|")


def test_references_feed_other_commands(deals: Crm) -> None:
    refs = deals.here("sql", "select ref from deal where value > 5", "--ids").out
    deals.here("record", "set", "-", "note=large", stdin=refs)
    assert deals.count("deal", "note = 'large'") == 2


def test_a_question_comes_from_a_pipe(deals: Crm) -> None:
    sql = "-- how many\nselect count(*)\nfrom deal;\n"
    assert deals("sql", "-", stdin=sql).out == "3\n"


def test_values_are_given_by_name(deals: Crm) -> None:
    sql = "select name from deal where name = :name or value < :most"
    assert deals.here("sql", sql, "name=One", "most:=7.5").out == 'One\nTwo, "quoted"\n'
    assert deals.here("sql", "select :a, :b, :c, :d", "a=", "b:=null", "c:=[1]", "d:=true").out == (
        "\t\t[1]\t1\n"
    )


def test_an_empty_answer_is_empty_in_every_format(deals: Crm) -> None:
    sql = "select name from deal where 0"
    assert deals.here("sql", sql).out == ""
    assert deals.here("sql", sql, "--json").out == "[]\n"
    assert deals.here("sql", sql, "--csv").out == "name\n"


def test_what_can_be_asked(deals: Crm) -> None:
    assert deals.here("sql", "--tables").out == "account\tAccount\ndeal\tdeal\n"
    columns = deals.here("sql", "--schema", "deal", "--json").json
    assert [column["column"] for column in columns] == (
        "id ref stage status name value account account_title note status_since revision"
        " created_at created_by updated_at updated_by"
    ).split()
    assert columns[6] == {
        "table": "deal",
        "column": "account",
        "type": "INTEGER",
        "kind": "link account",
        "label": "account",
    }
    assert {column["table"] for column in deals.here("sql", "--schema", "--json").json} == {
        "account",
        "deal",
    }
    assert "no-such-type" in deals.refused("sql", "--schema", "dael", code=3)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["select nope from deal"], 1, "no such column: nope  [bad-sql]"),
        (["select * from nope"], 1, "crmtui sql --tables"),
        (["drop table deal"], 1, "[only-reading]"),
        (["select * from crm_user"], 1, "no such table: crm_user  [bad-sql]"),
        (["select load_extension('x')"], 1, "[no-such-function]"),
        (["select 'open"], 1, "[bad-sql]"),
        (["select :x"], 1, ":x"),
        (["values (1), (2), (3)", "--max-rows", "2"], 1, "more than 2 rows"),
        ([""], 2, "[no-sql]"),
        ([], 2, "[no-sql]"),
        (["select 1", "nonsense"], 2, "[bad-value]"),
        (["select :a", "a+=1"], 2, "[bad-value]"),
        (["select 1", "--timeout", "0"], 2, "[usage]"),
        (["select 1", "--max-rows", "-1"], 2, "[usage]"),
    ],
)
def test_one_clear_line_says_what_is_wrong(
    deals: Crm, words: list[str], code: int, said: str
) -> None:
    assert said in deals.refused("sql", *words, "--format", "table", code=code)


def test_errors_are_json_where_the_answer_would_be(deals: Crm) -> None:
    outcome = deals.here("sql", "select nope from deal", "--json", code=1)
    assert outcome.out == ""
    assert outcome.error["code"] == "bad-sql"
    assert outcome.error["reason"] == "no such column: nope"


def test_a_question_that_takes_too_long_is_ended(deals: Crm) -> None:
    sql = "with recursive t (n) as (select 1 union all select n + 1 from t) select max(n) from t"
    said = deals.refused("sql", sql, "--timeout", "0.2", code=1)
    assert "no answer within 0.2 seconds" in said
    assert "[sql-timeout]" in said


def test_ctrl_c_ends_the_question(deals: Crm) -> None:
    sql = "with recursive t (n) as (select 1 union all select n + 1 from t) select n from t"
    process = subprocess.Popen(
        [*PROGRAM, "sql", f"{sql} limit 1 offset 999999999"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    child = _child_of(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"interrupted" in err and b"Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def _child_of(pid: int) -> int:
    """The child of a process, as soon as it has one."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as stream:
            found = stream.read().split()
        if found:
            return int(found[0])
        time.sleep(0.01)
    raise AssertionError("no child")


def test_a_reader_that_has_had_enough_is_no_failure(deals: Crm) -> None:
    sql = "with recursive t (n) as (select 1 union all select n + 1 from t) select n from t"
    process = subprocess.Popen(
        [*PROGRAM, "sql", sql, "--max-rows", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert process.stdout and process.stderr
    assert process.stdout.readline() == b"1\n"
    process.stdout.close()
    assert (process.wait(30), process.stderr.read()) == (0, b"")


def test_a_terminal_shows_the_first_rows_and_says_so(deals: Crm) -> None:
    numbers = (
        "with recursive t (n) as (select 1 union all select n + 1 from t limit 60)"
        " select n, 'row ' || n as row from t"
    )
    code, shown = on_terminal("sql", numbers)
    lines = shown.splitlines()
    assert code == 0
    assert lines[0].split() == ["N", "ROW"]
    assert lines[1] == " 1  row 1"
    assert lines[50] == "50  row 50"
    assert lines[51] == "the first 50 rows; --max-rows 0 shows all"
    code, shown = on_terminal("sql", numbers, "--max-rows", "0")
    assert (code, len(shown.splitlines())) == (0, 61)
    assert on_terminal("sql", "select 1 where 0") == (0, "no rows\n")


def test_what_a_terminal_gets_of_values_and_names_is_safe(deals: Crm) -> None:
    code, shown = on_terminal("sql", "select char(27) || '[31m' as \"a\x1b]0;t\x07\", char(0) as b")
    assert code == 0
    assert not {"\x1b", "\x07", "\0"} & set(shown)


def test_within_a_batch_a_question_sees_what_the_batch_has_done(deals: Crm) -> None:
    script = (
        "record add deal name=Three value=1\n"
        'sql "select count(*) from deal"\n'
        "record remove deal/1\n"
        'sql "select count(*) from deal"\n'
    )
    numbers = [line for line in deals.here("batch", "-", stdin=script).lines if line.isdigit()]
    assert numbers == ["4", "3"]


def test_a_refusal_within_a_batch_undoes_the_batch(deals: Crm) -> None:
    before = deals.everything()
    script = 'record add deal name=Three\nsql "select nope from deal"\n'
    deals.here("batch", "-", stdin=script, code=1)
    assert deals.everything() == before


def test_machine_output_is_the_same_in_every_language(deals: Crm) -> None:
    for words in (["--tables"], ["--schema"], ["select stage, name from deal", "--header"]):
        english = deals("sql", *words).out
        assert deals("sql", *words, env={"LANG": "zh_CN.UTF-8"}).out == english


def test_help_tells_the_limits_that_hold(deals: Crm) -> None:
    from crmtui.store.sql import limits

    told = deals.here("help", "sql").out
    for number in (limits.ROWS, limits.COPIED, limits.MEMORY >> 20, int(limits.SECONDS)):
        assert str(number) in told
