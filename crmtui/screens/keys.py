"""The keys in force on a screen, from its bindings: for the key line, the help, the palette."""

from typing import Any, NamedTuple

from textual.dom import DOMNode
from textual.screen import Screen

_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "backslash": "\\",
    "escape": "esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "space": "space",
}


class Key(NamedTuple):
    """What the keys of one binding do.

    Args:
        id: the binding's, by which a keymap can give it other keys.
        keys: as people read them on the keyboard; the first is the usual one.
        label: what it does, in English; translated where it is shown.
        action: what is run.
        node: on what.
    """

    id: str
    keys: list[str]
    label: str
    action: str
    node: DOMNode

    async def press(self) -> None:
        """Do what the key does."""
        await self.node.app.run_action(self.action, self.node)


def keys_of(screen: Screen[Any]) -> list[Key]:
    """The keys in force, those of the focused widget first; not those it would type."""
    found: dict[str, Key] = {}
    focused = screen.focused
    for key, active in screen.active_bindings.items():
        binding = active.binding
        name = key_name(key)
        if focused is not None and focused.check_consume_key(key, name if len(name) == 1 else None):
            continue
        if not offered(screen, binding.action):
            continue
        if binding.id and binding.description and active.enabled:
            known = found.setdefault(
                binding.id, Key(binding.id, [], binding.description, binding.action, active.node)
            )
            if name == binding.key_display:
                known.keys.insert(0, name)
            else:
                known.keys.append(name)
    return list(found.values())


def offered(screen: Screen[Any], action: str) -> bool:
    """Whether a screen offers an action to the actor."""
    offers = getattr(screen, "offers", None)
    return offers is None or bool(offers(action.partition("(")[0]))


def key_name(key: str) -> str:
    """A key as people read it."""
    if key.startswith("ctrl+"):
        return f"^{key_name(key[5:])}"
    return _NAMES.get(key, key)
