from __future__ import annotations

import re
from dataclasses import fields
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions.contacts import has_contact
from pipeline.captions.limits import fit
from pipeline.captions.lint import lint
from pipeline.captions.listing import Listing, Seen
from pipeline.captions.render import telegram_html, telegram_text
from pipeline.captions.sentences import keep_sentences, sentences, trim, trim_phrase, trim_words
from pipeline.captions.text import length, tidy, tidy_line, without_emoji
from pipeline.captions.values import Request
from pipeline.markets import TextRules, load_markets
from pipeline.markets.text import Length, Limits
from tests.stands.prose import prose

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT_MARKETS = sorted(name for name, market in load_markets().items() if market.text)
steady = settings(deadline=None)  # the machine may be busy with other tests
SEEN = Seen(product="свитер", colour="", material="", details=(), text="")


def rules_of(market: str) -> TextRules:
    rules = load_markets()[market].text
    assert rules is not None
    return rules


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
@given(prose(), st.integers(-2, 200))
@pytest.mark.parametrize("cut", [trim, trim_phrase, trim_words])
def test_a_cut_text_is_within_the_limit_and_whole(
    cut: Callable[[str, int], str],
    text: str,
    limit: int,
) -> None:
    kept = cut(text, limit)

    assert length(kept) <= max(limit, 0)
    stem = kept.removesuffix(".")
    assert text.startswith(stem)
    rest = text[len(stem) :]
    assert not stem or not rest or re.match(r"[\W_]", rest), "cut inside a word"
    assert not kept or not kept[-1].isspace()


@pytest.mark.parametrize("cut", [trim, trim_phrase, trim_words])
@pytest.mark.parametrize("limit", [-2, -1, 0, 1, 2, 3])
@pytest.mark.parametrize("text", ["一,", "a, b", "a (b", "Да. Нет.", "на", "😍,", "…", ", ", " "])
def test_a_text_that_hardly_fits_is_cut_once(
    cut: Callable[[str, int], str], text: str, limit: int
) -> None:
    kept = cut(text, limit)

    assert length(kept) <= max(limit, 0)
    assert cut(kept, limit) == kept


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


@st.composite
def any_limits(draw: st.DrawFn) -> Limits:
    return Limits(**{field.name: draw(st.integers(0, 60)) for field in fields(Limits)})


@steady
@given(any_limits(), listings())
def test_fitting_twice_changes_nothing_more_within_any_limits(
    limits: Limits, listing: Listing
) -> None:
    fitted = fit(listing, limits)

    assert fit(fitted, limits) == fitted
    assert length(fitted.title) <= limits.title
    assert length(fitted.description) <= limits.description
    assert length(fitted.call_to_action) <= limits.call_to_action
    assert all(length(bullet) <= limits.bullet for bullet in fitted.bullets)


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

    said = [str(flaw) for flaw in lint(listing, rules_of("telegram"), Request(b"").limits)]
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
