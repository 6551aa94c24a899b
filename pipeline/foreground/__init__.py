"""What in the photo is the product: a head on SAM's embedding, sharpened by SAM's decoder."""

from pipeline.foreground.head import Head
from pipeline.foreground.refine import Touch, refine
from pipeline.foreground.select import ASK_BELOW, Candidate, Choice, choose
from pipeline.foreground.strategies import Way, open_way

__all__ = [
    "ASK_BELOW",
    "Candidate",
    "Choice",
    "Head",
    "Touch",
    "Way",
    "choose",
    "open_way",
    "refine",
]
