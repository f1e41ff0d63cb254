"""The language of messages: gettext catalogues in `locale`, chosen by `--lang` or the environment.

Machine output (TSV, CSV, JSON, exit codes, error codes) never depends on it.
"""

import os
from collections.abc import Callable
from typing import Any

from crmtui.model.message import N_

__all__ = ["N_", "_", "choose", "language"]

_FOLDER = os.path.join(os.path.dirname(__file__), "locale")
_state: dict[str, Any] = {}


def choose(wanted: str | None = None) -> None:
    """Use a language for the rest of the process: `en`, `zh`, or what the environment says."""
    code = wanted or next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    _state["language"] = "zh" if code.lower().startswith("zh") else "en"
    _state.pop("translate", None)
    if _state["language"] == "zh":
        _translation()


def language() -> str:
    """The language in use: `en` or `zh`."""
    if "language" not in _state:
        choose()
    return str(_state["language"])


def _(template: str) -> str:
    """`template` in the language in use; its `{named}` places stay."""
    if language() == "en" or not template:
        return template
    return _translation()(template)


def _translation() -> Callable[[str], str]:
    translate = _state.get("translate")
    if translate is None:
        import gettext

        translate = gettext.translation("crmtui", _FOLDER, ["zh_CN"], fallback=True).gettext
        # click words its own texts through gettext's present domain.
        gettext.bindtextdomain("crmtui", _FOLDER)
        gettext.textdomain("crmtui")
        os.environ["LANGUAGE"] = "zh_CN"
        _state["translate"] = translate
    return translate
