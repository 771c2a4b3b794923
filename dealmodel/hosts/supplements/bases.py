"""Whole numbers in other bases, ten digits long, the first of which is the sign."""

from __future__ import annotations

import functools
import re
import string
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.texts import shown
from dealmodel.hosts.supplements.values import each, one, plain_number, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.hosts.engine_values import EngineValue

_DIGITS = 10
_LARGEST, _LONGEST = 2**53, 255
_ALL = string.digits + string.ascii_uppercase
_NAMES = {2: "01", 8: "01234567", 16: "0123456789ABCDEF"}


def _read(value: EngineValue, base: int) -> int:
    """Return the number that digits of a base stand for; half of the numbers of ten digits are negative."""
    cell = one(value)
    refuse(isinstance(cell, bool), CellError.VALUE)
    text = shown(cell).upper() or "0"
    refuse(re.fullmatch(f"[{_NAMES[base]}]{{1,{_DIGITS}}}", text) is None)
    found = int(text, base)
    return found - base**_DIGITS if 2 * found >= base**_DIGITS else found


def _written(number: int, base: int, places: EngineValue) -> str:
    """Return the digits of a number in a base, with zeros before them where places are given."""
    half = base**_DIGITS // 2
    refuse(not -half <= number < half)
    left, digits = number % base**_DIGITS, ""
    while left or not digits:
        left, digit = divmod(left, base)
        digits = _NAMES[base][digit] + digits
    if places == OMITTED_TEXT:
        return digits
    width = int(plain_number(places))
    refuse(not 0 < width <= _DIGITS)
    if number < 0:
        return digits
    refuse(width < len(digits))
    return digits.zfill(width)


def _convert(value: EngineValue, places: EngineValue, *, source: int, target: int) -> str:
    return _written(_read(value, source), target, places)


def _from_decimal(value: EngineValue, places: EngineValue, *, target: int) -> str:
    refuse(places != OMITTED_TEXT and not 0 < int(plain_number(places)) <= _DIGITS)
    return _written(int(plain_number(value)), target, places)


def _of(value: Callable[[EngineValue, EngineValue], str], name: str) -> Callable[..., EngineValue]:
    @each
    def function(digits: EngineValue, places: EngineValue = OMITTED_TEXT) -> str:
        return value(digits, places)

    function.__doc__ = f"{name}: digits of one base in another."
    return function


@each
def base(value: EngineValue, radix: EngineValue, min_length: EngineValue = 0.0) -> str:
    """Digits of a number in any base, with zeros before them up to a length (BASE)."""
    left, count, length = whole(value), whole(radix), whole(min_length)
    refuse(not (0 <= left < _LARGEST and 2 <= count <= len(_ALL) and 0 <= length <= _LONGEST))  # noqa: PLR2004
    digits = ""
    while left or not digits:
        left, digit = divmod(left, count)
        digits = _ALL[digit] + digits
    return digits.zfill(length)


@each
def bin2dec(value: EngineValue) -> float:
    """Return the number that binary digits stand for."""
    return float(_read(value, 2))


@each
def oct2dec(value: EngineValue) -> float:
    """Return the number that octal digits stand for."""
    return float(_read(value, 8))


@each
def hex2dec(value: EngineValue) -> float:
    """Return the number that hexadecimal digits stand for."""
    return float(_read(value, 16))


bin2oct = _of(functools.partial(_convert, source=2, target=8), "BIN2OCT")
bin2hex = _of(functools.partial(_convert, source=2, target=16), "BIN2HEX")
hex2bin = _of(functools.partial(_convert, source=16, target=2), "HEX2BIN")
hex2oct = _of(functools.partial(_convert, source=16, target=8), "HEX2OCT")
oct2bin = _of(functools.partial(_convert, source=8, target=2), "OCT2BIN")
oct2hex = _of(functools.partial(_convert, source=8, target=16), "OCT2HEX")
dec2bin = _of(functools.partial(_from_decimal, target=2), "DEC2BIN")
dec2oct = _of(functools.partial(_from_decimal, target=8), "DEC2OCT")
dec2hex = _of(functools.partial(_from_decimal, target=16), "DEC2HEX")
