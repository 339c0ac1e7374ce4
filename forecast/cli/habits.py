"""What every command does alike: ``--quiet``, ``--verbose``, ``--log-file``, flags that can be taken back, colours."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from forecast import __version__
from forecast.cli import settings
from forecast.errors import WriteError, printable

LOG = logging.getLogger("forecast")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False


class _Switch(click.Option):
    """A flag that the command line can take back when a file or the environment has set it; help shows it once."""

    def __init__(self, flag: click.Option) -> None:
        name = flag.opts[0].removeprefix("--")
        opposite = f"--{name.removeprefix('no-')}" if name.startswith("no-") else f"--no-{name}"
        super().__init__(
            [f"{flag.opts[0]}/{opposite}", *flag.opts[1:], str(flag.name)],
            help=flag.help,
            default=flag.default,
            hidden=flag.hidden,
            callback=flag.callback,
            expose_value=flag.expose_value,
            is_eager=flag.is_eager,
        )

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return record and (", ".join(sorted(self.opts, key=len)), record[1])


def give(command: click.Command) -> None:
    """Give a command, and the commands in it, what every command has."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            give(each)
        return
    there = {name for option in command.params for name in option.opts}
    if "--log-file" in there:
        return
    extra = [
        click.Option(
            ["--quiet", "-q"],
            is_flag=True,
            expose_value=False,
            help="Print nothing but the result and errors.",
        ),
        click.Option(
            ["--verbose", "-v"],
            is_flag=True,
            expose_value=False,
            callback=_verbose,
            help="Say on standard error what is done, with times, and which settings are used.",
        ),
        click.Option(
            ["--log-file"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            expose_value=False,
            callback=_log_file,
            help="Add a record of what is done to this file.",
        ),
    ]
    if command.callback is not None:
        command.callback = _told(command.callback)
    command.params = [
        _Switch(option) if isinstance(option, click.Option) and _one_way(option) else option
        for option in (*command.params, *(each for each in extra if each.opts[0] not in there))
    ]


def _told(callback: Callable[..., Any]) -> Callable[..., Any]:
    """The work of a command, with a line in the log that says which call it is and which settings it has."""

    @wraps(callback)
    def call(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        found = context.obj
        LOG.info("forecast %s: %s", __version__, shlex.join(["forecast", *sys.argv[1:]]))
        if isinstance(found, settings.Settings):
            words = tuple(context.command_path.split()[1:])
            for name, option in settings.settable(context.command).items():
                setting = found.of(words, name)
                if context.get_parameter_source(str(option.name)) is ParameterSource.DEFAULT_MAP and setting:
                    LOG.info("--%s is %s, set by %s", name, settings.in_words(setting.value), setting.where)
        return callback(*args, **kwargs)

    return call


def _one_way(option: click.Option) -> bool:
    return (
        option.is_bool_flag
        and not option.secondary_opts
        and option.opts[0].removeprefix("--") not in settings.NEVER
    )


class _Lines(logging.Formatter):
    """One line a message, whatever control characters it holds; tracebacks keep their lines."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(printable(line) for line in super().format(record).splitlines())


class _File(logging.FileHandler):
    """A log file; when the disk is full, that is said once and the work goes on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        self.setLevel(logging.CRITICAL + 1)
        click.echo(f"note: {self.baseFilename} cannot be written to any more: {sys.exc_info()[1]}", err=True)


def _verbose(_: click.Context, __: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click calls it so
    if wanted:
        handler = logging.StreamHandler(sys.stderr)
        started = time.monotonic()

        def untold(record: logging.LogRecord) -> bool:
            record.since = time.monotonic() - started
            return not getattr(record, "told", False)

        handler.addFilter(untold)
        handler.setFormatter(_Lines("[%(since)6.1f s] %(message)s"))
        _listen(handler)


def _log_file(ctx: click.Context, _: click.Parameter, file: Path | None) -> None:
    if file is None or ctx.resilient_parsing:
        return
    try:
        handler = _File(file, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise WriteError(f"{file}: {error.strerror}; give another --log-file") from error
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s"))
    _listen(handler)


def _listen(handler: logging.Handler) -> None:
    LOG.setLevel(logging.DEBUG)
    LOG.addHandler(handler)


def stop_listening() -> None:
    """Close the log, so that a program that calls several commands gets a record of each."""
    for handler in LOG.handlers[1:]:
        LOG.removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()


def verbose() -> bool:
    """Whether steps are told as lines of the log on standard error already."""
    return any(type(handler) is logging.StreamHandler for handler in LOG.handlers)


def coloured() -> bool | None:
    """Whether messages may be coloured: False where NO_COLOR is set or the terminal is dumb, else click decides."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def complain(kind: str, text: str) -> None:
    """Print an error or a note to standard error, a line each, and log it."""
    colour = {"error": "red", "note": "yellow"}.get(kind)
    for line in text.splitlines():
        click.echo(
            f"{click.style(f'{kind}:', fg=colour, bold=True)} {printable(line)}", err=True, color=coloured()
        )
        LOG.log(logging.ERROR if kind == "error" else logging.WARNING, "%s", line, extra={"told": True})
