"""The folder that a report on the fit leaves: text, JSON, charts, and a record of what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forecast import __version__
from forecast.fit.calibration import Calibration, Verdict
from forecast.fit.priors import Contrast
from forecast.report import folder


def write_trust(
    place: Path,
    *,
    lines: Sequence[str],
    document: Mapping[str, Any],
    contrasts: Sequence[Contrast],
    subtitle: str,
    force: bool = False,
) -> tuple[str, ...]:
    """Write the report on a fit: report.txt, report.json and the chart of priors and posteriors.

    Args:
        place: The folder.
        lines: The report in words.
        document: The report as plain data.
        contrasts: The parameters before and after the data.
        subtitle: Which fit this is.
        force: Write into a folder with files of others, which stay.

    Returns:
        The names of the files.

    Raises:
        OutputExistsError: The folder holds files that this program did not write.
        WriteError: It cannot be written to.
    """
    from forecast.report.charts.posterior import alt_text_posterior, posterior_figure
    from forecast.report.charts.render import render
    from forecast.report.style import house_style

    with house_style():
        drawn = render(
            posterior_figure(contrasts, subtitle=subtitle),
            title="What the data made of the priors",
            description=alt_text_posterior(contrasts),
        )
    files = {
        "report.txt": ("\n".join(lines) + "\n").encode(),
        "report.json": (json.dumps(document, indent=2) + "\n").encode(),
        **{f"prior_posterior.{suffix}": content for suffix, content in drawn.items()},
    }
    return _write(place, files, "fit --report", force=force)


def write_calibration(
    place: Path,
    calibration: Calibration,
    verdicts: tuple[Verdict, ...],
    *,
    document: Mapping[str, Any],
    force: bool = False,
) -> tuple[str, ...]:
    """Write a calibration: ranks.csv, calibration.json and the chart of the ranks.

    Args:
        place: The folder.
        calibration: The ranks.
        verdicts: How uniform they are.
        document: The same as plain data.
        force: Write into a folder with files of others, which stay.

    Returns:
        The names of the files.

    Raises:
        OutputExistsError: The folder holds files that this program did not write.
        WriteError: It cannot be written to.
    """
    from forecast.report.charts.ranks import alt_text_ranks, ranks_figure
    from forecast.report.charts.render import render
    from forecast.report.style import house_style

    with house_style():
        drawn = render(
            ranks_figure(calibration, verdicts),
            title="Simulation-based calibration of the fit",
            description=alt_text_ranks(calibration, verdicts),
        )
    names = list(calibration.ranks)
    rows = (
        [str(number), *(str(calibration.ranks[name][number]) for name in names)]
        for number in range(calibration.fits)
    )
    table = [",".join(row) for row in (["history", *names], *rows)]
    files = {
        "ranks.csv": ("\n".join(table) + "\n").encode(),
        "calibration.json": (json.dumps(document, indent=2) + "\n").encode(),
        **{f"ranks.{suffix}": content for suffix, content in drawn.items()},
    }
    return _write(place, files, "fit --calibrate", force=force)


def _write(place: Path, files: Mapping[str, bytes], command: str, *, force: bool) -> tuple[str, ...]:
    record = {
        "format": 1,
        "forecast": __version__,
        "command": command,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    with folder.staged(place, force=force) as stage:
        for name, content in files.items():
            (stage / name).write_bytes(content)
        (stage / folder.RECORD).write_bytes((json.dumps(record, indent=2) + "\n").encode())
    return tuple(sorted(files))
