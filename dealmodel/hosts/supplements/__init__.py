"""Functions of Excel that the engine lacks, or computes in another way than Excel.

The engine calls them: cell values come in and go out. What the engine does right is left to it. Each is one row of
the table below, or of the one in `respelled`, with what formualizer 0.13.0 does instead;
`tests/hosts/excel_values.csv` holds Excel's own values for each, and a test says which row a newer engine makes
needless.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.refusals import GIVEN_UP
from dealmodel.hosts.supplements.respelled import RESPELLED
from dealmodel.hosts.supplements.supplement import Supplement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.hosts.supplements.refusals import Function

_YOUNGER = "_XLFN."
"""What files put before the names of younger functions; the engine does not take it for part of ours."""

_FIRST_ELEMENT = "it has other results where payments are due at the begin of a period"
_COUNTS = "it takes degrees of freedom that are no whole numbers as they are"
_DIGITS = "it writes seventeen digits where Excel writes fifteen"
_TEXT_DATES = "it takes no text for a date"
_HALVING = "it finds nothing in lists that are not sorted or mix kinds of values"
_SIGNS = "it rounds negative numbers the other way, and divides by a step of zero"
_TRUTHS = "it takes TRUE and FALSE for numbers"
_OMITTED = "it takes no omitted arguments"
_SHAPES = "it takes arrays of one size only"
_NEGATIVE = "negative numbers of given length are #NUM!"
_LETTERS = "it knows the letters of English only"
_IMPOSSIBLE = "a probability of nothing is #NUM!"
_CERTAIN = "it takes probabilities of 0 and 1"
_PAIRS = "it pairs the numbers that are left of each sample"
_STEPS = "a multiple of a step that it cannot hold is the one below"
_AT_ZERO = "its density at zero is other than nothing"
_LISTS = "it takes no lists of numbers"
_HEADERS = "it finds only headers that are texts, and texts that are equal"

SUPPLEMENTS = (
    # -- money over time
    Supplement("EFFECT", "rates.effect", 2, 2, _TRUTHS),
    Supplement("ISPMT", "rates.ispmt", 4, 4, "no periods are #NUM! instead of #DIV/0!"),
    Supplement("NOMINAL", "rates.nominal", 2, 2, _TRUTHS),
    Supplement("TBILLEQ", "rates.tbilleq", 3, 3, "it takes no leap year"),
    Supplement("TBILLPRICE", "rates.tbillprice", 3, 3, "it takes no leap year, and gives negative prices"),
    Supplement("TBILLYIELD", "rates.tbillyield", 3, 3, "it takes no leap year"),
    Supplement("CUMIPMT", "loans.cumipmt", 6, 6, _FIRST_ELEMENT),
    Supplement("CUMPRINC", "loans.cumprinc", 6, 6, _FIRST_ELEMENT),
    Supplement("FVSCHEDULE", "returns.fvschedule", 2, 2),
    Supplement("IPMT", "loans.ipmt", 4, 6, _FIRST_ELEMENT),
    Supplement("IRR", "returns.irr", 1, 2, "it counts blanks and texts in a range as cash flows of nothing"),
    Supplement("MIRR", "returns.mirr", 3, 3, "it counts blanks and texts in a range as cash flows of nothing"),
    Supplement("PPMT", "loans.ppmt", 4, 6, _FIRST_ELEMENT),
    Supplement("XIRR", "returns.xirr", 2, 3, "it finds no rates far from the guess"),
    Supplement("XNPV", "returns.xnpv", 3, 3, "it refuses with other errors than Excel"),
    # -- securities
    Supplement("ACCRINT", "bonds.accrint", 6, 8, "it counts the days of odd coupon periods in another way"),
    Supplement("ACCRINTM", "bonds.accrintm", 3, 5, "it takes no omitted par value, and another actual year"),
    Supplement("COUPDAYBS", "bonds.coupdaybs", 3, 4),
    Supplement("COUPDAYS", "bonds.coupdays", 3, 4),
    Supplement("COUPDAYSNC", "bonds.coupdaysnc", 3, 4),
    Supplement("COUPNCD", "bonds.coupncd", 3, 4),
    Supplement("COUPNUM", "bonds.coupnum", 3, 4),
    Supplement("COUPPCD", "bonds.couppcd", 3, 4),
    Supplement("DISC", "discounts.disc", 4, 5),
    Supplement("DOLLARDE", "bills.dollarde", 2, 2, "a denominator below one is #NUM! instead of #DIV/0!"),
    Supplement("DOLLARFR", "bills.dollarfr", 2, 2, "a denominator below one is #NUM! instead of #DIV/0!"),
    Supplement("DURATION", "bonds.duration", 5, 6),
    Supplement("INTRATE", "discounts.intrate", 4, 5),
    Supplement("MDURATION", "bonds.mduration", 5, 6),
    Supplement("ODDFPRICE", "oddbonds.oddfprice", 8, 9),
    Supplement("ODDFYIELD", "oddbonds.oddfyield", 8, 9),
    Supplement("ODDLPRICE", "oddbonds.oddlprice", 7, 8),
    Supplement("ODDLYIELD", "oddbonds.oddlyield", 7, 8),
    Supplement(
        "PRICE", "bonds.price", 6, 7, "it counts coupons without the rule of month ends, and a last one like others"
    ),
    Supplement("PRICEDISC", "discounts.pricedisc", 4, 5),
    Supplement("PRICEMAT", "bonds.pricemat", 5, 6),
    Supplement("RECEIVED", "discounts.received", 4, 5),
    Supplement("YIELD", "bonds.yield_", 6, 7, "it counts coupons as its PRICE does"),
    Supplement("YIELDDISC", "discounts.intrate", 4, 5),
    Supplement("YIELDMAT", "bonds.yieldmat", 5, 6),
    # -- depreciation
    Supplement("AMORDEGRC", "depreciation.amordegrc", 6, 7),
    Supplement("AMORLINC", "depreciation.amorlinc", 6, 7),
    Supplement("DB", "depreciation.db", 4, 5, "its last period is not cut to the months that are left"),
    Supplement("DDB", "depreciation.ddb", 4, 5, "it cuts periods to whole numbers"),
    Supplement("VDB", "depreciation.vdb", 5, 7),
    # -- numbers
    Supplement("BASE", "bases.base", 2, 3, "it takes a negative length"),
    Supplement("BIN2DEC", "bases.bin2dec", 1, 1, "it takes no blanks"),
    Supplement("BIN2HEX", "bases.bin2hex", 1, 2, _NEGATIVE),
    Supplement("BIN2OCT", "bases.bin2oct", 1, 2, _NEGATIVE),
    Supplement("HEX2BIN", "bases.hex2bin", 1, 2, "it takes no blanks"),
    Supplement("HEX2DEC", "bases.hex2dec", 1, 1, "it takes no blanks"),
    Supplement("HEX2OCT", "bases.hex2oct", 1, 2, "it takes no blanks"),
    Supplement("BITLSHIFT", "elementary.bitlshift", 2, 2, "it shifts by any number of bits"),
    Supplement("BITRSHIFT", "elementary.bitrshift", 2, 2, "it shifts by any number of bits"),
    Supplement("COTH", "elementary.coth", 1, 1, "large numbers are #NUM!"),
    Supplement("DELTA", "elementary.delta", 1, 2, "it takes numbers for the same that are not"),
    Supplement("GAMMA", "elementary.gamma", 1, 1, "it takes no negative numbers"),
    Supplement("LOG", "elementary.log", 1, 2, "a base of one is #NUM! instead of #DIV/0!"),
    Supplement("DEC2BIN", "bases.dec2bin", 1, 2, _NEGATIVE),
    Supplement("DEC2HEX", "bases.dec2hex", 1, 2, _NEGATIVE),
    Supplement("DEC2OCT", "bases.dec2oct", 1, 2, _NEGATIVE),
    Supplement("OCT2BIN", "bases.oct2bin", 1, 2, _NEGATIVE),
    Supplement("OCT2DEC", "bases.oct2dec", 1, 1, "it takes no blanks"),
    Supplement("OCT2HEX", "bases.oct2hex", 1, 2, _NEGATIVE),
    Supplement("COMBINA", "integers.combina", 2, 2, "it chooses from nothing"),
    Supplement("GCD", "integers.gcd", 1, None, "it takes two numbers only"),
    Supplement("LCM", "integers.lcm", 1, None, "it takes two numbers only"),
    Supplement("MROUND", "integers.mround", 2, 2, _TRUTHS),
    Supplement("MULTINOMIAL", "integers.multinomial", 1, None, _TRUTHS),
    Supplement("QUOTIENT", "integers.quotient", 2, 2, _TRUTHS),
    Supplement("ROMAN", "romans.roman", 1, 2, "its shorter forms are other than Excel's"),
    Supplement("SERIESSUM", "integers.seriessum", 4, 4, _TRUTHS),
    Supplement("CEILING", "rounding.ceiling", 2, 2, _SIGNS),
    Supplement("CEILING.MATH", "rounding.ceiling_math", 1, 3, "it takes no negative mode"),
    Supplement("CEILING.PRECISE", "rounding.ceiling_precise", 1, 2, _STEPS),
    Supplement("CONVERT", "units.convert", 3, 3, "it knows few units"),
    Supplement("ECMA.CEILING", "rounding.ceiling_math", 1, 2),
    Supplement("FLOOR", "rounding.floor", 2, 2, _SIGNS),
    Supplement("FLOOR.PRECISE", "rounding.floor_precise", 1, 2, _STEPS),
    Supplement("ISO.CEILING", "rounding.ceiling_precise", 1, 2, _STEPS),
    Supplement("FLOOR.MATH", "rounding.floor_math", 1, 3, "it takes no negative mode"),
    Supplement("ISEVEN", "rounding.iseven", 1, 1, "it takes neither blanks nor texts of digits"),
    Supplement("ISODD", "rounding.isodd", 1, 1, "it takes neither blanks nor texts of digits"),
    Supplement("MDETERM", "matrices.mdeterm", 1, 1),
    Supplement("MINVERSE", "matrices.minverse", 1, 1),
    Supplement("MMULT", "matrices.mmult", 2, 2),
    Supplement("MUNIT", "shapes.munit", 1, 1),
    Supplement("PERMUTATIONA", "shapes.permutationa", 2, 2),
    Supplement("TYPE", "shapes.type_", 1, 1, "it gives an error back instead of 16"),
    # -- statistics
    Supplement("FREQUENCY", "counts.frequency", 2, 2, "it sorts the classes"),
    Supplement("MODE", "counts.mode", 1, None, "of several numbers it takes the least"),
    Supplement("MODE.MULT", "counts.mode_mult", 1, None, "it sorts the numbers"),
    Supplement("MODE.SNGL", "counts.mode", 1, None, "of several numbers it takes the least"),
    Supplement("SUMX2MY2", "counts.sumx2my2", 2, 2, "it counts blanks and texts as nothing"),
    Supplement("SUMX2PY2", "counts.sumx2py2", 2, 2, "it counts blanks and texts as nothing"),
    Supplement("SUMXMY2", "counts.sumxmy2", 2, 2, "it counts blanks and texts as nothing"),
    Supplement("GROWTH", "fits.growth", 1, 4, _OMITTED),
    Supplement("LINEST", "fits.linest", 1, 4, _OMITTED),
    Supplement("LOGEST", "fits.logest", 1, 4, _OMITTED),
    Supplement("TREND", "fits.trend", 1, 4, _OMITTED),
    Supplement("BETA.INV", "distributions.beta_inv", 3, 5, _CERTAIN),
    Supplement("BETAINV", "distributions.beta_inv", 3, 5, _CERTAIN),
    Supplement("BINOM.DIST", "binomials.binom_dist", 4, 4, _IMPOSSIBLE),
    Supplement("BINOM.DIST.RANGE", "binomials.binom_dist_range", 3, 4, _IMPOSSIBLE),
    Supplement("BINOM.INV", "binomials.binom_inv", 3, 3, _CERTAIN),
    Supplement("BINOMDIST", "binomials.binom_dist", 4, 4, _IMPOSSIBLE),
    Supplement("CRITBINOM", "binomials.binom_inv", 3, 3, _CERTAIN),
    Supplement("FISHERINV", "elementary.fisherinv", 1, 1, "large numbers are #NUM!"),
    Supplement("T.TEST", "samples.t_test", 4, 4, _PAIRS),
    Supplement("TTEST", "samples.t_test", 4, 4, _PAIRS),
    Supplement("CHISQ.DIST", "distributions.chisq_dist", 3, 3, _COUNTS),
    Supplement("CHISQ.DIST.RT", "distributions.chisq_dist_rt", 2, 2, _COUNTS),
    Supplement("CHISQ.INV", "distributions.chisq_inv", 2, 2, _COUNTS),
    Supplement("CHISQ.INV.RT", "distributions.chisq_inv_rt", 2, 2, _COUNTS),
    Supplement("CONFIDENCE", "distributions.confidence_norm", 3, 3, "it takes a size that is no whole number as it is"),
    Supplement(
        "CONFIDENCE.NORM", "distributions.confidence_norm", 3, 3, "it takes a size that is no whole number as it is"
    ),
    Supplement("CONFIDENCE.T", "distributions.confidence_t", 3, 3, _COUNTS),
    Supplement("F.DIST", "distributions.f_dist", 4, 4, _COUNTS),
    Supplement("F.DIST.RT", "distributions.f_dist_rt", 3, 3, _COUNTS),
    Supplement("F.INV", "distributions.f_inv", 3, 3, _COUNTS),
    Supplement("F.INV.RT", "distributions.f_inv_rt", 3, 3, _COUNTS),
    Supplement("WEIBULL", "distributions.weibull_dist", 4, 4, _AT_ZERO),
    Supplement("WEIBULL.DIST", "distributions.weibull_dist", 4, 4, _AT_ZERO),
    Supplement("PERCENTOF", "shapes.percentof", 2, 2),
    Supplement("POISSON", "distributions.poisson_dist", 3, 3, "it takes no mean of nothing, and loses large ones"),
    Supplement("POISSON.DIST", "distributions.poisson_dist", 3, 3, "it takes no mean of nothing, and loses large ones"),
    Supplement("PROB", "chances.prob", 3, 4),
    Supplement("T.DIST", "distributions.t_dist", 3, 3, _COUNTS),
    Supplement("T.DIST.2T", "distributions.t_dist_2t", 2, 2, _COUNTS),
    Supplement("T.DIST.RT", "distributions.t_dist_rt", 2, 2, _COUNTS),
    Supplement("T.INV", "distributions.t_inv", 2, 2, _COUNTS),
    Supplement("TINV", "distributions.t_inv_2t", 2, 2, "it has none for chances above one"),
    Supplement("T.INV.2T", "distributions.t_inv_2t", 2, 2, _COUNTS),
    # -- engineering
    Supplement("BESSELJ", "bessel.besselj", 2, 2, "it is exact, Excel approximates"),
    Supplement("BESSELY", "bessel.bessely", 2, 2, "it is exact, Excel approximates"),
    Supplement("COMPLEX", "complexes.complex_", 2, 3, "small parts are nothing to it"),
    Supplement("IMARGUMENT", "complexes.imargument", 1, 1, "small parts are nothing to it"),
    Supplement("IMCONJUGATE", "complexes.imconjugate", 1, 1, "small parts are nothing to it"),
    Supplement("IMCOS", "complexes.imcos", 1, 1, _DIGITS),
    Supplement("IMCOSH", "complexes.imcosh", 1, 1, _DIGITS),
    Supplement("IMCOT", "complexes.imcot", 1, 1, _DIGITS),
    Supplement("IMCSC", "complexes.imcsc", 1, 1, _DIGITS),
    Supplement("IMCSCH", "complexes.imcsch", 1, 1, _DIGITS),
    Supplement("IMDIV", "complexes.imdiv", 2, 2, _DIGITS),
    Supplement("IMEXP", "complexes.imexp", 1, 1, _DIGITS),
    Supplement("IMLN", "complexes.imln", 1, 1, _DIGITS),
    Supplement("IMLOG10", "complexes.imlog10", 1, 1, _DIGITS),
    Supplement("IMLOG2", "complexes.imlog2", 1, 1, _DIGITS),
    Supplement("IMPOWER", "complexes.impower", 2, 2, "it multiplies, Excel goes by the polar form"),
    Supplement("IMPRODUCT", "complexes.improduct", 1, None, "it takes no ranges"),
    Supplement("IMSEC", "complexes.imsec", 1, 1, _DIGITS),
    Supplement("IMSECH", "complexes.imsech", 1, 1, _DIGITS),
    Supplement("IMSIN", "complexes.imsin", 1, 1, _DIGITS),
    Supplement("IMSINH", "complexes.imsinh", 1, 1, _DIGITS),
    Supplement("IMSQRT", "complexes.imsqrt", 1, 1, _DIGITS),
    Supplement("IMSUB", "complexes.imsub", 2, 2, "it takes no blanks"),
    Supplement("IMSUM", "complexes.imsum", 1, None, "it takes no ranges"),
    Supplement("IMTAN", "complexes.imtan", 1, 1, _DIGITS),
    # -- dates
    Supplement("DATE", "dates.date", 3, 3, "it gives dates before 1900 and after 9999"),
    Supplement("DATEVALUE", "dates.datevalue", 1, 1, "it gives dates before 1900, and knows few ways to write them"),
    Supplement("TIME", "dates.time", 3, 3, "a time before midnight is one of the day before"),
    Supplement("DATEDIF", "dates.datedif", 3, 3, _TEXT_DATES),
    Supplement("DAY", "dates.day", 1, 1, _TEXT_DATES),
    Supplement("DAYS", "dates.days", 2, 2, _TEXT_DATES),
    Supplement("DAYS360", "dates.days360", 2, 3, _TEXT_DATES),
    Supplement("EDATE", "dates.edate", 2, 2, _TEXT_DATES),
    Supplement("EOMONTH", "dates.eomonth", 2, 2, _TEXT_DATES),
    Supplement("HOUR", "dates.hour", 1, 1, _TEXT_DATES),
    Supplement("ISOWEEKNUM", "dates.isoweeknum", 1, 1, _TEXT_DATES),
    Supplement("MINUTE", "dates.minute", 1, 1, _TEXT_DATES),
    Supplement("MONTH", "dates.month", 1, 1, _TEXT_DATES),
    Supplement("NETWORKDAYS", "dates.networkdays", 2, 3, _TEXT_DATES),
    Supplement(
        "NETWORKDAYS.INTL", "dates.networkdays_intl", 2, 4, "it takes no omitted weekend, and no week without work"
    ),
    Supplement("SECOND", "dates.second", 1, 1, _TEXT_DATES),
    Supplement("TIMEVALUE", "dates.timevalue", 1, 1, "it takes neither a date before the time nor more than 24 hours"),
    Supplement("VALUE", "dates.value", 1, 1, "it reads neither currency, thousands nor dates"),
    Supplement("WEEKDAY", "dates.weekday", 1, 2, _TEXT_DATES),
    Supplement("WEEKNUM", "dates.weeknum", 1, 2, _TEXT_DATES),
    Supplement("WORKDAY", "dates.workday", 2, 3, _TEXT_DATES),
    Supplement("WORKDAY.INTL", "dates.workday_intl", 2, 4, "it takes no omitted weekend"),
    Supplement("YEAR", "dates.year", 1, 1, _TEXT_DATES),
    Supplement("YEARFRAC", "dates.yearfrac", 2, 3, _TEXT_DATES),
    # -- texts
    Supplement("BAHTTEXT", "baht.bahttext", 1, 1),
    Supplement("CHAR", "elementary.char", 1, 1, "five numbers have no character"),
    Supplement("ARRAYTOTEXT", "words.arraytotext", 1, 2, _DIGITS),
    Supplement("VALUETOTEXT", "words.valuetotext", 1, 2, _DIGITS),
    Supplement("NUMBERVALUE", "words.numbervalue", 1, 3, "nothing is no zero to it"),
    Supplement("REPLACE", "words.replace", 4, 4, "it puts nothing after the end of a text"),
    Supplement("SUBSTITUTE", "words.substitute", 3, 4, "it makes texts longer than any cell holds"),
    Supplement("TEXTAFTER", "splits.textafter", 2, 6, _OMITTED),
    Supplement("TEXTBEFORE", "splits.textbefore", 2, 6, _OMITTED),
    Supplement("TEXTSPLIT", "splits.textsplit", 2, 6, _OMITTED),
    Supplement("ENCODEURL", "words.encodeurl", 1, 1),
    Supplement("LOWER", "words.lower", 1, 1, _LETTERS),
    Supplement("PROPER", "words.proper", 1, 1, "it takes digits for letters"),
    Supplement("_LONGTEXT", "words.joined", 1, None),  # a text of more than 255 characters, as Excel stores it
    Supplement("REGEXEXTRACT", "words.regexextract", 2, 4),
    Supplement("REGEXREPLACE", "words.regexreplace", 3, 5),
    Supplement("REGEXTEST", "words.regextest", 2, 3),
    Supplement("TEXT", "words.text", 2, 2, "it knows few number formats"),
    Supplement("UPPER", "words.upper", 1, 1, _LETTERS),
    # -- lists and arrays
    Supplement("ADDRESS", "places.address", 2, 5, "it writes no addresses of rows and columns"),
    Supplement("CHOOSECOLS", "arranging.choosecols", 2, None, _LISTS),
    Supplement("CHOOSEROWS", "arranging.chooserows", 2, None, _LISTS),
    Supplement("DAVERAGE", "database.daverage", 3, 3, _HEADERS),
    Supplement("DCOUNT", "database.dcount", 3, 3, _HEADERS),
    Supplement("DCOUNTA", "database.dcounta", 3, 3, _HEADERS),
    Supplement("DGET", "database.dget", 3, 3, _HEADERS),
    Supplement("DMAX", "database.dmax", 3, 3, _HEADERS),
    Supplement("DMIN", "database.dmin", 3, 3, _HEADERS),
    Supplement("DPRODUCT", "database.dproduct", 3, 3, _HEADERS),
    Supplement("DSTDEV", "database.dstdev", 3, 3, _HEADERS),
    Supplement("DSTDEVP", "database.dstdevp", 3, 3, _HEADERS),
    Supplement("DSUM", "database.dsum", 3, 3, _HEADERS),
    Supplement("DVAR", "database.dvar", 3, 3, _HEADERS),
    Supplement("DVARP", "database.dvarp", 3, 3, _HEADERS),
    Supplement("DROP", "shapes.drop", 2, 3, "it gives a blank where nothing is left"),
    Supplement("HSTACK", "shapes.hstack", 1, None, _SHAPES),
    Supplement("SEQUENCE", "shapes.sequence", 1, 4, _OMITTED),
    Supplement("VSTACK", "shapes.vstack", 1, None, _SHAPES),
    Supplement("EXPAND", "shapes.expand", 2, 4),
    Supplement("ERROR.TYPE", "shapes.error_type", 1, 1, "it numbers the younger errors in another way"),
    Supplement("LOOKUP", "lookups.lookup", 2, 3, _HALVING),
    Supplement("SORTBY", "arranging.sortby", 2, None, "it takes one key only, and no rows of keys"),
    Supplement("TAKE", "shapes.take", 2, 3, "it tells no omitted number from 0"),
    Supplement("TRIMRANGE", "picking.trimrange", 1, 3),
    Supplement("_TRO_ALL", "picking.trimrange", 1, 1),
    Supplement("_TRO_LEADING", "picking.trim_leading", 1, 1),
    Supplement("_TRO_TRAILING", "picking.trim_trailing", 1, 1),
    Supplement("UNIQUE", "arranging.unique", 1, 3, "it tells capitals from small letters, and loses rows of columns"),
    Supplement("WRAPCOLS", "shapes.wrapcols", 2, 3),
    Supplement("WRAPROWS", "shapes.wraprows", 2, 3),
)


def given_up() -> frozenset[str]:
    """Return the names of the functions that could not know a value since this was last asked."""
    if not GIVEN_UP:
        return frozenset()
    supplied = (s.name.removeprefix("DEALMODEL_") for s in (*SUPPLEMENTS, *RESPELLED) if s.place in GIVEN_UP)
    names = frozenset((*supplied, *GIVEN_UP))
    GIVEN_UP.clear()
    return names


@functools.cache
def supplements() -> Mapping[str, Supplement]:
    """Return every name under which formulas call the functions, in upper case, with the function."""
    every = (*SUPPLEMENTS, *RESPELLED)
    return {prefix + supplement.name: supplement for supplement in every for prefix in ("", _YOUNGER)}


def registrations(
    words: Iterable[str] | None = None, *, date1904: bool = False
) -> Iterator[tuple[str, Function, int, int | None]]:
    """Yield the names among some words, with the function and the number of its arguments.

    Parameters
    ----------
    words
        Words of formulas in upper case; None for all names.
    date1904
        Whether the workbook counts days from 1904.
    """
    known = supplements()
    for name in known if words is None else words:
        if name in known:
            supplement = known[name]
            function = _counting_from_1904(supplement.call) if date1904 else supplement.call
            yield name, function, supplement.least, supplement.most


def _counting_from_1904(function: Function) -> Function:
    """Return a function whose dates are days since 1904."""

    def shifted(*arguments: EngineValue) -> EngineValue:
        from dealmodel.hosts.supplements.calendar import counting_from_1904  # noqa: PLC0415  few workbooks do

        with counting_from_1904():
            return function(*arguments)

    return shifted
