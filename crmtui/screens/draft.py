"""What was typed into a form, and what the store makes of it before anything is saved."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crmtui.screens.widgets.file_control import LocalPath
from crmtui.store.errors import Problem
from crmtui.store.workspace import Workspace

if TYPE_CHECKING:
    from crmtui.store.rules import FieldState

ROUNDS = 5
"""What is hidden is not saved, which may hide more; so often that is asked at most."""


class Entry(NamedTuple):
    """A field as it stands in a form.

    Args:
        before: the value that it began with.
        value: the value now: a text, a tuple of texts, or a text by part.
    """

    key: str
    before: Any
    value: Any


class Look(NamedTuple):
    """What the store says of a draft.

    Args:
        hidden: the fields that have no place in the record as it stands.
        states: what the rules make of each field; empty for a type without rules.
        meant: what days and moments mean that were written in words.
    """

    hidden: frozenset[str]
    states: "dict[str, FieldState]"
    problems: list[Problem]
    meant: dict[str, str]


class Draft(NamedTuple):
    """The values of a form at one moment.

    Args:
        ref: the record that is changed; None for a new one.
        status: where a new one begins; None for the first status.
    """

    type_key: str
    ref: str | None
    status: str | None
    entries: Sequence[Entry]

    def values(self, hidden: Collection[str] = ()) -> dict[str, Any]:
        """What to save: of a new record what was filled in, of another what was changed.

        Args:
            hidden: fields that have no place: what was typed there is not saved, and what was
                there before goes.
        """
        found = {}
        for key, before, value in self.entries:
            if key in hidden:
                value = "" if isinstance(value, str) else type(value)()
            # An empty field that nobody touched is left to the store, which knows its default.
            if value != before or (self.ref is None and _filled(value)):
                found[key] = _written(before, value)
        return found

    def emptied(self, hidden: Collection[str]) -> list[str]:
        """The fields that hold something in the record, and will not because they are hidden."""
        if self.ref is None:
            return []
        return [entry.key for entry in self.entries if entry.key in hidden and entry.before]

    def look(self, workspace: Workspace) -> Look:
        """Ask the store; writes nothing."""
        about = (self.ref, self.status)
        hidden: frozenset[str] = frozenset()
        for _round in range(ROUNDS):
            values = self.values(hidden)
            states = workspace.field_states(self.type_key, values, *about)
            now = frozenset(key for key, state in states.items() if not state.visible)
            if now == hidden:
                break
            hidden = now
        problems = workspace.problems(self.type_key, values, *about)
        texts = {key: value for key, value in values.items() if isinstance(value, str)}
        return Look(hidden, states, problems, workspace.understood(self.type_key, texts))


def _filled(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _written(before: Any, value: Any) -> Any:
    """A value of a form as the store takes it; of one in parts only the parts that changed."""
    if isinstance(value, LocalPath):
        return value.upload()
    if isinstance(value, tuple):
        return list(value)
    if not isinstance(value, dict):
        return value
    from crmtui.store.values import Edit, Part

    parts = [part for part in {**before, **value} if before.get(part) != value.get(part)]
    return Edit(tuple(Part(part, value.get(part, "")) for part in parts or value))
