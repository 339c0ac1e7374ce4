"""Charts of a finished run: every kind in every width and theme can be read, is described, and stays what it was."""

import errno
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from forecast.cli.chart import chart
from forecast.errors import UsageError, WriteError
from forecast.files import write_whole
from forecast.report import redraw
from forecast.report.charts import PRESETS, HistoryPoint, fan
from forecast.report.charts.bands import quantile_series
from forecast.report.charts.crossing_years import DOTS, dots
from forecast.report.charts.dropout import dropouts
from forecast.report.charts.render import render
from forecast.report.charts.theme import DARK_PAPER, reflect
from forecast.report.dataset import write_trajectories
from forecast.report.likelihood import likelihood
from forecast.report.numbers import percent, quantity
from forecast.report.redraw import KINDS, Finished, Options, check, draw, read_finished
from forecast.report.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    PAPER,
    PURPLE,
    VERMILLION,
    contrast,
    house_style,
    luminance,
)
from forecast.report.tables import summary_csv
from forecast.shapes import Summary, Trajectories, Variable
from forecast.summary import summarise

SIZES = ("column", "page", "slide")


def with_stocks(trajectories: Trajectories) -> Trajectories:
    """The made-up run with uses of four stocks."""
    wanted = trajectories["tokens_wanted"]
    more = {
        name: Variable(name, wanted / stock, ("year", "draw"), "x", "made up")
        for name, stock in (
            ("raw_stock_use", 8e14),
            ("quality_stock_use", 1e14),
            ("repeated_stock_use", 4e14),
            ("synthesized_stock_use", 1.5e15),
        )
    }
    return Trajectories({**trajectories.variables, **more}, trajectories.coordinates, trajectories.attributes)


@pytest.fixture(scope="module")
def finished(trajectories: Trajectories) -> Finished:
    run = with_stocks(trajectories)
    return Finished(Path("run"), run, summarise(run, thresholds=(1e9, 1e10)), {"openai": "OpenAI $x$ <b>"})


@pytest.fixture(scope="module")
def earlier(finished: Finished) -> Finished:
    attributes = {**finished.trajectories.attributes, "as_of": "2025-01-31"}
    values = {
        name: Variable(name, 0.6 * each.values, each.dims, each.unit, each.description)
        for name, each in finished.trajectories.variables.items()
        if name != "affordable"
    }
    run = Trajectories(values, finished.trajectories.coordinates, attributes)
    return Finished(Path("old"), run, summarise(run), {})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, finished: Finished) -> Path:
    """The folder of a finished run, as ``forecast run`` leaves it."""
    place = tmp_path_factory.mktemp("runs") / "made up"
    place.mkdir()
    write_trajectories(place / "trajectories.nc", finished.trajectories)
    (place / "summary.csv").write_text(summary_csv(finished.summary), encoding="utf-8")
    record = {
        "scenario": {"thresholds": [1e9, 1e10], "members": {"labs": [["openai", "OpenAI"]]}},
        "files": {
            "trajectories.nc": hashlib.sha256((place / "trajectories.nc").read_bytes()).hexdigest(),
            "summary.csv": "",
        },
    }
    (place / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return place


def texts(figure: Figure) -> list[Text]:
    with house_style():
        figure.draw_without_rendering()
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize(("kind", "size", "dark"), tuple(product(KINDS, SIZES, (False, True))))
def test_every_text_can_be_read_and_none_is_cut(
    finished: Finished, kind: str, size: str, *, dark: bool
) -> None:
    figure = draw(finished, kind, Options(size=size, dark=dark)).figure
    figure.dpi = 300
    paper = DARK_PAPER if dark else PAPER
    assert to_hex(figure.get_facecolor()).lower() == paper.lower()
    width, height = figure.get_size_inches() * figure.dpi
    heat = {"affordability", "dropout", "data"}
    for text in texts(figure):
        assert float(text.get_fontsize()) >= 5.0
        # Cells of heat maps have grounds of their own; they are tested by themselves.
        color = to_hex(text.get_color())
        if kind not in heat or luminance(color) not in (0.0, 1.0):
            assert contrast(color, paper) >= 4.5, text.get_text()
        with house_style():
            box = text.get_window_extent()
        assert box.x0 >= -1.0, text.get_text()
        assert box.x1 <= width + 1.0, text.get_text()
        assert box.y0 >= -1.0, text.get_text()
        assert box.y1 <= height + 1.0, text.get_text()


@pytest.mark.parametrize(
    ("kind", "dark"), tuple(product(("affordability", "dropout", "data"), (False, True)))
)
def test_text_in_cells_stands_out_from_its_ground(finished: Finished, kind: str, *, dark: bool) -> None:
    figure = draw(finished, kind, Options(dark=dark)).figure
    figure.draw_without_rendering()
    meshes = [(ax, mesh) for ax in figure.axes for mesh in ax.collections if mesh.get_array() is not None]
    assert meshes
    for ax, mesh in meshes:
        values = np.asarray(mesh.get_array())
        found = 0
        for text in ax.texts:
            column, row = (int(part) for part in text.get_position())
            if 0 <= row < values.shape[0] and 0 <= column < values.shape[1]:
                ground = to_hex(mesh.to_rgba(values[row : row + 1, column])[0])
                assert contrast(to_hex(text.get_color()), ground) >= 4.5
                found += 1
        assert found == values.size


def test_the_dark_theme_keeps_every_contrast() -> None:
    for color in (BLUE, VERMILLION, GREEN, PURPLE, MUTED, "#8C8C8C", "#D9D9D9"):
        assert contrast(reflect(color), DARK_PAPER) == pytest.approx(contrast(color, PAPER), rel=0.02)
    assert contrast(reflect(INK), DARK_PAPER) > 15.0
    assert reflect(PAPER) == DARK_PAPER


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_text_alternative_with_its_numbers(finished: Finished, kind: str) -> None:
    told = draw(finished, kind, Options()).description
    summary = finished.summary
    assert len(told) > 150
    assert told.endswith(".")
    assert "nan" not in told
    first, last = summary.coordinates.years[0], summary.coordinates.years[-1]
    assert str(last) in told
    expected = {
        "fan": [quantity(float(value), "USD") for value in summary.series("training_cost")[:, 3]],
        "affordability": [percent(row.probability) for row in summary.affordability if row.year == first],
        "composition": [quantity(float(summary.series("data_cost")[-1, 3]), "USD")],
        "drivers": [quantity(float(summary.series("power_draw")[-1, 3]), "W")],
        "dropout": [percent(float(row[-1])) for row in dropouts(finished.trajectories).shares],
        "crossing": [
            percent(row.by_year[-1]) for row in summary.crossings if row.variable == "training_cost"
        ],
        "data": [
            percent(row.by_year[-1]) for row in summary.crossings if row.variable.endswith("_stock_use")
        ],
        "labeling": [quantity(float(value), "share") for value in summary.series("labeling_share")[:, 3]],
    }
    for number in expected[kind]:
        assert number in told
    assert set(expected) == set(KINDS)


@pytest.mark.parametrize(("kind", "size"), tuple(product(KINDS, ("column", "page"))))
def test_charts_look_as_they_did(
    finished: Finished,
    observed: tuple[HistoryPoint, ...],
    looks_as_before: Callable[[Figure, str], None],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    size: str,
) -> None:
    # New rows of history must not change the pictures.
    monkeypatch.setattr(redraw, "_history", lambda _: {"training_cost": observed})
    figure = draw(finished, kind, Options(size=size, dark=size == "column" and kind == "fan")).figure
    looks_as_before(figure, f"{kind}-{size}")


def test_the_comparison_of_pictures_sees_another_chart(
    finished: Finished, looks_as_before: Callable[[Figure, str], None]
) -> None:
    with pytest.raises(AssertionError, match="looks different"):
        looks_as_before(draw(finished, "fan", Options(bands="imf")).figure, "fan-page")


@pytest.mark.slow
def test_the_same_chart_has_the_same_bytes_in_every_format(folder: Path) -> None:
    program = (
        "import sys, hashlib; from pathlib import Path; from forecast.report.redraw import *;"
        "from forecast.report.charts.render import FORMATS, render;"
        "c = draw(read_finished(Path(sys.argv[1])), 'fan', Options(bands='ipcc', words=True, dark=True));"
        "r = render(c.figure, title=c.title, description=c.description, formats=FORMATS);"
        "print([hashlib.sha256(r[f]).hexdigest() for f in FORMATS])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "", "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(found) == 1


def test_a_pdf_holds_letters_a_title_and_no_time(finished: Finished) -> None:
    drawn = draw(finished, "crossing", Options())
    content = render(drawn.figure, title=drawn.title, description=drawn.description, formats=("pdf",))["pdf"]
    assert content.startswith(b"%PDF")
    assert b"/Title" in content
    assert b"/Subject" in content
    assert b"/Type0" in content
    for word in (b"CreationDate", b"Producer", b"Creator", b"/Type3"):
        assert word not in content


@pytest.mark.parametrize("name", PRESETS)
def test_bands_are_those_that_the_preset_says(finished: Finished, name: str) -> None:
    bands = PRESETS[name]
    found = quantile_series(finished.summary, "training_cost", bands.levels, finished.trajectories)
    expected = np.quantile(finished.trajectories["training_cost"], bands.levels, axis=1).T
    assert np.allclose(found, expected, rtol=1e-9)
    assert np.all(np.diff(found, axis=1) >= 0.0)
    # What the tables hold is taken from them.
    assert (
        found[:, bands.levels.index(0.5)].tolist() == finished.summary.series("training_cost")[:, 3].tolist()
    )
    drawn = draw(finished, "fan", Options(bands=name))
    shown = [text.get_text() for text in texts(drawn.figure)]
    for level, value in zip(bands.levels, found[-1], strict=True):
        label = "median" if level == 0.5 else percent(level)
        assert (f"{label}: {quantity(float(value), 'USD')}" in shown) == (bands.median or level != 0.5)
    assert any(bands.note.split(",")[0].split()[-1] in text for text in shown)


def test_presets_differ_from_each_other() -> None:
    assert {bands.lower for bands in PRESETS.values()} == {
        (0.05, 0.10, 0.25),
        (0.05, 0.20, 0.35),
        (0.05, 0.15, 0.25),
        (0.05, 0.17),
    }


def test_a_band_that_needs_the_paths_says_so(summary: Summary) -> None:
    with pytest.raises(ValueError, match="needs the paths"):
        fan(Figure().add_subplot(), summary, "training_cost", bands=PRESETS["imf"])


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (1.0, "virtually certain"),
        (0.99, "virtually certain"),
        (0.96, "extremely likely"),
        (0.93, "very likely"),
        (0.66, "likely"),
        (0.5, "about as likely as not"),
        (0.33, "unlikely"),
        (0.1, "very unlikely"),
        (0.05, "extremely unlikely"),
        (0.0, "exceptionally unlikely"),
        (float("nan"), ""),
    ],
)
def test_words_are_those_of_the_scale(probability: float, word: str) -> None:
    assert likelihood(probability) == word


@pytest.mark.parametrize("kind", ["fan", "affordability", "dropout", "crossing"])
def test_words_stand_beside_the_number_never_for_it(finished: Finished, kind: str) -> None:
    plain, worded = (draw(finished, kind, Options(words=words)) for words in (False, True))
    assert "likely" not in plain.description
    assert "likely" in worded.description
    for number in {part for part in plain.description.split() if part.rstrip(".,;").endswith("%")}:
        assert number.rstrip(".,;") in worded.description
    assert any("exceptionally" in text.get_text() for text in texts(worded.figure))


def test_an_earlier_forecast_stands_behind(finished: Finished, earlier: Finished) -> None:
    for kind in ("fan", "drivers", "labeling"):
        drawn = draw(finished, kind, Options(), earlier=earlier)
        plain = draw(finished, kind, Options())
        shown = " ".join(text.get_text() for text in texts(drawn.figure))
        assert "as of 2025-01" in shown
        assert len(drawn.figure.axes[0].collections) > len(plain.figure.axes[0].collections)
    told = draw(finished, "fan", Options(), earlier=earlier).description
    row = earlier.summary.series("training_cost")[-1]
    assert "Behind it the forecast as of 2025-01-31" in told
    assert quantity(float(row[0]), "USD") in told.split("Behind it")[1]


def test_dropouts_add_up_and_agree_with_the_table(finished: Finished) -> None:
    found = dropouts(finished.trajectories)
    assert np.allclose(found.shares.sum(axis=1), 1.0)
    dropped = {row.lab: row.dropped for row in finished.summary.dropouts}
    able = {row.lab: row.able for row in finished.summary.dropouts}
    for lab, row in zip(found.labs, found.shares, strict=True):
        assert row[1:-1].sum() == pytest.approx(dropped[lab])
        assert 1.0 - row[0] == pytest.approx(able[lab])


def test_dots_add_up_and_follow_the_shares(finished: Finished) -> None:
    for row in finished.summary.crossings:
        counts = dots(row)
        assert sum(counts) == DOTS
        upto = np.cumsum(counts)[:-1] / DOTS
        assert np.all(np.abs(upto - np.array(row.by_year)) <= 0.5 / DOTS + 1e-12)
        # Who is censored is shown, not left out.
        assert counts[-1] == pytest.approx(DOTS * row.never, abs=0.5 + 1e-9)


def test_numbers_of_a_redrawn_chart_are_those_of_the_table(folder: Path) -> None:
    run = read_finished(folder)
    stored = (folder / "summary.csv").read_text(encoding="utf-8").splitlines()
    again = summary_csv(run.summary).splitlines()
    assert len(stored) == len(again)
    for first, second in zip(stored[1:], again[1:], strict=True):
        names, others = first.split(","), second.split(",")
        assert names[:4] == others[:4]
        # The paths are stored in single precision; an error is a small difference of such numbers.
        before, now = (np.array([float(part) for part in line[4:]]) for line in (names, others))
        values = np.array([0, *range(2, 9)])
        assert np.allclose(before[values], now[values], rtol=1e-6, atol=1e-9)
        assert np.allclose(before, now, rtol=1e-3, atol=1e-9)


def test_the_command_draws_and_tells(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(chart, [str(folder), "--kind", "crossing"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith("Quantile dotplots")
    assert (tmp_path / "made up-crossing.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made up-crossing.svg"]
    # The same chart again changes nothing and needs no leave; another one does.
    assert CliRunner().invoke(chart, [str(folder), "--kind", "crossing", "--quiet"]).exit_code == 0
    arguments = [str(folder), "--kind", "fan", "--out", "made up-crossing.svg", "--quiet"]
    refused = CliRunner().invoke(chart, arguments)
    assert refused.exception is not None
    assert getattr(refused.exception, "exit_code", None) == 4
    assert CliRunner().invoke(chart, [*arguments, "--force"]).exit_code == 0


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_the_command_takes_the_format_from_the_name(folder: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "deep" / f"c.{form}"
    arguments = [str(folder), "--kind", "labeling", "--width", "slide", "--theme", "dark", "--out", str(path)]
    assert CliRunner().invoke(chart, arguments, catch_exceptions=False).output.count("chart: ") == 1
    assert path.read_bytes()[:4] in (b"<?xm", b"%PDF", b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kind", "fann"], 'did you mean "fan"'),
        (["--kind", "pie"], "kinds are fan, affordability"),
        (["--variable", "training_cots"], 'did you mean "training_cost"'),
        (["--variable", "affordable"], "differs by lab"),
        (["--kind", "affordability", "--bands", "imf"], "--bands works with"),
        (["--kind", "composition", "--words"], "--words works with"),
        (["--kind", "dropout", "--words", "--width", "column"], "no room in a column"),
        (["--kind", "data", "--variable", "x"], "--variable works with"),
        (["--threshold", "3"], "--threshold works with"),
        (["--kind", "crossing", "--threshold", "nan"], "finite"),
        (["--kind", "crossing", "--variable", "power_draw"], "give one with --threshold"),
        (["--out", "c.gif"], "does not end in"),
        (["--out", "c.png", "--format", "pdf"], "does not fit"),
    ],
)
def test_mistakes_are_told_with_what_would_be_right(
    folder: Path, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(chart, [str(folder), *arguments]).exception
    assert isinstance(error, UsageError)
    assert message in str(error)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_run_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        read_finished(tmp_path)
    for text in ("[]", "{}", '{"files": 3}', "nonsense"):
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match="no finished run"):
            read_finished(tmp_path)
    (tmp_path / "run.json").write_bytes((folder / "run.json").read_bytes())
    (tmp_path / "trajectories.nc").write_bytes((folder / "trajectories.nc").read_bytes() + b"x")
    with pytest.raises(UsageError, match="not the file that the run wrote"):
        read_finished(tmp_path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WriteError, match="folder"):
        write_whole(tmp_path, b"x", force=True)

    def full(*_: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WriteError, match="No space left"):
        write_whole(tmp_path / "c.svg", b"x", force=False)
    assert not list(tmp_path.iterdir())


def test_options_are_checked_without_reading_anything() -> None:
    for kind in KINDS:
        check(kind, Options())


def test_a_yes_or_no_has_no_range(finished: Finished) -> None:
    flag = (finished.trajectories["training_cost"] > 1e10).astype(np.int8)
    money = Variable("money_binds", flag, ("year", "draw"), "yes/no", "made up")
    variables = {**finished.trajectories.variables, "money_binds": money}
    run = Trajectories(variables, finished.trajectories.coordinates, finished.trajectories.attributes)
    known = Finished(Path("run"), run, summarise(run), {})
    with pytest.raises(UsageError, match="--kind crossing"):
        draw(known, "fan", Options(variable="money_binds"))
    told = draw(known, "crossing", Options(variable="money_binds")).description
    assert percent(float(flag.max(axis=0).mean())) in told


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_no_name_spoils_a_chart(finished: Finished, size: str) -> None:
    nasty = (
        "<script>$x_1$ \N{GRINNING FACE} \N{HEBREW LETTER ALEF}\N{RIGHT-TO-LEFT OVERRIDE} \"' " + "W" * 200
    )
    attributes = {**finished.trajectories.attributes, "title": nasty, "scenario": nasty}
    run = Trajectories(finished.trajectories.variables, finished.trajectories.coordinates, attributes)
    names = dict.fromkeys(run.coordinates.labs, nasty)
    hostile = Finished(Path("run"), run, summarise(run, thresholds=(1e9,)), names)
    for kind in KINDS:
        drawn = draw(hostile, kind, Options(size=size))
        drawn.figure.dpi = 300
        width, height = drawn.figure.get_size_inches() * 300
        for text in texts(drawn.figure):
            with house_style():
                box = text.get_window_extent()
            assert box.x0 >= -1.0, text.get_text()
            assert box.x1 <= width + 1.0, text.get_text()
            assert box.y1 <= height + 1.0, text.get_text()
        assert b"<script>" not in render(drawn.figure, title=drawn.title, formats=("svg",))["svg"]


def test_the_dark_theme_leaves_what_cannot_be_seen_unseen(finished: Finished) -> None:
    figure = draw(finished, "fan", Options(dark=True)).figure
    boxes = [box for text in texts(figure) if (box := text.get_bbox_patch()) is not None]
    assert boxes
    for box in boxes:
        assert to_hex(box.get_facecolor()) == DARK_PAPER
        assert to_rgba(box.get_edgecolor())[3] == 0.0
