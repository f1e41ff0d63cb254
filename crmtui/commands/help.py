"""`crmtui help`: commands and topics, for servers where only the program is at hand."""

from collections.abc import Callable
from functools import partial

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._output import emit
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.store.errors import NotFound

TOPICS = {
    "values": N_(
        "Values are written FIELD=VALUE; FIELD= clears, FIELD:=JSON takes JSON, "
        "FIELD=@FILE takes a\n"
        "file's text (FIELD=@@x means the text @x). Numbers: 1234, 1,234.50, "
        "never rounded. Money may\n"
        "name its currency: 1,234.50 USD. Booleans: true/false, yes/no, 1/0, "
        "on/off, 是/否. A choice is\n"
        "its key or label in any case. A link is TYPE/NUMBER, or the title or a "
        "unique value of the\n"
        "record. An empty value means no value.\n"
        "\n"
        "Where a field holds several values (tags, multichoice), they are divided by commas, or a\n"
        "JSON list; FIELD+=VALUE adds to them, FIELD-=VALUE takes away. FIELD.PART=VALUE sets a\n"
        "part of an address or a person's name, and the others stay: home.city=Oslo,\n"
        "who.last=King. Percentages: 30 or 30%. Ratings: 3 or ***. Durations: 1h30m, 90m, 2d,\n"
        "1:30, PT1H30M. Times: 9:30, 9:30pm, 0930. Colours: #e5484d, or their name. A user is\n"
        "their name, or me."
    ),
    "dates": N_(
        "Dates: 2026-10-01 (also 2026/10/1, 2026年10月1日, 20261001), today, tomorrow, yesterday,\n"
        "+3d -2w +1m +1y, mon ... sun (the next one, today included), eom eoq "
        "eoy (end of this month,\n"
        "quarter, year). Moments: 2026-10-01 09:30, with a zone "
        "2026-10-01T09:30:00Z, now, tomorrow\n"
        "09:30. Other orders, as 10/1/2026, only with --date-order mdy|dmy|ymd."
    ),
    "references": N_(
        "deal is a type, deal.amount a field, deal.engaging a stage, "
        "deal.engaging.waiting a status,\n"
        "deal/42 a record. A stage alone means its first status."
    ),
    "revisions": N_(
        "Each change of a record raises its revision; record show TYPE/NUMBER --fields\n"
        "revision tells it. With --revision N, record set, move and remove are refused (exit\n"
        "5) when others have changed the record since revision N. The error tells of each\n"
        "field what it was before, what they made of it and what you would; with --json as\n"
        "fields. --merge keeps what they changed and does the rest; it is refused only where\n"
        "both changed the same to different values, which --ours or --theirs decides.\n"
        "FIELD+=VALUE and FIELD-=VALUE go together with anything, FIELD.PART=VALUE with other\n"
        "parts. What is merged must obey the rules."
    ),
    "output": N_(
        "On a terminal: a table cut to its width. Into a pipe: TSV without a "
        "header, full values, ISO\n"
        "dates, plain numbers; tab, line break and backslash as \\t \\n \\\\. "
        "--format csv json ndjson\n"
        "markdown ids. Standard output is data, standard error is talk. TSV, "
        "CSV, JSON and exit codes\n"
        "are promises; tables are not."
    ),
    "exit-codes": N_(
        "0 done, or nothing to do; 1 refused (validation, unreadable input); 2 "
        "usage; 3 not found;\n"
        "4 permission; 5 conflict (exists, changed meanwhile, busy); 130 "
        "interrupted. diff: 0 same,\n"
        "1 differs."
    ),
    "environment": N_(
        "CRMTUI_DB: the workspace; else XDG_DATA_HOME/crmtui/crm.db, else "
        "~/.local/share/crmtui/crm.db.\n"
        "LANG, LC_MESSAGES, LC_ALL: the language (en, zh). TZ: the zone of "
        "moments. NO_COLOR: no colour.\n"
        "CRMTUI_DEBUG=1: tracebacks. CRMTUI_ASCII=1: plain lines on the screen."
    ),
    "scripting": N_(
        "batch runs command lines in one process and one transaction, at a "
        "fraction of a millisecond\n"
        "each. apply makes the configuration what a file says. add --if-not-exists and remove\n"
        "--if-exists may be repeated. list --ids feeds set, move and remove by -."
    ),
}


@command("help", epilog="Example: crmtui help expressions")
@_options.common
@click.argument("words", nargs=-1, metavar="[COMMAND...|TOPIC]")
def help_(session: Session, db: str | None, words: tuple[str, ...]) -> None:
    """Explain a command or a topic."""
    from crmtui.cli import cli

    if not words:
        with click.Context(cli, info_name="crmtui") as ctx:
            emit(cli.get_help(ctx))
        emit("\n" + _("Topics:") + " " + ", ".join(topics()))
        return
    topic = topics().get(words[0])
    if topic and len(words) == 1:
        emit(topic())
        return
    ctx = click.Context(cli, info_name="crmtui")
    command: click.Command | None = cli
    for word in words:
        command = command.get_command(ctx, word) if isinstance(command, click.Group) else None
        if command is None:
            raise NotFound(
                "no-such-topic",
                N_("there is no command or topic {word}"),
                "crmtui help",
                word=" ".join(words),
            )
        ctx = click.Context(command, info_name=word, parent=ctx)
    assert command is not None
    emit(command.get_help(ctx))


def topics() -> dict[str, Callable[[], str]]:
    """Every topic: its word, and what gives its text."""
    made: dict[str, Callable[[], str]] = {word: partial(_, text) for word, text in TOPICS.items()}
    made["expressions"] = expressions
    return dict(sorted(made.items()))


def expressions() -> str:
    """The topic of expressions: what they are and what they may call."""
    from crmtui.store.expressions import FUNCTIONS

    text = _(
        "An expression is SQL over a record's fields: stage = 'won' and value > 1000.\n"
        "A link is followed by one dot: account.revenue > 10; by itself it means the title:\n"
        "account = 'Acme'. Every record has id, stage, status, created_at, "
        "updated_at, status_since.\n"
        "Money and decimals are plain numbers, dates text as 2026-10-01, moments text in UTC.\n"
        "LIKE takes a literal pattern. There are no subqueries and no comments. Functions:"
    )
    return text + "\n\n" + "\n".join(f"  {line}" for line in FUNCTIONS.values())
