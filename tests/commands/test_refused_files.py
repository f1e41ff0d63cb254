"""Files that cannot be imported as they are: named by line and reason, and nothing is kept."""

import pytest

from tests.support.cli import Crm


@pytest.fixture
def people(crm: Crm) -> Crm:
    crm.script(
        """
        type add team
        field add team.name --title --unique
        type add person
        field add person.name --required --unique --title
        field add person.age --kind integer --min 0
        field add person.team --kind link --to team
        field add person.notes --kind longtext
        stage add person new --label-zh 新
        stage add person done --category closed
        record add team name=Red
        record add person name=Zoe
        """
    )
    return crm


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "people.csv is empty"),
        (b"\n\n  \n", "people.csv is empty"),
        (b"name,age\nAda,1,2\n", "line 2: people.csv line 2: 3 values where the header has 2"),
        (b"name,age\nAda,1\nBob\n", "line 3"),
        (b'name,age\nAda,1\n"Bob,2\nCid,3\n', "line 3: the quote that opens a value here is never"),
        (b'name,age\n"Ada"x,1\n', "line 2: text after the closing quote"),
        (b"name,age\nA\0da,1\n", "line 2: people.csv line 2: a NUL character"),
        (b"name,age\nJos\xe9,1\n", "its encoding must be stated"),
        (b"name,age\nAda,1\n" + "Zoë,2\n".encode() * 50 + b"Jos\xe9,3\n", "line 53"),
        (b"name,name\nAda,Bob\n", "are both named name"),
        (b"name,,age\nAda,x,1\n", "column 2 has no name"),
        (b"city,country\nRome,Italy\n", "no column of the file is a field of person"),
        (b"age\n3\n", "person needs name, which no column holds"),
        (b"name,age\nAda,old\n", "line 2: age: old is not a number"),
        (b"name,age\nAda,-1\n", "line 2: age: -1 is below 0"),
        (b"name,age\n,3\n", "line 2: name: a value is required"),
        (b"name,age\nZoe,3\n", "line 2: name: person/1 has Zoe already"),
        (b"name,age\nAda,3\nAda,4\n", "line 3: name: person/2 has Ada already"),
        (b"name,team\nAda,Blue\n", "line 2: team: there is no team Blue"),
        (b"name,stage\nAda,dnoe\n", "line 2: person has no stage dnoe; did you mean done?"),
        (b"name,ref\nAda,person/1\n", "line 2: person/1 exists; --match ref changes it"),
        (b"name,ref\nAda,team/9\n", "line 2: team/9 is no reference of person"),
        (b"name,ref\nAda,person/0\n", "line 2: person/0 is no reference of person"),
    ],
)
def test_a_csv_file_with_a_fault(people: Crm, content, told):
    file = people.file("people.csv", content)
    error = people.refused("record", "import", "person", file, code=1)
    assert told in error.replace(str(file), "people.csv")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", '[{"name": "Ada"}, {"name": 7,]', "line 1, column"),
        ("a.json", '[{"name": "Ada"} {"name": "Bob"}]', "broken JSON"),
        ("a.json", "[1, 2]", "number where an object is expected"),
        ("a.json", '[{"name": "Ada", "name": "Bob"}]', "the key name stands twice"),
        ("a.json", '[{"name": "Bob"}, {"name": "A\\u0000da"}]', "a NUL character"),
        ("a.json", '[{"name": "Ada", "age": NaN}]', "NaN is not a number"),
        ("a.json", '[{"name": "Ada", "age": [1]}]', "age"),
        ("a.json", "[" * 100_000, ""),
        ("a.ndjson", '{"name": "Ada"}\n{"name": "Bob"\n', "line 2"),
        ("a.ndjson", '{"name": "A\\u0000da"}\n', "line 1"),
        ("a.ndjson", '{"name": "Ada"}\n"Bob"\n', "line 2"),
    ],
)
def test_a_json_file_with_a_fault(people: Crm, name, content, told):
    file = people.file(name, content)
    assert told in people.refused("record", "import", "person", file, code=1)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--map", "nmae=name"], 3, "did you mean name?"),
        (["--map", "name=nmae"], 3, "did you mean name?"),
        (["--map", "name"], 2, "name is no mapping; write COLUMN=FIELD"),
        (["--map", "=name"], 2, "is no mapping"),
        (
            ["--map", "name=name", "--map", "years=name"],
            2,
            "name is mapped from name and from years",
        ),
        (["--map", "name=name", "--map", "name=notes"], 2, "mapped twice"),
        (["--map", "Name=name", "--map", "name=notes"], 2, "mapped twice"),
        (["--match", "nmae"], 3, "did you mean name?"),
        (["--match", "team"], 2, "no column holds team, to match by"),
        (["--match", "ref"], 2, "no column holds ref, to match by"),
        (["--stage-field", "stagge"], 3, "stagge"),
        (["--create-missing", "teem"], 3, "did you mean team?"),
        (["--format", "xml"], 2, "xml"),
        (["--format", "json", "--delimiter", ";"], 2, "are not divided by"),
        (["--delimiter", "ab"], 2, "a delimiter is one character"),
        (["--encoding", "utf-99"], 1, "there is no text encoding named utf-99"),
        (["--encoding", "utf-16"], 1, ""),
        (["--date-order", "xyz"], 2, "xyz"),
        (["--rejects", "/no/such/folder/rejects.csv"], 4, "cannot be written"),
    ],
)
def test_options_that_make_no_sense(people: Crm, words, code, told):
    file = people.file("people.csv", "name,years\nAda,36\n")
    assert told in people.refused("record", "import", "person", file, *words, code=code)


def test_a_file_that_is_not_there_or_no_file(people: Crm):
    error = people.refused("record", "import", "person", "nowhere.csv", code=3)
    assert "nowhere.csv cannot be read" in error
    assert "cannot be read" in people.refused("record", "import", "person", people.folder, code=3)


def test_a_type_that_is_not_there_is_told_before_the_file_is_read(people: Crm):
    assert "did you mean person?" in people.refused("record", "import", "persn", "x.csv", code=3)


def test_a_cell_of_ten_megabytes_is_named_by_its_line(people: Crm):
    file = people.file("people.csv", 'name,notes\nAda,x\nBob,"' + "y" * 10_000_000 + '"\n')
    error = people.refused("record", "import", "person", file, code=1, here=False)
    assert "line 3: notes: has 10000000 characters, at most 1000000 are allowed" in error
    assert len(error) < 1000


def test_every_bad_row_is_named_and_the_first_twenty_are_told(people: Crm):
    rows = "".join(f"P{n},old\n" for n in range(30))
    file = people.file("people.csv", "name,age\n" + rows)
    outcome = people("record", "import", "person", file, code=1)
    told = outcome.err.splitlines()
    assert sum(": age: old is not a number" in line and " line " in line for line in told) >= 20
    assert any("and 10 more rejected rows" in line for line in told)
    assert any("30 rows were rejected and nothing was imported; line 2:" in line for line in told)


def test_columns_that_are_no_field_are_told_not_dropped_in_silence(people: Crm):
    file = people.file("people.csv", "name,shoe size,age\nAda,38,36\n")
    outcome = people("record", "import", "person", file)
    assert "columns that are no field, not imported: shoe size" in outcome.err
