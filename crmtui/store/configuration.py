"""Applying changes to the configuration: one engine for every noun and verb.

What a noun does besides (a column, a table, records to move) is its own class in `nouns`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Definition
from crmtui.model.keys import CONTROL_CHARACTER, closest, normal_key, skeleton
from crmtui.model.message import N_, Message
from crmtui.model.nouns import KIND_ALIASES, NOUNS, Attribute, Noun
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.database import Database
from crmtui.store.errors import Conflict, Misused, NotFound, Refused
from crmtui.store.journal import Journal, now_text
from crmtui.store.nouns import BEHAVIOURS
from crmtui.store.tables import Tables

if TYPE_CHECKING:
    from crmtui.store.guard import Guard


class Configuration:
    """Applies `Change` objects inside the transaction that is open."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        journal: Journal,
        actor_id: int,
        guard: "Guard | None" = None,
    ) -> None:
        self._guard = guard
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._journal = journal
        self.notes: list[Message] = []
        """What is worth telling of the changes that were applied."""
        self._behaviours: dict[str, Behaviour] = {
            key: behaviour(key, database, catalog, tables, journal, actor_id)
            for key, behaviour in BEHAVIOURS.items()
        }

    def apply(self, change: Change) -> bool:
        """Apply one change; False when everything was so already.

        Raises:
            CrmError: the change makes no sense, or data stands against it.
        """
        if self._guard:
            type_key = normal_key(change.ref.partition(".")[0]) if _OF_TYPE[change.noun] else ""
            added = (change.noun, change.verb) == ("type", "add")
            type_ = self._catalog.find(type_key) if type_key and not added else None
            self._guard.configuring(type_, f"{change.noun} {change.ref}")
            if type_ is not None:
                self._guard.naming(type_, change.noun, change.values)
        behaviour = self._behaviours[change.noun]
        behaviour.notes.clear()
        behaviour.allow_data_loss = bool(change.values.get("allow_data_loss"))
        before = getattr(self, f"_{change.verb}")(change)
        self._forget_sharing(change)
        self.notes += behaviour.notes
        if before is None:
            return False
        self.note(change.verb, change.noun, change.ref, change.values, before)
        return True

    def _forget_sharing(self, change: Change) -> None:
        """Let the fields that have what a change is about as their options learn of it."""
        if change.noun == "option":
            type_key, _, rest = change.ref.partition(".")
            type_ = self._catalog.type(normal_key(type_key), retired=True)
            self._catalog.forget_sharing(f"{type_.key}.{normal_key(rest.partition('.')[0])}")
        elif change.noun in ("type", "category"):
            # A type may have brought its category along.
            self._catalog.forget_sharing("types", "categories")

    def note(
        self, verb: str, noun: str, ref: str, values: Mapping[str, Any], before: dict[str, Any]
    ) -> None:
        """Journal a change of the configuration.

        Args:
            before: what it takes to undo it.
        """
        type_id = before.pop("type_id", None)
        if type_id is None and _OF_TYPE[noun]:
            type_key = normal_key(values["key"]) if (noun, verb) == ("type", "rename") else ref
            found = self._catalog.find(type_key.partition(".")[0]) if type_key else None
            type_id = found.id if found else None
        self._journal.write(
            "configure",
            type_id if _OF_TYPE[noun] else None,
            changes={
                "verb": verb,
                "noun": noun,
                "ref": ref,
                "values": dict(values),
                **({"before": before} if before else {}),
            },
        )

    def place(self, noun: str, ref: str, *, retired: bool = True) -> Place:
        """Where a reference points: its type, its parent and itself.

        Raises:
            Misused: the reference has not the noun's number of keys.
            NotFound: something on the way does not exist.
        """
        place = self._parent_place(noun, ref)
        found = self._behaviours[noun].find(place)
        if found is None or (found.retired and not retired):
            raise self._missing(noun, ref, place)
        return place._replace(found=found)

    def siblings(self, noun: str, parent: str) -> Sequence[Definition]:
        """Everything of a noun under a parent (empty for types), in order, retired ones too."""
        place = self._parent_place(noun, f"{parent}.x" if parent else "x")
        return self._behaviours[noun].siblings(place)

    def _parent_place(self, noun: str, ref: str) -> Place:
        depth = NOUNS[noun].depth
        # A user's name may hold dots, and hangs on nothing.
        parts = [ref] if noun == "user" else ref.split(".")
        keys = [normal_key(key) for key in parts]
        if len(keys) != depth or not all(keys):
            shape = ("KEY", "{parent}.KEY", "TYPE.{parent}.KEY")[depth - 1]
            raise Misused(
                "bad-reference",
                N_("{noun} {ref}: write {shape}"),
                noun=noun,
                ref=ref,
                shape=shape.format(parent=(NOUNS[noun].parent or "").upper()),
            )
        if depth == 1:
            return Place(keys[0], None, None, None)
        if not _OF_TYPE[noun]:
            parent = self.place(NOUNS[noun].parent or "", keys[0])
            return Place(keys[1], None, parent.found, None)
        type_ = self._catalog.type(keys[0], retired=True)
        if depth == 2:
            return Place(keys[1], type_, type_, None)
        parent = self.place(NOUNS[noun].parent or "", ".".join(keys[:2]))
        return Place(keys[2], type_, parent.found, None)

    def _missing(self, noun: str, ref: str, place: Place) -> NotFound:
        if noun == "type":
            self._catalog.type(place.key)
        siblings = [d.key for d in self._behaviours[noun].siblings(place) if not d.retired]
        # A user's name may hold dots, and hangs on nothing.
        parent = ref.rpartition(".")[0] if NOUNS[noun].parent else ""
        meant = closest(place.key, siblings)
        if meant:
            return NotFound(
                f"no-such-{noun}",
                N_("{parent} has no {noun} {key}; did you mean {meant}?")
                if parent
                else N_("there is no {noun} {key}; did you mean {meant}?"),
                parent=parent,
                noun=noun,
                key=place.key,
                meant=meant,
            )
        return NotFound(
            f"no-such-{noun}",
            N_("{parent} has no {noun} {key}") if parent else N_("there is no {noun} {key}"),
            f"crmtui {noun} list {parent}".rstrip(),
            parent=parent,
            noun=noun,
            key=place.key,
        )

    def _add(self, change: Change) -> dict[str, Any]:
        noun = NOUNS[change.noun]
        place = self._parent_place(change.noun, change.ref)
        behaviour = self._behaviours[change.noun]
        problem = behaviour.key_problem(place.key)
        if problem:
            raise Refused(
                "bad-key",
                N_("{key} cannot be the key of a {noun}: {problem}"),
                key=place.key,
                noun=change.noun,
                problem=problem,
            )
        self._refuse_taken(noun, place, place.key)
        row = columns(noun, change.values, adding=True)
        row |= {
            "key": place.key,
            "skeleton": skeleton(place.key),
            "position": self._next_position(noun, place),
            **behaviour.parent_columns(place),
        }
        row = behaviour.before_add(place, row, change.values)
        row["id"] = self._database.insert(noun.table, row)
        type_key = place.type.key if place.type else place.key
        self._catalog.extend(noun.key, type_key, row["id"])
        behaviour.after_add(place, row, change.values)
        if noun.key in ("stage", "status"):
            self._forget(place)  # a status may have come along
        return {"type_id": place.type.id if place.type else row["id"]} if _OF_TYPE[noun.key] else {}

    def _set(self, change: Change) -> dict[str, Any] | None:
        noun = NOUNS[change.noun]
        place = self.place(change.noun, change.ref)
        wanted = columns(noun, change.values, adding=False)
        transformed = self._behaviours[change.noun].transform(place, wanted)
        if transformed is not None:
            self._catalog.forget()
            return transformed
        wanted = self._behaviours[change.noun].before_set(place, wanted)
        before = self._current(noun, place, tuple(wanted))
        different = {name: value for name, value in wanted.items() if before[name] != value}
        if not different:
            return None
        self._database.update(noun.table, place.found_id, different)
        self._forget(place)
        self._behaviours[change.noun].after_set(place, before, different)
        self._forget(place)
        names = {attribute.column: name for name, attribute in noun.attributes.items()}
        return {names.get(column, column): before[column] for column in different}

    def _rename(self, change: Change) -> dict[str, Any] | None:
        noun = NOUNS[change.noun]
        place = self.place(change.noun, change.ref)
        behaviour = self._behaviours[change.noun]
        key = normal_key(change.values["key"])
        if key == place.definition.key:
            return None
        problem = behaviour.key_problem(key)
        if problem:
            raise Refused(
                "bad-key",
                N_("{key} cannot be the key of a {noun}: {problem}"),
                key=key,
                noun=change.noun,
                problem=problem,
            )
        self._refuse_taken(noun, place, key, besides=place.found_id)
        behaviour.before_rename(place, key)
        # Records are held to stages and statuses by key; they follow before the intent commits.
        self._database.execute("PRAGMA defer_foreign_keys = ON")
        self._database.update(noun.table, place.found_id, {"key": key, "skeleton": skeleton(key)})
        behaviour.after_rename(place, key)
        # Other types may point at a renamed one, so nothing that is known of any stays.
        self._catalog.forget()
        return {"key": place.definition.key}

    def _merge(self, change: Change) -> dict[str, Any] | None:
        place = self.place(change.noun, change.ref)
        behaviour = self._behaviours[change.noun]
        before = behaviour.merge(place, normal_key(str(change.values["into"])))
        if not place.definition.retired:
            self._database.update(
                NOUNS[change.noun].table, place.found_id, {"retired_at": now_text()}
            )
        elif not before.get("moved"):
            return None
        self._catalog.forget()
        return before

    def _order(self, change: Change) -> dict[str, Any] | None:
        noun = NOUNS[change.noun]
        child = f"{change.ref}.x" if change.ref else "x"
        place = self._parent_place(change.noun, child)
        siblings = list(self._behaviours[change.noun].siblings(place))
        by_key = {sibling.key: sibling for sibling in siblings}
        keys = [normal_key(key) for key in change.values["keys"]]
        for key in keys:
            if key not in by_key:
                raise self._missing(change.noun, f"{change.ref}.{key}", place._replace(key=key))
        if len(set(keys)) != len(keys):
            raise Misused("twice", N_("a key is named twice"))
        before = [sibling.key for sibling in siblings]
        after = keys + [key for key in before if key not in keys]
        if before == after:
            return None
        for position, key in enumerate(after, 1):
            self._database.update(noun.table, by_key[key].id, {"position": position})
        self._forget(place)
        return {"keys": before}

    def _remove(self, change: Change) -> dict[str, Any] | None:
        place = self.place(change.noun, change.ref)
        if place.definition.retired:
            return None
        self._behaviours[change.noun].before_remove(place, change.values.get("move_to"))
        self._database.update(NOUNS[change.noun].table, place.found_id, {"retired_at": now_text()})
        self._forget(place)
        self._behaviours[change.noun].after_visibility(place)
        return {}

    def _restore(self, change: Change) -> dict[str, Any] | None:
        place = self.place(change.noun, change.ref)
        if not place.definition.retired:
            return None
        self._database.update(NOUNS[change.noun].table, place.found_id, {"retired_at": None})
        self._forget(place)
        self._behaviours[change.noun].after_visibility(place)
        return {"retired_at": place.definition.retired_at}

    def _purge(self, change: Change) -> dict[str, Any]:
        noun = NOUNS[change.noun]
        place = self.place(change.noun, change.ref)
        if not place.definition.retired:
            raise Refused(
                "not-retired",
                N_("{noun} {ref} is in use; retire it before it is purged"),
                f"crmtui {change.noun} remove {change.ref}",
                noun=change.noun,
                ref=change.ref,
            )
        before = self._current(noun, place, tuple(a.column for a in noun.attributes.values()))
        self._behaviours[change.noun].before_purge(place)
        # The row stays as a tombstone: its id is never given again and the journal can name it.
        self._database.update(
            noun.table,
            place.found_id,
            {
                "key": f"{place.definition.key}#{place.found_id}",
                "skeleton": None,
                "purged_at": now_text(),
            },
        )
        self._forget(place)
        type_id = place.type.id if place.type else place.found_id
        of_type = {"type_id": type_id} if _OF_TYPE[noun.key] else {}
        return of_type | {k: v for k, v in before.items() if v not in (None, 0)}

    def _current(self, noun: Noun, place: Place, names: tuple[str, ...]) -> dict[str, Any]:
        if not names:
            return {}
        row = self._database.execute(
            f"SELECT {', '.join(names)} FROM {noun.table} WHERE id = ?", (place.found_id,)
        ).fetchone()
        return dict(zip(names, row, strict=True))

    def _refuse_taken(self, noun: Noun, place: Place, key: str, besides: int | None = None) -> None:
        parent = self._behaviours[noun.key].parent_columns(place)
        owner = {c: v for c, v in parent.items() if c == _OWNER.get(noun.key)}
        where = "".join(f" AND {column} = ?" for column in owner)
        row = self._database.execute(
            f"SELECT key, retired_at, id FROM {noun.table} WHERE skeleton = ?{where}",
            (skeleton(key), *owner.values()),
        ).fetchone()
        if row is None or row[2] == besides:
            return
        parent_ref = ".".join(each.key for each in (place.type, place.parent) if each)
        if place.parent is place.type and place.type:
            parent_ref = place.type.key
        taken = f"{parent_ref}.{row[0]}" if parent_ref else row[0]
        if row[0] != key:
            raise Conflict(
                "confusable",
                N_("{key} looks like the {noun} {taken}, which exists"),
                key=key,
                noun=noun.key,
                taken=taken,
            )
        if row[1]:
            raise Conflict(
                "exists",
                N_("the {noun} {taken} exists, retired"),
                f"crmtui {noun.key} restore {taken}",
                noun=noun.key,
                taken=taken,
            )
        raise Conflict(
            "exists",
            N_("the {noun} {taken} exists"),
            f"crmtui {noun.key} show {taken}",
            noun=noun.key,
            taken=taken,
        )

    def _next_position(self, noun: Noun, place: Place) -> int:
        owner = _OWNER.get(noun.key)
        if owner is None:
            return (self._database.scalar(f"SELECT max(position) FROM {noun.table}") or 0) + 1
        parent = self._behaviours[noun.key].parent_columns(place)[owner]
        return (
            self._database.scalar(
                f"SELECT max(position) FROM {noun.table} WHERE {owner} = ?", (parent,)
            )
            or 0
        ) + 1

    def _forget(self, place: Place) -> None:
        self._catalog.forget(place.type.key if place.type else place.key)
        if place.found is not None:
            self._catalog.forget(place.found.key)  # a type that was named in other letter case


def _above(noun: str) -> list[str]:
    """The nouns that a noun hangs on, up to the topmost."""
    parent = NOUNS[noun].parent
    return [parent, *_above(parent)] if parent else []


_OWNER = {
    "field": "type_id",
    "option": "field_id",
    "stage": "type_id",
    "status": "stage_id",
    "validation": "type_id",
    "permission": "role_id",
}
_OF_TYPE = {key: key == "type" or "type" in _above(key) for key in NOUNS}
"""Of each noun, whether it is a type or hangs on one."""


def columns(noun: Noun, values: Mapping[str, Any], *, adding: bool) -> dict[str, Any]:
    """Attributes as columns, each value checked against its shape.

    Raises:
        Misused: an attribute does not exist, cannot be set, or has a value of another shape.
    """
    row = {}
    for name, value in values.items():
        attribute = noun.attributes.get(name)
        if attribute is None:
            if name in ("options", "statuses", "bare", "allow_data_loss"):
                continue
            raise Misused(
                "no-such-attribute",
                N_("a {noun} has no {name}; it has {known}"),
                noun=noun.key,
                name=name,
                known=list(noun.attributes),
            )
        row[attribute.column] = _shaped(noun, attribute, value)
    return row


def _shaped(noun: Noun, attribute: Attribute, value: Any) -> Any:
    if value is None or value in ("", {}, []):
        return 0 if attribute.shape == "flag" else None
    if attribute.shape == "flag":
        if isinstance(value, bool):
            return int(value)
    elif attribute.shape == "number":
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
            return value
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
            return int(value)
    elif attribute.shape == "word":
        known = choice(attribute, str(value))
        if known:
            return known
        meant = closest(str(value), attribute.choices)
        hint = N_("the {name} of a {noun} is one of {choices}, not {value}; did you mean {meant}?")
        plain = N_("the {name} of a {noun} is one of {choices}, not {value}")
        raise Misused(
            "bad-attribute",
            hint if meant else plain,
            name=attribute.name,
            noun=noun.key,
            choices=list(attribute.choices),
            value=str(value),
            meant=meant,
        )
    elif attribute.shape == "keys":
        return _keys(noun, attribute, value)
    elif attribute.shape in ("layout", "map"):
        return value  # what it may say is for its noun: that depends on the fields
    elif attribute.shape == "memory" and isinstance(value, str):
        return value
    elif attribute.name == "default" and isinstance(value, bool):
        return "true" if value else "false"
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        text = normal_key(str(value))
        found = re.search(CONTROL_CHARACTER, text)
        if found:
            raise Misused(
                "bad-attribute",
                N_("the {name} of a {noun} holds the control character {character}"),
                name=attribute.name,
                noun=noun.key,
                character=f"U+{ord(found.group()):04X}",
            )
        if len(text) > 2000:
            raise Misused(
                "bad-attribute",
                N_("the {name} of a {noun} has at most {most} characters"),
                name=attribute.name,
                noun=noun.key,
                most=2000,
            )
        return text or None
    raise Misused(
        "bad-attribute",
        N_("{value} cannot be the {name} of a {noun}"),
        value=str(value)[:100],
        name=attribute.name,
        noun=noun.key,
    )


def choice(attribute: Attribute, value: str) -> str | None:
    """The choice that a word means; hyphens and underlines in it do not matter."""
    if value in attribute.choices:
        return value
    word = value.strip().casefold().replace("-", "").replace("_", "")
    if attribute.name == "kind":
        word = KIND_ALIASES.get(word, word)
    return next((each for each in attribute.choices if each.replace("_", "") == word), None)


def _keys(noun: Noun, attribute: Attribute, value: Any) -> str | None:
    """Field keys as they are kept: joined by commas, each of them once.

    Raises:
        Misused: they are no keys, or one is named twice.
    """
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise Misused(
            "bad-attribute",
            N_("{value} cannot be the {name} of a {noun}"),
            value=str(value)[:100],
            name=attribute.name,
            noun=noun.key,
        )
    keys = [key for key in map(normal_key, ",".join(parts).split(",")) if key]
    for key in keys:
        if keys.count(key) > 1:
            raise Misused(
                "twice",
                N_("the {name} of a {noun} names {key} twice"),
                name=attribute.name,
                noun=noun.key,
                key=key,
            )
    return ",".join(keys) or None
