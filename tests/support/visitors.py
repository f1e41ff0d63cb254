"""Serving a visitor within this process, as the gateway does in one of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from crmtui.store import public_keys, remote
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.support.gateway import public_key


def let_in(workspace: Workspace, user: str, **said: object) -> remote.Visitor:
    """Make a user with a key, and give the visitor that they are when they come by it."""
    given = public_keys.read(public_key(user[0]))
    with workspace.intent("configure"):
        workspace.change([Change("add", "user", user, said)])
        workspace.ssh_keys().authorize(user, given)
    return remote.Visitor(user, given.fingerprint, None)


@contextmanager
def serving(visitor: remote.Visitor) -> Iterator[None]:
    """Within this, the process does only what the visitor may have it do."""
    remote.serve(visitor)
    try:
        yield
    finally:
        remote._served.clear()
