"""Empty scenes that a picture provider draws of a seller's words; a product is never sent."""

from pipeline.pictures.painter import COUNT, Painted, Painter
from pipeline.pictures.prompt import WORDS_AT_MOST, Viewpoint, prompt_of, scene_key

__all__ = ["COUNT", "WORDS_AT_MOST", "Painted", "Painter", "Viewpoint", "prompt_of", "scene_key"]
