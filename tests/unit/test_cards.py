from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.cards import fonts
from pipeline.cards import typeset as typesetting
from pipeline.cards.brand_file import read_brand
from pipeline.cards.check import Fault, faults
from pipeline.cards.colours import contrast, palette_for, readable_on
from pipeline.cards.draw import draw_card, draw_thumbnails
from pipeline.cards.flat_logo import flat_logo
from pipeline.cards.layout import layouts
from pipeline.cards.placing import FreeSpace, place_product, point_on
from pipeline.cards.rules import is_further
from pipeline.cards.templates import FOLDER, Templates, load_templates
from pipeline.cards.values import (
    CLAIM_AT_MOST,
    DEFAULT_BRAND,
    FORMATS,
    PORTRAIT,
    Brand,
    CardContent,
    CardFormat,
    Claim,
    format_for,
)
from pipeline.cards.wording import shorter, typeset
from pipeline.drawings.numbered import CELL, CELL_GAP, sheet
from pipeline.errors import CardError, MarketError
from pipeline.markets import market_names
from pipeline.matting import cut_out
from pipeline.oklch import rgb_of
from pipeline.values import CutOut, Photo

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SMALL = 0.3
"""Cards are drawn at this size: their layout is that of the full size."""


def claims(*texts: str) -> tuple[Claim, ...]:
    return tuple(Claim(text, f"seller: {text}") for text in texts)


CONTENTS = {
    "ru": CardContent(
        "Жилет утеплённый с капюшоном, для прогулок",
        claims("Подкладка флис", "Капюшон отстёгивается", "Два кармана на молнии", "Не мнётся"),
        (("Размер", "42–48, 50, 52"), ("Рост", "164–182 см"), ("Длина по спинке", "68 см")),
        "3 490 ₽",
        "4 990 ₽",
        ("Стирка при 30 °C", "Не отбеливать", "Сушить в тени"),
        ("Жилет", "Съёмный капюшон", "Чехол"),
        "ru",
        "Полиэстер 95 %, эластан 5 %",
    ),
    "en": CardContent(
        "Quilted vest with a detachable hood",
        claims("Fleece lining", "Detachable hood", "Two zip pockets", "Wind and water proof"),
        (("Size", "S, M, L, XL"), ("Height", "164–182 cm")),
        "$39.90",
        None,
        ("Machine wash at 30 °C", "Do not bleach"),
        ("Vest", "Hood", "Dust bag"),
        "en",
        "95% polyester, 5% elastane",
    ),
}


@cache
def product(name: str) -> CutOut:
    pixels = np.asarray(Image.open(ROOT / "samples" / f"{name}.jpg").convert("RGB"))
    outline = np.asarray(Image.open(ROOT / f"tests/golden/outlines/{name}.png").convert("L"))
    logits = cv2.GaussianBlur(outline.astype(np.float32), (0, 0), 0.8) / 255 * 16 - 8
    return cut_out(Photo(pixels), logits)


def drawn(width: int, height: int, colour: tuple[int, int, int] = (40, 90, 160)) -> CutOut:
    """Cut out an ellipse of that width and height."""
    alpha = np.zeros((height + 20, width + 20), np.float32)
    cv2.ellipse(
        alpha, (width // 2 + 10, height // 2 + 10), (width // 2, height // 2), 0, 0, 360, 1.0, -1
    )
    return CutOut(np.full((*alpha.shape, 3), colour, np.uint8), alpha)


def cut(side: str) -> CutOut:
    """Cut out a block that its photo's edge cuts on one side."""
    alpha = np.zeros((300, 300), np.float32)
    alpha[60:240, 60:240] = 1
    alpha[{"left": np.s_[60:240, :100], "bottom": np.s_[200:, 60:240]}[side]] = 1
    return CutOut(np.full((300, 300, 3), (150, 60, 40), np.uint8), alpha)


BRANDS = (
    DEFAULT_BRAND,
    Brand("#5b2bd9", "#ffb400", fonts="unbounded", corners="square", price_tag="circle"),
    Brand("#ffd400", fonts="oswald", price_tag="flag"),
)
PRODUCTS: dict[str, Callable[[], CutOut]] = {
    "vest": lambda: product("padded-vest"),
    "t-shirt": lambda: product("green-t-shirt"),
    "flat": lambda: drawn(600, 160),
    "tall": lambda: drawn(120, 640, (235, 232, 228)),
    "cut": lambda: cut("bottom"),
}


@pytest.mark.parametrize("template", load_templates().names)
def test_no_card_touches_its_product_is_clipped_or_cannot_be_read(template: str) -> None:
    found: list[tuple[str, str, Fault]] = []
    chosen = load_templates().get(template)
    forms = [form for form in FORMATS.values() if chosen.suits(form.shape)]
    for many, (name, make) in enumerate(PRODUCTS.items()):
        # Formats, languages, corners and font pairs meet in turn; benchmarks/cards.py has them all.
        form = forms[(many + chosen.order) % len(forms)]
        language = "ru" if (many + chosen.order) % 2 else "en"
        brand = BRANDS[many % len(BRANDS)]
        card = draw_card(chosen, make(), CONTENTS[language], brand, form, scale=SMALL)
        found += [(name, form.name, fault) for fault in faults(card)]
    assert found == []


def test_what_hangs_below_a_titles_last_line_keeps_off_the_product() -> None:
    story, form = load_templates().get("story"), format_for("wildberries")
    for title in ("An everyday thing built to last", "A joyful puppy", "Gypsy jug, happy type"):
        content = replace(CONTENTS["en"], title=title)
        for brand in BRANDS:
            card = draw_card(story, product("padded-vest"), content, brand, form, scale=0.5)
            assert faults(card) == (), (title, brand.fonts)


def test_a_fault_of_each_kind_is_found() -> None:
    card = draw_card(load_templates().get("hero"), drawn(200, 300), CONTENTS["ru"], scale=SMALL)
    assert faults(card) == ()
    text = card.text.copy()
    text[100:200] = text[:2] = 255
    full = np.full_like(card.product, 255)
    everywhere = replace(card, text=text, product=full, over=full)
    found = {fault.rule for fault in faults(everywhere)}
    assert found == {"touches", "crossed", "clipped", "contrast"}
    assert [fault.rule for fault in faults(replace(card, text=np.zeros_like(text)))] == ["empty"]


def test_every_font_is_the_manifests_and_has_the_letters_of_the_bots_languages() -> None:
    fonts.check()
    cyrillic = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя іїєґў"
    kazakh, uzbek, marks = "әғқңөұүһі", "oʻgʻʼ", "«»“”’—–№°×₽₸₴€$%\u00a0"
    complete = fonts.PAIRS[fonts.COMPLETE]
    for font in (complete.head, complete.body):
        wanted = cyrillic + kazakh + uzbek + marks
        assert fonts.letters_of(font.name).issuperset(wanted + wanted.upper())
    for name, pair in fonts.PAIRS.items():
        russian = cyrillic[:33] + marks.replace("₸", "").replace("₴", "")
        assert fonts.pair_for(name, russian + russian.upper()) is pair
        assert fonts.pair_for(name, kazakh) in {pair, complete}
    assert fonts.pair_for("unbounded", "Өлшемі") is complete
    assert fonts.drawable("Тёплый 🧥 жилет") == "Тёплый  жилет"


@pytest.mark.parametrize("language", ["ru", "en", "kk", "uz", "uk", "be"])
def test_nothing_is_set_in_letters_that_the_font_lacks(language: str) -> None:
    titles = {"kk": "Жылы күртеше, әмбебап", "uz": "Bolalar o'yinchog'i", "be": "Плюшавы мядзведзь"}
    content = replace(CONTENTS["ru"], title=titles.get(language, "Їжак 🦔"), language=language)
    for name in fonts.PAIRS:
        brand = Brand(fonts=name)
        palette = palette_for(brand, drawn(200, 200))
        layout = next(
            layouts(
                load_templates().get("hero"),
                drawn(200, 200),
                content,
                brand,
                palette,
                PORTRAIT,
                0.3,
            )
        )
        told = layout.data["fonts"]
        used = {font.name: font for pair in fonts.PAIRS.values() for font in (pair.head, pair.body)}
        for kind in ("head", "body"):
            font = next(
                one
                for one in used.values()
                if (one.family, one.weight) == (told[kind], told[f"{kind}_weight"])
            )
            said = {key: layout.data[key] for key in ("titles", "claims", "sizes", "words")}
            letters = set(json.dumps(said, ensure_ascii=False)) - set('{}[]"')
            assert fonts.letters_of(font.name).issuperset(letters)


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Куртка с капюшоном", "ru", "Куртка с\u00a0капюшоном"),
        ("Не мнётся и не линяет", "ru", "Не\u00a0мнётся и\u00a0не\u00a0линяет"),
        ('Сумка "Весна"', "ru", "Сумка «Весна»"),
        ('Bag "Spring"', "en", "Bag “Spring”"),
        ("Объём 500 мл", "ru", "Объём 500\u00a0мл"),
        ("Стирка при 30 °C", "ru", "Стирка при 30\u00a0°C"),
        ("Вес 1 200 г", "ru", "Вес 1\u00a0200\u00a0г"),
        ("Размер 42-48", "ru", "Размер 42–48"),
        ("S-XL", "ru", "S–XL"),
        ("Коробка 20x30 см", "ru", "Коробка 20×30\u00a0см"),
        ("Флис - тепло", "ru", "Флис\u00a0— тепло"),
        ("Bolalar o'yinchog'i", "uz", "Bolalar oʻyinchogʻi"),
        ("It's soft", "en", "It’s soft"),
        ("Тёплый 🧥 жилет", "ru", "Тёплый жилет"),
    ],
)
def test_a_line_is_set_as_a_typesetter_would(text: str, language: str, wanted: str) -> None:
    assert typeset(text, language) == wanted


def test_a_title_gets_shorter_by_its_tails() -> None:
    assert shorter("Платье летнее с\u00a0поясом для прогулок, хлопок") == (
        "Платье летнее с\u00a0поясом для прогулок, хлопок",
        "Платье летнее с\u00a0поясом для прогулок",
        "Платье летнее с\u00a0поясом",
        "Платье летнее",
    )
    assert shorter("Кружка") == ("Кружка",)
    assert shorter("Чайник 1,7\u00a0л") == ("Чайник 1,7\u00a0л",)
    assert shorter("Флис\u00a0— тёплый") == ("Флис\u00a0— тёплый", "Флис")


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_no_line_of_a_title_ends_in_a_preposition_and_none_is_a_lone_word(form: CardFormat) -> None:
    titles = (
        "Платье летнее с поясом и карманами из хлопка для прогулок",
        "Рюкзак городской на каждый день и в поездки",
        "Чайник электрический 1,7 л со стеклом и подсветкой",
        "A plush bear for children of all ages in a gift box",
    )
    for title in titles:
        content = CardContent(title, claims("Хлопок", "Не мнётся"), language="ru")
        for name in ("hero", "advantages", "panel", "story"):
            card = draw_card(
                load_templates().get(name), drawn(300, 400), content, form=form, scale=0.2
            )
            (lines,) = card.titles
            assert all(len(line.split()[-1]) > 2 for line in lines), lines
            # ... unless two words are all there is for the last two lines.
            longest = max(map(len, lines))
            assert len(lines) == 1 or len(lines[-1]) > longest / 4, lines
            assert title.startswith(" ".join(lines).replace("\u00a0", " "))


def test_a_free_rectangle_keeps_clear_of_the_product() -> None:
    placed = place_product(drawn(300, 300), (600, 800), (200, 300, 560, 780), "middle")
    box = FreeSpace(placed).rectangle((20, 20, 580, 780), (100, 100), (600, 800))
    assert box is not None
    left, top, right, bottom = box
    assert not placed.mask[top:bottom, left:right].any()
    assert (right - left) * (bottom - top) > 100_000
    assert FreeSpace(placed).rectangle((220, 320, 540, 760), (200, 200), (600, 800)) is None


@pytest.mark.parametrize("side", ["left", "right", "above", "below"])
def test_a_callout_points_into_the_product(side: str) -> None:
    mask = place_product(drawn(300, 200), (600, 800), (50, 200, 550, 700), "middle").mask
    for at in (0, 300, 450, 799):
        column, row = point_on(mask, side, at)
        assert mask[row - 4 : row + 5, column - 4 : column + 5].all()


def test_a_product_that_its_photo_cut_is_shown_in_a_window() -> None:
    box = (50, 200, 550, 700)
    placed = place_product(cut("bottom"), (600, 800), box, "bottom")
    assert placed.windowed
    left, top, right, bottom = placed.extent
    assert bottom == box[3]
    assert left >= box[0]
    assert top >= box[1]
    assert right <= box[2]


def test_every_colour_of_text_can_be_read() -> None:
    grid = [
        f"#{r:02x}{g:02x}{b:02x}"
        for r in range(0, 256, 51)
        for g in (0, 128, 255)
        for b in (0, 255)
    ]
    for colour in grid:
        assert contrast(rgb_of(colour), rgb_of(readable_on(colour))) >= 4.5
        palette = palette_for(Brand(primary=colour), drawn(50, 50))
        for behind in (palette.ground, palette.ground_far, palette.shape, palette.surface):
            assert contrast(rgb_of(palette.ink), rgb_of(behind)) >= 4.5
            assert contrast(rgb_of(palette.muted), rgb_of(behind)) >= 4.5


def test_a_designers_files_in_a_folder_are_a_template(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "poster.toml").write_text(
        """order = 0
        needs = { claims = 1 }
        [title]
        en = "Poster"
        [[arrangement]]
        name = "only"
        shapes = ["portrait"]
        product = [0.1, 0.3, 0.9, 0.7]
        edges = [0.6, 0.8]
        [arrangement.slots]
        title = { within = [0.1, 0.05, 0.9, 0.25] }
        claims = { within = [0.1, 0.72, 0.9, 0.95] }
        """
    )
    drawing = '#import "common.typ": *\n#show: setup\n#stage()\n#title("title")\n#claims("claims")'
    (tmp_path / "poster.typ").write_text(drawing)
    found = Templates(tmp_path)
    assert found.names == ("poster", *load_templates().names)
    poster = found.get("poster")
    assert [one.product[3] for one in poster.arrangements] == [0.8, 0.6], "the largest first"
    assert [round(one.slots["claims"].within[1], 2) for one in poster.arrangements] == [0.82, 0.62]
    card = draw_card(poster, product("padded-vest"), CONTENTS["en"], scale=SMALL)
    assert faults(card) == ()
    assert card.claims == 4
    (tmp_path / "poster.typ").unlink()
    with pytest.raises(CardError, match=r"poster.typ is missing"):
        Templates(tmp_path)


@pytest.mark.parametrize(("many", "shown"), [(4, 4), (5, 3)])
def test_a_card_holds_the_four_claims_that_there_are_or_the_first_three(
    many: int, shown: int
) -> None:
    texts = ("Хлопок 100%", "Не линяет при стирке", "Подкладка флис", "Молния до верха", "Капюшон")
    content = CardContent("Футболка", claims(*texts[:many]))
    for name in ("hero", "panel", "story"):
        card = draw_card(load_templates().get(name), product("padded-vest"), content, scale=SMALL)
        assert (name, card.claims) == (name, shown)


def test_thumbnails_are_of_all_templates_that_can_be_filled() -> None:
    templates = load_templates()
    content = CardContent("Кружка", claims("Объём 300 мл", "Керамика"))
    names = templates.fitting(content)
    assert names == ("hero", "advantages", "panel", "story")
    assert templates.fitting(CardContent("Кружка")) == ()
    assert templates.fitting(CardContent("", claims("Объём 300 мл"), price="990 ₽")) == ()
    drawn_ones = draw_thumbnails(templates, names, drawn(200, 300), content)
    assert tuple(drawn_ones) == names
    assert {picture.shape for picture in drawn_ones.values()} == {(400, 300, 3)}


def test_the_numbers_of_thumbnails_hide_nothing_of_them() -> None:
    picture = np.full((CELL, CELL * 3 // 4, 3), (200, 40, 90), np.uint8)
    drawing = sheet([picture] * 4, under=True)
    for row in range(2):
        top = CELL_GAP + row * (drawing.shape[0] - CELL_GAP) // 2
        cell = drawing[top : top + CELL, CELL_GAP : CELL_GAP + picture.shape[1]]
        assert (cell == picture).all()
    hidden = sheet([picture] * 4)
    assert (hidden[CELL_GAP : CELL_GAP + 40, CELL_GAP : CELL_GAP + 40] != picture[:40, :40]).any()


def test_what_cannot_be_made_is_said() -> None:
    templates = load_templates()
    with pytest.raises(CardError, match="no card 'poster'"):
        templates.get("poster")
    with pytest.raises(CardError, match="not enough"):
        draw_card(templates.get("price"), drawn(20, 20), CardContent("Кружка"))
    for much in (
        CardContent("Кружка " * 3000, claims("Флис")),
        CardContent("Кружка", claims("Флис"), care=("Не мыть",) * 1000),
        CardContent("Кружка", claims("Флис"), sizes=(("Размер", "5" * 1000),)),
    ):
        with pytest.raises(CardError, match="too much"):
            draw_card(templates.get("hero"), drawn(20, 20), much)
    with pytest.raises(CardError, match="no card format"):
        format_for("myspace")
    with pytest.raises(CardError, match="no fonts"):
        fonts.pair_for("comic", "a")
    with pytest.raises(ValueError, match="no colour"):
        Brand(primary="red")
    with pytest.raises(ValueError, match="no claim"):
        Claim("x" * (CLAIM_AT_MOST + 1), "seller")
    with pytest.raises(ValueError, match="no claim"):
        Claim("Флис", "")
    with pytest.raises(CardError, match="fits nowhere"):
        draw_card(
            templates.get("hero"),
            drawn(20, 20),
            CardContent("Непревзойдённоэлектронновычислительный" * 2, claims("Флис")),
            form=CardFormat("tiny", 300, 400),
        )


def test_a_market_has_its_own_format() -> None:
    assert format_for("wildberries").size == (900, 1200)
    assert format_for("amazon").size == (1920, 1920)
    assert format_for("avito").shape in {"portrait", "square", "story"}
    assert format_for("telegram_story").shape == "story"


def test_a_logo_is_seen_wherever_it_stands() -> None:
    logo = drawn(200, 60, (10, 12, 14))
    templates = load_templates()
    for primary in ("#101418", "#f4f4f4"):
        brand = Brand(primary, logo=logo, watermark=True)
        panel, product = templates.get("panel"), drawn(300, 400)
        bare = draw_card(panel, product, CONTENTS["ru"], Brand(primary), scale=SMALL)
        card = draw_card(panel, product, CONTENTS["ru"], brand, scale=SMALL)
        height, width = card.product.shape
        left, right = round(0.78 * width), round(0.94 * width)
        top, bottom = round(0.05 * height), round(0.115 * height)
        corner = card.pixels[top:bottom, left:right].astype(int)
        assert np.ptp(corner) > 100
        assert (bare.pixels != card.pixels).any()
        assert faults(card) == ()


def test_no_logo_and_no_label_covers_the_product() -> None:
    logo = drawn(200, 60, (10, 200, 14))
    square, wide = FORMATS["square"], drawn(500, 700)
    for name in load_templates().names:
        template, content = load_templates().get(name), CONTENTS["en"]
        marked = draw_card(template, wide, content, Brand(logo=logo), square, scale=SMALL)
        only = (
            marked.product > 0 if not template.over else (marked.product > 0) & (marked.over == 0)
        )
        green = (marked.pixels[only].astype(int) == (10, 200, 14)).all(axis=1)
        assert not green.any(), name
    palette = palette_for(DEFAULT_BRAND, wide)
    for layout in layouts(
        load_templates().get("advantages"), wide, CONTENTS["ru"], DEFAULT_BRAND, palette, square, 1
    ):
        left, top, width, height = layout.data["product"]
        for one in layout.data["callouts"]:
            x, y, w, h = one["box"]
            beside = x + w <= left or left + width <= x
            assert beside or y + h <= top or top + height <= y
        # The outermost labels begin and end where the title's lines do.
        title, _, room, _ = layout.data["slots"]["title"]
        edges = [(one["box"][0], one["box"][0] + one["box"][2]) for one in layout.data["callouts"]]
        assert min(edges)[0] == pytest.approx(title, abs=1)
        assert max(end for _, end in edges) == pytest.approx(title + room, abs=1)


@pytest.mark.parametrize("ground", [(255, 255, 255), (20, 60, 160)])
def test_of_a_logo_on_one_colour_every_letter_is_kept(ground: tuple[int, int, int]) -> None:
    picture = np.full((120, 400, 3), ground, np.uint8)
    cv2.putText(picture, "NORDA", (20, 85), cv2.FONT_HERSHEY_DUPLEX, 2.6, (200, 30, 40), 6, 16)
    noise = np.random.default_rng(0).integers(-3, 4, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    logo = flat_logo(Photo(noisy))
    assert logo is not None
    letters, _ = cv2.connectedComponents((logo.alpha > 0.5).astype(np.uint8))
    assert letters == 1 + len("NORDA")
    assert logo.alpha[:10].max() == 0
    seen = logo.foreground[logo.alpha > 0.3].astype(int)
    assert np.percentile(np.abs(seen - (200, 30, 40)).max(axis=1), 90) < 40
    assert flat_logo(Photo(np.full((50, 50, 3), ground, np.uint8))) is None
    several = noisy.copy()
    several[:, :200] = 120
    assert flat_logo(Photo(several)) is None


def test_a_brand_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "brand.toml"
    path.write_text('primary = "#5b2bd9"\nfonts = "oswald"\nlogo = "logo.png"\n')
    told = read_brand(path)
    assert (told.brand.primary, told.brand.fonts, told.brand.corners) == (
        "#5b2bd9",
        "oswald",
        "round",
    )
    assert told.logo == tmp_path / "logo.png"
    for wrong in ('primary = "red"', 'font = "x"', 'corners = "soft"', 'price_tag = "star"', "x"):
        path.write_text(wrong)
        with pytest.raises(CardError, match="unusable"):
            read_brand(path)


def test_where_the_main_picture_bears_no_text_a_card_is_a_further_one() -> None:
    assert {market for market in market_names() if is_further(market)} == {
        "amazon",
        "ebay",
        "google",
        "kufar",
        "megamarket",
    }
    with pytest.raises(MarketError, match="myspace"):
        is_further("myspace")


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ("order = 1", "title"),
        ('order = 1\n[title]\n[[arrangement]]\nshapes = []\nname = ""', "product"),
        ('order = 1\nground = ["red", "ink"]\narrangement = []\n[title]', "palette"),
        ("order = 1\nneeds = { money = 1 }\narrangement = []\n[title]", "money"),
        ("order = 1\narrangement = []\nlayout = 2\n[title]", "layout"),
    ],
)
def test_a_templates_file_that_is_wrong_says_where(tmp_path: Path, told: str, wrong: str) -> None:
    (tmp_path / "own.typ").write_text("")
    (tmp_path / "own.toml").write_text(told)
    with pytest.raises(CardError, match=f"own.toml is unusable: .*{wrong}"):
        Templates(tmp_path)


def test_a_template_of_ones_own_is_two_files(tmp_path: Path) -> None:
    folder = Path(typesetting.__file__).parent / "templates"
    for path in folder.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    own = (folder / "hero.toml").read_text().replace("order = 1", "order = 0")
    (tmp_path / "own.toml").write_text(own)
    (tmp_path / "own.typ").write_text((folder / "hero.typ").read_text())
    (tmp_path / "broken.toml").write_text(own)
    (tmp_path / "broken.typ").write_text('#import "common.typ": *\n#nothing()')
    templates = Templates(tmp_path)
    assert templates.names[:2] == ("broken", "own")
    assert (
        faults(draw_card(templates.get("own"), drawn(200, 300), CONTENTS["ru"], scale=SMALL)) == ()
    )
    with pytest.raises(CardError, match="cannot be set: unknown variable: nothing"):
        draw_card(templates.get("broken"), drawn(200, 300), CONTENTS["ru"])
