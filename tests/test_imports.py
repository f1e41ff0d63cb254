"""What loads what: rooms know only the rooms below them, and a short command loads little."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "crmtui"

FACES = ("click", "textual", "rich", "tabulate")
SLOW = (
    "babel",
    "csv",
    "dateutil",
    "decimal",
    "email_validator",
    "idna",
    "importlib.metadata",
    "logging",
    "phonenumbers",
    "rich",
    "sqlite_utils",
    "tabulate",
    "textual",
    "yaml",
)
"""What a command that reads or writes one record has no use for."""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def below(*rooms: str) -> list[str]:
    """The modules of some rooms."""
    return [name for name in MODULES if name.startswith(tuple(f"crmtui.{room}." for room in rooms))]


def imported(name: str, *, everywhere: bool) -> set[str]:
    """What a module imports: at its top, or also in its functions; not what is for types alone."""
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(MODULES[name].read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not everywhere:
            continue
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            # `from crmtui.store import access` names a module, too.
            inner = {f"{node.module}.{each.name}" for each in node.names}
            ours = {each for each in inner if each in MODULES}
            found |= ours if ours == inner else {*ours, str(node.module)}
        nodes.extend(ast.iter_child_nodes(node))
    return found


def of(packages: tuple[str, ...], names: set[str]) -> set[str]:
    """Those of `names` that belong to one of the packages."""
    return {name for name in names if any(f"{name}.".startswith(f"{p}.") for p in packages)}


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("imports") / "crm.db"
    lines = (
        "type add account",
        "field add account.name --required --unique --title",
        "type add deal",
        "field add deal.name --required --unique --title",
        "field add deal.account --kind link --to account",
        "field add deal.value --kind money --currency USD --min 0",
        "field add deal.closes --kind date",
        "field add deal.tags --kind tags",
        "field add deal.tel --kind phone --region CN",
        "field add deal.mail --kind email",
        "field add deal.site --kind url",
        "field add deal.home --kind address",
        "field add deal.share --kind percent",
        "field add deal.lasts --kind duration",
        "field add deal.owner --kind user --default me",
        "stage add deal lead won",
        "record add account name=Acme",
        "record add deal name=One account=Acme value=12.50 closes=2026-12-31 tags=a,b"
        " tel=13812345678 mail=a@example.com site=http://例子.中国 home.country=CN"
        " share=5 lasts=5m",
    )
    subprocess.run(
        [sys.executable, "-m", "crmtui", "--db", path, "batch", "-"],
        input="\n".join(lines).encode(),
        check=True,
        cwd=ROOT,
    )
    return path


def loaded_by(workspace: Path, *words: str) -> set[str]:
    """The modules that a command has loaded when it is done, its output in a pipe."""
    code = (
        "import sys\n"
        "from crmtui.cli import run\n"
        f"code = run({list(words)!r})\n"
        "print()\n"
        "print(code, *sys.modules)\n"
    )
    last = python(code, CRMTUI_DB=str(workspace), LANG="C.UTF-8").splitlines()[-1].split()
    assert last[0] == "0"
    return set(last[1:])


@pytest.mark.parametrize(
    "words",
    [
        "record list deal",
        "record list deal --where value>1 --sort -value --limit 5",
        "record show deal/1",
        "record set deal/1 value=13.75 closes=2027-01-31",
        "record move deal/1 won",
    ],
)
def test_a_record_verb_in_a_pipe_loads_nothing_it_has_no_use_for(
    workspace: Path, words: str
) -> None:
    assert of(SLOW, loaded_by(workspace, *words.split())) == set()


@pytest.mark.parametrize(
    "words", ["type list", "type show deal", "field list deal", "stage set deal.lead --label Lead"]
)
def test_a_verb_of_the_configuration_loads_no_table_and_no_screen(
    workspace: Path, words: str
) -> None:
    assert of((*FACES[1:], "sqlite_utils", "yaml"), loaded_by(workspace, *words.split())) == set()


def test_help_loads_no_store(workspace: Path) -> None:
    assert of(("crmtui.store",), loaded_by(workspace, "--help")) == set()


def test_no_command_but_those_of_the_full_screen_loads_textual(workspace: Path) -> None:
    code = (
        "import sys, pkgutil, importlib, crmtui.commands, crmtui.cli\n"
        "for each in pkgutil.iter_modules(crmtui.commands.__path__):\n"
        "    importlib.import_module('crmtui.commands.' + each.name)\n"
        "print(*sys.modules)\n"
    )
    assert (
        of(("textual", "rich", "crmtui.screens", "crmtui.app"), set(python(code).split())) == set()
    )


@pytest.mark.parametrize("name", below("store", "model"))
def test_store_and_model_load_no_face(name: str) -> None:
    loaded = set(python(f"import sys, {name}\nprint(*sys.modules)").split())
    assert of((*FACES, "crmtui.commands", "crmtui.screens", "crmtui.cli"), loaded) == set()


@pytest.mark.parametrize("name", below("store", "model"))
def test_store_and_model_name_no_face_in_any_function(name: str) -> None:
    names = imported(name, everywhere=True)
    forbidden = (*FACES, "crmtui.commands", "crmtui.screens", "crmtui.cli", "crmtui.app")
    assert of((*forbidden, "crmtui.i18n", "crmtui.terminal"), names) == set()


@pytest.mark.parametrize("name", below("model"))
def test_model_knows_no_store(name: str) -> None:
    names = imported(name, everywhere=True)
    assert of(("crmtui.store", "sqlite3", "sqlite_utils"), names) == set()


@pytest.mark.parametrize("name", below("commands"))
def test_commands_know_no_screen_and_no_sql(name: str) -> None:
    names = imported(name, everywhere=True)
    assert of(("textual", "rich", "crmtui.screens", "sqlite3", "sqlite_utils"), names) == set()


@pytest.mark.parametrize("name", below("screens"))
def test_screens_know_no_command_and_no_sql(name: str) -> None:
    names = imported(name, everywhere=True)
    assert of(("crmtui.commands", "crmtui.cli", "click", "sqlite3", "sqlite_utils"), names) == set()


@pytest.mark.parametrize("room", ["store", "model", "commands", "screens"])
def test_the_storeys_of_a_room_have_no_circle(room: str) -> None:
    names = set(below(room))
    graph = {name: imported(name, everywhere=False) & names for name in names}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


STOREYS = (
    "errors remote public_keys uploads rows dates kinds database migrations tokens joins"
    " link_tables expressions functions encoding columnwise import_options values users",
    "catalog tables journal attachments",
    "access process query computed soundness links link_columns file_columns autonumbers mapping"
    " part_columns layouts layout_words suggestions behaviour rules uniqueness references"
    " conversion masks permission_words policy visible permitted_history guard rights"
    " permitted_import permission_notes matrix roles_seen sharing permission_names grants"
    " conditions",
    "people_nouns permission_nouns records stage_nouns field_nouns option_nouns nouns changes"
    " permission_changes handing_over explaining"
    " configuration spec spec.shapes spec.in_use spec.naming spec.reading documents"
    " spec.nodes spec.yaml_text spec.writing spec.comparing spec.merging spec.patching"
    " spec.rewriting spec.placing spec.schema copying history looking_back refusals undo sights"
    " effects drift applying"
    " privacy.subjects privacy.values privacy.finding privacy.past privacy.contents"
    " privacy.erasing privacy.occurrences privacy.exporting privacy.remembering privacy.requests"
    " packs.files packs.names packs.memory packs.scene packs.merging packs.installing"
    " delimited json_rows reading transfer three_way clash sql.limits sql.failures sql.shapes"
    " sql.answers sql.exact_sums sql.functions sql.confinement sql.child sql.process"
    " sql.asking ssh_keys",
    "opened seeing designing workspace",
)


def stairs() -> Iterator[tuple[str, str]]:
    """Pairs of modules of the store of which the first may not know the second."""
    storeys = [{f"crmtui.store.{name}" for name in storey.split()} for storey in STOREYS]
    for number, storey in enumerate(storeys):
        for higher in storeys[number + 1 :]:
            yield from ((low, high) for low in sorted(storey) for high in sorted(higher))


def test_no_storey_of_the_store_knows_a_higher_one() -> None:
    known = {name: imported(name, everywhere=False) for name in below("store")}
    assert [(low, high) for low, high in stairs() if high in known.get(low, ())] == []
