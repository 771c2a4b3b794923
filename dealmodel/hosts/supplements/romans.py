"""Roman numerals in their classic and in their four shorter forms.

References
----------
.. [1] Microsoft, documentation of ROMAN: 499 is CDXCIX, LDVLIV, XDIX, VDIV and ID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, number, one

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_LETTERS = tuple(zip("MDCLXVI", (1000, 500, 100, 50, 10, 5, 1), strict=True))
_LARGEST, _FORMS = 3999, 4


@each
def roman(value: EngineValue, form: EngineValue = 0.0) -> str:
    """Whole number as a Roman numeral (ROMAN)."""
    left, shape = int(number(value)), one(form)
    steps = (0 if shape else _FORMS) if isinstance(shape, bool) else int(number(shape))
    refuse(not 0 <= left <= _LARGEST or not 0 <= steps <= _FORMS, CellError.VALUE)
    text = ""
    for i, (letter, size) in enumerate(_LETTERS):
        text += letter * (left // size)
        left %= size
        for before, less in _before(i, steps):
            if left >= size - less:
                text += before + letter
                left -= size - less
                break
    return text


def _before(position: int, steps: int) -> list[tuple[str, int]]:
    """Return the letters that may stand before one to make it smaller, the smallest that the form allows first.

    In the classic form it is the power of ten below; each shorter form lets it be one letter further away.
    """
    first = position + 2 - position % 2
    return [_LETTERS[i] for i in range(min(first + steps, len(_LETTERS) - 1), first - 1, -1)]
