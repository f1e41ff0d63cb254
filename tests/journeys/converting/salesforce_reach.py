"""The fields that formulas of one of Salesforce's objects reach, over links as well."""

from collections.abc import Sequence

from tests.journeys.converting.drafts import Draft, Named, TypeDraft, Untranslatable


class Reach:
    """The fields that formulas of one object reach, over links as well."""

    def __init__(self, draft: Draft, type_: TypeDraft) -> None:
        self._draft = draft
        self._type = type_

    def field(self, path: Sequence[str]) -> Named:
        """The field at a path; over more than one link, through a lookup made for it."""
        if len(path) > 1 and path[0] == self._type.source:
            path = path[1:]
        named = self._type.names.get(path[0])
        if named is None:
            raise Untranslatable(f"names {path[0]}, which is no field")
        if len(path) == 1:
            return named
        if named.kind == "user":
            if path[1:] in (["Name"], ["Id"], ["Username"], ["Alias"]):
                return Named(named.sql, "text")
            raise Untranslatable("asks for what a user is, beyond their name")
        other = self._draft.types.get(named.target or "")
        if other is None:
            raise Untranslatable(f"goes over {path[0]}, which is no link")
        if len(path) > 2:
            return self._beyond(other, named, path)
        if path[1] == "Id":
            return Named(f"{named.sql}.id", "integer")
        found = other.names.get(path[1])
        if found is None:
            raise Untranslatable(f"names {'.'.join(path)}, which is no field")
        return found._replace(sql=f"{named.sql}.{found.sql}")

    def _beyond(self, other: TypeDraft, named: Named, path: Sequence[str]) -> Named:
        inner = Reach(self._draft, other).field(path[1:])
        name = " ".join(path[1:])
        if name not in other.names:
            key = other.add(name, "lookup", label=name.replace("__r", ""), **{"from": inner.sql})
            other.names[name] = inner._replace(sql=key)
        return inner._replace(sql=f"{named.sql}.{other.names[name].sql}")
