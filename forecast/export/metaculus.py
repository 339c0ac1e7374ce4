"""The answer to one numeric question as 201 heights of a cumulative distribution, as Metaculus takes it.

The points stand at equal steps of the question's scale, plain or logarithmic, from its lower to its upper end. At a
closed end the distribution is 0 or 1, and paths beyond it are left out; beyond an open end at least 0.1% remains. Each
step rises by at least 0.005% (1% spread evenly) and by at most 20%: the forecast is mixed with the even distribution
until it obeys, and the file says by how much.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from forecast.errors import UsageError
from forecast.export.finished import Options, Run, chosen, unit_with_base
from forecast.units import Array

POINTS = 201
LEAST_TAIL = 0.001
LEAST_STEP = 0.01 / (POINTS - 1)
MOST_STEP = 0.2


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """One JSON file.

    Raises:
        UsageError: More than one variable, a year outside the forecast, or a range that is none.
    """
    variables = chosen(run, options.variables, ("training_cost",))
    mistakes = []
    if len(variables) != 1:
        mistakes.append("a question asks about one variable; give --variable once")
    year = run.years[-1] if options.year is None else options.year
    if year not in run.years:
        mistakes.append(
            f"--year {year} is outside the forecast; give one from {run.years[0]} to {run.years[-1]}"
        )
    low, high = options.low, options.high
    if low is None or high is None:
        mistakes.append("give the range of the question with --low and --high")
    elif not (math.isfinite(low) and math.isfinite(high) and low < high):
        mistakes.append(f"--low {low:g} is not below --high {high:g}")
    elif options.log and low <= 0:
        mistakes.append(
            f"--low {low:g} has no place on a logarithmic scale; give a positive number or leave out --log"
        )
    if mistakes or low is None or high is None:
        raise UsageError("\n".join(mistakes))
    (variable,) = variables
    values = run.trajectories[variable][run.years.index(year)].astype(float)
    where = np.geomspace(low, high, POINTS) if options.log else np.linspace(low, high, POINTS)
    opened = ("lower" in options.open_bounds, "upper" in options.open_bounds)
    heights, mixed = distribution(values, where, open_lower=opened[0], open_upper=opened[1])
    content = {
        "format": "forecast-metaculus-cdf-1",
        "question": f"{variable.replace('_', ' ')} in {year}",
        "unit": unit_with_base(run.trajectories.variables[variable].unit),
        "scaling": {
            "range_min": low,
            "range_max": high,
            # Metaculus writes a logarithmic scale by the value at which its logarithm would vanish.
            "zero_point": 0.0 if options.log else None,
            "open_lower_bound": opened[0],
            "open_upper_bound": opened[1],
        },
        "continuous_cdf": [round(float(height), 9) for height in heights],
        "even_share": mixed,
        "paths_below": float(np.mean(values < low)),
        "paths_above": float(np.mean(values > high)),
        "origin": run.origin,
    }
    (stage / "cdf.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def distribution(values: Array, where: Array, *, open_lower: bool, open_upper: bool) -> tuple[Array, float]:
    """Heights of the cumulative distribution of some values at some places, as the rules of the site want them.

    Args:
        values: The forecast, one value a path.
        where: Increasing places, the first and last being the ends of the range.
        open_lower: Whether an answer may lie below the first place.
        open_upper: Whether an answer may lie above the last place.

    Returns:
        The heights, and the share of the even distribution that was mixed in.

    Raises:
        UsageError: No path lies within a range that is closed at both ends.
    """
    low, high = where[0], where[-1]
    kept = np.sort(values[(open_lower | (values >= low)) & (open_upper | (values <= high))])
    if not len(kept):
        raise UsageError("no path lies within the range of the question; check --low, --high and the unit")
    below = float(np.mean(kept < low))
    heights = np.searchsorted(kept, where, side="right") / len(kept)
    even = np.linspace(0.0, 1.0, len(where))
    inside = heights[-1] - below
    within = (heights - below) / inside if inside > 0.0 else even
    # A value at the very end of a range that is closed there counts into the first step.
    within[0] = 0.0
    lowest = max(below, LEAST_TAIL) if open_lower else 0.0
    highest = min(float(heights[-1]), 1.0 - LEAST_TAIL) if open_upper else 1.0
    # Even where all paths lie beyond one end, each step within the range rises by the least.
    least = LEAST_STEP * (len(where) - 1)
    lowest = min(lowest, (1.0 - LEAST_TAIL if open_upper else 1.0) - least)
    highest = max(highest, lowest + least)
    room = highest - lowest
    steps = np.diff(within) * room
    flat = room / (len(where) - 1)
    share = LEAST_STEP / flat
    if (steep := float(steps.max())) > MOST_STEP:
        share = max(share, (steep - MOST_STEP) / (steep - flat))
    share = min(share, 1.0)
    return lowest + room * ((1.0 - share) * within + share * even), share
