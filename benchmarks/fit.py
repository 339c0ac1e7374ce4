"""How long the fit takes and how much it yields: cold, warm, stored, and beside other routes in turn.

    make benchmark

Every figure comes from a process of its own. Routes that are compared are run in turn, several rounds, and compared
as ratios within a round: a machine that is busy at one time is busy for all of them. Nothing is read from or
written to the user's own cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
DAY = date(2026, 9, 30)
LIBRARIES = ("numpy", "numba", "nutpie", "pymc", "pytensor", "arviz")

# What is timed; each prints one line of JSON. `FORECAST_CACHE_DIR` says where fits are kept.
ROUTES: Mapping[str, str] = {
    "shipped": "full_fit(known, as_of=day)",
    "stored": "full_fit(known, as_of=day)",
    "steady": 'full_fit(known, as_of=day, candidate="joint_steady")',
    "line": 'full_fit(known, as_of=day, candidate="joint_line")',
}
PROGRAM = """
    import json, time
    started, used = time.perf_counter(), time.process_time()
    from datetime import date
    from forecast import observations
    from forecast.fit import full_fit
    day = date.fromisoformat({day!r})
    known = observations.load(as_of=day)
    found = {call}
    d = found.diagnostics
    print(json.dumps({{
        "wall": time.perf_counter() - started, "cpu": time.process_time() - used, "cached": found.cached,
        "bulk_ess": d.bulk_ess, "tail_ess": d.tail_ess, "divergences": d.divergences, "r_hat": d.r_hat,
    }}))
"""


def timed(route: str, cache: Path, compiled: Path) -> dict[str, float]:
    """One fit in a process of its own.

    Args:
        route: One of `ROUTES`.
        cache: Where fits are stored.
        compiled: Where compiled code is kept.
    """
    environment = {
        **os.environ,
        "FORECAST_CACHE_DIR": str(cache),
        "PYTENSOR_FLAGS": f"cxx=,base_compiledir={compiled}",
        "NUMBA_CACHE_DIR": str(compiled / "numba"),
    }
    program = textwrap.dedent(PROGRAM).format(day=DAY.isoformat(), call=ROUTES[route])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Time every route and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="How often the warm routes are run in turn.")
    parser.add_argument("--no-write", action="store_true", help="Print, and leave RESULTS.md as it is.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forecast-benchmark-") as name:
        root = Path(name)
        compiled = root / "compiled"
        print("cold: nothing compiled, nothing stored", flush=True)
        cold = timed("shipped", root / "cold", compiled)
        rounds: list[dict[str, dict[str, float]]] = []
        for number in range(options.rounds):
            print(f"warm, round {number + 1} of {options.rounds}", flush=True)
            one = {
                route: timed(route, root / f"{route}-{number}", compiled)
                for route in ("shipped", "steady", "line")
            }
            # The same folder again: now the fit is there.
            one["stored"] = timed("stored", root / f"shipped-{number}", compiled)
            rounds.append(one)
    text = "\n".join(table(cold, rounds))
    print(text)
    if not options.no_write:
        write(text)


def table(cold: Mapping[str, float], rounds: list[dict[str, dict[str, float]]]) -> list[str]:
    """The results as a part of RESULTS.md."""
    names = {
        "shipped": "fit that ships, compiled code kept",
        "steady": "the same without fading",
        "line": "straight lines",
        "stored": "fit that ships, found stored",
    }
    lines = [
        "| what | wall s | CPU s | CPU over the warm fit's | least bulk ESS | least tail ESS | bulk ESS per CPU s |",
        "|---|---|---|---|---|---|---|",
        _row("fit that ships, cold", [cold], [cold["cpu"] / statistics.median(_all(rounds, "shipped"))]),
    ]
    for route, words in names.items():
        ratios = [one[route]["cpu"] / one["shipped"]["cpu"] for one in rounds]
        lines.append(_row(words, [one[route] for one in rounds], ratios, sampled=route != "stored"))
    return lines


def _all(rounds: list[dict[str, dict[str, float]]], route: str) -> list[float]:
    return [one[route]["cpu"] for one in rounds]


def _row(
    words: str,
    found: list[Mapping[str, float]] | list[dict[str, float]],
    ratios: list[float],
    *,
    sampled: bool = True,
) -> str:
    def middle(key: str) -> float:
        return statistics.median(each[key] for each in found)

    spread = (
        f" ({min(ratios):.2f} to {max(ratios):.2f})" if len(ratios) > 1 and max(ratios) > min(ratios) else ""
    )
    yields = statistics.median(each["bulk_ess"] / each["cpu"] for each in found)
    ess = f"{middle('bulk_ess'):,.0f} | {middle('tail_ess'):,.0f} | {yields:.0f}" if sampled else "| |"
    return f"| {words} | {middle('wall'):.1f} | {middle('cpu'):.1f} | {statistics.median(ratios):.2f}{spread} | {ess} |"


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    load = f", load {os.getloadavg()[0]:.1f} when it ended" if hasattr(os, "getloadavg") else ""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores of {model}{load}; {platform.system()}, "
        f"Python {platform.python_version()}; {libraries}; {time.strftime('%Y-%m-%d')}"
    )


START, END = "<!-- fit: written by benchmarks/fit.py -->", "<!-- fit: end -->"


def write(text: str) -> None:
    """Put the results into their place in RESULTS.md; everything else there stays."""
    page = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else f"# Benchmarks\n\n{START}\n{END}\n"
    if START not in page:
        page = f"{page.rstrip()}\n\n{START}\n{END}\n"
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    RESULTS.write_text(
        f"{before}{START}\n{text}\n\nMeasured on {machine()}.\n{END}{after}", encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    main()
