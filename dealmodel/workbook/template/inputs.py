"""The inputs: what each is called, in what it is counted, and what its cells take."""

from __future__ import annotations

from dealmodel.domain import (
    AMOUNT,
    FRACTION,
    FRACTION_BELOW_1,
    GROWTH,
    NON_NEGATIVE,
    POSITIVE,
    PROBABILITY,
    RATE,
    STAKE,
    STAKE_ABOVE_0,
    TEXT,
    TRUTH,
    Domain,
)
from dealmodel.workbook.template.layout import YEARS, Input, Section, Sheet, Unit

# A payment after the plan's last year would be missing from its cash.
_INSTALMENTS = Domain("number of payments", "payments", low=1, high=YEARS - 1, whole=True)
_YEAR = Domain("year", "calendar year", low=1990, high=2100, whole=True)

INPUTS = Sheet(
    "Inputs",
    "Inputs",
    "Every figure that goes in, one column per scenario, each with its source. The live column follows the scenario.",
    (
        Section(
            "Terms of the disposal",
            (
                Input("reporting_currency", "Reporting currency", Unit.TEXT, TEXT),
                Input("price_currency", "Currency of the price", Unit.TEXT, TEXT),
                Input("deal_closes", "The disposal closes", Unit.FLAG, TRUTH),
            ),
        ),
        Section(
            "Disposal of {target}: price",
            (
                Input("price", "Price of the stake sold", Unit.PRICE, POSITIVE),
                Input("stake_sold", "Stake sold", Unit.SHARE, STAKE_ABOVE_0),
                Input("new_money", "New shares the buyer subscribes at the same price", Unit.PRICE, NON_NEGATIVE),
                Input("exchange_rate", "Exchange rate, where the price is in {local}", Unit.RATE, POSITIVE),
                Input("closing_probability", "Probability that the disposal closes", Unit.SHARE, PROBABILITY),
                Input("fallback_value", "Value of the stake to {seller} if it fails", Unit.MONEY, NON_NEGATIVE),
            ),
        ),
        Section(
            "Disposal of {target}: payment and deductions",
            (
                Input("upfront_share", "Part of the price paid at closing", Unit.SHARE, FRACTION),
                Input("instalments", "Yearly payments of the rest", Unit.COUNT, _INSTALMENTS),
                Input("instalment_rate", "Interest on the rest", Unit.YEARLY, RATE),
                Input("tax_basis", "Tax basis of the stake sold", Unit.MONEY, NON_NEGATIVE),
                Input("tax_rate", "Tax rate on the gain", Unit.SHARE, FRACTION_BELOW_1),
                Input("disposal_costs", "Costs of the disposal", Unit.MONEY, NON_NEGATIVE),
                Input("debt_repaid", "Debt that the disposal makes due", Unit.MONEY, NON_NEGATIVE),
                Input("price_retained", "Part of the price held back in escrow", Unit.MONEY, NON_NEGATIVE),
            ),
        ),
        Section(
            "{target}: bridge and multiples",
            (
                Input("target_debt", "Financial debt", Unit.MONEY, NON_NEGATIVE),
                Input("target_cash", "Cash", Unit.MONEY, NON_NEGATIVE),
                Input("target_revenue", "Revenue of the last year", Unit.MONEY, POSITIVE),
                Input("target_profit", "Net profit of the last year", Unit.MONEY, POSITIVE),
            ),
        ),
        Section(
            "Step in {stepped}",
            (
                Input("step_price", "Price of the step", Unit.MONEY, POSITIVE),
                Input("stake_before", "Stake before", Unit.SHARE, STAKE_ABOVE_0),
                Input("stake_after", "Stake after", Unit.SHARE, STAKE_ABOVE_0),
                Input("primary_share", "Part of the price that is new money", Unit.SHARE, FRACTION),
                Input("reported_value", "Value as reported", Unit.MONEY, POSITIVE),
                Input("other_seller_price", "Cross-check: price {other_seller} receives", Unit.MONEY, NON_NEGATIVE),
                Input("other_seller_stake", "Cross-check: stake {other_seller} sells", Unit.SHARE, STAKE_ABOVE_0),
            ),
        ),
        Section(
            "Earlier round of {stepped}",
            (
                Input("earlier_price", "Price of the round", Unit.MONEY, POSITIVE),
                Input("earlier_stake_before", "Stake before", Unit.SHARE, STAKE),
                Input("earlier_stake_after", "Stake after", Unit.SHARE, STAKE_ABOVE_0),
                Input("earlier_primary_share", "Part of the price that is new money", Unit.SHARE, FRACTION),
                Input("earlier_seller_price", "Cross-check: price {earlier_seller} receives", Unit.MONEY, NON_NEGATIVE),
                Input("earlier_seller_stake", "Cross-check: stake {earlier_seller} sells", Unit.SHARE, STAKE_ABOVE_0),
            ),
        ),
        Section(
            "Fines and settlements",
            (
                Input("fine_unsplit", "Fine, where only one figure is given", Unit.MONEY, NON_NEGATIVE),
                Input("fine_criminal", "{criminal}", Unit.MONEY, NON_NEGATIVE),
                Input("fine_export", "{export}", Unit.MONEY, NON_NEGATIVE),
                Input("fine_sanctions", "{sanctions}", Unit.MONEY, NON_NEGATIVE),
                Input("fine_measured_share", "Part of these the proceeds are measured against", Unit.SHARE, FRACTION),
                Input("fine_paid_share", "Part of these paid before the first year", Unit.SHARE, FRACTION),
                Input("settlement", "{settlement}", Unit.MONEY, NON_NEGATIVE),
                Input("suspended_fine", "Suspended part, due on a violation", Unit.MONEY, NON_NEGATIVE),
                Input("activation_probability", "Probability that it falls due", Unit.SHARE, PROBABILITY),
                Input("escrow", "{escrow}", Unit.MONEY, NON_NEGATIVE),
            ),
        ),
        Section(
            "R&D plan",
            (
                Input("first_year", "First year of the plan", Unit.YEAR, _YEAR),
                Input("rnd_base", "R&D budget of the first year", Unit.MONEY, NON_NEGATIVE),
                Input("rnd_growth", "Growth of the budget", Unit.YEARLY, GROWTH),
                Input("own_funds", "Own funds for it in the first year", Unit.MONEY, NON_NEGATIVE),
                Input("own_funds_growth", "Growth of own funds", Unit.YEARLY, GROWTH),
                Input("opening_cash", "Cash at hand before the first year", Unit.MONEY, AMOUNT),
                Input("discount_rate", "Discount rate", Unit.YEARLY, RATE),
            ),
        ),
        Section(
            "Checks",
            (Input("tolerance", "Largest difference that counts as rounding", Unit.DIFFERENCE, POSITIVE),),
        ),
    ),
)
