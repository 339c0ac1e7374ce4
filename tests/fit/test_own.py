"""A user's own runs, and data that are hardly any: a clear message, or a posterior that is wide and finite."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast import observations
from forecast.errors import ConvergenceError, FitError
from forecast.fit import fit_history
from forecast.fit.own import own_history
from forecast.observations.own import read
from forecast.observations.tables import FOLDER

NOW = date(2026, 9, 30)


@pytest.fixture(scope="module")
def ours():
    return observations.load(as_of=NOW)


@pytest.fixture
def made(tmp_path, ours):
    def build(rows, *, columns="model,released,compute,organization,cost"):
        path = tmp_path / "my.csv"
        path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
        return own_history(read(path, ours.price_index), ours, as_of=NOW)

    return build


def growing(count, *, cost=True, lab="lab{}", start=2016, factor=4.0):
    return [
        f"m{number},{start + number // 2}-{1 + 6 * (number % 2):02d}-15,{1e21 * factor ** (number / 2):g},"
        f"{lab.format(number % 4)},{f'{1e5 * 3 ** (number / 2):g}' if cost else ''}"
        for number in range(count)
    ]


def test_own_runs_are_the_history_and_its_end(made):
    found = made(growing(16))
    assert found.history.names == tuple(f"m{number}" for number in range(16))
    assert len(found.history.paid_time) == 16
    assert found.history.end == pytest.approx(2023.54, abs=0.01)
    assert found.notes == ("16 of 16 runs in my.csv are fitted",)


def test_own_runs_after_our_last_well_observed_date_count(made):
    found = made(growing(16, start=2018))
    assert found.history.end == pytest.approx(2025.54, abs=0.01)
    assert made([*growing(6, start=2023), "late,2026-06-01,1e27,a,1e9"]).history.end > 2026.0


def test_it_is_said_which_runs_are_left_out_and_why(made):
    small = [f"s{number},2020-06-01,{1e10 + number},tiny,1" for number in range(3)]
    early = ["early,2011-01-01,1e15,a,1"]
    late = ["late,2027-01-01,1e28,a,1"]
    (note,) = made([*growing(16), *small, *early, *late]).notes
    assert "16 of 21 runs" in note
    assert "1 released before 2012-01-01" in note
    assert "1 not known on 2026-09-30" in note
    assert "3 not among the ten largest" in note


@pytest.mark.parametrize(
    ("cost", "words"), [(0, "none of them has a cost"), (2, "only 2 of them have a cost")]
)
def test_costs_are_borrowed_where_there_are_too_few(made, cost, words):
    rows = [*growing(cost), *growing(16, cost=False)[cost:]]
    found = made(rows)
    assert words in found.notes[1]
    assert len(found.history.paid_time) > 50
    assert (found.history.paid_run == -1.0).all()
    inside = (found.history.paid_time >= found.history.start) & (found.history.paid_time <= found.history.end)
    assert inside.all()
    assert found.history.paid_lab.max() < len(found.history.labs)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_rows_are_an_error_that_says_so(made, count):
    with pytest.raises(FitError, match=f"{count} of {count} runs .* a trend needs at least 3"):
        made(growing(count))


def test_when_nothing_can_be_used_the_reasons_are_given(made):
    with pytest.raises(FitError, match="3 released before 2012"):
        made([f"m{number},2010-01-0{number + 1},1e15,a,1" for number in range(3)])


DEGENERATE = {
    "three rows": growing(3),
    "one lab": growing(14, lab="one"),
    "no costs": growing(14, cost=False),
    "identical dates": [
        f"m{number},2020-06-01,{1e23 * 2**number:g},l{number % 3},1e6" for number in range(8)
    ],
    "identical rows": [f"m{number},2020-06-01,1e23,one,1e6" for number in range(5)],
    "an outlier of 1e34": [*growing(14), "wild,2022-03-01,1e34,x,1e7"],
    "a fall": growing(14, factor=0.25),
}


@pytest.mark.parametrize("rows", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_data_have_a_finite_design(made, rows):
    from forecast.fit.model_joint_trend import design

    fixed = design(made(rows).history)
    assert np.isfinite(fixed.matrix).all()
    assert np.isfinite(fixed.outcome).all()


@pytest.mark.slow
@pytest.mark.parametrize("rows", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_data_give_a_wide_finite_posterior_or_a_clear_error(made, rows, tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    try:
        found = fit_history(made(rows).history, as_of=NOW)
    except ConvergenceError as error:
        assert "did not converge" in str(error)  # noqa: PT017 - either outcome is right
        return
    for name, values in found.posterior.draws.items():
        assert np.isfinite(values).all(), name
    growth = found.posterior.draws["frontier_compute_growth"]
    low, high = np.exp(np.quantile(growth, [0.05, 0.95]))
    assert high / low > 1.5


@pytest.mark.slow
def test_an_absurd_value_that_got_past_the_reader_breaks_nothing(made_up, tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    compute = made_up.run_compute.copy()
    compute[30] = np.log(1e40)
    try:
        found = fit_history(replace(made_up, run_compute=compute), as_of=date(2025, 1, 1))
    except ConvergenceError:
        return
    assert all(np.isfinite(values).all() for values in found.posterior.draws.values())


def test_runs_without_a_compute_in_a_file_of_our_form_are_bounded_as_ours_are(ours):
    own = read(FOLDER / "training_runs.csv", ours.price_index)
    found = own_history(own, ours, as_of=NOW)
    assert {"Gemini 3 Pro", "GPT-5.5"} <= set(found.history.bounded_names)
    assert found.notes[-1] == (
        f"{len(found.history.bounded_names)} runs without a compute are fitted by what bounds them"
    )
    # They are neither fitted like others nor said to be too small.
    assert not set(found.history.bounded_names) & set(found.history.names)
