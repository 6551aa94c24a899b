"""Every regular expression of the code, and texts that are made to keep each busy."""

from __future__ import annotations

import ast
import importlib
import random
import re
import re._constants as sre  # type: ignore[import-not-found]  # the parser that `re` itself uses
import re._parser as parser  # type: ignore[import-not-found]  # likewise
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "backgrounds", "bot", "docker", "editor", "pipeline", "playground", "storage", "training",
    "vitrina", "weights",
)  # fmt: skip
FLAGS_AT = {"compile": 1, "split": 3, "sub": 4, "subn": 4}
"""Which argument holds the flags; the third one elsewhere."""
LONG_PIECES = 6
SHORT_PIECES = 4
GRAIN = 0.1
"""Seconds: below, the ticks of the processor's clock decide, of some milliseconds each."""


@dataclass(frozen=True)
class Use:
    """A call of `re` whose pattern is no literal: where it is, and in which function."""

    file: str
    function: str


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def literals() -> tuple[dict[str, re.Pattern[Any]], set[Use]]:
    """Find the patterns written out in calls of `re`, and the calls where they are made."""
    found: dict[str, re.Pattern[Any]] = {}
    made: set[Use] = set()
    for path in sources():
        reader = _Reader(str(path.relative_to(ROOT)))
        reader.visit(ast.parse(path.read_text("utf-8")))
        found |= reader.found
        made |= reader.made
    return found, made


def in_globals(files: Iterable[str]) -> dict[str, re.Pattern[Any]]:
    """Find the compiled patterns that modules hold; asked of those that put some together."""
    found: dict[str, re.Pattern[Any]] = {}
    for file in files:
        module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        for name, value in vars(module).items():
            for number, pattern in enumerate(_patterns(value)):
                found[f"{file}:{name}:{number}"] = pattern
    return found


def _patterns(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for one in (*value, *value.values()):
            yield from _patterns(one)
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _patterns(one)


class _Reader(ast.NodeVisitor):
    def __init__(self, file: str) -> None:
        self._file = file
        self._inside: list[str] = []
        self.found: dict[str, re.Pattern[Any]] = {}
        self.made: set[Use] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - likewise

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.module not in {"re", "regex"}, f"{self._file}: import re whole"

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            assert name.name != "regex", f"{self._file}: another engine"
            assert name.name != "re" or name.asname is None, f"{self._file}: import re by its name"

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        called = node.func
        if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
            return
        if called.value.id != "re" or called.attr in {"escape", "purge"}:
            return
        pattern = node.args[0]
        if isinstance(pattern, ast.Constant):
            flags = self._flags(node, FLAGS_AT.get(called.attr, 2))
            self.found[f"{self._file}:{node.lineno}"] = re.compile(pattern.value, flags)
        else:
            self.made.add(Use(self._file, self._inside[0] if self._inside else ""))

    @staticmethod
    def _flags(node: ast.Call, place: int) -> int:
        told = [word.value for word in node.keywords if word.arg == "flags"] or node.args[place:]
        if not told:
            return 0
        return int(eval(ast.unparse(told[0]), {"re": re}))  # noqa: S307 - the project's own source


# Texts


def attacks(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Make texts of about ``size`` characters out of the pattern's own pieces."""
    source = pattern.pattern
    told = source.decode("latin-1") if isinstance(source, bytes) else source
    found = list(dict.fromkeys(_pieces(parser.parse(told, pattern.flags & ~re.UNICODE))))
    chance = random.Random(told)
    long = [piece for piece in found if len(piece) > 1][:LONG_PIECES]
    short = [piece for piece in found if len(piece) == 1]
    pieces = [*long, " ", "a", "1", "\n", *chance.sample(short, min(SHORT_PIECES, len(short)))]
    units = pieces + [a + b for a in pieces for b in pieces if a != b]
    for unit in units:
        yield unit * (size // len(unit))
    for unit in pieces:
        for first in pieces:
            run = unit * ((size - len(first)) // len(unit))
            yield f"{first}{run}\x00"
            yield f"{run}{first}"


def _pieces(parsed: Any) -> Iterator[str]:
    """Give an example of the whole, and of each part that repeats, branches, or is a character."""
    yield from filter(None, (_example(parsed, least) for least in (1, 3)))
    for number, (kind, told) in enumerate(parsed):
        if "REPEAT" in str(kind):  # what leads to it, and lets it begin
            yield from filter(None, (_example(parsed[:number], 1),))
        for part in _parts(kind, told):
            yield from _pieces(part)
        if kind in {sre.LITERAL, sre.IN, sre.CATEGORY}:
            yield _example([(kind, told)], 1)


def _parts(kind: Any, told: Any) -> list[Any]:
    if kind in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        return [told[2]]
    if kind is sre.BRANCH:
        return list(told[1])
    if kind is sre.SUBPATTERN:
        return [told[3]]
    if kind is sre.ATOMIC_GROUP:
        return [told]
    if kind in {sre.ASSERT, sre.ASSERT_NOT}:
        return [told[1]]
    return []


def _example(parsed: Any, least: int) -> str:
    said = ""
    for kind, told in parsed:
        if kind is sre.LITERAL:
            said += chr(told)
        elif kind is sre.RANGE:
            said += chr(told[0])
        elif kind is sre.CATEGORY:
            said += _OF_CATEGORY.get(told, "a")
        elif kind is sre.IN:
            said += "x" if told[0][0] is sre.NEGATE else _example(told[:1], 1)
        elif kind in {sre.ANY, sre.NOT_LITERAL}:
            said += "x"
        elif kind is sre.BRANCH:
            said += _example(told[1][-1 if least > 1 else 0], least)
        elif kind not in {sre.ASSERT, sre.ASSERT_NOT}:
            times = max(told[0], min(least, told[1])) if "REPEAT" in str(kind) else 1
            said += "".join(_example(part, least) for part in _parts(kind, told)) * times
    return said


_OF_CATEGORY = {
    sre.CATEGORY_DIGIT: "1",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_WORD: ".",
    sre.CATEGORY_NOT_DIGIT: "a",
}


# Time


class TooLongError(Exception):
    """It took more of the processor than it was allowed."""


@contextmanager
def processor_seconds(limit: float) -> Iterator[None]:
    """Break off what takes more than ``limit`` seconds of this process's own time.

    `re` looks at signals while it matches, so that even an endless match ends here. Other
    processes on the machine do not count.
    """

    def stop(*_: object) -> None:
        raise TooLongError(f"more than {limit:g} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def cost(work: Callable[[], object], limit: float, *, tries: int = 1) -> float:
    """Return the processor time of the fastest try, in seconds."""
    costs = []
    for _ in range(tries):
        with processor_seconds(limit):
            start = time.process_time()
            work()
            costs.append(time.process_time() - start)
    return min(costs)


def slowest(run: Callable[[str], object], texts: Iterator[str], limit: float) -> list[int]:
    """Name the three texts, by their place, that keep ``run`` busy for longest."""
    costs = [cost(partial(run, text), limit) for text in texts]
    return sorted(range(len(costs)), key=costs.__getitem__)[-3:]


def assert_linear(
    run: Callable[[str], object], make: Callable[[int], Iterator[str]], *, size: int, limit: float
) -> None:
    """Hold that ``run`` takes less than ``limit`` s for ``size``, and grows no faster than it.

    ``make`` gives the same kinds of texts in any size; those that are slowest when short are tried
    in full. What grows too fast does so each time: a core that another process shares does not.
    """
    short = size // 20
    worst = slowest(run, make(short), limit)
    whole, half = list(make(size)), list(make(size // 2))
    for place in worst:
        for _ in range(3):
            seconds = cost(partial(run, whole[place]), limit, tries=2)
            if seconds < GRAIN:
                break
            before = cost(partial(run, half[place]), limit, tries=3)
            if seconds < 3 * before:
                break
        else:
            raise AssertionError(f"{whole[place][:60]!r}: {before:.3f}, {seconds:.3f} s")
