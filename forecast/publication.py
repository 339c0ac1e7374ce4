"""The report of one or several scenarios: from scenario files to one page that a reader opens without this program."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from forecast import __version__, backtest, files, observations
from forecast.assumptions import AssumptionDifference
from forecast.attribution import Attribution
from forecast.backtest.tables import caution
from forecast.claims import Answers, answer
from forecast.compare import Comparison
from forecast.errors import FitError, OutputExistsError, UsageError, WriteError
from forecast.fit import fit, stored
from forecast.futures import Future, compare_scenarios, unique_names
from forecast.model import graph
from forecast.observations import Observations
from forecast.report import folder, page, tables
from forecast.report.charts.comparisons import Futures as Shown
from forecast.report.charts.page import distinct_colors
from forecast.report.observed import history as observed
from forecast.report.page import Name, Number, Piece, Section, Sentence, Table, exact
from forecast.report.style import contrast, house_style, mix
from forecast.run import LIBRARIES, lab_names, resolve, trajectories_of, versions
from forecast.scenario import Scenario
from forecast.sensitivity import Sensitivity, analyse, target
from forecast.shapes import Posterior, Summary
from forecast.summary import summarise

FILE = "report.html"
FORMAT = 1
"""Version of the layout of a report's `run.json`."""

# Enough for the order of the inputs and two digits of their parts. All scenarios share them, so that a page of three
# does not take three times as long; each has a whole number of pairs of orders.
_SENSITIVITY_DRAWS = 4096
_LEAST_SENSITIVITY_DRAWS = 1024
_DARK_PAPER = "#14171A"
# What all scenarios together may carry, so that a page of many stays small.
_PATHS_IN_ALL = 3000
_TABLES = ("summary.csv", "affordability.csv", "dropouts.csv", "thresholds.csv")

Progress = Callable[[str], None]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Report:
    """A finished report: the page, the runs that it tells of, and where it is."""

    text: str
    futures: tuple[Future, ...]
    place: Path | None


@dataclass(frozen=True)
class _Compared:
    comparisons: tuple[Comparison, ...] = ()
    assumptions: Mapping[Pair, tuple[AssumptionDifference, ...]] | None = None
    attributions: Mapping[Pair, tuple[Attribution, ...]] | None = None
    refused: Mapping[Pair, str] | None = None


def report(
    paths: Sequence[Path],
    *,
    draws: int = 20_000,
    seed: int = 1,
    out: Path | None = None,
    below: Path | None = None,
    since: Path | None = None,
    as_of: date | None = None,
    overrides: Sequence[str] = (),
    quick: bool = False,
    force: bool = False,
    progress: Progress = lambda _: None,
) -> Report:
    """One page that tells of some scenarios, and compares the first with each of the others.

    Args:
        paths: The scenario files.
        draws: The number of paths.
        seed: The seed of every random stream.
        out: A folder, which also gets the tables and a record, or a file that ends in ``.html``; None keeps the page in
            memory.
        below: Where ``out`` is None, a folder named after the scenarios is made below this one.
        since: The folder of an earlier run or report to compare with; by default what is in ``out``.
        as_of: Forecast from what was known on this date instead of the scenarios' own.
        overrides: Assumptions laid over every file.
        quick: Leave out what takes long: which inputs matter, the claims and the backtest.
        force: Write into a folder that holds files of others, or over a file that is no report.
        progress: Told what is being done.

    Raises:
        ForecastError: Any mistake in the input, a fit that does not converge, a place that cannot be written to.
    """
    started = datetime.now(UTC)
    if not paths:
        raise UsageError("give one scenario file or more")
    scenarios = [resolve(path, as_of=as_of, overrides=overrides) for path in paths]
    if out is None and below is not None:
        out = below / f"{_few([scenario.name for scenario in scenarios])}-report"
    single_file = out is not None and out.suffix.lower() in (".html", ".htm")
    with ExitStack() as held:
        if out is not None and single_file:
            _refuse_file(out, force=force)
        elif out is not None:
            held.enter_context(folder.claimed(out, force=force))
        futures, compared = _simulated(scenarios, draws=draws, seed=seed, progress=progress)
        histories = {each.scenario.as_of: observations.load(as_of=each.scenario.as_of) for each in futures}
        text = _page(
            futures,
            compared,
            histories,
            before=since or (out.parent if out is not None and single_file else out),
            draws=draws,
            seed=seed,
            quick=quick,
            command=_command(paths, draws=draws, seed=seed, as_of=as_of, overrides=overrides),
            progress=progress,
        )
        if out is not None and single_file:
            files.write_whole(out, text.encode("utf-8"), force=True)
        elif out is not None:
            with folder.staged(out, force=force) as stage:
                _write(stage, text, futures)
                _record(stage, futures, histories, draws=draws, seed=seed, started=started)
    return Report(text, futures, out)


def _simulated(
    scenarios: Sequence[Scenario], *, draws: int, seed: int, progress: Progress
) -> tuple[tuple[Future, ...], _Compared]:
    names = unique_names([scenario.name for scenario in scenarios])
    if len(scenarios) == 1:
        scenario = scenarios[0]
        posterior = fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of, progress=progress)
        progress(f"simulating {draws:,} paths of {scenario.name}")
        trajectories = trajectories_of(scenario, posterior, draws=draws, seed=seed)
        summary = summarise(trajectories, thresholds=scenario.thresholds)
        return (Future(names[0], scenario, posterior, trajectories, summary),), _Compared()
    found = compare_scenarios(scenarios, names=names, draws=draws, seed=seed, charts=False, progress=progress)
    return found.futures, _Compared(found.comparisons, found.assumptions, found.attributions, found.refused)


def _page(
    futures: Sequence[Future],
    compared: _Compared,
    histories: Mapping[date, Observations],
    *,
    before: Path | None,
    draws: int,
    seed: int,
    quick: bool,
    command: str,
    progress: Progress,
) -> str:
    colors = distinct_colors([future.scenario.name for future in futures])
    each = max(200, min(page.MOST_PATHS, _PATHS_IN_ALL // len(futures)))
    inputs = max(_LEAST_SENSITIVITY_DRAWS, 512 * round(_SENSITIVITY_DRAWS / len(futures) / 512))
    views = []
    shared: list[Section] = []
    for number, (future, color) in enumerate(zip(futures, colors, strict=True)):
        progress(f"drawing the charts of {future.name}")
        past = observed(histories[future.scenario.as_of])
        labs = lab_names(future.scenario)
        last = _earlier(future, before, several=len(futures) > 1)
        views.append(
            page.View(
                number=number,
                name=future.name,
                title=future.scenario.title,
                description=future.scenario.description,
                light=color,
                dark=_on_dark(color),
                headlines=page.headlines(future.summary, labs, past.get("training_cost", ())),
                fan=page.cost_picture(future.summary, future.trajectories, past),
                sections=(
                    *page.sections(
                        future.scenario,
                        future.summary,
                        future.trajectories,
                        past,
                        labs,
                        sensitivity=None
                        if quick
                        else _sensitivity(future, draws=inputs, seed=seed, progress=progress),
                        beside=futures[0].scenario if number else None,
                    ),
                    *(
                        [
                            page.changes(
                                future.scenario, future.summary, histories[future.scenario.as_of].digest, last
                            )
                        ]
                        if last is not None
                        else []
                    ),
                ),
                embedded=page.embedded(
                    future.summary, future.trajectories, past, labs, paths=each, earlier=last
                ),
            )
        )
    if compared.comparisons:
        progress("drawing the comparison")
        shared += page.comparison_sections(
            _shown(futures),
            compared.comparisons,
            compared.assumptions or {},
            compared.attributions or {},
            compared.refused or {},
        )
    first = futures[0]
    if not quick:
        progress("answering the claims")
        shared.append(_claims(answer(first.scenario, first.posterior, draws=draws, seed=seed)))
    shared += [_method(first, draws), _hindcast(quick=quick, progress=progress), _limits(futures)]
    shared.append(_citation(futures, command))
    names = (
        (first.scenario.title or first.name)
        if len(futures) == 1
        else ", ".join(each.name for each in futures)
    )
    attributes = first.summary.attributes
    years = first.summary.coordinates.years
    return page.render(
        page.Page(
            heading=f"What frontier AI training costs, {years[0]} to {years[-1]}: {names}",
            vintage=(
                f"As of {attributes['as_of']}; history to {attributes['data_end']}; {draws:,} paths, seed "
                f"{seed}. Money is in constant US dollars of 2023; the training cost is amortised hardware "
                "and energy, data and labeling of the final run. Ranges hold 90% of the paths."
            ),
            footer=(
                f"Made by forecast {__version__}. The page holds all that it shows and asks for nothing "
                "from outside."
            ),
            views=tuple(views),
            shared=tuple(shared),
            about=_about(futures, histories),
        )
    )


def _shown(futures: Sequence[Future]) -> Shown:
    labs: dict[str, str] = {}
    for future in futures:
        labs = {**lab_names(future.scenario), **labs}
    years = tuple(
        year
        for year in futures[0].summary.coordinates.years
        if all(year in future.summary.coordinates.years for future in futures)
    )
    return Shown(
        summaries=tuple(future.summary for future in futures),
        names=tuple(future.name for future in futures),
        ids=tuple(future.scenario.name for future in futures),
        years=years,
        target="training_cost",
        labs=labs,
    )


def _few(names: Sequence[str]) -> str:
    few = "-".join(names[:3])
    return few if len(names) <= 3 else f"{few}-and-{len(names) - 3}-more"


def _sensitivity(future: Future, *, draws: int, seed: int, progress: Progress) -> Sensitivity:
    progress(f"finding what matters in {future.name}")
    scenario = future.scenario
    wanted = target(
        "training_cost", future.summary.coordinates.years[-1], graph(), future.trajectories.coordinates
    )
    return analyse(scenario, future.posterior, wanted, (), draws=draws, seed=seed)


def _earlier(future: Future, before: Path | None, *, several: bool) -> page.Earlier | None:
    if before is None:
        return None
    for table in (
        (f"{future.name}/summary.csv", "summary.csv")
        if several
        else ("summary.csv", f"{future.name}/summary.csv")
    ):
        earlier = page.earlier(before, future.scenario.name, table=table)
        if earlier is not None:
            return earlier
    return None


def _claims(found: Answers) -> Section:
    counts: dict[str, int] = {}
    for each in found.claims:
        counts[each.answer.status] = counts.get(each.answer.status, 0) + 1
    tally = ", ".join(
        f"{status} {number}" for status, number in sorted(counts.items(), key=lambda item: -item[1])
    )
    rows = []
    for claim in found.claims:
        headline = claim.headline
        figure = Number(str(headline), exact(headline.value)) if headline is not None else "not quantified"
        rows.append(
            (
                f"{claim.number}",
                Name(claim.statement.claim),
                Name(claim.statement.essay),
                figure,
                Name(claim.answer.ours),
                Name(claim.answer.outcome),
                claim.answer.status,
                Name(claim.source),
            )
        )
    return Section(
        name="claims",
        heading="The essay's claims",
        sentences=(
            (
                (
                    f'{len(found.claims)} claims of "The Future of AI Is Expensive" (September 2023), '
                    "answered by history where it can and by the paths of "
                ),
                Name(found.scenario.name),
                f" where it cannot: {tally}.",
            ),
        ),
        tables=(
            Table(
                "Each claim, our figure and what came of it",
                ("No.", "Claim", "The essay", "Our figure", "Our answer", "Outcome", "Status", "Source"),
                tuple(rows),
                wide=(4, 17, 9, 9, 20, 16, 8, 17),
            ),
        ),
    )


def _method(first: Future, draws: int) -> Section:
    attributes = first.posterior.attributes
    return Section(
        name="method",
        heading="Method",
        points=(
            (
                "History: a Bayesian model is fitted to the compute, the cost and the compute per dollar of ",
                attributes.get("runs", "the"),
                " frontier runs, ",
                attributes.get("runs_with_cost", "some"),
                " of them with a cost, and to ",
                attributes.get("chips", "the"),
                " chips. Cost growth is compute growth less growth of compute per dollar.",
            ),
            (
                (
                    "Assumptions: what history does not settle stands in the scenario file, each number "
                    "with its reason and its source. Distributions are 90% intervals unless said "
                    "otherwise."
                ),
            ),
            (
                (
                    f"Simulation: {draws:,} paths. A path is one world: its inputs hold over all years, for "
                    "all labs and in all scenarios, so that differences between scenarios are the "
                    "assumptions' doing and not chance."
                ),
            ),
            (
                (
                    "Money and physics cap the run: the trend says what labs plan, and the richest lab's "
                    "budget, the power of the largest site and the chips there are say what of it happens."
                ),
            ),
            (
                (
                    "Bands hold 50, 80 and 90% of the paths of each year by itself, with equal tails. "
                    "Whether something happens by a year is counted on whole paths."
                ),
            ),
            (
                "Every probability has its Monte Carlo standard error beside it: how much another seed would move it.",
            ),
        ),
    )


def _hindcast(*, quick: bool, progress: Progress) -> Section:
    heading = "How good earlier forecasts would have been"
    if quick:
        return Section("hindcast", heading, ((("Left out of this quick report."),),))

    def found(known: Observations, day: date) -> Posterior:
        posterior = stored(known, as_of=day)
        if posterior is None:
            raise FitError("not fitted yet")
        return posterior

    progress("scoring forecasts from old dates")
    try:
        result = backtest.backtest(fitter=found)
    except FitError:
        words = (
            "Not available here: the fits to old dates have not been made. Run forecast backtest once; it "
            "keeps them."
        )
        return Section("hindcast", heading, ((words,),))
    from forecast.report.charts.calibration import (
        NAMES,
        TARGET_NAMES,
        alt_text_calibration,
        calibration_figure,
    )

    with house_style():
        figure = calibration_figure(result.scores)
    rows: list[tuple[Piece, ...]] = [
        (
            f"{TARGET_NAMES[row.target]}, {NAMES[row.method]}",
            Number(f"{row.crps:.3f}", exact(row.crps)),
            *(f"{100 * share:.0f}%" for share in (row.covered_50, row.covered_80, row.covered_90)),
            f"{row.bias:+.2f}".replace("-", "\N{MINUS SIGN}"),
            str(row.count),
        )
        for row in backtest.averages(result.scores)
        if row.lead is None
    ]
    held = [each for each in backtest.criteria(result.scores) if each.holds]
    total = len(backtest.criteria(result.scores))
    return Section(
        "hindcast",
        heading,
        sentences=(
            (
                (
                    "The same fit was made as of the end of earlier years, with what was known then, and "
                    "its forecasts were scored by what came out. They are trends alone, without budgets "
                    "and caps."
                ),
            ),
            (f"{len(held)} of {total} conditions that were set for these scores hold.",),
            (caution(result),),
        ),
        pictures=(
            page.picture(
                figure,
                name="hindcast",
                heading="Forecasts from old dates, beside what came out",
                alternative=alt_text_calibration(result.scores),
                tables=[
                    Table(
                        "Mean scores by target and method, in orders of magnitude; lower is better",
                        (
                            "Target and method",
                            "CRPS",
                            "Within 50%",
                            "Within 80%",
                            "Within 90%",
                            "Bias",
                            "Forecasts",
                        ),
                        tuple(rows),
                    )
                ],
            ),
        ),
    )


def _limits(futures: Sequence[Future]) -> Section:
    attributes = futures[0].summary.attributes
    points: list[Sentence] = [
        (
            (
                "Hardly any compute or cost of a frontier run has been published since "
                f"{attributes['data_end']}; the forecast starts from what was known then, and its first "
                "year is already uncertain."
            ),
        ),
        (
            (
                "It is a forecast given the assumptions of a scenario. The intervals hold what the "
                "scenario doubts, not what it takes for granted or leaves out."
            ),
        ),
        (
            "Budgets of labs rest on few published figures. Who can pay is far less certain than the size of the bill.",
        ),
        (
            (
                "The training cost is that of the final run. Experiments, staff and equity are in the "
                "development cost, and buying the cluster costs many times the amortised figure; the three "
                "are never mixed."
            ),
        ),
        (
            (
                "The what-if panel keeps paths, it does not simulate anew: a range that few paths are in "
                "leaves a large error, and conditioning is not causation where inputs move together."
            ),
        ),
    ]
    for future in futures:
        listed = [*future.scenario.assumptions.values()]
        for values in future.scenario.member_assumptions.values():
            listed += {id(each): each for each in values.values()}.values()
        doubtful = sum(not each.verified for each in listed)
        if doubtful:
            points.append(
                (
                    f"{doubtful} of {len(listed)} assumptions of ",
                    Name(future.name),
                    " rest on a source that nobody has verified yet.",
                )
            )
    return Section("limits", "Limits", points=tuple(points))


def _citation(futures: Sequence[Future], command: str) -> Section:
    attributes = futures[0].summary.attributes
    scenarios = ", ".join(
        f"{future.name} ({future.summary.attributes['scenario_digest'][:12]})" for future in futures
    )
    return Section(
        name="cite",
        heading="How to cite and rerun",
        sentences=(
            (
                (
                    f"The forecast contributors. forecast {__version__}: Monte Carlo forecasts of the cost "
                    f"of frontier AI training. Data to {attributes['data_end']}, as of "
                    f"{attributes['as_of']}; {attributes['draws']} draws, seed {attributes['seed']}; "
                    "scenario "
                ),
                Name(scenarios),
                ". History: Epoch AI, Data on AI Models, CC BY 4.0, and the sources that the tables name.",
            ),
            ("The same files, seed and versions give the same numbers:",),
        ),
        code=command,
    )


def _command(
    paths: Sequence[Path], *, draws: int, seed: int, as_of: date | None, overrides: Sequence[str]
) -> str:
    words = ["forecast", "report", *map(str, paths), "--draws", str(draws), "--seed", str(seed)]
    if as_of is not None:
        words += ["--as-of", as_of.isoformat()]
    for each in overrides:
        words += ["--set", each]
    return shlex.join(words)


def _about(futures: Sequence[Future], histories: Mapping[date, Observations]) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    for future in futures:
        attributes = future.summary.attributes
        rows += [
            (f"Scenario {future.name}", attributes["scenario_digest"]),
            (f"Fit of {future.name}", attributes.get("posterior_digest", "")),
            (f"History of {future.name}", histories[future.scenario.as_of].digest),
        ]
    used = ", ".join(f"{name} {number}" for name, number in versions(LIBRARIES))
    return (*rows, ("Versions", f"forecast {__version__}, Python {platform.python_version()}, {used}"))


def _on_dark(color: str) -> str:
    """The same hue light enough for lines and small text on the dark page."""
    share = 1.0
    while contrast(mix(color, share), _DARK_PAPER) < 4.5:
        share -= 0.05
    return mix(color, share)


def _refuse_file(path: Path, *, force: bool) -> None:
    """Make sure that a file that is no report stays."""
    if not path.exists():
        return
    if path.is_dir():
        raise WriteError(f"{path} is a folder; give a file that ends in .html, or a folder with another name")
    with suppress(OSError, UnicodeDecodeError), path.open(encoding="utf-8") as file:
        if f'content="{page.MARK}"' in file.read(4000):
            return
    if not force:
        raise OutputExistsError(
            f"{path} is no report of this program; choose another file with --out, or replace it with --force"
        )


def _write(stage: Path, text: str, futures: Sequence[Future]) -> None:
    (stage / FILE).write_text(text, encoding="utf-8", newline="\n")
    for future in futures:
        place = stage / future.name if len(futures) > 1 else stage
        place.mkdir(exist_ok=True)
        for name, content in _tables(future.summary, lab_names(future.scenario)).items():
            (place / name).write_bytes(content.encode("utf-8"))


def _tables(summary: Summary, labs: Mapping[str, str]) -> dict[str, str]:
    made = (
        tables.summary_csv(summary),
        tables.affordability_csv(summary, labs),
        tables.dropouts_csv(summary, labs),
        tables.thresholds_csv(summary),
    )
    return dict(zip(_TABLES, made, strict=True))


def _record(
    stage: Path,
    futures: Sequence[Future],
    histories: Mapping[date, Observations],
    *,
    draws: int,
    seed: int,
    started: datetime,
) -> None:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    record: dict[str, Any] = {
        "format": FORMAT,
        "kind": "report",
        "forecast": __version__,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenarios": [
            {
                "name": future.name,
                "scenario_file": future.scenario.path.name,
                "scenario_digest": future.scenario.digest,
                "scenario": future.scenario.plain(),
                "data_digest": histories[future.scenario.as_of].digest,
                "posterior": dict(future.posterior.attributes),
            }
            for future in futures
        ],
        "draws": draws,
        "seed": seed,
        "python": platform.python_version(),
        "versions": dict(versions(LIBRARIES)),
        "files": {
            path.relative_to(stage).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        },
    }
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (stage / folder.RECORD).write_bytes(text.encode("utf-8"))
