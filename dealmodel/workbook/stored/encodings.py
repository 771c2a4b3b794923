"""Parts in other encodings than UTF-8: read as UTF-8, and written back as they were.

Every program writes UTF-8. The standard allows UTF-16, and converters have been seen to write the single-byte encodings
of their time.

References
----------
.. [1] ECMA-376, part 2, 8.1.4: XML content is encoded in UTF-8 or UTF-16.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BEGINS = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_DECLARED = re.compile(r"""(\s*<\?xml\b[^>]{0,200}?encoding\s{0,9}=\s{0,9}["'])([\w.-]+)""")
_SINGLE_BYTES = re.compile(r"iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
_LONGEST_DECLARATION = 256


class Encoding(NamedTuple):
    """How a part is written."""

    codec: str
    mark: bytes
    """What stands before its first letter."""
    declared: str
    """What its declaration says."""

    def decode(self, part: bytes) -> bytes:
        """Return the part in UTF-8, which its declaration then says, too."""
        text = part[len(self.mark) :].decode(self.codec)
        return _DECLARED.sub(r"\1UTF-8", text, count=1).encode()

    def encode(self, part: bytes) -> bytes:
        """Return a part in UTF-8 as this one was written."""
        text = _DECLARED.sub(lambda m: m[1] + self.declared, part.decode(), count=1)
        # What a single byte cannot hold is written by its number.
        return self.mark + text.encode(self.codec, "xmlcharrefreplace")


def encoding_of(part: bytes) -> Encoding | None:
    """Return how a part is written where it is not in UTF-8 and can be read."""
    codec = _BEGINS.get(part[:2])
    if codec is None and b"encoding" not in part[:_LONGEST_DECLARATION]:
        return None
    mark = part[:2] if part[:2] in _MARKS else b""
    head = part[len(mark) : _LONGEST_DECLARATION].decode(codec or "latin-1", "replace")
    found = _DECLARED.match(head)
    declared = found[2] if found else ""
    if codec is None:
        if not _SINGLE_BYTES.fullmatch(declared):
            return None
        codec = declared
    try:
        part.decode(codec)
    except (LookupError, ValueError):
        return None
    return Encoding(codec, mark, declared)
