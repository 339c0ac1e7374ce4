"""The fit behind a run as a netCDF file with the groups that ArviZ opens: joint draws with chain and draw."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from forecast import observations
from forecast.errors import UsageError
from forecast.export.finished import Options, Run
from forecast.fit import POSTERIOR, stored_fit
from forecast.shapes import FITTED


def write(run: Run, stage: Path, _options: Options, _: str) -> None:
    """One file with the group ``posterior``; the sampler's figures stand in its attributes.

    Raises:
        UsageError: The fit that the run started from is no longer stored.
    """
    import h5netcdf

    found = stored_fit(observations.load(as_of=run.as_of), as_of=run.as_of)
    wanted = str(run.record.get("posterior", {}).get("digest", ""))
    if found is None or found.posterior.attributes["digest"] != wanted:
        raise UsageError(
            f"the fit that {run.folder} started from is not stored here (other data or versions, or the cache was "
            "emptied); run the scenario again and export that run"
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
