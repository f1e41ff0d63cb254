"""The way into full screen: settles the terminal first, and only then loads Textual.

Textual reads its environment once, when it is imported, so what it must know is said here. The
application itself, which routes between screens, is `screens.application`.
"""

import os
import sys

from crmtui.model.message import N_
from crmtui.store.errors import Misused

_SETTLED = {
    # Nothing that moves: every frame of an animation travels over SSH.
    "TEXTUAL_ANIMATIONS": "none",
    # With Kitty's "report all keys" several terminals lose what a Chinese input method commits.
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
    # Otherwise the mouse reports every pixel it passes.
    "TEXTUAL_SMOOTH_SCROLL": "0",
}


def run(
    path: str | None = None,
    type_key: str | None = None,
    board: bool = False,
    record: str | None = None,
    configure: bool = False,
    as_user: str | None = None,
) -> int:
    """Work in full screen until the user leaves; returns the exit code.

    Args:
        path: the workspace, or None for the usual place.
        type_key: the type to begin with, else the first one.
        board: begin with its board.
        record: a record to open at once, as `deal/42`.
        configure: open the configuration at once, at the page of the type if one is given.
        as_user: the key of a user to act as.

    Raises:
        Misused: there is no terminal that could show it.
        CrmError: the workspace cannot be opened.
    """
    require_terminal()
    settle_environment()
    from crmtui.screens.application import CrmApp

    app = CrmApp(
        path,
        type_key=type_key,
        board=board,
        record=record,
        configure=configure,
        as_user=as_user,
    )
    app.run()
    return app.return_code or 0


def require_terminal() -> None:
    """Refuse when input or output is no terminal, or one that cannot place a cursor."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misused(
            "no-terminal",
            N_("full screen needs a terminal for input and output"),
            "crmtui record list TYPE",
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise Misused(
            "dumb-terminal",
            N_("this terminal cannot show full screen (TERM={term})"),
            "crmtui record list TYPE",
            term=os.environ.get("TERM", ""),
        )


def settle_environment() -> None:
    """Say to Textual what suits a tool that runs over SSH; what the user has set stays."""
    for name, value in _SETTLED.items():
        os.environ.setdefault(name, value)
    far = "SSH_CONNECTION" in os.environ or "SSH_TTY" in os.environ
    if far or "COLORTERM" not in os.environ or "NO_COLOR" in os.environ:
        # The terminal's own sixteen colours take half the bytes of true colours.
        os.environ.setdefault("TEXTUAL_THEME", "ansi-dark")
