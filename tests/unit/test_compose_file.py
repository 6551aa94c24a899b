"""`compose.yaml` cannot be started here; what it says is held against the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from tests.conftest import ROOT
from vitrina.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


def services() -> Iterator[tuple[str, dict[str, Any]]]:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    for name, service in compose["services"].items():
        if "build" in service:
            yield name, service


def test_every_setting_in_it_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for name, service in services():
        for setting in service["environment"]:
            assert setting in known or setting.startswith("AWS_"), (name, setting)


def test_only_front_ends_hold_the_token() -> None:
    held = {name: "BOT_TOKEN" in service["environment"] for name, service in services()}
    assert held == {
        "front-end-1": True,
        "front-end-2": True,
        "worker-1": False,
        "worker-2": False,
    }


def test_prometheus_scrapes_each_of_them() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    scraped = re.findall(r"- (\S+):9000", compose["configs"]["prometheus"]["content"])
    assert sorted(scraped) == sorted(name for name, _ in services())
