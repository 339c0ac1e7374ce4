"""``forecast manual``: every command on one page, as a manual page for man or as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from forecast import __version__
from forecast.cli.settings import commands

_ENVIRONMENT = {
    "FORECAST_NAME": "The value of the option --NAME for all commands that have it, such as FORECAST_DRAWS; "
    "FORECAST_RUN_DRAWS is for one command. See forecast config.",
    "FORECAST_CONFIG": "The user's file of settings instead of the usual one.",
    "FORECAST_CACHE_DIR": "Where fits are kept.",
    "FORECAST_TRACEBACK": "If set, an error of this program is shown with its traceback.",
    "NO_COLOR": "If set, messages have no colours.",
}


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["man", "markdown"]),
    default="man",
    show_default=True,
    help="What to write.",
)
@click.pass_context
def manual(context: click.Context, form: str) -> None:
    """Print the manual of all commands, made from what each says of itself.

    \b
    Examples:
      forecast manual | man -l -
      forecast manual > ~/.local/share/man/man1/forecast.1
      forecast manual --format markdown > commands.md

    Exit code: 0.
    """
    root = context.find_root().command
    assert isinstance(root, click.Group)  # noqa: S101 - for mypy: `forecast` is a group
    write = roff if form == "man" else markdown
    click.echo("\n".join(write(root)))


def roff(root: click.Group) -> Iterator[str]:
    """The manual as the lines of a man page."""
    yield f'.TH FORECAST 1 "" "forecast {__version__}" "User Commands"'
    yield ".SH NAME"
    yield f"forecast \\- {_man(_summary(root))}"
    yield ".SH SYNOPSIS"
    yield ".B forecast"
    yield "COMMAND [OPTIONS] [ARGUMENTS]"
    yield ".SH DESCRIPTION"
    yield from _man_text(root)
    yield ".SH COMMANDS"
    for words, command in commands(root):
        yield f".SS {_man(_usage(words, command))}"
        yield from _man_text(command)
        for names, help_text in _options(command):
            yield ".TP"
            yield f".B {_man(names)}"
            yield _man(help_text)
    yield ".SH ENVIRONMENT"
    for name, meaning in _ENVIRONMENT.items():
        yield from (".TP", f".B {_man(name)}", _man(meaning))


def markdown(root: click.Group) -> Iterator[str]:
    """The manual as the lines of a Markdown page."""
    yield from ("# Commands", "")
    yield "Written from what the commands say of themselves; `forecast manual` prints it for `man`."
    for words, command in commands(root):
        yield from ("", f"## forecast {' '.join(words)}", "", f"```text\n{_usage(words, command)}\n```")
        for block, verbatim in _blocks(command):
            yield ""
            yield f"```text\n{block}\n```" if verbatim else _marked(block)
        rows = list(_options(command))
        if rows:
            yield from ("", "| option | what it does |", "|---|---|")
        for names, help_text in rows:
            # A choice has bars, which end a cell even between backticks.
            shown = f"<code>{names.replace('|', '&#124;')}</code>" if "|" in names else f"`{names}`"
            yield f"| {shown} | {_marked(help_text)} |"
    yield from ("", "## Environment", "", "| variable | what it does |", "|---|---|")
    for name, meaning in _ENVIRONMENT.items():
        yield f"| `{name}` | {meaning} |"


def _marked(text: str) -> str:
    """Text in which nothing is taken for Markdown but what stands between backticks."""
    parts = re.split(r"(`[^`]*`)", text)
    named = {"<": "&lt;", ">": "&gt;", "|": "&#124;"}
    return "".join(
        part
        if place % 2
        else re.sub(r"[\\*_\[\]<>|]", lambda found: named.get(found[0], f"\\{found[0]}"), part)
        for place, part in enumerate(parts)
    )


def _summary(command: click.Command) -> str:
    return (command.help or "").split("\n\n")[0].replace("\n", " ").rstrip(".")


def _usage(words: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(("forecast", *words)))
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def _blocks(command: click.Command) -> Iterator[tuple[str, bool]]:
    """The paragraphs of a command's help, each with whether its lines must stay as they are."""
    for block in re.split(r"\n\s*\n", inspect.cleandoc(command.help or "")):
        if block.startswith("\b"):
            yield block.removeprefix("\b").strip("\n"), True
        elif block.strip():
            yield " ".join(block.split()), False


def _options(command: click.Command) -> Iterator[tuple[str, str]]:
    context = click.Context(command)
    for option in command.get_params(context):
        if isinstance(option, click.Option) and (record := option.get_help_record(context)):
            yield record[0], " ".join(record[1].split())


def _man_text(command: click.Command) -> Iterator[str]:
    for number, (block, verbatim) in enumerate(_blocks(command)):
        if number:
            yield ".PP"
        if verbatim:
            yield from (".nf", *(_man(line) for line in block.splitlines()), ".fi")
        else:
            yield _man(block)


def _man(text: str) -> str:
    """Text as roff takes it: no line is a request, no hyphen is broken at."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
