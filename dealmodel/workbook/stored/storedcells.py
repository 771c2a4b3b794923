"""The cells of a worksheet part: found in one pass over its bytes, read one by one when they are asked for.

A sheet may have a million cells, of which few are ever looked at by themselves. So the pass keeps what stands in the
bytes, and what works on all cells at once works on that.
"""

from __future__ import annotations

import itertools
import operator
from array import array
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, a1, column_number, parse_area, parse_cell
from dealmodel.workbook.stored.formulakinds import FormulaKinds
from dealmodel.workbook.stored.xmltext import attributes, element_text, is_xml, unescape_text

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection

    from dealmodel.workbook.stored.sheetxml import SheetXml

Place = tuple[int, int]
RawCell = tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]
"""A cell as the pass finds it. Where it is written in the usual way: the letters and digits of its address, its type,
its formula, the index of the shared formula that it repeats, its value, and the text that stands in the cell itself,
each empty where there is none. Where it is written in any other way all these are empty, and its attributes and its
body with its end follow."""
TEXTS = ("str", "inlineStr")
"""The types of cells that hold a text themselves."""
_LARGE_BODY = 2**18
"""Bytes of a cell beyond which it is looked at more closely: a formula and a text, every letter escaped, are less."""
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
_LETTERS, _DIGITS, _FORMULA, _GROUP = map(operator.itemgetter, (0, 1, 3, 4))


class Formula(NamedTuple):
    """A formula as the part holds it."""

    text: str
    kind: str
    """`normal`, `shared`, `array` or `dataTable`."""
    area: Area | None
    """The range of an array, of a data table, or of a shared formula's anchor."""
    group: str
    """Index of a shared formula."""
    declared: Mapping[str, str]
    """All its attributes."""


class StoredCell(NamedTuple):
    """A cell as the part holds it."""

    row: int
    column: int
    kind: str
    """The type `t`: `n`, `s`, `str`, `inlineStr`, `b`, `e` or `d`."""
    text: str | None
    """The text of `<v>`, or of the inline string."""
    formula: Formula | None
    dynamic: bool
    """Whether the cell carries metadata `cm`, as the first cell of a dynamic array does."""

    @property
    def is_blank(self) -> bool:
        """Whether it holds no value."""
        return self.text is None or (self.text == "" and self.kind not in TEXTS)


class StoredCells(Mapping[Place, StoredCell]):
    """The cells of a worksheet part by row and column, in the order of the part.

    Parameters
    ----------
    sheet
        The part.

    Raises
    ------
    WorkbookError
        If a cell does not end, or stands outside any sheet, or twice.
    """

    def __init__(self, sheet: SheetXml) -> None:
        self._sheet = sheet
        self.raw: list[RawCell] = sheet.patterns.cell.findall(sheet.part, *sheet.data)
        """What stands in the bytes."""
        self.are_usual = all(map(_LETTERS, self.raw))
        """Whether all are written in the usual way."""
        if not self.are_usual and not all(map(self._ends, self.raw)):
            raise WorkbookError(f"{sheet.label} is damaged: a cell does not end")
        self.places = self._find_places()
        """The places of all cells, in the same order."""
        self.are_in_order = all(map(operator.lt, self.places, itertools.islice(self.places, 1, None)))
        """Whether they stand row by row, and each to the right of the one before."""
        if not self.are_in_order and len(self._index) < len(self.places):
            twice = next(place for i, place in enumerate(self.places) if self._index[place] != i)
            raise WorkbookError(f"{sheet.label} is damaged: it holds {a1(*twice)} twice")

    def __getitem__(self, place: Place) -> StoredCell:
        """Read a cell."""
        return self._read(self._index[place])

    def __contains__(self, place: object) -> bool:
        """Whether anything is stored of a cell."""
        return place in self._index

    def __iter__(self) -> Iterator[Place]:
        """Yield the places."""
        return iter(self.places)

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.places)

    @cached_property
    def _index(self) -> Mapping[Place, int]:
        """Which of the cells stands in a place."""
        return dict(zip(self.places, range(len(self.places)), strict=True))

    @cached_property
    def unusual(self) -> Mapping[Place, StoredCell]:
        """The cells that are not written in the usual way, as those are that begin an array or a shared formula."""
        if self.are_usual:
            return {}
        return {place: self._read(i) for i, place in enumerate(self.places) if not self.raw[i][0]}

    @property
    def share_formulas(self) -> bool:
        """Whether any cell of the usual way repeats the formula of another."""
        return any(map(_GROUP, self.raw))

    @cached_property
    def kinds(self) -> FormulaKinds:
        """The kinds of `written_formulas`."""
        return FormulaKinds(self.written_formulas)

    @cached_property
    def written_formulas(self) -> list[bytes]:
        """The formulas as cells of the usual way spell them, in the order of all cells; empty where there is none."""
        return list(map(_FORMULA, self.raw))

    def of_types(self, types: Collection[bytes]) -> Iterator[tuple[Place, StoredCell]]:
        """Yield the cells of some types, those that hold a text themselves, and all of unusual ways."""
        for i, raw in enumerate(self.raw):
            if raw[2] in types or raw[6] or not raw[0]:
                yield self.places[i], self._read(i)

    def span(self, place: Place) -> tuple[int, int]:
        """Return where a cell begins and ends in the part."""
        i = 2 * self._index[place]
        return self._spans[i], self._spans[i + 1]

    @cached_property
    def _spans(self) -> array[int]:
        """Where every cell begins and ends, one after the other."""
        found = self._sheet.patterns.cell.finditer(self._sheet.part, *self._sheet.data)
        return array("Q", itertools.chain.from_iterable(match.span() for match in found))

    def _ends(self, raw: RawCell) -> bool:
        """Whether a cell ends before the next one begins; another way of looking for an end might never find one."""
        letters, *_, head, body = raw
        return bool(letters) or head.endswith(b"/") or self._sheet.patterns.cell_end.search(body) is not None

    # -- places ----------------------------------------------------------------------------------------------------

    def _find_places(self) -> list[Place]:
        rows, columns = _Numbers(int), _Numbers(_column)
        try:
            if self.are_usual:
                digits, letters = map(_DIGITS, self.raw), map(_LETTERS, self.raw)
                places = list(zip(map(rows.__getitem__, digits), map(columns.__getitem__, letters), strict=True))
            else:
                places = [(rows[raw[1]], columns[raw[0]]) if raw[0] else self._own_place(raw) for raw in self.raw]
        except _NoAddressError:
            places = self._places_in_order()
        if max(columns.values(), default=0) > MAX_COLUMN or max(rows.values(), default=0) > MAX_ROW:
            away = next(a1(*place) for place in places if place[0] > MAX_ROW or place[1] > MAX_COLUMN)
            raise self._no_such_cell(away)
        return places

    def _own_place(self, raw: RawCell) -> Place:
        """Return where a cell says that it stands."""
        declared = attributes(raw[7])
        if "r" not in declared:
            raise _NoAddressError
        place = parse_cell(declared["r"])
        if place is None:
            raise self._no_such_cell(declared["r"])
        return place

    def _places_in_order(self) -> list[Place]:
        """Return where cells stand of which some do not say it: after the one before, in their row."""
        places: list[Place] = []
        row, column = 0, 0
        for match in self._sheet.patterns.item.finditer(self._sheet.part, *self._sheet.data):
            declared = attributes(match[1] if match[1] is not None else match[2])
            if match[1] is not None:
                row, column = (self._sheet.whole(declared["r"]) if "r" in declared else row + 1), 0
                continue
            place = parse_cell(declared["r"]) if "r" in declared else (row, column + 1)
            if place is None or place[1] > MAX_COLUMN or not 0 < place[0] <= MAX_ROW:
                raise self._no_such_cell(declared.get("r", "so far down"))
            places.append(place)
            column = place[1]
        return places

    def _no_such_cell(self, named: str) -> WorkbookError:
        return WorkbookError(f"{self._sheet.label} is damaged: there is no cell {named}")

    # -- cells -----------------------------------------------------------------------------------------------------

    def _read(self, i: int) -> StoredCell:
        letters, _, kind, formula, group, value, inline, head, body = self.raw[i]
        if not letters:
            return self._read_unusual(self.places[i], attributes(head), body)
        if inline:
            return StoredCell(*self.places[i], "inlineStr", element_text(inline), None, dynamic=False)
        own = None
        if formula:
            own = Formula(formula_text(formula), "normal", None, "", _NO_ATTRIBUTES)
        elif group:
            index = group.decode()
            own = Formula("", "shared", None, index, {"t": "shared", "si": index})
        text = element_text(value) if value else None
        return StoredCell(*self.places[i], kind.decode() if kind else "n", text, own, dynamic=False)

    def _read_unusual(self, place: Place, declared: Mapping[str, str], body: bytes) -> StoredCell:
        sheet = self._sheet
        if len(body) > _LARGE_BODY and not is_xml(sheet.part):
            raise WorkbookError(f"{sheet.label} is damaged: it is not XML")
        kind = declared.get("t", "n")
        formula = sheet.patterns.formula.search(body)
        text: str | None = None
        if kind == "inlineStr":
            inline = sheet.patterns.inline.search(body)
            shown = sheet.patterns.phonetic.sub(b"", inline[1] or b"") if inline else b""
            text = "".join(element_text(t[1]) for t in sheet.patterns.text.finditer(shown))
        else:
            value = sheet.patterns.value.search(body)
            text = element_text(value[1]) if value else None
        own = None if formula is None else _read_formula(formula)
        return StoredCell(*place, kind, text, own, dynamic="cm" in declared)


@lru_cache(maxsize=2**10)
def _column(letters: bytes) -> int:
    return column_number(letters.decode())


class _NoAddressError(Exception):
    """A cell does not say where it stands."""


class _Numbers(dict[bytes, int]):
    """The numbers of rows by their digits, or of columns by their letters; each of them stands in many addresses."""

    def __init__(self, read: Callable[[bytes], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, spelled: bytes) -> int:
        """Read a number once."""
        number = self[spelled] = self._read(spelled)
        return number


def formula_text(raw: bytes) -> str:
    """Return a formula that stands in the bytes."""
    # Two calls for each formula of a large sheet would take longer than all else here.
    text = element_text(raw) if b"&" in raw else raw.decode("utf-8", "replace")
    return (unescape_text(text) if "_x" in text else text).strip()


def _read_formula(match: re.Match[bytes]) -> Formula:
    declared = attributes(match[1])
    return Formula(
        formula_text(match[2] or b""),
        declared.get("t", "normal"),
        parse_area(declared["ref"]) if "ref" in declared else None,
        declared.get("si", ""),
        declared,
    )
