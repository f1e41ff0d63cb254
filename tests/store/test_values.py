"""Edits: what is added, taken away or set in part, and everything else stays."""

import pytest

from crmtui.store.errors import CrmError, Invalid
from crmtui.store.values import Edit, Minus, Part, Plus
from tests.support.workspaces import changed


@pytest.fixture
def things(empty):
    changed(
        empty,
        """
        type add thing
        field add thing.name kind=text title
        field add thing.tags kind=tags default=new
        field add thing.langs kind=multichoice
        option add thing.langs.en label=English
        option add thing.langs.zh
        option add thing.langs.fr
        field add thing.who kind=person
        field add thing.home kind=address
        """,
    )
    return empty


def edit(*steps):
    return Edit(tuple(steps))


def test_tags_are_added_to_and_taken_from_what_the_record_has(things):
    things.add("thing", {"tags": "a,b"})
    things.set("thing/1", {"tags": edit(Plus("c,A"), Minus("B"))})
    assert things.record("thing/1").json()["tags"] == ["a", "c"]
    _, changed_anything = things.set("thing/1", {"tags": edit(Plus("C"), Minus("nothing"))})
    assert not changed_anything
    things.set("thing/1", {"tags": edit(Minus(["a", "c"]))})
    assert things.record("thing/1").json()["tags"] is None


def test_on_a_new_record_adding_is_setting_and_no_default_joins_in(things):
    things.add("thing", {"tags": edit(Plus("a"))})
    things.add("thing", {})
    assert [r.json()["tags"] for r in things.records("thing")] == [["a"], ["new"]]


def test_a_retired_option_stays_while_others_come_and_go(things):
    things.add("thing", {"langs": "en,fr"})
    changed(things, "option remove thing.langs.fr")
    things.set("thing/1", {"langs": edit(Plus("zh"))})
    assert things.record("thing/1").json()["langs"] == ["en", "zh", "fr"]
    things.set("thing/1", {"langs": "fr,English"})
    assert things.record("thing/1").json()["langs"] == ["en", "fr"]
    things.set("thing/1", {"langs": edit(Minus("fr"))})
    with pytest.raises(Invalid, match="fr is not one of en, zh"):
        things.set("thing/1", {"langs": edit(Plus("fr"))})


def test_an_option_keeps_its_place_in_lists_when_it_is_renamed(things):
    changed(things, "field set thing.langs default=en,zh")
    things.add("thing", {"langs": "en,fr"})
    changed(things, "option rename thing.langs.en english")
    assert things.record("thing/1").json()["langs"] == ["english", "fr"]
    assert things.type("thing").field_by_key["langs"].default == "english,zh"
    changed(things, "option remove thing.langs.english\noption remove thing.langs.zh")
    with pytest.raises(CrmError, match="1 records have the option"):
        changed(things, "option purge thing.langs.english")
    changed(things, "option purge thing.langs.zh")


def test_a_part_is_set_and_the_others_stay(things):
    things.add("thing", {"home": edit(Part("city", "Springfield"), Part("country", "us"))})
    things.set("thing/1", {"home": edit(Part("region", "IL"), Part("country", None))})
    assert things.record("thing/1").json()["home"] == {"city": "Springfield", "region": "IL"}
    things.set("thing/1", {"home": edit(Part("region", ""), Part("city", ""))})
    assert things.record("thing/1").json()["home"] is None


@pytest.mark.parametrize(
    ("key", "step", "message"),
    [
        ("name", Plus("x"), "holds one value; write name=VALUE"),
        ("name", Part("first", "x"), "a value of kind text has no parts"),
        ("home", Plus("x"), "holds one value"),
        ("tags", Part("x", "y"), "a value of kind tags has no parts"),
        ("home", Part("zip", "1"), "has no part zip; it has street, district"),
        ("home", Part("", "1"), "has no part"),
        ("home", Part("country", "Atlantis"), "country: Atlantis is no country"),
        ("langs", Plus("de"), "de is not one of en, zh, fr"),
    ],
)
def test_what_a_kind_cannot_do_is_refused(things, key, step, message):
    things.add("thing", {"name": "a", "tags": "t", "home": "street"})
    before = things.record("thing/1").json()
    for act in (
        lambda: things.add("thing", {key: edit(step)}),
        lambda: things.set("thing/1", {key: edit(step)}),
    ):
        with pytest.raises(Invalid, match=message):
            act()
    assert things.record("thing/1").json() == before
    assert [str(p.message) for p in things.problems("thing", {key: edit(step)}, "thing/1")] != []


def test_a_person_names_a_record_and_links_find_it(things):
    changed(
        things,
        """
        field set thing.who title
        type add call
        field add call.thing kind=link to=thing
        """,
    )
    things.add("thing", {"who": {"first": "Ada", "last": "King"}})
    things.add("thing", {"who": "王小明"})
    things.add("call", {"thing": "ada king"})
    things.add("call", {"thing": "王小明"})
    assert [c.json()["thing"] for c in things.records("call", sort=["thing"])] == [
        {"ref": "thing/1", "title": "Ada King"},
        {"ref": "thing/2", "title": "王小明"},
    ]
    found = things.records("call", where="thing = 'Ada King' and thing.who.last = 'King'")
    assert [call.ref for call in found] == ["call/1"]
    things.set("call/1", {"thing": {"ref": "thing/1", "title": "Ada King"}})
    with pytest.raises(Invalid, match="thing/1 is Ada King, not Bob"):
        things.set("call/1", {"thing": {"ref": "thing/1", "title": "Bob"}})
    assert [record.title for record in things.candidates("thing", "kin")] == ["Ada King"]
    things.add("thing", {"who": "ada king"})
    assert things.set("call/2", {"thing": "Ada King"})[1]  # written exactly so
    with pytest.raises(Invalid, match="fits several records"):
        things.set("call/2", {"thing": "ADA KING"})
    exported = things.export("call")
    written = [exported.plan.column["thing"].plain(row) for row in exported.rows]
    assert written == ["thing/1", "thing/1"]
