from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from forecast.fit import model_joint_steady
from forecast.fit import model_joint_trend as model
from forecast.fit.pointwise import KINDS, rows


def test_each_row_has_the_density_of_its_student_t(made_up, made_up_draws):
    law = rows(made_up, made_up_draws)
    expected = stats.t.logpdf(law.outcome, law.tail, law.expected, law.scale)
    np.testing.assert_allclose(law.log_likelihood(), expected, rtol=1e-10)


def test_rows_stand_in_the_order_of_the_design(made_up, made_up_draws):
    law = rows(made_up, made_up_draws)
    counts = np.bincount(law.kind, minlength=len(KINDS))
    assert dict(zip(KINDS, counts, strict=True)) == {
        "run": 60,
        "price_performance": 40,
        "chip": 20,
        "cloud": 15,
        "acquisition": 18,
        "bounded": 0,
    }
    assert (law.tail[:, law.kind > 0] == model.OTHER_TAIL).all()


def test_only_runs_have_measurement_error(made_up, made_up_draws):
    law = rows(made_up, made_up_draws)
    scatter = np.exp(made_up_draws["log_scales"].reshape(-1, len(model.SCALES)))[:, :1]
    np.testing.assert_allclose(law.scale[:, law.kind == 0], np.hypot(scatter, made_up.run_error))


def test_replicates_scatter_as_the_law_says(made_up, made_up_draws):
    law = rows(made_up, made_up_draws)
    new = law.residuals(law.replicate(np.random.default_rng(1)))
    chips = new[:, law.kind == KINDS.index("chip")]
    assert np.abs(chips).mean() == pytest.approx(stats.t(model.OTHER_TAIL).expect(abs), rel=0.03)


def test_a_trend_that_does_not_fade_has_no_bend(made_up, made_up_draws):
    bent = rows(made_up, made_up_draws).expected
    straight = rows(made_up, made_up_draws, form=model_joint_steady.FORM).expected
    runs = len(made_up.run_time)
    assert np.abs(bent - straight)[:, :runs].max() > 0.0
    np.testing.assert_array_equal(bent[:, runs:], straight[:, runs:])


def test_a_bounded_run_has_a_probability_and_no_residual(bounded, bounded_draws):
    law = rows(bounded, bounded_draws)
    kind = law.kind == KINDS.index("bounded")
    assert kind.sum() == 4
    assert np.isnan(law.residuals()[:, kind]).all()
    tail = law.tail[:, kind]
    np.testing.assert_array_equal(tail, np.tile(law.tail[:, :1], 4))
    centre = bounded.run_compute.mean()
    ends = [
        stats.t.cdf(bound - centre, tail, law.expected[:, kind], law.scale[:, kind])
        for bound in (bounded.bounded_low, bounded.bounded_high)
    ]
    np.testing.assert_allclose(law.log_likelihood()[:, kind], np.log(ends[1] - ends[0]), atol=1e-7)


def test_what_bounds_a_run_tells_of_no_other_row(made_up, bounded, bounded_draws):
    """The rows that were seen have the same law beside bounded runs; only the grid may reach further."""
    same = replace(bounded, bounded_time=np.minimum(bounded.bounded_time, made_up.end))
    draws = {name: values[..., :] for name, values in bounded_draws.items()}
    width = model.design(bounded).grid.intervals - 1
    narrow = model.design(same).grid.intervals - 1
    keep = np.r_[0:narrow, width : width + narrow, 2 * width : draws["units"].shape[-1]]
    draws["units"] = draws["units"][..., keep]
    with_bounds, without = rows(same, draws), rows(made_up, draws)
    seen = len(without.outcome)
    np.testing.assert_array_equal(with_bounds.expected[:, :seen], without.expected)
    np.testing.assert_array_equal(with_bounds.log_likelihood()[:, :seen], without.log_likelihood())


@pytest.mark.slow
def test_it_is_the_density_that_is_sampled(made_up, made_up_draws):
    built = model.build(made_up)
    compiled = built.compile_logp(vars=built.observed_RVs, mode="FAST_COMPILE")
    law = rows(made_up, made_up_draws).log_likelihood().sum(axis=1)
    for place in (0, 57):
        point = {name: values[0, place] for name, values in made_up_draws.items()}
        assert float(compiled(point)) == pytest.approx(law[place])


@pytest.mark.slow
def test_it_is_that_of_a_trend_that_fades_much(made_up, made_up_draws):
    drawn = {name: values.copy() for name, values in made_up_draws.items()}
    names = list(model.COEFFICIENTS)
    drawn["coefficients"][..., names.index("floor_share")] = -1.0
    drawn["coefficients"][..., names.index("fade_time")] = 1.2
    built = model.build(made_up)
    compiled = built.compile_logp(vars=built.observed_RVs, mode="FAST_COMPILE")
    point = {name: values[0, 0] for name, values in drawn.items()}
    assert float(compiled(point)) == pytest.approx(rows(made_up, drawn).log_likelihood()[0].sum())
