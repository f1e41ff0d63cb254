"""`crmtui pack` and `crmtui init --pack`: ready-made types from the command line."""

import os

import pytest

from tests.support.cli import Crm, call, run
from tests.support.packs import ACCOUNT, DEAL, FAIR


@pytest.fixture
def files(crm: Crm) -> dict[str, str]:
    """The small packs as files, by key."""
    texts = {"deal": DEAL, "account": ACCOUNT, "fair": FAIR}
    return {key: str(crm.file(f"{key}.yaml", text)) for key, text in texts.items()}


class TestList:
    def test_needs_no_workspace(self, crm: Crm):
        assert crm("pack", "list", "--ids").lines[:2] == ["customer", "contact"]
        assert not os.path.exists(crm.path)

    def test_tells_which_are_installed_and_users_own_too(self, crm: Crm, files):
        crm.here("pack", "install", files["deal"])
        states = {state["key"]: state for state in crm.here("pack", "list", "--json").json}
        assert states["opportunity"]["installed"] is None
        assert states["opportunity"]["types"] == ["opportunity"]
        assert states["deal"] == {
            "key": "deal",
            "label": "Deals",
            "label_zh": "商机",
            "version": "1",
            "installed": "1",
            "types": ["deal"],
        }

    def test_speaks_the_language_to_people_and_one_to_machines(self, crm: Crm):
        table = crm.here("pack", "list", "--lang", "zh", "--format", "table").out
        assert "服务请求" in table and "Service requests" not in table
        assert "Service requests" in crm.here("pack", "list", "--lang", "zh").out


class TestShow:
    def test_tells_types_fields_and_stages(self, crm: Crm):
        lines = crm.here("pack", "show", "opportunity").lines
        assert "opportunity\ttype\tOpportunity\t商机\tsales" in lines
        assert "opportunity.customer\tfield\tCustomer\t客户\tlink customer" in lines
        assert "opportunity.won\tstage\tWon\t赢单\twon 100%" in lines
        assert "赢单" in crm.here("pack", "show", "opportunity", "--lang", "zh").out

    def test_as_json_is_the_head_and_the_document(self, crm: Crm):
        shown = crm.here("pack", "show", "complaint", "--json").json
        assert (shown["key"], shown["label_zh"]) == ("complaint", "客户投诉")
        assert shown["types"]["complaint"]["fields"]["handler"]["kind"] == "user"

    def test_as_yaml_is_the_file_that_installs(self, crm: Crm, files):
        text = crm.here("pack", "show", files["deal"], "--yaml").out
        assert text == DEAL
        assert "+ add type deal" in crm.here("pack", "install", "-", stdin=text).lines
        again = crm.here("pack", "show", "deal", "--yaml").out
        assert crm.here("pack", "install", "-", stdin=again).out == ""

    def test_of_what_is_none(self, crm: Crm):
        error = crm.here("pack", "show", "oportunity", code=3).err
        assert "there is no pack oportunity; did you mean opportunity?  [no-such-pack]" in error
        assert "show one of them" in crm.here("pack", "show", "sales", code=2).err
        assert "choose one" in crm.here("pack", "show", "lead", "--yaml", "--json", code=2).err


class TestInstall:
    def test_tells_its_plan_and_what_waits(self, crm: Crm, files):
        done = crm("pack", "install", files["deal"])
        assert done.lines[:2] == ["+ add category sales", "+ add type deal"]
        assert done.lines[-1] == "+ add pack deal"
        waiting = "left out until what they name is there: deal.account, deal.fair, deal.fair-deals"
        assert waiting in done.err

    def test_twice_has_nothing_to_do(self, crm: Crm, files):
        crm.here("pack", "install", files["deal"], files["account"], files["fair"])
        before = crm.everything()
        again = crm("pack", "install", files["deal"])
        assert (again.out, again.err) == ("", "nothing to change\n")
        assert crm.everything() == before

    def test_as_json_tells_changes_what_stays_and_what_waits(self, crm: Crm, files):
        done = crm.here("pack", "install", files["deal"], "--json").json
        assert done["changes"][1] == {
            "change": "add",
            "noun": "type",
            "ref": "deal",
            "values": {"label": "Deal", "label_zh": "商机", "category": "sales"},
        }
        assert "document" not in done["changes"][-1]["values"]
        assert done["kept"] == []
        assert done["waiting"] == ["deal.account", "deal.fair", "deal.fair-deals"]

    def test_dry_run_does_nothing(self, crm: Crm, files):
        outcome = crm.here("pack", "install", files["deal"], "--dry-run")
        assert "+ add type deal" in outcome.lines
        assert outcome.err.endswith("undone again (dry run)\n")
        assert not os.path.exists(crm.path)

    def test_of_what_is_none_makes_no_workspace(self, crm: Crm):
        assert "did you mean customer?" in crm.refused("pack", "install", "custmer", code=3)
        crm.refused("pack", "install", "./nowhere.yaml", code=3)
        crm.refused("pack", "install", crm.file("x.yaml", "types: {}"), code=1)
        crm.refused("pack", "install", code=2)
        assert not os.path.exists(crm.path)

    def test_refuses_a_type_of_ones_own_and_names_the_way(self, crm: Crm, files):
        crm.script("type add deal\nfield add deal.title_text --title")
        error = crm.refused("pack", "install", files["deal"], code=5)
        assert "[exists]" in error and "crmtui pack install deal --merge" in error
        crm.here("pack", "install", files["deal"], "--merge")
        assert "deal.value" in crm.here("field", "list", "deal", "--ids").lines

    def test_is_one_act_that_can_be_undone(self, crm: Crm, files):
        crm.here("pack", "install", files["account"])
        before = crm.here("export").out
        crm.here("pack", "install", files["fair"])
        crm.here("undo")
        assert crm.here("export").out == before
        states = {state["key"]: state for state in crm.here("pack", "list", "--json").json}
        assert "fair" not in states
        assert "+ restore type fair" in crm.here("pack", "install", files["fair"]).lines

    def test_runs_in_a_batch(self, crm: Crm, files):
        crm.script(f"pack install {files['account']}\nrecord add account name=Acme\n")
        assert crm.count("account") == 1


class TestUpgrade:
    def test_brings_a_newer_file_in_and_says_what_stays(self, crm: Crm, files):
        crm.here("pack", "install", files["deal"])
        crm.here("field", "set", "deal.value", "--label", "Worth")
        newer = DEAL.replace('version: "1"', 'version: "2"').replace("label: Value", "label: Sum")
        newer = newer.replace("label: Note", "label: Remark")
        outcome = crm.here("pack", "upgrade", crm.file("new.yaml", newer))
        assert outcome.lines == [
            "~ set field deal.note: label=Remark",
            "~ set pack deal: version=2",
        ]
        kept = "kept: field deal.value: label stays as it is; the pack says Sum"
        assert kept in outcome.err.splitlines()
        assert crm.here("pack", "upgrade", crm.folder / "new.yaml").out == ""

    def test_without_names_is_of_all_that_are_installed(self, crm: Crm, files):
        crm.here("pack", "install", files["deal"])
        assert crm.here("pack", "upgrade").err == (
            "left out until what they name is there: deal.account, deal.fair, deal.fair-deals\n"
            "nothing to change\n"
        )

    def test_of_what_is_not_installed(self, crm: Crm, files):
        crm.here("pack", "install", files["deal"])
        assert "is not installed  [not-installed]" in crm.refused("pack", "upgrade", "lead", code=3)


class TestRemove:
    def test_refuses_what_holds_records_unless_forced(self, crm: Crm, files):
        crm.here("pack", "install", files["account"])
        crm.here("record", "add", "account", "name=Acme")
        error = crm.refused("pack", "remove", "account", code=1)
        assert "there are records of account (1)" in error
        outcome = crm.here("pack", "remove", "account", "--force")
        assert outcome.lines == [
            "- retire type account",
            "- retire pack account",
            "- retire category sales",
        ]
        assert crm.here("type", "list").out == ""
        crm.here("pack", "install", files["account"])
        assert crm.values("account", "name") == ["Acme"]

    def test_dry_run_and_json(self, crm: Crm, files):
        crm.here("pack", "install", files["account"])
        before = crm.everything()
        told = crm.here("pack", "remove", "account", "--dry-run", "--json").json
        assert told["changes"][0]["change"] == "remove"
        assert crm.everything() == before

    def test_of_what_is_not_installed(self, crm: Crm, files):
        crm.here("pack", "install", files["account"])
        error = crm.refused("pack", "remove", "acount", code=3)
        assert "did you mean account?" in error


class TestInit:
    def test_makes_the_workspace_with_its_packs_in_one_act(self, crm: Crm, files):
        outcome = crm("init", "--pack", f"{files['deal']},{files['account']}")
        assert outcome.lines == [crm.path]
        assert "types: deal, account" in outcome.err
        entries = crm.here("log", "--json").json
        assert len({entry["at"] for entry in entries}) == 1
        assert entries[0]["command"].startswith("init --pack")

    def test_in_an_empty_folder_without_a_place_named(self, crm: Crm, files, monkeypatch):
        monkeypatch.delenv("CRMTUI_DB")
        folder = crm.folder / "empty"
        folder.mkdir()
        made = run("init", "--pack", files["account"], "--lang", "zh", cwd=folder)
        assert made.code == 0
        types = run("type", "list", "--ids", cwd=folder)
        assert types.out == "account\n"

    def test_of_what_is_none_makes_nothing(self, crm: Crm):
        assert "[no-such-pack]" in crm.refused("init", "--pack", "customer,deel", code=3)
        bad = crm.file("bad.yaml", ACCOUNT.replace("kind: link, to: deal", "pattern: '['"))
        crm.refused("init", "--pack", bad, code=(1, 2))
        assert not os.path.exists(crm.path)

    def test_where_there_is_one_changes_nothing(self, crm: Crm, files):
        crm("init")
        crm.refused("init", "--pack", files["account"], code=5)


def test_completion_offers_packs_and_groups(crm: Crm):
    from click.testing import CliRunner

    words = {"COMP_WORDS": "crmtui pack install s", "COMP_CWORD": "3"}
    from crmtui.cli import cli

    done = CliRunner().invoke(
        cli, env={"_CRMTUI_COMPLETE": "bash_complete", **words}, prog_name="crmtui"
    )
    assert [line.partition(",")[2] for line in done.output.split()] == [
        "service_request",
        "sales",
        "service",
    ]
    assert call("pack", "--help").code == 0
