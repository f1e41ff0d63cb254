"""Changes of the configuration as commands tell them: lines of a plan, or JSON."""

from collections.abc import Iterable
from typing import Any

from crmtui.commands._output import emit
from crmtui.i18n import _
from crmtui.terminal import shown


def emit_plan(changes: Iterable[Any]) -> None:
    """A line for each change: its sign and what it does, in the language of the user."""
    for change in changes:
        emit(f"{change.sigil} {shown(change.describe().text(_))}")


def told(changes: Iterable[Any]) -> list[dict[str, Any]]:
    """Changes as JSON holds them."""
    return [{"change": c.verb, "noun": c.noun, "ref": c.ref, "values": c.told} for c in changes]
