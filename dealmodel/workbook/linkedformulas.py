"""Formulas on other workbooks, read with the values that the workbook stores of them.

A reference such as `[1]Data!A1` becomes one to a sheet of the stored cells, under a name that no sheet of the workbook
has; a name of the other workbook becomes what it refers to. What Excel needs the other workbook itself for is told: it
keeps the values of cells, and takes a range of a closed workbook for an array of them, which functions that need a
reference refuse (`SUMIF`, `COUNTIF`, `OFFSET`), as do the operators on references.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.workbook.address import parse_cell, parse_region, split_sheet
from dealmodel.workbook.formulas import canonical, functions_in, refers_outside, tokens
from dealmodel.workbook.spelling.arguments import bare_name, need
from dealmodel.workbook.spelling.meanings import is_fixed, quoted
from dealmodel.workbook.spelling.syntax import parse, parts_of
from dealmodel.workbook.stored.formulacells import may_be_hindered
from dealmodel.workbook.stored.linkedbooks import LinkedBook, link_parts, mark_for, read_link, sheet_name, sheet_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from xml.etree import ElementTree as ET

    from dealmodel.workbook.book import Book
    from dealmodel.workbook.spelling.syntax import Node
    from dealmodel.workbook.stored.sheet import SheetPart

MOST_SHEETS = 1_000
"""Sheets of other workbooks that are read."""
_IN_QUOTES = re.compile(r"\[(\d{1,5})\](.*)", re.DOTALL)
_NUMBER = re.compile(r"\[(\d{1,5})\]")
_OPERATORS = (":", ",", " ", "#")
"""Operators on references."""
_LOOK_AT_CELLS = frozenset(
    """
    AGGREGATE ANCHORARRAY AREAS AVERAGEIF AVERAGEIFS CELL COLUMN COUNTBLANK COUNTIF COUNTIFS DAVERAGE DCOUNT DCOUNTA
    DGET DMAX DMIN DPRODUCT DSTDEV DSTDEVP DSUM DVAR DVARP FORMULATEXT GETPIVOTDATA INDIRECT ISFORMULA ISREF MAXIFS
    MINIFS OFFSET PHONETIC RANK RANK.AVG RANK.EQ ROW SHEET SHEETS SUBTOTAL SUMIF SUMIFS TRIMRANGE
    """.split()  # noqa: SIM905  a column of names would be longer than the module
)
"""Functions that need references where they take ranges, and refuse the arrays that those of a closed workbook are."""
_OF_VALUES = "V"
_DIGITS_ALIKE = str.maketrans("123456789", "000000000")


class _UnansweredError(Exception):
    """A formula asks for what is not stored here; never leaves this module."""


class _Target(NamedTuple):
    """What stands in front of an exclamation mark."""

    number: int
    sheet: str
    """A sheet, two with a colon between them, or nothing."""
    length: int
    """Tokens, the mark included."""


class Links:
    """The other workbooks to which the formulas of one refer.

    Parameters
    ----------
    book
        The workbook.
    root
        Its main part.
    """

    def __init__(self, book: Book, root: ET.Element) -> None:
        self._book = book
        self._root = root
        self.used: dict[str, str] = {}
        """The sheets of other workbooks that formulas refer to, under their names here, with the workbook's file."""
        self._resolved: dict[str, str] = {}
        self._hindrances: dict[str, str] = {}
        """Why formulas are not computed, of those that lead to other workbooks; nothing where they are."""

    @cached_property
    def _link_parts(self) -> list[str]:
        return link_parts(self._book, self._root)

    @cached_property
    def _books(self) -> dict[str, LinkedBook]:
        """The other workbooks by the parts that tell of them."""
        return {}

    def _linked(self, number: int) -> LinkedBook | None:
        """Return another workbook; None where there is none of that number."""
        if not 1 <= number <= len(self._link_parts):
            return None
        path = self._link_parts[number - 1]
        if path not in self._books:
            self._books[path] = read_link(self._book, path, number)
        return self._books[path]

    @cached_property
    def _mark(self) -> str:
        return mark_for(self._book)

    # -- sheets of other workbooks ---------------------------------------------------------------------------------

    @cached_property
    def _parts(self) -> dict[str, SheetPart | None]:
        return {}

    def part(self, sheet: str) -> SheetPart | None:
        """Return the stored cells of a sheet of another workbook; None where there are none."""
        if sheet not in self._parts:
            number, _, name = sheet.partition(self._mark)
            linked = self._linked(int(number))
            stored = linked.cells.get(linked.place_of(name) or 0) if linked else None
            date1904 = self._book.settings.date1904
            label = f"{self._book.label}, stored sheet {sheet}"
            self._parts[sheet] = None if stored is None else sheet_part(stored, label, date1904=date1904)
        return self._parts[sheet]

    def find_sheet(self, name: str) -> str | None:
        """Return the sheet of another workbook that formulas refer to, by its name here in any case."""
        return next((s for s in self.used if s.casefold() == name.casefold()), None)

    def between(self, first: str, last: str) -> list[str]:
        """Return the sheets of another workbook from one that formulas refer to up to another, by their names here."""
        number, _, begin = first.partition(self._mark)
        linked = self._linked(int(number))
        places = [linked.place_of(sheet) if linked else None for sheet in (begin, last.partition(self._mark)[2])]
        if linked is None or places[0] is None or places[1] is None:
            return []
        return [sheet_name(int(number), name, self._mark) for name in linked.sheets[places[0] : places[1] + 1]]

    # -- formulas --------------------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> AbstractSet[str]:
        """The defined names that lead to other workbooks, at however many removes, in lower case."""
        return self._and_behind(
            n.name.casefold() for n in self._book.names if "[" in n.text and refers_outside(n.text)
        ).keys()

    @cached_property
    def _refused(self) -> Mapping[str, str]:
        """The names that cannot be computed, with the reason."""
        reasons: dict[str, str] = {}
        for name in (n for n in self._book.names if n.name.casefold() in self.names):
            reason = self._own_hindrance(name.text)
            if reason:
                reasons[name.name.casefold()] = f"{name.name}: {reason}"
        return {name: reasons[origin] for name, origin in self._and_behind(reasons).items()}

    def _and_behind(self, names: Iterable[str]) -> dict[str, str]:
        """Return names, and those that refer to them at however many removes, with the first one of each."""
        origins = {name: name for name in names}
        ahead = list(origins)
        while ahead:
            name = ahead.pop()
            for other in self._referring.get(name, ()):
                if other not in origins:
                    origins[other] = origins[name]
                    ahead.append(other)
        return origins

    @cached_property
    def _referring(self) -> Mapping[str, list[str]]:
        """The names that refer to a name, all in lower case."""
        found: dict[str, list[str]] = {n.name.casefold(): [] for n in self._book.names}
        for name in self._book.names:
            for word in _words(name.text) & found.keys():
                found[word].append(name.name.casefold())
        return found

    @cached_property
    def _names_alike(self) -> frozenset[str]:
        return frozenset(name.translate(_DIGITS_ALIKE) for name in self.names)

    def may_be_hindered(self, formula: str) -> bool:
        """Whether a formula, or another one that differs from it in digits, may not be computed; quicker to know."""
        if may_be_hindered(formula):
            return True
        return bool(self.names) and not self._names_alike.isdisjoint(_words(formula.translate(_DIGITS_ALIKE)))

    def hindrance(self, formula: str) -> str | None:
        """Return why a formula is not computed with what is stored of other workbooks; None where nothing hinders."""
        known = self._hindrances.get(formula)
        if known is None:
            words = _words(formula) & self._refused.keys() if self.names else frozenset()
            named = (self._refused[word] for word in sorted(words))
            known = self._hindrances[formula] = self._own_hindrance(formula) or next(named, "")
        return known or None

    def _own_hindrance(self, formula: str) -> str | None:
        """Return why a formula is not computed, but for what the names in it stand for."""
        try:
            text = self._resolved[formula] = self._resolve(formula) if "[" in formula else formula
        except _UnansweredError as unanswered:
            return str(unanswered)
        if text == formula and (not self.names or self.names.isdisjoint(_words(formula))):
            return None
        may_combine = any(mark in text for mark in _OPERATORS)
        if not may_combine and _LOOK_AT_CELLS.isdisjoint(map(bare_name, functions_in([text]))):
            return None
        tree = parse(text)
        try:
            return None if tree is None else self._in_need(tree)
        except RecursionError:
            return "it is nested too deeply"

    def resolved(self, formula: str) -> str:
        """Return a formula with references to stored cells in place of those to other workbooks, where they are stored.

        Parameters
        ----------
        formula
            The formula.
        """
        if "[" not in formula:
            return formula
        if formula not in self._resolved:
            try:
                self._resolved[formula] = self._resolve(formula)
            except _UnansweredError:
                self._resolved[formula] = formula
        return self._resolved[formula]

    def _resolve(self, formula: str) -> str:
        if not refers_outside(formula):
            return formula
        cut = [*tokens(canonical(formula)), ("", ""), ("", "")]
        pieces: list[str] = []
        i = 0
        while i < len(cut) - 2:
            target = self._target(cut, i)
            if target is None:
                pieces.append(cut[i][1])
                i += 1
                continue
            i += target.length
            written, is_all = self._written(target, cut[i], cut[i + 1])
            pieces.append(written)
            i += is_all
        return "".join(pieces)

    def _target(self, cut: list[tuple[str, str]], i: int) -> _Target | None:
        """Return the other workbook, and its sheet, to which a formula leads from one token on; None for no other."""
        kind, text = cut[i]
        if kind == "quoted" and "[" in text and cut[i + 1][1] == "!":
            inside = text[1:-1].replace("''", "'")
            found = _IN_QUOTES.fullmatch(inside)
            if found is None:
                raise _UnansweredError(f"it refers to another workbook, {inside}")
            return _Target(int(found[1]), found[2], 2)
        before = cut[i - 1][0] if i else ""
        if kind != "bracket" or before == "word" or text.startswith(("[@", "[#", "[[")):
            return None
        end = next(j for j in range(i + 1, len(cut)) if cut[j][0] not in ("word", "number") and cut[j][1] not in ":.")
        found = _NUMBER.fullmatch(text)
        if found is None or cut[end][1] != "!":
            raise _UnansweredError("it refers to another workbook")
        return _Target(int(found[1]), "".join(t for _, t in cut[i + 1 : end]), end + 1 - i)

    def _written(self, target: _Target, token: tuple[str, str], after: tuple[str, str]) -> tuple[str, bool]:
        """Return what stands for another workbook's sheet and what is asked of it, and whether that is all of it."""
        kind, text = token
        if target.number == 0:
            return self._own(target, text), False
        linked = self._linked(target.number)
        if linked is None:
            raise _UnansweredError("it refers to another workbook, to which there is no link")
        if kind == "error":
            return text, True
        if kind == "word" and after[1] == "(":
            raise _UnansweredError(f"it calls a function of {linked.name}")
        if kind == "word" and after[0] == "bracket":
            raise _UnansweredError(f"it refers to a table of {linked.name}, which is not stored here")
        if target.sheet and (kind in ("columns", "rows") or (kind == "word" and parse_cell(text))):
            return f"{quoted(self._sheet(linked, target))}!", False
        if kind != "word":
            raise _UnansweredError(f"it refers to {text or 'something'} of {linked.name}, which is not stored here")
        return self._named(linked, target, text), True

    def _own(self, target: _Target, text: str) -> str:
        """Return what stands for the workbook itself, which Excel writes as [0]."""
        if target.sheet:
            return f"{quoted(target.sheet)}!"
        if any(n.sheet is not None and n.name.casefold() == text.casefold() for n in self._book.names):
            raise _UnansweredError(f"it refers to {text}, which is a name of the workbook and of one of its sheets")
        return ""

    def _named(self, linked: LinkedBook, target: _Target, name: str) -> str:
        """Return what a name of another workbook refers to."""
        place = linked.place_of(target.sheet) if target.sheet else None
        scopes = dict.fromkeys((place, None))
        text = next((t for s in scopes if (t := linked.names.get((s, name.casefold())))), "")
        split = split_sheet(text)
        if split is None or parse_region(split[1]) is None or not is_fixed(text) or "[" in text:
            raise _UnansweredError(f"it refers to {name} of {linked.name}, of which no cells are stored here")
        sheet = self._sheet(linked, target._replace(sheet=split[0]))
        return f"{quoted(sheet)}!{split[1]}"

    def _sheet(self, linked: LinkedBook, target: _Target) -> str:
        """Return the name here of a sheet of another workbook, or of two and all that are between them."""
        first, mark, last = target.sheet.partition(":")
        places = [linked.place_of(name) for name in (first, last or first)]
        if places[0] is not None and places[1] is not None:
            begin, end = sorted(place for place in places if place is not None)
            names = [sheet_name(target.number, linked.sheets[i], self._mark) for i in range(begin, end + 1)]
            if len(self.used) + len(names) <= MOST_SHEETS and all(self.part(name) is not None for name in names):
                self.used.update(dict.fromkeys(names, linked.name))
                return f"{names[0]}:{names[-1]}" if mark else names[0]
        raise _UnansweredError(f"it refers to {linked.name}, of which the values of {target.sheet} are not stored here")

    # -- what needs the other workbook itself ----------------------------------------------------------------------

    def _in_need(self, node: Node) -> str | None:
        """Return why a formula needs another workbook to be open; None where it does not."""
        function = bare_name(node.get("name", ""))
        if node["node_type"] == "Function" and function in _LOOK_AT_CELLS:
            arguments = node["args"]
            taken = [n for i, n in enumerate(arguments) if need(function, i) != _OF_VALUES or function == "INDIRECT"]
            found = next((f for n in taken if (f := self._leads_to(n))), None)
            if found:
                return f"{function} needs {found} to be open"
        if node.get("operator") in _OPERATORS and (found := self._leads_to(node)):
            return f"references that are combined need {found} to be open"
        return next((reason for part in parts_of(node) if (reason := self._in_need(part))), None)

    def _leads_to(self, node: Node) -> str | None:
        """Return the other workbook to which a part of a formula refers; None for no other."""
        if node["node_type"] == "Reference":
            split = split_sheet(node["reference"])
            if split is None or self._mark not in split[0]:
                name = (split[1] if split else node["reference"]).casefold()
                return "another workbook" if name in self.names else None
            return self.used.get(split[0].partition(":")[0], "another workbook")
        return next((found for part in parts_of(node) if (found := self._leads_to(part))), None)


def _words(formula: str) -> frozenset[str]:
    """Return the words of a formula in lower case."""
    return frozenset(text.casefold() for kind, text in tokens(formula) if kind == "word")
