"""Checked cells in, records out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from forecast.observations.reading import Cells
from forecast.observations.records import Chip, Measurement, Observation, TrainingRun

_ANSWER = {"yes": True, "no": False, "": None}

# General error of the cost methods as multiples of the point value, 90%. [cottier2024, uncertainty notebook]
_COST_ERROR = {
    ("amortized", "gpu"): (0.34, 3.7),
    ("amortized", "tpu"): (0.27, 4.9),
    ("acquisition", "gpu"): (0.46, 2.1),
    ("acquisition", "tpu"): (0.23, 4.2),
}


def _cost(cells: Cells, basis: str) -> Measurement | None:
    value: float | None = cells[f"cost_{basis}_usd"]
    day: date | None = cells[f"cost_{basis}_price_date"]
    if value is None or day is None:
        return None
    error = _COST_ERROR.get((basis, cells["chip"]))
    if error is None:
        return Measurement(value, None, None, "", "USD", day)
    return Measurement(value, value * error[0], value * error[1], "90%", "USD", day)


def training_run(cells: Cells) -> TrainingRun:
    """One training run from the checked cells of its row."""
    compute = None
    if cells["compute_flop"] is not None:
        compute = Measurement(
            cells["compute_flop"],
            cells["compute_low_flop"],
            cells["compute_high_flop"],
            cells["compute_interval"],
            "FLOP",
            cells["released"],
        )
    return TrainingRun(
        id=cells["id"],
        model=cells["model"],
        organization=cells["organization"],
        released=cells["released"],
        known=cells["known"],
        superseded=cells["superseded"],
        compute=compute,
        confidence=cells["confidence"],
        cost_amortized=_cost(cells, "amortized"),
        cost_cloud=_cost(cells, "cloud"),
        cost_acquisition=_cost(cells, "acquisition"),
        cost_reported=_cost(cells, "reported"),
        cost_reported_known=cells["cost_reported_known"],
        cost_reported_scope=cells["cost_reported_scope"],
        chip=cells["chip"],
        hardware=cells["hardware"],
        chip_count=cells["chip_count"],
        chip_hours=cells["chip_hours"],
        training_days=cells["training_days"],
        utilization=cells["utilization"],
        parameters=cells["parameters"],
        dataset_size=cells["dataset_size"],
        dataset_unit=cells["dataset_unit"],
        open_weights=_ANSWER[cells["open_weights"]],
        samples=tuple(cells["samples"].split()),
        fit=cells["fit"],
        why_not=cells["why_not"],
        source=cells["source"],
        licence=cells["licence"],
        verified=cells["verified"] == "yes",
        notes=cells["notes"],
        bounds=(None, None) if compute else (cells["compute_low_flop"], cells["compute_high_flop"]),
    )


def chip(cells: Cells) -> Chip:
    """One accelerator from the checked cells of its row."""
    price = None
    if cells["purchase_price_usd"] is not None:
        price = Measurement(
            cells["purchase_price_usd"],
            cells["purchase_price_low_usd"],
            cells["purchase_price_high_usd"],
            cells["purchase_price_interval"],
            "USD",
            cells["purchase_price_date"],
        )
    return Chip(
        id=cells["id"],
        chip=cells["chip"],
        vendor=cells["vendor"],
        released=cells["released"],
        known=cells["known"],
        kind=cells["kind"],
        peak_fp32=cells["peak_fp32_flop_per_s"],
        peak_16bit=cells["peak_16bit_flop_per_s"],
        peak_fp8=cells["peak_fp8_flop_per_s"],
        peak_fp4=cells["peak_fp4_flop_per_s"],
        peak_int8=cells["peak_int8_op_per_s"],
        power=cells["power_w"],
        memory=cells["memory_bytes"],
        memory_bandwidth=cells["memory_bandwidth_byte_per_s"],
        purchase_price=price,
        purchase_price_kind=cells["purchase_price_kind"],
        fit=cells["fit"],
        why_not=cells["why_not"],
        source=cells["source"],
        licence=cells["licence"],
        verified=cells["verified"] == "yes",
        notes=cells["notes"],
    )


def observation(cells: Cells) -> Observation:
    """One fact from the checked cells of its row."""
    return Observation(
        id=cells["id"],
        entity=cells["entity"],
        metric=cells["metric"],
        value=cells["value"],
        low=cells["low"],
        high=cells["high"],
        interval=cells["interval"],
        unit=cells["unit"],
        date=cells["date"],
        period=cells["period"],
        known=cells["known"],
        fit=cells["fit"],
        why_not=cells["why_not"],
        source=cells["source"],
        licence=cells["licence"],
        verified=cells["verified"] == "yes",
        notes=cells["notes"],
    )


def observations(rows: Iterable[Cells]) -> tuple[Observation, ...]:
    """All facts of one table."""
    return tuple(observation(cells) for cells in rows)
