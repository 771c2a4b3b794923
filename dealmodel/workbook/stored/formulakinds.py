"""Kinds of formulas: those that are filled down differ in nothing but digits, and what holds for one holds for all.

A sheet of a hundred thousand formulas has some dozen kinds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_NUMBERED = re.compile(rb"[A-Za-z_.\x80-\xff]0[\w.\x80-\xff]*\(|&#|_x0")
"""A function with digits in its name, or an escaped letter, where all digits are alike."""


def digits_alike(formula: bytes) -> bytes:
    """Return a formula with all digits alike, as those are that are filled down."""
    return formula.translate(_ALIKE)


class FormulaKinds:
    """The kinds of many formulas.

    Parameters
    ----------
    formulas
        The formulas as a part spells them; empty ones count as none.
    """

    def __init__(self, formulas: Sequence[bytes]) -> None:
        self._formulas = formulas
        known: dict[bytes, bytes] = {b"": b""}
        # Each kind is kept once: a hundred thousand of them would take their time to be put into memory.
        self.of_all = [known.setdefault(kind := formula.translate(_ALIKE), kind) for formula in formulas]
        """The formulas with all digits alike, in the same order."""
        self._examples = dict(zip(self.of_all, formulas, strict=True))
        """One formula of every kind."""
        self._examples.pop(b"", None)
        self._numbered = {kind for kind in self._examples if _NUMBERED.search(kind)}
        """The kinds of which digits may be a part of a function's name, or spell a letter."""

    def some(self) -> list[bytes]:
        """Return some of the formulas, from which all others differ in digits only, but never in a function's name.

        Examples
        --------
        >>> FormulaKinds([b"A1+1", b"A2+3", b"LOG10(A1)", b"LOG2(A2)"]).some()
        [b'A2+3', b'LOG10(A1)', b'LOG2(A2)']
        """
        numbered = self._numbered
        others = (
            (f for f, kind in zip(self._formulas, self.of_all, strict=True) if kind in numbered) if numbered else ()
        )
        return list(dict.fromkeys([*self._examples.values(), *others]))

    def told(self, is_so: Callable[[bytes], bool]) -> list[bool]:
        """Return of each formula whether something is so that does not hang on digits, but for those of a name.

        Examples
        --------
        >>> FormulaKinds([b"A1+1", b"", b"SUM(A2)", b"A2+3"]).told(lambda formula: b"SUM" in formula)
        [False, False, True, False]
        """
        told = {kind: is_so(formula) for kind, formula in self._examples.items()}
        told[b""] = False
        found = [told[kind] for kind in self.of_all] if any(told.values()) else [False] * len(self.of_all)
        if self._numbered:
            for i, kind in enumerate(self.of_all):
                if kind in self._numbered:
                    found[i] = is_so(self._formulas[i])
        return found
