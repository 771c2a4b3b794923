"""Units of measure (CONVERT).

References
----------
.. [1] Microsoft, documentation of CONVERT: the units and prefixes.
.. [2] BIPM, *The International System of Units*, 9th ed.; NIST Special Publication 811: the factors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse
from dealmodel.hosts.supplements.texts import text_of
from dealmodel.hosts.supplements.values import each, number

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_INCH, _FOOT, _POUND, _GRAVITY, _LIGHT_YEAR = 0.0254, 0.3048, 453.59237, 9.80665, 9460730472580800.0
_GALLON = 231 * _INCH**3
_LENGTHS = {
    "m": 1.0,
    "mi": 1609.344,
    "Nmi": 1852.0,
    "in": _INCH,
    "ft": _FOOT,
    "yd": 3 * _FOOT,
    "ang": 1e-10,
    "ell": 45 * _INCH,
    "ly": _LIGHT_YEAR,
    "parsec": 30856775812815500.0,
    "pc": 30856775812815500.0,
    "Picapt": _INCH / 72,
    "Pica": _INCH / 72,
    "pica": _INCH / 6,
    "survey_mi": 6336000 / 3937,
}
_POWERS = ("m", "mi", "Nmi", "in", "ft", "yd", "ang", "ly", "Picapt", "Pica")
"""Lengths of which there are squares and cubes."""
_UNITS = {
    "mass": {
        "g": 1.0,
        "sg": _POUND * _GRAVITY / _FOOT,
        "lbm": _POUND,
        "u": 1.660538782e-24,
        "ozm": _POUND / 16,
        "grain": _POUND / 7000,
        "cwt": 100 * _POUND,
        "shweight": 100 * _POUND,
        "uk_cwt": 112 * _POUND,
        "lcwt": 112 * _POUND,
        "hweight": 112 * _POUND,
        "stone": 14 * _POUND,
        "ton": 2000 * _POUND,
        "uk_ton": 2240 * _POUND,
        "LTON": 2240 * _POUND,
        "brton": 2240 * _POUND,
    },
    "length": _LENGTHS,
    "time": {
        "yr": 31557600.0,
        "day": 86400.0,
        "d": 86400.0,
        "hr": 3600.0,
        "mn": 60.0,
        "min": 60.0,
        "sec": 1.0,
        "s": 1.0,
    },
    "pressure": {
        "Pa": 1.0,
        "p": 1.0,
        "atm": 101325.0,
        "at": 101325.0,
        "mmHg": 133.322,
        "psi": _POUND / 1000 * _GRAVITY / _INCH**2,
        "Torr": 101325 / 760,
    },
    "force": {"N": 1.0, "dyn": 1e-5, "dy": 1e-5, "lbf": _POUND / 1000 * _GRAVITY, "pond": _GRAVITY / 1000},
    "energy": {
        "J": 1.0,
        "e": 1e-7,
        "c": 4.184,
        "cal": 4.1868,
        "eV": 1.602176487e-19,
        "ev": 1.602176487e-19,
        "HPh": 550 * _FOOT * _POUND / 1000 * _GRAVITY * 3600,
        "hh": 550 * _FOOT * _POUND / 1000 * _GRAVITY * 3600,
        "Wh": 3600.0,
        "wh": 3600.0,
        "flb": _FOOT * _POUND / 1000 * _GRAVITY,
        "BTU": 1055.05585262,
        "btu": 1055.05585262,
    },
    "power": {
        "HP": 550 * _FOOT * _POUND / 1000 * _GRAVITY,
        "h": 550 * _FOOT * _POUND / 1000 * _GRAVITY,
        "W": 1.0,
        "w": 1.0,
        "PS": 75 * _GRAVITY,
    },
    "magnetism": {"T": 1.0, "ga": 1e-4},
    "volume": {
        "tsp": _GALLON / 768,
        "tspm": 5e-6,
        "tbs": _GALLON / 256,
        "oz": _GALLON / 128,
        "cup": _GALLON / 16,
        "pt": _GALLON / 8,
        "us_pt": _GALLON / 8,
        "uk_pt": 0.00056826125,
        "qt": _GALLON / 4,
        "uk_qt": 0.0011365225,
        "gal": _GALLON,
        "uk_gal": 0.00454609,
        "l": 1e-3,
        "L": 1e-3,
        "lt": 1e-3,
        "barrel": 42 * _GALLON,
        "bushel": 2150.42 * _INCH**3,
        "GRT": 100 * _FOOT**3,
        "regton": 100 * _FOOT**3,
        "MTON": 40 * _FOOT**3,
        **{f"{name}{mark}3": _LENGTHS[name] ** 3 for name in _POWERS for mark in ("", "^")},
    },
    "area": {
        "uk_acre": 4840 * (3 * _FOOT) ** 2,
        "us_acre": 4046.87260987425,
        "ar": 100.0,
        "ha": 10000.0,
        "Morgen": 2500.0,
        **{f"{name}{mark}2": _LENGTHS[name] ** 2 for name in _POWERS for mark in ("", "^")},
    },
    "information": {"bit": 1.0, "byte": 8.0},
    "speed": {
        "admkn": 0.514773333333333,
        "kn": 1852 / 3600,
        "m/h": 1 / 3600,
        "m/hr": 1 / 3600,
        "m/s": 1.0,
        "m/sec": 1.0,
        "mph": 0.44704,
    },
}
_TEMPERATURES = {
    "C": (1.0, 273.15),
    "cel": (1.0, 273.15),
    "F": (5 / 9, 459.67 * 5 / 9),
    "fah": (5 / 9, 459.67 * 5 / 9),
    "K": (1.0, 0.0),
    "kel": (1.0, 0.0),
    "Rank": (5 / 9, 0.0),
    "Reau": (1.25, 273.15),
}
"""Kelvin of a degree, and of zero degrees."""
_PREFIXES = {
    **{name: 10.0**power for name, power in zip("YZEPTGMkh", (24, 21, 18, 15, 12, 9, 6, 3, 2), strict=True)},
    **{
        name: 10.0**power
        for name, power in zip("dcmunpfazy", (-1, -2, -3, -6, -9, -12, -15, -18, -21, -24), strict=True)
    },
    "da": 10.0,
    "e": 10.0,
}
_BINARY = {f"{name}i": 2.0 ** (10 * power) for power, name in enumerate("kMGTPEZY", start=1)}
_METRIC = (
    "Pa p atm at mmHg g u m ang ly parsec pc ang2 ang^2 ar m2 m^2 N dyn dy pond J e c cal eV ev Wh wh W w T ga uk_pt"
    " l L lt ang3 ang^3 m3 m^3 bit byte m/h m/hr m/s m/sec mph K kel sec s"
)
"""Units that take prefixes."""
_BY_NAME = {name: (kind, size) for kind, units in _UNITS.items() for name, size in units.items()}


@each
def convert(value: EngineValue, from_unit: EngineValue, to_unit: EngineValue) -> float:
    """Express a measure in another unit."""
    amount, old, new = number(value), text_of(from_unit), text_of(to_unit)
    temperature, new_temperature = _temperature(old), _temperature(new)
    if temperature and new_temperature:
        if old == new:
            return amount
        (degree, zero), (new_degree, new_zero) = temperature, new_temperature
        return (amount * degree + zero - new_zero) / new_degree
    (kind, size), (new_kind, new_size) = _unit(old), _unit(new)
    refuse(kind != new_kind, CellError.NA)
    return amount if old == new else amount * size / new_size


def _temperature(name: str) -> tuple[float, float] | None:
    """Return the Kelvin of a degree, which takes prefixes if it is a Kelvin itself, and of zero degrees."""
    kelvin = next((unit for unit in ("kel", "K") if name.endswith(unit)), "")
    prefix = _PREFIXES.get(name.removesuffix(kelvin)) if kelvin else None
    return _TEMPERATURES.get(name) or ((prefix, 0.0) if prefix else None)


def _unit(name: str) -> tuple[str, float]:
    """Return what a unit measures and its size."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name in _TEMPERATURES:
        return "temperature", 1.0
    for length in (2, 1):
        prefix, unit = name[:length], name[length:]
        factor = _PREFIXES.get(prefix) or (_BINARY.get(prefix) if unit in _UNITS["information"] else None)
        if factor and unit in _METRIC.split() and unit in _BY_NAME:
            kind, size = _BY_NAME[unit]
            power = {"area": 2, "volume": 3}.get(kind, 1) if unit[-1].isdigit() else 1
            return kind, size * factor**power
    raise CellErrorRaised(CellError.NA)
