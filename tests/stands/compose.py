"""What `compose.yaml` says of the program's own services."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Service:
    """One service that runs `vitrina`: its command and its environment, all variables filled in."""

    name: str
    command: str
    environment: Mapping[str, str]
    build: Mapping[str, str]


def compose() -> dict[str, Any]:
    """The whole file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def services(given: Mapping[str, str]) -> list[Service]:
    """Those that are built here; ``given`` are the operator's variables."""

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        assert name in given or kind == ":-", f"{name} must be given"
        return given.get(name, rest)

    return [
        Service(
            name,
            "".join(service["command"]),
            {key: VARIABLE.sub(fill, str(value)) for key, value in service["environment"].items()},
            service["build"],
        )
        for name, service in compose()["services"].items()
        if "build" in service
    ]
