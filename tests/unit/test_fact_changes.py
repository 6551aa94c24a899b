"""A seller's facts one by one: listed, set, taken out, and nothing else of the words lost."""

from __future__ import annotations

import pytest

from pipeline.captions.fact_changes import MAX_FACTS, SETTABLE, listed, with_fact, without
from pipeline.captions.grammar import What

WORDS = "кофта из хлопка, размер 44, рост 164, длина 60 см, 1 500 ₽"


def test_each_kind_is_listed_once_in_one_order() -> None:
    assert listed(WORDS) == (
        (What.PRICE, "1 500 ₽"),
        (What.SIZE, "44"),
        (What.HEIGHT, "164"),
        (What.MEASURE, "60 см"),
    )
    assert listed("кофта из хлопка") == ()
    assert listed("length 60 cm, 20x30 cm") == ((What.MEASURE, "60 cm, 20x30 cm"),)


@pytest.mark.parametrize(
    ("what", "value", "then"),
    [
        (What.PRICE, "1700", "1700"),
        (What.PRICE, "цена 1 700 руб.", "1 700 руб."),
        (What.PRICE, "$20", "$20"),
        (What.SIZE, "M", "M"),
        (What.SIZE, "size 38", "38"),
        (What.HEIGHT, "170", "170"),
        (What.MEASURE, "20x30 см", "20x30 см"),
    ],
)
def test_a_fact_is_set_in_the_place_of_the_old_one(what: What, value: str, then: str) -> None:
    for words in (WORDS, "кофта из хлопка", ""):
        changed = with_fact(words, what, value)
        assert dict(listed(changed))[what] == then
        others = {kind: told for kind, told in listed(words) if kind is not what}
        assert {kind: told for kind, told in listed(changed) if kind is not what} == others
        assert ("кофта из хлопка" in changed) == ("кофта из хлопка" in words)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        (What.PRICE, "дорого"),
        (What.PRICE, ""),
        (What.PRICE, "1500 р, размер M"),
        (What.SIZE, "большой"),
        (What.HEIGHT, "высокий"),
        (What.MEASURE, "тяжёлая"),
        (What.SHARE, "100%"),
    ],
)
def test_what_is_no_such_fact_is_refused(what: What, value: str) -> None:
    with pytest.raises(ValueError, match=r"is no|cannot be set"):
        with_fact(WORDS, what, value)


@pytest.mark.parametrize("what", SETTABLE)
def test_a_fact_is_taken_out(what: What) -> None:
    left = without(WORDS, what)
    assert [kind for kind, _ in listed(left)] == [kind for kind in SETTABLE if kind is not what]
    assert "кофта из хлопка" in left


def test_what_is_kept_is_bounded() -> None:
    assert len(with_fact("лён " * 1000, What.PRICE, "1500 ₽")) <= MAX_FACTS
