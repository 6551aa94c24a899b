"""What the documentation tells people to type is taken, and what it quotes is said."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import structlog
import typer

from pipeline import errors
from pipeline.compose import load_choices
from pipeline.markets import market_names
from tests.conftest import ROOT
from vitrina import cli
from vitrina.logging import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "weights/*.md", "requirements/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
MADE = {"tests/failed/", "weights/blip"}
"""Folders that are there once something was run."""
ENDS = {"&&", "||", "|", ";"}
STANDS_BEFORE = re.compile(r"[A-Z_]+=.*|sudo|time")
"""What may stand before a command's name: a variable, or a program that starts another."""


@cache
def program() -> typer.core.TyperGroup:
    group = typer.main.get_command(cli.app)
    assert isinstance(group, typer.core.TyperGroup)
    return group


def commands(text: str) -> Iterator[list[str]]:
    """Yield the commands in a page's code, word by word."""
    fenced = [block.replace("\\\n", " ").splitlines() for block in FENCED.findall(text)]
    inline = [" ".join(code.split()) for code in INLINE.findall(FENCED.sub("", text))]
    for line in (*(line for block in fenced for line in block), *inline):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # prose with an apostrophe
            continue
        command: list[str] = []
        for word in (*words, ";"):
            if word not in ENDS:
                command.append(word)
                continue
            while command and STANDS_BEFORE.fullmatch(command[0]):
                del command[0]
            if command:
                yield command
            command = []


def wrong_with(words: list[str], targets: set[str]) -> str | None:
    """Say what of a command there is not; None where it is all right, or no command of ours."""
    name, *rest = words
    if name == "make" and rest and "/" not in rest[0]:
        return None if rest[0] in targets else f"no target {rest[0]}"
    if name.endswith("python") and rest[:1] == ["-m"] and rest[1].split(".")[0] != "pytest":
        path = ROOT / rest[1].replace(".", "/")
        there = path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
        return None if there else f"no module {rest[1]}"
    if name != "vitrina" and not name.endswith("/vitrina"):
        return None
    command: Any = program()
    while rest and isinstance(command, typer.core.TyperGroup) and not rest[0].startswith("-"):
        part = rest.pop(0)
        if part not in command.commands:
            return f"no command {part}"
        command = command.commands[part]
    known = {"--help", *(option for each in command.params for option in each.opts)}
    asked = [word.partition("=")[0] for word in rest if word.startswith("--")]
    unknown = [option for option in asked if option not in known]
    return f"no option {', '.join(unknown)}" if unknown else None


@pytest.fixture(scope="module")
def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_a_wrong_command_is_noticed(targets: set[str]) -> None:
    page = (
        "`vitrina proces`, `vitrina process\n--shade none`, `make tea`\n```sh\nX=1 vitrina bot\n```"
    )
    assert [wrong_with(each, targets) for each in commands(page)] == [
        None,
        "no command proces",
        "no option --shade",
        "no target tea",
    ]


def test_each_command_is_taken(targets: set[str]) -> None:
    found = [
        (path.name, " ".join(words), wrong)
        for path in PAGES
        for words in commands(path.read_text(encoding="utf-8"))
        if (wrong := wrong_with(words, targets))
    ]
    assert not found


def test_each_file_that_is_named_is_there() -> None:
    tops = [path.parent.name for path in ROOT.glob("*/__init__.py")] + ["docs", "deploy", "weights"]
    below = re.compile(rf"(?:{'|'.join(tops)})/[\w./-]+|[\w./-]+\.py")
    there = {f"/{path.relative_to(ROOT)}" for top in tops for path in (ROOT / top).rglob("*")}
    missing = [
        (page.name, code)
        for page in PAGES
        for code in INLINE.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
        if below.fullmatch(code)
        and not any(path.endswith(f"/{code.rstrip('/')}") for path in there)
        and code not in MADE
    ]
    assert not missing


def test_each_page_that_code_points_to_is_there() -> None:
    named = re.compile(r"docs/[\w/-]+\.md")
    missing = [
        (str(path.relative_to(ROOT)), page)
        for top in sorted(path.parent for path in ROOT.glob("*/__init__.py"))
        for path in top.rglob("*.py")
        for page in named.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / page).exists()
    ]
    assert not missing


def test_each_choice_of_a_picture_is_named() -> None:
    choices, page = load_choices(), (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    options = {each.name: each for each in program().commands["process"].params}
    formats = [name for name in choices.formats if name not in market_names()]
    for name, values in (
        ("format", formats),
        ("margin", choices.margins),
        ("shadow", choices.shadows),
    ):
        option = options[name]
        assert isinstance(option, typer.core.TyperOption)
        missing = [v for v in values if v not in (option.help or "") or f"`{v}`" not in page]
        assert not missing, name


def test_what_troubleshooting_quotes_is_said() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    first = [row.split(" | ")[0] for row in page.splitlines() if row.startswith("| ")]
    quoted = [
        part for cell in first for part in re.findall(r'"([^"]+)"|`([a-z][^`]* [^`]*)`', cell)
    ]
    assert len(quoted) > 10
    sources = (path for package in OURS for path in (ROOT / package).rglob("*.py"))
    paths = (ROOT / "bot" / "texts" / "en.po", *sources)
    said = "\n".join(path.read_text(encoding="utf-8") for path in paths).lower()
    pieces = [piece.strip(" ,.") for pair in quoted for piece in "".join(pair).split("…")]
    assert not [piece for piece in pieces if piece.lower() not in said]


def test_the_tree_of_errors_names_each_of_them() -> None:
    drawn = re.findall(r"^ +[│├└─ ]*(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    defined = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.VitrinaError)
    ]
    assert sorted(drawn) == sorted(defined)


def test_log_level_is_of_each_package_that_logs() -> None:
    logging = {
        path.relative_to(ROOT).parts[0]
        for package in ROOT.glob("*/__init__.py")
        for path in package.parent.rglob("*.py")
        if f"{structlog.get_logger.__name__}(__name__)" in path.read_text(encoding="utf-8")
    }
    assert logging - {"training", "tests"} == set(OURS)
