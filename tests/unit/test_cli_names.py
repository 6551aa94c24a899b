"""Options under the names that they had before: still taken, not shown, and warned of."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from vitrina import cli
from vitrina.cli import measure
from vitrina.commands import compare, evaluate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "start", lambda: None)


@pytest.mark.parametrize(
    ("options", "named", "warned"),
    [
        ([], "head", False),
        (["--foreground", "u2net"], "u2net", False),
        (["--prior", "u2net"], "u2net", True),
    ],
)
def test_how_the_product_is_found_for_evaluate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], named: str, *, warned: bool
) -> None:
    heard: dict[str, Any] = {}
    monkeypatch.setattr(evaluate, "run", lambda *_, **given: heard.update(given))
    folders = ["--photos", str(tmp_path), "--masks", str(tmp_path), "--json", str(tmp_path / "a")]
    done = CliRunner().invoke(cli.app, ["evaluate", *folders, *options])
    assert done.exit_code == 0, done.output
    assert heard["names"].first == named
    assert ("--prior is now called --foreground" in done.stderr) == warned


@pytest.mark.parametrize(
    ("options", "named", "warned"),
    [
        ([], ["head", "largest-mask", "grabcut"], False),
        (["--foreground", "u2net", "--foreground", "head"], ["u2net", "head"], False),
        (["--way", "u2net", "--way", "head"], ["u2net", "head"], True),
    ],
)
def test_how_the_product_is_found_for_compare(
    monkeypatch: pytest.MonkeyPatch,
    samples: Path,
    tmp_path: Path,
    options: list[str],
    named: list[str],
    *,
    warned: bool,
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(compare, "run", lambda *given: heard.extend(given))
    folders = ["--input-folder", str(samples), "--output", str(tmp_path / "a.jpg")]
    done = CliRunner().invoke(cli.app, ["compare", *folders, *options])
    assert done.exit_code == 0, done.output
    assert heard[2] == named
    assert ("--way is now called --foreground" in done.stderr) == warned


@pytest.mark.parametrize(("command", "old"), [("evaluate", "prior"), ("compare", "way")])
def test_old_names_are_not_shown(command: str, old: str) -> None:
    group = typer.main.get_command(cli.app)
    assert isinstance(group, typer.core.TyperGroup)
    options = {
        option.name: option
        for option in group.commands[command].params
        if isinstance(option, typer.core.TyperOption)
    }
    assert options[old].hidden
    assert not options["foreground"].hidden


def test_the_version_is_the_package_s() -> None:
    done = CliRunner().invoke(cli.app, ["--version"])
    assert done.exit_code == 0
    assert done.output == f"vitrina {metadata.version('vitrina')}\n"
