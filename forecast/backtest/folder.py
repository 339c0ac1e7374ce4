"""The folder that a backtest leaves: scores as a table and as JSON, the chart, and a record of what was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from forecast import __version__
from forecast.backtest import Backtest
from forecast.backtest.combination import Comparison
from forecast.backtest.tables import caution, document, scores_csv
from forecast.report import folder


def write(
    result: Backtest,
    place: Path,
    *,
    force: bool = False,
    method: str = "forecast",
    compared: Comparison | None = None,
) -> None:
    """Write scores.csv, backtest.json, backtest.svg and backtest.png, all of them or none.

    Args:
        result: The backtest.
        place: The folder.
        force: Write into a folder with files of others, which stay.
        method: Whose forecasts are judged.
        compared: The candidate models, if they were compared.

    Raises:
        OutputExistsError: The folder holds files that this program did not write.
        WriteError: It cannot be written to.
    """
    from forecast.report.charts.calibration import alt_text_calibration, calibration_figure
    from forecast.report.charts.render import render
    from forecast.report.style import house_style

    with house_style():
        figure = calibration_figure(result.scores, method=method, note=caution(result))
        drawn = render(
            figure,
            title="Forecasts from old dates, beside what came out",
            description=alt_text_calibration(result.scores, method=method),
        )
    files = {
        "scores.csv": scores_csv(result).encode(),
        "backtest.json": (
            json.dumps(document(result, method=method, compared=compared), indent=2) + "\n"
        ).encode(),
        **{f"backtest.{suffix}": content for suffix, content in drawn.items()},
    }
    with folder.staged(place, force=force) as stage:
        for name, content in files.items():
            (stage / name).write_bytes(content)
        record = {
            "format": 1,
            "forecast": __version__,
            "command": "backtest",
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        }
        (stage / folder.RECORD).write_bytes((json.dumps(record, indent=2) + "\n").encode())
