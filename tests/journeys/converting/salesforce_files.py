"""Salesforce's metadata as XML files: an object in one file, or its parts in files of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_PARTS = {
    "fields": "fields",
    "validationRules": "validationRules",
    "recordTypes": "recordTypes",
}


class Part:
    """An element: its texts and its inner elements by name."""

    def __init__(self, element: ElementTree.Element, name: str = "") -> None:
        self.file_name = name
        self._inner: dict[str, list[Part]] = {}
        self.value = (element.text or "").strip()
        for child in element:
            self._inner.setdefault(child.tag.partition("}")[2] or child.tag, []).append(Part(child))

    def text(self, name: str, default: str = "") -> str:
        """The text of an inner element."""
        found = self._inner.get(name)
        return found[0].value if found else default

    def flag(self, name: str) -> bool:
        """Whether an inner element says true."""
        return self.text(name) == "true"

    def all(self, name: str) -> list["Part"]:
        """The inner elements of a name."""
        return self._inner.get(name, [])

    def one(self, name: str) -> "Part":
        """The first inner element of a name; an empty one when there is none."""
        return self.all(name)[0] if self.all(name) else Part(ElementTree.Element("none"))

    def take(self, name: str, part: "Part") -> None:
        """Add an inner element that stands in a file of its own."""
        self._inner.setdefault(name, []).append(part)


def objects(folder: Path) -> dict[str, Part]:
    """The objects of a folder, each whole, by name."""
    found: dict[str, Part] = {}
    for path in sorted(folder.rglob("*")):
        if path.name.endswith((".object-meta.xml", ".object")):
            found[path.name.partition(".object")[0]] = _read(path)
    for directory, tag in _PARTS.items():
        for path in sorted(folder.rglob(f"{directory}/*-meta.xml")):
            owner = path.parent.parent.name
            if owner not in found:
                found[owner] = Part(ElementTree.Element("CustomObject"))
            found[owner].take(tag, _read(path))
    return found


def files(folder: Path, ending: str) -> Iterator[tuple[str, Part]]:
    """The files of a sort, such as `layout`: their names without the ending, and what they hold."""
    for path in sorted(folder.rglob(f"*.{ending}*")):
        if path.is_file():
            yield path.name.partition(f".{ending}")[0], _read(path)


def _read(path: Path) -> Any:
    return Part(ElementTree.parse(path).getroot(), path.name)
