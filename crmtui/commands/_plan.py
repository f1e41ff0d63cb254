"""Changes of the configuration as commands tell them: lines of a plan, or JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from crmtui.commands._output import emit
from crmtui.i18n import _
from crmtui.model.message import Message
from crmtui.terminal import shown


def emit_plan(
    changes: Iterable[Any], effects: Sequence[Any] = (), drift: Sequence[Any] = ()
) -> None:
    """A line for each change: its sign and what it does, in the language of the user.

    Args:
        effects: what changes do to records, each told below its change.
        drift: what changes would overwrite, each told below its change.
    """
    below: dict[int, list[str]] = {}
    for each in drift:
        below.setdefault(each.change, []).append(f"! {shown(each.message.text(_))}")
    for effect in effects:
        line = f"  {shown(with_examples(effect).text(_))}"
        below.setdefault(effect.change, []).append(line)
    for number, change in enumerate(changes):
        emit(f"{change.sigil} {shown(change.describe().text(_))}")
        for line in below.get(number, ()):
            emit(line)


def with_examples(effect: Any) -> Message:
    """What a change does to records, and some of these."""
    if not effect.examples:
        return effect.message
    more = " ..." if effect.count > len(effect.examples) else ""
    examples = ", ".join(effect.examples) + more
    return Message("{effect}: {examples}", effect=effect.message, examples=examples)


def told(
    changes: Iterable[Any], effects: Sequence[Any] = (), drift: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """Changes as JSON holds them; those that touch records, or others' changes, say how."""
    found: list[dict[str, Any]] = [
        {"change": c.verb, "noun": c.noun, "ref": c.ref, "values": c.told} for c in changes
    ]
    for effect in effects:
        found[effect.change].setdefault("effects", []).append(
            {
                "code": effect.code,
                "count": effect.count,
                "message": effect.message.text(_),
                "examples": list(effect.examples),
                "loss": effect.loss,
            }
        )
    for each in drift:
        elsewhere = each.elsewhere
        found[each.change].setdefault("drift", []).append(
            {
                "actor": elsewhere.actor,
                "command": elsewhere.command,
                "at": elsewhere.at,
                "message": each.message.text(_),
            }
        )
    return found
