"""``forecast fit``: what history says about the trends, how surely, and how that compares with published figures."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast.cli import documents, habits, options
from forecast.errors import printable

if TYPE_CHECKING:
    from forecast.backtest import Backtest
    from forecast.backtest.combination import Comparison as Candidates
    from forecast.fit import Fit
    from forecast.fit.batch import Each
    from forecast.fit.published import Anchor, Comparison, Growth, Line
    from forecast.fit.trust import Trust
    from forecast.observations import Observations

_WIDTH = 100
_COUNTS = frozenset({"chains", "draws", "runs", "runs_with_cost", "runs_bounded", "chips"})
_OF_THIS_CALL = frozenset({"cached", "path", "seconds", "seconds_sampling"})


@click.command()
@options.as_of("Use only what was known on this day, for example 2023-09-30. The default is today.")
@options.own_data("Fit the training runs of this CSV file instead of ours.")
@click.option("--refit", is_flag=True, help="Sample again even if this fit is stored.")
@click.option(
    "--report",
    is_flag=True,
    help="Say why the fit may be trusted: published figures, predictive checks, priors, influence, other models.",
)
@click.option(
    "--calibrate",
    type=click.IntRange(min=20),
    metavar="N",
    help="Fit N made-up histories and say whether the fit finds what was put in (about a second each).",
)
@options.out("Folder for the report (or the calibration) as text, JSON and charts.", metavar="FOLDER")
@options.force("Write into a folder that holds other files; those stay.")
@options.as_json("the result")
@options.workers
@options.cluster
def fit(
    as_of: date | None,
    data: Path | None,
    calibrate: int | None,
    out: Path | None,
    *,
    refit: bool,
    report: bool,
    force: bool,
    as_json: bool,
    workers: int | None,
    cluster: str,
) -> None:
    """Fit the trends of compute, compute per dollar and cost to history.

    Prints the growth rates with 90% credible intervals, the levels that forecasts start from, and the figures that
    tell whether the sampler converged. The first fit takes less than a minute; it is then stored, and found again until
    data, model, settings or library versions change. FORECAST_CACHE_DIR says where. The first --report takes some
    minutes: it fits the other candidates too, and history without what weighs too much for a shortcut. --workers and
    --cluster share out the fits of a report or a calibration, to the same result.

    --data takes a table like our training_runs (forecast data show training_runs --json), or a plain one with the
    columns model, released and compute (FLOP), and if you like organization, confidence (confident, likely,
    speculative), cost (USD), cost_date (the month of these dollars, such as 2024-12; December 2023 unless given) and
    chip (gpu, tpu, other). Chips and prices stay ours. Runs before 2012 and runs that were not among the ten largest of
    the file at their release are left out. forecast run SCENARIO --data my.csv forecasts from such a fit.

    \b
    Examples:
      forecast fit
      forecast fit --as-of 2023-09-30
      forecast fit --report --out outputs/fit
      forecast fit --data my.csv
      forecast fit --calibrate 100

    Exit code: 0; 1 when there is too little history or a result cannot be written; 2 when the file of runs is wrong;
    3 when the sampler did not converge or the calibration fails; 4 when the folder holds other files.
    """
    from forecast import observations
    from forecast.errors import UsageError
    from forecast.execution.workers import each

    if out is not None and not (report or calibrate):
        raise UsageError("--out keeps a report: add --report or --calibrate N")
    if calibrate and (report or data):
        raise UsageError("--calibrate goes with neither --report nor --data: it judges the model that ships")
    # A number of processes that is set for all commands asks nothing of this one.
    source = click.get_current_context().get_parameter_source("workers")
    named = source is click.core.ParameterSource.COMMANDLINE
    if (cluster or named) and not (calibrate or report):
        raise UsageError(
            f"{'--cluster' if cluster else '--workers'} shares out the fits of --report and of --calibrate N; "
            "one fit uses all processors as it is"
        )
    if out is not None:
        from forecast.report.folder import claimed

        # Better now than after the minutes that a report takes.
        click.get_current_context().with_resource(claimed(out, force=force))
    started = time.perf_counter()
    tell = _teller(started)
    day = as_of or date.today()  # noqa: DTZ011 - the user's own today
    history = observations.load(as_of=day)
    try:
        who = partial(each, workers=workers or 1, cluster=cluster)
        if calibrate:
            _calibrate(history, day, calibrate, out, who, force=force, as_json=as_json, tell=tell)
            return
        shared = who if workers or cluster else None
        found = _find(history, day, data, shared, refit=refit, report=report, tell=tell)
    finally:
        if sys.stderr.isatty():
            click.echo("\r\x1b[2K", nl=False, err=True)
    seconds = time.perf_counter() - started
    document = _json(found, history, seconds)
    text = [*_summary(found.fitted, found.notes), *_report(found, history)]
    if out is not None:
        text.append(_keep(out, found, text, document, force=force))
    if as_json:
        documents.echo("fit", document)
        return
    for line in (*text, _call(found.fitted, seconds)):
        click.echo(printable(line))


@dataclass(frozen=True)
class _Found:
    """What the command was asked for: a fit, and with a report why it may be trusted."""

    fitted: Fit
    notes: tuple[str, ...]
    own: bool
    trust: Trust | None
    hindcast: Backtest | None
    compared: Candidates | None


def _find(
    history: Observations,
    day: date,
    data: Path | None,
    each: Each | None,
    *,
    refit: bool,
    report: bool,
    tell: Callable[[str], None] | None,
) -> _Found:
    from forecast.fit import fit_history, full_fit

    notes: tuple[str, ...] = ()
    if data is None:
        fitted = full_fit(history, as_of=day, progress=tell, refit=refit)
    else:
        from forecast.fit.own import own_history
        from forecast.observations.own import read

        made = own_history(read(data, history.price_index), history, as_of=day)
        notes = made.notes
        fitted = fit_history(made.history, as_of=day, progress=tell, refit=refit)
    trust, hindcast, compared = None, None, None
    if report:
        from forecast.fit.trust import assess

        trust = assess(fitted, progress=tell, each=each)
        if data is None:
            from forecast.backtest import backtest_stored
            from forecast.backtest.combination import compare_stored

            hindcast, compared = backtest_stored(), compare_stored()
    return _Found(fitted, notes, data is not None, trust, hindcast, compared)


def _keep(out: Path, found: _Found, text: Sequence[str], document: Mapping[str, Any], *, force: bool) -> str:
    from forecast.report.fit_folder import write_trust

    about = found.fitted.posterior.attributes
    files = write_trust(
        out,
        lines=text,
        # How long it took and where it is kept is not part of the report: the same fit leaves the same bytes.
        document={name: value for name, value in document.items() if name not in _OF_THIS_CALL},
        contrasts=found.trust.contrasts if found.trust else (),
        subtitle=f"{about['model']}, as of {about['as_of']}: {about['runs']} runs, {about['chips']} chips",
        force=force,
    )
    return f"written to {out}: {', '.join(files)}"


def _calibrate(
    history: Observations,
    day: date,
    fits: int,
    out: Path | None,
    who: Each,
    *,
    force: bool,
    as_json: bool,
    tell: Callable[[str], None] | None,
) -> None:
    from forecast.errors import ConvergenceError
    from forecast.fit import calibration
    from forecast.fit.history import history as history_of

    made = calibration.calibrate(
        history_of(history, as_of=day), fits=fits, each=who, progress=tell or (lambda _: None)
    )
    verdicts = calibration.verdicts(made)
    document = calibration.document(made, verdicts)
    if out is not None:
        from forecast.report.fit_folder import write_calibration

        write_calibration(out, made, verdicts, document=document, force=force)
    if as_json:
        documents.echo("fit-calibration", document)
    else:
        for line in calibration.lines(made, verdicts):
            click.echo(line)
    if not document["passed"]:
        raise ConvergenceError(
            "the fit does not find what was put in: see the quantities outside their bands"
        )


def _teller(started: float) -> Callable[[str], None]:
    """Says in the log and on a terminal, there in one line that is written over, what is being done."""
    shown = sys.stderr.isatty() and not habits.verbose()

    def tell(text: str) -> None:
        habits.LOG.info("%s", text)
        if shown:
            click.echo(f"\r\x1b[2Kfit: {text} [{time.perf_counter() - started:.0f} s]", nl=False, err=True)

    return tell


def _factor(value: float) -> str:
    return f"{value:.2f}x"


def _interval(growth: Growth) -> str:
    return f"{_factor(growth.median)} a year [{growth.low:.2f}, {growth.high:.2f}]"


def _doubling(growth: Growth) -> str:
    months = growth.doubling_months
    return f"doubles in {months:.0f} months" if months < 36 else f"doubles in {months / 12:.1f} years"


def _summary(fitted: Fit, notes: Sequence[str]) -> Iterator[str]:
    import numpy as np

    from forecast.fit.published import growth_rates

    posterior, found = fitted.posterior, fitted.diagnostics
    about = posterior.attributes
    yield (
        f"{about['model']}, as of {about['as_of']}: {about['runs']} frontier runs up to {about['data_end']}, "
        f"{about['runs_with_cost']} with a cost, {about['chips']} chips"
    )
    yield from notes
    yield ""
    yield "growth (median and 90% credible interval, equal-tailed)"
    for growth in growth_rates(fitted).values():
        yield f"  {growth.what:<58} {_interval(growth):<28} {_doubling(growth)}"
    yield ""
    yield f"levels on {about['as_of']} (median and 90% credible interval, equal-tailed)"
    levels = {
        "frontier_compute_now": ("compute of the median frontier run", "FLOP"),
        "record_compute_now": ("compute of the largest run so far", "FLOP"),
        "price_performance_now": ("compute per dollar, amortised, GPU clusters", "FLOP/USD of 2023"),
        "frontier_releases": ("frontier runs", "a year"),
        "cloud_cost_ratio": ("cloud over amortised cost", ""),
        "acquisition_cost_ratio": ("acquisition over amortised cost", ""),
        "tpu_price_performance_ratio": ("compute per dollar, TPU over GPU", ""),
    }
    for name, (what, unit) in levels.items():
        low, median, high = np.quantile(posterior.draws[name], [0.05, 0.5, 0.95])
        yield f"  {what:<58} {median:.3g} [{low:.3g}, {high:.3g}] {unit}".rstrip()
    if about["as_of"] > about["data_end"]:
        yield from textwrap.wrap(_unpublished(about), _WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield ""
    yield (
        f"diagnostics over {found.variables} variables, {found.chains} chains of {found.draws:,} draws: "
        f"R-hat at most {found.r_hat:.3f}, ESS at least {found.bulk_ess:,.0f} (bulk) and {found.tail_ess:,.0f} (tail), "
        f"{found.divergences} divergences, E-BFMI {found.e_bfmi:.2f}"
    )


def _unpublished(about: Mapping[str, str]) -> str:
    """What holds the trend where compute is not published any more."""
    bounded = int(about.get("runs_bounded", "0"))
    if not bounded:
        return f"(nothing is known of the frontier after {about['data_end']}; the walk carries on from there)"
    return (
        f"(after {about['data_end']} no frontier run has a published compute; {bounded} runs of leading labs without "
        "one enter as at least the tenth largest published run of their day, and the walk carries on)"
    )


def _call(fitted: Fit, seconds: float) -> str:
    made = "found among the stored fits" if fitted.cached else f"sampled in {fitted.seconds:.0f} s"
    place = f"stored as {fitted.path}" if fitted.path else "not stored"
    return f"{made}; {place}; {seconds:.1f} s in all"


def _anchor_figure(anchor: Anchor) -> str:
    point = "" if anchor.value is None else _factor(anchor.value)
    ends = "" if anchor.low is None or anchor.high is None else f"{anchor.low:g} to {anchor.high:g}"
    if point and ends:
        return f"{point} a year, {anchor.interval} {ends}"
    return f"{point or ends} a year" + (f", {anchor.interval}" if ends and anchor.interval else "")


def _comparisons(fitted: Fit, history: Observations, *, own: bool) -> tuple[Comparison, ...]:
    """Published figures beside ours; the line of cost is one through our runs, not through a user's."""
    from forecast.fit.published import compare

    found = compare(fitted, history)
    return tuple(each for each in found if not (own and each.anchor.id == "cost-top-ten"))


def _report(found: _Found, history: Observations) -> Iterator[str]:
    from forecast.fit import trust as trusting
    from forecast.fit.published import lines

    if found.trust is None:
        return
    yield ""
    yield "beside published figures (ours: median, 90% credible interval, equal-tailed)"
    for comparison in _comparisons(found.fitted, history, own=found.own):
        anchor = comparison.anchor
        yield f"  {anchor.what}, {anchor.window}"
        yield f"    published  {_anchor_figure(anchor)}" + (f" ({anchor.note})" if anchor.note else "")
        yield f"    ours       {_interval(comparison.ours)}: {comparison.ours.what}"
        verdict = (
            "agree: the intervals overlap" if comparison.agrees else "differ: the intervals do not overlap"
        )
        other = f"; the published figure is of {anchor.measures_other}" if anchor.measures_other else ""
        yield f"    {verdict}{other}"
        yield f"    source     {anchor.source}"
    yield ""
    yield from trusting.lines(found.trust)
    if found.own:
        return
    drawn = lines(history)
    yield "the plain line of cost, and how far it moves with the choice of runs (90% credible interval, flat priors)"
    for line in drawn.values():
        yield f"  {line.label:<46} {_interval(line.growth):<28} {line.runs} runs"
    yield ""
    for paragraph in _explanation(found.fitted, drawn):
        yield from textwrap.wrap(paragraph, _WIDTH)
        yield ""
    yield from _hindcast(found.hindcast)
    yield from _left_out_futures(found.compared)


def _hindcast(hindcast: Backtest | None) -> Iterator[str]:
    """How forecasts of the fit that ships did from old dates, where its fits are there."""
    from forecast.backtest.tables import caution, criteria_lines

    yield "forecasts from old dates, one to five years ahead, beside the field's line through the top ten"
    if hindcast is None:
        yield "  not all of their fits are stored: run forecast backtest once (some minutes)"
    else:
        yield from textwrap.wrap(caution(hindcast), _WIDTH)
        yield from criteria_lines(hindcast)
    yield ""


def _left_out_futures(compared: Candidates | None) -> Iterator[str]:
    """The candidates by forecasts from old dates, where their fits are there; they take many minutes."""
    from forecast.backtest.tables import candidate_lines

    yield "candidate models by leave-future-out: forecasts one to five years ahead from the ends of past years"
    if compared is None:
        yield "  not all of their fits are stored: run forecast backtest --candidates once (some minutes)"
        return
    yield from candidate_lines(compared)


def _explanation(fitted: Fit, drawn: dict[str, Line]) -> Iterator[str]:
    from forecast.fit.published import anchors, growth_rates

    if not {"published", "top_ten", "from_2018", "from_2012"} <= set(drawn):
        return
    factors = {name: _factor(line.growth.median) for name, line in drawn.items()}
    published = next(anchor for anchor in anchors() if anchor.id == "cost-top-ten")
    yield (
        f"Why cost grows {_factor(growth_rates(fitted)['cost'].median)} a year here and {published.value}x in the "
        f"published line. The window: ours starts in 2012 (the plain line from 2012 on gives {factors['from_2012']}, "
        f"from 2018 on {factors['from_2018']}). The runs: the published line holds runs whose compute was since "
        f"recounted several hundredfold while their cost was not; today's top ten of the same years, without "
        f"those, give {factors['top_ten']}. And what is followed: ours is growth of compute less growth of compute per "
        "dollar, so it also uses the runs whose cost nobody has estimated, and the chips."
    )
    yield (
        f"The line through the published runs ({factors['published']}, {drawn['published'].runs} runs) is not the "
        "published fit to the digit: the public database has been revised since, with more of these runs costed and "
        "some compute and costs recounted, and its dollars are converted here from their stated month."
    )


def _growth_json(growth: Growth) -> dict[str, Any]:
    return {
        "quantity": growth.quantity,
        "what": growth.what,
        "median": growth.median,
        "low": growth.low,
        "high": growth.high,
        "unit": "factor per year",
        "probability": growth.probability,
        "kind": growth.kind,
        "doubling_months": growth.doubling_months if growth.median > 1.0 else None,
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {"label": line.label, "runs": line.runs, **_growth_json(line.growth)}


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    anchor = comparison.anchor
    return {
        "id": anchor.id,
        "what": anchor.what,
        "published": {
            "low": anchor.low,
            "value": anchor.value,
            "high": anchor.high,
            "interval": anchor.interval,
            "window": anchor.window,
            "source": anchor.source,
            "note": anchor.note,
            "measures_other": anchor.measures_other,
        },
        "ours": _growth_json(comparison.ours),
        "agrees": comparison.agrees,
    }


def _json(found: _Found, history: Observations, seconds: float) -> dict[str, Any]:
    import numpy as np

    from forecast.fit import POSTERIOR
    from forecast.fit.published import growth_rates, lines

    fitted = found.fitted
    levels = {}
    for name, unit in POSTERIOR.items():
        low, median, high = np.quantile(fitted.posterior.draws[name], [0.05, 0.5, 0.95])
        levels[name] = {
            "median": float(median),
            "low": float(low),
            "high": float(high),
            "unit": unit,
            "probability": 0.9,
            "kind": "credible interval, equal-tailed",
        }
    result: dict[str, Any] = {
        **{
            name: int(text) if name in _COUNTS else text for name, text in fitted.posterior.attributes.items()
        },
        "growth": {name: _growth_json(growth) for name, growth in growth_rates(fitted).items()},
        "posterior": levels,
        "diagnostics": fitted.diagnostics.as_dict(),
        "cached": fitted.cached,
        "path": str(fitted.path) if fitted.path else None,
        "seconds_sampling": fitted.seconds,
        "seconds": round(seconds, 2),
    }
    if found.notes:
        result["notes"] = list(found.notes)
    if found.trust is not None:
        from forecast.backtest import criteria
        from forecast.backtest.tables import candidate_document
        from forecast.fit import trust as trusting

        drawn = {} if found.own else lines(history)
        result["comparisons"] = [
            _comparison_json(each) for each in _comparisons(fitted, history, own=found.own)
        ]
        result["lines"] = {name: _line_json(line) for name, line in drawn.items()}
        result["trust"] = trusting.document(found.trust)
        if found.hindcast is not None:
            result["trust"]["hindcast"] = [
                asdict(rule) | {"holds": rule.holds} for rule in criteria(found.hindcast.scores)
            ]
        if found.compared is not None:
            result["trust"]["leave_future_out"] = candidate_document(found.compared)
    return result
