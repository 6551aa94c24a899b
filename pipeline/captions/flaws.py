"""What is wrong with a text: the rule, the part that breaks it, what was found, what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SENTENCES: Final = {
    "empty": "{part} is empty",
    "long": "{part} has {found} characters, at most {wanted} are allowed",
    "short": "{part} has {found} characters, at least {wanted} are asked for",
    "many": "{part} has {found} items, at most {wanted} are allowed",
    "bytes": "{part} take {found} bytes together, at most {wanted} are allowed",
    "character": "{part} has the forbidden characters {found}",
    "once": "{part} has {found} more than once",
    "word": "{part} says {found!r}, which is forbidden here: say it otherwise or leave it out",
    "repeat": "{part} says {found!r} more often than {wanted}",
    "capitals": "{part} has the words {found} in capitals, at most {wanted} are allowed",
    "price": "{part} names the price {found!r}: leave it out",
    "emoji": "{part} has emoji, which are not allowed here",
    "markup": "{part} has markup {found}: plain text only",
    "unfinished": "{part} ends in the middle of a sentence",
    "contact": "{part} has a link, a phone number, a handle or an address: leave it out",
    "wordy": "{part} has {found} words, fewer than {wanted} are advised",
    "together": "{part} have {found} characters together, at most {wanted} are allowed",
    "invented": "{part} says {found!r}, which neither the seller's words nor the picture tell: "
    "leave it out",
    "language": "the text is not in {wanted}: write all of it in that language",
    "alike": "the text repeats an earlier one almost word for word: start from another thought, "
    "build it differently, share no phrase with it",
}
RULES: Final = tuple(_SENTENCES)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A rule of `RULES` that a part of a text breaks.

    ``found`` and ``wanted`` need no translation. ``advised`` tells that the market takes the text
    all the same, for all that is known. As a string it is the sentence for whoever is to mend the
    text.
    """

    rule: str
    part: str = ""
    found: str = ""
    wanted: str = ""
    advised: bool = False

    def __str__(self) -> str:
        return _SENTENCES[self.rule].format(part=self.part, found=self.found, wanted=self.wanted)

    @property
    def text_key(self) -> str:
        """The seller's sentence on a flaw that the linter finds; all fields fill it."""
        return f"flaw-{self.rule}"
