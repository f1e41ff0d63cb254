"""What types, categories and validations do besides their rows; and every noun's behaviour."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Category, Definition, Type, Validation
from crmtui.model.keys import key_problem, normal_key, skeleton
from crmtui.model.message import N_
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.errors import NotFound, Refused
from crmtui.store.field_nouns import FieldBehaviour
from crmtui.store.option_nouns import OptionBehaviour, count_holding, rename_values
from crmtui.store.people_nouns import RoleBehaviour, TeamBehaviour, UserBehaviour
from crmtui.store.permission_nouns import PermissionBehaviour, purge_of_type
from crmtui.store.query import no_field
from crmtui.store.references import References
from crmtui.store.soundness import Soundness
from crmtui.store.stage_nouns import StageBehaviour, StatusBehaviour
from crmtui.store.tables import unique_together
from crmtui.store.uniqueness import Unique, refuse_alike


class TypeBehaviour(Behaviour):
    names_a_column = True

    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.types(retired=True)

    def find(self, place: Place) -> Definition | None:
        try:
            return self.catalog.type(place.key, retired=True)
        except NotFound:
            return None

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._need_category(row)
        made = Type(id=0, key=place.key)
        self._need_owner(made, row)
        return self.laid_out(made, row)

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        self.tables.add(place.key)
        if row.get("title_expression"):
            self._check_title(place.key)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        type_ = place.definition
        assert isinstance(type_, Type)
        self._need_category(columns)
        self._need_owner(type_, columns)
        return self.laid_out(type_, columns)

    def _need_owner(self, type_: Type, columns: Mapping[str, Any]) -> None:
        """Refuse an owner that is no field that holds a user."""
        key = columns.get("owner")
        if not key:
            return
        field = type_.field_by_key.get(key)
        if field is None:
            raise no_field(type_, key)
        if field.kind != "user":
            raise Refused(
                "bad-owner",
                N_("{ref} cannot say whose a record is: it is of kind {kind}, not user"),
                f"crmtui field list {type_.key}",
                ref=f"{type_.key}.{key}",
                kind=field.kind,
            )

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        if "owner" in after:
            self.tables.touch(place.definition.key)
        if "title_expression" in after:
            self._check_title(place.definition.key)
            self.tables.touch(place.definition.key)

    def _check_title(self, key: str) -> None:
        Soundness(self.database, self.catalog, self.tables).title(
            self.catalog.type(key, retired=True)
        )

    def _need_category(self, columns: Mapping[str, Any]) -> None:
        """A category that nobody has made yet is made along with the first type in it.

        Raises:
            Refused: its name cannot be a key.
        """
        key = columns.get("category")
        if not key or any(each.key == key for each in self.catalog.categories(retired=True)):
            return
        problem = key_problem(normal_key(key), column=False)
        if problem:
            raise Refused(
                "bad-key",
                N_("{key} cannot be the key of a {noun}: {problem}"),
                f"crmtui category add KEY --label '{key}'",
                key=key,
                noun="category",
                problem=problem,
            )
        position = self.database.scalar("SELECT max(position) FROM crm_category") or 0
        row = {"key": key, "skeleton": skeleton(key), "position": position + 1}
        self.database.insert("crm_category", row)
        change = {"verb": "add", "noun": "category", "ref": key, "values": {}}
        self.journal.write("configure", None, changes=change)

    def before_rename(self, place: Place, key: str) -> None:
        References(self.database, self.catalog).type_renamed(place.definition.key, key)
        _rename_options(self, "types", place.definition.key, key)

    def after_rename(self, place: Place, key: str) -> None:
        self.catalog.forget()
        self.tables.rename(place.definition.key, key)

    def after_visibility(self, place: Place) -> None:
        self.catalog.forget()

    def before_purge(self, place: Place) -> None:
        type_ = place.definition
        assert isinstance(type_, Type)
        pointing = [
            ref for ref in self.catalog.pointing_at(type_) if ref.partition(".")[0] != type_.key
        ]
        if pointing:
            raise Refused(
                "linked",
                N_("{ref} is pointed at by {fields}"),
                f"crmtui field remove {pointing[0]}",
                ref=type_.key,
                fields=pointing,
            )
        References(self.database, self.catalog).refuse_type_named(type_)
        _refuse_held(self, "types", type_.key, "type")
        purge_of_type(self.database, self.catalog, type_, self.journal.at)
        self.tables.drop(type_.key)


class CategoryBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.categories(retired=True)

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._need_parent(place.key, row)
        return row

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        self._need_parent(place.definition.key, columns)
        return columns

    def _need_parent(self, key: str, columns: Mapping[str, Any]) -> None:
        """Refuse a parent that is none, and one that makes the tree a circle."""
        by_key = {each.key: each for each in self.catalog.categories(retired=True)}
        parent = columns.get("parent")
        if parent and parent not in by_key:
            raise NotFound(
                "no-such-category",
                N_("there is no category {category}"),
                "crmtui category list",
                category=parent,
            )
        seen = {key}
        while parent:
            if parent in seen:
                raise Refused("circular", N_("{key} would be a category within itself"), key=key)
            seen.add(parent)
            above = by_key.get(parent)
            parent = above.parent if above else None

    def before_rename(self, place: Place, key: str) -> None:
        old = place.definition.key
        _rename_options(self, "categories", old, key)
        self.database.execute("UPDATE crm_type SET category = ? WHERE category = ?", (key, old))
        self.database.execute("UPDATE crm_category SET parent = ? WHERE parent = ?", (key, old))

    def before_remove(self, place: Place, move_to: str | None) -> None:
        self._refuse_full(place.definition)

    def before_purge(self, place: Place) -> None:
        self._refuse_full(place.definition)
        _refuse_held(self, "categories", place.definition.key, "category")

    def _refuse_full(self, category: Definition) -> None:
        assert isinstance(category, Category)
        within = [t.key for t in self.catalog.types() if t.category == category.key]
        within += [c.key for c in self.catalog.categories() if c.parent == category.key]
        if within:
            raise Refused(
                "in-use",
                N_("the category {key} holds {keys}"),
                f"crmtui type set {within[0]} --category ''",
                key=category.key,
                keys=within,
            )


class PackBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.packs()


class ValidationBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return place.of_type.all_validations

    def parent_columns(self, place: Place) -> dict[str, Any]:
        return {"type_id": place.of_type.id}

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        self._check(place, row["id"], frozenset({"rule", "unique_fields"}))

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        self._check(place, place.found_id, frozenset(after))

    def after_visibility(self, place: Place) -> None:
        validation = place.definition
        if validation.retired:
            self._check(place, validation.id, frozenset({"unique_fields"}))
        self.tables.touch(place.of_type.key)

    def _check(self, place: Place, validation_id: int, said: frozenset[str]) -> None:
        self.catalog.forget(place.of_type.key)
        type_ = self.catalog.type(place.of_type.key, retired=True)
        validation = next(v for v in type_.all_validations if v.id == validation_id)
        Soundness(self.database, self.catalog, self.tables).validation(type_, validation, said)
        if validation.keys and "unique_fields" in said:
            self._refuse_alike(type_, validation)
        self.tables.touch(type_.key)

    def _refuse_alike(self, type_: Type, validation: Validation) -> None:
        """Refuse fields to be unique together while records have them alike already."""
        fields = unique_together(type_, validation)
        # Before the index is made, which would refuse it without saying what is alike.
        if fields and not self.tables.unmade(type_.key):
            refuse_alike(self.database, type_, Unique(fields))


def _choosing(behaviour: Behaviour, source: str) -> Iterator[tuple[Type, Any]]:
    """The fields whose options are the workspace's types or categories."""
    for type_, field in behaviour.catalog.sharing(source):
        behaviour.tables.need(type_.key)
        yield type_, field


def _rename_options(behaviour: Behaviour, source: str, old: str, new: str) -> None:
    """Let records that hold the key of a type or category hold its new one."""
    for type_, field in _choosing(behaviour, source):
        References(behaviour.database, behaviour.catalog).value_renamed(
            type_, frozenset({field.key.casefold()}), old, new, old
        )
        rename_values(behaviour.database, type_, field, old, new)


def _refuse_held(behaviour: Behaviour, source: str, key: str, noun: str) -> None:
    """Refuse to purge what records hold as an option."""
    for type_, field in _choosing(behaviour, source):
        count = count_holding(behaviour.database, type_, field, key)
        if count:
            raise Refused(
                "in-use",
                N_("{count} records of {field} have the {noun} {key}"),
                count=count,
                field=f"{type_.key}.{field.key}",
                noun=noun,
                key=key,
            )


BEHAVIOURS: dict[str, type[Behaviour]] = {
    "category": CategoryBehaviour,
    "pack": PackBehaviour,
    "type": TypeBehaviour,
    "field": FieldBehaviour,
    "option": OptionBehaviour,
    "stage": StageBehaviour,
    "status": StatusBehaviour,
    "validation": ValidationBehaviour,
    "team": TeamBehaviour,
    "role": RoleBehaviour,
    "permission": PermissionBehaviour,
    "user": UserBehaviour,
}
