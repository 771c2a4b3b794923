from __future__ import annotations

import ast
import importlib.util
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from click.testing import CliRunner

from dealmodel import callpath
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.cli import cli
from dealmodel.errors import WorkbookError
from dealmodel.hosts.lite import main_file, workbook
from dealmodel.hosts.lite.bundle import Bundle
from dealmodel.hosts.lite.host import call
from dealmodel.hosts.wizard import describe, describe_arguments
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.stored.parts import add_part, add_relation
from dealmodel.workbook.stored.xmltext import quote_attribute
from tests.support.cases import published_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.catalogue import Entry

ROOT = Path(__file__).parents[2]
PATH = ROOT / "workbooks" / "deal_template.xlsx"
each_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def small_book() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "=DM_SHORTFALL(294,892)"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def settings_of(data: bytes, part: str = "xl/webextensions/webextension1.xml") -> dict[str, str]:
    """Return the settings that an add-in of Office finds in a workbook."""
    root = ET.fromstring(parts_of(data)[part])
    found = {e.get("name", ""): e.get("value", "") for e in root.iter() if e.tag.endswith("}property")}
    return {name: json.loads(value) for name, value in found.items()}


# -- main.py -------------------------------------------------------------------------------------------------

LONELY = """
import json, runpy, sys, types
allowed = set(sys.stdlib_module_names) | {"numpy", "scipy", "pandas", "xlwings", "__main__"}
# What these three look for themselves, and Pyodide may have or not.
allowed |= {"dateutil", "pytz", "six", "tzdata", "pyodide", "bottleneck", "numexpr", "pyarrow", "Cython", "cython"}
class Guard:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed and not name.startswith("_"):
            raise ModuleNotFoundError(f"there is no {name} in the browser")
fake = types.ModuleType("xlwings")
fake.func = lambda f: f
fake.arg = lambda *a, **k: lambda f: f
sys.modules["xlwings"] = fake
sys.meta_path.insert(0, Guard())
main = runpy.run_path(sys.argv[1])
results = [main[name](*arguments) for name, arguments in json.load(sys.stdin)]
json.dump([sys.modules["dealmodel"].__spec__.loader.__class__.__name__, *results], sys.stdout)
"""
"""Runs main.py where NumPy, SciPy and pandas are installed and nothing else, with xlwings' decorators left out."""
OTHERS: list[tuple[str, list[Any]]] = [
    ("DM_SHORTFALL", [[[294.0]], [[892.0], ["#N/A"], [-1.0]]]),
    ("DM_VERSION", []),
    ("DM_WHY", [[["DM_SHORTFALL"]], [[294.0]], [[-1.0]]]),
]


def run_main(folder: Path, calls: list[tuple[str, list[Any]]]) -> list[Any]:
    (folder / "main.py").write_text(main_file.main(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", LONELY, str(folder / "main.py")],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def as_lite_sends(value: Any) -> list[list[Any]] | None:  # noqa: ANN401
    """Spell an argument as xlwings hands it over: rows, errors as texts, None for what is left out."""
    if value is OMITTED or value is None:
        return None
    rows = value if isinstance(value, list) else [[value]]
    return [[str(cell) if isinstance(cell, CellError) else cell for cell in row] for row in rows]


def as_lite_shows(result: Any) -> Any:  # noqa: ANN401
    if isinstance(result, list):
        return [[str(cell) if isinstance(cell, CellError) else cell for cell in row] for row in result]
    return str(result) if isinstance(result, CellError) else result


def default_where_blank(entry: Entry, arguments: list[Any]) -> list[Any]:
    """Lite cannot tell a single blank cell from an argument that is left out; Excel lets none be that is needed."""
    pairs = zip(entry.arguments, arguments, strict=True)
    return [v if v is not None and v is not OMITTED else None if a.default is a.empty else OMITTED for a, v in pairs]


def test_main_needs_only_numpy_scipy_and_pandas_and_gives_what_the_cell_path_gives(tmp_path: Path) -> None:
    wanted = published_calls()
    calls = [(entry.name, [as_lite_sends(v) for v in arguments]) for entry, arguments in wanted]
    loader, *found = run_main(tmp_path, [*OTHERS, *calls])
    assert loader == "Bundle"
    assert found[: len(OTHERS)] == [
        [[598.0], ["#N/A"], ["#NUM!"]],
        main_file.VERSION,
        "fine must be at least 0; got -1",
    ]
    for (entry, arguments), result in zip(wanted, found[len(OTHERS) :], strict=True):
        expected = as_lite_shows(callpath.call(entry, default_where_blank(entry, arguments)))
        assert repr(result) == repr(expected), (entry.name, arguments)


def test_the_module_defines_every_function_with_its_help() -> None:
    tree = ast.parse(main_file.main())
    defined = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("DM_")
    }
    assert list(defined) == list(CATALOGUE)
    for entry in CATALOGUE.values():
        node = defined[entry.name]
        assert ast.get_docstring(node, clean=False) == describe(entry)
        outermost, *arguments = map(ast.unparse, node.decorator_list)
        assert outermost == "func"
        texts = zip(entry.arguments, describe_arguments(entry), strict=True)
        assert arguments == [f"arg({a.name!r}, ndim=2, err_to_str=True, doc={text!r})" for a, text in texts]


def test_the_sources_are_those_of_the_package_and_of_nothing_heavy() -> None:
    found = main_file.sources()
    assert {"dealmodel", "dealmodel.cells", "dealmodel.catalogue", "dealmodel.hosts.lite.host"} <= found.keys()
    imported: set[str] = set()
    for source in found.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported - sys.stdlib_module_names <= {"dealmodel", "numpy", "scipy", "pandas"}


def test_the_module_and_its_settings_fit_into_what_office_keeps() -> None:
    # Office keeps two megabytes of settings for an add-in.
    assert sum(len(json.dumps(text)) for text in workbook.files().values()) < 2_000_000


def test_requirements_pin_what_is_pure_and_leave_pyodide_its_own() -> None:
    lines = [line for line in main_file.requirements().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if "==" in line] == [line for line in lines if line.startswith("xlwings")]
    assert {"numpy", "scipy", "pandas"} <= set(lines)


# -- the bundle ----------------------------------------------------------------------------------------------


@pytest.fixture
def clean() -> Iterator[None]:
    finders = list(sys.meta_path)
    yield
    sys.meta_path[:] = finders
    for name in [n for n in sys.modules if n.split(".")[0] == "bundled"]:
        del sys.modules[name]


@pytest.mark.usefixtures("clean")
def test_a_bundle_is_imported_and_replaced_by_a_newer_one() -> None:
    sources = {"bundled": "from bundled.part import x", "bundled.part": "x = 1"}
    Bundle("bundled", "1.0", sources).install()
    assert importlib.import_module("bundled").x == 1
    assert importlib.metadata.version("bundled") == "1.0"
    Bundle("bundled", "2.0", {**sources, "bundled.part": "x = 2"}).install()
    assert importlib.import_module("bundled").x == 2
    assert importlib.metadata.version("bundled") == "2.0"
    assert importlib.util.find_spec("bundled.nothing") is None
    with pytest.raises(FileNotFoundError):
        importlib.metadata.distribution("bundled").locate_file("x")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("bundled.nothing")


# -- how values arrive ---------------------------------------------------------------------------------------


def test_numbers_truths_texts_and_blanks_arrive_as_such() -> None:
    assert call("DM_SHORTFALL", [[294]], [[892, True, None, "text", object()]]) == [
        [598.0, 0.0, 0.0, "#VALUE!", "#VALUE!"]
    ]


def test_none_is_the_default_where_there_is_one_and_else_a_blank_cell() -> None:
    assert call("DM_STEP_VALUATION", [[1000.0]], None, [[0.5]], None) == 2000.0
    assert call("DM_RECONCILES", [[3150.0]], [[2878.8]], [[3387.1]], None) is True


def test_a_list_of_any_length_is_handed_over() -> None:
    assert call("DM_WHY", [["DM_SHORTFALL"]], [[294.0]], [["#N/A"]]) == "fine holds #N/A"
    assert call("DM_WHY") == "#VALUE!"


# -- the workbook --------------------------------------------------------------------------------------------


def test_the_files_lie_where_lite_keeps_them() -> None:
    data = workbook.write_lite(Package.open(PATH))
    assert settings_of(data) == workbook.files()
    parts = parts_of(data)
    extension = ET.fromstring(parts["xl/webextensions/webextension1.xml"])
    reference = next(e for e in extension if e.tag.endswith("}reference"))
    assert (reference.get("id"), reference.get("storeType")) == ("wa200008175", "OMEX")
    assert b'relationships/webextensiontaskpanes" Target="xl/webextensions/taskpanes.xml"' in parts["_rels/.rels"]
    panes = parts["xl/webextensions/taskpanes.xml"]
    assert b'visibility="1"' in panes
    identity = re.search(rb'r:id="(\w+)"', panes)
    assert identity is not None
    assert b'Id="%b"' % identity[1] in parts["xl/webextensions/_rels/taskpanes.xml.rels"]
    types = parts["[Content_Types].xml"]
    assert (
        b'"/xl/webextensions/taskpanes.xml" ContentType="application/vnd.ms-office.webextensiontaskpanes+xml"' in types
    )
    assert b'"/xl/webextensions/webextension1.xml" ContentType="application/vnd.ms-office.webextension+xml"' in types


def test_formulas_have_lite_s_spelling_and_everything_else_stays() -> None:
    before, after = parts_of(PATH.read_bytes()), parts_of(workbook.write_lite(Package.open(PATH)))
    assert {name.rpartition("/")[0] for name in after.keys() - before.keys()} == {
        "xl/webextensions",
        "xl/webextensions/_rels",
    }
    for name, part in before.items():
        if name not in ("[Content_Types].xml", "_rels/.rels"):
            assert after[name].replace(b"_xldudf_DM_", b"DM_") == part
    model = Model.from_bytes(workbook.write_lite(Package.open(PATH)), "book.xlsx")
    assert dict(model) == dict(Model.open(PATH))


def test_making_it_anew_replaces_the_files_and_keeps_lite_s_own_settings() -> None:
    data = workbook.write_lite(Package(small_book(), "book.xlsx"))
    package = Package(data, "book.xlsx")
    part = "xl/webextensions/webextension1.xml"
    old = package.read(part).replace(
        b"</we:properties>", b'<we:property name="pyodideVersion" value="&quot;0.27.5&quot;"/></we:properties>'
    )
    older = quote_attribute(json.dumps(main_file.FIRST_LINE.replace(main_file.VERSION, "0.0.9"))).encode()
    old = re.sub(rb'name="main.py" value="[^"]*"', b'name="main.py" value=' + older.replace(b"\\", rb"\\"), old)
    package.replace(part, old)
    again = workbook.write_lite(Package(package.to_bytes(), "book.xlsx"))
    assert settings_of(again) == {"pyodideVersion": "0.27.5", **workbook.files()}
    assert parts_of(again).keys() == parts_of(data).keys()


@pytest.mark.parametrize("value", ["&quot;print(1)&quot;", "3", "not JSON"])
def test_a_program_of_someone_else_s_is_not_overwritten(value: str) -> None:
    package = Package(workbook.write_lite(Package(small_book(), "book.xlsx")), "book.xlsx")
    part = "xl/webextensions/webextension1.xml"
    text = re.sub(rb'name="main.py" value="[^"]*"', f'name="main.py" value="{value}"'.encode(), package.read(part))
    package.replace(part, text)
    with pytest.raises(WorkbookError, match="holds a program for xlwings Lite already; take one without"):
        workbook.write_lite(Package(package.to_bytes(), "book.xlsx"))


def test_a_workbook_that_lite_has_seen_without_a_program_is_taken() -> None:
    package = Package(workbook.write_lite(Package(small_book(), "book.xlsx")), "book.xlsx")
    part = "xl/webextensions/webextension1.xml"
    text = re.sub(rb"<we:properties>.*</we:properties>", b"<we:properties/>", package.read(part), flags=re.DOTALL)
    package.replace(part, text.replace(b"wa200008175", b"WA200008175"))
    assert settings_of(workbook.write_lite(Package(package.to_bytes(), "book.xlsx"))) == workbook.files()


def test_the_pane_of_another_addin_stays() -> None:
    package = Package(small_book(), "book.xlsx")
    panes = b'<x:taskpanes xmlns:x="http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11"><x:taskpane/></x:taskpanes>'
    add_part(package, "xl/webextensions/taskpanes.xml", panes, "application/vnd.ms-office.webextensiontaskpanes+xml")
    add_relation(
        package,
        "",
        "http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes",
        "/xl/webextensions/taskpanes.xml",
    )
    other = b'<webextension><reference id="wa104379955" storeType="OMEX"/></webextension>'
    add_part(package, "xl/webextensions/webextension1.xml", other, "application/vnd.ms-office.webextension+xml")
    kind = "http://schemas.microsoft.com/office/2011/relationships/webextension"
    add_relation(package, "xl/webextensions/taskpanes.xml", kind, "webextension1.xml")
    data = workbook.write_lite(Package(package.to_bytes(), "book.xlsx"))
    parts = parts_of(data)
    assert parts["xl/webextensions/webextension1.xml"] == other
    assert parts["xl/webextensions/taskpanes.xml"].count(b"<x:taskpane") == 3
    assert settings_of(data, "xl/webextensions/webextension2.xml") == workbook.files()


@pytest.mark.parametrize(
    ("part", "text", "message"),
    [
        ("xl/webextensions/webextension1.xml", b"</we:properties>", "its settings of xlwings Lite cannot be read"),
        ("xl/webextensions/taskpanes.xml", b"</wetp:taskpanes>", "its task panes do not end"),
    ],
)
def test_damaged_settings_are_refused(part: str, text: bytes, message: str) -> None:
    package = Package(workbook.write_lite(Package(small_book(), "book.xlsx")), "book.xlsx")
    package.replace(
        part,
        package.read(part).replace(text, b"").replace(b"wa200008175", b"wa200008175"[: 11 if b"we:" in text else 5]),
    )
    if b"wetp" in text:
        other = "xl/webextensions/webextension1.xml"
        package.replace(other, package.read(other).replace(b"wa200008175", b"wa1"))
    broken = Package(package.to_bytes(), "book.xlsx")
    with pytest.raises(WorkbookError, match=message):
        workbook.write_lite(broken)


def test_the_command_writes_the_workbook_and_the_files(tmp_path: Path) -> None:
    run = CliRunner().invoke
    source, target, folder = tmp_path / "book.xlsx", tmp_path / "out.xlsx", tmp_path / "lite"
    source.write_bytes(small_book())
    done = run(cli, ["excel", "lite", str(source), "-o", str(target), "--files", str(folder)])
    assert (done.exit_code, len(done.output.splitlines())) == (0, 3)
    assert settings_of(target.read_bytes()) == workbook.files()
    assert {p.name: p.read_text("utf-8") for p in folder.iterdir()} == workbook.files()
    assert run(cli, ["excel", "lite", "--files", str(folder)]).exit_code == 0
    for wrong in ([], [str(source)], ["-o", str(target)], [str(source), "-o", str(tmp_path / "out.xlsm")]):
        assert run(cli, ["excel", "lite", *wrong]).exit_code == 2
