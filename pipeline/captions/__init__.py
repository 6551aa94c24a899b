"""Captions: a picture of a product and its seller's words in, a text that sells."""

from pipeline.captions.chain import Chain
from pipeline.captions.flaws import Flaw
from pipeline.captions.language import find_language
from pipeline.captions.lint import Parts, lint, parts_of
from pipeline.captions.listing import Listing, Seen
from pipeline.captions.model_price import Price
from pipeline.captions.picture import thumbnail
from pipeline.captions.render import card_parts, card_text, telegram_html, telegram_text
from pipeline.captions.servers.breaker import Breaker
from pipeline.captions.servers.succession import Replacement
from pipeline.captions.spending import Spending
from pipeline.captions.text import cut
from pipeline.captions.values import (
    TELEGRAM,
    Caption,
    CaptionsKeptIn,
    CaptionsOff,
    Describer,
    Request,
    Tone,
    Watch,
    market_of_text,
)
from pipeline.markets.text import Length

__all__ = [
    "TELEGRAM",
    "Breaker",
    "Caption",
    "CaptionsKeptIn",
    "CaptionsOff",
    "Chain",
    "Describer",
    "Flaw",
    "Length",
    "Listing",
    "Parts",
    "Price",
    "Replacement",
    "Request",
    "Seen",
    "Spending",
    "Tone",
    "Watch",
    "card_parts",
    "card_text",
    "cut",
    "find_language",
    "lint",
    "market_of_text",
    "parts_of",
    "telegram_html",
    "telegram_text",
    "thumbnail",
]
