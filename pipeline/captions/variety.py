"""How much of a new text stands word for word in an earlier one."""

from __future__ import annotations

import re

TOO_ALIKE = 0.3
"""From here on a text is asked for again. Two copywriters' texts about one thing stay far below."""
THE_SAME = 0.8
"""From here on it is the earlier text with a word changed."""

_WORD = re.compile(r"[^\W_]+")
_N = 3


def overlap(text: str, earlier: str, facts: str = "") -> float:
    """Give the share, 0..1, of the text's word trigrams that the earlier text has too.

    Trigrams of the seller's own words do not count: a price has to be repeated.
    """
    new = _trigrams(text) - _trigrams(facts)
    return len(new & _trigrams(earlier)) / len(new) if new else float(text == earlier)


def most_alike(text: str, earlier: tuple[str, ...], facts: str = "") -> float:
    """Give the greatest `overlap` with any of the earlier texts; 0 where there are none."""
    return max((overlap(text, one, facts) for one in earlier), default=0.0)


def _trigrams(text: str) -> set[tuple[str, ...]]:
    words = [word.replace("ё", "е") for word in _WORD.findall(text.casefold())]
    return {tuple(words[i : i + _N]) for i in range(len(words) - _N + 1)}
