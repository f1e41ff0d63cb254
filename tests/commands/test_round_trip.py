"""What `record export` writes, `record import` reads back: into a new workspace, byte for byte."""

import json
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.cli import Crm, call

FORMATS = ("csv", "tsv", "json", "ndjson")

DEFINE = """
type add account
field add account.name --title --label Account
field add account.parent --kind link --to account
type add thing
field add thing.name --title
field add thing.code --unique
field add thing.notes --kind longtext
field add thing.amount --kind money --currency EUR
field add thing.rate --kind decimal --scale 6
field add thing.count --kind integer
field add thing.hot --kind boolean
field add thing.day --kind date --label Stage
field add thing.at --kind datetime
field add thing.source --kind choice --option web=Website --option fair=web_
field add thing.account --kind link --to account
field add thing.langs --kind multichoice --option web=Website --option fair='Fair, or not'
field add thing.tags --kind tags
field add thing.share --kind percent
field add thing.stars --kind rating
field add thing.lasts --kind duration --min -1000000h --unit minutes
field add thing.opens --kind time
field add thing.who --kind person
field add thing.mail --kind email
field add thing.tel --kind phone --region CN
field add thing.site --kind url
field add thing.home --kind address
field add thing.hue --kind color
field add thing.extra --kind json
field add thing.owner --kind user --default me
stage add thing lead
status add thing.lead waiting
stage add thing won --category closed --outcome won
"""

HOSTILE = [
    "tab\there",
    "two\nlines",
    "three\r\nlines",
    'a "quoted" word',
    '"all quoted"',
    '"say ""hi"" twice"',
    '""',
    '"',
    "'",
    "007",
    "1.50",
    "1e5",
    "2026-01-01",
    "account/1",
    "account/2",
    "thing/1",
    "=1+1",
    "+1",
    "-1",
    "@sum(A1)",
    "C:\\temp\\new",
    "\\",
    "\\t",
    '\\"x"',
    "a,b;c|d",
    "北京有限公司",
    "😀 smile",
    "null",
    "None",
    "true",
    "NaN",
    "#line",
    "#N/A",
    "  inner  spaces  ",
    "e\u0301clair",
    "\u202eright to left",
    "a\u200bb",
    "\ufeffmark",
    "x" * 9000,
    "[1, 2]",
    "{}",
]


def moved(
    crm: Crm, folder: Path, format_: str, types: tuple[str, ...] = ("account", "thing")
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Export everything, import it into a new workspace, export that: both sets of files."""
    first = folder / f"first-{format_}"
    second = folder / f"second-{format_}"
    other = str(folder / f"other-{format_}.db")
    for place in (first, second):
        place.mkdir()
    document = crm.file("crm.yaml", crm.here("export").out)
    crm.here("apply", "-f", document, "--db", other, "-q")
    for type_key in types:
        crm.here("record", "export", type_key, "-q", "-o", first / f"{type_key}.{format_}")
        crm.here("record", "import", type_key, first / f"{type_key}.{format_}", "--db", other)
        crm.here(
            *("record", "export", type_key, "-q", "-o", second / f"{type_key}.{format_}"),
            *("--db", other),
        )
    return tuple(  # type: ignore[return-value]
        {type_key: (place / f"{type_key}.{format_}").read_bytes() for type_key in types}
        for place in (first, second)
    )


@pytest.mark.parametrize("format_", FORMATS)
def test_hostile_texts_survive(crm: Crm, format_):
    crm.script(DEFINE)
    rows = [
        {"name": text if text.isprintable() else None, "notes": text, "code": f"c{n}"}
        for n, text in enumerate(HOSTILE)
    ]
    file = crm.file("rows.json", json.dumps(rows))
    crm.here("record", "import", "thing", file)
    crm.here("record", "add", "account", "name=Acme")
    first, second = moved(crm, crm.folder, format_)
    assert first == second
    kept = crm.values("thing", "notes")
    assert kept == [unicodedata.normalize("NFC", text.replace("\r\n", "\n")) for text in HOSTILE]


@pytest.mark.parametrize("format_", FORMATS)
def test_every_kind_survives(crm: Crm, format_):
    crm.script(
        DEFINE
        + """
        record add account name=Acme
        record add account name=acme parent=account/1
        record add account name='account/1' parent=account/2
        record add account name=Gone
        record add account name=Last
        record add account name=Lonely
        record add thing name=a amount=-0.01 rate=-0.000001 count=-9223372036854775808 hot=no
        record add thing name=b amount=92233720368547758.07 rate=0.5 count=9223372036854775807 hot=1
        record add thing name=c day=0001-01-01 at=1900-01-01T00:00:00.123456Z source=web
        record add thing name=d day=9999-12-31 at=2026-03-29T02:30:00+02:00 source=fair
        record add thing account=account/1 --stage lead.waiting
        record add thing account=account/2 --stage won
        record add thing account=account/3
        record add thing account=Lonely
        record add thing
        record add thing name=late amount=0 rate=0 count=0
        record add thing name=lists langs=fair,web tags='a,"b, c",d"e'
        record add thing name=signs share=-12.5% stars=0 lasts=-1d1s opens=23:59:59
        record add thing name=signs share=0 stars=5 lasts=0m opens=0:00 owner=
        record add thing who=王小明 mail=张三@例子.中国 tel=010-12345678转12 site=例子.中国
        record add thing who.last=King who.first='Ada "x"' mail=A@example.com tel=+16502530000
        record add thing home='1 Main St' hue=red extra='{"a": [1, 2.50, "x\\"", null]}'
        record add thing home.street='1, Main St' home.city=a home.country=US extra='"5"' who='{x'
        record add thing home='{1}' extra=1e3 site=mailto:a@example.com
        record remove thing/9
        record remove account/4
        record set account/1 parent=account/6
        record set account/5 parent=account/5
        """
    )
    first, second = moved(crm, crm.folder, format_)
    assert first == second
    other = crm.folder / f"other-{format_}.db"
    for type_key in ("account", "thing"):
        same = [
            crm.here("record", "list", type_key, "--json", "--db", db).json
            for db in (crm.path, other)
        ]
        assert same[0] == same[1]


def test_parts_in_columns_of_their_own_come_together(crm: Crm):
    crm.script(DEFINE)
    rows = (
        "name,Home.City,home.country,who.last,who.first,home.zip\n"
        "a,上海市,中国,王,小明,1\nb,,,,,\nc,Springfield,Atlantis,,,\n"
    )
    file = crm.file("parts.csv", rows)
    told = crm.here("record", "import", "thing", file, "--keep-going", code=1)
    assert "Atlantis is no country" in told.err
    records = crm.records("thing", "--fields", "name,home,who")
    assert records == [
        {
            "name": "a",
            "home": {"city": "上海市", "country": "CN"},
            "who": {"full": "王小明", "first": "小明", "last": "王"},
        },
        {"name": "b", "home": None, "who": None},
    ]
    more = crm.file("more.csv", "name,Town,home.street\na,北京市,1号\nb,,\n")
    words = ("--match", "name", "--map", "Town=home.city", "--json")
    told = crm.here("record", "import", "thing", more, *words).json
    assert (told["updated"], told["unchanged"], told["added"]) == (1, 1, 0)
    assert crm.values("thing", "home") == [
        {"street": "1号", "city": "北京市", "country": "CN"},
        None,
    ]
    named = crm.file("named.csv", "who,count\n王小明,7\n")
    crm.here("record", "import", "thing", named, "--match", "who", "--keep-going")
    assert (crm.values("thing", "count"), crm.count("thing")) == ([7, None], 2)
    both = crm.file("both.csv", "name,home,home.city\nx,whole,part\n")
    crm.here("record", "import", "thing", both)
    assert crm.values("thing", "home")[-1] == {"street": "whole"}


def test_a_column_named_as_a_field_can_hold_a_part_of_it(crm: Crm):
    crm.script(DEFINE)
    file = crm.file("homes.csv", "name,Home,Town\na,1 Main St,Oslo\n")
    maps = ("--map", "home=home.street", "--map", "Town=home.city")
    crm.here("record", "import", "thing", file, *maps)
    assert crm.values("thing", "home") == [{"street": "1 Main St", "city": "Oslo"}]


def test_numbers_are_exact_in_json(crm: Crm):
    crm.script(DEFINE)
    crm.here(
        "record",
        "add",
        "thing",
        "amount=92233720368547758.07",
        "rate=0.1",
        "count=9007199254740993",
    )
    out = crm.here("record", "list", "thing", "--json", "--fields", "amount,rate,count").out
    assert out == '[{"amount":92233720368547758.07,"rate":0.1,"count":9007199254740993}]\n'


def test_a_link_to_a_removed_record_is_written_by_reference(crm: Crm):
    crm.script(DEFINE + "record add account name=Gone\nrecord add thing account=Gone name=x\n")
    crm.here("record", "remove", "account/1")
    lines = crm.here("record", "export", "thing", "--fields", "name,account").lines
    assert lines == ["name,account", "x,account/1"]
    again = crm.here("record", "export", "thing").out
    told = crm.here("record", "import", "thing", "-", "--match", "ref", "--json", stdin=again)
    assert (told.json["unchanged"], told.json["updated"]) == (1, 0)


@pytest.mark.parametrize("format_", FORMATS)
def test_importing_an_export_where_it_came_from_changes_nothing(crm: Crm, format_):
    crm.script(DEFINE)
    crm.here(
        "record", "import", "thing", crm.file("r.json", json.dumps([{"notes": t} for t in HOSTILE]))
    )
    crm.here("option", "remove", "thing.source.fair")
    before = crm.everything()
    file = crm.folder / f"x.{format_}"
    crm.here("record", "export", "thing", "-o", file)
    told = crm.here("record", "import", "thing", file, "--match", "ref", "--json").json
    assert (told["added"], told["updated"], told["unchanged"]) == (0, 0, len(HOSTILE))
    assert crm.everything() == before


def test_a_spreadsheet_gets_no_formula(crm: Crm):
    crm.script(DEFINE)
    texts = ["=1+1", "+1", "-x", "@a", "-1.5", "plain", "\t=1"]
    crm.here(
        "record", "import", "thing", crm.file("r.json", json.dumps([{"notes": t} for t in texts]))
    )
    lines = crm.here("record", "export", "thing", "--spreadsheet", "--fields", "notes").lines
    assert lines[1:] == ["'=1+1", "+1", "'-x", "'@a", "-1.5", "plain", "'\t=1"]
    raw = crm.here("record", "export", "thing", "--fields", "notes").lines
    assert raw[1:] == texts


@pytest.mark.parametrize("format_", ["csv", "tsv", "json"])
def test_no_records_at_all_survive(crm: Crm, format_):
    crm.script(DEFINE)
    file = crm.folder / f"x.{format_}"
    crm.here("record", "export", "thing", "-o", file)
    told = crm.here("record", "import", "thing", file, "--json").json
    assert (told["added"], told["rejected"]) == (0, 0)


class TestFiles:
    def test_the_name_tells_the_format(self, crm: Crm):
        crm.script(DEFINE + "record add thing name=x\n")
        for name, begin in (
            ("a.csv", "ref,stage"),
            ("a.tsv", "ref\tstage"),
            ("a.json", '[{"ref":'),
            ("a.jsonl", '{"ref":'),
            ("a.dat", "ref,stage"),
        ):
            told = crm.here("record", "export", "thing", "-o", crm.folder / name)
            assert told.out == ""
            assert "1 records written to" in told.err
            assert (crm.folder / name).read_text().startswith(begin)

    def test_a_failure_leaves_the_old_file(self, crm: Crm):
        crm.script(DEFINE)
        file = crm.file("a.csv", "keep me")
        crm.here("record", "export", "thing", "-o", file, "--where", "nosuch = 1", code=1)
        crm.here("record", "export", "thing", "-o", file, "--fields", "nosuch", code=3)
        assert file.read_text() == "keep me"
        assert (
            "cannot be written"
            in crm.here("record", "export", "thing", "-o", "/no/x.csv", code=4).err
        )

    def test_a_device_or_link_is_written_through(self, crm: Crm):
        crm.script(DEFINE + "record add thing name=x\n")
        target = crm.file("target.csv", "")
        (crm.folder / "link.csv").symlink_to(target)
        crm.here("record", "export", "thing", "-o", crm.folder / "link.csv")
        assert target.read_text().startswith("ref,")
        assert crm("record", "export", "thing", "-o", "/dev/stdout").out.startswith("ref,")
        assert crm.here("record", "export", "thing", "-o", "/dev/null").out == ""


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=30)
NOTES = st.text(
    st.one_of(
        st.sampled_from("\t\n\"\\,;|= '0é中😀"),
        st.characters(codec="utf-8", exclude_categories=["Cc"]),
    ),
    max_size=40,
)
THING = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "notes": NOTES,
        "amount": st.integers(-(10**15), 10**15).map(lambda n: f"{n // 100}.{abs(n) % 100:02}"),
        "count": st.integers(-(2**63), 2**63 - 1),
        "hot": st.booleans(),
        "day": st.dates(date(1, 1, 1), date(9999, 12, 31)).map(str),
        "at": st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
            lambda moment: moment.isoformat()
        ),
        "source": st.sampled_from(["web", "fair"]),
        "stage": st.sampled_from(["lead", "won"]),
        "langs": st.lists(st.sampled_from(["web", "fair"])),
        "tags": st.lists(TEXT, max_size=4),
        "share": st.integers(-(10**9), 10**9).map(lambda n: f"{n // 100}.{abs(n) % 100:02}%"),
        "stars": st.integers(0, 5),
        "lasts": st.integers(-(10**9), 10**9),
        "opens": st.times().map(lambda time: time.isoformat("seconds")),
        "who": TEXT | st.dictionaries(st.sampled_from(["first", "last", "full"]), TEXT),
        "home": NOTES | st.dictionaries(st.sampled_from(["street", "city", "region"]), TEXT),
        "extra": st.recursive(
            st.one_of(st.booleans(), st.integers(-(10**20), 10**20), st.floats(-1e9, 1e9)),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
            max_leaves=5,
        ),
    },
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    # A row that holds nothing is no record, and a file without any text is empty: see below.
    things=st.lists(THING, min_size=1, max_size=8).filter(any),
    format_=st.sampled_from(FORMATS),
)
def test_anything_survives(crm: Crm, tmp_path_factory, things, format_):
    folder = tmp_path_factory.mktemp("any")
    crm = Crm(str(folder / "crm.db"))
    define = folder / "define.crm"
    define.write_text(DEFINE)
    call("batch", define, "--db", crm.path)
    rows = crm.file("rows.json", json.dumps(things))
    crm.here("record", "import", "thing", rows, "--db", crm.path, code=(0, 1))
    files = []
    other = folder / "other.db"
    for source, target in ((crm.path, other), (other, folder / "third.db")):
        call("batch", define, "--db", target)
        file = folder / f"{target.name}.{format_}"
        crm.here("record", "export", "thing", "-o", file, "--db", source)
        crm.here("record", "import", "thing", file, "--db", target)
        files.append(file.read_bytes())
    assert files[0] == files[1]
    lists = [call("record", "list", "thing", "--json", "--db", db).out for db in (crm.path, other)]
    assert lists[0] == lists[1]


@pytest.mark.parametrize("format_", FORMATS)
def test_an_export_without_records_is_read_back_unless_it_has_no_text_at_all(crm: Crm, format_):
    crm.script(DEFINE)
    file = crm.folder / f"none.{format_}"
    crm.here("record", "export", "thing", "-o", file)
    if format_ == "ndjson":
        assert file.read_bytes() == b""
        assert "is empty" in crm.refused("record", "import", "thing", file, code=1)
    else:
        crm.here("record", "import", "thing", file)
        assert crm.count("thing") == 0
