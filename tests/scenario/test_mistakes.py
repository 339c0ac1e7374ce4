"""One mistake at a time in an otherwise good scenario: the message, its place, and what the JSON Schema makes of it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import jsonschema
import pytest

from forecast.errors import ScenarioError
from forecast.scenario.reader import parse, plain
from forecast.scenario.schema import schema, schema_text

ROOT = Path(__file__).parents[2]

# What is exchanged in the good scenario, for what, the message, and whether a schema can tell.
WAGE, SHARE, GROWTH = "wage: 5 to 30", "automated_share: 0.4", "{p5: 1.5x/yr, p50: 3.5x/yr, p95: 10x/yr, why"
EVENT = (
    "{name: chip squeeze, probability: 0.15, year: 2028, affects: price_performance, factor: 0.7, lasts: 2}"
)
PAIR = "{between: [algorithmic_growth, wage], rho: 0.3}"
MISTAKES = {
    "unknown key": ("title:", "tilte:", '2:1: tilte: "tilte" is no key here; did you mean "title"?', True),
    "unknown driver": (
        WAGE,
        "wages: 5",
        '7:3: assumptions.wages: no formula asks for "wages"; did you mean "wage"?',
        False,
    ),
    "unknown form key": (
        WAGE,
        "wage: {p5: 5, p59: 30}",
        '7:17: assumptions.wage.p59: "p59" is no key here; did you mean "p',
        True,
    ),
    "no form": (
        WAGE,
        "wage: {p5: 5, p50: 30}",
        "7:3: assumptions.wage: has p5 and p50, which make no form",
        True,
    ),
    "no value": (WAGE, "wage: {why: so}", "7:3: assumptions.wage: says no value; write a number", True),
    "nothing": (WAGE, "wage:", "7:8: assumptions.wage: says nothing", False),
    "a list": (WAGE, "wage: [5, 30]", "7:9: assumptions.wage: a list is no number", True),
    "p5 above p95": (
        WAGE,
        "wage: {p5: 30, p95: 5}",
        "7:14: assumptions.wage: p5 (30) is above p95 (5)",
        False,
    ),
    "p5 above p50": (
        WAGE,
        "wage: {p5: 30, p50: 5, p95: 40}",
        "7:14: assumptions.wage: p5 (30) is above p50 (5)",
        False,
    ),
    "p50 above p95": (WAGE, "wage: {p5: 3, p50: 50, p95: 40}", "p50 (50) is above p95 (40)", False),
    "ends in wrong order": (WAGE, "wage: 30 to 5", "7:9: assumptions.wage: p5 (30) is above p95 (5)", False),
    "corners in wrong order": (WAGE, "wage: {low: 3, mode: 2, high: 4}", "low (3) is above mode (2)", False),
    "bare growth": (
        GROWTH,
        "{value: 3, why",
        "6:31: assumptions.algorithmic_growth.value: 3 is a bare number",
        False,
    ),
    "bare growth quantile": (
        GROWTH,
        "{p5: 1.5, p95: 10x/yr, why",
        "assumptions.algorithmic_growth.p5: 1.5 is a bare number",
        False,
    ),
    "bare growth range": (GROWTH, "{value: 1 to 2, why", "1 is a bare number for a growth rate", False),
    "growth of a mean": (GROWTH, "{mean: 2x/yr, sd: 0.1, why", "no standard deviation", False),
    "no growth": (GROWTH, "{value: fast, why", '"fast" is no growth rate; write one with its unit', True),
    "absurd growth": (GROWTH, "{value: 1e9x/yr, why", "out of range; at most a factor of 1e6 a year", False),
    "growth on a price": (
        WAGE,
        "wage: 2x/yr",
        '"2x/yr" is a growth rate; this is measured in USD/hour',
        False,
    ),
    "doubling on a price": (
        WAGE,
        "wage: {doubling: 1 year}",
        "is a growth rate; this is measured in USD/hour",
        False,
    ),
    "times in wrong order": (GROWTH, "{doubling: 9 to 5 months, why", "is above the second", False),
    "negative price": (
        WAGE,
        "wage: -5",
        "7:9: assumptions.wage: -5 is a negative price; wage in USD/hour is always above zero",
        False,
    ),
    "zero price": (WAGE, "wage: {p5: 0, p95: 5}", "assumptions.wage.p5: 0 is no price; wage", False),
    "negative interval": (WAGE, "wage: -5 to 5", "assumptions.wage: -5 is a negative price", False),
    "a share of 1.2": (
        SHARE,
        "automated_share: 1.2",
        "9:20: assumptions.automated_share: 1.2 is no share",
        False,
    ),
    "a share in percent": (SHARE, "automated_share: 40%", '"40%" is no number; write 0.4', True),
    "a share to the end": (SHARE, "automated_share: 0 to 0.4", "lies inside 0 to 1", False),
    "sd of a share": (SHARE, "automated_share: {mean: 0.5, sd: 0.6}", "sd is too large for a share", False),
    "year of nothing": (
        "title: The way",
        "last_year: .inf\ntitle: The way",
        "last_year: .inf is no finite number",
        None,
    ),
    "dated of nothing": ("dated: 2024-12", "dated: .nan", ".dated: .nan is no finite number", None),
    "verified of nothing": ("dated: 2024-12", "verified: .nan", ".verified: .nan is no finite number", None),
    "price that doubles": (
        WAGE,
        "wage: {p5: {doubling: 1 year}, p95: 5}",
        "is a growth rate; this is measured in USD/hour",
        None,
    ),
    "two dots": (WAGE, "wage: 1.2.3 to 5", '"1.2.3" is no number', None),
    "two dots and percent": (SHARE, 'automated_share: "1.2.3%"', '"1.2.3%" is no number', None),
    "a huge interval": (WAGE, "wage: 1 to 1e300", "1e300 is out of range", None),
    "doubling of nothing": (
        "{p5: 1.5x/yr, p50: 3.5x/yr, p95: 10x/yr, why",
        "{doubling: .inf, why",
        ".doubling: .inf is no finite",
        None,
    ),
    "doubling some day": (
        "{p5: 1.5x/yr, p50: 3.5x/yr, p95: 10x/yr, why",
        "{doubling: some day, why",
        "is no duration",
        None,
    ),
    "samples of nowhere": (WAGE, 'wage: {samples: ""}', "names no file; write one such as samples.csv", None),
    "limit no number": (WAGE, "wage: {p5: 5, p95: 30, min: low}", 'wage.min: "low" is no number', None),
    "number of nothing": (WAGE, "wage: {p5: , p95: 5}", "wage.p5: nothing is no number", None),
    "threshold no number": (
        "title: The way",
        "thresholds: [x, 2]\ntitle: The way",
        'thresholds[0]: "x" is no number',
        None,
    ),
    "thresholds of nothing": (
        "title: The way",
        "thresholds: .inf\ntitle: The way",
        "thresholds: .inf is no finite number",
        None,
    ),
    "event year no number": ("year: 2028", "year: [2027, soon]", '"soon" is no year', None),
    "correlation a text": (PAIR, "boom", 'correlations[0]: is "boom"; write a map', None),
    "correlation with a list": ("[algorithmic_growth, wage]", "[[1], wage]", "is a list; write a text", None),
    "added events no list": ("events:", "add_events: 3\nevents:", 'add_events: is "3"; write a list', None),
    "extends nothing": ("title: The way", 'extends: ""\ntitle: The way', "extends: names no file", None),
    "number with a sign of money": (WAGE, "wage: $5,000", '"$5,000" is no number; write 5000', None),
    "mean no number": (WAGE, "wage: {mean: much, sd: 1}", "assumptions.wage.mean: ", None),
    "sd no number": (WAGE, "wage: {mean: 5, sd: little}", "assumptions.wage.sd: ", None),
    "sd below zero": (WAGE, "wage: {mean: 5, sd: -1}", "-1 is no standard deviation", None),
    "mean and sd of growth": (
        "{p5: 1.5x/yr, p50: 3.5x/yr, p95: 10x/yr, why",
        "{mean: 2x/yr, sd: 1, why",
        "write {p5, p95}",
        None,
    ),
    "sd of zero": (WAGE, "wage: {mean: 5, sd: 0}", "0 is no standard deviation", True),
    "NaN": (WAGE, "wage: .nan", "7:9: assumptions.wage: .nan is no finite number", None),
    "infinity": (
        WAGE,
        "wage: {p5: 5, p95: .inf}",
        "7:22: assumptions.wage.p95: .inf is no finite number",
        None,
    ),
    "a huge number": (WAGE, "wage: 1e300", "1e300 is out of range", True),
    "quoted number": (WAGE, 'wage: "5"', '"5" is no number; remove the quotes', True),
    "number with commas": (WAGE, "wage: 5_000", '"5_000" is no number; write 5000', True),
    "a truth value": (WAGE, "wage: true", '"true" is no number', True),
    "wrong unit": (
        "unit: token/parameter",
        "unit: token",
        '8:59: assumptions.tokens_per_parameter.unit: the unit is token/parameter, not "token"',
        False,
    ),
    "limits in wrong order": (
        WAGE,
        "wage: {p5: 5, p95: 30, min: 9, max: 8}",
        "min (9) is not below max (8)",
        False,
    ),
    "limits far away": (WAGE, "wage: {p5: 5, p95: 30, min: 1e9}", "less than a millionth", False),
    "number outside limits": (WAGE, "wage: {value: 5, max: 4}", "lies outside min and max", False),
    "limits on a fit": ("{fitted: {}}", "{fitted: {}, min: 1x/yr}", "cannot cut a fitted trend", False),
    "fit of what is not fitted": (
        WAGE,
        "wage: {fitted: {}}",
        "the fit of history does not estimate wage",
        False,
    ),
    "fit with bare shift": ("{fitted: {}}", "{fitted: {shift: 0.1}}", "0.1 is a bare number", False),
    "fit with bad scale": ("{fitted: {}}", "{fitted: {scale: -1}}", "a scale is above zero", True),
    "fit with unknown key": ("{fitted: {}}", "{fitted: {scal: 1}}", 'did you mean "scale"?', True),
    "fit of a text": ("{fitted: {}}", "{fitted: yes}", 'is "yes"; write {scale: 1.0}', True),
    "missing driver": (
        "  wage: 5 to 30\n",
        "",
        "4:1: assumptions.wage: is missing; say what you assume",
        False,
    ),
    "missing driver of a lab": (
        ", research_spend: 5e9",
        "",
        "13:3: labs.alpha.research_spend: is missing; write it here or under labs.defaults",
        False,
    ),
    "driver in the wrong section": (
        WAGE,
        f"{WAGE}\n  final_run_share: 0.1",
        "does not belong here; write it under labs.defaults",
        False,
    ),
    "driver of all under a lab": (
        "research_spend: 5e9",
        "research_spend: 5e9, wage: 3",
        "write it under assumptions",
        False,
    ),
    "a lab name": ("  alpha:", "  Al pha:", '13:3: labs.Al pha: "Al pha" cannot be used', True),
    "a lab that is a number": (
        "{name: Alpha, research_spend: 5e9}",
        "5",
        'labs.alpha: is "5"; write a map',
        True,
    ),
    "no name": ("name: baseline\n", "", "1:1: name: is missing", True),
    "a name with a path": ("name: baseline", "name: ../x", '1:7: name: "../x" is no name', True),
    "no as_of": ("as_of: 2026-09-30\n", "", "1:1: as_of: is missing", True),
    "as_of no date": ("as_of: 2026-09-30", "as_of: 2026-13-30", '3:8: as_of: "2026-13-30" is no date', False),
    "as_of in another order": (
        "as_of: 2026-09-30",
        "as_of: 30.9.2026",
        "is no date; write one such as",
        True,
    ),
    "as_of too early": ("as_of: 2026-09-30", "as_of: 1999-09-30", "3:8: as_of: 1999-09-30 is outside", False),
    "first year before as_of": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nfirst_year: 2025",
        "4:13: first_year: 2025 is before as_of",
        False,
    ),
    "first year far after": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nfirst_year: 2035",
        "leaves a gap after as_of",
        False,
    ),
    "horizon backwards": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nlast_year: 2026",
        "4:12: last_year: 2026 is outside 2027 to 2056",
        False,
    ),
    "horizon too long": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nlast_year: 3000",
        "last_year: 3000 is outside",
        True,
    ),
    "year no number": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nlast_year: soon",
        '"soon" is no year; write a whole number',
        True,
    ),
    "dated after as_of": (
        "dated: 2024-12",
        "dated: 2027-01",
        "6:99: assumptions.algorithmic_growth.dated: 2027-01-31 is after as_of",
        False,
    ),
    "verified maybe": ("dated: 2024-12", "verified: maybe", "neither yes nor no", True),
    "long text": ("why: Wide.", f"why: {'x' * 2001}", "a text has 2,001 characters", True),
    "why a list": ("why: Wide.", "why: [a]", "is a list; write a text", True),
    "thresholds falling": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nthresholds: [2, 1]",
        "4:17: thresholds[1]: 1 is not above",
        False,
    ),
    "threshold of zero": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nthresholds: [0]",
        "thresholds[0]: 0 is no amount of money",
        True,
    ),
    "thresholds no list": (
        "as_of: 2026-09-30",
        "as_of: 2026-09-30\nthresholds: 1e9",
        'thresholds: is "1e9"; write a list',
        True,
    ),
    "probability of 1.2": (
        "probability: 0.15",
        "probability: 1.2",
        "16:39: events[0].probability: 1.2 is no probability; write a number from 0 to 1",
        True,
    ),
    "event outside the horizon": (
        "year: 2028",
        "year: 2040",
        "16:51: events[0].year: 2040 is outside the horizon, 2026 to 2031",
        False,
    ),
    "event far outside the horizon": (
        "year: 2028",
        "year: [2027, 3000]",
        "events[0].year: 3000 is far outside the horizon",
        False,
    ),
    "event years backwards": (
        "year: 2028",
        "year: [2029, 2027]",
        "the first year (2029) is after the last (2027)",
        False,
    ),
    "event with three years": ("year: 2028", "year: [2027, 2028, 2029]", "write one year or a list", True),
    "event affects nothing": (
        "affects: price_performance",
        "affects: price_preformance",
        'did you mean "price_performance"?',
        False,
    ),
    "event with a negative factor": (
        "factor: 0.7",
        "factor: -0.7",
        "events[0].factor: -0.7 is a negative value",
        True,
    ),
    "event lasts nothing": ("lasts: 2", "lasts: 0", "lasts longer than nothing", True),
    "event lacks": ("probability: 0.15, ", "", "16:5: events[0]: lacks probability", True),
    "event with unknown key": (
        "lasts: 2",
        "last: 2",
        'events[0].last: "last" is no key here; did you mean "lasts"?',
        True,
    ),
    "event twice": (
        EVENT,
        f"{EVENT}\n  - {EVENT}",
        '17:5: events[1].name: the event "chip squeeze" is described twice',
        False,
    ),
    "events no list": (f"\n  - {EVENT}", " 3", 'events: is "3"; write a list', True),
    "event a text": (EVENT, "boom", 'events[0]: is "boom"; write a map', True),
    "correlation of one": ("rho: 0.3", "rho: 1", "18:48: correlations[0].rho: 1 is no correlation", True),
    "correlation with the unknown": (
        "[algorithmic_growth, wage]",
        "[algorithmic_growth, wag]",
        'no formula asks for "wag"; did you mean "wage"?',
        False,
    ),
    "correlation with itself": (
        "[algorithmic_growth, wage]",
        "[wage, wage]",
        "write the names of two different drivers",
        True,
    ),
    "correlation of three": (
        "[algorithmic_growth, wage]",
        "[wage, algorithmic_growth, x]",
        "has 3 entries",
        True,
    ),
    "correlation with a fit": (
        "[algorithmic_growth, wage]",
        "[compute_growth, wage]",
        '"compute_growth" is fitted',
        False,
    ),
    "correlation with a lab driver": (
        "[algorithmic_growth, wage]",
        "[final_run_share, wage]",
        "for each of the labs",
        False,
    ),
    "correlation twice": (
        PAIR,
        f"{PAIR}\n  - {{between: [wage, algorithmic_growth], rho: 0.1}}",
        "19:5: correlations[1]: this pair stands twice",
        False,
    ),
    "impossible correlations": (
        PAIR,
        (
            "{between: [algorithmic_growth, wage], rho: 0.9}\n"
            "  - {between: [wage, tokens_per_parameter], rho: 0.9}\n"
            "  - {between: [tokens_per_parameter, algorithmic_growth], rho: -0.9}"
        ),
        "17:1: correlations: these cannot all hold at once; the nearest that can: algorithmic_growth with wage 0.499",
        False,
    ),
    "dollars of the future": (
        WAGE,
        "wage: {value: 5, dollars: 2050}",
        "7:29: assumptions.wage.dollars: 2050 is outside 2012 to 2026",
        False,
    ),
    "dollars of a share": (
        SHARE,
        "automated_share: {value: 0.4, dollars: 2025}",
        "9:33: assumptions.automated_share.dollars: automated_share is measured in share",
        False,
    ),
    "dollars no year": (
        WAGE,
        "wage: {value: 5, dollars: many}",
        '"many" is no year; write a whole number',
        True,
    ),
    "duplicate key": (
        WAGE,
        f"{WAGE}\n  wage: 7",
        '8:3: assumptions.wage: the key "wage" stands twice; first in line 7',
        None,
    ),
    "assumptions a list": (
        "as_of: 2026-09-30\nassumptions:\n",
        "as_of: 2026-09-30\nassumptions: [1]\nx:\n",
        "4:14: assumptions: is a list; write a map",
        True,
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_with_its_place(case, desk, change, on_record):
    old, new, message, _ = MISTAKES[case]
    mistakes = desk.mistakes(change(old, new))
    expected = f"scenario.yaml:{message}" if message[0].isdigit() and message.count(": ") > 1 else message
    assert expected in "\n".join(mistakes)
    assert all(each.isprintable() and len(each) < 700 for each in mistakes)
    # One mistake, one message; only the last case exchanges a line for two.
    assert len(mistakes) == (2 if case == "assumptions a list" else 1), mistakes
    on_record(mistakes)


@pytest.mark.parametrize("case", [case for case, row in MISTAKES.items() if row[3] is not None])
def test_the_schema_refuses_what_a_schema_can_refuse(case, change):
    old, new, _, refused = MISTAKES[case]
    root, _ = parse(change(old, new), name="x.yaml") if case != "long text" else (None, None)
    content = plain(root) if root else {"name": "x", "as_of": "2026", "title": "x" * 2001}
    assert _validator().is_valid(content) is not refused


def test_all_mistakes_of_a_file_come_together(desk, good):
    text = (
        good.replace("wage: 5 to 30", "wage: -5")
        .replace("probability: 0.15", "probability: 1.2")
        .replace("year: 2028", "year: 2040")
    )
    text = text.replace("title:", "tilte:").replace("rho: 0.3", "rho: .nan") + "name: twice\n"
    mistakes = desk.mistakes(text)
    places = [tuple(int(part) for part in each.split(":")[1:3]) for each in mistakes]
    assert places == sorted(places) == [(2, 1), (7, 9), (16, 39), (16, 50), (18, 48), (19, 1)]


def test_messages_end_somewhere(desk):
    mistakes = desk.mistakes("name: a\n" + "".join(f"key{number}: 1\n" for number in range(5_000)))
    assert len(mistakes) == 101
    # The keys themselves, as_of, assumptions and labs, less the hundred that are shown.
    assert mistakes[-1] == "scenario.yaml: and 4,903 more mistakes; correct these first"


def test_a_nearly_empty_file_gets_advice_and_no_list(desk, on_record):
    first, second = desk.mistakes("name: a\nas_of: 2026-09-30\n")
    on_record([first, second])
    assert "assumptions: 5 drivers are missing (compute_growth, algorithmic_growth, " in first
    assert "and others); extend a scenario that states them" in first
    assert "labs: names no lab" in second


def test_nonsense_by_the_thousand_ends_quickly(desk):
    start = time.process_time()
    for text in ("".join(f"  wage_{n}: 1\n" for n in range(9_000)), "  wage: 1\n" * 9_000):
        assert len(desk.mistakes(f"name: a\nas_of: 2026-09-30\nassumptions:\n{text}")) == 101
    assert time.process_time() - start < 20


def test_no_file_can_write_to_the_terminal(desk, good):
    for text in (
        '"\\e]0;x\\a": 1\n',
        '"a\\nb": 1\n',
        'title: "\\x9b31m"\n',
        "\u200bx: 1\n",
        '"\\u202e": 1\n',
    ):
        assert all(
            each.isprintable() for each in desk.mistakes(good.replace("title: The way things go\n", text))
        )


def test_samples_are_bounded_and_numbers(desk, change, on_record):
    text = change("wage: 5 to 30", "wage: {samples: wages.csv}")
    said = []
    for content, message in {
        "1\n": "holds 1 numbers",
        "": "holds 0 numbers",
        "1\nx\n": "wages.csv:2:1: assumptions.wage.samples",
        "1\nnan\n": "wages.csv:2:1: ",
        "nan\n1\n2\n": "wages.csv:1:1: ",
        "INF\n1\n2\n": "wages.csv:1:1: ",
        "wage\nwage\n1\n2\n": "wages.csv:2:1: ",
        "1\n1e999\n": "1e999 is no finite number",
        "1\n-2\n": "-2 is a negative price",
        "1,2\n3,4\n": "wages.csv:1:1: ",
        "1\n" * 100_001: "holds more than 100,000 numbers",
        "1" * 5_000_000: "bytes; at most",
    }.items():
        desk.write(content, "wages.csv")
        (mistake,) = desk.mistakes(text)
        assert message in mistake
        assert len(mistake) < 300
        said.append(mistake)
    desk.write(b"1\n\xff\n", "wages.csv")
    assert "is not UTF-8" in desk.mistakes(text)[0]
    on_record([*said, *desk.mistakes(text)])


def _validator():
    content = schema()
    jsonschema.Draft202012Validator.check_schema(content)
    return jsonschema.Draft202012Validator(content)


def test_the_published_schema_is_current():
    published = (ROOT / "schemas" / "scenario-v1.json").read_text()
    assert published == schema_text(), "run: forecast schema > schemas/scenario-v1.json"
    assert json.loads(published) == schema()


def test_the_schema_accepts_what_the_reader_accepts(good):
    root, _ = parse(good, name="x.yaml")
    _validator().validate(plain(root))
    for path in sorted((ROOT / "scenarios").rglob("*.yaml")):
        root, problems = parse(path.read_text(), name=path.name)
        assert not problems
        _validator().validate(plain(root))


def test_reading_a_missing_file_or_a_folder_is_one_message(desk, on_record):
    said = []
    for path in (desk.folder / "absent.yaml", desk.folder):
        with pytest.raises(ScenarioError) as caught:
            desk.open(path)
        assert len(caught.value.problems) == 1
        assert caught.value.exit_code == 2
        said.append(str(caught.value))
    on_record(said)
