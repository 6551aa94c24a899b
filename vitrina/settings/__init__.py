"""All configuration, from the environment and `.env`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import SettingsError
from vitrina.environment import tidy
from vitrina.settings.captions import CaptionProvider, CaptionSettings
from vitrina.settings.logs import LogSettings
from vitrina.settings.model import Model, ModelSettings
from vitrina.settings.pictures import PictureSettings
from vitrina.settings.storage import HOME, StorageSettings
from vitrina.settings.telegram import LimitSettings, TelegramSettings

if TYPE_CHECKING:
    from vitrina.settings.section import Section

SECTIONS: tuple[type[Section], ...] = (
    TelegramSettings,
    LimitSettings,
    CaptionSettings,
    PictureSettings,
    ModelSettings,
    StorageSettings,
    LogSettings,
)
"""In the order of `.env.example`."""
ENV_FILE = ".env"

__all__ = ["HOME", "SECTIONS", "CaptionProvider", "Model", "Settings", "read_settings"]


class Settings(
    TelegramSettings,
    LimitSettings,
    CaptionSettings,
    PictureSettings,
    ModelSettings,
    StorageSettings,
    LogSettings,
    BaseSettings,
):
    """One frozen value, read once at the start."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    def token(self) -> str:
        """Return the bot's token. Raises SettingsError where there is none."""
        if self.bot_token is None:
            raise SettingsError("BOT_TOKEN is not set; see docs/run-a-bot.md")
        return self.bot_token.get_secret_value()

    @model_validator(mode="before")
    @classmethod
    def without_blanks(cls, values: dict[str, object]) -> dict[str, object]:
        """Take what is present but empty, as `.env.example` has it, for absent."""
        return {
            name: value
            for name, value in values.items()
            if not isinstance(value, str) or value.strip()
        }


def read_settings() -> Settings:
    """Read the environment. Raises SettingsError that names what is wrong, never the value.

    Settings that are empty in the environment leave it: libraries that read it themselves, as the
    caption services' do, would take an empty address for one.
    """
    tidy(frozenset(map(str.upper, Settings.model_fields)))
    try:
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError(
            f"{ENV_FILE} is not UTF-8 (it may be Windows-1251): save it as UTF-8"
        ) from None
    except OSError as error:
        raise SettingsError(f"{ENV_FILE} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()
        )
        raise SettingsError(f"check the settings: {wrong}") from None
