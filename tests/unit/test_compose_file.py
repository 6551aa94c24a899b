"""What `compose.yaml` says, held against the program; an end-to-end test starts its processes."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.stands.compose import compose, services
from vitrina.settings import Settings

GIVEN = {
    "BOT_TOKEN": "1:a",
    "WEBHOOK_URL": "https://example.org/telegram",
    "LOG_SALT": "salt",
    "POSTGRES_PASSWORD": "one",
    "STORE_PASSWORD": "two",
}
SECRETS = (
    "BOT_TOKEN",
    "OPENAI_API_KEY",
    "COMPATIBLE_API_KEY",
    "GIGACHAT_CREDENTIALS",
    "PICTURE_API_KEY",
    "TELEGRAM_PROXY",
)
PINNED = re.compile(r"[a-z/]+:v?\d+\.\d+(\.\d+)?(@sha256:[0-9a-f]{64})?")


def test_every_setting_in_it_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for service in services(GIVEN):
        for setting in service.environment:
            assert setting in known or setting.startswith("AWS_"), (service.name, setting)


def test_only_front_ends_hold_the_token() -> None:
    """`.env` has it for all; an empty setting counts as absent."""
    held = {one.name: (one.command, one.environment["BOT_TOKEN"]) for one in services(GIVEN)}
    assert held == {
        "front-end-1": ("bot", "1:a"),
        "front-end-2": ("bot", "1:a"),
        "worker-1": ("worker", ""),
        "worker-2": ("worker", ""),
    }
    for one in services(GIVEN):
        if one.command == "worker":
            assert {one.environment[name] for name in SECRETS} == {""}


def test_every_secret_setting_is_kept_from_workers() -> None:
    hidden = {name.upper() for name, f in Settings.model_fields.items() if "Secret" in str(f)}
    assert hidden - {"DATABASE_URL", "LOG_SALT"} == set(SECRETS)


@pytest.mark.parametrize("name", compose()["services"])
def test_every_container_is_held_tight(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["logging"]["options"]["max-size"]
    if "build" in service:
        assert service["env_file"] == ".env"
        assert "cap_add" not in service
    else:
        assert PINNED.fullmatch(service["image"]), service["image"]


def test_no_password_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert ":-" not in text
    assert "minio" not in text.lower()


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
