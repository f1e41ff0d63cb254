"""`crmtui completion`: the completion script of a shell."""

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._output import emit
from crmtui.commands._session import Session


@command(
    epilog="Example: crmtui completion bash > ~/.local/share/bash-completion/completions/crmtui"
)
@_options.common
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(session: Session, db: str | None, shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    from crmtui.cli import cli

    made = get_completion_class(shell)
    assert made is not None
    emit(made(cli, {}, "crmtui", "_CRMTUI_COMPLETE").source())
