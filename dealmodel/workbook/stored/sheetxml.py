"""The XML of a worksheet part: how its elements are found, and where its rows begin and end."""

from __future__ import annotations

import re

from dealmodel.errors import WorkbookError
from dealmodel.workbook.stored.xmltext import check_xml, has_other_prefix, without_comments

# No group is repeated possessively: until Python 3.11.5 what a failed try has taken of the text is lost (gh-100061).
_PATTERNS = {
    # Nearly every cell is written in the usual way, which is found three times quicker than any attributes.
    "cell": rb'<%(p)bc r="([A-Z]{1,3}+)([1-9][0-9]{0,6}+)"(?: s="[0-9]{1,9}+")?'
    rb'(?:(?: t="(n|s|str|b|e|d)")?(?:>(?:<%(p)bf(?:>([^<]++)</%(p)bf>| t="shared" si="([0-9]{1,9}+)"/>))?'
    # No value is an empty one, too, but for texts.
    rb"(?:<%(p)bv>([^<]++)</%(p)bv>|(?(3)(?!)|<%(p)bv(?: ?/|></%(p)bv)>))?</%(p)bc>|/>)"
    rb'| t="inlineStr"><%(p)bis><%(p)bt(?: xml:space="preserve")?>([^<]++)</%(p)bt></%(p)bis></%(p)bc>)'
    # Any other cell goes as far as to its end, or to where the next one or a row begins or ends before.
    rb"|<%(p)bc(?=[\s/>])([^<>]*+)(?:>(?:(?<=/>)|(.*?(?:</%(p)bc\s*>|(?=</?%(p)b(?:c|row)[\s/>])|\Z))))?",
    "cell_end": rb"</%(p)bc\s*>\Z",
    "row": rb"<%(p)brow\b([^<>]*?)(/?)>",
    "item": rb"<%(p)brow\b([^<>]*)>|<%(p)bc\b([^<>]*?)(?:/>|>(.*?)</%(p)bc\s*>)",
    "formula": rb"<%(p)bf\b([^<>]*?)(?:/>|>(.*?)</%(p)bf\s*>)",
    "value": rb"<%(p)bv\b[^<>]*?(?:/>|>(.*?)</%(p)bv\s*>)",
    "inline": rb"<%(p)bis\b[^<>]*?(?:/>|>(.*?)</%(p)bis\s*>)",
    "text": rb"<%(p)bt\b[^<>]*?(?:/>|>(.*?)</%(p)bt\s*>)",
    "phonetic": rb"<%(p)brPh\b.*?</%(p)brPh\s*>",
    "merged": rb"<%(p)bmergeCell\b([^<>]*?)/?>",
    "cells": rb"<%(p)bsheetData\b[^<>]*?(/?)>",
    "cells_end": rb"</%(p)bsheetData\s*>",
    "row_end": rb"</%(p)brow\s*>",
}


class Patterns:
    """What finds the elements of a worksheet part, for the prefix that its names have.

    Cells never nest, and none of their attributes holds a bracket: a pattern finds them ten times quicker than a
    parser, and with their place in the bytes.
    """

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix

    def __getattr__(self, name: str) -> re.Pattern[bytes]:
        """Compile a pattern when it is first asked for."""
        if name not in _PATTERNS:
            raise AttributeError(name)
        found = re.compile(_PATTERNS[name] % {b"p": self.prefix}, re.DOTALL)
        setattr(self, name, found)
        return found


class SheetXml:
    """The bytes of one worksheet part, and where its cells stand in them.

    Parameters
    ----------
    part
        The XML, in UTF-8.
    label
        What messages call it.

    Raises
    ------
    WorkbookError
        If it is no worksheet, or a damaged one.
    """

    def __init__(self, part: bytes, label: str) -> None:
        if check_xml(part, label):
            part = without_comments(part)
        self.part = part
        self.label = label
        root = re.search(rb"<([\w.-]+:)?(worksheet|chartsheet|dialogsheet|macrosheet)\b", part)
        if root is None:
            raise WorkbookError(f"{label} is damaged: it is not a worksheet")
        self.is_run = root[2] == b"macrosheet"
        """Whether its formulas are commands of Excel 4, which are run and not calculated."""
        # A macro sheet has a name of another kind than what it holds.
        named = re.search(rb"<([\w.-]+:)?sheetData\b", part) if self.is_run else root
        self.patterns = Patterns((named and named[1]) or b"")
        if has_other_prefix(part, self.patterns.prefix):
            raise WorkbookError(f"{label} gives one kind of element several prefixes; save it anew with Excel")
        self.opening = self.patterns.cells.search(part)
        """The tag `<sheetData>`; a chart sheet has none."""
        # A plain search is twice as quick as the pattern, which looks closely from there.
        ending = self.patterns.cells_end.search(part, max(part.find(b"</%bsheetData" % self.patterns.prefix), 0))
        end = ending.start() if ending else -1
        if self.opening is None or self.opening[1]:
            self.data = (0, 0)
            """Where the rows begin and end."""
        elif end < self.opening.end():
            raise WorkbookError(f"{label} is damaged: its cells do not end")
        else:
            self.data = (self.opening.end(), end)

    def whole(self, text: str) -> int:
        """Return a number of the part, such as that of a row.

        Raises
        ------
        WorkbookError
            If it is none.
        """
        plain = text.strip()
        if not (plain.isascii() and plain.isdigit() and len(plain) < 10):  # noqa: PLR2004  rows have 7 digits
            raise WorkbookError(f"{self.label} is damaged: {text!r} is not a number")
        return int(plain)
