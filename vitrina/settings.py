"""All configuration, from the environment and `.env`. `.env.example` explains each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import SettingsError

HOME = Path(__file__).resolve().parents[1]
"""The folder that holds `weights` and `backgrounds`: the checkout, or site-packages."""


class Model(StrEnum):
    """Which SAM cuts out: MobileSAM through ONNX Runtime, or an official one through torch."""

    MOBILE_SAM = "mobile-sam"
    VIT_B = "sam-vit-b"
    VIT_L = "sam-vit-l"
    VIT_H = "sam-vit-h"


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

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    caption_model: str = "gpt-4o"
    caption_seconds: float = Field(default=30.0, gt=0)

    model: Model = Model.MOBILE_SAM
    device: str | None = None
    threads: int = Field(default=0, ge=0)
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
        "openai_api_key",
        "openai_base_url",
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


def read_settings() -> Settings:
    """Read the environment. Raises SettingsError that names what is wrong, never the value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()
        )
        raise SettingsError(f"check the settings: {wrong}") from None
