"""The worksheet functions there are, each with its name, its help and its contract.

To add one, write it in `dealmodel/functions`, name it below and give it cases in `tests/cases`; `dealmodel/__init__`
names it too, for editors and type checkers. A worksheet name, its argument order and its meaning are permanent once
they ship: workbooks outlive code.

The table holds names alone. A function's module, and NumPy with it, is imported when the function is first asked
for: a workbook that calls none of them is recalculated without.
"""

from __future__ import annotations

import functools
import importlib
import math
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dealmodel.errors import ArgumentsError, UnknownNameError

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.cells import Cells, Scalar
    from dealmodel.contract import Contract
    from dealmodel.helptext import Help

PREFIX = "DM_"

VALUATION = (
    "valuation.implied_valuation",
    "valuation.step_valuation",
    "valuation.step_primary_share",
    "valuation.step_consideration",
    "valuation.step_stake",
    "valuation.valuation_range",
    "valuation.reconciles",
    "valuation.blended_valuation",
    "bridges.pre_money",
    "bridges.post_money",
    "bridges.enterprise_value",
    "bridges.equity_value",
    "bridges.multiple",
    "bridges.value_at_multiple",
    "discounts.control_premium",
    "discounts.minority_discount",
    "discounts.dlom_chaffe",
    "discounts.dlom_finnerty",
    "discounts.dlom_ghaidarov",
    "cash_flows.present_value",
    "cash_flows.terminal_value",
    "cash_flows.dcf_value",
    "cash_flows.wacc",
    "cash_flows.cost_of_equity",
    "bridges.sum_of_parts",
    "outcomes.expected_value",
    "outcomes.deal_probability",
    "outcomes.earn_out",
    "mergers.goodwill",
    "mergers.remeasurement_gain",
    "mergers.exchange_ratio",
    "mergers.pro_forma_stake",
    "mergers.pro_forma_eps",
    "mergers.accretion",
    "mergers.breakeven_synergies",
    "consideration.deferred_consideration",
    "consideration.locked_box_interest",
    "consideration.locked_box_price",
    "consideration.ticking_fee",
    "consideration.formula_price",
    "consideration.put_liability",
)
OWNERSHIP = (
    "ownership.diluted_stake",
    "ownership.dilution",
    "ownership.stake_sold",
    "ownership.pro_rata",
    "rounds.round_price",
    "rounds.pool_top_up",
    "rounds.treasury_shares",
    "rounds.fully_diluted",
    "safes.safe_stake",
    "rounds.conversion_price",
    "rounds.note_balance",
    "rounds.note_shares",
    "safes.safe_round",
    "safes.safe_round_price",
    "safes.convertible_round",
    "antidilution.weighted_average_price",
    "antidilution.ratchet_price",
    "antidilution.anti_dilution",
    "antidilution.down_round_price",
    "liquidation.liquidation",
    "liquidation.conversion_proceeds",
    "liquidation.proceeds_for_payout",
    "ownership.holdings_after",
)
OBLIGATIONS = (
    "obligations.net_proceeds",
    "obligations.gross_for_net",
    "obligations.cash_offset",
    "obligations.offset_ratio",
    "obligations.shortfall",
    "obligations.surplus",
    "obligations.expected_fine",
    "obligations.after_tax_fine",
    "instalments.instalment",
    "instalments.instalment_balance",
    "outcomes.provision",
    "liquidity.cash_waterfall",
    "liquidity.cash_left",
    "liquidity.headroom",
    "obligations.capped_fine",
    "liquidity.covenant_headroom",
)
FUNDING = (
    "rnd.rnd_budget",
    "rnd.rnd_intensity",
    "funding.funding_gap",
    "funding.funding_balance",
    "funding.carried_gap",
    "funding.peak_funding",
    "funding.runway",
    "liquidity.debt_capacity",
    "rnd.rnd_asset",
    "rnd.rnd_amortisation",
    "pipeline.rnpv",
    "rnd.after_credit",
    "pipeline.reach_probabilities",
    "pipeline.expected_rnd_cost",
    "pipeline.cost_per_success",
    "pipeline.milestone_rnpv",
)
UNCERTAINTY = (
    "uncertainty.uniform",
    "uncertainty.normal",
    "uncertainty.lognormal",
    "uncertainty.triangular",
    "uncertainty.pert",
    "uncertainty.beta",
    "uncertainty.gamma",
    "uncertainty.exponential",
    "uncertainty.weibull",
    "uncertainty.student",
    "truncation.truncated_normal",
    "uncertainty.pareto",
    "events.bernoulli",
    "events.binomial",
    "events.poisson",
    "events.discrete",
    "events.empirical",
    "metalog.metalog",
    "events.event",
    "events.output",
)
HELP = (
    "explain.why",
    "explain.version",
)

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Valuation": VALUATION,
        "Ownership and dilution": OWNERSHIP,
        "Obligations": OBLIGATIONS,
        "R&D funding": FUNDING,
        "Uncertainty": UNCERTAINTY,
        "Help": HELP,
    }
)
"""The functions by module and name, in the order in which they are listed."""


class Entry:
    """A worksheet function as the hosts see it.

    Parameters
    ----------
    name
        Its worksheet name.
    category
        The group it stands in.
    load
        Imports it.
    """

    def __init__(self, name: str, category: str, load: Callable[[], Callable[..., Any]]) -> None:
        self.name = name
        self.category = category
        self._load = load

    def __repr__(self) -> str:
        """Return the name; tests show it."""
        return f"Entry({self.name})"

    @property
    def python_name(self) -> str:
        """The name of the function in Python, as in `dealmodel.step_valuation`."""
        return self.name.removeprefix(PREFIX).lower()

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        return self._load()

    @cached_property
    def help(self) -> Help:
        """The docstring in parts."""
        from dealmodel.helptext import read_help  # noqa: PLC0415  computing needs no help

        return read_help(self.function.__doc__)

    @cached_property
    def takes_cells(self) -> bool:
        """Whether the function works on cell values as they are, errors included, rather than on arrays."""
        return not hasattr(self.function, "__contract__")

    @cached_property
    def contract(self) -> Contract:
        """Arguments, domains and the way to evaluate."""
        from dealmodel.contract import contract_of  # noqa: PLC0415  with NumPy behind it

        return contract_of(self.function)

    def call_cells(self, arguments: Sequence[Cells]) -> Scalar:
        """Call a function that takes cell values.

        Raises
        ------
        ArgumentsError
            If there are too few or too many arguments.
        """
        least, most = self.min_arguments, self.max_arguments
        if len(arguments) < least or (most is not None and len(arguments) > most):
            takes = f"at least {least}" if most is None else f"{least}" if least == most else f"{least} to {most}"
            noun = "argument" if (most or least) == 1 else "arguments"
            raise ArgumentsError(f"{self.function.__name__} takes {takes} {noun}; got {len(arguments)}")
        result: Scalar = self.function(*arguments)
        return result

    @cached_property
    def arguments(self) -> tuple[inspect.Parameter, ...]:
        """The arguments in order, as Python has them."""
        import inspect  # noqa: PLC0415  counting the arguments of a call does not need it

        return tuple(inspect.signature(self.function).parameters.values())

    @property
    def min_arguments(self) -> int:
        """How many arguments must be given."""
        return sum(a.default is a.empty and a.kind is not a.VAR_POSITIONAL for a in self.arguments)

    @property
    def max_arguments(self) -> int | None:
        """How many arguments may be given; None where any number."""
        if any(a.kind is a.VAR_POSITIONAL for a in self.arguments):
            return None
        return len(self.arguments)

    @property
    def signature(self) -> str:
        """The call as a spreadsheet user writes it, optional arguments in brackets."""
        return f"{self.name}({', '.join(map(_spell, self.arguments))})"


def _spell(argument: inspect.Parameter) -> str:
    name = argument.name.rstrip("_")  # `lambda` is a word of Python's own
    if argument.kind is argument.VAR_POSITIONAL:
        return f"[{name}...]"
    if argument.default is argument.empty:
        return name
    if isinstance(argument.default, bool):
        return f"[{name}={str(argument.default).upper()}]"
    is_shown = isinstance(argument.default, (int, float)) and math.isfinite(argument.default)
    default = f"={argument.default:g}" if is_shown else ""
    return f"[{name}{default}]"


def _load(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(".")
    package = "dealmodel" if place in HELP else "dealmodel.functions"
    function: Callable[..., Any] = getattr(importlib.import_module(f"{package}.{module}"), name)
    return function


def _entry(category: str, place: str) -> Entry:
    name = place.partition(".")[2]
    return Entry(PREFIX + name.upper(), category, functools.partial(_load, place))


CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {entry.name: entry for category, places in GROUPS.items() for entry in (_entry(category, p) for p in places)}
)


def find(name: str) -> Entry:
    """Return the entry of a worksheet name, with or without its prefix, in any case.

    Raises
    ------
    UnknownNameError
        If there is no such function; the message names the nearest.

    Examples
    --------
    >>> find("step_valuation").name
    'DM_STEP_VALUATION'
    """
    wanted = name.strip().upper()
    for spelling in (wanted, PREFIX + wanted):
        if spelling in CATALOGUE:
            return CATALOGUE[spelling]
    import difflib  # noqa: PLC0415  for those who misspell

    names = [known.removeprefix(PREFIX) for known in CATALOGUE]
    near = [PREFIX + known for known in difflib.get_close_matches(wanted.removeprefix(PREFIX), names, n=3)]
    hint = f"; did you mean {', '.join(near)}?" if near else "; `dealmodel functions` lists them"
    raise UnknownNameError(f"there is no function {name}{hint}")
