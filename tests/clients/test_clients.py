"""The tools that exports are for read them, and find in them what the run's own tables say."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LEVELS = ("p5", "p10", "p25", "p50", "p75", "p90", "p95")


@pytest.fixture(scope="session")
def summary(exports: Path) -> pd.DataFrame:
    """The run's own table of quantiles, by variable and year."""
    table = pd.read_csv(exports / "run" / "summary.csv")
    return table[table["member"].isna() & table["year"].notna()].set_index(["variable", "year"])


def called(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_pyam_reads_both_iamc_tables(exports: Path, summary: pd.DataFrame) -> None:
    import pyam

    long, wide = (pyam.IamDataFrame(exports / f"{name}.csv") for name in ("iamc", "iamc-wide"))
    pd.testing.assert_frame_equal(long.data, wide.data)
    assert (long.model, long.scenario, long.region) == (["forecast 0.1.0"], ["baseline"], ["World"])
    medians = long.filter(variable="Training Cost|50.0th Percentile", unit="USD_2023").timeseries().iloc[0]
    np.testing.assert_allclose(medians, summary.loc["training_cost", "p50"], rtol=1e-5)


def test_hubdata_reads_the_hub(exports: Path, summary: pd.DataFrame) -> None:
    import hubdata

    hub = hubdata.connect_hub(exports / "hubverse")
    assert hub.tasks["schema_version"].endswith("v6.0.0/tasks-schema.json")
    table = hub.to_table().to_pandas()
    assert set(table["model_id"]) == {"forecast-montecarlo"}
    assert table["value"].notna().all()
    chosen = table[table["target"] == "training_cost"]
    counts = chosen.groupby(["target_end_date", "output_type"]).size().unstack()
    assert counts.to_numpy().tolist() == [[1, 7, 100]] * 6
    medians = chosen[chosen["output_type"] == "median"].sort_values("horizon")
    np.testing.assert_allclose(medians["value"], summary.loc["training_cost", "p50"], rtol=1e-5)
    assert medians["horizon"].tolist() == [3, 15, 27, 39, 51, 63]
    # An id joins a path over targets and years: cost never falls below the cost of data on any of them.
    samples = table[table["output_type"] == "sample"]
    paths = samples.pivot(index=["output_type_id", "horizon"], columns="target", values="value")
    assert len(paths) == 600
    assert (paths["training_cost"] >= paths["data_cost"]).all()
    assert paths.groupby("horizon")["training_cost"].median().is_monotonic_increasing


def test_check_jsonschema_accepts_schemas_scenarios_and_metadata(exports: Path) -> None:
    schemas = sorted((ROOT / "schemas").glob("*.json"))
    assert called("check-jsonschema", "--check-metaschema", *schemas).returncode == 0
    scenarios = sorted((ROOT / "scenarios").glob("*.yaml"))
    checked = called("check-jsonschema", "--schemafile", ROOT / "schemas" / "scenario-v1.json", *scenarios)
    assert checked.returncode == 0, checked.stdout
    hub = exports / "hubverse"
    own = hub / "hub-config" / "model-metadata-schema.json"
    checked = called(
        "check-jsonschema", "--schemafile", own, hub / "model-metadata" / "forecast-montecarlo.yml"
    )
    assert checked.returncode == 0, checked.stdout


def test_a_cf_checker_finds_nothing(exports: Path, tmp_path: Path) -> None:
    # The checker brings its own table of standard names, so it asks nothing of a network.
    report = tmp_path / "report.json"
    checked = called(
        "compliance-checker",
        "--test=cf:1.11",
        "--criteria=strict",
        "-f",
        "json",
        "-o",
        report,
        exports / "netcdf.nc",
    )
    assert report.is_file(), checked.stderr
    found = json.loads(report.read_text(encoding="utf-8"))["cf:1.11"]
    messages = [message for each in found["all_priorities"] for message in each["msgs"]]
    assert messages == []
    assert found["scored_points"] == found["possible_points"] > 0


def test_xarray_opens_the_netcdf_file_by_another_library(exports: Path, summary: pd.DataFrame) -> None:
    import xarray as xr

    with xr.open_dataset(exports / "netcdf.nc", engine="netcdf4") as data:
        median = data["training_cost"].median("realization")
        np.testing.assert_allclose(median, summary.loc["training_cost", "p50"], rtol=1e-5)
        assert data["time"].dt.year.to_numpy().tolist() == list(range(2026, 2032))
        assert data["lab_name"].sel(lab=0).item() == "OpenAI"


def test_pandas_and_duckdb_read_parquet(exports: Path, summary: pd.DataFrame) -> None:
    import duckdb

    folder = exports / "parquet"
    paths = pd.read_parquet(folder / "paths.parquet")
    medians = paths.groupby("year")["training_cost"].median()
    np.testing.assert_allclose(medians, summary.loc["training_cost", "p50"], rtol=1e-5)
    query = f"""
        select year, quantile_cont(training_cost, 0.5) as median, count(distinct draw) as draws
        from '{folder}/paths.parquet' join '{folder}/inputs.parquet' using (draw)
        group by year order by year
    """
    rows = duckdb.sql(query).fetchall()
    np.testing.assert_allclose([row[1] for row in rows], medians, rtol=1e-6)
    assert {row[2] for row in rows} == {400}
    ((labs,),) = duckdb.sql(f"select count(distinct lab) from '{folder}/lab_paths.parquet'").fetchall()
    assert labs == pd.read_csv(exports / "run" / "affordability.csv")["lab"].nunique()
    told = duckdb.sql(
        f"select p50 from '{exports}/run/summary.csv' where variable = 'training_cost' order by year"
    )
    np.testing.assert_allclose([row[0] for row in told.fetchall()], medians, rtol=1e-5)


def test_frictionless_accepts_the_data_package(exports: Path) -> None:
    import frictionless

    package = exports / "datapackage" / "datapackage.json"
    report = frictionless.validate(str(package))
    assert report.valid, report.flatten(["type", "note", "message"])
    resource = frictionless.Package(str(package)).get_resource("summary-csv")
    first = resource.read_rows()[0]
    assert first["variable"]
    assert {field.name: field.type for field in resource.schema.fields}["p50"] == "number"
    # It sees damage.
    table = exports / "datapackage" / "thresholds.csv"
    content = table.read_text(encoding="utf-8")
    table.write_text(content.replace("training_cost", "", 1), encoding="utf-8")
    try:
        assert not frictionless.validate(str(package)).valid
    finally:
        table.write_text(content, encoding="utf-8")


def test_arviz_opens_the_posterior(exports: Path) -> None:
    import arviz as az

    data = az.from_netcdf(str(exports / "posterior.nc"))
    posterior = data["posterior"]
    assert dict(posterior.sizes) == {"chain": 2, "draw": 200}
    table = az.summary(data, var_names=["frontier_compute_growth", "price_performance_growth"])
    assert table["r_hat"].astype(float).between(0.9, 1.2).all()


def test_a_metaculus_distribution_is_one(exports: Path, summary: pd.DataFrame) -> None:
    answer = json.loads((exports / "metaculus-cdf.json").read_text(encoding="utf-8"))
    heights, scale = np.array(answer["continuous_cdf"]), answer["scaling"]
    assert len(heights) == 201
    steps = np.diff(heights)
    assert steps.min() >= 5e-5 - 1e-12
    assert steps.max() <= 0.2
    assert heights[0] == 0.0
    assert heights[-1] <= 0.999
    # From a place on the scale to a value, as the site does it.
    ratio = (scale["range_max"] - scale["zero_point"]) / (scale["range_min"] - scale["zero_point"])
    place = np.linspace(0.0, 1.0, 201)
    span = scale["range_max"] - scale["range_min"]
    values = scale["range_min"] + span * (ratio**place - 1.0) / (ratio - 1.0)
    quantiles = summary.loc[("training_cost", 2028)]
    for level in ("p10", "p50", "p90"):
        assert np.interp(quantiles[level], values, heights) == pytest.approx(int(level[1:]) / 100.0, abs=0.03)


def test_latex_sets_the_table_within_the_text(exports: Path, tmp_path: Path) -> None:
    program = shutil.which("pdflatex")
    if program is None:
        pytest.skip("pdflatex is not installed (Debian: texlive-latex-recommended)")
    table = (exports / "latex.tex").read_text(encoding="utf-8")
    document = (
        r"\documentclass[a4paper]{article}\usepackage{array,booktabs}\begin{document}",
        table,
        r"\end{document}",
    )
    (tmp_path / "paper.tex").write_text("\n".join(document), encoding="utf-8")
    words = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "paper.pdf").stat().st_size > 10_000
    assert not [line for line in done.stdout.splitlines() if line.startswith(("Overfull", "Underfull"))]


def test_pandas_reads_the_tables_for_texts(exports: Path) -> None:
    lines = (exports / "markdown.md").read_text(encoding="utf-8").splitlines()
    table = [line.strip("|").split(" | ") for line in lines if line.startswith("|")]
    assert {len(row) for row in table} == {7}
    with (exports / "iamc-wide.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream))[:6] == ["Model", "Scenario", "Region", "Variable", "Unit", "2026"]
