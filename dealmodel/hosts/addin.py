"""The Excel add-in: a file with the VBA of every worksheet function, made without Excel.

The same versions of dealmodel and xlwings give the same bytes on every system: nothing in the file tells time,
place or machine, and its parts are stored as they are, since compressors differ.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import TYPE_CHECKING

from dealmodel.catalogue import CATALOGUE
from dealmodel.hosts.excel import vba_name
from dealmodel.hosts.vba import wrappers
from dealmodel.hosts.vba.project import Module, vba_project
from dealmodel.hosts.wizard import describe, describe_arguments
from dealmodel.workbook.address import a1
from dealmodel.workbook.stored.xmltext import escape, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dealmodel.catalogue import Entry

ADDIN_NAME = "dealmodel.xlam"
PROJECT_NAME = "DealModelProject"
"""VBA takes no module of the same name."""
WORKBOOK_CLASS = "00020819"
"""Class of a workbook's own module; a sheet's is `00020820`, a chart sheet's `00020821`."""
VBA_TYPE = "application/vnd.ms-office.vbaProject"
VBA_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"

_HELP_SHEET = "_IntelliSense_"
"""Where the Excel-DNA IntelliSense add-in looks for the help of a workbook's functions; it must be the last sheet."""
_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def build_addin() -> bytes:
    """Return the add-in file."""
    return package(addin_project())


def package(project: bytes) -> bytes:
    """Return an add-in file with a VBA project."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(
            {
                f"{_OFFICE}/officeDocument": "xl/workbook.xml",
                f"{_PACKAGE}/relationships/metadata/core-properties": "docProps/core.xml",
            }
        ),
        "docProps/core.xml": _properties(),
        "xl/workbook.xml": _workbook(),
        "xl/_rels/workbook.xml.rels": _relations(
            {
                f"{_OFFICE}/worksheet": "worksheets/sheet1.xml",
                f"{_OFFICE}/styles": "styles.xml",
                VBA_RELATION: "vbaProject.bin",
            }
        ),
        "xl/worksheets/sheet1.xml": "".join(_help_sheet()),
        "xl/styles.xml": _styles(),
        "xl/vbaProject.bin": project,
    }
    return _stored(parts)


def addin_project() -> bytes:
    """Return the add-in's VBA project."""
    return make_project(
        [
            wrappers.document_module(
                "ThisWorkbook", wrappers.workbook_source("AddinWorkbook.txt"), base=WORKBOOK_CLASS
            ),
            wrappers.document_module("Sheet1"),
            wrappers.addin_module(),
            *wrappers.modules(),
        ]
    )


def make_project(modules: list[Module]) -> bytes:
    """Return a VBA project of these modules, named and numbered as ours."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:dealmodel:{wrappers.VERSION}")
    return vba_project(PROJECT_NAME, f"{{{str(identity).upper()}}}", (1, 0), modules)


def _stored(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, part in parts.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 0
            package.writestr(member, part)
    return out.getvalue()


def _content_types() -> str:
    overrides = {
        "/xl/workbook.xml": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
        "/xl/worksheets/sheet1.xml": f"{_SHEETML}.worksheet+xml",
        "/xl/styles.xml": f"{_SHEETML}.styles+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/xl/vbaProject.bin": VBA_TYPE,
    }
    items = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    return (
        f'{_HEADER}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{items}</Types>'
    )


def _relations(targets: Mapping[str, str]) -> str:
    items = "".join(
        f'<Relationship Id="rId{i}" Type="{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'{_HEADER}<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def _properties() -> str:
    """Return what Excel's list of add-ins shows: title and description."""
    return (
        f'{_HEADER}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>dealmodel</dc:title>'
        f"<dc:description>{len(CATALOGUE)} worksheet functions for deal scenario models, "
        f"version {escape(wrappers.VERSION)}</dc:description></cp:coreProperties>"
    )


def _workbook() -> str:
    return (
        f'{_HEADER}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr codeName="ThisWorkbook"/>'
        '<bookViews><workbookView xWindow="0" yWindow="0" windowWidth="20000" windowHeight="10000"/></bookViews>'
        f'<sheets><sheet name="{_HELP_SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _styles() -> str:
    return (
        f'{_HEADER}<styleSheet xmlns="{_MAIN}">'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
        '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _help_sheet() -> Iterator[str]:
    """Yield the sheet that the Excel-DNA IntelliSense add-in reads: a row a function, two cells an argument."""
    yield f'{_HEADER}<worksheet xmlns="{_MAIN}"><sheetPr codeName="Sheet1"/><sheetData>'
    for number, row in enumerate([("FunctionInfo", "1"), *map(_help_row, CATALOGUE.values())], start=1):
        cells = (
            f'<c r={quote_attribute(a1(number, column))} t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            for column, text in enumerate(row, start=1)
            if text
        )
        yield f'<row r="{number}">{"".join(cells)}</row>'
    yield "</sheetData></worksheet>"


def _help_row(entry: Entry) -> tuple[str, ...]:
    """Return name, description, help topic (none), then name and description of each argument."""
    texts = zip(entry.arguments, describe_arguments(entry), strict=True)
    return (entry.name, describe(entry), "", *(cell for a, text in texts for cell in (vba_name(a.name), text)))
