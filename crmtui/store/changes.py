"""Changes of the configuration as objects.

CLI verbs, `apply`, `batch`, the designers of the TUI, packs and undo all make the same objects, so
that plan, dry run, confirmation and history say the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmtui.model.message import N_, Message
from crmtui.model.nouns import NOUNS

VERBS = ("add", "set", "rename", "order", "remove", "restore", "purge")

_WORDED = {
    "add": N_("add {noun} {ref}"),
    "set": N_("set {noun} {ref}: {what}"),
    "rename": N_("rename {noun} {ref} to {key}"),
    "order": N_("order the {nouns} of {ref}: {keys}"),
    "remove": N_("retire {noun} {ref}"),
    "restore": N_("restore {noun} {ref}"),
    "purge": N_("purge {noun} {ref} with its data"),
}
_SIGILS = {"add": "+", "restore": "+", "remove": "-", "purge": "-"}


@dataclass(frozen=True)
class Change:
    """One change of the configuration.

    Args:
        verb: one of `VERBS`.
        noun: a key of `model.nouns.NOUNS`.
        ref: what it is about: `deal`, `deal.amount`, `deal.engaging.waiting`; for `order` the
            reference of the parent (empty for types).
        values: for `add` and `set` the attributes; for `rename` {"key"}; for `order` {"keys"};
            for `remove` {"move_to"} when records must go elsewhere.
    """

    verb: str
    noun: str
    ref: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sigil(self) -> str:
        """`+`, `-` or `~`, as plans print it."""
        return _SIGILS.get(self.verb, "~")

    @property
    def told(self) -> dict[str, Any]:
        """The values but for what the store keeps for itself."""
        attributes = NOUNS[self.noun].attributes
        return {
            name: value
            for name, value in self.values.items()
            if name not in attributes or attributes[name].shape != "memory"
        }

    def describe(self) -> Message:
        """The change in words, for plans, dry runs and history."""
        what = [f"{name}={_plain(value)}" for name, value in self.told.items()]
        template = _WORDED[self.verb]
        if self.noun == "pack" and self.verb == "set" and not what:
            template = N_("complete {noun} {ref}")
        if self.verb == "order" and not self.ref:
            template = N_("order the {nouns}: {keys}")
        return Message(
            template,
            noun=self.noun,
            nouns=NOUNS[self.noun].plural,
            ref=self.ref,
            what=what,
            key=self.values.get("key", ""),
            keys=list(self.values.get("keys", ())),
        )


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        # Field keys, or the sections of a layout.
        return ",".join(str(each.get("key") if isinstance(each, dict) else each) for each in value)
    return str(value)
