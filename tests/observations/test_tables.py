"""The shipped tables keep the rules, and a broken table reports every mistake at once."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from forecast.errors import ObservationError, UsageError
from forecast.observations import TABLES, UNITS, check, load, read_table
from forecast.observations.tables import FOLDER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "tables"))


def edit(path: Path, changes) -> None:
    """Rewrite cells: ``changes`` maps (row number from 0, column) to a new text."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for (number, column), text in changes.items():
        rows[number][column] = text
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_shipped_tables_are_right():
    assert check() == ()


def test_every_file_is_a_table_and_every_table_a_file():
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_rows_keep_order_interval_and_credit(name):
    rows = read_table(name)
    for row in rows:
        value, low, high = (row.get(column) for column in ("value", "low", "high"))
        ends = [each for each in (low, value, high) if each is not None]
        assert ends == sorted(ends)
        assert row["source"]
        assert row["licence"]
        assert (row["fit"] == "yes") == (not row["why_not"])
        assert row["known"] >= row.get("date", row.get("released"))
    assert len({row["id"] for row in rows}) == len(rows)


def test_every_unit_of_the_list_is_used():
    used = {row["unit"] for name in TABLES for row in read_table(name) if "unit" in row}
    unused = set(UNITS) - used
    assert unused == {"USD"}


def test_the_tables_name_no_machine():
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8").casefold()
        for word in ("/home/", "localhost", "file:"):
            assert word not in text, (path.name, word)


def test_all_mistakes_of_all_tables_come_at_once(folder):
    edit(
        folder / "training_runs.csv",
        {
            (0, "released"): "2012-13-01",
            (1, "compute_flop"): "nan",
            (2, "confidence"): "likly",
            (3, "compute_flop"): "-1",
            (4, "source"): "",
            (5, "why_not"): "a reason",
            (6, "known"): "1999-01-01",
        },
    )
    edit(
        folder / "mmlu.csv",
        {(0, "unit"): "percent", (1, "low"): "99", (1, "interval"): "90%", (2, "id"): "mmlu-002"},
    )
    (folder / "labeling.csv").unlink()
    with pytest.raises(ObservationError) as caught:
        load(folder=folder)
    text = str(caught.value)
    for expected in (
        "training_runs.csv:2:4: run-dropout-imagenet.released: ",
        '"nan" is not a finite number',
        'did you mean "likely"',
        "is not positive",
        "source: is empty",
        "gives a reason although the row is fitted",
        "is before the released",
        "is no known unit",
        "is below the lower end 99",
        "stands in line 3 already",
        "labeling.csv: no such file",
    ):
        assert expected in text
    assert len(caught.value.problems) == len(check(folder)) >= 11


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "the table is empty"),
        (b"\xff\xfe\x00", "cannot be read as CSV in UTF-8"),
        (b"id,entitty\n", 'unknown column "entitty"; did you mean "entity"?'),
        (b'id,entity\n"x', 'column "metric" is missing'),
    ],
)
def test_a_file_that_is_no_table_is_a_problem_not_a_traceback(folder, text, expected):
    (folder / "mmlu.csv").write_bytes(text)
    assert expected in "\n".join(map(str, check(folder)))


def test_a_line_with_too_few_cells_is_named(folder):
    path = folder / "mmlu.csv"
    path.write_text(path.read_text(encoding="utf-8") + "mmlu-999,only two\n", encoding="utf-8")
    (problem,) = check(folder)
    assert "has 2 cells; the header has 17" in str(problem)
    assert problem.line == len(path.read_text(encoding="utf-8").splitlines())


def test_every_broken_rule_of_a_run_is_found(folder):
    edit(
        folder / "training_runs.csv",
        {
            (0, "cost_amortized_price_date"): "",
            (1, "fit"): "censored",
            (2, "chip"): "gpu",
            (3, "superseded"): "2000-01-01",
            (4, "compute_interval"): "90%",
        },
    )
    text = "\n".join(map(str, check(folder)))
    for expected in (
        'must be given exactly where "cost_amortized_usd" is',
        'is "censored" but the run has a compute',
        'must be given exactly where "hardware" is',
        "when the row became known",
        "says what the ends mean, but there are none",
    ):
        assert expected in text


def test_every_broken_rule_of_a_value_and_a_chip_is_found(folder):
    wrong = {
        (0, "low"): "70",
        (0, "high"): "60",
        (1, "value"): "99",
        (1, "high"): "50",
        (3, "notes"): "x" * 5_000,
    }
    edit(folder / "mmlu.csv", wrong | {(2, name): "" for name in ("value", "low", "high")})
    edit(folder / "chips.csv", {(0, "fit"): "yes", (0, "purchase_price_usd"): ""})
    text = "\n".join(map(str, check(folder)))
    for expected in (
        "the lower end 70 is above the upper end 60",
        "99 is above the upper end 50 of its interval",
        "a cell is one line of at most",
        'is "yes" but the chip has no price',
    ):
        assert expected in text


def test_a_table_names_each_column_once_and_not_too_many(folder):
    header, _, rest = (folder / "mmlu.csv").read_text(encoding="utf-8").partition("\n")
    (folder / "mmlu.csv").write_text(f"{header},id\n{rest}", encoding="utf-8")
    assert '"id" stands twice' in "\n".join(map(str, check(folder)))
    (folder / "mmlu.csv").write_text(",".join(f"c{n}" for n in range(5_000)) + "\n", encoding="utf-8")
    assert "has 5,000 columns; at most" in "\n".join(map(str, check(folder)))


def test_an_unknown_table_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r'there is no table "chip" among .*; did you mean "chips"'):
        read_table("chip")
