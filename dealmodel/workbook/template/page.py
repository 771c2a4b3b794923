"""What concerns the window and the printer, the same on every sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties

from dealmodel.workbook.template import look

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_A3 = 8


def finish_page(worksheet: Worksheet, title: str, pages: int = 1) -> None:
    """Set what concerns the window and the printer.

    Parameters
    ----------
    worksheet
        The sheet.
    title
        What its footer calls the book.
    pages
        Pages that it takes when printed.
    """
    worksheet.sheet_view.showGridLines = False
    worksheet.sheet_view.zoomScale = 85
    worksheet.sheet_properties.tabColor = look.TAB_COLOURS.get(worksheet.title, look.TAB_COLOURS["Simulation"])
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.paperSize = _A3
    worksheet.page_setup.fitToWidth, worksheet.page_setup.fitToHeight = 1, pages
    worksheet.print_options.horizontalCentered = True
    margins = worksheet.page_margins
    margins.left = margins.right = 0.4
    margins.top = margins.bottom = 0.6
    worksheet.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(title), center=_HeaderFooterPart("&A"), right=_HeaderFooterPart("&P of &N")
    )
