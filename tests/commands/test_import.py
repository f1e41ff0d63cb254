"""`record import`: how columns become fields, rows become records, and links find each other."""

import pytest

from tests.support.cli import Crm

DEFINE = """
type add account --label Account --label-zh 客户
field add account.name --label Name --label-zh 名称 --required --unique --title
field add account.parent --kind link --to account
type add deal --label Deal
field add deal.name --label 'Deal name' --label-zh 名称 --required --title
field add deal.code --unique
field add deal.account --kind link --to account
field add deal.value --label Amount --kind money --currency USD
field add deal.closed --kind date
field add deal.hot --kind boolean
field add deal.source --kind choice --option web=Website --option fair='Trade fair'
field add deal.stage_note
stage add deal lead --label Lead --label-zh 线索
status add deal.lead waiting --label Waiting --label-zh 等待
stage add deal won --label Won --label-zh 赢单 --category closed --outcome won
record add account name=Acme
"""


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(DEFINE)
    return crm


def imported(crm: Crm, content: str | bytes, *words: object, name: str = "f.csv", code: int = 0):
    """What an import of a file says as JSON; `code` is the exit code expected."""
    file = crm.file(name, content)
    return crm.here("record", "import", "deal", file, "--json", *words, code=code)


def counts(outcome) -> tuple[int, int, int, int]:
    told = outcome.json
    return told["added"], told["updated"], told["unchanged"], told["rejected"]


class TestColumns:
    def test_are_found_by_key_or_label_in_any_case(self, deals: Crm):
        imported(deals, "DEAL NAME,Amount,Hot,Stage Note\nA,1.50,yes,x\n")
        assert deals.records("deal", "--fields", "name,value,hot,stage_note") == [
            {"name": "A", "value": pytest.approx(1.5), "hot": True, "stage_note": "x"}
        ]

    def test_are_found_by_chinese_label(self, deals: Crm):
        imported(deals, "名称\n项目一\n")
        assert deals.values("deal", "name") == ["项目一"]

    def test_are_mapped_in_any_case(self, deals: Crm):
        imported(
            deals, "Opportunity,Name\nx,A\n", "--map", "opportunity=code", "--map", "NAME=name"
        )
        assert deals.values("deal", "code") == ["x"]

    def test_may_hold_an_equals_sign_in_their_name(self, deals: Crm):
        imported(deals, "a=b\nA\n", "--map", "a=b=name")
        assert deals.values("deal", "name") == ["A"]

    def test_are_left_out_by_mapping_them_to_nothing(self, deals: Crm):
        told = imported(deals, "name,value\nA,not a number\n", "--map", "value=")
        assert told.json["ignored_columns"] == []
        assert deals.values("deal", "value") == [None]

    def test_that_are_no_field_are_told(self, deals: Crm):
        told = imported(deals, "name,colour\nA,red\n")
        assert told.json["ignored_columns"] == ["colour"]

    def test_a_key_wins_over_a_label(self, deals: Crm):
        deals.here("field", "set", "deal.stage_note", "--label", "code")
        imported(deals, "Code,name,stage_note\nc,A,n\n")
        assert deals.records("deal", "--fields", "code,stage_note") == [
            {"code": "c", "stage_note": "n"}
        ]

    def test_a_status_column_of_somebody_elses_is_none_of_ours(self, deals: Crm):
        told = imported(deals, "name,status\nA,ACTIVE\n")
        assert told.json["ignored_columns"] == ["status"]
        assert deals.values("deal", "status") == ["open"]


class TestStages:
    @pytest.mark.parametrize("word", ["won", "WON", "Won", "赢单", " won "])
    def test_are_named_by_key_or_label_in_any_case(self, deals: Crm, word):
        imported(deals, f"name,Phase\nA,{word}\n", "--stage-field", "phase")
        assert deals.values("deal", "stage") == ["won"]

    @pytest.mark.parametrize("word", ["lead.waiting", "Lead.Waiting", "线索.等待"])
    def test_may_be_named_with_a_status(self, deals: Crm, word):
        imported(deals, f"name,Phase\nA,{word}\n", "--stage-field", "Phase")
        assert deals.values("deal", "status") == ["waiting"]

    def test_may_stand_in_two_columns(self, deals: Crm):
        imported(
            *(deals, "name,phase,state\nA,Lead,Waiting\nB,Won,\n"),
            *("--stage-field", "phase", "--map", "state=status"),
        )
        assert deals.values("deal", "status") == ["waiting", "closed"]

    def test_an_empty_one_is_the_first(self, deals: Crm):
        imported(deals, "name,Phase\nA,\n", "--stage-field", "Phase")
        assert deals.values("deal", "stage") == ["lead"]

    def test_an_unknown_one_is_named(self, deals: Crm):
        outcome = imported(deals, "name,Phase\nA,wonn\n", "--stage-field", "Phase", code=1)
        assert "line 2: deal has no stage wonn; did you mean won?" in outcome.err


class TestMatching:
    def test_changes_the_record_with_the_same_value(self, deals: Crm):
        imported(deals, "code,name,value\n1,A,10\n2,B,20\n")
        again = imported(deals, "code,name,value\n1,A,11\n2,B,20\n3,C,30\n", "--match", "code")
        assert counts(again) == (1, 1, 1, 0)
        assert deals.values("deal", "value") == [11, 20, 30]

    def test_twice_changes_nothing(self, deals: Crm):
        content = "code,name,value,account,closed,source\n1,A,10,Acme,2026-01-02,Website\n"
        imported(deals, content)
        before = deals.everything()
        assert counts(imported(deals, content, "--match", "code")) == (0, 0, 1, 0)
        assert deals.everything() == before

    def test_leaves_what_the_file_does_not_hold(self, deals: Crm):
        imported(deals, "code,name,value\n1,A,10\n")
        imported(deals, "code,hot\n1,yes\n", "--match", "code")
        assert deals.records("deal", "--fields", "name,value,hot") == [
            {"name": "A", "value": 10, "hot": True}
        ]

    def test_clears_what_the_file_holds_empty(self, deals: Crm):
        imported(deals, "code,name,value\n1,A,10\n")
        imported(deals, "code,value\n1,\n", "--match", "code")
        assert deals.values("deal", "value") == [None]

    def test_by_reference(self, deals: Crm):
        imported(deals, "name\nA\nB\n")
        told = imported(deals, "ref,name\ndeal/2,Bee\n", "--match", "ref")
        assert counts(told) == (0, 1, 0, 0)
        assert deals.values("deal", "name") == ["A", "Bee"]

    def test_finds_a_record_that_an_earlier_row_made(self, deals: Crm):
        told = imported(deals, "code,name\n1,A\n1,B\n", "--match", "code")
        assert counts(told) == (1, 1, 0, 0)
        assert deals.values("deal", "name") == ["B"]

    def test_by_a_value_that_several_have_names_them(self, deals: Crm):
        imported(deals, "name\nA\nA\n")
        outcome = imported(deals, "name,hot\nA,yes\n", "--match", "name", code=1)
        assert "A fits several records of deal: deal/1, deal/2" in outcome.err

    def test_moves_the_record_too(self, deals: Crm):
        imported(deals, "code,name\n1,A\n")
        imported(deals, "code,stage\n1,Won\n", "--match", "code")
        assert deals.values("deal", "stage") == ["won"]
        assert [e["op"] for e in deals.here("record", "history", "deal/1", "--json").json] == [
            "move",
            "add",
        ]

    def test_a_removed_record_is_not_there_to_be_matched(self, deals: Crm):
        imported(deals, "code,name\n1,A\n")
        deals.here("record", "remove", "deal/1")
        assert counts(imported(deals, "code,name\n1,B\n", "--match", "code")) == (1, 0, 0, 0)
        outcome = imported(deals, "ref,name\ndeal/1,B\n", "--match", "ref", code=1)
        assert "deal/1 was removed" in outcome.err

    def test_a_retired_option_may_stay_where_it_is(self, deals: Crm):
        imported(deals, "code,name,source\n1,A,fair\n2,B,web\n")
        deals.here("option", "remove", "deal.source.fair")
        told = imported(deals, "code,name,source\n1,Aa,fair\n2,B,web\n", "--match", "code")
        assert counts(told) == (0, 1, 1, 0)
        outcome = imported(deals, "code,source\n2,fair\n", "--match", "code", code=1)
        assert "source: fair is not one of web" in outcome.err

    def test_leaves_no_index_behind(self, deals: Crm):
        schema = deals.everything()[""]
        imported(deals, "name\nA\n", "--match", "name")
        assert deals.everything()[""] == schema


class TestLinks:
    def test_are_found_by_title_in_any_case_or_by_reference(self, deals: Crm):
        imported(deals, "name,account\nA,acme\nB,account/1\nC,ACME\n")
        assert {link["ref"] for link in deals.values("deal", "account")} == {"account/1"}

    def test_that_are_missing_are_made_on_request(self, deals: Crm):
        told = imported(deals, "name,account\nA,New\nB,New\n", "--create-missing", "account")
        assert told.json["created"] == {"account": 1}
        assert deals.values("account", "name") == ["Acme", "New"]

    def test_a_rejected_row_makes_none(self, deals: Crm):
        file = "name,account,value\nA,New,x\nB,Other,1\n"
        told = imported(deals, file, "--create-missing", "account", "--keep-going", code=1)
        assert told.json["created"] == {"account": 1}
        assert deals.values("account", "name") == ["Acme", "Other"]

    def test_a_reference_that_leads_nowhere_makes_none(self, deals: Crm):
        outcome = imported(
            deals, "name,account\nA,account/7\n", "--create-missing", "account", code=1
        )
        assert "there is no account account/7" in outcome.err

    def accounts(self, deals: Crm, content: str, *words: object, code: int = 0):
        file = deals.file("accounts.csv", content)
        return deals.here("record", "import", "account", file, "--json", *words, code=code)

    def parents(self, deals: Crm) -> dict[str, str | None]:
        return {
            record["name"]: record["parent"] and record["parent"]["title"]
            for record in deals.records("account")
        }

    def test_to_rows_further_down_the_same_file(self, deals: Crm):
        told = self.accounts(deals, "name,parent\nA,B\nB,C\nC,\nD,D\n")
        assert counts(told) == (4, 0, 0, 0)
        assert self.parents(deals) == {"Acme": None, "A": "B", "B": "C", "C": None, "D": "D"}

    def test_to_rows_further_down_when_rows_are_matched(self, deals: Crm):
        self.accounts(deals, "name,parent\nA,\nB,A\n")
        told = self.accounts(deals, "name,parent\nA,Z\nB,A\nZ,\n", "--match", "name")
        assert counts(told) == (1, 1, 1, 0)
        assert self.parents(deals) == {"Acme": None, "A": "Z", "B": "A", "Z": None}

    def test_that_lead_nowhere_reject_the_row_and_those_that_hang_on_it(self, deals: Crm):
        content = "name,parent\nA,Nobody\nB,A\nC,B\nD,Acme\n"
        before = deals.everything()
        self.accounts(deals, content, code=1)
        assert deals.everything() == before
        rejects = deals.folder / "rejects.csv"
        told = self.accounts(deals, content, "--keep-going", "--rejects", rejects, code=1)
        assert counts(told) == (1, 0, 0, 3)
        assert self.parents(deals) == {"Acme": None, "D": "Acme"}
        assert rejects.read_text().splitlines() == [
            "#line,#reason,name,parent",
            "2,parent: there is no account Nobody,A,Nobody",
            '3,"parent: line 2, which it links to, was rejected",B,A',
            '4,"parent: line 3, which it links to, was rejected",C,B',
        ]
        log = deals.here("log", "account", "--json").json
        assert [entry["ref"] for entry in log if entry["op"] == "add"] == ["account/5", "account/1"]

    def test_to_rows_further_down_are_not_made_twice(self, deals: Crm):
        told = self.accounts(
            deals, "name,parent\nA,B\nB,Elsewhere\n", "--create-missing", "account"
        )
        assert told.json["created"] == {"account": 1}
        assert self.parents(deals) == {"Acme": None, "A": "B", "B": "Elsewhere", "Elsewhere": None}


class TestRejects:
    FILE = "name,value,closed\nA,1,2026-01-01\nB,x,2026-01-02\nC,3,soon\nD,4,\n"

    def test_one_bad_row_and_nothing_is_imported(self, deals: Crm):
        before = deals.everything()
        outcome = imported(deals, self.FILE, code=1)
        assert outcome.out == ""
        assert outcome.error["code"] == "rejected-rows"
        assert deals.everything() == before

    def test_keep_going_takes_the_good_ones(self, deals: Crm):
        assert counts(imported(deals, self.FILE, "--keep-going", code=1)) == (2, 0, 0, 2)
        assert deals.values("deal", "name") == ["A", "D"]

    def test_the_file_of_rejected_rows_can_be_mended_and_imported(self, deals: Crm):
        rejects = deals.folder / "rejects.csv"
        imported(deals, self.FILE, "--keep-going", "--rejects", rejects, code=1)
        assert rejects.read_text().splitlines() == [
            "#line,#reason,name,value,closed",
            "3,value: x is not a number,B,x,2026-01-02",
            '4,"closed: soon is not a date; write YYYY-MM-DD, today, +3d, fri or eom",C,3,soon',
        ]
        rejects.write_text(rejects.read_text().replace(",x,", ",2,"))
        again = ("record", "import", "deal", rejects, "--keep-going", "--rejects", rejects)
        told = deals.here(*again, "--json", code=1)
        assert counts(told) == (1, 0, 0, 1)
        assert told.json["ignored_columns"] == []
        rejects.write_text(rejects.read_text().replace(",C,3,soon", ",C,3,today"))
        assert counts(deals.here(*again, "--json")) == (1, 0, 0, 0)
        assert sorted(deals.values("deal", "name")) == ["A", "B", "C", "D"]
        assert rejects.read_text() == "#line,#reason,name,value,closed\n"

    def test_rows_of_too_many_values_keep_line_and_reason_in_their_place(self, deals: Crm):
        rejects = deals.folder / "rejects.csv"
        imported(deals, "name,value\nA,1,2,3\n", "--rejects", rejects, code=1)
        lines = rejects.read_text().splitlines()
        assert lines[1].startswith("2,")
        assert lines[1].endswith(",A,1,2,3")

    def test_links_of_json_are_written_so_that_they_can_be_read(self, deals: Crm):
        rejects = deals.folder / "rejects.csv"
        row = '[{"name": "A", "value": "x", "account": {"ref": "account/1", "title": "Acme"}}]'
        imported(deals, row, "--rejects", rejects, name="f.json", code=1)
        rejects.write_text(rejects.read_text().replace(",x,", ",5,"))
        assert counts(deals.here("record", "import", "deal", rejects, "--json")) == (1, 0, 0, 0)
        assert deals.values("deal", "account")[0]["ref"] == "account/1"

    def test_a_file_that_cannot_be_read_leaves_the_old_rejects_alone(self, deals: Crm):
        rejects = deals.file("rejects.csv", "keep me\n")
        imported(deals, "name,nmae\nA,B\n", "--map", "x=name", "--rejects", rejects, code=3)
        assert rejects.read_text() == "keep me\n"
        assert sorted(deals.files()) == ["crm.db", "f.csv", "rejects.csv"]


class TestDryRun:
    @pytest.mark.parametrize("words", [(), ("--match", "code"), ("--create-missing", "account")])
    def test_counts_what_the_real_run_does_and_does_nothing(self, deals: Crm, words):
        imported(deals, "code,name\n1,A\n")
        content = "code,name,account\n1,B,Acme\n2,C,New\n3,D,\n"
        before = deals.everything()
        tried = imported(deals, content, "--keep-going", "--dry-run", *words, code=(0, 1))
        assert deals.everything() == before
        done = imported(deals, content, "--keep-going", *words, code=tried.code)
        assert tried.json | {"dry_run": False} == done.json

    def test_of_a_file_with_faults_ends_like_the_real_run(self, deals: Crm):
        assert imported(deals, "name,value\nA,x\n", "--dry-run", code=1).json["rejected"] == 1

    def test_says_so(self, deals: Crm):
        file = deals.file("f.csv", "name\nA\n")
        told = deals("record", "import", "deal", file, "-n")
        assert told.out == ""
        assert "1 added, 0 updated, 0 unchanged, 0 rejected (dry run)" in told.err


class TestFormats:
    @pytest.mark.parametrize(
        ("order", "text"), [("mdy", "3/4/2026"), ("dmy", "4.3.2026"), ("ymd", "26-3-4")]
    )
    def test_dates_in_a_stated_order(self, deals: Crm, order, text):
        imported(deals, f"name,closed\nA,{text}\n", "--date-order", order)
        assert deals.values("deal", "closed") == ["2026-03-04"]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
    @pytest.mark.parametrize("line_end", ["\n", "\r\n"])
    def test_encodings_and_line_ends_are_found_out(self, deals: Crm, encoding, line_end):
        text = line_end.join(["名称,金额", "北京的项目,1", "上海的销售机会,2", ""])
        imported(deals, text.encode(encoding), "--map", "金额=value")
        assert deals.values("deal", "name") == ["北京的项目", "上海的销售机会"]

    def test_an_encoding_may_be_stated(self, deals: Crm):
        imported(deals, "name\nJosé\n".encode("latin-1"), "--encoding", "latin-1")
        assert deals.values("deal", "name") == ["José"]

    @pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
    def test_delimiters_are_found_out(self, deals: Crm, delimiter):
        imported(deals, f"name{delimiter}value\nA{delimiter}1\n")
        assert deals.values("deal", "value") == [1]

    @pytest.mark.parametrize("stated", ["tab", "\\t", "\t"])
    def test_a_delimiter_may_be_stated(self, deals: Crm, stated):
        imported(deals, "name\tvalue\nA\t1\n", "--delimiter", stated)
        assert deals.values("deal", "value") == [1]

    def test_standard_input_in_any_format(self, deals: Crm):
        for words, text in (
            (["-"], "name,value\nA,1\n"),
            ([], "name\tvalue\nB\t2\n"),
            (["-"], '[{"name": "C", "value": 3}]'),
            (["-"], '{"name": "D", "value": 4.5}\n{"name": "E"}\n'),
            (["-", "--format", "tsv"], "name\tvalue\nF\\tG\t6\n"),
        ):
            code = 1 if "tsv" in words else 0
            deals("record", "import", "deal", *words, stdin=text, code=code)
        assert deals.values("deal", "name") == ["A", "B", "C", "D", "E"]

    def test_json_zero_and_false_are_values(self, deals: Crm):
        rows = '[{"name": 0, "value": 0, "hot": false}, {"name": null, "hot": null}]'
        assert counts(imported(deals, rows, name="f.json")) == (1, 0, 0, 0)
        assert deals.records("deal", "--fields", "name,value,hot") == [
            {"name": "0", "value": 0, "hot": False}
        ]

    def test_numbers_with_the_noise_of_a_spreadsheet_are_rounded_only_on_request(self, deals: Crm):
        content = 'name,value\nA,125.43999999999998\nB,-0.005\nC,"1,234.565 USD"\nD,7\n'
        error = imported(deals, content, code=1).err
        assert "value: 125.43999999999998 has more than 2 decimals" in error
        imported(deals, content, "--round")
        out = deals.here("record", "list", "deal", "--fields", "value").lines
        assert out == ["125.44", "-0.01", "1234.57", "7.00"]

    def test_a_header_without_rows_adds_nothing(self, deals: Crm):
        assert counts(imported(deals, "name,value\n")) == (0, 0, 0, 0)

    def test_rows_of_nothing_but_empty_cells_are_passed_over(self, deals: Crm):
        assert counts(imported(deals, "name,value\nA,1\n,\n\n,\n")) == (1, 0, 0, 0)


def test_matching_by_a_field_without_index_is_quick(deals: Crm):
    import time

    rows = "".join(f"deal {n},{n}\n" for n in range(10_000))
    imported(deals, "name,value\n" + rows)
    started = time.process_time()
    told = imported(deals, "name,value\n" + rows, "--match", "name")
    assert counts(told) == (0, 0, 10_000, 0)
    assert time.process_time() - started < 5
