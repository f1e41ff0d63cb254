"""Whether this process serves a visitor: somebody who came through the gateway.

A process serves one person for as long as it lives, so this is said once, before anything else is
done, and asked in every place that comes to a file of this machine.
"""

from typing import NamedTuple

from crmtui.model.message import N_
from crmtui.store.errors import Forbidden

USER = "[a-z][a-z0-9._-]{0,31}"
"""The keys of users who can come by SSH: they stand in a line that a shell reads."""

FINGERPRINT = "SHA256:[A-Za-z0-9+/]{43}"
"""What tells an SSH key from all others."""


class Visitor(NamedTuple):
    """Who a gateway has let in, by what it has proof of.

    Args:
        user: the key of the user; None when the uid tells.
        fingerprint: of the SSH key that they hold; None when they came without.
        uid: of their account on this machine; None when they came from another one.
    """

    user: str | None
    fingerprint: str | None
    uid: int | None


_served: list[Visitor] = []


def serve(visitor: Visitor) -> None:
    """From here on this process does only what a visitor may have it do."""
    _served[:] = [visitor]


def visitor() -> Visitor | None:
    """Who is served; None when this is the process of whoever uses it."""
    return _served[0] if _served else None


def require_own_file(path: str) -> None:
    """Refuse to touch a file for a visitor: it would be one of the server.

    Raises:
        Forbidden: a visitor is served.
    """
    if _served:
        raise Forbidden(
            "file-of-the-server",
            N_("{path} would be a file of the server; give - for standard input or output"),
            path=path,
        )
