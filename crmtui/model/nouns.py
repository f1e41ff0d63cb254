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
    "percent",
    "rating",
    "boolean",
    "date",
    "time",
    "datetime",
    "duration",
    "choice",
    "multichoice",
    "tags",
    "link",
    "multilink",
    "user",
    "person",
    "email",
    "phone",
    "url",
    "address",
    "color",
    "file",
    "json",
    "autonumber",
    "formula",
    "lookup",
    "rollup",
)

KIND_ALIASES = {
    "attachment": "file",
    "colour": "color",
    "personname": "person",
    "name": "person",
    "reference": "link",
    "string": "text",
}
"""What people also call a kind; hyphens and underlines inside a kind's name do not matter."""

RESULT_KEYS = (
    "text",
    "integer",
    "decimal",
    "money",
    "percent",
    "boolean",
    "date",
    "datetime",
    "duration",
)
"""What the value of a formula may be shown as."""

COLORS = {
    "red": "#e5484d",
    "orange": "#f76b15",
    "yellow": "#f5d90a",
    "green": "#30a46c",
    "cyan": "#00a2c7",
    "blue": "#3e63dd",
    "purple": "#8e4ec6",
    "pink": "#d6409f",
    "gray": "#8d8d8d",
}
"""The colours that have a name, as a screen mixes them."""


class Attribute(NamedTuple):
    """One thing that can be said of a definition.

    `name` is its word in files and, with `-` for `_`, its CLI option; `column` its column in the
    `crm_*` table; `shape` one of text, flag, number, word, expression (SQL over the record's
    fields), keys (keys, comma-joined), layout (sections of fields, as JSON), scope (whose records:
    own, team, all or an expression), map (words to words, as JSON; with `choices`, to several of
    those) and memory (JSON that the store keeps for itself and nobody reads);
    `stands` its name in the definition where that is another one; `option` its word on the command
    line where that is said once for each of several.
    """

    name: str
    column: str
    help: str
    shape: str = "text"
    choices: tuple[str, ...] = ()
    default: object = None
    stands: str | None = None
    option: str | None = None

    @property
    def attr(self) -> str:
        """The name of the attribute in the definition's class."""
        return self.stands or self.name


OPERATIONS = {
    N_("read"): N_("see records"),
    N_("create"): N_("add records"),
    N_("update"): N_("change values"),
    N_("delete"): N_("remove records, and restore them"),
    N_("move"): N_("move records to another stage or status"),
    N_("assign"): N_("give records to another user"),
    N_("share"): N_("let others see or change single records"),
    N_("export"): N_("write records to a file"),
    N_("import"): N_("read records from a file"),
    N_("history"): N_("see what happened to records"),
    N_("report"): N_("run reports"),
    N_("configure"): N_("change the type itself"),
}
"""What a role may let its users do with the records of a type."""

SCOPED = frozenset("read create update delete move assign share export history report".split())
"""The operations that may be let for some records and not for others."""

STAGE_ACTIONS = {
    N_("see"): N_("see records that stand there"),
    N_("edit"): N_("change records that stand there"),
    N_("enter"): N_("move or add records there"),
    N_("leave"): N_("move records away from there"),
}
"""What a role may forbid at a stage or a status."""

FIELD_LEVELS = (N_("read-only"), N_("masked"), N_("hidden"), N_("denied"))
"""What a role may make of a field, the mildest first; `masked:PATTERN` says how.

A field that one role hides is seen by way of another one that does not; a denied one is not.
"""


class Noun(NamedTuple):
    """A kind of definition: its word, its table, what it hangs on and what can be said of it."""

    key: str
    table: str
    parent: str | None
    plural: str
    attributes: dict[str, Attribute]
    hyphens: bool = False
    """Whether its keys may hold hyphens: where no column and no expression names it."""

    @property
    def depth(self) -> int:
        """How many keys its reference has: `deal` 1, `deal.amount` 2, `deal.lead.active` 3."""
        return 1 if self.parent is None else NOUNS[self.parent].depth + 1

    def split(self, ref: str) -> tuple[str, str]:
        """The reference of what it hangs on, empty for nothing, and its own key."""
        # The key of what hangs on nothing may hold dots: a user's name does.
        parent, _, key = ref.rpartition(".") if self.parent else ("", "", ref)
        return parent, key


def _attributes(*attributes: Attribute) -> dict[str, Attribute]:
    labels = (
        Attribute("label", "label", N_("what people read")),
        Attribute("label_zh", "label_zh", N_("what people read in Chinese")),
    )
    return {attribute.name: attribute for attribute in (*labels, *attributes)}


def _flag(name: str, help: str) -> Attribute:
    return Attribute(name, f"is_{name}", help, "flag", default=False)


def _expression(name: str, help: str, column: str = "", stands: str | None = None) -> Attribute:
    return Attribute(name, column or name, help, "expression", stands=stands)


def _layout(name: str, help: str) -> Attribute:
    return Attribute(name, f"{name}_layout", help, "layout", stands=f"{name}_layout")


def _keys(name: str, help: str, option: str) -> Attribute:
    return Attribute(name, name, help, "keys", option=option)


def _scope(operation: str, help: str) -> Attribute:
    column = f"may_{operation}"
    return Attribute(operation, column, help, "scope", stands=column)


_CATEGORY = Attribute("category", "category", N_("open, done or closed"), "word", CATEGORIES)
_OUTCOME = Attribute("outcome", "outcome", N_("how it ended, when closed"), "word", OUTCOMES)
_COLOR = Attribute("color", "color", N_("the colour people see"), "word", tuple(COLORS))
_FORM = _layout("form", N_("the sections of its form; see crmtui layout"))
_DETAIL = _layout("detail", N_("the sections of its detail page; see crmtui layout"))

NOUNS: dict[str, Noun] = {
    noun.key: noun
    for noun in (
        Noun(
            N_("category"),
            "crm_category",
            None,
            N_("categories"),
            _attributes(
                Attribute("parent", "parent", N_("the category it belongs to")),
                Attribute("description", "description", N_("what is listed under it")),
                _COLOR,
            ),
        ),
        Noun(
            N_("pack"),
            "crm_pack",
            None,
            N_("packs"),
            _attributes(
                Attribute("version", "version", N_("the version that is installed")),
                Attribute("document", "document", N_("its file, as installed"), "memory"),
                Attribute("made", "made", N_("what came of it"), "memory"),
            ),
            hyphens=True,
        ),
        Noun(
            N_("type"),
            "crm_type",
            None,
            N_("types"),
            _attributes(
                Attribute("description", "description", N_("what the type is for")),
                Attribute("description_zh", "description_zh", N_("the same in Chinese")),
                Attribute("category", "category", N_("the category it is listed under")),
                Attribute("icon", "icon", N_("a sign of one or two cells, such as ★")),
                _expression(
                    "title",
                    N_("what names a record, when no single field does"),
                    "title_expression",
                    "title_expression",
                ),
                Attribute("owner", "owner", N_("the user field that says whose a record is")),
                Attribute(
                    "list",
                    "list_columns",
                    N_("the columns of its list"),
                    "keys",
                    stands="list_columns",
                ),
                Attribute(
                    "card", "card_fields", N_("what its cards show"), "keys", stands="card_fields"
                ),
                _FORM,
                _DETAIL,
            ),
        ),
        Noun(
            N_("field"),
            "crm_field",
            "type",
            N_("fields"),
            _attributes(
                Attribute("kind", "kind", N_("what it holds"), "word", KIND_KEYS, default="text"),
                Attribute("to", "target_id", N_("the type a link points to"), stands="target"),
                Attribute("help", "help", N_("a line of help in the form")),
                Attribute("help_zh", "help_zh", N_("the same in Chinese")),
                _flag("required", N_("a record must have a value")),
                _expression("required_when", N_("it is required where this holds")),
                _expression("visible_when", N_("it is seen and set only where this holds")),
                _expression("read_only_when", N_("it stays as it is where this holds")),
                _flag("write_once", N_("it is set when the record is made, and never again")),
                _flag("unique", N_("no two records have the same value")),
                Attribute(
                    "unique_as",
                    "unique_as",
                    N_("how values are compared: exact; folded: case, width and spaces aside"),
                    "word",
                    ("exact", "folded"),
                    default="exact",
                ),
                _flag("indexed", N_("filtering and sorting by it is fast")),
                _flag("title", N_("it names the record to people")),
                _flag("personal", N_("it says something about a person; see crmtui privacy")),
                Attribute("default", "default_text", N_("the value of a new record")),
                Attribute("min", "minimum", N_("the least value"), stands="minimum"),
                Attribute("max", "maximum", N_("the greatest value"), stands="maximum"),
                Attribute("min_field", "min_field", N_("the field it is not below")),
                Attribute("max_field", "max_field", N_("the field it is not above")),
                Attribute("max_length", "max_length", N_("the most characters"), "number"),
                Attribute(
                    "pattern", "pattern", N_("a regular expression the whole text must match")
                ),
                Attribute(
                    "pattern_message", "pattern_message", N_("what is said when it does not match")
                ),
                Attribute("pattern_message_zh", "pattern_message_zh", N_("the same in Chinese")),
                Attribute("scale", "scale", N_("the number of decimals"), "number"),
                Attribute("currency", "currency", N_("an ISO 4217 code such as USD")),
                Attribute(
                    "options_of",
                    "options_of",
                    N_("the field whose options it shares, or: types, categories"),
                ),
                Attribute("region", "region", N_("the country of local phone numbers, as CN")),
                Attribute(
                    "style",
                    "style",
                    N_("how phone numbers are shown"),
                    "word",
                    ("international", "national", "e164"),
                ),
                Attribute(
                    "unit",
                    "unit",
                    N_("what a number without a unit means"),
                    "word",
                    ("seconds", "minutes", "hours", "days"),
                ),
                Attribute(
                    "prefix", "prefix", N_("what an automatic number begins with, as C-{Y}-")
                ),
                Attribute("padding", "padding", N_("the least digits of the number"), "number"),
                Attribute(
                    "reset",
                    "reset",
                    N_("when numbers begin again at 1"),
                    "word",
                    ("never", "year", "month"),
                ),
                Attribute("max_size", "max_size", N_("the most MiB of a file"), "number"),
                _expression("formula", N_("how it is computed")),
                Attribute("result", "result", N_("what it is shown as"), "word", RESULT_KEYS),
                Attribute(
                    "from",
                    "source",
                    N_("LINK.FIELD that a lookup shows, TYPE.LINK that a rollup gathers"),
                    stands="source",
                ),
                Attribute(
                    "measure", "measure", N_("what a rollup makes: count(), sum(EXPR), max(EXPR)")
                ),
                _expression(
                    "where", N_("only the records where this holds"), "condition", "condition"
                ),
            ),
        ),
        Noun(
            N_("option"),
            "crm_option",
            "field",
            N_("options"),
            _attributes(
                _COLOR,
                _expression(
                    "when", N_("it can be chosen only where this holds"), "condition", "condition"
                ),
            ),
        ),
        Noun(
            N_("stage"),
            "crm_stage",
            "type",
            N_("stages"),
            _attributes(
                _CATEGORY._replace(choices=("open", "closed"), help=N_("open or closed")),
                _OUTCOME,
                _COLOR,
                Attribute(
                    "probability", "probability", N_("how likely it is won, in percent"), "number"
                ),
                _FORM,
                _DETAIL,
            ),
        ),
        Noun(N_("status"), "crm_status", "stage", N_("statuses"), _attributes(_CATEGORY, _OUTCOME)),
        Noun(
            N_("validation"),
            "crm_validation",
            "type",
            N_("validations"),
            _attributes(
                _expression("rule", N_("what must hold for every record")),
                Attribute(
                    "unique",
                    "unique_fields",
                    N_("the fields that no two records have alike"),
                    "keys",
                    stands="unique_fields",
                ),
                Attribute("message", "message", N_("what is said when it does not hold")),
                Attribute("message_zh", "message_zh", N_("the same in Chinese")),
            ),
            hyphens=True,
        ),
        Noun(
            N_("team"),
            "crm_team",
            None,
            N_("teams"),
            _attributes(
                Attribute("parent", "parent", N_("the team it belongs to")),
                Attribute("manager", "manager", N_("the user who leads it")),
                Attribute("description", "description", N_("what it does")),
            ),
            hyphens=True,
        ),
        Noun(
            N_("role"),
            "crm_role",
            None,
            N_("roles"),
            _attributes(
                Attribute("description", "description", N_("who has it")),
                _flag("impersonate", N_("its users may act as others, with --as")),
            ),
            hyphens=True,
        ),
        Noun(
            N_("permission"),
            "crm_permission",
            "role",
            N_("permissions"),
            _attributes(
                *(_scope(operation, help) for operation, help in OPERATIONS.items()),
                Attribute(
                    "deny",
                    "denied",
                    N_("what is forbidden, whatever roles let"),
                    "map",
                    stands="denied",
                ),
                Attribute("fields", "fields", N_("fields hidden, masked or read-only"), "map"),
                Attribute(
                    "stages",
                    "stages",
                    N_("what is forbidden at stages"),
                    "map",
                    tuple(STAGE_ACTIONS),
                ),
                _flag("unlisted", N_("the type is left out of lists of types")),
                _FORM,
                _DETAIL,
                Attribute(
                    "list",
                    "list_columns",
                    N_("the columns of its list"),
                    "keys",
                    stands="list_columns",
                ),
                Attribute(
                    "card", "card_fields", N_("what its cards show"), "keys", stands="card_fields"
                ),
            ),
        ),
        Noun(
            N_("user"),
            "crm_user",
            None,
            N_("users"),
            _attributes(
                _keys("roles", N_("a role the user has"), "role"),
                _keys("teams", N_("a team the user belongs to"), "team"),
                Attribute("uid", "uid", N_("the uid, or login name, on this machine")),
                Attribute("email", "email", N_("where mail reaches the user")),
                Attribute(
                    "administrator",
                    "administrator",
                    N_("the user may do everything"),
                    "flag",
                    default=False,
                ),
            ),
            hyphens=True,
        ),
    )
}
