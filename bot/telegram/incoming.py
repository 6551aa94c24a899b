"""Updates as Telegram sends them, each read by itself: https://core.telegram.org/bots/api#update.

One update in a form that this version does not know must not keep the others from being read.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiogram.methods import TelegramMethod
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiogram import Bot

    from bot.process.metrics import Metrics

LAST_ID: Final = 2**31 - 2
"""Telegram numbers updates from 1, within 31 bits."""
MAX_INTEGER: Final = 2**63 - 1
"""The largest integer that the database keeps."""
DIGITS: Final = 20
"""More than the largest integer has: what is longer is out of range all the same."""
DEEPEST: Final = 64
"""Levels of objects and lists in an update."""
CUT: Final = DEEPEST + 16
"""Levels of JSON that are read: enough to tell that an update in it is too deep."""
TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""A string, also one without an end, or a bracket."""
ANSWERED: Final = ("message", "edited_message", "callback_query")
"""Kinds of updates behind which somebody waits for an answer."""
MENTION: Final = re.compile(r"@[A-Za-z0-9_]{4,32}")
MENTIONS: Final = 10

log = structlog.get_logger(__name__)


class GetRawUpdates(TelegramMethod[list[Any]]):
    """`getUpdates`, whose updates are not looked into yet."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


def loads(content: str | bytes) -> Any:
    """Read JSON, of what is nested too deep only the upper levels. Raises ValueError for none."""
    try:
        return _loads(content)
    except RecursionError:
        text = content if isinstance(content, str) else content.decode()
        return _loads(_pruned(text))


def _loads(content: str | bytes) -> Any:
    # Python refuses to read an integer of some thousand digits, and with it the whole text.
    return json.loads(content, parse_int=lambda digits: int(digits[:DIGITS]))


def _pruned(text: str) -> str:
    """Put null in the place of what lies deeper than ``CUT``."""
    kept, depth, since = [], 0, 0
    for token in TOKEN.finditer(text):
        if token[0] in {"[", "{"}:
            depth += 1
            if depth == CUT:
                kept.append(text[since : token.start()])
        elif token[0] in {"]", "}"}:
            if depth == CUT:
                kept.append("null")
                since = token.end()
            depth -= 1
    return "".join((*kept, text[since:] if depth < CUT else ""))


def update_id_of(raw: object) -> int | None:
    """Return the number by which an update is confirmed; None where it has none."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if type(number) is int and 0 < number <= LAST_ID else None


class Reader:
    """Validates updates one by one."""

    def __init__(self, bot: Bot, metrics: Metrics) -> None:
        """``bot`` is what the updates' shortcuts call; ``metrics`` counts what is passed over."""
        self._bot = bot
        self._metrics = metrics

    def read(self, raw: object) -> Update | None:
        """Return the update.

        One that cannot be read is logged and counted; of it only who wrote where is returned, as
        a message or a tap without content, so that it is answered like any other that the bot has
        no use for. None where not even that can be read.
        """
        try:
            return self._validated(raw)
        except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
            self._metrics.passed_over()
            log.warning("update passed over", update=update_id_of(raw), reason=_reason(error))
        try:
            return self._validated(_rest(raw))
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return None

    def _validated(self, raw: object) -> Update:
        if update_id_of(raw) is None:
            raise ValueError("no update id")
        _check(raw)
        update = Update.model_validate(raw, context={"bot": self._bot})
        try:
            update.event_type  # noqa: B018 - what it is worked out from may be missing
        except UpdateTypeLookupError as error:
            raise ValueError("of no known kind") from error
        return update


def _check(raw: object) -> None:
    """Raise ValueError for values that no row can hold, and for nesting that no chat has."""
    level: list[object] = [raw]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _within(value)]
        if not level:
            return
    raise ValueError("nested too deep")


def _within(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
    elif isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise ValueError("an integer out of range")
    elif isinstance(value, str) and not value.isascii():
        value.encode()  # half of a surrogate pair is no text
    elif isinstance(value, str) and "\0" in value:
        raise ValueError("a NUL in a text")


def _rest(raw: object) -> dict[str, Any]:
    """Keep of an update who wrote where; of a group's message also whom it mentions."""
    if not isinstance(raw, dict):
        raise TypeError("no object")
    kept: dict[str, Any] = {"update_id": raw.get("update_id")}
    for kind in ANSWERED:
        if isinstance(event := raw.get(kind), dict):
            kept[kind] = _rest_of_tap(event) if kind == "callback_query" else _rest_of(event)
            return kept
    raise ValueError("no message and no tap")


def _rest_of(message: dict[str, Any]) -> dict[str, Any]:
    words = message.get("text") or message.get("caption")
    mentions = MENTION.findall(words)[:MENTIONS] if isinstance(words, str) else []
    return {
        "message_id": message.get("message_id"),
        "date": 0,
        "chat": _only(message.get("chat"), "id", "type"),
        "from": _only(message.get("from"), "id", "is_bot", "first_name", "language_code"),
        **({"caption": " ".join(mentions)} if mentions else {}),
    }


def _rest_of_tap(query: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": query.get("id"),
        "from": _only(query.get("from"), "id", "is_bot", "first_name", "language_code"),
        "chat_instance": "",
    }


def _only(value: object, *names: str) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    found = {name: value[name] for name in names if name in value}
    if not isinstance(found.get("language_code", ""), str):
        del found["language_code"]
    return found


def _reason(error: Exception) -> str:
    """Say what is wrong without quoting what a person wrote."""
    if not isinstance(error, ValidationError):
        return (
            f"{type(error).__name__}: {error}" if type(error) is ValueError else repr(type(error))
        )
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    return f"{first['type']} at {'.'.join(map(str, first['loc']))}"
