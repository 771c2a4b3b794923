"""The sheet Stake: what raising a stake says about the value, and whether the reported value agrees."""

from __future__ import annotations

from dealmodel.workbook.template.layout import Result, Role, Section, Sheet, Unit

_RANGE = "DM_VALUATION_RANGE({step_price},{stake_before},{stake_after},{primary_share},{step_price~},{stake_before~})"
_EARLIER_RANGE = (
    "DM_VALUATION_RANGE({earlier_price},{earlier_stake_before},{earlier_stake_after},{earlier_primary_share},"
    "{earlier_price~},{earlier_stake_after~})"
)

STAKE = Sheet(
    "Stake",
    "Stake",
    "What does raising a stake in {stepped} say about its value, and does the reported value agree?",
    (
        Section(
            "Value that the step implies",
            (
                Result(
                    "step_value",
                    "Post-money value",
                    Unit.MONEY,
                    "DM_STEP_VALUATION({step_price},{stake_before},{stake_after},{primary_share})",
                    "Price over the rise of the stake, less the dilution by new money",
                ),
                Result(
                    "step_new_money",
                    "New money in the price",
                    Unit.MONEY,
                    "{primary_share}*{step_price}",
                    "Product",
                    plain=True,
                ),
                Result(
                    "step_pre_money",
                    "Pre-money value",
                    Unit.MONEY,
                    "DM_PRE_MONEY({step_value},{step_new_money})",
                    "Without the new money",
                ),
                Result(
                    "step_value_low",
                    "Lowest value that the rounded figures allow",
                    Unit.MONEY,
                    f"INDEX({_RANGE},1,1)",
                    "Interval arithmetic, lower end",
                ),
                Result(
                    "step_value_high",
                    "Highest value that the rounded figures allow",
                    Unit.MONEY,
                    f"INDEX({_RANGE},1,2)",
                    "Interval arithmetic, upper end",
                ),
            ),
        ),
        Section(
            "Against the reported value",
            (
                Result(
                    "reported_difference",
                    "Reported value less the implied one",
                    Unit.MONEY,
                    "{reported_value}-{step_value}",
                    "Difference",
                    plain=True,
                ),
                Result(
                    "reported_reconciles",
                    "Rounding explains the difference",
                    Unit.YES_NO,
                    "IF(DM_RECONCILES({reported_value},{step_value_low},{step_value_high},{reported_value~}),1,0)",
                    "The reported value, as it is rounded, touches the range",
                    Role.FINDING,
                ),
                Result(
                    "primary_share_explaining",
                    "Part of new money that would explain it",
                    Unit.SHARE,
                    "DM_STEP_PRIMARY_SHARE({step_price},{stake_before},{stake_after},{reported_value})",
                    "Solved for the part; below 0 or above 1 no mix explains it",
                ),
                Result(
                    "new_money_explains",
                    "A mix of new and existing shares explains it",
                    Unit.YES_NO,
                    "IF(AND({primary_share_explaining}>=0,{primary_share_explaining}<=1),1,0)",
                    "That part is a fraction",
                    Role.FINDING,
                    plain=True,
                ),
                Result(
                    "price_at_reported",
                    "Price of the step at the reported value",
                    Unit.MONEY,
                    "DM_STEP_CONSIDERATION({stake_before},{stake_after},{reported_value},{primary_share})",
                    "Solved for the price",
                ),
                Result(
                    "stake_at_reported",
                    "Stake that the price buys at the reported value",
                    Unit.SHARE,
                    "DM_STEP_STAKE({stake_before},{step_price},{reported_value},{primary_share})",
                    "Solved for the stake after",
                ),
            ),
        ),
        Section(
            "The other holders",
            (
                Result("others_before", "Stake before", Unit.SHARE, "1-{stake_before}", "Complement", plain=True),
                Result("others_after", "Stake after", Unit.SHARE, "1-{stake_after}", "Complement", plain=True),
                Result(
                    "others_dilution",
                    "Part of their holding sold or diluted",
                    Unit.SHARE,
                    "DM_DILUTION({others_before},{others_after})",
                    "1 less after over before",
                ),
                Result(
                    "other_seller_value",
                    "Value that the price to {other_seller} implies",
                    Unit.MONEY,
                    "DM_IMPLIED_VALUATION({other_seller_price},{other_seller_stake})",
                    "Price over stake",
                ),
                Result(
                    "other_seller_reconciles",
                    "It lies in the range of the step",
                    Unit.YES_NO,
                    "IF(DM_RECONCILES({other_seller_value},{step_value_low},{step_value_high}),1,0)",
                    "Within the lowest and highest value",
                    Role.FINDING,
                ),
            ),
        ),
        Section(
            "Earlier round",
            (
                Result(
                    "earlier_value",
                    "Post-money value of the round",
                    Unit.MONEY,
                    "DM_STEP_VALUATION({earlier_price},{earlier_stake_before},{earlier_stake_after},"
                    "{earlier_primary_share})",
                    "Price over the rise of the stake, less the dilution by new money",
                ),
                Result(
                    "earlier_new_money",
                    "New money in the price",
                    Unit.MONEY,
                    "{earlier_primary_share}*{earlier_price}",
                    "Product",
                    plain=True,
                ),
                Result(
                    "earlier_pre_money",
                    "Pre-money value of the round",
                    Unit.MONEY,
                    "DM_PRE_MONEY({earlier_value},{earlier_new_money})",
                    "Without the new money",
                ),
                Result(
                    "earlier_seller_value",
                    "Value that the price to {earlier_seller} implies",
                    Unit.MONEY,
                    "DM_IMPLIED_VALUATION({earlier_seller_price},{earlier_seller_stake})",
                    "Price over stake",
                ),
                Result(
                    "earlier_seller_post_money",
                    "The same after the new money",
                    Unit.MONEY,
                    "DM_POST_MONEY({earlier_seller_value},{earlier_new_money})",
                    "With the new money",
                ),
                Result(
                    "earlier_value_low",
                    "Lowest value that the rounded figures allow",
                    Unit.MONEY,
                    f"INDEX({_EARLIER_RANGE},1,1)",
                    "Interval arithmetic, lower end",
                ),
                Result(
                    "earlier_value_high",
                    "Highest value that the rounded figures allow",
                    Unit.MONEY,
                    f"INDEX({_EARLIER_RANGE},1,2)",
                    "Interval arithmetic, upper end",
                ),
                Result(
                    "earlier_reconciles",
                    "The value after the new money lies in that range",
                    Unit.YES_NO,
                    "IF(DM_RECONCILES({earlier_seller_post_money},{earlier_value_low},{earlier_value_high}),1,0)",
                    "Within the lowest and highest value",
                    Role.FINDING,
                ),
                Result(
                    "value_growth",
                    "Value of the step to value of the round",
                    Unit.TIMES,
                    "DM_MULTIPLE({step_value},{earlier_value})",
                    "Later over earlier value",
                ),
            ),
        ),
        Section(
            "Proof: the value of the step gives back what it comes from",
            (
                Result(
                    "step_price_back",
                    "Price of the step",
                    Unit.MONEY,
                    "DM_STEP_CONSIDERATION({stake_before},{stake_after},{step_value},{primary_share})",
                    "Solved for the price",
                ),
                Result(
                    "stake_after_back",
                    "Stake after",
                    Unit.SHARE,
                    "DM_STEP_STAKE({stake_before},{step_price},{step_value},{primary_share})",
                    "Solved for the stake after",
                ),
                Result(
                    "primary_share_back",
                    "Part of the price that is new money",
                    Unit.SHARE,
                    "DM_STEP_PRIMARY_SHARE({step_price},{stake_before},{stake_after},{step_value})",
                    "Solved for the part",
                ),
            ),
        ),
    ),
)
