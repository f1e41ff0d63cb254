"""What was sound when it was defined stays harmless when what it stands on changes later."""

import io

import pytest

from crmtui.store.errors import CrmError
from crmtui.store.import_options import ImportOptions
from crmtui.store.reading import open_source
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump, rows_of

THINGS = """
type add other
field add other.name title
type add thing
field add thing.name title
field add thing.n kind=integer
field add thing.amount kind=decimal scale=3
field add thing.price kind=money currency=CNY
field add thing.home kind=address
field add thing.other kind=link to=other
"""


@pytest.fixture
def things(empty: Workspace) -> Workspace:
    changed(empty, THINGS)
    empty.add("other", {"name": "x"})
    empty.add("thing", {"name": "a", "n": 7, "amount": "1.234", "home": "Elm 1", "other": "x"})
    return empty


def refusal(workspace, script):
    """The code by which a script is refused; nothing of it stays."""
    before = dump(workspace.path)
    with pytest.raises(CrmError) as caught:
        changed(workspace, script)
    assert dump(workspace.path) == before
    return caught.value.code


def values(workspace):
    return workspace.record("thing/1").json()


def imported(workspace, text, name="rows.csv", **options):
    source = open_source(io.BytesIO(text.encode()), name=name)
    return workspace.import_records("thing", source, ImportOptions(**options))


def notes(workspace, script):
    changed(workspace, script)
    return " | ".join(map(str, workspace.notes))


def last_act(workspace):
    return rows_of(workspace.path, "SELECT max(id) FROM crm_act")[0][0]


# Circles


def test_a_circle_cannot_be_closed_by_way_of_a_retired_field(things):
    changed(things, "field add thing.b kind=formula formula='n + 1'")
    changed(things, "field add thing.a kind=formula formula='b + 1'")
    changed(things, "field remove thing.b")
    assert refusal(things, "field set thing.b formula=a") == "circular"
    changed(things, "field restore thing.b")
    assert values(things)["a"] == 9


def test_a_circle_cannot_be_closed_by_a_change_of_kind_nor_by_undoing_one(things):
    changed(things, "field add thing.b kind=formula formula='n + 1' result=integer")
    changed(things, "field set thing.b kind=integer")
    act = last_act(things)
    changed(things, "field add thing.c kind=formula formula='b + 1'")
    changed(things, "field set thing.n kind=formula formula=c allow_data_loss")
    with pytest.raises(CrmError) as caught:
        things.undo(act)
    assert caught.value.code == "circular"
    assert refusal(things, "field set thing.b kind=formula formula=c allow_data_loss") == "circular"
    assert values(things)["n"] == 9


def test_a_chain_cannot_grow_too_long_from_below(things):
    for name, first in (("x", "n"), ("y", "n + 1")):
        chain = [first, *(f"{name}{n} + 1" for n in range(1, 7))]
        changed(
            things,
            "\n".join(
                f"field add thing.{name}{n} kind=formula formula='{text}'"
                for n, text in enumerate(chain, 1)
            ),
        )
    assert refusal(things, "field set thing.x1 formula=y7") == "too-deep"
    assert values(things)["x7"] == 13


def test_what_is_written_out_again_and_again_has_an_end(things):
    many = "+".join(["n"] * 100)
    changed(things, f"field add thing.x kind=formula formula='{many}'")
    changed(things, f"field add thing.y kind=formula formula='{many.replace('n', 'x')}'")
    assert refusal(
        things, f"field add thing.z kind=formula formula='{many.replace('n', 'y')}'"
    ) == ("too-deep")
    assert values(things)["y"] == 70000


# Expressions over what has become of another kind


def test_an_expression_rests_while_what_it_names_is_of_a_kind_it_makes_no_sense_with(things):
    changed(
        things,
        """
        field add thing.city kind=formula formula="home.street || '!'"
        validation add thing.known rule="home.street is not null" message=unknown
        field set thing.n read_only_when="home.street = 'Elm 1'"
        type set thing title="name || home.street"
        """,
    )
    told = notes(things, "field set thing.home kind=text")
    assert "rests: thing, thing.known, thing.n, thing.city" in told
    assert values(things)["city"] is None
    assert things.set("thing/1", {"n": 8})[0].title == "thing/1"
    assert [record.ref for record in things.records("thing")] == ["thing/1"]
    things.undo()
    things.undo()
    assert values(things)["city"] == "Elm 1!"
    assert things.record("thing/1").title == "aElm 1"
    with pytest.raises(CrmError):
        things.set("thing/1", {"n": 9})


def test_a_title_rests_when_what_it_names_comes_to_follow_a_link(things):
    changed(things, "field add thing.f kind=formula formula=n")
    changed(things, "type set thing title=f")
    assert things.record("thing/1").title == "7"
    assert "rests: thing" in notes(things, "field set thing.f formula=other")
    assert things.record("thing/1").title == "thing/1"
    assert values(things)["f"] == "x"


def test_limits_by_another_field_rest_while_it_cannot_be_compared(things):
    changed(things, "field add thing.m kind=integer min_field=n")
    assert "rests: thing.m" in notes(things, "field set thing.n kind=text")
    assert things.set("thing/1", {"m": 3})[1]


def test_a_roll_up_rests_while_its_link_points_elsewhere(things):
    changed(things, "field add other.things kind=rollup from=thing.other")
    assert things.record("other/1").json()["things"] == 1
    changed(things, "field set thing.other to=thing allow_data_loss")
    things.set("thing/1", {"other": "thing/1"})
    assert things.record("other/1").json()["things"] is None


# What others name


def test_a_look_up_stays_when_a_type_with_the_key_of_its_link_is_renamed(things):
    changed(things, "field add thing.seen kind=lookup from=other.name")
    assert values(things)["seen"] == "x"
    changed(things, "type rename other firm")
    assert values(things)["seen"] == "x"


def test_a_type_stays_while_fields_of_others_speak_of_its_records_or_options(things):
    changed(
        things,
        """
        field add thing.source kind=choice
        option add thing.source.web
        field add other.source kind=choice options_of=thing.source
        field add other.things kind=rollup from=thing.other
        type remove thing
        """,
    )
    for field in ("source", "things"):
        assert refusal(things, "type purge thing") == "named"
        changed(things, f"field remove other.{field}\nfield purge other.{field}")
    changed(things, "type purge thing")


@pytest.mark.parametrize(
    "script",
    [
        "option remove thing.source.web",
        "option remove thing.source.fax\noption purge thing.source.fax",
        "option merge thing.source.web into=fair",
        "option order thing.source fair web fax",
        "option set thing.source.web when='id > 5'",
        "type add more category=new",
        "type remove spare\ntype purge spare",
        "type rename spare more",
        "category add more",
        "category remove sales\ncategory purge sales",
        "category rename sales more",
    ],
)
def test_fields_that_share_options_know_at_once_what_became_of_them(things, script):
    changed(
        things,
        """
        field add thing.source kind=choice
        option add thing.source.web
        option add thing.source.fair
        option add thing.source.fax
        type add spare
        category add sales
        field add other.source kind=choice options_of=thing.source
        field add other.about kind=choice options_of=types
        field add other.part kind=choice options_of=categories
        """,
    )

    def options(workspace):
        fields = workspace.type("other").fields
        return [[(o.key, o.retired, o.condition) for o in f.options] for f in fields]

    before = options(things)
    with things.intent("configure"):
        changed(things, script)
        within = options(things)
    with Workspace.open(things.path) as elsewhere:
        assert options(elsewhere) == options(things) == within != before


# Uniqueness


def test_fields_that_are_unique_together_stay_so_when_one_becomes_of_another_kind(things):
    changed(things, "validation add thing.two unique=name,n")
    changed(things, "field set thing.n kind=text")
    with pytest.raises(CrmError):
        imported(things, "name,n\na,7\n")
    with pytest.raises(CrmError):
        imported(things, "name,n\nb,1\nb,1\n")
    changed(things, "validation set thing.two unique=name")
    with pytest.raises(CrmError):
        imported(things, "name,n\na,5\n")
    things.add("thing", {"name": "b", "n": "07"})
    changed(things, "validation set thing.two unique=n")
    assert refusal(things, "field set thing.n kind=integer") == "duplicate"


def test_uniqueness_rests_while_a_field_is_of_a_kind_that_has_none(things):
    changed(things, "validation add thing.two unique=name,n")
    assert "rests: thing.two" in notes(things, "field set thing.n kind=longtext")
    assert imported(things, "name,n\na,7\na,7\n").added == 2
    with pytest.raises(CrmError) as caught:
        things.undo(last_act(things) - 1)
    assert caught.value.code == "changed-meanwhile"


def test_what_is_compared_folded_stays_so_in_another_kind(things):
    changed(things, "field add thing.mail unique unique_as=folded")
    for mail in ("a@example.com", "c@example.com"):
        things.add("thing", {"mail": mail})
    changed(things, "field set thing.mail kind=email")
    with pytest.raises(CrmError):
        things.add("thing", {"mail": "A@example.com"})
    with pytest.raises(CrmError):
        imported(things, "mail\nC@example.com\n")


def test_what_was_unique_as_written_becomes_unique_folded_and_back(things):
    changed(things, "field add thing.code unique")
    things.add("thing", {"code": "K1"})
    changed(things, "field set thing.code unique_as=folded")
    with pytest.raises(CrmError):
        imported(things, "code\nk1\n")
    changed(things, "field set thing.code unique_as=exact")
    assert imported(things, "code\nk1\n").added == 1


def test_uniqueness_is_checked_whatever_else_the_same_act_did(things):
    things.add("thing", {"name": "a", "n": 7})
    before = "field add thing.more indexed"
    assert refusal(things, f"{before}\nfield set thing.name unique") == "duplicate"
    assert refusal(things, f"{before}\nvalidation add thing.v unique=name,n") == "duplicate"
    changed(things, f"{before}\nfield set thing.more unique unique_as=folded")
    assert things.add("thing", {"more": "x"}).text("more") == "x"


# What is cleared


def test_the_decimals_of_a_number_are_not_forgotten(things):
    assert refusal(things, "field set thing.amount scale=") == "unconvertible"
    things.set("thing/1", {"amount": "1.23", "price": 5})
    changed(things, "field set thing.amount scale=")
    changed(things, "field set thing.price scale=")
    assert [str(values(things)[key]) for key in ("amount", "price")] == ["1.23", "5"]
    assert refusal(things, "field set thing.price currency=") == "no-currency"
    assert refusal(things, "field set thing.price kind=") == "bad-attribute"


# Records that the configuration moves


def test_a_stage_is_not_removed_when_its_records_may_not_stand_where_they_would_go(things):
    changed(
        things,
        """
        stage add thing new
        stage add thing won
        validation add thing.cap rule="n < 5 or stage <> 'won'" message=large
        """,
    )
    things.add("thing", {"name": "b", "n": 1})
    assert refusal(things, "stage remove thing.new move_to=won") == "against-rules"
    things.set("thing/1", {"n": 4})
    changed(things, "stage remove thing.new move_to=won")
    assert [record.stage for record in things.records("thing")] == ["won", "won"]


def test_options_are_not_merged_where_records_may_not_have_the_other_one(things):
    changed(
        things,
        """
        field add thing.source kind=choice
        option add thing.source.web
        option add thing.source.fair when="n > 10"
        """,
    )
    things.set("thing/1", {"source": "web"})
    assert refusal(things, "option merge thing.source.web into=fair") == "against-rules"
    things.set("thing/1", {"n": 11})
    changed(things, "option merge thing.source.web into=fair")
    assert values(things)["source"] == "fair"


def test_a_field_with_values_becomes_a_formula_only_when_they_may_be_lost_sight_of(things):
    formula = "field set thing.amount kind=formula formula='n * 2'"
    assert refusal(things, formula) == "unconvertible"
    changed(things, f"{formula} allow_data_loss")
    assert values(things)["amount"] == 14
    things.undo()
    assert str(values(things)["amount"]) == "1.234"
    assert refusal(things, "field set thing.price kind=formula formula='n.x'") == "no-such-field"


def test_a_text_becomes_a_user(things):
    user = things.actor.key
    things.set("thing/1", {"name": user})
    changed(things, "field set thing.name kind=user")
    assert values(things)["name"] == user
    things.undo()
    assert things.record("thing/1").title == user
    things.set("thing/1", {"name": "nobody here"})
    assert refusal(things, "field set thing.name kind=user") == "unconvertible"


# Automatic numbers


@pytest.mark.parametrize("name", ["rows.csv", "rows.ndjson"])
def test_rules_about_automatic_numbers_hold_in_an_import(things, name):
    changed(
        things,
        """
        field add thing.number kind=autonumber prefix=T-
        field set thing.home required_when="number > 'T-0003'"
        validation add thing.numbered rule="number is not null" message=none
        """,
    )
    rows = ["b", "c", "d", "e"]
    text = (
        "name\n" + "\n".join(rows)
        if name.endswith("csv")
        else "".join(f'{{"name": "{row}"}}\n' for row in rows)
    )
    result = imported(things, text, name, keep_going=True)
    assert (result.added, result.rejected) == (2, 2)
    found = [record.text("number") for record in things.records("thing", sort=["id"])]
    assert found == ["T-0001", "T-0002", "T-0003"]
    # A row that was rejected has given its number back.
    assert things.add("thing", {"home": "x"}).text("number") == "T-0004"
