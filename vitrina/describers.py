"""The caption writers that the settings name, as one chain."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from pipeline.captions import CaptionsOff, Chain
from pipeline.errors import SettingsError
from vitrina.settings import CaptionProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.captions import Describer
    from pipeline.captions.chat import ChatModel
    from vitrina.settings import Settings


def describer(settings: Settings) -> Describer:
    """Make the caption writer; one that is off where no provider is set up.

    Raises SettingsError where one cannot be made of what is set.
    """
    describers = [named(settings, provider) for provider in providers(settings)]
    if not describers:
        return CaptionsOff()
    return describers[0] if len(describers) == 1 else Chain(describers)


def providers(settings: Settings) -> tuple[CaptionProvider, ...]:
    """Name the providers in the order in which they are asked.

    Raises SettingsError where CAPTION_PROVIDERS names one that is not set up.
    """
    for provider in settings.caption_providers:
        if not _is_set_up(settings, provider):
            raise SettingsError(f"CAPTION_PROVIDERS names {provider}: set {_NEEDS[provider]}")
    return settings.caption_providers or tuple(
        provider for provider in CaptionProvider if _is_set_up(settings, provider)
    )


def named(settings: Settings, provider: CaptionProvider) -> Describer:
    """Make one provider's describer. Raises SettingsError where it is not set up."""
    if not _is_set_up(settings, provider):
        raise SettingsError(f"{provider} is not set up: set {_NEEDS[provider]}")
    try:
        return _describer(settings, provider)
    except (OSError, ImportError, ValueError) as error:
        # Their HTTP clients read SSL_CERT_FILE and the proxies at once, and raise what they like.
        found = ", ".join(name for name in _AMBIENT if os.environ.get(name))
        hint = f"; look at {found} in the environment" if found else ""
        raise SettingsError(f"{provider} cannot be set up: {error}{hint}") from error


def unpriced(settings: Settings) -> list[str]:
    """Name the models that are asked and have no price: budgets do not see what they cost."""
    models = (_MODELS[one](settings) for one in providers(settings) if one in _MODELS)
    return [model.name for model in models if model.price is None]


def chat_model(settings: Settings, provider: CaptionProvider) -> ChatModel:
    """Make one provider's model. Raises SettingsError where it is none, or is not set up."""
    if not _is_set_up(settings, provider) or provider not in _MODELS:
        raise SettingsError(f"{provider} cannot be asked: set {_NEEDS[provider]}")
    return _MODELS[provider](settings)


def _describer(settings: Settings, provider: CaptionProvider) -> Describer:
    # Their libraries take seconds to import, and are not always wanted.
    from pipeline.captions.describer import ChatDescriber

    if provider is CaptionProvider.BLIP:
        try:
            from pipeline.captions.provider_blip import BlipDescriber
        except ImportError as error:
            raise SettingsError("BLIP needs `pip install .[blip]`") from error
        assert settings.blip_dir is not None  # noqa: S101 - it is set up
        return BlipDescriber(settings.blip_dir, sha256=settings.blip_checksum)
    return ChatDescriber(_MODELS[provider](settings), timeout=settings.caption_seconds)


def _openai(settings: Settings) -> ChatModel:
    key = settings.openai_api_key
    return _completions(settings, settings.caption_model, key, settings.openai_base_url)


def _compatible(settings: Settings) -> ChatModel:
    key = settings.compatible_api_key or SecretStr("none")  # the client sends no request without
    return _completions(settings, settings.compatible_model, key, settings.compatible_base_url)


def _completions(
    settings: Settings, model: str, key: SecretStr | None, base_url: str | None
) -> ChatModel:
    from pipeline.captions.provider_openai import OpenAIModel

    return OpenAIModel(
        "" if key is None else key.get_secret_value(),
        base_url,
        model=model,
        attempt=settings.caption_seconds * _ATTEMPT,
        price=settings.caption_prices.get(model),
    )


def _gigachat(settings: Settings) -> ChatModel:
    from pipeline.captions.provider_gigachat import GigaChatModel

    key = settings.gigachat_credentials
    return GigaChatModel(
        "" if key is None else key.get_secret_value(),
        model=settings.gigachat_model,
        price=settings.caption_prices.get(settings.gigachat_model),
        attempt=settings.caption_seconds * _ATTEMPT,
        scope=settings.gigachat_scope,
        base_url=settings.gigachat_base_url,
        auth_url=settings.gigachat_auth_url,
        ca_bundle_file=settings.gigachat_ca_bundle,
    )


def _is_set_up(settings: Settings, provider: CaptionProvider) -> bool:
    return {
        CaptionProvider.OPENAI: settings.openai_api_key,
        CaptionProvider.COMPATIBLE: settings.compatible_base_url,
        CaptionProvider.GIGACHAT: settings.gigachat_credentials,
        CaptionProvider.BLIP: settings.blip_dir,
    }[provider] is not None


_AMBIENT: Final = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"),
    *("all_proxy", "https_proxy", "http_proxy"),
)
_ATTEMPT: Final = 0.6
"""The share of a caption's time that one try may take."""
_MODELS: Final[dict[CaptionProvider, Callable[[Settings], ChatModel]]] = {
    CaptionProvider.OPENAI: _openai,
    CaptionProvider.COMPATIBLE: _compatible,
    CaptionProvider.GIGACHAT: _gigachat,
}
_NEEDS: Final = {
    CaptionProvider.OPENAI: "OPENAI_API_KEY",
    CaptionProvider.COMPATIBLE: "COMPATIBLE_BASE_URL",
    CaptionProvider.GIGACHAT: "GIGACHAT_CREDENTIALS",
    CaptionProvider.BLIP: "BLIP_DIR",
}
