"""The definitions of a workspace: loaded a type at a time, and forgotten when they change."""

import pytest

from crmtui.model.definitions import Field, Status, Type
from crmtui.store.errors import NotFound
from tests.support.workspaces import changed


def test_a_type_is_found_by_its_key_in_any_letter_case(workspace):
    deal = workspace.type("deal")
    assert workspace.type("DEAL") is deal and workspace.type("deal") is deal
    for key in ("dea1", "deals", "", "deal ", "de al", "deal#2", "\udcff", "x" * 100_000):
        with pytest.raises(NotFound):
            workspace.type(key)


def test_what_was_probably_meant_is_said(workspace):
    with pytest.raises(NotFound, match="did you mean account"):
        workspace.type("acount")
    with pytest.raises(NotFound) as caught:
        workspace.type("zzz")
    assert caught.value.hint == "crmtui type list"


def test_a_retired_type_is_found_when_asked_for(workspace):
    changed(workspace, "type remove deal")
    with pytest.raises(NotFound) as caught:
        workspace.type("deal")
    assert caught.value.hint == "crmtui type restore deal"
    assert workspace.type("deal", retired=True).retired
    assert [t.key for t in workspace.types()] == ["account"]
    assert [t.key for t in workspace.types(retired=True)] == ["account", "deal"]


def test_one_type_and_all_types_are_loaded_alike(workspace):
    for type_ in workspace.types():
        workspace._catalog.forget()
        one = workspace.type(type_.key)
        assert [f.__dict__ for f in one.fields if not f.options] == [
            f.__dict__ for f in type_.fields if not f.options
        ]
        assert [s.key for s in one.stages] == [s.key for s in type_.stages]
        assert [[s.ref for s in g.statuses] for g in one.stages] == [
            [s.ref for s in g.statuses] for g in type_.stages
        ]


def test_a_purged_type_is_nowhere(workspace):
    deal_id = workspace.type("deal").id
    changed(workspace, "type remove deal\ntype purge deal\ntype add deal")
    assert workspace._catalog.by_id(deal_id) is None
    assert workspace.type("deal").id != deal_id and workspace.type("deal").all_fields == ()


def test_definitions_are_values_that_nobody_changes():
    field = Field(id=1, key="close_date", kind="date", label_zh="日期")
    with pytest.raises(AttributeError):
        field.key = "other"  # type: ignore[misc]
    other = field.but(label="Closing")
    assert (other.name(), other.name("zh_CN"), field.label) == ("Closing", "日期", None)
    assert field.name() == "close date" and not field.retired
    assert Status(id=1, key="open", stage="lead").ref == "lead.open"


def test_what_is_worked_out_of_a_definition_does_not_outlive_a_change_of_it():
    type_ = Type(id=1, key="t", all_fields=(Field(id=1, key="a", kind="money"),))
    assert type_.sum_field is type_.fields[0] and type_.title_field is None
    assert type_.but(all_fields=()).fields == ()


def test_the_sum_field_is_the_first_money_field_else_the_first_decimal(workspace):
    assert workspace.type("deal").sum_field.key == "value"
    changed(workspace, "field remove deal.value")
    assert workspace.type("deal").sum_field.key == "rate"
    changed(workspace, "field remove deal.rate")
    assert workspace.type("deal").sum_field is None
    workspace.add("deal", {"name": "a"})
    assert workspace.board("deal")[0].total is None
