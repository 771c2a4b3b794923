"""Calls that the engine gets wrong in some formulas only, in another spelling.

What the engine does right stays with it, for its own functions are a hundred times quicker: `MATCH` in a sorted list
is the engine's, and only where it finds nothing the one of `hosts.supplements` is asked, which halves any list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.workbook.address import parse_area, parse_region, quote_sheet, split_sheet
from dealmodel.workbook.spelling.bookfunctions import FORMULA, LINES, PLACE, TABLE_CELLS
from dealmodel.workbook.spelling.call import OMITTED, given, plain
from dealmodel.workbook.spelling.careful import LOOKUPS, by_all_digits, careful_call
from dealmodel.workbook.spelling.conditional import CONDITIONAL
from dealmodel.workbook.spelling.syntax import ERROR_TEXTS, parts_of
from dealmodel.workbook.spelling.totals import NOT_AGGREGATE, TOTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.spelling.call import Call
    from dealmodel.workbook.spelling.syntax import Node

_KNOWN_OF_CELLS = ("ADDRESS", "COL", "CONTENTS", "ROW", "TYPE")
"""What CELL tells of a cell that does not depend on how it looks or where the file lies."""
_KINDS_OF_CELLS = (*_KNOWN_OF_CELLS, "COLOR", "FILENAME", "FORMAT", "PARENTHESES", "PREFIX", "PROTECT", "WIDTH")
_SEARCH_MODE = 5
"""Place of XLOOKUP's way of searching among its arguments."""
_REFERRING = ("OFFSET", "INDIRECT", "INDEX", "CHOOSE")
_INDIRECT = re.compile(
    rf"(?:IF\(ISERROR\((?P<place>{PLACE}\(.*\))\),(?P=place),)?INDIRECT\((?P<text>.*)\)(?(place)\))", re.DOTALL
)
"""INDIRECT as it is spelled, with care or without."""
_NUMBER = re.compile(r"\+?\d+(?:\.\d+)?")
GOOGLES = "__XLUDF.DUMMYFUNCTION"
"""What Google Sheets writes for functions that are its alone, within an IFERROR that has what they came to."""
_YES, _NO = ("TRUE", "1", "1.0"), ("FALSE", "0", "0.0", "")


def respelled(call: Call, *, careful: bool) -> str | None:
    """Return a call in another spelling, or None where the engine gets it right as it is.

    Parameters
    ----------
    call
        The call.
    careful
        Whether to spell in another way, too, what is slower then and mostly right as it is.
    """
    if call.bare in CONDITIONAL and any(node.get("operator") == "," for node in call.nodes):
        # Several areas are no range of conditions.
        return CellError.VALUE.value
    spell = _SPELLINGS.get(call.bare)
    other = spell(call) if spell else None
    if not careful:
        return other
    spelled = careful_call(call) if other is None else other
    if call.bare not in LOOKUPS or call.spread or (spelled or "").startswith("DEALMODEL_"):
        return spelled
    return by_all_digits(call, _or_halved(call, spelled or plain(call)))


def _mark_omitted(call: Call) -> str:
    return plain(call, given(call))


def _by_element(call: Call) -> str | None:
    """Look up for every element of an array."""
    return plain(call, function=f"DEALMODEL_{call.bare}") if call.spread else None


def _or_halved(call: Call, spelled: str) -> str:
    """Return a lookup that goes by halves where the engine finds nothing: it does so in sorted lists only."""
    exact_from = {"MATCH": 2, "HLOOKUP": 3, "VLOOKUP": 3}.get(call.bare)
    if exact_from is None or (len(call.texts) > exact_from and call.texts[exact_from].upper() in _NO):
        return spelled
    return f"IFNA({spelled},{plain(call, function=f'DEALMODEL_{call.bare}')})"


def _searched(call: Call) -> str | None:
    """Look up as XLOOKUP and XMATCH do other than for the same value, by halves, and for every element of an array."""
    mode_at = _SEARCH_MODE - 1 if call.bare == "XLOOKUP" else _SEARCH_MODE - 3
    mode, order = [*call.texts[mode_at : mode_at + 2], "", ""][:2]
    in_order = order in ("", "1.0", "-1.0", "1", "-1") and mode in ("", "0.0", "2.0", "0", "2") and call.texts[0]
    return None if in_order and not call.spread else plain(call, given(call), f"DEALMODEL_{call.bare}")


def _offset(call: Call) -> str | None:
    """Turn a range of negative height or width, which the engine refuses, about."""
    # Excel takes a part of a line for a whole one.
    given_sizes = [*call.texts[3:5], "", ""][:2]
    sizes = ["1" if _NUMBER.fullmatch(size) and 0 < float(size) < 1 else size for size in given_sizes]
    if sizes == given_sizes and all(not size or _NUMBER.fullmatch(size) for size in sizes):
        return None
    reference, *moves = call.texts[:3]
    new = [reference]
    for move, size in zip(moves, sizes, strict=True):
        turned = bool(size) and not _NUMBER.fullmatch(size)
        new.append(f"({move or 0})+MIN(0,({size})+1)" if turned else move or "0")
    new += [size if not size or _NUMBER.fullmatch(size) else f"ABS({size})" for size in sizes]
    while not new[-1]:
        new.pop()
    return plain(call, new)


def _indirect(call: Call) -> str | None:
    """Spell out an address that is given as it is, and read one of rows and columns, which the engine does not."""
    style = call.texts[1].upper() if len(call.texts) > 1 else _YES[0]
    text = call.nodes[0].get("value") if call.nodes else None
    if call.meanings.book.tables and style in _YES and (not isinstance(text, str) or "[" in text):
        return plain(call, [f"{TABLE_CELLS}({call.texts[0]},ROW())"])
    if isinstance(text, str) and style in (*_YES, *_NO):
        return _address(call, text if style in _YES else _as_a1(text, call.at) or "")
    if style in _YES:
        return None
    address = f"DEALMODEL_A1({call.texts[0]},ROW(),COLUMN())"
    if style in _NO:
        return f"IF(ISERROR({address}),{address},{plain(call, [address])})"
    return f"IF({call.texts[1]},{plain(call, call.texts[:1])},{plain(call, [address])})"


def _lines_of(call: Call) -> str | None:
    """Take whole rows or columns by a number that may be an array's, as INDEX(d,,i) does: the engine takes one cell."""
    takes_lines = any(node["node_type"] == "Omitted" or node.get("value") == 0.0 for node in call.nodes[1:3])
    return plain(call, given(call), "DEALMODEL_INDEX") if call.spread and takes_lines else None


def _as_a1(address: str, at: CellAt) -> str:
    from dealmodel.hosts.supplements.places import a1_of  # noqa: PLC0415  few formulas hold such addresses
    from dealmodel.hosts.supplements.refusals import CellErrorRaised  # noqa: PLC0415

    try:
        return a1_of(address, float(at.row), float(at.column))
    except CellErrorRaised:
        return ""


def _address(call: Call, text: str) -> str | None:
    """Return the reference that a text is, an error where its sheet is none, or None where it is something else."""
    sheet, address = split_sheet(text) or ("", text)
    if parse_region(address) is None:
        return CellError.REF.value if not text else None
    if not sheet:
        return address
    found = call.meanings.book.find_sheet(sheet)
    return CellError.REF.value if found is None else f"{quote_sheet(found)}!{address}"


def _cell(call: Call) -> str | None:
    """Leave to the workbook's own program what only that one knows, such as the name of the file."""
    if len(call.nodes) < 2:  # noqa: PLR2004  it tells of the cell that was changed last
        return "CELL.OTHER()"
    sheet = (split_sheet(call.texts[1]) or (_sheet_of(call.nodes[1]) or call.at.sheet,))[0]
    is_elsewhere = call.meanings.book.find_sheet(sheet) != call.at.sheet
    # The address of a cell of another sheet begins with the name of the file.
    known_here = [kind for kind in _KNOWN_OF_CELLS if not (is_elsewhere and kind == "ADDRESS")]
    if call.nodes[0]["node_type"] == "Literal":
        kind = str(call.nodes[0]["value"]).upper()
        if kind not in _KINDS_OF_CELLS:
            return CellError.VALUE.value
        return None if kind in known_here else f"CELL.{kind}()"
    known = ",".join(f'"{name}"' for name in known_here)
    return f"IF(ISNUMBER(MATCH(UPPER({call.texts[0]}),{{{known}}},0)),{plain(call)},CELL.OTHER())"


def _sheet(call: Call) -> str | None:
    """Find no sheet by number, which the engine takes for a value, and no name that there is not."""
    numbered = len(call.nodes) == 1 and isinstance(call.nodes[0].get("value"), float)
    if numbered:
        return "NA()"
    reference = call.nodes[0].get("reference", "") if len(call.nodes) == 1 else ""
    address = (split_sheet(reference) or ("", reference))[1]
    unknown = address and parse_region(address) is None and call.meanings.named(reference, call.at) is None
    return CellError.NAME.value if unknown else None


def _sheets(call: Call) -> str | None:
    """Count the sheets of the workbook, without those that the engine has of others."""
    return None if call.nodes else str(len(call.meanings.book.sheets))


def _total(call: Call) -> str | None:
    """Say where the ranges of a total stand, so that what is hidden there can be left out."""
    is_aggregate = call.bare == "AGGREGATE"
    first = 2 if is_aggregate else 1
    if len(call.texts) <= first:
        return None
    if not is_aggregate and _engine_can(call):
        return None
    function, *options = call.texts[:first]
    order = OMITTED
    ranges = list(zip(call.nodes[first:], call.texts[first:], strict=True))
    if is_aggregate and len(ranges) == 2:  # noqa: PLR2004  the second may be the order that LARGE and its like take
        order = ranges[1][1]
    places = [place for node, text in ranges for place in _place(call, node, text)]
    return f"{TOTAL}({','.join([function, *(options or [str(NOT_AGGREGATE)]), order, *places])})"


def _engine_can(call: Call) -> bool:
    """Whether the engine can work out a SUBTOTAL: where no row is hidden, and other totals are its own too."""
    chosen = call.nodes[0].get("value")
    return isinstance(chosen, float) and chosen % 100 in range(1, 10) and call.meanings.totals_are_plain


def _place(call: Call, node: Node, text: str) -> list[str]:
    """Return the sheet, first row and first column of a range, and the range."""
    split = split_sheet(text)
    refers = node["node_type"] == "Reference" or (
        node["node_type"] == "Function" and str(node["name"]).upper() in _REFERRING
    )
    if not refers and not (node["node_type"] == "BinaryOp" and node["operator"] == ":"):
        return ['""', "0", "0", text]
    named = split[0] if split and parse_area(split[1]) and call.meanings.book.find_sheet(split[0]) else None
    sheet = named or _sheet_of(node) or call.at.sheet
    return ['"' + sheet.replace('"', '""') + '"', f"ROW({text})", f"COLUMN({text})", text]


def _sheet_of(node: Node) -> str | None:
    """Return the sheet of the first reference in a formula."""
    if node["node_type"] == "Reference":
        split = split_sheet(node["reference"])
        return split[0] if split else None
    return next((sheet for part in parts_of(node) if (sheet := _sheet_of(part))), None)


def _lines_at(call: Call) -> str | None:
    """Read the lines of INDIRECT off its text: the formula itself may stand in them."""
    node = call.nodes[0] if len(call.nodes) == 1 else {}
    if node.get("node_type") != "Function" or str(node["name"]).upper() != "INDIRECT" or len(node["args"]) != 1:
        return None
    found = _INDIRECT.fullmatch(call.texts[0])
    if found is None:
        return None
    text = found["text"]
    return f'IF({LINES}({text},""),{LINES}({text},"{call.bare}"),{plain(call)})'


def _lines(call: Call) -> str | None:
    """Count the lines of what a function gives, which may be an error."""
    at = _lines_at(call)
    if at is not None:
        return at
    node = call.nodes[0] if len(call.nodes) == 1 else {}
    gives = node.get("node_type") == "Function" and str(node["name"]).upper() not in _REFERRING
    if call.texts[:1] and call.texts[0] in ERROR_TEXTS:
        return call.texts[0]
    return plain(call, function=f"DEALMODEL_{call.bare}") if gives else None


def _formula(call: Call) -> str | None:
    """Ask for the formula of a cell as the workbook has it."""
    if len(call.nodes) != 1:
        return None
    sheet, row, column, _ = _place(call, call.nodes[0], call.texts[0])
    return f"{FORMULA}({sheet},{row},{column},{str(call.bare == 'ISFORMULA').upper()})" if row != "0" else None


def _unknown(_: Call) -> str:
    return CellError.NAME.value


_SPELLINGS: Mapping[str, Callable[[Call], str | None]] = {
    GOOGLES: _unknown,
    "AGGREGATE": _total,
    "CELL": _cell,
    "COLUMN": _lines_at,
    "COLUMNS": _lines,
    "DROP": _mark_omitted,
    "EXPAND": _mark_omitted,
    "FORMULATEXT": _formula,
    "GROWTH": _mark_omitted,
    "HLOOKUP": _by_element,
    "INDEX": _lines_of,
    "INDIRECT": _indirect,
    "ISFORMULA": _formula,
    "LINEST": _mark_omitted,
    "LOGEST": _mark_omitted,
    "MATCH": _by_element,
    "NETWORKDAYS.INTL": _mark_omitted,
    "OFFSET": _offset,
    "ROW": _lines_at,
    "ROWS": _lines,
    "SEQUENCE": _mark_omitted,
    "SHEET": _sheet,
    "SHEETS": _sheets,
    "SORTBY": _mark_omitted,
    "SUBTOTAL": _total,
    "TAKE": _mark_omitted,
    "TEXTAFTER": _mark_omitted,
    "TEXTBEFORE": _mark_omitted,
    "TEXTSPLIT": _mark_omitted,
    "TREND": _mark_omitted,
    "VLOOKUP": _by_element,
    "WORKDAY.INTL": _mark_omitted,
    "XLOOKUP": _searched,
    "XMATCH": _searched,
}
RESPELLED = frozenset(_SPELLINGS)
"""Functions that may have to be spelled in another way."""
