"""The cards of a photo as its seller has them: choices, claims and the brand, by words and taps."""
