r"""The random walk behind a trend, written so that a sampler can move along it.

A local linear trend has two kinds of shocks: the level jumps, and the slope that carries the level drifts
itself. Over ``K`` intervals of length ``h`` the growth rates ``g`` (increment of the level over ``h``) are
jointly normal,

    g = slope_0 + sqrt(h) sigma_slope L eta + sigma_level / sqrt(h) epsilon,

with ``L`` cumulating the slope's shocks. Sampling shocks and slope directly is hopeless: the data fix the
*realised* mean growth, and slope and shocks trade off along it. So ``g`` is split into its mean ``G`` and a
zero-sum remainder ``U c`` with ``U`` an orthonormal basis of the vectors that sum to zero. The columns of
``U`` are chosen as the principal axes of the slope's part, and because the level's part is the same in every
direction, the coordinates ``c`` are independent:

    Var(c_i) = h sigma_slope^2 spread_i + sigma_level^2 / h.

Both kinds of shocks are thus integrated out exactly, and one standard normal per interval remains. The slope
that is in force at the end, given ``g``, is a conditional normal; `slope_at_end` draws it after the sampling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.units import Array


@dataclass(frozen=True)
class Bridge:
    """An even grid of knots with the orthonormal zero-sum basis of its growth rates.

    Attributes:
        start: Time of the first knot [years].
        end: Time of the last knot [years].
        basis: ``U``, shape ``(K, K - 1)``; columns are orthonormal and sum to zero.
        spread: Variance of the slope's part along each column, for unit shocks, shape ``(K - 1,)``.
        lean: Covariance of that part with the mean growth, for unit shocks, shape ``(K - 1,)``.
        mean_spread: Variance of the mean growth that comes from unit slope shocks.
    """

    start: float
    end: float
    basis: Array
    spread: Array
    lean: Array
    mean_spread: float

    @property
    def intervals(self) -> int:
        """The number of intervals between knots."""
        return len(self.basis)

    @property
    def step(self) -> float:
        """The length of an interval [years]."""
        return (self.end - self.start) / self.intervals

    def at(self, times: Array) -> Array:
        """The bridge as a linear map: its value at each time per unit of each coordinate.

        Args:
            times: Times within the grid [years], shape ``(n,)``.

        Returns:
            Matrix of shape ``(n, K - 1)``; zero at the first and the last knot, linear between knots.
        """
        at_knots = np.vstack([np.zeros((1, self.intervals - 1)), np.cumsum(self.basis, axis=0) * self.step])
        position = np.clip(
            (np.asarray(times, dtype=float) - self.start) / self.step, 0.0, float(self.intervals)
        )
        left = np.minimum(position.astype(int), self.intervals - 1)
        share = (position - left)[:, np.newaxis]
        return np.asarray((1.0 - share) * at_knots[left] + share * at_knots[left + 1])


def cumulation(intervals: int) -> Array:
    """The matrix that turns shocks of the slope into the slope of each interval.

    Args:
        intervals: Number of intervals; the slope of the first one has no shock yet.

    Returns:
        Matrix of shape ``(intervals, intervals - 1)``.
    """
    return np.tri(intervals, intervals - 1, -1)


def bridge(start: float, end: float, *, step: float = 0.5) -> Bridge:
    """The grid and basis for a stretch of history.

    Args:
        start: Time of the first knot [years].
        end: Time of the last knot [years].
        step: Wanted distance of knots [years]; the nearest even division of the stretch is taken.

    Returns:
        The grid; at least three intervals, so that there is something to bridge.
    """
    intervals = max(3, round((end - start) / step))
    cumulate = cumulation(intervals)
    slope_covariance = cumulate @ cumulate.T
    centring = np.eye(intervals) - 1.0 / intervals
    variance, axes = np.linalg.eigh(centring @ slope_covariance @ centring)
    # One axis is the constant vector with variance zero: it is the mean growth, not part of the bridge. The
    # rest comes largest first, and each axis is turned so that it starts upwards: eigenvectors have no sign
    # of their own.
    order = np.argsort(variance)[::-1][: intervals - 1]
    basis = axes[:, order]
    basis = basis * np.where(basis[0] < 0, -1.0, 1.0)
    return Bridge(
        start=start,
        end=end,
        basis=basis,
        spread=np.maximum(np.diag(basis.T @ slope_covariance @ basis), 0.0),
        lean=slope_covariance.mean(axis=0) @ basis,
        mean_spread=float(slope_covariance.mean()),
    )


def coordinate_variance(grid: Bridge, *, level_scale: Array, slope_scale: Array) -> Array:
    """The prior variance of each coordinate of the bridge, given the scales of both walks.

    Args:
        grid: Knots and basis.
        level_scale: Standard deviation of the level's walk, shape ``(draws,)`` [yr^-1/2].
        slope_scale: Standard deviation of the slope's walk, shape ``(draws,)`` [yr^-3/2].

    Returns:
        Variances, shape ``(draws, K - 1)`` [1/yr^2].
    """
    return np.asarray(
        grid.step * np.square(slope_scale)[:, np.newaxis] * grid.spread
        + (np.square(level_scale) / grid.step)[:, np.newaxis]
    )


def slope_at_end(
    grid: Bridge,
    mean_growth: Array,
    coordinates: Array,
    *,
    level_scale: Array,
    slope_scale: Array,
    prior_mean: float,
    prior_scale: float,
    noise: Array,
) -> Array:
    """The slope in force at the last knot, drawn exactly given the growth of every interval.

    The coordinates of the bridge are independent, so conditioning on them is one division each; conditioning
    on the mean growth comes after, with what the coordinates left unexplained.

    Args:
        grid: Knots and basis.
        mean_growth: Realised mean growth, shape ``(draws,)`` [1/yr].
        coordinates: Bridge coordinates, shape ``(draws, K - 1)`` [1/yr].
        level_scale: Standard deviation of the level's walk, shape ``(draws,)`` [yr^-1/2].
        slope_scale: Standard deviation of the slope's walk, shape ``(draws,)`` [yr^-3/2].
        prior_mean: Prior mean of the first slope [1/yr].
        prior_scale: Prior standard deviation of the first slope [1/yr].
        noise: Standard normals, shape ``(draws, 2)``.

    Returns:
        Slopes, shape ``(draws,)`` [1/yr].
    """
    cumulate = cumulation(grid.intervals)
    last_row = (cumulate @ cumulate.T)[-1]
    shock_variance = grid.step * np.square(slope_scale)
    variance = coordinate_variance(grid, level_scale=level_scale, slope_scale=slope_scale)

    # Covariances with the coordinates of the slope in the last interval, and of the mean growth.
    last = shock_variance[:, np.newaxis] * (last_row @ grid.basis)
    lean = shock_variance[:, np.newaxis] * grid.lean
    mean_variance = (
        prior_scale**2
        + shock_variance * grid.mean_spread
        + np.square(level_scale) / (grid.step * grid.intervals)
        - np.sum(lean**2 / variance, axis=1)
    )
    common = prior_scale**2 + shock_variance * last_row.mean() - np.sum(last * lean / variance, axis=1)
    surprise = mean_growth - prior_mean - np.sum(lean * coordinates / variance, axis=1)

    mean = prior_mean + np.sum(last * coordinates / variance, axis=1) + common / mean_variance * surprise
    left = (
        prior_scale**2
        + shock_variance * last_row[-1]
        - np.sum(last**2 / variance, axis=1)
        - common**2 / mean_variance
    )
    in_last_interval = mean + np.sqrt(np.maximum(left, 0.0)) * noise[:, 0]
    return np.asarray(in_last_interval + np.sqrt(shock_variance) * noise[:, 1])


def drift_given_growth(
    growth: Array, *, years: float, scale: Array, prior_mean: Array, prior_scale: float, noise: Array
) -> Array:
    """The drift of a random walk, drawn exactly given its realised mean growth.

    Args:
        growth: Realised mean growth, shape ``(draws,)`` [1/yr].
        years: Length of the stretch that it was realised over.
        scale: Standard deviation of the walk, shape ``(draws,)`` [yr^-1/2].
        prior_mean: Mean of the drift before the walk was seen, shape ``(draws,)`` [1/yr].
        prior_scale: Its standard deviation [1/yr].
        noise: Standard normals, shape ``(draws,)``.

    Returns:
        Drifts, shape ``(draws,)`` [1/yr].
    """
    walk_variance = scale**2 / years
    weight = prior_scale**2 / (prior_scale**2 + walk_variance)
    return np.asarray(
        prior_mean + weight * (growth - prior_mean) + np.sqrt(weight * walk_variance) * noise,
    )


@dataclass(frozen=True)
class WalkOn:
    """A trend carried on beyond its last data.

    Attributes:
        times: Ends of the steps, in years after the last knot, shape ``(steps,)``.
        level: Level at the end of each step, shape ``(draws, steps)``.
        slope: Slope at the end of the last step, shape ``(draws,)``.
    """

    times: Array
    level: Array
    slope: Array


def walk_on(
    level: Array,
    slope: Array,
    *,
    level_scale: Array,
    slope_scale: Array,
    years: float,
    steps: int,
    generator: np.random.Generator,
) -> WalkOn:
    """The trend from its last knot to a later date for which there are no data.

    Args:
        level: Level at the last knot, shape ``(draws,)``.
        slope: Slope in force there, shape ``(draws,)`` [1/yr].
        level_scale: Standard deviation of the level's walk, shape ``(draws,)`` [yr^-1/2].
        slope_scale: Standard deviation of the slope's walk, shape ``(draws,)`` [yr^-3/2].
        years: Time to the later date, not negative.
        steps: Number of even steps on the way, at least one.
        generator: Source of the walk's shocks.

    Returns:
        Levels along the way and the slope at the later date.
    """
    length = years / steps
    level_noise, slope_noise, within = generator.standard_normal((3, len(level), steps))
    slope_shock = slope_scale[:, np.newaxis] * np.sqrt(length) * slope_noise
    after = slope[:, np.newaxis] + np.cumsum(slope_shock, axis=1)
    before = after - slope_shock
    # A slope that walks *within* a step moves the level by half its shock and a part that is independent of
    # it.
    bend = slope_scale[:, np.newaxis] * length**1.5 * (slope_noise / 2.0 + within / np.sqrt(12.0))
    jumps = level_scale[:, np.newaxis] * np.sqrt(length) * level_noise
    levels = level[:, np.newaxis] + np.cumsum(before * length + bend + jumps, axis=1)
    return WalkOn(times=np.arange(1, steps + 1) * length, level=levels, slope=after[:, -1])
