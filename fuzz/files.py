"""Coverage-guided fuzzing of everything that reads a file from elsewhere: `make fuzz`.

Each input goes to one reader, chosen by its first byte. A reader may read it or refuse it with an error of
`forecast.errors`; any other exception, and more than some seconds or some hundred megabytes, is a find.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["forecast", "yaml"]):
    from forecast import drivers, observations, rerun
    from forecast.errors import ForecastError
    from forecast.observations import own
    from forecast.reweight import read_beliefs
    from forecast.scenario import load

ROOT = Path(__file__).parents[1]
AFFECTABLE = drivers.affectable()
# A world of few drivers, one of each kind, so that thousands of files are read in a minute.
KINDS = {(spec.section, spec.unit): name for name, spec in drivers.specs().items()}
SPECS = {name: drivers.specs()[name] for name in KINDS.values()}
BASE = """name: base
as_of: 2026-09-30
assumptions:
""" + "".join(f"  {name}: {{fitted: {{}}, why: x}}\n" for name, spec in SPECS.items() if not spec.section)
INDEX = observations.load().price_index
PLACE = Path(tempfile.mkdtemp(prefix="fuzz-"))
(PLACE / "baseline.yaml").write_text(BASE, encoding="utf-8")
EXTENDS = b"name: mine\nextends: baseline.yaml\n"

WORDS = """
name title description extends as_of first_year last_year thresholds assumptions labs sources tiers events
correlations defaults p5 p50 p95 low mode high mean sd samples fitted scale shift min max unit why source
dated verified dollars probability year affects factor lasts between rho x/yr %/yr doubling halving months
to model released compute organization confidence cost cost_date chip probability,value files draws seed
scenario scenario_digest baseline.yaml
""".split()  # noqa: SIM905 - a list of so many words would not be read


def scenario(data: bytes) -> None:
    """A scenario that stands alone."""
    path = PLACE / "alone.yaml"
    path.write_bytes(data)
    load(path, drivers=SPECS, events_affect=AFFECTABLE)


def extension(data: bytes) -> None:
    """A scenario that extends the baseline."""
    path = PLACE / "mine.yaml"
    path.write_bytes(EXTENDS + data)
    load(path, drivers=SPECS, events_affect=AFFECTABLE).digest  # noqa: B018 - computing it must not fail


def override(data: bytes) -> None:
    """What stands after --set."""
    text = data.decode("utf-8", "surrogateescape")
    load(PLACE / "baseline.yaml", drivers=SPECS, events_affect=AFFECTABLE, overrides=[text])


def table(data: bytes) -> None:
    """A user's table of training runs."""
    path = PLACE / "runs.csv"
    path.write_bytes(data)
    own.read(path, INDEX)


def beliefs(data: bytes) -> None:
    """Beliefs about a driver."""
    path = PLACE / "beliefs.csv"
    path.write_bytes(data)
    read_beliefs(path, "1/yr" if data[:1] < b"P" else "x")


def record(data: bytes) -> None:
    """The record of a run."""
    path = PLACE / "run.json"
    path.write_bytes(data)
    rerun.read(path)


READERS = (scenario, extension, extension, override, table, beliefs, record)


def one(data: bytes) -> None:
    """Gives one input to one reader."""
    if not data:
        return
    try:
        READERS[data[0] % len(READERS)](data[1:])
    except ForecastError as error:
        message = str(error)
        assert message.replace("\n", "").isprintable(), repr(message)
        assert len(message) < 200_000, len(message)


def seeds(folder: Path) -> None:
    """Puts what is valid, or nearly, into the corpus that the fuzzer starts from."""
    texts = [(0, BASE.encode())]
    texts += [(0, path.read_bytes()[:600]) for path in sorted((ROOT / "scenarios").glob("*.yaml"))]
    texts += [(1, b"assumptions:\n  algorithmic_growth: {p5: 1.5x/yr, p50: 3x/yr, p95: 8x/yr, why: x}\n")]
    texts += [
        (1, b"events: [{name: e, probability: 0.1, year: 2028, affects: price_performance, factor: 0.7}]\n")
    ]
    texts += [(3, b"algorithmic_growth=3x/yr"), (3, b"labs.openai.backing_weight=4")]
    texts += [(4, b"model,released,compute,cost,cost_date\na,2024-01-01,1e25,1e7,2024-01\n")]
    texts += [(5, b"probability,value\n0.05,1.5x/yr\n0.5,2x/yr\n0.95,4x/yr\n")]
    texts += [(6, b'{"files": {}, "draws": 1, "seed": 1, "scenario_digest": "", "scenario": {"name": "a"}}')]
    for number, (kind, text) in enumerate(texts):
        (folder / f"seed-{number}").write_bytes(bytes([kind]) + text)


def main() -> None:
    """Fuzzes for as long as libFuzzer's own arguments say."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        seeds(folder)
        words = folder / "words"
        words.write_text("".join(f'"{word}"\n' for word in WORDS), encoding="utf-8")
        corpus = folder / "found"
        corpus.mkdir()
        arguments = ["-rss_limit_mb=2500", "-timeout=20", "-max_len=4096", f"-dict={words}"]
        atheris.Setup([sys.argv[0], str(corpus), str(folder), *arguments, *sys.argv[1:]], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
