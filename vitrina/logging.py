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

SECRETS = re.compile(
    r"(?<!\d)\d{5,}+(?::|%3A)[A-Za-z0-9_-]{30,}|\bsk-[A-Za-z0-9_-]{8,}"
    r"|(?<=://)[^\s/:@]{0,99}+:[^\s/@]{1,99}+@"
)
"""What bot tokens, API keys and passwords in addresses look like, wherever a library quotes one."""
DIGITS = re.compile(r"\d+")
OURS = ("bot", "editor", "pipeline", "playground", "storage", "vitrina")
"""The packages whose loggers LOG_LEVEL sets; the others' stay at warnings."""
SHORTEST_NUMBER = 5
"""Digits of a seller's number that is looked for in texts; shorter ones are not Telegram's."""


def set_up_logging(settings: Settings) -> None:
    """Send everything, the libraries' records included, through one formatter to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
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
                Pseudonyms(settings.log_salt.get_secret_value().encode()),
                hide_secrets,
                renderer,
            ],
        )
    )
    # Libraries may quote addresses, bodies and pictures below a warning, also where ours debug.
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)


class Pseudonyms:
    """Puts a keyed hash, ``user``, in the place of a seller's number in every line.

    The number goes from the line's texts too, such as a library's error and its traceback.
    """

    def __init__(self, salt: bytes) -> None:
        """Take an empty ``salt`` for a random one: hashes then differ at every start."""
        self._salt = hashlib.blake2b(salt or secrets.token_bytes(32)).digest()

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Replace ``seller``, and the ``operator`` and ``target`` of what operators do."""
        for key, name in (("seller", "user"), ("operator", "operator"), ("target", "target")):
            number = event.pop(key, None)
            if number is not None:
                self._hide(event, number, name)
        return event

    def _hide(self, event: EventDict, hidden: object, name: str) -> None:
        number = str(hidden)
        digest = hashlib.blake2b(number.encode(), key=self._salt, digest_size=6).hexdigest()

        def hashed(found: re.Match[str]) -> str:
            return digest if found[0] == number else found[0]

        if len(number) >= SHORTEST_NUMBER:
            event.update({key: DIGITS.sub(hashed, text) for key, text in _texts(event).items()})
            event.update({key: digest for key, value in event.items() if value == hidden})
        event[name] = digest


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blot out anything that looks like a token, in every text of a log line."""
    event.update({key: SECRETS.sub("[secret]", text) for key, text in _texts(event).items()})
    return event


def _texts(event: EventDict) -> dict[str, str]:
    """Return what a line says in words: texts, and anything else by its ``repr``."""
    return {
        key: value if isinstance(value, str) else repr(value)
        for key, value in event.items()
        if not (value is None or isinstance(value, int | float))
    }
