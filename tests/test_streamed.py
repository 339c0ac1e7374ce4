"""The summary that keeps no path: merged in any grouping to the same bits, and as right as the sorted one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.compiled import machine_code
from forecast.shapes import Coordinates, Trajectories, Variable
from forecast.summary import histogram, summarise
from forecast.summary.counting import SLACK, count
from forecast.summary.histogram import Histograms, Marks, marks_for
from forecast.summary.moments import Moments, Node
from forecast.summary.quantiles import from_order, quantiles
from forecast.summary.streamed import Partial, resolution, told

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


def marks_of(name: str) -> tuple[Marks, ...]:
    return marks_for(COLUMNS[name][np.newaxis, :4096])


def counted(values: np.ndarray, marks: tuple[Marks, ...]) -> Histograms:
    found = Histograms(marks)
    for start in range(0, len(values), 4096):
        found.add(values[np.newaxis, start : start + 4096])
    return found


@pytest.mark.parametrize("share", [True, False])
def test_what_saturates_is_told_as_finely_as_small_numbers(*, share: bool) -> None:
    shares = 1.0 / (1.0 + np.exp(-4.0 * GENERATOR.standard_normal(N) - 6.0))
    shares[: N // 50], shares[N // 50 : N // 40] = 1.0, 0.0
    GENERATOR.shuffle(shares)
    for values in (shares, 1.0 - shares):
        marks = marks_for(values[np.newaxis, :4096], share=share)
        assert marks[0].folded
        at = counted(values, marks).order_statistics(0)
        exact, errors = quantiles(values)
        assert np.all(np.abs(from_order(at, N)[0] - exact) <= 0.3 * errors)
        np.testing.assert_array_equal(at(np.array([0, N - 1])), [0.0, 1.0])


def state(histograms: Histograms) -> tuple[object, ...]:
    return histograms.marks, *(each.tolist() for each in histograms.buckets(0))


@settings(max_examples=40)
@given(
    arrays(float, st.integers(2, 60), elements=st.floats(-1e150, 1e150)),
    st.sampled_from([Marks(0), Marks(1), Marks(40), Marks(46), Marks(46, repeats=True)]),
)
def test_buckets_hold_the_values_that_fall_into_them(values: np.ndarray, marks: Marks) -> None:
    found = counted(values, (marks,))
    codes, counts = found.buckets(0)
    assert counts.sum() == len(values)
    assert np.all(codes[:-1] < codes[1:])
    bottom, top = histogram._ends(codes, marks)
    assert np.all(bottom <= top)
    assert np.all(top[:-1] <= bottom[1:])
    inside = np.sort(values)
    slack = 2.0**-45 * np.abs(inside) if marks.repeats else np.zeros(len(values))
    low, high = np.repeat(bottom, counts), np.repeat(top, counts)
    assert np.all((low - slack <= inside) & (inside <= high + slack))
    if not marks.bits:
        np.testing.assert_array_equal(low, inside)


@settings(max_examples=30)
@given(st.data())
def test_the_compiled_loop_does_what_its_source_says(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(COLUMNS)))
    values = COLUMNS[name][: data.draw(st.integers(1, 300))][np.newaxis]
    (marks,) = marks_of(name)
    first = np.abs(values[:, 0]).view(np.int64) >> marks.bits
    found = []
    for way in (machine_code(count), count):
        near, zeros, ends = (np.zeros((1, size), dtype=np.int64) for size in (64, 1, 1))
        far, sums = np.zeros(values.shape, dtype=np.int64), np.zeros((2, 1))
        given_marks = np.array([marks.bits]), np.array([marks.repeats])
        assert way(
            values, values.view(np.int64), *given_marks, first - 16, near, zeros[0], far, ends[0], sums
        )
        found.append((near, zeros, far, ends, sums))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", COLUMNS)
def test_quantiles_differ_from_sorted_ones_by_less_than_their_error(name: str) -> None:
    values = COLUMNS[name]
    exact, errors = quantiles(values)
    found, found_errors = from_order(counted(values, marks_of(name)).order_statistics(0), len(values))
    assert np.all(np.abs(found - exact) <= 0.3 * errors)
    np.testing.assert_allclose(found_errors, errors, rtol=0.2, atol=1e-300)


@pytest.mark.parametrize("name", ["an atom at the end", "counts", "a constant"])
def test_few_values_and_round_ones_are_told_exactly(name: str) -> None:
    values = COLUMNS[name]
    exact, _ = quantiles(values)
    found, _ = from_order(counted(values, marks_of(name)).order_statistics(0), len(values))
    told_exactly = np.isin(exact, [1.0, 0.9]) | (name == "counts")
    np.testing.assert_array_equal(found[told_exactly], exact[told_exactly])
    assert told_exactly.any()


@settings(max_examples=40)
@given(st.data())
def test_histograms_merge_to_the_same_counts_in_any_order_and_grouping(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(COLUMNS)))
    values, marks = COLUMNS[name][: data.draw(st.integers(1, 20_000))], marks_of(name)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=6)))
    pieces = [each for each in np.split(values, cuts) if each.size]
    order = data.draw(st.permutations(range(len(pieces))))
    left = Histograms(marks)
    for place in order:
        left.merge(counted(pieces[place], marks))
    right = counted(pieces[order[-1]], marks)
    for place in order[:-1]:
        right.merge(counted(pieces[place], marks))
    whole = counted(values, marks)
    assert state(left) == state(right) == state(whole)
    assert state(Histograms.of(marks, [whole.buckets(0)])) == state(whole)


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


def test_columns_of_hardly_any_spread_are_counted_too() -> None:
    ulp = np.finfo(float).eps
    for values in (np.zeros(5000), 1.0 + ulp * (np.arange(5000) % 200)):
        at = counted(values, marks_for(values[np.newaxis, :4096])).order_statistics(0)
        np.testing.assert_allclose(
            at(np.arange(0, 5000, 100)), np.sort(values)[::100], rtol=0.0, atol=4.0 * ulp
        )


@pytest.mark.parametrize("repeats", [False, True])
@pytest.mark.parametrize("mark", [65_472, 65_473])
def test_values_at_the_ends_of_near_buckets_and_of_marks_are_counted_where_they_belong(
    mark: int, *, repeats: bool
) -> None:
    bits = 46
    first = mark * 2 if repeats else mark
    expected: dict[int, int] = {}
    found = []
    # From just below the first near bucket to just beyond the last; 2048 of them are near, or half as many marks.
    last = mark + (1023 if repeats else 2047)
    for place in (mark - 1, mark, last, last + 1):
        for off in (-SLACK - 1, -SLACK, 0, SLACK, SLACK + 1):
            size = (place << bits) + off
            told = 2 * place + (off > SLACK) - (off < -SLACK)
            code = told if repeats else 2 * (size >> bits) + 1
            for sign in (1, -1):
                expected[sign * code] = expected.get(sign * code, 0) + 1
                found.append(sign * np.array([size]).view(np.float64)[0])
    histograms = Histograms((Marks(bits, repeats, first=first),))
    histograms.add(np.array([found]))
    codes, counts = histograms.buckets(0)
    assert dict(zip(codes.tolist(), counts.tolist(), strict=True)) == expected


def test_counts_of_other_marks_are_refused() -> None:
    one, other = (Histograms((Marks(bits),)) for bits in (40, 41))
    with pytest.raises(ValueError, match=r"^the values of both were counted in different ways$"):
        one.merge(other)


@pytest.mark.parametrize("blocks", [1, 2, 3, 5, 7, 11, 12])
def test_moments_are_joined_in_the_pairs_of_a_binary_counter(blocks: int) -> None:
    generator = np.random.default_rng(blocks)
    nodes = [Node(50, generator.normal(size=300), generator.random(300)) for _ in range(blocks)]

    def pairs(some: list[Node]) -> Node:
        half = len(some) // 2
        return pairs(some[:half]).joined(pairs(some[half:])) if half else some[0]

    expected, start = None, 0
    for power in (8, 4, 2, 1):
        if blocks & power:
            run = pairs(nodes[start : start + power])
            expected, start = run if expected is None else expected.joined(run), start + power
    assert expected is not None
    found = Moments()
    for block in generator.permutation(blocks):
        found.add(0, int(block), nodes[block])
    total = found.total()
    assert total.size == 50 * blocks
    np.testing.assert_array_equal(total.mean, expected.mean)
    np.testing.assert_array_equal(total.squares, expected.squares)


def node(values: np.ndarray) -> Node:
    return Histograms([Marks(46)] * len(values)).add(values)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e200])
def test_what_is_no_number_or_cannot_be_squared_is_refused_by_name(wrong: float) -> None:
    values = np.full((2, 5), 1.0)
    values[1, 3] = wrong
    part = Partial({}, Coordinates((2026, 2027), (), (), ()), (), {"cost": (Marks(46), Marks(46))})
    with pytest.raises(FloatingPointError, match="cost: a value is no number, or too large"):
        part.add(0, [Variable("cost", values, ("year", "draw"), "USD", "Cost.")])


def test_a_small_spread_is_no_smaller_or_larger_than_it_is() -> None:
    np.testing.assert_allclose(node(np.array([[1e-3, 2e-3, 3e-3]])).squares, [2e-6], rtol=1e-12)
    np.testing.assert_array_equal(node(np.full((1, 7), 0.1)).squares, [0.0])


def test_a_large_mean_does_not_hide_a_small_spread() -> None:
    one = Node(2, np.array([1e9]), np.array([0.5]))
    both = one.joined(Node(2, np.array([1e9 + 1.0]), np.array([0.5])))
    assert both == Node(4, np.array([1e9 + 0.5]), np.array([2.0]))


AXES = Coordinates((2026, 2027, 2028), ("alpha", "beta"), ("web",), ("expert",))
THRESHOLDS = (0.5, 1.5)
BLOCKS, SIZE = 4, 500


def made_up() -> dict[str, Variable]:
    """Paths of every kind: amounts, shares with atoms at the ends, flags, by lab or not, by year or not."""
    generator, draws = np.random.default_rng(5), BLOCKS * SIZE
    labs, years = ("lab", "year", "draw"), ("year", "draw")
    values = {
        "training_cost": (np.exp(generator.normal(size=(3, draws))), years, "USD"),
        "run_budget": (np.exp(generator.normal(10.0, 2.0, (2, 3, draws))), labs, "USD"),
        "growth": (generator.normal(size=draws), ("draw",), "1/yr"),
        "raw_share": (generator.uniform(0.2, 0.9, (3, draws)), years, "share"),
        "entry_chance": (generator.uniform(0.2, 0.9, (3, draws)), years, "probability"),
        "automated_share": (np.clip(generator.normal(0.5, 0.4, (3, draws)), 0.0, 1.0), years, "share"),
        "affordable": (generator.integers(0, 2, (2, 3, draws)).astype(np.int8), labs, "yes/no"),
        "near_record": (generator.integers(0, 2, (2, 3, draws)).astype(np.int8), labs, "yes/no"),
        "money_binds": (generator.integers(0, 2, (3, draws)).astype(np.int8), years, "yes/no"),
    }
    return {
        name: Variable(name, array, dims, unit, f"{name}.") for name, (array, dims, unit) in values.items()
    }


def part_of(variables: dict[str, Variable], *blocks: int) -> Partial:
    part = Partial(variables, AXES, THRESHOLDS, resolution(variables))
    for block in blocks:
        here = slice(block * SIZE, (block + 1) * SIZE)
        part.add(block, [replace(each, values=each.values[..., here]) for each in variables.values()])
    return part


def test_counted_block_by_block_a_summary_is_that_of_all_paths_at_once() -> None:
    variables = made_up()
    exact = summarise(Trajectories(variables, AXES, {"scenario": "made up"}), thresholds=THRESHOLDS)
    found = part_of(variables, *range(BLOCKS)).summary({"scenario": "made up"})
    assert replace(found, rows=()) == replace(exact, rows=())
    assert [(row.variable, row.member, row.year, row.unit) for row in found.rows] == [
        (row.variable, row.member, row.year, row.unit) for row in exact.rows
    ]
    for one, other in zip(found.rows, exact.rows, strict=True):
        assert one.mean == pytest.approx(other.mean, rel=1e-12)
        assert one.mean_error == pytest.approx(other.mean_error, rel=1e-9)
        for value, expected, error in zip(one.quantiles, other.quantiles, other.quantile_errors, strict=True):
            assert abs(value - expected) <= max(0.5 * error, 1e-13 * abs(expected)), one
    assert told(variables) == [name for name in variables if name not in ("affordable", "near_record")]
    marks = resolution(variables)
    assert list(marks) == told(variables)
    assert {name: len(each) for name, each in marks.items()} == {
        "training_cost": 3, "run_budget": 6, "growth": 1, "raw_share": 3, "entry_chance": 3, "automated_share": 3,
        "money_binds": 3,
    }  # fmt: skip
    # What saturates is told near one as finely as near zero.
    folded = {name for name, each in marks.items() if any(mark.folded for mark in each)}
    assert folded == {"raw_share", "entry_chance", "automated_share", "money_binds"}


def test_parts_of_a_run_merge_to_it_to_the_bit_whatever_was_taken_in_first() -> None:
    variables = made_up()
    whole = part_of(variables, 0, 1, 2, 3)
    for first, second in (((0, 1), (2, 3)), ((3,), (1, 0, 2)), ((), (2, 3, 0, 1)), ((1, 3, 0, 2), ())):
        one, other = part_of(variables, *first), part_of(variables, *second)
        kept = other.summary({}) if second else None
        one.merge(other)
        assert one.blocks == {0, 1, 2, 3}
        assert one.summary({"seed": "1"}) == whole.summary({"seed": "1"})
        assert one.width == whole.width
        # What was merged in stays as it was, and what goes on afterwards does not reach it.
        assert kept is None or other.summary({}) == kept
    assert 0.0 < whole.width < 0.05


def test_a_block_counts_once_and_none_at_all_tells_nothing() -> None:
    variables = made_up()
    part = part_of(variables, 0, 2)
    with pytest.raises(ValueError, match=r"^blocks \[2\] are there already$"):
        part.add(2, [replace(each, values=each.values[..., :SIZE]) for each in variables.values()])
    with pytest.raises(ValueError, match=r"^blocks \[0, 2\] are there already$"):
        part.merge(part_of(variables, 2, 1, 0))
    with pytest.raises(ValueError, match=r"^no block has been taken in$"):
        part_of(variables).summary({})
