"""How algorithms cheapen a given capability, against published halving times."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.model.algorithms import algorithmic_efficiency


def test_nothing_is_gained_at_the_reference() -> None:
    assert algorithmic_efficiency(1.2, 2023.2, 2023.2) == 1.0


def test_44_times_less_compute_for_alexnet_in_seven_years() -> None:
    # Hernandez and Brown 2020: 44x from 2012 to 2019. The published halving time of 16 months is rounded from 15.4.
    assert algorithmic_efficiency(np.log(44.0) / 7.0, 2019.0, 2012.0) == pytest.approx(44.0)
    assert 12.0 * np.log(2.0) / (np.log(44.0) / 7.0) == pytest.approx(15.4, abs=0.05)
    assert algorithmic_efficiency(np.log(1.68), 2019.0, 2012.0) == pytest.approx(2.0 ** (84 / 16), rel=0.02)


def test_halving_every_eight_months_is_2_8_times_a_year() -> None:
    # Ho et al. 2024: compute for a fixed loss halves about every eight months.
    rate = np.log(2.0) / (8.0 / 12.0)
    assert algorithmic_efficiency(rate, 2024.2, 2023.2) == pytest.approx(2.83, abs=0.005)
    assert algorithmic_efficiency(rate, 2023.2 + 8.0 / 12.0, 2023.2) == pytest.approx(2.0)


def test_before_the_reference_more_compute_was_needed() -> None:
    assert algorithmic_efficiency(1.0, 2020.0, 2023.2) < 1.0
