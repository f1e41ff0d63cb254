"""`crmtui record`: records of a type, one at a time or many by a pipe."""

from crmtui.cli import LazyGroup
from crmtui.i18n import N_, _

group = LazyGroup(
    "record",
    help=_("Records of a type."),
    epilog="Example: crmtui record list deal --sort -value --limit 5",
    table={
        "add": ("record_writing:add", N_("Add a record.")),
        "list": ("record_reading:list_", N_("List records: filtered, sorted, a page at a time.")),
        "show": ("record_reading:show", N_("Show a record.")),
        "set": ("record_writing:set_", N_("Change values of records.")),
        "move": ("record_writing:move", N_("Move records to a stage or status.")),
        "assign": ("record_people:assign", N_("Give records to another user.")),
        "share": ("record_people:share", N_("Let others see single records.")),
        "unshare": ("record_people:unshare", N_("Take back that records are shared.")),
        "shares": ("record_people:shares", N_("Show whom a record is shared with.")),
        "remove": ("record_writing:remove", N_("Remove records, restorably.")),
        "restore": ("record_writing:restore", N_("Bring removed records back.")),
        "import": ("transfer:import_", N_("Add or update records from a file.")),
        "export": ("transfer:export", N_("Write all records of a type as a file.")),
        "file": ("record_file:file", N_("Write the content of a file that a record has.")),
        "history": ("record_reading:history", N_("Show what happened to a record.")),
    },
)
