"""What a reader of the pages and of the commands' help has at hand: scenarios, files of the own, and fits of history.

The fits are made up, so that nothing is sampled.
"""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date, timedelta
from pathlib import Path

from forecast import observations
from forecast.backtest import FIRST_ORIGIN, LAST_ORIGIN
from forecast.fit.own import own_history
from forecast.observations import own
from forecast.observations.tables import FOLDER
from forecast.run import resolve
from tests.conftest import store_made_up_fit

ROOT = Path(__file__).parents[1]
# Where the data of a user lie in the examples, and what they are called there.
BROUGHT = {"my.csv": "runs.csv", "my_runs.csv": "runs.csv", "beliefs.csv": "beliefs.csv"}


def fill(folder: Path) -> None:
    """Put the scenarios with their schema and the files that a reader brings into a folder."""
    for name in ("scenarios", "schemas"):
        shutil.copytree(ROOT / name, folder / name)
    for name, source in BROUGHT.items():
        shutil.copy(ROOT / "examples" / "data" / source, folder / name)
    shutil.copytree(FOLDER, folder / "my-tables")
    (folder / "notable_ai_models.csv").write_text(release(), encoding="utf-8")


def release() -> str:
    """Our training runs in the layout of a release of their source."""
    columns = {"Model": "model", "Organization": "organization", "Publication date": "released"}
    columns |= {"Training compute (FLOP)": "compute_flop", "Confidence": "confidence"}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in observations.read_table("training_runs"):
        if row["source"].startswith("Epoch AI, Notable AI Models") and row.get("superseded") is None:
            writer.writerow(["" if row[name] is None else row[name] for name in columns.values()])
    return text.getvalue()


def store_fits(folder: Path) -> None:
    """Made-up fits in a cache folder, for every history and date that a page or an example needs."""
    today = date.today()  # noqa: DTZ011 - as the commands do
    # A test may run over midnight.
    now = {today, today + timedelta(days=1)}
    forecasts = {resolve(path).as_of for path in (ROOT / "scenarios").glob("*.yaml")}
    origins = {date(year, 12, 31) for year in range(FIRST_ORIGIN, LAST_ORIGIN + 1)}
    for day in now | forecasts | origins:
        store_made_up_fit(day, folder)
    runs = ROOT / "examples" / "data" / "runs.csv"
    for day in now | forecasts:
        ours = observations.load(as_of=day)
        made = own_history(own.read(runs, ours.price_index), ours, as_of=day)
        store_made_up_fit(day, folder, made.history)
