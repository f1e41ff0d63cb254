"""What a type, field, option, stage and status ARE. Frozen, and without any rule of their own.

They read as frozen dataclasses, to people and to type checkers, and are not made by `dataclasses`:
that module writes and compiles the methods of every class at each start, which alone would cost a
third of what a short command may take beyond click and sqlite3.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NoReturn, Self, dataclass_transform

OPEN, DONE, CLOSED = "open", "done", "closed"
CATEGORIES = (OPEN, DONE, CLOSED)
OUTCOMES = ("won", "lost", "cancelled")


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Frozen:
    """A value made of keyword arguments; what is not given is the class's default."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.__dict__.get('key')!r})"

    def but(self, **changes: Any) -> Self:
        """The same with some things changed."""
        names = {name for cls in type(self).__mro__ for name in getattr(cls, "__annotations__", ())}
        kept = {name: value for name, value in self.__dict__.items() if name in names}
        return type(self)(**(kept | changes))


class Definition(Frozen):
    """What all defined things have: an identity, a key, labels, a place, perhaps a retirement."""

    id: int
    key: str
    label: str | None = None
    label_zh: str | None = None
    position: int = 0
    retired_at: str | None = None

    @property
    def retired(self) -> bool:
        """Whether it is hidden: kept with its data, and restorable."""
        return self.retired_at is not None

    def name(self, language: str = "en") -> str:
        """What people read: the label in `language`, else the label, else the key made readable."""
        label = self.label_zh if language.startswith("zh") else None
        return label or self.label or self.key.replace("_", " ")


class Category(Definition):
    """A group of types; categories make a tree by `parent`."""

    parent: str | None = None
    description: str | None = None
    color: str | None = None


class Pack(Definition):
    """Ready-made types as they were installed.

    `document` is the pack's file and `made` what came of it, both as JSON that `store.packs` reads.
    """

    version: str = ""
    document: str = "{}"
    made: str = "{}"


class Team(Definition):
    """Users who work together; teams make a tree by `parent`. `manager` is the key of a user."""

    parent: str | None = None
    manager: str | None = None
    description: str | None = None


class Permission(Definition):
    """What a role lets its users do with the records of one type; its key is the type's, or `*`.

    `may_read` and its like say of whose records: `own`, `team`, `all` or an expression; None when
    the operation is not let. `denied` (operation to scope), `fields` (field to level) and `stages`
    (stage or `stage.status` to what is forbidden there) are JSON objects.
    """

    may_read: str | None = None
    may_create: str | None = None
    may_update: str | None = None
    may_delete: str | None = None
    may_move: str | None = None
    may_assign: str | None = None
    may_share: str | None = None
    may_export: str | None = None
    may_import: str | None = None
    may_history: str | None = None
    may_report: str | None = None
    may_configure: str | None = None
    denied: str | None = None
    fields: str | None = None
    stages: str | None = None
    unlisted: bool = False
    form_layout: str | None = None
    detail_layout: str | None = None
    list_columns: str | None = None
    card_fields: str | None = None


class Role(Definition):
    """What users are allowed, under a name; `impersonate` lets them act as others."""

    description: str | None = None
    impersonate: bool = False
    permissions: tuple[Permission, ...] = ()


class User(Definition):
    """Somebody who works with the workspace. `roles` and `teams` are keys, comma-joined."""

    roles: str | None = None
    teams: str | None = None
    uid: int | None = None
    email: str | None = None
    administrator: bool = False

    @property
    def role_keys(self) -> tuple[str, ...]:
        """The keys of the user's roles, in order."""
        return tuple(self.roles.split(",")) if self.roles else ()

    @property
    def team_keys(self) -> tuple[str, ...]:
        """The keys of the teams that the user belongs to, in order."""
        return tuple(self.teams.split(",")) if self.teams else ()


class Option(Definition):
    """One of the values of a choice field; `condition` says for which records."""

    color: str | None = None
    condition: str | None = None


class Validation(Definition):
    """What must hold for every record of a type: an expression, or fields unique together."""

    rule: str | None = None
    unique_fields: str | None = None
    message: str | None = None
    message_zh: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields that no two records have alike."""
        return tuple(self.unique_fields.split(",")) if self.unique_fields else ()


class Field(Definition):
    """A typed column of a type.

    `minimum`, `maximum` and `default` are kept as they were written and read by the field's kind,
    so that `default=today` means the day of entry. `scale` is the number of decimals of a decimal
    or money field, `target` the key of the type a link points to. `required_when`, `visible_when`,
    `read_only_when`, `formula` and `condition` are expressions. `source` is what a lookup shows
    (`link.field`) or a rollup gathers (`type.link`); `options_of` names the field (`type.field`)
    whose options it shares, or `types` or `categories`.
    """

    kind: str
    help: str | None = None
    help_zh: str | None = None
    required: bool = False
    required_when: str | None = None
    visible_when: str | None = None
    read_only_when: str | None = None
    write_once: bool = False
    unique: bool = False
    unique_as: str | None = None
    indexed: bool = False
    title: bool = False
    personal: bool = False
    default: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    min_field: str | None = None
    max_field: str | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_message: str | None = None
    pattern_message_zh: str | None = None
    scale: int | None = None
    currency: str | None = None
    target: str | None = None
    options_of: str | None = None
    region: str | None = None
    style: str | None = None
    unit: str | None = None
    prefix: str | None = None
    padding: int | None = None
    reset: str | None = None
    max_size: int | None = None
    formula: str | None = None
    result: str | None = None
    source: str | None = None
    measure: str | None = None
    condition: str | None = None
    options: tuple[Option, ...] = ()

    @cached_property
    def option_by_key(self) -> dict[str, Option]:
        """Every option, retired ones too, by key."""
        return {option.key: option for option in self.options}


class Status(Definition):
    """A state within a stage, written `stage.status`."""

    stage: str
    category: str = OPEN
    outcome: str | None = None

    @property
    def ref(self) -> str:
        """`stage.status`, as people write it."""
        return f"{self.stage}.{self.key}"


class Stage(Definition):
    """A step of a type's process. A stage alone means its first status."""

    category: str = OPEN
    outcome: str | None = None
    color: str | None = None
    probability: int | None = None
    form_layout: str | None = None
    detail_layout: str | None = None
    statuses: tuple[Status, ...] = ()

    @cached_property
    def live_statuses(self) -> tuple[Status, ...]:
        """The statuses a record can enter, in order."""
        return tuple(status for status in self.statuses if not status.retired)


class Type(Definition):
    """A business type (业务类型): what kind of business a record is."""

    description: str | None = None
    description_zh: str | None = None
    category: str | None = None
    icon: str | None = None
    title_expression: str | None = None
    owner: str | None = None
    list_columns: str | None = None
    card_fields: str | None = None
    form_layout: str | None = None
    detail_layout: str | None = None
    all_fields: tuple[Field, ...] = ()
    all_stages: tuple[Stage, ...] = ()
    all_validations: tuple[Validation, ...] = ()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields in use, in order."""
        return tuple(field for field in self.all_fields if not field.retired)

    @cached_property
    def field_by_key(self) -> dict[str, Field]:
        """The fields in use, by key."""
        return {field.key: field for field in self.fields}

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in use, in order."""
        return tuple(stage for stage in self.all_stages if not stage.retired)

    @cached_property
    def stage_by_key(self) -> dict[str, Stage]:
        """Every stage, retired ones too, by key: records may still stand there."""
        return {stage.key: stage for stage in self.all_stages}

    @cached_property
    def validations(self) -> tuple[Validation, ...]:
        """The validations in use, in order."""
        return tuple(each for each in self.all_validations if not each.retired)

    @cached_property
    def ruled(self) -> bool:
        """Whether its records are held to more than kinds, required and unique fields."""
        return any(each.rule for each in self.validations) or any(
            field.required_when
            or field.visible_when
            or field.read_only_when
            or field.write_once
            or field.min_field
            or field.max_field
            or any(option.condition for option in field.options)
            for field in self.fields
        )

    @cached_property
    def multilinks(self) -> tuple[Field, ...]:
        """The fields, retired ones too, whose values are kept in tables of their own."""
        return tuple(field for field in self.all_fields if field.kind == "multilink")

    @cached_property
    def title_field(self) -> Field | None:
        """The field that names a record to people, or None when its reference must do."""
        return next((field for field in self.fields if field.title), None)

    @cached_property
    def titled_as(self) -> Field | None:
        """The field as which a record's title is shown: a text when it comes of an expression."""
        if self.title_expression is not None:
            return Field(id=0, key="title", kind="text", title=True)
        return self.title_field

    @cached_property
    def owner_field(self) -> Field | None:
        """The field that says whose a record is; None when that is whoever made it.

        It is the one that `owner` names, else the first field that holds a user.
        """
        stated = self.field_by_key.get(self.owner or "")
        users = (field for field in self.fields if field.kind == "user")
        return stated if stated and stated.kind == "user" else next(users, None)

    @cached_property
    def sum_field(self) -> Field | None:
        """The field a board adds up: the first money field, else the first decimal one."""
        for kind in ("money", "decimal"):
            for field in self.fields:
                if field.kind == kind:
                    return field
        return None

    def status(self, stage: str, status: str) -> Status | None:
        """The status `stage.status`, retired ones too, or None."""
        found = self.stage_by_key.get(stage)
        return next((s for s in found.statuses if s.key == status), None) if found else None
