"""Names and addresses in parts."""

import sqlite3

import pytest

from crmtui.store.kinds import KINDS
from crmtui.store.kinds.countries import country_code, country_name
from tests.support.kinds import as_json, field, plain, problem, read, shown


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("王小明", '{"full":"王小明"}'),
        (" Ada  Lovelace ", '{"full":"Ada  Lovelace"}'),
        ({"last": "王", "first": "小明"}, '{"full":"王小明","first":"小明","last":"王"}'),
        (
            {"first": "Ada", "last": "King", "prefix": "Dr", "suffix": "PhD"},
            '{"full":"Dr Ada King PhD","prefix":"Dr","first":"Ada","last":"King","suffix":"PhD"}',
        ),
        ({"full": "A. King", "last": "King"}, '{"full":"A. King","last":"King"}'),
        ('{"last":"King"}', '{"full":"King","last":"King"}'),
        ("{not json", '{"full":"{not json"}'),
        ({"first": "", "last": None}, None),
        ({}, None),
        ("", None),
        (None, None),
    ],
)
def test_a_person_is_kept_whole_and_never_taken_apart(written, stored):
    assert read("person", written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({"nick": "x"}, "no-such-part"),
        ('{"nick":"x"}', "no-such-part"),
        ({"first": "a\nb"}, "control-character"),
        ({"first": ["a"]}, "wrong-shape"),
        ("a\nb", "control-character"),
        ("x" * 1000, "too-long"),
        (["a"], "wrong-shape"),
    ],
)
def test_a_person_refuses(written, code):
    assert problem("person", written) == code


def test_a_person_is_shown_by_the_whole_name():
    parts = {"last": "King", "first": "Ada"}
    assert shown("person", parts) == "Ada King"
    assert plain("person", "Ada King") == "Ada King"
    assert plain("person", parts) == '{"full":"Ada King","first":"Ada","last":"King"}'
    assert as_json("person", parts) == {"full": "Ada King", "first": "Ada", "last": "King"}
    assert KINDS["person"].named(read("person", parts), field("person")) == "Ada King"
    assert KINDS["person"].folded(read("person", parts), field("person")) == "adaking"
    odd = read("person", {"full": '{"first":"x"}'})
    assert read("person", KINDS["person"].plain(odd, field("person"))) == odd


def test_a_whole_name_that_repeats_its_parts_follows_them():
    person, defined = KINDS["person"], field("person")

    def with_parts(kept, **given):
        return read("person", person.with_parts(kept, given, defined))

    ada = read("person", {"first": "Ada", "last": "Byron"})
    assert with_parts(ada, last="King") == '{"full":"Ada King","first":"Ada","last":"King"}'
    nick = read("person", {"full": "Countess", "last": "Byron"})
    assert with_parts(nick, last="King") == '{"full":"Countess","last":"King"}'
    assert with_parts(None, last="King") == '{"full":"King","last":"King"}'
    assert with_parts(read("person", "Ada"), full="") is None


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1 Main St\nFloor 2", '{"street":"1 Main St\\nFloor 2"}'),
        ({"city": "上海市", "country": "中国"}, '{"city":"上海市","country":"CN"}'),
        ({"country": "United States"}, '{"country":"US"}'),
        ({"country": "usa"}, '{"country":"US"}'),
        ('{"city":"Springfield"}', '{"city":"Springfield"}'),
        ("{1}", '{"street":"{1}"}'),
        ("", None),
        ({"city": " "}, None),
    ],
)
def test_an_address_written_as_a_text_is_all_street(written, stored):
    assert read("address", written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({"country": "Atlantis"}, "no-such-country"),
        ({"country": "ZZ"}, "no-such-country"),
        ({"zip": "1"}, "no-such-part"),
        ({"city": "a\nb"}, "control-character"),
        ({"city": {"name": "x"}}, "wrong-shape"),
        ("a\0b", "control-character"),
    ],
)
def test_an_address_refuses(written, code):
    assert problem("address", written) == code


@pytest.mark.parametrize(
    ("parts", "language", "line"),
    [
        (
            {
                "street": "100 Main St\nFloor 2",
                "city": "Springfield",
                "region": "IL",
                "postal_code": "62704",
                "country": "US",
            },
            "en",
            "100 Main St, Floor 2, Springfield, IL 62704, United States",
        ),
        (
            {
                "street": "世纪大道100号",
                "district": "浦东新区",
                "city": "上海市",
                "postal_code": "200120",
                "country": "CN",
            },
            "zh",
            "中国 上海市浦东新区世纪大道100号 200120",
        ),
        ({"street": "长安街1号", "city": "北京市"}, "en", "北京市长安街1号"),
        ({"street": "1 Main St", "city": "Springfield"}, "en", "1 Main St, Springfield"),
        ({"street": "1 Century Ave", "city": "Shanghai", "country": "CN"}, "en",
         "China Shanghai 1 Century Ave"),
        ({"country": "DE"}, "zh", "德国"),
        ("anything at all", "zh", "anything at all"),
    ],
)  # fmt: skip
def test_an_address_is_one_line_in_the_order_of_its_country(parts, language, line):
    assert shown("address", parts, language) == line


def test_an_address_is_written_so_that_it_is_read_back():
    assert plain("address", "1 Main St\nFloor 2") == "1 Main St\nFloor 2"
    assert plain("address", {"city": "x"}) == '{"city":"x"}'
    odd = read("address", {"street": '{"city":"x"}'})
    assert read("address", plain("address", {"street": '{"city":"x"}'})) == odd


def test_countries_go_by_their_names_in_both_languages():
    assert [country_code(name) for name in ("cn", "China", "中国", "德国", "UK", "香港")] == [
        "CN",
        "CN",
        "CN",
        "DE",
        "GB",
        "HK",
    ]
    assert country_code("EU") is None
    assert (country_name("CN", "zh"), country_name("XX", "en")) == ("中国", "XX")


@pytest.mark.parametrize("kind", ["person", "address"])
def test_a_part_is_null_where_another_tool_left_no_object(kind):
    connection = sqlite3.connect(":memory:")
    for name in KINDS[kind].parts:
        for value in ("", "x", "[1]", "{}", '{"a":', "7", None, "[" * 5000):
            sql = f"SELECT {KINDS[kind].part('?1', name)}"
            assert connection.execute(sql, (value,)).fetchone() == (None,)
        value = f'{{"{name}":"x"}}'
        assert connection.execute(sql, (value,)).fetchone() == ("x",)
    connection.close()
    assert KINDS[kind].shown("left by another tool", field(kind)) == "left by another tool"
