"""The words of values on the command line: lists that grow and shrink, parts of one value."""

import json

import pytest

from tests.support.cli import Crm

DEFINE = """
type add contact
field add contact.who --kind person --title --required
field add contact.tags --kind tags
field add contact.langs --kind multichoice --option en=English --option zh=Chinese
field add contact.home --kind address
field add contact.mail --kind email --unique
field add contact.tel --kind phone --region cn
field add contact.site --kind url
field add contact.share --kind percent --min 0 --max 100
field add contact.stars --kind rating --max 3
field add contact.lasts --kind duration --unit minutes
field add contact.opens --kind time --min 8:00
field add contact.hue --kind color
field add contact.extra --kind json
field add contact.owner --kind user --default me
"""


@pytest.fixture
def contacts(crm: Crm) -> Crm:
    crm.script(DEFINE)
    return crm


def only(crm: Crm, field: str):
    [value] = crm.values("contact", field)
    return value


def test_words_add_to_lists_and_take_from_them(contacts: Crm):
    contacts.here("record", "add", "contact", "who=Ada", "tags+=vip", "tags+=new, old", "langs+=en")
    assert only(contacts, "tags") == ["vip", "new", "old"]
    contacts.here("record", "set", "contact/1", "tags-=OLD", "tags+=x", 'langs+:=["Chinese"]')
    assert (only(contacts, "tags"), only(contacts, "langs")) == (["vip", "new", "x"], ["en", "zh"])
    contacts.here("record", "set", "contact/1", "tags=", "langs-=en,zh")
    assert (only(contacts, "tags"), only(contacts, "langs")) == (None, None)


def test_words_set_parts_and_leave_the_others(contacts: Crm):
    contacts.here("record", "add", "contact", "who.last=王", "who.first=小明", "home.city=上海市")
    contacts.here("record", "set", "contact/1", "home.country=中国", "who.first=大明")
    assert only(contacts, "who") == {"full": "王大明", "first": "大明", "last": "王"}
    assert only(contacts, "home") == {"city": "上海市", "country": "CN"}
    file = contacts.file("street.txt", "1 Main St\nFloor 2\n")
    contacts.here("record", "set", "contact/1", f"home.street=@{file}", "home.country:=null")
    assert only(contacts, "home") == {"street": "1 Main St\nFloor 2", "city": "上海市"}


@pytest.mark.parametrize(
    ("word", "code", "message"),
    [
        ("share+=1", 1, "share: holds one value; write share=VALUE"),
        ("share-=1", 1, "share: holds one value"),
        ("share.x=1", 1, "a value of kind percent has no parts"),
        ("who.nick=x", 1, "who: has no part nick; it has full, prefix, first"),
        ("nothing+=x", 3, "contact has no field nothing"),
        ("nothing.x=x", 3, "contact has no field nothing"),
        ("tags=x tags+=y", 2, "tags is given twice"),
        ("home=x home.city=y", 2, "home is given twice"),
        ("+=x", 2, "+=x is no value; write FIELD=VALUE"),
        ("tags+:=[", 1, "[ is not JSON"),
        ("langs+=fr", 1, "langs: fr is not one of en, zh"),
        ("mail=a@b", 1, "a@b is not an e-mail address: what follows the @ has no dot"),
        ("tel=12", 1, "12 is no valid phone number: it is too short"),
        ("site=javascript:x", 1, "links that begin with javascript: are not taken"),
        ("share=101%", 1, "share: 101% is above 100"),
        ("stars=4", 1, "stars: 4 is above 3"),
        ("lasts=soon", 1, "soon is not a duration; write 1h30m, 90m, 2d or 1:30"),
        ("opens=7:00", 1, "07:00 is before 8:00"),
        ("hue=nice", 1, "nice is not a colour; write #rrggbb, or one of red"),
        ("extra={", 1, "extra: is not JSON"),
        ("owner=nobody", 1, "there is no user nobody"),
        ("who= home.city=x", 1, "who: a value is required"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_and_nothing_is_changed(
    contacts: Crm, word, code, message
):
    contacts.here("record", "add", "contact", "who=Ada", "tags=a", "home=street")
    before = contacts.everything()
    told = contacts.here("record", "set", "contact/1", *word.split(" "), code=code)
    assert message in told.err
    assert len([line for line in told.err.splitlines() if "error:" in line]) == 1
    assert contacts.everything() == before


def test_the_settings_of_a_field_are_checked_when_it_is_defined(crm: Crm):
    crm.script("type add a")
    for words, code, message in (
        ("a.p --kind phone --region XX", 1, "there is no region XX"),
        ("a.p --kind phone --style loud", 2, "loud"),
        ("a.r --kind rating --max 11", 1, "a rating has 1 to 10 stars"),
        ("a.d --kind duration --min 2", 1, "2 has no unit"),
        ("a.d --kind duration --min 2h --max 1h", 1, "the least value 2h is above"),
        ("a.t --kind time --max 25:00", 1, "25:00 is not a time of day"),
        ("a.u --kind user --default nobody", 1, "there is no user nobody"),
        ("a.g --kind tags --unique", 1, "a field of kind tags cannot be unique"),
        ("a.h --kind address --title", 1, "a field of kind address cannot name a record"),
        ("a.e --kind email --max 5", 2, "a field of kind email has no max"),
        ("a.j --kind json --default {", 1, "is not JSON"),
    ):
        told = crm.here("field", "add", *words.split(" "), code=code)
        assert message in told.err, words
    assert crm.here("field", "list", "a").out == ""
    crm.here("field", "add", "a.p", "--kind", "phone", "--region", "cn")
    assert crm.here("field", "show", "a.p", "--json").json["region"] == "CN"


def test_a_bad_row_stands_beside_good_ones(contacts: Crm):
    rows = [
        {"who": "good", "tags": ["a", "b"], "share": 5, "tel": "13812345678", "stars": 3},
        {"who": "bad list", "langs": ["en", "xx"]},
        {"who": {"first": "no", "age": 5}},
        {"who": "bad mail", "mail": "x", "tel": "y"},
        {"who": {"last": "King"}, "home": {"city": "a"}, "extra": {"deep": [1.50]}, "lasts": 90},
    ]
    file = contacts.file("rows.json", json.dumps(rows))
    told = contacts.here("record", "import", "contact", file, code=1)
    for said in ("xx is not one of en, zh", "has no part age", "x is not an e-mail address"):
        assert said in told.err
    assert contacts.count("contact") == 0
    contacts.here("record", "import", "contact", file, "--keep-going", code=1)
    assert [who["full"] for who in contacts.values("contact", "who")] == ["good", "King"]
    assert contacts.values("contact", "lasts") == [None, 90]


def test_rejected_rows_keep_the_columns_of_their_file(contacts: Crm):
    text = "home.city,who,home.country\nOslo,Ada,Norway\nOslo,Bob,Nowhere\n"
    file = contacts.file("parts.csv", text)
    rejects = contacts.folder / "rejects.csv"
    words = ("--keep-going", "--rejects", rejects)
    contacts.here("record", "import", "contact", file, *words, code=1)
    assert only(contacts, "home") == {"city": "Oslo", "country": "NO"}
    header, row = rejects.read_text().splitlines()
    assert header == "#line,#reason,home.city,who,home.country"
    assert row.startswith("3,") and row.endswith("Oslo,Bob,Nowhere")


def test_what_is_kept_is_found_sorted_and_told(contacts: Crm):
    for who, words in (
        ("Ada", ("tags=vip,new", "share=30%", "lasts=2h", "home.city=Oslo", "langs=en")),
        ("Bob", ("tags=VIP", "share=5", "lasts=30m", "home.city=Bergen", 'extra={"a":{"b":[7]}}')),
        ("Cy", ("stars=***", "opens=9pm", "hue=red", "owner=")),
    ):
        contacts.here("record", "add", "contact", f"who={who}", *words)

    def names(*words):
        return [who["full"] for who in contacts.values("contact", "who", *words)]

    assert names("--where", "has(tags, 'vip')") == ["Ada", "Bob"]
    assert names("--where", "has(langs, 'en') and share = 30 and hours(lasts) = 2") == ["Ada"]
    assert names("--where", "home.city = 'Bergen' or json_get(extra, 'a.b.0') = 8") == ["Bob"]
    assert names("--where", "json_get(extra, 'a.b.0') = 7 and minutes(lasts) = 30") == ["Bob"]
    assert names("--where", "who > 'Bo' and stars = 3 and opens > '20:00'") == ["Cy"]
    assert names("--where", "owner = me()", "--sort", "-who") == ["Bob", "Ada"]
    assert names("--sort", "-share") == ["Ada", "Bob", "Cy"]
    assert names("--sort", "lasts,who") == ["Cy", "Bob", "Ada"]
    contacts.here("record", "set", "contact/3", "stars=1", "hue=#abc", "opens=09:30")
    changes = contacts.here("record", "history", "contact/3", "--json").json[0]["changes"]
    assert changes["stars"] == {"before": "3", "after": "1"}
    assert changes["opens"] == {"before": "21:00", "after": "09:30"}
    shown = contacts.here("record", "history", "contact/3", "--format", "table").out
    assert "★★★ → ★☆☆" in shown


def test_people_read_values_in_their_language(contacts: Crm):
    words = ("who=王小明", "lasts=90", "langs=en,zh", "home.country=CN", "home.city=上海市")
    contacts.here("record", "add", "contact", *words)
    english = contacts.here("record", "show", "contact/1", "--format", "table").out
    chinese = contacts("--lang", "zh", "record", "show", "contact/1", "--format", "table").out
    for text in ("1h30m", "English, Chinese", "China 上海市"):
        assert text in english
    for text in ("1小时30分", "English、Chinese", "中国 上海市"):
        assert text in chinese
