"""Every function of the catalogue against its published figures, in Python and through cells."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from dealmodel import DealModelError
from dealmodel.callpath import call
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError
from tests.support.cases import FOLDER, Case, columns_of, expected_columns, load_cases
from tests.support.values import (
    as_python,
    as_rows,
    as_sheet,
    assert_cells_equal,
    holds_only_numbers,
    is_plain_number,
)

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry
    from dealmodel.cells import Cells, Scalar

ENTRIES = {entry.function.__name__: entry for entry in CATALOGUE.values()}
EXEMPT = {"version": "its result is the package's own metadata, which its doctest compares"}
LEAST = 3

CASES = [case for name in ENTRIES for case in load_cases(name)]
COMPUTED = [name for name, entry in ENTRIES.items() if not entry.takes_cells]


@pytest.mark.parametrize("name", [name for name in ENTRIES if name not in EXEMPT])
def test_every_function_has_cases(name: str) -> None:
    assert len(load_cases(name)) >= LEAST, f"tests/cases/{name}.csv must hold at least {LEAST} cases"


def test_every_csv_has_its_function() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == ENTRIES.keys() - EXEMPT.keys()


@pytest.mark.parametrize("name", [name for name in ENTRIES if load_cases(name)])
def test_the_columns_are_the_arguments_in_order(name: str) -> None:
    found = columns_of(name)
    assert found == expected_columns(ENTRIES[name], found)


def test_every_case_has_a_source() -> None:
    assert not [str(case) for case in CASES if not case.source]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cells_give_the_expected_value(case: Case) -> None:
    assert_cells_equal(call(ENTRIES[case.function], case.given), case.expected, case.rtol)


@pytest.mark.parametrize("case", [c for c in CASES if c.function in COMPUTED], ids=str)
def test_python_gives_the_expected_value(case: Case) -> None:
    entry = ENTRIES[case.function]
    numeric = [c for p, c in zip(entry.contract.parameters, case.given, strict=False) if not p.is_text]
    if not all(map(holds_only_numbers, numeric)):
        return  # errors and texts are values of cells alone
    values = as_python(entry.contract, case.given)
    if case.expected is CellError.VALUE:
        with pytest.raises(DealModelError):
            entry.function(*values)
        return
    rows = as_rows(case.expected)
    found = as_sheet(entry.contract, entry.function(*values), (len(rows), len(rows[0])))
    assert_cells_equal(found, case.expected, case.rtol)


def scalar_groups(entry: Entry) -> list[list[Case]]:
    """Return the cases of plain numbers that leave out the same arguments: a column can hold them."""
    if entry.takes_cells or entry.contract.cores or entry.contract.result.core:
        return []
    plain = [
        case
        for case in load_cases(entry.function.__name__)
        if all(map(is_plain_number, case.given)) and not isinstance(case.expected, list)
    ]
    plain.sort(key=lambda case: len(case.given))
    return [list(group) for _, group in itertools.groupby(plain, key=lambda case: len(case.given))]


GROUPS = [group for name in COMPUTED for group in scalar_groups(ENTRIES[name])]


def name_of(group: list[Case]) -> str:
    return f"{group[0].function}-{len(group[0].given)}"


def tolerance(group: list[Case]) -> float:
    return max(case.rtol for case in group)


@pytest.mark.parametrize("group", GROUPS, ids=name_of)
def test_cases_in_a_column_give_a_column(group: list[Case]) -> None:
    columns: list[Cells] = [[[cell] for cell in cells] for cells in zip(*(c.given for c in group), strict=True)]
    expected: list[list[Scalar]] = [[case.expected] for case in group]  # type: ignore[list-item]
    assert_cells_equal(call(ENTRIES[group[0].function], columns), expected, tolerance(group))


@pytest.mark.parametrize("group", GROUPS, ids=name_of)
def test_cases_in_a_row_give_a_row(group: list[Case]) -> None:
    rows: list[Cells] = [[list(cells)] for cells in zip(*(c.given for c in group), strict=True)]
    expected: list[list[Scalar]] = [[case.expected for case in group]]  # type: ignore[misc]
    assert_cells_equal(call(ENTRIES[group[0].function], rows), expected, tolerance(group))


@pytest.mark.parametrize("group", GROUPS, ids=name_of)
def test_cases_in_a_grid_give_a_grid(group: list[Case]) -> None:
    def lay_out(cells: list[Scalar]) -> list[list[Scalar]]:
        return [cells, cells[::-1]]

    grids: list[Cells] = [lay_out(list(cells)) for cells in zip(*(c.given for c in group), strict=True)]
    expected = lay_out([case.expected for case in group])  # type: ignore[misc]
    assert_cells_equal(call(ENTRIES[group[0].function], grids), expected, tolerance(group))
