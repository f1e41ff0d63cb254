"""Reading and checking the values of records: what was written becomes what is stored."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_, Message
from crmtui.store.errors import Misused, Problem
from crmtui.store.kinds import KINDS, BadValue, Reader, Reading, Stored
from crmtui.store.query import SYSTEM_COLUMNS, no_field
from crmtui.store.uniqueness import folds, uniques

if TYPE_CHECKING:
    from crmtui.store.rules import Rules

IN_STAGE = ("stage", "status")


class Draft:
    """Reads and checks the values of records of one type; compiled once, used for many.

    Args:
        rules: the rules of the type; None when it has none.
        limited: by key, the fields of which the actor may choose fewer options than there are.
    """

    def __init__(
        self,
        type_: Type,
        reading: Reading,
        rules: "Rules | None",
        limited: Mapping[str, Field] | None = None,
    ) -> None:
        self.type = type_
        self.rules = rules
        self._limited = limited or {}
        self._reading = reading
        self._readers: dict[str, Reader] = {}
        # Of a field that is not always seen, its rule says when it is required.
        self.required = tuple(f.key for f in type_.fields if f.required and not f.visible_when)
        self.unique = uniques(type_)
        self.folds = folds(type_)
        self.numbered = tuple(f for f in type_.fields if f.kind == "autonumber")
        self.today = reading.today
        self._defaults = tuple(f for f in type_.fields if f.default is not None)

    @property
    def kept_columns(self) -> tuple[str, ...]:
        """The columns of a record that a change of it is judged by."""
        return kept_columns(self.type, self.rules)

    def reader(self, field: Field) -> Reader:
        """The reader of a field, compiled when first needed."""
        found = self._readers.get(field.key)
        if found is None:
            field = self._limited.get(field.key, field)
            found = self._readers[field.key] = KINDS[field.kind].reader(field, self._reading)
        return found

    def read(
        self, values: Mapping[str, Any], kept: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Written values as stored ones, and what is wrong with them.

        Args:
            kept: the stored values of the record that is changed. A retired option that it has
                already may stay.

        Raises:
            NotFound: the type has no such field.
        """
        stored: dict[str, Any] = {}
        problems: list[Problem] = []
        fields = self.type.field_by_key
        for key, value in values.items():
            field = fields.get(key)
            if field is None:
                raise self._no_field(key)
            try:
                stored[key] = self.value(field, value, kept.get(key) if kept else None)
            except BadValue as problem:
                problems.append(Problem(key, problem.code, problem.message))
        return stored, problems

    def value(self, field: Field, value: Any, kept: Stored) -> Stored:
        """One written value, or an edit of the value that the record has, as a stored one.

        Raises:
            BadValue: it is none of its field, and not what the record has already.
        """
        field = self._limited.get(field.key, field)
        if not field.target and field.kind != "file":
            return self._value(field, value, kept)
        self._reading.held = kept if isinstance(kept, tuple) else (kept,)
        try:
            return self._value(field, value, kept)
        finally:
            self._reading.held = ()

    def _value(self, field: Field, value: Any, kept: Stored) -> Stored:
        if not isinstance(value, str):
            from crmtui.store.uploads import Upload
            from crmtui.store.values import Edit, edited

            if isinstance(value, Upload) and field.kind != "file":
                value = value.text()
            if isinstance(value, Edit):
                return edited(value, kept, field, self._reading)
        try:
            return self.reader(field)(value)
        except BadValue:
            if kept is not None and kept == value:
                return kept
            kind = KINDS[field.kind]
            keeping = kind.keeping(field, kept)
            if keeping is field:
                raise
            return kind.reader(keeping, self._reading)(value)

    def complete(self, stored: dict[str, Any], besides: Collection[str] = ()) -> list[Problem]:
        """Fill in the defaults of the fields that nothing was said of; what is wrong with them.

        Args:
            besides: keys of fields that values will come for.
        """
        problems = []
        for field in self._defaults:
            if field.key not in stored and field.key not in besides:
                try:
                    read = self.reader(field)
                    if field.key in self._limited:
                        read = KINDS[field.kind].reader(field, self._reading)
                    stored[field.key] = read(field.default)
                except BadValue as problem:
                    # An option that was retired since, a day that is in the past by now.
                    problems.append(Problem(field.key, problem.code, problem.message))
        return problems

    def hide(self, row: dict[str, Any], stored: dict[str, Any], given: Collection[str]) -> None:
        """Take back the defaults of fields that have no place in a new record.

        Args:
            given: keys of fields that something was said of.
        """
        keys = [f.key for f in self._defaults if f.visible_when and f.key not in given]
        if keys and self.rules:
            for key in self.rules.unseen(row, keys):
                row[key] = stored[key] = None

    def missing(self, stored: Mapping[str, Any]) -> list[Problem]:
        """A problem for every required field without a value."""
        return [
            Problem(key, "required", Message(N_("a value is required")))
            for key in self.required
            if stored.get(key) is None
        ]

    def _no_field(self, key: str) -> Exception:
        if key in IN_STAGE:
            return Misused(
                "not-a-field",
                N_("{field} is not set but moved to"),
                f"crmtui record move {self.type.key}/ID STAGE",
                field=key,
            )
        if key in SYSTEM_COLUMNS:
            return Misused("not-a-field", N_("{field} cannot be set"), field=key)
        return no_field(self.type, key)


def kept_columns(type_: Type, rules: "Rules | None") -> tuple[str, ...]:
    """The columns of a record that a change of it is judged by."""
    fields = tuple(f.key for f in type_.fields if not KINDS[f.kind].computed)
    if rules is None:
        return fields
    from crmtui.store.rules import SYSTEM

    return (*fields, *(name for name in SYSTEM if name != "revision"))
