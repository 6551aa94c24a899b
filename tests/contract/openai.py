"""What the OpenAI-compatible servers of these tests say, and the describers that ask them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.captions.describer import ChatDescriber
from pipeline.captions.servers.provider_openai import OpenAIModel

if TYPE_CHECKING:
    from pipeline.captions.servers.breaker import Breaker

KEY = "sk-test-0123456789abcdefghij"
PICTURE = b"\xff\xd8 a picture \xff\xd9"
SWEATER: dict[str, Any] = {
    "seen": {
        "product": "вязаный свитер",
        "colour": "горчичный",
        "material": "",
        "details": ["высокий ворот", "крупные косы"],
        "text": "",
    },
    "unknown": ["размер", "состав"],
    "contradictions": [],
    "title": "Горчичный свитер с крупными косами",
    "description": (
        "Высокий ворот закрывает шею, и шарф можно оставить дома. "
        "Крупные косы видны издалека и не теряются под расстёгнутым пальто."
    ),
    "bullets": ["Косы по всему переду", "Рукав с плотной манжетой"],
    "call_to_action": "Напишите, и я отвечу на вопросы о размере.",
    "keywords": ["свитер с косами", "горчичный свитер"],
}
OTHER = SWEATER | {
    "title": "Свитер крупной вязки с воротником-стойкой",
    "description": (
        "Цвет спелой горчицы оживляет серое утро. "
        "Манжеты держат рукав на месте, когда тянешься за верхней полкой."
    ),
    "bullets": ["Стойка складывается пополам", "Прямой низ без резинки"],
    "call_to_action": "Хотите примерить — дайте знать.",
}


def answer(listing: dict[str, Any] = SWEATER, **changes: Any) -> str:
    return json.dumps(listing | changes, ensure_ascii=False)


def openai_describer(
    key: str,
    base_url: str | None = None,
    *,
    timeout: float = 30.0,
    attempt: float | None = None,
    breaker: Breaker | None = None,
    **model: Any,
) -> ChatDescriber:
    """Make a describer; one attempt takes three fifths of ``timeout`` if not given."""
    asked = OpenAIModel(key, base_url, attempt=attempt or timeout * 0.6, **model)
    return ChatDescriber(asked, timeout=timeout, breaker=breaker)


@dataclass
class Makers:
    made: list[ChatDescriber] = field(default_factory=list)

    def __call__(self, base_url: str | None, **settings: Any) -> ChatDescriber:
        describer = openai_describer(KEY, base_url, **({"retries": 0} | settings))
        self.made.append(describer)
        return describer
