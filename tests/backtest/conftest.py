"""Tables with rows that nobody could have known."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest


def _plant(folder: Path, origin: int) -> None:
    """Absurd rows in every later year, in the tables that a fit can see."""
    for table in ("training_runs", "chips"):
        path = folder / f"{table}.csv"
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        template = next(row for row in rows if row["fit"] == "yes" and row["known"] > "2016")
        for year in range(origin + 1, 2027):
            absurd = dict(template) | {"id": f"absurd-{year}"}
            absurd |= dict.fromkeys(("released", "known"), f"{year}-01-01")
            if table == "training_runs":
                absurd |= {"model": f"Absurd {year}", "compute_flop": "1e40", "cost_amortized_usd": "1e15"}
                absurd |= dict.fromkeys(("compute_low_flop", "compute_high_flop", "compute_interval"), "")
                absurd |= {"superseded": "", "cost_amortized_price_date": f"{min(year, 2025)}-01"}
            else:
                absurd |= {"chip": f"Absurd {year}", "peak_16bit_flop_per_s": "1e30"}
                absurd |= {"purchase_price_date": f"{year}-01-01"} if absurd["purchase_price_usd"] else {}
            rows.append(absurd)
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")


@pytest.fixture
def plant() -> Callable[[Path, int], None]:
    return _plant
