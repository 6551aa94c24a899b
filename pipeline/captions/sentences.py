"""Sentences and clauses: told apart, so that a text is cut where a reader would cut it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.captions.text import cut, length, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Each matches wherever it begins: what is asked of a match is asked in code, so that no text is
# read twice. A pattern that looks ahead over a run fails anew at each character of that run.
_STOP_OR_SPACE = re.compile(r"(?P<stop>[.!?…]++)[\"»”)]*+(?P<after>\s*+)|(?P<space>\s++)")
_CLAUSE_MARK = re.compile(r"(?P<mark>[,;:])|(?P<stop>[.!?…]++)|(?P<space>\s++)")
# A clause that only leads up to another is no sentence of its own.
_LEADS_UP = re.compile(
    r"^\s*(?:когда|если|хотя|чтобы|пока|раз|как только|так как|поскольку|"
    r"when|if|while|though|although|because|since|as|unless|until|once)\b",
    re.IGNORECASE,
)
_LOOSE_WORDS = {
    "и", "а", "в", "во", "с", "со", "к", "на", "по", "за", "из", "от", "до", "у", "о", "об",
    "для", "под", "или", "не", "без",
    "a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with",
}  # fmt: skip
_LOOSE_MARKS = frozenset(',;:—–-(«"“')
_LOOSE_WORD_AT_MOST = max(map(len, _LOOSE_WORDS))


def is_unfinished(text: str) -> bool:
    """Tell whether the text breaks off: at a comma, a dash, an open bracket, a preposition."""
    return _end_of_whole(text) < len(text)


def finished(text: str) -> str:
    """Leave out a last sentence that breaks off; of a text that is one, what leads up to it."""
    if not is_unfinished(text):
        return text
    whole = list(sentences(text))
    # A sentence may be no more than a preposition: it is one only behind a space.
    while len(whole) > 1 and is_unfinished(f" {whole[-1].rstrip()}"):
        whole.pop()
    kept = "".join(whole).rstrip()
    return _ended(kept[: _end_of_whole(kept)]) if is_unfinished(kept) else kept


def sentences(text: str) -> Iterator[str]:
    """Split into sentences, each with the space that follows it."""
    start = 0
    for match in _STOP_OR_SPACE.finditer(text):
        if _ends_sentence(text, match) and text[start : match.end()].strip():
            yield text[start : match.end()]
            start = match.end()
    if text[start:].strip():
        yield text[start:]


def keep_sentences(text: str, wanted: Callable[[str], bool]) -> str:
    """Keep only the wanted sentences."""
    return tidy("".join(sentence for sentence in sentences(text) if wanted(sentence)))


def trim(text: str, limit: int) -> str:
    """Keep the whole sentences that fit; else the first one's leading clauses; else nothing."""
    if length(text) <= limit:
        return text
    kept: list[str] = []
    room = limit
    for sentence in sentences(text):
        if length(sentence.rstrip()) > room:
            break
        kept.append(sentence)
        room -= length(sentence)
    if kept or _LEADS_UP.match(text):
        return "".join(kept).rstrip()
    return _ended(_leading_clauses(text, limit - 1))


def trim_phrase(text: str, limit: int) -> str:
    """Keep the leading clauses of a heading or a list's item that fit; else nothing."""
    return text if length(text) <= limit else _leading_clauses(text, limit)


def trim_words(text: str, limit: int) -> str:
    """Keep the leading clauses if they fill half the limit; else the leading words that fit."""
    if length(text) <= limit:
        return text
    clauses = _leading_clauses(text, limit)
    return clauses if length(clauses) * 2 >= limit else _leading_words(text, limit)


def _leading_clauses(text: str, limit: int) -> str:
    room, end = len(cut(text, limit)), 0
    for match in _CLAUSE_MARK.finditer(text):
        if match.start() > room:
            break
        if (found := _end_of_clause(text, match)) is not None and found <= room:
            end = found
    return text[: _end_of_whole(text[:end])]


def _leading_words(text: str, limit: int) -> str:
    kept = cut(text, limit)
    if kept and not kept[-1].isspace() and not text[len(kept)].isspace():
        *_, last = kept.split() or [""]
        kept = kept.removesuffix(last)
    return kept[: _end_of_whole(kept)]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    space = match["space"] or match["after"] or ""
    if "\n" in space and match.start() > 0:
        return True
    if match["stop"] is None or _is_initial(text, match):
        return False
    if match.end() == len(text):
        return True
    # The next one does not start in lower case.
    return bool(space) and (len(space) > 1 or not _is_small(text[match.end()]))


def _end_of_clause(text: str, match: re.Match[str]) -> int | None:
    """Tell where a clause ends that this mark, stop or space may close."""
    after = text[match.end() : match.end() + 2]
    if match["space"] is not None:
        is_end = after[:1] == "(" or (after[:1] in {"—", "–", "-"} and after[1:].isspace())
        return match.start() if is_end else None
    if after and not after[0].isspace():
        return None
    return None if match["stop"] and _is_initial(text, match) else match.start()


def _is_initial(text: str, match: re.Match[str]) -> bool:
    """Tell whether a single point stands behind a single letter, as in "т. д."."""
    start = match.start()
    if match["stop"] is None or len(match["stop"]) > 1 or not text[start - 1 : start].isalpha():
        return False
    return start == 1 or not (text[start - 2].isalnum() or text[start - 2] == "_")


def _is_small(letter: str) -> bool:
    return "a" <= letter <= "z" or "а" <= letter <= "я" or letter == "ё"


def _end_of_whole(text: str) -> int:
    """Tell where the text ends without what breaks off at its end."""
    end = len(text)
    while end:
        if text[end - 1].isspace() or text[end - 1] in _LOOSE_MARKS:
            end -= 1
            continue
        start = max(end - _LOOSE_WORD_AT_MOST - 1, 0)
        words = text[start:end].split()
        if len(words) == 1 and not text[start].isspace():
            break
        if words[-1].lower() not in _LOOSE_WORDS:
            break
        end -= len(words[-1])
    return end


def _ended(text: str) -> str:
    return f"{text}." if text else ""
