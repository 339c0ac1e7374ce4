"""Several scenarios side by side: from files to what differs, why, and what they come to when weighed together."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from forecast import __version__, drivers, observations, samplers
from forecast.assumptions import AssumptionDifference, assumption_differences
from forecast.attribution import MAX_DRAWS, Attribution, Target, attribute, groups, target_of
from forecast.compare import Comparison, compare
from forecast.errors import UsageError, did_you_mean
from forecast.fit import fit
from forecast.mixture import Spread, mix, normalised, spread
from forecast.model import graph
from forecast.report import comparison_tables, folder, tables
from forecast.run import LIBRARIES, REPLICATED, lab_names, trajectories_of, versions
from forecast.scenario import Scenario
from forecast.shapes import Drivers, Posterior, Summary, Trajectories
from forecast.simulation import LAB_OUTPUTS, computable, outputs
from forecast.streams import blocks
from forecast.summary import summarise
from forecast.summary.replicates import replicate_draws

FORMAT = 1
"""Version of the layout of a comparison's `run.json`."""

Pair = tuple[str, str]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Future:
    """One scenario of a comparison with all that came out of it; ``name`` is unique among those compared."""

    name: str
    scenario: Scenario
    posterior: Posterior
    trajectories: Trajectories
    summary: Summary


@dataclass(frozen=True)
class Mixture:
    """Several scenarios weighed into one forecast, and where the spread of its target lies."""

    weights: tuple[float, ...]
    trajectories: Trajectories
    summary: Summary
    spread: tuple[Spread, ...]


@dataclass(frozen=True)
class Futures:
    """A finished comparison: the first scenario with each of the others, on the same draws.

    ``attributions`` holds for each pair the target, the number of payers and every lab's chance to pay; a pair that
    cannot be attributed is in ``refused`` instead, with the reason.
    """

    futures: tuple[Future, ...]
    target: Target
    year: int
    comparisons: tuple[Comparison, ...]
    assumptions: Mapping[Pair, tuple[AssumptionDifference, ...]]
    attributions: Mapping[Pair, tuple[Attribution, ...]]
    refused: Mapping[Pair, str]
    mixture: Mixture | None
    folder: Path | None

    @property
    def names(self) -> tuple[str, ...]:
        """What the scenarios are called."""
        return tuple(future.name for future in self.futures)


@folder.claiming
def compare_scenarios(
    scenarios: Sequence[Scenario],
    *,
    names: Sequence[str] = (),
    weights: Sequence[float] = (),
    target: str = "training_cost",
    year: int | None = None,
    statistic: str = "mean",
    draws: int = 20_000,
    seed: int = 1,
    sampler: samplers.Sampler = "random",
    out: Path | None = None,
    attribution: bool = True,
    charts: bool = True,
    force: bool = False,
    progress: Progress = lambda _: None,
) -> Futures:
    """Scenarios on the same draws: the first against each of the others, path by path.

    Args:
        scenarios: Two or more; the first is what the others are compared with.
        names: What they are called; by default their own names.
        weights: The probability of each; with it they are also weighed into one forecast.
        target: The variable whose difference is explained, such as ``training_cost`` or ``run_budget[openai]``.
        year: The year in which it is; by default the last one that all forecast.
        statistic: What of the target is explained, one of `forecast.attribution.STATISTICS`.
        draws: The number of paths.
        seed: The seed of every random stream.
        sampler: How the draws are spread (`forecast.samplers`).
        out: The folder of the results; None keeps them in memory.
        attribution: Whether differences are divided over groups of assumptions.
        charts: Whether charts are drawn.
        force: Write into a folder that holds files of others.
        progress: Told what is being done.

    Returns:
        The finished comparison.

    Raises:
        ForecastError: Scenarios without a common year, an unknown target, draws that cannot be spread evenly, a fit
            that does not converge, a folder that cannot be written.
    """
    samplers.Spread.of(sampler, draws)
    started = datetime.now(UTC)
    called = tuple(names) or unique_names([scenario.name for scenario in scenarios])
    shares = normalised(weights) if weights else ()
    wanted = _target(target, statistic, scenarios)
    chosen = _year(year, scenarios, called)
    posteriors = {
        scenario.as_of: fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of, progress=progress)
        for scenario in scenarios
    }
    futures = []
    last = min(scenario.last_year for scenario in scenarios)
    # Cut before they are simulated: what looks ahead would see a longer horizon.
    among = tuple(replace(scenario, last_year=last) for scenario in scenarios)
    for name, scenario, cut in zip(called, scenarios, among, strict=True):
        progress(f"simulating {draws:,} paths of {name}")
        posterior = posteriors[scenario.as_of]
        paths = trajectories_of(cut, posterior, draws=draws, seed=seed, sampler=sampler, among=among)
        paths = replace(paths, attributes={**paths.attributes, "scenario_digest": scenario.digest})
        levels = summarise(paths, thresholds=scenario.thresholds)
        futures.append(Future(name, scenario, posterior, paths, levels))
    group_of = groups(graph())
    comparisons, assumptions = [], {}
    attributions: dict[Pair, tuple[Attribution, ...]] = {}
    refused: dict[Pair, str] = {}
    first = futures[0]
    for other in futures[1:]:
        pair = first.name, other.name
        progress(f"comparing {pair[0]} with {pair[1]}")
        comparisons.append(_compared(first, other, wanted))
        assumptions[pair] = assumption_differences(first.scenario, other.scenario, groups=group_of)
        if not attribution:
            continue
        try:
            attributions[pair] = _attributed(
                first,
                other,
                wanted,
                among,
                year=chosen,
                draws=draws,
                seed=seed,
                sampler=sampler,
                progress=progress,
            )
        except UsageError as error:
            refused[pair] = str(error)
    result = Futures(
        futures=tuple(futures),
        target=wanted,
        year=chosen,
        comparisons=tuple(comparisons),
        assumptions=assumptions,
        attributions=attributions,
        refused=refused,
        mixture=_mixed(futures, shares, wanted) if shares else None,
        folder=out,
    )
    if out is not None:
        with folder.staged(out, force=force) as stage:
            _write(stage, result, charts=charts, progress=progress)
            _record(stage, result, draws=draws, seed=seed, started=started)
    return result


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names, with a number behind each that has stood before: a scenario may be compared with itself."""
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name} ({number})"
        found.append(unique)
    return tuple(found)


def _target(text: str, statistic: str, scenarios: Sequence[Scenario]) -> Target:
    world = graph()
    target = target_of(world, text, statistic=statistic)
    known = outputs(world)
    if target.variable not in known:
        raise UsageError(
            f'"{target.variable}" is a step on the way and is not kept{did_you_mean(target.variable, known)}; '
            f"per lab there are {', '.join(LAB_OUTPUTS)}"
        )
    for scenario in scenarios:
        if target.member and target.member not in scenario.labs:
            raise UsageError(
                f'{scenario.name} has no lab "{target.member}"{did_you_mean(target.member, scenario.labs)}'
            )
    return target


def _year(year: int | None, scenarios: Sequence[Scenario], names: Sequence[str]) -> int:
    common = [one for one in scenarios[0].years if all(one in scenario.years for scenario in scenarios)]
    spans = ", ".join(
        f"{name} {scenario.first_year} to {scenario.last_year}"
        for name, scenario in zip(names, scenarios, strict=True)
    )
    if not common:
        raise UsageError(f"nothing to compare: the scenarios have no year in common ({spans})")
    if year is not None and year not in common:
        raise UsageError(
            f"{year} is no year that all forecast; give one from {common[0]} to {common[-1]} ({spans})"
        )
    return year if year is not None else common[-1]


def _compared(first: Future, other: Future, target: Target) -> Comparison:
    levels = (*first.scenario.thresholds, *other.scenario.thresholds)
    names = first.name, other.name
    horizons = first.scenario.years, other.scenario.years
    whole = compare(first.trajectories, other.trajectories, names=names, thresholds=levels, horizons=horizons)
    if not target.member:
        return whole
    asked = compare(first.trajectories, other.trajectories, names=names, variables=(target.variable,))
    return replace(whole, differences=(*whole.differences, *asked.differences))


def _attributed(
    first: Future,
    other: Future,
    target: Target,
    among: Sequence[Scenario],
    *,
    year: int,
    draws: int,
    seed: int,
    sampler: samplers.Sampler,
    progress: Progress,
) -> tuple[Attribution, ...]:
    starts = first.scenario.first_year, other.scenario.first_year
    if starts[0] != starts[1]:
        raise UsageError(
            f"not divided over groups of assumptions: {first.name} starts in {starts[0]} and {other.name} in "
            f"{starts[1]}, so that their paths have no common time axis; files with the same first_year can be divided"
        )
    last = first.trajectories.coordinates.years[-1]
    one, two = replace(first.scenario, last_year=last), replace(other.scenario, last_year=last)
    labs = [lab for lab in one.labs if lab in two.labs]
    targets = dict.fromkeys((target, Target("payers"), *(Target("affordable", lab) for lab in labs)))
    few = min(draws, MAX_DRAWS)
    if sampler != "random":
        # As many replicates as ever, and not the first few of a longer run: else the errors would hardly be known.
        few = samplers.even_within(few)
    spread = samplers.Spread.of(sampler, few)

    def pairs() -> Iterator[tuple[Drivers, Drivers]]:
        for block in blocks(few):
            yield (
                drivers.sample(one, first.posterior, seed=seed, block=block, spread=spread, among=among),
                drivers.sample(two, other.posterior, seed=seed, block=block, spread=spread, among=among),
            )

    def told(done: int) -> None:
        progress(f"dividing the difference of {first.name} and {other.name}: {done:,} of {few:,} paths")

    with computable(other.scenario.path, f"a mixture of what it and {first.scenario.path.name} assume"):
        return attribute(
            graph(),
            pairs(),
            (drivers.coordinates(one), drivers.coordinates(two)),
            list(targets),
            year=year,
            draws=few,
            replicate=replicate_draws(spread.attributes(few)),
            progress=told,
        )


def _mixed(futures: Sequence[Future], weights: tuple[float, ...], target: Target) -> Mixture:
    names = ", ".join(f"{future.name} {weight:g}" for future, weight in zip(futures, weights, strict=True))
    runs = [future.trajectories for future in futures]
    kept = ("as_of", "data_end", "draws", "seed", "sampler", *REPLICATED, "source", "comment")
    shared = {key: value for key, value in runs[0].attributes.items() if key in kept}
    paths = mix(runs, weights, attributes={**shared, "title": names, "scenario": "mixture"})
    levels = sorted({level for future in futures for level in future.scenario.thresholds})
    variable = target.variable if not target.member else "training_cost"
    return Mixture(weights, paths, summarise(paths, thresholds=levels), spread(runs, weights, variable))


def _write(stage: Path, result: Futures, *, charts: bool, progress: Progress) -> None:
    names: dict[str, str] = {}
    for future in result.futures:
        names = {**lab_names(future.scenario), **names}
    texts = {
        "differences.csv": comparison_tables.differences_csv(result.comparisons),
        "affordability.csv": comparison_tables.affordability_csv(result.comparisons, names),
        "thresholds.csv": comparison_tables.thresholds_csv(result.comparisons),
        "assumptions.csv": comparison_tables.assumptions_csv(result.assumptions),
        "attribution.csv": comparison_tables.attribution_csv(result.attributions),
    }
    if result.mixture is not None:
        texts |= {
            "mixture.csv": tables.summary_csv(result.mixture.summary),
            "mixture-affordability.csv": tables.affordability_csv(result.mixture.summary, names),
            "mixture-thresholds.csv": tables.thresholds_csv(result.mixture.summary),
            "mixture-spread.csv": comparison_tables.spread_csv(result.mixture.spread),
        }
    for name, text in texts.items():
        (stage / name).write_bytes(text.encode("utf-8"))
    if charts:
        progress("drawing charts")
        (stage / "charts").mkdir()
        for name, content in _charts(result, names).items():
            (stage / "charts" / name).write_bytes(content)


def _charts(result: Futures, labs: Mapping[str, str]) -> dict[str, bytes]:
    from forecast.report.charts import comparisons

    years = tuple(
        year
        for year in result.futures[0].scenario.years
        if all(year in future.scenario.years for future in result.futures)
    )
    shown = comparisons.Futures(
        summaries=tuple(future.summary for future in result.futures),
        names=result.names,
        ids=tuple(future.scenario.name for future in result.futures),
        years=years,
        target=_drawn(result.target),
        labs=labs,
    )
    mixture = result.mixture
    weighed = comparisons.Weighed(mixture.summary, mixture.weights, mixture.spread) if mixture else None
    return comparisons.draw_comparison(shown, result.comparisons, result.attributions, weighed)


def _drawn(target: Target) -> str:
    """The variable whose fans are drawn: one number for the whole world that can have more than two values."""
    yes_or_no = graph().nodes[target.variable].kind.unit.symbol == "yes/no"
    return "training_cost" if target.member or yes_or_no else target.variable


def _record(stage: Path, result: Futures, *, draws: int, seed: int, started: datetime) -> None:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    weights = result.mixture.weights if result.mixture else [None] * len(result.futures)
    attributes = result.futures[0].summary.attributes
    record = {
        "format": FORMAT,
        "kind": "comparison",
        "forecast": __version__,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenarios": [
            {
                "name": future.name,
                "scenario_file": future.scenario.path.name,
                "scenario_digest": future.scenario.digest,
                "scenario": future.scenario.plain(),
                "posterior": dict(future.posterior.attributes),
                "weight": weight,
            }
            for future, weight in zip(result.futures, weights, strict=True)
        ],
        "target": str(result.target),
        "statistic": result.target.statistic,
        "year": result.year,
        "draws": draws,
        "seed": seed,
        "sampler": attributes.get("sampler", "random"),
        **{name: int(attributes[name]) for name in REPLICATED if name in attributes},
        "python": platform.python_version(),
        "versions": dict(versions(LIBRARIES)),
        "files": {
            path.relative_to(stage).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        },
    }
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (stage / folder.RECORD).write_bytes(text.encode("utf-8"))
