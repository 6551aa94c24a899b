"""The caption writers that the settings name, as one chain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import structlog
from pydantic import SecretStr

from pipeline.captions import CaptionsKeptIn, CaptionsOff, Chain
from pipeline.captions.servers.succession import utc_today
from pipeline.errors import SettingsError
from vitrina import environment
from vitrina.settings import CaptionProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.captions import Describer
    from pipeline.captions.chat import ChatModel
    from pipeline.captions.questions import Questions
    from pipeline.captions.servers.provider_openai import OpenAIModel
    from pipeline.captions.servers.succession import Replacement, Today
    from vitrina.settings import Settings

log = structlog.get_logger(__name__)

LEARNT_FILE: Final = "caption-servers.json"
"""In the data folder: what was learnt of servers."""


@dataclass(frozen=True, slots=True)
class ModelContext:
    """What models are made with beside the settings.

    ``replaced`` is told of a model that another one has taken the place of, ``today`` tells the
    date, ``retries`` is how often a server that fails is asked again.
    """

    replaced: Callable[[Replacement], None] | None = None
    today: Today = utc_today
    retries: int = 2


def describer(settings: Settings, context: ModelContext | None = None) -> Describer:
    """Make the caption writer; one that is off where no provider is set up.

    Raises SettingsError where one cannot be made of what is set.
    """
    describers = [named(settings, provider, context) for provider in providers(settings)]
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


def named(
    settings: Settings, provider: CaptionProvider, context: ModelContext | None = None
) -> Describer:
    """Make one provider's describer. Raises SettingsError where it is not set up."""
    if not _is_set_up(settings, provider):
        raise SettingsError(f"{provider} is not set up: set {_NEEDS[provider]}")
    environment.check()
    try:
        return _describer(settings, provider, _logged(context or ModelContext()))
    except (OSError, ImportError, ValueError) as error:
        # Their HTTP clients read the environment at once, and raise what they like.
        raise SettingsError(f"{provider} cannot be set up: {error}") from error


def _logged(context: ModelContext) -> ModelContext:
    """Have a change of the model said in the log as well."""

    def told(replacement: Replacement) -> None:
        log.warning("another model writes the captions", reason=str(replacement))
        if context.replaced is not None:
            context.replaced(replacement)

    return replace(context, replaced=told)


def unpriced(settings: Settings) -> list[str]:
    """Name the models that are asked and have no price: budgets do not see what they cost."""
    asked = [one for one in providers(settings) if one in _MODELS]
    models = (_MODELS[one](settings, ModelContext()) for one in asked)
    return [model.name for model in models if model.price is None]


def chat_model(
    settings: Settings, provider: CaptionProvider, context: ModelContext | None = None
) -> ChatModel:
    """Make one provider's model. Raises SettingsError where it is none, or is not set up."""
    if not _is_set_up(settings, provider) or provider not in _MODELS:
        raise SettingsError(f"{provider} cannot be asked: set {_NEEDS[provider]}")
    environment.check()
    return _MODELS[provider](settings, context or ModelContext())


def local_describer(settings: Settings, writer: Describer) -> Describer:
    """Make the caption writer of sellers who let nothing go out: ``writer`` where it is local."""
    asked = providers(settings)
    if CaptionProvider.BLIP not in asked:
        return CaptionsKeptIn()
    return writer if len(asked) == 1 else named(settings, CaptionProvider.BLIP)


def questions(settings: Settings, context: ModelContext | None = None) -> Questions:
    """Make who is asked short questions: the providers that are models behind a server."""
    from pipeline.captions.questions import Questions

    asked = [one for one in providers(settings) if one in _MODELS]
    return Questions([chat_model(settings, one, context) for one in asked])


def _describer(settings: Settings, provider: CaptionProvider, context: ModelContext) -> Describer:
    # Their libraries take seconds to import, and are not always wanted.
    from pipeline.captions.describer import ChatDescriber

    if provider is CaptionProvider.BLIP:
        try:
            from pipeline.captions.provider_blip import BlipDescriber
        except ImportError as error:
            raise SettingsError("BLIP needs `pip install .[blip]`") from error
        assert settings.blip_dir is not None  # noqa: S101 - it is set up
        return BlipDescriber(settings.blip_dir, sha256=settings.blip_checksum)
    return ChatDescriber(_MODELS[provider](settings, context), timeout=settings.caption_seconds)


def openai_model(settings: Settings, context: ModelContext) -> OpenAIModel:
    """Make the model behind OPENAI_API_KEY."""
    return _completions(
        settings, context, model=settings.caption_model, key=settings.openai_api_key,
        base_url=settings.openai_base_url, retires=True,
    )  # fmt: skip


def compatible_model(settings: Settings, context: ModelContext) -> OpenAIModel:
    """Make the model behind COMPATIBLE_BASE_URL, whose server may keep what OpenAI ends."""
    return _completions(
        settings, context, model=settings.compatible_model,
        key=settings.compatible_api_key or SecretStr("none"),  # the client sends no request without
        base_url=settings.compatible_base_url, retires=False,
    )  # fmt: skip


def _completions(
    settings: Settings,
    context: ModelContext,
    *,
    model: str,
    key: SecretStr | None,
    base_url: str | None,
    retires: bool,
) -> OpenAIModel:
    from pipeline.captions.servers.learnt import Learnt
    from pipeline.captions.servers.provider_openai import OpenAIModel

    return OpenAIModel(
        "" if key is None else key.get_secret_value(),
        base_url,
        model=model,
        attempt=settings.caption_seconds * _ATTEMPT,
        retries=context.retries,
        temperature=settings.caption_temperature,
        prices=settings.caption_prices,
        retires=retires,
        today=context.today,
        replaced=context.replaced,
        learnt=Learnt(settings.data_dir / LEARNT_FILE),
    )


def _gigachat(settings: Settings, _: ModelContext) -> ChatModel:
    from pipeline.captions.servers.provider_gigachat import GigaChatModel

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


_ATTEMPT: Final = 0.6
"""The share of a caption's time that one try may take."""
_MODELS: Final[dict[CaptionProvider, Callable[[Settings, ModelContext], ChatModel]]] = {
    CaptionProvider.OPENAI: openai_model,
    CaptionProvider.COMPATIBLE: compatible_model,
    CaptionProvider.GIGACHAT: _gigachat,
}
_NEEDS: Final = {
    CaptionProvider.OPENAI: "OPENAI_API_KEY",
    CaptionProvider.COMPATIBLE: "COMPATIBLE_BASE_URL",
    CaptionProvider.GIGACHAT: "GIGACHAT_CREDENTIALS",
    CaptionProvider.BLIP: "BLIP_DIR",
}
