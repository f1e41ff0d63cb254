"""The words of permissions: how they are kept, and what one who writes them may mean."""

import json
from collections.abc import Mapping

from crmtui.model.definitions import Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.message import N_
from crmtui.model.nouns import FIELD_LEVELS, OPERATIONS, STAGE_ACTIONS
from crmtui.store.errors import Misused, NotFound, Refused
from crmtui.store.grants import WORDS


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


def scope_of(written: str) -> str:
    """A scope as it is kept: its word in small letters, an expression as it is written."""
    text = written.strip()
    return text.casefold() if text.casefold() in WORDS else text


def level_of(written: str) -> str:
    """What is made of a field, as it is kept; empty when nothing is said.

    Raises:
        Misused: it is none of `FIELD_LEVELS`, or a mask that hides nothing.
    """
    word, colon, pattern = written.partition(":")
    word = word.strip().casefold().replace("_", "-")
    word = {"readonly": "read-only"}.get(word, word)
    if not word:
        return ""
    if word not in FIELD_LEVELS or (colon and word != "masked"):
        raise Misused(
            "bad-level",
            N_("a field is {levels}, not {level}"),
            levels=[f"{w}[:PATTERN]" if w == "masked" else w for w in FIELD_LEVELS],
            level=written[:60],
        )
    if pattern and "*" not in pattern:
        raise Misused(
            "bad-mask",
            N_("the mask {pattern} hides nothing; write * for what is hidden"),
            pattern=pattern[:60],
        )
    return f"{word}:{pattern}" if pattern else word


def actions_of(written: str) -> list[str]:
    """What is forbidden at a stage, of comma-joined words, in the order of `STAGE_ACTIONS`.

    Raises:
        Misused: a word is none of those.
    """
    words = [word.strip().casefold() for word in written.split(",") if word.strip()]
    for word in words:
        if word not in STAGE_ACTIONS:
            raise Misused(
                "bad-action",
                N_("at a stage one may forbid to {actions}, not to {action}"),
                actions=list(STAGE_ACTIONS),
                action=word[:60],
            )
    return [action for action in STAGE_ACTIONS if action in words]


def stage_ref(type_: Type, written: str) -> str:
    """The stage, or `stage.status`, that a word means, retired ones too.

    Raises:
        NotFound: the type has no such stage or status.
        Refused: it has no stages at all.
    """
    stage_key, dot, status_key = normal_key(written).partition(".")
    stage = type_.stage_by_key.get(stage_key)
    if stage is None and not type_.stages:
        raise Refused(
            "no-stages",
            N_("{type} has no stages"),
            f"crmtui stage add {type_.key} KEY",
            type=type_.key,
        )
    if stage is None:
        known = [each.key for each in type_.stages]
        meant = closest(stage_key, known)
        raise NotFound(
            "no-such-stage",
            N_("{type} has no stage {stage}; did you mean {meant}?")
            if meant
            else N_("{type} has no stage {stage}; it has {stages}"),
            None if meant else f"crmtui stage list {type_.key}",
            type=type_.key,
            stage=stage_key,
            meant=meant,
            stages=known,
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


def has_place(type_: Type, place: str) -> bool:
    """Whether a type has a stage or `stage.status`, retired ones too."""
    stage, dot, status = place.partition(".")
    return type_.status(stage, status) is not None if dot else stage in type_.stage_by_key


def encoded(said: Mapping[str, str]) -> str | None:
    """Words to words as a permission keeps them; None when there are none."""
    return json.dumps(dict(said), ensure_ascii=False) if said else None


def decoded(text: str | None) -> dict[str, str]:
    """What a permission keeps, as words to words."""
    return json.loads(text) if text else {}
