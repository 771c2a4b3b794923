"""An OOXML package as bytes: parts are read as they are needed, and only replaced parts are written anew.

Members that nobody replaced are copied as they are compressed, so that everything a workbook holds that we know
nothing about comes back byte for byte, in its place.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from dealmodel.errors import WorkbookError

MAX_UNPACKED = 2**30
"""Bytes a package may unpack to; the largest real models are a tenth of this."""
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_DESCRIPTOR, _ENCRYPTED, _UTF8 = 0x0008, 0x0001, 0x0800


@dataclass(frozen=True, slots=True)
class _Member:
    """A record of the central directory, and where its local part lies."""

    fields: tuple[int, ...]
    name: bytes
    extra: bytes
    comment: bytes
    start: int
    end: int


class Package:
    """The parts of a workbook file.

    Parameters
    ----------
    data
        The file.
    label
        What messages call it.

    Raises
    ------
    WorkbookError
        If the bytes are not a readable package.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self.data = data
        self.label = label
        self._replaced: dict[str, bytes] = {}
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
            raise WorkbookError(f"{label} {_what_is_wrong(data)}") from error
        infos = self._zip.infolist()
        self.names = tuple(info.filename for info in infos)
        if len(set(self.names)) < len(self.names):
            raise WorkbookError(f"{label} holds a part twice; it is damaged")
        if sum(info.file_size for info in infos) > MAX_UNPACKED:
            raise WorkbookError(f"{label} would unpack to more than {MAX_UNPACKED >> 20} MB; it is refused")
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise WorkbookError(f"{label} is encrypted; save it without a password")

    @classmethod
    def open(cls, path: str | Path) -> Package:
        """Read a file."""
        path = Path(path)
        try:
            return cls(path.read_bytes(), path.name)
        except IsADirectoryError:
            raise WorkbookError(f"{path} is a folder; a workbook was expected") from None
        except FileNotFoundError:
            raise WorkbookError(f"there is no file {path}") from None
        except OSError as error:
            raise WorkbookError(f"{path} cannot be read: {error.strerror}") from None

    def __contains__(self, name: str) -> bool:
        """Whether there is a part of that name."""
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return a part, unpacked.

        Raises
        ------
        WorkbookError
            If the part is missing or damaged.
        """
        if name in self._replaced:
            return self._replaced[name]
        try:
            return self._zip.read(name)
        except KeyError:
            raise WorkbookError(f"{self.label} has no part {name}; it is damaged") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError):
            raise WorkbookError(f"{self.label} is damaged: {name} cannot be unpacked") from None

    def replace(self, name: str, part: bytes) -> None:
        """Put new bytes in the place of a part."""
        if name not in self.names:
            raise WorkbookError(f"{self.label} has no part {name} to replace")
        self._replaced[name] = part

    def to_bytes(self) -> bytes:
        """Return the file with the replaced parts in place and every other member as it was."""
        changed = {name: part for name, part in self._replaced.items() if self._zip.read(name) != part}
        if not changed:
            return self.data
        members = _read_directory(self.data, self.label)
        by_name = {name.encode(): part for name, part in changed.items()}
        out = io.BytesIO()
        written = []
        for member in sorted(members, key=lambda m: m.start):
            offset = out.tell()
            part = by_name.get(member.name)
            if part is None:
                out.write(self.data[member.start : member.end])
                written.append((member, _with(member.fields, offset=offset)))
            else:
                written.append((member, _write_member(out, member, part, offset)))
        order = {id(member): i for i, member in enumerate(members)}
        written.sort(key=lambda pair: order[id(pair[0])])
        directory = out.tell()
        for member, fields in written:
            out.write(_CENTRAL.pack(b"PK\x01\x02", *fields) + member.name + member.extra + member.comment)
        comment = self._zip.comment
        size = out.tell() - directory
        out.write(_END.pack(b"PK\x05\x06", 0, 0, len(written), len(written), size, directory, len(comment)) + comment)
        return out.getvalue()


def _read_directory(data: bytes, label: str) -> list[_Member]:
    """Return the central directory's records in their order."""
    at = data.rfind(b"PK\x05\x06")
    _, _, _, _, count, size, start, _ = _END.unpack_from(data, at)
    if 0xFFFFFFFF in (size, start) or count == 0xFFFF:  # noqa: PLR2004  the format's sentinels
        raise WorkbookError(f"{label} is a ZIP64 package; save it anew with Excel or LibreOffice")
    # Bytes before the first member shift every offset alike.
    shift = at - size - start
    records = []
    position = start + shift
    for _ in range(count):
        _, *fields = _CENTRAL.unpack_from(data, position)
        position += _CENTRAL.size
        lengths = fields[9], fields[10], fields[11]
        pieces = []
        for length in lengths:
            pieces.append(data[position : position + length])
            position += length
        records.append((tuple(fields), *pieces, fields[15] + shift))
    ends = sorted([start + shift, *(offset for *_, offset in records)])
    return [
        _Member(fields, name, extra, comment, offset, ends[ends.index(offset) + 1])
        for fields, name, extra, comment, offset in records
    ]


def _with(fields: tuple[int, ...], **changes: int) -> tuple[int, ...]:
    """Return a directory record's fields with some replaced."""
    places = {"flags": 2, "method": 3, "crc": 6, "packed": 7, "size": 8, "offset": 15}
    new = list(fields)
    for key, value in changes.items():
        new[places[key]] = value
    return tuple(new)


def _write_member(out: io.BytesIO, member: _Member, part: bytes, offset: int) -> tuple[int, ...]:
    """Write a replaced member with its old name, time and extra field; return its directory record."""
    method = member.fields[3]
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = part if method == _STORED else packer.compress(part) + packer.flush()
    fields = _with(
        member.fields,
        flags=member.fields[2] & ~_DESCRIPTOR,
        method=_STORED if method == _STORED else _DEFLATED,
        crc=zlib.crc32(part),
        packed=len(packed),
        size=len(part),
        offset=offset,
    )
    _, needed, flags, method, time, date, crc, *_ = fields
    local = _LOCAL.pack(
        b"PK\x03\x04", needed, flags, method, time, date, crc, len(packed), len(part), len(member.name), 0
    )
    out.write(local + member.name + packed)
    return fields


def _what_is_wrong(data: bytes) -> str:
    """Say why bytes are not a package, by what they begin with."""
    if not data:
        return "is empty; a workbook was expected"
    if data.startswith(_COMPOUND):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return "is encrypted; save it without a password"
        return "is an old .xls file; save it as .xlsx"
    if data.startswith(b"PK"):
        return "is truncated or damaged; restore it from a copy"
    return "is not an Excel workbook (.xlsx, .xlsm)"
