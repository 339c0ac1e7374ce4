"""Dollars of one month in dollars of another, against numbers worked by hand."""

from __future__ import annotations

import csv
import math
from datetime import date

import pytest

from forecast.errors import UsageError
from forecast.observations import PriceIndex, load
from forecast.observations.tables import FOLDER

DECEMBER_2023 = date(2023, 12, 1)


@pytest.fixture(scope="module")
def index() -> PriceIndex:
    return load().price_index


def test_december_2024_to_december_2023(index):
    assert index.factor(date(2024, 12, 1)) == pytest.approx(119.029 / 119.349)
    assert index.real(119_349.0, date(2024, 12, 1)) == pytest.approx(119_029.0)


def test_june_2025_to_december_2023(index):
    assert index.factor(date(2025, 6, 30)) == pytest.approx(119.029 / 123.659)


def test_the_base_month_stays_as_it_is(index):
    assert index.factor(DECEMBER_2023) == 1
    assert index.level(DECEMBER_2023) == pytest.approx(119.029)


def test_there_and_back_again(index):
    there, back = date(2016, 5, 1), date(2022, 8, 1)
    assert index.factor(there, back) * index.factor(back, there) == pytest.approx(1)


def test_between_known_months_the_level_moves_at_a_constant_rate():
    sparse = PriceIndex({date(2020, 1, 1): 100.0, date(2020, 5, 1): 144.0})
    assert sparse.level(date(2020, 3, 15)) == pytest.approx(math.sqrt(100 * 144))
    assert sparse.level(date(2020, 2, 1)) == pytest.approx(100 * 1.44**0.25)


def test_just_outside_the_nearest_level_serves_and_far_outside_none_is_guessed():
    short = PriceIndex({date(2020, 1, 1): 100.0, date(2020, 12, 1): 110.0}, reach=6)
    assert short.level(date(2021, 6, 1)) == pytest.approx(110)
    assert short.level(date(2019, 7, 1)) == pytest.approx(100)
    for day in (date(2021, 7, 1), date(2019, 6, 1)):
        with pytest.raises(UsageError, match="knows no level near"):
            short.level(day)


def test_every_quoted_price_can_be_converted(index):
    observations = load()
    for run in observations.training_runs:
        for basis in ("amortized", "cloud", "acquisition"):
            quoted = run.cost(basis)
            assert (quoted is None) == (run.real_cost(basis, index) is None)
            assert quoted is None or 0.9 < run.real_cost(basis, index) / quoted.value < 1.1
    for chip in observations.chips:
        if chip.fit == "yes":
            assert chip.price_performance(index) > 0


def test_gpt_4_from_june_2025_dollars(index):
    (gpt4,) = [run for run in load().training_runs if run.model == "GPT-4"]
    assert gpt4.cost_amortized.value == pytest.approx(37_334_305, rel=1e-6)
    assert gpt4.cost_amortized.date == date(2025, 6, 1)
    assert gpt4.real_cost("amortized", index) == pytest.approx(37_334_305 * 119.029 / 123.659, rel=1e-6)


def test_no_cost_in_the_tables_is_deflated_already():
    """The same estimate quoted in two snapshots differs by the index alone; both stand in their own dollars."""
    with (FOLDER / "training_runs.csv").open(encoding="utf-8") as stream:
        months = {row["cost_amortized_price_date"] for row in csv.DictReader(stream)}
    assert months == {"", "2023-12", "2024-12", "2025-06"}
