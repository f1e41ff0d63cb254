"""`crmtui layout`, and lists and pages of records that follow it."""

import json

import pytest

from tests.support.cli import Crm, on_terminal


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(
        """
        type add account
        field add account.name --title
        type add deal --label Deal --label-zh 商机
        field add deal.name --label Name --label-zh 名称 --required --title
        field add deal.amount --label Amount --label-zh 金额 --kind money --currency USD
        field add deal.account --kind link --to account
        field add deal.closes --kind date
        field add deal.notes --kind longtext
        field add deal.discount --kind decimal --label-zh 折扣
        stage add deal lead --label-zh 线索
        stage add deal won --category closed --outcome won
        record add account name=Acme
        record add deal name=Big amount=1200 account=Acme discount=5
        """
    )
    return crm


def form(crm: Crm, *words: str) -> dict[str, list[str]]:
    """The sections of a layout, each with its fields."""
    found = crm.here("layout", "show", "deal", "--kind", "form", "--json", *words).json["form"]
    return {section["key"]: [each["field"] for each in section["fields"]] for section in found}


class TestShow:
    def test_tells_scripts_all_four_in_full(self, deals: Crm):
        deals.here("layout", "set", "deal.notes", "--hidden", "--label-zh", "备注")
        shown = deals.here("layout", "show", "deal", "--json").json
        assert list(shown) == ["form", "detail", "list", "card"]
        (section,) = shown["form"]
        assert {name: section[name] for name in section if name != "fields"} == {
            "key": "main",
            "label": "Basics",
            "label_zh": "基本信息",
            "columns": 2,
        }
        assert section["fields"][4] == {
            "field": "notes",
            "label": None,
            "label_zh": "备注",
            "help": None,
            "help_zh": None,
            "hidden": True,
            "wide": None,
        }
        assert shown["list"] == ["name", "stage", "amount", "account", "closes", "discount"]
        assert shown["card"] == ["name", "amount", "account", "closes"]

    def test_what_it_tells_can_be_applied(self, deals: Crm):
        from crmtui.store.changes import Change
        from crmtui.store.workspace import Workspace

        deals.here("layout", "move", "deal.discount", "deal.created_at", "--section", "商务")
        deals.here("layout", "set", "deal", "--columns", "name,amount")
        text = deals.here("layout", "show", "deal", "--json").out
        deals.here("layout", "reset", "deal")
        assert deals.here("layout", "show", "deal", "--json").out != text
        with Workspace.open(deals.path) as workspace:
            workspace.change([Change("set", "type", "deal", json.loads(text))])
        assert deals.here("layout", "show", "deal", "--json").out == text

    def test_is_a_line_for_each_field_in_a_pipe(self, deals: Crm):
        deals.here("layout", "set", "deal.closes", "--hidden")
        deals.here("layout", "move", "deal.created_at", "--last")
        lines = deals("layout", "show", "deal", "--kind", "form", "--lang", "zh").lines
        assert lines == [
            "main\tname\tName\t",
            "main\tamount\tAmount\t",
            "main\taccount\taccount\t",
            "main\tcloses\tcloses\thidden",
            "main\tnotes\tnotes\twide",
            "main\tdiscount\tdiscount\t",
            "main\tcreated_at\tCreated\tread-only",
        ]
        every = deals.here("layout", "show", "deal").lines
        assert every[0] == "form\tmain\tname\tName\t" and every[-1] == "card\t\tcloses\tcloses\t"
        assert deals.here("layout", "show", "deal", "--kind", "card", "--ids").lines == [
            *("deal.name", "deal.amount", "deal.account", "deal.closes"),
        ]
        header = deals.here("layout", "show", "deal", "--kind", "list", "--csv").lines[0]
        assert header == "section,field,label,flags"

    def test_draws_two_columns_where_there_is_room(self, deals: Crm):
        deals.here("layout", "move", "deal.discount", "--section", "商务")
        words = ("layout", "show", "deal", "--kind", "form")
        wide = deals.here(*words, "--width", "120").lines
        assert wide[0].startswith("── Basics ──") and len(wide[0]) == 120
        assert "Name *" in wide[1] and "Amount (USD)" in wide[1]
        assert wide[3].startswith("notes") and "]   " not in wide[3]
        narrow = deals.here(*words, "--width", "80").lines
        assert [line.split("  ")[0] for line in narrow] == [
            *("── Basics " + "─" * 70, "Name *", "Amount (USD)", "account", "closes", "notes"),
            *("── 商务 " + "─" * 72, "discount"),
        ]

    @pytest.mark.parametrize("width", [20, 40, 80, 120, 200])
    def test_is_drawn_within_the_terminal(self, deals: Crm, width):
        from rich.cells import cell_len

        deals.here("layout", "section", "add", "deal", "很长的名称" * 30)
        deals.here("layout", "set", "deal.name", "--label", "很长" * 40)
        deals.here("layout", "set", "deal.notes", "--hidden")
        code, out = on_terminal("layout", "show", "deal", size=(width, 24))
        assert code == 0
        assert all(cell_len(line) <= width for line in out.splitlines())
        assert "hidden: notes" in out

    def test_draws_in_the_language_of_the_user(self, deals: Crm):
        lines = deals.here("layout", "show", "deal", "--width", "80", "--lang", "zh").lines
        assert any("名称 │ 环节 │ 金额 (USD)" in line for line in lines)

    def test_shows_the_variant_of_a_stage(self, deals: Crm):
        deals.here("layout", "move", "deal.closes", "--section", "Won", "--stage", "won")
        assert form(deals, "--stage", "won")["won"] == ["closes"]
        assert (
            form(deals)
            == form(deals, "--stage", "线索")
            == {"main": ["name", "amount", "account", "closes", "notes", "discount"]}
        )
        shown = deals.here("layout", "show", "deal", "--stage", "won", "--json").json
        assert list(shown) == ["form", "detail"]


class TestMove:
    def test_puts_a_field_behind_another(self, deals: Crm):
        outcome = deals.here("layout", "move", "deal.discount", "--after", "amount")
        assert outcome.err == "~ set type deal: form (main)\n"
        assert form(deals)["main"] == [
            *("name", "amount", "discount", "account", "closes", "notes"),
        ]
        again = deals.here("layout", "move", "deal.discount", "--after", "deal.amount")
        assert again.err == "unchanged: type deal\n"

    def test_makes_a_section_that_there_is_not(self, deals: Crm):
        outcome = deals.here("layout", "move", "deal", "discount", "notes", "--section", "商务")
        assert outcome.err == "~ set type deal: form (main 商务)\n  + section 商务\n"
        assert form(deals)["商务"] == ["discount", "notes"]
        outcome = deals.here("layout", "move", "deal.amount", "--section", "Key facts", "--first")
        assert outcome.err.endswith("  + section Key facts\n")
        assert list(form(deals)) == ["main", "商务", "key_facts"]
        deals.here("layout", "move", "deal.closes", "--section", "KEY FACTS", "--first")
        assert form(deals)["key_facts"] == ["closes", "amount"]

    def test_makes_it_beside_the_section_of_the_field_beside(self, deals: Crm):
        deals.here("layout", "move", "deal.notes", "--section", "End")
        deals.here("layout", "move", "deal.discount", "--section", "商务", "--after", "amount")
        assert list(form(deals)) == ["main", "商务", "end"]

    def test_of_a_list_or_card_knows_no_sections(self, deals: Crm):
        deals.here("layout", "move", "deal.created_at", "--kind", "list", "--after", "name")
        deals.here("layout", "move", "deal.discount", "--kind", "card", "--first")
        shown = deals.here("layout", "show", "deal", "--json").json
        assert shown["list"][:3] == ["name", "created_at", "stage"]
        assert shown["card"] == ["discount", "name", "amount", "account", "closes"]

    def test_in_a_dry_run_tells_and_does_nothing(self, deals: Crm):
        before = deals.everything()
        outcome = deals.here("layout", "move", "deal.notes", "--section", "商务", "-n")
        assert outcome.err == (
            "~ set type deal: form (main 商务)\n  + section 商务\nundone again (dry run)\n"
        )
        assert deals.everything() == before

    def test_as_json(self, deals: Crm):
        told = deals.here("layout", "move", "deal.notes", "--first", "--json").json
        assert told == {"change": "set", "noun": "type", "ref": "deal"}
        told = deals.here("layout", "move", "deal.notes", "--last", "--stage", "won", "--json")
        assert told.json["ref"] == "deal.won"

    def test_goes_through_a_batch(self, deals: Crm):
        deals.script(
            "field add deal.extra\nlayout move deal.extra --section New\n"
            "layout move deal.notes --section new --first"
        )
        assert form(deals)["new"] == ["notes", "extra"]

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("deal.discuont --first", 3, "deal has no field discuont; did you mean discount?"),
            ("deal.discount --after amout", 3, "did you mean amount?"),
            ("deal.discount --after discount", 2, "discount cannot stand beside itself"),
            ("deal.discount --after created_at", 1, "created_at is not in the layout"),
            ("deal.discount", 2, "say where: --section, --after, --before, --first or --last"),
            ("deal.discount --first --last", 2, "choose one of"),
            ("deal.discount --after name --before amount", 2, "choose one of"),
            ("deal.discount --section ' '", 2, "the section is empty"),
            ("deal.discount --section x --kind list", 2, "a list has no sections"),
            ("deal.discount --first --kind card --stage won", 2, "the same at every stage"),
            ("deal.discount --first --stage wonn", 3, "did you mean won?"),
            ("deal.discount --first --kind page", 2, "page"),
            ("deal.discount account.name --first", 2, "account.name is not of the type deal"),
            ("deal --first", 2, "say the field too: deal.FIELD"),
            ("nothing.name --first", 3, "there is no type nothing"),
            ("deal.discount --section 'a\x1b]0;x'", 1, "control character"),
        ],
    )
    def test_that_makes_no_sense_is_refused(self, deals: Crm, words, code, told):
        import shlex

        assert told in deals.refused("layout", "move", *shlex.split(words), code=code)

    def test_beside_a_field_of_another_section_is_refused(self, deals: Crm):
        deals.here("layout", "section", "add", "deal", "商务")
        error = deals.refused(
            *("layout", "move", "deal.discount", "--section", "商务", "--after", "amount"), code=1
        )
        assert "deal: amount stands in the section main, not in 商务" in error
        assert "hint: crmtui layout show deal" in error


class TestSet:
    def test_says_something_of_a_field_here(self, deals: Crm):
        deals.here(
            *("layout", "set", "deal.notes", "--label", "Remarks", "--help-text", "In short"),
            *("--help-zh", "简短", "--no-wide", "--hidden"),
        )
        (section,) = deals.here("layout", "show", "deal", "--json").json["form"]
        assert section["fields"][4] == {
            "field": "notes",
            "label": "Remarks",
            "label_zh": None,
            "help": "In short",
            "help_zh": "简短",
            "hidden": True,
            "wide": False,
        }
        deals.here(
            *("layout", "set", "deal.notes", "--label", "", "--help-text", "", "--help-zh", ""),
            *("--wide", "--no-hidden"),
        )
        assert deals.here("layout", "show", "deal", "--kind", "form").lines[4] == (
            "main\tnotes\tnotes\twide"
        )

    def test_sets_the_columns_of_a_list_and_the_fields_of_a_card(self, deals: Crm):
        outcome = deals.here("layout", "set", "deal", "--columns", "name, amount,created_at")
        assert outcome.err == "~ set type deal: list=name,amount,created_at\n"
        deals.here("layout", "set", "deal", "--columns", "amount", "--kind", "card")
        shown = deals.here("layout", "show", "deal", "--json").json
        assert (shown["list"], shown["card"]) == (["name", "amount", "created_at"], ["amount"])
        deals.here("layout", "set", "deal", "--columns", "")
        assert len(deals.here("layout", "show", "deal", "--kind", "list", "--ids").lines) == 6

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("deal.notes", 2, "say what to set"),
            ("deal --label x", 2, "say the field too"),
            ("deal.nots --hidden", 3, "did you mean notes?"),
            ("deal.created_at --hidden", 1, "created_at is not in the layout"),
            ("deal.notes --hidden --kind list", 2, "of a list only --columns can be set"),
            ("deal.notes --columns name", 2, "--columns goes with TYPE"),
            ("deal --columns name --kind form", 2, "--columns goes with TYPE"),
            ("deal --columns name --hidden", 2, "--columns goes with TYPE"),
            ("deal --columns name --stage won", 2, "the same at every stage"),
            ("deal --columns name,amuont", 3, "did you mean amount?"),
            ("deal --columns name,name", 2, "names name twice"),
        ],
    )
    def test_that_makes_no_sense_is_refused(self, deals: Crm, words, code, told):
        assert told in deals.refused("layout", "set", *words.split(), code=code)


class TestSections:
    def test_are_added_changed_ordered_and_removed(self, deals: Crm):
        here = deals.here
        here("layout", "section", "add", "deal", "Key facts", "--label-zh", "要点", "--columns", 1)
        (_main, facts) = here("layout", "show", "deal", "--json").json["form"]
        assert facts == {
            "key": "key_facts",
            "label": "Key facts",
            "label_zh": "要点",
            "columns": 1,
            "fields": [],
        }
        here("layout", "section", "rename", "deal", "要点", "facts")
        here("layout", "section", "set", "deal", "facts", "--label", "Facts", "--columns", "2")
        here("layout", "section", "set", "deal", "Facts", "--label-zh", "")
        here("layout", "section", "order", "deal", "facts")
        here("layout", "move", "deal.name", "--section", "facts")
        (facts, main) = here("layout", "show", "deal", "--json").json["form"]
        assert (facts["key"], facts["label"], facts["label_zh"]) == ("facts", "Facts", None)
        assert (facts["columns"], len(main["fields"])) == (2, 5)
        here("layout", "section", "remove", "deal", "基本信息")
        assert form(deals) == {
            "facts": ["name", "amount", "account", "closes", "notes", "discount"]
        }

    def test_of_a_stage_and_of_the_detail_page_are_their_own(self, deals: Crm):
        deals.here("layout", "section", "add", "deal", "A", "--stage", "won")
        deals.here("layout", "section", "add", "deal", "B", "--kind", "detail")
        assert (list(form(deals)), list(form(deals, "--stage", "won"))) == (
            ["main"],
            ["main", "a"],
        )
        shown = deals.here("layout", "show", "deal", "--kind", "detail", "--json").json
        assert [section["key"] for section in shown["detail"]] == ["main", "b"]

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (["add", "deal", "Basics"], 5, "there is a section main already"),
            (["add", "deal", " "], 2, "the section is empty"),
            (["add", "deal", "x", "--columns", "3"], 2, "--columns"),
            (["add", "deal", "x", "--kind", "list"], 2, "list"),
            (["rename", "deal", "mian", "x"], 3, "deal has no section mian; did you mean main?"),
            (["rename", "deal", "main", "a b"], 1, "a b cannot be the key of a section"),
            (["set", "deal", "main"], 2, "say what to set"),
            (["set", "deal", "zzz", "--label", "x"], 3, "deal has no section zzz; it has main"),
            (["order", "deal", "main", "main"], 1, "a section is named twice"),
            (["remove", "deal", "main"], 1, "main is the only section"),
            (["remove", "deel", "main"], 3, "did you mean deal?"),
        ],
    )
    def test_that_make_no_sense_are_refused(self, deals: Crm, words, code, told):
        assert told in deals.refused("layout", "section", *words, code=code)


def test_reset_forgets_what_was_laid_out(deals: Crm):
    deals.here("layout", "move", "deal.notes", "--first")
    deals.here("layout", "move", "deal.closes", "--first", "--stage", "won")
    deals.here("layout", "set", "deal", "--columns", "name")
    assert deals.here("layout", "reset", "deal", "--kind", "list").err == (
        "~ set type deal: list=\n"
    )
    assert form(deals)["main"][0] == "notes"
    assert deals.here("layout", "reset", "deal").err == "~ set type deal: form=\n"
    assert form(deals)["main"][0] == "name"
    assert form(deals, "--stage", "won")["main"][0] == "closes"
    deals.here("layout", "reset", "deal", "--stage", "won")
    assert form(deals, "--stage", "won")["main"][0] == "name"
    assert deals.here("layout", "reset", "deal").err == "unchanged: type deal\n"
    deals.refused("layout", "reset", "deal", "--kind", "list", "--stage", "won", code=2)


def test_a_retired_field_is_nowhere_and_comes_back_to_its_place(deals: Crm):
    deals.here("layout", "move", "deal.discount", "--section", "商务")
    deals.here("field", "remove", "deal.discount")
    assert form(deals)["商务"] == []
    deals.refused("layout", "move", "deal.discount", "--first", code=3)
    deals.here("layout", "move", "deal.notes", "--section", "商务")
    deals.here("field", "restore", "deal.discount")
    assert form(deals)["商务"] == ["discount", "notes"]


def test_a_new_field_stands_behind_the_one_it_follows(deals: Crm):
    deals.here("layout", "move", "deal.discount", "--section", "商务")
    deals.here("field", "add", "deal.rebate", "--kind", "decimal")
    assert form(deals)["商务"] == ["discount", "rebate"]


class TestRecords:
    def test_a_table_has_the_columns_of_the_list(self, deals: Crm):
        deals.here("layout", "set", "deal", "--columns", "amount,name,created_by")
        _code, out = on_terminal("record", "list", "deal")
        assert out.splitlines()[0].split() == ("REFERENCE AMOUNT (USD) NAME CREATED BY".split())
        markdown = deals.here("record", "list", "deal", "--format", "markdown").lines
        assert [cell.strip() for cell in markdown[0].split("|")[1:-1]] == [
            *("Reference", "Amount (USD)", "Name", "Created by"),
        ]
        stated = deals.here("record", "list", "deal", "--format", "table", "--fields", "name")
        assert stated.lines == ["NAME", "Big"]

    def test_what_scripts_read_does_not_depend_on_layouts(self, deals: Crm):
        before = [
            deals.here("record", verb, ref, "--format", format_).out
            for verb, ref in (("list", "deal"), ("show", "deal/1"))
            for format_ in ("tsv", "csv", "json", "ndjson", "ids")
        ]
        deals.here("layout", "set", "deal", "--columns", "amount")
        deals.here("layout", "set", "deal.name", "--hidden", "--label", "X")
        deals.here("layout", "move", "deal.discount", "--section", "商务")
        assert before == [
            deals.here("record", verb, ref, "--format", format_).out
            for verb, ref in (("list", "deal"), ("show", "deal/1"))
            for format_ in ("tsv", "csv", "json", "ndjson", "ids")
        ]

    def test_a_record_is_shown_in_the_sections_of_its_stage(self, deals: Crm):
        deals.here("layout", "move", "deal.discount", "--section", "商务")
        deals.here("layout", "set", "deal.discount", "--label", "Rebate")
        deals.here("layout", "set", "deal.notes", "--hidden")
        _code, out = on_terminal("record", "show", "deal/1")
        assert [line.rstrip() for line in out.splitlines()] == [
            "Reference     deal/1",
            "Stage         lead",
            "Status        Open",
            "",
            "── Basics ──",
            "Name          Big",
            "Amount (USD)  1,200.00",
            "account       Acme",
            "closes",
            "",
            "── 商务 ──",
            "Rebate        5.00",
        ]
        deals.here("layout", "move", "deal.status", "--first", "--stage", "won")
        deals.here("record", "move", "deal/1", "won")
        lines = deals.here("record", "show", "deal/1", "--format", "table", "--lang", "zh").lines
        assert lines[:2] == ["编号        deal/1", "环节        won"]
        assert lines[3:5] == ["── 基本信息 ──", "状态        已关闭"]
        stated = deals.here("record", "show", "deal/1", "--format", "table", "--fields", "notes")
        assert stated.out == "notes\n"


def test_labels_of_layouts_are_harmless_on_a_terminal(deals: Crm):
    payload = "\u202e\u200b" + "a\u0301" * 40
    deals.here("layout", "set", "deal.name", "--label", payload)
    deals.here("layout", "section", "add", "deal", payload, code=(0, 1, 2))
    deals.here("layout", "section", "set", "deal", "main", "--label", payload)
    for words in (["layout", "show", "deal"], ["record", "show", "deal/1"], ["log"]):
        _code, out = on_terminal(*words, size=(120, 40))
        assert not set(out) & set("\u202e\u200b\x1b")


class TestCompletion:
    def completed(self, words: str) -> list[str]:
        from click.shell_completion import ShellComplete

        from crmtui.cli import cli

        args = words.split(" ")
        found = ShellComplete(cli, {}, "crmtui", "_X").get_completions(args[1:-1], args[-1])
        return [item.value for item in found]

    def test_of_types_fields_sections_and_stages(self, deals: Crm):
        deals.here("layout", "move", "deal.notes", "--section", "Terms")
        assert self.completed("crmtui layout s") == ["show", "set", "section"]
        assert self.completed("crmtui layout show d") == ["deal"]
        assert self.completed("crmtui layout move deal.am") == ["deal.amount"]
        assert self.completed("crmtui layout move deal.amount --section ") == ["main", "terms"]
        assert self.completed("crmtui layout move deal.amount --after n") == ["name", "notes"]
        assert self.completed("crmtui layout show deal --stage w") == ["won"]
        assert self.completed("crmtui layout section set deal t") == ["terms"]
        assert self.completed("crmtui layout section set nothing t") == []
