"""Supplied functions answer at once whatever they are given: with the value, Excel's error, or that it is unknown."""

from __future__ import annotations

import math
import random

import pytest

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import NOT_COMPUTED, EngineValue, to_engine
from dealmodel.hosts.supplements import registrations
from dealmodel.hosts.supplements.calendar import weekday_of
from dealmodel.hosts.supplements.dates import workday
from dealmodel.hosts.supplements.depreciation import MANY_PERIODS

FUNCTIONS = {name: function for name, function, _, _ in registrations()}
NUM, VALUE = (to_engine(error) for error in (CellError.NUM, CellError.VALUE))


def call(name: str, *arguments: float) -> EngineValue:
    return FUNCTIONS[name](*map(float, arguments))


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("BESSELJ", (1, 1e9), 0.0),
        ("BESSELJ", (2e9, 1e9), NOT_COMPUTED),
        ("BESSELY", (1, 1e9), NUM),
        ("BESSELY", (2e9, 1e9), NOT_COMPUTED),
        ("COMBINA", (1e9, 1e9), NUM),
        ("MULTINOMIAL", (1e9, 1e9), NUM),
        ("MULTINOMIAL", (1e9, 1), 1e9 + 1),
        ("PERMUTATIONA", (1e9, 1e9), NUM),
        ("PERMUTATIONA", (1, 1e9), 1.0),
        ("MUNIT", (1e6,), VALUE),
        ("EXPAND", (1, 1e6, 16000), VALUE),
        ("WORKDAY", (1, 1e9), NUM),
        ("WORKDAY", (1, 1.9e6), 2659999.0),
        ("DB", (1e6, 1, 1e8, 9e7), 0.0),
        ("VDB", (1000, 0, 1e7, 1e6, 9e6), NOT_COMPUTED),
        ("AMORLINC", (1e9, 1, 2, 1, 1e8, 1e-9, 1), 1.0),
        ("AMORDEGRC", (1e9, 1, 2, 1, 1e8, 1e-9, 1), NOT_COMPUTED),
    ],
    ids=str,
)
def test_large_arguments_are_answered(name: str, arguments: tuple[float, ...], expected: EngineValue) -> None:
    assert call(name, *arguments) == expected


def test_depreciation_over_very_long_lives_follows_the_power_of_what_is_left() -> None:
    life, time = 1e7, 2.5e6
    left = 1000 * (1 - 2 / life) ** time
    assert call("VDB", 1000, 100, life, 0, time, 2, 1) == pytest.approx(1000 - left, rel=1e-9)
    assert call("VDB", 1000, 900, life, 0, time, 2, 1) == 100, "not below the salvage value"


def test_depreciation_is_the_same_on_both_sides_of_the_bound() -> None:
    arguments = (1000, 100, 2 * MANY_PERIODS, 0)
    below, at, above = (call("VDB", *arguments, MANY_PERIODS + i, 1.5, 1) for i in (-1, 0, 1))
    assert isinstance(below, float)
    assert isinstance(at, float)
    assert isinstance(above, float)
    assert above - at == pytest.approx(at - below, rel=1e-4)


def test_workdays_are_those_that_are_counted_one_by_one() -> None:
    dice = random.Random(5)  # noqa: S311  cases, no secrets
    for _ in range(200):
        start, count = dice.randint(2000, 60000), dice.choice((-1, 1)) * dice.randint(1, 900)
        holidays = {dice.randint(start - 1300, start + 1300) for _ in range(dice.choice((0, 40)))}
        day, left = start, count
        while left:
            day += int(math.copysign(1, left))
            left -= int(math.copysign(weekday_of(day) not in weekday_numbers() and day not in holidays, left))
        cells: EngineValue = [[float(holiday)] for holiday in holidays] or None
        assert workday(float(start), float(count), cells) == day


def weekday_numbers() -> set[int]:
    """Return the numbers of Saturday and Sunday, which 6 January 2024 begins."""
    return {weekday_of(45297), weekday_of(45298)}
