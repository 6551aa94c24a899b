"""Captions: a picture of a product and its seller's words in, a text that sells out."""

from pipeline.captions.breaker import Breaker
from pipeline.captions.limits import Limits
from pipeline.captions.listing import Listing, Seen
from pipeline.captions.picture import thumbnail
from pipeline.captions.prices import Price
from pipeline.captions.render import telegram_html, telegram_text
from pipeline.captions.values import Caption, CaptionsOff, Describer, Request, Tone

__all__ = [
    "Breaker",
    "Caption",
    "CaptionsOff",
    "Describer",
    "Limits",
    "Listing",
    "Price",
    "Request",
    "Seen",
    "Tone",
    "telegram_html",
    "telegram_text",
    "thumbnail",
]
