"""The page of every formula and assumption, written from the code and a scenario so that it cannot drift.

`python -m forecast.reference PAGE SCENARIO` rewrites what stands below the mark on the page; what stands above it is
written by hand.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from textwrap import dedent

from forecast import drivers, files, observations
from forecast.errors import UsageError
from forecast.graph import Graph, Kind, Node
from forecast.model import MODULES, graph
from forecast.scenario import Assumption, Scenario, load
from forecast.shapes import FITTED

MARK = "<!-- What follows is written by `make docs-model`; edit the docstrings and the scenario instead. -->"


def page(head: str, world: Graph, scenario: Scenario) -> str:
    """The whole page: what was written by hand, then every formula, then every assumption.

    Args:
        head: The page as it is; kept up to the mark.
        world: The formulas.
        scenario: The assumptions that are listed.

    Raises:
        UsageError: The mark is not on the page.
    """
    if MARK not in head:
        raise UsageError(f"the page has lost its mark; add the line {MARK}")
    parts = [head[: head.index(MARK) + len(MARK)], *_formulas(world), *_assumptions(world, scenario)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def sections(node: Node) -> dict[str, str]:
    """A formula's docstring in parts: ``text`` (all paragraphs), ``Equation`` and ``Leaves out``.

    A total that the engine makes and a formula without an equation of its own get one from their inputs or their code.
    """
    found = {"text": node.description, "Equation": "", "Leaves out": ""}
    if node.parts:
        return {**found, "Equation": " + ".join(node.parts)}
    paragraphs = (inspect.getdoc(node.formula) or "").split("\n\n")
    text = []
    for paragraph in paragraphs:
        first, _, rest = paragraph.partition("\n")
        if first in ("Equation:", "Leaves out:"):
            found[first[:-1]] = dedent(rest) if first == "Equation:" else " ".join(rest.split())
        else:
            text.append(" ".join(paragraph.split()))
    found["text"] = "\n\n".join(text)
    if not found["Equation"]:
        found["Equation"] = inspect.getsource(node.formula).rsplit("return ", 1)[-1].strip()
    return found


def _formulas(world: Graph) -> Iterator[str]:
    yield "## Formulas"
    for name in MODULES:
        module = import_module(f"forecast.model.{name}")
        yield f"### {name.capitalize()}: `forecast/model/{name}.py`"
        yield inspect.cleandoc(module.__doc__ or "")
        own = sorted(
            (node for node in world.nodes.values() if node.module == module.__name__ and not node.parts),
            key=lambda node: node.formula.__code__.co_firstlineno,
        )
        totals = [node for node in world.nodes.values() if node.module == module.__name__ and node.parts]
        for node in [*own, *totals]:
            yield _formula(node, world)


def _formula(node: Node, world: Graph) -> str:
    parts = sections(node)
    inputs = ", ".join(f"`{name}` [{_unit(_kind(name, world))}]" for name in node.inputs)
    lines = [
        f"#### `{node.name}`",
        f"[{_unit(node.kind)}] {parts['text']}",
        f"```text\n{parts['Equation']}\n```",
        f"Inputs: {inputs}.",
    ]
    if parts["Leaves out"]:
        lines.append(f"Leaves out: {parts['Leaves out']}")
    return "\n\n".join(lines)


def _kind(name: str, world: Graph) -> Kind:
    return world.nodes[name].kind if name in world.nodes else world.drivers[name]


def _unit(kind: Kind) -> str:
    return kind.unit.symbol + (f", per {kind.member}" if kind.member else "")


def _assumptions(world: Graph, scenario: Scenario) -> Iterator[str]:
    yield (
        f"## Assumptions of `{scenario.name}`\n\nAs of {scenario.as_of}, for the years {scenario.first_year} to "
        f"{scenario.last_year}. A source marked * has not been read at the place itself."
    )
    given = {name: kind for name, kind in world.drivers.items() if kind.noise is None and not kind.calendar}
    fitted = [name for name in given if name in FITTED]
    yield "### Fitted to history"
    yield _table(
        ("driver", "unit", "what it is", "in this scenario"),
        [
            (f"`{name}`", given[name].unit.symbol, FITTED[name], _prior(scenario.assumptions.get(name)))
            for name in fitted
        ],
    )
    yield "### One number a path"
    yield _table(
        ("driver", "unit", "prior", "why", "source"),
        [
            (f"`{name}`", kind.unit.symbol, *_cells(scenario.assumptions[name]))
            for name, kind in given.items()
            if name not in FITTED and not kind.member
        ],
    )
    for dim in ("lab", "source", "tier"):
        yield f"### One number a path for each {dim}"
        for name, kind in given.items():
            if kind.member == dim:
                yield _members(name, kind, scenario)
    yield "### Pure chance"
    yield _table(
        ("driver", "law", "drawn"),
        [
            (
                f"`{name}`" + (f", per {kind.member}" if kind.member else ""),
                "standard normal" if kind.noise.law == "normal" else "uniform from 0 to 1",
                "each year" if kind.noise.yearly else "once a path",
            )
            for name, kind in world.drivers.items()
            if kind.noise is not None
        ],
    )
    yield "### Events"
    yield _table(
        ("event", "probability", "begins in", "lasts", "multiplies", "by", "why", "source"),
        [
            (
                event.name,
                f"{event.probability:g}",
                f"{event.first_year} to {event.last_year}",
                "to the end" if event.lasts is None else f"{event.lasts:g} years",
                f"`{event.affects}`",
                event.factor.describe(),
                event.why,
                event.source + ("" if event.verified else " *"),
            )
            for event in scenario.events
        ],
    )
    yield "### Correlations"
    yield _table(
        ("driver", "driver", "correlation of normal scores", "why"),
        [
            (f"`{pair.first}`", f"`{pair.second}`", f"{pair.rho:g}", pair.why)
            for pair in scenario.correlations
        ],
    )
    yield "### Dollars"
    prices = observations.load().price_index
    years = sorted({each.dollars for each in _all(scenario) if each.dollars is not None})
    yield _table(
        ("a dollar of", "is worth, in dollars of 2023"),
        [(str(year), f"{prices.factor(date(year, 7, 1)):.6f}") for year in years],
    )


def _all(scenario: Scenario) -> Iterator[Assumption]:
    yield from scenario.assumptions.values()
    for members in scenario.member_assumptions.values():
        yield from members.values()


def _prior(assumption: Assumption | None) -> str:
    if assumption is None:
        return "fitted to history"
    dollars = "" if assumption.dollars is None else f", dollars of {assumption.dollars}"
    return assumption.describe() + dollars


def _cells(assumption: Assumption) -> tuple[str, str, str]:
    dated = f" ({assumption.dated})" if assumption.dated else ""
    source = f"{assumption.source}{dated}" + ("" if assumption.verified else " *")
    return _prior(assumption), assumption.why, source


def _members(name: str, kind: Kind, scenario: Scenario) -> str:
    # Members that take the default share the place where it was set.
    places: dict[object, list[str]] = {}
    for member, assumption in scenario.member_assumptions[name].items():
        places.setdefault(assumption.where, []).append(member)
    rows = [
        (", ".join(members), *_cells(scenario.member_assumptions[name][members[0]]))
        for members in places.values()
    ]
    return f"`{name}` [{kind.unit.symbol}]\n\n" + _table((kind.member, "prior", "why", "source"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main(arguments: Sequence[str]) -> None:
    """Rewrites the page in the first argument from the code and the scenario file in the second."""
    path, scenario = Path(arguments[0]), Path(arguments[1])
    found = load(scenario, drivers=drivers.specs(), events_affect=drivers.affectable())
    text = page(path.read_text(encoding="utf-8"), graph(), found)
    files.write_whole(path, text.encode("utf-8"), force=True)


if __name__ == "__main__":
    main(sys.argv[1:])
