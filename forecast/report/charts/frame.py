"""Where data stand on axes, known without drawing anything: the ground on which labels are set apart."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in points from the lower left corner of the axes."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def distance(self, x: float, y: float) -> float:
        """From the nearest point of the rectangle."""
        return math.hypot(max(self.left - x, 0.0, x - self.right), max(self.bottom - y, 0.0, y - self.top))


@dataclass(frozen=True)
class Frame:
    """Where data stand on the axes, known without drawing anything."""

    first: float
    last: float
    low: float
    high: float
    log: bool
    width: float
    height: float

    def across(self, x: float) -> float:
        """A date as a share of the width."""
        return (x - self.first) / (self.last - self.first)

    def up(self, y: float) -> float:
        """A value as a share of the height."""
        if self.log:
            return math.log(y / self.low) / math.log(self.high / self.low)
        return (y - self.low) / (self.high - self.low)
