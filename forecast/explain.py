"""What a variable is made of: its formula's inputs, theirs, and so on down to what is assumed or fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.errors import UsageError, did_you_mean
from forecast.graph import Graph
from forecast.scenario import Assumption, Scenario
from forecast.shapes import FITTED, Summary


@dataclass(frozen=True)
class Branch:
    """One variable or driver in the tree: what it is, where it comes from and what it is worth.

    ``values`` maps a year (or ``None`` for a value of the whole path) to its 5, 50 and 95% quantiles; it is empty where
    no summary was given or the value has a lab, source or tier axis. ``repeated`` marks what has been shown further up.
    """

    name: str
    unit: str
    per: str
    kind: str
    description: str
    place: str
    source: str
    values: Mapping[int | None, tuple[float, float, float]]
    children: tuple[Branch, ...]
    repeated: bool = False

    def as_dict(self) -> dict[str, object]:
        """The branch as JSON-ready values."""
        return {
            "name": self.name,
            "unit": self.unit,
            "per": self.per,
            "kind": self.kind,
            "description": self.description,
            "place": self.place,
            "source": self.source,
            "values": [
                {"year": year, **dict(zip(("p5", "p50", "p95"), values, strict=True))}
                for year, values in self.values.items()
            ],
            "repeated": self.repeated,
            "children": [child.as_dict() for child in self.children],
        }


def explain(
    variable: str,
    graph: Graph,
    *,
    scenario: Scenario | None = None,
    summary: Summary | None = None,
    depth: int | None = None,
) -> Branch:
    """The tree of formulas below a variable.

    Args:
        variable: The name of a variable or driver.
        graph: The formulas.
        scenario: What is assumed; gives sources and places of the drivers.
        summary: What came out; gives values.
        depth: How many levels of inputs to show; all without it.

    Returns:
        The variable with its inputs as children; what has appeared before is not expanded again.

    Raises:
        UsageError: There is no such variable or driver.
    """
    names = {*graph.nodes, *graph.drivers}
    if variable not in names:
        raise UsageError(f'there is no variable "{variable}"{did_you_mean(variable, names)}')
    seen: set[str] = set()

    def branch(name: str, level: int) -> Branch:
        repeated = name in seen and name in graph.nodes and bool(graph.nodes[name].inputs)
        seen.add(name)
        if name not in graph.nodes:
            return _driver(name, graph, scenario, summary)
        node = graph.nodes[name]
        expand = not repeated and (depth is None or level < depth)
        return Branch(
            name=name,
            unit=node.kind.unit.symbol,
            per=node.kind.member,
            kind="total" if node.parts else "formula",
            description=node.description,
            place=node.module,
            source="",
            values=_values(name, summary),
            children=tuple(branch(argument, level + 1) for argument in node.inputs) if expand else (),
            repeated=repeated,
        )

    return branch(variable, 0)


def lines(tree: Branch, years: tuple[int, ...] = ()) -> list[str]:
    """The tree as text, one line for each variable and its meaning below it.

    Args:
        tree: What `explain` returns.
        years: The years whose values are shown; by default the first and the last.
    """
    found: list[str] = []

    def add(branch: Branch, head: str, tail: str) -> None:
        per = f" per {branch.per}" if branch.per else ""
        values = _text(branch, years)
        again = "  (shown above)" if branch.repeated else ""
        found.append(f"{head}{branch.name} [{branch.unit}{per}]{'  ' + values if values else ''}{again}")
        if not branch.repeated:
            guide = tail + ("│  " if branch.children else "   ")
            found.append(f"{guide}{branch.description}  ({branch.place})")
            if branch.source:
                found.append(f"{guide}source: {branch.source}")
        for place, child in enumerate(branch.children):
            last = place == len(branch.children) - 1
            add(child, tail + ("└─ " if last else "├─ "), tail + ("   " if last else "│  "))

    add(tree, "", "")
    return found


def _driver(name: str, graph: Graph, scenario: Scenario | None, summary: Summary | None) -> Branch:
    kind = graph.drivers[name]
    if kind.calendar:
        origin, description, place, source = "calendar", "Fixed by the years of the scenario.", "calendar", ""
    elif kind.noise is not None:
        law = "standard normal" if kind.noise.law == "normal" else "uniform from 0 to 1"
        often = "each year" if kind.noise.yearly else "once a path"
        origin, description, place, source = "chance", f"Pure chance: {law}, drawn {often}.", "chance", ""
    else:
        origin, description, place, source = _assumed(name, scenario)
    return Branch(
        name=name,
        unit=kind.unit.symbol,
        per=kind.member,
        kind=origin,
        description=description,
        place=place,
        source=source,
        values=_values(name, summary),
        children=(),
    )


def _assumed(name: str, scenario: Scenario | None) -> tuple[str, str, str, str]:
    origin = "fitted" if name in FITTED else "assumption"
    meaning = FITTED[name][0].upper() + FITTED[name][1:] + ". " if name in FITTED else ""
    if scenario is None:
        return origin, meaning + "Stated by the scenario.", "scenario", ""
    given = scenario.assumptions.get(name)
    if given is not None:
        return origin, f"{meaning}{given.describe()}. {given.why}", str(given.where), _source(given)
    members = scenario.member_assumptions.get(name, {})
    shown = "; ".join(f"{member}: {assumption.describe()}" for member, assumption in members.items())
    sources = sorted({_source(assumption) for assumption in members.values()} - {""})
    places = sorted({str(assumption.where) for assumption in members.values()})
    return origin, shown, ", ".join(places[:3]) + (" ..." if len(places) > 3 else ""), "; ".join(sources)


def _source(assumption: Assumption) -> str:
    dated = f" ({assumption.dated})" if assumption.dated else ""
    unverified = ", not verified" if not assumption.verified else ""
    return f"{assumption.source}{dated}{unverified}" if assumption.source else ""


def _values(name: str, summary: Summary | None) -> dict[int | None, tuple[float, float, float]]:
    if summary is None:
        return {}
    return {
        row.year: (row.quantiles[0], row.quantiles[3], row.quantiles[-1])
        for row in summary.rows
        if row.variable == name and not row.member
    }


def _text(branch: Branch, years: tuple[int, ...]) -> str:
    known = [year for year in branch.values if year is not None]
    wanted = [year for year in years if year in branch.values] if years else sorted({*known[:1], *known[-1:]})
    shown: list[int | None] = list(wanted) if known else list(branch.values)
    return "   ".join(
        (f"{year}: " if year is not None else "")
        + f"{branch.values[year][1]:.3g} ({branch.values[year][0]:.3g} to {branch.values[year][2]:.3g})"
        for year in shown
    )
