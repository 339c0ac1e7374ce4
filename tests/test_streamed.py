"""The summary that keeps no path: merged in any grouping to the same bits, and as right as the sorted one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.summary.histogram import Histogram, bits_to_leave, folded, keys
from forecast.summary.moments import Moments, Node, node
from forecast.summary.quantiles import from_order, quantiles

GENERATOR = np.random.default_rng(11)
N = 60_000
COLUMNS = {
    "lognormal": np.exp(2.0 * GENERATOR.standard_normal(N)) * 1e9,
    "both signs": GENERATOR.standard_normal(N),
    "heavy tails": GENERATOR.standard_t(2.0, N),
    "narrow": 0.98 + 1e-6 * GENERATOR.random(N),
    "an atom at the end": np.minimum(1.0, 0.5 + GENERATOR.random(N)),
    "an atom inside": np.where(GENERATOR.random(N) < 0.4, 1.0, np.exp(GENERATOR.standard_normal(N))),
    "zeros": np.maximum(GENERATOR.standard_normal(N), 0.0),
    "counts": GENERATOR.integers(0, 19, N).astype(float),
    "a constant": np.full(N, 0.9),
    "huge and tiny": 10.0 ** GENERATOR.uniform(-60.0, 60.0, N),
}


BITS = {name: bits_to_leave(values[:4096]) for name, values in COLUMNS.items()}


def counted(values: np.ndarray, bits: int) -> Histogram:
    found = Histogram(bits)
    for start in range(0, len(values), 4096):
        found.add(keys(values[start : start + 4096]))
    return found


def test_saturated_shares_are_told_as_finely_as_small_ones() -> None:
    shares = 1.0 / (1.0 + np.exp(-4.0 * GENERATOR.standard_normal(N) - 6.0))
    shares[: N // 50], shares[N // 50 : N // 40] = 1.0, 0.0
    for values in (shares, 1.0 - shares):
        found = Histogram(bits_to_leave(np.abs(folded(values[:4096]))), share=True)
        for start in range(0, N, 4096):
            found.add(keys(folded(values[start : start + 4096])))
        exact, errors = quantiles(values)
        assert np.all(np.abs(from_order(found.order_statistics, N)[0] - exact) <= 0.3 * errors)
        np.testing.assert_array_equal(found.order_statistics([0, N - 1]), [0.0, 1.0])


def state(histogram: Histogram) -> tuple[object, ...]:
    buckets, counts = histogram.buckets()
    return histogram.shift, histogram.least, histogram.largest, buckets.tolist(), counts.tolist()


@given(arrays(float, st.integers(2, 60), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_keys_stand_in_the_order_of_the_values(values: np.ndarray) -> None:
    found = keys(values)
    for first, second, one, other in zip(values, values[1:], found, found[1:], strict=False):
        assert (first < second) == (one < other)
        assert (first == second) == (one == other)


@pytest.mark.parametrize("name", COLUMNS)
def test_quantiles_differ_from_sorted_ones_by_less_than_their_error(name: str) -> None:
    values = COLUMNS[name]
    exact, errors = quantiles(values)
    found, found_errors = from_order(counted(values, BITS[name]).order_statistics, len(values))
    assert np.all(np.abs(found - exact) <= 0.3 * errors)
    np.testing.assert_allclose(found_errors, errors, rtol=0.15, atol=1e-300)


@pytest.mark.parametrize("name", ["an atom at the end", "counts", "a constant"])
def test_few_values_and_round_ones_are_told_exactly(name: str) -> None:
    values = COLUMNS[name]
    exact, _ = quantiles(values)
    found, _ = from_order(counted(values, BITS[name]).order_statistics, len(values))
    told_exactly = np.isin(exact, [1.0, 0.9]) | (name == "counts")
    np.testing.assert_array_equal(found[told_exactly], exact[told_exactly])
    assert told_exactly.any()


@settings(max_examples=40)
@given(st.data())
def test_histograms_merge_to_the_same_counts_in_any_order_and_grouping(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(COLUMNS)))
    values, bits = COLUMNS[name][: data.draw(st.integers(1, 20_000))], BITS[name]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=6)))
    pieces = [each for each in np.split(values, cuts) if each.size]
    order = data.draw(st.permutations(range(len(pieces))))
    left = Histogram(bits)
    for place in order:
        left.merge(counted(pieces[place], bits))
    right = counted(pieces[order[-1]], bits)
    for place in order[:-1]:
        right.merge(counted(pieces[place], bits))
    whole = counted(values, bits)
    assert state(left) == state(right) == state(whole)
    assert state(Histogram.of(whole.shift, (whole.least, whole.largest), *whole.buckets())) == state(whole)


@settings(max_examples=40)
@given(st.data())
def test_moments_merge_to_the_same_bits_in_any_order_and_grouping(data: st.DataObject) -> None:
    blocks = data.draw(st.integers(1, 33))
    values = np.exp(np.random.default_rng(blocks).standard_normal((blocks, 3, 50)))
    order = data.draw(st.permutations(range(blocks)))
    parts = [Moments() for _ in range(data.draw(st.integers(1, 5)))]
    for place, block in enumerate(order):
        parts[place % len(parts)].add(0, block, node(values[block]))
    merged = Moments()
    for part in data.draw(st.permutations(parts)):
        merged.merge(part)
    serial = Moments()
    for block in range(blocks):
        serial.add(0, block, node(values[block]))
    found, expected = merged.total(), serial.total()
    np.testing.assert_array_equal(found.mean, expected.mean)
    np.testing.assert_array_equal(found.squares, expected.squares)
    assert len(serial.nodes) <= blocks.bit_length()
    flat = np.concatenate(values, axis=-1)
    np.testing.assert_allclose(expected.mean, flat.mean(axis=-1), rtol=1e-12)
    np.testing.assert_allclose(expected.squares / expected.size, flat.var(axis=-1), rtol=1e-10)


def test_a_large_mean_does_not_hide_a_small_spread() -> None:
    one = Node(2, np.array([1e9]), np.array([0.5]))
    both = one.joined(Node(2, np.array([1e9 + 1.0]), np.array([0.5])))
    assert both == Node(4, np.array([1e9 + 0.5]), np.array([2.0]))
