"""A table for LaTeX, with the rules of the package ``booktabs``."""

from __future__ import annotations

from pathlib import Path

from forecast.export.figures import figures
from forecast.export.finished import Options, Run

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "−": r"$-$",
        "±": r"$\pm$",
        "×": r"$\times$",
        "…": r"\ldots{}",
    }
)


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """One file that a document reads in."""
    table = figures(run, options)
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}",
        rf"\caption{{{escaped(table.caption)}}}",
        r"\small",
        rf"\begin{{tabular}}{{p{{4cm}}{'p{2.2cm}' * (len(table.header) - 1)}}}",
        r"\toprule",
        _row(table.header),
        r"\midrule",
        *map(_row, table.lines),
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par\footnotesize {escaped(note)}" for note in table.notes),
        r"\end{table}",
    ]
    (stage / "table.tex").write_text("\n".join(lines) + "\n", encoding="utf-8")


def escaped(text: str) -> str:
    """Text whose characters LaTeX sets as they are."""
    return " ".join(text.split()).translate(_ESCAPES)


def _row(cells: tuple[str, ...]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"
