"""What a proof about an interval says of the roots that a search found in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dealmodel.simulation.enclosures.proof import prove
from dealmodel.simulation.whatif.roots import Found, at_round_number, crossing, stretch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dealmodel.simulation.enclosures.proof import Proof
    from dealmodel.simulation.whatif.curve import Curve

    Stretch = tuple[float, float]

_NARROW = 1e-6
"""Width, relative to the interval, up to which a stretch that is left open belongs to the root or jump within it."""
_LISTED = 3
"""Stretches and reasons that are named before the others are counted."""

_ROUNDS = 12
"""How often an interval is cut for a proof: what is left is below any digit that counts."""
_MOST_OPERATIONS = 40_000
"""Operations that are enclosed for a proof, over all rounds; a few seconds."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What a proof leaves open.

    Attributes
    ----------
    stretches
        All stretches of which nothing is proved.
    wide
        Whether they are more than the neighbourhoods of roots and jumps.
    words
        What is proved and what is not.
    """

    stretches: tuple[Stretch, ...] = ()
    wide: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A proof that was tried.

    Attributes
    ----------
    proof
        What came of it; nothing where it was not tried.
    span
        The width of the interval.
    reasons
        What could not be enclosed.
    """

    proof: Proof | None = None
    span: float = 0.0
    reasons: tuple[str, ...] = field(default=())

    def completed(self, found: Found, curve: Curve) -> Found:
        """Return what a search found with the roots that it did not see, or took for jumps.

        Where the output rises or falls throughout it has no jumps, and passes the target if its ends are on both sides.
        """
        if self.proof is None:
            return found
        roots, jumps = list(found.roots), list(found.jumps)
        for low, high in self.proof.single:
            if not _overlaps((low, high), [(r.low, r.high) for r in roots], self.proof.finest):
                root = crossing(curve, low, high)
                roots += [] if root is None else [root]
            jumps = [j for j in jumps if not low < j < high]
        for low, high in self.proof.level:
            if not _overlaps((low, high), [(r.low, r.high) for r in roots], self.proof.finest):
                # The formulas give the target here, but for rounding.
                roots.append(stretch(curve, low, high, self.proof.finest))
        for low, high in self.proof.left:
            known = [(r.low, r.high) for r in roots]
            if high - low <= self._narrow and not _overlaps((low, high), known, self._narrow):
                root = at_round_number(curve, low, high)
                roots += [] if root is None else [root]
        return Found(tuple(sorted(roots, key=lambda r: r.low)), tuple(jumps))

    @property
    def is_complete(self) -> bool:
        """Whether all but the neighbourhoods of some places is known."""
        return self.proof is not None and all(high - low <= self._narrow for low, high in self.proof.left)

    @property
    def _narrow(self) -> float:
        finest = self.proof.finest if self.proof else 0.0
        return max(_NARROW * self.span, 2 * finest)

    def open(self, found: Found) -> Rest:
        """Return what is left open beside what was found."""
        proof = self.proof
        if proof is None:
            return Rest(words=_because(self.reasons))
        roots = [(r.low, r.high) for r in found.roots]
        # Each of these holds one root at most; without one, whether it does is not known.
        unknown = [s for s in (*proof.single, *proof.level) if not _overlaps(s, roots, proof.finest)]
        left = tuple(sorted((*proof.left, *unknown)))
        places = [*roots, *((j, j) for j in found.jumps)]
        narrow = [s for s in left if s[1] - s[0] <= self._narrow]
        wide = [s for s in left if s not in narrow]
        if wide:
            share = sum(high - low for low, high in wide) / self.span
            count = f"{1 - share:.4%}".rstrip("%").rstrip("0").rstrip(".")
            told = f"Enclosures prove {count}% of the interval" if share < 1 else "Enclosures prove nothing"
            return Rest(left, wide=True, words=f"{told}{_because(self.reasons) or f': not {_open_words(wide)}'}.")
        beside = [s for s in narrow if not _overlaps(s, places, proof.finest)]
        near = max((high - low for low, high in narrow if (low, high) not in beside), default=0.0)
        words = (
            f"Proof: the formulas, enclosed over {proof.pieces:,} pieces by interval arithmetic, leave no room for "
            f"{'another root' if found.roots else 'a root'}"
        )
        words += f" more than {near:.1g} from what is listed" if near else ""
        if beside:
            words += (
                f", but for numbers {_open_words(beside)}, where the output may touch the target, jump, or be an error"
            )
        return Rest(left, words=f"{words}.")


def attempt(curve: Curve, low: float, high: float) -> Attempt:
    """Return what enclosures of the formulas prove about the roots of a curve in an interval."""
    enclosing = curve.enclosing()
    rounds = min(_ROUNDS, _MOST_OPERATIONS // max(1, enclosing.size))
    if not rounds:
        return Attempt(reasons=(f"{enclosing.size:,} operations are too many to be enclosed",))
    proof = prove(enclosing, curve.target, low, high, rounds, curve.rounding)
    return Attempt(proof, high - low, tuple(enclosing.reasons))


def _overlaps(stretch: Stretch, others: Iterable[Stretch], beside: float) -> bool:
    return any(low <= stretch[1] + beside and high >= stretch[0] - beside for low, high in others)


def _because(reasons: tuple[str, ...]) -> str:
    return f": {'; '.join(reasons[:_LISTED])}" if reasons else ""


def _open_words(stretches: list[Stretch] | tuple[Stretch, ...]) -> str:
    """Return stretches in words: narrow ones by their middles."""
    named = []
    for low, high in stretches[:_LISTED]:
        middle, half = (low + high) / 2, (high - low) / 2
        is_narrow = half <= 1e-5 * max(abs(middle), half)
        named.append(f"within {half:.1g} of {middle:.9g}" if is_narrow else f"{low:.9g} to {high:.9g}")
    more = f" and {len(stretches) - _LISTED:,} more" if len(stretches) > _LISTED else ""
    return f"{', '.join(named)}{more}"
