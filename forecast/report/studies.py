"""The tables that studies of a scenario leave behind: sensitivity, sweeps and reweighted runs, as text."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.report.tables import LEVELS, csv_text
from forecast.reweight import Reweighted
from forecast.sensitivity import SOURCES, Answer, Sensitivity
from forecast.sweep import Sweep


def shares_csv(found: Sensitivity) -> str:
    """What each input contributes to the spread of the target, the greatest first, with 90% intervals."""
    header = (
        "input",
        "from",
        *(
            f"{kind}{end}"
            for kind in ("contribution", "alone", "if_all_else_were_known")
            for end in ("", "_low", "_high")
        ),
    )
    lines: list[Sequence[float | str]] = []
    for each in found.influences:
        parts = (each.shapley, each.first, each.total)
        numbers = [number for share in parts for number in (share.value, share.low, share.high)]
        lines.append([each.group.name, SOURCES[each.group.source], *numbers])
    lines += [[name, "no connection", *([0.0] * 9)] for name in found.without]
    return csv_text(header, lines)


def tornado_csv(found: Sensitivity) -> str:
    """The target with one input at either end, the widest swing first."""
    header = (
        "input",
        "from",
        "unit",
        "input_low",
        "input_high",
        "median_low",
        "median_high",
        "mean_low",
        "mean_high",
        "difference_error",
    )
    return csv_text(
        header,
        (
            (
                each.group.name,
                SOURCES[each.group.source],
                each.group.unit,
                each.swing.low_input,
                each.swing.high_input,
                each.swing.low_median,
                each.swing.high_median,
                each.swing.low_mean,
                each.swing.high_mean,
                each.swing.mean_error,
            )
            for each in found.influences
            if each.swing is not None
        ),
    )


def knowing_csv(answers: tuple[Answer, ...]) -> str:
    """What knowing each input would be worth for each question."""
    header = (
        "question",
        "probability",
        "input",
        "from",
        "value_of_knowing",
        "value_low",
        "value_high",
        "probability_movement",
        "contribution",
        "contribution_low",
        "contribution_high",
    )
    return csv_text(
        header,
        (
            (
                answer.question.text,
                answer.probability,
                each.group.name,
                SOURCES[each.group.source],
                each.value.value,
                each.value.low,
                each.value.high,
                each.movement,
                each.shapley.value,
                each.shapley.low,
                each.shapley.high,
            )
            for answer in answers
            for each in answer.knowing
        ),
    )


def sweep_csv(found: Sweep) -> str:
    """Every point of a sweep with what follows from it, one line a variable and year."""
    header = (
        "point",
        *(axis.path for axis in found.axes),
        "variable",
        "unit",
        "year",
        "mean",
        "mean_error",
        *LEVELS,
        *(f"{level}_error" for level in LEVELS),
    )
    return csv_text(
        header,
        (
            (
                number,
                *(axis.text(value) for axis, value in zip(found.axes, point.values, strict=True)),
                row.variable,
                row.unit,
                row.year,
                row.mean,
                row.mean_error,
                *row.quantiles,
                *row.quantile_errors,
            )
            for number, point in enumerate(found.points, start=1)
            for row in point.rows
        ),
    )


def beliefs_csv(found: Reweighted) -> str:
    """The driver's quantiles as the run drew them and as the beliefs weigh them."""
    return csv_text(
        ("driver", "unit", "seen", *LEVELS),
        (
            (found.driver, found.unit, seen, *values)
            for seen, values in (("run", found.before), ("believed", found.after))
        ),
    )


def weights_csv(found: Reweighted) -> str:
    """The weight of each path, 1 on average."""
    return csv_text(("draw", "weight"), enumerate(found.weights.tolist()))
