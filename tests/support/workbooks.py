"""Small workbooks for tests: built by openpyxl, or from raw XML where openpyxl cannot write what is wanted."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from dealmodel.workbook.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXCEL_FOLDER = Path(__file__).parents[3] / "shared" / "workbooks_excel"
EXCEL_FILES = sorted(EXCEL_FOLDER.glob("*.xls[xm]"))
_LARGE = 150_000
each_excel_file = pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=p.stem, marks=[pytest.mark.slow] if p.stat().st_size > _LARGE else []) for p in EXCEL_FILES],
)
"""Every workbook that Excel saved; the large ones with the slow tests."""
needs_excel_files = pytest.mark.skipif(not EXCEL_FILES, reason="the workbooks that Excel saved are not beside the tree")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def saved(book: openpyxl.Workbook) -> bytes:
    """Return the file of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def name_cells(book: openpyxl.Workbook, names: Mapping[str, str]) -> None:
    """Give names to what formulas call them."""
    for name, text in names.items():
        book.defined_names[name] = DefinedName(name, attr_text=text)


def deal_book() -> openpyxl.Workbook:
    """Return a small deal: three inputs in two scenarios, a selector each, and four outputs with names."""
    book = openpyxl.Workbook()
    inputs = book.active
    assert inputs is not None
    inputs.title = "Inputs"
    results = book.create_sheet("Results")
    rows: list[list[object]] = [
        ["scenario", "As reported", None, None, None],
        ["number", "=MATCH(B1,D4:E4,0)", None, None, None],
        [],
        ["item", "live", "unit", "As reported", "As filed", "source"],
        ["price", "=INDEX(D5:E5,scenario_number)", "USD m", 294, 193.3, "filing"],
        ["fine", "=INDEX(D6:E6,scenario_number)", "USD m", 892, 892.4, "order"],
        ["stake", "=INDEX(D7:E7,scenario_number)", "fraction", 1, 0.51, "filing"],
    ]
    for row in rows:
        inputs.append(row)
    results.append(["item", "value", "unit"])
    results.append(["shortfall", "=DM_SHORTFALL(price,fine)", "USD m"])
    results.append(["offset", "=DM_OFFSET_RATIO(price,fine)", "fraction"])
    results.append(["value of all", "=DM_IMPLIED_VALUATION(price,stake)", "USD m"])
    results.append(["double", "=2*B2", "USD m"])
    name_cells(
        book,
        {
            "scenario": "Inputs!$B$1",
            "scenario_number": "Inputs!$B$2",
            "scenario_names": "Inputs!$D$4:$E$4",
            "price": "Inputs!$B$5",
            "fine": "Inputs!$B$6",
            "stake": "Inputs!$B$7",
            "shortfall": "Results!$B$2",
            "offset": "Results!$B$3",
            "value_of_all": "Results!$B$4",
            "doubled": "Results!$B$5",
        },
    )
    return book


def one_sheet(cells: Mapping[str, Any], names: Mapping[str, str] | None = None) -> openpyxl.Workbook:
    """Return a workbook with one sheet `S`."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    for address, value in cells.items():
        sheet[address] = value
    name_cells(book, names or {})
    return book


def model_of(cells: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Model:
    """Return the model of a workbook with one sheet `S`."""
    return Model.from_bytes(saved(one_sheet(cells, names)), "book.xlsx")


def computed(formula: str, **cells: Any) -> object:  # noqa: ANN401  what openpyxl takes
    """Return what a formula gives in cell Z9 of a sheet `S` with some cells."""
    return model_of({"Z9": f"={formula}", **cells})["S!Z9"]


def raw_book(
    *sheets: str,
    names: str = "",
    properties: str = "",
    strings: str | None = None,
    calculation: str = "",
    parts: Mapping[str, bytes] | None = None,
    sheet_names: tuple[str, ...] = (),
    stored: bool = False,
) -> bytes:
    """Return a workbook from the XML of its worksheets.

    Parameters
    ----------
    sheets
        The worksheets; one that does not begin with `<` is the content of `<sheetData>`.
    names, properties, calculation
        Defined names, `<workbookPr>` and `<calcPr>`.
    strings
        The content of `<sst>`.
    parts
        More parts, or others in the place of these.
    sheet_names
        Names of the sheets; by default S, S2, ...
    stored
        Whether the parts are stored and not deflated.
    """
    known = sheet_names or tuple("S" if i == 0 else f"S{i + 1}" for i in range(len(sheets)))
    tabs = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(known, start=1))
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    if strings is not None:
        links += f'<Relationship Id="rIdS" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    all_parts: dict[str, bytes] = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{overrides}</Types>'
        ).encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{tabs}</sheets>'
            f"{names}{calculation}</workbook>"
        ).encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{links}</Relationships>'.encode(),
    }
    if strings is not None:
        all_parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'.encode()
    for i, sheet in enumerate(sheets, start=1):
        xml = sheet if sheet.startswith("<?") or "worksheet" in sheet else worksheet(sheet)
        all_parts[f"xl/worksheets/sheet{i}.xml"] = xml.encode()
    return zipped({**all_parts, **(parts or {})}, stored=stored)


def worksheet(cells: str, after: str = "") -> str:
    """Return a worksheet around its rows."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData>{after}</worksheet>'


def zipped(parts: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """Return a ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(zipfile.ZipInfo(name, (2018, 2, 9, 0, 0, 0)), part, compress_type=package.compression)
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """Return the parts of a file, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def sheet_xml(data: bytes, number: int = 1) -> str:
    """Return the XML of a worksheet of `raw_book`."""
    return parts_of(data)[f"xl/worksheets/sheet{number}.xml"].decode()


def packed_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Return the bytes of each member of a file as they are packed, local header and all, in the order they lie."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        infos = sorted(package.infolist(), key=lambda info: info.header_offset)
        ends = [*(info.header_offset for info in infos[1:]), package.start_dir]
        for info, end in zip(infos, ends, strict=True):
            yield info.filename, data[info.header_offset : end]


_CELL_VALUE = re.compile(rb"<((?:\w+:)?)v\b[^>]*?(?:/>|>.*?</\1v>)|<((?:\w+:)?)is\b.*?</\2is>", re.DOTALL)
_CELL_START = re.compile(rb"(<(?:\w+:)?c\b[^>]*?)(\s*/?)>")


_CACHE = re.compile(rb"<(?:c:)?(num|str)Cache>.*?</(?:c:)?\1Cache>", re.DOTALL)


def without_caches(part: bytes) -> bytes:
    """Return a chart without what it stores of its cells; any other part as it is."""
    return _CACHE.sub(b"", part)


def without_values(part: bytes) -> bytes:
    """Return a worksheet without the values and the types of its cells, which are all that may change."""
    bare = _CELL_VALUE.sub(b"", part)
    bare = _CELL_START.sub(lambda m: re.sub(rb'\s(?:t|vm)="[^"]*"', b"", m[1]) + b">", bare)
    return re.sub(rb"(<((?:\w+:)?)c\b[^>]*>)</\2c>", rb"\1", bare)
