"""Formulas as the engine needs them: what Excel takes for granted and the engine does not know, spelled out.

- A formula that was not entered as an array takes one cell of a range where a single value is expected: `@`.
- In an array, a function of single values is worked out for every element: `EACH`, which the engine host supplies.
- Structured references, references through several sheets, and names that stand for formulas become plain text.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import formualizer

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine import EACH
from dealmodel.workbook.address import Area, CellAt, a1, column_letters, parse_area, parse_region, split_sheet
from dealmodel.workbook.arguments import GIVE_ARRAYS, SPREAD_BY_ENGINE, Need, bare_name, gives_one_value, is_known, need
from dealmodel.workbook.formulas import canonical, move, refers_outside, tokens
from dealmodel.workbook.readings import JOIN, NUMBER
from dealmodel.workbook.respelling import NAMES, Call, careful_operator, respelled
from dealmodel.workbook.shapes import Movable, shape, whole_references

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.workbook.book import Book, DefinedName

    Node = Mapping[str, Any]
    """A node of the engine's syntax tree."""

_LEVELS = {
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 1),
    "&": 2,
    **dict.fromkeys(("+", "-"), 3),
    **dict.fromkeys(("*", "/"), 4),
    "^": 5,
}
"""How tightly operators bind; brackets only where they are needed, for the engine reads no more than 72 levels."""
_SIGN, _PERCENT, _ATOM = 6, 7, 8
_BY = {"BYROW": "VSTACK", "BYCOL": "HSTACK"}
"""Functions that work line by line, and those that put the results together."""
_MOST_LINES = 200
_WHOLE = re.compile(r"\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?\d{1,7}:\$?\d{1,7}")
_MAY_NEED_MORE = rf"[:\[{{#]|\b(?:SINGLE|INDEX|CHOOSE|LAMBDA|DM_\w+|_XLFN\.[\w.]+|_XLUDF\.\w+|{NAMES})\("
"""What a formula holds where it may be more than arithmetic on single cells."""
_ALIKE = str.maketrans("123456789", "000000000")
_WORD = re.compile(r"[^\W\d][\w.\\?]*|\\[\w.\\?]*")
_MANY = 500
"""Names beyond which a formula's words are looked up one by one."""
MOST_DEFINITIONS = 256
"""Definitions of names that are written out in one formula; names that each stand for two others double and double."""
_ERROR_TEXTS = frozenset(error.value for error in CellError)


class Piece(NamedTuple):
    """A part of a formula as the engine needs it."""

    text: str
    many: bool = False
    """Whether it may be a range or an array."""
    level: int = _ATOM
    """How tightly its outermost operator binds."""

    def within(self, level: int) -> str:
        """Return the text as an operand of an operator, in brackets where that one binds more tightly."""
        return f"({self.text})" if self.level < level else self.text


class Translator:
    """Translates the formulas of a workbook for the engine.

    Parameters
    ----------
    book
        The workbook, for its names, tables and sheets.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._plain: dict[str, bool] = {}
        """Whether a formula can stay as it is, by the formula with all digits alike."""
        self._by_shape: dict[tuple[str, bool, str], Movable | None] = {}
        """What formulas are translated to, by sheet, care and shape; None where each has to be translated itself."""

    def translate(self, formula: str, at: CellAt, *, array: bool, careful: bool = False) -> str:
        """Return a formula as the engine needs it; one that cannot be parsed comes back as it is.

        Parameters
        ----------
        formula
            As the workbook holds it.
        at
            The cell in which it stands.
        array
            Whether it works on whole ranges: it was entered as an array, or spills.
        careful
            Whether operators, conditional sums and texts of numbers are those of `hosts.supplements` too, which are
            Excel's to the last digit and slower.
        """
        if array:
            return self._translated(formula, at, array=True, careful=careful)
        if not careful and self._stays(formula):
            return formula
        found = shape(formula, at.row, at.column)
        if found is None:
            return self._translated(formula, at, array=False, careful=careful)
        key = (at.sheet, careful, found)
        if key not in self._by_shape:
            text = self._translated(formula, at, array=False, careful=careful)
            self._by_shape[key] = self._movable(formula, text, at, careful=careful)
            return text
        movable = self._by_shape[key]
        moved = None if movable is None else movable.at(at.row, at.column)
        return self._translated(formula, at, array=False, careful=careful) if moved is None else moved

    def _movable(self, formula: str, text: str, at: CellAt, *, careful: bool) -> Movable | None:
        """Return a translated formula for all cells, or None where it is another one elsewhere, as INDIRECT may be."""
        movable = Movable(text, at.row, at.column)
        down, right = at.row + 1, at.column + 1
        elsewhere = Movable(formula, at.row, at.column).at(down, right)
        if elsewhere is None or not whole_references(text) <= whole_references(formula):
            return None
        there = self._translated(elsewhere, CellAt(at.sheet, down, right), array=False, careful=careful)
        return movable if there == movable.at(down, right) else None

    def _stays(self, formula: str) -> bool:
        """Whether the engine needs a formula in no other spelling."""
        key = formula.translate(_ALIKE)
        known = None if self._names_hold_digits else self._plain.get(key)
        if known is None:
            known = self._plain[key] = canonical(formula) == formula and not self._tells(formula)
        return known

    def _translated(self, formula: str, at: CellAt, *, array: bool, careful: bool) -> str:
        text = canonical(formula)
        if not array and not careful and not self._tells(text):
            return text
        tree = parse(self.without_tables(text, at.row))
        if tree is None:
            return text
        piece = _Writer(self, at, last=tree if careful else None).write(tree, "A" if array else "V", array=array)
        return f"@({piece.text})" if piece.many and not array else piece.text

    @staticmethod
    def whole_region(formula: str) -> Area | None:
        """Return the rows or columns that a formula is, if it is nothing but a reference to whole ones."""
        address = (split_sheet(formula) or ("", formula))[1]
        return parse_region(address) if _WHOLE.fullmatch(address) else None

    def without_tables(self, formula: str, row: int) -> str:
        """Return a formula with its structured references as references to cells."""
        if "[" not in formula:
            return formula
        pieces: list[str] = []
        for kind, text in tokens(formula):
            table = self.book.tables.get(pieces[-1].casefold()) if kind == "bracket" and pieces else None
            area = table.resolve(text[1:-1], row) if table else None
            if table is None:
                pieces.append(text)
            else:
                pieces[-1] = _area(table.sheet, area).text if area else CellError.REF.value
        return "".join(pieces)

    def name(self, name: str, sheet: str | None, at: CellAt) -> DefinedName | None:
        """Return the defined name that a formula means, the sheet's own before the workbook's."""
        scopes = (sheet, None) if sheet is not None else (at.sheet, None)
        return next((self._names[s, name.casefold()] for s in scopes if (s, name.casefold()) in self._names), None)

    @cached_property
    def totals_are_plain(self) -> bool:
        """Whether no row is hidden and there is no AGGREGATE, of which the engine's SUBTOTAL knows nothing."""
        parts = [self.book.sheet(sheet) for sheet in self.book.sheets]
        return not any(part.hidden_rows or b"AGGREGATE" in part.part for part in parts)

    @cached_property
    def _names(self) -> dict[tuple[str | None, str], DefinedName]:
        """The defined names by sheet, None for the whole workbook, and name in lower case."""
        return {(n.sheet, n.name.casefold()): n for n in self.book.names}

    @cached_property
    def _telling_names(self) -> list[str]:
        """The names that tell a formula that has to be translated."""
        return [n.name for n in self.book.names if n.sheet is not None or not self._is_one_cell(n)]

    @cached_property
    def _names_hold_digits(self) -> bool:
        return any(map(str.isdigit, "".join(self._telling_names)))

    def _tells(self, formula: str) -> bool:
        """Whether a formula holds what has to be translated."""
        if self._telling.search(formula):
            return True
        return bool(self._many_names) and not self._many_names.isdisjoint(map(str.casefold, _WORD.findall(formula)))

    @cached_property
    def _telling(self) -> re.Pattern[str]:
        """What tells a formula that has to be translated, but for names where they are many."""
        names = [] if self._many_names else self._telling_names
        spelled = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        return re.compile(_MAY_NEED_MORE + (rf"|(?<![\w.])(?:{spelled})(?![\w.])" if names else ""), re.IGNORECASE)

    @cached_property
    def _many_names(self) -> frozenset[str]:
        """The telling names, in lower case, where they are so many that a pattern of them takes seconds to compile."""
        names = self._telling_names
        return frozenset(map(str.casefold, names)) if len(names) > _MANY else frozenset()

    def _is_one_cell(self, name: DefinedName) -> bool:
        area = self.book.area_of(name)
        return area is not None and area[1].height == area[1].width == 1 and is_fixed(name.text)


def is_fixed(reference: str) -> bool:
    """Whether a reference is the same wherever it stands."""
    return move(reference, 1, 1) == reference


def parse(formula: str) -> Node | None:
    """Return the syntax tree of a formula, or None where the engine cannot read it."""
    # The tree does not tell the text "#N/A" from the error; two pieces of text are no error.
    pieces = (
        f'("#"&"{text[2:]})' if kind == "string" and text[1:-1] in _ERROR_TEXTS else text
        for kind, text in tokens(formula)
    )
    try:
        tree: Node = formualizer.parse("=" + "".join(pieces)).to_dict()
    except (formualizer.ParserError, formualizer.TokenizerError, ValueError):
        return None
    return tree


class _Writer:
    """Writes the syntax tree of one cell's formula as the engine needs it."""

    def __init__(
        self,
        translator: Translator,
        at: CellAt,
        within: tuple[str, ...] = (),
        last: Node | None = None,
        left: list[None] | None = None,
    ) -> None:
        self._translator = translator
        self._at = at
        self._within = within
        """The defined names whose formulas are being written; one that stands for itself has no end."""
        self._last = last
        """Where everything is spelled with care, the formula's last operation."""
        self._left = [None] * MOST_DEFINITIONS if left is None else left
        """One for each definition that may still be written out."""

    def write(self, node: Node, needed: Need, *, array: bool) -> Piece:
        """Return a node as text.

        Parameters
        ----------
        node
            The node.
        needed
            What the place in which it stands needs.
        array
            Whether operators and functions of values work on whole ranges there.
        """
        kind = node["node_type"]
        if kind in _WRITERS:
            return _WRITERS[kind](self, node, needed, array)
        if kind == "Array":
            rows = (",".join(self.write(n, "V", array=False).text for n in row) for row in node["rows"])
            return Piece("{" + ";".join(rows) + "}", many=True)
        return Piece(_literal(node["value"]) if kind == "Literal" else "")

    # -- operators -------------------------------------------------------------------------------------------------

    def unary(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return an operator with one operand."""
        operator = node["operator"]
        if operator == "@":
            return Piece("@" + self.write(node["operand"], "R", array=array).within(_SIGN), level=_SIGN)
        if operator == "#":
            return _one_of(Piece(self.write(node["operand"], "R", array=array).text + "#", many=True), needed)
        operand = self._operand(node["operand"], array)
        if operator == "%":
            return Piece(f"{operand.within(_PERCENT)}%", operand.many, _PERCENT)
        return Piece(f"{operator}{operand.within(_SIGN)}", operand.many, _SIGN)

    def _operand(self, node: Node, array: bool) -> Piece:
        """Return what an operator works on: one cell of a range, but all of an array that a function works out."""
        whole = node["node_type"] == "Function" and bare_name(node["name"]) in GIVE_ARRAYS
        return self.write(node, "A" if array else "R" if whole else "V", array=array)

    def binary(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return an operator with two operands."""
        operator = node["operator"]
        if operator == " " and (area := self._intersection(node)) is not None:
            return _one_of(area, needed)
        if operator in (":", ",", " "):
            left, right = (self.write(node[side], "R", array=array).text for side in ("left", "right"))
            return _one_of(Piece(f"{left}{operator}{right}", many=True), needed)
        if operator == "&" and self._last is not None:
            pieces = [self._operand(n, array) for n in _joined_nodes(node)]
            return Piece(f"{JOIN}({_joined(pieces)})", any(p.many for p in pieces))
        level = _LEVELS[operator]
        first, second = (self._operand(node[side], array) for side in ("left", "right"))
        if self._last is not None:
            careful = careful_operator(operator, is_last=node is self._last)
            if careful is not None:
                return Piece(f"{careful}({first.text},{second.text})", first.many or second.many)
            first, second = (_number(p, node[side]) for p, side in ((first, "left"), (second, "right")))
        text = f"{first.within(level)}{operator}{second.within(level + 1)}"
        return Piece(text, first.many or second.many, level)

    def _intersection(self, node: Node) -> Piece | None:
        """Return what two references have in common, which the engine does not find; None where it is not seen."""
        regions = []
        for side in ("left", "right"):
            piece = self.write(node[side], "R", array=True)
            named, address = split_sheet(piece.text) or (self._at.sheet, piece.text)
            regions.append((self._translator.book.find_sheet(named), parse_region(address)))
        (sheet, first), (other, second) = regions
        if sheet is None or sheet != other or first is None or second is None:
            return None
        common = Area(*map(max, first[:2], second[:2]), *map(min, first[2:], second[2:]))
        empty = common.top > common.bottom or common.left > common.right
        return Piece(CellError.NULL.value) if empty else _area(sheet, common)

    # -- references ------------------------------------------------------------------------------------------------

    def reference(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return a reference to cells, to part of a table, or by name."""
        text = node["reference"]
        sheet, address = split_sheet(text) or (None, text)
        area = parse_area(address)
        if area or _WHOLE.fullmatch(address):
            text = _in_order(text, area)
            return _one_of(Piece(text, many=area is None or area.height * area.width > 1), needed)
        name = self._translator.name(address, sheet, self._at)
        return Piece(text, many=True) if name is None else self._name(name, text, needed, array=array)

    def _name(self, name: DefinedName, text: str, needed: Need, *, array: bool) -> Piece:
        """Return what a defined name stands for."""
        book = self._translator.book
        found = book.area_of(name)
        if found and is_fixed(name.text):
            return _one_of(_area(*found), needed)
        tree = self._definition(name)
        if tree is None:
            return Piece(text, many=True)
        return self._inside(name).write(tree, needed, array=array)

    def _definition(self, name: DefinedName) -> Node | None:
        """Return the tree of a name's formula as it reads in this cell: it is stored as it reads in A1."""
        if name.name in self._within or refers_outside(name.text) or not self._left:
            return None
        self._left.pop()
        text = canonical(move(name.text, self._at.row - 1, self._at.column - 1))
        return parse(self._translator.without_tables(text, self._at.row))

    def _inside(self, name: DefinedName) -> _Writer:
        return _Writer(self._translator, self._at, (*self._within, name.name), self._last, self._left)

    # -- functions -------------------------------------------------------------------------------------------------

    def function(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return the call of a function."""
        function, nodes = node["name"], node["args"]
        bare = bare_name(function)
        special = self._special(bare, nodes, needed, array=array)
        if special is not None:
            return special
        defined = None if is_known(function) else self._translator.name(function, None, self._at)
        tree = self._definition(defined) if defined else None
        if defined and tree:
            called = {"node_type": "Call", "callee": tree, "args": nodes}
            return self._inside(defined).write(called, needed, array=array)
        letters = [need(function, i) for i in range(len(nodes))]
        pieces = [self._argument(bare, i, n, needed, array=array) for i, n in enumerate(nodes)]
        many = any(p.many for letter, p in zip(letters, pieces, strict=True) if letter == "V")
        texts = [p.text for p in pieces]
        call = Call(self._translator, self._at, function, bare, nodes, texts, many)
        other = respelled(call, careful=self._last is not None)
        if other is None and bare in ("ROW", "COLUMN") and array and pieces and pieces[0].many:
            return _numbers(bare, pieces[0].text)
        in_engine = bare in SPREAD_BY_ENGINE or not is_known(function)
        if other is None and many and not in_engine and (gives_one_value(function) or bare == "INDEX"):
            given = [p if p.text else Piece(_literal(OMITTED_TEXT)) for p in pieces]
            return Piece(f'{EACH}("{function}","{"".join(letters)}",{_joined(given)})', many=True)
        spelled = other or f"{function}({_joined(pieces)})"
        if bare in SPREAD_BY_ENGINE:
            return Piece(spelled, any(p.many for p in pieces))
        spills = not gives_one_value(function) or (many and other is not None)
        return _one_of(Piece(spelled, many=spills), needed)

    def _special(self, function: str, nodes: Sequence[Node], needed: Need, *, array: bool) -> Piece | None:
        """Return the call of a function that is none to the engine; None for any other."""
        if function == "SINGLE" and nodes:
            return Piece(f"@({self.write(nodes[0], 'R', array=array).text})")
        return self._line_by_line(function, nodes, needed) if function in _BY else None

    def _line_by_line(self, function: str, nodes: Sequence[Node], needed: Need) -> Piece | None:
        """Return BYROW or BYCOL of a range as what its LAMBDA gives for each row or column; None for anything else."""
        if len(nodes) != 2 or nodes[0]["node_type"] != "Reference":  # noqa: PLR2004  a range and a LAMBDA
            return None
        sheet, address = split_sheet(nodes[0]["reference"]) or (None, nodes[0]["reference"])
        area = parse_area(address)
        if area is None or max(area.height, area.width) > _MOST_LINES:
            return None
        top, left, bottom, right = area
        lines = (
            [Area(row, left, row, right) for row in range(top, bottom + 1)]
            if function == "BYROW"
            else [Area(top, column, bottom, column) for column in range(left, right + 1)]
        )
        calls = [
            {"node_type": "Call", "callee": nodes[1], "args": [{"node_type": "Reference", "reference": line.text}]}
            for line in (_area(sheet or self._at.sheet, line) for line in lines)
        ]
        results = [self.call(call, "A", array=True) for call in calls]
        return _one_of(Piece(f"{_BY[function]}({_joined(results)})", many=True), needed)

    def _argument(self, function: str, position: int, node: Node, needed: Need, *, array: bool) -> Piece:
        letter = need(function, position)
        if letter == "R" and node["node_type"] == "Reference":
            sheets = self._through_sheets(node["reference"])
            if sheets:
                return Piece(",".join(sheets), many=True)
        if letter == "V":
            return self.write(node, "A" if array else "V", array=array)
        if function in ("IF", "CHOOSE"):
            return self.write(node, needed, array=array)
        return self.write(node, letter, array=array or letter == "A")

    def _through_sheets(self, reference: str) -> list[str]:
        """Return the references that a reference through several sheets stands for, such as `Jan:Dec!B4`."""
        sheet, address = split_sheet(reference) or ("", "")
        first, mark, last = sheet.partition(":")
        ends = [self._translator.book.find_sheet(name) for name in (first, last)]
        if not mark or ends[0] is None or ends[1] is None:
            return []
        order = self._translator.book.sheets
        begin, end = sorted(order.index(name) for name in ends if name is not None)
        return [f"{_quoted(name)}!{address}" for name in order[begin : end + 1]]

    def call(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return the call of a LAMBDA as the LET that it amounts to."""
        callee, arguments = node["callee"], node["args"]
        parameters = callee["args"][:-1] if callee["node_type"] == "Function" else []
        is_lambda = callee["node_type"] == "Function" and bare_name(callee["name"]) == "LAMBDA" and callee["args"]
        if not is_lambda or len(parameters) != len(arguments):
            pieces = [self.write(n, "A", array=True) for n in arguments]
            return Piece(f"{self.write(callee, 'A', array=True).text}({_joined(pieces)})", many=True)
        if not parameters:
            return self.write(callee["args"][-1], needed, array=array)
        pairs = [n for pair in zip(parameters, arguments, strict=True) for n in pair]
        let = {"node_type": "Function", "name": "_xlfn.LET", "args": [*pairs, callee["args"][-1]]}
        return self.write(let, needed, array=array)


_WRITERS: Mapping[str, Callable[[_Writer, Node, Need, bool], Piece]] = {
    "Reference": _Writer.reference,
    "UnaryOp": _Writer.unary,
    "BinaryOp": _Writer.binary,
    "Function": _Writer.function,
    "Call": _Writer.call,
}


def _joined_nodes(node: Node) -> list[Node]:
    """Return all that a chain of & joins."""
    nodes = []
    while node["node_type"] == "BinaryOp" and node["operator"] == "&":
        nodes.append(node["right"])
        node = node["left"]
    return [node, *reversed(nodes)]


def _number(piece: Piece, node: Node) -> Piece:
    """Return an operand as a number where it may be a text."""
    may_be_text = node["node_type"] == "Reference" or isinstance(node.get("value"), str)
    return Piece(f"{NUMBER}({piece.text})", piece.many) if may_be_text else piece


def _one_of(piece: Piece, needed: Need) -> Piece:
    """Return a range or an array as one value of it where a single value is needed."""
    if piece.text == CellError.REF.value:
        return Piece(piece.text)
    return Piece(f"@{piece.text}", level=_SIGN) if piece.many and needed == "V" else piece


def _in_order(text: str, area: Area | None) -> str:
    """Return a reference with its first corner before its last, without which the engine gives up."""
    first, mark, _ = text.rpartition(":")
    sheet, _, corner = first.rpartition("!")
    if not mark or area is None or parse_area(corner) == Area(*area[:2], *area[:2]):
        return text
    corners = f"{a1(area.top, area.left)}:{a1(area.bottom, area.right)}"
    return f"{sheet}!{corners}" if sheet else corners


def _area(sheet: str, area: Area) -> Piece:
    first, last = (f"${column_letters(column)}${row}" for row, column in (area[:2], area[2:]))
    many = first != last
    return Piece(f"{_quoted(sheet)}!{first}" + (f":{last}" if many else ""), many)


def _numbers(function: str, reference: str) -> Piece:
    """Return the numbers of a range's rows or columns; the engine gives the first only."""
    size = f"ROWS({reference}),1" if function == "ROW" else f"1,COLUMNS({reference})"
    return Piece(f"SEQUENCE({size},{function}({reference}))", many=True)


def _joined(pieces: Sequence[Piece]) -> str:
    return ",".join(p.text for p in pieces)


def _quoted(sheet: str) -> str:
    return "'" + sheet.replace("'", "''") + "'"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str) and value not in _ERROR_TEXTS:
        return '"' + value.replace('"', '""') + '"'
    return repr(value) if isinstance(value, float) else str(value)
