"""The options by which a change says on which revision it was thought out, and how it is merged."""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import click

from crmtui.i18n import _

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST = 300
"""Characters of a command that a hint repeats whole; one with a longer value names the field."""


class Seen(NamedTuple):
    """The revision at which a record was seen, if any was said, and how a change is merged."""

    revision: int | None
    merge: str | None

    @property
    def given(self) -> dict[str, Any]:
        """Both as the workspace takes them."""
        return {"revision": self.revision, "merge": self.merge}

    @contextmanager
    def merging(self, verb: str, words: Sequence[str]) -> Iterator[None]:
        """Hint at the command that was typed, and how it merges, where others came first.

        Args:
            verb: of the command.
            words: what was typed behind the reference.
        """
        from crmtui.store.errors import Conflict

        try:
            yield
        except Conflict as problem:
            if problem.code == "changed-meanwhile" and self.revision is not None:
                how = "--ours" if self.merge else "--merge"
                ref = problem.facts["ref"]
                problem.hint = _line(verb, ref, words, "--revision", str(self.revision), how)
            raise


def option(command: Command) -> Command:
    """`--revision` alone; the command gets `revision`."""
    return click.option(
        "--revision",
        type=click.IntRange(1),
        metavar="N",
        help=_("Refuse if it was changed since this one; see help revisions."),
    )(command)


def options(command: Command) -> Command:
    """`--revision`, `--merge`, `--ours`, `--theirs`; the command gets `seen`."""

    @functools.wraps(command)
    def wrapped(*args: Any, revision: int | None, **kwargs: Any) -> Any:
        chosen = [how for how in ("ours", "theirs") if kwargs.pop(how)]
        merge = kwargs.pop("merge") or bool(chosen)
        if len(chosen) > 1:
            raise click.UsageError(_("choose --ours or --theirs"))
        if merge and revision is None:
            raise click.UsageError(
                _("say the --revision that you saw: what others changed since is merged")
            )
        how = chosen[0] if chosen else "ask" if merge else None
        return command(*args, seen=Seen(revision, how), **kwargs)

    for each in (
        click.option("--theirs", is_flag=True, help=_("As --merge; they win what both changed.")),
        click.option("--ours", is_flag=True, help=_("As --merge; you win what both changed.")),
        click.option(
            "--merge",
            is_flag=True,
            help=_("Keep what others changed since; refuse only if both changed the same."),
        ),
        option,
    ):
        wrapped = each(wrapped)
    return wrapped  # type: ignore[return-value]


def _line(verb: str, ref: str, words: Sequence[str], *options: str) -> str:
    """The command once more, for one record; a value that is long is left to who types it."""
    from shlex import join

    line = join(["crmtui", "record", verb, ref, *words, *options])
    if len(line) <= _LONGEST:
        return line
    short = [f"{word.partition('=')[0]}=VALUE" if "=" in word else word for word in words]
    return " ".join(["crmtui", "record", verb, ref, *short, *options])
