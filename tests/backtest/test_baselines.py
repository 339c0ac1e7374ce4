"""The baselines against other people's least squares, and against their own definitions."""

import numpy as np
import pytest
from scipy import stats

from forecast.backtest.baselines import last_value, ols_top10, random_walk
from forecast.backtest.outcomes import Series


def series(yearly=None) -> Series:
    generator = np.random.default_rng(1)
    time = np.sort(generator.uniform(2012.0, 2020.0, 30))
    value = 3.0 + 0.4 * (time - 2016.0) + generator.normal(0.0, 0.6, 30)
    return Series(time=time, value=value, yearly=yearly or {})


def test_the_line_and_its_interval_are_those_of_scipy():
    found = series()
    sample = ols_top10(found, 2023.5)
    line = stats.linregress(found.time, found.value)
    assert np.median(sample) == pytest.approx(line.intercept + line.slope * 2023.5)
    residual = found.value - line.intercept - line.slope * found.time
    deviation = np.sqrt(residual @ residual / 28)
    centred = found.time - found.time.mean()
    error = deviation * np.sqrt(1 + 1 / 30 + (2023.5 - found.time.mean()) ** 2 / (centred @ centred))
    assert np.quantile(sample, 0.95) - np.median(sample) == pytest.approx(
        stats.t.ppf(0.95, 28) * error, rel=2e-3
    )


def test_a_random_walk_carries_its_drift_and_the_error_of_it():
    found = series({2015: 1.0, 2016: 1.5, 2017: 1.7, 2018: 2.9, 2019: 3.0})
    steps = np.array([0.5, 0.2, 1.2, 0.1])
    sample = random_walk(found, 3, 2019)
    assert np.median(sample) == pytest.approx(3.0 + 3 * steps.mean())
    spread = np.quantile(sample, 0.9) - np.median(sample)
    expected = stats.t.ppf(0.9, 3) * steps.std(ddof=1) * np.sqrt(3 + 9 / 4)
    assert spread == pytest.approx(expected, rel=2e-3)


def test_the_last_value_stays_and_its_error_grows_with_the_root_of_time():
    found = series({2015: 1.0, 2016: 1.5, 2017: 1.7, 2018: 2.9, 2019: 3.0})
    near, far = last_value(found, 1, 2019), last_value(found, 4, 2019)
    assert np.median(near) == pytest.approx(3.0)
    assert np.ptp(far) == pytest.approx(2.0 * np.ptp(near))


def test_a_gap_of_years_counts_as_even_steps():
    with_gap = series({2015: 1.0, 2017: 2.0, 2018: 2.4})
    without = series({2015: 1.0, 2016: 1.5, 2017: 2.0, 2018: 2.4})
    np.testing.assert_allclose(random_walk(with_gap, 2, 2018), random_walk(without, 2, 2018))


def test_what_came_after_the_origin_changes_nothing():
    early = {2015: 1.0, 2016: 1.5, 2017: 1.7}
    for method in (random_walk, last_value):
        late = method(series(early | {2018: 99.0}), 2, 2017)
        np.testing.assert_array_equal(late, method(series(early), 2, 2017))
