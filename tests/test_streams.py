"""Random numbers belong to a name: uniform, independent, and the same however they are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from forecast import compiled, streams
from forecast.streams import BLOCK, blocks, permutation, uniforms, uniforms_of_each

NAMES = ("price_performance_shock", "research_spending_now[openai]", "event chip squeeze", "a", "b")
PUBLISHED = [0.15896510288336546, 0.5005918924013331]


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_uniform_on_the_open_interval(name: str) -> None:
    numbers = uniforms(name, 1, 0, rows=6)
    assert numbers.shape == (6, BLOCK)
    assert 0.0 < numbers.min() < numbers.max() < 1.0
    assert kstest(numbers.ravel(), "uniform").pvalue > 0.001


def test_the_extremes_of_the_generator_stay_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    class Extreme:
        def random(self, *, out: np.ndarray) -> None:
            out[...] = 0.0
            out[:, ::2] = 1.0 - 2.0**-53

    monkeypatch.setattr(compiled, "_MANY_PATHS", [])
    monkeypatch.setattr(streams, "_source", lambda *_: Extreme())
    numbers = uniforms("a", 1, 0)
    assert numbers.min() > 0.0
    assert numbers.max() < 1.0


def test_a_stream_begins_anew_whoever_was_asked_before() -> None:
    for name, seed, block in (("a", 1, 0), ("b", 1, 7), ("a", 2, 0), ("a", 1, 0)):
        fresh = streams.generator(name, seed, block).random((2, BLOCK))
        np.testing.assert_allclose(uniforms(name, seed, block, rows=2), fresh, rtol=0.0, atol=2.0**-53)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "seed", "block"), [("a", 1, 0), ("b", 2**63, 7), (NAMES[1], 0, 2**40)])
def test_machine_code_draws_the_same_numbers(
    name: str, seed: int, block: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_MANY_PATHS", [])
    plain = uniforms(name, seed, block, rows)
    compiled.hasten()
    np.testing.assert_array_equal(uniforms(name, seed, block, rows).view(np.int64), plain.view(np.int64))
    several = uniforms_of_each(["c", name], seed, block, rows)
    np.testing.assert_array_equal(several[1].view(np.int64), plain.view(np.int64))


def test_the_extremes_of_machine_code_stay_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    from forecast import philox

    # Without a round the words stay what they are counted up from: nothing, and all bits of the block's number.
    monkeypatch.setattr(philox, "_ROUNDS", 0)
    numbers = np.empty((2, 3, 4))
    philox._fill(np.zeros((2, 2), dtype=np.uint64), np.uint64(2**64 - 1), numbers)
    np.testing.assert_array_equal(numbers[:, :, 1:3], 2.0**-54)
    np.testing.assert_array_equal(numbers[:, :, 3], 1.0 - 2.0**-53)


def test_a_product_of_two_words_is_that_of_whole_numbers() -> None:
    from forecast import philox

    generator = np.random.default_rng(3)
    words = [0, 1, 2**32 - 1, 2**32, 2**64 - 1, *generator.integers(0, 2**64, 200, dtype=np.uint64).tolist()]
    for word in words:
        for by in (philox._FIRST, philox._THIRD):
            upper, lower = philox._product(np.uint64(word), by)
            assert (int(upper) << 64) + int(lower) == word * ((int(by[0]) << 32) + int(by[1]))


def test_streams_are_independent_of_each_other() -> None:
    rows = [uniforms(name, 1, 0)[0] for name in NAMES]
    rows += [uniforms("a", 1, 1)[0], uniforms("a", 2, 0)[0], *uniforms("many", 1, 0, rows=4)]
    correlation = np.corrcoef(rows)
    off = correlation[~np.eye(len(rows), dtype=bool)]
    # 55 pairs: the largest of so many standard normal values is below four.
    assert np.abs(off).max() < 4.0 / np.sqrt(BLOCK)


def test_squares_of_streams_are_independent_too() -> None:
    rows = np.array([uniforms(name, 1, 0)[0] for name in NAMES])
    off = np.corrcoef((rows - 0.5) ** 2)[~np.eye(len(NAMES), dtype=bool)]
    assert np.abs(off).max() < 4.0 / np.sqrt(BLOCK)


@settings(max_examples=20)
@given(st.text(max_size=20), st.integers(0, 2**63), st.integers(0, 50), st.integers(1, 4), st.integers(1, 4))
def test_more_rows_leave_the_earlier_ones_as_they_were(
    name: str, seed: int, block: int, rows: int, more: int
) -> None:
    few, many = uniforms(name, seed, block, rows), uniforms(name, seed, block, rows + more)
    np.testing.assert_array_equal(few, many[:rows])


def test_a_block_is_the_same_whatever_was_drawn_before() -> None:
    forward = [uniforms("a", 1, block) for block in range(3)]
    backward = [uniforms("a", 1, block) for block in (2, 1, 0)][::-1]
    np.testing.assert_array_equal(forward, backward)


def test_blocks_names_and_seeds_share_no_number() -> None:
    drawn = [
        uniforms("a", 1, 0, rows=4),
        uniforms("a", 1, 1, rows=4),
        uniforms("a", 2, 0, rows=4),
        uniforms("b", 1, 0, rows=4),
        # The seed and the name must not run into each other in the key.
        uniforms("1a", 1, 0, rows=4),
        uniforms("a", 11, 0, rows=4),
    ]
    together = np.concatenate([each.ravel() for each in drawn])
    assert len(np.unique(together)) == together.size


def test_numbers_are_those_that_published_runs_used() -> None:
    # Written down from the first version: a change here changes every published figure, and belongs under Numbers.
    np.testing.assert_array_equal(uniforms("price_performance_shock", 1, 0)[0, :2], PUBLISHED)


@given(st.integers(0, 10 * BLOCK))
def test_blocks_hold_the_draws_and_no_more(draws: int) -> None:
    assert draws <= len(blocks(draws)) * BLOCK < draws + BLOCK


@settings(max_examples=20)
@given(st.text(max_size=10), st.integers(0, 100), st.integers(1, 5000))
def test_a_permutation_holds_every_number_once(name: str, seed: int, size: int) -> None:
    order = permutation(name, seed, size)
    np.testing.assert_array_equal(np.sort(order), np.arange(size))
    np.testing.assert_array_equal(order, permutation(name, seed, size))


def test_a_permutation_depends_on_name_and_seed() -> None:
    orders = {tuple(permutation(name, seed, 100)) for name in ("a", "b") for seed in (1, 2)}
    assert len(orders) == 4
    assert tuple(range(100)) not in orders
