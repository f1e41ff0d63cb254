"""Bringing packs into a configuration: what the pack says now, said before, and what users made.

An attribute follows the pack unless a user has changed it since; what users renamed keeps its
name, what they retired stays retired. What names something that is not there yet waits: with each
later merge it is looked at again. The outcome is a document for `spec.changes`.
"""

from collections.abc import Sequence
from typing import Any

from crmtui.model.definitions import Definition, Type
from crmtui.model.message import N_, Message
from crmtui.model.nouns import NOUNS
from crmtui.store.errors import Conflict
from crmtui.store.packs.memory import Entry, Memory
from crmtui.store.packs.names import Missing, Ref
from crmtui.store.packs.scene import Item, Scene, Side
from crmtui.store.spec.shapes import CHILDREN, children_of, value_of

_FILLED_IN = {"field": ("scale", "currency"), "stage": ("category",), "status": ("category",)}
"""Attributes that the store gives a value when nothing is said of them."""

Wanted = dict[str, Any]
"""What is wanted of one definition, as a document has it."""


class Merge:
    """One merge of all packs that take part: those that come and those that are there."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.kept: list[Message] = []
        """What users changed and therefore stays, though the pack says otherwise."""
        self._adopted: set[tuple[str, Ref]] = set()
        self._set: set[tuple[str, Ref, str]] = set()

    def document(self) -> dict[str, Any]:
        """What the configuration is to be, as a document for `spec.changes`.

        Raises:
            Conflict: a type of a pack is there already, and did not come from it.
        """
        wanted = {}
        standing = self._scene.standing
        for noun, present in (("category", standing.categories), ("type", standing.types)):
            plural = NOUNS[noun].plural
            items = [
                Item(side, key, said)
                for side in self._scene.sides
                for key, said in (side.new.get(plural) or {}).items()
            ]
            wanted[plural] = self._level(noun, items, present)
        return wanted

    def _level(
        self, noun: str, items: Sequence[Item], siblings: Sequence[Definition]
    ) -> dict[str, Wanted]:
        """What is wanted of the definitions of one noun under one parent."""
        by_key = {each.key: each for each in siblings}
        result: dict[str, Wanted] = {}
        added: list[str] = []
        back: set[str] = set()
        for item in items:
            if self._scene.dead(item.side, noun, item.path):
                self._note_what_stays(noun, item)
                continue
            key = self._scene.key(noun, item.path)
            entry = item.side.memory.get((noun, item.path))
            now = self._scene.standing.now(noun, entry)
            found = now[1] if now else by_key.get(key)
            if found is None:
                if not self._scene.comes(noun, item):
                    continue
                wanted = self._new(noun, item)
                added += [key] if key not in result else []
            elif entry is None:
                self._refuse_others(noun, item, found)
                if found.retired:
                    # Nobody remembers it: the act that made it was undone.
                    if not self._scene.comes(noun, item):
                        continue
                    back.add(key)
                wanted = {}
                self._adopted.add((item.side.key, (noun, item.path)))
            else:
                wanted = self._different(noun, item, found, entry)
                if (noun, item.path) in self._scene.renamed:
                    wanted["renamed_from"] = found.key
            wanted |= self._below(noun, item, found, entry)
            result[key] = result.get(key, {}) | wanted
        return self._in_order(noun, items, siblings, result, added, back)

    def _below(
        self, noun: str, item: Item, found: Definition | None, entry: Entry | None
    ) -> Wanted:
        """What is wanted of what hangs on a definition, by plural."""
        wanted = {}
        borrowed = found is not None and (entry is None or entry.adopted)
        for child in CHILDREN.get(noun, ()):
            plural = NOUNS[child].plural
            present = children_of(child, found) if found else ()
            if child == "stage" and borrowed and any(not each.retired for each in present):
                continue  # two processes in one would be none
            items = [
                Item(item.side, f"{item.path}.{key}", said)
                for key, said in (item.said.get(plural) or {}).items()
            ]
            level = self._level(child, items, present)
            if level:
                wanted[plural] = level
        return wanted

    def _refuse_others(self, noun: str, item: Item, found: Definition) -> None:
        """Refuse to touch a type that did not come from the pack, unless that is asked for."""
        if noun != "type" or (item.side.merge and not found.retired):
            return
        template, hint = (
            N_("the type {type} exists and did not come from the pack {pack}"),
            f"crmtui pack install {item.side.key} --merge",
        )
        if found.retired:
            template, hint = (
                N_("the type {type} exists, retired, and did not come from the pack {pack}"),
                f"crmtui type restore {found.key}",
            )
        raise Conflict("exists", template, hint, type=found.key, pack=item.side.key)

    def _new(self, noun: str, item: Item) -> Wanted:
        wanted = {}
        for name in item.said:
            if name not in NOUNS[noun].attributes or (noun == "field" and self._steals(name, item)):
                continue
            try:
                value = self._scene.told(noun, name, item)[0]
            except Missing:
                continue
            if value is not None:
                wanted[name] = value
        return wanted

    def _steals(self, name: str, item: Item) -> bool:
        """Whether a new field would take the place of the one that names records now."""
        type_ = self._scene.standing.by_ref.get(("type", self._scene.key("type", item.type_key)))
        return name == "title" and isinstance(type_, Type) and type_.title_field is not None

    def _different(self, noun: str, item: Item, found: Definition, entry: Entry) -> Wanted:
        """The attributes that follow the pack: it changed them, and no user did."""
        wanted: Wanted = {}
        before = item.side.said_before.get((noun, item.path), {})
        for name, attribute in NOUNS[noun].attributes.items():
            changed = item.said.get(name) != before.get(name)
            if not changed and name not in entry.owed:
                continue
            try:
                theirs = self._scene.told(noun, name, item)[0]
            except Missing:
                continue
            ours = value_of(attribute, found)
            if ours == theirs:
                continue
            filled_in = before.get(name) is None and name in _FILLED_IN.get(noun, ())
            if filled_in or ours == self._scene.made(noun, name, item, entry):
                wanted[name] = theirs
                self._set.add((item.side.key, (noun, item.path), name))
            elif changed:
                self._keep(
                    N_("{noun} {ref}: {name} stays as it is; the pack says {value}"),
                    noun,
                    item.path,
                    name=name,
                    value=_brief(theirs),
                )
        return wanted

    def _note_what_stays(self, noun: str, item: Item) -> None:
        entry = item.side.memory.get((noun, item.path))
        if entry is None or item.said == item.side.said_before.get((noun, item.path)):
            return
        retired = self._scene.standing.now(noun, entry) is not None
        template = N_("{noun} {ref} stays retired") if retired else N_("{noun} {ref} stays purged")
        self._keep(template, noun, item.path)

    def _keep(self, template: str, noun: str, path: str, **facts: Any) -> None:
        ref = self._scene.refs.get((noun, path), path)
        self.kept.append(Message(template, noun=noun, ref=ref, **facts))

    # Order

    def _in_order(
        self,
        noun: str,
        items: Sequence[Item],
        siblings: Sequence[Definition],
        result: dict[str, Wanted],
        added: list[str],
        back: set[str],
    ) -> dict[str, Wanted]:
        """Those wanted in the order in which they are to stand; all of them where that is new."""
        if not siblings:
            return result
        renamed = {
            each["renamed_from"]: key for key, each in result.items() if "renamed_from" in each
        }
        present = [renamed.get(each.key, each.key) for each in siblings]
        retired = {each.key for each in siblings if each.retired} - back
        asked = [
            self._scene.key(noun, item.path)
            for item in items
            if (noun, item.path) in self._scene.refs
        ]
        order = self._reordered(noun, items, [key for key in present if key not in back], asked)
        for key in [key for key in asked if key in added or key in back]:
            order.insert(_place_for(key, asked, order), key)
        if order != present + added:
            return {key: result.get(key, {}) for key in order if key not in retired}
        new = {*added, *back}
        return {key: result[key] for key in order if result.get(key) or key in new}

    def _reordered(
        self, noun: str, items: Sequence[Item], present: list[str], asked: list[str]
    ) -> list[str]:
        """The present order; a pack's new one where users left its old one alone."""
        paths = {item.path for item in items}
        before = [
            self._scene.key(each, path)
            for side in dict.fromkeys(item.side for item in items)
            for each, path in side.said_before
            if each == noun and path in paths and (each, path) in self._scene.refs
        ]
        both = {key for key in before if key in present}
        old = [key for key in before if key in both]
        new = [key for key in asked if key in both]
        if old == new or old != [key for key in present if key in both]:
            return list(present)
        following = iter(new)
        return [next(following) if key in both else key for key in present]

    # Remembering

    def remember(self, side: Side) -> Memory:
        """What a pack is to remember, when the scene has settled."""
        scene = self._scene
        memory = {ref: entry for ref, entry in side.memory.items() if ref not in side.said}
        for (noun, path), said in side.said.items():
            item = Item(side, path, said)
            entry = side.memory.get((noun, path))
            if scene.dead(side, noun, path):
                memory |= {(noun, path): entry} if entry else {}
                continue
            ref = scene.refs[noun, path]
            definition = scene.standing.by_ref.get((noun, ref))
            if definition is None or (definition.retired and not entry):
                continue
            if (side.key, (noun, path)) in self._adopted:
                memory[noun, path] = Entry(definition.id, ref, adopted=True)
            else:
                found = self._found(noun, item, definition, entry)
                adopted = entry is not None and entry.adopted
                owed = () if adopted else self._owed(noun, item)
                memory[noun, path] = Entry(definition.id, ref, found, owed, adopted)
        return memory

    def _owed(self, noun: str, item: Item) -> tuple[str, ...]:
        """The attributes of which something is still to come."""
        owed = []
        for name in item.said:
            if name in NOUNS[noun].attributes:
                try:
                    whole = self._scene.told(noun, name, item)[1]
                except Missing:
                    whole = False
                if not whole:
                    owed.append(name)
        return tuple(owed)

    def _found(
        self, noun: str, item: Item, definition: Definition, entry: Entry | None
    ) -> dict[str, Any]:
        """The attributes that the pack left with another value than it says."""
        found = {}
        for name, attribute in NOUNS[noun].attributes.items():
            if entry is None or (item.side.key, (noun, item.path), name) in self._set:
                made = value_of(attribute, definition)
            else:
                made = self._scene.made(noun, name, item, entry)
            try:
                said, whole = self._scene.told(noun, name, item)
            except Missing:
                said, whole = None, False
            if made != said or not whole:
                found[name] = made
        return found


def _place_for(key: str, asked: list[str], order: list[str]) -> int:
    """Where a new key goes: behind the nearest one before it, else before one behind it."""
    at = asked.index(key)
    for before in reversed(asked[:at]):
        if before in order:
            return order.index(before) + 1
    for behind in asked[at + 1 :]:
        if behind in order:
            return order.index(behind)
    return len(order)


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
