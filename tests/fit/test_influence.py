from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from forecast.errors import FitError
from forecast.fit import influence
from forecast.fit import model_joint_trend as model
from forecast.fit.batch import one_by_one
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


def test_rows_that_matter_little_are_weighed_and_others_sampled_again(
    monkeypatch, made_up, made_up_draws, parts
):
    law, figures = parts
    asked = []

    def sampled_again(_, wanted, *__):
        asked.extend(case.name for case in wanted)
        growth = made_up_draws["growth"] + np.array([0.5, 0.0])
        return [{**made_up_draws, "growth": growth} for _ in wanted]

    monkeypatch.setattr(influence, "_sampled_again", sampled_again)
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
    assert again.shifts["cost_growth"] == pytest.approx(0.5 / figures["cost_growth"].std(), rel=1e-6)


def test_where_everything_rests_on_one_source_nothing_is_left(monkeypatch, made_up, made_up_draws, parts):
    law, figures = parts
    monkeypatch.setattr(influence, "_sampled_again", lambda _, wanted, *__: [made_up_draws for _ in wanted])
    lone = replace(made_up, sources=("a table",) * 60)
    found = {each.case.name: each for each in influences(lone, law, figures, as_of=lone.end, seed=1)}
    assert found["a table"].how == "nothing left"
    assert found["a table"].largest == 0.0


def test_fits_without_rows_are_made_by_whoever_has_room_and_kept(monkeypatch, made_up, tmp_path):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    wanted = [case for case in cases(made_up) if case.kind == "lab"]
    asked = []

    def elsewhere(_, bench, tasks):
        asked.extend(case.name for case in tasks)
        # What travels is what copies.
        sent = copy(bench)
        for case in reversed(tasks):
            yield case, (sent.identity(case), {"growth": np.full((1, 2), float(case.runs))})

    first = influence._sampled_again(made_up, wanted[:1], elsewhere, lambda _: None)
    told = []
    found = influence._sampled_again(made_up, wanted, elsewhere, told.append)
    assert asked == [case.name for case in wanted]
    assert [each["growth"][0, 0] for each in found] == [case.runs for case in wanted]
    assert np.array_equal(first[0]["growth"], found[0]["growth"])
    assert told[-1] == f"sampled again without {wanted[1].name} (2 of 2)"
    # Where all are kept, nobody is asked.
    kept = influence._sampled_again(made_up, wanted, None, pytest.fail)
    assert [one["growth"].tolist() for one in kept] == [one["growth"].tolist() for one in found]
    with pytest.raises(FitError, match="a worker has other versions of the libraries"):
        influence._sampled_again(
            made_up, cases(made_up)[:1], lambda *given: ((given[2][0], ("another", {})),), lambda _: None
        )


@pytest.mark.slow
def test_sampling_again_agrees_with_a_fit_without_these_rows(made_up, monkeypatch, tmp_path):
    """A row with a boundless error is as good as gone: the fit equals one of a history that never had it."""
    from forecast.fit.sampling import Settings, sample

    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    chips = next(case for case in cases(made_up) if case.name == "prices of chips")
    (draws,) = influence._sampled_again(made_up, [chips], one_by_one, lambda _: None)
    again = headlines(model.trends(made_up, draws, as_of=made_up.end, seed=1))
    empty = np.zeros(0)
    bare = replace(made_up, chip_time=empty, chip_price_performance=empty, chip_own=empty)
    drawn = sample(lambda: model.build(bare), Settings(chains=2, draws=1000, tune=700)).draws
    expected = headlines(model.trends(bare, drawn, as_of=bare.end, seed=1))
    for name, values in expected.items():
        assert again[name].mean() == pytest.approx(values.mean(), abs=0.15 * values.std())
        assert again[name].std() == pytest.approx(values.std(), rel=0.15)
