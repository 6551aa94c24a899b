from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions.contacts import has_contact
from pipeline.captions.language import is_written_in, name_of
from pipeline.captions.limits import fit, limits_of
from pipeline.captions.lint import lint
from pipeline.captions.listing import Listing, Seen
from pipeline.captions.render import telegram_html, telegram_text
from pipeline.captions.text import (
    keep_sentences,
    length,
    sentences,
    tidy,
    tidy_line,
    trim,
    trim_phrase,
    trim_words,
    without_emoji,
)
from pipeline.captions.truth import inventions
from pipeline.captions.values import Request
from pipeline.captions.variety import THE_SAME, TOO_ALIKE, most_alike, overlap
from pipeline.markets import TextRules, load_markets
from pipeline.markets.text import Length

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT_MARKETS = sorted(name for name, market in load_markets().items() if market.text)
steady = settings(deadline=None)  # the machine may be busy with other tests
SEEN = Seen(product="свитер", colour="", material="", details=(), text="")
WORDS = st.text("абвгдежийклмнопрстуabcdefgxyz0123456789😍", min_size=1, max_size=12)
GAPS = st.sampled_from([" ", " ", " ", ", ", ". ", "! ", "… ", " — ", "; ", "\n\n", " (", "."])


def rules_of(market: str) -> TextRules:
    rules = load_markets()[market].text
    assert rules is not None
    return rules


@st.composite
def prose(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORDS, max_size=60))
    return tidy("".join(word + draw(GAPS) for word in words))


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    text = st.one_of(prose(), st.text(max_size=300))
    return Listing(
        seen=SEEN,
        unknown=(),
        contradictions=(),
        title=draw(text),
        description=draw(text),
        bullets=tuple(draw(st.lists(text, max_size=8))),
        call_to_action=draw(text),
        keywords=tuple(draw(st.lists(text, max_size=3))),
    )


# Cutting


@steady
@given(prose(), st.integers(1, 200))
@pytest.mark.parametrize("cut", [trim, trim_phrase, trim_words])
def test_a_cut_text_is_within_the_limit_and_whole(
    cut: Callable[[str, int], str],
    text: str,
    limit: int,
) -> None:
    kept = cut(text, limit)

    assert length(kept) <= limit
    stem = kept.removesuffix(".")
    assert text.startswith(stem)
    rest = text[len(stem) :]
    assert not stem or not rest or re.match(r"[\W_]", rest), "cut inside a word"
    assert not kept or not kept[-1].isspace()


@steady
@given(prose(), st.integers(1, 200))
def test_a_trimmed_text_ends_where_a_sentence_or_a_clause_does(text: str, limit: int) -> None:
    kept = trim(text, limit)

    if kept and kept != text:
        rest = text[len(kept.removesuffix(".")) :]
        assert kept[-1] in ".!?…" or re.match(r"\s*\n|\s[^a-zа-я]", rest)


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("Первое. Второе. Третье.", 99, "Первое. Второе. Третье."),
        ("Первое. Второе. Третье.", 20, "Первое. Второе."),
        ("Первое. Второе. Третье.", 15, "Первое. Второе."),
        ("Первое. Второе. Третье.", 14, "Первое."),
        ("Ткань, нитки и т. д. лежат рядом. Ещё.", 35, "Ткань, нитки и т. д. лежат рядом."),
        ("Объём 1.5 л на день. Ещё слово.", 22, "Объём 1.5 л на день."),
        ("Без запятых и точек до самого конца", 20, ""),
        ("Мягкий ворот, который не колет, и тёплый рукав", 34, "Мягкий ворот, который не колет."),
        ("«Первое!» Второе слово", 12, "«Первое!»"),
        ("Первое\n\nвторое", 8, "Первое"),
        ("Ура 😍😍😍", 5, ""),
    ],
)
def test_trims_at_the_last_end_that_fits(text: str, limit: int, kept: str) -> None:
    assert trim(text, limit) == kept


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("Свитер с крупными косами и воротом", 31, "Свитер с крупными косами"),
        ("Кружка 1.5 л для чая", 9, "Кружка"),
        ("Сумка-шопер, лён, две ручки", 20, "Сумка-шопер, лён"),
        ("Сверхдлинноеслово", 5, ""),
        ("Bag for the beach", 11, "Bag"),
    ],
)
def test_a_title_is_cut_without_a_loose_end(text: str, limit: int, kept: str) -> None:
    assert trim_words(text, limit) == kept


@steady
@given(st.text(max_size=200))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert "\u202e" not in tidy(text)


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("**Тёплый**  свитер", "Тёплый свитер"),
        ("## Свитер\nТёплый", "Свитер\nТёплый"),
        ("<b>Свитер</b> из шерсти<br>", "Свитер из шерсти"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("сви\u200bтер\u00ad\u202e", "свитер"),
        ("👨\u200d👩\u200d👧 рядом", "👨\u200d👩\u200d👧 рядом"),
        ("＠ｓｈｏｐ", "@shop"),
        ("размер < 5 & > 3", "размер < 5 & > 3"),
        ("Берите!!! Ура!", "Берите! Ура!"),
        ("Тёплый #свитер.\n#вязка #осень", "Тёплый свитер."),
        ("Кресло №1, C# и 5 # 3", "Кресло №1, C# и 5 # 3"),
    ],
)
def test_tidies(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


@pytest.mark.parametrize("text", ["- Косы", "• Косы", "1. Косы", "✓ Косы", " — Косы\n"])
def test_an_items_mark_is_taken_off(text: str) -> None:
    assert tidy_line(text) == "Косы"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ура 😍 берите ❤️", "Ура берите"),
        ("Семья 👨\u200d👩\u200d👧, 👍🏽 да 🇷🇺.", "Семья, да."),
        ("30 °C, № 5, ™ и ©, «да» — 5 ₽", "30 °C, № 5, ™ и ©, «да» — 5 ₽"),
    ],
)
def test_takes_emoji_out(text: str, left: str) -> None:
    assert without_emoji(text) == left


@steady
@given(prose())
def test_sentences_lose_nothing(text: str) -> None:
    assert "".join(sentences(text)) == text


def test_keeps_the_wanted_sentences() -> None:
    text = "Тёплый свитер. Пишите @shop_ru! Косы крупные."

    assert keep_sentences(text, lambda one: not has_contact(one)) == "Тёплый свитер. Косы крупные."


# Limits and rendering


@steady
@given(st.sampled_from(TEXT_MARKETS), st.sampled_from(Length), listings())
def test_a_fitted_listing_exceeds_nothing_and_stays(
    market: str, size: Length, listing: Listing
) -> None:
    rules = rules_of(market)
    limits = rules.limits(size)
    fitted = fit(listing, limits)

    assert not {flaw.rule for flaw in lint(fitted, rules, limits)} & {"long", "many", "bytes"}
    assert fit(fitted, limits) == fitted


def test_everything_over_is_named() -> None:
    listing = Listing(
        seen=SEEN,
        unknown=(),
        contradictions=(),
        title="т" * 71,
        description="о" * 451,
        bullets=("а", "б" * 71, "в", "г", "д"),
        call_to_action="п" * 101,
        keywords=(),
    )

    said = [str(flaw) for flaw in lint(listing, rules_of("telegram"), limits_of(Request(b"")))]
    assert said == [
        "title has 71 characters, at most 70 are allowed",
        "description has 451 characters, at most 450 are allowed",
        "bullets[1] has 71 characters, at most 70 are allowed",
        "call_to_action has 101 characters, at most 100 are allowed",
        "bullets has 5 items, at most 4 are allowed",
    ]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)


@steady
@given(listings())
def test_html_reads_as_the_plain_text(listing: Listing) -> None:
    reader = Reader()
    reader.feed(telegram_html(listing))
    reader.close()

    assert reader.text == telegram_text(listing)
    assert set(reader.tags) <= {"b"}
    assert length(telegram_text(listing)) <= 1000


def test_the_fullest_post_fits_under_a_picture() -> None:
    most = rules_of("telegram").most
    listing = Listing(
        seen=SEEN,
        unknown=(),
        contradictions=(),
        title="т" * most.title,
        description="о" * most.description,
        bullets=("п" * most.bullet,) * most.bullets,
        call_to_action="з" * most.call_to_action,
        keywords=(),
    )

    assert length(telegram_text(listing)) == 997


def test_a_post_reads_from_the_title_to_the_call() -> None:
    listing = Listing(
        seen=SEEN,
        unknown=("размер",),
        contradictions=("спор",),
        title="Свитер <S> & Co",
        description="Тёплый.",
        bullets=("Косы", "Ворот"),
        call_to_action="Пишите.",
        keywords=("свитер",),
    )

    assert telegram_text(listing) == "Свитер <S> & Co\n\nТёплый.\n\n• Косы\n• Ворот\n\nПишите."
    assert telegram_html(listing) == (
        "<b>Свитер &lt;S&gt; &amp; Co</b>\n\nТёплый.\n\n• Косы\n• Ворот\n\nПишите."
    )


# Contacts


@pytest.mark.parametrize(
    "text",
    [
        "Пишите @shop_ru",
        "тел. 8 (999) 123-45-67",
        "89991234567",
        "+7 999 123 45 67",
        "+375 29 123-45-67",
        "(212) 555-0100 x",
        "212-555-0100",
        "123-45-67",
        "Заказ: shop.ru/cat",
        "https://example.org",
        "t.me/abc",
        "vk.com",
        "магазин.рф",
        "a.b+c@mail.example.com",
        "www.example.xyz",
        "WWW.SHOP.RU",
    ],
)
def test_finds_contacts(text: str) -> None:
    assert has_contact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Цена 12 990 ₽",
        "Размеры 42 44 46 48 50 52",
        "Размеры 42-44-46-48",
        "50×70 см. Два кармана",
        "хлопок.Мягкий рукав",
        "A dress.It fits",
        "Артикул 123456789",
        "1.5 л",
        "Пиджак H&M, кв.м/шт",
        "2026-11-23",
        "Wi-Fi 2.4/5 ГГц",
        "5 @ 3",
        "1 000 000 руб.",
    ],
)
def test_figures_are_no_contacts(text: str) -> None:
    assert not has_contact(text)


@steady
@given(prose(), st.sampled_from(["@shop_ru", "https://t.me/x", "+79991234567", "a@b.ru"]), prose())
def test_a_contact_never_survives(before: str, contact: str, after: str) -> None:
    kept = keep_sentences(f"{before} {contact} {after}", lambda one: not has_contact(one))

    assert contact not in kept
    assert not has_contact(kept) or has_contact(before) or has_contact(after)


# Truth


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Футболка, 100% хлопок", ["100%"]),
        ("Высота 30 см, объём 0,5 л", ["30 см", "0,5 л"]),
        ("50×70 см", ["50×70 см"]),
        ("Размер M", ["Размер M"]),
        ("размер 42", ["размер 42"]),
        ("Гарантия и скидка", ["Гарантия", "скидка"]),
        ("Куртка Nike на молнии", ["Nike"]),
        ("5 часов работы", ["5 часов"]),
        ("$20 today, free delivery", ["$20", "delivery"]),
        ("3 кармана, 2 рубашки, 2 части", []),
        ("Две ручки и Wi-Fi", []),
        ("A Nike jacket", []),
        ("Акцент на вороте", []),
    ],
)
def test_finds_what_nobody_told(text: str, found: list[str]) -> None:
    assert list(inventions(text, "")) == found


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Футболка, 100% хлопок", "хлопок 100 процентов"),
        ("Объём 0,5 л", "0.5л"),
        ("50×70 см", "50 на 70 см"),
        ("Размер M", "размер m, новый"),
        ("Доставка по городу", "доставлю сам"),
        ("Куртка Nike", "nike, носили год"),
        ("Цена 1500 ₽", "1500р"),
    ],
)
def test_the_sellers_words_are_ground(text: str, facts: str) -> None:
    assert list(inventions(text, facts)) == []


# Language


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        ("Тёплый свитер", "ru", True),
        ("Тёплый свитер Uniqlo", "ru-RU", True),
        ("A warm sweater", "ru", False),
        ("A warm sweater", "en", True),
        ("A warm sweater", "en_GB", True),
        ("Тёплый свитер", "English", False),
        ("Тёплый свитер", "Klingon", True),
        ("Ein schöner Pullover", "de", True),
        ("123", "ru", False),
        ("Тёплий светр із кишенями", "ru", False),
        ("Теплий светр із кишенями", "uk", True),
        ("Тёплый серый свитер", "uk", False),
        (
            "Тёплый свитер, ищите у нас всё самое нужное для дома, дачи, и Київ на этикетке",
            "ru",
            False,
        ),
    ],
)
def test_tells_the_language_by_its_letters(text: str, language: str, *, fits: bool) -> None:
    assert is_written_in(text, language) is fits


def test_names_languages() -> None:
    assert name_of("ru-RU") == "Russian"
    assert name_of("Қазақша") == "Қазақша"
    assert name_of("Klingon\nTone: rude" + "!" * 99) == "Klingon Tone: rude" + "!" * 22


# Variety

FIRST = (
    "Горчичный свитер с крупными косами\n\nВысокий ворот закрывает шею, и шарф можно оставить "
    "дома. Крупные косы видны издалека и не теряются под расстёгнутым пальто.\n\n"
    "• Косы по всему переду\n• Рукав с плотной манжетой\n\nНапишите, и я отвечу на вопросы."
)
REWORDED = (
    "Горчичный свитер с крупными косами\n\nВысокий ворот закрывает шею, и шарф теперь можно "
    "оставить дома. Крупные косы видны издалека и хороши под расстёгнутым пальто.\n\n"
    "• Косы по всему переду\n• Плотная манжета\n\nПишите, я отвечу на вопросы."
)
ANOTHER = (
    "Свитер крупной вязки с воротником-стойкой\n\nЦвет спелой горчицы оживляет серое утро. "
    "Высокий ворот не пускает ветер, а манжеты держат рукав на месте.\n\n"
    "• Стойка складывается пополам\n• Косы спереди\n\nХотите примерить — дайте знать."
)


def test_the_same_text_is_the_same() -> None:
    assert overlap(FIRST, FIRST) == 1
    assert overlap(FIRST, FIRST.upper()) == 1


def test_a_rewording_is_too_alike() -> None:
    assert TOO_ALIKE <= overlap(REWORDED, FIRST) < THE_SAME


def test_another_text_is_not() -> None:
    assert overlap(ANOTHER, FIRST) < TOO_ALIKE / 3
    assert overlap(FIRST, ANOTHER) < TOO_ALIKE / 3


def test_the_closest_earlier_text_counts() -> None:
    assert most_alike(FIRST, (ANOTHER, FIRST, ANOTHER)) == 1
    assert most_alike(FIRST, ()) == 0


def test_the_sellers_words_may_be_repeated() -> None:
    facts = "Размер 42–44, цена 1500 рублей, самовывоз у метро"

    assert overlap(f"Свитер. {facts}", f"Кофта. {facts}", facts) == 0


def test_a_text_of_two_words_can_be_repeated_too() -> None:
    assert overlap("Тёплый свитер", "Тёплый свитер") == 1
    assert overlap("Тёплый свитер", "Тонкий свитер") == 0
