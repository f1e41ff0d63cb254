"""E-mail addresses; what is one, the email-validator library knows."""

from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_, Message
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, written
from crmtui.store.kinds.text import matcher

LONGEST = 254
"""Characters of an address; mail has no room for more."""

_REASONS = {
    "must have an @-sign": N_("it has no @"),
    "It should have a period": N_("what follows the @ has no dot"),
    "special-use or reserved": N_("no mail goes to what follows the @"),
    "There must be something before": N_("nothing stands before the @"),
    "There must be something after": N_("nothing follows the @"),
    "display name": N_("the name around it belongs into another field"),
    "Quoting": N_("quotes are not taken"),
    "IP address": N_("what follows the @ is no domain"),
    "too long": N_("it is too long"),
}
"""What the library says, by a part of it, in words of ours."""


class EmailKind(Kind):
    """An e-mail address, in its normal form: the domain in small letters."""

    key = "email"
    settings = frozenset({"unique_as", "pattern", "pattern_message", "pattern_message_zh"})
    can_be_title = True

    def reader(self, field: Field, reading: Reading) -> Reader:
        matching = matcher(field)

        def read(value: Any) -> Stored:
            text = written(value, self.key).strip()
            if not text:
                return None
            return matching(_normalised(text))

        return read

    def order(self, column: str) -> str:
        return f"{column} COLLATE NOCASE"

    def folded(self, value: Any, field: Field) -> str:
        return str(value).casefold()


KINDS: tuple[Kind, ...] = (EmailKind(),)


def _normalised(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    if len(text) > LONGEST:
        raise _bad(text, Message(N_("it is too long")))
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as problem:
        raise _bad(text, _reason(str(problem))) from problem
    except UnicodeError as problem:
        raise _bad(text, Message(N_("it is no text"))) from problem
    return found.normalized


def _reason(said: str) -> Message:
    for part, reason in _REASONS.items():
        if part in said:
            return Message(reason)
    return Message("{reason}", reason=said)


def _bad(text: str, reason: Message) -> BadValue:
    return BadValue(
        "not-an-email",
        N_("{value} is not an e-mail address: {reason}"),
        value=text,
        reason=reason,
    )
