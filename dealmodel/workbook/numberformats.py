"""The number formats of cells, and values as their cells show them.

References
----------
.. [1] ECMA-376, part 1, 18.8.30: the formats that a file refers to by number without writing them down.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.book import Book

GENERAL = "General"
_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
    41: "#,##0;(#,##0);-",
    42: "$#,##0;$(#,##0);-",
    43: "#,##0.00;(#,##0.00);-",
    44: "$#,##0.00;$(#,##0.00);-",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
"""Formats by number; the system's short date, 14 and 22, in the one spelling that is read alike everywhere."""
_STYLE = re.compile(rb"""\ss=["'](\d{1,9})["']""")


class NumberFormats:
    """The number formats of a workbook's cells.

    Parameters
    ----------
    book
        The stored workbook.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        path = next((p for kind, p in book.relations.values() if kind == "styles"), None)
        self._codes = tuple(_codes(book.parsed(path))) if path is not None else ()

    def of(self, at: CellAt) -> str:
        """Return the format of a cell, `General` where it has none."""
        sheet = self._book.sheet(at.sheet)
        if at[1:] not in sheet.cells:
            return GENERAL
        start, _ = sheet.cells.span(at[1:])
        style = _STYLE.search(sheet.part, start, sheet.part.find(b">", start))
        number = int(style[1]) if style else 0
        return self._codes[number] if number < len(self._codes) else GENERAL


def _codes(styles: ET.Element) -> Iterator[str]:
    """Yield the format of every cell style, in the order in which cells refer to them."""
    space = styles.tag[: styles.tag.index("}") + 1] if styles.tag.startswith("{") else ""
    written = {
        e.get("numFmtId", ""): e.get("formatCode", GENERAL) for e in styles.iterfind(f"{space}numFmts/{space}numFmt")
    }
    for style in styles.iterfind(f"{space}cellXfs/{space}xf"):
        number = style.get("numFmtId", "0")
        yield written.get(number) or _BUILT_IN.get(int(number) if number.isdigit() else 0, GENERAL)
