"""What designers call kinds of field and attributes of definitions, and how they explain them."""

from crmtui.i18n import N_, _
from crmtui.model.keys import normal_key
from crmtui.model.message import Word
from crmtui.model.nouns import KIND_ALIASES
from crmtui.store.history import Difference, Entry
from crmtui.store.kinds import KINDS
from crmtui.store.refusals import Attempt

KIND_WORDS = {
    "text": (N_("text"), N_("one line of words")),
    "longtext": (N_("long text"), N_("several lines, such as notes")),
    "integer": (N_("whole number"), N_("a count, such as 42")),
    "decimal": (N_("decimal"), N_("an exact number with decimals")),
    "money": (N_("money"), N_("an exact amount in one currency")),
    "percent": (N_("percent"), N_("a share of a hundred")),
    "rating": (N_("rating"), N_("a number of stars")),
    "boolean": (N_("yes or no"), N_("a box to tick")),
    "date": (N_("date"), N_("a day; today, +3d and fri are understood")),
    "time": (N_("time"), N_("a time of day")),
    "datetime": (N_("date and time"), N_("a moment, shown in the zone of who reads it")),
    "duration": (N_("duration"), N_("how long something takes")),
    "choice": (N_("choice"), N_("one of the options you name")),
    "multichoice": (N_("multiple choice"), N_("any number of the options you name")),
    "tags": (N_("tags"), N_("free words, as many as wanted")),
    "link": (N_("link"), N_("one record of another type")),
    "multilink": (N_("many links"), N_("any number of records of another type")),
    "user": (N_("user"), N_("somebody who works in this workspace")),
    "person": (N_("person"), N_("the name of a person, in parts")),
    "email": (N_("e-mail"), N_("an e-mail address, checked")),
    "phone": (N_("phone"), N_("a phone number, kept in international form")),
    "url": (N_("web address"), N_("the address of a page")),
    "address": (N_("address"), N_("a postal address, in parts")),
    "color": (N_("colour"), N_("a colour by name or code")),
    "file": (N_("file"), N_("an attachment, kept beside the workspace")),
    "json": (N_("JSON"), N_("data of any shape, from other programs")),
    "autonumber": (N_("automatic number"), N_("given by itself, none twice")),
    "formula": (N_("formula"), N_("computed from the fields of the record")),
    "lookup": (N_("look-up"), N_("shows a field of a linked record")),
    "rollup": (N_("roll-up"), N_("counts or adds up the records that link here")),
}
"""Each kind as people call it, and a line that explains it."""

ATTRIBUTE_WORDS = {
    "key": N_("Key"),
    "label": N_("Label"),
    "label_zh": N_("Chinese label"),
    "description": N_("Description"),
    "description_zh": N_("Chinese descr."),
    "category": N_("Category"),
    "parent": N_("Within"),
    "icon": N_("Icon"),
    "title": N_("Title"),
    "kind": N_("Kind"),
    "to": N_("Links to"),
    "help": N_("Help"),
    "help_zh": N_("Chinese help"),
    "required": N_("Required"),
    "required_when": N_("Required when"),
    "visible_when": N_("Visible when"),
    "read_only_when": N_("Read-only when"),
    "write_once": N_("Set once"),
    "unique": N_("Unique"),
    "unique_as": N_("Compared as"),
    "personal": N_("Personal"),
    "owner": N_("Owner field"),
    "indexed": N_("Indexed"),
    "default": N_("Default"),
    "min": N_("Least"),
    "max": N_("Greatest"),
    "min_field": N_("Not below field"),
    "max_field": N_("Not above field"),
    "max_length": N_("Most characters"),
    "pattern": N_("Pattern"),
    "pattern_message": N_("Pattern message"),
    "pattern_message_zh": N_("Chinese message"),
    "scale": N_("Decimals"),
    "currency": N_("Currency"),
    "options": N_("Options"),
    "options_of": N_("Options of"),
    "region": N_("Country"),
    "style": N_("Shown as"),
    "unit": N_("Unit"),
    "prefix": N_("Prefix"),
    "padding": N_("Digits"),
    "reset": N_("Begins again"),
    "max_size": N_("Most MiB"),
    "formula": N_("Formula"),
    "result": N_("Result"),
    "from": N_("From"),
    "measure": N_("Measure"),
    "where": N_("Where"),
    "color": N_("Colour"),
    "when": N_("When"),
    "outcome": N_("Outcome"),
    "probability": N_("Probability"),
    "rule": N_("Rule"),
    "message": N_("Message"),
    "message_zh": N_("Chinese message"),
    "columns": N_("Columns"),
    "hidden": N_("Hidden"),
    "wide": N_("Own line"),
    "manager": N_("Manager"),
    "roles": N_("Roles"),
    "teams": N_("Teams"),
    "uid": N_("Login"),
    "email": N_("E-mail"),
    "administrator": N_("Administrator"),
    "impersonate": N_("Acts as others"),
}
"""Each attribute as the label of its row in a form."""

VALUE_WORDS = {
    "open": N_("open"),
    "done": N_("done"),
    "closed": N_("closed"),
    "won": N_("won"),
    "lost": N_("lost"),
    "cancelled": N_("cancelled"),
    "exact": N_("exact"),
    "folded": N_("case, width and spaces aside"),
    "form": N_("Form"),
    "detail": N_("Detail page"),
    "list": N_("List"),
    "card": N_("Card"),
}
"""Words among which an attribute chooses, and the kinds of layout."""


OPERATION_WORDS = {
    "read": N_("read"),
    "create": N_("create"),
    "update": N_("update"),
    "delete": N_("delete"),
    "move": N_("move"),
    "assign": N_("assign"),
    "share": N_("share"),
    "export": N_("export"),
    "import": N_("import"),
    "history": N_("history"),
    "report": N_("report"),
    "configure": N_("configure"),
}
"""The operations that a role lets, short enough to stand over a column."""

RIGHT_WORDS = {
    "own": N_("own"),
    "team": N_("team"),
    "all": N_("all"),
    "expr": N_("expr"),
    "deny": N_("deny"),
    "shown": N_("shown"),
    "read-only": N_("read-only"),
    "masked": N_("masked"),
    "hidden": N_("hidden"),
    "denied": N_("denied"),
    "see": N_("see"),
    "edit": N_("edit"),
    "enter": N_("enter"),
    "leave": N_("leave"),
}
"""Scopes, levels of fields, and what may be forbidden at stages, as they stand in a cell."""


def operation_word(operation: str) -> str:
    """An operation as people call it."""
    return _(OPERATION_WORDS[operation]) if operation in OPERATION_WORDS else operation


def right_word(word: str) -> str:
    """A scope, a level of a field or an action at a stage, as people call it."""
    return _(RIGHT_WORDS[word]) if word in RIGHT_WORDS else word


def kind_word(kind: str) -> str:
    """A kind as people call it."""
    return _(KIND_WORDS[kind][0]) if kind in KIND_WORDS else kind


def kind_explained(kind: str) -> str:
    """A line that explains a kind."""
    return _(KIND_WORDS[kind][1]) if kind in KIND_WORDS else ""


def known_kinds() -> list[str]:
    """The kinds there are, in the order in which they are offered."""
    return [kind for kind in KIND_WORDS if kind in KINDS]


def kind_meant(word: str) -> str | None:
    """The kind that a typed word names: its key or what people call it; None for neither."""
    word = _plain(word)
    named = {_plain(kind_word(kind)): kind for kind in known_kinds()}
    named |= {_plain(KIND_WORDS[kind][0]): kind for kind in known_kinds()}
    named |= {_plain(kind): kind for kind in known_kinds()}
    found = named.get(word) or KIND_ALIASES.get(word)
    return found if found in KINDS else None


def attribute_word(name: str) -> str:
    """An attribute as people call it."""
    return _(ATTRIBUTE_WORDS[name]) if name in ATTRIBUTE_WORDS else name.replace("_", " ")


def value_word(value: str) -> str:
    """One of the words among which an attribute chooses, as people call it."""
    return _(VALUE_WORDS[value]) if value in VALUE_WORDS else value


def _plain(word: str) -> str:
    return "".join(char for char in normal_key(word).casefold() if char not in " -_")


# What happened

HAPPENED = {
    "add": N_("added"),
    "set": N_("changed"),
    "move": N_("moved"),
    "remove": N_("removed"),
    "restore": N_("restored"),
    "erase": N_("erased"),
    "share": N_("shared"),
    "unshare": N_("no longer shared"),
    "configure": N_("configured"),
    "authorize": N_("authorized"),
    "revoke": N_("revoked"),
}
"""What was done, by the word of the journal."""


def who(entry: Entry | Attempt) -> str:
    """Who did something, and who did it as them."""
    if not entry.impersonator:
        return entry.actor or "?"
    return _("{user} (by {other})").format(user=entry.actor or "?", other=entry.impersonator)


def changed(change: Difference) -> str:
    """What became of a field, or where a record moved."""
    label = _("Stage") if change.key == "status" else change.label
    before, after = (_value(value) for value in (change.before, change.after))
    return f"{label}: {after}" if change.before is None else f"{label}: {before} -> {after}"


def _value(value: str | None) -> str:
    """A value as it is read; a word of ours in the language of the reader."""
    if value is None:
        return "-"
    return _(value) if isinstance(value, Word) else value
