"""What sellers' words ask for: tables of phrasings, and sentences that ask for nothing."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import pytest

from bot.intents import (
    AddFacts,
    Change,
    ForAll,
    Grammar,
    RemoveFact,
    Rewrite,
    Send,
    Undo,
    UnknownBackdrop,
    WrongCutOut,
)
from bot.keyboards.callbacks import Preference
from pipeline.backdrops import Backdrops
from storage.backdrops import OwnBackdrop
from tests.conftest import ROOT
from tests.stands.adversarial import texts

if TYPE_CHECKING:
    from bot.intents import Intent

TABLE = Path(__file__).with_name("intents.tsv")
BLIND = Path(__file__).with_name("intents_blind.tsv")
TALK = Path(__file__).with_name("no_intents.txt")
NAMES = {Preference.BACKDROP: "backdrop", Preference.CAPTION_LANGUAGE: "language",
         Preference.LENGTH: "length"}  # fmt: skip
SWITCH = {"0": "no", "1": "yes"}
RIGHT = 0.98
ASKED = {"unclear", "backdrop=?"}
WRONG_BLIND, RIGHT_BLIND = 0.03, 0.9
SECONDS = 2.0


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    backdrops = Backdrops(ROOT / "backgrounds")
    return Grammar(backdrops.presets)


def own(number: int, title: str) -> OwnBackdrop:
    return OwnBackdrop(number, 1, 1, None, 1, "f", "file", -1, title, 1)


OWNS = [own(7, "Доски"), own(8, "Marble"), own(9, "Мрамор")]


def cell(intent: Intent) -> str:  # noqa: PLR0911 - one line a kind
    """Write an intent as the table does."""
    match intent:
        case Change(what, value):
            value = SWITCH.get(value, value) if what is Preference.EMOJI else value
            return f"{NAMES.get(what, what.value)}={value}"
        case UnknownBackdrop():
            return "backdrop=?"
        case Send(what=file):
            return f"file={file}"
        case AddFacts(words):
            return f"facts={words}"
        case RemoveFact(what=fact):
            return f"remove={fact}"
        case Rewrite():
            return "rewrite"
        case WrongCutOut():
            return "wrong"
        case Undo():
            return "undo"
        case ForAll():
            return "default"


def cells(grammar: Grammar, text: str) -> set[str]:
    read = grammar.read(text, OWNS)
    return {*map(cell, read.intents), *(["unclear"] if read.unclear else [])}


def rows(part: str) -> list[list[str]]:
    """Give the rows of a part of the table: `tuned` or `held`."""
    found, now = [], ""
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("# part: "):
            now = line.removeprefix("# part: ")
        elif line and line[0:2] != "# " and now == part:
            found.append(line.split("\t"))
    return found


@pytest.mark.parametrize(("part", "least"), [("tuned", 300), ("held", 100)])
def test_phrasings_are_read_right(grammar: Grammar, part: str, least: int) -> None:
    table = rows(part)
    assert len({row[0] for row in table}) == len(table) >= least
    wrong = [
        f"{phrase!r}: read {sorted(got)}, meant {sorted(meant)}"
        for phrase, *meant in table
        if (got := cells(grammar, phrase)) != set(meant)
    ]
    print(f"{part}: {len(table) - len(wrong)} of {len(table)} right", *wrong, sep="\n")  # noqa: T201 - the figure that the part is measured by
    assert len(wrong) <= (1 - RIGHT) * len(table), "\n".join(wrong)


def kinds(got: set[str]) -> list[str]:
    return [one.partition("=")[0] for one in got - ASKED]


def outcome(got: set[str], meant: list[str]) -> str:
    """Tell `right` from `asked` (nothing else is done than what was meant) and `wrong`."""
    if meant == ["other"]:
        return "wrong" if got - ASKED else "asked" if got else "right"
    left = {"fact" if one.startswith("facts=") else one for one in got}
    missing = 0
    for group in meant:
        good = {"unclear" if one == "ask" else one for one in group.split("|")}
        hits = {one for one in left if one in good}
        if "backdrop=*" in good:
            hits |= {one for one in left if one.startswith("backdrop=") and one != "backdrop=?"}
        missing += not hits
        left -= set(sorted(hits)[:1])
    if not missing and not left:
        return "right"
    return "asked" if not left - ASKED and (got & ASKED or not got) else "wrong"


def test_what_is_not_clear_is_asked(grammar: Grammar) -> None:
    lines = BLIND.read_text("utf-8").splitlines()
    table = [line.split("\t") for line in lines if not line.startswith("# ")]
    found: dict[str, list[str]] = {"right": [], "asked": [], "wrong": []}
    for phrase, *meant in table:
        got = cells(grammar, phrase)
        found[outcome(got, meant)].append(f"{phrase!r}: read {sorted(got)}, meant {meant}")
    assert len(found["wrong"]) <= WRONG_BLIND * len(table), "\n".join(found["wrong"])
    assert len(found["right"]) >= RIGHT_BLIND * len(table), "\n".join(found["asked"])
    facts = [phrase for phrase, *meant in table if meant == ["fact"]]
    assert not [one for one in facts if set(kinds(cells(grammar, one))) - {"facts"}]


def test_what_asks_for_nothing_changes_nothing_but_facts(grammar: Grammar) -> None:
    sentences = TALK.read_text("utf-8").splitlines()
    assert len(set(sentences)) == len(sentences) >= 200
    harmless = {"unclear", "backdrop=?"}
    harmed = [
        f"{sentence!r}: {sorted(harm)}"
        for sentence in sentences
        if (
            harm := {
                one for one in cells(grammar, sentence) - harmless if not one.startswith("facts=")
            }
        )
    ]
    assert not harmed, "\n".join(harmed)


def test_nothing_that_is_said_is_lost(grammar: Grammar) -> None:
    for sentence in ("кофта, размер 44, 700 руб", "белая футболка\nхлопок, 1 500 ₽", "x" * 5000):
        read = grammar.read(sentence)
        assert read.facts.replace("\n", "") == sentence.replace("\n", "")


@pytest.mark.parametrize("text", list(texts(20_000)))
def test_any_text_is_read_in_a_bounded_time(grammar: Grammar, text: str) -> None:
    start = process_time()
    grammar.read(text, OWNS)
    assert process_time() - start < SECONDS
