"""What a million paths cost: beside the random numbers alone, beside other tools, and how the cost grows.

    make benchmark

Each figure is from a process of its own. Ways that are compared are run in turn, several rounds, and compared as
ratios of CPU time within a round, so that a busy machine slows all of them alike.

The floor is what drawing the baseline's random numbers takes and nothing else: for each named stream and block the
same count of numbers from the same Philox generator, uniform ones by ``random`` and the standard normal ones by NumPy's
own ``standard_normal``. "Plain" draws all of them as uniform numbers. "As the engine draws them" is by inversion, so
that two scenarios share their numbers.
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
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from forecast.scenario import Scenario
    from forecast.shapes import Posterior

RESULTS = Path(__file__).with_name("RESULTS.md")
ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
BEGIN, END = "<!-- kernel: written by benchmarks/kernel.py -->", "<!-- kernel: end -->"
LIBRARIES = ("numpy", "scipy", "dask")


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


def given() -> tuple[Scenario, Posterior]:
    """The baseline and the fit that it starts from."""
    from forecast import observations
    from forecast.fit import fit
    from forecast.run import resolve

    scenario = resolve(BASELINE)
    return scenario, fit(observations.load(as_of=scenario.as_of), as_of=scenario.as_of)


def engine(draws: int, workers: int, *, labs: int = 0, years: int = 0) -> dict[str, float]:
    """All variables of the summary; of the whole baseline, or with another number of labs or years.

    Args:
        draws: The number of paths.
        workers: The number of processes.
        labs: How many labs, those of the baseline again and again; 0 leaves them as they are.
        years: How many years; 0 leaves them as they are.
    """
    from forecast.execution import Job
    from forecast.run import outcome

    scenario, posterior = given()
    if years:
        scenario = replace(scenario, last_year=scenario.first_year + years - 1)
    if labs:
        scenario = with_labs(scenario, labs)
    return measured(lambda: outcome(Job(scenario, posterior, draws, 1), workers=workers))


def with_labs(scenario: Scenario, number: int) -> Scenario:
    """A scenario with as many labs, those that it has again and again."""
    each = list(scenario.labs)
    named = {
        f"{each[place % len(each)]}{place // len(each) or ''}": each[place % len(each)]
        for place in range(number)
    }
    return replace(
        scenario,
        members={**scenario.members, "labs": {name: scenario.labs[lab] for name, lab in named.items()}},
        member_assumptions={
            driver: {name: by[lab] for name, lab in named.items()} if set(by) == set(scenario.labs) else by
            for driver, by in scenario.member_assumptions.items()
        },
    )


def formulas(draws: int, part: float) -> dict[str, float]:
    """Paths of some of the variables, without a summary: the first of each so many in order of computation."""
    from forecast import drivers
    from forecast.model import graph
    from forecast.simulation import outputs, variables
    from forecast.streams import BLOCK, blocks

    scenario, posterior = given()
    axes, every = drivers.coordinates(scenario), outputs(graph())
    wanted = every[:: round(1.0 / part)]
    needed = graph().inputs_of(wanted)

    def compute() -> None:
        for block in blocks(draws):
            sampled = drivers.sample(scenario, posterior, seed=1, block=block, only=needed)
            variables(graph(), sampled, axes, size=BLOCK, wanted=wanted)

    return {**measured(compute), "variables": float(len(wanted))}


def floor(draws: int, kind: str) -> dict[str, float]:
    """The random numbers of the baseline and nothing else.

    Args:
        draws: The number of paths.
        kind: ``normal``, ``plain`` or ``own``; the first lines of this file say what they are.
    """
    from forecast import drivers, samplers, streams
    from forecast.inversion import normal
    from forecast.model import graph

    scenario, posterior = given()
    asked: list[tuple[str, int]] = []
    uniforms = streams.uniforms_of_each

    def noted(names: Sequence[str], seed: int, block: int, rows: int = 1) -> object:
        asked.extend((name, rows) for name in names)
        return uniforms(names, seed, block, rows)

    with patch.object(samplers, "uniforms_of_each", noted):
        drivers.sample(scenario, posterior, seed=1, block=0)
    noise = graph().drivers

    def is_normal(name: str) -> bool:
        driver = noise.get(name.partition("[")[0])
        if name.startswith("event "):
            return name.startswith("event factor")
        return driver is None or driver.noise is None or driver.noise.law == "normal"

    def draw() -> None:
        for block in streams.blocks(draws):
            for name, rows in asked:
                if kind == "own":
                    numbers = uniforms([name], 1, block, rows)
                    if is_normal(name):
                        normal(numbers)
                elif kind == "normal" and is_normal(name):
                    streams.generator(name, 1, block).standard_normal((rows, streams.BLOCK))
                else:
                    streams.generator(name, 1, block).random((rows, streams.BLOCK))

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


def command(*arguments: str, cold: bool = False) -> Callable[[], dict[str, float]]:
    """A whole command of the program; ``cold`` finds no fit and nothing compiled."""

    def run() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                "FORECAST_CACHE_DIR": f"{folder}/fits",
                "PYTENSOR_FLAGS": f"cxx=,base_compiledir={folder}/pytensor",
                "NUMBA_CACHE_DIR": f"{folder}/numba",
            }
            filled = [each.replace("OUT", f"{folder}/out") for each in arguments]
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "forecast", *filled],
                check=True,
                cwd=ROOT,
                capture_output=True,
                env={**os.environ, **environment} if cold else None,
            )
            found = {"process": time.perf_counter() - started}
            record = Path(folder, "out", "run.json")
            if arguments[0] == "run" and record.is_file():
                told = json.loads(record.read_text(encoding="utf-8"))
                found |= {name: told[f"{name}_seconds"] for name in ("simulation", "summary")}
            return found

    return run


def kernel(rounds: int, draws: int) -> list[str]:
    """The engine beside the floor."""
    size = ("--draws", str(draws))
    cores = os.cpu_count() or 1
    ways = {
        "plain uniform numbers": here("--floor", "plain", *size),
        "the floor": here("--floor", "normal", *size),
        "the same numbers as the engine draws them": here("--floor", "own", *size),
        "the engine, one process": here("--engine", "1", *size),
        f"the engine, {cores} processes": here("--engine", str(cores), *size),
    }
    found = in_turn(ways, rounds)
    under = found["the floor"]
    lines = [
        f"Kernel: the whole baseline, {draws:,} paths, {under[0]['numbers']:.0f} random numbers a path.",
        "",
        "| what | CPU s per million paths | CPU over the floor's | wall over the floor's | peak MB |",
        "|---|---|---|---|---|",
    ]
    return lines + [
        f"| {name} | {middle(runs, 'cpu') * 1e6 / draws:.1f} | {ratio(runs, under)} "
        f"| {ratio(runs, under, 'wall')} | {middle(runs, 'peak'):.0f} |"
        for name, runs in found.items()
    ]


def growth(draws: int, large: int) -> list[str]:
    """How the cost grows with draws, labs, years and variables."""
    size = ("--engine", "1", "--draws", str(draws))
    part = ("--draws", str(draws), "--formulas")
    ways = {
        "half the paths": here("--engine", "1", "--draws", str(draws // 2)),
        "the baseline": here(*size),
        "9 labs instead of 18": here(*size, "--labs", "9"),
        "36 labs": here(*size, "--labs", "36"),
        "3 years instead of 6": here(*size, "--years", "3"),
        "12 years": here(*size, "--years", "12"),
        "all variables, no summary": here(*part, "1"),
        "each third variable, no summary": here(*part, "0.3334"),
        "each tenth variable, no summary": here(*part, "0.1"),
    }
    found = in_turn(ways, 1)
    lines = ["", f"Growth from {draws:,} paths in one process:", "", "| what | CPU s | over the baseline's |"]
    lines += ["|---|---|---|"]
    lines += [
        f"| {name} | {runs[0]['cpu']:.2f} | {ratio(runs, found['the baseline'])} |"
        for name, runs in found.items()
    ]
    if large:
        cores = str(os.cpu_count() or 1)
        few, many = (here("--engine", cores, "--draws", str(number))() for number in (large // 10, large))
        cpu, wall = (f"{many[what] / few[what]:.2f}" for what in ("cpu", "wall"))
        lines += [
            "",
            f"{large:,} paths take {cpu} times the CPU time of {large // 10:,} and {wall} times the wall time,",
        ]
        lines += [
            f"both with {cores} processes; the largest needs {many['peak']:.0f} MB beside {few['peak']:.0f} MB."
        ]
    return lines


def peers(rounds: int, draws: int, peer: str) -> list[str]:
    """The engine beside other tools."""
    script, few = str(Path(__file__).with_name("peers.py")), 10_000
    ways = {
        "this engine": lambda: child(script, "engine", str(draws)),
        "this engine, inputs correlated": lambda: child(script, "correlated", str(draws)),
        "this engine with machine code, as in long runs": lambda: child(script, "hastened", str(draws)),
        f"this engine on {os.cpu_count()} cores, {16 * draws:,} paths": lambda: child(
            script, "processes", str(16 * draws)
        ),
        "NumPy by hand": lambda: child(script, "numpy", str(draws)),
        f"a loop over draws as in AI 2027, {few:,} paths": lambda: child(script, "loop", str(few)),
        f"the same loop in plain Python, {few:,} paths": lambda: child(script, "plain loop", str(few)),
    }
    if peer:
        ways["squigglepy"] = lambda: child(script, "squigglepy", str(draws), python=peer)
    found = in_turn(ways, rounds)
    first = found["this engine"]
    lines = [
        "",
        f"Peers, {draws:,} paths of five years and eight labs; the model is in `peers.py`.",
        "",
        "| what | paths per CPU second | the engine's over it | paths per second | peak MB |",
        "|---|---|---|---|---|",
    ]
    for name, runs in found.items():
        gain = [one["rate"] / other["rate"] for one, other in zip(first, runs, strict=True)]
        rate, through, peak = (middle(runs, what) for what in ("rate", "throughput", "peak"))
        lines.append(
            f"| {name} | {rate:,.0f} | {statistics.median(gain):.2f} | {through:,.0f} | {peak:.0f} |"
        )
    return lines


def commands(rounds: int) -> list[str]:
    """Whole commands of the program, from a cold start and warm."""
    scenario = str(BASELINE)
    other = [str(ROOT / "scenarios" / f"{name}.yaml") for name in ("optimistic", "pessimistic")]
    end = ("--out", "OUT", "--quiet")
    cold = command("run", scenario, "--no-charts", *end, cold=True)()
    found = in_turn(
        {
            "`run`, 20,000 paths, fit stored, no charts": command("run", scenario, "--no-charts", *end),
            "`run`, the same with charts": command("run", scenario, *end),
            "`compare`, two scenarios, no charts": command("compare", *other, "--no-charts", *end),
            "`sensitivity`, no charts": command("sensitivity", scenario, "--no-charts", *end),
        },
        rounds,
    )
    name = "`run`, 20,000 paths, nothing stored or compiled, no charts"
    lines = ["", "| whole process | wall s | of which simulation | and its summary |", "|---|---|---|---|"]
    for words, runs in {name: [cold], **found}.items():
        inside = [
            f"{middle(runs, what):.2f}" if what in runs[0] else "" for what in ("simulation", "summary")
        ]
        lines.append(f"| {words} | {middle(runs, 'process'):.1f} | {' | '.join(inside)} |")
    return lines


def report(options: argparse.Namespace) -> str:
    """All measurements as Markdown."""
    started = time.perf_counter()
    lines = [
        *kernel(options.rounds, options.draws),
        *growth(1 << 17, options.large),
        *peers(3 * options.rounds, options.draws, options.peer),
        *commands(3 * options.rounds),
    ]
    kept = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    machine = f"{os.cpu_count()} cores of {processor()}, load {os.getloadavg()[1]:.1f} when it ended"
    system = f"{platform.system()}, Python {platform.python_version()}"
    took = f"{(time.perf_counter() - started) / 60:.0f} minutes in all"
    lines += ["", f"Measured on {machine}; {system}; {kept}; {took}; {datetime.now(UTC):%Y-%m-%d}."]
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
    parser.add_argument(
        "--rounds", type=int, default=1, help="of the kernel; peers and commands take three times as many"
    )
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument(
        "--large", type=int, default=0, help="also compare this many draws with a tenth of them"
    )
    parser.add_argument("--peer", default="", help="the Python of an environment with squigglepy")
    for name, kind in {"engine": int, "labs": int, "years": int, "floor": str, "formulas": float}.items():
        parser.add_argument(f"--{name}", type=kind, default=kind(), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        print(json.dumps(engine(options.draws, options.engine, labs=options.labs, years=options.years)))
    elif options.floor:
        if options.floor == "own":
            from forecast.compiled import hasten

            hasten()
        print(json.dumps(floor(options.draws, options.floor)))
    elif options.formulas:
        print(json.dumps(formulas(options.draws, options.formulas)))
    else:
        text = RESULTS.read_text(encoding="utf-8")
        found = report(options)
        before, _, rest = text.partition(BEGIN)
        RESULTS.write_text(f"{before}{BEGIN}\n{found}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
        print(found)


if __name__ == "__main__":
    main()
