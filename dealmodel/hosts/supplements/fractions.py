"""Numbers as wholes and fractions, as the formats `# ?/?` and `# ??/16` show them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements.digits import before_point, exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.hosts.supplements.moments import Token


class _Places(NamedTuple):
    """The parts of the format of a fraction."""

    whole: Sequence[Token]
    between: Sequence[Token]
    """What stands between the whole and the numerator."""
    above: Sequence[Token]
    bar: Sequence[Token]
    below: Sequence[Token]
    after: Sequence[Token]

    @property
    def width(self) -> int:
        """Characters that are left blank where there is no fraction."""
        return sum(len(t.text) for part in (self.between, self.above, self.bar, self.below) for t in part)


def fraction(number: float, tokens: Sequence[Token], slash: int) -> str:
    """Return a number as a whole and a fraction.

    Parameters
    ----------
    number
        The number, not negative.
    tokens
        The format.
    slash
        Where the slash of the fraction stands in it.
    """
    places = _places(tokens, slash)
    amount = Fraction(exact(number))
    whole = int(amount) if places.whole else 0
    top, bottom = _nearest(amount - whole, "".join(t.text for t in places.below))
    if places.whole and top == bottom:
        whole, top = whole + 1, 0
    after = "".join(t.text for t in places.after)
    if places.whole and not top and not _holds("0", places.above):
        shows_blanks = _holds("?", places.whole, places.above, places.below)
        blank = " " * places.width if shows_blanks else ""
        return before_point(str(whole), places.whole) + blank + after
    bar = "".join(t.text for t in places.bar)
    return _before(whole, top, places) + before_point(str(top), places.above) + bar + _below(bottom, places) + after


def _places(tokens: Sequence[Token], slash: int) -> _Places:
    """Cut the format of a fraction into its parts."""
    end = slash
    while end > 0 and tokens[end - 1].kind != "digit":
        end -= 1
    first = end
    while first > 0 and tokens[first - 1].kind == "digit":
        first -= 1
    begin = slash + 1
    while begin < len(tokens) - 1 and not _is_digit(tokens[begin]):
        begin += 1
    last = begin
    while last < len(tokens) and _is_digit(tokens[last]):
        last += 1
    whole = max((i + 1 for i, t in enumerate(tokens[:first]) if t.kind == "digit"), default=0)
    if not whole:
        # What stands before the only number is no place of a whole.
        first = 0
    return _Places(
        tokens[:whole], tokens[whole:first], tokens[first:end], tokens[end:begin], tokens[begin:last], tokens[last:]
    )


def _is_digit(token: Token) -> bool:
    return token.kind == "digit" or token.text.isdigit()


def _nearest(amount: Fraction, below: str) -> tuple[int, int]:
    """Return numerator and denominator: of a given denominator, or of one with so many digits."""
    given = below.replace("?", "").replace("#", "")
    if given.strip("0"):
        return int(amount * int(given) + Fraction(1, 2)), int(given)
    near = amount.limit_denominator(10 ** len(below) - 1)
    return near.numerator, near.denominator


def _before(whole: int, top: int, places: _Places) -> str:
    """Return the whole; one that is nothing leaves blanks where a place of the format is a `?`, or nothing."""
    between = "".join(t.text for t in places.between)
    if not places.whole:
        return between
    if whole or _holds("0", places.whole) or (not top and _holds("?", places.whole)):
        return before_point(str(whole), places.whole) + between
    blank = " " * len(between) if _holds("?", places.whole, places.above) else ""
    return before_point("", places.whole) + blank


def _below(bottom: int, places: _Places) -> str:
    if all(t.kind == "digit" and t.text in "?#" for t in places.below):
        return str(bottom).ljust(sum(t.text == "?" for t in places.below))
    return str(bottom).zfill(len(places.below)) if _holds("0", places.below) else str(bottom)


def _holds(place: str, *parts: Sequence[Token]) -> bool:
    """Whether a part of the format has such a place for a digit."""
    return any(t.kind == "digit" and t.text == place for part in parts for t in part)
