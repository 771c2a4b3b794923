"""The sheet Funding: what R&D is left unfunded."""

from __future__ import annotations

from dealmodel.workbook.template.layout import Result, Section, Series, Sheet, Unit

FUNDING = Sheet(
    "Funding",
    "Funding",
    "What R&D is left unfunded, year by year?",
    (
        Section(
            "The plan in figures",
            (
                Result(
                    "peak_funding",
                    "Money to be raised in all",
                    Unit.MONEY,
                    "DM_PEAK_FUNDING({rnd_budget:},{available:},{opening_cash})",
                    "Deepest hole of the balance",
                ),
                Result(
                    "gap_present_value",
                    "Its present value",
                    Unit.MONEY,
                    "DM_PRESENT_VALUE({carried_gap:},{period:},{discount_rate})",
                    "Money to be raised each year, discounted to the first",
                ),
                Result(
                    "runway",
                    "Runway of the cash at hand",
                    Unit.YEARS,
                    "DM_RUNWAY({opening_cash},{burn:})",
                    "Years until the cash is gone; the length of the plan where it lasts",
                ),
                Result(
                    "price_received_value",
                    "Price of the disposal, discounted at its own interest",
                    Unit.MONEY,
                    "DM_PRESENT_VALUE({price_received:},{period:},{instalment_rate})",
                    "Back again: the price received",
                ),
                Result(
                    "rnd_total",
                    "R&D budget in all",
                    Unit.MONEY,
                    "SUM({rnd_budget:})",
                    "Sum",
                    plain=True,
                ),
            ),
        ),
        Section(
            "Time",
            (
                Series(
                    "calendar_year",
                    "Year",
                    Unit.YEAR,
                    "{calendar_year<}+1",
                    "The year before, plus 1",
                    first="{first_year}",
                    plain=True,
                ),
                Series(
                    "period",
                    "Years from the first",
                    Unit.YEARS,
                    "{calendar_year}-{calendar_year@0}",
                    "Difference",
                    plain=True,
                ),
            ),
        ),
        Section(
            "Money needed and money there is",
            (
                Series(
                    "rnd_budget",
                    "R&D budget",
                    Unit.MONEY,
                    "DM_RND_BUDGET({period},{rnd_base},{rnd_growth})",
                    "Base, grown",
                ),
                Series(
                    "own_funds_plan",
                    "Own funds",
                    Unit.MONEY,
                    "DM_RND_BUDGET({period},{own_funds},{own_funds_growth})",
                    "Grown as a budget is",
                ),
                Series(
                    "price_received",
                    "Price of the disposal, as it is paid",
                    Unit.MONEY,
                    "DM_INSTALMENT({period},{gross_price},{instalments},{instalment_rate},{upfront_share}*{gross_price})",
                    "Upfront part, then level payments",
                ),
                Series(
                    "closing_deductions",
                    "Tax, costs, debt and retention, at closing",
                    Unit.MONEY,
                    "IF({period}=0,{deductions},0)",
                    "All in the first year",
                    plain=True,
                ),
                Series(
                    "fines_due",
                    "Fines, settlement and escrow",
                    Unit.MONEY,
                    "IF({period}=0,SUM({claim_fine..claim_escrow}),0)",
                    "All in the first year",
                    plain=True,
                ),
                Series(
                    "available",
                    "Cash available for R&D",
                    Unit.MONEY,
                    "{own_funds_plan}+{price_received}-{closing_deductions}-{fines_due}",
                    "Sum",
                    plain=True,
                ),
            ),
        ),
        Section(
            "Gaps and balance",
            (
                Series(
                    "single_year_gap",
                    "Gap of the year on its own",
                    Unit.MONEY,
                    "DM_FUNDING_GAP({rnd_budget},{available})",
                    "Budget less cash available, at least 0",
                ),
                Series(
                    "balance",
                    "Balance at the end of the year, with nothing raised",
                    Unit.MONEY,
                    "INDEX(DM_FUNDING_BALANCE({rnd_budget:},{available:},{opening_cash}),{period}+1)",
                    "Opening cash plus all that is available less all that is needed so far",
                ),
                Series(
                    "carried_gap",
                    "Money to be raised, surplus carried forward",
                    Unit.MONEY,
                    "INDEX(DM_CARRIED_GAP({rnd_budget:},{available:},{opening_cash}),{period}+1)",
                    "By how much the lowest balance so far falls",
                ),
                Series(
                    "burn",
                    "Cash burnt",
                    Unit.MONEY,
                    "{rnd_budget}-{available}",
                    "Difference; negative adds cash",
                    plain=True,
                ),
            ),
        ),
    ),
)
