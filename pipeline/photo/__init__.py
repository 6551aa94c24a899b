"""A seller's file to pixels and back: decode, colour, encode."""
