"""Fields and stages written a line each, as the wizard takes them.

A field is `label : kind argument !`: `Amount : money USD !` is required, `Customer : link customer`
points to a type, `Source : choice Website, Trade fair` has two options. The kind may be left out
and is then a text; `：` and `！` mean the same as `:` and `!`. A stage is its label; `= won` behind
it says how it ended.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from crmtui.i18n import _
from crmtui.model.definitions import OUTCOMES
from crmtui.model.keys import proposed_key
from crmtui.model.message import N_, Message
from crmtui.screens.words import kind_meant, value_word
from crmtui.store.changes import Change
from crmtui.store.kinds import KINDS

_ARGUMENT = {
    "money": "currency",
    "link": "to",
    "multilink": "to",
    "formula": "formula",
    "lookup": "from",
    "rollup": "from",
    "autonumber": "prefix",
}
"""What is said behind a kind, for those that need it said."""


class Unclear(NamedTuple):
    """A line that means nothing, and why."""

    line: int
    message: Message


def fields_written(
    type_key: str, text: str, currency: str, types: Iterable[tuple[str, str]]
) -> tuple[list[Change], list[Unclear]]:
    """The changes that add the fields of a text, and the lines that mean none.

    The first field that can name a record does.

    Args:
        currency: of amounts that name none.
        types: key and name of the types that a link may point to.
    """
    known = {word.casefold(): key for key, name in types for word in (name, key)}
    changes: list[Change] = []
    unclear: list[Unclear] = []
    keys: list[str] = []
    titled = False
    for number, line in _lines(text):
        label, kind, argument, required = _parts(line)
        if kind is None:
            unclear.append(Unclear(number, Message(N_("there is no kind {kind}"), kind=argument)))
            continue
        key = proposed_key(label, keys, "field", column=True)
        keys.append(key)
        values: dict[str, Any] = {"kind": kind} | ({} if key == label else {"label": label})
        title = not titled and KINDS[kind].can_be_title and kind in ("text", "person")
        titled = titled or title
        values |= {"title": True} if title else {}
        values |= {"required": True} if required or title else {}
        if argument and kind in _ARGUMENT:
            values[_ARGUMENT[kind]] = known.get(argument.casefold(), argument)
        elif kind == "money":
            values["currency"] = currency
        changes.append(Change("add", "field", f"{type_key}.{key}", values))
        if "options" in KINDS[kind].settings and argument:
            changes += _options(f"{type_key}.{key}", argument)
    return changes, unclear


def stages_written(type_key: str, text: str) -> tuple[list[Change], list[Unclear]]:
    """The changes that add the stages of a text, and the lines that mean none."""
    changes: list[Change] = []
    unclear: list[Unclear] = []
    keys: list[str] = []
    outcomes = {word.casefold(): each for each in OUTCOMES for word in (each, value_word(each))}
    for number, line in _lines(text):
        label, equals, said = (part.strip() for part in line.replace("＝", "=").partition("="))
        outcome = outcomes.get(said.casefold())
        if (equals and outcome is None) or not label:
            known = [value_word(each) for each in OUTCOMES]
            message = Message(N_("a stage ends as one of {outcomes}"), outcomes=known)
            unclear.append(Unclear(number, message))
            continue
        key = proposed_key(label, keys, "stage")
        keys.append(key)
        values: dict[str, Any] = {} if key == label else {"label": label}
        values |= {"outcome": outcome} if outcome else {}
        changes.append(Change("add", "stage", f"{type_key}.{key}", values))
    return changes, unclear


def _lines(text: str) -> Iterable[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line.strip()


def _parts(line: str) -> tuple[str, str | None, str, bool]:
    """Label, kind, what is said behind the kind, whether it is required.

    The kind is None where there is none of that name, which is then what stands third.
    """
    line = line.replace("：", ":").replace("！", "!")
    required = line.endswith("!")
    label, colon, said = (part.strip() for part in line.rstrip("!").partition(":"))
    if not colon or not said:
        return label, "text", "", required
    words = said.split()
    # A kind may be called by several words: `date and time`.
    for count in range(min(4, len(words)), 0, -1):
        kind = kind_meant(" ".join(words[:count]))
        if kind is not None:
            return label, kind, " ".join(words[count:]), required
    return label, None, words[0], required


def _options(ref: str, argument: str) -> Sequence[Change]:
    keys: list[str] = []
    changes = []
    for label in (word.strip() for word in argument.replace("，", ",").split(",")):
        if label:
            keys.append(proposed_key(label, keys, "option"))
            said = {} if keys[-1] == label else {"label": label}
            changes.append(Change("add", "option", f"{ref}.{keys[-1]}", said))
    return changes


def told(unclear: Sequence[Unclear]) -> str:
    """What is unclear, in one line."""
    return "; ".join(
        _("line {number}: {problem}").format(number=each.line, problem=each.message.text(_))
        for each in unclear
    )
