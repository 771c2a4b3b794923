from __future__ import annotations

import io
import zipfile

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.workbook.stored.package import Package

PARTS = {"a.xml": b"<a/>" * 100, "folder/b.bin": bytes(range(256)), "c.xml": b"<c/>"}


@pytest.fixture
def package() -> Package:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for i, (name, part) in enumerate(PARTS.items()):
            file.writestr(name, part, zipfile.ZIP_DEFLATED if i % 2 else zipfile.ZIP_STORED)
        file.comment = b"a comment"
    return Package(out.getvalue(), "book.xlsx")


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        assert file.comment == b"a comment"
        return {name: file.read(name) for name in file.namelist()}


def test_a_part_is_added_behind_the_others(package: Package) -> None:
    package.add("xl/new.bin", b"new" * 1000)
    assert "xl/new.bin" in package
    assert package.names == (*PARTS, "xl/new.bin")
    assert package.read("xl/new.bin") == b"new" * 1000
    assert parts_of(package.to_bytes()) == {**PARTS, "xl/new.bin": b"new" * 1000}


def test_a_part_is_removed_and_the_others_stay(package: Package) -> None:
    package.replace("folder/b.bin", b"changed first")
    package.remove("folder/b.bin")
    assert "folder/b.bin" not in package
    assert package.names == ("a.xml", "c.xml")
    with pytest.raises(WorkbookError, match=r"has no part folder/b\.bin; it was removed"):
        package.read("folder/b.bin")
    assert parts_of(package.to_bytes()) == {"a.xml": PARTS["a.xml"], "c.xml": PARTS["c.xml"]}


def test_adding_removing_and_replacing_go_together(package: Package) -> None:
    package.remove("a.xml")
    package.add("a.xml", b"another")
    package.replace("a.xml", b"a third")
    package.replace("c.xml", b"<d/>")
    package.add("e.xml", b"")
    package.add("f.xml", b"")
    package.remove("f.xml")
    expected = {"folder/b.bin": PARTS["folder/b.bin"], "c.xml": b"<d/>", "a.xml": b"a third", "e.xml": b""}
    assert list(parts_of(package.to_bytes()).items()) == list(expected.items())
    assert {name: package.read(name) for name in package.names} == expected


def test_a_package_that_was_added_to_can_be_read_and_changed_again(package: Package) -> None:
    package.add("new.xml", b"1")
    again = Package(package.to_bytes(), "book.xlsx")
    again.replace("new.xml", b"2")
    again.remove("c.xml")
    once_more = Package(again.to_bytes(), "book.xlsx")
    once_more.add("c.xml", PARTS["c.xml"])
    assert parts_of(once_more.to_bytes()) == {**PARTS, "new.xml": b"2"}


def test_what_comes_back_to_its_parts_is_the_same_file(package: Package) -> None:
    package.add("new.xml", b"1")
    package.remove("new.xml")
    assert package.to_bytes() is package.data


def test_a_part_that_is_there_is_not_added_and_one_that_is_not_is_not_removed(package: Package) -> None:
    with pytest.raises(WorkbookError, match=r"has a part a\.xml already"):
        package.add("a.xml", b"")
    with pytest.raises(WorkbookError, match=r"has no part z\.xml to remove"):
        package.remove("z.xml")
