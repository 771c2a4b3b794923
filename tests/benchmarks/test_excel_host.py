from __future__ import annotations

import statistics
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.support.pywin32_stub import MISSING, FakeRange, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.pywin32_stub import Windows

pytestmark = pytest.mark.benchmark

CALLS = 200
ROUNDS = 25
MANY = 100_000
LIMIT = 3.0
"""How many times the cost of a function that does nothing, through the same xlwings, a call may have."""


@pytest.fixture(scope="module")
def excel() -> Iterator[Windows]:
    with windows() as found:
        yield found


@pytest.fixture
def bare(excel: Windows, monkeypatch: pytest.MonkeyPatch) -> str:
    """Register a function that does nothing, with xlwings' own conversions; return its module's name."""

    @excel.udfs.xlfunc
    def nothing(consideration, stake_before, stake_after, primary_share=0.0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        return 0.0

    module = ModuleType("bare_udfs")
    module.__dict__.update(__file__=__file__, nothing=nothing)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.__name__


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS


def medians(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    """Measure both in turns, so that a noisy neighbour hits both."""
    pairs = [(seconds(ours), seconds(peer)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


class PlainRange(FakeRange):
    """A range that also takes the reading of xlwings itself."""

    Value = FakeRange.Value2


@pytest.mark.parametrize("shape", ["numbers", "cells"])
def test_a_scalar_call_costs_at_most_three_bare_calls(excel: Windows, bare: str, shape: str) -> None:
    figures = [1000.0, 0.51, 0.83]
    values = figures if shape == "numbers" else [PlainRange([[figure]]) for figure in figures]
    arguments = (*values, MISSING)
    caller = PlainRange([[None]])
    call_udf = excel.udfs.call_udf
    ours, peer = medians(
        lambda: call_udf("dealmodel.udfs", "DM_STEP_VALUATION", arguments, None, caller),
        lambda: call_udf(bare, "nothing", arguments, None, caller),
    )
    print(f"{shape}: {ours * 1e6:.1f} us against {peer * 1e6:.1f} us bare, {ours / peer:.2f} times")
    assert ours <= LIMIT * peer


def test_a_hundred_thousand_scalar_calls_cost_at_most_three_times_as_many_bare_ones(excel: Windows, bare: str) -> None:
    # As the add-in's wrapper calls: through the COM server's own class, without workbook and caller.
    arguments = (1000.0, 0.51, 0.83, MISSING)
    call_udf = excel.com_server.XLPython().CallUDF
    ours = peer = 0.0
    for _ in range(MANY // CALLS):
        ours += CALLS * seconds(lambda: call_udf("dealmodel.udfs", "DM_STEP_VALUATION", arguments))
        peer += CALLS * seconds(lambda: call_udf(bare, "nothing", arguments))
    print(f"{MANY:,} calls: {ours:.1f} s against {peer:.1f} s bare, {ours / peer:.2f} times")
    assert ours <= LIMIT * peer
