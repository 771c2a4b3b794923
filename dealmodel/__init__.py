"""Deal scenario models in spreadsheets: implied valuations, dilution, cash against fines, R&D funding gaps.

Every worksheet function is here under its lower-case name, without `DM_`; `open` gives a workbook as a model, and
`within` a limit of time to what is done with one.

Examples
--------
>>> import dealmodel
>>> round(dealmodel.step_valuation(1000.0, stake_before=0.51, stake_after=0.83), 6)
3125.0
>>> dealmodel.shortfall(294.0, 892.0)
598.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import DealModelError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dealmodel.explain import version as version
    from dealmodel.explain import why as why
    from dealmodel.functions.antidilution import anti_dilution as anti_dilution
    from dealmodel.functions.antidilution import down_round_price as down_round_price
    from dealmodel.functions.antidilution import ratchet_price as ratchet_price
    from dealmodel.functions.antidilution import weighted_average_price as weighted_average_price
    from dealmodel.functions.bridges import enterprise_value as enterprise_value
    from dealmodel.functions.bridges import equity_value as equity_value
    from dealmodel.functions.bridges import multiple as multiple
    from dealmodel.functions.bridges import post_money as post_money
    from dealmodel.functions.bridges import pre_money as pre_money
    from dealmodel.functions.bridges import sum_of_parts as sum_of_parts
    from dealmodel.functions.bridges import value_at_multiple as value_at_multiple
    from dealmodel.functions.cash_flows import cost_of_equity as cost_of_equity
    from dealmodel.functions.cash_flows import dcf_value as dcf_value
    from dealmodel.functions.cash_flows import present_value as present_value
    from dealmodel.functions.cash_flows import terminal_value as terminal_value
    from dealmodel.functions.cash_flows import wacc as wacc
    from dealmodel.functions.consideration import deferred_consideration as deferred_consideration
    from dealmodel.functions.consideration import formula_price as formula_price
    from dealmodel.functions.consideration import locked_box_interest as locked_box_interest
    from dealmodel.functions.consideration import locked_box_price as locked_box_price
    from dealmodel.functions.consideration import put_liability as put_liability
    from dealmodel.functions.consideration import ticking_fee as ticking_fee
    from dealmodel.functions.discounts import control_premium as control_premium
    from dealmodel.functions.discounts import dlom_chaffe as dlom_chaffe
    from dealmodel.functions.discounts import dlom_finnerty as dlom_finnerty
    from dealmodel.functions.discounts import dlom_ghaidarov as dlom_ghaidarov
    from dealmodel.functions.discounts import minority_discount as minority_discount
    from dealmodel.functions.events import bernoulli as bernoulli
    from dealmodel.functions.events import binomial as binomial
    from dealmodel.functions.events import discrete as discrete
    from dealmodel.functions.events import empirical as empirical
    from dealmodel.functions.events import event as event
    from dealmodel.functions.events import output as output
    from dealmodel.functions.events import poisson as poisson
    from dealmodel.functions.funding import carried_gap as carried_gap
    from dealmodel.functions.funding import funding_balance as funding_balance
    from dealmodel.functions.funding import funding_gap as funding_gap
    from dealmodel.functions.funding import peak_funding as peak_funding
    from dealmodel.functions.funding import runway as runway
    from dealmodel.functions.instalments import instalment as instalment
    from dealmodel.functions.instalments import instalment_balance as instalment_balance
    from dealmodel.functions.liquidation import conversion_proceeds as conversion_proceeds
    from dealmodel.functions.liquidation import liquidation as liquidation
    from dealmodel.functions.liquidation import proceeds_for_payout as proceeds_for_payout
    from dealmodel.functions.liquidity import cash_left as cash_left
    from dealmodel.functions.liquidity import cash_waterfall as cash_waterfall
    from dealmodel.functions.liquidity import covenant_headroom as covenant_headroom
    from dealmodel.functions.liquidity import debt_capacity as debt_capacity
    from dealmodel.functions.liquidity import headroom as headroom
    from dealmodel.functions.mergers import accretion as accretion
    from dealmodel.functions.mergers import breakeven_synergies as breakeven_synergies
    from dealmodel.functions.mergers import exchange_ratio as exchange_ratio
    from dealmodel.functions.mergers import goodwill as goodwill
    from dealmodel.functions.mergers import pro_forma_eps as pro_forma_eps
    from dealmodel.functions.mergers import pro_forma_stake as pro_forma_stake
    from dealmodel.functions.mergers import remeasurement_gain as remeasurement_gain
    from dealmodel.functions.metalog import metalog as metalog
    from dealmodel.functions.obligations import after_tax_fine as after_tax_fine
    from dealmodel.functions.obligations import capped_fine as capped_fine
    from dealmodel.functions.obligations import cash_offset as cash_offset
    from dealmodel.functions.obligations import expected_fine as expected_fine
    from dealmodel.functions.obligations import gross_for_net as gross_for_net
    from dealmodel.functions.obligations import net_proceeds as net_proceeds
    from dealmodel.functions.obligations import offset_ratio as offset_ratio
    from dealmodel.functions.obligations import shortfall as shortfall
    from dealmodel.functions.obligations import surplus as surplus
    from dealmodel.functions.outcomes import deal_probability as deal_probability
    from dealmodel.functions.outcomes import earn_out as earn_out
    from dealmodel.functions.outcomes import expected_value as expected_value
    from dealmodel.functions.outcomes import provision as provision
    from dealmodel.functions.ownership import diluted_stake as diluted_stake
    from dealmodel.functions.ownership import dilution as dilution
    from dealmodel.functions.ownership import holdings_after as holdings_after
    from dealmodel.functions.ownership import pro_rata as pro_rata
    from dealmodel.functions.ownership import stake_sold as stake_sold
    from dealmodel.functions.pipeline import cost_per_success as cost_per_success
    from dealmodel.functions.pipeline import expected_rnd_cost as expected_rnd_cost
    from dealmodel.functions.pipeline import milestone_rnpv as milestone_rnpv
    from dealmodel.functions.pipeline import reach_probabilities as reach_probabilities
    from dealmodel.functions.pipeline import rnpv as rnpv
    from dealmodel.functions.rnd import after_credit as after_credit
    from dealmodel.functions.rnd import rnd_amortisation as rnd_amortisation
    from dealmodel.functions.rnd import rnd_asset as rnd_asset
    from dealmodel.functions.rnd import rnd_budget as rnd_budget
    from dealmodel.functions.rnd import rnd_intensity as rnd_intensity
    from dealmodel.functions.rounds import conversion_price as conversion_price
    from dealmodel.functions.rounds import fully_diluted as fully_diluted
    from dealmodel.functions.rounds import note_balance as note_balance
    from dealmodel.functions.rounds import note_shares as note_shares
    from dealmodel.functions.rounds import pool_top_up as pool_top_up
    from dealmodel.functions.rounds import round_price as round_price
    from dealmodel.functions.rounds import treasury_shares as treasury_shares
    from dealmodel.functions.safes import convertible_round as convertible_round
    from dealmodel.functions.safes import safe_round as safe_round
    from dealmodel.functions.safes import safe_round_price as safe_round_price
    from dealmodel.functions.safes import safe_stake as safe_stake
    from dealmodel.functions.truncation import truncated_normal as truncated_normal
    from dealmodel.functions.uncertainty import beta as beta
    from dealmodel.functions.uncertainty import exponential as exponential
    from dealmodel.functions.uncertainty import gamma as gamma
    from dealmodel.functions.uncertainty import lognormal as lognormal
    from dealmodel.functions.uncertainty import normal as normal
    from dealmodel.functions.uncertainty import pareto as pareto
    from dealmodel.functions.uncertainty import pert as pert
    from dealmodel.functions.uncertainty import student as student
    from dealmodel.functions.uncertainty import triangular as triangular
    from dealmodel.functions.uncertainty import uniform as uniform
    from dealmodel.functions.uncertainty import weibull as weibull
    from dealmodel.functions.valuation import blended_valuation as blended_valuation
    from dealmodel.functions.valuation import implied_valuation as implied_valuation
    from dealmodel.functions.valuation import reconciles as reconciles
    from dealmodel.functions.valuation import step_consideration as step_consideration
    from dealmodel.functions.valuation import step_primary_share as step_primary_share
    from dealmodel.functions.valuation import step_stake as step_stake
    from dealmodel.functions.valuation import step_valuation as step_valuation
    from dealmodel.functions.valuation import valuation_range as valuation_range
    from dealmodel.scenarios import ScenarioModel

_FUNCTIONS = {entry.python_name: entry for entry in CATALOGUE.values()}

__all__ = ["CATALOGUE", "DealModelError", "open", "within"]
__all__ += list(_FUNCTIONS)


def open(path: str | Path) -> ScenarioModel:  # noqa: A001  as in `dealmodel.open`, never imported bare
    """Open a workbook as a model with named inputs and outputs.

    Parameters
    ----------
    path
        An Excel workbook.

    Returns
    -------
    The model, a mapping from names to values, and the runs over it: simulate, sensitivity, table, solve, stress.

    Raises
    ------
    WorkbookError
        If the file is not a workbook that can be read.
    """
    from dealmodel.scenarios import ScenarioModel  # noqa: PLC0415  the functions alone need no workbook

    return ScenarioModel.open(path)


def within(seconds: float) -> AbstractContextManager[None]:
    """Let what is computed in a workbook inside take so many seconds and no more.

    Parameters
    ----------
    seconds
        Time by the clock, above 0.

    Examples
    --------
    >>> with dealmodel.within(5):  # doctest: +SKIP
    ...     model.recalculate()
    """
    from dealmodel.timelimit import within as limited  # noqa: PLC0415  the functions alone need none

    return limited(seconds)


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a worksheet function when it is first asked for."""
    if name in _FUNCTIONS:
        return globals().setdefault(name, _FUNCTIONS[name].function)
    if name == "__version__":
        from dealmodel.explain import version  # noqa: PLC0415

        return version()
    raise AttributeError(f"module 'dealmodel' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the worksheet functions too, those that are not imported yet included."""
    return sorted({*globals(), *_FUNCTIONS})
