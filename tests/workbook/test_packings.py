"""Packages that are put together as few programs do: they come back packed as they were, but for what was computed."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel.workbook.model import Model
from tests.support.workbooks import MAIN, OFFICE, parts_of, raw_book, worksheet

if TYPE_CHECKING:
    from collections.abc import Mapping

SHEET = "xl/worksheets/sheet1.xml"
PARTS = parts_of(raw_book('<row r="1"><c r="A1"><v>2</v></c><c r="B1"><f>A1*3</f><v>0</v></c></row>'))
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MICROSOFT = "http://schemas.microsoft.com/office"


class OneWay(io.RawIOBase):
    """A file that can be written only from its beginning to its end, as a pipe; sizes then come behind the parts."""

    def __init__(self) -> None:
        super().__init__()
        self.written = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  a buffer
        return self.written.write(data)


def packed(
    parts: Mapping[str, bytes],
    *,
    method: int = zipfile.ZIP_DEFLATED,
    comment: bytes = b"",
    extra: bytes = b"",
    large: bool = False,
    one_way: bool = False,
) -> bytes:
    """Return a ZIP file; `large` writes sizes of eight bytes."""
    pipe, file = OneWay(), io.BytesIO()
    with zipfile.ZipFile(pipe if one_way else file, "w", method) as package:
        for name, part in parts.items():
            info = zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6))
            info.compress_type, info.comment, info.extra, info.external_attr = method, comment, extra, 0o644 << 16
            with package.open(info, "w", force_zip64=large) as entry:
                entry.write(part)
        package.comment = comment
    return (pipe.written if one_way else file).getvalue()


def entries(data: bytes) -> dict[str, tuple[object, ...]]:
    """Return what a ZIP file says of each of its parts, with the packed bytes."""
    found: dict[str, tuple[object, ...]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        for info in package.infolist():
            name, extra = struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30])
            begin = info.header_offset + 30 + name + extra
            about = (info.date_time, info.compress_type, info.extra, info.comment, info.external_attr)
            found[info.filename] = (*about, data[begin : begin + info.compress_size])
    return found


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"method": zipfile.ZIP_STORED},
        {"comment": b"written by hand"},
        {"extra": struct.pack("<HHQ", 0x9999, 8, 7)},
        {"large": True},
        {"one_way": True},
        {"one_way": True, "large": True},
    ],
    ids=str,
)
def test_a_package_comes_back_packed_as_it_was(how: Mapping[str, Any]) -> None:
    data = packed(PARTS, **how)
    model = Model.from_bytes(data, "b.xlsx").recalculate()
    before, after = entries(data), entries(model.to_bytes())
    assert list(after) == list(before)
    assert {name for name in before if before[name] != after[name]} == {SHEET}
    assert after[SHEET][:-1] == before[SHEET][:-1]
    assert zipfile.ZipFile(io.BytesIO(model.to_bytes())).comment == how.get("comment", b"")
    assert Model.from_bytes(model.to_bytes(), "b.xlsx").book.values("S")[1, 2] == 6


def with_sheet(kind: str, relation: str, part: str, cells: str) -> bytes:
    """Return a workbook with a second sheet of another kind, and some cells on the first one."""
    target = f"{kind}s/sheet1.xml"
    changes = {
        "xl/workbook.xml": ("</sheets>", '<sheet name="M" sheetId="9" state="veryHidden" r:id="rIdM"/></sheets>'),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            f'<Relationship Id="rIdM" Type="{relation}" Target="{target}"/></Relationships>',
        ),
        "[Content_Types].xml": (
            "</Types>",
            f'<Override PartName="/xl/{target}" ContentType="{_TYPE}.{kind}+xml"/></Types>',
        ),
    }
    parts = {**PARTS, SHEET: worksheet(cells).encode(), f"xl/{target}": part.encode()}
    for name, (old, new) in changes.items():
        parts[name] = parts[name].replace(old.encode(), new.encode())
    return packed(parts)


@pytest.mark.parametrize("kind", ["chartsheet", "dialogsheet"])
def test_sheets_without_cells_count_and_stay(kind: str) -> None:
    cells = '<row r="1"><c r="A1"><f>SHEETS()</f><v>0</v></c></row>'
    data = with_sheet(kind, f"{OFFICE}/{kind}", f'<{kind} xmlns="{MAIN}"/>', cells)
    model = Model.from_bytes(data, "b.xlsx").recalculate()
    assert (model["S!A1"], model.kept) == (2, ())
    before, after = entries(data), entries(model.to_bytes())
    assert {name for name in before if before[name] != after[name]} == {SHEET}


def test_what_a_macro_sheet_stores_feeds_formulas_and_stays() -> None:
    cells = '<row r="1"><c r="A1"><f>M!A1*2</f><v>0</v></c><c r="B1"><f>M!B1*2</f><v>0</v></c></row>'
    macros = (
        f'<xm:macrosheet xmlns:xm="{_MICROSOFT}/excel/2006/main" xmlns="{MAIN}"><sheetData><row r="1">'
        '<c r="A1"><v>5</v></c><c r="B1"><f>GET.CELL(1,A1)</f><v>9</v></c></row></sheetData></xm:macrosheet>'
    )
    data = with_sheet("macrosheet", f"{_MICROSOFT}/2006/relationships/xlMacrosheet", macros, cells)
    model = Model.from_bytes(data, "b.xlsx").recalculate()
    assert (model["S!A1"], model["S!B1"], model.kept) == (10, 18, ())
    before, after = entries(data), entries(model.to_bytes())
    assert {name for name in before if before[name] != after[name]} == {SHEET}
