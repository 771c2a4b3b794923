"""What a reader is told of how trials were computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT
from dealmodel.simulation.sampling.draws import PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.book import Settings
    from dealmodel.workbook.computing.computedcells import Kept

_MOSTLY = 0.5
_NAMED = 6
"""Cells that a note names before it counts the others."""


def left_to_engine(fallback: Collection[Kept]) -> list[str]:
    """Return which cells the engine computed, those with the same reason together."""
    by_reason: dict[str, list[CellAt]] = {}
    for kept in sorted(fallback, key=lambda kept: (kept.at, kept.reason)):
        by_reason.setdefault(kept.reason, []).append(kept.at)
    notes = []
    for reason, cells in by_reason.items():
        were = "was" if len(cells) == 1 else "were"
        notes.append(f"{_listed(cells)} {were} computed by the engine, trial by trial: {reason}")
    return notes


def unsettled(count: int, trials: int, settings: Settings) -> list[str]:
    """Return what is told of trials in which circular references have not settled; nothing where all have.

    Parameters
    ----------
    count
        How many have not.
    trials
        Of how many.
    settings
        How the workbook iterates.
    """
    if not count:
        return []
    note = (
        f"circular references still change by {settings.change:g} or more after {settings.iterations:,} iterations, "
        f"the most that the workbook allows, in {count:,} of {trials:,} trials ({count / trials:.2%}); there they are "
        "left where they are, as in a spreadsheet"
    )
    return [note]


def without_effect(labels: Sequence[str]) -> list[str]:
    """Return what is told of the uncertain numbers on which no output depends; nothing where there is none."""
    if not labels:
        return []
    return [f"no output depends on {_listed(labels)}"]


def hardly_explained(shares: Mapping[str, float]) -> list[str]:
    """Return which outputs move mostly in ways that rank correlations do not see; nothing where there is none.

    Parameters
    ----------
    shares
        The share of each output's variance that rank correlations account for.
    """
    few = [f"{name} ({share:.0%})" for name, share in shares.items() if share < _MOSTLY]
    if not few:
        return []
    note = (
        f"rank correlations account for less than half of what moves {_listed(few)}: it moves to and fro with an "
        "input, with several together, or rarely; --indices 16384 tells how much each input does"
    )
    return [note]


def failed(name: str, errors: Mapping[str, int], trials: int) -> list[str]:
    """Return what is told of the trials in which an output is an error; nothing where it never is.

    Parameters
    ----------
    name
        The output.
    errors
        How often each error came up.
    trials
        Of how many.
    """
    if not errors:
        return []
    kinds = ", ".join(f"{error} {count:,}" for error, count in errors.items())
    share = sum(errors.values()) / trials
    return [f"{name} is an error in {share:.2%} of the trials ({kinds}); they are left out"]


def spoken(name: str, texts: Mapping[str, int], trials: int) -> list[str]:
    """Return what is told of the trials in which an output is a text; nothing where it never is.

    Parameters
    ----------
    name
        The output.
    texts
        How often each text came up, the most frequent first.
    trials
        Of how many.
    """
    if not texts:
        return []
    shares = [f"{text or 'empty'} {count / trials:.2%}" for text, count in texts.items()]
    share = sum(texts.values()) / trials
    rest = "" if share == 1 else "; statistics are of its numbers"
    return [f"{name} is a text in {share:.2%} of the trials: {_listed(shares)}{rest}"]


def replaced(pair: tuple[Draw, Draw]) -> str:
    """Return what is told of a distribution that is another in a run than in its cell."""
    old, new = pair
    return f"{new.name} is {_spelled(new)} in this run, not {_spelled(old)} as its cell has it"


def _spelled(draw: Draw) -> str:
    """Return a distribution as it is given, without the marks of arguments that are left out."""
    given = ["" if OMITTED_TEXT in argument else argument for argument in draw.arguments]
    return f"{draw.function.removeprefix(PREFIX)}({','.join(given)})"


def _listed(items: Sequence[object]) -> str:
    """Return the first of some items in words, and how many others there are."""
    more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
    return f"{', '.join(map(str, items[:_NAMED]))}{more}"
