"""Writing a file so that a failure leaves nothing half."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from crmtui.i18n import N_
from crmtui.store.errors import Forbidden
from crmtui.store.remote import require_own_file


@contextmanager
def replaced(path: str, *, binary: bool = False) -> Iterator[IO[Any]]:
    """A file that takes the place of the one at `path` when it is whole; that one stays till then.

    So a failure leaves nothing half, and what is read may be what is written. What is no file, such
    as a device, is written to as it is.

    Raises:
        Forbidden: it cannot be written, or is none of whom we serve.
    """
    require_own_file(path)
    plain = not os.path.exists(path) or os.path.isfile(path)
    if plain:
        path = os.path.realpath(path)
    folder, name = os.path.split(path)
    draft = os.path.join(folder, f".{name}.{os.getpid()}") if plain else path
    try:
        if binary:
            stream: IO[Any] = open(draft, "wb")  # noqa: SIM115
        else:
            stream = open(draft, "w", encoding="utf-8", newline="")  # noqa: SIM115
    except OSError as problem:
        raise Forbidden(
            "unwritable",
            N_("{path} cannot be written: {reason}"),
            path=path,
            reason=problem.strerror,
        ) from problem
    try:
        with stream:
            yield stream
        if plain:
            if os.path.exists(path):
                os.chmod(draft, os.stat(path).st_mode & 0o7777)
            os.replace(draft, path)
    finally:
        if plain and os.path.exists(draft):
            os.remove(draft)
