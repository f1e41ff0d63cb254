"""A line of text as the words of a command, as a shell would split it."""

from crmtui.i18n import N_
from crmtui.store.errors import Refused

_QUOTING = frozenset("'\"\\")
"""What a shell takes for more than itself."""

_WRONG = {
    "No closing quotation": N_("a quote is never closed; a line holds a whole command"),
    "No escaped character": N_("a backslash ends the line; a line holds a whole command"),
}


def words_of(line: str) -> list[str]:
    """The words behind `crmtui`, which the line may begin with.

    Raises:
        Refused: a quote or a backslash has no end.
    """
    # A line without quotes is split as it stands, in a fraction of the time.
    words = _unquoted(line) if _QUOTING.intersection(line) else _plain(line)
    return words[1:] if words[:1] == ["crmtui"] else words


def _unquoted(line: str) -> list[str]:
    import shlex

    try:
        return shlex.split(line)
    except ValueError as problem:
        raise Refused("bad-line", _WRONG.get(str(problem), str(problem))) from problem


def _plain(line: str) -> list[str]:
    """Words without quotes; a space of another script, as Chinese has, divides none."""
    if line.isascii():
        return line.split()
    return [word for word in line.replace("\t", " ").split(" ") if word]
