"""Definitions of other systems become types: brought about by command, then worked with."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from crmtui.store import spec
from tests.journeys.converting.drafts import Draft
from tests.journeys.converting.page import DEFINITIONS, FORMATS
from tests.journeys.converting.sets import CONVERTERS
from tests.journeys.converting.verdicts import (
    APPROXIMATED,
    EXPRESSED,
    GRADES,
    IMPOSSIBLE,
    SORTS,
    counted,
    not_found,
)
from tests.support.cli import REPOSITORY, Crm

LOST = {
    "espocrm": [
        "Account.opportunityCount",
        "Campaign.sentCount",
        "Opportunity.margin",
        "Task.secret",
    ],
    "frappe": ["CRM Deal.approve", "CRM Deal.approver", "CRM Deal.portal_password"],
    "salesforce": [
        "Account.Region_stays",
        "Account.Tax_Id__c",
        "Contact.Newsletter_From__c",
        "Opportunity-Opportunity Layout: RelatedContactRoleList",
        "Opportunity.Half_Life__c",
        "Opportunity.Managers_only",
        "Opportunity.No_way_back",
        "Opportunity.Owner_Department__c",
    ],
}
"""What is lost of each set; nothing else may be."""


def converted(key: str) -> Draft:
    return CONVERTERS[key](DEFINITIONS / key)


def brought_about(crm: Crm, key: str) -> Draft:
    """A set of definitions, converted and applied."""
    draft = converted(key)
    file = crm.file(f"{key}.yaml", json.dumps(draft.document(), ensure_ascii=False))
    crm("apply", "-f", file)
    return draft


@pytest.mark.parametrize("key", FORMATS)
class TestEverySet:
    def test_it_is_applied_whole_and_there_is_nothing_left_to_do(self, crm: Crm, key: str):
        draft = brought_about(crm, key)
        file = crm.folder / f"{key}.yaml"
        assert crm.here("diff", "-f", file).out == ""
        assert "nothing to change" in crm.here("apply", "-f", file).err
        exported = crm.file("exported.yaml", crm.here("export").out)
        assert crm.here("diff", "-f", exported).out == ""
        assert len(crm.here("type", "list", "--json").json) == len(draft.types)

    def test_what_is_said_to_be_there_is_found_again(self, crm: Crm, key: str):
        draft = brought_about(crm, key)
        wanted = spec.read(json.dumps(draft.document()), "converted")
        found = spec.read(crm.here("export").out, "exported")
        assert not_found(draft.verdicts, wanted, found) == []

    def test_only_what_is_known_to_be_lost_is_lost(self, key: str):
        lost = [verdict for verdict in converted(key).verdicts if verdict.grade == IMPOSSIBLE]
        assert sorted(verdict.source for verdict in lost) == LOST[key]

    def test_what_is_not_as_it_was_has_a_reason_and_what_is_has_none(self, key: str):
        for verdict in converted(key).verdicts:
            assert bool(verdict.why) == (verdict.grade != EXPRESSED), verdict
            assert verdict.sort in SORTS
            assert bool(verdict.place) == (verdict.grade != IMPOSSIBLE), verdict

    def test_the_page_has_the_counts(self, key: str):
        text = (REPOSITORY / "docs" / "expressiveness.md").read_text(encoding="utf-8")
        part = text.partition(f"## {FORMATS[key]}\n")[2].partition("\n## ")[0]
        for sort, grades in counted(converted(key).verdicts).items():
            row = " | ".join(str(grades[grade]) for grade in GRADES)
            assert f"| {sort} | {row} |" in part


def test_a_thing_that_is_missing_from_the_configuration_is_noticed():
    """What the other tests stand on: the check itself can fail."""
    draft = converted("frappe")
    wanted = draft.document()
    stages = [v for v in draft.verdicts if v.place == ("types", "deal", "stages", "won")]
    for change in ({"outcome": "lost"}, {"label": "Won?"}, {"probability": 99}):
        found = json.loads(json.dumps(wanted))
        found["types"]["deal"]["stages"]["won"] |= change
        assert stages[0] in not_found(draft.verdicts, wanted, found)
    found = json.loads(json.dumps(wanted))
    del found["types"]["deal"]["fields"]["shade"]
    missing = {verdict.source for verdict in not_found(draft.verdicts, wanted, found)}
    assert missing == {"CRM Deal.shade"}


def test_every_field_of_a_definition_gets_a_verdict():
    """Counted from the files by other means than the converters."""
    defs = DEFINITIONS / "espocrm" / "metadata" / "entityDefs"
    stated = {
        f"{path.stem}.{name}"
        for path in defs.glob("*.json")
        for name in json.loads(path.read_text())["fields"]
    }
    told = {v.source for v in converted("espocrm").verdicts if v.sort == "field"}
    assert told == stated
    doctypes = [json.loads(p.read_text()) for p in (DEFINITIONS / "frappe").glob("crm_*.json")]
    stated = {
        f"{doctype['name']}.{field['fieldname']}"
        for doctype in doctypes
        if doctype["name"] != "CRM Deal Status"
        for field in doctype["fields"]
        if not field["fieldtype"].endswith("Break")
    }
    told = {v.source for v in converted("frappe").verdicts if v.sort == "field"}
    assert told == stated


def worked(crm: Crm, key: str) -> None:
    """Work with the types of a set, by the command lines of its file.

    One that begins with `!` must be refused, saying what stands after `#`.
    """
    brought_about(crm, key)
    for line in (DEFINITIONS / "records" / f"{key}.txt").read_text().splitlines():
        words, _, said = line.partition(" # ")
        if words.startswith("!"):
            outcome = crm.here(*shlex.split(words[1:]), code=1)
            assert said in outcome.err, line
        else:
            crm.here(*shlex.split(words))


def shown(crm: Crm, ref: str) -> Any:
    return crm.here("record", "show", ref, "--json").json


def test_espocrm_rules_hold(crm: Crm):
    worked(crm, "espocrm")
    assert shown(crm, "opportunity/3")["amount_converted"] == 710
    assert shown(crm, "contact/1")["account_type"] == "customer"
    assert shown(crm, "meeting/1")["duration"] == 90 * 60
    assert shown(crm, "opportunity/1")["number"].endswith("00001")
    board = crm.here("stage", "list", "opportunity", "--json").json
    assert [(s["key"], s["outcome"], s["probability"]) for s in board][-2:] == [
        ("closed_won", "won", 100),
        ("closed_lost", "lost", 0),
    ]


def test_frappe_rules_hold(crm: Crm):
    worked(crm, "frappe")
    deal = shown(crm, "deal/1")
    assert deal["website"] == "https://acme.example"
    assert deal["naming_series"].startswith("CRM-DEAL-2")
    assert shown(crm, "task/1")["start_date"] is not None


def test_salesforce_rules_hold(crm: Crm):
    worked(crm, "salesforce")
    account = shown(crm, "account/1")
    assert (account["won_value"], account["open_deals"], account["size"]) == (2000, 0, "Medium")
    assert account["map"] == "https://maps.example/?q=Acme"
    contact = shown(crm, "contact/1")
    assert contact["account_industry"] == "Education"
    assert contact["parent_phone"] == "+41446681800"
    assert contact["speaks_chinese"] is True
    deal = shown(crm, "opportunity/2")
    assert (deal["net_amount"], deal["discount_share"], deal["days_left"]) == (1500, 25, 0)
    assert (deal["grade"], deal["follow_up"]) == ("A New Business", "2099-08-17")
    assert deal["first_of_quarter"] == "2099-04-01"
    invoice = shown(crm, "invoice/1")
    assert (invoice["total"], invoice["free_lines"], invoice["largest"]) == (21, 1, 99)
    line = shown(crm, "invoice_line/1")
    assert (line["sku"], line["clean_name"]) == ("GEA-0002", "gear_box")


def test_forms_have_the_sections_of_the_layouts(crm: Crm):
    brought_about(crm, "espocrm")
    form = crm.here("layout", "show", "opportunity", "--json").json
    text = json.dumps(form)
    for label in ("Overview", "Terms", "Loss"):
        assert f'"{label}"' in text
    assert APPROXIMATED in {v.grade for v in converted("espocrm").verdicts if v.sort == "layout"}


def test_the_script_prints_the_counts_of_a_folder(tmp_path: Path):
    import subprocess
    import sys

    words = ("-m", "tests.journeys.converting", "frappe", str(DEFINITIONS / "frappe"))
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0].split("\t")[1:] == list(GRADES)
    assert "not found again: []" in lines
    assert "1\timpossible\tfield\tButton\truns program code" in lines
