"""Countries by their two letters (ISO 3166) and by their names, as CLDR has them."""

from functools import cache

_NO_COUNTRIES = frozenset("EU EZ QO UN XA XB ZZ".split())
_ALSO = {
    "america": "US",
    "great britain": "GB",
    "hong kong": "HK",
    "macao": "MO",
    "macau": "MO",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uk": "GB",
    "usa": "US",
    "中华人民共和国": "CN",
    "香港": "HK",
    "澳门": "MO",
    "台灣": "TW",
    "中国台湾": "TW",
    "台湾": "TW",
}
"""What people also write; CLDR has one name a country."""


def country_code(text: str) -> str | None:
    """The two letters of the country that a text names, or None."""
    code = text.strip().upper()
    if code in _names("en"):
        return code
    return _codes().get(text.strip().casefold())


def country_name(code: str, language: str) -> str:
    """What people call a country; its code when it is none."""
    return _names("zh" if language.startswith("zh") else "en").get(code, code)


@cache
def _names(language: str) -> dict[str, str]:
    from babel import Locale

    return {
        code: name
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }


@cache
def _codes() -> dict[str, str]:
    names = {
        name.casefold(): code
        for language in ("zh", "en")
        for code, name in _names(language).items()
    }
    return _ALSO | names
