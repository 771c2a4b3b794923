"""Tables of text: cut at the edge of a terminal, whole where the output goes into a file or a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


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


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    if sys.stdout is not None and sys.stdout.isatty():
        _print_fitted(columns, rows)
    else:
        click.echo("\n".join(aligned(columns, rows)))


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


def _print_fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415  60 ms that only a terminal needs
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    for number, line in enumerate(aligned(columns, rows)):
        console.print(Text(line, style="" if number else "bold"), no_wrap=True, overflow="ellipsis")
