"""The main job: from a scenario file to tables and charts in a folder."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from forecast import __version__, drivers, observations
from forecast.errors import UsageError, did_you_mean
from forecast.execution import (
    EXACT,
    Job,
    Part,
    finished,
    part_of,
    parts,
    paths_of,
    planned,
    room_for,
    tasks,
)
from forecast.execution.workers import each
from forecast.files import draft_prefix, refuse_other
from forecast.fit import fit, fit_history
from forecast.fit.own import own_history
from forecast.observations import Observations, layer
from forecast.observations.own import read
from forecast.report import folder, tables
from forecast.samplers import Sampler, Spread, even
from forecast.scenario import Scenario, load
from forecast.shapes import QUANTILES, Posterior, Summary, Trajectories
from forecast.simulation import Room
from forecast.streams import BLOCK, blocks
from forecast.threads import cores

FORMAT = 1
"""Version of the layout of `run.json`."""

FIRST_DRAWS, MOST_DRAWS = 4 * BLOCK, 10_000_000
"""How many draws a run begins with that shall be precise, and the most that it takes."""

LIBRARIES = (
    "numpy",
    "scipy",
    "pymc",
    "pytensor",
    "arviz",
    "nutpie",
    "numba",
    "xarray",
    "h5netcdf",
    "matplotlib",
)

# What a record says of draws that are spread evenly.
REPLICATED = ("replicates", "replicate_draws")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """A finished run: what was assumed, what came out and where it is, and what of a user's own runs was fitted."""

    scenario: Scenario
    posterior: Posterior
    trajectories: Trajectories
    summary: Summary
    folder: Path | None
    notes: tuple[str, ...] = ()


@folder.claiming
def run(
    path: Path | Scenario,
    *,
    draws: int = 20_000,
    seed: int = 1,
    out: Path | None = None,
    as_of: date | None = None,
    data: Path | None = None,
    charts: bool = True,
    force: bool = False,
    overrides: Sequence[str] = (),
    workers: int = 0,
    cluster: str = "",
    resume: bool = False,
    precision: float = 0.0,
    precise: Sequence[str] = ("training_cost",),
    sampler: Sampler = "random",
    progress: Progress = lambda _: None,
) -> Result:
    """Tables, charts and trajectories of one scenario.

    Args:
        path: The scenario file, or a scenario that is run as it is.
        draws: The number of paths.
        seed: The seed of every random stream.
        out: The folder of the results; None keeps them in memory.
        as_of: Forecast from what was known on this date instead of the scenario's own.
        data: A user's own training runs, which the trends are fitted to in place of ours.
        charts: Whether charts are drawn.
        force: Write into a folder that holds files of others.
        overrides: Assumptions laid over the file, such as ``algorithmic_growth=3x/yr``.
        workers: The number of processes that compute the paths; 0 means as many as pay. Results do not depend on it.
        cluster: The address of a Dask scheduler whose workers compute the paths.
        resume: Go on with the finished blocks of a run into the same folder that was cut short.
        precision: Choose ``draws`` so that this relative Monte Carlo error is reached, if at most `MOST_DRAWS` do.
        precise: The variables whose median and 90% interval shall be so precise in every year.
        sampler: How the draws are spread (`forecast.samplers`).
        progress: Told what is being done.

    Returns:
        The finished run.

    Raises:
        ForecastError: Any mistake in the input, a fit that does not converge, a folder that cannot be written.
    """
    started = datetime.now(UTC)
    if not precision:
        Spread.of(sampler, draws)
    scenario = path if isinstance(path, Scenario) else resolve(path, as_of=as_of, overrides=overrides)
    history = observations.load(as_of=scenario.as_of)
    notes: tuple[str, ...] = ()
    # Memory is asked for while the fit is read.
    alone = draws <= EXACT and not precision and workers <= 1 and not cluster
    room = room_for(scenario, draws) if alone else None
    if data is None:
        posterior = fit(history, as_of=scenario.as_of, progress=progress)
    else:
        own = own_history(read(data, history.price_index), history, as_of=scenario.as_of)
        posterior = fit_history(own.history, as_of=scenario.as_of, progress=progress).posterior
        history, notes = own.observations, own.notes
    if not precision:
        progress(f"simulating {draws:,} paths of {scenario.name}")
    else:
        progress(
            f"simulating paths of {scenario.name} until the Monte Carlo error is at most {precision:.2%}"
        )
        draws, worst = draws_for(
            Job(scenario, posterior, draws, seed, sampler=sampler),
            precision,
            precise,
            workers=workers,
            cluster=cluster,
            progress=progress,
        )
        if worst > precision:
            notes = (
                *notes,
                f"the Monte Carlo error is {worst:.2%} after {draws:,} paths, the most that are drawn",
            )
    job = Job(scenario, posterior, draws, seed, sampler=sampler)
    if resume and job.exact:
        told = (
            f"--resume does nothing here: a run of at most {EXACT:,} paths takes seconds and keeps no blocks"
        )
        notes = (*notes, told)
    store = None if out is None or job.exact else unfinished(out)
    if store is not None and not resume:
        store.unlink(missing_ok=True)
    clock = [time.perf_counter()]
    job = planned(job)
    part = computed(job, workers=workers, cluster=cluster, store=store, room=room, progress=progress)
    clock.append(time.perf_counter())
    trajectories, summary = finished(job, part)
    clock.append(time.perf_counter())
    if out is not None:
        with folder.staged(out, force=force) as stage:
            _write(stage, scenario, history, trajectories, summary, charts=charts, progress=progress)
            _record(stage, scenario, history, posterior, summary, started=started, clock=clock, data=data)
    if store is not None:
        store.unlink(missing_ok=True)
    return Result(scenario, posterior, trajectories, summary, out, notes)


def outcome(
    job: Job,
    *,
    workers: int = 0,
    cluster: str = "",
    store: Path | None = None,
    progress: Progress = lambda _: None,
) -> tuple[Trajectories, Summary]:
    """The kept paths and the summary of a job, whoever computes it; as `computed` and then `finished`."""
    job = planned(job)
    return finished(job, computed(job, workers=workers, cluster=cluster, store=store, progress=progress))


def computed(
    job: Job,
    *,
    workers: int = 0,
    cluster: str = "",
    store: Path | None = None,
    room: Room | None = None,
    progress: Progress = lambda _: None,
) -> Part:
    """All blocks of a job, whoever computes them.

    Args:
        job: The run, `planned`.
        workers: The number of processes; 0 means as many as pay.
        cluster: The address of a Dask scheduler whose workers compute.
        store: A file for the blocks that are finished, written anew as they come in. Blocks that it holds already are
            not computed again.
        room: Where the paths lie if they are kept and this process computes them.
        progress: Told what is being done.

    Raises:
        ScenarioError: The assumptions lead to numbers that cannot be computed with.
        WorkersError: Processes die again and again, or the scheduler cannot be reached.
        UsageError: The file holds blocks of another run.
    """
    # Starting a process takes as long as computing some ten thousand paths.
    workers = workers or (1 if job.exact else cores())
    whole = Part()
    if store is not None and store.exists():
        whole.merge(parts.read(store, job))
        progress(f"going on after {len(whole.blocks())} of {len(job.blocks)} blocks")
    todo = [task for task in tasks(job, workers) if not whole.blocks().intersection(task)]
    left = set(job.blocks) - whole.blocks() - {number for task in todo for number in task}
    todo += [range(number, number + 1) for number in sorted(left)]
    function = part_of if room is None else partial(part_of, room=room)
    for _, part in each(function, job, todo, workers=workers, cluster=cluster):
        whole.merge(part)
        if store is not None:
            parts.write(store, job, whole)
        if len(todo) > 1:
            done = min(len(whole.blocks()) * BLOCK, job.draws)
            progress(f"simulated {done:,} of {job.draws:,} paths of {job.scenario.name}")
    return whole


def draws_for(
    job: Job,
    precision: float,
    variables: Sequence[str],
    *,
    workers: int = 0,
    cluster: str = "",
    progress: Progress = lambda _: None,
) -> tuple[int, float]:
    """How many draws make some variables precise, and how precise they are then.

    The error falls with the root of the number of draws, so a first run says about how many it takes; a larger one then
    shows whether it did. A run of that many draws is no different from one that was asked for with ``--draws``.

    Args:
        job: The run; its own number of draws has no effect.
        precision: The Monte Carlo standard error over the value, for the median and both ends of the 90% interval.
        variables: Variables with a quantile for each year, or one for the path.
        workers: The number of processes; 0 means as many as pay.
        cluster: The address of a Dask scheduler whose workers compute.
        progress: Told what is being done.

    Raises:
        UsageError: An unknown variable.
    """
    # A random run may have any number of draws.
    draws, most = FIRST_DRAWS, MOST_DRAWS if job.sampler == "random" else even(MOST_DRAWS - BLOCK + 1)
    while True:
        _, summary = outcome(replace(job, draws=draws, marks={}), workers=workers, cluster=cluster)
        known = {row.variable for row in summary.rows}
        for name in variables:
            if name not in known:
                raise UsageError(
                    f'there is no variable "{name}" to be precise about{did_you_mean(name, known)}'
                )
        told = [
            (row.quantile_errors[place], abs(row.quantiles[place]))
            for row in summary.rows
            if row.variable in variables
            for place in (0, QUANTILES.index(0.5), -1)
        ]
        worst = max(error / value if value else (math.inf if error else 0.0) for error, value in told)
        progress(f"{draws:,} paths: error {worst:.2%}, wanted {precision:.2%}")
        if worst <= precision or draws >= most:
            return draws, worst
        # A tenth more, since the error is itself an estimate; a zero among the values never becomes precise.
        more = min(1.1 * draws * (worst / precision) ** 2, most)
        draws = max(math.ceil(more / BLOCK) * BLOCK, draws + BLOCK)
        draws = min(draws if job.sampler == "random" else even(draws), most)


def unfinished(out: Path) -> Path:
    """The hidden file beside a folder of results that holds the finished blocks of a long run until it is done."""
    return out.parent / f"{draft_prefix(out, 'blocks')}unfinished{parts.SUFFIX}"


def write_part(
    path: Path,
    numbers: tuple[int, int],
    *,
    draws: int = 20_000,
    seed: int = 1,
    out: Path,
    as_of: date | None = None,
    overrides: Sequence[str] = (),
    workers: int = 1,
    force: bool = False,
    sampler: Sampler = "random",
    progress: Progress = lambda _: None,
) -> None:
    """Compute some blocks of a run and write them as a part, for `merged` to put together with the others.

    Args:
        path: The scenario file.
        numbers: The first block and the one after the last.
        draws: The number of paths of the whole run.
        seed: The seed of every random stream.
        out: The file to be written.
        as_of: Forecast from what was known on this date instead of the scenario's own.
        overrides: Assumptions laid over the file.
        workers: The number of processes.
        force: Replace another file.
        sampler: How the draws are spread.
        progress: Told what is being done.

    Raises:
        ForecastError: Any mistake in the input, blocks that the run has not, a file that cannot be written.
    """
    refuse_other(out, force=force)
    Spread.of(sampler, draws)
    scenario = resolve(path, as_of=as_of, overrides=overrides)
    every = blocks(draws)
    start, stop = numbers
    if not 0 <= start < stop <= len(every):
        raise UsageError(
            f"--block-range {start}:{stop}: a run of {draws:,} draws has the blocks 0:{len(every)}"
        )
    posterior = fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of, progress=progress)
    job, whole = planned(Job(scenario, posterior, draws, seed, sampler=sampler)), Part()
    progress(f"simulating blocks {start} to {stop - 1} of {len(every)} of {scenario.name}")
    for _, part in each(part_of, job, tasks(job, workers, range(start, stop)), workers=workers):
        whole.merge(part)
    origin = {
        "file": str(path.absolute()),
        "as_of": as_of.isoformat() if as_of else None,
        "overrides": list(overrides),
    }
    parts.write(out, job, whole, origin=origin)


@folder.claiming
def merged(
    files: Sequence[Path],
    *,
    out: Path | None = None,
    path: Path | None = None,
    charts: bool = True,
    force: bool = False,
    progress: Progress = lambda _: None,
) -> Result:
    """The run whose parts were computed one by one: the same bytes as if it had been computed in one go.

    Args:
        files: The parts, in any order.
        out: The folder of the results; None keeps them in memory.
        path: The scenario file, if it is no longer where it was when the parts were computed.
        charts: Whether charts are drawn.
        force: Write into a folder that holds files of others.
        progress: Told what is being done.

    Raises:
        UsageError: A file is no part, is damaged, belongs to another run or holds a block twice; blocks are missing.
        ForecastError: Any other mistake in the input, a folder that cannot be written.
    """
    started = datetime.now(UTC)
    said = parts.about(files[0])
    origin, identity = said["origin"], said["identity"]
    as_of = date.fromisoformat(origin["as_of"]) if origin.get("as_of") else None
    scenario = resolve(path or Path(origin["file"]), as_of=as_of, overrides=origin.get("overrides", ()))
    history = observations.load(as_of=scenario.as_of)
    posterior = fit(history, as_of=scenario.as_of, progress=progress)
    draws, seed, sampler = int(identity["draws"]), int(identity["seed"]), identity["sampler"]
    job = planned(Job(scenario, posterior, draws, seed, sampler=sampler))
    whole = Part()
    for each_file in files:
        progress(f"merging {each_file}")
        part = parts.read(each_file, job)
        if twice := whole.blocks() & part.blocks():
            raise UsageError(
                f"{each_file} holds blocks {parts.blocks_text(twice)} that an earlier part holds too"
            )
        whole.merge(part)
    if missing := set(job.blocks) - whole.blocks():
        raise UsageError(
            f"blocks {parts.blocks_text(missing)} of {len(job.blocks)} are missing; compute them with --block-range"
        )
    trajectories, summary = finished(job, whole)
    if out is not None:
        with folder.staged(out, force=force) as stage:
            _write(stage, scenario, history, trajectories, summary, charts=charts, progress=progress)
            # The time that was spent on the parts, some of it elsewhere, is not known.
            _record(stage, scenario, history, posterior, summary, started=started, clock=None, data=None)
    return Result(scenario, posterior, trajectories, summary, out)


def resolve(path: Path, *, as_of: date | None = None, overrides: Sequence[str] = ()) -> Scenario:
    """A scenario as it will be run, moved to another date when one is given: its years move along.

    Raises:
        ScenarioError: Every mistake of the file.
        UsageError: A date outside the history.
    """
    scenario = load(path, drivers=drivers.specs(), events_affect=drivers.affectable(), overrides=overrides)
    if as_of is None or as_of == scenario.as_of:
        return scenario
    if not 2016 <= as_of.year <= scenario.as_of.year:
        raise UsageError(
            f"--as-of {as_of} is outside the history; give a date from 2016 to {scenario.as_of} (the scenario's own)"
        )
    span = scenario.last_year - scenario.first_year
    return replace(scenario, as_of=as_of, first_year=as_of.year, last_year=as_of.year + span)


def later_than(scenario: Scenario, day: date) -> list[str]:
    """The assumptions of a scenario whose newest source is later than a date."""
    members = (
        (f"{name}[{member}]", assumption)
        for name, given in scenario.member_assumptions.items()
        for member, assumption in given.items()
    )
    return [
        name for name, given in (*scenario.assumptions.items(), *members) if given.dated and given.dated > day
    ]


def trajectories_of(
    scenario: Scenario,
    posterior: Posterior,
    *,
    draws: int,
    seed: int,
    sampler: Sampler = "random",
    among: Sequence[Scenario] = (),
) -> Trajectories:
    """Every variable of a scenario on every path.

    Args:
        scenario: The assumptions.
        posterior: The fitted trends.
        draws: The number of paths.
        seed: The seed of every random stream.
        sampler: How the draws are spread (`forecast.samplers`).
        among: All scenarios that are compared on the same draws, where there are others.

    Raises:
        ScenarioError: The assumptions lead to numbers that cannot be computed with.
        UsageError: The sampler cannot spread so many draws evenly.
    """
    job = Job(scenario, posterior, draws, seed, sampler=sampler, among=tuple(among))
    attributes = {name: text for name, text in job.attributes().items() if name != "paths"}
    return replace(paths_of(job, job.blocks), attributes=attributes)


def lab_names(scenario: Scenario) -> dict[str, str]:
    """What each lab is called, by its id."""
    return {identity: member.name for identity, member in scenario.labs.items()}


def _write(
    stage: Path,
    scenario: Scenario,
    history: Observations,
    trajectories: Trajectories,
    summary: Summary,
    *,
    charts: bool,
    progress: Progress,
) -> None:
    from forecast.report.dataset import write_trajectories

    names = lab_names(scenario)
    _text(stage / "summary.csv", tables.summary_csv(summary))
    _text(stage / "affordability.csv", tables.affordability_csv(summary, names))
    _text(stage / "dropouts.csv", tables.dropouts_csv(summary, names))
    _text(stage / "payer_sets.csv", tables.payer_sets_csv(summary, names))
    _text(stage / "thresholds.csv", tables.thresholds_csv(summary))
    write_trajectories(stage / "trajectories.nc", trajectories)
    if charts:
        progress("drawing charts")
        from forecast.report.charts import draw_all
        from forecast.report.observed import history as observed

        (stage / "charts").mkdir()
        for name, content in draw_all(summary, trajectories, observed(history), names).items():
            (stage / "charts" / name).write_bytes(content)


def _text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _record(
    stage: Path,
    scenario: Scenario,
    history: Observations,
    posterior: Posterior,
    summary: Summary,
    *,
    started: datetime,
    clock: Sequence[float] | None,
    data: Path | None,
) -> None:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    final = [row for row in summary.rows if row.variable == "training_cost"][-1]
    record = {
        "format": FORMAT,
        "forecast": __version__,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "simulation_seconds": None if clock is None else round(clock[1] - clock[0], 3),
        "summary_seconds": None if clock is None else round(clock[2] - clock[1], 3),
        "scenario": scenario.plain(),
        "scenario_file": scenario.path.name,
        "scenario_digest": scenario.digest,
        "title": scenario.title,
        "data_digest": history.digest,
        "imported_data": layer.record(layer.folder()),
        "own_data": data and {"file": data.name, "sha256": hashlib.sha256(data.read_bytes()).hexdigest()},
        "posterior": dict(posterior.attributes),
        "draws": int(summary.attributes["draws"]),
        "seed": int(summary.attributes["seed"]),
        "sampler": summary.attributes.get("sampler", "random"),
        **{name: int(summary.attributes[name]) for name in REPLICATED if name in summary.attributes},
        "paths_out_of_range": int(summary.attributes["paths_out_of_range"]),
        "monte_carlo_error": {
            "variable": final.variable,
            "year": final.year,
            "relative_error": dict(
                zip(
                    tables.LEVELS,
                    (
                        error / value
                        for error, value in zip(final.quantile_errors, final.quantiles, strict=True)
                    ),
                    strict=True,
                )
            ),
        },
        "python": platform.python_version(),
        "versions": dict(versions(LIBRARIES)),
        "files": {
            path.relative_to(stage).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        },
    }
    _text(stage / folder.RECORD, json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def versions(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The installed version of each library, in their order."""
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "missing"


def shipped_folder() -> Path | None:
    """The folder of the shipped scenarios: in the working folder, else with the package; None when there is none."""
    package = Path(__file__).resolve().parent
    # Beside the package in a checkout, inside it in a wheel.
    places = (Path("scenarios"), package.parent / "scenarios", package / "scenarios")
    return next((folder for folder in places if (folder / "baseline.yaml").is_file()), None)


def shipped(name: str) -> Path | None:
    """The file of a shipped scenario, or None when there is none of that name."""
    folder_found = shipped_folder()
    path = folder_found / f"{name}.yaml" if folder_found else None
    return path if path is not None and path.is_file() else None
