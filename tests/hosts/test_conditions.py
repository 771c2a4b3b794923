"""Where conditions are plain, the engine's own functions of conditions do what those that are supplied to it do."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING

import pytest

from dealmodel.hosts.engine import Engine, words_in
from tests.hosts.test_engine import NOW
from tests.support.workbooks import one_sheet, saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dealmodel.cells import Scalar

ROWS = 40
FUNCTIONS = {
    "COUNTIF": "{0},{1}",
    "COUNTIFS": "{0},{1}",
    "SUMIF": "{0},{1},{2}",
    "AVERAGEIF": "{0},{1},{2}",
    "SUMIFS": "{2},{0},{1}",
    "AVERAGEIFS": "{2},{0},{1}",
    "MAXIFS": "{2},{0},{1}",
    "MINIFS": "{2},{0},{1}",
}
NUMBERS = (0, 1, 2, 3, 7, 12, 100, 2024, -5, 45000, 0.3, 2.5, 1e-9, 33.33, 123456789)
WORDS = ("a", "abc", "Apple Inc.", "é", "North-East", "zz top", "May flower", "Straße", "strasse")
TEXTS = (
    *WORDS,
    "A",
    "3",
    "3.0",
    "(5)",
    "10%",
    "1e2",
    " 3",
    "1/1/2020",
    "2023-03-15",
    "TRUE",
    "#N/A",
    "=3",
    ">1",
    "a*",
    "x?",
)
SIGNS = ("<", ">", "<=", ">=", "=", "<>")


def near(rng: random.Random, number: float) -> float:
    """Return a number or one that is nearly it."""
    others = (math.nextafter(number, math.inf), math.nextafter(number, -math.inf), number + 1e-13, number - 1e-13)
    return rng.choice((number, number, number, *others))


def cell(rng: random.Random) -> Scalar:
    kinds = (
        near(rng, rng.choice(NUMBERS)),
        near(rng, rng.choice(NUMBERS)),
        rng.choice(TEXTS),
        None,
        rng.random() < 0.5,
    )
    return rng.choice(kinds)


def conditions() -> Iterator[Scalar]:
    yield from (*NUMBERS, *TEXTS, None, True)
    yield from (
        f"{sign}{value}" for sign in SIGNS for value in (*NUMBERS, "a", "TRUE", "", "1E+20", "0.333333333333333")
    )


def computed(cells: dict[str, Scalar], formulas: Sequence[str]) -> list[object]:
    """Return what the engine alone, with the functions that the formulas call, gives for formulas in column Z."""
    book = one_sheet({**cells, **{f"Z{row}": f"={formula}" for row, formula in enumerate(formulas, 1)}})
    for row in book["S"].iter_rows(max_col=25):
        for stored in row:
            if isinstance(stored.value, str) and stored.value != "=NA()":
                stored.data_type = "s"
    engine = Engine(saved(book), NOW, words=words_in("\n".join(formulas)))
    engine.evaluate()
    return list(engine.values("S", [(row, 26) for row in range(1, len(formulas) + 1)]))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kinds", ["numbers", "numbers under a header", "anything"])
def test_where_conditions_are_plain_the_engine_gives_what_we_give(seed: int, kinds: str) -> None:
    rng = random.Random(f"{kinds}{seed}")  # noqa: S311  the same cells in every run
    places = list(itertools.product("AC", range(1, ROWS + 1)))
    cells: dict[str, Scalar] = {f"{column}{row}": cell(rng) for column, row in places}
    if kinds != "anything":
        cells |= {f"A{row}": near(rng, rng.choice(NUMBERS)) for row in range(1, ROWS + 1)}
    if kinds == "numbers under a header":
        cells["A1"] = "Month"
    asked = list(conditions())
    cells |= {f"K{row}": condition for row, condition in enumerate(asked, 1)}
    calls = []
    for (function, arguments), row in itertools.product(FUNCTIONS.items(), range(1, len(asked) + 1)):
        first = 1 if kinds == "numbers under a header" else rng.randint(1, ROWS - 5)
        looked_at, summed = (f"{column}{first}:{column}{rng.randint(first + 2, ROWS)}" for column in "AC")
        summed = summed[: summed.index(":")] + looked_at[looked_at.index(":") :].replace("A", "C")
        others = "-1" if function.startswith(("MAX", "MIN")) else f"COUNTA({looked_at})-COUNT({looked_at})"
        guard = f"DEALMODEL_PLAINLY(TRUE,K{row},{others},INDEX({looked_at},1,1))"
        calls.append((guard, f"{function}({arguments.format(looked_at, f'K{row}', summed)})"))
    guards = computed(cells, [guard for guard, _ in calls])
    engines = computed(cells, [call for _, call in calls])
    ours = computed(cells, [f"DEALMODEL_{call}" for _, call in calls])
    wrong = [
        (call, one, other)
        for (_, call), plain, one, other in zip(calls, guards, engines, ours, strict=True)
        if plain and one != (pytest.approx(other, rel=1e-12) if isinstance(other, float) else other)
    ]
    assert not wrong
    assert sum(map(bool, guards)) > len(guards) / 4, "nothing has been compared"
    assert set(map(type, guards)) == {bool}


@pytest.mark.parametrize(
    ("condition", "others", "first", "is_plain"),
    [
        ('"North"', 40, 1, True),
        ('">=45000"', 40, 1, True),
        ('"<-0.5"', 3, 1, True),
        ("7", 0, 1, True),
        ("7", 1, '"Month"', True),
        ("7", 1, '"7 Jul"', False),
        ("7", 2, '"Month"', False),
        ("7", -1, 1, False),
        ("0.3", 0, 1, False),
        ("TRUE", 0, 1, False),
        ('"TRUE"', 0, 1, False),
        ('"5%"', 0, 1, False),
        ('"1/2"', 0, 1, False),
        ('"a*"', 0, 1, False),
        ('"<>a"', 0, 1, False),
        ('""', 0, 1, False),
        ("NA()", 0, 1, False),
        ("{1,2}", 0, 1, False),
    ],
)
def test_conditions_are_plain_where_they_can_mean_one_thing_only(
    condition: str, others: int, first: object, is_plain: bool
) -> None:
    asked = f"{condition},{others},{first}"
    sure, not_sure = "ISNUMBER(SUM(A1:A2))", "ISNUMBER(SUM(A1:B2))"
    formulas = [f"DEALMODEL_PLAINLY({other},{asked})" for other in ("TRUE", sure, not_sure)]
    assert computed({"A1": 1.0, "B1": "=NA()"}, formulas) == [is_plain, is_plain, False]
