"""Captions without a key: what the seller said and what can be measured, marked as a demo."""
