"""What teams, roles and users do besides their rows; permissions have a module of their own."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Definition, Role, Team, User
from crmtui.model.keys import normal_key
from crmtui.model.message import N_, Message, abridged
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.database import Database
from crmtui.store.errors import Conflict, Misused, NotFound, Refused
from crmtui.store.permission_nouns import purge_with
from crmtui.store.references import References
from crmtui.store.users import ME

USER_KEY = "[a-z][a-z0-9._-]{0,31}"
"""A user's key stands in a line of authorized_keys, so it is of the letters of a login name."""


class TeamBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.teams(retired=True)

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        return self._checked(place.key, row)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        return self._checked(place.definition.key, columns)

    def _checked(self, key: str, columns: dict[str, Any]) -> dict[str, Any]:
        """Refuse a parent that is none or makes the tree a circle, and a manager who is none."""
        above = {team.key: team.parent for team in self.catalog.teams(retired=True)}
        parent = columns.get("parent")
        if parent:
            need(self.catalog.teams(), "team", [parent])
        seen = {key}
        while parent:
            if parent in seen:
                raise Refused("circular", N_("{key} would be a team within itself"), key=key)
            seen.add(parent)
            parent = above.get(parent)
        if columns.get("manager"):
            need(self.catalog.users(), "user", [columns["manager"]])
        return columns

    def before_rename(self, place: Place, key: str) -> None:
        old = place.definition.key
        self.database.execute("UPDATE crm_team SET parent = ? WHERE parent = ?", (key, old))
        rename_within(self.database, "crm_user", "teams", old, key)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        self._refuse_full(place.definition)

    def before_purge(self, place: Place) -> None:
        self._refuse_full(place.definition)
        refuse_had(self.catalog.users(retired=True), "teams", "team", place.definition.key)

    def _refuse_full(self, team: Definition) -> None:
        assert isinstance(team, Team)
        within = [each.key for each in self.catalog.teams() if each.parent == team.key]
        if within:
            raise Refused(
                "in-use",
                N_("the team {key} has the teams {keys} below it"),
                f"crmtui team set {within[0]} --parent ''",
                key=team.key,
                keys=within,
            )
        refuse_had(self.catalog.users(), "teams", "team", team.key)


class RoleBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.roles(retired=True)

    def find(self, place: Place) -> Definition | None:
        # A script that grants line by line must not read every role for each of its lines.
        return next(iter(self.catalog.roles(retired=True, keys=[place.key])), None)

    def before_rename(self, place: Place, key: str) -> None:
        rename_within(self.database, "crm_user", "roles", place.definition.key, key)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        had = [u.key for u in self.catalog.users() if place.definition.key in u.role_keys]
        if had:
            self.notes.append(
                Message(
                    N_("{count} users lose what it let them: {users}"),
                    count=len(had),
                    users=abridged(had),
                )
            )

    def before_purge(self, place: Place) -> None:
        role = place.definition
        assert isinstance(role, Role)
        refuse_had(self.catalog.users(retired=True), "roles", "role", role.key)
        for permission in role.permissions:
            purge_with(self.database, permission, self.journal.at)


class UserBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.users(retired=True)

    def key_problem(self, key: str) -> Message | None:
        if key in ME:
            return Message(N_("{key} stands for whoever says it"), key=key)
        if re.fullmatch(USER_KEY, key):
            return None
        return Message(
            N_("a user's name is a-z, 0-9, dot, - and _, beginning with a letter, at most 32")
        )

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        from crmtui.store.journal import now_text

        row = self._checked(row, None)
        row["administrator"] = row.get("administrator") or 0
        return row | {"created_at": now_text()}

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        user = place.definition
        assert isinstance(user, User)
        if user.administrator and columns.get("administrator") == 0:
            self._refuse_last(user)
        return self._checked(columns, user)

    def _checked(self, columns: dict[str, Any], user: User | None) -> dict[str, Any]:
        """Roles and teams that there are, a uid that is one, and nobody else's."""
        if columns.get("roles"):
            need(self.catalog.roles(), "role", columns["roles"].split(","))
        if columns.get("teams"):
            need(self.catalog.teams(), "team", columns["teams"].split(","))
        if columns.get("uid") is not None:
            columns["uid"] = _uid(str(columns["uid"]))
            for other in self.catalog.users(retired=True):
                if other.uid == columns["uid"] and (user is None or other.id != user.id):
                    raise Conflict(
                        "exists",
                        N_("the uid {uid} is {user}'s"),
                        f"crmtui user set {other.key} --uid ''",
                        uid=columns["uid"],
                        user=other.key,
                    )
        if columns.get("email"):
            columns["email"] = _email(str(columns["email"]))
        return columns

    def before_rename(self, place: Place, key: str) -> None:
        old = place.definition.key
        self.database.execute("UPDATE crm_team SET manager = ? WHERE manager = ?", (key, old))
        references = References(self.database, self.catalog)
        for type_ in self.catalog.types(retired=True):
            users = frozenset(f.key.casefold() for f in type_.all_fields if f.kind == "user")
            if users:
                references.value_renamed(type_, users, old, key, old)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        user = place.definition
        assert isinstance(user, User)
        self._refuse_last(user)
        from crmtui.store.handing_over import owned

        counts = owned(self.database, self.catalog, self.tables, user)
        led = [team.key for team in self.catalog.teams() if team.manager == user.key]
        command = f"crmtui user hand-over {user.key} USER"
        if counts:
            self.notes.append(
                Message(
                    N_("{user} still has {count} records ({types}); {command} gives them away"),
                    user=user.key,
                    count=sum(counts.values()),
                    types=[f"{key}: {count}" for key, count in counts.items()],
                    command=command,
                )
            )
        if led:
            self.notes.append(
                Message(
                    N_("{user} still leads the teams {teams}; {command} gives them away"),
                    user=user.key,
                    teams=led,
                    command=command,
                )
            )

    def before_purge(self, place: Place) -> None:
        """Refuse: the journal and records name users for good."""
        raise Refused(
            "in-use",
            N_("the user {key} stays, since the journal names users; retired, they can do nothing"),
            f"crmtui user hand-over {place.definition.key} USER",
            key=place.definition.key,
        )

    def _refuse_last(self, user: User) -> None:
        others = [u for u in self.catalog.users() if u.administrator and u.id != user.id]
        if user.administrator and not others:
            raise Refused(
                "last-administrator",
                N_("{user} is the only administrator"),
                "crmtui user set USER --administrator",
                user=user.key,
            )
        if user.administrator and not any(self._comes_in(each) for each in others):
            raise Refused(
                "last-administrator",
                N_("nobody could come in as administrator: {users} have neither a uid nor a key"),
                f"crmtui user set {others[0].key} --uid UID",
                users=[each.key for each in others],
            )

    def _comes_in(self, user: User) -> bool:
        """Whether there is a way in as this user: a uid, or a key that is not revoked."""
        sql = "SELECT 1 FROM crm_key WHERE user_id = ? AND revoked_at IS NULL LIMIT 1"
        return user.uid is not None or self.database.scalar(sql, (user.id,)) is not None


def need(known: Iterable[Definition], noun: str, keys: Iterable[str]) -> None:
    """Raise `NotFound` for the first of `keys` that no definition in use has."""
    from crmtui.model.keys import closest

    there = [each.key for each in known]
    for key in keys:
        if key in there:
            continue
        meant = closest(key, there)
        if meant:
            raise NotFound(
                f"no-such-{noun}",
                N_("there is no {noun} {key}; did you mean {meant}?"),
                noun=noun,
                key=key,
                meant=meant,
            )
        raise NotFound(
            f"no-such-{noun}",
            N_("there is no {noun} {key}"),
            f"crmtui {noun} list",
            noun=noun,
            key=key,
        )


def rename_within(database: Database, table: str, column: str, old: str, new: str) -> None:
    """Rename a key in a column of comma-joined keys."""
    rows = database.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL")
    for row_id, text in rows.fetchall():
        keys = [new if key == old else key for key in text.split(",")]
        if ",".join(keys) != text:
            database.update(table, row_id, {column: ",".join(keys)})


def refuse_had(users: Iterable[User], attribute: str, noun: str, key: str) -> None:
    """Refuse while users have a role or belong to a team."""
    had = [user.key for user in users if key in (getattr(user, attribute) or "").split(",")]
    if had:
        raise Refused(
            "in-use",
            N_("the {noun} {key} is that of {users}"),
            f"crmtui user set {had[0]} --{noun} ''",
            noun=noun,
            key=key,
            users=abridged(had),
        )


def _uid(written: str) -> int:
    text = normal_key(written)
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    try:
        import pwd

        return pwd.getpwnam(text).pw_uid
    except (ImportError, KeyError, ValueError) as problem:
        raise Misused(
            "bad-uid", N_("{value} is no uid, and no login name on this machine"), value=written
        ) from problem


def _email(written: str) -> str:
    from crmtui.model.definitions import Field
    from crmtui.store.kinds import KINDS, BadValue, Reading

    try:
        return str(
            KINDS["email"].reader(Field(id=0, key="email", kind="email"), Reading())(written)
        )
    except BadValue as problem:
        raise Misused("bad-email", N_("{value} is no e-mail address"), value=written) from problem
