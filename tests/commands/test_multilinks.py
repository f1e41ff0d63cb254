"""Multilinks on the command line: written, told, exported and read back."""

import pytest

from tests.commands.test_round_trip import FORMATS, moved
from tests.support.cli import Crm, on_terminal

DEFINE = """
type add person
field add person.name --title
field add person.friends --kind multilink --to person --label-zh 朋友
type add deal
field add deal.name --title
field add deal.contacts --kind multilink --to person
record add person name=Ada
record add person 'name=Smith, Bob'
record add person 'name=Carl "CJ" Jones'
record add person name=张伟
record add person name=person/1
record add person name=ADA
"""


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(DEFINE)
    return crm


def test_links_in_words_and_in_json(deals: Crm):
    deals("record", "add", "deal", "name=x", 'contacts=张伟,"Smith, Bob"')
    deals("record", "add", "deal", 'contacts:=["person/3", {"ref": "person/4"}]')
    assert deals.values("deal", "contacts") == [
        [{"ref": "person/4", "title": "张伟"}, {"ref": "person/2", "title": "Smith, Bob"}],
        [
            {"ref": "person/3", "title": 'Carl "CJ" Jones'},
            {"ref": "person/4", "title": "张伟"},
        ],
    ]
    deals("record", "set", "deal/1", "contacts=")
    assert deals("record", "list", "deal").lines == [
        "deal/1\tx\t",
        'deal/2\t\t"Carl ""CJ"" Jones",张伟',
    ]


def test_single_links_are_added_and_taken_away(deals: Crm):
    deals.here("record", "add", "deal", "contacts=person/1,张伟")
    deals.here("record", "set", "deal/1", 'contacts+="Smith, Bob",张伟', "contacts-=person/1")
    assert [link["title"] for link in deals.values("deal", "contacts")[0]] == ["张伟", "Smith, Bob"]
    deals.here("record", "set", "deal/1", "contacts-=person/3")
    assert "unchanged" in deals.here("record", "set", "deal/1", "contacts-=person/3").err
    deals.refused("record", "set", "deal/1", "contacts+=Eve", code=1)
    deals.here("record", "set", "deal/1", "contacts-=person/4,person/2")
    assert deals.values("deal", "contacts") == [[]]


def test_people_read_titles_in_their_language(deals: Crm):
    deals.here("record", "add", "deal", "name=x", "contacts=张伟,person/1")
    code, told = on_terminal("record", "list", "deal", "--db", deals.path)
    assert code == 0 and "张伟, Ada" in told
    code, told = on_terminal("record", "show", "deal/1", "--lang", "zh", "--db", deals.path)
    assert code == 0 and "张伟、Ada" in told


def test_a_configuration_with_multilinks_reads_back(deals: Crm):
    document = deals.file("crm.yaml", deals.here("export").out)
    assert "kind: multilink\n        to: person" in document.read_text()
    assert deals.here("diff", "-f", document).out == ""
    deals.here("apply", "-f", document, "--db", deals.folder / "other.db")
    assert deals.here("export", "--db", deals.folder / "other.db").out == document.read_text()


@pytest.mark.parametrize("format_", FORMATS)
def test_links_survive_an_export_and_an_import(deals: Crm, format_):
    deals.script(
        """
        record add person name=Last
        record set person/7 friends=person/1,person/7
        record set person/1 'friends=person/7,person/6,"Smith, Bob"'
        record set person/2 'friends=person/3,person/4,person/5'
        record add deal name=a contacts=person/5,person/1,person/6,person/2,person/3
        record add deal name=b
        record add deal name=c contacts=张伟
        """
    )
    first, second = moved(deals, deals.folder, format_, ("person", "deal"))
    assert first == second
    for type_key in ("person", "deal"):
        same = [
            deals.here("record", "list", type_key, "--json", "--db", db).json
            for db in (deals.path, deals.folder / f"other-{format_}.db")
        ]
        assert same[0] == same[1]
    before = deals.everything()
    for type_key in ("person", "deal"):
        file = deals.folder / f"first-{format_}" / f"{type_key}.{format_}"
        told = deals.here("record", "import", type_key, file, "--match", "ref", "--json").json
        assert told["updated"] == told["added"] == 0
    assert deals.everything() == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["record", "add", "deal", "contacts=Eve"], 1, "contacts: there is no person Eve"),
        (["record", "add", "deal", "contacts=Ada"], 0, ""),
        (["record", "add", "deal", "contacts=aDA"], 1, "aDA fits several records of person"),
        (["record", "add", "deal", 'contacts="Ada'], 1, 'there is no person "Ada'),
        (["record", "add", "deal", "contacts:=[[1]]"], 1, "not a value of kind link"),
        (["record", "list", "deal", "--where", "contacts.name = 'Ada'"], 1, "no field contacts"),
        (["field", "add", "deal.x", "--kind", "multilink"], 2, "needs the type it points to"),
        (["field", "add", "deal.x", "--kind", "multi-link", "--to", "nil"], 3, "no type nil"),
        (["type", "purge", "person", "--confirm", "person"], 1, "in use"),
    ],
)
def test_bad_words_beside_good(deals: Crm, words, code, told):
    if code:
        assert told in deals.refused(*words, code=code)
    else:
        deals.here(*words)
