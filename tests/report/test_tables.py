"""The tables of a run say what its trajectories say."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
import xarray as xr

from forecast.report.tables import LEVELS, affordability_csv, summary_csv, thresholds_csv
from forecast.shapes import QUANTILES, AffordabilityRow, Coordinates, CrossingRow, Summary, SummaryRow

# Trajectories are written in single precision, tables with nine digits.
SINGLE = 2e-6


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def read(folder, name):
    return rows((folder / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dataset(finished):
    with xr.open_dataset(finished.folder / "trajectories.nc", engine="h5netcdf") as opened:
        yield opened.load()


def test_levels_are_named_like_percentages():
    assert LEVELS == ("p5", "p10", "p25", "p50", "p75", "p90", "p95")


def test_the_summary_is_that_of_the_trajectories(finished, dataset):
    table = read(finished.folder, "summary.csv")
    seen = set()
    for row in table:
        values = dataset[row["variable"]]
        if row["year"]:
            values = values.sel(year=int(row["year"]))
        if row["member"]:
            values = values.sel({values.dims[0]: row["member"]})
        assert values.dims == ("draw",)
        assert row["unit"] == values.attrs["units"]
        numbers = values.values.astype(float)
        found = [float(row[level]) for level in LEVELS]
        size = np.abs(numbers).max()
        assert np.allclose(found, np.quantile(numbers, QUANTILES), rtol=SINGLE, atol=SINGLE * size), row
        assert np.isclose(float(row["mean"]), numbers.mean(), rtol=SINGLE, atol=SINGLE * size), row
        assert found == sorted(found)
        assert all(float(row[f"{name}_error"]) >= 0 for name in ("mean", *LEVELS))
        key = (row["variable"], row["member"], row["year"])
        assert key not in seen
        seen.add(key)
    assert {row["variable"] for row in table} == set(dataset.data_vars) - {"affordable", "near_record"}


def test_every_variable_has_every_year(finished, dataset):
    years = [str(year) for year in dataset["year"].values]
    by_variable = {}
    for row in read(finished.folder, "summary.csv"):
        by_variable.setdefault((row["variable"], row["member"]), []).append(row["year"])
    assert all(found in (years, [""]) for found in by_variable.values())
    assert by_variable["training_cost", ""] == years


def test_affordability_is_the_share_of_paths_on_which_a_lab_can_pay(finished, dataset):
    table = read(finished.folder, "affordability.csv")
    can_pay = dataset["affordable"]
    assert [(row["lab"], int(row["year"])) for row in table] == [
        (lab, year) for lab in can_pay["lab"].values for year in can_pay["year"].values
    ]
    throughout = np.minimum.accumulate(can_pay.values, axis=can_pay.get_axis_num("year"))
    for row, share, always in zip(
        table, can_pay.values.mean(axis=-1).ravel(), throughout.mean(axis=-1).ravel(), strict=True
    ):
        assert float(row["probability"]) == pytest.approx(share, rel=1e-8)
        assert float(row["probability_every_year_so_far"]) == pytest.approx(always, rel=1e-8)
        assert float(row["probability_every_year_so_far"]) <= float(row["probability"])
        # A share of some hundred paths is never exact, not even one of 0 or 1.
        assert 0 < float(row["error"]) < 0.05
        assert 0 < float(row["every_year_error"]) < 0.05
        assert row["name"] == finished.scenario.labs[row["lab"]].name


def test_coming_near_the_record_is_told_lab_by_lab(finished, dataset):
    near = dataset["near_record"].values.mean(axis=-1).ravel()
    for row, share in zip(read(finished.folder, "affordability.csv"), near, strict=True):
        assert float(row["probability_near_the_record"]) == pytest.approx(share, rel=1e-8)
        assert float(row["probability_near_the_record"]) >= float(row["probability"])
        assert 0 < float(row["near_error"]) < 0.05
    assert near.sum() == pytest.approx(sum(finished.trajectories["contenders"].mean(axis=-1)), rel=1e-8)


def test_a_lab_can_pay_when_its_budget_reaches_the_price(finished):
    paths = finished.trajectories
    budget, price, can_pay = paths["run_budget"], paths["run_price"], paths["affordable"] > 0
    # A record that spends the whole budget of its lab is affordable; equality is up to rounding.
    close = np.isclose(budget, price, rtol=1e-6)
    assert np.array_equal(can_pay[~close], (budget > price)[~close])
    assert np.array_equal(paths["payers"], can_pay.sum(axis=0))
    assert (paths["contenders"] >= paths["payers"]).all()


def test_thresholds_are_shares_of_paths_that_have_reached_them(finished, dataset):
    table = read(finished.folder, "thresholds.csv")
    years = dataset["year"].values
    groups = {}
    for row in table:
        groups.setdefault((row["variable"], float(row["threshold"])), []).append(row)
    assert {threshold for variable, threshold in groups if variable == "training_cost"} == set(
        finished.scenario.thresholds
    )
    for (variable, threshold), group in groups.items():
        assert [row["reached"] for row in group] == [
            *(f"by {year}" for year in years),
            f"after {years[-1]}",
        ]
        shares = [float(row["probability"]) for row in group]
        *by_year, never = shares
        assert by_year == sorted(by_year)
        assert by_year[-1] + never == pytest.approx(1.0, abs=1e-9)
        reached = np.maximum.accumulate(dataset[variable].values >= np.float32(threshold), axis=0).mean(
            axis=1
        )
        # A path within single precision of the threshold may fall on either side of it.
        assert by_year == pytest.approx(reached, abs=1.5 / dataset.sizes["draw"])
        assert all(float(row["error"]) > 0 for row in group)


def summary(**changed):
    row = SummaryRow(
        "cost, in all", "USD", "", 2026, 1e9 / 3, 1.0, tuple(float(n) for n in range(7)), (0.5,) * 7
    )
    content = {
        "rows": (row,),
        "affordability": (AffordabilityRow("lab", 2026, 0.25, 0.01, 0.25, 0.01),),
        "crossings": (CrossingRow("cost", "USD", 1e9, (0.2, 0.6), (0.1, 0.1), 0.4, 0.1, (2026,) * 7),),
        "coordinates": Coordinates((2026, 2027), ("lab",), (), ()),
    }
    return Summary(**{**content, **changed})


def test_a_table_is_plain_csv():
    text = summary_csv(summary())
    assert text.splitlines()[1] == '"cost, in all",USD,,2026,333333333,1,0,1,2,3,4,5,6' + ",0.5" * 7
    assert text.endswith("\n")
    assert "\r" not in text


def test_a_value_of_the_whole_path_has_no_year():
    row = summary().rows[0]
    (found,) = rows(summary_csv(summary(rows=(SummaryRow(**{**vars(row), "year": None}),))))
    assert found["year"] == ""


def test_a_lab_without_a_name_stands_under_its_id():
    (known,) = rows(affordability_csv(summary(), {"lab": "The Lab"}))
    (unknown,) = rows(affordability_csv(summary(), {}))
    assert (known["name"], unknown["name"]) == ("The Lab", "lab")


def test_what_is_not_reached_is_told_not_dropped():
    found = rows(thresholds_csv(summary()))
    assert [(row["reached"], row["probability"]) for row in found] == [
        ("by 2026", "0.2"),
        ("by 2027", "0.6"),
        ("after 2027", "0.4"),
    ]
    assert {row["threshold"] for row in found} == {"1e+09"}


def test_an_empty_summary_is_a_table_with_a_header_only():
    empty = summary(rows=(), affordability=(), crossings=())
    for text in (summary_csv(empty), affordability_csv(empty, {}), thresholds_csv(empty)):
        assert len(text.splitlines()) == 1
