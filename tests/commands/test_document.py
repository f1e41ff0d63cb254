"""`export`, `diff` and `apply`: the configuration as a file."""

import json
import time

import pytest

from tests.support.cli import Crm

DEFINE = """
type add account --label Account --label-zh 客户 --category sales
field add account.name --required --unique --title
field add account.parent --kind link --to account
type add deal --label Deal --label-zh 商机 --description 'What we may sell' --description-zh 商机
field add deal.name --label Name --help-text 'as the customer says it' --required --title
field add deal.value --kind money --currency USD --min 0 --max 1000000.50 --default 10
field add deal.rate --kind decimal --scale 4
field add deal.count --kind integer --indexed
field add deal.hot --kind boolean --default no
field add deal.closed --kind date --default today
field add deal.met --kind datetime
field add deal.source --kind choice --option web=Website --option no=No --option fair
field add deal.code --unique --max-length 12 --pattern '[A-Z]+: [0-9]+'
field add deal.account --kind link --to account
field add deal.notes --kind longtext
option set deal.source.web --color green --label-zh 网站
stage add deal lead --label Lead --color blue
status add deal.lead waiting --label-zh 等待客户
stage add deal won --category closed --outcome won
stage add deal lost --category closed --outcome lost
"""


def apply(crm: Crm, document: str, *words: object, code: int = 0):
    return crm.here("apply", "-f", crm.file("crm.yaml", document), *words, code=code)


def diff(crm: Crm, document: str, *words: object, code: int = 0):
    return crm.here("diff", "-f", crm.file("crm.yaml", document), *words, code=code)


class TestExport:
    def test_then_diff_says_nothing_and_ends_with_0(self, crm: Crm):
        crm.script(DEFINE)
        document = crm("export").out
        same = crm("diff", "-f", "-", stdin=document)
        assert (same.out, same.err) == ("", "")
        assert crm("diff", "-f", "-", "--prune", stdin=document).out == ""
        assert crm.here("apply", "-f", "-", "--prune", stdin=document).out == ""

    def test_then_apply_elsewhere_gives_the_same_document(self, crm: Crm):
        crm.script(DEFINE)
        document = crm.here("export").out
        other = crm.folder / "other.db"
        apply(crm, document, "--db", other)
        assert crm.here("export", "--db", other).out == document
        as_json = crm.here("export", "--json").out
        third = crm.folder / "third.db"
        apply(crm, as_json, "--db", third)
        assert crm.here("export", "--db", third).out == document
        assert json.loads(as_json)["types"]["deal"]["fields"]["source"]["options"]["no"] == {
            "label": "No"
        }

    def test_of_some_types_only(self, crm: Crm):
        crm.script(DEFINE)
        assert list(crm.here("export", "account", "--json").json["types"]) == ["account"]
        assert "did you mean deal?" in crm.refused("export", "deel", code=3)

    def test_of_nothing_is_no_types(self, crm: Crm):
        crm("init")
        assert crm.here("export").out == "types: {}\n"
        assert diff(crm, "types: {}\n", "--prune").out == ""


class TestDiff:
    def test_ends_with_1_when_something_differs(self, crm: Crm):
        crm.script(DEFINE)
        outcome = crm("diff", "-f", crm.file("a.yaml", "types: {deal: {label: Sale}}"), code=1)
        assert outcome.out == "~ set type deal: label=Sale\n"
        assert outcome.err == ""

    @pytest.mark.parametrize(
        ("document", "code"),
        [("types: [", 2), ("", 2), ("typos: {}", 2), ("types: {deal: {lable: x}}", 2)],
    )
    def test_ends_above_1_when_it_cannot_tell(self, crm: Crm, document, code):
        crm.script(DEFINE)
        assert diff(crm, document, code=code).out == ""
        assert crm.here("diff", "-f", "nowhere.yaml", code=3).out == ""


class TestApply:
    DOCUMENT = """
    types:
      deal:
        label: Deal
        fields:
          name: {required: true, title: true}
          value: {kind: money, currency: EUR}
          source: {kind: choice, options: [web, fair]}
          account: {kind: link, to: account}
        stages:
          lead:
          won: {category: closed, outcome: won}
      account:
        fields: [name, city]
    """

    def test_tells_its_plan_and_does_it(self, crm: Crm):
        outcome = apply(crm, self.DOCUMENT)
        assert outcome.out.splitlines()[:2] == ["+ add type deal", "+ add type account"]
        assert all(line[:2] in ("+ ", "~ ") for line in outcome.out.splitlines())
        assert "changes" in outcome.err
        crm.here("record", "add", "account", "name=Acme", "city=Rome")

    def test_twice_changes_nothing(self, crm: Crm):
        apply(crm, self.DOCUMENT)
        before = crm.everything()
        again = apply(crm, self.DOCUMENT)
        assert (again.out, again.err) == ("", "nothing to change\n")
        assert crm.everything() == before

    def test_adds_and_leaves_what_it_does_not_mention(self, crm: Crm):
        crm.script(DEFINE)
        apply(crm, "types: {deal: {fields: {size: {kind: integer}}}}")
        assert "count" in crm.here("field", "list", "deal", "--ids").out
        assert crm.here("field", "list", "deal", "--ids").lines[-1] == "deal.size"

    def test_prune_retires_what_it_does_not_mention(self, crm: Crm):
        apply(crm, self.DOCUMENT)
        pruned = self.DOCUMENT.replace("[name, city]", "[name]").replace("[web, fair]", "[fair]")
        pruned = pruned.replace("          won: {category: closed, outcome: won}\n", "")
        assert apply(crm, pruned).out == ""
        outcome = apply(crm, pruned, "--prune")
        assert sorted(outcome.out.splitlines()) == [
            "- retire field account.city",
            "- retire option deal.source.web",
            "- retire stage deal.won",
        ]
        assert apply(crm, pruned, "--prune").out == ""
        assert "city" in crm.here("field", "list", "account", "--retired").out
        brought_back = apply(crm, self.DOCUMENT)
        assert "+ restore field account.city" in brought_back.out
        assert apply(crm, self.DOCUMENT).out == ""

    def test_prune_clears_attributes_that_are_not_said(self, crm: Crm):
        crm.script("type add deal --label Deal --category sales\nfield add deal.name --required")
        outcome = apply(crm, "types: {deal: {label: Deal, fields: [name]}}", "--prune")
        assert outcome.out.splitlines() == [
            "~ set type deal: category=",
            "~ set field deal.name: required=false",
        ]

    def test_prune_refuses_to_lose_the_stage_of_records(self, crm: Crm):
        crm.script(DEFINE + "record add deal name=x --stage won\n")
        document = crm.here("export").out.replace("      won:\n", "      woon:\n")
        before = crm.everything()
        outcome = apply(crm, document, "--prune", code=1)
        assert outcome.out == ""
        assert "deal.won" in outcome.err
        assert crm.everything() == before

    @pytest.mark.parametrize(
        ("document", "told", "look"),
        [
            (
                "{opportunity: {renamed_from: deal}}",
                "~ rename type deal to opportunity",
                "type list",
            ),
            (
                "{deal: {fields: {amount: {renamed_from: value}}}}",
                "~ rename field deal.value to amount",
                "field list deal",
            ),
            (
                "{deal: {fields: {source: {options: {site: {renamed_from: web}}}}}}",
                "~ rename option deal.source.web to site",
                "option list deal.source",
            ),
            (
                "{deal: {stages: {signed: {renamed_from: won}}}}",
                "~ rename stage deal.won to signed",
                "stage list deal",
            ),
            (
                "{deal: {stages: {lead: {statuses: {paused: {renamed_from: waiting}}}}}}",
                "~ rename status deal.lead.waiting to paused",
                "status list deal.lead",
            ),
        ],
    )
    def test_a_rename_is_said_and_keeps_the_data(self, crm: Crm, document, told, look):
        crm.script(DEFINE + "record add deal name=x value=5 source=web --stage won\n")
        document = f"types: {document}"
        outcome = apply(crm, document)
        assert told in outcome.out.splitlines()
        assert told.rpartition(" ")[2] in crm.here(*look.split()).out
        assert apply(crm, document).out == ""
        assert diff(crm, document).out == ""
        type_key = "opportunity" if "opportunity" in document else "deal"
        record = crm.here("record", "show", f"{type_key}/1", "--json").json
        assert 5 in record.values()

    def test_a_renamed_type_may_be_changed_in_the_same_document(self, crm: Crm):
        crm.script(DEFINE + "record add deal name=x value=5\n")
        document = """
        types:
          sale:
            renamed_from: deal
            fields: {amount: {renamed_from: value, max: 70}, size: {kind: integer}}
            stages: {new: {renamed_from: lead, statuses: {idle: {renamed_from: waiting}}}}
        """
        apply(crm, document)
        assert crm.values("sale", "amount") == [5]
        assert apply(crm, document).out == ""

    def test_order_follows_the_document(self, crm: Crm):
        crm.script("type add b\ntype add a\nfield add a.y\nfield add a.x\nfield add a.z")
        outcome = apply(crm, "types: {a: {fields: [z, y]}, b: }")
        assert "~ order the fields of a: z, y" in outcome.out
        assert crm.here("type", "list", "--ids").lines == ["a", "b"]
        assert crm.here("field", "list", "a", "--ids").lines == ["a.z", "a.y", "a.x"]
        assert apply(crm, "types: {a: {fields: [z, y]}, b: }").out == ""

    def test_dry_run_tells_the_plan_and_does_nothing(self, crm: Crm):
        crm.script(DEFINE)
        before = crm.everything()
        outcome = apply(crm, self.DOCUMENT.replace("EUR", "USD"), "--dry-run")
        assert outcome.out
        assert "undone again (dry run)" in outcome.err
        assert crm.everything() == before

    def test_a_failing_change_in_the_middle_leaves_nothing(self, crm: Crm):
        crm.script(DEFINE)
        document = """
        types:
          one: {fields: [name]}
          two: {fields: {bad: {kind: link, to: nowhere}}}
          three: {fields: [name]}
        """
        before = crm.everything()
        error = apply(crm, document, code=(1, 2, 3))
        assert error.out == ""
        assert "nowhere" in error.err
        assert crm.everything() == before

    def test_json_tells_the_changes_to_a_program(self, crm: Crm):
        changes = apply(crm, "types: {a: {label: A}}", "--json").json
        assert changes == [{"change": "add", "noun": "type", "ref": "a", "values": {"label": "A"}}]
        assert apply(crm, "types: {a: {label: A}}", "--json").json == []

    def test_stages_without_statuses_get_one(self, crm: Crm):
        document = "types: {a: {stages: [open, {}]}}".replace(", {}", ", done")
        apply(crm, document)
        assert crm.here("status", "list", "a.done", "--ids").lines == ["a.done.open"]
        assert apply(crm, document).out == ""
        apply(crm, "types: {b: {stages: {x: {statuses: [one, two]}}}}")
        assert crm.here("status", "list", "b.x", "--ids").lines == ["b.x.one", "b.x.two"]


class TestWords:
    def test_of_yaml_1_2_stay_as_they_are_written(self, crm: Crm):
        apply(
            crm,
            """
            types:
              deal:
                label: no
                description: 2026-01-01
                category: on
                fields:
                  version: {label: 1.10, default: 1.10, max_length: 8}
                  size: {kind: integer, min: 007, max: 1000, label: 0x10}
                  start: {kind: date, min: 2026-01-01}
                  answer: {kind: choice, options: {no: {label: No}, yes: , on: , null: , true: }}
            """,
        )
        deal = crm.here("export", "--json").json["types"]["deal"]
        assert (deal["label"], deal["description"], deal["category"]) == ("no", "2026-01-01", "on")
        assert deal["fields"]["version"]["label"] == "1.10"
        assert deal["fields"]["version"]["default"] == "1.10"
        assert deal["fields"]["version"]["max_length"] == 8
        assert deal["fields"]["size"]["label"] == "0x10"
        assert deal["fields"]["start"]["min"] == "2026-01-01"
        assert list(deal["fields"]["answer"]["options"]) == ["no", "yes", "on", "null", "true"]
        document = crm.here("export").out
        assert diff(crm, document).out == ""

    def test_chinese_and_quotes_survive(self, crm: Crm):
        apply(crm, 'types: {销售机会: {label: \'a: "b" #c\', description: "two\\nlines"}}')
        document = crm.here("export").out
        assert "销售机会" in document
        assert diff(crm, document).out == ""


class TestFaults:
    @pytest.mark.parametrize(
        ("document", "told"),
        [
            (
                "types: {deal: {lable: Deal}}",
                "types.deal: a type has no lable; did you mean label?",
            ),
            (
                "types: {deal: {fields: {value: {knd: money}}}}",
                "types.deal.fields.value: a field has no knd; did you mean kind?",
            ),
            ("types: {deal: {xyzzy: 1}}", "types.deal: a type has no xyzzy; it has label"),
            (
                "types: {deal: {fields: {value: {kind: mony}}}}",
                "types.deal.fields.value.kind: mony is none of",
            ),
            (
                "types: {deal: {fields: {value: {required: yes}}}}",
                "types.deal.fields.value.required: yes is neither true nor false",
            ),
            (
                "types: {deal: {fields: {value: {max_length: many}}}}",
                "types.deal.fields.value.max_length: many is not a whole number",
            ),
            ("types: {deal: {label: [a]}}", "types.deal.label: expected one value"),
            ("types: {deal: Deal}", "types.deal: expected attributes"),
            ("types: Deal", "types: expected types by key"),
            ("types: [[a]]", "types: expected types by key"),
            ("[types]", "a document begins with types:, not list"),
            ("hello", "a document begins with types:, not str"),
            ("{}", "a document begins with types:"),
            ("types: {}\nfeilds: {}", "a document begins with types:, not feilds"),
            ("", "is empty"),
            ("# nothing\n", "is empty"),
            ("types:\n  deal:\n   label: a\n  fields: b: c\n", "line 4"),
            ("types: {deal: {label: 'x}}", "line"),
            ("types:\n\tdeal: {}", "line 2"),
            ("types: {deal: {}, deal: {}}", "line 1: found duplicate key"),
            ("types: {deal: {}, ' deal': {}}", "types.deal stands there twice"),
            ("types: {deal: *nothing}", "line 1: there is no anchor nothing"),
            ("types: !!python/object:os.system {}", "line 1"),
            ("types: {? [a, b] : {}}", ""),
            ("types: \x00", ""),
            ("types: {deal: {fields: {select: {}}}}", "select cannot be the key of a field"),
            ("types: {'a b': {}}", "a b cannot be the key of a type"),
            ("types: {deal: {label: " + "x" * 5000 + "}}", "has at most 2000 characters"),
        ],
    )
    def test_are_named_with_their_place(self, crm: Crm, document, told):
        crm.script("type add account")
        before = crm.everything()
        outcome = apply(crm, document, code=(1, 2))
        assert told in outcome.err
        assert outcome.err.count(": error: ") == 1
        assert outcome.out == ""
        assert crm.everything() == before

    @pytest.mark.parametrize(
        "document",
        [
            "[" * 100_000,
            "{a: " * 50_000,
            "types: " + "{a: " * 3_000 + "}" * 3_000,
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n"
                for n in range(9)
            )
            + "types: {deal: {label: *j}}",
            "types:\n  t: &t {fields: &f {"
            + ", ".join(f"f{n}: " for n in range(1000))
            + "}}\n"
            + "".join(f"  t{n}: *t\n" for n in range(1000)),
        ],
        ids=["deep lists", "deep mappings", "deep types", "billion laughs", "million fields"],
    )
    def test_bombs_are_refused_quickly(self, crm: Crm, document):
        crm.script("type add account")
        before = crm.everything()
        started = time.process_time()
        outcome = apply(crm, document, code=(1, 2))
        assert time.process_time() - started < 10
        assert outcome.err.count(": error: ") == 1
        assert len(outcome.err) < 2000
        assert crm.everything() == before

    def test_a_document_too_large_is_not_read_in_part(self, crm: Crm):
        crm.script("type add account")
        file = crm.file("big.yaml", "types: {account: }\n" + "# filler\n" * 2_000_000)
        error = crm.refused("apply", "-f", file, "--prune", code=1)
        assert "is larger than 16 MiB" in error

    def test_a_file_that_is_no_text(self, crm: Crm):
        crm.script("type add account")
        assert "is not UTF-8" in crm.refused("apply", "-f", crm.file("x", b"\xff\xfe\xfd"), code=1)
        assert "cannot be read" in crm.refused("apply", "-f", "nowhere.yaml", code=3)
