"""The fit behind a run as a netCDF file with the groups that ArviZ opens: joint draws with chain and draw."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from forecast import observations
from forecast.errors import UsageError
from forecast.export.finished import Options, Run
from forecast.files import read_bounded
from forecast.fit import POSTERIOR, stored_fit_history
from forecast.fit.history import History, history
from forecast.fit.own import own_history
from forecast.observations.own import read
from forecast.shapes import FITTED

LARGEST = 100 << 20
"""Bytes of a user's file of runs that is read."""


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """One file with the group ``posterior``; the sampler's figures stand in its attributes.

    Raises:
        UsageError: The fit that the run started from is no longer stored, or it was of a user's own runs and their
            file is not given or has changed.
    """
    import h5netcdf

    found = stored_fit_history(_fitted(run, options.data), as_of=run.as_of)
    wanted = str(run.record.get("posterior", {}).get("digest", ""))
    if found is None or found.posterior.attributes["digest"] != wanted:
        again = f"forecast fit --as-of {run.as_of}{f' --data {options.data}' if options.data else ''}"
        raise UsageError(
            f"the fit that {run.folder} started from is not stored here. If only the stored fits were removed, make it "
            f"again: {again}. If data or versions of libraries are others now, run the scenario again and export that"
        )
    chains = found.diagnostics.chains
    quantities = {**found.posterior.draws, **found.extra}
    with h5netcdf.File(stage / "posterior.nc", "w") as file:
        file.attrs["title"] = f"Joint posterior of the trends as of {run.as_of}"
        group = file.create_group("posterior")
        length = found.posterior.size // chains
        group.dimensions = {"chain": chains, "draw": length}
        for dim, size in group.dimensions.items():
            group.create_variable(dim, (dim,), data=np.arange(len(size), dtype=np.int64))
        for name, values in quantities.items():
            stored = group.create_variable(name, ("chain", "draw"), data=values.reshape(chains, length))
            stored.attrs["long_name"] = FITTED.get(name, name.replace("_", " "))
            if name in POSTERIOR:
                stored.attrs["units"] = POSTERIOR[name]
        group.attrs["inference_library"] = "nutpie"
        group.attrs["diagnostics"] = json.dumps(found.diagnostics.as_dict())
        for name, text in found.posterior.attributes.items():
            group.attrs[name] = text


def _fitted(run: Run, data: Path | None) -> History:
    """The history that the run was fitted to: ours, or that of the user's own runs."""
    ours, own = observations.load(as_of=run.as_of), run.record.get("own_data")
    if not own:
        if data is not None:
            raise UsageError(f"{run.folder} was fitted to our own runs; leave out --data")
        return history(ours, as_of=run.as_of)
    if data is None:
        raise UsageError(f"{run.folder} was fitted to a file of its user, {own['file']}; give it with --data")
    runs = read(data, ours.price_index)
    if hashlib.sha256(read_bounded(data, limit=LARGEST)).hexdigest() != own["sha256"]:
        raise UsageError(f"{data} is not, or no longer, the file that {run.folder} was fitted to")
    return own_history(runs, ours, as_of=run.as_of).history
