"""Whether stated correlations can hold all at once, and the nearest ones that can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A copula needs a matrix that can be factored; this keeps the nearest one clearly inside.
LEAST_EIGENVALUE = 1e-4


def nearest(pairs: Sequence[tuple[str, str, float]]) -> tuple[float, ...] | None:
    """The correlations nearest to the stated ones that can hold together, or nothing when those can.

    Pairs that are not stated are uncorrelated and stay so. Alternating projections (Higham 2002) between the matrices
    whose eigenvalues are all at least `LEAST_EIGENVALUE` and those with ones and zeros where they belong.

    Args:
        pairs: The two drivers and their correlation.

    Returns:
        Correlations in the order of `pairs`, rounded to three digits; none if the stated ones are possible.
    """
    import numpy as np

    names = sorted({name for first, second, _ in pairs for name in (first, second)})
    places = [(names.index(first), names.index(second)) for first, second, _ in pairs]
    stated = np.array([rho for _, _, rho in pairs], dtype=float)
    matrix = _matrix(places, stated, len(names))
    if np.linalg.eigvalsh(matrix)[0] >= LEAST_EIGENVALUE / 2:
        return None
    correction = np.zeros_like(matrix)
    current = matrix
    for _ in range(500):
        shifted = current - correction
        values, vectors = np.linalg.eigh(shifted)
        clipped = (vectors * np.maximum(values, 2 * LEAST_EIGENVALUE)) @ vectors.T
        correction = clipped - shifted
        current = _matrix(places, np.array([clipped[place] for place in places]), len(names))
    offered = np.trunc(np.array([current[place] for place in places]) * 1000) / 1000
    # Every step towards no correlation at all makes the matrix more possible, so this ends.
    while np.linalg.eigvalsh(_matrix(places, offered, len(names)))[0] < LEAST_EIGENVALUE / 2:
        offered = np.trunc(offered * 990) / 1000
    return tuple(float(rho) for rho in offered)


def _matrix(
    places: Sequence[tuple[int, int]], rho: NDArray[np.floating[Any]], size: int
) -> NDArray[np.float64]:
    import numpy as np

    matrix = np.eye(size)
    for (row, column), value in zip(places, rho, strict=True):
        matrix[row, column] = matrix[column, row] = value
    return matrix
