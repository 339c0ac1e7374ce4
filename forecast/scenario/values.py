"""From the nodes of one assumption to its distribution, with every mistake noted on the way."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from forecast.errors import Problem, ScenarioError, did_you_mean, shorten
from forecast.scenario import growth
from forecast.scenario.distributions import (
    Constant,
    Distribution,
    Fitted,
    MeanSd,
    Quantiles,
    Samples,
    Scale,
    Triangular,
    Truncated,
)
from forecast.scenario.reader import MAX_PROBLEMS, Broken, Node, Where, read_bytes
from forecast.scenario.scenario import DriverSpec

PROSE_KEYS = ("why", "source", "dated", "verified")
META_KEYS = (*PROSE_KEYS, "unit", "dollars", "min", "max")
FORM_KEYS = (
    "value",
    "p5",
    "p50",
    "p95",
    "low",
    "mode",
    "high",
    "mean",
    "sd",
    "samples",
    "fitted",
    "doubling",
    "halving",
)
FORMS = (
    'a number, "a to b", {p5, p95}, {p5, p50, p95}, {low, mode, high}, {mean, sd}, {samples: file.csv} or '
    "{fitted: {scale, shift}}"
)
LONGEST_NAME = 80
LEAST_MAGNITUDE, MAX_MAGNITUDE = 1e-60, 1e60
MAX_GROWTH = math.log(1e6)
MAX_SAMPLES = 100_000
MAX_SAMPLE_BYTES = 4 * 1024 * 1024
# Below this the quantile function would work with the last digits of a probability.
LEAST_MASS = 1e-6

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(slots=True)
class Notes:
    """The mistakes found so far; checks go on after each, so that one reading finds all."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, where: Where, path: str, message: str) -> None:
        """Notes one mistake."""
        self.problems.append(where.problem(message, path))

    def nearest(self, word: str, choices: Collection[str]) -> str:
        """The end of a message that offers the nearest right name; empty when nothing is near.

        Looking for it takes long enough that a file full of nonsense gets no such help: its first mistakes will do.
        """
        helpful = len(self.problems) < MAX_PROBLEMS and len(word) <= LONGEST_NAME
        return did_you_mean(word, choices) if helpful else ""

    def text(self, node: Node | None, path: str, *, default: str = "") -> str:
        """The text of a node, or the default when it is absent or no text."""
        if node is None or isinstance(node.value, Broken):
            return default
        if isinstance(node.value, dict | list) or node.value is None:
            self.add(node.where, path, f"is {node.kind}; write a text")
            return default
        return " ".join(node.text.split())

    def number(self, node: Node, path: str) -> float | None:
        """The number of a node, or nothing when it is none."""
        if isinstance(node.value, Broken):
            return None
        if not node.is_number:
            self.add(node.where, path, f"{node.kind} is no number{_advice(node) or '; write a number'}")
            return None
        number = float(node.text)
        if not _computable(number):
            self.add(
                node.where,
                path,
                f"{node.text} is out of range; sizes from 1e-60 to 1e60 can be computed with",
            )
            return None
        return number

    def integer(self, node: Node, path: str, what: str) -> int | None:
        """The whole number of a node, or nothing when it is none."""
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        if not isinstance(node.value, Broken):
            self.add(node.where, path, f"{node.kind} is no {what}; write a whole number")
        return None

    def date(self, node: Node, path: str) -> date | None:
        """The date of a node; ``2024`` and ``2024-12`` mean their last day."""
        if isinstance(node.value, Broken):
            return None
        found = None if isinstance(node.value, dict | list) else _DATE.fullmatch(node.text)
        try:
            if found:
                year, month = int(found[1]), int(found[2] or 12)
                return date(year, month, int(found[3]) if found[3] else calendar.monthrange(year, month)[1])
        except ValueError:
            pass
        self.add(node.where, path, f"{node.kind} is no date; write one such as 2026-09-30")
        return None

    def truth(self, node: Node, path: str) -> bool | None:
        """The truth value of a node; ``yes`` and ``no`` are understood where only they can be meant."""
        if isinstance(node.value, Broken):
            return None
        words = {"true": True, "yes": True, "false": False, "no": False}
        if isinstance(node.value, dict | list) or node.text.lower() not in words:
            self.add(node.where, path, f"{node.kind} is neither yes nor no")
            return None
        return words[node.text.lower()]

    def unknown_keys(self, node: Node, path: str, known: Collection[str]) -> None:
        """Notes every key of a map that has no meaning there."""
        for key, child in node.entries.items():
            if key not in known:
                inner = f"{path}.{key}" if path else key
                message = f'"{shorten(key)}" is no key here{self.nearest(key, known)}'
                self.add(
                    child.key,
                    inner,
                    message if "?" in message else f"{message}; known are {', '.join(known)}",
                )


@dataclass(frozen=True, slots=True)
class Prose:
    """What an entry says about itself in words."""

    why: str = ""
    source: str = ""
    dated: date | None = None
    verified: bool = True


def read_prose(entries: Mapping[str, Node], path: str, notes: Notes) -> Prose:
    """The reason, source, date and verification mark of an assumption, event or correlation."""
    dated = notes.date(entries["dated"], f"{path}.dated") if "dated" in entries else None
    verified = notes.truth(entries["verified"], f"{path}.verified") if "verified" in entries else None
    return Prose(
        why=notes.text(entries.get("why"), f"{path}.why"),
        source=notes.text(entries.get("source"), f"{path}.source"),
        dated=dated,
        verified=verified is not False,
    )


def read_distribution(
    node: Node,
    spec: DriverSpec | None,
    path: str,
    notes: Notes,
    *,
    folder: Path,
    extra: Collection[str] = META_KEYS,
) -> Distribution | None:
    """The distribution that a node describes.

    Args:
        node: A number, a text or a map in one of the forms.
        spec: The driver's unit and limits; without it any number or growth rate will do.
        path: What messages call the value.
        notes: Where mistakes go.
        folder: The folder in which a file of samples must lie.
        extra: Keys of a map that belong to others.

    Returns:
        The distribution, or nothing when a mistake was noted.
    """
    if isinstance(node.value, Broken):
        return None
    read = _Reading(spec, notes, folder)
    before = len(notes.problems)
    result = read.distribution(node, path, extra)
    return result if len(notes.problems) == before else None


@dataclass(frozen=True, slots=True)
class _Reading:
    spec: DriverSpec | None
    notes: Notes
    folder: Path

    def distribution(self, node: Node, path: str, extra: Collection[str]) -> Distribution | None:
        if not isinstance(node.value, dict):
            return self._short(node, path)
        entries = node.value
        self.notes.unknown_keys(node, path, (*FORM_KEYS, *extra))
        given = [key for key in FORM_KEYS if key in entries]
        reader = _READERS.get(frozenset(given))
        if reader is None:
            said = f"has {' and '.join(given)}, which make no form" if given else "says no value"
            # A misspelt key has been reported, with the key that is missing here.
            if set(entries) <= {*FORM_KEYS, *extra}:
                self.notes.add(node.key, path, f"{said}; write {FORMS}")
            return None
        result = reader(self, entries, path)
        return self._limited(result, entries, path) if result else None

    def _short(self, node: Node, path: str) -> Distribution | None:
        ends = growth.parse_range(node.text) if isinstance(node.value, str) else None
        if ends is None:
            value = self.value(node, path)
            return None if value is None else Constant(value)
        low = self._text_value(ends[0], node, path)
        # What is wrong with one end is mostly wrong with the other too, and both stand in one place.
        high = None if low is None else self._text_value(ends[1], node, path)
        return None if low is None or high is None else self._interval(low, high, None, node, path, ends)

    def value(self, node: Node, path: str) -> float | None:
        """One number in the driver's unit, checked against the values that the unit admits."""
        rate = self.spec.is_rate if self.spec else not node.is_number
        if (
            isinstance(node.value, dict)
            and set(node.value) <= {"doubling", "halving"}
            and len(node.value) == 1
        ):
            ((kind, child),) = node.value.items()
            if not rate:
                self._no_rate(node, f"{kind}: {child.text}", path)
                return None
            return self._grown(lambda: growth.parse_time(kind, child.text), child, path)
        if isinstance(node.value, str):
            return self._text_value(node.text, node, path)
        number = self.notes.number(node, path)
        if number is None:
            return None
        if rate and self.spec:
            self.notes.add(
                node.where, path, f"{node.text} is a bare number for a growth rate; write {growth.FORMS}"
            )
            return None
        return self._admitted(number, node, path)

    def _text_value(self, text: str, node: Node, path: str) -> float | None:
        """A number or growth rate inside a text, such as one end of a range."""
        is_number = re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", text)
        if (self.spec is None and not is_number) or (self.spec is not None and self.spec.is_rate):
            if is_number:
                self.notes.add(
                    node.where, path, f"{text} is a bare number for a growth rate; write {growth.FORMS}"
                )
                return None
            return self._grown(lambda: growth.parse_growth(text), node, path)
        try:
            growth.parse_growth(text)
        except ValueError:
            pass
        else:
            self._no_rate(node, text, path)
            return None
        try:
            number = float(text) if is_number else math.nan
        except ValueError:
            number = math.nan
        # A text that is nothing but a number stands in quotes.
        if not math.isfinite(number) or node.text == text:
            advice = _advice(node) or f"; write {FORMS}"
            self.notes.add(node.where, path, f'"{shorten(text)}" is no number{advice}')
            return None
        if not _computable(number):
            self.notes.add(
                node.where, path, f"{text} is out of range; sizes from 1e-60 to 1e60 can be computed with"
            )
            return None
        return self._admitted(number, node, path)

    def _no_rate(self, node: Node, text: str, path: str) -> None:
        unit = self.spec.unit if self.spec else ""
        self.notes.add(
            node.where,
            path,
            f'"{shorten(text)}" is a growth rate; this is measured in {unit}, write a number',
        )

    def _grown(self, parse: Callable[[], float], node: Node, path: str) -> float | None:
        if isinstance(node.value, Broken):
            return None
        try:
            rate = parse()
        except ValueError as error:
            self.notes.add(node.where, path, shorten(str(error), 300))
            return None
        if abs(rate) > MAX_GROWTH:
            self.notes.add(
                node.where, path, f'"{shorten(node.text)}" is out of range; at most a factor of 1e6 a year'
            )
            return None
        return rate

    def _admitted(self, number: float, node: Node, path: str) -> float | None:
        spec = self.spec
        if spec is None:
            return number
        shown = node.text if node.is_number else f"{number:g}"
        if spec.bounded and not 0 <= number <= 1:
            self.notes.add(node.where, path, f"{shown} is no {spec.unit}; write a number from 0 to 1")
        elif spec.positive and number <= 0:
            kind = "price" if spec.unit.startswith("USD/") else "value"
            said = f"is a negative {kind}" if number < 0 else f"is no {kind}"
            self.notes.add(
                node.where, path, f"{shown} {said}; {spec.name} in {spec.unit} is always above zero"
            )
        elif spec.nonnegative and number < 0:
            self.notes.add(node.where, path, f"{shown} is negative; write zero or more")
        else:
            return number
        return None

    def _scale(self, *values: float) -> Scale:
        if self.spec is None:
            return "log" if min(values) > 0 else "linear"
        if self.spec.bounded:
            return "logit"
        if self.spec.is_rate:
            return "rate"
        return "log" if min(values) > 0 and self.spec.unit != "calendar year" else "linear"

    def _interval(
        self, low: float, high: float, middle: float | None, node: Node, path: str, shown: tuple[str, ...]
    ) -> Distribution | None:
        names = ("p5", "p95") if middle is None else ("p5", "p50", "p95")
        values = (low, high) if middle is None else (low, middle, high)
        if not self._ordered(names, values, shown, node, path):
            return None
        scale = self._scale(*values)
        if scale == "logit" and not (low > 0 and high < 1):
            message = "a 90% interval of a share lies inside 0 to 1; use {low, mode, high} for one that reaches the end"
            self.notes.add(node.where, path, message)
            return None
        if scale == "linear" and self.spec is not None and self.spec.nonnegative:
            message = "a 90% interval from zero would reach below it; use {low, mode, high}"
            self.notes.add(node.where, path, message)
            return None
        return Quantiles(low, high, middle, scale) if low < high else Constant(low)

    def _ordered(
        self, names: tuple[str, ...], values: tuple[float, ...], shown: tuple[str, ...], node: Node, path: str
    ) -> bool:
        for index in range(len(values) - 1):
            if values[index] > values[index + 1]:
                first, second = f"{names[index]} ({shown[index]})", f"{names[index + 1]} ({shown[index + 1]})"
                self.notes.add(node.where, path, f"{first} is above {second}; write them in rising order")
                return False
        return True

    def _several(self, entries: Mapping[str, Node], path: str, *keys: str) -> tuple[float, ...] | None:
        values = [self.value(entries[key], f"{path}.{key}") for key in keys]
        known = tuple(value for value in values if value is not None)
        return known if len(known) == len(keys) else None

    def constant(self, entries: Mapping[str, Node], path: str) -> Distribution | None:
        return self._short(entries["value"], f"{path}.value")

    def quantiles(self, entries: Mapping[str, Node], path: str) -> Distribution | None:
        keys = tuple(key for key in ("p5", "p50", "p95") if key in entries)
        values = self._several(entries, path, *keys)
        if values is None:
            return None
        middle = values[1] if len(values) == 3 else None
        shown = tuple(_written(entries[key]) for key in keys)
        return self._interval(values[0], values[-1], middle, entries["p5"], path, shown)

    def triangular(self, entries: Mapping[str, Node], path: str) -> Distribution | None:
        keys = ("low", "mode", "high")
        values = self._several(entries, path, *keys)
        if values is None or not self._ordered(
            keys, values, tuple(_written(entries[key]) for key in keys), entries["low"], path
        ):
            return None
        return Triangular(*values) if values[0] < values[2] else Constant(values[0])

    def mean_sd(self, entries: Mapping[str, Node], path: str) -> Distribution | None:
        if self.spec is not None and self.spec.is_rate:
            message = "a growth rate has no standard deviation in a unit of its own; write {p5, p95} or {p5, p50, p95}"
            self.notes.add(entries["mean"].key, path, message)
            return None
        mean = self.value(entries["mean"], f"{path}.mean")
        sd = self.notes.number(entries["sd"], f"{path}.sd")
        if mean is None or sd is None:
            return None
        if sd <= 0:
            self.notes.add(
                entries["sd"].where,
                f"{path}.sd",
                f"{entries['sd'].text} is no standard deviation; write a number above zero",
            )
            return None
        scale: Scale = "linear"
        if self.spec is not None and self.spec.bounded:
            scale = "logit"
            if not sd * sd < mean * (1 - mean):
                message = (
                    f"sd is too large for a share with this mean; below {math.sqrt(mean * (1 - mean)):.3g}"
                )
                self.notes.add(entries["sd"].where, f"{path}.sd", message)
                return None
        elif self.spec is not None and (self.spec.positive or self.spec.nonnegative):
            if mean == 0:
                message = "what is never negative cannot scatter around a mean of zero; use {low, mode, high}"
                self.notes.add(entries["mean"].where, f"{path}.mean", message)
                return None
            scale = "log"
        return MeanSd(mean, sd, scale)

    def time(self, entries: Mapping[str, Node], path: str) -> Distribution | None:
        kind = "doubling" if "doubling" in entries else "halving"
        node = entries[kind]
        if self.spec is not None and not self.spec.is_rate:
            self._no_rate(node, f"{kind}: {node.text}", path)
            return None
        texts = growth.parse_range(node.text) or (node.text,)
        rates = [
            self._grown(partial(growth.parse_time, kind, text), node, f"{path}.{kind}") for text in texts
        ]
        known = [rate for rate in rates if rate is not None]
        if len(known) < len(texts):
            return None
        times = tuple(1 / abs(rate) for rate in known)
        if not self._ordered(("the first time", "the second"), times, texts, node, f"{path}.{kind}"):
            return None
        # The longer time is the slower growth, so the ends of a range change places.
        low, high = min(known), max(known)
        return Constant(low) if low == high else Quantiles(low, high, None, "rate")

    def samples(self, entries: Mapping[str, Node], path: str) -> Distribution | None:
        node, path = entries["samples"], f"{path}.samples"
        name = self.notes.text(node, path)
        if not name:
            if isinstance(node.value, str):
                self.notes.add(node.where, path, "names no file; write one such as samples.csv")
            return None
        file = inside(self.folder, name, self.folder, node, path, self.notes)
        if file is None:
            return None
        try:
            text = read_bytes(file, limit=MAX_SAMPLE_BYTES, name=name).decode("utf-8-sig")
        except UnicodeDecodeError:
            self.notes.add(node.where, path, f"{name} is not UTF-8 text; write one number a line")
            return None
        except ScenarioError as error:
            self.notes.problems.extend(
                node.where.problem(f"{each.file}: {each.message}", path) for each in error.problems
            )
            return None
        values = self._column(text, name, path)
        if values is not None and len(values) < 2:
            self.notes.add(
                node.where, path, f"{name} holds {len(values)} numbers; a distribution needs at least two"
            )
            return None
        return None if values is None else Samples(tuple(sorted(values)), name)

    def _column(self, text: str, name: str, path: str) -> list[float] | None:
        values: list[float] = []
        before = len(self.notes.problems)
        for number, line in enumerate(text.splitlines(), start=1):
            cell, where = line.strip().strip('"'), Where(name, number, 1)
            if not cell or (
                number == 1 and re.fullmatch(r"[A-Za-z_][\w /]*", cell) and cell.lower() not in ("nan", "inf")
            ):
                continue
            if len(values) >= MAX_SAMPLES:
                self.notes.add(where, path, f"holds more than {MAX_SAMPLES:,} numbers")
                return None
            is_number = re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", cell)
            node = Node(float(cell) if is_number else cell, where, where, cell)
            value = None if is_number and not math.isfinite(float(cell)) else self.value(node, path)
            if value is not None:
                values.append(value)
            elif len(self.notes.problems) == before:
                self.notes.add(where, path, f"{shorten(cell)} is no finite number")
            if len(self.notes.problems) > before:
                return None
        return values

    def fitted(self, entries: Mapping[str, Node], path: str) -> Distribution | None:
        node, path = entries["fitted"], f"{path}.fitted"
        if self.spec is not None and not self.spec.fitted:
            self.notes.add(
                node.key, path, f"the fit of history does not estimate {self.spec.name}; write a distribution"
            )
            return None
        if node.value is None:
            return Fitted()
        if not isinstance(node.value, dict):
            self.notes.add(
                node.where, path, f"is {node.kind}; write {{scale: 1.0}}, {{shift: ...}}, both or {{}}"
            )
            return None
        self.notes.unknown_keys(node, path, ("scale", "shift"))
        scale = self.notes.number(node.value["scale"], f"{path}.scale") if "scale" in node.value else 1.0
        free = DriverSpec("shift", self.spec.unit) if self.spec is not None else None
        shift: float | None = 0.0
        if "shift" in node.value:
            shift = _Reading(free, self.notes, self.folder).value(node.value["shift"], f"{path}.shift")
        if scale is not None and scale <= 0:
            self.notes.add(
                node.value["scale"].where,
                f"{path}.scale",
                "a scale is above zero; use shift to change a sign",
            )
            return None
        return None if scale is None or shift is None else Fitted(scale, shift)

    def _limited(self, inner: Distribution, entries: Mapping[str, Node], path: str) -> Distribution | None:
        limits = {key: self.value(entries[key], f"{path}.{key}") for key in ("min", "max") if key in entries}
        if not limits:
            return inner
        low, high = limits.get("min", -math.inf), limits.get("max", math.inf)
        node = entries["min" if "min" in entries else "max"]
        if low is None or high is None:
            return None
        if isinstance(inner, Fitted):
            self.notes.add(
                node.key, path, "min and max cannot cut a fitted trend; use scale and shift or a distribution"
            )
            return None
        if low >= high:
            self.notes.add(node.where, path, f"min ({low:g}) is not below max ({high:g})")
            return None
        if isinstance(inner, Constant):
            if not low <= inner.value <= high:
                self.notes.add(node.where, path, "the number itself lies outside min and max")
            return inner
        result = Truncated(inner, low, high)
        if result.mass < LEAST_MASS:
            self.notes.add(node.where, path, "min and max leave less than a millionth of the distribution")
            return None
        return result


_Reader = Callable[[_Reading, Mapping[str, Node], str], Distribution | None]
_READERS: dict[frozenset[str], _Reader] = {
    frozenset({"value"}): _Reading.constant,
    frozenset({"p5", "p95"}): _Reading.quantiles,
    frozenset({"p5", "p50", "p95"}): _Reading.quantiles,
    frozenset({"low", "mode", "high"}): _Reading.triangular,
    frozenset({"mean", "sd"}): _Reading.mean_sd,
    frozenset({"samples"}): _Reading.samples,
    frozenset({"fitted"}): _Reading.fitted,
    frozenset({"doubling"}): _Reading.time,
    frozenset({"halving"}): _Reading.time,
}


def inside(root: Path, name: str, folder: Path, node: Node, path: str, notes: Notes) -> Path | None:
    """The file that a scenario names, or nothing when it lies outside the folder in which it must.

    Args:
        root: The folder that must not be left.
        name: A relative path, with forward slashes.
        folder: What the path is relative to.
        node: Where the name stands.
        path: What messages call the value.
        notes: Where mistakes go.
    """
    if "\\" in name or name.startswith(("/", "~")) or re.match(r"[A-Za-z]:", name):
        notes.add(
            node.where,
            path,
            f'"{shorten(name)}" is no relative path; name a file in the folder of this scenario',
        )
        return None
    try:
        # Resolved, so that a symbolic link cannot lead out either.
        file = (folder / name).resolve()
        within = file.is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):
        notes.add(node.where, path, f'"{shorten(name)}" cannot be followed to a file')
        return None
    if not within:
        notes.add(
            node.where, path, f'"{shorten(name)}" leaves the folder of this scenario; keep the file inside it'
        )
        return None
    return file


def _computable(number: float) -> bool:
    return number == 0 or LEAST_MAGNITUDE <= abs(number) <= MAX_MAGNITUDE


def _written(node: Node) -> str:
    if isinstance(node.value, dict):
        return ", ".join(f"{key}: {child.text}" for key, child in node.value.items())
    return node.text


def _advice(node: Node) -> str:
    """What somebody who wrote a number in another way should write."""
    text = node.text.strip()
    if percent := re.fullmatch(r"([-+]?[0-9.]+)\s*%", text):
        try:
            return f"; write {float(percent[1]) / 100:g}"
        except ValueError:
            return ""
    bare = text.replace("_", "").replace(",", "").replace("$", "").replace(" ", "")
    if bare != text and re.fullmatch(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?", bare):
        return f"; write {bare}"
    if re.fullmatch(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", text):
        return "; remove the quotes"
    return ""
