"""Automatic numbers: given by the store, one after the other, and never changed."""

import io
import json
from datetime import UTC, datetime

import pytest

from crmtui.model.definitions import Field
from crmtui.store.errors import Invalid, Misused, Refused
from crmtui.store.import_options import ImportOptions, RejectedRows
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.kinds.autonumbers import number_of, number_text
from crmtui.store.reading import open_source
from tests.support.processes import all_finished, python
from tests.support.workspaces import changed, dump, rows_of

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def orders(empty):
    """Orders with a number of the year, and a name."""
    changed(
        empty,
        """
        type add contract
        field add contract.number kind=autonumber prefix=C-{Y}- reset=year
        field add contract.name kind=text
        """,
    )
    return empty


def added(workspace, at=NOW, **values):
    return workspace.add("contract", values, reading=Reading(at)).values["number"]


def numbers(workspace):
    return [record.values["number"] for record in workspace.records("contract")]


def imported(workspace, text, name="rows.csv", **options):
    source = open_source(io.BytesIO(text.encode()), name=name)
    options = ImportOptions(reading=Reading(NOW), **options)
    return workspace.import_records("contract", source, options)


def field(**settings) -> Field:
    return Field(id=1, key="f", kind="autonumber", **settings)


def counter(workspace) -> list[tuple[str, int]]:
    return rows_of(workspace.path, "SELECT period, last FROM crm_counter ORDER BY period")


def test_records_are_numbered_one_after_the_other(orders):
    assert [added(orders) for _ in range(3)] == ["C-2026-0001", "C-2026-0002", "C-2026-0003"]
    (entry,) = orders.history("contract/2")
    assert [(c.key, c.after) for c in entry.changes] == [("number", "C-2026-0002")]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "0007"),
        ({"padding": 1}, "7"),
        ({"padding": 6, "prefix": "K"}, "K000007"),
        ({"prefix": "{Y}{M}{D}-"}, "20261118-0007"),
        ({"prefix": "合同{Y}年"}, "合同2026年0007"),
        ({"prefix": "{M}/{M}/{Y}."}, "11/11/2026.0007"),
        ({"prefix": "(a+b)*[c]\\d"}, "(a+b)*[c]\\d0007"),
    ],
)
def test_the_form_of_a_number(settings, text):
    assert number_text(field(**settings), NOW.date(), 7) == text
    assert KINDS["autonumber"].reader(field(**settings), Reading(NOW))(f" {text} ") == text
    assert number_of(field(**settings), text) == ("", 7)


@pytest.mark.parametrize(
    ("reset", "moments", "expected"),
    [
        ("never", [(2026, 12), (2026, 12), (2027, 1)], ["26-12-1", "26-12-2", "27-01-3"]),
        ("year", [(2026, 11), (2026, 12), (2027, 1), (2026, 12)], None),
        ("month", [(2026, 12), (2026, 12), (2027, 1), (2027, 2)], None),
    ],
)
def test_numbers_begin_again_with_their_period(orders, reset, moments, expected):
    changed(orders, f"field add contract.nr kind=autonumber prefix={{Y}}-{{M}}- reset={reset}")
    changed(orders, "field set contract.nr padding=1")
    found = [
        orders.add("contract", {}, reading=Reading(datetime(*at, 5, tzinfo=UTC))).text("nr")[2:]
        for at in moments
    ]
    expected = {
        "year": ["26-11-1", "26-12-2", "27-01-1", "26-12-3"],
        "month": ["26-12-1", "26-12-2", "27-01-1", "27-02-1"],
    }.get(reset, expected)
    assert found == expected


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("C-2026-0007", "C-2026-0007"),
        (" c-2026-0007 ", "C-2026-0007"),
        ("C-2026-00007", "C-2026-00007"),
        ("C-1999-123456", "C-1999-123456"),
        ("", "C-2026-0001"),
        (None, "C-2026-0001"),
    ],
)
def test_a_number_that_is_given_is_taken(orders, written, stored):
    assert added(orders, number=written) == stored


@pytest.mark.parametrize(
    "written",
    ["7", "C-2026-007", "C-26-0007", "X-2026-0007", "C-2026-0007x", "C-2026-" + "9" * 16]
    + ["C-2026-٠٠٠٧", "C-2026-0007\n8", "\udcff", "9" * 1_000_000, 7, True, ["C-2026-0007"]],
)
def test_a_number_of_another_form_is_refused(orders, written):
    before = dump(orders.path)
    with pytest.raises(Invalid) as caught:
        added(orders, number=written)
    assert caught.value.problems[0].code in ("other-form", "wrong-shape")
    assert len(str(caught.value)) < 300
    assert dump(orders.path) == before


def test_a_number_that_is_given_moves_the_counter_on_and_is_not_given_twice(orders):
    assert added(orders, number="C-2026-0041") == "C-2026-0041"
    assert added(orders) == "C-2026-0042"
    assert added(orders, number="C-2026-0010") == "C-2026-0010"
    assert added(orders) == "C-2026-0043"
    assert added(orders, number="C-2025-0900") == "C-2025-0900"
    assert added(orders) == "C-2026-0044"
    with pytest.raises(Invalid) as caught:
        added(orders, number="C-2026-0041")
    assert [p.code for p in caught.value.problems] == ["duplicate"]
    assert counter(orders) == [("2025", 900), ("2026", 44)]


def test_nothing_is_left_out_by_what_was_refused_or_undone(orders):
    changed(orders, "field set contract.name required")
    with pytest.raises(Invalid):
        added(orders)
    orders.add("contract", {"name": "x"}, reading=Reading(NOW), dry_run=True)
    with pytest.raises(RuntimeError), orders.intent():
        added(orders, name="x")
        raise RuntimeError
    with orders.intent():
        with pytest.raises(RuntimeError), orders.intent():
            added(orders, name="x")
            raise RuntimeError
        assert added(orders, name="x") == "C-2026-0001"
    assert added(orders, name="y") == "C-2026-0002"


@pytest.mark.parametrize("written", ["C-2026-0009", "", "nonsense", None])
def test_a_number_never_changes(orders, written):
    added(orders)
    before = dump(orders.path)
    with pytest.raises(Invalid) as caught:
        orders.set("contract/1", {"number": written, "name": "x"})
    assert [(p.field, p.code) for p in caught.value.problems] == [("number", "read-only")]
    problems = orders.problems("contract", {"number": written}, "contract/1")
    assert [(p.field, p.code) for p in problems] == [("number", "read-only")]
    assert dump(orders.path) == before


def test_the_number_that_a_record_has_may_be_said_again(orders):
    added(orders)
    assert orders.set("contract/1", {"number": "c-2026-0001", "name": "x"})[1]
    assert orders.problems("contract", {"number": "C-2026-0001"}, "contract/1") == []
    assert orders.problems("contract", {}) == []
    assert counter(orders) == [("2026", 1)]


def test_another_form_is_for_new_records_only(orders):
    added(orders)
    changed(orders, "field set contract.number prefix=K{Y}/ padding=2")
    assert added(orders) == "K2026/02"
    assert numbers(orders) == ["C-2026-0001", "K2026/02"]
    assert orders.set("contract/1", {"number": "C-2026-0001"})[1] is False
    assert imported(orders, "ref,number\ncontract/1,C-2026-0001\n", match="ref").unchanged == 1


def test_a_new_form_that_meets_old_numbers_goes_round_them(orders):
    changed(orders, "field add contract.nr kind=autonumber prefix=A padding=1")
    for n in range(12):
        orders.add("contract", {"nr": f"A1{n}"})
    changed(orders, "field set contract.nr prefix=A1")
    orders._database.execute("UPDATE crm_counter SET last = 3 WHERE period = ''")
    assert orders.add("contract", {}).text("nr") == "A112"


def test_a_removed_record_keeps_its_number(orders):
    added(orders)
    orders.remove("contract/1")
    assert added(orders) == "C-2026-0002"
    orders.restore("contract/1")
    assert numbers(orders) == ["C-2026-0001", "C-2026-0002"]


def test_numbers_are_sorted_as_numbers(orders):
    for number in ("C-2026-10000", "C-2026-9999", "C-2025-20000", "C-2026-0001"):
        added(orders, number=number)
    expected = ["C-2025-20000", "C-2026-0001", "C-2026-9999", "C-2026-10000"]
    sort = {"sort": ["number"]}
    assert [r.text("number") for r in orders.records("contract", **sort)] == expected
    changed(orders, "field set contract.number indexed title")
    assert [r.text("number") for r in orders.records("contract", **sort)] == expected
    behind = orders.records("contract", sort=["-number"], after="contract/2")
    assert [r.text("number") for r in behind] == expected[1::-1]


def test_numbers_in_expressions(orders):
    added(orders)
    added(orders)
    assert orders.count("contract", "number = 'C-2026-0002'") == 1
    assert orders.count("contract", "number LIKE 'C-2026-%'") == 2


def test_a_record_is_linked_by_its_number(orders):
    changed(orders, "field set contract.number title")
    changed(orders, "type add bill\nfield add bill.contract kind=link to=contract")
    changed(orders, "field add bill.more kind=multilink to=contract")
    added(orders)
    added(orders)
    bill = orders.add("bill", {"contract": "c-2026-0002", "more": "C-2026-0001,C-2026-0002"})
    assert (bill.text("contract"), bill.text("more")) == (
        "C-2026-0002",
        "C-2026-0001, C-2026-0002",
    )
    changed(orders, "field set contract.name title")
    assert orders.add("bill", {"contract": "C-2026-0001"}).values["contract"] == 1


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ("default=C-2026-0001", Refused),
        ("required", Refused),
        ("required_when='1=1'", Refused),
        ("write_once", Refused),
        ("padding=0", Refused),
        ("padding=16", Refused),
        ("padding=x", Misused),
        ("prefix={X}-", Refused),
        ("prefix={Y", Refused),
        ("prefix=" + "x" * 41, Refused),
        ("reset=year", Refused),
        ("prefix={M} reset=month", Refused),
        ("prefix={Y} reset=month", Refused),
        ("reset=daily", Misused),
        ("min=1", Misused),
        ("max_length=3", Misused),
    ],
)
def test_settings_that_make_no_sense(orders, settings, error):
    before = dump(orders.path)
    with pytest.raises(error):
        changed(orders, f"field add contract.x kind=autonumber {settings}")
    with pytest.raises(error):
        changed(
            orders,
            f"field set contract.number prefix= reset= \nfield set contract.number {settings}",
        )
    assert dump(orders.path) == before


# Fields that come later, and go


def test_a_new_field_numbers_the_records_that_are_there(orders, in_zone):
    in_zone("Asia/Shanghai")
    for name in "abc":
        orders.add("contract", {"name": name})
    orders.remove("contract/2")
    sql = "UPDATE contract SET created_at = ? WHERE id = ?"
    for record_id, at in ((1, "2025-12-31T15:59:59.000Z"), (2, "2025-12-31T16:00:00.000Z")):
        orders._database.execute(sql, (at, record_id))
    orders._database.execute(sql, ("2026-03-01T00:00:00.000Z", 3))
    changed(orders, "field add contract.nr kind=autonumber prefix=N{Y}{M}- padding=2 reset=year")
    orders.restore("contract/2")
    found = [record.text("nr") for record in orders.records("contract")]
    assert found == ["N202512-01", "N202601-01", "N202603-02"]
    last = rows_of(
        orders.path,
        "SELECT op, changes, act_id = (SELECT max(act_id) FROM crm_journal WHERE op = 'configure')"
        " FROM crm_journal WHERE record_id = 3 ORDER BY id DESC LIMIT 1",
    )
    field_id = orders.type("contract").field_by_key["nr"].id
    assert last == [("set", f'{{"{field_id}":[null,"N202603-02"]}}', 1)]
    assert orders.record("contract/3").revision == 2


def test_many_records_are_numbered_at_once(orders):
    rows = "name\n" + "".join(f"n{n}\n" for n in range(12_000))
    imported(orders, rows)
    changed(orders, "field add contract.nr kind=autonumber")
    found = rows_of(orders.path, "SELECT id, nr FROM contract ORDER BY id")
    assert found == [(n, f"{n:04d}") for n in range(1, 12_001)]
    assert rows_of(orders.path, "SELECT count(*) FROM crm_journal WHERE op = 'set'") == [(12_000,)]


def test_a_field_that_comes_back_numbers_what_was_made_meanwhile(orders):
    added(orders)
    changed(orders, "field remove contract.number")
    orders.add("contract", {"name": "x"}, reading=Reading(NOW))
    orders._database.execute("UPDATE contract SET created_at = '2026-06-01T12:00:00Z'")
    changed(orders, "field restore contract.number")
    assert numbers(orders) == ["C-2026-0001", "C-2026-0002"]


def test_a_purged_field_takes_its_counter_along(orders):
    added(orders)
    changed(orders, "field remove contract.number\nfield purge contract.number")
    assert counter(orders) == []
    changed(orders, "field add contract.number kind=autonumber prefix=N")
    assert numbers(orders) == ["N0001"]


def test_renames_and_retirements_leave_the_numbers_alone(orders):
    added(orders)
    changed(
        orders,
        """
        field rename contract.number nr
        type rename contract deal
        type remove deal
        type restore deal
        """,
    )
    assert orders.add("deal", {}, reading=Reading(NOW)).text("nr") == "C-2026-0002"


def test_what_other_tools_find_is_unique(orders):
    added(orders)
    (sql,) = rows_of(
        orders.path,
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name LIKE 'crm_unique%'",
    )[0]
    assert "UNIQUE" in sql and '("number")' in sql


# Files


def test_imported_rows_are_numbered_in_their_order(orders):
    changed(orders, "field set contract.name default=x")
    assert imported(orders, "name\n" + "a\n" * 2500).added == 2500
    assert numbers(orders) == [f"C-2026-{n:04d}" for n in range(1, 2501)]
    last = rows_of(orders.path, "SELECT changes FROM crm_journal ORDER BY id DESC LIMIT 1")[0][0]
    ids = {f.key: str(f.id) for f in orders.type("contract").fields}
    assert json.loads(last) == {ids["name"]: "a", ids["number"]: "C-2026-2500"}


@pytest.mark.parametrize("name", ["rows.csv", "rows.ndjson"])
def test_imported_numbers_are_taken_and_the_others_come_behind(orders, name):
    rows = [("C-2026-0005", "a"), ("", "b"), ("c-2026-0002", "c"), ("", "d")]
    if name.endswith("csv"):
        text = "number,name\n" + "".join(f"{n},{t}\n" for n, t in rows)
    else:
        text = "".join(json.dumps({"number": n or None, "name": t}) + "\n" for n, t in rows)
    assert imported(orders, text, name).added == 4
    assert numbers(orders) == ["C-2026-0005", "C-2026-0006", "C-2026-0002", "C-2026-0007"]


def test_a_row_that_is_rejected_uses_no_number(orders):
    changed(orders, "field set contract.name unique")
    text = "name\na\nb\na\nc\n"
    result = imported(orders, text, keep_going=True)
    assert (result.added, result.rejected) == (3, 1)
    assert numbers(orders) == ["C-2026-0001", "C-2026-0002", "C-2026-0003"]


def test_a_number_that_is_taken_rejects_its_row(orders):
    added(orders)
    with pytest.raises(RejectedRows) as caught:
        imported(orders, "number,name\n,a\nC-2026-0001,b\n")
    assert "line 3: number: contract/1 has C-2026-0001 already" in str(caught.value)
    assert numbers(orders) == ["C-2026-0001"]
    assert added(orders) == "C-2026-0002"


def test_missing_records_are_made_by_the_number_that_links_name(orders):
    changed(orders, "field set contract.number title")
    changed(orders, "type add bill\nfield add bill.contracts kind=multilink to=contract")
    text = 'contracts\n"C-2026-0003,C-2026-0001"\nC-2026-0001\n'
    source = open_source(io.BytesIO(text.encode()), name="rows.csv")
    options = ImportOptions(create_missing=frozenset({"contract"}))
    assert orders.import_records("bill", source, options).created == {"contract": 2}
    assert added(orders) == "C-2026-0004"


# At once

ADD = """
import sys
from datetime import UTC, datetime
from crmtui.store.kinds import Reading
from crmtui.store.workspace import Workspace

with Workspace.open(sys.argv[1]) as workspace:
    for n in range(25):
        with workspace.intent(dry_run=n % 5 == 4):
            workspace.add("contract", {}, reading=Reading(datetime(2026, 5, 5, tzinfo=UTC)))
"""


def test_eight_writers_get_every_number_once_and_leave_no_gap(orders):
    all_finished([python(ADD, orders.path, wait=False) for _ in range(8)])
    assert sorted(numbers(orders)) == [f"C-2026-{n:04d}" for n in range(1, 161)]
    assert counter(orders) == [("2026", 160)]


def test_the_reader_of_a_form_takes_no_text_for_a_pattern():
    read = KINDS["autonumber"].reader(field(prefix=".*"), Reading(NOW))
    assert read(".*0001") == ".*0001"
    with pytest.raises(BadValue):
        read("x0001")
