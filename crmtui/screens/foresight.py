"""What changes of the configuration would make of it: the real act, undone at its end."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from crmtui.model.definitions import Category, Role, Team, Type, User
from crmtui.model.message import Message
from crmtui.store.access import CONFIGURE
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError
from crmtui.store.workspace import Workspace


class Outcome(NamedTuple):
    """What came of one change: whether it changed anything, and what is worth telling of it."""

    changed: bool
    notes: tuple[Message, ...]


class Foresight(NamedTuple):
    """The configuration as it would be.

    Args:
        types: every type, retired ones too.
        categories: every category, retired ones too.
        users, teams, roles: every one, retired ones too.
        outcomes: of each change that could be made, in order.
        position: where the journal stood.
        failure: why the change behind the last outcome cannot be made; None when all of them can.
    """

    types: tuple[Type, ...] = ()
    categories: tuple[Category, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    position: int = 0
    failure: CrmError | None = None
    users: tuple[User, ...] = ()
    teams: tuple[Team, ...] = ()
    roles: tuple[Role, ...] = ()

    def role(self, key: str) -> Role | None:
        """The role with that key, retired ones too, or None."""
        return next((role for role in self.roles if role.key == key), None)

    def type(self, key: str) -> Type | None:
        """The type with that key, retired ones too, or None."""
        return next((type_ for type_ in self.types if type_.key == key), None)

    @property
    def live(self) -> list[Type]:
        """The types in use."""
        return [type_ for type_ in self.types if not type_.retired]

    @property
    def notes(self) -> list[Message]:
        """What is worth telling of all changes together."""
        return [note for outcome in self.outcomes for note in outcome.notes]


def foreseen(workspace: Workspace, changes: Sequence[Change]) -> Foresight:
    """What `changes` would make of the configuration, up to the first that cannot be made.

    Raises:
        Forbidden: there are changes, and the actor may not make any.
    """
    if not changes:
        return _seen(workspace, (), workspace.journal_position(), None)
    with workspace.intent(CONFIGURE, dry_run=True):
        position = workspace.journal_position()
        outcomes: list[Outcome] = []
        failure: CrmError | None = None
        for change in changes:
            try:
                changed = workspace.change([change])[0]
            except CrmError as error:
                failure = error
                break
            outcomes.append(Outcome(changed, tuple(workspace.notes)))
        return _seen(workspace, tuple(outcomes), position, failure)


def _seen(
    workspace: Workspace, outcomes: tuple[Outcome, ...], position: int, failure: CrmError | None
) -> Foresight:
    def all_of(noun: str) -> tuple[Any, ...]:
        return tuple(configuration.siblings(noun, ""))

    configuration = workspace.configuration()
    return Foresight(
        all_of("type"),
        all_of("category"),
        outcomes,
        position,
        failure,
        all_of("user"),
        all_of("team"),
        all_of("role"),
    )
