"""Makes a small run on made-up fits and exports it in every form, for the clients' tests to read.

Called in the environment of the project with the folder to make: ``python tests/clients/exports.py FOLDER``.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTION = {"year": 2028, "low": 1e8, "high": 1e12, "log": True, "open_bounds": ("upper",)}


def main(folder: Path) -> None:
    """A run in ``FOLDER/run`` and its exports beside it."""
    os.environ |= {"FORECAST_CACHE_DIR": str(folder / "cache"), "FORECAST_DATA_DIR": ""}
    spec = importlib.util.spec_from_file_location("shared", ROOT / "tests" / "conftest.py")
    if spec is None or spec.loader is None:
        raise SystemExit("tests/conftest.py is missing")
    shared = importlib.util.module_from_spec(spec)
    sys.modules["shared"] = shared
    spec.loader.exec_module(shared)
    from forecast.export import FORMATS, Options, export, read
    from forecast.run import resolve, run

    baseline = ROOT / "scenarios" / "baseline.yaml"
    shared.store_made_up_fit(resolve(baseline).as_of, folder / "cache")
    run(baseline, draws=400, seed=3, out=folder / "run", charts=False)
    finished = read(folder / "run")
    for name, form in FORMATS.items():
        options = Options(**QUESTION) if name == "metaculus-cdf" else Options()
        export(finished, name, folder / f"{name}{'.' if form.ending else ''}{form.ending}", options)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
