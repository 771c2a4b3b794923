"""An OOXML package as bytes: parts are read as they are needed, and only replaced parts are written anew.

Members that nobody replaced are copied as they are compressed, so that everything a workbook holds that we know
nothing about comes back byte for byte, in its place.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from dealmodel.errors import WorkbookError
from dealmodel.workbook.stored.encodings import encoding_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_UNPACKED = 2**30
"""Bytes a package may unpack to; the largest real models are a tenth of this."""
MAX_PACKED = 2**29
"""Bytes that a file may have; the largest real models are a tenth of this."""
BOMB_SIZE, BOMB_RATIO = 2**26, 200
"""A part beyond this size that was packed this many times smaller holds no workbook: real sheets reach 1:60."""
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_SENTINEL = 0xFFFFFFFF
"""What a directory record holds where the true number stands in its ZIP64 field."""
_MOST_PARTS = 0xFFFF
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIPTOR, _PATCHED, _NAMED_IN_UTF8 = 0x0001, 0x0008, 0x0060, 0x0800
"""Flags of a member; what is patched, or encrypted in yet another way, nothing reads."""
_ZIP64_FIELD = 0x0001


class _Member(NamedTuple):
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
        self._added: dict[str, bytes] = {}
        self._removed: set[str] = set()
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
            raise WorkbookError(f"{label} {_what_is_wrong(data)}") from error
        infos = self._zip.infolist()
        # Some writers separate folders as Windows does; the members keep the names that they have.
        self._stored = tuple(info.filename.replace("\\", "/") for info in infos)
        if len(infos) > _MOST_PARTS:
            raise WorkbookError(f"{label} holds more than {_MOST_PARTS} parts; it is refused")
        if len(set(self._stored)) < len(self._stored):
            raise WorkbookError(f"{label} holds a part twice; it is damaged")
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise WorkbookError(f"{label} is encrypted; save it without a password")
        if any(info.compress_type not in (_STORED, _DEFLATED) for info in infos):
            raise WorkbookError(f"{label} is packed in a way that workbooks are not; save it anew with Excel")
        if sum(info.file_size for info in infos) > MAX_UNPACKED:
            raise WorkbookError(f"{label} would unpack to more than {MAX_UNPACKED >> 20} MB; it is refused")
        if any(info.file_size > max(BOMB_SIZE, BOMB_RATIO * info.compress_size) for info in infos):
            raise WorkbookError(f"{label} would unpack to {BOMB_RATIO} times its size or more; it is refused")

    @classmethod
    def open(cls, path: str | Path) -> Package:
        """Read a file."""
        path = Path(path)
        try:
            if path.is_dir():
                raise WorkbookError(f"{path} is a folder; a workbook was expected")
            if path.exists() and not path.is_file():
                raise WorkbookError(f"{path} is not a file; a workbook was expected")
            if path.exists() and path.stat().st_size > MAX_PACKED:
                raise WorkbookError(f"{path} is larger than {MAX_PACKED >> 20} MB; it is refused")
            return cls(path.read_bytes(), path.name)
        except FileNotFoundError:
            raise WorkbookError(f"there is no file {path}") from None
        except OSError as error:
            raise WorkbookError(f"{path} cannot be read: {error.strerror}") from None
        except ValueError as error:
            if isinstance(error, WorkbookError):
                raise
            raise WorkbookError(f"{str(path)!r} is not the name of a file") from None

    def __contains__(self, name: str) -> bool:
        """Whether there is a part of that name."""
        return name in self._added or (name in self._by_name and name not in self._removed)

    @property
    def is_signed(self) -> bool:
        """Whether a digital signature says that no part of it has changed; that of macros alone is not meant."""
        return any(name.casefold().startswith("_xmlsignatures/") for name in self._stored)

    @cached_property
    def _by_name(self) -> frozenset[str]:
        return frozenset(self._stored)

    @cached_property
    def _by_folded_name(self) -> dict[str, str]:
        return {name.casefold(): name for name in reversed(self._stored)}

    @cached_property
    def _members_by_name(self) -> dict[str, zipfile.ZipInfo]:
        return dict(zip(self._stored, self._zip.infolist(), strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts, in the order in which they are listed."""
        if not (self._added or self._removed):
            return self._stored
        return (*(name for name in self._stored if name not in self._removed), *self._added)

    def find(self, name: str) -> str:
        """Return a part's name as the package spells it: their case is free, and `%20` stands for a space.

        A name that no part has comes back as it is.
        """
        if name in self:
            return name
        for spelling in (name, unquote(name)):
            if spelling in self:
                return spelling
            known = self._by_folded_name.get(spelling.casefold(), spelling)
            if known in self:
                return known
        return name

    def read(self, name: str) -> bytes:
        """Return a part, unpacked; XML in another encoding comes in UTF-8.

        Raises
        ------
        WorkbookError
            If the part is missing or damaged.
        """
        for parts in (self._added, self._replaced):
            if name in parts:
                return parts[name]
        if name in self._removed:
            raise WorkbookError(f"{self.label} has no part {name}; it was removed")
        part = self._unpack(name)
        encoding = encoding_of(part)
        return part if encoding is None else encoding.decode(part)

    def _as_written(self, name: str) -> bytes:
        """Return a replaced part in the encoding that it had."""
        encoding = encoding_of(self._unpack(name))
        part = self._replaced[name]
        return part if encoding is None else encoding.encode(part)

    def _unpack(self, name: str) -> bytes:
        if name not in self._members_by_name:
            raise WorkbookError(f"{self.label} has no part {name}; it is damaged")
        try:
            return _unpacked(self.data, self._members_by_name[name])
        except (zipfile.BadZipFile, zlib.error, struct.error, OverflowError, ValueError):
            raise WorkbookError(f"{self.label} is damaged: {name} cannot be unpacked") from None

    def replace(self, name: str, part: bytes) -> None:
        """Put new bytes in the place of a part."""
        if name not in self:
            raise WorkbookError(f"{self.label} has no part {name} to replace")
        (self._added if name in self._added else self._replaced)[name] = part

    def add(self, name: str, part: bytes) -> None:
        """Put a new part behind the others."""
        if name in self:
            raise WorkbookError(f"{self.label} has a part {name} already")
        self._added[name] = part

    def remove(self, name: str) -> None:
        """Take a part out."""
        if name not in self:
            raise WorkbookError(f"{self.label} has no part {name} to remove")
        if name in self._added:
            del self._added[name]
        else:
            self._replaced.pop(name, None)
            self._removed.add(name)

    def to_bytes(self) -> bytes:
        """Return the file with the replaced parts in place and every other member as it was.

        Raises
        ------
        WorkbookError
            If the package is of a kind that cannot be rewritten member by member.
        """
        written = {name: self._as_written(name) for name in self._replaced}
        changed = {name: part for name, part in written.items() if self._unpack(name) != part}
        if not (changed or self._added or self._removed):
            return self.data
        members = self._members()
        # Members are written in the order in which they lie, and listed in the order in which they were listed.
        places = sorted(range(len(members)), key=lambda i: members[i].start)
        out = io.BytesIO()
        out.write(self.data[: members[places[0]].start])
        fields: dict[int, tuple[int, ...]] = {}
        rewritten = set()
        for i in places:
            member, name = members[i], self._stored[i]
            if name in changed:
                rewritten.add(i)
                fields[i] = _write_member(out, member, changed[name], self._local_extra(member))
            elif name not in self._removed:
                fields[i] = _with(member.fields, offset=out.tell())
                out.write(self.data[member.start : member.end])
        for name, part in self._added.items():
            member = _new_member(name)
            fields[len(members)] = _write_member(out, member, part)
            members.append(member)
        listed = []
        for i, record in sorted(fields.items()):
            extra = _without_zip64(members[i].extra) if i in rewritten else members[i].extra
            listed.append((record, members[i]._replace(extra=extra)))
        return _with_directory(out, listed, self._zip.comment)

    def _local_extra(self, member: _Member) -> bytes:
        """Return the extra fields that stand in front of a member, without the sizes that it will no longer have."""
        *_, name, extra = _LOCAL.unpack_from(self.data, member.start)
        begin = member.start + _LOCAL.size + name
        return _without_zip64(self.data[begin : begin + extra])

    def _members(self) -> list[_Member]:
        """Return the central directory's records in their order."""
        directory = self._zip.start_dir
        starts = sorted(info.header_offset for info in self._zip.infolist())
        if len(set(starts)) < len(starts) or not 0 <= starts[0] <= starts[-1] < directory:
            raise WorkbookError(f"{self.label} is damaged: its parts overlap")
        ends = dict(zip(starts, [*starts[1:], directory], strict=True))
        members = []
        position = directory
        for info in self._zip.infolist():
            _, *fields = _CENTRAL.unpack_from(self.data, position)
            position += _CENTRAL.size
            pieces = []
            for length in fields[9:12]:
                pieces.append(self.data[position : position + length])
                position += length
            name, extra, comment = pieces
            start = info.header_offset
            record = tuple(fields)
            if _SENTINEL in (*record[7:9], record[15]):
                # No file that is read here needs 64 bits: what a stream's writer put in its ZIP64 field fits 32.
                record = _with(record, packed=info.compress_size, size=info.file_size)
                extra = _without_zip64(extra)
            members.append(_Member(record, name, extra, comment, start, ends[start]))
        return members


def _unpacked(data: bytes, member: zipfile.ZipInfo) -> bytes:
    """Return a member of a package, five times quicker than `zipfile` reads one of the size that parts have."""
    mark, _, flags, *_, name, extra = _LOCAL.unpack_from(data, member.header_offset)
    begin = member.header_offset + _LOCAL.size
    known_as = data[begin : begin + name].decode("utf-8" if flags & _NAMED_IN_UTF8 else "cp437")
    if mark != b"PK\x03\x04" or member.flag_bits & _PATCHED or known_as != member.orig_filename:
        raise zipfile.BadZipFile(member.orig_filename)
    begin += name + extra
    content: bytes | memoryview = memoryview(data)[begin : begin + member.compress_size]
    if member.compress_type == _DEFLATED:
        # No more than it is said to be, whatever it would unpack to.
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, max(member.file_size, 1))
    part = bytes(content[: member.file_size])
    if zlib.crc32(part) != member.CRC:
        raise zipfile.BadZipFile(member.orig_filename)
    return part


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return a package of parts that are stored as they are, for a reader at hand."""
    out = io.BytesIO()
    members = [(_new_member(name, _STORED), part) for name, part in parts.items()]
    return _with_directory(out, [(_write_member(out, member, part), member) for member, part in members], b"")


def _with_directory(out: io.BytesIO, listed: Sequence[tuple[tuple[int, ...], _Member]], comment: bytes) -> bytes:
    """Return a package whose parts are written: the directory that lists them comes behind them."""
    directory, count = out.tell(), len(listed)
    for record, member in listed:
        out.write(_CENTRAL.pack(b"PK\x01\x02", *_with(record, extra=len(member.extra))))
        out.write(member.name + member.extra + member.comment)
    size = out.tell() - directory
    out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, directory, len(comment)) + comment)
    return out.getvalue()


def _new_member(name: str, method: int = _DEFLATED) -> _Member:
    """Return the record of a part that was not there yet: without a time."""
    version, first_day = 20, 1 << 5 | 1
    fields = (version, version, 0, method, 0, first_day, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
    return _Member(fields, name.encode("ascii"), b"", b"", 0, 0)


def _with(fields: tuple[int, ...], **changes: int) -> tuple[int, ...]:
    """Return a directory record's fields with some replaced."""
    places = {"flags": 2, "method": 3, "crc": 6, "packed": 7, "size": 8, "extra": 10, "offset": 15}
    new = list(fields)
    for key, value in changes.items():
        new[places[key]] = value
    return tuple(new)


def _write_member(out: io.BytesIO, member: _Member, part: bytes, extra: bytes = b"") -> tuple[int, ...]:
    """Write a replaced member with its old name and time; return its directory record."""
    method = member.fields[3]
    content = part
    if method != _STORED:
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        content = packer.compress(part) + packer.flush()
    fields = _with(
        member.fields,
        flags=member.fields[2] & ~_DESCRIPTOR,
        crc=zlib.crc32(part),
        packed=len(content),
        size=len(part),
        offset=out.tell(),
    )
    _, needed, flags, method, time, date, crc, *_ = fields
    sizes = len(content), len(part), len(member.name), len(extra)
    out.write(_LOCAL.pack(b"PK\x03\x04", needed, flags, method, time, date, crc, *sizes))
    out.write(member.name + extra)
    out.write(content)
    return fields


def _without_zip64(extra: bytes) -> bytes:
    """Return a directory record's extra fields without the sizes that a rewritten member no longer has."""
    kept = b""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        field = extra[position : position + 4 + length]
        kept += b"" if kind == _ZIP64_FIELD else field
        position += len(field)
    return kept


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
