"""Compound files, [MS-CFB]: storages and streams in one file, as OLE has them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECTOR = 512
MINI_SECTOR = 64
CUTOFF = 4096
"""Shorter streams lie in the mini stream."""
LONGEST_NAME = 31

_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")
_IN_HEADER = 109
"""Sectors of the allocation table that the header lists itself; more are never needed here."""
_PER_SECTOR = SECTOR // 4
_ENTRIES_PER_SECTOR = SECTOR // _ENTRY.size


@dataclass
class _Entry:
    """An entry of the directory."""

    name: str
    kind: int
    data: bytes = b""
    children: list[int] = field(default_factory=list)
    colour: int = _BLACK
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = 0
    size: int = 0


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file.

    Parameters
    ----------
    streams
        The streams by path, such as `VBA/dir`; a path's folders become storages.

    Returns
    -------
    The file, version 3, without times: always the same for the same streams.

    References
    ----------
    .. [1] [MS-CFB] 2.2 to 2.6.
    """
    entries = _directory(streams)
    mini, mini_table = _mini_stream(entries)
    sectors = _Sectors()
    for entry in entries:
        if entry.kind == _STREAM and len(entry.data) >= CUTOFF:
            entry.start = sectors.add(entry.data)
    entries[0].start, entries[0].size = sectors.add(mini) if mini else _END, len(mini)
    mini_at = sectors.add(b"".join(map(_number, mini_table)), b"\xff") if mini_table else _END
    directory_at = sectors.add(b"".join(map(_packed, entries)) + _unused(len(entries)))
    table = sectors.allocation_table()
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        _SIGNATURE,
        bytes(16),
        0x3E,  # minor version
        3,  # major version
        0xFFFE,  # little endian
        9,  # 512 bytes a sector
        6,  # 64 bytes a mini sector
        bytes(6),
        0,  # directory sectors, none counted in version 3
        len(table),
        directory_at,
        0,  # transaction
        CUTOFF,
        mini_at,
        -(-len(mini_table) // _PER_SECTOR),
        _END,  # no further table of the allocation table
        0,
    )
    listed = b"".join(map(_number, [*table, *[_FREE] * (_IN_HEADER - len(table))]))
    return header + listed + sectors.data


class _Sectors:
    """The sectors after the header, and the chains through them."""

    def __init__(self) -> None:
        self.data = b""
        self._chains: list[int] = []

    def add(self, data: bytes, filler: bytes = b"\0") -> int:
        """Put a stream into sectors of its own; return its first."""
        start = len(self._chains)
        count = -(-len(data) // SECTOR)
        self._chains += [*range(start + 1, start + count), _END]
        self.data += data.ljust(count * SECTOR, filler)
        return start

    def allocation_table(self) -> list[int]:
        """Put the allocation table behind everything else; return its sectors."""
        used = len(self._chains)
        count = -(-used // (_PER_SECTOR - 1))
        if count > _IN_HEADER:
            raise ValueError(f"a compound file of {used} sectors needs a longer allocation table than is written here")
        table = [*self._chains, *[_FAT] * count]
        self.data += b"".join(map(_number, table)).ljust(count * SECTOR, b"\xff")
        return [*range(used, used + count)]


def _directory(streams: Mapping[str, bytes]) -> list[_Entry]:
    """Return the directory's entries, the root first, each storage with the tree of its children."""
    entries = [_Entry("Root Entry", _ROOT)]
    storages = {"": 0}
    for path, data in streams.items():
        folder, _, name = path.rpartition("/")
        if folder not in storages:
            storages[folder] = len(entries)
            entries[0].children.append(len(entries))
            entries.append(_Entry(folder, _STORAGE))
        entries[storages[folder]].children.append(len(entries))
        entries.append(_Entry(name, _STREAM, data, size=len(data)))
    for entry in entries:
        ordered = sorted(entry.children, key=lambda i: _sorting(entries[i].name))
        entry.child = _tree(entries, ordered, (len(ordered) + 1).bit_length() - 1)
    return entries


def _sorting(name: str) -> tuple[int, str]:
    """Return by what siblings are sorted: their length, then their capitals."""
    return len(name), name.upper()


def _tree(entries: list[_Entry], ordered: Sequence[int], blacks: int) -> int:
    """Link siblings as a red-black tree: balanced, and red where its last level is not full."""
    if not ordered:
        return _NONE
    middle = len(ordered) // 2
    top = entries[ordered[middle]]
    top.colour = _BLACK if blacks > 0 else _RED
    top.left = _tree(entries, ordered[:middle], blacks - 1)
    top.right = _tree(entries, ordered[middle + 1 :], blacks - 1)
    return ordered[middle]


def _mini_stream(entries: Sequence[_Entry]) -> tuple[bytes, list[int]]:
    """Return the stream that holds the short streams, and the chains through it."""
    mini = b""
    table: list[int] = []
    for entry in entries:
        if entry.kind != _STREAM or len(entry.data) >= CUTOFF:
            continue
        entry.start = len(table) if entry.data else _END
        count = -(-len(entry.data) // MINI_SECTOR)
        if count:
            table += [*range(len(table) + 1, len(table) + count), _END]
        mini += entry.data.ljust(count * MINI_SECTOR, b"\0")
    return mini, table


def _packed(entry: _Entry) -> bytes:
    if len(entry.name) > LONGEST_NAME:
        raise ValueError(f"the name of a stream has at most {LONGEST_NAME} characters; got {entry.name}")
    name = entry.name.encode("utf-16-le")
    return _ENTRY.pack(
        name,
        len(name) + 2,
        entry.kind,
        entry.colour,
        entry.left,
        entry.right,
        entry.child,
        bytes(16),
        0,
        0,
        0,
        entry.start,
        entry.size,
    )


def _unused(count: int) -> bytes:
    """Return the entries that fill the directory's last sector."""
    empty = _ENTRY.pack(b"", 0, 0, 0, _NONE, _NONE, _NONE, bytes(16), 0, 0, 0, 0, 0)
    return empty * (-count % _ENTRIES_PER_SECTOR)


def _number(value: int) -> bytes:
    return struct.pack("<I", value)
