"""How the bot talks to Telegram, and for whom."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from vitrina.settings.section import Section

HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def is_here(address: str) -> bool:
    """Tell whether an address is on this machine."""
    return urlsplit(address).hostname in HERE


Users = Annotated[frozenset[int], NoDecode]
"""Numbers of Telegram users, with commas or spaces between them."""


class TelegramSettings(Section):
    """Telegram."""

    bot_token: SecretStr | None = None
    """The token that @BotFather gave you (docs/run-a-bot.md). Without it `make run` processes the
    sample photos, and opens the bot in a browser."""
    telegram_api_url: str = "https://api.telegram.org"
    """Base URL of the Bot API. Change it for a Bot API server of your own, which also lifts the
    limit of 20 MB per photo."""
    telegram_proxy: SecretStr | None = None
    """The proxy to Telegram: http://host:3128 or socks5://user:password@host:1080. Empty takes
    HTTPS_PROXY or ALL_PROXY of the environment, but for hosts in NO_PROXY."""
    webhook_url: str | None = None
    """Empty asks Telegram for updates (long polling). https://example.org/some/path has Telegram
    call: needed for several front ends. A proxy with a certificate stands before WEBHOOK_PORT."""
    webhook_host: str = "127.0.0.1"
    """The address that the webhook listens on."""
    webhook_port: int = Field(default=8080, ge=0, le=65535)
    """The port that the webhook listens on."""
    editor_url: str | None = None
    """The editor's address, such as https://bot.example.org (docs/editor.md): a button under each
    picture opens it inside Telegram. A proxy with a certificate brings /editor/ to EDITOR_PORT.
    Empty shows no such buttons."""
    editor_host: str = "127.0.0.1"
    """The address that the editor listens on."""
    editor_port: int = Field(default=8081, ge=0, le=65535)
    """The port that the editor listens on."""
    playground_port: int = Field(default=8090, ge=0, le=65535)
    """The port of the page of `vitrina try`, on this machine only; 0 takes a free one."""

    @field_validator("telegram_api_url", "webhook_url", "editor_url")
    @classmethod
    def is_an_address(cls, value: str | None) -> str | None:
        """Refuse what cannot be called, before anything is started."""
        if value is not None and not urlsplit(value).netloc:
            raise ValueError("expected an address such as https://example.org/path")
        return value

    @field_validator("webhook_url")
    @classmethod
    def telegram_calls_it(cls, value: str | None) -> str | None:
        """Refuse the schemes that Telegram does not call."""
        if value is not None and urlsplit(value).scheme != "https":
            raise ValueError("Telegram calls https:// addresses only; a proxy has the certificate")
        return value

    @field_validator("editor_url")
    @classmethod
    def telegram_opens_it(cls, value: str | None) -> str | None:
        """Refuse the schemes that Telegram does not open; `vitrina try` has a Telegram of its own.

        What is on this machine needs no certificate.
        """
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme != "https" and not (parts.scheme == "http" and is_here(value)):
                raise ValueError("Telegram opens https:// only; a proxy has the certificate")
        return value


class LimitSettings(Section):
    """Who may use the bot, and how much.

    Users are named by Telegram's numbers, with commas between them; the bot tells everyone theirs
    where a list shuts them out. Limits are per seller; 0 sets no limit. Albums pass whole, and an
    operator can give a seller a quota of their own with /quota.
    """

    operators: Users = frozenset()
    """Operators have /stats, /quota, /broadcast, /jobs, /job, /ban and /unban, and no limits."""
    allowed_users: Users = frozenset()
    """Only these may use the bot; empty lets everyone in."""
    blocked_users: Users = frozenset()
    """These are not answered."""
    photos_a_minute: int = Field(default=30, ge=0)
    """Photos a minute."""
    photos_a_day: int = Field(default=500, ge=0)
    """Photos in 24 hours, own backgrounds among them. /forget gives nothing of the day back."""
    photos_at_once: int = Field(default=50, ge=0)
    """Photos that wait to be cut out."""
    captions_a_day: int = Field(default=500, ge=0)
    """Captions in 24 hours, those too that were paid for and failed."""
    scenes_a_day: int = Field(default=10, ge=0)
    """Scenes by words in 24 hours, those too that were paid for and failed."""
    commands_a_minute: int = Field(default=30, ge=0)
    """Messages that are no pictures, a minute: beyond them one sentence, then silence."""
    taps_a_minute: int = Field(default=120, ge=0)
    """Taps on buttons, a minute."""
    edits_a_minute: int = Field(default=600, ge=0)
    """What a page of the editor asks for, a minute: a finger that drags asks ten times a second."""
    exports_a_day: int = Field(default=3, ge=0)
    """How often a seller's data is packed by /export, in 24 hours."""

    tips: bool = True
    """Whether a seller is given a tip after the first result and one after the fifth."""

    @field_validator("operators", "allowed_users", "blocked_users", mode="before")
    @classmethod
    def listed(cls, value: object) -> object:
        """Split what the environment has as one text."""
        return value.replace(",", " ").split() if isinstance(value, str) else value
