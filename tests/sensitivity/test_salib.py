"""The estimators against an independent implementation, SALib, on the same function."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from SALib.analyze import rbd_fast, sobol
from SALib.sample import sobol as design

from forecast.sensitivity.shares import explained

PROBLEM = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}


def _shares_module():
    spec = importlib.util.spec_from_file_location("shares_oracle", Path(__file__).parent / "test_shares.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ours():
    return _shares_module()


@pytest.mark.parametrize(("kind", "theirs"), [("first", "S1"), ("total", "ST")])
def test_shares_agree_with_salibs_sobol_indices(ours, kind, theirs):
    points = design.sample(PROBLEM, 2048, calc_second_order=False, seed=1)
    values = ours.ishigami(dict(zip("abc", points.T, strict=True)))
    found = sobol.analyze(PROBLEM, values, calc_second_order=False, seed=1)
    shares = ours.shares_of(ours.ishigami, ours.uniform, kind)
    for place, name in enumerate("abc"):
        error = np.hypot(4 * shares[name].error, 2 * found[f"{theirs}_conf"][place])
        assert shares[name].value == pytest.approx(found[theirs][place], abs=error + 1e-3)


def test_first_order_shares_from_given_draws_agree_with_salibs(ours):
    generator = np.random.default_rng(8)
    draws = generator.uniform(-np.pi, np.pi, (3, 20_000))
    values = ours.ishigami(dict(zip("abc", draws, strict=True)))
    theirs = rbd_fast.analyze(PROBLEM, draws.T, values, seed=1)["S1"]
    own = explained(draws, values[np.newaxis], batches=20, seed=1)
    for place in range(3):
        assert own[place][0].value == pytest.approx(theirs[place], abs=0.02)
