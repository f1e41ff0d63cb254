"""Phone numbers; what is one, and how a country writes it, the phonenumbers library knows."""

import re
from functools import lru_cache
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_, Message
from crmtui.store.kinds.base import HALF_WIDTH, BadValue, Kind, Reader, Reading, Stored, written

LONGEST = 60
"""Characters of a written number."""

_WRITTEN = (
    r"(\+?[\d\s().\-\u2010-\u2015·]+?)"
    r"(?:\s*(?:;ext=|extn?\.?|x|#|转|轉|分机|分機)\s*:?\s*(\d{1,7}))?"
)


class PhoneKind(Kind):
    """A phone number, kept as E.164 has it: `+8613812345678`, `+16502530000;ext=12`."""

    key = "phone"
    settings = frozenset({"region", "style", "unique_as"})
    can_be_title = True

    def reader(self, field: Field, reading: Reading) -> Reader:
        def read(value: Any) -> Stored:
            text = written(value, self.key).strip()
            return _read(text, field.region) if text else None

        return read

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        if field.style == "e164":
            return str(value)
        return _formatted(str(value), field.style, field.region)

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.region:
            from phonenumbers import SUPPORTED_REGIONS

            if field.region not in SUPPORTED_REGIONS:
                raise BadValue(
                    "bad-setting",
                    N_("there is no region {region}; write a country's two letters, as CN"),
                    region=field.region,
                )
        super().check_settings(field, reading)


KINDS: tuple[Kind, ...] = (PhoneKind(),)


def _read(text: str, region: str | None) -> str:
    import phonenumbers as library

    plain = "".join(HALF_WIDTH.get(char, char) for char in text[: LONGEST + 1])
    plain = plain.removeprefix("tel:").strip()
    found = re.fullmatch(_WRITTEN, plain, re.IGNORECASE) if len(text) <= LONGEST else None
    if found is None:
        raise BadValue("not-a-phone", N_("{value} is not one phone number"), value=text)
    if region is None and not plain.startswith("+"):
        raise BadValue(
            "no-region",
            N_("{value} names no country; write +CC before it, or set --region of the field"),
            value=text,
        )
    try:
        number = library.parse(found[1], region)
    except library.NumberParseException as problem:
        raise _bad(text, _parse_reason(problem.error_type)) from problem
    if not library.is_valid_number(number):
        raise _bad(text, _reason(library.is_possible_number_with_reason(number)))
    stored = library.format_number(number, library.PhoneNumberFormat.E164)
    return f"{stored};ext={found[2]}" if found[2] else stored


@lru_cache(maxsize=10_000)
def _formatted(value: str, style: str | None, region: str | None) -> str:
    """A stored number as people read it; as it is when it is none."""
    import phonenumbers as library

    digits, _, extension = value.partition(";ext=")
    try:
        number = library.parse(digits)
    except library.NumberParseException:
        return value
    if extension:
        number.extension = extension
    own = region is not None and library.region_code_for_number(number) == region
    national = style == "national" or (style is None and own)
    formats = library.PhoneNumberFormat
    return library.format_number(number, formats.NATIONAL if national else formats.INTERNATIONAL)


def _parse_reason(error: int) -> str:
    from phonenumbers import NumberParseException

    return {
        NumberParseException.INVALID_COUNTRY_CODE: N_("there is no such country code"),
        NumberParseException.TOO_LONG: N_("it is too long"),
        NumberParseException.TOO_SHORT_NSN: N_("it is too short"),
        NumberParseException.TOO_SHORT_AFTER_IDD: N_("it is too short"),
    }.get(error, N_("it is no number"))


def _reason(result: int) -> str:
    from phonenumbers import ValidationResult

    return {
        ValidationResult.TOO_SHORT: N_("it is too short"),
        ValidationResult.TOO_LONG: N_("it is too long"),
        ValidationResult.INVALID_LENGTH: N_("no number there has so many digits"),
        ValidationResult.INVALID_COUNTRY_CODE: N_("there is no such country code"),
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: N_("its area code is missing"),
    }.get(result, N_("no number there begins so"))


def _bad(text: str, reason: str) -> BadValue:
    return BadValue(
        "not-a-phone",
        N_("{value} is no valid phone number: {reason}"),
        value=text,
        reason=Message(reason),
    )
