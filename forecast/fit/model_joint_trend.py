r"""The joint local linear trend: compute of frontier runs, compute per dollar, chips and cost bases in one model.

With natural logarithms, ``t`` in years, ``x_i`` the compute of run ``i`` and ``y_i`` its amortised cost:

    ln x_i       = f(t_i) + lab[l_i] + e_i                     e_i ~ Student-t(nu; 0, sqrt(tau^2 + s_i^2))
    ln (x_i/y_i) = q(t_i) + d_tpu tpu_i + lab'[l_i] + u_i      u_i ~ Student-t(5; 0, .)
    ln chip_j    = q0 + h r_j + d_own own_j + noise            Student-t(5): peak 16-bit FLOP/s per purchase dollar
    ln (cloud/amortised), ln (acquisition/amortised) = d + noise            Student-t(5)

Of runs whose compute nobody published, bounds may be known (`forecast.fit.history.bounded_runs`). Such a run gives no
density but the probability that ``ln x_i``, recorded as doubtfully as an unclassified run, lies between them
(`forecast.fit.censoring`). The walks reach to the last of these runs.

``f`` is a local linear trend (its level walks and so does its slope) whose growth may fade, ``q`` a random walk whose
drift is near the chips' growth ``h``; both are written as realised mean growth times time plus a zero-sum bridge
(`forecast.fit.bridge`). Cost is not modelled on its own: it is compute over compute per dollar, so cost
growth *is* the difference of the growths.

Fading: to the walks' realised mean growth ``G`` comes a bend ``b``, at ``s`` years into a history of ``L`` years

    b(s) = G (1 - share) (L expm1(-s / fade) / expm1(-L / fade) - s).

Without chance, growth then falls as ``G (share + c exp(-s / fade))``, with ``c`` such that its mean over the history
stays ``G``, and goes on falling to ``G share`` afterwards. A share near one is a trend that does not fade; the prior
puts even odds on a share above four fifths. Growth that feeds on a limited purse has to slow down some day, and a
trend that may bend has forecast the dearest run better (`forecast backtest --candidates`).

``s_i`` is the measurement error of the recorded compute. It cancels in compute per dollar, because the
recorded cost was computed from the same compute or from the same chips and hours.

Time is centred on the data and the bridges have mean zero over the data: an intercept far outside the data
would trade off against the slope and bend it towards its prior while every diagnostic looked fine.

The sampler sees few vectors (coefficients, log scales, one vector of standard normals) and one product of a
constant design matrix, because a graph of many small variables takes longer to compile than to sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.fit.bridge import Bridge, bridge, drift_given_growth, slope_at_end, walk_on
from forecast.fit.censoring import BEYOND, log_probability
from forecast.fit.history import MEASUREMENT_ERROR, History
from forecast.fit.record import largest_bounded, largest_known, largest_unseen
from forecast.units import Array

if TYPE_CHECKING:
    import pymc as pm

NAME = "joint local linear trend with fading growth"
DECADE = math.log(10.0)

# Priors of the growth rates [1/yr]: the first slope of compute, the chips' growth, and how far the drift of
# realised compute per dollar may lie from the chips'.
FIRST_SLOPE = (0.5 * DECADE, 0.5 * DECADE)
CHIP_GROWTH = (0.13 * DECADE, 0.08 * DECADE)
DRIFT_FROM_CHIPS = 0.03 * DECADE

# Scales are log-normal: (median, factor that one standard deviation spans). A half-normal piles up at zero,
# where the geometry turns into a funnel.
SCALES: Mapping[str, tuple[float, float]] = {
    "run_dispersion": (0.40 * DECADE, 1.6),
    "run_lab": (0.20 * DECADE, 1.6),
    "level_walk": (0.15 * DECADE, 1.6),
    "slope_walk": (0.06 * DECADE, 1.6),
    "price_performance_dispersion": (0.25 * DECADE, 1.6),
    "price_performance_lab": (0.15 * DECADE, 1.6),
    "price_performance_walk": (0.06 * DECADE, 1.6),
    "chip_dispersion": (0.20 * DECADE, 1.6),
    "cloud_dispersion": (0.15 * DECADE, 1.6),
    "acquisition_dispersion": (0.50 * DECADE, 1.6),
    # Not a scale but sampled like one: the degrees of freedom of the scatter of compute.
    "run_tail": (8.0, 1.6),
}

# Coefficients are normal around these means; levels are taken relative to the mean of their data.
COEFFICIENTS: Mapping[str, tuple[float, float]] = {
    "compute_level": (0.0, 1.0 * DECADE),
    "price_performance_level": (0.0, 1.0 * DECADE),
    "tpu": (0.0, 0.5 * DECADE),
    "chip_level": (0.0, 1.0 * DECADE),
    "chip_growth": CHIP_GROWTH,
    "chip_own": (0.0, 0.5 * DECADE),
    "cloud": (0.45 * DECADE, 0.5 * DECADE),
    "acquisition": (1.5 * DECADE, 1.0 * DECADE),
    # Fading: the logarithm of the time in which growth above the floor falls to a third [ln years], and the log odds of
    # the floor's share of the mean growth. A form that does not fade leaves both at their priors.
    "fade_time": (math.log(8.0), math.log(2.0)),
    "floor_share": (math.log(4.0), 1.4),
}

OTHER_TAIL = 5.0

TRENDS = ("compute", "price_performance")


@dataclass(frozen=True)
class Form:
    """What the trends of a candidate model may do; everything else the candidates share.

    Attributes:
        level_walks: Whether the level of compute jumps.
        slope_walks: Whether its growth drifts.
        fades: Whether its growth falls exponentially from the first day on, towards a floor of its own.
        learns: Whether compute per dollar grows by experience, a constant share of the growth of compute (Wright
            1936), rather than by the calendar.
    """

    level_walks: bool = True
    slope_walks: bool = True
    fades: bool = True
    learns: bool = False


FORM = Form()
"""What ships."""

LOCAL_LINEAR = Form(fades=False)

# The prior of growth of compute per dollar over growth of compute, where it is experience that counts.
LEARNING = (0.25, 0.15)

# What stands in for the scale of a walk that a candidate does not have: nothing that data could show.
_STILL = 1e-6


@dataclass(frozen=True)
class Design:
    """The constant part of the model: grid, centres and the matrix that turns its unknowns into expected values.

    Attributes:
        grid: Knots and basis, shared by both walks.
        run_time_centre: The time that the line of compute turns about [years].
        paid_time_centre: The time that the line of compute per dollar turns about [years].
        compute_centre: Mean of the runs' log compute.
        price_performance_centre: Mean of their log compute per dollar.
        chip_time_centre: The time that the chips' line turns about [years].
        chip_centre: Mean of the chips' log FLOP/s per dollar.
        run_bridge_mean: Mean of the bridge's map over the runs, which is taken off it.
        paid_bridge_mean: The same over the runs with a cost.
        matrix: Shape ``(runs + other rows + bounded runs, unknowns)``.
        outcome: The centred data that the rows stand for, all but the bounded runs.
        low: What the bounded runs' compute is at least, centred as the runs' is; ``-BEYOND`` where it is not known.
        high: What it is at most; ``BEYOND`` where it is not known.
        groups: Number of rows of each kind after the runs: paid, chips, cloud, acquisition, bounded runs.
    """

    grid: Bridge
    run_time_centre: float
    paid_time_centre: float
    compute_centre: float
    price_performance_centre: float
    chip_time_centre: float
    chip_centre: float
    run_bridge_mean: Array
    paid_bridge_mean: Array
    matrix: Array
    outcome: Array
    low: Array
    high: Array
    groups: tuple[int, int, int, int, int]


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0


def _one_hot(positions: Array, width: int) -> Array:
    return np.asarray(np.equal.outer(positions, np.arange(width)), dtype=float)


def design(history: History) -> Design:
    """The grid, the centres and the design matrix for a history.

    Columns: coefficients; mean growth of compute and of compute per dollar; bridge of compute; bridge of
    compute per dollar; lab effects on compute; lab effects on compute per dollar.
    """
    grid = bridge(history.start, history.reach)
    width = grid.intervals - 1
    labs = len(history.labs)
    runs, paid, chips = len(history.run_time), len(history.paid_time), len(history.chip_time)
    cloud, acquisition = len(history.cloud_ratio), len(history.acquisition_ratio)
    bounded = len(history.bounded_time)

    names = list(COEFFICIENTS)
    columns = len(names) + 2 + 2 * width + 2 * labs
    growth = len(names)
    compute_bridge = slice(growth + 2, growth + 2 + width)
    price_bridge = slice(compute_bridge.stop, compute_bridge.stop + width)
    compute_lab = slice(price_bridge.stop, price_bridge.stop + labs)
    price_lab = slice(compute_lab.stop, compute_lab.stop + labs)

    run_time_centre = _mean(history.run_time)
    paid_time_centre = _mean(history.paid_time)
    compute_centre = _mean(history.run_compute)
    price_performance_centre = _mean(history.paid_price_performance)
    chip_time_centre = _mean(history.chip_time)
    chip_centre = _mean(history.chip_price_performance)
    run_bridge = grid.at(history.run_time)
    paid_bridge = grid.at(history.paid_time)
    run_bridge_mean = run_bridge.mean(axis=0) if runs else np.zeros(width)
    paid_bridge_mean = paid_bridge.mean(axis=0) if paid else np.zeros(width)

    matrix = np.zeros((runs + paid + chips + cloud + acquisition + bounded, columns))
    rows = slice(0, runs)
    matrix[rows, names.index("compute_level")] = 1.0
    matrix[rows, growth] = history.run_time - run_time_centre
    matrix[rows, compute_bridge] = run_bridge - run_bridge_mean
    matrix[rows, compute_lab] = _one_hot(history.run_lab, labs)

    rows = slice(rows.stop, rows.stop + paid)
    matrix[rows, names.index("price_performance_level")] = 1.0
    matrix[rows, names.index("tpu")] = history.paid_tpu
    matrix[rows, growth + 1] = history.paid_time - paid_time_centre
    matrix[rows, price_bridge] = paid_bridge - paid_bridge_mean
    matrix[rows, price_lab] = _one_hot(history.paid_lab, labs)

    rows = slice(rows.stop, rows.stop + chips)
    matrix[rows, names.index("chip_level")] = 1.0
    matrix[rows, names.index("chip_growth")] = history.chip_time - chip_time_centre
    matrix[rows, names.index("chip_own")] = history.chip_own

    rows = slice(rows.stop, rows.stop + cloud)
    matrix[rows, names.index("cloud")] = 1.0
    rows = slice(rows.stop, rows.stop + acquisition)
    matrix[rows, names.index("acquisition")] = 1.0

    rows = slice(rows.stop, rows.stop + bounded)
    matrix[rows, names.index("compute_level")] = 1.0
    matrix[rows, growth] = history.bounded_time - run_time_centre
    matrix[rows, compute_bridge] = grid.at(history.bounded_time) - run_bridge_mean
    matrix[rows, compute_lab] = _one_hot(history.bounded_lab, labs)

    outcome = np.concatenate(
        [
            history.run_compute - compute_centre,
            history.paid_price_performance - price_performance_centre,
            history.chip_price_performance - chip_centre,
            history.cloud_ratio,
            history.acquisition_ratio,
        ]
    )
    return Design(
        grid=grid,
        run_time_centre=run_time_centre,
        paid_time_centre=paid_time_centre,
        compute_centre=compute_centre,
        price_performance_centre=price_performance_centre,
        chip_time_centre=chip_time_centre,
        chip_centre=chip_centre,
        run_bridge_mean=run_bridge_mean,
        paid_bridge_mean=paid_bridge_mean,
        matrix=matrix,
        outcome=outcome,
        low=np.clip(history.bounded_low - compute_centre, -BEYOND, BEYOND),
        high=np.clip(history.bounded_high - compute_centre, -BEYOND, BEYOND),
        groups=(paid, chips, cloud, acquisition, bounded),
    )


def structure(history: History, fixed: Design, form: Form = FORM) -> tuple[Array, Array, Array]:
    """Which squared scale enters which variance, as constant matrices.

    Returns:
        Variances of the units (bridges, then lab effects) and of the rows per squared scale, and the rows'
        known variance from measurement error.
    """
    names = list(SCALES)
    grid, labs, runs = fixed.grid, len(history.labs), len(history.run_time)
    width = grid.intervals - 1
    units = np.zeros((2 * width + 2 * labs, len(names)))
    if form.slope_walks:
        units[:width, names.index("slope_walk")] = grid.step * grid.spread
    if form.level_walks:
        units[:width, names.index("level_walk")] = 1.0 / grid.step
    units[width : 2 * width, names.index("price_performance_walk")] = 1.0 / grid.step
    units[2 * width : 2 * width + labs, names.index("run_lab")] = 1.0
    units[2 * width + labs :, names.index("price_performance_lab")] = 1.0
    kinds = ("run", "price_performance", "chip", "cloud", "acquisition", "run")
    rows = np.zeros((len(fixed.matrix), len(names)))
    sizes = (runs, *fixed.groups)
    rows[np.arange(len(rows)), np.repeat([names.index(f"{kind}_dispersion") for kind in kinds], sizes)] = 1.0
    *others, bounded = fixed.groups
    known = np.concatenate(
        [
            history.run_error**2,
            np.zeros(sum(others)),
            np.full(bounded, MEASUREMENT_ERROR["unknown"] ** 2),
        ]
    )
    return units, rows, known


def build(history: History, form: Form = FORM, *, swappable: bool = False) -> pm.Model:
    """The model of a history, not sampled yet.

    Args:
        history: Frontier runs and chips.
        form: What the trends may do; what ships unless given.
        swappable: Make the outcomes, the bounds and the known variances of the rows data (``outcome``, ``low``,
            ``high`` and ``known``) that can be exchanged after compiling.

    Returns:
        A PyMC model with the free variables ``coefficients``, ``log_scales``, ``units`` (standard normals)
        and ``growth`` (realised mean growth of compute and of compute per dollar); ``learning`` where
        the form has it.
    """
    import pymc as pm
    import pytensor.tensor as pt

    fixed = design(history)
    grid = fixed.grid
    width = grid.intervals - 1
    names = list(SCALES)
    unit_squares, row_squares, known = structure(history, fixed, form)
    # Both walks of the trend add to the variance of its mean growth.
    growth_squares = np.zeros(len(names))
    if form.slope_walks:
        growth_squares[names.index("slope_walk")] = grid.step * grid.mean_spread
    if form.level_walks:
        growth_squares[names.index("level_walk")] = 1.0 / (grid.step * grid.intervals)
    runs, seen, bounded = len(history.run_time), len(fixed.outcome), fixed.groups[-1]
    is_run = np.arange(seen) < runs
    coords = {
        "coefficient": list(COEFFICIENTS),
        "scale": names,
        "unit": range(len(unit_squares)),
        "trend": TRENDS,
    }

    with pm.Model(coords=coords) as model:
        coefficients = pm.Normal(
            "coefficients",
            mu=np.array([mean for mean, _ in COEFFICIENTS.values()]),
            sigma=np.array([scale for _, scale in COEFFICIENTS.values()]),
            dims="coefficient",
        )
        log_scales = pm.Normal(
            "log_scales",
            mu=np.log([median for median, _ in SCALES.values()]),
            sigma=np.log([factor for _, factor in SCALES.values()]),
            dims="scale",
        )
        units = pm.Normal("units", dims="unit")

        squares = pt.exp(2.0 * log_scales)
        variances = pt.dot(unit_squares, squares)
        if not (form.level_walks or form.slope_walks):
            variances = variances + _STILL**2
        effects = pt.sqrt(variances) * units

        # The mean growth of compute leans with the bridge: a slope that rises along the way also has a higher
        # mean.
        lean = (
            squares[names.index("slope_walk")]
            * (form.slope_walks * grid.step * grid.lean)
            / variances[:width]
        )
        compute_variance = (
            FIRST_SLOPE[1] ** 2 + pt.dot(growth_squares, squares) - pt.dot(lean**2, variances[:width])
        )
        price_walk = squares[names.index("price_performance_walk")]
        price_variance = DRIFT_FROM_CHIPS**2 + price_walk / (grid.end - grid.start)
        growth = pm.Normal(
            "growth",
            mu=pt.stack(
                [
                    FIRST_SLOPE[0] + pt.dot(lean, effects[:width]),
                    coefficients[list(COEFFICIENTS).index("chip_growth")],
                ]
            ),
            # Where experience gives the growth of compute per dollar, the calendar shall not.
            sigma=pt.sqrt(pt.stack([compute_variance, 1.0 if form.learns else price_variance])),
            dims="trend",
        )
        expected = pt.dot(fixed.matrix, pt.concatenate([coefficients, growth, effects]))
        if form.fades:
            bend = _bend(
                np.concatenate([history.run_time, history.bounded_time]),
                grid,
                pt.exp(coefficients[list(COEFFICIENTS).index("fade_time")]),
                pt.sigmoid(coefficients[list(COEFFICIENTS).index("floor_share")]),
                pt,
            )
            bent = growth[0] * (bend - bend[:runs].mean())
            expected = expected + pt.concatenate([bent[:runs], np.zeros(seen - runs), bent[runs:]])
        if form.learns:
            learning = pm.Normal("learning", mu=LEARNING[0], sigma=LEARNING[1])
            # Wright's law binds the two growths as they were realised; the walk accounts for the rest.
            pm.Potential(
                "experience",
                pm.logp(pm.Normal.dist(learning * growth[0], pt.sqrt(price_variance)), growth[1]),
            )

        outcome, low, high = fixed.outcome, fixed.low, fixed.high
        if swappable:
            outcome, known = pm.Data("outcome", outcome), pm.Data("known", known)
            low, high = pm.Data("low", low), pm.Data("high", high)
        sigma = pt.sqrt(pt.dot(row_squares, squares) + known)
        run_tail = pt.exp(log_scales[names.index("run_tail")])
        pm.StudentT(
            "rows",
            nu=OTHER_TAIL + is_run * (run_tail - OTHER_TAIL),
            mu=expected[:seen],
            sigma=sigma[:seen],
            observed=outcome,
        )
        if bounded:
            middle, scale = expected[seen:], sigma[seen:]
            between = log_probability((low - middle) / scale, (high - middle) / scale, run_tail, pt)
            pm.Potential("bounded", between.sum())
    return model


def _bend(times: Any, grid: Bridge, fade: Any, share: Any, calculus: Any) -> Any:
    """What a fading growth adds to a steady one of the same mean, per unit of that mean [years].

    Growth is ``G (share + (1 - share) exp(-(t - start) / fade) / m)`` with ``m`` the mean of the exponential over the
    grid, so that ``G`` stays the realised mean growth.

    Args:
        times: Times within the grid [years].
        grid: The stretch that the mean is taken over.
        fade: Time in which growth above the floor falls to a third [years].
        share: The floor over the mean growth.
        calculus: NumPy, or PyTensor's tensors.
    """
    length = grid.end - grid.start
    since = times - grid.start
    return (1.0 - share) * (length * calculus.expm1(-since / fade) / calculus.expm1(-length / fade) - since)


@dataclass(frozen=True)
class Fading:
    """What fading does to the trend of each draw, beside the walks.

    Attributes:
        at: What it adds to the log compute at some times, shape ``(draws, times)``.
        lost: How much lower growth at the end is for it, shape ``(draws,)`` [1/yr]; negative.
        left: How much of growth at the end is yet to fade, shape ``(draws,)`` [1/yr].
        time: Time in which that falls to a third, shape ``(draws,)`` [years].
    """

    at: Array
    lost: Array
    left: Array
    time: Array


def fading(
    history: History,
    grid: Bridge,
    mean_growth: Array,
    *,
    fade_time: Array,
    floor_share: Array,
    times: Array,
) -> Fading:
    """The bend that fading puts into the trend, centred on the runs like everything else.

    Args:
        history: The recorded runs.
        grid: The stretch that the mean growth is taken over.
        mean_growth: Realised mean growth of the walks, shape ``(draws,)`` [1/yr].
        fade_time: Logarithm of the fading time [ln years], shape ``(draws,)``.
        floor_share: Log odds of the floor over the mean growth, shape ``(draws,)``.
        times: The times that are asked for, within the grid, shape ``(times,)`` [years].
    """
    time, share = np.exp(fade_time), 1.0 / (1.0 + np.exp(-floor_share))
    every = np.concatenate([history.run_time, times])
    bend = _bend(every, grid, time[:, np.newaxis], share[:, np.newaxis], np)
    runs = len(history.run_time)
    mean = bend[:, :runs].mean(axis=1)
    above = mean_growth * (1.0 - share)
    length = grid.end - grid.start
    left = above * (length / time) / np.expm1(length / time)
    return Fading(
        # What the bend is on average over the runs has gone into the level.
        at=mean_growth[:, np.newaxis] * (bend[:, runs:] - mean[:, np.newaxis]),
        lost=left - above,
        left=left,
        time=time,
    )


def _pooled(draws: Mapping[str, Array], name: str) -> Array:
    """The draws of all chains one after the other, shape ``(draws, ...)``."""
    values = draws[name]
    return values.reshape(-1, *values.shape[2:])


def trends(
    history: History, draws: Mapping[str, Array], *, as_of: float, seed: int, form: Form = FORM
) -> dict[str, Array]:
    """The quantities that a forecast starts from, at a date on or after the last data.

    Between the last date of which anything is known and ``as_of`` the walks carry on by their own law, and so do the
    releases: nothing is assumed to have stood still while it was not published.

    Args:
        history: What the model was fitted to.
        draws: Sampled variables, each of shape ``(chain, draw, ...)``.
        as_of: The date that "now" means [years].
        seed: Seed of the exact conditional draws.
        form: What the trends may do.

    Returns:
        The variables of the posterior, each of shape ``(chain * draw,)``, and with them what a report shows:
        ``*_mean_growth`` (realised over the history) and ``chip_growth``.
    """
    fixed = design(history)
    grid = fixed.grid
    width = grid.intervals - 1
    generator = np.random.Generator(np.random.PCG64(seed))

    coefficients = dict(zip(COEFFICIENTS, _pooled(draws, "coefficients").T, strict=True))
    scales = dict(zip(SCALES, np.exp(_pooled(draws, "log_scales")).T, strict=True))
    growth = _pooled(draws, "growth")
    compute_growth, price_growth = growth.T
    count = len(growth)
    for walk, allowed in (("level_walk", form.level_walks), ("slope_walk", form.slope_walks)):
        if not allowed:
            scales[walk] = np.full(count, _STILL)
    unit_squares, _, _ = structure(history, fixed, form)
    squares = np.stack([scales[name] ** 2 for name in SCALES], axis=1)
    effects = np.sqrt(squares @ unit_squares.T) * _pooled(draws, "units")

    # The trend where something is asked of it: at both ends of the well-observed stretch, at the runs of which bounds
    # are known, and month by month from there to the end of the grid.
    months = history.end + np.arange(1, math.ceil(12 * (grid.end - history.end))) / 12.0
    asked = np.concatenate([[history.start, history.end], history.bounded_time, months, [grid.end]])
    walked = (
        fixed.compute_centre
        + (coefficients["compute_level"] - effects[:, :width] @ fixed.run_bridge_mean)[:, np.newaxis]
        + np.outer(compute_growth, asked - fixed.run_time_centre)
        + effects[:, :width] @ grid.at(asked).T
    )
    price_bridge = effects[:, width : 2 * width]
    price_level = (
        fixed.price_performance_centre
        + coefficients["price_performance_level"]
        + price_growth * (grid.end - fixed.paid_time_centre)
        - price_bridge @ fixed.paid_bridge_mean
    )
    # The bridge is nothing at the ends of the grid, and so adds to growth over the well-observed stretch alone.
    observed = history.end - history.start
    price_mean_growth = price_growth + (price_bridge @ grid.at(np.array([history.end])).T)[:, 0] / observed
    slope = slope_at_end(
        grid,
        compute_growth,
        effects[:, :width],
        level_scale=scales["level_walk"],
        slope_scale=scales["slope_walk"],
        prior_mean=FIRST_SLOPE[0],
        prior_scale=FIRST_SLOPE[1],
        noise=generator.standard_normal((count, 2)),
    )
    drift = drift_given_growth(
        price_growth,
        years=grid.end - grid.start,
        scale=scales["price_performance_walk"],
        prior_mean=coefficients["chip_growth"],
        prior_scale=DRIFT_FROM_CHIPS,
        noise=generator.standard_normal(count),
    )

    unknowns = np.concatenate([_pooled(draws, "coefficients"), growth, effects], axis=1)
    expected = fixed.compute_centre + unknowns @ fixed.matrix[: len(history.run_time)].T
    more: dict[str, Array] = {}
    # The part of growth that is yet to fade, and the time that takes; none where the form does not fade.
    left: Array = np.zeros(count)
    fade: Array = np.ones(count)
    if form.fades:
        bent = fading(
            history,
            grid,
            compute_growth,
            fade_time=coefficients["fade_time"],
            floor_share=coefficients["floor_share"],
            times=np.concatenate([history.run_time, asked]),
        )
        expected = expected + bent.at[:, : len(history.run_time)]
        walked = walked + bent.at[:, len(history.run_time) :]
        slope = slope + bent.lost
        left, fade = bent.left, bent.time
    if form.learns:
        learning = _pooled(draws, "learning")
        drift = learning * slope
        more["price_performance_learning"] = learning

    dispersion = np.hypot(scales["run_dispersion"], scales["run_lab"])
    # Jeffreys' prior for a rate of events: the number of recent releases and half an event more.
    releases = generator.standard_gamma(history.recent_releases + 0.5, count) / history.recent_years
    known = largest_known(history, expected, scales["run_dispersion"], scales["run_tail"], generator)
    bounded = len(history.bounded_time)
    lab_effects = effects[:, 2 * width :][:, history.bounded_lab.astype(int)]
    unpublished = largest_bounded(
        history,
        walked[:, 2 : 2 + bounded] + lab_effects,
        scales["run_dispersion"],
        scales["run_tail"],
        generator,
    )
    if grid.end > history.end:
        # Runs that are listed are some of those that were released; of the others not even the names are known.
        listed = float((history.bounded_time > history.end).sum())
        unlisted = np.maximum(releases * (grid.end - history.end) - listed, 0.0)
        unpublished = np.maximum(
            unpublished,
            largest_unseen(walked[:, 2 + bounded :], unlisted, dispersion, scales["run_tail"], generator),
        )

    # Everything about the time without data is drawn last, so that what was known does not depend on the date.
    level = walked[:, -1]
    gap = max(0.0, as_of - grid.end)
    later = walk_on(
        level,
        slope - left,
        level_scale=scales["level_walk"],
        slope_scale=scales["slope_walk"],
        years=gap,
        steps=max(1, math.ceil(12 * gap)),
        generator=generator,
    )
    # Beside the walk, growth above the floor goes on fading.
    faded = (left * fade)[:, np.newaxis] * -np.expm1(-later.times / fade[:, np.newaxis])
    levels = later.level + faded
    price_walk = scales["price_performance_walk"] * math.sqrt(gap) * generator.standard_normal(count)
    price_now = price_level + drift * gap + price_walk
    unseen = largest_unseen(levels, releases * gap, dispersion, scales["run_tail"], generator)
    return {
        "frontier_compute_now": np.exp(levels[:, -1]),
        "frontier_compute_growth": later.slope + left * np.exp(-gap / fade),
        "frontier_compute_growth_floor": later.slope,
        "frontier_compute_growth_fade": fade,
        "frontier_compute_volatility": scales["level_walk"],
        "frontier_compute_growth_volatility": scales["slope_walk"],
        "frontier_compute_dispersion": dispersion,
        "frontier_compute_tail": scales["run_tail"],
        "frontier_releases": releases,
        "record_compute_now": np.exp(np.maximum(np.maximum(known, unpublished), unseen)),
        "price_performance_now": np.exp(price_now),
        "price_performance_growth": drift,
        "price_performance_volatility": scales["price_performance_walk"],
        "price_performance_dispersion": np.hypot(
            scales["price_performance_dispersion"], scales["price_performance_lab"]
        ),
        "tpu_price_performance_ratio": np.exp(coefficients["tpu"]),
        "cloud_cost_ratio": np.exp(coefficients["cloud"]),
        "acquisition_cost_ratio": np.exp(coefficients["acquisition"]),
        "frontier_compute_mean_growth": (walked[:, 1] - walked[:, 0]) / observed,
        "price_performance_mean_growth": price_mean_growth,
        "chip_growth": coefficients["chip_growth"],
        "record_compute_known": np.exp(known),
        **more,
    }
