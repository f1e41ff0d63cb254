"""The journal: every change of data and configuration, written in the same transaction.

One act is one intent (who, when, by which command); its journal rows say what changed. Fields,
types and statuses stand in it by id, so that a rename rewrites nothing. History, undo, stage
durations and the audit trail are all readings of these two tables.

`changes` is JSON: for `add` the values `{field id: value}`, for `set`, `move`, `remove`, `restore`
and `erase` the differences `{field id: [before, after]}`, for `configure` the change itself. For a
value that was erased since stands `{"erased": null}`, for a text of which a part was erased
`{"erased": TEXT}`, TEXT being what is left of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crmtui.store.database import Database

if TYPE_CHECKING:
    from crmtui.store.access import Actor

try:
    # What `json` itself quotes text with; the whole of it costs a twentieth of a short command.
    from _json import encode_basestring
except ImportError:
    from json.encoder import encode_basestring


class Journal:
    """Writes the journal for one actor; `command` may change from intent to intent."""

    def __init__(self, database: Database, actor: "Actor", command: str) -> None:
        self._database = database
        self._actor = actor
        self._command = command
        self._act: int | None = None
        self.at = ""

    def begin(self, command: str | None = None) -> None:
        """Start a new act; written with its first row, so an intent without effect leaves none."""
        if command is not None:
            self._command = command
        self._act = None
        self.at = now_text()

    def under_way(self) -> tuple[str, int | None, str]:
        """The present act, to be given to `resume` when one inside it has ended."""
        return self._command, self._act, self.at

    def resume(self, act: tuple[str, int | None, str]) -> None:
        """Go on with an earlier act; what was undone meanwhile is not part of it."""
        self._command, self._act, self.at = act

    def act(self) -> int:
        """The id of the act under way."""
        if self._act is None:
            row = {"at": self.at, "actor_id": self._actor.id, "command": self._command}
            if self._actor.impersonator is not None:
                row["impersonator_id"] = self._actor.impersonator.id
            self._act = self._database.insert("crm_act", row)
        return self._act

    def write(
        self,
        op: str,
        type_id: int | None,
        record_id: int | None = None,
        changes: Mapping[str, Any] | None = None,
        status_before: int | None = None,
        status_after: int | None = None,
    ) -> None:
        """One change, with the values before and after."""
        self._database.execute(
            _INSERT,
            (self.act(), type_id, record_id, op, status_before, status_after, encoded(changes)),
        )

    def write_many(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Many changes at once: type and record id, op, status before and after, changes text."""
        act = self.act()
        self._database.connection.executemany(_INSERT, ((act, *row) for row in rows))


_INSERT = (
    "INSERT INTO crm_journal (act_id, type_id, record_id, op, status_before, status_after, changes)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


ERASED = "[erased]"
"""What is read where something about a person was erased."""


def erased(left: str | None = None) -> dict[str, str | None]:
    """What stands in the journal for a value that was erased.

    Args:
        left: what is left of a text of which a part was erased.
    """
    return {"erased": left}


def is_erased(value: Any) -> bool:
    """Whether a value of the journal was erased, or a part of it."""
    return isinstance(value, dict) and "erased" in value


def who(actor: str, impersonator: str | None) -> str:
    """Who acted, for people: `alice`, or `alice (by root)`."""
    return f"{actor} (by {impersonator})" if impersonator else actor


def now_text() -> str:
    """The present moment as it is stored."""
    return stored_moment(datetime.now(UTC))


def stored_moment(moment: datetime) -> str:
    """A moment in UTC as acts keep it: to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def encoded(changes: Mapping[str, Any] | None) -> str | None:
    """`changes` as compact JSON, or None when there are none."""
    if not changes:
        return None
    return _json(changes)


def encoded_list(values: Sequence[Any]) -> str:
    """Values as a compact JSON array."""
    return _json(values)


def as_kept(journalled: Any) -> Any:
    """A value of the journal's JSON as records hold it: several ids are a tuple there."""
    return tuple(journalled) if isinstance(journalled, list) else journalled


def _json(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        parts = (f"{encode_basestring(str(key))}:{_json(each)}" for key, each in value.items())
        return f"{{{','.join(parts)}}}"
    return f"[{','.join(map(_json, value))}]"
