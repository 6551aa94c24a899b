"""What the project says of itself in several places is the same in all of them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.conftest import NEEDED, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT: dict[str, Any] = PYPROJECT["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
MODULES: dict[str, str] = PYPROJECT["tool"]["deptry"]["package_module_name_map"]

# "Python 3.11 to 3.14", in Russian too; what says no end is taken as a fault.
PYTHONS = re.compile(r"Python (?:от )?(3\.\d+) (?:(?:to|до) (3\.\d+)|or newer|или новее)")


def named(requirements: list[str]) -> set[str]:
    return {Requirement(each).name for each in requirements}


def optional_modules() -> set[str]:
    """Give the modules that `.[dev]` does not bring."""
    brought = named(PROJECT["dependencies"]) | named(EXTRAS["dev"]) | named(EXTRAS["s3"])
    return {MODULES[name] for extra in EXTRAS.values() for name in named(extra) - brought}


def test_the_pythons_are_the_same_everywhere() -> None:
    names = [each.rpartition(" :: ")[2] for each in PROJECT["classifiers"] if "Python ::" in each]
    supported = SpecifierSet(PROJECT["requires-python"])
    assert names == [f"3.{minor}" for minor in range(30) if supported.contains(f"3.{minor}.0")]
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "Makefile"]
    said = {path.name: PYTHONS.findall(path.read_text()) for path in paths}
    assert said["README.md"]
    assert said["README.ru.md"]
    for path, ranges in said.items():
        assert set(ranges) <= {(names[0], names[-1])}, path


def test_mypy_sees_no_extra_so_that_its_answer_is_one() -> None:
    overrides = PYPROJECT["tool"]["mypy"]["overrides"]
    skipped = [each for each in overrides if each.get("follow_imports") == "skip"]
    unseen = {name for each in skipped for name in each["module"]}
    assert all(each["ignore_missing_imports"] for each in skipped)
    assert {f"{module}.*" for module in optional_modules()} <= unseen


def skipped_for(path: Path) -> Iterator[tuple[str, str]]:
    """Yield a test file's `importorskip`s: what is imported, and the reason."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
            reasons = [ast.unparse(each.value) for each in node.keywords if each.arg == "reason"]
            yield ast.unparse(node.args[0]), "".join(reasons)


def test_who_is_skipped_names_the_extra() -> None:
    found = [each for path in (ROOT / "tests").rglob("*.py") for each in skipped_for(path)]
    assert found
    for module, reason in found:
        needed = NEEDED.search(reason)
        assert needed is not None, (module, reason)
        assert needed[1] in EXTRAS, module


def test_ci_begins_with_the_readme_and_ends_with_every_extra() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    steps = [line.strip() for line in lines if re.match(r"\s*(make|apt-get|\S*pip) ", line)]
    assert steps[:3] == ["make clean", "make run", "make test"]
    assert steps[-1] == "make test PYTEST=--cov"
    installed = re.search(r"\.\[([\w,]+)\]", "\n".join(steps[3:]))
    assert installed is not None
    # The backgrounds are drawn by hand: no test traces rays.
    assert set(installed[1].split(",")) == set(EXTRAS) - {"studio"}


@pytest.mark.parametrize(
    ("seconds", "passed", "skipped"), [("60", 2, 0), ("0", 0, 2)], ids=["time", "no-time"]
)
def test_no_test_begins_too_late(tmp_path: Path, seconds: str, passed: int, skipped: int) -> None:
    (tmp_path / "test_two.py").write_text("def test_one(): pass\n\n\ndef test_two(): pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.within", "-p", "no:randomly"]
    run = subprocess.run(
        [*command, "-c", "/dev/null", "--rootdir", tmp_path, "--within", seconds, tmp_path],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    counts = {word: int(count) for count, word in re.findall(r"(\d+) (passed|skipped)", run.stdout)}
    assert counts == {
        word: count for word, count in (("passed", passed), ("skipped", skipped)) if count
    }


def test_the_fastest_come_first(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(
        "import time\n\n\ndef test_slow(): time.sleep(0.3)\n\n\ndef test_fast(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.within", "-p", "no:randomly", "-v"]
    command += ["-c", "/dev/null", "--rootdir", str(tmp_path), "--within", "60", str(tmp_path)]
    orders = []
    for _ in range(2):
        run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        orders.append(re.findall(r"::test_(\w+) PASSED", run.stdout))
    assert orders == [["slow", "fast"], ["fast", "slow"]]
