"""Fast quantile functions beside SciPy's, which are exact but slow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri, stdtrit

from forecast import compiled, inversion
from forecast.inversion import normal, student

GENERATOR = np.random.default_rng(7)
# The middle, both tails down to the last number that a stream gives, and both ends.
SHARES = np.concatenate(
    [
        GENERATOR.random(20_000),
        10.0 ** GENERATOR.uniform(-17.0, -0.31, 5_000),
        1.0 - 10.0 ** GENERATOR.uniform(-16.0, -0.31, 5_000),
        2.0 ** -np.arange(1.0, 54.0),
        [0.5, np.nextafter(0.5, 0.0), np.nextafter(0.5, 1.0), 2.0**-54, 1.0 - 2.0**-53],
    ]
)


def test_the_normal_quantile_is_that_of_scipy() -> None:
    np.testing.assert_allclose(normal(SHARES), ndtri(SHARES), rtol=0.0, atol=2e-11)


def test_machine_code_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_MANY_PATHS", [])
    plain, few = normal(SHARES), normal(SHARES[::50])
    compiled.hasten()
    np.testing.assert_array_equal(normal(SHARES).view(np.int64), plain.view(np.int64))
    monkeypatch.setattr(inversion, "machine_code", lambda loop: loop)
    np.testing.assert_array_equal(normal(SHARES[::50]).view(np.int64), few.view(np.int64))


def test_the_ends_are_infinite_and_the_middle_is_zero() -> None:
    np.testing.assert_array_equal(normal(np.array([0.0, 0.5, 1.0])), [-np.inf, 0.0, np.inf])


def test_the_normal_quantile_rises_with_the_share() -> None:
    found = normal(np.unique(SHARES))
    # Neighbouring parabolas meet within rounding.
    assert np.diff(found).min() > -1e-15


@given(st.floats(1e-12, 0.5))
def test_tails_mirror_each_other(share: float) -> None:
    assert normal(np.array(share)) == pytest.approx(-normal(np.array(1.0 - share)), abs=1e-4 * share / 1e-12)
    assert normal(np.array(share)).shape == ()


@pytest.mark.parametrize("freedom", [0.7, 1.0, 2.9, 3.0, 3.3, 5.0, 9.8, 40.0, 1e4, 1e9])
def test_the_student_quantile_is_that_of_scipy(freedom: float) -> None:
    inside = SHARES[(SHARES > 1e-14) & (SHARES < 1.0 - 1e-14)]
    np.testing.assert_allclose(student(freedom, inside), stdtrit(freedom, inside), rtol=1e-9, atol=1e-10)


def test_degrees_of_freedom_broadcast_and_every_number_stands_for_itself() -> None:
    shares, freedom = GENERATOR.random((6, 50)), 1.0 / GENERATOR.uniform(0.001, 0.6, 50)
    found = student(freedom, shares)
    assert found.shape == (6, 50)
    np.testing.assert_array_equal(found[2:4, 7:30], student(freedom[7:30], shares[2:4, 7:30]))
    np.testing.assert_array_equal(found[3, 4], student(freedom[4], shares[3, 4]))
    np.testing.assert_array_equal(normal(shares)[:, 3], normal(shares[:, 3]))
