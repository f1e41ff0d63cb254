"""The write path of records: the order of checks, all problems at once, and what is journalled."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from crmtui.store.errors import Conflict, Forbidden, Invalid, Misused, NotFound
from crmtui.store.workspace import Workspace
from tests.support.workspaces import change, changed, dump


@pytest.fixture
def orders(empty):
    """A type with a rule of every sort, and one with nothing but a name to link to."""
    changed(
        empty,
        """
        type add person
        field add person.name kind=text title
        field add person.code kind=text unique
        type add order_
        field add order_.name kind=text required title max_length=10
        field add order_.number kind=integer required unique default=1 min=1
        field add order_.day kind=date default=today
        field add order_.size kind=choice default=m
        option add order_.size.s
        option add order_.size.m label=Medium
        field add order_.buyer kind=link to=person
        field add order_.price kind=money currency=USD max=1000
        stage add order_ new
        status add order_.new waiting
        stage add order_ paid category=closed outcome=won
        """,
    )
    return empty


def problems(act) -> dict[str, str]:
    """What an act is refused for: field key to code."""
    with pytest.raises(Invalid) as caught:
        act()
    assert "{" not in str(caught.value)
    return {problem.field: problem.code for problem in caught.value.problems}


def test_a_record_gets_defaults_a_status_and_a_reference(orders):
    record = orders.add("order_", {"name": " A "})
    assert record.ref == "order_/1" and record.title == "A"
    values = record.values
    assert (values["number"], values["size"], values["price"]) == (1, "m", None)
    assert len(values["day"]) == 10
    assert (record.stage, record.status, record.revision) == ("new", "open", 1)
    shown = record.json()
    assert list(shown)[:4] == ["id", "ref", "stage", "status"]


def test_a_default_is_for_what_nothing_was_said_of(orders):
    assert orders.add("order_", {"name": "A", "day": "", "size": None}).values["day"] is None


def test_every_problem_is_named_at_once(orders):
    orders.add("order_", {"name": "A"})
    before = dump(orders.path)
    found = problems(
        lambda: orders.add(
            "order_",
            {"number": "1", "day": "soon", "size": "xl", "buyer": "nobody", "price": "1,000.01"},
        )
    )
    assert found == {
        "name": "required",
        "number": "duplicate",
        "day": "not-a-date",
        "size": "not-an-option",
        "buyer": "no-such-link",
        "price": "too-large",
    }
    assert dump(orders.path) == before


def test_a_wrong_value_does_not_make_a_default_look_missing(orders):
    assert problems(lambda: orders.add("order_", {"name": "A", "price": "x"})) == {
        "price": "not-a-number"
    }


def test_a_default_that_is_no_longer_allowed_is_a_problem_of_its_field(orders):
    changed(orders, "option remove order_.size.m")
    assert problems(lambda: orders.add("order_", {"name": "A"})) == {"size": "not-an-option"}
    assert [p.field for p in orders.problems("order_", {"name": "A"})] == ["size"]
    orders.add("order_", {"name": "A", "size": "s"})


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("nothing", NotFound),
        ("nmae", NotFound),
        ("stage", Misused),
        ("status", Misused),
        ("id", Misused),
        ("created_at", Misused),
        ("removed_at", Misused),
        ("name; drop", NotFound),
        ('na"me', NotFound),
        ("\udcff", NotFound),
    ],
)
def test_a_value_for_what_is_no_field_is_refused(orders, key, kind):
    before = dump(orders.path)
    with pytest.raises(kind):
        orders.add("order_", {"name": "A", key: "x"})
    assert dump(orders.path) == before


def test_a_record_is_added_at_a_stated_status(orders):
    assert orders.add("order_", {"name": "A"}, "new.waiting").status == "waiting"
    assert orders.add("order_", {"name": "B", "number": 2}, "PAID").stage == "paid"
    with pytest.raises(NotFound, match="did you mean paid"):
        orders.add("order_", {"name": "C", "number": 3}, "payd")


@pytest.mark.parametrize(
    "ref", ["order_/2", "order_/0", "nothing/1", "order_/99999999999999999", "person/1"]
)
def test_what_does_not_exist_is_not_found(orders, ref):
    orders.add("order_", {"name": "A"})
    for act in (
        lambda: orders.record(ref),
        lambda: orders.set(ref, {}),
        lambda: orders.remove(ref),
        lambda: orders.restore(ref),
        lambda: orders.history(ref),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(
    "ref", ["", "order_", "order_/", "/1", "order_/x", "order_/-1", "order_/1.5", "order_/١",
            "order_/" + "9" * 40, "order_/1/2"],
)  # fmt: skip
def test_what_is_no_reference_is_misuse(orders, ref):
    with pytest.raises(Misused):
        orders.record(ref)


def test_setting_changes_and_journals_only_what_differs(orders):
    orders.add("order_", {"name": "A", "price": "5"})
    record, was_changed = orders.set("order_/1", {"name": "A", "price": "5.00", "size": "s"})
    assert was_changed and record.revision == 2
    entry = orders.history("order_/1", machine=True)[0]
    assert [(c.key, c.before, c.after) for c in entry.changes] == [("size", "m", "s")]


def test_setting_what_is_so_already_writes_nothing(orders):
    orders.add("order_", {"name": "A", "price": "5"})
    before = dump(orders.path)
    record, was_changed = orders.set("order_/1", {"name": " A", "price": "USD 5"})
    assert not was_changed and record.revision == 1
    assert dump(orders.path) == before


def test_a_value_is_cleared_unless_it_is_required(orders):
    orders.add("order_", {"name": "A", "price": "5"})
    assert orders.set("order_/1", {"price": ""})[0].values["price"] is None
    assert problems(lambda: orders.set("order_/1", {"name": "", "number": None})) == {
        "name": "required",
        "number": "required",
    }


def test_a_field_that_became_required_is_asked_for_when_it_is_touched(orders):
    orders.add("order_", {"name": "A"})
    changed(orders, "field set order_.price required")
    orders.set("order_/1", {"size": "s"})
    assert problems(lambda: orders.set("order_/1", {"price": ""})) == {"price": "required"}
    assert problems(lambda: orders.add("order_", {"name": "B", "number": 2})) == {
        "price": "required"
    }


def test_a_unique_value_belongs_to_one_live_record(orders):
    orders.add("order_", {"name": "A", "number": 5})
    orders.add("order_", {"name": "B", "number": 6})
    assert problems(lambda: orders.set("order_/2", {"number": 5})) == {"number": "duplicate"}
    orders.set("order_/1", {"number": 5})  # its own value is no duplicate
    orders.remove("order_/1")
    orders.set("order_/2", {"number": 5})
    assert problems(lambda: orders.restore("order_/1")) == {"number": "duplicate"}
    orders.set("order_/2", {"number": 6})
    assert orders.restore("order_/1") is True


def test_a_removed_record_is_kept_and_comes_back(orders):
    orders.add("order_", {"name": "A"})
    assert orders.remove("order_/1") is True
    assert orders.remove("order_/1") is False
    assert orders.records("order_") == [] and orders.count("order_") == 0
    assert orders.record("order_/1").removed
    for act in (
        lambda: orders.set("order_/1", {"name": "B"}),
        lambda: orders.move("order_/1", "paid"),
    ):
        with pytest.raises(NotFound) as caught:
            act()
        assert caught.value.hint == "crmtui record restore order_/1"
    assert orders.restore("order_/1") is True
    assert orders.restore("order_/1") is False
    assert orders.record("order_/1").revision == 3


def test_a_save_against_an_older_revision_is_a_conflict(orders):
    record = orders.add("order_", {"name": "A"})
    orders.set("order_/1", {"name": "B"}, record.revision)
    with pytest.raises(Conflict) as caught:
        orders.set("order_/1", {"name": "C"}, record.revision)
    assert caught.value.code == "changed-meanwhile"
    assert orders.record("order_/1").title == "B"


def test_a_dry_run_of_each_act_writes_nothing(orders):
    orders.add("order_", {"name": "A"})
    before = dump(orders.path)
    assert orders.add("order_", {"name": "B", "number": 2}, dry_run=True).ref == "order_/2"
    assert orders.set("order_/1", {"name": "B"}, dry_run=True)[0].title == "B"
    assert orders.move("order_/1", "paid", dry_run=True)[0].stage == "paid"
    assert orders.remove("order_/1", dry_run=True) is True
    assert dump(orders.path) == before


def test_an_intent_is_all_or_nothing(orders):
    before = dump(orders.path)
    with pytest.raises(Invalid), orders.intent():
        orders.add("order_", {"name": "A"})
        orders.move("order_/1", "paid")
        orders.add("order_", {"name": "B"})  # the same default number
    assert dump(orders.path) == before
    with orders.intent():
        orders.add("order_", {"name": "A"})
        with pytest.raises(Invalid):
            orders.add("order_", {"name": "B"})
        orders.add("order_", {"name": "B", "number": 2})
    assert [r.title for r in orders.records("order_")] == ["A", "B"]
    assert len({e.id for e in orders.log("order_") if e.op == "add"}) == 2


def test_what_a_draft_lacks_is_said_without_writing(orders):
    orders.add("order_", {"name": "A"})
    before = dump(orders.path)

    def said(values, ref=None):
        return {p.field: p.code for p in orders.problems("order_", values, ref)}

    assert said({}) == {"name": "required", "number": "duplicate"}
    assert said({"name": "x" * 11, "number": 2}) == {"name": "too-long"}
    assert said({"name": "B", "number": 2}) == {}
    assert said({"name": "A", "number": 1}, "order_/1") == {}
    assert said({"name": ""}, "order_/1") == {"name": "required"}
    assert said({"size": "s"}, "order_/1") == {}
    assert dump(orders.path) == before


def test_every_act_is_journalled_with_actor_command_before_and_after(orders):
    with orders.intent(command="a script"):
        orders.add("order_", {"name": "A"})
    orders.set("order_/1", {"name": "B"})
    orders.move("order_/1", "paid")
    orders.remove("order_/1")
    orders.restore("order_/1")
    found = orders.history("order_/1", machine=True)
    assert [entry.op for entry in found] == ["restore", "remove", "move", "set", "add"]
    assert {entry.actor for entry in found} == {orders.actor.key}
    assert [entry.command for entry in found] == [*["test"] * 4, "a script"]
    differences = {e.op: [(c.key, c.before, c.after) for c in e.changes] for e in found}
    assert differences["set"] == [("name", "A", "B")]
    assert differences["move"] == [("status", "new.open", "paid.closed")]
    assert ("name", None, "A") in differences["add"]


def test_every_row_has_its_history(orders):
    """What the journal says a record's values are is what the table holds."""
    orders.add("person", {"name": "P", "code": "p"})
    orders.add("order_", {"name": "A", "buyer": "P", "price": "12.5"})
    orders.set("order_/1", {"price": "13", "size": "s", "buyer": ""})
    orders.set("order_/1", {"price": ""})
    values: dict[str, str | None] = {}
    for entry in reversed(orders.history("order_/1", machine=True)):
        for difference in entry.changes:
            if difference.key != "status":
                assert values.get(difference.key) == difference.before
                values[difference.key] = difference.after
    record = orders.record("order_/1")
    for column in record.columns:
        if column.field is not None:
            assert (values.get(column.key) or "") == column.plain(record.row)


# What other writers cannot break


def raw(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE order_ SET stage = 'paid'",  # its status is of another stage
        "UPDATE order_ SET status = 'closed'",
        "UPDATE order_ SET stage = 'nothing', status = 'open'",
        "UPDATE order_ SET stage = NULL",
        "UPDATE order_ SET status = NULL",
        "UPDATE order_ SET buyer = 99",
        "UPDATE order_ SET created_by = 99",
        "UPDATE order_ SET number = 'x'",
        "UPDATE order_ SET number = 1.5",
        "UPDATE order_ SET number = 1",  # unique
        "DELETE FROM person WHERE id = 1",
        "DELETE FROM crm_status",
    ],
)
def test_the_file_itself_refuses_what_makes_no_sense(orders, sql):
    orders.add("person", {"name": "Ada"})
    orders.add("order_", {"name": "A", "buyer": "Ada"})
    orders.add("order_", {"name": "B", "number": 2, "buyer": "Ada"})
    connection = raw(orders.path)
    with pytest.raises(sqlite3.IntegrityError), connection:
        connection.execute(sql)
    connection.close()


def test_another_tool_may_move_a_record_within_the_process(orders):
    orders.add("order_", {"name": "A"})
    connection = raw(orders.path)
    with connection:
        connection.execute("UPDATE order_ SET stage = 'paid', status = 'closed'")
    connection.close()
    assert orders.record("order_/1").stage == "paid"


def test_who_may_not_write_does_not(orders):
    connection = raw(orders.path)
    with connection:
        connection.execute("UPDATE crm_user SET administrator = 0")
    connection.close()
    with pytest.raises(Forbidden):
        orders.change([change("type add x")])
    with pytest.raises(NotFound):
        orders.add("order_", {"name": "A"})


def test_writers_in_several_threads_lose_nothing(orders):
    def write(number: int) -> None:
        with Workspace.open(orders.path) as own:
            for each in range(5):
                own.add("person", {"name": f"{number}-{each}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert orders.count("person") == 20
