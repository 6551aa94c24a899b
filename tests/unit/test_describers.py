"""Which caption providers the settings make, in which order, at which price."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.captions import CaptionsOff, Chain
from pipeline.captions.describer import ChatDescriber
from pipeline.errors import SettingsError
from vitrina.describers import chat_model, describer, providers, unpriced
from vitrina.settings import CaptionProvider, Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

OPENAI = {"OPENAI_API_KEY": "sk-test-0123456789"}
GIGACHAT = {"GIGACHAT_CREDENTIALS": "c2VjcmV0"}
COMPATIBLE = {"COMPATIBLE_BASE_URL": "http://127.0.0.1:1/v1", "COMPATIBLE_MODEL": "small"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def read(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return read_settings()

    return read


def test_nothing_set_up_is_off(settings: Any) -> None:
    assert isinstance(describer(settings()), CaptionsOff)


async def test_one_is_asked_alone_and_several_in_a_chain(settings: Any) -> None:
    one = describer(settings(**OPENAI))
    assert isinstance(one, ChatDescriber)
    chain = describer(settings(**GIGACHAT, **COMPATIBLE))
    assert isinstance(chain, Chain)
    assert providers(settings()) == ("openai", "compatible", "gigachat")
    await one.aclose()
    await chain.aclose()


def test_the_order_is_the_operators(settings: Any) -> None:
    chosen = settings(**OPENAI, **GIGACHAT, CAPTION_PROVIDERS="gigachat, openai")
    assert providers(chosen) == (CaptionProvider.GIGACHAT, CaptionProvider.OPENAI)


def test_who_is_named_must_be_set_up(settings: Any) -> None:
    with pytest.raises(SettingsError, match="set GIGACHAT_CREDENTIALS"):
        describer(settings(**OPENAI, CAPTION_PROVIDERS="gigachat"))
    with pytest.raises(SettingsError, match="set BLIP_DIR"):
        chat_model(settings(CAPTION_PROVIDERS=""), CaptionProvider.BLIP)


def test_prices_are_read_and_what_has_none_is_named(settings: Any) -> None:
    prices = "small=1/0.5/2, other/model=0/0/0"
    chosen = settings(**OPENAI, **COMPATIBLE, **GIGACHAT, CAPTION_PRICES=prices)

    assert chosen.caption_prices["small"].of(1_000_000, 0, 1_000_000) == Decimal(3)
    assert unpriced(chosen) == ["GigaChat-2-Max"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAPTION_PROVIDERS", "openai, gpt"),
        ("CAPTION_PRICES", "small=cheap"),
        ("CAPTION_PRICES", "small"),
        ("CAPTION_BUDGET_SELLER", "-1"),
    ],
)
def test_a_wrong_setting_is_named(settings: Any, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings(**{name: value})
