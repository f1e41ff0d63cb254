"""The sample workspace of `crmtui demo`, made by the same command lines a user would type."""

import os

from crmtui.commands._session import Session

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "sample", "maven")


def sample_path() -> str:
    """Where the sample workspace stands: beside the user's own one."""
    from crmtui.store.opened import default_path

    return os.path.join(os.path.dirname(os.path.abspath(default_path())), "demo.db")


def make_sample(path: str, *, fresh: bool) -> None:
    """Make the sample workspace at `path`: Maven Analytics' CRM Sales Opportunities.

    It is made beside it and then put in its place, so that an interrupted demo leaves nothing half.
    """
    draft, path = os.path.abspath(path + ".new"), os.path.abspath(path)
    _clear(draft)
    from crmtui.commands import _errors

    quiet, _errors.state.quiet = _errors.state.quiet, True
    here = os.getcwd()
    session = Session(draft)
    try:
        os.chdir(_FOLDER)
        with open("setup.crm", encoding="utf-8") as script:
            from crmtui.commands.batch import run_lines

            code = run_lines(session, script, "setup.crm")
        if code:
            raise SystemExit(code)
        if fresh:
            for suffix in ("-wal", "-shm"):
                if os.path.exists(path + suffix):
                    os.remove(path + suffix)
        os.replace(draft, path)
    finally:
        os.chdir(here)
        _errors.state.quiet = quiet
        _clear(draft)


def _clear(draft: str) -> None:
    for suffix in ("", "-wal", "-shm", ".lock"):
        if os.path.exists(draft + suffix):
            os.remove(draft + suffix)
