"""`crmtui role show` and `matrix`: what a role lets, denies and hides."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from crmtui.commands import _complete, _options, _rights
from crmtui.commands._command import command
from crmtui.commands._output import Fact, default_format, emit, json_text, write, write_page
from crmtui.commands._session import Session
from crmtui.i18n import N_, _


class _Saying(NamedTuple):
    """One thing that a role says of a type, for scripts."""

    type: str
    says: str
    what: str
    how: str


_FACTS = [
    Fact("type", lambda line: line.type, N_("Type")),
    Fact("says", lambda line: line.says, N_("Says")),
    Fact("what", lambda line: line.what, N_("What")),
    Fact("how", lambda line: line.how, N_("How")),
]
_LAYOUTS = {
    "form": "form_layout",
    "detail": "detail_layout",
    "list": "list_columns",
    "card": "card_fields",
}


@command("show", epilog="Example: crmtui role show sales --json")
@_options.common
@click.argument("role_key", metavar="ROLE", shell_complete=_complete.definitions("role"))
@_options.output
def show(session: Session, db: str | None, role_key: str, format_: str | None) -> None:
    """Show what a role lets, denies and hides, and who has it.

    Into a pipe it is a line for each thing: type, let, deny, field or stage, of what, how.
    """
    with session.workspace(db) as workspace:
        configuration = workspace.configuration()
        role: Any = configuration.place("role", role_key).definition
        everybody: Sequence[Any] = configuration.siblings("user", "")
        users = [u.key for u in everybody if role.key in u.role_keys and not u.retired]
    permissions = [each for each in role.permissions if not each.retired]
    format_ = format_ or default_format()
    if format_ == "table":
        _page(role, permissions, users)
    elif format_ == "json":
        emit(json_text(_json(role, permissions, users), pretty=_rights.pretty()))
    else:
        lines = (line for permission in permissions for line in _lines(permission))
        write(_FACTS, lines, format_, ref=lambda line: f"{role.key}.{line.type}")


def _page(role: Any, permissions: list[Any], users: list[str]) -> None:
    from crmtui.i18n import language
    from crmtui.model import permissions as words
    from crmtui.store.grants import EVERY_TYPE

    head = [
        (_("Role"), role.key),
        (_("Label"), role.name(language()) if role.label or role.label_zh else ""),
        (_("Description"), role.description or ""),
        (_("Users"), ", ".join(users)),
        (_("Acts as others"), _("yes") if role.impersonate else ""),
        (_("Retired"), _("yes") if role.retired else ""),
    ]
    facts = []
    for permission in permissions:
        said = words.said(_values(permission))
        laid_out = [kind for kind, name in _LAYOUTS.items() if getattr(permission, name)]
        lines = [each.text(_) for each in said]
        if laid_out:
            lines.append(_("layouts of its own: {kinds}").format(kinds=", ".join(laid_out)))
        name = _("every type") if permission.key == EVERY_TYPE else permission.key
        facts.append((name, "\n".join(lines) or _("nothing")))
    write_page([("", [fact for fact in head if fact[1]]), ("", facts)], sentences=True)


def _values(permission: Any) -> dict[str, Any]:
    """What a permission says, as a change would say it."""
    from crmtui.model.nouns import OPERATIONS

    values = {name: getattr(permission, f"may_{name}") for name in OPERATIONS}
    values |= {
        "deny": permission.denied,
        "fields": permission.fields,
        "stages": permission.stages,
        "unlisted": permission.unlisted,
    }
    return {name: value for name, value in values.items() if value}


def _lines(permission: Any) -> Iterator[_Saying]:
    from crmtui.model.permissions import words_of

    values = _values(permission)
    for name, value in values.items():
        if name == "unlisted":
            yield _Saying(permission.key, "unlisted", "", "")
        elif name in _MAPS:
            for key, how in words_of(value).items():
                yield _Saying(permission.key, _MAPS[name], key, how)
        else:
            yield _Saying(permission.key, "let", name, value)


_MAPS = {"deny": "deny", "fields": "field", "stages": "stage"}


def _json(role: Any, permissions: list[Any], users: list[str]) -> dict[str, Any]:
    import json

    from crmtui.model.nouns import OPERATIONS
    from crmtui.model.permissions import words_of

    told = []
    for permission in permissions:
        values = _values(permission)
        said: dict[str, Any] = {
            "type": permission.key,
            "let": {name: values[name] for name in OPERATIONS if name in values},
            "deny": words_of(permission.denied),
            "fields": words_of(permission.fields),
            "stages": {
                place: actions.split(",") for place, actions in words_of(permission.stages).items()
            },
            "unlisted": permission.unlisted,
        }
        for kind, name in _LAYOUTS.items():
            kept = getattr(permission, name)
            if kept:
                said[kind] = kept.split(",") if kind in ("list", "card") else json.loads(kept)
        told.append(said)
    names = ("key", "label", "label_zh", "description", "impersonate", "retired")
    return {name: getattr(role, name) for name in names} | {"users": users, "permissions": told}


@command("matrix", epilog="Example: crmtui role matrix sales")
@_options.common
@click.argument(
    "role_key", metavar="[ROLE]", required=False, shell_complete=_complete.definitions("role")
)
@_options.output
def matrix(session: Session, db: str | None, role_key: str | None, format_: str | None) -> None:
    """Show for which records a role, or each role, lets what: types by operations.

    What a role says of every type is told with each of them; !SCOPE is denied.
    """
    with session.workspace(db) as workspace:
        lines = list(workspace.explaining().of_roles(role_key))
    _rights.write_matrix("role", N_("Role"), lines, format_)
