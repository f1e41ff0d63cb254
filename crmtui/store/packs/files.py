"""Packs as files: those that come with the program, in groups, and a user's own."""

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from crmtui.model.definitions import Frozen
from crmtui.model.keys import closest, key_problem
from crmtui.model.message import N_
from crmtui.store.errors import NotFound, Refused

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packs")

GROUPS: dict[str, tuple[str, ...]] = {
    "customers": ("customer", "contact"),
    "sales": ("lead", "opportunity", "quotation", "order", "contract"),
    "marketing": ("campaign", "event"),
    "service": ("complaint", "service_request"),
    "partners": ("partner", "partner_agreement", "partner_project"),
    "projects": ("project", "task"),
}
"""What a name stands for that is not one pack but several; `all` is every one of them."""

ORDER = tuple(key for keys in GROUPS.values() for key in keys)
"""The packs of the program in the order in which their types are listed, however installed."""


class PackHead(Frozen):
    """What a pack says of itself; `types` are the keys of its types."""

    key: str
    version: str
    label: str | None = None
    label_zh: str | None = None
    description: str | None = None
    description_zh: str | None = None
    types: tuple[str, ...] = ()

    def name(self, language: str = "en") -> str:
        """What people read."""
        label = self.label_zh if language.startswith("zh") else None
        return label or self.label or self.key.replace("_", " ")

    def about(self, language: str = "en") -> str:
        """What it is for, as people read it."""
        text = self.description_zh if language.startswith("zh") else None
        return text or self.description or ""


class PackFile(PackHead):
    """A pack that was read: its head, its document (see `store.spec`) and its text."""

    document: dict[str, Any]
    text: str

    def parts(self) -> list["PackPart"]:
        """Its types with their fields and stages, in order."""
        from crmtui.store.packs.memory import walk

        return [
            PackPart(noun, ref, said.get("label"), said.get("label_zh"), _what(noun, said))
            for noun, ref, said in walk(self.document)
            if noun in ("type", "field", "stage")
        ]


class PackPart(NamedTuple):
    """A type, field or stage of a pack as `pack show` tells it."""

    noun: str
    ref: str
    label: str | None
    label_zh: str | None
    what: str


def _what(noun: str, said: Mapping[str, Any]) -> str:
    """What kind of thing a part is: the kind of a field, how far a stage is from its end."""
    if noun == "type":
        return said.get("category") or ""
    if noun == "stage":
        words = [said.get("outcome") or said.get("category") or "open"]
        if said.get("probability") is not None:
            words.append(f"{said['probability']}%")
        return " ".join(words)
    words = [said.get("kind") or "text", said.get("to") or said.get("from") or ""]
    return " ".join([*filter(None, words), *(["required"] if said.get("required") else [])])


def members(names: Iterable[str]) -> list[str]:
    """The packs that names of packs and of groups stand for, each once, in the order of the names.

    Raises:
        NotFound: there is no pack of such a name.
    """
    found: dict[str, None] = {}
    for name in names:
        key = name.strip().casefold().replace("-", "_")
        if key in ORDER:
            found[key] = None
        elif key == "all" or key in GROUPS:
            found |= dict.fromkeys(ORDER if key == "all" else GROUPS[key])
        else:
            raise no_such_pack(name)
    return list(found)


def no_such_pack(name: str) -> NotFound:
    """The error for a name that is no pack's."""
    meant = closest(name, [*ORDER, *GROUPS, "all"])
    template = (
        N_("there is no pack {pack}; did you mean {meant}?")
        if meant
        else N_("there is no pack {pack}")
    )
    return NotFound("no-such-pack", template, "crmtui pack list", pack=name, meant=meant)


def packaged(key: str) -> PackFile:
    """A pack of the program, by its key."""
    with open(os.path.join(FOLDER, f"{key}.yaml"), encoding="utf-8") as stream:
        return read(stream.read(), f"{key}.yaml")


def read(text: str, name: str) -> PackFile:
    """A pack from its text.

    Args:
        name: what errors call the text.

    Raises:
        Refused: it is no document, or does not say which pack it is in which version.
    """
    from crmtui.store import spec

    document = spec.read(text, name, pack=True)
    head = {word: document.pop(word, None) for word in spec.HEAD}
    foreign = [plural for plural in ("teams", "roles", "users") if plural in document]
    if foreign:
        raise Refused(
            "bad-pack",
            N_("{file}: a pack has no {nouns}: who may do what is said where it is installed"),
            "crmtui apply -f FILE",
            file=name,
            nouns=foreign[0],
        )
    document.setdefault("types", {})
    key, version = head.pop("pack"), head.pop("version")
    if not key or not version:
        raise Refused(
            "bad-pack",
            N_("{file}: a pack says its key and version: pack: KEY, version: 1"),
            "crmtui pack show customer --yaml",
            file=name,
        )
    problem = key_problem(key, column=False, hyphens=True)
    if problem:
        raise Refused(
            "bad-key",
            N_("{key} cannot be the key of a {noun}: {problem}"),
            key=key,
            noun="pack",
            problem=problem,
        )
    return PackFile(
        key=key,
        version=version,
        types=tuple(document["types"]),
        document=document,
        text=text,
        **head,
    )
