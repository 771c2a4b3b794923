"""What may import what: functions stay pure, and importing the package stays cheap."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dealmodel
from tests.support.models import write_model

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(dealmodel.__file__).parent
FUNCTIONS = sorted((PACKAGE / "functions").glob("*.py"))
HEAVY = ("click", "formualizer", "openpyxl", "pandas", "rich", "scipy", "xlwings")
"""What costs from 50 to 700 ms to import, or is not there in every host."""

ALLOWED = {
    "errors": (),
    "cells": (),
    "domain": (),
    "pieces": (),
    "wording": (),
    "signature": ("cells", "domain", "errors"),
    "contract": ("cells", "domain", "errors", "pieces", "signature", "wording"),
    "helptext": (),
    "callpath": ("cells", "domain", "errors"),
    "explain": ("cells", "errors"),
    "catalogue": ("errors",),
}
"""Modules of ours that each module of the catalogue's machinery may import when it is imported itself."""


def imports(path: Path) -> Iterator[str]:
    """Give the modules that a file imports when it is imported: neither in a function nor for types alone."""
    yield from _imports(ast.parse(path.read_text(encoding="utf-8")))


def _imports(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from _imported_from(child)
        elif not isinstance(child, (ast.FunctionDef, ast.Lambda)) and not _is_for_types(child):
            yield from _imports(child)


def _imported_from(node: ast.ImportFrom) -> list[str]:
    assert node.level == 0, "imports are absolute"
    module = node.module or ""
    # `from dealmodel import explain` imports dealmodel.explain.
    return [f"{module}.{alias.name}" for alias in node.names] if module == "dealmodel" else [module]


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def ours(path: Path) -> set[str]:
    """Return the modules of ours that a file imports, without the package's name."""
    return {name.removeprefix("dealmodel.") for name in imports(path) if name.split(".")[0] == "dealmodel"}


@pytest.mark.parametrize("module", ALLOWED)
def test_arrows_between_modules_run_one_way(module: str) -> None:
    found = {name.split(".")[0] for name in ours(PACKAGE / f"{module}.py")}
    assert found <= set(ALLOWED[module])


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.stem)
def test_functions_import_their_contract_numpy_and_scipy_alone(path: Path) -> None:
    for name in ours(path):
        assert name in {"contract", "domain", "errors"} or name.startswith("functions.")
    others = {name.split(".")[0] for name in imports(path)} - {"dealmodel"} - sys.stdlib_module_names
    assert others <= {"numpy", "scipy"}


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.stem)
def test_functions_read_no_files_clocks_or_logs(path: Path) -> None:
    forbidden = {"datetime", "io", "logging", "os", "pathlib", "random", "socket", "subprocess", "time", "urllib"}
    assert not forbidden & {name.split(".")[0] for name in imports(path)}


def loaded_after(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    # Isolated from the user's own site, so that nothing but the statement loads a module.
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent), "PYTHONNOUSERSITE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


EVERY_FUNCTION = ", ".join(f"dealmodel.functions.{path.stem}" for path in FUNCTIONS if path.stem != "__init__")


@pytest.mark.parametrize(
    "statement", ["import dealmodel", "import dealmodel.catalogue, dealmodel.cells", f"import {EVERY_FUNCTION}"]
)
def test_importing_the_functions_loads_nothing_heavy(statement: str) -> None:
    loaded = {name.split(".")[0] for name in loaded_after(statement)}
    assert loaded & set(HEAVY) == set()


@pytest.mark.parametrize("statement", ["import dealmodel", "import dealmodel.catalogue, dealmodel.cells"])
def test_naming_the_functions_loads_no_numpy(statement: str) -> None:
    loaded = loaded_after(statement)
    assert not {name for name in loaded if name.startswith(("numpy", "dealmodel.functions."))}


def test_regenerating_formulas_of_excels_own_loads_the_engine_and_nothing_else_that_is_heavy(tmp_path: Path) -> None:
    book, out = tmp_path / "model.xlsx", tmp_path / "out.xlsx"
    write_model(book, months=2)
    # In this process, whose modules are told: the command itself goes on in another one.
    plain = "from dealmodel import console, start\nconsole.guard = lambda: None\n"
    run = f"sys.argv = ['dealmodel', 'regenerate', {str(book)!r}, '-o', {str(out)!r}]\n"
    loaded = loaded_after(f"{plain}{run}try:\n    start.main()\nexcept SystemExit:\n    pass")
    assert out.exists()
    assert {name.split(".")[0] for name in loaded} & {*HEAVY, "numpy"} == {"formualizer"}
    # What click brings, and what this computation does not need.
    assert not loaded & {"dealmodel.cli", "difflib", "inspect", "locale", "tokenize", "uuid"}
    assert not {name for name in loaded if name.startswith("dealmodel.commands")}


@pytest.mark.parametrize("option", ["--strict", "--check"])
def test_regenerating_otherwise_loads_click_and_that_command_alone(option: str, tmp_path: Path) -> None:
    book = tmp_path / "model.xlsx"
    write_model(book, months=2)
    run = f"main(['regenerate', {str(book)!r}, {option!r}])"
    loaded = loaded_after(f"from dealmodel.cli import main\ntry:\n    {run}\nexcept SystemExit:\n    pass")
    assert {name.split(".")[0] for name in loaded} & {*HEAVY, "numpy"} == {"click", "formualizer"}
    assert {name for name in loaded if name.startswith("dealmodel.commands.")} == {
        "dealmodel.commands.regenerate",
        "dealmodel.commands.shared",
    }


def test_a_function_is_loaded_when_it_is_first_asked_for() -> None:
    loaded = loaded_after("import dealmodel; dealmodel.shortfall(294.0, 892.0)")
    assert {"numpy", "dealmodel.functions.obligations"} <= loaded
    assert "dealmodel.functions.valuation" not in loaded


def test_the_guard_sees_what_it_guards_against() -> None:
    assert "openpyxl" in loaded_after("import openpyxl")
    lines = ["import os", "if TYPE_CHECKING:", "    import a", "try:", "    import b", "except E:", "    import c"]
    assert list(_imports(ast.parse("\n".join(lines)))) == ["os", "b", "c"]
    assert list(_imports(ast.parse("from dealmodel import a, b\ndef f():\n    import c"))) == [
        "dealmodel.a",
        "dealmodel.b",
    ]


LAYERS = {
    "simulation.compiler.careful": ("simulation.compiler.careful",),
    "simulation.compiler.binding": ("simulation.compiler.binding", "simulation.compiler.careful"),
    "simulation.compiler.quick": ("simulation.compiler.quick", "simulation.compiler.careful"),
    "simulation.sampling": ("simulation.sampling",),
    "simulation.statistics": ("simulation.statistics",),
    "simulation.results": ("simulation.results", "simulation.statistics", "simulation.sampling"),
    "simulation.running": (
        *("simulation.running", "simulation.results", "simulation.statistics", "simulation.sampling"),
    ),
    "workbook.stored": ("workbook.stored",),
    "workbook.spelling": ("workbook.spelling", "workbook.stored"),
    "workbook.computing": ("workbook.computing", "workbook.spelling", "workbook.stored"),
}
"""Folders, each with those beside it that its modules may import: their own, and those below."""


@pytest.mark.parametrize("folder", LAYERS)
def test_folders_know_those_below(folder: str) -> None:
    for path in PACKAGE.joinpath(*folder.split(".")).rglob("*.py"):
        found = {name.rpartition(".")[0] for name in ours(path)}
        beside = [layer for layer in LAYERS if layer.rpartition(".")[0] == folder.rpartition(".")[0]]
        layers = {layer for layer in beside for name in found if f"{name}.".startswith(f"{layer}.")}
        assert layers <= set(LAYERS[folder]), path


@pytest.mark.parametrize("folder", [folder for folder in LAYERS if folder.startswith("workbook")])
def test_no_folder_of_a_workbook_knows_the_whole_of_it(folder: str) -> None:
    whole = {"workbook.book", "workbook.model"}
    for path in PACKAGE.joinpath(*folder.split(".")).rglob("*.py"):
        assert not whole & ours(path), path
