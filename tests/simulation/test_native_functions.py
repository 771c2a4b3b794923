"""Functions that are worked out for all trials at once give what the engine gives, whatever their arguments hold."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest

from dealmodel.cells import CellError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.boxes import Texts
from dealmodel.simulation.compiler.careful.engine_calls import EngineCalls
from dealmodel.simulation.compiler.careful.evaluator import Careful
from dealmodel.simulation.compiler.careful.functions.native import NATIVE
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.operands import Value

Array: TypeAlias = "NDArray[np.float64]"
Maker: TypeAlias = "Callable[[np.random.Generator], Array]"

TRIALS = 60
ODD = (
    None,
    True,
    False,
    CellError.NA,
    CellError.DIV0,
    "x",
    "2",
    0.0,
    -1.0,
    1.0,
    1e9,
    -1e9,
    0.5,
    60.0,
    367.0,
    2958465.0,
)
"""What a cell may hold that is none of what a function is made for."""


def between(low: float, high: float) -> Maker:
    return lambda rng: rng.uniform(low, high, TRIALS)


def whole(low: int, high: int) -> Maker:
    return lambda rng: rng.integers(low, high, TRIALS, endpoint=True).astype(float)


def one_of(*values: float) -> Maker:
    return lambda rng: rng.choice(np.array(values), TRIALS)


def dates(rng: np.random.Generator) -> Array:
    """Return days and times, many of them at the end of a month or of a year, in leap years too."""
    ends = rng.choice([36585.0, 36556.0, 40237.0, 45350.0, 45351.0, 43890.0, 45382.0, 45473.0, 45657.0], TRIALS)
    return np.where(rng.random(TRIALS) < 0.5, ends, rng.uniform(367, 60000, TRIALS))


def amounts(rng: np.random.Generator) -> Array:
    return rng.normal(0, 100, TRIALS)


TRUTH = one_of(boxes.TRUE, boxes.FALSE, 1.0, 0.0)
SHARE, POSITIVE, FREEDOM = between(0, 1), between(0.01, 9), between(0.5, 30)
RATE, COUPON, YIELD = between(-0.2, 0.4), between(0, 0.15), between(0, 0.2)
SETTLED, DUE, OFTEN, BASIS = whole(40000, 45000), whole(45000, 52000), one_of(1.0, 2.0, 4.0), whole(0, 4)
SECURITY = (OFTEN, BASIS)
BEGIN_OR_END = whole(0, 1)

CASES: dict[str, tuple[Maker | float, ...]] = {
    **dict.fromkeys(("YEAR", "MONTH", "DAY"), (dates,)),
    "DATE": (whole(1890, 2110), between(-30, 40), between(-400, 400)),
    **dict.fromkeys(("EDATE", "EOMONTH"), (dates, between(-200, 300))),
    "DAYS": (dates, dates),
    "WEEKDAY": (dates, whole(0, 19)),
    "DAYS360": (dates, dates, TRUTH),
    **{f"YEARFRAC of basis {i}": (dates, dates, float(i)) for i in range(5)},
    "PRICE": (SETTLED, DUE, COUPON, YIELD, between(80, 110), *SECURITY),
    "PRICE of one coupon": (whole(44700, 44800), 44900.0, COUPON, YIELD, 100.0, 2.0),
    "YIELD": (SETTLED, DUE, COUPON, between(40, 160), between(80, 110), *SECURITY),
    "YIELD of one coupon": (whole(44700, 44800), 44900.0, COUPON, between(90, 110), 100.0, 2.0),
    **dict.fromkeys(("DURATION", "MDURATION"), (SETTLED, DUE, COUPON, YIELD, *SECURITY)),
    **dict.fromkeys(("IPMT", "PPMT"), (RATE, whole(0, 14), whole(1, 14), amounts, amounts, BEGIN_OR_END)),
    "NPER": (RATE, amounts, amounts, amounts, BEGIN_OR_END),
    "RATE": (whole(1, 60), between(-40, -1), between(50, 1000)),
    "RATE of growth": (whole(1, 60), 0.0, between(-1000, -50), between(50, 2000)),
    "RATE from a guess": (whole(1, 360), between(-40, -1), between(50, 1000), amounts, BEGIN_OR_END, RATE),
    **dict.fromkeys(
        ("CUMIPMT", "CUMPRINC"),
        (between(0.001, 0.3), between(9, 40), between(10, 1000), between(1, 5), between(5, 9), BEGIN_OR_END),
    ),
    **dict.fromkeys(("EFFECT", "NOMINAL"), (RATE, between(0, 20))),
    **dict.fromkeys(("BETA.DIST", "BETA.DIST of a range"), (SHARE, POSITIVE, POSITIVE, TRUTH)),
    "BETA.DIST between bounds": (between(-1, 5), POSITIVE, POSITIVE, 1.0, between(-1, 0), between(1, 4)),
    **dict.fromkeys(("BETADIST", "BETA.INV", "BETAINV"), (SHARE, POSITIVE, POSITIVE)),
    **dict.fromkeys(("GAMMA.DIST", "GAMMADIST", "WEIBULL.DIST", "WEIBULL"), (POSITIVE, POSITIVE, POSITIVE, TRUTH)),
    **dict.fromkeys(("GAMMA.INV", "GAMMAINV"), (SHARE, POSITIVE, POSITIVE)),
    "CHISQ.DIST": (POSITIVE, FREEDOM, TRUTH),
    **dict.fromkeys(("CHISQ.DIST.RT", "CHIDIST"), (POSITIVE, FREEDOM)),
    **dict.fromkeys(("CHISQ.INV", "CHISQ.INV.RT", "CHIINV", "T.INV", "T.INV.2T", "TINV"), (SHARE, FREEDOM)),
    "F.DIST": (POSITIVE, FREEDOM, FREEDOM, TRUTH),
    **dict.fromkeys(("F.DIST.RT", "FDIST"), (POSITIVE, FREEDOM, FREEDOM)),
    **dict.fromkeys(("F.INV", "F.INV.RT", "FINV"), (SHARE, FREEDOM, FREEDOM)),
    "T.DIST": (between(-3, 3), FREEDOM, TRUTH),
    **dict.fromkeys(("T.DIST.RT", "T.DIST.2T"), (between(-3, 3), FREEDOM)),
    **dict.fromkeys(("POISSON.DIST", "POISSON", "EXPON.DIST", "EXPONDIST"), (POSITIVE, POSITIVE, TRUTH)),
    "NORM.DIST": (amounts, amounts, POSITIVE, TRUTH),
    "NORM.S.DIST": (between(-3, 3), TRUTH),
    **dict.fromkeys(("CONFIDENCE.NORM", "CONFIDENCE"), (SHARE, POSITIVE, FREEDOM)),
    **dict.fromkeys(("ATAN2", "QUOTIENT", "MROUND", "CEILING", "FLOOR"), (amounts, amounts)),
    **dict.fromkeys(("ISEVEN", "ISODD", "SINH", "COSH", "DEGREES", "RADIANS"), (amounts,)),
    **dict.fromkeys(("ASIN", "ACOS"), (between(-1.1, 1.1),)),
}
"""Arguments of the functions; what follows the first word is for the reader."""
TO_THE_LAST_DIGIT = frozenset(
    [
        *("YEAR", "MONTH", "DAY", "DATE", "EDATE", "EOMONTH", "DAYS", "WEEKDAY", "DAYS360", "YEARFRAC", "QUOTIENT"),
        *("BETA.INV", "CHISQ.DIST", "CHISQ.DIST.RT", "CHISQ.INV", "CHISQ.INV.RT", "F.DIST", "F.DIST.RT", "F.INV"),
        *("F.INV.RT", "T.DIST", "T.DIST.RT", "T.DIST.2T", "T.INV", "T.INV.2T", "CONFIDENCE.NORM", "ISEVEN", "ISODD"),
    ]
)
"""Functions that need no power or logarithm of their own, whose last digit hangs on the machine."""


class Watched(Careful):
    """The careful evaluator, which counts the trials for which it asks the engine."""

    def __init__(self) -> None:
        texts = Texts(lambda _: CellError.VALUE)
        super().__init__(texts, None, EngineCalls(model_of({"A1": 1.0}), texts))
        self.asked = 0

    def called(self, name: str, args: Sequence[Value]) -> Array:
        self.asked += len(np.broadcast_arrays(*itertools.chain.from_iterable(map(cells_of, args)))[0])
        return super().called(name, args)


def cells_of(value: Value) -> list[Array]:
    return [c for row in value for c in row] if isinstance(value, list) else [] if value is None else [value]


@pytest.fixture(scope="module")
def watched() -> Watched:
    return Watched()


def mixed(values: Array, rng: np.random.Generator, texts: Texts) -> Array:
    """Return values of which one in seven is odd."""
    odd = np.array([float(boxes.box(v, texts)) for v in ODD])
    return np.where(rng.random(TRIALS) < 1 / 7, rng.choice(odd, TRIALS), values)


def compare(watched: Watched, name: str, args: Sequence[Value], label: str) -> int:
    """Compare a function with the engine, and return for how many trials it did not ask the engine."""
    watched.asked = 0
    with np.errstate(all="ignore"):
        found = np.array(np.broadcast_to(NATIVE[name](watched, args), TRIALS))
    known = TRIALS - watched.asked
    wanted = np.array(np.broadcast_to(watched.called(name, args), TRIALS))
    for i, (mine, theirs) in enumerate(zip(found, wanted, strict=True)):
        a, b = boxes.unbox(mine, watched.texts), boxes.unbox(theirs, watched.texts)
        given = [boxes.unbox(np.broadcast_to(c, TRIALS)[i], watched.texts) for a in args for c in cells_of(a)]
        if isinstance(a, float) and isinstance(b, float):
            tolerance = 0.0 if name in TO_THE_LAST_DIGIT else 1e-9
            assert a == pytest.approx(b, rel=tolerance, abs=0.0), f"{label}: {given}"
        else:
            assert a == b, f"{label}: {given}"
            assert type(a) is type(b), f"{label}: {given}"
    return known


@pytest.mark.parametrize("label", CASES)
def test_a_function_gives_what_the_engine_gives(watched: Watched, label: str) -> None:
    name = label.split(maxsplit=1)[0]
    rng = np.random.default_rng(len(label))
    made = [np.array(m) if isinstance(m, float) else m(rng) for m in CASES[label]]
    # What it is made for it works out itself; of the rest the engine tells what it is.
    assert compare(watched, name, list(made), label) > TRIALS / 20
    odd: list[Value] = [mixed(np.broadcast_to(m, TRIALS), rng, watched.texts) for m in made]
    compare(watched, name, odd, label)


@pytest.mark.parametrize("share_of_odd", [False, True])
@pytest.mark.parametrize(("name", "height"), [("IRR", 5), ("MIRR", 5), ("XIRR", 5), ("N", 1), ("COUNTBLANK", 4)])
def test_a_function_of_a_range_gives_what_the_engine_gives(
    watched: Watched, name: str, height: int, share_of_odd: bool
) -> None:
    rng = np.random.default_rng(height)
    flows: list[list[Array]] = [[amounts(rng)] for _ in range(height)]
    if share_of_odd:
        flows = [[mixed(row[0], rng, watched.texts)] for row in flows]
    others: dict[str, list[Value]] = {
        "MIRR": [RATE(rng), RATE(rng)],
        "XIRR": [[[np.array(45000.0 + 100 * i)] for i in range(height)]],
    }
    known = compare(watched, name, [flows, *others.get(name, [])], name)
    assert known > (0 if share_of_odd else TRIALS / 2)


@pytest.mark.parametrize(("name", "error"), [("IRR", CellError.NUM), ("MIRR", CellError.DIV0)])
def test_flows_of_one_sign_have_no_rate_without_asking_the_engine(
    watched: Watched, name: str, error: CellError
) -> None:
    flows: list[list[Array]] = [[between(1, 9)(np.random.default_rng(i))] for i in range(4)]
    rates: list[Value] = [np.array(0.1), np.array(0.1)] if name == "MIRR" else []
    watched.asked = 0
    with np.errstate(all="ignore"):
        found = NATIVE[name](watched, [flows, *rates])
    assert {boxes.unbox(v, watched.texts) for v in found} == {error}
    assert watched.asked == 0


def test_days_of_a_workbook_that_counts_from_1904_are_left_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    monkeypatch.setattr(watched._call, "date1904", True)  # noqa: SLF001
    NATIVE["EDATE"](watched, [dates(np.random.default_rng(0)), np.array(1.0)])
    assert watched.asked == TRIALS


def test_a_rate_at_which_rounding_alone_leaves_nothing_is_none(watched: Watched) -> None:
    """Of flows 129 years after the first: at a rate of -36% each is worth 1e26, and their sum may come to 0."""
    early = between(-30, 30)(np.random.default_rng(3))
    flows: list[list[Array]] = [[np.array(f)] for f in (-100.0, -50.0, 60.0, 150.0, 120.0)]
    flows.insert(2, [38.92 + early])
    days: list[list[Array]] = [[np.array(d)] for d in (0.0, 47178.0, 44742.0, 45107.0, 45473.0, 45838.0)]
    compare(watched, "XIRR", [flows, days], "XIRR")
