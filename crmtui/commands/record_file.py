"""`crmtui record file`: the content of a file that a record has."""

import os
import sys
from functools import partial

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._output import emit_bytes
from crmtui.commands._paths import FILE
from crmtui.commands._replaced import replaced
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.store.errors import Conflict, Misused, Refused

_CHUNK = 2**20


@command("file", epilog="Example: crmtui record file contract/7.scan -o scan.pdf")
@_options.common
@click.argument("ref", metavar="TYPE/NUMBER.FIELD", shell_complete=_options.completing("records"))
@click.option(
    "-o",
    "--output",
    "path",
    metavar="PATH|-",
    type=FILE,
    help=_("Where to; else the file's own name here or, in a pipe, standard output."),
)
@click.option("--force", is_flag=True, help=_("Write over a file that is there."))
@_options.json_errors
def file(session: Session, db: str | None, ref: str, path: str | None, force: bool) -> None:
    """Write the content of a file that a record has, found to be what it was."""
    record, dot, field = ref.rpartition(".")
    if not dot:
        raise Misused("bad-reference", N_("{ref} names no field; write TYPE/NUMBER.FIELD"), ref=ref)
    if path is None and not sys.stdout.isatty():
        path = "-"
    if path == "-":
        _require_pipe(ref)
    with session.workspace(db) as workspace:
        found = workspace.attachment(record, field)
        with found.stream:
            chunks = iter(partial(found.stream.read, _CHUNK), b"")
            if path == "-":
                emit_bytes(chunks)
                return
            target = _target(path, found.name, ref)
            if os.path.isfile(target) and not force:
                raise Conflict("exists", N_("{path} exists; --force writes over it"), path=target)
            with replaced(target, binary=True) as out:
                out.writelines(chunks)
    say(N_("{size} bytes written to {path}"), size=found.size, path=target)


def _require_pipe(ref: str) -> None:
    """Refuse to write bytes that nobody made safe where a terminal, or a batch, would show them."""
    if sys.stdout.isatty() or getattr(sys.stdout, "buffer", None) is None:
        raise Misused(
            "not-for-here",
            N_("a file is written to a pipe or to a path, not here"),
            f"crmtui record file {ref} -o PATH",
        )


def _target(path: str | None, name: str, ref: str) -> str:
    """The path to write to: of a folder, the file's own name in it."""
    if path is not None and not os.path.isdir(path):
        return path
    if name.startswith("."):
        # Whoever gave the file should not choose a name that some program obeys.
        raise Refused(
            "hidden-name",
            N_("{name} would be a hidden file; say where to write it"),
            f"crmtui record file {ref} -o PATH",
            name=name,
        )
    return os.path.join(path or "", name)
