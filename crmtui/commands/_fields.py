"""The words of fields: `deal.name deal.value`, or `deal name value`."""

from collections.abc import Sequence

import click

from crmtui.i18n import _


def fields(words: Sequence[str]) -> tuple[str, list[str]]:
    """The type and the keys of the fields that words name.

    Raises:
        click.UsageError: no field is named, or one of another type.
    """
    type_key, dot, _key = words[0].partition(".")
    if not dot and len(words) == 1:
        raise click.UsageError(_("say the field too: {type}.FIELD").format(type=type_key))
    rest = words if dot else words[1:]
    return type_key, [key(word, type_key) for word in rest]


def key(word: str, type_key: str) -> str:
    """The key of a field, written alone or behind its type.

    Raises:
        click.UsageError: it is written behind another type.
    """
    before, dot, found = word.rpartition(".")
    if dot and before.casefold() != type_key.casefold():
        raise click.UsageError(
            _("{word} is not of the type {type}").format(word=word, type=type_key)
        )
    return found
