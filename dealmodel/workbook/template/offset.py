"""The sheet Offset: how far the cash of the disposal goes against the fines."""

from __future__ import annotations

from dealmodel.workbook.template.layout import Result, Role, Section, Series, Sheet, Unit

_DEDUCTIONS = "{tax_basis},{tax_rate},{disposal_costs},{debt_repaid},{price_retained}"

OFFSET = Sheet(
    "Offset",
    "Offset",
    "How far does the cash of the disposal go against the fines?",
    (
        Section(
            "Cash of the disposal",
            (
                Result(
                    "gross_price",
                    "Price received, before tax",
                    Unit.MONEY,
                    "IF({deal_closes},{price_converted},0)",
                    "Nothing where the disposal fails",
                    plain=True,
                ),
                Result(
                    "net_if_closed",
                    "Net proceeds if it closes",
                    Unit.MONEY,
                    f"DM_NET_PROCEEDS({{price_converted}},{_DEDUCTIONS})",
                    "Price less tax on the gain, costs, debt and retention",
                ),
                Result(
                    "net_proceeds",
                    "Net proceeds",
                    Unit.MONEY,
                    "IF({deal_closes},{net_if_closed},0)",
                    "Nothing where the disposal fails",
                    plain=True,
                ),
                Result(
                    "deductions",
                    "Tax, costs, debt and retention",
                    Unit.MONEY,
                    "{gross_price}-{net_proceeds}",
                    "Difference",
                    plain=True,
                ),
            ),
        ),
        Section(
            "Fine the proceeds are measured against",
            (
                Result(
                    "fine_imposed",
                    "Fines imposed first, without the suspended part",
                    Unit.MONEY,
                    "SUM({fine_unsplit..fine_sanctions})",
                    "Sum",
                    plain=True,
                ),
                Result(
                    "fine_payable",
                    "Payable part measured",
                    Unit.MONEY,
                    "{fine_imposed}*{fine_measured_share}+{settlement}",
                    "Sum of the part that is measured and the settlement",
                    plain=True,
                ),
                Result(
                    "fine_expected",
                    "Fine, with the suspended part as it is expected",
                    Unit.MONEY,
                    "DM_EXPECTED_FINE({fine_payable},{suspended_fine},{activation_probability})",
                    "Payable part plus probability times suspended part",
                ),
            ),
        ),
        Section(
            "Before tax: the price against the fine",
            (
                Result(
                    "offset_before_tax",
                    "Fine covered",
                    Unit.MONEY,
                    "DM_CASH_OFFSET({gross_price},{fine_expected})",
                    "Price, at most the fine",
                ),
                Result(
                    "offset_ratio_before_tax",
                    "Part of the fine covered",
                    Unit.SHARE,
                    "DM_OFFSET_RATIO({gross_price},{fine_expected})",
                    "Covered over fine",
                ),
                Result(
                    "shortfall_before_tax",
                    "Shortfall",
                    Unit.MONEY,
                    "DM_SHORTFALL({gross_price},{fine_expected})",
                    "Fine less price, at least 0",
                ),
                Result(
                    "surplus_before_tax",
                    "Surplus",
                    Unit.MONEY,
                    "DM_SURPLUS({gross_price},{fine_expected})",
                    "Price less fine, at least 0",
                ),
            ),
        ),
        Section(
            "After tax: the net proceeds against the fine",
            (
                Result(
                    "offset_after_tax",
                    "Fine covered",
                    Unit.MONEY,
                    "DM_CASH_OFFSET({net_proceeds},{fine_expected})",
                    "Net proceeds, at most the fine",
                ),
                Result(
                    "offset_ratio_after_tax",
                    "Part of the fine covered",
                    Unit.SHARE,
                    "DM_OFFSET_RATIO({net_proceeds},{fine_expected})",
                    "Covered over fine",
                ),
                Result(
                    "shortfall_after_tax",
                    "Shortfall",
                    Unit.MONEY,
                    "DM_SHORTFALL({net_proceeds},{fine_expected})",
                    "Fine less net proceeds, at least 0",
                ),
                Result(
                    "surplus_after_tax",
                    "Surplus",
                    Unit.MONEY,
                    "DM_SURPLUS({net_proceeds},{fine_expected})",
                    "Net proceeds less fine, at least 0",
                ),
            ),
        ),
        Section(
            "Price at which the net proceeds would cover the fine",
            (
                Result(
                    "price_to_cover",
                    "Price needed",
                    Unit.MONEY,
                    f"DM_GROSS_FOR_NET({{fine_expected}},{_DEDUCTIONS})",
                    "Net proceeds solved for the price",
                ),
                Result(
                    "price_to_cover_multiple",
                    "Against the price agreed",
                    Unit.TIMES,
                    "DM_MULTIPLE({price_to_cover},{price_converted})",
                    "Price needed over price",
                ),
                Result(
                    "net_at_price_to_cover",
                    "Net proceeds at the price needed",
                    Unit.MONEY,
                    f"DM_NET_PROCEEDS({{price_to_cover}},{_DEDUCTIONS})",
                    "Back again: the fine",
                ),
                Result(
                    "value_to_cover",
                    "Value of 100% it would take",
                    Unit.MONEY,
                    "DM_IMPLIED_VALUATION({price_to_cover},{stake_sold})",
                    "Price needed over stake",
                ),
            ),
        ),
        Section(
            "First year: cash against what falls due, in this order",
            (
                Result(
                    "first_year_cash",
                    "Cash at hand",
                    Unit.MONEY,
                    "{opening_cash}+{own_funds_plan@0}+{price_received@0}-{closing_deductions@0}",
                    "Sum of opening cash, own funds and what the disposal brings in the first year",
                    plain=True,
                ),
                Result(
                    "claim_fine",
                    "Claim 1: fines still to be paid",
                    Unit.MONEY,
                    "{fine_imposed}*(1-{fine_paid_share})+{settlement}",
                    "Sum of what has not been paid before and the settlement",
                    plain=True,
                ),
                Result(
                    "claim_suspended",
                    "Claim 2: suspended part beyond the escrow",
                    Unit.MONEY,
                    "DM_EXPECTED_FINE(0,DM_SHORTFALL({escrow},{suspended_fine}),{activation_probability})",
                    "As it is expected: probability times the part that no escrow secures",
                ),
                Result("claim_escrow", "Claim 3: escrow", Unit.MONEY, "{escrow}", "Link", Role.LINK, plain=True),
                Result(
                    "claim_rnd",
                    "Claim 4: R&D budget of the first year",
                    Unit.MONEY,
                    "{rnd_budget@0}",
                    "Link",
                    Role.LINK,
                    plain=True,
                ),
                Series(
                    "paid",
                    "Paid to each claim",
                    Unit.MONEY,
                    "INDEX(DM_CASH_WATERFALL({first_year_cash},{claim_fine..claim_rnd}),{#})",
                    "One claim after the other until the cash is gone",
                    labels=(
                        ("paid_fine", "Fines still to be paid"),
                        ("paid_suspended", "Suspended part beyond the escrow"),
                        ("paid_escrow", "Escrow"),
                        ("paid_rnd", "R&D budget of the first year"),
                    ),
                ),
                Result(
                    "unpaid_claims",
                    "Left unpaid",
                    Unit.MONEY,
                    "SUM({claim_fine..claim_rnd})-SUM({paid:})",
                    "Difference",
                    plain=True,
                ),
                Result(
                    "rnd_covered_ratio",
                    "Part of the first year's R&D that is covered",
                    Unit.SHARE,
                    "DM_OFFSET_RATIO({paid_rnd},{claim_rnd})",
                    "Paid over budget",
                ),
                Result(
                    "cash_left",
                    "Cash left after all claims",
                    Unit.MONEY,
                    "DM_CASH_LEFT({first_year_cash},{claim_fine..claim_rnd})",
                    "Cash less claims, at least 0",
                ),
            ),
        ),
    ),
)
