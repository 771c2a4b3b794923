"""The checks: identities that hold for every input the cells take; a FALSE is a fault of the model or of an input."""

from __future__ import annotations

import re

from dealmodel.workbook.template.inputs import INPUTS
from dealmodel.workbook.template.layout import Input, Result, Role, Section, Sheet, Unit


def _check(name: str, label: str, condition: str, how: str, *, spelt: bool = True) -> Result:
    """Return a check: TRUE or FALSE also where a result is an error."""
    formula = f"IFERROR({condition},FALSE)"
    return Result(f"check_{name}", label, Unit.FLAG, formula, how, Role.CHECK, plain=True, spelt=spelt)


def _equal(name: str, label: str, left: str, right: str, how: str) -> Result:
    taken = right if re.fullmatch(r"\{[^}]*\}|\d+", right) else f"({right})"
    return _check(name, label, f"ABS({left}-{taken})<={{tolerance}}", how)


def _blocks() -> list[str]:
    """Return the ranges of numeric inputs, one a section."""
    blocks = []
    for section in INPUTS.sections:
        names = [r.name for r in section.rows if isinstance(r, Input) and r.unit not in {Unit.TEXT, Unit.FLAG}]
        if names:
            blocks.append(f"{{{names[0]}..{names[-1]}}}")
    return blocks


CHECKS = Sheet(
    "Checks",
    "Checks",
    "Do the figures agree with each other? A FALSE is a fault of the model or of an input, never a finding.",
    (
        Section(
            "In all",
            (
                Result(
                    "checks_passed",
                    "All checks pass, in every scenario",
                    Unit.FLAG,
                    "AND({scenario_passed*})",
                    "The row below, in all columns",
                    Role.CHECK,
                    plain=True,
                ),
                Result(
                    "scenario_passed",
                    "All checks pass in the scenario",
                    Unit.FLAG,
                    "AND({check_numbers..check_results})",
                    "All of the rows below",
                    Role.CHECK,
                    plain=True,
                ),
            ),
        ),
        Section(
            "Inputs",
            (
                _check(
                    "numbers",
                    "Every input that is a number is there",
                    f"COUNT({','.join(_blocks())})={'+'.join(f'ROWS({block})' for block in _blocks())}",
                    "Numbers counted against rows, section by section",
                    spelt=False,
                ),
                _check(
                    "terms",
                    "Currencies are named, and the deal closes or not",
                    "AND(ISTEXT({reporting_currency}),ISTEXT({price_currency}),ISLOGICAL({deal_closes}))",
                    "Texts, and TRUE or FALSE",
                ),
                _check(
                    "probabilities",
                    "Probabilities are between 0 and 1",
                    "AND({closing_probability}>=0,{closing_probability}<=1,"
                    "{activation_probability}>=0,{activation_probability}<=1)",
                    "Bounds",
                ),
                _check(
                    "first_year",
                    "All scenarios begin in the same year",
                    "{first_year}={first_year$}",
                    "The years are shown for the live scenario",
                ),
            ),
        ),
        Section(
            "Valuation and stake",
            (
                _equal(
                    "price",
                    "Value times stake is the price",
                    "{implied_value}*{stake_sold}",
                    "{price_converted}",
                    "The inverse of the implied valuation",
                ),
                _equal(
                    "post_money",
                    "Pre-money value plus new money is post-money",
                    "{pre_money_value}+{new_money_converted}",
                    "{post_money_value}",
                    "Sum",
                ),
                _equal(
                    "buyer",
                    "New shares at the same price give and take nothing",
                    "{buyer_stake_after}*{post_money_value}",
                    "{stake_sold}*{pre_money_value}+{new_money_converted}",
                    "The buyer's stake is worth what it was, plus what it paid",
                ),
                _equal(
                    "outcomes",
                    "The probabilities of the outcomes sum to 1",
                    "{probability_closes}+{probability_fails}",
                    "1",
                    "Sum",
                ),
                _equal(
                    "step_price",
                    "The step's value gives back its price",
                    "{step_price_back}",
                    "{step_price}",
                    "Inverse in the price",
                ),
                _equal(
                    "step_stake",
                    "The step's value gives back the stake after",
                    "{stake_after_back}",
                    "{stake_after}",
                    "Inverse in the stake",
                ),
                _equal(
                    "step_share",
                    "The step's value gives back the part that is new money",
                    "{primary_share_back}",
                    "{primary_share}",
                    "Inverse in the part",
                ),
                _check(
                    "range",
                    "The step's value lies within its own range",
                    "AND({step_value_low}<={step_value}+{tolerance},{step_value}<={step_value_high}+{tolerance})",
                    "Rounding only widens",
                ),
            ),
        ),
        Section(
            "Offset",
            (
                _equal(
                    "offset_before_tax",
                    "Before tax, covered part and shortfall make the fine",
                    "{offset_before_tax}+{shortfall_before_tax}",
                    "{fine_expected}-MIN({gross_price},0)",
                    "An overdraft would add to the shortfall",
                ),
                _equal(
                    "offset_after_tax",
                    "After tax, covered part and shortfall make the fine",
                    "{offset_after_tax}+{shortfall_after_tax}",
                    "{fine_expected}-MIN({net_proceeds},0)",
                    "An overdraft would add to the shortfall",
                ),
                _equal(
                    "surplus",
                    "Surplus less shortfall is net proceeds less fine",
                    "{surplus_after_tax}-{shortfall_after_tax}",
                    "{net_proceeds}-{fine_expected}",
                    "One of the two is 0",
                ),
                _equal(
                    "price_to_cover",
                    "The price needed leaves the fine",
                    "{net_at_price_to_cover}",
                    "{fine_expected}",
                    "The inverse of the net proceeds",
                ),
                _equal(
                    "waterfall",
                    "What is paid and what is left make the cash",
                    "SUM({paid:})+{cash_left}",
                    "MAX({first_year_cash},0)",
                    "Nothing is lost between the claims",
                ),
            ),
        ),
        Section(
            "Funding",
            (
                _equal(
                    "instalments",
                    "Discounted, the payments are the price",
                    "{price_received_value}",
                    "{gross_price}",
                    "All payments fall into the plan",
                ),
                _equal(
                    "balance",
                    "The last balance is what came in less what went out",
                    "{opening_cash}+SUM({available:})-SUM({rnd_budget:})",
                    "{balance@5}",
                    "Sum",
                ),
                _equal(
                    "carried_gap",
                    "The money to be raised sums to the deepest hole",
                    "SUM({carried_gap:})",
                    "{peak_funding}",
                    "Sum",
                ),
                _equal(
                    "first_year_gap",
                    "The first year's gap is what is left unpaid",
                    "{unpaid_claims}-MIN({first_year_cash},0)",
                    "{carried_gap@0}",
                    "Two ways to the same figure",
                ),
                _equal(
                    "burn",
                    "Opening cash less all that is burnt is the last balance",
                    "{opening_cash}-SUM({burn:})",
                    "{balance@5}",
                    "Sum",
                ),
                _check(
                    "results",
                    "No result is an error",
                    "ISNUMBER(SUM({Valuation!},{Stake!},{Offset!},{Funding!}))",
                    "A sum takes on any error",
                ),
            ),
        ),
    ),
)
