"""Books in which errors, texts and truths pass from cell to cell: the program gives what the engine gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dealmodel.simulation.compiler.quick import program as quick
from dealmodel.simulation.compiler.quick.checks import are_within, outside
from dealmodel.simulation.compiler.quick.schedule import scheduled
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.quick.values import Value
    from dealmodel.simulation.program import Program

A1, B1 = CellAt("S", 1, 1), CellAt("S", 1, 2)

BOOKS: dict[str, dict[str, object]] = {
    "a status in words": {
        "C1": '=IF(A1>=B1,"covered",IF(A1>0,"short","none"))',
        "C2": '=IF(C1="COVERED",A1-B1,IF(C1="short",B1-A1,0))',
        "C3": '=IF(AND(C1<>"none",A1<100),1,0)*C2',
        "C4": '=IF(A1>1,A1,"n.m.")',
        "C5": "=IF(ISNUMBER(C4),C4*2,-1)",
        "C6": '=C2="x"',
    },
    "errors that are caught elsewhere": {
        "C1": "=B1/A1",
        "C2": "=C1*2+1",
        "C3": "=IFERROR(C2,-1)",
        "C4": "=IF(ISERROR(C1),0,C1)",
        "C5": "=IF(A1=0,0,C1)",
        "C6": "=SUM(C3:C5)",
        "C7": "=IFERROR(SQRT(A1)*LN(B1),C6)",
        "C8": "=MAX(C7,C3)/A1",
        "C9": '=IF(A1>2,C8,"-")',
    },
    "errors of every kind": {
        "C1": "=IF(A1<0,NA(),IF(A1=0,1/0,SQRT(A1-1)))",
        "C2": "=IFERROR(C1,B1)",
        "C3": "=IF(ISERROR(C1),C1,2)",
        "C4": "=IFNA(C1,5)",
        "C5": "=AND(C1>0,A1>1)",
        "C6": "=SUM(C1,A1)",
    },
    "lookups": {
        "E1": 0.0, "E2": 1.0, "E3": 5.0, "F1": 0.1, "F2": 0.2, "F3": 0.35,
        "C1": "=VLOOKUP(A1,E1:F3,2)",
        "C2": "=INDEX(F1:F3,MATCH(A1,E1:E3,1))",
        "C3": "=IFERROR(C1,0)+IFERROR(CHOOSE(A1,B1,A1*2,7),-3)",
        "C4": "=CHOOSE(MAX(1,MIN(3,A1)),B1,2,A1)",
        "C5": "=INDEX(A1:C1,1,MAX(1,MIN(2,A1)))",
        "C6": "=VLOOKUP(A1,E1:F3,2,FALSE)",
    },
    "powers and values of money": {
        "C1": "=(1+A1/10)^5-(1+A1/10)^3*(1+A1/10)^2",
        "C2": "=(1+B1/10)^-4+(1+B1/10)^0.5+A1^0",
        "C3": "=NPV(B1/10,A1,B1,3,A1)",
        "C4": "=SUMPRODUCT(A1:B1,C1:D1)+AVERAGE(A1:D1,2)",
        "C5": "=DM_RND_BUDGET(7,A1,B1/10)",
        "C6": "=IFERROR(A1^B1,0)-IFERROR((A1-1)^-3,9)",
        "C7": "=PRODUCT(A1:B1)/8",
    },
    "roundings": {
        "C1": "=ROUND(A1,2)+ROUND(A1*B1,0)-ROUND(A1,-1)",
        "C2": "=ROUND(A1/7,4)*ROUND(B1+0.5,0)",
        "C3": "=ROUND(1.005*A1,2)",
    },
    "choices between like things": {
        "C1": "=IF(A1>0,A1*B1/2,A1*B1)",
        "C2": "=IF(AND(A1>0,B1>0),C1,-C1)",
        "C3": "=IF(NOT(A1>0),0,C2)+IF(A1>1,C2,0)",
        "C4": "=IF(A1>1,2,3)*IF(A1>1,2,2)",
        "C5": "=IF(A1>B1,A1>0,B1>0)",
        "C6": "=IF(C5,1,0)+(A1>B1)*2",
        "C7": "=OR(A1>1,FALSE,1/A1>0)",
        "C8": "=AND(A1>1,1/B1>0)",
    },
    "copies": {f"{c}{i}": f"=IF(A1>{c}$20,IFERROR({c}$20/A1,0),$B$1)+SUM($A$1:$B$1)*{i}" for c in "CDE" for i in (1, 2)}
    | {"C20": 1.0, "D20": -1.0, "E20": 0.0, "C3": "=SUM(C1:E2)", "C4": "=C3"},
}  # fmt: skip


def trials(count: int) -> dict[CellAt, NDArray[np.float64]]:
    rng = np.random.default_rng(4)
    odd = np.array([-2.0, -1.0, 0.0, 0.5, 1.0, 1.005, 2.0, 2.5, 3.0, 5.0, 7.0])
    first = np.where(rng.uniform(size=count) < 0.5, rng.choice(odd, count), rng.uniform(-3, 8, count))
    return {A1: first, B1: np.where(rng.uniform(size=count) < 0.3, rng.choice(odd, count), rng.uniform(-1, 5, count))}


def program_of(name: str) -> Program:
    model = model_of({"A1": 1.5, "B1": 2.0} | BOOKS[name])
    return compile_program(model, (), [A1, B1], list(model.formulas))


@pytest.mark.parametrize("name", BOOKS)
def test_cells_that_use_each_other_give_what_the_engine_gives(name: str) -> None:
    program = program_of(name)
    assert program.fallback == ()
    assert program.check({}, trials(300), 200) == 200


@pytest.mark.parametrize("name", BOOKS)
def test_a_trial_comes_out_alone_as_among_others(name: str) -> None:
    values = trials(20_000)
    program = program_of(name)
    among = program.run({}, values)
    codes = {at: program.errors(at) for at in program.outputs}
    for picked in (slice(3, 40), slice(9000, 9001), slice(19_990, 20_000)):
        some = {at: v[picked] for at, v in values.items()}
        for other in (program, program_of(name)):
            alone = other.run({}, some)
            for at in program.outputs:
                np.testing.assert_array_equal(alone[at], among[at][picked])
                np.testing.assert_array_equal(other.errors(at), codes[at][picked])


def test_one_trial_in_a_million_may_be_an_error() -> None:
    model = model_of({"A1": 1.0, "C1": "=1/(A1-777)", "C2": "=C1*2", "C3": "=IFERROR(C2,5)"})
    outputs = [CellAt("S", i, 3) for i in (2, 3)]
    program = compile_program(model, (), [A1], outputs)
    values = np.arange(100_000.0)
    found = program.run({}, {A1: values})
    assert np.flatnonzero(program.errors(outputs[0])).tolist() == [777]
    assert not program.errors(outputs[1]).any()
    assert found[outputs[1]][777] == 5.0
    assert found[outputs[1]][778] == 2.0


def test_registers_are_laid_out_for_many_trials_once_though_cells_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[int] = []

    def counted(order: Sequence[Value], kept: Sequence[Value]) -> list[Value]:
        laid_out.append(len(order))
        return scheduled(order, kept)

    monkeypatch.setattr(quick, "scheduled", counted)
    model = model_of({"A1": 1.0, "B1": 2.0, "C1": "=IFERROR(B1/A1,-1)", "C2": "=IFERROR(SQRT(C1),C1)"})
    program = compile_program(model, (), [A1, B1], [CellAt("S", 2, 3)])
    a = np.tile([-2.0, 0.0, 1.0, 4.0], 5000)
    found = program.run({}, {A1: a, B1: np.ones(a.size)})[CellAt("S", 2, 3)]
    np.testing.assert_array_equal(found[:4], [-0.5, -1.0, 1.0, 0.5])
    assert len(laid_out) == 1


def test_what_only_late_trials_show_is_learned_too() -> None:
    model = model_of({"A1": 1.0, "B1": 2.0, "C1": "=IFERROR(B1/A1,-1)"})
    program = compile_program(model, (), [A1, B1], [CellAt("S", 1, 3)])
    a = np.ones(40_000)
    a[[17_000, 39_999]] = 0.0
    found = program.run({}, {A1: a, B1: 2 * np.ones(a.size)})[CellAt("S", 1, 3)]
    np.testing.assert_array_equal(found, np.where(a == 0, -1.0, 2.0))


@pytest.mark.parametrize(
    ("drawn", "formula", "checked"),
    [
        ("=DM_UNIFORM(0.4,0.6)", "=DM_IMPLIED_VALUATION(100,A1)", False),
        ("=DM_UNIFORM(0,0.6)", "=DM_IMPLIED_VALUATION(100,A1)", True),
        ("=DM_UNIFORM(0.2,1)", "=DM_EXPECTED_FINE(100,50,A1)", True),
        ("=DM_PERT(0.2,0.3,0.9)", "=DM_EXPECTED_FINE(100,50,A1)", False),
        ("=DM_NORMAL(0.5,0.2)", "=DM_EXPECTED_FINE(100,50,A1)", True),
        ("=DM_NORMAL(0.5,0.01)", "=DM_EXPECTED_FINE(100,50,A1)", False),
        ("=DM_UNIFORM(0.4,B1)", "=DM_IMPLIED_VALUATION(100,A1)", True),
    ],
)
def test_a_draw_that_cannot_leave_a_domain_is_not_looked_at(drawn: str, formula: str, checked: bool) -> None:
    model = model_of({"A1": drawn, "B1": "=DM_UNIFORM(0.5,0.7)", "C1": formula})
    draws = find_draws(model)
    program = compile_program(model, draws, (), [CellAt("S", 1, 3)])
    rng = np.random.default_rng(5)
    uniforms = {d: rng.uniform(1e-9, 1, 20_000) for d in draws}
    assert program.check(uniforms) == 64
    program.run(uniforms)
    code = program._runs.prepare(20_000)._code  # noqa: SLF001  what is called is what matters here
    assert code is not None
    assert any(getattr(call, "func", call) in (are_within, outside) for call, _ in code.calls) is checked
