"""Digits of numbers in the places that a number format has for them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.texts import DIGITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.hosts.supplements.moments import Token

_ROOM = Context(prec=1000)
"""Digits for the largest number with all the decimals that a format can hold; 28 would be an error from 1E28 on."""


def exact(number: float) -> Decimal:
    """Return a number with the digits that Excel shows."""
    return Decimal(f"{number:.{DIGITS}g}")


def rounded(number: Decimal, decimals: int) -> Decimal:
    """Return a number with so many decimals, halves going away from zero."""
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _ROOM)


def before_point(digits: str, tokens: Sequence[Token], *, grouped: bool = False) -> str:
    """Return the digits before the point in their places, all that there are in the first of these."""
    places = sum(t.kind == "digit" for t in tokens)
    pieces: list[str] = []
    written = 0
    for token in reversed(tokens):
        if token.kind != "digit":
            pieces.append(token.text)
            continue
        places -= 1
        if digits:
            taken, digits = (digits, "") if places == 0 else (digits[-1], digits[:-1])
        else:
            taken = {"0": "0", "?": " "}.get(token.text, "")
        for digit in reversed(taken):
            if grouped and written and written % 3 == 0:
                pieces.append("," if digit != " " else " ")
            pieces.append(digit)
            written += 1
    if digits:
        pieces.append(digits[::-1])
    return "".join(pieces[::-1])


def after_point(digits: str, tokens: Sequence[Token]) -> str:
    """Return the digits after the point in their places."""
    pieces = []
    left = digits
    kept = len(digits.rstrip("0"))
    for token in tokens:
        if token.kind != "digit":
            pieces.append(token.text)
            continue
        position = len(digits) - len(left)
        digit, left = left[:1], left[1:]
        dropped = position >= kept and token.text != "0"
        pieces.append({"?": " "}.get(token.text, "") if dropped else digit)
    return "".join(pieces)
