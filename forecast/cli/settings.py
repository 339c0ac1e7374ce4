"""Where the values of options come from: flags, then the environment, then the project's file, then the user's."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from forecast.errors import Problem, ScenarioError, did_you_mean

PREFIX = "FORECAST_"
PROJECT_FILE, PYPROJECT, USER_FILE = "forecast.toml", "pyproject.toml", "config.toml"

# Options that mean the same wherever they are: they may stand at the top of a file and in FORECAST_NAME.
SHARED = frozenset(
    {
        "as-of",
        "draws",
        "json",
        "log-file",
        "no-charts",
        "precision",
        "quiet",
        "sampler",
        "seed",
        "verbose",
        "workers",
    }
)
# What a file that came with somebody's project must not decide for its user.
NEVER = frozenset({"cluster", "force", "help", "version", "yes"})
# Folders that no option names: in a file by these names, in the environment by those variables.
FOLDERS = {"cache-dir": f"{PREFIX}CACHE_DIR", "data-dir": f"{PREFIX}DATA_DIR"}
# Variables of the environment that are no options.
OTHERS = (*FOLDERS.values(), f"{PREFIX}CONFIG", f"{PREFIX}TRACEBACK")

# The options of each command that may be set, by the words that call it.
_Known = Mapping[tuple[str, ...], Mapping[str, click.Option]]


@dataclass(frozen=True)
class Setting:
    """One value that some place gives to an option.

    Attributes:
        words: The command it is for, such as ``("data", "show")``; empty for all that have the option.
        option: The option's name without dashes in front, such as ``as-of``.
        value: A text, a flag's yes or no, or a list of texts.
        where: The variable, or the file and line.
        file: The file that holds it, None for the environment.
        line: Its line there.
    """

    words: tuple[str, ...]
    option: str
    value: Any
    where: str
    file: Path | None = None
    line: int | None = None

    def problem(self, message: str) -> Problem:
        """A mistake in this setting."""
        name = ".".join((*self.words, self.option))
        if self.file is None:
            return Problem(message, file=self.where)
        return Problem(message, file=str(self.file), line=self.line, path=name)


@dataclass(frozen=True)
class Settings:
    """Everything that files and the environment set, weakest first.

    Attributes:
        found: The settings; a later one goes before an earlier one of the same option.
        problems: What could not be understood at all.
        project: The project's file, None when there is none.
        user: Where the user's file is or would be.
        unknown: Variables of the environment that look like ours and are not, with what may be meant.
    """

    found: tuple[Setting, ...]
    problems: tuple[Problem, ...]
    project: Path | None
    user: Path
    unknown: tuple[Problem, ...]

    def of(self, words: tuple[str, ...], option: str) -> Setting | None:
        """The setting that counts for an option of a command: the nearest place, and there the command's own."""
        fitting = [each for each in self.found if each.option == option and each.words in {(), words}]
        return fitting[-1] if fitting else None


def in_words(value: object) -> str:
    """The value of an option as a line of text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    # What has no built-in value, click marks in ways of its own.
    return str(value) if isinstance(value, str | int | float) else ""


def commands(
    group: click.Group, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, under the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        elif command is not None:
            yield (*words, name), command


def settable(command: click.Command) -> dict[str, click.Option]:
    """The options of a command that files and the environment may set, by name."""
    found = {}
    for option in command.params:
        if isinstance(option, click.Option):
            name = max(option.opts, key=len).removeprefix("--")
            if name not in NEVER:
                found[name] = option
    return found


def read(root: click.Group) -> Settings:
    """What the environment, the project's file and the user's file set.

    Args:
        root: The group of all commands; it says which names there are.

    Returns:
        The settings with their places. Mistakes are gathered, not raised: whoever runs a command raises those that
        concern it.
    """
    project, user = _project_file(), _user_file()
    variables = [name for name in os.environ if name.startswith(PREFIX) and name not in OTHERS]
    if project is None and not user.is_file() and not variables:
        # As nearly always: then no command but the one that is called is imported.
        return Settings((), (), None, user, ())
    known = {words: settable(command) for words, command in commands(root)}
    found: list[Setting] = []
    problems: list[Problem] = []
    for file in (user, project):
        if file is not None and file.is_file():
            settings, wrong = _of_file(file, known)
            found += settings
            problems += wrong
    settings, unknown = _of_environment(known)
    return Settings((*found, *settings), tuple(problems), project, user, unknown)


def defaults(settings: Settings, root: click.Group) -> tuple[dict[str, Any], dict[str, tuple[Problem, ...]]]:
    """The settings as click takes them, and the values that a command cannot use.

    Returns:
        A map from command to parameter to value, nested as commands are; and the mistakes by command (its words
        joined by spaces).
    """
    values: dict[str, Any] = {}
    wrong: dict[str, tuple[Problem, ...]] = {}
    if not settings.found:
        return values, wrong
    for words, command in commands(root):
        place = values
        for word in words:
            place = place.setdefault(word, {})
        bad = []
        for name, option in settable(command).items():
            setting = settings.of(words, name)
            if setting is None or option.name is None:
                continue
            try:
                place[option.name] = _converted(setting, option, command)
            except click.BadParameter as error:
                bad.append(setting.problem(error.message.rstrip(".")))
        if bad:
            wrong[" ".join(words)] = tuple(bad)
    return values, wrong


def refuse(problems: Iterable[Problem]) -> None:
    """Raise mistakes, if there are any, all at once."""
    if found := tuple(dict.fromkeys(problems)):
        raise SettingsError(found)


class SettingsError(ScenarioError):
    """A file of settings or a variable says something impossible; ``problems`` holds every mistake found."""


def _converted(setting: Setting, option: click.Option, command: click.Command) -> Any:
    """The value as click takes it for a default.

    Raises:
        click.BadParameter: When the option does not admit it.
    """
    value = setting.value
    if option.is_flag:
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        value = value if isinstance(value, bool) else words.get(str(value).lower())
        if value is None:
            raise click.BadParameter("takes true or false" if setting.file else "takes yes or no")
    elif isinstance(value, bool):
        raise click.BadParameter("takes a value, not true or false")
    elif option.multiple:
        value = [value] if isinstance(value, str) else value
        if setting.file is None:
            value = [part for text in value for part in shlex.split(text)]
    elif not isinstance(value, str):
        raise click.BadParameter("takes one value, not a list")
    context = click.Context(command)
    if option.expose_value:
        option.process_value(context, value)
    else:
        # Its callback does something, such as opening the log.
        option.type_cast_value(context, value)
    return value


def _of_file(file: Path, known: _Known) -> tuple[list[Setting], list[Problem]]:
    """What a file sets, and every mistake in it."""
    try:
        text = file.read_text(encoding="utf-8")
        content: Any = tomllib.loads(text)
    except UnicodeDecodeError:
        return [], [Problem("is not UTF-8 text", file=str(file))]
    except OSError as error:
        return [], [Problem(f"cannot be read: {error.strerror}", file=str(file))]
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        words = str(error)[: place.start()] if place else str(error)
        return [], [Problem(f"is not TOML: {words[:1].lower()}{words[1:]}", str(file), line, column)]
    lines = _lines(text)
    if file.name == PYPROJECT:
        lines = {path[2:]: line for path, line in lines.items() if path[:2] == ("tool", "forecast")}
        content = content["tool"]["forecast"]
    if not isinstance(content, dict):
        return [], [Problem("tool.forecast is no table", file=str(file), line=lines.get(()))]
    found = list(_walk(content, (), file, lines, known))
    # Of one file, what is said of a command goes before what is said of all.
    settings = sorted((each for each in found if isinstance(each, Setting)), key=lambda each: len(each.words))
    return settings, [each for each in found if isinstance(each, Problem)]


def _walk(
    content: Mapping[str, Any],
    words: tuple[str, ...],
    file: Path,
    lines: Mapping[tuple[str, ...], int],
    known: _Known,
) -> Iterator[Setting | Problem]:
    below = {each[len(words)] for each in known if each[: len(words)] == words and len(each) > len(words)}
    options: Mapping[str, click.Option | None] = known.get(words, {}) if words else _shared(known)
    for key, value in content.items():
        name, line = key.replace("_", "-"), lines.get((*words, key))
        if isinstance(value, dict) and key in below:
            yield from _walk(value, (*words, key), file, lines, known)
            continue
        plain = _plain(value)
        if name in NEVER:
            message = "is for the command line only"
        elif name not in options and isinstance(value, dict):
            message = f"is no command{did_you_mean(key, below)}"
        elif name not in options:
            of = f"an option of forecast {' '.join(words)}" if words else "a setting of all commands"
            message = f"is not {of}{did_you_mean(name, options) or _elsewhere(name, words, known)}"
        elif plain is None:
            message = "takes a text, a number, true, false or a list of texts"
        else:
            option = options[name]
            if isinstance(plain, str) and (option is None or isinstance(option.type, click.Path)):
                # A path in a file means the same from whichever folder the command is called.
                plain = str(file.parent / Path(plain).expanduser())
            yield Setting(words, name, plain, f"{file}:{line}" if line else str(file), file, line)
            continue
        yield Problem(message, str(file), line, path=".".join((*words, key)))


def _elsewhere(name: str, words: tuple[str, ...], known: _Known) -> str:
    places = [each for each, options in known.items() if name in options]
    return f"; write it under [{'.'.join(places[0])}]" if places and not words else ""


def _shared(known: _Known) -> dict[str, click.Option | None]:
    """What may stand at the top of a file: options that all commands share, and folders."""
    return {
        **dict.fromkeys(FOLDERS),
        **{name: option for options in known.values() for name, option in options.items() if name in SHARED},
    }


def _plain(value: object) -> str | bool | list[str] | None:
    """A TOML value as the command line would give it: texts, which the option reads; None for what no option takes."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        texts = [_plain(each) for each in value]
        if all(isinstance(each, str) for each in texts):
            return [str(each) for each in texts]
    return None


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Where each key stands. TOML's reader does not tell; keys of ours are plain words, one to a line."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = tuple(part.strip(" \t\"'") for part in header[1].split("."))
            found.setdefault(table, number)
        elif key := re.match(r"\s*([\w\"'.-]+)\s*=", line):
            parts = tuple(part.strip("\"'") for part in key[1].split("."))
            found.setdefault((*table, *parts), number)
    return found


def _of_environment(
    known: _Known,
) -> tuple[list[Setting], tuple[Problem, ...]]:
    names: dict[str, tuple[tuple[str, ...], str]] = {}
    for words, options in known.items():
        for name in options:
            names["_".join((*words, name)).upper().replace("-", "_")] = (words, name)
    names |= {name.upper().replace("-", "_"): ((), name) for name in _shared(known) if name not in FOLDERS}
    found: list[Setting] = []
    unknown: list[Problem] = []
    for variable, value in sorted(os.environ.items()):
        if not variable.startswith(PREFIX) or variable in OTHERS or not value:
            continue
        if place := names.get(variable.removeprefix(PREFIX)):
            found.append(Setting(*place, value, variable))
        else:
            near = did_you_mean(variable, [*OTHERS, *(f"{PREFIX}{name}" for name in names)])
            unknown.append(Problem(f"is no setting of this program{near}", file=variable))
    return sorted(found, key=lambda each: len(each.words)), tuple(unknown)


def _user_file() -> Path:
    if chosen := os.environ.get(f"{PREFIX}CONFIG"):
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path("forecast") / USER_FILE


def _project_file() -> Path | None:
    """The nearest file above the working folder, up to the root of its repository."""
    try:
        here = Path.cwd()
        owners = {0, os.getuid(), here.stat().st_uid}
    except OSError:
        return None
    for folder in (here, *here.parents):
        for file in (folder / PROJECT_FILE, folder / PYPROJECT):
            # Whoever can write into a folder above, such as that of temporary files, decides nothing here.
            if file.is_file() and file.stat().st_uid in owners and _is_ours(file):
                return file
        if (folder / ".git").exists():
            break
    return None


def _is_ours(file: Path) -> bool:
    if file.name == PROJECT_FILE:
        return True
    try:
        return (
            re.search(r"^\s*\[\s*tool\s*\.\s*forecast\b", file.read_text(encoding="utf-8"), re.MULTILINE)
            is not None
        )
    except (OSError, UnicodeDecodeError):
        return False


def use_folders(settings: Settings) -> None:
    """Let stored fits and imported data be where a file says, unless the environment says otherwise."""
    for name, variable in FOLDERS.items():
        setting = settings.of((), name)
        # An empty folder of data means that there is none; an empty one of fits, the usual one.
        said = variable in os.environ if name == "data-dir" else bool(os.environ.get(variable))
        if setting is not None and setting.file is not None and not said:
            os.environ[variable] = str(setting.value)
