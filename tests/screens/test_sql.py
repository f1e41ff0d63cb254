"""The screen of questions in SQL."""

from crmtui.screens.sql import MOST, SqlScreen
from crmtui.screens.widgets.answer_grid import AnswerGrid
from crmtui.store.workspace import Workspace
from tests.screens.showing import Session, shown
from tests.screens.terminal import Terminal

ENDLESS = "with recursive t (n) as (select 1 union all select n + 1 from t)"


async def ask(tui: Session, sql: str) -> None:
    """Type another question and ask it."""
    screen = tui.app.screen
    assert isinstance(screen, SqlScreen)
    screen.query_one("#question").text = sql
    await tui.press("ctrl+r")


async def test_it_opens_with_what_can_be_asked(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        assert tui.lines[0] == " SQL over what you may read"
        assert tui.line("deal  ").split()[:4] == ["deal", "id,", "ref,", "stage,"]
        assert "^r Ask" in tui.lines[-1] and "esc Cancel, back" in tui.lines[-1]
        await tui.press("escape")
        assert tui.line("Deal 5")


async def test_the_palette_opens_it_too(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press(":")
        await tui.type("sql")
        await tui.press("enter")
        assert isinstance(tui.app.screen, SqlScreen)


async def test_a_question_is_typed_and_its_answer_stands_below(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        await tui.type("select 1")
        await tui.press("ctrl+r")
        assert tui.line(" 1") and tui.state == "1/1"
        await ask(tui, "select stage, sum(amount) from deal group by stage")
        grid = tui.app.screen.query_one(AnswerGrid)
        at = grid.region.y
        assert tui.lines[at : at + 4] == [
            " stage  sum(amount)",
            " lead         10002",
            " offer       5000.5",
            " won         6000.5",
        ]
        assert tui.state == "1/3"
        await tui.press("tab", "G")
        assert tui.state == "3/3"


async def test_enter_opens_the_record_of_a_row_that_has_its_reference(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        await ask(tui, "select name, ref from deal order by amount desc")
        await tui.press("tab", "j", "enter")
        assert tui.lines[0] == " Deal  deal/5  Deal 5"
        await tui.press("escape")
        assert isinstance(tui.app.screen, SqlScreen)


async def test_what_is_wrong_is_said_in_one_line_and_the_answer_before_stays(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        await ask(tui, "select name from deal")
        await ask(tui, "select nope from deal")
        assert tui.state == "SQLite cannot run this: no such column: nope"
        assert tui.line("Deal 5")


async def test_the_question_is_there_when_one_comes_back(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        await ask(tui, "select 42")
        await tui.press("escape", "Q")
        assert tui.line("select 42")


async def test_only_so_many_rows_are_kept(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        await ask(tui, f"{ENDLESS} select n, 'row ' || n as text from t")
        assert tui.state == f"only the first {MOST:,} rows"
        await tui.press("tab", "G")
        assert tui.line(f"{MOST}  row {MOST}")
        await tui.press("pageup", "g")
        assert tui.line("1  row 1")


async def test_no_more_is_kept_than_fits(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        await ask(tui, f"{ENDLESS} select n, hex(zeroblob(500000)) from t")
        assert tui.state == "only the first 17 rows"


async def test_many_columns_are_passed_by_the_arrows(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        await ask(tui, "select * from deal")
        await tui.press("tab")
        assert "ref" in tui.line(" id ") and not tui.line("updated_at")
        await tui.press(*["l"] * 5)
        assert "account" in tui.line("<id") and "ref" not in tui.line("<id")
        await tui.press(*["h"] * 5)
        assert "ref" in tui.line(" id ")


async def test_escape_ends_a_question_and_keys_are_not_held_up_by_one(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        screen = tui.app.screen
        screen.query_one("#question").text = f"{ENDLESS} select max(n) from t"
        await tui.pilot.press("ctrl+r")
        while screen._answer is None or screen._answer._process is None:
            await tui.pilot.pause(0.01)
        assert tui.state == "asking…"
        await tui.press("escape")
        assert isinstance(tui.app.screen, SqlScreen)
        assert tui.state == "the question was cancelled"
        await tui.press("escape")
        assert not isinstance(tui.app.screen, SqlScreen)


async def test_leaving_ends_a_question(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("Q")
        screen = tui.app.screen
        screen.query_one("#question").text = f"{ENDLESS} select max(n) from t"
        await tui.pilot.press("ctrl+r")
        while screen._answer is None or screen._answer._process is None:
            await tui.pilot.pause(0.01)
        process = screen._answer._process
        tui.app.pop_screen()
        await tui.settle()
        assert process._status is not None


async def test_text_of_records_and_of_the_question_is_safe(filled: str) -> None:
    with Workspace.open(filled) as workspace:
        workspace.set("deal/1", {"notes": "[@click=app.quit]x[/] \t[/]"})
    async with shown(filled) as tui:
        await tui.press("Q")
        await ask(tui, "select notes, char(27) || ']0;t' as \"a[/]\x1bb\" from deal where id = 1")
        assert tui.line("[@click=app.quit]x[/]")
        assert "␛]0;t" in tui.text and "a[/]␛b" in tui.text
        assert "\x1b" not in tui.text


def test_on_a_terminal_the_child_disturbs_nothing(filled: str) -> None:
    with Terminal(filled, "deal", False, None) as terminal:
        terminal.until("Deal 6")
        terminal.type("Q")
        terminal.until("created_at")
        terminal.type("select 41 + 100 as sum\x12")
        terminal.until("141")
        terminal.type("\x15")
        terminal.quiet()
        terminal.type(f"{ENDLESS} select max(n) from t\x12")
        terminal.until("asking")
        terminal.type("\x1b")
        terminal.until("cancelled")
        terminal.type("\x1b")
        terminal.until("Deal 6")
