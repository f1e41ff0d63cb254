"""Packs in a workspace: installing, upgrading and removing ready-made types."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Frozen, Pack
from crmtui.model.keys import closest
from crmtui.model.message import N_, Message
from crmtui.store import spec
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.configuration import Configuration
from crmtui.store.errors import Conflict, NotFound, Refused
from crmtui.store.packs import files as pack_files
from crmtui.store.packs.files import PackFile, PackHead
from crmtui.store.packs.memory import Memory, Standing, memory_text, remembered
from crmtui.store.packs.merging import Merge
from crmtui.store.packs.scene import Scene, Side


class PackState(PackHead):
    """A pack as `pack list` tells it: what it says of itself, and the version installed, if any."""

    installed: str | None = None


class PackOutcome(Frozen):
    """What came of packs: the changes, what users had changed and stays, and what waits."""

    changes: tuple[Change, ...]
    kept: tuple[Message, ...] = ()
    waiting: tuple[str, ...] = ()


def available() -> list[PackState]:
    """The packs of the program, in order, as where none is installed."""
    found = [pack_files.packaged(key) for key in pack_files.ORDER]
    return [
        PackState(
            key=pack.key,
            version=pack.version,
            label=pack.label,
            label_zh=pack.label_zh,
            types=pack.types,
        )
        for pack in found
    ]


class Packs:
    """The packs of one workspace; what writes needs an intent that is open.

    Args:
        count: gives the number of live records of a type.
    """

    def __init__(
        self, catalog: Catalog, configuration: Configuration, count: Callable[[str], int]
    ) -> None:
        self._catalog = catalog
        self._configuration = configuration
        self._count = count

    def states(self) -> list[PackState]:
        """The packs of the program in order, then those of users that are installed."""
        installed = {pack.key: pack for pack in self.installed()}
        states = []
        for state in available():
            pack = installed.pop(state.key, None)
            states.append(state.but(installed=pack.version) if pack else state)
        for pack in installed.values():
            types = tuple(json.loads(pack.document)["types"])
            head: dict[str, Any] = {"key": pack.key, "label": pack.label, "label_zh": pack.label_zh}
            states.append(
                PackState(**head, version=pack.version, installed=pack.version, types=types)
            )
        return states

    def file(self, key: str) -> PackFile:
        """An installed pack as the file that it was; raises `NotFound`."""
        pack = self.find(key)
        head = {"version": pack.version, "label": pack.label, "label_zh": pack.label_zh}
        said = {name: text for name, text in head.items() if text}
        text = spec.write({"pack": pack.key} | said | json.loads(pack.document))
        return pack_files.read(text, pack.key)

    def installed(self) -> list[Pack]:
        """The packs that are installed: not removed, and with a type that is in use."""
        standing = Standing(self._catalog)
        return [
            pack
            for pack in self._catalog.packs()
            if not pack.retired and _types_of(remembered(pack.made), standing, adopted=True)
        ]

    def find(self, key: str) -> Pack:
        """The installed pack of that key; raises `NotFound`."""
        installed = {pack.key: pack for pack in self.installed()}
        if key in installed:
            return installed[key]
        if key not in pack_files.ORDER and not closest(key, list(installed)):
            raise pack_files.no_such_pack(key)
        meant = closest(key, list(installed))
        raise NotFound(
            "not-installed",
            N_("the pack {pack} is not installed; did you mean {meant}?")
            if meant
            else N_("the pack {pack} is not installed"),
            "crmtui pack list",
            pack=key,
            meant=meant,
        )

    def install(self, files: Sequence[PackFile], *, merge: bool = False) -> PackOutcome:
        """Install packs, or bring those that are installed to what the files say.

        Args:
            merge: add to types that did not come from the pack what they lack.

        Raises:
            Conflict: a type is there already and did not come from the pack.
        """
        _refuse_same_types(files)
        rows = {pack.key: pack for pack in self._catalog.packs()}
        live = {pack.key for pack in self.installed()}
        revived = [change for f in files if f.key not in live for change in self._revive(rows, f)]
        wanted = {file.key: file for file in files}
        standing = Standing(self._catalog)
        sides = [
            _side(file, rows.get(key), standing, live=key in live, merge=merge)
            for key, file in wanted.items()
        ]
        for key in sorted(live - wanted.keys(), key=lambda key: rows[key].position):
            document = json.loads(rows[key].document)
            sides.append(Side(key, document, document, remembered(rows[key].made)))
        sides.sort(key=_rank)
        outcome = self._merged(sides, wanted, rows)
        return outcome.but(changes=(*revived, *outcome.changes))

    def upgrade(self, files: Sequence[PackFile] = ()) -> PackOutcome:
        """Bring installed packs to what files say, all those of the program when none is given.

        Raises:
            NotFound: a pack is not installed.
        """
        for file in files:
            self.find(file.key)
        if not files:
            known = [pack.key for pack in self.installed() if pack.key in pack_files.ORDER]
            files = [pack_files.packaged(key) for key in known]
        return self.install(files)

    def remove(self, keys: Sequence[str], *, force: bool = False) -> PackOutcome:
        """Retire the types that came from packs, and what was theirs alone.

        Args:
            force: also when they hold records; those are kept, and come back with the types.

        Raises:
            NotFound: a pack is not installed.
            Refused: types hold records; all of them are named with their numbers.
        """
        packs = [self.find(key) for key in dict.fromkeys(keys)]
        standing = Standing(self._catalog)
        types = [key for pack in packs for key in _types_of(remembered(pack.made), standing)]
        held = [f"{key} ({count})" for key in types if (count := self._count(key))]
        if held and not force:
            raise Refused(
                "holds-records",
                N_("there are records of {types}; --force retires the types all the same"),
                f"crmtui pack remove {packs[0].key} --force",
                types=held,
            )
        changes = [Change("remove", "type", key) for key in types]
        changes += [Change("remove", "pack", pack.key) for pack in packs]
        changes += self._empty_categories(packs, set(types), standing)
        return PackOutcome(changes=self._applied(changes))

    def _empty_categories(
        self, packs: Sequence[Pack], types: set[str], standing: Standing
    ) -> list[Change]:
        """The retirements of categories that came with packs and have nothing under them."""
        used = {t.category for t in standing.types if not t.retired and t.key not in types}
        used |= {each.parent for each in standing.categories if not each.retired}
        found = {
            now[0]
            for pack in packs
            for (noun, _path), entry in remembered(pack.made).items()
            if noun == "category" and (now := standing.now(noun, entry)) and not now[1].retired
        }
        return [Change("remove", "category", key) for key in sorted(found - used)]

    def _revive(self, rows: dict[str, Pack], file: PackFile) -> list[Change]:
        """Bring back what a removed or undone pack had made; what was purged is made anew.

        What users had retired before the pack went stays retired.
        """
        row = rows.get(file.key)
        if row is None:
            return []
        standing = Standing(self._catalog)
        changes = [Change("restore", "pack", row.key)]
        for (noun, _path), entry in remembered(row.made).items():
            now = standing.now(noun, entry)
            if now is None or now[1].retired_at is None:
                continue
            went_along = row.retired_at is not None and now[1].retired_at >= row.retired_at
            if noun in ("type", "category") or went_along:
                changes.append(Change("restore", noun, now[0]))
        return list(self._applied(changes))

    def _merged(
        self, sides: list[Side], files: dict[str, PackFile], rows: dict[str, Pack]
    ) -> PackOutcome:
        scene = Scene(Standing(self._catalog), sides)
        merge = Merge(scene)
        changes = list(self._applied(spec.changes(merge.document(), self._catalog)))
        waiting = tuple(scene.waiting())
        scene.settle(Standing(self._catalog))
        noted = []
        for side in sides:
            file, row = files.get(side.key), rows.get(side.key)
            if not changes and row and (file is None or _as_installed(file, row)):
                continue
            values: dict[str, Any] = {"made": memory_text(merge.remember(side))}
            if file is not None:
                values |= {"version": file.version, "document": _text(file.document)}
                values |= {"label": file.label, "label_zh": file.label_zh}
            if row is not None:
                values = {name: each for name, each in values.items() if each != getattr(row, name)}
            noted.append(Change("set" if row else "add", "pack", side.key, values))
        return PackOutcome(
            changes=(*changes, *self._applied(noted)), kept=tuple(merge.kept), waiting=waiting
        )

    def _applied(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Apply changes; those that changed something."""
        return tuple(change for change in changes if self._configuration.apply(change))


def _side(file: PackFile, row: Pack | None, standing: Standing, *, live: bool, merge: bool) -> Side:
    if row is None:
        return Side(file.key, {}, file.document, {}, merge=merge)
    memory = remembered(row.made)
    if not live:
        # A type that was purged is made anew with all that hangs on it.
        gone = {
            path
            for (noun, path), entry in memory.items()
            if noun == "type" and standing.now(noun, entry) is None
        }
        memory = {ref: each for ref, each in memory.items() if ref[1].split(".")[0] not in gone}
    return Side(file.key, json.loads(row.document), file.document, memory, merge=merge)


def _types_of(memory: Memory, standing: Standing, *, adopted: bool = False) -> list[str]:
    """The types in use that a pack made, by their present keys; adopted ones when asked for."""
    found = [
        now
        for (noun, _path), entry in memory.items()
        if noun == "type" and (adopted or not entry.adopted)
        for now in [standing.now(noun, entry)]
    ]
    return [now[0] for now in found if now and not now[1].retired]


def _rank(side: Side) -> int:
    """The place of a pack's types among those of others: it does not depend on who came first."""
    order = pack_files.ORDER
    return order.index(side.key) if side.key in order else len(order)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _as_installed(file: PackFile, row: Pack) -> bool:
    return (file.version, _text(file.document)) == (row.version, row.document)


def _refuse_same_types(files: Sequence[PackFile]) -> None:
    owners: dict[str, str] = {}
    for file in files:
        for key in file.types:
            other = owners.setdefault(key, file.key)
            if other != file.key:
                raise Conflict(
                    "exists",
                    N_("the packs {pack} and {other} both have the type {type}"),
                    pack=file.key,
                    other=other,
                    type=key,
                )
