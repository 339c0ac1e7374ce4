"""``forecast config``: which settings are in force, and where each comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from forecast.cli import documents, habits, settings
from forecast.cli.settings import Settings, in_words, settable
from forecast.errors import UsageError, did_you_mean, printable


@click.command()
@click.argument("command", metavar="[COMMAND]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.pass_context
def config(context: click.Context, command: tuple[str, ...], *, as_json: bool) -> None:
    """Show which settings are in force, and where each comes from.

    The value of an option is the first that is found: on the command line; in the environment (FORECAST_DRAWS for
    all commands, FORECAST_RUN_DRAWS for one); in the project's file, which is the nearest forecast.toml, or
    pyproject.toml with a table [tool.forecast], from the working folder up to the root of its repository; in the
    user's file, whose place is printed here (FORECAST_CONFIG names another). Such a file looks like this:

    \b
      draws = 50000               # for every command that has --draws
      cache-dir = "fits"          # where fits are kept; paths are seen from the file
      data-dir = "data"           # where imported rows lie
      [sensitivity]
      draws = 20000               # for one command
      [data.show]
      limit = 20

    Without COMMAND everything is shown that differs from what is built in; with COMMAND every option of it.

    \b
    Examples:
      forecast config
      forecast config run
      forecast config data show --json

    Exit code: 0; 2 when there is no such command or a setting is wrong.
    """
    root = context.find_root().command
    assert isinstance(root, click.Group)  # noqa: S101 - for mypy: `forecast` is a group
    found: Settings = context.obj
    every = dict(settings.commands(root))
    if command and command not in every:
        names = [" ".join(words) for words in every]
        asked = " ".join(command)
        raise UsageError(f'there is no command "{asked}"{did_you_mean(asked, names)}')
    rows = list(_rows(found, every, command))
    _, wrong = settings.defaults(found, root)
    problems = [*found.problems, *(each for several in wrong.values() for each in several)]
    if as_json:
        document = {
            "project": str(found.project) if found.project else None,
            "user": str(found.user),
            "settings": [
                {"command": words, "option": name, "value": value, "from": where}
                for words, name, value, where in rows
            ],
        }
        documents.echo("config", document)
    else:
        click.echo(f"project's file: {printable(str(found.project or 'none'))}")
        missing = "" if found.user.is_file() else " (not there)"
        click.echo(f"user's file: {printable(str(found.user))}{missing}")
        if not rows:
            click.echo("nothing is set; every option has its built-in value")
        widths = [max((len(row[column]) for row in rows), default=0) for column in (1, 2)]
        for words, name, value, where in rows:
            of = f"  (forecast {words})" if words and not command else ""
            click.echo(printable(f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {where}{of}"))
    for problem in found.unknown:
        habits.complain("note", str(problem))
    settings.refuse(problems)


def _rows(
    found: Settings, every: dict[tuple[str, ...], click.Command], command: tuple[str, ...]
) -> Iterator[tuple[str, str, str, str]]:
    """Command, option, value and place of each setting that is shown."""
    if command:
        for name, option in settable(every[command]).items():
            setting = found.of(command, name)
            if setting is not None:
                yield " ".join(command), name, in_words(setting.value), setting.where
            else:
                builtin = option.get_default(click.Context(every[command]))
                yield " ".join(command), name, in_words(builtin), "built in"
    else:
        for name, variable in settings.FOLDERS.items():
            if place := os.environ.get(variable):
                setting = found.of((), name)
                yield "", name, place, setting.where if setting else variable
        for each in found.found:
            if each.option not in settings.FOLDERS and found.of(each.words, each.option) is each:
                yield " ".join(each.words), each.option, in_words(each.value), each.where
