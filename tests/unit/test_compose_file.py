"""What `compose.yaml` says, held against the program; an end-to-end test starts its processes."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.stands.compose import compose, services
from vitrina.settings import Settings

GIVEN = {"BOT_TOKEN": "1:a", "WEBHOOK_URL": "https://example.org/telegram", "LOG_SALT": "salt"}


def test_every_setting_in_it_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for service in services(GIVEN):
        for setting in service.environment:
            assert setting in known or setting.startswith("AWS_"), (service.name, setting)


def test_only_front_ends_hold_the_token() -> None:
    held = {one.name: (one.command, "BOT_TOKEN" in one.environment) for one in services(GIVEN)}
    assert held == {
        "front-end-1": ("bot", True),
        "front-end-2": ("bot", True),
        "worker-1": ("worker", False),
        "worker-2": ("worker", False),
    }


@pytest.mark.parametrize("left_out", GIVEN)
def test_what_the_operator_must_give(left_out: str) -> None:
    with pytest.raises(AssertionError, match=left_out):
        services({name: value for name, value in GIVEN.items() if name != left_out})


def test_the_image_is_the_one_for_any_machine() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert stages[-1] == "cuda", "what a build takes that names no target"
    assert {service.build["target"] for service in services(GIVEN)} == {"cpu"}
    assert "cpu" in stages


def test_prometheus_scrapes_each_of_them() -> None:
    scraped = re.findall(r"- (\S+):9000", compose()["configs"]["prometheus"]["content"])
    assert sorted(scraped) == sorted(service.name for service in services(GIVEN))
