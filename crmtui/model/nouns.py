"""The nouns of a configuration and their attributes: one list for CLI, files, checks and help."""

from typing import NamedTuple

from crmtui.model.definitions import CATEGORIES, OUTCOMES
from crmtui.model.message import N_

KIND_KEYS = (
    "text",
    "longtext",
    "integer",
    "decimal",
    "money",
    "boolean",
    "date",
    "datetime",
    "choice",
    "link",
)

COLORS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "gray")


class Attribute(NamedTuple):
    """One thing that can be said of a definition.

    `name` is its word in files and, with `-` for `_`, its CLI option; `column` its column in the
    `crm_*` table; `shape` one of text, flag, number, word.
    """

    name: str
    column: str
    help: str
    shape: str = "text"
    choices: tuple[str, ...] = ()
    settable: bool = True
    default: object = None


class Noun(NamedTuple):
    """A kind of definition: its word, its table, what it hangs on and what can be said of it."""

    key: str
    table: str
    parent: str | None
    plural: str
    attributes: dict[str, Attribute]

    @property
    def depth(self) -> int:
        """How many keys its reference has: `deal` 1, `deal.amount` 2, `deal.lead.active` 3."""
        return 1 if self.parent is None else NOUNS[self.parent].depth + 1


def _attributes(*attributes: Attribute) -> dict[str, Attribute]:
    labels = (
        Attribute("label", "label", N_("what people read")),
        Attribute("label_zh", "label_zh", N_("what people read in Chinese")),
    )
    return {attribute.name: attribute for attribute in (*labels, *attributes)}


_CATEGORY = Attribute("category", "category", N_("open, done or closed"), "word", CATEGORIES)
_OUTCOME = Attribute("outcome", "outcome", N_("how it ended, when closed"), "word", OUTCOMES)
_COLOR = Attribute("color", "color", N_("the colour people see"), "word", COLORS)

NOUNS: dict[str, Noun] = {
    noun.key: noun
    for noun in (
        Noun(
            N_("type"),
            "crm_type",
            None,
            N_("types"),
            _attributes(
                Attribute("description", "description", N_("what the type is for")),
                Attribute("description_zh", "description_zh", N_("the same in Chinese")),
                Attribute("category", "category", N_("the group it is listed under")),
            ),
        ),
        Noun(
            N_("field"),
            "crm_field",
            "type",
            N_("fields"),
            _attributes(
                Attribute(
                    "kind",
                    "kind",
                    N_("what it holds"),
                    "word",
                    KIND_KEYS,
                    settable=False,
                    default="text",
                ),
                Attribute("to", "target_id", N_("the type a link points to"), settable=False),
                Attribute("help", "help", N_("a line of help in the form")),
                Attribute("help_zh", "help_zh", N_("the same in Chinese")),
                Attribute(
                    "required",
                    "is_required",
                    N_("a record must have a value"),
                    "flag",
                    default=False,
                ),
                Attribute(
                    "unique",
                    "is_unique",
                    N_("no two records have the same value"),
                    "flag",
                    default=False,
                ),
                Attribute(
                    "indexed",
                    "is_indexed",
                    N_("filtering and sorting by it is fast"),
                    "flag",
                    default=False,
                ),
                Attribute(
                    "title", "is_title", N_("it names the record to people"), "flag", default=False
                ),
                Attribute("default", "default_text", N_("the value of a new record")),
                Attribute("min", "minimum", N_("the least value")),
                Attribute("max", "maximum", N_("the greatest value")),
                Attribute("max_length", "max_length", N_("the most characters"), "number"),
                Attribute(
                    "pattern", "pattern", N_("a regular expression the whole text must match")
                ),
                Attribute("scale", "scale", N_("the number of decimals"), "number", settable=False),
                Attribute(
                    "currency", "currency", N_("an ISO 4217 code such as USD"), settable=False
                ),
            ),
        ),
        Noun(N_("option"), "crm_option", "field", N_("options"), _attributes(_COLOR)),
        Noun(
            N_("stage"),
            "crm_stage",
            "type",
            N_("stages"),
            _attributes(
                _CATEGORY._replace(choices=("open", "closed"), help=N_("open or closed")),
                _OUTCOME,
                _COLOR,
            ),
        ),
        Noun(N_("status"), "crm_status", "stage", N_("statuses"), _attributes(_CATEGORY, _OUTCOME)),
    )
}
