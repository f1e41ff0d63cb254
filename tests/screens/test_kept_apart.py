"""Links to many, automatic numbers and files on the screen."""

import io
from contextlib import nullcontext

import pytest

from crmtui.store.changes import Change
from crmtui.store.uploads import Upload
from crmtui.store.workspace import Workspace
from tests.screens.showing import shown


@pytest.fixture
def many(filled: str) -> str:
    with Workspace.open(filled) as workspace:
        fields = {
            "number": {"kind": "autonumber", "prefix": "D-", "label": "Number"},
            "partners": {"kind": "multilink", "to": "account", "label": "Partners"},
            "paper": {"kind": "file", "label": "Paper"},
        }
        workspace.change([Change("add", "field", f"deal.{k}", v) for k, v in fields.items()])
        paper = Upload("offer.pdf", "offer.pdf", lambda: nullcontext(io.BytesIO(b"x" * 2000)))
        workspace.set("deal/5", {"partners": "account/2,account/1", "paper": paper})
    return filled


async def test_a_record_tells_titles_numbers_and_sizes(many: str) -> None:
    async with shown(many, record="deal/5") as tui:
        assert "D-0005" in tui.line("Number")
        assert "北京科技有限公司, " in tui.line("Partners")
        assert "offer.pdf (2.0 kB)" in tui.line("Paper")


async def test_links_are_typed_into_a_form_and_the_others_stay(many: str) -> None:
    async with shown(many, record="deal/5") as tui:
        await tui.press("e")
        for _ in range(40):
            focused = tui.app.focused
            if getattr(focused, "value", "") == "account/2,account/1":
                break
            await tui.press("tab")
        await tui.press("ctrl+u")
        await tui.type("account/1")
        await tui.press("ctrl+s")
        assert tui.line("Partners: ") and "offer.pdf" in tui.line("Paper")
    with Workspace.open(many) as workspace:
        values = workspace.record("deal/5").values
    assert values["partners"] == (1,) and values["number"] == "D-0005"
    assert values["paper"].endswith("/offer.pdf")
