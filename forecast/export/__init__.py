"""A finished run in the forms that other tools read: one module a format, found by its name when it is asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from forecast import files
from forecast.errors import UsageError, did_you_mean
from forecast.export.finished import Options, Run, read
from forecast.report import folder

__all__ = ["FORMATS", "Format", "Options", "Run", "check", "export", "find", "read"]


@dataclass(frozen=True)
class Format:
    """One form: what it is, its module, and the ending of its file (empty where it makes a folder of files)."""

    what: str
    module: str
    ending: str = ""
    takes: tuple[str, ...] = ("variables",)
    text: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it makes several files in a folder."""
        return not self.ending


FORMATS: Mapping[str, Format] = {
    "hubverse": Format(
        "model output of a forecast hub: quantiles, medians and samples (a folder)",
        "hubverse",
        takes=("variables", "samples", "model"),
    ),
    "iamc": Format("IAMC table, one value a line, as pyam reads it", "iamc", "csv", text=True),
    "iamc-wide": Format("IAMC table with a column for each year", "iamc", "csv", text=True),
    "parquet": Format("paths, inputs and summary as Parquet (a folder)", "parquet"),
    "netcdf": Format("paths as netCDF by the CF conventions", "netcdf", "nc"),
    "datapackage": Format("the run as a Frictionless data package (a folder)", "datapackage", takes=()),
    "posterior": Format(
        "the fit behind the run as netCDF that ArviZ opens", "posterior", "nc", takes=("data",)
    ),
    "metaculus-cdf": Format(
        "cumulative distribution of one question, 201 points",
        "metaculus",
        "json",
        takes=("variables", "year", "low", "high", "open_bounds", "log"),
        text=True,
    ),
    "latex": Format("table of medians and 90% intervals for LaTeX", "latex", "tex", text=True),
    "markdown": Format("table of medians and 90% intervals in Markdown", "markdown", "md", text=True),
}
"""Every form, by the name that ``forecast export --format`` takes."""


def find(name: str) -> Format:
    """The format of a name.

    Raises:
        UsageError: There is none.
    """
    if name not in FORMATS:
        hint = did_you_mean(name, FORMATS) or f"; formats are {', '.join(FORMATS)}"
        raise UsageError(f'there is no format "{name}"{hint}')
    return FORMATS[name]


def check(name: str, options: Options, *, printed: bool = False) -> Format:
    """The format of a name, once it is known that nothing asked of it is in vain.

    Args:
        name: One of `FORMATS`.
        options: What is asked of it.
        printed: Whether its text is wanted instead of files.

    Raises:
        UsageError: An unknown format, or an option that it has no use for.
    """
    form = find(name)
    if useless := [each for each in options.given() if each not in form.takes]:
        flags = ", ".join("--" + _FLAGS.get(each, each) for each in useless)
        raise UsageError(f"--format {name} has no use for {flags}")
    if printed and not form.text:
        raise UsageError(
            f"--format {name} cannot be printed; give a {'folder' if form.is_folder else 'file'}"
        )
    return form


_FLAGS = {"variables": "variable", "open_bounds": "open-bound"}


def export(
    run: Run, name: str, out: Path | None, options: Options, *, force: bool = False
) -> list[Path] | str:
    """Write a finished run in another form.

    Args:
        run: What `read` found in a folder.
        name: One of `FORMATS`.
        out: The file or, for some formats, folder to make; None returns the text of a format that is text.
        options: What of the run, and how.
        force: Replace files that are there with other content.

    Returns:
        The files, or the text.

    Raises:
        UsageError: See `check`; or a name that the run does not know.
        OutputExistsError: Files of that name are there with other content, and ``force`` is not set.
        WriteError: The files cannot be written; those that were there stay.
    """
    form = check(name, options, printed=out is None)
    with tempfile.TemporaryDirectory(prefix="forecast-export-") as made:
        stage = Path(made)
        import_module(f"forecast.export.{form.module}").write(run, stage, options, name)
        written = sorted(path for path in stage.rglob("*") if path.is_file())
        if out is None:
            return written[0].read_text(encoding="utf-8")
        if form.is_folder:
            return _into(out, {path.relative_to(stage): path for path in written}, force=force)
        files.write_whole(out, written[0].read_bytes(), force=force)
        return [out]


def _into(out: Path, made: Mapping[Path, Path], *, force: bool) -> list[Path]:
    """Several files into a folder, which may hold others: all of them or none."""
    contents = {name: source.read_bytes() for name, source in made.items()}
    other = {name: content for name, content in contents.items() if not files.holds(out / name, content)}
    for name in other:
        files.refuse_other(out / name, force=force)
    if other:
        with folder.staged(out, keep=True) as stage:
            for name, content in other.items():
                (stage / name).parent.mkdir(parents=True, exist_ok=True)
                (stage / name).write_bytes(content)
    return [out / name for name in made]
