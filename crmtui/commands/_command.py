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
    _quiet: dict[str, tuple[tuple[str, ...], bool, Any]] | None = None
    _unsaid: frozenset[str] = frozenset()

    def make_parser(self, ctx: click.Context) -> Any:
        """The parser of the options, made with the first context and used with each."""
        if self._parser is None:
            self._parser = super().make_parser(ctx)
        self._parser.ctx = ctx
        return self._parser

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse words; of the options that none of them names, only the name is looked at.

        A command that makes a definition has dozens of options. Asking each of them for its value,
        its default and its environment variable is most of what a line of a batch would cost.
        """
        if any(help_name in args for help_name in ctx.help_option_names):
            return super().parse_args(ctx, args)
        self.make_parser(ctx)
        said = _said(args)
        unsaid = set()
        for name, (words, exposed, value) in self._plain(ctx).items():
            if said.isdisjoint(words):
                unsaid.add(name)
                if exposed:
                    ctx.params[name] = value
        self._unsaid = frozenset(unsaid)
        try:
            return super().parse_args(ctx, args)
        finally:
            self._unsaid = frozenset()

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The parameters; while words are parsed, without the options that none of them names."""
        params = super().get_params(ctx)
        return [p for p in params if p.name not in self._unsaid] if self._unsaid else params

    def _plain(self, ctx: click.Context) -> dict[str, tuple[tuple[str, ...], bool, Any]]:
        """The options that may stay unsaid: their words, whether they are given on, their value.

        What is done by a callback of ours is done only where something was said.
        """
        if self._quiet is None:
            self._quiet = {}
            for param in self.params:
                if isinstance(param, click.Option) and param.name and not param.required:
                    value = (
                        param.process_value(ctx, param.get_default(ctx))
                        if (param.callback is None)
                        else (False if param.is_flag else None)
                    )
                    words = (*param.opts, *param.secondary_opts)
                    self._quiet[param.name] = (words, param.expose_value, value)
        return self._quiet

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


def _said(args: list[str]) -> set[str]:
    """The options that words may name, those within a group of letters (`-nq`) too."""
    said = {word.partition("=")[0] for word in args if word.startswith("-")}
    for word in list(said):
        if not word.startswith("--"):
            said |= {f"-{letter}" for letter in word[1:]}
    return said


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
