from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.scenario.distributions import (
    Constant,
    Fitted,
    MeanSd,
    Quantiles,
    Samples,
    Triangular,
    Truncated,
    from_plain,
    number_text,
)

U = np.linspace(1e-9, 1 - 1e-9, 401)
sizes = st.floats(1e-30, 1e30)
shares = st.floats(1e-6, 1 - 1e-6)
signed = st.floats(-1e12, 1e12)


def _three(values):
    return st.lists(values, min_size=3, max_size=3, unique=True).map(sorted)


quantiles = st.one_of(
    st.builds(lambda v, scale: Quantiles(v[0], v[2], v[1], scale), _three(sizes), st.just("log")),
    st.builds(lambda v, scale: Quantiles(v[0], v[2], v[1], scale), _three(shares), st.just("logit")),
    st.builds(lambda v, scale: Quantiles(v[0], v[2], v[1], scale), _three(signed), st.just("linear")),
    st.builds(lambda v: Quantiles(v[0], v[2], None, "log"), _three(sizes)),
)
distributions = st.one_of(
    quantiles,
    signed.map(Constant),
    _three(signed).map(lambda v: Triangular(*v)),
    st.builds(MeanSd, st.floats(-1e6, 1e6), st.floats(1e-3, 1e6)),
    st.builds(MeanSd, st.floats(1e-6, 1e6), st.floats(1e-3, 1e3), st.just("log")),
    st.builds(lambda mean, part: MeanSd(mean, part * math.sqrt(mean * (1 - mean)), "logit"),
              st.floats(0.05, 0.95), st.floats(0.05, 0.5)),
    st.lists(signed, min_size=2, max_size=20).map(lambda v: Samples(tuple(sorted(v)))),
)  # fmt: skip


@given(quantiles)
def test_stated_quantiles_are_met_exactly(law):
    low, high = law.ppf(np.array([0.05, 0.95]))
    assert low == pytest.approx(law.p5, rel=1e-9, abs=1e-9 * abs(law.p95))
    assert high == pytest.approx(law.p95, rel=1e-9, abs=1e-9 * abs(law.p5))
    if law.p50 is not None:
        assert law.ppf(np.array([0.5]))[0] == pytest.approx(law.p50, rel=1e-9)


def _is_smooth(law):
    """Whether a computer's numbers can tell neighbouring quantiles apart."""
    values = law.ppf(np.linspace(0.001, 0.999, 50))
    return bool(np.all(np.diff(values) > 1e-7 * np.abs(values[1:])))


@settings(max_examples=300)
@given(distributions)
def test_the_quantile_function_never_falls_and_is_finite(law):
    values = law.ppf(U)
    assert values.shape == U.shape
    assert np.all(np.isfinite(values))
    # Rounding aside: of a value, and of the widest ones, whose last digits a half with little spread inherits.
    assert np.all(np.diff(values) >= -1e-9 * np.abs(values[1:]) - 1e-15 * np.abs(values).max())


@settings(max_examples=200)
@given(distributions.filter(_is_smooth), st.floats(0.01, 0.99))
def test_the_distribution_function_undoes_the_quantile_function(law, u):
    value = float(law.ppf(np.array(u)))
    assert law.cdf(value) == pytest.approx(u, abs=1e-4)


@given(_three(shares))
def test_a_share_never_leaves_its_range(values):
    law = Quantiles(values[0], values[2], values[1], "logit")
    assert np.all((law.ppf(U) >= 0) & (law.ppf(U) <= 1))


@settings(max_examples=100)
@given(quantiles.filter(_is_smooth), st.floats(0.05, 0.4), st.floats(0.6, 0.95))
def test_truncation_conditions_instead_of_piling_up(law, left, right):
    low, high = law.ppf(np.array([left, right]))
    cut = Truncated(law, float(low), float(high))
    values = cut.ppf(U)
    assert values.min() >= low
    assert values.max() <= high
    # Given that it lies inside, its quantiles are those of the inner law between the two limits.
    inside = law.ppf(left + np.array([0.25, 0.5, 0.75]) * (right - left))
    scale = float(np.abs(inside).max())
    assert cut.ppf(np.array([0.25, 0.5, 0.75])) == pytest.approx(inside, rel=1e-3, abs=1e-6 * scale)
    assert cut.mass == pytest.approx(right - left, abs=1e-3)


def test_moments_are_those_that_were_stated():
    u = (np.arange(200_000) + 0.5) / 200_000
    for law in (MeanSd(3, 2), MeanSd(3, 2, "log"), MeanSd(0.3, 0.1, "logit")):
        values = law.ppf(u)
        assert values.mean() == pytest.approx(law.mean, rel=1e-3)
        assert values.std() == pytest.approx(law.sd, rel=5e-3)


def test_a_split_without_a_kink_is_the_plain_lognormal():
    plain, split = Quantiles(2, 8, None, "log"), Quantiles(2, 8, 4, "log")
    assert split.ppf(U) == pytest.approx(plain.ppf(U))


def test_the_triangle_meets_its_corners():
    law = Triangular(1, 2, 5)
    assert law.ppf(np.array([0.0, 0.25, 1.0])) == pytest.approx([1, 2, 5])
    assert Triangular(1, 1, 5).ppf(np.array([0.0, 1.0])) == pytest.approx([1, 5])
    assert Triangular(1, 5, 5).cdf(5) == 1


def test_samples_are_met_and_joined():
    law = Samples((1.0, 2.0, 4.0))
    assert law.ppf(np.array([0, 0.25, 0.5, 1])) == pytest.approx([1, 1.5, 2, 4])
    assert [law.cdf(value) for value in (0.5, 1, 1.5, 3, 4)] == pytest.approx([0, 0, 0.25, 0.75, 1])


def test_fitted_changes_draws_and_has_no_quantiles():
    draws = np.array([1.0, 2.0])
    assert Fitted().apply(draws) is draws
    assert Fitted(2, 0.5).apply(draws) == pytest.approx([2.5, 4.5])
    for asked in (lambda: Fitted().ppf(draws), lambda: Fitted().cdf(1)):
        with pytest.raises(TypeError) as refused:
            asked()
        assert str(refused.value) == "a fitted assumption is drawn from the posterior: use apply(draws)"


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (Constant(6), "6"),
        (Quantiles(5, 30, None, "log"), "90% between 5 and 30 (lognormal)"),
        (Quantiles(0.1, 0.4, 0.2, "logit"), "median 0.2, 90% between 0.1 and 0.4 (split logit-normal)"),
        (Triangular(1, 2, 5), "1 to 5, most likely 2 (triangular)"),
        (MeanSd(3, 2), "mean 3, standard deviation 2 (normal)"),
        (MeanSd(3, 2, "log"), "mean 3, standard deviation 2 (lognormal)"),
        (MeanSd(0.3, 0.1, "logit"), "mean 0.3, standard deviation 0.1 (beta)"),
        (Samples((1.0,) * 1500), "1,500 samples from a file, 1 to 1"),
        (Quantiles(0.1, 0.4, None, "rate"), "90% between 0.1 and 0.4 (lognormal in the factor)"),
        (Samples((1.0, 4.0), "wages.csv"), "2 samples from wages.csv, 1 to 4"),
        (Fitted(), "fitted to history"),
        (Fitted(1.3, 0.1), "fitted to history, times 1.3, shifted by 0.1"),
        (
            Truncated(Quantiles(5, 30), 4, 40),
            "90% between 5 and 30 (normal), cut to at least 4 and at most 40",
        ),
    ],
)
def test_words_say_what_the_file_says(law, words):
    assert law.describe() == words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.15, "0.15"), (1e9, "1e9"), (2.5e-12, "2.5e-12"), (123456, "123456"), (-1e9, "-1e9")],
)
def test_numbers_are_short(value, text):
    assert number_text(value) == text
    assert float(text) == value


@pytest.mark.parametrize(
    "distribution",
    [
        Constant(3.0),
        Quantiles(1.0, 4.0, None, "log"),
        Quantiles(1.0, 4.0, 1.5, "log"),
        Triangular(0.0, 1.0, 5.0),
        MeanSd(2.0, 0.5, "log"),
        Fitted(1.2, 0.1),
        Samples((1.0, 4.0)),
        Truncated(Quantiles(1.0, 4.0, 1.5, "log"), 0.5),
        Truncated(MeanSd(2.0, 0.5), high=3.0),
    ],
)
def test_a_distribution_comes_back_from_its_record(distribution):
    record = json.loads(json.dumps({"unit": "x", "dollars": None, **distribution.plain()}, allow_nan=False))
    assert from_plain(record) == distribution
    assert from_plain(record).describe() == distribution.describe()


@pytest.mark.parametrize(
    "record", [{}, {"form": "nonsense"}, {"form": "constant"}, {"form": "constant", "odd": 1}]
)
def test_a_record_of_no_distribution_is_refused(record):
    with pytest.raises((KeyError, TypeError)):
        from_plain(record)


def test_distribution_functions_know_what_lies_beyond_the_ends():
    assert [Constant(2.0).cdf(value) for value in (1.9, 2.0, 2.1)] == [0.0, 1.0, 1.0]
    assert [Triangular(1, 2, 5).cdf(value) for value in (0.5, 1.0, 5.0, 6.0)] == [0.0, 0.0, 1.0, 1.0]
    share = Quantiles(0.2, 0.8, None, "logit")
    assert [share.cdf(value) for value in (-1.0, 0.0, 1.0, 1.5)] == [0.0, 0.0, 1.0, 1.0]


def test_samples_that_tie_and_moments_that_end_are_counted_right():
    tied = Samples((1.0, 1.0, 2.0))
    assert [tied.cdf(value) for value in (0.9, 1.0, 1.5, 2.0)] == [0.0, 0.5, 0.75, 1.0]
    price = MeanSd(3.0, 2.0, "log")
    assert price.cdf(-1.0) == price.cdf(0.0) == 0.0
    assert price.cdf(1e-12) < 1e-9
    share = MeanSd(0.3, 0.1, "logit")
    assert [share.cdf(value) for value in (-0.5, 0.0, 1.0, 1.5)] == [0.0, 0.0, 1.0, 1.0]
    assert MeanSd(3.0, 2.0).cdf(3.0) == 0.5


def test_what_is_cut_has_all_its_probability_within_its_limits():
    for cut in (Truncated(Triangular(0, 5, 10), 2.0, 8.0), Truncated(MeanSd(5.0, 2.0), 2.0, 8.0)):
        assert [cut.cdf(value) for value in (1.0, 2.0, 8.0, 9.0)] == [0.0, 0.0, 1.0, 1.0]
        assert cut.cdf(5.0) == pytest.approx(0.5)
        assert cut.ppf(np.array([0.0, 0.5, 1.0])) == pytest.approx([2.0, 5.0, 8.0])
    whole = MeanSd(5.0, 2.0)
    below, above = Truncated(whole, high=5.0), Truncated(whole, low=5.0)
    assert (below.mass, above.mass) == pytest.approx((0.5, 0.5))
    assert [below.cdf(3.0), above.cdf(3.0)] == pytest.approx([2.0 * whole.cdf(3.0), 0.0])
    assert [below.cdf(7.0), above.cdf(7.0)] == pytest.approx([1.0, 2.0 * whole.cdf(7.0) - 1.0])
    assert [each.describe() for each in (below, above)] == [
        "mean 5, standard deviation 2 (normal), cut to at most 5",
        "mean 5, standard deviation 2 (normal), cut to at least 5",
    ]


def test_a_half_without_spread_is_a_step():
    law = Quantiles(2.0, 8.0, 2.0, "linear")
    assert [law.cdf(value) for value in (1.9, 2.0, 8.0)] == pytest.approx([0.0, 0.5, 0.95])
    assert law.ppf(np.array([0.05, 0.5, 0.95])) == pytest.approx([2.0, 2.0, 8.0])
    assert [
        Quantiles(2.0, 8.0, None, "log").cdf(value) for value in (-1.0, 0.0, 2.0, 4.0, 8.0)
    ] == pytest.approx([0.0, 0.0, 0.05, 0.5, 0.95])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-3, "0.001"),
        (9.9e-4, "9.9e-4"),
        (5e-4, "5e-4"),
        (-2e-4, "-2e-4"),
        (1e10, "1e10"),
        (1.5e100, "1.5e100"),
        (999_999.0, "999999"),
        (1e6, "1e6"),
        (-1e6, "-1e6"),
    ],
)
def test_numbers_change_their_form_at_a_thousandth_and_a_million(value, text):
    assert number_text(value) == text
