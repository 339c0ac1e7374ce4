"""One scenario on the page: its charts with the tables behind them, and what drives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forecast.report.charts.affordability import alt_text_affordability, ranked
from forecast.report.charts.composition import alt_text_composition, mean_shares
from forecast.report.charts.crossing_years import alt_text_crossing, crossing_figure
from forecast.report.charts.data_stock import alt_text_data, data_figure
from forecast.report.charts.dropout import alt_text_dropout, dropout_figure, dropouts
from forecast.report.charts.fan import alt_text_fan
from forecast.report.charts.figures import (
    DRIVERS,
    affordability_figure,
    alt_text_drivers,
    composition_figure,
    cost_figure,
    drivers_figure,
)
from forecast.report.charts.history import HistoryPoint
from forecast.report.charts.labeling import alt_text_labeling, labeling_figure
from forecast.report.charts.sensitivity import tornado_figure
from forecast.report.charts.tornado import alt_text_tornado, ends, widest
from forecast.report.charts.wording import phrase, title, unit_words
from forecast.report.numbers import interval, margin, percent, quantity
from forecast.report.page.assumptions import assumptions
from forecast.report.page.content import Name, Number, Picture, Piece, Section, Sentence, Table
from forecast.report.page.pictures import picture
from forecast.report.page.sentences import exact, likely, mean, quantile, reached
from forecast.report.style import house_style
from forecast.report.tables import LEVELS
from forecast.scenario import Scenario
from forecast.sensitivity import SOURCES, Sensitivity
from forecast.shapes import CrossingRow, Summary, SummaryRow, Trajectories

_LEVEL_NAMES = ("5%", "10%", "25%", "Median", "75%", "90%", "95%")
_LIMITS: Mapping[str, str] = {
    "data_binds": "the record run wants more different tokens than there are",
    "money_binds": "money holds the record run back",
    "physics_binds": "power or chips hold the record run back",
    "power_binds": "power holds the record run back",
    "chips_bind": "chips hold the record run back",
    "length_binds": "power or chips hold back a record run that is as long as is sensible",
    "raw_stock_use": "all human text there is has been used",
    "quality_stock_use": "all good human text has been used once",
    "repeated_stock_use": "all good human text has been used as often as is sensible",
    "synthesized_stock_use": "all human and synthetic text has been used as often as is sensible",
}


def cost_picture(
    summary: Summary, trajectories: Trajectories, history: Mapping[str, Sequence[HistoryPoint]]
) -> Picture:
    """The fan of the training cost for readers without a script, with its table."""
    observed = history.get("training_cost", ())
    with house_style():
        figure = cost_figure(summary, trajectories, observed)
    return picture(
        figure,
        name="training_cost",
        heading=title("training_cost"),
        alternative=alt_text_fan(summary, history=observed),
        tables=[fan_table(summary, "training_cost")],
    )


def sections(
    scenario: Scenario,
    summary: Summary,
    trajectories: Trajectories,
    history: Mapping[str, Sequence[HistoryPoint]],
    names: Mapping[str, str],
    *,
    sensitivity: Sensitivity | None = None,
    beside: Scenario | None = None,
) -> tuple[Section, ...]:
    """Every section of one scenario.

    Args:
        scenario: The assumptions.
        summary: What came out.
        trajectories: The paths, some of which are drawn within the fans.
        history: What was observed, by variable.
        names: What each lab is called, by its id.
        sensitivity: What matters, if it was computed.
        beside: A scenario whose assumptions are listed already; only those that differ from it are listed again.
    """
    found = [
        _thresholds(summary),
        _payers(summary, trajectories, names),
        _composition(summary, trajectories),
        _data(summary, trajectories),
        _drivers(summary, trajectories, history),
        _matters(sensitivity) if sensitivity is not None else None,
        assumptions(scenario, beside),
    ]
    return tuple(section for section in found if section is not None)


def fan_table(summary: Summary, *variables: str) -> Table:
    """Quantiles of some variables by year, with the Monte Carlo standard error of the median."""
    several = len(variables) > 1
    rows: list[tuple[Piece, ...]] = [
        (
            *([title(row.variable)] if several else []),
            str(row.year),
            *(quantile(row, level) for level in LEVELS),
            _error(row),
        )
        for variable in variables
        for row in summary.rows
        if row.variable == variable and not row.member and row.year is not None
    ]
    what = (
        "; ".join(f"{title(name)}, {unit_words(summary.unit(name))}" for name in variables[:1])
        if not several
        else ""
    )
    return Table(
        caption=f"{what or 'Main drivers'}: quantiles over the paths, by year",
        header=(*(["Variable"] if several else []), "Year", *_LEVEL_NAMES, "Error of the median"),
        rows=tuple(rows),
    )


def _with_words(probability: Number) -> Sentence:
    return probability, likely(probability)


def _error(row: SummaryRow) -> Piece:
    place = LEVELS.index("p50")
    value, error = row.quantiles[place], row.quantile_errors[place]
    if value == 0.0 or row.unit in ("share", "probability", "yes/no", "count", "1/yr"):
        return Number(f"±{error:.2g}", exact(error))
    return Number(f"±{100.0 * error / abs(value):.1f}%", exact(error))


def _thresholds(summary: Summary) -> Section | None:
    if not summary.crossings:
        return None
    years = summary.coordinates.years
    costs = [row for row in summary.crossings if row.variable == "training_cost"]
    limits = [row for row in summary.crossings if row.variable in _LIMITS]

    def table(caption: str, first: str, rows: Iterable[tuple[str, CrossingRow]]) -> Table:
        return Table(
            caption=caption,
            header=(
                first,
                *(f"By {year}" for year in years),
                f"Not by {years[-1]}",
                "Greatest error, points",
            ),
            rows=tuple(
                (
                    words,
                    *(_with_words(reached(row, year, years)[0]) for year in years),
                    _with_words(
                        Number(
                            percent(row.never),
                            exact(row.never),
                            f"thresholds|{row.variable}|{exact(row.threshold)}|after {years[-1]}",
                        )
                    ),
                    margin(max(row.errors)) or "0",
                )
                for words, row in rows
            ),
        )

    tables, pictures = [], []
    if costs:
        words = ((f"A run of {quantity(row.threshold, row.unit)} or more", row) for row in costs)
        with house_style():
            figure = crossing_figure(summary, costs)
        pictures.append(
            picture(
                figure,
                name="crossing",
                heading="When a run this dear happens for the first time",
                alternative=alt_text_crossing(summary, costs),
                tables=[table("Share of paths on which a run this dear has happened", "Cost", words)],
            )
        )
    if limits:
        named = ((_LIMITS[row.variable], row) for row in limits)
        tables.append(table("Share of paths on which a limit has been met", "Limit", named))
    return Section(
        name="thresholds",
        heading="When thresholds are crossed",
        sentences=(
            (
                (
                    "Whether something happens by a year is counted on whole paths. A fan shows each year "
                    "by itself, so these figures cannot be read off its edges; paths on which it never "
                    "happens stay in."
                ),
            ),
        ),
        pictures=tuple(pictures),
        tables=tuple(tables),
    )


def _payers(summary: Summary, trajectories: Trajectories, names: Mapping[str, str]) -> Section | None:
    if not summary.affordability:
        return None
    labs, years, _ = ranked(summary)
    rows = {(row.lab, row.year): row for row in summary.affordability}
    chances = Table(
        caption="Share of paths on which each lab can pay for the record run of the year",
        header=("Lab", *map(str, years), "Greatest error, points"),
        rows=tuple(
            (
                Name(names.get(lab, lab)),
                *(
                    _with_words(
                        Number(
                            percent(rows[lab, year].probability),
                            exact(rows[lab, year].probability),
                            f"affordability|{lab}|{year}|probability",
                        )
                    )
                    for year in years
                ),
                margin(max(rows[lab, year].error for year in years)),
            )
            for lab in labs
        ),
    )
    near = Table(
        caption="Share of paths on which each lab can pay for a run near the record, a stated part of its compute: "
        "where money sets the record, hardly a second lab can pay for all of it",
        header=("Lab", *map(str, years)),
        rows=tuple(
            (
                Name(names.get(lab, lab)),
                *(
                    Number(
                        percent(share),
                        exact(share),
                        f"affordability|{lab}|{year}|probability_near_the_record",
                    )
                    for year in years
                    if (share := rows[lab, year].near) is not None
                ),
            )
            for lab in labs
        ),
    )
    tables = [
        chances,
        *([near] if all(row.near is not None for row in summary.affordability) else []),
        fan_table(summary, *(name for name in ("payers", "contenders") if _has(summary, name))),
    ]
    firsts = []
    if summary.dropouts:
        firsts.append(
            Table(
                caption="Who drops out: share of paths on which each lab can pay in some year, cannot in a later one, "
                "and is the first to stop",
                header=("Lab", "Can ever pay", "Drops out", "Drops out first", "Error of that, points"),
                rows=tuple(
                    (
                        Name(names.get(row.lab, row.lab)),
                        Number(percent(row.able), exact(row.able), f"dropouts|{row.lab}|ever_able"),
                        Number(percent(row.dropped), exact(row.dropped), f"dropouts|{row.lab}|drops_out"),
                        Number(percent(row.first), exact(row.first), f"dropouts|{row.lab}|first_to_drop_out"),
                        margin(row.first_error) or "0",
                    )
                    for row in sorted(summary.dropouts, key=lambda row: (-row.first, row.lab))
                ),
            )
        )
    with house_style():
        figure, leaving = affordability_figure(summary, names), dropout_figure(summary, trajectories, names)
    found = dropouts(trajectories)
    ends = ("Never able", *map(str, found.years), f"Pays through {found.years[-1]}")
    when = Table(
        caption="Share of paths by the first year in which a lab can no longer pay",
        header=("Lab", *ends),
        rows=tuple(
            (Name(names.get(lab, lab)), *(Number(percent(share), exact(share)) for share in shares))
            for lab, shares in zip(found.labs, found.shares.tolist(), strict=True)
        ),
    )
    return Section(
        name="payers",
        heading="Who can pay",
        pictures=(
            picture(
                figure,
                name="affordability",
                heading="Who can pay for the record run of the year",
                alternative=alt_text_affordability(summary, names=names),
                tables=tables,
            ),
            picture(
                leaving,
                name="dropout",
                heading="Who drops out when",
                alternative=alt_text_dropout(trajectories, names=names),
                tables=[when, *firsts],
            ),
        ),
    )


def _composition(summary: Summary, trajectories: Trajectories) -> Section | None:
    if not _has(summary, "compute_share"):
        return None
    years = summary.coordinates.years
    parts = [name for name in ("compute", "data", "labeling") if _has(summary, f"{name}_share")]
    shares: list[tuple[Piece, ...]] = [
        (f"{part.capitalize()}", *(mean(row) for row in _by_year(summary, f"{part}_share"))) for part in parts
    ]
    if "other" in (rest := mean_shares(summary)):
        shares.append(("Other", *(Number(percent(value), exact(value)) for value in rest["other"].tolist())))
    with house_style():
        figure = composition_figure(summary)
    return Section(
        name="composition",
        heading="What the cost is made of",
        pictures=(
            picture(
                figure,
                name="composition",
                heading="What the record run's cost is made of",
                alternative=alt_text_composition(summary),
                tables=[
                    Table(
                        "Mean share of each part in the training cost",
                        ("Part", *map(str, years)),
                        tuple(shares),
                    ),
                    fan_table(summary, *(f"{part}_cost" for part in parts)),
                ],
            ),
            *_labeling(summary, trajectories),
        ),
    )


def _labeling(summary: Summary, trajectories: Trajectories) -> Iterator[Picture]:
    shown = [name for name in ("labeling_share", "labeling_cost") if _has(summary, name)]
    if len(shown) < 2:
        return
    with house_style():
        figure = labeling_figure(summary, trajectories)
    yield picture(
        figure,
        name="labeling",
        heading="Labeling: its share of the cost, and its cost",
        alternative=alt_text_labeling(summary, trajectories),
        tables=[fan_table(summary, *shown)],
    )


def _data(summary: Summary, trajectories: Trajectories) -> Section | None:
    shown = [
        name
        for name in ("tokens_wanted", "unique_tokens", "raw_stock", "quality_stock")
        if _has(summary, name)
    ]
    if "tokens_wanted" not in shown:
        return None
    with house_style():
        figure = data_figure(summary, trajectories)
    return Section(
        name="data",
        heading="How long the data last",
        pictures=(
            picture(
                figure,
                name="data",
                heading="Tokens wanted, tokens there are, and when each stock is exhausted",
                alternative=alt_text_data(summary, trajectories),
                tables=[fan_table(summary, *shown)],
            ),
        ),
    )


def _drivers(
    summary: Summary, trajectories: Trajectories, history: Mapping[str, Sequence[HistoryPoint]]
) -> Section:
    shown = [name for name in (*DRIVERS, "unique_tokens") if _has(summary, name)]
    with house_style():
        figure = drivers_figure(summary, trajectories, history)
    return Section(
        name="drivers",
        heading="What drives the cost",
        pictures=(
            picture(
                figure,
                name="drivers",
                heading="What drives the cost of the record run",
                alternative=alt_text_drivers(summary),
                tables=[fan_table(summary, *shown)],
            ),
        ),
    )


def _matters(found: Sensitivity) -> Section:
    with house_style():
        figure = tornado_figure(found)
    unit = found.target.unit
    rows = []
    for each in widest(found):
        swing = each.swing
        if swing is None:
            continue
        low, high = ends(each)
        rows.append(
            (
                each.group.label,
                SOURCES[each.group.source],
                low,
                high,
                Number(quantity(swing.low_median, unit), exact(swing.low_median)),
                Number(quantity(swing.high_median, unit), exact(swing.high_median)),
                percent(each.shapley.value),
                interval(each.shapley.low, each.shapley.high, "share"),
            )
        )
    return Section(
        name="matters",
        heading="Which inputs matter",
        pictures=(
            picture(
                figure,
                name="tornado",
                heading=f"What moves the {phrase(found.target.variable)} of {found.target.year}",
                alternative=alt_text_tornado(found),
                tables=[
                    Table(
                        caption=(
                            f"Median {phrase(found.target.variable)} of {found.target.year} with one input "
                            "at its 5% and at its 95% quantile, and the input's part of the spread"
                        ),
                        header=(
                            *("Input", "Where it comes from", "At 5%", "At 95%"),
                            *("Median at 5%", "Median at 95%", "Part of the spread", "90% interval of that"),
                        ),
                        rows=tuple(rows),
                    )
                ],
            ),
        ),
    )


def _has(summary: Summary, variable: str) -> bool:
    return any(row.variable == variable and not row.member and row.year is not None for row in summary.rows)


def _by_year(summary: Summary, variable: str) -> Iterator[SummaryRow]:
    return (
        row for row in summary.rows if row.variable == variable and not row.member and row.year is not None
    )
