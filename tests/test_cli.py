"""The command line as its users meet it: what it prints where, how it ends, and what it does with bad input."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from forecast import cli
from forecast.run import resolve

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
TABLES = {
    "affordability.csv",
    "dropouts.csv",
    "payer_sets.csv",
    "run.json",
    "summary.csv",
    "thresholds.csv",
    "trajectories.nc",
}
QUICK = ("--draws", 200, "--no-charts")

# A scenario that is right but for what a test puts into it. It extends a copy of the baseline beside it.
HEAD = "name: mine\nextends: baseline.yaml\n"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working folder with the baseline in it."""
    folder = tmp_path / "desk"
    folder.mkdir()
    shutil.copy(BASELINE, folder)
    monkeypatch.chdir(folder)
    return folder


def commands():
    """Every command and subcommand by the words that call it."""
    context, every = click.Context(cli.cli), {}
    for name in cli.COMMANDS:
        found = cli.cli.get_command(context, name)
        every[name] = found
        if isinstance(found, click.Group):
            every |= {f"{name} {each}": found.commands[each] for each in found.commands}
    return every


COMMANDS = commands()


# Run: where things go.


def test_one_scenario_goes_into_the_named_folder_itself(command, desk, files_in):
    called = command("run", "baseline.yaml", *QUICK, "--out", "deep/inside/results")
    assert called.code == 0
    assert set(files_in(desk / "deep" / "inside" / "results")) == TABLES


def test_several_scenarios_go_into_a_folder_each(command, desk, files_in):
    (desk / "mine.yaml").write_text(HEAD)
    called = command("run", "baseline.yaml", "mine.yaml", *QUICK, "--out", "results")
    assert called.code == 0
    wanted = {f"{name}/{table}" for name in ("baseline", "mine") for table in TABLES}
    assert set(files_in(desk / "results")) == wanted


def test_without_a_folder_results_go_to_outputs_by_name(command, desk, files_in):
    assert command("run", "baseline.yaml", *QUICK).code == 0
    assert set(files_in(desk / "outputs")) == {f"baseline/{table}" for table in TABLES}


def test_two_scenarios_of_one_name_are_refused(command, desk, files_in):
    before = files_in(desk)
    called = command("run", "baseline.yaml", "baseline.yaml", *QUICK)
    assert called.code == 2
    assert "several files have the name baseline" in called.err
    assert files_in(desk) == before


def test_a_folder_with_other_files_is_left_alone(command, desk, files_in):
    (desk / "results").mkdir()
    (desk / "results" / "thesis.txt").write_text("years of work")
    before = files_in(desk)
    called = command("run", "baseline.yaml", *QUICK, "--out", "results")
    assert (called.code, called.out) == (4, "")
    assert "thesis.txt" in called.err
    assert "--force" in called.err
    assert files_in(desk) == before
    assert command("run", "baseline.yaml", *QUICK, "--out", "results", "--force").code == 0
    after = files_in(desk / "results")
    assert set(after) == TABLES | {"thesis.txt"}
    assert after["thesis.txt"] == b"years of work"


def test_one_forbidden_folder_stops_all_scenarios(command, desk, files_in):
    (desk / "mine.yaml").write_text(HEAD)
    (desk / "results" / "mine").mkdir(parents=True)
    (desk / "results" / "mine" / "thesis.txt").write_text("years of work")
    before = files_in(desk)
    assert command("run", "baseline.yaml", "mine.yaml", *QUICK, "--out", "results").code == 4
    assert files_in(desk) == before


def test_results_replace_those_of_an_earlier_run(command, desk, files_in):
    for seed in (1, 2):
        assert command("run", "baseline.yaml", *QUICK, "--seed", seed).code == 0
    found = files_in(desk / "outputs" / "baseline")
    assert set(found) == TABLES
    assert json.loads(found["run.json"])["seed"] == 2
    assert [path.name for path in (desk / "outputs").iterdir()] == ["baseline"]


def test_a_file_in_the_place_of_the_folder_is_one_message(command, desk, files_in):
    (desk / "results").write_text("a file")
    before = files_in(desk)
    called = command("run", "baseline.yaml", *QUICK, "--out", "results")
    assert called.code == 1
    assert "results is a file" in called.err
    assert files_in(desk) == before


def test_a_full_disk_leaves_what_was_there(command, process, desk, files_in):
    assert command("run", "baseline.yaml", *QUICK).code == 0
    before = files_in(desk)
    # Files of more than 100 kB cannot be written in this process.
    code = (
        "import resource, sys, forecast.cli\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "sys.argv[1:] = ['run', 'baseline.yaml', '--no-charts', '--seed', '2']\n"
        "forecast.cli.main()"
    )
    # Nor could coverage write down what it measured there, and it would say so.
    called = process("-c", code, folder=desk, COVERAGE_PROCESS_CONFIG="")
    assert called.code == 1, called.err
    assert "error: cannot write outputs/baseline" in called.err
    assert "Traceback" not in called.err
    assert files_in(desk) == before
    assert [path.name for path in (desk / "outputs").iterdir()] == ["baseline"]


# Run: what is printed.


@pytest.mark.usefixtures("desk")
def test_results_are_printed_and_talk_goes_to_standard_error(command):
    called = command("run", "baseline.yaml", *QUICK)
    assert called.code == 0
    lines = called.out.splitlines()
    assert lines[0].startswith("baseline: ")
    assert "200 paths, seed 1" in lines[1]
    assert [line.split()[0] for line in lines if line.startswith("  20")] == [
        str(year) for year in resolve(BASELINE).years
    ]
    assert lines[-1] == "  results: outputs/baseline"
    assert "simulating" in called.err
    assert "simulating" not in called.out
    assert "\x1b" not in called.out + called.err


@pytest.mark.usefixtures("desk")
def test_quiet_is_quiet(command):
    called = command("run", "baseline.yaml", *QUICK, "--quiet", "--as-of", "2024-06-30")
    assert (called.code, called.out, called.err) == (0, "", "")


def test_json_says_what_the_tables_say(command, desk):
    called = command("run", "baseline.yaml", *QUICK, "--quiet", "--json")
    assert (called.code, called.err) == (0, "")
    # Numbers that JSON does not know would be a mistake.
    content = json.loads(called.out, parse_constant=pytest.fail)
    assert content["version"] == 1
    (run,) = content["runs"]
    assert (run["scenario"], run["folder"]) == ("baseline", "outputs/baseline")

    def table(name):
        with (desk / run["folder"] / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    rows = table("summary.csv")
    assert len(rows) == len(run["summary"])
    for row, entry in zip(rows, run["summary"], strict=True):
        named = {
            name: "" if entry[name] is None else str(entry[name]) for name in ("variable", "member", "year")
        }
        assert {name: row[name] for name in named} == named
        assert row["unit"] == entry["unit"]
        numbers = {"mean": entry["mean"], "mean_error": entry["mean_error"], **entry["quantiles"]}
        numbers |= {f"{level}_error": error for level, error in entry["errors"].items()}
        for name, number in numbers.items():
            assert math.isclose(float(row[name]), number, rel_tol=1e-8), (row, name)

    rows = table("affordability.csv")
    assert [(row["lab"], int(row["year"]), float(row["probability"])) for row in rows] == [
        (entry["lab"], entry["year"], entry["probability"]) for entry in run["affordability"]
    ]
    for entry in run["thresholds"]:
        shares = {
            row["reached"]: float(row["probability"])
            for row in table("thresholds.csv")
            if row["variable"] == entry["variable"] and float(row["threshold"]) == entry["threshold"]
        }
        assert shares == {
            **{f"by {year}": pytest.approx(share) for year, share in entry["by_year"].items()},
            f"after {max(entry['by_year'])}": pytest.approx(entry["never"]),
        }


def test_json_of_several_scenarios_is_one_document(command, desk):
    (desk / "mine.yaml").write_text(HEAD)
    called = command("run", "baseline.yaml", "mine.yaml", *QUICK, "--json")
    assert [run["scenario"] for run in json.loads(called.out)["runs"]] == ["baseline", "mine"]


def test_an_earlier_date_moves_the_years_and_says_what_it_cannot_move(command, desk):
    called = command("run", "baseline.yaml", *QUICK, "--as-of", "2024-06-30")
    assert called.code == 0
    assert "as of 2024-06-30" in called.out
    assert "  2024   " in called.out
    assert "note: only the fit goes back to 2024-06-30" in called.err
    assert json.loads((desk / "outputs/baseline/run.json").read_text())["scenario"]["first_year"] == 2024


@pytest.mark.parametrize("given", ["2015-12-31", "2031-01-01", "yesterday", "2024-02-30"])
def test_a_date_that_cannot_be_is_wrong_usage(given, command, desk, files_in):
    before = files_in(desk)
    called = command("run", "baseline.yaml", *QUICK, "--as-of", given)
    assert called.code == 2
    assert given in called.err
    assert files_in(desk) == before


@pytest.mark.usefixtures("desk")
def test_laying_a_value_over_the_file_changes_the_result(command):
    costs = []
    for extra in ((), ("--set", "price_performance_growth=-30%/yr")):
        called = command("run", "baseline.yaml", *QUICK, "--json", "--quiet", *extra)
        (run,) = json.loads(called.out)["runs"]
        costs.append(
            [row["quantiles"]["p50"] for row in run["summary"] if row["variable"] == "price_performance"][-1]
        )
    assert costs[1] < costs[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("algorithmic_growht=2x/yr", 'did you mean "algorithmic_growth"?'),
        ("algorithmic_growth=2", "2 is a bare number"),
        ("algorithmic_growth", "write it as name=value"),
        ("=3", "write it as name=value"),
        ("run_length_now=-5", "-5"),
    ],
)
@pytest.mark.parametrize("name", ["run", "show"])
def test_what_cannot_be_laid_over_a_file_is_refused(name, given, message, command, desk, files_in):
    before = files_in(desk)
    called = command(name, "baseline.yaml", "--set", given)
    assert (called.code, called.out) == (2, "")
    assert message in called.err
    assert files_in(desk) == before


@pytest.mark.parametrize(
    "given",
    [
        ("--draws", "0"),
        ("--draws", "many"),
        ("--draws", "1e99"),
        ("--seed", "-1"),
        ("--seed", str(2**63)),
        ("--no-such-option",),
    ],
)
def test_wrong_options_are_wrong_usage(given, command, desk, files_in):
    before = files_in(desk)
    called = command("run", "baseline.yaml", *given)
    assert (called.code, called.out) == (2, "")
    assert "Try 'forecast run --help'" in called.err
    assert files_in(desk) == before


def on_a_terminal(start, arguments, fits):
    """What a terminal receives on standard error, and the exit code."""
    try:
        master, terminal = pty.openpty()
    except OSError:
        pytest.skip("this system has no pseudo-terminals to give")
    running = start(
        [sys.executable, "-m", "forecast", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        env={**os.environ, "FORECAST_CACHE_DIR": str(fits)},
    )
    os.close(terminal)
    shown = b""
    # On Linux a terminal whose other end is closed gives an error instead of an end of file.
    with contextlib.suppress(OSError):
        while part := os.read(master, 4096):
            shown += part
    os.close(master)
    return shown.decode(), running.wait()


def test_on_a_terminal_progress_is_wiped_when_all_is_done(start, fits, desk):
    shown, code = on_a_terminal(start, ["run", desk / "baseline.yaml", *QUICK], fits)
    assert code == 0
    last = f"next: forecast report {desk / 'baseline.yaml'}\r\n"
    assert shown.endswith(f"\r\x1b[2K{last}")
    assert "\n" not in shown.removesuffix(last)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("no_colour", "error"), [("1", "error:"), ("", "\x1b[31m\x1b[1merror:\x1b[0m")])
def test_on_a_terminal_an_error_has_a_line_of_its_own_in_red_unless_unwanted(
    start, fits, monkeypatch, no_colour, error
):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_colour)
    arguments = ["run", "baseline.yaml", *QUICK, "--set", "market_volatility=1e10"]
    shown, code = on_a_terminal(start, arguments, fits)
    assert code == 2
    assert "simulating" in shown
    assert f"\x1b[2K{error} baseline.yaml: what it assumes" in shown


# Bad input.


def bomb():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(rows)


EVENT = (
    "events:\n  - {name: e, probability: 0.5, year: 2028, affects: price_performance, factor: 0.7, why: x}\n"
)

BAD = {
    "binary junk": (bytes(range(256)) * 16, "is not text"),
    "a deep list": ("a: " + "[" * 300_000, "at most"),
    "a list that is deep and closed": ("a: " + "[" * 300_000 + "]" * 300_000, "at most"),
    "a deep list over many lines": ("a:\n" + " [\n" * 100_000, "nested more than"),
    "an alias bomb": (bomb(), "alias"),
    "a key twice": (HEAD + "title: a\ntitle: b\n", 'mine.yaml:4:1: title: the key "title" stands twice'),
    "an unknown key": (HEAD + "tilte: a\n", 'did you mean "title"?'),
    "an unknown assumption": (
        HEAD + "assumptions:\n  run_lenth_now: {value: 8e6, why: x, source: y}\n",
        'did you mean "run_length_now"?',
    ),
    "quantiles in the wrong order": (
        HEAD + "assumptions:\n  run_length_now: {p5: 9e6, p95: 8e6, unit: s}\n",
        "is above p95",
    ),
    "a bare growth number": (
        HEAD + "assumptions:\n  algorithmic_growth: 3\n",
        "mine.yaml:4:23: assumptions.algorithmic_growth: 3 is a bare number",
    ),
    "a negative price": (HEAD + "assumptions:\n  price_performance_now: -1e18\n", "mine.yaml:4:26"),
    "a year outside the horizon": (HEAD + "last_year: 2020\n", "mine.yaml:3:12: last_year: 2020 is outside"),
    "itself": ("name: mine\nextends: mine.yaml\n", "circle"),
    "a file outside its folder": ("name: mine\nextends: ../../etc/passwd\n", "mine.yaml:2:10: extends"),
    "a probability above one": (HEAD + EVENT.replace("0.5", "1.2"), "1.2"),
    "not a number": (HEAD + "assumptions:\n  run_length_now: .nan\n", "mine.yaml:4:19"),
    "infinity": (HEAD + "assumptions:\n  run_length_now: .inf\n", "mine.yaml:4:19"),
    "nothing": ("", "mine.yaml"),
    "a number": ("42", "mine.yaml"),
}


@pytest.mark.parametrize(
    ("name", "case"),
    [
        *(("run", case) for case in BAD),
        *((name, case) for name in ("check", "show") for case in ("an alias bomb", "an unknown key")),
        ("explain", "an unknown key"),
    ],
)
def test_bad_input_is_one_clear_message(case, name, command, desk, files_in):
    content, message = BAD[case]
    path = desk / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before, started = files_in(desk), time.process_time()
    arguments = ("training_cost", "--scenario") if name == "explain" else ()
    called = command(name, *arguments, "mine.yaml")
    assert (called.code, called.out) == (2, "")
    assert message in called.err
    assert called.err.startswith("error: mine.yaml")
    assert called.err.count("\n") == 1
    assert "Traceback" not in called.err
    assert len(called.err) < 3000
    assert files_in(desk) == before
    assert time.process_time() - started < 10


@pytest.mark.parametrize("name", ["run", "check", "show"])
@pytest.mark.parametrize(
    ("given", "message"),
    [("missing.yaml", "no such file"), ("folder", "is a folder"), ("", "is a folder")],
)
def test_what_is_no_file_is_one_clear_message(given, message, name, command, desk):
    (desk / "folder").mkdir()
    called = command(name, given)
    assert (called.code, called.out) == (2, "")
    assert message in called.err
    assert called.err.count("\n") == 1
    assert {path.name for path in desk.iterdir()} == {"baseline.yaml", "folder"}


def test_two_files_that_extend_each_other_are_a_circle(command, desk):
    (desk / "mine.yaml").write_text("name: mine\nextends: yours.yaml\n")
    (desk / "yours.yaml").write_text("name: yours\nextends: mine.yaml\n")
    called = command("run", "mine.yaml", *QUICK)
    assert called.code == 2
    assert "circle" in called.err


def test_all_mistakes_of_a_file_come_together_with_their_places(command, desk):
    (desk / "mine.yaml").write_text(
        HEAD
        + "tilte: a\n"
        + "assumptions:\n"
        + "  algorithmic_growth: 3\n"
        + "  run_length_now: {p5: 9e6, p95: 8e6, unit: s}\n"
        + "  site_power_now: .nan\n"
    )
    called = command("run", "mine.yaml", *QUICK)
    assert called.code == 2
    places = [line.removeprefix("error: ").split(": ")[0] for line in called.err.splitlines()]
    assert places == ["mine.yaml:3:1", "mine.yaml:5:23", "mine.yaml:6:24", "mine.yaml:7:19"]


def test_a_mistake_in_the_second_file_stops_the_first(command, desk, files_in):
    (desk / "mine.yaml").write_text(HEAD + "tilte: a\n")
    before = files_in(desk)
    assert command("run", "baseline.yaml", "mine.yaml", *QUICK).code == 2
    assert files_in(desk) == before


@pytest.mark.parametrize("case", ["a deep list over many lines", "binary junk"])
def test_bad_input_shows_no_traceback_in_a_process_of_its_own(case, process, desk):
    content, message = BAD[case]
    (desk / "mine.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    called = process("-m", "forecast", "run", "mine.yaml", folder=desk)
    assert (called.code, called.out) == (2, "")
    assert message in called.err
    assert "Traceback" not in called.err


# Start and help.


def loaded(process, folder, *arguments):
    """The modules that a call of the command line imports."""
    code = (
        "import json, sys, forecast.cli\n"
        f"sys.argv[1:] = {[str(argument) for argument in arguments]!r}\n"
        "try:\n"
        "    forecast.cli.main()\n"
        "finally:\n"
        "    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    called = process("-W", "error", "-c", code, folder=folder)
    assert called.code == 0, called.err
    return set(json.loads(called.err.splitlines()[-1]))


def test_the_help_imports_nothing_that_takes_time(process, desk):
    modules = loaded(process, desk, "--help")
    assert modules.isdisjoint(
        {"numpy", "pymc", "matplotlib", "scipy", "yaml", "forecast.run", "forecast.fit"}
    )


@pytest.mark.parametrize("name", ["run", "explain", "check", "doctor"])
def test_the_help_of_a_command_imports_nothing_that_takes_time(name, process, desk):
    assert loaded(process, desk, name, "--help").isdisjoint({"numpy", "pymc", "matplotlib", "scipy"})


def test_a_run_on_a_stored_fit_imports_only_what_it_needs(process, desk):
    modules = loaded(process, desk, "run", "baseline.yaml", *QUICK)
    assert modules.isdisjoint({"pymc", "pytensor", "arviz", "nutpie", "numba", "matplotlib", "xarray"})
    assert modules.isdisjoint({"scipy.stats", "pandas"})


@pytest.mark.parametrize("arguments", [("explain", "training_cost"), ("check", "baseline.yaml")])
def test_commands_that_only_look_import_neither_sampler_nor_charts(arguments, process, desk):
    modules = loaded(process, desk, *arguments)
    assert modules.isdisjoint({"pymc", "pytensor", "arviz", "nutpie", "numba", "matplotlib", "scipy.stats"})


def test_the_help_lists_every_command_and_what_exit_codes_mean(command):
    called = command("--help")
    assert (called.code, called.err) == (0, "")
    assert all(f"\n  {name} " in called.out for name in cli.COMMANDS)
    words = " ".join(called.out.split())
    for code in ("0 done", "1 the run failed", "2 wrong usage", "3 a check failed", "4 would", "70 an error"):
        assert code in words
    assert command("-h").out == called.out


@pytest.mark.parametrize("words", COMMANDS)
def test_a_stranger_can_work_from_the_help_of_a_command(words, command):
    called = command(*words.split(), "--help")
    assert (called.code, called.err) == (0, "")
    usage, page = called.out.split("\n", 1)
    assert usage.startswith(f"Usage: forecast {words} ")
    assert f"forecast {words}" in page
    assert "Exit code: 0" in page
    for parameter in COMMANDS[words].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} of {words} says nothing"
    assert all(len(line) <= 100 for line in called.out.splitlines())


def test_an_unknown_command_is_told_the_nearest(command):
    called = command("rnu")
    assert (called.code, called.out) == (2, "")
    assert 'there is no command "rnu"; did you mean "run"?' in called.err


def test_no_command_at_all_shows_the_help(command):
    called = command()
    assert called.code == 2
    assert "Usage: forecast" in called.out + called.err


def test_the_version_is_data(command):
    called = command("--version")
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith("forecast, version ")


def test_python_m_and_the_script_are_the_same(process, tmp_path):
    assert process("-m", "forecast", "--help", folder=tmp_path).out.startswith("Usage: forecast ")
    script = Path(sys.executable).with_name("forecast")
    assert process(script, "--help", folder=tmp_path) == process("-m", "forecast", "--help", folder=tmp_path)


# How it ends.


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.exceptions.Abort()])
def test_an_interrupted_run_says_so_and_leaves_nothing(error, command, desk, files_in, monkeypatch):
    def interrupt(*_, **__):
        raise error

    before = files_in(desk)
    monkeypatch.setattr("forecast.report.dataset.write_trajectories", interrupt)
    called = command("run", "baseline.yaml", *QUICK)
    assert called.code == 130
    assert called.err.splitlines()[-1] == "interrupted"
    assert files_in(desk) == before
    assert not (desk / "outputs").exists()


@pytest.mark.usefixtures("desk")
def test_a_signal_ends_a_run_without_a_traceback(start, fits):
    arguments = ["-m", "forecast", "run", "baseline.yaml", "--draws", "1000000", "--no-charts"]
    running = start(
        [sys.executable, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "FORECAST_CACHE_DIR": str(fits)},
    )
    assert running.stderr.readline().startswith("simulating")
    # Python loses an interrupt that comes while it destroys an object; then one presses again.
    while running.poll() is None:
        running.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(timeout=5.0)
    rest = running.stderr.read()
    assert running.returncode == 130
    assert rest.splitlines()[-1] == "interrupted"
    assert "Traceback" not in rest


def test_an_error_of_the_program_is_told_without_a_traceback(command, desk, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("by\x1b[31m zero")

    monkeypatch.setattr("forecast.run.computed", fail)
    called = command("run", "baseline.yaml", *QUICK)
    assert called.code == 70
    assert "error of this program, ZeroDivisionError: by\\x1b[31m zero" in called.err
    assert "FORECAST_TRACEBACK=1" in called.err
    assert "Traceback" not in called.err
    assert not (desk / "outputs").exists()
    monkeypatch.setenv("FORECAST_TRACEBACK", "1")
    monkeypatch.setattr(sys, "argv", ["forecast", "run", "baseline.yaml"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_a_fit_that_did_not_converge_ends_with_three(command, desk, monkeypatch):
    from forecast.errors import ConvergenceError

    def fail(*_, **__):
        raise ConvergenceError("the fit did not converge: R-hat is 1.3")

    monkeypatch.setattr("forecast.run.fit", fail)
    called = command("run", "baseline.yaml", *QUICK)
    assert (called.code, called.out) == (3, "")
    assert called.err == "error: the fit did not converge: R-hat is 1.3\n"
    assert not (desk / "outputs").exists()


@pytest.mark.parametrize(
    "arguments", [("show", "baseline.yaml"), ("run", "baseline.yaml", "--json", "--quiet", *QUICK)]
)
@pytest.mark.usefixtures("desk")
def test_a_reader_that_leaves_is_no_news(start, arguments, fits):
    running = start(
        [sys.executable, "-m", "forecast", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "FORECAST_CACHE_DIR": str(fits)},
    )
    running.stdout.close()
    assert running.stderr.read() == b""
    assert running.wait() == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.usefixtures("desk")
def test_standard_output_on_a_full_disk_is_one_message(fits):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "forecast", "show", "baseline.yaml"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "FORECAST_CACHE_DIR": str(fits)},
        )
    assert done.returncode == 1
    assert done.stderr == "error: No space left on device\n"
