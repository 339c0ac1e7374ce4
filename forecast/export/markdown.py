"""A table in Markdown, as GitHub and most renderers read it."""

from __future__ import annotations

import re
from pathlib import Path

from forecast.export.figures import figures
from forecast.export.finished import Options, Run


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """One file: caption, table, notes."""
    table = figures(run, options)
    lines = [
        f"**{escaped(table.caption)}**",
        "",
        _row(table.header),
        _row(("---", *("---:" for _ in table.header[1:]))),
        *(_row(tuple(map(escaped, cells))) for cells in table.lines),
        "",
        *(line for note in table.notes for line in (escaped(note), "")),
    ]
    (stage / "table.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def escaped(text: str) -> str:
    """Text that stands as it is; two dollar signs in a line are formulas to some renderers."""
    return re.sub(r"([\\`*_\[\]<>|$])", r"\\\1", " ".join(text.split()))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
