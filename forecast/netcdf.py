"""What must hold before a netCDF file of unknown origin is read: it stays within itself and needs no code of others.

netCDF 4 is HDF5, and HDF5 can name other files (external links, external storage, virtual data sets) and load filters
from plug-ins. A file that was sent by somebody must be able to do neither, nor claim more values than it can hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import UsageError

if TYPE_CHECKING:
    import h5py

# The filters of HDF5 itself that netCDF files use: deflate, shuffle and the checksum fletcher32.
FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32"}

MOST_EXPANSION = 1100
"""Deflate packs at most 1,032 bytes into one."""

_SLACK = 1 << 20
"""Bytes that values may take without standing in the file: what was never written is filled in."""


def refuse_unsafe(path: Path) -> None:
    """Make sure that reading a netCDF file reads that file alone, with nothing but what ships with HDF5.

    Args:
        path: The file.

    Raises:
        UsageError: It is no regular file, reaches out of itself, needs an unknown filter or claims more than it holds.
        OSError: It is no HDF5 file or cannot be read.
    """
    import h5py

    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no regular file")
    with h5py.File(path, "r") as file:
        seen: set[object] = set()
        left = path.stat().st_size * MOST_EXPANSION + _SLACK
        waiting: list[h5py.Group] = [file]
        while waiting:
            group = waiting.pop()
            for name in group:
                link = group.get(name, getlink=True)
                if not isinstance(link, h5py.HardLink):
                    raise UsageError(
                        f"{path}: {name!r} leads out of its place, perhaps to another file; refused"
                    )
                # A type of its own is named, but holds no values.
                item = group[name]
                address = h5py.h5o.get_info(item.id).addr
                if address in seen:
                    continue
                seen.add(address)
                if isinstance(item, h5py.Group):
                    waiting.append(item)
                elif isinstance(item, h5py.Dataset):
                    _refuse_dataset(path, name, item)
                    left -= item.nbytes
        if left < 0:
            raise UsageError(f"{path} claims more values than it can hold; refused")


def _refuse_dataset(path: Path, name: str, data: h5py.Dataset) -> None:
    if data.is_virtual or data.external:
        raise UsageError(f"{path}: the values of {name!r} lie in other files; refused")
    plan = data.id.get_create_plist()
    filters = [plan.get_filter(place)[0] for place in range(plan.get_nfilters())]
    if unknown := [number for number in filters if number not in FILTERS]:
        raise UsageError(
            f"{path}: {name!r} needs the filter {unknown[0]} to be read; "
            f"only {', '.join(FILTERS.values())} are accepted"
        )
