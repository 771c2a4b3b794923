"""Cell values of many trials in one float64 array: numbers as they are, all else as the payload of a NaN.

A trial may hold a number where the next holds an error, a text, TRUE or nothing. The payload says which, so that one
array carries them all and `np.where` moves them about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import ERRORS, CellError, Scalar
from dealmodel.simulation.compiler.fifteen import compared, same

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Boxed = NDArray[np.float64]

_QUIET = 0x7FF8_0000_0000_0000
_PAYLOAD = np.int64(0x0007_FFFF_FFFF_FFFF)
_LAST_ERROR = 15
_BLANK, _FALSE, _TRUE, _FIRST_TEXT = 16, 32, 33, 64
_CODES = {error: code for code, error in enumerate(ERRORS, start=1)}


def _boxed(payload: int) -> np.float64:
    box: np.float64 = np.array(_QUIET | payload, dtype=np.int64).view(np.float64)[()]  # type: ignore[assignment]
    return box


ERROR_BOXES = {error: _boxed(code) for error, code in _CODES.items()}
NUM, DIV0, VALUE = (ERROR_BOXES[e] for e in (CellError.NUM, CellError.DIV0, CellError.VALUE))
NA, REF = ERROR_BOXES[CellError.NA], ERROR_BOXES[CellError.REF]
BLANK, FALSE, TRUE = _boxed(_BLANK), _boxed(_FALSE), _boxed(_TRUE)
_NUM_CODE = _CODES[CellError.NUM]


COMPARISONS: dict[str, Callable[[Boxed, Boxed], NDArray[np.bool_]]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
}
"""The operators that compare, and what compares all digits of numbers."""
ALL_DIGITS = "!"
"""What follows an operator that compares all digits of numbers, as NumPy does; a spreadsheet's own compare fifteen."""
FIFTEEN: dict[str, Callable[..., NDArray[np.bool_]]] = {
    operator: compared(call, holds=operator in ("=", "<=", ">=")) for operator, call in COMPARISONS.items()
}
"""The operators that compare, and what compares fifteen digits of numbers."""


class Texts:
    """The texts of a program, each with a number of its own.

    Parameters
    ----------
    coerce
        Gives what a spreadsheet makes of a text in arithmetic: a number, or an error.
    """

    def __init__(self, coerce: Callable[[str], Scalar]) -> None:
        self._coerce = coerce
        self._texts: list[str] = []
        self._index: dict[str, int] = {}
        self._numbers: Boxed = np.empty(0)
        self._ranks: NDArray[np.float64] = np.empty(0)

    def box(self, text: str) -> np.float64:
        """Return the box of a text."""
        if text not in self._index:
            self._index[text] = len(self._texts)
            self._texts.append(text)
        return _boxed(_FIRST_TEXT + self._index[text])

    @property
    def count(self) -> int:
        """How many different texts there are."""
        return len(self._texts)

    def text(self, payload: int) -> str:
        """Return the text of a payload."""
        return self._texts[payload - _FIRST_TEXT]

    def numbers(self) -> Boxed:
        """Return what each text is in arithmetic."""
        if len(self._numbers) < len(self._texts):
            values = map(self._coerce, self._texts[len(self._numbers) :])
            new = [value if isinstance(value, float) else float(VALUE) for value in values]
            self._numbers = np.append(self._numbers, np.array(new, dtype=np.float64))
        return self._numbers

    def ranks(self) -> NDArray[np.float64]:
        """Return the place of each text in the order in which comparisons have them: without regard to case."""
        if len(self._ranks) < len(self._texts):
            folded = [text.casefold() for text in self._texts]
            order = {text: rank for rank, text in enumerate(sorted(set(folded)))}
            self._ranks = np.array([order[text] for text in folded], dtype=np.float64)
        return self._ranks


def box(value: Scalar, texts: Texts) -> Boxed:
    """Return one cell value as an array without axes."""
    if value is None:
        return np.array(BLANK)
    if isinstance(value, CellError):
        return np.array(ERROR_BOXES[value])
    if isinstance(value, (bool, np.bool_)):
        return np.array(TRUE if value else FALSE)
    if isinstance(value, str):
        return np.array(texts.box(value))
    return np.array(float(value) if np.isfinite(value) else NUM)


def unbox(number: float | np.float64, texts: Texts) -> Scalar:
    """Return one element as a cell value."""
    if number == number:  # noqa: PLR0124  not NaN
        return float(number)
    payload = int(payloads(np.array(number)))
    if payload <= _LAST_ERROR:
        return ERRORS[payload - 1]
    if payload == _BLANK:
        return None
    return payload == _TRUE if payload in (_TRUE, _FALSE) else texts.text(payload)


def payloads(array: Boxed) -> NDArray[np.int64]:
    """Return the payload of every element, 0 for a number; a NaN without one counts as #NUM!."""
    bits = np.asarray(array).view(np.int64) & _PAYLOAD
    return np.where(np.isnan(array), np.where(bits == 0, _NUM_CODE, bits), 0)


def error_codes(array: Boxed) -> NDArray[np.int8]:
    """Return the error of every element by its number in `ERRORS`, from 1, and 0 where there is none."""
    found = payloads(array)
    return np.where(found <= _LAST_ERROR, found, 0).astype(np.int8)


def is_error(array: Boxed) -> NDArray[np.bool_]:
    """Return where an array holds errors."""
    found = payloads(array)
    return np.asarray((found > 0) & (found <= _LAST_ERROR))


def is_na(array: Boxed) -> NDArray[np.bool_]:
    """Return where an array holds #N/A."""
    return np.asarray(payloads(array) == _CODES[CellError.NA])


def is_text(array: Boxed) -> NDArray[np.bool_]:
    """Return where an array holds texts."""
    return np.asarray(payloads(array) >= _FIRST_TEXT)


def is_flag(array: Boxed) -> NDArray[np.bool_]:
    """Return where an array holds TRUE or FALSE."""
    found = payloads(array)
    return np.asarray((found == _TRUE) | (found == _FALSE))


def is_blank(array: Boxed) -> NDArray[np.bool_]:
    """Return where an array holds nothing."""
    return np.asarray(payloads(array) == _BLANK)


def flags(mask: NDArray[np.bool_] | np.bool_, *operands: Boxed) -> Boxed:
    """Return TRUE and FALSE, and the leftmost error where an operand holds one."""
    return settle(np.where(mask, TRUE, FALSE), *operands)


def settle(result: Boxed, *operands: Boxed) -> Boxed:
    """Return a result with the leftmost error of its operands where one holds an error."""
    for operand in reversed(operands):
        if np.isnan(operand).any():
            result = np.where(is_error(operand), operand, result)
    return result


def finish(result: Boxed, *operands: Boxed, error: np.float64 = NUM) -> Boxed:
    """Return the result of arithmetic: errors where it is not finite, and those of its operands."""
    bad = ~np.isfinite(result)
    if bad.any():
        result = np.where(bad, error, result)
    return settle(result, *operands)


def number(array: Boxed, texts: Texts) -> Boxed:
    """Return values as arithmetic takes them: TRUE is 1, nothing is 0, a text is what it spells or #VALUE!."""
    if not np.isnan(array).any():
        return array
    found = payloads(array)
    result = np.where((found == _BLANK) | (found == _FALSE), 0.0, np.where(found == _TRUE, 1.0, array))
    if (found >= _FIRST_TEXT).any():
        numbers = texts.numbers()
        spelled = numbers[np.where(found >= _FIRST_TEXT, found - _FIRST_TEXT, 0)]
        result = np.where(found >= _FIRST_TEXT, spelled, result)
    return result


def condition(array: Boxed, texts: Texts) -> tuple[NDArray[np.bool_], Boxed]:
    """Return where a condition holds, and the operand that carries its errors; a text is #VALUE!."""
    numbers = number(array, texts)
    numbers = np.where(is_text(array), VALUE, numbers)
    return np.asarray((numbers != 0) & ~np.isnan(numbers)), numbers


def compare(operator: str, a: Boxed, b: Boxed, texts: Texts) -> Boxed:
    """Return a comparison: numbers come before texts, texts before FALSE and TRUE; nothing is what it is beside."""
    first, second = a, b
    if np.isnan(a).any() or np.isnan(b).any():
        first, second = _keys(a, b, texts), _keys(b, a, texts)
        classes = _classes(a, b), _classes(b, a)
        alike = classes[0] == classes[1]
        first, second = np.where(alike, first, classes[0]), np.where(alike, second, classes[1])
    if operator.endswith(ALL_DIGITS):
        return flags(COMPARISONS[operator.removesuffix(ALL_DIGITS)](first, second), a, b)
    return flags(
        np.where(same(first, second), operator in ("=", "<=", ">="), COMPARISONS[operator](first, second)), a, b
    )


def _classes(array: Boxed, other: Boxed) -> NDArray[np.float64]:
    found = payloads(array)
    beside = payloads(other)
    found = np.where((found == _BLANK) & (beside != _BLANK), beside, found)
    return np.where(found >= _FIRST_TEXT, 1.0, np.where((found == _TRUE) | (found == _FALSE), 2.0, 0.0))


def _keys(array: Boxed, other: Boxed, texts: Texts) -> Boxed:
    """Return what to compare values of one kind by."""
    found = payloads(array)
    result = np.where(found == _TRUE, 1.0, np.where((found == _BLANK) | (found == _FALSE), 0.0, array))
    if (found >= _FIRST_TEXT).any() or ((found == _BLANK) & (payloads(other) >= _FIRST_TEXT)).any():
        empty = int(payloads(np.array(texts.box(""))))
        found = np.where((found == _BLANK) & (payloads(other) >= _FIRST_TEXT), empty, found)
        ranks = texts.ranks()
        result = np.where(found >= _FIRST_TEXT, ranks[np.where(found >= _FIRST_TEXT, found - _FIRST_TEXT, 0)], result)
    return result


def choose(masks: Sequence[NDArray[np.bool_]], values: Sequence[Boxed], otherwise: Boxed) -> Boxed:
    """Return the value whose mask holds first."""
    result: Boxed = np.asarray(otherwise)
    for mask, value in zip(reversed(masks), reversed(values), strict=True):
        result = np.where(mask, value, result)
    return result
