"""The claims as text for a terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from forecast import __version__, cells
from forecast.claims import ESSAY_DATE, FORMAT, Answers, averages
from forecast.claims.claim import Claim, ends
from forecast.claims.hindcast import Scored
from forecast.report.numbers import percent, quantity
from forecast.scoring import COVERAGES

ESSAY = "The Future of AI Is Expensive"
CAUTION = (
    "Read with care: the outcomes are few and hang together; the costs of runs and the random walk's growth were "
    "published after the day of the forecast; the essay gives single points, read off its words, so that no interval "
    "of its own can hold anything."
)
_WIDTH, _INDENT = 100, 14

COLUMNS = (
    "number",
    "subject",
    "claim",
    "essay",
    "ours",
    "value",
    "low",
    "high",
    "probability",
    "error",
    "unit",
    "outcome",
    "status",
    "settled_by",
    "source",
)


def row(claim: Claim) -> dict[str, Any]:
    """One claim as a flat row: the number that answers it, what came of it, and where that stands.

    ``value`` is empty for a probability and ``probability`` for anything else; ``low`` and ``high`` are the 90%
    interval of a forecast or the range of records; ``error`` is the Monte Carlo standard error.
    """
    told, headline = claim.answer, claim.headline
    chance = headline is not None and headline.unit == "probability"
    return {
        "number": claim.number,
        "subject": claim.statement.subject,
        "claim": claim.statement.claim,
        "essay": claim.statement.essay,
        "ours": told.ours,
        "value": None if headline is None or chance else headline.value,
        "low": None if headline is None else headline.low,
        "high": None if headline is None else headline.high,
        "probability": headline.value if headline is not None and chance else None,
        "error": None if headline is None else headline.error,
        "unit": "" if headline is None else headline.unit,
        "outcome": told.outcome,
        "status": told.status,
        "settled_by": claim.settled_by,
        "source": claim.source,
    }


def document(answers: Answers) -> dict[str, Any]:
    """All claims with all their figures, and the scores where there are any, ready for JSON."""
    return {
        "format": FORMAT,
        "forecast": __version__,
        "essay": {"title": ESSAY, "date": ESSAY_DATE.isoformat()},
        "scenario": {
            "name": answers.scenario.name,
            "title": answers.scenario.title,
            "as_of": answers.scenario.as_of.isoformat(),
            "digest": answers.scenario.digest,
        },
        "draws": answers.draws,
        "seed": answers.seed,
        "claims": [
            row(claim)
            | {
                "rows": list(claim.answer.rows),
                "figures": [asdict(figure) for figure in claim.answer.figures],
            }
            for claim in answers.claims
        ],
        "tally": tally(answers),
        "hindcast": _hindcast(answers) if answers.hindcast else None,
    }


def tally(answers: Answers) -> dict[str, int]:
    """How many claims have each status, the most frequent first."""
    return dict(Counter(claim.answer.status for claim in answers.claims).most_common())


def _hindcast(answers: Answers) -> dict[str, Any]:
    return {
        "origin": answers.scenario.as_of.isoformat(),
        "unit": "scores in orders of magnitude (log10), log_score in natural logarithms: lower is better",
        "caution": CAUTION,
        "scores": [
            {
                "observable": each.observable.name,
                "unit": each.observable.unit,
                "day": each.observable.day.isoformat(),
                "observed": each.observable.value,
                "observed_low": each.observable.low,
                "observed_high": each.observable.high,
                "settled": each.observable.settled,
                "rows": list(each.observable.rows),
                "method": each.method,
                "median": each.median,
                "low": each.low,
                "high": each.high,
                "crps": each.score.crps,
                "log_score": each.score.log_score,
                "pit": each.score.pit,
                **{f"covered_{share}": getattr(each.score, f"covered_{share}") for share in COVERAGES},
            }
            for each in answers.hindcast
        ],
        "averages": [
            {
                "method": each.method,
                "on_what_is_said_by": each.against,
                "count": each.count,
                "crps": each.crps,
                "log_score": each.log_score,
                "log_score_with_the_best_spread": each.best_log_score,
                **{f"coverage_{share}": held for share, held in zip(COVERAGES, each.coverage, strict=True)},
            }
            for each in averages(answers.hindcast)
        ],
    }


def claims_csv(answers: Answers) -> str:
    """All claims, one a row; numbers with six significant digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for claim in answers.claims:
        writer.writerow([_cell(value) for value in row(claim).values()])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else cells.safe(str(value))


def lines(answers: Answers) -> Iterator[str]:
    """All claims by subject for a terminal, then how the scenario scored where it did."""
    scenario = answers.scenario
    yield f'{scenario.name}: claims of "{ESSAY}" ({ESSAY_DATE:%B %Y}), looking ahead from {scenario.as_of}'
    yield f"{answers.draws:,} paths; a chance carries its Monte Carlo error in points; money in USD of 2023"
    for subject in dict.fromkeys(claim.statement.subject for claim in answers.claims):
        yield from ("", subject.upper())
        for claim in answers.claims:
            if claim.statement.subject == subject:
                yield from _lines(claim)
    counts = ", ".join(f"{count} {status}" for status, count in tally(answers).items())
    yield from ("", f"{len(answers.claims)} claims: {counts}")
    if answers.hindcast:
        yield from ("", f"WHAT CAME SINCE {scenario.as_of}")
        yield from _scores(answers.hindcast)


def _lines(claim: Claim) -> Iterator[str]:
    told = claim.answer
    yield from textwrap.wrap(
        claim.statement.claim, _WIDTH, initial_indent=f"{claim.number:>3}  ", subsequent_indent=" " * 5
    )
    for name, text in (("essay", claim.statement.essay), ("ours", told.ours), ("outcome", told.outcome)):
        shown = f"{text}: {told.status.upper()}" if name == "outcome" else text
        yield from textwrap.wrap(
            shown,
            _WIDTH,
            initial_indent=f"     {name:<{_INDENT - 5}}",
            subsequent_indent=" " * _INDENT,
            break_long_words=False,
        )


def _scores(scored: tuple[Scored, ...]) -> Iterator[str]:
    for seen in dict.fromkeys(each.observable for each in scored):
        known = quantity(seen.value, seen.unit)
        if seen.low != seen.high:
            known += f" ({ends(seen.low, seen.high, seen.unit)})"
        note = "" if seen.settled else "; contested or planned, not averaged"
        yield from textwrap.wrap(f"{seen.name}, {seen.day}: {known}{note}", _WIDTH, subsequent_indent="  ")
        for each in scored:
            if each.observable == seen:
                span = f" ({ends(each.low, each.high, seen.unit)})" if each.low != each.high else ""
                yield (
                    f"    {each.method:<13}{quantity(each.median, seen.unit)}{span}; "
                    f"log score {each.score.log_score:.2f}, CRPS {each.score.crps:.2f}"
                )
    yield from ("", "averages over what is settled (orders of magnitude; lower scores are better)")
    wanted = ", ".join(f"{share}%" for share in COVERAGES)
    yield f"    {'':<39}outcomes  log score  CRPS  held by intervals of {wanted}"
    for average in averages(scored):
        where = "" if average.method == average.against else f", where the {average.against} speaks"
        held = ", ".join(percent(share) for share in average.coverage)
        yield (
            f"    {average.method + where:<39}{average.count:>8}{average.log_score:>11.2f}{average.crps:>6.2f}  {held}"
        )
        if average.best_log_score is not None:
            yield f"    {'  its points with the best spread':<39}{'':>8}{average.best_log_score:>11.2f}"
    yield from textwrap.wrap(CAUTION, _WIDTH)
