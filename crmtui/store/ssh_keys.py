"""The SSH keys of users: whose a key is, and whether it is valid.

A key belongs to one user. It is never taken out of the table, so that history can say whose it
was; a revoked one may be given again, to the same user or to another one.
"""

import re
from typing import NamedTuple

from crmtui.model.message import N_
from crmtui.store.access import Actor
from crmtui.store.database import Database
from crmtui.store.errors import Conflict, NotFound, Refused
from crmtui.store.guard import Guard
from crmtui.store.journal import Journal, now_text
from crmtui.store.public_keys import PublicKey
from crmtui.store.remote import USER

_COLUMNS = (
    "SELECT k.id, u.key, k.fingerprint, k.algorithm, k.public, k.comment, k.created_at, b.key,"
    " k.revoked_at, u.retired_at IS NULL AND u.purged_at IS NULL FROM crm_key k"
    " JOIN crm_user u ON u.id = k.user_id LEFT JOIN crm_user b ON b.id = k.created_by"
)


class SshKey(NamedTuple):
    """A key that a user was let log in with.

    Args:
        data: the public half itself, in base64.
        created_by: the user who authorised it.
        revoked_at: when it was taken away; None while it was not.
        user_in_use: whether its user is not retired.
    """

    id: int
    user: str
    fingerprint: str
    algorithm: str
    data: str
    comment: str
    created_at: str
    created_by: str | None
    revoked_at: str | None
    user_in_use: bool

    @property
    def valid(self) -> bool:
        """Whether somebody who holds it may log in now."""
        return self.revoked_at is None and self.user_in_use


class SshKeys:
    """Reads, gives and takes keys, for one actor.

    Args:
        guard: what stands before the acts of who is no administrator.
    """

    def __init__(
        self, database: Database, journal: Journal, actor: Actor, guard: Guard | None
    ) -> None:
        self._database = database
        self._journal = journal
        self._actor = actor
        self._guard = guard

    def all(self) -> list[SshKey]:
        """Every key there ever was, in the order of their users; for others only their own."""
        if self._actor.administrator:
            return self._found("1 ORDER BY u.key, k.id")
        return self._found("k.user_id = ? ORDER BY k.id", self._actor.id)

    def valid(self, fingerprint: str | None = None) -> list[SshKey]:
        """The keys with which somebody may log in now: all of them, or that of a fingerprint."""
        found = self._found("? IS NULL OR k.fingerprint = ? ORDER BY k.id", *[fingerprint] * 2)
        return [key for key in found if key.valid]

    def authorize(self, user: str, given: PublicKey) -> tuple[SshKey, bool]:
        """Let a user log in with a key; the key, and whether that is new. A transaction is open.

        Raises:
            Forbidden: the actor is no administrator.
            NotFound: there is no such user.
            Conflict: the key is another user's.
            Refused: the user is retired, or their name cannot stand where it would have to.
        """
        self._require_administrator(f"authorize {user}")
        user_id = self._user_in_use(user)
        if not re.fullmatch(USER, user):
            raise Refused(
                "bad-ssh-user",
                N_(
                    "{user} cannot log in over SSH: a name there begins with a small letter and"
                    " goes on with small letters, digits and . _ -, 32 at most"
                ),
                user=user,
            )
        for known in self._found("k.fingerprint = ? AND k.revoked_at IS NULL", given.fingerprint):
            if known.user == user:
                return known, False
            raise Conflict(
                "key-of-another",
                N_("the key {fingerprint} is that of {user}; two people never share one"),
                f"crmtui ssh revoke {given.fingerprint}",
                fingerprint=given.fingerprint,
                user=known.user,
            )
        self._database.insert(
            "crm_key",
            {
                "user_id": user_id,
                "fingerprint": given.fingerprint,
                "algorithm": given.algorithm,
                "public": given.data,
                "comment": given.comment,
                "created_at": now_text(),
                "created_by": self._actor.id,
            },
        )
        self._tell("authorize", user, given.fingerprint)
        return self._found("k.fingerprint = ? ORDER BY k.id DESC", given.fingerprint)[0], True

    def revoke(self, which: str) -> list[SshKey]:
        """Let nobody log in any more with a key, named by its fingerprint, or any key of a user.

        Returns:
            The keys that were valid until now; a transaction is open.

        Raises:
            Forbidden: the actor is no administrator.
            NotFound: there is no such key or user.
        """
        self._require_administrator(f"revoke {which}")
        if which.startswith("SHA256:"):
            found = self._found("k.fingerprint = ?", which)
            if not found:
                raise NotFound(
                    "no-such-key",
                    N_("there is no key {fingerprint}"),
                    "crmtui ssh list",
                    fingerprint=which,
                )
        else:
            user_id = self._database.scalar("SELECT id FROM crm_user WHERE key = ?", (which,))
            if user_id is None:
                raise _no_user(which)
            found = self._found("k.user_id = ?", user_id)
        revoked = [key for key in found if key.revoked_at is None]
        for key in revoked:
            self._database.update("crm_key", key.id, {"revoked_at": now_text()})
            self._tell("revoke", key.user, key.fingerprint)
        return revoked

    def _found(self, where: str, *values: object) -> list[SshKey]:
        rows = self._database.execute(f"{_COLUMNS} WHERE {where}", values)
        return [SshKey._make((*row[:-1], bool(row[-1]))) for row in rows]

    def _require_administrator(self, what: str) -> None:
        if self._guard is not None:
            self._guard.configuring(None, what)

    def _user_in_use(self, user: str) -> int:
        row = self._database.execute(
            "SELECT id, retired_at FROM crm_user WHERE key = ? AND purged_at IS NULL", (user,)
        ).fetchone()
        if row is None:
            raise _no_user(user)
        if row[1] is not None:
            raise Refused(
                "retired-user",
                N_("the user {user} is retired"),
                f"crmtui user restore {user}",
                user=user,
            )
        return int(row[0])

    def _tell(self, op: str, user: str, fingerprint: str) -> None:
        self._journal.write(op, None, changes={"user": user, "fingerprint": fingerprint})


def _no_user(user: str) -> NotFound:
    return NotFound(
        "no-such-user", N_("there is no user {value}"), f"crmtui user add {user}", value=user
    )
