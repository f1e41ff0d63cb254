"""`crmtui access`: who may do what, and why."""

from typing import Any

import click

from crmtui.cli import LazyGroup
from crmtui.commands import _complete, _options, _rights
from crmtui.commands._command import command
from crmtui.commands._errors import ExitCode
from crmtui.commands._output import Fact, default_format, emit, json_text, write
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.model.message import Message
from crmtui.terminal import shown

group = LazyGroup(
    "access",
    help=_("Who may do what, and why."),
    epilog="Example: crmtui access explain alice update deal/17 amount",
    table={
        "explain": ("access:explain", N_("Say whether a user may do something, and why.")),
        "matrix": ("access:matrix", N_("Show for which records users may do what.")),
        "who": ("access:who", N_("Show who may see and change a record, and why.")),
    },
)


@command(epilog="Example: crmtui access explain alice update deal/17 amount")
@_options.common
@click.argument("user", metavar="USER", shell_complete=_complete.definitions("user"))
@click.argument("operation", metavar="OPERATION", shell_complete=_complete.operations)
@click.argument("ref", metavar="TYPE[/NUMBER]", shell_complete=_complete.types)
@click.argument(
    "more", metavar="[FIELD|STAGE]", required=False, shell_complete=_complete.fields_and_stages
)
@click.option("--exit-code", is_flag=True, help=_("End with 1 when the answer is no."))
@_options.as_json
def explain(
    session: Session,
    db: str | None,
    user: str,
    operation: str,
    ref: str,
    more: str | None,
    exit_code: bool,
    as_json: bool,
) -> int:
    """Say whether a user may do something, and why.

    Told are the rule that decides, and what each of the user's roles says. Who is no administrator
    may ask about themselves.
    """
    with session.workspace(db) as workspace:
        answer = workspace.explaining().explain(user, operation, ref, more)
    allowed = answer.decision.allowed
    code = ExitCode.REFUSED if exit_code and not allowed else ExitCode.DONE
    if as_json:
        emit(json_text(_answer_json(answer), pretty=_rights.pretty()))
        return code
    verdict = N_("allowed: {reason}") if allowed else N_("denied: {reason}")
    emit(shown(Message(verdict, reason=answer.decision.reason).text(_)))
    for role, sayings in answer.roles:
        for said in sayings:
            text = Message(_HOLDING[said.holds], said=said.text, ref=answer.what).text(_)
            emit(shown(f"  {role}: {text}"))
    return code


_HOLDING = {
    True: N_("{said} (holds for {ref})"),
    False: N_("{said} (does not hold for {ref})"),
    None: "{said}",
}


def _answer_json(answer: Any) -> dict[str, Any]:
    return {
        "user": answer.user,
        "operation": answer.operation,
        "ref": answer.what,
        "field": answer.field,
        "stage": answer.place,
        "allowed": answer.decision.allowed,
        "rule": answer.decision.rule,
        "reason": answer.decision.reason.text(),
        "roles": [
            {
                "role": role,
                "says": [{"text": said.text.text(), "holds": said.holds} for said in sayings],
            }
            for role, sayings in answer.roles
        ],
        "shared": [str(share.grantee) for share in answer.shares],
    }


@command(epilog="Example: crmtui access matrix --user alice")
@_options.common
@click.option(
    "--user",
    metavar="USER",
    shell_complete=_complete.definitions("user"),
    help=_("Only of this user."),
)
@_options.output
def matrix(session: Session, db: str | None, user: str | None, format_: str | None) -> None:
    """Show for which records users may do what, all their roles together.

    A line for each user and type, a column for each operation; !SCOPE is denied. Who is no
    administrator sees their own.
    """
    with session.workspace(db) as workspace:
        lines = list(workspace.explaining().of_users(user))
    _rights.write_matrix("user", N_("User"), lines, format_)


@command(epilog="Example: crmtui access who deal/17 --json")
@_options.common
@click.argument("ref", metavar="TYPE/NUMBER", shell_complete=_complete.records)
@_options.output
def who(session: Session, db: str | None, ref: str, format_: str | None) -> None:
    """Show who may see a record, who may change, move and remove it, and why."""
    from crmtui.store.explaining import WHO_ASKED

    with session.workspace(db) as workspace:
        rows = list(workspace.explaining().who(ref))
    columns = [
        Fact("user", lambda row: row[0], N_("User")),
        *(_Decided(name) for name in WHO_ASKED),
        _Reason("why", lambda row: row[1]["read"].reason.text(), N_("Why")),
    ]
    json = (format_ or default_format()) in ("json", "ndjson")
    write(columns[:-1] if json else columns, rows, format_, ref=lambda row: row[0])


class _Decided(Fact):
    """Whether an operation is allowed."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation, lambda row: row[1][operation].allowed, operation)

    def json(self, row: Any) -> Any:
        decision = row[1][self.key]
        return {
            "allowed": decision.allowed,
            "rule": decision.rule,
            "reason": decision.reason.text(),
        }


class _Reason(Fact):
    """Why somebody may see the record."""

    def text(self, row: Any, language: str = "en") -> str:
        return row[1]["read"].reason.text(_)
