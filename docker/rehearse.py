"""Do in a fresh folder what the Dockerfile's steps do, without Docker, and tell the size.

``python docker/rehearse.py FOLDER [--target cpu]``. Reads FROM, ENV, WORKDIR, COPY and RUN of the
target and of the stages that it needs. The base image's Python is the one that runs this; all
that the image has at /app and /data is in FOLDER; the stages share it.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(slots=True)
class Stage:
    """One FROM: the stage that it begins with, and its steps in order."""

    parent: str
    steps: list[tuple[str, str]] = field(default_factory=list)


def main() -> int:
    """Build the target's layers and print their size."""
    parser = argparse.ArgumentParser(description="Build the image's layers without Docker.")
    parser.add_argument("folder", type=Path, help="where /app and /data are to be")
    parser.add_argument("--target", default="cpu", choices=["cpu", "cuda"])
    given = parser.parse_args()
    folder: Path = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    stages = read((ROOT / "Dockerfile").read_text())
    for name in needed(stages, given.target):
        do(stages, name, folder)
    sizes = {part: size(folder / "app" / part) for part in ("venv", "weights")}
    print(f"{given.target}: {sum(sizes.values()) / 1e6:,.0f} MB beside the base image", end=" ")
    print("(" + ", ".join(f"{part} {bytes_ / 1e6:,.0f}" for part, bytes_ in sizes.items()) + ")")
    return 0


def read(text: str) -> dict[str, Stage]:
    """Read a Dockerfile whose instructions take one line each."""
    stages: dict[str, Stage] = {}
    current: Stage | None = None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            parent, _, name = rest.partition(" AS ")
            current = stages[name] = Stage(parent)
        elif current is not None and word in {"ENV", "WORKDIR", "COPY", "RUN"}:
            current.steps.append((word, rest))
    return stages


def needed(stages: dict[str, Stage], target: str) -> list[str]:
    """List the stages that a target needs, each after those that it needs itself."""
    order: list[str] = []
    sources = [
        rest.split()[0].removeprefix("--from=")
        for word, rest in stages[target].steps
        if word == "COPY" and rest.startswith("--from=")
    ]
    for name in [stages[target].parent, *sources]:
        if name in stages:
            order += [one for one in needed(stages, name) if one not in order]
    return [*order, target]


def do(stages: dict[str, Stage], name: str, folder: Path) -> None:
    """Do a stage's own steps."""
    environment = dict(os.environ)
    place = folder
    lineage = [name]
    while (parent := stages[lineage[0]].parent) in stages:
        lineage.insert(0, parent)
    for one in lineage:
        for word, rest in stages[one].steps:
            if word == "ENV":
                for setting in shlex.split(rest):
                    key, _, value = setting.partition("=")
                    environment[key] = moved(filled(value, environment), folder)
            elif word == "WORKDIR":
                place = Path(moved(filled(rest, environment), folder))
                place.mkdir(parents=True, exist_ok=True)
            elif one == name and word == "COPY" and not rest.startswith("--from="):
                copy(rest.split(), place)
            elif one == name and word == "RUN":
                print(f"{name}: {rest}", flush=True)
                subprocess.run(["/bin/sh", "-c", rest], cwd=place, env=environment, check=True)


def filled(text: str, environment: dict[str, str]) -> str:
    """Put variables in, as Docker does."""
    return VARIABLE.sub(lambda found: environment.get(found[1], ""), text)


def moved(value: str, folder: Path) -> str:
    """Turn the image's absolute paths into those in the folder."""
    for inside in ("/app", "/data"):
        if value == inside or value.startswith(f"{inside}/"):
            return f"{folder}{value}"
    return value


def copy(words: list[str], place: Path) -> None:
    """Copy from the project, leaving out what `.dockerignore` and Git leave out."""
    ignored = [line for line in (ROOT / ".dockerignore").read_text().split() if "/" in line]
    kept = {line[1:] for line in ignored if line.startswith("!")}
    *sources, target = words
    for source in sources:
        goal = place / target / Path(source).name if target.endswith("/") else place / target
        files = [ROOT / source] if (ROOT / source).is_file() else (ROOT / source).rglob("*")
        for path in files:
            relative = path.relative_to(ROOT).as_posix()
            out = any(fnmatch.fnmatch(relative, pattern) for pattern in ignored)
            if path.is_dir() or "__pycache__" in relative or (out and relative not in kept):
                continue
            where = goal if path == ROOT / source else goal / path.relative_to(ROOT / source)
            where.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, where)


def size(folder: Path) -> int:
    """Add up the files' bytes."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    sys.exit(main())
