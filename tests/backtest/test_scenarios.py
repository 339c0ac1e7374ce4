"""A scenario is only backtested from dates that none of its sources is later than."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.backtest.scenarios import backtest_scenario
from forecast.errors import UsageError

SHIPPED = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize(
    ("name", "origins", "words"),
    [
        ("baseline", None, "nothing of that has come out yet"),
        ("baseline", (2022,), "rest on sources from after that date"),
        ("essay-2023", (2021,), "rest on sources from after that date"),
    ],
)
def test_a_scenario_that_knows_too_much_is_refused(name, origins, words):
    with pytest.raises(UsageError, match=words):
        backtest_scenario(SHIPPED / f"{name}.yaml", origins=origins)


def test_a_scenario_without_hindsight_is_scored_beside_the_trends(posterior):
    draws = {**posterior.draws, "tpu_price_performance_ratio": np.full(posterior.size, 2.0)}
    made_up = replace(posterior, draws=draws)
    found = backtest_scenario(SHIPPED / "essay-2023.yaml", draws=500, fitter=lambda *_: made_up)
    assert [origin.day for origin in found.origins] == ["2023-09-30"]
    assert {row.method for row in found.scores} == {
        "scenario",
        "forecast",
        "ols_top10",
        "random_walk",
        "last_value",
    }
    assert {row.lead for row in found.scores} == {1, 2}
