"""A workbook written so that the same content is the same file: parts in canonical form, without clock or order."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree as ET

EPOCH = (1980, 1, 1, 0, 0, 0)
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FIRST = ("[Content_Types].xml", "_rels/.rels")
_CLOCK = re.compile(r"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_APPLICATION = re.compile(r"<Application>[^<]*</Application><AppVersion>[^<]*</AppVersion>")
# LibreOffice recalculates a file on opening, whatever its settings, when it does not know the program that wrote it.
_EXCEL = "<Application>Microsoft Excel</Application><AppVersion>16.0300</AppVersion>"
CREATED = "2018-09-30T00:00:00Z"
"""What the file calls its date; the figures of the worked case end in that month."""


def pack(data: bytes) -> bytes:
    """Return a workbook in canonical form.

    Every part is serialised canonically, because openpyxl spells its XML in another way where lxml is installed;
    members carry no time, stand in a fixed order, and are stored as they are, because what deflate makes of them
    hangs on the zlib at hand.

    Parameters
    ----------
    data
        A workbook made of XML parts alone.

    Returns
    -------
    The same workbook.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(parts, key=lambda name: (name not in _FIRST, name)):
            member = zipfile.ZipInfo(name, EPOCH)
            member.create_system = 0
            archive.writestr(member, _canonical(parts[name]))
    return out.getvalue()


def _canonical(part: bytes) -> bytes:
    text = ET.canonicalize(part.decode())
    text = _APPLICATION.sub(_EXCEL, _CLOCK.sub(rf"\g<1>{CREATED}\g<3>", text))
    return _DECLARATION + text.encode()
