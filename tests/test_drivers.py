"""A draw is one world: drawn by name, joint where history is joint, and as wide as the scenario says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import kstest, norm, spearmanr

from forecast import observations
from forecast.drivers import affectable, coordinates, decimal_year, sample, specs
from forecast.errors import MissingDriverError, ScenarioError
from forecast.model import graph
from forecast.scenario import Assumption, Correlation, Event, Scenario
from forecast.scenario.distributions import Constant, Fitted, Quantiles
from forecast.shapes import FITTED, Drivers, Posterior
from forecast.streams import BLOCK
from forecast.units import Array

if TYPE_CHECKING:
    from tests.conftest import World


def draw(scenario: Scenario, posterior: Posterior, *, seed: int = 1, block: int = 0) -> Mapping[str, Array]:
    return sample(scenario, posterior, seed=seed, block=block).values


def differing(one: Mapping[str, Array], other: Mapping[str, Array]) -> set[str]:
    return {name for name in one if not np.array_equal(one[name], other[name])}


def assuming(scenario: Scenario, name: str, **changes: object) -> Scenario:
    changed = replace(scenario.assumptions[name], **changes)  # type: ignore[arg-type]
    return replace(scenario, assumptions={**scenario.assumptions, name: changed})


def without_lab(scenario: Scenario, lab: str) -> Scenario:
    members = {**scenario.members, "labs": {key: value for key, value in scenario.labs.items() if key != lab}}
    assumptions = {
        driver: {
            member: value for member, value in each.items() if member != lab or driver not in lab_drivers()
        }
        for driver, each in scenario.member_assumptions.items()
    }
    return replace(scenario, members=members, member_assumptions=assumptions)


def lab_drivers() -> set[str]:
    return {name for name, spec in specs().items() if spec.section == "labs"}


def test_every_input_is_drawn_with_the_axes_of_its_kind(world: World) -> None:
    axes = coordinates(world.scenario)
    years, values = len(axes.years), world.drivers.values
    assert set(values) == set(graph().drivers)
    for name, kind in graph().drivers.items():
        members = (len(axes.members(kind.member)),) if kind.member else ()
        if kind.calendar:
            assert values[name].shape == (years, 1), name
        else:
            # What is not drawn anew each year has no year axis: it is the same over the whole path.
            yearly = years if kind.noise is not None and kind.noise.yearly else 1
            assert values[name].shape == (*members, yearly, BLOCK), name
    assert world.drivers.size == BLOCK


def test_every_draw_keeps_to_the_range_of_its_unit(world: World) -> None:
    for name, kind in graph().drivers.items():
        values = world[name]
        assert np.all(np.isfinite(values)), name
        assert not kind.unit.positive or np.all(values > 0.0), name
        assert not kind.unit.nonnegative or np.all(values >= 0.0), name
        assert not kind.unit.bounded or np.all((values >= 0.0) & (values <= 1.0)), name


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(
    baseline: Scenario, posterior: Posterior
) -> None:
    first, again = draw(baseline, posterior), draw(baseline, posterior)
    assert differing(first, again) == set()
    other, later = draw(baseline, posterior, seed=2), draw(baseline, posterior, block=1)
    certain = {name for name, value in first.items() if np.ptp(value, axis=-1).max() == 0.0}
    assert differing(first, other) == differing(first, later) == set(first) - certain


def test_a_lab_more_or_less_moves_no_other(baseline: Scenario, posterior: Posterior) -> None:
    whole, rest = draw(baseline, posterior), draw(without_lab(baseline, "openai"), posterior)
    place = list(baseline.labs).index("openai")
    for name, value in rest.items():
        before = (
            np.delete(whole[name], place, axis=0) if graph().drivers[name].member == "lab" else whole[name]
        )
        np.testing.assert_array_equal(value, before, err_msg=name)


def test_one_assumption_changed_is_one_driver_changed(baseline: Scenario, posterior: Posterior) -> None:
    base = draw(baseline, posterior)
    changed = assuming(baseline, "algorithmic_growth", distribution=Quantiles(0.1, 0.2))
    assert differing(base, draw(changed, posterior)) == {"algorithmic_growth"}
    certain = assuming(baseline, "algorithmic_growth", distribution=Constant(0.7))
    moved = draw(certain, posterior)
    assert differing(base, moved) == {"algorithmic_growth"}
    assert np.all(moved["algorithmic_growth"] == 0.7)


def test_two_scenarios_see_the_same_luck(baseline: Scenario, posterior: Posterior) -> None:
    base = draw(baseline, posterior)["algorithmic_growth"]
    wider = assuming(baseline, "algorithmic_growth", distribution=Quantiles(-1.0, 5.0))
    np.testing.assert_array_equal(np.argsort(base), np.argsort(draw(wider, posterior)["algorithmic_growth"]))


def test_a_longer_horizon_leaves_the_earlier_years_as_they_were(
    baseline: Scenario, posterior: Posterior
) -> None:
    short, long = (
        draw(baseline, posterior),
        draw(replace(baseline, last_year=baseline.last_year + 3), posterior),
    )
    for name, value in short.items():
        np.testing.assert_array_equal(value, long[name][..., : value.shape[-2], :], err_msg=name)


def test_chance_has_the_law_that_the_formulas_ask_for(world: World) -> None:
    for name, kind in graph().drivers.items():
        if kind.noise is not None:
            law = "norm" if kind.noise.law == "normal" else "uniform"
            assert kstest(world[name].ravel(), law).pvalue > 1e-4, name


def test_labs_are_lucky_or_not_on_their_own(world: World) -> None:
    shocks = world["spending_shock"].reshape(-1, BLOCK)
    correlation = np.corrcoef(shocks)[~np.eye(len(shocks), dtype=bool)]
    assert np.abs(correlation).max() < 5.0 / np.sqrt(BLOCK)


def stated(scenario: Scenario) -> list[tuple[Assumption, tuple[str, int | None]]]:
    found: list[tuple[Assumption, tuple[str, int | None]]] = [
        (each, (name, None)) for name, each in scenario.assumptions.items()
    ]
    for name, members in scenario.member_assumptions.items():
        found += [(each, (name, place)) for place, each in enumerate(members.values())]
    return [(each, where) for each, where in found if isinstance(each.distribution, Quantiles)]


def test_draws_meet_every_quantile_that_the_scenario_states(baseline: Scenario, world: World) -> None:
    prices, checked = observations.load().price_index, 0
    for assumption, (name, place) in stated(baseline):
        values = world[name][0] if place is None else world[name][place, 0]
        factor = 1.0 if assumption.dollars is None else prices.factor(date(assumption.dollars, 7, 1))
        form = assumption.distribution
        assert isinstance(form, Quantiles)
        for probability, quantile in ((0.05, form.p5), (0.5, form.p50), (0.95, form.p95)):
            if quantile is not None:
                share = np.mean(values <= quantile * factor)
                error = np.sqrt(probability * (1.0 - probability) / BLOCK)
                assert abs(share - probability) < 5.0 * error, (name, place, probability)
                checked += 1
    assert checked > 300


def test_money_is_turned_into_dollars_of_2023(baseline: Scenario, posterior: Posterior) -> None:
    assert baseline.assumptions["automated_label_price"].dollars == 2026
    plain = assuming(baseline, "automated_label_price", dollars=None)
    ratio = (
        draw(baseline, posterior)["automated_label_price"] / draw(plain, posterior)["automated_label_price"]
    )
    np.testing.assert_allclose(ratio, observations.load().price_index.factor(date(2026, 7, 1)), rtol=1e-12)
    assert np.all(ratio < 1.0)


def correlated(scenario: Scenario, *pairs: tuple[str, str, float]) -> Scenario:
    where = scenario.assumptions["algorithmic_growth"].where
    return replace(scenario, correlations=tuple(Correlation(*pair, where) for pair in pairs))


def test_drivers_are_correlated_as_the_scenario_says(baseline: Scenario, posterior: Posterior) -> None:
    pairs = (
        ("algorithmic_growth", "tokens_per_parameter", 0.7),
        ("tokens_per_parameter", "vendor_margin", -0.4),
    )
    apart, together = (
        draw(correlated(baseline), posterior),
        draw(correlated(baseline, *pairs), posterior),
    )
    for first, second, rho in (*pairs, ("algorithmic_growth", "vendor_margin", 0.0)):
        # Rank correlation of a Gaussian copula: 6 / pi asin(rho / 2).
        expected = 6.0 / np.pi * np.arcsin(rho / 2.0)
        found = spearmanr(together[first][0], together[second][0]).statistic
        assert found == pytest.approx(expected, abs=4.0 / np.sqrt(BLOCK)), (first, second)
    # Only the correlated drivers move, each keeps its own distribution, and the first of them its draws.
    names = {name for pair in pairs for name in pair[:2]}
    assert differing(apart, together) <= names
    np.testing.assert_allclose(together["algorithmic_growth"], apart["algorithmic_growth"], rtol=1e-9)
    for name in names:
        form = baseline.assumptions[name].distribution
        levels = [form.cdf(value) for value in together[name][0, :2000]]
        assert kstest(levels, "uniform").pvalue > 0.001, name


def test_a_pair_that_does_not_touch_another_does_not_move_it(
    baseline: Scenario, posterior: Posterior
) -> None:
    one = ("tokens_per_parameter", "vendor_margin", 0.5)
    other = ("algorithmic_growth", "staff_share", 0.5)
    alone = draw(correlated(baseline, one), posterior)
    both = draw(correlated(baseline, one, other), posterior)
    assert differing(alone, both) <= set(other[:2])


def event(scenario: Scenario, **changes: object) -> Event:
    plain = Event(
        "test",
        0.3,
        2027,
        2029,
        "price_performance",
        Quantiles(0.4, 0.9, scale="log"),
        scenario.events[0].where,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def factor(scenario: Scenario, posterior: Posterior, *events: Event, block: int = 0) -> tuple[Array, ...]:
    drivers = sample(replace(scenario, events=events), posterior, seed=1, block=block)
    assert set(drivers.factors) == {each.affects for each in events}
    return drivers.factors[events[0].affects]


@pytest.mark.parametrize("lasts", [None, 1.0, 2.0])
def test_an_event_happens_as_often_as_long_and_when_it_should(
    baseline: Scenario, posterior: Posterior, lasts: float | None
) -> None:
    (values,) = factor(baseline, posterior, event(baseline, lasts=lasts))
    years = np.array(baseline.years)
    active = values != 1.0
    happened = active.any(axis=0)
    assert np.mean(happened) == pytest.approx(0.3, abs=4.0 * np.sqrt(0.3 * 0.7 / BLOCK))
    starts = years[active.argmax(axis=0)][happened]
    counts = np.array([np.sum(starts == year) for year in (2027, 2028, 2029)])
    assert counts.sum() == happened.sum()
    assert np.all(np.abs(counts / counts.sum() - 1 / 3) < 4.0 * np.sqrt(2 / 9 / counts.sum()))
    ends = np.full(len(starts), years[-1]) if lasts is None else np.minimum(starts + lasts - 1, years[-1])
    np.testing.assert_array_equal(active.sum(axis=0)[happened], ends - starts + 1)
    # One strength a path, as the scenario says it.
    strength = values[active.argmax(axis=0), np.arange(BLOCK)][happened]
    struck = active[:, happened]
    np.testing.assert_array_equal(
        values[:, happened][struck], np.broadcast_to(strength, struck.shape)[struck]
    )
    assert np.mean(strength <= 0.4) == pytest.approx(0.05, abs=0.03)
    assert np.mean(strength <= 0.9) == pytest.approx(0.95, abs=0.03)


def test_a_certain_event_always_happens_and_an_impossible_one_never(
    baseline: Scenario, posterior: Posterior
) -> None:
    certain, never = (
        event(baseline, name="certain", probability=1.0, first_year=2028, last_year=2028),
        event(baseline, name="never", probability=0.0),
    )
    happening, idle = factor(baseline, posterior, certain, never)
    np.testing.assert_array_equal(happening[:2], 1.0)
    assert np.all(happening[2:] != 1.0)
    np.testing.assert_array_equal(idle, 1.0)


def test_events_strike_independently_and_by_name(baseline: Scenario, posterior: Posterior) -> None:
    one, other = event(baseline, name="one"), event(baseline, name="other")
    alone = factor(baseline, posterior, one)[0]
    both = factor(baseline, posterior, one, other)
    np.testing.assert_array_equal(both[0], alone)
    struck = [(each != 1.0).any(axis=0) for each in both]
    assert abs(np.corrcoef(struck)[0, 1]) < 4.0 / np.sqrt(BLOCK)


def test_an_event_moves_what_it_affects_and_no_draw(
    baseline: Scenario, posterior: Posterior, world: World
) -> None:
    quiet = sample(replace(baseline, events=()), posterior, seed=1, block=0)
    assert differing(quiet.values, world.drivers.values) == set()
    assert quiet.factors == {}
    calm = graph().evaluate(quiet.values, ["price_performance", "market_index"])
    for name, value in calm.items():
        expected = value
        for each in world.drivers.factors[name]:
            expected = expected * each
        np.testing.assert_array_equal(world[name], expected)


def numbered(size: int) -> Posterior:
    """A posterior whose joint draws can be told apart: every quantity of the i-th draw is i + 1."""
    return Posterior({name: np.arange(1.0, size + 1.0) for name in FITTED})


def test_fitted_quantities_stay_together(baseline: Scenario) -> None:
    values = draw(baseline, numbered(700))
    fitted = [
        name
        for name in FITTED
        if name in graph().drivers and isinstance(baseline.assumptions[name].distribution, Fitted)
    ]
    assert len(fitted) > 10
    for name in fitted:
        np.testing.assert_array_equal(values[name], values[fitted[0]], err_msg=name)


@pytest.mark.parametrize("size", [700, BLOCK, 3 * BLOCK + 17])
def test_every_posterior_draw_is_used_equally_often(baseline: Scenario, size: int) -> None:
    posterior = numbered(size)
    used = np.concatenate(
        [draw(baseline, posterior, block=block)["frontier_releases"][0] for block in range(4)]
    )
    for draws in (100, size, BLOCK, 4 * BLOCK):
        counts = np.bincount(used[:draws].astype(int), minlength=size + 1)[1:]
        assert counts.max() - counts.min() <= 1
    assert not np.array_equal(np.sort(used[:100]), used[:100])


def test_a_fitted_quantity_can_be_scaled_and_shifted(baseline: Scenario, posterior: Posterior) -> None:
    plain = draw(baseline, posterior)
    moved = draw(assuming(baseline, "frontier_compute_growth", distribution=Fitted(0.5, 0.1)), posterior)
    assert differing(plain, moved) == {"frontier_compute_growth"}
    np.testing.assert_allclose(moved["frontier_compute_growth"], 0.5 * plain["frontier_compute_growth"] + 0.1)


def test_an_assumption_outranks_the_fit(baseline: Scenario, posterior: Posterior) -> None:
    moved = draw(assuming(baseline, "frontier_releases", distribution=Constant(12.0)), posterior)
    assert np.all(moved["frontier_releases"] == 12.0)


def test_all_quantities_that_a_fit_lacks_are_named(baseline: Scenario, posterior: Posterior) -> None:
    lacking = {
        name: value for name, value in posterior.draws.items() if not name.startswith("price_performance")
    }
    with pytest.raises(MissingDriverError) as caught:
        draw(baseline, Posterior(lacking))
    assert set(FITTED) - set(lacking) == {
        word for word in str(caught.value).replace(",", "").split() if word in FITTED
    }
    assert caught.value.exit_code == 2


def test_a_scenario_is_asked_for_all_that_is_neither_chance_nor_calendar(baseline: Scenario) -> None:
    asked = set(specs())
    assert asked == {
        name for name, kind in graph().drivers.items() if kind.noise is None and not kind.calendar
    }
    assert asked == set(baseline.assumptions) | set(baseline.member_assumptions)
    assert {name for name, spec in specs().items() if spec.fitted} == asked & set(FITTED)
    for name, spec in specs().items():
        assert (spec.section == "") == (name in baseline.assumptions)
        assert spec.unit == graph().drivers[name].unit.symbol


def test_events_may_affect_what_is_computed_but_no_flag_and_no_share() -> None:
    assert affectable() <= set(graph().nodes)
    assert {"price_performance", "training_cost", "market_index"} <= affectable()
    assert not affectable() & {
        "affordable",
        "money_binds",
        "active",
        "automated_share",
        "compute_share",
        "mmlu",
    }


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 12, 31), 2027.0),
        (date(2026, 1, 1), 2026.0 + 1.0 / 365.0),
        (date(2024, 12, 30), 2025.0 - 1.0 / 366.0),
        (date(2026, 6, 30), 2026.0 + 181.0 / 365.0),
    ],
)
def test_a_date_is_the_part_of_the_year_that_has_passed(day: date, year: float) -> None:
    assert decimal_year(day) == pytest.approx(year)


def test_time_runs_from_the_date_of_the_forecast_to_the_middle_of_each_year(
    baseline: Scenario, posterior: Posterior
) -> None:
    new_year = replace(baseline, as_of=date(2025, 12, 31))
    values = draw(new_year, posterior)
    np.testing.assert_allclose(values["elapsed"][:, 0], np.arange(len(baseline.years)) + 0.5)
    np.testing.assert_allclose(values["mid_year"][:, 0], np.array(baseline.years) + 0.5)
    later = draw(replace(baseline, as_of=date(2026, 9, 30)), posterior)
    assert later["elapsed"][0, 0] < 0.0 < later["elapsed"][1, 0]


def test_scores_of_the_copula_stay_normal(baseline: Scenario, posterior: Posterior) -> None:
    pair = ("site_power_growth_later", "world_compute_growth_later", 0.9)
    values = draw(correlated(baseline, pair), posterior)
    scores = [
        norm.ppf([baseline.assumptions[name].distribution.cdf(value) for value in values[name][0]])
        for name in pair[:2]
    ]
    assert np.corrcoef(scores)[0, 1] == pytest.approx(0.9, abs=0.01)
    assert isinstance(sample(baseline, posterior, seed=1, block=0), Drivers)


def test_what_cannot_be_negative_is_not_taken_below_zero(baseline: Scenario, posterior: Posterior) -> None:
    changed = baseline.with_(frontier_compute_volatility={"fitted": {"shift": -0.3}})
    with pytest.raises(ScenarioError, match=r"the shift takes \d+\.\d+% of the fit's draws to where"):
        sample(changed, posterior, seed=1, block=0)
    sample(baseline.with_(frontier_compute_volatility={"fitted": {"shift": 0.3}}), posterior, seed=1, block=0)
    with pytest.raises(ScenarioError, match="around a mean of zero"):
        baseline.with_(raised_money={"mean": 0, "sd": 1})
