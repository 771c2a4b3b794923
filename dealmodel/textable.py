"""Tables of text: cut at the edge of a terminal, whole where the output goes into a file or a pipe."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.console import say

if TYPE_CHECKING:
    from collections.abc import Sequence


_GAP = 2


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    title
        What stands above it.
    right
        Whether it holds numbers.
    """

    title: str
    right: bool = False


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, fold: bool = False) -> None:
    """Print a table.

    Parameters
    ----------
    columns, rows
        The table.
    fold
        Whether columns that do not fit into a terminal follow below, beside the first one again, and are not cut.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        _print_fitted(columns, rows, fold=fold)
    else:
        say("\n".join(aligned(columns, rows)))


def room_beside(columns: Sequence[Column], rows: Sequence[Sequence[str]], most: int, least: int) -> int:
    """Return how wide one more column of a table may be, between two widths, so that a terminal does not cut it."""
    if sys.stdout is None or not sys.stdout.isatty():
        return most
    taken = max(map(len, aligned(columns, rows))) + _GAP
    return max(least, min(most, shutil.get_terminal_size().columns - taken))


def aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table with nothing cut.

    Examples
    --------
    >>> aligned([Column("name"), Column("value", right=True)], [("price", "300.00")])
    ['name    value', 'price  300.00']
    """
    lines = [[c.title for c in columns], *([_one_line(text) for text in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    return [
        "  ".join(
            text.rjust(width) if column.right else text.ljust(width)
            for column, text, width in zip(columns, line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]


def _one_line(text: str) -> str:
    """Return a text without line breaks and other characters that a console obeys."""
    return text if text.isprintable() else " ".join("".join(c if c.isprintable() else " " for c in text).split())


def folded(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """Return which columns stand side by side so that none is cut, the first one in each part.

    Examples
    --------
    >>> folded([Column("name"), Column("mean"), Column("sd")], [("price", "300.00", "12.5")], 14)
    [[0, 1], [0, 2]]
    """
    widths = [max(len(t) for t in (c.title, *(_one_line(row[i]) for row in rows))) for i, c in enumerate(columns)]
    parts: list[list[int]] = [[0]]
    for i in range(1, len(columns)):
        if len(parts[-1]) > 1 and sum(widths[j] + _GAP for j in parts[-1]) + widths[i] > width:
            parts.append([0])
        parts[-1].append(i)
    return parts


def _print_fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, fold: bool) -> None:
    from rich.console import Console  # noqa: PLC0415  60 ms that only a terminal needs
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    parts = folded(columns, rows, console.width) if fold else [list(range(len(columns)))]
    for part in parts:
        if part is not parts[0]:
            console.print()
        lines = aligned([columns[i] for i in part], [[row[i] for i in part] for row in rows])
        for number, line in enumerate(lines):
            console.print(Text(line, style="" if number else "bold"), no_wrap=True, overflow="ellipsis")
