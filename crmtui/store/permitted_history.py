"""What of the journal an actor may know of who is no administrator.

Of a record whose history they may see, an entry tells what they would see of the record now: the
values of hidden fields are left out, masked ones are masked by the SQL that masks the record
itself, statuses that they may not see are left out, and so is an entry of which nothing is left to
tell. Of the configuration they see what is about types that they may configure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.model.nouns import NOUNS
from crmtui.store.database import Database, quoted
from crmtui.store.journal import erased, is_erased
from crmtui.store.policy import ALIAS, Policy
from crmtui.store.visible import VisibleCatalog

Sides = tuple[Any, Any]
"""A stored value before and after a change."""

_VERBS = frozenset("add set move remove restore import order rename merge purge".split())
_COMMANDS = frozenset(
    {*NOUNS, *"record layout apply batch demo init pack tui undo".split()} - {"permission"}
)


class PermittedHistory:
    """Says what of the journal's rows one actor may know of.

    Args:
        policy: what they may do.
        visible: what they may know of.
    """

    def __init__(self, database: Database, policy: Policy, visible: VisibleCatalog) -> None:
        self._database = database
        self._policy = policy
        self._visible = visible
        self._fields: dict[int, dict[str, Field]] = {}

    def lets_any(self) -> bool:
        """Whether there is any type of whose past the actor may know something."""
        return any(
            (policy := self._policy.on(whole)).visible
            and (policy.lets("history") or policy.lets("configure"))
            for whole in self._policy.catalog.types(retired=True)
        )

    def rows(self, of: Type | None = None) -> str:
        """The SQL that holds for the rows of a journal `j` that the actor may know of.

        Args:
            of: the type that they are about, as the actor sees it; None for any.
        """
        whole: list[str] = []
        partly: list[str] = []
        configured: list[str] = []
        catalog = self._policy.catalog
        for type_ in [catalog.type(of.key, retired=True)] if of else catalog.types(retired=True):
            policy = self._policy.on(type_)
            if not policy.visible:
                continue
            if policy.lets("configure"):
                configured.append(str(type_.id))
            if not policy.lets("history"):
                continue
            condition = policy.condition("history")
            if condition == "1":
                whole.append(str(type_.id))
                continue
            table = quoted(type_.key)
            there = f"SELECT 1 FROM {table} {ALIAS} WHERE {ALIAS}.id = j.record_id"
            partly.append(f"WHEN {type_.id} THEN EXISTS ({there} AND ({condition}))")
        parts = [f"(j.op = 'configure' AND j.type_id IN ({', '.join(configured)}))"]
        records = [f"j.type_id IN ({', '.join(whole)})"] if whole else []
        if partly:
            records.append(f"CASE j.type_id {' '.join(partly)} ELSE 0 END")
        if records:
            parts.append(f"(j.op <> 'configure' AND ({' OR '.join(records)}))")
        return f"({' OR '.join(parts)})"

    def type(self, type_id: int) -> Type | None:
        """The type of that id as the actor sees it; None when they know of none."""
        return self._visible.by_id(type_id)

    def values(
        self, type_id: int, record_id: int, changes: Mapping[str, Sides]
    ) -> dict[str, Sides]:
        """Of the values of a record before and after, by the ids of fields, what the actor sees."""
        whole = self._policy.catalog.by_id(type_id)
        if whole is None:
            return {}
        if type_id not in self._fields:
            self._fields[type_id] = {str(field.id): field for field in whole.all_fields}
        known = self._fields[type_id]
        found: dict[str, Sides] = {}
        masked: dict[str, str] = {}
        for key, sides in changes.items():
            field = known.get(key)
            # Nothing says any more whether a purged field was one that the actor might see.
            shown = self._visible.shown(whole, field, "v.value") if field else None
            if field is None or shown is None:
                continue
            if field.kind == "multilink":
                found[key] = self._links(whole, field, sides)
            elif shown == "v.value":
                found[key] = sides
            else:
                masked[key] = shown
        if masked:
            found |= self._masked(whole, record_id, masked, changes)
        return {key: found[key] for key in changes if found.get(key, (None, None)) != (None, None)}

    def _masked(
        self,
        whole: Type,
        record_id: int,
        masked: Mapping[str, str],
        changes: Mapping[str, Sides],
    ) -> dict[str, Sides]:
        """Values as the policy would show them if the record had them now."""
        sides = [(key, at) for key in masked for at in (0, 1)]
        values = ", ".join(
            f"(SELECT {masked[key]} FROM (SELECT ? AS value) v)" for key, _at in sides
        )
        sql = f"SELECT {values} FROM {quoted(whole.key)} {ALIAS} WHERE {ALIAS}.id = ?"
        bound = [changes[key][at] for key, at in sides]
        # Of what was erased no more is told than that, and only where a value would be shown.
        plain = ["" if is_erased(value) else value for value in bound]
        row = self._database.execute(sql, (*plain, record_id)).fetchone()
        told = [
            erased() if is_erased(value) and shown is not None else shown
            for value, shown in zip(bound, row or [None] * len(bound), strict=True)
        ]
        return {key: (told[2 * n], told[2 * n + 1]) for n, key in enumerate(masked)}

    def _links(self, whole: Type, field: Field, sides: Sides) -> Sides:
        """The links of a multilink to records that the actor may see."""
        seen = self._visible.type(whole.key, retired=True)
        shown = next(each for each in seen.all_fields if each.id == field.id)
        if shown.kind != "multilink":
            before, after = ("****" if side else None for side in sides)
            return before, after
        assert field.target is not None
        ids = {each for side in sides for each in side or () if isinstance(each, int)}
        source = self._visible.source(field.target)
        marks = ", ".join(map(str, ids))
        rows = self._database.execute(f"SELECT r.id FROM {source} r WHERE r.id IN ({marks})")
        readable = {row[0] for row in rows}

        def left(side: Any) -> Any:
            if not isinstance(side, list | tuple):
                return side
            return [each for each in side if each in readable] or None

        return left(sides[0]), left(sides[1])

    def status(self, type_id: int, status_id: int | None) -> bool:
        """Whether the actor may know of a status of a type."""
        seen = self._visible.by_id(type_id)
        stages = seen.all_stages if seen else ()
        return any(each.id == status_id for stage in stages for each in stage.statuses)

    def command(self, text: str) -> str:
        """Of what was typed the words that are the program's own: the rest may name anything."""
        return own_words(text)


def own_words(command: str) -> str:
    """The first words of a command line that are the program's own: `record set`, `batch`, `tui`.

    What follows names records and fields, and whoever reads it may know of others.
    """
    words: Sequence[str] = re.findall(r"\S+", command)
    for at, word in enumerate(words):
        if word in _COMMANDS:
            following = words[at + 1] if at + 1 < len(words) else ""
            return f"{word} {following}" if following in _VERBS else word
    return ""
