"""`crmtui field`."""

import click

from crmtui.commands import _definitions
from crmtui.i18n import _

group = _definitions.group(
    "field",
    {
        "options": click.option(
            "--option",
            "options",
            multiple=True,
            metavar="KEY[=LABEL]",
            help=_("An option of a choice; once for each."),
        )
    },
)
