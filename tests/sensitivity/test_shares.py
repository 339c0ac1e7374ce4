"""The estimators against closed forms: Ishigami's function, and linear functions of correlated normals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from forecast.sensitivity.copula import copulas
from forecast.sensitivity.shares import explained, ratio_shares, step_products

BATCHES, ROWS = 400, 100


def ishigami(x: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.sin(x["a"]) + 7.0 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])


# Sobol' and Levitan 1999: variances of the parts for coefficients 7 and 0.1.
FIRST = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
SECOND, PAIR = 49 / 8, 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
WHOLE = FIRST + SECOND + PAIR


def shares_of(
    function: Callable[[Mapping[str, np.ndarray]], np.ndarray],
    draw: Callable[[np.random.Generator], dict[str, np.ndarray]],
    kind: str,
) -> dict[str, object]:
    """Shares of inputs by walks between two draws, known along random orders, first or last."""
    generator = np.random.default_rng(4)
    found = copulas(draw(np.random.default_rng(5)))
    names = list(draw(generator))
    parts, totals = np.zeros((BATCHES, len(names))), np.zeros(BATCHES)

    def state(known: Sequence[str], x: Mapping, y: Mapping) -> dict[str, np.ndarray]:
        values = {name: x[name] if name in known else y[name] for name in names}
        for copula in found:
            inside = [name for name in known if name in copula.names]
            rest = [name for name in copula.names if name not in known]
            values |= copula.mixed([*inside, *rest], len(inside), x, y)
        return values

    for batch in range(BATCHES):
        x, y = draw(generator), draw(generator)
        fx, fy = function(x), function(y)
        totals[batch] = (0.5 * (fx - fy) ** 2).sum()
        order = list(generator.permutation(names))
        for name in names:
            before = order[: order.index(name)] if kind == "shapley" else []
            if kind == "total":
                before = [each for each in names if each != name]
            ends = (function(state(known, x, y)) for known in (before, [*before, name]))
            parts[batch, names.index(name)] = step_products(fx, *ends).sum()
    return dict(zip(names, ratio_shares(parts, totals, seed=1), strict=True))


def uniform(generator: np.random.Generator) -> dict[str, np.ndarray]:
    return {name: generator.uniform(-np.pi, np.pi, ROWS * 4) for name in ("a", "b", "c", "idle")}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("first", {"a": FIRST, "b": SECOND, "c": 0.0}),
        ("total", {"a": FIRST + PAIR, "b": SECOND, "c": PAIR}),
        ("shapley", {"a": FIRST + PAIR / 2, "b": SECOND, "c": PAIR / 2}),
    ],
)
def test_ishigami(kind, expected):
    found = shares_of(ishigami, uniform, kind)
    for name, part in expected.items():
        assert found[name].value == pytest.approx(part / WHOLE, abs=4 * found[name].error + 1e-12), name
        assert found[name].error < 0.02
    assert found["idle"].value == 0.0
    if kind == "shapley":
        assert sum(each.value for each in found.values()) == pytest.approx(1.0, abs=1e-12)


RHO, SLOPES = 0.8, {"a": 1.0, "b": 1.0, "c": 2.0}
TOTAL = 1 + 1 + 4 + 2 * RHO * 2


def correlated(generator: np.random.Generator, rows: int = ROWS * 4) -> dict[str, np.ndarray]:
    a, b, e = generator.standard_normal((3, rows))
    return {"a": a, "b": b, "c": RHO * b + np.sqrt(1 - RHO**2) * e}


def linear(x: Mapping[str, np.ndarray]) -> np.ndarray:
    return sum(slope * x[name] for name, slope in SLOPES.items())


# Owen and Prieur 2017, section 3, and Iooss and Prieur 2019, section 4.1, for one pair of correlated inputs.
LINEAR = {
    "first": {"a": 1.0, "b": (1 + RHO * 2) ** 2, "c": (2 + RHO) ** 2},
    "total": {"a": 1.0, "b": 1 - RHO**2, "c": 4 * (1 - RHO**2)},
    "shapley": {
        "a": 1.0,
        "b": 1 + 2 * RHO + RHO**2 / 2 * (4 - 1),
        "c": 4 + 2 * RHO + RHO**2 / 2 * (1 - 4),
    },
}


@pytest.mark.parametrize("kind", LINEAR)
def test_linear_function_of_correlated_normals(kind):
    found = shares_of(linear, correlated, kind)
    for name, part in LINEAR[kind].items():
        assert found[name].value == pytest.approx(part / TOTAL, abs=4 * found[name].error + 0.01), (
            kind,
            name,
        )
        assert found[name].error < 0.02


def test_given_draws_explain_what_the_closed_form_says():
    x = correlated(np.random.default_rng(1), 20_000)
    idle = np.random.default_rng(2).standard_normal(20_000)
    outputs = np.stack([linear(x), ishigami({name: 2.0 * np.arctan(v) for name, v in x.items()})])
    found = explained(np.stack([*x.values(), idle]), outputs, batches=80, seed=1)
    for share, part in zip(found, LINEAR["first"].values(), strict=False):
        assert share[0].value == pytest.approx(part / TOTAL, abs=4 * share[0].error + 0.002)
    assert abs(found[3][0].value) < 4 * found[3][0].error
    assert found[3][0].error < 0.005


def test_a_driver_that_decides_is_worth_all_and_an_idle_one_nothing():
    generator = np.random.default_rng(3)
    decides, idle = generator.uniform(size=(2, 20_000))
    answer = (decides > 0.37).astype(float)[np.newaxis]
    found = explained(np.stack([decides, idle]), answer, batches=80, seed=1)
    assert found[0][0].value == pytest.approx(1.0, abs=0.02)
    assert abs(found[1][0].value) < 4 * found[1][0].error


def test_coarse_inputs_are_not_credited_with_their_order_of_arrival():
    generator = np.random.default_rng(8)
    coin = generator.integers(0, 2, 10_000).astype(float)
    output = (3 * coin + generator.standard_normal(10_000))[np.newaxis]
    share = explained(coin[np.newaxis], output, batches=40, seed=1)[0][0]
    assert share.value == pytest.approx(2.25 / 3.25, abs=4 * share.error)
    trend = np.linspace(0.0, 1.0, 10_000)[np.newaxis]
    nothing = explained(coin[np.newaxis], trend, batches=40, seed=1)[0][0]
    assert abs(nothing.value) < 0.01


def test_nothing_varies_nothing_is_shared():
    assert explained(np.ones((1, 200)), np.ones((1, 200)), batches=4, seed=1)[0][0].value == 0.0
    assert [each.value for each in ratio_shares(np.zeros((4, 2)), np.zeros(4), seed=1)] == [0.0, 0.0]


def test_conditional_draws_keep_margins_and_correlation():
    generator = np.random.default_rng(9)
    x, y = correlated(generator, 8000), correlated(generator, 8000)
    x["b"], y["b"] = np.exp(x["b"]), np.exp(y["b"])
    (copula,) = copulas(x)
    assert copula.names == ("b", "c")
    mixed = copula.mixed(["b", "c"], 1, x, y)
    assert np.array_equal(mixed["b"], x["b"])
    assert np.corrcoef(np.log(mixed["b"]), mixed["c"])[0, 1] == pytest.approx(RHO, abs=0.02)
    assert np.quantile(mixed["c"], [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(x["c"], [0.1, 0.5, 0.9]), abs=0.06
    )
    assert copula.mixed(["b", "c"], 0, x, y)["c"] is y["c"]
    assert copula.mixed(["c", "b"], 2, x, y)["c"] is x["c"]
