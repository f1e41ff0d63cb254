"""The words of permissions: how they are kept, and what one who writes them may mean."""

import json
from collections.abc import Mapping

from crmtui.model.definitions import Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.message import N_
from crmtui.model.nouns import OPERATIONS
from crmtui.store.errors import Misused, NotFound

EVERY_TYPE = "*"
"""The key of what a role says of every type."""

WORDS = ("own", "team", "all")
"""Scopes that are a word; every other one is an expression."""


def operation_of(word: str) -> str:
    """The operation that a word means; raises `Misused` when it means none."""
    text = word.strip().casefold()
    text = {"edit": "update", "add": "create", "remove": "delete", "log": "history"}.get(text, text)
    if text in OPERATIONS:
        return text
    meant = closest(text, list(OPERATIONS))
    raise Misused(
        "bad-operation",
        N_("{word} is none of {operations}; did you mean {meant}?")
        if meant
        else N_("{word} is none of {operations}"),
        word=word[:60],
        operations=list(OPERATIONS),
        meant=meant,
    )


def stage_ref(type_: Type, written: str) -> str:
    """The stage, or `stage.status`, that a word means, retired ones too.

    Raises:
        NotFound: the type has no such stage or status.
    """
    stage_key, dot, status_key = normal_key(written).partition(".")
    stage = type_.stage_by_key.get(stage_key)
    if stage is None:
        raise NotFound(
            "no-such-stage",
            N_("{type} has no stage {stage}; it has {stages}"),
            f"crmtui stage list {type_.key}",
            type=type_.key,
            stage=stage_key,
            stages=[each.key for each in type_.stages],
        )
    if not dot:
        return stage.key
    status = type_.status(stage.key, status_key)
    if status is None:
        raise NotFound(
            "no-such-status",
            N_("{parent} has no {noun} {key}"),
            f"crmtui status list {type_.key}.{stage.key}",
            parent=f"{type_.key}.{stage.key}",
            noun="status",
            key=status_key,
        )
    return status.ref


def encoded(said: Mapping[str, str]) -> str | None:
    """Words to words as a permission keeps them; None when there are none."""
    return json.dumps(dict(said), ensure_ascii=False) if said else None


def decoded(text: str | None) -> dict[str, str]:
    """What a permission keeps, as words to words."""
    return json.loads(text) if text else {}
