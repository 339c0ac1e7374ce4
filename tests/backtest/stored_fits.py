"""The fits behind the backtest, thinned and kept beside the tests: `make stored-fits` makes them anew.

They let the fast tests recompute what the fit has achieved. A change of the model or of the history that it sees makes
them out of date, and the tests say so.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np

from forecast import observations
from forecast.backtest import FIRST_ORIGIN, LAST_ORIGIN
from forecast.fit import cache, full_fit
from forecast.fit.history import digest, history
from forecast.shapes import Posterior

PLACE = Path(__file__).with_name("stored_fits.npz")
ORIGINS = range(FIRST_ORIGIN, LAST_ORIGIN + 1)
_THIN = 4
# What a forecast of records does not ask for.
_UNUSED = {"record_compute_now", "record_compute_known", "cloud_cost_ratio", "acquisition_cost_ratio"}


def fingerprint(year: int) -> str:
    """What the fit of an origin is made of: what the model does, and the history that it sees."""
    day = date(year, 12, 31)
    content = hashlib.sha256(digest(history(observations.load(as_of=day), as_of=day)).encode())
    here = Path(cache.__file__).parent
    for name in cache.SOURCES:
        content.update(cache.meaning((here / name).read_text(encoding="utf-8")).encode())
    return content.hexdigest()


def load() -> dict[int, tuple[str, Posterior]]:
    """By origin the fingerprint that the stored fit was made with, and its draws."""
    with np.load(PLACE) as file:
        return {
            year: (
                str(file[f"{year}/fingerprint"]),
                Posterior(
                    {
                        name.partition("/")[2]: file[name].astype(float)
                        for name in file.files
                        if name.startswith(f"{year}/") and not name.endswith("/fingerprint")
                    },
                    {"model": "stored"},
                ),
            )
            for year in ORIGINS
        }


def store() -> None:
    """Fit history as of every origin and keep a quarter of the draws in single precision."""
    found: dict[str, np.ndarray] = {}
    for year in ORIGINS:
        day = date(year, 12, 31)
        fitted = full_fit(observations.load(as_of=day), as_of=day)
        found[f"{year}/fingerprint"] = np.array(fingerprint(year))
        for name, values in fitted.posterior.draws.items():
            if name not in _UNUSED:
                found[f"{year}/{name}"] = values[::_THIN].astype(np.float32)
    np.savez_compressed(PLACE, **found)


if __name__ == "__main__":
    store()
