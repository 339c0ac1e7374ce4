"""Imports: what is understood, what would change, what is refused, and that a refusal changes nothing."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forecast import imports, observations
from forecast.errors import ForecastError, ObservationError, UsageError
from forecast.imports.changes import plain, same, slug
from forecast.observations import layer

RELEASE = date(2026, 8, 15)
Rows = list[dict[str, str]]
Writer = Callable[..., Path]


def new_run(**cells: str) -> dict[str, str]:
    row = {
        "Model": "Behemoth-1",
        "Domain": "Language",
        "Organization": "Example Lab",
        "Publication date": "2026-08-01",
        "Training compute (FLOP)": "9e26",
        "Confidence": "Likely",
        "Training compute cost (2023 USD)": "",
        "Training hardware": "",
        "Hardware quantity": "",
        "Parameters": "",
        "Base model": "",
        "Notability criteria": "",
    }
    assert set(cells) <= set(row)
    return row | cells


def row_of(rows: Rows, model: str) -> dict[str, str]:
    return next(row for row in rows if row["Model"] == model)


@pytest.mark.usefixtures("place")
def test_what_we_have_already_changes_nothing(models: Rows, hardware: Rows, release: Writer) -> None:
    for rows, table in ((models, "training_runs"), (hardware, "chips")):
        found = imports.prepare(release(rows, f"{table}-2026-08-15.csv"))
        assert (found.proposal.table, found.proposal.changes, found.proposal.same) == (table, (), len(rows))
        assert found.proposal.dated == RELEASE
        assert not found.effect.fit_changes
        assert found.effect.before == found.effect.after


@pytest.mark.usefixtures("place")
def test_columns_are_found_by_name_wherever_they_stand_and_strange_ones_are_named(
    models: Rows, release: Writer
) -> None:
    names = {
        "Model": "System",
        "Training compute (FLOP)": "training compute (flops)",
        "Training compute cost (2023 USD)": "Training compute cost (2025 USD)",
    }
    moved = [
        {names.get(name, name): cell for name, cell in reversed(row.items())} | {"Carbon (t)": "7"}
        for row in models
    ]
    del models[0]["Parameters"]
    found = imports.prepare(release([{k: v for k, v in row.items() if k != "Parameters"} for row in moved]))
    assert found.proposal.changes == ()
    assert found.proposal.not_understood == ("Notability criteria", "Domain", "Carbon (t)")
    assert "Parameters" in found.proposal.lacking


def test_a_new_frontier_run_enters_the_top_ten_once_it_is_imported(
    models: Rows, release: Writer, place: Path
) -> None:
    before = observations.load()
    small = new_run(**{"Model": "Tiny", "Training compute (FLOP)": "1e20"})
    again = new_run(
        **{"Model": "Behemoth-1 Chat", "Base model": "Behemoth-1", "Publication date": "2026-08-02"}
    )
    found = imports.prepare(release([*models, new_run(), small, again]))
    assert [(change.kind, change.name) for change in found.proposal.changes] == [
        ("new", "Behemoth-1"),
        ("new", "Behemoth-1 Chat"),
    ]
    assert "double count" in found.proposal.changes[1].note
    assert found.proposal.left_out == {"not among the 10 largest at release": 1}
    assert found.effect.after[0].model == "Behemoth-1"
    assert found.effect.fit_changes
    assert observations.load() == before, "nothing is written before it is asked for"
    imports.write(found)
    after = observations.load()
    (run,) = [run for run in after.training_runs if run.model == "Behemoth-1"]
    assert run.top_ten
    assert run.licence == "CC BY 4.0"
    assert run.source.startswith("Epoch AI, Notable AI Models, release of 2026-08-15")
    assert after.digest != before.digest
    assert observations.load(shipped=True) == before
    assert "Behemoth-1" not in {run.model for run in observations.load(date(2026, 7, 31)).training_runs}
    assert observations.check() == ()
    (entry,) = layer.imports(place)
    assert (entry["new"], entry["dated"], entry["licence"]) == (2, "2026-08-15", "CC BY 4.0")
    # Imported once more it is what we have.
    assert imports.prepare(release([*models, new_run(), small, again])).proposal.changes == ()


@pytest.mark.usefixtures("place")
def test_a_changed_figure_counts_from_the_day_of_its_release(models: Rows, release: Writer) -> None:
    row = row_of(models, "Grok 4")
    old = float(row["Training compute (FLOP)"])
    row["Training compute (FLOP)"] = str(2 * old)
    found = imports.prepare(release(models))
    (change,) = found.proposal.changes
    assert (change.kind, change.cells) == ("changed", {"compute_flop": (old, 2 * old)})
    imports.write(found)

    def compute(day: date) -> float:
        (run,) = [run for run in observations.load(day).training_runs if run.model == "Grok 4"]
        assert run.compute is not None
        return run.compute.value

    assert compute(date(2026, 8, 14)) == old
    assert compute(RELEASE) == 2 * old


@pytest.mark.usefixtures("place")
def test_what_is_gone_or_empty_takes_nothing_away(models: Rows, release: Writer) -> None:
    kept = [row for row in models if row["Model"] != "Grok 4"]
    row_of(kept, "GPT-4o" if any(row["Model"] == "GPT-4o" for row in kept) else kept[-1]["Model"])[
        "Training compute (FLOP)"
    ] = ""
    found = imports.prepare(release(kept))
    assert [(change.kind, change.name) for change in found.proposal.changes] == [("gone", "Grok 4")]
    assert found.proposal.rows == ()


@pytest.mark.usefixtures("place")
def test_a_censored_run_whose_compute_becomes_known_is_fitted(models: Rows, release: Writer) -> None:
    censored = next(
        run
        for run in observations.load().training_runs
        if run.fit == "censored" and "Notable AI" in run.source
    )
    row_of(models, censored.model)["Training compute (FLOP)"] = "8e26"
    row_of(models, censored.model)["Confidence"] = "Speculative"
    imports.write(imports.prepare(release(models)))
    (run,) = [run for run in observations.load().training_runs if run.model == censored.model]
    assert (run.fit, run.confidence, run.compute.value if run.compute else None) == (
        "yes",
        "speculative",
        8e26,
    )


@pytest.mark.usefixtures("place")
def test_new_chips_and_prices_are_taken_with_their_dates(hardware: Rows, release: Writer) -> None:
    chip = dict.fromkeys(hardware[0], "") | {
        "Hardware name": "Example X1",
        "Manufacturer": "Example",
        "Type": "GPU",
        "Release date": "2026-08-01",
        "Release price (USD)": "40000",
        "Tensor-FP16/BF16 performance (FLOP/s)": "4e15",
    }
    bare = chip | {"Hardware name": "Example X0", "Release price (USD)": ""}
    found = imports.prepare(release([*hardware, chip, bare], "hardware-2026-08.csv"))
    imports.write(found)
    chips = {each.chip: each for each in observations.load().chips}
    assert (chips["Example X1"].fit, chips["Example X1"].purchase_price_kind) == ("yes", "launch")
    assert (chips["Example X0"].fit, chips["Example X0"].why_not) == ("no", "no price is known")
    quote = {
        "Price source": "https://example.org",
        "Price date": "2026-08-02",
        "Hardware model": "NVIDIA H100 SXM5 80GB",
        "Vendor": "Example Cloud",
        "Price per chip-hour (on-demand)": "2.10",
        "Price per chip-hour (1-year CUD)": "",
        "Price per chip-hour (3-year CUD)": "1.40",
        "Price (hardware purchase)": "",
    }
    prices = imports.prepare(release([quote], "hardware_prices-2026-08.csv"))
    assert [row["value"] for row in prices.proposal.rows] == [2.1, 1.4]
    imports.write(prices)
    assert len(observations.load().rental_prices) == len(observations.load(shipped=True).rental_prices) + 2
    assert imports.prepare(release([quote], "hardware_prices-2026-08.csv")).proposal.changes == ()


@pytest.mark.usefixtures("place")
def test_a_users_own_runs_come_in_few_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "model,released,compute,cost\nOwn A,2026-05-01,3e26,2e8\nOwn B,2026-06-01,5e24,\n", encoding="utf-8"
    )
    found = imports.prepare(path)
    assert [change.name for change in found.proposal.of("new")] == ["Own A", "Own B"]
    imports.write(found)
    (run,) = [run for run in observations.load().training_runs if run.model == "Own A"]
    assert (run.licence, run.source) == ("own", "own file mine.csv")
    assert run.cost_amortized is not None
    assert run.cost_amortized.value == 2e8
    assert imports.prepare(path).proposal.changes == ()


@pytest.mark.usefixtures("place")
def test_spreadsheets_and_semicolons_are_read_like_csv(models: Rows, release: Writer, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = [*models, new_run()]
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        cells: list[Any] = list(row.values())
        cells[3] = date.fromisoformat(cells[3])
        cells[4] = float(cells[4]) if cells[4] else None
        book.active.append(cells)
    book.save(tmp_path / "models-2026-08-15.xlsx")
    for path in (tmp_path / "models-2026-08-15.xlsx", release(rows, delimiter=";")):
        found = imports.prepare(path)
        assert [change.name for change in found.proposal.changes] == ["Behemoth-1"]
        assert found.proposal.same == len(models)


def damaged(models: Rows, release: Writer, tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """Files that cannot be used, each with what the message says."""
    good = release([*models, new_run()]).read_bytes()
    lines = good.splitlines(keepends=True)
    found: dict[str, tuple[bytes, str]] = {
        "cut in a row": (good[: len(good) // 2].rsplit(b",", 3)[0], "looks cut off"),
        "cut in quotes": (b"".join(lines[:40]) + b'"Some model, cut', "never ends"),
        "cut between rows": (b"".join(lines[: len(lines) // 2]), "looks cut off"),
        "UTF-16": (good.decode().encode("utf-16"), "UTF-16"),
        "Windows-1252": (good.replace(b"Behemoth", b"B\xe9h\xe9moth"), "not in UTF-8"),
        "no compute": (good.replace(b"Training compute (FLOP)", b"Size"), "lacks Training compute (FLOP)"),
        "negative": (good.replace(b"9e26", b"-9e26"), '"-9e26" is no number'),
        "huge": (good.replace(b"9e26", b"9e99"), "9e+99 is not between"),
        "a word": (good.replace(b"9e26", b"a lot"), '"a lot" is no number'),
        "not a number": (good.replace(b"9e26", b"NaN"), '"NaN" is no number'),
        "no date": (good.replace(b"2026-08-01", b"01.08.2026"), '"01.08.2026" is no date'),
        "twice": (good.replace(b"Domain", b"Model"), 'column "Model" stands twice'),
        "empty": (b"", "is empty"),
        "only a header": (lines[0], "has a header and no rows"),
        "another table": (b"name,price\napple,1\n", "is no table that can be imported"),
        "binary": (b"a,b\n\x00\x01,2\n", "zero bytes"),
        "an archive": (b"PK\x03\x04" + good, "archive"),
    }
    made = {}
    for place, (name, (content, message)) in enumerate(found.items()):
        path = tmp_path / f"bad-{place}.csv"
        path.write_bytes(content)
        made[name] = (path, message)
    return made


def test_a_damaged_file_is_refused_with_a_reason_and_changes_nothing(
    models: Rows, release: Writer, tmp_path: Path, place: Path, files_in: Callable[[Path], dict[str, bytes]]
) -> None:
    imports.write(imports.prepare(release([*models, new_run(Model="Kept")])))
    before = files_in(place)
    for name, (path, message) in damaged(models, release, tmp_path).items():
        with pytest.raises(ObservationError) as caught:
            imports.prepare(path)
        assert message in str(caught.value), name
        assert path.name in str(caught.value), name
    assert files_in(place) == before
    for name, message in (("old.xls", "save the sheet as CSV"), ("gone.csv", "no such file")):
        if name == "old.xls":
            (tmp_path / name).write_bytes(b"x")
        with pytest.raises(UsageError, match=message):
            imports.prepare(tmp_path / name)
    (tmp_path / "broken.xlsx").write_bytes(b"PK not really")
    with pytest.raises(ForecastError, match=r"cannot be read as a spreadsheet"):
        imports.prepare(tmp_path / "broken.xlsx")


@pytest.mark.usefixtures("place")
def test_a_part_of_a_release_is_taken_when_it_is_said_to_be_one(models: Rows, release: Writer) -> None:
    path = release([*models[:5], new_run()])
    with pytest.raises(ObservationError, match="--part"):
        imports.prepare(path)
    assert [change.name for change in imports.prepare(path, part=True).proposal.of("new")] == ["Behemoth-1"]


def test_every_mistake_is_told_at_once(models: Rows, release: Writer, place: Path) -> None:
    rows = [*models, new_run(**{"Training compute (FLOP)": "x"}), new_run(**{"Publication date": "y"})]
    with pytest.raises(ObservationError) as caught:
        imports.prepare(release(rows))
    assert len(caught.value.problems) == 2
    assert {problem.line for problem in caught.value.problems} == {len(models) + 2, len(models) + 3}
    assert not place.exists()


def test_rows_of_ones_own_lie_outside_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FORECAST_DATA_DIR", "")
    assert layer.place() is None
    assert layer.folder() is None
    monkeypatch.delenv("FORECAST_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    place = layer.place()
    assert place is not None
    assert place.is_relative_to(tmp_path)
    assert layer.folder() is None
    assert layer.record(None) is None


def test_a_broken_folder_of_imports_is_said_so(models: Rows, release: Writer, place: Path) -> None:
    imports.write(imports.prepare(release([*models, new_run()])))
    table = place / "training_runs.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("9e+26", "-9e+26"), encoding="utf-8")
    with pytest.raises(ObservationError, match=r"own-data/training_runs\.csv.*not positive"):
        observations.load()
    (place / "imports.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ObservationError, match="imports"):
        layer.imports(place)


def test_names_and_numbers_are_compared_as_people_do() -> None:
    assert plain("Google,  Carnegie Mellon") == plain("google, carnegie mellon")
    assert same(1.2291e19, 1.229e19)
    assert not same(1.0, 1.01)
    assert slug("GPT-3 175B (davinci)") == "gpt-3-175b-davinci"


def test_the_command_asks_before_it_writes(
    models: Rows, release: Writer, place: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = release([*models, new_run()])
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    called = command("data", "import", path)
    assert (called.code, place.exists()) == (2, False)
    assert "add --yes" in called.err
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    called = command("data", "import", path)
    assert called.code == 0
    assert "Behemoth-1" in called.out
    assert "nothing was changed" in called.err
    assert not place.exists()
    assert "Behemoth-1" in command("data", "diff", path).out
    called = command("data", "import", path, "--yes", "--no-fit", "--json")
    told = json.loads(called.out)
    assert [change["name"] for change in told["changes"]] == ["Behemoth-1"]
    assert told["fit_changes"] is True
    assert (place / "training_runs.csv").is_file()
    assert "1 rows differ" in command("data", "diff").out
    assert list(json.loads(command("data", "diff", "--json").out)["tables"]) == ["training_runs"]
    assert "nothing to import" in command("data", "import", path, "--yes").err
    bad = command("data", "import", path.with_name("no.csv"), "--yes")
    assert bad.code == 2


def test_a_run_says_that_imported_rows_are_part_of_history(
    place: Path, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A row that no fit sees, so that the stored fit still is the right one.
    row = next(row for row in observations.read_table("mmlu", shipped=True) if row["value"] is not None)
    name = observations.TABLES["mmlu"]
    layer.save(place, {"mmlu": layer.table_text(name, [row | {"notes": "own"}])}, {"file": "mmlu.csv"})
    monkeypatch.chdir(tmp_path)
    called = command(
        "run", Path(__file__).parents[2] / "scenarios" / "baseline.yaml", "--draws", 100, "--no-charts"
    )
    assert called.code == 0
    assert f"imported into {place}" in called.err
    record = json.loads((tmp_path / "outputs" / "baseline" / "run.json").read_text(encoding="utf-8"))
    assert record["imported_data"]["imports"] == [{"file": "mmlu.csv"}]
    assert list(record["imported_data"]["tables"]) == ["mmlu"]


def test_a_spreadsheet_that_unpacks_to_far_more_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(100_000))
    monkeypatch.setattr("forecast.imports.sheet.LARGEST_UNPACKED", 50_000)
    with pytest.raises(ObservationError, match="unpacks to 100,000 bytes"):
        imports.prepare(path)


def test_more_rows_or_columns_than_any_table_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("model,released,compute\n" + "x,2024-01-01,1e25\n" * 60_000, encoding="utf-8")
    with pytest.raises(ObservationError, match="more than 50,000 rows"):
        imports.prepare(path)
    path.write_text("model,released,compute" + ",x" * 1_000 + "\n", encoding="utf-8")
    with pytest.raises(ObservationError, match="at most 500 are read"):
        imports.prepare(path)
