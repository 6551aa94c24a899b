"""Arrays are never anonymous: the docstring of what takes or gives one says what it holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

ROOT = Path(__file__).parents[2] / "pipeline"
ARRAYS = {"NDArray", "Pixels", "Plane", "Floats", "Flags", "Logits", "BinaryMask", "Truth"}
"""NumPy's own type and the aliases that the pipeline has for it."""
LENGTHS = {"size", "width", "height", "longest", "radius", "cell", "photo_size"}

SHAPE = re.compile(r"\((?:\w|\.\.\.|\+)[^()]*,[^()]*\)")
"""(h, w, 3), (points,), (N, 4, 256, 256) and the like."""
KIND = re.compile(r"\b(?:u?int\d+|float\d+|bool|logits)\b|\d\.\.")
"""A dtype, or a range of values."""
COLOURS = re.compile(r"\bs?RGB\b|\bCIELAB\b")
UNIT = re.compile(r"\b(?:pixels?|cells?)\b", re.IGNORECASE)


def test_the_rules_tell_good_docstrings_from_bad() -> None:
    good, bad = ast.parse(
        "def good(pixels: Pixels, width: int) -> Plane:\n"
        '    """Return (h, w) float32 of (h, w, 3) uint8 RGB; sides are in pixels."""\n'
        "def bad(pixels: Pixels, width: int) -> Plane:\n"
        '    """Blur it."""\n'
    ).body

    assert isinstance(good, ast.FunctionDef)
    assert isinstance(bad, ast.FunctionDef)
    assert lacks(good, ast.get_docstring(good) or "") == []
    assert len(lacks(bad, ast.get_docstring(bad) or "")) == 4


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in ROOT.rglob("*.py")]
)
def test_arrays_are_described(path: Path) -> None:
    wrong = [
        f"{name}: {', '.join(missing)}"
        for name, function, docstring in public(ast.parse(path.read_text(encoding="utf-8")))
        if (missing := lacks(function, docstring))
    ]

    assert not wrong, "\n".join(wrong)


def public(module: ast.Module) -> Iterator[tuple[str, Function, str]]:
    """Yield public functions and methods with their docstrings; __init__ has its class's too."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield node.name, node, ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef) and node.name[0] != "_":
            for each in node.body:
                if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                docstring = ast.get_docstring(each) or ""
                if each.name == "__init__":
                    docstring += ast.get_docstring(node) or ""
                if each.name[0] != "_" or each.name in {"__call__", "__init__"}:
                    yield f"{node.name}.{each.name}", each, docstring


def lacks(function: Function, docstring: str) -> list[str]:
    """List what the docstring of a function with arrays does not say."""
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    types = [named(each.annotation) for each in (*parameters,) if each.annotation]
    types.append(named(function.returns) if function.returns else set())
    if not any(each & ARRAYS for each in types):
        return []
    wanted = [("a shape", SHAPE), ("a dtype or range", KIND)]
    if any("Pixels" in each for each in types):
        wanted.append(("the order of colours", COLOURS))
    if {each.arg for each in parameters} & LENGTHS:
        wanted.append(("the unit of sizes", UNIT))
    return [what for what, pattern in wanted if not pattern.search(docstring)]


def named(annotation: ast.expr) -> set[str]:
    """Return all names in an annotation."""
    nodes = list(ast.walk(annotation))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }
