"""What an installed pack remembers of what it made, so that it can tell what users changed since.

Each definition is remembered by its id, whatever it is called by now, with its reference at that
time. An attribute whose value then was not what the pack says is remembered too: numbers the store
filled in, or a layout without the fields that were still to come.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from crmtui.model.definitions import Definition
from crmtui.store.catalog import Catalog
from crmtui.store.packs.names import Ref
from crmtui.store.spec.shapes import CHILDREN, children_of


class Entry(NamedTuple):
    """One definition that a pack made.

    Args:
        id: its id.
        ref: its reference when this was written.
        found: attributes that then had another value than the pack says.
        owed: attributes that name what was not there yet.
        adopted: whether it was there before the pack was.
    """

    id: int
    ref: str
    found: Mapping[str, Any] = {}
    owed: tuple[str, ...] = ()
    adopted: bool = False


Memory = dict[Ref, Entry]
"""By noun and reference in the pack."""


def remembered(text: str) -> Memory:
    """A memory from its JSON."""
    return {
        (noun, path): Entry(
            said["id"],
            said.get("ref", path),
            said.get("found", {}),
            tuple(said.get("owed", ())),
            said.get("adopted", False),
        )
        for noun, entries in json.loads(text).items()
        for path, said in entries.items()
    }


def memory_text(memory: Memory) -> str:
    """A memory as JSON; what goes without saying is left out."""
    nouns: dict[str, dict[str, Any]] = {}
    for (noun, path), entry in memory.items():
        said: dict[str, Any] = {"id": entry.id}
        if entry.ref != path:
            said["ref"] = entry.ref
        if entry.found:
            said["found"] = dict(entry.found)
        if entry.owed:
            said["owed"] = list(entry.owed)
        if entry.adopted:
            said["adopted"] = True
        nouns.setdefault(noun, {})[path] = said
    return json.dumps(nouns, ensure_ascii=False, separators=(",", ":"))


class Standing:
    """Every definition that there is, retired ones too, by id and by reference."""

    def __init__(self, catalog: Catalog) -> None:
        self.by_id: dict[tuple[str, int], tuple[str, Definition]] = {}
        self.by_ref: dict[Ref, Definition] = {}
        self.types = catalog.types(retired=True)
        self.categories = catalog.categories(retired=True)
        for category in self.categories:
            self._note("category", category.key, category)
        for type_ in self.types:
            for noun, ref, definition in _below("type", type_.key, type_):
                self._note(noun, ref, definition)

    def now(self, noun: str, entry: Entry | None) -> tuple[str, Definition] | None:
        """What became of a remembered definition: its reference and itself; None when purged."""
        return self.by_id.get((noun, entry.id)) if entry else None

    def live(self, noun: str, ref: str) -> bool:
        """Whether there is something of that reference, and neither it nor its type is retired."""
        found = self.by_ref.get((noun, ref))
        if found is None or found.retired:
            return False
        parent = ref.rpartition(".")[0]
        return noun != "field" or self.live("type", parent)

    def _note(self, noun: str, ref: str, definition: Definition) -> None:
        self.by_id[noun, definition.id] = (ref, definition)
        self.by_ref[noun, ref] = definition


def _below(noun: str, ref: str, definition: Definition) -> Iterator[tuple[str, str, Definition]]:
    yield noun, ref, definition
    for child in CHILDREN.get(noun, ()):
        for each in children_of(child, definition):
            yield from _below(child, f"{ref}.{each.key}", each)


def walk(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Everything a document defines: noun, reference, what is said of it; parents first."""
    for key, said in (document.get("categories") or {}).items():
        yield "category", key, said
    for key, said in (document.get("types") or {}).items():
        yield from _said_below("type", key, said)


def _said_below(
    noun: str, ref: str, said: Mapping[str, Any]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    from crmtui.model.nouns import NOUNS

    yield noun, ref, said
    for child in CHILDREN.get(noun, ()):
        for key, each in (said.get(NOUNS[child].plural) or {}).items():
            yield from _said_below(child, f"{ref}.{key}", each)
