"""`type`, `field`, `option`, `stage`, `status`: the verbs that every noun has."""

import pytest

from tests.support.cli import Crm


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(
        """
        type add deal --label Deal --label-zh 商机
        field add deal.name --required --title
        field add deal.source --kind choice --option web --option fair=Fair
        stage add deal lead
        stage add deal won --category closed --outcome won
        status add deal.lead waiting
        record add deal name=A source=web
        """
    )
    return crm


def test_what_is_done_is_told_on_standard_error(deals: Crm):
    for words, told in (
        (["type", "add", "a", "b"], "+ add type a\n+ add type b\n"),
        (["field", "add", "deal", "size", "--kind", "integer"], "+ add field deal.size\n"),
        (["field", "set", "deal.size", "--min", "0"], "~ set field deal.size: min=0\n"),
        (["field", "set", "deal.size", "--min", "0"], "unchanged: field deal.size\n"),
        (["field", "set", "deal.size", "--min", ""], "~ set field deal.size: min=\n"),
        (["field", "rename", "deal.size", "seats"], "~ rename field deal.size to seats\n"),
        (["stage", "order", "deal", "won", "lead"], "~ order the stages of deal: won, lead\n"),
        (["option", "add", "deal.source", "x", "y"], None),
        (["status", "remove", "deal.lead.waiting"], "- retire status deal.lead.waiting\n"),
        (["status", "restore", "deal.lead.waiting"], "+ restore status deal.lead.waiting\n"),
        (["type", "remove", "a"], "- retire type a\n"),
        (["type", "purge", "a", "--confirm", "a"], "- purge type a with its data\n"),
        (["type", "add", "c", "-q"], ""),
    ):
        outcome = deals.here(*words)
        assert outcome.out == ""
        if told is not None:
            assert outcome.err == told


def test_the_same_as_json(deals: Crm):
    assert deals.here("type", "add", "x", "--json").json == {
        "change": "add",
        "noun": "type",
        "ref": "x",
    }
    assert deals.here("type", "set", "x", "--label", "X", "--json").json["change"] == "set"
    assert deals.here("type", "set", "x", "--label", "X", "--json").json["change"] == "unchanged"
    told = deals.here("type", "add", "y", "z", "--json").json
    assert [each["ref"] for each in told] == ["y", "z"]


class TestRepeating:
    def test_add_if_not_exists_adds_only_what_is_missing(self, deals: Crm):
        told = deals("type", "add", "account", "deal", "--if-not-exists")
        assert told.err == "+ add type account\nunchanged: type deal\n"
        assert deals.here("type", "list", "--ids").lines == ["deal", "account"]
        before = deals.everything()
        deals.here("stage", "add", "deal", "lead", "--if-not-exists")
        deals.here("field", "add", "deal.name", "--kind", "text", "--if-not-exists")
        deals.here("status", "add", "deal.lead", "waiting", "--if-not-exists")
        assert deals.everything() == before
        deals.here("stage", "add", "deal", "lead", "lost", "--if-not-exists")
        assert "deal.lost" in deals.here("stage", "list", "deal", "--ids").lines

    def test_a_retired_one_is_in_the_way(self, deals: Crm):
        deals.here("type", "add", "old")
        deals.here("type", "remove", "old")
        error = deals.refused("type", "add", "old", "--if-not-exists", code=5)
        assert "the type old exists, retired" in error
        assert "hint: crmtui type restore old" in error

    def test_remove_if_exists_removes_only_what_is_there(self, deals: Crm):
        deals.here("type", "add", "a")
        told = deals("type", "remove", "nothing", "a", "--if-exists")
        assert told.err == "unchanged: type nothing\n- retire type a\n"
        assert deals.here("field", "remove", "nothing.here", "--if-exists").code == 0
        before = deals.everything()
        deals.here("type", "remove", "a", "--if-exists")
        assert deals.everything() == before

    def test_without_them_one_failure_undoes_the_others(self, deals: Crm):
        deals.refused("type", "add", "x", "deal", code=5)
        deals.refused("type", "remove", "deal", "nothing", code=3)


def test_dry_run_says_what_it_would_do_and_does_nothing(deals: Crm):
    before = deals.everything()
    for words in (
        ["type", "add", "x", "-n"],
        ["type", "rename", "deal", "sale", "-n"],
        ["field", "remove", "deal.source", "--dry-run"],
        ["stage", "remove", "deal.lead", "--move-to", "won", "-n"],
        ["option", "set", "deal.source.web", "--label", "Web", "-n"],
        ["record", "add", "deal", "name=B", "-n"],
        ["record", "set", "deal/1", "name=B", "-n"],
        ["record", "move", "deal/1", "won", "-n"],
        ["record", "remove", "deal/1", "-n"],
    ):
        assert deals.here(*words).err.endswith("undone again (dry run)\n")
        assert deals.everything() == before


def test_a_field_has_a_help_text_and_the_command_its_help(deals: Crm):
    deals.here("field", "set", "deal.name", "--help-text", "as they say it", "--help-text-zh", "名")
    shown = deals.here("field", "show", "deal.name", "--json").json
    assert (shown["help"], shown["help_zh"]) == ("as they say it", "名")
    assert deals.here("field", "set", "--help").out.startswith("Usage: crmtui field set")


def test_lists_and_shows_in_every_format(deals: Crm):
    for words, first in (
        (["type", "list"], "deal"),
        (["type", "show", "deal"], "deal"),
        (["field", "list", "deal"], "deal.name"),
        (["field", "show", "deal.name"], "deal.name"),
        (["option", "list", "deal.source"], "deal.source.web"),
        (["option", "show", "deal.source.web"], "deal.source.web"),
        (["stage", "list", "deal"], "deal.lead"),
        (["stage", "show", "deal.lead"], "deal.lead"),
        (["stage", "show", "deal", "lead"], "deal.lead"),
        (["status", "list", "deal.lead"], "deal.lead.open"),
        (["status", "show", "deal.lead.open"], "deal.lead.open"),
        (["record", "list", "deal"], "deal/1"),
        (["record", "show", "deal/1"], "deal/1"),
        (["record", "history", "deal/1"], "deal/1"),
        (["log", "deal", "--limit", "1"], "deal/1"),
    ):
        assert deals.here(*words, "--ids").lines[0] == first, words
        found = deals.here(*words, "--json").json
        row = found[0] if isinstance(found, list) else found
        assert first in row.values()
        assert (
            deals.here(*words, "--format", "ndjson").json if not isinstance(found, list) else True
        )
        header, *rows = deals.here(*words, "--csv").lines
        assert header.split(",") == list(row)
        assert first in rows[0]
        assert first in deals.here(*words).lines[0].split("\t")
        assert first in deals.here(*words, "--format", "table").out
        assert first in deals.here(*words, "--format", "markdown").lines[2]


def test_retired_ones_are_listed_on_request(deals: Crm):
    deals.here("field", "remove", "deal.source")
    assert deals.here("field", "list", "deal", "--ids").lines == ["deal.name"]
    assert deals.here("field", "list", "deal", "--retired", "--ids").lines == [
        "deal.name",
        "deal.source",
    ]
    deals.here("record", "add", "deal", "source=web", code=3)
    deals.here("field", "restore", "deal.source")
    assert deals.values("deal", "source") == ["web"]
