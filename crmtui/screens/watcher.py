"""Notices what other processes, and our own writing thread, have changed."""

from dataclasses import dataclass, field

from crmtui.store.workspace import Workspace

_ENOUGH = 1000
"""So many changes at once are not told one by one any more."""


@dataclass(frozen=True)
class StoreChange:
    """What has changed since the last look.

    Args:
        records: the ids of changed records by type key.
        everything: so much changed that the rest was not counted.
        configured: definitions changed too.
    """

    records: dict[str, frozenset[int]] = field(default_factory=dict)
    everything: bool = False
    configured: bool = False

    def touches(self, *type_keys: str | None) -> bool:
        """Whether records of any of these types may have changed."""
        return self.everything or self.configured or any(key in self.records for key in type_keys)

    def reaches(self, type_key: str, record_id: int) -> bool:
        """Whether a record may have changed."""
        return (
            self.everything
            or self.configured
            or record_id in self.records.get(type_key, frozenset())
        )


class Watcher:
    """Looks at `PRAGMA data_version` (two microseconds); reads the journal only when it moved."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._version = workspace.data_version()
        self._position = workspace.journal_position()

    def look(self) -> StoreChange | None:
        """What has changed since the last look, or None.

        Raises:
            CrmError: it cannot be read; the next look tries again.
        """
        version = self._workspace.data_version()
        if version == self._version:
            return None
        rows = self._workspace.changes_since(self._position, _ENOUGH)
        self._version = version
        if not rows:
            return None
        everything = len(rows) >= _ENOUGH
        self._position = self._workspace.journal_position() if everything else rows[-1][0]
        found: dict[str, set[int]] = {}
        configured = False
        for _journal_id, type_key, record_id in rows:
            if record_id is None:
                configured = True
            else:
                found.setdefault(type_key, set()).add(record_id)
        records = {key: frozenset(ids) for key, ids in found.items()}
        return StoreChange(records, everything, configured)
