"""What in the photo is the product: a head on SAM's embedding, sharpened by SAM's decoder."""

from pipeline.foreground.clicks import Clicks, refine
from pipeline.foreground.head import Head
from pipeline.foreground.select import ASK_BELOW, Candidate, Choice, choose
from pipeline.foreground.strategies import Segmenter, open_segmenter

__all__ = [
    "ASK_BELOW",
    "Candidate",
    "Choice",
    "Clicks",
    "Head",
    "Segmenter",
    "choose",
    "open_segmenter",
    "refine",
]
