"""Compression of VBA source, [MS-OVBA] 2.4.1."""

from __future__ import annotations

import struct
from functools import lru_cache

CHUNK = 4096
_SIGNATURE = 0x01
_COMPRESSED = 0xB000
_RAW = 0x3000
_SHORTEST = 3


@lru_cache(maxsize=32)  # an add-in that was installed is built once more, to be compared with the file
def compress(data: bytes) -> bytes:
    r"""Return a compressed container.

    Parameters
    ----------
    data
        The bytes, such as a module's source.

    Returns
    -------
    The container, always the same for the same bytes.

    References
    ----------
    .. [1] [MS-OVBA] 2.4.1.3.6 and 3.2, whose examples these are.

    Examples
    --------
    >>> compress(b"abcdefghijklmnopqrstuv.").hex(" ")
    '01 19 b0 00 61 62 63 64 65 66 67 68 00 69 6a 6b 6c 6d 6e 6f 70 00 71 72 73 74 75 76 2e'
    >>> compress(b"a" * 73).hex(" ")
    '01 03 b0 02 61 45 00'
    """
    chunks = [_compress_chunk(data[at : at + CHUNK]) for at in range(0, len(data), CHUNK)]
    return bytes([_SIGNATURE]) + b"".join(chunks)


def _compress_chunk(chunk: bytes) -> bytes:
    """Return a chunk with its header: tokens where they are shorter than the bytes themselves."""
    tokens = _tokens(chunk)
    if len(tokens) >= CHUNK:
        raw = chunk.ljust(CHUNK, b"\0")
        return struct.pack("<H", _RAW | (len(raw) - 1)) + raw
    return struct.pack("<H", _COMPRESSED | (len(tokens) - 1)) + tokens


def _tokens(chunk: bytes) -> bytes:
    out = bytearray()
    places: dict[bytes, list[int]] = {}
    at = 0
    indexed = 0
    while at < len(chunk):
        flag = len(out)
        out.append(0)
        for bit in range(8):
            if at >= len(chunk):
                break
            while indexed < at:
                places.setdefault(chunk[indexed : indexed + _SHORTEST], []).append(indexed)
                indexed += 1
            offset, length = _longest_match(chunk, at, places)
            if length:
                out[flag] |= 1 << bit
                out += struct.pack("<H", _copy_token(at, offset, length))
                at += length
            else:
                out.append(chunk[at])
                at += 1
    return bytes(out)


def _offset_bits(at: int) -> int:
    """Return how many bits of a copy token at this place of the chunk are its offset."""
    return max(4, (at - 1).bit_length())


def _copy_token(at: int, offset: int, length: int) -> int:
    return (offset - 1) << (16 - _offset_bits(at)) | (length - _SHORTEST)


def _longest_match(chunk: bytes, at: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """Return how far back the longest repetition of what follows begins, and its length; 0 and 0 where none is."""
    longest = min(len(chunk) - at, (0xFFFF >> _offset_bits(at)) + _SHORTEST)
    if longest < _SHORTEST:
        return (0, 0)
    best = (0, 0)
    for start in reversed(places.get(chunk[at : at + _SHORTEST], ())):
        # A longer one agrees at the byte where the best one ends.
        if best[1] and chunk[start + best[1]] != chunk[at + best[1]]:
            continue
        length = _SHORTEST
        while length < longest and chunk[start + length] == chunk[at + length]:
            length += 1
        if length > best[1]:
            best = (at - start, length)
        if length == longest:
            break
    return best
