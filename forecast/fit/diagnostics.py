"""Whether the sampler's draws may be used: the usual figures, and a gate that refuses bad ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from forecast.errors import ConvergenceError
from forecast.units import Array

MOST_R_HAT = 1.01
LEAST_ESS = 400.0
# Below this the momentum is resampled too narrowly for the energy's range, and tails are visited rarely
# (Betancourt 2016).
LEAST_E_BFMI = 0.3


@dataclass(frozen=True)
class Diagnostics:
    """What the chains say about themselves; for each figure the worst of all sampled variables.

    Attributes:
        chains: Number of chains.
        draws: Number of draws of each chain.
        variables: Number of sampled scalars that the figures cover.
        r_hat: Largest rank-normalised split R-hat (Vehtari et al. 2021).
        r_hat_of: The variable that has it.
        bulk_ess: Smallest effective sample size in the bulk.
        bulk_ess_of: The variable that has it.
        tail_ess: Smallest effective sample size of the 5% and 95% quantiles.
        tail_ess_of: The variable that has it.
        divergences: Number of divergent transitions after tuning.
        e_bfmi: Smallest estimated Bayesian fraction of missing information of the chains.
    """

    chains: int
    draws: int
    variables: int
    r_hat: float
    r_hat_of: str
    bulk_ess: float
    bulk_ess_of: str
    tail_ess: float
    tail_ess_of: str
    divergences: int
    e_bfmi: float

    def failures(self) -> tuple[str, ...]:
        """What is wrong, one sentence each; empty when the draws may be used."""
        found = []
        # Negated comparisons, so that a figure which is not a number fails too.
        if not self.r_hat <= MOST_R_HAT:
            found.append(f"R-hat of {self.r_hat_of} is {self.r_hat:.3f}, more than {MOST_R_HAT}")
        if not self.bulk_ess >= LEAST_ESS:
            found.append(f"bulk ESS of {self.bulk_ess_of} is {self.bulk_ess:.0f}, less than {LEAST_ESS:.0f}")
        if not self.tail_ess >= LEAST_ESS:
            found.append(f"tail ESS of {self.tail_ess_of} is {self.tail_ess:.0f}, less than {LEAST_ESS:.0f}")
        if self.divergences:
            found.append(f"{self.divergences} of {self.chains * self.draws} transitions diverged")
        if not self.e_bfmi >= LEAST_E_BFMI:
            found.append(f"E-BFMI is {self.e_bfmi:.2f}, less than {LEAST_E_BFMI}")
        return tuple(found)

    def gate(self, model: str) -> None:
        """Refuse the draws if any figure is bad.

        Args:
            model: The model's name, for the message.

        Raises:
            ConvergenceError: With every figure that is bad and the variable that it belongs to.
        """
        failures = self.failures()
        if failures:
            raise ConvergenceError(f"the fit of the {model} did not converge: " + "; ".join(failures))

    def as_dict(self) -> dict[str, float | int | str]:
        """The figures under their names."""
        return asdict(self)


def diagnose(
    draws: Mapping[str, Array], statistics: Mapping[str, Array], labels: Mapping[str, tuple[str, ...]]
) -> Diagnostics:
    """The figures of a set of chains.

    Args:
        draws: Sampled variables, each of shape ``(chain, draw)`` or ``(chain, draw, member)``.
        statistics: ``diverging`` and ``energy`` of every transition, each of shape ``(chain, draw)``.
        labels: Names of the members of the variables that have some.
    """
    import warnings

    with warnings.catch_warnings():
        # ArviZ 0.23 announces its successor whenever it is imported.
        warnings.simplefilter("ignore", FutureWarning)
        import arviz as az

    r_hat: dict[str, float] = {}
    bulk: dict[str, float] = {}
    tail: dict[str, float] = {}
    for name, chains in _scalars(draws, labels):
        r_hat[name] = float(az.rhat(chains, method="rank"))
        bulk[name] = float(az.ess(chains, method="bulk"))
        tail[name] = float(az.ess(chains, method="tail", prob=(0.05, 0.95)))
    energy = statistics["energy"]
    chains_count, draws_count = energy.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        e_bfmi = np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1)
    worst_r_hat, least_bulk, least_tail = _worst(r_hat, largest=True), _worst(bulk), _worst(tail)
    return Diagnostics(
        chains=chains_count,
        draws=draws_count,
        variables=len(r_hat),
        r_hat=r_hat[worst_r_hat],
        r_hat_of=worst_r_hat,
        bulk_ess=bulk[least_bulk],
        bulk_ess_of=least_bulk,
        tail_ess=tail[least_tail],
        tail_ess_of=least_tail,
        divergences=int(statistics["diverging"].sum()),
        e_bfmi=float(e_bfmi.min()),
    )


def _scalars(draws: Mapping[str, Array], labels: Mapping[str, tuple[str, ...]]) -> list[tuple[str, Array]]:
    found = []
    for name, values in draws.items():
        if values.ndim == 2:
            found.append((name, values))
            continue
        members = labels.get(name, tuple(str(position) for position in range(values.shape[2])))
        found += [(f"{name}[{member}]", values[:, :, position]) for position, member in enumerate(members)]
    return found


def _worst(figures: Mapping[str, float], *, largest: bool = False) -> str:
    """The name with the worst figure; one that is not a number is worse than any."""
    sign = -1.0 if largest else 1.0
    return min(figures, key=lambda name: -np.inf if np.isnan(figures[name]) else sign * figures[name])
