"""A listing of what was asked and measured, in Russian or English."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from playground.writer.measured import LONG, Measured, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.errors import Json

_LANGUAGE: Final = re.compile(r"^Language: (.{1,60})$", re.MULTILINE)
_WORDS: Final = re.compile(r'^The seller\'s words \(data\): (".{0,12000}")$', re.MULTILINE)
_EARLIER: Final = re.compile(r'^- "', re.MULTILINE)
_STOPS: Final = re.compile(r"(?<=[.!?…])\s+")
_PHRASES: Final = re.compile(r",(?!\d)|\n")
_PRICE: Final = re.compile(
    r"\d\s?(?:₽|р(?:уб\w*)?(?!\w)|€|euro?|евро|\$|₸|тг|сум)|[$€]\s?\d|(?:цена|price)",
    re.IGNORECASE,
)
MARK: Final = {"ru": "Демо: текст собран без модели.", "en": "Demo: put together without a model."}
CALL: Final = {
    "ru": "Напишите, если хотите посмотреть поближе.",
    "en": "Write to me for a closer look.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the bot asks: a language, the seller's words, how many texts there are, a picture."""

    language: str
    words: str
    earlier: int
    picture: str


def asked(messages: list[Json]) -> Asked:
    """Read the question out of a chat's messages."""
    parts: list[Any] = []
    for message in messages:
        if message.get("role") == "user":
            content = message.get("content")
            parts += content if isinstance(content, list) else [{"type": "text", "text": content}]
    text = "\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
    pictures = [part["image_url"] for part in parts if part.get("type") == "image_url"]
    picture = pictures[0] if pictures else ""
    language, words = _LANGUAGE.search(text), _WORDS.search(text)
    return Asked(
        "ru" if language is not None and "russian" in language[1].lower() else "en",
        str(json.loads(words[1])) if words is not None else "",
        len(_EARLIER.findall(text)),
        str(picture.get("url", "")) if isinstance(picture, dict) else str(picture),
    )


def listing(question: Asked) -> Json:
    """Return the listing, in the form that the bot asks a model for."""
    seen = measure(question.picture)
    at = 0 if question.language == "en" else 1
    colours = [colour[at] for colour in seen.colours]
    is_russian = question.language == "ru"
    title = _first(question.words.strip()) or (
        "Вещь на фото" if is_russian else "The thing in the photo"
    )
    sentences = _sentences(colours, seen, question)
    sentences[:0] = _told(question.words)
    return {
        "seen": {
            "product": title, "colour": ", ".join(colours), "material": "", "details": [],
            "text": "",
        },
        "unknown": ["цена", "размер"] if is_russian else ["price", "size"],
        "contradictions": [],
        "title": title[:60],
        "description": " ".join([*sentences, MARK[question.language]]),
        "bullets": [],
        "call_to_action": CALL[question.language],
        "keywords": [*colours],
    }  # fmt: skip


def _told(words: str) -> Iterator[str]:
    """Give the seller's words; prices are sentences of their own: a market may forbid them."""
    for sentence in _STOPS.split(words.strip()):
        phrases = [" ".join(one.split()) for one in _PHRASES.split(sentence) if one.strip()]
        for priced in (False, True):
            some = ", ".join(one for one in phrases if bool(_PRICE.search(one)) is priced)
            if some:
                yield some if some[-1] in ".!?…" else f"{some}."


def _first(words: str) -> str:
    """Return what the seller calls it: the words up to the first sign or figure."""
    called = re.split(r"[,.;:!?\n\d]", words, maxsplit=1)[0].strip()
    return called[:1].upper() + called[1:60]


def _sentences(colours: list[str], seen: Measured, question: Asked) -> list[str]:
    """Say what was measured, in another way each time it is asked for again."""
    both = (" и " if question.language == "ru" else " and ").join(colours)
    shape = 1 if seen.ratio > LONG else 2 if seen.ratio < 1 / LONG else 0
    if question.language == "ru":
        colour = (
            f"Основной цвет на фото — {both}.",
            f"Цвет, который видно сразу: {both}.",
            f"На снимке преобладает {both} цвет.",
        )
        form = ("Ширина и высота почти равны.", "В высоту больше, чем в ширину.",
                "В ширину больше, чем в высоту.")  # fmt: skip
    else:
        colour = (
            f"The main colour in the photo is {both}.",
            f"What one sees first is the colour: {both}.",
            f"Most of it is {both}.",
        )
        form = ("It is about as wide as it is tall.", "It is taller than it is wide.",
                "It is wider than it is tall.")  # fmt: skip
    said = [colour[question.earlier % len(colour)]] if colours else []
    told = [*said, form[shape]]
    return told[::-1] if question.earlier % 2 else told
