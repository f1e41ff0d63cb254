"""Changes of the configuration as objects.

CLI verbs, `apply`, `batch`, the designers of the TUI, packs and undo all make the same objects, so
that plan, dry run, confirmation and history say the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmtui.model import permissions
from crmtui.model.message import N_, Message
from crmtui.model.nouns import NOUNS, Attribute

VERBS = ("add", "set", "rename", "order", "merge", "remove", "restore", "purge")

_WORDED = {
    "add": N_("add {noun} {ref}"),
    "set": N_("set {noun} {ref}: {what}"),
    "rename": N_("rename {noun} {ref} to {key}"),
    "order": N_("order the {nouns} of {ref}: {keys}"),
    "merge": N_("merge {noun} {ref} into {into}"),
    "remove": N_("retire {noun} {ref}"),
    "restore": N_("restore {noun} {ref}"),
    "purge": N_("purge {noun} {ref} with its data"),
}
_MOST_NAMED = 60
"""Characters of the names of sections that a description repeats."""

_SIGILS = {"add": "+", "restore": "+", "remove": "-", "purge": "-"}


@dataclass(frozen=True)
class Change:
    """One change of the configuration.

    Args:
        verb: one of `VERBS`.
        noun: a key of `model.nouns.NOUNS`.
        ref: what it is about: `deal`, `deal.amount`, `deal.engaging.waiting`; for `order` the
            reference of the parent (empty for types).
        values: for `add` and `set` the attributes, with {"allow_data_loss"} for a `set` that may
            lose values; for `rename` {"key"}; for `order` {"keys"}; for `merge` {"into"}; for
            `remove` {"move_to"} when records must go elsewhere.
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
        attributes = NOUNS[self.noun].attributes
        template = _WORDED[self.verb]
        told = self.told
        what: list[str | Message] = []
        if self.noun == "permission":
            what += permissions.said(told)
            told = {name: told[name] for name in told if name not in permissions.SAID}
        what += [_worded(attributes.get(name), name, value) for name, value in told.items()]
        if self.noun == "permission" and self.verb == "add" and what:
            template = N_("add {noun} {ref}: {what}")
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
            into=self.values.get("into", ""),
            keys=list(self.values.get("keys", ())),
        )


def _worded(attribute: Attribute | None, name: str, value: Any) -> str:
    if value and attribute is not None and attribute.shape == "layout":
        return f"{name}{_sections(value)}"
    return f"{name}={plain(value)}"


def _sections(value: Any) -> str:
    """The sections of a layout in brackets, where it takes no more than a line to name them."""
    if not isinstance(value, list | tuple):
        return ""
    keys = [each.get("key") or each.get("label") for each in value if isinstance(each, dict)]
    named = " ".join(str(key) for key in keys)
    return f" ({named})" if keys and len(named) <= _MOST_NAMED else ""


def plain(value: Any) -> str:
    """An attribute's value as plans print it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_in_map(each)}' for name, each in value.items())}}}"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _in_map(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else plain(value)
