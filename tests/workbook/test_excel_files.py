"""Workbooks that Excel saved: every value that is computed is Excel's own, but for those of the table, with reasons."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dealmodel.workbook.computing.disagreements import volatile_cells
from dealmodel.workbook.model import Model
from tests.support.workbooks import EXCEL_FILES, needs_excel_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SAVED_ON = datetime(2026, 7, 23)  # noqa: DTZ001  cells have no time zone
"""The day on which Excel saved the files whose values depend on it."""


class File(NamedTuple):
    """What is expected of a file."""

    computed: int
    """Cells that are computed, those of arrays included."""
    volatile: int = 0
    """Cells with another value than Excel's since they hang on the clock or on chance."""
    kept: Mapping[str, int] = {}
    """Reasons why cells keep their values, with how many there are."""
    other: Mapping[str, str] = {}
    """Cells with another value than Excel's, and why."""


DEPENDS = "it depends on "
_LAST_DIGITS = "a rate of nothing: both are the error of the search"
FILES = {
    "ClosedXML__functions-excel-2010": File(517),
    "MathNya__aaa": File(33),
    "SheetJS__formula_stress_test": File(
        472,
        volatile=3,
        kept={
            "it asks a pivot table, which Excel alone works out": 1,
            "there is no function INFO here": 1,
            "there is no function JIS here": 1,
            "there is no function PHONETIC here": 1,
            "there is no function YEN here": 1,
            "it refers to itself": 2,
            DEPENDS: 1,
        },
        other={
            "Finance!B12": "a present value of nothing: both are the error of a sum",
            "Text!B20": "Excel on the Mac has characters of its own",
            "Text!B21": "Excel on the Mac has characters of its own",
        },
    ),
    "apache__57181": File(3149),
    "apache__xlookup": File(5),
    "bradbase__use_case_01": File(81),
    "cthurber__Valuation": File(248),
    "dotnet__ExternalLink": File(1),
    "gitaalekhyapaul__Model": File(361),
    "ironcalc__IPMT_PPMT": File(128),
    "ironcalc__IRR": File(
        132,
        other=dict.fromkeys(
            ("General!M4", "General!M8", "'Three Parameters'!D2", "FullRow!Q1", "FullColumn!B23"), _LAST_DIGITS
        ),
    ),
    "ironcalc__MIRR": File(225),
    "ironcalc__XIRR": File(42),
    "ironcalc__event_calendar": File(979, volatile=1),
    "ironcalc__tables": File(212),
    "ironcalc__weekly_timesheet": File(109, volatile=1),
    "jlandgre__Real_Estate_Model": File(38),
    "tafia__pivots": File(22),
}


@needs_excel_files
@pytest.mark.parametrize("path", EXCEL_FILES, ids=lambda path: path.stem)
def test_excel_file_computes_to_what_excel_stored(path: Path) -> None:
    expected = FILES[path.stem]
    model = Model.open(path, SAVED_ON).recalculate()
    computed = model.calculation.values()
    volatile = volatile_cells(model.calculation) & model.changes().keys()
    changed = {str(at) for at in model.changes() if at not in volatile}
    found = File(
        len(computed),
        len(volatile),
        Counter(DEPENDS if kept.reason.startswith(DEPENDS) else kept.reason for kept in model.kept),
        {cell: expected.other.get(cell, "differs") for cell in changed},
    )
    assert found == expected


@needs_excel_files
def test_every_excel_file_is_in_the_table() -> None:
    assert {path.stem for path in EXCEL_FILES} == FILES.keys()
