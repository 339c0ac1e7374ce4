"""Studies of one scenario, from file to folder: what matters, sweeps over assumptions, runs with other beliefs."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from forecast import __version__, drivers, observations
from forecast.errors import UsageError
from forecast.fit import fit
from forecast.model import graph
from forecast.report import folder, studies, tables
from forecast.report.dataset import read_trajectories
from forecast.reweight import LEAST_SIZE, Reweighted, input_name, read_beliefs, reweight
from forecast.run import LIBRARIES, lab_names, resolve, versions
from forecast.samplers import Sampler, Spread
from forecast.sensitivity import Sensitivity, analyse, question, target
from forecast.sweep import VARIABLES, Design, Sweep, axis, design, sweep

FORMAT = 1
"""Version of the layout of a study's `run.json`."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class _Place:
    """Where a study goes."""

    folder: Path | None
    force: bool
    started: datetime


@folder.claiming
def sensitivity_of(
    path: Path,
    *,
    variable: str = "training_cost",
    year: int | None = None,
    questions: Sequence[str] = (),
    draws: int = 20_000,
    seed: int = 1,
    out: Path | None = None,
    as_of: date | None = None,
    charts: bool = True,
    force: bool = False,
    overrides: Sequence[str] = (),
    workers: int = 0,
    cluster: str = "",
    progress: Progress = lambda _: None,
) -> Sensitivity:
    """Which inputs of a scenario matter for a target, and which would be worth knowing to answer questions.

    Args:
        path: The scenario file.
        variable: The target; one number for the whole world in each year.
        year: Its year; the last one by default.
        questions: Questions in one of the forms of `forecast.sensitivity.FORMS`; by default whether the record run
            costs the scenario's greatest threshold by the target's year.
        draws: The number of paths.
        seed: The seed of every random stream.
        out: The folder of the results; None keeps them in memory.
        as_of: Forecast from what was known on this date instead of the scenario's own.
        charts: Whether charts are drawn.
        force: Write into a folder that holds files of others.
        overrides: Assumptions laid over the file.
        workers: The number of processes; 0 means as many as pay. Results do not depend on it.
        cluster: The address of a Dask scheduler whose workers compute instead.
        progress: Told what is being done.

    Raises:
        ForecastError: Any mistake in the input, a fit that does not converge, a folder that cannot be written.
    """
    place = _place(out, force=force)
    scenario = resolve(path, as_of=as_of, overrides=overrides)
    axes = drivers.coordinates(scenario)
    wanted = target(variable, year, graph(), axes)
    asked = questions or (
        [f"training_cost >= {scenario.thresholds[-1]:g} by {wanted.year}"] if scenario.thresholds else []
    )
    parsed = [question(text, graph(), axes) for text in asked]
    posterior = fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of, progress=progress)
    found = analyse(
        scenario,
        posterior,
        wanted,
        parsed,
        draws=draws,
        seed=seed,
        workers=workers,
        cluster=cluster,
        progress=progress,
    )
    if out is not None:
        texts = {
            "shares.csv": studies.shares_csv(found),
            "tornado.csv": studies.tornado_csv(found),
            "knowing.csv": studies.knowing_csv(found.answers),
        }
        pictures: dict[str, bytes] = {}
        if charts:
            progress("drawing charts")
            from forecast.report.charts.sensitivity import draw_sensitivity

            pictures = draw_sensitivity(found, lab_names(scenario))
        about = {
            "study": "sensitivity",
            "target": {"variable": wanted.variable, "year": wanted.year},
            "questions": [each.text for each in parsed],
        }
        _store(place, texts, pictures, {**about, "scenario": scenario.plain()}, found.attributes)
    return found


@folder.claiming
def sweep_of(
    path: Path,
    ranges: Sequence[str],
    *,
    kind: Design = "grid",
    points: int = 0,
    variables: Sequence[str] = (),
    year: int | None = None,
    draws: int = 4096,
    seed: int = 1,
    out: Path | None = None,
    as_of: date | None = None,
    charts: bool = True,
    force: bool = False,
    overrides: Sequence[str] = (),
    sampler: Sampler = "random",
    workers: int = 0,
    cluster: str = "",
    progress: Progress = lambda _: None,
) -> Sweep:
    """What follows from each value of some assumptions.

    Args:
        path: The scenario file.
        ranges: Texts such as ``algorithmic_growth=1.5x/yr:10x/yr:5``.
        kind: A grid of all combinations, a Latin hypercube or a Sobol sequence.
        points: The number of points, unless it is a grid.
        variables: Variables that are told of each point.
        year: The year of the charts; the last one by default.
        draws: The number of paths at each point.
        seed: The seed of every random stream.
        out: The folder of the results; None keeps them in memory.
        as_of: Forecast from what was known on this date instead of the scenario's own.
        charts: Whether charts are drawn.
        force: Write into a folder that holds files of others.
        overrides: Assumptions laid over the file at all points.
        sampler: How the draws at each point are spread (`forecast.samplers`).
        workers: The number of processes that compute points; 0 means as many as pay. Results do not depend on it.
        cluster: The address of a Dask scheduler whose workers compute points.
        progress: Told what is being done.

    Raises:
        ForecastError: Any mistake in the input, a fit that does not converge, a folder that cannot be written.
    """
    place = _place(out, force=force)
    axes = [axis(text) for text in ranges]
    if not axes:
        raise UsageError("nothing is swept; give --set name=low:high:number")
    design(axes, kind, points=points, seed=seed)
    Spread.of(sampler, draws)
    scenario = resolve(path, as_of=as_of, overrides=overrides)
    shown = scenario.last_year if year is None else year
    if shown not in scenario.years:
        raise UsageError(f"{shown} is outside the forecast, {scenario.first_year} to {scenario.last_year}")
    posterior = fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of, progress=progress)
    found = sweep(
        lambda point: resolve(path, as_of=as_of, overrides=(*overrides, *point)),
        axes,
        posterior,
        kind=kind,
        points=points,
        variables=tuple(variables) or VARIABLES,
        draws=draws,
        seed=seed,
        sampler=sampler,
        workers=workers,
        cluster=cluster,
        progress=progress,
    )
    if out is not None:
        pictures: dict[str, bytes] = {}
        if charts:
            progress("drawing charts")
            from forecast.report.charts.sweep import draw_sweep

            pictures = draw_sweep(found, shown)
        about = {"study": "sweep", "design": kind, "ranges": list(ranges), "points": len(found.points)}
        _store(
            place,
            {"sweep.csv": studies.sweep_csv(found)},
            pictures,
            {**about, "scenario": scenario.plain()},
            found.attributes,
        )
    return found


@folder.claiming
def reweight_of(
    run: Path,
    driver: str,
    beliefs: Path,
    *,
    least_size: float = LEAST_SIZE,
    out: Path | None = None,
    force: bool = False,
    progress: Progress = lambda _: None,
) -> Reweighted:
    """A finished run seen with somebody's beliefs about one of its drivers.

    Args:
        run: The folder of the run.
        driver: One of its inputs with one value a path.
        beliefs: A CSV file with the columns ``probability`` and ``value``.
        least_size: The effective sample size below which the result is refused.
        out: The folder of the results; None keeps them in memory.
        force: Write into a folder that holds files of others.
        progress: Told what is being done.

    Raises:
        ForecastError: The folder holds no run, a mistake in the beliefs, too small an effective sample.
    """
    place = _place(out, force=force)
    progress(f"reading {run}")
    trajectories = read_trajectories(run / "trajectories.nc")
    unit = trajectories.variables[input_name(trajectories, driver)].unit
    believed = read_beliefs(beliefs, unit)
    progress(f"weighing {trajectories.draws:,} paths")
    found = reweight(trajectories, driver, believed, thresholds=_thresholds(run), least_size=least_size)
    if out is not None:
        texts = {
            "summary.csv": tables.summary_csv(found.summary),
            "affordability.csv": tables.affordability_csv(found.summary, {}),
            "thresholds.csv": tables.thresholds_csv(found.summary),
            "beliefs.csv": studies.beliefs_csv(found),
            "weights.csv": studies.weights_csv(found),
        }
        about = {
            "study": "reweight",
            "driver": driver,
            "beliefs": [list(pair) for pair in zip(believed.probabilities, believed.values, strict=True)],
            "effective_sample_size": found.effective_size,
            "run_digest": _digest(run / "trajectories.nc"),
        }
        _store(place, texts, {}, about, found.summary.attributes)
    return found


def _thresholds(run: Path) -> tuple[float, ...]:
    try:
        record = json.loads((run / folder.RECORD).read_text(encoding="utf-8"))
        return tuple(float(value) for value in record["scenario"]["thresholds"])
    except (OSError, ValueError, KeyError, TypeError):
        # A folder that lost its record still holds the paths; only the thresholds are unknown.
        return ()


def _place(out: Path | None, *, force: bool) -> _Place:
    return _Place(out, force, datetime.now(UTC))


def _store(
    place: _Place,
    texts: Mapping[str, str],
    pictures: Mapping[str, bytes],
    about: Mapping[str, object],
    attributes: Mapping[str, str],
) -> None:
    if place.folder is None:
        return
    with folder.staged(place.folder, force=place.force) as stage:
        for name, text in texts.items():
            (stage / name).write_bytes(text.encode("utf-8"))
        if pictures:
            (stage / "charts").mkdir()
        for name, content in pictures.items():
            (stage / "charts" / name).write_bytes(content)
        files = sorted(path for path in stage.rglob("*") if path.is_file())
        record = {
            "format": FORMAT,
            "forecast": __version__,
            "started": place.started.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            **about,
            "attributes": dict(attributes),
            "python": platform.python_version(),
            "versions": dict(versions(LIBRARIES)),
            "files": {path.relative_to(stage).as_posix(): _digest(path) for path in files},
        }
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        (stage / folder.RECORD).write_bytes(text.encode("utf-8"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
