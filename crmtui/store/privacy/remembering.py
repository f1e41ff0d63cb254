"""That something was asked or erased about a person: who, when and how much, and not about whom.

Of the person only hashes are kept, of the texts by which they were looked for; with the salt of the
workspace, and slow to make. So it can be told whether a certain person was erased, and nobody can
read from it who was.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from crmtui.store.access import Actor
from crmtui.store.database import Database
from crmtui.store.journal import now_text, who
from crmtui.store.privacy.subjects import Needle, hashed

_SALT = "privacy_salt"


class Remembered(NamedTuple):
    """One of those acts.

    Args:
        action: `find`, `export` or `erase`.
        act: the act in the journal; None when that has none.
        finished: whether nothing is left in unused space and in files; None where that does not
            matter.
    """

    id: int
    at: str
    actor: str
    impersonator: str | None
    action: str
    subject: str
    counts: dict[str, int]
    act: int | None
    finished: bool | None

    @property
    def who(self) -> str:
        """Who did it, for people: `alice`, or `alice (by root)`."""
        return who(self.actor, self.impersonator)


class Memory:
    """Writes and reads what is remembered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self,
        actor: Actor,
        action: str,
        texts: Sequence[str],
        counts: Mapping[str, int],
        act: int | None = None,
        contents: Sequence[str] | None = None,
    ) -> None:
        """Remember an act; a transaction is open.

        Args:
            texts: by which the person was looked for.
            contents: the hashes of contents that are still to be removed; None of what erased
                nothing.
        """
        by = actor.impersonator
        row = {
            "at": now_text(),
            "actor_id": actor.id,
            "impersonator_id": by.id if by else None,
            "action": action,
            "subject": " ".join(self._hashes(texts)),
            "counts": json.dumps(dict(counts)),
            "act_id": act,
        }
        if contents is not None:
            row["contents"] = " ".join(contents)
        self._database.insert("crm_privacy", row)

    def rows(self, text: str | None = None) -> Iterator[Remembered]:
        """What is remembered, newest first.

        Args:
            text: only about whom this was looked for.
        """
        wanted = self._hashes([text])[0] if text else None
        rows = self._database.execute(
            "SELECT p.id, p.at, u.key, b.key, p.action, p.subject, p.counts, p.act_id,"
            " p.contents, p.finished_at FROM crm_privacy p JOIN crm_user u ON u.id = p.actor_id"
            " LEFT JOIN crm_user b ON b.id = p.impersonator_id ORDER BY p.id DESC"
        ).fetchall()
        for row in rows:
            number, at, actor, by, action, subject, counts, act, contents, finished_at = row
            if wanted is None or wanted in subject.split():
                finished = None if contents is None else finished_at is not None
                counted = json.loads(counts)
                yield Remembered(number, at, actor, by, action, subject, counted, act, finished)

    # What is not finished

    def unfinished(self) -> list[tuple[int, list[str]]]:
        """The erasures whose traces were not all removed yet: their ids and contents to remove."""
        rows = self._database.execute(
            "SELECT id, contents FROM crm_privacy WHERE contents IS NOT NULL"
            " AND finished_at IS NULL ORDER BY id"
        )
        return [(row[0], row[1].split()) for row in rows.fetchall()]

    def finish(self, ids: Sequence[int]) -> None:
        """Remember that nothing is left of some erasures; a transaction is open."""
        for number in ids:
            self._database.update("crm_privacy", number, {"finished_at": now_text()})

    def _hashes(self, texts: Sequence[str]) -> list[str]:
        salt = self._database.scalar("SELECT value FROM crm_setting WHERE key = ?", (_SALT,))
        if salt is None:
            salt = secrets.token_hex(16)
            if self._database.in_transaction:
                self._database.insert("crm_setting", {"key": _SALT, "value": salt})
        return [hashed(Needle(text), salt) for text in texts]
