from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.fit import POSTERIOR
from forecast.fit.history import MEASUREMENT_ERROR
from forecast.fit.model_joint_trend import COEFFICIENTS, LOCAL_LINEAR, SCALES, build, design, fading, trends
from forecast.fit.record import largest_bounded, largest_known, largest_unseen
from forecast.shapes import FITTED

SEED = 1


def test_the_posterior_holds_what_a_simulation_needs(made_up, made_up_draws):
    found = trends(made_up, made_up_draws, as_of=2025.0, seed=SEED)
    assert set(FITTED) <= set(POSTERIOR) <= set(found)
    assert {values.shape for values in found.values()} == {(400,)}
    assert all(np.isfinite(values).all() for values in found.values())


def test_units_are_natural(made_up, made_up_draws):
    found = trends(made_up, made_up_draws, as_of=2025.0, seed=SEED)
    # The made-up history: ln compute 50 in 2018 and 1.5 a year more, ln FLOP per dollar 38 and 0.3 a year more.
    assert np.log(np.median(found["frontier_compute_now"])) == pytest.approx(50.0 + 1.5 * 7.0, abs=0.7)
    assert np.log(np.median(found["price_performance_now"])) == pytest.approx(38.0 + 0.3 * 7.0, abs=0.7)
    assert np.median(found["frontier_compute_growth"]) == pytest.approx(1.5, abs=0.3)
    assert np.median(found["price_performance_growth"]) == pytest.approx(0.3, abs=0.05)
    assert np.median(found["frontier_releases"]) == pytest.approx(10.0, rel=0.05)
    assert np.median(found["cloud_cost_ratio"]) == pytest.approx(2.8, rel=0.05)
    assert np.median(found["acquisition_cost_ratio"]) == pytest.approx(50.0, rel=0.05)


def test_the_same_draws_give_the_same_bits(made_up, made_up_draws):
    once, again = (trends(made_up, made_up_draws, as_of=2026.0, seed=SEED) for _ in range(2))
    assert all(np.array_equal(once[name], again[name]) for name in once)


def test_without_data_the_walk_carries_on_and_grows_wider(made_up, made_up_draws):
    end, later = (trends(made_up, made_up_draws, as_of=day, seed=SEED) for day in (2025.0, 2026.5))
    for name in ("frontier_compute_now", "price_performance_now", "record_compute_now"):
        assert np.median(later[name]) > np.median(end[name])
        assert np.log(later[name]).std() > np.log(end[name]).std()
    assert later["frontier_compute_growth"].std() > end["frontier_compute_growth"].std()
    np.testing.assert_array_equal(later["record_compute_known"], end["record_compute_known"])
    np.testing.assert_array_equal(end["record_compute_now"], end["record_compute_known"])
    assert (later["record_compute_now"] >= later["record_compute_known"]).all()


def test_the_design_gives_each_row_its_own_terms(made_up):
    fixed = design(made_up)
    runs, paid = len(made_up.run_time), len(made_up.paid_time)
    names = list(COEFFICIENTS)
    tpu = fixed.matrix[:, names.index("tpu")]
    np.testing.assert_array_equal(tpu[runs : runs + paid], made_up.paid_tpu)
    assert not tpu[:runs].any()
    assert not tpu[runs + paid :].any()
    growth = fixed.matrix[:runs, len(names)]
    assert growth.mean() == pytest.approx(0.0, abs=1e-9)
    # Every run has exactly one lab.
    np.testing.assert_array_equal(fixed.matrix[:, -2 * len(made_up.labs) :].sum(axis=1)[: runs + paid], 1.0)
    assert fixed.outcome[:runs].mean() == pytest.approx(0.0, abs=1e-9)


def test_a_history_without_chips_and_other_bases_still_has_a_design(made_up):
    empty = np.zeros(0)
    bare = replace(
        made_up,
        cloud_ratio=empty,
        acquisition_ratio=empty,
        chip_time=empty,
        chip_price_performance=empty,
        chip_own=empty,
    )
    fixed = design(bare)
    assert fixed.groups[1:] == (0, 0, 0, 0)
    assert np.isfinite(fixed.matrix).all()


def _known(made_up, expected, *, dispersion, error, size=4000):
    history = replace(made_up, run_error=np.full(len(made_up.run_time), error))
    return largest_known(
        history,
        np.tile(expected, (size, 1)),
        np.full(size, dispersion),
        np.full(size, 8.0),
        np.random.default_rng(1),
    )


def test_a_record_measured_exactly_is_what_was_recorded(made_up):
    known = _known(made_up, made_up.run_compute - 1.0, dispersion=1.0, error=1e-6)
    np.testing.assert_allclose(known, made_up.run_compute.max(), atol=1e-4)


def test_a_doubtful_record_high_above_the_trend_is_pulled_back(made_up):
    compute = np.full(60, 50.0)
    compute[-1] = 56.0
    history = replace(made_up, run_compute=compute)
    known = _known(history, np.full(60, 50.0), dispersion=1.0, error=1.0)
    # Half of the distance is error when scatter and error are alike.
    assert np.median(known) == pytest.approx(53.0, abs=0.3)


def test_the_largest_unseen_run_has_the_law_of_a_poisson_maximum():
    from scipy.stats import t

    size, releases, scale, tail = 50_000, 6.0, 0.9, 7.0
    largest = largest_unseen(
        np.full((size, 3), 60.0),
        np.full(size, releases),
        np.full(size, scale),
        np.full(size, tail),
        np.random.default_rng(2),
    )
    for value in (60.0, 61.0, 62.0):
        expected = np.exp(-releases * t.sf((value - 60.0) / scale, tail))
        assert (largest <= value).mean() == pytest.approx(expected, abs=0.01)


def test_without_releases_nothing_is_unseen():
    largest = largest_unseen(
        np.full((5, 1), 60.0), np.zeros(5), np.ones(5), np.full(5, 7.0), np.random.default_rng(3)
    )
    assert (largest == -np.inf).all()


def test_a_fading_growth_keeps_its_mean_and_ends_where_its_exponential_says(made_up):
    grid = design(made_up).grid
    growth, fade, share = np.array([1.5]), 5.0, 0.4
    found = fading(
        made_up,
        grid,
        growth,
        fade_time=np.log([fade]),
        floor_share=np.log([share / (1.0 - share)]),
        times=np.append(made_up.run_time, grid.end),
    )
    times = np.linspace(grid.start, grid.end, 100_001)
    shape = np.exp(-(times - grid.start) / fade)
    rate = 1.5 * (share + (1.0 - share) * shape / np.trapezoid(shape, times) * (grid.end - grid.start))
    assert np.trapezoid(rate, times) / (grid.end - grid.start) == pytest.approx(1.5)
    assert 1.5 + found.lost[0] == pytest.approx(rate[-1])
    assert found.left[0] == pytest.approx(rate[-1] - 1.5 * share)
    level = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2.0 * np.diff(times))])
    bend = level - 1.5 * (times - grid.start)
    at_runs = np.interp(made_up.run_time, times, bend)
    np.testing.assert_allclose(found.at[0, :-1], at_runs - at_runs.mean(), atol=1e-5)
    assert found.at[0, -1] == pytest.approx(-at_runs.mean(), abs=1e-5)


def test_growth_goes_on_fading_while_nothing_is_published(made_up, made_up_draws):
    bending = {name: values.copy() for name, values in made_up_draws.items()}
    bending["coefficients"][..., list(COEFFICIENTS).index("floor_share")] = 0.0
    now, later = (trends(made_up, bending, as_of=year, seed=SEED) for year in (2025.0, 2035.0))

    def above(found):
        return np.median(found["frontier_compute_growth"] - found["frontier_compute_growth_floor"])

    assert above(now) > 0.1
    assert above(later) == pytest.approx(above(now) * np.exp(-10.0 / 8.0), rel=0.05)


def test_a_form_that_does_not_fade_has_its_growth_for_a_floor(made_up, made_up_draws):
    found = trends(made_up, made_up_draws, as_of=2025.0, seed=SEED, form=LOCAL_LINEAR)
    np.testing.assert_array_equal(found["frontier_compute_growth_floor"], found["frontier_compute_growth"])


def test_the_trend_reaches_to_the_last_run_of_which_anything_is_known(bounded, bounded_draws):
    fixed = design(bounded)
    assert fixed.grid.end == bounded.reach == 2026.0
    assert fixed.groups[-1] == len(fixed.low) == len(fixed.high) == 4
    assert np.isfinite([*fixed.low, *fixed.high]).all()
    # The last rows are runs like any other: level, time, and one lab each.
    last = fixed.matrix[-4:]
    names = list(COEFFICIENTS)
    np.testing.assert_array_equal(last[:, names.index("compute_level")], 1.0)
    np.testing.assert_allclose(last[:, len(names)] + fixed.run_time_centre, bounded.bounded_time)
    np.testing.assert_array_equal(last[:, -2 * len(bounded.labs) :].argmax(axis=1), bounded.bounded_lab)
    found = trends(bounded, bounded_draws, as_of=2026.0, seed=SEED)
    assert np.log(np.median(found["frontier_compute_now"])) == pytest.approx(50.0 + 1.5 * 8.0, abs=0.8)
    assert np.median(found["frontier_compute_mean_growth"]) == pytest.approx(1.5, abs=0.1)
    # Each of them was released: the largest is at least what is known of it.
    assert (found["record_compute_now"] > found["record_compute_known"]).mean() > 0.5


def test_a_bounded_run_has_the_law_of_runs_whose_record_would_have_fitted(bounded):
    """Against brute force: truths and records drawn from the equations, those kept whose record lies between."""
    size, tail, scatter, error = 40_000, 8.0, 1.0, MEASUREMENT_ERROR["unknown"]
    one = replace(
        bounded, bounded_time=np.array([2025.0]), bounded_low=np.array([51.0]), bounded_high=np.array([52.0])
    )
    found = largest_bounded(
        one,
        np.full((size, 1), 50.0),
        np.full(size, scatter),
        np.full(size, tail),
        np.random.default_rng(4),
    )
    generator = np.random.default_rng(5)
    spread = 1.0 / np.sqrt(generator.gamma(tail / 2.0, 2.0 / tail, 10 * size))
    truth = 50.0 + scatter * spread * generator.standard_normal(10 * size)
    record = truth + error * spread * generator.standard_normal(10 * size)
    kept = truth[(record > 51.0) & (record < 52.0)]
    for probability in (0.05, 0.5, 0.95):
        assert np.quantile(found, probability) == pytest.approx(np.quantile(kept, probability), abs=0.03)


@pytest.mark.slow
def test_bounds_enter_the_density_as_probabilities(bounded, bounded_draws):
    """What the model adds for bounded runs is the log probability of a Student-t, with its gradient."""
    from pymc.pytensorf import gradient as derivative

    from forecast.fit.pointwise import KINDS, rows

    model = build(bounded)
    point = {name: values[0, 0] for name, values in bounded_draws.items()}
    law = rows(bounded, bounded_draws)
    kind = law.kind == KINDS.index("bounded")
    # At given values, so that no scale acts through the law of another variable: that has no gradient.
    (potential,) = model.replace_rvs_by_values(model.potentials)
    scales = model.rvs_to_values[model["log_scales"]]
    whole = model.compile_fn(potential, inputs=model.value_vars, mode="FAST_COMPILE")
    assert float(whole(point)) == pytest.approx(law.log_likelihood()[0, kind].sum(), abs=1e-7)
    gradient = model.compile_fn(
        derivative(potential, [scales]), inputs=model.value_vars, mode="FAST_COMPILE"
    )(point)
    for place in (list(SCALES).index("run_tail"), list(SCALES).index("run_dispersion")):
        step = np.zeros(len(SCALES))
        step[place] = 1e-5
        above, below = (
            float(whole({**point, "log_scales": point["log_scales"] + sign * step})) for sign in (1.0, -1.0)
        )
        assert gradient[place] == pytest.approx((above - below) / 2e-5, abs=1e-5)


@pytest.mark.slow
def test_the_model_is_the_one_that_its_equations_say(made_up, made_up_draws):
    """Its log density at a point equals that of the equations, written out run by run."""
    from scipy import stats

    model = build(made_up)
    point = {name: values[0, 0] for name, values in made_up_draws.items()}
    compiled = model.compile_logp(vars=model.observed_RVs, mode="FAST_COMPILE")
    coefficient = dict(zip(COEFFICIENTS, point["coefficients"], strict=True))
    scale = dict(zip(SCALES, np.exp(point["log_scales"]), strict=True))
    fixed = design(made_up)
    grid, width, labs = fixed.grid, fixed.grid.intervals - 1, len(made_up.labs)
    spread = grid.step * scale["slope_walk"] ** 2 * grid.spread + scale["level_walk"] ** 2 / grid.step
    bridge = np.sqrt(spread) * point["units"][:width]
    price_bridge = scale["price_performance_walk"] / np.sqrt(grid.step) * point["units"][width : 2 * width]
    lab = scale["run_lab"] * point["units"][2 * width : 2 * width + labs]
    price_lab = scale["price_performance_lab"] * point["units"][2 * width + labs :]

    def centred(times, coordinates):
        walk = grid.at(times) @ coordinates
        return walk - walk.mean()

    compute = (
        coefficient["compute_level"]
        + point["growth"][0] * (made_up.run_time - fixed.run_time_centre)
        + centred(made_up.run_time, bridge)
        + lab[made_up.run_lab.astype(int)]
    )
    # Growth above the floor fades, with the mean growth over the history kept.
    length, since = grid.end - grid.start, made_up.run_time - grid.start
    fade, share = np.exp(coefficient["fade_time"]), 1.0 / (1.0 + np.exp(-coefficient["floor_share"]))
    above = (1.0 - share) * length / fade / (1.0 - np.exp(-length / fade))
    faded = point["growth"][0] * (share * since + above * fade * (1.0 - np.exp(-since / fade)) - since)
    compute = compute + faded - faded.mean()
    total = stats.t.logpdf(
        made_up.run_compute - made_up.run_compute.mean(),
        scale["run_tail"],
        compute,
        np.hypot(scale["run_dispersion"], made_up.run_error),
    ).sum()
    price = (
        coefficient["price_performance_level"]
        + point["growth"][1] * (made_up.paid_time - fixed.paid_time_centre)
        + centred(made_up.paid_time, price_bridge)
        + coefficient["tpu"] * made_up.paid_tpu
        + price_lab[made_up.paid_lab.astype(int)]
    )
    total += stats.t.logpdf(
        made_up.paid_price_performance - made_up.paid_price_performance.mean(),
        5.0,
        price,
        scale["price_performance_dispersion"],
    ).sum()
    chip = coefficient["chip_level"] + coefficient["chip_growth"] * (
        made_up.chip_time - made_up.chip_time.mean()
    )
    total += stats.t.logpdf(
        made_up.chip_price_performance - made_up.chip_price_performance.mean(),
        5.0,
        chip,
        scale["chip_dispersion"],
    ).sum()
    total += stats.t.logpdf(made_up.cloud_ratio, 5.0, coefficient["cloud"], scale["cloud_dispersion"]).sum()
    total += stats.t.logpdf(
        made_up.acquisition_ratio, 5.0, coefficient["acquisition"], scale["acquisition_dispersion"]
    ).sum()
    assert float(compiled(point)) == pytest.approx(total)
