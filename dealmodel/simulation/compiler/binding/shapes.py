"""Formulas that are copies of one another: read once, as a copy of a formula differs in its references alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dealmodel.workbook.address import Area, CellAt, parse_cell
from dealmodel.workbook.spelling.meanings import is_fixed
from dealmodel.workbook.spelling.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dealmodel.workbook.spelling.translation import Translator

    Tree = Mapping[str, Any]

SLOT = "Slot"
"""The kind of a node of a syntax tree that stands for a reference, by its number."""
_PIECES = re.compile(
    r"""
      ("(?:[^"]|"")*")
    | (?<![\w.$!'\]\\]) ((?:(?:[A-Za-z_]\w*|'[^'\[\]]+')!)?\$?[A-Z]{1,3}\$?[1-9]\d{0,6}) (?![\w.(!\[$])
    """,
    re.VERBOSE,
)
_WORDS = re.compile(r'"(?:[^"]|"")*"|([A-Za-z_\\][\w.\\]*)(\(?)')
_ODD = re.compile(r"[\[\]{}@#!'$:]")
"""What a shape must not hold beside its references: what it means may depend on where it stands."""
_LETTERS = re.compile(r"[A-Za-z_\\\u0080-\uffff]")
_NAME = re.compile(r"[A-Za-z_\\][\w.\\]*")
_MARK = "\x00"
_LONGEST = 400
"""Cells of a range up to which a formula is compiled with its copies."""


class Target(NamedTuple):
    """A rectangle of a sheet."""

    sheet: str
    area: Area


class Read(NamedTuple):
    """A formula as it is read.

    Attributes
    ----------
    tree
        Its syntax tree, shared by all copies; None where it cannot be read.
    slots
        What its references refer to: a cell, or a sheet and a rectangle.
    shape
        What it has in common with its copies; None where copies may differ in more than their references.
    """

    tree: Tree | None
    slots: tuple[CellAt | Target, ...] = ()
    shape: Shape | None = None

    @property
    def compiles_for_sure(self) -> bool:
        """Whether it compiles, as far as that can be told without making its nodes."""
        shape, slots = self.shape, self.slots
        if shape is None or not slots or not shape.compiles:
            return False
        return shape.is_plain or all(isinstance(s, CellAt) or s.area.height * s.area.width <= _LONGEST for s in slots)


class Shape(NamedTuple):
    """What copies have in common.

    Attributes
    ----------
    tree
        The syntax tree.
    slots
        Which of the formula's references each slot stands for, the second where it is a range; or what a name means,
        which is the same in all copies.
    is_plain
        Whether all references are to single cells.
    compiles
        Whether it is sure that all copies compile.
    """

    tree: Tree
    slots: tuple[tuple[int, int | None] | Target, ...]
    is_plain: bool
    compiles: bool


def _operations(tree: Tree) -> Iterator[str]:
    if "operator" in tree:
        yield str(tree["operator"])
    if "name" in tree:
        yield str(tree["name"]).upper()
    for part in (*(tree[k] for k in ("left", "operand", "right") if k in tree), *tree.get("args", ())):
        yield from _operations(part)
    if "rows" in tree:
        yield "array"


class Reader:
    """Reads formulas.

    Parameters
    ----------
    translator
        Spells them as the engine needs them.
    sheets
        The names of the sheets, by their names without regard to case.
    compiles
        Tells whether an operator or function compiles whatever it is given.
    """

    def __init__(self, translator: Translator, sheets: Mapping[str, str], compiles: Callable[[str], bool]) -> None:
        self._compiles = compiles
        self._translator = translator
        self._sheets = sheets
        self._shapes: dict[str, Shape | None] = {}
        self._cells: dict[str, dict[str, CellAt]] = {}

    def read(self, formula: str, at: CellAt, *, array: bool) -> Read:
        """Return a formula as it is read.

        Parameters
        ----------
        formula
            As the workbook holds it.
        at
            The cell in which it stands.
        array
            Whether it works on whole ranges.
        """
        formula = self._translator.meanings.resolved(formula)
        if not array:
            key, found = _pieces(formula)
            shape = self._found(key, formula, at, found)
            try:
                if shape is not None:
                    return Read(shape.tree, self._filled(shape, found, at), shape)
            except (_MovedError, KeyError):
                # Beyond the sheet's last row or column, or on a sheet that is not there: not a reference to cells.
                pass
        text = self._translator.translate(formula, at, array=array)
        return Read(parse(text))

    def _found(self, key: str, formula: str, at: CellAt, found: list[str]) -> Shape | None:
        if key in self._shapes:
            return self._shapes[key]
        by_sheet = f"{at.sheet}{_MARK}{key}"
        if by_sheet in self._shapes:
            return self._shapes[by_sheet]
        shape = self._shape(key, formula, at, found)
        has_names = shape is not None and any(isinstance(s, Target) for s in shape.slots)
        # What a name means may depend on the sheet.
        self._shapes[by_sheet if has_names else key] = shape
        return shape

    def _filled(self, shape: Shape, found: list[str], at: CellAt) -> tuple[CellAt | Target, ...]:
        if shape.is_plain:
            known = self._cells.setdefault(at.sheet, {})
            return tuple([known.get(text) or self._cell(text, at) for text in found])
        slots: list[CellAt | Target] = []
        for slot in shape.slots:
            if isinstance(slot, Target):
                slots.append(slot)
                continue
            first, last = slot
            cell = self._cell(found[first], at)
            if last is None:
                slots.append(cell)
            else:
                sheet, mark, _ = found[first].rpartition("!")
                end = self._cell(f"{sheet}{mark}{found[last]}", at)
                top, bottom = sorted((cell.row, end.row))
                left, right = sorted((cell.column, end.column))
                slots.append(Target(cell.sheet, Area(top, left, bottom, right)))
        return tuple(slots)

    def _cell(self, text: str, at: CellAt) -> CellAt:
        """Return the cell to which a reference in the formula of another refers."""
        known = self._cells.setdefault(at.sheet, {})
        found = known.get(text)
        if found is None:
            prefix, _, cell = text.rpartition("!")
            place = parse_cell(cell)
            if place is None:
                raise _MovedError
            found = known[text] = CellAt(self._sheets[_plain(prefix).casefold()] if prefix else at.sheet, *place)
        return found

    def _shape(self, key: str, formula: str, at: CellAt, found: list[str]) -> Shape | None:
        """Return the shape of a formula, or None where copies may differ in more than their references."""
        rest = _WORDS.sub(lambda m: "" if m[1] is None or m[2] or self._is_fixed(m[1], at) else m[0], key)
        rest = rest.replace(f"{_MARK}:{_MARK}", "")
        if _ODD.search(rest) or _LETTERS.search(rest) or any(map(self._is_odd, found)):
            return None
        tree = parse(self._translator.translate(formula, at, array=False))
        if tree is None:
            return None
        slots: list[tuple[int, int | None] | Target] = []
        left = iter(range(len(found)))
        try:
            tree = self._slotted(tree, found, left, slots, at)
        except _MovedError:
            return None
        is_plain = not any(isinstance(slot, Target) or slot[1] is not None for slot in slots)
        if next(left, None) is not None:
            return None
        return Shape(tree, tuple(slots), is_plain, all(map(self._compiles, _operations(tree))))

    def _is_fixed(self, word: str, at: CellAt) -> bool:
        """Whether a word means the same in all copies on a sheet."""
        if word.upper() in ("TRUE", "FALSE"):
            return True
        name = self._translator.meanings.name(word, None, at)
        return name is not None and is_fixed(name.text) and self._translator.meanings.book.area_of(name) is not None

    def _is_odd(self, text: str) -> bool:
        prefix, _, cell = text.rpartition("!")
        return parse_cell(cell) is None or (bool(prefix) and _plain(prefix).casefold() not in self._sheets)

    def _slotted(
        self,
        tree: Tree,
        found: list[str],
        left: Iterator[int],
        slots: list[tuple[int, int | None] | Target],
        at: CellAt,
    ) -> Tree:
        """Return a tree with its references, in reading order, as numbered slots."""
        if tree["node_type"] == "Reference":
            slots.append(self._slot(tree["reference"], found, left, at))
            return {"node_type": SLOT, "slot": len(slots) - 1}
        made = dict(tree)
        for key in ("left", "operand", "right"):
            if key in tree:
                made[key] = self._slotted(tree[key], found, left, slots, at)
        if "args" in tree:
            made["args"] = [self._slotted(n, found, left, slots, at) for n in tree["args"]]
        if "rows" in tree:
            made["rows"] = [[self._slotted(n, found, left, slots, at) for n in row] for row in tree["rows"]]
        return made

    def _slot(
        self, reference: str, found: list[str], left: Iterator[int], at: CellAt
    ) -> tuple[int, int | None] | Target:
        if _NAME.fullmatch(reference) and parse_cell(reference) is None:
            name = self._translator.meanings.name(reference, None, at)
            area = None if name is None else self._translator.meanings.book.area_of(name)
            if area is None:
                raise _MovedError
            return Target(*area)
        first = next(left, None)
        if first is None:
            raise _MovedError
        if reference == found[first]:
            return first, None
        last = next(left, None)
        if last is None or "!" in found[last] or reference != f"{found[first]}:{found[last]}":
            raise _MovedError
        return first, last


class _MovedError(Exception):
    """A reference that does not stand where the formula has it; never leaves this module."""


def _pieces(formula: str) -> tuple[str, list[str]]:
    """Return a formula with marks for its references to cells, and these."""
    parts = _PIECES.split(formula)
    if '"' not in formula:
        return _MARK.join(parts[::3]), parts[2::3]
    pieces = [parts[0]]
    for text, reference, after in zip(*(iter(parts[1:]),) * 3, strict=True):
        pieces += (text if reference is None else _MARK, after)
    return "".join(pieces), [reference for reference in parts[2::3] if reference is not None]


def _plain(prefix: str) -> str:
    return prefix[1:-1] if prefix.startswith("'") else prefix
