"""`crmtui layout`: how forms, detail pages, lists and cards of a type are laid out."""

from crmtui.cli import LazyGroup
from crmtui.i18n import N_, _

group = LazyGroup(
    "layout",
    help=_("Layouts: sections of forms, columns of lists, cards."),
    epilog="Example: crmtui layout move deal.value --section Terms --after name",
    table={
        "show": ("layout_showing:show", N_("Show how a type is laid out.")),
        "move": ("layout_writing:move", N_("Put fields at another place.")),
        "set": ("layout_writing:set_", N_("Change how a field is shown, or all columns.")),
        "section": ("layout:section", N_("Sections of a form or detail page.")),
        "reset": ("layout_writing:reset", N_("Lay out as if nobody had made a layout.")),
    },
)

section = LazyGroup(
    "section",
    help=_("Sections of a form or detail page."),
    epilog="Example: crmtui layout section add deal Terms --label-zh 商务",
    table={
        "add": ("layout_sections:add", N_("Add one, at the end.")),
        "rename": ("layout_sections:rename", N_("Give it another key; its labels stay.")),
        "set": ("layout_sections:set_", N_("Change its labels and columns.")),
        "order": ("layout_sections:order", N_("Put them in this order; those not named follow.")),
        "remove": (
            "layout_sections:remove",
            N_("Remove one; its fields go to the one before."),
        ),
    },
)
