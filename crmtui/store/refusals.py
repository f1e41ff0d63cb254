"""What was refused: who tried what, when, and why it was not let. It changed nothing."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from crmtui.store.access import Actor
from crmtui.store.database import Database
from crmtui.store.errors import CrmError, Forbidden
from crmtui.store.guard import Refusal
from crmtui.store.history import Sought
from crmtui.store.journal import now_text, who

_OF_THE_FILE = ("read-only", "unreadable")
"""The codes of what the system refuses: nothing can be written then."""


PATIENCE = 1.0
"""Seconds that a refusal waits for others who write; who only reads is not kept waiting longer."""


class Attempt(NamedTuple):
    """Something that was refused.

    `actor` is None for somebody who is no user; `action` is the operation, or `enter` for who was
    not let in and `impersonate` for who may not act as others; `what` is what it was about.
    """

    id: int
    at: str
    actor: str | None
    impersonator: str | None
    action: str
    what: str
    reason: str
    command: str

    @property
    def who(self) -> str:
        """Who tried, for people: `alice`, or `alice (by root)`."""
        return who(self.actor or "", self.impersonator)


def note(database: Database, actor: Actor, command: str, refusals: Sequence[Refusal]) -> None:
    """Write refusals down, in a transaction of their own.

    A file that cannot be written must not turn a refusal into another error.
    """
    by = actor.impersonator
    rows = [
        {
            "at": now_text(),
            "actor_id": actor.id or None,
            "impersonator_id": by.id or None if by else None,
            "command": command,
            "action": refusal.operation,
            "type_id": refusal.type_id,
            "record_id": refusal.record_id,
            "what": refusal.what[:200],
            "reason": str(refusal.reason)[:400],
        }
        for refusal in refusals
    ]
    _write(database, rows)


def turned_away(database: Database, problem: Forbidden, command: str) -> None:
    """Write down who was not let in, or may not act as another user."""
    if problem.code in _OF_THE_FILE:
        return
    name = str(problem.facts.get("user", ""))
    actor_id = database.scalar("SELECT id FROM crm_user WHERE key = ?", (name,))
    row = {
        "at": now_text(),
        "actor_id": actor_id,
        "command": command,
        "action": "impersonate" if problem.code == "permission" else "enter",
        "what": name[:200],
        "reason": str(problem.message)[:400],
    }
    _write(database, [row])


def _write(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    try:
        with database.transaction(patience=PATIENCE):
            for row in rows:
                database.insert("crm_refusal", row)
    except CrmError:
        return


def attempts(database: Database, sought: Sought, limit: int | None = None) -> Iterator[Attempt]:
    """What was refused, newest first."""
    wheres, parameters = ["1"], []
    for condition, value in (
        ("r.type_id = ?", sought.type.id if sought.type else None),
        ("r.record_id = ?", sought.record_id),
        ("r.at >= ?", sought.since),
        ("r.at < ?", sought.until),
        ("u.key = ?", sought.actor),
        ("b.key = ?", sought.impersonator),
        ("r.what LIKE ? ESCAPE '\\'", _ending(f".{sought.field.key}") if sought.field else None),
    ):
        if value is not None:
            wheres.append(condition)
            parameters.append(value)
    rows = database.execute(
        "SELECT r.id, r.at, u.key, b.key, r.action, r.what, r.reason, r.command"
        " FROM crm_refusal r LEFT JOIN crm_user u ON u.id = r.actor_id"
        " LEFT JOIN crm_user b ON b.id = r.impersonator_id"
        f" WHERE {' AND '.join(wheres)} ORDER BY r.id DESC LIMIT ?",
        (*parameters, -1 if limit is None or sought.command else limit),
    ).fetchall()
    found = 0
    for row in rows:
        if sought.command and sought.command.casefold() not in row[7].casefold():
            continue
        number, at, actor, impersonator, action, what, reason, command = row
        yield Attempt(number, at, actor, impersonator, action, what or "", reason or "", command)
        found += 1
        if found == limit:
            return


def _ending(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}"
