from __future__ import annotations

import os
import signal
import sys
import weakref
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.errors import WorkbookError
from dealmodel.hosts import engine
from dealmodel.hosts.elementwise import Elementwise
from dealmodel.hosts.engine import EACH, FIT, Engine
from dealmodel.hosts.engine_values import Uncomputed, to_engine, to_result, to_scalar
from dealmodel.hosts.supplements import given_up
from dealmodel.hosts.supplements.refusals import errors_as_values
from dealmodel.hosts.terms import Terms
from dealmodel.workbook.address import a1, parse_cell
from tests.support.workbooks import one_sheet, raw_book, saved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.cells import Scalar

NOW = datetime(2018, 2, 9, 12)  # noqa: DTZ001  spreadsheets know no time zone


def engine_with(formulas: Mapping[str, str], cells: Mapping[str, Any] | None = None, **options: Any) -> Engine:  # noqa: ANN401
    book = one_sheet({**(cells or {}), **{address: f"={formula}" for address, formula in formulas.items()}})
    return Engine(saved(book), NOW, **options)


def value_of(formula: str, **cells: Any) -> object:  # noqa: ANN401
    engine = engine_with({"Z1": formula}, cells)
    engine.evaluate()
    return engine.values("S", [(1, 26)])[0]


@pytest.mark.parametrize("error", CellError)
def test_errors_go_out_and_come_back(error: CellError) -> None:
    shown = to_scalar(to_engine(error))
    assert shown in (error, CellError.VALUE), "an error that the engine lacks is #VALUE!"
    assert to_result(to_engine(error)) is shown


def test_values_of_the_engine_are_values_of_cells() -> None:
    assert [to_result(v) for v in (3, 2.5, True, "text", None)] == [3.0, 2.5, True, "text", None]
    assert type(to_result(3)) is float
    circle = to_result({"type": "Error", "kind": "Circ"})
    assert isinstance(circle, Uncomputed)
    assert circle.reason == "it refers to itself"


@pytest.mark.parametrize("at_once", [1, 3, 4096])
def test_news_are_the_values_that_are_other_ones_or_of_another_type(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "AT_ONCE", at_once)
    known: dict[str, Scalar] = {
        "A1": 3.0,
        "B7": True,
        "C2": "x",
        "A900": 2.0,
        "D4": CellError.NA,
        "D5": None,
        "D6": 1.0,
        "E6": 0.0,
    }
    formulas = {"A1": "1+2", "B7": "1+0", "C2": '"x"', "A900": "1+2", "D4": "NA()", "D5": "1", "D6": "TRUE", "E6": "Z1"}
    there = engine_with(formulas)
    there.evaluate()
    places = [parse_cell(address) or (0, 0) for address in known]
    news = {a1(*place): value for place, value in there.news("S", places, list(known.values())).items()}
    assert news == {"B7": 1.0, "A900": 3.0, "D5": 1.0, "D6": True}
    assert [type(news[address]) for address in ("B7", "D6")] == [float, bool]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("DM_STEP_VALUATION(1000,0.51,0.83)", pytest.approx(3125.0)),
        ("DM_STEP_VALUATION(1000,0.83,0.51)", CellError.NUM),
        ("DM_SHORTFALL(A1,B1)", 6.0),
        ("DM_SHORTFALL(C1,10)", 10.0),
        ("DM_SHORTFALL(D1,10)", CellError.DIV0),
        ("DM_SHORTFALL(1/0,10)", CellError.DIV0),
        ("DM_SHORTFALL(NA(),1/0)", CellError.NA),
        ('DM_SHORTFALL("text",10)', CellError.VALUE),
        ("DM_SHORTFALL(TRUE,10)", 9.0),
        ("DM_SHORTFALL(4)", CellError.VALUE),
        ("DM_SHORTFALL(1,2,3)", CellError.VALUE),
        (f'DM_STEP_VALUATION(1000,0.51,0.83,"{OMITTED_TEXT}")', pytest.approx(3125.0)),
        ('DM_WHY("DM_SHORTFALL",1,-2)', "fine must be at least 0; got -2"),
        ("SUM(DM_HOLDINGS_AFTER(A1:B1,E1:F1))", pytest.approx(1.0)),
        ("INDEX(DM_SHORTFALL(A1:B1,20),1,2)", 10.0),
        ("dm_shortfall(A1,B1)", 6.0),
        ("IFERROR(DM_MULTIPLE(1,0),-1)", -1.0),
    ],
)
def test_functions_of_ours_answer_in_the_engine(formula: str, value: object) -> None:
    assert value_of(formula, A1=4, B1=10, D1="=1/0", E1=1, F1=2) == value


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        (f"{FIT}(A1:A3,3,1)", [1.0, 2.0, 3.0]),
        (f"{FIT}(A1:A2,3,1)", [1.0, 2.0, CellError.NA]),
        (f"{FIT}(A1:A3,2,1)", [1.0, 2.0, None]),
        (f"{FIT}(7,3,1)", [7.0, 7.0, 7.0]),
        (f"{FIT}(A4:A6,3,1)", [0.0, 0.0, 0.0]),
        (f"{FIT}(1/0,2,1)", [CellError.DIV0, CellError.DIV0, None]),
    ],
)
def test_fit_spreads_over_the_range_as_an_array_formula(formula: str, values: list[object]) -> None:
    engine = engine_with({"Z1": formula}, {"A1": 1, "A2": 2, "A3": 3})
    engine.evaluate()
    assert engine.values("S", [(1, 26), (2, 26), (3, 26)]) == values


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (f'SUM({EACH}("ROUND","VV",A1:A3,0))', 7.0),
        (f'{EACH}("ROUND","VV",2.5,0)', 3.0),
        (f'SUM({EACH}("COUNTIF","RV",A1:A3,A1:A3))', 3.0),
        (f'SUM({EACH}("LEN","V",B1:B3))', 5.0),
        (f'{EACH}("INDEX","RVV",A1:A3,2,"{OMITTED_TEXT}")', 2.5),
        (f'IFERROR(INDEX({EACH}("SQRT","V",A1:A3-2),1),-1)', -1.0),
        (f'INDEX({EACH}("IF","VVV",B1:B3,1,2),2)', CellError.VALUE),
        (f'SUM({EACH}("IPMT","VVVV",0.1,{{1,2}},2,-100))', pytest.approx(10 + 0.1 * (100 - 100 / 2.1))),
        (f'ROWS({EACH}("ROUND","VV",A1:A3,A1:C1))&COLUMNS({EACH}("ROUND","VV",A1:A3,A1:C1))', "33"),
    ],
)
def test_each_works_out_every_element(formula: str, value: object) -> None:
    cells = {"A1": 1.4, "A2": 2.5, "A3": 3.49, "B1": "ab", "B2": "cde", "C1": 0}
    assert value_of(formula, **cells) == value


def test_each_calls_the_engine_once_for_equal_elements() -> None:
    made = []
    terms = Terms(NOW.replace(tzinfo=UTC), 0, date1904=False)

    def new_workbook(function: str) -> Any:  # noqa: ANN401
        made.append(terms.new_workbook(function))
        return made[-1]

    each = Elementwise(new_workbook)
    assert each("ROUND", "VV", [[1.26, 1.26, True], [1.0, "1", None]], 1.0) == [[1.3, 1.3, 1.0], [1.0, 1.0, 0.0]]
    assert len(made) == 1
    assert made[0].get_value("cases", 6, 3) is None, "five different elements"


def test_far_cells_are_read_without_the_block_before_them() -> None:
    engine = engine_with({"XFD1048576": "1+1", "A1": "2+2"})
    engine.evaluate()
    assert engine.values("S", [(1048576, 16384), (1, 1)]) == [2.0, 4.0]


def test_clock_is_the_given_one_and_chance_is_seeded() -> None:
    formulas = {"A1": "NOW()", "B1": "TODAY()", "C1": "RAND()"}
    read = []
    for _ in range(2):
        engine = engine_with(formulas)
        engine.evaluate()
        read.append(engine.values("S", [(1, 1), (1, 2), (1, 3)]))
    assert read[0] == read[1]
    assert read[0][:2] == [43140.5, 43140.0]


def test_spill_and_graph_are_told() -> None:
    engine = engine_with({"A1": "SEQUENCE(2,3)", "A5": "B1*2", "A6": "SUM(A5:B5)+A1", "B9": "1"})
    engine.evaluate()
    assert engine.spill("S!A1") == "S!A1:C2"
    assert engine.spill("S!A5") is None
    assert engine.dependants("S!A5") == ["S!A6"]
    assert engine.precedents("S!A6") == ["S!A5:B5", "S!A1"]


def test_capture_gives_values_ranges_and_errors_and_leaves_nothing() -> None:
    engine = engine_with({"B1": "A1*2"}, {"A1": 1, "A2": "x", "A4": True})
    assert engine.capture("S", 9, 9, "A1:A4") == [[1.0], ["x"], [None], [True]]
    assert engine.capture("S", 9, 9, "B1+1") == [[3.0]]
    assert engine.capture("S", 9, 9, "1/0") == [[CellError.DIV0]]
    assert engine.capture("S", 9, 9, "1+") == [[CellError.NAME]]
    assert engine.capture("S", 9, 9, "(" * 100 + "1" + ")" * 100) == [[CellError.NAME]]
    engine.evaluate()
    assert engine.values("S", [(9, 9)]) == [None]


def test_known_functions_are_told_from_others() -> None:
    engine = engine_with({})
    assert all(engine.knows(name) for name in ("SUM", "DM_SHORTFALL", "IRR", "MMULT", "_XLFN.XLOOKUP"))
    assert not engine.knows("NOSUCH")


OURS = 'EDATE("2018-02-09",1)'
"""What the engine by itself does not compute: it takes no text for a date."""


@pytest.mark.parametrize("words", [{"EDATE"}, None])
def test_functions_that_the_words_name_are_made_ready(words: set[str] | None) -> None:
    engine = engine_with({"A1": OURS}, words=words)
    engine.evaluate()
    assert engine.values("S", [(1, 1)]) == [43168.0]


def test_functions_are_made_ready_when_a_formula_brings_them() -> None:
    engine = engine_with({"A1": "1+1"}, words=())
    engine.evaluate()
    assert engine.capture("S", 9, 9, OURS) == [[43168.0]]
    assert engine.put_formula("S", 1, 1, 'DM_SHORTFALL(2,7)+eomonth(A2&"2018-02-09",0)')
    engine.evaluate()
    assert engine.values("S", [(1, 1)]) == [43159.0 + 5.0]


def test_formulas_that_are_put_together_count_and_one_that_cannot_be_read_is_left_out() -> None:
    engine = engine_with({"A1": "1+1", "A2": "A1*2", "A3": "A2"}, words=())
    engine.evaluate()
    engine.put_formulas({("S", 1, 1): OURS, ("S", 3, 1): "SUM(A1", ("S", 4, 1): "A3+1"})
    engine.evaluate()
    assert engine.values("S", [(row, 1) for row in (1, 2, 3, 4)]) == [43168.0, 86336.0, 86336.0, 86337.0]
    engine.set_value("S", 1, 1, 5.0)
    engine.evaluate()
    assert engine.values("S", [(4, 1)]) == [11.0]


def test_file_that_the_engine_cannot_load_is_refused() -> None:
    with pytest.raises(WorkbookError, match="the engine cannot load the workbook"):
        Engine(b"no package", NOW)


def test_circles_iterate_where_they_should_and_are_told_where_not() -> None:
    cells = '<row r="1"><c r="A1"><f>B1/2+1</f></c><c r="B1"><f>A1</f></c></row>'
    engine = Engine(raw_book(cells), NOW)
    engine.evaluate()
    assert [type(v) for v in engine.values("S", [(1, 1), (1, 2)])] == [Uncomputed, Uncomputed]
    engine = Engine(raw_book(cells), NOW, (100, 1e-9))
    engine.evaluate()
    assert engine.values("S", [(1, 1)])[0] == pytest.approx(2, abs=1e-6)


def test_dates_count_from_1904_where_the_workbook_does() -> None:
    engine = engine_with({"A1": "DATE(2018,2,9)", "B1": "YEAR(A1)"}, date1904=True)
    engine.evaluate()
    assert engine.values("S", [(1, 1), (1, 2)]) == [41678.0, 2018.0]


def test_engine_that_nobody_holds_is_gone() -> None:
    engine = engine_with({"A1": f'SUM({EACH}("ROUND","VV",{{1.26,2.5}},1))', "A2": "DM_SHORTFALL(1,2)"})
    engine.evaluate()
    engine.capture("S", 9, 9, "A1")
    held = weakref.ref(engine)
    del engine
    assert held() is None, "what it calls leads back to it, and the garbage collector does not see that"


@pytest.mark.parametrize("raised", [KeyboardInterrupt, MemoryError, SystemExit])
def test_what_a_function_raises_ends_the_evaluation(raised: type[BaseException]) -> None:
    engine = engine_with({"A1": "IFERROR(BOOM(1),7)", "A2": "BOOM(2)", "A3": f'SUM({EACH}("BOOM","V",{{3,4}}))'})
    calls = []

    def boom(*arguments: object) -> float:
        calls.append(arguments)
        raise raised

    engine.register("BOOM", boom)
    with pytest.raises(raised):
        engine.evaluate()
    assert len(calls) == 1
    engine.evaluate()


def test_a_fault_in_a_function_of_excel_is_told_and_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> float:
        raise TypeError("a fault")

    monkeypatch.setattr("dealmodel.hosts.supplements.supplement._loaded", lambda _: errors_as_values(faulty))
    engine = engine_with({"A1": "EDATE(1,1)"})
    engine.evaluate()
    assert isinstance(engine.values("S", [(1, 1)])[0], Uncomputed)
    assert given_up()


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")
def test_a_ctrl_c_inside_the_engine_is_raised_behind_it() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    engine = engine_with({"A1": "BOOM(1)", "A2": "IFERROR(BOOM(A1),7)"})
    calls = []

    def boom(*arguments: object) -> float:
        calls.append(arguments)
        if len(calls) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return 5.0

    engine.register("BOOM", boom)
    try:
        with pytest.raises(KeyboardInterrupt):
            engine.evaluate()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    engine.evaluate()
    assert engine.values("S", [(1, 1), (2, 1)]) == [5.0, 5.0]
