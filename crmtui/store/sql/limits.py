"""How much one question may take. What is beyond is refused by name, never cut in silence."""

from typing import NamedTuple

SECONDS = 30.0
"""How long an answer may be waited for, unless the question says otherwise."""

ROWS = 1_000_000
"""Rows of an answer, unless the question says otherwise."""

COPIED = 2_000_000
"""Records that are copied for one question, of all types together."""

MEMORY = 512 << 20
"""Bytes that the child may take for the copy and for the answer."""

ANSWERED = 1 << 30
"""Bytes of an answer, as the child sends them."""

ROW = 64 << 20
"""Bytes of one row, as the child sends it."""

VALUE = 16 << 20
"""Bytes of one value, in the copy and on the way to the answer."""

TEXT = 100_000
"""Characters of a question."""


class Limits(NamedTuple):
    """What one question may take.

    Args:
        seconds: how long the child may be waited for, and how long it may compute.
        rows: rows of the answer; None for any number.
        wanted: rows after which nobody looks any further; None for all.
    """

    seconds: float = SECONDS
    rows: int | None = ROWS
    wanted: int | None = None
