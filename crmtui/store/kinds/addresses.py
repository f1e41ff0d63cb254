"""Postal addresses."""

from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind
from crmtui.store.kinds.countries import country_code, country_name
from crmtui.store.kinds.structured import StructuredKind, is_wide
from crmtui.store.kinds.text import LongTextKind

_LARGEST_FIRST = frozenset("CN HK MO TW JP KR KP".split())

_lines = LongTextKind().clean


class AddressKind(StructuredKind):
    """An address in parts; one written as a text is all street, and is never taken apart."""

    key = "address"
    can_be_unique = False
    parts = ("street", "district", "city", "region", "postal_code", "country")
    main = "street"

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        parts = self.split(value)
        country = parts.get("country")
        streets = [line.strip() for line in parts.get("street", "").split("\n") if line.strip()]
        name = country_name(country, language) if country else ""
        places = [parts.get(key, "") for key in ("region", "city", "district")]
        wide = is_wide("".join([*places, *streets]))
        if country in _LARGEST_FIRST or (
            country is None and (wide or (language.startswith("zh") and any(places)))
        ):
            body = ("" if wide else " ").join(filter(None, [*places, *streets]))
            return " ".join(filter(None, [name, body, parts.get("postal_code")]))
        region, city, district = places
        end = " ".join(filter(None, [region, parts.get("postal_code")]))
        return ", ".join(filter(None, [*streets, district, city, end, name]))

    def _clean(self, name: str, text: str) -> str:
        if name == "street":
            return _lines(text).strip()
        text = super()._clean(name, text)
        if name != "country" or not text:
            return text
        code = country_code(text)
        if code is None:
            raise BadValue(
                "no-such-country",
                N_("{value} is no country; write its two letters, as CN, or its name"),
                value=text,
            )
        return code


KINDS: tuple[Kind, ...] = (AddressKind(),)
