"""Logs: structured, one line each, without secrets."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

    from vitrina.settings import Settings

SECRETS = re.compile(r"(?<!\d)\d{5,}+:[A-Za-z0-9_-]{30,}|\bsk-[A-Za-z0-9_-]{8,}")
"""What bot tokens and API keys look like, wherever a library may have quoted one."""


def set_up_logging(settings: Settings) -> None:
    """Send everything, the libraries' records included, through one formatter to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        Pseudonyms(settings.log_salt.get_secret_value().encode()),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                hide_secrets,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for chatty in (
        "httpx",
        "aiogram.event",
        "PIL",
        "openai",
        "httpcore",
        "alembic",
        "procrastinate",
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class Pseudonyms:
    """Puts a keyed hash, ``user``, in the place of a seller's number in every line."""

    def __init__(self, salt: bytes) -> None:
        """Take an empty ``salt`` for a random one: hashes then differ at every start."""
        self._salt = hashlib.blake2b(salt or secrets.token_bytes(32)).digest()

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Replace ``seller``."""
        seller = event.pop("seller", None)
        if seller is not None:
            digest = hashlib.blake2b(str(seller).encode(), key=self._salt, digest_size=6)
            event["user"] = digest.hexdigest()
        return event


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blot out anything that looks like a token, in every text of a log line."""
    return {
        key: SECRETS.sub("[secret]", value) if isinstance(value, str) else value
        for key, value in event.items()
    }
