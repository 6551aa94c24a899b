"""The facts in a seller's words one by one: listed, set, taken out.

The words stay one text, as the seller wrote them; what changes a fact changes that text.
"""

from __future__ import annotations

from typing import Final

from pipeline.captions.facts import amended, facts_in, without
from pipeline.captions.grammar import What

__all__ = ["MAX_FACTS", "SETTABLE", "listed", "with_fact", "without"]

MAX_FACTS: Final = 600
"""Characters of facts that are kept of a photo."""
SETTABLE: Final = (What.PRICE, What.SIZE, What.HEIGHT, What.MEASURE)
"""Kinds of facts that can be set and taken out by themselves, in the order of their list."""
_LABELS: Final = {
    What.PRICE: "цена {}",
    What.SIZE: "размер {}",
    What.HEIGHT: "рост {}",
    What.MEASURE: "{}",
}


def listed(words: str) -> tuple[tuple[What, str], ...]:
    """List the facts of a text in the order of `SETTABLE`, each kind once, without labels."""
    facts = facts_in(words)
    found = dict(facts.values())
    if facts.measures:
        found[What.MEASURE] = ", ".join(dict.fromkeys(map(facts.value, facts.measures)))
    return tuple((what, found[what]) for what in SETTABLE if what in found)


def with_fact(words: str, what: What, value: str) -> str:
    """Set a fact, in the place of what the text told of that kind: `What.PRICE`, "1 500 ₽".

    ``value`` may bear its label. Raises ValueError where it cannot be read as that kind, or
    ``what`` is none of `SETTABLE`.
    """
    if what not in SETTABLE:
        raise ValueError(f"{what} cannot be set")
    value = " ".join(value.split())
    for told in (value, _LABELS[what].format(value)):
        if [kind for kind, _ in listed(told)] == [what]:
            return amended(without(words, what), told)[-MAX_FACTS:]
    raise ValueError(f"{value!r} is no {what}")
