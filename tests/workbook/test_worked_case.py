"""The worked case regenerated: only dependants change, only values change, and every reader sees the same numbers."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest
from openpyxl.formula import Tokenizer
from openpyxl.utils import range_boundaries

import dealmodel
from dealmodel.workbook.address import CellAt, split_sheet
from dealmodel.workbook.model import Model
from tests.support.shares import one_in
from tests.support.workbooks import without_caches

if TYPE_CHECKING:
    from collections.abc import Iterator

CASE = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"


def references(formula: str, sheet: str, names: dict[str, str]) -> Iterator[CellAt]:
    """Every cell a formula refers to, by openpyxl's tokenizer: independent of the engine and of our own."""
    for token in Tokenizer(formula).items:
        if token.type != "OPERAND" or token.subtype != "RANGE":
            continue
        text = names.get(token.value, token.value).replace("$", "")
        there, area = split_sheet(text) or (sheet, text)
        left, top, right, bottom = range_boundaries(area)
        for row in range(int(top or 1), int(bottom or 1) + 1):
            for column in range(int(left or 1), int(right or 1) + 1):
                yield CellAt(there, row, column)


@pytest.fixture(scope="module")
def dependants() -> dict[CellAt, set[CellAt]]:
    """The direct dependants of every cell."""
    book = openpyxl.load_workbook(CASE)
    names = {name: definition.attr_text for name, definition in book.defined_names.items()}
    direct: dict[CellAt, set[CellAt]] = defaultdict(set)
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    for source in references(cell.value, sheet.title, names):
                        direct[source].add(CellAt(sheet.title, cell.row, cell.column))
    return direct


def downstream(at: CellAt, direct: dict[CellAt, set[CellAt]]) -> set[CellAt]:
    found: set[CellAt] = set()
    waiting = [at]
    while waiting:
        for cell in direct.get(waiting.pop(), set()) - found:
            found.add(cell)
            waiting.append(cell)
    return found


def another(value: object, name: str) -> object:
    """Another value that the input's validation takes."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return {"USD": "RMB", "RMB": "USD"}.get(value, "2018 settlement")
    assert isinstance(value, float)
    if name in ("first_year", "instalments"):
        return value + 1
    return value * 0.99 if value else 0.01


# The reporting currency has one choice only.
@pytest.mark.parametrize(
    "name", one_in(4, (name for name in dealmodel.open(CASE).inputs if name != "reporting_currency"))
)
def test_setting_an_input_changes_its_dependants_and_nothing_else(
    name: str, dependants: dict[CellAt, set[CellAt]]
) -> None:
    model = Model.open(CASE)
    at = model.set(name, another(model[name], name))
    changed = set(model.recalculate().changes())
    assert changed <= downstream(at, dependants)
    if name != "tolerance":
        live = model.vocabulary.find(name)
        assert at == live or live in changed


def test_only_values_differ_in_the_file(tmp_path: Path) -> None:
    model = dealmodel.open(CASE)
    model["scenario"] = "As filed"
    model["price"] = 1300
    out = model.save(tmp_path / "out.xlsx")
    with zipfile.ZipFile(CASE) as before, zipfile.ZipFile(out) as after:
        assert before.namelist() == after.namelist()
        for name in before.namelist():
            old, new = before.read(name), after.read(name)
            if name.startswith("xl/worksheets/sheet"):
                assert without_values(old) == without_values(new)
            else:
                # Charts follow the cells that they show.
                assert without_caches(old) == without_caches(new)
    assert model.to_bytes() == out.read_bytes()


def without_values(sheet: bytes) -> bytes:
    return re.sub(rb"<v>[^<]*</v>|<is>.*?</is>|(?<=\") t=\"\w+\"", b"", sheet)


def test_two_runs_give_the_same_bytes() -> None:
    def run() -> bytes:
        model = dealmodel.open(CASE)
        model["price[Deal fails]"] = 250
        return model.to_bytes()

    assert run() == run()


def test_openpyxl_and_pandas_read_what_the_functions_give(tmp_path: Path) -> None:
    model = dealmodel.open(CASE)
    model["price"] = 310
    model["stake_after"] = 0.8
    out = model.save(tmp_path / "out.xlsx")
    expected = {
        "implied_value": dealmodel.implied_valuation(310, 1.0),
        "step_value": dealmodel.step_valuation(1000, 0.51, 0.8),
        "step_value_low": dealmodel.valuation_range(1000, 0.51, 0.8, 0, 50, 0.005)[0],
        "net_proceeds": dealmodel.net_proceeds(310, 100, 0.25, 5, 0, 0),
        "shortfall_before_tax": dealmodel.shortfall(310, 892),
        "offset_ratio_before_tax": dealmodel.offset_ratio(310, 892),
        "others_dilution": dealmodel.dilution(0.49, 0.2),
    }
    book = openpyxl.load_workbook(out, data_only=True)
    frames = pd.read_excel(out, sheet_name=None, header=None)
    for name, value in expected.items():
        at = model.vocabulary.find(name)
        assert book[at.sheet].cell(at.row, at.column).value == pytest.approx(value, rel=1e-13)
        assert frames[at.sheet].iloc[at.row - 1, at.column - 1] == pytest.approx(value, rel=1e-13)


@pytest.mark.libreoffice
def test_libreoffice_shows_the_same_values(tmp_path: Path) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    model = dealmodel.open(CASE)
    model["scenario"] = "2018 settlement"
    out = model.save(tmp_path / "out.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "lo"), str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    ours = openpyxl.load_workbook(io.BytesIO(out.read_bytes()), data_only=True)
    theirs = openpyxl.load_workbook(tmp_path / "lo" / "out.xlsx", data_only=True)
    for sheet in ours:
        for cells in sheet.iter_rows():
            for cell in cells:
                shown = theirs[sheet.title][cell.coordinate].value
                if isinstance(cell.value, (int, float)):
                    assert float(shown) == pytest.approx(float(cell.value), rel=1e-12, abs=1e-15), (
                        f"{sheet.title}!{cell.coordinate}"
                    )
                else:
                    assert (shown or None) == (cell.value or None), f"{sheet.title}!{cell.coordinate}"
