"""Files in the layout of Epoch AI's releases, made of our own tables (which rest on Epoch AI's data, CC BY 4.0)."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from forecast import observations

MODELS = {
    "Model": "model",
    "Domain": "",
    "Organization": "organization",
    "Publication date": "released",
    "Training compute (FLOP)": "compute_flop",
    "Confidence": "confidence",
    "Training compute cost (2023 USD)": "cost_amortized_usd",
    "Training hardware": "hardware",
    "Hardware quantity": "chip_count",
    "Parameters": "parameters",
    "Base model": "",
    "Notability criteria": "",
}
HARDWARE = {
    "Hardware name": "chip",
    "Manufacturer": "vendor",
    "Type": "kind",
    "Release date": "released",
    "Release price (USD)": "",
    "Tensor-FP16/BF16 performance (FLOP/s)": "peak_16bit_flop_per_s",
    "TDP (W)": "power_w",
    "Foundry": "",
}


def rows_like(table: str, columns: dict[str, str], source: str) -> list[dict[str, str]]:
    """The rows that we have from a source, as a release of it would show them."""
    rows = observations.read_table(table)
    return [
        {name: "" if not own or row[own] is None else str(row[own]) for name, own in columns.items()}
        for row in rows
        if row["source"].startswith(source) and row.get("superseded") is None
    ]


def text(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


@pytest.fixture
def models() -> list[dict[str, str]]:
    return rows_like("training_runs", MODELS, "Epoch AI, Notable AI Models")


@pytest.fixture
def hardware() -> list[dict[str, str]]:
    return rows_like("chips", HARDWARE, "Epoch AI")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which is imported."""
    folder = tmp_path / "own-data"
    monkeypatch.setenv("FORECAST_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def release(tmp_path: Path) -> Callable[..., Path]:
    """Writes a release."""

    def write(rows: list[dict[str, str]], name: str = "models-2026-08-15.csv", **kind: str) -> Path:
        path = tmp_path / name
        path.write_text(text(rows, **kind), encoding="utf-8")
        return path

    return write
