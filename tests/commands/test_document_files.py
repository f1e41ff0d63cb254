"""`export -o`, and files and folders that `apply` and `diff` read together."""

import pytest

from tests.support.cli import Crm

WRITTEN = """\
# What we sell, to whom.

types:  # all of them
  account:   # who buys
    category: "sales"
    fields:
      # as they write it themselves
      name: {title: true}   # short
      # --- figures ---

      # of last year
      revenue: {kind: integer, min: 0}
      staff:
        kind:   integer   # heads
        # nobody fills this in
  deal:
    label: 'Deal'
    list: name, amount   # columns
    fields:
      name: {required: true}
      amount: {kind: money, currency: CNY}
      source: {kind: choice, options: {web: {label: Web}, fair: }}
    stages:
      lead:
      won: {category: closed, outcome: won}   # at last
# the tree
categories:
  sales: {label: Sales}
# end
"""


@pytest.fixture
def written(crm: Crm) -> Crm:
    """A workspace made by a file with comments."""
    crm.here("apply", "-f", crm.file("crm.yaml", WRITTEN))
    return crm


def rewritten(crm: Crm, script: str, *words: str) -> str:
    """What `crm.yaml` is after a script of changes and an export into it; diff is then empty."""
    crm.script(script)
    path = crm.folder / "crm.yaml"
    crm.here("export", "-o", path, *words)
    same = crm.here("diff", "-f", path)
    assert (same.out, same.err) == ("", "")
    return path.read_text()


class TestAFileThatExists:
    def test_keeps_every_byte_when_nothing_changed(self, written: Crm):
        assert rewritten(written, "") == WRITTEN

    @pytest.mark.parametrize(
        ("script", "old", "new"),
        [
            ("type set deal --label Sale", "label: 'Deal'", "label: Sale"),
            ("field set account.staff --label Staff", "staff:\n", "staff:\n        label: Staff\n"),
            ("field set account.name --required", "{title: true}", "{required: true, title: true}"),
            (
                "field set account.revenue --min ''",
                "{kind: integer, min: 0}",
                "{kind: integer}",
            ),
            ("type set account --category ''", '    category: "sales"\n', ""),
            ("option add deal.source mail", "fair: }}", "fair: , mail: {}}}"),
            ("type set deal --list amount", "list: name, amount ", "list: [amount] "),
            ("stage set deal.lead --color red", "lead:\n", "lead:\n        color: red\n"),
            ("category set sales --label 销售", "{label: Sales}", "{label: 销售}"),
            (
                "field remove account.revenue",
                "      # of last year\n      revenue: {kind: integer, min: 0}\n",
                "",
            ),
            (
                "field add account.city --label City",
                "        # nobody fills this in\n",
                "        # nobody fills this in\n"
                "      city:\n        label: City\n        kind: text\n",
            ),
            (
                "type add task",
                "# the tree\n",
                "  task: {}\n# the tree\n",
            ),
            (
                "option set deal.source.web --color red\nfield set deal.name --title",
                "{required: true}\n      amount: {kind: money, currency: CNY}\n"
                "      source: {kind: choice, options: {web: {label: Web}",
                "{required: true, title: true}\n      amount: {kind: money, currency: CNY}\n"
                "      source: {kind: choice, options: {web: {label: Web, color: red}",
            ),
        ],
    )
    def test_is_changed_where_it_differs_and_nowhere_else(
        self, written: Crm, script: str, old: str, new: str
    ):
        assert old in WRITTEN
        assert rewritten(written, script) == WRITTEN.replace(old, new)

    def test_is_put_in_the_order_of_the_workspace(self, written: Crm):
        text = rewritten(written, "field order account staff name revenue\ntype order deal account")
        assert text.startswith("# What we sell, to whom.\n\ntypes:  # all of them\n  deal:\n")
        staff, name = text.index("nobody fills this in"), text.index("as they write it themselves")
        assert staff < name < text.index("--- figures ---") < text.index("of last year")
        assert sorted(text.splitlines()) == sorted(WRITTEN.splitlines())

    def test_keeps_what_it_says_of_the_past(self, written: Crm):
        document = WRITTEN.replace(
            "name: {required: true}", "title: {renamed_from: name, required: true}"
        ).replace("fair: }", "fair: {retired: true}}")
        written.here("apply", "-f", written.file("crm.yaml", document))
        assert rewritten(written, "") == document.replace(
            "list: name, amount", "list: [title, amount]"
        )
        back = rewritten(written, "option restore deal.source.fair")
        assert "fair: {}" in back or "fair: }" in back or "fair}" in back
        assert "retired" not in back

    def test_of_some_types_leaves_the_others_alone(self, written: Crm):
        text = rewritten(written, "type set deal --label Sale\ntype set account --icon x", "deal")
        assert text == WRITTEN.replace("'Deal'", "Sale")

    def test_without_a_line_break_at_its_end_is_no_trouble(self, written: Crm):
        written.file("crm.yaml", WRITTEN.rstrip("\n"))
        assert "task: {}" in rewritten(written, "type add task")

    def test_with_windows_line_ends_keeps_them(self, written: Crm):
        written.file("crm.yaml", WRITTEN.replace("\n", "\r\n"))
        text = rewritten(written, "type add task\ntype set deal --label Sale")
        path = written.folder / "crm.yaml"
        assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n")
        assert "label: Sale" in text

    def test_that_repeats_itself_by_an_alias_is_refused_rather_than_spoilt(self, crm: Crm):
        document = "types:\n  a: &a {label: A}\n  b: *a\n  c: {<<: *a, icon: x}\n"
        crm.here("apply", "-f", crm.file("crm.yaml", document))
        crm.script("type set a --label X")
        path = crm.folder / "crm.yaml"
        before = path.read_text()
        error = crm.refused("export", "-o", path, code=1)
        assert "cannot be changed where they stand" in error
        assert path.read_text() == before

    @pytest.mark.parametrize("text", ["hello", "types: [", "typos: {}", b"\xff\xfe\xfd"])
    def test_that_is_no_document_is_left_alone(self, written: Crm, text):
        path = written.file("other.yaml", text)
        before = path.read_bytes()
        written.refused("export", "-o", path, code=1)
        assert path.read_bytes() == before

    def test_that_is_empty_or_holds_comments_only_is_filled(self, written: Crm):
        path = written.file("new.yaml", "# ours")
        written.here("export", "-o", path)
        assert path.read_text() == "# ours\n" + written.here("export").out
        path.write_text("")
        written.here("export", "-o", path)
        assert path.read_text() == written.here("export").out

    def test_of_json_stays_json(self, written: Crm):
        path = written.folder / "crm.json"
        written.here("export", "-o", path)
        assert path.read_text() == written.here("export", "--json").out
        written.script("type set deal --label 'Sale \u202e'")
        written.here("export", "-o", path)
        assert written.here("diff", "-f", path).out == ""
        assert path.read_text().startswith("{")


class TestANewFile:
    def test_is_what_export_prints(self, written: Crm):
        path = written.folder / "new.yaml"
        outcome = written.here("export", "-o", path)
        assert outcome.out == ""
        assert path.read_text() == written.here("export").out

    def test_where_none_can_be_written_is_refused(self, written: Crm):
        blocked = written.file("blocked", "")
        written.refused("export", "-o", blocked / "x.yaml", code=(1, 4))


class TestAFolder:
    def test_gets_a_file_for_each_type_and_one_for_what_they_share(self, written: Crm):
        folder = written.folder / "conf"
        written.here("export", "-o", f"{folder}/")
        assert sorted(p.name for p in folder.iterdir()) == [
            "account.yaml",
            "categories.yaml",
            "deal.yaml",
        ]
        assert (folder / "categories.yaml").read_text() == (
            "categories:\n  sales:\n    label: Sales\norder: [account, deal]\n"
        )
        assert (folder / "deal.yaml").read_text().startswith("types:\n  deal:\n    label: Deal\n")

    def test_says_the_same_as_one_file_down_to_the_order(self, written: Crm):
        written.script("type add zebra\ntype add apple\ntype order zebra deal apple account")
        folder = written.folder / "conf"
        written.here("export", "-o", f"{folder}/")
        assert written.here("diff", "-f", folder, "--prune").out == ""
        other = written.folder / "other.db"
        written.here("apply", "-f", folder, "--db", other)
        assert written.here("export", "--db", other).out == written.here("export").out

    def test_is_brought_up_to_date_file_by_file(self, written: Crm):
        folder = written.folder / "conf"
        folder.mkdir()
        (folder / "both.yaml").write_text(WRITTEN)
        written.script("type set deal --label Sale\ntype add task\ntype add zoo")
        outcome = written.here("export", "-o", folder)
        assert (folder / "both.yaml").read_text() == WRITTEN.replace("'Deal'", "Sale")
        assert (folder / "task.yaml").read_text() == "types:\n  task: {}\n"
        assert written.here("diff", "-f", folder, "--prune").out == ""
        assert "both.yaml written" in outcome.err
        assert written.here("export", "-o", folder).err == ""

    def test_loses_the_file_of_a_type_that_is_retired(self, written: Crm):
        folder = written.folder / "conf"
        written.here("export", "-o", f"{folder}/")
        written.script("type remove deal")
        outcome = written.here("export", "-o", folder)
        assert "deal.yaml removed" in outcome.err
        assert sorted(p.name for p in folder.iterdir()) == ["account.yaml", "categories.yaml"]
        assert written.here("diff", "-f", folder, "--prune").out == ""

    def test_of_some_types_gets_and_loses_nothing_else(self, written: Crm):
        folder = written.folder / "conf"
        written.here("export", "-o", f"{folder}/")
        written.script("type remove account\ntype add task\ntype set deal --label Sale")
        written.here("export", "deal", "task", "-o", folder)
        assert sorted(p.name for p in folder.iterdir()) == [
            "account.yaml",
            "categories.yaml",
            "deal.yaml",
            "task.yaml",
        ]

    def test_may_hold_a_type_named_categories(self, crm: Crm):
        crm.script("type add categories --label C\ntype add b\ncategory add x")
        folder = crm.folder / "conf"
        crm.here("export", "-o", f"{folder}/")
        assert crm.here("diff", "-f", folder, "--prune").out == ""

    def test_in_chinese_is_no_trouble(self, crm: Crm):
        crm.script("type add 销售机会 --label-zh 商机")
        folder = crm.folder / "配置"
        crm.here("export", "-o", f"{folder}/")
        assert (folder / "销售机会.yaml").exists()
        assert crm.here("diff", "-f", folder, "--prune").out == ""

    def test_without_documents_is_not_read(self, crm: Crm):
        folder = crm.folder / "conf"
        folder.mkdir()
        (folder / "README.md").write_text("x")
        (folder / ".hidden.yaml").write_text("x")
        assert "holds no YAML or JSON file" in crm.refused("apply", "-f", folder, code=3)


class TestSeveralFiles:
    def test_are_one_document(self, crm: Crm):
        a = crm.file("a.yaml", "types: {a: {fields: {to_b: {kind: link, to: b}}}}")
        b = crm.file("b.json", '{"types": {"b": {"label": "B"}}}')
        crm.here("apply", "-f", a, "-f", b)
        assert crm.here("type", "list", "--ids").lines == ["a", "b"]
        assert crm.here("diff", "-f", a, "-f", b, "--prune").out == ""
        assert crm.here("diff", "-f", a, "--prune", code=1).out == "- retire type b\n"

    def test_may_not_define_the_same(self, crm: Crm):
        a = crm.file("a.yaml", "types: {a: {label: A}}")
        b = crm.file("b.yaml", "types: {a: {label: B}}")
        error = crm.refused("apply", "-f", a, "-f", b, code=1)
        assert f"a is defined in {a} and in {b}" in error

    def test_may_mention_the_same(self, crm: Crm):
        a = crm.file("a.yaml", "types: {a: {label: A}}")
        b = crm.file("b.yaml", "types: [b, a]")
        crm.here("apply", "-f", b, "-f", a)
        assert crm.here("type", "list", "--ids").lines == ["b", "a"]
        assert crm.here("type", "show", "a", "--json").json["label"] == "A"


class TestWhatGoes:
    SCRIPT = """
    type add deal
    field add deal.name
    field add deal.source --kind choice --option web --option fair --option mail
    stage add deal lead won
    status add deal.lead waiting
    validation add deal cap "name <> 'x'"
    category add sales
    record add deal name=a source=web --stage won
    record add deal name=b source=fair --stage lead.waiting
    """

    def test_is_said_as_retired_once_and_stays_said(self, crm: Crm):
        crm.script(self.SCRIPT)
        document = """
        categories: {sales: {retired: true}}
        types:
          deal:
            fields:
              name: {retired: true}
              source: {options: {web: {retired: true}}}
              never: {retired: true}
            stages:
              won: {retired: true, move_to: lead}
              lead: {statuses: {waiting: {retired: true, move_to: lead.open}}}
            validations: {cap: {retired: true}}
        """
        file = crm.file("crm.yaml", document)
        outcome = crm.here("apply", "-f", file)
        assert sorted(outcome.out.splitlines()) == [
            "- retire category sales",
            "- retire field deal.name",
            "- retire option deal.source.web",
            "- retire stage deal.won",
            "- retire status deal.lead.waiting",
            "- retire validation deal.cap",
        ]
        assert crm.values("deal", "stage") == ["lead", "lead"]
        assert crm.here("apply", "-f", file).out == ""
        again = crm.file("again.yaml", document.replace("name: {retired: true}", "name:"))
        assert crm.here("apply", "-f", again).out == "+ restore field deal.name\n"

    def test_takes_its_records_along_or_is_refused(self, crm: Crm):
        crm.script(self.SCRIPT)
        file = crm.file("crm.yaml", "types: {deal: {stages: {won: {retired: true}}}}")
        assert "say where they go" in crm.refused("apply", "-f", file, code=1)

    def test_may_be_merged_into_another_option(self, crm: Crm):
        crm.script(self.SCRIPT)
        document = (
            "types: {deal: {fields: {source: {options: {mail: {merged_from: [fair, web]}}}}}}"
        )
        file = crm.file("crm.yaml", document)
        assert crm.here("diff", "-f", file, code=1).out.splitlines() == [
            "~ merge option deal.source.fair into mail",
            "  1 records have the option deal.source.fair and get mail: deal/2",
            "~ merge option deal.source.web into mail",
            "  1 records have the option deal.source.web and get mail: deal/1",
        ]
        crm.here("apply", "-f", file)
        assert crm.values("deal", "source") == ["mail", "mail"]
        assert crm.here("diff", "-f", file).out == ""


class TestWhatItDoesToRecords:
    SCRIPT = "type add deal\nfield add deal.note\nfield add deal.size\n" + "".join(
        f"record add deal note={note} size={n}\n" for n, note in enumerate("1 2 x y".split())
    )

    def test_is_told_by_diff_below_each_change(self, crm: Crm):
        crm.script(self.SCRIPT)
        file = crm.file("a.yaml", "types: {deal: {fields: {note: {kind: integer}, size: {min: }}}}")
        before = crm.everything()
        assert crm.here("diff", "-f", file, code=1).out.splitlines() == [
            "~ set field deal.note: kind=integer",
            "  2 of 4 values of deal.note cannot be converted: deal/3, deal/4",
        ]
        assert crm.here("diff", "-f", file, "--json", code=1).json[0]["effects"] == [
            {
                "code": "lost-values",
                "count": 2,
                "message": "2 of 4 values of deal.note cannot be converted",
                "examples": ["deal/3", "deal/4"],
                "loss": True,
            }
        ]
        assert crm.everything() == before

    def test_is_refused_by_apply_when_it_is_a_loss(self, crm: Crm):
        crm.script(self.SCRIPT)
        file = crm.file("a.yaml", "types: {deal: {fields: {note: {kind: integer}}}}")
        error = crm.refused("apply", "-f", file, code=1)
        assert "[data-loss]" in error
        assert "--allow-data-loss" in error
        done = crm.here("apply", "-f", file, "--allow-data-loss")
        assert "2 of 4 values of deal.note cannot be converted" in done.err
        assert crm.values("deal", "note") == [1, 2, None, None]
        assert crm.here("apply", "-f", file).out == ""

    def test_ends_at_examples_when_there_are_many(self, crm: Crm):
        crm.script("type add deal\nfield add deal.a\n" + "record add deal a=1\n" * 9)
        file = crm.file("a.yaml", "types: {deal: {fields: {b: {required: true}}}}")
        assert crm.here("diff", "-f", file, code=1).out.splitlines()[1] == (
            "  9 records have no value for deal.b, which becomes required:"
            " deal/1, deal/2, deal/3, deal/4, deal/5 ..."
        )


class TestWhatWasChangedElsewhere:
    DOCUMENT = "types: {deal: {label: Deal, fields: {value: {label: Value}}}}"

    def test_is_shown_and_not_overwritten(self, crm: Crm):
        file = crm.file("crm.yaml", self.DOCUMENT)
        crm.here("apply", "-f", file)
        crm.here("field", "set", "deal.value", "--label", "Sum")
        shown = crm.here("diff", "-f", file, code=1).out.splitlines()
        assert shown[0] == "~ set field deal.value: label=Value"
        assert shown[1].startswith("! label of field deal.value was changed to Sum by ")
        told = crm.here("diff", "-f", file, "--json", code=1).json[0]["drift"][0]
        assert set(told) == {"actor", "command", "at", "message"}
        error = crm.refused("apply", "-f", file, code=5)
        assert "[changed-elsewhere]" in error
        assert "--overwrite" in error
        crm.here("apply", "-f", file, "--overwrite")
        assert crm.here("field", "show", "deal.value", "--json").json["label"] == "Value"
        assert crm.here("diff", "-f", file).out == ""

    def test_is_settled_by_an_export(self, crm: Crm):
        file = crm.file("crm.yaml", self.DOCUMENT)
        crm.here("apply", "-f", file)
        crm.here("field", "set", "deal.value", "--label", "Sum")
        crm.here("export", "-o", file)
        crm.here("apply", "-f", file)
        file.write_text(file.read_text().replace("Sum", "Total"))
        crm.here("apply", "-f", file)
        assert crm.here("field", "show", "deal.value", "--json").json["label"] == "Total"

    def test_counts_from_the_first_apply_even_when_that_changed_nothing(self, crm: Crm):
        crm.script("type add deal --label Deal\nfield add deal.value --label Value")
        file = crm.file("crm.yaml", crm.here("export").out)
        crm.here("apply", "-f", file)
        crm.here("type", "set", "deal", "--label", "Sale")
        assert "\n! " in crm.here("diff", "-f", file, code=1).out

    def test_and_undone_again_is_nothing(self, crm: Crm):
        file = crm.file("crm.yaml", self.DOCUMENT)
        crm.here("apply", "-f", file)
        crm.here("undo")
        assert crm.here("type", "list", "--ids").out == ""
        crm.here("apply", "-f", file)
        crm.here("field", "set", "deal.value", "--label", "Sum")
        crm.here("undo")
        assert crm.here("diff", "-f", file).out == ""
        file.write_text(self.DOCUMENT.replace("Value", "Total"))
        crm.here("apply", "-f", file)


class TestAnApply:
    def test_can_be_undone_whole(self, crm: Crm):
        crm.here("apply", "-f", crm.file("crm.yaml", WRITTEN))
        crm.script("record add deal name=x source=web\nfield set deal.name --title")
        before = crm.here("export").out
        changed = WRITTEN.replace("Deal", "Sale").replace("staff:", "people:").replace("Web", "Net")
        changed = changed.replace("CNY}", "CNY}\n      code: {title: true}")
        crm.here("apply", "--prune", "--overwrite", "-f", crm.file("crm.yaml", changed))
        assert crm.here("export").out != before
        crm.here("undo")
        assert crm.here("export").out == before
