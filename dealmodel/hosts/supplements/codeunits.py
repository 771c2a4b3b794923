"""Functions of texts that count a character beyond the first plane, as an emoji, for two.

References
----------
.. [1] Microsoft, "Compatibility Versions": in version 1, that of workbooks which say nothing else, LEN, MID, FIND,
   SEARCH and REPLACE count such a character as two; LEN("😀") is 2. LEFT and RIGHT never did.
.. [2] Microsoft, documentation of FIND: nothing is found where the search begins, but not behind the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import NotComputable, refuse
from dealmodel.hosts.supplements.texts import text_of
from dealmodel.hosts.supplements.values import each, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_LAST_OF_ONE = "\uffff"
_ENCODING = "utf-16-le"


@each
def len_(text: EngineValue) -> float:
    """Length of a text (LEN)."""
    return float(len(apart(text_of(text))))


@each
def mid(text: EngineValue, start: EngineValue, count: EngineValue) -> str:
    """Characters of a text from some place on (MID)."""
    source, begin, length = apart(text_of(text)), whole(start), whole(count)
    refuse(begin < 1 or length < 0, CellError.VALUE)
    return together(source[begin - 1 : begin - 1 + length])


@each
def find(find_text: EngineValue, within_text: EngineValue, start: EngineValue = 1.0) -> float:
    """Place of a text in another one (FIND)."""
    wanted, source, begin = apart(text_of(find_text)), apart(text_of(within_text)), whole(start)
    refuse(begin < 1 or begin > max(len(source), 1), CellError.VALUE)
    place = source.find(wanted, begin - 1)
    refuse(place < 0, CellError.VALUE)
    return float(place + 1)


def apart(text: str) -> str:
    """Return a text with two characters in the place of each one beyond the first plane.

    Examples
    --------
    >>> len(apart("a😀")), together(apart("a😀"))
    (3, 'a😀')
    """
    if text.isascii() or max(text) <= _LAST_OF_ONE:
        return text
    data = text.encode(_ENCODING, "surrogatepass")
    return "".join(chr(data[i] | data[i + 1] << 8) for i in range(0, len(data), 2))


def together(text: str) -> str:
    """Return a text with one character in the place of each such pair; half of one no file can hold."""
    if text.isascii():
        return text
    try:
        return text.encode(_ENCODING, "surrogatepass").decode(_ENCODING)
    except UnicodeDecodeError:
        raise NotComputable from None
