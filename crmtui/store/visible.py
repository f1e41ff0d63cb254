"""The definitions as one actor sees them, and what they read records from.

A hidden field is not in the type; a masked one is a text; records are read from a SELECT that
holds only what is permitted, and takes the table's place wherever the store reads for the actor.
SQLite reads straight through it, so it costs what its conditions cost.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from crmtui.model.definitions import Category, Field, Option, Pack, Role, Stage, Type, User
from crmtui.store.catalog import Catalog
from crmtui.store.database import literal, quoted
from crmtui.store.kinds import KINDS
from crmtui.store.policy import ALIAS, Policy, TypePolicy
from crmtui.store.showing import Showing, showing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LaidOut = TypeVar("_LaidOut", Type, Stage)

LISTED = ("types", "categories")
"""What of the workspace itself a field may have as its options."""

SYSTEM = (
    "id stage status status_since revision created_at created_by updated_at updated_by removed_at"
).split()
"""The columns that every record has, as `tables` makes them."""

_TEXTUAL = frozenset({"text", "longtext", "phone", "email", "url", "autonumber"})
"""Kinds whose values are texts: shown whole to one role and masked to another, they still are."""

_SAID_OF_FIELDS = ("required_when", "visible_when", "read_only_when")
_LAYOUTS = ("form_layout", "detail_layout", "list_columns", "card_fields")
"""The layouts of a type; a stage has the first two."""


class VisibleCatalog(Catalog):
    """A catalog of what an actor may know of.

    Args:
        policy: what the actor may do.
        configurable: whether types that the actor may configure are seen whole; what records are
            read from is the same all the same.
    """

    def __init__(self, policy: Policy, *, configurable: bool = False) -> None:
        super().__init__(policy.database)
        self._policy = policy
        self._whole = policy.catalog
        self._configurable = configurable
        self._known_at = -1
        self._seen: dict[str, Type | None] = {}
        self._sources: dict[tuple[str, bool], str] = {}
        self._showings: dict[int, Showing | None] = {}
        self._knows: dict[int, bool] = {}

    def _look(self) -> None:
        """Forget what was made of definitions that changed: of other types, too."""
        if self._known_at != self.generation:
            self._known_at = self.generation
            for known in (self._seen, self._sources, self._showings, self._knows):
                known.clear()

    @property
    def generation(self) -> int:
        """That of the definitions themselves."""
        return self._whole.generation

    @generation.setter
    def generation(self, value: int) -> None:
        pass

    def forget(self, key: str | None = None) -> None:
        """Drop what is known of one type, or of all."""
        self._whole.forget(key)

    def find(self, key: str) -> Type | None:
        """The type with that key as the actor sees it, or None."""
        whole = self._whole.find(key)
        if whole is None:
            return None
        self._look()
        if whole.key not in self._seen:
            self._seen[whole.key] = self._projected(whole)
        return self._seen[whole.key]

    def types(self, *, retired: bool = False) -> tuple[Type, ...]:
        """Every type that lists of types show the actor, in order."""
        return tuple(
            seen
            for whole in self._listed(retired=retired)
            if (seen := self.find(whole.key)) is not None
        )

    def _listed(self, *, retired: bool) -> "Iterable[Type]":
        for whole in self._whole.types(retired=retired):
            policy = self._policy.on(whole)
            if policy.listed and policy.visible:
                yield whole

    def keys(self) -> list[str]:
        """The keys of the types that the actor may know of, in order."""
        return [type_.key for type_ in self.types()]

    def categories(self, *, retired: bool = False) -> tuple[Category, ...]:
        """The categories of those types, and those above them."""
        known = {each.key: each for each in self._whole.categories(retired=True)}
        wanted: set[str] = set()
        for type_ in self._listed(retired=retired):
            key = type_.category
            while key is not None and key not in wanted:
                wanted.add(key)
                key = known[key].parent if key in known else None
        return tuple(c for c in self._whole.categories(retired=retired) if c.key in wanted)

    def users(self, *, retired: bool = False) -> tuple[User, ...]:
        """Every user, by name, and who administers; of the rest, only the actor's own."""
        return tuple(
            user
            if user.id == self._policy.actor.id
            else User(
                id=user.id,
                key=user.key,
                label=user.label,
                label_zh=user.label_zh,
                position=user.position,
                retired_at=user.retired_at,
                administrator=user.administrator,
            )
            for user in self._whole.users(retired=retired)
        )

    def roles(
        self, *, retired: bool = False, keys: Sequence[str] | None = None
    ) -> tuple[Role, ...]:
        """The actor's own roles, without what they may not know of."""
        from crmtui.store.roles_seen import seen

        own = (role for role in self._policy.roles if keys is None or role.key in keys)
        return tuple(seen(role, self._policy, self) for role in own)

    def packs(self) -> tuple[Pack, ...]:
        """None: packs are for who configures."""
        return ()

    def pointing_at(self, type_: Type) -> list[str]:
        """The link fields, as `type.field`, that point to a type."""
        return [ref for ref in self._whole.pointing_at(type_) if self._known(ref)]

    def _known(self, ref: str) -> bool:
        key, _, field = ref.partition(".")
        found = self.find(key)
        return found is not None and any(each.key == field for each in found.all_fields)

    # Types

    def _projected(self, whole: Type) -> Type | None:
        policy = self._policy.on(whole)
        if not policy.visible:
            return None
        if self._configurable and policy.lets("configure"):
            return whole
        fields = tuple(
            self._shown(policy, field)
            for field in whole.all_fields
            if self._seen_at_all(whole, field)
        )
        hidden = {f.key for f in whole.all_fields} - {f.key for f in fields}
        seen = whole.but(
            all_fields=tuple(self._said(whole, field) for field in fields),
            all_stages=tuple(
                _laid_out_without(stage, hidden, _LAYOUTS[:2]) for stage in self._stages(policy)
            ),
            all_validations=tuple(
                each
                for each in whole.all_validations
                if not hidden.intersection(each.keys) and not self.tells(whole, each.rule)
            ),
            **self._layouts(policy),
        )
        seen = _laid_out_without(seen, hidden, _LAYOUTS)
        if self.tells(whole, whole.title_expression):
            # What names a record would name what is hidden; its reference must do.
            seen = seen.but(title_expression=None)
        return seen.but(owner=None) if whole.owner in hidden else seen

    def _layouts(self, policy: TypePolicy) -> "Mapping[str, str]":
        """The layouts that the actor's first role with such has for the type."""
        found: dict[str, str] = {}
        for grant in policy.grants:
            for permission in grant.permissions:
                for name in _LAYOUTS:
                    text = getattr(permission, name)
                    if text:
                        found.setdefault(name, text)
        return found

    def _stages(self, policy: TypePolicy) -> "Iterable[Stage]":
        """The stages whose records the actor may see; layouts of a role go before theirs."""
        laid_out = self._layouts(policy)
        blind = {
            place
            for grant in policy.grants
            for place, actions in grant.stages.items()
            if "see" in actions
        }
        for stage in policy.type.all_stages:
            statuses = tuple(each for each in stage.statuses if each.ref not in blind)
            if stage.key in blind or (stage.statuses and not statuses):
                continue
            if statuses != stage.statuses:
                stage = stage.but(statuses=statuses)
            for name in _LAYOUTS[:2]:
                if name in laid_out and getattr(stage, name):
                    stage = stage.but(**{name: None})
            yield stage

    def _said(self, whole: Type, field: Field) -> Field:
        """A field without the conditions that name what is hidden; they hold all the same."""
        telling: dict[str, Any] = {
            name: None for name in _SAID_OF_FIELDS if self.tells(whole, getattr(field, name))
        }
        for name in ("min_field", "max_field"):
            key = getattr(field, name)
            if key and self.tells(whole, quoted(key)):
                telling[name] = None
        if field.options_of is not None and not self._shares(field.options_of):
            telling["options_of"] = None
        options = tuple(
            option.but(condition=None) if self.tells(whole, option.condition) else option
            for option in self._options(field)
        )
        if any(one is not other for one, other in zip(options, field.options, strict=False)) or (
            len(options) < len(field.options)
        ):
            telling["options"] = options
        return field.but(**telling) if telling else field

    def _shares(self, source: str) -> bool:
        """Whether the actor may know of the field whose options another one shares."""
        if source in LISTED:
            return True
        key, _, field = source.partition(".")
        owner = self._whole.find(key)
        found = _named(owner, field) if owner is not None else None
        if owner is None or found is None or not self._policy.on(owner).visible:
            return False
        return self._seen_at_all(owner, found)

    def _options(self, field: Field) -> "Iterable[Option]":
        """The options of a field; where they are types or categories, those the actor knows of."""
        if field.options_of == "types":
            known = {t.key for t in self._whole.types(retired=True) if self._policy.on(t).visible}
        elif field.options_of == "categories":
            known = {each.key for each in self.categories(retired=True)}
        else:
            return field.options
        return (option for option in field.options if option.key in known)

    # Fields

    def _seen_at_all(self, whole: Type, field: Field) -> bool:
        """Whether the actor may know of a field of a type."""
        self._look()
        if field.id not in self._knows:
            self._knows[field.id] = self._judged(whole, field)
        return self._knows[field.id]

    def _showing(self, policy: TypePolicy, field: Field) -> "Showing | None":
        if field.id not in self._showings:
            self._showings[field.id] = showing_of(policy, field)
        return self._showings[field.id]

    def _judged(self, whole: Type, field: Field) -> bool:
        showing = self._showing(self._policy.on(whole), field)
        if showing is None:
            return False
        if field.target:
            target = self._whole.find(field.target)
            if target is None or not self._policy.on(target).visible:
                return False
        if KINDS[field.kind].computed:
            return showing.whole and not self._stands_on_hidden(whole, field)
        return field.kind != "multilink" or showing.whole or showing.masked_whole

    def sight(self, whole: Type, field: Field) -> str:
        """What the actor sees of a field of a type: `hidden`, `masked` or `shown`."""
        if not self._seen_at_all(whole, field):
            return "hidden"
        return "shown" if self._open(whole, field) else "masked"

    def _open(self, whole: Type, field: Field) -> bool:
        """Whether the actor sees a field as it is, so that what stands on it may be seen too."""
        showing = self._showing(self._policy.on(whole), field)
        return self._seen_at_all(whole, field) and showing is not None and not showing.masks

    def open_fields(self, whole: Type, record_id: int) -> list[Field]:
        """The fields that the actor sees of a record as they are, neither hidden nor masked."""
        policy, seen = self._policy.on(whole), self.find(whole.key)
        found: list[tuple[Field, list[str]]] = []
        for field in seen.fields if seen else ():
            showing = self._showing(policy, field)
            if showing is not None and (showing.whole or showing.shows):
                found.append((field, ["1"] if showing.whole else showing.shows))
        if not found:
            return []
        columns = ", ".join(f"({' OR '.join(shows)}) IS TRUE" for _, shows in found)
        sql = f"SELECT {columns} FROM {quoted(whole.key)} {ALIAS} WHERE {ALIAS}.id = ?"
        held = self._policy.database.execute(sql, (record_id,)).fetchone() or ()
        return [field for (field, _), holds in zip(found, held, strict=False) if holds]

    def _shown(self, policy: TypePolicy, field: Field) -> Field:
        """A field as the actor sees it: a masked one is a text that nobody can set."""
        showing = self._showing(policy, field)
        assert showing is not None
        if not showing.masks or (showing.shows and field.kind not in _TEXTUAL):
            return field
        plain = Field(
            id=field.id,
            key=field.key,
            label=field.label,
            label_zh=field.label_zh,
            position=field.position,
            retired_at=field.retired_at,
            kind="text",
            help=field.help,
            help_zh=field.help_zh,
            required=field.required,
            title=field.title,
            personal=field.personal,
        )
        if field.kind == "multilink":
            return plain.but(kind="formula", result="text", formula=literal("****"))
        return plain

    def tells(self, whole: Type, text: str | None) -> bool:
        """Whether an expression about a type names what the actor may not see as it is."""
        if not text:
            return False
        from crmtui.store.tokens import names

        return any(self._closed(whole, name.path) for name in names(text))

    def _closed(self, of: Type, path: "Sequence[str]") -> bool:
        field = _named(of, path[0])
        if field is None:
            return False
        if not self._open(of, field):
            return True
        if len(path) < 2 or not field.target or path[1].casefold() == "id":
            return False
        target = self._whole.find(field.target)
        if target is None or not self._policy.on(target).visible:
            return True
        inner = _named(target, path[1])
        return inner is not None and not self._open(target, inner)

    def _stands_on_hidden(self, whole: Type, field: Field) -> bool:
        """Whether a computed field stands on what the actor may not see as it is."""
        if field.kind == "formula":
            return self.tells(whole, field.formula)
        if field.kind == "lookup":
            return self._closed(whole, (field.source or "").split("."))
        from crmtui.store.computed import gathered, measure

        found = gathered(self._whole, field)
        if found is None:
            return False
        child = self._policy.on(found.type)
        if not child.visible or not self._open(found.type, found.link):
            return True
        return self.tells(found.type, field.condition) or self.tells(
            found.type, measure(field.measure).of
        )

    # Records

    def shown(self, whole: Type, field: Field, sql: str) -> str | None:
        """The SQL of what the actor sees of a value of a field; None when nothing.

        Args:
            whole: the type as it is, whose table is called `s`.
            sql: the SQL of the value.
        """
        if not self._seen_at_all(whole, field):
            return None
        if field.kind == "multilink":
            return sql
        return self._column(self._policy.on(whole), field, sql)

    def source(self, key: str, *, paged: bool = False) -> str:
        """The SQL of what records of a type are read from: those, and that of them, permitted."""
        whole = self._whole.type(key, retired=True)
        self._look()
        if (whole.key, paged) not in self._sources:
            self._sources[whole.key, paged] = self._source(whole, paged)
        return self._sources[whole.key, paged]

    def searched(self, key: str, *, paged: bool) -> bool:
        """Whether records are found by who may see them; read in order they are only when paged."""
        whole = self._whole.type(key, retired=True)
        policy = self._policy.on(whole)
        condition = policy.condition("read")
        return condition != "1" and not (paged and policy.paged != condition)

    def _source(self, whole: Type, paged: bool) -> str:
        policy = self._policy.on(whole)
        condition = "0"
        if policy.visible:
            condition = policy.paged if paged else policy.condition("read")
        columns = [f"{ALIAS}.{name}" for name in SYSTEM]
        plain = condition == "1"
        for field in whole.all_fields:
            kind = KINDS[field.kind]
            if kind.computed or field.kind == "multilink":
                continue
            if not self._seen_at_all(whole, field):
                plain = False
                continue
            column = f"{ALIAS}.{quoted(field.key)}"
            sql = self._column(policy, field, column)
            plain = plain and sql == column
            columns.append(f"{sql} AS {quoted(field.key)}")
        if plain:
            return quoted(whole.key)
        return f"(SELECT {', '.join(columns)} FROM {quoted(whole.key)} {ALIAS} WHERE {condition})"

    def _column(self, policy: TypePolicy, field: Field, column: str) -> str:
        showing = self._showing(policy, field)
        assert showing is not None
        if showing.whole:
            return column
        whens = "".join(f" WHEN {sql} THEN {column}" for sql in showing.shows)
        if showing.masks and (not showing.shows or field.kind in _TEXTUAL):
            from crmtui.store.masks import masked

            for sql, pattern in showing.masks:
                hidden = masked(column, field, pattern)
                if sql == "1":
                    return f"(CASE{whens} ELSE {hidden} END)" if whens else hidden
                whens += f" WHEN {sql} THEN {hidden}"
        return f"(CASE{whens} END)"


def _laid_out_without(laid_out: _LaidOut, hidden: set[str], names: "Iterable[str]") -> _LaidOut:
    """A type or a stage whose layouts name none of some fields."""
    for name in names:
        text = kept = getattr(laid_out, name)
        for key in hidden if kept else ():
            from crmtui.model.layouts import without

            text = without(text, key) if text else None
        if text != kept:
            laid_out = laid_out.but(**{name: text})
    return laid_out


def _named(type_: Type, key: str) -> Field | None:
    """The field of that key, in any letter case, retired ones too."""
    folded = key.casefold()
    return next((f for f in type_.all_fields if f.key.casefold() == folded), None)
