"""Corrections of the coarse mask by colour, where the model is uncertain."""

from pipeline.matting.cleanup.apply import clean_mask

__all__ = ["clean_mask"]
