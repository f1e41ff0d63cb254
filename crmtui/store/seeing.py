"""What an actor reads from an open workspace: records, boards, history, answers in SQL."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Frozen, Stage, Type
from crmtui.model.message import N_
from crmtui.store.database import translated
from crmtui.store.errors import NotFound, Refused
from crmtui.store.kinds import KINDS, Reading
from crmtui.store.opened import Opened
from crmtui.store.query import Plan, Record, split_ref, title_sql

if TYPE_CHECKING:
    from crmtui.store.attachments import Attachment
    from crmtui.store.history import Entry, History, Sought
    from crmtui.store.privacy.requests import Requests
    from crmtui.store.refusals import Attempt
    from crmtui.store.sql.asking import Answer, Asking
    from crmtui.store.sql.limits import Limits
    from crmtui.store.sql.shapes import TableShape


class BoardColumn(Frozen):
    """A stage of a board: how many records stand there and what they add up to.

    `total` is shown text in the unit of the type's sum field, None when there is nothing to add;
    `blocked` says that the actor, who may move records, may move none there.
    """

    stage: Stage
    count: int
    total: str | None
    blocked: bool = False


class Selection(Frozen):
    """Records asked for: their plan (columns) and the rows, streamed."""

    plan: Plan
    rows: Iterator[Sequence[Any]]

    def records(self) -> Iterator[Record]:
        """The rows as records."""
        return (Record(self.plan, row) for row in self.rows)


MAX_LOOKUP = 200
"""Characters by which a record is looked up; LIKE refuses very long patterns."""


class Seeing(Opened):
    """An open workspace that is read from, as far as its actor may."""

    def plan(
        self, type_key: str, fields: Sequence[str] | None = None, *, retired: bool = False
    ) -> Plan:
        """A SELECT over the live records of a type, to be narrowed and read."""
        plan = self._plan(self.type(type_key, retired=retired), fields)
        plan.live()
        return plan

    def _plan(self, type_: Type, fields: Sequence[str] | None = None) -> Plan:
        self._tables.need(type_.key)
        for field in type_.fields:
            if field.target:
                self._tables.need(field.target)
        return Plan(self._database, self._shown, type_, Reading(), self.actor.key, fields)

    def select(
        self,
        type_key: str,
        *,
        where: str | None = None,
        sort: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
        after: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> Selection:
        """Records of a type, streamed.

        Args:
            where: an SQL expression over fields and one-hop links.
            sort: field keys, `-key` descending; the id decides last.
            after: the reference of a record; only what comes behind it in this order.
            fields: the columns wanted.
        """
        with self._noting():
            plan = self.plan(type_key, fields)
            plan.matching(where)
            orders = plan.orders(sort)
        if after:
            after_type, after_id = split_ref(after if "/" in after else f"{type_key}/{after}")
            if self.type(after_type).id != plan.type.id:
                raise NotFound("no-such-record", N_("there is no record {ref}"), ref=after)
            plan.after(after_id, orders)
        with translated(self.path):
            return Selection(plan=plan, rows=plan.rows(orders, limit, offset))

    def export(
        self, type_key: str, *, where: str | None = None, fields: Sequence[str] | None = None
    ) -> Selection:
        """Every live record, links written so that an import finds the same record again."""
        plan = self.plan(type_key, fields)
        self._require_let("export", plan.type)
        if self.rights:
            plan.where(self.rights.let("export", plan.type))
        plan.matching(where)
        plan.unmistakable_links()
        with translated(self.path):
            return Selection(plan=plan, rows=plan.rows(plan.orders(())))

    def records(self, type_key: str, **wanted: Any) -> list[Record]:
        """Records of a type as a list; arguments as of `select`."""
        with translated(self.path):
            return list(self.select(type_key, **wanted).records())

    def count(self, type_key: str, where: str | None = None) -> int:
        """How many records match."""
        plan = self.plan(type_key, ["id"])
        plan.matching(where)
        return plan.count()

    def counts(self) -> dict[str, int]:
        """The number of live records by type key."""
        return {type_.key: self.count(type_.key) for type_ in self.types()}

    def record(self, ref: str, fields: Sequence[str] | None = None) -> Record:
        """One record by its reference, removed ones too; raises `NotFound`."""
        type_key, record_id = split_ref(ref)
        return self._record(self.type(type_key), record_id, fields)

    def _record(self, type_: Type, record_id: int, fields: Sequence[str] | None = None) -> Record:
        with self._noting():
            found = self._single(type_, fields).one(record_id)
            if found is not None:
                return found
            ref = f"{type_.key}/{record_id}"
            raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)

    def _single(self, type_: Type, fields: Sequence[str] | None) -> Plan:
        """The plan by which single records of a type are read; made once while nothing changes."""
        key = (type_.key, tuple(fields) if fields is not None else None)
        known = self._singles.get(key)
        state = self._catalog.generation
        if known is None or known[0] != state or known[1].type is not type_ or known[1].outlived:
            known = self._singles[key] = (state, self._plan(type_, fields))
        return known[1]

    def candidates(self, type_key: str, text: str, limit: int = 20) -> list[Record]:
        """Records whose title holds `text`, for looking up a link while typing."""
        plan = self.plan(type_key)
        title = plan.type.titled_as
        if title is None:
            return list(plan.records(plan.orders(()), limit))
        sql = title_sql(self._shown, plan.type, "r")
        kind = KINDS[title.kind]
        if text:
            escaped = (
                text[:MAX_LOOKUP].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            )
            plan.where(f"{kind.expression(sql, title)} LIKE ? ESCAPE '\\'", f"%{escaped}%")
        return list(plan.records([(kind.order(sql), False), ("r.id", False)], limit))

    def users(self, text: str = "", limit: int = 20) -> list[str]:
        """The keys of the users whose key holds `text`, for looking one up while typing."""
        from crmtui.store.suggestions import users

        self._refresh()
        return users(self._database, text, limit)

    def tags(self, type_key: str, field: str, text: str = "", limit: int = 20) -> list[str]:
        """Tags that hold `text`, of those that records have in a field, for writing them alike."""
        from crmtui.store.suggestions import tags

        plan = self.plan(type_key, [field])
        (column,) = plan.shown
        if column.field is None or column.field.kind != "tags":
            return []
        return tags(self._database, self._shown.source(plan.type.key), column.key, text, limit)

    def board(self, type_key: str, where: str | None = None) -> list[BoardColumn]:
        """The stages of a type in order, with count and sum of the records in each."""
        plan = self.plan(type_key, ["id"])
        plan.matching(where)
        summed = plan.type.sum_field
        found = plan.by_stage(summed)
        columns = []
        for stage in plan.type.stages:
            count, total = found.get(stage.key, (0, None))
            shown = None
            if summed and total is not None:
                shown = KINDS[summed.kind].shown(total, summed, self.language)
            blocked = self.rights is not None and self.rights.blocked(type_key, stage)
            columns.append(BoardColumn(stage=stage, count=count, total=shown, blocked=blocked))
        return columns

    def cards(
        self,
        type_key: str,
        stage: str,
        *,
        where: str | None = None,
        offset: int = 0,
        limit: int | None = 50,
        fields: Sequence[str] | None = None,
    ) -> list[Record]:
        """The records of a stage, those that entered last first."""
        plan = self.plan(type_key, fields)
        plan.where("r.stage = ?", stage)
        plan.matching(where)
        return list(plan.records([("r.status_since", True), ("r.id", True)], limit, offset))

    def history(self, ref: str, limit: int | None = 200, *, machine: bool = False) -> list["Entry"]:
        """What happened to a record and the actor may know of, newest first.

        Raises:
            Forbidden: they may see the record, and not what happened to it.
        """
        from crmtui.store.history import Sought

        record = self.record(ref, ["id"])
        self._require_let("history", record.type, record.id)
        sought = Sought(record.type, record.id)
        return list(self._history().entries(sought, limit, machine=machine))

    def log(
        self,
        type_key: str | None = None,
        *,
        limit: int | None = None,
        machine: bool = False,
        **sought: str | None,
    ) -> Iterator["Entry"]:
        """Everything that happened and the actor may know of, newest first.

        Args:
            sought: what is looked for; see `store.looking_back.sought_for`.
        """
        wanted = self._sought(type_key, sought)
        self._require_let("history", wanted.type)
        return self._history().entries(wanted, limit, machine=machine)

    @property
    def tells_history(self) -> bool:
        """Whether the actor may know anything of what happened."""
        return self.rights is None or self.rights.history.lets_any()

    def _sought(self, type_key: str | None, said: Mapping[str, str | None]) -> "Sought":
        from crmtui.store.looking_back import sought_for

        with self._noting():
            return sought_for(
                type_key,
                said,
                types=lambda key: self.type(key, retired=True),
                records=lambda ref: self.record(ref, ["id"]),
                users=[user.key for user in self._catalog.users(retired=True)],
            )

    def refusals(
        self, type_key: str | None = None, *, limit: int | None = None, **sought: str | None
    ) -> Iterator["Attempt"]:
        """What was refused, newest first; for administrators. Arguments as of `log`.

        Raises:
            Forbidden: the actor is no administrator.
        """
        from crmtui.store.refusals import attempts

        self._require_administrator("log --refused")
        return attempts(self._database, self._sought(type_key, sought), limit)

    @property
    def privacy(self) -> "Requests":
        """What is kept about one person: found, exported, erased; for administrators.

        Raises:
            Forbidden: the actor is no administrator.
        """
        from crmtui.store.privacy.requests import Requests

        self._refresh()
        self._require_administrator("privacy")
        return Requests(
            self._database, self._catalog, self.intent, lambda: (self.actor, self._journal)
        )

    def sql(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, limits: "Limits"
    ) -> "Answer":
        """The answer to a question in SQL over what the actor may read; see `store.sql.asking`.

        Args:
            parameters: the values of `:name` in it.
        """
        return self._asking().ask(sql, parameters or {}, limits)

    def sql_tables(self, keys: Sequence[str] | None = None) -> list["TableShape"]:
        """What can be asked in SQL: some types, or all that are listed, with their columns."""
        return self._asking().tables([t.key for t in self.types()] if keys is None else keys)

    def _asking(self) -> "Asking":
        from crmtui.store.sql.asking import Asking

        self._refresh()
        return Asking(self._database, self._asked_keys, self.plan, self.actor.key)

    def _asked_keys(self) -> list[str]:
        """The keys of the types that the actor knows of, such as stand in no list, too."""
        keys = self._catalog.keys()
        return [key for key in keys if self._shown.find(key) is not None]

    def _history(self) -> "History":
        from crmtui.store.history import History

        self._refresh()
        rights = self.rights
        return History(
            self._database, self._shown, self.language, rights.history if rights else None
        )

    def attachment(self, ref: str, field: str) -> "Attachment":
        """The file that a record has in a field: its name, size and content, which is to be closed.

        Raises:
            NotFound: there is no such record, field or file, or the content is lost.
            Refused: the field holds no files, or the content is damaged.
        """
        from crmtui.store.attachments import Attachments

        record = self.record(ref, [field])
        (column,) = record.columns
        if column.field is None or column.field.kind != "file":
            raise Refused(
                "no-file-field",
                N_("{ref}.{field} holds no file"),
                f"crmtui field list {record.type.key}",
                ref=record.ref,
                field=field,
            )
        value = column.raw(record.row)
        if value is None:
            raise NotFound("no-file", N_("{ref}.{field} is empty"), ref=record.ref, field=field)
        return Attachments(self._database).opened(value)
