"""Who writes the captions, and what that may cost."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from pipeline.captions.model_price import Price
from vitrina.settings.section import Section


class CaptionProvider(StrEnum):
    """Who can write captions, in the order in which they are asked if no other is set."""

    OPENAI = "openai"
    COMPATIBLE = "compatible"
    GIGACHAT = "gigachat"
    BLIP = "blip"


class CaptionSettings(Section):
    """Captions.

    Without a provider pictures come without captions, and one line says so. docs/captions.md has
    more.
    """

    openai_api_key: SecretStr | None = None
    """A key of OpenAI, or of the server at OPENAI_BASE_URL."""
    openai_base_url: str | None = None
    """Any server that speaks OpenAI's chat completions: Azure, OpenRouter, a proxy. Empty is OpenAI
    itself."""
    caption_model: str = "gpt-4o"
    """OpenAI ends gpt-4o on 2027-01-14: gpt-6-luna is asked from then on, and costs a twentieth. It
    may be set today; gpt-6.1-terra writes better and costs half of gpt-4o."""
    caption_temperature: float | None = Field(default=None, ge=0, le=2)
    """How freely the models write, for those that take it. Empty leaves it to the server."""
    caption_seconds: float = Field(default=30.0, gt=0)
    """How long a caption may take with one provider, in seconds, retries included."""
    caption_providers: Annotated[tuple[CaptionProvider, ...], NoDecode] = ()
    """Who is asked, in this order, the next one where one is down or refuses: openai, compatible,
    gigachat, blip. Empty asks all that are set up, in this order."""
    caption_budget_seller: Decimal | None = Field(default=None, ge=0)
    """Dollars a day, by UTC, that captions and scenes may cost for one seller. Empty is no
    limit."""
    caption_budget_overall: Decimal | None = Field(default=None, ge=0)
    """Dollars a day, by UTC, that captions and scenes may cost for all sellers. Empty is no
    limit."""
    caption_prices: Annotated[dict[str, Price], NoDecode] = Field(default={})
    """Dollars per million tokens, in/cached/out, for models whose price is not known here:
    some-model=2.50/1.25/10, other-model=0/0/0"""

    caption_models_read: bool = True
    """Whether the provider is asked what a seller's words mean where the bot's own grammar does not
    know, at most once for a message. It counts against the budgets."""
    caption_models_choose: bool = True
    """Whether the provider is asked which thing of a photo is the product where the bot is in
    doubt, at most once for a photo, before the seller is. The photo is sent to it, small, with
    its background. It counts against the budgets."""

    compatible_base_url: str | None = None
    """A second server that speaks OpenAI's chat completions: Ollama, llama.cpp, vLLM or LM Studio
    on a machine of yours (docs/local-models.md), or another provider."""
    compatible_api_key: SecretStr | None = None
    """Its key, if it wants one."""
    compatible_model: str = "gpt-4o"
    """Its model."""

    gigachat_credentials: SecretStr | None = None
    """GigaChat: the authorisation key of the personal account."""
    gigachat_scope: str = "GIGACHAT_API_PERS"
    """The scope that the key was given for: GIGACHAT_API_PERS, _B2B or _CORP."""
    gigachat_model: str = "GigaChat-2-Max"
    """GigaChat's model. It must see pictures, as GigaChat-2-Pro and GigaChat-2-Max do."""
    gigachat_base_url: str | None = None
    """GigaChat's address, where it is not https://api.giga.chat/v1."""
    gigachat_auth_url: str | None = None
    """The address that gives access tokens, where it is not the public one."""
    gigachat_ca_bundle: str | None = None
    """The file with the root certificate that GigaChat's is signed by."""

    blip_dir: Path | None = None
    """BLIP on this machine, for those who may not send pictures out (`pip install '.[blip]'`): the
    folder that its weights lie in."""
    blip_checksum: str | None = None
    """The SHA-256 that BLIP's model.safetensors must have."""

    @field_validator("caption_providers", mode="before")
    @classmethod
    def providers_are_named_with_commas(cls, value: object) -> object:
        """Read `openai, gigachat`."""
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("caption_prices", mode="before")
    @classmethod
    def prices_are_named_by_model(cls, value: object) -> object:
        """Read `model=2.50/1.25/10, other=0/0/0`: in, cached, out, per million tokens."""
        if not isinstance(value, str):
            return value
        try:
            return {
                model.strip(): Price(*map(Decimal, prices.split("/")))
                for model, prices in (one.rsplit("=", 1) for one in value.split(",") if one.strip())
            }
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ValueError("expected MODEL=IN/CACHED/OUT, with commas between") from error
