"""`crmtui ssh doctor` and `ssh setup`: the server that people come to."""

import os
import re
import sys
from typing import Any

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._output import Fact, write
from crmtui.commands._paths import FILE
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.store.errors import Misused


class _Finding(Fact):
    """What was found: in the language of the user to people, in English to machines."""

    def text(self, row: Any, language: str = "en") -> str:
        return self._get(row).text(_)

    def json(self, row: Any) -> str:
        return str(self._get(row))


class _State(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        return _(_STATES[self.plain(row)])


_STATES = {
    "ok": N_("in order"),
    "warning": N_("look at it"),
    "problem": N_("WRONG"),
    "unknown": N_("unknown"),
}


@command(epilog="Example: sudo crmtui ssh doctor --db /srv/crm/crm.db")
@_options.common
@click.option(
    "--sshd-config",
    metavar="FILE",
    type=FILE,
    help=_("The configuration of the sshd to ask, when it is not the usual one."),
)
@_options.output
def doctor(session: Session, db: str | None, sshd_config: str | None, format_: str | None) -> int:
    """Look whether the server keeps what it promises; exit 1 when something is wrong.

    Looked at are the modes of files, who can read them, the box that sessions run in, SQLite, and
    what sshd says of itself, which only root can ask.
    """
    from crmtui.doctor import PROBLEM, examine
    from crmtui.store.database import no_workspace
    from crmtui.store.opened import default_path

    # Root, who can look everywhere, need be no user of the workspace.
    path = db or session.path or default_path()
    if not os.path.exists(path):
        raise no_workspace(path)
    findings = list(examine(path, sshd_config))
    write(
        [
            Fact("check", lambda finding: finding.check, N_("Check")),
            _State("state", lambda finding: finding.state, N_("State")),
            _Finding("message", lambda finding: finding.message, N_("What was found")),
        ],
        findings,
        format_,
    )
    return int(any(finding.state == PROBLEM for finding in findings))


@command(epilog="Example: crmtui ssh setup --account crm --folder /srv/crm > setup.sh")
@_options.common
@click.option(
    "--account", default="crm", metavar="NAME", help=_("The account that owns the workspace.")
)
@click.option(
    "--folder", default="/srv/crm", metavar="PATH", help=_("Where the workspace is, or will be.")
)
@click.option(
    "--group",
    "locals_",
    default="crm-users",
    metavar="NAME",
    help=_("The group of those who come by sudo from the machine itself."),
)
@click.option(
    "--port",
    default=2222,
    type=click.IntRange(1, 65535),
    metavar="N",
    help=_("The port of an sshd of its own."),
)
@click.option(
    "--match",
    is_flag=True,
    help=_("Put a block into the sshd there is, instead of one of its own."),
)
def setup(
    session: Session,
    db: str | None,
    account: str,
    folder: str,
    locals_: str,
    port: int,
    match: bool,
) -> None:
    """Print the script that sets a server up: read it, then run it there as root.

    It makes the account, the folder, what sshd and sudo start, and the settings of sshd; run again,
    it brings them up to date. Nothing is done by printing it.
    """
    for value, pattern in (
        (account, "[a-z_][a-z0-9_-]{0,30}"),
        (locals_, "[a-z_][a-z0-9_-]{0,30}"),
        (folder, "(/[A-Za-z0-9._-]+)+"),
        (sys.executable, "(/[A-Za-z0-9._-]+)+"),
    ):
        if not re.fullmatch(pattern, value):
            raise Misused("bad-setup", N_("{value} cannot stand in the script"), value=value)
    said = {
        "account": account,
        "folder": folder,
        "locals": locals_,
        "way": "match" if match else "own",
        "port": port,
        "python": sys.executable,
    }
    lines = "".join(f"{name}={value}\n" for name, value in said.items())
    script = os.path.join(os.path.dirname(os.path.dirname(__file__)), "server", "setup.sh")
    with open(script, encoding="utf-8") as stream:
        sys.stdout.write(f"#!/bin/sh\n# Read this before you run it as root.\nset -eu\n\n{lines}\n")
        sys.stdout.write(stream.read())
