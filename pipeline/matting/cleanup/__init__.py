"""Corrections of the coarse mask by colour, before its edge is softened."""
