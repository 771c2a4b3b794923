"""Workbooks with links to others, as Excel numbers and stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.stored.parts import add_part, add_relation
from tests.support.workbooks import MAIN, OFFICE

if TYPE_CHECKING:
    from collections.abc import Mapping

_PART = "xl/workbook.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"


def with_links(data: bytes, links: Mapping[str, str]) -> bytes:
    """Return a workbook with links to others.

    Parameters
    ----------
    data
        The workbook.
    links
        What the part of each link holds, by where it leads, in the order of their numbers.
    """
    package = Package(data, "book.xlsx")
    items = ""
    for number, (target, content) in enumerate(links.items(), start=1):
        part = f"xl/externalLinks/externalLink{number}.xml"
        add_part(package, part, f'<externalLink xmlns="{MAIN}">{content}</externalLink>'.encode(), _TYPE)
        add_relation(package, part, f"{OFFICE}/externalLinkPath", target, external=True)
        identity = add_relation(package, _PART, f"{OFFICE}/externalLink", f"externalLinks/externalLink{number}.xml")
        items += f'<externalReference xmlns:r="{OFFICE}" r:id="{identity}"/>'
    listed = f"</sheets><externalReferences>{items}</externalReferences>".encode()
    package.replace(_PART, package.read(_PART).replace(b"</sheets>", listed))
    return package.to_bytes()


def stored(sheets: Mapping[str, str | None], names: str = "") -> str:
    """Return what a link stores of another workbook.

    Parameters
    ----------
    sheets
        The cells of its sheets, such as `A1=5 B2=str:x`; None where Excel could not read them.
    names
        Its defined names, as XML.
    """
    tabs = "".join(f'<sheetName val="{name}"/>' for name in sheets)
    data = ""
    for number, cells in enumerate(sheets.values()):
        if cells is None:
            data += f'<sheetData sheetId="{number}" refreshError="1"/>'
            continue
        items = "".join(_cell(*cell.split("=", 1)) for cell in cells.split())
        data += f'<sheetData sheetId="{number}"><row r="1">{items}</row></sheetData>'
    named = f"<definedNames>{names}</definedNames>" if names else ""
    return f"<externalBook><sheetNames>{tabs}</sheetNames>{named}<sheetDataSet>{data}</sheetDataSet></externalBook>"


def _cell(address: str, value: str) -> str:
    kind, mark, text = value.partition(":")
    return (
        f'<cell r="{address}" t="{kind}"><v>{text}</v></cell>' if mark else f'<cell r="{address}"><v>{value}</v></cell>'
    )
