"""From a PyMC model to plain arrays of draws, with whichever generation of PyMC and ArviZ is installed.

The sampler is nutpie with its Numba backend. It needs no C compiler, compiles quicker than PyTensor's C mode
and wastes no time in Python between steps. What it returns is an `InferenceData` with ArviZ 0.x and a
`DataTree` with ArviZ 1.x; both give their groups by name, and that is all that is used of them.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import FitError
from forecast.units import Array

if TYPE_CHECKING:
    import pymc as pm

Progress = Callable[[str], None]
"""Takes one short line about what is being done now."""


@dataclass(frozen=True)
class Settings:
    """How a model is sampled. The seed belongs to the fit, not to a simulation: the same data give the same draws.

    Attributes:
        chains: Number of independent chains.
        draws: Draws that are kept of each chain.
        tune: Draws before them, in which the sampler adapts and which are dropped.
        target_accept: Wanted mean acceptance probability; more means shorter steps.
        seed: Seed of the sampler.
    """

    chains: int = 4
    draws: int = 1000
    tune: int = 1000
    target_accept: float = 0.9
    seed: int = 20120930


@dataclass(frozen=True)
class Sample:
    """What the sampler returned, as plain arrays.

    Attributes:
        draws: Each free variable, shape ``(chain, draw)`` or ``(chain, draw, member)``.
        statistics: ``diverging`` and ``energy`` of each transition, shape ``(chain, draw)``.
        labels: Names of the members of each variable that has some.
    """

    draws: Mapping[str, Array]
    statistics: Mapping[str, Array]
    labels: Mapping[str, tuple[str, ...]]


def prepare() -> None:
    """Import PyMC and nutpie such that no C compiler is used and nothing is printed about one."""
    if "pytensor" not in sys.modules:
        # PyTensor reads its flags once, when it is imported, and by then it has already searched for a
        # compiler.
        flags = os.environ.get("PYTENSOR_FLAGS", "")
        if "cxx=" not in flags:
            os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, [flags, "cxx="]))
    with warnings.catch_warnings():
        # ArviZ 0.23 announces its successor whenever it is imported.
        warnings.simplefilter("ignore", FutureWarning)
        import nutpie  # noqa: F401
        import pymc  # noqa: F401


def sample(
    build: Callable[[], pm.Model], settings: Settings, *, progress: Progress = lambda _: None
) -> Sample:
    """Draw from the posterior of a model.

    Args:
        build: Returns the model.
        settings: How to sample it.
        progress: Is told what is being done.

    Returns:
        The draws after tuning.

    Raises:
        FitError: The sampler found no place to start from or gave up.
    """
    progress("loading PyMC")
    prepare()
    import nutpie

    progress("compiling the model (the first time takes half a minute)")
    model = build()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = nutpie.compile_pymc_model(model, backend="numba")
        total = settings.chains * (settings.tune + settings.draws)
        progress(f"sampling {settings.chains} chains, {total:,} draws")
        try:
            trace = nutpie.sample(
                compiled,
                draws=settings.draws,
                tune=settings.tune,
                chains=settings.chains,
                cores=min(settings.chains, os.cpu_count() or 1),
                seed=settings.seed,
                target_accept=settings.target_accept,
                save_warmup=False,
                progress_bar=False,
            )
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise FitError(f"the sampler gave up: {reason}") from error
    return _plain(trace, model)


def _plain(trace: Any, model: pm.Model) -> Sample:
    names = [variable.name for variable in model.free_RVs]
    labels = {
        name: tuple(str(label) for label in model.coords[dims[0]])
        for name in names
        if (dims := model.named_vars_to_dims.get(name))
    }
    posterior, statistics = trace["posterior"], trace["sample_stats"]
    return Sample(
        draws={name: np.ascontiguousarray(posterior[name].values, dtype=float) for name in names},
        statistics={
            name: np.asarray(statistics[name].values, dtype=float) for name in ("diverging", "energy")
        },
        labels=labels,
    )
