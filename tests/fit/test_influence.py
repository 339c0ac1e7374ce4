from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.fit import influence
from forecast.fit import model_joint_trend as model
from forecast.fit.headlines import HEADLINES, headlines
from forecast.fit.influence import cases, influences, source_of
from forecast.fit.pointwise import rows


@pytest.fixture
def parts(made_up, made_up_draws):
    law = rows(made_up, made_up_draws)
    return law, headlines(model.trends(made_up, made_up_draws, as_of=made_up.end, seed=1))


def test_a_run_takes_its_cost_with_it(made_up):
    found = {case.name: case for case in cases(made_up) if case.kind == "row"}
    assert len(found) == 60
    # Run 3 has a compute, a cost, and both other bases; run 50 a compute only. Chips stand between.
    assert found["run 3"].rows.tolist() == [3, 60 + 3, 120 + 3, 135 + 3]
    assert found["run 50"].rows.tolist() == [50]


def test_labs_and_sources_split_the_runs(made_up):
    by_kind = {kind: [case for case in cases(made_up) if case.kind == kind] for kind in ("lab", "source")}
    assert sum(case.runs for case in by_kind["lab"]) == 60
    assert {case.name: case.runs for case in by_kind["source"]} == {
        "a table": 50,
        "another table": 10,
        "prices of chips": 0,
    }
    assert by_kind["source"][-1].rows.tolist() == list(range(100, 120))


def test_a_source_is_named_without_its_address():
    assert source_of("Epoch AI, snapshot of July, https://epoch.ai/data") == "Epoch AI, snapshot of July"
    assert source_of("") == "not stated"


def test_rows_that_matter_little_are_weighed_and_others_sampled_again(monkeypatch, made_up, parts):
    law, figures = parts
    asked = []

    def sampler(*_, **__):
        def sample(case):
            asked.append(case.name)
            return {name: values + 1.0 for name, values in figures.items()}

        return sample

    monkeypatch.setattr(influence, "_sampler", sampler)
    found = influences(made_up, law, figures, as_of=made_up.end, seed=1)
    how = {each.case.name: each.how for each in found}
    assert set(how.values()) == {"weighed", "sampled again"}
    assert all(each.k > 0.7 for each in found if each.how == "sampled again")
    assert {name for name, words in how.items() if words == "sampled again"} == set(asked)
    for each in found:
        assert set(each.without) == set(HEADLINES)
        assert all(
            np.isfinite([value.low, value.median, value.high]).all() for value in each.without.values()
        )
    again = next(each for each in found if each.how == "sampled again")
    assert again.shifts["cost_growth"] == pytest.approx(1.0 / figures["cost_growth"].std(), rel=1e-6)


def test_where_everything_rests_on_one_source_nothing_is_left(monkeypatch, made_up, parts):
    law, figures = parts
    monkeypatch.setattr(influence, "_sampler", lambda *_, **__: lambda _: figures)
    lone = replace(made_up, sources=("a table",) * 60)
    found = {each.case.name: each for each in influences(lone, law, figures, as_of=lone.end, seed=1)}
    assert found["a table"].how == "nothing left"
    assert found["a table"].largest == 0.0


@pytest.mark.slow
def test_sampling_again_agrees_with_a_fit_without_these_rows(made_up, monkeypatch, tmp_path):
    """A row with a boundless error is as good as gone: the fit equals one of a history that never had it."""
    from forecast.fit.sampling import Settings, sample

    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    chips = next(case for case in cases(made_up) if case.name == "prices of chips")
    again = influence._sampler(made_up, as_of=made_up.end, seed=1, progress=lambda _: None)(chips)
    empty = np.zeros(0)
    bare = replace(made_up, chip_time=empty, chip_price_performance=empty, chip_own=empty)
    drawn = sample(lambda: model.build(bare), Settings(chains=2, draws=1000, tune=700)).draws
    expected = headlines(model.trends(bare, drawn, as_of=bare.end, seed=1))
    for name, values in expected.items():
        assert again[name].mean() == pytest.approx(values.mean(), abs=0.15 * values.std())
        assert again[name].std() == pytest.approx(values.std(), rel=0.15)
