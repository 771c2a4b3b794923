"""Sums, counts and averages of the cells that meet conditions; the engine leaves errors out, Excel does not."""

from __future__ import annotations

import itertools
import math
import operator
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.engine_values import EngineValue, to_scalar
from dealmodel.hosts.supplements.refusals import CellErrorRaised, only_cell, refuse
from dealmodel.hosts.supplements.texts import is_of_this_year, number_in
from dealmodel.hosts.supplements.wildcards import wild_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Test: TypeAlias = "Callable[[Scalar], bool]"
_PLAIN = {float, int, type(None)}
"""Kinds of cells that compare with a number without further ado."""
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)?(.*)", re.DOTALL)
_ORDERS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_ERRORS = {error.value: error for error in CellError}
_TRUTHS = {"TRUE": True, "FALSE": False}
_ORDER = re.compile(r"[<>]=?-?\d{1,15}(?:\.\d{1,17})?(?:E[+-]\d{1,2})?")
_SPECIAL = re.compile(r"[*?~]|^[<>=#]")
_LONGEST = 255
"""Letters of the longest condition that is a text."""


def sumif(cells: EngineValue, condition: EngineValue, sums: EngineValue = None) -> float:
    """Sum of the cells beside those that meet a condition."""
    return math.fsum(_numbers(_beside(cells, cells if sums is None else sums, condition)))


def averageif(cells: EngineValue, condition: EngineValue, averages: EngineValue = None) -> float:
    """Average of the cells beside those that meet a condition."""
    return _average(_numbers(_beside(cells, cells if averages is None else averages, condition)))


def countif(cells: EngineValue, condition: EngineValue, size: EngineValue = 0.0) -> float:
    """Cells that meet a condition; those of `size` that are not given are blank."""
    given = _flat(cells)
    missing = int(size) - len(given)
    blank = missing if missing > 0 and criterion(condition)(None) else 0
    return float(sum(_flags(condition, given)) + blank)


def countifs(*pairs: EngineValue) -> float:
    """Places at which all conditions are met; a number at the end tells how many there are, the rest being blank."""
    size = int(pairs[-1]) if len(pairs) % 2 else 0
    given = pairs[: len(pairs) - len(pairs) % 2]
    found = len(list(_meeting(given[0], given)))
    blank = max(size - len(_flat(given[0])), 0)
    return float(found + (blank if blank and all(criterion(c)(None) for c in given[1::2]) else 0))


def sumifs(sums: EngineValue, *pairs: EngineValue) -> float:
    """Sum of the cells at the places at which all conditions are met."""
    return math.fsum(_numbers(_meeting(sums, pairs)))


def maxifs(values: EngineValue, *pairs: EngineValue) -> float:
    """Largest of the cells at the places at which all conditions are met; zero where there is none."""
    return max(_numbers(_meeting(values, pairs)), default=0.0)


def minifs(values: EngineValue, *pairs: EngineValue) -> float:
    """Smallest of the cells at the places at which all conditions are met; zero where there is none."""
    return min(_numbers(_meeting(values, pairs)), default=0.0)


def averageifs(averages: EngineValue, *pairs: EngineValue) -> float:
    """Average of the cells at the places at which all conditions are met."""
    return _average(_numbers(_meeting(averages, pairs)))


def plainly(sure: EngineValue, *asked: EngineValue) -> bool:
    """Whether the engine's own function does with some conditions what these do.

    Parameters
    ----------
    sure
        Whether all else is known to be so.
    asked
        For each condition: it, how many of the cells hold texts, truths or errors, -1 where the engine takes numbers
        for equal that are nearly so, and the first of the cells.
    """
    return sure in (True, 1.0) and all(map(_is_plain, asked[::3], asked[1::3], asked[2::3]))


def _is_plain(condition: EngineValue, others: EngineValue, first: EngineValue) -> bool:
    """Whether a condition is a word, the sign of an order before a number, or a whole number among numbers."""
    if isinstance(condition, str):
        return bool(_ORDER.fullmatch(condition)) or _is_word(condition)
    if condition is not None and not (isinstance(condition, float) and condition.is_integer()):
        return False
    # Texts may stand for numbers; a column's header may not.
    return others == 0 or (others == 1 and isinstance(first, str) and _is_word(first))


def _is_word(text: str) -> bool:
    """Whether a text stands for itself."""
    if not 0 < len(text) <= _LONGEST or _SPECIAL.search(text) or text.upper() in _TRUTHS:
        return False
    return text.lower() == text.casefold() and number_in(text) is None and not is_of_this_year(text)


def _rows(argument: EngineValue) -> Sequence[Sequence[EngineValue]]:
    return argument if isinstance(argument, list) else [[argument]]


def _flat(argument: EngineValue) -> list[Scalar]:
    cells: list[Scalar] = list(itertools.chain.from_iterable(_rows(argument)))
    return list(map(to_scalar, cells)) if dict in set(map(type, cells)) else cells


def _beside(cells: EngineValue, values: EngineValue, condition: EngineValue) -> Iterator[Scalar]:
    """Return the values at the places of the cells that meet a condition, both counted from the first."""
    rows, beside = _rows(cells), _rows(values)
    height, width = min(len(rows), len(beside)), min(len(rows[0]), len(beside[0]))
    looked_at, given = (_flat([row[:width] for row in grid[:height]]) for grid in (rows, beside))
    return itertools.compress(given, _flags(condition, looked_at))


def _meeting(values: EngineValue, pairs: Sequence[EngineValue]) -> Iterator[Scalar]:
    """Return the values at the places at which all conditions are met."""
    shape = len(_rows(values)), len(_rows(values)[0])
    met = []
    for cells, condition in zip(pairs[::2], pairs[1::2], strict=True):
        refuse((len(_rows(cells)), len(_rows(cells)[0])) != shape, CellError.VALUE)
        met.append(_flags(condition, _flat(cells)))
    return itertools.compress(_flat(values), met[0] if len(met) == 1 else map(all, zip(*met, strict=True)))


def _flags(condition: EngineValue, cells: Sequence[Scalar]) -> list[bool]:
    """Return whether each of some cells meets a condition; there may be millions of them."""
    wanted = to_scalar(only_cell(condition))
    sign, value = condition_parts(wanted) if isinstance(wanted, str) else ("", wanted)
    kinds = set(map(type, cells))
    if isinstance(value, float) and kinds <= _PLAIN:
        if sign in ("", "="):
            return [cell == value for cell in cells]
        if sign in _ORDERS:
            order: Callable[[Any, Any], bool] = _ORDERS[sign]
            return [cell is not None and order(cell, value) for cell in cells]
    if isinstance(value, str) and value and sign in ("", "=") and not wild_test(value):
        folded = value.casefold()
        return [cell.__class__ is str and cell.casefold() == folded for cell in cells]
    return list(map(criterion(condition), cells))


def _numbers(values: Iterator[Scalar]) -> list[float]:
    given = list(values)
    if set(map(type, given)) <= {float}:
        # The type of each has just been looked at.
        return given  # type: ignore[return-value]
    found = []
    for value in given:
        if isinstance(value, CellError):
            raise CellErrorRaised(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append(float(value))
    return found


def _average(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)


def criterion(condition: EngineValue, *, begins: bool = False) -> Test:
    """Return the test that a condition such as `">=5"`, `"a*"` or `7` stands for.

    Parameters
    ----------
    condition
        The condition.
    begins
        Whether a text stands for all that begin with it, as in the functions of databases.
    """
    wanted = to_scalar(only_cell(condition))
    if not isinstance(wanted, str):
        return _equals(0.0 if wanted is None else wanted)
    sign, value = condition_parts(wanted)
    text = wanted[len(sign) :]
    if sign in _ORDERS:
        return _ordered(_ORDERS[sign], value) if text else lambda _: False
    if sign == "<>":
        return _differs(value) if text else lambda cell: cell is not None
    if not text:
        return (lambda cell: cell is None) if sign else (lambda cell: cell in (None, ""))
    return _equals(f"{value}*" if begins and isinstance(value, str) and not sign else value)


def condition_parts(condition: str) -> tuple[str, float | bool | str | CellError]:
    """Return the sign of a condition that is a text, which may be none, and the value to compare with."""
    match = _CONDITION.fullmatch(condition)
    sign, text = (match[1] or "", match[2]) if match else ("", condition)
    return sign, _value_of(text)


def _differs(wanted: float | bool | str | CellError) -> Test:
    """Return the test of another value; a text of digits is another than the number."""
    if isinstance(wanted, float):
        return lambda cell: isinstance(cell, bool) or cell != wanted
    same = _equals(wanted)
    return lambda cell: not same(cell)


def _value_of(text: str) -> float | bool | str | CellError:
    """Return what the text of a condition means."""
    if text in _ERRORS:
        return _ERRORS[text]
    number = number_in(text)
    return _TRUTHS.get(text.upper(), text) if number is None else number


def _equals(wanted: float | bool | str | CellError) -> Test:
    if isinstance(wanted, str):
        wild = wild_test(wanted)
        folded = wanted.casefold()
        return lambda cell: isinstance(cell, str) and bool(wild(cell) if wild else cell.casefold() == folded)
    if isinstance(wanted, (bool, CellError)):
        return lambda cell: cell is wanted
    return lambda cell: _number(cell) == wanted


def _number(cell: Scalar) -> float | None:
    """Return a number, or a text of digits as one."""
    if isinstance(cell, str):
        return number_in(cell)
    return float(cell) if isinstance(cell, (int, float)) and not isinstance(cell, bool) else None


def _ordered(order: Callable[[Any, Any], Any], wanted: float | bool | str | CellError) -> Test:
    """Return the test of values of the same kind."""

    def test(cell: Scalar) -> bool:
        if isinstance(wanted, str):
            return isinstance(cell, str) and bool(order(cell.casefold(), wanted.casefold()))
        if isinstance(wanted, bool):
            return isinstance(cell, bool) and bool(order(cell, wanted))
        if isinstance(wanted, CellError):
            return False
        is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
        return is_number and bool(order(cell, wanted))

    return test
