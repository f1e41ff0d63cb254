"""Who may configure some types only: documents of those, and of nothing else."""

from typing import Any

import pytest

from crmtui.store import spec
from crmtui.store.errors import Forbidden
from crmtui.store.workspace import Workspace
from tests.support.people import acting_as, granted, member
from tests.support.roles import apply, plan, staff
from tests.support.workspaces import changed


@pytest.fixture
def staffed(workspace: Workspace) -> Workspace:
    """Accounts and deals that have owners, two teams and two roles."""
    return staff(workspace)


class TestWhoMayConfigureSomeTypesOnly:
    @pytest.fixture
    def own(self, staffed: Workspace) -> Any:
        granted(staffed, "designer", "deal", read="all", configure="all")
        granted(staffed, "reader", "account", read="all")
        member(staffed, "alice", roles="designer,reader")
        changed(staffed, "type set deal category=a\ncategory add b")
        with acting_as(staffed, "alice") as opened:
            yield opened

    def test_gets_a_document_of_those(self, own: Workspace, staffed: Workspace):
        document = own.document()
        assert document == staffed.document(["deal"])
        assert list(document["types"]) == ["deal"] and list(document["categories"]) == ["a"]
        assert plan(own, spec.write(document), prune=True) == []
        assert own.document(["deal"]) == document
        with pytest.raises(Forbidden):
            own.document(["account"])
        with pytest.raises(Forbidden):
            own.document(people=True)

    def test_keeps_what_files_say_of_everything_else(self, own: Workspace, staffed: Workspace):
        text = str(staffed.files({"crm.yaml": ""}, people=True)["crm.yaml"])
        assert own.files({"crm.yaml": text}) == {"crm.yaml": text}

    def test_changes_those_by_a_document(self, own: Workspace, staffed: Workspace):
        document = "types: {sale: {renamed_from: deal, fields: {worth: {renamed_from: value}}}}"
        assert apply(own, document) == [
            "rename type deal to sale",
            "rename field sale.value to worth",
        ]
        assert apply(own, "types: {sale: {fields: {size: }}}") == ["add field sale.size"]
        assert "size" in staffed.type("sale").field_by_key

    @pytest.mark.parametrize(
        "document",
        [
            "types: {deal: {label: Sale}, account: {label: Client}}",
            "types: {deal: {label: Sale}, account: {retired: true}}",
            "types: {deal: {label: Sale}, invoice: }",
            "categories: {a: {label: A}}",
            "categories: {b: {label: B}}",
            "roles: {designer: {permissions: {account: {configure: all}}}}",
            "roles: {designer: {permissions: {deal: {update: all}}}}",
            "teams: {north: {label: South}}",
            "users: {alice: {administrator: true}}",
        ],
    )
    def test_changes_nothing_by_one_that_changes_more(
        self, own: Workspace, staffed: Workspace, document: str
    ):
        before = staffed.document(people=True)
        for attempt in (own.apply, own.proposal):
            with pytest.raises(Forbidden) as caught:
                attempt(spec.read(document, "x"))
            assert caught.value.code == "permission"
        assert staffed.document(people=True) == before

    def test_takes_nothing_away_by_leaving_it_out(self, own: Workspace, staffed: Workspace):
        apply(own, "types: {deal: {fields: [name]}}", prune=True)
        assert list(staffed.document()["types"]) == ["account", "deal"]
        assert list(staffed.document()["types"]["deal"]["fields"]) == ["name"]

    def test_hears_of_no_drift_elsewhere_and_settles_none(self, own: Workspace, staffed: Workspace):
        changed(staffed, "type set account label=Client")
        apply(own, "types: {deal: {label: Sale}}", prune=True)
        assert len(staffed.proposal(spec.read("types: {account: {label: A}}", "x")).drift) == 1


class TestWhoMayConfigureNothing:
    def test_learns_nothing_of_the_configuration(self, staffed: Workspace):
        member(staffed, "alice", roles="seller")
        with acting_as(staffed, "alice") as other:
            for attempt in (
                other.document,
                lambda: other.document(["deal"]),
                lambda: other.files({"x": ""}),
                lambda: other.changes_to({"types": {"invoice": {}}}),
                lambda: other.changes_to({}, prune=True),
                lambda: other.copy("deal", "sale"),
                lambda: other.apply({"types": {}}),
            ):
                with pytest.raises(Forbidden) as caught:
                    attempt()
                assert caught.value.code == "not-administrator"
