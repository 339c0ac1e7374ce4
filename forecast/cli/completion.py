"""``forecast completion``: what a shell needs to complete this command."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

_PROGRAM, _VARIABLE = "forecast", "_FORECAST_COMPLETE"


def variables(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The variables of the model that begin so, with what they mean."""
    from forecast.model import graph

    return [
        CompletionItem(name, help=node.description)
        for name, node in graph().nodes.items()
        if name.startswith(incomplete)
    ]


def assumptions(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The assumptions that a scenario can state and that begin so, ready for a value."""
    from forecast.drivers import specs

    return [CompletionItem(f"{name}=") for name in specs() if name.startswith(incomplete)]


def files(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leaves it to the shell to complete the name of a file."""
    return [CompletionItem(incomplete, type="file")]


def tables(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The tables of history that begin so."""
    from forecast.observations import TABLES

    return [
        CompletionItem(name, help=table.title)
        for name, table in TABLES.items()
        if name.startswith(incomplete)
    ]


def formats(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The formats of exports that begin so."""
    from forecast.export import FORMATS

    return [
        CompletionItem(name, help=form.what) for name, form in FORMATS.items() if name.startswith(incomplete)
    ]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what a shell needs to complete commands, options, files and names.

    \b
    For one session:
      eval "$(forecast completion bash)"
      eval "$(forecast completion zsh)"
      forecast completion fish | source

    \b
    For good:
      forecast completion bash > ~/.local/share/bash-completion/completions/forecast
      forecast completion zsh > ~/.zfunc/_forecast     # with fpath+=~/.zfunc before compinit
      forecast completion fish > ~/.config/fish/completions/forecast.fish

    Exit code: 0; 2 for another shell.
    """
    complete = get_completion_class(shell)
    assert complete is not None  # noqa: S101 - for mypy: click knows the three
    click.echo(complete(context.find_root().command, {}, _PROGRAM, _VARIABLE).source())
