"""Teams, roles and users as documents see them: without what they say of what is retired.

A document can be applied elsewhere, where there is nothing of what was retired here. What roles
say of retired fields and stages is kept all the same, so that it holds again when those are
restored.
"""

from collections.abc import Iterable, Mapping

from crmtui.model.definitions import Permission, Role, Team, Type, User
from crmtui.store.grants import EVERY_TYPE
from crmtui.store.permission_words import decoded, encoded


def team_in_use(team: Team, users: Iterable[User]) -> Team:
    """A team without a manager who is retired."""
    live = {user.key for user in users if not user.retired}
    return team if team.manager in (None, *live) else team.but(manager=None)


def user_in_use(user: User, roles: Iterable[Role]) -> User:
    """A user without the roles that are retired."""
    live = {role.key for role in roles if not role.retired}
    return user.but(roles=",".join(key for key in user.role_keys if key in live) or None)


def role_in_use(role: Role, types: Iterable[Type], names: Mapping[str, str] | None = None) -> Role:
    """A role with its permissions as a document has them.

    Args:
        types: the types that the document may speak of.
        names: new keys of types, by their present ones.
    """
    by_key = {type_.key: type_ for type_ in types}
    permissions = []
    for permission in role.permissions:
        type_ = by_key.get(permission.key)
        if permission.key == EVERY_TYPE:
            permissions.append(permission)
        elif type_ is not None:
            key = (names or {}).get(permission.key, permission.key)
            permissions.append(_in_use(permission, type_).but(key=key))
    return role.but(permissions=tuple(permissions))


def unseen(permission: Permission, type_: Type) -> dict[str, dict[str, str]]:
    """What a permission says of retired fields and stages, by attribute."""
    fields, stages = decoded(permission.fields), decoded(permission.stages)
    return {
        "fields": {key: each for key, each in fields.items() if key not in type_.field_by_key},
        "stages": {place: each for place, each in stages.items() if not _stands(type_, place)},
    }


def _in_use(permission: Permission, type_: Type) -> Permission:
    kept = {
        name: encoded(
            {
                key: each
                for key, each in decoded(getattr(permission, name)).items()
                if key not in gone
            }
        )
        for name, gone in unseen(permission, type_).items()
    }
    return permission.but(**kept)


def _stands(type_: Type, place: str) -> bool:
    """Whether a stage or `stage.status` is in use."""
    key, dot, status = place.partition(".")
    stage = type_.stage_by_key.get(key)
    if stage is None or stage.retired:
        return False
    return not dot or any(each.key == status for each in stage.live_statuses)
