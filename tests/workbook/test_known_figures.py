"""The worked case of ZTE, ZTEsoft and Lazada: the figures it is known by, each with its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from dealmodel.workbook.model import Model
from dealmodel.workbook.template.draw import LAYOUT
from dealmodel.workbook.template.layout import SCENARIO_COLUMNS

BOOK = Path(__file__).parents[2] / "workbooks" / "zte_alibaba_2018.xlsx"
PRESS, FILED, FAILS = "As reported by the press", "As filed", "Deal fails"
ACTIVATED, SETTLED = "Suspended penalty activated", "2018 settlement"


@pytest.fixture
def worked() -> Model:
    return Model.open(BOOK)


@pytest.fixture(scope="module")
def unchanged() -> Model:
    """Return the worked case for tests that set no input."""
    return Model.open(BOOK)


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [("stake_after", 0.5, "check_results"), ("first_year", 2020, "check_first_year")],
)
def test_a_check_fails_where_an_input_is_at_fault(worked: Model, name: str, value: float, check: str) -> None:
    worked[f"{name}[As filed]"] = value
    assert worked[f"{check}[As filed]"] is False
    assert worked["scenario_passed"] is True
    assert worked["checks_passed"] is False


@pytest.mark.parametrize(
    ("name", "scenario", "expected", "tolerance"),
    [
        # Caixin Global, 2017-06-28: 1.0bn for 51% to 83%, all existing shares.
        ("step_value", PRESS, 3125, 1e-9),
        ("primary_share_explaining", PRESS, -0.016, 5e-4),
        # arithmetic: 276 / 0.088, Rocket Internet's sale.
        ("other_seller_value", PRESS, 3136, 0.5),
        # arithmetic: 1 - 0.17 / 0.49, the other holders.
        ("others_dilution", PRESS, 0.6531, 5e-5),
        # Reuters UKL3N17F230: Tesco's 129 for 8.6% is 1.5bn before the new 500.
        ("earlier_seller_value", PRESS, 1500, 1e-9),
        ("earlier_seller_post_money", PRESS, 2000, 1e-9),
        # ZTE announcement (HKEX), 2018-02-09: 1,223.3 for 43.66%, and 100 of new shares.
        ("implied_value_local", FILED, 2801.88, 0.005),
        ("post_money_local", FILED, 2901.88, 0.005),
        ("buyer_stake_after", FILED, 0.4560, 5e-5),
        # SiliconANGLE, 2017-06-29: 294 against 892.
        ("implied_value", PRESS, 294, 1e-9),
        ("offset_before_tax", PRESS, 294, 1e-9),
        ("offset_ratio_before_tax", PRESS, 0.33, 0.005),
        ("shortfall_before_tax", PRESS, 598, 1e-9),
        # DOJ, 2017-03-07: paid 892,360,064, announced 1,192,360,064.
        ("fine_expected", FILED, 892.360064, 1e-9),
        ("fine_expected", ACTIVATED, 1192.360064, 1e-9),
        ("fines_due", FILED, 0, 0),
        ("fines_due", ACTIVATED, 300, 1e-9),
        # cmtradelaw.com, 2018-07: 1bn payable, 400m into escrow.
        ("fine_expected", SETTLED, 1000, 1e-9),
        ("fines_due", SETTLED, 1400, 1e-9),
        # A deal that fails leaves the implied values and brings no cash.
        ("implied_value_local", FAILS, 2801.88, 0.005),
        ("gross_price", FAILS, 0, 0),
        ("net_proceeds", FAILS, 0, 0),
        # 294 less a quarter of the gain over 100 + 5, less 5 of costs.
        ("net_proceeds", PRESS, 241.75, 1e-9),
    ],
)
def test_the_worked_case_gives_the_known_figures(
    unchanged: Model, name: str, scenario: str, expected: float, tolerance: float
) -> None:
    place = LAYOUT.places[name]
    column = SCENARIO_COLUMNS[(PRESS, FILED, FAILS, ACTIVATED, SETTLED).index(scenario)]
    first_year = f"{place.sheet}!{column}{place.row}"
    assert unchanged[first_year if place.length > 1 else f"{name}[{scenario}]"] == pytest.approx(
        expected, rel=0, abs=tolerance
    )


def test_the_reported_value_of_lazada_is_within_the_rounding(unchanged: Model) -> None:
    low, high = unchanged["step_value_low"], unchanged["step_value_high"]
    assert isinstance(low, float)
    assert isinstance(high, float)
    # arithmetic: 950 / 0.33 and 1,050 / 0.31
    assert (low, high) == pytest.approx((2878.79, 3387.10), abs=0.005)
    assert low <= 3150 <= high
    assert unchanged["reported_reconciles"] == 1
    assert unchanged["new_money_explains"] == 0
