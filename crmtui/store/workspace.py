"""The front door. Everything that reads or writes a workspace goes through here, as an actor.

Commands and screens hold no SQL, no rule and no permission check of their own: a guard that holds
in the form therefore holds in the import, in the batch and in the shell script.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Category, Frozen, Stage, Status, Type
from crmtui.model.message import N_, Message
from crmtui.store import access
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, translated
from crmtui.store.errors import CrmError, Forbidden, NotFound, Problem, Refused
from crmtui.store.journal import Journal
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.query import Plan, Record, split_ref, title_sql
from crmtui.store.tables import Owed, Tables

if TYPE_CHECKING:
    from crmtui.store.applying import Applied
    from crmtui.store.attachments import Attachment
    from crmtui.store.changes import Change
    from crmtui.store.clash import Clashes, Meanwhile
    from crmtui.store.configuration import Configuration
    from crmtui.store.documents import Documents
    from crmtui.store.effects import Effect
    from crmtui.store.explaining import Explaining
    from crmtui.store.handing_over import HandingOver
    from crmtui.store.history import Entry, History, Sought
    from crmtui.store.import_options import ImportOptions, ImportResult, Progress
    from crmtui.store.packs.files import PackFile
    from crmtui.store.packs.installing import PackOutcome, Packs, PackState
    from crmtui.store.policy import Decision
    from crmtui.store.privacy.requests import Requests
    from crmtui.store.records import Records
    from crmtui.store.refusals import Attempt
    from crmtui.store.rights import Rights
    from crmtui.store.rules import FieldState
    from crmtui.store.sharing import Sharing
    from crmtui.store.sql.asking import Answer, Asking
    from crmtui.store.sql.limits import Limits
    from crmtui.store.sql.shapes import TableShape
    from crmtui.store.ssh_keys import SshKeys


_IN_WORDS = ("date", "time", "datetime", "duration")
"""Kinds of field that people write in many ways."""

PEOPLE = ("user", "team", "role", "permission")
"""The nouns that say what people may do."""

MAX_LOOKUP = 200
"""Characters by which a record is looked up; LIKE refuses very long patterns."""


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


class Workspace:
    """An open workspace. One per thread: its connection belongs to the thread that opened it."""

    def __init__(
        self,
        database: Database,
        command: str,
        language: str,
        as_user: str | None = None,
    ) -> None:
        self._database = database
        self._catalog = Catalog(database)
        self._tables = Tables(database, self._catalog)
        self._as_user = as_user
        self._command = command
        with translated(database.path):
            self.actor = self._let_in()
        self._journal = Journal(database, self.actor, command)
        self._rights: Rights | None = None
        self.language = language
        self._seen = self.data_version()
        self._kept = False
        self.notes: list[Message] = []
        """What is worth telling of the configuration changes that were made last."""
        self._singles: dict[tuple[str, tuple[str, ...] | None], tuple[int, Plan]] = {}
        self._records: Records | None = None
        self._configuration: Configuration | None = None

    @classmethod
    def open(
        cls,
        path: str | None = None,
        *,
        command: str = "",
        create: bool = False,
        language: str = "en",
        as_user: str | None = None,
    ) -> "Workspace":
        """Open the workspace at `path`, or at the usual place.

        Args:
            command: what the journal says the change was made by.
            create: make the workspace when there is none; its maker is the administrator.
            language: for labels in what is shown to people.
            as_user: the key of a user to act as, for who has the right to.

        Raises:
            CrmError: it is missing, no workspace, damaged, or may not be read.
        """
        path = path or default_path()
        database = Database(path, create=create)
        try:
            return cls(database, command, language, as_user)
        except BaseException:
            database.close()
            raise

    @property
    def path(self) -> str:
        """The file."""
        return self._database.path

    def close(self) -> None:
        """Close the file; one that was made for a change that then failed is not left behind."""
        if self._database.made and not self._kept:
            self._database.discard()
        else:
            self._database.close()

    def keep(self) -> None:
        """Keep a new workspace even when nothing is written into it."""
        with self.intent():
            self._kept = True

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Intents

    @contextmanager
    def intent(
        self, action: str = access.WRITE, *, command: str | None = None, dry_run: bool = False
    ) -> Iterator[None]:
        """One transaction: all of it or none of it. Used inside another one, it joins that.

        It is one act in the journal; inside another one only when it has a command of its own.

        Args:
            action: what the actor must be allowed to do: `write` or `configure`.
            command: what the journal says, when it is not what the workspace was opened with.
            dry_run: do the real thing, and undo it at the end.
        """
        self._refresh()
        self._require(action)
        outermost = not self._database.in_transaction
        actor, owed, act = self.actor, self._tables.owed(), self._journal.under_way()
        try:
            with self._database.transaction(dry_run=dry_run):
                if outermost:
                    # Others may have changed definitions while it waited for its turn.
                    self._look_anew()
                    self._become(access.enroll(self._database, self.actor))
                    actor = self.actor if actor.id else actor
                    self._require(action)
                if outermost or command is not None:
                    self._journal.begin(command or self._command)
                yield
                if outermost:
                    self._tables.settle()
        except BaseException as problem:
            self._note_refused(problem)
            self._forget(actor, owed)
            self._journal.resume(act)
            raise
        if outermost:
            # Of what was refused on the way, too: rows of an import that went on without them.
            self._note_refused()
        if dry_run:
            self._forget(actor, owed)
        if dry_run or (command is not None and not outermost):
            self._journal.resume(act)

    def _forget(self, actor: access.Actor, owed: Owed) -> None:
        """Be again what the workspace was before the act that was undone."""
        self._catalog.forget()
        self._tables.owe(owed)
        self._become(actor)

    def _become(self, actor: access.Actor) -> None:
        if actor == self.actor:
            return
        self.actor = actor
        self._journal = Journal(self._database, actor, self._command)
        self._journal.begin()
        self._judge_anew()

    def _judge_anew(self) -> None:
        """Forget what the actor may do, and what was made of it."""
        self._rights = None
        self._records = None
        self._configuration = None
        self._singles.clear()

    def _identified(self) -> access.Actor:
        return access.identify(self._database, self._as_user)

    def _let_in(self) -> access.Actor:
        """The actor; whoever is turned away is written down."""
        try:
            return self._identified()
        except Forbidden as problem:
            from crmtui.store.refusals import turned_away

            turned_away(self._database, problem, self._command)
            raise

    def impersonate(self, user: str | None) -> None:
        """Act as another user from now on, or as oneself again.

        Raises:
            NotFound: there is no such user.
            Forbidden: the actor may not act as them.
        """
        before, self._as_user = self._as_user, user
        try:
            actor = self._let_in()
        except CrmError:
            self._as_user = before
            raise
        self._become(actor)

    @property
    def rights(self) -> "Rights | None":
        """What the actor may do; None for an administrator, who may do everything."""
        if self.actor.administrator:
            return None
        if self._rights is None:
            from crmtui.store.rights import Rights

            self._rights = Rights(self._database, self._catalog, self.actor)
        return self._rights

    @property
    def _shown(self) -> Catalog:
        """The definitions that the actor may know of, and what they read records from."""
        rights = self.rights
        return rights.visible if rights else self._catalog

    def may(
        self,
        operation: str,
        type_key: str | None = None,
        ref: str | None = None,
        *,
        field: str | None = None,
        target: str | None = None,
    ) -> "Decision":
        """Whether the actor may do something, and the rule that says so; changes nothing.

        Args:
            operation: a key of `OPERATIONS`; or, with no type, `configure` (any type),
                `administer` (people and all the rest) and `impersonate`.
            type_key: with records of which type.
            ref: with which record; without one, with any.
            field: with which field of it.
            target: where a record is moved to or added at: `stage` or `stage.status`.

        Raises:
            NotFound: there is no such type, record, field or stage that the actor may know of.
        """
        from crmtui.store.rights import Question, answer

        type_ = self._whole(type_key) if type_key else None
        record_id = split_ref(ref)[1] if ref else None
        question = Question(operation, type_, record_id, field, target)
        return answer(self._database, self.actor, self.rights, question)

    @property
    def shared(self) -> bool:
        """Whether there is more than one user, or any team or role: whether people matter here."""
        return access.shared(self._database)

    def _require(self, action: str) -> None:
        rights = self.rights
        if action == access.CONFIGURE and rights and not rights.policy.configures:
            self._require_administrator("configuration")

    def _require_administrator(self, what: str) -> None:
        with self._noting():
            if self.rights is not None:
                self.rights.guard.configuring(None, what)

    def _require_let(self, operation: str, of: Type | None, record_id: int | None = None) -> None:
        """Refuse what no role lets the actor do: with a record, a type, or any type."""
        with self._noting():
            if self.rights is not None:
                self.rights.require(operation, of, record_id)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Have it written down when the actor is refused something, or asks for what is hidden."""
        try:
            yield
        except CrmError as problem:
            self._note_refused(problem)
            raise

    def _note_refused(self, problem: BaseException | None = None) -> None:
        """Write down what was refused, once no transaction is open in which it would be undone."""
        if self._rights is not None:
            if problem is not None:
                self._rights.probed(problem)
            self._rights.note_refusals(self._command)

    def _refresh(self) -> None:
        """Forget definitions when another process has committed since they were loaded."""
        if not self._database.in_transaction:
            self._look_anew()

    def _look_anew(self) -> None:
        version = self.data_version()
        if version != self._seen:
            self._catalog.forget()
            self._judge_anew()
            # Whoever is no user any more stays refused: nothing is seen until this has gone well.
            self._become(self._identified())
            self._seen = version
        elif self._rights is not None and self._rights.policy.outlived:
            self._judge_anew()

    # Definitions

    def types(self, *, retired: bool = False) -> tuple[Type, ...]:
        """The types in order; retired ones only when asked for."""
        self._refresh()
        return self._shown.types(retired=retired)

    def categories(self, *, retired: bool = False) -> tuple[Category, ...]:
        """The categories in order; retired ones only when asked for."""
        self._refresh()
        return self._shown.categories(retired=retired)

    def type(self, key: str, *, retired: bool = False) -> Type:
        """The type with that key; raises `NotFound`."""
        self._refresh()
        try:
            return self._shown.type(key, retired=retired)
        except NotFound as problem:
            self._note_refused(problem)
            raise

    def _whole(self, key: str, *, retired: bool = False) -> Type:
        """The type with that key as it is, for writing; not found when the actor knows of none."""
        return self._catalog.type(self.type(key, retired=retired).key, retired=retired)

    def configuration(self) -> "Configuration":
        """The definitions that the actor may know of, by noun; changing them is for `change`."""
        self._refresh()
        rights = self.rights
        if rights is None:
            return self._engine()
        from crmtui.store.configuration import Configuration

        return Configuration(
            self._database,
            rights.configurable,
            self._tables,
            self._journal,
            self.actor.id,
            rights.guard,
        )

    def _engine(self) -> "Configuration":
        """What applies configuration changes that the actor may make."""
        if self._configuration is None:
            from crmtui.store.configuration import Configuration

            rights = self.rights
            self._configuration = Configuration(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self.actor.id,
                rights.guard if rights else None,
            )
        return self._configuration

    def ssh_keys(self) -> "SshKeys":
        """The SSH keys of users; to give and take them, an intent to configure is under way."""
        from crmtui.store.ssh_keys import SshKeys

        rights = self.rights
        guard = rights.guard if rights else None
        return SshKeys(self._database, self._journal, self.actor, guard)

    def change(
        self, changes: Sequence["Change"], *, dry_run: bool = False, since: int | None = None
    ) -> list[bool]:
        """Apply configuration changes, all or none; says of each whether it changed anything.

        Args:
            since: the position in the journal at which the changes were thought out.

        Raises:
            Conflict: `since` was given and the configuration was changed behind it.
        """
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            if since is not None:
                self._history().refuse_configured(since)
            configuration = self._engine()
            configuration.notes = []
            done = [configuration.apply(change) for change in changes]
            self.notes = configuration.notes
            if any(change.noun in PEOPLE for change in changes):
                # It may have been about the actor, and this connection tells itself no news.
                self._seen = -1
            return done

    def change_telling(self, change: "Change") -> tuple[bool, list["Effect"]]:
        """Apply one configuration change; whether it changed anything, and what it did to records.

        An intent is under way.
        """
        configuration = self._engine()
        configuration.notes = []
        from crmtui.store.effects import Effects

        done = Effects(
            self._database, self._catalog, self._tables, configuration, self.actor.key
        ).one(change)
        self.notes = configuration.notes
        return done

    def document(self, keys: Sequence[str] = (), *, people: bool = False) -> dict[str, Any]:
        """The configuration of some types, or of all, as a document; see `store.documents`.

        That of some types has the categories that they are listed under.
        """
        types = [self._whole(key) for key in keys]
        return self._documents().document(types, people=people)

    def files(
        self,
        texts: Mapping[str, str],
        keys: Sequence[str] = (),
        folder: str | None = None,
        *,
        people: bool = False,
    ) -> dict[str, str | None]:
        """What files should hold that are to say what the configuration is; None for none at all.

        Arguments as of `document` and `store.documents`.
        """
        types = [self._whole(key) for key in keys]
        return self._documents().files(texts, types, folder, people=people)

    def changes_to(self, document: dict[str, Any], *, prune: bool = False) -> list["Change"]:
        """What would make the configuration equal to a document that `spec.read` returned."""
        return self._documents().changes_to(document, prune=prune)

    def _documents(self) -> "Documents":
        from crmtui.store.documents import Documents

        self._refresh()
        self._require(access.CONFIGURE)
        return Documents(self._catalog, self.rights, self.actor.key)

    def apply(
        self,
        document: dict[str, Any],
        *,
        prune: bool = False,
        allow_data_loss: bool = False,
        overwrite: bool = False,
        dry_run: bool = False,
    ) -> "Applied":
        """Make the configuration what a document says, in one act.

        Args:
            prune: retire what it does not mention.
            allow_data_loss: also when values are lost sight of.
            overwrite: also when that undoes what was changed elsewhere since the last time.

        Raises:
            CrmError: a change makes no sense, data stand against it, or one of the above.
        """
        from crmtui.store.applying import Applying

        with self.intent(access.CONFIGURE, dry_run=dry_run):
            planned = self.changes_to(document, prune=prune)
            known = self.rights.configurable if self.rights else self._catalog
            applying = Applying(self._database, known, self._tables, self._engine(), self.actor.key)
            return applying.apply(
                document,
                planned,
                pruned=prune and self.rights is None,
                allow_data_loss=allow_data_loss,
                overwrite=overwrite,
            )

    def proposal(self, document: dict[str, Any], *, prune: bool = False) -> "Applied":
        """What `apply` of a document would do, to records too, without doing it."""
        return self.apply(document, prune=prune, allow_data_loss=True, overwrite=True, dry_run=True)

    def copy(
        self,
        type_key: str,
        key: str,
        values: Mapping[str, Any] | None = None,
        *,
        permissions: bool = False,
    ) -> list["Change"]:
        """The changes that make a type like another one; see `store.copying`."""
        from crmtui.store.copying import copied

        self._require(access.CONFIGURE)
        type_, said = self._whole(type_key), dict(values or {})
        if self.rights:
            self.rights.guard.configuring(None, f"type {key}")
        return copied(self._catalog, type_, key, said, permissions=permissions)

    def packs(self) -> list["PackState"]:
        """The packs that there are to install, and those that are installed."""
        return self._packs().states()

    def installed_pack(self, key: str) -> "PackFile":
        """An installed pack as the file that it was; raises `NotFound`."""
        return self._packs().file(key)

    def install_packs(
        self, files: Sequence["PackFile"], *, merge: bool = False, dry_run: bool = False
    ) -> "PackOutcome":
        """Install packs, or bring installed ones up to date; see `store.packs`."""
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            return self._packs().install(files, merge=merge)

    def upgrade_packs(
        self, files: Sequence["PackFile"] = (), *, dry_run: bool = False
    ) -> "PackOutcome":
        """Bring installed packs up to date, all those of the program when none is named.

        Raises:
            NotFound: a pack that is named is not installed.
        """
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            return self._packs().upgrade(files)

    def remove_packs(
        self, keys: Sequence[str], *, force: bool = False, dry_run: bool = False
    ) -> "PackOutcome":
        """Retire the types that came from packs; see `store.packs`."""
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            return self._packs().remove(keys, force=force)

    def _packs(self) -> "Packs":
        from crmtui.store.packs.installing import Packs

        self._refresh()
        if self.rights:
            # A pack names types, and remembers their definitions whole.
            self.rights.guard.configuring(None, "pack")
        return Packs(self._catalog, self._engine(), self.count)

    # Reading

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

    # Writing

    def _writer(self) -> "Records":
        if self._records is None:
            from crmtui.store.records import Records

            self._records = Records(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self.actor,
                self.rights.guard if self.rights else None,
            )
        return self._records

    def add(
        self,
        type_key: str,
        values: Mapping[str, Any],
        status: str | None = None,
        *,
        reading: Reading | None = None,
        dry_run: bool = False,
    ) -> Record:
        """Add a record and return it.

        Args:
            values: field key to what was written (text, or what JSON holds).
            status: `stage` or `stage.status`; the first status by itself.

        Raises:
            Invalid: values are against the rules; every problem is named.
        """
        from crmtui.store.process import target_status

        with self.intent(dry_run=dry_run):
            target = target_status(self.type(type_key), status) if status else None
            type_ = self._whole(type_key)
            draft = self._writer().draft(type_, reading)
            record_id = self._writer().add(type_, values, target, draft)
            return self._written(type_, record_id)

    def set(
        self,
        ref: str,
        values: Mapping[str, Any],
        revision: int | None = None,
        *,
        merge: str | None = None,
        reading: Reading | None = None,
        dry_run: bool = False,
    ) -> tuple[Record, bool]:
        """Change values of a record; returns it and whether anything changed.

        Args:
            revision: at which the record was seen.
            merge: what becomes of what others changed since; see `store.clash`.

        Raises:
            Invalid: values are against the rules.
            Conflict: `revision` was given and the record was changed meanwhile.
        """
        with self.intent(dry_run=dry_run):
            type_, record_id = self._located(ref)
            draft = self._writer().draft(type_, reading)
            if revision is None:
                changed = self._writer().set(type_, record_id, values, draft)
            else:
                changed = self._clashes().save(record_id, revision, values, draft, merge=merge)
            return self._written(type_, record_id), changed

    def move(self, ref: str, target: str, *, dry_run: bool = False) -> tuple[Record, bool]:
        """Move a record to `stage` or `stage.status`; returns it and whether it moved."""
        return next(self.move_all([ref], target, dry_run=dry_run))

    def move_all(
        self,
        refs: Iterable[str],
        target: str,
        values: Mapping[str, Any] | None = None,
        *,
        revision: int | None = None,
        merge: str | None = None,
        reading: Reading | None = None,
        dry_run: bool = False,
    ) -> Iterator[tuple[Record, bool]]:
        """Move many records in one intent; gives each of them and whether it moved.

        Args:
            values: what is set of each in the same, such as what is required only there.
            revision: as of `set`; so is `merge`.
        """
        done = []
        with self.intent(dry_run=dry_run):
            for ref in refs:
                type_, record_id = self._located(ref)
                writer = self._writer()
                draft = writer.draft(type_, reading) if values or revision is not None else None
                if draft is None or revision is None:
                    moved = writer.move(type_, record_id, target, values, draft)
                else:
                    save, status = self._clashes().save, writer.target(type_, target)
                    moved = save(record_id, revision, values or {}, draft, status, merge)
                done.append((self._written(type_, record_id), moved))
        return iter(done)

    def remove(self, ref: str, revision: int | None = None, *, dry_run: bool = False) -> bool:
        """Remove a record, restorably; False when it was removed already.

        Raises:
            Conflict: `revision` was given and the record was changed meanwhile.
        """
        with self.intent(dry_run=dry_run):
            type_, record_id = self._located(ref)
            if revision is not None:
                draft = self._writer().draft(type_)
                self._clashes().refuse_changed(record_id, revision, draft)
            return self._writer().remove(type_, record_id)

    def restore(self, ref: str, *, dry_run: bool = False) -> bool:
        """Bring a removed record back; False when it was never gone."""
        with self.intent(dry_run=dry_run):
            return self._writer().restore(*self._located(ref))

    def explaining(self) -> "Explaining":
        """Who may do what, and why; see `store.explaining`."""
        from crmtui.store.explaining import Explaining

        self._refresh()
        return Explaining(
            self._database, self._catalog, self._shown, self._tables, self.actor, self.rights
        )

    @contextmanager
    def sharing(self, *, dry_run: bool = False) -> Iterator["Sharing"]:
        """Share records, or no longer, in one intent; see `store.sharing`."""
        from crmtui.store.sharing import Sharing

        with self.intent(dry_run=dry_run):
            guard = self.rights.guard if self.rights else None
            yield Sharing(
                self._database, self._located, self._shown, self._journal, self.actor.id, guard
            )
            # The rules may be those of who has just been given something.
            self._judge_anew()

    @contextmanager
    def handing_over(self, *, dry_run: bool = False) -> Iterator["HandingOver"]:
        """Give records to other users, in one intent; see `store.handing_over`."""
        from crmtui.store.handing_over import HandingOver

        with self.intent(dry_run=dry_run):
            yield HandingOver(
                self._database,
                self._catalog,
                self._tables,
                self._located,
                self._writer(),
                self._engine(),
                self.actor,
            )

    def meanwhile(
        self, ref: str, revision: int, values: Mapping[str, Any] | None = None
    ) -> "Meanwhile | None":
        """What others changed of a record since a revision, beside what is to be saved of it.

        None when nobody has written it. Writes nothing.
        """
        type_, record_id = self._located(ref)
        draft = self._writer().draft(type_)
        return self._clashes().meanwhile(record_id, revision, values or {}, draft)

    def _clashes(self) -> "Clashes":
        from crmtui.store.clash import Clashes

        guard = self.rights.guard if self.rights else None
        return Clashes(self._writer(), self._history(), guard)

    def available_moves(self, ref: str) -> list[Status]:
        """Where the actor may move a record."""
        from crmtui.store.process import available_moves

        record = self.record(ref, ["id"])
        found = available_moves(record.type, record.stage, record.status)
        return self.rights.moves(record.type.key, record.id, found) if self.rights else found

    def beginnings(self, type_key: str) -> list[Status]:
        """Where the actor may let a new record begin; nowhere for a type without stages."""
        found = [each for stage in self.type(type_key).stages for each in stage.live_statuses]
        return self.rights.beginnings(type_key, found) if self.rights else found

    def problems(
        self,
        type_key: str,
        values: Mapping[str, Any],
        ref: str | None = None,
        status: str | None = None,
    ) -> list[Problem]:
        """What is wrong with a draft: what `add` (or `set` of `ref`) would say. Writes nothing.

        Args:
            status: where a new record is to begin; the first status by itself.
        """
        record_id = split_ref(ref)[1] if ref else None
        type_ = self._judged(type_key, record_id)
        return self._writer().problems(type_, values, record_id, status)

    def field_states(
        self,
        type_key: str,
        values: Mapping[str, Any],
        ref: str | None = None,
        status: str | None = None,
    ) -> "dict[str, FieldState]":
        """What the rules make of each field while a form is filled in: seen, required, read-only,
        which options; empty for a type without rules. Arguments as of `problems`.
        """
        record_id = split_ref(ref)[1] if ref else None
        type_ = self._judged(type_key, record_id)
        states = self._writer().states(type_, values, record_id, status)
        return self.rights.states(type_, states, record_id) if self.rights else states

    def _judged(self, type_key: str, record_id: int | None) -> Type:
        """The type of a draft as it is, once the actor may see what the draft is about."""
        type_ = self._whole(type_key)
        if self.rights and record_id is not None:
            self.rights.guard.reading(type_, record_id)
        return type_

    def understood(self, type_key: str, values: Mapping[str, str]) -> dict[str, str]:
        """What days, times and durations mean that were written in words, as people read it.

        What is none is left out: `problems` says so.
        """
        found = {}
        fields = self.type(type_key).field_by_key
        for key, written in values.items():
            field = fields.get(key)
            if field is None or field.kind not in _IN_WORDS or not written.strip():
                continue
            kind = KINDS[field.kind]
            try:
                stored = kind.reader(field, Reading())(written)
            except BadValue:
                continue
            if stored is not None:
                found[key] = kind.shown(stored, field)
        return found

    def import_records(
        self,
        type_key: str,
        source: Any,
        options: "ImportOptions",
        progress: "Progress | None" = None,
        *,
        dry_run: bool = False,
    ) -> "ImportResult":
        """Add or update records from a file that `store.reading` opened; see `store.transfer`."""
        from crmtui.store.transfer import Importer

        with self.intent(dry_run=dry_run):
            importer = Importer(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self._writer(),
                self._whole(type_key),
                options,
            )
            return importer.run(source, progress)

    def _located(self, ref: str) -> tuple[Type, int]:
        type_key, record_id = split_ref(ref)
        type_ = self._whole(type_key)
        self._tables.need(type_.key)
        return type_, record_id

    def _written(self, type_: Type, record_id: int) -> Record:
        """A record that was just written, as the actor sees it.

        One that they may add or give away and not see is told of by its reference alone.
        """
        seen = self.type(type_.key, retired=True)
        found = self._single(seen, None).one(record_id)
        if found is not None:
            return found
        plan = Plan(self._database, self._shown, seen, Reading(), "", ["ref"])
        return plan.untold(record_id)

    def last_act(self) -> int | None:
        """The act of the last intent, by which it can be undone; None when it changed nothing."""
        return self._journal.under_way()[1]

    def undo(self, act: int | None = None, *, dry_run: bool = False) -> tuple[int, int]:
        """Undo an act, or the last one of the actor's own.

        Returns:
            The act, and how many changes of it were taken back.

        Raises:
            NotFound: there is no such act, or nothing to undo.
            Conflict: it was undone already, or what it changed was changed since.
            Forbidden: it is another user's, or changed the configuration.
        """
        from crmtui.store.undo import Undo

        with self.intent(dry_run=dry_run):
            undo = Undo(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self._writer(),
                self._engine(),
            )
            which = undo.last(self.actor.id) if act is None else act
            if self.rights and not undo.belongs(which, self.actor.id):
                self.rights.guard.configuring(None, f"undo {which}")
            return which, undo.act(which, self.rights.guard if self.rights else None)

    # Watching

    def data_version(self) -> int:
        """A number that changes when another connection commits."""
        return self._database.scalar("PRAGMA data_version")

    def journal_position(self) -> int:
        """The number of the newest journal row."""
        return self._database.scalar("SELECT max(id) FROM crm_journal") or 0

    def changes_since(self, position: int, limit: int = 1000) -> list[tuple[int, str, int | None]]:
        """What was journalled behind a position: (journal id, type key, record id or None).

        The key is empty and the id 0 where the actor may not know of the type or the record.
        """
        self._refresh()
        rows = self._database.execute(
            "SELECT j.id, coalesce(t.key, ''), j.record_id FROM crm_journal j"
            " LEFT JOIN crm_type t ON t.id = j.type_id WHERE j.id > ? ORDER BY j.id LIMIT ?",
            (position, limit),
        )
        return self.rights.changes(rows) if self.rights else rows.fetchall()


def default_path() -> str:
    """`$CRMTUI_DB`, else `crmtui/crm.db` in the user's data folder (XDG)."""
    chosen = os.environ.get("CRMTUI_DB")
    if chosen:
        return chosen
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(data, "crmtui", "crm.db")
