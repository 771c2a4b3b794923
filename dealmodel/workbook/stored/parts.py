"""Parts that come into a package or go out of it, with their relation and their content type."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.workbook.stored.xmltext import attributes, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dealmodel.workbook.stored.package import Package

TYPES = "[Content_Types].xml"
_EMPTY_RELATIONS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)
_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?(Override|Relationship)\b([^>]*?)(?:/>|>\s*</(?:[\w.-]+:)?\1\s*>)", re.DOTALL)


def relations_part(part: str) -> str:
    """Return the part that holds the relations of a part, or with an empty name those of the package.

    Examples
    --------
    >>> relations_part("xl/workbook.xml"), relations_part("")
    ('xl/_rels/workbook.xml.rels', '_rels/.rels')
    """
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def add_part(package: Package, name: str, data: bytes, content_type: str) -> None:
    """Put a part into a package and say what it is."""
    package.add(name, data)
    facts = {"PartName": f"/{name}", "ContentType": content_type}
    package.replace(TYPES, with_element(package.read(TYPES), "Types", "Override", facts, package.label))


def add_relation(package: Package, owner: str, kind: str, target: str, *, external: bool = False) -> str:
    """Relate a part, or with an empty name the package, to another; return the relation's identity."""
    path = relations_part(owner)
    if path not in package:
        package.add(path, _EMPTY_RELATIONS)
    part = package.read(path)
    known = {attributes(m[2]).get("Id") for m in _ELEMENT.finditer(part)}
    identity = next(f"rId{i}" for i in range(1, len(known) + 2) if f"rId{i}" not in known)
    facts = {"Id": identity, "Type": kind, "Target": target}
    if external:
        facts["TargetMode"] = "External"
    package.replace(path, with_element(part, "Relationships", "Relationship", facts, package.label))
    return identity


def external_targets(package: Package, owner: str) -> list[str]:
    """Return where the relations of a part lead outside the package."""
    path = relations_part(owner)
    if path not in package:
        return []
    facts = (attributes(match[2]) for match in _ELEMENT.finditer(package.read(path)))
    return [f.get("Target", "") for f in facts if f.get("TargetMode") == "External"]


def remove_part(package: Package, owner: str, name: str) -> None:
    """Take a part out of a package, with its relation to its owner, its own relations and its content type."""
    path = relations_part(owner)
    folder = posixpath.dirname(owner)

    def leads_there(facts: Mapping[str, str]) -> bool:
        target = facts.get("Target", "")
        full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        return facts.get("TargetMode") != "External" and package.find(full) == name

    def is_its_type(facts: Mapping[str, str]) -> bool:
        return package.find(facts.get("PartName", "").lstrip("/")) == name

    for part, is_one in ((path, leads_there), (TYPES, is_its_type)):
        package.replace(part, without_elements(package.read(part), is_one))
    if relations_part(name) in package:
        package.remove(relations_part(name))
    package.remove(name)


def with_element(part: bytes, root: str, element: str, facts: Mapping[str, str], label: str) -> bytes:
    """Return a part with one element more at its end.

    Raises
    ------
    WorkbookError
        If its root element does not end.
    """
    end = re.search(rb"</([\w.-]+:)?%b\s*>\s*$" % root.encode(), part)
    if end is None:
        raise WorkbookError(f"{label} is damaged: its {root} do not end")
    prefix = (end[1] or b"").decode()
    written = " ".join(f"{name}={quote_attribute(value)}" for name, value in facts.items())
    return part[: end.start()] + f"<{prefix}{element} {written}/>".encode() + part[end.start() :]


def without_elements(part: bytes, is_one: Callable[[Mapping[str, str]], bool]) -> bytes:
    """Return a part of relations or content types without the elements that meet a test."""
    return _ELEMENT.sub(lambda m: b"" if is_one(attributes(m[2])) else m[0], part)
