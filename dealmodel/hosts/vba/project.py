"""A VBA project as a compound file of source alone, [MS-OVBA].

The compiled code is left out: its stream says "version 0xFFFF", which no Office has, so that every Office
compiles the source when it opens the file. xlwings' own add-in is stored in the same way.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from dealmodel.hosts.vba.compound import compound_file
from dealmodel.hosts.vba.compression import compress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CODE_PAGE = 1252
_ENCODING = f"cp{CODE_PAGE}"
_LANGUAGE = 0x0409
_UNCOMPILED = bytes.fromhex("cc61ffff000000")
_SEED = 0x1C
"""Where the obfuscation of the protection state starts; any byte will do."""
_AUTOMATION = r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"
_OFFICE = (
    r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#"
    r"C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library"
)
_REFERENCES = (("stdole", _AUTOMATION), ("Office", _OFFICE))
"""What a new project of Excel refers to, beyond VBA and Excel themselves."""


class Kind(Enum):
    """What a module is."""

    STANDARD = "Module"
    CLASS = "Class"
    DOCUMENT = "Document"


@dataclass(frozen=True, slots=True)
class Module:
    """A module with its source, attributes included, in lines ended by CR and LF."""

    name: str
    source: str
    kind: Kind = Kind.STANDARD


def vba_project(name: str, identity: str, version: tuple[int, int], modules: Sequence[Module]) -> bytes:
    """Return a `vbaProject.bin`.

    Parameters
    ----------
    name
        The project's name, as the VBA editor shows it.
    identity
        Its GUID, in braces.
    version
        Its version: two numbers, below 2**32 and 2**16.
    modules
        The modules, those of the workbook and its sheets first.

    Returns
    -------
    The compound file, always the same for the same modules.

    References
    ----------
    .. [1] [MS-OVBA] 2.2 and 2.3.
    """
    streams = {
        "VBA/dir": compress(b"".join(_dir_stream(name, version, modules))),
        "VBA/_VBA_PROJECT": _UNCOMPILED,
        **{f"VBA/{m.name}": compress(m.source.encode(_ENCODING)) for m in modules},
        "PROJECT": _project_stream(name, identity, modules),
        "PROJECTwm": _names_stream(modules),
    }
    return compound_file(streams)


def _dir_stream(name: str, version: tuple[int, int], modules: Sequence[Module]) -> Iterator[bytes]:
    """Yield the records of the `dir` stream, [MS-OVBA] 2.3.4.2."""
    yield _record(0x01, struct.pack("<I", 1))  # system: 32-bit Windows
    yield _record(0x02, struct.pack("<I", _LANGUAGE))
    yield _record(0x14, struct.pack("<I", _LANGUAGE))
    yield _record(0x03, struct.pack("<H", CODE_PAGE))
    yield _record(0x04, name.encode(_ENCODING))
    yield _record(0x05, b"") + _record(0x40, b"")  # description
    yield _record(0x06, b"") + _record(0x3D, b"")  # help file
    yield _record(0x07, bytes(4))
    yield _record(0x08, bytes(4))
    yield struct.pack("<HIIH", 0x09, 4, *version)
    yield _record(0x0C, b"") + _record(0x3C, b"")  # compilation constants
    for reference, library in _REFERENCES:
        yield _twice(0x16, 0x3E, reference)
        path = library.encode(_ENCODING)
        yield _record(0x0D, struct.pack("<I", len(path)) + path + bytes(6))
    yield _record(0x0F, struct.pack("<H", len(modules)))
    yield _record(0x13, b"\xff\xff")
    for module in modules:
        yield _record(0x19, module.name.encode(_ENCODING)) + _record(0x47, module.name.encode("utf-16-le"))
        yield _twice(0x1A, 0x32, module.name)
        yield _record(0x1C, b"") + _record(0x48, b"")  # description
        yield _record(0x31, bytes(4))  # the source begins at once
        yield _record(0x1E, bytes(4))
        yield _record(0x2C, b"\xff\xff")
        yield _record(0x21 if module.kind is Kind.STANDARD else 0x22, b"")
        yield _record(0x2B, b"")
    yield _record(0x10, b"")


def _record(identity: int, data: bytes) -> bytes:
    return struct.pack("<HI", identity, len(data)) + data


def _twice(identity: int, unicode: int, text: str) -> bytes:
    """Return a text as two records: in the code page and in Unicode."""
    return _record(identity, text.encode(_ENCODING)) + _record(unicode, text.encode("utf-16-le"))


def _project_stream(name: str, identity: str, modules: Sequence[Module]) -> bytes:
    """Return the `PROJECT` stream, [MS-OVBA] 2.3.1: neither locked nor hidden, every window closed."""
    lines = [
        f'ID="{identity}"',
        *(f"{m.kind.value}={m.name}{'/&H00000000' if m.kind is Kind.DOCUMENT else ''}" for m in modules),
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{obfuscate(bytes(4), identity)}"',
        f'DPB="{obfuscate(bytes(1), identity)}"',
        f'GC="{obfuscate(bytes([0xFF]), identity)}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{m.name}=0, 0, 0, 0, C" for m in modules),
        "",
    ]
    return "\r\n".join(lines).encode(_ENCODING)


def _names_stream(modules: Sequence[Module]) -> bytes:
    """Return the `PROJECTwm` stream, [MS-OVBA] 2.3.3."""
    names = (m.name.encode(_ENCODING) + b"\0" + m.name.encode("utf-16-le") + b"\0\0" for m in modules)
    return b"".join(names) + b"\0\0"


def obfuscate(data: bytes, identity: str) -> str:
    """Return what the project says of its protection, [MS-OVBA] 2.4.3.2; the bytes to be ignored are sevens."""
    key = sum(identity.encode(_ENCODING)) & 0xFF
    coded = [_SEED, _SEED ^ 2, _SEED ^ key]
    plain = [key]
    ignored = (_SEED & 6) // 2
    for byte in [7] * ignored + [*struct.pack("<I", len(data)), *data]:
        coded.append(byte ^ (coded[-2] + plain[-1]) & 0xFF)
        plain.append(byte)
    return bytes(coded).hex().upper()
