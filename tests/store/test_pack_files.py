"""The packs of the program: whole in both languages, sound, and the same in whatever order."""

import random

import pytest

from crmtui.model.keys import key_problem
from crmtui.model.nouns import NOUNS
from crmtui.store import spec, tokens
from crmtui.store.errors import NotFound
from crmtui.store.packs import files
from crmtui.store.packs.memory import walk
from crmtui.store.workspace import Workspace

PACKS = {key: files.packaged(key) for key in files.ORDER}
EVERYTHING = {
    (noun, ref): said for pack in PACKS.values() for noun, ref, said in walk(pack.document)
}
SYSTEM = {"id", "stage", "status", "created_at", "updated_at", "status_since"}

every_pack = pytest.mark.parametrize("key", files.ORDER)


def of(key):
    """Everything that a pack defines."""
    return list(walk(PACKS[key].document))


class TestFiles:
    def test_there_is_one_for_each_name_and_no_other(self):
        import os

        assert {name.removesuffix(".yaml") for name in os.listdir(files.FOLDER)} == set(files.ORDER)
        assert [pack.key for pack in PACKS.values()] == list(files.ORDER)

    def test_groups_stand_for_packs(self):
        assert files.members(["all"]) == list(files.ORDER)
        assert files.members(["Sales", "service-request", "lead"]) == [
            "lead",
            "opportunity",
            "quotation",
            "order",
            "contract",
            "service_request",
        ]
        with pytest.raises(NotFound):
            files.members(["everything"])

    @every_pack
    def test_what_people_read_is_in_both_languages(self, key):
        pack = PACKS[key]
        assert pack.label and pack.label_zh and pack.description and pack.description_zh
        for noun, ref, said in of(key):
            named = ("message", "message_zh") if noun == "validation" else ("label", "label_zh")
            for name in named:
                assert said.get(name), (ref, name)
            for name in ("help", "description", "message", "pattern_message"):
                if noun in ("field", "type", "validation") and said.get(name):
                    assert said.get(f"{name}_zh"), (ref, name)
            for section in said.get("form") or ():
                assert section["label"] and section["label_zh"], ref

    @every_pack
    def test_keys_can_be_keys(self, key):
        for noun, ref, _said in of(key):
            word = ref.rpartition(".")[2]
            column = noun in ("type", "field")
            problem = key_problem(word, column=column, hyphens=NOUNS[noun].hyphens)
            assert problem is None, (ref, str(problem))

    @every_pack
    def test_each_type_has_a_name_a_process_and_a_measure_of_fields(self, key):
        for type_key, said in PACKS[key].document["types"].items():
            titles = [name for name, field in said["fields"].items() if field.get("title")]
            assert titles == ["name"], type_key
            assert 10 <= len(said["fields"]) <= 24, type_key
            assert said["category"] in PACKS[key].document["categories"]
            assert any(
                stage.get("category") or stage.get("outcome") for stage in said["stages"].values()
            )
            required = [name for name, field in said["fields"].items() if field.get("required")]
            assert required in (["name"], ["name", "amount"]), type_key

    @every_pack
    def test_a_form_holds_each_field_once(self, key):
        for type_key, said in PACKS[key].document["types"].items():
            laid_out = [name for section in said["form"] for name in section["fields"]]
            assert sorted(laid_out) == sorted(said["fields"]), type_key
            for name in (*said["list"], *said["card"]):
                assert name in said["fields"] or name in SYSTEM, (type_key, name)

    @every_pack
    def test_what_is_named_is_in_some_pack(self, key):
        for noun, ref, said in of(key):
            type_key = ref.partition(".")[0]
            if said.get("to"):
                assert ("type", said["to"]) in EVERYTHING, ref
            for name in ("min_field", "max_field"):
                if said.get(name):
                    assert ("field", f"{type_key}.{said[name]}") in EVERYTHING, ref
            scope = type_key
            if said.get("from") and said["kind"] == "rollup":
                assert EVERYTHING["field", said["from"]]["to"] == type_key, ref
                scope = said["from"].partition(".")[0]
            elif said.get("from"):
                link, _, field = said["from"].partition(".")
                target = EVERYTHING["field", f"{type_key}.{link}"]["to"]
                assert ("field", f"{target}.{field}") in EVERYTHING, ref
            for name, attribute in NOUNS[noun].attributes.items():
                if name != "measure" and attribute.shape != "expression":
                    continue
                own = scope if name in ("measure", "where") else type_key
                for path in (each.path for each in tokens.names(said.get(name) or "")):
                    known = ("field", f"{own}.{path[0]}") in EVERYTHING or path[0] in SYSTEM
                    assert known, (ref, name, path)

    @every_pack
    def test_stages_and_options_that_rules_name_exist(self, key):
        import re

        for _noun, ref, said in of(key):
            type_key = ref.partition(".")[0]
            for name in ("required_when", "visible_when", "read_only_when", "rule", "formula"):
                stages = re.findall(r"stage (?:=|<>) '(\w+)'", said.get(name) or "")
                for listed in re.findall(r"stage (?:not )?in \(([^)]*)\)", said.get(name) or ""):
                    stages += re.findall(r"'(\w+)'", listed)
                for stage in stages:
                    assert ("stage", f"{type_key}.{stage}") in EVERYTHING, (ref, stage)


class TestOpportunity:
    said = PACKS["opportunity"].document["types"]["opportunity"]

    def test_has_the_stages_of_a_sale_with_their_probabilities(self):
        assert [
            (stage["label_zh"], stage["probability"], stage.get("outcome"))
            for stage in self.said["stages"].values()
        ] == [
            ("新建", 10, None),
            ("需求明确", 30, None),
            ("方案验证", 50, None),
            ("立项汇报", 70, None),
            ("商务采购", 90, None),
            ("赢单", 100, "won"),
            ("输单", 0, "lost"),
        ]

    def test_its_formula_knows_the_probability_of_each_stage(self):
        formula = self.said["fields"]["expected_amount"]["formula"]
        for key, stage in self.said["stages"].items():
            if stage["probability"]:
                assert f"when '{key}' then {stage['probability']} " in formula

    def test_its_amount_stands_under_commercial(self):
        section = next(each for each in self.said["form"] if each["label_zh"] == "商务")
        assert "amount" in section["fields"]


def made_by(path, groups):
    """What a workspace holds after packs were installed in some order, and what still waits."""
    with Workspace.open(str(path), create=True) as workspace:
        waiting = ()
        for group in groups:
            waiting = workspace.install_packs([PACKS[key] for key in group]).waiting
        assert (
            workspace.install_packs([PACKS[key] for group in groups for key in group]).changes == ()
        )
        return spec.write(workspace.document()), waiting


class TestInstalling:
    @every_pack
    def test_alone_makes_all_that_names_nothing_else(self, key, tmp_path):
        document, waiting = made_by(tmp_path / "crm.db", [[key]])
        made = spec.read(document, "made")["types"]
        for type_key, said in PACKS[key].document["types"].items():
            left_out = {ref.partition(".")[2] for ref in waiting if ref.startswith(f"{type_key}.")}
            assert list(made[type_key]["fields"]) == [
                field for field in said["fields"] if field not in left_out
            ]
            assert list(made[type_key]["stages"]) == list(said["stages"])
        with Workspace.open(str(tmp_path / "crm.db")) as workspace:
            for type_key in PACKS[key].document["types"]:
                values = {"name": "甲"} | ({"amount": "1"} if type_key == "payment" else {})
                assert workspace.add(type_key, values).title == "甲"

    def test_all_leaves_nothing_out_and_any_order_comes_to_the_same(self, tmp_path):
        together, waiting = made_by(tmp_path / "together.db", [list(files.ORDER)])
        assert waiting == ()
        for seed in range(3):
            chosen = random.Random(seed)
            keys = chosen.sample(files.ORDER, len(files.ORDER))
            groups = []
            while keys:
                size = chosen.choice((1, 1, 2, 4))
                groups.append(keys[:size])
                keys = keys[size:]
            made, waiting = made_by(tmp_path / f"{seed}.db", groups)
            assert waiting == ()
            assert made == together, groups

    def test_then_the_document_of_it_says_the_same(self, tmp_path):
        with Workspace.open(str(tmp_path / "crm.db"), create=True) as workspace:
            workspace.install_packs(list(PACKS.values()))
            text = spec.write(workspace.document())
            assert workspace.changes_to(spec.read(text, "x"), prune=True) == []
            for key, pack in PACKS.items():
                made = workspace.document(list(pack.types))["types"]
                for type_key, said in pack.document["types"].items():
                    for part in ("fields", "stages"):
                        assert list(made[type_key][part]) == list(said[part]), key
