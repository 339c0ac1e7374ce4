"""Mutation testing: changes the code a little, one place at a time, and sees whether a test fails.

`make mutation` runs it; `python audit/mutation.py --most 50 forecast/scoring.py` changes 50 places of one module, drawn
at random with a fixed seed. A change that no test notices is printed; audit/SURVIVORS.md says of those known why.

Each change lives in a forked child: its module is compiled from the changed tree, no file is touched.
"""

from __future__ import annotations

import argparse
import ast
import copy
import hashlib
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

# What is tested, by which tests.
MODULES = {
    "forecast/scenario/reader.py": ("tests/scenario/test_reader.py", "tests/scenario/test_mistakes.py"),
    "forecast/scenario/growth.py": ("tests/scenario/test_growth.py",),
    "forecast/scenario/values.py": ("tests/scenario/test_mistakes.py", "tests/scenario/test_load.py"),
    "forecast/scenario/distributions.py": ("tests/scenario/test_distributions.py", "tests/test_rerun.py"),
    "forecast/attribution.py": ("tests/test_attribution.py",),
    "forecast/scoring.py": ("tests/test_scoring.py",),
    "forecast/summary/streamed.py": ("tests/test_streamed.py",),
    "forecast/summary/tallies.py": ("tests/test_summary.py", "tests/test_streamed.py"),
    "forecast/summary/counting.py": ("tests/test_streamed.py",),
    "forecast/summary/histogram.py": ("tests/test_streamed.py",),
    "forecast/summary/moments.py": ("tests/test_streamed.py",),
}

LONGEST = 120
"""Seconds after which tests count as failed: a change may make a loop endless."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Continue: ast.Break,
    ast.Break: ast.Continue,
}


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """Every small change: the line, what is changed, and the changed tree."""
    hints = _annotations(tree)
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in hints:
            continue
        for words, change in _changes(node):
            changed = copy.deepcopy(tree)
            twin = next(each for number, each in enumerate(ast.walk(changed)) if number == place)
            change(twin)
            yield getattr(node, "lineno", 0), words, ast.fix_missing_locations(changed)


def _annotations(tree: ast.Module) -> set[int]:
    """Nodes that do nothing when numbers do: annotations, docstrings, decorators, what stands there for types alone."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            roots.append(node.annotation)
        if isinstance(node, ast.FunctionDef):
            roots += [node.returns] if node.returns is not None else []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            roots += node.decorator_list
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            roots.append(node)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            roots.append(node)
        if (
            isinstance(node, ast.Assign)
            and not isinstance(node.value, ast.Constant)
            and "Literal" in ast.unparse(node)
        ):
            roots.append(node)
    return {id(child) for root in roots for child in ast.walk(root)}


def _changes(node: ast.AST):
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if type(operator) in SWAPS:
                new = SWAPS[type(operator)]
                yield (
                    f"{_name(operator)} -> {new.__name__}",
                    lambda twin, p=place, n=new: twin.ops.__setitem__(p, n()),
                )
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS:
        new = SWAPS[type(node.op)]
        yield f"{_name(node.op)} -> {new.__name__}", lambda twin, n=new: setattr(twin, "op", n())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"{_name(node.op)} removed", _without_sign
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield "condition turned round", _turned
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "returns None", lambda twin: setattr(twin, "value", ast.Constant(None))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} -> {not node.value}", lambda twin: setattr(twin, "value", not twin.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield f"{node.value} -> {node.value + 1}", lambda twin: setattr(twin, "value", twin.value + 1)


def _name(node: ast.AST) -> str:
    return type(node).__name__


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _turned(twin) -> None:
    twin.test = ast.UnaryOp(ast.Not(), twin.test)


def _without_sign(twin) -> None:
    # `not x` becomes `not not x`, and `-x` becomes `+x`: the node stays what its parent expects.
    if isinstance(twin.op, ast.Not):
        twin.operand = ast.UnaryOp(ast.Not(), twin.operand)
    else:
        twin.op = ast.UAdd()


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives Python the changed module in place of the file."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.path, self.tree = path, tree
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts)

    def find_spec(self, fullname, path, target=None):
        """Only for the one module."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module) -> None:
        """Runs the changed tree."""
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102 - that is the job

    def create_module(self, spec) -> None:
        """As usual."""


def passes(path: Path, tree: ast.Module, tests: tuple[str, ...]) -> bool:
    """Whether the tests pass with the changed module."""
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            signal.alarm(LONGEST)
            sys.meta_path.insert(0, Changed(path, tree))
            import pytest

            options = [
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                f"--basetemp=/tmp/mutant-{os.getpid()}",
            ]
            code = int(pytest.main([*options, *tests]))
        except BaseException:  # noqa: BLE001 - whatever it is, the change was noticed
            code = 1
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return status == 0


def judge(name: str, most: int) -> tuple[int, int]:
    """Changes one module in at most so many places; how many changes were made, and how many noticed."""
    path, tests = ROOT / name, MODULES[name]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not passes(path, tree, tests):
        sys.exit(f"the tests of {name} fail without any change")
    found = list(mutants(tree))
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    chosen = random.Random(seed).sample(found, min(most, len(found)))  # noqa: S311 - a sample, no secret
    lines = path.read_text(encoding="utf-8").splitlines()
    noticed, started = 0, time.perf_counter()
    for line, words, changed in sorted(chosen, key=lambda each: each[0]):
        if passes(path, changed, tests):
            print(f"SURVIVED {name}:{line}: {words}: {lines[line - 1].strip()}", flush=True)
        else:
            noticed += 1
    print(
        f"{name}: {noticed} of {len(chosen)} changes noticed ({noticed / len(chosen):.0%}), of {len(found)} possible, "
        f"in {time.perf_counter() - started:.0f} s",
        flush=True,
    )
    return len(chosen), noticed


def main() -> None:
    """Judges the modules that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    parser.add_argument("--most", type=int, default=10**6, help="Changes a module, drawn at random.")
    asked = parser.parse_args()
    # Loaded once for all children; nothing of the package itself.
    for name in ("numpy", "scipy.special", "yaml", "pytest", "click"):
        importlib.import_module(name)
    counts = [judge(name, asked.most) for name in asked.modules]
    made, noticed = (sum(column) for column in zip(*counts, strict=True))
    print(f"together: {noticed} of {made} changes noticed ({noticed / made:.0%})")
    sys.exit(noticed < 0.85 * made)


if __name__ == "__main__":
    main()
