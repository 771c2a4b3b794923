"""Functions that the engine does right in most formulas; the translation calls these in the others."""

from __future__ import annotations

from dealmodel.hosts.supplements.supplement import Supplement

_DIGITS = "it writes seventeen digits where Excel writes fifteen"
_HALVING = "it finds nothing in lists that are not sorted or mix kinds of values"
_ERRORS_LEFT_OUT = "it leaves errors out"
_BINARY = "it works with all binary digits, Excel with fifteen decimal ones"
_ONE = "an emoji is one character to it"
_TRUTHS = "it takes TRUE and FALSE for numbers"
_SHAPES = "it takes arrays of one size only"
_MINUS_ONE = "a rate of minus one or below has other results"
_OTHER_SIZES = "it finds nothing where a range of conditions has another size"

RESPELLED = (
    Supplement("DEALMODEL_A1", "places.a1_of", 3, 3, "it reads no addresses of rows and columns"),
    Supplement("DEALMODEL_ALONE", "operators.alone", 1, 1, "it passes over texts that are given to it"),
    Supplement("DEALMODEL_ASCII", "operators.ascii_", 1, 1, "it compares letters beyond ASCII by their case"),
    Supplement("DEALMODEL_AT_LEAST", "operators.at_least", 2, 2, _BINARY),
    Supplement("DEALMODEL_AT_MOST", "operators.at_most", 2, 2, _BINARY),
    Supplement("DEALMODEL_AVERAGEIF", "conditions.averageif", 2, 3, _ERRORS_LEFT_OUT),
    Supplement("DEALMODEL_AVERAGEIFS", "conditions.averageifs", 3, None, _ERRORS_LEFT_OUT),
    Supplement("DEALMODEL_COLUMNS", "picking.columns", 1, 1, "an error has one column"),
    Supplement("DEALMODEL_CONCAT", "words.concat", 1, None, _DIGITS),
    Supplement("DEALMODEL_COUNTIF", "conditions.countif", 2, 3, _ERRORS_LEFT_OUT),
    Supplement("DEALMODEL_COUNTIFS", "conditions.countifs", 2, None, _ERRORS_LEFT_OUT),
    Supplement("DEALMODEL_DIFFERENCE", "operators.difference", 2, 2, _BINARY),
    Supplement("DEALMODEL_DISPLAYED", "words.displayed", 2, 2, "it knows nothing of precision as displayed"),
    Supplement("DEALMODEL_EQUAL", "operators.equal", 2, 2, _BINARY),
    Supplement("DEALMODEL_FILTER", "picking.filter_", 2, 3, "it takes texts for conditions"),
    Supplement("DEALMODEL_FIND", "codeunits.find", 2, 3, _ONE),
    Supplement("DEALMODEL_FV", "loans.fv", 3, 5, _MINUS_ONE),
    Supplement("DEALMODEL_GREATER", "operators.greater", 2, 2, _BINARY),
    Supplement("DEALMODEL_HLOOKUP", "lookups.hlookup", 3, 4, _HALVING),
    Supplement("DEALMODEL_IF", "operators.chosen", 2, 3, _SHAPES),
    Supplement("DEALMODEL_IFERROR", "operators.unless_error", 2, 2, _SHAPES),
    Supplement("DEALMODEL_INDEX", "picking.index", 1, 4, "it gives the first element of a line"),
    Supplement("DEALMODEL_JOIN", "words.joined", 1, None, _DIGITS),
    Supplement("DEALMODEL_LEN", "codeunits.len_", 1, 1, _ONE),
    Supplement("DEALMODEL_LESS", "operators.less", 2, 2, _BINARY),
    Supplement("DEALMODEL_MATCH", "lookups.match", 2, 3, _HALVING),
    Supplement("DEALMODEL_MAXIFS", "conditions.maxifs", 3, None, _OTHER_SIZES),
    Supplement("DEALMODEL_MID", "codeunits.mid", 3, 3, _ONE),
    Supplement("DEALMODEL_MINIFS", "conditions.minifs", 3, None, _OTHER_SIZES),
    Supplement("DEALMODEL_NEAR", "lookups.near", 2, 2, "it finds numbers that are the same to twelve digits only"),
    Supplement(
        "DEALMODEL_NUMBER", "operators.plain_number", 1, 1, "it takes no text with currency or thousands for a number"
    ),
    Supplement("DEALMODEL_PLAIN", "operators.number_without_truths", 1, 1, _TRUTHS),
    Supplement("DEALMODEL_PLAINLY", "conditions.plainly", 4, None, _ERRORS_LEFT_OUT),
    Supplement("DEALMODEL_PMT", "loans.pmt", 3, 5, _MINUS_ONE),
    Supplement("DEALMODEL_POWER", "operators.power", 2, 2, "it has no roots of negative numbers, and 0^0 is 1"),
    Supplement("DEALMODEL_PV", "loans.pv", 3, 5, _MINUS_ONE),
    Supplement("DEALMODEL_REPLACE", "words.replace_units", 4, 4, _ONE),
    Supplement("DEALMODEL_RANK", "operators.rank", 1, 1, "it rounds a rank from the top"),
    Supplement("DEALMODEL_ROWS", "picking.rows", 1, 1, "an error has one row"),
    Supplement("DEALMODEL_SEARCH", "words.search", 2, 3, "it takes a tilde for itself"),
    Supplement("DEALMODEL_SORT", "arranging.sort", 1, 4, "it sorts no errors"),
    Supplement("DEALMODEL_SUMIF", "conditions.sumif", 2, 3, _ERRORS_LEFT_OUT),
    Supplement("DEALMODEL_SUMIFS", "conditions.sumifs", 3, None, _ERRORS_LEFT_OUT),
    Supplement("DEALMODEL_SUMPRODUCT", "picking.sumproduct", 1, None, "it takes texts for numbers, and any sizes"),
    Supplement("DEALMODEL_SUM_AT_END", "operators.total", 2, 2, _BINARY),
    Supplement("DEALMODEL_TEXTJOIN", "words.textjoin", 3, None, _DIGITS),
    Supplement("DEALMODEL_TRUTH", "operators.as_truth", 1, 1, "it takes no text for TRUE or FALSE"),
    Supplement("DEALMODEL_UNION", "picking.union", 1, None, "it takes several areas for several ranges, or for none"),
    Supplement("DEALMODEL_UNEQUAL", "operators.unequal", 2, 2, _BINARY),
    Supplement("DEALMODEL_VLOOKUP", "lookups.vlookup", 3, 4, _HALVING),
    Supplement("DEALMODEL_XLOOKUP", "lookups.xlookup", 3, 6, "it finds nothing by halves in falling lists"),
    Supplement("DEALMODEL_XMATCH", "lookups.xmatch", 2, 4, "it finds nothing by halves in falling lists"),
)
