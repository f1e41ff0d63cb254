"""Giving records to another user: single ones, or all that somebody has who leaves.

Whose a record is says the field for its owner; it is set by the ordinary write path, so that rules
hold, history tells it and undo takes it back.
"""

from typing import TYPE_CHECKING

from crmtui.model.definitions import Field, Frozen, Type, User
from crmtui.model.message import N_
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Misused, Refused
from crmtui.store.kinds import Reading
from crmtui.store.people_nouns import need
from crmtui.store.query import Plan
from crmtui.store.records import Records
from crmtui.store.tables import Tables
from crmtui.store.users import ME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmtui.store.access import Actor
    from crmtui.store.configuration import Configuration


class HandedOver(Frozen):
    """What was handed over: how many records of each type, and the teams that are led by another.

    `stay` counts, by type, what cannot be: records that are whose who made them.
    """

    giver: str
    taker: str
    records: dict[str, int]
    teams: tuple[str, ...]
    stay: dict[str, int]


class HandingOver:
    """Gives records to other users inside the transaction that is open.

    Args:
        located: gives the type and the number that the reference of a record means.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        located: "Callable[[str], tuple[Type, int]]",
        records: Records,
        configuration: "Configuration",
        actor: "Actor",
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._located = located
        self._records = records
        self._configuration = configuration
        self._actor = actor

    def assign(self, ref: str, user: str) -> bool:
        """Give a record to a user; False when it is theirs already.

        Raises:
            NotFound: there is no such record or user.
            Refused: records of the type have no field for their owner, or a rule stands against it.
            Forbidden: no role lets the actor give it away.
        """
        type_, record_id = self._located(ref)
        owner = self._owner(type_)
        draft, given = self._records.draft(type_), {owner.key: self._user(user).id}
        return self._records.set_stored(type_, record_id, given, draft, assigning=True)

    def hand_over(
        self, giver: str, taker: str, type_key: str | None = None, where: str | None = None
    ) -> HandedOver:
        """Give a user's records to another one, and let that one lead the user's teams.

        Args:
            giver: may be retired.
            type_key: only records of this type; teams stay as they are then.
            where: only records where this holds.

        Raises:
            NotFound: there is no such user.
            Forbidden: the actor is no administrator.
            Refused: a rule stands against one of the records.
        """
        if self._records.guard:
            self._records.guard.configuring(None, f"user hand-over {giver} {taker}")
        type_ = self._catalog.type(type_key) if type_key else None
        if where is not None and type_ is None:
            raise Misused("no-type", N_("an expression is about one type; say which"))
        from_, to = self._user(giver, retired=True), self._user(taker)
        if from_.id == to.id:
            raise Misused("same-user", N_("{user} has the records already"), user=to.key)
        given, stay = dict[str, int](), dict[str, int]()
        for each in [type_] if type_ else self._catalog.types():
            self._tables.need(each.key)
            if each.owner_field is None and type_ is None:
                stay[each.key] = self._made_by(each, from_)
            else:
                given[each.key] = self._give(each, from_, to, where)
        teams = [] if type_ else [t.key for t in self._catalog.teams() if t.manager == from_.key]
        for team in teams:
            self._configuration.apply(Change("set", "team", team, {"manager": to.key}))
        return HandedOver(
            giver=from_.key,
            taker=to.key,
            records={key: count for key, count in given.items() if count},
            teams=tuple(teams),
            stay={key: count for key, count in stay.items() if count},
        )

    def _give(self, type_: Type, from_: User, to: User, where: str | None) -> int:
        owner = self._owner(type_)
        draft = self._records.draft(type_)
        owned = list(self._owned(type_, owner, from_, where))
        for record_id in owned:
            self._records.set_stored(type_, record_id, {owner.key: to.id}, draft)
        return len(owned)

    def _owned(self, type_: Type, owner: Field, user: User, where: str | None) -> "Iterator[int]":
        """The records of a user, none that were removed."""
        plan = Plan(self._database, self._catalog, type_, Reading(), self._actor.key, ["id"])
        plan.live()
        plan.where(f"r.{quoted(owner.key)} = ?", user.id)
        plan.matching(where)
        for record in plan.records(plan.orders(()), None):
            yield record.id

    def _made_by(self, type_: Type, user: User) -> int:
        sql = f"SELECT count(*) FROM {quoted(type_.key)} WHERE created_by = ?"
        return self._database.scalar(f"{sql} AND removed_at IS NULL", (user.id,))

    def _owner(self, type_: Type) -> Field:
        owner, guard = type_.owner_field, self._records.guard
        seen = guard.visible.type(type_.key, retired=True) if guard else type_
        if owner is None or owner.key not in seen.field_by_key:
            raise Refused(
                "no-owner",
                N_("records of {type} have no field for their owner"),
                f"crmtui field add {type_.key}.owner --kind user",
                type=type_.key,
            )
        return owner

    def _user(self, word: str, *, retired: bool = False) -> User:
        key = self._actor.key if word.casefold() in ME else word.strip().casefold()
        known = self._catalog.users(retired=True)
        gone = next((user for user in known if user.key == key and user.retired), None)
        if gone is not None and not retired:
            raise Refused(
                "retired-user",
                N_("the user {user} is retired"),
                f"crmtui user restore {key}",
                user=key,
            )
        need(known, "user", [key])
        return next(user for user in known if user.key == key)


def owned(database: Database, catalog: Catalog, tables: Tables, user: User) -> dict[str, int]:
    """How many records a user has of each type whose records have a field for their owner."""
    counts: dict[str, int] = {}
    for type_ in catalog.types():
        owner = type_.owner_field
        if owner is not None:
            tables.need(type_.key)
            sql = f"SELECT count(*) FROM {quoted(type_.key)} WHERE {quoted(owner.key)} = ?"
            counts[type_.key] = database.scalar(f"{sql} AND removed_at IS NULL", (user.id,))
    return {key: count for key, count in counts.items() if count}
