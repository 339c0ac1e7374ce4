"""From a file that extends others, and from ``--set``, to one tree of nodes that still know where each was set."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forecast.errors import Problem, ScenarioError, did_you_mean, shorten
from forecast.scenario.reader import Node, Where, parse, read
from forecast.scenario.scenario import SECTIONS, DriverSpec
from forecast.scenario.values import Notes, inside

OWN_KEYS = ("name", "title", "description", "extends")
SCALAR_KEYS = ("as_of", "first_year", "last_year", "thresholds")
TOP_KEYS = (*OWN_KEYS, *SCALAR_KEYS, "assumptions", *SECTIONS, "events", "add_events", "correlations")
REMOVE = "remove"
MAX_CHAIN = 8


@dataclass(frozen=True, slots=True)
class Merged:
    """The entries of a scenario after inheritance, and what is needed to judge them.

    ``folders`` maps the name of each file in messages to the folder that holds it; ``order`` lists the files, the
    scenario's own first; ``complete`` is false when a file that is extended could not be read.
    """

    entries: dict[str, Node]
    folders: dict[str, Path]
    order: tuple[str, ...]
    complete: bool


def merged(
    path: Path, overrides: Sequence[str], notes: Notes, drivers: Mapping[str, DriverSpec] | None = None
) -> Merged:
    """A scenario file with everything that it extends and every override laid over it.

    Maps are merged key by key; lists and the description of one number are replaced whole. ``null`` removes what was
    inherited, and so does ``remove`` for a lab, data source or tier.

    Args:
        path: The scenario file.
        overrides: Texts such as ``algorithmic_growth=3x/yr`` or ``labs.openai.final_run_share=0.2``.
        notes: Where mistakes go.
        drivers: What the formulas ask for; with it an override may name a driver by its subject (`spelled_out`).

    Raises:
        ScenarioError: The file itself cannot be read.
    """
    files, complete = _chain(path, notes)
    entries: dict[str, Node] = {}
    for _, node, _ in reversed(files):
        inherited = {key: entry for key, entry in entries.items() if key not in OWN_KEYS}
        entries = _over(inherited, node.entries)
    folders = {name: folder for name, _, folder in files}
    for text in overrides:
        name = f"--set {shorten(text)}"
        folders[name] = files[0][2]
        try:
            entries = _over(entries, _override(text, Where(name), entries, drivers or {}))
        except ScenarioError as error:
            notes.problems.extend(Problem(each.message, file=name) for each in error.problems)
    return Merged(entries, folders, tuple(folders), complete)


def _chain(path: Path, notes: Notes) -> tuple[list[tuple[str, Node, Path]], bool]:
    """The file and what it extends, nearest first, each with its name in messages and its folder."""
    root, problems = read(path)
    notes.problems.extend(problems)
    files = [(str(path), root, path.resolve().parent)]
    seen = {path.resolve(): str(path)}
    while True:
        name, node, folder = files[-1]
        link = node.entries.get("extends")
        if link is None or link.value is None:
            return files, True
        target = notes.text(link, "extends")
        if isinstance(link.value, str) and not target:
            notes.add(
                link.where, "extends", "names no file; write one such as baseline.yaml, or remove the line"
            )
        file = inside(folder, target, folder, link, "extends", notes) if target else None
        if file is None:
            return files, False
        shown = os.path.normpath(Path(name).parent / target)
        if file in seen:
            chain = " -> ".join([*seen.values(), seen[file]])
            notes.add(link.where, "extends", f"goes in a circle: {chain}; remove one of the links")
            return files, False
        if len(files) >= MAX_CHAIN:
            notes.add(
                link.where,
                "extends",
                f"reaches over more than {MAX_CHAIN} files; extend one nearer to the start",
            )
            return files, False
        try:
            root, problems = read(file, name=shown)
        except ScenarioError as error:
            for each in error.problems:
                # What has no line is about the file as a whole: whoever named it can mend it.
                placed = (
                    link.where.problem(f"{shown}: {each.message}", "extends") if each.line is None else each
                )
                notes.problems.append(placed)
            return files, False
        notes.problems.extend(problems)
        seen[file] = shown
        files.append((shown, root, file.parent))


def _over(base: dict[str, Node], above: dict[str, Node]) -> dict[str, Node]:
    result = dict(base)
    for key, node in above.items():
        if key == "add_events":
            continue
        depth = 1 if key == "assumptions" else 2 if key in SECTIONS else 0
        result = _laid(result, key, node, depth)
    if "add_events" in above:
        added, events = above["add_events"], result.get("events")
        if not isinstance(added.value, list):
            result["add_events"] = added
        elif events is None or not isinstance(events.value, list):
            result["events"] = added
        else:
            result["events"] = Node([*events.value, *added.value], added.where, added.key)
    return result


def _laid(base: dict[str, Node], key: str, node: Node, depth: int) -> dict[str, Node]:
    """One entry laid over the entries of a map; maps that are `depth` levels further down are merged, not replaced."""
    below = base.get(key)
    if below is not None and (node.value is None or (node.value == REMOVE and depth == 1)):
        return {name: entry for name, entry in base.items() if name != key}
    if depth and isinstance(node.value, dict):
        entries = below.value if below is not None and isinstance(below.value, dict) else {}
        for name, child in node.value.items():
            entries = _laid(entries, name, child, depth - 1)
        node = Node(entries, node.where, node.key)
    return {**base, key: node}


def spelled_out(target: str, drivers: Mapping[str, DriverSpec]) -> str:
    """What an override sets, where ``algorithms.growth`` is short for the one driver of its subject with that end.

    Args:
        target: The part of an override before the equals sign.
        drivers: What the formulas ask for, by name.

    Returns:
        ``algorithmic_growth`` for ``algorithms.growth``; anything that does not start with a subject as it was.

    Raises:
        ValueError: No driver of the subject, or more than one, ends so.
    """
    subject, _, name = (part.strip() for part in target.partition("."))
    own = [spec.name for spec in drivers.values() if spec.subject == subject and not spec.section]
    if not own or not subject or not name or subject in SECTIONS:
        return target
    found = [name] if name in own else [each for each in own if each.endswith(f"_{name}")]
    if len(found) != 1:
        ends = (each.rpartition("_")[2] for each in own)
        which = f"; write {' or '.join(found)}" if found else did_you_mean(name, {*own, *ends})
        what = "more than one assumption" if found else "no assumption"
        raise ValueError(f'{subject} has {what} called "{shorten(name)}"{which}')
    return found[0]


def _override(
    text: str, where: Where, entries: dict[str, Node], drivers: Mapping[str, DriverSpec]
) -> dict[str, Node]:
    """The entries that an override such as ``labs.openai.final_run_share=0.2`` stands for."""
    target, equals, value = text.partition("=")
    try:
        target = spelled_out(target, drivers)
    except ValueError as error:
        raise ScenarioError([where.problem(str(error))]) from None
    keys = [key.strip() for key in target.split(".")]
    if not equals or not all(keys) or "\n" in text:
        raise ScenarioError([where.problem("write it as name=value or labs.openai.name=value")])
    if not value.strip():
        raise ScenarioError(
            [where.problem("says no value; write it after the equals sign, or null to remove it")]
        )
    root, problems = parse(f"value: {value.strip()}", name=where.file)
    if problems:
        raise ScenarioError(problems)
    if set(root.entries) != {"value"}:
        raise ScenarioError([where.problem("is more than one value")])
    if len(keys) == 1 and keys[0] not in SCALAR_KEYS:
        keys.insert(0, "assumptions")
    lengths: dict[str, tuple[int, ...]] = {"assumptions": (2,)}
    lengths |= dict.fromkeys(SECTIONS, (2, 3)) | dict.fromkeys(SCALAR_KEYS, (1,))
    if len(keys) not in lengths.get(keys[0], ()):
        subjects = dict.fromkeys(
            spec.subject for spec in drivers.values() if spec.subject not in ("", *SECTIONS)
        )
        near = did_you_mean(keys[0], ("assumptions", *SECTIONS, *subjects)) if len(keys) > 1 else ""
        known = ", ".join(
            (
                *SCALAR_KEYS,
                "assumptions.NAME",
                *(f"{section}.MEMBER.NAME" for section in SECTIONS),
                *(f"{subject}.NAME" for subject in subjects),
            )
        )
        message = f'"{shorten(target)}" cannot be set; what can be set is NAME, {known}{near}'
        raise ScenarioError([where.problem(message)])
    section = entries.get(keys[0])
    if (
        keys[0] in SECTIONS
        and section is not None
        and isinstance(section.value, dict)
        and keys[1] not in section.value
    ):
        message = f'"{keys[1]}" is none of the {keys[0]}{did_you_mean(keys[1], section.value)}'
        raise ScenarioError([where.problem(message)])
    node = _moved(root.entries["value"], where)
    for key in reversed(keys[1:]):
        node = Node({key: node}, where, where)
    return {keys[0]: node}


def _moved(node: Node, where: Where) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {key: _moved(child, where) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_moved(child, where) for child in value]
    return Node(value, where, where, node.text)
