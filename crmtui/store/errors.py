"""What the store says when it will not: a kebab-case code, an English template, facts, a hint.

The class tells the kind of failure, from which each face makes what it needs (the CLI an exit
code, the TUI a place on the screen). Nothing here knows of either.
"""

from typing import Any

from crmtui.model.message import Message


class CrmError(Exception):
    """Something the user is told in one line.

    Args:
        code: kebab-case, stable; scripts may rely on it.
        template: English text with `{named}` places, marked with `N_`.
        hint: a command to run, or None; never translated.
        facts: what fills the template; also given to `--json` as they are.
    """

    noted = False
    """Whether it was seen to already that the attempt is written down."""

    def __init__(self, code: str, template: str, hint: str | None = None, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = Message(template, **facts)
        self.hint = hint

    @property
    def facts(self) -> dict[str, Any]:
        """The facts by name, for machine-readable errors."""
        return dict(self.message.facts)

    def __str__(self) -> str:
        return f"{self.message}  [{self.code}]"


class Refused(CrmError):
    """Understood, and against a rule: validation, guard, transition, unreadable input."""


class Misused(CrmError):
    """The words of the command do not make sense together."""


class NotFound(CrmError):
    """There is no such type, field, stage, record, file."""


class Forbidden(CrmError):
    """The actor, or the file's mode, does not allow it."""


class Conflict(CrmError):
    """It exists already, was changed meanwhile, or is busy."""


class Problem:
    """One thing wrong with one value of a record: the field's key (or None), a code, a message.

    The message does not name the field: a form shows it beside the field. `about` are expressions,
    and keys of other fields, of which the message tells something.
    """

    __slots__ = ("about", "code", "field", "message")

    def __init__(
        self, field: str | None, code: str, message: Message, about: tuple[str, ...] = ()
    ) -> None:
        self.field = field
        self.code = code
        self.message = message
        self.about = about

    def named(self) -> Message:
        """The message with the field's key before it, for a line of its own."""
        if self.field is None:
            return self.message
        return Message("{field}: {message}", field=self.field, message=self.message)


class Invalid(Refused):
    """A record's values are against the rules; `problems` names every one of them, at once."""

    def __init__(self, ref: str, problems: list[Problem]) -> None:
        self.problems = problems
        code = problems[0].code if len({p.code for p in problems}) == 1 else "invalid"
        super().__init__(code, "{ref}: {problems}", ref=ref, problems=[p.named() for p in problems])
