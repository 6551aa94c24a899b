"""What was understood of a seller's words, said in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.intents import AddFacts, Change, ForAll, RemoveFact, Rewrite, Send
from bot.keyboards.callbacks import Preference
from pipeline.captions.fact_changes import SETTABLE, listed, without
from pipeline.captions.grammar import What

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.intents import Intent, Understood
    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.sellers import Seller

_SHOWN_AT_MOST: Final = 80
"""Characters of a seller's words that are said again."""
_FACTS: Final = {
    What.PRICE: "did-price",
    What.SIZE: "did-size",
    What.HEIGHT: "did-height",
    What.MEASURE: "did-measure",
}
_REMOVED: Final = {
    What.PRICE: "did-no-price",
    What.SIZE: "did-no-size",
    What.HEIGHT: "did-no-height",
    What.MEASURE: "did-no-measure",
}


def sentence(
    services: Services, seller: Seller, read: Understood, owns: Sequence[OwnBackdrop]
) -> str:
    """Say what is done, as Telegram HTML; empty where nothing is."""
    said = [part for one in read.intents for part in _parts(services, seller, one, owns)]
    text = ", ".join(dict.fromkeys(said))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _parts(
    services: Services, seller: Seller, intent: Intent, owns: Sequence[OwnBackdrop]
) -> Iterator[str]:
    texts, language = services.texts, seller.language
    match intent:
        case Change(Preference.BACKDROP, ref):
            yield texts(language, "did-backdrop", label=services.names.label(language, ref, owns))
        case Change(Preference.EMOJI, code):
            yield texts(language, "did-emoji" if code == "1" else "did-no-emoji")
        case Change(what, value):
            label = _label(services, language, what, value)
            if what in {Preference.SHADOW, Preference.MARGIN, Preference.LENGTH}:
                label = label[:1].lower() + label[1:]
            yield texts(language, f"did-{what.key}", label=label)
        case Send(what):
            yield texts(language, f"did-send-{what}")
        case Rewrite():
            yield texts(language, "did-rewrite")
        case RemoveFact(what):
            yield texts(language, _REMOVED[what])
        case AddFacts(words):
            yield from _facts(services, language, words)
        case ForAll():
            yield texts(language, "did-all")
        case _:
            pass


def _label(services: Services, language: str, what: Preference, value: str) -> str:
    options = services.preferences.options(what, language)
    return next((option.label for option in options if option.code == value), value)


def _facts(services: Services, language: str, words: str) -> Iterator[str]:
    told = listed(words)
    for what, value in told:
        yield services.texts(language, _FACTS[what], value=value)
    rest = words
    for what in SETTABLE:
        rest = without(rest, what)
    flat = " ".join(rest.split())
    if flat:
        shown = flat if len(flat) <= _SHOWN_AT_MOST else flat[: _SHOWN_AT_MOST - 1] + "…"
        yield services.texts(language, "did-words", words=shown)
