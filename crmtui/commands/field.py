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
    for_set={
        "allow_data_loss": click.option(
            "--allow-data-loss",
            "allow_data_loss",
            is_flag=True,
            help=_("Change the kind though some values cannot be converted."),
        )
    },
)
