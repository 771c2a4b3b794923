"""Regular expressions that a workbook brings with it: none of them may search without an end.

An expression may try more ways through a text than there is time for; one that did so once is not tried again.

References
----------
.. [1] PCRE2, which Excel uses: no number of repetitions above 65,535, no more than 250 brackets in each other.
"""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING, TypeVar

import regex

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import CellErrorRaised, TakesTooLong

if TYPE_CHECKING:
    from collections.abc import Callable

_Found = TypeVar("_Found")
SECONDS = 0.25
"""Time that an expression gets for one text; the usual ones take some millionths of it."""
_REPEATED = re.compile(r"\{(\d{0,12}),?(\d{0,12})\}")
_MOST_REPEATED = 2**20
"""Copies of a piece that an expression may ask for; they are made before anything is searched."""
_endless: set[tuple[str, bool]] = set()
"""Expressions that took too long, with whether the case of letters counted."""


class Expression:
    """A regular expression.

    Parameters
    ----------
    text
        As the workbook has it.
    ignores_case
        Whether capitals and small letters are the same.
    """

    def __init__(self, text: str, *, ignores_case: bool = False) -> None:
        self._key = (text, ignores_case)
        self._compiled = _compiled(*self._key)

    def holds(self, text: str) -> bool:
        """Whether it is all of a text."""
        return self._within(lambda: self._compiled.fullmatch(text, timeout=SECONDS)) is not None

    def found(self, text: str) -> list[regex.Match[str]]:
        """Return every place in a text where it is."""
        return self._within(lambda: list(self._compiled.finditer(text, timeout=SECONDS)))

    def is_in(self, text: str) -> bool:
        """Whether it is anywhere in a text."""
        return self._within(lambda: self._compiled.search(text, timeout=SECONDS)) is not None

    def _within(self, search: Callable[[], _Found]) -> _Found:
        if self._key in _endless:
            raise TakesTooLong
        try:
            return search()
        except TimeoutError:
            _endless.add(self._key)
            raise TakesTooLong from None


@functools.lru_cache(maxsize=256)
def _compiled(text: str, ignores_case: bool) -> regex.Pattern[str]:
    counts = (max(int(n or 1) for n in found.groups()) for found in _REPEATED.finditer(text))
    if math.prod(max(count, 1) for count in counts) > _MOST_REPEATED:
        raise TakesTooLong
    try:
        return regex.compile(text, regex.IGNORECASE if ignores_case else 0)
    except (regex.error, RecursionError, OverflowError):
        raise CellErrorRaised(CellError.VALUE) from None
