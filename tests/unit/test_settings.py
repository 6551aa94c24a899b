"""The settings: all explained in `.env.example`, secrets kept, blanks taken for absent."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from pipeline.captions.servers.provider_gigachat import GigaChatModel
from pipeline.captions.servers.provider_openai import OpenAIModel
from pipeline.errors import SettingsError
from vitrina.describers import chat_model
from vitrina.logging import Pseudonyms, hide_secrets
from vitrina.settings import SECTIONS, CaptionProvider, Settings, read_settings
from vitrina.settings.reference import configuration_page, env_example

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of the checkout, nothing from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_every_setting_is_explained() -> None:
    fields = [field for section in SECTIONS for field in section.model_fields.values()]
    assert len(fields) == len(Settings.model_fields)
    assert all(field.description for field in fields)


def test_what_operators_read_is_written_from_the_settings() -> None:
    assert (ROOT / ".env.example").read_text() == env_example(), "run `make settings`"
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert page == configuration_page(), "run `make settings`"


def test_the_example_is_a_working_configuration(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text())
    settings = read_settings()
    assert settings == Settings()
    assert settings.bot_token is None
    assert settings.openai_base_url is None
    assert settings.device is None


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("CAPTION_MODEL=a\nBOT_TOKEN=from-file\n")
    monkeypatch.setenv("CAPTION_MODEL", "b")
    settings = read_settings()
    assert settings.caption_model == "b"
    assert settings.bot_token is not None
    assert settings.bot_token.get_secret_value() == "from-file"
    assert "from-file" not in repr(settings)


def test_a_wrong_value_is_named_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "sam-secret")
    with pytest.raises(SettingsError, match="MODEL") as raised:
        read_settings()
    assert "sam-secret" not in str(raised.value)


def test_tokens_and_keys_never_reach_a_log_line() -> None:
    event = {"event": f"POST /bot{TOKEN}/getMe", "exception": "key sk-proj-abcdefgh12345", "n": 5}
    hidden = hide_secrets(structlog.get_logger(), "info", event)
    assert hidden == {"event": "POST /bot[secret]/getMe", "exception": "key [secret]", "n": 5}


def test_a_seller_s_number_is_hashed_with_the_salt() -> None:
    log, event = structlog.get_logger(), {"event": "x", "seller": 777, "job": 5, "update": 9}
    lines = [Pseudonyms(salt)(log, "info", dict(event)) for salt in (b"a", b"a", b"b")]
    assert lines[0] == lines[1] != lines[2]
    assert "777" not in str(lines)
    assert lines[0].keys() == {"event", "user", "job", "update"}


def test_what_is_empty_in_the_environment_is_absent_for_libraries_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`docker run --env-file` passes the empty lines of `.env.example` on as they are."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_BASE_URL", "GIGACHAT_BASE_URL", "GIGACHAT_AUTH_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("GIGACHAT_CREDENTIALS", "x")
    settings = read_settings()
    openai = chat_model(settings, CaptionProvider.OPENAI)
    assert isinstance(openai, OpenAIModel)
    assert str(openai._client.base_url) == "https://api.openai.com/v1/"
    gigachat = chat_model(settings, CaptionProvider.GIGACHAT)
    assert isinstance(gigachat, GigaChatModel)
    assert gigachat._client._settings.base_url == "https://api.giga.chat/v1"
    assert gigachat._client._settings.auth_url.startswith("https://ngw.devices.sberbank.ru")
