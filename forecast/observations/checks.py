"""What must hold between the cells of a row and between the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.errors import Problem
from forecast.observations.reading import Row

# Every quantity with an interval: the columns of the value, its lower and its upper end, and of the interval's meaning.
_QUANTITIES = (
    ("value", "low", "high", "interval"),
    ("compute_flop", "compute_low_flop", "compute_high_flop", "compute_interval"),
    ("purchase_price_usd", "purchase_price_low_usd", "purchase_price_high_usd", "purchase_price_interval"),
)
_MONEY = (
    ("cost_amortized_usd", "cost_amortized_price_date"),
    ("cost_cloud_usd", "cost_cloud_price_date"),
    ("cost_acquisition_usd", "cost_acquisition_price_date"),
    ("cost_reported_usd", "cost_reported_price_date"),
    ("cost_reported_usd", "cost_reported_known"),
    ("purchase_price_usd", "purchase_price_date"),
    ("purchase_price_usd", "purchase_price_kind"),
    ("dataset_size", "dataset_unit"),
)
_POSITIVE = (
    "compute_flop",
    "compute_low_flop",
    "compute_high_flop",
    "cost_amortized_usd",
    "cost_cloud_usd",
    "cost_acquisition_usd",
    "cost_reported_usd",
    "chip_count",
    "chip_hours",
    "training_days",
    "utilization",
    "parameters",
    "dataset_size",
    "peak_fp32_flop_per_s",
    "peak_16bit_flop_per_s",
    "peak_fp8_flop_per_s",
    "peak_fp4_flop_per_s",
    "peak_int8_op_per_s",
    "power_w",
    "memory_bytes",
    "memory_bandwidth_byte_per_s",
    "purchase_price_usd",
    "purchase_price_low_usd",
    "purchase_price_high_usd",
)


def _ordered(row: Row) -> Iterator[Problem]:
    cells = row.cells
    for value_name, low_name, high_name, interval_name in _QUANTITIES:
        if value_name not in cells:
            continue
        value, low, high = cells[value_name], cells[low_name], cells[high_name]
        if low is not None and high is not None and low > high:
            yield row.problem(low_name, f"the lower end {low:g} is above the upper end {high:g}")
        elif value is not None and low is not None and value < low:
            yield row.problem(value_name, f"{value:g} is below the lower end {low:g} of its interval")
        elif value is not None and high is not None and value > high:
            yield row.problem(value_name, f"{value:g} is above the upper end {high:g} of its interval")
        ends = low is not None or high is not None
        if ends != bool(cells[interval_name]):
            message = (
                "says what the ends mean, but there are none"
                if not ends
                else "is empty: what do the ends mean?"
            )
            yield row.problem(interval_name, message)


def _amounts(row: Row) -> Iterator[Problem]:
    cells = row.cells
    for name in _POSITIVE:
        value = cells.get(name)
        if value is not None and value <= 0:
            yield row.problem(name, f"{value:g} is not positive")
    for name, partner in _MONEY:
        if name in cells and (cells[name] is None) != (not cells[partner]):
            yield row.problem(partner, f'must be given exactly where "{name}" is')
    if (
        "unit" in cells
        and cells["unit"] != "text"
        and all(cells[end] is None for end in ("value", "low", "high"))
    ):
        yield row.problem(
            "value", 'is empty and so is its interval; a fact without a number has the unit "text"'
        )


def _dates(row: Row) -> Iterator[Problem]:
    cells = row.cells
    begin = "date" if "date" in cells else "released"
    if cells[begin] and cells["known"] and cells["known"] < cells[begin]:
        yield row.problem("known", f"{cells['known']} is before the {begin} {cells[begin]}")
    later = cells.get("superseded")
    if later and cells["known"] and later <= cells["known"]:
        yield row.problem("superseded", f"{later} is not after {cells['known']}, when the row became known")


def _reasons(row: Row) -> Iterator[Problem]:
    cells = row.cells
    if cells["fit"] == "yes" and cells["why_not"]:
        yield row.problem("why_not", 'gives a reason although the row is fitted ("fit" is "yes")')
    if cells["fit"] in ("no", "censored") and not cells["why_not"]:
        yield row.problem("why_not", f'is empty; a row with fit "{cells["fit"]}" says why')
    if "compute_flop" in cells:
        known = cells["compute_flop"] is not None
        if cells["fit"] == "yes" and not known:
            yield row.problem("fit", 'is "yes" but the run has no compute')
        if cells["fit"] == "censored" and known:
            yield row.problem("fit", 'is "censored" but the run has a compute')
        if not known and cells["compute_interval"] not in {"", "bound"}:
            yield row.problem(
                "compute_interval", 'must be "bound" where there is no compute between the ends'
            )
        if not known and cells["confidence"] not in (None, "unknown"):
            yield row.problem("confidence", 'must be "unknown" where there is no compute')
        if (cells["chip"] == "") != (cells["hardware"] == ""):
            yield row.problem("chip", 'must be given exactly where "hardware" is')
    if cells["fit"] == "yes" and cells.get("purchase_price_usd", 1) is None:
        yield row.problem("fit", 'is "yes" but the chip has no price')


def check_rows(rows: list[Row]) -> list[Problem]:
    """Every mistake between cells of one row, and every id that stands twice in a table.

    Args:
        rows: All rows of one table.
    """
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for row in rows:
        name = row.cells["id"]
        if name and name in first:
            problems.append(
                row.problem("id", f'"{name}" stands in line {first[name]} already; an id names one row')
            )
        first.setdefault(name, row.line)
        for rule in (_ordered, _amounts, _dates, _reasons):
            problems.extend(rule(row))
    return problems
