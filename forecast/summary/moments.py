"""Means and variances of any number of columns, the same to the last bit however their blocks were grouped.

Sums of floating-point numbers depend on their order. So blocks are always joined in the same pairs: two neighbours
whose common block number they halve, then pairs of pairs, as in a binary counter. What is kept is one
node for each run of blocks that has no partner yet, so room grows with the logarithm of the number of blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """The number of values in some blocks, their mean, and their sum of squared deviations, by column."""

    size: int
    mean: Column
    squares: Column

    def joined(self, later: Node) -> Node:
        """Both together (Chan, Golub and LeVeque 1983)."""
        size = self.size + later.size
        share = later.size / size
        step = later.mean - self.mean
        return Node(
            size,
            self.mean + share * step,
            self.squares + later.squares + step * step * (self.size * share),
        )


@dataclass
class Moments:
    """Nodes by their level and number: a node covers the ``2^level`` blocks from ``number * 2^level`` on."""

    nodes: dict[tuple[int, int], Node] = field(default_factory=dict)

    def add(self, level: int, number: int, node: Node) -> None:
        """Take in a node, and join all pairs that it completes."""
        while (partner := self.nodes.pop((level, number ^ 1), None)) is not None:
            node = partner.joined(node) if number & 1 else node.joined(partner)
            level, number = level + 1, number >> 1
        self.nodes[level, number] = node

    def merge(self, other: Moments) -> None:
        """Take in the nodes of other blocks."""
        for (level, number), node in sorted(other.nodes.items()):
            self.add(level, number, node)

    def total(self) -> Node:
        """All blocks together, joined in their order."""
        first, *rest = (self.nodes[key] for key in sorted(self.nodes, key=lambda key: key[1] << key[0]))
        for node in rest:
            first = first.joined(node)
        return first
