"""Texts with wildcards: `*` for anything, `?` for any letter, `~` before either where it stands for itself.

What stands between two `*` is looked for from where the piece before it ends, so that there is one way through a text
and no trying of others.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WILD = re.compile(r"~(.)|([*?])", re.DOTALL)


def wild_test(wanted: object) -> Callable[[str], bool] | None:
    """Return the test of a text with wildcards, or None where there are none.

    Examples
    --------
    >>> test = wild_test("a*b?d~*")
    >>> test("A--bcd*"), test("abcd-")
    (True, False)
    """
    if not isinstance(wanted, str) or not _WILD.search(wanted):
        return None
    pieces = _pieces(wanted)
    first, *others = (piece.compiled() for piece in pieces)
    if not others:
        return lambda text: first.fullmatch(text) is not None
    return functools.partial(_holds, first, others[:-1], others[-1], pieces[-1].length)


def wild_find(wanted: str, text: str, start: int) -> int | None:
    """Return the first place at or after another one where a text with wildcards begins, or None.

    Examples
    --------
    >>> wild_find("b*d", "abcd", 0), wild_find("?", "abcd", 2), wild_find("x*", "abcd", 0)
    (1, 2, None)
    """
    begin, at = None, start
    for piece in _pieces(wanted):
        found = piece.compiled().search(text, at)
        if found is None:
            return None
        begin, at = found.start() if begin is None else begin, found.end()
    return begin


def _pieces(wanted: str) -> list[_Piece]:
    """Return what stands between the signs for anything."""
    pieces, last = [_Piece()], 0
    for wild in _WILD.finditer(wanted):
        pieces[-1].add(wanted[last : wild.start()] + (wild[1] or ""))
        if wild[2] == "*":
            pieces.append(_Piece())
        elif wild[2]:
            pieces[-1].add_any()
        last = wild.end()
    pieces[-1].add(wanted[last:])
    return pieces


class _Piece:
    """A text with `?` for any letter: all that stands between two `*`."""

    def __init__(self) -> None:
        self._pattern = ""
        self.length = 0

    def add(self, text: str) -> None:
        """Add letters."""
        self._pattern += re.escape(text)
        self.length += len(text)

    def add_any(self) -> None:
        """Add any letter."""
        self._pattern += "."
        self.length += 1

    def compiled(self) -> re.Pattern[str]:
        """Return what finds it."""
        return re.compile(self._pattern, re.IGNORECASE | re.DOTALL)


def _holds(
    first: re.Pattern[str], middle: list[re.Pattern[str]], ending: re.Pattern[str], length: int, text: str
) -> bool:
    """Whether a text is made of pieces with anything between them."""
    opened = first.match(text)
    if opened is None:
        return False
    at, end = opened.end(), len(text) - length
    for piece in middle:
        found = piece.search(text, at)
        if found is None:
            return False
        at = found.end()
    return at <= end and ending.fullmatch(text, end) is not None
