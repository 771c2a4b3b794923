"""A workbook for xlwings Lite: formulas in that host's spelling, and the functions where Lite keeps its files.

Lite is an add-in of Office. It keeps `main.py` and `requirements.txt` in the workbook as settings of an add-in,
[MS-OWEXML]: a web extension part with a property a file, the text as JSON.
"""

from __future__ import annotations

import json
import posixpath
import re
import uuid
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.hosts.lite import main_file
from dealmodel.workbook.book import Book
from dealmodel.workbook.retarget import retarget
from dealmodel.workbook.stored.parts import add_part, add_relation
from dealmodel.workbook.stored.xmltext import attributes, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.workbook.stored.package import Package

STORE_ID = "wa200008175"
"""Under which Microsoft's store has xlwings Lite."""
_OURS = main_file.FIRST_LINE.split(main_file.VERSION)[0]
_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EXTENSION = "http://schemas.microsoft.com/office/webextensions/webextension/2010/11"
_PANES = "http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11"
_RELATIONS = "http://schemas.microsoft.com/office/2011/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.ms-office.webextension"
_PROPERTY = re.compile(rb"<(?:[\w.-]+:)?property\b([^>]*?)(?:/>|>\s*</(?:[\w.-]+:)?property\s*>)")
_PROPERTIES = re.compile(rb"<((?:[\w.-]+:)?)properties\s*(?:/>|>(.*?)</\1properties\s*>)", re.DOTALL)


def files() -> dict[str, str]:
    """Return the files that Lite takes, by name."""
    return {"main.py": main_file.main(), "requirements.txt": main_file.requirements()}


def write_lite(package: Package) -> bytes:
    """Return a workbook for xlwings Lite.

    Parameters
    ----------
    package
        An .xlsx, its formulas in any host's spelling.

    Raises
    ------
    WorkbookError
        If xlwings Lite holds a program of someone else's in it.
    """
    book = Book(package)
    retarget(package, "lite")
    panes = next((part for kind, part in book.relations_of("").values() if kind == "webextensiontaskpanes"), None)
    extension = None if panes is None else _find_lite(package, book, panes)
    if extension is None:
        _add_lite(package, book, panes)
    else:
        package.replace(extension, _with_files(package, package.read(extension)))
    return package.to_bytes()


def _find_lite(package: Package, book: Book, panes: str) -> str | None:
    """Return the part of xlwings Lite, where the workbook has been used with it."""
    for kind, part in book.relations_of(panes).values():
        if kind == "webextension" and part in package:
            references = re.findall(rb"<(?:[\w.-]+:)?reference\b([^>]*)>", package.read(part))
            if any(attributes(r).get("id", "").lower() == STORE_ID for r in references):
                return part
    return None


def _with_files(package: Package, part: bytes) -> bytes:
    """Return the part of xlwings Lite with our files in place of older ones, every other setting as it was."""
    found = _PROPERTIES.search(part)
    if found is None:
        raise WorkbookError(f"{package.label} is damaged: its settings of xlwings Lite cannot be read")
    ours = files()
    kept = []
    for match in _PROPERTY.finditer(found[2] or b""):
        facts = attributes(match[1])
        if facts.get("name") not in ours:
            kept.append(match[0])
        elif facts.get("name") == "main.py" and not _is_replaceable(facts.get("value", "")):
            raise WorkbookError(
                f"{package.label} holds a program for xlwings Lite already; "
                "take one without, or put the two together by hand (`dealmodel excel lite --files FOLDER`)"
            )
    prefix = found[1].decode()
    written = "".join(_property(prefix, name, text) for name, text in ours.items()).encode()
    inside = b"".join([*kept, written])
    p = found[1]
    return part[: found.start()] + b"<%bproperties>%b</%bproperties>" % (p, inside, p) + part[found.end() :]


def _is_replaceable(value: str) -> bool:
    """Whether `main.py` is one that was made here, or none."""
    try:
        text = json.loads(value)
    except ValueError:
        return False
    return isinstance(text, str) and (not text.strip() or text.startswith(_OURS))


def _property(prefix: str, name: str, text: str) -> str:
    value = json.dumps(text, ensure_ascii=False)
    return f"<{prefix}property name={quote_attribute(name)} value={quote_attribute(value)}/>"


def _add_lite(package: Package, book: Book, panes: str | None) -> None:
    """Put the part of xlwings Lite in, and a pane that opens with the workbook."""
    if panes is None:
        panes = posixpath.join(posixpath.dirname(book.main_part), "webextensions/taskpanes.xml")
        add_part(package, panes, _panes(), f"{_TYPE}taskpanes+xml")
        add_relation(package, "", f"{_RELATIONS}/webextensiontaskpanes", panes)
    folder = posixpath.dirname(panes)
    name = next(
        n for i in range(1, len(package.names) + 2) if (n := f"webextension{i}.xml") not in _names(package, folder)
    )
    add_part(package, posixpath.join(folder, name), _extension(files()), f"{_TYPE}+xml")
    identity = add_relation(package, panes, f"{_RELATIONS}/webextension", name)
    package.replace(panes, _with_pane(package, package.read(panes), identity))


def _names(package: Package, folder: str) -> set[str]:
    return {posixpath.basename(name) for name in package.names if posixpath.dirname(name) == folder}


def _panes() -> bytes:
    return f'{_HEADER}<wetp:taskpanes xmlns:wetp="{_PANES}"></wetp:taskpanes>'.encode()


def _with_pane(package: Package, part: bytes, identity: str) -> bytes:
    """Return the panes of a workbook with one more, shown at the right."""
    end = re.search(rb"</((?:[\w.-]+:)?)taskpanes\s*>\s*$", part)
    if end is None:
        raise WorkbookError(f"{package.label} is damaged: its task panes do not end")
    p = end[1].decode()
    pane = (
        f'<{p}taskpane dockstate="right" visibility="1" width="350" row="4">'
        f'<{p}webextensionref xmlns:r="{_OFFICE}" r:id="{identity}"/></{p}taskpane>'
    )
    return part[: end.start()] + pane.encode() + part[end.start() :]


def _extension(contents: Mapping[str, str]) -> bytes:
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:dealmodel:lite")).upper()
    properties = "".join(_property("we:", name, text) for name, text in contents.items())
    return (
        f'{_HEADER}<we:webextension xmlns:we="{_EXTENSION}" id="{{{identity}}}">'
        f'<we:reference id="{STORE_ID}" version="1.0.0.0" store="en-US" storeType="OMEX"/>'
        f'<we:alternateReferences><we:reference id="{STORE_ID}" version="1.0.0.0" store="{STORE_ID}" storeType="OMEX"/>'
        f"</we:alternateReferences><we:properties>{properties}</we:properties><we:bindings/>"
        f'<we:snapshot xmlns:r="{_OFFICE}"/></we:webextension>'
    ).encode()
