"""A function called on a column of a million rows against its formula in plain NumPy, side by side."""

from __future__ import annotations

import ctypes
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dealmodel.catalogue import CATALOGUE
from dealmodel.domain import Kind
from tests.support.cases import load_cases
from tests.support.layout import shape_of
from tests.support.values import as_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from dealmodel.contract import Contract
    from dealmodel.domain import Domain
    from tests.support.cases import Case

    Column = NDArray[np.float64]

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000
FAR = 1000.0
"""How far from 0 an unbounded domain is drawn."""
MOST = 3.0
"""How many times as long as the formula alone a call may take."""
RUNS = 31
CASES = 100_000
"""Rows of a function that takes series or lists, each row one case."""
SLOW = 0.1
"""Seconds from which a formula is timed three times only, and on fewer rows: nothing beside it can be seen."""

CONTRACTS = {entry.name: entry.contract for entry in CATALOGUE.values() if not entry.takes_cells}
ELEMENTWISE = {name: contract for name, contract in CONTRACTS.items() if not contract.is_arraywise}
WITH_LISTS = {name: contract for name, contract in CONTRACTS.items() if contract.cores}


@pytest.fixture(scope="module", autouse=True)
def _keep_memory() -> Iterator[None]:
    """Let the allocator keep what is freed: whether it gives pages back between two calls is chance."""
    libc = ctypes.CDLL(None)
    trim_threshold, mmap_threshold = -1, -3
    if hasattr(libc, "mallopt"):
        libc.mallopt(trim_threshold, 2**30)
        libc.mallopt(mmap_threshold, 2**25)
    yield
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def column(domain: Domain, rng: np.random.Generator, rows: int) -> Column:
    """Draw a column of numbers of a domain."""
    if domain.kind is Kind.FLAG:
        return rng.integers(0, 2, rows).astype(np.float64)
    low, high = max(domain.lowest, -FAR), min(domain.highest, FAR)
    if domain.whole:
        return rng.integers(int(np.ceil(low)), int(min(high, low + 12)) + 1, rows).astype(np.float64)
    return rng.uniform(low, high, rows)


def columns(contract: Contract, rows: int = ROWS) -> list[Column]:
    """Draw columns of which every row is inside all domains and meets all requirements."""
    rng = np.random.default_rng(0)
    parameters = [parameter for parameter in contract.parameters if not parameter.is_text]
    drawn = {parameter.name: column(parameter.domain, rng, rows) for parameter in parameters}
    for requirement in contract.requirements:
        names = [name for name in requirement.arguments if name in drawn]
        if len(names) == 2:
            first, second = (drawn[name] for name in names)
            if np.mean(requirement.test(np.minimum(first, second), np.maximum(first, second))) > 0.5:
                drawn[names[0]], drawn[names[1]] = np.minimum(first, second), np.maximum(first, second)
    found = np.asarray(contract(**drawn))
    usable = np.isfinite(found.reshape(rows, -1)).all(axis=1)
    assert usable.mean() > 0.01
    return [np.resize(values[usable], rows) for values in drawn.values()]


def few_or_many(contract: Contract, few: list[Column], many: Callable[[], list[Column]]) -> list[Column]:
    """Return the few rows where the function takes long for each."""
    return few if seconds(lambda: contract(*few)) > SLOW / 10 else many()


def rows_of_cases(contract: Contract, rows: int) -> list[Column]:
    """Return the longest of a function's cases that has a number, once for each of many rows."""

    def numbers(case: Case) -> list[Column]:
        bound = contract.bind([np.array(a, dtype=np.float64) for a in case.given], {})
        return [
            array.reshape(-1) if parameter.core else array.reshape(())
            for parameter, array in zip(contract.parameters, contract.prepare(bound), strict=True)
        ]

    def is_one_case(case: Case) -> bool:
        return all(
            isinstance(cells, (int, float)) or (parameter.core and 1 in (shape_of(cells) or ()))
            for parameter, cells in zip(contract.parameters, case.given, strict=False)
        ) and all(isinstance(cell, (int, float)) for row in as_rows(case.expected) for cell in row)

    found = [numbers(case) for case in load_cases(contract.name) if is_one_case(case)]
    longest = max(found, key=lambda case: sum(map(np.size, case)))
    return [np.tile(array, (rows, *(1,) * array.ndim)) for array in longest]


def seconds(call: Callable[[], Any]) -> float:
    """Return the processor's time: that of the wall also counts what other programs do meanwhile."""
    start = time.process_time()
    call()
    return time.process_time() - start


def medians(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float, float]:
    """Time two calls in turn, so that both see the same machine; return both medians, and that of the ratios."""
    runs = 3 if seconds(theirs) > SLOW else RUNS
    seconds(ours)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratio


def check(contract: Contract, arguments: list[Column], body: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Print and judge how much longer a call takes than its formula."""

    def formula() -> Any:  # noqa: ANN401
        with np.errstate(all="ignore"):
            return contract.body(*body)

    def total() -> Any:  # noqa: ANN401
        return sum(body, start=np.float64(0.0))

    # A mean that is one of the arguments costs nothing; in plain NumPy, reading them all does.
    costs_nothing = any(np.may_share_memory(formula(), argument) for argument in arguments)
    ours, theirs, ratio = medians(lambda: contract(*arguments), total if costs_nothing else formula)
    with capsys.disabled():
        print(
            f"\n{contract.name:<24}{ours * 1e3:9.2f} ms /{theirs * 1e3:9.2f} ms = {ratio:.2f} (at most {MOST:g})",
            end="",
        )
    assert ratio <= MOST


@pytest.mark.parametrize("contract", ELEMENTWISE.values(), ids=ELEMENTWISE.keys())
def test_a_column_takes_at_most_three_times_the_formula(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = few_or_many(contract, columns(contract, ROWS // 100), lambda: columns(contract))
    with np.errstate(all="ignore"):
        found = contract.body(*arguments)
    assert np.array_equal(np.asarray(found, dtype=np.float64), contract(*arguments))
    check(contract, arguments, arguments, capsys)


SEVERAL = {name: c for name, c in ELEMENTWISE.items() if sum(not p.is_text for p in c.parameters) > 1}


@pytest.mark.parametrize("contract", SEVERAL.values(), ids=SEVERAL.keys())
def test_a_column_beside_numbers_takes_at_most_three_times_the_formula(
    contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = columns(contract, ROWS // 100)
    numbers = [other[0] for other in others]
    usable = np.isfinite(np.asarray(contract(first, *numbers)).reshape(len(first), -1)).all(axis=1)
    few = [first[usable], *numbers]
    arguments = few_or_many(contract, few, lambda: [np.resize(first[usable], ROWS), *numbers])
    check(contract, arguments, arguments, capsys)


@pytest.mark.parametrize("contract", WITH_LISTS.values(), ids=WITH_LISTS.keys())
def test_rows_of_lists_take_at_most_three_times_the_formula(
    contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = few_or_many(contract, rows_of_cases(contract, CASES // 100), lambda: rows_of_cases(contract, CASES))
    check(contract, arguments, contract.prepare(arguments), capsys)
