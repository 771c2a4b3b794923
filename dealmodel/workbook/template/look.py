"""How the sheets look: colours, fonts, number formats, and what a colour means."""

from __future__ import annotations

import functools

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from dealmodel.workbook.template.layout import Unit

# Arial is on every machine, and Liberation Sans takes its place without moving a line.
FAMILY = "Arial"
NAVY, SLATE, RULE, BAND = "FF1F3555", "FF5B6B82", "FFC9D1DC", "FFE6EBF2"
INPUT_BLUE, LINK_GREEN = "FF0000FF", "FF00703C"
YELLOW, LIVE_BLUE, AMBER = "FFFFFBE0", "FFE8F1FB", "FFFCE4C8"
GOOD, GOOD_INK, BAD, BAD_INK = "FFDDF1E2", "FF14532D", "FFF9D7D7", "FF9B1C1C"
WHITE = "FFFFFFFF"

TAB_COLOURS = {
    "About": "1F3555",
    "Inputs": "E0B400",
    "Valuation": "2F6DB5",
    "Stake": "2F6DB5",
    "Offset": "2F6DB5",
    "Funding": "2F6DB5",
    "Checks": "2E8B57",
    "Simulation": "7A5AA6",
    "Sensitivity": "7A5AA6",
}

_MONEY = "#,##0.0_);(#,##0.0)"
FORMATS = {
    Unit.MONEY: _MONEY,
    Unit.PRICE: "#,##0.00_);(#,##0.00)",
    Unit.RATE: "0.0000_)",
    Unit.SHARE: "0.00%_);(0.00%)",
    Unit.YEARLY: "0.00%_);(0.00%)",
    Unit.DIFFERENCE: "0.000000_)",
    Unit.TIMES: '0.00"x"_)',
    Unit.COUNT: "0_)",
    Unit.YEAR: "0_)",
    Unit.YEARS: "0.0_)",
    Unit.TEXT: "@",
    # Excel shows TRUE and FALSE whatever the format; LibreOffice takes this very one for its own format of truths.
    Unit.FLAG: '"TRUE";"TRUE";"FALSE"',
    Unit.YES_NO: '"yes";"yes";"no"',
}
ROUNDINGS = FORMATS | {
    Unit.MONEY: "#,##0.0##_)",
    Unit.PRICE: "#,##0.00_)",
    Unit.SHARE: "0.00##%_)",
}
"""How the half of a last digit is shown, with the digits it has."""


@functools.cache
def font(size: float = 10, colour: str = "FF000000", *, bold: bool = False, italic: bool = False) -> Font:
    """Return a font of the book's family."""
    return Font(name=FAMILY, size=size, color=colour, bold=bold, italic=italic)


@functools.cache
def fill(colour: str) -> PatternFill:
    """Return a solid fill."""
    return PatternFill("solid", start_color=colour, end_color=colour)


HAIR = Side(style="hair", color=RULE)
THIN = Side(style="thin", color=RULE)
UNDERLINED = Border(bottom=HAIR)
RULED = Border(top=THIN, bottom=THIN)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
NEXT_TO = Alignment(horizontal="left", vertical="center")
INDENTED = Alignment(horizontal="left", vertical="center", indent=1, wrap_text=True)
RIGHT = Alignment(horizontal="right", vertical="center")
CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)


def lines(text: str, width: float, size: float = 9) -> int:
    """Return on how many lines a text stands in a column, with words kept whole.

    A column's width counts digits of the default font, whose letters prose fills in Arial by nine tenths. Machines
    without Arial or Liberation Sans take a font that is wider by a seventh: what stands here is room for that one.
    """
    room = max(1, int(width * 10 / size) - 1)
    count, used = 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > room:
            count, used = count + 1, len(word)
        else:
            used += len(word) + bool(used)
    return count
