"""Full screen for who came through the gateway: no file of the server, and out when told."""

from collections.abc import Iterator

import pytest
from textual.geometry import Size

from crmtui.screens.application import LARGEST
from crmtui.screens.form import FormScreen
from crmtui.screens.widgets.file_control import LocalPath
from crmtui.store.changes import Change
from crmtui.store.errors import Forbidden
from crmtui.store.workspace import Workspace
from tests.screens.showing import Session, shown
from tests.screens.test_form_kinds import to
from tests.support.cli import run
from tests.support.visitors import let_in, serving


@pytest.fixture
def visited(filled: str) -> Iterator[str]:
    """A workspace with records, served to alice, who may do everything."""
    with Workspace.open(filled) as workspace:
        workspace.change([Change("add", "field", "deal.scan", {"kind": "file"})])
        alice = let_in(workspace, "alice", administrator=True)
    with serving(alice):
        yield filled


def said_at_the_end(tui: Session) -> str:
    return " ".join(str(each) for each in tui.app._exit_renderables)


async def test_a_path_in_a_form_is_no_file_of_the_server(visited: str) -> None:
    async with shown(visited) as tui:
        await tui.press("e")
        await to(tui, "scan")
        assert "FIELD=@-" in tui.line("scan")
        for path in ("@/etc/passwd", "@/etc/nothing"):
            await tui.type(path)
            await tui.press("ctrl+s")
            assert "would be a file of the server" in tui.state
            assert isinstance(tui.app.screen, FormScreen)
            await tui.press("ctrl+u")
    with Workspace.open(visited) as workspace:
        assert workspace.record("deal/1").json()["scan"] is None


def test_a_typed_path_is_refused_before_the_home_of_the_server_is_looked_up(visited: str) -> None:
    with pytest.raises(Forbidden) as caught:
        LocalPath("@~/x").upload()
    assert caught.value.facts["path"] == "@~/x"


async def test_a_window_is_drawn_no_larger_than_people_look_at(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.pilot.resize_terminal(4000, 4000)
        await tui.settle()
        assert tui.app.size == tui.app.screen.size == Size(*LARGEST)
        await tui.pilot.resize_terminal(100, 30)
        await tui.settle()
        assert tui.app.size == Size(100, 30)


async def test_the_palette_has_nothing_that_opens_or_writes(visited: str) -> None:
    async with shown(visited) as tui:
        assert list(tui.app.get_system_commands(tui.app.screen)) == []
        await tui.press("colon")
        assert not any(word in tui.text.casefold() for word in ("screenshot", "save", "suspend"))


async def test_ctrl_z_and_a_link_do_nothing_but_tell(visited: str) -> None:
    async with shown(visited) as tui:
        await tui.press("ctrl+z")
        tui.app.action_suspend_process()
        tui.app.open_url("https://example.org/\x1b]52;c;x\x07")
        await tui.settle()
        assert tui.state == "https://example.org/␛]52;c;x␇"


@pytest.mark.parametrize(
    ("words", "code"), [("ssh revoke alice", "revoked-key"), ("user remove alice", "retired-user")]
)
async def test_who_is_let_in_no_more_is_out_within_a_look(
    visited: str, words: str, code: str
) -> None:
    async with shown(visited) as tui:
        assert run("--db", visited, *words.split()).code == 0
        await tui.look()
        assert tui.app.return_code == 4
        assert f"[{code}]" in said_at_the_end(tui)


async def test_and_does_nothing_any_more_before_that(visited: str) -> None:
    async with shown(visited) as tui:
        tui.app._watcher.look = lambda: None  # type: ignore[method-assign]
        assert run("--db", visited, "ssh", "revoke", "alice").code == 0
        for _try in range(2):
            with pytest.raises(Forbidden):
                await tui.app.acts.remove("deal/1")
            with pytest.raises(Forbidden):
                await tui.app.reader.run(lambda workspace: workspace.record("deal/1"))
    assert run("--db", visited, "record", "show", "deal/1").code == 0


async def test_a_fault_of_ours_shows_no_values_of_variables(
    visited: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "not for everybody"
    with pytest.raises(ZeroDivisionError):
        async with shown(visited) as tui:
            app = tui.app

            def fail() -> None:
                about = secret
                raise ZeroDivisionError(len(about))

            app.call_later(fail)
            await tui.settle()
    told = capsys.readouterr().err
    assert "[internal]" in told
    assert secret not in told and "Traceback" not in told
