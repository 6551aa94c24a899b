"""The conversation: handlers write rows and answer taps, steps do what was promised."""
