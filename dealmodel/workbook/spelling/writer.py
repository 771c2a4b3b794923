"""Writes the syntax tree of a formula as the engine needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine import EACH
from dealmodel.workbook.address import CellAt, parse_area, split_sheet
from dealmodel.workbook.spelling.arguments import (
    GIVE_ARRAYS,
    SPREAD_BY_ENGINE,
    Need,
    bare_name,
    gives_one_value,
    is_known,
)
from dealmodel.workbook.spelling.call import Call
from dealmodel.workbook.spelling.choices import as_conditions
from dealmodel.workbook.spelling.closures import CALLING, called_again, handed_over, recursive
from dealmodel.workbook.spelling.crossings import crossed_cell, in_common, of_size, range_text
from dealmodel.workbook.spelling.eachreference import EachReference
from dealmodel.workbook.spelling.lambdacalls import spelled_out
from dealmodel.workbook.spelling.lambdas import SINGLE, applied, calls_itself, without_named_lambdas
from dealmodel.workbook.spelling.meanings import WHOLE_LINES, holds_whole_lines, is_fixed
from dealmodel.workbook.spelling.nodes import (
    areas_of,
    as_reference,
    joined_nodes,
    letter_of,
    of_one_area,
    without_unions,
)
from dealmodel.workbook.spelling.offsets import Offsets
from dealmodel.workbook.spelling.operations import by_engine, careful_operation, careful_products
from dealmodel.workbook.spelling.pieces import (
    PERCENT,
    SIGN,
    Piece,
    area_piece,
    chosen,
    in_order,
    joined,
    literal,
    number_of,
    numbers_of_lines,
)
from dealmodel.workbook.spelling.places import by_place
from dealmodel.workbook.spelling.readings import JOIN
from dealmodel.workbook.spelling.respelling import respelled
from dealmodel.workbook.spelling.singles import surely_single
from dealmodel.workbook.spelling.tails import REDUCING, Tail
from dealmodel.workbook.spelling.vast import parts_in_use
from dealmodel.workbook.spelling.wholelines import Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.workbook.book import DefinedName
    from dealmodel.workbook.spelling.meanings import Meanings
    from dealmodel.workbook.spelling.syntax import Node
    from dealmodel.workbook.spelling.wholelines import WholeLines

_SUMMED_BESIDE = ("SUMIF", "AVERAGEIF")
"""Functions that look at one range and add up another one, of which they need the first cell."""
_CHOOSING = ("IF", "CHOOSE")
"""Functions that give one of several ranges."""
_STACKING = ("VSTACK", "HSTACK")
"""Functions that take arrays, of several sheets too."""
_PICKING = ("INDEX", "CHOOSE")
"""Functions that may give a range, but single values where their numbers are arrays."""
MOST_DEFINITIONS = 256
"""Definitions of names that are written out in one formula; names that each stand for two others double and double."""


class Writer:
    """Writes the syntax tree of one cell's formula.

    Parameters
    ----------
    meanings
        What the workbook's names mean.
    at
        The cell.
    within
        The defined names whose formulas are being written; one that stands for itself has no end.
    last
        Where everything is spelled with care, the formula's last operation.
    left
        One for each definition that may still be written out; by default as many as a formula may have.
    lines
        The whole rows and columns of the formula.
    """

    def __init__(
        self,
        meanings: Meanings,
        at: CellAt,
        within: tuple[str, ...] = (),
        last: Node | None = None,
        left: list[None] | None = None,
        *,
        lines: WholeLines,
    ) -> None:
        self._meanings = meanings
        self._at = at
        self._within = within
        self._last = last
        self._left = [None] * MOST_DEFINITIONS if left is None else left
        self._lines = lines

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
        return Piece(literal(node["value"]) if kind == "Literal" else "")

    # -- operators -------------------------------------------------------------------------------------------------

    def unary(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return an operator with one operand."""
        operator = node["operator"]
        if operator == "@":
            operand = self.write(node["operand"], "R", array=array)
            crossed = crossed_cell(self._meanings, self._at, operand.text)
            return Piece("@" + operand.within(SIGN), level=SIGN) if crossed is None else Piece(crossed)
        if operator == "#":
            return self._one_of(Piece(self.write(node["operand"], "R", array=array).text + "#", many=True), needed)
        operand = self._operand(node["operand"], array)
        if self._last is not None and operator != "+":
            operand = number_of(operand, node["operand"])
        if operator == "%":
            return Piece(f"{operand.within(PERCENT)}%", operand.many, PERCENT)
        return Piece(f"{operator}{operand.within(SIGN)}", operand.many, SIGN)

    def _operand(self, node: Node, array: bool) -> Piece:
        """Return what an operator works on: one cell of a range, but all of an array that a function works out."""
        whole = node["node_type"] == "Function" and bare_name(node["name"]) in GIVE_ARRAYS
        return self.write(node, "A" if array else "R" if whole else "V", array=array)

    def binary(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return an operator with two operands."""
        operator = node["operator"]
        if operator == " ":
            sides = [self.write(node[side], "R", array=True).text for side in ("left", "right")]
            if (area := in_common(self._meanings, self._at.sheet, sides)) is not None:
                return self._one_of(area, needed)
        if operator in (":", ",", " "):
            left, right = (self._end(as_reference(node[side]), array) for side in ("left", "right"))
            return self._one_of(Piece(range_text(left, operator, right, needed), many=True), needed)
        if operator == "&" and self._last is not None:
            pieces = [self._operand(n, array) for n in joined_nodes(node)]
            return Piece(f"{JOIN}({joined(pieces)})", any(p.many for p in pieces))
        first, second = (self._operand(node[side], array) for side in ("left", "right"))
        if self._last is not None and not any(p.many and holds_whole_lines(p.text) for p in (first, second)):
            return careful_operation(node, first, second, is_last=node is self._last)
        return by_engine(operator, first, second)

    def _end(self, node: Node, array: bool) -> str:
        """Return an end of a range; INDEX gives a cell there and no value, by a variable's number, too."""
        text = self.write(node, "R", array=array).text
        if text.startswith((f'{EACH}("INDEX"', "DEALMODEL_INDEX(")):
            pieces = [self._argument("INDEX", i, n, "R", array=array) for i, n in enumerate(node["args"])]
            return f"INDEX({joined(pieces)})"
        return text

    # -- references ------------------------------------------------------------------------------------------------

    def reference(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return a reference to cells, to part of a table, or by name."""
        text = node["reference"]
        sheet, address = split_sheet(text) or (None, text)
        area = parse_area(address)
        if area or WHOLE_LINES.fullmatch(address):
            text = in_order(text, area)
            if array and needed == "A" and area is None:
                text = self._lines.part(text)
            return self._one_of(Piece(text, many=area is None or area.height * area.width > 1), needed)
        name = self._meanings.name(address, sheet, self._at)
        if name is None:
            return Piece(text, many=not text.startswith(SINGLE))
        return self._name(name, text, needed, array=array)

    def _name(self, name: DefinedName, text: str, needed: Need, *, array: bool) -> Piece:
        """Return what a defined name stands for."""
        book = self._meanings.book
        found = book.area_of(name)
        if found and is_fixed(name.text):
            piece = area_piece(*found)
            if array and needed == "A":
                piece = piece._replace(text=self._lines.part(piece.text))
            return self._one_of(piece, needed)
        tree = self._definition(name)
        return Piece(text, many=True) if tree is None else self._inside(name).write(tree, needed, array=array)

    def _definition(self, name: DefinedName) -> Node | None:
        """Return the tree of a name's formula as it reads in this cell: it is stored as it reads in A1."""
        if name.name in self._within or not self._left:
            return None
        tree = self._meanings.tree_of(name, self._at)
        if tree is not None:
            self._left.pop()
        return tree

    def _inside(self, name: DefinedName) -> Writer:
        return Writer(self._meanings, self._at, (*self._within, name.name), self._last, self._left, lines=self._lines)

    def _one_of(self, piece: Piece, needed: Need) -> Piece:
        """Return a range or an array as one value of it where a single value is needed."""
        if piece.text == CellError.REF.value:
            return Piece(piece.text)
        if not piece.many or needed != "V":
            return piece
        # The engine's own way of crossing a range with a line makes a zero of a blank.
        crossed = crossed_cell(self._meanings, self._at, piece.text)
        return Piece(f"@{piece.text}", level=SIGN) if crossed is None else Piece(crossed)

    # -- functions -------------------------------------------------------------------------------------------------

    def function(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return the call of a function."""
        node = without_unions(node, self._area_name)
        function, nodes = node["name"], node["args"]
        bare = bare_name(function)
        special = self._special(bare, nodes, needed, array=array)
        if special is not None:
            return special
        defined = None if is_known(function) else self._meanings.name(function, None, self._at)
        tree = self._definition(defined) if defined else None
        if defined and (defined.name in self._within or (tree and calls_itself(defined, tree, self._meanings.lambdas))):
            return self.recursion(defined.name, tree, nodes)
        if defined and tree:
            called = {"node_type": "Call", "callee": tree, "args": nodes}
            return self._inside(defined).write(called, needed, array=array)
        if bare == "AREAS" and len(nodes) == 1:
            return Piece(str(len(areas_of(nodes[0], self._area_name))))
        if bare == "INDEX" and nodes:
            node = {**node, "args": of_one_area(nodes, self._area_name)}
        calls = self._calls(bare, node, array=array)
        if calls is None and bare in REDUCING and (array or bare == "SUMPRODUCT"):
            return self._reduced(bare, node, needed, array=array)
        return calls or self._known(bare, node, needed, array=array)

    def recursion(self, name: str, tree: Node | None, nodes: Sequence[Node]) -> Piece:
        """Return the call of a name whose LAMBDA calls itself, or one within it."""
        values = [self.write(n, "A", array=True).text for n in nodes]
        # Taken for an array, or with care, IF would work out both of its ways, and never end.
        if tree is None:
            return Piece(called_again(name, values))
        inner = Writer(self._meanings, self._at, (*self._within, name), None, self._left, lines=self._lines)
        body = inner.write(tree["args"][-1], "A", array=True).text
        return Piece(recursive(name, tree, values, self._at.sheet, body), many=True)

    def _reduced(self, bare: str, node: Node, needed: Need, *, array: bool) -> Piece:
        """Return the call of a function that makes one value of arrays, whole rows and columns among them."""
        written = []

        def write(call: Node) -> str:
            # Care for each of a million operands would take a minute.
            last, self._last = self._last, None if self._lines.extent is Extent.FULL else self._last
            known = bare_name(call["name"])
            is_product = known == "SUMPRODUCT"
            piece = self._products(call, array=array) if is_product else self._known(known, call, needed, array=array)
            self._last = last
            written.append(piece)
            return piece.text

        def part(argument: Node) -> str:
            return self.write(argument, "A", array=True).text

        text = Tail(bare, node, self._lines, write, part).complete()
        # Such as LARGE(A1:A9,{1,2}) gives several values.
        return written[0]._replace(text=text)

    def _area_name(self, reference: str) -> Node | None:
        """Return the tree of a defined name that may stand for several areas."""
        name = self._meanings.named(reference, self._at)
        return self._definition(name) if name and "," in name.text else None

    def _known(self, bare: str, node: Node, needed: Need, *, array: bool) -> Piece:
        """Return the call of a function of Excel's or ours."""
        function, nodes = node["name"], node["args"]
        letters = [letter_of(bare, i, n, array=array) for i, n in enumerate(nodes)]
        pieces = [self._argument(bare, i, n, needed, array=array) for i, n in enumerate(nodes)]
        if bare in _SUMMED_BESIDE and len(pieces) == 3:  # noqa: PLR2004  with a range of its own
            pieces[2] = of_size(self._at.sheet, pieces[2], pieces[0])
        many = any(p.many for letter, p in zip(letters, pieces, strict=True) if letter == "V")
        if many and bare in _CHOOSING:
            pieces[1:] = [p._replace(text=self._lines.cut(p.text)) for p in pieces[1:]]
        texts = [p.text for p in pieces]
        call = Call(self._meanings, self._at, function, bare, nodes, texts, many, self._lines)
        other = respelled(call, careful=self._last is not None)
        if other is None and bare in ("ROW", "COLUMN") and array and pieces and pieces[0].many:
            return numbers_of_lines(bare, pieces[0].text)
        spelled = other or f"{function}({joined(pieces)})"
        if bare in SPREAD_BY_ENGINE:
            return Piece(spelled, any(p.many for p in pieces))
        if other is None and many and is_known(function) and (gives_one_value(function) or bare in _PICKING):
            given = [p if p.text else Piece(literal(OMITTED_TEXT)) for p in pieces]
            spread = f'{EACH}("{function}","{"".join(letters)}",{joined(given)})'
            return chosen(pieces) if bare == "CHOOSE" else Piece(spread, many=True)
        if many and other is not None and gives_one_value(function):
            return Piece(spelled, many=True)
        return self._one_of(Piece(spelled, many=not gives_one_value(function)), needed)

    def _calls(self, function: str, node: Node, *, array: bool) -> Piece | None:
        """Return a call on an array of references as one call for each of them; None for any other call."""
        if array:
            offsets = Offsets(self._meanings, self._at, lambda n: self.write(n, "A", array=True).text)
            text = offsets.call(function, node)
            if text is not None:
                return Piece(text, many=True)
        rows = EachReference(self._meanings, self._at, array=array).calls(function, node)
        if rows is None:
            return None
        lines = (",".join(self.write(n, "V", array=False).text for n in row) for row in rows)
        return Piece(f"VSTACK({','.join(f'HSTACK({line})' for line in lines)})", many=True)

    def _products(self, node: Node, *, array: bool) -> Piece:
        """Return the sum of products."""
        pieces = [self._argument("SUMPRODUCT", i, n, "A", array=array) for i, n in enumerate(node["args"])]
        call = f"{node['name']}({joined(pieces)})"
        return Piece(call if self._last is None else careful_products(call, node["args"], pieces))

    def _special(self, function: str, nodes: Sequence[Node], needed: Need, *, array: bool) -> Piece | None:
        """Return the call of a function that is none to the engine; None for any other."""
        if function == "SINGLE" and nodes:
            piece = self.write(nodes[0], "R", array=array)
            return Piece(crossed_cell(self._meanings, self._at, piece.text) or f"@({piece.text})")
        if array and (choice := as_conditions(function, nodes)) is not None:
            return self.write(choice, needed, array=array)
        named = without_named_lambdas(nodes) if function == "LET" else None
        if named is not None:
            inner = named[0] if len(named) == 1 else {"node_type": "Function", "name": "_xlfn.LET", "args": named}
            return self.write(inner, needed, array=array)
        nodes = (
            [*nodes[:-1], self._meanings.function_named(nodes[-1], self._at)]
            if function in CALLING and nodes
            else nodes
        )
        tree = spelled_out(function, nodes, self._at.sheet)
        if function in CALLING and (tree is None or not surely_single(function, nodes[-1])):
            text = handed_over(function, nodes, self._at.sheet, lambda n: self.write(n, "A", array=True).text)
            if text is not None:
                return self._one_of(Piece(text, many=True), needed)
        return None if tree is None else self._one_of(self.write(tree, "A", array=True)._replace(many=True), needed)

    def _argument(self, function: str, position: int, node: Node, needed: Need, *, array: bool) -> Piece:
        letter = letter_of(function, position, node, array=array)
        if (letter == "R" or function in _STACKING) and node["node_type"] == "Reference":
            parts = self._meanings.through_sheets(node["reference"])
            if parts := parts or parts_in_use(function, self._meanings, self._at.sheet, node["reference"]):
                return Piece(",".join(parts), many=True)
        if letter == "V":
            return self.write(node, "A" if array else "V", array=array)
        if function in _CHOOSING:
            return self.write(node, "A" if array else needed, array=array)
        if function.startswith("DM_") and node["node_type"] == "Reference":
            letter = "R"
        if function in ("ROW", "COLUMN") and array:
            letter = "A"
        piece = self.write(node, letter, array=array or letter == "A")
        return piece._replace(text=by_place(function, position, piece.text))

    def call(self, node: Node, needed: Need, array: bool) -> Piece:
        """Return the call of a LAMBDA as the LET that it amounts to."""
        let = applied(node["callee"], node["args"])
        if let is None:
            pieces = [self.write(n, "A", array=True) for n in node["args"]]
            return Piece(f"{self.write(node['callee'], 'A', array=True).text}({joined(pieces)})", many=True)
        return self.write(let, needed, array=array)


_WRITERS: Mapping[str, Callable[[Writer, Node, Need, bool], Piece]] = {
    "Reference": Writer.reference,
    "UnaryOp": Writer.unary,
    "BinaryOp": Writer.binary,
    "Function": Writer.function,
    "Call": Writer.call,
    "Recursion": lambda self, node, _, __: self.recursion(node["name"], node.get("callee"), node["args"]),
}
