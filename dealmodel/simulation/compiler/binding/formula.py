"""One formula as a graph: references resolved, constants folded, draws found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.cells import CellError
from dealmodel.hosts.engine import EACH as EACH_ELEMENT
from dealmodel.simulation.compiler.binding.gathered import gathered, passes_over_blanks, range_between
from dealmodel.simulation.compiler.binding.operations import DYNAMIC, gives_many
from dealmodel.simulation.compiler.binding.shapes import SLOT, Target
from dealmodel.simulation.compiler.binding.special_forms import name_of, special_form
from dealmodel.simulation.compiler.binding.spilled import spilled
from dealmodel.simulation.compiler.binding.trees import tree_nodes
from dealmodel.simulation.compiler.careful.engine_calls import is_called
from dealmodel.simulation.compiler.careful.functions.conditional import CONDITIONALS, OPERATORS
from dealmodel.simulation.compiler.careful.functions.ranges import WHOLE
from dealmodel.simulation.compiler.careful.functions.single_values import ELEMENTWISE
from dealmodel.simulation.compiler.careful.functions.tables import TABLES
from dealmodel.simulation.compiler.graph import (
    CONST,
    CRITERION,
    EACH,
    ELEMENT,
    GRID,
    OMITTED_NODE,
    Node,
    NotCompiledError,
    is_blank,
    rows_of,
)
from dealmodel.simulation.sampling.draws import DISTRIBUTIONS, OUTPUT
from dealmodel.workbook.address import Area, CellAt
from dealmodel.workbook.spelling.arguments import bare_name, known_as, need
from dealmodel.workbook.spelling.syntax import ERROR_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.binding.binder import Binder

_RANGES = frozenset(
    [
        "SUM",
        "PRODUCT",
        "MIN",
        "MAX",
        "AVERAGE",
        "COUNT",
        "COUNTA",
        "AND",
        "OR",
        "SUMPRODUCT",
        "NPV",
        "INDEX",
        "MATCH",
        "VLOOKUP",
        "HLOOKUP",
        "XLOOKUP",
        "XMATCH",
        "MEDIAN",
        "ROWS",
        "COLUMNS",
    ]
)
"""Functions to which a single cell is a range: what is not a number in it does not count."""
_FINDING_BLANKS = frozenset({"XLOOKUP", "XMATCH"})
"""Functions to which a blank that is looked for is not the number zero."""
_IN_OTHER_WORDS = {f"DEALMODEL_{name}": name for name in _FINDING_BLANKS}
"""Functions that the engine is given in another spelling, and the program has itself."""
_NAME_OF_LINE = {"-": "neg", "+": "pos", "%": "%"}


class Formula:
    """Binds the syntax tree of one cell."""

    def __init__(self, binder: Binder, at: CellAt, position: int = 0, slots: Sequence[CellAt | Target] = ()) -> None:
        self.binder = binder
        self.graph = binder.graph
        self.at = at
        self._position = position
        self._slots = slots
        self.names: dict[str, Node] = {}
        """What the names mean that LET gives."""

    def node(self, tree: Mapping[str, Any]) -> Node:  # noqa: PLR0911  one for each kind of node
        """Return the node of a syntax tree."""
        kind = tree["node_type"]
        if kind == SLOT:
            slot = self._slots[tree["slot"]]
            return self.binder.cell(slot) if isinstance(slot, CellAt) else self.binder.ranges.rectangle(*slot)
        if kind == "Literal":
            return self._literal(tree["value"])
        if kind == "Reference":
            named = self.names.get(name_of(tree["reference"])) if self.names else None
            return self.binder.ranges.reference(tree["reference"], self.at) if named is None else named
        if kind == "Function":
            return self._function(tree)
        if kind == "BinaryOp":
            return self._operation(tree, tree["operator"], (tree["left"], tree["right"]))
        if kind == "UnaryOp":
            return self._unary(tree)
        if kind == "Array":
            return self.graph.grid([[self.node(n) for n in row] for row in tree["rows"]])
        return self.graph.node(OMITTED_NODE)

    def _literal(self, value: object) -> Node:
        if isinstance(value, str) and value in ERROR_TEXTS:
            return self.graph.const(CellError(value))
        return self.graph.const(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)

    def _unary(self, tree: Mapping[str, Any]) -> Node:
        operator = tree["operator"]
        if operator == "#":
            return spilled(self, tree["operand"])
        if operator == "@":
            return self._one_of(tree["operand"])
        if operator not in _NAME_OF_LINE:
            raise NotCompiledError(f"the operator {operator} is not compiled")
        return self._operation(tree, _NAME_OF_LINE[operator], (tree["operand"],))

    def _one_of(self, tree: Mapping[str, Any]) -> Node:
        """Return the one cell of a range that stands in the formula's own row or column."""
        if tree["node_type"] in ("Reference", SLOT):
            found = self.target(tree)
            sheet, area = found
            row = self.at.row if area.height > 1 else area.top
            column = self.at.column if area.width > 1 else area.left
            if not area.holds(row, column) or (area.height > 1 and area.width > 1):
                return self.graph.const(CellError.VALUE)
            return self.binder.cell(CellAt(sheet, row, column))
        node = self.node(tree)
        return rows_of(node)[0][0] if node.op == GRID else self._first(node)

    def target(self, tree: Mapping[str, Any]) -> tuple[str, Area]:
        """Return the rectangle to which a reference refers."""
        if tree["node_type"] == SLOT:
            slot = self._slots[tree["slot"]]
            return (slot.sheet, Area(*slot[1:], *slot[1:])) if isinstance(slot, CellAt) else slot
        found = self.binder.ranges.area(tree["reference"], self.at)
        if found is None:
            raise NotCompiledError(f"{tree['reference']} is not a range of cells")
        return found

    def _first(self, node: Node) -> Node:
        return self.graph.node(ELEMENT, (node,), (0, 0)) if gives_many(node) else node

    def _operation(self, tree: Mapping[str, Any], operator: str, operands: Sequence[Mapping[str, Any]]) -> Node:
        found = range_between(self, *operands) if operator == ":" else None
        if found is not None:
            return found
        args = [self.node(n) for n in operands]
        if operator not in ELEMENTWISE and any(a.varies for a in args):
            raise NotCompiledError(f"the operator {operator} is not compiled")
        return self._made(tree, operator, args)

    def _function(self, tree: Mapping[str, Any]) -> Node:
        name = bare_name(tree["name"])
        name = _IN_OTHER_WORDS.get(name, name)
        found = self._draw(tree["args"]) if name in DISTRIBUTIONS else None
        if name == "IFNA":
            found = self._sought(tree["args"])
        if found is None:
            found = self._special(name, tree["args"])
        if found is not None:
            return found
        if name in DYNAMIC:
            raise NotCompiledError(f"{name} tells only when it is computed to which cells it refers")
        if name == EACH_ELEMENT:
            return self._each(tree)
        args = self._arguments(name, tree["args"])
        if name == OUTPUT and args:
            return args[0]
        found = self._branch(args) if name == "IF" else self._picked(args) if name == "INDEX" else None
        found = found or self._spread(tree, name, args)
        if found is not None:
            return found
        known = name in ELEMENTWISE or name in WHOLE or name.startswith("DM_") or is_called(name)
        if not known and any(a.varies for a in args):
            raise NotCompiledError(f"{known_as(name)} is not compiled")
        if name in ("IF", "CHOOSE"):
            args = [args[0], *map(self._blank_as_zero, args[1:])]
        return self._made(tree, name, args)

    def _special(self, name: str, args: Sequence[Mapping[str, Any]]) -> Node | None:
        before = self._position
        found = special_form(self, name, args)
        if found is None:
            # Its arguments are bound once more, with the uncertain numbers in them.
            self._position = before
        return found

    def _each(self, tree: Mapping[str, Any]) -> Node:
        """Return a function of single values that is worked out for every element of its arguments."""
        spelled, letters, *trees = tree["args"]
        name = bare_name(spelled["value"])
        args = [self.argument(name, i, n) for i, n in enumerate(trees)]
        if name in ELEMENTWISE and set(letters["value"]) <= {"V"}:
            return self._made(tree, name, args)
        if not is_called(name) and any(a.varies for a in args):
            raise NotCompiledError(f"{known_as(name)} is not compiled")
        return self._for_each(tree, name, letters["value"], args)

    def _arguments(self, name: str, trees: Sequence[Mapping[str, Any]]) -> list[Node]:
        args = [self.argument(name, i, n) for i, n in enumerate(trees)]
        if name in _FINDING_BLANKS and args and is_blank(args[0]):
            # Of whole columns only what is in use is at hand, and the first blank may stand below.
            raise NotCompiledError(f"{name} of a blank is not compiled")
        if name in ELEMENTWISE or name in WHOLE or not is_called(name):
            return args
        return [self._unspread(name, i, n, arg) for i, (n, arg) in enumerate(zip(trees, args, strict=True))]

    @staticmethod
    def _unspread(name: str, position: int, tree: Mapping[str, Any], arg: Node) -> Node:
        """Return the first place of ROW(A1:A3) where a formula that is no array takes one value."""
        is_place = tree["node_type"] == "Function" and bare_name(tree["name"]) in ("ROW", "COLUMN")
        return rows_of(arg)[0][0] if is_place and arg.op == GRID and need(name, position) == "V" else arg

    def _spread(self, tree: Mapping[str, Any], name: str, args: Sequence[Node]) -> Node | None:
        """Return a function called in the engine that is given many values where it takes one, or None."""
        if name in ELEMENTWISE or name in WHOLE or not is_called(name):
            return None
        letters = "".join(need(name, i) for i in range(len(args)))
        is_many = any(gives_many(a) for a, letter in zip(args, letters, strict=True) if letter == "V")
        return self._for_each(tree, name, letters, args) if is_many else None

    def _for_each(self, tree: Mapping[str, Any], name: str, letters: str, args: Sequence[Node]) -> Node:
        node = self.graph.node(EACH, args, (name, letters))
        return node if node.varies else self.binder.folding.constant(node, self.at, tree, self._slots)

    def _draw(self, args: Sequence[Mapping[str, Any]]) -> Node | None:
        """Return the uncertain number that a call of a distribution is, or None where it is its mean."""
        index = self.binder.draw_at(self.at, self._position)
        self._position += 1
        if index is None:
            return None
        # Calls within its arguments come after it in reading order.
        self._position += sum(bare_name(n.get("name", "")) in DISTRIBUTIONS for a in args for n in tree_nodes(a))
        return self.binder.draw(index)

    def _sought(self, args: Sequence[Mapping[str, Any]]) -> Node | None:
        """Return a lookup that the engine tries in two ways: in a list that ascends, one way finds all that both do."""
        names = [bare_name(a["name"]) if a["node_type"] == "Function" else "" for a in args]
        if len(names) != 2 or names[1] != f"DEALMODEL_{names[0]}":  # noqa: PLR2004
            return None
        before = self._position
        node = self.node(args[0])
        if not node.varies:
            self._position = before
        return node if node.varies else None

    def argument(self, name: str, position: int, tree: Mapping[str, Any]) -> Node:
        """Return an argument of a function as that takes it."""
        if passes_over_blanks(name, position):
            found = self._varying(name, tree)
            if found is not None:
                return found
        node = self._criterion(tree) if name in CONDITIONALS and need(name, position) == "V" else None
        node = self.node(tree) if node is None else node
        single = tree["node_type"] in ("Reference", SLOT) and not gives_many(node)
        if single and (name in _RANGES or (is_called(name) and name != "TYPE")) and need(name, position) != "V":
            return self.graph.grid([[node]])
        return node

    def _criterion(self, tree: Mapping[str, Any]) -> Node | None:
        """Return a condition that is an operator and a number, such as `">"&A1`, or None where it is another one."""
        joined = tree["node_type"] == "BinaryOp" and tree["operator"] == "&"
        if not joined or tree["left"]["node_type"] != "Literal" or tree["left"]["value"] not in OPERATORS:
            return None
        before = self._position
        number = self.node(tree["right"])
        if not number.varies or gives_many(number):
            self._position = before
            return None
        return self.graph.node(CRITERION, (self.graph.const(tree["left"]["value"]), number))

    def _varying(self, name: str, tree: Mapping[str, Any]) -> Node | None:
        """Return a range whose size varies, or None where an argument is no such thing."""
        before = self._position
        is_offset = tree["node_type"] == "Function" and bare_name(tree["name"]) == "OFFSET"
        # Where its size is fixed it is a reference as others are.
        found = None if is_offset and self._special("OFFSET", tree["args"]) is not None else gathered(self, name, tree)
        if found is None or not found.varies:
            self._position = before
            return None
        return found

    def _made(self, tree: Mapping[str, Any], name: str, args: Sequence[Node]) -> Node:
        node = self.graph.node(name, args)
        return node if node.varies else self.binder.folding.constant(node, self.at, tree, self._slots)

    def made(self, name: str, args: Sequence[Node]) -> Node:
        """Return an operation that the formula does not spell out; a constant where that can be told here."""
        node = self.graph.node(name, args)
        return node if node.varies else self.binder.folding.folded(node)

    def chosen(self, test: Node, yes: Node, no: Node) -> Node:
        """Return one of two nodes."""
        args = [test, self._blank_as_zero(yes), self._blank_as_zero(no)]
        found = self._branch(args)
        return self.made("IF", args) if found is None else found

    def picked(self, node: Node) -> Node:
        """Return an argument that a formula gives as its value: one that is blank or left out is 0."""
        return self.graph.const(0.0) if node.op == OMITTED_NODE else self._blank_as_zero(node)

    def _blank_as_zero(self, node: Node) -> Node:
        return self.graph.const(0.0) if is_blank(node) else node

    def rectangle(self, sheet: str, area: Area) -> Node:
        """Return what a reference gives that the formula does not spell out.

        Raises
        ------
        UnboundError
            If cells of it are to be bound before.
        """
        self.binder.ranges.need_bound(sheet, area)
        return self.binder.ranges.rectangle(sheet, area)

    def _branch(self, args: Sequence[Node]) -> Node | None:
        """Return what IF with a constant condition chooses, so that nothing else is computed."""
        if len(args) < 2 or args[0].op != CONST or not isinstance(args[0].value, (bool, float)):  # noqa: PLR2004
            return None
        chosen = 1 if args[0].value else 2
        if chosen >= len(args):
            return self.graph.const(False)  # noqa: FBT003
        return self.picked(args[chosen])

    def _picked(self, args: Sequence[Node]) -> Node | None:
        """Return the part that INDEX with constant places picks, so that nothing else is computed."""
        places = [a.value for a in args[1:] if a.op == CONST and isinstance(a.value, float)]
        if not 1 <= len(places) == len(args) - 1 <= 2 or any(p < 0 for p in places):  # noqa: PLR2004
            return None
        row, column = int(places[0]), int(places[1]) if len(places) > 1 else None
        if 0 in (row, column):
            return self._whole_of(args[0], row, column)
        if args[0].op == GRID:
            rows = rows_of(args[0])
            if column is None:
                row, column = (1, row) if len(rows) == 1 else (row, 1)
                if len(rows) > 1 and len(rows[0]) > 1:
                    return None
            inside = row <= len(rows) and column <= len(rows[0])
            node = rows[row - 1][column - 1] if inside else self.graph.const(CellError.REF)
            return self._blank_as_zero(node)
        gives_table = args[0].op.startswith("DM_") or args[0].op in TABLES
        if gives_table and gives_many(args[0]):
            return self.graph.node(ELEMENT, (args[0],), (row - 1, None if column is None else column - 1))
        return None

    def _whole_of(self, node: Node, row: int, column: int | None) -> Node | None:
        """Return a whole row, a whole column, or all, of a range or of an operation of ranges."""
        if node.op == GRID:
            return self._line(rows_of(node), row, column)
        if not gives_many(node) and max(row, column or 0) <= 1:
            return node
        # As in MATCH(TRUE,INDEX(A1:A9>0,0),0).
        is_all = row == 0 and not column
        return node if is_all and node.op in ELEMENTWISE and gives_many(node) else None

    def _line(self, rows: Sequence[Sequence[Node]], row: int, column: int | None) -> Node | None:
        """Return a whole row, a whole column, or all, which INDEX picks with a place of 0."""
        if column is None:
            return self.graph.grid(rows) if 1 in (len(rows), len(rows[0])) else None
        if row > len(rows) or column > len(rows[0]):
            return self.graph.const(CellError.REF)
        lines = [rows[row - 1]] if row else rows
        return self.graph.grid([[line[column - 1]] for line in lines] if column else lines)
