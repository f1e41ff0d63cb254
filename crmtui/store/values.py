"""What is to become of the value that a record has, where it is not replaced as a whole."""

from typing import Any, NamedTuple

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds import KINDS, BadValue, Reading, Stored


class Plus(NamedTuple):
    """Values to be added to those that a field holds."""

    value: Any


class Minus(NamedTuple):
    """Values to be taken from those that a field holds."""

    value: Any


class Part(NamedTuple):
    """A part of a structured value to be set, and its value; the other parts stay."""

    name: str
    value: Any


class Edit(NamedTuple):
    """Steps from the value that a record has to the one it shall have, in order."""

    steps: tuple[Plus | Minus | Part, ...]


def edited(edit: Edit, kept: Stored, field: Field, reading: Reading) -> Stored:
    """The stored value of a field after an edit of the one that a record has.

    Raises:
        BadValue: a value is none of its kind, or the kind has no such parts.
    """
    kind = KINDS[field.kind]
    for step in edit.steps:
        read = kind.reader(kind.keeping(field, kept), reading)
        if isinstance(step, Part):
            if not kind.parts:
                raise BadValue(
                    "no-parts", N_("a value of kind {kind} has no parts"), kind=field.kind
                )
            kept = read(kind.with_parts(kept, {step.name: step.value}, field))
            continue
        if not kind.many:
            raise BadValue("one-value", N_("holds one value; write {field}=VALUE"), field=field.key)
        change = kind.plus if isinstance(step, Plus) else kind.minus
        kept = change(kept, read(step.value), field)
    return kept
