"""Texts that are worded in the store and translated only where they are shown.

The store knows no language: it raises and describes with an English template and facts, and the
face that prints it translates the template first and fills in the facts afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def N_(template: str) -> str:
    """Mark `template` for the translation catalogue and return it unchanged."""
    return template


_MOST_NAMED = 5


def abridged(keys: Sequence[str]) -> list[str]:
    """The first few keys for a message, and `...` where there are more."""
    return [*keys[:_MOST_NAMED], *(["..."] if len(keys) > _MOST_NAMED else [])]


class Word(str):
    """A word of ours among facts: machines read it as it is, people in their language."""

    __slots__ = ()


class Message:
    """An English template with `{named}` places and the facts that fill them."""

    __slots__ = ("facts", "template")

    def __init__(self, template: str, /, **facts: Any) -> None:
        self.template = template
        self.facts: Mapping[str, Any] = facts

    def text(self, translate: Callable[[str], str] = N_) -> str:
        """The message in the language of `translate`, facts filled in.

        Facts that are messages themselves are translated the same way, and words of ours too; a
        list is joined by commas, a list of messages by semicolons.
        """
        return translate(self.template).format_map(
            {
                # A noun of the vocabulary is a word to translate, not a fact of the user's.
                name: translate(fact) if name in ("noun", "nouns") else _worded(fact, translate)
                for name, fact in self.facts.items()
            }
        )

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Message({self.text()!r})"


class Bilingual:
    """A text that users wrote in one or both languages, read in that of the reader."""

    __slots__ = ("english", "zh")

    def __init__(self, english: str | None, zh: str | None) -> None:
        self.english = english
        self.zh = zh

    def __bool__(self) -> bool:
        return bool(self.english or self.zh)

    def text(self, translate: Callable[[str], str] = N_) -> str:
        """The text in the language of `translate`, or in the one it was written in."""
        first, other = self.english, self.zh
        if translate(_LANGUAGE) == "zh":
            first, other = other, first
        return first or other or ""

    def __str__(self) -> str:
        return self.text()


_LANGUAGE = N_("en")
"""Its translation is the language of the catalogue."""


def _worded(fact: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(fact, Message | Bilingual):
        return fact.text(translate)
    if isinstance(fact, Word):
        return translate(fact)
    if isinstance(fact, list | tuple):
        joint = "; " if any(isinstance(part, Message) for part in fact) else ", "
        return joint.join(str(_worded(part, translate)) for part in fact)
    return fact
