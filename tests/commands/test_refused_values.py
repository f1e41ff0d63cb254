"""Words that cannot be: each is answered by one clear line, an exit code, and nothing changed."""

import pytest

from tests.support.cli import Crm

DEFINE = """
type add account --label Account --label-zh 客户
field add account.name --required --unique --title
field add account.revenue --kind money --currency USD
type add deal --label Deal --label-zh 商机
field add deal.name --required --unique --title
field add deal.account --kind link --to account
field add deal.value --kind money --currency USD --min 0 --max 1000000
field add deal.rate --kind decimal --scale 3
field add deal.seats --kind integer
field add deal.hot --kind boolean
field add deal.closed --kind date
field add deal.met --kind datetime
field add deal.source --kind choice --option web=Website --option fair
field add deal.code --pattern '[A-Z]{2}-[0-9]+' --max-length 8
field add deal.notes --kind longtext
stage add deal lead --label Lead --label-zh 线索
status add deal.lead waiting --label Waiting
stage add deal won --category closed --outcome won
record add account name=Acme revenue=10
record add deal name=First account=Acme value=100
"""


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(DEFINE)
    return crm


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["record", "list", "deel"], 3, "there is no type deel; did you mean deal?"),
        (["record", "add", "acount", "name=x"], 3, "did you mean account?"),
        (["record", "add", "deal", "nmae=x"], 3, "deal has no field nmae; did you mean name?"),
        (["record", "set", "deal/1", "vlaue=1"], 3, "did you mean value?"),
        (["record", "move", "deal/1", "wno"], 3, "deal has no stage wno; did you mean won?"),
        (["record", "move", "deal/1", "lead.wating"], 3, "did you mean lead.waiting?"),
        (["record", "move", "deal/1", "zzz"], 3, "deal has no stage zzz; it has lead, won"),
        (["record", "move", "account/1", "won"], 1, "account has no stages"),
        (["record", "add", "deal", "name=x", "--stage", "leadd"], 3, "did you mean lead?"),
        (["record", "show", "deal/99"], 3, "there is no record deal/99"),
        (["record", "show", "deal"], 2, "deal is no record; write TYPE/NUMBER"),
        (["record", "show", "deal/-1"], 2, "no record"),
        (["record", "show", "deal/1e3"], 2, "no record"),
        (["record", "show", "deal/99999999999999999999"], 2, "no record"),
        (["record", "remove", "deal/99"], 3, "there is no record deal/99"),
        (["record", "list", "deal", "--sort", "valeu"], 3, "did you mean value?"),
        (["record", "list", "deal", "--fields", "name,valeu"], 3, "did you mean value?"),
        (["record", "list", "deal", "--limit", "-1"], 2, "--limit"),
        (["record", "list", "deal", "--limit", "abc"], 2, "--limit"),
        (["record", "list", "deal", "--after", "deal/77"], 3, "there is no record deal/77"),
        (["record", "list", "deal", "--format", "xml"], 2, "xml"),
        (["record", "list", "deal", "--ids", "--csv"], 2, "choose one format"),
        (["field", "show", "deal.vlaue"], 3, "deal has no field vlaue; did you mean value?"),
        (["field", "add", "deal.value"], 5, "the field deal.value exists"),
        (["field", "add", "deal.x", "--kind", "mony"], 2, "did you mean money?"),
        (["field", "add", "deal"], 2, "say the key too"),
        (["field", "add", "deal.select"], 1, "it is a word of SQL"),
        (["field", "add", "deal.stage"], 1, "every record has that name already"),
        (["field", "add", "deal.a-b"], 1, "a key is one word"),
        (["type", "add", "deal"], 5, "the type deal exists"),
        (["type", "add", "Deal"], 5, "looks like"),
        (["type", "rename", "deel", "x"], 3, "did you mean deal?"),
        (["type", "purge", "deal", "--confirm", "account"], 2, "--confirm"),
        (["type", "purge", "deal", "--confirm", "deal"], 1, "retire it before"),
        (["stage", "remove", "deal.lead"], 1, "lead"),
        (["log", "deel"], 3, "did you mean deal?"),
        (["log", "--since", "soonish"], 2, "soonish is not a date or moment"),
        (["record", "set", "deal/1"], 2, "say which records"),
        (["record", "set", "name=x"], 2, "say which records"),
        (["record", "move", "deal/1"], 2, "say which records"),
        (["record", "add", "deal", "name"], 2, "name is no value; write FIELD=VALUE"),
        (["record", "add", "deal", "name=a", "name=b"], 2, "name is given twice"),
        (["record", "add", "deal", "stage=won"], 2, "stage is not set but moved to"),
        (["record", "add", "deal", "id=7"], 2, "id cannot be set"),
        (["record", "set", "deal/1", "name=x", "--revision", "9"], 5, "was never at 9"),
        (["tui", "deel"], 3, "did you mean deal?"),
        (["help", "xyzzy"], 3, "there is no command or topic xyzzy"),
    ],
)
def test_what_does_not_exist_or_makes_no_sense(deals: Crm, words, code, told):
    assert told in deals.refused(*words, code=code)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("value=abc", "value: abc is not a number"),
        ("value=1.005", "value: 1.005 has more than 2 decimals"),
        ("value=-1", "value: -1 is below 0"),
        ("value=1000000.01", "is above 1000000"),
        ("value=1e5", "is not a number"),
        ("value=12,34", "is not a number"),
        ("value=5 EUR", "is not a number"),
        ("value=99999999999999999999", "too large"),
        ("value:=[1]", "value"),
        ("value:=true", "value"),
        ("rate=0.0001", "has more than 3 decimals"),
        ("seats=1.5", "is not a whole number"),
        ("seats=", ""),
        ("hot=maybe", "maybe is neither true nor false"),
        ("closed=2026-02-30", "2026-02-30 is not a date"),
        ("closed=05/06/2026", "05/06/2026 is not a date"),
        ("closed=soon", "soon is not a date"),
        ("met=2026-01-01 25:00", "is not a date and time"),
        ("source=radio", "radio is not one of web, fair"),
        ("code=xx", "xx does not match the pattern"),
        ("code=AB-1234567", "has 10 characters, at most 8 are allowed"),
        ("account=Acne", "there is no account Acne"),
        ("account=account/9", "there is no account account/9"),
        ("name=", "name: a value is required"),
        ("name=   ", "name: a value is required"),
        ("name=First", "name: deal/1 has First already"),
        ('name:="a\\nb"', "U+000A"),
        ('notes:="a\\u0000b"', "U+0000"),
        ('notes:="\\ud800"', "not valid UTF-8"),
        ('notes:={"a": 1}', "notes"),
        ("notes:=nonsense", "notes: nonsense is not JSON"),
        ("value:=NaN", "is not JSON"),
        ("value:=1e999", "value"),
        ("notes=@no-such-file", "no-such-file cannot be read"),
    ],
)
def test_values_of_the_wrong_kind(deals: Crm, value, told):
    if not told:
        deals.here("record", "add", "deal", "name=Fine", value)
        return
    code = 3 if "cannot be read" in told else 1
    words = [value] if value.startswith("name") else ["name=New", value]
    assert told in deals.refused("record", "add", "deal", *words, code=code)
    deals.here("record", "add", "deal", "name=Second")
    if told != "name: a value is required":
        assert told in deals.refused("record", "set", "deal/2", value, code=code)


def test_every_problem_of_a_record_is_told_at_once(deals: Crm):
    error = deals.here(
        *("record", "add", "deal", "value=x", "closed=y", "source=z", "--json"), code=1
    ).error
    assert error["code"] == "invalid"
    assert {(p["field"], p["code"]) for p in error["problems"]} == {
        ("value", "not-a-number"),
        ("closed", "not-a-date"),
        ("source", "not-an-option"),
        ("name", "required"),
    }


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("value >", "value"),
        ("value > 1; drop table deal", ";"),
        ("1=1) or (1=1", ")"),
        ("value > 1 -- comment", "comment"),
        ("/* value", "comment"),
        ("valeu > 1", "did you mean value?"),
        ("account.revenu > 1", "did you mean revenue?"),
        ("accont.revenue > 1", "accont"),
        ("nosuch = 1", "nosuch"),
        ("load_extension('x')", "load_extension"),
        ("randomblob(1000000000)", "randomblob"),
        ("value in (select id from crm_user)", "select"),
        ("exists (select 1 from account)", "select"),
        ("crm_user.key = 'x'", "crm_user"),
        ("removed_at is null or 1", ""),
        ("'unclosed", "'unclosed"),
        ("\x00", ""),
        ("", ""),
        ("(" * 3000 + "1" + ")" * 3000, ""),
        ("1 " + "+ 1 " * 5000, ""),
    ],
    ids=lambda text: text[:20],
)
def test_expressions_that_are_none(deals: Crm, expression, told):
    if not told:
        outcome = deals.here(
            *("record", "list", "deal", "--ids", "--where", expression), code=(0, 1, 2, 3)
        )
        assert len(outcome.err.splitlines()) <= 2
        return
    error = deals.refused("record", "list", "deal", "--where", expression, code=(1, 3))
    assert told in error


def test_a_ten_megabyte_value_is_refused_by_its_size(deals: Crm):
    file = deals.file("big.txt", "x" * 10_000_000)
    error = deals.refused("record", "add", "deal", "name=Big", f"notes=@{file}", code=1, here=False)
    assert "is larger than 8 MiB" in error
    file.write_text("é" * 2_000_000)
    error = deals.refused("record", "add", "deal", "name=Big", f"notes=@{file}", code=1)
    assert "notes: has 2000000 characters, at most 1000000 are allowed" in error


def test_bytes_that_are_no_text_are_refused_wherever_they_stand(deals: Crm):
    import os
    import subprocess

    from tests.support.cli import PROGRAM

    before = deals.everything()
    for words in (
        [b"record", b"add", b"deal", b"name=\xff\xfe"],
        [b"type", b"add", b"t\xff"],
        [b"type", b"set", b"deal", b"--label", b"\xff"],
        [b"record", b"list", b"deal", b"--where", b"name = '\xff'"],
        [b"record", b"list", b"d\xff"],
        [b"\xff"],
    ):
        done = subprocess.run([*PROGRAM, *words], capture_output=True, env=os.environ, check=False)
        assert done.returncode in (1, 2, 3), (words, done)
        assert b"Traceback" not in done.stderr
        assert b"[internal]" not in done.stderr, (words, done.stderr)
        assert done.stderr.count(b": error: ") == 1
    assert deals.everything() == before


def test_a_file_that_is_no_text_is_no_value(deals: Crm):
    file = deals.file("latin.txt", b"caf\xe9")
    error = deals.refused("record", "add", "deal", "name=x", f"notes=@{file}", code=1)
    assert "is not UTF-8 text" in error


def test_a_failing_set_of_many_changes_none_and_claims_none(deals: Crm):
    deals.here("record", "add", "deal", "name=Second")
    before = deals.everything()
    outcome = deals("record", "set", "deal/1", "deal/2", "deal/3", "seats=4", code=3)
    assert outcome.out == ""
    assert "deal/1 updated" not in outcome.err
    assert deals.everything() == before


def test_an_error_as_json_says_the_same_to_a_program(deals: Crm):
    outcome = deals("record", "show", "deal/99", "--json", code=3)
    assert outcome.out == ""
    assert outcome.error == {
        "code": "no-such-record",
        "message": "there is no record deal/99",
        "ref": "deal/99",
    }
    assert deals("record", "shwo", "deal/99", "--json", code=2).err.count("\n") <= 2
    huge = deals.here("record", "add", "deal", "name=" + "x" * 20_000, "--json", code=1)
    assert huge.error["code"] == "too-long"
    huge = deals.here("record", "add", "deal", "name=x", "seats=" + "9x" * 20_000, "--json", code=1)
    assert huge.error["code"] == "not-a-number"
