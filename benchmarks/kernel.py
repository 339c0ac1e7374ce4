"""What a million paths cost: beside the random numbers alone, beside other tools, and how the cost grows.

    make benchmark

Each figure is from a process of its own. Ways that are compared are run in turn, several rounds, and compared as
ratios of CPU time within a round, so that a busy machine slows all of them alike.

The floor is what drawing the baseline's random numbers takes and nothing else: for each named stream and block the
same count of numbers from the same Philox generator, uniform ones by ``random`` and the standard normal ones by NumPy's
own ``standard_normal``. The engine draws its normal numbers by inversion, which costs more, because two scenarios must
share them. "Plain" draws all of them as uniform numbers.
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
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
BEGIN, END = "<!-- kernel: written by benchmarks/kernel.py -->", "<!-- kernel: end -->"
LIBRARIES = ("numpy", "scipy", "dask")
BLOCKS = 8


def child(*arguments: str, python: str = sys.executable) -> dict[str, float]:
    """One measurement in a process of its own: what it printed, with its whole wall and CPU time and peak memory."""
    started = time.perf_counter()
    process = subprocess.Popen([python, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    out, _ = process.communicate()
    wall = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed with {process.returncode}")
    found: dict[str, float] = json.loads(out.splitlines()[-1])
    return {**found, "process": wall}


def measured(work: Callable[[], object]) -> dict[str, float]:
    """CPU and wall seconds of some work in this process, children that have ended included, and the peak memory."""
    import resource

    def used() -> float:
        here, there = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return here.ru_utime + here.ru_stime + there.ru_utime + there.ru_stime

    started, before = time.perf_counter(), used()
    work()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"wall": time.perf_counter() - started, "cpu": used() - before, "peak": peak / 1024}


def engine(draws: int, workers: int) -> dict[str, float]:
    """The whole baseline: all labs, years and variables of the summary."""
    from forecast import observations
    from forecast.execution import Job
    from forecast.fit import fit
    from forecast.run import outcome, resolve

    scenario = resolve(BASELINE)
    posterior = fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of)
    return measured(lambda: outcome(Job(scenario, posterior, draws, 1), workers=workers))


def floor(draws: int, *, plain: bool) -> dict[str, float]:
    """The random numbers of the baseline and nothing else."""
    from forecast import drivers, observations, streams
    from forecast.fit import fit
    from forecast.model import graph
    from forecast.run import resolve

    scenario = resolve(BASELINE)
    posterior = fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of)
    asked: list[tuple[str, int]] = []
    plainly = streams.uniforms

    def noted(name: str, seed: int, block: int, rows: int = 1) -> object:
        asked.append((name, rows))
        return plainly(name, seed, block, rows)

    drivers.uniforms = noted  # type: ignore[assignment]
    drivers.sample(scenario, posterior, seed=1, block=0)
    drivers.uniforms = plainly
    noise = graph().drivers

    def is_normal(name: str) -> bool:
        driver = noise.get(name.partition("[")[0])
        if name.startswith("event "):
            return name.startswith("event factor")
        return driver is None or driver.noise is None or driver.noise.law == "normal"

    def draw() -> None:
        for block in streams.blocks(draws):
            for name, rows in asked:
                generator = streams.generator(name, 1, block)
                if plain or not is_normal(name):
                    generator.random((rows, streams.BLOCK))
                else:
                    generator.standard_normal((rows, streams.BLOCK))

    return {**measured(draw), "numbers": float(sum(rows for _, rows in asked))}


def in_turn(
    ways: Mapping[str, Callable[[], dict[str, float]]], rounds: int
) -> dict[str, list[dict[str, float]]]:
    """Every way once a round."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


def ratio(
    over: Sequence[Mapping[str, float]], under: Sequence[Mapping[str, float]], what: str = "cpu"
) -> str:
    """The median ratio within a round, with the lowest and the highest."""
    each = [one[what] / other[what] for one, other in zip(over, under, strict=True)]
    return f"{statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})"


def middle(runs: Sequence[Mapping[str, float]], what: str) -> float:
    """The median over the rounds."""
    return statistics.median(run[what] for run in runs)


def here(*arguments: str) -> Callable[[], dict[str, float]]:
    """A measurement of this file in a process of its own."""
    return lambda: child(__file__, *arguments)


def command(*arguments: str) -> Callable[[], dict[str, float]]:
    """A whole command of the program."""

    def run() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            filled = [each.replace("OUT", f"{folder}/out") for each in arguments]
            subprocess.run(
                [sys.executable, "-m", "forecast", *filled], check=True, cwd=ROOT, capture_output=True
            )
            return {"process": time.perf_counter() - started}

    return run


def report(rounds: int, draws: int, large: int, peer: str) -> str:
    """All measurements as Markdown."""
    small = 1 << 18
    kernel = in_turn(
        {
            "plain": here("--floor", "plain", "--draws", str(draws)),
            "floor": here("--floor", "normal", "--draws", str(draws)),
            "engine": here("--engine", "1", "--draws", str(draws)),
            "both": here("--engine", str(os.cpu_count() or 1), "--draws", str(draws)),
        },
        rounds,
    )
    million = 1e6 / draws
    lines = [
        f"Kernel: the whole baseline, {draws:,} paths, {kernel['floor'][0]['numbers']:.0f} random numbers a path.",
        "",
        "| what | CPU s per million paths | CPU over the floor's | wall over the floor's | peak MB |",
        "|---|---|---|---|---|",
    ]
    names = {
        "plain": "plain uniform numbers",
        "floor": "the floor",
        "engine": "the engine, one process",
        "both": f"the engine, {os.cpu_count()} processes",
    }
    for name, words in names.items():
        runs = kernel[name]
        lines.append(
            f"| {words} | {middle(runs, 'cpu') * million:.1f} | {ratio(runs, kernel['floor'])} "
            f"| {ratio(runs, kernel['floor'], 'wall')} | {middle(runs, 'peak'):.0f} |"
        )
    if large:
        grown = in_turn(
            {
                "few": here("--engine", "1", "--draws", str(large // 10)),
                "many": here("--engine", "1", "--draws", str(large)),
            },
            1,
        )
        few, many = grown["few"], grown["many"]
        lines += [
            "",
            f"Growth: {large:,} paths take {ratio(many, few)} times the CPU time of {large // 10:,}.",
        ]
        lines += [f"Peak memory: {middle(many, 'peak'):.0f} MB beside {middle(few, 'peak'):.0f} MB."]
    peers_file = str(Path(__file__).with_name("peers.py"))
    ways = {
        "engine": lambda: child(peers_file, "engine", str(small)),
        "engine, correlated": lambda: child(peers_file, "correlated", str(small)),
        "NumPy": lambda: child(peers_file, "numpy", str(small)),
        "loop": lambda: child(peers_file, "loop", "4000"),
    }
    if peer:
        ways["squigglepy"] = lambda: child(peers_file, "squigglepy", str(small), python=peer)
    peers = in_turn(ways, rounds)
    words = {
        "engine": "this engine",
        "engine, correlated": "this engine, inputs correlated",
        "NumPy": "NumPy by hand",
        "loop": "a loop over draws in plain Python",
        "squigglepy": "squigglepy",
    }
    lines += [
        "",
        f"Peers, {small:,} paths (the loop: 4,000) of five years and eight labs; the model is in `peers.py`.",
        "",
        "| what | paths per CPU second | the engine's over it | peak MB |",
        "|---|---|---|---|",
    ]
    for name, runs in peers.items():
        gain = [one["rate"] / other["rate"] for one, other in zip(peers["engine"], runs, strict=True)]
        rate, peak = middle(runs, "rate"), middle(runs, "peak")
        lines.append(f"| {words[name]} | {rate:,.0f} | {statistics.median(gain):.2f} | {peak:.0f} |")
    scenario = str(BASELINE)
    other = [str(ROOT / "scenarios" / f"{name}.yaml") for name in ("optimistic", "pessimistic")]
    commands = in_turn(
        {
            "`run`, 20,000 paths, fit stored, no charts": command(
                "run", scenario, "--no-charts", "--out", "OUT", "--quiet"
            ),
            "`run`, the same with charts": command("run", scenario, "--out", "OUT", "--quiet"),
            "`compare`, two scenarios, no charts": command(
                "compare", *other, "--no-charts", "--out", "OUT", "--quiet"
            ),
            "`sensitivity`, no charts": command(
                "sensitivity", scenario, "--no-charts", "--out", "OUT", "--quiet"
            ),
        },
        max(1, rounds // 2),
    )
    lines += ["", "| whole process | wall s |", "|---|---|"]
    lines += [f"| {name} | {middle(runs, 'process'):.1f} |" for name, runs in commands.items()]
    kept = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    machine = f"{os.cpu_count()} cores of {processor()}, load {os.getloadavg()[1]:.1f} when it ended"
    system = f"{platform.system()}, Python {platform.python_version()}"
    lines += ["", f"Measured on {machine}; {system}; {kept}; {rounds} rounds; {datetime.now(UTC):%Y-%m-%d}."]
    return "\n".join(lines)


def processor() -> str:
    """What the processor is called."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def main() -> None:
    """Measure, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument(
        "--large", type=int, default=0, help="also compare this many draws with a tenth of them"
    )
    parser.add_argument("--peer", default="", help="the Python of an environment with squigglepy")
    parser.add_argument("--engine", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--floor", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(engine(given.draws, given.engine)))
    elif given.floor:
        print(json.dumps(floor(given.draws, plain=given.floor == "plain")))
    else:
        text = RESULTS.read_text(encoding="utf-8")
        found = report(given.rounds, given.draws, given.large, given.peer)
        before, _, rest = text.partition(BEGIN)
        RESULTS.write_text(f"{before}{BEGIN}\n{found}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
        print(found)


if __name__ == "__main__":
    main()
