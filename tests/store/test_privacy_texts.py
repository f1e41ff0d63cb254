"""Where in texts a person is named: by a name, an e-mail address or a phone number."""

import pytest

from crmtui.model.definitions import Field
from crmtui.store.errors import Misused
from crmtui.store.privacy.subjects import Needle, Needles, hashed
from crmtui.store.privacy.values import known_by, without

NUMBERS = (
    "+8613812345678",
    "13812345678",
    "138 1234 5678",
    "138-1234-5678",
    "(138)1234-5678",
    "8613812345678",
    "0086 138 1234 5678",
    "+86 138 1234 5678",
    "１３８１２３４５６７８",
    "tel:+86-138-1234-5678;ext=12",
)


@pytest.mark.parametrize("given", ["+8613812345678", "13812345678", "+86 138-1234-5678"])
@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_found_however_it_is_written(given, text):
    needle = Needle(given)
    assert needle.stands_in(text) and needle.stands_in(f"call {text}, please")
    left = needle.without(f"call {text}, please", "X")
    assert "5678" not in left and left.endswith(", please")


@pytest.mark.parametrize("text", ["138123456789", "9913812345678", "1381234567", "13812345679"])
def test_a_number_within_a_longer_one_is_another_number(text):
    assert not Needle("13812345678").stands_in(text)


@pytest.mark.parametrize(
    ("given", "text", "stands"),
    [
        ("Bo@X.com", "<bo@x.com>", True),
        ("bo@x.com", "mail bo@x.com.", True),
        ("bo@x.com", "jacobo@x.com", False),
        ("bo@x.com", "a.bo@x.com", False),
        ("bo@x.com", "bo@x.com.cn", False),
        ("bo@x.com", "bo@x.company", False),
        ("Ann Lee", "with ann  lee's team", True),
        ("Ann Lee", "Joann Lee", False),
        ("Ann Lee", "Ann Leeds", False),
        ("Müller", "herr MÜLLER kommt", True),
        ("O'Brien (CEO)", "see O'Brien (CEO)", True),
        ("张三", "和张三谈了", True),
        ("张三", "张 三", False),
        ("a.b*c", "a.b*c", True),
        ("a.b*c", "axbbc", False),
    ],
)
def test_names_and_addresses_are_found_whole(given, text, stands):
    needle = Needle(given)
    assert needle.stands_in(text) is stands
    assert Needles([given]).in_any(None, 7, text) is stands
    assert (Needles([given]).without(text, "X") != text) is stands


@pytest.mark.parametrize("text", ["", " ", "a", "王"])
def test_a_text_too_short_to_mean_one_person_is_refused(text):
    with pytest.raises(Misused):
        Needle(text)


def test_what_is_part_of_another_text_does_not_hide_it():
    assert Needles(["Lee", "Ann Lee"]).without("Ann Lee and Lee", "X") == "X and X"


def test_a_mark_is_put_as_it_stands():
    assert Needle("Lee").without("Lee", r"\1[\g<0>]") == r"\1[\g<0>]"


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        ("text", "see Ann Lee", "see [erased]"),
        ("longtext", "a\nAnn Lee\nb", "a\n[erased]\nb"),
        ("person", '{"full":"Ann Lee"}', None),
        ("person", '{"full":"Ann Lee, M.D."}', '{"full":"[erased], M.D."}'),
        (
            "address",
            '{"street":"c/o Ann Lee","city":"Oslo"}',
            '{"street":"c/o [erased]","city":"Oslo"}',
        ),
        ("tags", '["vip", "Ann Lee"]', '["vip", "[erased]"]'),
        ("json", '{"by":["Ann Lee"],"n":1.50}', '{"by":["[erased]"],"n":1.50}'),
        ("json", '{"by":"say \\"Ann Lee\\""}', '{"by":"say \\"[erased]\\""}'),
        ("url", "https://x.com/?q=Ann Lee", None),
        ("text", "nobody", "nobody"),
    ],
)
def test_what_is_left_of_a_value(kind, value, left):
    field = Field(id=1, key="f", kind=kind)
    assert without(field, value, Needles(["Ann Lee"])) == left


def test_a_number_kept_as_a_number_is_found():
    needles = Needles(["13812345678"])
    assert without(Field(id=1, key="f", kind="integer"), 13812345678, needles) is None
    assert without(Field(id=1, key="f", kind="json"), '{"n":13812345678}', needles) == (
        '{"n":"[erased]"}'
    )


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("person", '{"full":"Ann Lee"}', "Ann Lee"),
        ("phone", "+16502530000;ext=4", "+16502530000"),
        ("text", "王", None),
        ("text", "王五", "王五"),
        ("text", "Bo", None),
        ("longtext", "Ann Lee", None),
        ("text", "[erased]", None),
        ("choice", "female", None),
    ],
)
def test_by_what_a_person_is_known_elsewhere(kind, value, text):
    assert known_by(Field(id=1, key="f", kind=kind), value) == text


def test_a_hash_tells_the_same_person_and_not_who_it_is():
    one = hashed(Needle("+86 138 1234 5678"), "salt")
    assert one == hashed(Needle("13812345678"), "salt")
    assert one != hashed(Needle("13812345678"), "pepper") and "1234" not in one
