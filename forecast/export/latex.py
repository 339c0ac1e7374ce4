"""A table for LaTeX, with the rules of the package ``booktabs``, as wide as the text that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
_POWER = re.compile(r"\b(\d(?:\.\d+)?)e(\d+)\b")
_NAMES = 0.22
"""The share of the text's width that the names take; the years divide the rest."""


def write(run: Run, stage: Path, options: Options, _: str) -> None:
    """One file that a document reads in."""
    table = figures(run, options)
    years = len(table.header) - 1
    column = (
        rf"*{{{years}}}{{>{{\raggedright\arraybackslash}}p{{\dimexpr{(1 - _NAMES) / years:.4f}\linewidth"
        r"-2\tabcolsep\relax}}"
    )
    lines = [
        r"% Needs \usepackage{array,booktabs}.",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(table.caption)}}}",
        rf"\label{{tab:{re.sub(r'[^A-Za-z0-9]+', '-', run.scenario)}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{2pt}",
        rf"\begin{{tabular}}{{@{{}}>{{\raggedright\arraybackslash}}p{{{_NAMES}\linewidth}}{column}@{{}}}}",
        r"\toprule",
        _row(map(escaped, table.header)),
        r"\midrule",
        "\n\\addlinespace\n".join(_row(map(_cell, line)) for line in table.lines),
        r"\bottomrule",
        r"\end{tabular}",
        "",
        r"\smallskip",
        r"\begin{minipage}{\linewidth}",
        r"\scriptsize\raggedright",
        *(rf"{escaped(note)}\par" for note in table.notes),
        r"\end{minipage}",
        r"\end{table}",
    ]
    (stage / "table.tex").write_text("\n".join(lines) + "\n", encoding="utf-8")


def escaped(text: str) -> str:
    """Text whose characters LaTeX sets as they are."""
    return " ".join(text.split()).translate(_ESCAPES)


def _cell(text: str) -> str:
    """What stands in brackets, an interval or a unit, below the rest and smaller; powers of ten as such."""
    above, _, below = text.removesuffix(")").partition(" (")
    above, below = (_POWER.sub(r"$\1{\\times}10^{\2}$", escaped(part)) for part in (above, below))
    return rf"{above}\newline{{\scriptsize {below.replace(' to ', '~to ')}}}"


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"
