"""An open workspace: the file, the actor and what they may, and the intents in which they act.

One act is one transaction. What reads and writes stands on it; `workspace.Workspace` is all of it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from crmtui.model.definitions import Category, Type
from crmtui.model.message import Message
from crmtui.store import access
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, translated
from crmtui.store.errors import CrmError, Forbidden, NotFound
from crmtui.store.journal import Journal
from crmtui.store.query import Plan, split_ref
from crmtui.store.tables import Owed, Tables

if TYPE_CHECKING:
    from crmtui.store.configuration import Configuration
    from crmtui.store.policy import Decision
    from crmtui.store.records import Records
    from crmtui.store.rights import Rights


class Opened:
    """An open workspace, before anything is read from it or written to it."""

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
    ) -> Self:
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

    def __enter__(self) -> Self:
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

    # What there is

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

    def data_version(self) -> int:
        """A number that changes when another connection commits."""
        return self._database.scalar("PRAGMA data_version")


def default_path() -> str:
    """`$CRMTUI_DB`, else `crmtui/crm.db` in the user's data folder (XDG)."""
    chosen = os.environ.get("CRMTUI_DB")
    if chosen:
        return chosen
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(data, "crmtui", "crm.db")
