"""What the editor says of good drafts, and of each kind of bad one."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions import Length, Listing, Request, Tone
from pipeline.captions.contacts import has_contact
from pipeline.captions.flaws import Flaw
from pipeline.captions.lint import lint
from pipeline.captions.review import Review, review
from pipeline.markets import load_markets

MARKETS = sorted(name for name, market in load_markets().items() if market.text)
CANVAS: dict[str, Any] = {
    "seen": {
        "product": "холщовая сумка-шопер",
        "colour": "молочный с синим",
        "material": "холст",
        "details": ["две длинные ручки", "принт с китом"],
        "text": "SAVE THE WHALES",
    },
    "unknown": ["размер", "цена"],
    "contradictions": [],
    "title": "Шопер с синим китом и длинными ручками",
    "description": "Ручки длинные: сумка ложится на плечо и поверх пуховика. Кит плывёт через всю "
    "переднюю сторону, под ним надпись Save the whales. Внутри одно большое отделение — для "
    "хлеба, книг и кошки, если она согласна.",
    "bullets": ["Принт только с одной стороны", "Две ручки прошиты крест-накрест", "Цвет молочный"],
    "call_to_action": "Напишите мне — отложу до вечера.",
    "keywords": ["шопер с принтом", "сумка с китом"],
}
BOOTS: dict[str, Any] = {
    "seen": {
        "product": "leather ankle boots",
        "colour": "black",
        "material": "leather",
        "details": ["side zip", "block heel"],
        "text": "Dr. Martens",
    },
    "unknown": ["composition"],
    "contradictions": [],
    "title": "Black ankle boots with a side zip",
    "description": "A zip on the inner side, so you are out of the door before the lift comes. The "
    "block heel is low and broad: cobbles are no trouble. Dr. Martens is stamped on the sole.",
    "bullets": ["Size 39", "Price: $45", "Round toe with a seam across it"],
    "call_to_action": "Message me and I will send more photos.",
    "keywords": ["black ankle boots"],
}
SHIRT: dict[str, Any] = {
    "seen": {
        "product": "рубашка в клетку",
        "colour": "красный, чёрный",
        "material": "",
        "details": ["отложной воротник", "нагрудный карман"],
        "text": "",
    },
    "unknown": [],
    "contradictions": [],
    "title": "Красная рубашка в чёрную клетку",
    "description": "Клетка крупная, и рубашка хороша расстёгнутой поверх белой футболки. В "
    "нагрудном кармане поместятся очки. 100% хлопок, рост 170–176.",
    "bullets": ["Размер M, новая", "Цена 1 500 ₽", "Самовывоз у метро или доставка Почтой"],
    "call_to_action": "Пишите, договоримся о встрече.",
    "keywords": [],
}
FACTS = "Рубашка новая, размер М/M, хлопок 100%, рост 170-176, 1 500 р. Самовывоз или доставка"


def of(draft: dict[str, Any], request: Request, **changes: Any) -> Review:
    return review(Listing.model_validate(draft | changes), request)


@pytest.mark.parametrize(
    ("draft", "request_"),
    [
        (CANVAS, Request(b"")),
        (CANVAS, Request(b"", tone=Tone.PLAYFUL)),
        (BOOTS, Request(b"", "en", Tone.PLAIN, "size 39, $45, used twice")),
        (SHIRT, Request(b"", facts=FACTS)),
    ],
)
def test_a_good_draft_is_left_alone(draft: dict[str, Any], request_: Request) -> None:
    reviewed = of(draft, request_)

    assert reviewed.flaws == ()
    assert reviewed.fault == ""
    assert reviewed.listing == Listing.model_validate(draft)


def test_everything_wrong_is_said_at_once() -> None:
    reviewed = of(
        CANVAS,
        Request(b"", earlier=(of(CANVAS, Request(b"")).listing.description,)),
        title="Шопер " * 20,
        bullets=["Пишите @whale", "Гарантия 2 года", "а", "б", "в"],
    )

    said = "\n".join(map(str, reviewed.flaws))
    for part in (
        "title has 119 characters",
        "bullets has 5 items",
        "bullets[0] has a link",
        "bullets[1] says '2 года'",
        "bullets[1] says 'Гарантия'",
        "repeats an earlier one",
    ):
        assert part in said
    assert len(reviewed.flaws) == 6
    assert reviewed.listing.bullets == ("а", "б", "в")


def test_a_bad_title_gives_way_to_what_is_seen() -> None:
    reviewed = of(CANVAS, Request(b""), title="Шопер Gucci")

    assert reviewed.listing.title == "Холщовая сумка-шопер"
    assert reviewed.fault == ""


def test_only_the_bad_sentence_goes() -> None:
    reviewed = of(
        CANVAS,
        Request(b""),
        description="Кит во всю сумку. Ткань 300 г на метр. Ручки длинные. Ждём на kit.ru!",
    )

    assert reviewed.listing.description == "Кит во всю сумку. Ручки длинные."


def test_keywords_with_contacts_go_unsaid() -> None:
    reviewed = of(CANVAS, Request(b""), keywords=["#сумка", "kit.ru", "  "])

    assert reviewed.listing.keywords == ("сумка",)
    assert reviewed.flaws == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"description": "Звоните +7 999 123-45-67"}, "no title or no description"),
        ({"description": "..."}, "no title or no description"),
        ({"title": "", "seen": CANVAS["seen"] | {"product": " "}}, "no title or no description"),
    ],
)
def test_what_cannot_be_mended_is_a_fault(changes: dict[str, Any], fault: str) -> None:
    assert fault in of(CANVAS, Request(b""), **changes).fault


def test_an_empty_title_is_named_after_the_product() -> None:
    reviewed = of(CANVAS, Request(b""), title=" ")

    assert reviewed.listing.title == "Холщовая сумка-шопер"
    assert Flaw("empty", "title") in reviewed.flaws


def test_a_title_ends_without_a_full_stop() -> None:
    assert of(CANVAS, Request(b""), title="Шопер с китом.").listing.title == "Шопер с китом"


def test_a_part_of_dots_is_empty() -> None:
    assert of(CANVAS, Request(b""), call_to_action="—").listing.call_to_action == ""


def test_the_sellers_contacts_are_not_ground() -> None:
    reviewed = of(CANVAS, Request(b"", facts="пишите @kit_shop"), call_to_action="Вам к @kit_shop!")

    assert reviewed.listing.call_to_action == ""


TEXTS = st.one_of(
    st.text(max_size=80),
    st.text("аб9 .,!@#/-+()\n😍", max_size=80),
    st.sampled_from(["8 999 123-45-67", "t.me/x", "100% хлопок", "Свитер. @shop_ru!", "1 500 ₽"]),
)
DRAFTS = st.builds(
    Listing.model_validate,
    st.fixed_dictionaries(
        {
            "seen": st.just(CANVAS["seen"]),
            "unknown": st.lists(TEXTS, max_size=2),
            "contradictions": st.lists(TEXTS, max_size=2),
            "title": TEXTS,
            "description": st.lists(TEXTS, max_size=20).map(" ".join),
            "bullets": st.lists(TEXTS, max_size=6),
            "call_to_action": TEXTS,
            "keywords": st.lists(TEXTS, max_size=3),
        },
    ),
)


@settings(deadline=None)  # the machine may be busy with other tests
@given(DRAFTS, TEXTS, st.sampled_from(Tone), st.sampled_from(MARKETS), st.sampled_from(Length))
def test_whatever_is_written_what_is_left_is_clean(
    draft: Listing, facts: str, tone: Tone, market: str, size: Length
) -> None:
    request = Request(b"", facts=facts, tone=tone, market=market, length=size)
    reviewed = review(draft, request)

    left = reviewed.listing
    wrong = {flaw.rule for flaw in lint(left, request.rules, request.limits)}
    assert wrong <= {"empty"}
    for text in (left.title, *left.bullets, left.call_to_action, *left.keywords):
        assert not has_contact(text)
    assert reviewed.fault or (left.title and left.description)


@pytest.mark.parametrize(
    "text",
    ["a.", "a-", "1,1-", "1", "\n", "и ", "#a ", "<b", "+1", "! ", "😍", "8 (9) ", "1x", "Да. "],
)
def test_a_model_that_stutters_costs_no_time(text: str) -> None:
    start = time.perf_counter()

    of(CANVAS, Request(b""), description=text * (10_000 // len(text)))

    assert time.perf_counter() - start < 3  # a backtracking pattern takes minutes
