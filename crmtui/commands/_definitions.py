"""The verbs that every noun of the configuration has, made from the noun's attributes."""

from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from typing import Any

import click

from crmtui.commands import _command, _complete, _options
from crmtui.commands._errors import say, say_undone
from crmtui.commands._output import Fact, emit, json_text, write, write_one
from crmtui.commands._plan import with_examples
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.model.message import Message
from crmtui.model.nouns import NOUNS, Attribute, Noun

_SHAPES = {
    "category": ("KEY", "KEY", ""),
    "type": ("KEY", "KEY", ""),
    "field": ("TYPE.KEY", "TYPE.KEY", "TYPE"),
    "option": ("TYPE.FIELD KEY", "TYPE.FIELD.KEY", "TYPE.FIELD"),
    "stage": ("TYPE KEY", "TYPE.KEY", "TYPE"),
    "status": ("TYPE.STAGE KEY", "TYPE.STAGE.KEY", "TYPE.STAGE"),
    "validation": ("TYPE KEY", "TYPE.KEY", "TYPE"),
    "team": ("KEY", "KEY", ""),
    "role": ("KEY", "KEY", ""),
    "user": ("NAME", "NAME", ""),
}


def group(
    noun_key: str,
    extra: dict[str, Any] | None = None,
    *,
    for_set: dict[str, Any] | None = None,
    instead: Sequence[click.Command] = (),
) -> click.Group:
    """The group of commands of a noun.

    Args:
        extra: more parameters of `add`: name to (click option decorator).
        for_set: more flags of `set`, given to the change by their names.
        instead: more commands, or such as take the place of one of the same name.
    """
    noun = NOUNS[noun_key]
    made = click.Group(noun_key, help=_summary(noun_key), epilog=_example(noun, "add"))
    for command in (
        _add(noun, extra or {}),
        _list(noun),
        _show(noun),
        _set(noun, for_set or {}),
        _rename(noun),
        _order(noun),
        _remove(noun),
        _restore(noun),
        _purge(noun),
        *instead,
    ):
        made.add_command(command)
    # `retire` is what plans and pages call it; `remove` is the verb of every noun.
    retire = copy(made.commands["remove"])
    retire.name, retire.hidden = "retire", True
    made.add_command(retire)
    return made


def _summary(noun_key: str) -> str:
    from crmtui.cli import COMMANDS

    return _(COMMANDS[noun_key][1])


def joined(words: Sequence[str]) -> str:
    """`deal engaging` and `deal.engaging` are the same reference."""
    return ".".join(words)


def _words(noun: Noun, shape: str) -> Callable[[Any], Any]:
    """The words of one or more references, completed by a shell."""
    return click.argument(
        "words",
        nargs=-1,
        required=True,
        metavar=shape,
        shell_complete=_complete.definitions(noun.key),
    )


def refs(noun_key: str, words: Sequence[str]) -> list[str]:
    """What `add`, `remove` and their like are about: full references, or a parent and keys."""
    noun = NOUNS[noun_key]
    if noun.depth == 1 or words[0].count(".") == noun.depth - 1:
        return list(words)
    if len(words) == 1:
        raise click.UsageError(_("say the key too: {shape}").format(shape=_SHAPES[noun.key][1]))
    return [f"{words[0]}.{key}" for key in words[1:]]


def attribute_options(noun: Noun, *, adding: bool = False) -> Callable[[Any], Any]:
    """A click option for each attribute; what is not given is not in the command's values."""

    def decorate(command: Any) -> Any:
        for attribute in reversed(noun.attributes.values()):
            # A type that is being made has no fields yet that its list or card could name.
            unnamed = adding and attribute.shape == "keys" and noun.key == "type"
            if attribute.shape != "layout" and not unnamed:
                command = _attribute_option(attribute)(command)
        return command

    return decorate


def _attribute_option(attribute: Attribute) -> Callable[[Any], Any]:
    # The field's own help must not take the place of the command's.
    word = attribute.name.replace("help", "help_text")
    flag = "--" + word.replace("_", "-")
    text = _(attribute.help)
    name = f"set_{attribute.name}"
    if attribute.shape == "flag":
        return click.option(f"{flag}/--no-{flag[2:]}", name, default=None, help=text)
    if attribute.shape == "number":
        return click.option(flag, name, type=int, metavar="N", help=text)
    if attribute.shape == "word":
        return click.option(flag, name, metavar="|".join(attribute.choices), help=text)
    if attribute.option:
        word = f"--{attribute.option}"
        complete = _complete.definitions(attribute.option)
        return click.option(
            word, name, multiple=True, metavar="KEY", help=text, shell_complete=complete
        )
    metavar = {"expression": "EXPR", "keys": "FIELD,..."}.get(attribute.shape, "TEXT")
    return click.option(flag, name, metavar=metavar, help=text)


def attribute_values(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The attributes that were given on the command line, taken out of `kwargs`."""
    names = [name for name in kwargs if name.startswith("set_")]
    values = {name[4:]: kwargs.pop(name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, ())}


def apply_changes(
    session: Session,
    db: str | None,
    changes: Sequence[Any] | Callable[[Any], Sequence[Any]],
    *,
    dry_run: bool,
    as_json: bool = False,
    create: bool = False,
    needless: Callable[[Any, Any], bool] | None = None,
) -> None:
    """Apply changes and tell each in one line.

    Args:
        changes: the changes, or what makes them of the workspace, as it is in this transaction.
        create: make the workspace when there is none.
        needless: says of a workspace and a change whether it is to be passed over.
    """
    changed: list[bool] = []
    notes: list[list[Message]] = []
    with (
        session.workspace(db, create=create) as workspace,
        workspace.intent("configure", dry_run=dry_run),
    ):
        changes = changes(workspace) if callable(changes) else changes
        for change in changes:
            effective, noted = False, list[Message]()
            if not (needless and needless(workspace, change)):
                effective, noted = _applied(session, workspace, change)
            changed.append(effective)
            notes.append(noted)
    told = []
    for change, effective, noted in zip(changes, changed, notes, strict=True):
        template = "{sigil} {what}" if effective else N_("unchanged: {noun} {ref}")
        say(template, sigil=change.sigil, what=change.describe(), noun=change.noun, ref=change.ref)
        told.append(
            {
                "change": change.verb if effective else "unchanged",
                "noun": change.noun,
                "ref": change.ref,
            }
            | ({"notes": [_noted(note) for note in noted]} if noted else {})
        )
        for note in noted:
            say("  {note}", note=note)
    if as_json:
        emit(json_text(told[0] if len(told) == 1 else told))
    if dry_run:
        say_undone()


def _applied(session: Session, workspace: Any, change: Any) -> tuple[bool, list[Message]]:
    """Apply a change; whether it changed anything, and what is worth telling of it."""
    if session.batch:
        # Nobody is told anything by a line of a batch, so nothing need be counted.
        return workspace.change([change])[0], []
    effective, effects = workspace.change_telling(change)
    return effective, [*workspace.notes, *map(with_examples, effects)]


def _noted(note: Message) -> dict[str, Any]:
    """A note as JSON holds it: its words, and the facts that are numbers or texts."""
    facts = {
        name: [str(each) for each in fact] if isinstance(fact, list) else fact
        for name, fact in note.facts.items()
        if isinstance(fact, str | int | list)
    }
    return {"message": note.text(_)} | facts


def _add(noun: Noun, extra: dict[str, Any]) -> click.Command:
    def add(
        session: Session,
        db: str | None,
        words: tuple[str, ...],
        if_not_exists: bool,
        dry_run: bool,
        as_json: bool,
        **kwargs: Any,
    ) -> None:
        from crmtui.store.changes import Change

        more = {name: kwargs.pop(name) for name in extra}
        values = attribute_values(kwargs)
        changes = []
        for ref in refs(noun.key, words):
            changes.append(Change("add", noun.key, ref, values | _only_given(more, "options")))
            changes += [
                Change("add", "option", f"{ref}.{key.strip()}", {"label": label} if label else {})
                for key, _equals, label in (
                    text.partition("=") for text in more.get("options") or ()
                )
            ]
        apply_changes(
            session,
            db,
            changes,
            dry_run=dry_run,
            as_json=as_json,
            create=noun.parent is None,
            needless=exists if if_not_exists else None,
        )

    command: Any = _options.dry_run(_options.as_json(add))
    command = click.option("--if-not-exists", is_flag=True, help=_("Do nothing when it exists."))(
        command
    )
    for decorate in extra.values():
        command = decorate(command)
    command = attribute_options(noun, adding=True)(command)
    command = _words(noun, _SHAPES[noun.key][0])(command)
    return _command.command("add", help=_("Add one."), epilog=_example(noun, "add"))(
        _options.common(command)
    )


def exists(workspace: Any, change: Any) -> bool:
    """Whether what would be added is there and in use; a retired one is in the way instead."""
    return not _missing(workspace, change, retired=False)


def says_nothing(_workspace: Any, change: Any) -> bool:
    """Whether there is nothing to set, so that what it is about need not even exist."""
    return change.verb == "set" and not change.values


def _missing(workspace: Any, change: Any, *, retired: bool = True) -> bool:
    from crmtui.store.errors import NotFound

    try:
        workspace.configuration().place(change.noun, change.ref, retired=retired)
    except NotFound:
        return True
    return False


def _only_given(more: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in more.items() if value and key != name} | (
        {name: True} if more.get(name) else {}
    )


def _list(noun: Noun) -> click.Command:
    def list_(
        session: Session, db: str | None, format_: str | None, retired: bool, parent: str = ""
    ) -> None:
        with session.workspace(db) as workspace:
            rows: list[Any]
            if noun.key == "type":
                counts = workspace.counts()
                rows = [
                    (type_, counts.get(type_.key)) for type_ in workspace.types(retired=retired)
                ]
            else:
                place = workspace.configuration().siblings(noun.key, parent)
                rows = [(each, None) for each in place if retired or not each.retired]
            write(
                columns(noun, parent, retired),
                rows,
                format_,
                ref=lambda row: _ref(parent, row[0]),
                sparse=True,
            )

    command: Any = _options.output(list_)
    command = click.option("--retired", is_flag=True, help=_("Retired ones too."))(command)
    if noun.parent:
        command = click.argument(
            "parent",
            metavar=_SHAPES[noun.key][2],
            shell_complete=_complete.definitions(noun.key),
        )(command)
    return _command.command("list", help=_("List them, in order."), epilog=_example(noun, "list"))(
        _options.common(command)
    )


def _show(noun: Noun) -> click.Command:
    def show(session: Session, db: str | None, words: tuple[str, ...], format_: str | None) -> None:
        ref = joined(words)
        with session.workspace(db) as workspace:
            found = workspace.configuration().place(noun.key, ref).definition
            count = workspace.count(ref) if noun.key == "type" and not found.retired else None
            about = columns(noun, ref.rpartition(".")[0], True)
            write_one(about, (found, count), format_, sparse=True)

    command = _options.output(show)
    command = _words(noun, _SHAPES[noun.key][1])(command)
    return _command.command("show", help=_("Show one."), epilog=_example(noun, "show"))(
        _options.common(command)
    )


def _set(noun: Noun, extra: dict[str, Any]) -> click.Command:
    def set_(
        session: Session,
        db: str | None,
        words: tuple[str, ...],
        dry_run: bool,
        as_json: bool,
        **kwargs: Any,
    ) -> None:
        from crmtui.store.changes import Change

        values = attribute_values(kwargs)
        if not values:
            raise click.UsageError(_("say what to set; see --help"))
        values |= {name: True for name in extra if kwargs.get(name)}
        change = Change("set", noun.key, joined(words), values)
        apply_changes(session, db, [change], dry_run=dry_run, as_json=as_json)

    command: Any = _options.dry_run(_options.as_json(set_))
    for decorate in extra.values():
        command = decorate(command)
    command = attribute_options(noun)(command)
    command = _words(noun, _SHAPES[noun.key][1])(command)
    return _command.command(
        "set",
        help=_("Change its attributes; an empty text clears one."),
        epilog=_example(noun, "set"),
    )(_options.common(command))


def _rename(noun: Noun) -> click.Command:
    def rename(
        session: Session, db: str | None, ref: str, key: str, dry_run: bool, as_json: bool
    ) -> None:
        from crmtui.store.changes import Change

        change = Change("rename", noun.key, ref, {"key": key.rpartition(".")[2]})
        apply_changes(session, db, [change], dry_run=dry_run, as_json=as_json)

    command = _options.dry_run(_options.as_json(rename))
    command = click.argument("key", metavar="NEW_KEY")(command)
    command = click.argument(
        "ref",
        metavar=_SHAPES[noun.key][1],
        shell_complete=_complete.definitions(noun.key),
    )(command)
    return _command.command(
        "rename", help=_("Give it another key; its data follow."), epilog=_example(noun, "rename")
    )(_options.common(command))


def _order(noun: Noun) -> click.Command:
    def order(
        session: Session,
        db: str | None,
        keys: tuple[str, ...],
        dry_run: bool,
        as_json: bool,
        parent: str = "",
    ) -> None:
        from crmtui.store.changes import Change

        change = Change("order", noun.key, parent, {"keys": list(keys)})
        apply_changes(session, db, [change], dry_run=dry_run, as_json=as_json)

    command = _options.dry_run(_options.as_json(order))
    command = click.argument("keys", nargs=-1, required=True, metavar="KEY...")(command)
    if noun.parent:
        command = click.argument(
            "parent",
            metavar=_SHAPES[noun.key][2],
            shell_complete=_complete.definitions(noun.key),
        )(command)
    return _command.command(
        "order",
        help=_("Put them in this order; those not named follow."),
        epilog=_example(noun, "order"),
    )(_options.common(command))


def _remove(noun: Noun) -> click.Command:
    def remove(
        session: Session,
        db: str | None,
        words: tuple[str, ...],
        if_exists: bool,
        dry_run: bool,
        as_json: bool,
        move_to: str | None = None,
    ) -> None:
        from crmtui.store.changes import Change

        values = {"move_to": move_to} if move_to else {}
        changes = [Change("remove", noun.key, ref, values) for ref in refs(noun.key, words)]
        apply_changes(
            session,
            db,
            changes,
            dry_run=dry_run,
            as_json=as_json,
            needless=_missing if if_exists else None,
        )

    command = _options.dry_run(_options.as_json(remove))
    command = click.option("--if-exists", is_flag=True, help=_("Do nothing when there is none."))(
        command
    )
    if noun.key in ("stage", "status"):
        command = click.option(
            "--move-to", metavar="STAGE[.STATUS]", help=_("Where the records standing there go.")
        )(command)
    command = _words(noun, _SHAPES[noun.key][1] + "...")(command)
    return _command.command(
        "remove", help=_("Retire it: hidden, with its data kept."), epilog=_example(noun, "remove")
    )(_options.common(command))


def _restore(noun: Noun) -> click.Command:
    def restore(
        session: Session, db: str | None, words: tuple[str, ...], dry_run: bool, as_json: bool
    ) -> None:
        from crmtui.store.changes import Change

        changes = [Change("restore", noun.key, ref) for ref in refs(noun.key, words)]
        apply_changes(session, db, changes, dry_run=dry_run, as_json=as_json)

    command = _options.dry_run(_options.as_json(restore))
    command = _words(noun, _SHAPES[noun.key][1] + "...")(command)
    return _command.command(
        "restore",
        help=_("Bring a retired one back, with its data."),
        epilog=_example(noun, "restore"),
    )(_options.common(command))


def _purge(noun: Noun) -> click.Command:
    def purge(
        session: Session,
        db: str | None,
        words: tuple[str, ...],
        confirm: str,
        dry_run: bool,
        as_json: bool,
    ) -> None:
        from crmtui.store.changes import Change

        ref = joined(words)
        if confirm not in (ref, ref.rpartition(".")[2]):
            raise click.UsageError(_("--confirm names something else than {ref}").format(ref=ref))
        apply_changes(
            session, db, [Change("purge", noun.key, ref)], dry_run=dry_run, as_json=as_json
        )

    command = _options.dry_run(_options.as_json(purge))
    command = click.option(
        "--confirm",
        required=True,
        metavar="KEY",
        help=_("Its key once more, since its data go for good."),
    )(command)
    command = _words(noun, _SHAPES[noun.key][1])(command)
    return _command.command(
        "purge", help=_("Destroy a retired one with its data."), epilog=_example(noun, "purge")
    )(_options.common(command))


def columns(noun: Noun, parent: str, retired: bool) -> list[Fact]:
    """What `list` and `show` print of a definition."""
    facts = [Fact("ref", lambda row: _ref(parent, row[0]))] if noun.parent else []
    facts.append(Fact("key", lambda row: row[0].key))
    for name, attribute in noun.attributes.items():
        if attribute.shape not in ("layout", "map"):
            facts.append(Fact(name, partial(_attribute, attribute.attr)))
    if noun.key == "type":
        facts.append(Fact("fields", lambda row: [f.key for f in row[0].fields]))
        facts.append(Fact("stages", lambda row: [s.key for s in row[0].stages]))
        facts.append(Fact("records", lambda row: row[1]))
    if noun.key == "field":
        facts.append(Fact("options", lambda row: [o.key for o in row[0].options if not o.retired]))
    if noun.key == "stage":
        facts.append(Fact("statuses", lambda row: [s.key for s in row[0].live_statuses]))
    if retired:
        facts.append(Fact("retired", lambda row: row[0].retired))
    return facts


def _attribute(name: str, row: Any) -> Any:
    return getattr(row[0], name)


def _ref(parent: str, definition: Any) -> str:
    return f"{parent}.{definition.key}" if parent else definition.key


_EXAMPLES = {
    ("team", "add"): "crmtui team add north --label North --label-zh 北区 --parent sales",
    ("team", "set"): "crmtui team set north --manager bob",
    ("team", "rename"): "crmtui team rename north northwest",
    ("team", "order"): "crmtui team order north south",
    ("role", "add"): "crmtui role add sales --label Sales --label-zh 销售",
    ("role", "set"): "crmtui role set sales --description 'Whoever sells'",
    ("role", "rename"): "crmtui role rename sales seller",
    ("role", "order"): "crmtui role order sales service",
    ("user", "add"): "crmtui user add alice --role sales --team north --uid 1001",
    ("user", "set"): "crmtui user set alice --role sales --role service",
    ("user", "rename"): "crmtui user rename alice alice.b",
    ("user", "order"): "crmtui user order alice bob",
    ("category", "add"): "crmtui category add sales --label Sales --label-zh 销售",
    ("category", "set"): "crmtui category set sales --parent business",
    ("category", "rename"): "crmtui category rename sales selling",
    ("category", "order"): "crmtui category order sales service",
    ("validation", "add"): (
        "crmtui validation add deal cap \"value < 1000000 or stage = 'won'\" --message 'Ask first'"
    ),
    ("validation", "set"): "crmtui validation set deal.cap --message-zh 请先询问",
    ("validation", "rename"): "crmtui validation rename deal.cap limit",
    ("validation", "order"): "crmtui validation order deal cap",
    ("type", "add"): "crmtui type add deal --label Deal --label-zh 商机 --category sales",
    ("type", "set"): "crmtui type set deal --description 'Everything we may sell'",
    ("type", "rename"): "crmtui type rename deal opportunity",
    ("type", "order"): "crmtui type order deal account",
    ("field", "add"): "crmtui field add deal.value --kind money --currency USD --required",
    ("field", "set"): "crmtui field set deal.value --min 0 --label Value",
    ("field", "rename"): "crmtui field rename deal.value amount",
    ("field", "order"): "crmtui field order deal name value",
    ("option", "add"): "crmtui option add deal.source fair --label 'Trade fair' --color green",
    ("option", "set"): "crmtui option set deal.source.fair --label-zh 展会",
    ("option", "rename"): "crmtui option rename deal.source.fair exhibition",
    ("option", "order"): "crmtui option order deal.source web fair",
    ("stage", "add"): "crmtui stage add deal won --category closed --outcome won",
    ("stage", "set"): "crmtui stage set deal.won --label-zh 赢单",
    ("stage", "rename"): "crmtui stage rename deal.won signed",
    ("stage", "order"): "crmtui stage order deal lead engaging won lost",
    ("stage", "remove"): "crmtui stage remove deal.engaging --move-to lead",
    ("status", "add"): "crmtui status add deal.engaging waiting --label-zh 等待客户",
    ("status", "set"): "crmtui status set deal.engaging.waiting --category done",
    ("status", "rename"): "crmtui status rename deal.engaging.waiting on_hold",
    ("status", "order"): "crmtui status order deal.engaging open waiting",
    ("status", "remove"): "crmtui status remove deal.engaging.waiting --move-to engaging.open",
}
_THINGS = {
    "category": "sales",
    "validation": "deal.cap",
    "team": "north",
    "role": "sales",
    "user": "alice",
    "type": "deal",
    "field": "deal.value",
    "option": "deal.source.fair",
    "stage": "deal.won",
    "status": "deal.engaging.waiting",
}


def example(noun_key: str, verb: str) -> str:
    """The example of a verb, as help shows it."""
    return _example(NOUNS[noun_key], verb)


def _example(noun: Noun, verb: str) -> str:
    example = _EXAMPLES.get((noun.key, verb))
    if example is None:
        thing = _THINGS[noun.key]
        if verb == "list":
            thing = thing.rpartition(".")[0]
        confirm = f" --confirm {thing.rpartition('.')[2]}" if verb == "purge" else ""
        example = f"crmtui {noun.key} {verb} {thing}".rstrip() + confirm
    return _("Example:") + " " + example
