"""The documents name what is there: make targets, commands, options and modules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import forecast
from forecast.cli import cli

ROOT = Path(__file__).parents[1]
PACKAGE = Path(forecast.__file__).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    *sorted(page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")),
)


def code(text: str) -> Iterator[str]:
    """Every line of code on a page: those of fenced blocks and those between backticks."""
    fence = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
    for block in fence.findall(text):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", fence.sub("", text))


def members(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group, whether it holds them or loads them when they are asked for."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def commands(group: click.Group = cli, words: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    """Every command that does something, under the words that call it: ``("data", "list")``."""
    found: dict[tuple[str, ...], click.Command] = {}
    for name, command in members(group).items():
        if isinstance(command, click.Group):
            found |= commands(command, (*words, name))
        else:
            found[*words, name] = command
    return found


def calls(text: str) -> Iterator[tuple[str, ...]]:
    """The words after ``forecast`` wherever a page shows a call of it, comments left out."""
    for line in code(text):
        if match := re.match(r"(?:\$ )?(?:\.venv/bin/)?forecast ([^#|>]*)", line):
            yield tuple(match[1].split())


def called(words: tuple[str, ...]) -> tuple[click.Command, tuple[str, ...]]:
    """The command that some words call, and the words left over for it."""
    command: click.Command = cli
    while words and isinstance(command, click.Group) and words[0] in members(command):
        command, words = members(command)[words[0]], words[1:]
    return command, words


def modules() -> dict[str, str]:
    """The first lines of all modules' docstrings by the modules' names, packages under their folder's name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE.parent)
        page = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "?"
        found[f"{name.parent.as_posix()}/" if name.name == "__init__.py" else name.as_posix()] = (
            page.splitlines()[0]
        )
    return found


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_on_a_page_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        match[1]
        for line in code((ROOT / page).read_text(encoding="utf-8"))
        if (match := re.match(r"make ([a-z-]+)", line))
    }
    assert named <= targets


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_calls_on_a_page_are_understood(page: str) -> None:
    for words in calls((ROOT / page).read_text(encoding="utf-8")):
        command, rest = called(words)
        if isinstance(command, click.Group):
            assert not rest or rest[0].startswith(("-", "COMMAND")), (
                f"forecast {' '.join(words)}: no such command"
            )
        options = {
            name
            for parameter in (*command.params, *cli.params)
            for name in parameter.opts + parameter.secondary_opts
        }
        used = {word.split("=")[0].strip("[]") for word in rest if word.strip("[]").startswith("--")}
        assert used <= options | {"--help"}, f"forecast {' '.join(words)}: no such option"


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_is_in_the_readme_and_has_help(words: tuple[str, ...]) -> None:
    command = commands()[words]
    assert any(call[: len(words)] == words for call in calls(README)), (
        f"README does not show: forecast {' '.join(words)}"
    )
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, f"forecast {' '.join(words)} {option.opts[0]} has no help"


def test_every_document_that_a_command_prints_names_its_schema() -> None:
    for file in (PACKAGE / "cli").glob("*.py"):
        if file.name != "documents.py":
            assert "json.dumps(" not in file.read_text(encoding="utf-8"), (
                f"{file.name}: print it with forecast.cli.documents, and add schemas/output-NAME-v1.json"
            )


def test_links_between_pages_lead_somewhere() -> None:
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_architecture_lists_every_module() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(forecast/[^`]*)` \| (.*?) *\|$", page, re.MULTILINE)
    listed = [name for name, _ in rows]
    assert sorted(listed) == sorted(set(listed)), "a module stands twice"
    there = modules()
    gone = sorted(set(listed) - set(there))
    assert not gone, f"ARCHITECTURE.md lists what is not in the package: {', '.join(gone)}"
    missing = [
        f"| `{name}` | {line.rstrip('.').replace('``', '`')} |"
        for name, line in sorted(there.items())
        if name not in listed
    ]
    assert not missing, "ARCHITECTURE.md lacks these rows:\n" + "\n".join(missing)
    assert all(line for _, line in rows)


def test_versions_agree() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {forecast.__version__}\n" in citation
