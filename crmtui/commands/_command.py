"""The command class of crmtui: help in the language of the user, and quick to run many times."""

import functools
import inspect
from typing import Any

import click

from crmtui.cli import help_option
from crmtui.i18n import _

EXAMPLE = "Example: "


class Command(click.Command):
    """A command whose help is worded when it is shown, and whose parser is made once.

    `batch` runs thousands of lines in one process; making the parser anew for each of them would
    be half of the work.
    """

    _parser: Any = None

    def make_parser(self, ctx: click.Context) -> Any:
        """The parser of the options, made with the first context and used with each."""
        if self._parser is None:
            self._parser = super().make_parser(ctx)
        self._parser.ctx = ctx
        return self._parser

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, worded when it is shown."""
        if self._help_option is None:
            self._help_option = help_option(ctx)
        return self._help_option

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help, translated whole."""
        write_help(self.help, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The example, its word translated."""
        write_epilog(self.epilog, formatter)


def write_help(text: str | None, formatter: click.HelpFormatter) -> None:
    """A help text as a paragraph of its own."""
    if text:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_(inspect.cleandoc(text)))


def write_epilog(text: str | None, formatter: click.HelpFormatter) -> None:
    """An epilog as a paragraph of its own; `Example: ` is a word of ours."""
    if text:
        if text.startswith(EXAMPLE):
            text = _("Example:") + text[len(EXAMPLE) - 1 :]
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text)


command = functools.partial(click.command, cls=Command)
"""`click.command` for every command of ours."""
