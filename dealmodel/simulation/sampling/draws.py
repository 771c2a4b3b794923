"""The uncertain numbers of a workbook: calls of distribution functions in formulas, or inputs from outside."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED, OMITTED_TEXT
from dealmodel.errors import ArgumentsError, InputRefusedError, UnknownNameError
from dealmodel.workbook.address import named_place
from dealmodel.workbook.formulas import canonical, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

PREFIX = "DM_"
OUTPUT = "DM_OUTPUT"
_SCENARIO = re.compile(r"\[.*\](?=#\d+$|$)")
DISTRIBUTIONS = frozenset(
    PREFIX + name
    for name in (
        *("UNIFORM", "NORMAL", "LOGNORMAL", "TRIANGULAR", "PERT", "BETA", "GAMMA", "EXPONENTIAL", "WEIBULL"),
        *("STUDENT", "TRUNCATED_NORMAL", "PARETO", "BERNOULLI", "BINOMIAL", "POISSON", "DISCRETE", "EMPIRICAL"),
        *("METALOG", "EVENT"),
    )
)
"""The worksheet functions that are sampled."""


def as_distributions(formula: str) -> str:
    """Return a canonical formula in which Excel's own random numbers are distributions.

    `RAND()` is `DM_UNIFORM(0,1)`, `RANDBETWEEN(a,b)` a whole number from a rounded up to b rounded down, so that each
    has a stream of its own as every uncertain number has.

    Examples
    --------
    >>> as_distributions("NORM.INV(RAND(),A1,2)")
    'NORM.INV(DM_UNIFORM(0,1),A1,2)'
    """
    if "RAND" not in formula.upper():
        return formula
    texts = [text for _, text in tokens(formula)]
    pieces: list[str] = []
    end = 0
    for call in calls(formula):
        replacement = _distribution(call) if call.start >= end else None
        if replacement is not None:
            pieces += [*texts[end : call.start], replacement]
            end = call.end
    return "".join(pieces + texts[end:])


def _distribution(call: Call) -> str | None:
    if call.function == "RAND" and not call.arguments:
        return "DM_UNIFORM(0,1)"
    if call.function != "RANDBETWEEN" or len(call.arguments) != 2:  # noqa: PLR2004
        return None
    low, high = map(as_distributions, call.arguments)
    drawn = f"INT(DM_UNIFORM(-INT(-({low})),INT({high})+1))"
    # Rounding may bring the very last of the numbers up to the next whole one.
    return drawn if any(c.function in DISTRIBUTIONS for c in calls(high)) else f"MIN({drawn},INT({high}))"


@dataclass(frozen=True, slots=True)
class Draw:
    """One call of a distribution function in a formula, or an input made uncertain from outside.

    Attributes
    ----------
    at
        The cell it stands in.
    position
        Which distribution call of that cell's formula, from 0, in reading order.
    function
        The canonical name, such as DM_PERT.
    arguments
        The formula texts of its arguments, canonical, relative to `at`; an omitted one is marked, as `canonical`
        marks it.
    name
        What reports call it, and what its stream of random numbers is derived from: the defined name of the cell,
        or Sheet!A1; `name[scenario]` in the column of a scenario; then #2 for the second of a cell.
    """

    at: CellAt
    position: int
    function: str
    arguments: tuple[str, ...]
    name: str

    @property
    def stream(self) -> str:
        """What the stream of random numbers is called: the same in all scenarios, and however the name is written."""
        return _SCENARIO.sub("", self.name).casefold()

    def takes_list(self, argument: int) -> bool:
        """Whether an argument, by its place, is a list rather than one number."""
        from dealmodel.distributions import DISTRIBUTIONS as FAMILIES  # noqa: PLC0415  SciPy

        parameters = FAMILIES[self.function].contract.parameters
        return argument < len(parameters) and bool(parameters[argument].core)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function within a formula.

    Attributes
    ----------
    function
        The name, in upper case.
    arguments
        The texts of its arguments.
    start, end
        Where it begins, and where it has ended, among the formula's tokens.
    """

    function: str
    arguments: tuple[str, ...]
    start: int
    end: int


def calls(formula: str) -> Iterator[Call]:
    """Find the calls of functions in a canonical formula, in reading order; one inside another comes after it.

    Examples
    --------
    >>> [(c.function, c.arguments) for c in calls("1+DM_NORMAL(A1,MAX(B1,2))")]
    [('DM_NORMAL', ('A1', 'MAX(B1,2)')), ('MAX', ('B1', '2'))]
    """
    cut = list(tokens(formula))
    for start, (kind, text) in enumerate(cut[:-1]):
        if kind == "word" and cut[start + 1][1] == "(":
            arguments, end = _arguments([text for _, text in cut], start + 1)
            yield Call(text.upper(), arguments, start, end)


def _arguments(texts: list[str], opening: int) -> tuple[tuple[str, ...], int]:
    """Return the arguments of the call whose bracket opens there, and where it has ended."""
    found = [""]
    depth = 0
    for i in range(opening, len(texts)):
        text = texts[i]
        depth += (text in ("(", "{")) - (text in (")", "}"))
        if depth == 0:
            arguments = tuple(argument.strip() for argument in found)
            return (arguments if arguments != ("",) else ()), i + 1
        if depth == 1 and text == ",":
            found.append("")
        elif i > opening:
            found[-1] += text
    return tuple(argument.strip() for argument in found), len(texts)


def find_draws(model: Model) -> tuple[Draw, ...]:
    """Return the uncertain numbers in a workbook's formulas, in the order of sheets, rows and columns."""
    names = cell_names(model)
    found = []
    for at in model.book.in_order(at for at, formula in model.formulas.items() if may_draw(formula)):
        sampled = (c for c in calls(drawn_formula(model.formulas[at])) if c.function in DISTRIBUTIONS)
        for position, call in enumerate(sampled):
            name = names.get(at, str(at)) + (f"#{position + 1}" if position else "")
            found.append(Draw(at, position, call.function, call.arguments, name))
    return tuple(found)


def check_arguments(draw: Draw) -> None:
    """Refuse a distribution that lacks an argument or has one too many, by the name of its cell.

    Raises
    ------
    InputRefusedError
        If so; its cell is #VALUE! whatever is drawn.
    """
    from dealmodel.distributions import DISTRIBUTIONS as FAMILIES  # noqa: PLC0415  SciPy, which a list needs not

    contract = FAMILIES[draw.function].contract
    given: list[object] = [OMITTED if OMITTED_TEXT in argument else argument for argument in draw.arguments]
    try:
        contract.bind(given, {})
    except ArgumentsError as error:
        what = str(error).removeprefix(contract.name).strip()
        where = named_place(draw.name, draw.at)
        raise InputRefusedError(f"{where} cannot be drawn: {draw.function} {what}") from None


def chance_draws(model: Model) -> tuple[Draw, ...]:
    """Return those uncertain numbers that stand in cells which call RAND or RANDBETWEEN."""
    if not any("RAND" in formula.upper() for formula in model.formulas.values()):
        return ()
    return tuple(d for d in find_draws(model) if "RAND" in model.formulas[d.at].upper())


def may_draw(formula: str) -> bool:
    """Whether a formula may hold an uncertain number: quickly told of nearly all that hold none."""
    upper = formula.upper()
    return "DM" in upper or "RAND" in upper


def drawn_formula(formula: str) -> str:
    """Return a formula of a workbook with its uncertain numbers spelled as calls of distributions."""
    return as_distributions(canonical(formula))


def cell_names(model: Model) -> dict[CellAt, str]:
    """Return the defined name of every cell that has one, or of its row in a scenario; the first in the alphabet."""
    cells = model.vocabulary.cells
    names = sorted(cells, key=str.casefold, reverse=True)
    in_scenarios = {
        at: f"{name}[{scenario}]" for name in names for scenario, at in model.vocabulary.scenarios(cells[name]).items()
    }
    return in_scenarios | {cells[name]: name for name in names}


def replaced_draw(model: Model, name: str) -> CellAt | None:
    """Return the cell of an input that holds one distribution and nothing else; another may stand for it in a run."""
    found = model.vocabulary.find(name)
    at = model.picked_cell(found) or found
    return at if at in model.formulas and is_distribution(model.formulas[at]) else None


def is_distribution(formula: str) -> bool:
    """Whether a formula is one distribution and nothing else."""
    return _is_one_of(drawn_formula(formula), DISTRIBUTIONS)


def is_uncertain_number(formula: str) -> bool:
    """Whether a formula is one distribution, or RANDBETWEEN, and nothing else."""
    return is_distribution(formula) or _is_one_of(canonical(formula), frozenset({"RANDBETWEEN"}))


def _is_one_of(text: str, functions: frozenset[str]) -> bool:
    text = text.strip()
    call = next(calls(text), None)
    return call is not None and call.function in functions and (call.start, call.end) == (0, len(list(tokens(text))))


def outside_draw(model: Model, name: str, text: str) -> Draw:
    """Return an input as an uncertain number.

    Parameters
    ----------
    model
        The workbook.
    name
        Name or address of an input.
    text
        A distribution, with or without the prefix of its function: `PERT(250,294,340)`.

    Raises
    ------
    UnknownNameError
        If there is no such input or no such distribution.
    InputRefusedError
        If the cell holds a formula other than one distribution, the text is not one, or its arguments are outside
        their domains.
    """
    at = replaced_draw(model, name) or model.input_cell(name)
    head, bracket, rest = text.strip().removeprefix("=").partition("(")
    word = head.strip().upper()
    function = word if word.startswith(PREFIX) else PREFIX + word
    if not bracket or not word:
        raise InputRefusedError(f"{name} takes a distribution such as PERT(250,294,340); got {text}")
    if function not in DISTRIBUTIONS:
        known = sorted(d.removeprefix(PREFIX) for d in DISTRIBUTIONS)
        near = difflib.get_close_matches(word.removeprefix(PREFIX), known, n=3)
        others = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(known)}"
        raise UnknownNameError(f"there is no distribution {word}; {others}")
    formula = canonical(f"{function}({rest}")
    call = next(calls(formula))
    whole = formula.count("(") == formula.count(")") and call.end == len(list(tokens(formula)))
    if not whole or sum(c.function in DISTRIBUTIONS for c in calls(formula)) > 1:
        raise InputRefusedError(f"{name} takes one distribution such as PERT(250,294,340); got {text}")
    # Where the arguments are outside their domains as the sheet stands, every trial would be an error.
    ((reason, *_), *_) = model.calculation.capture(at, f'DM_WHY("{function}",{formula.partition("(")[2]}')
    if reason != "ok":
        raise InputRefusedError(f"{name} cannot be {text}: {reason}")
    known_as = (n for n in model.vocabulary.cells if n.casefold() == name.strip().casefold())
    return Draw(at, 0, function, call.arguments, next(known_as, cell_names(model).get(at, str(at))))
