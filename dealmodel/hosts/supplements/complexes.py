"""Complex numbers, held in texts such as `3+4i`; Excel writes fifteen digits, the engine seventeen."""

from __future__ import annotations

import cmath
import math
import re
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import to_engine, to_scalar
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse
from dealmodel.hosts.supplements.texts import general
from dealmodel.hosts.supplements.values import cells_of, each, number, one, plain_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.hosts.supplements.refusals import Function

_LONGEST = 20
"""Characters of a part that is written without exponent."""
_SIZE = r"\d+\.?\d*(?:E[+-]?\d+)?|\.\d+(?:E[+-]?\d+)?"
_COMPLEX = re.compile(
    rf"(?P<real>[+-]?(?:{_SIZE})(?![\dEij.]))?(?:(?P<imaginary>[+-]?(?:{_SIZE})?)(?P<unit>[ij]))?", re.IGNORECASE
)


class Value(NamedTuple):
    """A complex number and the letter of its imaginary unit."""

    number: complex
    unit: str


def imaginary_function(function: Callable[[complex], complex]) -> Function:
    """Return the worksheet function of a function of one complex number."""

    @each
    def body(inumber: EngineValue) -> EngineValue:
        value = _read(inumber)
        return _written(function(value.number), value.unit)

    body.__doc__ = function.__doc__
    return body


@each
def complex_(real: EngineValue, imaginary: EngineValue, suffix: EngineValue = "i") -> str:
    """Complex number of two parts (COMPLEX)."""
    letter = one(suffix)
    letter = "i" if letter in (None, "") else letter
    refuse(letter not in ("i", "j"), CellError.VALUE)
    return _written(complex(plain_number(real), plain_number(imaginary)), str(letter))


@each
def imconjugate(inumber: EngineValue) -> str:
    """Return the number with the other sign of its imaginary part."""
    value = _read(inumber)
    return _written(value.number.conjugate(), value.unit)


@each
def imdiv(inumber1: EngineValue, inumber2: EngineValue) -> EngineValue:
    """Quotient."""
    first, second = _read(inumber1), _read(inumber2)
    refuse(not second.number)
    return _written(first.number / second.number, _common(first, second))


@each
def impower(inumber: EngineValue, power: EngineValue) -> EngineValue:
    """Power, by way of the polar form."""
    value, exponent = _read(inumber), number(power)
    if not value.number:
        refuse(exponent <= 0)
        return "0"
    size, angle = abs(value.number) ** exponent, cmath.phase(value.number) * exponent
    return _written(complex(size * math.cos(angle), size * math.sin(angle)), value.unit)


@each
def imargument(inumber: EngineValue) -> float:
    """Angle of the polar form."""
    value = _read(inumber).number
    refuse(not value, CellError.DIV0)
    return cmath.phase(value)


@each
def imsub(inumber1: EngineValue, inumber2: EngineValue) -> EngineValue:
    """Difference."""
    first, second = _read(inumber1), _read(inumber2)
    return _written(first.number - second.number, _common(first, second))


def improduct(*inumbers: EngineValue) -> EngineValue:
    """Product; a blank beside ranges counts as nothing, one within them is left out."""
    values = _all(tuple(0.0 if a is None else a for a in inumbers))
    return _written(math.prod((v.number for v in values), start=1 + 0j), _common(*values))


def imsum(*inumbers: EngineValue) -> EngineValue:
    """Sum."""
    values = _all(inumbers)
    total = complex(math.fsum(v.number.real for v in values), math.fsum(v.number.imag for v in values))
    return _written(total, _common(*values))


def log(base: float) -> Callable[[complex], complex]:
    """Return the logarithm to a base."""

    def function(value: complex) -> complex:
        """Logarithm to a base."""
        refuse(not value)
        return cmath.log(value) / math.log(base)

    return function


def reciprocal(function: Callable[[complex], complex]) -> Callable[[complex], complex]:
    """Return one by a function."""

    def inverse(value: complex) -> complex:
        """One by a function."""
        below = function(value)
        refuse(not below)
        return 1 / below

    return inverse


imcos = imaginary_function(cmath.cos)
imcosh = imaginary_function(cmath.cosh)
imcot = imaginary_function(reciprocal(cmath.tan))
imcsc = imaginary_function(reciprocal(cmath.sin))
imcsch = imaginary_function(reciprocal(cmath.sinh))
imexp = imaginary_function(cmath.exp)
imln = imaginary_function(log(math.e))
imlog10 = imaginary_function(log(10.0))
imlog2 = imaginary_function(log(2.0))
imsec = imaginary_function(reciprocal(cmath.cos))
imsech = imaginary_function(reciprocal(cmath.cosh))
imsin = imaginary_function(cmath.sin)
imsinh = imaginary_function(cmath.sinh)
imsqrt = imaginary_function(cmath.sqrt)
imtan = imaginary_function(cmath.tan)


def _read(argument: EngineValue) -> Value:
    cell = one(argument)
    refuse(isinstance(cell, bool), CellError.VALUE)
    if not isinstance(cell, str):
        return Value(complex(number(cell)), "")
    match = _COMPLEX.fullmatch(cell.strip())
    if match is None or not match[0]:
        raise CellErrorRaised(CellError.NUM)
    imaginary = match["imaginary"]
    if match["unit"] is None:
        return Value(complex(float(match["real"])), "")
    refuse(match["unit"].isupper() or (match["real"] is not None and not imaginary))
    size = float(imaginary + "1") if imaginary in ("", "+", "-") else float(imaginary)
    return Value(complex(float(match["real"] or 0.0), size), match["unit"])


def _all(arguments: tuple[EngineValue, ...]) -> list[Value]:
    return [_read(to_engine(cell)) for a in arguments for cell in cells_of(a) if to_scalar(cell) is not None]


def _common(*values: Value) -> str:
    """Return the unit of several numbers."""
    units = {v.unit for v in values if v.unit}
    refuse(len(units) > 1, CellError.VALUE)
    return units.pop() if units else ""


def _part(number: float) -> str:
    """Return a part with up to fifteen digits; a small one without exponent as long as it is short."""
    text = general(number)
    mantissa, mark, power = text.partition("E-")
    if not mark:
        return text
    plain = f"{number:.{int(power) + len(mantissa.partition('.')[2])}f}"
    return plain if len(plain) <= _LONGEST else text


def _written(value: complex, unit: str) -> str:
    refuse(not (math.isfinite(value.real) and math.isfinite(value.imag)))
    real, imaginary = _part(value.real), _part(value.imag)
    letter = unit or "i"
    if imaginary == "0":
        return real
    size = imaginary.removesuffix("1") if imaginary in ("1", "-1") else imaginary
    if real == "0":
        return f"{size}{letter}"
    return f"{real}{'' if size.startswith('-') else '+'}{size}{letter}"
