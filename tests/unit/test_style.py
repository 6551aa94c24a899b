"""Named choices and market formats: sizes, margins, and the check that says what breaks a rule."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.backdrops import Backdrop, Light
from pipeline.compose import Style, compose, load_choices
from pipeline.errors import MarketError, StyleError
from pipeline.markets import load_markets
from pipeline.markets.picture import check_file
from pipeline.masks import extent
from pipeline.photo.encode import encode_jpeg
from pipeline.values import CutOut

if TYPE_CHECKING:
    from pathlib import Path

WHITE = Backdrop(np.full((64, 64, 3), 255, np.uint8))
BLUE = Backdrop(np.full((64, 64, 3), (150, 180, 220), np.uint8), Light(strength=0.8))
CHOICES = load_choices()


def product(width: int = 900, height: int = 1200, share: float = 0.5) -> CutOut:
    alpha = np.zeros((height, width), np.float32)
    across, down = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
    alpha[down : height - down, across : width - across] = 1
    return CutOut(np.full((height, width, 3), (120, 60, 30), np.uint8), alpha)


def test_every_choice_has_its_titles() -> None:
    for options in (CHOICES.formats, CHOICES.margins, CHOICES.shadows, CHOICES.tones):
        for name, option in options.items():
            assert option.name == name
            assert set(option.titles) >= {"ru", "en"}
            assert all(0 < len(title) <= 20 for title in option.titles.values())


def test_every_market_is_dated_and_says_where_its_rules_are_from() -> None:
    markets = load_markets()
    assert set(markets) >= {
        *("amazon", "avito", "etsy", "google", "kufar", "ozon", "telegram", "wildberries"),
        *("megamarket", "yandex", "ebay", "instagram", "vk", "telegram_story", "shopify"),
    }
    for market in markets.values():
        assert isinstance(market.as_of, date)
        assert market.source.startswith("https://")
        assert set(market.titles) >= {"ru", "en"}


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("centred", (900, 1200)),
        ("original", (900, 1200)),
        ("square", (1200, 1200)),
        ("portrait", (1080, 1350)),
        ("story", (1080, 1920)),
        ("wildberries", (900, 1200)),
        ("ozon", (1200, 1600)),
        ("amazon", (2000, 2000)),
        ("etsy", (2000, 2000)),
        ("google", (1500, 1500)),
        ("kufar", (900, 1200)),
        ("instagram", (1080, 1350)),
        ("telegram_story", (1080, 1920)),
        ("ebay", (1600, 1600)),
    ],
)
def test_size_of_each_format(name: str, size: tuple[int, int]) -> None:
    assert name in CHOICES.formats
    made = compose(product(), WHITE, CHOICES.style(name))
    assert made.pixels.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("name", [n for n, o in CHOICES.formats.items() if o.value.rules])
@pytest.mark.parametrize("margin", CHOICES.margins)
@pytest.mark.parametrize("share", [0.2, 0.9])
def test_on_white_every_markets_rules_hold(name: str, margin: str, share: float) -> None:
    style = CHOICES.style(name, margin=margin, shadow="soft", tone="strong")
    made = compose(product(share=share), WHITE, style)
    assert made.broken == ()
    assert style.rules is not None
    assert check_file(style.rules, encode_jpeg(made.pixels)) == ()


def test_amazon_is_nothing_but_255_around_the_product() -> None:
    made = compose(product(), WHITE, CHOICES.style("amazon", shadow="soft"))
    assert (made.pixels[made.mask == 0] == 255).all()
    left, top, right, bottom = extent(made.mask)
    assert max(right - left, bottom - top) >= 0.85 * 2000
    assert left + right == pytest.approx(2000, abs=2)
    assert top + bottom == pytest.approx(2000, abs=2)


def test_the_check_says_which_rule_is_broken() -> None:
    amazon, original = CHOICES.style("amazon"), CHOICES.style("original")
    on_blue = compose(product(), BLUE, amazon).broken
    assert [(breach.rule, breach.text_key) for breach in on_blue] == [("white", "rule-white")]
    own_frame = Style(original.frame, "soft", 0.0, amazon.rules)
    rules = [breach.rule for breach in compose(product(600, 800), WHITE, own_frame).broken]
    assert rules == ["ratio", "fill", "white", "longest_least"]
    kufar = compose(product(), BLUE, CHOICES.style("kufar")).broken
    assert [breach.rule for breach in kufar] == ["coloured"]
    large = Style(original.frame, "none", 0.0, CHOICES.style("wildberries").rules)
    breach = compose(product(30, 8040), WHITE, large).broken[-1]
    assert (breach.rule, breach.found, breach.wanted) == ("longest", "30×8040", "8000")


def test_a_file_of_low_quality_is_told_of() -> None:
    rules = CHOICES.style("wildberries").rules
    assert rules is not None
    (breach,) = check_file(rules, encode_jpeg(WHITE.pixels, quality=70))
    assert (breach.rule, breach.found, breach.wanted, breach.advised) == (
        *("quality", "70", "85"),
        True,
    )
    (breach,) = check_file(rules, encode_jpeg(WHITE.pixels, quality=60))
    assert (breach.rule, breach.found, breach.wanted, breach.advised) == (
        *("quality", "60", "65"),
        False,
    )


def test_what_is_unverified_or_advised_is_no_breach() -> None:
    megamarket = CHOICES.style("megamarket")
    on_blue = compose(product(), BLUE, megamarket).broken
    assert [(one.rule, one.advised) for one in on_blue] == [("white", True)]
    amazon = CHOICES.style("original").frame
    small = Style(amazon, "none", 0.0, load_markets()["amazon"].picture)
    sizes = {}
    for side in (400, 800, 2000):
        broken = compose(product(side, side, 0.95), WHITE, small).broken
        sizes[side] = [(one.wanted, one.advised) for one in broken if one.rule == "longest_least"]
    assert sizes == {400: [("500", False)], 800: [("1600", True)], 2000: []}


def test_a_ratio_may_have_two_bounds() -> None:
    rules = load_markets()["instagram"].picture
    original = CHOICES.style("original").frame
    found = {
        size: [
            one.rule
            for one in compose(product(*size), WHITE, Style(original, "none", 0.0, rules)).broken
        ]
        for size in ((1000, 1250), (1000, 1300), (1910, 1000), (2000, 1000))
    }
    assert found == {
        (1000, 1250): [],
        (1000, 1300): ["narrowest"],
        (1910, 1000): [],
        (2000, 1000): ["widest"],
    }


def test_the_main_picture_may_bear_text_where_the_market_says_so() -> None:
    bare = {
        name
        for name, market in load_markets().items()
        if market.picture is not None and not market.picture.overlay
    }
    assert bare == {"amazon", "google", "ebay", "megamarket", "kufar"}


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_a_ratio_holds_and_never_shrinks_below_what_is_presentable(wide: int, high: int) -> None:
    for name in ("square", "portrait", "story"):
        frame = CHOICES.style(name).frame
        assert frame.ratio is not None
        width, height = frame.size_for((wide, high))
        assert abs(width * frame.ratio[1] - height * frame.ratio[0]) <= max(frame.ratio)
        assert min(width, height) >= 1080
        assert max(width, height) >= max(wide, high)


@pytest.mark.parametrize("kind", ["format", "margin", "shadow", "tone"])
def test_an_unknown_name_says_which_there_are(kind: str) -> None:
    with pytest.raises(StyleError, match="no choice 'odd'; there are "):
        CHOICES.style(**{kind: "odd"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "as_of = 1\nsource = ''\ntitle = {}",
        "as_of = 2026-11-25\nsource = ''\ntitle = {}\n[picture]\nodd = 1",
        "as_of = 2026-11-25\nsource = ''\ntitle = {}\n[picture]\nsize = [0, 5]",
        "as_of = 2026-11-25\nsource = ''\ntitle = {}\n[picture]\nfill = 0.9\nmargin = 0.1",
    ],
)
def test_a_wrong_market_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(MarketError, match="odd"):
        load_markets(tmp_path)
