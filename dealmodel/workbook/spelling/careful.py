"""Calls and operators spelled as Excel has them to the last digit and in the oddest case.

They are slower so, and mostly right as they are: they are spelled so only where a value is not the one that the
workbook stores, or where it stores none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.values import NEARLY_WHOLE
from dealmodel.workbook.spelling.bookfunctions import PLACE
from dealmodel.workbook.spelling.call import given, plain
from dealmodel.workbook.spelling.conditional import CONDITIONAL, conditional
from dealmodel.workbook.spelling.leftout import LEFT_OUT
from dealmodel.workbook.spelling.readings import AGGREGATES, ALONE, JOIN, LEAST, NUMBER, READERS, TRUTH
from dealmodel.workbook.spelling.syntax import ERROR_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dealmodel.workbook.spelling.call import Call
    from dealmodel.workbook.spelling.syntax import Node

_TEXT_GIVERS = ("LEFT", "MID", "RIGHT", "TRIM", "CONCATENATE", "SUBSTITUTE", "TEXT")
_REFERRING = ("OFFSET", "INDIRECT", "INDEX", "XLOOKUP", "_XLFN.XLOOKUP")
"""Functions that give a reference, in which a function of ranges passes over what is no number."""
_CHOOSING = ("IF", "CHOOSE", "IFS", "_XLFN.IFS", "SWITCH", "_XLFN.SWITCH", "LET", "_XLFN.LET")
"""Functions that give a reference where they choose one."""


def careful_call(call: Call) -> str | None:
    """Return a call as Excel has it in every case, or None where it is that as it is."""
    if "" in call.texts[: LEAST.get(call.bare, 0)]:
        return CellError.NA.value
    spell = _SPELLINGS.get(call.bare)
    return spell(call) if spell else None


def may_need_care(formula: str) -> bool:
    """Whether a formula holds what is spelled in another way with care.

    Examples
    --------
    >>> may_need_care("A1-B1"), may_need_care("IF(A1=B1,1,2)"), may_need_care("LEFT(A1)")
    (True, True, True)
    """
    return re.search(_NEEDS_CARE, formula) is not None


def reads_oddly(formula: str) -> bool:
    """Whether a formula holds what the engine gets wrong in odd cases, such as errors among what it sums, or 0^0.

    Examples
    --------
    >>> reads_oddly("SUMIF(A1:A3,7)"), reads_oddly("A1-B1")
    (True, False)
    """
    return re.search(_READS_ODDLY, formula) is not None


def _ours(call: Call) -> str | None:
    """Call the function of `hosts.supplements` in place of the engine's."""
    return plain(call, given(call), f"DEALMODEL_{call.bare}")


def _counting(call: Call) -> str | None:
    """Count an emoji for two characters, and take a text of nothing for found where the search begins."""
    return plain(call, function=f"DEALMODEL_{call.bare}")


def _ours_alone(call: Call) -> str | None:
    return None if call.spread else plain(call, function=f"DEALMODEL_{call.bare}")


def _read(call: Call) -> str | None:
    """Hand numbers, and texts that stand for them, to a function as it reads them."""
    reader, truth = READERS[call.bare]
    if call.spread:
        return None
    readers = [TRUTH if i == truth else reader for i in range(len(call.texts))]
    return plain(call, [text and f"{name}({text})" for name, text in zip(readers, call.texts, strict=True)])


def _read_one(call: Call) -> str | None:
    """Hand the one number that stands beside ranges to a function as it reads it, and a text in place of a range."""
    place = _BESIDE_RANGES[call.bare]
    if call.spread or len(call.texts) <= place or not call.texts[place]:
        return None
    texts = [*call.texts[:place], f"{NUMBER}({call.texts[place]})", *call.texts[place + 1 :]]
    if call.bare in _ORDERED and isinstance(call.nodes[0].get("value"), str):
        texts[0] = f"{NUMBER}({call.texts[0]})"
    if call.bare in ("HLOOKUP", "VLOOKUP"):
        texts[place] = _place(call.nodes[place], texts[place])
    elif call.bare == "LARGE" and not _is_whole(call.nodes[place]):
        texts[place] = f"{RANK}({call.texts[place]})"
    return plain(call, texts)


def _is_whole(node: Node) -> bool:
    """Whether a part of a formula is a whole number, or none that is not: a constant, or what counts and finds."""
    if node["node_type"] == "Function":
        return node["name"].upper() in _COUNTERS
    value = node.get("value")
    return isinstance(value, str) or (isinstance(value, float) and value.is_integer())


def _place(node: Node, text: str) -> str:
    """Return a place that is a row or a column where it lacks nearly nothing to one."""
    is_there = text and not _is_whole(node)
    return f"INT(({text})+{NEARLY_WHOLE!r})" if is_there else text


def _read_alone(call: Call) -> str | None:
    """Hand the arguments that are no ranges to a function that passes over texts in ranges only."""
    alone = [not _may_refer(node) and node["node_type"] in ("Literal", "Function") for node in call.nodes]
    texts = [f"{ALONE}({text})" if one else text for one, text in zip(alone, call.texts, strict=True)]
    return plain(call, texts) if any(alone) else None


def _may_refer(node: Node) -> bool:
    """Whether a part of a formula may be a reference."""
    if node["node_type"] == "Function":
        name = node["name"].upper()
        return name in _REFERRING or (name in _CHOOSING and any(map(_may_refer, node["args"])))
    return node["node_type"] == "Reference" or node.get("operator") in (":", ",", " ", "#", "@")


def _is_text(node: Node) -> bool:
    """Whether a part of a formula is a text, or gives one."""
    if node["node_type"] == "Literal":
        return isinstance(node["value"], str)
    return node["node_type"] == "Function" and node["name"].upper() in _TEXT_GIVERS


def _count(call: Call) -> str | None:
    """Count no errors that are given as they are."""
    texts = []
    for node, text in zip(call.nodes, call.texts, strict=True):
        if node["node_type"] in ("Function", "BinaryOp", "UnaryOp") and not _may_refer(node):
            texts.append(f'IFERROR({text},"")')
        elif text not in ERROR_TEXTS:
            texts.append(text)
    return plain(call, texts) if texts else "0"


def _truths(call: Call) -> str | None:
    """Read texts that are given as they are; a text of nothing is left out."""
    texts = [
        f"{TRUTH}({text})" if _is_text(node) else text
        for node, text in zip(call.nodes, call.texts, strict=True)
        if node.get("value") != ""
    ]
    return plain(call, texts) if texts else None


def _if(call: Call) -> str | None:
    """Choose for every element of arrays that are not of one size, and by what a text says."""
    if call.spread:
        return _ours(call)
    may_be_text = _is_text(call.nodes[0]) or call.nodes[0]["node_type"] == "Reference"
    return plain(call, [f"{TRUTH}({call.texts[0]})", *call.texts[1:]]) if may_be_text else None


def _by_element(call: Call) -> str | None:
    """Work out for every element of arrays that are not of one size."""
    return _ours(call) if call.spread else None


def _choose(call: Call) -> str | None:
    """Read the number of the choice."""
    return None if call.spread else plain(call, [f"{NUMBER}({call.texts[0]})", *call.texts[1:]])


def _with_digits(call: Call) -> str | None:
    """Give numbers to a function of texts as Excel writes them, and texts for numbers as it reads them."""
    if call.spread:
        return None
    places = TEXTS[call.bare] or range(len(call.texts))
    readers = [JOIN if i in places else NUMBER for i in range(len(call.texts))]
    texts = [text and f"{name}({text})" for name, text in zip(readers, call.texts, strict=True)]
    if call.bare in ("LEFT", "RIGHT"):
        texts[1:] = map(_place, call.nodes[1:], texts[1:])
    return plain(call, texts)


def by_all_digits(call: Call, spelled: str) -> str:
    """Return a lookup that takes no number for another one that is nearly the same, as Excel's do not.

    Parameters
    ----------
    call
        The lookup.
    spelled
        How it is written otherwise.
    """
    value, among, *others = call.texts
    if call.spread or sum(text.count("(") for text in call.texts) > _MOST_CALLS or not value or not among:
        return spelled
    if call.bare in ("MATCH", "XMATCH"):
        key = f"INDEX({among},{plain(call)})"
    elif call.bare == "XLOOKUP":
        key = plain(call, [value, among, among, *["" for _ in others[1:2]], *others[2:]])
    else:
        key = plain(call, [value, among, "1", *others[1:]])
    return f"IF({NEAR}({value},{key}),{plain(call, given(call), f'DEALMODEL_{call.bare}')},{spelled})"


def _index(call: Call) -> str | None:
    """Take a whole line of an array, and refuse places before the first as Excel does."""
    if any(text.startswith("-") for text in call.texts[1:]):
        return CellError.VALUE.value
    if call.spread or not call.nodes:
        return None
    if not _may_refer(call.nodes[0]):
        return plain(call, given(call), "DEALMODEL_INDEX")
    return plain(call, [call.texts[0], *map(_place, call.nodes[1:], call.texts[1:])])


def _hypergeometric(call: Call) -> str | None:
    """Ask the younger function, for which what cannot be drawn has no chance and is no error."""
    return None if call.spread else plain(call, [*call.texts, "FALSE"], "_XLFN.HYPGEOM.DIST")


def _indirect(call: Call) -> str | None:
    """Give the error of an address that is none, or of the argument."""
    if call.spread:
        return None
    place = f"{PLACE}({','.join(given(call)[:2])})"
    return f"IF(ISERROR({place}),{place},{plain(call)})"


def _cell(call: Call) -> str | None:
    """Tell the kind of an error."""
    kind = call.nodes[0].get("value")
    is_kind = isinstance(kind, str) and kind.upper() == "TYPE" and len(call.texts) > 1
    return f'IF(ISERROR({call.texts[1]}),"v",{plain(call)})' if is_kind else None


def _hyperlink(call: Call) -> str | None:
    """Give a name as what it is: a number stays one, and a blank is nothing, which is zero."""
    if len(call.texts) < 2 or call.spread or _is_text(call.nodes[1]):  # noqa: PLR2004  a name beside the place
        return None
    place, name = call.texts[:2]
    named = f"+{name}" if call.nodes[1]["node_type"] == "Reference" else name
    return named if call.nodes[0]["node_type"] == "Literal" else f"IF(ISERROR({place}),{place},{named})"


RANK = "DEALMODEL_RANK"
"""Function of the engine's only: the rank that LARGE takes for a number."""
_COUNTERS = ("COLUMN", "COLUMNS", "COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "MATCH", "ROW", "ROWS", "_XLFN.XMATCH")
NEAR = "DEALMODEL_NEAR"
"""Function of the engine's only: whether a number that was found is nearly the one that was looked for."""
_MOST_CALLS = 8
"""Calls in the arguments of a lookup beyond which these are not written three times."""
TEXTS = {
    "CODE": (0,),
    "CONCATENATE": (),
    "EXACT": (0, 1),
    "LEFT": (0,),
    "LOWER": (0,),
    "REPT": (0,),
    "RIGHT": (0,),
    "SUBSTITUTE": (0, 1, 2),
    "TRIM": (0,),
    "UNICODE": (0,),
    "UPPER": (0,),
}
"""Functions of texts, with the arguments that are texts; none for all."""
_COUNTING = ("FIND", "LEN", "MID", "REPLACE", "SEARCH")
"""Functions that count the characters of texts."""
_ORDERED = (
    "LARGE",
    "PERCENTILE",
    "PERCENTILE.EXC",
    "PERCENTILE.INC",
    "QUARTILE",
    "QUARTILE.EXC",
    "QUARTILE.INC",
    "SMALL",
)
_BESIDE_RANGES = {
    **dict.fromkeys(("FORECAST", "FORECAST.LINEAR", "NPV", "RANK", "RANK.AVG", "RANK.EQ"), 0),
    **dict.fromkeys(_ORDERED, 1),
    **dict.fromkeys(("HLOOKUP", "VLOOKUP"), 2),
}
"""Functions with the place of the one number that they take beside ranges."""
_READS_ODDLY = rf"(?i)\^|\b(?:{'|'.join(map(re.escape, (*CONDITIONAL, *TEXTS, *_COUNTING, 'LARGE', 'POWER')))})\("
_SPELLINGS: Mapping[str, Callable[[Call], str | None]] = {
    **dict.fromkeys(CONDITIONAL, conditional),
    **dict.fromkeys(TEXTS, _with_digits),
    **dict.fromkeys(READERS, _read),
    **dict.fromkeys(AGGREGATES, _read_alone),
    **dict.fromkeys(_BESIDE_RANGES, _read_one),
    **dict.fromkeys(("AND", "OR", "XOR"), _truths),
    **dict.fromkeys(("CONCAT", "TEXTJOIN"), _ours_alone),
    **dict.fromkeys(_COUNTING, _counting),
    **dict.fromkeys(("FILTER", "SORT"), _ours),
    **dict.fromkeys(("FV", "PMT", "PV"), _ours_alone),
    "CELL": _cell,
    "CHOOSE": _choose,
    "COUNT": _count,
    "HYPERLINK": _hyperlink,
    "HYPGEOMDIST": _hypergeometric,
    "IF": _if,
    "IFERROR": _by_element,
    "INDEX": _index,
    "INDIRECT": _indirect,
    "POWER": _ours,
}
LOOKUPS = ("HLOOKUP", "MATCH", "VLOOKUP", "XLOOKUP", "XMATCH")
_NAMES = "|".join(map(re.escape, (*_SPELLINGS, *LOOKUPS, "SUMPRODUCT")))
_NEEDS_CARE = rf"(?i)[=<>&+*/^%-]|{LEFT_OUT}|\b(?:_XLFN\.|_XLWS\.)*(?:{_NAMES})\("
"""A pattern that `re` compiles, and keeps, where it is asked for: most books need no care."""
