"""`crmtui user hand-over`: give what somebody has to another user."""

import click

from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._errors import say, say_undone
from crmtui.commands._output import emit, json_text
from crmtui.commands._session import Session
from crmtui.i18n import N_, _


@command("hand-over", epilog="Example: crmtui user hand-over alice bob --dry-run")
@_options.common
@click.argument("giver", metavar="FROM", shell_complete=_complete.definitions("user"))
@click.argument("taker", metavar="TO", shell_complete=_complete.definitions("user"))
@click.option(
    "--type",
    "type_key",
    metavar="TYPE",
    shell_complete=_complete.types,
    help=_("Only records of this type; teams stay as they are."),
)
@click.option("--where", metavar="EXPR", help=_("Only records where this holds; needs --type."))
@_options.dry_run
@_options.as_json
def hand_over(
    session: Session,
    db: str | None,
    giver: str,
    taker: str,
    type_key: str | None,
    where: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give all records of a user to another one, who also leads their teams then.

    All of it is one act, which undo takes back. Records that were removed stay as they are, and so
    do those of types without a field for the owner: they are whose who made them.
    """
    with session.workspace(db) as workspace, workspace.handing_over(dry_run=dry_run) as handing:
        done = handing.hand_over(giver, taker, type_key, where)
    if as_json:
        emit(
            json_text(
                {
                    "from": done.giver,
                    "to": done.taker,
                    "records": done.records,
                    "teams": list(done.teams),
                    "stay": done.stay,
                    "dry_run": dry_run,
                }
            )
        )
    for key, count in done.records.items():
        say(
            N_("{count} records of {type} given to {user}"),
            count=count,
            type=key,
            user=done.taker,
        )
    for team in done.teams:
        say(N_("the team {team} is led by {user}"), team=team, user=done.taker)
    for key, count in done.stay.items():
        say(
            N_("{count} records of {type} stay: they have no field for their owner"),
            count=count,
            type=key,
        )
    if not done.records and not done.teams:
        say(N_("{user} has nothing to give"), user=done.giver)
    if dry_run:
        say_undone()
