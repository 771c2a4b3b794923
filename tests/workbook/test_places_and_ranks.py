"""Numbers that are nearly whole, or are not, where a place, a rank or a part of a date is asked for.

What Excel 16 gave is from the probes in oneiron-dev's formualizer, engine/tests: whole_number_probes.rs,
legacy_distribution_probes.rs and excel_context_probes.rs.
"""

from __future__ import annotations

import pytest

from dealmodel.cells import CellError
from dealmodel.workbook.model import Model
from tests.support.workbooks import computed, one_sheet, saved

LIST = {"A1": 1.0, "A2": 2.0, "A3": 3.0, "B1": 10.0, "B2": 20.0}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("ROW(INDEX(A1:A3,2-1E-7))", 2.0),
        ("ROW(INDEX(A1:A3,2-3E-7))", 1.0),
        ("INDEX({10;20;30},2-1E-7)", 20.0),
        ("INDEX({10;20;30},-0.5)", CellError.VALUE),
        ("SUM(INDEX(A1:B3,0,2-1E-7))", 30.0),
        ("SUM(A1:INDEX(A1:A3,3-1E-7))", 6.0),
        ("VLOOKUP(1,A1:B3,2-1E-7,FALSE)", 10.0),
        ("VLOOKUP(1,A1:B3,2-3E-7,FALSE)", 1.0),
        ("VLOOKUP(1,A1:B3,2.6,FALSE)", 10.0),
        ("DATE(2026-1E-7,1,1)", 46023.0),
        ("DATE(2026-3E-7,1,1)", 45658.0),
        ("DATE(2026,1,2-1E-7)", 46024.0),
        ("DATE(2026,-0.5,1)", 45962.0),
        ("DATE(2026,-1E-9,1)", 45992.0),
        ("ADDRESS(1,2-1E-7)", "$B$1"),
        ("ADDRESS(1,1,2-1E-7)", "A$1"),
        ("ROWS(_xlfn.SEQUENCE(2-1E-7))", 2.0),
        ("ROWS(_xlfn.SEQUENCE(2-3E-7))", 1.0),
        ('LEFT("abcd",2-1E-7)', "ab"),
        ('LEFT("abcd",-0.5)', CellError.VALUE),
        ('RIGHT("abcd",2.6)', "cd"),
        # Others cut off what stands after the point.
        ('MID("abc",2-1E-7,1)', "a"),
        ('CHOOSE(2-1E-7,"a","b")', "a"),
        ('REPT("x",2-1E-7)', "x"),
        ("SMALL(A1:A3,2.5)", 2.0),
        # From the top the next rank counts.
        ("LARGE(A1:A3,1.5)", 2.0),
        ("LARGE(A1:A3,2.1)", 1.0),
        ("LARGE(A1:A3,2-1E-7)", 2.0),
        ("LARGE(A1:A3,0.6)", CellError.NUM),
        ("LARGE(A1:A3,3.0000001)", CellError.NUM),
        ("AGGREGATE(14,6,A1:A3,2.1)", 1.0),
        ("AGGREGATE(14,6,A1:A3,0.6)", CellError.NUM),
        ("AGGREGATE(15,6,A1:A3,2.6)", 2.0),
        ("AGGREGATE(15,6,A1:A3,2-1E-7)", 1.0),
        # What cannot be drawn has no chance.
        ("HYPGEOMDIST(5,4,8,20)", 0.0),
        ("HYPGEOMDIST(1.9,4.9,8.9,20.9)", 0.3632610939112486),
        ("HYPGEOMDIST(0,4,0,20)", 1.0),
        ("HYPGEOMDIST(-1,4,8,20)", CellError.NUM),
        ("_xlfn.HYPGEOM.DIST(5,4,8,20,FALSE)", 0.0),
        ("_xlfn.HYPGEOM.DIST(0,4,18,20,TRUE)", 0.0),
        ("WEIBULL(1E9,20,100,TRUE)", 1.0),
        ("WEIBULL(-1,20,100,TRUE)", CellError.NUM),
        ("_xlfn.BASE(7,37)", CellError.NUM),
        ("_xlfn.BASE(35,36,4)", "000Z"),
        # Spaces and signs in an address of rows and columns
        ('INDIRECT("R1C1 ",FALSE)', 1.0),
        ('INDIRECT(" R1C1",FALSE)', CellError.REF),
        ('SUM(INDIRECT("R1C1 : R2C2",FALSE))', 33.0),
        ('INDIRECT("R[+1]C1",FALSE)', 0.0),
        ('INDIRECT("R1C[]",FALSE)', 0.0),
        ('INDIRECT("R[ 1]C1",FALSE)', CellError.REF),
    ],
)
def test_number_that_is_not_whole_is_read_as_excel_reads_it(formula: str, value: object) -> None:
    expected = pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
    assert computed(formula, **LIST) == expected


def test_rank_follows_an_input() -> None:
    cells = {"A1": 1.0, "A2": 2.0, "A3": 3.0, "C1": 1.0, "B1": "=LARGE(A1:A3,C1)"}
    model = Model.from_bytes(saved(one_sheet(cells)), "book.xlsx").recalculate()
    model.set("S!C1", 1.5)
    assert model.recalculate()["S!B1"] == 2.0
