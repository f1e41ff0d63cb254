"""Asking where a record is to be moved: the same in a list, on a board and beside a record."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from crmtui.i18n import _, language
from crmtui.model.definitions import Status, Type
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.widgets.rows import Row
from crmtui.store.errors import CrmError
from crmtui.terminal import shown

if TYPE_CHECKING:
    from crmtui.screens.base import CrmScreen


async def ask_where(
    screen: "CrmScreen", type_: Type, refs: Sequence[str], chosen: Callable[[str], object]
) -> None:
    """Offer the statuses the store allows, and call `chosen` with `stage.status`."""
    try:
        moves = await screen.read(lambda ws: ws.available_moves(refs[0]))
    except CrmError as error:
        screen.fail(error)
        return
    if not moves:
        screen.say(_("there is nowhere to move it to"))
        return

    def answered(target: str | None) -> None:
        if target:
            chosen(target)

    question = _("Move {what} to").format(what=told(refs))
    screen.app.push_screen(
        ChooseScreen(question, status_rows(type_, moves), search=False), answered
    )


def told(refs: Sequence[str]) -> str:
    """One reference, or how many."""
    return refs[0] if len(refs) == 1 else _("{n} records").format(n=len(refs))


def saved_as(screen: "CrmScreen", ref: str) -> str:
    """What is said of a record that was saved, and that the actor may not see (any more)."""
    if screen.crm.refusal("read", ref.partition("/")[0], ref) is None:
        return _("{ref} saved").format(ref=ref)
    return _("{ref} saved; you may not see it").format(ref=ref)


def status_rows(type_: Type, statuses: Sequence[Status]) -> list[Row]:
    """Statuses to choose from: the stage, and the status where a stage has several."""
    rows = []
    for status in statuses:
        stage = type_.stage_by_key.get(status.stage)
        name = stage.name(language()) if stage else status.stage
        if stage is None or len(stage.live_statuses) > 1:
            name = f"{name} · {status.name(language())}"
        rows.append(Row(shown(name), value=status.ref))
    return rows
