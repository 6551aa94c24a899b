"""What a caption may say: no contacts, nothing untold, in its language, and not again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions.contacts import has_contact
from pipeline.captions.language import is_written_in, name_of
from pipeline.captions.sentences import keep_sentences
from pipeline.captions.truth import Ground
from pipeline.captions.variety import THE_SAME, TOO_ALIKE, most_alike, overlap
from tests.stands.prose import prose

steady = settings(deadline=None)  # the machine may be busy with other tests


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
    assert list(Ground().inventions(text)) == found


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
    assert list(Ground(facts).inventions(text)) == []


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
