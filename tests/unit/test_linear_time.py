"""No text, whoever wrote it, keeps a rule busy: neither a pattern nor a function of them."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bot.handlers.check import verdict
from bot.texts import Texts
from pipeline.captions import Listing, Request, find_language, lint, parts_of
from pipeline.captions.contacts import has_contact
from pipeline.captions.drafts import drafted
from pipeline.captions.facts import amended, facts_in, is_told, prices_in
from pipeline.captions.grammar import What
from pipeline.captions.language import is_written_in
from pipeline.captions.limits import fit
from pipeline.captions.lint import _phrases, forbidden_in, without_forbidden
from pipeline.captions.review import review
from pipeline.captions.sentences import (
    finished,
    is_unfinished,
    keep_sentences,
    sentences,
    trim,
    trim_phrase,
    trim_words,
)
from pipeline.captions.servers import answers
from pipeline.captions.servers.unsupported import RefusedError
from pipeline.captions.template import found_in, listing_of, plain
from pipeline.captions.text import length, markup_in, tidy, tidy_line, without_emoji
from pipeline.captions.truth import Ground
from pipeline.captions.variety import most_alike
from pipeline.markets import load_markets
from tests.stands.adversarial import texts
from tests.stands.patterns import (
    TooLongError,
    Use,
    assert_linear,
    attacks,
    in_globals,
    literals,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.markets import TextRules

# A tracer would be timed with the rules.
pytestmark = [pytest.mark.slow, pytest.mark.no_cover]
SIZE = 20_000
PATTERN_SECONDS = 0.25
"""Of the processor, for `SIZE` characters; a pattern that looks back takes a second at least."""
FUNCTION_SECONDS = 4.0
"""One takes half a second of a core of its own; what is not linear is told by its growth."""
MARKETS = {name: market.text for name, market in load_markets().items() if market.text}
MADE = {
    Use("bot/middlewares/groups.py", "_heard"): [
        re.compile(r"@vitrina_bot(?!\w)", re.ASCII | re.IGNORECASE)
    ],
    Use("pipeline/captions/lint.py", "_phrases"): [
        pattern for rules in MARKETS.values() if (pattern := _phrases(rules.words)) is not None
    ],
    Use("pipeline/captions/template.py", "_named"): [
        re.compile(r"(?<!\w)tote bag(?!\w)", re.IGNORECASE)
    ],
    Use("pipeline/cards/care.py", "_word"): [*in_globals(["pipeline/cards/care.py"]).values()],
    Use("training/export.py", "pin"): [
        re.compile(r'(file = "a.onnx"\nbytes = )\d+(\nsha256 = ")[0-9a-f]+')
    ],
}
"""Patterns that are made when they are needed: what the function makes of its data."""


def every_pattern() -> dict[str, re.Pattern[Any]]:
    found, made = literals()
    held = in_globals({use.file for use in made if not use.function})
    unknown = {use for use in made - set(MADE) if use.function}
    assert not unknown, f"say in MADE what these make: {unknown}"
    dynamic = {f"{use.file}:{use.function}:{i}": one
               for use, patterns in MADE.items() for i, one in enumerate(patterns)}  # fmt: skip
    return found | held | dynamic


PATTERNS = every_pattern()


def searching(pattern: re.Pattern[Any], text: str) -> None:
    subject = text.encode("utf-8") if isinstance(pattern.pattern, bytes) else text
    for _ in pattern.finditer(subject):
        pass


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_takes_no_more_than_linear_time(name: str) -> None:
    pattern = PATTERNS[name]
    assert_linear(
        partial(searching, pattern), partial(attacks, pattern), size=SIZE, limit=PATTERN_SECONDS
    )


@pytest.mark.parametrize(
    "bad",
    [
        r"(?:\s+(?:a|an|and|at)|[\s,;:])+$",
        r"(?:\s*(?<!\w)#\w+)+\s*$",
        r"\s+([,.;:])",
        r"[.!?…]+[\"»”)]*(?=\s+[^a-z]|\s*$)",
        r"size\s*:?\s*\d",
        r"\d{5,}:[A-Za-z0-9_-]{30,}",
        r"(?<![\w.,])\d{1,3}(?: \d{3})+\s?dollars",
        r"(a+)+b",
    ],
)
def test_a_pattern_that_looks_back_is_found_out(bad: str) -> None:
    pattern = re.compile(bad)
    with pytest.raises((TooLongError, AssertionError)):
        assert_linear(
            partial(searching, pattern), partial(attacks, pattern), size=SIZE, limit=PATTERN_SECONDS
        )


# Functions

TEXTS = Texts()
SEEN = {"product": "bag", "colour": "", "material": "", "details": [], "text": ""}


def everywhere(text: str) -> Listing:
    """Put a text into all parts, and into as many items as there are pieces of it."""
    items = text.split()[:5000] or [text]
    return Listing.model_validate(
        {
            "seen": SEEN | {"details": items, "text": text},
            "unknown": items,
            "contradictions": items,
            "title": text,
            "description": text,
            "bullets": [*items, text],
            "call_to_action": text,
            "keywords": items,
        }
    )


def whole(text: str) -> bool:
    return "\ud83d" not in text  # no valid JSON holds half a character


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "tidy": tidy,
    "tidy_line": tidy_line,
    "length": length,
    "without_emoji": without_emoji,
    "markup_in": markup_in,
    "is_unfinished": is_unfinished,
    "finished": finished,
    "sentences": lambda text: list(sentences(text)),
    "keep_sentences": lambda text: keep_sentences(text, lambda one: not has_contact(one)),
    "trim": lambda text: trim(text, len(text) - 9),
    "trim short": lambda text: trim(text, 300),
    "trim_phrase": lambda text: trim_phrase(text, len(text) - 9),
    "trim_words": lambda text: trim_words(text, len(text) - 9),
    "has_contact": has_contact,
    "prices_in": lambda text: list(prices_in(text)),
    "facts_in": lambda text: facts_in(text).amount,
    "amended": lambda text: amended(text, text),
    "is_told": lambda text: is_told(facts_in(text), What.PRICE, text),
    "ground": lambda text: list(Ground(text[: len(text) // 2]).inventions(text)),
    "most_alike": lambda text: most_alike(text, (text, text[::-1]), text),
    "is_written_in": lambda text: is_written_in(text, "de"),
    "find_language": find_language,
    "plain": lambda text: found_in(plain(text)),
    "template": lambda text: listing_of("a red tote bag", "en", text),
    "fit": lambda text: fit(everywhere(text), MARKETS["amazon"].most) if whole(text) else None,
    "review": lambda text: review(everywhere(text), Request(b"", facts=text, market="amazon"))
    if whole(text)
    else None,
    "drafted": lambda text: drafted(
        json.dumps({"seen": SEEN, "unknown": [], "contradictions": [], "title": text,
                    "description": text})[:-1], Request(b"", facts=text))
    if whole(text)
    else None,
    "verdict": lambda text: verdict(TEXTS, "en", "wildberries", text),
}  # fmt: skip


def linted(rules: TextRules, text: str) -> object:
    return lint(parts_of(text), rules)


def titled(rules: TextRules, text: str) -> object:
    return without_forbidden(text, rules, title=True)


def forbidden(rules: TextRules, text: str) -> object:
    return list(forbidden_in(text, rules))


def refused(text: str) -> object:
    error = RefusedError(400, {"error": {"message": text, "param": text, "detail": [text]}})
    return error.parameters, error.is_of_the_model, error.is_of_the_picture


def answered(text: str) -> object:
    needed = ("title", "description")
    return [answers.read(one, Listing, needed) for one in (text, f'{{"title": "{text}')]


FUNCTIONS |= {"refused": refused, "answered": answered, "is_refusal": answers.is_refusal}
FUNCTIONS |= {
    f"{function.__name__} {name}": partial(function, rules)
    for name, rules in MARKETS.items()
    for function in (linted, titled, forbidden)
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_takes_no_more_than_linear_time(name: str) -> None:
    assert_linear(FUNCTIONS[name], texts, size=SIZE, limit=FUNCTION_SECONDS)
