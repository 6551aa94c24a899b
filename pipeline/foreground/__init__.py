"""What in the photo is the product: a head on SAM's embedding, sharpened by SAM's decoder."""

from pipeline.foreground.choose import Candidate, Choice, choose
from pipeline.foreground.head import Head

__all__ = ["Candidate", "Choice", "Head", "choose"]
