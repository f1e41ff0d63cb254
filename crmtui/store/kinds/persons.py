"""The names of persons."""

from collections.abc import Mapping
from typing import Any

from crmtui.model.definitions import Field
from crmtui.store.kinds.base import Kind, Stored, folded
from crmtui.store.kinds.structured import StructuredKind, is_wide


class PersonKind(StructuredKind):
    """The name of a person: whole, in parts, or both. A whole name is never taken apart."""

    key = "person"
    settings = frozenset({"unique_as"})
    can_be_title = True
    parts = ("full", "prefix", "first", "middle", "last", "suffix")
    main = "full"

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        parts = self.split(value)
        return parts.get("full") or composed(parts)

    def named(self, value: Any, field: Field) -> str:
        return self.shown(value, field)

    def folded(self, value: Any, field: Field) -> str:
        return folded(self.shown(value, field))

    def expression(self, column: str, field: Field) -> str:
        return self.part(column, "full")

    def order(self, column: str) -> str:
        return f"{self.part(column, 'full')} COLLATE NOCASE"

    def with_parts(self, kept: Stored, given: Mapping[str, Any], field: Field) -> Any:
        before = self.split(kept) if kept is not None else {}
        if before.get("full") == composed(before):
            # It only repeats the parts, and so follows them.
            before.pop("full", None)
        return {**before, **given}

    def _completed(self, parts: dict[str, str]) -> dict[str, str]:
        if parts and "full" not in parts:
            parts["full"] = composed(parts)
        return parts


KINDS: tuple[Kind, ...] = (PersonKind(),)


def composed(parts: Mapping[str, str]) -> str:
    """The whole name that parts make: family name first where its script has it so."""
    if is_wide(parts.get("last", "") + parts.get("first", "")):
        return "".join(
            parts.get(name, "") for name in ("last", "middle", "first", "prefix", "suffix")
        )
    names = ("prefix", "first", "middle", "last", "suffix")
    return " ".join(parts[name] for name in names if parts.get(name))
