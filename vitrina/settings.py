"""All configuration, from the environment and `.env`. `.env.example` explains each."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.captions.prices import Price
from pipeline.errors import SettingsError

Users = Annotated[frozenset[int], NoDecode]
"""Numbers of Telegram users, with commas or spaces between them."""
HOME = Path(__file__).resolve().parents[1]
"""The folder that holds `weights` and `backgrounds`: the checkout, or site-packages."""


class Model(StrEnum):
    """Which SAM cuts out: MobileSAM through ONNX Runtime, or an official one through torch."""

    MOBILE_SAM = "mobile-sam"
    VIT_B = "sam-vit-b"
    VIT_L = "sam-vit-l"
    VIT_H = "sam-vit-h"


class CaptionProvider(StrEnum):
    """Who can write captions, in the order in which they are asked if no other is set."""

    OPENAI = "openai"
    COMPATIBLE = "compatible"
    GIGACHAT = "gigachat"
    BLIP = "blip"


class Settings(BaseSettings):
    """One frozen value, read once at the start."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    bot_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    webhook_url: str | None = None
    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8080, ge=0, le=65535)

    operators: Users = frozenset()
    allowed_users: Users = frozenset()
    blocked_users: Users = frozenset()
    photos_a_minute: int = Field(default=30, ge=0)
    photos_a_day: int = Field(default=500, ge=0)
    photos_at_once: int = Field(default=50, ge=0)
    captions_a_day: int = Field(default=500, ge=0)

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    caption_model: str = "gpt-4o"
    caption_seconds: float = Field(default=30.0, gt=0)
    caption_providers: Annotated[tuple[CaptionProvider, ...], NoDecode] = ()
    caption_prices: Annotated[dict[str, Price], NoDecode] = {}
    caption_budget_seller: Decimal | None = Field(default=None, ge=0)
    caption_budget_overall: Decimal | None = Field(default=None, ge=0)

    compatible_base_url: str | None = None
    compatible_api_key: SecretStr | None = None
    compatible_model: str = "gpt-4o"

    gigachat_credentials: SecretStr | None = None
    gigachat_scope: str = "GIGACHAT_API_PERS"
    gigachat_model: str = "GigaChat-2-Max"
    gigachat_base_url: str | None = None
    gigachat_auth_url: str | None = None
    gigachat_ca_bundle: str | None = None

    blip_dir: Path | None = None
    blip_checksum: str | None = None

    model: Model = Model.MOBILE_SAM
    device: str | None = None
    threads: int = Field(default=0, ge=0)
    require_gpu: bool = False
    model_processes: int = Field(default=0, ge=0, le=64)
    batch: int = Field(default=1, ge=1, le=64)
    batch_wait_ms: float = Field(default=0.0, ge=0, le=1000)
    encoder: Literal["int8", "fp16"] | None = None
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    compiled: bool = False
    eight_bit: bool = False
    foreground: str = "head"

    data_dir: Path = Path("data")
    database_url: SecretStr | None = None
    files_url: str | None = None
    files_endpoint_url: str | None = None
    retention_days: float = Field(default=7.0, gt=0)
    disk_quota_gb: float = Field(default=20.0, gt=0)
    weights_dir: Path = HOME / "weights"
    backgrounds_dir: Path = HOME / "backgrounds"

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    log_salt: SecretStr = SecretStr("")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535)

    @field_validator(
        "bot_token",
        "encoder",
        "openai_api_key",
        "openai_base_url",
        "compatible_base_url",
        "compatible_api_key",
        "gigachat_credentials",
        "gigachat_base_url",
        "gigachat_auth_url",
        "gigachat_ca_bundle",
        "blip_dir",
        "blip_checksum",
        "caption_budget_seller",
        "caption_budget_overall",
        "device",
        "database_url",
        "files_url",
        "files_endpoint_url",
        "webhook_url",
        mode="before",
    )
    @classmethod
    def blank_is_absent(cls, value: object) -> object:
        """Take what is present but empty, as `.env.example` has it, for absent."""
        return None if isinstance(value, str) and not value.strip() else value

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

    @field_validator("operators", "allowed_users", "blocked_users", mode="before")
    @classmethod
    def listed(cls, value: object) -> object:
        """Split what the environment has as one text."""
        return value.replace(",", " ").split() if isinstance(value, str) else value


def read_settings() -> Settings:
    """Read the environment. Raises SettingsError that names what is wrong, never the value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()
        )
        raise SettingsError(f"check the settings: {wrong}") from None
