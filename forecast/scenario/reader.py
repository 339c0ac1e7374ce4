"""Reading a scenario file into plain nodes that remember their line and column.

PyYAML's scanner gives the events; everything after them is decided here, because what its loaders do with a document is
wrong for numbers that people rely on: they read ``1e9`` as text and ``no`` as false, keep the last of two equal keys in
silence, and expand aliases without bound. Numbers, truth values and null follow the core schema of YAML 1.2; everything
else is text. Nothing here recurses and every size is limited before it can cost time or memory.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeAlias

import yaml

from forecast.errors import Problem, ScenarioError, UnreadableError, shorten
from forecast.files import read_bounded

MAX_BYTES = 512 * 1024
MAX_LINE_LENGTH = 10_000
MAX_DEPTH = 16
MAX_NODES = 20_000
MAX_TEXT = 2_000
MAX_PROBLEMS = 100

_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.?(inf|infinity)|\.?nan", re.IGNORECASE)
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# The separators are line breaks to some readers and none to others, so the line numbers of messages would be
# wrong; the direction marks show a file in another order than it is read.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_NOT_UTF8 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """The place in a file, or on the command line, that set a value; lines and columns count from 1."""

    file: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """The place as ``file:line``."""
        return f"{self.file}:{self.line}" if self.line is not None else self.file

    def problem(self, message: str, path: str = "") -> Problem:
        """A mistake at this place."""
        return Problem(message, file=self.file, line=self.line, column=self.column, path=path)


class Broken:
    """Stands for a value about which a mistake has been reported, so that nobody reports a second one."""


Value: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | Broken | None"


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file: what it is, where it starts, where its key starts, and how a scalar was written."""

    value: Value
    where: Where
    key: Where
    text: str = ""

    @property
    def entries(self) -> dict[str, Node]:
        """The entries of a map; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def is_number(self) -> bool:
        """Whether the value is a number (a truth value is none)."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)

    @property
    def kind(self) -> str:
        """What the value is, in the words of a message."""
        if self.value is None:
            return "nothing"
        if isinstance(self.value, dict):
            return "a map"
        if isinstance(self.value, list):
            return "a list"
        return f'"{shorten(self.text)}"'


def plain(node: Node) -> object:
    """The value of a node without its places, as any other YAML reader would give it."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return None if isinstance(node.value, Broken) else node.value


def read(path: Path, *, name: str | None = None) -> tuple[Node, list[Problem]]:
    """The content of one scenario file, and the mistakes that do not hinder further checks.

    Args:
        path: The file.
        name: What messages call the file; its path by default.

    Returns:
        The map at the top of the file, and mistakes such as duplicate keys and infinite numbers.

    Raises:
        ScenarioError: The file is missing, no regular file, too large, no text, or no YAML.
    """
    shown = str(path) if name is None else name
    return parse(_text(read_bytes(path, limit=MAX_BYTES, name=shown), shown), name=shown)


def read_bytes(path: Path, *, limit: int, name: str) -> bytes:
    """The bytes of a small regular file.

    Args:
        path: The file.
        limit: How many bytes it may have at most.
        name: What messages call the file.

    Raises:
        ScenarioError: The file is missing, unreadable, a folder, a pipe, a device, or larger than the limit.
    """
    try:
        return read_bounded(path, limit=limit)
    except UnreadableError as error:
        raise _failure(name, str(error)) from None


def parse(text: str, *, name: str) -> tuple[Node, list[Problem]]:
    """The content of one scenario text; see `read`."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE_LENGTH:
            message = f"the line has {len(line):,} characters; at most {MAX_LINE_LENGTH:,} are read"
            raise _failure(name, message, number, MAX_LINE_LENGTH + 1)
    if (right := _quickly(text, name)) is not None:
        return right, []
    builder = _Builder(name)
    try:
        builder.read(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = "; ".join(part for part in (error.context, error.problem) if part)
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ScenarioError(
            [*builder.problems, Problem(f"is not valid YAML: {words}", name, *place)]
        ) from None
    except yaml.YAMLError as error:
        raise _failure(name, f"is not valid YAML: {shorten(str(error))}") from None
    except (ValueError, OverflowError):
        # PyYAML turns the digits of a %YAML line and of \U escapes into numbers and characters without looking at them.
        raise _failure(name, "is not valid YAML: a number or an escape is out of range", 1, 1) from None
    root = builder.root
    if root is None or root.value is None:
        raise _failure(name, "is empty; a scenario has at least a name, as_of and assumptions", 1, 1)
    if not isinstance(root.value, dict):
        raise _failure(
            name, f"holds {root.kind}; a scenario is a map of keys such as name and assumptions", 1, 1
        )
    return root, builder.problems


def _quickly(text: str, name: str) -> Node | None:
    """The content by the parser in C, which is seven times as fast; None where that is missing or finds mistakes.

    Mistakes are told in the words of the parser in Python, so that they do not depend on how PyYAML was built.
    """
    builder = _Builder(name)
    try:
        builder.read(text, yaml.CSafeLoader)
    except (AttributeError, yaml.YAMLError, ScenarioError, ValueError, OverflowError):
        return None
    root = builder.root
    return root if root is not None and isinstance(root.value, dict) and not builder.problems else None


def _failure(name: str, message: str, line: int | None = None, column: int | None = None) -> ScenarioError:
    return ScenarioError([Problem(message, name, line, column)])


def _text(data: bytes, name: str) -> str:
    if data.startswith(_NOT_UTF8):
        raise _failure(name, "is UTF-16 or UTF-32 text; save it as UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        row, offset = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        byte = f"is not UTF-8 text (byte {data[error.start]:#04x})"
        what = "is not text (it holds a zero byte)" if b"\0" in data else byte
        raise _failure(name, what, row, offset) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _FORBIDDEN.search(text):
        line, column = _place(text, found.start())
        message = (
            "is not text (it holds a zero byte)"
            if found[0] == "\0"
            else f"a control character U+{ord(found[0]):04X}"
        )
        raise _failure(
            name, message if found[0] == "\0" else f"{message} stands here; remove it", line, column
        )
    return text


def _place(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - (text.rfind("\n", 0, position) + 1) + 1


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not been reached."""

    node: Node
    path: str = ""
    key: str | None = None
    key_where: Where | None = None
    awaits_key: bool = True
    ignored: bool = False


class _Builder:
    """Puts the nodes together, event by event, on a stack of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def read(self, text: str, loader: type) -> None:
        """Takes a whole text."""
        for event in yaml.parse(text, Loader=loader):
            self.take(event)

    def take(self, event: yaml.Event) -> None:
        """Adds what one event says; the stream's own start and end say nothing."""
        where = self._where(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(where, "a second document starts here; a scenario file holds one (remove the ---)")
        elif isinstance(event, yaml.AliasEvent):
            self._stop(
                where,
                "anchors and aliases (&name, *name) are not allowed; write the value out or use extends",
            )
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._start(event, where)

    def _start(self, event: yaml.NodeEvent, where: Where) -> None:
        if event.anchor is not None:
            self._stop(
                where,
                "anchors and aliases (&name, *name) are not allowed; write the value out or use extends",
            )
        # PyYAML gives a lone exclamation mark to say "text", which is a tag as much as any other.
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._stop(where, f"the tag {shorten(str(tag))} is not allowed; write plain values")
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._stop(where, f"holds more than {MAX_NODES:,} values")
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.node.value, dict) and top.awaits_key:
            self._key(event, where, top)
            return
        key = top.key_where if top is not None and top.key_where is not None else where
        if isinstance(event, yaml.ScalarEvent):
            self._place(Node(self._scalar(event, where), where, key, event.value), top)
            return
        if len(self._stack) >= MAX_DEPTH:
            self._stop(where, f"is nested more than {MAX_DEPTH} deep")
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], where, key)
        path = self._path()
        self._place(node, top)
        self._stack.append(_Open(node, path))

    def _key(self, event: yaml.NodeEvent, where: Where, top: _Open) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(where, "a list or map cannot be a key; write a name followed by a colon")
        key = event.value
        top.key, top.key_where, top.awaits_key, top.ignored = key, where, False, True
        if key in top.node.entries:
            first = top.node.entries[key].key
            self._note(where, f'the key "{shorten(key)}" stands twice; first in line {first.line}')
        elif key == "<<" and not event.style:
            self._note(where, "merge keys (<<) are not allowed; use extends")
        elif not key or _FORBIDDEN.search(key) or "\n" in key or len(key) > MAX_TEXT:
            self._note(where, "a key is empty, longer than a name can be, or holds control characters")
        else:
            top.ignored = False

    def _place(self, node: Node, top: _Open | None) -> None:
        if top is None:
            self.root = node
        elif isinstance(top.node.value, list):
            top.node.value.append(node)
        elif isinstance(top.node.value, dict):
            if not top.ignored and top.key is not None:
                top.node.value[top.key] = node
            top.key, top.key_where, top.awaits_key = None, None, True

    def _scalar(self, event: yaml.ScalarEvent, where: Where) -> Value:
        text = event.value
        if len(text) > MAX_TEXT:
            self._note(where, f"a text has {len(text):,} characters; at most {MAX_TEXT:,} are allowed")
            return Broken()
        if found := _FORBIDDEN.search(text):
            self._note(where, f"a text holds the control character U+{ord(found[0]):04X}; remove it")
            return Broken()
        # Plain text has no style; the parser in C writes that as an empty one.
        if event.style:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _NOT_FINITE.fullmatch(text):
            self._note(where, f"{text} is no finite number; write a number such as 1e9")
            return Broken()
        if not _NUMBER.fullmatch(text):
            return text
        number = float(text)
        if not math.isfinite(number):
            self._note(where, f"{shorten(text)} is too large for a number; at most 1.8e308 can be written")
            return Broken()
        return int(text) if text.lstrip("+-").isdigit() and len(text) <= 16 else number

    def _where(self, event: yaml.Event) -> Where:
        mark = event.start_mark
        return Where(self.name, mark.line + 1, mark.column + 1) if mark else Where(self.name)

    def _path(self) -> str:
        """What messages call the value that comes next."""
        if not self._stack:
            return ""
        top = self._stack[-1]
        if isinstance(top.node.value, list):
            return f"{top.path}[{len(top.node.value)}]"
        key = shorten(top.key or "")
        return f"{top.path}.{key}" if top.path else key

    def _note(self, where: Where, message: str) -> None:
        # One more than is shown, so that the reader of the messages learns that there are more.
        if len(self.problems) <= MAX_PROBLEMS:
            self.problems.append(where.problem(message, self._path()))

    def _stop(self, where: Where, message: str) -> NoReturn:
        raise ScenarioError([*self.problems, where.problem(message)])
