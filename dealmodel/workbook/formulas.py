"""Formula texts: cut into tokens, moved to another cell, and made canonical for the engine."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT
from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, column_letters, column_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Letters are what ASCII has besides: a range of all others would take longer to compile than all other patterns.
_LETTER = r"[^\x00-#%-@\[\]^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-#%-\-/:->@\[\]^`{-\x7f]"
# One pattern cuts any formula: what stands in quotes or brackets is one token and is never looked into.
_TOKEN = re.compile(
    rf"""
      (?P<string>"(?:[^"]|"")*")
    | (?P<quoted>'(?:[^']|'')*')
    | (?P<bracket>\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])
    | (?P<columns>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}(?![\w.(!\[$]))
    | (?P<rows>\$?\d{{1,7}}:\$?\d{{1,7}}(?![\w.(!]))
    | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    | (?P<error>\#[A-Z/0]+[!?]?)
    | (?P<word>{_LETTER}{_LETTER_OR_DIGIT}*)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REFERENCE = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6})")
_PART = re.compile(r"(\$?)([A-Za-z]+|\d+)")
_TO_RESPELL = re.compile(r"""[\['] | [(,]\s*, | ,\s*\) | (?<=[\w.])DM_ | (?!DM_)[dD][mM]""", re.VERBOSE)
"""What a formula holds in which a function of ours may have another spelling, or an argument be left out."""
_QUOTED = re.compile(r"""\"[^"]*\"|'[^']*'""")
_CALLED = re.compile(rf"((?!\$){_LETTER}{_LETTER_OR_DIGIT}*)\(")
_ADD_IN = re.compile(
    r"(?:.*\.)?_?XLDUDF_(?P<office>DM_\w+)|ORG\.DEALMODEL\.CALCADDIN\.DM(?P<calc>\w+)|(?P<own>DM_\w+)", re.IGNORECASE
)


def tokens(formula: str) -> Iterator[tuple[str, str]]:
    """Cut a formula into kind and text; the texts joined are the formula.

    Examples
    --------
    >>> [text for kind, text in tokens("SUM('My sheet'!A1,2)")]
    ['SUM', '(', "'My sheet'", '!', 'A1', ',', '2', ')']
    """
    for match in _TOKEN.finditer(formula):
        yield match.lastgroup or "other", match[0]


def move(formula: str, down: int, right: int) -> str:
    """Return a formula as it reads when it is copied to another cell.

    Examples
    --------
    >>> move("A1+$B$2+SUM(C:C)", 1, 1)
    'B2+$B$2+SUM(D:D)'
    """
    pieces = []
    cut = list(tokens(formula))
    for (kind, text), (_, following) in itertools.zip_longest(cut, cut[1:], fillvalue=("", "")):
        if kind == "word" and following[:1] not in ("(", "!", "["):
            match = _REFERENCE.fullmatch(text)
            pieces.append(_moved(match, down, right) if match else text)
        elif kind in ("columns", "rows"):
            pieces.append(_PART.sub(lambda m: _moved_part(m, down, right), text))
        else:
            pieces.append(text)
    return "".join(pieces)


def _moved(match: re.Match[str], down: int, right: int) -> str:
    fixed_column, column, fixed_row, row = match.groups()
    return (
        f"{fixed_column}{column if fixed_column else column_letters(_wrap(column_number(column) + right, MAX_COLUMN))}"
        f"{fixed_row}{row if fixed_row else _wrap(int(row) + down, MAX_ROW)}"
    )


def _moved_part(match: re.Match[str], down: int, right: int) -> str:
    fixed, part = match.groups()
    if fixed:
        return match[0]
    if part.isdigit():
        return str(_wrap(int(part) + down, MAX_ROW))
    return column_letters(_wrap(column_number(part) + right, MAX_COLUMN))


def _wrap(index: int, size: int) -> int:
    """Return a row or column after a move; over the edge of the sheet it goes on at the other, as in Excel."""
    return (index - 1) % size + 1


def canonical(formula: str) -> str:
    r"""Return a formula with our functions under their canonical names and their omitted arguments marked.

    Accepts every host's spelling: `[1]!dm_x(`, `'C:\...\dealmodel.xlam'!DM_X(`, `_xldudf_DM_X(` and
    `ORG.DEALMODEL.CALCADDIN.DMX(`.

    Examples
    --------
    >>> canonical("[1]!dm_stake_sold(A1,8)")
    'DM_STAKE_SOLD(A1,8)'
    """
    # Most formulas call none of ours, which is ten times quicker to see.
    if "DM" not in formula.upper() or not _TO_RESPELL.search(formula):
        return formula
    pieces: list[str] = []
    calls: list[list[bool]] = []
    """Per open bracket: whether it opens a call of ours, whether its argument has begun, whether that is the first."""
    cut = list(tokens(formula))
    for i, (kind, text) in enumerate(cut):
        opens = i + 1 < len(cut) and cut[i + 1][1] == "("
        name = canonical_name(text) if kind == "word" and opens else None
        if text in ("(", "{") and kind == "other":
            ours = (
                text == "(" and bool(pieces) and pieces[-1].startswith("DM_") and canonical_name(pieces[-1]) is not None
            )
            _begin(calls)
            calls.append([ours, False, True])
        elif text in (",", ")", "}", ";") and kind == "other" and calls:
            ours, begun, first = calls[-1]
            if ours and not begun and not (text == ")" and first):
                pieces.append(f'"{OMITTED_TEXT}"')
            calls[-1] = [ours, False, False]
            if text in (")", "}"):
                calls.pop()
        elif kind != "space":
            _begin(calls)
        if name is not None:
            _drop_workbook(pieces)
        pieces.append(name or text)
    return "".join(pieces)


def respelled(formula: str, spell: Callable[[str], str | None]) -> str:
    """Return a formula with our functions as another host spells them; it may have any host's spelling before.

    Parameters
    ----------
    formula
        The formula.
    spell
        Gives a canonical name in the other spelling; None leaves it as it stands.

    Examples
    --------
    >>> respelled("1+[1]!dm_stake_sold(A1,8)", str.lower)
    '1+dm_stake_sold(A1,8)'
    """
    if "DM" not in formula.upper():
        return formula
    pieces: list[str] = []
    cut = list(tokens(formula))
    for (kind, text), (_, following) in itertools.zip_longest(cut, cut[1:], fillvalue=("", "")):
        name = canonical_name(text) if kind == "word" and following == "(" else None
        spelled = None if name is None else spell(name)
        if spelled is not None:
            _drop_workbook(pieces)
        pieces.append(spelled or text)
    return "".join(pieces)


def canonical_name(word: str) -> str | None:
    """Return the canonical name of a function of ours in any host's spelling, or None."""
    match = _ADD_IN.fullmatch(word)
    if not match:
        return None
    if match["calc"]:
        return _from_calc().get(match["calc"].upper())
    return (match["office"] or match["own"]).upper()


@functools.cache
def _from_calc() -> dict[str, str]:
    """Return canonical names by their spelling without underscores, as LibreOffice's programmatic names have them."""
    from dealmodel.catalogue import CATALOGUE  # noqa: PLC0415  only a workbook saved by LibreOffice needs it

    return {name.removeprefix("DM_").replace("_", ""): name for name in CATALOGUE}


def _begin(calls: list[list[bool]]) -> None:
    if calls:
        calls[-1][1] = True


def _drop_workbook(pieces: list[str]) -> None:
    r"""Remove the add-in's workbook in front of a function: `[1]!` or `'C:\...\dealmodel.xlam'!`."""
    if len(pieces) > 1 and pieces[-1] == "!" and pieces[-2][:1] in ("[", "'"):
        del pieces[-2:]


def refers_outside(formula: str) -> bool:
    """Whether a formula refers to another workbook, other than to call a function of ours there.

    Examples
    --------
    >>> refers_outside("[1]Sheet1!A1*2"), refers_outside("[1]!dm_stake_sold(A1,8)"), refers_outside("SUM([Price])")
    (True, False, False)
    """
    if "[" not in formula:
        return False
    before = ""
    for (kind, text), (next_kind, following) in itertools.pairwise([*tokens(canonical(formula)), ("", "")]):
        is_before_name = next_kind == "word" or following == "!"
        if (kind == "bracket" and before != "word" and is_before_name) or (kind == "quoted" and "[" in text):
            return True
        before = kind
    return False


def functions_in(formulas: Iterable[str]) -> frozenset[str]:
    """Return the names of the functions that many formulas call, in upper case.

    Examples
    --------
    >>> sorted(functions_in(['SUM(A1,"IF(")', "'my (sheet'!A1+x.y(2)"]))
    ['SUM', 'X.Y']
    """
    return frozenset(name.upper() for name in _CALLED.findall(_QUOTED.sub("", "\n".join(formulas))))


def called_functions(formula: str) -> set[str]:
    """Return the names of the functions that a formula calls, in upper case."""
    cut = list(tokens(formula))
    return {text.upper() for (kind, text), (_, after) in itertools.pairwise(cut) if kind == "word" and after == "("}
