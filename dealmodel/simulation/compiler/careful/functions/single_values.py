"""Operators and functions of single values, as the careful evaluator works them out for all trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.boxes import DIV0, NUM, VALUE
from dealmodel.simulation.compiler.careful.operands import single

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value

HIGHEST_POWER = 512
"""Whole exponents up to this one are products: the error grows with them, to some 1e-13."""


def _arithmetic(function: Callable[..., Any], error: np.float64 = NUM) -> Callable[..., Boxed]:
    def evaluate(careful: Evaluator, *args: Value) -> Boxed:
        numbers = [careful.number(a) for a in args]
        return boxes.finish(np.asarray(function(*numbers)), *numbers, error=error)

    return evaluate


def _power(careful: Evaluator, a: Value, b: Value) -> Boxed:
    first, second = careful.number(a), careful.number(b)
    raised = _raised(first, second)
    if (first <= 0).any():
        # What a spreadsheet has otherwise than NumPy: no zeroth power of nothing, and odd roots of negative numbers.
        raised = np.where((first == 0) & (second <= 0), np.where(second == 0, NUM, DIV0), raised)
        roots = np.round(1 / second)
        odd = (first < 0) & (roots % 2 != 0) & (second == 1 / roots) & (np.abs(roots) > 1)
        raised = np.where(odd, -np.power(np.abs(first), second), raised)
    # A NaN without more to it is #NUM!.
    result = np.where(np.isfinite(raised) | boxes.is_error(raised), raised, NUM)
    return boxes.settle(result, first, second)


def is_odd_root(exponent: float) -> bool:
    """Whether a power is a root that negative numbers have."""
    root = round(1 / exponent) if exponent else 0
    return abs(root) > 1 and root % 2 != 0 and exponent == 1 / root


def _raised(base: Boxed, exponent: Boxed) -> Boxed:
    """Return a power, to the last digit as the quick program has it."""
    if base.ndim and not exponent.ndim:
        if exponent == 0.5:  # noqa: PLR2004
            return np.asarray(np.sqrt(base))
        if float(exponent).is_integer() and 1 <= abs(exponent) <= HIGHEST_POWER:
            whole = _product_of(base, int(abs(exponent)))
            return whole if exponent > 0 else np.asarray(1.0 / whole)
    return np.asarray(np.power(base, exponent))


def _product_of(base: Boxed, count: int) -> Boxed:
    if count == 1:
        return base
    return np.asarray(_product_of(base, count - count // 2) * _product_of(base, count // 2))


def _divide(careful: Evaluator, a: Value, b: Value) -> Boxed:
    first, second = careful.number(a), careful.number(b)
    result = np.where(second == 0, DIV0, boxes.finish(first / second))
    return boxes.settle(result, first, second)


def _modulo(careful: Evaluator, a: Value, b: Value) -> Boxed:
    first, second = careful.number(a), careful.number(b)
    result = np.where(second == 0, DIV0, boxes.finish(first - second * np.floor(first / second)))
    return boxes.settle(result, first, second)


def _compare(operator: str) -> Callable[..., Boxed]:
    return lambda careful, a, b: boxes.compare(operator, single(a), single(b), careful.texts)


def _if(careful: Evaluator, test: Value, then: Value = None, *rest: Value) -> Boxed:
    holds, errors = careful.condition(test)
    otherwise = rest[0] if rest else None
    no = np.array(boxes.FALSE) if not rest else np.array(0.0) if otherwise is None else single(otherwise)
    yes = np.array(0.0) if then is None else single(then)
    return boxes.settle(np.where(holds, yes, no), errors)


def _if_error(test: Callable[[Boxed], NDArray[np.bool_]]) -> Callable[..., Boxed]:
    def evaluate(_careful: Evaluator, value: Value, otherwise: Value) -> Boxed:
        array = single(value)
        return np.where(test(array), np.array(0.0) if otherwise is None else single(otherwise), array)

    return evaluate


def _is(test: Callable[[Boxed], NDArray[np.bool_]]) -> Callable[..., Boxed]:
    return lambda _careful, value: boxes.flags(test(single(value)))


def _kept(careful: Evaluator, test: Value, value: Value) -> Boxed:
    holds, errors = careful.condition(test)
    return boxes.settle(np.where(holds, single(value), boxes.BLANK), errors)


def _not(careful: Evaluator, value: Value) -> Boxed:
    holds, errors = careful.condition(value)
    return boxes.settle(boxes.flags(~holds), errors)


def _if_choose(careful: Evaluator, index: Value, *values: Value) -> Boxed:
    place = careful.number(index)
    whole = np.trunc(place)
    masks = [whole == i for i in range(1, len(values) + 1)]
    chosen = boxes.choose(masks, [np.array(0.0) if v is None else single(v) for v in values], np.array(VALUE))
    return boxes.settle(chosen, place)


def _logarithm(careful: Evaluator, value: Value, base: Value = None) -> Boxed:
    numbers = careful.number(value), careful.number(base, 10.0)
    return boxes.finish(np.log(numbers[0]) / np.log(numbers[1]), *numbers)


def _scaled(step: Callable[[Boxed], Boxed]) -> Callable[..., Boxed]:
    def evaluate(careful: Evaluator, value: Value, digits: Value = None) -> Boxed:
        number, places = careful.number(value), careful.number(digits)
        factor = np.power(10.0, np.trunc(places))
        scaled = np.abs(number * factor)
        return boxes.finish(np.copysign(step(scaled), number) / factor + 0.0, number, places)

    return evaluate


def half_up(scaled: Boxed) -> Boxed:
    """Round half up a number of which fifteen digits count: 100.49999999999999 is 100.5."""
    whole = np.floor(scaled)
    magnitude = np.floor(np.log10(np.where(scaled > 0, scaled, 1.0)))
    return np.asarray(whole + (scaled - whole - 0.5 >= -0.5 * np.power(10.0, magnitude - 14)))


KEPT = "DEALMODEL_KEPT"
"""A value where a condition holds, and a blank elsewhere: a cell of a range whose size varies."""
ELEMENTWISE: dict[str, Callable[..., Boxed]] = {
    "+": _arithmetic(np.add),
    "-": _arithmetic(np.subtract),
    "*": _arithmetic(np.multiply),
    "/": _divide,
    "^": _power,
    "POWER": _power,
    "neg": _arithmetic(np.negative),
    "pos": lambda _careful, a: single(a),
    "%": _arithmetic(lambda a: a / 100),
    **{operator: _compare(operator) for operator in boxes.COMPARISONS},
    **{(operator := o + boxes.ALL_DIGITS): _compare(operator) for o in boxes.COMPARISONS},
    "IF": _if,
    "IFERROR": _if_error(boxes.is_error),
    "IFNA": _if_error(boxes.is_na),
    "ISERROR": _is(boxes.is_error),
    "ISERR": _is(lambda a: boxes.is_error(a) & ~boxes.is_na(a)),
    "ISNA": _is(boxes.is_na),
    "ISNUMBER": _is(lambda a: ~np.isnan(a)),
    "ISTEXT": _is(boxes.is_text),
    "ISNONTEXT": _is(lambda a: ~boxes.is_text(a)),
    "ISLOGICAL": _is(boxes.is_flag),
    "ISBLANK": _is(boxes.is_blank),
    "NOT": _not,
    KEPT: _kept,
    "&": lambda careful, a, b: careful.called("&", [single(a), single(b)]),
    "CHOOSE": _if_choose,
    "ABS": _arithmetic(np.abs),
    "SIGN": _arithmetic(np.sign),
    "SQRT": _arithmetic(np.sqrt),
    "EXP": _arithmetic(np.exp),
    "LN": _arithmetic(np.log),
    "LOG10": _arithmetic(np.log10),
    "LOG": _logarithm,
    "INT": _arithmetic(np.floor),
    "TRUNC": _scaled(np.floor),
    "ROUND": _scaled(half_up),
    "ROUNDUP": _scaled(np.ceil),
    "ROUNDDOWN": _scaled(np.floor),
    "SIN": _arithmetic(np.sin),
    "COS": _arithmetic(np.cos),
    "TAN": _arithmetic(np.tan),
    "ATAN": _arithmetic(np.arctan),
    "TANH": _arithmetic(np.tanh),
    "MOD": _modulo,
}
