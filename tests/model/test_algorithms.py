"""How algorithms cheapen a given capability, against published halving times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecast.model.algorithms import algorithmic_efficiency
from forecast.units import Array

if TYPE_CHECKING:
    from tests.conftest import World


def held(growth: float, year: float, reference: float) -> Array:
    """Efficiency where growth does not change after the date of the forecast."""
    return algorithmic_efficiency(growth, growth, 3.0, year, reference, np.array(1.5))


def test_nothing_is_gained_at_the_reference() -> None:
    assert held(1.2, 2023.2, 2023.2) == 1.0


def test_44_times_less_compute_for_alexnet_in_seven_years() -> None:
    # Hernandez and Brown 2020: 44x from 2012 to 2019. The published halving time of 16 months is rounded from 15.4.
    assert held(np.log(44.0) / 7.0, 2019.0, 2012.0) == pytest.approx(44.0)
    assert 12.0 * np.log(2.0) / (np.log(44.0) / 7.0) == pytest.approx(15.4, abs=0.05)
    assert held(np.log(1.68), 2019.0, 2012.0) == pytest.approx(2.0 ** (84 / 16), rel=0.02)


def test_halving_every_eight_months_is_2_8_times_a_year() -> None:
    # Ho et al. 2024: compute for a fixed loss halves about every eight months.
    rate = np.log(2.0) / (8.0 / 12.0)
    assert held(rate, 2024.2, 2023.2) == pytest.approx(2.83, abs=0.005)
    assert held(rate, 2023.2 + 8.0 / 12.0, 2023.2) == pytest.approx(2.0)


def test_before_the_reference_more_compute_was_needed() -> None:
    assert held(1.0, 2020.0, 2023.2) < 1.0


def test_growth_fades_from_the_date_of_the_forecast_on() -> None:
    # By hand: 4x a year for the three years up to now is 64x. In the three years after, with growth falling to 2x a
    # year within three, 2^3 of lasting growth times 2^(3 (1 - 1/e)) = 3.72 of what fades: 29.8x instead of 64x.
    now, later = np.log(4.0), np.log(2.0)
    at = [algorithmic_efficiency(now, later, 3.0, 2026.0 + t, 2023.0, np.array(t)) for t in (0.0, 3.0, 40.0)]
    assert at[0] == pytest.approx(64.0)
    assert at[1] / at[0] == pytest.approx(29.8, abs=0.05)
    # In the long run the rate is the lasting one: 2^40 times the whole of what faded, 2^3.
    assert at[2] / at[0] == pytest.approx(2.0**43, rel=1e-4)


def test_the_paths_do_not_hold_a_measured_rate_for_good(world: World) -> None:
    # The 95% end of the prior is 10x a year: held to 2031 it would come to 10^8.3.
    efficiency = world["algorithmic_efficiency"]
    assert np.quantile(efficiency[-1], 0.95) < 10.0**7.6
    yearly = efficiency[-1] / efficiency[-2]
    # What growth is in 2031 lies between the accounted long-run rates and those of the last years.
    assert 1.5 < np.median(yearly) < 3.5
    assert np.quantile(yearly, 0.95) < 8.0


def test_points_a_year_are_what_the_index_showed(world: World) -> None:
    # Epoch Capabilities Index: 15.6 points a year; before the forecast compute grew 4x to 5x a year.
    decades = (np.log(4.5) + world["algorithmic_growth"][0]) / np.log(10.0)
    low, middle, high = np.quantile(world["points_per_decade"][0] * decades, [0.05, 0.5, 0.95])
    assert 11.0 < low < 15.6 < high < 21.0
    assert middle == pytest.approx(15.6, rel=0.1)
