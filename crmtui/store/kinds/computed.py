"""What is computed and not kept: formulas, lookups over a link, rollups over a relation."""

from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored


class ComputedKind(Kind):
    """A value that has no column of its own and cannot be set."""

    sql_type = ""
    stored = False
    computed = True
    can_be_unique = False

    def reader(self, field: Field, reading: Reading) -> Reader:
        def read(value: Any) -> Stored:
            raise BadValue("computed", N_("is computed and cannot be set"))

        return read


class FormulaKind(ComputedKind):
    key = "formula"
    settings = frozenset({"formula", "result", "scale", "currency"})


class LookupKind(ComputedKind):
    key = "lookup"
    settings = frozenset({"source"})


class RollupKind(ComputedKind):
    key = "rollup"
    settings = frozenset({"source", "measure", "condition", "scale"})


KINDS: tuple[Kind, ...] = (FormulaKind(), LookupKind(), RollupKind())
