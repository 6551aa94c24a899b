"""The page of cards in the documentation: the sample photos' products, as `make docs/cards.jpg`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import cv2

from benchmarks.cards import cut_outs, sheet
from pipeline.cards.check import faults
from pipeline.cards.content import content_of
from pipeline.cards.draw import draw_card
from pipeline.cards.templates import load_templates
from pipeline.cards.values import DEFAULT_BRAND, FORMATS, Brand

SAMPLES: Final = Path(__file__).parents[1] / "samples"
COLUMNS: Final = 6
QUALITY: Final = 90
WORDS: Final = {
    "brown-boots": (
        "Ботинки кожаные на шнуровке, натуральная кожа, мягкий кант, прошитая подошва, размеры "
        "39-44, высота голенища 18 см, вес 980 г, 5990 р, было 7 490 р. Протирать влажной тканью, "
        "сушить вдали от батарей. В комплекте: ботинки, запасные шнурки, коробка"
    ),
    "green-t-shirt": (
        "Футболка детская с акулой, хлопок 100%, не линяет, мягкая ткань, размеры 98-122, длина "
        "46 см, 790 руб. Стирка при 30 градусах, не отбеливать, гладить с изнанки"
    ),
    "orange-top": (
        "Топ летний без рукавов, дышащая ткань, не мнётся, свободный крой, вискоза 100%, размеры "
        "S-XL, длина 58 см, 1290 р. Ручная стирка, не отбеливать, гладить через ткань"
    ),
    "padded-vest": (
        "Жилет утеплённый с капюшоном, подкладка флис, два кармана на молнии, водоотталкивающая "
        "ткань, рост 164-182 см, размеры S-XL, длина 68 см, 3490 р, было 4 990 р. Стирка при "
        "30 °C, не отбеливать, сушить в тени. В комплекте: жилет, мешок для хранения, запасная "
        "молния"
    ),
    "white-top": (
        "Блузка белая из хлопка, хлопок 100%, не просвечивает, пуговицы из перламутра, размеры "
        "42-48, 1 990 ₽. Ручная стирка, не отбеливать"
    ),
    "yellow-cap": (
        "Бейсболка хлопковая, регулируемая застёжка, жёсткий козырёк, защита от солнца, размер "
        "56-60 см, 690 р. Ручная стирка. В комплекте: бейсболка, пакет"
    ),
}
USUAL: Final = DEFAULT_BRAND
VIOLET: Final = Brand("#5b2bd9", "#ffb400", fonts="unbounded", price_tag="circle")
BLACK: Final = Brand("#141414", "#e4002b", fonts="oswald", corners="square", price_tag="flag")
GREEN: Final = Brand("#1f4d3a", "#f2c14e", fonts="manrope")
SHOWN: Final = (
    ("padded-vest", "hero", USUAL),
    ("yellow-cap", "advantages", USUAL),
    ("green-t-shirt", "panel", USUAL),
    ("brown-boots", "price", USUAL),
    ("orange-top", "care", USUAL),
    ("white-top", "hero", USUAL),
    ("padded-vest", "sizes", USUAL),
    ("brown-boots", "contents", USUAL),
    ("yellow-cap", "panel", USUAL),
    ("orange-top", "advantages", USUAL),
    ("green-t-shirt", "story", USUAL),
    ("white-top", "price", USUAL),
    ("brown-boots", "hero", VIOLET),
    ("green-t-shirt", "sizes", VIOLET),
    ("padded-vest", "panel", VIOLET),
    ("orange-top", "price", VIOLET),
    ("yellow-cap", "care", BLACK),
    ("white-top", "panel", BLACK),
    ("padded-vest", "advantages", BLACK),
    ("brown-boots", "sizes", BLACK),
    ("orange-top", "panel", GREEN),
    ("white-top", "advantages", GREEN),
    ("yellow-cap", "story", GREEN),
    ("green-t-shirt", "care", GREEN),
)
"""The product, the template and the brand of each, row by row."""


def main() -> None:
    """Draw the page; exit with 1 where a card breaks a rule."""
    products = dict(asyncio.run(cut_outs(SAMPLES, len(WORDS))))
    pictures, wrong = [], False
    for name, template, brand in SHOWN:
        content = content_of(None, WORDS[name], "ru")
        form = FORMATS["portrait"]
        card = draw_card(load_templates().get(template), products[name], content, brand, form)
        for fault in faults(card):
            wrong = True
            print(f"{name} {template}: {fault.rule} {fault.found}")
        pictures.append(card.pixels)
    page = cv2.cvtColor(sheet(pictures, COLUMNS), cv2.COLOR_RGB2BGR)
    cv2.imwrite(sys.argv[1], page, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    sys.exit(wrong)


if __name__ == "__main__":
    main()
