"""A card's claims by words: what is read, what may stand there, any order of changes and back."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.cards.brand_words import colours_in
from bot.cards.claim_words import AddClaims, RemoveClaims, ReplaceClaim, SetTitle, read
from bot.cards.claims import CLAIM_AT_MOST, CLAIMS_AT_MOST, objection, tidied
from bot.cards.edits import change
from pipeline.captions.contacts import has_contact
from pipeline.markets import load_markets

CLAIMS = [{"text": text, "source": "facts"} for text in ("Хлопок 100%", "Карманы", "Ручная работа")]
TEXTS = ("подкладка флис", "капюшон съёмный", "вес 300 г", "тёплая зимняя куртка на каждый день")


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("убери второй", RemoveClaims((2,))),
        ("Удали, пожалуйста, первое и третье", RemoveClaims((1, 3))),
        ("убери 2 и 3", RemoveClaims((2, 3))),
        ("убери №2", RemoveClaims((2,))),
        ("убери последний пункт", RemoveClaims((3,))),
        ("убери все", RemoveClaims((1, 2, 3))),
        ("без карманы", RemoveClaims((2,))),
        ("убери ручная работа", RemoveClaims((3,))),
        ("remove the second", RemoveClaims((2,))),
        ("delete 1 and 3 please", RemoveClaims((1, 3))),
        ("убери пятый", None),
        ("убери 0", None),
        ("убери фон", None),
        ("убери цену", None),
        ("без тени", None),
        ("добавь: подкладка флис", AddClaims(("подкладка флис",), sure=True)),
        ("добавь подкладка флис, капюшон", AddClaims(("подкладка флис", "капюшон"))),
        ("добавь: вес 2,5 кг; молния", AddClaims(("вес 2,5 кг", "молния"), sure=True)),
        ("add: fleece lining", AddClaims(("fleece lining",), sure=True)),
        ("добавь цену 1990", None),
        ("цена 1990", None),
        ("добавь", None),
        ("замени 1 на хлопок 95%", ReplaceClaim(1, "хлопок 95%")),
        ("поменяй второй: молния", ReplaceClaim(2, "молния")),
        ("replace 3 with handmade", ReplaceClaim(3, "handmade")),
        ("поменяй фон на белый", None),
        ("поменяй цену на 1800", None),
        ("замени 9 на лён", None),
        ("название: Куртка на флисе", SetTitle("Куртка на флисе")),
        ("title: Fleece jacket", SetTitle("Fleece jacket")),
        ("название не знаю, размер 44", None),
        ("", None),
        ("белый", None),
    ],
)
def test_what_words_ask_of_claims(said: str, asked: object) -> None:
    assert read(said, CLAIMS) == asked


@pytest.mark.parametrize(
    ("said", "facts", "market", "key"),
    [
        ("подкладка флис", "", None, None),
        ("размер 44", "куртка, размер 44", None, None),
        ("размер 46", "куртка, размер 44", None, "claim-differs"),
        ("длина 70 см", "длина 65 см", None, "claim-differs"),
        ("рукав 70 см", "длина 65 см", None, None),
        ("вес 300 г", "длина 65 см", None, None),
        ("рост 164", "рост 170 см", None, "claim-differs"),
        ("Тёплая зимняя куртка на каждый день", "", None, "claim-long"),
        ("пишите @shop_anna", "", None, "claim-contact"),
        ("+7 912 345-67-89", "", None, "claim-contact"),
        ("shop точка ru", "", None, "claim-contact"),
        ("Скидка только сегодня", "", "wildberries", "claim-word"),
        ("Лучшая цена", "", "wildberries", "claim-word"),
        ("Best seller", "", "amazon", "claim-word"),
        ("1990 руб", "", None, "claim-price"),
        ("карманы", "", None, "claim-twice"),
        ("👍🔥", "", None, "claim-empty"),
        ("— подкладка флис.", "", None, None),
    ],
)
def test_what_may_stand_on_a_card(
    said: str, facts: str, market: str | None, key: str | None
) -> None:
    found = objection(tidied(said), CLAIMS, facts, load_markets().get(market or ""))
    assert (None if found is None else found.key) == key


def test_no_more_than_anybody_reads() -> None:
    many = [{"text": f"Пункт {n}", "source": "facts"} for n in range(CLAIMS_AT_MOST)]
    found = objection("Флис", many, "", None)
    assert found is not None
    assert found.key == "claim-many"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("синий и белый", ("#", "#ffffff")),
        ("#1F4D3A #e9c46a", ("#1f4d3a", "#e9c46a")),
        ("красный", ("#d32f2f",)),
        ("black, red and white", ("#000000", "#d32f2f")),
        ("просто слова", ()),
    ],
)
def test_colours_of_a_brand_in_words(said: str, found: tuple[str, ...]) -> None:
    read = colours_in(said)
    assert len(read) == len(found)
    assert all(one.startswith(other) for one, other in zip(read, found, strict=True))


class Editing(RuleBasedStateMachine):
    """A seller edits in any order; a plain list and its own history say what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[dict[str, str]] = []
        self.expected: list[str] = []
        self.history: list[tuple[list[dict[str, str]], list[str]]] = []

    def _say(self, said: str) -> bool:
        asked = read(said, self.claims)
        if asked is None:  # a price is a fact
            return False
        before = self.claims, list(self.expected)
        changed, _, objections = change(asked, self.claims, None, "размер 44", None)
        if changed != self.claims:
            self.history.append(before)
            self.claims = changed
        return not objections

    @rule(text=st.sampled_from((*TEXTS, "размер 46", "@my_shop", "2000 руб", "размер 44")))
    def add(self, text: str) -> None:
        if self._say(f"добавь: {text}"):
            self.expected.append(tidied(text))

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), english=st.booleans())
    def remove(self, data: st.DataObject, english: bool) -> None:  # noqa: FBT001 - a draw
        number = data.draw(st.integers(1, len(self.claims)))
        words = (
            "",
            "первый",
            "второй",
            "третий",
            "четвёртый",
            "пятый",
            "шестой",
            "седьмой",
            "восьмой",
        )
        assert self._say(f"remove {number}" if english else f"убери {words[number]}")
        del self.expected[number - 1]

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), text=st.sampled_from(TEXTS))
    def replace(self, data: st.DataObject, text: str) -> None:
        number = data.draw(st.integers(1, len(self.claims)))
        if self._say(f"замени {number} на {text}"):
            self.expected[number - 1] = tidied(text)

    @precondition(lambda self: self.history)
    @rule()
    def undo(self) -> None:
        self.claims, self.expected = self.history.pop()

    @invariant()
    def is_as_said(self) -> None:
        texts = [one["text"] for one in self.claims]
        assert texts == self.expected
        assert len(texts) <= CLAIMS_AT_MOST
        assert len({text.casefold() for text in texts}) == len(texts)
        assert not any(len(text) > CLAIM_AT_MOST or has_contact(text) for text in texts)


Editing.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestEditing = Editing.TestCase
