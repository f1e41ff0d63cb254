"""The configuration as documents, as far as an actor may configure it.

Who may configure some types only has documents of those: for them there is nothing else, so that a
document can neither tell them of it nor take it away.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Category, Role, Team, Type, User
from crmtui.model.message import N_
from crmtui.store import spec
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.errors import Misused
from crmtui.store.policy import Policy
from crmtui.store.rights import Rights
from crmtui.store.visible import VisibleCatalog

_PEOPLE = ("user",)
_EVERYTHING = ("category", "type", "team", "role")


class Configurable(VisibleCatalog):
    """A catalog of the types that an actor may know of, and of nothing of people.

    Those that they may configure are whole.
    """

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy, configurable=True)

    def types(self, *, retired: bool = False) -> tuple[Type, ...]:
        """Those types, in order, also such as are left out of lists."""
        keys = (whole.key for whole in self._whole.types(retired=retired))
        return tuple(seen for key in keys if (seen := self.find(key)) is not None)

    def own(self) -> tuple[Type, ...]:
        """The types in use that the actor may configure."""
        return tuple(type_ for type_ in self._whole.types() if self.configures(type_))

    def configures(self, type_: Type) -> bool:
        """Whether the actor may configure a type."""
        return self._policy.on(self._whole.type(type_.key, retired=True)).lets("configure")

    def categories(self, *, retired: bool = False) -> tuple[Category, ...]:
        """The categories that the actor's own types are listed under, and those above."""
        return tuple(spec.above(self.own(), self._whole.categories(retired=retired)))

    def teams(self, *, retired: bool = False) -> tuple[Team, ...]:
        """None: they are for administrators."""
        return ()

    def roles(
        self, *, retired: bool = False, keys: Sequence[str] | None = None
    ) -> tuple[Role, ...]:
        """None, either."""
        return ()

    def users(self, *, retired: bool = False) -> tuple[User, ...]:
        """None, either."""
        return ()


class Documents:
    """Makes documents of the configuration, and says what it takes to make it like one.

    Args:
        rights: of an actor who is no administrator.
        actor: the key of the actor.
    """

    def __init__(self, catalog: Catalog, rights: Rights | None, actor: str) -> None:
        self._rights = rights
        self._actor = actor
        self._own = Configurable(rights.policy) if rights else None
        self._catalog = self._own or catalog

    def document(self, types: Sequence[Type] = (), *, people: bool = False) -> dict[str, Any]:
        """The configuration of some types, or of all, with teams and roles, as a document.

        Args:
            people: also who the users are, and who leads teams; not of some types.

        Raises:
            Forbidden: the actor may not configure one of the types, or asks for people.
        """
        if people and types:
            raise Misused("people-of-types", N_("people are not those of some types"))
        if self._rights:
            for type_ in types:
                self._rights.guard.configuring(type_, f"type {type_.key}")
            if people:
                self._rights.guard.configuring(None, "users")
        found = types or (self._own.own() if self._own else self._catalog.types())
        categories = self._catalog.categories()
        if types:
            return spec.document(found, spec.above(found, categories))
        teams, roles = self._catalog.teams(), self._catalog.roles()
        users = self._catalog.users() if people else None
        return spec.document(found, categories, teams, roles, users)

    def files(
        self,
        texts: Mapping[str, str],
        types: Sequence[Type] = (),
        folder: str | None = None,
        *,
        people: bool = False,
    ) -> dict[str, str | None]:
        """What files should hold that are to say what the configuration is; None for none at all.

        Args:
            texts: by path, what they hold at present; the comments in it stay.
            types: of some types only; what the files say of others stays.
            folder: where files may be added; without one there is one file, in `texts`.

        Raises:
            Refused: a text is no document, or cannot be changed where it stands.
        """
        document = self.document(types, people=people)
        whole: tuple[str, ...] = ()
        if not types and not self._rights:
            whole = (*_EVERYTHING, *_PEOPLE) if people else _EVERYTHING
        made: dict[str, str | None] = {}
        if folder is not None:
            made = spec.in_folder(folder, texts, document, whole=whole)
        for path, text in texts.items() if folder is None else ():
            made[path] = spec.in_file(path, text, document, whole=whole)
        spec.refuse_different(made, document, self._catalog)
        return made

    def changes_to(self, document: Mapping[str, Any], *, prune: bool = False) -> list[Change]:
        """What would make the configuration equal to a document that `spec.read` returned."""
        foreign = (
            [each.key for each in self._own.types() if not self._own.configures(each)]
            if self._own
            else ()
        )
        return spec.changes(
            document, self._catalog, prune=prune, actor=self._actor, foreign=foreign
        )
