"""What a reader is told of how trials were computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.book import Settings
    from dealmodel.workbook.computing.computedcells import Kept

_NAMED = 6
"""Cells that a note names before it counts the others."""


def left_to_engine(fallback: Collection[Kept]) -> list[str]:
    """Return which cells the engine computed, those with the same reason together."""
    by_reason: dict[str, list[CellAt]] = {}
    for kept in sorted(fallback, key=lambda kept: (kept.at, kept.reason)):
        by_reason.setdefault(kept.reason, []).append(kept.at)
    notes = []
    for reason, cells in by_reason.items():
        more = f" and {len(cells) - _NAMED:,} more" if len(cells) > _NAMED else ""
        were = "was" if len(cells) == 1 else "were"
        listed = ", ".join(map(str, cells[:_NAMED]))
        notes.append(f"{listed}{more} {were} computed by the engine, trial by trial: {reason}")
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
