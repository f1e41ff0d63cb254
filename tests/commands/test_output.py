"""What commands print: data on standard output, talk on standard error, in promised formats."""

import json
import os
import subprocess

import pytest

from tests.support.cli import PROGRAM, REPOSITORY, Crm, on_terminal


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(
        """
        type add account --label Account --label-zh 客户
        field add account.name --title
        type add deal --label Deal --label-zh 商机
        field add deal.name --label Name --label-zh 名称 --required --title
        field add deal.value --label Value --label-zh 金额 --kind money --currency USD
        field add deal.account --kind link --to account
        field add deal.hot --kind boolean --label Hot
        field add deal.closed --kind date
        field add deal.met --kind datetime
        field add deal.notes --kind longtext
        field add deal.source --kind choice --option web=Website --label Source
        stage add deal lead --label Lead --label-zh 线索
        record add account name=Acme
        record add deal name=First value=1234567.5 account=Acme hot=yes closed=2026-02-03
        record add deal name=第二个项目 value=-1 met=2026-02-03T04:05:06Z source=web
        record add deal name=Third 'notes:="tab\\there, line\\nbreak, back\\\\slash"'
        """
    )
    return crm


class TestFormats:
    FIELDS = ("--fields", "ref,stage,name,value,account,hot,closed,met,source")

    def test_a_pipe_gets_tsv_without_header(self, deals: Crm):
        done = deals("record", "list", "deal", *self.FIELDS)
        assert done.err == ""
        assert done.lines == [
            "deal/1\tlead\tFirst\t1234567.50\tAcme\ttrue\t2026-02-03\t\t",
            "deal/2\tlead\t第二个项目\t-1.00\t\t\t\t2026-02-03T04:05:06Z\tweb",
            "deal/3\tlead\tThird\t\t\t\t\t\t",
        ]

    def test_tabs_line_breaks_and_backslashes_are_escaped_in_tsv(self, deals: Crm):
        line = deals.here("record", "list", "deal", "--where", "id = 3", "--fields", "notes").out
        assert line == "tab\\there, line\\nbreak, back\\\\slash\n"

    def test_a_header_on_request(self, deals: Crm):
        lines = deals.here("record", "list", "deal", "--fields", "ref,value", "--header").lines
        assert lines[0] == "ref\tvalue"
        lines = deals.here(
            "record", "list", "deal", "--fields", "ref", "--csv", "--no-header"
        ).lines
        assert lines == ["deal/1", "deal/2", "deal/3"]

    def test_csv_is_quoted_where_it_must_be(self, deals: Crm):
        out = deals.here("record", "list", "deal", "--csv", "--fields", "ref,name,notes").out
        assert out == (
            "ref,name,notes\ndeal/1,First,\ndeal/2,第二个项目,\n"
            'deal/3,Third,"tab\there, line\nbreak, back\\slash"\n'
        )

    def test_json_is_one_line_of_exact_values(self, deals: Crm):
        out = deals.here("record", "list", "deal", "--json", "--limit", "1", *self.FIELDS).out
        assert out == (
            '[{"ref":"deal/1","stage":"lead","name":"First","value":1234567.5,'
            '"account":{"ref":"account/1","title":"Acme"},"hot":true,"closed":"2026-02-03",'
            '"met":null,"source":null}]\n'
        )

    def test_ndjson_is_an_object_per_line(self, deals: Crm):
        lines = deals.here("record", "list", "deal", "--format", "ndjson").lines
        assert [json.loads(line)["ref"] for line in lines] == ["deal/1", "deal/2", "deal/3"]

    def test_ids_are_references(self, deals: Crm):
        assert deals.here("record", "list", "deal", "--ids", "--sort", "-value").lines == [
            "deal/1",
            "deal/2",
            "deal/3",
        ]
        assert deals.here("record", "show", "deal/2", "--ids").lines == ["deal/2"]

    def test_markdown_is_a_table_with_its_bars_escaped(self, deals: Crm):
        deals.here("record", "add", "deal", "name=a|b")
        lines = deals.here(
            "record", "list", "deal", "--format", "markdown", "--fields", "name"
        ).lines
        assert lines[0].startswith("| Name")
        assert lines[-1].startswith("| a\\|b")

    def test_a_table_shows_what_people_read(self, deals: Crm):
        lines = deals.here("record", "list", "deal", "--format", "table", *self.FIELDS).lines
        assert lines[0].split() == (
            "REFERENCE STAGE NAME VALUE (USD) ACCOUNT HOT CLOSED MET SOURCE".split()
        )
        assert "1,234,567.50" in lines[1]
        assert "Website" in lines[2]

    def test_only_the_columns_asked_for_in_their_order(self, deals: Crm):
        lines = deals.here("record", "list", "deal", "--fields", "value,name,id").lines
        assert lines[0] == "1234567.50\tFirst\t1"
        table = deals.here(
            "record", "list", "deal", "--fields", "id,name", "--format", "table"
        ).lines
        assert table[0].split() == ["ID", "NAME"]

    def test_system_columns_may_be_asked_for(self, deals: Crm):
        row = deals.records("deal", "--fields", "id,created_at,created_by,revision,status")[0]
        assert row["id"] == 1
        assert row["revision"] == 1
        assert row["created_at"].endswith("Z")


class TestEmptyLists:
    @pytest.mark.parametrize(
        ("format_", "out"),
        [
            ("tsv", ""),
            ("ids", ""),
            ("table", ""),
            ("markdown", ""),
            ("ndjson", ""),
            ("json", "[]\n"),
        ],
    )
    def test_print_nothing_and_end_with_0(self, deals: Crm, format_, out):
        done = deals.here("record", "list", "deal", "--where", "1 = 0", "--format", format_)
        assert (done.out, done.err) == (out, "")

    def test_of_csv_are_a_header(self, deals: Crm):
        done = deals.here("record", "list", "deal", "--where", "1=0", "--csv", "--fields", "name")
        assert done.out == "name\n"

    def test_of_anything_else(self, crm: Crm):
        crm("init")
        assert crm("type", "list").out == ""
        assert crm("type", "list", "--json").out == "[]\n"
        assert crm("log").out == ""


class TestPaging:
    def test_limit_and_after_walk_through_everything_once(self, deals: Crm):
        rows = deals.file(
            "rows.csv", "name,value\n" + "".join(f"n{n},{n % 7}\n" for n in range(100))
        )
        deals.here("record", "import", "deal", rows)
        for sort in ("value", "-value", "name", "-closed", "account,-value"):
            seen: list[str] = []
            while page := deals.here(
                *("record", "list", "deal", "--ids", "--sort", sort, "--limit", "17"),
                *(["--after", seen[-1]] if seen else []),
            ).lines:
                seen += page
            assert seen == deals.here("record", "list", "deal", "--ids", "--sort", sort).lines
            assert len(set(seen)) == 103


class TestClosedPipes:
    @pytest.mark.parametrize("format_", ["tsv", "json", "csv", "table", "ids"])
    def test_end_quietly_with_0(self, deals: Crm, format_):
        rows = deals.file("rows.csv", "name\n" + "".join(f"{n:0200}\n" for n in range(3000)))
        deals.here("record", "import", "deal", rows)
        script = (
            f'{{ {" ".join(PROGRAM)} record list deal --format {format_}; echo "exit $?" >&2; }}'
            " | head -c 10 > /dev/null"
        )
        done = subprocess.run(
            ["sh", "-c", script],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            check=False,
        )
        assert done.stderr == "exit 0\n"

    def test_do_not_undo_what_was_written(self, deals: Crm):
        refs = "deal/1\ndeal/2\ndeal/3\n" * 300
        process = subprocess.Popen(
            [*PROGRAM, "record", "set", "-", "name=New", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        )
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(refs.encode())
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
        assert set(deals.values("deal", "name")) == {"New"}

    @pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
    def test_streams_that_were_closed_from_the_start(self, deals: Crm, closed):
        done = subprocess.run(
            ["sh", "-c", f"{' '.join(PROGRAM)} record move deal/1 lead {closed}"],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            check=False,
        )
        assert done.returncode == 0
        assert "Traceback" not in done.stderr


class TestLanguages:
    @pytest.mark.parametrize(
        "env",
        [{"LANG": "zh_CN.UTF-8"}, {"LC_ALL": "zh_CN.GBK"}, {"LANG": "C"}, {"LC_ALL": "POSIX"}],
    )
    @pytest.mark.parametrize("format_", ["tsv", "csv", "json", "ids"])
    def test_do_not_change_machine_output(self, deals: Crm, env, format_):
        for words in (["record", "list", "deal"], ["field", "list", "deal"], ["log", "deal"]):
            words = [*words, "--format", format_]
            plain = deals.here(*words).out
            if words[0] == "log":
                continue
            assert deals(*words, env=env | {"PYTHONCOERCECLOCALE": "0"}).out == plain
        assert deals("record", "list", "deal", "--format", format_, "--lang", "zh").out == (
            deals.here("record", "list", "deal", "--format", format_).out
        )

    def test_change_what_people_read(self, deals: Crm):
        table = deals("record", "list", "deal", "--format", "table", "--lang", "zh").lines
        assert "名称" in table[0]
        assert "线索" in table[1]
        same = deals("record", "list", "deal", "--format", "table", env={"LANG": "zh_CN.UTF-8"})
        assert same.lines == table
        error = deals("record", "show", "deal/9", "--lang", "zh", code=3).err
        assert "[no-such-record]" in error

    def test_a_narrow_encoding_is_no_obstacle(self, deals: Crm):
        env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
        assert "第二个项目" in deals("record", "list", "deal", "--fields", "name", env=env).out
        assert deals("record", "add", "deal", "nam=第", env=env, code=3).err.isascii()


class TestTerminals:
    def test_a_table_is_cut_to_the_width_with_wide_characters_in_line(self, deals: Crm):
        from rich.cells import cell_len

        deals.here("record", "add", "deal", "name=" + "很长的名称" * 20, "value=5")
        code, out = on_terminal(
            "record", "list", "deal", "--fields", "ref,name,value,closed,source"
        )
        assert code == 0
        lines = out.splitlines()
        assert len(lines) == 5
        assert all(cell_len(line) <= 80 for line in lines)
        assert "…" in lines[4]
        ends = {
            cell_len(line[: line.index(text) + len(text)])
            for line, text in zip(lines[1:3], ("1,234,567.50", "-1.00"), strict=True)
        }
        assert len(ends) == 1

    @pytest.mark.parametrize("width", [20, 40, 200])
    def test_of_any_width(self, deals: Crm, width):
        from rich.cells import cell_len

        _code, out = on_terminal("record", "list", "deal", size=(width, 24))
        assert all(cell_len(line) <= width for line in out.splitlines())
        assert "deal/1" in out

    def test_no_colour_changes_nothing_as_there_is_none(self, deals: Crm):
        plain = on_terminal("record", "list", "deal")
        assert on_terminal("record", "list", "deal", env={"NO_COLOR": "1"}) == plain
        assert "\x1b" not in plain[1]

    def test_a_long_list_is_a_page_and_says_so(self, deals: Crm):
        deals.here("record", "import", "deal", deals.file("r.csv", "name\n" + "x\n" * 100))
        _code, out = on_terminal("record", "list", "deal", "--fields", "ref")
        assert out.splitlines()[-1] == "50 of 103 records; --limit 0 shows all"
        assert len(on_terminal("record", "list", "deal", "--limit", "0")[1].splitlines()) == 104

    def test_an_empty_list_says_so(self, deals: Crm):
        assert on_terminal("record", "list", "deal", "--where", "1 = 0") == (0, "no records\n")

    def test_a_record_is_shown_line_by_line(self, deals: Crm):
        _code, out = on_terminal("record", "show", "deal/3")
        lines = [line.rstrip() for line in out.splitlines()]
        assert "Name         Third" in lines
        assert "notes        tab␉here, line" in lines
        assert "             break, back\\slash" in lines

    def test_definitions_show_only_what_there_is_to_say(self, deals: Crm):
        _code, out = on_terminal("field", "list", "deal")
        assert "deal.source" in out
        assert "PATTERN" not in out

    def test_json_is_made_for_eyes(self, deals: Crm):
        _code, out = on_terminal("record", "show", "deal/1", "--json", "--fields", "ref,value")
        assert out == '{\n  "ref": "deal/1",\n  "value": 1234567.5\n}\n'

    def test_progress_is_shown_only_there(self, deals: Crm):
        file = deals.file("r.csv", "name\n" + "x\n" * 10)
        assert "\r" not in deals("record", "import", "deal", file).err


def test_quiet_says_nothing_but_errors(deals: Crm):
    done = deals("record", "set", "deal/1", "name=x", "-q")
    assert (done.out, done.err) == ("", "")
    assert deals("record", "set", "deal/9", "name=x", "-q", code=3).err


def test_references_go_through_pipes(deals: Crm):
    refs = deals.here("record", "list", "deal", "--ids").out
    deals("record", "set", "-", "value=7", stdin=refs)
    assert deals.values("deal", "value") == [7, 7, 7]
    listed = deals.here("record", "list", "deal").out  # of TSV the first column is not the ref
    assert deals.here("record", "remove", "-", stdin=refs).code == 0
    assert deals.count("deal") == 0
    assert listed
    assert deals.here("record", "restore", "-", "--json", stdin=refs).out.count("restored") == 3
    assert deals("record", "set", "-", "value=7", stdin="").err == ""


def test_what_list_writes_into_a_pipe_is_what_set_and_move_read(crm):
    crm.script(
        "type add note\nfield add note.name --title\nrecord add note name=a\nrecord add note"
    )
    listed = crm("record", "list", "note").out
    crm("record", "set", "-", "name=c", stdin=listed)
    assert [row["name"] for row in crm.records("note")] == ["c", "c"]
