from __future__ import annotations

import io
import random
import struct
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.workbook.stored.package import BOMB_SIZE, MAX_UNPACKED, Package
from tests.support.mutations import flipped, garbled, refuse_or_use, use
from tests.support.workbooks import deal_book, packed_members, parts_of, raw_book, saved, zipped

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"
CELLS = (
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="s"><v>0</v></c><c r="C1"><f>SUM(A1:A3)*2</f><v>2</v></c></row>'
    '<row r="2"><c r="A2" t="b"><v>1</v></c><c r="B2" t="inlineStr"><is><t>hi</t></is></c>'
    '<c r="C2"><f t="array" ref="C2:C3">A1:A2*2</f><v>2</v></c>'
    '<c r="D2"><f t="shared" si="0" ref="D2:D3">A2+1</f><v>2</v></c></row>'
    '<row r="3"><c r="C3"><v>2</v></c><c r="D3"><f t="shared" si="0"/><v>1</v></c></row>'
)
NAMES = (
    '<definedNames><definedName name="price">S!$A$1</definedName>'
    '<definedName name="column">S!$A$1:$A$3</definedName></definedNames>'
)


def odd_book() -> bytes:
    return raw_book(CELLS, strings="<si><t>a</t></si>", names=NAMES, calculation='<calcPr iterate="0"/>', stored=True)


# -- what comes back ---------------------------------------------------------------------------------------------------


def test_untouched_package_comes_back_byte_for_byte() -> None:
    data = odd_book()
    assert Package(data, "book.xlsx").to_bytes() == data


def test_replacing_a_part_by_itself_changes_nothing() -> None:
    package = Package(odd_book(), "book.xlsx")
    package.replace(SHEET, package.read(SHEET))
    assert package.to_bytes() == package.data


def test_other_members_keep_their_packed_bytes_order_and_times() -> None:
    data = saved(deal_book())
    package = Package(data, "book.xlsx")
    package.replace(SHEET, b"<worksheet/>")
    new = package.to_bytes()
    assert [info.date_time for info in zipfile.ZipFile(io.BytesIO(new)).infolist()] == [
        info.date_time for info in zipfile.ZipFile(io.BytesIO(data)).infolist()
    ]
    before, after = dict(packed_members(data)), dict(packed_members(new))
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {SHEET}
    assert parts_of(new)[SHEET] == b"<worksheet/>"


def test_stored_member_stays_stored() -> None:
    package = Package(odd_book(), "book.xlsx")
    package.replace(SHEET, b"<worksheet/>")
    info = zipfile.ZipFile(io.BytesIO(package.to_bytes())).getinfo(SHEET)
    assert info.compress_type == zipfile.ZIP_STORED


def streamed(parts: dict[str, bytes]) -> bytes:
    """Return a ZIP file written to a stream: sizes follow each member, in a data descriptor."""

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += data
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return bytes(stream.data)


def test_members_with_data_descriptors_are_copied_and_replaced() -> None:
    data = streamed(parts_of(odd_book()))
    package = Package(data, "book.xlsx")
    package.replace(SHEET, b"<worksheet/>")
    new = parts_of(package.to_bytes())
    assert new == {**parts_of(data), SHEET: b"<worksheet/>"}


def test_bytes_before_the_first_member_and_the_comment_stay() -> None:
    out = io.BytesIO(odd_book())
    with zipfile.ZipFile(out, "a") as file:
        file.comment = b"a comment"
    data = b"#!/bin/sh\n" + out.getvalue()
    package = Package(data, "book.xlsx")
    package.replace(SHEET, b"<worksheet/>")
    new = package.to_bytes()
    assert new.startswith(b"#!/bin/sh\nPK")
    assert new.endswith(b"a comment")
    assert parts_of(new)[SHEET] == b"<worksheet/>"


def test_directory_in_another_order_than_the_members_keeps_both_orders() -> None:
    data = odd_book()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        start = file.start_dir
        count = len(file.infolist())
    records, position = [], start
    for _ in range(count):
        name, extra, comment = struct.unpack_from("<3H", data, position + 28)
        end = position + 46 + name + extra + comment
        records.append(data[position:end])
        position = end
    swapped = data[:start] + b"".join(reversed(records)) + data[position:]
    package = Package(swapped, "book.xlsx")
    package.replace(SHEET, b"<worksheet/>")
    new = package.to_bytes()
    assert zipfile.ZipFile(io.BytesIO(new)).namelist() == zipfile.ZipFile(io.BytesIO(swapped)).namelist()
    assert [name for name, _ in packed_members(new)] == [name for name, _ in packed_members(swapped)]


def with_zip64_sizes(data: bytes) -> bytes:
    """Return a file of one member with its sizes and place in 64 bits, as some programs write every member."""
    place, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    packed, size = struct.unpack_from("<2L", data, place + 20)
    (name,) = struct.unpack_from("<H", data, place + 28)
    extra = struct.pack("<2H3Q", 1, 24, size, packed, 0) + struct.pack("<2H4s", 0xCAFE, 4, b"java")
    wide = bytearray(data)
    struct.pack_into("<2L", wide, place + 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", wide, place + 30, len(extra))
    struct.pack_into("<L", wide, place + 42, 0xFFFFFFFF)
    wide[place + 46 + name : place + 46 + name] = extra
    struct.pack_into("<L", wide, end + len(extra) + 12, end - place + len(extra))
    return bytes(wide)


def test_members_with_zip64_sizes_are_replaced_and_copied() -> None:
    data = with_zip64_sizes(zipped({"a": b"old" * 100}))
    package = Package(data, "book.xlsx")
    package.replace("a", b"new")
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as new:
        assert new.read("a") == b"new"
        assert new.getinfo("a").extra == struct.pack("<2H4s", 0xCAFE, 4, b"java"), "only the sizes go"
    package = Package(data, "book.xlsx")
    package.add("b", b"more")
    assert parts_of(package.to_bytes()) == {"a": b"old" * 100, "b": b"more"}


def test_file_that_zipfile_writes_for_sizes_beyond_32_bits_comes_back() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts_of(odd_book()).items():
            with file.open(name, "w", force_zip64=True) as member:
                member.write(part)
    package = Package(out.getvalue(), "book.xlsx")
    package.replace(SHEET, b"<worksheet/>")
    assert parts_of(package.to_bytes()) == {**parts_of(odd_book()), SHEET: b"<worksheet/>"}


def test_replaced_member_keeps_its_flags_times_attributes_comment_and_extra_fields() -> None:
    out = io.BytesIO()
    field = struct.pack("<2H4s", 0xCAFE, 4, b"java")
    with zipfile.ZipFile(out, "w") as file:
        info = zipfile.ZipInfo("xl/é.xml", (2001, 2, 3, 4, 5, 6))
        info.extra, info.comment, info.external_attr, info.create_system = field, b"why", 0o644 << 16, 3
        info.compress_type = zipfile.ZIP_DEFLATED
        file.writestr(info, b"old")
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
        before = file.getinfo("xl/é.xml")
    package = Package(out.getvalue(), "book.xlsx")
    package.replace("xl/é.xml", b"new")
    new = package.to_bytes()
    with zipfile.ZipFile(io.BytesIO(new)) as file:
        after = file.getinfo("xl/é.xml")
        assert file.read(after) == b"new"
    for known in ("date_time", "extra", "comment", "external_attr", "create_system", "flag_bits", "compress_type"):
        assert getattr(after, known) == getattr(before, known), known
    assert new.count(field) == 2, "before the member and in the directory"


def test_part_names_are_found_in_any_case_and_with_percent_signs() -> None:
    package = Package(zipped({"xl/Work Sheet.xml": b""}), "book.xlsx")
    assert package.find("XL/work%20sheet.xml") == "xl/Work Sheet.xml"
    assert package.find("xl/none.xml") == "xl/none.xml"


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"name,value\nprice,3\n", "is not an Excel workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "is an old .xls file; save it as .xlsx"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "is encrypted; save it without"),
        (b"PK\x03\x04 and no more", "is truncated or damaged"),
    ],
)
def test_what_is_no_package_is_refused_with_the_way_out(data: bytes, words: str) -> None:
    with pytest.raises(WorkbookError, match=words):
        Package(data, "book.xlsx")


def test_encrypted_member_is_refused() -> None:
    data = bytearray(odd_book())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    with pytest.raises(WorkbookError, match="is encrypted"):
        Package(bytes(data), "book.xlsx")


def test_part_that_stands_twice_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("xl/workbook.xml", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            package.writestr("xl/workbook.xml", b"2")
    with pytest.raises(WorkbookError, match="holds a part twice"):
        Package(out.getvalue(), "book.xlsx")


def test_other_packing_than_deflate_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as package:
        package.writestr("xl/workbook.xml", b"1" * 100)
    with pytest.raises(WorkbookError, match="packed in a way"):
        Package(out.getvalue(), "book.xlsx")


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    part = b" " * (BOMB_SIZE + 1)
    begin = time.perf_counter()
    with pytest.raises(WorkbookError, match="times its size or more; it is refused"):
        Package(zipped({"xl/worksheets/sheet1.xml": part}), "bomb.xlsx")
    assert time.perf_counter() - begin < 5


def test_package_that_claims_to_be_vast_is_refused() -> None:
    data = bytearray(zipped({"a": b"a", "b": b"b"}))
    for place in (data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")):
        struct.pack_into("<2L", data, place + 20, MAX_UNPACKED // 100, MAX_UNPACKED - 10)
    with pytest.raises(WorkbookError, match="would unpack to more than 1024 MB"):
        Package(bytes(data), "bomb.xlsx")


def test_part_whose_size_is_a_lie_is_refused() -> None:
    data = bytearray(zipped({"a": b"a" * 1000}))
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 10)
    with pytest.raises(WorkbookError, match="a cannot be unpacked"):
        Package(bytes(data), "book.xlsx").read("a")


def test_overlapping_members_are_refused_when_the_file_is_written() -> None:
    data = bytearray(zipped({"a": b"a", "b": b"b"}))
    struct.pack_into("<L", data, data.rindex(b"PK\x01\x02") + 42, 0)
    package = Package(bytes(data), "book.xlsx")
    package.replace("a", b"new")
    with pytest.raises(WorkbookError, match="its parts overlap"):
        package.to_bytes()


def test_missing_part_and_missing_part_to_replace_are_named() -> None:
    package = Package(odd_book(), "book.xlsx")
    with pytest.raises(WorkbookError, match=r"has no part xl/none\.xml; it is damaged"):
        package.read("xl/none.xml")
    with pytest.raises(WorkbookError, match=r"has no part xl/none\.xml to replace"):
        package.replace("xl/none.xml", b"")


@pytest.mark.slow
def test_more_parts_than_a_directory_counts_are_refused() -> None:
    data = zipped({str(i): b"" for i in range(0x10000)})
    with pytest.raises(WorkbookError, match="holds more than 65535 parts; it is refused"):
        Package(data, "book.xlsx")


def test_file_of_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with path.open("wb") as file:
        file.truncate(2**32)
    with pytest.raises(WorkbookError, match="is larger than 512 MB; it is refused"):
        Package.open(path)


def test_paths_that_are_no_files_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="is a folder; a workbook was expected"):
        Package.open(tmp_path)
    with pytest.raises(WorkbookError, match="there is no file"):
        Package.open(tmp_path / "none.xlsx")
    with pytest.raises(WorkbookError, match="is not a file; a workbook was expected"):
        Package.open("/dev/zero")
    with pytest.raises(WorkbookError, match="is not the name of a file"):
        Package.open("a\0b.xlsx")


# -- damage ------------------------------------------------------------------------------------------------------------


def test_file_truncated_anywhere_is_refused() -> None:
    data = saved(deal_book())
    for length in [*range(0, len(data), 97), *range(len(data) - 30, len(data))]:
        with pytest.raises(WorkbookError):
            use(data[:length])


@pytest.mark.parametrize("seed", range(6))
def test_flipped_bits_give_a_refusal_or_a_result(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  not for secrets
    base = chance.choice([saved(deal_book()), odd_book()])
    for _ in range(50):
        refuse_or_use(flipped(base, chance))


@pytest.mark.parametrize("seed", range(6))
def test_garbled_parts_give_a_refusal_or_a_result(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  not for secrets
    base = parts_of(chance.choice([saved(deal_book()), odd_book()]))
    for _ in range(50):
        refuse_or_use(garbled(base, chance))
