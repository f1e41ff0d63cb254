"""The packs that take part in a merge, and what everything they speak of is called here."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.definitions import Field
from crmtui.model.nouns import NOUNS
from crmtui.store.packs.memory import Entry, Memory, Standing, walk
from crmtui.store.packs.names import ESSENTIAL, Missing, Names, Ref, told
from crmtui.store.spec.shapes import CHILDREN


class Side:
    """One pack that takes part in a merge.

    Args:
        key: the pack.
        old: its document as it was installed, empty when it is new; `new`: as it is to be.
        memory: what it remembers of what it made.
        merge: whether it may add to types that were there before it.
    """

    def __init__(
        self,
        key: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        memory: Memory,
        *,
        merge: bool = False,
    ) -> None:
        self.key = key
        self.new = new
        self.merge = merge
        self.said: dict[Ref, Mapping[str, Any]] = {(n, p): each for n, p, each in walk(new)}
        self.said_before: dict[Ref, Mapping[str, Any]] = {(n, p): s for n, p, s in walk(old)}
        self.memory = dict(memory)
        for (noun, path), said in self.said.items():
            if said.get("renamed_from") and (noun, path) not in self.memory:
                self._move(noun, _beside(path, said["renamed_from"]), path)

    def _move(self, noun: str, old: str, new: str) -> None:
        """Let what was remembered, and said, by an older key stand under its new one."""
        below = (noun, *_nouns_below(noun))
        for known in (self.memory, self.said_before):
            moved: dict[Ref, Any] = {}
            for each, path in list(known):
                if each in below and (path == old or path.startswith(f"{old}.")):
                    moved[each, new + path[len(old) :]] = known.pop((each, path))
            known.update(moved)


class Item(NamedTuple):
    """One definition of a pack: the pack, its reference there, and what is said of it."""

    side: Side
    path: str
    said: Mapping[str, Any]

    @property
    def type_key(self) -> str:
        """The type it belongs to, as the pack calls it."""
        return self.path.partition(".")[0]


class Scene:
    """What each definition of the packs is called now, which are to come, and which must wait."""

    def __init__(self, standing: Standing, sides: Sequence[Side]) -> None:
        self.standing = standing
        self.sides = sides
        self.refs: dict[Ref, str] = {}
        """Present references, by noun and reference in a pack."""
        self.renamed: set[Ref] = set()
        """What the packs themselves call something else than before, and users do not."""
        self._dead: set[tuple[str, Ref]] = set()
        self._coming: set[Ref] = set()
        for side in sides:
            self._place(side)
        targets = {
            path: str(said["to"])
            for side in sides
            for known in (side.said_before, side.said)
            for (noun, path), said in known.items()
            if noun == "field" and said.get("to")
        }
        values = _values(self.refs)
        self._names = Names(self.refs, targets, self._there, values)
        self._live_names = Names(self.refs, targets, self._live, values)
        self._names_then = self._as_remembered()
        self._leave_out_what_waits()

    def settle(self, standing: Standing) -> None:
        """Take note that everything that was to come is there."""
        self.standing = standing
        self._coming = set()

    def key(self, noun: str, path: str) -> str:
        """What a definition is called now, or will be."""
        return self.refs[noun, path].rpartition(".")[2]

    def dead(self, side: Side, noun: str, path: str) -> bool:
        """Whether a user has retired or purged it, or what it hangs on."""
        return (side.key, (noun, path)) in self._dead

    def comes(self, noun: str, item: Item) -> bool:
        """Whether a definition that is not there yet can be made now."""
        if noun == "validation":
            return self._can_be_made(noun, item)
        return noun != "field" or ("field", self.refs["field", item.path]) in self._coming

    def waiting(self) -> list[str]:
        """The fields and validations that are left out until what they name is there."""
        return [
            path
            for side in self.sides
            for (noun, path), said in side.said.items()
            if noun in ("field", "validation")
            and (noun, path) not in side.memory
            and not self.dead(side, noun, path)
            and (noun, self.refs[noun, path]) not in self.standing.by_ref
            and not self.comes(noun, Item(side, path, said))
        ]

    def told(self, noun: str, name: str, item: Item) -> tuple[Any, bool]:
        """What the pack says of an attribute, in present names, and whether that is all of it.

        Raises:
            Missing: it names something that is not there.
        """
        value, whole = told(noun, name, item.said.get(name), item.type_key, item.said, self._names)
        return _or_default(noun, name, value), whole

    def made(self, noun: str, name: str, item: Item, entry: Entry) -> Any:
        """What an attribute was when the pack was last here, in present names."""
        before = item.side.said_before.get((noun, item.path), {})
        try:
            if name in entry.found:
                said = {**before, **entry.found}
                then = entry.ref.partition(".")[0]
                value = told(noun, name, entry.found[name], then, said, self._names_then)[0]
            else:
                value = told(noun, name, before.get(name), item.type_key, before, self._names)[0]
        except Missing:
            value = None
        return _or_default(noun, name, value)

    def _place(self, side: Side) -> None:
        """Find out what each definition of a pack is called now, or will be."""
        for ref, entry in side.memory.items():
            now = self.standing.now(ref[0], entry)
            if now is not None:
                self.refs[ref] = now[0]
        for (noun, path), said in side.said.items():
            parent, _, key = path.rpartition(".")
            above = NOUNS[noun].parent or ""
            entry = side.memory.get((noun, path))
            now = self.standing.now(noun, entry)
            gone = entry is not None and (now is None or now[1].retired)
            if gone or (parent and self.dead(side, above, parent)):
                self._dead.add((side.key, (noun, path)))
                continue
            if entry and now:
                if said.get("renamed_from") and self._may_rename(now[0], entry, noun, key):
                    self.renamed.add((noun, path))
                else:
                    key = now[0].rpartition(".")[2]
            ref = f"{self.refs[above, parent]}.{key}" if parent else key
            if entry is None and self._stands_in_the_way(noun, ref, said):
                self._dead.add((side.key, (noun, path)))
                continue
            self.refs[noun, path] = ref
            if not now or (noun, path) in self.renamed:
                self._coming.add((noun, self.refs[noun, path]))

    def _stands_in_the_way(self, noun: str, ref: str, said: Mapping[str, Any]) -> bool:
        """Whether a retired field of another kind has the key of a new one."""
        found = self.standing.by_ref.get((noun, ref))
        kind = said.get("kind") or "text"
        return isinstance(found, Field) and found.retired and found.kind != kind

    def _may_rename(self, ref: str, entry: Entry, noun: str, key: str) -> bool:
        """Whether a key may follow the pack: no user gave it another one, and it is free."""
        present = ref.rpartition(".")[2]
        untouched = entry.ref.rpartition(".")[2] == present
        return (
            untouched and key != present and (noun, _beside(ref, key)) not in (self.standing.by_ref)
        )

    def _there(self, noun: str, ref: str) -> bool:
        if noun == "type":
            return self._live(noun, ref)
        return (noun, ref) in self._coming or (noun, ref) in self.standing.by_ref

    def _live(self, noun: str, ref: str) -> bool:
        return (noun, ref) in self._coming or self.standing.live(noun, ref)

    def _as_remembered(self) -> Names:
        """What the names meant when the packs wrote down what they had made."""
        now: dict[Ref, str] = {}
        then: dict[str, str] = {}
        links: list[tuple[str, str]] = []
        for side in self.sides:
            for (noun, path), entry in side.memory.items():
                found = self.standing.now(noun, entry)
                if found is None:
                    continue
                now[noun, entry.ref] = self.refs.get((noun, path), found[0])
                if noun == "type":
                    then[found[0]] = entry.ref
                if target := getattr(found[1], "target", None):
                    links.append((entry.ref, target))
        targets = {ref: then.get(target, target) for ref, target in links}
        return Names(now, targets, lambda _noun, _ref: True, _values(now))

    def _leave_out_what_waits(self) -> None:
        """Take what names something that will not be there out of what is to come."""
        candidates = [
            Item(side, path, said)
            for side in self.sides
            for (noun, path), said in side.said.items()
            if noun == "field" and (noun, self.refs.get((noun, path), "")) in self._coming
        ]
        missing = {("", "")}
        while missing:
            missing = {
                ref
                for item in candidates
                if (ref := ("field", self.refs["field", item.path])) in self._coming
                and not self._can_be_made("field", item)
            }
            self._coming -= missing

    def _can_be_made(self, noun: str, item: Item) -> bool:
        try:
            for name in item.said:
                if name in ESSENTIAL and name in NOUNS[noun].attributes:
                    value = item.said[name]
                    told(noun, name, value, item.type_key, item.said, self._live_names)
        except Missing:
            return False
        return True


def _beside(ref: str, key: str) -> str:
    """The reference of a sibling."""
    parent, dot, _key = ref.rpartition(".")
    return f"{parent}{dot}{key}"


def _or_default(noun: str, name: str, value: Any) -> Any:
    return NOUNS[noun].attributes[name].default if value in (None, []) else value


def _values(now: Mapping[Ref, str]) -> dict[str, list[tuple[str, str]]]:
    """The options, stages and statuses that have another key now, by what they are values of."""
    values: dict[str, list[tuple[str, str]]] = {}
    for (noun, written), present in now.items():
        if noun in ("option", "stage", "status"):
            parent, _, key = written.rpartition(".")
            new = present.rpartition(".")[2]
            if new != key:
                of = parent if noun == "option" else f"{written.partition('.')[0]}.{noun}"
                values.setdefault(of, []).append((key, new))
    return values


def _nouns_below(noun: str) -> tuple[str, ...]:
    children = CHILDREN.get(noun, ())
    return (*children, *(each for child in children for each in _nouns_below(child)))
