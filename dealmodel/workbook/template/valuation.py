"""The sheet Valuation: what a price implies for the whole company."""

from __future__ import annotations

from dealmodel.workbook.template.layout import Result, Role, Section, Sheet, Unit

VALUATION = Sheet(
    "Valuation",
    "Valuation",
    "What does the price of a stake in {target} imply for the whole company?",
    (
        Section(
            "Price in {currency}",
            (
                Result(
                    "rate_used",
                    "Exchange rate used",
                    Unit.RATE,
                    "IF({price_currency}={reporting_currency},1,{exchange_rate})",
                    "1 where the price is in the reporting currency",
                    plain=True,
                ),
                Result("price_converted", "Price", Unit.MONEY, "{price}/{rate_used}", "Conversion", plain=True),
                Result(
                    "new_money_converted",
                    "New shares",
                    Unit.MONEY,
                    "{new_money}/{rate_used}",
                    "Conversion",
                    plain=True,
                ),
                Result(
                    "buyer_outlay",
                    "What the buyer pays in all",
                    Unit.MONEY,
                    "{price_converted}+{new_money_converted}",
                    "Sum",
                    plain=True,
                ),
            ),
        ),
        Section(
            "Value of 100% in the currency of the price",
            (
                Result(
                    "implied_value_local",
                    "Implied value, before the new money",
                    Unit.PRICE,
                    "DM_IMPLIED_VALUATION({price},{stake_sold})",
                    "Price over the stake it buys",
                ),
                Result(
                    "post_money_local",
                    "Post-money value",
                    Unit.PRICE,
                    "DM_POST_MONEY({implied_value_local},{new_money})",
                    "With the new shares at the same price",
                ),
            ),
        ),
        Section(
            "Value of 100% in {currency}",
            (
                Result(
                    "implied_value",
                    "Implied value, before the new money",
                    Unit.MONEY,
                    "DM_IMPLIED_VALUATION({price_converted},{stake_sold})",
                    "Price over the stake it buys",
                ),
                Result(
                    "post_money_value",
                    "Post-money value",
                    Unit.MONEY,
                    "DM_POST_MONEY({implied_value},{new_money_converted})",
                    "With the new shares at the same price",
                ),
                Result(
                    "pre_money_value",
                    "Pre-money value",
                    Unit.MONEY,
                    "DM_PRE_MONEY({post_money_value},{new_money_converted})",
                    "Without the new shares",
                ),
            ),
        ),
        Section(
            "Stake of the buyer",
            (
                Result(
                    "new_shares_stake",
                    "Stake of the new shares: everyone's dilution",
                    Unit.SHARE,
                    "DM_STAKE_SOLD({new_money_converted},{pre_money_value})",
                    "New money over post-money value",
                ),
                Result(
                    "buyer_stake_after",
                    "Stake after the new shares",
                    Unit.SHARE,
                    "DM_DILUTED_STAKE({stake_sold},{pre_money_value},{new_money_converted},1)",
                    "The stake bought, when all of the new money is the buyer's",
                ),
            ),
        ),
        Section(
            "Enterprise value and multiples",
            (
                Result(
                    "target_enterprise_value",
                    "Enterprise value",
                    Unit.MONEY,
                    "DM_ENTERPRISE_VALUE({pre_money_value},{target_debt},{target_cash})",
                    "Equity before the new money, plus debt, less cash",
                ),
                Result(
                    "revenue_multiple",
                    "Enterprise value to revenue",
                    Unit.TIMES,
                    "DM_MULTIPLE({target_enterprise_value},{target_revenue})",
                    "Value over revenue",
                ),
                Result(
                    "profit_multiple",
                    "Equity value to net profit",
                    Unit.TIMES,
                    "DM_MULTIPLE({pre_money_value},{target_profit})",
                    "Value over net profit",
                ),
            ),
        ),
        Section(
            "Expected value of the stake to {seller}",
            (
                Result(
                    "outcome_closes",
                    "If the disposal closes: the price",
                    Unit.MONEY,
                    "{price_converted}",
                    "Link",
                    Role.LINK,
                    plain=True,
                ),
                Result(
                    "outcome_fails",
                    "If it fails: the stake that is kept",
                    Unit.MONEY,
                    "{fallback_value}",
                    "Link",
                    Role.LINK,
                    plain=True,
                ),
                Result(
                    "probability_closes",
                    "Probability that it closes",
                    Unit.SHARE,
                    "{closing_probability}",
                    "Link",
                    Role.LINK,
                    plain=True,
                ),
                Result(
                    "probability_fails",
                    "Probability that it fails",
                    Unit.SHARE,
                    "1-{closing_probability}",
                    "Complement",
                    plain=True,
                ),
                Result(
                    "expected_stake_value",
                    "Expected value of the stake",
                    Unit.MONEY,
                    "DM_EXPECTED_VALUE({outcome_closes..outcome_fails},{probability_closes..probability_fails})",
                    "Mean of the outcomes, weighted by their probabilities",
                ),
            ),
        ),
    ),
)
