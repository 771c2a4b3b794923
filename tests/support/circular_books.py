"""Leveraged models with circular references, as analysts build them, and what they come to by another way.

Each model's circle is one unknown a period, interest or the size of a debt, on which everything else follows in a
straight line; `scipy.optimize.brentq` finds it without iterating through the cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook.properties import CalcProperties
from scipy.optimize import brentq

from dealmodel.workbook.model import Model
from tests.support.workbooks import saved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

YEARS = 5


def iterating(book: openpyxl.Workbook, passes: int = 100, change: float = 0.001) -> openpyxl.Workbook:
    """Let a workbook iterate, as File, Options, Formulas in Excel does."""
    book.calculation = CalcProperties(iterate=True, iterateCount=passes, iterateDelta=change, fullCalcOnLoad=True)
    return book


def model_of(book: openpyxl.Workbook) -> Model:
    """Return the model of a workbook."""
    return Model.from_bytes(saved(book), "circular.xlsx")


# -- a buyout --------------------------------------------------------------------------------------------------------

BUYOUT: dict[str, float] = {
    "ebitda": 100.0,
    "growth": 0.05,
    "capex": 0.2,
    "tax": 0.25,
    "senior": 300.0,
    "senior_rate": 0.06,
    "amortisation": 0.1,
    "junior": 150.0,
    "junior_rate": 0.09,
    "pik": 80.0,
    "pik_rate": 0.12,
    "revolver_rate": 0.05,
    "least_cash": 10.0,
    "cash_rate": 0.01,
    "multiple": 8.0,
    "equity": 270.0,
    "switch": 1.0,
}
"""Inputs of the buyout, on the sheet Inputs from B2 downwards."""
_ROWS = [
    *("ebitda", "capex", "before_interest"),
    *("senior_open", "senior_due", "senior_interest", "junior_open", "junior_interest", "pik_open", "pik_interest"),
    *("cash_open", "cash_interest", "revolver_open", "revolver_interest", "tax", "flow", "available"),
    *("revolver_move", "senior_sweep", "junior_sweep"),
    *("senior_close", "junior_close", "pik_close", "revolver_close", "cash_close"),
]
ROW = {name: i for i, name in enumerate(_ROWS, start=2)}
"""Where the lines of the buyout stand on the sheet Model, one year to a column from C."""


def buyout(inputs: Mapping[str, float | str] | None = None, passes: int = 100) -> openpyxl.Workbook:
    """Return five years of a buyout: a senior loan that is paid down and swept, a junior one, a PIK note, a revolver.

    Interest is on average balances while the switch is 1, on opening ones otherwise; all of it is in the cash flow that
    is swept.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Inputs"
    for i, (name, value) in enumerate({**BUYOUT, **(inputs or {})}.items(), start=2):
        sheet.cell(i, 1, name)
        sheet.cell(i, 2, value)
    at = {name: f"Inputs!$B${i}" for i, name in enumerate(BUYOUT, start=2)}
    lines = book.create_sheet("Model")
    for year in range(1, YEARS + 1):
        now, last = get_column_letter(year + 2), get_column_letter(year + 1)

        def cell(name: str, column: str = now) -> str:
            return f"{column}{ROW[name]}"

        def opening(name: str, first: str, last: str = last, year: int = year) -> str:
            return f"={at[first]}" if year == 1 else f"={last}{ROW[name]}"

        def interest(name: str, rate: str, cell: Callable[[str], str] = cell) -> str:
            ends = f"{cell(name + '_open')},{cell(name + '_close')}"
            return f"=IF({at['switch']}=1,AVERAGE({ends}),{cell(name + '_open')})*{at[rate]}"

        formulas = {
            "ebitda": f"={at['ebitda']}*(1+{at['growth']})^{year}",
            "capex": f"={cell('ebitda')}*{at['capex']}",
            "before_interest": f"={cell('ebitda')}-{cell('capex')}",
            "senior_open": opening("senior_close", "senior"),
            "senior_due": f"=MIN({cell('senior_open')},{at['senior']}*{at['amortisation']})",
            "senior_interest": interest("senior", "senior_rate"),
            "junior_open": opening("junior_close", "junior"),
            "junior_interest": interest("junior", "junior_rate"),
            "pik_open": opening("pik_close", "pik"),
            "pik_interest": interest("pik", "pik_rate"),
            "cash_open": opening("cash_close", "least_cash"),
            "cash_interest": interest("cash", "cash_rate"),
            "revolver_open": "=0" if year == 1 else f"={last}{ROW['revolver_close']}",
            "revolver_interest": interest("revolver", "revolver_rate"),
            "tax": f"=MAX(0,{cell('before_interest')}-{cell('senior_interest')}-{cell('junior_interest')}"
            f"-{cell('pik_interest')}-{cell('revolver_interest')}+{cell('cash_interest')})*{at['tax']}",
            "flow": f"={cell('before_interest')}-{cell('tax')}-{cell('senior_interest')}-{cell('junior_interest')}"
            f"-{cell('revolver_interest')}+{cell('cash_interest')}-{cell('senior_due')}",
            "available": f"={cell('cash_open')}+{cell('flow')}-{at['least_cash']}",
            "revolver_move": f"=MAX(-{cell('available')},-{cell('revolver_open')})",
            "senior_sweep": f"=MAX(0,MIN({cell('available')}+{cell('revolver_move')},"
            f"{cell('senior_open')}-{cell('senior_due')}))",
            "junior_sweep": f"=MAX(0,MIN({cell('available')}+{cell('revolver_move')}-{cell('senior_sweep')},"
            f"{cell('junior_open')}))",
            "senior_close": f"={cell('senior_open')}-{cell('senior_due')}-{cell('senior_sweep')}",
            "junior_close": f"={cell('junior_open')}-{cell('junior_sweep')}",
            "pik_close": f"={cell('pik_open')}+{cell('pik_interest')}",
            "revolver_close": f"={cell('revolver_open')}+{cell('revolver_move')}",
            "cash_close": f"={cell('cash_open')}+{cell('flow')}+{cell('revolver_move')}-{cell('senior_sweep')}"
            f"-{cell('junior_sweep')}",
        }
        for name, formula in formulas.items():
            lines.cell(ROW[name], year + 2, formula)
    results = book.create_sheet("Results")
    end = get_column_letter(YEARS + 2)
    debts = "+".join(f"Model!{end}{ROW[d + '_close']}" for d in ("senior", "junior", "pik", "revolver"))
    results["A1"] = f"=Model!{end}{ROW['ebitda']}*{at['multiple']}-({debts})+Model!{end}{ROW['cash_close']}"
    results["A2"] = f"=(A1/{at['equity']})^(1/{YEARS})-1"
    results["A3"] = f"=SUM(Model!C{ROW['senior_interest']}:{end}{ROW['senior_interest']})"
    return iterating(book, passes)


class _Year(NamedTuple):
    """A year of the buyout: its inputs, and what it begins with."""

    x: Mapping[str, float]
    earned: float
    senior: float
    junior: float
    pik: float
    revolver: float
    cash: float

    @property
    def averaged(self) -> float:
        """The weight of closing balances in interest."""
        return 0.5 if self.x["switch"] == 1 else 0.0

    @property
    def grown(self) -> float:
        """What is added to the PIK note."""
        return self.pik * self.x["pik_rate"] / (1 - self.averaged * self.x["pik_rate"])

    def ends(self, net: float) -> tuple[float, float, float, float]:
        """Return the loans, the revolver and the cash at the end of the year, from the interest paid in cash."""
        due = min(self.senior, self.x["senior"] * self.x["amortisation"])
        tax = max(0.0, self.earned - net - self.grown) * self.x["tax"]
        spare = self.cash + self.earned - tax - net - due - self.x["least_cash"]
        drawn = max(-spare, -self.revolver)
        first = max(0.0, min(spare + drawn, self.senior - due))
        second = max(0.0, min(spare + drawn - first, self.junior))
        kept = self.x["least_cash"] + spare + drawn - first - second
        return self.senior - due - first, self.junior - second, self.revolver + drawn, kept

    def interests(self, net: float) -> list[float]:
        """Return the interest on each, from what is paid for all."""
        opens = (self.senior, self.junior, self.revolver, self.cash)
        rates = (self.x[f"{name}_rate"] for name in ("senior", "junior", "revolver", "cash"))
        ends = self.ends(net)
        weight = self.averaged
        return [((1 - weight) * a + weight * b) * rate for a, b, rate in zip(opens, ends, rates, strict=True)]

    def miss(self, net: float) -> float:
        """Return by how much the interest on all is more than what was said."""
        senior, junior, revolver, cash = self.interests(net)
        return senior + junior + revolver - cash - net


def buyout_solved(inputs: Mapping[str, float]) -> tuple[float, float, float]:
    """Return the equity, its yearly return and the senior interest of the buyout, year by year by root finding."""
    x = {**BUYOUT, **inputs}
    senior, junior, pik, revolver, cash = x["senior"], x["junior"], x["pik"], 0.0, x["least_cash"]
    paid = 0.0
    for number in range(1, YEARS + 1):
        earned = x["ebitda"] * (1 + x["growth"]) ** number * (1 - x["capex"])
        year = _Year(x, earned, senior, junior, pik, revolver, cash)
        net = brentq(year.miss, -1e4, 1e4, xtol=1e-13, rtol=1e-15)
        paid += year.interests(net)[0]
        senior, junior, revolver, cash = year.ends(net)
        pik += year.grown
    equity = x["ebitda"] * (1 + x["growth"]) ** YEARS * x["multiple"] - senior - junior - pik - revolver + cash
    return equity, (equity / x["equity"]) ** (1 / YEARS) - 1, paid


# -- a project under construction ------------------------------------------------------------------------------------

PROJECT: dict[str, float] = {
    "cost": 400.0,
    "rate": 0.07,
    "gearing": 0.7,
    "fee": 0.02,
    "flow": 60.0,
    "cover": 1.3,
    "breaker": 1.0,
}
SHARES = (0.2, 0.35, 0.3, 0.15)
"""Parts of the cost that fall into each half-year of construction."""


def project(inputs: Mapping[str, float | str] | None = None) -> openpyxl.Workbook:
    """Return a project whose debt pays for its own interest and fee during construction.

    The size of the debt is a share of all uses, summed over ranges of cells that hang on it, and no more than what the
    cash flows carry. While the breaker is 1 there is no interest: that frees a circle that an error has got into.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "P"
    for i, (name, value) in enumerate({**PROJECT, **(inputs or {})}.items(), start=1):
        sheet.cell(i, 1, name)
        sheet.cell(i, 2, value)
    for i, share in enumerate(SHARES):
        now, last = get_column_letter(5 + i), get_column_letter(4 + i)
        sheet[f"{now}1"] = f"=$B$1*{share}"
        sheet[f"{now}2"] = f"=IF($B$7=1,0,$B$2/2*AVERAGE({now}4,{now}5))"
        sheet[f"{now}3"] = f"=({now}1+{now}2+{'$B$4*$B$10' if not i else '0'})*$B$10/$B$9"
        sheet[f"{now}4"] = "=0" if not i else f"={last}5"
        sheet[f"{now}5"] = f"={now}4+{now}3"
    last = get_column_letter(4 + len(SHARES))
    sheet["B9"] = f"=SUM(E1:{last}2)+$B$4*B10"
    for i in range(10):
        sheet[f"{get_column_letter(5 + i)}12"] = f"=$B$5-0.25*MAX(0,$B$5-$B$2*$B$10*{(10 - i) / 10})"
    sheet["B10"] = "=MIN($B$3*B9,NPV($B$2,E12:N12)/$B$6)"
    sheet["B13"] = f"=SUM(E2:{last}2)"
    return iterating(book)


def project_solved(inputs: Mapping[str, float]) -> tuple[float, float]:
    """Return the debt and the interest during construction of the project, by root finding."""
    x = {**PROJECT, **inputs}

    def interest(debt: float, uses: float) -> float:
        balance, total = 0.0, 0.0
        half = x["rate"] / 2
        for i, share in enumerate(SHARES):
            # drawn = (cost + interest + fee) debt / uses; interest = half (balance + drawn / 2)
            fixed = x["cost"] * share + (x["fee"] * debt if not i else 0.0)
            drawn = (fixed + half * balance) * (debt / uses) / (1 - half / 2 * debt / uses)
            total += half * (balance + drawn / 2)
            balance += drawn
        return total

    def used(debt: float) -> float:
        def miss(uses: float) -> float:
            return x["cost"] + interest(debt, uses) + x["fee"] * debt - uses

        return float(brentq(miss, x["cost"] / 2, 10 * x["cost"], xtol=1e-13, rtol=1e-15))

    def carried(debt: float) -> float:
        flows = [x["flow"] - 0.25 * max(0.0, x["flow"] - x["rate"] * debt * (10 - i) / 10) for i in range(10)]
        return sum(f / (1 + x["rate"]) ** (i + 1) for i, f in enumerate(flows)) / x["cover"]

    def miss(debt: float) -> float:
        return min(x["gearing"] * used(debt), carried(debt)) - debt

    debt = float(brentq(miss, 1.0, 3 * x["cost"], xtol=1e-13, rtol=1e-15))
    return debt, interest(debt, used(debt))
