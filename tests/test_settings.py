"""Where the values of options come from, and the habits that all commands share."""

import json
import os
import shutil
from pathlib import Path

import click
import pytest

from forecast import cli
from forecast.cli import habits, settings

ROOT = Path(__file__).parents[1]
EVERY = dict(settings.commands(cli.cli))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working folder with the baseline, and a file for the user's settings outside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "scenarios" / "baseline.yaml", folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FORECAST_CONFIG", str(tmp_path / "user.toml"))
    return folder


@pytest.fixture
def in_force(command):
    """The value and place of each option of a command, as `forecast config` tells."""

    def ask(*words):
        called = command("config", *words, "--json")
        assert called.code == 0, called.err
        return {
            row["option"]: (row["value"], row["from"].rpartition("/")[2])
            for row in json.loads(called.out)["settings"]
        }

    return ask


def test_flags_go_before_environment_before_project_before_user(desk, command, in_force, monkeypatch):
    (desk.parent / "user.toml").write_text("seed = 2\ndraws = 300\nno-charts = true\nquiet = true\n")
    assert in_force("run")["seed"] == ("2", "user.toml:1")
    (desk / "forecast.toml").write_text("seed = 3\ndraws = 200\n")
    assert in_force("run")["seed"] == ("3", "forecast.toml:1")
    monkeypatch.setenv("FORECAST_SEED", "4")
    assert in_force("run")["seed"] == ("4", "FORECAST_SEED")
    monkeypatch.setenv("FORECAST_RUN_SEED", "5")
    assert in_force("run")["seed"] == ("5", "FORECAST_RUN_SEED")
    assert in_force("sweep")["seed"] == ("4", "FORECAST_SEED")
    assert in_force("run")["no-charts"] == ("yes", "user.toml:3")

    for flags, seed in (((), 5), (("--seed", 6), 6)):
        called = command("run", "baseline.yaml", *flags, "--json")
        assert called.code == 0, called.err
        (run,) = json.loads(called.out)["runs"]
        assert run["attributes"]["seed"] == str(seed)
        assert run["attributes"]["draws"] == "200"
    assert not (desk / "outputs" / "baseline" / "charts").exists()


def test_a_command_of_its_own_goes_before_all_commands_of_the_same_file(desk, in_force):
    (desk / "forecast.toml").write_text("draws = 300\n[sweep]\ndraws = 400\n[data.show]\nlimit = 2\n")
    assert in_force("run")["draws"] == ("300", "forecast.toml:1")
    assert in_force("sweep")["draws"] == ("400", "forecast.toml:3")
    assert in_force("data", "show")["limit"] == ("2", "forecast.toml:5")


def test_the_projects_file_is_found_from_below_and_its_paths_stay(desk, in_force, monkeypatch):
    (desk / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.forecast.run]\nout = "results"\n')
    (desk / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(desk / "deep" / "er")
    assert in_force("run")["out"] == ("/".join((str(desk), "results")), "pyproject.toml:5")
    # The root of another repository is a border.
    (desk / "deep" / ".git").mkdir()
    assert in_force("run")["out"] == ("", "built in")


def test_a_pyproject_of_others_is_none_of_ours(desk, command):
    (desk / "pyproject.toml").write_text("this is [no TOML\n")
    assert command("show", "baseline.yaml").code == 0


def test_every_mistake_is_told_at_once_with_its_place(desk, command, files_in):
    (desk / "forecast.toml").write_text(
        'drwas = 3\nstatistic = "mean"\nforce = true\nseed = [1, 2]\n[run]\nquiet = "maybe"\n[rnu]\nx = 1\n'
        '[sensitivity]\ndraws = 150\ncluster = "tcp://example.org:8786"\n'
    )
    before = files_in(desk)
    called = command("run", "baseline.yaml")
    assert (called.code, called.out, files_in(desk)) == (2, "", before)
    told = called.err.replace(f"error: {desk}/", "").splitlines()
    assert 'forecast.toml:1: drwas: is not a setting of all commands; did you mean "draws"?' in told
    assert "forecast.toml:2: statistic: is not a setting of all commands; write it under [compare]" in told
    assert "forecast.toml:3: force: is for the command line only" in told
    assert "forecast.toml:4: seed: takes one value, not a list" in told
    assert "forecast.toml:6: run.quiet: takes true or false" in told
    assert 'forecast.toml:7: rnu: is no command; did you mean "run"?' in told
    # What another command cannot use concerns only that one, and whoever asks.
    assert not any("150" in line for line in told)
    assert "forecast.toml:10: sensitivity.draws: 150 is not in the range" in command("config").err
    # An address is contacted only when it stands on the command line.
    assert "forecast.toml:11: sensitivity.cluster: is for the command line only" in command("config").err
    assert command("run", "--help").code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"draws = \n", ":1:9: is not TOML: invalid value"),
        (b"draws = 1\ndraws = 2\n", ":2:10: is not TOML: cannot overwrite a value"),
        (b"\xff\xfe", ": is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_toml_is_told(desk, command, content, words):
    (desk / "forecast.toml").write_bytes(content)
    called = command("show", "baseline.yaml")
    assert called.code == 2
    assert f"forecast.toml{words}" in called.err


@pytest.mark.usefixtures("desk")
def test_a_wrong_variable_is_told_and_an_unknown_one_is_noted(command, monkeypatch):
    monkeypatch.setenv("FORECAST_DRAWZ", "7")
    assert command("show", "baseline.yaml").code == 0
    called = command("config")
    assert called.code == 0
    assert 'note: FORECAST_DRAWZ: is no setting of this program; did you mean "FORECAST_DRAWS"?' in called.err
    monkeypatch.setenv("FORECAST_SEED", "x")
    called = command("run", "baseline.yaml")
    assert called.code == 2
    assert "FORECAST_SEED: 'x' is not a valid integer" in called.err


def test_a_file_can_move_the_stored_fits(desk, command, monkeypatch):
    (desk / "forecast.toml").write_text('cache-dir = "fits"\n')
    # monkeypatch puts back what the command sets.
    monkeypatch.setenv("FORECAST_CACHE_DIR", "")
    assert command("show", "baseline.yaml").code == 0
    assert os.environ["FORECAST_CACHE_DIR"] == f"{desk}/fits"


def test_a_file_can_say_where_imported_data_lie(desk, command, monkeypatch):
    (desk / "forecast.toml").write_text('data-dir = "own"\n')
    # Set first, so that monkeypatch puts back what the command sets.
    monkeypatch.setenv("FORECAST_DATA_DIR", "")
    monkeypatch.delenv("FORECAST_DATA_DIR")
    assert command("data", "diff").code == 0
    assert os.environ["FORECAST_DATA_DIR"] == f"{desk}/own"
    monkeypatch.setenv("FORECAST_DATA_DIR", "")
    assert command("data", "diff").code == 0
    assert os.environ["FORECAST_DATA_DIR"] == ""


def test_a_file_of_another_user_in_a_folder_above_is_not_read(desk, in_force, monkeypatch):
    (desk / "forecast.toml").write_text("seed = 9\n")
    inside = desk / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    assert in_force("run")["seed"][0] == "9"
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(desk / "forecast.toml", 12345, 12345)
    assert in_force("run")["seed"][0] == "1"


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_has_the_habits_and_flags_that_can_be_taken_back(words):
    options = {name for each in EVERY[words].params for name in each.opts}
    assert {"--quiet", "-q", "--verbose", "-v", "--log-file"} <= options
    for each in EVERY[words].params:
        if isinstance(each, click.Option) and each.is_bool_flag and each.opts[0] not in ("--force", "--yes"):
            assert each.secondary_opts, each.opts
            assert "--no-no" not in each.secondary_opts[0]
    shared = set(settings.settable(EVERY[words])) & settings.SHARED
    for name in shared:
        # The same option means the same kind of value everywhere, so that one setting fits all.
        kinds = {
            type(settings.settable(each)[name].type)
            for each in EVERY.values()
            if name in settings.settable(each)
        }
        assert len(kinds) == 1, (name, kinds)


def test_a_flag_takes_back_what_a_file_says(desk, command):
    (desk / "forecast.toml").write_text("draws = 100\n[show]\njson = true\n")
    assert command("show", "baseline.yaml").out.startswith("{")
    assert command("show", "baseline.yaml", "--no-json").out.startswith("baseline: ")


def test_verbose_and_log_file_tell_call_settings_steps_and_end(desk, command):
    (desk / "forecast.toml").write_text("draws = 100\nno-charts = true\n")
    called = command("run", "baseline.yaml", "-v", "--log-file", "my.log")
    assert called.code == 0
    for text in (called.err, (desk / "my.log").read_text()):
        assert "run baseline.yaml -v --log-file my.log" in text
        assert f"--draws is 100, set by {desk}/forecast.toml:1" in text
        assert "simulating 100 paths of baseline" in text
        assert "exit code 0 after" in text
        assert text.count("simulating 100 paths") == 1
    called = command("run", "nowhere.yaml", "-q", "--log-file", "my.log")
    assert called.code == 2
    log = (desk / "my.log").read_text()
    assert "ERROR nowhere.yaml: no such file" in log
    assert log.count("exit code") == 2
    assert not habits.verbose()


def test_a_log_that_cannot_be_written_stops_before_the_work(desk, command):
    called = command("run", "baseline.yaml", "--log-file", "no/such/folder/my.log")
    assert called.code == 1
    assert "no/such/folder/my.log: No such file or directory" in called.err
    assert not (desk / "outputs").exists()


@pytest.mark.usefixtures("desk")
def test_a_full_disk_under_the_log_is_told_once_and_the_work_goes_on(command):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    called = command("show", "baseline.yaml", "--log-file", "/dev/full")
    assert called.code == 0
    assert called.err.count("cannot be written to any more") == 1


def test_an_error_of_the_program_leaves_its_traceback_in_the_log(desk, command, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a bug")

    monkeypatch.setattr("forecast.run.resolve", broken)
    called = command("run", "baseline.yaml", "--log-file", "my.log")
    assert called.code == 70
    assert "Traceback" not in called.err
    assert "Traceback" in (desk / "my.log").read_text()


def test_no_colour_where_none_is_wanted(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert habits.coloured() is None
    monkeypatch.setenv("TERM", "dumb")
    assert habits.coloured() is False
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert habits.coloured() is False
