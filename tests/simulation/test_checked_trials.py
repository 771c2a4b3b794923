"""The engine evaluates what the outputs need, by its own graph, and finds what the compiler overlooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.table import Table

from dealmodel import callpath
from dealmodel.simulation.compiler.binding.binder import Binder
from dealmodel.simulation.compiler.needed import needed_formulas
from dealmodel.simulation.compiler.trials import Trials
from dealmodel.simulation.program import DisagreementError, compile_program
from dealmodel.workbook.address import CellAt, parse_cell
from dealmodel.workbook.model import Model
from tests.support.circular_books import iterating
from tests.support.workbooks import each_excel_file, model_of, needs_excel_files, one_sheet, raw_book, saved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dealmodel.catalogue import Entry
    from dealmodel.cells import Cells, Scalar

A1, OUTPUT = CellAt("S", 1, 1), CellAt("S", 1, 26)


def at(address: str) -> CellAt:
    place = parse_cell(address)
    assert place is not None
    return CellAt("S", *place)


def needed(model: Model, *wanted: CellAt) -> set[str] | None:
    """Return the addresses of the formulas that the engine needs for some cells."""
    model.calculation.values()
    found = needed_formulas(model.calculation.evaluation, wanted)
    return None if found is None else {str(cell).removeprefix("S!") for cell in found}


def engine_values(trials: Trials, values: Sequence[float], cells: Sequence[CellAt]) -> list[list[Scalar]]:
    return list(trials.run({}, {A1: np.array(values)}, cells))


CELLS: dict[str, Any] = {"A1": 2.0, "B1": "=A1*2", "B2": "=B1+1", "B3": "=A1+B2", "C1": "=A1*7", "C2": "=C1+B3"}
NAMES = {"doubled": "S!$B$1", "some": "S!$B$1:$B$2", "moved": "S!$B$2*3", "chosen": "OFFSET(S!$A$1,0,1)"}


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("=5", set()),
        ("=A1", set()),
        ("=B2", {"B1", "B2"}),
        ("=C2", {"B1", "B2", "B3", "C1", "C2"}),
        ("=SUM(B1:B2)", {"B1", "B2"}),
        ("=SUM(B:B)", {"B1", "B2", "B3", "B9"}),
        ("=SUM(3:3)", {"B1", "B2", "B3", "E1"}),
        ("=doubled", {"B1"}),
        ("=(doubled)", {"B1"}),
        ("=doubled+1", {"B1"}),
        ("=SUM(some)", {"B1", "B2"}),
        ("=moved", {"B1", "B2"}),
        ("=IF(A1>9,B1,7)", {"B1"}),
        ("=IFERROR(INDEX(B1:B2,A1),0)", {"B1", "B2"}),
        ("=SUM(B1:INDEX(B1:B3,2))", {"B1", "B2", "B3"}),
        ("=CHOOSE(2,C1,B1)", {"C1", "B1"}),
        ("=SUM(S:T!B1)", {"B1"}),
        ("=LET(x,B1,x+A1)", {"B1"}),
        ("=_xlfn.LAMBDA(_xlpm.x,_xlpm.x+B1)(A1)", {"B1"}),
        ('=SUMIF(B1:B3,">3",C1:C3)', {"B1", "B2", "B3", "C1", "C2"}),
        ("=B9", {"B9"}),
        ("=SUM(E2:E3)", {"E1"}),
        ("=SUM(T_1[rate])", {"H2"}),
        ("=SUM(chosen)", None),
        ("=OFFSET(A1,0,1)", None),
        ('=INDIRECT("B"&A1)', None),
    ],
)  # fmt: skip
def test_formulas_are_needed_that_the_engine_reaches(formula: str, wanted: set[str] | None) -> None:
    made = one_sheet(CELLS | {"E1": ArrayFormula("E1:E3", "=A1*{1;2;3}"), "Z1": formula}, NAMES)
    made.create_sheet("T")
    made["S"]["B9"], made["S"]["H1"], made["S"]["H2"] = "=DM_WHY(1)", "rate", "=A1/9"
    made["S"].add_table(Table(displayName="T_1", ref="H1:H2"))
    model = Model.from_bytes(saved(made), "book.xlsx")
    assert needed(model, OUTPUT) == (None if wanted is None else wanted | {"Z1"})


def growing() -> Model:
    """Return a workbook with an array in B2 that fills as many cells as A1 says: two, as it stands."""
    rows = (
        '<row r="1"><c r="A1"><v>2</v></c><c r="D1"><f>B4+1</f></c><c r="E1"><f>A2+B1</f></c></row>'
        '<row r="2"><c r="B2" cm="1"><f t="array" ref="B2:B3">_xlfn.SEQUENCE(A1)*A1</f><v>2</v></c></row>'
        '<row r="3"><c r="B3"><v>4</v></c></row>'
    )
    return Model.from_bytes(raw_book(rows), "book.xlsx")


def test_an_array_is_needed_where_it_may_come_to_in_another_trial() -> None:
    assert needed(growing(), at("D1")) == {"D1", "B2"}
    assert needed(growing(), at("E1")) == {"E1"}
    assert engine_values(Trials(growing(), ()), [2.0, 3.0, 1.0], [at("D1")]) == [[1.0], [10.0], [1.0]]


def test_nothing_is_left_out_of_a_workbook_that_goes_in_circles() -> None:
    made = one_sheet({"A1": 2.0, "B1": "=A1+C1/2", "C1": "=B1/2", "Z1": "=A1*3"})
    assert needed(Model.from_bytes(saved(iterating(made)), "book.xlsx"), OUTPUT) is None


def test_formulas_that_are_not_needed_are_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    call = callpath.call

    def noted(entry: Entry, cells: Sequence[Cells]) -> Cells:
        seen.append(cells[0])
        return call(entry, cells)

    # The engine looks for the call path once.
    monkeypatch.setattr("dealmodel.hosts.callbacks._call_path", lambda: noted)
    model = model_of({"A1": 2.0, "B1": "=DM_SHORTFALL(A1,1)", "B2": "=DM_SHORTFALL(A1+100,1)"})
    model.calculation.values()
    seen.clear()
    trials = Trials(model, ())
    assert engine_values(trials, [3.0, 4.0], [at("B1")]) == [[0.0], [0.0]]
    assert seen == [3.0, 4.0]
    # What is asked for later is given, too.
    assert engine_values(trials, [5.0], [at("B2"), at("B1")]) == [[0.0, 0.0]]
    assert sorted(seen[2:]) == [5.0, 105.0]


def test_a_table_and_what_its_inputs_hold_are_there() -> None:
    table = DataTableFormula(ref="C6:C7", r1="A3", t="dataTable")
    cells = {"A1": 10, "A3": "=A1+1", "C5": "=A3*D1", "D1": "=A1/2", "B6": "=A1*2", "B7": 6, "C6": table, "C7": 0}
    model = Model.from_bytes(saved(one_sheet(cells | {"Z1": "=SUM(C6:C7)+A3", "Z9": "=D1"})), "book.xlsx")
    program = compile_program(model, (), [A1], [OUTPUT])
    given = {A1: np.array([4.0, 5.0])}
    assert program.run({}, given)[OUTPUT].tolist() == [14 * 2.0 + 5, 16 * 2.5 + 6]
    assert program.check({}, given) == 2


@needs_excel_files
@each_excel_file
def test_trials_come_out_as_with_all_formulas(path: Path) -> None:
    model = Model.open(path)
    model.calculation.values()
    rng = np.random.default_rng(4)
    formulas = list(model.formulas)
    outputs = [formulas[i] for i in rng.choice(len(formulas), min(6, len(formulas)), replace=False)]
    constants = [CellAt(sheet, c.row, c.column) for sheet, c in model.book.cells()]
    numbers = [c for c in constants if not model.calculation.computes(c) and isinstance(model.value_at(c), float)]
    varied = [numbers[i] for i in rng.choice(len(numbers), min(40, len(numbers)), replace=False)]
    values = {c: float(str(model.value_at(c))) * rng.uniform(0.7, 1.3, 3) for c in varied}
    some, all_there = Trials(model, ()), Trials(model, (), careful=True)
    assert list(some.run({}, values, outputs)) == approx_rows(list(all_there.run({}, values, outputs)))


def approx_rows(rows: list[list[Scalar]]) -> list[list[object]]:
    return [[pytest.approx(v, rel=1e-12, abs=1e-12) if isinstance(v, float) else v for v in row] for row in rows]


PLANTED = {
    "a cell that a formula names": ({"B1": "=A1*2", "Z1": "=B1+1"}, "B1"),
    "a cell of a range": ({"B1": "=A1*2", "B2": "=A1*3", "Z1": "=SUM(B1:B3)"}, "B2"),
    "a cell in a condition": ({"B1": "=A1>2.5", "Z1": "=IF(B1,7,8)"}, "B1"),
    "a cell far behind": ({"B1": "=A1*2", "B2": "=B1+1", "B3": "=B2*B2", "Z1": "=SQRT(B3)"}, "B1"),
    "a cell that OFFSET finds": ({"B1": "=A1*2", "Z1": "=OFFSET(A1,0,1)"}, "B1"),
    "a cell that INDIRECT finds": ({"B1": "=A1*2", "Z1": '=INDIRECT("B1")+A1'}, "B1"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_cell_that_the_compiler_overlooks_is_found(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cells, overlooked = PLANTED[what]
    need = Binder.need

    def overlooking(self: Binder, wanted: CellAt) -> None:
        self.bound[at(overlooked)] = self.graph.const(self.model.value_at(at(overlooked)))
        need(self, wanted)

    monkeypatch.setattr(Binder, "need", overlooking)
    program = compile_program(model_of({"A1": 2.0, "C1": "=A1"} | cells), (), [A1], [OUTPUT, at("C1")])
    with pytest.raises(DisagreementError, match=r"S!Z1 comes out as .* in the compiled program and as .* in the"):
        program.check({}, {A1: np.array([2.0, 3.0, 4.0])})


def test_an_output_that_the_compiler_takes_for_another_cell_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Binder.need

    def mistaking(self: Binder, wanted: CellAt) -> None:
        need(self, wanted)
        self.bound[OUTPUT] = self.bound[at("C1")]

    monkeypatch.setattr(Binder, "need", mistaking)
    model = model_of({"A1": 2.0, "C1": "=A1*3", "Z1": "=A1*3+C1"})
    program = compile_program(model, (), [A1], [at("C1"), OUTPUT])
    with pytest.raises(DisagreementError, match=r"S!Z1 comes out as 9\.0 in .* and as 18\.0 in the engine"):
        program.check({}, {A1: np.array([3.0])})
