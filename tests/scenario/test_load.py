from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.errors import ScenarioError, UsageError
from forecast.scenario import DriverSpec, load
from forecast.scenario.correlations import nearest
from forecast.scenario.distributions import (
    Constant,
    Fitted,
    MeanSd,
    Quantiles,
    Samples,
    Triangular,
    Truncated,
)
from forecast.scenario.scenario import describe_plain


def test_a_scenario_says_what_its_file_says(desk, good):
    scenario = desk.load(good)
    assert (scenario.name, scenario.title, scenario.as_of) == (
        "baseline",
        "The way things go",
        date(2026, 9, 30),
    )
    assert scenario.years == (2026, 2027, 2028, 2029, 2030, 2031)
    assert scenario.thresholds == (1e9, 10e9)
    assert list(scenario.assumptions) == [
        "compute_growth", "algorithmic_growth", "wage", "tokens_per_parameter", "automated_share",
    ]  # fmt: skip
    assert all(each.name == name for name, each in scenario.assumptions.items())
    growth = scenario.assumptions["algorithmic_growth"]
    assert growth.distribution == Quantiles(math.log(1.5), math.log(10), math.log(3.5), "rate")
    assert (growth.why, growth.source, growth.dated, growth.verified) == (
        "Wide.",
        "ho2024",
        date(2024, 12, 31),
        True,
    )
    assert (growth.unit, growth.where.line, growth.where.column) == ("1/yr", 6, 3)
    assert (
        growth.describe() == "median 3.5x/yr, 90% between 1.5x/yr and 10x/yr (split lognormal in the factor)"
    )
    assert scenario.assumptions["wage"].distribution == Quantiles(5, 30, None, "log")
    assert scenario.assumptions["compute_growth"].is_fitted
    assert list(scenario.labs) == ["alpha", "beta"]
    assert scenario.labs["alpha"].name == "Alpha"
    assert not scenario.sources
    assert not scenario.tiers
    shares = scenario.member_assumptions["final_run_share"]
    assert shares["alpha"].distribution == Quantiles(0.07, 0.3, 0.15, "logit")
    assert shares["beta"].distribution == Constant(0.2)
    (event,) = scenario.events
    assert (event.first_year, event.last_year, event.lasts, event.factor) == (2028, 2028, 2, Constant(0.7))
    (correlation,) = scenario.correlations
    assert (correlation.first, correlation.second, correlation.rho) == ("algorithmic_growth", "wage", 0.3)


@pytest.mark.parametrize(
    ("driver", "text", "law"),
    [
        ("wage", "6", Constant(6)),
        ("wage", "{value: 6, why: so}", Constant(6)),
        ("wage", "{value: 5 to 30, why: so}", Quantiles(5, 30, None, "log")),
        ("wage", "5 to 30", Quantiles(5, 30, None, "log")),
        ("wage", "5e0 to 30", Quantiles(5, 30, None, "log")),
        ("wage", "{p5: 5, p95: 5}", Constant(5)),
        ("wage", "{low: 1, mode: 2, high: 5}", Triangular(1, 2, 5)),
        ("wage", "{low: 5, mode: 5, high: 5}", Constant(5)),
        ("wage", "{low: 5, mode: 5, high: 6}", Triangular(5, 5, 6)),
        ("wage", "{value: 6, max: 6}", Constant(6)),
        ("wage", "{value: 6, min: 6}", Constant(6)),
        ("wage", "1e60", Constant(1e60)),
        ("wage", "1e-60 to 1", Quantiles(1e-60, 1, None, "log")),
        ("automated_share", "1", Constant(1)),
        ("automated_share", "{low: 0.1, mode: 0.1, high: 0.1}", Constant(0.1)),
        ("algorithmic_growth", "1e6x/yr", Constant(math.log(1e6))),
        (
            "algorithmic_growth",
            "{halving: 6 to 12 months}",
            Quantiles(-math.log(4), -math.log(2), None, "rate"),
        ),
        ("algorithmic_growth", "{doubling: 9 to 9 months}", Constant(math.log(2) * 12 / 9)),
        ("wage", "{mean: 3, sd: 2}", MeanSd(3, 2, "log")),
        ("wage", "{p5: 5, p95: 30, min: 4, max: 40}", Truncated(Quantiles(5, 30, None, "log"), 4, 40)),
        ("wage", "{value: 6, min: 4}", Constant(6)),
        ("wage", "{samples: wages.csv}", Samples((1, 2, 4), "wages.csv")),
        ("automated_share", "0", Constant(0)),
        ("automated_share", "0.1 to 0.4", Quantiles(0.1, 0.4, None, "logit")),
        ("automated_share", "{low: 0, mode: 0.2, high: 1}", Triangular(0, 0.2, 1)),
        ("automated_share", "{mean: 0.3, sd: 0.1}", MeanSd(0.3, 0.1, "logit")),
        ("algorithmic_growth", "2x/yr", Constant(math.log(2))),
        ("algorithmic_growth", "{doubling: 1 year}", Constant(math.log(2))),
        ("algorithmic_growth", "{halving: 1 year}", Constant(-math.log(2))),
        ("algorithmic_growth", '"doubling: 1 year"', Constant(math.log(2))),
        ("algorithmic_growth", "2 to 4x/yr", Quantiles(math.log(2), math.log(4), None, "rate")),
        (
            "algorithmic_growth",
            "{doubling: 6 to 12 months}",
            Quantiles(math.log(2), math.log(4), None, "rate"),
        ),
        (
            "algorithmic_growth",
            "{p5: {doubling: 1 year}, p95: 4x/yr}",
            Quantiles(math.log(2), math.log(4), None, "rate"),
        ),
        ("algorithmic_growth", "-30%/yr to 0%/yr", Quantiles(math.log(0.7), 0, None, "rate")),
        ("compute_growth", "{fitted: {scale: 1.3, shift: -50%/yr}}", Fitted(1.3, math.log(0.5))),
        ("compute_growth", "{fitted: }", Fitted()),
    ],
)
def test_every_form_is_understood(desk, good, driver, text, law):
    desk.write("wage\n2\n1\n4\n", "wages.csv")
    written = good.replace(good[good.index(f"  {driver}:") :].split("\n")[0], f"  {driver}: {text}")
    written = written[: written.index("correlations:")]
    found = desk.load(written).assumptions[driver].distribution
    assert type(found) is type(law)
    assert str(found.plain()) == str(law.plain()) or found.describe() == law.describe()
    if not isinstance(law, Fitted):
        u = np.array([0.05, 0.3, 0.5, 0.95])
        assert found.ppf(u) == pytest.approx(law.ppf(u))


def test_defaults_follow_from_as_of(desk, change):
    assert desk.load(change("as_of: 2026-09-30", "as_of: 2025-06")).as_of == date(2025, 6, 30)
    scenario = desk.load(change("as_of: 2026-09-30", "as_of: 2026-09-30\nfirst_year: 2027\nlast_year: 2029"))
    assert scenario.years == (2027, 2028, 2029)


def test_an_event_year_may_be_a_span_and_a_factor_a_distribution(desk, change):
    old = "year: 2028, affects: price_performance, factor: 0.7, lasts: 2"
    new = "year: [2027, 2029], affects: price_performance, factor: 0.5 to 0.9"
    (event,) = desk.load(change(old, new)).events
    assert (event.first_year, event.last_year, event.lasts) == (2027, 2029, None)
    assert event.factor == Quantiles(0.5, 0.9, None, "log")


def test_events_and_correlations_keep_their_reasons_and_sources(desk, change):
    said = "why: So., source: ho2024, dated: 2025-02-28, verified: no"
    (event,) = desk.load(change("lasts: 2}", f"lasts: 0.5, {said}}}")).events
    (correlation,) = desk.load(change("rho: 0.3}", f"rho: -0.99, {said}}}")).correlations
    for each in (event, correlation):
        assert (each.why, each.source, each.dated, each.verified) == (
            "So.",
            "ho2024",
            date(2025, 2, 28),
            False,
        )
    assert (event.name, event.affects, event.lasts) == ("chip squeeze", "price_performance", 0.5)
    assert (event.where.line, correlation.where.line) == (16, 18)
    assert desk.load(change("year: 2028", "year: [2026, 2061]")).events[0].last_year == 2061
    assert "2062 is far outside" in desk.mistakes(change("year: 2028", "year: [2026, 2062]"))[0]
    for probability in (0, 1):
        assert (
            desk.load(change("probability: 0.15", f"probability: {probability}")).events[0].probability
            == probability
        )


def test_an_event_may_come_after_the_horizon(desk, change):
    text = change("year: 2028", "year: [2027, 2035]")
    assert desk.load(text, "last_year=2028").events[0].last_year == 2035
    assert (
        "2027 is outside the horizon, 2028 to" in desk.mistakes(text.replace("2026-09-30", "2028-09-30"))[0]
    )


def test_a_mark_that_nobody_checked_a_number_is_kept(desk, change):
    scenario = desk.load(change("wage: 5 to 30", "wage: {value: 5 to 30, verified: no}"))
    assert not scenario.assumptions["wage"].verified


def test_a_correlation_outlives_a_driver_that_becomes_a_constant(desk, good):
    assert desk.load(good, "wage=7").correlations == desk.load(good).correlations


def test_money_may_be_written_in_the_dollars_of_another_year(desk, change):
    text = change("wage: 5 to 30", "wage: {value: 5 to 30, dollars: 2025}")
    assert desk.load(text).assumptions["wage"].dollars == 2025
    assert desk.load(text).digest != desk.load(text.replace("2025}", "2024}")).digest


@pytest.mark.parametrize(
    ("word", "meant"),
    [("yes", True), ("no", False), ("true", True), ("false", False), ("No", False), ("TRUE", True)],
)
def test_yes_and_no_are_understood_in_every_spelling(desk, change, word, meant):
    scenario = desk.load(change("wage: 5 to 30", f"wage: {{value: 5, verified: {word}}}"))
    assert scenario.assumptions["wage"].verified is meant


def test_without_drivers_numbers_choose_their_own_scale(desk):
    text = "name: free\nas_of: 2026-09\nassumptions:\n"
    forms = {
        "1 to 4": Quantiles(1, 4, None, "log"),
        "-1 to 4": Quantiles(-1, 4, None, "linear"),
        "0 to 4": Quantiles(0, 4, None, "linear"),
        "2x/yr": Constant(math.log(2)),
        "{mean: 3, sd: 2}": MeanSd(3, 2, "linear"),
        "{low: -1, mode: 0, high: 4}": Triangular(-1, 0, 4),
        "{fitted: {shift: 0.5}}": Fitted(1.0, 0.5),
    }
    path = desk.write(text + "".join(f"  a{n}: {form}\n" for n, form in enumerate(forms)))
    assert [each.distribution for each in load(path).assumptions.values()] == list(forms.values())


def test_what_is_never_negative_does_not_scatter_around_zero(desk):
    text = "name: free\nas_of: 2026-09\nassumptions:\n  funds: {mean: MEAN, sd: 2}\n"
    specs = {"funds": DriverSpec("funds", "USD", nonnegative=True, fitted=False)}
    found = load(desk.write(text.replace("MEAN", "1")), drivers=specs).assumptions["funds"].distribution
    assert found == MeanSd(1, 2, "log")
    with pytest.raises(ScenarioError, match=r"4:17: assumptions\.funds\.mean: what is never negative cannot"):
        load(desk.write(text.replace("MEAN", "0")), drivers=specs)
    with pytest.raises(
        ScenarioError, match=r"4:10: assumptions\.funds: a 90% interval from zero would reach below"
    ):
        load(desk.write(text.replace("{mean: MEAN, sd: 2}", "0 to 5")), drivers=specs)
    year = {"funds": DriverSpec("funds", "calendar year", fitted=False)}
    opened = load(desk.write(text.replace("{mean: MEAN, sd: 2}", "2027 to 2031")), drivers=year)
    assert opened.assumptions["funds"].distribution == Quantiles(2027, 2031, None, "linear")
    with pytest.raises(ScenarioError, match="-1 is negative; write zero or more"):
        load(desk.write(text.replace("MEAN", "-1")), drivers=specs)


def test_a_scenario_without_a_file_cannot_be_read_again(desk, good):
    scenario = desk.load(good)
    moved = scenario.with_(last_year=2029)
    assert (moved.last_year, moved.with_(wage=7).last_year) == (2029, 2029)
    with pytest.raises(
        UsageError, match=r"baseline was not read from a file; change its fields by dataclasses\.replace"
    ):
        replace(scenario, reading=None).with_(wage=7)


def test_what_a_record_says_is_told_in_words():
    growth = {"unit": "1/yr", "dollars": None, **Constant(math.log(3)).plain()}
    price = {"unit": "USD/hour", "dollars": 2025, **Quantiles(5, 30, None, "log").plain()}
    assert describe_plain(growth) == "3x/yr"
    assert describe_plain(price) == "90% between 5 and 30 (lognormal), in dollars of 2025"


def test_names_are_not_checked_without_drivers(desk, good):
    assert load(desk.write(good)).assumptions["wage"].unit == ""


def test_the_digest_is_that_of_the_content(desk, good, change):
    digest = desk.load(good).digest
    same = change("why: Wide.", "why: Another reason.").replace(
        "wage: 5 to 30", "# comment\n  wage: {p95: 30.0, p5: 5e0}"
    )
    assert desk.load(same, name="deep/elsewhere.yaml").digest == digest
    for old, new in (
        ("5 to 30", "5 to 31"),
        ("rho: 0.3", "rho: 0.4"),
        ("2028", "2029"),
        ("Alpha", "A"),
        ("0.15,", "0.2,"),
    ):
        assert desk.load(good.replace(old, new, 1)).digest != digest


def test_samples_count_by_their_values_not_by_their_name(desk, change):
    text = change("wage: 5 to 30", "wage: {samples: a.csv}")
    desk.write("1\n2\n", "a.csv")
    desk.write("2\n1\n", "b.csv")
    first = desk.load(text).digest
    assert desk.load(text.replace("a.csv", "b.csv")).digest == first
    desk.write("2\n3\n", "b.csv")
    assert desk.load(text.replace("a.csv", "b.csv")).digest != first


@pytest.mark.parametrize(
    "content",
    ["2\n1\n", "Wage in USD/hour\n1\n2\n", "\ufeff1\r\n\r\n 2 \r\n", '"1"\n"2"\n', "_x\n2.\n.1e1\n"],
)
def test_a_column_may_have_a_head_quotes_and_empty_lines(desk, change, content):
    desk.write(content, "a.csv")
    found = desk.load(change("wage: 5 to 30", "wage: {samples: a.csv}")).assumptions["wage"].distribution
    assert found == Samples((1.0, 2.0), "a.csv")


def test_samples_of_a_growth_rate_carry_its_unit(desk, change):
    text = change("{p5: 1.5x/yr, p50: 3.5x/yr, p95: 10x/yr, why", "{samples: a.csv, why")
    desk.write("2x/yr\n300%/yr\n", "a.csv")
    assert desk.load(text).assumptions["algorithmic_growth"].distribution.values == pytest.approx(
        (math.log(2), math.log(4))
    )
    desk.write("2x/yr\n3\n", "a.csv")
    assert "a.csv:2:1: assumptions.algorithmic_growth.samples: 3 is a bare number" in desk.mistakes(text)[0]


def test_possible_correlations_are_left_alone():
    assert nearest([("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", 0.8)]) is None
    assert nearest([("a", "b", -0.999)]) is None


def test_what_is_offered_instead_of_impossible_correlations_is_possible_and_on_the_same_side():
    generator, names = np.random.default_rng(8), "abcd"
    pairs = [(one, two) for place, one in enumerate(names) for two in names[place + 1 :]]
    offers = 0
    for _ in range(12):
        rho = np.round(generator.uniform(-0.99, 0.99, len(pairs)), 2)
        stated = [(*pair, float(each)) for pair, each in zip(pairs, rho, strict=True)]
        offered = nearest(stated)
        if offered is not None:
            offers += 1
            assert nearest([(*pair, each) for pair, each in zip(pairs, offered, strict=True)]) is None
            # One step of the nearest matrix is never longer than the way to no correlation at all.
            assert math.dist(offered, rho) <= math.hypot(*rho)
    assert offers > 3


def test_an_offer_that_rounding_makes_impossible_is_drawn_towards_none():
    stated = [
        ("a", "b", 0.99), ("a", "c", -0.999), ("a", "d", -0.156),
        ("b", "c", -0.999), ("b", "d", -0.29), ("c", "d", 0.99),
    ]  # fmt: skip
    offered = nearest(stated)
    assert nearest([(one, two, rho) for (one, two, _), rho in zip(stated, offered, strict=True)]) is None
    # About a hundredth less than the nearest matrix has.
    assert offered == pytest.approx((0.984, -0.817, -0.252, -0.87, -0.347, 0.747), abs=2e-3)


def test_impossible_correlations_get_the_nearest_possible_ones():
    stated = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]
    offered = nearest(stated)
    assert offered is not None
    assert nearest([(a, b, rho) for (a, b, _), rho in zip(stated, offered, strict=True)]) is None
    # The nearest matrix to this symmetric case is the symmetric one on the border: each moves to 0.5.
    assert offered == pytest.approx((0.5, 0.5, -0.5), abs=2e-3)


def test_pairs_that_nobody_correlated_stay_uncorrelated():
    stated = [("a", "b", 0.9), ("b", "c", 0.9)]
    offered = nearest(stated)
    assert offered == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)), abs=2e-3)
