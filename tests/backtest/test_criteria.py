"""The fit that ships, held to what it must be able to do; stored fits are used, and missing ones made."""

import shutil

import pytest

from forecast.backtest import Backtest, averages, backtest, criteria
from forecast.observations.tables import FOLDER

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result() -> Backtest:
    return backtest()


def test_the_shipped_fit_holds_what_is_asked_of_it(result):
    assert [f"{each.name}: {each.value:.3f}" for each in criteria(result.scores) if not each.holds] == []


def test_it_is_better_than_every_baseline_on_every_target(result):
    means = {(row.target, row.method): row.crps for row in averages(result.scores) if row.lead is None}
    for (target, method), crps in means.items():
        if method != "forecast":
            assert means[target, "forecast"] < crps, (target, method)


def test_it_is_better_than_the_line_however_the_line_is_read(result):
    means = {
        row.method: row.crps
        for row in averages((*result.scores, *result.sensitivity))
        if row.target == "record_cost" and row.lead is None
    }
    assert means["forecast"] < min(means["ols_top10_mid_year"], means["ols_top10_floor"])


def test_absurd_rows_from_after_the_origin_change_no_real_forecast(tmp_path, plant):
    folder = tmp_path / "tables"
    shutil.copytree(FOLDER, folder)
    plant(folder, 2020)

    def forecasts(found):
        rows = (*found.scores, *found.sensitivity)
        return {(row.target, row.method, row.lead): (row.median, row.width_90) for row in rows}, found.origins

    assert forecasts(backtest((2020,), folder=folder)) == forecasts(backtest((2020,)))
