"""Colours, JSON and users."""

from decimal import Decimal

import pytest

from crmtui.model.nouns import COLORS
from crmtui.store.errors import CrmError
from crmtui.store.kinds import KINDS
from tests.support.kinds import as_json, bad_setting, field, plain, problem, read, shown
from tests.support.workspaces import changed, rows_of


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("#AABBCC", "#aabbcc"),
        ("aabbcc", "#aabbcc"),
        ("#abc", "#aabbcc"),
        ("Red", COLORS["red"]),
        (123456, "#123456"),
        ("", None),
    ],
)
def test_a_color_is_kept_in_hex(written, stored):
    assert read("color", written) == stored


@pytest.mark.parametrize("written", ["abc", "#abcd", "#ggg", "reddish", "rgb(1,2,3)", 5, True])
def test_a_color_refuses(written):
    assert problem("color", written) == "not-a-color"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ('{"b": 1, "a": [1.50, true, null]}', '{"b":1,"a":[1.50,true,null]}'),
        ({"b": 1, "a": "é"}, '{"b":1,"a":"é"}'),
        ([1, 2.5, Decimal("0.10")], "[1,2.5,0.10]"),
        ("5", "5"),
        (5, "5"),
        (False, "false"),
        ('"text"', '"text"'),
        ('"a\\tb"', '"a\\tb"'),
        ("1e3", "1000"),
        ("null", None),
        ("", None),
        (None, None),
    ],
)
def test_json_is_kept_as_it_was_given_without_spaces(written, stored):
    assert read("json", written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("text", "bad-json"),
        ("{a:1}", "bad-json"),
        ('{"a":1', "bad-json"),
        ("NaN", "bad-json"),
        (float("inf"), "bad-json"),
        ('{"a":1,"a":2}', "bad-json"),
        ('"\\u0000"', "bad-json"),
        ('"\\ud800"', "bad-json"),
        ("1e999", "bad-json"),
        ("9" * 5000, "bad-json"),
        (10**400, "bad-json"),
        ("[" * 101 + "]" * 101, "too-deep"),
        ("[" * 100_000, "too-deep"),
        ('"' + "x" * 1_000_000 + '"', "too-long"),
        ("9" * 10_000_000, "too-long"),
        ({"a": {1, 2}}, "bad-json"),
    ],
)
def test_json_refuses(written, code):
    assert problem("json", written) == code


def test_json_is_given_back_as_the_value_it_is():
    assert as_json("json", '{"a": [1, 2.50]}') == {"a": [1, Decimal("2.50")]}
    assert as_json("json", '"5"') == '"5"'  # a text would be read as JSON again
    assert plain("json", "[1, 2]") == shown("json", "[1, 2]") == "[1,2]"
    assert KINDS["json"].json("left by another tool", field("json")) == "left by another tool"


@pytest.fixture
def owned(workspace):
    changed(
        workspace,
        """
        field add deal.owner kind=user default=me
        field add deal.helper kind=user
        """,
    )
    workspace.add("deal", {"name": "first"})
    workspace._database.execute("INSERT INTO crm_user (key) VALUES ('Anna'), ('zoe')")
    return workspace


def test_a_user_is_kept_by_id_and_read_and_shown_by_key(owned):
    me = owned.actor.key
    added = owned.add("deal", {"name": "second", "owner": "anna", "helper": me.upper()})
    assert added.json()["owner"] == "Anna"
    assert added.json()["helper"] == me
    assert [added.text("owner"), added.entry("owner")] == ["Anna", "Anna"]
    assert rows_of(owned.path, "SELECT owner FROM deal WHERE id = 2") == [(2,)]
    assert owned.record("deal/1").json()["owner"] == me
    assert owned.record("deal/1").json()["helper"] is None
    owned.set("deal/2", {"owner": "me", "helper": ""})
    assert owned.record("deal/2").json()["owner"] == me
    latest = owned.history("deal/2")[0].changes
    assert {(c.key, c.before, c.after) for c in latest} == {
        ("owner", "Anna", me),
        ("helper", me, None),
    }


def test_a_user_that_there_is_not_is_refused(owned):
    for name in ("nobody", "", 7, ["Anna"]):
        if name == "":
            owned.add("deal", {"name": "x", "owner": name})
            continue
        with pytest.raises(CrmError) as caught:
            owned.add("deal", {"name": "x", "owner": name})
        assert caught.value.problems[0].code in ("no-such-user", "wrong-shape")
    with pytest.raises(CrmError, match="there is no user nobody"):
        changed(owned, "field add deal.other kind=user default=nobody")
    assert bad_setting("user", default="me") == "no-default"


def test_users_are_filtered_and_sorted_by_their_keys(owned):
    changed(owned, "field add account.keeper kind=user")
    owned.add("account", {"name": "Acme", "keeper": "Anna"})
    owned.add("deal", {"name": "second", "owner": "zoe", "account": "Acme"})
    owned.add("deal", {"name": "third", "owner": "Anna"})
    owned.add("deal", {"name": "none", "owner": ""})

    def names(where=None, sort=()):
        return [record.text("name") for record in owned.records("deal", where=where, sort=sort)]

    assert names("owner = 'zoe'") == ["second"]
    assert names("owner is null") == ["none"]
    assert names("owner is not null and owner <> me()") == ["second", "third"]
    assert names("account.keeper = 'Anna'") == ["second"]
    assert names("account.keeper is null") == ["first", "third", "none"]
    assert names("created_by = me() and updated_by = me()") == ["first", "second", "third", "none"]
    me = owned.actor.key
    expected = [name for _, name in sorted([("", "none"), ("Anna", "third"), ("zoe", "second"),
                                            (me, "first")])]  # fmt: skip
    assert names(sort=["owner"]) == expected
    assert names(sort=["-owner", "created_by"]) == expected[::-1]
    page = owned.records("deal", sort=["owner"], limit=2)
    rest = owned.records("deal", sort=["owner"], after=page[-1].ref)
    assert [record.text("name") for record in [*page, *rest]] == expected
    with pytest.raises(CrmError):
        names("owner.key = 'zoe'")
