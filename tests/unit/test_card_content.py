from __future__ import annotations

import pytest

from pipeline.captions.listing import Listing, Seen
from pipeline.cards.content import claim_of, content_of
from pipeline.cards.values import CLAIM_AT_MOST, Claim

LISTING = Listing(
    seen=Seen(
        product="утеплённый жилет",
        colour="фиолетовый",
        material="плащёвка",
        details=("два кармана на молнии", "отстёгивающийся капюшон"),
        text="2XU",
    ),
    unknown=(),
    contradictions=(),
    title="Жилет утеплённый с капюшоном",
    description="Описание.",
    bullets=(
        "Подкладка: мягкий флис, держит тепло",
        "Лучшая цена на рынке",
        "Прямой крой",
        "Пишите @shop1234",
        "Гарантия 2 года",
        "Объём 500 мл",
    ),
    call_to_action="",
    keywords=(),
)
WORDS = (
    "цена 3490 р, была 4990, размеры S-XL, рост 170-182 см, длина 70 см. Состав: полиэстер 95%, "
    "эластан 5%. Стирка при 30 градусах, не отбеливать. В комплекте: жилет, капюшон и чехол. "
    "Подкладка флис, скидка, звоните +7 912 345 67 89"
)


def test_all_that_a_card_says_is_from_the_seller_or_the_checked_listing() -> None:
    content = content_of(LISTING, WORDS, "ru")
    assert content.title == "Жилет утеплённый с капюшоном"
    assert [claim.text for claim in content.claims] == [
        "Подкладка флис",
        "Скидка",
        "Мягкий флис",
        "Прямой крой",
        "Два кармана на молнии",
        "Отстёгивающийся капюшон",
        "Плащёвка",
        "Длина 70 см",
    ]
    assert content.sizes == (("Размер", "S-XL"), ("Рост", "170-182 см"), ("Длина", "70 см"))
    assert (content.price, content.old_price) == ("3\u00a0490\u00a0₽", "4\u00a0990\u00a0₽")
    assert content.care == ("Стирка при 30 градусах", "Не отбеливать")
    assert content.contents == ("Жилет", "Капюшон", "Чехол")
    assert content.material == "Полиэстер 95%, эластан 5%"
    told = f"{WORDS} {LISTING.model_dump_json()}".casefold()
    for claim in content.claims:
        _, _, source = claim.source.partition(": ")
        assert claim.text.casefold() in source.casefold()
        assert source.casefold() in told


def test_what_only_names_the_product_is_no_claim() -> None:
    listing = LISTING.model_copy(update={"title": "Находка для осени"})
    for words, claimed in (("Жилет, не мнётся", ()), ("Жилет не мнётся", ("Жилет не мнётся",))):
        found = [claim.text for claim in content_of(listing, words, "ru").claims]
        assert "Жилет" not in found
        assert set(claimed) <= set(found)


def test_what_the_markets_review_refuses_is_on_no_card() -> None:
    content = content_of(LISTING, WORDS, "ru", market="wildberries")
    assert "Скидка" not in {claim.text for claim in content.claims}
    assert content.price is None
    assert content.old_price is None


def test_without_a_listing_the_sellers_words_are_enough() -> None:
    content = content_of(
        None, "Платье летнее, 1990, хлопок 100%, не мнётся, карманы по бокам, вес 240 г", "ru"
    )
    assert content.title == "Платье летнее"
    assert [claim.text for claim in content.claims] == [
        "Хлопок 100%",
        "Не мнётся",
        "Карманы по бокам",
        "Вес 240 г",
    ]
    assert content.sizes == (("Вес", "240 г"),)
    assert content.material == "Хлопок 100%"
    empty = content_of(None, "", "ru")
    assert (empty.title, empty.claims, empty.price) == ("", (), None)


@pytest.mark.parametrize(
    ("words", "title", "claims", "sizes"),
    [
        (
            "Добрый день! Сумка шоппер. Натуральная кожа. Размер 35х30 см. 4500р. Пишите в личку",
            "Сумка шоппер",
            ["Натуральная кожа"],
            (("Размер", "35х30 см"),),
        ),
        ("продам куртку, р.48-50, мех, 7000 торг уместен", "", ["Мех"], (("Размер", "48-50"),)),
        (
            "Набор кастрюль\nможно мыть в посудомойке\nобъем 1,5 л, 2,5 л, 4 л\n5 990 р",
            "Набор кастрюль",
            ["Можно мыть в посудомойке"],
            (("Объем", "1,5 л, 2,5 л, 4 л"),),
        ),
        (
            "Ceramic mug, 350 ml, dishwasher safe, $24, ships worldwide",
            "Ceramic mug",
            ["Dishwasher safe"],
            (("Volume", "350 ml"),),
        ),
    ],
)
def test_what_sellers_write_makes_a_card(
    words: str, title: str, claims: list[str], sizes: tuple[tuple[str, str], ...]
) -> None:
    content = content_of(None, words, "en" if words.isascii() else "ru")
    assert content.title == title
    assert [claim.text for claim in content.claims] == claims
    assert content.sizes == sizes


def test_no_fact_is_told_by_half_and_no_bare_number_is_a_claim() -> None:
    content = content_of(None, "Футболка, 890 р, было 1290, размеры 98-122, артикул 55021", "ru")
    assert content.sizes == (("Размер", "98-122"),)
    assert content.claims == ()


def test_a_card_is_in_one_language() -> None:
    content = content_of(LISTING, "Soft toy, $19.90 was $25, washable at 30 °C, gift box", "en")
    assert content.title == "Soft toy"
    assert content.claims == (Claim("Gift box", "seller: gift box"),)
    assert (content.price, content.old_price) == ("$19.90", "$25")
    assert content.care == ("Washable at 30 °C",)
    assert content.material is None


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("подкладка флис", "Подкладка флис"),
        ("Не мнётся.", "Не мнётся"),
        ("самая лучшая подкладка из самого мягкого флиса", None),
        ("пишите @shop1234", None),
        ("", None),
        ("😀", None),
    ],
)
def test_a_claim_of_the_sellers_own_is_one_that_fits(words: str, wanted: str | None) -> None:
    claim = claim_of(words, "ru")
    assert (claim.text if claim else None) == wanted


def test_the_longest_words_take_no_time_and_make_no_long_lines() -> None:
    content = content_of(LISTING, "очень тёплый и мягкий жилет " * 1000 + "а" * 20_000, "ru")
    assert all(len(claim.text) <= CLAIM_AT_MOST for claim in content.claims)
    assert content.title == LISTING.title
