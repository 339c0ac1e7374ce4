"""The command line: parses, calls, prints. Commands are imported only when they are used."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time
from importlib import import_module

import click

from forecast import __version__
from forecast.cli import habits, settings
from forecast.errors import ForecastError, printable

COMMANDS: dict[str, str] = {
    "init": "Write a commented scenario to start from.",
    "run": "Forecast: from scenario files to tables, charts and trajectories.",
    "report": "Write one page for readers who never run this program.",
    "rerun": "Make a finished run again from its record, and say what is not as it was.",
    "compare": "Compare scenarios on the same draws, say why they differ, weigh them into one.",
    "whatif": "Show what a change to a scenario changes, without a file.",
    "sensitivity": "Find which inputs matter, and which would be worth knowing.",
    "sweep": "Move assumptions over a range and show what follows.",
    "chart": "Redraw a chart of a finished run for print, slide or screen, without simulating again.",
    "export": "Write a finished run in a form that other tools read.",
    "merge": "Put the parts of a run together that were computed one by one.",
    "reweight": "Update a finished run with expert beliefs about one driver.",
    "check": "Find every mistake in scenario files.",
    "show": "Show a scenario as it will be run, each value with the line that set it.",
    "explain": "Show what a variable is made of, with units, sources and values.",
    "fit": "Fit the trends to history and report what was found.",
    "backtest": "Forecast from old dates with what was known then, and score it by what came out.",
    "claims": "Answer every claim of the essay of 2023 by numbers, and say what came of it.",
    "data": "List, show and check the tables of history.",
    "cache": "Look after the fits that were kept.",
    "schema": "Print the JSON Schema of scenario files, or of what commands print as JSON.",
    "completion": "Print what bash, zsh or fish needs to complete this command.",
    "manual": "Print the manual of all commands, for man or as Markdown.",
    "config": "Show which settings are in force and where each comes from.",
    "doctor": "Check that everything a forecast needs is in place.",
}


class _Commands(click.Group):
    """A group whose commands live in modules of the same name and are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"forecast.cli.{cmd_name}"), cmd_name)
        habits.give(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from forecast.errors import did_you_mean

        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f'there is no command "{printable(args[0])}"{did_you_mean(args[0], COMMANDS)}')
        if args and not ctx.resilient_parsing:
            self._set_defaults(ctx, args)
        return super().resolve_command(ctx, args)

    def _set_defaults(self, ctx: click.Context, args: list[str]) -> None:
        """Take the values of options from the environment and from files, where there are any."""
        found = settings.read(self)
        settings.use_folders(found)
        ctx.default_map, wrong = settings.defaults(found, self)
        ctx.obj = found
        # Whoever asks for help, or where a mistake is, must get an answer in spite of it.
        if args[0] not in {"config", "doctor"} and not {"-h", "--help"} & set(args):
            called = [" ".join(args[:count]) for count in (1, 2)]
            settings.refuse([*found.problems, *(each for words in called for each in wrong.get(words, ()))])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The table above instead of the commands' own help, which would import every module.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: forecast run scenarios/baseline.yaml. Results are in outputs/baseline.",
)
@click.version_option(__version__, prog_name="forecast")
def cli() -> None:
    """Forecast what frontier AI models will cost over the next five years, and who can pay for them.

    Scenario files state assumptions about hardware, algorithms, data, labeling and labs; a Bayesian fit of history
    gives the trends; a simulation draws five-year paths of cost and of which labs can afford it.

    Exit codes: 0 done; 1 the run failed; 2 wrong usage or a wrong scenario; 3 a check failed; 4 would overwrite
    files of others; 70 an error of this program; 130 interrupted.
    """


def main() -> None:
    """Run the command line; every error ends in one message and its exit code, never in a traceback."""
    started = time.monotonic()
    # While the interpreter takes itself apart nothing is left to interrupt, and a signal would change the exit code.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    try:
        code = cli.main(prog_name="forecast", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        habits.LOG.error("interrupted", extra={"told": True})
        code = 130
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        habits.LOG.error("interrupted", extra={"told": True})
        code = 130
    except click.ClickException as error:
        error.show()
        habits.LOG.error("%s", error.format_message(), extra={"told": True})
        code = error.exit_code
    except ForecastError as error:
        habits.complain("error", str(error))
        code = error.exit_code
    except BrokenPipeError:
        # The reader of a pipe has gone.
        _drop_buffered_output()
        code = 1
    except OSError as error:
        # Standard output on a full disk, a file that may not be read: the machine's fault, not the program's.
        place = f"{error.filename}: " if error.filename else ""
        habits.complain("error", f"{place}{error.strerror or error}")
        _drop_buffered_output()
        code = 1
    except Exception as error:
        if os.environ.get("FORECAST_TRACEBACK"):
            raise
        habits.LOG.debug("where it happened", exc_info=True)
        habits.complain("error", f"an error of this program, {type(error).__name__}: {error}")
        click.echo(
            "Run again with --verbose or FORECAST_TRACEBACK=1 to see where; please report it.", err=True
        )
        code = 70
    code = code if isinstance(code, int) else 0
    habits.LOG.info("exit code %d after %.1f s", code, time.monotonic() - started)
    habits.stop_listening()
    sys.exit(code)


def _drop_buffered_output() -> None:
    """Let what is still buffered go nowhere, or the interpreter would fail once more while it shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
