"""What changes do to records: told in numbers, before and while they are made."""

from typing import Any

import pytest

from crmtui.store import spec
from crmtui.store.errors import Conflict, Refused
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump, journal


@pytest.fixture
def deals(workspace: Workspace) -> Workspace:
    """Eight deals, one of them removed: some with a value, a source and a note."""
    changed(workspace, "field add deal.tags kind=multichoice\noption add deal.tags.hot")
    with workspace.intent():
        for number in range(1, 9):
            values: dict[str, Any] = {"name": f"Deal {number}", "seats": number}
            if number % 2:
                values |= {"value": number * 100, "source": "web", "notes": f"{number}"}
            if number == 2:
                values |= {"source": "fair", "notes": "two", "tags": "hot"}
            workspace.add("deal", values, "lead" if number < 4 else "won")
        workspace.remove("deal/7")
    return workspace


def proposal(workspace: Workspace, document: str, **wanted: Any) -> list[tuple[str, str]]:
    """The code and the words of every effect, with the examples."""
    found = workspace.proposal(spec.read(document, "x"), **wanted)
    return [(e.code, " ".join([str(e.message), *e.examples])) for e in found.effects]


class TestEffects:
    @pytest.mark.parametrize(
        ("document", "code", "told"),
        [
            (
                "fields: {value: {required: true}}",
                "missing-values",
                "4 records have no value for deal.value, which becomes required"
                " deal/2 deal/4 deal/6 deal/8",
            ),
            (
                "fields: {size: {required: true}}",
                "missing-values",
                "7 records have no value for deal.size, which becomes required"
                " deal/1 deal/2 deal/3 deal/4 deal/5",
            ),
            (
                "fields: {value: {required_when: seats > 4}}",
                "broken-rule",
                "2 records are against required_when of deal.value deal/6 deal/8",
            ),
            (
                "fields: {value: {required: true, visible_when: seats > 4}}",
                "broken-rule",
                "4 records are against required, visible_when of deal.value"
                " deal/1 deal/3 deal/6 deal/8",
            ),
            (
                "fields: {value: {min: 200}}",
                "values-outside",
                "1 values of deal.value are outside its new bounds deal/1",
            ),
            (
                "fields: {notes: {pattern: '[0-9]+'}, name: {max_length: 5}}",
                "values-outside",
                "7 values of deal.name are outside its new bounds"
                " deal/1 deal/2 deal/3 deal/4 deal/5",
            ),
            (
                "fields: {notes: {retired: true}}",
                "hidden-values",
                "4 values of deal.notes are hidden; they stay deal/1 deal/2 deal/3 deal/5",
            ),
            (
                "fields: {notes: {kind: integer}}",
                "lost-values",
                "1 of 4 values of deal.notes cannot be converted deal/2",
            ),
            (
                "fields: {source: {options: {web: {retired: true}}}}",
                "held-option",
                "3 records have the option deal.source.web, which stays readable"
                " deal/1 deal/3 deal/5",
            ),
            (
                "fields: {tags: {options: {hot: {retired: true}}}}",
                "held-option",
                "1 records have the option deal.tags.hot, which stays readable deal/2",
            ),
            (
                "fields: {source: {options: {web: {merged_from: [fair]}}}}",
                "merged-option",
                "1 records have the option deal.source.fair and get web deal/2",
            ),
            (
                "fields: {source: {options: {web: {when: seats > 1}}}}",
                "broken-rule",
                "1 records are against when of deal.source.web deal/1",
            ),
            (
                "stages: {won: {retired: true, move_to: lead.waiting}}",
                "moved-records",
                "4 records stand at stage deal.won and go to lead.waiting"
                " deal/4 deal/5 deal/6 deal/8",
            ),
            (
                "stages: {lead: {statuses: {open: {retired: true, move_to: won}}}}",
                "moved-records",
                "3 records stand at status deal.lead.open and go to won deal/1 deal/2 deal/3",
            ),
            (
                "validations: {cap: {rule: seats < 6}}",
                "broken-rule",
                "2 records do not satisfy the validation cap deal/6 deal/8",
            ),
            (
                "retired: true",
                "hidden-records",
                "7 records of deal are hidden; they stay deal/1 deal/2 deal/3 deal/4 deal/5",
            ),
        ],
    )
    def test_are_told_of_the_live_records(
        self, deals: Workspace, document: str, code: str, told: str
    ):
        before = dump(deals.path)
        assert (code, told) in proposal(deals, f"types: {{deal: {{{document}}}}}")
        assert dump(deals.path) == before

    @pytest.mark.parametrize(
        "document",
        [
            "label: Sale",
            "fields: {seats: {required: true, min: 1, max: 8}}",
            "fields: {name: {max_length: 6}, notes: {kind: text}}",
            "fields: {seats: {required_when: value > 1}}",
            "validations: {cap: {rule: seats < 9}}",
            "validations: {cap: {rule: value > 50}}",
            "stages: {lost: {retired: true}}",
            "fields: {source: {options: {mail: {label: Mail}}}}",
        ],
    )
    def test_are_not_told_where_there_are_none(self, deals: Workspace, document: str):
        assert proposal(deals, f"types: {{deal: {{{document}}}}}") == []

    def test_of_a_rule_are_counted_when_everything_is_done(self, deals: Workspace):
        document = "validations: {cap: {rule: seats < 8 and stage = 'won'}}, stages: {lead: {%s}}"
        moving = document % "retired: true, move_to: won"
        codes = dict(proposal(deals, f"types: {{deal: {{{moving}}}}}"))
        assert codes["broken-rule"] == "1 records do not satisfy the validation cap deal/8"

    def test_of_a_type_made_in_the_same_document_are_none(self, deals: Workspace):
        document = (
            "types: {invoice: {fields: {name: {required: true, min_field: }}, stages: [new]}}"
        )
        assert proposal(deals, document) == []


class TestLoss:
    DOCUMENT = "types: {deal: {fields: {notes: {kind: integer}, source: {kind: integer}}}}"

    def test_is_refused_and_named_by_its_worst(self, deals: Workspace):
        before = dump(deals.path)
        with pytest.raises(Refused) as caught:
            deals.apply(spec.read(self.DOCUMENT, "x"))
        assert caught.value.code == "data-loss"
        assert str(caught.value.message) == (
            "4 of 4 values of deal.source cannot be converted: deal/1, deal/2, deal/3, deal/5;"
            " and 1 more losses"
        )
        assert "--allow-data-loss" in str(caught.value.hint)
        assert dump(deals.path) == before

    def test_is_taken_when_allowed(self, deals: Workspace):
        done = deals.apply(spec.read(self.DOCUMENT, "x"), allow_data_loss=True)
        assert [effect.loss for effect in done.effects] == [True, True]
        assert [r.values["notes"] for r in deals.records("deal", fields=["notes"])][:3] == [
            1,
            None,
            3,
        ]

    def test_retiring_is_none(self, deals: Workspace):
        deals.apply(spec.read("types: {deal: {fields: {notes: {retired: true}}}}", "x"))
        assert "notes" not in deals.type("deal").field_by_key


class TestAnAct:
    def test_is_one_and_can_be_undone_whole(self, deals: Workspace):
        before = deals.document()
        document = """
        types:
          sale:
            renamed_from: deal
            label: Sale
            list: [name, seats]
            form: [{key: basic, fields: [name, seats]}]
            fields:
              seats: {min: 0, indexed: true, required_when: value > 5}
              notes: {retired: true}
              source: {options: {site: {renamed_from: web, color: red}}}
            stages: {lost: {retired: true}}
            validations: {cap: {rule: seats < 9}}
        """
        acts = len({entry.id for entry in deals.log()})
        done = deals.apply(spec.read(document, "x"))
        assert len(done.changes) > 8
        assert len(list(deals.log())) > acts
        assert len(deals.undo()) > 0
        assert deals.document() == before

    def test_without_effect_writes_nothing(self, deals: Workspace):
        document = spec.read(spec.write(deals.document()), "x")
        deals.apply(document)
        before = dump(deals.path)
        assert deals.apply(document).changes == []
        assert dump(deals.path) == before

    def test_leaves_out_what_is_so_already_in_other_words(self, deals: Workspace):
        document = "types: {deal: {fields: {value: {currency: usd}}, form: [{key: a, columns: 1}]}}"
        deals.apply(spec.read(document, "x"))
        assert deals.apply(spec.read(document, "x")).changes == []
        assert deals.proposal(spec.read(document, "x")).changes == []


class TestDrift:
    DOCUMENT = """
    types:
      deal:
        label: Deal
        fields: {value: {label: Value}, notes: {}}
        stages: {lead: {}, won: {}, lost: {}}
    """

    @pytest.fixture
    def applied(self, deals: Workspace) -> Workspace:
        deals.apply(spec.read(self.DOCUMENT, "x"))
        return deals

    @pytest.mark.parametrize(
        ("elsewhere", "told"),
        [
            ("field set deal.value label=Sum", "label of field deal.value was changed to Sum by "),
            ("field remove deal.notes", "retire field deal.notes: done by "),
            ("field rename deal.notes text", "rename field deal.notes to text: done by "),
            ("stage order deal won lead", "order the stages of deal: won, lead: done by "),
            ("type set deal label=", "label of type deal was changed to  by "),
        ],
    )
    def test_is_what_would_be_overwritten(self, applied: Workspace, elsewhere: str, told: str):
        changed(applied, elsewhere)
        document = spec.read(self.DOCUMENT, "x")
        drift = applied.proposal(document).drift
        assert [str(each.message)[: len(told)] for each in drift] == [told]
        assert "with 'test' on 20" in str(drift[0].message)
        before = dump(applied.path)
        with pytest.raises(Conflict) as caught:
            applied.apply(document)
        assert caught.value.code == "changed-elsewhere"
        assert dump(applied.path) == before
        applied.apply(document, overwrite=True)
        assert applied.proposal(document).changes == []

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "field set deal.value help=x",
            "field set deal.seats label=Seats",
            "field add deal.size",
            "type add invoice",
            "field set deal.value label=Value",
        ],
    )
    def test_is_not_what_the_document_leaves_alone(self, applied: Workspace, elsewhere: str):
        changed(applied, elsewhere)
        done = applied.apply(spec.read(self.DOCUMENT.replace("Deal", "Sale"), "x"))
        assert done.drift == []

    def test_is_there_when_pruning_would_retire_what_was_added(self, applied: Workspace):
        changed(applied, "field add deal.size")
        document = spec.read(self.DOCUMENT, "x")
        drift = applied.proposal(document, prune=True).drift
        assert [str(each.message).partition(":")[0] for each in drift] == ["add field deal.size"]

    def test_is_forgotten_once_a_document_agrees(self, applied: Workspace):
        changed(applied, "field set deal.value label=Sum")
        agreeing = self.DOCUMENT.replace("label: Value", "label: Sum")
        assert applied.apply(spec.read(agreeing, "x")).changes == []
        assert applied.apply(spec.read(self.DOCUMENT, "x")).drift == []

    def test_stays_while_documents_speak_of_other_things(self, applied: Workspace):
        changed(applied, "field set deal.value label=Sum")
        applied.apply(spec.read("types: {account: {label: Customer}}", "x"))
        assert len(applied.proposal(spec.read(self.DOCUMENT, "x")).drift) == 1

    def test_follows_a_rename(self, applied: Workspace):
        changed(applied, "field set deal.value label=Sum\ntype rename deal sale")
        document = self.DOCUMENT.replace("deal:", "sale:")
        assert len(applied.proposal(spec.read(document, "x")).drift) == 1
        renaming = self.DOCUMENT.replace("deal:", "offer:\n        renamed_from: sale")
        drift = applied.proposal(spec.read(renaming, "x")).drift
        assert "label of field deal.value" in " ".join(str(each.message) for each in drift)

    def test_is_none_before_the_first_apply(self, deals: Workspace):
        assert deals.proposal(spec.read(self.DOCUMENT.replace("Deal", "x"), "x")).drift == []
        assert ("configure", "deal") in journal(deals)
