"""Permissions in words: what a role lets, denies and hides, as plans, history and pages say it."""

from collections.abc import Mapping
from typing import Any

from crmtui.model.message import N_, Message, Word
from crmtui.model.nouns import OPERATIONS

SAID = frozenset({*OPERATIONS, "deny", "fields", "stages", "unlisted"})
"""The attributes of a permission that have sentences of their own."""

_RECORDS = {
    "own": N_("own records"),
    "team": N_("records of the team"),
    "all": N_("all records"),
}


def scope_said(scope: str) -> Message:
    """Whose records a scope means."""
    if scope in _RECORDS:
        return Message(_RECORDS[scope])
    return Message(N_("records where {expression}"), expression=scope)


def level_said(level: str) -> Message:
    """What `hidden`, `masked:PATTERN` and the like make of a field."""
    word, _colon, pattern = level.partition(":")
    if pattern:
        return Message(N_("masked as {pattern}"), pattern=pattern)
    return Message(word)


def words_of(text: Any) -> dict[str, str]:
    """Words to words, as a permission keeps them or a change says them; none of what is no map."""
    found = text
    if isinstance(text, str):
        import json

        try:
            found = json.loads(text)
        except ValueError:
            found = None
    if not isinstance(found, Mapping):
        return {}
    return {
        str(key): ",".join(map(str, each)) if isinstance(each, list | tuple) else str(each or "")
        for key, each in found.items()
    }


def lets_said(scopes: Mapping[str, str]) -> list[Message]:
    """What is let, and what no more: a sentence for each scope.

    Args:
        scopes: operation to whose records; empty when it is not let any more.
    """
    return [
        Message(N_("lets {operations} for {scope}"), operations=words, scope=scope_said(scope))
        if scope
        else Message(N_("no longer lets {operations}"), operations=words)
        for scope, words in _by_scope(scopes).items()
    ]


def denials_said(denied: Mapping[str, str]) -> list[Message]:
    """What is denied, a sentence for each scope."""
    return [
        Message(N_("denies {operations} for {scope}"), operations=words, scope=scope_said(scope))
        for scope, words in _by_scope(denied).items()
        if scope
    ]


def fields_said(levels: Mapping[str, str]) -> list[Message]:
    """What is made of fields."""
    return [
        Message(N_("{field} is {level}"), field=field, level=level_said(level))
        for field, level in levels.items()
        if level
    ]


def stages_said(stages: Mapping[str, str]) -> list[Message]:
    """What is forbidden at stages and statuses."""
    return [
        Message(
            N_("forbids at {place}: {actions}"),
            place=place,
            actions=[Word(action) for action in actions.split(",")],
        )
        for place, actions in stages.items()
        if actions
    ]


def said(values: Mapping[str, Any]) -> list[Message]:
    """What attributes of a permission mean that were given or changed; layouts are left out."""
    told = lets_said({name: str(values[name] or "") for name in OPERATIONS if name in values})
    for name, sentences, nothing in (
        ("deny", denials_said, N_("denies nothing")),
        ("fields", fields_said, N_("shows every field")),
        ("stages", stages_said, N_("forbids nothing at stages")),
    ):
        if name in values:
            told += sentences(words_of(values[name])) or [Message(nothing)]
    if values.get("unlisted") is not None:
        told.append(
            Message(N_("left out of lists of types"))
            if values["unlisted"]
            else Message(N_("stands in lists of types"))
        )
    return told


def _by_scope(scopes: Mapping[str, str]) -> dict[str, list[Word]]:
    """The operations of each scope; those that are not let stand under an empty one."""
    found: dict[str, list[Word]] = {}
    for operation in OPERATIONS:
        if operation in scopes:
            found.setdefault(scopes[operation], []).append(Word(operation))
    return found
