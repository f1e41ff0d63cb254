"""The application around the screens: how it begins, its keys, and what it never does."""

import os
import re
import subprocess
import sys

import pytest

from crmtui.app import run, settle_environment
from crmtui.screens.base import CrmScreen
from crmtui.screens.form import FormScreen
from crmtui.screens.help import HelpScreen
from crmtui.screens.workspace import WorkspaceScreen
from crmtui.store.errors import Misused, NotFound
from tests.screens.showing import shown
from tests.screens.terminal import Terminal, plain


def test_without_a_terminal_it_says_so(filled: str) -> None:
    with pytest.raises(Misused) as refused:
        run(filled)
    assert refused.value.code == "no-terminal"


def test_a_dumb_terminal_is_refused(filled: str) -> None:
    with Terminal(filled, None, False, None, TERM="dumb") as terminal:
        terminal.quiet(3)
        assert b"this terminal cannot show full screen (TERM=dumb)" in terminal.all
        assert b"\x1b[?1049h" not in terminal.all


def test_textual_is_loaded_only_after_the_environment_is_settled() -> None:
    code = "import crmtui.app, sys; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "full")
    monkeypatch.delenv("TEXTUAL_THEME", raising=False)
    monkeypatch.setenv("SSH_CONNECTION", "x")
    settle_environment()
    assert os.environ["TEXTUAL_ANIMATIONS"] == "full" and os.environ["TEXTUAL_THEME"] == "ansi-dark"


def test_no_color_means_no_colour(filled: str) -> None:
    with Terminal(filled, "deal", True, None, NO_COLOR="1", COLORTERM="truecolor") as terminal:
        terminal.until("stage 1/4")
        for keys in ("j", "l", "e", "\t", "\x1b"):
            terminal.type(keys)
            terminal.quiet(0.3)
        asked = {
            code
            for codes in re.findall(rb"\x1b\[([\d;]*)m", terminal.all)
            for code in codes.split(b";")
        }
        # 39 and 49 are the terminal's own colours; bold, dim, underlined and reverse tell the rest.
        assert asked <= {b"", b"0", b"1", b"2", b"4", b"7", b"39", b"49"} and b"7" in asked


def test_leaving_restores_the_terminal(filled: str) -> None:
    with Terminal(filled, "deal", False, None) as terminal:
        terminal.until("1/6")
        terminal.type("q")
        assert b"\x1b[?1049l" in terminal.until("", 1)


def test_ctrl_c_says_how_to_leave(filled: str) -> None:
    with Terminal(filled, "deal", False, None) as terminal:
        terminal.until("1/6")
        terminal.type("\x03")
        assert b"ctrl+q leaves" in plain(terminal.until("ctrl+q"))


async def test_it_begins_where_it_is_told_to(filled: str) -> None:
    async with shown(filled, "account") as tui:
        assert tui.line("Acme")
    async with shown(filled, "deal", board=True) as tui:
        assert tui.state.startswith("stage 1/4")
    async with shown(filled, None, record="deal/5") as tui:
        assert tui.lines[0] == " Deal  deal/5  Deal 5"
        await tui.press("escape")
        assert tui.lines[0] == " Account 2  Deal 6" and tui.line("Deal 5")
    with pytest.raises(NotFound):
        async with shown(filled, None, record="deal/99"):
            pass


async def test_the_help_tells_every_key_and_does_what_is_chosen(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("question_mark")
        assert isinstance(tui.app.screen, HelpScreen)
        assert tui.line("a  n").split()[1:4] == ["a", "n", "Add"]
        await tui.press("escape")
        assert isinstance(tui.app.screen, WorkspaceScreen)
        await tui.press("f1", "G", "k", "enter")


async def test_every_binding_can_be_given_other_keys(filled: str) -> None:
    async with shown(filled) as tui:
        for _key, binding in [
            *tui.app._bindings,
            *tui.app.screen._bindings,
            *tui.app.screen.focused._bindings,
        ]:
            textuals_own = binding.action.startswith(("app.focus", "screen.", "help_quit"))
            assert binding.id or textuals_own, binding


async def test_commands_are_found_by_typing(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("colon")
        await tui.type("board of")
        await tui.press("enter")
        assert tui.state.startswith("stage 1/4")
        await tui.press("ctrl+p")
        await tui.type("new acc")
        await tui.press("enter")
        assert isinstance(tui.app.screen, FormScreen) and tui.lines[0] == " New Account"
        await tui.press("escape", "colon")
        await tui.type("colours own")
        await tui.press("enter")
        assert tui.app.theme == "ansi-dark"
        await tui.press("colon")
        await tui.type("screenshot")
        assert "creenshot" not in tui.text.replace("screenshot", "")


async def test_keys_that_a_focused_line_would_type_are_not_told(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("slash")
        assert tui.lines[23].startswith(" enter Apply  esc Leave  f1 Keys  ^p Commands")
        await tui.press("escape")
        assert tui.lines[23].startswith(" enter Open")


async def test_a_new_record_is_under_the_cursor(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("a")
        await tui.type("Fresh")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, WorkspaceScreen)
        assert tui.app.screen.current is not None and tui.app.screen.current.ref == "deal/7"


async def test_nothing_opens_a_program_or_writes_a_file(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import webbrowser

    monkeypatch.setattr(webbrowser, "open", lambda *_a, **_k: pytest.fail("a browser was opened"))
    async with shown(filled) as tui:
        tui.app.open_url("https://example.org")
        tui.app.deliver_screenshot()
        tui.app.deliver_text("x")
        tui.app.deliver_binary("x")


async def test_focus_repaints_two_widgets_and_text_cannot_be_selected(filled: str) -> None:
    # Textual's own repaints the screen at each focus change, and drags a selection over it.
    assert not CrmScreen.focused._repaint
    async with shown(filled) as tui:
        assert not tui.app.ALLOW_SELECT and not tui.app.screen.allow_select


async def test_a_refusal_is_one_line(filled: str) -> None:
    from crmtui.store.workspace import Workspace

    async with shown(filled) as tui:
        await tui.press("m")
        with Workspace.open(filled) as other:
            other.remove("deal/1")
        await tui.press("1")
        assert tui.state.startswith("deal/1 was removed meanwhile by ")


async def test_clicks(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.pilot.click("#grid", offset=(5, 3))
        await tui.settle()
        assert tui.state == "3/6"
        await tui.pilot.click("#strip", offset=(3, 0))
        await tui.settle()
        assert tui.line("Acme")
        await tui.pilot.click("#keys", offset=(16, 0))
        await tui.settle()
        assert tui.lines[0] == " New Account"
