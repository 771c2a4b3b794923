"""Where the command line begins.

The question that is asked most, BOOK regenerated into OUT with nothing else said, is answered without click: to import
it takes a quarter of what a small workbook takes. Whatever else is asked, and whatever may be wrong, click reads.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from dealmodel.collector import OBJECTS_BETWEEN_COLLECTIONS
from dealmodel.console import run

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = 4
"""Words of a plain question: regenerate BOOK -o OUT."""
_COMPLETING = "_DEALMODEL_COMPLETE"
"""What a shell sets that asks click how a word may go on."""


def main() -> NoReturn:
    """Run the command line."""
    files = plain_regeneration(sys.argv[1:])
    if files is None:
        from dealmodel.cli import main as with_click  # noqa: PLC0415  it is what is saved here

        with_click()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    run(lambda: _regenerate(*files), is_guarded=True)


def plain_regeneration(words: Sequence[str]) -> tuple[str, str] | None:
    """Return the workbook and the file to write, where no more is asked and click would find nothing wrong.

    Examples
    --------
    >>> plain_regeneration(["regenerate", "deal.xlsx", "-o", "out.xlsx"])
    ('deal.xlsx', 'out.xlsx')
    >>> plain_regeneration(["regenerate", "deal.xlsx", "-o", "out.xlsm"])
    >>> plain_regeneration(["show", "deal.xlsx"])
    """
    if len(words) != _PLAIN or words[0] != "regenerate" or words[2] not in ("-o", "--output"):
        return None
    book, out = words[1], words[3]
    if os.name == "nt" or _COMPLETING in os.environ or "" in words or book[0] == "-" or out[0] == "-":
        # On Windows click gives words the files that their stars stand for.
        return None
    is_of_one_kind = os.path.splitext(book)[1].lower() == os.path.splitext(out)[1].lower()  # noqa: PTH122  as above
    can_be_read = all(os.access(file, os.R_OK) for file in (book, out) if os.path.exists(file))  # noqa: PTH110
    return (book, out) if is_of_one_kind and can_be_read else None


def _regenerate(book: str, out: str) -> NoReturn:
    from pathlib import Path  # noqa: PLC0415  behind the fork, beside the rest

    from dealmodel.regeneration import Request, regenerate  # noqa: PLC0415

    sys.exit(regenerate(Request(Path(book), Path(out))))
