"""Arguments that are not of the kind a function needs, read as Excel reads them.

Excel takes the text "5%" for a number nearly everywhere, TRUE for 1 in most functions but not in those of the old
Analysis ToolPak, and the text "TRUE" for a truth. The engine refuses or passes over them. Where a value is not what
Excel stored, arguments are handed through one of three functions that read them so.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER = "DEALMODEL_NUMBER"
"""Function of the engine's only: an argument as a number; a text is the number or the date that it stands for."""
PLAIN = "DEALMODEL_PLAIN"
"""Function of the engine's only: the same where TRUE and FALSE are no numbers."""
TRUTH = "DEALMODEL_TRUTH"
"""Function of the engine's only: an argument as TRUE or FALSE."""
ALONE = "DEALMODEL_ALONE"
"""Function of the engine's only: a single value as a number, and an array as it is."""
JOIN = "DEALMODEL_JOIN"
"""Function of the engine's only: values as one text."""

_NUMBERS = """
ABS ACOS ACOSH ACOT ACOTH ASIN ASINH ATAN ATAN2 ATANH BITAND BITOR BITXOR COMBIN COS COSH COT CSC CSCH
DEGREES DOLLAR EVEN EXP FACT FISHER GAMMALN GAMMALN.PRECISE GAUSS INT LN LOG10 MOD NORM.INV
NORM.S.INV NORMINV NORMSINV NPER ODD PDURATION PERMUT PHI RADIANS RATE ROUND ROUNDDOWN ROUNDUP RRI SEC SECH SIGN SIN
SINH SLN SQRT STANDARDIZE SYD TAN TANH TRUNC UNICHAR
"""
_PLAIN_NUMBERS = """
BESSELI BESSELK ERF ERF.PRECISE ERFC ERFC.PRECISE FACTDOUBLE GESTEP RANDBETWEEN SQRTPI
"""
_AGGREGATES = """
AVEDEV AVERAGE AVERAGEA DEVSQ GEOMEAN HARMEAN KURT MAX MAXA MEDIAN MIN MINA PRODUCT SKEW STDEV STDEV.P STDEV.S STDEVA
STDEVP STDEVPA SUM SUMSQ VAR VAR.P VAR.S VARA VARP VARPA
"""
_DISTRIBUTIONS = {
    "BETA.DIST": 3,
    "EXPON.DIST": 2,
    "EXPONDIST": 2,
    "FIXED": 2,
    "GAMMA.DIST": 3,
    "GAMMADIST": 3,
    "HYPGEOM.DIST": 4,
    "LOGNORM.DIST": 3,
    "NEGBINOM.DIST": 3,
    "NORM.DIST": 3,
    "NORM.S.DIST": 1,
    "NORMDIST": 3,
    "NOT": 0,
    "WEIBULL": 3,
    "WEIBULL.DIST": 3,
}
"""Functions with the place of the argument that says whether they are cumulative."""
_TOOLPAK = {
    1: """
    BIN2DEC BIN2HEX BIN2OCT DEC2BIN DEC2HEX DEC2OCT ERF ERFC FACTDOUBLE GCD HEX2BIN HEX2DEC HEX2OCT IMABS IMAGINARY
    IMARGUMENT IMCONJUGATE IMCOS IMEXP IMLN IMLOG10 IMLOG2 IMPRODUCT IMREAL IMSIN IMSQRT IMSUM ISEVEN ISODD LCM
    MULTINOMIAL OCT2BIN OCT2DEC OCT2HEX SQRTPI WEEKNUM
    """,
    2: """
    BESSELI BESSELJ BESSELK BESSELY COMPLEX DOLLARDE DOLLARFR EDATE EFFECT EOMONTH FVSCHEDULE IMDIV IMPOWER IMSUB MROUND
    NETWORKDAYS NOMINAL QUOTIENT RANDBETWEEN WORKDAY XIRR YEARFRAC
    """,
    3: "ACCRINTM CONVERT COUPDAYBS COUPDAYS COUPDAYSNC COUPNCD COUPNUM COUPPCD TBILLEQ TBILLPRICE TBILLYIELD XNPV",
    4: "DISC INTRATE PRICEDISC RECEIVED SERIESSUM YIELDDISC",
    5: "DURATION MDURATION PRICEMAT YIELDMAT",
    6: "ACCRINT AMORDEGRC AMORLINC CUMIPMT CUMPRINC PRICE YIELD",
    7: "ODDLPRICE ODDLYIELD",
    8: "ODDFPRICE ODDFYIELD",
}
LEAST: Mapping[str, int] = MappingProxyType({name: n for n, names in _TOOLPAK.items() for name in names.split()})
"""Functions of the old Analysis ToolPak, with how many arguments they need; one that is left out is #N/A to them."""
AGGREGATES = frozenset(_AGGREGATES.split())
"""Functions that pass over texts in ranges, but not texts that are given to them."""
READERS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(_NUMBERS.split(), (NUMBER, -1)),
        **dict.fromkeys(_PLAIN_NUMBERS.split(), (PLAIN, -1)),
        **{name: (NUMBER, place) for name, place in _DISTRIBUTIONS.items()},
    }
)
"""How each function reads its arguments, and the place of the one that is a truth; -1 for none."""
