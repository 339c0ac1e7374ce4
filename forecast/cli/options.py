"""The options that several commands share, so that they mean and say the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from forecast.cli import completion

# What click's own decorators take and give back: a function, or a command that was made of it.
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

DRAWS, FEWEST, MOST = 20_000, 100, 10_000_000
EVEN_DRAWS = 16_384


def draws(
    default: int = DRAWS, *, fewest: int = FEWEST, words: str = "Number of paths."
) -> Callable[[Decorated], Decorated]:
    """``--draws``, how many paths are sampled."""
    return click.option(
        "--draws",
        default=default,
        show_default=True,
        type=click.IntRange(fewest, MOST),
        metavar="N",
        help=words,
    )


def seed(function: Decorated) -> Decorated:
    """``--seed``, of the random numbers."""
    return click.option(
        "--seed",
        default=1,
        show_default=True,
        type=click.IntRange(0, 2**63 - 1),
        metavar="N",
        help="Seed of the random numbers.",
    )(function)


def sampler(function: Decorated) -> Decorated:
    """``--sampler``, how draws are spread; what is spread evenly comes in numbers of its own (`spread_draws`)."""
    return click.option(
        "--sampler",
        type=click.Choice(["random", "lhs", "sobol"]),
        default="random",
        show_default=True,
        help="How draws are spread: evenly, as scrambled Sobol sequences or Latin hypercubes, they need fewer for the "
        "same error. --draws is then a power of two from 1024 on, beyond 65536 a multiple of 4096.",
    )(function)


def spread_draws(draws: int, sampler: str, default: int) -> int:
    """The number of draws; with an even sampler ``default`` unless one is given.

    A setting is rounded up to a number that can be spread. One on the command line stays as it is: whoever asks for
    another is told so.
    """
    from forecast.samplers import even

    given = click.get_current_context().get_parameter_source("draws")
    if sampler == "random" or given is click.core.ParameterSource.COMMANDLINE:
        return draws
    return default if given is click.core.ParameterSource.DEFAULT else even(draws)


def own_data(words: str) -> Callable[[Decorated], Decorated]:
    """``--data``, a user's own training runs in place of ours."""
    return click.option("--data", type=click.Path(path_type=Path), metavar="FILE", help=words)


def out(words: str, *, metavar: str | None = None) -> Callable[[Decorated], Decorated]:
    """``--out``, where results go; ``words`` say what is written and where it goes by default."""
    return click.option("--out", type=click.Path(path_type=Path), metavar=metavar, help=words)


def as_of(
    words: str = "Forecast from what was known on this date (YYYY-MM-DD).",
) -> Callable[[Decorated], Decorated]:
    """``--as-of``, the day up to which anything was known; the command gets a ``date`` or None."""

    def day(_: click.Context, __: click.Parameter, value: datetime | None) -> date | None:
        return value.date() if value else None

    return click.option(
        "--as-of", type=click.DateTime(["%Y-%m-%d"]), callback=day, metavar="DATE", help=words
    )


def overrides(
    words: str = "Lay an assumption over the file.", *, required: bool = False
) -> Callable[[Decorated], Decorated]:
    """``--set NAME=VALUE``, as the tuple ``overrides``."""
    return click.option(
        "--set",
        "overrides",
        metavar="NAME=VALUE",
        multiple=True,
        required=required,
        help=words,
        shell_complete=completion.assumptions,
    )


def no_charts(words: str = "Tables only.") -> Callable[[Decorated], Decorated]:
    """``--no-charts``."""
    return click.option("--no-charts", is_flag=True, help=words)


def as_json(what: str) -> Callable[[Decorated], Decorated]:
    """``--json``, as the flag ``as_json``; ``what`` is printed."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON.")


def force(
    words: str = "Write into a folder that holds other files; they stay.",
) -> Callable[[Decorated], Decorated]:
    """``--force``, without which a command touches nothing that it did not write."""
    return click.option("--force", is_flag=True, help=words)


def quiet(words: str = "Print nothing but errors (and the JSON).") -> Callable[[Decorated], Decorated]:
    """``--quiet``."""
    return click.option("--quiet", "-q", is_flag=True, help=words)


def workers(function: Decorated) -> Decorated:
    """``--workers``, how many processes compute; None means as many as pay."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 1024),
        help="Processes that compute; results are the same.  [default: as many as pay]",
    )(function)


def cluster(function: Decorated) -> Decorated:
    """``--cluster``, the address of a scheduler; nothing else is contacted."""

    def address(_: click.Context, __: click.Parameter, value: str) -> str:
        if value:
            from forecast.execution.workers import check_address

            check_address(value)
        return value

    return click.option(
        "--cluster",
        metavar="ADDRESS",
        default="",
        callback=address,
        help="Compute on the workers of the Dask scheduler at tcp://HOST:PORT.",
    )(function)
