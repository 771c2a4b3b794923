"""What the blank rows or columns add that are left out where an array runs over whole ones.

`SUM(--(B:B=""))` counts a million cells of which the engine is given those in use and one more. What the others add
follows from that one where all of them are alike; where they are not, as in `MAX(ROW(B:B))`, or where it cannot be
seen, the formula takes the whole columns, which is slow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.workbook.spelling.arguments import bare_name, need
from dealmodel.workbook.spelling.nodes import is_by_element
from dealmodel.workbook.spelling.syntax import parts_of
from dealmodel.workbook.spelling.wholelines import Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dealmodel.workbook.spelling.syntax import Node
    from dealmodel.workbook.spelling.wholelines import WholeLines

_ADDING = frozenset({"COUNT", "COUNTA", "SUM", "SUMPRODUCT", "SUMSQ"})
"""Functions whose value for so many lines alike is so many times that for one."""
_ONCE = frozenset({"AND", "MAX", "MAXA", "MIN", "MINA", "OR"})
"""Functions for which many lines alike are as good as one."""
_NUMBERS = frozenset(
    """
    AVEDEV AVERAGE DEVSQ GEOMEAN HARMEAN KURT LARGE MEDIAN MODE MODE.SNGL PERCENTILE PERCENTILE.EXC PERCENTILE.INC
    PRODUCT QUARTILE QUARTILE.EXC QUARTILE.INC SKEW SKEW.P SMALL STDEV STDEV.P STDEV.S STDEVP TRIMMEAN VAR VAR.P VAR.S
    VARP
    """.split()  # noqa: SIM905  a column of names would be longer than the module
)
"""Functions to which lines are nothing that hold no number."""
REDUCING = _ADDING | _ONCE | _NUMBERS
"""Functions that make one value of the lines of an array."""
_OF_PLACES = frozenset({"ROW", "COLUMN"})


class Tail(NamedTuple):
    """A call with whole rows and columns, and how it is written."""

    function: str
    """The bare name of the function."""
    node: Node
    lines: WholeLines
    """The whole rows and columns of the formula, in the extent of which nodes are written."""
    write: Callable[[Node], str]
    """Writes a call."""
    part: Callable[[Node], str]
    """Writes a part of an argument."""

    def complete(self) -> str:
        """Return the call with what is left out of its whole rows and columns."""
        outer, self.lines.left_out = self.lines.left_out, {}
        text = self.write(self.node)
        rest = max(self.lines.left_out.values(), default=0)
        if rest and self.lines.extent is Extent.USED:
            text = self._completed(text, rest)
        self.lines.left_out = outer
        return text

    def _completed(self, text: str, rest: int) -> str:
        arguments: Sequence[Node] = self.node["args"]
        if all(map(is_by_element, arguments)):
            return self._of_lines_alike(text, rest)
        if not any(map(self._numbers_lines, arguments)):
            # Functions that give arrays take what they need: FILTER leaves blank lines out, UNIQUE keeps one of them.
            return text
        tests = [self._alike_if(argument) for argument in arguments]
        factors = [argument for argument in arguments if is_by_element(argument)]
        if self.function == "SUMPRODUCT" and factors:
            tests = [f"SUMPRODUCT({','.join(map(self._blank, factors))})=0"]
        if None in tests:
            return self._full()
        test = ",".join(f"IFERROR({test},FALSE)" for test in tests if test)
        return f"IF(AND({test}),{self._of_lines_alike(text, rest)},{self._full()})"

    def _of_lines_alike(self, text: str, rest: int) -> str:
        """Return the call where all lines that are left out are like the first blank one."""
        if self.function in _ONCE:
            return text
        if self.function in _ADDING:
            # Of two lines, since what a function passes over in an array it may count where it stands alone.
            return f"({text}+{rest}*{self.lines.within(Extent.TWO, self.write, self.node)}/2)"
        values = self.node["args"][:1] if need(self.function, 1) == "V" else self.node["args"]
        numbers = self.lines.within(Extent.TWO, self.write, {**self.node, "name": "COUNT", "args": values})
        return f"IF({numbers}=0,{text},{self._full()})"

    def _full(self) -> str:
        return self.lines.within(Extent.FULL, self.write, self.node)

    def _blank(self, node: Node) -> str:
        return self.lines.within(Extent.BLANK, self.part, node)

    def _alike_if(self, node: Node) -> str | None:
        """Return the test of whether an argument is alike in all blank lines, or nothing; None where none is known.

        It is where a factor is zero there, or a condition does not hold, that is not about the numbers of lines.
        """
        if is_by_element(node):
            return ""
        if node["node_type"] == "Function" and bare_name(node["name"]) == "IF":
            condition, _, *otherwise = [*node["args"], {"node_type": "Omitted"}][:3]
            if not all(map(is_by_element, otherwise)):
                return None
            return f"NOT({self._blank(condition)})" if is_by_element(condition) else self._alike_if(condition)
        factors = [factor for factor in _factors(node) if is_by_element(factor)]
        # A truth is not equal to a number.
        return f"1*{'*'.join(f'({self._blank(factor)})' for factor in factors)}=0" if factors else None

    def _numbers_lines(self, node: Node) -> bool:
        """Whether a part of the call gives the numbers of whole rows or columns."""
        if node["node_type"] == "Function" and bare_name(node["name"]) in _OF_PLACES:
            return any(self.lines.is_whole(argument.get("reference", "")) for argument in node["args"])
        return any(map(self._numbers_lines, parts_of(node)))


def _factors(node: Node) -> Iterator[Node]:
    if node["node_type"] == "BinaryOp" and node["operator"] == "*":
        yield from _factors(node["left"])
        yield from _factors(node["right"])
    else:
        yield node
