"""The rules of keys: the words by which types, fields, stages, statuses and options are named."""

import unicodedata
from collections.abc import Iterable

from crmtui.model.message import N_, Message

MAX_KEY_LENGTH = 63

RESERVED_NAMES = frozenset(
    "id ref stage status type_id revision created_at created_by updated_at updated_by"
    " status_since removed_at rowid oid _rowid_ me today now true false null".split()
)
"""Names that every record already has, or that an expression already means something by."""

SQL_WORDS = frozenset(
    "abort action add after all alter always analyze and as asc attach autoincrement before begin"
    " between by cascade case cast check collate column commit conflict constraint create cross"
    " current current_date current_time current_timestamp database default deferrable deferred"
    " delete desc detach distinct do drop each else end escape except exclude exclusive exists"
    " explain fail filter first following for foreign from full generated glob group groups having"
    " if ignore immediate in index indexed initially inner insert instead intersect into is isnull"
    " join key last left like limit match materialized natural no not nothing notnull nulls of"
    " offset on or order others outer over partition plan pragma preceding primary query raise"
    " range recursive references regexp reindex release rename replace restrict returning right"
    " rollback row rows savepoint select set table temp temporary then ties to transaction trigger"
    " unbounded union unique update using vacuum values view virtual when where window with"
    " without".split()
)
"""SQLite's keywords (https://sqlite.org/lang_keywords.html); PostgreSQL reserves a subset."""

CONTROL_CHARACTER = "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]"
"""What no label, help or other word of a definition may hold; tabs and line breaks it may."""

_ASCII_LOOKALIKES = str.maketrans({"0": "o", "1": "l"})


def normal_key(text: str) -> str:
    """`text` as a key is stored and compared: trimmed and in NFC."""
    return unicodedata.normalize("NFC", text.strip())


def key_problem(key: str, *, column: bool, hyphens: bool = False) -> Message | None:
    """Why `key` cannot be a key, or None when it can.

    `column` says whether the key names a table or column, which may not be an SQL word or the
    name of something every record has; `hyphens` whether it may hold hyphens between its words.
    """
    if hyphens and not key.startswith("-") and not key.endswith("-"):
        key = key.replace("-", "_")
    if not key:
        return Message(N_("a key cannot be empty"))
    if len(key) > MAX_KEY_LENGTH:
        return Message(N_("a key has at most {most} characters"), most=MAX_KEY_LENGTH)
    if not _is_word(key):
        return Message(N_("a key is one word: a letter, then letters, digits and _"))
    scripts = {_script(char) for char in key} - {"COMMON"}
    if len(scripts - {"LATIN"} if "CJK" in scripts else scripts) > 1:
        return Message(N_("a key mixes the scripts {scripts}"), scripts=sorted(scripts))
    folded = key.casefold() if key.isascii() else _plain_letters(key)
    if column and folded in RESERVED_NAMES:
        return Message(N_("every record has that name already"))
    if column and folded in SQL_WORDS:
        return Message(N_("it is a word of SQL"))
    if column and folded.startswith(("crm_", "sqlite_", "pg_")):
        return Message(N_("names beginning with crm_, sqlite_ or pg_ are taken"))
    return None


def proposed_key(label: str, taken: Iterable[str], stem: str, *, column: bool = False) -> str:
    """A key made of a label, unlike those taken: `Key facts` is key_facts, 商务 stays 商务.

    Args:
        stem: what a numbered key begins with when the label makes none.
        column: whether it will name a table or column.
    """
    import re

    taken = {key.casefold() for key in taken}
    word = "_".join(re.findall(r"\w+", normal_key(label))).strip("_").casefold()
    numbers = range(1, len(taken) + 3)
    candidates = (word, *(f"{each}_{n}" for each in (word, stem) for n in numbers))
    free = (each for each in candidates if each not in taken)
    return next(each for each in free if not key_problem(each, column=column))


def skeleton(key: str) -> str:
    """What two keys share when a reader could take one for the other.

    Letter case, width and the lookalikes of Unicode's confusables (UTS 39) are folded. Plain
    ASCII keys need no table beyond the digits 0 and 1, so the usual case costs nothing.
    """
    folded = key.casefold() if key.isascii() else _plain_letters(key)
    return folded.translate(_ASCII_LOOKALIKES).replace("rn", "m")


def _is_word(key: str) -> bool:
    if not key.isidentifier() or key.startswith("_"):
        return False
    return key.isascii() or all(
        char == "_" or unicodedata.category(char)[0] in "LMN" for char in key
    )


def _plain_letters(key: str) -> str:
    """`key` case folded, each letter as the plain one that it looks like."""
    folded = unicodedata.normalize("NFKC", key).casefold()
    if all(char.isascii() or _script(char) in ("CJK", "COMMON") for char in folded):
        return folded
    return "".join(char if char.isascii() else _lookalike(char) for char in folded)


def _lookalike(char: str) -> str:
    """The first ASCII word that Unicode's confusables say `char` looks like, else `char`."""
    # Loaded here because its table takes as long to load as a whole command.
    from confusable_homoglyphs import confusables  # type: ignore[import-untyped]

    for form in (char, char.upper()):
        for found in confusables.is_confusable(form, greedy=True) or ():
            for alike in found["homoglyphs"]:
                if alike["c"].isascii() and alike["c"].isalnum():
                    return alike["c"].casefold()
    return char


def _script(char: str) -> str:
    if char.isascii():
        return "LATIN" if char.isalpha() else "COMMON"
    name = unicodedata.name(char, "")
    first = name.split(" ", 1)[0]
    if first in ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "IDEOGRAPHIC"):
        return "CJK"
    if unicodedata.category(char)[0] not in "LM":
        return "COMMON"
    return "LATIN" if first in ("LATIN", "FULLWIDTH") else first


def closest(word: str, known: list[str] | tuple[str, ...]) -> str | None:
    """The one of `known` that `word` was probably meant to be, or None."""
    if len(word) > 2 * MAX_KEY_LENGTH:
        return None
    import difflib

    found = difflib.get_close_matches(word.casefold(), [k.casefold() for k in known], 1, 0.6)
    return next((k for k in known if found and k.casefold() == found[0]), None)
