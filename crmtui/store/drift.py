"""What was changed elsewhere since a document was last applied, and would be overwritten by it.

`crm_setting` keeps, under `applied`, how far the journal went when the last `apply` ended, and the
numbers of earlier rows that no applied document has spoken of since.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.message import N_, Message
from crmtui.model.nouns import NOUNS
from crmtui.store.changes import Change, plain
from crmtui.store.database import Database
from crmtui.store.spec.shapes import PLURALS

_SETTING = "applied"


class Elsewhere(NamedTuple):
    """A change of the configuration that was not made by `apply`."""

    id: int
    at: str
    actor: str
    command: str
    change: Change


class Drift(NamedTuple):
    """What a planned change would undo of what somebody else did.

    Args:
        change: the place of the planned change in the plan.
        message: what was done, by whom, with which command, and when.
    """

    change: int
    message: Message
    elsewhere: Elsewhere


class LastApply:
    """What was changed elsewhere since a document was last applied, up to the present moment."""

    def __init__(self, database: Database) -> None:
        self._database = database
        known = self._known()
        self._first = known is None
        self._found = self._elsewhere(*known) if known is not None else []

    def drift(self, planned: Sequence[Change]) -> list[Drift]:
        """What planned changes would overwrite; nothing where no document was ever applied."""
        facts = _Facts(self._found)
        return [
            Drift(number, _message(elsewhere, name), elsewhere)
            for number, change in enumerate(planned)
            for elsewhere, name in facts.overwritten(change)
        ]

    def remember(self, document: Mapping[str, Any], *, pruned: bool, changed: bool) -> None:
        """A document was applied: what was changed elsewhere, and it speaks of, is settled.

        Args:
            pruned: whether it spoke of everything that it states, by leaving things out.
            changed: whether it changed anything.
        """
        if not self._first and not self._found and not changed:
            return
        position = self._database.scalar("SELECT max(id) FROM crm_journal") or 0
        unseen = [
            each.id for each in self._found if not _speaks_of(document, each.change, pruned=pruned)
        ]
        value = json.dumps({"position": position, "unseen": unseen}, separators=(",", ":"))
        self._database.execute(
            "INSERT INTO crm_setting (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (_SETTING, value),
        )

    def _known(self) -> tuple[int, list[int]] | None:
        text = self._database.scalar("SELECT value FROM crm_setting WHERE key = ?", (_SETTING,))
        if text is None:
            return None
        value = json.loads(text)
        return value["position"], value["unseen"]

    def _elsewhere(self, position: int, unseen: Sequence[int]) -> list[Elsewhere]:
        rows = self._database.execute(
            "SELECT j.id, a.at, u.key, a.command, j.changes FROM crm_journal j"
            " JOIN crm_act a ON a.id = j.act_id JOIN crm_user u ON u.id = a.actor_id"
            # What was undone, and the undoing of it, leave nothing of anybody's behind.
            " WHERE j.op = 'configure' AND a.undoes IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM crm_act u WHERE u.undoes = a.id) AND"
            " (j.id > ? OR j.id IN (SELECT value FROM json_each(?))) ORDER BY j.id",
            (position, json.dumps(list(unseen))),
        )
        found = []
        for row_id, at, actor, command, text in rows:
            said = json.loads(text)
            change = Change(said["verb"], said["noun"], said["ref"], said.get("values", {}))
            found.append(Elsewhere(row_id, at, actor, command, change))
        return found


class _Facts:
    """What was changed elsewhere, by the references that things have in the course of a plan."""

    def __init__(self, found: Sequence[Elsewhere]) -> None:
        self._attributes: dict[tuple[str, str], dict[str, Elsewhere]] = {}
        self._fates: dict[tuple[str, str], Elsewhere] = {}
        """By noun and reference, what was last added, retired, restored, renamed or ordered."""
        for each in found:
            change = each.change
            place = (change.noun, change.ref)
            if change.verb in ("set", "add"):
                said = self._attributes.setdefault(place, {})
                said |= dict.fromkeys(change.values, each)
            if change.verb == "rename":
                self._renamed(change)
                self._fates[place] = each
            elif change.verb != "set":
                self._fates[change.noun, _fated(change)] = each

    def overwritten(self, planned: Change) -> list[tuple[Elsewhere, str]]:
        """What a planned change overwrites: what was done, and to which attribute, if to one."""
        place = (planned.noun, planned.ref)
        if planned.verb == "set":
            said = self._attributes.get(place, {})
            return [(said[name], name) for name in planned.values if name in said]
        if planned.verb == "rename":
            found = [self._fates[place]] if place in self._fates else []
            self._renamed(planned)
            return [(each, "") for each in found if each.change.verb == "rename"]
        undone = {
            "add": ("purge", "rename"),
            "restore": ("remove", "merge"),
            "remove": ("add", "restore"),
            "merge": ("add", "restore"),
            "order": ("order",),
        }.get(planned.verb, ())
        fate = self._fates.get((planned.noun, _fated(planned)))
        return [(fate, "")] if fate is not None and fate.change.verb in undone else []

    def _renamed(self, change: Change) -> None:
        """Call what was changed by the references that it has from now on."""
        parent, old = NOUNS[change.noun].split(change.ref)
        key = change.values["key"]
        new = f"{parent}.{key}" if parent else key

        def moved(noun: str, ref: str) -> tuple[str, str]:
            if noun == "permission" and change.noun == "type":
                role, type_key = NOUNS[noun].split(ref)
                return noun, f"{role}.{key}" if type_key == old else ref
            within = noun == change.noun or change.noun in _above(noun)
            return noun, _moved(ref, change.ref, new) if within else ref

        self._attributes = {moved(*place): said for place, said in self._attributes.items()}
        self._fates = {moved(*place): each for place, each in self._fates.items()}


def _above(noun: str) -> Iterator[str]:
    """The nouns that a noun hangs on."""
    parent = NOUNS[noun].parent
    if parent is not None:
        yield parent
        yield from _above(parent)


def _fated(change: Change) -> str:
    """What a fate is kept by: the order of things hangs on their parent."""
    return f"{change.ref}/" if change.verb == "order" else change.ref


def _moved(ref: str, old: str, new: str) -> str:
    return new + ref[len(old) :] if f"{ref}.".startswith((f"{old}.", f"{old}/")) else ref


def _speaks_of(document: Mapping[str, Any], change: Change, *, pruned: bool) -> bool:
    """Whether a document says anything of what was changed.

    Args:
        pruned: whether leaving something out says something of it.
    """
    noun = NOUNS[change.noun]
    keys = change.ref.split(".") if noun.parent else [change.ref] if change.ref else []
    plurals: list[str] = []
    while noun.parent is not None:
        plurals.insert(0, noun.plural)
        noun = NOUNS[noun.parent]
    if noun.key not in PLURALS:
        return True
    at: Any = document.get(PLURALS[noun.key])
    if at is None or pruned:
        return at is not None
    for depth, key in enumerate(keys):
        if depth and depth <= len(plurals):
            at = at.get(plurals[depth - 1]) or {}
        if key not in at:
            return False
        at = at[key]
    return True


def _message(elsewhere: Elsewhere, name: str) -> Message:
    change = elsewhere.change
    facts = {
        "noun": change.noun,
        "ref": change.ref,
        "actor": elsewhere.actor,
        "command": elsewhere.command,
        "at": elsewhere.at[:16].replace("T", " "),
    }
    if name:
        return Message(
            N_(
                "{name} of {noun} {ref} was changed to {value} by {actor} with '{command}' on {at},"
                " after the last apply"
            ),
            name=name,
            value=plain(change.values[name]),
            **facts,
        )
    return Message(
        N_("{what}: done by {actor} with '{command}' on {at}, after the last apply"),
        what=change.describe(),
        **{key: facts[key] for key in ("actor", "command", "at")},
    )
