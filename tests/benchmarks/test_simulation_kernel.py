"""The compiled program beside programs written by hand and beside the engine, in one run."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from dealmodel.simulation.compiler.trials import Trials
from dealmodel.simulation.program import compile_program
from dealmodel.workbook.address import CellAt, parse_cell
from dealmodel.workbook.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.simulation.program import Program

pytestmark = pytest.mark.benchmark

INPUTS = {
    "price": 294.0, "stake": 0.51, "tax": 0.25, "basis": 120.0, "costs": 6.0, "debt": 40.0, "fine": 892.0,
    "suspended": 400.0, "probability": 0.3, "rnd": 200.0, "growth": 0.06, "rate": 0.09, "own": 150.0,
    "own_growth": 0.03, "cash": 60.0,
}  # fmt: skip
YEARS = 10
A = {name: f"$B${i}" for i, name in enumerate(INPUTS, 1)}


class Deal:
    """A deal model of 170 formulas to a block, one below the other; no two blocks compute the same."""

    def __init__(self, blocks: int) -> None:
        self._book = openpyxl.Workbook()
        sheet = self._book.active
        assert sheet is not None
        sheet.title = "Model"
        self._sheet: Any = sheet
        for i, value in enumerate(INPUTS.values(), 1):
            sheet.cell(i, 2, value)
        self.formulas = 0
        self.output = "0"
        top = 20
        for block in range(blocks):
            sheet.cell(top, 14, block)
            top = self._block(top, f"+$N${top}" if block else "")

    def put_input(self, row: int, formula: str) -> None:
        """Put a formula in the place of an input."""
        self._sheet.cell(row, 2, formula)

    def _put(self, column: int, row: int, formula: str) -> str:
        self._sheet.cell(row, column, f"={formula}")
        self.formulas += 1
        return f"${get_column_letter(column)}${row}"

    def _block(self, row: int, own: str) -> int:
        value = self._put(2, row, f"DM_IMPLIED_VALUATION({A['price']},{A['stake']})")
        net = self._put(
            2, row + 1, f"DM_NET_PROCEEDS({A['price']}{own},{A['basis']},{A['tax']},{A['costs']},{A['debt']})"
        )
        fine = self._put(2, row + 2, f"DM_EXPECTED_FINE({A['fine']},{A['suspended']},{A['probability']})")
        self._put(2, row + 3, f"DM_SHORTFALL({net},{fine})")
        self._put(2, row + 4, f"DM_OFFSET_RATIO({net},{fine})")
        self._put(2, row + 5, f"IF({net}>{fine},{net}-{fine},0)")
        top = row + 6
        for year in range(YEARS):
            column = 2 + year
            here, before = get_column_letter(column), get_column_letter(column - 1)
            c = [f"{here}{top + i}" for i in range(16)]
            b = [f"{before}{top + i}" for i in range(16)]
            for i, formula in enumerate(
                (
                    f"DM_RND_BUDGET({year},{A['rnd']}{own},{A['growth']})",
                    f"{A['own']}{own}" if year == 0 else f"{b[1]}*(1+{A['own_growth']})",
                    f"{c[0]}-{c[1]}",
                    f"MAX({c[2]},0)",
                    f"1/(1+{A['rate']}{own and own + '/10000'})^{year + 1}",
                    f"{c[3]}*{c[4]}",
                    f"{A['cash']}+{net}" if year == 0 else f"{b[6]}-{b[2]}",
                    f"IF({c[6]}>0,{c[6]}*{A['rate']}/2,{c[6]}*{A['rate']})",
                    f"{c[7]}*(1-{A['tax']})",
                    f"MIN({c[6]},{c[3]})",
                    f"{c[9]}+{c[8]}",
                    f"{c[10]}*{c[4]}",
                    f"ABS({c[10]})*0.01+{c[11]}",
                    f"IF(AND({c[6]}>0,{c[2]}>0),{c[12]},-{c[12]})",
                    f"{c[13]}/{value}",
                    f"IFERROR({c[14]}/{c[3]},0)",
                )
            ):
                self._put(column, top + i, formula)
        last = get_column_letter(1 + YEARS)
        total = self._put(2, top + 16, f"SUM(B{top + 5}:{last}{top + 5})")
        saved = self._put(2, top + 17, f"SUM(B{top + 11}:{last}{top + 11})")
        spread = self._put(2, top + 18, f"MAX(B{top + 6}:{last}{top + 6})-MIN(B{top + 6}:{last}{top + 6})")
        ratios = f"SUM(B{top + 14}:{last}{top + 15})"
        self.output = self._put(2, top + 19, f"{net}-{total}-{fine}+{spread}*0.1+{saved}+{ratios}+{self.output}*0.5")
        return top + 22

    def model(self) -> Model:
        """Return the workbook, calculated."""
        data = io.BytesIO()
        self._book.save(data)
        model = Model.from_bytes(data.getvalue(), "deal.xlsx")
        model.calculation.values()
        return model

    def compiled(self, model: Model) -> tuple[Program, CellAt, float]:
        """Return the program, its output, and the seconds of processor time that compiling took."""
        place = parse_cell(self.output)
        assert place is not None
        output = CellAt("Model", *place)
        started = time.process_time()
        program = compile_program(model, (), varied(), [output]).prepare(1_000_000)
        return program, output, time.process_time() - started


def varied() -> list[CellAt]:
    return [CellAt("Model", i, 2) for i in range(1, len(INPUTS) + 1)]


def draws(trials: int) -> dict[CellAt, NDArray[np.float64]]:
    rng = np.random.default_rng(1)
    return {at: value * rng.uniform(0.8, 1.2, trials) for at, value in zip(varied(), INPUTS.values(), strict=True)}


def by_hand(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the same model as an analyst writes it in NumPy."""
    price, stake, tax, basis, costs, debt, fine, suspended, probability, rnd, growth, rate, own, own_growth, cash = (
        values
    )
    value = price / stake
    net = price - tax * np.maximum(0, price - basis - costs) - costs - debt
    expected = fine + probability * suspended
    total = saved = ratios = np.zeros_like(price)
    highest, lowest = np.full_like(price, -np.inf), np.full_like(price, np.inf)
    balance, funds, gap = cash + net, own, np.zeros_like(price)
    for year in range(YEARS):
        budget = rnd * (1 + growth) ** year
        if year:
            funds = funds * (1 + own_growth)
            balance = balance - gap
        gap = budget - funds
        need = np.maximum(gap, 0)
        discount = 1 / (1 + rate) ** (year + 1)
        total = total + need * discount
        interest = np.where(balance > 0, balance * rate / 2, balance * rate)
        after = np.minimum(balance, need) + interest * (1 - tax)
        present = after * discount
        score = np.abs(after) * 0.01 + present
        part = np.where((balance > 0) & (gap > 0), score, -score) / value
        saved = saved + present
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = ratios + part + np.where(need == 0, 0, part / need)
        highest, lowest = np.maximum(highest, balance), np.minimum(lowest, balance)
    return net - total - expected + (highest - lowest) * 0.1 + saved + ratios


def blocked(values: list[NDArray[np.float64]], size: int = 8192) -> NDArray[np.float64]:
    count = len(values[0])
    return np.concatenate([by_hand([v[i : i + size] for v in values]) for i in range(0, count, size)])


def best(*programs: Callable[[], object], rounds: int = 7) -> list[float]:
    """Return the shortest time of each, taken in turns: a busy machine slows all alike."""
    times = [[0.0] * 0 for _ in programs]
    for _ in range(rounds):
        for program, taken in zip(programs, times, strict=True):
            started = time.perf_counter()
            program()
            taken.append(time.perf_counter() - started)
    return [min(taken) for taken in times]


def per_trial_engine(model: Model, output: CellAt, values: dict[CellAt, NDArray[np.float64]]) -> float:
    trials = Trials(model, ())
    started = time.perf_counter()
    count = sum(1 for _ in trials.run({}, values, [output]))
    return (time.perf_counter() - started) / count


def test_the_kernel_of_170_formulas_beside_numpy_by_hand() -> None:
    deal = Deal(1)
    model = deal.model()
    program, output, _ = deal.compiled(model)
    values = draws(1_000_000)
    columns = list(values.values())
    np.testing.assert_allclose(program.run({}, values)[output], by_hand(columns), rtol=1e-9)
    kernel, whole, pieces = best(lambda: program.run({}, values), lambda: by_hand(columns), lambda: blocked(columns))
    print(
        f"\n{deal.formulas} formulas: {kernel * 1e3:.0f} ns a trial, {kernel / whole:.2f} of NumPy by hand,"
        f" {kernel / pieces:.2f} of it in blocks"
    )
    assert deal.formulas == 170
    assert kernel <= 0.35 * whole
    assert kernel <= 0.60 * pieces


def test_the_kernel_of_170_formulas_beside_the_engine() -> None:
    deal = Deal(1)
    model = deal.model()
    program, output, compiling = deal.compiled(model)
    values = draws(200_000)
    program.run({}, values)
    (kernel,) = best(lambda: program.run({}, values))
    engine = per_trial_engine(model, output, {at: v[:200] for at, v in values.items()})
    print(
        f"\n{deal.formulas} formulas: compiled in {compiling * 1e3:.0f} ms; {kernel * 5e3:.0f} ns a trial,"
        f" {engine / (kernel / 2e5):,.0f} times the engine"
    )
    assert compiling <= 0.05
    assert engine >= 3000 * kernel / 2e5


def test_the_kernel_of_3300_formulas_beside_the_engine() -> None:
    deal = Deal(20)
    model = deal.model()
    program, output, compiling = deal.compiled(model)
    values = draws(100_000)
    program.run({}, values)
    (kernel,) = best(lambda: program.run({}, values), rounds=3)
    engine = per_trial_engine(model, output, {at: v[:20] for at, v in values.items()})
    print(
        f"\n{deal.formulas} formulas: compiled in {compiling:.2f} s; {kernel * 1e4:.0f} ns a trial,"
        f" {engine / (kernel / 1e5):,.0f} times the engine"
    )
    assert compiling <= 1.0
    assert engine >= 2000 * kernel / 1e5


def test_a_trial_in_the_engine_takes_no_longer_for_formulas_that_are_not_needed() -> None:
    needed = CellAt("Model", 39, 2)
    times = []
    for deal in (Deal(1), Deal(60)):
        trials = Trials(deal.model(), ()).run({}, {at: v[:40] for at, v in draws(40).items()}, [needed])
        next(trials)
        started = time.perf_counter()
        count = sum(1 for _ in trials)
        times.append((time.perf_counter() - started) / count)
        print(f"\na trial in the engine: {times[-1] * 1e3:.2f} ms among {deal.formulas:,} formulas, 14 of them needed")
    assert times[1] <= 2 * times[0]


@pytest.mark.xfail(strict=False, reason="3.8 to 7.7 s on one and the same machine, 0.37 to 0.67 of loading the book")
def test_96000_formulas_compile_in_five_seconds() -> None:
    deal = Deal(565)
    started = time.process_time()
    model = deal.model()
    loading = time.process_time() - started
    _, _, compiling = deal.compiled(model)
    print(
        f"\n{deal.formulas} formulas: compiled in {compiling:.1f} s,"
        f" {compiling / loading:.2f} of saving, loading and evaluating the book"
    )
    assert deal.formulas > 96_000
    assert compiling <= 5.0
