"""What is read of a seller's words: a table of phrases, and what is done with what was read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions import Listing, Request
from pipeline.captions.facts import amended, facts_in, is_told, lines_of, without
from pipeline.captions.grammar import What, readings_of
from pipeline.captions.review import review
from pipeline.captions.vocabulary import vocabulary

TABLE = Path(__file__).with_name("facts.tsv")
ROWS = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line[0] != "#"]
PHRASES = [row[0] for row in ROWS]


def told(text: str) -> list[str]:
    """Say what is read as the table does."""
    facts = facts_in(text)
    values = dict(facts.values())
    cells = {
        "price": values.get(What.PRICE, ""),
        "amount": facts.amount,
        "was": facts.value(facts.was) if facts.was is not None else "",
        "size": values.get(What.SIZE, ""),
        "height": values.get(What.HEIGHT, ""),
        "measures": ", ".join(map(facts.value, facts.measures)),
    }
    return [f"{name}={value}" for name, value in cells.items() if value]


@pytest.mark.parametrize("row", ROWS, ids=PHRASES)
def test_a_phrase_is_read_to_the_letter(row: list[str]) -> None:
    phrase, *expected = row

    assert told(phrase) == expected
    assert told(f"Новая. {phrase}") == expected, "behind another sentence"


def test_the_table_is_long_and_in_both_languages() -> None:
    assert len(set(PHRASES)) == len(PHRASES) >= 150
    assert sum(phrase.isascii() for phrase in PHRASES) >= 50


@pytest.mark.parametrize("row", ROWS, ids=PHRASES)
def test_what_is_removed_is_gone_and_the_rest_stays(row: list[str]) -> None:
    phrase, *expected = row
    facts = dict(cell.split("=", 1) for cell in expected)

    left = told(without(f"кепка синяя, {phrase}", What.PRICE))
    assert not [cell for cell in left if cell.startswith(("price", "amount", "was"))]
    assert ("size=" + facts.get("size", "")) in left or "size" not in facts


@pytest.mark.parametrize(
    ("words", "more", "left"),
    [
        ("кепка, 990 руб", "убери цену", "кепка"),
        ("кепка, 990 руб, размер 56", "Убери размер.", "кепка, 990 руб"),
        ("кепка, 990 руб, размер 56", "без цены", "кепка, размер 56"),
        ("cap, $20, size M", "remove the price", "cap, size M"),
        ("cap, $20, size M", "no size, cotton", "cap, $20\ncotton"),
        ("кепка, 990 руб", "цена 800", "кепка\nцена 800"),
        ("кепка, размер 56", "размер 58, новая", "кепка\nразмер 58, новая"),
        ("кепка, 990 руб", "хлопок", "кепка, 990 руб\nхлопок"),
        ("куртка на рост 164, 3000 р.", "рост 158", "куртка, 3000 р.\nрост 158"),
        ("кепка 990 руб", "без цены не отдам", "кепка 990 руб\nбез цены не отдам"),
        ("cap $20", "no price tag", "cap $20\nno price tag"),
        ("кепка 990 руб", "Цвет синий. Убери цену, пожалуйста", "кепка\nЦвет синий."),
        ("", "кепка", "кепка"),
        ("990 руб", "убери цену", ""),
        ("кепка", "", "кепка"),
    ],
)
def test_a_fact_is_changed_and_taken_back(words: str, more: str, left: str) -> None:
    assert amended(words, more) == left


def test_lines_name_what_is_told() -> None:
    facts = facts_in("куртка на рост 164, размер 42, было 3000 р., стало 2500 р.")

    assert [line for _, line in lines_of(facts, "ru")] == [
        "Цена: 2500 р. (было 3000 р.)",
        "Размер: 42",
        "Рост: 164",
    ]
    assert next(line for _, line in lines_of(facts, "en")) == "Price: 2500 р. (was 3000 р.)"
    assert [line for _, line in lines_of(facts, "de")][1:] == ["42", "164"]


@pytest.mark.parametrize(
    ("words", "what", "text", "is_there"),
    [
        ("700 руб", What.PRICE, "Отдам за 700 ₽", True),
        ("700 руб", What.PRICE, "Кружка на 700 мл", False),
        ("12 000 руб", What.PRICE, "Цена 12000", True),
        ("5 тыс. руб.", What.PRICE, "За 5000 рублей", True),
        ("размер 44", What.SIZE, "Размер 44", True),
        ("размер 44", What.SIZE, "44 рубля", False),
        ("размер М", What.SIZE, "Size M", True),
        ("размер 44, 46", What.SIZE, "Размер 44", False),
        ("от 700 руб", What.PRICE, "от 700 рублей", True),
    ],
)
def test_a_fact_is_told_however_it_is_written(
    words: str,
    what: What,
    text: str,
    is_there: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert is_told(facts_in(words), what, text) is is_there


SEEN = {"product": "кофта", "colour": "", "material": "", "details": [], "text": ""}
DRAFT = {
    "seen": SEEN, "unknown": [], "contradictions": [], "title": "Кофта на пуговицах",
    "description": "Кофта с круглым вырезом.", "bullets": [], "call_to_action": "", "keywords": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("кофта, размер 44, 700 руб", ("Цена: 700 руб", "Размер: 44")),
        ("кофта, размер 44, 46 новая", ()),
        ("кофта 700 руб, шапка 300 руб", ()),
        ("коврик, размер 20 см", ("Размер: 20 см",)),
    ],
)
def test_a_caption_gets_a_line_of_what_is_sure(words: str, lines: tuple[str, ...]) -> None:
    reviewed = review(Listing.model_validate(DRAFT), Request(b"", facts=words))

    assert reviewed.listing.bullets == lines


def test_every_word_for_money_makes_a_price() -> None:
    for word, code in vocabulary().money.items():
        if word not in {"стерлингов", "sterling"}:
            found = readings_of(f"кепка, 990 {word}, новая")
            assert [(one.what, one.currency) for one in found] == [(What.PRICE, code)], word


@settings(deadline=None)  # the machine may be busy with other tests
@given(st.lists(st.sampled_from([*PHRASES, " ", ", ", "\n", "и", "44", "1 000", "р", "-", "x"])))
def test_readings_lie_in_order_within_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    last = 0
    for one in readings_of(text):
        assert last <= one.start <= one.value < one.end <= len(text)
        last = one.end


def test_removing_keeps_the_other_words_to_the_letter() -> None:
    words = "Кольцо 17,5 размер;  серебро 925 - проба, 1990 р.! Пишите"

    assert without(words, What.PRICE) == "Кольцо 17,5 размер;  серебро 925 - проба! Пишите"
