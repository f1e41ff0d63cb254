"""What is computed and not kept: formulas, lookups over a link, rollups over a relation."""

from math import isinf
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

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.default is not None or field.write_once:
            raise BadValue("computed", N_("is computed and cannot be set"))
        if field.required or field.required_when or field.read_only_when:
            raise BadValue("computed", N_("is computed and cannot be required"))


class FormulaKind(ComputedKind):
    """A formula that does not say what it is shown as: a number or a text, as it comes."""

    key = "formula"
    settings = frozenset({"formula", "result", "scale", "currency"})

    def plain(self, value: Any, field: Field) -> str:
        return str(self.json(value, field))

    def json(self, value: Any, field: Field) -> Any:
        if isinstance(value, float) and isinf(value):
            return str(value)  # JSON has no number for it
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        # Twelve digits: what double precision adds behind them is none of the user's numbers.
        return float(f"{value:.12g}") if isinstance(value, float) else value


class LookupKind(ComputedKind):
    key = "lookup"
    settings = frozenset({"source"})


class RollupKind(ComputedKind):
    key = "rollup"
    settings = frozenset({"source", "measure", "condition", "scale"})


KINDS: tuple[Kind, ...] = (FormulaKind(), LookupKind(), RollupKind())
