"""The downloads of Epoch AI (CC BY 4.0): notable models, machine learning hardware, hardware prices.

Columns move, appear and change their names between releases, so they are found by name, under any name that a release
has used; what is missing leaves our cells as they are, and what is not known is reported. An empty cell says nothing:
it takes no figure of ours away. What our tables keep out of the fit for a stated reason stays out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from forecast.errors import ObservationError, Problem
from forecast.imports.changes import Change, Proposal, plain, same, slug
from forecast.imports.sheet import Line, Sheet
from forecast.observations.deflation import BASE
from forecast.observations.own import PLAUSIBLE_FLOP, PLAUSIBLE_USD
from forecast.observations.reading import Cells
from forecast.observations.tables import TABLES

LICENCE = "CC BY 4.0"
FRONTIER = 10
"""A run that is not among so many largest ones at its release takes no part in the fit and is not taken in."""
EARLIEST = date(2012, 1, 1)
BACKFILL = timedelta(days=5 * 365)
"""How long before its release a file may still bring runs that we do not have: older ones were left out on purpose."""
LEAST_SHARE = 0.8
"""When fewer of the rows that we have from a source are in its file, the file is taken for a part of it."""

_DATES = (date(1900, 1, 1), date(2100, 1, 1))

MODELS: Mapping[str, tuple[str, ...]] = {
    "model": ("Model", "System", "Name"),
    "organization": ("Organization", "Organizations"),
    "released": ("Publication date", "Release date"),
    "compute_flop": ("Training compute (FLOP)", "Training compute (FLOPs)", "Training compute"),
    "confidence": ("Confidence",),
    "cost_amortized_usd": ("Training compute cost (2023 USD)", "Training cost (2023 USD)"),
    "hardware": ("Training hardware", "Hardware"),
    "chip_count": ("Hardware quantity",),
    "training_hours": ("Training time (hours)",),
    "parameters": ("Parameters",),
    "dataset_size": (
        "Training dataset size (total)",
        "Training dataset size (gradients)",
        "Training dataset size",
    ),
    "base_model": ("Base model", "Base Model"),
    "open_weights": ("Open model weights?",),
    "link": ("Link",),
}
HARDWARE: Mapping[str, tuple[str, ...]] = {
    "chip": ("Hardware name", "Name of the hardware", "Hardware"),
    "vendor": ("Manufacturer", "Vendor"),
    "released": ("Release date",),
    "type": ("Type",),
    "peak_fp32_flop_per_s": ("FP32 (single precision) performance (FLOP/s)", "FP32 Performance (FLOP/s)"),
    "peak_16bit_flop_per_s": (
        "Tensor-FP16/BF16 performance (FLOP/s)",
        "Tensor-FP16 performance (FLOP/s)",
        "Tensor-FP16/BF16 Performance (FLOP/s)",
    ),
    "peak_fp8_flop_per_s": ("FP8 performance (FLOP/s)",),
    "peak_fp4_flop_per_s": ("FP4 performance (FLOP/s)",),
    "peak_int8_op_per_s": ("INT8 performance (OP/s)", "INT8 Performance (OP/s)"),
    "power_w": ("TDP (W)",),
    "memory_bytes": ("Memory (bytes)", "Memory size per board (Byte)", "Memory size per board (bytes)"),
    "memory_bandwidth_byte_per_s": ("Memory bandwidth (byte/s)", "Memory bandwidth (Byte/s)"),
    "purchase_price_usd": ("Release price (USD)",),
}
PRICES: Mapping[str, tuple[str, ...]] = {
    "chip": ("Hardware model",),
    "date": ("Price date",),
    "vendor": ("Vendor",),
    "place": ("Location",),
    "link": ("Price source",),
    "on_demand": ("Price per chip-hour (on-demand)",),
    "commitment_1_year": ("Price per chip-hour (1-year CUD)",),
    "commitment_3_years": ("Price per chip-hour (3-year CUD)",),
    "purchase": ("Price (hardware purchase)",),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "training_runs": ("model", "released", "compute_flop"),
    "chips": ("chip", "released", "peak_16bit_flop_per_s"),
    "rental_prices": ("chip", "date", "on_demand"),
}
_LAYOUTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "training_runs": MODELS,
    "chips": HARDWARE,
    "rental_prices": PRICES,
}
_SOURCES: Mapping[str, str] = {
    "training_runs": "Epoch AI, Notable AI Models, release of {day}, https://epoch.ai/data/ai-models",
    "chips": "Epoch AI, Machine Learning Hardware, release of {day}, https://epoch.ai/data/machine-learning-hardware",
    "rental_prices": "Epoch AI, Hardware prices, release of {day}, https://epoch.ai/data/machine-learning-hardware",
}
# What a fit looks at: a cell of these that cannot be read is a mistake of the file, any other a remark.
_WEIGHTY = ("compute_flop", "cost_amortized_usd", "released", "confidence", "date", "purchase_price_usd")
_WEIGHTY_RATES = (
    "peak_16bit_flop_per_s",
    "peak_fp32_flop_per_s",
    "on_demand",
    "commitment_1_year",
    "commitment_3_years",
)
_RANGES: Mapping[str, tuple[float, float]] = {
    "compute_flop": PLAUSIBLE_FLOP,
    "cost_amortized_usd": PLAUSIBLE_USD,
    "purchase_price_usd": (1.0, 1e7),
    "peak_16bit_flop_per_s": (1e6, 1e20),
    "peak_fp32_flop_per_s": (1e6, 1e20),
    "on_demand": (1e-4, 1e4),
    "commitment_1_year": (1e-4, 1e4),
    "commitment_3_years": (1e-4, 1e4),
}
_COST = re.compile(r"training (?:compute )?cost \((\d{4}) usd\)", re.IGNORECASE)


@dataclass
class _Reader:
    """The columns of a file as our names, and what went wrong with its cells."""

    sheet: Sheet
    table: str
    columns: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def text(self, line: Line, name: str) -> str:
        column = self.columns.get(name)
        return " ".join(line.cells[column].split()) if column else ""

    def number(self, line: Line, name: str) -> float | None:
        text = self.text(line, name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        least, most = _RANGES.get(name, (0.0, math.inf))
        if not math.isfinite(value) or value < 0.0:
            self.wrong(line, name, f'"{text[:40]}" is no number that this can be')
            return None
        if value == 0.0:
            # Zero stands where a source computed nothing.
            return None
        if not least <= value <= most:
            self.wrong(line, name, f"{value:g} is not between {least:g} and {most:g}: a slip?")
            return None
        return value

    def day(self, line: Line, name: str) -> date | None:
        text = self.text(line, name)
        if not text:
            return None
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            self.wrong(line, name, f'"{text[:40]}" is no date such as 2024-12-31')
            return None
        if not _DATES[0] <= day <= _DATES[1]:
            self.wrong(line, name, f"{day} is no date of such a thing")
            return None
        return day

    def wrong(self, line: Line, name: str, message: str) -> None:
        """Take down a cell that cannot be read: a mistake where a fit looks at it, a remark elsewhere."""
        problem = self.sheet.problem(message, line, self.columns[name])
        if name in _WEIGHTY or name in _WEIGHTY_RATES:
            self.problems.append(problem)
        else:
            self.warnings.append(str(problem))


def recognise(sheet: Sheet) -> str | None:
    """Which of our tables a file of Epoch AI belongs to; None when it is none of theirs."""
    for table in ("rental_prices", "chips", "training_runs"):
        found = _columns(sheet, _LAYOUTS[table])
        if all(name in found for name in _NEEDED[table]):
            return table
    return None


def nearly(sheet: Sheet) -> list[str]:
    """What a file lacks of the layouts that it comes near to, in words."""
    told = []
    for table, layout in _LAYOUTS.items():
        found = _columns(sheet, layout)
        lacking = [layout[name][0] for name in _NEEDED[table] if name not in found]
        if len(lacking) < len(_NEEDED[table]):
            told.append(f"as {TABLES[table].name} it lacks {', '.join(lacking)}")
    return told


def _columns(sheet: Sheet, layout: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    by_name = {plain(column): column for column in sheet.columns if column}
    found = {}
    for name, aliases in layout.items():
        column = next((by_name[plain(alias)] for alias in aliases if plain(alias) in by_name), None)
        if column is None and name == "cost_amortized_usd":
            # The year of the dollars is in the name and moves.
            column = next((each for each in sheet.columns if _COST.fullmatch(each)), None)
        if column is not None:
            found[name] = column
    return found


def propose(sheet: Sheet, table: str, current: Sequence[Cells], *, dated: date, part: bool) -> Proposal:
    """What a file of Epoch AI would change in one of our tables.

    Args:
        sheet: The file.
        table: What `recognise` found.
        current: The rows of our table.
        dated: The day of the release.
        part: Whether the file may hold only some of the source's rows.

    Raises:
        ObservationError: With every cell that matters and cannot be read, or when rows are missing.
    """
    layout = _LAYOUTS[table]
    reader = _Reader(sheet, table, _columns(sheet, layout))
    source = _SOURCES[table].format(day=dated)
    read = {"training_runs": _models, "chips": _hardware, "rental_prices": _prices}[table]
    found = read(reader, current, source, dated)
    if reader.problems:
        rest = len(reader.problems) - 20
        more = [Problem(f"and {rest:,} more mistakes", file=sheet.path.name)] if rest > 0 else []
        raise ObservationError([*reader.problems[:20], *more])
    if not part and found.expected and found.present < LEAST_SHARE * found.expected:
        message = (
            f"holds {found.present} of the {found.expected} rows that we have from this source; it looks cut off. "
            "If it is a part of a release on purpose, add --part"
        )
        raise ObservationError([Problem(message, file=sheet.path.name)])
    used = set(reader.columns.values())
    return Proposal(
        table=table,
        source=source,
        licence=LICENCE,
        dated=dated,
        rows=tuple(found.rows),
        changes=tuple(found.changes),
        read=len(sheet.lines),
        same=found.same,
        left_out=dict(found.left_out),
        not_understood=tuple(column for column in sheet.columns if column and column not in used),
        lacking=tuple(aliases[0] for name, aliases in layout.items() if name not in reader.columns),
        warnings=tuple(reader.warnings),
    )


@dataclass
class _Found:
    """What a file comes to: rows to write, what they change, and how many are what."""

    rows: list[Cells] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    same: int = 0
    expected: int = 0
    present: int = 0


def _models(reader: _Reader, current: Sequence[Cells], source: str, dated: date) -> _Found:
    found = _Found()
    in_force = [row for row in current if row["superseded"] is None]
    by_name = {plain(row["model"]): row for row in in_force}
    taken: set[str] = set()
    candidates: list[Cells] = []
    days = [(line, reader.day(line, "released")) for line in reader.sheet.lines]
    # The first learning machines used less arithmetic than a slip of the pen; our table begins later.
    early = sum(day is not None and day < EARLIEST for _, day in days)
    found.left_out.update({f"released before {EARLIEST.year}": early} if early else {})
    read = [_model(reader, line, day) for line, day in days if day is None or day >= EARLIEST]
    for given in read:
        own = by_name.get(plain(given["model"]))
        if own is not None:
            taken.add(own["id"])
            _compare(found, own, given, source, dated)
    for given in read:
        if plain(given["model"]) in by_name:
            continue
        if given["compute_flop"] is None or given["released"] is None:
            found.left_out["without compute or date"] += 1
        elif (other := _renamed(given, in_force)) is not None:
            taken.add(other["id"])
            found.left_out["known under another name (same compute, near in time)"] += 1
        elif given["released"] < dated - BACKFILL:
            found.left_out[
                f"released before {dated - BACKFILL}, when our table left them out on purpose"
            ] += 1
        else:
            candidates.append(given)
    # Every run counts here, also one that is kept out of the fit: who is at the frontier does not hang on our reasons.
    runs = [*read, *(row for row in in_force if row["id"] not in taken)]
    competitors = [
        (run["released"], run["compute_flop"]) for run in runs if run["compute_flop"] and run["released"]
    ]
    identities = {row["id"] for row in current}
    for given in candidates:
        larger = sum(day <= given["released"] and size > given["compute_flop"] for day, size in competitors)
        if larger >= FRONTIER:
            found.left_out[f"not among the {FRONTIER} largest at release"] += 1
            continue
        row = _new_run(given, source, dated, identities)
        identities.add(row["id"])
        found.rows.append(row)
        found.changes.append(
            Change(
                "new",
                row["id"],
                row["model"],
                _told(row, "released", "compute_flop", "confidence"),
                row["why_not"],
            )
        )
    expected = [row for row in in_force if row["source"].startswith("Epoch AI, Notable AI Models")]
    _gone(found, expected, taken, "model")
    return found


def _model(reader: _Reader, line: Line, released: date | None) -> dict[str, Any]:
    compute = reader.number(line, "compute_flop")
    confidence = reader.text(line, "confidence").lower() or "unknown"
    if confidence not in ("confident", "likely", "speculative", "unknown"):
        reader.wrong(line, "confidence", f'"{confidence}" is none of confident, likely, speculative, unknown')
        confidence = "unknown"
    hours = reader.number(line, "training_hours")
    dollars = _COST.fullmatch(reader.columns.get("cost_amortized_usd", ""))
    return {
        "model": reader.text(line, "model"),
        "organization": reader.text(line, "organization"),
        "released": released,
        "compute_flop": compute,
        "confidence": confidence,
        "cost_amortized_usd": reader.number(line, "cost_amortized_usd"),
        "cost_date": date(int(dollars[1]), 12, 1) if dollars else BASE,
        "hardware": reader.text(line, "hardware"),
        "chip_count": reader.number(line, "chip_count"),
        "training_days": hours / 24.0 if hours is not None else None,
        "parameters": reader.number(line, "parameters"),
        "dataset_size": reader.number(line, "dataset_size"),
        "open_weights": reader.text(line, "open_weights").lower(),
        "base_model": reader.text(line, "base_model"),
        "link": reader.text(line, "link"),
    }


def _renamed(given: Mapping[str, Any], rows: Sequence[Cells]) -> Cells | None:
    """A row of ours that is the same run under another name."""
    near = timedelta(days=120)
    return next(
        (
            row
            for row in rows
            if row["compute_flop"] is not None
            and same(row["compute_flop"], given["compute_flop"])
            and abs(row["released"] - given["released"]) <= near
            and _first_word(row["organization"]) == _first_word(given["organization"])
        ),
        None,
    )


def _first_word(text: str) -> str:
    words = re.findall(r"\w+", text.casefold())
    return words[0] if words else ""


def _compare(found: _Found, own: Cells, given: Mapping[str, Any], source: str, dated: date) -> None:
    """A row that we have against what the file says of it."""
    cells = _differences(own, given)
    if not any(name in cells for name in ("compute_flop", "cost_amortized_usd", "released", "confidence")):
        found.same += 1
        return
    new = own | {name: value for name, (_, value) in cells.items()}
    if "cost_amortized_usd" in cells:
        new["cost_amortized_price_date"] = given["cost_date"]
    if "compute_flop" in cells:
        new |= {"compute_low_flop": None, "compute_high_flop": None, "compute_interval": ""}
    if own["fit"] == "censored" and new["compute_flop"] is not None:
        new |= {"fit": "yes", "why_not": ""}
    new |= {
        "source": source,
        "licence": LICENCE,
        "verified": "yes",
        "notes": _note(own["notes"], given["link"]),
    }
    moved = "released" in cells
    if moved or dated <= own["known"]:
        # A corrected date, or a figure older than ours, is no later news: the row itself was wrong.
        new["known"] = max(new["released"], own["known"] if not moved else new["released"])
        found.rows.append(new)
    else:
        found.rows.append(own | {"superseded": dated})
        found.rows.append(new | {"id": f"{own['id']}-{dated:%Y%m%d}", "known": dated})
    note = f"stays out of the fit: {own['why_not']}" if own["fit"] == "no" else ""
    found.changes.append(Change("changed", own["id"], own["model"], cells, note))


def _differences(own: Cells, given: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The cells in which a file says something else than our row; what it leaves empty says nothing."""
    cells: dict[str, tuple[Any, Any]] = {}
    for name in ("compute_flop", "cost_amortized_usd", "chip_count", "training_days", "parameters"):
        value = given[name]
        if name == "cost_amortized_usd" and own[name] is None and _on_other_basis(own):
            # Our table holds the amount on the basis that it really has, such as a developer's rental bill.
            continue
        if value is not None and not (own[name] is not None and same(float(own[name]), value)):
            cells[name] = (own[name], value)
    if given["released"] is not None and given["released"] != own["released"]:
        cells["released"] = (own["released"], given["released"])
    # A class belongs to a figure: where the file has none it says nothing about ours.
    confidence = given["confidence"] if given["compute_flop"] is not None else own["confidence"]
    if confidence != own["confidence"] and (confidence != "unknown" or "compute_flop" in cells):
        cells["confidence"] = (own["confidence"], confidence)
    return cells


def _on_other_basis(own: Cells) -> bool:
    return any(own[f"cost_{basis}_usd"] is not None for basis in ("cloud", "reported", "acquisition"))


def _note(before: str, link: str) -> str:
    return "; ".join(part for part in (before, f"see {link}" if link and link not in before else "") if part)[
        :4000
    ]


def _new_run(given: Mapping[str, Any], source: str, dated: date, taken: set[str]) -> Cells:
    row: Cells = {
        column.name: None if column.kind in {"number", "date", "month"} else ""
        for column in TABLES["training_runs"].columns
    }
    identity = f"run-{slug(given['model'])}"
    if identity in taken:
        identity = f"{identity}-{given['released']:%Y%m%d}"
    hardware = given["hardware"]
    chip = "" if not hardware else "tpu" if "tpu" in hardware.casefold() else "gpu"
    again = f"double count: further training of {given['base_model']}" if given["base_model"] else ""
    for name in ("model", "released", "compute_flop", "confidence", "cost_amortized_usd", "chip_count"):
        row[name] = given[name]
    for name in ("training_days", "parameters", "dataset_size"):
        row[name] = given[name]
    return row | {
        "id": identity,
        "organization": given["organization"] or "(unknown)",
        "known": given["released"],
        "cost_amortized_price_date": given["cost_date"] if given["cost_amortized_usd"] is not None else None,
        "chip": chip,
        "hardware": hardware,
        "dataset_unit": "datapoint" if given["dataset_size"] is not None else "",
        "open_weights": given["open_weights"] if given["open_weights"] in ("yes", "no") else "",
        "fit": "no" if again else "yes",
        "why_not": again,
        "source": source,
        "licence": LICENCE,
        "verified": "yes",
        "notes": f"imported {dated}; " + _note("", given["link"]) if given["link"] else f"imported {dated}",
    }


def _hardware(reader: _Reader, current: Sequence[Cells], source: str, dated: date) -> _Found:
    found = _Found()
    by_name = {plain(row["chip"]): row for row in current}
    newest = max(row["released"] for row in current if row["source"].startswith("Epoch AI"))
    taken: set[str] = set()
    rates = [
        column.name
        for column in TABLES["chips"].columns
        if column.name in HARDWARE and column.kind == "number"
    ]
    for line in reader.sheet.lines:
        name, released = reader.text(line, "chip"), reader.day(line, "released")
        numbers = {rate: reader.number(line, rate) for rate in rates}
        own = by_name.get(plain(name))
        if own is not None:
            taken.add(own["id"])
            # Our own price is the one nearest to the launch, with its kind and date; a list price does not undo it.
            cells = {
                rate: (own[rate], value)
                for rate, value in numbers.items()
                if value is not None
                and not (
                    own[rate] is not None and (rate == "purchase_price_usd" or same(float(own[rate]), value))
                )
            }
            if released is not None and released != own["released"]:
                cells["released"] = (own["released"], released)  # type: ignore[assignment]
            if not cells:
                found.same += 1
                continue
            row = own | {rate: value for rate, (_, value) in cells.items()}
            row |= {"source": source, "licence": LICENCE, "known": max(row["released"], own["known"])}
            if "purchase_price_usd" in cells:
                row |= {"purchase_price_date": row["released"], "purchase_price_kind": "launch"}
            found.rows.append(row)
            found.changes.append(Change("changed", own["id"], own["chip"], cells))
        elif released is None or not name:
            found.left_out["without name or release date"] += 1
        elif released <= newest:
            found.left_out[f"not newer than the newest chip that we have from this source ({newest})"] += 1
        else:
            row = _new_chip(reader, line, numbers, released, source, dated)
            found.rows.append(row)
            shown = _told(row, "released", "peak_16bit_flop_per_s", "purchase_price_usd")
            found.changes.append(Change("new", row["id"], name, shown, row["why_not"]))
    _gone(found, [row for row in current if row["source"].startswith("Epoch AI")], taken, "chip")
    return found


def _new_chip(
    reader: _Reader, line: Line, numbers: Mapping[str, float | None], released: date, source: str, dated: date
) -> Cells:
    row: Cells = {
        column.name: None if column.kind in {"number", "date", "month"} else ""
        for column in TABLES["chips"].columns
    }
    name, kind = reader.text(line, "chip"), reader.text(line, "type").casefold()
    priced = numbers["purchase_price_usd"] is not None
    rated = numbers["peak_16bit_flop_per_s"] is not None or numbers["peak_fp32_flop_per_s"] is not None
    why_not = "" if priced and rated else "no price is known" if rated else "no peak rate is known"
    return (
        row
        | dict(numbers)
        | {
            "id": f"chip-{slug(name)}",
            "chip": name,
            "vendor": reader.text(line, "vendor") or "(unknown)",
            "released": released,
            "known": released,
            "kind": kind if kind in ("gpu", "tpu") else "other",
            "purchase_price_date": released if priced else None,
            "purchase_price_kind": "launch" if priced else "",
            "fit": "no" if why_not else "yes",
            "why_not": why_not,
            "source": source,
            "licence": LICENCE,
            "verified": "yes",
            "notes": f"imported {dated}",
        }
    )


def _prices(reader: _Reader, current: Sequence[Cells], source: str, dated: date) -> _Found:
    found = _Found()
    from_here = [row for row in current if row["source"].startswith("Epoch AI, Hardware prices")]
    newest = max((row["date"] for row in from_here), default=date.min)
    held = {
        (plain(row["entity"]), row["metric"], row["date"], round(row["value"] or 0.0, 6)) for row in current
    }
    chips = {plain(row["entity"]): row["entity"] for row in current}
    seen: set[tuple[str, str, date, float]] = set()
    for line in reader.sheet.lines:
        name, day = reader.text(line, "chip"), reader.day(line, "date")
        vendor, place = reader.text(line, "vendor"), reader.text(line, "place")
        if reader.number(line, "purchase") is not None:
            found.left_out["purchase prices (a chip keeps the price nearest to its launch)"] += 1
        for metric in ("on_demand", "commitment_1_year", "commitment_3_years"):
            value = reader.number(line, metric)
            if value is None:
                continue
            if day is None or plain(name) not in chips:
                found.left_out["rental prices without a date, or of chips that we follow no prices of"] += 1
                continue
            key = (plain(name), metric, day, round(value, 6))
            if key in held or key in seen:
                found.same += 1
            elif day <= newest:
                found.left_out[f"rental prices not newer than the newest that we have ({newest})"] += 1
            else:
                row = _new_price(chips[plain(name)], metric, value, day, vendor, place, source, dated)
                if any(each["id"] == row["id"] for each in found.rows):
                    row["id"] += f"-{len(found.rows)}"
                found.rows.append(row)
                found.changes.append(
                    Change("new", row["id"], row["entity"], _told(row, "metric", "date", "value"))
                )
            seen.add(key)
    return found


def _new_price(
    chip: str, metric: str, value: float, day: date, vendor: str, place: str, source: str, dated: date
) -> Cells:
    row: Cells = {
        column.name: None if column.kind in {"number", "date"} else ""
        for column in TABLES["rental_prices"].columns
    }
    short = {"on_demand": "od", "commitment_1_year": "1y", "commitment_3_years": "3y"}[metric]
    return row | {
        "id": f"rent-{slug(chip)}-{day}-{short}-{slug(vendor or 'unknown')}",
        "entity": chip,
        "metric": metric,
        "value": value,
        "unit": "USD/chip-hour",
        "date": day,
        "period": day.isoformat(),
        "known": day,
        "fit": "yes",
        "source": source,
        "licence": LICENCE,
        "verified": "yes",
        "notes": "; ".join(part for part in (vendor, place, f"imported {dated}") if part),
    }


def _told(row: Cells, *names: str) -> dict[str, tuple[Any, Any]]:
    return {name: (None, row[name]) for name in names if row[name] not in (None, "")}


def _gone(found: _Found, expected: Sequence[Cells], taken: set[str], name: str) -> None:
    found.expected = len(expected)
    gone = [row for row in expected if row["id"] not in taken]
    found.present = len(expected) - len(gone)
    found.changes += [Change("gone", row["id"], row[name], note="stays in our table") for row in gone]
