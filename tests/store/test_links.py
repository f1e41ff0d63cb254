"""Links: the record that a written title, reference or unique value means."""

import pytest

from crmtui.store.errors import Invalid
from tests.support.workspaces import changed


@pytest.fixture
def orders(empty):
    """Orders that link to a buyer, who has a name and a code."""
    changed(
        empty,
        """
        type add person
        field add person.name kind=text title
        field add person.code kind=text unique
        field add person.born kind=date unique
        field add person.seen kind=datetime unique
        type add order_
        field add order_.name kind=text required title
        field add order_.number kind=integer
        field add order_.buyer kind=link to=person
        """,
    )
    return empty


def problems(act) -> dict[str, str]:
    """What an act is refused for: field key to code."""
    with pytest.raises(Invalid) as caught:
        act()
    assert "{" not in str(caught.value)
    return {problem.field: problem.code for problem in caught.value.problems}


@pytest.mark.parametrize(
    "written",
    [
        "Ada",
        " ada ",
        "person/1",
        "PERSON/1",
        {"ref": "person/1"},
        {"ref": "person/1", "title": "Ada"},
        {"title": "Ada"},
        "a-1",  # by a unique field
    ],
)
def test_a_link_is_written_by_title_reference_or_unique_field(orders, written):
    orders.add("person", {"name": "Ada", "code": "a-1"})
    orders.add("person", {"name": "Bob", "code": "b-1"})
    assert orders.add("order_", {"name": "A", "buyer": written}).values["buyer"] == 1


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Eve", "no-such-link"),
        ("person/9", "no-such-link"),
        ("order_/1", "no-such-link"),
        ("Bob", "ambiguous-link"),
        ({"ref": "person/1", "title": "Bob"}, "other-title"),
        ({"id": 1}, "wrong-shape"),
        (["Ada"], "wrong-shape"),
        ({"ref": ["Ada"]}, "wrong-shape"),
        (1, "no-such-link"),
        ("x" * 100_000, "no-such-link"),
        ("\udcff", "no-such-link"),
        ("person/" + "9" * 40, "no-such-link"),
    ],
)
def test_a_link_that_is_not_clear_is_refused(orders, written, code):
    for name in ("Ada", "Bob", "bob", "Bob"):
        orders.add("person", {"name": name})
    assert problems(lambda: orders.add("order_", {"name": "A", "buyer": written})) == {
        "buyer": code
    }


def test_an_exact_title_wins_over_one_in_another_case(orders):
    orders.add("person", {"name": "Ada"})
    orders.add("person", {"name": "ADA"})
    assert orders.add("order_", {"name": "A", "buyer": "ADA"}).values["buyer"] == 2


def test_a_title_that_looks_like_a_reference(orders):
    orders.add("person", {"name": "person/7"})
    assert orders.add("order_", {"name": "A", "buyer": "person/7"}).values["buyer"] == 1


def test_a_removed_record_is_not_found_by_title_and_stays_linked(orders):
    orders.add("person", {"name": "Ada"})
    orders.add("order_", {"name": "A", "buyer": "Ada"})
    orders.remove("person/1")
    assert orders.record("order_/1").text("buyer") == "Ada"
    assert problems(lambda: orders.add("order_", {"name": "B", "number": 2, "buyer": "Ada"})) == {
        "buyer": "no-such-link"
    }


@pytest.mark.parametrize("written", ["2026-01-02", "2026/1/2", "2026-01-02 10:00"])
def test_a_unique_value_is_read_by_its_kind(orders, written):
    orders.add("person", {"name": "x", "born": "2026-01-02", "seen": "2026-01-02 10:00"})
    assert orders.add("order_", {"name": "A", "buyer": written}).values["buyer"] == 1


def test_a_link_to_a_record_of_its_own_type(orders):
    changed(orders, "field add person.boss kind=link to=person")
    orders.add("person", {"name": "Ada"})
    orders.add("person", {"name": "Bob", "boss": "Ada"})
    orders.set("person/1", {"boss": "Bob"})
    assert orders.record("person/1").text("boss") == "Bob"
    assert orders.count("person", "boss.name = 'Ada'") == 1
