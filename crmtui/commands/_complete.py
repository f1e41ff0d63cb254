"""What a shell completes beyond the program's own words: the types of the workspace and below.

Completion runs at every press of a key: whatever goes wrong, it only has nothing to offer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from crmtui.commands._session import Session
from crmtui.i18n import _

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def types(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The types in use."""
    return _items(ctx, incomplete, lambda workspace: [("", workspace.types())])


def records(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The types in use, as beginnings of references to records."""
    items = types(ctx, parameter, incomplete)
    for item in items:
        item.value += "/"
    return items


def packs(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The packs of the program, and the names of several."""
    from click.shell_completion import CompletionItem

    from crmtui.store.packs import files as pack_files

    names = [*pack_files.ORDER, *pack_files.GROUPS, "all"]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def installed_packs(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The packs that are installed."""
    return _items(
        ctx, incomplete, lambda workspace: [("", [p for p in workspace.packs() if p.installed])]
    )


def definitions(noun_key: str) -> Completer:
    """References to what a noun names: a type first, then behind each dot what hangs on it."""

    def complete(
        ctx: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from crmtui.model.nouns import NOUNS

        chain = [noun_key]
        while above := NOUNS[chain[0]].parent:
            chain.insert(0, above)
        # The key of what hangs on nothing may hold dots: a user's name does.
        parent, dot, _key = incomplete.rpartition(".") if len(chain) > 1 else ("", "", "")
        noun = chain[min(incomplete.count("."), len(chain) - 1)]
        return _items(
            ctx,
            incomplete,
            lambda workspace: [(parent + dot, workspace.configuration().siblings(noun, parent))],
        )

    return complete


def users(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The users in use."""
    return definitions("user")(ctx, parameter, incomplete)


def operations(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """What a role may let its users do; several are joined by commas."""
    from click.shell_completion import CompletionItem

    from crmtui.model.nouns import OPERATIONS

    before, comma, begun = incomplete.rpartition(",")
    return [
        CompletionItem(before + comma + name, help=_(text))
        for name, text in OPERATIONS.items()
        if name.startswith(begun)
    ]


def grantees(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Whom a record may be shared with: users, and teams and roles behind their word."""

    def find(workspace: Any) -> list[tuple[str, Any]]:
        known = workspace.configuration()
        nouns = ("user", "team", "role")
        return [("", known.siblings("user", ""))] + [
            (f"{noun}:", known.siblings(noun, "")) for noun in nouns
        ]

    return _items(ctx, incomplete, find)


def records_and_users(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Beginnings of references to records, and behind the first of them users."""
    found = records(ctx, parameter, incomplete)
    if ctx.params.get("words"):
        found += users(ctx, parameter, incomplete)
    return found


def fields_and_stages(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The fields and stages of the type that a question is about."""

    def find(workspace: Any) -> list[tuple[str, Any]]:
        type_ = workspace.type((ctx.params.get("ref") or "").partition("/")[0])
        return [("", type_.fields), ("", type_.stages)]

    return _items(ctx, incomplete, find)


def of_type(what: str) -> Completer:
    """The `fields`, `stages` or `sections` of the type that the words before speak of."""

    def complete(
        ctx: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        stated = ctx.params.get("type_key")
        # Arguments before an option that still lacks its value are not read yet.
        words = ctx.params.get("words") or ([stated] if stated else ctx.args) or [""]

        def find(workspace: Any) -> list[tuple[str, Any]]:
            type_ = workspace.type(words[0].partition(".")[0])
            if what != "sections":
                return [("", getattr(type_, what))]
            from crmtui.store.layouts import resolved

            return [("", resolved(type_, ctx.params.get("kind") or "form").sections)]

        return _items(ctx, incomplete, find)

    return complete


def _items(
    ctx: click.Context, incomplete: str, find: Callable[[Any], list[tuple[str, Any]]]
) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    try:
        with _workspace(ctx) as workspace:
            return [
                CompletionItem(before + each.key, help=each.label)
                for before, found in find(workspace)
                for each in found
                if not getattr(each, "retired", False)
                and (before + each.key).startswith(incomplete)
            ]
    except Exception:
        return []


@contextmanager
def _workspace(ctx: click.Context) -> Iterator[Any]:
    db = ctx.params.get("db") or ctx.find_root().params.get("db")
    session = Session(db)
    session.as_user = ctx.params.get("as_user")
    with session.workspace() as workspace:
        yield workspace
