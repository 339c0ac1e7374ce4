"""Which tables there are, what their columns hold and which units they may use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["text", "number", "date", "month", "choice"]

FOLDER = Path(__file__).parent / "tables"

UNITS: dict[str, str] = {
    "%": "per cent",
    "1": "a plain number",
    "ECI": "points of the Epoch Capabilities Index",
    "ECI/yr": "points of the Epoch Capabilities Index per year",
    "FLOP": "floating-point operations",
    "GW": "gigawatt of facility power",
    "GW (IT)": "gigawatt of computing equipment",
    "H100": "accelerators of type H100 or H200",
    "H100e": "accelerators, as many H100 as would compute the same",
    "MW": "megawatt of computing equipment",
    "OOM/yr": "orders of magnitude per year",
    "USD": "US dollars of the row's date",
    "USD million": "million US dollars of the row's date",
    "USD million/day": "million US dollars of the row's date per day",
    "USD million/yr": "million US dollars of the row's date per year",
    "USD billion": "billion US dollars of the row's date",
    "USD billion/yr": "billion US dollars of the row's date per year",
    "USD/book": "US dollars of the row's date per book",
    "USD/chip-hour": "US dollars of the row's date per accelerator and hour",
    "USD/environment": "US dollars of the row's date per training environment",
    "USD/hour": "US dollars of the row's date per hour of work or use",
    "USD/label": "US dollars of the row's date per label",
    "USD/million tokens": "US dollars of the row's date per million tokens",
    "USD/task": "US dollars of the row's date per task",
    "capability units/yr": "units of a fitted capability scale per year",
    "comparisons": "pairs of answers that people compared",
    "completions": "answers of a model",
    "epochs": "passes over the data",
    "examples": "training examples",
    "hours": "hours of work",
    "images": "images",
    "index (December 2000 = 100)": "price level",
    "labels": "labels",
    "logit": "natural logarithm of the odds, corrected for guessing",
    "months": "months",
    "pages": "web pages",
    "people": "people",
    "percentage points": "percentage points",
    "prompts": "prompts",
    "ratio": "one quantity over another of the same unit",
    "share": "part of a whole, 0 to 1",
    "solutions": "written solutions",
    "text": "no number: the fact stands in the notes",
    "trillion tokens": "million million tokens",
    "trillion tokens/yr": "million million tokens per year",
    "trillion words": "million million words",
    "trillion words/yr": "million million words per year",
    "x": "factor",
    "x/yr": "factor per year",
    "year": "calendar year",
    "years": "years",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, what its cells are, and whether a cell may be empty."""

    name: str
    kind: Kind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: its name (the file's name without ending), what it is about, and its columns in order."""

    name: str
    title: str
    units: str
    columns: tuple[Column, ...]

    def path(self, folder: Path = FOLDER) -> Path:
        """Where the table's file lies."""
        return folder / f"{self.name}.csv"


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _needed(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, required=True) for name in names)


def _numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "number") for name in names)


INTERVALS = ("50%", "80%", "90%", "95%", "bound", "judgement", "range")
CONFIDENCE = ("confident", "likely", "speculative", "unknown")

_ID = _needed("id")
_CREDIT = (
    Column("source", required=True),
    Column("licence", required=True),
    Column("verified", "choice", required=True, choices=("yes", "no")),
    Column("notes"),
)
_FIT = (Column("fit", "choice", required=True, choices=("yes", "no", "censored")), Column("why_not"))

_FACT_COLUMNS = (
    *_ID,
    *_needed("entity", "metric"),
    *_numbers("value", "low", "high"),
    Column("interval", "choice", choices=INTERVALS),
    Column("unit", "choice", required=True, choices=tuple(UNITS)),
    Column("date", "date", required=True),
    Column("period"),
    Column("known", "date", required=True),
    *_FIT,
    *_CREDIT,
)

_RUN_COLUMNS = (
    *_ID,
    *_needed("model", "organization"),
    Column("released", "date", required=True),
    Column("known", "date", required=True),
    Column("superseded", "date"),
    *_numbers("compute_flop", "compute_low_flop", "compute_high_flop"),
    Column("compute_interval", "choice", choices=INTERVALS),
    Column("confidence", "choice", required=True, choices=CONFIDENCE),
    Column("cost_amortized_usd", "number"),
    Column("cost_amortized_price_date", "month"),
    Column("cost_cloud_usd", "number"),
    Column("cost_cloud_price_date", "month"),
    Column("cost_acquisition_usd", "number"),
    Column("cost_acquisition_price_date", "month"),
    Column("cost_reported_usd", "number"),
    Column("cost_reported_price_date", "month"),
    Column("cost_reported_known", "date"),
    *_text("cost_reported_scope"),
    Column("chip", "choice", choices=("gpu", "tpu", "other")),
    *_text("hardware"),
    *_numbers("chip_count", "chip_hours", "training_days", "utilization", "parameters", "dataset_size"),
    Column("dataset_unit", "choice", choices=("token", "datapoint")),
    Column("open_weights", "choice", choices=("yes", "no")),
    Column("samples"),
    *_FIT,
    *_CREDIT,
)

_CHIP_COLUMNS = (
    *_ID,
    *_needed("chip", "vendor"),
    Column("released", "date", required=True),
    Column("known", "date", required=True),
    Column("kind", "choice", required=True, choices=("gpu", "tpu", "other")),
    *_numbers(
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
    ),
    Column("purchase_price_interval", "choice", choices=INTERVALS),
    Column("purchase_price_date", "date"),
    Column(
        "purchase_price_kind",
        "choice",
        choices=("launch", "list", "retail", "press", "average selling price", "maker's cost"),
    ),
    *_FIT,
    *_CREDIT,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "training_runs",
            "Training runs of notable models with compute, cost on up to four bases, hardware and data, 2012 to 2026",
            "FLOP; USD of each price date; days; tokens",
            _RUN_COLUMNS,
        ),
        Table(
            "chips",
            "Accelerators with peak rates, power and the purchase price nearest to the launch, 2010 to 2026",
            "FLOP/s; W; byte; USD of the price date",
            _CHIP_COLUMNS,
        ),
        Table(
            "rental_prices",
            "Rental prices of accelerators over time, by vendor and commitment",
            "USD/chip-hour of the row's date",
            _FACT_COLUMNS,
        ),
        Table(
            "algorithms",
            "Algorithmic efficiency, scaling laws, capability scores and published cost estimates",
            "factor, months, FLOP and others, row by row",
            _FACT_COLUMNS,
        ),
        Table(
            "data_stocks",
            "Stocks, flows and prices of training data by source",
            "trillion tokens, USD million and others, row by row",
            _FACT_COLUMNS,
        ),
        Table(
            "labeling",
            "Human feedback: hours, wages, prices per label, spending and vendors",
            "USD/hour, USD/label, USD million and others, row by row",
            _FACT_COLUMNS,
        ),
        Table(
            "lab_finances",
            "Revenue, cash flow, capital spending, funding and compute of labs and their backers",
            "USD billion of the row's date, H100e and others, row by row",
            _FACT_COLUMNS,
        ),
        Table(
            "mmlu",
            "Scores on the MMLU benchmark with the setting of the test",
            "per cent",
            _FACT_COLUMNS,
        ),
        Table(
            "price_index",
            "Producer price index of data processing and hosting, by month: turns quoted dollars into constant ones",
            "index (December 2000 = 100)",
            _FACT_COLUMNS,
        ),
    )
}
